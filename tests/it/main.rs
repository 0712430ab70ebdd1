//! The integration tests: one binary, since each further one links the whole AWS SDK again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, reason = "tests")]

mod admission;
mod aws;
mod bad_aws;
mod bad_input;
mod calls;
mod crashes;
mod drift;
mod hard_aws;
mod lifecycle;
mod paused;
mod purity;
mod readme;
mod restart;
mod sharing;
mod strangers;
mod support;
