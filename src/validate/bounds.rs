//! Checks that several fields share: the rules of the CRD, in Rust.

use std::time::Duration;

use super::violation::Found;

/// The number of seconds as a duration.
pub const fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// `value` or `default`, which must lie in whole `unit`s between `min` and `max`, both included.
pub fn duration(
    found: &mut Found,
    field: &str,
    value: Option<kube::core::Duration>,
    default: Duration,
    (min, max): (Duration, Duration),
    unit: Duration,
) -> Duration {
    let Some(value) = value else { return default };
    let negative = value.is_negative();
    let value = Duration::from(value);
    let whole = value.as_nanos().is_multiple_of(unit.as_nanos());
    let units = if unit == seconds(1) { "seconds" } else { "milliseconds" };
    found.check(
        !negative && whole && (min..=max).contains(&value),
        field,
        &format!("must be a duration in whole {units} from {min:?} to {max:?}"),
    );
    value
}

/// `value` must lie between `min` and `max`, both included.
pub fn number(found: &mut Found, field: &str, value: i64, (min, max): (i64, i64)) {
    found.check((min..=max).contains(&value), field, &format!("must be {min} to {max}, not {value}"));
}

/// `name` must be a DNS label that starts with a letter: the name of a Kubernetes Service.
pub fn dns_label(found: &mut Found, field: &str, name: &str) {
    let fits = name.len() <= 63
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.ends_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    found.check(
        fits,
        field,
        "must be at most 63 lower-case letters, digits and -, starting with a letter and ending with a letter or digit",
    );
}

/// No key of a map starts with one of `prefixes`, which are ours or someone else's.
pub fn no_prefix<'a>(
    found: &mut Found,
    field: &str,
    keys: impl Iterator<Item = &'a String>,
    prefixes: &[&str],
) {
    for key in keys.filter(|k| prefixes.iter().any(|p| k.starts_with(p))) {
        found.check(
            false,
            field,
            &format!("must not contain {key}: keys that start with {} are reserved", prefixes.join(", ")),
        );
    }
}

/// No two of `names` are equal.
pub fn distinct<'a>(found: &mut Found, field: &str, names: impl Iterator<Item = &'a str>) {
    let mut seen = Vec::new();
    for name in names {
        found.check(!seen.contains(&name), field, &format!("must not contain {name} twice"));
        seen.push(name);
    }
}
