//! Several datagrams, each for an address of its own, with one system call.

use std::io::IoSlice;
use std::net::SocketAddr;
use std::os::fd::AsFd;

use nix::errno::Errno;
use rustix::net::{MMsgHdr, SendAncillaryBuffer, SendFlags, SocketAddrAny, sendmmsg};

/// A datagram, and where it goes.
pub type Single<'a> = (SocketAddr, &'a [u8]);

/// As many as leave with one call: more gain nothing.
pub const MAX_SINGLES: usize = 32;

/// Sends datagrams in their order, at least one, without waiting; gives how many the system took.
///
/// # Errors
/// The first one did not leave.
pub fn send<'a>(socket: impl AsFd, singles: impl Iterator<Item = Single<'a>>) -> Result<usize, Errno> {
    let places: Vec<(SocketAddrAny, [IoSlice<'_>; 1])> =
        singles.map(|(to, bytes)| (to.into(), [IoSlice::new(bytes)])).collect();
    let mut controls: Vec<SendAncillaryBuffer<'_, '_, '_>> =
        places.iter().map(|_| SendAncillaryBuffer::default()).collect();
    let mut messages: Vec<MMsgHdr<'_>> = places
        .iter()
        .zip(&mut controls)
        .map(|((to, bytes), control)| MMsgHdr::new_with_addr(to, bytes, control))
        .collect();
    sendmmsg(socket, &mut messages, SendFlags::DONTWAIT).map_err(|fault| Errno::from_raw(fault.raw_os_error()))
}
