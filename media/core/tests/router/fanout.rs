//! Packets of a picture that arrive together leave together, viewer by viewer; and before anything else happens.

use hoptt_core::control::{Command, Gate, Kind};
use hoptt_core::remote::Remote;
use hoptt_core::router::Count;
use hoptt_wire::rtp::Rtp;

use crate::support::World;

/// A picture of so many packets arrives, and nothing has been polled since.
fn arrives(world: &mut World, first: u16, packets: u16, keyframe: bool) {
    let source = world.peers[0].address;
    for n in 0..packets {
        let out = world.picture_packet(0, first, n, packets, keyframe);
        let mut datagram = world.peers[0].sealed(&out);
        world.router.handle_datagram(world.now, source, &mut datagram);
    }
}

fn a_film(viewers: usize) -> (World, u16) {
    let mut world = World::of(1 + viewers);
    world.open(0);
    (1..=viewers).for_each(|viewer| world.watch(viewer, &[(0, 0)]));
    let next = world.film(&[0], 1, 3, true);
    (world, next)
}

fn numbers(world: &World, viewer: usize) -> Vec<u16> {
    let pictures = world.peers[viewer].stream(world.peers[viewer].slot_ssrc(Kind::Video, 0));
    pictures.iter().map(Rtp::sequence_number).collect()
}

#[test]
fn each_viewer_gets_a_picture_as_one_train_before_the_next_one_gets_any() {
    let (mut world, next) = a_film(40);
    arrives(&mut world, next, 6, false);
    assert_eq!(world.router.holds(), 0, "nothing is written that need not be");
    let mut trains: Vec<(Remote, usize)> = Vec::new();
    let mut most = 0;
    while let Some(transmit) = world.router.poll_transmit() {
        trains.push((transmit.to, transmit.bytes.len().div_ceil(transmit.segment_len.unwrap_or(1))));
        most = most.max(world.router.holds());
    }
    let expected: Vec<_> = world.peers[1..].iter().map(|peer| (peer.address, 6)).collect();
    trains.sort_by_key(|(to, _)| world.peers.iter().position(|peer| peer.address == *to));
    assert_eq!(trains, expected);
    assert!(most <= 30, "{most} copies were written before they left");
}

#[test]
fn a_picture_with_more_packets_than_a_train_reaches_all_in_order() {
    let (mut world, next) = a_film(5);
    arrives(&mut world, next, 50, false);
    world.pump();
    for viewer in 1..=5 {
        let got = numbers(&world, viewer);
        let first = got[0];
        let expected: Vec<u16> = (first..).take(3 * 2 + 50).collect();
        assert_eq!(got.len(), expected.len());
        assert_eq!(got, expected);
    }
}

#[test]
fn who_begins_to_watch_meanwhile_gets_each_packet_once() {
    let mut world = World::of(3);
    world.open(0);
    world.watch(1, &[(0, 0)]);
    arrives(&mut world, 1, 3, true);
    world.watch(2, &[(0, 0)]); // is shown what is kept, with what has just come
    world.pump();
    for viewer in [1, 2] {
        let got = numbers(&world, viewer);
        assert_eq!(got.len(), 3, "to {viewer}: {got:?}");
        assert!(got.windows(2).all(|pair| pair[1] == pair[0].wrapping_add(1)), "to {viewer}: {got:?}");
    }
}

#[test]
fn s19_what_came_before_a_gate_closed_is_not_mixed_with_what_comes_after_it() {
    let (mut world, next) = a_film(2);
    let before = numbers(&world, 1).len();
    arrives(&mut world, next, 3, false);
    let gate = Gate { track: world.peers[0].track("camera"), allowed: true, on: false, vetoed: false };
    world.router.handle_command(world.now, Command::SetGates(vec![gate])).expect("carried out");
    arrives(&mut world, next + 3, 3, false);
    world.pump();
    assert_eq!(numbers(&world, 1).len(), before + 3);
    assert_eq!(world.count(Count::DroppedGate), 3);
    assert_eq!(world.count(Count::DroppedLate), 0);
}

#[test]
fn what_waits_of_one_publisher_leaves_before_anything_of_another_is_taken() {
    let mut world = World::of(3);
    world.open(0);
    world.open(1);
    world.watch(2, &[(0, 0), (1, 1)]);
    world.film(&[0, 1], 1, 3, true);
    let got = world.peers[2].got.len();
    for n in 0..4 {
        for from in [0, 1] {
            let out = world.picture_packet(from, 100, n, 4, false);
            let mut datagram = world.peers[from].sealed(&out);
            let source = world.peers[from].address;
            world.router.handle_datagram(world.now, source, &mut datagram);
        }
    }
    world.pump();
    assert_eq!(world.peers[2].got.len(), got + 8);
}
