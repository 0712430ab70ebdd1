use std::time::Duration;

use super::{NOW, met};
use crate::clock::SimTime;
use crate::weather::{Effect, Rule, Slow, Weather};

#[test]
fn a_rule_befalls_its_operation_so_many_times() {
    let weather = Weather::default();
    let denied = Effect::refuse(403, "AccessDenied", "no");
    weather.inject(Rule::of("ec2", "CreateVpc", denied.clone()).times(2));
    assert_eq!(weather.befalls("ec2", "DeleteVpc", NOW).effect, None);
    assert_eq!(weather.befalls("elbv2", "CreateVpc", NOW).effect, None);
    assert_eq!(weather.befalls("ec2", "CreateVpc", NOW).effect, Some(denied.clone()));
    assert_eq!(weather.befalls("ec2", "CreateVpc", NOW).effect, Some(denied));
    assert_eq!(weather.befalls("ec2", "CreateVpc", NOW).effect, None);
    assert_eq!(weather.rules(), []);
}

#[test]
fn a_rule_begins_and_ends_at_its_moments_or_ends_when_cleared() {
    let weather = Weather::default();
    weather.inject(Rule::all(Effect::Reset).from(SimTime(1500)).until(SimTime(2000)));
    let at = |moment| weather.befalls("sts", "AssumeRole", SimTime(moment)).effect;
    assert_eq!(at(1499), None);
    assert_eq!(at(1500), Some(Effect::Reset));
    assert_eq!(at(2000), None);
    assert_eq!(weather.rules(), []);
    weather.inject(Rule::all(Effect::LoseReply));
    weather.clear();
    assert_eq!(weather.rules(), []);
}

#[test]
fn a_script_is_played_in_its_order() {
    let weather = Weather::default();
    weather.inject(Rule::of("ec2", "Describe*", Effect::Throttle).skip(1).times(2));
    weather.inject(Rule::of("ec2", "Describe*", Effect::Reset).times(1));
    let seen: Vec<_> = (0..5).map(|_| met(&weather, "ec2", "DescribeVpcs")).collect();
    // The first rule lets the first call pass, and so the second takes it.
    assert_eq!(seen, [Some("reset"), Some("throttle"), Some("throttle"), None, None]);
}

#[test]
fn a_rule_for_operations_by_wildcard_counts_them_together() {
    let weather = Weather::default();
    weather.inject(Rule::of("elbv2", "Create*", Effect::Throttle).times(2));
    assert_eq!(met(&weather, "elbv2", "DeleteListener"), None);
    assert_eq!(met(&weather, "elbv2", "CreateListener"), Some("throttle"));
    assert_eq!(met(&weather, "elbv2", "CreateRule"), Some("throttle"));
    assert_eq!(met(&weather, "elbv2", "CreateListener"), None);
}

#[test]
fn a_call_is_slow_besides_what_else_befalls_it() {
    let weather = Weather::default();
    weather.inject(Rule::all(Effect::Throttle).times(1));
    weather.inject(Rule::all(Effect::Slow(Slow { min_ms: 40, max_ms: 60 })));
    weather.inject(Rule::all(Effect::Slow(Slow { min_ms: 9000, max_ms: 9000 })));
    let first = weather.befalls("sts", "AssumeRole", NOW);
    assert_eq!((first.effect.clone(), first.name()), (Some(Effect::Throttle), Some("throttle")));
    let second = weather.befalls("sts", "AssumeRole", NOW);
    assert_eq!((second.effect.clone(), second.name()), (None, Some("slow")));
    for delay in [first.delay, second.delay] {
        assert!((Duration::from_millis(40)..Duration::from_millis(60)).contains(&delay), "{delay:?}");
    }
    assert_ne!(first.delay, second.delay);
}
