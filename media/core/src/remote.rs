//! Where a peer is reached: an address, by UDP or at the far end of a TCP connection.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

/// What carries datagrams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// Each on its own.
    Udp,
    /// Framed on a connection that the peer has opened (RFC 6544, RFC 4571).
    Tcp,
}

/// See the module. The same address by another protocol is another remote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Remote {
    /// What carries datagrams.
    pub protocol: Protocol,
    /// The far end, as seen here.
    pub address: SocketAddr,
}

impl Remote {
    /// The far end of a TCP connection.
    #[must_use]
    pub fn tcp(address: SocketAddr) -> Self {
        Self { protocol: Protocol::Tcp, address }
    }

    /// Bytes that a line carries with each datagram on its way there: headers of IP (RFC 791, RFC 8200) and UDP, or of TCP
    /// with its timestamps and the frame's length.
    #[must_use]
    pub fn headers(self) -> usize {
        let ip = if self.address.is_ipv4() { 20 } else { 40 };
        let carrier = match self.protocol {
            Protocol::Udp => 8,
            Protocol::Tcp => 34,
        };
        ip + carrier
    }

    /// Whether a datagram from there already shows that its sender receives there (S6): to open a TCP connection one
    /// must have read our answer, whereas anybody can write any source address on a UDP datagram.
    #[must_use]
    pub fn is_connected(self) -> bool {
        self.protocol == Protocol::Tcp
    }
}

impl From<SocketAddr> for Remote {
    /// By UDP.
    fn from(address: SocketAddr) -> Self {
        Self { protocol: Protocol::Udp, address }
    }
}
