//! Names of AWS resources: a readable prefix and a digest, stable for equal immutable content, so
//! that a replacement never collides with what it replaces.

use data_encoding::BASE32_NOPAD;
use sha2::{Digest, Sha256};

use super::{Owner, ResourceKey};

/// Every name of ours starts so.
pub const PREFIX: &str = "gw-";

/// `gw-{namespace or "class", 7}-{name, 9}-{digest, 10}`: at most 31 characters of
/// `[a-z0-9-]`, within the 32 that load balancers and target groups allow. The digest covers the
/// cluster, the key and `immutables`: whatever cannot be changed in place.
pub fn name(cluster: &str, key: &ResourceKey, immutables: &[&str]) -> String {
    let (space, name) = match &key.owner {
        Owner::Class(class) => ("class", class.as_str()),
        Owner::Service { name, .. } => (name.namespace.as_str(), name.name.as_str()),
    };
    let mut hash = Sha256::new();
    for part in [cluster, &key.to_string()].iter().chain(immutables) {
        // Length first: ("ab", "c") and ("a", "bc") differ.
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    let digest = BASE32_NOPAD.encode(&hash.finalize()).to_lowercase();
    format!("{PREFIX}{}-{}-{}", readable(space, 7), readable(name, 9), &digest[..10])
}

/// The first `len` characters that a name may carry, without a dash at the end.
fn readable(s: &str, len: usize) -> String {
    let clean: String = s.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(len).collect();
    clean.trim_end_matches('-').to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Kind, NsName};

    #[test]
    fn a_name_is_readable_within_32_characters_and_changes_with_what_cannot_be_changed() {
        let owner =
            Owner::Service { class: "public".into(), name: NsName::new("a-very-long-ns", "orders-of.all") };
        let key = ResourceKey::new(Kind::TargetGroup, &owner, "main");
        let name = super::name("c1", &key, &["vpc-1"]);
        assert!(name.starts_with("gw-a-very-orders-of-") && name.len() <= 32, "{name}");
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'));
        assert_eq!(name, super::name("c1", &key, &["vpc-1"]));
        assert_ne!(name, super::name("c1", &key, &["vpc-2"]));
        assert_ne!(name, super::name("c2", &key, &["vpc-1"]));
    }
}
