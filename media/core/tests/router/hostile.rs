//! What arrives from strangers, and from a peer that does not keep to the protocol.

use std::net::SocketAddr;

use hoptt_core::control::Command;
use hoptt_core::router::{Count, RouterConfig};
use hoptt_wire::Ssrc;
use hoptt_wire::rtcp::write_bye;

use crate::support::{OPUS, Out, World};

fn watched() -> World {
    let mut world = World::of(2);
    world.open(0);
    world.watch(1, &[(0, 0)]);
    world.film(&[0], 1, 3, true);
    world
}

#[test]
fn s14_a_packet_that_comes_twice_leaves_once() {
    let mut world = watched();
    let out = world.picture_packet(0, 7, 0, 1, false);
    let datagram = world.peers[0].sealed(&out);
    let (source, before) = (world.peers[0].address, world.peers[1].got.len());
    for _ in 0..3 {
        world.arrive(source, &datagram);
    }
    assert_eq!(world.peers[1].got.len(), before + 1);
    assert_eq!(world.count(Count::DroppedReplayed), 2);
}

#[test]
fn s1_a_forged_packet_moves_nothing() {
    let mut world = watched();
    let out = world.picture_packet(0, 20, 0, 1, true);
    let mut datagram = world.peers[0].sealed(&out);
    *datagram.last_mut().unwrap() ^= 1;
    let (source, before) = (world.peers[0].address, world.router.snapshot());
    let got = world.peers[1].got.len();
    for ssrc in 0..200_u32 {
        datagram[8..12].copy_from_slice(&ssrc.to_be_bytes());
        world.arrive(source, &datagram);
    }
    assert_eq!(world.count(Count::DroppedUnauthentic), 200);
    assert_eq!(world.router.snapshot(), before);
    world.film(&[0], 7, 1, false);
    assert_eq!(world.peers[1].got.len(), got + 2, "the real one is taken as ever");
}

#[test]
fn s3_whatever_comes_from_wherever_changes_nothing_and_is_counted() {
    let mut world = watched();
    let before = world.router.snapshot();
    let sources = [world.peers[0].address, SocketAddr::from(([192, 0, 2, 1], 5)).into()];
    for source in sources {
        for first in 0..=255_u8 {
            for len in [0, 1, 2, 8, 12, 13, 20, 64, 1500] {
                world.arrive(source, &vec![first; len]);
            }
        }
    }
    assert_eq!(world.router.snapshot(), before);
    let dropped: u64 =
        world.router.counters().iter().filter(|(name, _)| name.starts_with("dropped.")).map(|(_, count)| count).sum();
    assert_eq!(dropped, 2 * 256 * 9);
    let next = world.peers[1].got.len();
    world.film(&[0], 7, 1, false);
    assert_eq!(world.peers[1].got.len(), next + 2);
}

#[test]
fn media_that_is_longer_than_a_line_carries_in_one_piece_reaches_nobody() {
    for (len, taken) in [(1_500, true), (1_501, false)] {
        let mut world = watched();
        let mut out = world.picture_packet(0, 7, 0, 1, false);
        let beside = world.peers[0].sealed(&Out { seq: 8, ..out.clone() }).len() - out.payload.len();
        out.payload.resize(len - beside, 0);
        let before = world.peers[1].got.len();
        world.send(0, &out);
        world.pump();
        let got = world.peers[1].got.len() - before;
        assert_eq!((got, world.count(Count::DroppedTooLong)), (usize::from(taken), u64::from(!taken)), "{len}");
    }
}

#[test]
fn s18_a_flood_costs_only_its_sender() {
    let mut config = RouterConfig::default();
    (config.limits.ingress_bytes_per_second, config.limits.ingress_burst_bytes) = (100_000, 100_000);
    let mut world = World::with(config);
    (0..3).for_each(|n| {
        world.join(&format!("p{n}"));
    });
    world.open(0);
    world.open(1);
    world.watch(2, &[(0, 0), (1, 1)]);
    world.picture(0, 1, 2, true);
    world.picture(1, 1, 2, true);
    world.picture(0, 3, 500, false);
    world.peers[2].got.clear();
    world.picture(1, 3, 2, false);
    assert_eq!(world.peers[2].got.len(), 2);
    assert!(world.count(Count::DroppedBudget) > 350);
}

/// Says something for so many packets of 20 ms; gives the next number.
fn talk(world: &mut World, who: usize, from: u16, packets: u16) -> u16 {
    for n in 0..packets {
        world.speak(who, from + n, 80);
        world.advance(20);
        if n % 100 == 0 {
            world.keep_alive();
        }
    }
    from + packets
}

#[test]
fn s15_a_voice_whose_numbers_leap_over_packets_without_sound_silences_nobody_after_it() {
    for (step, leaps) in [(10_923, 3), (1_940, 17)] {
        let mut world = World::of(3);
        world.open(0);
        world.open(1);
        let next = talk(&mut world, 0, 1, 60);
        for leap in 1..=leaps {
            let out = Out { payload: vec![], ..world.voice_packet(0, next + leap * step, 80) };
            world.send(0, &out);
        }
        world.pump();
        world.gate(0, "microphone", false, true);
        world.advance(100);
        world.peers[2].got.clear();
        talk(&mut world, 1, 1, 100);
        let heard = world.peers[2].got.len();
        assert!(heard >= 95, "{heard} packets of 100 after {leaps} leaps of {step}");
        assert_eq!(world.count(Count::DroppedSeal), 0);
    }
}

#[test]
fn s15_a_camera_whose_numbers_leap_over_packets_without_a_picture_hides_nobody_after_it() {
    let mut world = World::of(3);
    world.open(0);
    world.open(1);
    world.watch(2, &[(0, 0)]);
    let next = world.film(&[0], 1, 10, true);
    for leap in 1..=3 {
        let mut out = world.picture_packet(0, next + leap * 10_923, 0, 1, false);
        out.payload = vec![];
        world.send(0, &out);
    }
    world.pump();
    world.watch(2, &[(0, 1)]);
    world.peers[2].got.clear();
    world.film(&[1], 1, 10, true);
    assert_eq!((world.peers[2].got.len(), world.count(Count::DroppedSeal)), (20, 0));
}

#[test]
fn s15_a_listener_who_loses_a_voice_between_two_leaps_hears_what_follows() {
    let mut world = World::of(3);
    world.open(0);
    let first = talk(&mut world, 0, 1, 60);
    let there = world.peers[2].address;
    world.peers[2].address.address.set_port(1); // nothing arrives
    world.speak(0, first + 20_000, 80);
    world.peers[2].address = there;
    world.peers[2].got.clear();
    talk(&mut world, 0, first + 40_000, 10);
    assert_eq!(world.peers[2].got.len(), 10);
}

#[test]
fn an_ssrc_that_nobody_announced_is_told_by_its_mid_and_a_foreign_one_is_not_taken() {
    let mut world = World::of(2);
    world.open(0);
    let packet = |ssrc, mid, pt, seq| Out {
        ssrc,
        pt,
        seq,
        timestamp: 0,
        marker: false,
        level: Some((true, 50)),
        mid,
        rid: None,
        number: None,
        descriptor: None,
        payload: vec![9; 60],
    };
    world.send(0, &packet(777, Some("no-such"), OPUS, 1));
    world.send(0, &packet(778, Some("0"), 12, 1));
    world.pump();
    assert_eq!((world.peers[1].got.len(), world.count(Count::DroppedNoTrack)), (0, 2));
    world.send(0, &packet(777, Some("0"), OPUS, 2));
    world.send(0, &packet(777, None, OPUS, 3));
    world.pump();
    assert_eq!(world.peers[1].got.len(), 2);
    let session = world.peers[0].session();
    world.command(Command::ApplySession(session));
    world.send(0, &packet(777, None, OPUS, 4));
    world.pump();
    assert_eq!(world.peers[1].got.len(), 3, "a browser writes the mid into its first packets only");
    for ssrc in 2000..2200 {
        world.send(0, &packet(ssrc, Some("0"), OPUS, 1));
    }
    world.pump();
    assert_eq!(world.peers[1].got.len(), 3, "a stream is not taken over while it lives");
}

#[test]
fn a_bye_is_a_track_that_is_down() {
    let mut world = watched();
    let mut bye = Vec::new();
    write_bye(&mut bye, &[Ssrc(world.peers[0].camera())]);
    world.send_rtcp(0, bye);
    assert!(!world.router.snapshot().tracks.iter().any(|track| track.up));
}

#[test]
fn s7_without_consent_nothing_more_is_sent_and_the_transport_ends() {
    let mut world = watched();
    let got = world.peers[1].got.len();
    for n in 0..35_u16 {
        world.advance(1000);
        let check = world.peers[0].check();
        let source = world.peers[0].address;
        world.arrive(source, &check);
        world.picture(0, 7 + n, 1, true);
        if n == 20 {
            assert!(world.peers[1].got.len() > got + 15);
        }
    }
    let states: Vec<_> = world.router.snapshot().transports.into_iter().map(|transport| transport.transport).collect();
    assert_eq!(states, ["p0/1"]);
}
