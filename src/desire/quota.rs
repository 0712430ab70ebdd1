//! AWS's limits that a class counts before the first call, so that a refusal names what is full and
//! leaves what exists untouched. Defaults of the AWS documentation ("Quotas for HTTP APIs", "Quotas
//! for Network Load Balancers", "Amazon VPC quotas"), codes as Service Quotas lists them.

use serde::Serialize;

/// A limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Quota {
    /// Listeners of one load balancer.
    Listeners,
    /// Integrations of one HTTP API.
    Integrations,
    /// Routes of one HTTP API.
    Routes,
    /// Inbound or outbound rules of one security group.
    GroupRules,
}

impl Quota {
    /// How many AWS allows.
    pub fn limit(self) -> usize {
        match self {
            Quota::Listeners => 50,
            Quota::Integrations | Quota::Routes => 300,
            Quota::GroupRules => 60,
        }
    }

    /// The code in Service Quotas; `None`: not listed there, AWS does not raise it.
    pub fn code(self) -> Option<&'static str> {
        match self {
            Quota::Listeners => Some("L-57A373D6"),
            Quota::Integrations => None,
            Quota::Routes => Some("L-65B5C802"),
            Quota::GroupRules => Some("L-0EA8095F"),
        }
    }

    /// AWS raises it on request.
    pub fn adjustable(self) -> bool {
        matches!(self, Quota::Routes | Quota::GroupRules)
    }

    /// In the words of a sentence: `300 integrations per HTTP API (quota …)`.
    pub fn words(self) -> &'static str {
        match self {
            Quota::Listeners => "listeners per network load balancer",
            Quota::Integrations => "integrations per HTTP API",
            Quota::Routes => "routes per HTTP API",
            Quota::GroupRules => "rules per security group",
        }
    }
}
