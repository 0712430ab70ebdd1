//! The token buckets of AWS's control planes, per account and region, on simulated time: one or more a
//! call, by the class of its operation. What the classes and AWS's figures are stands in [`class`].
//!
//! Each rate can be set, and all of them scaled, by a seed's `throttles`, by `awsim --throttle` and
//! `--throttle-scale`, at `POST /_awsim/throttles`, and in Rust ([`Rates`]). `--throttling off` takes none.
//! Route 53's buckets are of the whole account, wherever a call is signed for.

pub mod class;
mod rates;

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::clock::SimTime;
use crate::fault::Fault;

pub use rates::{Changes, Rate, Rates, argument};

#[derive(Clone, Copy, Debug)]
struct Bucket {
    tokens: f64,
    at: SimTime,
    /// How it filled when it was last used.
    rate: Rate,
}

/// Account, region, and the bucket's name.
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
        rates: &Rates,
        now: SimTime,
    ) -> Result<(), Fault> {
        let key = |bucket: String| (account.to_owned(), region.to_owned(), bucket);
        let buckets = rates.buckets(service, operation, input).into_iter();
        let levels: Vec<(Key, Bucket)> = buckets
            .map(|(bucket, rate)| {
                let key = key(bucket);
                let tokens = self.level(&key, rate, now);
                (key, Bucket { tokens, at: now, rate })
            })
            .collect();
        if levels.iter().any(|(_, bucket)| bucket.tokens < 1.0) {
            return Err(too_many(service));
        }
        for (key, bucket) in levels {
            self.buckets.insert(key, Bucket { tokens: bucket.tokens - 1.0, ..bucket });
        }
        Ok(())
    }

    /// What is left in every bucket that was used so far, by account, region and name.
    pub fn levels(&self, now: SimTime) -> Value {
        let mut levels: Vec<(&Key, f64)> =
            self.buckets.iter().map(|(key, bucket)| (key, self.level(key, bucket.rate, now))).collect();
        levels.sort_by_key(|(key, _)| *key);
        let told = levels.into_iter().map(|((account, region, name), tokens)| {
            json!({"account": account, "region": region, "bucket": name, "tokens": tokens})
        });
        told.collect()
    }

    /// The tokens in a bucket now. One that was made larger since has that much more.
    fn level(&self, key: &Key, rate: Rate, now: SimTime) -> f64 {
        self.buckets.get(key).map_or(rate.burst, |bucket| {
            let larger = (rate.burst - bucket.rate.burst).max(0.0);
            let filled = bucket.tokens + larger + now.since(bucket.at).as_secs_f64() * rate.refill;
            filled.min(rate.burst)
        })
    }
}

/// The service's fault for too many requests. That of STS is the query protocol's common `Throttling`
/// [inferred].
pub fn too_many(service: &str) -> Fault {
    match service {
        "apigatewayv2" => Fault::new(429, "TooManyRequestsException", "Too Many Requests"),
        "ec2" => Fault::new(503, "RequestLimitExceeded", "Request limit exceeded."),
        "route53" | "cloudwatch" | "sts" => Fault::bad("Throttling", "Rate exceeded"),
        // A shape of its own (botocore).
        "resourcegroupstaggingapi" => Fault::bad("ThrottledException", "Rate exceeded"),
        _ => Fault::new(400, "ThrottlingException", "Rate exceeded"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: (&str, &str) = ("123456789012", "eu-central-1");

    fn until_refused(throttle: &mut Throttle, call: (&str, &str), input: &Value, now: u64) -> usize {
        (0..1000)
            .take_while(|_| throttle.take(HERE, call, input, &Rates::default(), SimTime(now)).is_ok())
            .count()
    }

    /// The figures of `throttle/class.rs`, with its sources: LIM for API Gateway, LBC 965719eb5 for load
    /// balancing.
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
            ("route53", "GetHostedZone", &one, 50, 10),
            ("route53", "AssociateVPCWithHostedZone", &one, 20, 5),
            ("route53", "DisassociateVPCFromHostedZone", &one, 10, 5),
            ("route53", "DeleteHealthCheck", &one, 15, 3),
            ("logs", "FilterLogEvents", &one, 5, 5),
            ("cloudwatch", "DescribeAlarms", &one, 9, 9),
            ("cloudwatch", "SetAlarmState", &one, 3, 3),
            ("cloudwatch", "GetMetricData", &one, 50, 50),
            ("cloudwatch", "GetMetricStatistics", &one, 400, 400),
            ("resourcegroupstaggingapi", "GetResources", &one, 1000, 1000),
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

    /// LIM: 1 in 15 s, 1 in 30 s, 1 in 5 s.
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

    /// SMQ: which operations share 50 a second.
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

    /// EC2 developer guide, "Request throttling": buckets are per account and Region.
    #[test]
    fn a_refused_call_takes_nothing_and_accounts_and_regions_do_not_share() {
        let mut throttle = Throttle::default();
        let links = ("apigatewayv2", "CreateVpcLink");
        assert_eq!(until_refused(&mut throttle, links, &json!({}), 0), 1);
        for _ in 0..100 {
            throttle.take(HERE, links, &json!({}), &Rates::default(), SimTime(0)).unwrap_err();
        }
        assert_eq!(until_refused(&mut throttle, ("apigatewayv2", "GetApis"), &json!({}), 0), 39);
        for place in [("123456789012", "eu-west-1"), ("111122223333", "eu-central-1")] {
            throttle.take(place, links, &json!({}), &Rates::default(), SimTime(0)).unwrap();
        }
    }

    /// Route 53 developer guide, "Throttling for API requests": each call takes from the account's
    /// bucket and from its operation's.
    #[test]
    fn operations_of_route_53_share_the_accounts_bucket() {
        let mut throttle = Throttle::default();
        assert_eq!(until_refused(&mut throttle, ("route53", "DeleteHealthCheck"), &json!({}), 0), 15);
        assert_eq!(until_refused(&mut throttle, ("route53", "GetHostedZone"), &json!({}), 0), 35);
        assert_eq!(until_refused(&mut throttle, ("route53", "GetChange"), &json!({}), 0), 0);
    }

    fn rates(changes: Value) -> Result<Rates, String> {
        let mut rates = Rates::default();
        rates.change(&serde_json::from_value(changes).unwrap())?;
        Ok(rates)
    }

    /// Calls that pass at once and a second later.
    fn passes(rates: &Rates, call: (&str, &str)) -> (usize, usize) {
        let input = json!({"Ids": []});
        let mut throttle = Throttle::default();
        let mut count = |now| {
            (0..1000).take_while(|_| throttle.take(HERE, call, &input, rates, SimTime(now)).is_ok()).count()
        };
        (count(0), count(1000))
    }

    #[test]
    fn rates_are_set_by_class_and_by_operation_and_scaled() {
        let register = ("elbv2", "RegisterTargets");
        assert_eq!(
            passes(&rates(json!({"elbv2:register": {"rate": 2, "burst": 5}})).unwrap(), register),
            (5, 2)
        );
        assert_eq!(passes(&rates(json!({"elbv2:register": "off"})).unwrap(), register), (1000, 1000));
        assert_eq!(passes(&rates(json!({"scale": 2.5})).unwrap(), register), (20, 10));
        // Of a class in which each operation has its own bucket, one operation or all.
        let all = rates(json!({"ec2:mutating": {"rate": 1, "burst": 2}})).unwrap();
        let one = rates(json!({"ec2:CreateVpc": {"rate": 1, "burst": 2}})).unwrap();
        let (vpc, group) = (("ec2", "CreateVpc"), ("ec2", "CreateSecurityGroup"));
        assert_eq!((passes(&all, vpc), passes(&all, group)), ((2, 1), (2, 1)));
        assert_eq!((passes(&one, vpc), passes(&one, group)), ((2, 1), (50, 5)));
        // One that has no bucket, and one that shares one, which it still does.
        let none = rates(json!({"resourcegroupstaggingapi:GetResources": {"rate": 1, "burst": 3}})).unwrap();
        assert_eq!(passes(&none, ("resourcegroupstaggingapi", "GetResources")), (3, 1));
        let further = rates(json!({"apigatewayv2:CreateApi": {"rate": 1, "burst": 3}})).unwrap();
        assert_eq!(passes(&further, ("apigatewayv2", "CreateApi")), (3, 1));
        assert_eq!(passes(&further, ("apigatewayv2", "GetApis")), (40, 10));
        let shared = rates(json!({"elbv2:CreateListener": {"rate": 1, "burst": 30}})).unwrap();
        assert_eq!(passes(&shared, ("elbv2", "CreateListener")), (20, 3));
    }

    #[test]
    fn unknown_throttles_are_refused_with_the_names_there_are() {
        let unknown = rates(json!({"elbv2:registers": "off"})).unwrap_err();
        assert!(unknown.contains("elbv2:registers") && unknown.contains("elbv2:register,"), "{unknown}");
        for wrong in [
            json!({"scale": 0}),
            json!({"scale": "fast"}),
            json!({"elbv2:register": {"rate": 1}}),
            json!({"elbv2:register": {"rate": -1, "burst": 1}}),
            json!({"elbv2:register": 4}),
        ] {
            rates(wrong).unwrap_err();
        }
        let (name, value) = argument("elbv2:register=4/20").unwrap();
        assert_eq!((name.as_str(), value), ("elbv2:register", json!({"rate": 4.0, "burst": 20.0})));
        argument("elbv2:register=4").unwrap_err();
        argument("elbv2:register=off").unwrap();
    }

    #[test]
    fn a_bucket_that_is_made_larger_has_as_much_more_left() {
        let mut throttle = Throttle::default();
        let mut left = |rates: &Rates| {
            let call = ("elbv2", "RegisterTargets");
            (0..1000).take_while(|_| throttle.take(HERE, call, &json!({}), rates, SimTime(0)).is_ok()).count()
        };
        assert_eq!(left(&rates(json!({"elbv2:register": {"rate": 1, "burst": 5}})).unwrap()), 5);
        assert_eq!(left(&Rates::default()), 15);
        assert_eq!(left(&rates(json!({"elbv2:register": {"rate": 1, "burst": 5}})).unwrap()), 0);
    }

    #[test]
    fn what_is_left_is_told_by_bucket() {
        let mut throttle = Throttle::default();
        let call = ("apigatewayv2", "CreateVpcLink");
        throttle.take(HERE, call, &json!({}), &Rates::default(), SimTime(0)).unwrap();
        let levels = throttle.levels(SimTime(0));
        assert_eq!(levels[0]["bucket"], "apigatewayv2:CreateVpcLink");
        assert_eq!((levels[0]["tokens"].as_f64(), levels[1]["tokens"].as_f64()), (Some(0.0), Some(39.0)));
        assert_eq!(throttle.levels(SimTime(15_000))[0]["tokens"].as_f64(), Some(1.0));
    }

    #[test]
    fn every_class_is_one_that_some_operation_is_in() {
        // Requests to APIs are no operations.
        for class in class::CLASSES.iter().filter(|class| !class.name.starts_with("execute-api:")) {
            let (service, name) = class.name.split_once(':').unwrap();
            let operations = crate::tables::service(service).unwrap().operations.keys();
            let inputs = [json!({}), json!({"Ids": []})];
            let mut calls =
                operations.flat_map(|operation| inputs.iter().map(move |input| (operation, input)));
            assert!(
                calls.any(|(operation, input)| class::of(service, operation, input).contains(&name)),
                "{name}"
            );
        }
    }

    /// botocore where the code is modelled (API Gateway, Logs, Tagging API), EC2's error codes;
    /// Route 53's developer guide, throttling of API requests. Those of the others are inferred.
    #[test]
    fn too_many_requests_have_each_services_own_code() {
        let services = ["apigatewayv2", "ec2", "elbv2", "secretsmanager", "logs", "route53", "cloudwatch"];
        assert_eq!(too_many("resourcegroupstaggingapi").code, "ThrottledException");
        let codes = services.map(|service| too_many(service).code);
        let (exception, code) = ("ThrottlingException", "Throttling");
        let (gateway, ec2) = ("TooManyRequestsException", "RequestLimitExceeded");
        assert_eq!(codes, [gateway, ec2, exception, exception, exception, code, code]);
    }
}
