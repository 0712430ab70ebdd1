//! Short schemas for types of Kubernetes, whose own carry kilobytes of description.

use schemars::{Schema, SchemaGenerator, json_schema};

/// A Go-style duration such as `1m30s`; its bounds are CEL rules of the field.
///
/// Sixteen characters also keep the parser of `kube::core::Duration` from overflowing.
pub fn duration(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "maxLength": 16})
}

/// An RFC 3339 time.
pub fn time(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "format": "date-time"})
}

/// Compute resources by name.
pub fn quantities(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "maxProperties": 16,
        "additionalProperties": {
            "anyOf": [{"type": "integer"}, {"type": "string"}],
            "x-kubernetes-int-or-string": true,
            "maxLength": 32,
            "pattern": "^([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][0-9]+)?$",
        },
    })
}

/// Tolerations as in a pod's spec.
pub fn tolerations(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array",
        "maxItems": 16,
        "x-kubernetes-list-type": "atomic",
        "items": {
            "type": "object",
            "properties": {
                "key": {"type": "string", "maxLength": 317},
                "operator": {"type": "string", "enum": ["Exists", "Equal"]},
                "value": {"type": "string", "maxLength": 63},
                "effect": {"type": "string", "enum": ["NoSchedule", "PreferNoSchedule", "NoExecute"]},
                "tolerationSeconds": {"type": "integer", "format": "int64"},
            },
        },
    })
}

/// A label selector as in any Kubernetes object.
pub fn label_selector(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "x-kubernetes-map-type": "atomic",
        "properties": {
            "matchLabels": {
                "type": "object",
                "maxProperties": 16,
                "additionalProperties": {"type": "string", "maxLength": 63},
            },
            "matchExpressions": {
                "type": "array",
                "maxItems": 16,
                "x-kubernetes-list-type": "atomic",
                "items": {
                    "type": "object",
                    "required": ["key", "operator"],
                    "properties": {
                        "key": {"type": "string", "maxLength": 317},
                        "operator": {"type": "string", "enum": ["In", "NotIn", "Exists", "DoesNotExist"]},
                        "values": {
                            "type": "array",
                            "maxItems": 32,
                            "x-kubernetes-list-type": "atomic",
                            "items": {"type": "string", "maxLength": 63},
                        },
                    },
                },
            },
        },
    })
}

/// Labels, annotations or tags: `max` entries with values of at most `length` characters.
fn strings(max: u32, length: u32) -> Schema {
    json_schema!({
        "type": "object",
        "maxProperties": max,
        "additionalProperties": {"type": "string", "maxLength": length},
    })
}

/// Pod labels and node labels.
pub fn labels(_: &mut SchemaGenerator) -> Schema {
    strings(32, 63)
}

/// Pod annotations.
pub fn annotations(_: &mut SchemaGenerator) -> Schema {
    strings(32, 4096)
}

/// AWS tags that we write (AWS allows 50 a resource; the rest are our marks).
pub fn tags(_: &mut SchemaGenerator) -> Schema {
    strings(40, 256)
}

/// AWS tags that select.
pub fn tag_selector(_: &mut SchemaGenerator) -> Schema {
    let mut schema = strings(10, 256);
    schema.insert("minProperties".to_owned(), 1.into());
    schema
}
