//! Copy, rewrite, seal, send.

use std::io::{self, IoSlice};
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsRawFd as _;
use std::time::{Duration, Instant};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use hoptt_io::several::{self, MAX_SINGLES};
use nix::sys::socket::{ControlMessage, MsgFlags, SockaddrStorage, sendmsg};

use crate::args::Send;

const HEADER: usize = 12;
const TAG: usize = 16;
/// A train is never longer.
const MAX_TRAIN: usize = 16;

/// What was sent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sent {
    /// Packets.
    pub packets: u64,
    /// System calls for them.
    pub calls: u64,
    /// Packets that the system did not take.
    pub refused: u64,
    /// Ticks that began more than a tick late: the rate is more than this machine can do.
    pub late: u64,
}

/// One subscriber.
struct Destination {
    address: SocketAddr,
    key: LessSafeKey,
    next_seq: u64,
}

/// The whole path.
pub struct Path {
    socket: UdpSocket,
    destinations: Vec<Destination>,
    template: Vec<u8>,
    arena: Vec<u8>,
    train: f64,
    /// What is owed of the fraction of a packet.
    owed: f64,
}

impl Path {
    /// Prepares everything, so that sending allocates nothing.
    ///
    /// # Errors
    /// When there is no socket.
    pub fn new(send: &Send, destinations: u16) -> io::Result<Self> {
        let any = if send.to.is_ipv4() {
            "0.0.0.0:0"
        } else {
            "[::]:0"
        };
        let one =
            |number: u16| Destination::new(SocketAddr::new(send.to, send.port + number), number);
        Ok(Self {
            socket: UdpSocket::bind(any)?,
            destinations: (0..destinations).map(one).collect(),
            template: (0..send.size).map(|at| at.to_le_bytes()[0]).collect(),
            arena: vec![0; MAX_TRAIN.max(MAX_SINGLES) * (send.size + TAG)],
            train: send.train,
            owed: 0.0,
        })
    }

    /// Sends one run to each destination at each tick, for so long.
    pub fn send_for(&mut self, tick: Duration, time: Duration) -> Sent {
        let (mut sent, began) = (Sent::default(), Instant::now());
        let mut due = Duration::ZERO;
        while due < time {
            let passed = began.elapsed();
            std::thread::sleep(due.saturating_sub(passed));
            sent.late += u64::from(passed > due + tick);
            let packets = self.next_run();
            if packets == 1 {
                self.send_singles(&mut sent);
            } else {
                for at in 0..self.destinations.len() {
                    self.send_run(at, packets, &mut sent);
                }
            }
            due += tick;
        }
        sent
    }

    /// Whole numbers whose mean is the train's.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "1 to 17"
    )]
    fn next_run(&mut self) -> usize {
        self.owed += self.train;
        let packets = self.owed.floor();
        self.owed -= packets;
        (packets as usize).clamp(1, MAX_TRAIN)
    }

    fn send_run(&mut self, at: usize, packets: usize, sent: &mut Sent) {
        let (destination, segment) = (&mut self.destinations[at], self.template.len() + TAG);
        let bytes = &mut self.arena[..packets * segment];
        for place in bytes.chunks_exact_mut(segment) {
            destination.write(&self.template, place);
        }
        let segment = u16::try_from(segment).expect("a packet is short enough");
        let train = [ControlMessage::UdpGsoSegments(&segment)];
        let (socket, to) = (
            self.socket.as_raw_fd(),
            SockaddrStorage::from(destination.address),
        );
        let taken = sendmsg(
            socket,
            &[IoSlice::new(bytes)],
            &train,
            MsgFlags::empty(),
            Some(&to),
        );
        sent.note(if taken.is_ok() { packets } else { 0 }, packets);
    }

    /// Sends one packet to each destination, several with one call.
    fn send_singles(&mut self, sent: &mut Sent) {
        let segment = self.template.len() + TAG;
        for some in self.destinations.chunks_mut(MAX_SINGLES) {
            for (destination, place) in some.iter_mut().zip(self.arena.chunks_exact_mut(segment)) {
                destination.write(&self.template, place);
            }
            let addresses = some.iter().map(|destination| destination.address);
            let taken = several::send(
                &self.socket,
                addresses.zip(self.arena.chunks_exact(segment)),
            );
            sent.note(taken.unwrap_or(0), some.len());
        }
    }
}

impl Destination {
    /// One with a key of its own.
    fn new(address: SocketAddr, number: u16) -> Self {
        let mut key = [0; 32];
        key[..2].copy_from_slice(&number.to_be_bytes());
        let key = UnboundKey::new(&AES_256_GCM, &key).expect("32 bytes are a key");
        Self {
            address,
            key: LessSafeKey::new(key),
            next_seq: 0,
        }
    }

    /// Copies, rewrites, seals.
    fn write(&mut self, template: &[u8], place: &mut [u8]) {
        let (packet, tag) = place.split_at_mut(template.len());
        packet.copy_from_slice(template);
        let seq = self.next_seq.to_be_bytes();
        packet[..4].copy_from_slice(&[0x80, 96, seq[6], seq[7]]);
        packet[4..8].copy_from_slice(&seq[4..]);
        let mut nonce = [0; 12];
        nonce[4..].copy_from_slice(&seq);
        let (header, payload) = packet.split_at_mut(HEADER);
        let nonce = Nonce::assume_unique_for_key(nonce);
        let made = self
            .key
            .seal_in_place_separate_tag(nonce, Aad::from(&*header), payload);
        tag.copy_from_slice(made.expect("a packet is short enough").as_ref());
        self.next_seq += 1;
    }
}

impl Sent {
    /// Of so many packets these were taken, with one call.
    fn note(&mut self, taken: usize, packets: usize) {
        self.calls += 1;
        self.packets += taken as u64;
        self.refused += (packets - taken) as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(train: f64, port: u16) -> Path {
        let send = Send {
            to: [127, 0, 0, 1].into(),
            port,
            size: 200,
            train,
            rate: 1_000.0,
            warmup: Duration::ZERO,
            measured: Duration::ZERO,
        };
        Path::new(&send, 1).unwrap()
    }

    #[test]
    fn runs_have_their_mean_length() {
        let mut path = path(5.9, 1);
        let total: usize = (0..1_000).map(|_| path.next_run()).sum();
        assert!((5_890..=5_900).contains(&total), "{total}");
    }

    #[test]
    fn single_packets_leave_together_each_for_its_own_destination() {
        let sinks = [0, 1].map(|_| UdpSocket::bind("127.0.0.1:0").unwrap());
        let mut path = path(1.0, 1);
        path.destinations
            .push(Destination::new(path.destinations[0].address, 1));
        for (destination, sink) in path.destinations.iter_mut().zip(&sinks) {
            destination.address = sink.local_addr().unwrap();
        }
        let sent = path.send_for(Duration::from_millis(10), Duration::from_millis(15));
        assert_eq!((sent.packets, sent.calls, sent.refused), (4, 2, 0));
        let mut buffers = [[0; 2_048]; 2];
        for (sink, buffer) in sinks.iter().zip(&mut buffers) {
            sink.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
            for seq in 0u8..2 {
                assert_eq!((sink.recv(buffer).unwrap(), buffer[3]), (200 + TAG, seq));
            }
        }
        assert_ne!(
            buffers[0], buffers[1],
            "each is sealed with a key of its own"
        );
    }

    #[test]
    fn a_train_arrives_as_packets_that_were_sealed_with_numbers_of_their_own() {
        let sink = UdpSocket::bind("127.0.0.1:0").unwrap();
        sink.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
        let mut path = path(3.0, sink.local_addr().unwrap().port());
        let sent = path.send_for(Duration::from_millis(10), Duration::from_millis(15));
        assert_eq!((sent.packets, sent.calls, sent.refused), (6, 2, 0));
        let mut buffer = [0; 2_048];
        for seq in 0u8..6 {
            let len = sink.recv(&mut buffer).unwrap();
            assert_eq!((len, buffer[3]), (200 + TAG, seq));
            let mut nonce = [0; 12];
            nonce[11] = seq;
            let (header, sealed) = buffer[..len].split_at_mut(HEADER);
            let key = &path.destinations[0].key;
            let opened = key
                .open_in_place(
                    Nonce::assume_unique_for_key(nonce),
                    Aad::from(&*header),
                    sealed,
                )
                .unwrap();
            assert_eq!(&*opened, &path.template[HEADER..]);
        }
    }
}
