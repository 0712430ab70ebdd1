//! The account that is measured: some ten thousand objects in the proportions of an account in which
//! many entry paths stand, made by calls.

use std::io::{Error, Result};

use awsim::seed;
use http::Method;
use serde_json::{Value, json};

use crate::client::{Call, Client};

const GROUPS: usize = 1000;
const BALANCERS: usize = 20;
const TARGET_GROUPS: usize = 1000;
const LISTENERS_EACH: usize = 25;
const APIS: usize = 100;
const ROUTES_EACH: usize = 10;
const SECRETS: usize = 1000;
const RECORDS: usize = 500;
const ALARMS: usize = 500;

/// One HTTP API.
#[derive(Clone, Debug)]
pub struct Api {
    /// Its id.
    pub id: String,
    /// Its integrations.
    pub integrations: Vec<String>,
    /// Its routes.
    pub routes: Vec<String>,
}

/// What was made, for calls to name.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// Ids of security groups.
    pub groups: Vec<String>,
    /// ARNs of load balancers.
    pub balancers: Vec<String>,
    /// ARNs of target groups, each with a target.
    pub target_groups: Vec<String>,
    /// HTTP APIs.
    pub apis: Vec<Api>,
    /// Names of secrets.
    pub secrets: Vec<String>,
    /// The hosted zone with the records.
    pub zone: String,
    /// Names of alarms.
    pub alarms: Vec<String>,
    /// How many objects there are in all: rules, targets, routes and records are objects too.
    pub objects: usize,
}

/// Makes the account.
pub fn make(client: &mut Client) -> Result<Account> {
    let mut account = Account::default();
    groups(client, &mut account)?;
    balancing(client, &mut account)?;
    apis(client, &mut account)?;
    secrets(client, &mut account)?;
    records(client, &mut account)?;
    alarms(client, &mut account)?;
    Ok(account)
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Result<&'a str> {
    let rest = text.split_once(before).and_then(|(_, rest)| rest.split_once(after));
    rest.map(|(found, _)| found).ok_or_else(|| Error::other(format!("no {before} in {text}")))
}

fn member(text: &str, name: &str) -> Result<String> {
    let value: Value = serde_json::from_str(text)?;
    value[name].as_str().map(str::to_owned).ok_or_else(|| Error::other(format!("no {name} in {text}")))
}

/// Each with two inbound rules besides its outbound one.
fn groups(client: &mut Client, account: &mut Account) -> Result<()> {
    for n in 0..GROUPS {
        let made = client.send(&Call::form(
            "ec2",
            format!(
                "Action=CreateSecurityGroup&Version=2016-11-15&GroupName=entry-{n}&GroupDescription=of+the+bench\
                 &VpcId={}&TagSpecification.1.ResourceType=security-group&TagSpecification.1.Tag.1.Key=gatewayed%2Fcluster\
                 &TagSpecification.1.Tag.1.Value=bench&TagSpecification.1.Tag.2.Key=entry&TagSpecification.1.Tag.2.Value=e{n}",
                seed::VPC
            ),
        ))?;
        let id = between(&made, "<groupId>", "<")?.to_owned();
        client.send(&Call::form(
            "ec2",
            format!(
                "Action=AuthorizeSecurityGroupIngress&Version=2016-11-15&GroupId={id}&IpPermissions.1.IpProtocol=tcp\
                 &IpPermissions.1.FromPort=443&IpPermissions.1.ToPort=443&IpPermissions.1.IpRanges.1.CidrIp=10.0.0.0%2F16\
                 &IpPermissions.1.IpRanges.2.CidrIp=10.1.0.0%2F16"
            ),
        ))?;
        account.groups.push(id);
        account.objects += 4;
    }
    Ok(())
}

fn balancing(client: &mut Client, account: &mut Account) -> Result<()> {
    let elb = |text: String| Call::form("elasticloadbalancing", format!("Version=2015-12-01&{text}"));
    for n in 0..TARGET_GROUPS {
        let made = client.send(&elb(format!(
            "Action=CreateTargetGroup&Name=entry-{n}&Protocol=TCP&Port=80&TargetType=ip&VpcId={}\
             &Tags.member.1.Key=gatewayed%2Fcluster&Tags.member.1.Value=bench&Tags.member.2.Key=entry&Tags.member.2.Value=e{n}",
            seed::VPC
        )))?;
        let arn = between(&made, "<TargetGroupArn>", "<")?.to_owned();
        let target = format!("Targets.member.1.Id=10.0.9.{}&Targets.member.1.Port={}", n % 200, 8000 + n);
        client.send(&elb(format!("Action=RegisterTargets&TargetGroupArn={arn}&{target}")))?;
        account.target_groups.push(arn);
        account.objects += 2;
    }
    for n in 0..BALANCERS {
        let made = client.send(&elb(format!(
            "Action=CreateLoadBalancer&Name=entry-{n}&Type=network&Scheme=internal\
             &Subnets.member.1=subnet-0a000000000000001&SecurityGroups.member.1={}",
            account.groups[n]
        )))?;
        let arn = between(&made, "<LoadBalancerArn>", "<")?.to_owned();
        for port in 0..LISTENERS_EACH {
            let group = &account.target_groups[n * LISTENERS_EACH + port];
            client.send(&elb(format!(
                "Action=CreateListener&LoadBalancerArn={arn}&Protocol=TCP&Port={}\
                 &DefaultActions.member.1.Type=forward&DefaultActions.member.1.TargetGroupArn={group}",
                8000 + port
            )))?;
        }
        account.balancers.push(arn);
        account.objects += 1 + LISTENERS_EACH;
    }
    Ok(())
}

fn apis(client: &mut Client, account: &mut Account) -> Result<()> {
    let post = |path: &str, body: Value| Call::rest("apigateway", Method::POST, path, body.to_string());
    for n in 0..APIS {
        let tags = json!({"gatewayed/cluster": "bench", "entry": format!("e{n}")});
        let body = json!({"name": format!("entry-{n}"), "protocolType": "HTTP", "tags": tags});
        let id = member(&client.send(&post("/v2/apis", body))?, "apiId")?;
        let mut api = Api { id: id.clone(), integrations: Vec::new(), routes: Vec::new() };
        for k in 0..ROUTES_EACH {
            let body = json!({"integrationType": "HTTP_PROXY", "integrationMethod": "ANY",
                "integrationUri": format!("https://a{k}.shop.example"), "payloadFormatVersion": "1.0"});
            let integration =
                member(&client.send(&post(&format!("/v2/apis/{id}/integrations"), body))?, "integrationId")?;
            let body = json!({"routeKey": format!("GET /orders-{k}"), "target": format!("integrations/{integration}")});
            let route = member(&client.send(&post(&format!("/v2/apis/{id}/routes"), body))?, "routeId")?;
            api.integrations.push(integration);
            api.routes.push(route);
        }
        let body = json!({"stageName": "$default", "autoDeploy": true});
        client.send(&post(&format!("/v2/apis/{id}/stages"), body))?;
        account.apis.push(api);
        account.objects += 2 + 2 * ROUTES_EACH;
    }
    Ok(())
}

fn secrets(client: &mut Client, account: &mut Account) -> Result<()> {
    for n in 0..SECRETS {
        let name = format!("entry/{n}");
        let body = json!({"Name": name, "SecretString": format!("{{\"password\":\"{n}\"}}"),
            "ClientRequestToken": format!("00000000-0000-4000-8000-{n:012}"),
            "Tags": [{"Key": "gatewayed/cluster", "Value": "bench"}]});
        client.send(&Call::json("secretsmanager", "secretsmanager.CreateSecret", &body))?;
        account.secrets.push(name);
    }
    account.objects += SECRETS;
    Ok(())
}

fn records(client: &mut Client, account: &mut Account) -> Result<()> {
    const XMLNS: &str = "https://route53.amazonaws.com/doc/2013-04-01/";
    let zone = format!(
        "<CreateHostedZoneRequest xmlns=\"{XMLNS}\"><Name>shop.example.</Name>\
         <CallerReference>bench</CallerReference></CreateHostedZoneRequest>"
    );
    let made = client.send(&Call::rest("route53", Method::POST, "/2013-04-01/hostedzone", zone))?;
    between(&made, "<Id>/hostedzone/", "<")?.clone_into(&mut account.zone);
    let change = |n: usize| {
        format!(
            "<Change><Action>CREATE</Action><ResourceRecordSet><Name>e{n}.shop.example.</Name><Type>A</Type>\
             <TTL>60</TTL><ResourceRecords><ResourceRecord><Value>10.0.0.1</Value></ResourceRecord>\
             </ResourceRecords></ResourceRecordSet></Change>"
        )
    };
    let changes: String = (0..RECORDS).map(change).collect();
    let body = format!(
        "<ChangeResourceRecordSetsRequest xmlns=\"{XMLNS}\"><ChangeBatch><Changes>{changes}</Changes>\
         </ChangeBatch></ChangeResourceRecordSetsRequest>"
    );
    let path = format!("/2013-04-01/hostedzone/{}/rrset", account.zone);
    client.send(&Call::rest("route53", Method::POST, &path, body))?;
    account.objects += RECORDS + 1;
    Ok(())
}

fn alarms(client: &mut Client, account: &mut Account) -> Result<()> {
    for n in 0..ALARMS {
        let name = format!("entry-{n}");
        client.send(&Call::form(
            "monitoring",
            format!(
                "Action=PutMetricAlarm&Version=2010-08-01&AlarmName={name}&Namespace=AWS%2FApiGateway&MetricName=5xx\
                 &Statistic=Sum&Period=60&EvaluationPeriods=3&Threshold=1&ComparisonOperator=GreaterThanThreshold\
                 &Dimensions.member.1.Name=ApiId&Dimensions.member.1.Value=a{n}"
            ),
        ))?;
        account.alarms.push(name);
    }
    account.objects += ALARMS;
    Ok(())
}
