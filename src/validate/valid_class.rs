//! A class with every default resolved.

use std::collections::BTreeMap;
use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

use super::Violation;
use super::route_key::Segment;
use crate::api::class_status::NetworkStatus;
use crate::api::drift::DriftPolicy;
use crate::api::routes::Throttling;

/// A class that keeps every rule.
#[derive(Clone, Debug, PartialEq)]
pub struct ValidClass {
    /// Its name.
    pub name: String,
    /// Whether services without a `className` are its.
    pub is_default: bool,
    /// The account that must be in use, if the spec says so.
    pub account: Option<String>,
    /// The region.
    pub region: String,
    /// VPC and subnets: those recorded in status, else those found. `None`: neither is known yet.
    pub network: Option<NetworkStatus>,
    /// The group that pods' network interfaces carry, `sg-…`.
    pub pod_security_group: String,
    /// The stage's name.
    pub stage: String,
    /// What a route key gets that names no limits.
    pub default_throttling: Throttling,
    /// The most that a route may ask for.
    pub max_throttling: Throttling,
    /// The load balancers.
    pub pool: ValidPool,
    /// Who may use it, and what of it.
    pub access: Vec<ValidGrant>,
    /// What is done about changes that others make.
    pub drift: ValidDrift,
    /// Tags on every AWS resource, beside our marks.
    pub tags: BTreeMap<String, String>,
    /// What is to be told although nothing is refused: the network differs from the recorded one.
    pub notices: Vec<Violation>,
}

/// The load balancers of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValidPool {
    /// First listener port.
    pub first_port: u16,
    /// Last listener port, included.
    pub last_port: u16,
    /// Whether they send across zones.
    pub cross_zone: bool,
    /// How long a pod that goes is still sent requests, whole seconds.
    pub drain: Duration,
    /// How many there may be, 1 to 10.
    pub max: u8,
}

/// What a class does about changes that others make in AWS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ValidDrift {
    /// About who reaches what.
    pub security: DriftPolicy,
    /// About all else.
    pub configuration: DriftPolicy,
    /// Between two looks, 1 m to 24 h; `None`: the operator's.
    pub interval: Option<Duration>,
}

/// What a class grants.
#[derive(Clone, Debug, PartialEq)]
pub struct ValidGrant {
    /// The grant's name.
    pub name: String,
    /// Namespaces by name.
    pub names: Vec<String>,
    /// Namespaces by label.
    pub selector: Option<LabelSelector>,
    /// Paths that routes may lie under; a segment may be the variable `namespace`.
    pub paths: Vec<Vec<Segment>>,
    /// Whether routes under them may be anonymous.
    pub anonymous: bool,
}
