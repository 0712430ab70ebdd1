//! Others in the same account: what they do to each kind of object that is ours, and what they put into it.
//! It is found within a drift pass, put right or told, and nothing of anybody else's is touched.

mod cost;
mod ours;
mod rebuild;

use std::collections::BTreeMap;
use std::time::Duration;

use awsim::seed::{CLUSTER_GROUP, VPC};
use gatewayed::api::condition::find;
use gatewayed::api::{Condition, ConditionStatus, ConditionType, GatewayedService, GatewayedServiceClass};
use gatewayed::model::{Kind, NsName, Owner, ResourceKey};
use k8s_openapi::api::events::v1::Event;
use kube::Api;
use serde_json::{Value, json};

use crate::support::figures::figure;
use crate::support::operator::{Place, World, eventually, until, world};
use ours::{Ours, one_of_each, picture};

/// What torture prints its figures under.
const SECTION: &str = "Strangers and drift";

/// A class with a service that has one of everything, ready and answering; its URL.
async fn served(world: &World, prefix: &str, drift: Value) -> (Place, String) {
    let place = world.class(prefix, |class| class["spec"]["drift"] = drift).await;
    place
        .service("app", |service| {
            service["spec"]["routes"][0]["throttling"] = json!({"rate": 50, "burst": 50});
        })
        .await;
    let url = place.ready("app").await.status.unwrap().url.unwrap();
    place.class_ready().await;
    answers(world, &url).await;
    (place, url)
}

async fn answers(world: &World, url: &str) {
    until("it answers", || async {
        match world.get(url, "/app/1").await {
            (200, _) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
}

/// Waits until the class has what it had, its path answers and nothing is told any more.
async fn as_before(world: &World, place: &Place, before: &[String]) {
    until("all is as it was", || async {
        let now = picture(world, &place.class);
        let other = |a: &[String], b: &[String]| a.iter().filter(|x| !b.contains(x)).cloned().collect();
        let (gone, new): (Vec<String>, Vec<String>) = (other(before, &now), other(&now, before));
        if now == before { Ok(()) } else { Err(format!("gone: {gone:#?}\nnew: {new:#?}")) }
    })
    .await;
    calm(place).await;
    let url = place.ready("app").await.status.unwrap().url.unwrap();
    place.class_ready().await;
    answers(world, &url).await;
}

/// Waits until neither the class nor its service tells of a change.
async fn calm(place: &Place) {
    until("nothing is told", || async {
        match told(place).await {
            told if told.is_empty() => Ok(()),
            told => Err(told),
        }
    })
    .await;
}

/// What `Drifted` says, of the class and of its service.
async fn told(place: &Place) -> String {
    let class = place.classes().get(&place.class).await.unwrap().status.unwrap_or_default();
    let service = place.services().get("app").await.unwrap().status.unwrap_or_default();
    let said = |conditions: &[Condition]| {
        find(conditions, ConditionType::Drifted).map(|c| format!("{}: {}\n", c.reason, c.message))
    };
    [said(&class.conditions), said(&service.conditions)].into_iter().flatten().collect()
}

/// Waits until `Drifted` says all of `words`.
async fn tells(place: &Place, words: &[&str]) -> String {
    until(&format!("Drifted says {words:?}"), || async {
        let told = told(place).await;
        if words.iter().all(|word| told.contains(word)) { Ok(told) } else { Err(told) }
    })
    .await
}

/// What others put into what is ours, and their ids.
fn intrude(world: &World, ours: &BTreeMap<Kind, Ours>) -> Vec<String> {
    let id = |kind: Kind| ours[&kind].id.clone();
    let text = |v: &Value, at: &str| v.pointer(at).and_then(Value::as_str).expect("an id").to_owned();
    let by_hand = |service: &str, operation: &str, input: Value| {
        world.by_hand(service, operation, &input).unwrap_or_else(|code| panic!("{operation}: {code}"))
    };
    let ssh =
        json!([{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]);
    let input = json!({"GroupId": id(Kind::SecurityGroup), "IpPermissions": ssh});
    let rule = by_hand("ec2", "AuthorizeSecurityGroupIngress", input);
    let group = json!([{"Type": "forward", "TargetGroupArn": id(Kind::TargetGroup)}]);
    let listener = json!({"LoadBalancerArn": id(Kind::LoadBalancer), "Protocol": "TCP", "Port": 99, "DefaultActions": group});
    let listener = by_hand("elbv2", "CreateListener", listener);
    let api = id(Kind::Api);
    let theirs = json!({
        "ApiId": api, "IntegrationType": "HTTP_PROXY", "IntegrationMethod": "ANY", "PayloadFormatVersion": "1.0",
        "IntegrationUri": "https://example.com/",
    });
    let integration = text(&by_hand("apigatewayv2", "CreateIntegration", theirs), "/IntegrationId");
    let to = |target: &str| format!("integrations/{target}");
    let own = id(Kind::Integration).split_once('/').expect("a part").1.to_owned();
    let route = |key: &str, target: &str| {
        let input = json!({"ApiId": api, "RouteKey": key, "Target": to(target)});
        text(&by_hand("apigatewayv2", "CreateRoute", input), "/RouteId")
    };
    // One to their own integration, and a way around authorization to ours.
    let routes = [route("GET /theirs", &integration), route("GET /around", &own)];
    by_hand("apigatewayv2", "CreateStage", json!({"ApiId": api, "StageName": "theirs", "AutoDeploy": true}));
    let settings = json!({"GET /theirs": {"ThrottlingRateLimit": 9.0, "ThrottlingBurstLimit": 9}});
    let stage = id(Kind::Stage).split_once('/').expect("a part").1.to_owned();
    by_hand(
        "apigatewayv2",
        "UpdateStage",
        json!({"ApiId": api, "StageName": stage, "RouteSettings": settings}),
    );
    let address = free_address(world, &id(Kind::TargetGroup));
    let target = json!([{"Id": address, "Port": 22}]);
    by_hand("elbv2", "RegisterTargets", json!({"TargetGroupArn": id(Kind::TargetGroup), "Targets": target}));
    let mut ids = vec![text(&rule, "/SecurityGroupRules/0/SecurityGroupRuleId")];
    ids.extend([text(&listener, "/Listeners/0/ListenerArn"), integration, address]);
    ids.extend(routes);
    ids.push(format!("{api}/theirs"));
    ids
}

/// An address beside the group's pods that no pod has.
fn free_address(world: &World, group: &str) -> String {
    let pod = world.region(|region| region.elbv2.target_groups[group].targets.values().next().unwrap().ip);
    pod.to_string().rsplit_once('.').map(|(net, _)| format!("{net}.250")).expect("an address")
}

/// Things of others that are inside nothing of ours, and what they look like.
struct Bystanders {
    group: String,
    api: String,
}

impl Bystanders {
    fn new(world: &World, place: &Place) -> Bystanders {
        let name = format!("gw-theirs-{}", place.class);
        let input = json!({"GroupName": name, "Description": "theirs", "VpcId": VPC});
        let group = world.by_hand("ec2", "CreateSecurityGroup", &input).expect("a group");
        let group = group["GroupId"].as_str().expect("an id").to_owned();
        for (group, port) in [(group.as_str(), 4000), (CLUSTER_GROUP, 4001)] {
            let range = json!([{"CidrIp": "10.0.0.0/8"}]);
            let rule = json!([{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": range}]);
            let input = json!({"GroupId": group, "IpPermissions": rule});
            // The pods' group is everybody's: another test may have done the same.
            let _ = world.by_hand("ec2", "AuthorizeSecurityGroupIngress", &input);
        }
        let input = json!({"Name": name, "ProtocolType": "HTTP"});
        let api = world.by_hand("apigatewayv2", "CreateApi", &input).expect("an API");
        Bystanders { group, api: api["ApiId"].as_str().expect("an id").to_owned() }
    }

    fn look(&self, world: &World) -> String {
        world.region(|region| {
            let of = |rule: &&awsim::ec2::rule::Rule| {
                rule.group == self.group || (rule.group == CLUSTER_GROUP && rule.traffic.from_port == 4001)
            };
            let rules: Vec<_> = region.ec2.rules.values().filter(of).collect();
            let api = &region.apigatewayv2.apis[&self.api];
            let parts = (&api.api.name, &api.routes, &api.integrations);
            format!("{:?} {rules:?} {parts:?}", region.ec2.security_groups[&self.group])
        })
    }
}

/// The notes of events with `reason` about the class and its service.
async fn events(place: &Place, reason: &str) -> String {
    let of_class: Api<Event> = Api::namespaced(place.client.clone(), "default");
    let mut all = of_class.list(&Default::default()).await.unwrap().items;
    all.extend(place.api::<Event>().list(&Default::default()).await.unwrap().items);
    let here = |event: &Event| {
        let name = event.regarding.as_ref().and_then(|about| about.name.clone()).unwrap_or_default();
        event.reason.as_deref() == Some(reason) && (name == place.class || name == "app")
    };
    all.into_iter().filter(here).filter_map(|event| event.note).collect()
}

#[tokio::test]
async fn what_others_put_into_what_is_ours_is_told_and_removed_and_nothing_else_of_theirs_is_touched() {
    let world = world().await;
    let (place, _) = served(world, "intruded", json!({})).await;
    let bystanders = Bystanders::new(world, &place);
    let theirs = bystanders.look(world);
    let before = picture(world, &place.class);
    let since = world.aws().recorder().latest();
    let ids = intrude(world, &one_of_each(&place, "app").await);
    assert_ne!(picture(world, &place.class), before);
    as_before(world, &place, &before).await;
    assert_eq!(bystanders.look(world), theirs, "untouched");
    let makes = world.calls_since(since);
    let makes = makes.iter().filter(|call| call.mutating() && call.operation.starts_with("Create"));
    let names = |call: &&awsim::recorder::Entry| format!("{:?}", call.input).contains(&place.class);
    assert_eq!(makes.filter(names).count(), 0);
    until("each is named in an event", || async {
        let notes = events(&place, "ChangedInAWS").await;
        let missing: Vec<&String> = ids.iter().filter(|id| !notes.contains(id.as_str())).collect();
        if missing.is_empty() { Ok(()) } else { Err(format!("{missing:?} in {notes}")) }
    })
    .await;
    place.delete_service("app").await;
    place.delete_class().await;
}

#[tokio::test]
async fn under_report_everything_is_told_and_nothing_changed_until_the_spec_or_the_policy_is() {
    let world = world().await;
    let report = json!({"security": "Report", "configuration": "Report", "interval": "1m"});
    let (place, url) = served(world, "report", report.clone()).await;
    let before = picture(world, &place.class);
    let ours = one_of_each(&place, "app").await;
    let intruders = intrude(world, &ours);
    for kind in [Kind::Stage, Kind::Api, Kind::TargetGroup, Kind::VpcLink] {
        ours[&kind].change(world).unwrap();
    }
    let rule = &ours[&Kind::SecurityGroupRule];
    rule.delete(world).unwrap();
    let since = world.aws().recorder().latest();
    // One message names five at most, of each object: the rest is counted.
    tells(&place, &["DriftReported", "autoDeploy should be true and is false", &rule.id, "is deleted"]).await;
    let (class, service) = (intruders.len() + 4, "health.path should be /healthz and is /theirs");
    tells(&place, &[service, "GET /around", " more"]).await;
    assert!(class > 8);
    world.pass(Duration::from_secs(180)).await;
    let ids: Vec<&str> = ours.values().map(|o| o.id.as_str()).collect();
    let touches = |call: &awsim::recorder::Entry| {
        let input = call.input.to_string();
        call.mutating() && ids.iter().any(|id| input.contains(id))
    };
    let calls: Vec<_> = world.calls_since(since).into_iter().filter(touches).collect();
    assert!(calls.is_empty(), "{calls:#?}");

    // An edit of the same object writes it whole; what it does not concern stays told.
    let health = json!({"path": "/ready", "interval": "5s", "timeout": "2s"});
    let edit = |service: &mut Value| {
        service["spec"]["routes"][0]["throttling"] = json!({"rate": 50, "burst": 50});
        service["spec"]["health"] = health.clone();
    };
    place.service("app", edit).await;
    until("the edit is in AWS", || async {
        let path =
            world.region(|r| r.elbv2.target_groups[&ours[&Kind::TargetGroup].id].health_check.path.clone());
        if path.as_deref() == Some("/ready") { Ok(()) } else { Err(format!("{path:?}")) }
    })
    .await;
    let still = tells(&place, &["GET /around"]).await;
    assert!(!still.contains("/theirs and"), "{still}");
    place
        .service("app", |service| {
            service["spec"]["routes"][0]["throttling"] = json!({"rate": 50, "burst": 50})
        })
        .await;

    set_drift(&place, json!({"interval": "1m"})).await;
    as_before(world, &place, &before).await;
    assert_eq!(place.ready("app").await.status.unwrap().url.unwrap(), url);

    // Deleting works under Report too: a stranger's listener blocks it, and is named.
    set_drift(&place, report).await;
    let intruders = intrude(world, &one_of_each(&place, "app").await);
    tells(&place, &["DriftReported"]).await;
    place.services().delete("app", &Default::default()).await.unwrap();
    until("the stranger's listener is named", || async {
        let said = place.service_says("app", ConditionType::Ready, "NotOurs").await;
        let named = said.contains(&intruders[1]) && said.contains("that is not ours");
        if named { Ok(()) } else { Err(said) }
    })
    .await;
    // Under Repair what is in the way is removed, and all goes.
    set_drift(&place, json!({})).await;
    crate::support::operator::gone(&place.services(), "app").await;
    place.classes().delete(&place.class, &Default::default()).await.unwrap();
    crate::support::operator::gone(&place.classes(), &place.class).await;
}

async fn set_drift(place: &Place, drift: Value) {
    let patch = kube::api::Patch::Merge(json!({"spec": {"drift": null}}));
    place.classes().patch(&place.class, &Default::default(), &patch).await.unwrap();
    let patch = kube::api::Patch::Merge(json!({"spec": {"drift": drift}}));
    place.classes().patch(&place.class, &Default::default(), &patch).await.unwrap();
}

/// Waits until some condition of the class or the service says that `id` lost its mark.
async fn says_unmarked(place: &Place, ours: &Ours) {
    let id = ours.id.clone();
    // A rule that lost its mark in a group that is not ours is in no list of ours any more.
    let told = |message: &str| match ours.key.kind {
        Kind::SecurityGroupRule => message.contains("It is left alone"),
        _ => message.contains("put the mark back, or delete it"),
    };
    let says = |conditions: &[Condition]| {
        conditions.iter().any(|c| {
            let not_ours = c.status != ConditionStatus::True && c.reason == "NotOurs";
            not_ours && c.message.contains(&id) && told(&c.message)
        })
    };
    match ours.key.owner {
        Owner::Class(_) => {
            let holds = |c: &GatewayedServiceClass| c.status.as_ref().is_some_and(|s| says(&s.conditions));
            eventually(&place.classes(), &place.class, &format!("{} is told", ours.id), holds).await;
        }
        Owner::Service { .. } => {
            let holds = |s: &GatewayedService| s.status.as_ref().is_some_and(|s| says(&s.conditions));
            eventually(&place.services(), "app", &format!("{} is told", ours.id), holds).await;
        }
    }
}

/// Takes the object's mark away, or gives it another; it is told, left alone and serves on; its mark comes
/// back and all is as before.
async fn unmarked(world: &World, place: &Place, ours: &Ours, url: &str, other: Option<(&str, &ResourceKey)>) {
    let before = picture(world, &place.class);
    let since = world.aws().recorder().latest();
    ours.unmark(world);
    if let Some((cluster, key)) = other {
        ours.mark(world, cluster, key);
    }
    says_unmarked(place, ours).await;
    world.pass(Duration::from_secs(150)).await;
    let made = world.calls_since(since);
    let mine = |call: &&awsim::recorder::Entry| call.input.to_string().contains(&place.class);
    let made: Vec<_> = made.iter().filter(|call| call.mutating() && call.succeeded()).filter(mine).collect();
    assert!(made.is_empty(), "{ours:?}: {made:#?}");
    assert_eq!(world.get(url, "/app/1").await.0, 200, "{ours:?}");
    ours.remark(world);
    as_before(world, place, &before).await;
}

#[tokio::test]
async fn what_loses_its_mark_is_told_and_neither_touched_nor_made_again() {
    let world = world().await;
    let (place, url) = served(world, "unmarked", json!({})).await;
    let ours = one_of_each(&place, "app").await;
    for kind in [Kind::Api, Kind::Listener] {
        unmarked(world, &place, &ours[&kind], &url, None).await;
    }
    place.delete_service("app").await;
    place.delete_class().await;
}

#[tokio::test]
#[ignore = "takes minutes: make torture"]
async fn every_kind_re_tagged_is_told_and_neither_touched_nor_made_again() {
    let world = World::start(&[]).await;
    let (place, url) = served(&world, "retagged", json!({})).await;
    let mut pairs = 0;
    let ours = one_of_each(&place, "app").await;
    for ours in ours.values().filter(|ours| ours.has_mark()) {
        let name = NsName::new("elsewhere", "app");
        let owner = Owner::Service { class: place.class.clone(), name };
        let theirs = ResourceKey::new(ours.key.kind, &owner, &ours.key.slot.0);
        for other in [None, Some(("test", &theirs)), Some(("another-cluster", &ours.key))] {
            println!("{} re-tagged: {other:?}", ours.key.kind);
            unmarked(&world, &place, ours, &url, other).await;
            pairs += 1;
        }
    }
    figure(SECTION, "kinds re-tagged in three ways, each told and left alone", pairs);
    assert_eq!(pairs, 9 * 3);
    place.delete_service("app").await;
    place.delete_class().await;
}

/// Does `what` to one object of each kind in turn; how many AWS allowed, and the longest time from the deed
/// until all was as before.
async fn in_turn(
    world: &World,
    place: &Place,
    what: impl Fn(&Ours) -> Result<Value, String>,
) -> (Vec<Kind>, Duration) {
    let mut done = Vec::new();
    let mut longest = Duration::ZERO;
    for kind in Kind::ALL {
        let before = picture(world, &place.class);
        let ours = one_of_each(place, "app").await;
        let started = world.lab.clock().now();
        match what(&ours[&kind]) {
            Ok(_) => done.push(kind),
            Err(code) => {
                println!("{kind}: AWS refuses: {code}");
                continue;
            }
        }
        assert_ne!(picture(world, &place.class), before, "{kind}: nothing has changed");
        as_before(world, place, &before).await;
        let took = world.lab.clock().now().since(started);
        println!("{kind}: as before after {} s", took.as_secs());
        longest = longest.max(took);
    }
    (done, longest)
}

#[tokio::test]
#[ignore = "takes minutes: make torture"]
async fn every_kind_changed_or_deleted_is_put_right() {
    let world = World::start(&[]).await;
    let (place, _) = served(&world, "matrix", json!({})).await;
    let (changed, longest) = in_turn(&world, &place, |ours| ours.change(&world)).await;
    figure(SECTION, "kinds changed by others and put right", format!("{} of 11", changed.len()));
    figure(SECTION, "longest time until right again, pass every 120 s", format!("{} s", longest.as_secs()));
    assert_eq!(changed, Kind::ALL);
    let (deleted, longest) = in_turn(&world, &place, |ours| ours.delete(&world)).await;
    figure(SECTION, "kinds deleted by others and made again", format!("{} of 11", deleted.len()));
    figure(SECTION, "longest time until made again, pass every 120 s", format!("{} s", longest.as_secs()));
    assert!(deleted.len() >= 7, "{deleted:?}");
    place.delete_service("app").await;
    place.delete_class().await;
}
