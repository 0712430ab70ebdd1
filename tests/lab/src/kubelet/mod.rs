//! A fake kubelet: nodes that stay Ready, one a zone, and pods that live and die as the API
//! server and their images tell them. Nothing is executed; a container is a small HTTP server in
//! this process, at the pod's own address.
//!
//! In: pods bound to its nodes. Out: their status, and HTTP at 127.b.c.d for the pod at 10.b.c.d.
//! IO: the API server, and sockets on loopback.
//!
//! As a kubelet does it: image pull errors, missing Secrets and ConfigMaps, startup, liveness and
//! readiness probes, restarts with back-off, readiness gates, preStop `sleep` and `httpGet`,
//! termination grace, deletion. Differently: init containers succeed at once, an `exec` hook or
//! probe succeeds at once, a gRPC probe only connects, volumes are only checked for what they refer to.
//!
//! What passes in simulated time (probe timings, preStop sleeps, back-offs, slow starts) runs on
//! the lab's clock. Node leases and the times in statuses are real, since Kubernetes reads them.
//!
//! A container's image decides how it behaves; see [`behaviour`].

pub mod addresses;
mod app;
mod backoff;
pub mod behaviour;
mod configuration;
mod container;
pub mod controls;
mod events;
mod node;
mod pods;
mod probe;
mod status;
mod termination;
mod worker;

use std::sync::Arc;

use awsim::clock::Clock;
use futures::future::try_join_all;
use ipnet::Ipv4Net;
use tokio_util::sync::CancellationToken;

pub use self::controls::Controls;
use self::events::Events;
use self::node::Node;
use crate::LabError;

/// One zone of the simulated region; it gets one node.
#[derive(Clone, Debug)]
pub struct Zone {
    /// `eu-central-1a`; the region is this without its last letter.
    pub name: String,
    /// The part of 10.0.0.0/8 in which this zone's pods have their addresses, /28 or wider.
    pub pods: Ipv4Net,
}

/// What the kubelet runs with.
#[derive(Clone, Debug)]
pub struct Config {
    /// The zones, a node each.
    pub zones: Vec<Zone>,
    /// Simulated time.
    pub clock: Clock,
}

/// What all pods share.
struct Shared {
    client: kube::Client,
    events: Events,
    clock: Clock,
    controls: Controls,
}

/// A running fake kubelet. Dropping it stops it: its pods stop answering, their objects stay.
#[derive(Debug)]
pub struct Kubelet {
    controls: Controls,
    _stop: tokio_util::sync::DropGuard,
}

impl Kubelet {
    /// Registers the nodes and begins to run pods. Belongs to the runtime it is called in.
    ///
    /// # Errors
    /// If a zone makes no sense, or the API server refuses a node.
    pub async fn start(client: kube::Client, config: Config) -> Result<Kubelet, LabError> {
        let controls = Controls::default();
        let shared = Arc::new(Shared {
            events: Events::new(client.clone()),
            client,
            clock: config.clock,
            controls: controls.clone(),
        });
        let nodes = config.zones.iter().enumerate().map(|(i, zone)| Node::new(i, zone));
        let nodes = nodes.collect::<Result<Vec<_>, _>>()?;
        try_join_all(nodes.iter().map(|node| node.register(&shared.client))).await?;
        let stop = CancellationToken::new();
        for node in &nodes {
            let beating = node::beat(node.name.clone(), shared.client.clone());
            tokio::spawn(stop.clone().run_until_cancelled_owned(beating));
        }
        tokio::spawn(stop.clone().run_until_cancelled_owned(pods::run(shared, nodes)));
        Ok(Kubelet { controls, _stop: stop.drop_guard() })
    }

    /// How tests change what pods do while they run.
    pub fn controls(&self) -> &Controls {
        &self.controls
    }
}
