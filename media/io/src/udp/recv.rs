//! What arrives: one system call per datagram, or per run of equal datagrams that the kernel has joined (`UDP_GRO`).
//!
//! `recvmmsg` gained nothing when it was measured, and nix reuses its headers in a way that loses control messages,
//! without which joined datagrams could not be told apart.

use std::io::IoSliceMut;
use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::slice::ChunksMut;

use nix::cmsg_space;
use nix::errno::Errno;
use nix::sys::socket::{ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg};

use super::{UdpSocket, address_of};

/// The longest run that the kernel joins.
const BUFFER_BYTES: usize = 65_535;

/// See the module. Its buffers are used again for each call.
#[derive(Debug)]
pub struct Receiver {
    buffer: Box<[u8]>,
    control: Box<[u8]>,
    overflowed: u32,
    unusable: u64,
}

/// A datagram, or several of one length (the last may be shorter).
#[derive(Debug)]
pub struct Received<'a> {
    /// Who sent it.
    pub source: SocketAddr,
    bytes: &'a mut [u8],
    segment_len: usize,
}

impl<'a> Received<'a> {
    /// One after the other.
    pub fn datagrams(self) -> ChunksMut<'a, u8> {
        self.bytes.chunks_mut(self.segment_len)
    }
}

impl Receiver {
    /// Makes the buffers.
    #[must_use]
    pub fn new() -> Self {
        let control = vec![0; cmsg_space!(i32, u32).capacity()].into_boxed_slice();
        Self { buffer: vec![0; BUFFER_BYTES].into_boxed_slice(), control, overflowed: 0, unusable: 0 }
    }

    /// Takes what has arrived; `None`: nothing any more.
    ///
    /// # Errors
    /// The socket is broken; a fault of one datagram is no error.
    pub fn receive(&mut self, socket: &UdpSocket) -> Result<Option<Received<'_>>, Errno> {
        let (source, len, segment_len) = loop {
            let mut buffers = [IoSliceMut::new(&mut self.buffer)];
            let control = Some(&mut self.control[..]);
            let taken = recvmsg::<SockaddrStorage>(socket.as_raw_fd(), &mut buffers, control, MsgFlags::MSG_DONTWAIT);
            let message = match taken {
                Ok(message) => message,
                Err(Errno::EAGAIN) => return Ok(None),
                // Interrupted, or somebody answered with "unreachable" to what we sent.
                Err(Errno::EINTR | Errno::ECONNREFUSED | Errno::EHOSTUNREACH | Errno::ENETUNREACH) => continue,
                Err(fault) => return Err(fault),
            };
            let mut segment_len = message.bytes;
            for control in message.cmsgs()? {
                match control {
                    ControlMessageOwned::UdpGroSegments(len) => segment_len = usize::try_from(len).unwrap_or(0),
                    ControlMessageOwned::RxqOvfl(dropped) => self.overflowed = dropped,
                    _ => {}
                }
            }
            let source = message.address.as_ref().and_then(address_of);
            let usable = !message.flags.contains(MsgFlags::MSG_TRUNC) && segment_len > 0;
            match source {
                Some(source) if usable => break (source, message.bytes, segment_len),
                _ => self.unusable += 1,
            }
        };
        Ok(Some(Received { source, bytes: &mut self.buffer[..len], segment_len }))
    }

    /// What the kernel dropped for want of room.
    #[must_use]
    pub fn overflowed(&self) -> u64 {
        self.overflowed.into()
    }

    /// What was empty or cut.
    #[must_use]
    pub fn unusable(&self) -> u64 {
        self.unusable
    }
}
