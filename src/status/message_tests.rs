//! Each message that a person may read at night, word for word.

use std::time::Duration;

use serde_json::json;

use super::testing::*;
use super::{Targets, Workload, class_events, service_events};
use crate::api::drift::DriftPolicy;
use crate::api::service_status::RouteState;
use crate::api::{ConditionStatus, Reason};
use crate::desire::fold::{Place, Refusal};
use crate::desire::quota::Quota;
use crate::executor::{Health, Target, TargetHealth};
use crate::model::difference::Difference;
use crate::model::{ErrorClass, Id, Kind, NsName, Owner, ResourceKey, Time};
use crate::plan::{Act, Blocker, Change, Drifted, Hold, Why};
use crate::validate::{Refused, Violation};

const MINUTE: Duration = Duration::from_secs(60);

/// 40 s before now.
fn before() -> Time {
    Time(NOW.0 - 40_000)
}

fn target(address: &str, health: Health, reason: &str) -> TargetHealth {
    TargetHealth {
        target: Target { address: address.to_owned(), port: 3000 },
        health,
        reason: reason.to_owned(),
    }
}

fn refused(reason: Reason, message: &str) -> Refused {
    let violation = Violation { reason, field: "spec".to_owned(), message: message.to_owned() };
    Refused { class_name: None, violations: vec![violation] }
}

/// Compares a service's condition with what it should say.
fn says(case: &ServiceCase, expected: &str) {
    let type_ = expected.split('=').next().unwrap();
    assert_eq!(shown(&case.status().conditions, type_), expected);
}

/// Compares a class's condition with what it should say.
fn class_says(case: &ClassCase, expected: &str) {
    let type_ = expected.split('=').next().unwrap();
    assert_eq!(shown(&case.status().conditions, type_), expected);
}

#[test]
fn a_service_that_is_served_says_so_at_every_hop() {
    let case = served();
    says(&case, "Accepted=True Accepted: Class public grants all that it asks for.");
    says(&case, "WorkloadReady=True PodsReady: 3 of 3 pods are ready.");
    says(&case, "TargetsHealthy=True Healthy: 3 of 3 targets are healthy.");
    says(
        &case,
        "NetworkLocked=True Locked: VPC link sg-0link reaches load balancers sg-0lb on 10000-10049, they reach pods \
         sg-0c1 on 3000, and nothing else does.",
    );
    says(
        &case,
        "RoutesProgrammed=True Programmed: 3 routes on https://a1b2c3.execute-api.eu-central-1.amazonaws.com.",
    );
    says(&case, "Ready=True Ready: Served at https://a1b2c3.execute-api.eu-central-1.amazonaws.com.");
    says(&case, "Reconciling=False UpToDate: Nothing is left to do.");
    says(&case, "Stalled=False NotStalled: No one needs to act.");
    let status = case.status();
    assert_eq!(status.targets.unwrap().summary, "3/3");
    assert!(status.routes.iter().all(|route| route.state == RouteState::Served));
    assert_eq!(status.selector.as_deref(), Some("gatewayed.io/service=orders"));
    assert_eq!((status.replicas, status.ready_replicas), (Some(3), Some(3)));
    assert!(status.conditions.iter().all(|c| c.observed_generation == Some(1)));
}

#[test]
fn a_refused_spec_repeats_what_is_wrong() {
    let mut case = served();
    case.plan = None;
    case.valid = Err(refused(
        Reason::UnknownClass,
        "Class \"publik\" does not exist. Classes that admit namespace shop: public, internal.",
    ));
    says(
        &case,
        "Accepted=False UnknownClass: Class \"publik\" does not exist. Classes that admit namespace shop: public, \
         internal.",
    );
    case.valid = Err(refused(
        Reason::PathNotAllowed,
        "Route /admin/{proxy+} is outside the paths that class public grants namespace shop: /shop, /orders.",
    ));
    says(
        &case,
        "Ready=False PathNotAllowed: Route /admin/{proxy+} is outside the paths that class public grants namespace \
         shop: /shop, /orders.",
    );
    assert_eq!(
        shown(&case.status().conditions, "Stalled").split(':').next().unwrap(),
        "Stalled=True PathNotAllowed"
    );
}

#[test]
fn a_service_that_was_served_stays_so_at_every_hop_when_its_spec_is_refused() {
    let mut case = served().written(MINUTE);
    case.valid = Err(refused(Reason::ClassNotReady, "Class public is not accepted: its VPC does not exist."));
    (case.plan, case.workload, case.health) = (None, None, None);
    says(&case, "Ready=False ClassNotReady: Class public is not accepted: its VPC does not exist.");
    for hop in ["WorkloadReady", "TargetsHealthy", "NetworkLocked", "RoutesProgrammed"] {
        assert!(shown(&case.status().conditions, hop).starts_with(&format!("{hop}=True")), "{hop}");
    }
    let (old, new) = (case.object.status.clone().unwrap(), case.status());
    assert_eq!((old.resources, old.routes, old.url), (new.resources, new.routes, new.url));
}

#[test]
fn a_route_that_another_service_holds_is_named_with_its_holder() {
    let mut case = served();
    let key: crate::validate::RouteKey = "GET /orders/{id}".parse().unwrap();
    let created = Time(1_795_168_800_000);
    let with = NsName::new("shop", "carts");
    case.slice.routes.remove(&key);
    let same = Refusal::Conflict { with: with.clone(), created, key: key.clone() };
    case.slice.refused.insert(key.clone(), same);
    case = case.missing(Kind::Route, "GET /orders/{id}");
    says(
        &case,
        "RoutesProgrammed=False RouteConflict: GET /orders/{id} belongs to shop/carts, which exists since \
         2026-11-20T10:00:00Z; the other 2 routes are served. Choose another path, or remove it there.",
    );
    let status = case.status();
    assert_eq!(status.routes[0].state, RouteState::Conflict);
    assert_eq!(status.routes[0].conflicts_with.as_deref(), Some("shop/carts"));
    assert_eq!(status.routes[1].state, RouteState::Served);

    let held = "ANY /orders/{proxy+}".parse().unwrap();
    case.slice.refused.insert(key, Refusal::Conflict { with, created, key: held });
    says(
        &case,
        "Ready=False RouteConflict: GET /orders/{id} overlaps ANY /orders/{proxy+} of shop/carts, which exists since \
         2026-11-20T10:00:00Z; the other 2 routes are served. Choose another path, or remove it there.",
    );
}

#[test]
fn a_full_class_says_what_is_full() {
    let mut case = served();
    case.slice.place = Some(Place::Full { quota: Quota::Listeners, limit: 50, next: None });
    says(
        &case,
        "TargetsHealthy=False ClassFull: Class public has 50 of 50 listener ports in use (AWS allows 50 listeners per \
         network load balancer, quota L-57A373D6); what is served is not touched. Have loadBalancer.network.max or \
         listenerPorts raised, or take another class.",
    );
    let mut case = served();
    let key: crate::validate::RouteKey = "GET /orders/{id}".parse().unwrap();
    case.slice.routes.remove(&key);
    case.slice.refused.insert(key, Refusal::Full(Quota::Integrations));
    says(
        &case,
        "RoutesProgrammed=False QuotaReached: GET /orders/{id} cannot be served: class public uses 300 of 300 \
         integrations per HTTP API (not in Service Quotas). Give routes the same timeout, or use another class.",
    );
}

#[test]
fn kubernetes_objects_that_cannot_be_applied_are_told_with_their_reason() {
    let mut case = served();
    case.not_applied = Some(
        "Deployment shop/orders exists and is not this service's; rename the service, or delete it there"
            .into(),
    );
    says(
        &case,
        "WorkloadReady=False ApplyRefused: Deployment shop/orders exists and is not this service's; rename the \
         service, or delete it there.",
    );
}

#[test]
fn pods_that_are_not_ready_are_told_with_one_of_them() {
    let pod = |reason, exit, message| {
        serde_json::from_value(waiting_pod("orders-7c9-x2", reason, exit, message)).unwrap()
    };
    let mut case = served();
    case.workload = Some(Workload {
        deployment: deployment(3, 3, 3, 1),
        pods: vec![pod("CrashLoopBackOff", Some(1), None)],
    });
    says(
        &case,
        "WorkloadReady=False PodsNotReady: 1 of 3 pods is ready; orders-7c9-x2 waits in CrashLoopBackOff (exit code \
         1).",
    );
    case.workload.as_mut().unwrap().pods =
        vec![pod("CreateContainerConfigError", None, Some("secret \"token\" not found"))];
    says(
        &case,
        "WorkloadReady=False PodsNotReady: 1 of 3 pods is ready; orders-7c9-x2 waits in CreateContainerConfigError \
         (secret \"token\" not found).",
    );
    case.workload.as_mut().unwrap().pods = vec![pod("ContainerCreating", None, None)];
    says(&case, "WorkloadReady=False RollingOut: 1 of 3 pods is ready; the others are starting.");
    case.workload = Some(Workload { deployment: deployment(3, 1, 4, 3), pods: Vec::new() });
    says(
        &case,
        "WorkloadReady=False RollingOut: A new version is rolling out: 1 of 3 pods is of it; 3 in all are ready.",
    );
}

#[test]
fn pods_that_only_wait_for_the_load_balancer_are_no_trouble_of_the_workloads() {
    let pod = |ready: &str| {
        let condition = |type_: &str, status: &str| json!({"type": type_, "status": status});
        let conditions = [condition("ContainersReady", "True"), condition("Ready", ready)];
        serde_json::from_value(json!({"metadata": {"name": "a"}, "status": {"conditions": conditions}}))
            .unwrap()
    };
    let mut case = served();
    let pods = vec![pod("True"), pod("False"), pod("False")];
    case.workload = Some(Workload { deployment: deployment(3, 3, 3, 1), pods });
    says(
        &case,
        "WorkloadReady=True PodsReady: 3 of 3 pods are ready; 2 wait for the load balancer to find them healthy.",
    );
    let pods = vec![pod("True"), pod("True"), pod("True"), pod("False")];
    case.workload = Some(Workload { deployment: deployment(3, 1, 4, 3), pods });
    says(
        &case,
        "WorkloadReady=False RollingOut: A new version is rolling out: 1 of 3 pods is of it; 4 in all are ready; 1 \
         waits for the load balancer to find it healthy.",
    );
}

#[test]
fn targets_that_are_not_healthy_are_told_with_the_load_balancers_reason() {
    let mut case = served();
    case.health = Some(Targets {
        registered: 2,
        unhealthy: vec![target("10.0.12.7", Health::Unhealthy, "Target.ResponseCodeMismatch")],
        ..Targets::default()
    });
    says(
        &case,
        "TargetsHealthy=False HealthCheckFailing: 0 of 2 targets are healthy: the load balancer's GET /healthz on port \
         3000 is answered with a code other than 200 to 399 (Target.ResponseCodeMismatch). The pods are ready, so \
         health.path is not what the app serves to every host name.",
    );
    case.health = Some(Targets {
        healthy: 2,
        registered: 3,
        unhealthy: vec![target("10.0.12.7", Health::Initial, "Elb.InitialHealthChecking")],
        ..Targets::default()
    });
    says(
        &case,
        "TargetsHealthy=False Registering: 2 of 3 targets are healthy; 10.0.12.7 is initial \
         (Elb.InitialHealthChecking).",
    );
    case.health = Some(Targets::default());
    says(
        &case,
        "TargetsHealthy=False NoTargets: No pod is registered with the load balancer: a pod is, once it has an address.",
    );
}

#[test]
fn a_denied_rule_is_told_by_the_class_and_by_the_service_that_needs_it() {
    let denied = error(
        ErrorClass::Permission,
        "ec2:AuthorizeSecurityGroupIngress",
        "UnauthorizedOperation",
        "You are not authorized to perform this operation.",
    );
    let mut class =
        served_class().op(Kind::SecurityGroupRule, "pods-in-3000", troubled(denied, Duration::ZERO, true));
    class.plan.as_mut().unwrap().entries.retain(|e| e.slot.0 != "pods-in-3000");
    let message = "AccessDenied: ec2:AuthorizeSecurityGroupIngress for the rule into the pods' security group on port \
                   3000 was denied (UnauthorizedOperation, request 7f3e). Add the action to the operator's policy; all \
                   else goes on, and it is tried again every 5 minutes.";
    class_says(&class, &format!("NetworkReady=False {message}"));
    let mut case = served();
    case.class = Some(class.status());
    says(&case, &format!("NetworkLocked=False {message}"));
    says(&case, &format!("Stalled=True {message}"));
}

#[test]
fn a_quota_is_told_with_awss_words_and_its_code() {
    let full = error(
        ErrorClass::Quota,
        "apigateway:POST on /vpclinks (CreateVpcLink)",
        "BadRequestException",
        "There are too many Vpc Links defined for this account. Limit is 10.",
    );
    let mut class = served_class().op(Kind::VpcLink, "main", troubled(full, Duration::ZERO, true));
    class.plan.as_mut().unwrap().entries.retain(|e| e.kind != Kind::VpcLink);
    class_says(
        &class,
        "VpcLinkReady=False QuotaReached: The VPC link cannot be made: There are too many Vpc Links defined for this \
         account. Limit is 10 (BadRequestException, quota L-608BDCD4, request 7f3e). Delete what is not needed or have \
         the quota raised; it is tried again every 10 minutes.",
    );
}

#[test]
fn a_deletion_says_what_it_waits_for_and_since_when() {
    let used = error(
        ErrorClass::Race,
        "ec2:DeleteSecurityGroup",
        "DependencyViolation",
        "resource sg-0lb has a dependent object",
    );
    let mut class =
        served_class().op(Kind::SecurityGroup, "lb", troubled(used, Duration::from_secs(120), false));
    class.deleting = true;
    class.services.clear();
    class_says(
        &class,
        "Ready=False Deleting: The load balancers' security group cannot be deleted yet: resource sg-0lb has a \
         dependent object (DependencyViolation, request 7f3e). It has been refused since 2026-11-21T09:58:00Z.",
    );
    class.plan.as_mut().unwrap().ops.clear();
    let by = Blocker {
        kind: Kind::Integration,
        id: Some("a1b2c3/i1".into()),
        key: Some(ResourceKey::new(
            Kind::Integration,
            &Owner::Service { class: "public".into(), name: NsName::new("shop", "orders") },
            "30s",
        )),
        hold: Hold::Refers,
    };
    let act = Act::Blocked { by: vec![by], deleting: Some(Id("vl-0f1".into())) };
    let class = class.op(Kind::VpcLink, "main", act);
    class_says(
        &class,
        "Ready=False ServicesLeft: VPC link vl-0f1 cannot be deleted yet: it is still used by integration a1b2c3/i1 of \
         shop/orders, which is not in the cluster any more. Run gatewayed sweep --delete, or apply shop/orders again and \
         delete it. As a last resort the annotation gatewayed.io/give-up-ownership=true lets the object go: what is \
         left of it in AWS is then nobody's, and gatewayed sweep lists it.",
    );
}

#[test]
fn a_class_that_goes_names_the_services_it_still_has() {
    let mut class = served_class();
    class.deleting = true;
    class.services.push(NsName::new("shop", "carts"));
    class_says(
        &class,
        "Ready=False ServicesLeft: Class public is being deleted and still serves shop/orders and shop/carts. Delete \
         them first.",
    );
}

#[test]
fn a_service_waits_for_its_class_visibly() {
    let by = Blocker {
        kind: Kind::VpcLink,
        id: Some("vl-0f1".into()),
        key: Some(ResourceKey::new(Kind::VpcLink, &Owner::Class("public".into()), "main")),
        hold: Hold::Pending(before()),
    };
    let blocked = Act::Blocked { by: vec![by.clone()], deleting: None };
    let case = served().missing(Kind::Integration, "30s").op(Kind::Integration, "30s", blocked);
    let pending = "Ready=False ClassNotReady: Class public waits for its VPC link vl-0f1 (PENDING since \
                   2026-11-21T09:59:20Z).";
    says(&case, pending);

    let gone = Blocker { hold: Hold::Missing, id: None, ..by };
    let mut case = served().missing(Kind::Integration, "30s").op(
        Kind::Integration,
        "30s",
        Act::Blocked { by: vec![gone], deleting: None },
    );
    says(&case, "Ready=False ClassNotReady: Class public is about to have its VPC link.");
    let full = error(ErrorClass::Quota, "CreateVpcLink", "BadRequestException", "Limit is 10");
    let mut class = served_class().op(Kind::VpcLink, "main", troubled(full, Duration::ZERO, true));
    class.plan.as_mut().unwrap().entries.retain(|e| e.kind != Kind::VpcLink);
    case.class = Some(class.status());
    assert!(shown(&case.status().conditions, "Ready").starts_with(
        "Ready=False ClassNotReady: Class public is not ready: The VPC link cannot be made: Limit is 10"
    ));
}

#[test]
fn what_aws_is_making_is_told_with_its_id() {
    let act = Act::Wait(Why::Pending { id: "vl-0f1".into(), since: before() });
    class_says(
        &served_class().op(Kind::VpcLink, "main", act),
        "VpcLinkReady=False WaitingForAWS: VPC link vl-0f1 is PENDING since 2026-11-21T09:59:20Z.",
    );
}

#[test]
fn a_strangers_object_is_named_and_left_alone() {
    let case = served().missing(Kind::TargetGroup, "main").op(
        Kind::TargetGroup,
        "main",
        Act::Refuse("arn:tg/gw-shop-orders".into()),
    );
    says(
        &case,
        "TargetsHealthy=False NotOurs: Target group arn:tg/gw-shop-orders has what the target group needs and does not \
         carry our marks. It is left alone; rename or delete it.",
    );
}

#[test]
fn what_others_changed_is_told_while_it_lasts() {
    let mut case = served();
    let key = ResourceKey::new(Kind::Route, &Owner::Class("public".into()), "GET /orders/{id}");
    let gone = |policy| Drifted { key: key.clone(), id: "a1/r1".into(), change: Change::Deleted, policy };
    case.plan.as_mut().unwrap().drifted = vec![gone(DriftPolicy::Repair)];
    says(
        &case,
        "Drifted=True ChangedInAWS: Changed in AWS by someone else, and being put right: route GET /orders/{id} \
         (a1/r1 is deleted).",
    );
    let difference = Difference { setting: "autoDeploy".into(), wanted: "true".into(), seen: "false".into() };
    let stage = ResourceKey::new(Kind::Stage, &Owner::Class("public".into()), "main");
    let change = Change::Changed(vec![difference]);
    let changed = Drifted { key: stage, id: "a1/$default".into(), change, policy: DriftPolicy::Report };
    case.plan.as_mut().unwrap().drifted = vec![changed];
    says(
        &case,
        "Drifted=True DriftReported: Changed in AWS by someone else, and left so, as the class's drift policy is \
         Report: the stage (a1/$default: autoDeploy should be true and is false). Put it right in AWS, or set the \
         policy to Repair.",
    );
    case.health.as_mut().unwrap().foreign = [Target { address: "10.0.0.9".into(), port: 22 }].into();
    case.plan.as_mut().unwrap().drifted.clear();
    says(
        &case,
        "Drifted=True ChangedInAWS: Changed in AWS by someone else, and being put right: target 10.0.0.9:22 (no \
         pod of ours).",
    );
    assert!(served().status().conditions.iter().all(|c| c.type_ != "Drifted"));
}

#[test]
fn no_pod_wanted_is_not_ready_and_needs_no_one() {
    let mut case = served();
    case.workload = Some(Workload { deployment: deployment(0, 0, 0, 0), pods: Vec::new() });
    case.health = Some(Targets { checkpoint: Some("c".into()), ..Targets::default() });
    says(&case, "WorkloadReady=True ScaledToZero: No pod is wanted (replicas: 0).");
    says(&case, "Ready=False ScaledToZero: No pod is wanted (replicas: 0), so requests are answered 503.");
    says(&case, "Stalled=False NotStalled: No one needs to act.");
}

#[test]
fn a_new_class_says_what_it_found_and_what_it_is_about_to_do() {
    let class = served_class();
    class_says(&class, "Accepted=True Accepted: VPC vpc-0a1, 3 subnets in 3 zones.");
    class_says(&class, "VpcLinkReady=True Available: VPC link vl-0f1.");
    class_says(&class, "Ready=True Ready: Services can use it.");
    let status = class.status();
    assert_eq!(status.url.as_deref(), Some("https://a1b2c3.execute-api.eu-central-1.amazonaws.com"));
    let capacity = status.capacity.unwrap();
    assert_eq!((capacity.integrations.as_str(), capacity.listeners.as_str()), ("1/300", "1/200"));
    assert_eq!((capacity.routes.as_str(), capacity.rules.as_str()), ("3/300", "1/60"));

    let mut class = served_class();
    let denied = error(ErrorClass::Permission, "ec2:DescribeVpcs", "UnauthorizedOperation", "no");
    class.network = Some(Err(denied));
    class.valid.as_mut().unwrap().network = None;
    class.plan = None;
    class_says(
        &class,
        "Accepted=False AccessDenied: ec2:DescribeVpcs for VPC, subnets and security groups was denied \
         (UnauthorizedOperation, request 7f3e). Add the action to the operator's policy; all else goes on, and it is \
         tried again every 5 minutes.",
    );
}

#[test]
fn events_tell_of_changes_and_not_of_work_in_progress() {
    let mut young = served();
    young.plan = None;
    young.workload = None;
    young.health = None;
    let (young, ready) = (young.status(), served().status());
    let told = |old, new| -> Vec<(bool, String)> {
        service_events(old, new).into_iter().map(|e| (e.warning, e.reason)).collect()
    };
    let normal = |reason: &str| (false, reason.to_owned());
    assert_eq!(
        told(&young, &ready),
        ["WorkloadReady", "TargetsHealthy", "RoutesProgrammed", "Ready"].map(normal)
    );
    assert_eq!(told(&ready, &ready), []);
    assert_eq!(told(&ready, &young), []);

    let mut broken = served();
    let pod = serde_json::from_value(waiting_pod("orders-1", "CrashLoopBackOff", Some(1), None)).unwrap();
    broken.workload = Some(Workload { deployment: deployment(3, 3, 3, 1), pods: vec![pod] });
    assert_eq!(told(&ready, &broken.status()), [(true, "PodsNotReady".to_owned())]);

    let old = served_class().status();
    let mut new = old.clone();
    new.vpc_link.as_mut().unwrap().id = "vl-2".to_owned();
    assert_eq!(class_events(&old, &new)[0].note, "VPC link vl-0f1 is replaced by vl-2.");
}

#[test]
fn a_pod_that_dies_or_a_repair_does_not_take_ready_away_and_the_last_pod_does() {
    let mut case = served().written(MINUTE);
    case.workload = Some(Workload { deployment: deployment(3, 3, 3, 2), pods: Vec::new() });
    case.health = Some(Targets {
        healthy: 2,
        registered: 3,
        unhealthy: vec![target("10.0.12.7", Health::Unhealthy, "Target.Timeout")],
        ..Targets::default()
    });
    assert!(shown(&case.status().conditions, "Ready").starts_with("Ready=True"));
    assert!(shown(&case.status().conditions, "TargetsHealthy").starts_with("TargetsHealthy=False"));
    case.health.as_mut().unwrap().healthy = 0;
    assert!(shown(&case.status().conditions, "Ready").starts_with("Ready=False HealthCheckFailing"));
}

#[test]
fn a_new_generation_is_not_ready_before_it_is_served() {
    let mut case = served().written(MINUTE);
    case.object.metadata.generation = Some(2);
    let mut case = case.op(Kind::Route, "GET /orders/{id}", Act::Wait(Why::Running));
    says(&case, "Ready=False Progressing: Route GET /orders/{id} is being set up in AWS.");
    says(&case, "Reconciling=True Progressing: Route GET /orders/{id} is being set up in AWS.");
    case.plan.as_mut().unwrap().ops.clear();
    let status = case.status();
    assert!(status.conditions.iter().all(|c| c.observed_generation == Some(2)));
    let ready = status.conditions.iter().find(|c| c.type_ == "Ready").unwrap();
    assert_eq!(ready.status, ConditionStatus::True);
}

#[test]
fn a_missing_rule_of_the_class_keeps_a_new_service_waiting() {
    let mut case = served();
    unrecorded(case.class.as_mut().unwrap(), "pods-in-3000");
    says(
        &case,
        "NetworkLocked=False Progressing: Class public is about to make the security group rules for port 3000.",
    );
}
