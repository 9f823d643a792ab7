//! Sockets of peers, and reading many datagrams in one call.

use std::io::{self, IoSliceMut};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::fd::RawFd;

use nix::sys::socket::sockopt::{RcvBuf, RcvBufForce};
use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrStorage, recvmmsg, setsockopt};

use crate::peer::BEGINNING;

/// A picture's key frame for a reader that is not scheduled for a while: benchmarks of others use 8 MiB too.
const RECEIVE_BUFFER: usize = 8 << 20;
/// Datagrams of a call, read whole or not.
const WHOLE: usize = 32;
const CUT: usize = 64;
/// Longer than any datagram on a line of 1,500 bytes.
const LONGEST: usize = 2_048;

/// Opens a socket towards a server, at this address of ours or at the one that leads there.
///
/// # Errors
/// When the address is not ours or there is no way to the server.
pub fn open(server: SocketAddr, local: Option<IpAddr>) -> io::Result<UdpSocket> {
    let any = if server.is_ipv4() { IpAddr::from([0; 4]) } else { IpAddr::from([0u16; 8]) };
    let socket = UdpSocket::bind((local.unwrap_or(any), 0))?;
    socket.connect(server)?;
    socket.set_nonblocking(true)?;
    // Beyond the system's limit where we may, else up to it.
    if setsockopt(&socket, RcvBufForce, &RECEIVE_BUFFER).is_err() {
        setsockopt(&socket, RcvBuf, &RECEIVE_BUFFER)?;
    }
    Ok(socket)
}

/// Buffers of one thread.
pub struct Reader {
    whole: Box<[[u8; LONGEST]]>,
    cut: Box<[[u8; BEGINNING]; CUT]>,
    lens: [usize; CUT],
    headers: MultiHeaders<SockaddrStorage>,
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            whole: vec![[0; LONGEST]; WHOLE].into(),
            cut: Box::new([[0; BEGINNING]; CUT]),
            lens: [0; CUT],
            headers: MultiHeaders::preallocate(CUT, None),
        }
    }
}

impl Reader {
    /// How many datagrams one call reads at most.
    #[must_use]
    pub fn capacity(whole: bool) -> usize {
        if whole { WHOLE } else { CUT }
    }

    /// Reads what is there, and says how many datagrams that was.
    ///
    /// # Errors
    /// EAGAIN when there is nothing; what the system says otherwise.
    pub fn read(&mut self, socket: RawFd, whole: bool) -> nix::Result<usize> {
        // With MSG_TRUNC the length is that of the datagram, however little of it was read.
        let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_TRUNC;
        let results = if whole {
            let mut buffers = self.whole.iter_mut();
            let mut slices: [[IoSliceMut<'_>; 1]; WHOLE] =
                std::array::from_fn(|_| [IoSliceMut::new(buffers.next().map_or(&mut [], |buffer| &mut buffer[..]))]);
            collect(recvmmsg(socket, &mut self.headers, slices.iter_mut(), flags, None)?, &mut self.lens)
        } else {
            let mut slices = self.cut.each_mut().map(|buffer| [IoSliceMut::new(buffer)]);
            collect(recvmmsg(socket, &mut self.headers, slices.iter_mut(), flags, None)?, &mut self.lens)
        };
        Ok(results)
    }

    /// One of those that were read: as much as was read of it, and its length.
    pub fn datagram(&mut self, number: usize, whole: bool) -> (&mut [u8], usize) {
        let len = self.lens[number];
        let buffer: &mut [u8] = if whole { &mut self.whole[number] } else { &mut self.cut[number] };
        let read = len.min(buffer.len());
        (&mut buffer[..read], len)
    }
}

fn collect(results: nix::sys::socket::MultiResults<'_, SockaddrStorage>, lens: &mut [usize]) -> usize {
    let mut count = 0;
    for (len, result) in lens.iter_mut().zip(results) {
        *len = result.bytes;
        count += 1;
    }
    count
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsRawFd;

    use super::*;

    #[test]
    fn a_long_datagram_tells_its_length_though_its_beginning_alone_was_read() {
        let server = UdpSocket::bind("127.0.0.1:0").unwrap();
        let socket = open(server.local_addr().unwrap(), None).unwrap();
        let mut reader = Reader::default();
        for whole in [false, true] {
            for len in [3usize, 64, 65, 1_200] {
                let content: Vec<u8> = (0..len).map(|at| at.to_le_bytes()[0]).collect();
                server.send_to(&content, socket.local_addr().unwrap()).unwrap();
                assert_eq!(reader.read(socket.as_raw_fd(), whole), Ok(1));
                let (datagram, found) = reader.datagram(0, whole);
                let expected = if whole { len } else { len.min(BEGINNING) };
                assert_eq!((found, &*datagram), (len, &content[..expected]));
            }
        }
        assert!(reader.read(socket.as_raw_fd(), true).is_err(), "nothing left");
    }

    #[test]
    fn many_datagrams_come_in_one_call() {
        let server = UdpSocket::bind("127.0.0.1:0").unwrap();
        let socket = open(server.local_addr().unwrap(), None).unwrap();
        for number in 0..100u8 {
            server.send_to(&[number; 80], socket.local_addr().unwrap()).unwrap();
        }
        let mut reader = Reader::default();
        assert_eq!(reader.read(socket.as_raw_fd(), false), Ok(CUT));
        assert_eq!(reader.datagram(63, false).0[0], 63);
        assert_eq!(reader.read(socket.as_raw_fd(), false), Ok(100 - CUT));
        assert_eq!(reader.datagram(0, false), (&mut [64; BEGINNING][..], 80));
    }
}
