//! The lane itself: EndpointSlices and AWS's answers in, jobs out, for every service at once. It
//! needs only a target group: no healthy class, no valid spec.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::ResourceExt;
use tokio::sync::Notify;

use super::{Endpoint, Slice, Summary, TargetsState};
use crate::api::drift::DriftPolicy;
use crate::desire::kubernetes::APP_PORT;
use crate::executor::{Answer, Call, Executor, Source, Target};
use crate::model::{Id, NsName, Owner, Time};
use crate::runtime::clock::Clock;
use crate::status;

/// Every service that has a target group.
#[derive(Debug)]
pub struct Targets {
    /// Between two looks at a group that is well, unless its class says.
    pass: Duration,
    services: Mutex<BTreeMap<NsName, Service>>,
    /// Some service is due earlier than before.
    sooner: Notify,
}

#[derive(Debug)]
struct Service {
    class: String,
    group: Id,
    executor: Executor,
    state: TargetsState,
    due: Option<Time>,
}

/// What status remembers of a service's targets.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    /// The checkpoint.
    pub checkpoint: Option<String>,
    /// All were healthy then.
    pub all_healthy: bool,
    /// The service was never Ready: its targets go first within their lane.
    pub never_ready: bool,
}

/// Whom a change of targets concerns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Concerned {
    /// The service, if its view changed.
    pub service: Option<NsName>,
    /// Its class, if the ports changed that targets are registered with: the security groups admit
    /// these too, and no longer those that the last target left.
    pub class: Option<String>,
}

/// Looks at a group that is well, for what others changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Looks {
    /// Between two of them.
    pub pass: Duration,
    /// What is done about targets that others registered. Pods of ours that somebody deregistered are
    /// registered again whatever it says.
    pub added: DriftPolicy,
}

impl Targets {
    /// None yet; groups that are well are looked at each `pass` unless their class says.
    pub fn new(pass: Duration) -> Targets {
        Targets { pass, services: Mutex::default(), sooner: Notify::new() }
    }

    /// Looks at each `interval`, or as usual.
    pub fn looks(&self, interval: Option<Duration>, added: DriftPolicy) -> Looks {
        Looks { pass: interval.unwrap_or(self.pass), added }
    }

    /// `owner`'s target group is `group` and its pods are in `slices`. Called at every reconcile: it
    /// does nothing when nothing has changed.
    pub fn keep(
        &self,
        executor: &Executor,
        (owner, group): (&Owner, &Id),
        slices: Vec<Slice>,
        (recorded, looks): (Recorded, Looks),
        now: Time,
    ) {
        let Some(name) = owner.service() else { return };
        let mut all = self.all();
        if all.get(name).is_none_or(|service| service.group != *group) {
            let service = Service {
                class: owner.class().to_owned(),
                group: group.clone(),
                executor: executor.clone(),
                state: TargetsState::new(group.clone(), recorded, looks, now),
                due: None,
            };
            all.insert(name.clone(), service);
        }
        if let Some(service) = all.get_mut(name) {
            service.state.look(looks, now);
        }
        drop(all);
        self.moved(name, slices, now);
    }

    /// `owner` goes and its target group `group` stays: every target is deregistered, and no pod is registered
    /// any more. Whether AWS has shown that none is left.
    pub fn leave(
        &self,
        executor: &Executor,
        owner: &Owner,
        group: &Id,
        never_ready: bool,
        now: Time,
    ) -> bool {
        let Some(name) = owner.service() else { return true };
        let mut all = self.all();
        let new = || Service {
            class: owner.class().to_owned(),
            group: group.clone(),
            executor: executor.clone(),
            state: TargetsState::new(
                group.clone(),
                Recorded { never_ready, ..Recorded::default() },
                self.looks(None, DriftPolicy::Repair),
                now,
            ),
            due: None,
        };
        let service = all.entry(name.clone()).or_insert_with(new);
        if service.group != *group {
            *service = new();
        }
        service.state.leave();
        service.step(now);
        self.sooner.notify_one();
        service.state.is_left()
    }

    /// The pods of a service are in `slices` now. Without a target group there is nothing to do yet.
    pub fn moved(&self, name: &NsName, slices: Vec<Slice>, now: Time) {
        if let Some(service) = self.all().get_mut(name) {
            service.state.slices(slices);
            service.step(now);
            self.sooner.notify_one();
        }
    }

    /// Takes in AWS's answer about a target group; returns who is to be woken.
    pub fn answer(&self, group: &Id, call: &Call, answer: &Answer, now: Time) -> Concerned {
        let mut all = self.all();
        let Some((name, service)) = all.iter_mut().find(|(_, service)| service.group == *group) else {
            return Concerned::default();
        };
        let before = (service.view(), service.ports());
        service.state.answer(call, answer, now);
        service.log_foreign(name, &before.0);
        service.step(now);
        self.sooner.notify_one();
        Concerned {
            service: (service.view() != before.0 || service.state.is_left()).then(|| name.clone()),
            class: (service.ports() != before.1).then(|| service.class.clone()),
        }
    }

    /// How the targets of a service are; `None`: not known yet (see [`TargetsState::summary`]).
    pub fn view(&self, name: &NsName) -> Option<status::Targets> {
        self.all().get(name)?.view()
    }

    /// The pods of a service whose gate is to be opened.
    pub fn gates(&self, name: &NsName) -> Vec<String> {
        self.all().get(name).map(|service| service.state.gates()).unwrap_or_default()
    }

    /// The gate of this pod is open.
    pub fn opened(&self, name: &NsName, pod: String) {
        if let Some(service) = self.all().get_mut(name) {
            service.state.opened(pod);
        }
    }

    /// Ports of the targets that are registered for services of `class`.
    pub fn ports(&self, class: &str) -> BTreeSet<u16> {
        let all = self.all();
        let mine = all.values().filter(|service| service.class == class);
        mine.flat_map(Service::ports).collect()
    }

    /// The service is gone, and its target group with it.
    pub fn forget(&self, name: &NsName) {
        self.all().remove(name);
    }

    /// How many services have a target group.
    pub fn count(&self) -> usize {
        self.all().len()
    }

    /// Does what is due, for ever: pods that came together, looks at health, retries.
    pub async fn run(&self, clock: Clock) {
        loop {
            let due = self.due(clock.now());
            let sleep = async {
                match due {
                    Some(at) => clock.sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = self.sooner.notified() => {}
                () = sleep => {}
            }
        }
    }

    /// Steps whoever is due; when to look again.
    fn due(&self, now: Time) -> Option<Time> {
        let mut all = self.all();
        for service in all.values_mut().filter(|service| service.due.is_some_and(|at| at <= now)) {
            service.step(now);
        }
        all.values().filter_map(|service| service.due).min()
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<NsName, Service>> {
        self.services.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Service {
    fn step(&mut self, now: Time) {
        let step = self.state.step(now);
        self.due = step.next;
        if let Some(jobs) = step.post {
            self.executor.post(&Source::Targets(self.group.clone()), jobs, None);
        }
    }

    /// Ports of the registered targets.
    fn ports(&self) -> BTreeSet<u16> {
        self.state.registered().map(|target| target.port).collect()
    }

    fn view(&self) -> Option<status::Targets> {
        let Summary { healthy, registered, unhealthy, refused, foreign } = self.state.summary()?;
        let refused = refused.map(|(_, error)| error);
        let checkpoint = self.state.checkpoint();
        Some(status::Targets { healthy, registered, unhealthy, refused, foreign, checkpoint })
    }

    /// For who audits: what others registered, and what is done about it.
    fn log_foreign(&self, name: &NsName, before: &Option<status::Targets>) {
        let known = |target: &&Target| before.as_ref().is_some_and(|b| b.foreign.contains(*target));
        for Target { address, port } in self.state.foreign().iter().filter(|target| !known(target)) {
            let policy = self.state.added();
            tracing::warn!(service = %name, group = %self.group, address, port, ?policy, "a target that is no pod of ours");
        }
    }
}

/// The service whose Kubernetes Service an EndpointSlice belongs to.
pub fn owner_of(slice: &EndpointSlice) -> Option<NsName> {
    let service = slice.labels().get("kubernetes.io/service-name")?;
    Some(NsName::new(slice.namespace()?, service))
}

/// What the lane needs of EndpointSlices: IPv4 addresses with the app's port.
pub fn slices(found: &[Arc<EndpointSlice>]) -> Vec<Slice> {
    found.iter().filter(|found| found.address_type == "IPv4").map(|found| slice(found)).collect()
}

fn slice(found: &EndpointSlice) -> Slice {
    let port = found.ports.iter().flatten().find(|p| p.name.as_deref() == Some(APP_PORT));
    let port = port.and_then(|p| u16::try_from(p.port?).ok());
    let endpoint = |endpoint: &k8s_openapi::api::discovery::v1::Endpoint| {
        let conditions = endpoint.conditions.clone().unwrap_or_default();
        Some(Endpoint {
            // One address each (discovery.k8s.io/v1: consumers use the first).
            target: Target { address: endpoint.addresses.first()?.clone(), port: port? },
            pod: endpoint.target_ref.as_ref().and_then(|pod| pod.name.clone()).unwrap_or_default(),
            // Absent counts as ready, and as not terminating.
            ready: conditions.ready.unwrap_or(true),
            terminating: conditions.terminating.unwrap_or(false),
        })
    };
    Slice {
        uid: found.uid().unwrap_or_default(),
        generation: found.metadata.generation.unwrap_or_default(),
        endpoints: found.endpoints.iter().filter_map(endpoint).collect(),
    }
}
