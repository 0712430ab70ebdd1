//! The rules of the index, one by one, and that independent news may come in any order.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;

use super::absorb::absorb;
use super::api::Api;
use super::event::Event;
use super::index::{Await, Collection, Index, Written};
use super::integration::Integration;
use super::listener::Listener;
use super::load_balancer::LoadBalancer;
use super::route::{Authorization, Route};
use super::stage::{RouteSettings, Stage, Throttle};
use super::vpc_link::VpcLink;
use super::{
    AwsError, Body, ErrorClass, Hash, Id, Kind, NsName, Owner, ResourceKey, Seen, Stack, State, Time,
};

const SETTLE: Duration = Duration::from_secs(30);

fn at(seconds: u64) -> Time {
    Time(1_000_000 + seconds * 1000)
}

fn index() -> Index {
    Index::takeover(at(0), SETTLE)
}

fn class() -> Owner {
    Owner::Class("public".into())
}

fn service(name: &str) -> Owner {
    Owner::Service { class: "public".into(), name: NsName::new("shop", name) }
}

fn link(name: &str) -> Body<Id> {
    Body::VpcLink(VpcLink { name: name.into(), subnets: BTreeSet::new(), security_groups: BTreeSet::new() })
}

fn seen(id: &str, owner: Option<&Owner>, body: Body<Id>, time: Time) -> Seen {
    let key = owner.map(|owner| ResourceKey::new(body.kind(), owner, "main"));
    Seen { id: id.into(), key, body, at: time, state: State::Usable }
}

fn listed(kind: Kind, started: Time, items: Vec<Seen>) -> Event {
    Event::Listed { of: Collection::region(kind), started, items }
}

fn made(seen: Seen) -> Event {
    let written = Some(seen.body.hash());
    Event::Replied { seen, written, created: true }
}

fn refused(class: ErrorClass) -> AwsError {
    AwsError {
        class,
        action: "aws:Call".into(),
        code: "Code".into(),
        message: "no".into(),
        request_id: None,
        retry_after: None,
    }
}

fn ids(ix: &Index, kind: Kind) -> Vec<&str> {
    ix.of_kind(kind).map(|known| known.seen.id.0.as_str()).collect()
}

#[test]
fn what_we_made_is_not_gone_because_a_list_soon_after_lacks_it() {
    let mut ix = index();
    absorb(&mut ix, made(seen("vl-1", Some(&class()), link("a"), at(100))));
    absorb(&mut ix, listed(Kind::VpcLink, at(129), vec![]));
    assert_eq!(ids(&ix, Kind::VpcLink), ["vl-1"]);
    absorb(&mut ix, listed(Kind::VpcLink, at(130), vec![]));
    assert_eq!(ids(&ix, Kind::VpcLink), [""; 0]);
}

#[test]
fn what_we_deleted_is_not_back_because_a_list_soon_after_shows_it() {
    let mut ix = index();
    let there = seen("vl-1", Some(&class()), link("a"), at(10));
    absorb(&mut ix, listed(Kind::VpcLink, at(10), vec![there.clone()]));
    absorb(&mut ix, Event::Gone { kind: Kind::VpcLink, id: "vl-1".into(), at: at(100) });
    absorb(&mut ix, listed(Kind::VpcLink, at(129), vec![there.clone()]));
    assert_eq!(ids(&ix, Kind::VpcLink), [""; 0]);
    absorb(&mut ix, listed(Kind::VpcLink, at(130), vec![there]));
    assert_eq!(ids(&ix, Kind::VpcLink), ["vl-1"]);
}

#[test]
fn a_reply_beats_a_list_that_started_soon_after_but_a_later_state_is_believed() {
    let mut ix = index();
    let pending =
        |name, time| Seen { state: State::Pending, ..seen("vl-1", Some(&class()), link(name), time) };
    absorb(&mut ix, made(pending("new", at(100))));
    absorb(&mut ix, listed(Kind::VpcLink, at(120), vec![seen("vl-1", Some(&class()), link("old"), at(120))]));
    let known = ix.get(Kind::VpcLink, &"vl-1".into()).unwrap();
    assert_eq!((&known.seen.body, &known.seen.state), (&link("new"), &State::Usable));
    absorb(&mut ix, listed(Kind::VpcLink, at(125), vec![pending("new", at(125))]));
    assert_eq!(ix.get(Kind::VpcLink, &"vl-1".into()).unwrap().seen.state, State::Usable);
}

#[test]
fn of_an_owner_that_is_gone_nothing_is_kept() {
    let mut ix = index();
    let empty = ix.sizes();
    let (mine, other) = (service("mine"), service("other"));
    let key = |owner: &Owner| ResourceKey::new(Kind::Integration, owner, "main");
    for owner in [&mine, &other] {
        let error = refused(ErrorClass::Permission);
        absorb(&mut ix, Event::Failed { key: key(owner), id: None, hash: None, error, at: at(10) });
        absorb(&mut ix, Event::Lost { key: key(owner), at: at(11) });
        ix.intended(&BTreeSet::from([key(owner)]));
        ix.wait(owner, BTreeSet::from([Await::List(Collection::region(Kind::VpcLink))]));
    }
    ix.forget(&mine);
    assert!(ix.trouble(&key(&mine), None).is_none() && ix.lost(&mine).next().is_none());
    assert!(ix.trouble(&key(&other), None).is_some() && ix.lost(&other).next().is_some());
    ix.forget(&other);
    assert_eq!(ix.sizes(), empty);
}

#[test]
fn what_went_wrong_with_making_what_is_no_longer_wanted_is_forgotten() {
    let mut ix = index();
    let key = ResourceKey::new(Kind::VpcLink, &class(), "main");
    let failed = |id: Option<&str>| Event::Failed {
        key: key.clone(),
        id: id.map(Id::from),
        hash: None,
        error: refused(ErrorClass::Permission),
        at: at(10),
    };
    absorb(&mut ix, failed(None));
    absorb(&mut ix, failed(Some("vl-1")));
    ix.wants(&service("other"), &Stack::default());
    assert!(ix.trouble(&key, None).is_some());
    ix.wants(&class(), &Stack::default());
    assert!(ix.trouble(&key, None).is_none());
    assert!(ix.trouble(&key, Some(&Id::from("vl-1"))).is_some(), "it is still to be deleted");
}

#[test]
fn a_list_of_what_was_below_a_parent_that_is_gone_leaves_no_trace() {
    let mut ix = index();
    let api = Body::Api(Api { name: "a".into(), description: String::new() });
    absorb(&mut ix, made(seen("api1", Some(&class()), api, at(10))));
    let of = Collection::under(Kind::Route, &Id::from("api1"));
    let error = refused(ErrorClass::Permission);
    absorb(&mut ix, Event::NotListed { of: of.clone(), error: error.clone(), at: at(20) });
    assert!(ix.list_trouble(&of).is_some());
    absorb(&mut ix, Event::Gone { kind: Kind::Api, id: "api1".into(), at: at(30) });
    assert!(ix.list_trouble(&of).is_none());
    absorb(&mut ix, Event::NotListed { of: of.clone(), error, at: at(31) });
    absorb(&mut ix, Event::Listed { of: of.clone(), started: at(29), items: vec![] });
    assert_eq!((ix.list_trouble(&of), ix.listed(&of)), (None, None));
}

#[test]
fn a_list_that_started_before_the_last_one_is_old_news() {
    let mut ix = index();
    absorb(&mut ix, listed(Kind::VpcLink, at(60), vec![seen("vl-1", Some(&class()), link("a"), at(60))]));
    absorb(&mut ix, listed(Kind::VpcLink, at(50), vec![]));
    assert_eq!(ids(&ix, Kind::VpcLink), ["vl-1"]);
    assert_eq!(ix.listed(&Collection::region(Kind::VpcLink)), Some(at(60)));
}

#[test]
fn what_was_there_before_we_took_over_is_gone_only_by_a_list_that_starts_settle_later() {
    let mut ix = index();
    absorb(&mut ix, listed(Kind::VpcLink, at(1), vec![seen("vl-1", Some(&class()), link("a"), at(1))]));
    absorb(&mut ix, listed(Kind::VpcLink, at(20), vec![]));
    assert_eq!(ids(&ix, Kind::VpcLink), ["vl-1"]);
    let woken = absorb(&mut ix, listed(Kind::VpcLink, at(30), vec![]));
    assert_eq!(ids(&ix, Kind::VpcLink), [""; 0]);
    assert_eq!(woken, [class()].into());
}

#[test]
fn not_found_on_a_delete_is_gone_unless_the_object_is_young() {
    let key = ResourceKey::new(Kind::VpcLink, &class(), "main");
    let failed = |time| Event::Failed {
        key: key.clone(),
        id: Some("vl-1".into()),
        hash: None,
        error: refused(ErrorClass::Gone),
        at: time,
    };
    let mut ix = index();
    absorb(&mut ix, made(seen("vl-1", Some(&class()), link("a"), at(100))));
    absorb(&mut ix, failed(at(110)));
    assert_eq!(ids(&ix, Kind::VpcLink), ["vl-1"]);
    assert!(ix.trouble(&key, Some(&"vl-1".into())).unwrap().holds(at(110)));
    absorb(&mut ix, failed(at(130)));
    assert_eq!(ids(&ix, Kind::VpcLink), [""; 0]);
    assert_eq!(ix.trouble(&key, Some(&"vl-1".into())), None);
}

#[test]
fn not_found_on_an_update_proves_nothing_it_may_be_about_what_it_refers_to() {
    let key = ResourceKey::new(Kind::VpcLink, &class(), "main");
    let mut ix = index();
    absorb(&mut ix, made(seen("vl-1", Some(&class()), link("a"), at(100))));
    let (id, hash) = (Some("vl-1".into()), Some(link("b").hash()));
    let error = refused(ErrorClass::Gone);
    absorb(&mut ix, Event::Failed { key, id, hash, error, at: at(500) });
    let known = ix.get(Kind::VpcLink, &"vl-1".into()).unwrap();
    assert_eq!(known.written, Written::Partly);
}

#[test]
fn trouble_grows_with_each_failure_ends_with_success_and_is_about_one_set_of_settings() {
    let key = ResourceKey::new(Kind::VpcLink, &class(), "main");
    let failed = |name: &str, time| Event::Failed {
        key: key.clone(),
        id: None,
        hash: Some(link(name).hash()),
        error: refused(ErrorClass::Transient),
        at: time,
    };
    let mut ix = index();
    absorb(&mut ix, failed("a", at(1)));
    absorb(&mut ix, failed("a", at(10)));
    let trouble = ix.trouble(&key, None).unwrap();
    assert_eq!((trouble.attempts, trouble.since, trouble.last), (2, at(1), at(10)));
    let wait = trouble.retry_at.unwrap().since(at(10));
    assert!(wait >= Duration::from_secs(8) && wait <= Duration::from_secs(10), "{wait:?}");
    absorb(&mut ix, failed("b", at(20)));
    assert_eq!(ix.trouble(&key, None).unwrap().attempts, 1);
    absorb(&mut ix, made(seen("vl-1", Some(&class()), link("b"), at(30))));
    assert_eq!(ix.trouble(&key, None), None);
}

#[test]
fn with_a_parent_goes_all_that_is_in_it() {
    let mut ix = index();
    let balancer = Body::LoadBalancer(LoadBalancer {
        name: "gw".into(),
        subnets: BTreeSet::new(),
        security_groups: BTreeSet::new(),
        cross_zone: None,
    });
    let listener =
        Body::Listener(Listener { load_balancer: "lb-1".into(), port: 1, target_group: "tg-1".into() });
    absorb(&mut ix, made(seen("lb-1", Some(&class()), balancer, at(1))));
    absorb(&mut ix, made(seen("l-1", Some(&service("a")), listener, at(2))));
    assert!(ix.listed(&Collection::under(Kind::Listener, &"lb-1".into())).is_some(), "we made the parent");
    let woken = absorb(&mut ix, Event::Gone { kind: Kind::LoadBalancer, id: "lb-1".into(), at: at(3) });
    assert_eq!(ids(&ix, Kind::Listener), [""; 0]);
    assert_eq!(woken, [class(), service("a")].into());
    assert_eq!(ix.listed(&Collection::under(Kind::Listener, &"lb-1".into())), None);
}

#[test]
fn whoever_waits_for_a_key_an_object_or_a_list_is_woken() {
    let mut ix = index();
    let key = ResourceKey::new(Kind::VpcLink, &class(), "main");
    let awaits = |what: Await| BTreeSet::from([what]);
    ix.wait(&service("key"), awaits(Await::Key(key)));
    ix.wait(&service("object"), awaits(Await::Object("vl-1".into())));
    ix.wait(&service("list"), awaits(Await::List(Collection::region(Kind::VpcLink))));
    ix.wait(&service("before"), awaits(Await::Object("vl-1".into())));
    ix.wait(&service("before"), BTreeSet::new());
    let woken =
        absorb(&mut ix, listed(Kind::VpcLink, at(1), vec![seen("vl-1", Some(&class()), link("a"), at(1))]));
    assert_eq!(woken, [class(), service("key"), service("object"), service("list")].into());
    let again =
        absorb(&mut ix, listed(Kind::VpcLink, at(2), vec![seen("vl-1", Some(&class()), link("a"), at(2))]));
    assert_eq!(again, [service("list")].into(), "nothing changed");
}

fn api() -> Seen {
    let body = Body::Api(super::api::Api { name: "gw".into(), description: String::new() });
    seen("api", Some(&class()), body, at(1))
}

fn integration(id: &str, owner: Option<&Owner>, timeout_millis: u32, time: Time) -> Seen {
    let body = Body::Integration(Integration {
        api: "api".into(),
        vpc_link: "vl-1".into(),
        listener: "l-1".into(),
        timeout_millis,
        overwrite_path: None,
    });
    seen(id, owner, body, time)
}

fn route(id: &str, route_key: &str, target: &str, time: Time) -> Seen {
    let body = Body::Route(Route {
        api: "api".into(),
        route_key: route_key.into(),
        target: target.into(),
        authorization: Authorization::None,
    });
    seen(id, None, body, time)
}

fn settings(route_key: &str, burst: u32, time: Time) -> Seen {
    let body = Body::RouteSettings(RouteSettings {
        stage: "api/$default".into(),
        route: "unknown".into(),
        route_key: route_key.into(),
        throttle: Throttle { rate: 1.0, burst },
    });
    seen(&format!("api/$default/{route_key}"), None, body, time)
}

fn below(kind: Kind, started: Time, items: Vec<Seen>) -> Event {
    Event::Listed { of: Collection::under(kind, &"api".into()), started, items }
}

#[test]
fn routes_and_their_settings_belong_to_whoever_has_the_integration() {
    let mut ix = index();
    absorb(&mut ix, listed(Kind::Api, at(1), vec![api()]));
    let routes = vec![route("api/r1", "GET /a", "api/i1", at(1)), route("api/r2", "GET /b", "api/i2", at(1))];
    absorb(&mut ix, below(Kind::Route, at(1), routes));
    let all = ["GET /a", "GET /b", "GET /c"].map(|key| settings(key, 1, at(1)));
    absorb(&mut ix, below(Kind::RouteSettings, at(1), all.into()));
    let theirs = integration("api/i2", None, 1, at(1));
    let woken = absorb(
        &mut ix,
        below(Kind::Integration, at(1), vec![integration("api/i1", Some(&service("a")), 1, at(1)), theirs]),
    );
    assert!(woken.contains(&service("a")));
    let owner = |kind, id: &str| ix.get(kind, &id.into()).unwrap().seen.key.clone().map(|key| key.owner);
    assert_eq!(owner(Kind::Route, "api/r1"), Some(service("a")));
    assert_eq!(owner(Kind::Route, "api/r2"), None);
    assert_eq!(owner(Kind::RouteSettings, "api/$default/GET /a"), Some(service("a")));
    assert_eq!(owner(Kind::RouteSettings, "api/$default/GET /b"), None);
    assert_eq!(owner(Kind::RouteSettings, "api/$default/GET /c"), Some(class()), "its route is missing");
    // A hand makes our route point at a stranger's integration: it is still ours, to be put right.
    let edited =
        vec![route("api/r1", "GET /a", "api/i2", at(40)), route("api/r2", "GET /b", "api/i2", at(40))];
    absorb(&mut ix, below(Kind::Route, at(40), edited));
    assert_eq!(ix.get(Kind::Route, &"api/r1".into()).unwrap().seen.key.as_ref().unwrap().owner, service("a"));
}

#[derive(Clone, Debug)]
enum News {
    List(BTreeSet<u8>, u32),
    Reply(u8, u32),
    Gone(u8),
    Failed(u8),
    Lost(u8),
}

fn news() -> impl Strategy<Value = Vec<(u64, News)>> {
    let one = prop_oneof![
        (proptest::collection::btree_set(0..3u8, 0..3), 1..3u32).prop_map(|(ids, n)| News::List(ids, n)),
        (0..3u8, 1..3u32).prop_map(|(id, n)| News::Reply(id, n)),
        (0..3u8).prop_map(News::Gone),
        (0..3u8).prop_map(News::Failed),
        (0..3u8).prop_map(News::Lost),
    ];
    proptest::collection::vec((1..40u64, one), 0..6)
}

/// What one source tells, in its order: VPC links, integrations, routes, settings, stages.
fn events(kind: Kind, news: &[(u64, News)]) -> Vec<Event> {
    let item = |n: u8, variant: u32, time: Time| match kind {
        Kind::VpcLink => seen(&format!("vl-{n}"), Some(&class()), link(&variant.to_string()), time),
        Kind::Integration => integration(&format!("api/i{n}"), Some(&service(&n.to_string())), variant, time),
        Kind::Route => route(&format!("api/r{n}"), &format!("GET /{n}"), &format!("api/i{n}"), time),
        Kind::RouteSettings => settings(&format!("GET /{n}"), variant, time),
        _ => {
            let throttle = Throttle { rate: f64::from(variant), burst: 1 };
            let body =
                Body::Stage(Stage { api: "api".into(), name: format!("s{n}"), auto_deploy: true, throttle });
            seen(&format!("api/s{n}"), Some(&class()), body, time)
        }
    };
    let of = |item: &Seen| Collection::of(&item.body);
    let key = |n: u8| ResourceKey::new(kind, &service("x"), n.to_string());
    let mut now = 0;
    let mut events = Vec::new();
    for (wait, news) in news {
        now += wait;
        let time = at(now);
        events.push(match news {
            News::List(ids, variant) => {
                let items = ids.iter().map(|n| item(*n, *variant, time)).collect();
                Event::Listed { of: of(&item(0, 0, time)), started: time, items }
            }
            News::Reply(n, variant) => {
                let seen = item(*n, *variant, time);
                Event::Replied { written: Some(Hash(variant.to_string())), seen, created: false }
            }
            // Routes stick to whose they were: integrations stay.
            News::Gone(n) if kind != Kind::Integration => {
                Event::Gone { kind, id: item(*n, 0, time).id, at: time }
            }
            News::Gone(n) | News::Failed(n) => {
                let error = refused(ErrorClass::Race);
                Event::Failed { key: key(*n), id: None, hash: None, error, at: time }
            }
            News::Lost(n) => Event::Lost { key: key(*n), at: time },
        });
    }
    // What a source lists it lists in full, so that nothing disappears from under the others.
    if kind == Kind::Integration {
        events.retain(|event| !matches!(event, Event::Listed { items, .. } if items.len() < 3));
    }
    events
}

/// The index after all events, taken from the sources by turns.
fn after(sources: &[Vec<Event>], turns: &[usize]) -> Index {
    let mut ix = index();
    absorb(&mut ix, listed(Kind::Api, at(1), vec![api()]));
    let mut rest: Vec<_> = sources.iter().map(|source| source.iter()).collect();
    let order = turns.iter().copied().chain((0..rest.len()).cycle().take(100));
    for turn in order {
        let n = rest.len();
        if let Some(event) = rest[turn % n].next() {
            absorb(&mut ix, event.clone());
        }
    }
    assert!(rest.iter().all(|source| source.len() == 0));
    // When a key was worked out depends on which news told it.
    let objects: Vec<_> = ix.objects().cloned().collect();
    for mut known in objects {
        known.keyed = at(0);
        ix.insert(known);
    }
    ix
}

proptest! {
    #[test]
    fn independent_news_may_come_in_any_order(
        links in news(), integrations in news(), routes in news(), settings in news(), stages in news(),
        one in proptest::collection::vec(0..5usize, 0..30), other in proptest::collection::vec(0..5usize, 0..30),
    ) {
        let sources = [
            events(Kind::VpcLink, &links),
            events(Kind::Integration, &integrations),
            events(Kind::Route, &routes),
            events(Kind::RouteSettings, &settings),
            events(Kind::Stage, &stages),
        ];
        let (one, other) = (after(&sources, &one), after(&sources, &other));
        prop_assert_eq!(one, other);
    }
}
