//! The processes of the lab and their end.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use kube::Api;
use lab::operator::Operator;
use lab::{Lab, LabConfig};
use serde_json::json;

use crate::shared::{create, create_pod, has, lab, new_namespace, until};

/// Starts `lab up` in `dir` and waits until it says `ready`.
fn up(dir: &Path) -> Child {
    let mut child = Command::new(env!("CARGO_BIN_EXE_lab"))
        .args(["up", "--time-scale", "20", "--awsim-arg=--throttling=off", "--dir"])
        .arg(dir)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.map_while(Result::ok).any(|line| line == "ready"), "lab up ended before it was ready");
    child
}

/// The processes whose parent is `parent`, by their ids.
fn children(parent: u32) -> Vec<u32> {
    let all = std::fs::read_dir("/proc").unwrap().flatten();
    let ids = all.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    ids.filter(|&id| stat(id).is_some_and(|(_, of)| of == parent)).collect()
}

/// State and parent of a process.
fn stat(id: u32) -> Option<(char, u32)> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name, in parentheses, may hold anything.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}

/// Waits until no process of these runs; one that is dead and not yet reaped does not run.
fn until_gone(ids: &[u32]) {
    let begin = Instant::now();
    while ids.iter().any(|&id| stat(id).is_some_and(|(state, _)| state != 'Z' && state != 'X')) {
        assert!(begin.elapsed() < Duration::from_secs(60), "still there: {ids:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn the_control_plane_dies_with_a_lab_that_is_killed() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = up(dir.path());
    let ids = children(lab.id());
    assert_eq!(ids.len(), 5, "etcd, three of Kubernetes, the guard");
    lab.kill().unwrap();
    lab.wait().unwrap();
    until_gone(&ids);
    assert!(!dir.path().join("etcd").exists() && !dir.path().join("pki").exists());
    assert!(dir.path().join("log/kube-apiserver.log").exists(), "logs are kept");
}

#[test]
fn lab_up_writes_its_environment_and_ends_whole_on_sigterm() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = up(dir.path());
    let ids = children(lab.id());
    let env = std::fs::read_to_string(dir.path().join("env")).unwrap();
    let kubeconfig = dir.path().join("admin.kubeconfig");
    assert!(env.contains(&format!("export KUBECONFIG='{}'", kubeconfig.display())), "{env}");
    for name in [
        "AWS_ENDPOINT_URL",
        "AWS_REGION",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "VPC_ID",
        "SUBNET_IDS",
    ] {
        assert!(env.contains(&format!("export {name}=")), "{env}");
    }
    let term = Command::new("kill").args(["-TERM", &lab.id().to_string()]).status().unwrap();
    assert!(term.success() && lab.wait().unwrap().success());
    until_gone(&ids);
}

#[tokio::test]
async fn an_operator_runs_in_the_labs_environment_and_ends_when_it_is_dropped() {
    let lab = lab().await;
    let script = "echo $KUBECONFIG $AWS_ENDPOINT_URL $GATEWAYED_TIME_SCALE $$; [ $0 = ends ] || sleep 600";
    let start = |how: &str| {
        let args = ["-c", script, how].map(str::to_owned);
        Operator::start(lab, Path::new("/bin/sh"), &args).unwrap()
    };
    let until = |done: &dyn Fn() -> bool| {
        let begin = Instant::now();
        while !done() {
            assert!(begin.elapsed() < Duration::from_secs(60), "it took longer than a minute");
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    let operator = start("stays");
    let mark = format!("{} {} 20 ", lab.kubeconfig().display(), lab.awsim().unwrap().url());
    until(&|| operator.log_tail(1).starts_with(&mark));
    operator.check().unwrap();
    let id = operator.log_tail(1).rsplit_once(' ').unwrap().1.parse().unwrap();
    drop(operator);
    until_gone(&[id]);
    let operator = start("ends");
    until(&|| operator.check().is_err());
    let why = operator.check().unwrap_err().to_string();
    assert!(why.starts_with("gatewayed ended with exit status: 0") && why.contains(&mark), "{why}");
}

#[tokio::test]
async fn the_api_server_comes_back_with_its_objects_and_pods_are_kept_again() {
    let lab = Lab::start(LabConfig { aws: None, ..LabConfig::default() }).await.unwrap();
    let client = lab.client().unwrap();
    new_namespace(&client, "away").await;
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "kept"}});
    let _: ConfigMap = create(&client, "away", map).await;
    lab.stop_apiserver();
    let maps: Api<ConfigMap> = Api::namespaced(client.clone(), "away");
    assert!(maps.get("kept").await.is_err());
    lab.start_apiserver().await.unwrap();
    assert!(maps.get("kept").await.is_ok());
    let pods: Api<Pod> = create_pod(&client, "away", "app", json!({"image": "app:1"}), json!({})).await;
    until(&pods, "app", |p| has(p, "Ready")).await;
    lab.check().unwrap();
}
