//! What networks are told of a datagram in its header (DSCP, RFC 2474), so that those which carry sound first can.

use std::os::fd::AsFd;

use nix::errno::Errno;
use nix::sys::socket::{AddressFamily, setsockopt, sockopt};

/// A code point of six bits; 0 is unmarked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dscp(u8);

impl Dscp {
    /// Expedited forwarding: what RFC 8837 §5 gives to sound of a conversation.
    pub const EF: Self = Self(46);
    /// Assured forwarding 41: what it gives to its pictures.
    pub const AF41: Self = Self(34);
    /// The highest.
    pub const MAX: u8 = 63;

    /// `None`: above six bits.
    #[must_use]
    pub fn new(point: u8) -> Option<Self> {
        (point <= Self::MAX).then_some(Self(point))
    }

    /// As it stands in the header, above the two bits of congestion notification.
    #[must_use]
    pub fn octet(self) -> u8 {
        self.0 << 2
    }
}

/// What sound is marked with, and everything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marks {
    /// Voices.
    pub audio: Dscp,
    /// Pictures, and what belongs to the line: reports, checks, handshakes, and all of a TCP connection.
    pub video: Dscp,
}

impl Default for Marks {
    fn default() -> Self {
        Self { audio: Dscp::EF, video: Dscp::AF41 }
    }
}

impl Dscp {
    /// Lets a socket mark everything so by itself, for both families. A system that does not allow it is told of in the
    /// log: media goes on without marks.
    pub fn mark(self, socket: &impl AsFd, family: AddressFamily) {
        if let Err(fault) = self.set(socket, family) {
            tracing::warn!(point = self.0, "the system does not let media be marked: {}", fault.desc());
        }
    }

    /// The same without a word: what is refused has been told of before.
    pub(super) fn set(self, socket: &impl AsFd, family: AddressFamily) -> Result<(), Errno> {
        let octet = i32::from(self.octet());
        // Also a socket for both families asks this for IPv4.
        let marked = setsockopt(socket, sockopt::Ipv4Tos, &octet);
        if family == AddressFamily::Inet6 {
            return marked.and(setsockopt(socket, sockopt::Ipv6TClass, &octet));
        }
        marked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_point_has_six_bits() {
        assert_eq!(Dscp::new(63).map(Dscp::octet), Some(0xfc));
        assert_eq!(Dscp::new(64), None);
    }
}
