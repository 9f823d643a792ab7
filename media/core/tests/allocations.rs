//! After warm-up a forwarded packet costs no allocation: its own binary, because the allocator that counts is global.

#[path = "router/support.rs"]
mod support;

use std::alloc::System;
use std::time::Duration;

use hoptt_core::router::Count;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

use support::{OPUS, Out, World};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

#[test]
fn a_forwarded_packet_allocates_nothing() {
    let mut world = World::of(4);
    world.open(0);
    for viewer in 1..4 {
        world.watch(viewer, &[(0, 0)]);
    }
    world.picture(0, 1, 1, true);
    // The ring of kept packets, the lanes and the lists of arrivals fill once.
    relay(&mut world, 2, 1200);
    let before = world.count(Count::PacketsOut);
    let allocations = relay(&mut world, 1202, 600);
    assert_eq!(world.count(Count::PacketsOut) - before, 3600, "a picture and a sound to three");
    assert_eq!(allocations, 0);
}

/// Sends so many packets of picture and of sound, 5 ms apart; gives the allocations of taking and forwarding them.
fn relay(world: &mut World, first: u16, count: u16) -> usize {
    let source = world.peers[0].address;
    let mut allocations = 0;
    for n in first..first + count {
        let mut picture = world.picture_packet(0, n, 0, 1, false);
        picture.number = Some(2 * n);
        let sound = Out {
            ssrc: world.peers[0].mic(),
            pt: OPUS,
            seq: n,
            timestamp: u32::from(n) * 960,
            marker: false,
            level: Some((true, 30)),
            mid: None,
            rid: None,
            number: Some(2 * n + 1),
            payload: vec![0; 100],
        };
        let mut datagrams = [picture, sound].map(|out| world.peers[0].sealed(&out));
        world.now += Duration::from_millis(5);
        // Reports and levels have their own time; several times a second those may allocate.
        world.router.handle_timeout(world.now);
        while world.router.poll_transmit().is_some() || world.router.poll_event().is_some() {}

        let region = Region::new(ALLOCATOR);
        for datagram in &mut datagrams {
            world.router.handle_datagram(world.now, source, datagram);
        }
        world.router.end_batch(world.now);
        while world.router.poll_transmit().is_some() {}
        world.router.sent(world.now);
        let change = region.change();
        allocations += change.allocations + change.reallocations;
    }
    allocations
}
