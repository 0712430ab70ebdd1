//! What stands for the world outside the simulated AWS: where issuers of tokens and functions of
//! Lambda authorizers are served on this machine. In AWS an issuer is any server on the internet and
//! a function runs in Lambda; here each must be given a local HTTP address, by a seed
//! (`apiGateway.issuers` and `apiGateway.functions`) or by a test.

use std::collections::BTreeMap;
use std::net::SocketAddrV4;
use std::str::FromStr;

use serde::Deserialize;

use crate::dial;

/// A place on this machine: `http://127.0.0.1:8080`, or `http://127.0.0.1:8080/path` without a slash
/// at its end.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Place {
    /// Where to connect to.
    pub address: SocketAddrV4,
    /// Before every path that is asked for; empty, or it begins with a slash.
    pub path: String,
}

impl FromStr for Place {
    type Err = String;

    /// # Errors
    /// In words, for what is no HTTP URL of a host by address, or of one that is never dialled
    /// (see [`crate::dial`]).
    fn from_str(text: &str) -> Result<Place, String> {
        let form = || format!("'{text}' is not of the form http://127.0.0.1:PORT/PATH");
        let rest = text.strip_prefix("http://").ok_or_else(form)?;
        let (host, path) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        let host = host.replace("localhost", "127.0.0.1");
        let address: SocketAddrV4 = match host.contains(':') {
            true => host.parse(),
            false => format!("{host}:80").parse(),
        }
        .map_err(|_| form())?;
        if dial::loopback(*address.ip()).is_none() {
            return Err(format!("'{text}': only 127.0.0.0/8 and the addresses served there are dialled"));
        }
        Ok(Place { address, path: path.trim_end_matches('/').to_owned() })
    }
}

impl TryFrom<String> for Place {
    type Error = String;

    fn try_from(text: String) -> Result<Place, String> {
        text.parse()
    }
}

/// Issuers and functions that can be asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outside {
    /// Where the URLs that begin with a key are served; `https://issuer.example`. As soon as there
    /// is one, these are all the issuers of the world: no authorizer can be made of others.
    pub issuers: BTreeMap<String, Place>,
    /// By the function's ARN, without a version.
    pub functions: BTreeMap<String, Place>,
    /// Issuers that did not answer as such when an authorizer was last made of them, with the reason.
    pub silent: BTreeMap<String, String>,
}

impl Outside {
    /// Where a URL is served: by the longest of the issuers that it begins with, or, for a local
    /// `http://` URL, by itself. The path that is to be asked for there is in the place.
    pub fn of_url(&self, url: &str) -> Option<Place> {
        let within = |key: &str| {
            let rest = url.strip_prefix(key.trim_end_matches('/'))?;
            (rest.is_empty() || rest.starts_with('/')).then_some(rest)
        };
        let found = self.issuers.iter().filter_map(|(key, place)| Some((key.len(), place, within(key)?)));
        match found.max_by_key(|(length, ..)| *length) {
            Some((_, place, rest)) => {
                Some(Place { address: place.address, path: format!("{}{rest}", place.path) })
            }
            None => url.parse().ok(),
        }
    }

    /// Where a function is served, by its ARN; a version or an alias at its end does not matter.
    pub fn of_function(&self, arn: &str) -> Option<&Place> {
        let unqualified = || arn.splitn(8, ':').take(7).collect::<Vec<_>>().join(":");
        self.functions.get(arn).or_else(|| self.functions.get(&unqualified()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_local_http_urls_are_places() {
        for (url, address, path) in [
            ("http://127.0.0.1:8080", "127.0.0.1:8080", ""),
            ("http://localhost:8080/", "127.0.0.1:8080", ""),
            ("http://127.0.0.2/a/b", "127.0.0.2:80", "/a/b"),
            ("http://10.0.8.10:81", "10.0.8.10:81", ""),
        ] {
            let place: Place = url.parse().unwrap();
            assert_eq!((place.address.to_string().as_str(), place.path.as_str()), (address, path), "{url}");
        }
        for url in ["https://127.0.0.1", "http://example.com", "http://8.8.8.8", "127.0.0.1:1", "http://"] {
            assert!(url.parse::<Place>().is_err(), "{url}");
        }
    }

    #[test]
    fn a_url_is_served_by_the_longest_issuer_that_it_begins_with() {
        let mut outside = Outside::default();
        outside.issuers.insert("https://a.example/".to_owned(), "http://127.0.0.1:1".parse().unwrap());
        outside.issuers.insert("https://a.example/b".to_owned(), "http://127.0.0.1:2/c".parse().unwrap());
        let of = |url: &str| outside.of_url(url).map(|p| format!("{}{}", p.address.port(), p.path));
        assert_eq!(of("https://a.example/keys").unwrap(), "1/keys");
        assert_eq!(of("https://a.example/bee").unwrap(), "1/bee");
        assert_eq!(of("https://a.example/b/keys").unwrap(), "2/c/keys");
        assert_eq!(of("https://a.example.org/keys"), None);
        assert_eq!(of("http://127.0.0.1:3/keys").unwrap(), "3/keys");
    }

    #[test]
    fn a_version_of_a_function_is_served_where_the_function_is() {
        let mut outside = Outside::default();
        let arn = "arn:aws:lambda:eu-central-1:123456789012:function:gate";
        outside.functions.insert(arn.to_owned(), "http://127.0.0.1:1".parse().unwrap());
        assert!(outside.of_function(arn).is_some());
        assert!(outside.of_function(&format!("{arn}:live")).is_some());
        assert!(outside.of_function(&format!("{arn}s")).is_none());
    }
}
