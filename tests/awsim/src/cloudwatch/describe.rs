//! DescribeAlarms.

use serde_json::{Map, Value, json};

use super::alarm::Alarm;
use super::error::{refuse, validation};
use super::seconds;
use crate::fault::Fault;
use crate::input::{number, text, texts};
use crate::page;
use crate::world::Call;

/// Alarms a page, and its default (BC, `MaxRecords`).
const PAGE: i64 = 100;

/// DescribeAlarms: metric alarms, where nothing else is asked for (BC, `AlarmTypes`); of other
/// types there are none. Sorted by name.
pub fn describe(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    refuse(input, &["ChildrenOfAlarmName", "ParentsOfAlarmName"])?;
    let (names, prefix) = (texts(input, "AlarmNames"), text(input, "AlarmNamePrefix"));
    if !names.is_empty() && prefix.is_some() {
        return Err(validation("AlarmNames and AlarmNamePrefix cannot be specified together."));
    }
    let types = texts(input, "AlarmTypes");
    let metric_alarms = types.is_empty() || types.iter().any(|t| t == "MetricAlarm");
    let wanted = |alarm: &&Alarm| {
        metric_alarms
            && (names.is_empty() || names.contains(&alarm.name))
            && prefix.is_none_or(|prefix| alarm.name.starts_with(prefix))
            && text(input, "StateValue").is_none_or(|state| state == alarm.state.name())
            && text(input, "ActionPrefix").is_none_or(|prefix| {
                alarm.settings.actions.iter().flatten().any(|action| action.starts_with(prefix))
            })
    };
    let alarms = call.region.cloudwatch.alarms.values().filter(wanted);
    let items = alarms.map(|alarm| (alarm.name.clone(), alarm)).collect();
    let most = usize::try_from(number(input, "MaxRecords").unwrap_or(PAGE)).ok();
    let bad_token = || Fault::bad("InvalidNextToken", "The next token is invalid.");
    let (page, next) = page::cut(items, text(input, "NextToken"), most).ok_or_else(bad_token)?;
    let mut output = Map::new();
    output.insert("CompositeAlarms".to_owned(), json!([]));
    output.insert("MetricAlarms".to_owned(), page.into_iter().map(view).collect());
    if types.iter().any(|t| t == "LogAlarm") {
        output.insert("LogAlarms".to_owned(), json!([]));
    }
    output.insert("NextToken".to_owned(), next.into());
    Ok(Value::Object(output))
}

/// As AWS tells an alarm (LS, test_describe_minimal_metric_alarm).
pub fn view(alarm: &Alarm) -> Value {
    let mut view = alarm.settings.view();
    view["AlarmName"] = json!(alarm.name);
    view["AlarmArn"] = json!(alarm.arn);
    view["ActionsEnabled"] = json!(alarm.actions_enabled);
    view["AlarmConfigurationUpdatedTimestamp"] = json!(seconds(alarm.configured));
    view["StateValue"] = json!(alarm.state.name());
    view["StateReason"] = json!(alarm.reason);
    view["StateReasonData"] = json!(alarm.reason_data);
    view["StateUpdatedTimestamp"] = json!(seconds(alarm.updated));
    view["StateTransitionedTimestamp"] = json!(seconds(alarm.transitioned));
    view
}
