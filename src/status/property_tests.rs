//! What holds of every status: nothing is written twice, noise moves nothing, time moves only with a
//! change.

use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::select;

use super::testing::*;
use super::{NOISE, Workload, next};
use crate::api::ConditionStatus;
use crate::executor::{Health, Target, TargetHealth};
use crate::model::{ErrorClass, Kind, Time};
use crate::plan::{Act, Why};

const HOPS: [(Kind, &str); 5] = [
    (Kind::TargetGroup, "main"),
    (Kind::Listener, "main"),
    (Kind::Integration, "30s"),
    (Kind::Route, "GET /orders/{id}"),
    (Kind::RouteSettings, "GET /orders/{id}"),
];

const NOISY: [ErrorClass; 5] =
    [ErrorClass::Throttle, ErrorClass::Transient, ErrorClass::Race, ErrorClass::Exists, ErrorClass::Gone];

const LOUD: [ErrorClass; 4] =
    [ErrorClass::Permission, ErrorClass::Quota, ErrorClass::Spec, ErrorClass::Stranger];

fn act(class: ErrorClass, seconds_ago: u64) -> impl Strategy<Value = Act> {
    (any::<bool>(), "[a-z0-9]{4}").prop_map(move |(write, request)| {
        let mut error = error(class, "service:Action", "Code", "Words of AWS.");
        error.request_id = Some(request);
        troubled(error, Duration::from_secs(seconds_ago), write)
    })
}

/// Something quiet, or an error of any class and age.
fn any_act() -> impl Strategy<Value = Act> {
    let classes: Vec<ErrorClass> = NOISY.into_iter().chain(LOUD).chain([ErrorClass::Unknown]).collect();
    prop_oneof![
        Just(Act::Wait(Why::Running)),
        Just(Act::Wait(Why::Later)),
        Just(Act::Wait(Why::Uncertain { until: NOW })),
        Just(Act::Wait(Why::Pending { id: "x".into(), since: NOW })),
        Just(Act::Refuse("x".into())),
        (select(classes), 0u64..200).prop_flat_map(|(class, ago)| act(class, ago)),
    ]
}

/// A service in any condition: operations in any state, targets in any health, ready before or not.
fn any_case() -> impl Strategy<Value = ServiceCase> {
    let ops = prop::collection::vec((select(&HOPS[..]), any_act(), any::<bool>()), 0..4);
    let parts = (any::<bool>(), ops, 0i32..4, 0i32..4, 0usize..4, any::<bool>(), any::<bool>());
    parts.prop_map(|(was_ready, ops, updated, ready, unhealthy, deleting, looked)| {
        let mut case = if was_ready { served().written(Duration::from_secs(100)) } else { served() };
        case.now = NOW;
        for ((kind, slot), act, gone) in ops {
            case = case.op(kind, slot, act);
            if gone {
                case = case.missing(kind, slot);
            }
        }
        case.workload = Some(Workload { deployment: deployment(3, updated, 3, ready), pods: Vec::new() });
        let health = case.health.as_mut().unwrap();
        health.healthy = 3 - unhealthy.min(3);
        health.unhealthy = (0..unhealthy)
            .map(|n| TargetHealth {
                target: Target { address: format!("10.0.0.{n}"), port: 3000 },
                health: if n % 2 == 0 { Health::Unhealthy } else { Health::Initial },
                reason: "Target.Timeout".to_owned(),
            })
            .collect();
        if !looked {
            (case.health, case.workload) = (None, None);
        }
        case.deleting = deleting;
        case
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_second_look_at_the_same_changes_nothing(case in any_case(), later in 0u64..1000) {
        let first = case.status();
        let again = ServiceCase { now: NOW, ..case.written(Duration::ZERO) };
        prop_assert_eq!(&again.status(), &first);
        // Without a trouble that grows old meanwhile, time alone changes nothing.
        let grows = again.plan.as_ref().and_then(|plan| next(plan, NOW));
        let now = Time(NOW.0 + later * 100);
        if grows.is_none_or(|at| at > now) {
            prop_assert_eq!(ServiceCase { now, ..again }.status(), first);
        }
    }

    #[test]
    fn a_minute_of_noise_moves_nothing_of_a_service_that_is_served(
        noise in prop::collection::vec(
            (select(&HOPS[..]), (select(&NOISY[..]), 0u64..60).prop_flat_map(|(c, ago)| act(c, ago)), any::<bool>()),
            1..5,
        )
    ) {
        let mut case = served().written(Duration::from_secs(100));
        case.now = NOW;
        let before = case.object.status.clone().unwrap();
        for ((kind, slot), act, gone) in noise {
            case = case.op(kind, slot, act);
            if gone {
                case = case.missing(kind, slot);
            }
        }
        let after = case.status();
        let hops = |status: &crate::api::ServiceStatus| -> Vec<_> {
            status.conditions.iter().filter(|c| c.type_ != "Reconciling").cloned().collect()
        };
        prop_assert_eq!(hops(&before), hops(&after));
        let told = next(case.plan.as_ref().unwrap(), NOW).unwrap();
        prop_assert!(told > NOW && told <= NOW + NOISE);
    }

    #[test]
    fn a_transition_time_moves_with_the_status_of_its_condition_and_never_else(
        case in any_case(), other in any_case()
    ) {
        let old = case.status();
        let now = NOW + Duration::from_secs(3600);
        let mut next = ServiceCase { now, ..other };
        next.object.status = Some(old.clone());
        for condition in next.status().conditions {
            match old.conditions.iter().find(|o| o.type_ == condition.type_) {
                Some(o) if o.status == condition.status => {
                    prop_assert_eq!(&o.last_transition_time, &condition.last_transition_time);
                }
                _ => prop_assert_eq!(
                    u64::try_from(condition.last_transition_time.0.as_millisecond()).unwrap(), now.0
                ),
            }
        }
    }

    #[test]
    fn ready_is_false_with_a_reason_or_every_hop_allows_it(case in any_case()) {
        let status = case.status();
        let find = |type_: &str| status.conditions.iter().find(|c| c.type_ == type_).unwrap();
        let (reconciling, stalled) = (find("Reconciling"), find("Stalled"));
        let on = ConditionStatus::True;
        prop_assert!(!(reconciling.status == on && stalled.status == on));
        if case.object.status.is_none() && find("Ready").status == on {
            prop_assert!(!case.deleting);
            for hop in ["Accepted", "WorkloadReady", "TargetsHealthy", "NetworkLocked", "RoutesProgrammed"] {
                prop_assert_eq!(find(hop).status, on, "{}", hop);
            }
        }
        prop_assert!(status.conditions.iter().all(|c| !c.message.is_empty() && c.message.len() < 4096));
    }
}
