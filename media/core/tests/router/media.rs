//! Sound and picture from one peer to others.

use std::time::Duration;

use hoptt_core::control::{Command, Event, Kind};
use hoptt_core::router::Count;
use hoptt_core::transport::TransportState;

use crate::support::{MEETING, MID, OWN_VP8, World};

#[test]
fn a_peer_connects_with_the_best_profile() {
    let world = World::of(1);
    let connected = world.told.iter().find_map(|event| match event {
        Event::TransportChanged { state: TransportState::Connected, profile, ice_us, dtls_us, .. } => {
            Some((*profile, *ice_us, *dtls_us))
        }
        _ => None,
    });
    let (profile, ice_us, dtls_us) = connected.expect("connected");
    assert_eq!(profile, Some("SRTP_AEAD_AES_256_GCM"));
    assert!(ice_us <= dtls_us);
}

#[test]
fn two_peers_see_and_hear_each_other() {
    let mut world = World::of(2);
    world.open(0);
    world.open(1);
    world.watch(0, &[(0, 1)]);
    world.watch(1, &[(0, 0)]);
    world.film(&[0, 1], 1, 5, true);
    for seq in 1..=5 {
        world.speak(0, seq, 60);
        world.speak(1, seq, 60);
        world.advance(20);
    }
    for (viewer, mark) in [(0, 1), (1, 0)] {
        let peer = &world.peers[viewer];
        let pictures = peer.stream(peer.slot_ssrc(Kind::Video, 0));
        assert_eq!(pictures.len(), 10);
        assert!(pictures.iter().all(|rtp| rtp.payload_type() == OWN_VP8 && rtp.payload()[999] == mark));
        assert!(pictures.iter().all(|rtp| rtp.extension(MID) == Some(b"v0")));
        let sounds: Vec<_> = (0..4)
            .flat_map(|slot| peer.stream(peer.slot_ssrc(Kind::Audio, slot)))
            .map(|rtp| rtp.payload()[0])
            .collect();
        assert_eq!(sounds, [mark; 5]);
    }
    assert_eq!(world.count(Count::PacketsOut), 30);
}

#[test]
fn a_wish_for_somebody_who_has_not_connected_yet_does_not_keep_the_shard_busy() {
    let mut world = World::of(1);
    let absent = world.create(MEETING, "absent");
    let session = world.peers[absent].session();
    world.command(Command::ApplySession(session));
    world.open(absent);
    world.watch(0, &[(0, absent)]);
    let soon = world.now + Duration::from_millis(100);
    let mut turns = 0;
    while world.router.poll_timeout().is_some_and(|due| due <= soon) {
        world.now = world.router.poll_timeout().expect("just seen").max(world.now);
        world.router.handle_timeout(world.now);
        world.pump();
        turns += 1;
        assert!(turns < 50, "due again and again");
    }
    world.connect(absent);
    assert_eq!(world.count(Count::PliSent), 1, "asked for as soon as it can be");
}

#[test]
fn f27_media_goes_on_over_another_address_after_a_restart() {
    let mut world = World::of(2);
    world.open(0);
    world.watch(1, &[(0, 0)]);
    let next = world.film(&[0], 1, 5, true);
    world.restart(1, 20_001);
    world.restart(0, 20_000);
    world.advance(10);
    // The watcher is heard from its new address: a report of its own, sealed by the keys that it keeps.
    let mut report = Vec::new();
    hoptt_wire::rtcp::write_rr(&mut report, hoptt_wire::Ssrc(9), &[]);
    world.send_rtcp(1, report);
    world.peers[1].got.clear();
    world.film(&[0], next, 5, false);
    assert_eq!(world.peers[1].got.len(), 10, "from the new address, to the new address");
    let numbers: Vec<u16> = world.peers[1].got.iter().map(|got| got.rtp().sequence_number()).collect();
    assert!(numbers.windows(2).all(|pair| pair[1] == pair[0].wrapping_add(1)));
}

#[test]
fn a_picture_whose_packets_differ_by_some_bytes_leaves_as_one_train_and_arrives_as_it_was() {
    let mut world = World::of(2);
    world.open(0);
    world.watch(1, &[(0, 0)]);
    world.film(&[0], 1, 2, true);
    // The longer ones last, or the first, as when it has more to tell in its header; on both sides of every multiple of 8.
    let sizes =
        (0..8).flat_map(|n| [[0, 0, 0, 1], [0, 0, 1, 1], [9, 1, 0, 0]].map(|more| more.map(|more| 1_050 + n + more)));
    for (first_seq, sizes) in (5..).step_by(4).zip(sizes) {
        let before = (world.datagrams, world.trains);
        for (n, size) in (0..4_u16).zip(sizes) {
            let mut packet = world.picture_packet(0, first_seq, n, 4, false);
            packet.payload.resize(size, 7);
            world.send(0, &packet);
        }
        world.pump();
        let ((all, in_trains), trains) = before;
        assert_eq!((world.datagrams, world.trains), ((all + 4, in_trains + 4), trains + 1), "{sizes:?}");
        let shown = world.peers[1].stream(world.peers[1].slot_ssrc(Kind::Video, 0));
        let lengths: Vec<usize> = shown.iter().rev().take(4).rev().map(|rtp| rtp.payload().len()).collect();
        assert_eq!(lengths, sizes);
    }
}
