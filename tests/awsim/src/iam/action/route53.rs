//! Route 53. ARNs have neither region nor account; lists know no resources.

use super::{Asked, Need, tags};
use crate::iam::context::Context;
use crate::input::{list, text, texts};
use crate::route53::name;

pub(super) fn needed(asked: &Asked<'_>) -> Vec<Need> {
    let action = asked.action("route53");
    let on = |kind: &str, member: &str| {
        // Answers tell ids with a path before them, and requests may.
        let id = asked.text(member).rsplit('/').next().unwrap_or_default();
        Need::new(action.clone(), format!("arn:aws:route53:::{kind}/{id}"))
    };
    let zone = || on("hostedzone", if asked.input["Id"].is_null() { "HostedZoneId" } else { "Id" });
    match asked.operation {
        "GetChange" => vec![on("change", "Id")],
        "GetHostedZone" | "DeleteHostedZone" | "UpdateHostedZoneComment" | "ListResourceRecordSets" => {
            vec![zone()]
        }
        "ChangeResourceRecordSets" => vec![zone().with(records(asked))],
        "AssociateVPCWithHostedZone" | "DisassociateVPCFromHostedZone" => {
            vec![zone().with(vpc(asked)), describe_vpcs()]
        }
        // A private zone wants to know its VPC (Route 53 Developer Guide, "API permissions").
        "CreateHostedZone" => {
            let private = asked.input["VPC"].is_object().then(describe_vpcs);
            std::iter::once(Need::new(action, "*").with(vpc(asked))).chain(private).collect()
        }
        "ListHostedZonesByVPC" => vec![Need::new(action, "*"), describe_vpcs()],
        "GetHealthCheck" | "UpdateHealthCheck" | "DeleteHealthCheck" => {
            vec![on("healthcheck", "HealthCheckId")]
        }
        "ChangeTagsForResource" | "ListTagsForResource" | "ListTagsForResources" => tagging(asked),
        _ => vec![Need::new(action, "*")],
    }
}

fn describe_vpcs() -> Need {
    Need::new("ec2:DescribeVpcs", "*")
}

fn tagging(asked: &Asked<'_>) -> Vec<Need> {
    let mut ids = texts(asked.input, "ResourceIds");
    ids.extend(text(asked.input, "ResourceId").map(str::to_owned));
    let kind = asked.text("ResourceType");
    let mut context = Context::default();
    if asked.operation == "ChangeTagsForResource" {
        let set = tags(list(asked.input, "AddTags"));
        let keys = set.keys().cloned().chain(texts(asked.input, "RemoveTagKeys"));
        context = Context::default().request_tags(&set).all("aws:TagKeys", keys);
    }
    let need = |id: String| {
        let arn = format!("arn:aws:route53:::{kind}/{id}");
        Need::new(asked.action("route53"), arn).with(context.clone())
    };
    let needs: Vec<Need> = ids.into_iter().map(need).collect();
    if needs.is_empty() { vec![Need::new(asked.action("route53"), "*")] } else { needs }
}

/// What is changed: types, names and kinds of changes, each once (Route 53 Developer Guide, "Using IAM
/// policy conditions for fine-grained access control").
fn records(asked: &Asked<'_>) -> Context {
    let changes = list(&asked.input["ChangeBatch"], "Changes");
    let each = |of: &dyn Fn(&serde_json::Value) -> Option<String>| {
        let mut all: Vec<String> = changes.iter().filter_map(of).collect();
        all.sort();
        all.dedup();
        all
    };
    let record = |change: &serde_json::Value, member: &str| {
        text(&change["ResourceRecordSet"], member).map(str::to_owned)
    };
    let normal = |change: &serde_json::Value| {
        let name = record(change, "Name")?;
        Some(name::normal(&name).unwrap_or(name).trim_end_matches('.').to_owned())
    };
    Context::default()
        .all("route53:ChangeResourceRecordSetsRecordTypes", each(&|change| record(change, "Type")))
        .all("route53:ChangeResourceRecordSetsNormalizedRecordNames", each(&normal))
        .all(
            "route53:ChangeResourceRecordSetsActions",
            each(&|change| text(change, "Action").map(str::to_owned)),
        )
}

fn vpc(asked: &Asked<'_>) -> Context {
    let given = &asked.input["VPC"];
    let of = |member| text(given, member).unwrap_or_default();
    let value = format!("VPCId={},VPCRegion={}", of("VPCId"), of("VPCRegion"));
    Context::default().all("route53:VPCs", given.is_object().then_some(value))
}
