//! CloudWatch Logs. What is asked about a group ends in `:log-stream:`, so a policy must name it with
//! `:*` at its end (CloudWatch Logs User Guide, "Identity-based policies": "use `:*` for all API
//! actions other than those on tags"; the ARNs are those of the denials in vectordotdev/vector #714).

use super::{Asked, Need, tag_keys, tag_map};
use crate::iam::context::Context;
use crate::input::{text, texts};
use crate::logs::group;

pub(super) fn needed(asked: &Asked<'_>) -> Vec<Need> {
    let action = asked.action("logs");
    let name = group_name(asked);
    let arn = group::arn(asked.region, name);
    let of_stream = |stream: &str| Need {
        tagged: Some(arn.clone()),
        ..Need::new(action.clone(), format!("{arn}:log-stream:{stream}"))
    };
    match asked.operation {
        "CreateLogGroup" => {
            let tags = tag_map(&asked.input["tags"]);
            let context = Context::default().request_tags(&tags);
            let mut needs = vec![of_stream("").with(context.clone())];
            if !tags.is_empty() {
                // Either of the two is enough (BC, CreateLogGroup).
                let instead = vec![("logs:TagLogGroup".to_owned(), arn.clone())];
                let tag = Need::new("logs:TagResource", arn.clone()).with(context);
                needs.push(Need { instead, ..tag });
            }
            needs
        }
        "DescribeLogGroups" => {
            // Whichever groups are asked for (maxbanton/cwh #83, terraform-provider-aws #8804).
            let all = asked.region.arn("logs", "log-group::log-stream:");
            vec![Need::new(action, all)]
        }
        "CreateLogStream" | "DeleteLogStream" | "GetLogEvents" | "PutLogEvents" => {
            vec![of_stream(asked.text("logStreamName"))]
        }
        "TagResource" => {
            let context = Context::default().request_tags(&tag_map(&asked.input["tags"]));
            vec![Need::new(action, asked.text("resourceArn")).with(context)]
        }
        "UntagResource" => {
            let context = tag_keys(texts(asked.input, "tagKeys"));
            vec![Need::new(action, asked.text("resourceArn")).with(context)]
        }
        "ListTagsForResource" => vec![Need::new(action, asked.text("resourceArn"))],
        "DescribeResourcePolicies" | "PutResourcePolicy" | "DeleteResourcePolicy" => {
            vec![Need::new(action, "*")]
        }
        _ => vec![of_stream("")],
    }
}

/// The group that the input names, by name or by ARN.
fn group_name<'a>(asked: &Asked<'a>) -> &'a str {
    let input = asked.input;
    let given = text(input, "logGroupName").or_else(|| text(input, "logGroupIdentifier")).unwrap_or_default();
    group::name_of(asked.region, given).unwrap_or(given)
}
