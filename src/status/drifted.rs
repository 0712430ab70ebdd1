//! `Drifted`: what others changed in AWS, what it was and is, and what is done about it.

use std::collections::BTreeSet;

use super::events::{Event, warning};
use super::words::{list, subject};
use crate::api::Reason;
use crate::api::drift::DriftPolicy;
use crate::executor::Target;
use crate::model::security_group::Direction;
use crate::model::{Body, Id};
use crate::plan::{Change, Drifted, Plan};

/// Objects named in one message.
const MOST: usize = 5;

/// What somebody changed in AWS, while that lasts: what `plan` found, and the targets that others
/// registered, about which the class says `added`. `None`: nothing.
pub fn drifted(
    plan: Option<&Plan>,
    foreign: &BTreeSet<Target>,
    added: DriftPolicy,
) -> Option<(Reason, String)> {
    let mut repaired = Vec::new();
    let mut reported = Vec::new();
    for drifted in plan.into_iter().flat_map(|plan| &plan.drifted) {
        let side = if drifted.policy == DriftPolicy::Repair { &mut repaired } else { &mut reported };
        side.push(told(drifted));
    }
    let targets = foreign.iter().map(|t| format!("target {}:{} (no pod of ours)", t.address, t.port));
    let side = if added == DriftPolicy::Repair { &mut repaired } else { &mut reported };
    side.extend(targets);
    let mut sentences = Vec::new();
    if !repaired.is_empty() {
        sentences
            .push(format!("Changed in AWS by someone else, and being put right: {}.", list(&repaired, MOST)));
    }
    if !reported.is_empty() {
        sentences.push(format!(
            "Changed in AWS by someone else, and left so, as the class's drift policy is Report: {}. Put it right \
             in AWS, or set the policy to Repair.",
            list(&reported, MOST)
        ));
    }
    let reason = if reported.is_empty() { Reason::ChangedInAWS } else { Reason::DriftReported };
    (!sentences.is_empty()).then(|| (reason, sentences.join(" ")))
}

/// What `plan` puts right now, an event for each object: nobody has to find it among others.
pub fn repairs(plan: &Plan) -> Vec<Event> {
    let called = |d: &&Drifted| plan.calls().any(|op| op.key == d.key);
    let repaired = plan.drifted.iter().filter(|d| d.policy == DriftPolicy::Repair).filter(called);
    let event = |d: &Drifted| {
        let note = format!("Changed in AWS by someone else, and put right: {}.", told(d));
        Event { each: true, ..warning(Reason::ChangedInAWS.as_str(), &note) }
    };
    repaired.map(event).collect()
}

/// One object and what happened to it.
fn told(drifted: &Drifted) -> String {
    let Drifted { key, id, change, .. } = drifted;
    match change {
        Change::Deleted => format!("{} ({id} is deleted)", subject(key)),
        Change::Changed(differences) => {
            let each = |d: &crate::model::difference::Difference| {
                format!("{} should be {} and is {}", d.setting, d.wanted, d.seen)
            };
            let all: Vec<String> = differences.iter().map(each).collect();
            format!("{} ({id}: {})", subject(key), list(&all, MOST))
        }
        Change::Added(body) => format!("{} ({})", added(id, body), "added, and not ours"),
    }
}

/// Something that others put into what is ours, with what it opens.
fn added(id: &Id, body: &Body<Id>) -> String {
    let what = body.kind().words();
    match body {
        Body::SecurityGroupRule(rule) => {
            let (way, side) = match rule.direction {
                Direction::Ingress => ("in", "from"),
                Direction::Egress => ("out", "to"),
            };
            let (from, to) = (rule.from_port, rule.to_port);
            let ports = if from == to { format!("port {from}") } else { format!("ports {from} to {to}") };
            format!("{what} {id} of {}, {way} on {ports} {side} {}", rule.group, rule.peer)
        }
        Body::Listener(listener) => format!("{what} {id} on port {}", listener.port),
        Body::Integration(integration) => format!("{what} {id} to {}", integration.listener),
        Body::Route(route) => format!("{what} {} ({id}) to {}", route.route_key, route.target),
        Body::RouteSettings(settings) => format!("{what} of {} in {}", settings.route_key, settings.stage),
        _ => format!("{what} {id}"),
    }
}
