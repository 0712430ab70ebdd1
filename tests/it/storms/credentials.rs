//! Credentials end and are renewed while the operator runs. They come from an endpoint as EKS's pod
//! identity agent has one, read by the SDK's own provider; what it gives out are sessions of a role.

use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use awsim::seed::{ACCOUNT, REGION};
use awsim::world::SharedWorld;
use axum::http::StatusCode;
use axum::routing::get;
use gatewayed::api::ConditionType;
use serde_json::{Value, json};

use crate::support::operator::{Place, World};
use crate::support::process::Process;

/// The shortest session that STS gives: 15 simulated minutes.
const SESSION: Duration = Duration::from_secs(900);

/// What the endpoint answers.
#[derive(Clone, Debug)]
enum Answer {
    /// A new session for whoever asks.
    New,
    /// Always the same.
    Old(Value),
    /// None: the agent is broken.
    Nothing,
}

#[tokio::test]
async fn credentials_that_ended_are_told_and_new_ones_are_used_without_a_restart() {
    let world = World::start(&[]).await;
    world.kill();
    let answer = Arc::new(Mutex::new(Answer::New));
    let says = |next: Answer| *answer.lock().unwrap() = next;
    let url = endpoint(&world, answer.clone()).await;
    let mut command = world.command("gatewayed-0", &[]);
    command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    let operator = start(&mut command, &url);

    let place = world.class("session", |_| ()).await;
    let mut service = place.service("app", |_| ()).await;
    place.ready("app").await;
    let first = last_key(&world);
    assert!(first.starts_with("ASIA"), "{first} is no session's");

    // The session ends, and the endpoint goes on to give it out as if it were good.
    says(Answer::Old(session(&world.aws().world())));
    world.pass(2 * SESSION).await;
    another_route(&place, &mut service, 1).await;
    let said = place.service_says("app", ConditionType::RoutesProgrammed, "AccessDenied").await;
    assert!(said.contains("ExpiredToken"), "{said}");
    tells_what_to_do(&said);
    says(Answer::New);
    place.ready("app").await;
    assert_ne!(last_key(&world), first);

    // The next ends, and there are none.
    says(Answer::Nothing);
    world.pass(2 * SESSION).await;
    another_route(&place, &mut service, 2).await;
    let said = place.service_says("app", ConditionType::RoutesProgrammed, "AccessDenied").await;
    tells_what_to_do(&said);
    says(Answer::New);
    place.ready("app").await;
    place.delete_service("app").await;
    place.delete_class().await;
    drop(operator);
}

fn start(command: &mut Command, url: &str) -> Process {
    let agent = command.env("AWS_CONTAINER_CREDENTIALS_FULL_URI", url);
    Process::start(agent.env("AWS_EC2_METADATA_DISABLED", "true"))
}

fn tells_what_to_do(said: &str) {
    for word in ["The operator has no valid credentials for AWS", "service account", "asked for anew"] {
        assert!(said.contains(word), "no \"{word}\" in: {said}");
    }
}

async fn another_route(place: &Place, service: &mut Value, n: usize) {
    let path = format!("/app/more/{n}");
    let more = json!({"name": format!("more-{n}"), "path": path, "methods": ["GET"], "anonymous": true});
    service["spec"]["routes"].as_array_mut().expect("routes").push(more);
    place.apply_service(service).await;
}

/// The access key of the latest call that AWS let pass.
fn last_key(world: &World) -> String {
    let calls = world.calls_since(0);
    let last = calls.iter().rev().find(|call| call.succeeded()).expect("a call");
    last.access_key.clone()
}

/// A new session of the operator's role, as the agent gives it out. By its word it lasts for an hour of
/// real time, so that only AWS knows when it ends.
fn session(world: &SharedWorld) -> Value {
    let input = json!({
        "RoleArn": format!("arn:aws:iam::{ACCOUNT}:role/gatewayed"),
        "RoleSessionName": "pod",
        "DurationSeconds": SESSION.as_secs(),
    });
    let assume = awsim::sts::handler("AssumeRole").expect("awsim serves it");
    let given = assume(&mut world.lock().unwrap().call(ACCOUNT, REGION), &input).expect("a session");
    let given = &given["Credentials"];
    let end = jiff::Timestamp::now() + Duration::from_secs(3600);
    json!({
        "AccessKeyId": given["AccessKeyId"],
        "SecretAccessKey": given["SecretAccessKey"],
        "Token": given["SessionToken"],
        "Expiration": end.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
    })
}

/// Serves credentials on loopback until the test ends; its URL.
async fn endpoint(world: &World, answer: Arc<Mutex<Answer>>) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/credentials", listener.local_addr().expect("an address"));
    let shared = world.aws().world();
    let give = move || {
        let given = match &*answer.lock().unwrap() {
            Answer::New => Ok(session(&shared)),
            Answer::Old(same) => Ok(same.clone()),
            Answer::Nothing => Err(StatusCode::INTERNAL_SERVER_ERROR),
        };
        let json = [("content-type", "application/json")];
        std::future::ready(given.map(|credentials| (json, credentials.to_string())))
    };
    let app = axum::Router::new().route("/credentials", get(give));
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}
