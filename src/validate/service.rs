//! A service: which class serves it, what that class grants, and every field of its spec.

use kube::ResourceExt;

use super::violation::Found;
use super::{Classes, Namespace, Refused, ValidService, access, bounds, routes, workload};
use crate::api::{GatewayedService, Reason};
use crate::model::NsName;

/// What `object` means, given every class and the namespace it is in.
///
/// Err: all that is wrong with it, the most fundamental first.
pub fn service(
    object: &GatewayedService,
    classes: &Classes,
    namespace: &Namespace,
) -> Result<ValidService, Refused> {
    let (class_name, class) = classes
        .of(object, namespace)
        .map_err(|(class_name, violation)| Refused { class_name, violations: vec![violation] })?;
    let mut found = Found::default();
    let grants = access::grants(&class, namespace);
    if grants.is_empty() {
        let message = format!(
            "Class {class_name} grants namespace {} nothing. {}",
            namespace.name,
            classes.choice(namespace)
        );
        found.add(Reason::NamespaceNotAllowed, "spec.className", message);
        return Err(Refused { class_name: Some(class_name), violations: found.0 });
    }

    let spec = &object.spec;
    let name = object.name_any();
    bounds::dns_label(&mut found, "metadata.name", &name);
    workload::container(&mut found, spec);
    workload::pod(&mut found, spec);
    workload::in_cluster(&mut found, spec.in_cluster.as_ref());
    let valid = ValidService {
        name: NsName::new(&namespace.name, name),
        image: spec.image.clone(),
        port: spec.port,
        command: spec.command.clone(),
        args: spec.args.clone(),
        env: spec.env.clone(),
        resources: spec.resources.clone().unwrap_or_default(),
        service_account: spec.service_account_name.clone(),
        pod: spec.pod.clone().unwrap_or_default(),
        security: spec.security.clone().unwrap_or_default(),
        scale: workload::scale(&mut found, spec),
        health: workload::health(&mut found, spec),
        shutdown: workload::shutdown(&mut found, spec, &class),
        routes: routes::routes(&mut found, &spec.routes, &class, &grants, namespace),
        in_cluster: spec.in_cluster.clone(),
        class,
    };
    found.or(valid).map_err(|violations| Refused { class_name: Some(class_name), violations })
}
