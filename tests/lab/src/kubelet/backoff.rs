//! How long a container that ended waits before it starts again: at once the first time, then 10,
//! 20, 40 … at most 300 s; from the beginning after it ran for 10 minutes. As the kubelet does. Pure.

use std::time::Duration;

const FIRST: Duration = Duration::from_secs(10);
const MOST: Duration = Duration::from_secs(300);
const FORGET_AFTER: Duration = Duration::from_secs(600);

/// One container's back-off.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Backoff {
    last: Option<Duration>,
}

impl Backoff {
    /// The wait after a run that lasted `ran`.
    pub(super) fn next(&mut self, ran: Duration) -> Duration {
        let last = self.last.filter(|_| ran < FORGET_AFTER);
        let wait = match last {
            None => Duration::ZERO,
            Some(Duration::ZERO) => FIRST,
            Some(last) => (last * 2).min(MOST),
        };
        self.last = Some(wait);
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_to_five_minutes_and_start_over_after_a_long_run() {
        let mut backoff = Backoff::default();
        let waits: Vec<u64> = (0..8).map(|_| backoff.next(Duration::from_secs(1)).as_secs()).collect();
        assert_eq!(waits, [0, 10, 20, 40, 80, 160, 300, 300]);
        assert_eq!(backoff.next(Duration::from_secs(600)), Duration::ZERO);
    }
}
