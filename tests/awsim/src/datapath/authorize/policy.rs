//! The policy that a Lambda authorizer answers with, and whether it lets a request to a route pass
//! (AGD, Lambda authorizers: "standard IAM policy syntax").

use serde::Deserialize;
use serde_json::Value;

/// What every request to a route is.
const ACTION: &str = "execute-api:Invoke";

/// A policy.
#[derive(Debug, PartialEq, Eq)]
pub struct Policy(Vec<Statement>);

#[derive(Debug, PartialEq, Eq)]
struct Statement {
    allows: bool,
    /// Patterns of actions; turned round for NotAction.
    actions: Patterns,
    /// Patterns of routes' ARNs; turned round for NotResource.
    resources: Patterns,
}

#[derive(Debug, PartialEq, Eq)]
struct Patterns {
    all: Vec<String>,
    but: bool,
}

/// A text or a list of them.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Given {
    effect: String,
    action: Option<OneOrMore>,
    not_action: Option<OneOrMore>,
    resource: Option<OneOrMore>,
    not_resource: Option<OneOrMore>,
    condition: Option<Value>,
}

impl Policy {
    /// Reads a policy document.
    ///
    /// # Errors
    /// In words, what is wrong with it. Conditions are not evaluated here and are refused by name.
    pub fn read(document: &Value) -> Result<Policy, String> {
        let statements = match document.get("Statement") {
            Some(Value::Array(all)) if !all.is_empty() => all.clone(),
            Some(one @ Value::Object(_)) => vec![one.clone()],
            _ => return Err("policyDocument has no Statement".to_owned()),
        };
        statements.into_iter().map(Statement::read).collect::<Result<_, _>>().map(Policy)
    }

    /// Whether it lets a request to the route of this ARN pass: something allows it and nothing
    /// denies it.
    pub fn allows(&self, arn: &str) -> bool {
        let mut about = self.0.iter().filter(|s| s.is_about(arn)).peekable();
        about.peek().is_some() && about.all(|statement| statement.allows)
    }
}

impl Statement {
    fn read(given: Value) -> Result<Statement, String> {
        let given: Given = serde_json::from_value(given).map_err(|e| format!("a statement: {e}"))?;
        let Given { effect, action, not_action, resource, not_resource, condition } = given;
        if condition.is_some() {
            return Err("a statement has a Condition, which awsim does not evaluate here".to_owned());
        }
        let allows = match effect.as_str() {
            "Allow" => true,
            "Deny" => false,
            other => return Err(format!("Effect '{other}' is neither Allow nor Deny")),
        };
        let actions = Patterns::of(action, not_action).ok_or("a statement needs Action or NotAction")?;
        let resources =
            Patterns::of(resource, not_resource).ok_or("a statement needs Resource or NotResource")?;
        Ok(Statement { allows, actions, resources })
    }

    fn is_about(&self, arn: &str) -> bool {
        self.actions.take(&ACTION.to_ascii_lowercase(), str::to_ascii_lowercase)
            && self.resources.take(arn, str::to_owned)
    }
}

impl Patterns {
    fn of(all: Option<OneOrMore>, but: Option<OneOrMore>) -> Option<Patterns> {
        let (given, but) = match (all, but) {
            (Some(all), None) => (all, false),
            (None, Some(all)) => (all, true),
            _ => return None,
        };
        let all = match given {
            OneOrMore::One(one) => vec![one],
            OneOrMore::More(more) => more,
        };
        Some(Patterns { all, but })
    }

    fn take(&self, text: &str, prepared: fn(&str) -> String) -> bool {
        self.all.iter().any(|pattern| fits(prepared(pattern).as_bytes(), text.as_bytes())) != self.but
    }
}

/// `*` stands for any characters, `?` for one.
fn fits(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    // Behind the last `*`, and where its match ends so far.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                p += 1;
                star = Some((p, t));
            }
            Some(&c) if c == b'?' || c == text[t] => (p, t) = (p + 1, t + 1),
            _ => match star {
                Some((behind, end)) => {
                    (p, t) = (behind, end + 1);
                    star = Some((behind, end + 1));
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ARN: &str = "arn:aws:execute-api:eu-central-1:123456789012:a1/$default/GET/orders/1";

    fn allows(statements: Value) -> bool {
        Policy::read(&json!({"Version": "2012-10-17", "Statement": statements})).unwrap().allows(ARN)
    }

    fn statement(effect: &str, action: &str, resource: &str) -> Value {
        json!({"Effect": effect, "Action": action, "Resource": resource})
    }

    /// IAM user guide, policy evaluation: an explicit denial wins, and nothing said is a denial.
    #[test]
    fn something_must_allow_and_nothing_deny() {
        let all = || statement("Allow", "*", "*");
        assert!(allows(json!([all()])) && allows(all()));
        assert!(!allows(json!([all(), statement("Deny", "execute-api:Invoke", ARN)])));
        assert!(!allows(json!([statement("Allow", "execute-api:Invoke", "arn:aws:execute-api:*:*:b2/*")])));
        assert!(!allows(json!([statement("Allow", "s3:*", "*")])));
        assert!(!allows(json!([statement("Deny", "s3:*", "*")])));
    }

    /// IAM user guide, policy elements: `*` and `?`, NotAction, NotResource.
    #[test]
    fn wildcards_and_their_reverse_are_understood() {
        for resource in ["*", "arn:aws:execute-api:*:*:a1/*/GET/*", "arn:*/orders/?", ARN] {
            assert!(allows(json!([statement("Allow", "EXECUTE-API:in?oke", resource)])), "{resource}");
        }
        for resource in ["", "arn", "arn:aws:execute-api:*:*:a1/*/POST/*", "*/orders/??"] {
            assert!(!allows(json!([statement("Allow", "execute-api:*", resource)])), "{resource}");
        }
        let but =
            |resource: &str| json!([{"Effect": "Allow", "NotAction": ["s3:*"], "NotResource": [resource]}]);
        assert!(allows(but("arn:b")) && !allows(but(ARN)));
    }

    /// IAM user guide, grammar of the JSON policy language.
    #[test]
    fn what_is_no_policy_is_refused() {
        for statements in [
            json!([]),
            json!("x"),
            json!([{"Effect": "Allow", "Action": "*"}]),
            json!([{"Effect": "Maybe", "Action": "*", "Resource": "*"}]),
            json!([{"Effect": "Allow", "Action": "*", "NotAction": "*", "Resource": "*"}]),
            json!([{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {}}]),
        ] {
            assert!(Policy::read(&json!({ "Statement": statements })).is_err(), "{statements}");
        }
    }
}
