//! Keys that an issuer publishes (RFC 7517), and signatures that are checked with them.

use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RsaParameters,
    RsaPublicKeyComponents,
};
use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;

/// A signature's algorithm. API Gateway takes RSA only (AGD), and of that PKCS #1 v1.5 (field report:
/// `signing method ES256 is invalid`, "only accepts the RS-family in practice"); that it refuses
/// PS256 is inferred from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// With SHA-256.
    Rs256,
    /// With SHA-384.
    Rs384,
    /// With SHA-512.
    Rs512,
}

impl Algorithm {
    /// By the name in a token's `alg`.
    pub fn named(name: &str) -> Option<Algorithm> {
        match name {
            "RS256" => Some(Algorithm::Rs256),
            "RS384" => Some(Algorithm::Rs384),
            "RS512" => Some(Algorithm::Rs512),
            _ => None,
        }
    }

    fn parameters(self) -> &'static RsaParameters {
        match self {
            Algorithm::Rs256 => &RSA_PKCS1_2048_8192_SHA256,
            Algorithm::Rs384 => &RSA_PKCS1_2048_8192_SHA384,
            Algorithm::Rs512 => &RSA_PKCS1_2048_8192_SHA512,
        }
    }
}

/// The RSA keys of one issuer.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct KeySet(Vec<Key>);

/// One RSA key, of 2048 bits or more.
#[derive(Debug, PartialEq, Eq)]
pub struct Key {
    id: String,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

#[derive(Deserialize)]
struct Published {
    keys: Vec<PublishedKey>,
}

#[derive(Deserialize)]
struct PublishedKey {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

impl KeySet {
    /// Reads a JSON Web Key Set; keys of other kinds, for encryption or without an id are left out.
    ///
    /// # Errors
    /// In words, what is wrong with it.
    pub fn read(json: &[u8]) -> Result<KeySet, String> {
        let published: Published = serde_json::from_slice(json).map_err(|e| format!("no key set: {e}"))?;
        let mut keys = Vec::new();
        for key in published.keys {
            let PublishedKey { kty, kid, purpose, n, e } = key;
            let signs = kty == "RSA" && purpose.is_none_or(|purpose| purpose == "sig");
            let (Some(id), true) = (kid, signs) else { continue };
            let number = |name: &str, digits: Option<String>| {
                let bytes = BASE64URL_NOPAD.decode(digits.unwrap_or_default().as_bytes());
                let bytes = bytes.map_err(|e| format!("'{name}' of key '{id}': {e}"))?;
                Ok::<_, String>(bytes.into_iter().skip_while(|byte| *byte == 0).collect::<Vec<u8>>())
            };
            let (modulus, exponent) = (number("n", n)?, number("e", e)?);
            keys.push(Key { id, modulus, exponent });
        }
        Ok(KeySet(keys))
    }

    /// The key of this id.
    pub fn find(&self, id: &str) -> Option<&Key> {
        self.0.iter().find(|key| key.id == id)
    }

    /// The ids of all keys.
    pub fn ids(&self) -> Vec<&str> {
        self.0.iter().map(|key| key.id.as_str()).collect()
    }
}

impl Key {
    /// Whether the signature of the message was made with this key's other half.
    pub fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        let public = RsaPublicKeyComponents { n: &self.modulus, e: &self.exponent };
        public.verify(algorithm.parameters(), message, signature).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// AGD, JWT authorizers: RSA-based algorithms only, by `kid`; RFC 7517: `use` and `kid`.
    #[test]
    fn only_rsa_keys_for_signatures_that_have_an_id_are_read() {
        let set = br#"{"keys": [
            {"kty": "RSA", "kid": "a", "use": "sig", "n": "AAEC", "e": "AQAB"},
            {"kty": "RSA", "kid": "b", "use": "enc", "n": "AQ", "e": "AQAB"},
            {"kty": "EC", "kid": "c", "crv": "P-256", "x": "AQ", "y": "AQ"},
            {"kty": "RSA", "n": "AQ", "e": "AQAB"}]}"#;
        let set = KeySet::read(set).unwrap();
        assert_eq!(set.ids(), ["a"]);
        let key = set.find("a").unwrap();
        assert_eq!(key.modulus, [1, 2]);
        // No key to verify with, and no panic either.
        assert!(!key.verifies(Algorithm::Rs256, b"message", b"signature"));
        let empty = Key { id: String::new(), modulus: Vec::new(), exponent: Vec::new() };
        assert!(!empty.verifies(Algorithm::Rs256, b"", b""));
        for broken in ["", "[]", r#"{"keys": [{"kty": "RSA", "kid": "a", "n": "!", "e": "AQAB"}]}"#] {
            assert!(KeySet::read(broken.as_bytes()).is_err(), "{broken}");
        }
    }
}
