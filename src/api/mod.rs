//! The API that people write: the two custom resources of group `gatewayed.io`, their status,
//! conditions and reasons, and the names of labels and annotations. Types and schema only: no IO,
//! no clock. What the schema cannot say is in `validate`, which also resolves every default.

pub mod access;
pub mod api_settings;
pub mod autoscaling;
pub mod class;
pub mod class_status;
pub mod condition;
pub mod crd;
pub mod deletion;
pub mod drift;
pub mod effective;
pub mod env;
pub mod health;
pub mod in_cluster;
pub mod load_balancer;
pub mod marks;
pub mod network;
pub mod pod;
pub mod reasons;
pub mod routes;
mod rules;
mod schema;
pub mod service;
pub mod service_status;
pub mod shutdown;

pub use class::{GatewayedServiceClass, GatewayedServiceClassSpec};
pub use class_status::ClassStatus;
pub use condition::{Condition, ConditionStatus, ConditionType};
pub use deletion::DeletionPolicy;
pub use reasons::Reason;
pub use service::{GatewayedService, GatewayedServiceSpec};
pub use service_status::ServiceStatus;
