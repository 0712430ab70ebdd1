//! Which quotas stand between an operation and one more object.

use crate::quota::Quota;
use crate::world::Options;

/// The quotas that an operation uses up. With them at 0 its handler refuses it as it does when they
/// are reached; empty where nothing is counted.
pub fn quotas(service: &str, operation: &str) -> &'static [Quota] {
    match service {
        "ec2" => network(operation),
        "elbv2" => balancing(operation),
        "apigatewayv2" => gateway(operation),
        "secretsmanager" => match operation {
            "CreateSecret" => &[Quota::Secrets],
            "PutSecretValue" | "UpdateSecret" => &[Quota::UnlabelledVersions],
            _ => &[],
        },
        "logs" => match operation {
            "CreateLogGroup" => &[Quota::LogGroups],
            "PutResourcePolicy" => &[Quota::LogPolicies],
            _ => &[],
        },
        "acm" => match operation {
            "RequestCertificate" => &[Quota::Certificates],
            "ImportCertificate" => &[Quota::ImportedCertificates],
            _ => &[],
        },
        "route53" => match operation {
            "CreateHostedZone" => &[Quota::HostedZones],
            "AssociateVPCWithHostedZone" => &[Quota::VpcsPerHostedZone],
            "CreateHealthCheck" => &[Quota::HealthChecks],
            "ChangeResourceRecordSets" => &[Quota::RecordsPerZone],
            _ => &[],
        },
        "cloudwatch" if operation == "PutMetricAlarm" => &[Quota::Alarms],
        _ => &[],
    }
}

fn network(operation: &str) -> &'static [Quota] {
    match operation {
        "CreateVpc" => &[Quota::Vpcs],
        "CreateSubnet" => &[Quota::SubnetsPerVpc],
        "CreateRouteTable" => &[Quota::RouteTablesPerVpc],
        "CreateNetworkAcl" => &[Quota::NetworkAclsPerVpc],
        "CreateNetworkAclEntry" => &[Quota::RulesPerNetworkAcl],
        "CreateSecurityGroup" => &[Quota::SecurityGroups],
        "AuthorizeSecurityGroupIngress" | "AuthorizeSecurityGroupEgress" => &[Quota::RulesPerSecurityGroup],
        "CreateNetworkInterface" => &[Quota::NetworkInterfaces],
        "CreateVpcEndpoint" => &[Quota::InterfaceEndpointsPerVpc, Quota::GatewayEndpoints],
        _ => &[],
    }
}

fn balancing(operation: &str) -> &'static [Quota] {
    match operation {
        "CreateLoadBalancer" => &[Quota::NetworkLoadBalancers, Quota::ApplicationLoadBalancers],
        "CreateListener" => &[Quota::ListenersPerNetwork, Quota::ListenersPerApplication],
        "CreateTargetGroup" => &[Quota::TargetGroups],
        "CreateRule" => &[Quota::RulesPerApplication],
        "RegisterTargets" => &[Quota::TargetsPerGroup],
        "AddListenerCertificates" => &[Quota::CertificatesPerNetwork, Quota::CertificatesPerApplication],
        _ => &[],
    }
}

fn gateway(operation: &str) -> &'static [Quota] {
    match operation {
        "CreateApi" | "ImportApi" => &[Quota::Apis],
        "CreateRoute" => &[Quota::RoutesPerApi],
        "CreateIntegration" => &[Quota::IntegrationsPerApi],
        "CreateStage" => &[Quota::StagesPerApi],
        "CreateAuthorizer" => &[Quota::AuthorizersPerApi],
        "CreateVpcLink" => &[Quota::VpcLinks],
        "CreateDomainName" => &[Quota::DomainNames],
        // Only of those whose keys have several levels.
        "CreateApiMapping" => &[Quota::MultiLevelMappings],
        _ => &[],
    }
}

/// The switches of a call whose quotas are used up.
pub fn options(service: &str, operation: &str, options: &Options) -> Options {
    let mut exhausted = options.clone();
    for quota in quotas(service, operation) {
        exhausted.quotas.set(*quota, 0);
    }
    exhausted
}
