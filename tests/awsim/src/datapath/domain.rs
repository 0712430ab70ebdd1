//! Custom domain names: which mapping of one a request goes by, and which path is left of it.

use super::refusal::Refusal;
use crate::apigatewayv2::{ApiMapping, Domain};
use crate::tls::client::{Client, Shown};
use crate::world::World;

/// Where a mapping leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapped {
    /// The mapping's id.
    pub mapping: String,
    /// Its key; empty for the mapping of the whole name.
    pub key: String,
    /// The API's id.
    pub api: String,
    /// The stage's name.
    pub stage: String,
    /// The path without the mapping's key.
    pub path: String,
}

/// Whether a host, its port left out, is a custom domain name of any account and region.
pub fn is_custom(world: &mut World, host: &str) -> bool {
    find(world, host).is_some()
}

/// The account, the region and the mapping that a request to a custom domain name goes by; `None`
/// if the host is no such name.
///
/// # Errors
/// 403 if no mapping takes the path (re:Post, API Gateway 403 errors), and where the name wants
/// certificates of its clients, unless `client` showed one that its truststore trusts.
pub fn mapped(
    world: &mut World,
    host: &str,
    path: &str,
    client: Option<&Client>,
) -> Option<Result<(String, String, Mapped), Refusal>> {
    let (account, region, domain) = find(world, host)?;
    if domain.domain.mutual_tls_authentication.is_some()
        && let Err(why) = trusted(host, client)
    {
        return Some(Err(Refusal::forbidden(why)));
    }
    let mappings: Vec<&ApiMapping> = domain.mappings.values().collect();
    let Some((mapping, path)) = select(&mappings, path) else {
        return Some(Err(Refusal::forbidden(format!("no API mapping of '{host}' takes {path}"))));
    };
    let ApiMapping { api_mapping_id: mapping, api_mapping_key: key, api_id: api, stage } = mapping.clone();
    Some(Ok((account, region, Mapped { mapping, key, api, stage, path })))
}

/// Whether the client of a name with mutual TLS is trusted.
fn trusted(host: &str, client: Option<&Client>) -> Result<(), String> {
    let Some(client) = client else {
        return Err(format!("'{host}' wants a client certificate: ask over TLS (awsim --tls-listen)"));
    };
    if client.server_name != host {
        // Else the truststore of one name would open another.
        return Err(format!("the connection was made to '{}', not to '{host}'", client.server_name));
    }
    match &client.certificate {
        None => Err(format!("'{host}' wants a client certificate, which it did not yet do at the handshake")),
        Some(Shown { denied: Some(why), .. }) => Err(format!("Access denied. Reason: {why}")),
        Some(Shown { denied: None, .. }) => Ok(()),
    }
}

/// The name itself, or else the wildcard name of its parent (AGD).
pub(super) fn find<'w>(world: &'w mut World, host: &str) -> Option<(String, String, &'w Domain)> {
    let host = host.to_ascii_lowercase();
    // Calls of AWS's own services come by address or by such names.
    if host.parse::<std::net::IpAddr>().is_ok() || host.ends_with(".amazonaws.com") {
        return None;
    }
    let wildcard = format!("*.{}", host.split_once('.')?.1);
    let mut found = None;
    for region in world.regions() {
        let (account, name) = (&region.account, &region.name);
        let names = &region.apigatewayv2.domain_names;
        if let Some(domain) = names.get(&host) {
            return Some((account.clone(), name.clone(), domain));
        }
        if let Some(domain) = names.get(&wildcard) {
            found = Some((account.clone(), name.clone(), domain));
        }
    }
    found
}

/// The mapping with the longest key that the path begins with, and the rest of the path. Where all
/// keys have one level, a key must be the whole first segment; as soon as one of them has several,
/// any beginning will do, so that `/ordersandmore` goes to `orders` (AGD, API mappings).
fn select<'m>(mappings: &[&'m ApiMapping], path: &str) -> Option<(&'m ApiMapping, String)> {
    let trimmed = path.strip_prefix('/').unwrap_or(path);
    let multi_level = mappings.iter().any(|m| m.api_mapping_key.contains('/'));
    let takes = |key: &str| match key {
        "" => true,
        key if multi_level => trimmed.starts_with(key),
        key => trimmed.split('/').next() == Some(key),
    };
    let fitting = mappings.iter().filter(|m| takes(&m.api_mapping_key));
    let best = fitting.max_by_key(|m| m.api_mapping_key.len())?;
    let rest = trimmed.strip_prefix(best.api_mapping_key.as_str())?;
    let rest = match best.api_mapping_key.is_empty() {
        true => rest,
        false => rest.strip_prefix('/').unwrap_or(rest),
    };
    Some((best, format!("/{rest}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapping(key: &str) -> ApiMapping {
        ApiMapping {
            api_mapping_id: key.to_owned(),
            api_mapping_key: key.to_owned(),
            api_id: String::new(),
            stage: String::new(),
        }
    }

    fn selected(keys: &[&str], path: &str) -> Option<(String, String)> {
        let mappings: Vec<ApiMapping> = keys.iter().map(|key| mapping(key)).collect();
        let (best, rest) = select(&mappings.iter().collect::<Vec<_>>(), path)?;
        Some((best.api_mapping_key.clone(), rest))
    }

    /// The table of AGD's page on API mappings.
    #[test]
    fn the_longest_matching_mapping_takes_the_request() {
        let keys = ["", "orders", "orders/v1/items", "orders/v2/items", "orders/v2/items/categories"];
        for (path, key, rest) in [
            ("/orders", "orders", "/"),
            ("/orders/v1/items", "orders/v1/items", "/"),
            ("/orders/v2/items", "orders/v2/items", "/"),
            ("/orders/v1/items/123", "orders/v1/items", "/123"),
            ("/orders/v2/items/categories/5", "orders/v2/items/categories", "/5"),
            ("/customers", "", "/customers"),
            ("/ordersandmore", "orders", "/andmore"),
        ] {
            assert_eq!(selected(&keys, path), Some((key.to_owned(), rest.to_owned())), "{path}");
        }
    }

    /// AGD, the same page: with single-level mappings only, a key is a whole segment.
    #[test]
    fn mappings_of_one_level_take_whole_segments() {
        let keys = ["", "orders"];
        assert_eq!(selected(&keys, "/ordersandmore"), Some((String::new(), "/ordersandmore".to_owned())));
        assert_eq!(selected(&keys, "/orders/1"), Some(("orders".to_owned(), "/1".to_owned())));
        assert_eq!(selected(&["orders"], "/ordersandmore"), None);
        assert_eq!(selected(&[], "/"), None);
    }
}
