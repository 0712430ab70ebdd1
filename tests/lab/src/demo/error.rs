//! Why a step of the demo did not hold.

use std::time::Duration;

use lab::LabError;

/// What went wrong; its text is what a person reads.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The lab or the operator.
    #[error(transparent)]
    Lab(#[from] LabError),
    /// A kubectl command failed.
    #[error("kubectl {args}: {said}")]
    Kubectl {
        /// As given.
        args: String,
        /// On standard error.
        said: String,
    },
    /// The API server.
    #[error("{what}: {source}")]
    Kube {
        /// What was tried.
        what: &'static str,
        /// What the client says.
        source: Box<kube::Error>,
    },
    /// Something did not come about in time.
    #[error("waited {} s for {what}; at last: {seen}", limit.as_secs())]
    Late {
        /// What was waited for.
        what: String,
        /// For how long.
        limit: Duration,
        /// What there was instead.
        seen: String,
    },
    /// Something came about that should not.
    #[error("{0}")]
    Broken(String),
}

impl DemoError {
    /// Names the deed in a Kubernetes client's error; for `map_err`.
    pub fn kube(what: &'static str) -> impl FnOnce(kube::Error) -> DemoError {
        move |source| DemoError::Kube { what, source: Box::new(source) }
    }
}
