//! Elastic Load Balancing v2. Descriptions know no resources; what is made has `*` for its id and, with
//! tags, wants `elasticloadbalancing:AddTags` with `elasticloadbalancing:CreateAction` as well
//! (aws-load-balancer-controller #2692, #3086). CreateListener and CreateRule are asked on what the
//! new thing belongs to, so `aws:ResourceTag` there is that one's (SAR).

use serde_json::Value;

use super::{Asked, Need, tag_keys};
use crate::iam::context::Context;
use crate::input::{list, text, texts};

/// The member that holds the ARN that an action is asked on.
const ON: [(&str, &str); 17] = [
    ("AddListenerCertificates", "ListenerArn"),
    ("DeleteListener", "ListenerArn"),
    ("DeleteLoadBalancer", "LoadBalancerArn"),
    ("DeleteRule", "RuleArn"),
    ("DeleteTargetGroup", "TargetGroupArn"),
    ("DeregisterTargets", "TargetGroupArn"),
    ("ModifyListener", "ListenerArn"),
    ("ModifyListenerAttributes", "ListenerArn"),
    ("ModifyLoadBalancerAttributes", "LoadBalancerArn"),
    ("ModifyRule", "RuleArn"),
    ("ModifyTargetGroup", "TargetGroupArn"),
    ("ModifyTargetGroupAttributes", "TargetGroupArn"),
    ("RegisterTargets", "TargetGroupArn"),
    ("RemoveListenerCertificates", "ListenerArn"),
    ("SetIpAddressType", "LoadBalancerArn"),
    ("SetSecurityGroups", "LoadBalancerArn"),
    ("SetSubnets", "LoadBalancerArn"),
];

pub(super) fn needed(asked: &Asked<'_>) -> Vec<Need> {
    let action = asked.action("elasticloadbalancing");
    if let Some((_, member)) = ON.iter().find(|(operation, _)| *operation == asked.operation) {
        return vec![Need::new(action, asked.text(member)).with(settings(asked))];
    }
    match asked.operation {
        "AddTags" => on_each(asked, Context::default().request_tags(&asked.tags("Tags"))),
        "RemoveTags" => on_each(asked, tag_keys(texts(asked.input, "TagKeys"))),
        "CreateLoadBalancer" | "CreateTargetGroup" | "CreateListener" | "CreateRule" => create(asked),
        "SetRulePriorities" => {
            let rules = list(asked.input, "RulePriorities").iter().filter_map(|rule| text(rule, "RuleArn"));
            let needs: Vec<Need> = rules.map(|arn| Need::new(action.clone(), arn)).collect();
            if needs.is_empty() { vec![Need::new(action, "*")] } else { needs }
        }
        _ => vec![Need::new(action, "*")],
    }
}

fn on_each(asked: &Asked<'_>, context: Context) -> Vec<Need> {
    let action = asked.action("elasticloadbalancing");
    let arns = texts(asked.input, "ResourceArns");
    if arns.is_empty() {
        return vec![Need::new(action, "*")];
    }
    arns.into_iter().map(|arn| Need::new(action.clone(), arn).with(context.clone())).collect()
}

fn create(asked: &Asked<'_>) -> Vec<Need> {
    let tags = asked.tags("Tags");
    let (on, made) = places(asked);
    let context = settings(asked).request_tags(&tags);
    let mut needs = vec![Need::new(asked.action("elasticloadbalancing"), on).with(context)];
    if !tags.is_empty() {
        let context =
            Context::default().request_tags(&tags).set("elasticloadbalancing:CreateAction", asked.operation);
        needs.push(Need::new("elasticloadbalancing:AddTags", made).with(context));
    }
    needs
}

/// What a create action is asked on, and the ARN of what is to be made.
fn places(asked: &Asked<'_>) -> (String, String) {
    let arn = |resource: &str| asked.region.arn("elasticloadbalancing", resource);
    let name = asked.text("Name");
    match asked.operation {
        "CreateTargetGroup" => {
            let made = arn(&format!("targetgroup/{name}/*"));
            (made.clone(), made)
        }
        "CreateListener" => {
            let owner = asked.text("LoadBalancerArn");
            (owner.to_owned(), format!("{}/*", owner.replacen(":loadbalancer/", ":listener/", 1)))
        }
        "CreateRule" => {
            let owner = asked.text("ListenerArn");
            (owner.to_owned(), format!("{}/*", owner.replacen(":listener/", ":listener-rule/", 1)))
        }
        _ => {
            let kind = if asked.text("Type") == "network" { "net" } else { "app" };
            let made = arn(&format!("loadbalancer/{kind}/{name}/*"));
            (made.clone(), made)
        }
    }
}

/// Condition keys that are members of the input (Elastic Load Balancing User Guide, "Condition keys").
fn settings(asked: &Asked<'_>) -> Context {
    let one = |member: &str| text(asked.input, member).map(str::to_owned);
    let mapped =
        list(asked.input, "SubnetMappings").iter().filter_map(|mapping: &Value| text(mapping, "SubnetId"));
    let subnets = texts(asked.input, "Subnets").into_iter().chain(mapped.map(str::to_owned));
    Context::default()
        .all("elasticloadbalancing:Scheme", one("Scheme"))
        .all(
            "elasticloadbalancing:ListenerProtocol",
            one("Protocol").filter(|_| asked.operation.ends_with("Listener")),
        )
        .all("elasticloadbalancing:SecurityPolicy", one("SslPolicy"))
        .all("elasticloadbalancing:SecurityGroup", texts(asked.input, "SecurityGroups"))
        .all("elasticloadbalancing:Subnet", subnets)
}
