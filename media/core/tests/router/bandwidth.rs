//! What subscribers tell of arrivals, what is believed of their lines, and what they get.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use hoptt_core::control::{Event, Kind};
use hoptt_core::router::Count;
use hoptt_core::twcc::ArrivalLog;
use hoptt_wire::rtcp::{Compound, Packet, TransportCcHeader, write_nack, write_transport_cc};
use hoptt_wire::rtp::Rtp;
use hoptt_wire::{Ssrc, ext, rtx};

use crate::support::{Camera, Got, Mark, TRANSPORT_CC, World, decode};

/// A viewer's reports about what it got; `read` says how far it has looked.
pub struct Told {
    log: ArrivalLog,
    read: usize,
    /// One packet in so many did not come.
    pub lost: Option<usize>,
}

impl Told {
    pub fn new(world: &World) -> Self {
        Self { log: ArrivalLog::new(world.now), read: 0, lost: None }
    }

    /// Reports when it is time to.
    pub fn report(&mut self, world: &mut World, viewer: usize) {
        let got = &world.peers[viewer].got;
        for (place, packet) in got.iter().enumerate().skip(self.read) {
            if self.lost.is_some_and(|each| place % each == 0) {
                continue;
            }
            let number = packet.rtp().extension(TRANSPORT_CC).and_then(ext::transport_cc);
            self.log.handle_packet(number.expect("all packets to it are numbered"), packet.at);
        }
        self.read = got.len();
        let mut out = Vec::new();
        if self.log.poll_feedback(world.now, Ssrc(1), Ssrc(2), &mut out) {
            world.send_rtcp(viewer, out);
        }
    }
}

fn estimate(world: &mut World, viewer: usize) -> Option<u32> {
    let now = world.now;
    let lines = world.router.line_stats(now);
    let transport = &world.peers[viewer].transport;
    lines.into_iter().find(|line| line.transport == *transport).expect("it is there").estimate_bps
}

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

/// A viewer of a camera with three encodings (150, 500 and 1,500 kbit/s), on a line of so many bit/s and 50 ms each way.
struct Line {
    world: World,
    camera: Camera,
    told: Told,
    bps: f64,
    /// Of packets, and of reports back.
    way: Duration,
    free_at: Instant,
    reports: VecDeque<(Instant, Vec<u8>)>,
    /// It reports nothing.
    is_deaf: bool,
    ms: u64,
    /// Packets of each frame of the largest encoding.
    largest: u8,
    /// A key frame is made so many frames after it was asked for.
    key_after: usize,
    asked: VecDeque<Vec<u32>>,
    /// Three frames after any key frame was asked for one of the largest encoding is made, too: browsers make one of each
    /// when an encoding begins anew.
    makes_largest: bool,
    /// The places of which key frames were made, and when.
    keyframes: Vec<(usize, Instant)>,
    /// What would wait for longer is lost.
    queue: Duration,
    /// The viewer asks for these again every 100 ms until they are there.
    misses: Vec<u16>,
    /// When what it asked for is there.
    again: Vec<(Instant, u16)>,
}

/// Of each packet a line carries its tag, and headers of UDP and IPv4.
const BESIDE: usize = 16 + 28;
const WAY: Duration = Duration::from_millis(50);

impl Line {
    fn new(bps: f64) -> Self {
        let mut world = World::on_lines(1);
        let mut camera = world.join_layered("cam");
        world.film_layers(&mut camera, 0, [true; 3]);
        world.watch_in(0, camera.peer, (1280, 720));
        let (told, free_at) = (Told::new(&world), world.now);
        Self {
            world,
            camera,
            told,
            bps,
            way: WAY,
            free_at,
            reports: VecDeque::new(),
            is_deaf: false,
            ms: 20,
            largest: 3,
            key_after: 0,
            asked: VecDeque::new(),
            makes_largest: false,
            keyframes: vec![],
            queue: Duration::MAX,
            misses: vec![],
            again: vec![],
        }
    }

    /// Films 50 frames a second for so long. Each encoding makes a key frame when it is asked to.
    fn film(&mut self, seconds: u64) {
        self.frames(seconds * 50);
    }

    fn frames(&mut self, count: u64) {
        for _ in 0..count {
            let asked = std::mem::take(&mut self.world.peers[self.camera.peer].reports);
            let asked: Vec<u32> = asked
                .iter()
                .flat_map(|report| Compound::new(report))
                .filter_map(|packet| if let Ok(Packet::Pli { media, .. }) = packet { Some(media.0) } else { None })
                .collect();
            self.asked.push_back(asked);
            let mut asked = vec![];
            while self.asked.len() > self.key_after {
                asked.extend(self.asked.pop_front().into_iter().flatten());
            }
            let is_made = self.makes_largest && self.asked.iter().nth_back(2).is_some_and(|asked| !asked.is_empty());
            let sizes = [(1, 300), (1, 1_150), (self.largest, 1_150)];
            for (place, (packets, filler)) in sizes.into_iter().enumerate() {
                let keyframe = asked.contains(&self.camera.ssrc(place)) || is_made && place == 2;
                self.keyframes.extend(keyframe.then_some((place, self.world.now)));
                let mut frame = self.camera.frame(place, self.ms, packets, keyframe);
                for out in &mut frame {
                    let mark = out.payload.len() - 10;
                    out.payload.splice(mark..mark, vec![0; filler]);
                }
                self.world.send_all(self.camera.peer, &frame);
            }
            let now = self.world.now;
            self.misses.retain(|number| !self.again.iter().any(|(at, of)| of == number && *at <= now));
            if !self.misses.is_empty() && self.ms.is_multiple_of(100) {
                let mut nack = vec![];
                let slot = self.world.peers[0].slot_ssrc(Kind::Video, 0);
                write_nack(&mut nack, Ssrc(1), Ssrc(slot), &self.misses);
                self.world.send_rtcp(0, nack);
            }
            for _ in 0..20 {
                self.world.advance(1);
                self.carry();
            }
            self.ms += 20;
        }
    }

    /// Makes a key frame of so many packets.
    fn burst(&mut self, place: usize, packets: u8) {
        let mut frame = self.camera.frame(place, self.ms, packets, true);
        for out in &mut frame {
            let mark = out.payload.len() - 10;
            out.payload.splice(mark..mark, vec![0; 1_100]);
        }
        self.world.send_all(self.camera.peer, &frame);
    }

    fn carry(&mut self) {
        let got = &self.world.peers[0].got;
        for (place, packet) in got.iter().enumerate().skip(self.told.read) {
            let bits = f64::from(u32::try_from(packet.bytes.len() + BESIDE).unwrap()) * 8.0;
            if self.free_at.saturating_duration_since(packet.at) > self.queue {
                continue;
            }
            self.free_at = self.free_at.max(packet.at) + Duration::from_secs_f64(bits / self.bps);
            if self.told.lost.is_some_and(|each| place % each == 0) {
                continue;
            }
            let rtp = packet.rtp();
            if rtp.ssrc() == Ssrc(self.world.peers[0].slot_rtx(0)) {
                self.again.extend(rtx::read(rtp.payload()).map(|(of, _)| (self.free_at + self.way, of)));
            }
            let number = rtp.extension(TRANSPORT_CC).and_then(ext::transport_cc).expect("numbered");
            self.told.log.handle_packet(number, self.free_at + self.way);
        }
        self.told.read = got.len();
        let mut out = Vec::new();
        if self.told.log.poll_feedback(self.world.now, Ssrc(1), Ssrc(2), &mut out) && !self.is_deaf {
            self.reports.push_back((self.world.now + self.way, out));
        }
        while self.reports.front().is_some_and(|(at, _)| *at <= self.world.now) {
            let (_, report) = self.reports.pop_front().unwrap();
            self.world.send_rtcp(0, report);
        }
    }

    /// The encoding that the viewer got last.
    fn place(&self) -> u8 {
        let slot = self.world.peers[0].slot_ssrc(Kind::Video, 0);
        Mark::read(self.world.peers[0].stream(slot).last().expect("a packet").payload()).place
    }
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
fn when_a_line_falls_the_smaller_picture_does_not_wait_for_what_is_left_of_the_larger_one() {
    let mut line = Line::new(5e6);
    line.largest = 8;
    line.film(6);
    assert_eq!(line.place(), 2);
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
fn when_a_line_falls_the_smaller_picture_does_not_wait_for_a_key_frame_of_the_larger_one() {
    let mut line = Line::new(5e6);
    line.largest = 8;
    line.film(6);
    assert_eq!(line.place(), 2);
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

/// How many packets a viewer gets again of the last thirty of its picture, all of which it misses.
fn repaired(line: &mut Line, meanwhile: impl FnOnce(&mut Line)) -> usize {
    let (slot, repairs) = (line.world.peers[0].slot_ssrc(Kind::Video, 0), line.world.peers[0].slot_rtx(0));
    let numbers: Vec<u16> = line.world.peers[0].stream(slot).iter().map(Rtp::sequence_number).collect();
    meanwhile(line);
    line.misses = numbers[numbers.len() - 30..].to_vec();
    let before = line.world.peers[0].stream(repairs).len();
    line.film(2);
    line.world.peers[0].stream(repairs).len() - before
}

#[test]
fn what_waits_on_a_narrow_line_to_be_sent_again_does_not_wait_twice() {
    let mut line = Line::new(0.5e6);
    line.film(6);
    let again = repaired(&mut line, |_| ());
    assert!(line.misses.len() <= 1 && again <= 36, "{again}, and {:?} are missing", line.misses);
}

#[test]
fn where_packets_are_lost_each_repair_leaves_once_more() {
    for (lost, times) in [(None, 30..=36), (Some(10), 60..=72)] {
        let mut line = Line::new(5e6);
        line.told.lost = lost;
        line.film(12);
        let again = repaired(&mut line, |_| ());
        assert!(times.contains(&again), "of thirty {again} were sent again where one in {lost:?} is lost");
    }
}

#[test]
fn when_a_line_falls_what_the_larger_picture_lost_does_not_keep_the_smaller_one_waiting() {
    let mut line = Line::new(5e6);
    (line.largest, line.key_after) = (8, 6);
    line.film(6);
    assert_eq!(line.place(), 2);
    (line.bps, line.queue) = (0.5e6, Duration::from_millis(300));
    let again = repaired(&mut line, |line| line.frames(25)); // it is known then that the line carries less
    assert!(line.place() < 2 && again <= 12, "sent again were {again}");
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
    assert!(again.len() * 20 < once.len(), "{} of {}", again.len(), once.len());
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
fn what_a_picture_comes_to_cost_is_found_out_of_its_line() {
    let mut line = Line::new(10e6);
    line.film(6);
    line.largest = 4;
    line.film(6);
    let known = estimate(&mut line.world, 0).expect("something is known");
    assert!(known > 2_200_000, "{known} is little more than what arrives, about 1.9 Mbit/s");
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
