//! Thin IO against the Kubernetes API: server-side apply, events, the finalizer, leader election.

pub mod apply;
pub mod events;
pub mod finalizer;
pub mod layout;
pub mod leader;
pub mod lease;
pub mod shares;
