//! A service with every default resolved.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::{RouteKey, ValidClass, Violation};
use crate::api::env::EnvVar;
use crate::api::in_cluster::InCluster;
use crate::api::pod::{PodSettings, Resources, Security};
use crate::api::routes::Throttling;
use crate::model::NsName;

/// A service that keeps every rule and that its class grants.
#[derive(Clone, Debug, PartialEq)]
pub struct ValidService {
    /// Its name.
    pub name: NsName,
    /// Its class.
    pub class: Arc<ValidClass>,
    /// The container image.
    pub image: String,
    /// The port that the app listens on.
    pub port: u16,
    /// Entry point; empty: the image's.
    pub command: Vec<String>,
    /// Arguments; empty: the image's.
    pub args: Vec<String>,
    /// Environment variables, each with exactly one source.
    pub env: Vec<EnvVar>,
    /// Compute resources.
    pub resources: Resources,
    /// The pods' service account; `None`: no token in the pods.
    pub service_account: Option<String>,
    /// Metadata and placement of the pods.
    pub pod: PodSettings,
    /// Identity of the app's process.
    pub security: Security,
    /// How many pods.
    pub scale: Scale,
    /// When a pod is healthy.
    pub health: ValidHealth,
    /// How a pod goes.
    pub shutdown: ValidShutdown,
    /// What is reachable from outside. No two have a route key in common.
    pub routes: Vec<ValidRoute>,
    /// What inside the cluster may reach the pods; with `ports` empty: the app's port. A port listed
    /// here may have the number of the app's or health port.
    pub in_cluster: Option<InCluster>,
}

/// How many pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// So many.
    Fixed(i32),
    /// By load: the HorizontalPodAutoscaler decides, and replicas are not ours.
    Auto {
        /// Never fewer.
        min: i32,
        /// Never more.
        max: i32,
        /// Wanted CPU use in percent of the request.
        cpu: Option<i32>,
        /// Wanted memory use in percent of the request.
        memory: Option<i32>,
    },
}

/// When a pod is healthy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidHealth {
    /// What readiness and the load balancer ask for.
    pub path: String,
    /// The port asked.
    pub port: u16,
    /// Between two checks, whole seconds.
    pub interval: Duration,
    /// For an answer, whole seconds, at most `interval`.
    pub timeout: Duration,
    /// Good answers in a row that make it healthy.
    pub healthy_threshold: i32,
    /// Bad answers in a row that make it unhealthy.
    pub unhealthy_threshold: i32,
    /// What the liveness probe asks for.
    pub liveness_path: String,
    /// How long a start may take, whole seconds.
    pub startup: Duration,
}

/// How a pod goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValidShutdown {
    /// How long it still answers, whole seconds, at least the class's drain.
    pub drain: Duration,
    /// From SIGTERM to SIGKILL, whole seconds.
    pub stop: Duration,
}

/// A route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidRoute {
    /// Its name.
    pub name: String,
    /// Its route keys: one a method, twice as many for a prefix.
    pub keys: Vec<RouteKey>,
    /// Anyone may call it.
    pub anonymous: bool,
    /// Its own limits; `None`: the class's default, which the stage holds.
    pub throttling: Option<Throttling>,
    /// For an answer of the app, whole milliseconds.
    pub timeout: Duration,
}

/// The namespace of a service, as access is decided by it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Namespace {
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
}

/// Why a service is not served as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    /// The class that would serve it, if that was found: it is latched in status even so.
    pub class_name: Option<String>,
    /// What is wrong, at least one. The first gives the condition its reason.
    pub violations: Vec<Violation>,
}
