//! Names: who owns a resource, which one it is, and how one refers to another.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Kind;

/// A namespaced Kubernetes name, written `namespace/name`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NsName {
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
}

impl NsName {
    /// `namespace/name`.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> NsName {
        NsName { namespace: namespace.into(), name: name.into() }
    }
}

/// Whose resource it is. No UIDs: a rebuilt cluster takes its objects back.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// A `GatewayedServiceClass`, by name.
    Class(String),
    /// A `GatewayedService` and the class it belongs to.
    Service {
        /// The class's name.
        class: String,
        /// The service.
        name: NsName,
    },
}

impl Owner {
    /// The class that the owner is or belongs to.
    pub fn class(&self) -> &str {
        match self {
            Owner::Class(class) | Owner::Service { class, .. } => class,
        }
    }

    /// The service, unless the owner is a class.
    pub fn service(&self) -> Option<&NsName> {
        match self {
            Owner::Class(_) => None,
            Owner::Service { name, .. } => Some(name),
        }
    }
}

/// Which of an owner's resources of one kind: `main`, `nlb-1`, `10s`, `GET /orders/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Slot(pub String);

impl From<&str> for Slot {
    fn from(s: &str) -> Slot {
        Slot(s.to_owned())
    }
}

/// How the slot of what is not ours starts; none of ours does.
const STRAY: &str = "stray:";

/// The one name of a resource that we keep.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceKey {
    /// What it is.
    pub kind: Kind,
    /// Whose it is.
    pub owner: Owner,
    /// Which one.
    pub slot: Slot,
}

impl ResourceKey {
    /// The key under which a class removes, or tells of, an object `id` that others put into what is its own.
    pub fn stray(kind: Kind, class: &str, id: &Id) -> ResourceKey {
        ResourceKey::new(kind, &Owner::Class(class.to_owned()), format!("{STRAY}{id}"))
    }

    /// The object's id, if this is a stray's key.
    pub fn as_stray(&self) -> Option<&str> {
        self.slot.0.strip_prefix(STRAY)
    }

    /// A key.
    pub fn new(kind: Kind, owner: &Owner, slot: impl AsRef<str>) -> ResourceKey {
        ResourceKey { kind, owner: owner.clone(), slot: Slot(slot.as_ref().to_owned()) }
    }
}

/// What AWS calls a resource: an ARN or id. A child of an HTTP API carries its parent,
/// `api/child`: its own id is unique only there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Id(pub String);

impl Id {
    /// The id of `child` below this one.
    pub fn child(&self, child: &str) -> Id {
        Id(format!("{}/{child}", self.0))
    }

    /// The parent and the child's own part, split at the first `/`.
    pub fn parts(&self) -> (&str, &str) {
        self.0.split_once('/').unwrap_or((&self.0, ""))
    }
}

impl From<&str> for Id {
    fn from(s: &str) -> Id {
        Id(s.to_owned())
    }
}

/// How a wanted resource refers to another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Ref {
    /// One of ours, by key: resolved to its id once it is usable.
    To(ResourceKey),
    /// An id that the spec or a fact gives.
    Given(Id),
}

impl fmt::Display for NsName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Owner::Class(class) => write!(f, "class {class}"),
            Owner::Service { class, name } => write!(f, "service {class} {name}"),
        }
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for ResourceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} | {} | {}", self.owner, self.kind, self.slot)
    }
}

/// The text is not of the form that the type prints.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not of the form {1}")]
pub struct NotAName(String, &'static str);

impl FromStr for NsName {
    type Err = NotAName;
    fn from_str(s: &str) -> Result<NsName, NotAName> {
        match s.split_once('/') {
            Some((namespace, name)) if !namespace.is_empty() && !name.is_empty() && !name.contains('/') => {
                Ok(NsName::new(namespace, name))
            }
            _ => Err(NotAName(s.to_owned(), "namespace/name")),
        }
    }
}

impl Serialize for NsName {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl Serialize for Owner {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl Serialize for ResourceKey {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
