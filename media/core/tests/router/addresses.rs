//! Two transports that name the same address (S6, P10).

use std::time::Duration;

use hoptt_core::remote::Remote;
use hoptt_core::router::{Count, RouterEvent};

use crate::support::{OPUS, Out, World};

/// `thief` sends a check under its own credentials in the name of `victim`'s address.
fn spoof(world: &mut World, thief: usize, victim: usize) {
    let source = world.peers[victim].address;
    let mut check = world.peers[thief].check();
    world.router.handle_datagram(world.now, source, &mut check);
}

#[test]
fn p10_who_names_a_participants_address_takes_no_packet_from_them() {
    let mut world = World::of(3);
    world.open(0);
    world.open(1);
    for seq in 1..=20 {
        spoof(&mut world, 2, 1);
        world.speak(0, seq, 60);
        world.speak(1, seq, 60);
        world.advance(20);
    }
    let heard = |peer: usize| world.peers[peer].got.len();
    assert_eq!((heard(0), heard(1)), (20, 20));
    assert_eq!(world.count(Count::AddressesContested), 20);
    assert_eq!(world.count(Count::DroppedUnauthentic), 0);
}

#[test]
fn f27_who_shows_to_be_at_an_address_gets_it() {
    let mut world = World::of(2);
    world.open(0);
    // The line of the second was given to a third, and the second is not told.
    let third = world.create(crate::support::MEETING, "third");
    world.peers[third].address = world.peers[1].address;
    world.peers[1].address.address.set_port(1);
    let session = world.peers[third].session();
    world.command(hoptt_core::control::Command::ApplySession(session));
    world.connect(third);
    world.speak(0, 1, 60);
    world.advance(20);
    assert_eq!(world.peers[third].got.len(), 1);
    assert!(world.count(Count::AddressesContested) >= 1);
}

#[test]
fn p10_an_address_of_another_shard_is_not_taken_by_naming_it() {
    let mut world = World::of(2);
    let foreign = std::net::SocketAddr::from(([10, 0, 0, 9], 9999)).into();
    world.router.handle_foreign_address(foreign);
    let added = |world: &mut World| {
        let mut check = world.peers[1].check();
        world.router.handle_datagram(world.now, foreign, &mut check);
        std::iter::from_fn(|| world.router.poll_event()).any(|event| event == RouterEvent::AddressAdded(foreign))
    };
    assert!(!added(&mut world));
    world.router.handle_foreign_address_gone(foreign);
    assert!(added(&mut world));
}

/// A packet of sound, the second of its stream.
fn sound(world: &World, peer: usize) -> Out {
    Out {
        ssrc: world.peers[peer].mic(),
        pt: OPUS,
        seq: 2,
        timestamp: 1920,
        marker: false,
        level: Some((true, 67)),
        mid: None,
        rid: None,
        number: None,
        descriptor: None,
        payload: vec![7; 80],
    }
}

/// The peer gets another port and is not told: it checks nothing, as a browser does between two of its checks.
fn rebind(world: &mut World, peer: usize) -> Remote {
    let before = world.peers[peer].address;
    world.peers[peer].address.address.set_port(before.address.port() + 1000);
    before
}

#[test]
fn f27_who_goes_on_from_another_port_is_heard_and_hears_after_one_round_trip() {
    let mut world = World::of(2);
    world.open(0);
    world.open(1);
    world.speak(1, 1, 60);
    world.speak(0, 1, 60);
    rebind(&mut world, 1);
    world.speak(1, 2, 60);
    assert_eq!(world.peers[0].got.len(), 1, "the packet that tells it is not taken (S5)");
    world.speak(1, 3, 60);
    world.speak(0, 2, 60);
    world.advance(20);
    assert_eq!((world.peers[0].got.len(), world.peers[1].got.len()), (2, 2));
    assert_eq!(world.count(Count::HeardElsewhere), 1);
}

#[test]
fn f27_a_viewer_whose_reports_bear_a_number_that_many_use_is_found_too() {
    let mut world = World::of(12);
    world.open(0);
    let report = || vec![0x80, 201, 0, 1, 0, 0, 0, 1];
    for viewer in 1..12 {
        for _ in 0..3 * viewer {
            world.send_rtcp(viewer, report());
        }
    }
    rebind(&mut world, 7);
    world.send_rtcp(7, report());
    world.speak(0, 1, 60);
    world.advance(20);
    assert_eq!(world.peers[7].got.len(), 1);
}

#[test]
fn f27_a_stream_of_another_shard_is_asked_for_there() {
    let mut world = World::of(2);
    world.speak(1, 1, 60);
    rebind(&mut world, 1);
    let mut other = World::of(2);
    let source = world.peers[1].address;
    let out = sound(&world, 1);
    let mut packet = world.peers[1].sealed(&out);
    other.router.handle_datagram(other.now, source, &mut packet);
    let event = std::iter::from_fn(|| other.router.poll_event()).last();
    assert_eq!(event, Some(RouterEvent::Unowned(source, packet.clone())), "as it came");
    world.router.handle_unowned(world.now, source, &packet);
    world.pump();
    assert!(world.router.has(source));
}

#[test]
fn s2_media_of_strangers_is_looked_at_so_often_and_no_more() {
    let mut world = World::of(2);
    let mut asked = 0;
    for n in 0..10_000_u16 {
        let mut packet =
            vec![0x80, 96, 0, 0, 0, 0, 0, 0, 0xde, 0xad, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6];
        packet[2..4].copy_from_slice(&n.to_be_bytes());
        let source = std::net::SocketAddr::from(([10, 9, 0, 9], 10_000 + n));
        world.router.handle_datagram(world.now, source, &mut packet);
        world.now += Duration::from_micros(100);
        let events = std::iter::from_fn(|| world.router.poll_event());
        asked += events.filter(|event| matches!(event, RouterEvent::Unowned(..))).count();
    }
    assert!((500..=760).contains(&asked), "{asked} looks in a second");
    assert_eq!(world.count(Count::HeardElsewhere), 0);
}
