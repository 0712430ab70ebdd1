//! VPC links, HTTP APIs and what is below them.

use std::collections::BTreeSet;
use std::time::Duration;

use gatewayed::executor::Call;
use gatewayed::executor::conclude::Reply;
use gatewayed::model::api::Api;
use gatewayed::model::integration::Integration;
use gatewayed::model::route::{Authorization, Route};
use gatewayed::model::stage::{RouteSettings, Stage, Throttle};
use gatewayed::model::vpc_link::VpcLink;
use gatewayed::model::{Body, ErrorClass, Id, Kind, Seen, State};

use super::elbv2::{group, made_listener, made_load_balancer};
use super::{NOW, Sim, assert_only, create, key, region, subnets};

/// Longer than any state of the simulator lasts.
const LONG: Duration = Duration::from_secs(3600);

fn api(name: &str) -> Body<Id> {
    Body::Api(Api { name: name.into(), description: "Made by gatewayed".into() })
}

pub async fn made_api(sim: &Sim) -> Id {
    sim.create(&key(Kind::Api, "main"), &api("gw-api")).await.id
}

fn stage(api: &Id, name: &str, rate: f64) -> Body<Id> {
    let throttle = Throttle { rate, burst: 20 };
    Body::Stage(Stage { api: api.clone(), name: name.into(), auto_deploy: true, throttle })
}

fn route(api: &Id, route_key: &str, target: &Id) -> Body<Id> {
    let (api, target) = (api.clone(), target.clone());
    Body::Route(Route { api, route_key: route_key.into(), target, authorization: Authorization::None })
}

fn settings(stage: &Id, route: &Seen, route_key: &str, rate: f64) -> Body<Id> {
    Body::RouteSettings(RouteSettings {
        stage: stage.clone(),
        route: route.id.clone(),
        route_key: route_key.into(),
        throttle: Throttle { rate, burst: 2 },
    })
}

/// An available link.
async fn made_link(sim: &Sim) -> Id {
    let link = VpcLink {
        name: "gw-link".into(),
        subnets: subnets(3),
        security_groups: BTreeSet::from([group(sim, "gw-link-sg").await]),
    };
    let id = sim.create(&key(Kind::VpcLink, "main"), &Body::VpcLink(link)).await.id;
    sim.server.clock().advance(LONG);
    id
}

async fn integration(sim: &Sim, api: &Id) -> Integration<Id> {
    let vpc_link = made_link(sim).await;
    let lb = made_load_balancer(sim, "gw-lb").await.id;
    let listener = made_listener(sim, &lb, 30_000).await.id;
    Integration { api: api.clone(), vpc_link, listener, timeout_millis: 10_000, overwrite_path: None }
}

async fn made_integration(sim: &Sim, api: &Id) -> Id {
    let body = Body::Integration(integration(sim, api).await);
    sim.create(&key(Kind::Integration, "10s"), &body).await.id
}

#[tokio::test]
async fn a_vpc_link_is_pending_then_usable_and_goes_by_and_by() {
    let sim = Sim::start().await;
    let key = key(Kind::VpcLink, "main");
    let mut link = VpcLink {
        name: "gw-link".into(),
        subnets: subnets(2),
        security_groups: BTreeSet::from([group(&sim, "gw-a").await]),
    };
    let made = sim.create(&key, &Body::VpcLink(link.clone())).await;
    assert_eq!(made.state, State::Pending);
    let state = async || sim.list_region(Kind::VpcLink).await.first().map(|s| s.state.clone());
    assert_eq!(state().await, Some(State::Pending));
    sim.server.clock().advance(LONG);
    assert_eq!(state().await, Some(State::Usable));

    link.name = "gw-renamed".into();
    let renamed = Body::VpcLink(link);
    sim.update(&made, &key, &renamed).await;
    assert_only(&sim.list_region(Kind::VpcLink).await, Some(&key), &made.id, &renamed);

    assert_eq!(sim.delete(&made).await, Ok(Reply::Deleting));
    assert_eq!(state().await, Some(State::Deleting));
    sim.server.clock().advance(LONG);
    assert_eq!(state().await, None);
    assert_eq!(sim.delete(&made).await.unwrap_err().class, ErrorClass::Gone);
}

#[tokio::test]
async fn an_http_api_reads_back_as_written_and_strangers_are_left_out() {
    let sim = Sim::start().await;
    let key = key(Kind::Api, "main");
    region(&sim.server.url(), "cluster-2").run(&[create(&key, &api("theirs"))], NOW).await.unwrap();
    let made = sim.create(&key, &api("gw-api")).await;
    assert_only(&sim.list_region(Kind::Api).await, Some(&key), &made.id, &api("gw-api"));
    sim.update(&made, &key, &api("gw-renamed")).await;
    assert_only(&sim.list_region(Kind::Api).await, Some(&key), &made.id, &api("gw-renamed"));
    assert_eq!(sim.delete(&made).await, Ok(Reply::Deleted));
    assert_eq!(sim.list_region(Kind::Api).await, []);
    assert_eq!(sim.list_under(Kind::Route, &made.id).await, [], "a parent that is gone has no children");
}

#[tokio::test]
async fn a_stage_reads_back_as_written_whatever_its_name() {
    let sim = Sim::start().await;
    let api = made_api(&sim).await;
    for name in ["$default", "v1"] {
        let key = key(Kind::Stage, name);
        let made = sim.create(&key, &stage(&api, name, 10.0)).await;
        assert_only(&sim.list_under(Kind::Stage, &api).await, Some(&key), &made.id, &stage(&api, name, 10.0));
        let changed = stage(&api, name, 7.5);
        sim.update(&made, &key, &changed).await;
        assert_only(&sim.list_under(Kind::Stage, &api).await, Some(&key), &made.id, &changed);
        let taken = sim.run(create(&key, &changed)).await.unwrap_err();
        assert_eq!((taken.class, taken.code.as_str()), (ErrorClass::Exists, "ConflictException"));
        assert_eq!(sim.delete(&made).await, Ok(Reply::Deleted));
        assert_eq!(sim.list_under(Kind::Stage, &api).await, []);
    }
}

#[tokio::test]
async fn an_integration_carries_its_mark_in_the_description_and_reads_back_as_written() {
    let sim = Sim::start().await;
    let api = made_api(&sim).await;
    let plain = integration(&sim, &api).await;
    let key = key(Kind::Integration, "10s");
    let wanted = Body::Integration(plain.clone());
    let made = sim.create(&key, &wanted).await;
    assert_only(&sim.list_under(Kind::Integration, &api).await, Some(&key), &made.id, &wanted);
    let rewriting =
        Integration { overwrite_path: Some("$request.path".into()), timeout_millis: 29_000, ..plain.clone() };
    for changed in [Body::Integration(rewriting), Body::Integration(plain)] {
        sim.update(&made, &key, &changed).await;
        assert_only(&sim.list_under(Kind::Integration, &api).await, Some(&key), &made.id, &changed);
    }
    assert_eq!(sim.delete(&made).await, Ok(Reply::Deleted));
    assert_eq!(sim.list_under(Kind::Integration, &api).await, []);
}

#[tokio::test]
async fn a_route_reads_back_as_written_and_holds_its_integration_and_its_key() {
    let sim = Sim::start().await;
    let api = made_api(&sim).await;
    let target = made_integration(&sim, &api).await;
    let key = key(Kind::Route, "GET /orders/{id}");
    let wanted = route(&api, "GET /orders/{id}", &target);
    let made = sim.create(&key, &wanted).await;
    assert_only(&sim.list_under(Kind::Route, &api).await, None, &made.id, &wanted);
    sim.update(&made, &key, &wanted).await;
    assert_only(&sim.list_under(Kind::Route, &api).await, None, &made.id, &wanted);

    assert_eq!(sim.run(create(&key, &wanted)).await.unwrap_err().class, ErrorClass::Exists);
    let integrations = sim.list_under(Kind::Integration, &api).await;
    assert_eq!(sim.delete(&integrations[0]).await.unwrap_err().class, ErrorClass::Race);
    let links = sim.list_region(Kind::VpcLink).await;
    assert_eq!(sim.delete(&links[0]).await.unwrap_err().class, ErrorClass::Race);

    assert_eq!(sim.delete(&made).await, Ok(Reply::Deleted));
    assert_eq!(sim.list_under(Kind::Route, &api).await, []);
}

#[tokio::test]
async fn route_settings_of_several_routes_are_one_call_and_leave_the_others_alone() {
    let sim = Sim::start().await;
    let api = made_api(&sim).await;
    let target = made_integration(&sim, &api).await;
    let stage = sim.create(&key(Kind::Stage, "main"), &stage(&api, "$default", 10.0)).await.id;
    let mut made = Vec::new();
    for name in ["GET /a", "GET /b", "GET /c/{id}"] {
        let route = sim.create(&key(Kind::Route, name), &route(&api, name, &target)).await;
        made.push((key(Kind::RouteSettings, name), settings(&stage, &route, name, 1.5)));
    }
    sim.create(&made[2].0, &made[2].1).await;
    let before = sim.server.recorder().latest();
    let calls: Vec<Call> = made[..2].iter().map(|(key, body)| create(key, body)).collect();
    let Ok(Reply::Written(written)) = sim.region.run(&calls, NOW).await else { panic!() };
    assert_eq!(sim.server.recorder().count_since(before).values().sum::<usize>(), 1);
    assert_eq!(
        written.iter().map(|s| s.key.clone()).collect::<Vec<_>>(),
        [Some(made[0].0.clone()), Some(made[1].0.clone())]
    );

    let listed = sim.list_under(Kind::RouteSettings, &api).await;
    let throttles: Vec<(&str, f64)> = listed
        .iter()
        .map(|seen| match &seen.body {
            Body::RouteSettings(b) => (b.route_key.as_str(), b.throttle.rate),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(throttles, [("GET /a", 1.5), ("GET /b", 1.5), ("GET /c/{id}", 1.5)]);
    assert_eq!(listed[2].id, stage.child("GET /c/{id}"));

    assert_eq!(sim.delete(&listed[2]).await, Ok(Reply::Deleted));
    assert_eq!(sim.list_under(Kind::RouteSettings, &api).await.len(), 2);
    assert_eq!(sim.list_under(Kind::Stage, &api).await.len(), 1);
}

#[tokio::test]
async fn settings_of_a_route_that_is_gone_are_a_race_and_not_a_missing_stage() {
    let sim = Sim::start().await;
    let api = made_api(&sim).await;
    let target = made_integration(&sim, &api).await;
    let stage = sim.create(&key(Kind::Stage, "main"), &stage(&api, "$default", 10.0)).await.id;
    let gone = sim.create(&key(Kind::Route, "GET /a"), &route(&api, "GET /a", &target)).await;
    sim.delete(&gone).await.unwrap();
    let body = settings(&stage, &gone, "GET /a", 1.0);
    let refused = sim.run(create(&key(Kind::RouteSettings, "GET /a"), &body)).await.unwrap_err();
    assert_eq!((refused.class, refused.code.as_str()), (ErrorClass::Race, "NotFoundException"));
}

#[tokio::test]
async fn more_routes_than_a_page_are_all_listed() {
    let sim = Sim::start().await;
    let api = made_api(&sim).await;
    let target = made_integration(&sim, &api).await;
    for n in 0..105 {
        let route_key = format!("GET /r{n}");
        sim.create(&key(Kind::Route, &route_key), &route(&api, &route_key, &target)).await;
    }
    let ids: BTreeSet<Id> = sim.list_under(Kind::Route, &api).await.into_iter().map(|s| s.id).collect();
    assert_eq!(ids.len(), 105);
}

#[tokio::test]
async fn an_integration_through_a_link_that_is_still_pending_is_a_race() {
    let sim = Sim::start().await;
    let api = made_api(&sim).await;
    let lb = made_load_balancer(&sim, "gw-lb").await.id;
    let listener = made_listener(&sim, &lb, 30_000).await.id;
    let link = VpcLink {
        name: "gw-link".into(),
        subnets: subnets(3),
        security_groups: BTreeSet::from([group(&sim, "gw-a").await]),
    };
    let vpc_link = sim.create(&key(Kind::VpcLink, "main"), &Body::VpcLink(link)).await.id;
    let body = Integration { api, vpc_link, listener, timeout_millis: 1_000, overwrite_path: None };
    let refused = sim.run(create(&key(Kind::Integration, "1s"), &Body::Integration(body))).await;
    assert_eq!(refused.unwrap_err().class, ErrorClass::Race);
}
