//! Every tagged object of a region, and tags set by ARN.

use std::collections::BTreeMap;

use crate::world::{Region, Tags};
use crate::{acm, apigatewayv2, cloudwatch, ec2, elbv2, logs, route53, secretsmanager};

/// Whether an object with these tags is asked for.
pub type Wanted<'a> = &'a dyn Fn(&Tags) -> bool;

/// Tags by ARN, of every object that has any and whose tags are wanted. What is not wanted costs little:
/// its ARN is not made.
pub fn tagged(region: &Region, wanted: Wanted<'_>) -> BTreeMap<String, Tags> {
    let wanted: Wanted<'_> = &|tags| !tags.is_empty() && wanted(tags);
    let all = [
        acm::tagged(region, wanted),
        apigatewayv2::tagged(region, wanted),
        cloudwatch::tagged(region, wanted),
        ec2::tagged(region, wanted),
        elbv2::tagged(region, wanted),
        logs::tagged(region, wanted),
        route53::tagged(region, wanted),
        secretsmanager::tagged(region, wanted),
    ];
    all.into_iter().flatten().collect()
}

/// As [`tagged`], with what had tags once and still exists, if no tags are wanted too.
pub fn ever_tagged(region: &Region, wanted: Wanted<'_>) -> BTreeMap<String, Tags> {
    let mut found = tagged(region, wanted);
    if wanted(&Tags::new()) {
        let bare = |arn: &&String| tags_of(region, arn).is_some_and(|tags| tags.is_empty());
        found.extend(region.once_tagged.iter().filter(bare).map(|arn| (arn.clone(), Tags::new())));
    }
    found
}

/// The tags of one object, which may have none; `None` if it does not exist.
pub fn tags_of(region: &Region, arn: &str) -> Option<Tags> {
    let found = match service(arn)? {
        "acm" => acm::tags_of(region, arn),
        "ec2" => ec2::tags_of(region, arn),
        "elasticloadbalancing" => elbv2::tags_of(region, arn),
        "apigateway" => apigatewayv2::tags_of(region, arn),
        "secretsmanager" => return secretsmanager::tags_of(region, arn),
        "route53" => route53::tags_of(region, arn),
        "logs" => logs::tags_of(region, arn),
        "cloudwatch" => cloudwatch::tags_of(region, arn),
        _ => None,
    };
    found.cloned()
}

/// Sets and unsets tags of one object; `None` if it does not exist.
pub fn tag(region: &mut Region, arn: &str, set: &Tags, unset: &[String]) -> Option<()> {
    match service(arn)? {
        "acm" => acm::tag(region, arn, set, unset),
        "ec2" => ec2::tag(region, arn, set, unset),
        "elasticloadbalancing" => elbv2::tag(region, arn, set, unset),
        "apigateway" => apigatewayv2::tag(region, arn, set, unset),
        "secretsmanager" => secretsmanager::tag(region, arn, set, unset),
        "route53" => route53::tag(region, arn, set, unset),
        "logs" => logs::tag(region, arn, set, unset),
        "cloudwatch" => cloudwatch::tag(region, arn, set, unset),
        _ => None,
    }
}

/// Whether the text has an ARN's form: `arn:partition:service:region:account:resource`.
pub fn is_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    matches!(parts[..], ["arn", "aws", service, _, _, resource] if !service.is_empty() && !resource.is_empty())
}

fn service(arn: &str) -> Option<&str> {
    arn.split(':').nth(2)
}

/// Whether an ARN is of a type, `service` or `service:type`, as both stand in ARNs:
/// `ec2:security-group`, `elasticloadbalancing:loadbalancer`, `apigateway:apis`.
pub fn is_type(arn: &str, wanted: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [_, _, service, _, _, resource] = parts[..] else { return false };
    match wanted.split_once(':') {
        None => service == wanted,
        Some((wanted_service, kind)) => {
            let rest = resource.trim_start_matches('/').strip_prefix(kind);
            service == wanted_service
                && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', ':']))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// BC, GetResources, ResourceTypeFilters: `service[:resourceType]` as both stand in the ARN.
    #[test]
    fn a_type_is_told_from_the_arn() {
        let group = "arn:aws:ec2:eu-central-1:123456789012:security-group/sg-1";
        let balancer = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/net/a/0";
        let api = "arn:aws:apigateway:eu-central-1::/apis/a1";
        for (arn, is, is_not) in [
            (
                group,
                vec!["ec2", "ec2:security-group"],
                vec!["ec2:security", "ec2:security-group-rule", "elbv2"],
            ),
            (
                balancer,
                vec!["elasticloadbalancing:loadbalancer", "elasticloadbalancing:loadbalancer/net"],
                vec!["elasticloadbalancing:listener"],
            ),
            (api, vec!["apigateway", "apigateway:apis"], vec!["apigateway:vpclinks"]),
        ] {
            for wanted in is {
                assert!(is_type(arn, wanted), "{arn} {wanted}");
            }
            for wanted in is_not {
                assert!(!is_type(arn, wanted), "{arn} {wanted}");
            }
        }
    }

    /// AWS General Reference, ARNs: six parts; boto/boto3#2760: what is none is refused.
    #[test]
    fn what_lacks_a_part_is_no_arn() {
        assert!(is_arn("arn:aws:apigateway:eu-central-1::/apis/a1"));
        for text in ["", "arn:aws:ec2:eu-central-1:1", "x:aws:ec2:r:a:b", "arn:aws:ec2:r:a:"] {
            assert!(!is_arn(text), "{text}");
        }
    }
}
