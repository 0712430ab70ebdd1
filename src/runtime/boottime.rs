//! The monotonic clock with the time that the machine slept: what a lease of ours is measured by.
//!
//! Linux's `CLOCK_MONOTONIC`, which all of Rust's and tokio's timers read, stands still while the
//! machine is suspended (a hibernated EC2 instance, say); a lease does not. `/proc/uptime` is
//! `CLOCK_BOOTTIME`, which goes on. Neither moves when the wall clock is set. A machine that its
//! hypervisor halts without telling it (a snapshot, a live migration) has no clock that goes on.

use std::sync::OnceLock;
use std::time::Duration;

use tokio::time::Instant;

/// `/proc/uptime` counts hundredths of a second, and the two clocks are read one after the other.
const NOISE: Duration = Duration::from_millis(100);

/// Both clocks at one moment.
static START: OnceLock<Option<(Instant, Duration)>> = OnceLock::new();

/// Now. Comparable with its own answers only, once the machine has slept.
pub fn now() -> Instant {
    let slept = slept();
    Instant::now() + slept
}

/// How long the machine has slept since this was first asked; zero where `/proc/uptime` cannot be read.
fn slept() -> Duration {
    let start = START.get_or_init(|| {
        let monotonic = Instant::now();
        Some((monotonic, uptime()?))
    });
    let Some((monotonic, boot)) = start else { return Duration::ZERO };
    // In this order: a pause between the two readings must not look like sleep.
    let Some(up) = uptime() else { return Duration::ZERO };
    asleep(up.saturating_sub(*boot), monotonic.elapsed())
}

fn asleep(boot: Duration, monotonic: Duration) -> Duration {
    let slept = boot.saturating_sub(monotonic);
    if slept > NOISE { slept } else { Duration::ZERO }
}

fn uptime() -> Option<Duration> {
    read(&std::fs::read_to_string("/proc/uptime").ok()?)
}

fn read(text: &str) -> Option<Duration> {
    let seconds = text.split_whitespace().next()?.parse::<f64>().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_monotonic_clock_lacks_is_sleep_but_for_noise() {
        let seconds = Duration::from_secs_f64;
        assert_eq!(asleep(seconds(10.0), seconds(10.0)), Duration::ZERO);
        assert_eq!(asleep(seconds(10.05), seconds(10.0)), Duration::ZERO);
        assert_eq!(asleep(seconds(9.0), seconds(10.0)), Duration::ZERO);
        assert_eq!(asleep(seconds(75.0), seconds(10.0)), seconds(65.0));
    }

    #[test]
    fn uptime_is_read_as_linux_writes_it() {
        assert_eq!(read("35036.06 14798.83\n"), Some(Duration::from_secs_f64(35036.06)));
        assert_eq!(read(""), None);
        assert_eq!(read("-1 0"), None);
    }

    #[test]
    fn a_machine_that_is_awake_has_not_slept() {
        now();
        assert_eq!(slept(), Duration::ZERO);
    }
}
