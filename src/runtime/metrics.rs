//! The operator's metrics, in the Prometheus text format. Label values come from closed lists:
//! object names never become labels.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// A reconcile's kind and how it ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reconciled {
    kind: &'static str,
    outcome: &'static str,
}

/// One call of AWS.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AwsCall {
    service: String,
    operation: String,
    result: String,
}

/// The kind of object that was reconciled, or of resource in AWS.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabel {
    kind: &'static str,
}

/// What is held in memory.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Held {
    shard: u32,
    what: &'static str,
}

/// A shard of the classes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ShardLabel {
    shard: u32,
}

/// What is left in AWS of a shard's classes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Orphaned {
    shard: u32,
    kind: &'static str,
}

/// All metrics. Clones share the same counters.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Arc<Mutex<Registry>>,
    reconciles: Family<Reconciled, Counter>,
    reconcile_seconds: Family<KindLabel, Histogram>,
    panics: Counter,
    aws_calls: Family<AwsCall, Counter>,
    aws_seconds: Family<AwsCall, Histogram>,
    leading: Family<ShardLabel, Gauge>,
    held: Family<Held, Gauge>,
    orphans: Family<Orphaned, Gauge>,
}

impl Default for Metrics {
    fn default() -> Self {
        // Reconciles take milliseconds, unless the API server is slow; AWS answers in 20 ms to 10 s.
        let metrics = Metrics {
            registry: Arc::default(),
            reconciles: Family::default(),
            reconcile_seconds: Family::new_with_constructor(|| {
                Histogram::new([0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0])
            }),
            panics: Counter::default(),
            aws_calls: Family::default(),
            aws_seconds: Family::new_with_constructor(|| {
                Histogram::new([0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0])
            }),
            leading: Family::default(),
            held: Family::default(),
            orphans: Family::default(),
        };
        metrics.register();
        metrics
    }
}

impl Metrics {
    fn register(&self) {
        let mut all = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        let all = all.sub_registry_with_prefix("gatewayed");
        all.register("reconciles", "Reconciles by kind and outcome", self.reconciles.clone());
        all.register(
            "reconcile_duration_seconds",
            "How long reconciles take",
            self.reconcile_seconds.clone(),
        );
        all.register(
            "panics",
            "Panics: a reconcile's or a call's stays alone, any other ends the process",
            self.panics.clone(),
        );
        all.register("aws_calls", "Calls of AWS by service, operation and result", self.aws_calls.clone());
        all.register("aws_call_duration_seconds", "How long AWS takes to answer", self.aws_seconds.clone());
        all.register("leading", "1 while this replica leads the shard", self.leading.clone());
        all.register("held", "Things held in memory, by what; none grows without end", self.held.clone());
        all.register(
            "orphans",
            "Objects in AWS with this cluster's mark that belong to no object in the cluster, by kind",
            self.orphans.clone(),
        );
    }

    /// A reconcile of `kind` ended with `outcome` after `took`.
    pub fn reconciled(&self, kind: &'static str, outcome: &'static str, took: Duration) {
        self.reconciles.get_or_create(&Reconciled { kind, outcome }).inc();
        self.reconcile_seconds.get_or_create(&KindLabel { kind }).observe(took.as_secs_f64());
    }

    /// Something panicked.
    pub fn panicked(&self) {
        self.panics.inc();
    }

    /// A call of AWS was answered, `result` being `ok` or the class of its error.
    pub fn aws_call(&self, service: &str, operation: &str, result: &str, took: Duration) {
        let call = AwsCall { service: service.into(), operation: operation.into(), result: result.into() };
        self.aws_calls.get_or_create(&call).inc();
        self.aws_seconds.get_or_create(&call).observe(took.as_secs_f64());
    }

    /// Whether this replica leads a shard.
    pub fn leading(&self, shard: u16, leads: bool) {
        self.leading.get_or_create(&ShardLabel { shard: shard.into() }).set(i64::from(leads));
    }

    /// How many objects of a kind in AWS belong to a class of a shard, or its services, that the cluster
    /// does not have.
    pub fn orphans(&self, shard: u16, kind: &'static str, count: usize) {
        let orphaned = Orphaned { shard: shard.into(), kind };
        self.orphans.get_or_create(&orphaned).set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// So many of `what` (from a closed list) are held in memory for a shard.
    pub fn held(&self, shard: u16, what: &'static str, count: usize) {
        let held = Held { shard: shard.into(), what };
        self.held.get_or_create(&held).set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// All of it as text.
    ///
    /// # Errors
    /// Formatting failed.
    pub fn encode(&self) -> Result<String, std::fmt::Error> {
        let registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry)?;
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_and_reconciles_show_with_their_labels() {
        let metrics = Metrics::default();
        metrics.aws_call("ec2", "CreateSecurityGroup", "ok", Duration::from_millis(80));
        metrics.reconciled("GatewayedService", "settled", Duration::from_millis(3));
        metrics.leading(0, true);
        metrics.leading(1, false);
        let text = metrics.encode().unwrap();
        assert!(text.contains(
            r#"gatewayed_aws_calls_total{service="ec2",operation="CreateSecurityGroup",result="ok"} 1"#
        ));
        assert!(text.contains(r#"gatewayed_reconciles_total{kind="GatewayedService",outcome="settled"} 1"#));
        assert!(text.contains(r#"gatewayed_leading{shard="0"} 1"#), "{text}");
        assert!(text.contains(r#"gatewayed_leading{shard="1"} 0"#), "{text}");
    }
}
