//! What becomes of AWS resources when their object is deleted.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What becomes of what a class or service has in AWS when it is deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DeletionPolicy {
    /// It is deleted first.
    #[default]
    Delete,
    /// It stays, with its marks: an object of the same name takes it back. A service's pods are
    /// deregistered, since their addresses may go to others.
    Retain,
}

impl DeletionPolicy {
    /// The default, which is not written.
    pub fn is_delete(&self) -> bool {
        *self == DeletionPolicy::Delete
    }
}
