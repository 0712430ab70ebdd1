use serde_json::{Value, json};

use super::{application, balancer, group, listener, web_group, web_listener, web_listener_input};
use crate::elbv2;
use crate::testing::{Sim, length, string};
use crate::world::Tags;

fn forward(group: &str) -> Value {
    json!([{"Type": "forward", "TargetGroupArn": group}])
}

fn path(pattern: &str) -> Value {
    json!([{"Field": "path-pattern", "Values": [pattern]}])
}

fn rule_input(listener: &str, priority: u16, group: &str) -> Value {
    json!({
        "ListenerArn": listener, "Priority": priority, "Conditions": path("/api/*"), "Actions": forward(group),
    })
}

/// Makes one and returns its ARN.
fn rule(sim: &Sim, listener: &str, priority: u16, group: &str) -> String {
    string(&sim.elb("CreateRule", rule_input(listener, priority, group)), "/Rules/0/RuleArn")
}

/// Priorities of a listener's rules, in the order told.
fn priorities(sim: &Sim, listener: &str) -> Vec<String> {
    let told = sim.elb("DescribeRules", json!({"ListenerArn": listener}));
    told["Rules"].as_array().unwrap().iter().map(|rule| string(rule, "/Priority")).collect()
}

/// botocore, Rule; ARNs as IAM's reference of actions has them.
#[test]
fn a_rule_goes_before_the_default_one_by_its_priority() {
    let sim = Sim::new();
    let (web, pages) = (application(&sim, "web"), web_group(&sim, "pages"));
    let front = web_listener(&sim, &web, 80);
    assert_eq!(priorities(&sim, &front), ["default"]);
    rule(&sim, &front, 1000, &pages);
    let made = sim.elb("CreateRule", rule_input(&front, 20, &pages))["Rules"][0].clone();
    let base = front.replace(":listener/", ":listener-rule/");
    assert!(string(&made, "/RuleArn").starts_with(&format!("{base}/")));
    assert_eq!(made["Priority"], "20");
    assert_eq!(made["IsDefault"], false);
    assert_eq!(
        made["Conditions"],
        json!([{"Field": "path-pattern", "Values": ["/api/*"], "PathPatternConfig": {"Values": ["/api/*"]}}])
    );
    assert_eq!(made["Actions"][0]["ForwardConfig"]["TargetGroups"][0]["Weight"], 1);
    assert_eq!(priorities(&sim, &front), ["20", "1000", "default"]);
    let by_arn = sim.elb("DescribeRules", json!({"RuleArns": [made["RuleArn"]]}));
    assert_eq!(by_arn["Rules"], json!([made]));
    let page = sim.elb("DescribeRules", json!({"ListenerArn": front, "PageSize": 2}));
    let rest = json!({"ListenerArn": front, "PageSize": 2, "Marker": page["NextMarker"]});
    assert_eq!(length(&sim.elb("DescribeRules", rest), "/Rules"), 1);
    assert_eq!(sim.elb_code("DescribeRules", json!({})), "ValidationError");
    let both = json!({"ListenerArn": front, "RuleArns": [made["RuleArn"]]});
    assert_eq!(sim.elb_code("DescribeRules", both), "ValidationError");
}

/// botocore, PriorityInUseException; hashicorp/terraform issue 24239 for the message. CreateRule is
/// not among the operations that botocore calls idempotent.
#[test]
fn a_priority_is_taken_once_even_by_an_equal_rule() {
    let sim = Sim::new();
    let (web, pages) = (application(&sim, "web"), web_group(&sim, "pages"));
    let (front, other) = (web_listener(&sim, &web, 80), web_listener(&sim, &web, 81));
    rule(&sim, &front, 20, &pages);
    let fault = sim.try_elb("CreateRule", rule_input(&front, 20, &pages)).unwrap_err();
    assert_eq!(fault.to_string(), "400 PriorityInUse: Priority '20' is currently in use");
    rule(&sim, &other, 20, &pages);
}

/// botocore, ModifyRule and DeleteRule; FeLvi-zzz/tentez pull request 32 for the message.
#[test]
fn the_default_rule_is_changed_through_its_listener_only() {
    let sim = Sim::new();
    let (web, pages) = (application(&sim, "web"), web_group(&sim, "pages"));
    let front = web_listener(&sim, &web, 80);
    let default = || {
        let told = sim.elb("DescribeRules", json!({"ListenerArn": front}));
        told["Rules"].as_array().unwrap().last().unwrap().clone()
    };
    let arn = string(&default(), "/RuleArn");
    let fault = sim.try_elb("ModifyRule", json!({"RuleArn": arn, "Actions": forward(&pages)})).unwrap_err();
    let said = format!("400 OperationNotPermitted: Default rule '{arn}' cannot be modified");
    assert_eq!(fault.to_string(), said);
    assert_eq!(sim.elb_code("DeleteRule", json!({"RuleArn": arn})), "OperationNotPermitted");
    let moved = json!({"RulePriorities": [{"RuleArn": arn, "Priority": 1}]});
    assert_eq!(sim.elb_code("SetRulePriorities", moved), "OperationNotPermitted");
    sim.elb("ModifyListener", json!({"ListenerArn": front, "DefaultActions": forward(&pages)}));
    assert_eq!(default()["RuleArn"], json!(arn));
    assert_eq!(string(&default(), "/Actions/0/TargetGroupArn"), pages);
}

/// botocore, SetRulePriorities: no conflict in the new order.
#[test]
fn rules_change_places_all_or_none() {
    let sim = Sim::new();
    let (web, pages) = (application(&sim, "web"), web_group(&sim, "pages"));
    let front = web_listener(&sim, &web, 80);
    let (a, b) = (rule(&sim, &front, 1, &pages), rule(&sim, &front, 2, &pages));
    rule(&sim, &front, 3, &pages);
    let set = |pairs: &[(&str, u16)]| {
        let pairs: Vec<Value> = pairs.iter().map(|(arn, p)| json!({"RuleArn": arn, "Priority": p})).collect();
        sim.try_elb("SetRulePriorities", json!({"RulePriorities": pairs})).map_err(|f| f.code)
    };
    let told = set(&[(&a, 2), (&b, 1)]).unwrap();
    assert_eq!(length(&told, "/Rules"), 2);
    let first = sim.elb("DescribeRules", json!({"ListenerArn": front}));
    assert_eq!(string(&first, "/Rules/0/RuleArn"), b);
    assert_eq!(set(&[(&a, 5), (&b, 3)]), Err("PriorityInUse".to_owned()));
    assert_eq!(set(&[(&a, 5), (&b, 5)]), Err("ValidationError".to_owned()));
    assert_eq!(set(&[(&a, 5), (&format!("{b}0"), 6)]), Err("RuleNotFound".to_owned()));
    assert_eq!(priorities(&sim, &front), ["1", "2", "3", "default"]);
}

/// botocore, DeleteTargetGroup: not while an action refers to it.
#[test]
fn a_target_group_is_in_use_by_rules_as_by_listeners() {
    let sim = Sim::new();
    let (web, pages) = (application(&sim, "web"), web_group(&sim, "pages"));
    let front = web_listener(&sim, &web, 80);
    let delete = json!({"TargetGroupArn": pages});
    let arn = rule(&sim, &front, 1, &pages);
    assert_eq!(sim.elb_code("DeleteTargetGroup", delete.clone()), "ResourceInUse");
    let told = sim.elb("DescribeTargetGroups", json!({"LoadBalancerArn": web}));
    assert_eq!(told["TargetGroups"][0]["LoadBalancerArns"], json!([web]));
    sim.elb("DeleteRule", json!({"RuleArn": arn}));
    assert_eq!(sim.elb_code("DeleteRule", json!({"RuleArn": arn})), "RuleNotFound");
    assert_eq!(sim.elb_code("DeleteTargetGroup", delete.clone()), "ResourceInUse", "for a moment");
    sim.advance(5);
    rule(&sim, &front, 1, &pages);
    sim.elb("DeleteListener", json!({"ListenerArn": front}));
    assert_eq!(sim.with(|call| call.region.elbv2.rules.len()), 0);
    let again = web_listener(&sim, &web, 80);
    rule(&sim, &again, 1, &pages);
    sim.elb("DeleteLoadBalancer", json!({"LoadBalancerArn": web}));
    assert_eq!(sim.with(|call| call.region.elbv2.rules.len()), 0);
    sim.advance(5);
    sim.elb("DeleteTargetGroup", delete);
}

/// botocore, ModifyRule: what is not given stays.
#[test]
fn a_rule_is_modified_in_part() {
    let sim = Sim::new();
    let (web, pages, next) = (application(&sim, "web"), web_group(&sim, "pages"), web_group(&sim, "next"));
    let front = web_listener(&sim, &web, 80);
    let arn = rule(&sim, &front, 1, &pages);
    let modify = |mut input: Value| {
        input["RuleArn"] = json!(arn);
        sim.try_elb("ModifyRule", input)
    };
    let changed = modify(json!({"Actions": forward(&next)})).unwrap()["Rules"][0].clone();
    assert_eq!(string(&changed, "/Actions/0/TargetGroupArn"), next);
    assert_eq!(string(&changed, "/Conditions/0/Values/0"), "/api/*");
    let changed = modify(json!({"Conditions": path("/v2/*")})).unwrap()["Rules"][0].clone();
    assert_eq!(string(&changed, "/Actions/0/TargetGroupArn"), next);
    assert_eq!(modify(json!({})).unwrap_err().message, "Either conditions or actions must be specified");
    let app = group(&sim, "app");
    assert_eq!(modify(json!({"Actions": forward(&app)})).unwrap_err().code, "IncompatibleProtocols");
    let transforms = json!([{"Type": "url-rewrite"}]);
    let given = json!({"Conditions": path("/x"), "Transforms": transforms});
    assert_eq!(modify(given).unwrap_err().code, "NotImplemented");
}

/// Makes a rule with these conditions, deletes it and returns what was told of them.
fn with_conditions(sim: &Sim, listener: &str, group: &str, conditions: Value) -> Result<Value, String> {
    let mut input = rule_input(listener, 1, group);
    input["Conditions"] = conditions;
    let made = sim.try_elb("CreateRule", input).map_err(|fault| fault.to_string())?;
    sim.elb("DeleteRule", json!({"RuleArn": made["Rules"][0]["RuleArn"]}));
    Ok(made["Rules"][0]["Conditions"].clone())
}

fn host(value: &str) -> Value {
    json!({"Field": "host-header", "Values": [value]})
}

fn header(name: &str) -> Value {
    json!({"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": name, "Values": ["x"]}})
}

fn query(pair: Value) -> Value {
    json!({"Field": "query-string", "QueryStringConfig": {"Values": [pair]}})
}

fn method(value: &str) -> Value {
    json!({"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": [value]}})
}

fn source(value: &str) -> Value {
    json!({"Field": "source-ip", "SourceIpConfig": {"Values": [value]}})
}

/// botocore, RuleCondition and its configurations; aws/aws-cdk issue 10065 for the message; ALB user
/// guide, "Quotas".
#[test]
fn conditions_are_checked() {
    let sim = Sim::new();
    let (web, pages) = (application(&sim, "web"), web_group(&sim, "pages"));
    let front = web_listener(&sim, &web, 80);
    let create = |conditions: Value| with_conditions(&sim, &front, &pages, conditions);
    let paths = |values: &[&str]| json!({"Field": "path-pattern", "PathPatternConfig": {"Values": values}});
    for (conditions, said) in [
        (json!([]), "A condition must be specified"),
        (json!([{"Field": "colour"}]), "Condition field 'colour' must be one of '[path-pattern,host-header,"),
        (json!([{"Field": "path-pattern"}]), "A condition value must be specified"),
        (
            json!([{"Field": "path-pattern", "Values": ["/a", "/b"]}]),
            "contains too many values; the limit is '1'",
        ),
        (json!([paths(&["/1", "/2", "/3", "/4", "/5", "/6"])]), "A rule can only have '5' condition values"),
        (
            json!([paths(&["/*/*/*"]), host("*.*.*.example.com")]),
            "A rule can only have '5' condition wildcards",
        ),
        (json!([paths(&["/a"]), paths(&["/b"])]), "A rule can only have one 'path-pattern' condition"),
        (json!([paths(&["/a b"])]), "is not valid"),
        (json!([paths(&["/".repeat(129).as_str()])]), "must have 1 to 128 characters"),
        (json!([host("localhost")]), "is not valid"),
        (json!([host("example.c0m")]), "is not valid"),
        (json!([header("Host")]), "cannot name the host header"),
        (json!([header(&"x".repeat(41))]), "is not valid"),
        (json!([query(json!({"Key": "k"}))]), "needs a value"),
        (json!([method("get")]), "is not valid"),
        (json!([source("10.0.0.1")]), "is not valid"),
        (json!([{"Field": "source-ip", "Values": ["10.0.0.0/8"]}]), "Values cannot be specified for field"),
        (
            json!([{"Field": "source-ip", "PathPatternConfig": {"Values": ["/"]}}]),
            "PathPatternConfig cannot be",
        ),
    ] {
        let words = create(conditions.clone()).expect_err(&conditions.to_string());
        assert!(words.starts_with("400 ValidationError") && words.contains(said), "{words}");
    }
}

/// botocore, RuleCondition: one of most fields, several of headers and of query strings.
#[test]
fn conditions_are_told_as_they_were_given() {
    let sim = Sim::new();
    let (web, pages) = (application(&sim, "web"), web_group(&sim, "pages"));
    let front = web_listener(&sim, &web, 80);
    let create = |conditions: Value| with_conditions(&sim, &front, &pages, conditions);
    let all = json!([
        header("X-Tenant"),
        query(json!({"Key": "v", "Value": "1"})),
        method("PATCH"),
        source("10.0.0.0/8"),
        host("*.example.com"),
    ]);
    let told = create(all.clone()).unwrap();
    assert_eq!(told.as_array().unwrap()[..4], all.as_array().unwrap()[..4]);
    assert_eq!(told[4]["HostHeaderConfig"]["Values"], json!(["*.example.com"]));
    create(json!([header("A"), header("B")])).unwrap();
    create(json!([{"Field": "path-pattern", "PathPatternConfig": {"RegexValues": ["^/v[0-9]+$"]}}])).unwrap();
}

/// botocore, Action and its configurations; the loop by AWS Load Balancer Controller's guide; the
/// other messages by getmoto/moto and by modules' lists of known errors.
#[test]
fn actions_are_checked() {
    let sim = Sim::new();
    let (web, pages) = (application(&sim, "web"), web_group(&sim, "pages"));
    let create = |action: Value| {
        let made = sim.try_elb("CreateListener", web_listener_input(&web, 80, action));
        let made = made.map_err(|fault| fault.to_string())?["Listeners"][0].clone();
        sim.elb("DeleteListener", json!({"ListenerArn": made["ListenerArn"]}));
        Ok::<Value, String>(made["DefaultActions"][0].clone())
    };
    let redirect = |mut config: Value| {
        config["StatusCode"] = json!("HTTP_301");
        json!({"Type": "redirect", "RedirectConfig": config})
    };
    let sticky = |config: Value| {
        let groups = json!([{"TargetGroupArn": pages, "Weight": 1}]);
        json!({"Type": "forward", "ForwardConfig": {"TargetGroups": groups, "TargetGroupStickinessConfig": config}})
    };
    let fixed = json!({"StatusCode": "200", "ContentType": "text/xml"});
    for (action, said) in [
        (redirect(json!({})), "The redirect configuration is not valid because it creates a loop."),
        (redirect(json!({"Path": "/new/#{path}"})), "because it creates a loop"),
        (redirect(json!({"Port": "70000"})), "redirect port"),
        (redirect(json!({"Protocol": "FTP"})), "redirect protocol"),
        (redirect(json!({"Path": "new"})), "must begin with '/'"),
        (json!({"Type": "redirect"}), "must have a redirect configuration"),
        (json!({"Type": "fixed-response", "FixedResponseConfig": fixed}), "The ContentType must be one of:"),
        (
            json!({"Type": "forward", "TargetGroupArn": pages, "RedirectConfig": {}}),
            "RedirectConfig cannot be",
        ),
        (
            json!({"Type": "authenticate-cognito"}),
            "Actions of type 'authenticate-cognito' are supported only on",
        ),
        (sticky(json!({"Enabled": true})), "You must specify a duration"),
        (
            sticky(json!({"Enabled": true, "DurationSeconds": 604_801})),
            "must be between '1-604800' inclusive",
        ),
    ] {
        let words = create(action.clone()).expect_err(&action.to_string());
        assert!(words.contains(said), "{words}");
    }
    let told = create(redirect(json!({"Protocol": "HTTPS", "Port": "443"}))).unwrap();
    let full = json!({"Protocol": "HTTPS", "Port": "443", "Host": "#{host}", "Path": "/#{path}",
        "Query": "#{query}", "StatusCode": "HTTP_301"});
    assert_eq!(told, json!({"Type": "redirect", "RedirectConfig": full}));
    let told = create(sticky(json!({"Enabled": true, "DurationSeconds": 60}))).unwrap();
    let config = json!({"Enabled": true, "DurationSeconds": 60});
    assert_eq!(told["ForwardConfig"]["TargetGroupStickinessConfig"], config);
    let mut two = web_listener_input(&web, 80, sticky(json!({})));
    two["DefaultActions"] = json!([sticky(json!({})), sticky(json!({}))]);
    assert_eq!(sim.elb_code("CreateListener", two), "InvalidLoadBalancerAction");
}

/// AWS's blog, "Network Load Balancers now support weighted target groups": several groups of one protocol,
/// stickiness by source address, not on TLS listeners. botocore, DurationSeconds: of application load
/// balancers. The message of cookies: terraform modules' lists of known errors.
#[test]
fn what_target_groups_of_one_action_must_have_in_common() {
    let sim = Sim::new();
    let (web, edge) = (application(&sim, "web"), balancer(&sim, "edge", 1, &[]));
    let several = |groups: &[&String], stickiness: Value| {
        let groups: Vec<Value> = groups.iter().map(|g| json!({"TargetGroupArn": g, "Weight": 5})).collect();
        let config = json!({"TargetGroups": groups, "TargetGroupStickinessConfig": stickiness});
        json!([{"Type": "forward", "ForwardConfig": config}])
    };
    let (a, b) = (web_group(&sim, "a"), web_group(&sim, "b"));
    let cookie = json!([
        {"Key": "stickiness.enabled", "Value": "true"}, {"Key": "stickiness.type", "Value": "app_cookie"},
        {"Key": "stickiness.app_cookie.cookie_name", "Value": "session"},
    ]);
    sim.elb("ModifyTargetGroupAttributes", json!({"TargetGroupArn": b, "Attributes": cookie}));
    let mut input = web_listener_input(&web, 80, json!({}));
    input["DefaultActions"] = several(&[&a, &b], json!({}));
    let fault = sim.try_elb("CreateListener", input).unwrap_err();
    assert_eq!(fault.code, "InvalidLoadBalancerAction");
    assert!(fault.message.contains("none of them can have stickiness of type 'app_cookie' enabled"));
    let made = |name: &str, protocol: &str| {
        let mut input = super::group_input(name);
        input["Protocol"] = json!(protocol);
        string(&sim.elb("CreateTargetGroup", input), "/TargetGroups/0/TargetGroupArn")
    };
    let (tcp, other, both) = (made("tcp", "TCP"), made("other", "TCP"), made("both", "TCP_UDP"));
    let mut input = super::listener_input(&edge, 80, &tcp);
    for (groups, stickiness, code) in [
        (vec![&tcp, &both], json!({}), "InvalidLoadBalancerAction"),
        (vec![&tcp, &other], json!({"Enabled": true, "DurationSeconds": 60}), "InvalidLoadBalancerAction"),
    ] {
        input["DefaultActions"] = several(&groups, stickiness);
        assert_eq!(sim.elb_code("CreateListener", input.clone()), code);
    }
    input["DefaultActions"] = several(&[&tcp, &other], json!({"Enabled": true}));
    let told = sim.elb("CreateListener", input.clone());
    let config = &told["Listeners"][0]["DefaultActions"][0]["ForwardConfig"];
    assert_eq!(config["TargetGroupStickinessConfig"], json!({"Enabled": true}));
    assert_eq!(sim.elb("CreateListener", input), told, "idempotent");
}

/// botocore, CreateRule: of network load balancers only dual-stack ones have rules.
#[test]
fn a_network_load_balancer_has_the_default_rule_only() {
    let sim = Sim::new();
    let (edge, app) = (balancer(&sim, "edge", 1, &[]), group(&sim, "app"));
    let front = listener(&sim, &edge, 80, &app);
    assert_eq!(priorities(&sim, &front), ["default"]);
    assert_eq!(sim.elb_code("CreateRule", rule_input(&front, 1, &app)), "UnsupportedProtocol");
}

/// ALB user guide, "Quotas": 100 rules and 100 target groups a load balancer.
#[test]
fn rules_and_target_groups_of_a_load_balancer_are_limited() {
    let sim = Sim::new();
    let (web, pages) = (application(&sim, "web"), web_group(&sim, "pages"));
    let (front, other) = (web_listener(&sim, &web, 80), web_listener(&sim, &web, 81));
    let full = application(&sim, "full");
    for port in 1..=20 {
        let groups: Vec<Value> = (0..5)
            .map(|n| json!({"TargetGroupArn": web_group(&sim, &format!("g{port}-{n}")), "Weight": 1}))
            .collect();
        let action = json!({"Type": "forward", "ForwardConfig": {"TargetGroups": groups}});
        sim.elb("CreateListener", web_listener_input(&full, port, action));
    }
    let more = json!({"Type": "forward", "TargetGroupArn": web_group(&sim, "more")});
    let code = sim.elb_code("CreateListener", web_listener_input(&full, 21, more));
    assert_eq!(code, "TooManyUniqueTargetGroupsPerLoadBalancer");
    for priority in 1..=100 {
        rule(&sim, if priority % 2 == 0 { &front } else { &other }, priority, &pages);
    }
    assert_eq!(sim.elb_code("CreateRule", rule_input(&front, 101, &pages)), "TooManyRules");
}

/// botocore, AddTags: of rules, too; GetResources of the Tagging API: all tagged resources of the region.
#[test]
fn rules_have_tags_that_the_tagging_service_sees() {
    let sim = Sim::new();
    let (web, pages) = (application(&sim, "web"), web_group(&sim, "pages"));
    let front = web_listener(&sim, &web, 80);
    let mut input = rule_input(&front, 1, &pages);
    input["Tags"] = json!([{"Key": "owner", "Value": "me"}]);
    let arn = string(&sim.elb("CreateRule", input), "/Rules/0/RuleArn");
    let mine = Tags::from([("owner".to_owned(), "me".to_owned())]);
    sim.with(|call| assert!(elbv2::tagged(call.region, &|_| true).contains(&(arn.clone(), mine))));
    sim.elb("RemoveTags", json!({"ResourceArns": [arn], "TagKeys": ["owner"]}));
    let told = sim.elb("DescribeTags", json!({"ResourceArns": [arn]}));
    assert_eq!(length(&told, "/TagDescriptions/0/Tags"), 0);
    let code = sim.elb_code("DescribeTags", json!({"ResourceArns": [format!("{arn}0")]}));
    assert_eq!(code, "RuleNotFound");
}
