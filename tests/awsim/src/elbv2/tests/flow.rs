use std::net::Ipv4Addr;

use serde_json::json;

use super::{balancer, checked, group, listener, register};
use crate::elbv2::{Ended, Flow, flow, pick_target};
use crate::testing::Sim;

const POD: &str = "10.0.8.1:8080";
const ENDS: &str = "target_health_state.unhealthy.connection_termination.enabled";

/// A connection to the one target of a group, which is healthy.
struct Line {
    sim: Sim,
    edge: String,
    app: String,
    flow: Flow,
}

impl Line {
    fn new() -> Line {
        let sim = Sim::new();
        let (edge, app) = (balancer(&sim, "edge", 1, &[]), group(&sim, "app"));
        let front = listener(&sim, &edge, 80, &app);
        register(&sim, &app, &["10.0.8.1"]);
        sim.advance(240);
        checked(&sim, &app, "10.0.8.1", Ok(()));
        let flow = sim.with(|call| {
            let client = Ipv4Addr::new(10, 0, 0, 99);
            let zone = crate::seed::ZONES[0];
            let target = pick_target(call.region, &front, zone, client, call.now).unwrap();
            Flow { listener: front, target, opened: call.now, used: call.now }
        });
        Line { sim, edge, app, flow }
    }

    fn set(&self, attributes: &[(&str, &str)]) {
        let attributes: Vec<_> = attributes.iter().map(|(k, v)| json!({"Key": k, "Value": v})).collect();
        let input = json!({"TargetGroupArn": self.app, "Attributes": attributes});
        self.sim.elb("ModifyTargetGroupAttributes", input);
    }

    fn ended(&self) -> Option<Ended> {
        self.sim.with(|call| flow::ended(call.region, &self.flow, call.now))
    }

    /// Time passes, and something over the connection.
    fn pass(&mut self, seconds: u64) {
        self.sim.advance(seconds);
        self.flow.used = self.sim.with(|call| call.now);
    }

    fn fail(&self) {
        for _ in 0..2 {
            checked(&self.sim, &self.app, "10.0.8.1", Err("Target.Timeout"));
        }
    }
}

/// botocore, ListenerAttribute `tcp.idle_timeout.seconds`: 350 by default.
#[test]
fn an_idle_connection_is_forgotten_after_the_listeners_time() {
    let line = Line::new();
    line.sim.advance(350);
    assert_eq!(line.ended(), None);
    line.sim.advance(1);
    assert_eq!(line.ended(), Some(Ended::Idle(350)));
    let longer = json!([{"Key": "tcp.idle_timeout.seconds", "Value": "351"}]);
    let input = json!({"ListenerArn": line.flow.listener, "Attributes": longer});
    line.sim.elb("ModifyListenerAttributes", input);
    assert_eq!(line.ended(), None);
}

/// NLB user guide, "Target group health": ended at once by default; without termination kept, with an
/// interval for that long.
#[test]
fn a_target_that_turns_unhealthy_keeps_its_connections_as_its_group_says() {
    for (attributes, at_once, later) in [
        (&[][..], true, true),
        (&[(ENDS, "false")][..], false, false),
        (
            &[(ENDS, "false"), ("target_health_state.unhealthy.draining_interval_seconds", "90")][..],
            false,
            true,
        ),
    ] {
        let mut line = Line::new();
        for attribute in attributes {
            line.set(std::slice::from_ref(attribute));
        }
        line.pass(1);
        line.fail();
        let ended = Some(Ended::Unhealthy(POD.to_owned()));
        assert_eq!(line.ended(), ended.clone().filter(|_| at_once), "{attributes:?}");
        line.pass(90);
        assert_eq!(line.ended(), ended.filter(|_| later), "{attributes:?}");
    }
}

/// When every target is unhealthy, connections are opened to them all; those must not end at once.
#[test]
fn a_connection_to_a_target_that_was_unhealthy_already_stays() {
    let mut line = Line::new();
    line.pass(1);
    line.fail();
    line.pass(1);
    line.flow.opened = line.flow.used;
    assert_eq!(line.ended(), None);
}

/// NLB user guide, "Deregistration delay".
#[test]
fn a_deregistered_target_keeps_its_connections_unless_the_group_ends_them() {
    let mut line = Line::new();
    let gone = json!({"TargetGroupArn": line.app, "Targets": [{"Id": "10.0.8.1"}]});
    line.sim.elb("DeregisterTargets", gone);
    line.set(&[("deregistration_delay.connection_termination.enabled", "true")]);
    line.pass(299);
    assert_eq!(line.ended(), None, "while it drains");
    line.pass(1);
    assert_eq!(line.ended(), Some(Ended::Deregistered(POD.to_owned())));
    line.set(&[("deregistration_delay.connection_termination.enabled", "false")]);
    assert_eq!(line.ended(), None);
    line.sim.elb("DeleteLoadBalancer", json!({"LoadBalancerArn": line.edge}));
    assert_eq!(line.ended(), Some(Ended::Gone(line.flow.listener.clone())));
}

/// NLB user guide, "Deregistration delay": new connections may still come while the change is on its
/// way (aws-load-balancer-controller 1834 and 4180 say for how long).
#[test]
fn a_deregistered_target_still_gets_new_connections_for_a_while_if_it_is_healthy() {
    for (healthy, late) in [(true, 60), (false, 0)] {
        let line = Line::new();
        if !healthy {
            line.fail();
        }
        let gone = json!({"TargetGroupArn": line.app, "Targets": [{"Id": "10.0.8.1"}]});
        line.sim.elb("DeregisterTargets", gone);
        let picked = || {
            let (front, client) = (&line.flow.listener, Ipv4Addr::new(10, 0, 0, 99));
            let zone = crate::seed::ZONES[0];
            line.sim.with(|call| pick_target(call.region, front, zone, client, call.now)).is_ok()
        };
        let mut seconds = 0;
        while picked() {
            line.sim.advance(1);
            seconds += 1;
        }
        assert_eq!(seconds, late);
    }
}
