//! The end of a container as a kubelet brings it about: preStop hook, SIGTERM, SIGKILL.

use std::net::Ipv4Addr;
use std::time::Duration;

use awsim::clock::{Clock, SimTime};
use k8s_openapi::api::core::v1::{Container as Spec, LifecycleHandler};
use tokio_util::task::TaskTracker;

use super::app::Ending;
use super::container::Teller;
use super::probe;

/// What is left for SIGTERM however long the hook took.
const LEAST_AFTER_HOOK: Duration = Duration::from_secs(2);

/// A container that is to stop.
pub(super) struct Stop {
    pub(super) spec: Spec,
    pub(super) ip: Ipv4Addr,
    pub(super) ending: Ending,
    pub(super) tasks: TaskTracker,
    pub(super) ignores_sigterm: bool,
    /// When the stop began, and how long after it the container is killed.
    pub(super) begin: SimTime,
    pub(super) grace: Duration,
    pub(super) clock: Clock,
    pub(super) teller: Teller,
}

impl Stop {
    /// Runs the hook, then SIGTERM, then, when the grace is over, SIGKILL; tells the exit code.
    pub(super) async fn run(self) {
        let Stop { spec, ip, ending, tasks, ignores_sigterm, begin, grace, clock, teller } = self;
        let hook = spec.lifecycle.as_ref().and_then(|lifecycle| lifecycle.pre_stop.as_ref());
        if let Some(hook) = hook {
            tokio::select! {
                () = pre_stop(hook, &spec, ip, &clock, begin) => {}
                () = clock.sleep_until(begin + grace) => {}
            }
        }
        let end = (begin + grace).max(clock.now() + LEAST_AFTER_HOOK);
        let gone = async {
            if ignores_sigterm {
                std::future::pending::<()>().await;
            }
            ending.term.cancel();
            tasks.close();
            tasks.wait().await;
        };
        tokio::select! {
            () = gone => teller.exited(0, ""),
            () = clock.sleep_until(end) => teller.exited(137, ""),
        }
    }
}

async fn pre_stop(hook: &LifecycleHandler, spec: &Spec, ip: Ipv4Addr, clock: &Clock, begin: SimTime) {
    if let Some(sleep) = &hook.sleep {
        clock.sleep_until(begin + Duration::from_secs(u64::try_from(sleep.seconds).unwrap_or(0))).await;
    }
    if let Some(get) = &hook.http_get {
        let result = match probe::port(&get.port, spec) {
            Ok(port) => probe::http_get(get, ip, port).await,
            Err(why) => Err(why),
        };
        if let Err(why) = result {
            tracing::debug!(container = spec.name, why, "preStop hook failed");
        }
    }
}
