//! A client that asks for one path all the time and keeps every answer.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;
use tokio::task::JoinHandle;

use super::http;
use super::operator::{World, until};

/// Between an answer and the next request.
const PAUSE: Duration = Duration::from_millis(20);

/// A running client.
pub struct Load {
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
    worker: JoinHandle<Vec<(u16, Value)>>,
}

impl Load {
    /// Begins to ask for `path` at the host name of `url`.
    pub fn start(world: &World, url: &str, path: &str) -> Load {
        let host = url.trim_start_matches("https://").to_owned();
        let (stop, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let asking = ask(world.aws().addr(), host, path.to_owned(), stop.clone(), answered.clone());
        Load { stop, answered, worker: tokio::spawn(asking) }
    }

    /// Waits until `count` more requests are answered.
    pub async fn more(&self, count: usize) {
        let wanted = self.answered.load(Ordering::Relaxed) + count;
        until("more requests are answered", || async {
            match self.answered.load(Ordering::Relaxed) {
                answered if answered >= wanted => Ok(()),
                answered => Err(format!("{answered} of {wanted}")),
            }
        })
        .await;
    }

    /// Ends; returns the answers in their order, all of which must be 200.
    pub async fn stop_unfailed(self) -> Vec<Value> {
        self.stop.store(true, Ordering::Relaxed);
        let answers = self.worker.await.expect("every request is answered");
        let failed: Vec<&(u16, Value)> = answers.iter().filter(|(status, _)| *status != 200).collect();
        assert!(
            failed.is_empty(),
            "{} of {} requests failed, such as {:?}",
            failed.len(),
            answers.len(),
            failed[0]
        );
        answers.into_iter().map(|(_, body)| body).collect()
    }
}

async fn ask(
    at: SocketAddr,
    host: String,
    path: String,
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
) -> Vec<(u16, Value)> {
    let mut answers = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let (status, mut body) = http::get(at, &host, &path).await;
        if status != 200 {
            // Where along the path it failed; requests of others are among these.
            let (_, trace) = http::get(at, "127.0.0.1", "/_awsim/trace").await;
            body["trace"] = trace;
        }
        answers.push((status, body));
        answered.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(PAUSE).await;
    }
    answers
}
