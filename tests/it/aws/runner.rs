//! The executor, end to end.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use awsim::weather::{Effect, Rule};
use futures::FutureExt;
use gatewayed::aws::{Aws, Region};
use gatewayed::executor::{Call, Config, Executor, Fence, Job, Lane, Notice, Source};
use gatewayed::model::api::Api;
use gatewayed::model::index::Collection;
use gatewayed::model::security_group::SecurityGroup;
use gatewayed::model::shard::Shard;
use gatewayed::model::{Body, Id, Kind, Owner, ResourceKey};
use gatewayed::runtime::clock::Clock;
use gatewayed::runtime::metrics::Metrics;
use gatewayed::runtime::vital::Vital;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{Sim, create, region};

/// Real time, generous: the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(60);

struct Rig {
    sim: Sim,
    executor: Executor,
    notices: UnboundedReceiver<Notice>,
    lease: watch::Sender<Option<Instant>>,
    stop: CancellationToken,
    woken: BTreeSet<Owner>,
}

fn owner() -> Owner {
    Owner::Class("public".into())
}

fn api_key() -> ResourceKey {
    ResourceKey::new(Kind::Api, &owner(), "main")
}

fn api() -> Body<Id> {
    Body::Api(Api { name: "gw-api".into(), description: "d".into() })
}

fn job(call: Call) -> Job {
    Job { lane: Lane::Create, never_ready: true, call }
}

impl Rig {
    async fn start() -> Rig {
        let sim = Sim::start().await;
        let aws = region(&sim.server.url(), super::CLUSTER);
        Rig::with(sim, aws, Vital::new(Metrics::default()))
    }

    fn with(sim: Sim, aws: Region, vital: Vital) -> Rig {
        let (lease, lease_end) = watch::channel(None);
        let (notices, received) = mpsc::unbounded_channel();
        let stop = CancellationToken::new();
        let executor = Executor::start(Config {
            aws,
            // A hundred times as fast, so that pauses between tries do not hold the test up.
            clock: Clock::new(100.0),
            fence: Fence::new(lease_end),
            shard: Shard::ONLY,
            quota_share: 1.0,
            settle: Duration::from_secs(30),
            drift: Duration::from_secs(86_400),
            notices,
            stop: stop.clone(),
            vital,
        });
        Rig { sim, executor, notices: received, lease, stop, woken: BTreeSet::new() }
    }

    fn lead(&self) {
        self.lease.send_replace(Some(Instant::now() + Duration::from_secs(600)));
    }

    fn post(&self, calls: Vec<Call>) {
        let jobs = calls.into_iter().map(job).collect();
        self.executor.post(&Source::Owner(owner()), jobs, None);
    }

    /// Waits until `f` finds something in the index. A pass that concerns nobody gives no notice.
    async fn until<T>(&mut self, f: impl Fn(&mut gatewayed::model::index::Index) -> Option<T>) -> T {
        let start = Instant::now();
        loop {
            if let Some(found) = self.executor.with_index(&f) {
                return found;
            }
            assert!(start.elapsed() < PATIENCE, "not within {PATIENCE:?}");
            let notice = tokio::time::timeout(Duration::from_millis(10), self.notices.recv()).await;
            if let Ok(Some(Notice::Wake(owner))) = notice {
                self.woken.insert(owner);
            }
        }
    }

    fn calls(&self, operation: &str) -> usize {
        self.sim.server.recorder().filter(|e| e.operation == operation).len()
    }
}

#[tokio::test]
async fn nothing_is_written_without_the_lease_and_reads_go_on() {
    let mut rig = Rig::start().await;
    rig.post(vec![create(&api_key(), &api())]);
    rig.until(|ix| ix.listed(&Collection::region(Kind::Api))).await;
    assert_eq!(rig.calls("CreateApi"), 0);
    assert_eq!(rig.executor.load().0, 1, "it waits");
    rig.lead();
    let known = rig.until(|ix| ix.under(&api_key()).next().cloned()).await;
    assert_eq!(known.seen.body, api());
    assert_eq!(rig.calls("CreateApi"), 1);
    rig.stop.cancel();
    rig.executor.ended().await;
}

#[tokio::test]
async fn a_create_whose_reply_was_lost_leaves_its_key_uncertain_until_a_list_shows_it() {
    let mut rig = Rig::start().await;
    rig.lead();
    rig.until(|ix| ix.listed(&Collection::region(Kind::Api))).await;
    rig.sim.server.weather().inject(Rule::of("apigatewayv2", "CreateApi", Effect::LoseReply).times(1));
    rig.post(vec![create(&api_key(), &api())]);
    rig.until(|ix| ix.uncertain_since(&api_key(), None)).await;
    assert_eq!(rig.calls("CreateApi"), 1, "not tried again");
    rig.post(vec![Call::list(Collection::region(Kind::Api))]);
    let known = rig.until(|ix| ix.under(&api_key()).next().cloned()).await;
    assert_eq!(known.seen.body, api());
}

/// Credentials whose provider has a defect while it is armed.
#[derive(Debug)]
struct Defect(Arc<AtomicBool>);

impl ProvideCredentials for Defect {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        assert!(!self.0.load(Ordering::Relaxed), "a defect");
        // Their time is up at once, so that each call asks for them.
        let ended = SystemTime::now() - Duration::from_secs(60);
        let credentials = Credentials::new("AKIATEST", "secret", None, Some(ended), "test");
        future::ProvideCredentials::ready(Ok(credentials))
    }
}

#[tokio::test]
async fn a_call_that_panics_leaves_its_key_uncertain_and_the_executor_goes_on() {
    let sim = Sim::start().await;
    let armed = Arc::new(AtomicBool::new(false));
    let config = super::sdk_config(&sim.server.url())
        .into_builder()
        .credentials_provider(SharedCredentialsProvider::new(Defect(armed.clone())))
        .build();
    let metrics = Metrics::default();
    let aws = Aws::new(&config, super::CLUSTER, metrics.clone()).region(awsim::seed::REGION);
    let vital = Vital::new(metrics.clone());
    let mut rig = Rig::with(sim, aws, vital.clone());
    rig.lead();
    rig.until(|ix| {
        Kind::ALL
            .iter()
            .all(|kind| {
                kind.parent().is_some()
                    || *kind == Kind::RouteSettings
                    || ix.listed(&Collection::region(*kind)).is_some()
            })
            .then_some(())
    })
    .await;
    armed.store(true, Ordering::Relaxed);
    rig.post(vec![create(&api_key(), &api())]);
    rig.until(|ix| ix.uncertain_since(&api_key(), None)).await;
    armed.store(false, Ordering::Relaxed);
    assert!(metrics.encode().unwrap().contains("gatewayed_panics_total 1"));
    assert!(vital.broken().now_or_never().is_none(), "the process goes on");
    rig.post(vec![Call::list(Collection::region(Kind::Api)), create(&api_key(), &api())]);
    rig.until(|ix| ix.under(&api_key()).next().cloned()).await;
    assert_eq!(rig.calls("CreateApi"), 1);
}

#[tokio::test]
async fn a_taken_name_ends_with_its_holder_in_the_index() {
    let mut rig = Rig::start().await;
    rig.lead();
    let key = ResourceKey::new(Kind::SecurityGroup, &owner(), "lb");
    let body = Body::SecurityGroup(SecurityGroup {
        name: "gw-a".into(),
        description: "d".into(),
        vpc: awsim::seed::VPC.into(),
        open_egress: false,
    });
    let stranger = region(&rig.sim.server.url(), "cluster-2");
    stranger.run(&[create(&key, &body)], super::NOW).await.unwrap();
    rig.post(vec![create(&key, &body)]);
    let holder = rig.until(|ix| ix.holders(&body).next().cloned()).await;
    assert_eq!(holder.seen.key, None);
}

#[tokio::test]
async fn a_service_that_is_away_for_a_moment_is_asked_again() {
    let mut rig = Rig::start().await;
    rig.lead();
    rig.sim.server.weather().inject(Rule::of("ec2", "CreateSecurityGroup", Effect::Reset).times(2));
    let key = ResourceKey::new(Kind::SecurityGroup, &owner(), "lb");
    let body = Body::SecurityGroup(SecurityGroup {
        name: "gw-a".into(),
        description: "d".into(),
        vpc: awsim::seed::VPC.into(),
        open_egress: false,
    });
    rig.post(vec![create(&key, &body)]);
    rig.until(|ix| ix.under(&key).next().cloned()).await;
    assert!(rig.woken.contains(&owner()));
}
