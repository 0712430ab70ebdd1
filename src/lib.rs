//! Gatewayed: one object, one locked-down entry path on Amazon EKS. This library is the operator;
//! the binary only parses its command line.
//!
//! * [`api`]: the custom resources, as people write them.
//! * [`validate`]: objects as written → what they mean, or what is wrong.
//! * [`model`]: the nouns.
//! * [`desire`]: validated objects → every AWS resource and Kubernetes object they need.
//! * [`executor`]: the schedule and the one caller of AWS; [`aws`]: AWS in the model's types.
//! * [`targets`]: pods to load balancer targets, the fast lane.
//! * [`cluster`]: thin IO against the Kubernetes API.
//! * [`plan`]: what is wanted × what is known → what to do now.
//! * [`status`]: what was planned and seen → conditions, status and events.
//! * [`runtime`]: what a process needs around the controllers.

#[cfg(test)]
mod golden;

pub mod api;
pub mod aws;
pub mod cluster;
pub mod desire;
pub mod executor;
pub mod model;
pub mod plan;
pub mod runtime;
pub mod settings;
pub mod status;
pub mod targets;
pub mod validate;
