//! Behaviours of the handlers, on a clock that the tests drive. Each names where the behaviour is
//! known from.

mod access_log;
mod api;
mod api_mapping;
mod authorizer;
mod certificate;
mod change;
mod deployment;
mod domain_name;
pub(crate) mod fixture;
mod integration;
mod openapi;
mod ownership;
mod route;
mod stage;
mod vpc_link;
