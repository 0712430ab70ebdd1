use crate::clock::SimTime;
use crate::weather::{Effect, Forecast, Hang, Preset, Rule, Slow, Weather};

fn rules(text: &str) -> Result<Vec<Rule>, String> {
    let forecast = Forecast::read(text)?;
    forecast.rules(SimTime(1000))
}

fn one(text: &str) -> Rule {
    rules(&format!("{{\"rules\": [{text}]}}")).unwrap().remove(0)
}

#[test]
fn effects_and_rules_are_read_from_json() {
    let refused = one(
        r#"{"service": "ec2", "times": 1, "effect": {"refuse": {"code": "AccessDenied", "status": 403}}}"#,
    );
    assert_eq!(refused, Rule::of_service("ec2", Effect::refuse(403, "AccessDenied", "")).times(1));
    assert_eq!(one(r#"{"effect": "reset"}"#), Rule::all(Effect::Reset));
    let slow = Effect::Slow(Slow { min_ms: 1, max_ms: 2 });
    let text = r#"{"service": "elbv2", "operation": "Create*", "rate": 0.3, "effect": {"slow": {"min_ms": 1, "max_ms": 2}}}"#;
    assert_eq!(one(text), Rule::of("elbv2", "Create*", slow).rate(0.3));
    let hang = Effect::Hang(Hang { seconds: 60.0, committed: true });
    assert_eq!(one(r#"{"effect": {"hang": {"committed": true}}, "skip": 2}"#), Rule::all(hang).skip(2));
    for name in
        ["throttle", "server_error", "unavailable", "access_denied", "quota_exhausted", "reset", "lose_reply"]
    {
        assert_eq!(one(&format!(r#"{{"effect": "{name}"}}"#)).effect.name(), name);
    }
}

#[test]
fn moments_are_absolute_or_counted_from_when_the_weather_is_set() {
    let window = |text: &str| {
        let rule = one(&format!(r#"{{"effect": "reset", {text}}}"#));
        (rule.from, rule.until)
    };
    let at = |moment| Some(SimTime(moment));
    assert_eq!(window(r#""from": 5, "until": 9"#), (at(5), at(9)));
    assert_eq!(window(r#""after": 2, "lasts": 1.5"#), (at(3000), at(4500)));
    assert_eq!(window(r#""lasts": 1"#), (None, at(2000)));
    assert_eq!(window(r#""from": 7000, "lasts": 1"#), (at(7000), at(8000)));
}

#[test]
fn a_preset_is_its_rules_narrowed() {
    let storm = rules(r#"{"rules": [{"preset": "storm", "service": "ec2", "lasts": 1}]}"#).unwrap();
    let narrowed = Preset::Storm
        .rules()
        .into_iter()
        .map(|rule| Rule { service: Some("ec2".to_owned()), ..rule.until(SimTime(2000)) });
    assert_eq!(storm, narrowed.collect::<Vec<_>>());
    for preset in Preset::ALL {
        assert_eq!(Forecast::of(preset).rules(SimTime(0)).unwrap(), preset.rules());
        assert_eq!(rules(&format!("rules: [{{preset: {}}}]", preset.name())).unwrap(), preset.rules());
    }
}

#[test]
fn what_cannot_be_meant_is_refused_in_words() {
    for (rule, words) in [
        (r#"{"efect": "reset"}"#, "efect"),
        (r#"{"effect": "rest"}"#, "rest"),
        (r#"{}"#, "either an effect or a preset"),
        (r#"{"effect": "reset", "preset": "storm"}"#, "either an effect or a preset"),
        (r#"{"preset": "storm", "rate": 0.5}"#, "neither rate nor skip nor times"),
        (r#"{"effect": "reset", "rate": 1.5}"#, "rate: 1.5 is not within 0 and 1"),
        (r#"{"effect": "reset", "service": "ec3"}"#, "there is no service ec3, but "),
        (
            r#"{"effect": "reset", "service": "ec2", "operation": "Creat"}"#,
            "no operation that is served fits Creat",
        ),
        (r#"{"effect": "reset", "from": 1, "after": 1}"#, "either from or after"),
        (r#"{"effect": {"refuse": {"code": "X", "status": 200}}}"#, "200 is no HTTP status of an error"),
        (r#"{"effect": {"slow": {"min_ms": 2, "max_ms": 1}}}"#, "min_ms 2 is more than max_ms 1"),
        (r#"{"effect": {"slow": {"min_ms": 2, "max_ms": 3600001}}}"#, "more than an hour"),
        (r#"{"effect": "quota_exhausted", "operation": "Describe*"}"#, "none of these operations"),
        (r#"{"effect": {"stale": {"seconds": 0}}}"#, "0 seconds are not more than 0"),
        (r#"{"effect": {"hang": {"seconds": 3601}}}"#, "3601 seconds are not within 0 and 3600"),
    ] {
        let why = rules(&format!("{{\"rules\": [{rule}]}}")).unwrap_err();
        assert!(why.contains(words), "{rule}: {why}");
    }
}

#[test]
fn what_is_told_can_be_set_again() {
    let weather = Weather::default();
    let script = vec![
        Rule::of("ec2", "Create*", Effect::Throttle)
            .rate(0.5)
            .skip(1)
            .times(3)
            .from(SimTime(1))
            .until(SimTime(9)),
        Rule::all(Effect::Hang(Hang { seconds: 1.0, committed: false })),
    ];
    weather.set(4, script.clone());
    let told = weather.to_json().to_string();
    let forecast = Forecast::read(&told).unwrap();
    assert_eq!((forecast.seed, forecast.rules(SimTime(0)).unwrap()), (4, script), "{told}");
}
