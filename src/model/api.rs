//! HTTP APIs.

use serde::Serialize;

/// An HTTP API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Api {
    /// Not unique.
    pub name: String,
    /// For people who find it in the console.
    pub description: String,
}
