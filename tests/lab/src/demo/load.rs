//! A client that sends requests all the time and counts what becomes of them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::outside::Outside;

/// Requests at once.
const CONCURRENCY: usize = 4;
/// Between an answer and the next request.
const PAUSE: Duration = Duration::from_millis(25);

/// What became of the requests so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Answered or failed.
    pub requests: usize,
    /// How many were not answered 200.
    pub failed: usize,
    /// How the first one failed.
    pub first_failure: Option<Failed>,
    /// Answers by version.
    pub versions: BTreeMap<String, usize>,
    /// How many answers in a row, up to the latest, came from one version, and which.
    pub streak: (String, usize),
}

/// How a request failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// The status it was answered, or why there was no answer.
    pub why: String,
    /// API Gateway's id of it, if it was answered.
    pub request_id: Option<String>,
}

/// A running client. Dropping it ends it.
#[derive(Debug)]
pub struct Load {
    tally: Arc<Mutex<Tally>>,
    workers: JoinSet<()>,
    stop: DropGuard,
}

impl Load {
    /// Begins to ask for `path`.
    pub fn start(outside: &Outside, path: &'static str) -> Load {
        let (tally, stop) = (Arc::default(), CancellationToken::new());
        let mut workers = JoinSet::new();
        for _ in 0..CONCURRENCY {
            workers.spawn(work(outside.clone(), path, Arc::clone(&tally), stop.clone()));
        }
        Load { tally, workers, stop: stop.drop_guard() }
    }

    /// What became of them so far.
    pub fn tally(&self) -> Tally {
        lock(&self.tally).clone()
    }

    /// Ends when every request that was sent is answered.
    pub async fn stop(self) -> Tally {
        let Load { tally, workers, stop } = self;
        drop(stop);
        workers.join_all().await;
        let tally = lock(&tally);
        tally.clone()
    }
}

async fn work(outside: Outside, path: &'static str, tally: Arc<Mutex<Tally>>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let answer = outside.get(path).await;
        let outcome = match answer {
            Ok(answer) if answer.status == 200 => Ok(answer.version().to_owned()),
            Ok(answer) => Err(Failed { why: answer.status.to_string(), request_id: Some(answer.request_id) }),
            Err(why) => Err(Failed { why, request_id: None }),
        };
        lock(&tally).count(outcome);
        tokio::time::sleep(PAUSE).await;
    }
}

fn lock(tally: &Mutex<Tally>) -> MutexGuard<'_, Tally> {
    tally.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Tally {
    fn count(&mut self, outcome: Result<String, Failed>) {
        self.requests += 1;
        match outcome {
            Ok(version) => {
                *self.versions.entry(version.clone()).or_default() += 1;
                let before = if self.streak.0 == version { self.streak.1 } else { 0 };
                self.streak = (version, before + 1);
            }
            Err(why) => {
                self.failed += 1;
                self.first_failure.get_or_insert(why);
            }
        }
    }

    /// `600 requests, 0 failed`.
    pub fn words(&self) -> String {
        format!("{} requests, {} failed", self.requests, self.failed)
    }

    /// `1.4.2 answered 210, 1.5.0 answered 390`.
    pub fn versions_words(&self) -> String {
        let words: Vec<_> = self.versions.iter().map(|(v, n)| format!("{v} answered {n}")).collect();
        words.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_by_outcome_and_version() {
        let mut tally = Tally::default();
        for version in ["1", "2", "1", "2", "2"] {
            tally.count(Ok(version.to_owned()));
        }
        let failed = |why: &str| Failed { why: why.to_owned(), request_id: None };
        tally.count(Err(failed("503")));
        tally.count(Err(failed("reset")));
        assert_eq!(tally.words(), "7 requests, 2 failed");
        assert_eq!(tally.versions_words(), "1 answered 2, 2 answered 3");
        assert_eq!(tally.streak, ("2".to_owned(), 2));
        assert_eq!(tally.first_failure, Some(failed("503")));
    }
}
