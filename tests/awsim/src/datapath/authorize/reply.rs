//! What a Lambda authorizer answers: a policy, or with simple responses yes or no (AGD, Lambda
//! authorizers, "Lambda authorizer response format").

use std::collections::BTreeMap;

use serde_json::Value;

use super::Identity;
use crate::iam::context::{Context, Facts};
use crate::iam::evaluate::{Decision, decide};
use crate::iam::policy::Policy;

/// What every request to a route is.
const ACTION: &str = "execute-api:Invoke";

/// An answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    says: Says,
    /// Context variables that it gives, by name.
    pub identity: Identity,
}

#[derive(Debug, PartialEq, Eq)]
enum Says {
    YesOrNo(bool),
    Policy(Policy),
}

impl Answer {
    /// Reads the answer of a function, which must be of the form that the authorizer is made for.
    ///
    /// # Errors
    /// In words, why it is not of that form.
    pub fn read(body: &[u8], simple: bool) -> Result<Answer, String> {
        let body: Value = serde_json::from_slice(body).map_err(|e| format!("its answer is no JSON: {e}"))?;
        let says = if simple {
            let given = body.get("isAuthorized").and_then(Value::as_bool);
            Says::YesOrNo(given.ok_or("its answer has no isAuthorized of true or false")?)
        } else {
            if !body["principalId"].is_string() {
                return Err("its answer has no principalId".to_owned());
            }
            Says::Policy(policy(&body["policyDocument"])?)
        };
        let mut identity: Identity = match &body["context"] {
            Value::Null => BTreeMap::new(),
            Value::Object(members) => {
                let members = members.iter().filter(|(_, value)| !value.is_null());
                members.map(|(name, value)| (format!("authorizer.{name}"), text_of(value))).collect()
            }
            _ => return Err("context of its answer is no object".to_owned()),
        };
        if let Some(principal) = body["principalId"].as_str() {
            identity.insert("authorizer.principalId".to_owned(), principal.to_owned());
        }
        Ok(Answer { says, identity })
    }

    /// Whether it lets a request to the route of this ARN pass.
    pub fn allows(&self, arn: &str) -> bool {
        match &self.says {
            Says::YesOrNo(authorized) => *authorized,
            Says::Policy(policy) => {
                let none = Context::default();
                let facts = Facts::new(&none, &none, &|| None);
                decide([policy], ACTION, arn, &facts) == Decision::Allowed
            }
        }
    }
}

/// The policy that an answer gives ("standard IAM policy syntax"). Which condition keys API Gateway
/// knows there is not documented: conditions are refused by name.
fn policy(document: &Value) -> Result<Policy, String> {
    let policy = Policy::read(document).map_err(|error| format!("policyDocument: {error}"))?;
    match policy.statements.iter().any(|statement| !statement.conditions.is_empty()) {
        true => Err("a statement has a Condition, which awsim does not evaluate here".to_owned()),
        false => Ok(policy),
    }
}

/// A property of the context as a variable; that lists and maps are JSON there is an assumption.
fn text_of(property: &Value) -> String {
    property.as_str().map_or_else(|| property.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(body: &Value, simple: bool) -> Result<Answer, String> {
        Answer::read(body.to_string().as_bytes(), simple)
    }

    /// AGD, Lambda authorizers: the example of a simple response.
    #[test]
    fn a_simple_response_gives_its_properties_to_the_context() {
        let answer = read(
            &json!({"isAuthorized": true, "context": {
                "stringKey": "value", "numberKey": 1, "booleanKey": true, "arrayKey": ["value1", "value2"],
                "mapKey": {"value1": "value2"}, "nothing": null}}),
            true,
        );
        let answer = answer.unwrap();
        assert!(answer.allows("any"));
        let expected = [
            ("authorizer.arrayKey", r#"["value1","value2"]"#),
            ("authorizer.booleanKey", "true"),
            ("authorizer.mapKey", r#"{"value1":"value2"}"#),
            ("authorizer.numberKey", "1"),
            ("authorizer.stringKey", "value"),
        ];
        assert_eq!(answer.identity, expected.map(|(k, v)| (k.to_owned(), v.to_owned())).into());
    }

    /// AGD, Lambda authorizers: the other form, or none, is an invalid format.
    #[test]
    fn an_answer_must_be_of_the_form_that_the_authorizer_is_made_for() {
        let statement = json!({"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"});
        let policy = json!({"principalId": "me", "policyDocument": {"Statement": [statement]}});
        let simple = json!({"isAuthorized": false});
        assert_eq!(read(&policy, false).unwrap().identity["authorizer.principalId"], "me");
        assert!(!read(&simple, true).unwrap().allows("any"));
        for (body, as_simple) in [
            (&policy, true),
            (&simple, false),
            (&json!({"isAuthorized": "true"}), true),
            (&json!({"isAuthorized": true, "context": []}), true),
            (&json!({"principalId": "me"}), false),
            (&json!({"policyDocument": policy["policyDocument"]}), false),
            (&Value::Null, true),
        ] {
            assert!(read(body, as_simple).is_err(), "{body}");
        }
        assert!(Answer::read(b"", true).is_err());
    }

    /// AGD, Lambda authorizers: a policy in standard IAM syntax, which must allow the route's ARN; IAM
    /// user guide, policy evaluation: an explicit denial wins.
    #[test]
    fn its_policy_must_allow_the_route_and_deny_it_nowhere() {
        let arn = "arn:aws:execute-api:eu-central-1:123456789012:a1/$default/GET/orders/1";
        let answer = |statements: &Value| {
            let document = json!({"Version": "2012-10-17", "Statement": statements});
            read(&json!({"principalId": "me", "policyDocument": document}), false)
        };
        let say =
            |effect: &str, resource: &str| json!({"Effect": effect, "Action": ACTION, "Resource": resource});
        assert!(answer(&json!([say("Allow", "arn:aws:execute-api:*:*:a1/*/GET/*")])).unwrap().allows(arn));
        assert!(!answer(&json!([say("Allow", "arn:aws:execute-api:*:*:b2/*")])).unwrap().allows(arn));
        assert!(!answer(&json!([say("Allow", "*"), say("Deny", arn)])).unwrap().allows(arn));
        let mut conditional = say("Allow", "*");
        conditional["Condition"] = json!({"StringEquals": {"aws:SourceIp": "10.0.0.1"}});
        for refused in [json!([]), json!([say("Maybe", "*")]), json!([conditional])] {
            assert!(answer(&refused).is_err(), "{refused}");
        }
    }
}
