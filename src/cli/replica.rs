//! What one replica does: stands by, leads the shards whose leases it gets, gives them back. It ends when
//! it is asked to, in order, or at once when it loses a lease.

use k8s_openapi::api::coordination::v1::Lease;
use kube::Client;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::run::Error;
use crate::cluster::layout::Layout;
use crate::cluster::leader::{Candidate, Ended, LeaseEnd, Timings};
use crate::cluster::shares::Shares;
use crate::controller;
use crate::model::shard::Shard;
use crate::runtime::http::Readiness;
use crate::runtime::metrics::Metrics;
use crate::runtime::vital::Vital;
use crate::settings::Settings;

/// One replica. Clones are the same.
#[derive(Clone)]
pub(super) struct Replica {
    client: Client,
    settings: Settings,
    metrics: Metrics,
    readiness: Readiness,
    vital: Vital,
    layout: Layout,
    timings: Timings,
    stop: CancellationToken,
}

impl Replica {
    /// A replica that ends at `stop`.
    pub(super) fn new(
        client: Client,
        settings: Settings,
        metrics: Metrics,
        readiness: Readiness,
        vital: Vital,
        stop: CancellationToken,
    ) -> Replica {
        let timings = Timings::default();
        let Settings { namespace, lease, identity, .. } = &settings;
        let layout = Layout::new(client.clone(), namespace, lease, identity, timings);
        Replica { client, settings, metrics, readiness, vital, layout, timings, stop }
    }

    /// Does its work until `stop`.
    ///
    /// # Errors
    /// A lease was lost, or the controllers could not start.
    pub(super) async fn run(self) -> Result<(), Error> {
        let wanted = self.settings.shards;
        while !self.stop.is_cancelled() {
            match timeout(self.timings.renew_deadline, self.layout.read()).await {
                Ok(Ok(shards)) if shards == wanted => self.compete().await?,
                Ok(Ok(shards)) => self.layout.change(shards, wanted, &self.stop).await,
                Ok(Err(error)) => {
                    tracing::warn!(%error, "how many shards there are is not known; trying again");
                    self.pause().await;
                }
                Err(_) => tracing::warn!("the API server does not answer; trying again"),
            }
        }
        Ok(())
    }

    async fn pause(&self) {
        let pause = sleep(self.timings.pause());
        self.stop.run_until_cancelled(pause).await;
    }

    /// Competes for every shard and leads those that it gets, each in a task of its own, until the layout
    /// is another or `stop` comes. Errors end all of them at once: the process is to end.
    async fn compete(&self) -> Result<(), Error> {
        let Settings { identity, shards, .. } = &self.settings;
        let shares = Shares::new(identity, *shards, self.timings);
        let over = self.stop.child_token();
        let mut tasks = JoinSet::new();
        for shard in Shard::all(*shards) {
            tasks.spawn(self.clone().shard(shard, shares.clone(), over.clone()));
        }
        while let Some(ended) = tasks.join_next().await {
            ended??;
        }
        Ok(())
    }

    /// Leads one shard whenever its lease is ours, until `over`.
    async fn shard(self, shard: Shard, shares: Shares, over: CancellationToken) -> Result<(), Error> {
        let candidate = self.layout.candidate(shard).sharing(shard.index, &shares);
        self.metrics.leading(shard.index, false);
        loop {
            let (end, lease_end) = watch::channel(LeaseEnd::None);
            let Some(lease) = candidate.acquire(&end, &over).await else { return Ok(()) };
            match timeout(self.timings.renew_deadline, self.layout.confirm(shard.of)).await {
                Ok(Ok(true)) => {
                    let stop = over.child_token();
                    self.lead(shard, &candidate, lease, (end, lease_end), stop).await?;
                }
                Ok(Ok(false)) => {
                    candidate.release(lease).await;
                    over.cancel();
                }
                Ok(Err(error)) => {
                    tracing::warn!(shard = shard.index, %error, "not leading: the layout cannot be confirmed");
                    candidate.release(lease).await;
                    self.pause().await;
                }
                Err(_) => {
                    tracing::warn!(shard = shard.index, "not leading: the API server does not answer");
                    candidate.release(lease).await;
                }
            }
        }
    }

    /// Leads until `stop`, or another replica asks for the shard; the lease is kept while the controllers
    /// run, and given back once the last call has ended.
    async fn lead(
        &self,
        shard: Shard,
        candidate: &Candidate,
        lease: Lease,
        (end, lease_end): (watch::Sender<LeaseEnd>, watch::Receiver<LeaseEnd>),
        stop: CancellationToken,
    ) -> Result<(), Error> {
        let Settings { lease: base, identity, .. } = &self.settings;
        let name = shard.lease(base);
        tracing::info!(lease = name, shard = shard.index, shards = shard.of, identity, "leading");
        self.metrics.leading(shard.index, true);
        let release = CancellationToken::new();
        let keeper = candidate.keep(lease, &end, &stop, &release);
        let setup = controller::Setup {
            client: self.client.clone(),
            settings: self.settings.clone(),
            metrics: self.metrics.clone(),
            readiness: self.readiness.clone(),
            shard,
            lease_end,
            vital: self.vital.clone(),
        };
        let led = async {
            let result = controller::lead(setup, stop.clone()).await;
            release.cancel();
            result
        };
        tokio::pin!(led);
        tokio::pin!(keeper);
        let ended = tokio::select! {
            // First: when the process wakes from a freeze, nothing else is to go on before.
            biased;
            ended = &mut keeper => ended,
            result = &mut led => {
                let ended = keeper.await;
                result?;
                ended
            }
        };
        self.metrics.leading(shard.index, false);
        match ended {
            Ended::Released => {
                tracing::info!(lease = name, shard = shard.index, "leading no more");
                Ok(())
            }
            Ended::Lost => Err(Error::LostLease(name)),
        }
    }
}
