//! Security policies of HTTPS and TLS listeners: protocols and ciphers of each (user guides,
//! "Security policies"; the names: AWS CLI, example of describe-ssl-policies).

use serde_json::{Value, json};

use super::arn::not_simulated;
use super::reply;
use crate::fault::Fault;
use crate::input::{text, texts};
use crate::world::Call;

/// What a listener has when its maker names none, by API (user guides, "Security policies").
pub(super) const DEFAULT: &str = "ELBSecurityPolicy-2016-08";

/// Of TLS 1.3.
const TLS13: &[&str] = &["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"];
/// Forward secrecy, with authenticated encryption.
const GCM: &[&str] = &[
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
];
/// Forward secrecy, with SHA-2.
const SHA2: &[&str] = &[
    "ECDHE-ECDSA-AES128-SHA256",
    "ECDHE-RSA-AES128-SHA256",
    "ECDHE-ECDSA-AES256-SHA384",
    "ECDHE-RSA-AES256-SHA384",
];
/// Forward secrecy, with SHA-1.
const SHA1: &[&str] =
    &["ECDHE-ECDSA-AES128-SHA", "ECDHE-RSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA", "ECDHE-RSA-AES256-SHA"];
/// Key exchange by RSA, of TLS 1.2.
const RSA12: &[&str] = &["AES128-GCM-SHA256", "AES128-SHA256", "AES256-GCM-SHA384", "AES256-SHA256"];
/// Key exchange by RSA, with SHA-1.
const RSA: &[&str] = &["AES128-SHA", "AES256-SHA"];
/// For the oldest clients.
const DES: &[&str] = &["DES-CBC3-SHA"];

const ALL: &[&[&str]] = &[GCM, SHA2, SHA1, RSA12, RSA];
const ALL_AND_TLS13: &[&[&str]] = &[TLS13, GCM, SHA2, SHA1, RSA12, RSA];
const FORWARD_SECRET: &[&[&str]] = &[GCM, SHA2, SHA1];

/// The priorities of ciphers, whatever the policy: the strength of the key comes before the hash. Of
/// the 18 of 2016-08 the CLI's example of describe-ssl-policies tells the first three and the last;
/// the list that moto has, which agrees with it, tells the others.
const ORDER: [&str; 22] = [
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES128-SHA256",
    "ECDHE-RSA-AES128-SHA256",
    "ECDHE-ECDSA-AES128-SHA",
    "ECDHE-RSA-AES128-SHA",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-AES256-SHA384",
    "ECDHE-RSA-AES256-SHA384",
    "ECDHE-ECDSA-AES256-SHA",
    "ECDHE-RSA-AES256-SHA",
    "AES128-GCM-SHA256",
    "AES128-SHA256",
    "AES128-SHA",
    "AES256-GCM-SHA384",
    "AES256-SHA256",
    "AES256-SHA",
    "DES-CBC3-SHA",
];

const PROTOCOLS: [&str; 4] = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"];

/// One policy.
struct Policy {
    name: &'static str,
    /// Of [`PROTOCOLS`], from and to.
    protocols: (usize, usize),
    ciphers: &'static [&'static [&'static str]],
}

const fn policy(
    name: &'static str,
    from: usize,
    to: usize,
    ciphers: &'static [&'static [&'static str]],
) -> Policy {
    Policy { name, protocols: (from, to), ciphers }
}

const POLICIES: &[Policy] = &[
    policy(DEFAULT, 0, 2, ALL),
    policy("ELBSecurityPolicy-TLS13-1-2-2021-06", 2, 3, &[TLS13, GCM, SHA2]),
    policy("ELBSecurityPolicy-TLS13-1-2-Res-2021-06", 2, 3, &[TLS13, GCM]),
    policy("ELBSecurityPolicy-TLS13-1-2-Ext1-2021-06", 2, 3, &[TLS13, GCM, SHA2, RSA12]),
    policy("ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06", 2, 3, ALL_AND_TLS13),
    policy("ELBSecurityPolicy-TLS13-1-1-2021-06", 1, 3, ALL_AND_TLS13),
    policy("ELBSecurityPolicy-TLS13-1-0-2021-06", 0, 3, ALL_AND_TLS13),
    policy("ELBSecurityPolicy-TLS13-1-3-2021-06", 3, 3, &[TLS13]),
    policy("ELBSecurityPolicy-TLS-1-2-2017-01", 2, 2, &[GCM, SHA2, RSA12]),
    policy("ELBSecurityPolicy-TLS-1-1-2017-01", 1, 2, ALL),
    policy("ELBSecurityPolicy-TLS-1-2-Ext-2018-06", 2, 2, ALL),
    policy("ELBSecurityPolicy-FS-2018-06", 0, 2, FORWARD_SECRET),
    policy("ELBSecurityPolicy-2015-05", 0, 2, ALL),
    policy("ELBSecurityPolicy-TLS-1-0-2015-04", 0, 2, &[GCM, SHA2, SHA1, RSA12, RSA, DES]),
    policy("ELBSecurityPolicy-FS-1-2-Res-2019-08", 2, 2, &[GCM, SHA2]),
    policy("ELBSecurityPolicy-FS-1-1-2019-08", 1, 2, FORWARD_SECRET),
    policy("ELBSecurityPolicy-FS-1-2-2019-08", 2, 2, FORWARD_SECRET),
    policy("ELBSecurityPolicy-FS-1-2-Res-2020-10", 2, 2, &[GCM]),
    policy("ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09", 2, 3, &[TLS13, GCM]),
    policy("ELBSecurityPolicy-TLS13-1-3-PQ-2025-09", 3, 3, &[TLS13]),
];

/// Checks that there is a policy of this name (the words are AWS's).
///
/// # Errors
/// `SSLPolicyNotFound`; 501 for one of AWS's that is not in the list here.
pub(super) fn check(name: &str) -> Result<(), Fault> {
    find(name).map(|_| ())
}

fn find(name: &str) -> Result<(usize, &'static Policy), Fault> {
    if let Some(found) = POLICIES.iter().enumerate().find(|(_, policy)| policy.name == name) {
        return Ok(found);
    }
    let unlisted = name.contains("-FIPS-") || name.contains("-PQ-");
    if name.starts_with("ELBSecurityPolicy-TLS13-") && unlisted {
        return Err(not_simulated(format!("The SSL policy '{name}'")));
    }
    Err(Fault::bad("SSLPolicyNotFound", format!("SSL policy '{name}' not found")))
}

/// DescribeSSLPolicies: all, or by names.
pub fn describe(_call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let names = texts(input, "Names");
    let found: Vec<(usize, &Policy)> = if names.is_empty() {
        POLICIES.iter().enumerate().collect()
    } else {
        names.iter().map(|name| find(name)).collect::<Result<_, _>>()?
    };
    // Gateway load balancers have no listeners with TLS.
    let gateway = text(input, "LoadBalancerType") == Some("gateway");
    let mut found: Vec<(String, Value)> = found
        .into_iter()
        .filter(|_| !gateway)
        .map(|(place, policy)| (format!("{place:02}"), render(policy)))
        .collect();
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    found.dedup_by(|(a, _), (b, _)| a == b);
    reply::pages(input, "SslPolicies", found)
}

fn render(policy: &Policy) -> Value {
    let (from, to) = policy.protocols;
    let mut names: Vec<&str> = policy.ciphers.iter().flat_map(|some| some.iter().copied()).collect();
    names.sort_by_key(|name| ORDER.iter().position(|other| other == name));
    let ciphers: Vec<Value> =
        (1..).zip(names).map(|(priority, name)| json!({"Name": name, "Priority": priority})).collect();
    json!({
        "Name": policy.name,
        "SslProtocols": PROTOCOLS[from..=to],
        "Ciphers": ciphers,
        "SupportedLoadBalancerTypes": ["application", "network"],
    })
}
