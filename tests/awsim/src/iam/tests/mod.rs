//! Policies and what they are asked, on the default seed.

mod actions;
mod conditions;
mod documents;
mod principals;
mod properties;
mod services;

use serde_json::{Value, json};

use super::grants::{self, EVERYONE};
use super::policy::Policy;
use super::used::Used;
use crate::fault::Fault;
use crate::seed::{ACCOUNT, REGION};
use crate::tables;
use crate::testing::Sim;
use crate::world::region_of;

/// A policy that a project would give its operator; `REGION`, `VPCID`, `ZONEID`, `OWNER` and `CLUSTER` are filled in.
const OPERATOR: &str = include_str!("operator.json");

/// A policy of these statements.
fn policy(statements: Value) -> Policy {
    Policy::read(&json!({"Version": "2012-10-17", "Statement": statements})).unwrap()
}

/// Allows these actions on these resources.
fn allow(actions: Value, resources: Value) -> Policy {
    policy(json!([{"Effect": "Allow", "Action": actions, "Resource": resources}]))
}

/// What a call asks of these policies and what it is answered; nothing is done.
fn ask(
    sim: &Sim,
    policies: &[Policy],
    service: &str,
    operation: &str,
    input: Value,
) -> (Vec<Used>, Result<(), Fault>) {
    let mut iam = grants::State::default();
    for policy in policies {
        iam.attach(EVERYONE, policy.clone());
    }
    let table = tables::service(service).unwrap();
    let operation = table.operations.get_key_value(operation).unwrap();
    let mut world = sim.world.lock().unwrap();
    let region = region_of(service, REGION);
    let grants = iam.of(&world.sts.principal("AKIATEST", ACCOUNT), region, sim.clock.now());
    let mut call = world.call(ACCOUNT, region);
    call.grants = grants;
    let result = super::authorize(table, (operation.0, operation.1), &mut call, &input);
    (std::mem::take(&mut call.used), result)
}

/// Whether a call is allowed.
fn allowed(sim: &Sim, policies: &[Policy], service: &str, operation: &str, input: Value) -> bool {
    ask(sim, policies, service, operation, input).1.is_ok()
}

/// The actions and resources that a call needs, in their order; ARNs without `arn:aws:`.
fn needs(sim: &Sim, service: &str, operation: &str, input: Value) -> Vec<(String, String)> {
    let (used, result) = ask(sim, &[], service, operation, input);
    result.unwrap();
    used.into_iter().map(|used| (used.action, used.resource.replace("arn:aws:", ""))).collect()
}
