//! Rules of listeners: the default one that every listener has, and of application load balancers
//! others that go before it.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::action::{self, Action};
use super::arn::{self, invalid, not_simulated};
use super::association;
use super::condition::{self, Condition};
use super::kind::Kind;
use super::{LoadBalancer, State, reply, tags, target};
use crate::fault::Fault;
use crate::input::{list, number, text, texts};
use crate::quota::Quota;
use crate::world::{Call, Tags};

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// `arn:aws:elasticloadbalancing:REGION:ACCOUNT:listener-rule/app/NAME/LB-ID/LISTENER-ID/ID`
    pub arn: String,
    /// ARN of its listener.
    pub listener: String,
    /// 1-50000, unique on its listener; `None` is the default rule, which comes last.
    pub priority: Option<i64>,
    /// All must match; none of the default rule.
    pub conditions: Vec<Condition>,
    /// What is done then.
    pub action: Action,
    /// By key.
    pub tags: Tags,
}

/// ARN of a new rule of a listener.
pub(super) fn new_arn(listener: &str, id: &str) -> String {
    format!("{}/{id}", listener.replacen(":listener/", ":listener-rule/", 1))
}

/// The rules of a listener, in the order in which they are tried.
pub(super) fn of_listener<'a>(state: &'a State, listener: &str) -> Vec<&'a Rule> {
    let mut rules: Vec<&Rule> = state.rules.values().filter(|r| r.listener == listener).collect();
    rules.sort_by_key(|rule| rule.priority.unwrap_or(i64::MAX));
    rules
}

/// CreateRule. It is not idempotent: the priority is taken (the words are AWS's, hashicorp/terraform
/// issue 24239).
pub fn create(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let state = &call.region.elbv2;
    let listener = arn::listener(state, text(input, "ListenerArn").unwrap_or_default())?.clone();
    let balancer = arn::load_balancer(state, &listener.load_balancer)?.clone();
    check_kind(&balancer)?;
    check_transforms(input)?;
    let priority = number(input, "Priority").unwrap_or_default();
    let conditions = condition::read(list(input, "Conditions"), &call.options.quotas)?;
    let action =
        action::read(list(input, "Actions"), balancer.kind, &listener.protocol, &call.options.quotas)?;
    let tags = tags::read(input, &call.options.quotas)?;
    if of_listener(state, &listener.arn).iter().any(|rule| rule.priority == Some(priority)) {
        return Err(priority_in_use(priority));
    }
    association::check(call, &balancer, &listener.protocol, &action, None)?;
    check_count(state, &balancer, call.options.quotas.get(Quota::RulesPerApplication))?;
    let arn = new_arn(&listener.arn, &call.ids.hex16());
    let rule = Rule { arn, listener: listener.arn, priority: Some(priority), conditions, action, tags };
    let rendered = render(&rule);
    put(call, &balancer.arn, rule)?;
    Ok(json!({"Rules": [rendered]}))
}

/// Rules of network load balancers are for dual-stack ones (botocore, CreateRule), and none is here.
fn check_kind(balancer: &LoadBalancer) -> Result<(), Fault> {
    if balancer.kind == Kind::Application {
        return Ok(());
    }
    let message = "Rules can only be created for listeners of an application load balancer or of a dual-stack \
                   network load balancer";
    Err(Fault::bad("UnsupportedProtocol", message))
}

fn check_transforms(input: &Value) -> Result<(), Fault> {
    if list(input, "Transforms").is_empty() { Ok(()) } else { Err(not_simulated("Transforms")) }
}

fn priority_in_use(priority: i64) -> Fault {
    Fault::bad("PriorityInUse", format!("Priority '{priority}' is currently in use"))
}

fn check_count(state: &State, balancer: &LoadBalancer, most: usize) -> Result<(), Fault> {
    let of_balancer = |rule: &&Rule| {
        rule.priority.is_some()
            && state.listeners.get(&rule.listener).is_some_and(|l| l.load_balancer == balancer.arn)
    };
    if state.rules.values().filter(of_balancer).count() >= most {
        let message =
            format!("The maximum number of rules has been reached on load balancer '{}'", balancer.arn);
        return Err(Fault::bad("TooManyRules", message));
    }
    Ok(())
}

/// Puts a new or changed rule in its place, unless its load balancer then had too many targets or
/// target groups that do not go with its attributes.
pub(super) fn put(call: &mut Call<'_>, balancer: &str, rule: Rule) -> Result<(), Fault> {
    let arn = rule.arn.clone();
    let before = call.region.elbv2.rules.insert(arn.clone(), rule);
    let fits =
        target::check_limits(call, balancer).and_then(|()| association::check_zonal_shift(call, balancer));
    if let Err(fault) = fits {
        match before {
            Some(before) => call.region.elbv2.rules.insert(arn, before),
            None => call.region.elbv2.rules.remove(&arn),
        };
        return Err(fault);
    }
    association::settle_use(call);
    Ok(())
}

/// DescribeRules: of a listener, or by ARNs (the words are AWS's, by getmoto/moto's tests).
pub fn describe(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let state = &call.region.elbv2;
    let arns = texts(input, "RuleArns");
    let found: Vec<&Rule> = match (text(input, "ListenerArn"), arns.is_empty()) {
        (Some(listener), true) => of_listener(state, &arn::listener(state, listener)?.arn),
        (None, false) => arns.iter().map(|arn| arn::rule(state, arn)).collect::<Result<_, _>>()?,
        (None, true) => return Err(invalid("You must specify either listener rule ARNs or a listener ARN")),
        (Some(_), false) => {
            return Err(invalid(
                "Listener rule ARNs and a listener ARN cannot be specified at the same time",
            ));
        }
    };
    let order =
        |rule: &Rule| format!("{} {:05} {}", rule.listener, rule.priority.unwrap_or(99_999), rule.arn);
    let sorted: BTreeMap<String, Value> = found.into_iter().map(|rule| (order(rule), render(rule))).collect();
    reply::pages(input, "Rules", sorted.into_iter().collect())
}

fn render(rule: &Rule) -> Value {
    let priority = rule.priority.map_or_else(|| "default".to_owned(), |priority| priority.to_string());
    json!({
        "RuleArn": rule.arn,
        "Priority": priority,
        "Conditions": rule.conditions.iter().map(condition::render).collect::<Vec<Value>>(),
        "Actions": action::render(&rule.action),
        "IsDefault": rule.priority.is_none(),
    })
}

/// The default rule is changed through its listener and goes with it (the words are AWS's,
/// FeLvi-zzz/tentez pull request 32).
fn check_not_default(rule: &Rule, what: &str) -> Result<(), Fault> {
    if rule.priority.is_some() {
        return Ok(());
    }
    Err(Fault::bad("OperationNotPermitted", format!("Default rule '{}' cannot be {what}", rule.arn)))
}

/// ModifyRule: what is given replaces what was.
pub fn modify(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let state = &call.region.elbv2;
    let mut rule = arn::rule(state, text(input, "RuleArn").unwrap_or_default())?.clone();
    check_transforms(input)?;
    let (conditions, actions) = (list(input, "Conditions"), list(input, "Actions"));
    if conditions.is_empty() && actions.is_empty() {
        return Err(invalid("Either conditions or actions must be specified"));
    }
    check_not_default(&rule, "modified")?;
    let listener = arn::listener(state, &rule.listener)?;
    let balancer = arn::load_balancer(state, &listener.load_balancer)?;
    if !conditions.is_empty() {
        rule.conditions = condition::read(conditions, &call.options.quotas)?;
    }
    if !actions.is_empty() {
        rule.action = action::read(actions, balancer.kind, &listener.protocol, &call.options.quotas)?;
        association::check(call, balancer, &listener.protocol, &rule.action, Some(&rule.arn))?;
    }
    let rendered = render(&rule);
    let balancer = balancer.arn.clone();
    put(call, &balancer, rule)?;
    Ok(json!({"Rules": [rendered]}))
}

/// DeleteRule.
pub fn delete(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let rule = arn::rule(&call.region.elbv2, text(input, "RuleArn").unwrap_or_default())?;
    check_not_default(rule, "deleted")?;
    let arn = rule.arn.clone();
    call.region.elbv2.rules.remove(&arn);
    association::settle_use(call);
    Ok(json!({}))
}

/// SetRulePriorities: all or none; rules may change places as long as the new order has no conflict
/// (botocore, SetRulePriorities).
pub fn set_priorities(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let state = &call.region.elbv2;
    let mut wanted: BTreeMap<String, i64> = BTreeMap::new();
    for pair in list(input, "RulePriorities") {
        let rule = arn::rule(state, text(pair, "RuleArn").unwrap_or_default())?;
        check_not_default(rule, "modified")?;
        let priority =
            number(pair, "Priority").ok_or_else(|| invalid("A rule priority must be specified"))?;
        if wanted.values().any(|other| *other == priority) {
            return Err(invalid(format!("Priority '{priority}' was provided multiple times")));
        }
        if wanted.insert(rule.arn.clone(), priority).is_some() {
            return Err(invalid(format!("Rule '{}' was provided multiple times", rule.arn)));
        }
    }
    for (arn, priority) in &wanted {
        let listener = &arn::rule(state, arn)?.listener;
        let others = state.rules.values().filter(|r| r.listener == *listener && !wanted.contains_key(&r.arn));
        if others.into_iter().any(|other| other.priority == Some(*priority)) {
            return Err(priority_in_use(*priority));
        }
    }
    let mut rendered = Vec::new();
    for (arn, priority) in wanted {
        if let Some(rule) = call.region.elbv2.rules.get_mut(&arn) {
            rule.priority = Some(priority);
            rendered.push(render(rule));
        }
    }
    Ok(json!({"Rules": rendered}))
}
