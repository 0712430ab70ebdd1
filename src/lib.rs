//! Gatewayed: one object, one locked-down entry path on Amazon EKS. This library is the operator;
//! the binary only parses its command line.
//!
//! A reconcile computes, the executor calls. From the objects ([`api`]) follow validated ones
//! ([`validate`]), from those everything that should exist ([`desire`]), from that and what is known
//! of AWS ([`model`]) what to do now ([`plan`]) and what to tell people ([`status`]): all pure.
//! [`controller`] runs that for each object and posts the calls; [`executor`] makes them through
//! [`aws`], within AWS's quotas, and wakes whom the answers concern. [`targets`] is the pods' own
//! fast lane; [`cluster`] is thin IO against the Kubernetes API, [`runtime`] what a process needs
//! around it all.

#[cfg(test)]
mod golden;

pub mod api;
pub mod aws;
pub mod cli;
pub mod cluster;
pub mod controller;
pub mod desire;
pub mod executor;
pub mod model;
pub mod plan;
pub mod runtime;
pub mod settings;
pub mod status;
pub mod targets;
pub mod validate;
