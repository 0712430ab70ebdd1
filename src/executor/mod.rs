//! The only caller of AWS: takes jobs from reconciles and from the targets lane, runs them within
//! AWS's quotas while the lease holds, remembers each reply in the index and wakes who is concerned.
//!
//! [`queue`] decides (pure), [`runner`] does.

pub mod buckets;
pub mod call;
pub mod lanes;
pub mod queue;

pub use call::{Call, Target};
pub use lanes::{Job, Lane, Source};
