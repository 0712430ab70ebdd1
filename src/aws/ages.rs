//! When AWS says that things were made. Only HTTP APIs, stages, VPC links and load balancers tell.

use std::collections::BTreeMap;

use aws_smithy_types::DateTime;

use super::{Action, Region};
use crate::model::{AwsError, Id, Kind, Time};

/// Objects in one page.
const PAGE: i32 = 100;

impl Region {
    /// When the region's load balancers, VPC links and HTTP APIs, strangers' included, and the stages of `apis`
    /// were made. For people who look once: these reads pass no bucket.
    ///
    /// # Errors
    /// What AWS refused, classed.
    pub async fn created(&self, apis: &[Id]) -> Result<BTreeMap<(Kind, Id), Time>, AwsError> {
        let mut all = BTreeMap::new();
        self.balancers_created(&mut all).await?;
        self.links_created(&mut all).await?;
        self.apis_created(&mut all).await?;
        for api in apis {
            self.stages_created(api, &mut all).await?;
        }
        Ok(all)
    }

    async fn balancers_created(&self, all: &mut BTreeMap<(Kind, Id), Time>) -> Result<(), AwsError> {
        let mut page = None;
        loop {
            let request = self.elb.describe_load_balancers().page_size(PAGE).set_marker(page);
            let reply = self.call(Action::DescribeLoadBalancers, request.send()).await?;
            for balancer in reply.load_balancers() {
                put(
                    all,
                    Kind::LoadBalancer,
                    balancer.load_balancer_arn().map(Id::from),
                    balancer.created_time(),
                );
            }
            page = reply.next_marker.filter(|token| !token.is_empty());
            if page.is_none() {
                return Ok(());
            }
        }
    }

    async fn links_created(&self, all: &mut BTreeMap<(Kind, Id), Time>) -> Result<(), AwsError> {
        let mut page = None;
        loop {
            let request = self.apigateway.get_vpc_links().max_results(PAGE.to_string()).set_next_token(page);
            let reply = self.call(Action::GetVpcLinks, request.send()).await?;
            for link in reply.items() {
                put(all, Kind::VpcLink, link.vpc_link_id().map(Id::from), link.created_date());
            }
            page = reply.next_token.filter(|token| !token.is_empty());
            if page.is_none() {
                return Ok(());
            }
        }
    }

    async fn apis_created(&self, all: &mut BTreeMap<(Kind, Id), Time>) -> Result<(), AwsError> {
        let mut page = None;
        loop {
            let request = self.apigateway.get_apis().max_results(PAGE.to_string()).set_next_token(page);
            let reply = self.call(Action::GetApis, request.send()).await?;
            for api in reply.items() {
                put(all, Kind::Api, api.api_id().map(Id::from), api.created_date());
            }
            page = reply.next_token.filter(|token| !token.is_empty());
            if page.is_none() {
                return Ok(());
            }
        }
    }

    /// An HTTP API has one stage of ours: the first page will do.
    async fn stages_created(&self, api: &Id, all: &mut BTreeMap<(Kind, Id), Time>) -> Result<(), AwsError> {
        let request = self.apigateway.get_stages().api_id(&api.0).max_results(PAGE.to_string());
        let reply = self.call(Action::GetStages, request.send()).await?;
        for stage in reply.items() {
            put(all, Kind::Stage, stage.stage_name().map(|name| api.child(name)), stage.created_date());
        }
        Ok(())
    }
}

fn put(all: &mut BTreeMap<(Kind, Id), Time>, kind: Kind, id: Option<Id>, made: Option<&DateTime>) {
    let millis = made.and_then(|made| made.to_millis().ok()).and_then(|millis| u64::try_from(millis).ok());
    if let (Some(id), Some(millis)) = (id, millis) {
        all.insert((kind, id), Time(millis));
    }
}
