//! What AWS, other people in it, or the cluster do wrong: the right thing is said, nothing of anybody
//! else's is touched, and it heals.

use std::time::Duration;

use awsim::seed;
use awsim::weather::{Effect, Rule};
use gatewayed::api::condition::find;
use gatewayed::api::{ConditionType, GatewayedServiceClass};
use gatewayed::desire::keys;
use gatewayed::model::{Owner, names};
use serde_json::{Value, json};
use tokio::sync::{Mutex, MutexGuard, OnceCell};

use crate::support::operator::{Place, World, eventually, until, world};

/// A world for what befalls every call: whoever holds the turn may do it.
async fn adversity() -> (&'static World, MutexGuard<'static, ()>) {
    static WORLD: OnceCell<World> = OnceCell::const_new();
    static TURN: Mutex<()> = Mutex::const_new(());
    let turn = TURN.lock().await;
    (WORLD.get_or_init(|| World::start(&[])).await, turn)
}

/// The id that a service's status records; empty while it is made again.
async fn recorded(place: &Place, service: &str, kind: &str, slot: &str) -> String {
    let status = place.services().get(service).await.expect("the service").status.expect("a status");
    let found = status.resources.into_iter().find(|r| r.kind == kind && r.slot == slot);
    found.and_then(|r| r.id).unwrap_or_default()
}

/// The id that the class's status records; empty while it is made again.
async fn recorded_of_class(place: &Place, kind: &str, slot: &str) -> String {
    let class = place.classes().get(&place.class).await.expect("the class");
    let found =
        class.status.expect("a status").resources.into_iter().find(|r| r.kind == kind && r.slot == slot);
    found.and_then(|r| r.id).unwrap_or_default()
}

async fn answers(world: &World, url: &str, path: &str) {
    until("it answers", || async {
        match world.get(url, path).await {
            (200, _) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
}

/// Waits until a class's condition is true, although others are not.
async fn class_has(place: &Place, type_: ConditionType) {
    let holds = |c: &GatewayedServiceClass| {
        let found = c.status.as_ref().and_then(|s| find(&s.conditions, type_));
        found.is_some_and(|c| c.status == gatewayed::api::ConditionStatus::True)
    };
    eventually(&place.classes(), &place.class, type_.as_str(), holds).await;
}

/// A service's second route, `GET /{service}/two/{id}`.
fn with_second_route(service: &Value) -> Value {
    let mut service = service.clone();
    let path = format!("/{}/two/{{id}}", service["metadata"]["name"].as_str().expect("a name"));
    let two = json!({"name": "two", "path": path, "methods": ["GET"], "anonymous": true});
    service["spec"]["routes"].as_array_mut().expect("routes").push(two);
    service
}

fn says(said: &str, words: &[&str]) {
    for word in words {
        assert!(said.contains(word), "no \"{word}\" in: {said}");
    }
}

/// Makes a security group and a load balancer with the names that ours of `class` will have.
fn strangers(world: &World, class: &str) -> (String, String) {
    let owner = Owner::Class(class.to_owned());
    let description = format!("VPC link of Gatewayed class {class}");
    let name = names::name("test", &keys::link_group(&owner), &[seed::VPC, &description]);
    let input = json!({"GroupName": name, "Description": "of somebody else", "VpcId": seed::VPC});
    let group = world.by_hand("ec2", "CreateSecurityGroup", &input).expect("a group");
    let name = names::name("test", &keys::load_balancer(&owner, 1), &[seed::VPC]);
    let input = json!({"Name": name, "Type": "network", "Scheme": "internal", "Subnets": seed::SUBNETS});
    let balancer = world.by_hand("elbv2", "CreateLoadBalancer", &input).expect("a load balancer");
    let text = |v: &Value, at: &str| v.pointer(at).and_then(Value::as_str).expect("an id").to_owned();
    (text(&group, "/GroupId"), text(&balancer, "/LoadBalancers/0/LoadBalancerArn"))
}

/// All of a group and a load balancer that anyone could change.
fn look(world: &World, group: &str, balancer: &str) -> Value {
    world.region(|r| {
        let rules: Vec<_> = r.ec2.rules.values().filter(|rule| rule.group == group).collect();
        let listeners = r.elbv2.listeners.values().filter(|l| l.load_balancer == balancer).count();
        json!([r.ec2.security_groups.get(group), rules, r.elbv2.load_balancers.get(balancer), listeners])
    })
}

#[tokio::test]
async fn a_strangers_group_and_load_balancer_of_our_name_are_refused_and_left_alone() {
    let world = world().await;
    let mut theirs = None;
    let place = world
        .class("strangers", |class| {
            let (group, balancer) = strangers(world, class["metadata"]["name"].as_str().expect("a name"));
            let before = look(world, &group, &balancer);
            theirs = Some((group, balancer, before));
        })
        .await;
    let (group, balancer, before) = theirs.expect("made");
    let said = place.class_says(ConditionType::NetworkReady, "NotOurs").await;
    says(&said, &["VPC link's security group", &group, "left alone", "rename or delete it"]);
    let said = place.class_says(ConditionType::LoadBalancerReady, "NotOurs").await;
    says(&said, &["load balancer", &balancer, "left alone", "rename or delete it"]);
    place.class_says(ConditionType::Ready, "NotOurs").await;
    class_has(&place, ConditionType::ApiReady).await;
    assert_eq!(look(world, &group, &balancer), before, "untouched");

    world.by_hand("ec2", "DeleteSecurityGroup", &json!({"GroupId": group})).expect("deleted");
    world.by_hand("elbv2", "DeleteLoadBalancer", &json!({"LoadBalancerArn": balancer})).expect("deleted");
    place.class_ready().await;
    place.delete_class().await;
}

#[tokio::test]
async fn what_is_deleted_by_hand_in_aws_is_made_again() {
    let world = world().await;
    let place = world.class("by-hand", |_| ()).await;
    place.service("app", |_| ()).await;
    let url = place.ready("app").await.status.unwrap().url.unwrap();
    let route = recorded(&place, "app", "Route", "GET /app/{v1}").await;
    let listener = recorded(&place, "app", "Listener", "main").await;
    let rule = recorded_of_class(&place, "SecurityGroupRule", "pods-in-3000").await;
    let (api, id) = route.split_once('/').expect("an API and a route");
    world.by_hand("apigatewayv2", "DeleteRoute", &json!({"ApiId": api, "RouteId": id})).expect("deleted");
    world.by_hand("elbv2", "DeleteListener", &json!({"ListenerArn": listener})).expect("deleted");
    let input = json!({"GroupId": seed::CLUSTER_GROUP, "SecurityGroupRuleIds": [rule]});
    world.by_hand("ec2", "RevokeSecurityGroupIngress", &input).expect("deleted");
    assert_ne!(world.get(&url, "/app/1").await.0, 200, "the path is cut");

    answers(world, &url, "/app/1").await;
    until("all three are made again and recorded", || async {
        let now = (
            recorded(&place, "app", "Route", "GET /app/{v1}").await,
            recorded(&place, "app", "Listener", "main").await,
            recorded_of_class(&place, "SecurityGroupRule", "pods-in-3000").await,
        );
        let made = |id: &String, old: &String| !id.is_empty() && id != old;
        let again = made(&now.0, &route) && made(&now.1, &listener) && made(&now.2, &rule);
        if again { Ok(()) } else { Err(format!("{now:?}")) }
    })
    .await;
    place.ready("app").await;

    // The load balancer with all its listeners: everything that led there is led to the new one.
    let balancer = recorded_of_class(&place, "LoadBalancer", "nlb-1").await;
    world.by_hand("elbv2", "DeleteLoadBalancer", &json!({"LoadBalancerArn": balancer})).expect("deleted");
    until("there is another load balancer", || async {
        let now = recorded_of_class(&place, "LoadBalancer", "nlb-1").await;
        if now == balancer || now.is_empty() { Err(now) } else { Ok(()) }
    })
    .await;
    answers(world, &url, "/app/1").await;
    place.class_ready().await;
    place.ready("app").await;
    place.delete_service("app").await;
    place.delete_class().await;
}

#[tokio::test]
async fn an_api_that_is_full_refuses_the_newcomer_and_serves_on() {
    let world = world().await;
    let place = world.class("api-full", |_| ()).await;
    place.service("first", |_| ()).await;
    let url = place.ready("first").await.status.unwrap().url.unwrap();
    let api = recorded_of_class(&place, "Api", "main").await;
    fill(world, &api, 300);
    place.service("second", |_| ()).await;
    let said = place.service_says("second", ConditionType::RoutesProgrammed, "QuotaReached").await;
    says(&said, &["The integration with timeout 30s cannot be made", "Maximum number of Integrations"]);
    says(&said, &["TooManyRequestsException", "request ", "Delete what is not needed"]);
    assert_eq!(place.service_says("second", ConditionType::Ready, "QuotaReached").await, said);
    assert_eq!(world.get(&url, "/first/1").await.0, 200);
    place.ready("first").await;

    fill(world, &api, 299);
    place.ready("second").await;
    fill(world, &api, 2);
    place.delete_service("first").await;
    place.delete_service("second").await;
    fill(world, &api, 0);
    place.delete_class().await;
}

/// Leaves the API with `count` integrations: strangers come or go, ours stay.
fn fill(world: &World, api: &str, count: usize) {
    world.aws().with_world(|w| {
        let call = w.call(seed::ACCOUNT, seed::REGION);
        let integrations = &mut call.region.apigatewayv2.apis.get_mut(api).expect("the API").integrations;
        integrations.retain(|id, _| !id.starts_with("stranger"));
        let one = integrations.values().next().cloned();
        for (i, mut stranger) in
            one.into_iter().cycle().take(count.saturating_sub(integrations.len())).enumerate()
        {
            stranger.integration_id = format!("stranger{i}");
            stranger.description = Some("somebody's".to_owned());
            integrations.insert(stranger.integration_id.clone(), stranger);
        }
    });
}

#[tokio::test]
async fn a_denied_call_is_named_with_its_action_and_all_else_goes_on() {
    let (world, _turn) = adversity().await;
    let weather = world.aws().weather();
    let no = "You are not authorized to perform this operation.";
    let denied = Effect::refuse(403, "UnauthorizedOperation", no);
    weather.inject(Rule::of("ec2", "AuthorizeSecurityGroupIngress", denied));
    let place = world.class("denied", |_| ()).await;
    let said = place.class_says(ConditionType::NetworkReady, "AccessDenied").await;
    says(&said, &["ec2:AuthorizeSecurityGroupIngress for the rule into the load balancers' security group"]);
    says(&said, &["(UnauthorizedOperation, request ", "Add the action to the operator's policy"]);
    assert_eq!(place.class_says(ConditionType::Ready, "AccessDenied").await, said);
    for type_ in [ConditionType::VpcLinkReady, ConditionType::LoadBalancerReady, ConditionType::ApiReady] {
        class_has(&place, type_).await;
    }
    weather.clear();
    place.class_ready().await;

    let denied = Effect::refuse(403, "AccessDeniedException", "User: operator is not authorized");
    weather.inject(Rule::of("apigatewayv2", "CreateRoute", denied));
    place.service("app", |_| ()).await;
    let said = place.service_says("app", ConditionType::RoutesProgrammed, "AccessDenied").await;
    says(&said, &["apigateway:POST on /apis/*/routes (CreateRoute) for route GET /app/{v1} was denied"]);
    says(&said, &["(AccessDeniedException, request ", "Add the action to the operator's policy"]);
    for (kind, slot) in [("Listener", "main"), ("Integration", "30s")] {
        assert_ne!(recorded(&place, "app", kind, slot).await, "", "{kind} is made");
    }
    weather.clear();
    let url = place.ready("app").await.status.unwrap().url.unwrap();
    assert_eq!(world.get(&url, "/app/1").await.0, 200);
    place.delete_service("app").await;
    place.delete_class().await;
}

#[tokio::test]
async fn while_aws_is_away_nothing_is_lost_and_then_it_catches_up() {
    let (world, _turn) = adversity().await;
    let place = world.class("aws-away", |_| ()).await;
    let service = place.service("app", |_| ()).await;
    let url = place.ready("app").await.status.unwrap().url.unwrap();
    let route = recorded(&place, "app", "Route", "GET /app/{v1}").await;

    world.aws().weather().inject(Rule::all(Effect::Reset));
    place.apply_service(&with_second_route(&service)).await;
    let said = place.service_says("app", ConditionType::RoutesProgrammed, "AWSUnavailable").await;
    says(&said, &["is not answered", "it is tried again"]);
    answers(world, &url, "/app/1").await;
    assert_eq!(world.get(&url, "/app/two/1").await.0, 404);

    world.aws().weather().clear();
    place.ready("app").await;
    answers(world, &url, "/app/two/1").await;
    assert_eq!(recorded(&place, "app", "Route", "GET /app/{v1}").await, route, "what stood still stands");
    place.class_ready().await;
    place.delete_service("app").await;
    place.delete_class().await;
}

#[tokio::test]
async fn while_the_api_server_is_away_nothing_is_changed_and_then_it_catches_up() {
    let (world, _turn) = adversity().await;
    let place = world.class("blind", |_| ()).await;
    let service = place.service("app", |_| ()).await;
    let url = place.ready("app").await.status.unwrap().url.unwrap();
    place.class_ready().await;

    let since = world.aws().recorder().latest();
    world.lab.stop_apiserver();
    let back = world.lab.clock().now() + Duration::from_secs(60);
    until("a minute has passed", || async {
        assert_eq!(world.get(&url, "/app/1").await.0, 200, "the path needs no operator");
        let now = world.lab.clock().now();
        if now >= back { Ok(()) } else { Err(format!("{now:?}")) }
    })
    .await;
    world.lab.start_apiserver().await.expect("the API server starts again");
    let changes: Vec<_> =
        world.calls_since(since).into_iter().filter(awsim::recorder::Entry::mutating).collect();
    assert!(changes.is_empty(), "nothing is changed blindly: {changes:#?}");

    let wanted = with_second_route(&service);
    until("the change is taken", || async {
        let params = kube::api::PatchParams::apply("test").force();
        let patch = kube::api::Patch::Apply(&wanted);
        place.services().patch("app", &params, &patch).await.map_err(|e| e.to_string())
    })
    .await;
    until("the second route is served", || async {
        world.restart_if_ended();
        match world.get(&url, "/app/two/1").await {
            (200, _) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
    place.ready("app").await;
    answers(world, &url, "/app/1").await;
    place.delete_service("app").await;
    place.delete_class().await;
}
