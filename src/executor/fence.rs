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

    /// How long a mutating attempt that starts now may take: at most 10 s, and done a second before the
    /// lease ends. `None`: it must not start, less than 2 s are left.
    pub fn permit(&self) -> Option<Duration> {
        let left = (*self.0.borrow())?.saturating_duration_since(Instant::now());
        (left >= LEAST).then(|| (left - MARGIN).min(LONGEST))
    }

    /// Waits until the lease is renewed or lost.
    pub async fn changed(&mut self) {
        if self.0.changed().await.is_err() {
            // Nobody renews any more: it stays shut for good.
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_permit_ends_a_second_before_the_lease_and_is_refused_when_too_little_is_left() {
        let (lease, watch) = watch::channel(None);
        let fence = Fence::new(watch);
        assert_eq!(fence.permit(), None);
        lease.send_replace(Some(Instant::now() + Duration::from_secs(15)));
        assert_eq!(fence.permit(), Some(LONGEST));
        tokio::time::advance(Duration::from_secs(10)).await;
        assert_eq!(fence.permit(), Some(Duration::from_secs(4)));
        tokio::time::advance(Duration::from_millis(3_001)).await;
        assert_eq!(fence.permit(), None);
        lease.send_replace(None);
        assert_eq!(fence.permit(), None);
    }
}
