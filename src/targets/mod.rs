//! Pods to load balancer targets: the fast lane, beside everything else. [`slices`] says which
//! targets the EndpointSlices ask for, [`state`] what to do about them (both pure).

pub mod lane;
pub mod slices;
pub mod state;

#[cfg(test)]
mod tests;

pub use slices::{Endpoint, Slice};
pub use state::{Summary, TargetsState};
