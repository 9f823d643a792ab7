//! Which address counts, and since when (S4 to S8).

use std::time::Duration;

use super::super::test_peer::{CONSENT, Call, Collected, address, fresh_credentials};
use super::super::{CloseReason, MAX_SOURCES, Rejected, TransportEvent, TransportState, Unheard};
use crate::transport::stun;
use ::is::stun::StunMessage;

const HOME: u16 = 1;
const VICTIM: u16 = 2;

#[test]
fn s4_only_a_check_with_our_user_name_and_integrity_is_answered() {
    let mut call = Call::negotiated();
    let ours = call.transport.credentials().clone();
    let name = format!("{}:peer", ours.ufrag);
    let cut = {
        let mut message = call.peer.check_as(&name, &ours.password, false);
        message.truncate(message.len() - 8 - 24); // without fingerprint and integrity
        let len = u16::try_from(message.len() - 20).unwrap();
        message[2..4].copy_from_slice(&len.to_be_bytes());
        message
    };
    for (case, message, answered) in [
        ("right", call.peer.check_as(&name, &ours.password, false), true),
        ("another password", call.peer.check_as(&name, "guessed guessed guessed!", false), false),
        ("an unknown user", call.peer.check_as("AAAAAAAAAAAA:peer", &ours.password, false), false),
        ("another peer's", call.peer.check_as(&format!("{}:other", ours.ufrag), &ours.password, false), false),
        ("half a name", call.peer.check_as(&ours.ufrag, &ours.password, false), false),
        ("no integrity", cut, false),
    ] {
        call.out = Collected::default();
        let taken = call.arrive(address(HOME), &message);
        assert_eq!(taken.is_ok(), answered, "{case}");
        assert_eq!(call.out.datagrams.len(), usize::from(answered), "{case}");
    }
}

#[test]
fn s4_the_answer_names_the_source_and_carries_our_integrity() {
    let mut call = Call::negotiated();
    let check = call.peer.check(call.transport.credentials(), false);
    call.arrive(address(HOME), &check).unwrap();
    let (to, answer) = call.out.datagrams.remove(0);
    let answer = StunMessage::parse(&answer).unwrap();
    assert_eq!((to, answer.mapped_address()), (address(HOME), Some(address(HOME).address)));
    assert!(stun::is_authentic(&answer, &call.transport.credentials().password));
}

#[test]
fn s4_each_transport_and_each_restart_has_a_password_of_its_own_with_128_bits_at_least() {
    let passwords: std::collections::HashSet<String> = (0..1000).map(|mark| fresh_credentials(mark).password).collect();
    assert_eq!(passwords.len(), 1000);
    // 64 letters: six bits each.
    assert!(passwords.iter().all(|password| password.len() * 6 >= 128));
    let letters: std::collections::HashSet<char> = passwords.iter().flat_map(|password| password.chars()).collect();
    assert_eq!(letters.len(), 64);
}

#[test]
fn s4_what_stands_behind_the_integrity_does_not_nominate() {
    let mut call = Call::connected(address(HOME));
    call.pass(Duration::from_secs(5));
    let mut check = call.peer.check(call.transport.credentials(), false);
    check.truncate(check.len() - 8); // the fingerprint
    check.extend([0, 0x25, 0, 0]); // USE-CANDIDATE
    let len = u16::try_from(check.len() - 20).unwrap();
    check[2..4].copy_from_slice(&len.to_be_bytes());
    let _ = call.arrive(address(VICTIM), &check);
    assert_eq!(call.take_checks(address(VICTIM)), Vec::<Vec<u8>>::new());
    assert_eq!(call.media_address(), Some(address(HOME)));
}

#[test]
fn s5_dtls_and_srtp_count_only_from_an_address_with_a_fresh_check() {
    let mut call = Call::negotiated();
    let hello = call.peer.flights().remove(0);
    assert_eq!(call.arrive(address(HOME), &hello), Err(Rejected::NoConsent));
    assert!(call.out.datagrams.is_empty());

    let mut call = Call::connected(address(HOME));
    let (media, control) = (call.peer.rtp(9, 1), call.peer.rtcp(9));
    let before = call.memory();
    assert_eq!(call.arrive(address(VICTIM), &media), Err(Rejected::NoConsent));
    assert_eq!(call.arrive(address(VICTIM), &control), Err(Rejected::NoConsent));
    assert_eq!(call.memory(), before);
    assert_eq!(call.arrive(address(HOME), &media), Ok(32));
    assert_eq!(call.arrive(address(HOME), &control), Ok(8));
}

#[test]
fn s6_media_goes_out_only_when_the_handshake_is_over() {
    let mut call = Call::negotiated();
    let check = call.peer.check(call.transport.credentials(), true);
    call.arrive(address(HOME), &check).unwrap();
    assert_eq!(call.media_address(), None);
    call.shake_hands(address(HOME));
    assert_eq!(call.media_address(), Some(address(HOME)));
}

/// Somebody who holds a seat, and so the credentials, sends everything in a victim's name.
#[test]
fn s6_a_participant_who_names_a_victim_as_source_points_no_media_there() {
    let mut call = Call::connected(address(HOME));
    call.pass(Duration::from_secs(2));
    let mut to_victim = 0;
    for n in 0..200 {
        let check = call.peer.check(call.transport.credentials(), true);
        call.arrive(address(VICTIM), &check).unwrap();
        let media = call.peer.rtp(9, n);
        call.arrive(address(VICTIM), &media).unwrap();
        let guess = call.peer.guessed_answer(address(VICTIM));
        assert_eq!(call.arrive(address(VICTIM), &guess), Err(Rejected::Stun(Unheard::Unasked)));
        call.pass(Duration::from_millis(100));
        assert_ne!(call.media_address(), Some(address(VICTIM)), "after {n} packets");
        to_victim += call.take_checks(address(VICTIM)).len();
    }
    // A series of seven checks takes six seconds, and the next authentic packet starts another.
    assert!((7..=28).contains(&to_victim), "{to_victim} checks went to the victim");
    assert_eq!(call.media_address(), Some(address(HOME)));
}

#[test]
fn s6_an_address_that_answers_our_check_gets_the_media() {
    let mut call = Call::connected(address(HOME));
    call.pass(Duration::from_secs(2));
    let check = call.peer.check(call.transport.credentials(), true);
    call.arrive(address(3), &check).unwrap();
    let ours = call.take_checks(address(3)).remove(0);
    assert_eq!(call.media_address(), Some(address(HOME)));
    let answer = call.peer.answer(&ours, address(3));
    assert_eq!(call.arrive(address(VICTIM), &answer), Err(Rejected::Stun(Unheard::Unasked)), "from elsewhere");
    call.arrive(address(3), &answer).unwrap();
    assert_eq!(call.media_address(), Some(address(3)));
    assert_eq!(call.arrive(address(3), &answer), Err(Rejected::Stun(Unheard::Unasked)), "answered once");
}

#[test]
fn s6_an_answer_without_the_peers_integrity_proves_nothing() {
    let mut call = Call::connected(address(HOME));
    call.pass(Duration::from_secs(2));
    let check = call.peer.check(call.transport.credentials(), true);
    call.arrive(address(3), &check).unwrap();
    let ours = call.take_checks(address(3)).remove(0);
    let id = StunMessage::parse(&ours).unwrap().trans_id();
    let forged = stun::success(id, address(3).address, &call.transport.credentials().password.clone());
    assert_eq!(call.arrive(address(3), &forged), Err(Rejected::Stun(Unheard::Integrity)));
    assert_eq!(call.media_address(), Some(address(HOME)));
}

#[test]
fn s6_a_handshake_that_ends_at_a_victim_points_no_media_there() {
    let mut call = Call::negotiated();
    for at in [HOME, VICTIM] {
        let check = call.peer.check(call.transport.credentials(), true);
        call.arrive(address(at), &check).unwrap();
    }
    // All flights but the last come from home, and ours go there.
    for flight in call.peer.flights() {
        call.arrive(address(HOME), &flight).unwrap();
    }
    for (_, datagram) in std::mem::take(&mut call.out.datagrams) {
        if super::super::test_peer::is_dtls(&datagram) {
            call.peer.handle_dtls(call.now, &datagram);
        }
    }
    for flight in call.peer.flights() {
        call.arrive(address(VICTIM), &flight).unwrap();
    }
    assert_eq!(call.transport.state(), TransportState::Connected);
    assert_eq!(call.media_address(), None);
    assert_eq!(call.take_checks(address(VICTIM)).len(), 1);
}

#[test]
fn f27_a_new_port_is_followed_as_soon_as_it_speaks_and_has_answered() {
    let mut call = Call::connected(address(HOME));
    let check = call.peer.check(call.transport.credentials(), false);
    call.arrive(address(3), &check).unwrap();
    assert!(call.take_checks(address(3)).is_empty(), "not before media comes from there");
    let media = call.peer.rtp(9, 1);
    call.arrive(address(3), &media).unwrap();
    let ours = call.take_checks(address(3)).remove(0);
    let answer = call.peer.answer(&ours, address(3));
    call.arrive(address(3), &answer).unwrap();
    assert_eq!(call.media_address(), Some(address(3)));
}

#[test]
fn f27_our_check_is_repeated_until_it_is_answered() {
    let mut call = Call::connected(address(HOME));
    let check = call.peer.check(call.transport.credentials(), false);
    call.arrive(address(3), &check).unwrap();
    let media = call.peer.rtp(9, 1);
    call.arrive(address(3), &media).unwrap();
    assert_eq!(call.take_checks(address(3)).len(), 1);
    call.pass(Duration::from_secs(4));
    let again = call.take_checks(address(3));
    assert_eq!(again.len(), 6);
    let answer = call.peer.answer(again.last().unwrap(), address(3));
    call.arrive(address(3), &answer).unwrap();
    assert_eq!(call.media_address(), Some(address(3)));
}

#[test]
fn a_nomination_does_not_pull_media_off_a_path_that_speaks() {
    // Firefox nominates every pair towards a lite peer.
    let mut call = Call::connected(address(HOME));
    for n in 0..10 {
        let check = call.peer.check(call.transport.credentials(), true);
        call.arrive(address(3), &check).unwrap();
        let media = call.peer.rtp(9, n);
        call.arrive(address(HOME), &media).unwrap();
        call.pass(Duration::from_millis(200));
    }
    assert_eq!(call.media_address(), Some(address(HOME)));
    assert!(call.take_checks(address(3)).is_empty());
}

#[test]
fn s7_without_a_check_for_thirty_seconds_media_stops_whatever_else_arrives() {
    let mut call = Call::connected(address(HOME));
    for n in 0..29 {
        call.pass(Duration::from_secs(1));
        let media = call.peer.rtp(9, n);
        call.arrive(address(HOME), &media).unwrap();
    }
    assert_eq!(call.media_address(), Some(address(HOME)));
    call.now += Duration::from_secs(1); // the timer is late
    assert_eq!(call.media_address(), None);
    let media = call.peer.rtp(9, 100);
    assert_eq!(call.arrive(address(HOME), &media), Err(Rejected::NoConsent));
    call.pass(Duration::ZERO);
    assert_eq!(call.out.events.last(), Some(&TransportEvent::Closed(CloseReason::Timeout)));
    assert!(call.transport.outbound().is_none(), "the keys are gone");
}

#[test]
fn s7_a_check_every_now_and_then_keeps_media_going() {
    let mut call = Call::connected(address(HOME));
    for _ in 0..10 {
        call.pass(CONSENT.mul_f32(0.9));
        let check = call.peer.check(call.transport.credentials(), false);
        call.arrive(address(HOME), &check).unwrap();
    }
    assert_eq!(call.media_address(), Some(address(HOME)));
    assert_eq!(call.transport.state(), TransportState::Connected);
}

#[test]
fn a_peer_that_falls_silent_is_shown_so_and_comes_back() {
    let mut call = Call::connected(address(HOME));
    call.pass(Duration::from_secs(6));
    assert_eq!(call.transport.state(), TransportState::Silent);
    let media = call.peer.rtp(9, 1);
    call.arrive(address(HOME), &media).unwrap();
    assert_eq!(call.transport.state(), TransportState::Connected);
    let states = [TransportState::Silent, TransportState::Connected].map(TransportEvent::State);
    assert_eq!(call.out.events, states);
}

#[test]
fn s8_sixteen_sources_are_kept_and_the_oldest_unused_makes_room() {
    let mut call = Call::connected(address(HOME));
    for n in 0..6000 {
        call.pass(Duration::from_millis(1));
        let check = call.peer.check(call.transport.credentials(), false);
        call.arrive(address(100 + n), &check).unwrap();
    }
    let (mut known, mut most) = (1, 0);
    for event in &call.out.events {
        match event {
            TransportEvent::AddressRemoved(_) => known -= 1,
            TransportEvent::AddressUsed(_) => known += 1, // each is a new one
            _ => {}
        }
        most = most.max(known);
    }
    assert_eq!((known, most), (MAX_SOURCES, MAX_SOURCES));
    assert_eq!(call.out.events.last(), Some(&TransportEvent::AddressUsed(address(6099))));
    let removed = |n| call.out.events.contains(&TransportEvent::AddressRemoved(address(n)));
    assert!(!removed(HOME) && removed(6084) && !removed(6085));
    assert_eq!(call.media_address(), Some(address(HOME)), "the one in use stays");
}

#[test]
fn an_ice_restart_loses_no_packet_and_ends_the_old_credentials_when_the_new_ones_are_used() {
    let mut call = Call::connected(address(HOME));
    let old = call.transport.credentials().clone();
    call.transport.restart_ice(fresh_credentials(2), call.now);
    let media = call.peer.rtp(9, 1);
    assert_eq!(call.arrive(address(HOME), &media), Ok(32), "media goes on");
    let check = call.peer.check(&old, false);
    call.arrive(address(HOME), &check).expect("the old ones are good until the answer came");

    let (old_peer, fingerprint) = (call.peer.local.clone(), call.peer.fingerprint());
    call.peer.local.ufrag = "again".into();
    call.peer.local.password = "another password of the peer".into();
    assert!(call.transport.set_session(call.peer.local.clone(), fingerprint));
    let new = call.transport.credentials().clone();
    assert!(new.ufrag != old.ufrag && new.password != old.password);
    let check = call.peer.check(&new, true);
    call.arrive(address(3), &check).unwrap();
    let late = call.peer.check_as(&format!("{}:{}", old.ufrag, old_peer.ufrag), &old.password, true);
    assert_eq!(call.arrive(address(HOME), &late), Err(Rejected::Stun(Unheard::UserName)));
    assert_eq!(call.media_address(), Some(address(HOME)));

    let media = call.peer.rtp(9, 2);
    assert_eq!(call.arrive(address(3), &media), Ok(32), "under the same keys");
    let ours = call.take_checks(address(3)).remove(0);
    let answer = call.peer.answer(&ours, address(3));
    call.arrive(address(3), &answer).unwrap();
    assert_eq!(call.media_address(), Some(address(3)));
}

#[test]
fn the_old_credentials_end_by_themselves() {
    let mut call = Call::connected(address(HOME));
    let old = call.transport.credentials().clone();
    call.transport.restart_ice(fresh_credentials(2), call.now);
    for _ in 0..2 {
        call.pass(Duration::from_secs(14));
        let check = call.peer.check(&old, false);
        call.arrive(address(HOME), &check).unwrap();
    }
    call.pass(Duration::from_secs(3));
    let check = call.peer.check(&old, false);
    assert_eq!(call.arrive(address(HOME), &check), Err(Rejected::Stun(Unheard::UserName)));
}
