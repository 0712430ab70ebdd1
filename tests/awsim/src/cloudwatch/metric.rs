//! Metrics: what tells one from another, their data, and which there are.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::error::{refuse, value};
use super::statistic::Sample;
use crate::clock::SimTime;
use crate::fault::Fault;
use crate::input::{list as elements, text};
use crate::page;
use crate::world::Call;

/// ListMetrics forgets metrics without data for so long (BC).
const FORGOTTEN: Duration = Duration::from_secs(14 * 24 * 3600);
/// What `RecentlyActive` PT3H stands for.
const RECENT: Duration = Duration::from_secs(3 * 3600);
/// Metrics a page (BC).
const PAGE: usize = 500;
/// Data older than this is gone: 455 days (BC).
const KEPT: u64 = 455 * 24 * 3600;

/// What tells a metric from all others: each combination of dimensions is a metric (BC).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MetricId {
    /// `AWS/ApiGateway`, or a namespace of one's own.
    pub namespace: String,
    /// Its name in the namespace.
    pub name: String,
    /// Name and value, sorted.
    pub dimensions: Vec<(String, String)>,
}

impl MetricId {
    /// The metric of these dimensions, whose order does not matter.
    pub fn new(namespace: &str, name: &str, dimensions: &[(&str, &str)]) -> MetricId {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let mut dimensions: Vec<_> = dimensions.iter().map(owned).collect();
        dimensions.sort();
        MetricId { namespace: namespace.to_owned(), name: name.to_owned(), dimensions }
    }

    /// The metric that `Dimensions` of the input stand for.
    pub(super) fn read(namespace: &str, name: &str, input: &Value) -> MetricId {
        let part = |pair, part| text(pair, part).unwrap_or_default();
        let pairs = elements(input, "Dimensions").iter().map(|d| (part(d, "Name"), part(d, "Value")));
        MetricId::new(namespace, name, &pairs.collect::<Vec<_>>())
    }

    /// As ListMetrics tells it.
    pub fn view(&self) -> Value {
        let MetricId { namespace, name, dimensions } = self;
        let pairs = dimensions.iter().map(|(name, value)| json!({"Name": name, "Value": value}));
        json!({"Namespace": namespace, "MetricName": name, "Dimensions": pairs.collect::<Vec<_>>()})
    }

    /// A text that no other metric has.
    fn key(&self) -> String {
        let dimensions = self.dimensions.iter().map(|(name, value)| format!("\u{1}{name}\u{1}{value}"));
        format!("{}\u{1}{}{}", self.namespace, self.name, dimensions.collect::<String>())
    }
}

/// A metric's data.
#[derive(Clone, Debug)]
pub struct Metric {
    /// When data first came.
    pub first: SimTime,
    /// When data last came.
    pub last: SimTime,
    /// By second; by whole minute what has standard resolution. One sample a unit.
    samples: BTreeMap<u64, Vec<Sample>>,
}

impl Metric {
    /// A metric whose data begins to come.
    pub fn new(now: SimTime) -> Metric {
        Metric { first: now, last: now, samples: BTreeMap::new() }
    }

    /// Takes a sample of the second `time` in.
    pub fn add(&mut self, time: u64, sample: Sample, now: SimTime) {
        self.last = now;
        let of_second = self.samples.entry(time).or_default();
        match of_second.iter_mut().find(|other| other.unit == sample.unit) {
            Some(other) => other.merge(&sample),
            None => of_second.push(sample),
        }
        let oldest = (now.0 / 1000).saturating_sub(KEPT);
        while let Some(first) = self.samples.first_entry().filter(|first| *first.key() < oldest) {
            first.remove();
        }
    }

    /// One sample a unit of all data from the second `from` up to, and without, `to`; sorted by unit.
    pub fn between(&self, from: u64, to: u64) -> Vec<Sample> {
        let mut found: BTreeMap<&str, Sample> = BTreeMap::new();
        if from < to {
            for sample in self.samples.range(from..to).flat_map(|(_, samples)| samples) {
                match found.get_mut(sample.unit.as_str()) {
                    Some(sum) => sum.merge(sample),
                    None => {
                        found.insert(&sample.unit, sample.clone());
                    }
                }
            }
        }
        found.into_values().collect()
    }

    /// The last second from `from` up to, and without, `to` that has data.
    pub fn latest(&self, from: u64, to: u64) -> Option<u64> {
        let mut seconds = if from < to { self.samples.range(from..to) } else { return None };
        seconds.next_back().map(|(second, _)| *second)
    }

    /// Whether there is data of the second `from` or later.
    pub fn any_since(&self, from: u64) -> bool {
        self.samples.last_key_value().is_some_and(|(last, _)| *last >= from)
    }

    /// The seconds of the first and the last data in a range.
    pub fn extent(&self, from: u64, to: u64) -> Option<(u64, u64)> {
        let mut seconds = if from < to { self.samples.range(from..to) } else { return None };
        let (first, _) = seconds.next()?;
        let last = seconds.next_back().map_or(first, |(last, _)| last);
        Some((*first, *last))
    }
}

/// ListMetrics: what had data in the last two weeks, from a while after its first data on.
pub fn list(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    refuse(input, &["IncludeLinkedAccounts", "OwningAccount"])?;
    let (now, state) = (call.now, &call.region.cloudwatch);
    let within = if text(input, "RecentlyActive").is_some() { RECENT } else { FORGOTTEN };
    let wanted = |(id, metric): &(&MetricId, &Metric)| {
        metric.first + state.delays.metric_listed <= now
            && now.since(metric.last) <= within
            && text(input, "Namespace").is_none_or(|namespace| namespace == id.namespace)
            && text(input, "MetricName").is_none_or(|name| name == id.name)
            && elements(input, "Dimensions").iter().all(|filter| has(id, filter))
    };
    let found = state.metrics.iter().filter(wanted).map(|(id, _)| (id.key(), id.view()));
    let mut found: Vec<(String, Value)> = found.collect();
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    let token = text(input, "NextToken");
    let bad_token = || value("The value for parameter NextToken is invalid.");
    let (page, next) = page::cut(found, token, Some(PAGE)).ok_or_else(bad_token)?;
    Ok(json!({"Metrics": page, "NextToken": next}))
}

/// Whether a metric has the dimension of a filter, which may leave the value open.
fn has(id: &MetricId, filter: &Value) -> bool {
    let wanted = text(filter, "Value");
    let name = text(filter, "Name").unwrap_or_default();
    id.dimensions.iter().any(|(n, value)| n == name && wanted.is_none_or(|wanted| wanted == value))
}
