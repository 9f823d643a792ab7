//! What holds for a TCP connection: whoever opened it has shown to receive there.

use std::time::Duration;

use super::super::test_peer::{Call, address, connection};
use super::super::{Rejected, TransportEvent, TransportState};

const HOME: u16 = 1;

#[test]
fn s6_a_connection_gets_media_as_soon_as_the_handshake_is_over_and_no_check_of_ours() {
    let mut call = Call::connected(connection(HOME));
    assert_eq!(call.media_address(), Some(connection(HOME)));
    assert!(call.take_checks(connection(HOME)).is_empty());
}

#[test]
fn s5_dtls_and_srtp_count_on_a_connection_only_after_a_check_on_it() {
    let mut call = Call::negotiated();
    let hello = call.peer.flights().remove(0);
    assert_eq!(call.arrive(connection(HOME), &hello), Err(Rejected::NoConsent));
    let mut call = Call::connected(address(HOME));
    let media = call.peer.rtp(9, 1);
    assert_eq!(call.arrive(connection(HOME), &media), Err(Rejected::NoConsent), "the same address, another way");
    assert!(call.arrive(address(HOME), &media).is_ok());
}

#[test]
fn f28_media_moves_to_a_connection_that_the_peer_sends_on_and_back_to_udp() {
    let mut call = Call::connected(address(HOME));
    let check = call.peer.check(call.transport.credentials(), false);
    call.arrive(connection(HOME), &check).unwrap();
    assert_eq!(call.media_address(), Some(address(HOME)), "a check alone moves nothing");
    let media = call.peer.rtp(9, 1);
    call.arrive(connection(HOME), &media).unwrap();
    assert_eq!(call.media_address(), Some(connection(HOME)), "at once");
    let media = call.peer.rtp(9, 2);
    call.arrive(address(HOME), &media).unwrap();
    assert_eq!(call.media_address(), Some(address(HOME)), "that has been proven before");
}

#[test]
fn f28_when_udp_is_silent_a_nomination_of_the_connection_moves_media() {
    let mut call = Call::connected(address(HOME));
    call.pass(Duration::from_millis(1_100));
    let check = call.peer.check(call.transport.credentials(), true);
    call.arrive(connection(HOME), &check).unwrap();
    assert_eq!(call.media_address(), Some(connection(HOME)));
}

#[test]
fn of_a_connection_that_is_gone_media_goes_at_once_to_what_is_nominated_next() {
    let mut call = Call::connected(connection(HOME));
    call.transport.lose_address(connection(HOME));
    assert_eq!(call.media_address(), None);
    assert!(!call.transport.has_consent(call.now, connection(HOME)), "nothing is taken from there either");
    let check = call.peer.check(call.transport.credentials(), true);
    call.arrive(connection(2), &check).unwrap();
    assert_eq!(call.media_address(), Some(connection(2)));
    assert_eq!(call.transport.state(), TransportState::Connected);
}

#[test]
fn a_connection_that_is_gone_ends_the_transport_no_sooner_than_silence_does() {
    let mut call = Call::connected(connection(HOME));
    call.pass(Duration::from_secs(20));
    let check = call.peer.check(call.transport.credentials(), true);
    call.arrive(connection(HOME), &check).unwrap();
    call.pass(Duration::from_secs(15));
    call.transport.lose_address(connection(HOME));
    call.pass(Duration::from_secs(10));
    assert_ne!(call.transport.state(), TransportState::Closed, "it has 30 seconds to come by another way");
    call.arrive(connection(2), &check).unwrap();
    assert_eq!(call.media_address(), Some(connection(2)));
    call.transport.lose_address(connection(2));
    call.pass(Duration::from_secs(31));
    assert_eq!(call.transport.state(), TransportState::Closed);
}

#[test]
fn s8_connections_count_among_the_sixteen_sources() {
    let mut call = Call::connected(connection(HOME));
    for n in 10..40 {
        let check = call.peer.check(call.transport.credentials(), false);
        call.arrive(connection(n), &check).unwrap();
    }
    let removed = |event: &&TransportEvent| matches!(event, TransportEvent::AddressRemoved(_));
    assert_eq!(call.out.events.iter().filter(removed).count(), 15);
    assert_eq!(call.media_address(), Some(connection(HOME)), "the one in use stays");
}
