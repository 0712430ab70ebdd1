//! An API that leads to pods through VPC link and load balancer, and a client of it.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};

use crate::clock::{Clock, SimTime};
use crate::datapath::trace::Trace;
use crate::seed::{ACCOUNT, CLUSTER_GROUP, REGION, SUBNETS, VPC};
use crate::server::{Config, Server};
use crate::{apigatewayv2, cloudwatch, dial, ec2, elbv2, logs};

pub(super) const PORT: u16 = 30001;

/// Everything from the API's host name to the pods.
pub(super) struct Lab {
    pub(super) server: Server,
    pub(super) api: String,
    pub(super) link: String,
    pub(super) listener: String,
    pub(super) integration: String,
    pub(super) target_group: String,
    pub(super) link_group: String,
    pub(super) balancer_group: String,
}

/// An answer, its body read.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Answer {
    #[track_caller]
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Status and `message` of what API Gateway says itself.
    #[track_caller]
    pub(super) fn refusal(&self) -> (u16, String) {
        (self.status.as_u16(), self.json()["message"].as_str().unwrap().to_owned())
    }
}

pub(super) fn said(status: u16, message: &str) -> (u16, String) {
    (status, message.to_owned())
}

impl Lab {
    /// All of it with one pod, a `$default` stage with AutoDeploy and the routes of these keys. Each
    /// request has a connection of its own, and what is deregistered gets none.
    pub(super) async fn with_routes(keys: &[&str]) -> Lab {
        let clock = Clock::manual(SimTime(1_700_000_000_000));
        let server =
            Server::start(Config { clock, tls: Some((Ipv4Addr::LOCALHOST, 0).into()), ..Config::default() })
                .await
                .unwrap();
        let mut lab = Lab {
            server,
            api: String::new(),
            link: String::new(),
            listener: String::new(),
            integration: String::new(),
            target_group: String::new(),
            link_group: String::new(),
            balancer_group: String::new(),
        };
        lab.keep_connections(0);
        lab.server.with_world(|w| {
            w.call(ACCOUNT, REGION).region.elbv2.delays.deregistration = Duration::ZERO;
        });
        lab.link_group = lab.group("link");
        lab.balancer_group = lab.group("balancer");
        for (from, to, ports) in [
            (lab.link_group.clone(), lab.balancer_group.clone(), (PORT, PORT)),
            (lab.balancer_group.clone(), CLUSTER_GROUP.to_owned(), (1, 65535)),
        ] {
            lab.rule("AuthorizeSecurityGroupEgress", &from, &to, ports);
            lab.rule("AuthorizeSecurityGroupIngress", &to, &from, ports);
        }
        lab.balance();
        lab.gateway(keys);
        let pod = pod("10.0.8.10", "first").await;
        lab.register(pod);
        lab.advance(200);
        lab.until_healthy(1).await;
        lab
    }

    /// Connections without a request are kept for so many seconds.
    pub(super) fn keep_connections(&self, seconds: u64) {
        self.server.with_world(|w| {
            let delays = &mut w.call(ACCOUNT, REGION).region.apigatewayv2.delays;
            delays.connection_idle = Duration::from_secs(seconds);
        });
    }

    /// Sets an attribute of the target group.
    pub(super) fn attribute(&self, key: &str, value: &str) {
        let input =
            json!({"TargetGroupArn": self.target_group, "Attributes": [{"Key": key, "Value": value}]});
        self.call("elbv2", "ModifyTargetGroupAttributes", input);
    }

    /// Lets the health checkers work until so many targets are healthy.
    pub(super) async fn until_healthy(&self, count: usize) {
        let healthy = || {
            self.server.with_world(|w| {
                let targets = &w.call(ACCOUNT, REGION).region.elbv2.target_groups[&self.target_group].targets;
                targets.values().filter(|t| t.health == elbv2::Health::Healthy).count()
            })
        };
        while healthy() != count {
            self.server.clock().advance(Duration::from_millis(100));
            tokio::task::yield_now().await;
        }
    }

    fn group(&self, name: &str) -> String {
        let input = json!({"GroupName": name, "Description": name, "VpcId": VPC});
        let group = text(&self.call("ec2", "CreateSecurityGroup", input), "GroupId");
        // A new group lets everything out.
        let all = json!([{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]);
        self.call("ec2", "RevokeSecurityGroupEgress", json!({"GroupId": group, "IpPermissions": all}));
        group
    }

    /// Authorizes or revokes one rule between two groups.
    pub(super) fn rule(&self, operation: &str, group: &str, other: &str, ports: (u16, u16)) {
        let permission = json!([{
            "IpProtocol": "tcp", "FromPort": ports.0, "ToPort": ports.1,
            "UserIdGroupPairs": [{"GroupId": other}],
        }]);
        self.call("ec2", operation, json!({"GroupId": group, "IpPermissions": permission}));
    }

    fn balance(&mut self) {
        let made = self.call(
            "elbv2",
            "CreateLoadBalancer",
            json!({
                "Name": "shared", "Type": "network", "Scheme": "internal", "Subnets": SUBNETS,
                "SecurityGroups": [self.balancer_group],
            }),
        );
        let balancer = text(&made["LoadBalancers"][0], "LoadBalancerArn");
        let made = self.call(
            "elbv2",
            "CreateTargetGroup",
            json!({
                "Name": "pods", "Protocol": "TCP", "Port": 8080, "TargetType": "ip", "VpcId": VPC,
            }),
        );
        self.target_group = text(&made["TargetGroups"][0], "TargetGroupArn");
        let cross = json!([{"Key": "load_balancing.cross_zone.enabled", "Value": "true"}]);
        let input = json!({"TargetGroupArn": self.target_group, "Attributes": cross});
        self.call("elbv2", "ModifyTargetGroupAttributes", input);
        let made = self.call(
            "elbv2",
            "CreateListener",
            json!({
                "LoadBalancerArn": balancer, "Protocol": "TCP", "Port": PORT,
                "DefaultActions": [{"Type": "forward", "TargetGroupArn": self.target_group}],
            }),
        );
        self.listener = text(&made["Listeners"][0], "ListenerArn");
    }

    fn gateway(&mut self, keys: &[&str]) {
        let link = json!({"Name": "link", "SubnetIds": SUBNETS, "SecurityGroupIds": [self.link_group]});
        self.link = text(&self.gw("CreateVpcLink", link), "VpcLinkId");
        self.advance(90);
        self.api = text(&self.gw("CreateApi", json!({"Name": "shop", "ProtocolType": "HTTP"})), "ApiId");
        let integration = json!({
            "ApiId": self.api, "IntegrationType": "HTTP_PROXY", "IntegrationMethod": "ANY",
            "IntegrationUri": self.listener, "ConnectionType": "VPC_LINK", "ConnectionId": self.link,
            "PayloadFormatVersion": "1.0",
        });
        self.integration = text(&self.gw("CreateIntegration", integration), "IntegrationId");
        for key in keys {
            self.route(key, json!({}));
        }
        self.gw("CreateStage", json!({"ApiId": self.api, "StageName": "$default", "AutoDeploy": true}));
    }

    pub(super) fn route(&self, key: &str, more: Value) -> Value {
        let target = format!("integrations/{}", self.integration);
        let mut input = json!({"ApiId": self.api, "RouteKey": key, "Target": target});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.gw("CreateRoute", input)
    }

    pub(super) fn register(&self, target: SocketAddrV4) {
        let targets = json!([{"Id": target.ip().to_string(), "Port": target.port()}]);
        self.call(
            "elbv2",
            "RegisterTargets",
            json!({"TargetGroupArn": self.target_group, "Targets": targets}),
        );
    }

    pub(super) fn deregister_all(&self) {
        let found = self.call("elbv2", "DescribeTargetHealth", json!({"TargetGroupArn": self.target_group}));
        let found = found["TargetHealthDescriptions"].as_array().unwrap();
        let targets: Vec<&Value> = found.iter().map(|t| &t["Target"]).collect();
        self.call(
            "elbv2",
            "DeregisterTargets",
            json!({"TargetGroupArn": self.target_group, "Targets": targets}),
        );
    }

    pub(super) fn gw(&self, operation: &str, input: Value) -> Value {
        self.call("apigatewayv2", operation, input)
    }

    /// Changes the API's things; what is left out of the input is named here.
    pub(super) fn change(&self, operation: &str, input: Value) -> Value {
        let mut all = json!({"ApiId": self.api, "IntegrationId": self.integration, "StageName": "$default"});
        all.as_object_mut().unwrap().extend(input.as_object().unwrap().clone());
        let reply = self.gw(operation, all);
        self.advance(1);
        reply
    }

    pub(super) fn call(&self, service: &str, operation: &str, input: Value) -> Value {
        let handler = match service {
            "ec2" => ec2::handler(operation),
            "elbv2" => elbv2::handler(operation),
            "logs" => logs::handler(operation),
            "cloudwatch" => cloudwatch::handler(operation),
            _ => apigatewayv2::handler(operation),
        };
        let reply = self.server.with_world(|w| handler.unwrap()(&mut w.call(ACCOUNT, REGION), &input));
        reply.unwrap_or_else(|fault| panic!("{operation}: {fault}"))
    }

    pub(super) fn advance(&self, seconds: u64) {
        self.server.clock().advance(Duration::from_secs(seconds));
    }

    pub(super) fn host(&self) -> String {
        format!("{}.execute-api.{REGION}.amazonaws.com", self.api)
    }

    pub(super) fn trace(&self) -> Trace {
        self.server.with_world(|w| w.traces.last().unwrap().clone())
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path)).await
    }

    pub(super) async fn send(&self, request: http::request::Builder) -> Answer {
        self.send_body(request, Bytes::new()).await
    }

    pub(super) async fn send_body(&self, request: http::request::Builder, body: Bytes) -> Answer {
        let mut request = request.body(Full::new(body)).unwrap();
        if !request.headers().contains_key("host") {
            request.headers_mut().insert("host", self.host().parse().unwrap());
        }
        let stream = TcpStream::connect(self.server.addr()).await.unwrap();
        let (mut sender, connection) = client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        let connection = tokio::spawn(connection);
        let (parts, body) = sender.send_request(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        connection.abort();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// As [`Lab::get`], with the clock running on until there is an answer.
    pub(super) async fn get_in_time(&self, path: &str) -> Answer {
        self.send_in_time(Request::get(path)).await
    }

    /// As [`Lab::send`], with the clock running on until there is an answer.
    pub(super) async fn send_in_time(&self, request: http::request::Builder) -> Answer {
        self.in_time(self.send(request)).await
    }

    /// Waits for an answer, with the clock running on until there is one.
    pub(super) async fn in_time(&self, answer: impl Future<Output = Answer>) -> Answer {
        tokio::pin!(answer);
        loop {
            tokio::select! {
                biased;
                answer = &mut answer => return answer,
                () = tokio::task::yield_now() => self.server.clock().advance(Duration::from_millis(100)),
            }
        }
    }
}

#[track_caller]
pub(super) fn text(reply: &Value, member: &str) -> String {
    reply[member].as_str().unwrap().to_owned()
}

/// Starts a pod at the simulated address and a free port: it answers with its name and what it got,
/// `/hang` never, `/status/N` with that status, `/bytes/N` with so many.
pub(super) async fn pod(ip: &str, name: &'static str) -> SocketAddrV4 {
    let ip = ip.parse().unwrap();
    let listener = TcpListener::bind((dial::loopback(ip).unwrap(), 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = service_fn(move |request| answer(name, request));
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    SocketAddrV4::new(ip, port)
}

async fn answer(pod: &str, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let path = request.uri().path().to_owned();
    if path == "/hang" {
        std::future::pending::<()>().await;
    }
    let status = path.strip_prefix("/status/").and_then(|s| s.parse().ok()).unwrap_or(200);
    let (parts, body) = request.into_parts();
    let mut headers = serde_json::Map::new();
    for name in parts.headers.keys() {
        let values: Vec<&str> = parts.headers.get_all(name).iter().map(|v| v.to_str().unwrap()).collect();
        headers.insert(name.to_string(), json!(values.join(",")));
    }
    let body = body.collect().await?.to_bytes();
    let got = json!({
        "pod": pod, "method": parts.method.as_str(), "uri": parts.uri.to_string(), "headers": headers,
        "body": String::from_utf8_lossy(&body),
    });
    let mut response = Response::new(Full::new(got.to_string().into()));
    if let Some(count) = path.strip_prefix("/bytes/").and_then(|n| n.parse().ok()) {
        *response.body_mut() = Full::new(vec![b'x'; count].into());
    }
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    for (name, value) in [("x-pod", pod), ("access-control-allow-origin", "pod"), ("keep-alive", "timeout=5")]
    {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    Ok(response)
}
