use serde_json::{Value, json};

use super::{balancer, checked, group, health, listener, register};
use crate::testing::{Sim, length};

/// botocore, TargetHealth.Reason: from unused through initial to healthy.
#[test]
fn a_target_is_unused_then_being_registered_then_checked_then_healthy() {
    let sim = Sim::new();
    let app = group(&sim, "app");
    register(&sim, &app, &["10.0.8.10"]);
    assert_eq!(health(&sim, &app), ["10.0.8.10 unused Target.NotInUse"]);
    let edge = balancer(&sim, "edge", 3, &[]);
    sim.advance(150);
    listener(&sim, &edge, 80, &app);
    assert_eq!(health(&sim, &app), ["10.0.8.10 initial Elb.RegistrationInProgress"]);
    sim.advance(89);
    assert_eq!(health(&sim, &app), ["10.0.8.10 initial Elb.RegistrationInProgress"]);
    sim.advance(1);
    assert_eq!(health(&sim, &app), ["10.0.8.10 initial Elb.InitialHealthChecking"]);
    checked(&sim, &app, "10.0.8.10", Ok(()));
    assert_eq!(health(&sim, &app), ["10.0.8.10 healthy -"]);
}

/// A load balancer that is provisioning has nobody yet to check targets.
/// botocore, TargetHealth.Reason: Elb.RegistrationInProgress.
#[test]
fn registration_waits_until_the_load_balancer_is_active() {
    let sim = Sim::new();
    let (edge, app) = (balancer(&sim, "edge", 3, &[]), group(&sim, "app"));
    listener(&sim, &edge, 80, &app);
    register(&sim, &app, &["10.0.8.10"]);
    sim.advance(150 + 89);
    assert_eq!(health(&sim, &app), ["10.0.8.10 initial Elb.RegistrationInProgress"]);
    sim.advance(1);
    assert_eq!(health(&sim, &app), ["10.0.8.10 initial Elb.InitialHealthChecking"]);
}

/// botocore, HealthyThresholdCount and UnhealthyThresholdCount: in a row.
#[test]
fn health_changes_after_a_threshold_of_checks_in_a_row() {
    let sim = Sim::new();
    let (edge, app) = (balancer(&sim, "edge", 3, &[]), group(&sim, "app"));
    listener(&sim, &edge, 80, &app);
    register(&sim, &app, &["10.0.8.10"]);
    sim.advance(240);
    let failed = || checked(&sim, &app, "10.0.8.10", Err("Target.FailedHealthChecks"));
    let passed = || checked(&sim, &app, "10.0.8.10", Ok(()));
    let now = || health(&sim, &app)[0].clone();
    failed();
    assert_eq!(now(), "10.0.8.10 initial Elb.InitialHealthChecking");
    failed();
    assert_eq!(now(), "10.0.8.10 unhealthy Target.FailedHealthChecks");
    checked(&sim, &app, "10.0.8.10", Err("Target.Timeout"));
    assert_eq!(now(), "10.0.8.10 unhealthy Target.Timeout");
    for _ in 0..4 {
        passed();
    }
    failed();
    for _ in 0..4 {
        passed();
    }
    assert_eq!(now(), "10.0.8.10 unhealthy Target.FailedHealthChecks");
    passed();
    assert_eq!(now(), "10.0.8.10 healthy -");
    failed();
    passed();
    failed();
    assert_eq!(now(), "10.0.8.10 healthy -");
    failed();
    assert_eq!(now(), "10.0.8.10 unhealthy Target.FailedHealthChecks");
}

/// botocore, deregistration_delay.timeout_seconds (300); registering again begins anew.
#[test]
fn a_deregistered_target_drains_and_is_gone_after_the_delay() {
    let sim = Sim::new();
    let (edge, app) = (balancer(&sim, "edge", 3, &[]), group(&sim, "app"));
    listener(&sim, &edge, 80, &app);
    register(&sim, &app, &["10.0.8.10", "10.0.8.11"]);
    sim.advance(240);
    checked(&sim, &app, "10.0.8.10", Ok(()));
    register(&sim, &app, &["10.0.8.10"]);
    assert_eq!(health(&sim, &app)[0], "10.0.8.10 healthy -", "registering twice changes nothing");
    let gone = json!({"TargetGroupArn": app, "Targets": [{"Id": "10.0.8.10"}, {"Id": "10.9.9.9"}]});
    sim.elb("DeregisterTargets", gone.clone());
    assert_eq!(health(&sim, &app)[0], "10.0.8.10 draining Target.DeregistrationInProgress");
    sim.advance(200);
    sim.elb("DeregisterTargets", gone.clone());
    sim.advance(100);
    assert_eq!(health(&sim, &app).len(), 1);
    register(&sim, &app, &["10.0.8.10"]);
    sim.elb("DeregisterTargets", gone);
    register(&sim, &app, &["10.0.8.10"]);
    assert_eq!(health(&sim, &app)[0], "10.0.8.10 initial Elb.RegistrationInProgress");
}

/// NLB user guide, "Deregistration delay": nothing drains where nothing was sent (inferred).
#[test]
fn a_target_of_a_group_that_is_not_in_use_is_gone_at_once() {
    let sim = Sim::new();
    let app = group(&sim, "app");
    register(&sim, &app, &["10.0.8.10"]);
    sim.elb("DeregisterTargets", json!({"TargetGroupArn": app, "Targets": [{"Id": "10.0.8.10"}]}));
    assert_eq!(health(&sim, &app), Vec::<String>::new());
}

/// botocore, TargetHealth.Reason: Target.NotInUse, then Elb.RegistrationInProgress.
#[test]
fn targets_begin_anew_when_their_group_goes_out_of_use_and_comes_back() {
    let sim = Sim::new();
    let (edge, app) = (balancer(&sim, "edge", 3, &[]), group(&sim, "app"));
    let front = listener(&sim, &edge, 80, &app);
    register(&sim, &app, &["10.0.8.10"]);
    sim.advance(240);
    checked(&sim, &app, "10.0.8.10", Ok(()));
    sim.elb("DeleteListener", json!({"ListenerArn": front}));
    assert_eq!(health(&sim, &app), ["10.0.8.10 unused Target.NotInUse"]);
    listener(&sim, &edge, 80, &app);
    assert_eq!(health(&sim, &app), ["10.0.8.10 initial Elb.RegistrationInProgress"]);
}

/// botocore, TargetHealth.Reason: NotInUse in a zone that is not enabled, IpUnusable for the load
/// balancer's own address.
#[test]
fn a_target_that_cannot_be_reached_by_design_is_unused() {
    let sim = Sim::new();
    let (edge, app) = (balancer(&sim, "edge", 2, &[]), group(&sim, "app"));
    listener(&sim, &edge, 80, &app);
    register(&sim, &app, &["10.0.40.10", "10.0.0.4"]);
    assert_eq!(
        health(&sim, &app),
        ["10.0.0.4 unused Target.IpUnusable", "10.0.40.10 unused Target.NotInUse"]
    );
}

/// botocore, TargetDescription; the messages are AWS's (aws-load-balancer-controller 561, 3714).
#[test]
fn addresses_and_their_zones_are_checked() {
    let sim = Sim::new();
    let app = group(&sim, "app");
    let try_register = |target: Value| {
        let input = json!({"TargetGroupArn": app, "Targets": [{"Id": "10.0.8.1"}, target]});
        sim.try_elb("RegisterTargets", input).map_err(|f| format!("{}: {}", f.code, f.message))
    };
    for (target, said) in [
        (
            json!({"Id": "i-12345678"}),
            "ValidationError: The IP address 'i-12345678' is not a valid IPv4 address",
        ),
        (
            json!({"Id": "8.8.8.8", "AvailabilityZone": "all"}),
            "InvalidTarget: The IP address '8.8.8.8' is not in",
        ),
        (
            json!({"Id": "10.9.0.1"}),
            "ValidationError: The Availability Zone is required for IP address '10.9.0.1' because it is not in the VPC",
        ),
        (
            json!({"Id": "10.0.8.2", "AvailabilityZone": "all"}),
            "ValidationError: The IP address '10.0.8.2' is within the VPC, and cannot have its Availability Zone \
             overridden to 'all' from 'eu-central-1a'",
        ),
        (
            json!({"Id": "10.9.0.1", "AvailabilityZone": "eu-west-1a"}),
            "ValidationError: Availability Zone 'eu-west-1a' is not valid",
        ),
    ] {
        let refused = try_register(target).unwrap_err();
        assert!(refused.starts_with(said), "{refused}");
    }
    assert_eq!(health(&sim, &app), Vec::<String>::new(), "all or none");
    try_register(json!({"Id": "10.9.0.1", "AvailabilityZone": "all", "Port": 9})).unwrap();
    let told = sim.elb("DescribeTargetHealth", json!({"TargetGroupArn": app}));
    let first = json!({"Id": "10.0.8.1", "Port": 8080, "AvailabilityZone": "eu-central-1a"});
    assert_eq!(told["TargetHealthDescriptions"][0]["Target"], first);
    assert_eq!(told["TargetHealthDescriptions"][1]["HealthCheckPort"], "9");
}

/// aws/aws-sdk-js issue 1593, getmoto/moto issue 7692.
#[test]
fn a_target_that_is_asked_for_but_not_registered_is_told_so() {
    let sim = Sim::new();
    let app = group(&sim, "app");
    register(&sim, &app, &["10.0.8.10"]);
    let asked = json!({"TargetGroupArn": app, "Targets": [{"Id": "10.0.8.11"}, {"Id": "10.0.8.10"}]});
    let told = sim.elb("DescribeTargetHealth", asked);
    assert_eq!(length(&told, "/TargetHealthDescriptions"), 2);
    assert_eq!(
        told["TargetHealthDescriptions"][0]["TargetHealth"],
        json!({"State": "unused", "Reason": "Target.NotRegistered",
            "Description": "Target is not registered to the target group"})
    );
}

/// NLB user guide, "Quotas": 500 targets a zone and load balancer, 500 in all with cross-zone load
/// balancing, 1000 a target group.
#[test]
fn the_numbers_of_targets_are_limited() {
    let sim = Sim::new();
    let (edge, app, other) = (balancer(&sim, "edge", 3, &[]), group(&sim, "app"), group(&sim, "other"));
    listener(&sim, &edge, 80, &app);
    let fill = |group: &str, base: &str, from: u32, to: u32| {
        let targets: Vec<Value> = (from..to)
            .map(|n| json!({"Id": format!("{base}.{}", n % 250), "Port": 1000 + n / 250}))
            .collect();
        let input = json!({"TargetGroupArn": group, "Targets": targets});
        sim.try_elb("RegisterTargets", input).map_err(|f| f.code)
    };
    let full = Err("TooManyTargets".to_owned());
    fill(&app, "10.0.8", 0, 500).unwrap();
    assert_eq!(fill(&app, "10.0.8", 500, 501), full);
    fill(&app, "10.0.24", 0, 1).unwrap();
    let cross = json!({"LoadBalancerArn": edge,
        "Attributes": [{"Key": "load_balancing.cross_zone.enabled", "Value": "true"}]});
    assert_eq!(sim.elb_code("ModifyLoadBalancerAttributes", cross.clone()), "TooManyTargets");
    sim.elb("DeregisterTargets", json!({"TargetGroupArn": app, "Targets": [{"Id": "10.0.24.0"}]}));
    sim.elb("ModifyLoadBalancerAttributes", cross);
    assert_eq!(fill(&app, "10.0.24", 0, 1), full);
    assert_eq!(fill(&other, "10.0.40", 0, 1001), full);
    fill(&other, "10.0.40", 0, 1).unwrap();
    let second = super::listener_input(&edge, 81, &other);
    assert_eq!(sim.elb_code("CreateListener", second), "TooManyTargets");
}

/// botocore, `target_health_state.unhealthy.draining_interval_seconds` and TargetHealth.State.
#[test]
fn a_target_that_fails_drains_for_the_interval_before_it_is_unhealthy() {
    let sim = Sim::new();
    let (edge, app) = (balancer(&sim, "edge", 3, &[]), group(&sim, "app"));
    listener(&sim, &edge, 80, &app);
    register(&sim, &app, &["10.0.8.10"]);
    let attributes = json!([
        {"Key": "target_health_state.unhealthy.connection_termination.enabled", "Value": "false"},
        {"Key": "target_health_state.unhealthy.draining_interval_seconds", "Value": "60"},
    ]);
    sim.elb("ModifyTargetGroupAttributes", json!({"TargetGroupArn": app, "Attributes": attributes}));
    sim.advance(240);
    checked(&sim, &app, "10.0.8.10", Ok(()));
    for _ in 0..2 {
        checked(&sim, &app, "10.0.8.10", Err("Target.Timeout"));
    }
    assert_eq!(health(&sim, &app), ["10.0.8.10 unhealthy.draining Target.Timeout"]);
    sim.advance(59);
    checked(&sim, &app, "10.0.8.10", Err("Target.Timeout"));
    assert_eq!(health(&sim, &app), ["10.0.8.10 unhealthy.draining Target.Timeout"]);
    sim.advance(1);
    assert_eq!(health(&sim, &app), ["10.0.8.10 unhealthy Target.Timeout"]);
}

/// botocore, RegisterTargets and `InvalidTargetException`: there are no instances here.
#[test]
fn targets_must_be_of_the_groups_target_type() {
    let sim = Sim::new();
    let make = |name: &str, target_type: &str| {
        let mut input = super::group_input(name);
        input["TargetType"] = json!(target_type);
        crate::testing::string(&sim.elb("CreateTargetGroup", input), "/TargetGroups/0/TargetGroupArn")
    };
    let (hosts, fronts) = (make("hosts", "instance"), make("fronts", "alb"));
    for (group, id, code) in [
        (&hosts, "i-0123456789abcdef0", "InvalidTarget"),
        (&hosts, "10.0.8.10", "ValidationError"),
        (&fronts, "10.0.8.10", "NotImplemented"),
    ] {
        let input = json!({"TargetGroupArn": group, "Targets": [{"Id": id}]});
        assert_eq!(sim.elb_code("RegisterTargets", input), code, "{id}");
    }
    let asked = json!({"TargetGroupArn": hosts, "Targets": [{"Id": "i-0123456789abcdef0"}]});
    let told = sim.elb("DescribeTargetHealth", asked);
    assert_eq!(told["TargetHealthDescriptions"][0]["TargetHealth"]["Reason"], "Target.NotRegistered");
}
