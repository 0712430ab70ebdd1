//! Quotas, low enough to be reached, and what there is counted off the state.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::quota::Quota;
use crate::world::Options;

/// What they are lowered to, where the collection lies in a region's part of the state; `*` stands for
/// each member of what is there.
const LOWERED: [(Quota, usize, &str); 14] = [
    (Quota::Apis, 3, "apigatewayv2/apis"),
    (Quota::RoutesPerApi, 3, "apigatewayv2/apis/*/routes"),
    (Quota::IntegrationsPerApi, 3, "apigatewayv2/apis/*/integrations"),
    (Quota::StagesPerApi, 2, "apigatewayv2/apis/*/stages"),
    (Quota::AuthorizersPerApi, 2, "apigatewayv2/apis/*/authorizers"),
    (Quota::VpcLinks, 2, "apigatewayv2/vpc_links"),
    (Quota::DomainNames, 1, "apigatewayv2/domain_names"),
    (Quota::TargetGroups, 4, "elbv2/target_groups"),
    (Quota::Secrets, 3, "secretsmanager/secrets"),
    (Quota::LogGroups, 3, "logs/groups"),
    (Quota::Alarms, 3, "cloudwatch/alarms"),
    (Quota::HostedZones, 3, "route53/zones"),
    (Quota::HealthChecks, 2, "route53/health_checks"),
    (Quota::Vpcs, 3, "ec2/vpcs"),
];

/// Those that are counted by what the objects say of themselves.
const LISTENERS: usize = 2;
const RULES: usize = 4;

/// Lowers what can be lowered.
pub(super) fn lower(options: &mut Options) {
    for (quota, most, _) in LOWERED {
        options.quotas.set(quota, most);
    }
    options.quotas.set(Quota::ListenersPerNetwork, LISTENERS);
    options.quotas.set(Quota::ListenersPerApplication, LISTENERS);
    options.quotas.set(Quota::RulesPerSecurityGroup, RULES);
}

/// What there is more of than its quota allows.
pub(super) fn passed(state: &Value) -> Vec<String> {
    let accounts = state.as_object().into_iter().flat_map(|accounts| accounts.values());
    let regions = accounts.filter_map(Value::as_object).flat_map(|regions| regions.values());
    regions.flat_map(of_region).collect()
}

fn of_region(region: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for (quota, most, path) in LOWERED {
        for count in counts(region, path) {
            if count > most {
                found.push(format!("{}: {count} of {most}", quota.spec().key));
            }
        }
    }
    // Rules that name a prefix list count for more than one; none of them fits here.
    for (what, collection, by, most) in [
        ("listeners", "elbv2/listeners", ["load_balancer", "load_balancer"], LISTENERS),
        ("rules", "ec2/rules", ["group", "egress"], RULES),
    ] {
        let mut each: BTreeMap<String, usize> = BTreeMap::new();
        for one in members(region, collection) {
            *each.entry(by.map(|member| one[member].to_string()).join(" ")).or_default() += 1;
        }
        let over = each.into_iter().filter(|(_, count)| *count > most);
        found.extend(over.map(|(of, count)| format!("{what} of {of}: {count} of {most}")));
    }
    found
}

/// How many there are at a path, one count for each `*`.
fn counts(region: &Value, path: &str) -> Vec<usize> {
    match path.split_once("/*/") {
        Some((parents, children)) => {
            members(region, parents).iter().map(|parent| members(parent, children).len()).collect()
        }
        None => vec![members(region, path).len()],
    }
}

fn members<'a>(value: &'a Value, path: &str) -> Vec<&'a Value> {
    let found = path.split('/').try_fold(value, |at, name| at.get(name));
    found.and_then(Value::as_object).into_iter().flat_map(|members| members.values()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn more_than_a_quota_is_found_in_lists_children_and_shares() {
        let several =
            |n: usize| (0..n).map(|i| (i.to_string(), json!({}))).collect::<serde_json::Map<_, _>>();
        let rules: serde_json::Map<String, Value> =
            (0..6).map(|i| (i.to_string(), json!({"group": "sg-1", "egress": i == 5}))).collect();
        let region = json!({
            "apigatewayv2": {"apis": {"a": {"routes": several(4)}, "b": {"routes": several(3)}}},
            "secretsmanager": {"secrets": several(4)},
            "ec2": {"rules": rules},
        });
        let found = passed(&json!({"1": {"eu-central-1": region}}));
        let wanted = ["routes-per-api: 4 of 3", "secrets: 4 of 3", "rules of \"sg-1\" false: 5 of 4"]
            .map(str::to_owned);
        assert_eq!(found, wanted);
    }
}
