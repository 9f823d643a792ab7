//! Media from an address that the peer has not named: nothing of it counts, but it is asked there at once (S5, S6, F27).

use std::time::Duration;

use super::super::test_peer::{Call, Collected, address};
use super::super::{Rejected, TransportEvent, Unheard};
use crate::remote::Remote;
use crate::transport::elsewhere::MAX_ASKED;
use crate::transport::stun;
use ::is::stun::StunMessage;

const HOME: u16 = 1;
const NEW: u16 = 3;

/// A call with media of the stream 9 and reports of it, so that both are known.
fn a_call() -> Call {
    let mut call = Call::connected(address(HOME));
    let (media, report) = (call.peer.rtp(9, 1), call.peer.rtcp(9));
    call.arrive(address(HOME), &media).unwrap();
    call.arrive(address(HOME), &report).unwrap();
    call
}

/// What the router does with media from an address that is nobody's.
fn hears(call: &mut Call, source: Remote, packet: &[u8]) -> bool {
    call.transport.hear_elsewhere(call.now, source, packet, &mut call.out)
}

#[test]
fn f27_media_and_reports_from_a_new_port_draw_our_check_and_its_answer_the_media() {
    for is_report in [false, true] {
        let mut call = a_call();
        let packet = if is_report { call.peer.rtcp(9) } else { call.peer.rtp(9, 2) };
        assert_eq!(call.transport.awaits(&packet), Some(1));
        assert!(hears(&mut call, address(NEW), &packet));
        let ours = call.take_checks(address(NEW)).remove(0);
        assert_eq!(call.media_address(), Some(address(HOME)), "not before the answer (S6)");
        let answer = call.peer.answer(&ours, address(NEW));
        call.arrive(address(NEW), &answer).unwrap();
        assert_eq!(call.media_address(), Some(address(NEW)));
        assert_eq!(call.out.events, [TransportEvent::AddressUsed(address(NEW))]);
        assert_eq!(
            call.arrive(address(NEW), &packet),
            Ok(if is_report { 8 } else { 32 }),
            "the answer is consent (S5)"
        );
    }
}

#[test]
fn s5_nothing_of_a_packet_from_elsewhere_counts() {
    let mut call = a_call();
    let (media, report) = (call.peer.rtp(9, 2), call.peer.rtcp(9));
    let before = call.transport.poll_timeout();
    for packet in [&media, &report] {
        assert!(hears(&mut call, address(NEW), packet));
        assert_eq!(call.arrive(address(NEW), packet), Err(Rejected::NoConsent));
    }
    assert_eq!(call.transport.poll_timeout(), before, "nobody was heard");
    assert_eq!(call.arrive(address(HOME), &media), Ok(32), "it was not taken");
    assert_eq!(call.arrive(address(HOME), &report), Ok(8));
    assert!(call.out.events.is_empty());
}

#[test]
fn s6_what_is_not_authentic_or_not_newer_or_of_no_known_stream_draws_no_check() {
    let mut call = a_call();
    let mut other = a_call();
    let taken = call.peer.rtp(9, 2);
    call.arrive(address(HOME), &taken).unwrap();
    let late = call.peer.rtp(9, 3);
    let newer = call.peer.rtp(9, 4);
    call.arrive(address(HOME), &newer).unwrap();
    let mut changed = call.peer.rtp(9, 5);
    *changed.last_mut().unwrap() ^= 1;
    let mut report = call.peer.rtcp(9);
    report[10] ^= 1;
    let cases = [
        ("taken before", taken),
        ("older than the newest", late),
        ("changed", changed),
        ("a changed report", report),
        ("under other keys", other.peer.rtp(9, 6)),
        ("a report under other keys", other.peer.rtcp(9)),
        ("of another stream", call.peer.rtp(8, 1)),
        ("no media", vec![22; 40]),
        ("cut", call.peer.rtp(9, 7)[..13].to_vec()),
    ];
    let before = call.memory();
    for (case, packet) in cases {
        assert!(!hears(&mut call, address(NEW), &packet), "{case}");
        assert_eq!(call.memory(), before, "{case} (S1)");
    }
    assert!(call.out.datagrams.is_empty());
}

#[test]
fn s6_one_address_is_asked_seven_times_in_ten_seconds_however_much_comes_from_there() {
    let mut call = a_call();
    let mut asked_at = Vec::new();
    for n in 0..2000_u16 {
        let media = call.peer.rtp(9, 2 + n);
        assert!(hears(&mut call, address(NEW), &media));
        let sent = call.take_checks(address(NEW)).len();
        asked_at.extend(std::iter::repeat_n(5 * u32::from(n), sent));
        call.now += Duration::from_millis(5);
    }
    assert_eq!(asked_at, [0, 50, 150, 350, 750, 1550, 3150]);
    let media = call.peer.rtp(9, 2002);
    assert!(hears(&mut call, address(NEW), &media));
    assert_eq!(call.take_checks(address(NEW)).len(), 1, "after ten seconds again");
}

/// Somebody who holds a seat, and so the keys, names one victim after the other.
#[test]
fn s6_a_few_addresses_are_asked_at_a_time_whoever_is_named() {
    let mut call = a_call();
    let mut asked = 0;
    for n in 0..3000_u16 {
        let victim = address(100 + n % 60);
        let media = call.peer.rtp(9, 2 + n);
        assert!(hears(&mut call, victim, &media));
        asked += call.take_checks(victim).len();
        call.now += Duration::from_millis(3);
        assert_eq!(call.media_address(), Some(address(HOME)));
    }
    assert!((MAX_ASKED..=MAX_ASKED * 7).contains(&asked), "{asked} checks in nine seconds");
}

#[test]
fn s6_only_the_peers_answer_from_the_asked_address_proves_it() {
    let mut call = a_call();
    let media = call.peer.rtp(9, 2);
    assert!(hears(&mut call, address(NEW), &media));
    let ours = call.take_checks(address(NEW)).remove(0);
    let answer = call.peer.answer(&ours, address(NEW));
    let id = StunMessage::parse(&ours).unwrap().trans_id();
    let forged = stun::success(id, address(NEW).address, &call.transport.credentials().password.clone());
    let guess = call.peer.guessed_answer(address(NEW));
    for (case, source, message, why) in [
        ("from elsewhere", 4, &answer, Unheard::Unasked),
        ("under another password", NEW, &forged, Unheard::Integrity),
        ("to a check that never was", NEW, &guess, Unheard::Unasked),
    ] {
        assert_eq!(call.arrive(address(source), message), Err(Rejected::Stun(why)), "{case}");
        assert_eq!(call.media_address(), Some(address(HOME)), "{case}");
    }
    call.arrive(address(NEW), &answer).unwrap();
    assert_eq!(call.arrive(address(NEW), &answer), Err(Rejected::Stun(Unheard::Unasked)), "answered once");
}

#[test]
fn s6_media_stays_where_the_peer_speaks_from_though_another_address_has_answered() {
    let mut call = a_call();
    let (first, second) = (call.peer.rtp(9, 2), call.peer.rtp(9, 3));
    assert!(hears(&mut call, address(NEW), &first));
    let ours = call.take_checks(address(NEW)).remove(0);
    call.arrive(address(HOME), &second).unwrap();
    let answer = call.peer.answer(&ours, address(NEW));
    call.arrive(address(NEW), &answer).unwrap();
    assert_eq!(call.media_address(), Some(address(HOME)));
    let third = call.peer.rtp(9, 4);
    call.arrive(address(NEW), &third).unwrap();
    assert_eq!(call.media_address(), Some(address(NEW)), "it follows what speaks");
}

#[test]
fn s8_an_address_that_answers_makes_room_among_the_sixteen_sources() {
    let mut call = a_call();
    for n in 0..20 {
        let check = call.peer.check(call.transport.credentials(), false);
        call.arrive(address(100 + n), &check).unwrap();
    }
    call.out = Collected::default();
    let media = call.peer.rtp(9, 2);
    assert!(hears(&mut call, address(NEW), &media));
    let ours = call.take_checks(address(NEW)).remove(0);
    let answer = call.peer.answer(&ours, address(NEW));
    call.arrive(address(NEW), &answer).unwrap();
    let made_room = |event: &TransportEvent| matches!(event, TransportEvent::AddressRemoved(_));
    assert_eq!(call.out.events.iter().filter(|event| made_room(event)).count(), 1);
}
