use serde_json::{Value, json};

use super::{balancer, group, group_input, listener};
use crate::seed;
use crate::testing::{Sim, length, string};

/// NLB user guide, "Health checks": the defaults of TCP checks.
#[test]
fn a_new_target_group_has_the_documented_defaults() {
    let sim = Sim::new();
    let made = sim.elb("CreateTargetGroup", group_input("app"))["TargetGroups"][0].clone();
    let arn = string(&made, "/TargetGroupArn");
    assert!(
        arn.starts_with("arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/app/"),
        "{arn}"
    );
    assert_eq!(
        made,
        json!({
            "TargetGroupArn": arn, "TargetGroupName": "app", "Protocol": "TCP", "Port": 8080,
            "VpcId": seed::VPC, "TargetType": "ip", "IpAddressType": "ipv4", "LoadBalancerArns": [],
            "HealthCheckEnabled": true, "HealthCheckProtocol": "TCP", "HealthCheckPort": "traffic-port",
            "HealthCheckIntervalSeconds": 30, "HealthCheckTimeoutSeconds": 10,
            "HealthyThresholdCount": 5, "UnhealthyThresholdCount": 2,
        })
    );
    let mut http = group_input("http");
    http["HealthCheckProtocol"] = json!("HTTP");
    let made = sim.elb("CreateTargetGroup", http)["TargetGroups"][0].clone();
    assert_eq!(
        (&made["HealthCheckPath"], &made["Matcher"]["HttpCode"], &made["HealthCheckTimeoutSeconds"]),
        (&json!("/"), &json!("200-399"), &json!(6))
    );
}

/// botocore, CreateTargetGroup: names, ports, bounds of health checks, what goes with which target type.
#[test]
fn what_cannot_be_a_target_group_is_refused() {
    let sim = Sim::new();
    let with = |changes: Value| {
        let mut input = group_input("app");
        for (member, value) in changes.as_object().unwrap() {
            input[member] = value.clone();
        }
        input
    };
    let http = |changes: Value| {
        let mut input = with(changes);
        input["HealthCheckProtocol"] = json!("HTTP");
        input
    };
    for (input, code) in [
        (with(json!({"Name": "a".repeat(33)})), "ValidationError"),
        (with(json!({"Name": "a-"})), "ValidationError"),
        (with(json!({"VpcId": "vpc-12345678"})), "ValidationError"),
        (with(json!({"TargetType": "lambda"})), "NotImplemented"),
        (with(json!({"Protocol": "GENEVE"})), "NotImplemented"),
        (with(json!({"Protocol": null})), "ValidationError"),
        (with(json!({"ProtocolVersion": "HTTP2"})), "InvalidConfigurationRequest"),
        (with(json!({"Protocol": "HTTP", "ProtocolVersion": "HTTP2"})), "NotImplemented"),
        (with(json!({"Protocol": "HTTP", "HealthCheckProtocol": "TCP"})), "InvalidConfigurationRequest"),
        (with(json!({"Protocol": "HTTP", "Matcher": {"HttpCode": "500"}})), "ValidationError"),
        (with(json!({"Protocol": "HTTP", "HealthCheckIntervalSeconds": 5})), "ValidationError"),
        (with(json!({"TargetType": "alb", "Protocol": "HTTP"})), "InvalidConfigurationRequest"),
        (with(json!({"TargetType": "alb", "HealthCheckProtocol": "TCP"})), "InvalidConfigurationRequest"),
        (with(json!({"HealthCheckProtocol": "HTTPS"})), "NotImplemented"),
        (with(json!({"HealthCheckEnabled": false})), "InvalidConfigurationRequest"),
        (with(json!({"HealthCheckProtocol": "UDP"})), "InvalidConfigurationRequest"),
        (with(json!({"HealthCheckPath": "/healthz"})), "InvalidConfigurationRequest"),
        (with(json!({"HealthCheckPort": "http"})), "ValidationError"),
        (with(json!({"HealthCheckPort": "0"})), "ValidationError"),
        (with(json!({"HealthCheckIntervalSeconds": 5})), "ValidationError"),
        (http(json!({"HealthCheckPath": "healthz"})), "ValidationError"),
        (http(json!({"Matcher": {"HttpCode": "199"}})), "ValidationError"),
        (http(json!({"Matcher": {"HttpCode": "200-600"}})), "ValidationError"),
        (http(json!({"Matcher": {"GrpcCode": "0"}})), "InvalidConfigurationRequest"),
    ] {
        assert_eq!(sim.elb_code("CreateTargetGroup", input.clone()), code, "{input}");
    }
    // aws/aws-cdk issue 16446: the timeout may be as long as the interval.
    sim.elb("CreateTargetGroup", http(json!({"HealthCheckIntervalSeconds": 6})));
}

/// botocore, CreateTargetGroup: idempotent by equal settings, whosever it is; TF 32942, 1842, 26977: tags
/// stay the other's.
#[test]
fn an_equal_create_returns_what_is_there_and_another_is_a_duplicate() {
    let sim = Sim::new();
    let arn = group(&sim, "app");
    let mut input = group_input("app");
    input["Tags"] = json!([{"Key": "owner", "Value": "b"}]);
    let again = sim.elb("CreateTargetGroup", input.clone());
    assert_eq!(string(&again, "/TargetGroups/0/TargetGroupArn"), arn);
    let tags = sim.elb("DescribeTags", json!({"ResourceArns": [arn]}));
    assert_eq!(length(&tags, "/TagDescriptions/0/Tags"), 0);
    input["Port"] = json!(8081);
    let fault = sim.try_elb("CreateTargetGroup", input).unwrap_err();
    assert_eq!(fault.code, "DuplicateTargetGroupName");
    assert_eq!(fault.message, "A target group with the same name 'app' exists, but with different settings");
}

/// User guides, "Health checks": what stands behind an application load balancer is asked by HTTP and
/// answers 200 within 5 s; an application load balancer as a target is asked by HTTP too.
#[test]
fn health_checks_have_the_defaults_of_the_protocol_and_the_target_type() {
    let sim = Sim::new();
    let made = |name: &str, protocol: &str, target_type: &str| {
        let mut input = group_input(name);
        (input["Protocol"], input["TargetType"]) = (json!(protocol), json!(target_type));
        let made = sim.elb("CreateTargetGroup", input)["TargetGroups"][0].clone();
        let code = made["Matcher"]["HttpCode"].as_str().unwrap_or("-").to_owned();
        let version = made["ProtocolVersion"].as_str().unwrap_or("-").to_owned();
        let protocol = string(&made, "/HealthCheckProtocol");
        (protocol, made["HealthCheckTimeoutSeconds"].as_i64().unwrap(), code, version)
    };
    let told = |protocol: &str, timeout, code: &str, version: &str| {
        (protocol.to_owned(), timeout, code.to_owned(), version.to_owned())
    };
    assert_eq!(made("a", "HTTP", "ip"), told("HTTP", 5, "200", "HTTP1"));
    assert_eq!(made("b", "HTTPS", "instance"), told("HTTP", 5, "200", "HTTP1"));
    assert_eq!(made("c", "TLS", "instance"), told("TCP", 10, "-", "-"));
    assert_eq!(made("d", "UDP", "ip"), told("TCP", 10, "-", "-"));
    assert_eq!(made("e", "TCP", "alb"), told("HTTP", 6, "200-399", "-"));
}

/// botocore, ModifyTargetGroup: health-check settings only.
#[test]
fn the_health_check_of_a_target_group_is_changed() {
    let sim = Sim::new();
    let arn = group(&sim, "app");
    let modify = |changes: Value| {
        let mut input = changes;
        input["TargetGroupArn"] = json!(arn);
        sim.try_elb("ModifyTargetGroup", input)
    };
    let changed = modify(json!({
        "HealthCheckProtocol": "HTTP", "HealthCheckPath": "/ready", "HealthCheckPort": "9000",
        "HealthCheckIntervalSeconds": 10, "HealthyThresholdCount": 2,
    }));
    let changed = changed.unwrap()["TargetGroups"][0].clone();
    assert_eq!(
        (&changed["HealthCheckPath"], &changed["HealthCheckPort"], &changed["HealthyThresholdCount"]),
        (&json!("/ready"), &json!("9000"), &json!(2))
    );
    let kept = modify(json!({"Matcher": {"HttpCode": "204"}})).unwrap();
    assert_eq!(string(&kept, "/TargetGroups/0/HealthCheckPath"), "/ready");
    assert_eq!(modify(json!({"HealthCheckTimeoutSeconds": 11})).unwrap_err().code, "ValidationError");
    let back = modify(json!({"HealthCheckProtocol": "TCP"})).unwrap();
    assert_eq!(back["TargetGroups"][0].get("HealthCheckPath"), None);
    let unknown = json!({"TargetGroupArn": format!("{arn}0")});
    assert_eq!(sim.elb_code("ModifyTargetGroup", unknown), "TargetGroupNotFound");
}

/// botocore, DeleteTargetGroup: not while an action refers to it. That it stays in use for seconds is
/// inferred from aws-load-balancer-controller, which retries for 20 s.
#[test]
fn a_target_group_in_use_is_not_deleted_until_a_moment_after_its_last_listener() {
    let sim = Sim::new();
    let (edge, app) = (balancer(&sim, "edge", 1, &[]), group(&sim, "app"));
    let front = listener(&sim, &edge, 80, &app);
    let delete = json!({"TargetGroupArn": app});
    assert_eq!(sim.elb_code("DeleteTargetGroup", delete.clone()), "ResourceInUse");
    sim.elb("DeleteListener", json!({"ListenerArn": front}));
    let fault = sim.try_elb("DeleteTargetGroup", delete.clone()).unwrap_err();
    assert_eq!(fault.message, format!("Target group '{app}' is currently in use by a listener or a rule"));
    sim.advance(5);
    sim.elb("DeleteTargetGroup", delete.clone());
    sim.elb("DeleteTargetGroup", delete);
    assert_eq!(
        sim.elb_code("DescribeTargetGroups", json!({"TargetGroupArns": [app]})),
        "TargetGroupNotFound"
    );
}

/// botocore, DescribeTargetGroups: one of three ways; TargetGroupNotFound.
#[test]
fn target_groups_are_found_by_load_balancer_name_and_arn() {
    let sim = Sim::new();
    let (edge, app, other) = (balancer(&sim, "edge", 1, &[]), group(&sim, "app"), group(&sim, "other"));
    listener(&sim, &edge, 80, &app);
    let find = |input: Value| sim.elb("DescribeTargetGroups", input);
    let of_edge = find(json!({"LoadBalancerArn": edge}));
    assert_eq!(length(&of_edge, "/TargetGroups"), 1);
    assert_eq!(of_edge["TargetGroups"][0]["LoadBalancerArns"], json!([edge]));
    assert_eq!(length(&find(json!({"TargetGroupArns": [app, other]})), "/TargetGroups"), 2);
    assert_eq!(string(&find(json!({"Names": ["other"]})), "/TargetGroups/0/TargetGroupArn"), other);
    assert_eq!(sim.elb_code("DescribeTargetGroups", json!({"Names": ["x"]})), "TargetGroupNotFound");
    let both = json!({"Names": ["app"], "TargetGroupArns": [app]});
    assert_eq!(sim.elb_code("DescribeTargetGroups", both), "ValidationError");
}

/// botocore, TargetGroupAttribute.Key; hashicorp/terraform-provider-aws 19953 for the message.
#[test]
fn attributes_of_a_target_group_have_defaults_and_are_checked() {
    let sim = Sim::new();
    let arn = group(&sim, "app");
    let modify = |attributes: Value| {
        let input = json!({"TargetGroupArn": arn, "Attributes": attributes});
        sim.try_elb("ModifyTargetGroupAttributes", input)
    };
    let one = |key: &str, value: &str| modify(json!([{"Key": key, "Value": value}]));
    let told = sim.elb("DescribeTargetGroupAttributes", json!({"TargetGroupArn": arn}));
    for (key, value) in [
        ("deregistration_delay.timeout_seconds", "300"),
        ("preserve_client_ip.enabled", "false"),
        ("target_health_state.unhealthy.connection_termination.enabled", "true"),
    ] {
        assert!(
            told["Attributes"].as_array().unwrap().contains(&json!({"Key": key, "Value": value})),
            "{key}"
        );
    }
    let unknown = one("slow_start.duration_seconds", "30").unwrap_err();
    assert_eq!(unknown.message, "Target group attribute key 'slow_start.duration_seconds' is not recognized");
    let long = one("deregistration_delay.timeout_seconds", "3601").unwrap_err();
    assert_eq!(long.code, "ValidationError");
    let said = "'deregistration_delay.timeout_seconds' value '3601' must be between '0-3600' inclusive";
    assert_eq!(long.message, said);
    let cookie = one("stickiness.type", "lb_cookie").unwrap_err();
    assert_eq!(cookie.code, "InvalidConfigurationRequest");
    let said = "Stickiness type 'lb_cookie' is not supported for target groups with the TCP protocol";
    assert_eq!(cookie.message, said);
    let interval = "target_health_state.unhealthy.draining_interval_seconds";
    assert_eq!(one(interval, "60").unwrap_err().code, "InvalidConfigurationRequest");
    let ends = "target_health_state.unhealthy.connection_termination.enabled";
    modify(json!([{"Key": ends, "Value": "false"}, {"Key": interval, "Value": "60"}])).unwrap();
    let mut udp = group_input("udp");
    udp["Protocol"] = json!("UDP");
    let udp = string(&sim.elb("CreateTargetGroup", udp), "/TargetGroups/0/TargetGroupArn");
    let input = json!({"TargetGroupArn": udp, "Attributes": [{"Key": "preserve_client_ip.enabled", "Value": "false"}]});
    assert_eq!(sim.elb_code("ModifyTargetGroupAttributes", input), "InvalidConfigurationRequest");
}

/// botocore, TargetGroupAttribute.Key; ALB user guide, "Edit target group attributes"; the messages
/// are those of hashicorp/terraform-provider-aws's tests and of getmoto/moto.
#[test]
fn attributes_of_a_target_group_depend_on_its_protocol_and_target_type() {
    let sim = Sim::new();
    let make = |name: &str, protocol: &str, target_type: &str| {
        let mut input = group_input(name);
        (input["Protocol"], input["TargetType"]) = (json!(protocol), json!(target_type));
        string(&sim.elb("CreateTargetGroup", input), "/TargetGroups/0/TargetGroupArn")
    };
    let set = |arn: &str, pairs: &[(&str, &str)]| {
        let attributes: Vec<Value> = pairs.iter().map(|(k, v)| json!({"Key": k, "Value": v})).collect();
        let input = json!({"TargetGroupArn": arn, "Attributes": attributes});
        sim.try_elb("ModifyTargetGroupAttributes", input).map(|_| ()).map_err(|f| f.to_string())
    };
    let get = |arn: &str, key: &str| {
        let told = sim.elb("DescribeTargetGroupAttributes", json!({"TargetGroupArn": arn}));
        let all = told["Attributes"].as_array().unwrap().clone();
        all.iter().find(|a| a["Key"] == key).map(|a| string(a, "/Value"))
    };
    let (web, tls) = (make("web", "HTTP", "ip"), make("tls", "TLS", "ip"));
    let (udp, hosts) = (make("udp", "UDP", "ip"), make("hosts", "TCP", "instance"));
    assert_eq!(get(&web, "stickiness.type").as_deref(), Some("lb_cookie"));
    assert_eq!(get(&web, "preserve_client_ip.enabled"), None);
    assert_eq!(get(&udp, "preserve_client_ip.enabled").as_deref(), Some("true"));
    assert_eq!(get(&hosts, "preserve_client_ip.enabled").as_deref(), Some("true"));
    let refused = |given: Result<(), String>, said: &str| {
        let words = given.unwrap_err();
        assert!(words.contains(said), "{words}");
    };
    refused(set(&web, &[("proxy_protocol_v2.enabled", "true")]), "is not recognized");
    refused(
        set(&web, &[("stickiness.type", "source_ip")]),
        "Stickiness type 'source_ip' is not supported for target groups with the HTTP protocol",
    );
    refused(set(&web, &[("stickiness.type", "app_cookie")]), "You must set an application cookie name");
    let cookie = "stickiness.app_cookie.cookie_name";
    refused(set(&web, &[("stickiness.type", "app_cookie"), (cookie, "AWSALBTGx")]), "reserved prefix");
    set(&web, &[("stickiness.type", "app_cookie"), (cookie, "session")]).unwrap();
    refused(set(&web, &[("slow_start.duration_seconds", "29")]), "must be '0' or between '30-900' inclusive");
    let random = ("load_balancing.algorithm.type", "weighted_random");
    refused(set(&web, &[("slow_start.duration_seconds", "30"), random]), "Slow start is not supported");
    let mitigation = ("load_balancing.algorithm.anomaly_mitigation", "on");
    refused(set(&web, &[mitigation]), "Anomaly mitigation is not supported");
    set(&web, &[mitigation, random]).unwrap();
    refused(set(&tls, &[("stickiness.enabled", "true")]), "You cannot enable stickiness on target groups");
    refused(set(&udp, &[("preserve_client_ip.enabled", "false")]), "cannot be disabled");
}
