//! What the README says is true.

use gatewayed::api::{GatewayedService, GatewayedServiceClass};
use kube::api::{Api, DynamicObject, Patch, PatchParams};
use kube::{Client, Resource};

use crate::support;

const README: &str = include_str!("../../README.md");

/// The fenced blocks of one language; none has the language "".
fn blocks(language: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut open: Option<(bool, String)> = None;
    for line in README.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(tag)) => open = Some((tag == language, String::new())),
            (Some((_, text)), None) => text.extend([line, "\n"]),
            (Some(_), Some(_)) => {
                blocks.extend(open.take().filter(|(wanted, _)| *wanted).map(|(_, text)| text))
            }
            (None, None) => {}
        }
    }
    blocks
}

#[tokio::test]
async fn the_readmes_objects_are_accepted_by_the_api_server_as_they_stand() {
    let client = support::client().await;
    let blocks = blocks("yaml");
    assert_eq!(blocks.len(), 2, "a class and a service");
    for yaml in blocks {
        let object: DynamicObject = serde_saphyr::from_str(&yaml).unwrap();
        let kind = object.types.as_ref().unwrap().kind.clone();
        match kind.as_str() {
            "GatewayedServiceClass" => {
                dry_run::<GatewayedServiceClass>(Api::all(client.clone()), &object).await
            }
            "GatewayedService" => {
                let namespace = service_namespace(&client).await;
                let mut object = object;
                object.metadata.namespace = Some(namespace.clone());
                dry_run::<GatewayedService>(Api::namespaced(client.clone(), &namespace), &object).await;
            }
            other => panic!("{other} is no kind of ours"),
        }
    }
}

async fn service_namespace(client: &Client) -> String {
    support::namespace(client, "readme").await
}

async fn dry_run<K>(api: Api<K>, object: &DynamicObject)
where
    K: Resource + Clone + std::fmt::Debug + serde::de::DeserializeOwned,
{
    let params = PatchParams { dry_run: true, ..PatchParams::apply("readme").force().validation_strict() };
    let name = object.metadata.name.as_deref().unwrap();
    api.patch(name, &params, &Patch::Apply(object)).await.unwrap();
}

#[test]
fn the_readmes_test_command_is_what_ci_runs_after_lint() {
    let commands = blocks("");
    assert!(commands.iter().any(|block| block.trim() == "make test"), "{commands:?}");
    let ci = include_str!("../../.ci/run");
    let lines: Vec<&str> = ci.lines().filter(|l| l.starts_with("make")).collect();
    assert_eq!(lines, ["make lint", "make test"]);
}

#[test]
fn every_link_to_a_file_leads_to_one() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let targets = README.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    for target in targets.filter(|t| !t.starts_with("http")) {
        assert!(root.join(target).exists(), "{target}");
    }
}
