//! From validated objects to everything they need: AWS resources as a [`Stack`](crate::model::Stack)
//! and Kubernetes objects, one file a noun. [`fold`](fold::fold) shares the class's things out among
//! its services first. Deleting is the empty stack. Pure: no IO, no clock.

mod api;
mod class;
pub mod fold;
mod fold_places;
mod fold_routes;
pub mod integration;
pub mod keys;
pub mod kubernetes;
mod listener;
mod load_balancer;
pub mod quota;
mod route;
mod route_settings;
mod security_group;
mod security_group_rule;
mod service;
mod stage;
mod target_group;
mod vpc_link;

#[cfg(test)]
mod fold_tests;
#[cfg(test)]
mod golden_tests;

pub use class::class;
pub use service::{Desired, need, owner, service, wanted_routes};
