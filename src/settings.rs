//! What an operator process is told: flags, each with an environment variable.

use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;

use crate::runtime::telemetry::LogFormat;

/// The settings of `gatewayed run`.
#[derive(Args, Clone, Debug)]
pub struct Settings {
    /// Name of this cluster, unique in the AWS account. It is in the marks of everything that we
    /// make: a rebuilt cluster with the same id takes its objects back, one with another id never
    /// touches them. Letters, digits, dots and dashes, at most 63.
    #[arg(long, env = "GATEWAYED_CLUSTER_ID", value_parser = cluster_id)]
    pub cluster_id: String,

    /// Where /healthz, /readyz and /metrics listen.
    #[arg(long, env = "GATEWAYED_LISTEN", default_value = "0.0.0.0:8080")]
    pub listen: SocketAddr,

    /// Namespace of the Lease by which replicas elect their leader.
    #[arg(long, env = "GATEWAYED_NAMESPACE", default_value = "gatewayed-system")]
    pub namespace: String,

    /// Name of that Lease; with several shards the beginning of their Leases' names.
    #[arg(long, env = "GATEWAYED_LEASE", default_value = "gatewayed")]
    pub lease: String,

    /// How many parts the classes are shared out in, each with a leader of its own, so that several
    /// replicas work at once; a part has its share of AWS's request quotas, and needs memory for
    /// all objects once more. Replicas with another number stand by until none of the old ones
    /// leads. From 1 to 32.
    #[arg(long, env = "GATEWAYED_SHARDS", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=32))]
    pub shards: u16,

    /// How this replica calls itself in the Lease and in events; its pod's name.
    #[arg(long, env = "POD_NAME", default_value_t = host_and_process())]
    pub identity: String,

    /// Objects reconciled at once. AWS's quotas bind much earlier.
    #[arg(long, env = "GATEWAYED_CONCURRENCY", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub concurrency: u16,

    /// Share of AWS's API request quotas that this operator takes for itself; consoles, Terraform
    /// and other controllers in the account live on the rest. Above 0, at most 1.
    #[arg(long, env = "GATEWAYED_QUOTA_SHARE", default_value_t = 0.5, value_parser = share)]
    pub quota_share: f64,

    /// Between two passes over everything that carries our marks in AWS, by which changes that
    /// others made are found and put right. From 1m to 24h.
    #[arg(long, env = "GATEWAYED_DRIFT_INTERVAL", default_value = "1h", value_parser = drift_interval)]
    pub drift_interval: Duration,

    /// How far AWS's lists may lag behind its writes: what a list does not show is believed to be
    /// gone only that long after it was written. AWS documents no bound. From 1s to 10m.
    #[arg(long, env = "GATEWAYED_SETTLE", default_value = "30s", value_parser = settle)]
    pub settle: Duration,

    /// Form of a log line.
    #[arg(long, env = "GATEWAYED_LOG_FORMAT", value_enum, default_value_t = LogFormat::Json)]
    pub log_format: LogFormat,

    /// What is logged, as a tracing filter: `info`, or `gatewayed=debug,warn`.
    #[arg(long, env = "GATEWAYED_LOG", default_value = "info,kube_client=warn,kube_runtime=warn")]
    pub log: String,

    /// How many times as fast the operator's own time runs, beside a simulated AWS that runs as
    /// fast. Never with real AWS: waits, quotas and settle times shrink by it.
    #[arg(long, env = "GATEWAYED_TIME_SCALE", default_value_t = 1.0, hide = true, value_parser = scale)]
    pub time_scale: f64,
}

fn host_and_process() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("{}-{}", host.trim(), std::process::id())
}

pub(crate) fn cluster_id(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    if text.is_empty() || text.len() > 63 || !text.chars().all(fits) {
        return Err("must be 1 to 63 letters, digits, dots and dashes".to_owned());
    }
    Ok(text.to_owned())
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if share > 0.0 && share <= 1.0 => Ok(share),
        _ => Err("must be a number above 0 and at most 1".to_owned()),
    }
}

pub(crate) fn scale(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(scale) if (1.0..=10_000.0).contains(&scale) => Ok(scale),
        _ => Err("must be a number from 1 to 10000".to_owned()),
    }
}

fn drift_interval(text: &str) -> Result<Duration, String> {
    duration(text, Duration::from_secs(60), Duration::from_secs(86_400))
}

pub(crate) fn settle(text: &str) -> Result<Duration, String> {
    duration(text, Duration::from_secs(1), Duration::from_secs(600))
}

/// A duration as Kubernetes writes it, within bounds.
pub(crate) fn duration(text: &str, least: Duration, most: Duration) -> Result<Duration, String> {
    let parsed = text.parse::<kube::core::Duration>().map_err(|e| e.to_string())?;
    let duration = Duration::from(parsed);
    if parsed.is_negative() || duration < least || duration > most {
        return Err(format!("must be from {} s to {} s", least.as_secs(), most.as_secs()));
    }
    Ok(duration)
}
