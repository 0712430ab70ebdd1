//! The operator's clock. Everything that we schedule (waits, settle times, token buckets) reads it;
//! what Kubernetes and TCP schedule (leases, time-outs) does not.

use std::time::Duration;

use tokio::time::Instant;

use crate::model::Time;

/// Runs `scale` times as fast as the wall clock, beside a simulated AWS that does. Never goes back.
/// Copies show the same time.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    scale: f64,
    started: Instant,
    base: Time,
}

impl Clock {
    /// A clock that shows the wall clock's time now and runs `scale` times as fast; 1 is true time.
    pub fn new(scale: f64) -> Clock {
        let now = jiff::Timestamp::now().as_millisecond();
        Clock { scale, started: Instant::now(), base: Time(u64::try_from(now).unwrap_or(0)) }
    }

    /// The present.
    pub fn now(&self) -> Time {
        self.base + self.started.elapsed().mul_f64(self.scale)
    }

    /// Waits until the clock shows `until`.
    pub async fn sleep_until(&self, until: Time) {
        let left = until.since(self.now());
        if !left.is_zero() {
            tokio::time::sleep(self.real(left)).await;
        }
    }

    /// How long `d` of this clock takes, rounded up to the millisecond that sleeping resolves.
    pub fn real(&self, d: Duration) -> Duration {
        d.div_f64(self.scale).max(Duration::from_millis(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_clock_of_scale_60_reaches_a_minute_from_now_within_seconds() {
        let clock = Clock::new(6_000.0);
        let until = clock.now() + Duration::from_secs(60);
        clock.sleep_until(until).await;
        assert!(clock.now() >= until);
    }
}
