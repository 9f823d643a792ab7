//! Copy, rewrite, seal, send.

use std::io::{self, IoSlice};
use std::net::UdpSocket;
use std::os::fd::AsRawFd as _;
use std::time::{Duration, Instant};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
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
    address: SockaddrStorage,
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
        let one = |number: u16| {
            let mut key = [0; 32];
            key[..2].copy_from_slice(&number.to_be_bytes());
            let key = UnboundKey::new(&AES_256_GCM, &key).expect("32 bytes are a key");
            Destination {
                address: std::net::SocketAddr::new(send.to, send.port + number).into(),
                key: LessSafeKey::new(key),
                next_seq: 0,
            }
        };
        Ok(Self {
            socket: UdpSocket::bind(any)?,
            destinations: (0..destinations).map(one).collect(),
            template: (0..send.size).map(|at| at.to_le_bytes()[0]).collect(),
            arena: vec![0; MAX_TRAIN * (send.size + TAG)],
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
            for at in 0..self.destinations.len() {
                self.send_run(at, packets, &mut sent);
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
        let destination = &mut self.destinations[at];
        let segment = self.template.len() + TAG;
        for place in self.arena[..packets * segment].chunks_exact_mut(segment) {
            let (packet, tag) = place.split_at_mut(self.template.len());
            packet.copy_from_slice(&self.template);
            let seq = destination.next_seq.to_be_bytes();
            packet[..4].copy_from_slice(&[0x80, 96, seq[6], seq[7]]);
            packet[4..8].copy_from_slice(&seq[4..]);
            let mut nonce = [0; 12];
            nonce[4..].copy_from_slice(&seq);
            let (header, payload) = packet.split_at_mut(HEADER);
            let made = destination
                .key
                .seal_in_place_separate_tag(
                    Nonce::assume_unique_for_key(nonce),
                    Aad::from(&*header),
                    payload,
                )
                .expect("a packet is short enough");
            tag.copy_from_slice(made.as_ref());
            destination.next_seq += 1;
        }
        let bytes = &self.arena[..packets * segment];
        let segment = u16::try_from(segment).expect("a packet is short enough");
        let train = [ControlMessage::UdpGsoSegments(&segment)];
        // On a single packet the control message alone would cost 100 ns.
        let control = if packets > 1 { &train[..] } else { &[] };
        let taken = sendmsg(
            self.socket.as_raw_fd(),
            &[IoSlice::new(bytes)],
            control,
            MsgFlags::empty(),
            Some(&destination.address),
        );
        sent.calls += 1;
        let count = if taken.is_ok() {
            &mut sent.packets
        } else {
            &mut sent.refused
        };
        *count += packets as u64;
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
