//! Every quota that is enforced, by the name that it is set by.
//!
//! Sources: `VPCQ` Amazon VPC user guide, "Amazon VPC quotas"; `PLQ` AWS PrivateLink guide, "quotas";
//! `NLBQ` and `ALBQ` the user guides of Network and Application Load Balancers, "Quotas"; `HQ` API
//! Gateway developer guide, "Quotas for configuring and running an HTTP API"; `LIM` the same,
//! "Amazon API Gateway quotas"; `SMQ` Secrets Manager user guide, "quotas"; `CWL` CloudWatch Logs user
//! guide, "quotas"; `CWQ` CloudWatch user guide, "service quotas"; `UG` ACM user guide, "quotas"; `DG`
//! Route 53 developer guide, "Quotas"; `BC` the service model's own words (botocore); `GR` AWS General
//! Reference, "Tagging". Codes are those that Service Quotas lists, where a listing was found.

/// No limit by default.
pub const NONE: usize = usize::MAX;

/// What is known of a quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spec {
    /// The name that it is set by.
    pub key: &'static str,
    /// The service that enforces it, as in the tables; `all` for several.
    pub service: &'static str,
    /// AWS's name for it.
    pub name: &'static str,
    /// Service Quotas' code for it (`L-…`), where known.
    pub code: Option<&'static str>,
    /// AWS's default; [`NONE`] without limit.
    pub default: usize,
    /// Whether AWS raises it on request.
    pub adjustable: bool,
    /// Where the figure is from.
    pub source: &'static str,
}

macro_rules! quotas {
    ($($variant:ident: $key:literal, $service:literal, $name:literal, $code:expr, $default:expr,
       $adjustable:expr, $source:literal;)+) => {
        /// A quota that is enforced.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Quota {
            $(#[doc = concat!($name, " (", $source, ").")] $variant,)+
        }

        impl Quota {
            /// All of them, in the order of the table.
            pub const ALL: &[Quota] = &[$(Quota::$variant,)+];

            /// What is known of it.
            pub const fn spec(self) -> &'static Spec {
                match self {
                    $(Quota::$variant => &Spec {
                        key: $key,
                        service: $service,
                        name: $name,
                        code: $code,
                        default: $default,
                        adjustable: $adjustable,
                        source: $source,
                    },)+
                }
            }
        }
    };
}

const YES: bool = true;
const NO: bool = false;

quotas! {
    Vpcs: "vpcs", "ec2", "VPCs per Region", Some("L-F678F1CE"), 5, YES, "VPCQ";
    SubnetsPerVpc: "subnets-per-vpc", "ec2", "Subnets per VPC", Some("L-407747CB"), 200, YES, "VPCQ";
    RouteTablesPerVpc: "route-tables-per-vpc", "ec2", "Route tables per VPC", Some("L-589F43AA"), 200, YES, "VPCQ";
    NetworkAclsPerVpc: "network-acls-per-vpc", "ec2", "Network ACLs per VPC", Some("L-B4A6D682"), 200, YES, "VPCQ";
    RulesPerNetworkAcl: "rules-per-network-acl", "ec2", "Rules per network ACL", Some("L-2AEEBF1A"), 20, YES, "VPCQ";
    SecurityGroups: "security-groups", "ec2", "VPC security groups per Region", Some("L-E79EC296"), 2500, YES, "VPCQ";
    RulesPerSecurityGroup: "rules-per-security-group", "ec2", "Inbound or outbound rules per security group",
        Some("L-0EA8095F"), 60, YES, "VPCQ";
    GroupsPerInterface: "security-groups-per-network-interface", "ec2", "Security groups per network interface",
        Some("L-2AFB9258"), 5, YES, "VPCQ";
    NetworkInterfaces: "network-interfaces", "ec2", "Network interfaces per Region", Some("L-DF5E4CA3"), 5000, YES,
        "VPCQ";
    InterfaceEndpointsPerVpc: "interface-endpoints-per-vpc", "ec2", "Interface VPC endpoints per VPC",
        Some("L-29B6F2EB"), 50, YES, "PLQ";
    GatewayEndpoints: "gateway-endpoints", "ec2", "Gateway VPC endpoints per Region", Some("L-1B52E74A"), 20, YES,
        "PLQ";
    GatewayEndpointsPerVpc: "gateway-endpoints-per-vpc", "ec2", "Gateway VPC endpoints per VPC", None, 255, NO, "PLQ";
    EndpointPolicyCharacters: "endpoint-policy-characters", "ec2", "Characters per VPC endpoint policy", None, 20_480,
        NO, "PLQ";

    NetworkLoadBalancers: "network-load-balancers", "elbv2", "Network Load Balancers per Region", Some("L-69A177A2"),
        50, YES, "NLBQ";
    ApplicationLoadBalancers: "application-load-balancers", "elbv2", "Application Load Balancers per Region",
        Some("L-53DA6B97"), 50, YES, "ALBQ";
    ListenersPerNetwork: "listeners-per-network-load-balancer", "elbv2", "Listeners per Network Load Balancer", None,
        50, NO, "NLBQ";
    ListenersPerApplication: "listeners-per-application-load-balancer", "elbv2",
        "Listeners per Application Load Balancer", Some("L-B6DF7632"), 50, YES, "ALBQ";
    TargetGroups: "target-groups", "elbv2", "Target Groups per Region", Some("L-B22855CB"), 3000, YES, "NLBQ";
    TargetsPerGroup: "targets-per-target-group", "elbv2", "Targets per Target Group per Region", Some("L-A0D0B863"),
        1000, YES, "NLBQ";
    TargetsPerNetwork: "targets-per-network-load-balancer", "elbv2", "Targets per Network Load Balancer",
        Some("L-EEF1AD04"), 3000, YES, "NLBQ";
    TargetsPerZone: "targets-per-availability-zone-per-network-load-balancer", "elbv2",
        "Targets per Availability Zone per Network Load Balancer", Some("L-B211E961"), 500, YES, "NLBQ";
    TargetsPerApplication: "targets-per-application-load-balancer", "elbv2", "Targets per Application Load Balancer",
        Some("L-7E6692B2"), 1000, YES, "ALBQ";
    RegistrationsPerTarget: "target-id-registrations-per-application-load-balancer", "elbv2",
        "Number of times a target can be registered per Application Load Balancer", None, 1000, NO, "ALBQ";
    GroupsPerNetworkAction: "target-groups-per-action-on-network-load-balancer", "elbv2",
        "Target Groups per Action per Network Load Balancer", None, 5, NO, "NLBQ";
    GroupsPerApplicationAction: "target-groups-per-action-on-application-load-balancer", "elbv2",
        "Target Groups per Action per Application Load Balancer", None, 5, NO, "ALBQ";
    GroupsPerApplication: "target-groups-per-application-load-balancer", "elbv2",
        "Target Groups per Application Load Balancer", Some("L-822D1B1B"), 100, NO, "ALBQ";
    RulesPerApplication: "rules-per-application-load-balancer", "elbv2", "Rules per Application Load Balancer",
        Some("L-7EED9B64"), 100, YES, "ALBQ";
    ConditionValues: "condition-values-per-alb-rule", "elbv2", "Condition Values per Rule", Some("L-EBC0C08B"), 5, NO,
        "ALBQ";
    ConditionWildcards: "condition-wildcards-per-alb-rule", "elbv2", "Condition Wildcards per Rule",
        Some("L-A012D4E8"), 5, NO, "ALBQ";
    CertificatesPerNetwork: "certificates-per-network-load-balancer", "elbv2",
        "Certificates per Network Load Balancer", Some("L-52964454"), 25, YES, "NLBQ";
    CertificatesPerApplication: "certificates-per-application-load-balancer", "elbv2",
        "Certificates per Application Load Balancer", Some("L-9365A611"), 25, YES, "ALBQ";
    NetworkInterfacesPerVpc: "network-load-balancer-enis-per-vpc", "elbv2", "Network Load Balancer ENIs per VPC",
        Some("L-23568085"), 1200, YES, "NLBQ";

    Apis: "apis", "apigatewayv2", "Regional APIs per account per Region", None, 600, NO, "LIM";
    RoutesPerApi: "routes-per-api", "apigatewayv2", "Routes per HTTP API", Some("L-65B5C802"), 300, YES, "HQ";
    IntegrationsPerApi: "integrations-per-api", "apigatewayv2", "Integrations per API", None, 300, NO, "HQ";
    StagesPerApi: "stages-per-api", "apigatewayv2", "Stages per API", Some("L-379E48B0"), 10, YES, "HQ";
    AuthorizersPerApi: "authorizers-per-api", "apigatewayv2", "Authorizers per API", None, 10, YES, "HQ";
    AudiencesPerAuthorizer: "audiences-per-authorizer", "apigatewayv2", "Audiences per authorizer", None, 50, NO, "HQ";
    ScopesPerRoute: "scopes-per-route", "apigatewayv2", "Scopes per route", None, 10, NO, "HQ";
    VariablesPerStage: "variables-per-stage", "apigatewayv2", "Stage variables per stage", None, 100, NO, "HQ";
    VariableKeyCharacters: "stage-variable-key-characters", "apigatewayv2", "Stage Variable Key Length",
        Some("L-3A613F94"), 64, NO, "HQ";
    VariableValueCharacters: "stage-variable-value-characters", "apigatewayv2",
        "Length, in characters, of the value in a stage variable", None, 512, NO, "HQ";
    VpcLinks: "vpc-links", "apigatewayv2", "VPC links(V2)", Some("L-608BDCD4"), 10, YES, "HQ";
    SubnetsPerVpcLink: "subnets-per-vpc-link", "apigatewayv2", "Subnets per VPC link(V2)", Some("L-668C9B28"), 10, YES,
        "HQ";
    DomainNames: "domain-names", "apigatewayv2", "Custom Domain Names", Some("L-A93447B8"), 120, YES, "HQ";
    MultiLevelMappings: "multi-level-mappings-per-domain-name", "apigatewayv2", "Multi-level API mappings per domain",
        None, 200, NO, "HQ";

    Secrets: "secrets", "secretsmanager", "Secrets per Region", None, 500_000, NO, "SMQ";
    LabelsPerSecret: "labels-per-secret", "secretsmanager", "Staging labels attached across all versions of a secret",
        None, 20, NO, "SMQ";
    // AWS gives no number: it says that who makes more than one version in 10 minutes "will reach the
    // quota", so that this is what one in 10 minutes comes to while none may be removed. Inferred.
    UnlabelledVersions: "unlabelled-versions-per-secret", "secretsmanager", "Versions per secret", None, 144, NO, "SMQ";
    SecretBytes: "secret-value-bytes", "secretsmanager", "Secret value size", None, 65_536, NO, "SMQ";

    LogGroups: "log-groups", "logs", "Log groups per Region", None, 1_000_000, YES, "CWL";
    LogPolicies: "log-resource-policies", "logs", "Resource policies per Region", None, 10, NO, "CWL";
    LogPolicyCharacters: "log-resource-policy-characters", "logs", "Characters per resource policy", None, 5120, NO,
        "CWL";

    // Once 5000 a Region; today the guide says that there is no limit on the number of alarms.
    Alarms: "alarms", "cloudwatch", "Alarms per Region", None, NONE, NO, "CWQ";

    Certificates: "certificates", "acm", "ACM certificates", None, 2500, YES, "UG";
    ImportedCertificates: "imported-certificates", "acm", "Imported certificates", None, 2500, YES, "UG";
    NamesPerCertificate: "names-per-certificate", "acm", "Domain names per ACM certificate", None, 10, YES, "UG";

    HostedZones: "hosted-zones", "route53", "Hosted zones per account", None, 500, YES, "DG";
    VpcsPerHostedZone: "vpcs-per-hosted-zone", "route53", "Amazon VPCs per private hosted zone", None, 300, YES, "DG";
    RecordsPerZone: "records-per-hosted-zone", "route53", "Records per hosted zone", None, 10_000, YES, "DG";
    WeightedRecords: "weighted-records", "route53", "Records of one weighted name and type", None, 100, NO, "BC";
    HealthChecks: "health-checks", "route53", "Health checks per account", None, 200, YES, "DG";
    ElementsPerChange: "record-elements-per-change", "route53", "ResourceRecord elements per request", None, 1000, NO,
        "DG";
    CharactersPerChange: "characters-per-change", "route53", "Characters of Value elements per request", None, 32_000,
        NO, "DG";
    TagsPerZone: "route53-tags-per-resource", "route53", "Tags per hosted zone or health check", None, 10, NO, "BC";

    TagsPerResource: "tags-per-resource", "all", "Tags per resource", None, 50, NO, "GR";
}
