//! Who is to be reconciled although nothing in the cluster changed: a reply of AWS came, a class
//! published something new. Waking costs nothing twice: the controllers collapse duplicates.

use futures::StreamExt;
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures::stream::Stream;
use kube::runtime::reflector::ObjectRef;

use super::{ClassObject, ServiceObject};
use crate::model::{NsName, Owner};

/// Wakes owners. Clones wake through the same channels.
#[derive(Clone, Debug)]
pub struct Wakes {
    classes: UnboundedSender<String>,
    services: UnboundedSender<NsName>,
}

/// The controllers' ends.
#[derive(Debug)]
pub struct Woken {
    classes: UnboundedReceiver<String>,
    services: UnboundedReceiver<NsName>,
}

/// Both ends.
pub fn wakes() -> (Wakes, Woken) {
    let (classes, woken_classes) = unbounded();
    let (services, woken_services) = unbounded();
    (Wakes { classes, services }, Woken { classes: woken_classes, services: woken_services })
}

impl Wakes {
    /// Wakes whoever it is. After shutdown nobody listens, which is fine.
    pub fn owner(&self, owner: &Owner) {
        match owner {
            Owner::Class(class) => self.class(class),
            Owner::Service { name, .. } => self.service(name),
        }
    }

    /// Wakes a class.
    pub fn class(&self, class: &str) {
        let _ = self.classes.unbounded_send(class.to_owned());
    }

    /// Wakes a service.
    pub fn service(&self, service: &NsName) {
        let _ = self.services.unbounded_send(service.clone());
    }
}

impl Woken {
    /// As the two controllers want them.
    pub fn streams(
        self,
    ) -> (
        impl Stream<Item = ObjectRef<ClassObject>> + Send,
        impl Stream<Item = ObjectRef<ServiceObject>> + Send,
    ) {
        let classes = self.classes.map(|name| ObjectRef::new(&name));
        let services = self.services.map(|s| ObjectRef::new(&s.name).within(&s.namespace));
        (classes, services)
    }
}
