//! Gatewayed: one object, one locked-down entry path on Amazon EKS. This library is the operator;
//! the binary only parses its command line.
//!
//! * [`api`]: the custom resources, as people write them.
//! * [`validate`]: objects as written → what they mean, or what is wrong.
//! * [`model`]: the nouns.
//! * [`plan`]: what is wanted × what is known → what to do now.
//! * [`cluster`]: thin IO against the Kubernetes API.
//! * [`runtime`]: what a process needs around the controllers.

pub mod api;
pub mod cluster;
pub mod model;
pub mod plan;
pub mod runtime;
pub mod settings;
pub mod validate;
