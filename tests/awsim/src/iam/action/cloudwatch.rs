//! CloudWatch. Actions on alarms know alarms; those on metrics know no resources.

use super::{Asked, Need, tag_keys};
use crate::iam::context::Context;
use crate::input::texts;

pub(super) fn needed(asked: &Asked<'_>) -> Vec<Need> {
    let action = asked.action("cloudwatch");
    let alarm = |name: &str| asked.region.arn("cloudwatch", &format!("alarm:{name}"));
    match asked.operation {
        "PutMetricAlarm" => put_alarm(asked, &alarm(asked.text("AlarmName"))),
        "SetAlarmState" => vec![Need::new(action, alarm(asked.text("AlarmName")))],
        "DeleteAlarms" | "DisableAlarmActions" | "EnableAlarmActions" => {
            let names = texts(asked.input, "AlarmNames");
            if names.is_empty() {
                return vec![Need::new(action, alarm("*"))];
            }
            names.iter().map(|name| Need::new(action.clone(), alarm(name))).collect()
        }
        // All alarms, also where some are named (mattclay/aws-terminator #63).
        "DescribeAlarms" => vec![Need::new(action, alarm("*"))],
        "TagResource" => {
            let context = Context::default().request_tags(&asked.tags("Tags"));
            vec![Need::new(action, asked.text("ResourceARN")).with(context)]
        }
        "UntagResource" => {
            let context = tag_keys(texts(asked.input, "TagKeys"));
            vec![Need::new(action, asked.text("ResourceARN")).with(context)]
        }
        "ListTagsForResource" => vec![Need::new(action, asked.text("ResourceARN"))],
        "PutMetricData" => {
            let context = Context::default().set("cloudwatch:namespace", asked.text("Namespace"));
            vec![Need::new(action, "*").with(context)]
        }
        _ => vec![Need::new(action, "*")],
    }
}

/// Tags on creation want `cloudwatch:TagResource` on the alarm (cisagov/cool-assessment-terraform #245).
fn put_alarm(asked: &Asked<'_>, arn: &str) -> Vec<Need> {
    let tags = asked.tags("Tags");
    let actions = texts(asked.input, "AlarmActions");
    let context = Context::default().request_tags(&tags).all("cloudwatch:AlarmActions", actions);
    let mut needs = vec![Need::new("cloudwatch:PutMetricAlarm", arn).with(context)];
    if !tags.is_empty() {
        let context = Context::default().request_tags(&tags);
        needs.push(Need::new("cloudwatch:TagResource", arn).with(context));
    }
    needs
}
