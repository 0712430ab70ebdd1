//! How long things take in simulated time.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Seconds;

/// Durations of one region; a test may change them, and a seed, in seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Delays {
    /// From CreateVpcLink to AVAILABLE (field reports: one to two minutes).
    #[serde(with = "Seconds")]
    pub vpc_link_pending: Duration,
    /// From DeleteVpcLink until GetVpcLink no longer finds it.
    #[serde(with = "Seconds")]
    pub vpc_link_deleting: Duration,
    /// How much longer the link's network interfaces then hold their security groups.
    #[serde(with = "Seconds")]
    pub interfaces_linger: Duration,
    /// Without traffic for so long a link falls asleep (INACTIVE) and loses its interfaces.
    #[serde(with = "Seconds")]
    pub vpc_link_idle: Duration,
    /// From a deployment's creation until it serves.
    #[serde(with = "Seconds")]
    pub deployment: Duration,
    /// For at most so long after CreateListener an integration that names the listener is refused
    /// with `Unable to retrieve listener port …`; each listener draws its own time from its ARN.
    /// Zero switches the race off.
    #[serde(with = "Seconds")]
    pub listener_visible: Duration,
    /// How long API Gateway tries to connect when nothing answers, the integration's timeout at
    /// most.
    #[serde(with = "Seconds")]
    pub connect_timeout: Duration,
    /// How long API Gateway keeps a connection to a load balancer open that carries no request. AWS says
    /// nothing about its connections; that it keeps them is what field reports of requests to
    /// deregistered targets imply, a minute is an assumption. Zero: a connection a request.
    #[serde(with = "Seconds")]
    pub connection_idle: Duration,
    /// From UpdateDomainName until the name is AVAILABLE again. AWS says nothing; Terraform waits
    /// up to an hour (TF domain_name.go), a minute is an assumption.
    #[serde(with = "Seconds")]
    pub domain_name_update: Duration,
    /// How long a change of an API takes, in which every other change of it is refused with a
    /// conflict. Real time, see [`super::change`]. AWS says nothing about it; 20 ms are an
    /// assumption, shorter than real calls (some 100 ms) so that tests need not wait, and longer
    /// than clients that call at once are apart. Zero: changes never overlap.
    #[serde(with = "Seconds")]
    pub api_busy: Duration,
}

impl Default for Delays {
    fn default() -> Self {
        Delays {
            vpc_link_pending: Duration::from_secs(90),
            vpc_link_deleting: Duration::from_secs(60),
            interfaces_linger: Duration::from_secs(60),
            vpc_link_idle: Duration::from_secs(60 * 24 * 3600),
            deployment: Duration::from_secs(1),
            listener_visible: Duration::from_secs(2),
            connect_timeout: Duration::from_secs(9),
            connection_idle: Duration::from_secs(60),
            domain_name_update: Duration::from_secs(60),
            api_busy: Duration::from_millis(20),
        }
    }
}
