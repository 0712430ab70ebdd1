//! From objects as written to what they mean: every default resolved, every rule checked, or a list
//! of what is wrong. Pure: no IO, no clock.
//!
//! In: the objects, the namespace, what was found in EC2. Out: [`ValidClass`] and [`ValidService`],
//! the only input of `desire`, or [`Violation`]s. The rules of the CRD are checked again, for objects
//! that are older than it; what CEL cannot see is checked here alone: other objects and AWS.

mod access;
mod bounds;
pub mod class;
mod class_network;
mod effective;
pub mod route_key;
mod routes;
pub mod service;
mod valid_class;
mod valid_service;
mod violation;
mod which_class;
mod workload;

#[cfg(test)]
mod class_tests;
#[cfg(test)]
mod example_tests;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod route_key_tests;
#[cfg(test)]
mod service_tests;
#[cfg(test)]
mod which_class_tests;

pub use class::{class, drift, network_query};
pub use route_key::RouteKey;
pub use service::service;
pub use valid_class::{ValidClass, ValidDrift, ValidGrant, ValidPool};
pub use valid_service::{Namespace, Refused, Scale, ValidHealth, ValidRoute, ValidService, ValidShutdown};
pub use violation::{Violation, summary};
pub use which_class::Classes;
