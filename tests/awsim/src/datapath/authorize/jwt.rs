//! JWT authorizers: a token is taken from the request, and its signature and claims are checked as
//! AGD says ("Control access to HTTP APIs with JWT authorizers"), in that order.

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Map, Value};

use super::issuer;
use super::keys::{Algorithm, KeySet};
use super::{Identity, Question};
use crate::clock::SimTime;
use crate::datapath::refusal::Refusal;

/// A token, taken apart but not believed yet.
#[derive(Debug)]
struct Token<'a> {
    algorithm: Algorithm,
    key: Option<String>,
    claims: Map<String, Value>,
    /// What is signed.
    message: &'a str,
    signature: Vec<u8>,
}

/// Why a token is refused.
#[derive(Debug, PartialEq, Eq)]
struct Bad {
    /// As the client is told in `www-authenticate`. AWS's words where a field report or AGD quotes
    /// them, else those of the Go library that AWS's words come from (jwt-go), or awsim's.
    description: String,
    /// For the trace, if there is more to say.
    more: String,
}

impl Bad {
    fn of(description: impl Into<String>) -> Bad {
        Bad { description: description.into(), more: String::new() }
    }

    fn because(self, more: impl Into<String>) -> Bad {
        Bad { more: more.into(), ..self }
    }
}

/// Lets a request with a good token pass; its claims become context variables.
pub async fn check(question: &Question<'_>) -> Result<Identity, Refusal> {
    let (key, scopes) = (&question.route.route_key, &question.route.authorization_scopes);
    let source = question.authorizer.identity_source.first().map(String::as_str).unwrap_or_default();
    let jwt = question.authorizer.jwt_configuration.clone().unwrap_or_default();
    let refuse = |bad: Bad| {
        let why = match bad.more.is_empty() {
            true => format!("'{key}': {}", bad.description),
            false => format!("'{key}': {}: {}", bad.description, bad.more),
        };
        Refusal::invalid_token(&scopes.join(" "), &bad.description, why)
    };
    let Some(text) = question.source(source) else {
        return Err(Refusal::no_token(format!("'{key}' needs a token in {source}")));
    };
    let token = Token::read(text.strip_prefix("Bearer ").unwrap_or(&text)).map_err(refuse)?;
    let issuer = jwt.issuer.as_deref().unwrap_or_default();
    let keys = issuer::keys(question, issuer).await;
    let keys = keys.map_err(|unknown| refuse(Bad::of(unknown.description).because(unknown.why)))?;
    token.check_signature(&keys).map_err(refuse)?;
    check_claims(&token.claims, issuer, &jwt.audience, question.clock.now()).map_err(refuse)?;
    if !scopes.is_empty() && !has_scope(&token.claims, scopes) {
        let why = format!("'{key}': the token has none of the scopes {}", scopes.join(", "));
        return Err(Refusal::insufficient_scope(&scopes.join(" "), why));
    }
    let claims = token.claims.iter().filter(|(_, value)| !value.is_null());
    Ok(claims.map(|(name, value)| (format!("authorizer.claims.{name}"), text_of(value))).collect())
}

impl Token<'_> {
    /// Takes a token apart; nothing of it is verified.
    fn read(text: &str) -> Result<Token<'_>, Bad> {
        let parts: Vec<&str> = text.split('.').collect();
        let [head, body, signature] = parts[..] else {
            // Two field reports quote this.
            return Err(Bad::of("token contains an invalid number of segments"));
        };
        let object = |part: &str, what: &str| {
            let bytes = BASE64URL_NOPAD.decode(part.as_bytes()).ok();
            let object = bytes.and_then(|b| serde_json::from_slice::<Map<String, Value>>(&b).ok());
            object.ok_or_else(|| Bad::of(format!("unable to decode the token's {what}")))
        };
        let head = object(head, "header")?;
        let name = head.get("alg").and_then(Value::as_str).unwrap_or_default();
        // A field report quotes this for ES256.
        let algorithm =
            Algorithm::named(name).ok_or_else(|| Bad::of(format!("signing method {name} is invalid")))?;
        let signature = BASE64URL_NOPAD
            .decode(signature.as_bytes())
            .map_err(|_| Bad::of("unable to decode the token's signature"))?;
        Ok(Token {
            algorithm,
            key: head.get("kid").and_then(Value::as_str).map(str::to_owned),
            claims: object(body, "claims")?,
            message: &text[..head_and_body(&parts)],
            signature,
        })
    }

    /// "The token must have a header claim that matches the key in the jwks_uri that signed the token."
    fn check_signature(&self, keys: &KeySet) -> Result<(), Bad> {
        let id = self.key.as_deref().unwrap_or_default();
        let key = keys.find(id).ok_or_else(|| {
            let known = keys.ids().join(", ");
            Bad::of("unable to find the key of the token").because(format!(
                "its kid is '{id}', those of the issuer are {known}; they are kept for two hours"
            ))
        })?;
        match key.verifies(self.algorithm, self.message.as_bytes(), &self.signature) {
            true => Ok(()),
            false => Err(Bad::of("crypto/rsa: verification error")),
        }
    }
}

/// Bytes of the first two parts with the dot between them.
fn head_and_body(parts: &[&str]) -> usize {
    parts.iter().take(2).map(|part| part.len() + 1).sum::<usize>().saturating_sub(1)
}

/// `iss`, `aud` or else `client_id`, `exp`, `nbf`, `iat`. A token without `exp` is none that is valid
/// after the current time; without `nbf` or `iat` it is good from the beginning.
fn check_claims(
    claims: &Map<String, Value>,
    issuer: &str,
    audiences: &[String],
    now: SimTime,
) -> Result<(), Bad> {
    let given = claims.get("iss").and_then(Value::as_str).unwrap_or_default();
    if given != issuer {
        // A field report quotes this.
        return Err(Bad::of("issuer does not match").because(format!("'{given}' is not '{issuer}'")));
    }
    let audience = claims.get("aud").or_else(|| claims.get("client_id"));
    let given = match audience {
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(one)) => vec![one.as_str()],
        _ => Vec::new(),
    };
    if !given.iter().any(|given| audiences.iter().any(|audience| audience == given)) {
        // AGD, troubleshooting.
        let more = format!("[{}] has none of [{}]", given.join(", "), audiences.join(", "));
        return Err(Bad::of("the token does not have a valid audience").because(more));
    }
    let now = now.0 as f64 / 1000.0;
    let time = |name: &str| match claims.get(name) {
        None => Ok(None),
        Some(value) => match value.as_f64() {
            Some(seconds) => Ok(Some(seconds)),
            None => Err(Bad::of(format!("the token's {name} is not a number"))),
        },
    };
    let compared = |name: &str, at: f64| format!("{name} is {at}, now it is {now}");
    match time("exp")? {
        Some(exp) if exp <= now => {
            return Err(Bad::of("the token has expired").because(compared("exp", exp)));
        }
        Some(_) => {}
        None => return Err(Bad::of("the token has expired").because("it has no exp")),
    }
    for (name, words) in [("nbf", "the token is not valid yet"), ("iat", "the token was used before issued")]
    {
        if let Some(at) = time(name)?.filter(|at| *at > now) {
            return Err(Bad::of(words).because(compared(name, at)));
        }
    }
    Ok(())
}

/// "The token must include at least one of the scopes in the route's authorizationScopes", in `scope`
/// or `scp`: names separated by spaces, or a list.
fn has_scope(claims: &Map<String, Value>, wanted: &[String]) -> bool {
    let has = |scope: &str| wanted.iter().any(|wanted| wanted == scope);
    ["scope", "scp"].iter().filter_map(|name| claims.get(*name)).any(|given| match given {
        Value::String(names) => names.split(' ').any(has),
        Value::Array(names) => names.iter().filter_map(Value::as_str).any(has),
        _ => false,
    })
}

/// A claim as a context variable: all are texts, lists as `[a b]`, objects as JSON; a claim of null
/// is none (floci 2011, measured; guidance-for-claude-code-with-amazon-bedrock 803).
fn text_of(claim: &Value) -> String {
    match claim {
        Value::String(text) => text.clone(),
        Value::Array(all) => format!("[{}]", all.iter().map(text_of).collect::<Vec<_>>().join(" ")),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn claims(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    fn checked(value: Value) -> Result<(), String> {
        let audiences = ["shop".to_owned(), "web".to_owned()];
        let result = check_claims(&claims(value), "https://issuer.example", &audiences, SimTime(1_000_500));
        result.map_err(|bad| bad.description)
    }

    fn good() -> Value {
        json!({"iss": "https://issuer.example", "aud": "shop", "exp": 1001})
    }

    fn with(name: &str, value: Value) -> Value {
        let mut claims = good();
        claims[name] = value;
        claims
    }

    /// AGD, JWT authorizers: client_id is looked at only without aud.
    #[test]
    fn audiences_are_those_of_aud_or_else_of_client_id() {
        let audience = Err("the token does not have a valid audience".to_owned());
        assert_eq!(checked(good()), Ok(()));
        assert_eq!(checked(with("aud", json!(["other", "web"]))), Ok(()));
        assert_eq!(checked(with("aud", json!("other"))), audience);
        assert_eq!(checked(with("aud", json!([]))), audience);
        let mut both = with("aud", json!("other"));
        both["client_id"] = json!("shop");
        assert_eq!(checked(both.clone()), audience);
        both.as_object_mut().unwrap().remove("aud");
        assert_eq!(checked(both), Ok(()));
    }

    /// AGD, JWT authorizers: exp after, nbf and iat before the current time.
    #[test]
    fn times_are_compared_with_the_clock() {
        let expired = Err("the token has expired".to_owned());
        assert_eq!(checked(with("exp", json!(1000.5))), expired);
        assert_eq!(checked(with("exp", json!(1000.6))), Ok(()));
        let mut without = good();
        without.as_object_mut().unwrap().remove("exp");
        assert_eq!(checked(without), expired);
        assert_eq!(checked(with("nbf", json!(1000))), Ok(()));
        assert_eq!(checked(with("nbf", json!(1001))), Err("the token is not valid yet".to_owned()));
        assert_eq!(checked(with("iat", json!(1001))), Err("the token was used before issued".to_owned()));
        assert_eq!(checked(with("exp", json!("1001"))), Err("the token's exp is not a number".to_owned()));
    }

    /// AGD, JWT authorizers: `iss` must match the issuer that is configured.
    #[test]
    fn the_issuer_must_be_equal_to_the_letter() {
        let other = Err("issuer does not match".to_owned());
        assert_eq!(checked(with("iss", json!("https://issuer.example/"))), other);
        assert_eq!(checked(with("iss", json!(["https://issuer.example"]))), other);
    }

    /// AGD, JWT authorizers: at least one of the route's scopes, in scope or scp.
    #[test]
    fn one_of_the_scopes_is_enough() {
        let wanted = ["read".to_owned(), "write".to_owned()];
        for (given, has) in [
            (json!({"scope": "openid write"}), true),
            (json!({"scp": ["read"]}), true),
            (json!({"scp": "read"}), true),
            (json!({"scope": "readers"}), false),
            (json!({"scope": 1}), false),
            (json!({}), false),
        ] {
            assert_eq!(has_scope(&claims(given.clone()), &wanted), has, "{given}");
        }
    }

    /// AGD, logging variables: `$context.authorizer.claims.property`.
    #[test]
    fn claims_are_texts_in_the_context() {
        for (claim, text) in [
            (json!("a"), "a"),
            (json!(1583), "1583"),
            (json!(true), "true"),
            (json!(["a", "b"]), "[a b]"),
            (json!({"a": 1, "b": ["c"]}), r#"{"a":1,"b":["c"]}"#),
        ] {
            assert_eq!(text_of(&claim), text);
        }
    }

    #[test]
    fn what_is_no_token_is_refused_before_anyone_is_asked() {
        let part = |value: Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
        let (body, es) = (part(json!({})), part(json!({"alg": "ES256"})));
        let (none, rs) = (part(json!({"alg": "none"})), part(json!({"alg": "RS256"})));
        for (token, description) in [
            ("not-a-token".to_owned(), "token contains an invalid number of segments"),
            ("a.b.c.d".to_owned(), "token contains an invalid number of segments"),
            ("a.b.c".to_owned(), "unable to decode the token's header"),
            (format!("{es}.{body}.AA"), "signing method ES256 is invalid"),
            (format!("{none}.{body}."), "signing method none is invalid"),
            (format!("{rs}.!.AA"), "unable to decode the token's claims"),
            (format!("{rs}.{body}.!"), "unable to decode the token's signature"),
        ] {
            assert_eq!(Token::read(&token).unwrap_err().description, description, "{token}");
        }
        assert_eq!(Token::read(&format!("{rs}.{body}.AA")).unwrap().message, format!("{rs}.{body}"));
    }
}
