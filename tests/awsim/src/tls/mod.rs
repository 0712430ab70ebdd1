//! The TLS listener: what arrives there is served as on the plain port, and custom domain names with
//! mutual TLS can be reached.
//!
//! * `site`: what a server name is served under, by its `server_name`: a custom domain name under its
//!   certificate of ACM, AWS's own names and `localhost` under one of the simulator's authority.
//! * [`authority`]: signs what ACM would have issued; clients trust it by `GET /_awsim/ca`.
//! * [`client`]: the certificate that a client shows, and whether a truststore trusts it.
//!
//! TLS 1.2 and 1.3, HTTP/1.1 (AGD, security policy TLS_1_2). A client that shows no certificate where
//! one is wanted fails the handshake (inferred: "clients must present X.509 certificates"); one whose
//! certificate is not trusted is answered 403 (re:Post, mutual TLS 403 errors).

pub mod authority;
pub mod client;
mod site;

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::server::Acceptor;
use tokio::net::TcpStream;
use tokio_rustls::LazyConfigAcceptor;

use crate::http_front;
use crate::pipeline::Pipeline;
use client::Client;

/// A client has so long, in real time, to say hello.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why a connection does not come about.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The client does not say what it wants, or goes away.
    #[error("the handshake failed: {0}")]
    Handshake(#[from] std::io::Error),
    /// The client takes too long.
    #[error("the client did not finish its handshake")]
    Slow,
    /// The client asks for no name, or for one that is not served.
    #[error("nothing is served as '{0}'")]
    Unknown(String),
    /// The certificate or its key cannot be used.
    #[error("'{0}' cannot be served: {1}")]
    Unusable(String, String),
}

/// Serves one TLS connection.
pub(crate) async fn connection(stream: TcpStream, pipeline: Arc<Pipeline>) {
    let shaken = tokio::time::timeout(PATIENCE, shake(stream, &pipeline)).await;
    let (stream, client) = match shaken.unwrap_or(Err(Error::Slow)) {
        Ok(shaken) => shaken,
        Err(e) => return tracing::info!(error = %e, "no TLS connection"),
    };
    let client = Arc::new(client);
    let service = service_fn(|mut request: http::Request<hyper::body::Incoming>| {
        let pipeline = pipeline.clone();
        request.extensions_mut().insert(client.clone());
        async move { http_front::serve(&pipeline, request).await }
    });
    if let Err(e) = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await {
        tracing::debug!(error = %e, "connection ended");
    }
}

type Stream = tokio_rustls::server::TlsStream<TcpStream>;

async fn shake(stream: TcpStream, pipeline: &Pipeline) -> Result<(Stream, Client), Error> {
    let hello = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
    let name = hello.client_hello().server_name().unwrap_or_default().to_ascii_lowercase();
    let (site, now) = {
        let mut world = pipeline.world.lock().unwrap_or_else(PoisonError::into_inner);
        (site::of(&mut world, &name), world.clock.now())
    };
    let site = site.ok_or_else(|| Error::Unknown(name.clone()))?;
    let config = site.config().map_err(|why| Error::Unusable(name.clone(), why))?;
    let stream = hello.into_stream(Arc::new(config)).await?;
    let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
    let certificate = match (&site.trust, chain.first()) {
        (Some(trust), Some(certificate)) => Some(client::judge(certificate, trust, now)),
        _ => None,
    };
    Ok((stream, Client { server_name: name, certificate }))
}
