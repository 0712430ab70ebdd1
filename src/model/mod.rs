//! The nouns of the middle: what is wanted ([`Stack`]), what is known of AWS ([`Index`](index::Index) of
//! [`Seen`]), what is remembered in an object's status ([`Entry`]). Plain data, no IO, no clock.
//!
//! A resource has one name everywhere, its [`ResourceKey`]; its settings are a [`Body`], generic
//! over how it refers to others: by key or given id when wanted ([`Ref`]), by [`Id`] when seen.

pub mod absorb;
#[cfg(test)]
mod absorb_tests;
pub mod api;
pub mod backoff;
pub mod body;
pub mod difference;
pub mod error;
pub mod event;
pub mod index;
pub mod integration;
pub mod key;
pub mod kind;
pub mod listener;
pub mod load_balancer;
pub mod marks;
pub mod names;
pub mod network;
pub mod orphans;
pub mod route;
pub mod security_group;
pub mod shard;
pub mod stack;
pub mod stage;
pub mod target_group;
pub mod time;
pub mod vpc_link;

pub use body::{Body, Hash};
pub use error::{AwsError, ErrorClass};
pub use key::{Id, NsName, Owner, Ref, ResourceKey, Slot};
pub use kind::Kind;
pub use stack::{Entry, Seen, Stack, State};
pub use time::Time;
