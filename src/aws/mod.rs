//! AWS, in the model's types: one file a service, thin façades over the SDK. The executor is the
//! only caller; nothing here retries, waits or decides.

pub mod action;
pub mod quotas;

pub use action::{Action, Service};
