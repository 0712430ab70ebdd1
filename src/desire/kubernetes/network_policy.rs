//! The NetworkPolicy: the load balancers reach app and health port, `inCluster.from` reaches its
//! ports, nothing else reaches the pods.

use std::collections::BTreeSet;

use k8s_openapi::api::networking::v1::{
    IPBlock, NetworkPolicy, NetworkPolicyIngressRule, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec,
};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::{health_port, labels, metadata};
use crate::api::in_cluster::{InCluster, Peer};
use crate::validate::ValidService;

/// The policy. `sources` are the IPv4 ranges of the load balancers' subnets: a load balancer's
/// addresses are not fixed, and pods see them as the client's.
pub fn network_policy(service: &ValidService, sources: &[String]) -> NetworkPolicy {
    let health = health_port(service);
    let balancers = NetworkPolicyIngressRule {
        from: Some(
            sources.iter().map(String::as_str).collect::<BTreeSet<_>>().into_iter().map(range).collect(),
        ),
        ports: Some([service.port].into_iter().chain(health).map(port).collect()),
    };
    let inside = service.in_cluster.as_ref().map(|in_cluster| inside(in_cluster, service.port));
    NetworkPolicy {
        metadata: metadata(service),
        spec: Some(NetworkPolicySpec {
            pod_selector: Some(labels::label_selector(&service.name.name)),
            policy_types: Some(vec!["Ingress".to_owned()]),
            // A rule without sources would admit everyone.
            ingress: Some((!sources.is_empty()).then_some(balancers).into_iter().chain(inside).collect()),
            egress: None,
        }),
    }
}

fn inside(in_cluster: &InCluster, app: u16) -> NetworkPolicyIngressRule {
    let mut ports: BTreeSet<u16> = in_cluster.ports.iter().map(|p| p.port).collect();
    if ports.is_empty() {
        ports.insert(app);
    }
    NetworkPolicyIngressRule {
        from: Some(in_cluster.from.iter().map(peer).collect()),
        ports: Some(ports.into_iter().map(port).collect()),
    }
}

fn peer(peer: &Peer) -> NetworkPolicyPeer {
    let Peer { namespace_selector, pod_selector } = peer;
    NetworkPolicyPeer {
        namespace_selector: namespace_selector.clone(),
        pod_selector: pod_selector.clone(),
        ip_block: None,
    }
}

fn range(cidr: &str) -> NetworkPolicyPeer {
    NetworkPolicyPeer {
        ip_block: Some(IPBlock { cidr: cidr.to_owned(), except: None }),
        ..NetworkPolicyPeer::default()
    }
}

fn port(port: u16) -> NetworkPolicyPort {
    NetworkPolicyPort {
        port: Some(IntOrString::Int(port.into())),
        protocol: Some("TCP".to_owned()),
        end_port: None,
    }
}
