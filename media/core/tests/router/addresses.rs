//! Two transports that name the same address (S6, P10).

use hoptt_core::router::{Count, RouterEvent};

use crate::support::World;

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
