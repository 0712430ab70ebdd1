//! When to try again after an error: one table by class. Pure; the jitter is an argument.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use super::ErrorClass;

/// The wait after the `attempts`th failure in a row (from 1); `None`: not until something else is
/// wanted. Doubles from the class's least to its greatest wait, shortened by up to a fifth by
/// `jitter` (0 to 1) so that many do not come back at once; never less than AWS asked for.
pub fn backoff(class: ErrorClass, attempts: u32, asked: Option<Duration>, jitter: f64) -> Option<Duration> {
    let (least, most) = match class {
        ErrorClass::Throttle => (1, 60),
        ErrorClass::Transient => (5, 300),
        // In use, dependency, concurrent modification, not found yet: soon over by itself.
        ErrorClass::Race | ErrorClass::Gone => (2, 120),
        ErrorClass::Exists => (5, 300),
        ErrorClass::Stranger => (600, 600),
        // A person must raise it or make room.
        ErrorClass::Quota => (600, 600),
        ErrorClass::Permission => (300, 300),
        ErrorClass::Unknown => (10, 600),
        ErrorClass::Spec => return None,
    };
    let doubled = 1u64 << attempts.saturating_sub(1).min(20);
    let wait = Duration::from_secs((least * doubled).min(most));
    let wait = wait.mul_f64(1.0 - 0.2 * jitter.clamp(0.0, 1.0));
    Some(wait.max(asked.unwrap_or_default()))
}

/// A jitter from 0 to 1 that differs from one to the next and from attempt to attempt.
pub fn spread(whose: &impl Hash, attempts: u32) -> f64 {
    let mut hasher = DefaultHasher::new();
    (whose, attempts).hash(&mut hasher);
    f64::from((hasher.finish() >> 32) as u32) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delete_refused_for_an_hour_is_tried_about_35_times() {
        let mut at = Duration::ZERO;
        let mut tries = 0;
        while at < Duration::from_secs(3600) {
            tries += 1;
            at += backoff(ErrorClass::Race, tries, None, 0.0).unwrap();
        }
        assert_eq!(tries, 35);
    }

    #[test]
    fn settings_that_aws_will_never_accept_are_not_tried_again() {
        assert_eq!(backoff(ErrorClass::Spec, 1, Some(Duration::from_secs(1)), 0.0), None);
    }

    #[test]
    fn those_that_failed_together_come_back_apart() {
        let jitters: Vec<f64> = (0..100).map(|n| spread(&format!("tg-{n}"), 1)).collect();
        let (low, high) = jitters.iter().fold((1.0_f64, 0.0_f64), |(l, h), j| (l.min(*j), h.max(*j)));
        assert!((0.0..0.1).contains(&low) && (0.9..=1.0).contains(&high), "{low} {high}");
    }

    #[test]
    fn jitter_only_shortens_and_what_aws_asks_for_is_kept() {
        let wait = |jitter, asked| backoff(ErrorClass::Permission, 9, asked, jitter).unwrap();
        assert_eq!(wait(0.0, None), Duration::from_secs(300));
        assert_eq!(wait(1.0, None), Duration::from_secs(240));
        assert_eq!(wait(0.5, Some(Duration::from_secs(900))), Duration::from_secs(900));
    }
}
