//! A kubeconfig of one user of one cluster.

use data_encoding::BASE64;

use super::pki::{Identity, Pki};

/// The file's text for `user` at `https://127.0.0.1:PORT`.
pub fn text(pki: &Pki, identity: &Identity, port: u16) -> String {
    let encode = |pem: &str| BASE64.encode(pem.as_bytes());
    format!(
        "apiVersion: v1
kind: Config
current-context: lab
clusters:
- name: lab
  cluster:
    server: https://127.0.0.1:{port}
    certificate-authority-data: {}
contexts:
- name: lab
  context: {{cluster: lab, user: lab}}
users:
- name: lab
  user:
    client-certificate-data: {}
    client-key-data: {}
",
        encode(&pki.ca),
        encode(&identity.certificate),
        encode(&identity.key)
    )
}
