//! The examples are what they claim to be: valid, and granted by the class beside them.

use std::path::Path;

use super::{Classes, Namespace};
use crate::api::{GatewayedService, GatewayedServiceClass};

fn read<T: serde::de::DeserializeOwned>(name: &str) -> T {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
    serde_saphyr::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn the_example_classes_are_valid() {
    for name in ["class.yaml", "class-strict.yaml"] {
        let object: GatewayedServiceClass = read(name);
        super::class(&object, None).unwrap_or_else(|e| panic!("{name}: {e:?}"));
    }
}

#[test]
fn the_example_services_are_valid_and_granted_by_the_example_class() {
    let class: GatewayedServiceClass = read("class.yaml");
    let classes = Classes::new([&class]);
    let shop = Namespace { name: "shop".to_owned(), ..Namespace::default() };
    for name in ["orders.yaml", "carts.yaml"] {
        let object: GatewayedService = read(name);
        let valid = super::service(&object, &classes, &shop).unwrap_or_else(|e| panic!("{name}: {e:?}"));
        assert_eq!(valid.class.name, "public");
        assert_eq!(valid.routes.len(), 2);
    }
}
