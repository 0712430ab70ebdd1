//! One object of each kind of a class and its service, and what others can do to it.

use std::collections::BTreeMap;

use awsim::ec2::rule::Peer;
use awsim::seed::{CLUSTER_GROUP, REGION};
use gatewayed::model::{Kind, Owner, ResourceKey, marks};
use serde_json::{Value, json};

use crate::support::operator::{Place, World};
use crate::support::stock::CLUSTER;

/// An object that a status records.
#[derive(Clone, Debug)]
pub struct Ours {
    pub key: ResourceKey,
    /// As status has it: `api/part` of what is in an HTTP API.
    pub id: String,
}

/// One object of each kind.
pub async fn one_of_each(place: &Place, service: &str) -> BTreeMap<Kind, Ours> {
    let class = place.classes().get(&place.class).await.expect("the class").status.expect("a status");
    let status = place.services().get(service).await.expect("the service").status.expect("a status");
    let of_class = Owner::Class(place.class.clone());
    let name = gatewayed::model::NsName::new(&place.namespace, service);
    let of_service = Owner::Service { class: place.class.clone(), name };
    let all = class.resources.iter().map(|r| (&of_class, r));
    let all = all.chain(status.resources.iter().map(|r| (&of_service, r)));
    let ours = all.filter_map(|(owner, r)| {
        let key = ResourceKey::new(r.kind.parse().expect("a kind"), owner, &r.slot);
        Some((key.kind, Ours { key, id: r.id.clone()? }))
    });
    // Of rules the one that is easiest to lose sight of: in a group that is not ours.
    let mut ours: Vec<(Kind, Ours)> = ours.collect();
    ours.sort_by_key(|(_, o)| o.key.slot.0.starts_with("pods-in"));
    ours.into_iter().collect()
}

impl Ours {
    fn parts(&self) -> (&str, &str) {
        self.id.split_once('/').unwrap_or((&self.id, ""))
    }

    /// Somebody changes a setting. `Err`: AWS does not let them.
    pub fn change(&self, world: &World) -> Result<Value, String> {
        let (api, part) = self.parts();
        let id = &self.id;
        match self.key.kind {
            Kind::SecurityGroup => {
                let all = json!([{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]);
                let input = json!({"GroupId": id, "IpPermissions": all});
                world.by_hand("ec2", "AuthorizeSecurityGroupEgress", &input)
            }
            Kind::SecurityGroupRule => {
                // Another port: AWS lets nobody turn a group as the peer into a range of addresses.
                let peer = world.region(|r| match &r.ec2.rules[id].traffic.peer {
                    Peer::Group(group) => group.clone(),
                    other => panic!("{other:?}"),
                });
                let to =
                    json!({"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "ReferencedGroupId": peer});
                let rules = json!([{"SecurityGroupRuleId": id, "SecurityGroupRule": to}]);
                let input = json!({"GroupId": self.group(world), "SecurityGroupRules": rules});
                world.by_hand("ec2", "ModifySecurityGroupRules", &input)
            }
            Kind::LoadBalancer => {
                let input = json!({"LoadBalancerArn": id, "SecurityGroups": [CLUSTER_GROUP]});
                world.by_hand("elbv2", "SetSecurityGroups", &input)
            }
            Kind::VpcLink => {
                world.by_hand("apigatewayv2", "UpdateVpcLink", &json!({"VpcLinkId": id, "Name": "theirs"}))
            }
            Kind::Api => {
                world.by_hand("apigatewayv2", "UpdateApi", &json!({"ApiId": id, "Description": "theirs"}))
            }
            Kind::Stage => {
                let input = json!({"ApiId": api, "StageName": part, "AutoDeploy": false});
                world.by_hand("apigatewayv2", "UpdateStage", &input)
            }
            Kind::TargetGroup => {
                let input = json!({"TargetGroupArn": id, "HealthCheckPath": "/theirs"});
                world.by_hand("elbv2", "ModifyTargetGroup", &input)
            }
            Kind::Listener => {
                world.by_hand("elbv2", "ModifyListener", &json!({"ListenerArn": id, "Port": 9999}))
            }
            Kind::Integration => {
                let input = json!({"ApiId": api, "IntegrationId": part, "TimeoutInMillis": 50});
                world.by_hand("apigatewayv2", "UpdateIntegration", &input)
            }
            Kind::Route => {
                let input = json!({"ApiId": api, "RouteId": part, "AuthorizationType": "AWS_IAM"});
                world.by_hand("apigatewayv2", "UpdateRoute", &input)
            }
            Kind::RouteSettings => {
                let (stage, route_key) = part.split_once('/').expect("a stage and a route key");
                let settings = json!({"ThrottlingRateLimit": 1.0, "ThrottlingBurstLimit": 1});
                let settings = json!({route_key: settings});
                let input = json!({"ApiId": api, "StageName": stage, "RouteSettings": settings});
                world.by_hand("apigatewayv2", "UpdateStage", &input)
            }
        }
    }

    /// Somebody deletes it. `Err`: AWS does not let them.
    pub fn delete(&self, world: &World) -> Result<Value, String> {
        let (api, part) = self.parts();
        let id = &self.id;
        match self.key.kind {
            Kind::SecurityGroup => world.by_hand("ec2", "DeleteSecurityGroup", &json!({"GroupId": id})),
            Kind::SecurityGroupRule => {
                let input = json!({"GroupId": self.group(world), "SecurityGroupRuleIds": [id]});
                world.by_hand("ec2", "RevokeSecurityGroupIngress", &input)
            }
            Kind::LoadBalancer => {
                world.by_hand("elbv2", "DeleteLoadBalancer", &json!({"LoadBalancerArn": id}))
            }
            Kind::VpcLink => world.by_hand("apigatewayv2", "DeleteVpcLink", &json!({"VpcLinkId": id})),
            Kind::Api => world.by_hand("apigatewayv2", "DeleteApi", &json!({"ApiId": id})),
            Kind::Stage => {
                world.by_hand("apigatewayv2", "DeleteStage", &json!({"ApiId": api, "StageName": part}))
            }
            Kind::TargetGroup => world.by_hand("elbv2", "DeleteTargetGroup", &json!({"TargetGroupArn": id})),
            Kind::Listener => world.by_hand("elbv2", "DeleteListener", &json!({"ListenerArn": id})),
            Kind::Integration => {
                let input = json!({"ApiId": api, "IntegrationId": part});
                world.by_hand("apigatewayv2", "DeleteIntegration", &input)
            }
            Kind::Route => {
                world.by_hand("apigatewayv2", "DeleteRoute", &json!({"ApiId": api, "RouteId": part}))
            }
            Kind::RouteSettings => {
                let (stage, route_key) = part.split_once('/').expect("a stage and a route key");
                let input = json!({"ApiId": api, "StageName": stage, "RouteKey": route_key});
                world.by_hand("apigatewayv2", "DeleteRouteSettings", &input)
            }
        }
    }

    /// Whether it carries a mark of its own.
    pub fn has_mark(&self) -> bool {
        !matches!(self.key.kind, Kind::Route | Kind::RouteSettings)
    }

    /// Somebody takes its mark away.
    pub fn unmark(&self, world: &World) {
        let keys = json!([marks::CLUSTER, marks::CLASS, marks::SERVICE, marks::SLOT]);
        let id = &self.id;
        let done = match self.key.kind {
            Kind::SecurityGroup | Kind::SecurityGroupRule => {
                let tags: Vec<Value> =
                    keys.as_array().expect("keys").iter().map(|key| json!({"Key": key})).collect();
                world.by_hand("ec2", "DeleteTags", &json!({"Resources": [id], "Tags": tags}))
            }
            Kind::LoadBalancer | Kind::TargetGroup | Kind::Listener => {
                world.by_hand("elbv2", "RemoveTags", &json!({"ResourceArns": [id], "TagKeys": keys}))
            }
            Kind::Integration => self.describe(world, "somebody's"),
            _ => {
                let input = json!({"ResourceArn": self.arn(), "TagKeys": keys});
                world.by_hand("apigatewayv2", "UntagResource", &input)
            }
        };
        done.expect("unmarked");
    }

    /// Somebody makes its mark that of `key`, in `cluster`.
    pub fn mark(&self, world: &World, cluster: &str, key: &ResourceKey) {
        let tags = marks::tags(cluster, key);
        let list: Vec<Value> = tags.iter().map(|(k, v)| json!({"Key": k, "Value": v})).collect();
        let id = &self.id;
        let done = match self.key.kind {
            Kind::SecurityGroup | Kind::SecurityGroupRule => {
                world.by_hand("ec2", "CreateTags", &json!({"Resources": [id], "Tags": list}))
            }
            Kind::LoadBalancer | Kind::TargetGroup | Kind::Listener => {
                world.by_hand("elbv2", "AddTags", &json!({"ResourceArns": [id], "Tags": list}))
            }
            Kind::Integration => self.describe(world, &marks::description(cluster, key)),
            _ => {
                let input = json!({"ResourceArn": self.arn(), "Tags": tags});
                world.by_hand("apigatewayv2", "TagResource", &input)
            }
        };
        done.expect("marked");
    }

    /// Puts its mark back.
    pub fn remark(&self, world: &World) {
        self.mark(world, CLUSTER, &self.key);
    }

    fn describe(&self, world: &World, text: &str) -> Result<Value, String> {
        let (api, part) = self.parts();
        let input = json!({"ApiId": api, "IntegrationId": part, "Description": text});
        world.by_hand("apigatewayv2", "UpdateIntegration", &input)
    }

    fn arn(&self) -> String {
        let (api, part) = self.parts();
        let path = match self.key.kind {
            Kind::VpcLink => format!("/vpclinks/{}", self.id),
            Kind::Stage => format!("/apis/{api}/stages/{part}"),
            _ => format!("/apis/{}", self.id),
        };
        format!("arn:aws:apigateway:{REGION}::{path}")
    }

    fn group(&self, world: &World) -> String {
        world.region(|region| region.ec2.rules[&self.id].group.clone())
    }
}

/// What a class has, setting by setting and without ids, and what others put into it.
pub fn picture(world: &World, class: &str) -> Vec<String> {
    let ours = |tags: &BTreeMap<String, String>| tags.get(marks::CLASS).is_some_and(|c| c == class);
    let mut seen = world.region(|region| {
        let (ec2, elb, gateway) = (&region.ec2, &region.elbv2, &region.apigatewayv2);
        let mut seen = Vec::new();
        for (id, group) in ec2.security_groups.iter().filter(|(_, group)| ours(&group.tags)) {
            seen.push(format!("group {}", group.description));
            let inside = ec2.rules.values().filter(|rule| rule.group == *id && !ours(&rule.tags));
            seen.extend(inside.map(|rule| format!("rule of others {:?}", rule.traffic)));
        }
        let rules = ec2.rules.values().filter(|rule| ours(&rule.tags));
        seen.extend(rules.map(|rule| format!("rule {} {:?}", rule.egress, rule.traffic)));
        for balancer in elb.load_balancers.values().filter(|balancer| ours(&balancer.tags)) {
            let groups = balancer.security_groups.iter().map(|g| ours(&ec2.security_groups[g].tags));
            let groups: Vec<bool> = groups.collect();
            seen.push(format!("balancer {} {groups:?} {:?}", balancer.name, balancer.attributes));
            let inside = elb.listeners.values().filter(|listener| listener.load_balancer == balancer.arn);
            seen.extend(inside.map(|l| format!("listener {} {}", l.port, ours(&l.tags))));
        }
        for group in elb.target_groups.values().filter(|group| ours(&group.tags)) {
            let targets: Vec<&String> = group.targets.keys().collect();
            let (check, attributes) = (&group.health_check, &group.attributes);
            seen.push(format!("targets {} {targets:?} {check:?} {attributes:?}", group.name));
        }
        let links = gateway.vpc_links.values().filter(|link| ours(&link.tags));
        seen.extend(links.map(|link| format!("link {}", link.name)));
        for api in gateway.apis.values().filter(|api| ours(&api.api.tags)) {
            seen.push(format!("api {} {:?}", api.api.name, api.api.description));
            let integrations = api.integrations.values();
            seen.extend(integrations.map(|i| format!("to {:?} {}", i.description, i.timeout_in_millis)));
            let routes = api.routes.values();
            seen.extend(
                routes.map(|route| format!("route {} {}", route.route_key, route.authorization_type)),
            );
            for stage in api.stages.values() {
                let (auto, settings) = (stage.auto_deploy, &stage.route_settings);
                seen.push(format!("stage {} {auto} {settings:?}", stage.stage_name));
            }
        }
        seen
    });
    seen.sort();
    seen
}
