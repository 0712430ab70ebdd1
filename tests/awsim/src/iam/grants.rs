//! Who has which policies, and what a caller may do by them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::action::Need;
use super::context::{Context, Facts};
use super::denial;
use super::evaluate::{Decision, decide};
use super::policy::Policy;
use super::used::Used;
use crate::clock::SimTime;
use crate::fault::Fault;
use crate::sts;
use crate::world::Tags;

/// Stands for every caller that no other policy is attached to.
pub const EVERYONE: &str = "*";

/// Policies by who has them.
#[derive(Debug, Default)]
pub struct State {
    attached: BTreeMap<String, Vec<Arc<Policy>>>,
}

impl State {
    /// Attaches a policy to an access key's id, to a role (`arn:aws:iam::ACCOUNT:role/PATH/NAME`, as
    /// it is given to `AssumeRole`), to a user's ARN, or to [`EVERYONE`]. Policies of the same
    /// principal add up.
    pub fn attach(&mut self, principal: &str, policy: Policy) {
        self.attached.entry(principal.to_owned()).or_default().push(Arc::new(policy));
    }

    /// Takes all policies of a principal away; without any it has those of [`EVERYONE`].
    pub fn detach(&mut self, principal: &str) {
        self.attached.remove(principal);
    }

    /// What the caller with this access key may do. `region` is the one that the request is signed for.
    pub fn of(&self, caller: &sts::Principal<'_>, region: &str, now: SimTime) -> Grants {
        let names = [Some(caller.access_key), caller.role, Some(&*caller.arn), Some(EVERYONE)];
        let own = names.into_iter().flatten().find_map(|name| self.attached.get(name));
        let gate = |kind, policies| Gate { kind, policies };
        let mut gates: Vec<Gate> = own.map(|own| gate(IDENTITY, own.clone())).into_iter().collect();
        gates.extend(caller.policy.map(|policy| gate(SESSION, vec![policy.clone()])));
        let facts = if gates.is_empty() { Context::default() } else { facts(caller, region, now) };
        Grants { who: caller.arn.clone(), gates, facts }
    }
}

/// As denials name the kinds of policies.
const IDENTITY: &str = "an identity-based policy";
const SESSION: &str = "a session policy";

/// The context of every action of a caller (IAM User Guide, "AWS global condition context keys").
fn facts(caller: &sts::Principal<'_>, region: &str, now: SimTime) -> Context {
    let millis = i64::try_from(now.0).unwrap_or(i64::MAX);
    let time = jiff::Timestamp::from_millisecond(millis).unwrap_or(jiff::Timestamp::MAX);
    let kind = if caller.role.is_some() { "AssumedRole" } else { "User" };
    let mut context = Context::default()
        .set("aws:PrincipalArn", caller.role.unwrap_or(&caller.arn))
        .set("aws:PrincipalAccount", caller.account)
        .set("aws:PrincipalType", kind)
        .set("aws:userid", &*caller.id)
        .set("aws:RequestedRegion", region)
        .set("aws:CurrentTime", time.to_string())
        .set("aws:EpochTime", (millis / 1000).to_string())
        // Callers are on loopback, and at AWS they would come by TLS.
        .set("aws:SourceIp", "127.0.0.1")
        .set("aws:SecureTransport", "true")
        .set("aws:ViaAWSService", "false");
    if let Some((_, name)) = caller.arn.split_once(":user/") {
        context = context.set("aws:username", name);
    }
    let tags = caller.tags.into_iter().flatten();
    tags.fold(context, |context, (key, value)| context.set(&format!("aws:PrincipalTag/{key}"), value))
}

/// Policies of which one has to allow and none may deny.
#[derive(Clone, Debug)]
struct Gate {
    kind: &'static str,
    policies: Vec<Arc<Policy>>,
}

/// What a caller may do: what passes every gate. Without gates, everything.
#[derive(Clone, Debug, Default)]
pub struct Grants {
    who: String,
    gates: Vec<Gate>,
    facts: Context,
}

impl Grants {
    /// Asks for an action, notes in `used` that it was asked for; `tags` gives those of the resource,
    /// `None` if there is none, and is called only if a policy wants to know.
    ///
    /// # Errors
    /// The denial of `service` (botocore's name).
    pub fn ask(
        &self,
        service: &str,
        need: &Need,
        tags: &dyn Fn() -> Option<Tags>,
        used: &mut Vec<Used>,
    ) -> Result<(), Fault> {
        let facts = Facts::new(&self.facts, &need.context, tags);
        let asked = (need.action.as_str(), need.resource.as_str());
        let others = need.instead.iter().map(|(action, resource)| (action.as_str(), resource.as_str()));
        let mut refused = None;
        for (action, resource) in std::iter::once(asked).chain(others) {
            let verdict = if need.free { Ok(()) } else { self.decide(action, resource, &facts) };
            match verdict {
                Ok(()) => {
                    used.push(Used { action: action.into(), resource: resource.into(), allowed: true });
                    return Ok(());
                }
                // Of the ways to be allowed, the first is the one that is told.
                Err(why) => refused = refused.or(Some(why)),
            }
        }
        let Some((kind, explicit)) = refused else { return Ok(()) };
        used.push(Used { action: need.action.clone(), resource: need.resource.clone(), allowed: false });
        Err(self.refusal(service, need, kind, explicit))
    }

    /// The kind of policy that refuses, and whether by a statement of its own.
    fn decide(&self, action: &str, resource: &str, facts: &Facts<'_>) -> Result<(), (&'static str, bool)> {
        for gate in &self.gates {
            match decide(gate.policies.iter().map(Arc::as_ref), action, resource, facts) {
                Decision::Allowed => {}
                Decision::NotAllowed => return Err((gate.kind, false)),
                Decision::Denied => return Err((gate.kind, true)),
            }
        }
        Ok(())
    }

    fn refusal(&self, service: &str, need: &Need, kind: &'static str, explicit: bool) -> Fault {
        if let Some(refusal) = &need.refusal {
            return refusal.clone();
        }
        let resource = need.shown.as_deref().unwrap_or(&need.resource);
        let mut fault = denial::denied(service, &self.who, &need.action, resource, explicit);
        if kind == SESSION {
            fault.message = fault.message.replace(IDENTITY, SESSION);
            fault.message = fault.message.replace("no identity-based policy", "no session policy");
        }
        fault
    }
}
