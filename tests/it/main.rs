//! The integration tests: one binary, since each further one links the whole AWS SDK again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, reason = "tests")]

mod admission;
mod aws;
mod bad_aws;
mod bad_input;
mod calls;
mod crashes;
mod deleting;
mod drift;
mod gone_early;
mod hard_aws;
mod hard_kubernetes;
mod leadership;
mod lifecycle;
mod paused;
mod purity;
mod random_objects;
mod readme;
mod restart;
mod secrets;
mod sharded;
mod sharing;
mod soak;
mod storms;
mod strangers;
mod support;
