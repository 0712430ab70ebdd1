//! AWS, in the model's types: one file a service, thin façades over the SDK. The executor is the
//! only caller; nothing here retries, waits or decides. What a write sets is what a list page reads
//! back, in the canonical form that `desire` uses.

pub mod action;
pub mod ages;
pub mod apigatewayv2;
pub mod ec2;
pub mod elbv2;
pub mod errors;
pub mod identity;
pub mod quotas;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::time::Duration;

use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, SdkConfig};
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use tokio::time::Instant;

pub use action::{Action, Service};
use identity::Identity;

use crate::executor::conclude::Reply;
use crate::executor::{Call, Target};
use crate::model::network::{NetworkFacts, NetworkQuery};
use crate::model::security_group::SecurityGroup;
use crate::model::stage::RouteSettings;
use crate::model::{AwsError, Body, ErrorClass, Id, Kind, ResourceKey, Seen, State, Time, marks};
use crate::runtime::metrics::Metrics;

/// Tags by key.
type Tags = BTreeMap<String, String>;

/// No attempt waits longer for its answer; the executor's own limit may be shorter.
const ATTEMPT: Duration = Duration::from_secs(10);

/// Access to AWS with one set of credentials, for every region.
#[derive(Clone, Debug)]
pub struct Aws {
    config: SdkConfig,
    identity: Identity,
    cluster: String,
    metrics: Metrics,
}

/// One region: a client a service.
#[derive(Clone, Debug)]
pub struct Region {
    name: String,
    identity: Identity,
    cluster: String,
    metrics: Metrics,
    ec2: aws_sdk_ec2::Client,
    elb: aws_sdk_elasticloadbalancingv2::Client,
    apigateway: aws_sdk_apigatewayv2::Client,
    sts: aws_sdk_sts::Client,
}

impl Aws {
    /// Reads credentials, endpoint (`AWS_ENDPOINT_URL`) and FIPS settings from the environment as
    /// every AWS SDK does; `cluster` is in all marks.
    pub async fn load(cluster: &str, metrics: Metrics) -> Aws {
        // Not from the instance metadata service: STS alone needs it, and EKS sets AWS_REGION.
        let region = RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
            .or_else(ProfileFileRegionProvider::new());
        let config = aws_config::defaults(BehaviorVersion::v2026_01_12()).region(region).load().await;
        Aws::new(&config, cluster, metrics)
    }

    /// With a given configuration; retries, time-outs and the user agent are set here.
    pub fn new(config: &SdkConfig, cluster: &str, metrics: Metrics) -> Aws {
        let mut config = config.to_builder();
        config.set_behavior_version(Some(BehaviorVersion::v2026_01_12()));
        // Every attempt passes the executor's fence and buckets: the SDK makes one.
        config.set_retry_config(Some(RetryConfig::disabled()));
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT).build();
        config.set_timeout_config(Some(timeouts));
        config.set_app_name(AppName::new("gatewayed").ok());
        let identity = Identity::default();
        let config = config.identity_cache(identity.clone()).build();
        Aws { config, identity, cluster: cluster.to_owned(), metrics }
    }

    /// The clients of one region.
    pub fn region(&self, name: &str) -> Region {
        let region = aws_config::Region::new(name.to_owned());
        let config = self.config.to_builder().region(region).build();
        Region {
            name: name.to_owned(),
            identity: self.identity.clone(),
            cluster: self.cluster.clone(),
            metrics: self.metrics.clone(),
            ec2: aws_sdk_ec2::Client::new(&config),
            elb: aws_sdk_elasticloadbalancingv2::Client::new(&config),
            apigateway: aws_sdk_apigatewayv2::Client::new(&config),
            sts: aws_sdk_sts::Client::new(&config),
        }
    }
}

impl Region {
    /// `eu-central-1`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Carries out `calls`, which [join](Call::joins) into one request; `now` is the moment that the
    /// reply's objects are dated by.
    ///
    /// # Errors
    /// What AWS refused, classed. An update that takes several requests may be done in part.
    pub async fn run(&self, calls: &[Call], now: Time) -> Result<Reply, AwsError> {
        match calls {
            [] => Ok(Reply::Deleted),
            [call] => self.single(call, now).await,
            [first, ..] if !first.mutates() => self.single(first, now).await,
            _ => self.joined(calls, now).await,
        }
    }

    async fn single(&self, call: &Call, now: Time) -> Result<Reply, AwsError> {
        match call {
            Call::Create { key, body, tags } => {
                let tags = marked(&self.cluster, key, tags);
                Ok(Reply::Written(vec![self.create(key, body, &tags, now).await?]))
            }
            Call::Update { key, id, wanted, seen } => {
                Ok(Reply::Written(vec![self.update(key, id, wanted, seen, now).await?]))
            }
            Call::Delete { id, seen, .. } => self.delete(id, seen).await,
            Call::List { of, page } => {
                let (items, next) = self.list(of.kind, of.parent.as_ref(), page.as_deref(), now).await?;
                Ok(Reply::Page(items, next))
            }
            Call::Find(body) => Ok(Reply::Found(self.find(body, now).await?)),
            Call::Network(query) => Ok(Reply::Network(self.network(query).await?)),
            Call::RegisterTargets { target_group, targets } => {
                self.register_targets(target_group, targets).await
            }
            Call::DeregisterTargets { target_group, targets } => {
                self.deregister_targets(target_group, targets).await
            }
            Call::Attributes { id, seen } => Ok(Reply::Attributes(self.attributes(id, seen).await?)),
            Call::DescribeTargetHealth { target_group } => self.target_health(target_group).await,
        }
    }

    /// Several writes as one request.
    async fn joined(&self, calls: &[Call], now: Time) -> Result<Reply, AwsError> {
        match &calls[0] {
            Call::RegisterTargets { target_group, .. } => {
                self.register_targets(target_group, &targets(calls)).await
            }
            Call::DeregisterTargets { target_group, .. } => {
                self.deregister_targets(target_group, &targets(calls)).await
            }
            Call::Delete { seen: Body::SecurityGroupRule(rule), .. } => {
                self.revoke_rules(&rule.group, rule.direction, calls.iter().filter_map(deleted)).await
            }
            _ => {
                let settings = calls.iter().filter_map(route_settings).collect::<Vec<_>>();
                Ok(Reply::Written(self.put_route_settings(&settings, now).await?))
            }
        }
    }
}

impl Region {
    /// Makes a resource. The reply's key is `None` if AWS gave us a stranger's with equal settings.
    async fn create(
        &self,
        key: &ResourceKey,
        body: &Body<Id>,
        tags: &Tags,
        now: Time,
    ) -> Result<Seen, AwsError> {
        let ours = |id, state| (id, Some(key.clone()), state);
        let (id, key, state) = match body {
            Body::SecurityGroup(b) => {
                let id = self.create_security_group(b, tags).await?;
                // Every new group has the rule that allows all egress.
                let body = Body::SecurityGroup(SecurityGroup { open_egress: true, ..b.clone() });
                let key = Some(key.clone());
                return Ok(Seen { id, key, body, at: now, state: State::Usable });
            }
            Body::SecurityGroupRule(b) => ours(self.authorize_rule(b, tags).await?, State::Usable),
            Body::LoadBalancer(b) => return self.create_load_balancer(b, tags, now).await,
            Body::TargetGroup(b) => return self.create_target_group(b, tags, now).await,
            Body::Listener(b) => return self.create_listener(b, tags, now).await,
            Body::VpcLink(b) => {
                let (id, state) = self.create_vpc_link(b, tags).await?;
                ours(id, state)
            }
            Body::Api(b) => ours(self.create_api(b, tags).await?, State::Usable),
            Body::Stage(b) => ours(self.create_stage(b, tags).await?, State::Usable),
            Body::Integration(b) => ours(self.create_integration(key, b).await?, State::Usable),
            Body::Route(b) => ours(self.create_route(b).await?, State::Usable),
            Body::RouteSettings(b) => {
                let seen = self.put_route_settings(&[(key, b)], now).await?;
                return seen.into_iter().next().ok_or_else(|| nothing(Action::UpdateStage));
            }
        };
        Ok(Seen { id, key, body: body.listed(), at: now, state })
    }

    /// Makes a resource equal to `wanted`; what `seen` shows equal is left out.
    async fn update(
        &self,
        key: &ResourceKey,
        id: &Id,
        wanted: &Body<Id>,
        seen: &Body<Id>,
        now: Time,
    ) -> Result<Seen, AwsError> {
        match (wanted, seen) {
            (Body::SecurityGroup(_), _) => self.close_egress(id).await?,
            // All of a rule is immutable: there is nothing to write.
            (Body::SecurityGroupRule(_), _) => {}
            (Body::LoadBalancer(b), seen) => self.update_load_balancer(id, b, seen).await?,
            (Body::TargetGroup(b), seen) => self.update_target_group(id, b, seen).await?,
            (Body::Listener(b), _) => self.update_listener(id, b).await?,
            (Body::VpcLink(b), _) => self.update_vpc_link(id, b).await?,
            (Body::Api(b), _) => self.update_api(id, b).await?,
            (Body::Stage(b), _) => self.update_stage(b).await?,
            (Body::Integration(b), _) => self.update_integration(key, id, b).await?,
            (Body::Route(b), _) => self.update_route(id, b).await?,
            (Body::RouteSettings(b), _) => _ = self.put_route_settings(&[(key, b)], now).await?,
        }
        // A list knows better whether it is still being made: the index keeps the later state.
        let state = State::Pending;
        Ok(Seen { id: id.clone(), key: Some(key.clone()), body: wanted.listed(), at: now, state })
    }

    async fn delete(&self, id: &Id, seen: &Body<Id>) -> Result<Reply, AwsError> {
        match seen {
            Body::SecurityGroup(_) => self.delete_security_group(id).await?,
            Body::SecurityGroupRule(rule) => {
                return self.revoke_rules(&rule.group, rule.direction, [id]).await;
            }
            Body::LoadBalancer(_) => self.delete_load_balancer(id).await?,
            Body::TargetGroup(_) => self.delete_target_group(id).await?,
            Body::Listener(_) => self.delete_listener(id).await?,
            Body::VpcLink(_) => {
                self.delete_vpc_link(id).await?;
                return Ok(Reply::Deleting);
            }
            Body::Api(_) => self.delete_api(id).await?,
            Body::Stage(_) => self.delete_stage(id).await?,
            Body::Integration(_) => self.delete_integration(id).await?,
            Body::Route(_) => self.delete_route(id).await?,
            Body::RouteSettings(b) => self.delete_route_settings(b).await?,
        }
        Ok(Reply::Deleted)
    }

    /// One page of a collection and the token of the next. A parent that is gone has no children.
    async fn list(
        &self,
        kind: Kind,
        parent: Option<&Id>,
        page: Option<&str>,
        now: Time,
    ) -> Result<(Vec<Seen>, Option<String>), AwsError> {
        let listed = match (kind, parent) {
            (Kind::SecurityGroup, _) => self.list_security_groups(page, now).await,
            (Kind::SecurityGroupRule, _) => self.list_rules(page, now).await,
            (Kind::LoadBalancer, _) => self.list_load_balancers(page, now).await,
            (Kind::TargetGroup, _) => self.list_target_groups(page, now).await,
            (Kind::VpcLink, _) => self.list_vpc_links(page, now).await,
            (Kind::Api, _) => self.list_apis(page, now).await,
            (Kind::Listener, Some(parent)) => self.list_listeners(parent, page, now).await,
            (Kind::Stage | Kind::RouteSettings, Some(api)) => self.list_stages(api, page, now).await,
            (Kind::Integration, Some(api)) => self.list_integrations(api, page, now).await,
            (Kind::Route, Some(api)) => self.list_routes(api, page, now).await,
            (Kind::Listener | Kind::Stage | Kind::RouteSettings | Kind::Integration | Kind::Route, None) => {
                Ok((Vec::new(), None))
            }
        };
        match listed {
            Err(error) if parent.is_some() && error.class == ErrorClass::Gone => Ok((Vec::new(), None)),
            listed => listed,
        }
    }

    /// Who has the name or natural key that `body` needs, stranger or not.
    async fn find(&self, body: &Body<Id>, now: Time) -> Result<Vec<Seen>, AwsError> {
        match body {
            Body::SecurityGroup(b) => self.find_security_group(b, now).await,
            Body::SecurityGroupRule(b) => self.find_rule(b, now).await,
            Body::LoadBalancer(b) => self.find_load_balancer(&b.name, now).await,
            Body::TargetGroup(b) => self.find_target_group(&b.name, now).await,
            _ => Ok(Vec::new()),
        }
    }

    /// What a class's selectors match, and the account that our credentials belong to.
    async fn network(&self, query: &NetworkQuery) -> Result<NetworkFacts, AwsError> {
        let whoami = self.call(Action::GetCallerIdentity, self.sts.get_caller_identity().send()).await?;
        Ok(NetworkFacts {
            account: whoami.account.ok_or_else(|| nothing(Action::GetCallerIdentity))?,
            vpcs: self.vpcs(&query.vpc).await?,
            subnets: self.subnets(&query.subnets).await?,
            security_groups: self.groups(&query.security_groups).await?,
        })
    }

    /// One request: counted, timed, its error classed.
    async fn call<T, E>(
        &self,
        action: Action,
        request: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<T, AwsError>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let started = Instant::now();
        let result = request.await.map_err(|e| errors::classify(action, &e));
        let outcome = match &result {
            Ok(_) => "ok".to_owned(),
            Err(error) => format!("{:?}", error.class).to_lowercase(),
        };
        self.metrics.aws_call(action.service().as_str(), &action.name(), &outcome, started.elapsed());
        if let Err(error) = &result {
            tracing::debug!(%error, class = ?error.class, "AWS refused");
            self.identity.refused(&error.code);
        }
        result
    }
}

/// The marks and the class's own tags; a mark wins.
fn marked(cluster: &str, key: &ResourceKey, tags: &Tags) -> Tags {
    let mut all = tags.clone();
    all.extend(marks::tags(cluster, key));
    all
}

fn targets(calls: &[Call]) -> Vec<Target> {
    let mut all = BTreeSet::new();
    for call in calls {
        if let Call::RegisterTargets { targets, .. } | Call::DeregisterTargets { targets, .. } = call {
            all.extend(targets.iter().cloned());
        }
    }
    all.into_iter().collect()
}

fn deleted(call: &Call) -> Option<&Id> {
    match call {
        Call::Delete { id, .. } => Some(id),
        _ => None,
    }
}

fn route_settings(call: &Call) -> Option<(&ResourceKey, &RouteSettings<Id>)> {
    match call {
        Call::Create { key, body: Body::RouteSettings(b), .. }
        | Call::Update { key, wanted: Body::RouteSettings(b), .. } => Some((key, b)),
        _ => None,
    }
}

/// A reply without the object that it is about.
fn nothing(action: Action) -> AwsError {
    errors::incomplete(action, "object in it")
}
