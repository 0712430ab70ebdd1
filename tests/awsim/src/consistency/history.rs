//! What the services of a region were before their last changes, so that a call can be shown them
//! as they were.
//!
//! Before a change, each service that it may change is copied, unless nothing has changed since the
//! last copy was made a moment ago. A service as it was at a moment is therefore the first copy
//! made at or after that moment, and the service itself where there is none: what nobody changes is
//! never shown other than it is. Copies are thinned as they age, which only ever makes what is
//! shown more recent.

use std::collections::VecDeque;
use std::mem;
use std::time::Duration;

use crate::clock::SimTime;
use crate::world::Region;
use crate::{acm, apigatewayv2, cloudwatch, ec2, elbv2, logs, route53, secretsmanager};

/// Two copies of a service lie at least so far apart; of the changes between them, only the first can be
/// missed. Short against every lag.
const CLOSEST: Duration = Duration::from_millis(20);

/// Two copies lie no further apart than one part in so many of their age where there were more
/// between them: some 30 copies make five minutes of unceasing change.
const FINENESS: u32 = 2;

/// The copies of one service, oldest first, each with the moment until which it was true.
#[derive(Debug, Default)]
struct Line<T>(VecDeque<(SimTime, T)>);

impl<T: Clone> Line<T> {
    /// Copies what is about to change at `now`, and drops what is older than `horizon`. Whether a
    /// copy was made.
    fn keep(&mut self, present: &T, now: SimTime, horizon: Duration) -> bool {
        if self.0.back().is_some_and(|(at, _)| *at == now || now.since(*at) < CLOSEST) {
            return false;
        }
        self.0.push_back((now, present.clone()));
        while self.0.front().is_some_and(|(at, _)| now.since(*at) > horizon) {
            self.0.pop_front();
        }
        self.thin(now);
        true
    }

    /// Drops each copy whose neighbours lie close to each other for its age.
    fn thin(&mut self, now: SimTime) {
        let Some(mut next) = self.0.pop_back() else { return };
        let mut kept = VecDeque::with_capacity(self.0.len() + 1);
        while let Some(copy) = self.0.pop_back() {
            let gap = self.0.back().map(|(before, _)| next.0.since(*before));
            if gap.is_none_or(|gap| gap > now.since(copy.0) / FINENESS) {
                kept.push_front(mem::replace(&mut next, copy));
            }
        }
        kept.push_front(next);
        self.0 = kept;
    }

    /// Where the copy lies that was true at `moment`; `None`: the present was.
    fn position(&self, moment: SimTime) -> Option<usize> {
        self.0.iter().position(|(at, _)| *at >= moment)
    }

    fn at(&self, moment: SimTime) -> Option<&(SimTime, T)> {
        self.0.get(self.position(moment)?)
    }

    /// Exchanges the present and what was true at `moment`, if that was another; once more undoes it.
    fn exchange(&mut self, present: &mut T, moment: SimTime) {
        if let Some((_, old)) = self.position(moment).and_then(|i| self.0.get_mut(i)) {
            mem::swap(old, present);
        }
    }
}

/// Names of services, as botocore has them: the fields of [`Region`].
pub type Services = &'static [&'static str];

macro_rules! history {
    ($($service:ident),+) => {
        /// Every service of a region.
        pub const ALL: Services = &[$(stringify!($service)),+];

        /// What the services of one region were.
        #[derive(Debug, Default)]
        pub struct History {
            $($service: Line<$service::State>,)+
        }

        impl History {
            /// Copies these services of the region, which are about to change at `now`; drops what is
            /// older than `horizon`. Gives those that were copied.
            pub fn keep(
                region: &mut Region,
                services: Services,
                now: SimTime,
                horizon: Duration,
            ) -> Vec<&'static str> {
                let mut kept = Vec::new();
                $(
                    let name = stringify!($service);
                    if services.contains(&name)
                        && region.history.$service.keep(&region.$service, now, horizon)
                    {
                        kept.push(name);
                    }
                )+
                kept
            }

            /// Drops the last copies of these services: there was no change after all.
            pub fn forget(region: &mut Region, services: &[&'static str]) {
                $(
                    if services.contains(&stringify!($service)) {
                        region.history.$service.0.pop_back();
                    }
                )+
            }

            /// Until when what is shown of these services as of `moment` was true; `None`: it is true.
            pub fn true_until(&self, services: Services, moment: SimTime) -> Option<SimTime> {
                let moments = [$(
                    self.$service
                        .at(moment)
                        .filter(|_| services.contains(&stringify!($service)))
                        .map(|(at, _)| *at),
                )+];
                moments.into_iter().flatten().min()
            }

            /// Makes these services of the region what they were at `moment`; once more undoes it.
            pub fn exchange(region: &mut Region, services: Services, moment: SimTime) {
                $(
                    if services.contains(&stringify!($service)) {
                        region.history.$service.exchange(&mut region.$service, moment);
                    }
                )+
            }
        }

        /// Copies of services to try a change on.
        #[derive(Debug)]
        pub struct Copies {
            $($service: Option<$service::State>,)+
        }

        impl Copies {
            /// `seen` as they were at `moment`, and of the rest as they are those that may be `written`.
            pub fn new(region: &Region, seen: Services, written: Services, moment: SimTime) -> Copies {
                $(
                    let name = stringify!($service);
                    let old = if seen.contains(&name) { region.history.$service.at(moment) } else { None };
                    let $service = match old {
                        Some((_, old)) => Some(old.clone()),
                        None => written.contains(&name).then(|| region.$service.clone()),
                    };
                )+
                Copies { $($service),+ }
            }

            /// Exchanges the region's services and these; once more undoes it.
            pub fn exchange(&mut self, region: &mut Region) {
                $(
                    if let Some(copy) = &mut self.$service {
                        mem::swap(copy, &mut region.$service);
                    }
                )+
            }
        }
    };
}

history!(acm, apigatewayv2, cloudwatch, ec2, elbv2, logs, route53, secretsmanager);

#[cfg(test)]
mod tests {
    use super::*;

    const HORIZON: Duration = Duration::from_secs(300);

    /// A line of a number that changed to `n` at each of these moments, in milliseconds.
    fn line(moments: &[u64]) -> (Line<usize>, usize) {
        let mut line = Line::default();
        for (n, at) in moments.iter().enumerate() {
            line.keep(&n, SimTime(*at), HORIZON);
        }
        (line, moments.len())
    }

    fn seen(line: &Line<usize>, present: usize, at: u64) -> usize {
        line.at(SimTime(at)).map_or(present, |(_, n)| *n)
    }

    #[test]
    fn what_was_true_at_a_moment_is_what_the_next_change_found() {
        let (line, present) = line(&[1000, 2000, 3000]);
        for (at, expected) in [(0, 0), (1000, 0), (1001, 1), (2000, 1), (2500, 2), (3001, 3), (9000, 3)] {
            assert_eq!(seen(&line, present, at), expected, "{at}");
        }
    }

    #[test]
    fn of_changes_that_follow_each_other_closely_the_first_can_be_missed() {
        let (line, present) = line(&[1000, 1010, 1019]);
        assert_eq!((seen(&line, present, 1000), seen(&line, present, 1001)), (0, 3));
    }

    #[test]
    fn exchanging_twice_changes_nothing() {
        let (mut line, mut present) = line(&[1000, 2000]);
        line.exchange(&mut present, SimTime(1500));
        assert_eq!(present, 1);
        line.exchange(&mut present, SimTime(1500));
        assert_eq!((present, seen(&line, present, 1500)), (2, 1));
        line.exchange(&mut present, SimTime(2001));
        assert_eq!(present, 2);
    }

    #[test]
    fn unceasing_change_keeps_few_copies_and_shows_nothing_older_than_asked_for() {
        let moments: Vec<u64> = (0..20_000).map(|n| 1_000_000 + n * 50).collect();
        let (line, present) = line(&moments);
        assert!(line.0.len() < 40, "{}", line.0.len());
        let now = moments[moments.len() - 1];
        for lag in [100, 1_000, 10_000, 100_000, 290_000] {
            let shown = u64::try_from(seen(&line, present, now - lag)).unwrap();
            // Change n was made at the n-th moment: what is shown knows of those before it.
            let age = now - (1_000_000 + shown * 50);
            assert!(age <= lag && age * 2 >= lag, "{age} of {lag}");
        }
    }

    #[test]
    fn what_is_older_than_the_horizon_is_dropped() {
        let (line, present) = line(&[1000, 400_000]);
        assert_eq!((line.0.len(), seen(&line, present, 0)), (1, 1));
    }
}
