//! What EndpointSlices ask for. Pure.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::executor::Target;
use crate::model::Id;

/// A pod in an EndpointSlice, with the port that the slice gives our Service's port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Its address and port.
    pub target: Target,
    /// The pod's name; empty where the slice does not say.
    pub pod: String,
    /// Its probes pass and its gate is open.
    pub ready: bool,
    /// It is on its way out, ready or not.
    pub terminating: bool,
}

/// An EndpointSlice of our Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slice {
    /// `metadata.uid`.
    pub uid: String,
    /// `metadata.generation`: moves with every change of an endpoint.
    pub generation: i64,
    /// Its endpoints.
    pub endpoints: Vec<Endpoint>,
}

/// What the slices want of one target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Want {
    /// Terminating: no more requests.
    Out,
    /// All others, ready or not: a new pod is ready only once the load balancer has found it healthy,
    /// and of one that is ready no more the load balancer's own check knows.
    In,
}

/// What all slices together want. A pod that moves from one slice to another is in both for a
/// moment: the better word counts.
pub(super) fn wants(slices: &[Slice]) -> BTreeMap<Target, Want> {
    let mut wants = BTreeMap::new();
    for endpoint in slices.iter().flat_map(|s| &s.endpoints) {
        let want = if endpoint.terminating { Want::Out } else { Want::In };
        let known = wants.entry(endpoint.target.clone()).or_insert(want);
        *known = want.max(*known);
    }
    wants
}

/// The digest that status keeps of the slices whose targets were all acknowledged: any change
/// of an endpoint moves it, there and back again too.
pub(super) fn checkpoint(group: &Id, slices: &[Slice]) -> String {
    let mut versions: Vec<(&str, i64)> = slices.iter().map(|s| (s.uid.as_str(), s.generation)).collect();
    versions.sort_unstable();
    let mut hash = Sha256::new();
    hash.update(&group.0);
    for (uid, generation) in versions {
        hash.update([0]);
        hash.update(uid);
        hash.update(generation.to_be_bytes());
    }
    hash.finalize()[..8].iter().map(|b| format!("{b:02x}")).collect()
}
