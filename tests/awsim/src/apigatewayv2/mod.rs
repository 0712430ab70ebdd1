//! API Gateway v2 (HTTP APIs): APIs with their integrations, routes, stages, deployments and
//! authorizers, VPC links, custom domain names with their mappings, tags. State and handlers, no IO; the data path reads what is deployed.
//!
//! Sources named in the tests: `AGD` is AWS's API Gateway developer guide, `BC` the service model,
//! `LIM` and `HQ` its pages on quotas, `TF` an issue or a file of the Terraform AWS provider, `SAM` an
//! issue of the Serverless Application Model. Where AWS's own words for an error are not known, the words
//! here say what is wrong.

pub mod access_log;
pub mod api;
pub mod api_mapping;
pub mod authorizer;
mod certificate;
pub mod change;
mod delays;
pub mod deployment;
pub mod domain_name;
mod error;
pub mod integration;
mod list;
pub mod mapping;
pub mod openapi;
mod ownership;
pub mod route;
pub mod route_key;
pub mod settings;
pub mod stage;
pub mod tags;
#[cfg(test)]
mod tests;
pub mod vpc_link;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

pub use api::{Api, HttpApi};
pub use api_mapping::ApiMapping;
pub use authorizer::Authorizer;
pub use delays::Delays;
pub use deployment::{Deployment, Snapshot};
pub use domain_name::Domain;
pub use integration::Integration;
pub use route::Route;
pub use settings::RouteSettings;
pub use stage::Stage;
pub use tags::{tag, tagged, tags_of};
pub use vpc_link::VpcLink;

use crate::clock::SimTime;
use crate::datapath::throttle::Bucket;
use crate::world::{Handler, Region};

/// What exists of this service in one region, each kind by its id.
#[derive(Clone, Debug, Default, Serialize)]
pub struct State {
    /// HTTP APIs and what belongs to them.
    pub apis: BTreeMap<String, HttpApi>,
    /// VPC links (version 2).
    pub vpc_links: BTreeMap<String, VpcLink>,
    /// Custom domain names, by name.
    pub domain_names: BTreeMap<String, Domain>,
    /// What is left of the account's throttle of requests to its APIs.
    #[serde(skip)]
    pub requests: Option<Bucket>,
    /// How long things take.
    #[serde(skip)]
    pub delays: Delays,
}

impl State {
    /// The whole state, for `GET /_awsim/state`.
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// Passes states on to `now`: VPC links come up, go or fall asleep; deployments and changes of domain
/// names are done.
pub fn settle(region: &mut Region, now: SimTime) {
    vpc_link::settle(region, now);
    domain_name::settle(region, now);
    for api in region.apigatewayv2.apis.values_mut() {
        deployment::settle(api, now);
    }
}

/// The handler of an operation that is served.
pub fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "CreateApi" => api::create,
        "GetApi" => api::get,
        "GetApis" => api::list,
        "UpdateApi" => api::update,
        "DeleteApi" => api::delete,
        "DeleteCorsConfiguration" => api::delete_cors,
        "ImportApi" => openapi::import,
        "ReimportApi" => openapi::reimport,
        "ExportApi" => openapi::export,
        "CreateVpcLink" => vpc_link::create,
        "GetVpcLink" => vpc_link::get,
        "GetVpcLinks" => vpc_link::list,
        "UpdateVpcLink" => vpc_link::update,
        "DeleteVpcLink" => vpc_link::delete,
        "CreateIntegration" => integration::create,
        "GetIntegration" => integration::get,
        "GetIntegrations" => integration::list,
        "UpdateIntegration" => integration::update,
        "DeleteIntegration" => integration::delete,
        "CreateRoute" => route::create,
        "GetRoute" => route::get,
        "GetRoutes" => route::list,
        "UpdateRoute" => route::update,
        "DeleteRoute" => route::delete,
        "DeleteRouteRequestParameter" => route::delete_request_parameter,
        "CreateStage" => stage::create,
        "GetStage" => stage::get,
        "GetStages" => stage::list,
        "UpdateStage" => stage::update,
        "DeleteStage" => stage::delete,
        "DeleteRouteSettings" => stage::delete_route_settings,
        "DeleteAccessLogSettings" => stage::delete_access_log_settings,
        "ResetAuthorizersCache" => stage::reset_authorizers_cache,
        "CreateDeployment" => deployment::create,
        "GetDeployment" => deployment::get,
        "GetDeployments" => deployment::list,
        "UpdateDeployment" => deployment::update,
        "DeleteDeployment" => deployment::delete,
        "CreateAuthorizer" => authorizer::create,
        "GetAuthorizer" => authorizer::get,
        "GetAuthorizers" => authorizer::list,
        "UpdateAuthorizer" => authorizer::update,
        "DeleteAuthorizer" => authorizer::delete,
        "TagResource" => tags::tag_resource,
        "UntagResource" => tags::untag_resource,
        "GetTags" => tags::get,
        _ => return domain_handler(operation),
    })
}

/// As [`handler`], for custom domain names and their mappings.
fn domain_handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "CreateDomainName" => domain_name::create,
        "GetDomainName" => domain_name::get,
        "GetDomainNames" => domain_name::list,
        "UpdateDomainName" => domain_name::update,
        "DeleteDomainName" => domain_name::delete,
        "CreateApiMapping" => api_mapping::create,
        "GetApiMapping" => api_mapping::get,
        "GetApiMappings" => api_mapping::list,
        "UpdateApiMapping" => api_mapping::update,
        "DeleteApiMapping" => api_mapping::delete,
        _ => return None,
    })
}
