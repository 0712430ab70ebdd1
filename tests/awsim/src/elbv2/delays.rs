//! How long the things of Elastic Load Balancing take.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Seconds;

/// Durations in simulated seconds. A seed gives the ones that differ from the defaults, a test sets
/// [`super::State::delays`]; a change counts for what begins after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Delays {
    /// A new load balancer is `provisioning` for so long. 150: AWS takes 2 to 5 minutes.
    #[serde(with = "Seconds")]
    pub provisioning: Duration,
    /// The network interfaces of a deleted load balancer, or of a subnet taken from one, stay for
    /// so long and keep their security groups in use. 60: AWS takes minutes.
    #[serde(with = "Seconds")]
    pub interfaces_linger: Duration,
    /// A registered target is not checked, nor sent anything, before so long
    /// (`Elb.RegistrationInProgress`). 90: field reports go from one to five minutes.
    #[serde(with = "Seconds")]
    pub registration: Duration,
    /// So long after its deregistration a target that is healthy still gets new connections: changes
    /// take their time to reach the nodes (NLB user guide, "Deregistration delay"). 60: field reports go
    /// from one (aws-load-balancer-controller 4180) to five minutes (1834). Never longer than it drains.
    #[serde(with = "Seconds")]
    pub deregistration: Duration,
    /// A target group cannot be deleted for so long after its last listener is gone
    /// (`ResourceInUse`). 5: clients of AWS retry for 20 s.
    #[serde(with = "Seconds")]
    pub target_group_release: Duration,
}

impl Default for Delays {
    fn default() -> Self {
        Delays {
            provisioning: Duration::from_secs(150),
            interfaces_linger: Duration::from_secs(60),
            registration: Duration::from_secs(90),
            deregistration: Duration::from_secs(60),
            target_group_release: Duration::from_secs(5),
        }
    }
}

impl Delays {
    /// Everything happens at once.
    pub fn none() -> Delays {
        Delays {
            provisioning: Duration::ZERO,
            interfaces_linger: Duration::ZERO,
            registration: Duration::ZERO,
            deregistration: Duration::ZERO,
            target_group_release: Duration::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_overrides_single_durations_and_no_unknown_ones() {
        let some: Delays = serde_saphyr::from_str("{registration: 1.5}").unwrap();
        assert_eq!(some, Delays { registration: Duration::from_millis(1500), ..Delays::default() });
        assert!(serde_saphyr::from_str::<Delays>("{registering: 1}").is_err());
        assert!(serde_saphyr::from_str::<Delays>("{registration: -1}").is_err());
    }
}
