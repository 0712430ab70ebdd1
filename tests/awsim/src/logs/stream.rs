//! Log streams: where a group's events are.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use super::Event;
use super::error::{exists, invalid, not_found, paged};
use super::group::{self, LogGroup};
use crate::clock::SimTime;
use crate::fault::Fault;
use crate::input::{flag, text};
use crate::world::Call;

/// What each event counts besides its message (BC, PutLogEvents).
pub const OVERHEAD: usize = 26;

/// One stream.
#[derive(Clone, Debug, Serialize)]
pub struct LogStream {
    /// When it was made.
    pub created: SimTime,
    /// When events last came in.
    pub last_ingestion: Option<SimTime>,
    /// Sorted by time, then by number. Not in the state's JSON: there may be very many.
    #[serde(skip)]
    events: Vec<Event>,
    bytes: u64,
}

impl LogStream {
    /// An empty stream.
    pub fn new(now: SimTime) -> LogStream {
        LogStream { created: now, last_ingestion: None, events: Vec::new(), bytes: 0 }
    }

    /// Its events, sorted by time, then by number.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The size of its events: their messages and 26 bytes each.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Takes events in, whose times may lie before those of others.
    pub fn add(&mut self, events: impl IntoIterator<Item = Event>, now: SimTime) {
        let last = self.events.last().map(Event::key);
        let first_new = self.events.len();
        self.events.extend(events);
        let added = self.events.get(first_new..).unwrap_or_default();
        let Some(first) = added.first() else { return };
        self.bytes += added.iter().map(Event::size).sum::<u64>();
        if last.is_some_and(|last| last > first.key()) {
            self.events.sort_unstable_by_key(Event::key);
        }
        self.last_ingestion = Some(now);
    }

    /// Drops events from before `now` minus `kept`.
    pub fn drop_older(&mut self, kept: Duration, now: SimTime) {
        let old = self.events.partition_point(|event| SimTime(event.timestamp) + kept < now);
        let gone: u64 = self.events.drain(..old).map(|event| event.size()).sum();
        self.bytes = self.bytes.saturating_sub(gone);
    }
}

/// The stream of that name.
///
/// # Errors
/// ResourceNotFoundException.
pub fn find<'a>(group: &'a mut LogGroup, name: &str) -> Result<&'a mut LogStream, Fault> {
    group.streams.get_mut(name).ok_or_else(|| not_found("log stream"))
}

/// CreateLogStream.
pub fn create(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let name = text(input, "logStreamName").unwrap_or_default();
    let group = group::find(&mut call.region.logs, text(input, "logGroupName").unwrap_or_default())?;
    if group.streams.contains_key(name) {
        return Err(exists("log stream"));
    }
    group.streams.insert(name.to_owned(), LogStream::new(call.now));
    Ok(json!({}))
}

/// DeleteLogStream, with its events.
pub fn delete(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let name = text(input, "logStreamName").unwrap_or_default();
    let group_name = text(input, "logGroupName").unwrap_or_default();
    let group = group::find(&mut call.region.logs, group_name)?;
    find(group, name)?;
    group::check_deletable(group, group_name)?;
    group.streams.remove(name);
    Ok(json!({}))
}

/// DescribeLogStreams, by name or by the time of the last event.
pub fn describe(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let group_name = group::named(call.region, input)?;
    let prefix = text(input, "logStreamNamePrefix");
    let by_time = text(input, "orderBy") == Some("LastEventTime");
    if by_time && prefix.is_some() {
        return Err(invalid("Cannot order by LastEventTime with a logStreamNamePrefix."));
    }
    let group_arn = group::arn(call.region, &group_name);
    let group = group::find(&mut call.region.logs, &group_name)?;
    let streams = group.streams.iter().filter(|(name, _)| prefix.is_none_or(|p| name.starts_with(p)));
    let mut described: Vec<(String, Value)> = streams
        .map(|(name, stream)| {
            let time = stream.events().last().filter(|_| by_time).map_or(0, |event| event.timestamp);
            (format!("{time:020}{name}"), view(&group_arn, name, stream))
        })
        .collect();
    described.sort_by(|(a, _), (b, _)| a.cmp(b));
    if flag(input, "descending").unwrap_or(false) {
        described = reversed(described);
    }
    paged(input, "logStreams", described)
}

/// In the opposite order, under keys that are sorted so: what follows an item of this order is what
/// its key precedes in that one.
fn reversed(items: Vec<(String, Value)>) -> Vec<(String, Value)> {
    let complement = |key: &str| key.bytes().map(|b| format!("{:02x}", 0xff - b)).collect::<String>() + "~";
    items.into_iter().rev().map(|(key, item)| (complement(&key), item)).collect()
}

/// As AWS tells a stream: what concerns events only where there are some, and `storedBytes` always
/// zero (LS, describe-log-streams-after-create; BC).
fn view(group_arn: &str, name: &str, stream: &LogStream) -> Value {
    let mut view = json!({
        "logStreamName": name,
        "creationTime": stream.created.0,
        "arn": format!("{group_arn}:log-stream:{name}"),
        "storedBytes": 0,
    });
    if let (Some(first), Some(last), Some(ingested)) =
        (stream.events.first(), stream.events.last(), stream.last_ingestion)
    {
        view["firstEventTimestamp"] = first.timestamp.into();
        view["lastEventTimestamp"] = last.timestamp.into();
        view["lastIngestionTime"] = ingested.0.into();
        view["uploadSequenceToken"] = super::event::sequence_token(last.number).into();
    }
    view
}
