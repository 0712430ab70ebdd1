//! Operations, and the reasons that keep one from running now; rich enough for a status message.

use serde::Serialize;

use crate::model::index::{Collection, Index, Known, Trouble};
use crate::model::{Body, Hash, Id, Kind, ResourceKey, Time};

/// What to do about one resource, or why nothing can be done.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Op {
    /// Which.
    pub key: ResourceKey,
    /// What.
    pub act: Act,
}

/// What a call that changes AWS touches.
#[derive(Clone, Copy, Debug)]
pub enum Touch<'a> {
    /// It creates or updates, with these settings.
    Write(&'a Body<Id>),
    /// It deletes.
    Delete(&'a Id),
}

impl Touch<'_> {
    /// The last check before a call is made: owners plan apart from each other, and one's delete may
    /// have been planned before another's object came to refer to the same thing. `running` are the
    /// calls under way. If `false`, it must wait: for one of those to end, or for its owner, which
    /// the change that is in its way has woken, to plan again.
    pub fn fits<'b>(self, index: &Index, running: impl IntoIterator<Item = Touch<'b>>) -> bool {
        let mut running = running.into_iter();
        match self {
            Touch::Delete(id) => {
                let uses = |other| matches!(other, Touch::Write(body) if body.refs().contains(&id));
                index.referrers(id).next().is_none() && !running.any(uses)
            }
            Touch::Write(body) => {
                let refs = body.refs();
                let goes = |other| matches!(other, Touch::Delete(id) if refs.contains(&id));
                refs.iter().all(|id| index.find(id).is_none_or(Known::stands)) && !running.any(goes)
            }
        }
    }
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Act {
    /// Make it.
    Create(Body<Id>),
    /// Change it.
    Update {
        /// Which object.
        id: Id,
        /// Into this.
        wanted: Body<Id>,
        /// From this, as a list shows it.
        seen: Body<Id>,
    },
    /// Delete it.
    Delete {
        /// Which object.
        id: Id,
        /// Its settings, as a list shows them.
        seen: Body<Id>,
    },
    /// It is ours and as wanted, or will be: `entries` records it. No call.
    Adopt(Id),
    /// Nothing can be done now; time, a read or a reply will change that.
    Wait(Why),
    /// Others' doing must come first.
    Blocked {
        /// What stands in the way.
        by: Vec<Blocker>,
        /// The object that should be deleted; `None`: something cannot be made or changed.
        deleting: Option<Id>,
    },
    /// A stranger's object has the name or key. It is never touched.
    Refuse(Id),
}

impl Act {
    /// The executor has to call AWS for it.
    pub fn is_call(&self) -> bool {
        self.is_write() || self.is_delete()
    }

    /// A create or an update.
    pub fn is_write(&self) -> bool {
        matches!(self, Act::Create(_) | Act::Update { .. })
    }

    /// A delete.
    pub fn is_delete(&self) -> bool {
        matches!(self, Act::Delete { .. })
    }

    /// The object that an update or delete is about.
    pub fn id(&self) -> Option<&Id> {
        match self {
            Act::Update { id, .. } | Act::Delete { id, .. } => Some(id),
            _ => None,
        }
    }

    /// What a create or update writes.
    pub fn written(&self) -> Option<&Body<Id>> {
        match self {
            Act::Create(body) | Act::Update { wanted: body, .. } => Some(body),
            _ => None,
        }
    }

    /// What a call touches; `None`: it is no call.
    pub fn touch(&self) -> Option<Touch<'_>> {
        match self {
            Act::Delete { id, .. } => Some(Touch::Delete(id)),
            _ => self.written().map(Touch::Write),
        }
    }

    /// The digest of what a create or update writes.
    pub fn hash(&self) -> Option<Hash> {
        self.written().map(Body::hash)
    }
}

/// Why nothing can be done now.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Why {
    /// A call for this key runs.
    Running,
    /// Ready, but others of this owner go first: at most 16 at once, deletes after creates.
    Later,
    /// AWS refused it; see the error.
    Trouble(Trouble),
    /// A list must be read first; the collection's trouble, if reading it fails.
    Unlisted {
        /// What must be listed.
        of: Collection,
        /// Why that did not succeed.
        trouble: Option<Trouble>,
    },
    /// An earlier create has no known outcome: a list that starts at `until` or later decides.
    Uncertain {
        /// When.
        until: Time,
    },
    /// AWS is making it.
    Pending {
        /// Which object.
        id: Id,
        /// As far as we saw.
        since: Time,
    },
    /// AWS is deleting it.
    Deleting {
        /// Which object.
        id: Id,
        /// As far as we saw.
        since: Time,
    },
    /// An old object stays in use until what replaces it is usable.
    Replacing {
        /// The old object.
        id: Id,
    },
    /// A setting whose route is missing: the route's owner is given time to make it again.
    RouteMissing {
        /// The setting.
        id: Id,
        /// Then the setting goes.
        until: Time,
    },
    /// Changed or deleted by others; the drift policy is to report only.
    Drifted,
}

/// Something that stands in the way.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Blocker {
    /// What it is.
    pub kind: Kind,
    /// AWS's name for it; `None` if it does not exist yet.
    pub id: Option<Id>,
    /// Ours, and whose; `None` for a stranger's.
    pub key: Option<ResourceKey>,
    /// How it stands in the way.
    pub hold: Hold,
}

impl Blocker {
    /// An object that is seen to stand in the way.
    pub(super) fn new(known: &Known, hold: Hold) -> Blocker {
        let kind = known.seen.body.kind();
        Blocker { kind, id: Some(known.seen.id.clone()), key: known.seen.key.clone(), hold }
    }
}

/// How something stands in the way.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Hold {
    /// It is needed and not there, or not as it must be.
    Missing,
    /// It is needed and AWS is still making it, since then.
    Pending(Time),
    /// It is needed and whether it is there is not known yet.
    Unlisted,
    /// It is needed, and several could be meant: its owner's status will say which.
    Ambiguous,
    /// It uses what should be deleted.
    Refers,
    /// It would be deleted along with its parent.
    Inside,
    /// It has the name, port or route key that we need.
    Holds,
}
