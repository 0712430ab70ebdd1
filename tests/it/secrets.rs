//! No secret is in what the operator says, however much it is asked to say: not in its log at the finest level, its
//! metrics, its events, its statuses.

use std::collections::BTreeMap;

use awsim::weather::Rule;
use awsim::weather::effect::Effect;
use k8s_openapi::api::authentication::v1::{TokenRequest, TokenRequestSpec};
use k8s_openapi::api::core::v1::{Secret, ServiceAccount};
use k8s_openapi::api::events::v1::Event;
use k8s_openapi::api::rbac::v1::ClusterRoleBinding;
use kube::api::{Api, ListParams, PostParams};
use kube::{Client, ResourceExt};
use serde_json::json;

use crate::support::http;
use crate::support::operator::{World, until};

const SECRET_KEY: &str = "wJalrXUtnFEMI-recognisable-secret-key";
const SESSION_TOKEN: &str = "FwoGZXIvYXdzE-recognisable-session-token";
const PASSWORD: &str = "hunter2-recognisable-password";
const PLAIN: &str = "postgres-recognisable-plain-variable";

/// A kubeconfig that signs in with a service account's token, as pods do; and the token.
async fn token_kubeconfig(world: &World, client: &Client) -> (String, String) {
    let accounts: Api<ServiceAccount> = Api::namespaced(client.clone(), "default");
    let account = serde_json::from_value(json!({"metadata": {"name": "operator"}})).expect("an account");
    accounts.create(&PostParams::default(), &account).await.expect("made");
    let binding: ClusterRoleBinding = serde_json::from_value(json!({
        "metadata": {"name": "operator"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "ServiceAccount", "name": "operator", "namespace": "default"}],
    }))
    .expect("a binding");
    Api::all(client.clone()).create(&PostParams::default(), &binding).await.expect("made");
    let request = TokenRequest { spec: TokenRequestSpec::default(), ..TokenRequest::default() };
    let answer =
        accounts.create_token_request("operator", &PostParams::default(), &request).await.expect("a token");
    let token = answer.status.expect("a status").token;
    let admin = std::fs::read_to_string(world.lab.kubeconfig()).expect("a kubeconfig");
    let config = admin.lines().filter(|line| !line.contains("client-certificate-data"));
    let config = config.map(|line| match line.contains("client-key-data") {
        true => format!("    token: {token}"),
        false => line.to_owned(),
    });
    let path = world.lab.folder().join("token-kubeconfig");
    std::fs::write(&path, config.collect::<Vec<_>>().join("\n")).expect("written");
    (path.display().to_string(), token)
}

#[tokio::test]
async fn no_secret_is_in_logs_metrics_events_or_statuses_at_the_finest_level() {
    let mut world = World::prepare(&["--log", "trace"], Some(SECRET_KEY)).await;
    let client = world.client();
    let (kubeconfig, token) = token_kubeconfig(&world, &client).await;
    world.env = BTreeMap::from([
        ("AWS_SECRET_ACCESS_KEY".to_owned(), SECRET_KEY.to_owned()),
        ("AWS_SESSION_TOKEN".to_owned(), SESSION_TOKEN.to_owned()),
        ("KUBECONFIG".to_owned(), kubeconfig),
    ]);
    // AWS knows no such session: what its refusal makes the operator say must be without the token too.
    world.launch();
    let place = world.class("secrets", |_| ()).await;
    until("AWS has refused the token", || async {
        let log = std::fs::read_to_string(&world.log).unwrap_or_default();
        if log.contains("InvalidClientTokenId") { Ok(()) } else { Err("not yet".to_owned()) }
    })
    .await;
    world.kill();
    world.env.remove("AWS_SESSION_TOKEN");
    world.launch();
    let secret: Secret = serde_json::from_value(json!({
        "metadata": {"name": "database"}, "stringData": {"password": PASSWORD},
    }))
    .expect("a Secret");
    place.api::<Secret>().create(&PostParams::default(), &secret).await.expect("made");
    // What AWS refuses is told, and must be told without them too.
    world.aws().weather().inject(Rule::of("elbv2", "CreateListener", Effect::AccessDenied).times(2));
    place
        .service("app", |service| {
            service["spec"]["env"] = json!([
                {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "database", "key": "password"}}},
                {"name": "PLAIN", "value": PLAIN},
            ]);
        })
        .await;
    place.ready("app").await;
    let (status, metrics) = http::text(world.address().await, "localhost", "/metrics").await;
    assert_eq!(status, 200);

    let events = place.api::<Event>().list(&ListParams::default()).await.expect("events").items;
    assert!(
        events.iter().any(|event| event.regarding.as_ref().is_some_and(|r| r.name.as_deref() == Some("app")))
    );
    let service = place.services().get("app").await.expect("the service");
    let class = place.classes().get(&place.class).await.expect("the class");
    let log = std::fs::read_to_string(&world.log).expect("the log");
    assert!(log.contains("TRACE") && log.contains("DEBUG"), "the log is not at its finest");
    let said = [
        ("log", log),
        ("metrics", metrics),
        ("events", serde_json::to_string(&events).expect("JSON")),
        ("status of the service", serde_json::to_string(&service.status).expect("JSON")),
        ("status of the class", serde_json::to_string(&class.status).expect("JSON")),
    ];
    let signature = token.rsplit('.').next().expect("a signature");
    let secrets = [
        SECRET_KEY,
        SESSION_TOKEN,
        PASSWORD,
        &data_encoding::BASE64.encode(PASSWORD.as_bytes()),
        PLAIN,
        signature,
    ];
    let found: Vec<String> = said
        .iter()
        .flat_map(|(place, text)| text.lines().map(move |line| (place, line)))
        .filter_map(|(place, line)| {
            Some((place, line, secrets.iter().find(|secret| line.contains(**secret))?))
        })
        .take(5)
        .map(|(place, line, secret)| {
            format!("{secret} in {place}: {}", line.chars().take(600).collect::<String>())
        })
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
    place.delete_service(&service.name_any()).await;
    place.delete_class().await;
}
