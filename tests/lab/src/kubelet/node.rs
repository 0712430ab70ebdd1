//! A node: its object, its lease, its place in a zone.

use std::net::Ipv4Addr;
use std::time::Duration;

use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::api::core::v1::Node as NodeObject;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use kube::api::{ObjectMeta, Patch, PatchParams};
use kube::{Api, Client};
use serde_json::json;

use super::Zone;
use super::addresses::{Address, Pool};
use super::status::now;
use crate::{LabError, build};

/// How often a lease is renewed, in real time as the controller manager's patience is.
const BEAT: Duration = Duration::from_secs(10);
const RETRY: Duration = Duration::from_secs(1);
const MANAGER: &str = "lab-kubelet";

/// One node of the fake kubelet.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) zone: String,
    region: String,
    /// Held as long as the node lives.
    address: Address,
    pub(super) pods: Pool,
}

impl Node {
    /// The node of the zone with this index.
    pub(super) fn new(index: usize, zone: &Zone) -> Result<Node, LabError> {
        let pool = Pool::new(zone.pods).ok_or_else(|| LabError::Config {
            field: "zones.pods",
            why: format!("{} is not part of 10.0.0.0/8, from /8 to /28", zone.pods),
        })?;
        let address = pool.take().ok_or_else(|| LabError::Config {
            field: "zones.pods",
            why: format!("no address of {} can be bound on loopback", zone.pods),
        })?;
        let region = zone.name.trim_end_matches(|c: char| c.is_ascii_lowercase()).to_owned();
        Ok(Node { name: format!("lab-{}", index + 1), zone: zone.name.clone(), region, address, pods: pool })
    }

    /// The node's own address.
    pub(super) fn ip(&self) -> Ipv4Addr {
        self.address.ip
    }

    /// Creates the node and its Ready status.
    pub(super) async fn register(&self, client: &Client) -> Result<(), LabError> {
        let name = &self.name;
        let what = || LabError::kube(format!("register node {name}"));
        let params = PatchParams::apply(MANAGER).force();
        let nodes: Api<NodeObject> = Api::all(client.clone());
        nodes.patch(name, &params, &Patch::Apply(self.object())).await.map_err(what())?;
        nodes.patch_status(name, &params, &Patch::Apply(self.status())).await.map_err(what())?;
        Ok(())
    }

    fn object(&self) -> serde_json::Value {
        let instance = format!("i-0{:016x}", u32::from(self.ip()));
        json!({
            "apiVersion": "v1", "kind": "Node",
            "metadata": {"name": self.name, "labels": {
                "kubernetes.io/hostname": self.name,
                "kubernetes.io/os": "linux",
                "kubernetes.io/arch": "amd64",
                "node.kubernetes.io/instance-type": "m7i.8xlarge",
                "topology.kubernetes.io/zone": self.zone,
                "topology.kubernetes.io/region": self.region,
            }},
            "spec": {"providerID": format!("aws:///{}/{instance}", self.zone)},
        })
    }

    fn status(&self) -> serde_json::Value {
        let room = json!({"cpu": "32", "memory": "128Gi", "pods": "250", "ephemeral-storage": "100Gi"});
        let condition = |kind: &str, status: &str, reason: &str| {
            json!({"type": kind, "status": status, "reason": reason, "message": "",
                "lastHeartbeatTime": now(), "lastTransitionTime": now()})
        };
        json!({
            "apiVersion": "v1", "kind": "Node", "metadata": {"name": self.name},
            "status": {
                "capacity": room, "allocatable": room,
                "addresses": [
                    {"type": "InternalIP", "address": self.ip().to_string()},
                    {"type": "Hostname", "address": self.name},
                ],
                "conditions": [
                    condition("Ready", "True", "KubeletReady"),
                    condition("MemoryPressure", "False", "KubeletHasSufficientMemory"),
                    condition("DiskPressure", "False", "KubeletHasNoDiskPressure"),
                    condition("PIDPressure", "False", "KubeletHasSufficientPID"),
                ],
                "nodeInfo": {
                    "kubeletVersion": build::kubernetes_version(), "kubeProxyVersion": "",
                    "containerRuntimeVersion": "lab://1", "operatingSystem": "linux", "architecture": "amd64",
                    "bootID": "", "machineID": "", "systemUUID": "", "kernelVersion": "", "osImage": "fake",
                },
            },
        })
    }
}

/// Renews the node's lease for ever: that is what keeps it Ready.
pub(super) async fn beat(name: String, client: Client) {
    loop {
        let pause = match renew(&name, &client).await {
            Ok(()) => BEAT,
            // At the very start the leases' namespace may not be there yet.
            Err(e) => {
                tracing::debug!(node = name, error = %e, "lease not renewed");
                RETRY
            }
        };
        tokio::time::sleep(pause).await;
    }
}

async fn renew(name: &str, client: &Client) -> kube::Result<()> {
    let lease = Lease {
        metadata: ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() },
        spec: Some(LeaseSpec {
            holder_identity: Some(name.to_owned()),
            lease_duration_seconds: Some(40),
            renew_time: Some(MicroTime(jiff::Timestamp::now())),
            ..LeaseSpec::default()
        }),
    };
    let leases: Api<Lease> = Api::namespaced(client.clone(), "kube-node-lease");
    leases.patch(name, &PatchParams::apply(MANAGER).force(), &Patch::Apply(&lease)).await?;
    Ok(())
}
