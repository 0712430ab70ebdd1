//! A client from outside: plain HTTP to the simulator with an API's host name.

use std::net::SocketAddr;

use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

/// `GET path` at `host`, answered by `at`; returns status and body.
pub async fn get(at: SocketAddr, host: &str, path: &str) -> (u16, Value) {
    let (status, body) = text(at, host, path).await;
    (status, serde_json::from_str(&body).unwrap_or(Value::Null))
}

/// As [`get`], the body as it is.
pub async fn text(at: SocketAddr, host: &str, path: &str) -> (u16, String) {
    let stream = TcpStream::connect(at).await.expect("the simulator listens");
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.expect("HTTP");
    tokio::spawn(connection);
    let request =
        http::Request::get(path).header("host", host).body(Empty::<Bytes>::new()).expect("a request");
    let response = sender.send_request(request).await.expect("an answer");
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.expect("a body").to_bytes();
    (status, String::from_utf8_lossy(&body).into_owned())
}
