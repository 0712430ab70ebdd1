//! STS: who a caller is, and sessions of roles. A role may be assumed by whose policies allow it: whether it
//! exists or whom it trusts is not simulated.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::clock::SimTime;
use crate::fault::Fault;
use crate::iam::policy::Policy;
use crate::ids::Ids;
use crate::input::{list, text};
use crate::world::{Call, Handler, Tags};

/// Sessions of roles, by the access key that was given out. One for all accounts and regions: a
/// session's key is good everywhere.
#[derive(Debug, Default)]
pub struct State {
    sessions: BTreeMap<String, Session>,
}

/// One session of a role.
#[derive(Debug)]
struct Session {
    /// `arn:aws:sts::{account}:assumed-role/{role}/{session}`
    arn: String,
    /// `{role id}:{session}`
    id: String,
    secret: String,
    token: String,
    expires: SimTime,
    /// The role's ARN as it was given.
    role: String,
    /// Tags of the session.
    tags: Tags,
    /// What the session may do at most.
    policy: Option<Arc<Policy>>,
}

/// Who a caller is, for its policies.
#[derive(Debug)]
pub struct Principal<'a> {
    /// The access key's id.
    pub access_key: &'a str,
    /// Of a user, or of a session of a role.
    pub arn: String,
    /// 12 digits.
    pub account: &'a str,
    /// As `GetCallerIdentity` tells it.
    pub id: String,
    /// Of a session: its role's ARN.
    pub role: Option<&'a str>,
    /// Of a session: its tags.
    pub tags: Option<&'a Tags>,
    /// Of a session: the policy that `AssumeRole` was given.
    pub policy: Option<&'a Arc<Policy>>,
}

impl State {
    /// The secret of a session's key, and the token that belongs to it; `None`: the key is of no session.
    pub fn secret(&self, access_key: &str) -> Option<(&str, &str)> {
        self.sessions.get(access_key).map(|session| (session.secret.as_str(), session.token.as_str()))
    }

    /// Who has that access key; keys of no session are those of the account's one user.
    pub fn principal<'a>(&'a self, access_key: &'a str, account: &'a str) -> Principal<'a> {
        let session = self.sessions.get(access_key);
        let (arn, id) = match session {
            Some(session) => (session.arn.clone(), session.id.clone()),
            None => (format!("arn:aws:iam::{account}:user/awsim"), user_id(account)),
        };
        let role = session.map(|session| session.role.as_str());
        let tags = session.map(|session| &session.tags);
        let policy = session.and_then(|session| session.policy.as_ref());
        Principal { access_key, arn, account, id, role, tags, policy }
    }

    /// Refuses the key of a session that is over. Keys of no session are good for ever.
    ///
    /// # Errors
    /// `ExpiredToken`.
    pub fn check(&self, access_key: &str, now: SimTime) -> Result<(), Fault> {
        match self.sessions.get(access_key) {
            Some(session) if session.expires <= now => {
                let text = "The security token included in the request is expired";
                Err(Fault::new(403, "ExpiredToken", text))
            }
            _ => Ok(()),
        }
    }
}

/// The handler of an operation that is served.
pub fn handler(operation: &str) -> Option<Handler> {
    match operation {
        "GetCallerIdentity" => Some(get_caller_identity),
        "AssumeRole" => Some(assume_role),
        _ => None,
    }
}

fn get_caller_identity(call: &mut Call<'_>, _input: &Value) -> Result<Value, Fault> {
    let who = call.sts.principal(call.access_key, &call.region.account);
    Ok(json!({"Account": who.account, "Arn": who.arn, "UserId": who.id}))
}

/// The unique id of an account's only user: 21 characters, of which `AIDA` says that it is a user's
/// (IAM user guide, "IAM identifiers", "Understanding unique ID prefixes"). It is no access key.
fn user_id(account: &str) -> String {
    format!("AIDA{account}AWSIM")
}

fn assume_role(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let arn = input["RoleArn"].as_str().unwrap_or_default();
    let name = input["RoleSessionName"].as_str().unwrap_or_default();
    let (account, role) = role_of(arn).ok_or_else(|| {
        Fault::bad("ValidationError", format!("{arn} is invalid: not arn:aws:iam::ACCOUNT:role/NAME"))
    })?;
    if !list(input, "PolicyArns").is_empty() {
        return Err(Fault::new(501, "NotImplemented", "PolicyArns of AssumeRole is not simulated."));
    }
    let policy = session_policy(input)?;
    let duration = Duration::from_secs(input["DurationSeconds"].as_u64().unwrap_or(3600));
    let session = Session {
        arn: format!("arn:aws:sts::{account}:assumed-role/{role}/{name}"),
        id: format!("AROA{}:{name}", upper(call.ids, 17)),
        secret: call.ids.alphanumeric(40),
        token: call.ids.alphanumeric(64),
        expires: call.now + duration,
        role: arn.to_owned(),
        tags: list(input, "Tags").iter().map(tag).collect(),
        policy,
    };
    // The account within the key is how the simulator knows whose it is.
    let access_key = format!("ASIA{account}{}", upper(call.ids, 4));
    #[allow(clippy::cast_precision_loss)] // milliseconds since the epoch fit
    let output = json!({
        "Credentials": {
            "AccessKeyId": access_key,
            "SecretAccessKey": session.secret,
            "SessionToken": session.token,
            "Expiration": session.expires.0 as f64 / 1000.0,
        },
        "AssumedRoleUser": {"AssumedRoleId": session.id, "Arn": session.arn},
    });
    call.sts.sessions.insert(access_key, session);
    Ok(output)
}

/// `Policy`, which the session's permissions are cut down to (STS API Reference, AssumeRole).
fn session_policy(input: &Value) -> Result<Option<Arc<Policy>>, Fault> {
    let Some(given) = text(input, "Policy") else { return Ok(None) };
    match Policy::parse(given) {
        Ok(policy) => Ok(Some(Arc::new(policy))),
        Err(why) => Err(Fault::bad("MalformedPolicyDocument", why.to_string())),
    }
}

fn tag(tag: &Value) -> (String, String) {
    let of = |member| text(tag, member).unwrap_or_default().to_owned();
    (of("Key"), of("Value"))
}

/// Account and name of `arn:aws:iam::123456789012:role/path/name`; a session's ARN has no path.
fn role_of(arn: &str) -> Option<(&str, &str)> {
    let (account, resource) = arn.strip_prefix("arn:aws:iam::")?.split_once(':')?;
    let path = resource.strip_prefix("role/")?;
    let name = path.rsplit('/').next().filter(|name| !name.is_empty())?;
    let twelve_digits = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    twelve_digits.then_some((account, name))
}

fn upper(ids: &mut Ids, len: usize) -> String {
    ids.alphanumeric(len).to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::world::{Options, World};

    fn call<T>(world: &mut World, account: &str, key: &str, f: impl FnOnce(&mut Call<'_>) -> T) -> T {
        let mut call = world.call(account, "eu-central-1");
        call.access_key = key;
        f(&mut call)
    }

    /// botocore, sts, AssumeRole: `DurationSeconds`; IAM user guide, identifiers: ARNs of assumed roles.
    #[test]
    fn a_session_is_its_role_until_it_expires() {
        let clock = Clock::manual(SimTime(0));
        let mut world = World::new(clock.clone(), 1, Options::default());
        let input = json!({
            "RoleArn": "arn:aws:iam::111122223333:role/team/entry", "RoleSessionName": "s", "DurationSeconds": 900,
        });
        let given = call(&mut world, "123456789012", "test", |call| assume_role(call, &input)).unwrap();
        let key = given["Credentials"]["AccessKeyId"].as_str().unwrap();
        assert_eq!(crate::caller::account_of(key), "111122223333");
        let who =
            call(&mut world, "111122223333", key, |call| get_caller_identity(call, &json!({}))).unwrap();
        assert_eq!(who["Arn"], "arn:aws:sts::111122223333:assumed-role/entry/s");
        clock.advance(Duration::from_secs(899));
        call(&mut world, "111122223333", key, |call| call.sts.check(key, call.now)).unwrap();
        clock.advance(Duration::from_secs(1));
        let over = call(&mut world, "111122223333", key, |call| call.sts.check(key, call.now)).unwrap_err();
        assert_eq!(over.code, "ExpiredToken");
    }

    /// IAM user guide, "Policy elements: variables and tags", principal table: for a user, `aws:userid`
    /// is the user's unique id; "IAM identifiers": its prefix is AIDA.
    #[test]
    fn a_user_is_told_by_its_unique_id_and_not_by_its_key() {
        let mut world = World::new(Clock::manual(SimTime(0)), 1, Options::default());
        let mut told = |account: &str, key: &str| {
            let who = call(&mut world, account, key, |call| get_caller_identity(call, &json!({}))).unwrap();
            who["UserId"].as_str().unwrap().to_owned()
        };
        let first = told("123456789012", "AKIA123456789012TEST");
        assert!(first.starts_with("AIDA") && first.len() == 21, "{first}");
        assert_eq!(first, told("123456789012", "AKIA123456789012MORE"));
        assert_ne!(first, told("111122223333", "AKIA111122223333TEST"));
    }

    /// botocore, sts, AssumeRole: the form of its members.
    #[test]
    fn what_is_no_role_cannot_be_assumed() {
        for arn in
            ["arn:aws:iam::1:role/x", "arn:aws:iam::111122223333:user/x", "arn:aws:iam::111122223333:role/"]
        {
            assert_eq!(role_of(arn), None, "{arn}");
        }
    }
}
