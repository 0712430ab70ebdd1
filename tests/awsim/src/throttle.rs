//! The token buckets of AWS's control planes, per account and region, on simulated time.
//!
//! * API Gateway: 10 operations a second with a burst of 40, all together, and one
//!   CreateVpcLink in 15 seconds, one DeleteVpcLink in 30, one CreateDeployment in 5, one each of
//!   CreateDomainName, UpdateDomainName and DeleteDomainName in 30 (API Gateway developer guide, quotas).
//! * Elastic Load Balancing: registering targets 4 a second with a burst of 20, other changes 3
//!   with 20, reads 50 with 200 (aws-load-balancer-controller, commits 965719eb5 and 312f2becd).
//! * EC2, each action by itself: reads 20 a second with a burst of 100, reads of everything
//!   (no ids, filters or page size) 10 with 50, changes 5 with 50, of VPC endpoints 0.3 with 4 (EC2
//!   API throttling; all but the first from memory of that page).
//! * Secrets Manager (user guide, quotas): GetSecretValue 10,000 a second, DescribeSecret 40,000,
//!   ListSecrets and BatchGetSecretValue 100 each; 50 for each of: new values and labels together,
//!   rotation, tags, resource policies, RestoreSecret; 50 for each other operation (from memory of
//!   that page). How much it lets through at once is not published: one second's worth.
//!
//! * Route 53, of the whole account wherever the call is signed for: 5 requests a second (its
//!   developer guide until 2026, and re:Post; the higher figures of 2026 are only known for China).
//!   Of those, two CreateHostedZone a second with a burst of 40 and one CreateHealthCheck in two
//!   seconds with one of 50 (its page on throttling, for China).
//! * ACM, each action by itself and without a burst: 1 to 10 a second (its user guide, quotas).
//!
//! * CloudWatch Logs: CreateLogGroup 10 a second, CreateLogStream 50 (service quotas),
//!   DescribeLogStreams 25 (botocore). CloudWatch: PutMetricAlarm 3 a second (service quotas,
//!   L-0720E68F). No burst is published for these: it is taken to be one second's worth.
//!
//! The other services' numbers are not published or never reached here: they are not throttled.

use std::collections::HashMap;

use serde_json::Value;

use crate::clock::SimTime;
use crate::fault::Fault;
use crate::recorder::mutating;

/// How a bucket fills.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Rate {
    /// Tokens a second.
    refill: f64,
    /// Tokens when full.
    burst: f64,
}

const fn rate(refill: f64, burst: f64) -> Rate {
    Rate { refill, burst }
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    tokens: f64,
    at: SimTime,
}

/// Account, region, and the service's name for the class of operations.
type Key = (String, String, String);

/// Every bucket that was used so far.
#[derive(Debug, Default)]
pub struct Throttle {
    buckets: HashMap<Key, Bucket>,
}

impl Throttle {
    /// Takes a token for the call from each bucket that it falls under.
    ///
    /// # Errors
    /// The service's fault for too many requests, if one of them is empty; then none is taken.
    pub fn take(
        &mut self,
        (account, region): (&str, &str),
        (service, operation): (&str, &str),
        input: &Value,
        now: SimTime,
    ) -> Result<(), Fault> {
        let key = |class: &str| (account.to_owned(), region.to_owned(), format!("{service}:{class}"));
        let classes = classes(service, operation, input);
        let levels: Vec<(Key, f64)> =
            classes.iter().map(|(class, rate)| (key(class), self.level(&key(class), *rate, now))).collect();
        if levels.iter().any(|(_, tokens)| *tokens < 1.0) {
            return Err(too_many(service));
        }
        for (key, tokens) in levels {
            self.buckets.insert(key, Bucket { tokens: tokens - 1.0, at: now });
        }
        Ok(())
    }

    /// The tokens in a bucket now.
    fn level(&self, key: &Key, rate: Rate, now: SimTime) -> f64 {
        self.buckets.get(key).map_or(rate.burst, |bucket| {
            let filled = bucket.tokens + now.since(bucket.at).as_secs_f64() * rate.refill;
            filled.min(rate.burst)
        })
    }
}

/// The buckets that an operation falls under.
fn classes(service: &str, operation: &str, input: &Value) -> Vec<(String, Rate)> {
    let one = |class: &str, rate| vec![(class.to_owned(), rate)];
    match service {
        "apigatewayv2" => {
            let mut classes = one("all", rate(10.0, 40.0));
            let own = match operation {
                "CreateVpcLink" => Some(rate(1.0 / 15.0, 1.0)),
                "DeleteVpcLink" | "CreateDomainName" | "UpdateDomainName" | "DeleteDomainName" => {
                    Some(rate(1.0 / 30.0, 1.0))
                }
                "CreateDeployment" => Some(rate(1.0 / 5.0, 1.0)),
                _ => None,
            };
            classes.extend(own.map(|rate| (operation.to_owned(), rate)));
            classes
        }
        "elbv2" => match operation {
            "RegisterTargets" | "DeregisterTargets" => one("register", rate(4.0, 20.0)),
            _ if mutating(operation) => one("mutating", rate(3.0, 20.0)),
            _ => one("describe", rate(50.0, 200.0)),
        },
        "secretsmanager" => {
            let (class, a_second) = secrets_class(operation);
            one(class, rate(a_second, a_second))
        }
        "ec2" if ["CreateVpcEndpoint", "ModifyVpcEndpoint", "DeleteVpcEndpoints"].contains(&operation) => {
            one(operation, rate(0.3, 4.0))
        }
        "logs" => match operation {
            "CreateLogGroup" => one(operation, rate(10.0, 10.0)),
            "CreateLogStream" => one(operation, rate(50.0, 50.0)),
            "DescribeLogStreams" => one(operation, rate(25.0, 25.0)),
            _ => Vec::new(),
        },
        "cloudwatch" if operation == "PutMetricAlarm" => one(operation, rate(3.0, 3.0)),
        "ec2" if mutating(operation) => one(operation, rate(5.0, 50.0)),
        "ec2" if everything(input) => one(&format!("{operation} of everything"), rate(10.0, 50.0)),
        "ec2" => one(operation, rate(20.0, 100.0)),
        "route53" => {
            let mut classes = one("all", rate(5.0, 5.0));
            let own = match operation {
                "CreateHostedZone" => Some(rate(2.0, 40.0)),
                "CreateHealthCheck" => Some(rate(0.5, 50.0)),
                _ => None,
            };
            classes.extend(own.map(|rate| (operation.to_owned(), rate)));
            classes
        }
        "acm" => match operation {
            "ImportCertificate" | "ResendValidationEmail" => one(operation, rate(1.0, 1.0)),
            "ListCertificates" => one(operation, rate(8.0, 8.0)),
            _ if operation.starts_with("Describe") || operation.starts_with("Get") => {
                one(operation, rate(10.0, 10.0))
            }
            "DeleteCertificate" | "ListTagsForCertificate" => one(operation, rate(10.0, 10.0)),
            _ => one(operation, rate(5.0, 5.0)),
        },
        _ => Vec::new(),
    }
}

/// Which operations of Secrets Manager are counted together, and how many a second.
fn secrets_class(operation: &str) -> (&str, f64) {
    match operation {
        "GetSecretValue" => (operation, 10_000.0),
        "DescribeSecret" => (operation, 40_000.0),
        "ListSecrets" | "BatchGetSecretValue" => (operation, 100.0),
        "PutSecretValue" | "UpdateSecret" | "UpdateSecretVersionStage" => ("values", 50.0),
        "RotateSecret" | "CancelRotateSecret" => ("rotation", 50.0),
        "TagResource" | "UntagResource" => ("tags", 50.0),
        "PutResourcePolicy" | "GetResourcePolicy" | "DeleteResourcePolicy" => ("policies", 50.0),
        _ => (operation, 50.0),
    }
}

/// A read without ids, filters or a page size.
fn everything(input: &Value) -> bool {
    input.as_object().is_none_or(|members| members.keys().all(|name| name == "DryRun"))
}

/// The service's fault for too many requests. Tagging's is a modelled shape (botocore); that of STS
/// is the query protocol's common `Throttling` [inferred].
pub fn too_many(service: &str) -> Fault {
    match service {
        "apigatewayv2" => Fault::new(429, "TooManyRequestsException", "Too Many Requests"),
        "ec2" => Fault::new(503, "RequestLimitExceeded", "Request limit exceeded."),
        "route53" | "cloudwatch" | "sts" => Fault::bad("Throttling", "Rate exceeded"),
        "resourcegroupstaggingapi" => Fault::bad("ThrottledException", "Rate exceeded"),
        _ => Fault::new(400, "ThrottlingException", "Rate exceeded"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const HERE: (&str, &str) = ("123456789012", "eu-central-1");

    fn until_refused(throttle: &mut Throttle, call: (&str, &str), input: &Value, now: u64) -> usize {
        (0..1000).take_while(|_| throttle.take(HERE, call, input, SimTime(now)).is_ok()).count()
    }

    #[test]
    fn each_service_allows_its_burst_and_then_its_refill() {
        let one = json!({"GroupIds": ["sg-1"]});
        for (service, operation, input, burst, a_second) in [
            ("apigatewayv2", "GetApis", &json!({}), 40, 10),
            ("elbv2", "RegisterTargets", &one, 20, 4),
            ("elbv2", "CreateListener", &one, 20, 3),
            ("elbv2", "DescribeTags", &one, 200, 50),
            ("logs", "CreateLogGroup", &one, 10, 10),
            ("logs", "CreateLogStream", &one, 50, 50),
            ("logs", "DescribeLogStreams", &one, 25, 25),
            ("logs", "DescribeLogGroups", &one, 1000, 1000),
            ("cloudwatch", "PutMetricAlarm", &one, 3, 3),
            ("ec2", "DescribeSecurityGroups", &one, 100, 20),
            ("ec2", "DescribeSecurityGroups", &json!({"DryRun": true}), 50, 10),
            ("ec2", "AuthorizeSecurityGroupIngress", &one, 50, 5),
            ("secretsmanager", "ListSecrets", &json!({}), 100, 100),
            ("secretsmanager", "CreateSecret", &json!({}), 50, 50),
            ("ec2", "CreateVpcEndpoint", &one, 4, 0),
            ("route53", "GetHostedZone", &one, 5, 5),
            ("acm", "RequestCertificate", &one, 5, 5),
            ("acm", "DescribeCertificate", &one, 10, 10),
            ("acm", "ListCertificates", &one, 8, 8),
            ("acm", "ImportCertificate", &one, 1, 1),
        ] {
            let mut throttle = Throttle::default();
            let call = (service, operation);
            assert_eq!(until_refused(&mut throttle, call, input, 0), burst, "{call:?}");
            assert_eq!(until_refused(&mut throttle, call, input, 1000), a_second, "{call:?}");
            assert_eq!(until_refused(&mut throttle, call, input, 3_600_000), burst, "{call:?}");
        }
    }

    #[test]
    fn vpc_links_deployments_and_domain_names_have_a_rate_of_their_own() {
        for (operation, seconds) in [
            ("CreateVpcLink", 15),
            ("DeleteVpcLink", 30),
            ("CreateDeployment", 5),
            ("CreateDomainName", 30),
            ("UpdateDomainName", 30),
            ("DeleteDomainName", 30),
        ] {
            let mut throttle = Throttle::default();
            let call = ("apigatewayv2", operation);
            assert_eq!(until_refused(&mut throttle, call, &json!({}), 0), 1);
            assert_eq!(until_refused(&mut throttle, call, &json!({}), seconds * 1000 - 1), 0, "{operation}");
            assert_eq!(until_refused(&mut throttle, call, &json!({}), seconds * 1000), 1, "{operation}");
        }
    }

    #[test]
    fn operations_of_secrets_manager_share_their_rates_as_its_quotas_say() {
        let empty = json!({});
        let call = |operation| ("secretsmanager", operation);
        for (one, other, left) in [
            ("PutSecretValue", "UpdateSecretVersionStage", 0),
            ("RotateSecret", "CancelRotateSecret", 0),
            ("TagResource", "UntagResource", 0),
            ("GetResourcePolicy", "DeleteResourcePolicy", 0),
            ("PutSecretValue", "TagResource", 50),
            ("BatchGetSecretValue", "ListSecrets", 100),
        ] {
            let mut throttle = Throttle::default();
            until_refused(&mut throttle, call(one), &empty, 0);
            assert_eq!(until_refused(&mut throttle, call(other), &empty, 0), left, "{one} {other}");
        }
    }

    #[test]
    fn a_refused_call_takes_nothing_and_accounts_and_regions_do_not_share() {
        let mut throttle = Throttle::default();
        let links = ("apigatewayv2", "CreateVpcLink");
        assert_eq!(until_refused(&mut throttle, links, &json!({}), 0), 1);
        for _ in 0..100 {
            throttle.take(HERE, links, &json!({}), SimTime(0)).unwrap_err();
        }
        assert_eq!(until_refused(&mut throttle, ("apigatewayv2", "GetApis"), &json!({}), 0), 39);
        throttle.take(("123456789012", "eu-west-1"), links, &json!({}), SimTime(0)).unwrap();
        throttle.take(("111122223333", "eu-central-1"), links, &json!({}), SimTime(0)).unwrap();
    }

    #[test]
    fn too_many_requests_have_each_services_own_code() {
        let services = ["apigatewayv2", "ec2", "elbv2", "secretsmanager", "logs", "route53", "cloudwatch"];
        let codes = services.map(|service| too_many(service).code);
        let (exception, code) = ("ThrottlingException", "Throttling");
        let (gateway, ec2) = ("TooManyRequestsException", "RequestLimitExceeded");
        assert_eq!(codes, [gateway, ec2, exception, exception, exception, code, code]);
    }
}
