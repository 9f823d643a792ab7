//! How much there may be of what (S8), and how late.

use std::time::Duration;

use hoptt_core::control::{Command, RefusalCode};
use hoptt_core::router::{Count, RouterConfig};
use hoptt_core::transport::CONNECT_TIMEOUT;

use crate::support::{MEETING, World};

#[test]
fn s8_unfinished_handshakes_are_bounded_and_make_room_when_they_end() {
    let mut config = RouterConfig::default();
    config.limits.unfinished_handshakes = 3;
    let mut world = World::with(config);
    let create = |world: &mut World, n: u32| {
        let (meeting, transport) = (MEETING.to_string(), format!("t{n}"));
        world.router.handle_command(world.now, Command::CreateTransport { meeting, transport, blob: vec![] })
    };
    for n in 0..3 {
        create(&mut world, n).unwrap();
    }
    assert_eq!(create(&mut world, 3).unwrap_err().code, RefusalCode::Limit);
    world.now += CONNECT_TIMEOUT;
    world.advance(1);
    world.join("connected");
    for n in 4..7 {
        create(&mut world, n).expect("who is connected does not count");
    }
    assert_eq!(create(&mut world, 7).unwrap_err().code, RefusalCode::Limit);
}

#[test]
fn a_handshake_that_fails_is_counted_and_none_that_nobody_awaits() {
    let certificate = |text: &mut String| text.replace_range(..2, if text.starts_with("00") { "01" } else { "00" });
    for (what, is_applied, is_another, is_asked, failed) in [
        ("no check ever comes", true, false, false, 1),
        ("another certificate", true, true, false, 1),
        ("its page never answered", false, false, false, 0),
        ("its page has gone", true, false, true, 0),
    ] {
        let mut world = World::new();
        let peer = world.create(MEETING, "p");
        let mut session = world.peers[peer].session();
        if is_another {
            certificate(&mut session.fingerprint.as_mut().unwrap().value);
        }
        if is_applied {
            world.command(Command::ApplySession(session));
        }
        for _ in 0..if is_another { 100 } else { 0 } {
            let check = world.peers[peer].check();
            world.peers[peer].waiting.push(check);
            world.pump();
            world.now += Duration::from_millis(5);
        }
        if is_asked {
            let transport = world.peers[peer].transport.clone();
            world.command(Command::CloseTransport { transport });
        }
        world.now += CONNECT_TIMEOUT;
        world.advance(1);
        assert_eq!((world.router.slots_in_use(), world.count(Count::HandshakesFailed)), (0, failed), "{what}");
    }
}

#[test]
fn who_was_connected_once_is_no_handshake_that_failed() {
    let mut world = World::of(1);
    world.now += 2 * CONNECT_TIMEOUT;
    world.advance(1);
    assert_eq!((world.router.slots_in_use(), world.count(Count::HandshakesFailed)), (0, 0));
}

#[test]
fn what_has_waited_for_us_so_long_that_nobody_talks_over_it_is_dropped() {
    let mut world = World::of(2);
    world.open(0);
    world.speak(0, 1, 60);
    let mut arrive = |seq, waited| {
        let packet = world.voice_packet(0, seq, 60);
        let (mut datagram, source) = (world.peers[0].sealed(&packet), world.peers[0].address);
        let arrived = world.now;
        world.advance(waited);
        world.router.handle_arrived(world.now, arrived, source, &mut datagram);
        world.pump();
        (world.peers[1].got.len(), world.count(Count::DroppedStale))
    };
    assert_eq!(arrive(2, 400), (2, 0));
    assert_eq!(arrive(3, 401), (2, 1));
    assert_eq!(arrive(4, 0), (3, 1), "what comes in time is heard");
}
