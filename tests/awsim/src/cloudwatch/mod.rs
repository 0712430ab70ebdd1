//! CloudWatch: metrics with their data, and alarms on single metrics that are evaluated on the
//! simulator's clock. State and handlers, no IO. Alarms act on nothing: nobody is notified.
//!
//! Not here, and refused by name: metric math and Metrics Insights, composite and log alarms,
//! anomaly detection, dashboards, streams, alarm history.
//!
//! Sources named in the tests: `BC` is the service model with its documentation (botocore), `LS` a
//! reply recorded from AWS in localstack's tests (`tests/aws/services/cloudwatch/*.snapshot.json`),
//! `CWU` the CloudWatch user guide. Where AWS's own words for an error are not known, the words here
//! say what is wrong.

mod alarm;
mod delays;
mod describe;
mod error;
mod evaluate;
mod metric;
mod metric_data;
mod put_data;
mod reason;
mod settings;
mod statistic;
mod statistics;
mod tags;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::{Value, json};

pub use alarm::Alarm;
pub use delays::Delays;
pub use metric::{Metric, MetricId};
pub use tags::{tag, tagged, tags_of};

use crate::clock::SimTime;
use crate::world::{Handler, Region};

/// What exists of this service in one region.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// How long things take.
    pub delays: Delays,
    /// Metrics with their data.
    pub metrics: BTreeMap<MetricId, Metric>,
    /// Alarms by name.
    pub alarms: BTreeMap<String, Alarm>,
    /// When an alarm is evaluated next.
    pub next_evaluation: Option<SimTime>,
}

impl State {
    /// Alarms as they are described, and what metrics there are, for `GET /_awsim/state`.
    pub fn to_json(&self) -> Value {
        let alarms: BTreeMap<&String, Value> =
            self.alarms.iter().map(|(n, a)| (n, describe::view(a))).collect();
        let metrics: Vec<Value> = self.metrics.keys().map(MetricId::view).collect();
        json!({"delays": self.delays, "alarms": alarms, "metrics": metrics})
    }
}

/// Passes states on to `now`: evaluates every alarm at every moment that was due.
pub fn settle(region: &mut Region, now: SimTime) {
    evaluate::settle(&mut region.cloudwatch, now);
}

/// The handler of an operation that is served.
pub fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "PutMetricAlarm" => alarm::put,
        "DeleteAlarms" => alarm::delete,
        "SetAlarmState" => alarm::set_state,
        "EnableAlarmActions" => alarm::enable_actions,
        "DisableAlarmActions" => alarm::disable_actions,
        "DescribeAlarms" => describe::describe,
        "PutMetricData" => put_data::put,
        "GetMetricData" => metric_data::get,
        "GetMetricStatistics" => statistics::get,
        "ListMetrics" => metric::list,
        "TagResource" => tags::tag_resource,
        "UntagResource" => tags::untag_resource,
        "ListTagsForResource" => tags::list,
        _ => return None,
    })
}

/// Takes in a value that a service of AWS measured at the moment `now`: how the data path can report
/// on `AWS/ApiGateway` and the like, whose data PutMetricData refuses to take from callers.
pub fn record(region: &mut Region, metric: MetricId, unit: &str, value: f64, now: SimTime) {
    if let Some(sample) = statistic::Sample::of_values(unit, &[(value, 1.0)]) {
        let metric = region.cloudwatch.metrics.entry(metric).or_insert_with(|| Metric::new(now));
        metric.add(now.0 / 60_000 * 60, sample, now);
    }
}

/// A timestamp as replies have it.
fn seconds(time: SimTime) -> f64 {
    time.0 as f64 / 1000.0
}
