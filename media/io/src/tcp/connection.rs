//! One connection: frames in, frames out, each direction with a limit.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use hoptt_wire::framing::{Deframer, frame};
use nix::sys::socket::{setsockopt, sockopt};

/// The longest datagram that a peer may frame; browsers stay below 1,500 bytes.
pub const MAX_FRAME_BYTES: usize = 2_048;
/// What may wait for a peer that takes it slowly: under a second of picture. Frames above it are dropped whole.
pub const MAX_QUEUE_BYTES: usize = 128 * 1024;
/// The last quarter is kept for short frames: sound, reports and checks go on where pictures have no room.
const LONG_FRAMES_BYTES: usize = MAX_QUEUE_BYTES / 4 * 3;
const SHORT_FRAME_BYTES: usize = 400;
/// A line that has not taken a frame for so long is too narrow for pictures, and after the longer time for sound, too:
/// whoever speaks is heard late by no more than this and what the kernel keeps.
const LONG_FRAMES_WAIT: Duration = Duration::from_millis(300);
const SHORT_FRAMES_WAIT: Duration = Duration::from_secs(1);
/// What the kernel keeps besides. Without a limit it would keep megabytes, and whoever speaks be heard seconds later.
const KERNEL_QUEUE_BYTES: usize = 64 * 1024;
/// A peer that takes nothing for this long is gone, as S7 says of one that sends no checks.
const DEAD_AFTER_MS: u32 = 30_000;

/// Why a connection cannot be read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The peer has closed it, or the line has.
    Closed,
    /// A frame longer than allowed.
    TooLong,
}

/// What became of datagrams that were to be sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Queued {
    /// They wait, or have left.
    pub taken: u64,
    /// There was no room.
    pub dropped: u64,
}

/// See the module.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    /// The far end.
    pub address: SocketAddr,
    /// When it was taken.
    pub since: Instant,
    /// A check on it was authentic.
    pub authenticated: bool,
    /// It is to be closed when what waits has been tried to be sent.
    pub leaving: bool,
    /// More waits than the kernel took: it is told when there is room again.
    pub is_waiting: bool,
    /// The shard that its first check has named, when that is another one than has the connection.
    pub shard: Option<u8>,
    /// Frames that were read and not handled, because the connection is that shard's.
    pub unread: Vec<Vec<u8>>,
    deframer: Deframer,
    queue: Vec<u8>,
    sent: usize,
    /// When each frame that waits was queued, and where it ends among all bytes that were ever queued.
    frames: VecDeque<(Instant, u64)>,
    queued_bytes: u64,
}

impl Connection {
    /// Sets the connection up.
    #[must_use]
    pub fn new(stream: TcpStream, address: SocketAddr, now: Instant) -> Self {
        // A connection that cannot be set up so is broken and found to be so when it is read.
        let _ = stream.set_nonblocking(true);
        let _ = stream.set_nodelay(true);
        let _ = setsockopt(&stream, sockopt::SndBuf, &KERNEL_QUEUE_BYTES);
        let _ = setsockopt(&stream, sockopt::TcpUserTimeout, &DEAD_AFTER_MS);
        let _ = setsockopt(&stream, sockopt::KeepAlive, &true);
        let _ = setsockopt(&stream, sockopt::TcpKeepIdle, &10);
        let _ = setsockopt(&stream, sockopt::TcpKeepInterval, &5);
        Self {
            stream,
            address,
            since: now,
            authenticated: false,
            leaving: false,
            is_waiting: false,
            shard: None,
            unread: Vec::new(),
            deframer: Deframer::new(MAX_FRAME_BYTES),
            queue: Vec::new(),
            sent: 0,
            frames: VecDeque::new(),
            queued_bytes: 0,
        }
    }

    /// Reads what has arrived, once, and gives each whole datagram.
    ///
    /// # Errors
    /// [`Ended`]: the connection is to be closed; what came before was given.
    pub fn read(&mut self, buffer: &mut [u8], take: impl FnMut(&mut [u8])) -> Result<(), Ended> {
        let len = match self.stream.read(buffer) {
            Ok(0) => return Err(Ended::Closed),
            Ok(len) => len,
            Err(fault) if matches!(fault.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => return Ok(()),
            Err(_) => return Err(Ended::Closed),
        };
        self.deframer.handle_bytes(&buffer[..len], take).map_err(|_| Ended::TooLong)
    }

    /// Lets a datagram, or a train of them, wait to be sent.
    pub fn queue(&mut self, now: Instant, bytes: &[u8], segment_len: Option<usize>) -> Queued {
        let mut queued = Queued::default();
        let waited = self.frames.front().map_or(Duration::ZERO, |(since, _)| now.saturating_duration_since(*since));
        for datagram in bytes.chunks(segment_len.unwrap_or(bytes.len()).max(1)) {
            let (limit, patience) = if datagram.len() > SHORT_FRAME_BYTES {
                (LONG_FRAMES_BYTES, LONG_FRAMES_WAIT)
            } else {
                (MAX_QUEUE_BYTES, SHORT_FRAMES_WAIT)
            };
            let len = datagram.len() + 2;
            if waited < patience && self.waiting() + len <= limit && frame(datagram, &mut self.queue) {
                self.queued_bytes += len as u64;
                self.frames.push_back((now, self.queued_bytes));
                queued.taken += 1;
            } else {
                queued.dropped += 1;
            }
        }
        queued
    }

    /// Sends what waits, as far as it goes; true: all of it has left.
    ///
    /// # Errors
    /// The connection is broken.
    pub fn flush(&mut self) -> Result<bool, Ended> {
        while self.sent < self.queue.len() {
            match self.stream.write(&self.queue[self.sent..]) {
                Ok(0) => return Err(Ended::Closed),
                Ok(len) => self.sent += len,
                Err(fault) if fault.kind() == ErrorKind::Interrupted => {}
                Err(fault) if fault.kind() == ErrorKind::WouldBlock => break,
                Err(_) => return Err(Ended::Closed),
            }
        }
        if self.sent == self.queue.len() {
            self.queue.clear();
            self.sent = 0;
        } else if self.sent > MAX_QUEUE_BYTES {
            self.queue.drain(..self.sent);
            self.sent = 0;
        }
        let left = self.queued_bytes - self.waiting() as u64;
        while self.frames.front().is_some_and(|(_, end)| *end <= left) {
            self.frames.pop_front();
        }
        Ok(self.queue.is_empty())
    }

    /// Bytes that wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.queue.len() - self.sent
    }
}

impl AsFd for Connection {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    fn pair() -> (Connection, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let peer = TcpStream::connect(listener.local_addr().expect("bound")).expect("it listens");
        let (stream, address) = listener.accept().expect("somebody came");
        (Connection::new(stream, address, Instant::now()), peer)
    }

    fn read(connection: &mut Connection, wanted: usize) -> Result<Vec<Vec<u8>>, Ended> {
        let mut taken = Vec::new();
        let mut buffer = [0; 4096];
        while taken.len() < wanted {
            connection.read(&mut buffer, |datagram| taken.push(datagram.to_vec()))?;
        }
        Ok(taken)
    }

    #[test]
    fn frames_go_both_ways() {
        let (mut connection, mut peer) = pair();
        peer.write_all(b"\0\x03one\0\x03t").expect("sent");
        peer.write_all(b"wo").expect("sent");
        assert_eq!(read(&mut connection, 2), Ok(vec![b"one".to_vec(), b"two".to_vec()]));
        assert_eq!(connection.queue(Instant::now(), b"aabbc", Some(2)), Queued { taken: 3, dropped: 0 });
        assert_eq!(connection.flush(), Ok(true));
        let mut got = [0; 11];
        peer.read_exact(&mut got).expect("received");
        assert_eq!(&got, b"\0\x02aa\0\x02bb\0\x01c");
    }

    #[test]
    fn what_a_slow_reader_does_not_take_is_dropped_whole_and_sound_goes_on() {
        let (mut connection, mut peer) = pair();
        let (picture, now) = ([1; 1_200], Instant::now());
        let mut dropped = 0;
        for _ in 0..10_000 {
            dropped += connection.queue(now, &picture, None).dropped;
            connection.flush().expect("the peer is there");
        }
        assert!(dropped > 0, "the peer reads nothing");
        assert!(connection.waiting() <= LONG_FRAMES_BYTES);
        assert_eq!(connection.queue(now, &[2; 100], None), Queued { taken: 1, dropped: 0 }, "sound has room yet");
        while connection.queue(now, &[2; 100], None).taken == 1 {}
        assert!(connection.waiting() <= MAX_QUEUE_BYTES);

        let (mut deframer, mut lens, mut buffer) = (Deframer::new(MAX_FRAME_BYTES), Vec::new(), [0; 16_384]);
        while connection.waiting() > 0 || !lens.ends_with(&[100, 100]) {
            connection.flush().expect("the peer is there");
            let len = peer.read(&mut buffer).expect("there is more");
            deframer.handle_bytes(&buffer[..len], |datagram| lens.push(datagram.len())).expect("whole frames");
        }
        assert!(lens.iter().all(|len| [1_200, 100].contains(len)), "each frame is whole");
    }

    #[test]
    fn a_narrow_line_is_spared_pictures_before_sound_comes_late() {
        let (mut connection, mut peer) = pair();
        let start = Instant::now();
        while connection.waiting() < 10_000 {
            connection.queue(start, &[1; 1_200], None);
            connection.flush().expect("the peer is there");
        }
        let taken = |connection: &mut Connection, ms, len| {
            connection.queue(start + Duration::from_millis(ms), &[2; 1_200][..len], None).taken
        };
        assert_eq!(taken(&mut connection, 299, 1_200), 1);
        assert_eq!(taken(&mut connection, 300, 1_200), 0);
        assert_eq!(taken(&mut connection, 999, 100), 1, "sound waits longer");
        assert_eq!(taken(&mut connection, 1_000, 100), 0);

        let mut buffer = [0; 16_384];
        while connection.waiting() > 0 {
            assert!(peer.read(&mut buffer).expect("there is more") > 0);
            connection.flush().expect("the peer is there");
        }
        assert_eq!(taken(&mut connection, 60_000, 1_200), 1, "and when the line takes again, pictures go on");
    }

    #[test]
    fn s16_a_frame_that_is_too_long_ends_the_connection() {
        let (mut connection, mut peer) = pair();
        peer.write_all(b"\x08\x01").expect("sent");
        assert_eq!(read(&mut connection, 1), Err(Ended::TooLong));
    }

    #[test]
    fn a_peer_that_went_is_noticed() {
        let (mut connection, peer) = pair();
        drop(peer);
        assert_eq!(read(&mut connection, 1), Err(Ended::Closed));
    }
}
