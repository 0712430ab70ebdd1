//! Free ports on loopback. Another process may take one before it is used; whoever starts the
//! plane then tries again with others.

use std::net::{Ipv4Addr, TcpListener};

use rand::Rng;

use crate::LabError;

/// One port for each listener of the plane.
#[derive(Clone, Copy, Debug)]
pub struct Ports {
    /// etcd, for the API server.
    pub etcd_client: u16,
    /// etcd, for the other members that it does not have.
    pub etcd_peer: u16,
    /// kube-apiserver.
    pub apiserver: u16,
    /// kube-controller-manager's health and metrics.
    pub controller_manager: u16,
    /// kube-scheduler's health and metrics.
    pub scheduler: u16,
}

impl Ports {
    /// Five free ports. They lie below the range that systems take outgoing ports from, so that
    /// no connection of anyone's takes one meanwhile.
    ///
    /// # Errors
    /// If no free ports are found.
    pub fn free() -> Result<Ports, LabError> {
        let mut held = Vec::new();
        for _ in 0..1000 {
            let port = rand::rng().random_range(20_000..30_000);
            if let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
                // Held until all are found, so that they differ.
                held.push((port, listener));
            }
            if let [a, b, c, d, e] = &held[..] {
                let [etcd_client, etcd_peer, apiserver, controller_manager, scheduler] =
                    [a.0, b.0, c.0, d.0, e.0];
                return Ok(Ports { etcd_client, etcd_peer, apiserver, controller_manager, scheduler });
            }
        }
        Err(LabError::Config {
            field: "ports",
            why: "no five free ports between 20000 and 30000 on 127.0.0.1: stop what holds them".to_owned(),
        })
    }
}
