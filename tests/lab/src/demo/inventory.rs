//! What exists, one line an object: in the simulated AWS, and in the services' namespace. What the
//! first has at the end and had not at the beginning is left over, whatever tags it carries.

use std::collections::BTreeSet;

use awsim::server::Server;
use awsim::world::Region;

use super::NAMESPACE;
use super::error::DemoError;
use super::kubectl::Kubectl;

/// What an entry path consists of in Kubernetes, and what follows from it.
const KINDS: &str = "gatewayedservices,gatewayedserviceclasses,deployments,replicasets,pods,services,\
    endpointslices,horizontalpodautoscalers,poddisruptionbudgets,networkpolicies";

/// Everything in the simulated AWS that is created and deleted: `listener arn:…`.
pub fn in_aws(server: &Server) -> BTreeSet<String> {
    server.with_world(|world| {
        let now = world.clock.now();
        let mut all = BTreeSet::new();
        for region in world.regions() {
            region.settle(now);
            all.extend(in_region(region));
        }
        all
    })
}

fn in_region(region: &Region) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let mut add = |kind: &str, ids: Vec<&String>| all.extend(ids.iter().map(|id| format!("{kind} {id}")));
    let (ec2, elb, api) = (&region.ec2, &region.elbv2, &region.apigatewayv2);
    add("security group", ec2.security_groups.keys().collect());
    add("security group rule", ec2.rules.keys().collect());
    add("network interface", ec2.network_interfaces.keys().collect());
    add("load balancer", elb.load_balancers.keys().collect());
    add("target group", elb.target_groups.keys().collect());
    add("listener", elb.listeners.keys().collect());
    add("VPC link", api.vpc_links.keys().collect());
    add("HTTP API", api.apis.keys().collect());
    for (id, of) in &api.apis {
        add(&format!("stage of {id}:"), of.stages.keys().collect());
        add(&format!("integration of {id}:"), of.integrations.keys().collect());
        add(&format!("route of {id}:"), of.routes.keys().collect());
    }
    all
}

/// The objects of both kinds and everything in the services' namespace that follows from them:
/// `pod/orders-7c9-x2`.
pub async fn in_cluster(kubectl: &Kubectl) -> Result<BTreeSet<String>, DemoError> {
    let names = kubectl.run(&["get", KINDS, "-n", NAMESPACE, "-o", "name"]).await?;
    Ok(names.lines().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use awsim::server::Config;
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn what_is_made_beside_the_seed_is_seen_down_to_rules_without_tags() {
        let server = Server::start(Config::default()).await.unwrap();
        let before = in_aws(&server);
        assert!(before.contains(&format!("security group {}", awsim::seed::CLUSTER_GROUP)));
        server.with_world(|world| {
            let mut call = world.call("123456789012", "eu-central-1");
            let input = json!({"GroupName": "a", "Description": "b", "VpcId": awsim::seed::VPC});
            awsim::ec2::security_group::create(&mut call, &input).unwrap();
        });
        let new: Vec<String> = in_aws(&server).difference(&before).cloned().collect();
        assert_eq!(new.len(), 2, "{new:?}: the group and its rule that lets everything out");
        assert!(
            new[0].starts_with("security group rule sgr-") || new[1].starts_with("security group rule sgr-")
        );
    }
}
