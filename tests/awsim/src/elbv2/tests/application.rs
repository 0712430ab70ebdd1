use serde_json::{Value, json};

use super::{application, balancer, balancer_input, group, register, web_group, web_listener_input};
use crate::elbv2::{NoTarget, pick_target};
use crate::seed;
use crate::testing::{Sim, length, string};

fn input(name: &str) -> Value {
    let mut input = balancer_input(name, 2, &[seed::CLUSTER_GROUP]);
    input["Type"] = json!("application");
    input
}

/// AWS CLI, example of create-load-balancer: names and ARNs; AWS general reference: the zone.
#[test]
fn a_new_application_load_balancer_has_its_own_names_and_interfaces() {
    let sim = Sim::new();
    let made = sim.elb("CreateLoadBalancer", input("web"))["LoadBalancers"][0].clone();
    let arn = string(&made, "/LoadBalancerArn");
    assert!(arn.contains(":loadbalancer/app/web/"), "{arn}");
    let dns = string(&made, "/DNSName");
    assert!(dns.starts_with("internal-web-") && dns.ends_with(".eu-central-1.elb.amazonaws.com"), "{dns}");
    assert_eq!(made["Type"], "application");
    assert_eq!(made["CanonicalHostedZoneId"], "Z215JYRZR1TBD5");
    assert_eq!(made.get("EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"), None);
    let filter = json!({"Filters": [{"Name": "description", "Values": ["ELB app/web/*"]}]});
    let interfaces = sim.ec2("DescribeNetworkInterfaces", filter);
    assert_eq!(length(&interfaces, "/NetworkInterfaces"), 2);
    assert_eq!(interfaces["NetworkInterfaces"][0]["InterfaceType"], "interface");
    assert_eq!(sim.elb("CreateLoadBalancer", input("web"))["LoadBalancers"][0], made, "idempotent");
}

/// That interfaces and their groups stay in use for minutes is inferred from terraform-provider-aws, which
/// waits for them (load_balancer.go).
#[test]
fn the_interfaces_of_a_deleted_application_load_balancer_linger() {
    let sim = Sim::new();
    let guard = sim.group("guard");
    let mut input = input("web");
    input["SecurityGroups"] = json!([guard]);
    let arn = string(&sim.elb("CreateLoadBalancer", input), "/LoadBalancers/0/LoadBalancerArn");
    sim.elb("DeleteLoadBalancer", json!({"LoadBalancerArn": arn}));
    assert_eq!(sim.ec2_code("DeleteSecurityGroup", json!({"GroupId": guard})), "DependencyViolation");
    sim.advance(60);
    sim.ec2("DeleteSecurityGroup", json!({"GroupId": guard}));
}

/// hashicorp/terraform-provider-aws issue 15145, kasmtech/terraform issue 5.
#[test]
fn an_application_load_balancer_needs_two_zones() {
    let sim = Sim::new();
    let said = "At least two subnets in two different Availability Zones must be specified";
    for subnets in [json!([]), json!([seed::SUBNETS[0]])] {
        let mut input = input("web");
        input["Subnets"] = subnets;
        let fault = sim.try_elb("CreateLoadBalancer", input).unwrap_err();
        assert_eq!((fault.code.as_str(), fault.message.as_str()), ("ValidationError", said));
    }
    let arn = application(&sim, "web");
    let one = json!({"LoadBalancerArn": arn, "Subnets": [seed::SUBNETS[2]]});
    assert_eq!(sim.elb_code("SetSubnets", one), "ValidationError");
    let mappings = json!([
        {"SubnetId": seed::SUBNETS[0], "PrivateIPv4Address": "10.0.0.9"}, {"SubnetId": seed::SUBNETS[1]},
    ]);
    let mut chosen = input("chosen");
    chosen.as_object_mut().unwrap().remove("Subnets");
    chosen["SubnetMappings"] = mappings;
    assert_eq!(sim.elb_code("CreateLoadBalancer", chosen), "InvalidConfigurationRequest");
}

/// ALB user guide, "Security groups": the VPC's default one if none is named.
#[test]
fn an_application_load_balancer_always_has_security_groups() {
    let sim = Sim::new();
    let vpc = string(&sim.ec2("CreateVpc", json!({"CidrBlock": "10.9.0.0/16"})), "/Vpc/VpcId");
    let subnet = |block: &str, zone: &str| {
        let input = json!({"VpcId": vpc, "CidrBlock": block, "AvailabilityZone": zone});
        string(&sim.ec2("CreateSubnet", input), "/Subnet/SubnetId")
    };
    let mut input = input("web");
    input["Subnets"] = json!([subnet("10.9.0.0/24", seed::ZONES[0]), subnet("10.9.1.0/24", seed::ZONES[1])]);
    input.as_object_mut().unwrap().remove("SecurityGroups");
    let made = sim.elb("CreateLoadBalancer", input)["LoadBalancers"][0].clone();
    let filter = json!({"Filters": [{"Name": "vpc-id", "Values": [vpc]}]});
    let default = string(&sim.ec2("DescribeSecurityGroups", filter), "/SecurityGroups/0/GroupId");
    assert_eq!(made["SecurityGroups"], json!([default]));
    let arn = string(&made, "/LoadBalancerArn");
    let none = json!({"LoadBalancerArn": arn, "SecurityGroups": []});
    assert_eq!(sim.elb_code("SetSecurityGroups", none), "ValidationError");
    let mut rules = json!({"LoadBalancerArn": arn, "SecurityGroups": [default]});
    assert_eq!(sim.elb("SetSecurityGroups", rules.clone()), json!({"SecurityGroupIds": [default]}));
    rules["EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"] = json!("off");
    assert_eq!(sim.elb_code("SetSecurityGroups", rules), "InvalidConfigurationRequest");
}

/// botocore, LoadBalancerAttribute.Key: which are of which kind, with their defaults.
#[test]
fn each_kind_has_its_own_attributes() {
    let sim = Sim::new();
    let (web, edge) = (application(&sim, "web"), balancer(&sim, "edge", 1, &[]));
    let get = |arn: &str, key: &str| {
        let told = sim.elb("DescribeLoadBalancerAttributes", json!({"LoadBalancerArn": arn}));
        let all = told["Attributes"].as_array().unwrap().clone();
        all.iter().find(|a| a["Key"] == key).map(|a| string(a, "/Value"))
    };
    for (key, default) in [
        ("client_keep_alive.seconds", "3600"),
        ("idle_timeout.timeout_seconds", "60"),
        ("load_balancing.cross_zone.enabled", "true"),
        ("routing.http.desync_mitigation_mode", "defensive"),
        ("routing.http2.enabled", "true"),
        ("zonal_shift.config.enabled", "false"),
    ] {
        assert_eq!(get(&web, key).as_deref(), Some(default), "{key}");
    }
    assert_eq!(get(&web, "dns_record.client_routing_policy"), None);
    let set = |arn: &str, key: &str, value: &str| {
        let input = json!({"LoadBalancerArn": arn, "Attributes": [{"Key": key, "Value": value}]});
        sim.try_elb("ModifyLoadBalancerAttributes", input).map(|_| ()).map_err(|f| f.to_string())
    };
    for (arn, key, value, said) in [
        (&web, "dns_record.client_routing_policy", "availability_zone_affinity", "is not recognized"),
        (&edge, "routing.http2.enabled", "false", "is not recognized"),
        (&web, "load_balancing.cross_zone.enabled", "false", "must be one of [true]"),
        (&web, "idle_timeout.timeout_seconds", "4001", "must be between '1-4000' inclusive"),
        (&web, "connection_logs.s3.enabled", "true", "connection_logs.s3.bucket is required"),
        (&edge, "dns_record.client_routing_policy", "near", "must be one of [any_availability_zone"),
    ] {
        let words = set(arn, key, value).unwrap_err();
        assert!(words.contains(said), "{words}");
    }
    set(&web, "idle_timeout.timeout_seconds", "4000").unwrap();
    set(&edge, "secondary_ips.auto_assigned.per_subnet", "2").unwrap();
    assert!(set(&edge, "secondary_ips.auto_assigned.per_subnet", "1").unwrap_err().contains("be decreased"));
}

/// Network Load Balancers user guide, "Zonal shift": across zones only where targets keep connections.
#[test]
fn zonal_shift_across_zones_needs_target_groups_that_keep_connections() {
    let sim = Sim::new();
    let (edge, app) = (balancer(&sim, "edge", 1, &[]), group(&sim, "app"));
    super::listener(&sim, &edge, 80, &app);
    let shift = json!({"LoadBalancerArn": edge, "Attributes": [
        {"Key": "zonal_shift.config.enabled", "Value": "true"},
        {"Key": "load_balancing.cross_zone.enabled", "Value": "true"},
    ]});
    let refused = "InvalidConfigurationRequest";
    assert_eq!(sim.elb_code("ModifyLoadBalancerAttributes", shift.clone()), refused);
    let keep = |value: &str| {
        let key = "target_health_state.unhealthy.connection_termination.enabled";
        json!({"TargetGroupArn": app, "Attributes": [{"Key": key, "Value": value}]})
    };
    sim.elb("ModifyTargetGroupAttributes", keep("false"));
    sim.elb("ModifyLoadBalancerAttributes", shift);
    assert_eq!(sim.elb_code("ModifyTargetGroupAttributes", keep("true")), refused);
    let other = super::listener_input(&edge, 81, &group(&sim, "other"));
    assert_eq!(sim.elb_code("CreateListener", other), refused);
}

/// hashicorp/terraform-provider-aws issues 6173 and 4955 for the messages.
#[test]
fn listeners_and_target_groups_are_of_the_load_balancers_kind() {
    let sim = Sim::new();
    let (web, edge) = (application(&sim, "web"), balancer(&sim, "edge", 1, &[]));
    let (pages, app) = (web_group(&sim, "pages"), group(&sim, "app"));
    let forward = |group: &str| json!({"Type": "forward", "TargetGroupArn": group});
    let mut tcp = web_listener_input(&web, 80, forward(&app));
    let fault = sim.try_elb("CreateListener", tcp.clone()).unwrap_err();
    assert_eq!(fault.code, "IncompatibleProtocols");
    let said = "The listener and the following target groups have incompatible protocols: ";
    assert_eq!(fault.message, format!("{said}{app}"));
    tcp["Protocol"] = json!("TCP");
    let fault = sim.try_elb("CreateListener", tcp).unwrap_err();
    assert_eq!(
        fault.to_string(),
        "400 ValidationError: Listener protocol 'TCP' must be one of 'HTTPS, HTTP'"
    );
    let pages_on_edge = super::listener_input(&edge, 80, &pages);
    assert_eq!(sim.elb_code("CreateListener", pages_on_edge), "IncompatibleProtocols");
    let made = sim.elb("CreateListener", web_listener_input(&web, 80, forward(&pages)));
    assert!(string(&made, "/Listeners/0/ListenerArn").contains(":listener/app/web/"));
    let second = web_listener_input(&application(&sim, "second"), 80, forward(&pages));
    assert_eq!(sim.elb_code("CreateListener", second), "TargetGroupAssociationLimit");
}

/// botocore, TargetHealthDescription.AnomalyDetection: of application load balancers' targets, when
/// it is asked for.
#[test]
fn anomalies_are_told_when_asked_for() {
    let sim = Sim::new();
    let (pages, app) = (web_group(&sim, "pages"), group(&sim, "app"));
    for arn in [&pages, &app] {
        register(&sim, arn, &["10.0.8.10"]);
    }
    let told = |arn: &str, include: Value| {
        let input = json!({"TargetGroupArn": arn, "Include": include});
        sim.elb("DescribeTargetHealth", input)["TargetHealthDescriptions"][0].get("AnomalyDetection").cloned()
    };
    let normal = json!({"Result": "normal", "MitigationInEffect": "no"});
    assert_eq!(told(&pages, json!(["AnomalyDetection"])), Some(normal));
    assert_eq!(told(&pages, json!([])), None);
    assert_eq!(told(&app, json!(["All"])), None);
}

/// ALB user guide, "Quotas": 1000 targets an application load balancer, whatever the zones.
#[test]
fn an_application_load_balancer_has_1000_targets_at_most() {
    let sim = Sim::new();
    let web = application(&sim, "web");
    for (n, name) in ["a", "b"].into_iter().enumerate() {
        let pages = web_group(&sim, name);
        let forward = json!({"Type": "forward", "TargetGroupArn": pages});
        let port = 80 + u16::try_from(n).unwrap();
        sim.elb("CreateListener", web_listener_input(&web, port, forward));
        let targets: Vec<Value> = (0..500).map(|n| json!({"Id": "10.0.8.1", "Port": 1000 + n})).collect();
        sim.elb("RegisterTargets", json!({"TargetGroupArn": pages, "Targets": targets}));
        if n == 1 {
            let more = json!({"TargetGroupArn": pages, "Targets": [{"Id": "10.0.8.2"}]});
            assert_eq!(sim.elb_code("RegisterTargets", more), "TooManyTargets");
        }
    }
}

/// ALB and NLB user guides, "Quotas": 50 of each kind.
#[test]
fn load_balancers_are_counted_by_kind() {
    let sim = Sim::new();
    for n in 0..50 {
        balancer(&sim, &format!("lb{n}"), 1, &[]);
    }
    application(&sim, "web");
    assert_eq!(sim.elb_code("CreateLoadBalancer", balancer_input("more", 1, &[])), "TooManyLoadBalancers");
    let mut named = input("lb0");
    named["Scheme"] = json!("internal");
    assert_eq!(sim.elb_code("CreateLoadBalancer", named), "DuplicateLoadBalancerName");
}

#[test]
fn no_connection_goes_through_an_application_load_balancer() {
    let sim = Sim::new();
    let web = application(&sim, "web");
    let front = super::web_listener(&sim, &web, 80);
    sim.advance(150);
    let client = std::net::Ipv4Addr::new(10, 0, 0, 9);
    let to = sim.with(|call| pick_target(call.region, &front, seed::ZONES[0], client, call.now));
    assert_eq!(to, Err(NoTarget::NotPlain(front, "HTTP".to_owned())));
}
