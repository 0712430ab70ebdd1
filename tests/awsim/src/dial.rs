//! The one place that opens a connection. Simulated addresses lie in 10.0.0.0/8 and are served
//! at the same address with its first octet replaced by 127; nothing outside 127.0.0.0/8 is ever
//! dialled, whatever a test, a seed or a bug asks for.

use std::net::{Ipv4Addr, SocketAddrV4};

use tokio::net::TcpStream;

/// Where the simulated address `ip` is served: 10.b.c.d at 127.b.c.d, loopback at itself.
/// `None` for every other address: it must not be dialled.
pub fn loopback(ip: Ipv4Addr) -> Option<Ipv4Addr> {
    match ip.octets() {
        [10, b, c, d] => Some(Ipv4Addr::new(127, b, c, d)),
        [127, ..] => Some(ip),
        _ => None,
    }
}

/// Connects to the simulated address.
///
/// # Errors
/// `PermissionDenied` for an address that [`loopback`] refuses, else what connecting says.
pub async fn connect(to: SocketAddrV4) -> std::io::Result<TcpStream> {
    let Some(ip) = loopback(*to.ip()) else {
        let why = format!("{} is outside 10.0.0.0/8 and 127.0.0.0/8: not dialled", to.ip());
        return Err(std::io::Error::new(std::io::ErrorKind::PermissionDenied, why));
    };
    TcpStream::connect((ip, to.port())).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_simulated_and_loopback_addresses_have_a_place_to_dial() {
        assert_eq!(loopback(Ipv4Addr::new(10, 0, 12, 7)), Some(Ipv4Addr::new(127, 0, 12, 7)));
        assert_eq!(loopback(Ipv4Addr::new(127, 0, 0, 1)), Some(Ipv4Addr::LOCALHOST));
        for ip in [
            [0, 0, 0, 0],
            [8, 8, 8, 8],
            [169, 254, 169, 254],
            [172, 16, 0, 1],
            [192, 168, 0, 1],
            [11, 0, 0, 1],
        ] {
            assert_eq!(loopback(ip.into()), None, "{ip:?}");
        }
    }

    #[tokio::test]
    async fn dialling_an_outside_address_is_refused_without_a_packet() {
        let refused = connect(SocketAddrV4::new(Ipv4Addr::new(192, 0, 2, 1), 80)).await.unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::PermissionDenied);
    }
}
