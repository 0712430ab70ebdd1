//! The one state of the simulated AWS, kept apart by account and region, and what a handler is
//! given of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::apigatewayv2::change::Hold;
use crate::apigatewayv2::domain_name::Holders;
use crate::clock::{Clock, SimTime};
use crate::consistency::{Consistency, History};
use crate::datapath::outside::Outside;
use crate::datapath::pool::Pool;
use crate::datapath::trace::Traces;
use crate::fault::Fault;
use crate::iam::grants::{self, Grants};
use crate::iam::policy::Policy;
use crate::iam::used::Used;
use crate::ids::Ids;
use crate::quota::Quotas;
use crate::throttle::Rates;
use crate::{acm, apigatewayv2, cloudwatch, ec2, elbv2, logs, route53, secretsmanager, sts};

/// Tags of one object, by key.
pub type Tags = BTreeMap<String, String>;

/// The world as the server, the data path and a test hold it. Lock it for a moment, never across an await.
pub type SharedWorld = Arc<Mutex<World>>;

/// Where the state of global services lies, whichever region their calls are signed for: Route 53's
/// control plane is in us-east-1 (AWS general reference), and there its objects' tags are seen.
pub const GLOBAL_REGION: &str = "us-east-1";

/// The region whose state a call of the service works on.
pub fn region_of<'a>(service: &str, signed_for: &'a str) -> &'a str {
    if service == "route53" { GLOBAL_REGION } else { signed_for }
}

/// Everything that exists. The server keeps it behind one lock; handlers run to their end under it.
#[derive(Debug)]
pub struct World {
    /// The clock that all states pass on.
    pub clock: Clock,
    /// Where ids come from.
    pub ids: Ids,
    /// What is switched on.
    pub options: Options,
    /// How far behind the truth calls are.
    pub consistency: Consistency,
    /// Sessions of roles.
    pub sts: sts::State,
    /// Who has which policies.
    pub iam: grants::State,
    /// What happened to the last requests to APIs.
    pub traces: Traces,
    /// Issuers of tokens and functions of authorizers.
    pub outside: Outside,
    /// The texts of S3 objects that other services read, by `BUCKET/KEY`; one version of each.
    pub objects: BTreeMap<String, String>,
    /// Who holds a custom domain name: names are one account's in a region.
    domain_names: Holders,
    partitions: BTreeMap<(String, String), Region>,
}

/// Switches that change how strict the simulated AWS is.
#[derive(Clone, Debug)]
pub struct Options {
    /// Token buckets per account, region, service and action class, and that of the requests to all
    /// APIs of an account and region.
    pub throttling: bool,
    /// The rates of those buckets.
    pub throttles: Rates,
    /// Resource quotas.
    pub quotas: Quotas,
    /// Changes of one HTTP API that overlap are refused (see [`apigatewayv2::change`]).
    pub conflicts: bool,
    /// Reads lag behind writes (see [`crate::consistency`]).
    pub consistency: bool,
    /// The secret of every long-term access key; without it, their signatures are not checked.
    pub secret: Option<String>,
    /// So many seconds AWS's clock is ahead of ours (or behind, below 0): signatures are held against it,
    /// and replies carry its time.
    pub clock_ahead: i64,
    /// Identity policies, each with who has it (see [`grants::State::attach`]); without any, everyone
    /// may do everything.
    pub policies: Vec<(String, Policy)>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            throttling: true,
            throttles: Rates::default(),
            quotas: Quotas::default(),
            conflicts: true,
            consistency: false,
            secret: None,
            clock_ahead: 0,
            policies: Vec::new(),
        }
    }
}

impl Options {
    /// The real time, as AWS has it.
    pub fn wall_clock(&self) -> SystemTime {
        let by = Duration::from_secs(self.clock_ahead.unsigned_abs());
        if self.clock_ahead < 0 { SystemTime::now() - by } else { SystemTime::now() + by }
    }
}

/// One region of one account.
#[derive(Debug)]
pub struct Region {
    /// 12 digits.
    pub account: String,
    /// `eu-central-1`.
    pub name: String,
    /// Networks, security groups, network interfaces.
    pub ec2: ec2::State,
    /// Load balancers, target groups, listeners.
    pub elbv2: elbv2::State,
    /// HTTP APIs and VPC links.
    pub apigatewayv2: apigatewayv2::State,
    /// Secrets.
    pub secretsmanager: secretsmanager::State,
    /// Certificates.
    pub acm: acm::State,
    /// Hosted zones and health checks; only in [`GLOBAL_REGION`] there are any.
    pub route53: route53::State,
    /// Log groups and who may write to them.
    pub logs: logs::State,
    /// Metrics and alarms.
    pub cloudwatch: cloudwatch::State,
    /// ARNs of what had tags once and then none ([`crate::tagging::once`]).
    pub once_tagged: BTreeSet<String>,
    /// What all these were.
    pub history: History,
    /// Connections that VPC links hold to load balancers.
    pub connections: Pool,
}

/// What a handler works with: the caller's region, the time, fresh ids.
#[derive(Debug)]
pub struct Call<'a> {
    /// The region that the request was signed for; all services of it, since they refer to each other.
    pub region: &'a mut Region,
    /// The account's other regions, as far as they were used.
    pub others: Vec<&'a mut Region>,
    /// Fresh ids.
    pub ids: &'a mut Ids,
    /// The moment of the call.
    pub now: SimTime,
    /// What is switched on.
    pub options: &'a Options,
    /// Sessions of roles.
    pub sts: &'a mut sts::State,
    /// The caller's access key; empty where the call does not come from the network.
    pub access_key: &'a str,
    /// Issuers of tokens and functions of authorizers.
    pub outside: &'a Outside,
    /// Who holds a custom domain name, in any account.
    pub domain_names: &'a mut Holders,
    /// What the call keeps busy until it is answered; a handler sets it.
    pub held: Option<Hold>,
    /// What the caller may do; everything where the call does not come from the network.
    pub grants: Grants,
    /// What was asked of [`Call::grants`].
    pub used: Vec<Used>,
}

/// One operation: input by member names, decoded and validated against the service model (so
/// required members are there and have their type); output by member names. Timestamps are
/// numbers, seconds since the epoch; blobs are base64 strings.
pub type Handler = fn(&mut Call<'_>, &Value) -> Result<Value, Fault>;

impl World {
    /// An empty world.
    pub fn new(clock: Clock, seed: u64, options: Options) -> World {
        let mut iam = grants::State::default();
        for (principal, policy) in &options.policies {
            iam.attach(principal, policy.clone());
        }
        World {
            clock,
            ids: Ids::new(seed),
            options,
            consistency: Consistency::new(seed),
            sts: sts::State::default(),
            iam,
            traces: Traces::default(),
            outside: Outside::default(),
            objects: BTreeMap::new(),
            domain_names: Holders::new(),
            partitions: BTreeMap::new(),
        }
    }

    /// The region `name` of `account`, made on first use, with all states passed on to the present.
    pub fn call<'a>(&'a mut self, account: &str, name: &str) -> Call<'a> {
        let now = self.clock.now();
        self.partitions
            .entry((account.to_owned(), name.to_owned()))
            .or_insert_with(|| Region::new(account, name));
        // All of the account's regions: a private zone and a VPC look at each other across them.
        of_account(&mut self.partitions, account).for_each(|region| region.settle(now));
        self.validate_certificates(account, now);
        let World { ids, options, sts, outside, domain_names, partitions, .. } = self;
        let mut others: Vec<&mut Region> = of_account(partitions, account).collect();
        // It is there: it was made above if need be.
        let at = others.iter().position(|region| region.name == name).unwrap_or_default();
        let region = others.swap_remove(at);
        let (grants, used) = (Grants::default(), Vec::new());
        Call {
            region,
            others,
            ids,
            now,
            options,
            sts,
            access_key: "",
            outside,
            domain_names,
            held: None,
            grants,
            used,
        }
    }

    /// Passes the certificates of an account on to `now`: those that wait for a record are issued
    /// if it stands in a public zone, whosever that is.
    fn validate_certificates(&mut self, account: &str, now: SimTime) {
        let proofs: Vec<acm::Proof> =
            of_account(&mut self.partitions, account).flat_map(|r| acm::wanted(r)).collect();
        let mut found = acm::Found::new();
        for proof in proofs {
            let zones = self.partitions.values().map(|region| &region.route53);
            let seen = zones.filter_map(|zones| route53::zone::cname_since(zones, &proof.0, &proof.1)).min();
            if let Some(seen) = seen {
                found.insert(proof, seen);
            }
        }
        for region in of_account(&mut self.partitions, account) {
            acm::settle(region, &found, now);
        }
    }

    /// Passes every region that was used so far on to the present.
    pub fn settle(&mut self) {
        let places: Vec<(String, String)> = self.partitions.keys().cloned().collect();
        for (account, region) in places {
            self.call(&account, &region);
        }
    }

    /// Every region that was used so far.
    pub fn regions(&mut self) -> impl Iterator<Item = &mut Region> {
        self.partitions.values_mut()
    }
}

/// The regions of an account that were used so far.
fn of_account<'a>(
    partitions: &'a mut BTreeMap<(String, String), Region>,
    account: &str,
) -> impl Iterator<Item = &'a mut Region> + use<'a> {
    let account = account.to_owned();
    let first = (account.clone(), String::new());
    partitions.range_mut(first..).take_while(move |((of, _), _)| *of == account).map(|(_, region)| region)
}

impl Region {
    /// A region in which nothing exists.
    pub fn new(account: &str, name: &str) -> Region {
        Region {
            account: account.to_owned(),
            name: name.to_owned(),
            ec2: ec2::State::of_region(name),
            elbv2: elbv2::State::default(),
            apigatewayv2: apigatewayv2::State::default(),
            secretsmanager: secretsmanager::State::default(),
            acm: acm::State::default(),
            route53: route53::State::default(),
            logs: logs::State::default(),
            cloudwatch: cloudwatch::State::default(),
            once_tagged: BTreeSet::new(),
            history: History::default(),
            connections: Pool::default(),
        }
    }

    /// Passes every state on to `now`: what was provisioning is ready, what was deleting is gone.
    /// Order matters: a load balancer that is gone releases its network interfaces.
    pub fn settle(&mut self, now: SimTime) {
        apigatewayv2::settle(self, now);
        elbv2::settle(self, now);
        ec2::settle(self, now);
        secretsmanager::settle(self, now);
        logs::settle(self, now);
        cloudwatch::settle(self, now);
    }

    /// `arn:aws:{service}:{region}:{account}:{resource}`.
    pub fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{resource}", self.name, self.account)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_sees_the_other_regions_of_its_own_account() {
        let mut world = World::new(Clock::manual(SimTime(0)), 1, Options::default());
        for (account, region) in [("1", "b"), ("1", "c"), ("2", "a"), ("1", "a"), ("11", "b")] {
            world.call(account, region);
        }
        let call = world.call("1", "b");
        let others: Vec<(&str, &str)> = call.others.iter().map(|r| (&*r.account, &*r.name)).collect();
        assert_eq!((&*call.region.account, &*call.region.name), ("1", "b"));
        assert!(
            others.len() == 2 && others.contains(&("1", "a")) && others.contains(&("1", "c")),
            "{others:?}"
        );
    }

    #[test]
    fn a_global_service_has_one_region() {
        assert_eq!(region_of("route53", "eu-west-1"), GLOBAL_REGION);
        assert_eq!(region_of("acm", "eu-west-1"), "eu-west-1");
    }
}
