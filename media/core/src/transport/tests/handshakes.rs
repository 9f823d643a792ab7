//! Who may shake hands, how much that may cost, and whose certificate counts (S8, S10, S11, S13).

use std::time::{Duration, Instant};

use super::super::dtls::MAX_HANDSHAKE_BYTES;
use super::super::test_peer::{
    CONSENT, Call, Collected, IDENTITY, Peer, address, certificate, fresh_credentials, is_dtls,
};
use super::super::{
    CONNECT_TIMEOUT, CloseReason, DtlsIdentity, Rejected, Transport, TransportEvent, TransportState, fingerprint_text,
    parse_fingerprint,
};

const HOME: u16 = 1;
const STRANGER: u16 = 2;

#[test]
fn a_browser_joins_and_both_sides_have_the_same_keys() {
    let mut call = Call::negotiated();
    let check = call.peer.check(call.transport.credentials(), true);
    call.arrive(address(HOME), &check).unwrap();
    call.shake_hands(address(HOME));
    let used = TransportEvent::AddressUsed(address(HOME));
    assert_eq!(call.out.events[..2], [used, TransportEvent::State(TransportState::Connecting)]);
    assert!(matches!(call.out.events[2..], [TransportEvent::Connected { .. }]));
    let mut buffer = [0x80, 96, 0, 1, 0, 0, 0, 1, 0, 0, 0, 9, 1, 2, 3].to_vec();
    buffer.resize(40, 0);
    let len = call.transport.outbound().unwrap().seal_rtp(&mut buffer, 15).unwrap();
    let (_, _, inbound) = call.peer.keys.as_mut().unwrap();
    assert_eq!(inbound.open_rtp(&mut buffer[..len]), Ok(15));
}

#[test]
fn dtls_is_answered_before_anything_was_nominated() {
    let mut call = Call::negotiated();
    let check = call.peer.check(call.transport.credentials(), false);
    call.arrive(address(HOME), &check).unwrap();
    call.shake_hands(address(HOME));
    assert_eq!(call.transport.state(), TransportState::Connected);
    assert_eq!(call.media_address(), Some(address(HOME)));
}

#[test]
fn f29_a_handshake_gets_over_lost_flights() {
    for lost in 0..8_u64 {
        let mut call = Call::negotiated();
        let check = call.peer.check(call.transport.credentials(), true);
        call.arrive(address(HOME), &check).unwrap();
        let mut carried = 0;
        for _ in 0..100 {
            let mut carry = || {
                carried += 1;
                carried != lost && carried != lost + 1
            };
            for flight in call.peer.flights() {
                if carry() {
                    let _ = call.arrive(address(HOME), &flight);
                }
            }
            for (_, datagram) in std::mem::take(&mut call.out.datagrams) {
                if is_dtls(&datagram) && carry() {
                    call.peer.handle_dtls(call.now, &datagram);
                }
            }
            call.pass(Duration::from_millis(100));
            call.peer.handle_timeout(call.now);
        }
        assert!(call.transport.outbound().is_some(), "datagrams {lost} and {} lost", lost + 1);
        assert!(call.peer.keys.is_some());
    }
}

#[test]
fn a_good_bye_of_the_peer_ends_it_at_once() {
    let mut call = Call::connected(address(HOME));
    for datagram in call.peer.close() {
        let _ = call.arrive(address(HOME), &datagram);
    }
    assert_eq!(call.out.events.last(), Some(&TransportEvent::Closed(CloseReason::PeerLeft)));
    assert_eq!(call.transport.poll_timeout(), None);
}

#[test]
fn the_peer_hears_our_good_bye() {
    let mut call = Call::connected(address(HOME));
    call.transport.close(CloseReason::Asked, call.now, &mut call.out);
    let sent = std::mem::take(&mut call.out.datagrams);
    assert!(sent.iter().all(|(to, _)| *to == address(HOME)));
    for (_, datagram) in sent {
        call.peer.handle_dtls(call.now, &datagram);
    }
    call.peer.flights();
    assert!(call.peer.said_good_bye);
    let events = [TransportEvent::AddressRemoved(address(HOME)), TransportEvent::Closed(CloseReason::Asked)];
    assert_eq!(call.out.events, events);
    call.transport.close(CloseReason::Asked, call.now, &mut call.out);
    assert_eq!(call.out.events.len(), 2, "it is told once");
}

#[test]
fn s8_a_handshake_may_take_so_many_bytes_and_no_more() {
    let mut call = Call::negotiated();
    let check = call.peer.check(call.transport.credentials(), true);
    call.arrive(address(HOME), &check).unwrap();
    let hello = Peer::new(call.now).flights().remove(0);
    let mut taken = 0;
    while call.transport.state() != TransportState::Closed {
        taken += hello.len();
        let _ = call.arrive(address(HOME), &hello);
        assert!(taken <= MAX_HANDSHAKE_BYTES + hello.len(), "{taken} bytes were taken");
    }
    assert_eq!(call.out.events.last(), Some(&TransportEvent::Closed(CloseReason::DtlsFailed)));
}

#[test]
fn s8_ten_thousand_half_handshakes_cost_little_and_are_gone_in_time() {
    let start = Instant::now();
    let hello = Peer::new(start).flights().remove(0);
    let mut calls: Vec<Call> = Vec::new();
    let shared = Peer::new(start);
    for _ in 0..10_000 {
        let mut call = Call::of(Peer::idle(&shared, start), start);
        let check = call.peer.check(call.transport.credentials(), true);
        call.arrive(address(HOME), &check).unwrap();
        call.arrive(address(HOME), &hello).unwrap();
        calls.push(call);
    }
    let mut bytes = 0;
    for call in &mut calls {
        call.pass(CONNECT_TIMEOUT);
        assert_eq!(call.out.events.last(), Some(&TransportEvent::Closed(CloseReason::Timeout)));
        bytes += call.out.datagrams.iter().map(|(_, datagram)| datagram.len()).sum::<usize>();
        assert_eq!(call.transport.poll_timeout(), None);
    }
    // Eight repetitions at most of a flight of about 900 bytes, to whoever has proved to hold the credentials.
    assert!(bytes / 10_000 < 12_000, "{} bytes a handshake", bytes / 10_000);
}

#[test]
fn s8_who_never_connects_is_gone_after_thirty_seconds() {
    let mut call = Call::negotiated();
    call.pass(CONNECT_TIMEOUT.mul_f32(0.99));
    assert_eq!(call.transport.state(), TransportState::New);
    call.pass(CONNECT_TIMEOUT.mul_f32(0.02));
    assert_eq!(call.out.events, [TransportEvent::Closed(CloseReason::Timeout)]);
}

#[test]
fn s10_who_has_not_authenticated_gets_not_one_byte() {
    let mut call = Call::negotiated();
    let mut stranger = Peer::new(call.now);
    let hello = stranger.flights().remove(0);
    let ours = call.transport.credentials().clone();
    for _ in 0..1000 {
        for datagram in [
            stranger.check_as(&format!("{}:peer", ours.ufrag), "guessed guessed guessed!", true),
            stranger.guessed_answer(address(STRANGER)),
            hello.clone(),
            vec![0x80; 200],
        ] {
            let _ = call.arrive(address(STRANGER), &datagram);
        }
        call.pass(Duration::from_millis(10));
    }
    assert!(call.out.datagrams.is_empty());
}

#[test]
fn s11_sprayed_client_hellos_do_not_keep_a_join_from_completing() {
    let mut call = Call::negotiated();
    let spray = |call: &mut Call| {
        for n in 0..500 {
            let hello = Peer::new(call.now).flights().remove(0);
            assert_eq!(call.arrive(address(1000 + n), &hello), Err(Rejected::NoConsent));
        }
    };
    spray(&mut call);
    let check = call.peer.check(call.transport.credentials(), true);
    call.arrive(address(HOME), &check).unwrap();
    spray(&mut call);
    for flight in call.peer.flights() {
        call.arrive(address(HOME), &flight).unwrap();
    }
    spray(&mut call);
    for (_, datagram) in std::mem::take(&mut call.out.datagrams) {
        if is_dtls(&datagram) {
            call.peer.handle_dtls(call.now, &datagram);
        }
    }
    call.shake_hands(address(HOME));
    assert_eq!(call.transport.state(), TransportState::Connected);
}

#[test]
fn s12_the_suites_are_ecdhe_ecdsa_with_aead_and_nothing_is_renegotiated() {
    let suites: Vec<String> = IDENTITY.suites().map(|suite| format!("{suite:?}")).collect();
    assert!(!suites.is_empty());
    for suite in suites {
        assert!(suite.starts_with("ECDHE_ECDSA_"), "{suite}");
        assert!(suite.contains("GCM") || suite.contains("CHACHA20_POLY1305"), "{suite}");
    }
    let mut call = Call::connected(address(HOME));
    let before = call.memory();
    let hello = Peer::new(call.now).flights().remove(0);
    let _ = call.arrive(address(HOME), &hello);
    assert_eq!(call.memory(), before);
    assert!(call.out.events.is_empty());
}

#[test]
fn s12_who_offers_dtls_1_3_too_gets_1_2_and_who_offers_nothing_else_gets_no_keys() {
    let now = Instant::now();
    let mut both = Call::of(Peer::of_both(now), now);
    both.connect(address(HOME));

    let mut only = Call::of(Peer::of_dtls_13(now), now);
    let check = only.peer.check(only.transport.credentials(), true);
    only.arrive(address(HOME), &check).unwrap();
    for flight in only.peer.flights() {
        let _ = only.arrive(address(HOME), &flight);
    }
    assert!(only.transport.outbound().is_none());
    only.pass(CONNECT_TIMEOUT);
    assert_eq!(only.transport.state(), TransportState::Closed);
}

#[test]
fn s13_another_certificate_than_the_announced_one_gets_no_keys() {
    let now = Instant::now();
    let mut call = Call::negotiated();
    let announced = call.peer.fingerprint();
    call.peer = Peer::with_certificate(now, certificate());
    assert_ne!(call.peer.fingerprint(), announced);
    let check = call.peer.check(call.transport.credentials(), true);
    call.arrive(address(HOME), &check).unwrap();
    call.shake_hands(address(HOME));
    assert_eq!(call.out.events.last(), Some(&TransportEvent::Closed(CloseReason::Fingerprint)));
    assert!(call.transport.outbound().is_none());
    assert_eq!(call.media_address(), None);
    assert!(call.peer.keys.is_none(), "nor does the peer");
}

#[test]
fn s13_every_bit_of_the_fingerprint_counts() {
    for bit in [0, 100, 255] {
        let mut call = Call::negotiated();
        let mut announced = call.peer.fingerprint();
        announced[bit / 8] ^= 1 << (bit % 8);
        assert!(call.transport.set_session(call.peer.local.clone(), announced));
        let check = call.peer.check(call.transport.credentials(), true);
        call.arrive(address(HOME), &check).unwrap();
        call.shake_hands(address(HOME));
        assert_eq!(call.out.events.last(), Some(&TransportEvent::Closed(CloseReason::Fingerprint)), "bit {bit}");
    }
}

#[test]
fn s10_s26_who_only_tries_the_line_gets_answers_to_checks_and_not_one_byte_of_a_handshake() {
    let mut call = Call::negotiated();
    call.transport = Transport::new(fresh_credentials(1), CONSENT, call.now);
    assert!(call.transport.set_tester(call.peer.local.clone()));
    let check = call.peer.check(call.transport.credentials(), true);
    call.arrive(address(HOME), &check).unwrap();
    assert_eq!(call.out.datagrams.len(), 1, "the check is answered");
    let flights = call.peer.flights();
    assert!(!flights.is_empty());
    for flight in flights {
        assert_eq!(call.arrive(address(HOME), &flight), Err(Rejected::NotReady));
    }
    assert_eq!(call.out.datagrams.len(), 1, "and nothing else");
    assert!(call.transport.outbound().is_none());
    assert!(call.transport.set_session(call.peer.local.clone(), call.peer.fingerprint()), "a meeting may follow");
    assert!(!call.transport.set_tester(call.peer.local.clone()), "and is not undone");
}

#[test]
fn s13_a_fingerprint_cannot_be_exchanged_once_the_handshake_runs() {
    let mut call = Call::connected(address(HOME));
    let before = call.memory();
    assert!(!call.transport.set_session(call.peer.local.clone(), [0; 32]));
    assert_eq!(call.memory(), before);
    assert!(call.transport.set_session(call.peer.local.clone(), call.peer.fingerprint()));
}

#[test]
fn s13_each_process_makes_a_certificate_of_its_own() {
    assert_ne!(DtlsIdentity::generate().fingerprint(), IDENTITY.fingerprint());
}

#[test]
fn s13_a_fingerprint_is_read_whole_or_not_at_all() {
    let whole = fingerprint_text(&[0xab; 32]);
    assert_eq!(whole.len(), 95);
    for (text, read) in [
        (whole.clone(), Some([0xab; 32])),
        (whole.to_lowercase(), Some([0xab; 32])),
        (whole[..92].to_string(), None),
        (format!("{whole}:AB"), None),
        (whole.replacen("AB", "A", 1), None),
        (whole.replacen("AB", "+B", 1), None),
        (whole.replace(':', ""), None),
        (String::new(), None),
    ] {
        assert_eq!(parse_fingerprint(&text), read, "{text}");
    }
}

#[test]
fn dtls_before_the_session_is_known_is_not_taken() {
    let now = Instant::now();
    let mut call = Call::negotiated();
    call.transport =
        super::super::Transport::new(super::super::test_peer::fresh_credentials(3), Duration::from_secs(30), now);
    let check = call.peer.check(call.transport.credentials(), true);
    assert!(call.arrive(address(HOME), &check).is_err(), "the peer's name is not known");
    let hello = call.peer.flights().remove(0);
    assert_eq!(call.arrive(address(HOME), &hello), Err(Rejected::NoConsent));
    call.out = Collected::default();
}
