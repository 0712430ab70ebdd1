//! Simulated time. Everything that takes time in the simulator reads this clock, so that a
//! test can make hours pass at once and a demo can run sixty times as fast as AWS.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

/// A moment of simulated time: milliseconds since the Unix epoch.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct SimTime(pub u64);

impl SimTime {
    /// The time since `earlier`, zero if it lies in the future.
    pub fn since(self, earlier: SimTime) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

impl std::ops::Add<Duration> for SimTime {
    type Output = SimTime;
    fn add(self, d: Duration) -> SimTime {
        SimTime(self.0.saturating_add(u64::try_from(d.as_millis()).unwrap_or(u64::MAX)))
    }
}

/// Durations as numbers of seconds, for `#[serde(with = "Seconds")]`.
pub(crate) struct Seconds;

impl Seconds {
    pub(crate) fn serialize<S: serde::Serializer>(
        duration: &Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(duration.as_secs_f64())
    }

    pub(crate) fn deserialize<'de, D: serde::Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Duration, D::Error> {
        let seconds = <f64 as serde::Deserialize>::deserialize(deserializer)?;
        Duration::try_from_secs_f64(seconds).map_err(serde::de::Error::custom)
    }
}

/// The clock. Clones share one time.
#[derive(Clone, Debug)]
pub struct Clock {
    state: Arc<Mutex<State>>,
    /// Bumped whenever time jumps or changes its pace, so that sleepers look again.
    jumped: watch::Sender<u64>,
}

#[derive(Debug)]
struct State {
    sim: SimTime,
    real: Instant,
    /// Simulated seconds a real second; 0 is frozen.
    scale: f64,
    /// The pace from before it was frozen.
    thawed: Option<f64>,
}

impl State {
    fn now(&self) -> SimTime {
        self.sim + self.real.elapsed().mul_f64(self.scale)
    }

    fn rebase(&mut self, jump: Duration, scale: f64) {
        self.sim = self.now() + jump;
        self.real = Instant::now();
        self.scale = scale;
    }
}

impl Clock {
    /// Starts at the present wall-clock time and runs `scale` times as fast.
    pub fn scaled(scale: f64) -> Clock {
        let now = jiff::Timestamp::now().as_millisecond();
        Clock::new(SimTime(u64::try_from(now).unwrap_or(0)), scale)
    }

    /// Stands still at `start` until [`Clock::advance`] moves it.
    pub fn manual(start: SimTime) -> Clock {
        Clock::new(start, 0.0)
    }

    fn new(sim: SimTime, scale: f64) -> Clock {
        let state = State { sim, real: Instant::now(), scale: scale.max(0.0), thawed: None };
        Clock { state: Arc::new(Mutex::new(state)), jumped: watch::Sender::new(0) }
    }

    /// The present simulated time.
    pub fn now(&self) -> SimTime {
        self.with(|s| s.now())
    }

    /// Simulated seconds a real second; 0 is frozen.
    pub fn scale(&self) -> f64 {
        self.with(|s| s.scale)
    }

    /// Jumps ahead by `by` and wakes whoever's time has come.
    pub fn advance(&self, by: Duration) {
        self.with(|s| s.rebase(by, s.scale));
        self.jumped.send_modify(|n| *n += 1);
    }

    /// Changes the pace from now on; 0 freezes.
    pub fn set_scale(&self, scale: f64) {
        self.pace(|s| {
            s.thawed = None;
            scale.max(0.0)
        });
    }

    /// Stands still until [`Clock::resume`]; [`Clock::advance`] still moves it.
    pub fn freeze(&self) {
        self.pace(|s| {
            s.thawed = s.thawed.or(Some(s.scale));
            0.0
        });
    }

    /// Runs on at the pace that it had before [`Clock::freeze`]; nothing if it is not frozen so.
    pub fn resume(&self) {
        self.pace(|s| s.thawed.take().unwrap_or(s.scale));
    }

    fn pace(&self, scale: impl FnOnce(&mut State) -> f64) {
        self.with(|s| {
            let scale = scale(s);
            s.rebase(Duration::ZERO, scale);
        });
        self.jumped.send_modify(|n| *n += 1);
    }

    /// Waits until the clock shows `until`.
    pub async fn sleep_until(&self, until: SimTime) {
        let mut jumped = self.jumped.subscribe();
        loop {
            jumped.mark_unchanged();
            let (now, scale) = self.with(|s| (s.now(), s.scale));
            if now >= until {
                return;
            }
            let jump = jumped.changed();
            if scale > 0.0 {
                // One real millisecond is the finest that sleeping resolves.
                let real = until.since(now).div_f64(scale).max(Duration::from_millis(1));
                let _ = tokio::time::timeout(real, jump).await;
            } else {
                let _ = jump.await;
            }
        }
    }

    /// Waits for `d` of simulated time.
    pub async fn sleep(&self, d: Duration) {
        self.sleep_until(self.now() + d).await;
    }

    fn with<T>(&self, f: impl FnOnce(&mut State) -> T) -> T {
        f(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_sleeper_wakes_when_a_frozen_clock_is_advanced_past_its_time() {
        let clock = Clock::manual(SimTime(1_000));
        let (sleeping, until) = (clock.clone(), clock.now() + Duration::from_secs(3600));
        let sleeper = tokio::spawn(async move { sleeping.sleep_until(until).await });
        clock.advance(Duration::from_secs(3600));
        sleeper.await.unwrap();
        assert_eq!(clock.now(), SimTime(3_601_000));
    }

    #[test]
    fn a_frozen_clock_moves_only_when_told_and_then_runs_on_at_its_pace() {
        let clock = Clock::scaled(60.0);
        clock.freeze();
        clock.freeze();
        let then = clock.now();
        clock.advance(Duration::from_secs(5));
        assert_eq!((clock.now().since(then), clock.scale()), (Duration::from_secs(5), 0.0));
        clock.resume();
        clock.resume();
        assert_eq!(clock.scale(), 60.0);
        clock.freeze();
        clock.set_scale(2.0);
        clock.resume();
        assert_eq!(clock.scale(), 2.0);
    }
}
