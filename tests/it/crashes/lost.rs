//! The creates that AWS would do twice if asked twice: CreateApi, CreateVpcLink, CreateIntegration. Their
//! replies are lost, before and after AWS did it, one by one and together; what settles it are lists, which
//! are late; and throttles keep the operator from asking. (It does not use the index of tags, whose
//! lateness can therefore not mislead it: it lists each kind, and reads the marks there.)

use std::collections::BTreeMap;
use std::time::Duration;

use awsim::recorder::Entry;
use awsim::weather::Rule;
use awsim::weather::effect::{Effect, Hang, Stale};

use crate::support::operator::{Place, World};
use crate::support::stock;

const CREATES: [&str; 3] = ["CreateApi", "CreateVpcLink", "CreateIntegration"];
const LISTS: [&str; 3] = ["GetApis", "GetVpcLinks", "GetIntegrations"];
const SERVICE: &str = "apigatewayv2";

/// What a class with one service has.
const STOCK: [(&str, usize); 10] = [
    ("HTTP API", 1),
    ("VPC link", 1),
    ("integration", 1),
    ("listener", 1),
    ("load balancer", 1),
    ("route", 1),
    ("security group", 2),
    ("security group rule", 4),
    ("stage", 1),
    ("target group", 1),
];

/// Makes a class with a service in this weather, sees that everything is there once, and deletes it.
async fn once(world: &World, name: &str, rules: Vec<Rule>) {
    let from = world.aws().recorder().latest();
    world.aws().weather().set(0, rules.clone());
    let place = world.class(name, |_| ()).await;
    place.service("app", |_| ()).await;
    place.ready("app").await;
    let limited = rules.iter().filter(|rule| rule.times.is_some()).count();
    let left = world.aws().weather().rules().iter().filter(|rule| rule.times.is_some()).count();
    assert_eq!(left, 0, "of {limited} rules {left} did not befall anything: {rules:?}");
    world.aws().weather().clear();
    let counts = stock::count(&stock::of_class(world.aws(), &place.class));
    assert_eq!(counts, BTreeMap::from(STOCK), "{rules:?}");
    let create = |call: &Entry| CREATES.contains(&&*call.operation) && call.succeeded();
    let made = world.aws().recorder().filter_since(from, create);
    let made: Vec<&str> = made.iter().map(|call| &*call.operation).collect();
    assert_eq!(made.len(), CREATES.len(), "made {made:?} in {rules:?}");
    nothing_is_left(world, &place).await;
}

async fn nothing_is_left(world: &World, place: &Place) {
    place.delete_service("app").await;
    place.delete_class().await;
    let left = stock::of_class(world.aws(), &place.class);
    assert!(left.is_empty(), "{left:#?}");
    stock::region(world.aws(), |region| {
        let gateway = &region.apigatewayv2;
        let left = (gateway.apis.len(), gateway.vpc_links.len(), region.elbv2.load_balancers.len());
        assert_eq!(left, (0, 0, 0), "nor is there anything without marks");
    });
}

fn each(effect: &Effect) -> Vec<Rule> {
    CREATES.iter().map(|create| Rule::of(SERVICE, create, effect.clone()).times(1)).collect()
}

/// First each reply is lost before and after the create is done. Then each list is 25 seconds behind as
/// well: less than the 30 that the operator lets pass before it believes that a create did nothing.
#[tokio::test]
async fn creates_whose_replies_are_lost_are_settled_by_lists_though_late_and_nothing_is_made_twice() {
    let world = World::start(&[]).await;
    once(&world, "lost", [each(&Effect::Reset), each(&Effect::LoseReply)].concat()).await;
    let late = LISTS.iter().map(|list| Rule::of(SERVICE, list, Effect::Stale(Stale { seconds: 25.0 })));
    once(&world, "stale", late.chain(each(&Effect::LoseReply)).collect()).await;
    let behind = world.aws().recorder().filter(|call| call.behind > Duration::from_secs(20)).len();
    assert!(behind > 3, "only {behind} lists were late");
}

#[tokio::test]
#[ignore = "takes minutes: make torture"]
async fn each_create_alone_is_lost_in_each_way_and_nothing_is_made_twice() {
    let world = World::start(&[]).await;
    let hang = |committed| Effect::Hang(Hang { seconds: 3600.0, committed });
    for create in CREATES {
        for effect in [Effect::Reset, Effect::LoseReply, hang(false), hang(true), Effect::ServerError] {
            once(&world, "alone", vec![Rule::of(SERVICE, create, effect).times(1)]).await;
        }
        for times in [2, 3] {
            let rule = Rule::of(SERVICE, create, Effect::Reset).times(times);
            once(&world, "again", vec![rule]).await;
        }
    }
}

#[tokio::test]
#[ignore = "takes minutes: make torture"]
async fn each_create_is_throttled_for_five_minutes_and_its_reply_lost_then() {
    let world = World::start(&[]).await;
    for create in CREATES {
        let until = world.lab.clock().now() + Duration::from_secs(300);
        let throttled = Rule::of(SERVICE, create, Effect::Throttle).until(until);
        let lost = Rule::of(SERVICE, create, Effect::LoseReply).times(1);
        once(&world, "throttled", vec![throttled, lost]).await;
    }
}
