//! Where the operator is killed: just before or just after something happens outside of it.

use std::collections::{BTreeMap, BTreeSet};

use awsim::recorder::Entry;
use awsim::weather::effect::{Effect, Hang};

use crate::support::operator::World;
use crate::support::proxy::{self, Seen};

/// A call of AWS or a request to the API server that the operator is killed at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boundary {
    to: To,
    /// So many of its kind come before it.
    skip: u32,
    /// Whether it is done by then.
    committed: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum To {
    Aws {
        service: String,
        operation: String,
    },
    Kubernetes {
        method: String,
        path: String,
    },
    /// An event, new or told again: that depends on what the operator remembers.
    Event,
}

/// The paths of events.
const EVENTS: &str = "/apis/events.k8s.io/*";

/// Before and after every call that changed AWS.
pub fn of_changes(calls: &[Entry]) -> Vec<Boundary> {
    let changes = calls.iter().filter(|call| call.mutating() && call.succeeded());
    around(changes.map(|call| To::Aws { service: call.service.clone(), operation: call.operation.clone() }))
}

/// While the first read of each kind is out.
pub fn of_reads(calls: &[Entry]) -> Vec<Boundary> {
    let reads = calls.iter().filter(|call| !call.mutating() && call.succeeded());
    let kinds: BTreeSet<(&str, &str)> = reads.map(|call| (&*call.service, &*call.operation)).collect();
    let boundary = |(service, operation): (&str, &str)| Boundary {
        to: To::Aws { service: service.to_owned(), operation: operation.to_owned() },
        skip: 0,
        committed: false,
    };
    kinds.into_iter().map(boundary).collect()
}

/// Before and after everything that was written to the API server but the Lease.
pub fn of_writes(seen: &[Seen]) -> Vec<Boundary> {
    let writes = seen.iter().filter(|seen| is_write(seen) && seen.status.is_some_and(|code| code < 300));
    around(writes.map(|seen| match seen.asked.path.contains("/events") {
        true => To::Event,
        false => {
            To::Kubernetes { method: seen.asked.method.clone(), path: without_random_names(&seen.asked.path) }
        }
    }))
}

/// Whether it is a write, and not of the Lease.
pub fn is_write(seen: &Seen) -> bool {
    seen.asked.method != "GET" && !seen.asked.path.contains("/leases")
}

/// Pods are called anything.
fn without_random_names(path: &str) -> String {
    let mut parts: Vec<&str> = path.split('/').collect();
    for at in 1..parts.len() {
        if parts[at - 1] == "pods" {
            parts[at] = "*";
        }
    }
    parts.join("/")
}

fn around(happened: impl Iterator<Item = To>) -> Vec<Boundary> {
    let mut before: BTreeMap<To, u32> = BTreeMap::new();
    let mut found = Vec::new();
    for to in happened {
        let skip = before.entry(to.clone()).or_default();
        for committed in [false, true] {
            found.push(Boundary { to: to.clone(), skip: *skip, committed });
        }
        *skip += 1;
    }
    found
}

impl Boundary {
    /// The next of the kind after this one was killed at: the first that the operator comes to when it
    /// starts.
    pub fn next(&self) -> Boundary {
        Boundary { skip: 0, ..self.clone() }
    }

    /// From now on what it is about hangs.
    pub fn arm(&self, world: &World) {
        let Boundary { to, skip, committed } = self;
        let hang = proxy::Effect::Hang { committed: *committed };
        let rule = match to {
            To::Aws { service, operation } => {
                let hang = Effect::Hang(Hang { seconds: 3600.0, committed: *committed });
                let rule = awsim::weather::Rule::of(service, operation, hang);
                return world.aws().weather().set(0, vec![rule.skip(*skip).times(1)]);
            }
            To::Kubernetes { method, path } => proxy::Rule::of(method, path, hang),
            To::Event => proxy::Rule::writes(hang).at(EVENTS),
        };
        world.proxy().set(0, vec![rule.skip(*skip).times(1)]);
    }

    /// Whether it has come about and hangs.
    pub fn is_met(&self, world: &World) -> bool {
        match &self.to {
            To::Aws { .. } => world.aws().weather().rules().is_empty(),
            To::Kubernetes { .. } | To::Event => world.proxy().hanging() > 0,
        }
    }

    /// Nothing hangs any more.
    pub fn disarm(world: &World) {
        world.aws().weather().clear();
        world.proxy().clear();
        world.proxy().cut();
    }

    /// Whether it is about the API server.
    pub fn is_kubernetes(&self) -> bool {
        matches!(self.to, To::Kubernetes { .. } | To::Event)
    }
}
