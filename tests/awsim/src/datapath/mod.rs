//! HTTP by an API's host name. In: a request whose host is `{api}.execute-api.{region}.amazonaws.com`.
//! Out: what API Gateway answers.

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;

use crate::world::SharedWorld;

/// Answers one request to an API's host name.
pub async fn serve(_world: &SharedWorld, _request: Request<Incoming>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(br#"{"message":"Not Found"}"#)));
    *response.status_mut() = http::StatusCode::NOT_FOUND;
    response
}
