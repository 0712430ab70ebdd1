//! Addresses for pods: 10.b.c.d, each held by this process alone as long as the pod lives.

use std::net::{Ipv4Addr, UdpSocket};
use std::sync::{Mutex, PoisonError};

use awsim::dial::loopback;
use ipnet::Ipv4Net;
use rand::Rng;

/// A socket bound here marks an address as taken, for other labs on this machine as well. (It is
/// the kubelet's own port; nothing is sent to it.)
const MARK: u16 = 10_250;
/// AWS keeps the first four addresses of a subnet, and the last.
const RESERVED: u32 = 4;

/// The addresses of one zone.
#[derive(Debug)]
pub struct Pool {
    range: Ipv4Net,
    /// The next to try: one that was just given back comes last, as in a real VPC.
    next: Mutex<u32>,
}

/// One address; dropping it gives it back.
#[derive(Debug)]
pub struct Address {
    /// As Kubernetes and AWS see it, 10.b.c.d.
    pub ip: Ipv4Addr,
    _mark: UdpSocket,
}

impl Pool {
    /// Addresses of `range`, which must lie in 10.0.0.0/8 and be /28 or wider; `None` otherwise.
    pub fn new(range: Ipv4Net) -> Option<Pool> {
        let fits = range.network().octets()[0] == 10 && (8..=28).contains(&range.prefix_len());
        let next = rand::rng().random_range(0..1 << (32 - u32::from(range.prefix_len())));
        fits.then(|| Pool { range, next: Mutex::new(next) })
    }

    /// Takes a free address; `None` if all are taken.
    pub fn take(&self) -> Option<Address> {
        let size = 1_u32 << (32 - u32::from(self.range.prefix_len()));
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        for _ in 0..size {
            let offset = *next % size;
            *next = offset + 1;
            if offset < RESERVED || offset == size - 1 {
                continue;
            }
            let ip = Ipv4Addr::from(u32::from(self.range.network()) + offset);
            if let Some(mark) = loopback(ip).and_then(|at| UdpSocket::bind((at, MARK)).ok()) {
                return Some(Address { ip, _mark: mark });
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_given_once_and_again_only_after_it_came_back() {
        let pool = Pool::new("10.251.7.16/28".parse().unwrap()).unwrap();
        let mut taken: Vec<_> = std::iter::from_fn(|| pool.take()).collect();
        let ips: std::collections::BTreeSet<_> = taken.iter().map(|a| a.ip).collect();
        assert_eq!(ips.len(), 11, "16 less AWS's five: {ips:?}");
        assert_eq!(ips.first(), Some(&Ipv4Addr::new(10, 251, 7, 20)));
        let back = taken.remove(3).ip;
        assert_eq!(pool.take().unwrap().ip, back);
    }

    #[test]
    fn a_range_outside_the_simulated_network_is_refused() {
        assert!(Pool::new("192.168.0.0/24".parse().unwrap()).is_none());
        assert!(Pool::new("10.0.0.0/30".parse().unwrap()).is_none());
    }
}
