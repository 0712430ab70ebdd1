//! Lists read page by page.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Walk;
use crate::tables::{self, Type};

/// A list: operation, the member for a page's size and its least value, token in, token out, items.
type Listed = (&'static str, &'static str, &'static str, u64, &'static str, &'static str, &'static str);

/// Lists that need nothing but their page (paginators of botocore; those with parents are in
/// [`CHILDREN`]). The least page sizes are those of the models, EC2's are AWS's own words.
const LISTS: [Listed; 24] = [
    ("ec2", "DescribeVpcs", "MaxResults", 5, "NextToken", "NextToken", "Vpcs"),
    ("ec2", "DescribeSubnets", "MaxResults", 5, "NextToken", "NextToken", "Subnets"),
    ("ec2", "DescribeRouteTables", "MaxResults", 5, "NextToken", "NextToken", "RouteTables"),
    ("ec2", "DescribeNetworkAcls", "MaxResults", 5, "NextToken", "NextToken", "NetworkAcls"),
    ("ec2", "DescribeSecurityGroups", "MaxResults", 5, "NextToken", "NextToken", "SecurityGroups"),
    ("ec2", "DescribeSecurityGroupRules", "MaxResults", 5, "NextToken", "NextToken", "SecurityGroupRules"),
    ("ec2", "DescribeNetworkInterfaces", "MaxResults", 5, "NextToken", "NextToken", "NetworkInterfaces"),
    ("ec2", "DescribeVpcEndpoints", "MaxResults", 5, "NextToken", "NextToken", "VpcEndpoints"),
    ("ec2", "DescribeTags", "MaxResults", 5, "NextToken", "NextToken", "Tags"),
    ("elbv2", "DescribeLoadBalancers", "PageSize", 1, "Marker", "NextMarker", "LoadBalancers"),
    ("elbv2", "DescribeTargetGroups", "PageSize", 1, "Marker", "NextMarker", "TargetGroups"),
    ("apigatewayv2", "GetApis", "MaxResults", 1, "NextToken", "NextToken", "Items"),
    ("apigatewayv2", "GetVpcLinks", "MaxResults", 1, "NextToken", "NextToken", "Items"),
    ("apigatewayv2", "GetDomainNames", "MaxResults", 1, "NextToken", "NextToken", "Items"),
    ("secretsmanager", "ListSecrets", "MaxResults", 1, "NextToken", "NextToken", "SecretList"),
    ("logs", "DescribeLogGroups", "limit", 1, "nextToken", "nextToken", "logGroups"),
    ("logs", "DescribeResourcePolicies", "limit", 1, "nextToken", "nextToken", "resourcePolicies"),
    ("cloudwatch", "DescribeAlarms", "MaxRecords", 1, "NextToken", "NextToken", "MetricAlarms"),
    ("acm", "ListCertificates", "MaxItems", 1, "NextToken", "NextToken", "CertificateSummaryList"),
    ("route53", "ListHostedZones", "MaxItems", 1, "Marker", "NextMarker", "HostedZones"),
    ("route53", "ListHealthChecks", "MaxItems", 1, "Marker", "NextMarker", "HealthChecks"),
    (
        "resourcegroupstaggingapi",
        "GetResources",
        "ResourcesPerPage",
        1,
        "PaginationToken",
        "PaginationToken",
        "ResourceTagMappingList",
    ),
    ("resourcegroupstaggingapi", "GetTagKeys", "", 0, "PaginationToken", "PaginationToken", "TagKeys"),
    ("ec2", "DescribeManagedPrefixLists", "MaxResults", 1, "NextToken", "NextToken", "PrefixLists"),
];

/// Lists of children: the list of their parents, the member that names a parent there and here.
const CHILDREN: [(Listed, &str, &str, &str); 6] = [
    (
        ("elbv2", "DescribeListeners", "PageSize", 1, "Marker", "NextMarker", "Listeners"),
        "DescribeLoadBalancers",
        "LoadBalancerArn",
        "LoadBalancerArn",
    ),
    (
        ("apigatewayv2", "GetRoutes", "MaxResults", 1, "NextToken", "NextToken", "Items"),
        "GetApis",
        "ApiId",
        "ApiId",
    ),
    (
        ("apigatewayv2", "GetIntegrations", "MaxResults", 1, "NextToken", "NextToken", "Items"),
        "GetApis",
        "ApiId",
        "ApiId",
    ),
    (
        ("apigatewayv2", "GetStages", "MaxResults", 1, "NextToken", "NextToken", "Items"),
        "GetApis",
        "ApiId",
        "ApiId",
    ),
    (
        ("apigatewayv2", "GetDeployments", "MaxResults", 1, "NextToken", "NextToken", "Items"),
        "GetApis",
        "ApiId",
        "ApiId",
    ),
    (
        ("logs", "DescribeLogStreams", "limit", 1, "nextToken", "nextToken", "logStreams"),
        "DescribeLogGroups",
        "logGroupName",
        "logGroupName",
    ),
];

/// Reads every list whole and page by page, and holds the two against each other.
pub(super) fn check(walk: &mut Walk) {
    for list in LISTS {
        compare(walk, list, &json!({}));
    }
    for (list, parents, named, asked) in CHILDREN {
        let (_, _, _, _, _, _, items) = LISTS.into_iter().find(|l| l.1 == parents).unwrap();
        let all = walk.call(list.0, parents, &json!({})).unwrap();
        for parent in all[items].as_array().unwrap() {
            compare(walk, list, &json!({asked: parent[named]}));
        }
    }
}

fn compare(walk: &mut Walk, list: Listed, base: &Value) {
    let (service, operation, size, least, ..) = list;
    let whole = read(walk, list, base, None);
    let paged = read(walk, list, base, (!size.is_empty()).then_some(least));
    let counted = |items: &[Value]| {
        items.iter().fold(BTreeMap::<String, usize>::new(), |mut counts, item| {
            *counts.entry(item.to_string()).or_default() += 1;
            counts
        })
    };
    assert_eq!(counted(&whole), counted(&paged), "{service}:{operation} {base}");
    let twice: Vec<String> =
        counted(&paged).into_iter().filter(|(_, times)| *times > 1).map(|(item, _)| item).collect();
    assert!(twice.is_empty(), "{service}:{operation} shows twice: {twice:?}");
}

/// Page sizes of the REST services are texts.
fn is_text(service: &str, operation: &str, member: &str) -> bool {
    let table = tables::service(service).unwrap();
    let input = table.shape(table.operations[operation].input.as_ref().unwrap());
    table.shape(&input.members[member].shape).kind == Type::String
}

fn read(walk: &mut Walk, list: Listed, base: &Value, page: Option<u64>) -> Vec<Value> {
    let (service, operation, size, _, token_in, token_out, items) = list;
    let mut input = base.clone();
    if let Some(page) = page {
        input[size] = if is_text(service, operation, size) { json!(page.to_string()) } else { json!(page) };
    }
    let mut found = Vec::new();
    loop {
        let answer =
            walk.call(service, operation, &input).unwrap_or_else(|e| panic!("{operation} {input}: {e}"));
        let items = answer[items].as_array().cloned().unwrap_or_default();
        assert!(page.is_none_or(|page| items.len() as u64 <= page), "{operation} {input}: too many");
        found.extend(items);
        match answer[token_out].as_str() {
            Some(token) if !token.is_empty() => input[token_in] = json!(token),
            _ => return found,
        }
    }
}
