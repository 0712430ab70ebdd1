//! Signature Version 4: a request carries proof that its sender holds the secret of the access key
//! that it names, made lately (AWS General Reference, "Create a signed AWS API request").
//!
//! Whose secrets are known: that of every session that AssumeRole gave out, and, if the server was
//! given one ([`crate::world::Options::secret`]), the one that all long-term keys share. The
//! moment of a signature is real time, as the client's clock has it, whatever pace the simulated
//! clock runs at.

use std::time::{Duration, SystemTime};

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Digest, Sha256};

use crate::caller::Caller;
use crate::fault::Fault;
use crate::tables::Protocol;
use crate::wire::Request;

/// The one algorithm.
pub const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// How far a client's clock may be off. AWS's words name 5 minutes for most services (aws4fetch 73,
/// convox/rack 235), EC2's documentation 15.
const SKEW: Duration = Duration::from_secs(5 * 60);
const SKEW_OF_EC2: Duration = Duration::from_secs(15 * 60);
/// The form of `X-Amz-Date`.
const DATE: &str = "%Y%m%dT%H%M%SZ";

/// RFC 3986's unreserved characters stand for themselves.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// Of a path, the slashes too.
const ENCODED_IN_PATH: &AsciiSet = &ENCODED.remove(b'/');

/// Why a signature is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It was not made with the key's secret, or the request was changed since.
    Mismatch,
    /// Made too long ago, or in the future: in AWS's words.
    Skewed(String),
    /// Nobody has that key, or the session token is not the key's.
    UnknownKey,
}

/// Checks the signature against the key's secret, at the real moment `now`.
///
/// # Errors
/// Why AWS would refuse it.
pub fn check(request: &Request, caller: &Caller, secret: &str, now: SystemTime) -> Result<(), Refused> {
    let date = request.header("x-amz-date");
    if !caller.scope().starts_with(date.get(..8).unwrap_or("-")) {
        return Err(Refused::Mismatch);
    }
    lately(date, if caller.signing_name == "ec2" { SKEW_OF_EC2 } else { SKEW }, now)?;
    let body = hash(&request.body);
    let claimed = request.header("x-amz-content-sha256");
    if !["", "UNSIGNED-PAYLOAD", &body].contains(&claimed) {
        return Err(Refused::Mismatch);
    }
    let payload = if claimed.is_empty() { &body } else { claimed };
    let signed: Vec<&str> = caller.signed_headers.split(';').collect();
    // AWS wants these signed: without them a signature is good for any request.
    if !signed.contains(&"host") || !signed.contains(&"x-amz-date") {
        return Err(Refused::Mismatch);
    }
    match signature(request, &signed, payload, &caller.scope(), secret) == caller.signature {
        true => Ok(()),
        false => Err(Refused::Mismatch),
    }
}

/// The headers that sign `request`, which must have its `host`, as `access_key`, now.
pub fn sign(
    request: &mut Request,
    access_key: &str,
    secret: &str,
    (region, service): (&str, &str),
    now: SystemTime,
) {
    let date = stamp(now);
    if let Ok(value) = http::HeaderValue::try_from(&date) {
        request.headers.insert("x-amz-date", value);
    }
    let scope = format!("{}/{region}/{service}/aws4_request", date.get(..8).unwrap_or_default());
    let signature = signature(request, &["host", "x-amz-date"], &hash(&request.body), &scope, secret);
    let header = format!(
        "{ALGORITHM} Credential={access_key}/{scope}, SignedHeaders=host;x-amz-date, Signature={signature}"
    );
    if let Ok(value) = http::HeaderValue::try_from(header) {
        request.headers.insert("authorization", value);
    }
}

/// As AWS answers it, by protocol.
pub fn fault(refused: &Refused, protocol: Protocol) -> Fault {
    const MISMATCH: &str = "The request signature we calculated does not match the signature you provided. \
                            Check your AWS Secret Access Key and signing method. Consult the service \
                            documentation for details.";
    const UNKNOWN: &str = "The security token included in the request is invalid.";
    let status = if protocol == Protocol::RestJson { 403 } else { 400 };
    match (refused, protocol) {
        // EC2 tells neither from the other (EC2 API reference, error codes).
        (Refused::Mismatch | Refused::UnknownKey, Protocol::Ec2) => {
            let text = "AWS was not able to validate the provided access credentials";
            Fault::new(401, "AuthFailure", text)
        }
        (Refused::Skewed(_), Protocol::Ec2) => Fault::new(400, "RequestExpired", "Request has expired."),
        (Refused::Mismatch, Protocol::Query | Protocol::RestXml) => {
            Fault::new(403, "SignatureDoesNotMatch", MISMATCH)
        }
        (Refused::Skewed(text), Protocol::Query | Protocol::RestXml) => {
            Fault::new(403, "SignatureDoesNotMatch", text.clone())
        }
        (Refused::UnknownKey, Protocol::Query | Protocol::RestXml) => {
            Fault::new(403, "InvalidClientTokenId", UNKNOWN)
        }
        (Refused::Mismatch, _) => Fault::new(status, "InvalidSignatureException", MISMATCH),
        (Refused::Skewed(text), _) => Fault::new(status, "InvalidSignatureException", text.clone()),
        (Refused::UnknownKey, _) => Fault::new(status, "UnrecognizedClientException", UNKNOWN),
    }
}

fn lately(date: &str, skew: Duration, now: SystemTime) -> Result<(), Refused> {
    let made = DateTime::strptime(DATE, date).and_then(|made| made.to_zoned(TimeZone::UTC));
    let Ok(made) = made.map(|made| SystemTime::from(made.timestamp())) else { return Err(Refused::Mismatch) };
    let (now_text, minutes) = (stamp(now), skew.as_secs() / 60);
    if made + skew < now {
        let bound = stamp(now - skew);
        let text =
            format!("Signature expired: {date} is now earlier than {bound} ({now_text} - {minutes} min.)");
        return Err(Refused::Skewed(text));
    }
    if made > now + skew {
        let bound = stamp(now + skew);
        let text = format!(
            "Signature not yet current: {date} is still later than {bound} ({now_text} + {minutes} min.)"
        );
        return Err(Refused::Skewed(text));
    }
    Ok(())
}

/// `20261121T101500Z`.
fn stamp(time: SystemTime) -> String {
    Timestamp::try_from(time).map(|t| t.strftime(DATE).to_string()).unwrap_or_default()
}

fn signature(request: &Request, signed: &[&str], payload: &str, scope: &str, secret: &str) -> String {
    let canonical = canonical(request, signed, payload);
    let date = request.header("x-amz-date");
    let text = format!("{ALGORITHM}\n{date}\n{scope}\n{}", hash(canonical.as_bytes()));
    let first = format!("AWS4{secret}").into_bytes();
    let key = scope.split('/').fold(first, |key, part| hmac(&key, part.as_bytes()));
    HEXLOWER.encode(&hmac(&key, text.as_bytes()))
}

/// The canonical request.
fn canonical(request: &Request, signed: &[&str], payload: &str) -> String {
    let header = |name: &&str| {
        let values = request.headers.get_all(*name).iter().filter_map(|value| value.to_str().ok());
        let values: Vec<String> =
            values.map(|v| v.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        format!("{name}:{}\n", values.join(","))
    };
    let headers: String = signed.iter().map(header).collect();
    format!(
        "{}\n{}\n{}\n{headers}\n{}\n{payload}",
        request.method,
        // The path as it was sent is encoded once more: so does every service but S3.
        utf8_percent_encode(&request.path, ENCODED_IN_PATH),
        canonical_query(&request.query),
        signed.join(";")
    )
}

fn canonical_query(query: &str) -> String {
    let again = |text: &str| {
        let decoded = percent_decode_str(text).decode_utf8_lossy();
        utf8_percent_encode(&decoded, ENCODED).to_string()
    };
    let mut pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (again(name), again(value)))
        .collect();
    pairs.sort();
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

fn hash(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    // Every length of key will do.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http::{HeaderMap, HeaderValue, Method};

    /// From AWS's documentation of the algorithm.
    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    fn request(query: &str, headers: &[(&'static str, &'static str)]) -> Request {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (http::HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        let (path, query) = ("/".to_owned(), query.to_owned());
        Request { method: Method::GET, path, query, headers, body: Bytes::new() }
    }

    fn at(text: &str) -> SystemTime {
        text.parse::<Timestamp>().unwrap().into()
    }

    fn documented() -> Request {
        request(
            "Version=2010-05-08&Action=ListUsers",
            &[
                ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
                ("host", "iam.amazonaws.com"),
                ("x-amz-date", "20150830T123600Z"),
                (
                    "authorization",
                    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, \
                     SignedHeaders=content-type;host;x-amz-date, \
                     Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
                ),
            ],
        )
    }

    fn checked(request: &Request, secret: &str, now: &str) -> Result<(), Refused> {
        check(request, &Caller::of(request).unwrap(), secret, at(now))
    }

    /// AWS General Reference, Signature Version 4: its own example request; five minutes of skew.
    #[test]
    fn the_documented_example_is_good_for_five_minutes_either_way() {
        let request = documented();
        for now in ["2015-08-30T12:36:00Z", "2015-08-30T12:41:00Z", "2015-08-30T12:31:00Z"] {
            assert_eq!(checked(&request, SECRET, now), Ok(()), "{now}");
        }
        let Err(Refused::Skewed(late)) = checked(&request, SECRET, "2015-08-30T12:41:01Z") else { panic!() };
        assert_eq!(
            late,
            "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T124101Z - 5 min.)"
        );
        let Err(Refused::Skewed(early)) = checked(&request, SECRET, "2015-08-30T12:30:59Z") else { panic!() };
        assert!(
            early.starts_with("Signature not yet current: 20150830T123600Z is still later than"),
            "{early}"
        );
    }

    /// AWS General Reference, Signature Version 4: what is signed.
    #[test]
    fn another_secret_or_a_changed_request_does_not_match() {
        let now = "2015-08-30T12:36:00Z";
        assert_eq!(checked(&documented(), "other", now), Err(Refused::Mismatch));
        let mut changed = documented();
        changed.query = "Action=DeleteUser&Version=2010-05-08".to_owned();
        assert_eq!(checked(&changed, SECRET, now), Err(Refused::Mismatch));
        let mut changed = documented();
        changed.body = Bytes::from_static(b"x");
        assert_eq!(checked(&changed, SECRET, now), Err(Refused::Mismatch));
        let mut changed = documented();
        changed.headers.insert("x-amz-date", HeaderValue::from_static("20150831T000000Z"));
        assert_eq!(checked(&changed, SECRET, now), Err(Refused::Mismatch));
    }

    #[test]
    fn what_is_signed_here_is_good_here() {
        let now = at("2026-11-21T10:00:00Z");
        let mut request = request("b=2&a=x%20y&a=%2B", &[("host", "apigateway.eu-central-1.amazonaws.com")]);
        request.path = "/v2/apis/a1/stages/%24default".to_owned();
        sign(&mut request, "AKIATEST", "secret", ("eu-central-1", "apigateway"), now);
        let caller = Caller::of(&request).unwrap();
        assert_eq!(check(&request, &caller, "secret", now), Ok(()));
    }

    #[test]
    fn each_protocol_refuses_in_its_own_words() {
        let code = |refused: &Refused, protocol| {
            let fault = fault(refused, protocol);
            (fault.status, fault.code)
        };
        let skewed = Refused::Skewed("Signature expired".to_owned());
        assert_eq!(code(&Refused::Mismatch, Protocol::Ec2), (401, "AuthFailure".to_owned()));
        assert_eq!(code(&skewed, Protocol::Ec2), (400, "RequestExpired".to_owned()));
        assert_eq!(code(&skewed, Protocol::Query), (403, "SignatureDoesNotMatch".to_owned()));
        assert_eq!(code(&Refused::UnknownKey, Protocol::Query), (403, "InvalidClientTokenId".to_owned()));
        assert_eq!(code(&Refused::Mismatch, Protocol::Json), (400, "InvalidSignatureException".to_owned()));
        assert_eq!(
            code(&Refused::UnknownKey, Protocol::RestJson),
            (403, "UnrecognizedClientException".to_owned())
        );
    }
}
