//! What is not authentic moves nothing and closes nothing (S1, S2, S14, S16).

use std::time::Duration;

use super::super::test_peer::{Call, Peer, address};
use super::super::{Rejected, TransportState, Unheard};
use crate::srtp::{SrtpError, SrtpProfile};

const HOME: u16 = 1;
const STRANGER: u16 = 2;

/// Numbers that look like noise and are the same each time.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.next() >> 56).unwrap()
    }

    fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.byte()).collect()
    }
}

#[test]
fn s1_forged_packets_of_every_kind_leave_the_transport_as_it_was() {
    let mut call = Call::connected(address(HOME));
    let media = call.peer.rtp(9, 100);
    call.arrive(address(HOME), &media).unwrap();
    call.arrive(address(HOME), &media).expect_err("taken already");
    let control = call.peer.rtcp(9);
    let good = call.peer.rtp(9, 101);
    let check = call.peer.check(call.transport.credentials(), true);
    let before = call.memory();
    let mut noise = Noise(0x9e37_79b9_7f4a_7c15);
    for round in 0..3000_u32 {
        let source = address(if round % 2 == 0 { HOME } else { STRANGER });
        for packet in [&good, &control, &check] {
            let mut forged = packet.clone();
            // Any bit, but not the kind of packet: that is another test's; nor the fingerprint, which protects nothing.
            let end = if *packet == check { packet.len() - 8 } else { packet.len() };
            let at = 2 + usize::try_from(noise.next() % (end as u64 - 2)).unwrap();
            forged[at] ^= 1 << (noise.next() % 8);
            let taken = call.arrive(source, &forged);
            assert!(taken.is_err() || taken == Ok(0), "round {round}: {taken:?}");
            assert_eq!(call.memory(), before, "round {round}, byte {at}");
        }
    }
    assert!(call.out.datagrams.is_empty() && call.out.events.is_empty());
    assert_eq!(call.arrive(address(HOME), &good), Ok(32), "the real one is still good");
    assert_eq!(call.arrive(address(HOME), &control), Ok(8));
    call.arrive(address(HOME), &check).unwrap();
}

#[test]
fn s1_packets_under_other_keys_teach_nothing() {
    let mut call = Call::connected(address(HOME));
    let mut other = Call::connected(address(HOME));
    let before = call.memory();
    for n in 0..2000 {
        let packet = other.peer.rtp(u32::from(n) % 250, n);
        assert_eq!(call.arrive(address(HOME), &packet), Err(Rejected::Srtp(SrtpError::Unauthentic)));
        let packet = other.peer.rtcp(u32::from(n));
        assert_eq!(call.arrive(address(HOME), &packet), Err(Rejected::Srtp(SrtpError::Unauthentic)));
    }
    assert_eq!(call.memory(), before);
}

#[test]
fn s2_noise_and_forged_dtls_close_no_connection() {
    let mut call = Call::connected(address(HOME));
    let mut noise = Noise(77);
    let stranger = Peer::new(call.now).flights().remove(0);
    for round in 0..4000_usize {
        let len = 1 + round % 200;
        let mut datagram = noise.bytes(len);
        match round % 4 {
            0 => datagram[0] = 20 + datagram[0] % 44,
            1 => datagram = vec![21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, noise.byte(), 0, 2, 2, noise.byte()],
            2 => datagram = stranger.clone(),
            _ => datagram = vec![21, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, noise.byte(), 0, 26, 0, 0, 0, 0],
        }
        let _ = call.arrive(address(HOME), &datagram);
        call.pass(Duration::from_millis(1));
    }
    assert_eq!(call.transport.state(), TransportState::Connected);
    assert!(call.out.events.is_empty(), "{:?}", call.out.events);
    let media = call.peer.rtp(9, 1);
    assert_eq!(call.arrive(address(HOME), &media), Ok(32));
}

#[test]
fn s2_a_forged_alert_ends_no_handshake() {
    let mut call = Call::negotiated();
    let check = call.peer.check(call.transport.credentials(), true);
    call.arrive(address(HOME), &check).unwrap();
    let hello = call.peer.flights().remove(0);
    call.arrive(address(HOME), &hello).unwrap();
    for description in 0..=255 {
        for level in 1..=2 {
            let alert = [21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, level, description];
            let _ = call.arrive(address(HOME), &alert);
        }
    }
    for (_, datagram) in std::mem::take(&mut call.out.datagrams) {
        if super::super::test_peer::is_dtls(&datagram) {
            call.peer.handle_dtls(call.now, &datagram);
        }
    }
    call.shake_hands(address(HOME));
    assert_eq!(call.transport.state(), TransportState::Connected);
}

#[test]
fn s14_the_engine_chooses_aes_256_gcm() {
    let call = Call::connected(address(HOME));
    assert_eq!(call.peer.keys.as_ref().unwrap().0, SrtpProfile::AeadAes256Gcm);
}

#[test]
fn s14_a_packet_is_taken_once_over_the_whole_transport() {
    let mut call = Call::connected(address(HOME));
    // Across the turn of the sequence number, twice.
    for n in (0..=0x2_0040_u32).step_by(0x3f) {
        let packet = call.peer.rtp(9, u16::try_from(n & 0xffff).unwrap());
        assert_eq!(call.arrive(address(HOME), &packet), Ok(32), "{n:x}");
        assert_eq!(call.arrive(address(HOME), &packet), Err(Rejected::Srtp(SrtpError::Replayed)));
    }
}

#[test]
fn s16_every_length_with_every_first_byte_is_survived() {
    let mut call = Call::connected(address(HOME));
    for first in 0..=255_u8 {
        let mut fresh = Call::negotiated();
        let check = fresh.peer.check(fresh.transport.credentials(), true);
        fresh.arrive(address(HOME), &check).unwrap();
        for len in 0..=64_usize {
            for fill in [0x00, 0xff, 0x80] {
                let mut datagram = vec![fill; len];
                if let Some(byte) = datagram.first_mut() {
                    *byte = first;
                }
                for call in [&mut call, &mut fresh] {
                    let _ = call.arrive(address(HOME), &datagram);
                }
            }
        }
        assert_eq!(fresh.transport.state(), TransportState::Connecting, "{first}");
    }
    let media = call.peer.rtp(9, 1);
    assert_eq!(call.arrive(address(HOME), &media), Ok(32));
}

#[test]
fn what_a_transport_remembers_does_not_show_its_secrets() {
    let call = Call::connected(address(HOME));
    for secret in [&call.transport.credentials().password, &call.peer.local.password] {
        assert!(!call.memory().contains(secret.as_str()));
    }
    let unheard = Rejected::Stun(Unheard::Integrity);
    assert_eq!(format!("{unheard:?}"), "Stun(Integrity)");
}
