//! What arrives: one system call per datagram, or per run of equal datagrams that the kernel has joined (`UDP_GRO`).
//!
//! `recvmmsg` gained nothing when it was measured, and nix reuses its headers in a way that loses control messages,
//! without which joined datagrams could not be told apart.

use std::io::IoSliceMut;
use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::slice::ChunksMut;
use std::time::{Duration, Instant, SystemTime};

use nix::cmsg_space;
use nix::errno::Errno;
use nix::sys::socket::{ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg};
use nix::sys::time::TimeSpec;

use super::{UdpSocket, address_of};

/// The longest run that the kernel joins.
const BUFFER_BYTES: usize = 65_535;

/// See the module. Its buffers are used again for each call.
#[derive(Debug)]
pub struct Receiver {
    buffer: Box<[u8]>,
    control: Box<[u8]>,
    clocks: Clocks,
    overflowed: u32,
    unusable: u64,
}

/// A datagram, or several of one length (the last may be shorter).
#[derive(Debug)]
pub struct Received<'a> {
    /// Who sent it.
    pub source: SocketAddr,
    /// When we took it.
    pub taken_at: Instant,
    /// When the system did, from the line; as the former where it does not tell.
    pub arrived_at: Instant,
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
        let control = vec![0; cmsg_space!(i32, u32, TimeSpec).capacity()].into_boxed_slice();
        Self {
            buffer: vec![0; BUFFER_BYTES].into_boxed_slice(),
            control,
            clocks: Clocks::new(),
            overflowed: 0,
            unusable: 0,
        }
    }

    /// Takes what has arrived; `None`: nothing any more.
    ///
    /// # Errors
    /// The socket is broken; a fault of one datagram is no error.
    pub fn receive(&mut self, socket: &UdpSocket) -> Result<Option<Received<'_>>, Errno> {
        let (source, len, segment_len, stamp) = loop {
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
            let (mut segment_len, mut stamp) = (message.bytes, None);
            for control in message.cmsgs()? {
                match control {
                    ControlMessageOwned::UdpGroSegments(len) => segment_len = usize::try_from(len).unwrap_or(0),
                    ControlMessageOwned::RxqOvfl(dropped) => self.overflowed = dropped,
                    ControlMessageOwned::ScmTimestampns(at) => stamp = Some(Duration::from(at)),
                    _ => {}
                }
            }
            let source = message.address.as_ref().and_then(address_of);
            let usable = !message.flags.contains(MsgFlags::MSG_TRUNC) && segment_len > 0;
            match source {
                Some(source) if usable => break (source, message.bytes, segment_len, stamp),
                _ => self.unusable += 1,
            }
        };
        let taken_at = Instant::now();
        let arrived_at = stamp.map_or(taken_at, |stamp| self.clocks.read(stamp, taken_at));
        Ok(Some(Received { source, taken_at, arrived_at, bytes: &mut self.buffer[..len], segment_len }))
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

/// Reads the times of the wall clock that the kernel stamps, as times of the clock that never jumps.
#[derive(Debug)]
struct Clocks {
    /// One moment by both.
    at: Instant,
    wall: Duration,
}

impl Clocks {
    /// The wall clock may have been set, or runs faster or slower while it is adjusted (`adjtimex`: up to 500 ppm).
    const COMPARE_EVERY: Duration = Duration::from_millis(10);
    /// What would have waited longer is the wall clock's step: a socket with that much in it is full.
    const MAX_WAIT: Duration = Duration::from_secs(10);

    fn new() -> Self {
        let wall = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self { at: Instant::now(), wall }
    }

    fn read(&mut self, stamp: Duration, now: Instant) -> Instant {
        if now.saturating_duration_since(self.at) >= Self::COMPARE_EVERY {
            *self = Self::new();
        }
        let read = if stamp >= self.wall {
            self.at.checked_add(stamp.abs_diff(self.wall))
        } else {
            self.at.checked_sub(stamp.abs_diff(self.wall))
        };
        read.filter(|at| *at <= now && now.duration_since(*at) <= Self::MAX_WAIT).unwrap_or(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_read_as_the_moment_it_was_made() {
        let mut clocks = Clocks::new();
        let (at, wall) = (clocks.at, clocks.wall);
        let ms = Duration::from_millis;
        assert_eq!(clocks.read(wall + ms(3), at + ms(4)), at + ms(3));
        let before = clocks.read(wall.saturating_sub(ms(3)), at + ms(4));
        assert_eq!(before + ms(3), at);
    }

    #[test]
    fn what_a_step_of_the_wall_clock_makes_of_a_stamp_is_no_time() {
        let mut clocks = Clocks::new();
        let (now, wall) = (clocks.at + Duration::from_millis(1), clocks.wall);
        let minute = Duration::from_secs(60);
        for stamp in [wall + minute, wall.saturating_sub(minute), Duration::ZERO, Duration::MAX] {
            assert_eq!(clocks.read(stamp, now), now);
        }
    }

    #[test]
    fn the_clocks_are_compared_again_and_again() {
        let mut clocks = Clocks::new();
        let before = clocks.at;
        clocks.read(clocks.wall, before + Clocks::COMPARE_EVERY);
        assert!(clocks.at > before);
    }
}
