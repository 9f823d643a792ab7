//! After warm-up a forwarded packet costs no allocation: its own binary, because the allocator that counts is global.

#[path = "router/support.rs"]
mod support;

use std::alloc::System;
use std::time::Duration;

use hoptt_core::control::{Command, Kind};
use hoptt_core::remote::Remote;
use hoptt_core::router::{Count, Crossing};
use hoptt_wire::Ssrc;
use hoptt_wire::rtcp::{TransportCcHeader, write_transport_cc};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

use support::{Camera, OPUS, Out, RED, Shards, World, losses, redundant, with_red};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

#[test]
fn a_forwarded_packet_allocates_nothing() {
    // One after the other: what counts is global, and tests run side by side.
    in_one_encoding();
    before_a_key_frame();
    in_layers();
    in_turn();
    over_two_shards();
    with_redundancy();
}

/// A camera and a voice on one shard, and who sees and hears them on another: nothing is allocated on either.
fn over_two_shards() {
    let mut both = Shards::opened();
    both.near.picture(0, 1, 1, true);
    both.cross();
    let source = both.near.peers[0].address;
    let (mut allocations, mut crossing) = (0, Crossing::default());
    let mut before = 0;
    for n in 2..1802 {
        let mut datagrams = sound_and_picture(&mut both.near, n);
        for world in [&mut both.near, &mut both.far] {
            world.now += Duration::from_millis(5);
            world.router.handle_timeout(world.now);
            while world.router.poll_transmit().is_some() || world.router.poll_event().is_some() {}
        }
        both.cross();
        let mut cost = taken(&mut both.near, source, &mut datagrams);
        let region = Region::new(ALLOCATOR);
        while let Some((_, crossed)) = both.near.router.poll_crossing() {
            std::mem::swap(crossed, &mut crossing);
            both.far.router.handle_crossing(both.far.now, 0, &mut crossing);
        }
        while both.far.router.poll_transmit().is_some() || both.far.router.poll_event().is_some() {}
        both.far.router.sent(both.far.now);
        let change = region.change();
        cost += change.allocations + change.reallocations;
        if n == 1202 {
            before = both.far.count(Count::PacketsOut);
        }
        if n > 1202 {
            allocations += cost;
        }
    }
    assert_eq!(both.far.count(Count::PacketsOut) - before, 1198, "a picture and a sound");
    assert_eq!(allocations, 0);
}

/// A voice with redundancy, for one whose line loses packets and for one whose line does not.
fn with_redundancy() {
    let mut world = World::of(3);
    for peer in 0..3 {
        let mut session = with_red(world.peers[peer].session(), RED, OPUS);
        session.extensions.transport_cc = None; // what is lost, one report says for a while
        world.command(Command::ApplySession(session));
    }
    world.open(0);
    speak(&mut world, 2, 600);
    let voice = world.peers[1].slot_ssrc(Kind::Audio, 0);
    world.send_rtcp(1, losses([voice]));
    speak(&mut world, 602, 600);
    let before = [Count::PacketsOut, Count::RedundancySent].map(|count| world.count(count));
    let allocations = speak(&mut world, 1202, 600);
    let after = [Count::PacketsOut, Count::RedundancySent].map(|count| world.count(count));
    assert_eq!([after[0] - before[0], after[1] - before[1]], [1200, 600], "to two, passed to one");
    assert_eq!(allocations, 0);
}

/// Sends so many packets of sound with redundancy, 5 ms apart; gives the allocations of taking and forwarding them.
fn speak(world: &mut World, first: u16, count: u16) -> usize {
    let source = world.peers[0].address;
    let mut allocations = 0;
    for n in first..first + count {
        let out = Out { pt: RED, payload: redundant(n, 1, OPUS), number: None, ..sound(world, n) };
        let mut datagrams = [world.peers[0].sealed(&out)];
        world.now += Duration::from_millis(5);
        world.router.handle_timeout(world.now);
        while world.router.poll_transmit().is_some() || world.router.poll_event().is_some() {}
        allocations += taken(world, source, &mut datagrams);
    }
    allocations
}

/// A viewer who reports, on a line for which pictures have to wait.
fn in_turn() {
    let mut world = World::on_lines(1);
    let mut camera = world.join_layered("cam");
    world.watch_in(0, camera.peer, (1280, 720));
    let source = world.peers[camera.peer].address;
    let (mut told, mut waited, mut allocations) = (0, 0, 0);
    for n in 0..920 {
        let frames: Vec<Out> = (0..3).flat_map(|place| camera.frame(place, 20 * n, 8, n % 100 == 0)).collect();
        let long = |mut out: Out| {
            let mark = out.payload.len() - 10;
            out.payload.splice(mark..mark, vec![0; 900]);
            out
        };
        let frames: Vec<Out> = frames.into_iter().map(long).collect();
        let mut datagrams: Vec<Vec<u8>> = frames.iter().map(|out| world.peers[camera.peer].sealed(out)).collect();
        for _ in 0..20 {
            world.now += Duration::from_millis(1);
            world.router.handle_timeout(world.now);
            while world.router.poll_transmit().is_some() || world.router.poll_event().is_some() {}
        }
        let left = world.count(Count::PacketsOut) + world.count(Count::PaddingSent);
        if n % 5 == 4 {
            report(&mut world, told, left);
            told = left;
        }
        let before = world.count(Count::PacketsOut);
        let cost = taken(&mut world, source, &mut datagrams);
        let at_once = world.count(Count::PacketsOut) - before;
        if n >= 520 {
            waited += u64::from(at_once < 8);
            allocations += cost;
        }
    }
    assert!(waited > 200, "pictures have waited {waited} times");
    assert_eq!(allocations, 0);
}

/// The viewer says that the packets of these numbers have just arrived.
fn report(world: &mut World, from: u64, to: u64) {
    let ticks = u64::try_from((world.now - world.born).as_micros() / 250).expect("short");
    let base = u16::try_from(from & 0xffff).expect("16 bits");
    let header = TransportCcHeader { sender: Ssrc(1), media: Ssrc(2), base, feedback_count: 0 };
    let mut out = Vec::new();
    write_transport_cc(&mut out, &header, &vec![Some(ticks); usize::try_from(to - from).expect("few")]);
    let mut datagram = world.peers[0].sealed_rtcp(out);
    let source = world.peers[0].address;
    world.router.handle_datagram(world.now, source, &mut datagram);
    while world.router.poll_transmit().is_some() || world.router.poll_event().is_some() {}
}

fn in_one_encoding() {
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

/// Pictures of which nobody can begin with any yet.
fn before_a_key_frame() {
    let mut world = World::of(4);
    world.open(0);
    for viewer in 1..4 {
        world.watch(viewer, &[(0, 0)]);
    }
    relay(&mut world, 2, 1200);
    let before = world.count(Count::PacketsOut);
    let allocations = relay(&mut world, 1202, 600);
    assert_eq!(world.count(Count::PacketsOut) - before, 1800, "the sound");
    assert_eq!(allocations, 0);
}

/// One camera in three encodings: a viewer of the largest, one of the smallest, and one whose line carries half of that.
fn in_layers() {
    let mut world = World::of(3);
    let mut camera = world.join_layered("cam");
    for (viewer, tile) in [(0, (1280, 720)), (1, (240, 135)), (2, (1280, 720))] {
        world.watch_in(viewer, camera.peer, tile);
    }
    relay_layers(&mut world, &mut camera, 0, 200);
    let narrow = world.peers[2].transport.clone();
    world.router.set_video_budget(world.now, &narrow, Some(30_000)).expect("a transport");
    relay_layers(&mut world, &mut camera, 200, 400);
    let before = world.count(Count::PacketsOut);
    let allocations = relay_layers(&mut world, &mut camera, 600, 600);
    let left = world.count(Count::PacketsOut) - before;
    assert!((2500..3600).contains(&left), "two whole pictures of two packets, and some of the third: {left}");
    assert_eq!(allocations, 0);
}

/// Sends so many frames of each encoding, 20 ms apart, the first ones with a key frame; gives the allocations.
fn relay_layers(world: &mut World, camera: &mut Camera, first: u64, count: u64) -> usize {
    let source = world.peers[camera.peer].address;
    let mut allocations = 0;
    for n in first..first + count {
        let frames: Vec<Out> =
            (0..3).flat_map(|place| camera.frame(place, 20 * n, 2, n < 600 && n % 20 == 0)).collect();
        let mut datagrams: Vec<Vec<u8>> = frames.iter().map(|out| world.peers[camera.peer].sealed(out)).collect();
        world.now += Duration::from_millis(20);
        // Reports, and what anybody is to get, have their own time.
        world.router.handle_timeout(world.now);
        while world.router.poll_transmit().is_some() || world.router.poll_event().is_some() {}
        allocations += taken(world, source, &mut datagrams);
    }
    allocations
}

/// Lets datagrams arrive; gives the allocations of taking and forwarding them.
fn taken(world: &mut World, source: Remote, datagrams: &mut [Vec<u8>]) -> usize {
    let region = Region::new(ALLOCATOR);
    for datagram in datagrams {
        world.router.handle_datagram(world.now, source, datagram);
    }
    while world.router.poll_transmit().is_some() || world.router.poll_event().is_some() {}
    world.router.sent(world.now);
    let change = region.change();
    change.allocations + change.reallocations
}

/// A packet of the first peer's camera, and one of its microphone.
fn sound_and_picture(world: &mut World, n: u16) -> [Vec<u8>; 2] {
    let mut picture = world.picture_packet(0, n, 0, 1, false);
    picture.number = Some(2 * n);
    let sound = sound(world, n);
    [picture, sound].map(|out| world.peers[0].sealed(&out))
}

fn sound(world: &World, n: u16) -> Out {
    Out {
        ssrc: world.peers[0].mic(),
        pt: OPUS,
        seq: n,
        timestamp: u32::from(n) * 960,
        marker: false,
        level: Some((true, 30)),
        mid: None,
        rid: None,
        number: Some(2 * n + 1),
        descriptor: None,
        payload: vec![0; 100],
    }
}

/// Sends so many packets of picture and of sound, 5 ms apart; gives the allocations of taking and forwarding them.
fn relay(world: &mut World, first: u16, count: u16) -> usize {
    let source = world.peers[0].address;
    let mut allocations = 0;
    for n in first..first + count {
        let mut datagrams = sound_and_picture(world, n);
        world.now += Duration::from_millis(5);
        // Reports and levels have their own time; several times a second those may allocate.
        world.router.handle_timeout(world.now);
        while world.router.poll_transmit().is_some() || world.router.poll_event().is_some() {}

        allocations += taken(world, source, &mut datagrams);
    }
    allocations
}
