//! Several replicas of the operator in one world, each with an access key of its own, so that AWS can
//! tell who called; and the judge of whether each call was its caller's to make.

use std::collections::BTreeMap;
use std::process::ExitStatus;
use std::time::Duration;

use awsim::clock::SimTime;
use awsim::recorder::Entry;
use awsim::seed::ACCOUNT;
use gatewayed::cluster::leader::Timings;
use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::Lease;

use super::operator::{SCALE, World, eventually, until};
use super::process::Process;
use super::proxy::Proxy;
use super::tenures::Tenures;

/// The lease of a fleet that is not sharded.
pub const LEASE: &str = "gatewayed";
/// How much later than its timings say things may happen: the machine may be busy.
const SLACK: Duration = Duration::from_secs(6);

/// Replicas by the names of their pods.
#[derive(Debug)]
pub struct Fleet {
    /// Where they are.
    pub world: World,
    /// Who led when.
    pub tenures: Tenures,
    running: BTreeMap<String, Process>,
    /// One moment on both clocks.
    moment: (Timestamp, SimTime),
}

impl Fleet {
    /// A world of its own with these replicas, started in this order: the first leads.
    pub async fn start(pods: &[&str], flags: &[&str]) -> Fleet {
        let world = World::without_operator(flags).await;
        let tenures = Tenures::watch(world.client(), "default");
        let moment = (Timestamp::now(), world.lab.clock().now());
        let mut fleet = Fleet { world, tenures, running: BTreeMap::new(), moment };
        for pod in pods {
            fleet.launch(pod);
            if fleet.running.len() == 1 {
                until("the first holds a lease", || async {
                    let leases = fleet.tenures.leases().list(&Default::default()).await.expect("leases");
                    leases.iter().any(|l| holder(l) == Some(pod)).then_some(()).ok_or("none".to_owned())
                })
                .await;
            }
        }
        fleet
    }

    /// Starts a replica.
    pub fn launch(&mut self, pod: &str) {
        let process = self.world.replica(pod, &key(pod), None);
        self.running.insert(pod.to_owned(), process);
    }

    /// Starts a replica with flags of its own.
    pub fn launch_with(&mut self, pod: &str, flags: &[&str]) {
        let flags: Vec<String> = flags.iter().map(|f| (*f).to_owned()).collect();
        let process = self.world.replica_with(pod, &key(pod), None, &flags);
        self.running.insert(pod.to_owned(), process);
    }

    /// Starts a replica that reaches the API server through `proxy`.
    pub fn launch_behind(&mut self, pod: &str, proxy: &Proxy) {
        let process = self.world.replica(pod, &key(pod), Some(proxy));
        self.running.insert(pod.to_owned(), process);
    }

    /// The process of a replica.
    pub fn process(&mut self, pod: &str) -> &mut Process {
        self.running.get_mut(pod).expect("a replica of that name")
    }

    /// Kills a replica at once; returns when.
    pub fn kill(&mut self, pod: &str) -> Timestamp {
        let at = Timestamp::now();
        self.running.remove(pod).expect("a replica of that name").kill();
        at
    }

    /// Waits until a replica has ended by itself.
    pub async fn ended(&mut self, pod: &str) -> ExitStatus {
        let process = self.process(pod);
        let status = until("it has ended", || {
            let ended = process.ended();
            async move { ended.ok_or("it runs".to_owned()) }
        })
        .await;
        self.running.remove(pod);
        status
    }

    /// The holder of a lease.
    pub async fn holder(&self, lease: &str) -> Option<String> {
        let lease = self.tenures.leases().get_opt(lease).await.expect("an answer")?;
        holder(&lease).map(str::to_owned)
    }

    /// Waits until that replica holds the lease.
    pub async fn leads(&self, pod: &str, lease: &str) {
        let what = format!("{pod} holds {lease}");
        eventually(self.tenures.leases(), lease, &what, |lease: &Lease| holder(lease) == Some(pod)).await;
    }

    /// The replica that made a call.
    pub fn caller(&self, call: &Entry) -> String {
        pod(&call.access_key)
    }

    /// The wall clock's time of a call.
    pub fn wall(&self, call: &Entry) -> Timestamp {
        let (wall, sim) = self.moment;
        wall + call.at.since(sim).div_f64(SCALE)
    }

    /// The calls of a replica that changed something, or were to, since number `since`.
    pub fn writes_of(&self, pod: &str, since: u64) -> Vec<Entry> {
        let key = key(pod);
        self.world.aws().recorder().filter_since(since, |c| c.mutating() && c.access_key == key)
    }

    /// Waits for the first such call; returns when it came in.
    pub async fn first_write(&self, pod: &str, since: u64) -> Timestamp {
        let first = until(&format!("{pod} writes"), || async {
            self.writes_of(pod, since).into_iter().next().ok_or_else(|| "no call".to_owned())
        })
        .await;
        self.wall(&first)
    }

    /// Every mutating call so far was made by who held the lease that `lease_of` names for it; a call
    /// that it names none for is a failure too. Returns how many were judged.
    pub async fn one_writer(&self, lease_of: impl Fn(&Entry) -> Option<String>) -> usize {
        self.tenures.caught_up().await;
        let calls = self.world.aws().recorder().filter(Entry::mutating);
        for call in &calls {
            let lease = lease_of(call).unwrap_or_else(|| panic!("whose is {call:#?}"));
            let (pod, at) = (self.caller(call), self.wall(call));
            let story = || self.tenures.story(&lease);
            assert!(
                self.tenures.held(&lease, &pod, at),
                "{pod} did not hold {lease} at {at}: {call:#?}\n{}",
                story()
            );
        }
        calls.len()
    }
}

/// How long after a leader's death, at the latest, the next one's first call may come.
pub fn failover() -> Duration {
    let Timings { lease, retry, .. } = Timings::default();
    lease + retry.mul_f64(1.2) + SLACK
}

/// The access key of a replica, which names its pod.
fn key(pod: &str) -> String {
    format!("AKIA{ACCOUNT}{}", pod.to_uppercase())
}

fn pod(key: &str) -> String {
    key.trim_start_matches("AKIA").trim_start_matches(ACCOUNT).to_lowercase()
}

fn holder(lease: &Lease) -> Option<&str> {
    lease.spec.as_ref()?.holder_identity.as_deref().filter(|h| !h.is_empty())
}
