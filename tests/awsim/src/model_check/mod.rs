//! Random sequences of calls of every served operation, and what holds after each of them,
//! whatever the calls were:
//!
//! * a refused call changes nothing;
//! * nothing that is there refers to something that is not ([`refers`]);
//! * an id that is gone does not come back;
//! * no quota is passed ([`quotas`]);
//! * a list read page by page shows each object once, and all of them ([`pages`]);
//! * the tagging API shows the tags that the services show ([`tags`]).
//!
//! Inputs are drawn from the service models ([`draw`]), from what earlier answers named ([`pool`])
//! and, where a call would hardly ever succeed so, from [`usual`] ones.

mod draw;
mod pages;
mod pool;
mod quotas;
mod refers;
mod tags;
mod usual;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rand::seq::IndexedRandom as _;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use crate::clock::{Clock, SimTime};
use crate::fault::Fault;
use crate::tables::{self, Service};
use crate::wire::{self, Decoded, Route};
use crate::world::{Options, World, region_of};
use crate::{pipeline, seed};
use draw::Draw;
use pool::Pool;

/// Services whose calls are drawn, and how often; STS makes nothing that lasts.
const SERVICES: [(&str, u32); 9] = [
    ("ec2", 5),
    ("elbv2", 4),
    ("apigatewayv2", 5),
    ("secretsmanager", 2),
    ("logs", 2),
    ("cloudwatch", 2),
    ("acm", 2),
    ("route53", 2),
    ("resourcegroupstaggingapi", 1),
];

/// What there is something of from the start; some of these calls may be refused.
const STOCK: [(&str, &str); 32] = [
    ("acm", "ImportCertificate"),
    ("ec2", "CreateSecurityGroup"),
    ("ec2", "CreateNetworkAcl"),
    ("ec2", "AuthorizeSecurityGroupIngress"),
    ("ec2", "AuthorizeSecurityGroupEgress"),
    ("elbv2", "CreateLoadBalancer"),
    ("elbv2", "CreateLoadBalancer"),
    ("elbv2", "CreateLoadBalancer"),
    ("elbv2", "CreateTargetGroup"),
    ("elbv2", "CreateTargetGroup"),
    ("elbv2", "CreateTargetGroup"),
    ("elbv2", "CreateTargetGroup"),
    ("elbv2", "CreateListener"),
    ("elbv2", "CreateListener"),
    ("elbv2", "CreateListener"),
    ("elbv2", "CreateListener"),
    ("elbv2", "CreateRule"),
    ("elbv2", "CreateRule"),
    ("logs", "CreateLogGroup"),
    ("apigatewayv2", "CreateApi"),
    ("apigatewayv2", "CreateVpcLink"),
    ("apigatewayv2", "CreateAuthorizer"),
    ("apigatewayv2", "CreateIntegration"),
    ("apigatewayv2", "CreateIntegration"),
    ("apigatewayv2", "CreateStage"),
    ("apigatewayv2", "CreateRoute"),
    ("apigatewayv2", "CreateRoute"),
    ("apigatewayv2", "CreateDomainName"),
    ("apigatewayv2", "CreateApiMapping"),
    ("secretsmanager", "CreateSecret"),
    ("route53", "CreateHostedZone"),
    ("route53", "CreateHealthCheck"),
];

/// A world, what its answers named so far, and the draw of what is called next.
struct Walk {
    world: World,
    rng: ChaCha8Rng,
    pool: Pool,
    /// Everything that exists, after the last call.
    before: Value,
    /// Ids that are there, and those that were.
    there: BTreeSet<String>,
    gone: BTreeSet<String>,
    /// Calls that succeeded, by operation.
    succeeded: BTreeMap<String, usize>,
    /// What was called and what came of it.
    calls: Vec<String>,
}

impl Walk {
    fn new(seed_number: u64) -> Walk {
        let clock = Clock::manual(SimTime(1_800_000_000_000));
        let mut world = World::new(clock, seed_number, Options { throttling: false, ..Options::default() });
        quotas::lower(&mut world.options);
        seed::default(&mut world).unwrap();
        let mut walk = Walk {
            world,
            rng: ChaCha8Rng::seed_from_u64(seed_number),
            pool: Pool::default(),
            before: Value::Null,
            there: BTreeSet::new(),
            gone: BTreeSet::new(),
            succeeded: BTreeMap::new(),
            calls: Vec::new(),
        };
        for operation in ["DescribeVpcs", "DescribeSubnets", "DescribeSecurityGroups", "DescribeRouteTables"]
        {
            let seen = walk.call("ec2", operation, &json!({})).unwrap();
            walk.pool.learn(&seen);
        }
        walk.before = walk.state();
        walk.stock();
        walk
    }

    /// Calls as the pipeline does, from the decoded input on.
    fn call(&mut self, service: &str, operation: &str, input: &Value) -> Result<Value, Fault> {
        let table = tables::service(service).unwrap();
        let route =
            Route { protocol: table.protocols[0], operation: operation.to_owned(), labels: BTreeMap::new() };
        let decoded = Decoded { input: input.clone(), unknown: Vec::new() };
        wire::validate(table, &table.operations[operation], &route, &decoded)?;
        let handler = pipeline::handler(service, operation).unwrap();
        let mut call = self.world.call(seed::ACCOUNT, region_of(service, seed::REGION));
        let output = handler(&mut call, input)?;
        let mismatch = wire::output_mismatch(table, &table.operations[operation], &output);
        assert_eq!(mismatch, None, "{service}:{operation} {input}");
        Ok(output)
    }

    /// Makes something of most kinds, so that calls have something to be about from the start.
    fn stock(&mut self) {
        for (service, operation) in STOCK {
            let input =
                usual::input(service, operation, (&self.pool, here(&self.before)), &mut self.rng).unwrap();
            self.take(tables::service(service).unwrap(), operation, input);
            self.world.clock.advance(Duration::from_secs(100));
            self.before = self.state();
        }
    }

    /// Everything that exists.
    fn state(&mut self) -> Value {
        crate::control::state(&mut self.world)
    }

    fn draw(&mut self) -> (&'static Service, &'static str, Value) {
        let (name, _) = SERVICES.choose_weighted(&mut self.rng, |(_, weight)| *weight).unwrap();
        let service = tables::service(name).unwrap();
        let names: Vec<&String> = service.operations.keys().collect();
        let operation = names.choose_weighted(&mut self.rng, |name| weight(name)).unwrap();
        let usual = match self.rng.random_bool(0.75) {
            true => usual::input(&service.name, operation, (&self.pool, here(&self.before)), &mut self.rng),
            false => None,
        };
        let mut draw = Draw { service, pool: &self.pool, rng: &mut self.rng };
        let shape = &service.operations[*operation];
        let mut input = usual.unwrap_or_else(|| draw.input(shape));
        draw.fill_in_token(shape, &mut input);
        (service, operation, input)
    }

    /// One call or some time, and the checks that are cheap.
    fn step(&mut self) {
        if self.rng.random_bool(0.1) {
            let seconds = [1, 20, 90, 400, 4000].choose(&mut self.rng).copied().unwrap();
            self.world.clock.advance(Duration::from_secs(seconds));
            self.before = self.state();
        }
        let (service, operation, input) = self.draw();
        self.take(service, operation, input);
    }

    /// Calls, and checks what holds after it.
    fn take(&mut self, service: &'static Service, operation: &str, input: Value) {
        let result = self.call(&service.name, operation, &input);
        let after = self.state();
        self.calls.push(format!("{}:{operation} {input} -> {}", service.name, told(&result)));
        match result {
            Ok(output) => {
                self.pool.learn(&output);
                self.pool.learn(&input);
                *self.succeeded.entry(format!("{}:{operation}", service.name)).or_default() += 1;
            }
            Err(_) => {
                let changed = difference("", &self.before, &after);
                assert!(changed.is_empty(), "a refused call changed {changed:?}: {}", self.history());
            }
        }
        self.check(&after);
        self.before = after;
    }

    fn check(&mut self, state: &Value) {
        let ids = refers::ids(state);
        self.gone.extend(self.there.difference(&ids).cloned());
        let again: Vec<&String> = self.gone.intersection(&ids).collect();
        assert!(again.is_empty(), "came back: {again:?}: {}", self.history());
        self.there = ids;
        let dangling = refers::dangling(state);
        assert!(dangling.is_empty(), "dangling: {dangling:?}: {}", self.history());
        let passed = quotas::passed(state);
        assert!(passed.is_empty(), "quotas passed: {passed:?}: {}", self.history());
    }

    /// The last calls, to tell what led to a failure.
    fn history(&self) -> String {
        self.calls[self.calls.len().saturating_sub(6)..].join("\n  ")
    }
}

/// The part of a state that most calls are about.
fn here(state: &Value) -> &Value {
    &state[seed::ACCOUNT][seed::REGION]
}

/// How often an operation is drawn: there must be something for the others to work on.
fn weight(operation: &str) -> u32 {
    match operation {
        "CreateApi" | "ImportApi" | "CreateVpc" | "CreateVpcLink" | "DeleteApi" => 1,
        _ if ["Create", "Put", "Register", "Authorize", "Import", "Request"]
            .iter()
            .any(|p| operation.starts_with(p)) =>
        {
            4
        }
        _ => 1,
    }
}

/// Where two states differ.
fn difference(place: &str, before: &Value, after: &Value) -> Vec<String> {
    match (before, after) {
        (Value::Object(b), Value::Object(a)) => {
            let names: BTreeSet<&String> = b.keys().chain(a.keys()).collect();
            let inside = |name: &&String| {
                let none = Value::Null;
                let (b, a) = (b.get(*name).unwrap_or(&none), a.get(*name).unwrap_or(&none));
                difference(&format!("{place}/{name}"), b, a)
            };
            names.iter().flat_map(inside).collect()
        }
        _ if before == after => Vec::new(),
        _ => vec![format!("{place}: {before} -> {after}")],
    }
}

fn told(result: &Result<Value, Fault>) -> String {
    match result {
        Ok(output) => output.to_string().chars().take(300).collect(),
        Err(fault) => fault.to_string(),
    }
}

/// Takes `steps` steps from a seed, and checks everything on the way and at the end.
fn walk(seed_number: u64, steps: usize) -> Walk {
    let mut walk = Walk::new(seed_number);
    for step in 1..=steps {
        walk.step();
        if step % 50 == 0 {
            pages::check(&mut walk);
            tags::check(&mut walk);
        }
    }
    walk
}

#[test]
fn whatever_is_called_the_world_stays_one_that_aws_could_have() {
    let mut succeeded: BTreeMap<String, usize> = BTreeMap::new();
    let mut full = 0;
    for seed_number in 0..4 {
        let walk = walk(seed_number, 700);
        for (operation, times) in walk.succeeded {
            *succeeded.entry(operation).or_default() += times;
        }
        let of_quota =
            |call: &&String| ["LimitExceeded", "TooMany", "Limit is"].iter().any(|w| call.contains(w));
        full += walk.calls.iter().filter(of_quota).count();
    }
    assert!(full > 20, "only {full} calls were refused by quotas");
    // Else the walk would prove little: most operations must have worked at times.
    let served: usize =
        SERVICES.iter().map(|(name, _)| tables::service(name).unwrap().operations.len()).sum();
    let never: Vec<String> = SERVICES
        .iter()
        .flat_map(|(name, _)| {
            tables::service(name).unwrap().operations.keys().map(move |op| format!("{name}:{op}"))
        })
        .filter(|operation| !succeeded.contains_key(operation))
        .collect();
    assert!(succeeded.len() * 10 >= served * 7, "{} of {served}, never: {never:?}", succeeded.len());
}
