//! The command line of each process.

use std::path::Path;

use super::pki::Pki;
use super::ports::Ports;

/// Cluster IPs come from here; nothing answers at them.
const SERVICE_RANGE: &str = "10.96.0.0/16";

/// etcd, one member, its data in `data`.
pub(super) fn etcd(data: &Path, ports: &Ports) -> Vec<String> {
    let (client, peer) = (ports.etcd_client, ports.etcd_peer);
    vec![
        "--name=lab".to_owned(),
        format!("--data-dir={}", data.display()),
        format!("--listen-client-urls=http://127.0.0.1:{client}"),
        format!("--advertise-client-urls=http://127.0.0.1:{client}"),
        format!("--listen-peer-urls=http://127.0.0.1:{peer}"),
        format!("--initial-advertise-peer-urls=http://127.0.0.1:{peer}"),
        format!("--initial-cluster=lab=http://127.0.0.1:{peer}"),
        // The data is thrown away; a power cut may have it.
        "--unsafe-no-fsync".to_owned(),
    ]
}

/// kube-apiserver, with RBAC and the aggregation layer.
pub(super) fn apiserver(pki: &Pki, ports: &Ports) -> Vec<String> {
    let file = |name: &str| pki.folder.join(name).display().to_string();
    vec![
        format!("--etcd-servers=http://127.0.0.1:{}", ports.etcd_client),
        "--bind-address=127.0.0.1".to_owned(),
        format!("--secure-port={}", ports.apiserver),
        // A loopback address is no valid endpoint, so none is published.
        "--advertise-address=127.0.0.1".to_owned(),
        "--endpoint-reconciler-type=none".to_owned(),
        format!("--service-cluster-ip-range={SERVICE_RANGE}"),
        "--authorization-mode=RBAC".to_owned(),
        format!("--client-ca-file={}", file("ca.crt")),
        format!("--tls-cert-file={}", file("apiserver.crt")),
        format!("--tls-private-key-file={}", file("apiserver.key")),
        "--service-account-issuer=https://kubernetes.default.svc".to_owned(),
        format!("--service-account-key-file={}", file("service-account.pub")),
        format!("--service-account-signing-key-file={}", file("service-account.key")),
        format!("--requestheader-client-ca-file={}", file("front-proxy-ca.crt")),
        "--requestheader-allowed-names=front-proxy-client".to_owned(),
        "--requestheader-extra-headers-prefix=X-Remote-Extra-".to_owned(),
        "--requestheader-group-headers=X-Remote-Group".to_owned(),
        "--requestheader-username-headers=X-Remote-User".to_owned(),
        format!("--proxy-client-cert-file={}", file("front-proxy-client.crt")),
        format!("--proxy-client-key-file={}", file("front-proxy-client.key")),
        "--profiling=false".to_owned(),
    ]
}

/// kube-controller-manager, faster than its defaults where a test would wait for it.
pub(super) fn controller_manager(pki: &Pki, ports: &Ports, kubeconfig: &Path, scratch: &Path) -> Vec<String> {
    let file = |name: &str| pki.folder.join(name).display().to_string();
    let mut flags = controller(pki, ports.controller_manager, kubeconfig);
    flags.extend([
        "--use-service-account-credentials=true".to_owned(),
        format!("--service-account-private-key-file={}", file("service-account.key")),
        format!("--root-ca-file={}", file("ca.crt")),
        format!("--cluster-signing-cert-file={}", file("ca.crt")),
        format!("--cluster-signing-key-file={}", file("ca.key")),
        "--allocate-node-cidrs=false".to_owned(),
        // It would make /usr/libexec/kubernetes.
        format!("--flex-volume-plugin-dir={}", scratch.join("flex-volumes").display()),
        // A machine with every core taken must not lose its nodes.
        "--node-monitor-grace-period=2m".to_owned(),
        "--horizontal-pod-autoscaler-sync-period=2s".to_owned(),
        "--horizontal-pod-autoscaler-downscale-stabilization=5s".to_owned(),
        "--horizontal-pod-autoscaler-cpu-initialization-period=1s".to_owned(),
        "--horizontal-pod-autoscaler-initial-readiness-delay=1s".to_owned(),
    ]);
    flags
}

/// kube-scheduler.
pub(super) fn scheduler(pki: &Pki, ports: &Ports, kubeconfig: &Path) -> Vec<String> {
    controller(pki, ports.scheduler, kubeconfig)
}

fn controller(pki: &Pki, port: u16, kubeconfig: &Path) -> Vec<String> {
    let file = |name: &str| pki.folder.join(name).display().to_string();
    let kubeconfig = kubeconfig.display();
    vec![
        format!("--kubeconfig={kubeconfig}"),
        format!("--authentication-kubeconfig={kubeconfig}"),
        format!("--authorization-kubeconfig={kubeconfig}"),
        "--bind-address=127.0.0.1".to_owned(),
        format!("--secure-port={port}"),
        format!("--tls-cert-file={}", file("apiserver.crt")),
        format!("--tls-private-key-file={}", file("apiserver.key")),
        "--leader-elect=false".to_owned(),
        // At the default of 20 a second, 300 pods take five times as long.
        "--kube-api-qps=500".to_owned(),
        "--kube-api-burst=1000".to_owned(),
        "--profiling=false".to_owned(),
    ]
}
