//! What the operator's process takes, sampled, kept as CSV and judged.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Instant;

use crate::support::http;

/// What is sampled, in the order of the CSV's columns.
pub const COLUMNS: [&str; 20] = [
    "rss_kib",
    "open_files",
    "threads",
    "tasks",
    "classes",
    "services",
    "endpoint_slices",
    "folds",
    "networks",
    "workloads",
    "targets",
    "failures",
    "writes",
    "aws_objects",
    "aws_notes",
    "calls_waiting",
    "calls_running",
    "aws_calls",
    "reconciles",
    "panics",
];

/// What must not grow once the operator is warm, and how much more of it is no growth: the allocator's and the
/// connections' own coming and going.
const FLAT: [(&str, f64); 6] = [
    ("rss_kib", 2048.0),
    ("open_files", 8.0),
    ("threads", 2.0),
    ("tasks", 16.0),
    ("aws_notes", 60.0),
    ("writes", 10.0),
];

/// How much higher the median of the last quarter may be than that of the second.
const GROWTH: f64 = 0.1;

/// One look at the process.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Seconds since the first.
    pub at: f64,
    values: BTreeMap<&'static str, f64>,
}

impl Sample {
    /// The value of a column.
    pub fn of(&self, column: &str) -> f64 {
        self.values[column]
    }

    /// Looks at the operator's process and at what it tells of itself at `address`; `None`: it has ended.
    pub async fn take((pid, address): (u32, SocketAddr), start: Instant) -> Option<Sample> {
        let process = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("a child of ours");
        process.contains("VmRSS:").then_some(())?;
        let (status, metrics) = http::text(address, "localhost", "/metrics").await;
        assert_eq!(status, 200, "{metrics}");
        let mut values: BTreeMap<&'static str, f64> = BTreeMap::new();
        let field = |name: &str| {
            let line = process.lines().find(|line| line.starts_with(name)).expect(name);
            line.split_whitespace().nth(1).and_then(|n| n.parse::<f64>().ok()).expect(name)
        };
        let files = std::fs::read_dir(format!("/proc/{pid}/fd")).expect("the operator runs").count();
        for column in COLUMNS {
            let value = match column {
                "rss_kib" => field("VmRSS:"),
                "threads" => field("Threads:"),
                "open_files" => files as f64,
                "aws_calls" => sum(&metrics, "gatewayed_aws_calls_total"),
                "reconciles" => sum(&metrics, "gatewayed_reconciles_total"),
                "panics" => sum(&metrics, "gatewayed_panics_total"),
                held => sum(&metrics, &format!("gatewayed_held{{what=\"{held}\"}}")),
            };
            values.insert(column, value);
        }
        Some(Sample { at: start.elapsed().as_secs_f64(), values })
    }
}

/// The sum of all lines of a metric, whatever their labels.
fn sum(metrics: &str, name: &str) -> f64 {
    let lines = metrics.lines().filter(|line| line.starts_with(name));
    lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
}

/// Writes all samples as CSV.
pub fn write(samples: &[Sample], to: &Path) {
    let mut text = format!("seconds,{}\n", COLUMNS.join(","));
    for sample in samples {
        let values: Vec<String> = COLUMNS.iter().map(|column| sample.of(column).to_string()).collect();
        text.push_str(&format!("{:.1},{}\n", sample.at, values.join(",")));
    }
    std::fs::write(to, text).expect("the CSV is written");
}

/// The second and the last quarter of a run: the first is the warming up.
pub struct Quarters<'a> {
    second: &'a [Sample],
    last: &'a [Sample],
}

impl<'a> Quarters<'a> {
    /// Of `samples`, at least eight.
    pub fn of(samples: &'a [Sample]) -> Quarters<'a> {
        let quarter = samples.len() / 4;
        assert!(quarter >= 2, "only {} samples", samples.len());
        Quarters { second: &samples[quarter..2 * quarter], last: &samples[samples.len() - quarter..] }
    }

    /// The medians of a column in both.
    pub fn medians(&self, column: &str) -> (f64, f64) {
        (median(self.second, column), median(self.last, column))
    }

    /// What a counter counted in an hour, in both.
    pub fn hourly(&self, column: &str) -> (f64, f64) {
        let rate = |quarter: &[Sample]| {
            let (first, last) = (&quarter[0], &quarter[quarter.len() - 1]);
            (last.of(column) - first.of(column)) / (last.at - first.at) * 3600.0
        };
        (rate(self.second), rate(self.last))
    }

    /// What grew although it must not; empty: nothing.
    pub fn grown(&self) -> Vec<String> {
        let grown = FLAT.iter().filter_map(|(column, noise)| {
            let (before, after) = self.medians(column);
            let most = before * (1.0 + GROWTH) + noise;
            (after > most).then(|| {
                format!("{column}: {before} in the second quarter, {after} in the last, {most} at most")
            })
        });
        grown.collect()
    }
}

fn median(samples: &[Sample], column: &str) -> f64 {
    let mut values: Vec<f64> = samples.iter().map(|sample| sample.of(column)).collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[test]
fn growth_of_a_tenth_is_found_and_noise_is_not() {
    let samples = |of: &dyn Fn(f64) -> f64| -> Vec<Sample> {
        let sample = |n: u32| {
            let at = f64::from(n);
            let values = COLUMNS.iter().map(|column| (*column, 1e6)).chain([("rss_kib", of(at))]).collect();
            Sample { at, values }
        };
        (0..400).map(sample).collect()
    };
    let leaking = samples(&|at| 50_000.0 + at * 40.0);
    assert_eq!(Quarters::of(&leaking).grown().len(), 1, "40 KiB a sample");
    let noisy = samples(&|at| 50_000.0 + (at * 7.0).sin() * 5_000.0);
    assert_eq!(Quarters::of(&noisy).grown(), [""; 0]);
    let (second, last) = Quarters::of(&leaking).hourly("rss_kib");
    assert_eq!((second.round(), last.round()), (144_000.0, 144_000.0));
}
