//! What subscribers tell of arrivals, what is believed of their lines, and what they get.

use std::time::{Duration, Instant};

use hoptt_core::control::{Event, Kind};
use hoptt_core::router::Count;
use hoptt_wire::Ssrc;
use hoptt_wire::rtcp::{TransportCcHeader, write_transport_cc};

use crate::line::{Line, Told, estimate};
use crate::support::{Mark, World, decode};

#[test]
fn who_tells_of_arrivals_is_believed_to_carry_what_arrives_and_of_the_others_nothing_is_known() {
    let mut world = World::of(3);
    world.open(0);
    world.watch(1, &[(0, 0)]);
    world.watch(2, &[(0, 0)]);
    let mut told = Told::new(&world);
    for n in 0..500 {
        world.picture(0, 1 + 2 * n, 2, n == 0);
        told.report(&mut world, 1);
        world.advance(10);
    }
    let sent: usize = world.peers[1].got.iter().map(|packet| packet.bytes.len()).sum();
    let bps = f64::from(u32::try_from(sent).unwrap()) * 8.0 / 5.0;
    let known = f64::from(estimate(&mut world, 1).expect("something is known"));
    assert!(known > bps * 0.8, "{known} of {bps}");
    assert_eq!(estimate(&mut world, 2), None);
    let pictures = |viewer: usize| world.peers[viewer].stream(world.peers[viewer].slot_ssrc(Kind::Video, 0)).len();
    assert_eq!((pictures(1), pictures(2)), (1000, 1000), "both get the same");
    assert!(world.count(Count::FeedbackReceived) > 30);
    assert_eq!(world.count(Count::DroppedFeedbackUnknown), 0);
}

#[test]
fn a_voice_is_prepared_for_what_the_worst_line_to_its_hearers_loses() {
    let mut world = World::of(3);
    world.open(0);
    world.watch(1, &[(0, 0)]);
    world.watch(2, &[(0, 0)]);
    let mut tell = [Told::new(&world), Told::new(&world)];
    tell[0].lost = Some(15);
    for n in 0..200 {
        world.speak(0, 1 + n, 60);
        world.picture(0, 1 + 2 * n, 2, n == 0);
        for (told, viewer) in tell.iter_mut().zip(1..) {
            told.report(&mut world, viewer);
        }
        world.advance(20);
    }
    let publisher = &world.peers[0];
    let voice = publisher.told_lost(publisher.mic());
    assert!(voice.last().is_some_and(|lost| (10..=22).contains(lost)), "a fifteenth: {voice:?}");
    let picture = publisher.told_lost(publisher.camera());
    assert!(picture.len() >= 3 && picture.iter().all(|lost| *lost == 0), "{picture:?}");
}

#[test]
fn s17_who_tells_lies_without_end_is_not_listened_to_and_costs_nobody_a_packet() {
    let mut world = World::of(3);
    world.open(0);
    world.watch(1, &[(0, 0)]);
    world.watch(2, &[(0, 0)]);
    let mut told = Told::new(&world);
    for n in 0..200 {
        world.picture(0, 1 + 2 * n, 2, n == 0);
        told.report(&mut world, 2);
        for lie in 0..20_u16 {
            let mut out = Vec::new();
            let base = 0x7000 + 40 * lie;
            let header = TransportCcHeader { sender: Ssrc(1), media: Ssrc(2), base, feedback_count: 0 };
            write_transport_cc(&mut out, &header, &[Some(u64::from(lie)); 40]);
            world.send_rtcp(1, out);
        }
        world.advance(10);
    }
    assert!(world.count(Count::DroppedFeedbackLimit) > 3_000, "{}", world.count(Count::DroppedFeedbackLimit));
    assert!(world.count(Count::DroppedFeedbackUnknown) > 4_000, "{}", world.count(Count::DroppedFeedbackUnknown));
    assert_eq!(world.peers[2].stream(world.peers[2].slot_ssrc(Kind::Video, 0)).len(), 400);
    assert_eq!(estimate(&mut world, 1), None, "nothing of what it told was sent");
    assert!(estimate(&mut world, 2).is_some());
}

#[test]
fn r24_a_line_gets_the_layer_that_it_carries() {
    for (bps, place) in [(300e3, 0), (900e3, 1), (5e6, 2)] {
        let mut line = Line::new(bps);
        line.film(6);
        assert_eq!(line.place(), place, "{bps}");
        let slot = line.world.peers[0].slot_ssrc(Kind::Video, 0);
        decode(&line.world.peers[0], slot);
    }
}

#[test]
fn what_a_line_carries_is_known_with_all_headers_of_its_packets() {
    for bps in [900e3, 1.5e6] {
        let mut line = Line::new(bps);
        line.film(12);
        let known = f64::from(estimate(&mut line.world, 0).expect("something is known")) / bps;
        assert!((0.92..=1.0).contains(&known), "{known} of {bps}");
    }
}

#[test]
fn where_packets_are_lost_a_smaller_picture_at_its_whole_speed_is_better() {
    // It carries half the frames of the largest picture, or all of the middle one.
    for (lost, place) in [(None, 2), (Some(10), 1)] {
        let mut line = Line::new(1.5e6);
        line.told.lost = lost;
        line.film(12);
        assert_eq!(line.place(), place, "one in {lost:?} is lost");
    }
}

#[test]
fn a_line_that_gets_better_has_the_better_layer_within_seconds() {
    let mut line = Line::new(300e3);
    line.film(10);
    line.bps = 5e6;
    line.film(8);
    assert_eq!(line.place(), 2);
    assert!(line.world.count(Count::PaddingSent) > 20);
}

#[test]
fn where_a_line_carries_all_a_picture_leaves_in_one_piece_and_elsewhere_it_is_spread() {
    for (bps, spread) in [(20e6, 0), (3.2e6, 1)] {
        let mut line = Line::new(bps);
        line.largest = 6;
        line.film(8);
        assert_eq!(line.place(), 2);
        let slot = line.world.peers[0].slot_ssrc(Kind::Video, 0);
        let got = line.world.peers[0].got.iter().filter(|packet| packet.rtp().ssrc().0 == slot);
        let mut frames: Vec<(u32, Instant, Instant)> = Vec::new();
        for packet in got {
            let timestamp = packet.rtp().timestamp();
            match frames.last_mut().filter(|(before, ..)| *before == timestamp) {
                Some((_, _, last)) => *last = packet.at,
                None => frames.push((timestamp, packet.at, packet.at)),
            }
        }
        let newest = frames.iter().rev().skip(1).take(50);
        let late = newest.filter(|(_, first, last)| last.duration_since(*first) > Duration::from_millis(1)).count();
        assert_eq!(usize::from(late > 10), spread, "{late} of 50 frames took longer than a millisecond on {bps}");
    }
}

#[test]
fn what_a_picture_comes_to_cost_is_found_out_of_its_line() {
    let mut line = Line::new(10e6);
    line.film(6);
    line.largest = 4;
    line.film(6);
    let known = estimate(&mut line.world, 0).expect("something is known");
    assert!(known > 2_200_000, "{known} is little more than what arrives, about 1.9 Mbit/s");
}

#[test]
fn a_newcomer_gets_the_smallest_picture_until_its_line_is_known_and_who_tells_nothing_soon_gets_all() {
    let mut line = Line::new(5e6);
    line.is_deaf = true;
    line.film(1);
    assert_eq!(line.place(), 0);
    line.film(1);
    assert_eq!(line.place(), 2);
}

#[test]
fn what_a_newcomer_could_be_sent_is_begun_before_its_line_is_known() {
    let mut world = World::on_lines(1);
    let mut camera = world.join_layered("cam");
    let told = |world: &World| {
        let told = world.told.iter().rev().find_map(|event| match event {
            Event::LayersWanted { rids, .. } => Some(rids.clone()),
            _ => None,
        });
        told.expect("it was told")
    };
    let mut film = |world: &mut World, frames: std::ops::Range<u64>| {
        for n in frames {
            // More than is taken for known of a newcomer's line.
            for (place, packets) in [(0, 2), (1, 2), (2, 30)] {
                let frame = camera.frame(place, 20 * n, packets, n == 0);
                world.send_all(camera.peer, &frame);
            }
            world.advance(20);
        }
    };
    film(&mut world, 0..200);
    assert_eq!(told(&world), ["q"], "nobody looks");
    world.watch_in(0, 1, (1280, 720));
    film(&mut world, 200..208);
    assert_eq!(told(&world), ["q", "f"]);
}

#[test]
fn what_a_line_seemed_to_carry_at_first_makes_nobody_wait_for_a_better_picture() {
    // The largest picture costs more than pictures of its size usually do, which is seen when it has come for a second.
    let mut line = Line::new(10e6);
    line.largest = 8;
    line.film(3);
    assert_eq!(line.place(), 2);
}

#[test]
fn s17_who_claims_that_nothing_arrives_gets_less_and_nobody_else_does() {
    let mut line = Line::new(5e6);
    let other = line.world.join("other");
    line.world.watch_in(other, line.camera.peer, (1280, 720));
    line.film(3);
    assert_eq!(line.place(), 2);
    line.bps = 300e3; // as it tells
    line.film(3);
    assert_eq!(line.place(), 0);
    let slot = line.world.peers[other].slot_ssrc(Kind::Video, 0);
    assert_eq!(Mark::read(line.world.peers[other].stream(slot).last().expect("a packet").payload()).place, 2);
}

/// A viewer of the middle encoding on a line of 900 kbit/s that has just been sent a key frame of forty packets.
fn a_line_with_a_burst() -> (Line, usize) {
    let mut line = Line::new(900e3);
    line.film(6);
    let before = line.world.peers[0].got.len();
    line.burst(1, 40);
    (line, before)
}

#[test]
fn r24_a_burst_leaves_as_fast_as_the_line_carries_it_and_voices_wait_for_nothing() {
    let (mut line, before) = a_line_with_a_burst();
    assert!(line.world.peers[0].got.len() - before < 10, "{} left at once", line.world.peers[0].got.len() - before);
    line.world.gate(line.camera.peer, "microphone", true, true);
    for n in 0..5 {
        let heard = line.world.peers[0].got.len();
        line.world.speak(line.camera.peer, n, 100);
        let got: Vec<_> = line.world.peers[0].got[heard..].iter().map(|packet| packet.rtp().ssrc().0).collect();
        assert!(got.contains(&line.world.peers[0].slot_ssrc(Kind::Audio, 0)), "voice {n} is there at once: {got:?}");
        line.world.advance(10);
    }
    line.world.advance(400);
    let slot = line.world.peers[0].slot_ssrc(Kind::Video, 0);
    let burst: Vec<_> =
        line.world.peers[0].got[before..].iter().filter(|packet| packet.rtp().ssrc().0 == slot).collect();
    assert_eq!(burst.len(), 40);
    let took = burst[39].at - burst[0].at;
    assert!((Duration::from_millis(100)..Duration::from_millis(450)).contains(&took), "{took:?}");
    decode(&line.world.peers[0], slot);
}

#[test]
fn s19_what_waits_for_a_line_never_leaves_after_its_gate_was_closed() {
    let (mut line, _) = a_line_with_a_burst();
    line.world.gate(line.camera.peer, "camera", false, true);
    let before = line.world.peers[0].got.len();
    line.world.advance(20);
    line.world.gate(line.camera.peer, "camera", true, true);
    line.world.advance(1_000);
    let slot = line.world.peers[0].slot_ssrc(Kind::Video, 0);
    let left = line.world.peers[0].got[before..].iter().filter(|packet| packet.rtp().ssrc().0 == slot).count();
    assert_eq!(left, 0);
}
