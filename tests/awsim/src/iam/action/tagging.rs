//! The Resource Groups Tagging API. Setting and unsetting tags also wants the service's own action on
//! each resource (Resource Groups Tagging API Reference, TagResources); what is denied there is told
//! for that resource, and the call succeeds.

use super::{Asked, Need, apigatewayv2, tag_keys};
use crate::iam::context::Context;
use crate::world::Tags;

pub(super) fn needed(asked: &Asked<'_>) -> Vec<Need> {
    vec![Need::new(asked.action("tag"), "*")]
}

/// What the service of the resource wants for these tags to be set, or keys to be unset; `None` for
/// what is of no service that is known.
pub(crate) fn of_service(arn: &str, set: &Tags, unset: &[String]) -> Option<Need> {
    let adds = unset.is_empty();
    let (add, remove) = match arn.split(':').nth(2)? {
        "acm" => ("acm:AddTagsToCertificate", "acm:RemoveTagsFromCertificate"),
        "ec2" => ("ec2:CreateTags", "ec2:DeleteTags"),
        "elasticloadbalancing" => ("elasticloadbalancing:AddTags", "elasticloadbalancing:RemoveTags"),
        "secretsmanager" => ("secretsmanager:TagResource", "secretsmanager:UntagResource"),
        "route53" => ("route53:ChangeTagsForResource", "route53:ChangeTagsForResource"),
        "logs" => ("logs:TagResource", "logs:UntagResource"),
        "cloudwatch" => ("cloudwatch:TagResource", "cloudwatch:UntagResource"),
        "apigateway" => ("apigateway:POST", "apigateway:DELETE"),
        _ => return None,
    };
    let action = if adds { add } else { remove };
    let context = if adds { Context::default().request_tags(set) } else { tag_keys(unset.to_vec()) };
    let need = if action.starts_with("apigateway:") {
        apigatewayv2::on_tags(action, arn)
    } else {
        Need::new(action, arn)
    };
    Some(need.with(context))
}
