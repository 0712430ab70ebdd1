//! Ten thousand objects that nobody writes on purpose, from a seed. The real API server refuses each with a
//! message that names the field, or what it takes the operator takes: its whole pipeline ends without a panic in a
//! status that the API server takes, and where the operator refuses what the API server took, it names the field.
//! A sample of what is taken is applied for real.

mod generate;
mod pipeline;

use std::collections::BTreeMap;

use futures::StreamExt;
use futures::stream;
use gatewayed::api::condition::find;
use gatewayed::api::{Condition, ConditionStatus, ConditionType};
use kube::api::{Api, ApiResource, DynamicObject, PostParams};
use kube::{Client, Error};
use rand::Rng;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use crate::admission::objects;
use crate::support;
use crate::support::figures::figure;
use crate::support::operator::{Place, World, until};
use crate::support::seed::seeded;
use generate::Object;
use pipeline::Outcome;

/// Requests at once.
const ABREAST: usize = 8;

/// Asks the API server to make `object` without making it; returns what it would have made.
async fn dry_create(client: &Client, namespace: &str, object: &Value) -> Result<Value, Error> {
    let group = "/apis/gatewayed.io/v1alpha1";
    let collection = match object["kind"] == "GatewayedService" {
        true => format!("{group}/namespaces/{namespace}/gatewayedservices"),
        false => format!("{group}/gatewayedserviceclasses"),
    };
    let request = http::Request::post(format!("{collection}?dryRun=All&fieldValidation=Strict"))
        .header("content-type", "application/json")
        .body(object.to_string().into_bytes())
        .expect("a request");
    client.request(request).await
}

fn host() -> Value {
    json!({"metadata": {"name": "host"}})
}

/// Who serves the statuses: an object of each kind that is there.
async fn hosts(client: &Client, namespace: &str) {
    for object in [objects::service(host()), objects::class(host())] {
        objects::apply(client, namespace, &object).await.expect("it is accepted");
    }
}

/// Whether the API server would take `status`, at an object of the same kind.
async fn dry_status(client: &Client, namespace: &str, kind: &Value, status: Value) -> Result<(), Error> {
    let service = kind == "GatewayedService";
    let object = if service { objects::service(host()) } else { objects::class(host()) };
    let mut patch = object.clone();
    patch.as_object_mut().expect("an object").remove("spec");
    patch["status"] = status;
    let params = kube::api::PatchParams::apply("random/status").force().validation_strict().dry_run();
    let api = objects::api(client, namespace, &object);
    api.patch_status("host", &params, &kube::api::Patch::Apply(&patch)).await.map(|_| ())
}

/// What became of an object; Err: what must not.
async fn judge(client: &Client, namespace: &str, object: &Object) -> Result<&'static str, String> {
    let bad = |what: String| format!("{what}\n  changed at {:?}\n  {}", object.changed, object.value);
    match dry_create(client, namespace, &object.value).await {
        Err(Error::Api(status)) => {
            let causes = status.details.iter().flat_map(|d| &d.causes).map(|c| c.field.as_str());
            let said = [status.message.as_str()].into_iter().chain(causes).collect::<Vec<_>>().join(" ");
            if !object.names_the_field(&said) {
                return Err(bad(format!("the API server's message names no changed field: {said}")));
            }
            // Older than the definition, it may be there all the same.
            pipeline::run(&object.value).map_err(|panic| bad(format!("a panic: {panic}")))?;
            Ok("refused by the API server")
        }
        Err(error) => Err(bad(format!("no answer: {error}"))),
        Ok(made) => {
            let outcome = pipeline::run(&made).map_err(|panic| bad(format!("a panic: {panic}")))?;
            let (verdict, status) = match outcome {
                Outcome::Unparsable(error) => {
                    return Err(bad(format!("taken by the API server, but: {error}")));
                }
                Outcome::Refused(violations, status) => {
                    let unclear = violations.iter().find(|v| v.field.is_empty() || v.message.is_empty());
                    if let Some(violation) = unclear {
                        return Err(bad(format!("it is not said what is wrong: {violation:?}")));
                    }
                    ("refused by the operator", status)
                }
                Outcome::Accepted(0, _) => return Err(bad("it is accepted and needs nothing".to_owned())),
                Outcome::Accepted(_, status) => ("accepted", status),
            };
            let answer = dry_status(client, namespace, &object.value["kind"], status.clone()).await;
            answer.map_err(|error| bad(format!("the API server refuses the status: {error}\n  {status}")))?;
            Ok(verdict)
        }
    }
}

async fn judge_all(count: usize) -> BTreeMap<&'static str, usize> {
    let (_, mut random) = seeded();
    let client = support::client().await;
    let namespace = support::namespace(&client, "random").await;
    hosts(&client, &namespace).await;
    let objects: Vec<Object> = (0..count).map(|_| generate::object(&mut random)).collect();
    let answers =
        stream::iter(&objects).map(|object| judge(&client, &namespace, object)).buffer_unordered(ABREAST);
    let answers: Vec<Result<&'static str, String>> = answers.collect().await;
    let wrong: Vec<&String> = answers.iter().filter_map(|answer| answer.as_ref().err()).collect();
    let first: Vec<&str> = wrong.iter().take(5).map(|wrong| wrong.as_str()).collect();
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), first.join("\n"));
    let mut counts = BTreeMap::new();
    answers.into_iter().flatten().for_each(|verdict| *counts.entry(verdict).or_default() += 1);
    counts
}

#[tokio::test]
async fn random_objects_are_refused_by_field_or_taken_by_the_whole_pipeline() {
    let counts = judge_all(300).await;
    // Not all of one kind, or nothing is shown.
    assert!(counts["accepted"] > 10 && counts["refused by the API server"] > 10, "{counts:?}");
}

#[tokio::test]
#[ignore = "takes minutes: make torture"]
async fn ten_thousand_random_objects_are_refused_by_field_or_taken_by_the_whole_pipeline() {
    let counts = judge_all(10_000).await;
    figure("Soak", "10,000 random objects against the API server", format!("{counts:?}, no panic"));
}

/// Without the API server much more of it comes through to the operator's own rules.
#[test]
fn no_random_object_makes_the_pipeline_panic() {
    let (_, mut random) = seeded();
    for _ in 0..2_000 {
        let object = generate::object(&mut random);
        if let Err(panic) = pipeline::run(&object.value) {
            panic!("{panic}: {}", object.value);
        }
    }
}

/// Gives a random object a class that grants everything, a name of its own and what the lab has.
fn at_home(place: &Place, number: usize, mut object: Value) -> Value {
    object["metadata"] = json!({"name": format!("random-{number}"), "namespace": place.namespace});
    object["spec"]["className"] = json!(place.class);
    object
}

fn service(random: &mut StdRng) -> Value {
    loop {
        let object = generate::object(random);
        if object.value["kind"] == "GatewayedService" && object.value["spec"].is_object() {
            return object.value;
        }
    }
}

/// It is Ready, or some condition is false and says why.
fn settled(conditions: &[Condition]) -> Option<String> {
    let ready = find(conditions, ConditionType::Ready)?;
    if ready.status == ConditionStatus::True {
        return Some("Ready".to_owned());
    }
    let accepted = find(conditions, ConditionType::Accepted).filter(|c| c.status == ConditionStatus::False);
    let said = accepted
        .or_else(|| find(conditions, ConditionType::Stalled).filter(|c| c.status == ConditionStatus::True))?;
    (said.message.len() > 20).then(|| said.reason.clone())
}

/// A hundred of those that the API server takes, made for real. What they refer to (a Secret, a node with a
/// label) may not be there: then a condition says so. Their routes overlap: all but one of a route are told.
#[tokio::test]
#[ignore = "takes minutes: make torture"]
async fn of_random_services_each_becomes_ready_or_says_what_is_wrong() {
    let (_, mut random) = seeded();
    let world = World::start(&[]).await;
    let place = world.class("random", |class| {
        class["spec"]["access"][0]["paths"] = json!(["/"]);
        class["spec"]["loadBalancer"]["network"]["drain"] = json!("1s");
        class["spec"]["loadBalancer"]["network"]["max"] = json!(4);
        class["spec"]["api"]["throttling"] = json!({"max": {"rate": 100_000, "burst": 100_000}});
    });
    let place = place.await;
    let api: Api<DynamicObject> = Api::namespaced_with(
        place.client.clone(),
        &place.namespace,
        &ApiResource::erase::<gatewayed::api::GatewayedService>(&()),
    );
    let mut names = Vec::new();
    while names.len() < 100 {
        let object = at_home(&place, names.len(), service(&mut random));
        let mut object = object;
        // Routes of their own, most of the time: else one serves and the others are told of the conflict.
        if random.random_bool(0.9) {
            for (n, route) in object["spec"]["routes"].as_array_mut().into_iter().flatten().enumerate() {
                if route["path"].is_string() && n == 0 {
                    route["path"] = json!(format!("/random-{}/{{id}}", names.len()));
                }
            }
        }
        let Ok(object) = serde_json::from_value::<DynamicObject>(object) else { continue };
        if let Ok(made) = api.create(&PostParams::default(), &object).await {
            names.push(made.metadata.name.expect("a name"));
        }
    }
    let verdicts = until("each is Ready or says what is wrong", || async {
        let mut verdicts: BTreeMap<String, usize> = BTreeMap::new();
        for service in place.services().list(&Default::default()).await.expect("a list").items {
            let conditions = service.status.as_ref().map(|s| s.conditions.clone()).unwrap_or_default();
            match settled(&conditions) {
                Some(verdict) => *verdicts.entry(verdict).or_default() += 1,
                None => return Err(format!("{:?}: {conditions:#?}", service.metadata.name)),
            }
        }
        Ok(verdicts)
    })
    .await;
    figure("Soak", "100 random services, made for real", format!("{verdicts:?}"));
    for name in &names {
        place.services().delete(name, &Default::default()).await.expect("deleted");
    }
    for name in &names {
        support::operator::gone(&place.services(), name).await;
    }
    place.delete_class().await;
    let left = support::stock::of_class(world.aws(), &place.class);
    assert!(left.is_empty(), "{left:#?}");
}
