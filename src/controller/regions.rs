//! One executor for each region that a class names, started when the first class does.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::aws::Aws;
use crate::executor::{Config, Executor, Fence, Notice};
use crate::model::shard::Shard;
use crate::runtime::clock::Clock;
use crate::runtime::vital::Vital;
use crate::settings::Settings;

/// What every executor is started with.
#[derive(Debug)]
pub struct Common {
    /// The account.
    pub aws: Aws,
    /// What waits are measured by.
    pub clock: Clock,
    /// Guards every mutating attempt.
    pub fence: Fence,
    /// Whose objects' children are listed; its part of the quotas is the executors'.
    pub shard: Shard,
    /// What the process was told.
    pub settings: Settings,
    /// Ends them.
    pub stop: CancellationToken,
    /// Gets what each executor tells.
    pub notices: mpsc::UnboundedSender<Notice>,
    /// Told of panics.
    pub vital: Vital,
}

/// The executors by region.
#[derive(Debug)]
pub struct Regions {
    common: Common,
    running: Mutex<BTreeMap<String, Executor>>,
}

impl Regions {
    /// None yet.
    pub fn new(common: Common) -> Regions {
        Regions { common, running: Mutex::default() }
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
        let Common { aws, clock, fence, shard, settings, stop, notices, vital } = &self.common;
        Executor::start(Config {
            aws: aws.region(region),
            clock: *clock,
            fence: fence.clone(),
            shard: *shard,
            // The other shards live on the rest.
            quota_share: settings.quota_share / f64::from(shard.of),
            settle: settings.settle,
            drift: settings.drift_interval,
            notices: notices.clone(),
            stop: stop.clone(),
            vital: vital.clone(),
        })
    }
}
