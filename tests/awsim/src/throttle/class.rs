//! The classes of operations that have token buckets, and AWS's figures for them.
//!
//! Marked `[U]` is what no page of AWS that could be read says: it is from memory or inferred. What has no
//! published figure has no class and can be given a rate by its name: creating, deleting and importing HTTP
//! APIs (`apigatewayv2:CreateApi`), which may have those of REST APIs, the tagging API, STS. Not simulated:
//! Route 53's second bucket, of record changes, and PrivateLink's, of the whole organization.

use serde_json::Value;

use super::Rate;
use crate::recorder::mutating;

/// A class of operations.
#[derive(Clone, Copy, Debug)]
pub struct Class {
    /// `SERVICE:NAME`; the name is an operation's where the class is that operation.
    pub name: &'static str,
    /// How its buckets fill.
    pub rate: Rate,
    /// Whether each operation of the class has a bucket of its own; else they share one.
    pub each: bool,
    /// Where the figure is from.
    pub source: &'static str,
}

const fn shared(name: &'static str, refill: f64, burst: f64, source: &'static str) -> Class {
    Class { name, rate: Rate { refill, burst }, each: false, source }
}

const fn each(name: &'static str, refill: f64, burst: f64, source: &'static str) -> Class {
    Class { name, rate: Rate { refill, burst }, each: true, source }
}

const GATEWAY: &str = "API Gateway developer guide, Amazon API Gateway quotas";
const GATEWAY_U: &str = "the same for the operation of REST APIs; that this one shares it is inferred [U]";
const ELB: &str = "aws-load-balancer-controller, commits 965719eb5 and 312f2becd, which quote AWS";
const EC2_U: &str = "EC2 API throttling, from memory of its table [U]";
const EC2: &str = "EC2 API throttling (read again for DescribeHosts, its example of such an action)";
const SECRETS: &str = "Secrets Manager user guide, quotas; burst: one second's worth [U]";
const SECRETS_U: &str = "Secrets Manager user guide, quotas, from memory; burst: one second's worth [U]";
const DNS: &str = "Route 53 developer guide, Throttling for API requests (from July 30, 2026 on)";
const LOGS: &str = "CloudWatch Logs user guide, quotas; burst: one second's worth [U]";
const WATCH: &str = "CloudWatch user guide, service quotas; burst: one second's worth [U]";
const WATCH_U: &str = "CloudWatch user guide, service quotas, from memory; burst: one second's worth [U]";
const ACM: &str = "ACM user guide, quotas; no burst";

const HALF_MINUTE: f64 = 1.0 / 30.0;

/// Every class.
pub const CLASSES: &[Class] = &[
    shared("apigatewayv2:all", 10.0, 40.0, GATEWAY),
    shared("apigatewayv2:CreateVpcLink", 1.0 / 15.0, 1.0, GATEWAY),
    shared("apigatewayv2:DeleteVpcLink", HALF_MINUTE, 1.0, GATEWAY),
    shared("apigatewayv2:CreateDomainName", HALF_MINUTE, 1.0, GATEWAY),
    shared("apigatewayv2:UpdateDomainName", HALF_MINUTE, 1.0, GATEWAY),
    shared("apigatewayv2:DeleteDomainName", HALF_MINUTE, 1.0, GATEWAY),
    shared("apigatewayv2:CreateDeployment", 1.0 / 5.0, 1.0, GATEWAY_U),
    shared("execute-api:account", 10_000.0, 5_000.0, GATEWAY),
    shared("execute-api:account-smaller", 2_500.0, 1_250.0, GATEWAY),
    shared("elbv2:register", 4.0, 20.0, ELB),
    shared("elbv2:mutating", 3.0, 20.0, ELB),
    shared("elbv2:describe", 50.0, 200.0, ELB),
    each("ec2:vpc-endpoints", 0.3, 4.0, EC2_U),
    each("ec2:mutating", 5.0, 50.0, EC2_U),
    each("ec2:describe", 20.0, 100.0, EC2),
    each("ec2:describe-everything", 10.0, 50.0, EC2_U),
    shared("secretsmanager:GetSecretValue", 10_000.0, 10_000.0, SECRETS),
    shared("secretsmanager:DescribeSecret", 40_000.0, 40_000.0, SECRETS),
    shared("secretsmanager:ListSecrets", 100.0, 100.0, SECRETS),
    shared("secretsmanager:BatchGetSecretValue", 100.0, 100.0, SECRETS),
    shared("secretsmanager:values", 50.0, 50.0, SECRETS),
    shared("secretsmanager:rotation", 50.0, 50.0, SECRETS),
    shared("secretsmanager:tags", 50.0, 50.0, SECRETS),
    shared("secretsmanager:policies", 50.0, 50.0, SECRETS),
    each("secretsmanager:other", 50.0, 50.0, SECRETS_U),
    shared("route53:all", 10.0, 50.0, DNS),
    shared("route53:CreateHostedZone", 2.0, 40.0, DNS),
    shared("route53:DeleteHostedZone", 5.0, 40.0, DNS),
    shared("route53:CreateHealthCheck", 0.5, 50.0, DNS),
    shared("route53:DeleteHealthCheck", 3.0, 15.0, DNS),
    shared("route53:AssociateVPCWithHostedZone", 5.0, 20.0, DNS),
    shared("route53:DisassociateVPCFromHostedZone", 5.0, 10.0, DNS),
    each("route53:other", 10.0, 50.0, DNS),
    shared("logs:CreateLogGroup", 10.0, 10.0, LOGS),
    shared("logs:CreateLogStream", 50.0, 50.0, LOGS),
    shared("logs:DescribeLogStreams", 25.0, 25.0, "botocore; burst: one second's worth [U]"),
    shared(
        "logs:FilterLogEvents",
        5.0,
        5.0,
        "re:Post, cloudwatch-logs-throttling; burst: one second's worth [U]",
    ),
    shared(
        "cloudwatch:PutMetricAlarm",
        3.0,
        3.0,
        "Service Quotas, L-0720E68F; burst: one second's worth [U]",
    ),
    shared("cloudwatch:DescribeAlarms", 9.0, 9.0, WATCH),
    each("cloudwatch:alarms", 3.0, 3.0, WATCH),
    shared("cloudwatch:GetMetricData", 50.0, 50.0, WATCH),
    shared("cloudwatch:GetMetricStatistics", 400.0, 400.0, WATCH_U),
    each("acm:once", 1.0, 1.0, ACM),
    shared("acm:ListCertificates", 8.0, 8.0, ACM),
    each("acm:describe", 10.0, 10.0, ACM),
    each("acm:other", 5.0, 5.0, ACM),
];

/// The class of this name.
pub fn named(name: &str) -> Option<&'static Class> {
    CLASSES.iter().find(|class| class.name == name)
}

/// The names of the classes that an operation is in, without the service's. None: it has no bucket,
/// for AWS publishes none or it is never reached here.
pub fn of<'a>(service: &str, operation: &'a str, input: &Value) -> Vec<&'a str> {
    match service {
        "apigatewayv2" => vec!["all", operation],
        "elbv2" => match operation {
            "RegisterTargets" | "DeregisterTargets" => vec!["register"],
            _ if mutating(operation) => vec!["mutating"],
            _ => vec!["describe"],
        },
        "ec2" => match operation {
            "CreateVpcEndpoint" | "ModifyVpcEndpoint" | "DeleteVpcEndpoints" => vec!["vpc-endpoints"],
            _ if mutating(operation) => vec!["mutating"],
            _ if everything(input) => vec!["describe-everything"],
            _ => vec!["describe"],
        },
        "secretsmanager" => vec![match operation {
            "PutSecretValue" | "UpdateSecret" | "UpdateSecretVersionStage" => "values",
            "RotateSecret" | "CancelRotateSecret" => "rotation",
            "TagResource" | "UntagResource" => "tags",
            "PutResourcePolicy" | "GetResourcePolicy" | "DeleteResourcePolicy" => "policies",
            "GetSecretValue" | "DescribeSecret" | "ListSecrets" | "BatchGetSecretValue" => operation,
            _ => "other",
        }],
        "route53" if named(&format!("route53:{operation}")).is_some() => vec!["all", operation],
        "route53" => vec!["all", "other"],
        "cloudwatch" => match operation {
            "DeleteAlarms" | "DisableAlarmActions" | "EnableAlarmActions" | "SetAlarmState" => vec!["alarms"],
            _ => vec![operation],
        },
        "logs" => vec![operation],
        "acm" => vec![match operation {
            "ImportCertificate" | "ResendValidationEmail" => "once",
            "ListCertificates" => operation,
            "DeleteCertificate" | "ListTagsForCertificate" => "describe",
            _ if operation.starts_with("Describe") || operation.starts_with("Get") => "describe",
            _ => "other",
        }],
        _ => Vec::new(),
    }
}

/// A read without ids, filters or a page size.
fn everything(input: &Value) -> bool {
    input.as_object().is_none_or(|members| members.keys().all(|name| name == "DryRun"))
}
