//! Faults that a test asks for: a call refused, a connection reset before the call took effect, a
//! reply lost after it did, a service away.

use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::clock::SimTime;
use crate::fault::Fault;

/// What befalls which calls. In JSON, `{"service": "ec2", "operation": "CreateVpc", "times": 1,
/// "effect": {"refuse": {"code": "AccessDenied", "status": 403}}}` or `"effect": "reset"`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// botocore's name of the service; without it, every service.
    #[serde(default)]
    pub service: Option<String>,
    /// The operation; without it, every operation.
    #[serde(default)]
    pub operation: Option<String>,
    /// The next so many calls; without it, until cleared.
    #[serde(default)]
    pub times: Option<u32>,
    /// From this moment of simulated time on the rule is gone.
    #[serde(default)]
    pub until: Option<SimTime>,
    /// What befalls them.
    pub effect: Effect,
}

/// What befalls a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It is refused before it takes effect.
    Refuse(Refusal),
    /// The connection is closed without a reply, before the call takes effect. For every operation
    /// of a service, or of all, this is what AWS being away looks like.
    Reset,
    /// The call takes effect, then the connection is closed without a reply.
    LoseReply,
}

/// The answer of a refused call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// The error's code, `AccessDenied`.
    pub code: String,
    /// The HTTP status; 400 where none is given.
    #[serde(default = "bad_request")]
    pub status: u16,
    /// The error's message.
    #[serde(default)]
    pub message: String,
}

fn bad_request() -> u16 {
    400
}

impl Rule {
    /// A rule for one operation of one service, until cleared.
    pub fn of(service: &str, operation: &str, effect: Effect) -> Rule {
        let (service, operation) = (Some(service.to_owned()), Some(operation.to_owned()));
        Rule { service, operation, times: None, until: None, effect }
    }

    /// A rule for every call, until cleared.
    pub fn all(effect: Effect) -> Rule {
        Rule { service: None, operation: None, times: None, until: None, effect }
    }

    /// Only for the next `times` calls.
    #[must_use]
    pub fn times(mut self, times: u32) -> Rule {
        self.times = Some(times);
        self
    }

    /// Only until that moment of simulated time.
    #[must_use]
    pub fn until(mut self, until: SimTime) -> Rule {
        self.until = Some(until);
        self
    }

    fn applies(&self, service: &str, operation: &str) -> bool {
        let is = |wanted: &Option<String>, name: &str| wanted.as_ref().is_none_or(|wanted| wanted == name);
        is(&self.service, service) && is(&self.operation, operation)
    }
}

impl Effect {
    /// A refusal.
    pub fn refuse(status: u16, code: &str, message: &str) -> Effect {
        Effect::Refuse(Refusal { code: code.to_owned(), status, message: message.to_owned() })
    }
}

impl From<&Refusal> for Fault {
    fn from(refusal: &Refusal) -> Fault {
        Fault::new(refusal.status, &refusal.code, refusal.message.clone())
    }
}

/// The rules in force. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    rules: Arc<Mutex<Vec<Rule>>>,
}

impl Faults {
    /// Adds a rule. Of several that apply, the oldest is used.
    pub fn inject(&self, rule: Rule) {
        self.with(|rules| rules.push(rule));
    }

    /// Removes every rule.
    pub fn clear(&self) {
        self.with(Vec::clear);
    }

    /// The rules that are still in force.
    pub fn rules(&self) -> Vec<Rule> {
        self.with(|rules| rules.clone())
    }

    /// What befalls this call; the rule has one time less from now on.
    pub fn befalls(&self, service: &str, operation: &str, now: SimTime) -> Option<Effect> {
        self.with(|rules| {
            rules.retain(|rule| rule.until.is_none_or(|until| now < until));
            let i = rules.iter().position(|rule| rule.applies(service, operation))?;
            let effect = rules[i].effect.clone();
            match rules[i].times {
                None => {}
                Some(0 | 1) => drop(rules.remove(i)),
                Some(times) => rules[i].times = Some(times - 1),
            }
            Some(effect)
        })
    }

    fn with<T>(&self, f: impl FnOnce(&mut Vec<Rule>) -> T) -> T {
        f(&mut self.rules.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: SimTime = SimTime(1000);

    #[test]
    fn a_rule_befalls_its_operation_so_many_times() {
        let faults = Faults::default();
        let denied = Effect::refuse(403, "AccessDenied", "no");
        faults.inject(Rule::of("ec2", "CreateVpc", denied.clone()).times(2));
        assert_eq!(faults.befalls("ec2", "DeleteVpc", NOW), None);
        assert_eq!(faults.befalls("elbv2", "CreateVpc", NOW), None);
        assert_eq!(faults.befalls("ec2", "CreateVpc", NOW), Some(denied.clone()));
        assert_eq!(faults.befalls("ec2", "CreateVpc", NOW), Some(denied));
        assert_eq!(faults.befalls("ec2", "CreateVpc", NOW), None);
    }

    #[test]
    fn a_rule_ends_at_its_moment_or_when_cleared() {
        let faults = Faults::default();
        faults.inject(Rule::all(Effect::Reset).until(SimTime(2000)));
        assert_eq!(faults.befalls("sts", "AssumeRole", NOW), Some(Effect::Reset));
        assert_eq!(faults.befalls("sts", "AssumeRole", SimTime(2000)), None);
        faults.inject(Rule::all(Effect::LoseReply));
        faults.clear();
        assert_eq!(faults.rules(), []);
    }

    #[test]
    fn rules_are_read_from_json() {
        let rule: Rule = serde_json::from_str(
            r#"{"service": "ec2", "times": 1, "effect": {"refuse": {"code": "AccessDenied", "status": 403}}}"#,
        )
        .unwrap();
        assert_eq!(rule.effect, Effect::refuse(403, "AccessDenied", ""));
        serde_json::from_str::<Rule>(r#"{"efect": "reset"}"#).unwrap_err();
        let reset: Rule = serde_json::from_str(r#"{"effect": "reset"}"#).unwrap();
        assert_eq!(reset, Rule::all(Effect::Reset));
    }
}
