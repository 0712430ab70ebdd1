//! How late which reads are, with their sources. Simulated time, as all durations are.
//!
//! Sources: `BC` is the service model (botocore), `EC` the EC2 developer guide, "Eventual consistency in
//! the Amazon EC2 API", `TF` an issue or a file of terraform-provider-aws. Nobody publishes how long
//! a lag lasts but for ListSecrets; where no source is named for a figure, it is ours.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::history::Services;
use crate::clock::Seconds;
use crate::fault::Fault;

/// The longest lags, in simulated seconds, and how many calls meet them. A seed's `consistency` gives
/// the ones that differ from the defaults, a test sets [`super::Consistency::lags`]. Zero: no lag.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Lags {
    /// The share of the calls that meet a replica which is behind, 0 to 1. Each such call is behind by
    /// anything up to the longest lag, so that a client that asks again may see more or less than
    /// before. 0.5: ours; the reports below say "intermittent".
    pub share: f64,
    /// EC2: what was made is "not immediately visible to all subsequent commands", neither those that
    /// describe nor those that change it; a client should wait "a couple of seconds" at first (EC).
    /// `InvalidGroup.NotFound` of CreateTags right after CreateSecurityGroup (boto3 620), of
    /// AuthorizeSecurityGroupIngress (packer 6843), of DescribeSecurityGroups (TF 5529).
    #[serde(with = "Seconds")]
    pub networks: Duration,
    /// Elastic Load Balancing: `LoadBalancerNotFound` right after creation (TF 15214),
    /// `TargetGroupNotFound` of ModifyTargetGroupAttributes (TF 19920), of AddTags (cloud-provider-aws
    /// 275), rules (TF 20442). How long a target group stays in use has a delay of its own (see
    /// [`crate::elbv2::delays::Delays`]).
    #[serde(with = "Seconds")]
    pub load_balancing: Duration,
    /// API Gateway: `NotFoundException` of CreateStage right after CreateApi (TF 46610, with access
    /// logs). That other calls lag in the same way is assumed.
    #[serde(with = "Seconds")]
    pub api_gateway: Duration,
    /// Secrets Manager but for its list: "all operations are eventually consistent" (BC,
    /// ListSecrets); `ResourceNotFoundException` right after CreateSecret (TF 18406).
    #[serde(with = "Seconds")]
    pub secrets: Duration,
    /// ListSecrets "might not reflect changes from the last five minutes" (BC).
    #[serde(with = "Seconds")]
    pub secrets_listed: Duration,
    /// ACM: a delay of several seconds before a requested certificate can be described, a short one
    /// before a deleted one is gone (BC, DescribeCertificate and DeleteCertificate). What a certificate
    /// comes to hold later, and its last use, have delays of their own (see [`crate::acm::Delays`]).
    #[serde(with = "Seconds")]
    pub certificates: Duration,
    /// The index of the tagging API, which is late for minutes and lists what is deleted (aws-cli 4173
    /// and 8197, boto3 3341: there for up to hours).
    #[serde(with = "Seconds")]
    pub tag_index: Duration,
}

impl Default for Lags {
    fn default() -> Self {
        Lags {
            share: 0.5,
            networks: Duration::from_secs(2),
            load_balancing: Duration::from_secs(2),
            api_gateway: Duration::from_secs(1),
            secrets: Duration::from_secs(1),
            secrets_listed: Duration::from_secs(300),
            certificates: Duration::from_secs(5),
            tag_index: Duration::from_secs(120),
        }
    }
}

/// How an operation lags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lag {
    /// It never does.
    None,
    /// It meets a replica that is behind by up to so much.
    Replica(Duration),
    /// It reads an index that is made anew at each multiple of so much, for every client at once: what is
    /// in it stays in it.
    Index(Duration),
}

impl Lags {
    /// How an operation lags.
    ///
    /// Not at all: Route 53, whose changes have a state of their own (GetChange), CloudWatch, its logs
    /// and STS, of which no lag is reported; DescribeTargetHealth, which tells what health checks see
    /// now (assumed).
    pub fn of(&self, service: &str, operation: &str) -> Lag {
        match (service, operation) {
            ("elbv2", "DescribeTargetHealth") => Lag::None,
            ("ec2", _) => Lag::Replica(self.networks),
            ("elbv2", _) => Lag::Replica(self.load_balancing),
            ("apigatewayv2", _) => Lag::Replica(self.api_gateway),
            ("secretsmanager", "ListSecrets") => Lag::Index(self.secrets_listed),
            ("secretsmanager", _) => Lag::Replica(self.secrets),
            ("acm", _) => Lag::Replica(self.certificates),
            ("resourcegroupstaggingapi", "GetResources" | "GetTagKeys" | "GetTagValues") => {
                Lag::Index(self.tag_index)
            }
            _ => Lag::None,
        }
    }

    /// The longest of all: how far back it matters what things were.
    pub fn longest(&self) -> Duration {
        let Lags {
            share: _,
            networks,
            load_balancing,
            api_gateway,
            secrets,
            secrets_listed,
            certificates,
            tag_index,
        } = *self;
        let replicas = networks.max(load_balancing).max(api_gateway).max(secrets).max(certificates);
        replicas.max(secrets_listed).max(tag_index)
    }
}

/// The services that a lagging call of `service` sees as they were. Of other services, on which it
/// depends too, it sees what is.
pub fn seen(service: &str) -> Services {
    match service {
        "resourcegroupstaggingapi" => super::history::ALL,
        _ => own(service),
    }
}

/// The services that an operation of `service` may change.
pub fn written(service: &str) -> Services {
    match service {
        // Who uses a certificate, network interfaces.
        "elbv2" => &["acm", "ec2", "elbv2"],
        // These and the resource policy that lets stages log.
        "apigatewayv2" => &["acm", "apigatewayv2", "ec2", "logs"],
        "resourcegroupstaggingapi" => super::history::ALL,
        _ => own(service),
    }
}

/// The services to remember before an operation changes them. Not for data that streams in, which no
/// lagging read shows.
pub fn kept(service: &str, operation: &str) -> Services {
    match (service, operation) {
        ("logs", "PutLogEvents") | ("cloudwatch", "PutMetricData") => &[],
        _ => written(service),
    }
}

fn own(service: &str) -> Services {
    let all = super::history::ALL;
    all.iter().position(|name| *name == service).and_then(|i| all.get(i..=i)).unwrap_or_default()
}

/// Whether a change can be refused so for what a replica has not seen yet.
pub fn for_want_of_news(service: &str, fault: &Fault) -> bool {
    let code = fault.code.as_str();
    match service {
        "ec2" => code.ends_with(".NotFound"),
        "elbv2" => code.ends_with("NotFound"),
        "apigatewayv2" => code == "NotFoundException",
        _ => code == "ResourceNotFoundException",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_overrides_single_lags_and_no_unknown_ones() {
        let some: Lags = serde_saphyr::from_str("{share: 1, networks: 0.5}").unwrap();
        assert_eq!(some, Lags { share: 1.0, networks: Duration::from_millis(500), ..Lags::default() });
        assert!(serde_saphyr::from_str::<Lags>("{network: 1}").is_err());
    }

    #[test]
    fn every_service_that_is_written_or_seen_is_one_of_a_region() {
        assert_eq!(own("ec2"), ["ec2"]);
        assert_eq!(own("sts"), [""; 0]);
        for service in ["ec2", "elbv2", "apigatewayv2", "acm", "resourcegroupstaggingapi"] {
            let named = [written(service), seen(service)].concat();
            assert!(named.iter().all(|name| super::super::history::ALL.contains(name)), "{service}");
        }
    }
}
