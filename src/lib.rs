//! Gatewayed: one object, one locked-down entry path on Amazon EKS. This library is the operator;
//! the binary only parses its command line.
//!
//! * [`api`]: the custom resources, as people write them.
//! * [`model`]: the nouns.
//! * [`cluster`]: thin IO against the Kubernetes API.
//! * [`runtime`]: what a process needs around the controllers.

pub mod api;
pub mod cluster;
pub mod model;
pub mod runtime;
pub mod settings;
