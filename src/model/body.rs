//! The settings of a resource, whatever its kind.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::api::Api;
use super::integration::Integration;
use super::listener::Listener;
use super::load_balancer::LoadBalancer;
use super::route::Route;
use super::security_group::{SecurityGroup, SecurityGroupRule};
use super::stage::{RouteSettings, Stage};
use super::target_group::TargetGroup;
use super::vpc_link::VpcLink;
use super::{Id, Kind};

/// Settings in canonical form: what is wanted and what AWS answers compare by `==`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Body<R: Ord> {
    /// A security group.
    SecurityGroup(SecurityGroup),
    /// One of its rules.
    SecurityGroupRule(SecurityGroupRule<R>),
    /// A network load balancer.
    LoadBalancer(LoadBalancer<R>),
    /// A VPC link.
    VpcLink(VpcLink<R>),
    /// An HTTP API.
    Api(Api),
    /// A stage.
    Stage(Stage<R>),
    /// A target group.
    TargetGroup(TargetGroup),
    /// A listener.
    Listener(Listener<R>),
    /// An integration.
    Integration(Integration<R>),
    /// A route.
    Route(Route<R>),
    /// One route's throttling.
    RouteSettings(RouteSettings<R>),
}

/// A digest of settings, 16 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hash(pub String);

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<R: Ord> Body<R> {
    /// Whose settings these are.
    pub fn kind(&self) -> Kind {
        match self {
            Body::SecurityGroup(_) => Kind::SecurityGroup,
            Body::SecurityGroupRule(_) => Kind::SecurityGroupRule,
            Body::LoadBalancer(_) => Kind::LoadBalancer,
            Body::VpcLink(_) => Kind::VpcLink,
            Body::Api(_) => Kind::Api,
            Body::Stage(_) => Kind::Stage,
            Body::TargetGroup(_) => Kind::TargetGroup,
            Body::Listener(_) => Kind::Listener,
            Body::Integration(_) => Kind::Integration,
            Body::Route(_) => Kind::Route,
            Body::RouteSettings(_) => Kind::RouteSettings,
        }
    }

    /// Every reference to another resource.
    pub fn refs(&self) -> Vec<&R> {
        match self {
            Body::SecurityGroup(_) | Body::Api(_) | Body::TargetGroup(_) => Vec::new(),
            Body::SecurityGroupRule(b) => b.refs(),
            Body::LoadBalancer(b) => b.refs(),
            Body::VpcLink(b) => b.refs(),
            Body::Stage(b) => b.refs(),
            Body::Listener(b) => b.refs(),
            Body::Integration(b) => b.refs(),
            Body::Route(b) => b.refs(),
            Body::RouteSettings(b) => b.refs(),
        }
    }

    /// The same with each reference replaced; `None` if one has no replacement.
    pub fn resolve<S: Ord>(&self, f: &dyn Fn(&R) -> Option<S>) -> Option<Body<S>> {
        Some(match self {
            Body::SecurityGroup(b) => Body::SecurityGroup(b.clone()),
            Body::SecurityGroupRule(b) => Body::SecurityGroupRule(b.resolve(f)?),
            Body::LoadBalancer(b) => Body::LoadBalancer(b.resolve(f)?),
            Body::VpcLink(b) => Body::VpcLink(b.resolve(f)?),
            Body::Api(b) => Body::Api(b.clone()),
            Body::Stage(b) => Body::Stage(b.resolve(f)?),
            Body::TargetGroup(b) => Body::TargetGroup(b.clone()),
            Body::Listener(b) => Body::Listener(b.resolve(f)?),
            Body::Integration(b) => Body::Integration(b.resolve(f)?),
            Body::Route(b) => Body::Route(b.resolve(f)?),
            Body::RouteSettings(b) => Body::RouteSettings(b.resolve(f)?),
        })
    }
}

impl Body<Id> {
    /// What AWS cannot change, or what we treat as the resource's identity, is the same: else the
    /// one must be replaced by the other.
    pub fn same_immutables(&self, other: &Body<Id>) -> bool {
        match (self, other) {
            (Body::SecurityGroup(a), Body::SecurityGroup(b)) => {
                a.name == b.name && a.vpc == b.vpc && a.description == b.description
            }
            (Body::SecurityGroupRule(a), Body::SecurityGroupRule(b)) => a == b,
            (Body::LoadBalancer(a), Body::LoadBalancer(b)) => a.name == b.name,
            (Body::VpcLink(a), Body::VpcLink(b)) => {
                a.subnets == b.subnets && a.security_groups == b.security_groups
            }
            (Body::Api(_), Body::Api(_)) => true,
            (Body::Stage(a), Body::Stage(b)) => a.api == b.api && a.name == b.name,
            (Body::TargetGroup(a), Body::TargetGroup(b)) => a.name == b.name && a.vpc == b.vpc,
            (Body::Listener(a), Body::Listener(b)) => a.load_balancer == b.load_balancer && a.port == b.port,
            (Body::Integration(a), Body::Integration(b)) => a.api == b.api,
            (Body::Route(a), Body::Route(b)) => a.api == b.api && a.route_key == b.route_key,
            (Body::RouteSettings(a), Body::RouteSettings(b)) => {
                a.stage == b.stage && a.route_key == b.route_key
            }
            _ => false,
        }
    }

    /// The object inside which this one is: it goes when that goes.
    pub fn lives_in(&self) -> Option<&Id> {
        match self {
            Body::SecurityGroupRule(b) => Some(&b.group),
            Body::Listener(b) => Some(&b.load_balancer),
            Body::Stage(b) => Some(&b.api),
            Body::Integration(b) => Some(&b.api),
            Body::Route(b) => Some(&b.api),
            Body::RouteSettings(b) => Some(&b.stage),
            Body::SecurityGroup(_)
            | Body::LoadBalancer(_)
            | Body::VpcLink(_)
            | Body::Api(_)
            | Body::TargetGroup(_) => None,
        }
    }

    /// As a list page shows it: without the settings that are in no list.
    pub fn listed(&self) -> Body<Id> {
        let mut body = self.clone();
        match &mut body {
            Body::LoadBalancer(b) => b.cross_zone = None,
            Body::TargetGroup(b) => b.attributes = None,
            _ => {}
        }
        body
    }

    /// The digest that an entry in status remembers of what was last written.
    pub fn hash(&self) -> Hash {
        // A struct of strings and numbers: serialising it cannot fail.
        let json = serde_json::to_vec(self).unwrap_or_default();
        let digest = Sha256::digest(&json);
        Hash(digest[..8].iter().map(|b| format!("{b:02x}")).collect())
    }
}
