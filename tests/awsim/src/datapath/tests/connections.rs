use std::net::SocketAddrV4;
use std::time::Duration;

use http::Request;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::lab::{Answer, Lab, pod, said, text};
use crate::dial;
use crate::elbv2::Health;
use crate::seed::{ACCOUNT, CLUSTER_GROUP, REGION};

const UNAVAILABLE: (u16, &str) = (503, "Service Unavailable");
const ENDS: &str = "deregistration_delay.connection_termination.enabled";
const DELAY: &str = "deregistration_delay.timeout_seconds";

/// A lab in which connections are kept for long.
async fn keeping(keys: &[&str]) -> Lab {
    let lab = Lab::with_routes(keys).await;
    lab.keep_connections(7200);
    idle_timeout(&lab, 6000);
    lab
}

/// Sets after how long without a byte the load balancer forgets a connection.
fn idle_timeout(lab: &Lab, seconds: u64) {
    let attributes = json!([{"Key": "tcp.idle_timeout.seconds", "Value": seconds.to_string()}]);
    let input = json!({"ListenerArn": lab.listener, "Attributes": attributes});
    lab.call("elbv2", "ModifyListenerAttributes", input);
}

/// The pods that answer as many requests as the link has interfaces, and whether each of the requests
/// went over an open connection.
async fn round(lab: &Lab) -> ([String; 3], [bool; 3]) {
    let mut pods = [const { String::new() }; 3];
    let mut reused = [false; 3];
    for at in 0..3 {
        pods[at] = text(&lab.get("/").await.json(), "pod");
        reused[at] = lab.trace().reused;
    }
    (pods, reused)
}

fn all(pod: &str) -> [String; 3] {
    [pod.to_owned(), pod.to_owned(), pod.to_owned()]
}

/// Registers a second pod, waits until it is healthy and deregisters the first.
async fn replace(lab: &Lab) {
    let first = lab.call("elbv2", "DescribeTargetHealth", json!({"TargetGroupArn": lab.target_group}));
    let first = first["TargetHealthDescriptions"][0]["Target"].clone();
    lab.register(pod("10.0.8.11", "second").await);
    lab.advance(200);
    lab.until_healthy(2).await;
    let input = json!({"TargetGroupArn": lab.target_group, "Targets": [first]});
    lab.call("elbv2", "DeregisterTargets", input);
}

fn open(lab: &Lab) -> usize {
    lab.server.with_world(|w| w.call(ACCOUNT, REGION).region.connections.len())
}

fn idle(lab: &Lab) -> usize {
    let told = lab.server.with_world(|w| w.call(ACCOUNT, REGION).region.connections.to_json());
    told.as_array().unwrap().iter().filter(|connection| connection["idle"] == true).count()
}

/// That API Gateway keeps connections is inferred from requests that reach deregistered targets
/// (NLB user guide, "Deregistration delay"); how it shares them among requests is an assumption.
#[tokio::test]
async fn each_interface_of_a_link_keeps_a_connection_for_the_next_request() {
    let lab = keeping(&["GET /"]).await;
    lab.register(pod("10.0.24.11", "second").await);
    lab.advance(200);
    lab.until_healthy(2).await;
    let (opened, reused) = round(&lab).await;
    assert_eq!(reused, [false; 3]);
    assert!(opened.contains(&"first".to_owned()) && opened.contains(&"second".to_owned()), "{opened:?}");
    for _ in 0..3 {
        assert_eq!(round(&lab).await, (opened.clone(), [true; 3]));
    }
    let trace = lab.trace();
    assert_eq!((trace.hops.len(), trace.target.is_some()), (2, true));
    assert_eq!(open(&lab), 3);
    lab.keep_connections(60);
    lab.advance(61);
    assert_eq!(round(&lab).await.1, [false; 3]);
    assert_eq!(open(&lab), 3, "the old ones were given up after a minute without a request");
}

/// A connection carries one request at a time, and `GET /_awsim/state` tells of each.
#[tokio::test]
async fn requests_at_once_take_a_connection_each() {
    let lab = keeping(&["GET /"]).await;
    assert_eq!(round(&lab).await.1, [false; 3]);
    let answers = futures::future::join_all((0..9).map(|_| lab.get("/"))).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
    let state = lab.send(Request::get("/_awsim/state").header("host", "localhost")).await.json();
    let told = state[ACCOUNT][REGION]["connections"].as_array().unwrap();
    assert!((3..=9).contains(&told.len()) && told.len() == open(&lab), "{}", told.len());
    assert_eq!((&told[0]["vpcLink"], &told[0]["idle"]), (&json!(lab.link), &json!(true)));
}

/// NLB user guide, "Deregistration delay": a deregistered target that stays healthy goes on getting
/// what comes over connections that are not idle.
#[tokio::test]
async fn an_open_connection_outlives_its_targets_registration() {
    let lab = keeping(&["GET /"]).await;
    assert_eq!(round(&lab).await.0, all("first"));
    replace(&lab).await;
    assert_eq!(round(&lab).await, (all("first"), [true; 3]), "while it drains");
    lab.advance(301);
    let health = lab.call("elbv2", "DescribeTargetHealth", json!({"TargetGroupArn": lab.target_group}));
    assert_eq!(health["TargetHealthDescriptions"].as_array().unwrap().len(), 1, "the first is gone");
    assert_eq!(round(&lab).await, (all("first"), [true; 3]), "and after");
}

/// The same page, and botocore, TargetGroupAttribute: with termination they end with the draining.
#[tokio::test]
async fn with_termination_open_connections_end_with_the_draining() {
    let lab = keeping(&["GET /"]).await;
    lab.attribute(ENDS, "true");
    assert_eq!(round(&lab).await.0, all("first"));
    replace(&lab).await;
    lab.advance(299);
    assert_eq!(round(&lab).await, (all("first"), [true; 3]), "while it drains");
    lab.advance(2);
    assert_eq!(round(&lab).await, (all("second"), [false; 3]));
}

/// A request in the middle of which its connection is reset gets 503, as any failed integration.
#[tokio::test]
async fn a_request_whose_connection_is_cut_fails_unless_it_may_be_sent_again() {
    let lab = keeping(&["GET /", "POST /hang"]).await;
    lab.attribute(ENDS, "true");
    lab.attribute(DELAY, "5");
    assert_eq!(round(&lab).await.0, all("first"));
    replace(&lab).await;
    let answer = lab.send(Request::post("/hang"));
    tokio::pin!(answer);
    while idle(&lab) == open(&lab) {
        tokio::select! {
            biased;
            _ = &mut answer => panic!("answered"),
            () = tokio::task::yield_now() => {}
        }
    }
    lab.advance(6);
    let answer = answer.await;
    assert_eq!(answer.refusal(), said(UNAVAILABLE.0, UNAVAILABLE.1));
    let why = lab.trace().why.unwrap();
    assert!(why.contains("is deregistered") && lab.trace().reused, "{why}");
    assert_eq!(round(&lab).await, (all("second"), [false; 3]));
}

fn turn_unhealthy(lab: &Lab, pod: &str) {
    lab.advance(1);
    lab.server.with_world(|w| {
        let call = w.call(ACCOUNT, REGION);
        let now = call.now;
        let groups = &mut call.region.elbv2.target_groups;
        let targets = groups.get_mut(&lab.target_group).unwrap().targets.values_mut();
        for target in targets.filter(|t| t.ip.to_string() == pod) {
            let (reason, description) = ("Target.Timeout".to_owned(), "Request timed out".to_owned());
            target.health = Health::Unhealthy { reason, description };
            target.unhealthy_since = Some(now);
            // No check finds it healthy meanwhile.
            target.next_check = now + Duration::from_secs(100_000);
        }
    });
}

/// NLB user guide, "Target group health": connections to a target that turns unhealthy are ended, by
/// default; when all are unhealthy, new ones go to every target.
#[tokio::test]
async fn a_target_that_turns_unhealthy_loses_its_connections() {
    let lab = keeping(&["GET /"]).await;
    assert_eq!(round(&lab).await, (all("first"), [false; 3]));
    turn_unhealthy(&lab, "10.0.8.10");
    assert_eq!(round(&lab).await, (all("first"), [false; 3]), "new ones, since there is no other");
    assert_eq!(round(&lab).await, (all("first"), [true; 3]), "which stay");
    lab.attribute("target_health_state.unhealthy.connection_termination.enabled", "false");
    turn_unhealthy(&lab, "10.0.8.10");
    assert_eq!(round(&lab).await, (all("first"), [true; 3]), "without termination they stay");
}

/// NLB user guide, "Connection idle timeout": whoever sends on a forgotten connection gets a reset.
/// That API Gateway then tries a new one for what may be sent twice is an assumption (RFC 9110, 9.2.2).
#[tokio::test]
async fn what_the_load_balancer_forgot_is_reset_by_the_next_request() {
    let lab = keeping(&["GET /", "POST /"]).await;
    idle_timeout(&lab, 60);
    assert_eq!(round(&lab).await.1, [false; 3]);
    lab.advance(60);
    assert_eq!(round(&lab).await.1, [true; 3]);
    lab.advance(61);
    assert_eq!(lab.get("/").await.status, 200);
    assert!(!lab.trace().reused);
    assert_eq!(lab.send(Request::post("/")).await.refusal(), said(UNAVAILABLE.0, UNAVAILABLE.1));
    assert!(lab.trace().why.unwrap().contains("nothing passed for more than 60 s"));
    assert_eq!(lab.send(Request::post("/")).await.refusal(), said(UNAVAILABLE.0, UNAVAILABLE.1));
    assert_eq!(lab.send(Request::post("/")).await.status, 200);
}

/// A server that answers the first request on each connection and closes it with the second.
async fn closing_pod(ip: &str) -> SocketAddrV4 {
    let ip = ip.parse().unwrap();
    let listener = TcpListener::bind((dial::loopback(ip).unwrap(), 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut buffer = [0; 4096];
                let _ = stream.read(&mut buffer).await;
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await;
                let _ = stream.read(&mut buffer).await;
            });
        }
    });
    SocketAddrV4::new(ip, port)
}

/// Servers close idle connections in the moment that a request is under way to them.
#[tokio::test]
async fn a_kept_connection_that_its_target_closes_fails_only_what_must_not_be_sent_twice() {
    let lab = keeping(&["GET /", "POST /"]).await;
    lab.deregister_all();
    lab.register(closing_pod("10.0.8.12").await);
    lab.advance(400);
    lab.until_healthy(1).await;
    let mut statuses = Vec::new();
    for request in [Request::get("/"), Request::get("/"), Request::post("/")] {
        for _ in 0..3 {
            let again = Request::builder().method(request.method_ref().unwrap().clone()).uri("/");
            let answer: Answer = lab.send(again).await;
            statuses.push((answer.status.as_u16(), lab.trace().reused));
        }
    }
    assert_eq!(statuses[..6], [(200, false); 6], "opened, and opened anew");
    assert_eq!(statuses[6..], [(503, true); 3]);
}

/// EC2 user guide, "Security group connection tracking": rules that go do not interrupt what is
/// established; network ACLs do.
#[tokio::test]
async fn a_revoked_rule_leaves_open_connections_and_a_network_acl_does_not() {
    let lab = keeping(&["GET /"]).await;
    assert_eq!(round(&lab).await.1, [false; 3]);
    lab.rule("RevokeSecurityGroupIngress", CLUSTER_GROUP, &lab.balancer_group, (1, 65535));
    assert_eq!(round(&lab).await.1, [true; 3]);
    let acls = lab.call("ec2", "DescribeNetworkAcls", json!({}));
    let entry = json!({
        "NetworkAclId": text(&acls["NetworkAcls"][0], "NetworkAclId"), "RuleNumber": 50, "Egress": false,
        "RuleAction": "deny", "Protocol": "-1", "CidrBlock": "10.0.0.0/16",
    });
    lab.call("ec2", "CreateNetworkAclEntry", entry);
    let mut closed = 0;
    for _ in 0..3 {
        let answer = lab.get_in_time("/").await;
        let trace = lab.trace();
        assert!(trace.reused);
        if let Some(refused) = trace.hops.iter().find_map(|hop| hop.refused.clone()) {
            assert_eq!(answer.refusal(), said(UNAVAILABLE.0, UNAVAILABLE.1));
            assert!(refused.starts_with("network ACL") && trace.why == Some(refused));
            closed += 1;
        }
    }
    // One of the interfaces, one node and the pod may share a subnet.
    assert!(closed >= 2, "{closed}");
}
