//! What is sent more than once to a viewer: repairs, and pictures where repairs would come too late.

use std::time::Duration;

use hoptt_core::control::Kind;
use hoptt_wire::rtcp::write_nack;
use hoptt_wire::rtp::Rtp;
use hoptt_wire::{Ssrc, rtx};

use crate::line::{Line, repaired};
use crate::support::{Got, decode};

#[test]
fn what_waits_on_a_narrow_line_to_be_sent_again_does_not_wait_twice() {
    let mut line = Line::new(0.5e6);
    line.film(6);
    let again = repaired(&mut line, |_| ());
    assert!(line.misses.len() <= 1 && again <= 40, "{again}, and {:?} are missing", line.misses);
}

#[test]
fn where_no_queue_can_hold_a_repair_it_leaves_once_more() {
    let mut line = Line::new(5e6);
    line.film(12);
    let again = repaired(&mut line, |_| ());
    assert!((60..=72).contains(&again), "of thirty {again} were sent again");
}

#[test]
fn what_is_reported_as_missing_is_sent_again_though_nobody_asks_and_only_then() {
    for asks in [false, true] {
        let mut line = Line::new(5e6);
        line.film(8);
        let begun = line.world.peers[0].got.len();
        line.told.lost = Some(50);
        let mut lost = vec![];
        for _ in 0..200 {
            let from = line.world.peers[0].got.len();
            line.frames(1);
            let viewer = &line.world.peers[0];
            let ssrc = viewer.slot_ssrc(Kind::Video, 0);
            let is_lost = |(place, packet): (usize, &Got)| {
                (place % 50 == 0 && packet.rtp().ssrc() == Ssrc(ssrc)).then(|| packet.rtp().sequence_number())
            };
            let new: Vec<u16> = viewer.got.iter().enumerate().skip(from).filter_map(is_lost).collect();
            if asks && !new.is_empty() {
                let mut nack = vec![];
                write_nack(&mut nack, Ssrc(1), Ssrc(ssrc), &new);
                line.world.send_rtcp(0, nack);
            }
            lost.extend(new);
        }
        line.told.lost = None;
        line.film(1);
        let again = sent_again(&line, begun);
        let times = |number: &u16| again.iter().filter(|again| *again == number).count();
        assert!(lost.len() >= 10 && lost.iter().all(|number| times(number) == 2), "{lost:?}: {again:?}");
        assert_eq!(again.len(), 2 * lost.len(), "nothing else");
    }
}

#[test]
fn what_a_full_queue_dropped_is_sent_again_only_when_it_is_asked_for() {
    let mut line = Line::new(5e6);
    line.queue = Duration::from_millis(60);
    line.film(8);
    let begun = line.world.peers[0].got.len();
    line.bps = 0.8e6;
    line.film(2);
    assert_eq!(sent_again(&line, begun), []);
}

/// The numbers of what was sent again from that packet on.
fn sent_again(line: &Line, begun: usize) -> Vec<u16> {
    let viewer = &line.world.peers[0];
    let repairs = Ssrc(viewer.slot_rtx(0));
    let of_repair = |packet: &Got| rtx::read(packet.rtp().payload()).map(|(of, _)| of);
    viewer.got[begun..].iter().filter(|packet| packet.rtp().ssrc() == repairs).filter_map(of_repair).collect()
}

/// A long line that loses a tenth, after twenty seconds of film.
fn far(bps: f64, most: Option<u64>) -> Line {
    let mut line = Line::new(bps);
    (line.way, line.told.lost) = (Duration::from_millis(500), Some(10));
    let viewer = line.world.peers[0].transport.clone();
    line.world.router.set_video_budget(line.world.now, &viewer, most).expect("a transport");
    line.film(20);
    line
}

/// The numbers of packets of a picture, and of those that were sent again.
fn numbers(line: &Line) -> (Vec<u16>, Vec<u16>) {
    let viewer = &line.world.peers[0];
    let once = viewer.stream(viewer.slot_ssrc(Kind::Video, 0));
    let again = viewer.stream(viewer.slot_rtx(0));
    let of_repair = |rtp: &Rtp<'_>| Some(rtx::read(rtp.payload())?.0); // of padding there is none
    (once.iter().map(Rtp::sequence_number).collect(), again.iter().filter_map(of_repair).collect())
}

#[test]
fn where_repairs_would_come_too_late_each_packet_of_a_picture_is_sent_once_more() {
    let line = far(5e6, None);
    let (once, again) = numbers(&line);
    let newest = &once[once.len() - 204..once.len() - 4];
    let missing = newest.iter().filter(|number| !again.contains(number)).count();
    assert_eq!(missing, 0, "of the last two hundred");
    assert!(again.len() < once.len() * 11 / 10, "{} for {}", again.len(), once.len());
    assert_eq!(line.place(), 2);
    decode(&line.world.peers[0], line.world.peers[0].slot_ssrc(Kind::Video, 0));
}

#[test]
fn what_is_sent_twice_is_smaller_and_where_nothing_smaller_is_left_it_is_sent_once() {
    let line = far(2.4e6, None); // it carries the largest once
    let (once, again) = numbers(&line);
    assert_eq!(line.place(), 1);
    assert!(again.len() * 2 > once.len(), "{} of {}", again.len(), once.len());
    let line = far(2.4e6, Some(60_000)); // the smallest may be sent once
    let (once, again) = numbers(&line);
    assert_eq!(line.place(), 0);
    assert!(again.len() * 4 < once.len(), "{} of {}", again.len(), once.len());
}
