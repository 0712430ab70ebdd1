//! The marks by which we know our own: tags on what can carry them, a line in an integration's
//! description. Only what carries them is ever changed or deleted.

use std::collections::BTreeMap;

use super::{Kind, NsName, Owner, ResourceKey, Slot};

/// Tag: the cluster id, a required setting.
pub const CLUSTER: &str = "gatewayed.io/cluster";
/// Tag: the class's name.
pub const CLASS: &str = "gatewayed.io/class";
/// Tag: `namespace/name` of the service; absent on what is the class's.
pub const SERVICE: &str = "gatewayed.io/service";
/// Tag: which of the owner's resources of this kind.
pub const SLOT: &str = "gatewayed.io/slot";

/// The tags that mark `key` as ours in cluster `cluster`.
pub fn tags(cluster: &str, key: &ResourceKey) -> BTreeMap<String, String> {
    let mut tags = BTreeMap::from([
        (CLUSTER.to_owned(), cluster.to_owned()),
        (CLASS.to_owned(), key.owner.class().to_owned()),
        (SLOT.to_owned(), key.slot.to_string()),
    ]);
    if let Some(service) = key.owner.service() {
        tags.insert(SERVICE.to_owned(), service.to_string());
    }
    tags
}

/// The key that `tags` mark a resource of `kind` with; `None` if it is not ours.
pub fn read(cluster: &str, kind: Kind, tags: &BTreeMap<String, String>) -> Option<ResourceKey> {
    if tags.get(CLUSTER)? != cluster {
        return None;
    }
    let class = tags.get(CLASS)?.clone();
    let owner = match tags.get(SERVICE) {
        None => Owner::Class(class),
        Some(service) => Owner::Service { class, name: service.parse::<NsName>().ok()? },
    };
    Some(ResourceKey { kind, owner, slot: Slot(tags.get(SLOT)?.clone()) })
}

/// The mark in the description of an integration, which has no tags:
/// `gatewayed.io cluster=a class=b service=c/d slot=10s`.
pub fn description(cluster: &str, key: &ResourceKey) -> String {
    let service = key.owner.service().map(|s| format!(" service={s}")).unwrap_or_default();
    format!("gatewayed.io cluster={cluster} class={}{service} slot={}", key.owner.class(), key.slot)
}

/// The key in a description that [`description`] wrote; `None` for any other text.
pub fn read_description(cluster: &str, kind: Kind, text: &str) -> Option<ResourceKey> {
    let (fields, slot) = text.strip_prefix("gatewayed.io ")?.split_once(" slot=")?;
    let fields: BTreeMap<&str, &str> = fields.split(' ').filter_map(|f| f.split_once('=')).collect();
    let tag = |name: &str, field: &str| fields.get(field).map(|v| (name.to_owned(), (*v).to_owned()));
    let tags = [tag(CLUSTER, "cluster"), tag(CLASS, "class"), tag(SERVICE, "service")];
    let slot = (SLOT.to_owned(), slot.to_owned());
    read(cluster, kind, &tags.into_iter().flatten().chain([slot]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> ResourceKey {
        let owner = Owner::Service { class: "public".into(), name: NsName::new("shop", "orders") };
        ResourceKey::new(Kind::Integration, &owner, "10s")
    }

    #[test]
    fn marks_in_tags_and_in_a_description_read_back_as_the_key() {
        assert_eq!(read("c1", Kind::Integration, &tags("c1", &key())), Some(key()));
        let text = description("c1", &key());
        assert_eq!(text, "gatewayed.io cluster=c1 class=public service=shop/orders slot=10s");
        assert_eq!(read_description("c1", Kind::Integration, &text), Some(key()));
        let class = ResourceKey::new(Kind::Api, &Owner::Class("public".into()), "main");
        assert_eq!(read("c1", Kind::Api, &tags("c1", &class)), Some(class));
    }

    #[test]
    fn another_clusters_marks_and_a_strangers_text_are_not_ours() {
        assert_eq!(read("c2", Kind::Integration, &tags("c1", &key())), None);
        assert_eq!(read_description("c2", Kind::Integration, &description("c1", &key())), None);
        assert_eq!(read_description("c1", Kind::Integration, "made by hand"), None);
    }
}
