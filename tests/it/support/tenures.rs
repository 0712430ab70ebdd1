//! Who held which lease when: every version of every Lease, as a watch tells them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::StreamExt;
use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::Lease;
use kube::runtime::watcher;
use kube::{Api, Client, ResourceExt};
use tokio::task::JoinHandle;

use super::operator::until;

/// The history of the leases of one namespace. It ends when dropped.
#[derive(Debug)]
pub struct Tenures {
    leases: Api<Lease>,
    records: Records,
    watch: JoinHandle<()>,
}

type Records = Arc<Mutex<BTreeMap<String, Vec<Record>>>>;

/// One version of a lease.
#[derive(Clone, Debug)]
struct Record {
    version: String,
    holder: Option<String>,
    acquired: Timestamp,
    renewed: Timestamp,
    lasts: Duration,
}

impl Tenures {
    /// From now on.
    pub fn watch(client: Client, namespace: &str) -> Tenures {
        let leases = Api::<Lease>::namespaced(client, namespace);
        let records = Records::default();
        let (api, kept) = (leases.clone(), records.clone());
        let watch = tokio::spawn(async move {
            let events = watcher(api, watcher::Config::default());
            events
                .for_each(|event| {
                    keep(&kept, event);
                    std::future::ready(())
                })
                .await;
        });
        Tenures { leases, records, watch }
    }

    /// The leases themselves.
    pub fn leases(&self) -> &Api<Lease> {
        &self.leases
    }

    /// Whether `pod` held `lease` at that moment: it was the last to write it, less than the lease's
    /// duration before, and nobody else had written it.
    pub fn held(&self, lease: &str, pod: &str, at: Timestamp) -> bool {
        let all = self.records.lock().unwrap();
        let records = all.get(lease).map(Vec::as_slice).unwrap_or_default();
        let last = |i: usize| records.get(i + 1).is_none_or(|next| at < next.renewed);
        records.iter().enumerate().any(|(i, record)| {
            let begins = if i == 0 { record.acquired } else { record.renewed };
            let within = begins <= at && at < record.renewed + record.lasts && last(i);
            within && record.holder.as_deref() == Some(pod)
        })
    }

    /// What became of `lease`, for messages: one line for each time that it changed hands.
    pub fn story(&self, lease: &str) -> String {
        let all = self.records.lock().unwrap();
        let mut lines: Vec<String> = Vec::new();
        let mut holder = None;
        for record in all.get(lease).into_iter().flatten() {
            if holder.as_ref() != Some(&record.holder) {
                lines.push(format!("{} {:?}", record.renewed, record.holder));
                holder = Some(record.holder.clone());
            }
        }
        lines.join("\n")
    }

    /// When `lease` was given back for the first time since `since`.
    pub fn released(&self, lease: &str, since: Timestamp) -> Option<Timestamp> {
        let all = self.records.lock().unwrap();
        let mut free = all.get(lease)?.iter().filter(|r| r.holder.is_none() && r.renewed >= since);
        free.next().map(|record| record.renewed)
    }

    /// Waits until the watch has told of all that is there now.
    pub async fn caught_up(&self) {
        until("the watch has told of every lease", || async {
            let there = self.leases.list(&Default::default()).await.expect("the API server answers");
            let all = self.records.lock().unwrap();
            let told = |lease: &Lease| {
                if lease.spec.as_ref().is_none_or(|spec| spec.acquire_time.is_none()) {
                    return true;
                }
                let version = lease.resource_version().unwrap_or_default();
                all.get(&lease.name_any()).is_some_and(|r| r.iter().any(|r| r.version == version))
            };
            let missing: Vec<String> =
                there.iter().filter(|lease| !told(lease)).map(ResourceExt::name_any).collect();
            if missing.is_empty() { Ok(()) } else { Err(format!("{missing:?}")) }
        })
        .await;
    }
}

impl Drop for Tenures {
    fn drop(&mut self) {
        self.watch.abort();
    }
}

fn keep(records: &Records, event: watcher::Result<watcher::Event<Lease>>) {
    let Ok(watcher::Event::Apply(lease) | watcher::Event::InitApply(lease)) = event else { return };
    let spec = lease.spec.clone().unwrap_or_default();
    let (Some(acquired), Some(renewed)) = (spec.acquire_time, spec.renew_time) else { return };
    let record = Record {
        version: lease.resource_version().unwrap_or_default(),
        holder: spec.holder_identity.filter(|h| !h.is_empty()),
        acquired: acquired.0,
        renewed: renewed.0,
        lasts: Duration::from_secs(spec.lease_duration_seconds.unwrap_or(0).unsigned_abs().into()),
    };
    let mut all = records.lock().unwrap();
    let known = all.entry(lease.name_any()).or_default();
    if known.last().is_none_or(|last| last.version != record.version) {
        known.push(record);
    }
}
