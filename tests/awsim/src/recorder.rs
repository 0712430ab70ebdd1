//! Keeps what was called, for tests to count and people to read. The latest [`CAPACITY`] AWS calls
//! and as many requests to APIs are kept, fewer calls where they are large ([`ROOM`]); numbers go on.

mod packed;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use self::packed::{Names, Packed};
use crate::clock::{Seconds, SimTime};
use crate::iam::used::Used;

/// How many calls are kept at most.
pub const CAPACITY: usize = 100_000;
/// How many bytes the calls that are kept take together at most: some 700 for each of [`CAPACITY`].
pub const ROOM: usize = 64 << 20;

/// One AWS call.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// From 1, in the order in which the calls ended.
    pub number: u64,
    /// When it came in, simulated.
    pub at: SimTime,
    /// botocore's name of the service; the signing name where awsim has no table of it.
    pub service: String,
    /// AWS's name of the operation; empty where it could not be told.
    pub operation: String,
    /// Whose access key it was.
    pub account: String,
    /// The region that it was signed for.
    pub region: String,
    /// The access key's id.
    pub access_key: String,
    /// What the client calls itself.
    pub user_agent: String,
    /// By member names, as far as it could be read; values that are secrets are left out.
    pub input: Value,
    /// How far behind the truth what it saw was, simulated; in JSON in seconds. Zero where it saw what is.
    #[serde(serialize_with = "Seconds::serialize")]
    pub behind: Duration,
    /// What became of it.
    pub outcome: Outcome,
    /// What befell it of the weather, by the name of its effect; a throttle that is not here is a real
    /// one, of a bucket that was empty.
    pub weather: Option<&'static str>,
    /// As the client got it.
    pub request_id: String,
    /// What was asked of the caller's policies, up to what they refused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Used>,
    /// Real time from the read request to the reply, without what the weather makes it wait.
    pub micros: u64,
}

/// What became of a call.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// The HTTP status; 0 where none was sent.
    pub status: u16,
    /// The error's code; `None` is success.
    pub code: Option<String>,
    /// The error's message.
    pub message: Option<String>,
    /// The caller got the answer. If not, see `code` for whether the call took effect.
    pub delivered: bool,
}

impl Entry {
    /// It succeeded, whether or not the caller got to know.
    pub fn succeeded(&self) -> bool {
        self.outcome.code.is_none()
    }

    /// See [`mutating`].
    pub fn mutating(&self) -> bool {
        mutating(&self.operation)
    }
}

/// Whether an operation of that name changes anything.
pub fn mutating(operation: &str) -> bool {
    const READING: [&str; 7] = ["AssumeRole", "BatchGet", "Describe", "Export", "Filter", "Get", "List"];
    !READING.iter().any(|prefix| operation.starts_with(prefix))
}

/// One request to an API's host name.
#[derive(Clone, Debug, Serialize)]
pub struct DataEntry {
    /// From 1, in the order in which the requests ended.
    pub number: u64,
    /// When it came in, simulated.
    pub at: SimTime,
    /// The HTTP method.
    pub method: String,
    /// `{api}.execute-api.{region}.amazonaws.com`
    pub host: String,
    /// The path and query string.
    pub path: String,
    /// The HTTP status of the answer.
    pub status: u16,
    /// Real time from the request to the answer.
    pub micros: u64,
}

/// The recorder. Clones share what is kept.
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    /// Shared with those that read them, so that reading holds nobody up.
    calls: VecDeque<Arc<Packed>>,
    names: Names,
    /// The bytes of all in `calls`.
    size: usize,
    call_count: u64,
    data: VecDeque<DataEntry>,
    data_count: u64,
}

impl Recorder {
    /// The number of the latest call; 0 before the first. What comes later is `since` it.
    pub fn latest(&self) -> u64 {
        self.with(|kept| kept.call_count)
    }

    /// The calls whose number is greater than `number`.
    pub fn since(&self, number: u64) -> Vec<Entry> {
        self.filter_since(number, |_| true)
    }

    /// The calls that `wanted` takes.
    pub fn filter(&self, wanted: impl Fn(&Entry) -> bool) -> Vec<Entry> {
        self.filter_since(0, wanted)
    }

    /// The calls whose number is greater than `number` and that `wanted` takes.
    pub fn filter_since(&self, number: u64, wanted: impl Fn(&Entry) -> bool) -> Vec<Entry> {
        self.packed_since(number).iter().map(|(n, call)| call.entry(*n)).filter(wanted).collect()
    }

    /// The calls whose number is greater than `number`, of that service and operation where one is given,
    /// as a JSON array. They are a hundred megabytes if all that can be kept is asked for, so nothing but
    /// this text is made of them as a whole, and calls are recorded meanwhile.
    pub fn json_since(&self, number: u64, service: Option<&str>, operation: Option<&str>) -> String {
        let is = |wanted: Option<&str>, name: &str| wanted.is_none_or(|wanted| wanted == name);
        let mut text = String::from("[");
        for (n, call) in self.packed_since(number) {
            if !is(service, call.service()) || !is(operation, call.operation()) {
                continue;
            }
            if text.len() > 1 {
                text.push(',');
            }
            text.push_str(&json!(call.entry(n)).to_string());
        }
        text.push(']');
        text
    }

    /// What was asked of policies by the calls whose number is greater than `number`.
    pub fn actions_since(&self, number: u64) -> Vec<Used> {
        self.packed_since(number).iter().flat_map(|(_, call)| call.actions()).collect()
    }

    fn packed_since(&self, number: u64) -> Vec<(u64, Arc<Packed>)> {
        self.with(|kept| kept.since(number).map(|(n, call)| (n, call.clone())).collect())
    }

    /// How many calls there were since `number`, by `service:Operation`.
    pub fn count_since(&self, number: u64) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for (_, call) in self.packed_since(number) {
            *counts.entry(format!("{}:{}", call.service(), call.operation())).or_default() += 1;
        }
        counts
    }

    /// The requests to APIs whose number is greater than `number`.
    pub fn data_since(&self, number: u64) -> Vec<DataEntry> {
        self.with(|kept| kept.data.iter().filter(|entry| entry.number > number).cloned().collect())
    }

    /// Forgets everything; numbers begin at 1 again.
    pub fn clear(&self) {
        self.with(|kept| *kept = Kept::default());
    }

    /// Keeps a call and numbers it.
    pub fn record(&self, entry: Entry) {
        self.with(|kept| kept.keep(entry));
    }

    /// Keeps a request to an API and numbers it.
    pub fn record_data(&self, mut entry: DataEntry) {
        self.with(|kept| {
            kept.data_count += 1;
            entry.number = kept.data_count;
            if kept.data.len() == CAPACITY {
                kept.data.pop_front();
            }
            kept.data.push_back(entry);
        });
    }

    fn with<T>(&self, f: impl FnOnce(&mut Kept) -> T) -> T {
        f(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Kept {
    fn keep(&mut self, entry: Entry) {
        let call = Packed::of(entry, &mut self.names);
        self.call_count += 1;
        self.size += call.size();
        self.calls.push_back(Arc::new(call));
        // The latest is kept, however large it is.
        while self.calls.len() > CAPACITY || (self.size > ROOM && self.calls.len() > 1) {
            self.size -= self.calls.pop_front().map_or(0, |oldest| oldest.size());
        }
    }

    /// The calls whose number is greater than `number`, and their numbers.
    fn since(&self, number: u64) -> impl Iterator<Item = (u64, &Arc<Packed>)> {
        // They are numbered without a gap.
        let first = self.call_count - self.calls.len() as u64 + 1;
        let skipped = usize::try_from(number.saturating_add(1).saturating_sub(first)).unwrap_or(usize::MAX);
        (first..).zip(&self.calls).skip(skipped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(operation: &str) -> Entry {
        Entry {
            number: 0,
            at: SimTime(0),
            service: "ec2".into(),
            operation: operation.into(),
            account: String::new(),
            region: String::new(),
            access_key: String::new(),
            user_agent: String::new(),
            input: Value::Null,
            behind: Duration::ZERO,
            outcome: Outcome { status: 200, code: None, message: None, delivered: true },
            weather: None,
            request_id: String::new(),
            actions: Vec::new(),
            micros: 0,
        }
    }

    #[test]
    fn what_is_kept_is_bounded_and_numbers_go_on() {
        let recorder = Recorder::default();
        for _ in 0..CAPACITY + 5 {
            recorder.record(entry("CreateVpc"));
        }
        assert_eq!(recorder.latest(), CAPACITY as u64 + 5);
        let kept = recorder.since(0);
        assert_eq!((kept.len(), kept[0].number), (CAPACITY, 6));
        assert_eq!(recorder.since(CAPACITY as u64 + 3).len(), 2);
    }

    #[test]
    fn calls_are_given_back_as_they_were_recorded() {
        let outcome = Outcome {
            status: 400,
            code: Some("InvalidVpcID.NotFound".into()),
            message: Some("no such \"VPC\"".into()),
            delivered: true,
        };
        let made = Entry {
            at: SimTime(7),
            account: "123456789012".into(),
            region: "eu-central-1".into(),
            access_key: "test".into(),
            user_agent: "a client".into(),
            input: serde_json::json!({"VpcIds": ["vpc-1", "\u{fffd}"], "MaxResults": 5, "Threshold": 0.1}),
            outcome,
            request_id: "id".into(),
            micros: 9,
            ..entry("DescribeVpcs")
        };
        let recorder = Recorder::default();
        recorder.record(made.clone());
        let wanted = serde_json::json!(Entry { number: 1, ..made });
        assert_eq!(serde_json::json!(recorder.since(0)), serde_json::json!([wanted]));
        for (service, operation, found) in
            [(None, None, 1), (Some("ec2"), Some("DescribeVpcs"), 1), (Some("sts"), None, 0)]
        {
            let text = recorder.json_since(0, service, operation);
            let read: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(read, json!(recorder.since(0)[..found]));
        }
        assert!(recorder.since(1).is_empty() && recorder.since(u64::MAX - 1).is_empty());
    }

    #[test]
    fn large_calls_are_bounded_by_their_size() {
        let recorder = Recorder::default();
        let large =
            |megabytes: usize| Entry { input: "x".repeat(megabytes << 20).into(), ..entry("PutMetricData") };
        for _ in 0..100 {
            recorder.record(large(1));
        }
        let kept = recorder.count_since(0)["ec2:PutMetricData"];
        assert!((60..64).contains(&kept), "{kept}");
        assert_eq!(recorder.since(99)[0].number, 100);
        recorder.record(large(65));
        assert_eq!((recorder.latest(), recorder.count_since(0)["ec2:PutMetricData"]), (101, 1));
    }

    #[test]
    fn calls_are_counted_by_operation_and_reads_are_told_from_writes() {
        let recorder = Recorder::default();
        for operation in [
            "CreateVpc",
            "DescribeVpcs",
            "DescribeVpcs",
            "BatchGetSecretValue",
            "ExportApi",
            "FilterLogEvents",
        ] {
            recorder.record(entry(operation));
        }
        let counts = recorder.count_since(0);
        assert_eq!((counts["ec2:CreateVpc"], counts["ec2:DescribeVpcs"]), (1, 2));
        assert_eq!(recorder.filter(Entry::mutating).len(), 1);
    }
}
