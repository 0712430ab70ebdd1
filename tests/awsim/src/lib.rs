//! A strict simulator of the part of AWS that an HTTP API entry path talks to:
//! EC2 security groups, Elastic Load Balancing v2, API Gateway v2, Secrets Manager, CloudWatch and its
//! logs, Route 53, ACM, tagging and STS, and the data path from an API's host name to a pod.
//!
//! * [`wire`]: the protocols, written once each over generated [`tables`].
//! * [`world`]: the one state; a folder a service ([`ec2`], [`elbv2`], [`apigatewayv2`], …)
//!   holds that service's part of it and its handlers.
//! * [`clock`]: simulated time, on which every state passes.
//! * [`datapath`]: HTTP by API host through route, throttle, VPC link and load balancer.
//! * [`server`]: listens; [`http_front`] tells the data path, AWS calls ([`pipeline`]) and the
//!   simulator's own doors ([`control`]) apart.
//! * [`tls`]: the TLS listener, for custom domain names and mutual TLS.
//! * [`consistency`]: reads that lag behind writes.
//! * [`throttle`], [`quota`], [`weather`], [`recorder`]: what a call meets on its way, and what is kept of it.
//! * [`reset`]: everything as it was at the start.
//!
//! Handlers are synchronous and deal in values and state, never in bytes or IO.

pub mod acm;
pub mod apigatewayv2;
pub mod arguments;
pub mod caller;
pub mod clock;
pub mod cloudwatch;
pub mod consistency;
pub mod control;
pub mod datapath;
pub mod dial;
pub mod ec2;
pub mod elbv2;
pub mod fault;
#[cfg(test)]
mod fuzz;
pub mod http_front;
pub mod iam;
pub mod ids;
pub mod input;
pub mod logs;
#[cfg(test)]
mod model_check;
pub mod page;
pub mod pipeline;
pub mod prober;
pub mod quota;
pub mod recorder;
pub mod reset;
pub mod route53;
pub mod secretsmanager;
pub mod seed;
pub mod server;
pub mod signature;
#[cfg(test)]
mod sources;
pub mod sts;
pub mod tables;
pub mod tagging;
#[cfg(test)]
mod testing;
pub mod throttle;
pub mod tls;
pub mod weather;
pub mod wire;
pub mod world;
