//! The keys of everything that a class and its services own: one place that decides slots, for what
//! makes resources and for what reports on them.

use crate::model::{Kind, Owner, ResourceKey, Slot};

/// The group of the VPC link's network interfaces.
pub fn link_group(class: &Owner) -> ResourceKey {
    ResourceKey::new(Kind::SecurityGroup, class, "link")
}

/// The group of the load balancers.
pub fn load_balancer_group(class: &Owner) -> ResourceKey {
    ResourceKey::new(Kind::SecurityGroup, class, "lb")
}

/// Out of the link group, to the listeners.
pub fn link_egress(class: &Owner) -> ResourceKey {
    ResourceKey::new(Kind::SecurityGroupRule, class, "link-out")
}

/// Into the load balancers' group, from the link.
pub fn load_balancer_ingress(class: &Owner) -> ResourceKey {
    ResourceKey::new(Kind::SecurityGroupRule, class, "lb-in")
}

/// Out of the load balancers' group, to a port of the pods.
pub fn load_balancer_egress(class: &Owner, port: u16) -> ResourceKey {
    ResourceKey::new(Kind::SecurityGroupRule, class, format!("lb-out-{port}"))
}

/// Into the pods' group, from the load balancers.
pub fn pods_ingress(class: &Owner, port: u16) -> ResourceKey {
    ResourceKey::new(Kind::SecurityGroupRule, class, format!("pods-in-{port}"))
}

/// The pod port that `key`, a rule out of the load balancers' group or into the pods', admits; `None`: it is
/// something else.
pub fn chain_port(key: &ResourceKey) -> Option<u16> {
    let slot = (key.kind == Kind::SecurityGroupRule).then_some(&key.slot.0)?;
    slot.strip_prefix("lb-out-").or(slot.strip_prefix("pods-in-"))?.parse().ok()
}

/// A load balancer of the pool, counted from 1.
pub fn load_balancer(class: &Owner, nlb: u8) -> ResourceKey {
    ResourceKey::new(Kind::LoadBalancer, class, format!("nlb-{nlb}"))
}

/// Which load balancer of its pool `key` is, counted from 1; `None`: it is something else.
pub fn pool_number(key: &ResourceKey) -> Option<u8> {
    match key.kind {
        Kind::LoadBalancer => key.slot.0.strip_prefix("nlb-")?.parse().ok(),
        _ => None,
    }
}

/// The VPC link.
pub fn vpc_link(class: &Owner) -> ResourceKey {
    ResourceKey::new(Kind::VpcLink, class, "main")
}

/// The HTTP API.
pub fn api(class: &Owner) -> ResourceKey {
    ResourceKey::new(Kind::Api, class, "main")
}

/// Its stage.
pub fn stage(class: &Owner) -> ResourceKey {
    ResourceKey::new(Kind::Stage, class, "main")
}

/// A service's target group.
pub fn target_group(service: &Owner) -> ResourceKey {
    ResourceKey::new(Kind::TargetGroup, service, "main")
}

/// A service's listener.
pub fn listener(service: &Owner) -> ResourceKey {
    ResourceKey::new(Kind::Listener, service, "main")
}

/// One of a service's integrations.
pub fn integration(service: &Owner, slot: &Slot) -> ResourceKey {
    ResourceKey::new(Kind::Integration, service, &slot.0)
}

/// A route.
pub fn route(service: &Owner, route_key: &str) -> ResourceKey {
    ResourceKey::new(Kind::Route, service, route_key)
}

/// A route's own throttling.
pub fn route_settings(service: &Owner, route_key: &str) -> ResourceKey {
    ResourceKey::new(Kind::RouteSettings, service, route_key)
}
