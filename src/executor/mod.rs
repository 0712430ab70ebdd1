//! The only caller of AWS: takes jobs from reconciles and from the targets lane, runs them within
//! AWS's quotas while the lease holds, remembers each reply in the index and wakes whom it concerns.
//!
//! [`queue`] decides when, [`conclude`] what an answer means (both pure); [`runner`] does it.

pub mod buckets;
pub mod call;
pub mod conclude;
#[cfg(test)]
mod conclude_tests;
pub mod fence;
pub mod intervals;
pub mod lanes;
pub mod lists;
pub mod queue;
pub mod runner;
#[cfg(test)]
mod tests;

pub use call::{Call, Health, Target, TargetHealth};
pub use conclude::Answer;
pub use fence::Fence;
pub use lanes::{Job, Lane, Source};
pub use queue::Ticket;
pub use runner::{Answered, Config, Executor, Notice};
