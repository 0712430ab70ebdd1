//! Integrations of an HTTP API.

use serde::Serialize;

/// A private HTTP proxy through a VPC link to a listener.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Integration<R> {
    /// Immutable.
    pub api: R,
    /// The VPC link.
    pub vpc_link: R,
    /// The listener behind it.
    pub listener: R,
    /// Milliseconds until API Gateway gives up, 50 to 30000.
    pub timeout_millis: u32,
    /// `overwrite:path`, needed when the stage is not `$default`: AWS puts the stage's name in front.
    pub overwrite_path: Option<String>,
}

impl<R> Integration<R> {
    /// Every reference.
    pub fn refs(&self) -> Vec<&R> {
        vec![&self.api, &self.vpc_link, &self.listener]
    }

    /// The same with each reference replaced; `None` if one has no replacement.
    pub fn resolve<S>(&self, f: &dyn Fn(&R) -> Option<S>) -> Option<Integration<S>> {
        let Integration { api, vpc_link, listener, timeout_millis, overwrite_path } = self;
        Some(Integration {
            api: f(api)?,
            vpc_link: f(vpc_link)?,
            listener: f(listener)?,
            timeout_millis: *timeout_millis,
            overwrite_path: overwrite_path.clone(),
        })
    }
}
