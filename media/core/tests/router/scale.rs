//! What a packet costs depends on who gets it, not on who else is there.

use std::time::{Duration, Instant};

use crate::support::World;

/// The time in which twenty packets of a picture get to their only viewer, at best, with so many others in the meeting.
fn cost_among(others: usize) -> Duration {
    let mut world = World::of(2 + others);
    world.open(0);
    world.watch(1, &[(0, 0)]);
    let mut next = world.film(&[0], 1, 3, true);
    let source = world.peers[0].address;
    let mut turn = || {
        let packets: Vec<_> = (0..20).map(|n| world.picture_packet(0, next, n, 20, false)).collect();
        next += 20;
        let mut datagrams: Vec<Vec<u8>> = packets.iter().map(|out| world.peers[0].sealed(out)).collect();
        let begun = Instant::now();
        for datagram in &mut datagrams {
            world.router.handle_datagram(world.now, source, datagram);
        }
        let mut sent = 0;
        while world.router.poll_event().is_some() {}
        while let Some(transmit) = world.router.poll_transmit() {
            sent += transmit.bytes.len();
        }
        assert!(sent > 0);
        begun.elapsed()
    };
    (0..100).map(|_| turn()).min().expect("a hundred")
}

#[test]
fn a_packet_costs_the_same_among_three_hundred_who_do_not_get_it() {
    let (few, many) = (cost_among(0), cost_among(300));
    assert!(many < 3 * few, "{many:?} among three hundred, {few:?} among two");
}
