//! The fence before every mutating attempt: no write without a lease that outlives it.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

/// An attempt needs this much of the lease.
const LEAST: Duration = Duration::from_secs(2);
/// What stays of the lease when an attempt is cut off.
const MARGIN: Duration = Duration::from_secs(1);
/// No attempt takes longer.
pub const LONGEST: Duration = Duration::from_secs(10);

/// Knows when our lease ends. Clones watch the same lease.
#[derive(Clone, Debug)]
pub struct Fence(watch::Receiver<Option<Instant>>);

impl Fence {
    /// A fence on the end of the lease; `None` while we hold none.
    pub fn new(lease_end: watch::Receiver<Option<Instant>>) -> Fence {
        Fence(lease_end)
    }

    /// A fence that never shuts, for what runs without a lease.
    pub fn open() -> Fence {
        const YEAR: Duration = Duration::from_secs(365 * 86_400);
        Fence(watch::channel(Some(Instant::now() + YEAR)).1)
    }

    /// How long a mutating attempt that starts now may take: at most 10 s, and done a second before the
    /// lease ends. `None`: it must not start, less than 2 s are left.
    pub fn permit(&self) -> Option<Duration> {
        permit(*self.0.borrow(), Instant::now())
    }

    /// Waits until the lease is renewed or lost.
    pub async fn changed(&mut self) {
        if self.0.changed().await.is_err() {
            // Nobody renews any more: it stays shut for good.
            std::future::pending::<()>().await;
        }
    }
}

fn permit(lease_end: Option<Instant>, now: Instant) -> Option<Duration> {
    let left = lease_end?.saturating_duration_since(now);
    (left >= LEAST).then(|| (left - MARGIN).min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_fence_permits_the_longest_attempt() {
        assert_eq!(Fence::open().permit(), Some(LONGEST));
    }

    #[test]
    fn a_permit_ends_a_second_before_the_lease_and_is_refused_when_too_little_is_left() {
        let now = Instant::now();
        let end = |millis| Some(now + Duration::from_millis(millis));
        assert_eq!(permit(end(15_000), now), Some(LONGEST));
        assert_eq!(permit(end(5_000), now), Some(Duration::from_secs(4)));
        assert_eq!(permit(end(2_000), now), Some(Duration::from_secs(1)));
        assert_eq!(permit(end(1_999), now), None);
        assert_eq!(permit(end(0), now + LEAST), None);
        assert_eq!(permit(None, now), None);
    }
}
