//! What is wanted, what is seen, what is remembered.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Body, Hash, Id, Kind, Ref, ResourceKey, Slot, Time};

/// Every AWS resource that one owner needs. Deleting is the empty stack.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Stack(pub BTreeMap<ResourceKey, Body<Ref>>);

/// How far AWS has come with a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// Being made; nothing may use it yet.
    Pending,
    /// May be referred to.
    Usable,
    /// AWS gave up on it, in its own words.
    Failed(String),
    /// Going away.
    Deleting,
}

impl State {
    /// How far along its life it is: a list that lags never shows a later stage than the true one.
    pub fn progress(&self) -> u8 {
        match self {
            State::Pending => 0,
            State::Usable | State::Failed(_) => 1,
            State::Deleting => 2,
        }
    }
}

/// A resource as AWS last showed it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Seen {
    /// AWS's name for it.
    pub id: Id,
    /// From its marks; `None` is a stranger's. A route or route setting carries no mark: the index
    /// works its key out.
    pub key: Option<ResourceKey>,
    /// Its settings, as a list page shows them ([`Body::listed`]).
    pub body: Body<Id>,
    /// When AWS said so: the start of the call.
    pub at: Time,
    /// How far it is.
    pub state: State,
}

/// What an object's status remembers of one resource. Enough to do nothing, never enough to create
/// or to believe something gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// What it is.
    pub kind: Kind,
    /// Which one.
    pub slot: Slot,
    /// `None`: an intent, written before a create that AWS cannot repeat safely.
    pub id: Option<Id>,
    /// Of the settings last written, [`Body::hash`]; `None`: not written completely yet.
    pub hash: Option<Hash>,
}
