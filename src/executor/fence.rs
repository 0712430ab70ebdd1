//! The fence before every mutating attempt: no write without a lease that outlives it.
//!
//! Asking once is not enough. A process can be frozen at any instruction and go on long after, its
//! lease over and another replica leading, before any timer of its own has fired. So what runs behind
//! the fence is not even polled once the lease is over ([`Fence::during`]): it prepares no request,
//! connects to nothing and goes on to no further request, and the answer that came meanwhile is never
//! acted on. Two things remain, and no check in a process can close them: a freeze between the last look
//! at the fence and the system call that sends (well under a millisecond of work), and bytes that
//! are in a socket's buffer, which the kernel delivers by itself. What AWS then gets was signed before
//! the freeze; AWS refuses signatures that are more than five minutes old.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::runtime::boottime;

/// An attempt needs this much of the lease.
const LEAST: Duration = Duration::from_secs(2);
/// What stays of the lease when an attempt is cut off.
const MARGIN: Duration = Duration::from_secs(1);
/// From the last look at the fence to the socket: another task writes, and it may have to wait.
const HANDOVER: Duration = Duration::from_millis(250);
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
        permit(*self.0.borrow(), boottime::now())
    }

    /// Does `work` as long as the lease holds; `None`: it ended first, and `work` was left as it was then,
    /// whatever has happened since. It is looked at each time that `work` is to go on, so `work` must
    /// have a time limit of its own.
    pub async fn during<F: Future>(&self, work: F) -> Option<F::Output> {
        let mut work = pin!(work);
        poll_fn(|cx| {
            if holds(*self.0.borrow(), boottime::now()) {
                work.as_mut().poll(cx).map(Some)
            } else {
                Poll::Ready(None)
            }
        })
        .await
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

fn holds(lease_end: Option<Instant>, now: Instant) -> bool {
    lease_end.is_some_and(|end| now + HANDOVER < end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_is_never_gone_on_with_when_the_lease_is_over() {
        let (lease, fence) = watch::channel(Some(boottime::now() + Duration::from_secs(15)));
        let fence = Fence::new(fence);
        assert_eq!(fence.during(async { 1 }).await, Some(1));
        let (reply, answered) = tokio::sync::oneshot::channel();
        let mut sent = false;
        let work = fence.during(async {
            let _ = answered.await;
            sent = true;
        });
        // The reply is there as the work is looked at for the first time after the lease has ended.
        reply.send(()).unwrap();
        lease.send_replace(Some(boottime::now()));
        assert_eq!(work.await, None);
        assert!(!sent);
        lease.send_replace(None);
        assert_eq!(fence.during(async { 2 }).await, None);
    }

    #[test]
    fn the_lease_holds_until_what_is_handed_over_would_be_sent_after_its_end() {
        let now = Instant::now();
        assert!(holds(Some(now + Duration::from_secs(1)), now));
        assert!(!holds(Some(now + HANDOVER), now));
        assert!(!holds(Some(now), now + Duration::from_secs(1)));
        assert!(!holds(None, now));
    }

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
