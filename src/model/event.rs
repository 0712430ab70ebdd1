//! What the index learns from.

use super::index::Collection;
use super::{AwsError, Body, Hash, Id, Kind, ResourceKey, Seen, Time};

/// Something that AWS told us, or failed to.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A list pass is complete.
    Listed {
        /// What was listed.
        of: Collection,
        /// When its first call started.
        started: Time,
        /// All of it, strangers' objects included. Routes and route settings come without a key.
        items: Vec<Seen>,
    },
    /// A list pass failed.
    NotListed {
        /// What should have been listed.
        of: Collection,
        /// Why not.
        error: AwsError,
        /// When.
        at: Time,
    },
    /// The settings of an object that no list shows were read, or could not be.
    Attributes {
        /// What it is.
        kind: Kind,
        /// Which one.
        id: Id,
        /// All its settings; `None`: the next pass will tell.
        body: Option<Body<Id>>,
        /// The start of the call.
        at: Time,
    },
    /// Our create or update was answered.
    Replied {
        /// The object after it; `key` is the operation's, `at` the start of the call.
        seen: Seen,
        /// [`Body::hash`] of what was written; `None` if part of it is still missing (the object is
        /// made, its attributes are not set).
        written: Option<Hash>,
        /// By a create: its children need no list.
        created: bool,
    },
    /// Our delete was accepted; the object goes away by and by.
    Going {
        /// What it is.
        kind: Kind,
        /// Which one.
        id: Id,
        /// The start of the call.
        at: Time,
    },
    /// Our delete was answered and the object is no more.
    Gone {
        /// What it was.
        kind: Kind,
        /// Which one.
        id: Id,
        /// The start of the call.
        at: Time,
    },
    /// AWS refused a create, update or delete; nothing is changed, or an update only in part.
    Failed {
        /// Of the operation.
        key: ResourceKey,
        /// The object updated or deleted; `None` for a create ([`Act::id`](crate::plan::Act::id)).
        id: Option<Id>,
        /// Of the settings that were to be written; `None` for a delete
        /// ([`Act::hash`](crate::plan::Act::hash)).
        hash: Option<Hash>,
        /// Why.
        error: AwsError,
        /// When.
        at: Time,
    },
    /// A create has no known outcome: it may have committed, or may still.
    Lost {
        /// Of the operation.
        key: ResourceKey,
        /// When we gave up on it.
        at: Time,
    },
}
