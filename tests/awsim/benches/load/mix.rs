//! What is called: in the proportions of an operator that keeps entry paths as they should be. Of a
//! hundred calls seventy read an object by its name, fifteen read a page of a list, fifteen change
//! something.

use http::Method;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use serde_json::json;

use crate::account::Account;
use crate::client::Call;

/// What kind of a call it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Reads an object by its name.
    Read,
    /// Reads a page of a list.
    List,
    /// Changes something.
    Write,
}

/// Makes calls for one of `of` clients; no two of them change the same objects.
#[derive(Debug)]
pub struct Mix<'a> {
    account: &'a Account,
    rng: ChaCha8Rng,
    /// This client's share of the objects, from 0.
    share: usize,
    of: usize,
    changes: usize,
    /// The API of the route that was made last, and the route.
    routes_of: String,
    route: String,
}

impl<'a> Mix<'a> {
    /// The calls of the client `share` of `of`.
    pub fn new(account: &'a Account, rng: ChaCha8Rng, share: usize, of: usize) -> Mix<'a> {
        Mix { account, rng, share, of, changes: 0, routes_of: String::new(), route: String::new() }
    }

    /// Takes note of an answer, which may name a route that is new.
    pub fn answered(&mut self, class: Class, body: &str) {
        let found = (class == Class::Write).then(|| body.split_once("\"routeId\":\"")).flatten();
        if let Some((id, _)) = found.and_then(|(_, rest)| rest.split_once('"')) {
            id.clone_into(&mut self.route);
        }
    }

    /// The next call.
    pub fn next(&mut self) -> (Class, Call) {
        match self.rng.random_range(0..100) {
            0..70 => (Class::Read, self.read()),
            70..85 => (Class::List, self.list()),
            _ => (Class::Write, self.write()),
        }
    }

    fn any<'l, T>(&mut self, of: &'l [T]) -> &'l T {
        &of[self.rng.random_range(0..of.len())]
    }

    fn read(&mut self) -> Call {
        let account = self.account;
        let secret =
            |operation, name: &String| Call::json("secretsmanager", operation, &json!({"SecretId": name}));
        let get = |path: String| Call::rest("apigateway", Method::GET, &path, String::new());
        match self.rng.random_range(0..12) {
            0 => ec2(format!("Action=DescribeSecurityGroups&GroupId.1={}", self.any(&account.groups))),
            1 => ec2(format!(
                "Action=DescribeSecurityGroupRules&Filter.1.Name=group-id&Filter.1.Value.1={}",
                self.any(&account.groups)
            )),
            2 => elb(format!(
                "Action=DescribeTargetGroups&TargetGroupArns.member.1={}",
                self.any(&account.target_groups)
            )),
            3 => elb(format!(
                "Action=DescribeTargetHealth&TargetGroupArn={}",
                self.any(&account.target_groups)
            )),
            4 => elb(format!("Action=DescribeListeners&LoadBalancerArn={}", self.any(&account.balancers))),
            5 => {
                elb(format!("Action=DescribeTags&ResourceArns.member.1={}", self.any(&account.target_groups)))
            }
            6 => get(format!("/v2/apis/{}", self.any(&account.apis).id)),
            7 => {
                let api = self.any(&account.apis);
                get(format!("/v2/apis/{}/routes/{}", api.id, self.any(&api.routes)))
            }
            8 => {
                let api = self.any(&account.apis);
                get(format!("/v2/apis/{}/integrations/{}", api.id, self.any(&api.integrations)))
            }
            9 => secret("secretsmanager.GetSecretValue", self.any(&account.secrets)),
            10 => secret("secretsmanager.DescribeSecret", self.any(&account.secrets)),
            _ => Call::form(
                "monitoring",
                format!(
                    "Action=DescribeAlarms&Version=2010-08-01&AlarmNames.member.1={}",
                    self.any(&account.alarms)
                ),
            ),
        }
    }

    fn list(&mut self) -> Call {
        let account = self.account;
        let get = |service, path: String| Call::rest(service, Method::GET, &path, String::new());
        match self.rng.random_range(0..7) {
            0 => ec2("Action=DescribeSecurityGroups&MaxResults=50".into()),
            1 => elb("Action=DescribeTargetGroups&PageSize=50".into()),
            2 => get("apigateway", "/v2/apis?maxResults=50".into()),
            3 => get("apigateway", format!("/v2/apis/{}/routes", self.any(&account.apis).id)),
            4 => Call::json("secretsmanager", "secretsmanager.ListSecrets", &json!({"MaxResults": 50})),
            5 => get("route53", format!("/2013-04-01/hostedzone/{}/rrset?maxitems=50", account.zone)),
            _ => {
                let entry = format!("e{}", self.rng.random_range(0..account.apis.len()));
                let body = json!({"TagFilters": [{"Key": "gatewayed/cluster", "Values": ["bench"]},
                    {"Key": "entry", "Values": [entry]}]});
                Call::json("tagging", "ResourceGroupsTaggingAPI_20170126.GetResources", &body)
            }
        }
    }

    /// Pairs of changes, of which the second takes back the first.
    fn write(&mut self) -> Call {
        let turn = self.changes;
        self.changes += 1;
        let mine = |count: usize| (turn / 6 * self.of + self.share) % (count / self.of * self.of);
        let account = self.account;
        match turn % 6 {
            on @ (0 | 1) => {
                let group = &account.groups[mine(account.groups.len())];
                let action = ["AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress"][on];
                ec2(format!(
                    "Action={action}&GroupId={group}&IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort=8080\
                     &IpPermissions.1.ToPort=8080&IpPermissions.1.IpRanges.1.CidrIp=10.0.0.0%2F8"
                ))
            }
            on @ (2 | 3) => {
                let group = &account.target_groups[mine(account.target_groups.len())];
                let action = ["RegisterTargets", "DeregisterTargets"][on - 2];
                elb(format!(
                    "Action={action}&TargetGroupArn={group}&Targets.member.1.Id=10.0.8.8&Targets.member.1.Port=80"
                ))
            }
            4 => {
                let api = &account.apis[mine(account.apis.len())].id;
                self.routes_of.clone_from(api);
                let body = json!({"routeKey": format!("GET /bench-{turn}")}).to_string();
                Call::rest("apigateway", Method::POST, &format!("/v2/apis/{api}/routes"), body)
            }
            _ => {
                let path = format!("/v2/apis/{}/routes/{}", self.routes_of, self.route);
                Call::rest("apigateway", Method::DELETE, &path, String::new())
            }
        }
    }
}

fn ec2(text: String) -> Call {
    Call::form("ec2", format!("Version=2016-11-15&{text}"))
}

fn elb(text: String) -> Call {
    Call::form("elasticloadbalancing", format!("Version=2015-12-01&{text}"))
}
