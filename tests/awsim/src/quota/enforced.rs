//! Every quota of the table, set to a small number and then passed: it is enforced, it can be set, and it
//! refuses with AWS's code. The figures' sources are in the table; those of codes and words stand here.

mod load_balancing;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Quota, Quotas};
use crate::fault::Fault;
use crate::seed::{self, CLUSTER_GROUP, SUBNETS, VPC};
use crate::testing::{self, Sim, string};
use crate::world::{GLOBAL_REGION, Handler};
use crate::{acm, apigatewayv2, cloudwatch, ec2, elbv2, logs, route53, secretsmanager, tagging};
use load_balancing::balancer;

struct Lab {
    sim: Sim,
    tried: BTreeSet<Quota>,
}

impl Lab {
    fn new() -> Lab {
        Lab { sim: Sim::new(), tried: BTreeSet::new() }
    }

    fn call(&self, service: &str, operation: &str, input: &Value) -> Result<Value, Fault> {
        let find: fn(&str) -> Option<Handler> = match service {
            "ec2" => ec2::handler,
            "elbv2" => elbv2::handler,
            "apigatewayv2" => apigatewayv2::handler,
            "secretsmanager" => secretsmanager::handler,
            "logs" => logs::handler,
            "cloudwatch" => cloudwatch::handler,
            "acm" => acm::handler,
            "resourcegroupstaggingapi" => tagging::handler,
            _ => route53::handler,
        };
        let handler = find(operation).unwrap_or_else(|| panic!("{operation} is not served"));
        let region = if service == "route53" { GLOBAL_REGION } else { seed::REGION };
        // A zone is busy for a while after a change.
        self.sim.advance(if service == "route53" { 60 } else { 0 });
        let mut world = self.sim.world.lock().unwrap();
        handler(&mut world.call(seed::ACCOUNT, region), input)
    }

    /// Makes something; the string at a pointer of the answer.
    #[track_caller]
    fn make(&self, service: &str, operation: &str, input: Value, pointer: &str) -> String {
        let made = self.call(service, operation, &input).unwrap_or_else(|f| panic!("{operation}: {f}"));
        if pointer.is_empty() { String::new() } else { string(&made, pointer) }
    }

    /// The call passes as it is, but not while the quota is `most`; then AWS's default is there again.
    #[track_caller]
    fn refuses(
        &mut self,
        (quota, most): (Quota, usize),
        call: (&str, &str),
        input: Value,
        code: &str,
    ) -> Fault {
        let set = |quotas| self.sim.world.lock().unwrap().options.quotas = quotas;
        let mut quotas = Quotas::default();
        quotas.set(quota, most);
        set(quotas);
        let fault = self.call(call.0, call.1, &input).expect_err(quota.spec().key);
        assert_eq!(fault.code, code, "{}: {}", quota.spec().key, fault.message);
        set(Quotas::default());
        self.call(call.0, call.1, &input).unwrap_or_else(|f| panic!("{}: {f}", quota.spec().key));
        self.tried.insert(quota);
        fault
    }

    #[track_caller]
    fn all_tried(&self, service: &str) {
        let missing: Vec<&str> = Quota::ALL
            .iter()
            .filter(|quota| quota.spec().service == service && !self.tried.contains(*quota))
            .map(|quota| quota.spec().key)
            .collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}

/// EC2 error codes; AWS PrivateLink guide for endpoints.
#[test]
fn quotas_of_ec2() {
    let mut lab = Lab::new();
    let network = |cidr: &str| json!({"VpcId": VPC, "CidrBlock": cidr});
    let bare = json!({"VpcId": VPC});
    let group = lab.sim.group("a");
    let acl = lab.make("ec2", "CreateNetworkAcl", bare.clone(), "/NetworkAcl/NetworkAclId");
    let entry = json!({"NetworkAclId": acl, "RuleNumber": 1, "Protocol": "-1", "RuleAction": "allow",
        "Egress": false, "CidrBlock": "10.0.0.0/8"});
    let named = json!({"GroupName": "b", "Description": "d", "VpcId": VPC});
    let rule = json!({"GroupId": group, "IpPermissions": [{"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1,
        "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}]});
    let interface = json!({"SubnetId": SUBNETS[0]});
    let gateway = json!({"VpcId": VPC, "ServiceName": "com.amazonaws.eu-central-1.s3"});
    let mut endpoint = json!({"VpcId": VPC, "VpcEndpointType": "Interface",
        "ServiceName": "com.amazonaws.eu-central-1.secretsmanager", "PrivateDnsEnabled": false});
    let (vpc_limit, endpoint_limit) = ("VpcLimitExceeded", "VpcEndpointLimitExceeded");
    lab.refuses((Quota::Vpcs, 1), ("ec2", "CreateVpc"), json!({"CidrBlock": "10.9.0.0/16"}), vpc_limit);
    let subnet = network("10.0.64.0/24");
    lab.refuses((Quota::SubnetsPerVpc, 3), ("ec2", "CreateSubnet"), subnet, "SubnetLimitExceeded");
    let tables = (Quota::RouteTablesPerVpc, 2);
    lab.refuses(tables, ("ec2", "CreateRouteTable"), bare.clone(), "RouteTableLimitExceeded");
    lab.refuses((Quota::NetworkAclsPerVpc, 2), ("ec2", "CreateNetworkAcl"), bare, "NetworkAclLimitExceeded");
    let entries = (Quota::RulesPerNetworkAcl, 0);
    lab.refuses(entries, ("ec2", "CreateNetworkAclEntry"), entry, "NetworkAclEntryLimitExceeded");
    let groups = (Quota::SecurityGroups, 4);
    lab.refuses(groups, ("ec2", "CreateSecurityGroup"), named, "SecurityGroupLimitExceeded");
    let (rules, code) = ((Quota::RulesPerSecurityGroup, 0), "RulesPerSecurityGroupLimitExceeded");
    lab.refuses(rules, ("ec2", "AuthorizeSecurityGroupIngress"), rule, code);
    let (groups, code) = ((Quota::GroupsPerInterface, 0), "SecurityGroupsPerInterfaceLimitExceeded");
    lab.refuses(groups, ("ec2", "CreateNetworkInterface"), interface.clone(), code);
    let interfaces = (Quota::NetworkInterfaces, 1);
    lab.refuses(interfaces, ("ec2", "CreateNetworkInterface"), interface, "NetworkInterfaceLimitExceeded");
    let gateways = (Quota::GatewayEndpoints, 0);
    lab.refuses(gateways, ("ec2", "CreateVpcEndpoint"), gateway.clone(), endpoint_limit);
    lab.refuses((Quota::GatewayEndpointsPerVpc, 1), ("ec2", "CreateVpcEndpoint"), gateway, endpoint_limit);
    let endpoints = (Quota::InterfaceEndpointsPerVpc, 0);
    lab.refuses(endpoints, ("ec2", "CreateVpcEndpoint"), endpoint.clone(), endpoint_limit);
    endpoint["PolicyDocument"] = json!("{\"Statement\": []}");
    let policy = (Quota::EndpointPolicyCharacters, 16);
    lab.refuses(policy, ("ec2", "CreateVpcEndpoint"), endpoint, "InvalidPolicyDocument");
    let tags = json!({"Resources": [group], "Tags": [{"Key": "a"}, {"Key": "b"}]});
    lab.refuses((Quota::TagsPerResource, 1), ("ec2", "CreateTags"), tags, "TagLimitExceeded");
    lab.all_tried("ec2");
}

/// What an API of its own, with an integration, is made of.
fn api(lab: &Lab) -> (String, Value) {
    let api = json!({"Name": "a", "ProtocolType": "HTTP"});
    let api = lab.make("apigatewayv2", "CreateApi", api, "/ApiId");
    let integration = json!({"ApiId": api, "IntegrationType": "HTTP_PROXY", "IntegrationMethod": "ANY",
        "IntegrationUri": "https://example.com", "PayloadFormatVersion": "1.0"});
    (api, integration)
}

/// TF 40500: VPC links, as a bad request; TF 37605: numbers of objects as 429, which looks like a throttle.
/// That lengths and lists are bad requests is inferred.
#[test]
fn quotas_of_api_gateway() {
    let mut lab = Lab::new();
    let (bad, full) = ("BadRequestException", "TooManyRequestsException");
    let (api, integration) = api(&lab);
    // Changes of one API, one after the other.
    lab.sim.world.lock().unwrap().options.conflicts = false;
    let call = |operation| ("apigatewayv2", operation);
    let named = json!({"Name": "b", "ProtocolType": "HTTP"});
    assert_eq!(lab.refuses((Quota::Apis, 1), call("CreateApi"), named, full).status, 429);
    lab.make("apigatewayv2", "CreateIntegration", integration.clone(), "/IntegrationId");
    let count = (Quota::IntegrationsPerApi, 1);
    assert_eq!(lab.refuses(count, call("CreateIntegration"), integration, full).status, 429);
    let route = json!({"ApiId": api, "RouteKey": "GET /a"});
    lab.refuses((Quota::RoutesPerApi, 0), call("CreateRoute"), route, full);
    let stage =
        |name: &str, variables: Value| json!({"ApiId": api, "StageName": name, "StageVariables": variables});
    lab.refuses((Quota::StagesPerApi, 0), call("CreateStage"), stage("a", json!({})), full);
    let two = stage("b", json!({"k1": "v", "k2": "v"}));
    lab.refuses((Quota::VariablesPerStage, 1), call("CreateStage"), two, bad);
    let key = stage("c", json!({"key": "v"}));
    lab.refuses((Quota::VariableKeyCharacters, 2), call("CreateStage"), key, bad);
    let value = stage("d", json!({"k": "value"}));
    lab.refuses((Quota::VariableValueCharacters, 4), call("CreateStage"), value, bad);
    let jwt = |name: &str, audience: &[&str]| {
        json!({"ApiId": api, "Name": name, "AuthorizerType": "JWT",
        "IdentitySource": ["$request.header.Authorization"],
        "JwtConfiguration": {"Issuer": "https://issuer.example", "Audience": audience}})
    };
    lab.refuses((Quota::AuthorizersPerApi, 0), call("CreateAuthorizer"), jwt("a", &["x"]), full);
    let audiences = (Quota::AudiencesPerAuthorizer, 1);
    lab.refuses(audiences, call("CreateAuthorizer"), jwt("b", &["x", "y"]), bad);
    let authorizer = lab.make("apigatewayv2", "CreateAuthorizer", jwt("c", &["x"]), "/AuthorizerId");
    let scoped = json!({"ApiId": api, "RouteKey": "GET /b", "AuthorizationType": "JWT",
        "AuthorizerId": authorizer, "AuthorizationScopes": ["a", "b"]});
    lab.refuses((Quota::ScopesPerRoute, 1), call("CreateRoute"), scoped, bad);
    let tagged = json!({"Name": "b", "ProtocolType": "HTTP", "Tags": {"a": "1", "b": "2"}});
    lab.refuses((Quota::TagsPerResource, 1), call("CreateApi"), tagged, bad);
    let link = json!({"Name": "l", "SubnetIds": SUBNETS, "SecurityGroupIds": [CLUSTER_GROUP]});
    let fault = lab.refuses((Quota::VpcLinks, 0), call("CreateVpcLink"), link.clone(), bad);
    assert_eq!(fault.message, "There are too many Vpc Links defined for this account. Limit is 0.");
    lab.refuses((Quota::SubnetsPerVpcLink, 2), call("CreateVpcLink"), link.clone(), bad);
    lab.refuses((Quota::GroupsPerInterface, 0), call("CreateVpcLink"), link, bad);
    let certificate = lab.sim.with(testing::certificate);
    let domain = |name: &str| {
        json!({"DomainName": name,
        "DomainNameConfigurations": [{"CertificateArn": certificate}]})
    };
    lab.refuses((Quota::DomainNames, 0), call("CreateDomainName"), domain("a.shop.example"), full);
    let mapping = json!({"DomainName": "a.shop.example", "ApiId": api, "Stage": "a", "ApiMappingKey": "x/y"});
    lab.refuses((Quota::MultiLevelMappings, 0), call("CreateApiMapping"), mapping, full);
    lab.all_tried("apigatewayv2");
}

/// VPC quotas: interfaces of services count too. What a service then does is inferred: a VPC link FAILED, as
/// for any interface that it cannot make.
#[test]
fn services_find_no_room_for_their_network_interfaces_either() {
    let mut lab = Lab::new();
    let full = (Quota::NetworkInterfaces, 1);
    lab.refuses(full, ("elbv2", "CreateLoadBalancer"), balancer("network", "a"), "InvalidSubnet");
    let endpoint = json!({"VpcId": VPC, "VpcEndpointType": "Interface", "SubnetIds": SUBNETS,
        "ServiceName": "com.amazonaws.eu-central-1.secretsmanager", "PrivateDnsEnabled": false});
    let code = "NetworkInterfaceLimitExceeded";
    lab.refuses((Quota::NetworkInterfaces, 4), ("ec2", "CreateVpcEndpoint"), endpoint, code);
    lab.sim.world.lock().unwrap().options.quotas.set(Quota::NetworkInterfaces, 6);
    let link = json!({"Name": "l", "SubnetIds": SUBNETS, "SecurityGroupIds": [CLUSTER_GROUP]});
    let link = lab.make("apigatewayv2", "CreateVpcLink", link, "/VpcLinkId");
    lab.sim.advance(600);
    let status = lab.make("apigatewayv2", "GetVpcLink", json!({"VpcLinkId": link}), "/VpcLinkStatus");
    assert_eq!(status, "FAILED");
}

/// botocore, secretsmanager: LimitExceededException.
#[test]
fn quotas_of_secrets_manager() {
    let mut lab = Lab::new();
    let token = |n: u8| format!("{n:032}");
    let secret = |name: &str| json!({"Name": name, "SecretString": "value", "ClientRequestToken": token(1)});
    let create = ("secretsmanager", "CreateSecret");
    lab.refuses((Quota::Secrets, 0), create, secret("a"), "LimitExceededException");
    lab.refuses((Quota::SecretBytes, 4), create, secret("b"), "ValidationException");
    let mut tagged = secret("c");
    tagged["Tags"] = json!([{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]);
    lab.refuses((Quota::TagsPerResource, 1), create, tagged, "InvalidParameterException");
    let put = |n: u8, label: &str| {
        json!({"SecretId": "a", "SecretString": format!("{n}"),
        "ClientRequestToken": token(n), "VersionStages": [label]})
    };
    let labels = (Quota::LabelsPerSecret, 1);
    lab.refuses(labels, ("secretsmanager", "PutSecretValue"), put(2, "X"), "LimitExceededException");
    // The label moves: version 2 has none any more.
    lab.make("secretsmanager", "PutSecretValue", put(3, "X"), "");
    let versions = (Quota::UnlabelledVersions, 1);
    lab.refuses(versions, ("secretsmanager", "PutSecretValue"), put(4, "Y"), "LimitExceededException");
    lab.all_tried("secretsmanager");
}

/// botocore: logs, LimitExceededException; cloudwatch, LimitExceededFault, whose code is LimitExceeded.
#[test]
fn quotas_of_logs_and_alarms() {
    let mut lab = Lab::new();
    let create = ("logs", "CreateLogGroup");
    lab.refuses((Quota::LogGroups, 0), create, json!({"logGroupName": "a"}), "LimitExceededException");
    let tagged = json!({"logGroupName": "b", "tags": {"a": "1", "b": "2"}});
    lab.refuses((Quota::TagsPerResource, 1), create, tagged, "TooManyTagsException");
    let policy = |name: &str| json!({"policyName": name, "policyDocument": "{\"Statement\": []}"});
    let put = ("logs", "PutResourcePolicy");
    lab.refuses((Quota::LogPolicies, 0), put, policy("a"), "LimitExceededException");
    lab.refuses((Quota::LogPolicyCharacters, 16), put, policy("a"), "InvalidParameterException");
    let alarm = json!({"AlarmName": "a", "MetricName": "m", "Namespace": "n", "Statistic": "Sum",
        "Period": 60, "EvaluationPeriods": 1, "Threshold": 1.0, "ComparisonOperator": "GreaterThanThreshold"});
    lab.refuses((Quota::Alarms, 0), ("cloudwatch", "PutMetricAlarm"), alarm.clone(), "LimitExceeded");
    let mut tagged = alarm;
    tagged["AlarmName"] = json!("b");
    tagged["Tags"] = json!([{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]);
    let tags = (Quota::TagsPerResource, 1);
    lab.refuses(tags, ("cloudwatch", "PutMetricAlarm"), tagged, "InvalidParameterValue");
    lab.all_tried("logs");
    lab.all_tried("cloudwatch");
}

/// botocore, acm: LimitExceededException, TooManyTagsException.
#[test]
fn quotas_of_acm() {
    let mut lab = Lab::new();
    let request = |names: &[&str]| {
        json!({"DomainName": "a.example", "SubjectAlternativeNames": names,
        "ValidationMethod": "DNS"})
    };
    let call = ("acm", "RequestCertificate");
    lab.refuses((Quota::Certificates, 0), call, request(&[]), "LimitExceededException");
    lab.refuses((Quota::NamesPerCertificate, 1), call, request(&["b.example"]), "LimitExceededException");
    let mut tagged = request(&[]);
    tagged["Tags"] = json!([{"Key": "a"}, {"Key": "b"}]);
    lab.refuses((Quota::TagsPerResource, 1), call, tagged, "TooManyTagsException");
    // Those that are imported are counted by themselves.
    lab.sim.with(testing::certificate);
    let material = testing::import_input();
    let imported = (Quota::ImportedCertificates, 1);
    lab.refuses(imported, ("acm", "ImportCertificate"), material, "LimitExceededException");
    lab.all_tried("acm");
}

/// botocore, route53: TooManyHostedZones, TooManyHealthChecks, LimitsExceeded, InvalidChangeBatch. The words are
/// AWS's where tests of the service have them.
#[test]
fn quotas_of_route_53() {
    let mut lab = Lab::new();
    let zone = |name: &str| json!({"Name": name, "CallerReference": name});
    let create = ("route53", "CreateHostedZone");
    lab.refuses((Quota::HostedZones, 0), create, zone("a.example"), "TooManyHostedZones");
    let id = lab.make("route53", "CreateHostedZone", zone("b.example"), "/HostedZone/Id");
    let set = |name: &str, values: &[&str]| {
        let values: Vec<Value> = values.iter().map(|value| json!({"Value": value})).collect();
        let set = json!({"Name": name, "Type": "A", "TTL": 60, "ResourceRecords": values});
        json!({"HostedZoneId": id, "ChangeBatch": {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": set}]}})
    };
    let (change, code) = (("route53", "ChangeResourceRecordSets"), "InvalidChangeBatch");
    lab.refuses((Quota::RecordsPerZone, 2), change, set("a.b.example", &["10.0.0.1"]), code);
    lab.refuses((Quota::ElementsPerChange, 1), change, set("a.b.example", &["10.0.0.1"]), code);
    lab.refuses((Quota::CharactersPerChange, 15), change, set("a.b.example", &["10.0.0.1"]), code);
    let weighted = |own: &str| {
        let mut batch = set("w.b.example", &["10.0.0.1"]);
        let set = &mut batch["ChangeBatch"]["Changes"][0]["ResourceRecordSet"];
        set["SetIdentifier"] = json!(own);
        set["Weight"] = json!(1);
        batch
    };
    lab.make("route53", "ChangeResourceRecordSets", weighted("a"), "");
    lab.refuses((Quota::WeightedRecords, 1), change, weighted("b"), code);
    let tags = json!({"ResourceType": "hostedzone", "ResourceId": id.replace("/hostedzone/", ""),
        "AddTags": [{"Key": "a"}, {"Key": "b"}]});
    lab.refuses((Quota::TagsPerZone, 1), ("route53", "ChangeTagsForResource"), tags, "InvalidInput");
    let check = json!({"CallerReference": "a",
        "HealthCheckConfig": {"Type": "TCP", "IPAddress": "192.0.2.1", "Port": 80}});
    lab.refuses((Quota::HealthChecks, 0), ("route53", "CreateHealthCheck"), check, "TooManyHealthChecks");
    let mut private = zone("c.example");
    private["VPC"] = json!({"VPCRegion": seed::REGION, "VPCId": VPC});
    let private = lab.make("route53", "CreateHostedZone", private, "/HostedZone/Id");
    let other = lab.make("ec2", "CreateVpc", json!({"CidrBlock": "10.9.0.0/16"}), "/Vpc/VpcId");
    let vpc = json!({"HostedZoneId": private, "VPC": {"VPCRegion": seed::REGION, "VPCId": other}});
    let vpcs = (Quota::VpcsPerHostedZone, 1);
    lab.refuses(vpcs, ("route53", "AssociateVPCWithHostedZone"), vpc, "LimitsExceeded");
    lab.all_tried("route53");
}

/// The tagging API tells it per resource, with the quota of the resource's own service.
/// AWS General Reference, tagging: 50 tags; BC, TagResources: FailedResourcesMap.
#[test]
fn the_tagging_api_keeps_to_the_quota_of_tags() {
    let lab = Lab::new();
    lab.sim.world.lock().unwrap().options.quotas.set(Quota::TagsPerResource, 1);
    let arn = format!("arn:aws:ec2:{}:{}:vpc/{VPC}", seed::REGION, seed::ACCOUNT);
    let input = json!({"ResourceARNList": [arn], "Tags": {"a": "1", "b": "2"}});
    let told = lab.call("resourcegroupstaggingapi", "TagResources", &input).unwrap();
    assert_eq!(told["FailedResourcesMap"][&arn]["ErrorCode"], "InvalidParameterException");
}

/// VPC quotas: the group's own rules of each direction count, a prefix list as many as it may have, also when a
/// rule is changed to a longer one.
#[test]
fn a_changed_rule_counts_for_as_many_as_its_new_prefix_list() {
    let lab = Lab::new();
    let lists: Vec<String> = lab.sim.with(|call| call.region.ec2.prefix_lists.keys().cloned().collect());
    lab.sim.with(|call| {
        for (list, entries) in call.region.ec2.prefix_lists.values_mut().zip([2, 7]) {
            list.max_entries = entries;
        }
    });
    let group = lab.sim.group("a");
    let rule =
        |list: &str| json!({"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "PrefixListId": list});
    let mut permission = rule(&lists[0]);
    permission["PrefixListIds"] = json!([{"PrefixListId": lists[0]}]);
    let input = json!({"GroupId": group, "IpPermissions": [permission]});
    let pointer = "/SecurityGroupRules/0/SecurityGroupRuleId";
    let id = lab.make("ec2", "AuthorizeSecurityGroupIngress", input, pointer);
    lab.sim.world.lock().unwrap().options.quotas.set(Quota::RulesPerSecurityGroup, 6);
    let change = json!({"GroupId": group,
        "SecurityGroupRules": [{"SecurityGroupRuleId": id, "SecurityGroupRule": rule(&lists[1])}]});
    let code = lab.sim.ec2_code("ModifySecurityGroupRules", change);
    assert_eq!(code, "RulesPerSecurityGroupLimitExceeded");
    let told = lab.sim.ec2("DescribeSecurityGroupRules", json!({"SecurityGroupRuleIds": [id]}));
    assert_eq!(told["SecurityGroupRules"][0]["PrefixListId"], json!(lists[0]));
}
