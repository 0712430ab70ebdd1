//! A region with a network, and calls to it.

use std::time::Duration;

use serde_json::{Value, json};

use crate::apigatewayv2::change::Hold;
use crate::apigatewayv2::{self, State};
use crate::clock::{Clock, SimTime};
use crate::ec2::{SecurityGroup, Subnet};
use crate::fault::Fault;
use crate::world::{Options, Region, Tags, World};
use crate::{acm, elbv2, seed, testing};

pub(crate) use crate::seed::{ACCOUNT, CLUSTER_GROUP as GROUP, REGION};

pub(crate) const SUBNETS: [&str; 2] = [seed::SUBNETS[0], seed::SUBNETS[1]];

/// A world with the default seed.
pub(crate) struct Aws {
    pub(crate) world: World,
    /// ARN of a certificate of `shop.example` and `*.shop.example`.
    pub(crate) certificate: String,
}

impl Aws {
    pub(crate) fn new() -> Aws {
        let clock = Clock::manual(SimTime(1_700_000_000_000));
        let mut world = World::new(clock, 7, Options::default());
        seed::default(&mut world).unwrap();
        let certificate = testing::certificate(&mut world.call(ACCOUNT, REGION));
        Aws { world, certificate }
    }

    pub(crate) fn subnet(&mut self, id: &str, vpc: &str, cidr: &str, zone_id: &str) {
        let subnet = Subnet {
            id: id.to_owned(),
            vpc: vpc.to_owned(),
            zone: "eu-central-1a".to_owned(),
            zone_id: zone_id.to_owned(),
            cidr: cidr.parse().unwrap(),
            reserved: None,
            tags: Tags::new(),
        };
        self.region().ec2.subnets.insert(subnet.id.clone(), subnet);
    }

    pub(crate) fn group(&mut self, id: &str, vpc: &str) {
        let group = SecurityGroup {
            id: id.to_owned(),
            name: id.to_owned(),
            description: String::new(),
            vpc: vpc.to_owned(),
            tags: Tags::new(),
        };
        self.region().ec2.security_groups.insert(id.to_owned(), group);
    }

    /// The region, settled.
    pub(crate) fn region(&mut self) -> &mut Region {
        self.world.call(ACCOUNT, REGION).region
    }

    pub(crate) fn state(&mut self) -> &mut State {
        &mut self.region().apigatewayv2
    }

    pub(crate) fn advance(&mut self, seconds: u64) {
        self.world.clock.advance(Duration::from_secs(seconds));
    }

    pub(crate) fn call(&mut self, operation: &str, input: Value) -> Result<Value, Fault> {
        let handler = apigatewayv2::handler(operation).unwrap();
        handler(&mut self.world.call(ACCOUNT, REGION), &input)
    }

    /// Makes a change and keeps it under way.
    #[track_caller]
    pub(crate) fn under_way(&mut self, operation: &str, input: &Value) -> Hold {
        let handler = apigatewayv2::handler(operation).unwrap();
        let mut call = self.world.call(ACCOUNT, REGION);
        handler(&mut call, input).unwrap_or_else(|fault| panic!("{operation}: {fault}"));
        call.held.take().unwrap()
    }

    #[track_caller]
    pub(crate) fn ok(&mut self, operation: &str, input: Value) -> Value {
        self.call(operation, input).unwrap_or_else(|fault| panic!("{operation}: {fault}"))
    }

    #[track_caller]
    pub(crate) fn refused(&mut self, operation: &str, input: Value) -> Fault {
        match self.call(operation, input) {
            Ok(reply) => panic!("{operation} went through: {reply}"),
            Err(fault) => fault,
        }
    }

    /// Calls and expects this refusal.
    #[track_caller]
    pub(crate) fn refuses(&mut self, operation: &str, input: Value, code: &str, message: &str) {
        let fault = self.refused(operation, input);
        assert_eq!((fault.code.as_str(), fault.message.as_str()), (code, message));
        let status = match code {
            "BadRequestException" => 400,
            "NotFoundException" => 404,
            "ConflictException" => 409,
            _ => 429,
        };
        assert_eq!(fault.status, status);
    }

    /// A certificate of ACM's own for these names.
    pub(crate) fn issued(&mut self, names: &[&str]) -> String {
        testing::issued(&mut self.world.call(ACCOUNT, REGION), names)
    }

    /// A log group; its ARN.
    pub(crate) fn log_group(&mut self, name: &str) -> String {
        let create = crate::logs::handler("CreateLogGroup").unwrap();
        create(&mut self.world.call(ACCOUNT, REGION), &json!({"logGroupName": name})).unwrap();
        format!("arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}")
    }

    pub(crate) fn api(&mut self) -> String {
        id(&self.ok("CreateApi", json!({"Name": "shop", "ProtocolType": "HTTP"})), "ApiId")
    }

    /// A custom domain name.
    pub(crate) fn domain(&mut self, name: &str) -> Value {
        let configuration = json!([{"CertificateArn": self.certificate}]);
        self.ok("CreateDomainName", json!({"DomainName": name, "DomainNameConfigurations": configuration}))
    }

    /// A VPC link that is AVAILABLE.
    pub(crate) fn link(&mut self) -> String {
        let input = json!({"Name": "link", "SubnetIds": SUBNETS, "SecurityGroupIds": [GROUP]});
        let link = id(&self.ok("CreateVpcLink", input), "VpcLinkId");
        self.advance(90);
        link
    }

    /// ARNs of so many listeners on a load balancer of their own, made this moment.
    pub(crate) fn listeners(&mut self, count: u16) -> Vec<String> {
        let name = format!("n{}", self.region().elbv2.load_balancers.len());
        let balancer = self.elb(
            "CreateLoadBalancer",
            json!({"Name": name, "Type": "network", "Scheme": "internal", "Subnets": SUBNETS, "SecurityGroups": [GROUP]}),
        );
        let group = self.elb(
            "CreateTargetGroup",
            json!({"Name": name, "Protocol": "TCP", "Port": 80, "TargetType": "ip", "VpcId": seed::VPC}),
        );
        let action = json!({"Type": "forward", "TargetGroupArn": group["TargetGroups"][0]["TargetGroupArn"]});
        let listener = json!({
            "LoadBalancerArn": balancer["LoadBalancers"][0]["LoadBalancerArn"], "Protocol": "TCP",
            "DefaultActions": [action],
        });
        (0..count)
            .map(|n| {
                let mut input = listener.clone();
                input["Port"] = json!(30_001 + n);
                id(&self.elb("CreateListener", input)["Listeners"][0], "ListenerArn")
            })
            .collect()
    }

    fn elb(&mut self, operation: &str, input: Value) -> Value {
        elbv2::handler(operation).unwrap()(&mut self.world.call(ACCOUNT, REGION), &input).unwrap()
    }

    pub(crate) fn acm(&mut self, operation: &str, input: Value) -> Result<Value, Fault> {
        acm::handler(operation).unwrap()(&mut self.world.call(ACCOUNT, REGION), &input)
    }

    /// An integration that needs neither link nor listener.
    pub(crate) fn integration(&mut self, api: &str) -> String {
        let input = json!({
            "ApiId": api, "IntegrationType": "HTTP_PROXY", "IntegrationMethod": "ANY",
            "IntegrationUri": "https://example.com", "PayloadFormatVersion": "1.0",
        });
        id(&self.ok("CreateIntegration", input), "IntegrationId")
    }

    pub(crate) fn route(&mut self, api: &str, key: &str, integration: &str) -> String {
        let target = format!("integrations/{integration}");
        id(&self.ok("CreateRoute", json!({"ApiId": api, "RouteKey": key, "Target": target})), "RouteId")
    }

    /// Every item of a list operation, page by page.
    pub(crate) fn all(&mut self, operation: &str, input: &Value) -> Vec<Value> {
        let mut items = Vec::new();
        let mut input = input.clone();
        loop {
            let mut reply = self.ok(operation, input.clone());
            items.append(reply["Items"].as_array_mut().unwrap());
            match reply.get("NextToken") {
                Some(next) => input["NextToken"] = next.clone(),
                None => return items,
            }
        }
    }
}

/// A text member of a reply.
#[track_caller]
pub(crate) fn id(reply: &Value, member: &str) -> String {
    reply[member].as_str().unwrap().to_owned()
}
