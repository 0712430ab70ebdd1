//! API Gateway v2: VPC links, HTTP APIs, stages with their route settings, integrations, routes.
//!
//! Ids of an API's parts carry the API's: `api/part`; those of route settings the stage's and the
//! route key: `api/stage/GET /orders`.

use std::collections::HashMap;

use aws_sdk_apigatewayv2::types as sdk;

use super::{Action, Region, Tags, nothing};
use crate::model::api::Api;
use crate::model::integration::Integration;
use crate::model::names::PREFIX;
use crate::model::route::{Authorization, Route};
use crate::model::stage::{RouteSettings, Stage, Throttle};
use crate::model::vpc_link::VpcLink;
use crate::model::{AwsError, Body, Id, Kind, ResourceKey, Seen, State, Time, marks};

/// Objects in one page (AWS takes the number as text).
const PAGE: &str = "100";
/// The request parameter that replaces the path sent to the pods.
const OVERWRITE_PATH: &str = "overwrite:path";
/// The one format of a private integration.
const PAYLOAD: &str = "1.0";

impl Region {
    pub(super) async fn create_vpc_link(
        &self,
        wanted: &VpcLink<Id>,
        tags: &Tags,
    ) -> Result<(Id, State), AwsError> {
        let request = self
            .apigateway
            .create_vpc_link()
            .name(&wanted.name)
            .set_subnet_ids(Some(wanted.subnets.iter().cloned().collect()))
            .set_security_group_ids(Some(wanted.security_groups.iter().map(|id| id.0.clone()).collect()))
            .set_tags(Some(sdk_tags(tags)));
        let reply = self.call(Action::CreateVpcLink, request.send()).await?;
        let state = link_state(reply.vpc_link_status(), reply.vpc_link_status_message());
        let id = reply.vpc_link_id.map(Id).ok_or_else(|| nothing(Action::CreateVpcLink))?;
        Ok((id, state))
    }

    pub(super) async fn update_vpc_link(&self, id: &Id, wanted: &VpcLink<Id>) -> Result<(), AwsError> {
        let request = self.apigateway.update_vpc_link().vpc_link_id(&id.0).name(&wanted.name);
        self.call(Action::UpdateVpcLink, request.send()).await?;
        Ok(())
    }

    pub(super) async fn delete_vpc_link(&self, id: &Id) -> Result<(), AwsError> {
        let request = self.apigateway.delete_vpc_link().vpc_link_id(&id.0);
        self.call(Action::DeleteVpcLink, request.send()).await?;
        Ok(())
    }

    /// Our VPC links, and those with a name of our form, which may have been ours. Names are not unique: a
    /// stranger's is in nobody's way.
    pub(super) async fn list_vpc_links(
        &self,
        page: Option<&str>,
        now: Time,
    ) -> Result<(Vec<Seen>, Option<String>), AwsError> {
        let request = self.apigateway.get_vpc_links().max_results(PAGE);
        let request = request.set_next_token(page.map(str::to_owned));
        let reply = self.call(Action::GetVpcLinks, request.send()).await?;
        let seen = reply.items().iter().filter_map(|link| {
            let key = marks::read(&self.cluster, Kind::VpcLink, &tags(link.tags()));
            let name = link.name().filter(|name| key.is_some() || name.starts_with(PREFIX))?;
            let body = VpcLink {
                name: name.to_owned(),
                subnets: link.subnet_ids().iter().cloned().collect(),
                security_groups: link.security_group_ids().iter().map(|id| Id(id.clone())).collect(),
            };
            let state = link_state(link.vpc_link_status(), link.vpc_link_status_message());
            let id = Id::from(link.vpc_link_id()?);
            Some(Seen { id, key, body: Body::VpcLink(body), at: now, state })
        });
        Ok((seen.collect(), token(reply.next_token())))
    }

    pub(super) async fn create_api(&self, wanted: &Api, tags: &Tags) -> Result<Id, AwsError> {
        let request = self
            .apigateway
            .create_api()
            .name(&wanted.name)
            .description(&wanted.description)
            .protocol_type(sdk::ProtocolType::Http)
            .set_tags(Some(sdk_tags(tags)));
        let reply = self.call(Action::CreateApi, request.send()).await?;
        reply.api_id.map(Id).ok_or_else(|| nothing(Action::CreateApi))
    }

    pub(super) async fn update_api(&self, id: &Id, wanted: &Api) -> Result<(), AwsError> {
        let request = self.apigateway.update_api().api_id(&id.0).name(&wanted.name);
        let request = request.description(&wanted.description);
        self.call(Action::UpdateApi, request.send()).await?;
        Ok(())
    }

    pub(super) async fn delete_api(&self, id: &Id) -> Result<(), AwsError> {
        self.call(Action::DeleteApi, self.apigateway.delete_api().api_id(&id.0).send()).await?;
        Ok(())
    }

    /// Our HTTP APIs, and those with a name of our form, which may have been ours. Names are not unique: a
    /// stranger's is in nobody's way.
    pub(super) async fn list_apis(
        &self,
        page: Option<&str>,
        now: Time,
    ) -> Result<(Vec<Seen>, Option<String>), AwsError> {
        let request = self.apigateway.get_apis().max_results(PAGE);
        let request = request.set_next_token(page.map(str::to_owned));
        let reply = self.call(Action::GetApis, request.send()).await?;
        let seen = reply.items().iter().filter_map(|api| {
            let key = marks::read(&self.cluster, Kind::Api, &tags(api.tags()));
            let name = api.name().filter(|name| key.is_some() || name.starts_with(PREFIX))?;
            let body =
                Api { name: name.to_owned(), description: api.description().unwrap_or_default().to_owned() };
            let id = Id::from(api.api_id()?);
            Some(Seen { id, key, body: Body::Api(body), at: now, state: State::Usable })
        });
        Ok((seen.collect(), token(reply.next_token())))
    }

    pub(super) async fn create_stage(&self, wanted: &Stage<Id>, tags: &Tags) -> Result<Id, AwsError> {
        let request = self
            .apigateway
            .create_stage()
            .api_id(&wanted.api.0)
            .stage_name(&wanted.name)
            .auto_deploy(wanted.auto_deploy)
            .default_route_settings(sdk_settings(&wanted.throttle))
            .set_tags(Some(sdk_tags(tags)));
        self.call(Action::CreateStage, request.send()).await?;
        Ok(wanted.api.child(&wanted.name))
    }

    pub(super) async fn update_stage(&self, wanted: &Stage<Id>) -> Result<(), AwsError> {
        let request = self
            .apigateway
            .update_stage()
            .api_id(&wanted.api.0)
            .stage_name(&wanted.name)
            .auto_deploy(wanted.auto_deploy)
            .default_route_settings(sdk_settings(&wanted.throttle));
        self.call(Action::UpdateStage, request.send()).await?;
        Ok(())
    }

    pub(super) async fn delete_stage(&self, id: &Id) -> Result<(), AwsError> {
        let (api, stage) = id.parts();
        let request = self.apigateway.delete_stage().api_id(api).stage_name(stage);
        self.call(Action::DeleteStage, request.send()).await?;
        Ok(())
    }

    /// Every stage of an API and every stage's route settings.
    pub(super) async fn list_stages(
        &self,
        api: &Id,
        page: Option<&str>,
        now: Time,
    ) -> Result<(Vec<Seen>, Option<String>), AwsError> {
        let request = self.apigateway.get_stages().api_id(&api.0).max_results(PAGE);
        let request = request.set_next_token(page.map(str::to_owned));
        let reply = self.call(Action::GetStages, request.send()).await?;
        let seen = reply.items().iter().flat_map(|stage| self.seen_stage(api, stage, now));
        Ok((seen.collect(), token(reply.next_token())))
    }

    fn seen_stage(&self, api: &Id, stage: &sdk::Stage, now: Time) -> Vec<Seen> {
        let Some(name) = stage.stage_name() else { return Vec::new() };
        let id = api.child(name);
        let body = Stage {
            api: api.clone(),
            name: name.to_owned(),
            auto_deploy: stage.auto_deploy().unwrap_or(false),
            throttle: throttle(stage.default_route_settings()),
        };
        let settings = stage.route_settings().into_iter().flatten().map(|(route_key, settings)| {
            let body = RouteSettings {
                stage: id.clone(),
                // The page does not say: the index finds the route with this key.
                route: api.child(""),
                route_key: route_key.clone(),
                throttle: throttle(Some(settings)),
            };
            let id = id.child(route_key);
            Seen { id, key: None, body: Body::RouteSettings(body), at: now, state: State::Usable }
        });
        let mut all: Vec<Seen> = settings.collect();
        all.sort_by(|a, b| a.id.cmp(&b.id));
        let key = marks::read(&self.cluster, Kind::Stage, &tags(stage.tags()));
        all.insert(0, Seen { id: id.clone(), key, body: Body::Stage(body), at: now, state: State::Usable });
        all
    }

    /// Writes entries of one stage's route settings; AWS keeps the others.
    pub(super) async fn put_route_settings(
        &self,
        settings: &[(&ResourceKey, &RouteSettings<Id>)],
        now: Time,
    ) -> Result<Vec<Seen>, AwsError> {
        let Some((_, first)) = settings.first() else { return Ok(Vec::new()) };
        let (api, stage) = first.stage.parts();
        let mut request = self.apigateway.update_stage().api_id(api).stage_name(stage);
        for (_, entry) in settings {
            request = request.route_settings(&entry.route_key, sdk_settings(&entry.throttle));
        }
        self.call(Action::UpdateStage, request.send()).await?;
        let seen = settings.iter().map(|(key, entry)| Seen {
            id: entry.stage.child(&entry.route_key),
            key: Some((*key).clone()),
            body: Body::RouteSettings((*entry).clone()),
            at: now,
            state: State::Usable,
        });
        Ok(seen.collect())
    }

    pub(super) async fn delete_route_settings(&self, seen: &RouteSettings<Id>) -> Result<(), AwsError> {
        let (api, stage) = seen.stage.parts();
        let request = self.apigateway.delete_route_settings().api_id(api).stage_name(stage);
        self.call(Action::DeleteRouteSettings, request.route_key(&seen.route_key).send()).await?;
        Ok(())
    }

    pub(super) async fn create_integration(
        &self,
        key: &ResourceKey,
        wanted: &Integration<Id>,
    ) -> Result<Id, AwsError> {
        let request = self
            .apigateway
            .create_integration()
            .api_id(&wanted.api.0)
            .description(marks::description(&self.cluster, key))
            .integration_type(sdk::IntegrationType::HttpProxy)
            .integration_method("ANY")
            .integration_uri(&wanted.listener.0)
            .connection_type(sdk::ConnectionType::VpcLink)
            .connection_id(&wanted.vpc_link.0)
            .payload_format_version(PAYLOAD)
            .timeout_in_millis(millis(wanted))
            .set_request_parameters(parameters(wanted, false));
        let reply = self.call(Action::CreateIntegration, request.send()).await?;
        let id = reply.integration_id.ok_or_else(|| nothing(Action::CreateIntegration))?;
        Ok(wanted.api.child(&id))
    }

    pub(super) async fn update_integration(
        &self,
        key: &ResourceKey,
        id: &Id,
        wanted: &Integration<Id>,
    ) -> Result<(), AwsError> {
        let (api, integration) = id.parts();
        let request = self
            .apigateway
            .update_integration()
            .api_id(api)
            .integration_id(integration)
            .description(marks::description(&self.cluster, key))
            .integration_type(sdk::IntegrationType::HttpProxy)
            .integration_method("ANY")
            .integration_uri(&wanted.listener.0)
            .connection_type(sdk::ConnectionType::VpcLink)
            .connection_id(&wanted.vpc_link.0)
            .payload_format_version(PAYLOAD)
            .timeout_in_millis(millis(wanted))
            .set_request_parameters(parameters(wanted, true));
        self.call(Action::UpdateIntegration, request.send()).await?;
        Ok(())
    }

    pub(super) async fn delete_integration(&self, id: &Id) -> Result<(), AwsError> {
        let (api, integration) = id.parts();
        let request = self.apigateway.delete_integration().api_id(api).integration_id(integration);
        self.call(Action::DeleteIntegration, request.send()).await?;
        Ok(())
    }

    /// Every integration of an API, strangers' too: they would go with it.
    pub(super) async fn list_integrations(
        &self,
        api: &Id,
        page: Option<&str>,
        now: Time,
    ) -> Result<(Vec<Seen>, Option<String>), AwsError> {
        let request = self.apigateway.get_integrations().api_id(&api.0).max_results(PAGE);
        let request = request.set_next_token(page.map(str::to_owned));
        let reply = self.call(Action::GetIntegrations, request.send()).await?;
        let seen = reply.items().iter().filter_map(|item| {
            let text = item.description().unwrap_or_default();
            let id = api.child(item.integration_id()?);
            let key = marks::read_description(&self.cluster, Kind::Integration, text);
            let body = Body::Integration(integration(api, item));
            Some(Seen { id, key, body, at: now, state: State::Usable })
        });
        Ok((seen.collect(), token(reply.next_token())))
    }

    pub(super) async fn create_route(&self, wanted: &Route<Id>) -> Result<Id, AwsError> {
        let request = self
            .apigateway
            .create_route()
            .api_id(&wanted.api.0)
            .route_key(&wanted.route_key)
            .target(target(wanted))
            .authorization_type(sdk::AuthorizationType::None);
        let reply = self.call(Action::CreateRoute, request.send()).await?;
        let id = reply.route_id.ok_or_else(|| nothing(Action::CreateRoute))?;
        Ok(wanted.api.child(&id))
    }

    pub(super) async fn update_route(&self, id: &Id, wanted: &Route<Id>) -> Result<(), AwsError> {
        let (api, route) = id.parts();
        let request = self
            .apigateway
            .update_route()
            .api_id(api)
            .route_id(route)
            .target(target(wanted))
            .authorization_type(sdk::AuthorizationType::None);
        self.call(Action::UpdateRoute, request.send()).await?;
        Ok(())
    }

    pub(super) async fn delete_route(&self, id: &Id) -> Result<(), AwsError> {
        let (api, route) = id.parts();
        let request = self.apigateway.delete_route().api_id(api).route_id(route);
        self.call(Action::DeleteRoute, request.send()).await?;
        Ok(())
    }

    /// Every route of an API. A route carries no mark: whose it is follows from its integration.
    pub(super) async fn list_routes(
        &self,
        api: &Id,
        page: Option<&str>,
        now: Time,
    ) -> Result<(Vec<Seen>, Option<String>), AwsError> {
        let request = self.apigateway.get_routes().api_id(&api.0).max_results(PAGE);
        let request = request.set_next_token(page.map(str::to_owned));
        let reply = self.call(Action::GetRoutes, request.send()).await?;
        let seen = reply.items().iter().filter_map(|item| {
            let integration = item.target().and_then(|t| t.strip_prefix("integrations/"));
            let body = Route {
                api: api.clone(),
                route_key: item.route_key()?.to_owned(),
                target: api.child(integration.unwrap_or_default()),
                authorization: authorization(item.authorization_type()),
            };
            let id = api.child(item.route_id()?);
            Some(Seen { id, key: None, body: Body::Route(body), at: now, state: State::Usable })
        });
        Ok((seen.collect(), token(reply.next_token())))
    }
}

/// A link without traffic for 60 days is INACTIVE: the next request brings it back, so it is as
/// good as available.
fn link_state(status: Option<&sdk::VpcLinkStatus>, message: Option<&str>) -> State {
    match status {
        Some(sdk::VpcLinkStatus::Available | sdk::VpcLinkStatus::Inactive) => State::Usable,
        Some(sdk::VpcLinkStatus::Failed) => {
            State::Failed(message.unwrap_or("AWS gives no reason").to_owned())
        }
        Some(sdk::VpcLinkStatus::Deleting) => State::Deleting,
        _ => State::Pending,
    }
}

/// What differs from the form that we write (another type, no link) shows as an empty or other
/// reference: it never equals one of ours.
fn integration(api: &Id, item: &sdk::Integration) -> Integration<Id> {
    let private = item.integration_type() == Some(&sdk::IntegrationType::HttpProxy)
        && item.connection_type() == Some(&sdk::ConnectionType::VpcLink);
    let link = item.connection_id().filter(|_| private).unwrap_or_default();
    let parameters = item.request_parameters();
    Integration {
        api: api.clone(),
        vpc_link: Id::from(link),
        listener: Id::from(item.integration_uri().unwrap_or_default()),
        timeout_millis: item.timeout_in_millis().and_then(|n| u32::try_from(n).ok()).unwrap_or(0),
        overwrite_path: parameters.and_then(|p| p.get(OVERWRITE_PATH)).cloned(),
    }
}

/// A mapping is taken away by setting it to nothing, which only an update may.
fn parameters(wanted: &Integration<Id>, update: bool) -> Option<HashMap<String, String>> {
    let path = wanted.overwrite_path.clone().or_else(|| update.then(String::new))?;
    Some(HashMap::from([(OVERWRITE_PATH.to_owned(), path)]))
}

fn millis(wanted: &Integration<Id>) -> i32 {
    i32::try_from(wanted.timeout_millis).unwrap_or(i32::MAX)
}

fn target(wanted: &Route<Id>) -> String {
    format!("integrations/{}", wanted.target.parts().1)
}

fn authorization(kind: Option<&sdk::AuthorizationType>) -> Authorization {
    match kind {
        None | Some(sdk::AuthorizationType::None) => Authorization::None,
        Some(_) => Authorization::Other,
    }
}

fn sdk_settings(throttle: &Throttle) -> sdk::RouteSettings {
    sdk::RouteSettings::builder()
        .throttling_rate_limit(throttle.rate)
        .throttling_burst_limit(i32::try_from(throttle.burst).unwrap_or(i32::MAX))
        .build()
}

/// Settings without a throttle read as none at all: never what we write.
fn throttle(settings: Option<&sdk::RouteSettings>) -> Throttle {
    Throttle {
        rate: settings.and_then(|s| s.throttling_rate_limit()).unwrap_or(0.0),
        burst: settings
            .and_then(|s| s.throttling_burst_limit())
            .and_then(|n| u32::try_from(n).ok())
            .unwrap_or(0),
    }
}

fn sdk_tags(tags: &Tags) -> HashMap<String, String> {
    tags.iter().map(|(k, v)| (k.clone(), v.clone())).collect()
}

fn tags(tags: Option<&HashMap<String, String>>) -> Tags {
    tags.into_iter().flatten().map(|(k, v)| (k.clone(), v.clone())).collect()
}

/// Some services end with an empty token instead of none.
fn token(token: Option<&str>) -> Option<String> {
    token.filter(|t| !t.is_empty()).map(str::to_owned)
}
