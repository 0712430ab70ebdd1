use serde_json::{Value, json};

use super::{balancer, group, group_input, listener, listener_input};
use crate::testing::{Sim, length, string};

/// botocore, CreateListener: the example for network load balancers.
#[test]
fn a_listener_forwards_a_port_to_a_target_group() {
    let sim = Sim::new();
    let (edge, app) = (balancer(&sim, "edge", 1, &[]), group(&sim, "app"));
    let made = sim.elb("CreateListener", listener_input(&edge, 80, &app))["Listeners"][0].clone();
    let base = edge.replace(":loadbalancer/", ":listener/");
    assert!(string(&made, "/ListenerArn").starts_with(&format!("{base}/")));
    assert_eq!(string(&made, "/DefaultActions/0/TargetGroupArn"), app);
    assert_eq!(
        made["DefaultActions"][0]["ForwardConfig"]["TargetGroups"],
        json!([{"TargetGroupArn": app, "Weight": 1}])
    );
    let told = sim.elb("DescribeListeners", json!({"LoadBalancerArn": edge}));
    assert_eq!(told["Listeners"], json!([made]));
    assert_eq!(sim.elb_code("DescribeListeners", json!({})), "ValidationError");
}

/// botocore, CreateListener: idempotent by equal settings, else DuplicateListener.
#[test]
fn an_equal_listener_is_returned_and_another_on_its_port_is_a_duplicate() {
    let sim = Sim::new();
    let (edge, app, other) = (balancer(&sim, "edge", 1, &[]), group(&sim, "app"), group(&sim, "other"));
    let arn = listener(&sim, &edge, 80, &app);
    assert_eq!(listener(&sim, &edge, 80, &app), arn);
    let fault = sim.try_elb("CreateListener", listener_input(&edge, 80, &other)).unwrap_err();
    assert_eq!(fault.code, "DuplicateListener");
    assert_eq!(
        fault.message,
        format!("A listener already exists on this port for this load balancer '{edge}'")
    );
}

/// aws-load-balancer-controller issue 4528 and terraform-provider-aws 22005 for the message.
#[test]
fn a_target_group_serves_one_load_balancer_only() {
    let sim = Sim::new();
    let (one, two, app) = (balancer(&sim, "one", 1, &[]), balancer(&sim, "two", 1, &[]), group(&sim, "app"));
    listener(&sim, &one, 80, &app);
    listener(&sim, &one, 81, &app);
    let fault = sim.try_elb("CreateListener", listener_input(&two, 80, &app)).unwrap_err();
    assert_eq!(fault.code, "TargetGroupAssociationLimit");
    let said = "The following target groups cannot be associated with more than one load balancer: ";
    assert!(fault.message.starts_with(said), "{}", fault.message);
}

/// botocore: the errors of CreateListener (TooManyListeners, IncompatibleProtocols, TargetGroupNotFound, …).
#[test]
fn what_cannot_be_a_listener_is_refused() {
    let sim = Sim::new();
    let (edge, app) = (balancer(&sim, "edge", 1, &[]), group(&sim, "app"));
    let mut udp = group_input("udp");
    udp["Protocol"] = json!("UDP");
    let udp = string(&sim.elb("CreateTargetGroup", udp), "/TargetGroups/0/TargetGroupArn");
    let vpc = string(&sim.ec2("CreateVpc", json!({"CidrBlock": "10.9.0.0/16"})), "/Vpc/VpcId");
    let mut far = group_input("far");
    far["VpcId"] = json!(vpc);
    let far = string(&sim.elb("CreateTargetGroup", far), "/TargetGroups/0/TargetGroupArn");
    let with = |member: &str, value: Value| {
        let mut input = listener_input(&edge, 80, &app);
        input[member] = value;
        input
    };
    let forward = |groups: Vec<&str>| {
        let groups: Vec<Value> =
            groups.into_iter().map(|g| json!({"TargetGroupArn": g, "Weight": 1})).collect();
        json!([{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}])
    };
    let six: Vec<String> = (0..6).map(|n| group(&sim, &format!("g{n}"))).collect();
    let heavy = json!([{"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": app, "Weight": 1000}]}}]);
    for (input, code) in [
        (with("LoadBalancerArn", json!(format!("{edge}0"))), "LoadBalancerNotFound"),
        (with("Protocol", json!("HTTP")), "ValidationError"),
        (with("Protocol", json!("QUIC")), "NotImplemented"),
        (with("SslPolicy", json!("x")), "ValidationError"),
        (with("DefaultActions", json!([])), "ValidationError"),
        (with("DefaultActions", json!([{"Type": "redirect"}])), "InvalidLoadBalancerAction"),
        (with("DefaultActions", json!([{"Type": "authenticate-oidc"}])), "InvalidLoadBalancerAction"),
        (with("DefaultActions", json!([{"Type": "forward"}])), "ValidationError"),
        (with("DefaultActions", json!([{"Type": "forward"}, {"Type": "forward"}])), "TooManyActions"),
        (with("DefaultActions", forward(vec![&format!("{app}0")])), "TargetGroupNotFound"),
        (with("DefaultActions", forward(vec![&udp])), "IncompatibleProtocols"),
        (with("DefaultActions", forward(vec![&far])), "InvalidConfigurationRequest"),
        (
            with("DefaultActions", forward(six.iter().map(String::as_str).collect())),
            "InvalidLoadBalancerAction",
        ),
        (with("DefaultActions", heavy), "ValidationError"),
    ] {
        assert_eq!(sim.elb_code("CreateListener", input.clone()), code, "{input}");
    }
    let five = forward(six[..5].iter().map(String::as_str).collect());
    sim.elb("CreateListener", with("DefaultActions", five));
}

/// NLB user guide, "Quotas": 50 listeners a load balancer.
#[test]
fn the_51st_listener_is_refused() {
    let sim = Sim::new();
    let (edge, app) = (balancer(&sim, "edge", 1, &[]), group(&sim, "app"));
    for port in 1..=50 {
        listener(&sim, &edge, port, &app);
    }
    assert_eq!(sim.elb_code("CreateListener", listener_input(&edge, 51, &app)), "TooManyListeners");
    listener(&sim, &edge, 50, &app);
}

/// botocore, ModifyListener: what is left out stays; the ARN, too.
#[test]
fn a_listener_is_modified_in_place() {
    let sim = Sim::new();
    let (edge, app, next) = (balancer(&sim, "edge", 1, &[]), group(&sim, "app"), group(&sim, "next"));
    let arn = listener(&sim, &edge, 80, &app);
    listener(&sim, &edge, 81, &app);
    let modify = |input: Value| {
        let mut input = input;
        input["ListenerArn"] = json!(arn);
        sim.try_elb("ModifyListener", input)
    };
    let actions = json!([{"Type": "forward", "TargetGroupArn": next}]);
    let changed = modify(json!({"Port": 82, "DefaultActions": actions})).unwrap();
    assert_eq!(changed["Listeners"][0]["Port"], 82);
    assert_eq!(string(&changed, "/Listeners/0/DefaultActions/0/TargetGroupArn"), next);
    assert_eq!(modify(json!({"Port": 81})).unwrap_err().code, "DuplicateListener");
    assert_eq!(modify(json!({"Protocol": "UDP"})).unwrap_err().code, "IncompatibleProtocols");
    let unknown = json!({"ListenerArn": format!("{arn}0")});
    assert_eq!(sim.elb_code("ModifyListener", unknown.clone()), "ListenerNotFound");
    assert_eq!(sim.elb_code("DeleteListener", unknown), "ListenerNotFound");
    assert_eq!(length(&sim.elb("DescribeListeners", json!({"LoadBalancerArn": edge})), "/Listeners"), 2);
}

/// botocore, ListenerAttribute.Key.
#[test]
fn the_idle_timeout_of_a_listener_is_60_to_6000_seconds() {
    let sim = Sim::new();
    let (edge, app) = (balancer(&sim, "edge", 1, &[]), group(&sim, "app"));
    let arn = listener(&sim, &edge, 80, &app);
    let attribute = |value: &str| json!([{"Key": "tcp.idle_timeout.seconds", "Value": value}]);
    let told = sim.elb("DescribeListenerAttributes", json!({"ListenerArn": arn}));
    assert_eq!(told, json!({"Attributes": attribute("350")}));
    let set = |value: &str| json!({"ListenerArn": arn, "Attributes": attribute(value)});
    assert_eq!(sim.elb("ModifyListenerAttributes", set("60")), json!({"Attributes": attribute("60")}));
    assert_eq!(sim.elb_code("ModifyListenerAttributes", set("59")), "ValidationError");
}
