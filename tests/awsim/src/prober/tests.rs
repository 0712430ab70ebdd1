use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use http::{Response, StatusCode};
use http_body_util::Empty;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::*;
use crate::seed;
use crate::testing::{Sim, string};

/// An app in a pod: answers with a status, and remembers what it was asked.
struct App {
    port: u16,
    status: Arc<Mutex<u16>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl App {
    /// Serves the simulated address 10.0.8.N.
    async fn serve(n: u8) -> App {
        let listener = TcpListener::bind((Ipv4Addr::new(127, 0, 8, n), 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let app = App { port, status: Arc::new(Mutex::new(200)), asked: Arc::default() };
        let (status, asked) = (app.status.clone(), app.asked.clone());
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (status, asked) = (status.clone(), asked.clone());
                let answer = service_fn(move |request: http::Request<hyper::body::Incoming>| {
                    let header = |name| request.headers()[name].to_str().unwrap().to_owned();
                    let line = format!("{} {} {}", request.uri(), header("host"), header("user-agent"));
                    asked.lock().unwrap().push(line);
                    let status = StatusCode::from_u16(*status.lock().unwrap()).unwrap();
                    async move {
                        let mut response = Response::new(Empty::<Bytes>::new());
                        *response.status_mut() = status;
                        Ok::<_, Infallible>(response)
                    }
                });
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
            }
        });
        app
    }
}

/// A load balancer whose group checks by HTTP every 10 s, twice for a change, with one target.
fn path(sim: &Sim, ip: &str, port: u16, groups: &[&str]) -> String {
    let made = sim.elb(
        "CreateLoadBalancer",
        json!({"Name": "edge", "Type": "network", "Scheme": "internal",
            "Subnets": seed::SUBNETS, "SecurityGroups": groups}),
    );
    let edge = string(&made, "/LoadBalancers/0/LoadBalancerArn");
    let made = sim.elb(
        "CreateTargetGroup",
        json!({"Name": "app", "Protocol": "TCP", "Port": port, "VpcId": seed::VPC, "TargetType": "ip",
            "HealthCheckProtocol": "HTTP", "HealthCheckPath": "/ready", "HealthCheckIntervalSeconds": 10,
            "HealthyThresholdCount": 2}),
    );
    let app = string(&made, "/TargetGroups/0/TargetGroupArn");
    let actions = json!([{"Type": "forward", "TargetGroupArn": app}]);
    let listener = json!({"LoadBalancerArn": edge, "Protocol": "TCP", "Port": 80, "DefaultActions": actions});
    sim.elb("CreateListener", listener);
    sim.elb("RegisterTargets", json!({"TargetGroupArn": app, "Targets": [{"Id": ip}]}));
    app
}

/// State, reason and description of the one target.
fn told(sim: &Sim, group: &str) -> (String, Value, Value) {
    let all = sim.elb("DescribeTargetHealth", json!({"TargetGroupArn": group}));
    let health = &all["TargetHealthDescriptions"][0]["TargetHealth"];
    (string(health, "/State"), health["Reason"].clone(), health["Description"].clone())
}

/// NLB user guide, "Health checks": path, matcher, and the load balancer's own Host header.
#[tokio::test]
async fn a_target_is_asked_as_a_load_balancer_asks_and_follows_what_it_answers() {
    let sim = Sim::new();
    let app = App::serve(11).await;
    let group = path(&sim, "10.0.8.11", app.port, &[seed::CLUSTER_GROUP]);
    sim.advance(239);
    round(&sim.world, &sim.clock).await;
    assert!(app.asked.lock().unwrap().is_empty(), "not before it is registered");
    sim.advance(1);
    round(&sim.world, &sim.clock).await;
    let host = format!("10.0.8.11:{}", app.port);
    assert_eq!(*app.asked.lock().unwrap(), [format!("/ready {host} ELB-HealthChecker/2.0")]);
    assert_eq!(told(&sim, &group).0, "healthy");
    round(&sim.world, &sim.clock).await;
    assert_eq!(app.asked.lock().unwrap().len(), 1, "not before the interval is over");
    *app.status.lock().unwrap() = 503;
    for _ in 0..2 {
        assert_eq!(told(&sim, &group).0, "healthy");
        sim.advance(10);
        round(&sim.world, &sim.clock).await;
    }
    let mismatch = json!("Target.ResponseCodeMismatch");
    let words = json!("Health checks failed with these codes: [503]");
    assert_eq!(told(&sim, &group), ("unhealthy".to_owned(), mismatch, words));
}

/// botocore, TargetHealth.Reason: Target.FailedHealthChecks.
#[tokio::test]
async fn a_target_where_nobody_listens_fails_its_checks() {
    let sim = Sim::new();
    let free =
        TcpListener::bind((Ipv4Addr::new(127, 0, 8, 12), 0)).await.unwrap().local_addr().unwrap().port();
    let group = path(&sim, "10.0.8.12", free, &[seed::CLUSTER_GROUP]);
    sim.advance(240);
    round(&sim.world, &sim.clock).await;
    sim.advance(10);
    round(&sim.world, &sim.clock).await;
    let (state, reason, words) = told(&sim, &group);
    assert_eq!((state.as_str(), reason), ("unhealthy", json!("Target.FailedHealthChecks")));
    assert_eq!(words, json!("Health checks failed"));
}

/// NLB user guide, "Security groups": checks are subject to the load balancer's outbound rules and
/// to the target's inbound ones.
#[tokio::test]
async fn a_target_behind_a_closed_security_group_times_out_until_the_group_is_opened() {
    let sim = Sim::new();
    let app = App::serve(13).await;
    let guard = sim.group("guard");
    let group = path(&sim, "10.0.8.13", app.port, &[&guard]);
    sim.advance(240);
    round(&sim.world, &sim.clock).await;
    sim.advance(10);
    round(&sim.world, &sim.clock).await;
    let (state, reason, _) = told(&sim, &group);
    assert_eq!((state.as_str(), reason), ("unhealthy", json!("Target.Timeout")));
    assert!(app.asked.lock().unwrap().is_empty(), "no packet arrives");
    sim.admit(seed::CLUSTER_GROUP, &guard, app.port);
    for _ in 0..2 {
        sim.advance(10);
        round(&sim.world, &sim.clock).await;
    }
    assert_eq!(told(&sim, &group).0, "healthy");
}

/// botocore, HealthCheckTimeoutSeconds; NLB user guide, "Health checks".
#[tokio::test]
async fn a_silent_target_times_out() {
    let sim = Sim::new();
    let silent = TcpListener::bind((Ipv4Addr::new(127, 0, 8, 14), 0)).await.unwrap();
    let group = path(&sim, "10.0.8.14", silent.local_addr().unwrap().port(), &[seed::CLUSTER_GROUP]);
    sim.advance(240);
    round(&sim.world, &sim.clock).await;
    sim.advance(10);
    round(&sim.world, &sim.clock).await;
    assert_eq!(told(&sim, &group).1, json!("Target.Timeout"));
}

#[tokio::test]
async fn an_outcome_is_dropped_when_the_target_was_registered_anew_meanwhile() {
    let sim = Sim::new();
    let app = App::serve(15).await;
    let group = path(&sim, "10.0.8.15", app.port, &[seed::CLUSTER_GROUP]);
    sim.advance(240);
    let probes = with(&sim.world, due);
    let targets = json!({"TargetGroupArn": group, "Targets": [{"Id": "10.0.8.15"}]});
    sim.elb("DeregisterTargets", targets.clone());
    sim.advance(1);
    sim.elb("RegisterTargets", targets);
    for probe in probes {
        perform(&sim.world, &sim.clock, probe).await;
    }
    assert_eq!(told(&sim, &group).1, json!("Elb.RegistrationInProgress"));
}

#[tokio::test]
async fn the_task_checks_what_is_due_as_the_clock_is_driven_and_stops() {
    let sim = Sim::new();
    let app = App::serve(16).await;
    let group = path(&sim, "10.0.8.16", app.port, &[seed::CLUSTER_GROUP]);
    let stop = CancellationToken::new();
    let task = tokio::spawn(run(sim.world.clone(), sim.clock.clone(), stop.clone()));
    while told(&sim, &group).0 != "healthy" {
        sim.advance(10);
        tokio::task::yield_now().await;
    }
    stop.cancel();
    task.await.unwrap();
}
