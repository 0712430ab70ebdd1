//! The simulator as a server: listens, keeps connections, stops.

use std::io::{Error, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, PoisonError};

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::datapath::pool;
use crate::http_front;
use crate::pipeline::Pipeline;
use crate::prober;
use crate::recorder::Recorder;
pub use crate::reset::Seed;
use crate::reset::{BadStart, Start};
use crate::tls;
use crate::weather::{Forecast, Weather};
use crate::world::{Options, SharedWorld, World};

/// What a server is started with.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where to listen for TLS, if at all (see [`crate::tls`]); port 0 takes a free one.
    pub tls: Option<SocketAddr>,
    /// The time that the world runs on.
    pub clock: Clock,
    /// Where ids come from: the same seed and calls give the same ids.
    pub id_seed: u64,
    /// What is switched on.
    pub options: Options,
    /// What exists from the start.
    pub seed: Seed,
    /// What befalls calls from the start.
    pub weather: Forecast,
}

impl Default for Config {
    /// A free port on loopback, no TLS, time as fast as it is, everything switched on, the default seed.
    fn default() -> Self {
        Config {
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            tls: None,
            clock: Clock::scaled(1.0),
            id_seed: 0,
            options: Options::default(),
            seed: Seed::Default,
            weather: Forecast::default(),
        }
    }
}

/// A running simulator. Dropping it stops it.
#[derive(Debug)]
pub struct Server {
    addr: SocketAddr,
    tls: Option<SocketAddr>,
    pipeline: Arc<Pipeline>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Server {
    /// Listens and serves until stopped.
    ///
    /// # Errors
    /// If the address cannot be listened on; `InvalidData` for a seed or weather that is none.
    pub async fn start(config: Config) -> std::io::Result<Server> {
        let Config { listen, tls, clock, id_seed, options, seed, weather } = config;
        let pipeline = Pipeline::new(clock, Start { id_seed, options, seed, weather })
            .map_err(|e| Error::new(ErrorKind::InvalidData, e))?;
        let listener = TcpListener::bind(listen).await?;
        let secure = match tls {
            Some(address) => Some(TcpListener::bind(address).await?),
            None => None,
        };
        let server = Server {
            addr: listener.local_addr()?,
            tls: secure.as_ref().map(TcpListener::local_addr).transpose()?,
            pipeline: Arc::new(pipeline),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        };
        let (world, clock) = (server.world(), server.clock().clone());
        server.tasks.spawn(pool::run(world.clone(), clock.clone(), server.stop.clone()));
        server.tasks.spawn(prober::run(world, clock, server.stop.clone()));
        let (pipeline, stop, tasks) = (server.pipeline.clone(), server.stop.clone(), server.tasks.clone());
        if let Some(secure) = secure {
            let (pipeline, stop, tasks) = (pipeline.clone(), stop.clone(), tasks.clone());
            server.tasks.spawn(accept(secure, pipeline, stop, tasks, tls::connection));
        }
        server.tasks.spawn(accept(listener, pipeline, stop, tasks, connection));
        Ok(server)
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Where it listens for TLS, if it does.
    pub fn tls_addr(&self) -> Option<SocketAddr> {
        self.tls
    }

    /// `http://ADDR`, as an SDK's endpoint URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// The state, shared with the server: lock it for a moment, never across an await.
    pub fn world(&self) -> SharedWorld {
        self.pipeline.world.clone()
    }

    /// Looks at or changes the world under its lock.
    pub fn with_world<T>(&self, f: impl FnOnce(&mut World) -> T) -> T {
        f(&mut self.pipeline.world.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The time that the world runs on.
    pub fn clock(&self) -> &Clock {
        &self.pipeline.clock
    }

    /// Every call so far.
    pub fn recorder(&self) -> &Recorder {
        &self.pipeline.recorder
    }

    /// What befalls calls.
    pub fn weather(&self) -> &Weather {
        &self.pipeline.weather
    }

    /// Makes everything anew as it was at the start, see [`crate::reset`].
    ///
    /// # Errors
    /// None in practice: seed and weather were good at the start.
    pub fn reset(&self) -> Result<(), BadStart> {
        self.pipeline.reset()
    }

    /// Stops listening, closes every connection and waits until nothing runs.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Accepts connections until stopped; each is served by `connection` in a task of its own.
pub(crate) async fn accept<F>(
    listener: TcpListener,
    pipeline: Arc<Pipeline>,
    stop: CancellationToken,
    tasks: TaskTracker,
    connection: fn(TcpStream, Arc<Pipeline>) -> F,
) where
    F: Future<Output = ()> + Send + 'static,
{
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                tasks.spawn(stop.clone().run_until_cancelled_owned(connection(stream, pipeline.clone())));
            }
            // Out of file descriptors, mostly: others must end before there is a new one.
            Err(e) => {
                tracing::warn!(error = %e, "cannot accept a connection");
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
        }
    }
}

async fn connection(stream: TcpStream, pipeline: Arc<Pipeline>) {
    let service = service_fn(|request| {
        let pipeline = pipeline.clone();
        async move { http_front::serve(&pipeline, request).await }
    });
    if let Err(e) = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await {
        tracing::debug!(error = %e, "connection ended");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_seed_that_is_none_is_refused() {
        let config = Config { seed: Seed::Text("vpcs: 1".to_owned()), ..Config::default() };
        assert_eq!(Server::start(config).await.unwrap_err().kind(), ErrorKind::InvalidData);
    }

    #[tokio::test]
    async fn a_stopped_server_no_longer_accepts_connections() {
        let server = Server::start(Config::default()).await.unwrap();
        let addr = server.addr();
        TcpStream::connect(addr).await.unwrap();
        server.stop().await;
        TcpStream::connect(addr).await.unwrap_err();
    }
}
