//! Several encodings of one camera (simulcast): which one each viewer gets, and what happens when one stops.

use hoptt_core::control::{Event, Kind};
use hoptt_core::router::Count;
use hoptt_wire::Ssrc;
use hoptt_wire::rtcp::{Compound, Packet, SenderInfo, write_bye, write_nack, write_sr};
use hoptt_wire::rtp::Rtp;

use crate::support::{Camera, Mark, RIDS, World, decode};

const BIG: (u32, u32) = (1280, 720);
const MIDDLE: (u32, u32) = (640, 360);
const SMALL: (u32, u32) = (240, 135);

/// A peer who is to see another's three encodings, of which nothing has come yet, in a tile of that size.
fn waiting(tile: (u32, u32)) -> (World, Camera) {
    let mut world = World::of(1);
    let camera = world.join_layered("cam");
    world.watch_in(0, camera.peer, tile);
    (world, camera)
}

/// A peer who came to see another's three encodings after their first keyframe.
fn watched(tile: (u32, u32)) -> (World, Camera) {
    let mut world = World::of(1);
    let mut camera = world.join_layered("cam");
    world.film_layers(&mut camera, 0, [true; 3]);
    world.watch_in(0, camera.peer, tile);
    world.advance(20);
    (world, camera)
}

fn slot(world: &World) -> u32 {
    world.peers[0].slot_ssrc(Kind::Video, 0)
}

/// Which encodings the viewer got, each once in a row.
fn places(world: &World) -> Vec<u8> {
    let mut places: Vec<u8> =
        world.peers[0].stream(slot(world)).iter().map(|rtp| Mark::read(rtp.payload()).place).collect();
    places.dedup();
    places
}

/// Which encodings were asked for a keyframe.
fn asked(world: &mut World, camera: &Camera) -> Vec<usize> {
    let reports = std::mem::take(&mut world.peers[camera.peer].reports);
    let media = reports.iter().flat_map(|report| Compound::new(report)).filter_map(|packet| match packet {
        Ok(Packet::Pli { media, .. }) => Some(media),
        _ => None,
    });
    media.filter_map(|media| (0..3).find(|place| Ssrc(camera.ssrc(*place)) == media)).collect()
}

fn told(world: &World) -> Vec<Vec<String>> {
    let told = world.told.iter().filter_map(|event| match event {
        Event::LayersWanted { rids, .. } => Some(rids.clone()),
        _ => None,
    });
    told.collect()
}

/// Films, 20 ms a frame.
fn film(world: &mut World, camera: &mut Camera, frames: u64, from: u64, keyframes: [bool; 3]) -> u64 {
    for n in 0..frames {
        world.film_layers(camera, from + 20 * n, keyframes.map(|keyframe| keyframe && n == 0));
        world.advance(20);
    }
    from + 20 * frames
}

#[test]
fn each_tile_gets_the_smallest_encoding_that_fills_it() {
    for (tile, place) in [(BIG, 2), (MIDDLE, 1), (SMALL, 0), ((0, 0), 2), ((3840, 2160), 2), ((420, 240), 0)] {
        let (mut world, mut camera) = watched(tile);
        film(&mut world, &mut camera, 3, 20, [false; 3]);
        film(&mut world, &mut camera, 3, 80, [true; 3]);
        assert_eq!(places(&world), [place], "{tile:?}");
        decode(&world.peers[0], slot(&world));
    }
}

#[test]
fn a_tile_that_grows_gets_more_at_the_next_keyframe_and_the_mapping_is_told_once() {
    let (mut world, mut camera) = watched(SMALL);
    let ms = film(&mut world, &mut camera, 40, 20, [true; 3]);
    asked(&mut world, &camera);
    world.watch_in(0, camera.peer, BIG);
    assert_eq!(asked(&mut world, &camera), [2], "only of the encoding that is wanted");
    let ms = film(&mut world, &mut camera, 3, ms, [false; 3]);
    assert_eq!(places(&world), [0], "the small one stays meanwhile");
    film(&mut world, &mut camera, 3, ms, [false, false, true]);
    assert_eq!(places(&world), [0, 2]);
    assert_eq!(world.mapped(0, Kind::Video).len(), 1);
    assert_eq!(decode(&world.peers[0], slot(&world)).changes, 1);
}

#[test]
fn s17_what_nobody_watches_any_more_is_not_asked_for() {
    let (mut world, mut camera) = watched(SMALL);
    let ms = film(&mut world, &mut camera, 40, 20, [true; 3]);
    world.watch_in(0, camera.peer, BIG);
    world.watch_in(0, camera.peer, SMALL);
    asked(&mut world, &camera);
    // Its sender has turned it off before the request came: no keyframe of it follows.
    for n in 0..150 {
        for place in [0, 1] {
            let frame = camera.frame(place, ms + 20 * n, 2, false);
            world.send_all(camera.peer, &frame);
        }
        world.advance(20);
    }
    assert_eq!(asked(&mut world, &camera), Vec::<usize>::new());
}

#[test]
fn a_tile_that_shrinks_gets_less_at_once_where_it_is_at_hand() {
    let (mut world, mut camera) = watched(BIG);
    film(&mut world, &mut camera, 10, 20, [true; 3]);
    world.watch_in(0, camera.peer, SMALL);
    assert_eq!(places(&world), [2, 0], "from the keyframe of 200 ms ago");
    assert_eq!(decode(&world.peers[0], slot(&world)).changes, 1);
}

#[test]
fn a_layer_that_stops_without_notice_leaves_its_viewers_the_next_one() {
    let (mut world, mut camera) = watched(BIG);
    let mut ms = film(&mut world, &mut camera, 5, 20, [true; 3]);
    asked(&mut world, &camera);
    for n in 0..60 {
        let wanted = asked(&mut world, &camera);
        for place in 0..2 {
            let keyframe = wanted.contains(&place) || n == 50;
            let frame = camera.frame(place, ms, 2, keyframe);
            world.send_all(camera.peer, &frame);
        }
        ms += 20;
        world.advance(20);
    }
    assert_eq!(places(&world), [2, 1]);
    let track_downs = world.told.iter().filter(|event| matches!(event, Event::TrackDown { .. })).count();
    assert_eq!(track_downs, 0, "the track itself goes on");

    film(&mut world, &mut camera, 3, ms, [false, false, true]);
    assert_eq!(places(&world), [2, 1, 2], "and it comes back");
    decode(&world.peers[0], slot(&world));
}

#[test]
fn a_layer_that_comes_late_is_taken_when_it_comes() {
    let (mut world, mut camera) = waiting(BIG);
    for (n, first) in [(0, true), (1, false), (2, false)] {
        let frame = camera.frame(0, 20 * n, 2, first);
        world.send_all(camera.peer, &frame);
        world.advance(20);
    }
    assert_eq!(places(&world), [0]);
    for place in [2, 0] {
        let frame = camera.frame(place, 60, 2, place == 2);
        world.send_all(camera.peer, &frame);
    }
    assert_eq!(places(&world), [0, 2]);
    decode(&world.peers[0], slot(&world));
}

#[test]
fn the_publisher_is_told_which_layers_anybody_gets() {
    let (mut world, mut camera) = watched(MIDDLE);
    let mut ms = film(&mut world, &mut camera, 100, 20, [true; 3]);
    assert_eq!(told(&world), Vec::<Vec<String>>::new(), "a look away is not told");
    ms = film(&mut world, &mut camera, 60, ms, [false; 3]);
    assert_eq!(told(&world), [["q", "h"]]);
    world.watch_in(0, camera.peer, BIG);
    ms = film(&mut world, &mut camera, 10, ms, [false; 3]);
    assert_eq!(told(&world), [vec!["q", "h"], vec!["q", "f"]], "what is wanted is told at once");
    world.command(hoptt_core::control::Command::SetVideo {
        transport: world.peers[0].transport.clone(),
        wishes: vec![],
    });
    film(&mut world, &mut camera, 200, ms, [false; 3]);
    assert_eq!(told(&world)[2..], [["q"]], "the smallest stays, so that the track does");
}

#[test]
fn while_a_layer_does_not_come_those_below_it_are_wanted_in_its_stead() {
    let (mut world, mut camera) = watched(BIG);
    let mut ms = film(&mut world, &mut camera, 170, 20, [true; 3]);
    assert_eq!(told(&world), [["q", "f"]]);
    for _ in 0..45 {
        let frame = camera.frame(0, ms, 2, false);
        world.send_all(camera.peer, &frame);
        ms += 20;
        world.advance(20);
    }
    assert_eq!(
        told(&world).last(),
        Some(&RIDS.map(str::to_owned).to_vec()),
        "its publisher's line is too narrow for it"
    );
    film(&mut world, &mut camera, 170, ms, [true; 3]);
    assert_eq!(told(&world)[1..], [RIDS.to_vec(), vec!["q", "f"]]);
}

#[test]
fn s17_keyframes_are_asked_for_by_encoding_and_never_more_often_than_twice_a_second() {
    let mut world = World::of(3);
    let mut camera = world.join_layered("cam");
    film(&mut world, &mut camera, 50, 20, [true; 3]);
    let tiles = [SMALL, MIDDLE, BIG];
    asked(&mut world, &camera);
    let mut all = vec![];
    for n in 0..100 {
        for viewer in 0..3 {
            world.watch_in(viewer, camera.peer, tiles[(viewer + n) % 3]);
        }
        world.advance(10);
        all.extend(asked(&mut world, &camera));
    }
    for place in 0..3 {
        let count = all.iter().filter(|asked| **asked == place).count();
        assert!((1..=3).contains(&count), "{count} of {place} within a second");
    }
}

#[test]
fn s18_a_wrong_rid_and_a_missing_one_are_counted_and_nobody_gets_them() {
    let (mut world, mut camera) = waiting(BIG);
    let peer = camera.peer;
    for (rid, ssrc) in [(Some(("x", false)), 77), (None, 78), (Some(("q\u{7f}", false)), 79)] {
        let mut packets = camera.frame(2, 0, 2, true);
        for out in &mut packets {
            (out.rid, out.ssrc) = (rid, ssrc);
        }
        world.send_all(peer, &packets);
    }
    assert_eq!(world.count(Count::DroppedRid), 6);
    assert_eq!(world.peers[0].got, []);

    let mut packets = camera.frame(2, 20, 2, true);
    for out in &mut packets {
        out.ssrc = 78;
    }
    world.send_all(peer, &packets);
    assert_eq!(world.peers[0].got.len(), 2, "it is named after all");
}

#[test]
fn after_the_first_packets_a_stream_is_known_by_its_ssrc() {
    let (mut world, mut camera) = watched(BIG);
    let ms = film(&mut world, &mut camera, 3, 20, [true; 3]);
    camera.named = false;
    film(&mut world, &mut camera, 10, ms, [false; 3]);
    assert_eq!(world.count(Count::DroppedRid), 0);
    assert_eq!(decode(&world.peers[0], slot(&world)).frames, 14);
}

#[test]
fn s18_two_streams_that_say_to_be_one_encoding_do_not_mix() {
    let (mut world, mut camera) = watched(BIG);
    let peer = camera.peer;
    let ms = film(&mut world, &mut camera, 3, 20, [true; 3]);
    let mut liar = camera.frame(2, ms, 2, true);
    for out in &mut liar {
        out.ssrc = 4242;
    }
    world.send_all(peer, &liar);
    assert_eq!(world.count(Count::DroppedNoTrack), 2);
    assert!(places(&world).ends_with(&[2]) && world.peers[0].stream(slot(&world)).len() == 8);
}

#[test]
fn what_is_lost_of_an_encoding_is_asked_for_and_repaired_there() {
    let (mut world, mut camera) = watched(BIG);
    let peer = camera.peer;
    let ms = film(&mut world, &mut camera, 3, 20, [true; 3]);
    let frame = camera.frame(2, ms, 3, false);
    world.send_all(peer, &[frame[0].clone(), frame[2].clone()]);
    world.peers[peer].reports.clear();
    world.advance(15);
    let asked: Vec<(u32, u16)> = world.peers[peer]
        .reports
        .iter()
        .flat_map(|report| Compound::new(report))
        .filter_map(|packet| if let Ok(Packet::Nack(nack)) = packet { Some(nack) } else { None })
        .flat_map(|nack| {
            let media = nack.media.0;
            nack.sequence_numbers().map(move |number| (media, number))
        })
        .collect();
    assert_eq!(asked, [(camera.ssrc(2), frame[1].seq)]);
    let repair = camera.repair(&frame[1], 2, 1);
    world.send_all(peer, &[repair]);
    let mut got = world.peers[0].stream(slot(&world));
    let first = got[0].sequence_number();
    got.sort_by_key(|rtp| rtp.sequence_number().wrapping_sub(first));
    assert_eq!(Mark::read(got[got.len() - 2].payload()).packet, 1);
}

#[test]
fn what_was_sent_before_a_switch_is_still_repaired_after_it() {
    let (mut world, mut camera) = watched(SMALL);
    let ms = film(&mut world, &mut camera, 10, 20, [true; 3]);
    let before = world.peers[0].stream(slot(&world)).last().expect("packets").sequence_number();
    world.watch_in(0, camera.peer, BIG);
    film(&mut world, &mut camera, 3, ms, [false, false, true]);
    assert_eq!(places(&world), [0, 2]);
    let mut compound = Vec::new();
    write_nack(&mut compound, Ssrc(9), Ssrc(slot(&world)), &[before]);
    world.send_rtcp(0, compound);
    let again = world.peers[0].stream(world.peers[0].slot_rtx(0));
    assert_eq!(again.len(), 1);
    assert_eq!(Mark::read(again[0].payload()).place, 0);
}

#[test]
fn s15_a_switch_keeps_to_the_frame_grid_that_the_sender_reports_tell() {
    let (mut world, mut camera) = watched(SMALL);
    let ms = film(&mut world, &mut camera, 40, 20, [true; 3]);
    for place in [0, 2] {
        let info = SenderInfo { ntp: 7 << 32, rtp_time: camera.timestamp(place, 0), packets: 0, octets: 0 };
        let mut compound = Vec::new();
        write_sr(&mut compound, Ssrc(camera.ssrc(place)), &info, &[]);
        world.send_rtcp(camera.peer, compound);
    }
    world.watch_in(0, camera.peer, BIG);
    // The network delays the keyframe by 13 ms: arrival says 33 ms, the reports say 20.
    world.advance(13);
    let keyframe = camera.frame(2, ms, 2, true);
    world.send_all(camera.peer, &keyframe);
    world.advance(20);
    film(&mut world, &mut camera, 3, ms + 20, [false; 3]);
    let times: Vec<u32> = world.peers[0].stream(slot(&world)).iter().map(Rtp::timestamp).collect();
    let steps: Vec<u32> = times.windows(2).map(|pair| pair[1].wrapping_sub(pair[0])).filter(|step| *step > 0).collect();
    assert_eq!(places(&world), [0, 2]);
    assert!(steps.iter().all(|step| *step == 1800), "{steps:?}");
}

#[test]
fn s18_a_report_that_lies_moves_time_by_half_a_second_at_most() {
    for lie in [0_u32, 0x7fff_ffff, 90_000 * 3600] {
        let (mut world, mut camera) = watched(SMALL);
        let ms = film(&mut world, &mut camera, 10, 20, [true; 3]);
        for (place, rtp_time) in [(0, 0), (2, lie)] {
            let mut compound = Vec::new();
            let info = SenderInfo { ntp: 7 << 32, rtp_time, packets: 0, octets: 0 };
            write_sr(&mut compound, Ssrc(camera.ssrc(place)), &info, &[]);
            world.send_rtcp(camera.peer, compound);
        }
        world.watch_in(0, camera.peer, BIG);
        film(&mut world, &mut camera, 3, ms, [false, false, true]);
        let times: Vec<u32> = world.peers[0].stream(slot(&world)).iter().map(Rtp::timestamp).collect();
        assert!(
            times.windows(2).all(|pair| (0..=45_000 + 3600).contains(&pair[1].wrapping_sub(pair[0]).cast_signed()))
        );
        decode(&world.peers[0], slot(&world));
    }
}

#[test]
fn an_encoding_that_says_good_bye_leaves_the_others() {
    let (mut world, mut camera) = watched(BIG);
    film(&mut world, &mut camera, 5, 20, [true; 3]);
    let mut compound = Vec::new();
    write_bye(&mut compound, &[Ssrc(camera.ssrc(2))]);
    world.send_rtcp(camera.peer, compound);
    assert_eq!(places(&world), [2, 1], "at once");
    let mut compound = Vec::new();
    write_bye(&mut compound, &[Ssrc(camera.ssrc(0)), Ssrc(camera.ssrc(1))]);
    world.send_rtcp(camera.peer, compound);
    assert!(world.told.iter().any(|event| matches!(event, Event::TrackDown { .. })));
}

#[test]
fn a_frame_that_is_leaving_is_finished_before_another_encoding_begins() {
    let (mut world, mut camera) = watched(SMALL);
    let peer = camera.peer;
    let ms = film(&mut world, &mut camera, 40, 20, [true; 3]);
    world.watch_in(0, peer, BIG);
    let (small, big) = (camera.frame(0, ms, 3, false), camera.frame(2, ms, 3, true));
    world.send_all(peer, &[small[0].clone(), big[0].clone(), small[1].clone(), big[1].clone()]);
    assert_eq!(places(&world), [0]);
    world.send_all(peer, &[small[2].clone(), big[2].clone()]);
    assert_eq!(places(&world), [0, 2]);
    assert_eq!(decode(&world.peers[0], slot(&world)).frames, 43);
}

#[test]
fn a_frame_whose_end_never_comes_does_not_hold_the_other_encoding_up() {
    let (mut world, mut camera) = watched(SMALL);
    let peer = camera.peer;
    let ms = film(&mut world, &mut camera, 40, 20, [true; 3]);
    world.watch_in(0, peer, BIG);
    let (small, big) = (camera.frame(0, ms, 3, false), camera.frame(2, ms, 2, true));
    world.send_all(peer, &[small[0].clone(), big[0].clone(), big[1].clone()]);
    assert_eq!(places(&world), [0]);
    world.advance(25);
    let next = camera.frame(2, ms + 20, 2, false);
    world.send_all(peer, &next);
    assert_eq!(places(&world), [0, 2]);
    let got = world.peers[0].stream(slot(&world));
    assert_eq!(Mark::read(got[got.len() - 4].payload()).packet, 0, "from the keyframe's first packet on");
}

#[test]
fn s19_a_gate_that_opens_shows_the_encoding_that_fills_the_tile() {
    let (mut world, mut camera) = waiting(BIG);
    world.gate(camera.peer, "camera", false, true);
    let ms = film(&mut world, &mut camera, 10, 20, [true; 3]);
    assert_eq!(world.peers[0].got, []);
    world.gate(camera.peer, "camera", true, true);
    assert_eq!(asked(&mut world, &camera).last(), Some(&2));
    film(&mut world, &mut camera, 3, ms, [true; 3]);
    assert_eq!(places(&world), [2]);
}

#[test]
fn encodings_are_named_once_and_within_limits() {
    let mut world = World::of(1);
    let peer = world.create(crate::support::MEETING, "bad");
    for rids in [vec!["q", "q"], vec!["a b"], vec![""], vec!["1", "2", "3", "4", "5"]] {
        let mut session = world.peers[peer].session();
        session.published[1].rids = rids.iter().map(|rid| (*rid).to_owned()).collect();
        let refused = world.router.handle_command(world.now, hoptt_core::control::Command::ApplySession(session));
        assert!(refused.is_err(), "{rids:?}");
    }
    assert_eq!(RIDS.len(), 3);
}
