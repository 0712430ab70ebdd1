//! How replicas share the shards out among themselves: what this one knows of who holds which, and what
//! follows from it. Every replica decides for itself from the leases, which all of them see. No IO.
//!
//! A free lease is taken after a pause that grows with what one holds already, so that whoever holds less
//! comes first. Who holds at least two less than another asks it for a shard, by an annotation on that
//! shard's lease; the other gives it back once its running calls have ended. So holders end at most one
//! apart, and a shard never moves to and fro.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::leader::Timings;

/// Holding more than this does not make the pause longer.
const MOST_PAUSES: u32 = 2;

/// What one replica knows. Clones share it.
#[derive(Clone, Debug)]
pub struct Shares(Arc<Mutex<Table>>);

#[derive(Debug)]
struct Table {
    me: String,
    timings: Timings,
    seats: Vec<Seat>,
}

/// What is known of one shard's lease.
#[derive(Clone, Debug, Default, PartialEq)]
struct Seat {
    /// It was looked at.
    known: bool,
    /// Whoever holds it now, as far as we know.
    holder: Option<String>,
    /// Somebody has asked for it.
    asked: bool,
    /// We gave it back because somebody asked: it is theirs to take.
    given: bool,
}

impl Shares {
    /// Of `count` shards nothing is known yet; `me` is our identity.
    pub fn new(me: &str, count: u16, timings: Timings) -> Shares {
        let seats = vec![Seat::default(); usize::from(count)];
        Shares(Arc::new(Mutex::new(Table { me: me.to_owned(), timings, seats })))
    }

    /// The lease of a shard was looked at: `holder` has it (`None`: it is free), and somebody has asked for
    /// it or not.
    pub fn saw(&self, index: u16, holder: Option<&str>, asked: bool) {
        let mut table = self.table();
        if let Some(seat) = table.seat(index) {
            seat.given &= holder.is_none();
            (seat.known, seat.holder, seat.asked) = (true, holder.map(str::to_owned), asked);
        }
    }

    /// Whether to take a lease that has been free for so long; from then on it counts as ours, until
    /// [`Shares::saw`] or [`Shares::left`] says otherwise.
    pub fn take(&self, index: u16, free_for: Duration) -> bool {
        let mut table = self.table();
        let given = table.seats.get(usize::from(index)).is_some_and(|seat| seat.given);
        let takes = free_for >= pause(table.count(&table.me), given, &table.timings);
        let me = table.me.clone();
        if let Some(seat) = table.seat(index).filter(|_| takes) {
            *seat = Seat { known: true, holder: Some(me), asked: false, given: false };
        }
        takes
    }

    /// A lease that counted as ours is not: the race was lost, or it was given back.
    pub fn left(&self, index: u16) {
        if let Some(seat) = self.table().seat(index) {
            seat.holder = None;
        }
    }

    /// Whether to ask for this shard now.
    pub fn asks_for(&self, index: u16) -> bool {
        let table = self.table();
        wanted(&table.me, &table.seats) == Some(usize::from(index))
    }

    /// Whether to give up this shard, which `asker` asks for; from then on it does not count as ours.
    pub fn gives(&self, index: u16, asker: &str) -> bool {
        let mut table = self.table();
        let gives = table.count(&table.me) >= table.count(asker) + 2;
        if let Some(seat) = table.seat(index).filter(|_| gives) {
            (seat.holder, seat.given) = (None, true);
        }
        gives
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn seat(&mut self, index: u16) -> Option<&mut Seat> {
        self.seats.get_mut(usize::from(index))
    }

    fn count(&self, who: &str) -> u32 {
        count(who, &self.seats)
    }
}

fn count(who: &str, seats: &[Seat]) -> u32 {
    let held = seats.iter().filter(|seat| seat.holder.as_deref() == Some(who)).count();
    u32::try_from(held).unwrap_or(u32::MAX)
}

/// How long a lease must have been free before a replica that holds `held` takes it.
fn pause(held: u32, given: bool, timings: &Timings) -> Duration {
    let pause = timings.retry * held.min(MOST_PAUSES);
    if given { pause.max(timings.lease) } else { pause }
}

/// The shard to ask for: of the replica that holds most, if that is at least two more than `me`, the last.
/// Nothing while anything is free or unknown, or while that replica considers what somebody asked.
fn wanted(me: &str, seats: &[Seat]) -> Option<usize> {
    let holders: Option<Vec<&str>> =
        seats.iter().map(|seat| seat.holder.as_deref().filter(|_| seat.known)).collect();
    let holders = holders?;
    let others = holders.iter().copied().filter(|holder| *holder != me);
    let most = others.max_by_key(|holder| count(holder, seats))?;
    let theirs = || (0..seats.len()).filter(|i| holders[*i] == most);
    let asked = theirs().any(|i| seats[i].asked);
    (count(most, seats) >= count(me, seats) + 2 && !asked).then(|| theirs().next_back()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seats(holders: &[&str]) -> Vec<Seat> {
        let seat = |holder: &&str| Seat {
            known: true,
            holder: (!holder.is_empty()).then(|| (*holder).to_owned()),
            ..Seat::default()
        };
        holders.iter().map(seat).collect()
    }

    fn shares(me: &str, holders: &[&str]) -> Shares {
        let shares = Shares::new(me, u16::try_from(holders.len()).unwrap(), Timings::default());
        shares.table().seats = seats(holders);
        shares
    }

    #[test]
    fn who_holds_two_less_than_another_asks_for_the_last_shard_of_who_holds_most() {
        assert_eq!(wanted("b", &seats(&["a", "a", "a"])), Some(2));
        assert_eq!(wanted("b", &seats(&["a", "a"])), Some(1));
        assert_eq!(wanted("c", &seats(&["a", "b", "b", "a", "b"])), Some(4));
        assert_eq!(wanted("b", &seats(&["a", "b", "a"])), None, "one apart is even");
        assert_eq!(wanted("a", &seats(&["a", "a", "a"])), None);
        assert_eq!(wanted("b", &seats(&["a"])), None, "an only shard is never asked for");
    }

    #[test]
    fn nobody_asks_while_something_is_free_unknown_or_asked_for() {
        assert_eq!(wanted("b", &seats(&["a", "a", ""])), None);
        let mut unknown = seats(&["a", "a", "a"]);
        unknown[0].known = false;
        assert_eq!(wanted("b", &unknown), None);
        let mut asked = seats(&["a", "a", "a", "a"]);
        asked[1].asked = true;
        assert_eq!(wanted("b", &asked), None);
    }

    #[test]
    fn a_shard_is_given_only_to_who_holds_two_less_and_no_more_than_that() {
        let shares = shares("a", &["a", "a", "a", "a"]);
        assert!(shares.gives(3, "b"));
        assert!(shares.gives(2, "c"), "three are left, c has none");
        assert!(!shares.gives(1, "b") || !shares.gives(0, "b"));
        let even = super::tests::shares("a", &["a", "a", "b"]);
        assert!(!even.gives(1, "b"));
    }

    #[test]
    fn who_holds_less_takes_a_free_shard_first_and_what_was_given_is_left_to_the_asker() {
        let timings = Timings::default();
        let none = shares("a", &["", "", ""]);
        assert!(none.take(0, Duration::ZERO), "who has nothing waits for nobody");
        assert!(!none.take(1, Duration::ZERO));
        assert!(none.take(1, timings.retry));
        assert!(none.take(2, timings.retry * 2));
        let giver = shares("a", &["a", "a", "a"]);
        assert!(giver.gives(2, "b"));
        assert!(!giver.take(2, timings.retry * 3));
        assert!(giver.take(2, timings.lease), "unless nobody takes it");
    }

    #[test]
    fn replicas_that_come_and_go_end_at_most_one_apart() {
        // Each asks in turn until nobody does, for every number of shards and of newcomers.
        for shards in 1..=8usize {
            for replicas in 1..=5usize {
                let names: Vec<String> = (0..replicas).map(|i| format!("r{i}")).collect();
                let mut seats = seats(&vec!["r0"; shards]);
                let mut moves = 0;
                while let Some((i, me)) = names.iter().find_map(|me| Some((wanted(me, &seats)?, me))) {
                    seats[i].holder = Some(me.clone());
                    moves += 1;
                    assert!(moves <= shards * replicas, "{seats:?}");
                }
                let counts: Vec<u32> = names.iter().map(|me| count(me, &seats)).collect();
                let (least, most) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
                assert!(most - least <= 1, "{shards} {counts:?}");
            }
        }
    }
}
