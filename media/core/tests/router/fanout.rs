//! Packets of a picture that arrive together leave together, viewer by viewer; and before anything else happens. A voice leaves for
//! the first of many listeners before it is sealed for the last.

use std::ops::Range;

use hoptt_core::control::{Command, Gate, Kind};
use hoptt_core::remote::Remote;
use hoptt_core::router::{Class, Count};
use hoptt_wire::rtp::Rtp;

use crate::support::World;

/// A picture of so many packets arrives, and nothing has been polled since.
fn arrives(world: &mut World, first: u16, packets: u16, keyframe: bool) {
    some_arrive(world, first, (0..packets, packets), keyframe);
}

/// Some of its packets do.
fn some_arrive(world: &mut World, first: u16, (some, packets): (Range<u16>, u16), keyframe: bool) {
    let source = world.peers[0].address;
    for n in some {
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

/// A voice is heard once, and its next packet arrives.
fn speaks(world: &mut World, seq: u16) {
    let out = world.voice_packet(0, seq, 90);
    let mut datagram = world.peers[0].sealed(&out);
    let source = world.peers[0].address;
    world.router.handle_datagram(world.now, source, &mut datagram);
}

/// What is to be sent now: where to, of which class; and how many copies lay about at most.
fn leaves(world: &mut World) -> (Vec<(Remote, Class)>, usize) {
    let (mut left, mut most) = (vec![], 0);
    while let Some(transmit) = world.router.poll_transmit() {
        left.push((transmit.to, transmit.class));
        most = most.max(world.router.holds());
    }
    (left, most)
}

/// Trains that are to be sent now, of these the first: where to, of how many packets; and how many copies lay about at most.
fn trains(world: &mut World, first: usize) -> (Vec<(Remote, usize)>, usize) {
    let (mut left, mut most) = (vec![], 0);
    while left.len() < first
        && let Some(transmit) = world.router.poll_transmit()
    {
        left.push((transmit.to, transmit.segment_len.map_or(1, |len| transmit.bytes.len().div_ceil(len))));
        most = most.max(world.router.holds());
    }
    (left, most)
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
    let (mut trains, most) = trains(&mut world, usize::MAX);
    let expected: Vec<_> = world.peers[1..].iter().map(|peer| (peer.address, 6)).collect();
    trains.sort_by_key(|(to, _)| world.peers.iter().position(|peer| peer.address == *to));
    assert_eq!(trains, expected);
    assert!(most <= 30, "{most} copies were written before they left");
}

#[test]
fn a_voice_leaves_for_the_first_of_many_before_it_is_sealed_for_the_last() {
    let mut world = World::of(61);
    world.open(0);
    world.speak(0, 1, 90);
    speaks(&mut world, 2);
    assert_eq!(world.router.holds(), 0, "nothing is written that need not be");
    let (mut left, most) = leaves(&mut world);
    assert!(most <= 30, "{most} copies were written before they left");
    let mut expected: Vec<_> = world.peers[1..].iter().map(|peer| (peer.address, Class::Audio)).collect();
    left.sort_by_key(|(to, _)| *to);
    expected.sort_by_key(|(to, _)| *to);
    assert_eq!(left, expected);
}

#[test]
fn r24_a_voice_that_comes_behind_a_picture_leaves_before_it() {
    let (mut world, next) = a_film(40);
    world.speak(0, 1, 90);
    arrives(&mut world, next, 6, false);
    speaks(&mut world, 2);
    let (left, _) = leaves(&mut world);
    let classes: Vec<Class> = left.iter().map(|(_, class)| *class).collect();
    assert_eq!(classes, [[Class::Audio; 40], [Class::Rest; 40]].concat());
}

#[test]
fn what_arrives_while_some_have_theirs_is_missed_by_nobody() {
    let mut world = World::of(61);
    world.open(0);
    world.speak(0, 1, 90);
    speaks(&mut world, 2);
    let mut left: Vec<Remote> = (0..10).filter_map(|_| world.router.poll_transmit().map(|one| one.to)).collect();
    speaks(&mut world, 3);
    while let Some(transmit) = world.router.poll_transmit() {
        let packets = transmit.bytes.len().div_ceil(transmit.segment_len.unwrap_or(transmit.bytes.len()));
        left.extend(std::iter::repeat_n(transmit.to, packets));
    }
    let missed =
        world.peers[1..].iter().filter(|peer| left.iter().filter(|to| **to == peer.address).count() != 2).count();
    assert_eq!((missed, left.len()), (0, 120));
}

#[test]
fn the_rest_of_a_picture_joins_what_others_are_to_get_and_follows_to_who_has_that() {
    let (mut world, next) = a_film(40);
    some_arrive(&mut world, next, (0..1, 6), false);
    let (first, _) = trains(&mut world, 5);
    some_arrive(&mut world, next, (1..4, 6), false);
    let (then, _) = trains(&mut world, 10);
    some_arrive(&mut world, next, (4..6, 6), false);
    let (rest, _) = trains(&mut world, usize::MAX);
    let lengths = |trains: &[(Remote, usize)]| trains.iter().map(|(_, packets)| *packets).collect::<Vec<_>>();
    // Eight were written before more came, and six of four packets.
    assert_eq!(lengths(&first), [1; 5]);
    assert_eq!(lengths(&then), [&[1; 3][..], &[4; 7]].concat());
    assert_eq!(lengths(&rest), [&[4; 5][..], &[6; 20], &[5; 8], &[2; 12]].concat());
    for peer in &world.peers[1..] {
        let of = |trains: &[(Remote, usize)]| -> usize {
            trains.iter().filter(|(to, _)| *to == peer.address).map(|(_, packets)| packets).sum()
        };
        assert_eq!(of(&first) + of(&then) + of(&rest), 6, "each gets the whole picture");
    }
}

#[test]
fn s19_of_a_voice_whose_gate_closes_what_came_before_leaves_and_nothing_else() {
    let mut world = World::of(3);
    world.open(0);
    world.speak(0, 1, 90);
    let before = world.peers[1].got.len();
    speaks(&mut world, 2);
    let gate = Gate { track: world.peers[0].track("microphone"), allowed: false, on: true, vetoed: false };
    world.router.handle_command(world.now, Command::SetGates(vec![gate])).expect("carried out");
    speaks(&mut world, 3);
    world.pump();
    assert_eq!(world.peers[1].got.len(), before + 1);
    assert_eq!(world.count(Count::DroppedGate), 1);
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
