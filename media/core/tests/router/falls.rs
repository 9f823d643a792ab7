//! Lines that come to carry less: how soon the smaller picture is there, and what is left out for it.

use std::time::Duration;

use hoptt_core::control::Kind;
use hoptt_core::router::Count;
use hoptt_wire::Ssrc;

use crate::line::{Line, repaired};
use crate::support::{Got, Mark, decode};

/// A viewer who has got the largest picture, eight packets a frame, for six seconds.
fn large() -> Line {
    let mut line = Line::new(5e6);
    line.largest = 8;
    line.film(6);
    assert_eq!(line.place(), 2);
    line
}

#[test]
fn when_a_line_falls_the_smaller_picture_does_not_wait_for_what_is_left_of_the_larger_one() {
    let mut line = large();
    let fell = line.world.now;
    (line.bps, line.key_after) = (0.5e6, 12);
    line.film(3);
    let slot = line.world.peers[0].slot_ssrc(Kind::Video, 0);
    let viewer = &line.world.peers[0];
    decode(viewer, slot);
    let (place, began) = *line.keyframes.iter().find(|(_, at)| *at > fell).expect("a smaller one is asked for");
    assert!(place < 2);
    let sent: Vec<&Got> = viewer.got.iter().filter(|got| got.at >= fell && got.rtp().ssrc() == Ssrc(slot)).collect();
    assert!(sent.iter().any(|got| got.rtp().payload().is_empty()), "something waited");
    let is_of = |got: &&&Got| {
        let rtp = got.rtp();
        !rtp.payload().is_empty() && usize::from(Mark::read(rtp.payload()).place) == place
    };
    let first = sent.iter().find(is_of).expect("it leaves").at.duration_since(began);
    assert!(first < Duration::from_millis(120), "its first packet left after {first:?}");
}

#[test]
fn s19_what_waits_for_its_turn_when_the_gate_closes_does_not_leave_and_is_counted() {
    let mut line = large();
    line.burst(2, 60);
    let (got, before) = (line.world.peers[0].got.len(), line.world.count(Count::DroppedGone));
    line.world.gate(line.camera.peer, "camera", true, false);
    line.world.advance(500);
    let left = line.world.peers[0].got[got..].iter().filter(|got| !got.rtp().payload().is_empty()).count();
    let gone = line.world.count(Count::DroppedGone) - before;
    assert_eq!(left, 0);
    assert!(gone >= 20, "{gone} were counted");
}

#[test]
fn when_a_line_falls_the_smaller_picture_does_not_wait_for_the_rest_of_a_large_frame() {
    let mut line = large();
    let fell = line.world.now;
    (line.bps, line.key_after, line.largest) = (0.5e6, 2, 40);
    line.film(3);
    let slot = line.world.peers[0].slot_ssrc(Kind::Video, 0);
    let viewer = &line.world.peers[0];
    assert!(decode(viewer, slot).cut > 0, "some of a large frame had left");
    let (place, began) = *line.keyframes.iter().find(|(_, at)| *at > fell).expect("a smaller one is asked for");
    let sent = viewer.got.iter().filter(|got| got.at >= fell && got.rtp().ssrc() == Ssrc(slot));
    let marks = sent.filter(|got| !got.rtp().payload().is_empty());
    let first = marks.into_iter().find(|got| usize::from(Mark::read(got.rtp().payload()).place) == place);
    let waited = first.expect("it leaves").at.duration_since(began);
    assert!(waited < Duration::from_millis(150), "its first packet left after {waited:?}");
}

#[test]
fn who_chooses_a_smaller_picture_on_a_line_that_carries_the_larger_one_gets_whole_frames() {
    let mut line = large();
    line.largest = 12;
    line.film(1);
    line.world.watch_in(0, 1, (160, 90));
    line.film(2);
    let slot = line.world.peers[0].slot_ssrc(Kind::Video, 0);
    let decoder = decode(&line.world.peers[0], slot);
    assert_eq!((line.place() < 2, decoder.cut), (true, 0));
}

#[test]
fn when_a_line_falls_the_smaller_picture_does_not_wait_for_a_key_frame_of_the_larger_one() {
    let mut line = large();
    let slot = line.world.peers[0].slot_ssrc(Kind::Video, 0);
    for (bps, has_larger) in [(0.5e6, false), (5e6, true)] {
        let changed = line.world.now;
        (line.bps, line.key_after, line.makes_largest) = (bps, 12, true);
        line.film(6);
        let viewer = &line.world.peers[0];
        decode(viewer, slot);
        let of_slot = viewer.got.iter().filter(|got| got.at >= changed && got.rtp().ssrc() == Ssrc(slot));
        let marks = of_slot.filter(|got| !got.rtp().payload().is_empty()).map(|got| Mark::read(got.rtp().payload()));
        let keys: Vec<u8> = marks.filter(|mark| mark.keyframe).map(|mark| mark.place).collect();
        let has_smaller = keys.iter().any(|place| *place < 2);
        assert!(keys.contains(&2) == has_larger && (has_smaller || has_larger), "{keys:?} on {bps}");
    }
}

#[test]
fn when_a_line_falls_what_the_larger_picture_lost_does_not_keep_the_smaller_one_waiting() {
    let mut line = large();
    (line.bps, line.key_after, line.queue) = (0.5e6, 6, Duration::from_millis(300));
    // It is known then that the line carries less, and all that is missing is of the larger one.
    let again = repaired(&mut line, |line| {
        while line.place() == 2 {
            line.frames(1);
        }
    });
    assert!(line.place() < 2 && again <= 12, "sent again were {again}");
}

#[test]
fn of_a_larger_picture_whose_key_frame_is_left_out_nothing_is_sent_again() {
    let mut line = large();
    let fell = line.world.now;
    (line.bps, line.key_after, line.makes_largest) = (0.5e6, 50, true);
    let mut left_out = None;
    repaired(&mut line, |line| {
        while left_out.is_none() && line.world.now < fell + Duration::from_secs(3) {
            line.frames(1);
            left_out = line.keyframes.iter().find(|(place, at)| *place == 2 && *at > fell).map(|(_, at)| *at);
        }
    });
    let left_out = left_out.expect("a smaller one was asked for");
    let smaller = line.keyframes.iter().find(|(place, at)| *place < 2 && *at > fell).expect("and came").1;
    assert!(smaller > left_out + Duration::from_millis(500), "there is time for repairs");
    let repairs = line.world.peers[0].slot_rtx(0);
    let meanwhile = line.world.peers[0].got.iter().filter(|got| got.at > left_out && got.at < smaller);
    assert_eq!(meanwhile.filter(|got| got.rtp().ssrc() == Ssrc(repairs)).count(), 0);
}

#[test]
fn when_a_rest_after_a_fall_is_over_the_better_picture_comes_though_nothing_else_changes() {
    let mut line = Line::new(5e6);
    line.film(3);
    for rest in [6, 9] {
        line.bps = 0.5e6; // soon after a rise: it rests for longer than it takes to find out what the line carries
        line.film(1);
        assert!(line.place() < 2);
        line.bps = 5e6;
        line.film(rest);
        assert_eq!(line.place(), 2);
    }
}

#[test]
fn a_line_that_gets_worse_has_the_smaller_layer_within_a_second() {
    let mut line = Line::new(5e6);
    line.film(5);
    assert_eq!(line.place(), 2);
    line.bps = 300e3;
    line.film(1);
    assert_eq!(line.place(), 0);
}
