//! Gatewayed: one object, one locked-down entry path on Amazon EKS. This library is the operator;
//! the binary only parses its command line.
//!
//! * [`model`]: the nouns.
//! * [`cluster`]: thin IO against the Kubernetes API.
//! * [`plan`]: what is wanted × what is known → what to do now.
//! * [`runtime`]: what a process needs around the controllers.

pub mod cluster;
pub mod model;
pub mod plan;
pub mod runtime;
pub mod settings;
