//! One executor for each region that a class names, started when the first class does.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::aws::Aws;
use crate::executor::{Config, Executor, Fence, Notice};
use crate::runtime::clock::Clock;
use crate::settings::Settings;

/// The executors by region.
#[derive(Debug)]
pub struct Regions {
    aws: Aws,
    clock: Clock,
    fence: Fence,
    settings: Settings,
    stop: CancellationToken,
    notices: mpsc::UnboundedSender<Notice>,
    running: Mutex<BTreeMap<String, Executor>>,
}

impl Regions {
    /// None yet. `notices` gets what each executor tells.
    pub fn new(
        aws: Aws,
        clock: Clock,
        fence: Fence,
        settings: Settings,
        stop: CancellationToken,
        notices: mpsc::UnboundedSender<Notice>,
    ) -> Regions {
        Regions { aws, clock, fence, settings, stop, notices, running: Mutex::default() }
    }

    /// The region's executor.
    pub fn executor(&self, region: &str) -> Executor {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.entry(region.to_owned()).or_insert_with(|| self.start(region)).clone()
    }

    /// The executors of all regions that have one.
    pub fn all(&self) -> Vec<Executor> {
        self.named().into_values().collect()
    }

    /// The same by the regions' names.
    pub fn named(&self) -> BTreeMap<String, Executor> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until every executor's last call has ended, after the stop.
    pub async fn ended(&self) {
        for executor in self.all() {
            executor.ended().await;
        }
    }

    fn start(&self, region: &str) -> Executor {
        Executor::start(Config {
            aws: self.aws.region(region),
            clock: self.clock,
            fence: self.fence.clone(),
            quota_share: self.settings.quota_share,
            settle: self.settings.settle,
            drift: self.settings.drift_interval,
            notices: self.notices.clone(),
            stop: self.stop.clone(),
        })
    }
}
