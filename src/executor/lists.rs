//! Passes over what exists: which collections are due, after takeover and for drift, and whose settings
//! that no list shows. Pure.

use std::time::Duration;

use super::call::Call;
use super::intervals::Intervals;
use super::lanes::{Job, Lane};
use crate::model::index::{Collection, Index, Trouble};
use crate::model::{Id, Kind, State, Time};

/// Nothing is due later than that; a class may ask for less.
const LONGEST: Duration = Duration::from_secs(86_400);

/// The collections to list now, and when the next one is due. Everything is listed at takeover, once
/// more when that has settled (the first pages may still show what the last leader deleted, and lack
/// what it made) and then at its interval: a parent's children as soon as the parent is known as ours.
fn due(ix: &Index, intervals: &Intervals, now: Time) -> (Vec<Collection>, Time) {
    let mut due = Vec::new();
    let mut next = now + LONGEST;
    for of in collections(ix) {
        let interval = intervals.between(ix, &of);
        let at = match (ix.listed(&of), ix.list_trouble(&of)) {
            (_, Some(trouble)) => trouble.retry_at.unwrap_or(trouble.last + interval),
            (Some(listed), None) if listed < ix.settled() => ix.settled(),
            (Some(listed), None) => listed + interval,
            (None, None) => now,
        };
        if at <= now {
            due.push(of);
        } else {
            next = next.min(at);
        }
    }
    (due, next)
}

/// Our objects whose settings that no list shows are to be read now, and when the next one is due: an
/// interval of its class after they were written or read. A takeover reads none: what status records counts.
fn due_attributes(ix: &Index, intervals: &Intervals, now: Time) -> (Vec<Call>, Time) {
    let mut due = Vec::new();
    let mut next = now + LONGEST;
    for kind in Kind::ALL.into_iter().filter(|kind| kind.has_unlisted_settings()) {
        for known in ix.of_kind(kind).filter(|k| ix.is_ours(k) && k.seen.state == State::Usable) {
            let Some(key) = &known.seen.key else { continue };
            let at = known.looked_after().unwrap_or(ix.settled()) + intervals.of(key.owner.class());
            if at <= now {
                due.push(Call::Attributes { id: known.seen.id.clone(), seen: known.seen.body.listed() });
            } else {
                next = next.min(at);
            }
        }
    }
    (due, next)
}

/// Everything that is due at `now`, as jobs, and when to look again.
pub fn passes(ix: &Index, intervals: &Intervals, now: Time) -> (Vec<Job>, Time) {
    let (lists, next_list) = due(ix, intervals, now);
    let (attributes, next_attributes) = due_attributes(ix, intervals, now);
    let calls = lists.into_iter().map(Call::list).chain(attributes);
    let jobs = calls.map(|call| Job { lane: Lane::Drift, never_ready: false, call }).collect();
    (jobs, next_list.min(next_attributes))
}

/// The collections that could not be listed yet since takeover, with why; empty: all that carries our marks is
/// in the index.
pub fn missing(ix: &Index) -> Vec<(Collection, Option<&Trouble>)> {
    let missing = collections(ix).into_iter().filter(|of| ix.listed(of).is_none());
    missing.map(|of| (of.clone(), ix.list_trouble(&of))).collect()
}

/// Every collection that can hold something of ours. A stage's page holds its route settings.
fn collections(ix: &Index) -> Vec<Collection> {
    let mut all = Vec::new();
    for kind in Kind::ALL.into_iter().filter(|k| *k != Kind::RouteSettings) {
        match kind.parent() {
            None => all.push(Collection::region(kind)),
            Some(parent) => {
                let ours = ix.of_kind(parent).filter(|known| ix.is_ours(known));
                let ids: Vec<Id> = ours.map(|known| known.seen.id.clone()).collect();
                all.extend(ids.iter().map(|id| Collection::under(kind, id)));
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::model::absorb::absorb;
    use crate::model::api::Api;
    use crate::model::event::Event;
    use crate::model::shard::Shard;
    use crate::model::{AwsError, Body, ErrorClass, Owner, ResourceKey, Seen, State};

    const START: Time = Time(1_000_000);
    const HOUR: Duration = Duration::from_secs(3600);

    fn hourly() -> Intervals {
        Intervals::new(HOUR)
    }

    fn listed(ix: &mut Index, of: Collection, items: Vec<Seen>, started: Time) {
        absorb(ix, Event::Listed { of, started, items });
    }

    fn api(id: &str, key: Option<ResourceKey>) -> Seen {
        let body = Body::Api(Api { name: "a".into(), description: String::new() });
        Seen { id: Id::from(id), key, body, at: START, state: State::Usable }
    }

    #[test]
    fn what_is_below_another_shards_objects_is_left_to_it() {
        let here = |class: &str| Shard { index: 0, of: 2 }.has(Some(class));
        let names = || (0..).map(|i| format!("c{i}"));
        let (ours, theirs) = (names().find(|c| here(c)).unwrap(), names().find(|c| !here(c)).unwrap());
        let key = |class: &str| Some(ResourceKey::new(Kind::Api, &Owner::Class(class.into()), "main"));
        let mut ix = Index::takeover(START, Duration::from_secs(30)).of_shard(Shard { index: 0, of: 2 });
        let apis = vec![api("ours", key(&ours)), api("theirs", key(&theirs))];
        listed(&mut ix, Collection::region(Kind::Api), apis, START);
        let parents: Vec<Id> = collections(&ix).into_iter().filter_map(|of| of.parent).collect();
        assert_eq!(parents, ["ours", "ours", "ours"].map(Id::from));
    }

    #[test]
    fn the_region_is_listed_first_then_what_is_below_our_parents_and_all_of_it_again_later() {
        let mut ix = Index::takeover(START, Duration::from_secs(30));
        let (region, _) = due(&ix, &hourly(), START);
        assert_eq!(missing(&ix).len(), region.len());
        let kinds: Vec<Kind> = region.iter().map(|of| of.kind).collect();
        let wanted = [
            Kind::SecurityGroup,
            Kind::SecurityGroupRule,
            Kind::LoadBalancer,
            Kind::VpcLink,
            Kind::Api,
            Kind::TargetGroup,
        ];
        assert_eq!(kinds, wanted);
        let ours = ResourceKey::new(Kind::Api, &Owner::Class("c".into()), "main");
        for of in region {
            let apis = vec![api("ours", Some(ours.clone())), api("theirs", None)];
            let items = if of.kind == Kind::Api { apis } else { Vec::new() };
            listed(&mut ix, of, items, START);
        }
        let (below, _) = due(&ix, &hourly(), START);
        let of = |kind| Collection::under(kind, &Id::from("ours"));
        assert_eq!(below, [Kind::Stage, Kind::Integration, Kind::Route].map(of));
        below.into_iter().for_each(|of| listed(&mut ix, of, Vec::new(), START));
        let settled = START + Duration::from_secs(30);
        assert_eq!(missing(&ix), []);
        assert_eq!(due(&ix, &hourly(), START), (vec![], settled));
        let (again, _) = due(&ix, &hourly(), settled);
        assert_eq!(again.len(), 9);
        for of in again {
            let apis = vec![api("ours", Some(ours.clone()))];
            let items = if of.kind == Kind::Api { apis } else { Vec::new() };
            listed(&mut ix, of, items, settled);
        }
        assert_eq!(due(&ix, &hourly(), settled), (vec![], settled + HOUR));
    }

    #[test]
    fn a_list_that_failed_is_due_when_its_trouble_says() {
        let mut ix = Index::takeover(START, Duration::from_secs(30));
        let of = Collection::region(Kind::Api);
        let error = AwsError {
            class: ErrorClass::Permission,
            action: "a".into(),
            code: "AccessDenied".into(),
            message: String::new(),
            request_id: None,
            retry_after: None,
        };
        absorb(&mut ix, Event::NotListed { of: of.clone(), error, at: START });
        assert!(!due(&ix, &hourly(), START).0.contains(&of));
        assert!(due(&ix, &hourly(), START + Duration::from_secs(300)).0.contains(&of));
    }

    #[test]
    fn what_no_list_shows_is_read_an_interval_after_takeover_and_after_each_reading() {
        use crate::model::target_group::{HealthCheck, TargetGroup};
        let mut ix = Index::takeover(START, Duration::from_secs(30));
        let health = HealthCheck {
            path: "/".into(),
            port: None,
            interval_seconds: 10,
            timeout_seconds: 2,
            healthy_threshold: 2,
            unhealthy_threshold: 2,
        };
        let body = Body::TargetGroup(TargetGroup {
            name: "g".into(),
            vpc: "vpc-1".into(),
            health,
            attributes: None,
        });
        let seen = |id: &str, key| Seen {
            id: Id::from(id),
            key,
            body: body.clone(),
            at: START,
            state: State::Usable,
        };
        let ours = ResourceKey::new(Kind::TargetGroup, &Owner::Class("c".into()), "main");
        let items = vec![seen("ours", Some(ours)), seen("theirs", None)];
        listed(&mut ix, Collection::region(Kind::TargetGroup), items, START);
        let first = START + Duration::from_secs(30) + HOUR;
        assert_eq!(due_attributes(&ix, &hourly(), START + HOUR), (vec![], first), "a takeover reads none");
        let read = Call::Attributes { id: Id::from("ours"), seen: body.clone() };
        assert_eq!(due_attributes(&ix, &hourly(), first).0, [read], "and never strangers'");
        let (kind, id) = (Kind::TargetGroup, Id::from("ours"));
        absorb(&mut ix, Event::Attributes { kind, id, body: None, at: first });
        assert_eq!(due_attributes(&ix, &hourly(), first), (vec![], first + HOUR), "also if it failed");
    }

    #[test]
    fn what_is_the_regions_is_listed_as_often_as_the_most_eager_class_asks_and_the_rest_as_its_own_class_asks()
     {
        let mut ix = Index::takeover(START, Duration::ZERO);
        let minutes = |n: u64| Duration::from_secs(60 * n);
        let mut intervals = hourly();
        assert!(intervals.set("eager", Some(minutes(5))) && intervals.set("calm", None));
        assert!(!intervals.set("eager", Some(minutes(5))), "that is known");
        let api_of = |class: &str| ResourceKey::new(Kind::Api, &Owner::Class(class.into()), "main");
        let apis = vec![api("a", Some(api_of("eager"))), api("b", Some(api_of("calm")))];
        listed(&mut ix, Collection::region(Kind::Api), apis, START);
        for of in due(&ix, &intervals, START).0 {
            listed(&mut ix, of, Vec::new(), START);
        }
        let (again, _) = due(&ix, &intervals, START + minutes(5));
        let below: BTreeSet<String> = again.iter().filter_map(|of| Some(of.parent.clone()?.0)).collect();
        assert_eq!(below, BTreeSet::from(["a".to_owned()]), "{again:?}");
        assert!(again.iter().any(|of| of.parent.is_none()));
        intervals.forget("eager");
        assert_eq!(due(&ix, &intervals, START + minutes(5)).0, []);
    }
}
