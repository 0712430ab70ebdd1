//! The Service: its EndpointSlices say which pods become targets.

use k8s_openapi::api::core::v1::{Service, ServicePort, ServiceSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::{APP_PORT, further_ports, labels, metadata};
use crate::validate::ValidService;

/// The Service, reachable inside the cluster only.
pub fn service(service: &ValidService) -> Service {
    // By name: while a release changes the port, old pods and new ones are each reached at theirs.
    let http = port(APP_PORT, service.port);
    let further = further_ports(service).into_iter().map(|(name, number)| port(name, number));
    Service {
        metadata: metadata(service),
        spec: Some(ServiceSpec {
            type_: Some("ClusterIP".to_owned()),
            selector: Some(labels::selector(&service.name.name)),
            ports: Some([http].into_iter().chain(further).collect()),
            ..ServiceSpec::default()
        }),
        status: None,
    }
}

fn port(name: &str, number: u16) -> ServicePort {
    ServicePort {
        name: Some(name.to_owned()),
        port: number.into(),
        target_port: Some(IntOrString::String(name.to_owned())),
        protocol: Some("TCP".to_owned()),
        ..ServicePort::default()
    }
}
