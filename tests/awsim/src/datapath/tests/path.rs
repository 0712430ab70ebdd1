use http::Request;
use serde_json::json;

use super::lab::{Lab, PORT, pod, said, text};
use crate::seed::{CLUSTER_GROUP, SUBNETS, VPC};

const UNAVAILABLE: (u16, &str) = (503, "Service Unavailable");

/// AGD, private integrations; express-session 886: `Forwarded` and `Via`, no `X-Forwarded-*` of
/// API Gateway's own; `Host` stays.
#[tokio::test]
async fn a_request_reaches_the_pod_with_the_headers_of_api_gateway() {
    let lab = Lab::with_routes(&["ANY /orders/{id}"]).await;
    let request = Request::post("/orders/7?x=1&y=%20")
        .header("connection", "x-mine")
        .header("x-mine", "1")
        .header("te", "trailers")
        .header("x-forwarded-for", "1.2.3.4")
        .header("forwarded", "for=6.6.6.6");
    let answer = lab.send_body(request, "hello".into()).await;
    assert_eq!(answer.status, 200);
    let got = answer.json();
    assert_eq!(
        (&got["pod"], &got["method"], &got["uri"], &got["body"]),
        (&json!("first"), &json!("POST"), &json!("/orders/7?x=1&y=%20"), &json!("hello"))
    );
    let headers = &got["headers"];
    assert_eq!(headers["host"], lab.host());
    let forwarded = format!("by=127.0.0.1;for=127.0.0.1;host={};proto=https", lab.host());
    assert_eq!(headers["forwarded"], forwarded);
    assert_eq!(headers["via"], "HTTP/1.1 AmazonAPIGateway");
    assert!(headers["x-amzn-trace-id"].as_str().unwrap().starts_with("Root=1-"));
    assert_eq!(headers["x-forwarded-for"], "1.2.3.4");
    for gone in ["connection", "x-mine", "te", "x-forwarded-proto"] {
        assert_eq!(headers.get(gone), None, "{gone}");
    }
    assert_eq!(answer.headers["x-pod"], "first");
    assert_eq!(answer.headers.get("keep-alive"), None);
    let trace = lab.trace();
    assert_eq!(answer.headers["apigw-requestid"], trace.request_id.as_str());
    assert_eq!(
        (trace.route_key.as_deref(), trace.stage.as_deref(), trace.status),
        (Some("ANY /orders/{id}"), Some("$default"), 200)
    );
    assert_eq!((trace.vpc_link, trace.listener), (Some(lab.link.clone()), Some(lab.listener.clone())));
    assert!(trace.target.unwrap().starts_with("10.0.8.10:"));
    assert_eq!((trace.hops.len(), trace.why), (2, None));
}

/// For people who look for the hop that refuses.
#[tokio::test]
async fn the_traces_of_requests_can_be_read() {
    let lab = Lab::with_routes(&["GET /"]).await;
    lab.get("/").await;
    lab.get("/none").await;
    let traces = lab.send(Request::get("/_awsim/trace").header("host", "localhost")).await.json();
    let told: Vec<_> =
        traces.as_array().unwrap().iter().map(|t| (&t["status"], &t["routeKey"], &t["why"])).collect();
    assert_eq!(told[0], (&json!(200), &json!("GET /"), &json!(null)));
    assert_eq!(told[1], (&json!(404), &json!(null), &json!("no deployed route for GET /none")));
}

/// NLB user guide, "What is a Network Load Balancer": connections are spread over the targets; here in turn.
#[tokio::test]
async fn targets_take_turns() {
    let lab = Lab::with_routes(&["GET /"]).await;
    lab.register(pod("10.0.24.11", "second").await);
    lab.advance(200);
    lab.until_healthy(2).await;
    let mut pods = Vec::new();
    for _ in 0..4 {
        pods.push(lab.get("/").await.json()["pod"].as_str().unwrap().to_owned());
    }
    pods.sort();
    assert_eq!(pods, ["first", "first", "second", "second"]);
}

/// Security groups are checked at each hop, by the outbound rules of the one end and the inbound
/// rules of the other; what they drop looks like a time-out.
/// VPC user guide, security group rules; NLB user guide, "Security groups".
#[tokio::test]
async fn a_missing_security_group_rule_closes_the_path_and_the_trace_names_the_hop() {
    let lab = Lab::with_routes(&["GET /"]).await;
    assert_eq!(lab.get("/").await.status, 200);
    let (link, balancer) = (lab.link_group.clone(), lab.balancer_group.clone());
    for (direction, group, other, ports, hop) in [
        ("Egress", link.as_str(), balancer.as_str(), (PORT, PORT), 0),
        ("Ingress", balancer.as_str(), link.as_str(), (PORT, PORT), 0),
        ("Egress", balancer.as_str(), CLUSTER_GROUP, (1, 65535), 1),
        ("Ingress", CLUSTER_GROUP, balancer.as_str(), (1, 65535), 1),
    ] {
        lab.rule(&format!("RevokeSecurityGroup{direction}"), group, other, ports);
        let answer = lab.get_in_time("/").await;
        assert_eq!(answer.refusal(), said(UNAVAILABLE.0, UNAVAILABLE.1), "{direction} of {group}");
        let trace = lab.trace();
        assert_eq!(trace.hops.len(), hop + 1);
        let refused = trace.hops[hop].refused.clone().unwrap();
        assert!(refused.contains(&direction.to_lowercase()) && refused.contains(group), "{refused}");
        assert_eq!(trace.why, Some(refused));
        lab.rule(&format!("AuthorizeSecurityGroup{direction}"), group, other, ports);
        assert_eq!(lab.get("/").await.status, 200);
    }
}

/// VPC user guide, "Network ACL basics": an entry counts between subnets, not within one.
#[tokio::test]
async fn a_network_acl_closes_the_path_between_subnets_and_the_trace_names_it() {
    let lab = Lab::with_routes(&["GET /"]).await;
    assert_eq!(lab.get("/").await.status, 200);
    let target = lab.trace().target.unwrap();
    let port: u16 = target.rsplit(':').next().unwrap().parse().unwrap();
    let acls = lab.call("ec2", "DescribeNetworkAcls", json!({}));
    let acl = text(&acls["NetworkAcls"][0], "NetworkAclId");
    let entry = json!({
        "NetworkAclId": acl, "RuleNumber": 50, "Egress": false, "RuleAction": "deny", "Protocol": "6",
        "PortRange": {"From": port, "To": port}, "CidrBlock": "10.0.0.0/16",
    });
    lab.call("ec2", "CreateNetworkAclEntry", entry);
    let mut passed = 0;
    // Each of the load balancer's nodes in its turn; one is in the pod's subnet.
    for _ in 0..3 {
        let answer = lab.get_in_time("/").await;
        match lab.trace().hops[1].refused.clone() {
            None => passed += 1,
            Some(refused) => {
                assert_eq!(answer.refusal(), said(UNAVAILABLE.0, UNAVAILABLE.1));
                assert!(refused.starts_with(&format!("network ACL {acl} of")), "{refused}");
            }
        }
    }
    assert_eq!(passed, 1);
}

/// AGD, VPC links V2: requests over a link that sleeps fail and wake it up; that they get 503 is inferred.
#[tokio::test]
async fn a_sleeping_link_wakes_with_the_first_request() {
    let lab = Lab::with_routes(&["GET /"]).await;
    lab.advance(61 * 24 * 3600);
    assert_eq!(lab.get("/").await.refusal(), said(UNAVAILABLE.0, UNAVAILABLE.1));
    assert_eq!(lab.trace().why.unwrap(), format!("VPC link '{}' is Pending", lab.link));
    lab.advance(90);
    assert_eq!(lab.get("/").await.status, 200);
}

/// cortex 1225, serverless 11222: HTTP APIs answer 503 where the integration cannot be reached.
#[tokio::test]
async fn without_a_listener_or_a_target_the_service_is_unavailable() {
    let lab = Lab::with_routes(&["GET /"]).await;
    lab.deregister_all();
    lab.advance(400);
    assert_eq!(lab.get("/").await.refusal(), said(UNAVAILABLE.0, UNAVAILABLE.1));
    assert!(lab.trace().why.unwrap().contains("has no target"));
    lab.call("elbv2", "DeleteListener", json!({"ListenerArn": lab.listener}));
    assert_eq!(lab.get("/").await.refusal(), said(UNAVAILABLE.0, UNAVAILABLE.1));
    assert!(lab.trace().why.unwrap().contains("there is no listener"));
}

/// A load balancer without any healthy target tries every one; a pod that is gone refuses the
/// connection.
/// NLB user guide, "Target group health": fail-open.
#[tokio::test]
async fn a_target_where_nobody_listens_is_unavailable() {
    let lab = Lab::with_routes(&["GET /"]).await;
    lab.deregister_all();
    let other = pod("10.0.8.99", "other").await;
    lab.register(std::net::SocketAddrV4::new([10, 0, 8, 98].into(), other.port()));
    lab.advance(400);
    assert_eq!(lab.get("/").await.refusal(), said(UNAVAILABLE.0, UNAVAILABLE.1));
    assert!(lab.trace().why.unwrap().starts_with(&format!("connecting to 10.0.8.98:{}", other.port())));
}

/// cortex 1225: HTTP APIs answer 503 when the integration takes too long.
#[tokio::test]
async fn a_pod_that_does_not_answer_in_the_integrations_time_is_unavailable() {
    let lab = Lab::with_routes(&["GET /hang"]).await;
    lab.change("UpdateIntegration", json!({"TimeoutInMillis": 2500}));
    let answer = lab.get_in_time("/hang").await;
    assert_eq!(answer.refusal(), said(UNAVAILABLE.0, UNAVAILABLE.1));
    assert!(lab.trace().why.unwrap().ends_with("did not answer within the integration's 2500 ms"));
}

/// NLB user guide, weighted target groups: each new connection goes by weight.
#[tokio::test]
async fn requests_are_shared_among_target_groups_by_weight() {
    let mut lab = Lab::with_routes(&["GET /"]).await;
    let stable = lab.target_group.clone();
    let group = json!({"Name": "canary", "Protocol": "TCP", "Port": 8080, "TargetType": "ip", "VpcId": VPC});
    let made = lab.call("elbv2", "CreateTargetGroup", group);
    lab.target_group = text(&made["TargetGroups"][0], "TargetGroupArn");
    let cross = json!([{"Key": "load_balancing.cross_zone.enabled", "Value": "true"}]);
    let cross = json!({"TargetGroupArn": lab.target_group, "Attributes": cross});
    lab.call("elbv2", "ModifyTargetGroupAttributes", cross);
    let weigh = |stays: u64, moves: u64| {
        let groups = json!([
            {"TargetGroupArn": stable, "Weight": stays}, {"TargetGroupArn": lab.target_group, "Weight": moves},
        ]);
        let actions = json!([{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}]);
        let input = json!({"ListenerArn": lab.listener, "DefaultActions": actions});
        lab.call("elbv2", "ModifyListener", input);
    };
    weigh(1, 0);
    lab.register(pod("10.0.8.11", "second").await);
    lab.advance(200);
    lab.until_healthy(1).await;
    for (stays, moves, least, most) in [(1, 0, 0, 0), (3, 1, 4, 6), (1, 1, 9, 11), (0, 7, 20, 20)] {
        weigh(stays, moves);
        let mut second = 0;
        for _ in 0..20 {
            second += u32::from(lab.get("/").await.json()["pod"] == "second");
        }
        assert!((least..=most).contains(&second), "{stays}:{moves} gave {second} of 20");
    }
}

/// Requests go through network load balancers only.
#[tokio::test]
async fn an_application_load_balancer_carries_no_request() {
    let lab = Lab::with_routes(&["GET /"]).await;
    let input = json!({"Name": "web", "Scheme": "internal", "Subnets": SUBNETS,
        "SecurityGroups": [lab.balancer_group]});
    let web = lab.call("elbv2", "CreateLoadBalancer", input);
    let answer = json!([{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}]);
    let input = json!({"LoadBalancerArn": web["LoadBalancers"][0]["LoadBalancerArn"], "Protocol": "HTTP",
        "Port": PORT, "DefaultActions": answer});
    let front = text(&lab.call("elbv2", "CreateListener", input)["Listeners"][0], "ListenerArn");
    lab.advance(200);
    lab.change("UpdateIntegration", json!({"IntegrationUri": front}));
    assert_eq!(lab.get("/").await.refusal(), said(UNAVAILABLE.0, UNAVAILABLE.1));
    assert!(lab.trace().why.unwrap().contains("is of protocol HTTP"));
}
