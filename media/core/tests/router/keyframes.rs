//! Key frames: asked for in one voice, replayed where a fresh one is kept.

use hoptt_core::control::{Command, Kind};
use hoptt_core::router::Count;
use hoptt_wire::Ssrc;
use hoptt_wire::rtcp::{Compound, Packet, write_fir, write_pli};
use hoptt_wire::rtp::Rtp;

use crate::support::World;

fn plis(world: &World, publisher: usize) -> usize {
    let reports = world.peers[publisher].reports.iter().flat_map(|report| Compound::new(report));
    let camera = Ssrc(world.peers[publisher].camera());
    reports.filter(|packet| matches!(packet, Ok(Packet::Pli { media, .. }) if *media == camera)).count()
}

#[test]
fn s17_many_who_ask_are_one_request_in_half_a_second() {
    let mut world = World::of(4);
    world.open(0);
    for viewer in 1..4 {
        world.watch(viewer, &[(0, 0)]);
    }
    assert_eq!(plis(&world, 0), 1);
    world.picture(0, 1, 2, true);
    for _ in 0..100 {
        for viewer in 1..4 {
            let slot = Ssrc(world.peers[viewer].slot_ssrc(Kind::Video, 0));
            let mut compound = Vec::new();
            write_pli(&mut compound, Ssrc(9), slot);
            write_fir(&mut compound, Ssrc(9), &[(slot, 1)]);
            world.send_rtcp(viewer, compound);
        }
        world.command(Command::AskKeyframe { track: "p0/camera".into() });
        world.advance(10);
    }
    assert_eq!(plis(&world, 0), 3, "at 0, 500 and 1000 ms");
    assert_eq!(world.count(Count::PliReceived), 600);
}

#[test]
fn a_request_is_repeated_until_a_keyframe_comes() {
    let mut world = World::of(2);
    world.open(0);
    world.watch(1, &[(0, 0)]);
    world.advance(1100);
    assert_eq!(plis(&world, 0), 3);
    world.picture(0, 1, 2, true);
    world.advance(2000);
    assert_eq!(plis(&world, 0), 3);
}

#[test]
fn who_joins_after_a_fresh_keyframe_gets_a_replay_and_nobody_is_asked() {
    let mut world = World::of(3);
    world.open(0);
    world.watch(1, &[(0, 0)]);
    let next = world.film(&[0], 1, 10, true);
    world.watch(2, &[(0, 0)]);
    let slot = world.peers[2].slot_ssrc(Kind::Video, 0);
    assert_eq!(world.peers[2].stream(slot).len(), 20, "from the key frame on, at once");
    assert_eq!(plis(&world, 0), 1);
    assert!(world.datagrams.1 > 10, "in trains");
    world.film(&[0], next, 1, false);
    let numbers: Vec<u16> = world.peers[2].stream(slot).iter().map(Rtp::sequence_number).collect();
    assert!(numbers.windows(2).all(|pair| pair[1] == pair[0].wrapping_add(1)));
    assert_eq!(numbers.len(), 22);
}

#[test]
fn an_old_keyframe_is_not_replayed() {
    let mut world = World::of(3);
    world.open(0);
    world.watch(1, &[(0, 0)]);
    world.film(&[0], 1, 30, true);
    world.watch(2, &[(0, 0)]);
    assert_eq!(world.peers[2].got, []);
    assert_eq!(plis(&world, 0), 2);
}

#[test]
fn a_camera_that_comes_back_without_a_keyframe_is_asked_for_one() {
    let mut world = World::of(2);
    world.open(0);
    world.watch(1, &[(0, 0)]);
    let next = world.film(&[0], 1, 3, true);
    world.advance(4000);
    world.peers[1].got.clear();
    let asked = plis(&world, 0);
    world.film(&[0], next, 3, false);
    assert_eq!((plis(&world, 0), world.peers[1].got.len()), (asked + 1, 0));
    world.film(&[0], next + 6, 3, true);
    assert_eq!(world.peers[1].got.len(), 6);
}

#[test]
fn a_silent_track_goes_down_and_comes_up_again() {
    let mut world = World::of(2);
    world.open(0);
    world.watch(1, &[(0, 0)]);
    let next = world.film(&[0], 1, 3, true);
    world.advance(3100);
    let ups = |world: &World| {
        let told = world.told.iter().filter_map(|event| match event {
            hoptt_core::control::Event::TrackUp { track, codec } => Some((track.clone(), Some(codec.clone()))),
            hoptt_core::control::Event::TrackDown { track } => Some((track.clone(), None)),
            _ => None,
        });
        told.collect::<Vec<_>>()
    };
    let camera = |codec: Option<&str>| ("p0/camera".to_owned(), codec.map(str::to_owned));
    assert_eq!(ups(&world), [camera(Some("VP8")), camera(None)]);
    assert_eq!(world.mapped(1, Kind::Video).last().unwrap().track, None);
    world.film(&[0], next, 3, true);
    assert_eq!(ups(&world).last(), Some(&camera(Some("VP8"))));
    assert_eq!(world.mapped(1, Kind::Video).last().unwrap().track.as_deref(), Some("p0/camera"));
}
