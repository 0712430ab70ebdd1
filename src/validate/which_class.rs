//! Which class serves a service.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Namespace, ValidClass, Violation, access, class};
use crate::api::{GatewayedService, GatewayedServiceClass, Reason, marks};

/// Every class there is, by name, as far as services need to know it.
#[derive(Clone, Debug, Default)]
pub struct Classes(BTreeMap<String, Known>);

/// A class, or why it is refused.
#[derive(Clone, Debug)]
struct Known {
    is_default: bool,
    valid: Result<Arc<ValidClass>, Vec<Violation>>,
}

impl Classes {
    /// From every class object, with the network that their status records. Classes that are being
    /// deleted count: their services are still theirs.
    pub fn new<'a>(objects: impl IntoIterator<Item = &'a GatewayedServiceClass>) -> Classes {
        let known = |object: &GatewayedServiceClass| Known {
            is_default: class::is_default(object),
            valid: class::class(object, None).map(Arc::new),
        };
        let named = |object| (kube::ResourceExt::name_any(object), known(object));
        Classes(objects.into_iter().map(named).collect())
    }

    /// The class of `service`: the latched one, else the named one, else the default.
    ///
    /// With the name, since a class that is refused has one too.
    pub fn of(
        &self,
        service: &GatewayedService,
        namespace: &Namespace,
    ) -> Result<(String, Arc<ValidClass>), (Option<String>, Violation)> {
        let name = self.name_of(service, namespace).map_err(|v| (None, v))?;
        match self.0.get(&name).map(|known| &known.valid) {
            None => Err((None, self.unknown(&name, namespace))),
            Some(Ok(class)) => Ok((name, class.clone())),
            Some(Err(why)) => {
                let first = why.first().map(|v| v.message.as_str()).unwrap_or_default();
                let message = format!("Class {name} is not accepted: {first}");
                Err((Some(name), violation(Reason::ClassNotReady, message)))
            }
        }
    }

    /// The name of the class of `service`, whether the class exists or not; `None` if none is named
    /// and there is no one default.
    pub fn name(&self, service: &GatewayedService, namespace: &Namespace) -> Option<String> {
        self.name_of(service, namespace).ok()
    }

    fn name_of(&self, service: &GatewayedService, namespace: &Namespace) -> Result<String, Violation> {
        let latched = service.status.as_ref().and_then(|s| s.class_name.as_ref());
        match (latched, &service.spec.class_name) {
            (Some(latched), Some(wanted)) if latched != wanted => Err(violation(
                Reason::ClassChanged,
                format!(
                    "spec.className is {wanted}, but class {latched} serves it. Set it back to {latched}, or \
                     delete the service and create it anew."
                ),
            )),
            (Some(latched), _) => Ok(latched.clone()),
            (None, Some(wanted)) => Ok(wanted.clone()),
            (None, None) => self.default(namespace),
        }
    }

    fn default(&self, namespace: &Namespace) -> Result<String, Violation> {
        let defaults: Vec<&String> = self.0.iter().filter(|(_, c)| c.is_default).map(|(n, _)| n).collect();
        match defaults.as_slice() {
            [one] => Ok((*one).clone()),
            [] => Err(violation(
                Reason::NoDefaultClass,
                format!("spec.className is absent and no class is the default. {}", self.choice(namespace)),
            )),
            several => {
                let names: Vec<&str> = several.iter().map(|n| n.as_str()).collect();
                let message = format!(
                    "spec.className is absent and {} classes are the default: {}. Set spec.className, or have \
                     the annotation {} removed from all but one of them.",
                    names.len(),
                    names.join(", "),
                    marks::IS_DEFAULT_CLASS
                );
                Err(violation(Reason::TwoDefaultClasses, message))
            }
        }
    }

    fn unknown(&self, name: &str, namespace: &Namespace) -> Violation {
        violation(
            Reason::UnknownClass,
            format!("Class \"{name}\" does not exist. {}", self.choice(namespace)),
        )
    }

    /// The classes that a service in `namespace` could name, as a sentence.
    pub fn choice(&self, namespace: &Namespace) -> String {
        let admits = |known: &Known| {
            known.valid.as_ref().is_ok_and(|class| !access::grants(class, namespace).is_empty())
        };
        let names: Vec<&str> =
            self.0.iter().filter(|(_, known)| admits(known)).map(|(n, _)| n.as_str()).collect();
        if names.is_empty() {
            format!(
                "No class admits namespace {}: ask for an entry in a class's spec.access.",
                namespace.name
            )
        } else {
            format!("Classes that admit namespace {}: {}.", namespace.name, names.join(", "))
        }
    }
}

fn violation(reason: Reason, message: String) -> Violation {
    Violation { reason, field: "spec.className".to_owned(), message }
}
