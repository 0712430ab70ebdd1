//! `gatewayed sweep`: what carries our cluster's mark in AWS and belongs to no object in the cluster.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, ValueEnum};
use kube::api::ListParams;
use kube::core::DeserializeGuard;
use kube::{Api, Client, ResourceExt};
use serde_json::{Value, json};

use crate::api::{GatewayedService, GatewayedServiceClass};
use crate::aws::Aws;
use crate::controller::sweep::{self, Fate, Orphan, Setup, Unreadable};
use crate::model::orphans::Live;
use crate::model::{NsName, Time};
use crate::runtime::clock::Clock;
use crate::runtime::metrics::Metrics;
use crate::settings;

/// Orphans were found and are there still.
const FOUND: u8 = 3;

/// What follows the flags in `--help`.
pub const AFTER_HELP: &str = "An object in AWS is an orphan if it carries the cluster id and neither a \
    GatewayedService nor a GatewayedServiceClass of that name is in the cluster; one that is being deleted is. \
    AWS tells when HTTP APIs, stages, VPC links and load balancers were made. What belongs together is as old as \
    the youngest of its things that tell, else as its class's things.\n\n\
    With --delete, what is old enough goes in the order of its references, services before their classes; whether \
    the object is still absent is looked up before each round. No lease is taken. What is not ours is never \
    touched, and what it uses stays. The permissions are those of the operator, or fewer.\n\n\
    Exit codes: 0 nothing found, or all of it deleted; 3 orphans are there; 1 it failed; 2 wrong usage.\n\n\
    Examples:\n  gatewayed sweep --cluster-id prod-eu-1\n  \
    gatewayed sweep --cluster-id prod-eu-1 --delete --older-than 24h\n  \
    gatewayed sweep --cluster-id torn-down --no-cluster --region eu-central-1 --delete";

/// The flags.
#[derive(Args, Clone, Debug)]
pub struct Sweep {
    /// Whose mark to look for. It must be the id of the cluster that the kubeconfig leads to.
    #[arg(long, env = "GATEWAYED_CLUSTER_ID", value_parser = settings::cluster_id)]
    cluster_id: String,

    /// Where to look; may be repeated. Without it, in the regions of the cluster's classes.
    #[arg(long = "region")]
    regions: Vec<String>,

    /// Leave alone whatever is, or may be, younger. From 0s to 8760h.
    #[arg(long, default_value = "1h", value_parser = age)]
    older_than: Duration,

    /// Delete what is found.
    #[arg(long)]
    delete: bool,

    /// Delete also what nothing tells the age of.
    #[arg(long)]
    include_unknown_age: bool,

    /// The cluster is gone: everything that carries its id is an orphan.
    #[arg(long, requires = "regions")]
    no_cluster: bool,

    /// How long deleting may take before the rest is left. AWS needs minutes for a VPC link.
    #[arg(long, default_value = "30m", value_parser = age)]
    timeout: Duration,

    /// Form of the output.
    #[arg(long, short, value_enum, default_value_t = Output::Table)]
    output: Output,

    /// How far AWS's lists may lag behind its writes. From 1s to 10m.
    #[arg(long, env = "GATEWAYED_SETTLE", default_value = "30s", value_parser = settings::settle)]
    settle: Duration,

    /// How many times as fast as the wall clock a simulated AWS runs. Never with real AWS.
    #[arg(long, env = "GATEWAYED_TIME_SCALE", default_value_t = 1.0, hide = true, value_parser = settings::scale)]
    time_scale: f64,
}

/// Forms of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Output {
    /// For people.
    Table,
    /// For machines.
    Json,
}

/// Why a sweep failed.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("no async runtime: {0}")]
    Runtime(#[source] std::io::Error),
    #[error("no way to the Kubernetes API: {0}. Set KUBECONFIG; if the cluster is gone, add --no-cluster")]
    Kubeconfig(#[source] Box<kube::Error>),
    #[error(transparent)]
    Cluster(#[from] Unreadable),
    #[error("the cluster has no class that would tell a region: name it with --region")]
    NoRegion,
    #[error(transparent)]
    Region(#[from] sweep::Error),
    #[error("cannot write to standard output: {0}")]
    Output(#[source] std::io::Error),
}

impl Sweep {
    /// Sweeps.
    ///
    /// # Errors
    /// AWS or the cluster could not be read.
    pub fn run(self) -> Result<ExitCode, Box<dyn std::error::Error>> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        Ok(runtime.map_err(Error::Runtime)?.block_on(self.sweep())?)
    }

    async fn sweep(self) -> Result<ExitCode, Error> {
        let client = match self.no_cluster {
            true => None,
            false => Some(Client::try_default().await.map_err(|e| Error::Kubeconfig(Box::new(e)))?),
        };
        let regions = match (&self.regions[..], &client) {
            ([], Some(client)) => regions(client).await?,
            (named, _) => named.iter().cloned().collect(),
        };
        if regions.is_empty() {
            return Err(Error::NoRegion);
        }
        let setup = Setup {
            aws: Aws::load(&self.cluster_id, Metrics::default()).await,
            clock: Clock::new(self.time_scale),
            settle: self.settle,
            quota_share: 0.5,
            older_than: self.older_than,
            unknown_age: self.include_unknown_age,
            patience: self.timeout,
        };
        let mut rows = Vec::new();
        for region in regions {
            let found = sweep::sweep(&setup, &region, self.delete, || live(client.clone())).await?;
            rows.extend(found.into_iter().map(|orphan| Row { region: region.clone(), orphan }));
        }
        let text = match self.output {
            Output::Table => table(&rows, setup.clock.now(), self.older_than),
            Output::Json => json_text(&rows, setup.clock.now()),
        };
        std::io::stdout().write_all(text.as_bytes()).map_err(Error::Output)?;
        let left = rows.iter().any(|row| row.orphan.old && row.orphan.fate != Fate::Deleted);
        Ok(if left { ExitCode::from(FOUND) } else { ExitCode::SUCCESS })
    }
}

/// Where the cluster's classes are.
async fn regions(client: &Client) -> Result<BTreeSet<String>, Unreadable> {
    let failed = |e| Unreadable { kind: "classes", source: Box::new(e) };
    let classes = Api::<DeserializeGuard<GatewayedServiceClass>>::all(client.clone());
    let classes = classes.list(&ListParams::default()).await.map_err(failed)?;
    Ok(classes.items.into_iter().filter_map(|class| Some(class.0.ok()?.spec.region)).collect())
}

/// Which owners the cluster has; none without a cluster.
async fn live(client: Option<Client>) -> Result<Live, Unreadable> {
    let Some(client) = client else { return Ok(Live::default()) };
    let failed = |kind| move |e| Unreadable { kind, source: Box::new(e) };
    let classes = Api::<DeserializeGuard<GatewayedServiceClass>>::all(client.clone());
    let classes = classes.list(&ListParams::default()).await.map_err(failed("classes"))?;
    let services = Api::<DeserializeGuard<GatewayedService>>::all(client);
    let services = services.list(&ListParams::default()).await.map_err(failed("services"))?;
    let service = |object: &DeserializeGuard<GatewayedService>| {
        let name = NsName::new(object.namespace().unwrap_or_default(), object.name_any());
        let status = object.0.as_ref().ok().and_then(|service| service.status.as_ref());
        (name, status.and_then(|status| status.class_name.clone()))
    };
    Ok(Live {
        classes: classes.items.iter().map(ResourceExt::name_any).collect(),
        services: services.items.iter().map(service).collect(),
    })
}

/// One line of the output.
struct Row {
    region: String,
    orphan: Orphan,
}

impl Row {
    fn done(&self) -> String {
        match &self.orphan.fate {
            Fate::Listed if !self.orphan.old => "too young".to_owned(),
            Fate::Listed => "listed".to_owned(),
            Fate::Deleted => "deleted".to_owned(),
            Fate::Left(why) => format!("left: {why}"),
        }
    }

    fn age(&self, now: Time) -> Option<Duration> {
        self.orphan.made.map(|made| now.since(made))
    }
}

/// For people: aligned columns and a sentence.
fn table(rows: &[Row], now: Time, older_than: Duration) -> String {
    let head = ["REGION", "OWNER", "KIND", "AGE", "DONE", "ID"].map(str::to_owned);
    let line = |row: &Row| {
        let age = row.age(now).map_or_else(|| "unknown".to_owned(), short);
        let Orphan { owner, kind, id, .. } = &row.orphan;
        [row.region.clone(), owner.to_string(), kind.to_string(), age, row.done(), id.to_string()]
    };
    let lines: Vec<[String; 6]> = std::iter::once(head).chain(rows.iter().map(line)).collect();
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..6).map(width).collect();
    let mut text = String::new();
    if !rows.is_empty() {
        for line in &lines {
            let cells: Vec<String> =
                line.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
            text.push_str(cells.join("  ").trim_end());
            text.push('\n');
        }
    }
    let count = |fits: &dyn Fn(&Row) -> bool| rows.iter().filter(|row| fits(row)).count();
    let young = count(&|row| !row.orphan.old);
    let deleted = count(&|row| row.orphan.fate == Fate::Deleted);
    let left = rows.len() - young - deleted;
    text.push_str(&format!(
        "{left} orphans, {deleted} deleted; {young} more are younger than {}.\n",
        short(older_than)
    ));
    text
}

/// `3d`, `5h`, `12m`, `40s`: rounded down.
fn short(age: Duration) -> String {
    match age.as_secs() {
        seconds if seconds >= 2 * 86_400 => format!("{}d", seconds / 86_400),
        seconds if seconds >= 3600 => format!("{}h", seconds / 3600),
        seconds if seconds >= 60 => format!("{}m", seconds / 60),
        seconds => format!("{seconds}s"),
    }
}

/// For machines: one object with all of it.
fn json_text(rows: &[Row], now: Time) -> String {
    let row = |row: &Row| -> Value {
        let Orphan { owner, kind, id, old, .. } = &row.orphan;
        json!({
            "region": row.region,
            "class": owner.class(),
            "service": owner.service().map(ToString::to_string),
            "kind": kind.as_str(),
            "id": id.0,
            "ageSeconds": row.age(now).map(|age| age.as_secs()),
            "tooYoung": !old,
            "done": match &row.orphan.fate {
                Fate::Listed => "Listed",
                Fate::Deleted => "Deleted",
                Fate::Left(_) => "Left",
            },
            "why": match &row.orphan.fate {
                Fate::Left(why) => Some(why),
                Fate::Listed | Fate::Deleted => None,
            },
        })
    };
    let orphans: Vec<Value> = rows.iter().map(row).collect();
    format!("{:#}\n", json!({ "orphans": orphans }))
}

fn age(text: &str) -> Result<Duration, String> {
    settings::duration(text, Duration::ZERO, Duration::from_secs(365 * 86_400))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Id, Kind, Owner};

    fn row(id: &str, made: Option<u64>, old: bool, fate: Fate) -> Row {
        let owner = Owner::Service { class: "public".into(), name: NsName::new("shop", "orders") };
        let made = made.map(Time);
        Row {
            region: "eu-central-1".into(),
            orphan: Orphan { owner, kind: Kind::Route, id: Id::from(id), made, old, fate },
        }
    }

    #[test]
    fn the_table_has_a_line_for_each_thing_and_counts_them() {
        let now = Time(200_000_000);
        let rows = [
            row("a1/r1", Some(27_200_000), true, Fate::Listed),
            row("a1/r22", None, true, Fate::Deleted),
            row("a1/r3", Some(199_990_000), false, Fate::Listed),
        ];
        let text = table(&rows, now, Duration::from_secs(3600));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "REGION        OWNER                       KIND   AGE      DONE       ID");
        assert_eq!(lines[1], "eu-central-1  service public shop/orders  Route  2d       listed     a1/r1");
        assert_eq!(lines[2], "eu-central-1  service public shop/orders  Route  unknown  deleted    a1/r22");
        assert_eq!(lines[3], "eu-central-1  service public shop/orders  Route  10s      too young  a1/r3");
        assert_eq!(lines[4], "1 orphans, 1 deleted; 1 more are younger than 1h.");
        assert_eq!(table(&[], now, Duration::ZERO), "0 orphans, 0 deleted; 0 more are younger than 0s.\n");
    }

    #[test]
    fn json_has_every_thing_with_its_fate() {
        let rows = [row("a1/r1", Some(1_000), true, Fate::Left("it is used by listener l".into()))];
        let value: Value = serde_json::from_str(&json_text(&rows, Time(61_000))).unwrap();
        let wanted = json!({"orphans": [{"region": "eu-central-1", "class": "public", "service": "shop/orders",
            "kind": "Route", "id": "a1/r1", "ageSeconds": 60, "tooYoung": false, "done": "Left",
            "why": "it is used by listener l"}]});
        assert_eq!(value, wanted);
    }
}
