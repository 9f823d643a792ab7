use hoptt_wire::rtp::{Fields, HeaderWriter};

use super::*;
use crate::vp8::Place;

const SSRC: Ssrc = Ssrc(7);

/// A stream of frames of three packets; each test bends one.
struct Bench {
    filler: Filler,
    checker: Checker,
    tally: Tally,
}

#[derive(Clone, Copy)]
struct Packet {
    seq: u64,
    timestamp: u32,
    mark: Mark,
    key: bool,
    marker: bool,
}

fn packet(index: u32) -> Packet {
    let (frame, position) = (index / 3, u8::try_from(index % 3).unwrap());
    let mark = Mark { track: 1, position, count: 3, index, frame, sent_ns: u64::from(index) };
    Packet { seq: 70_000 + u64::from(index), timestamp: frame * 3_000, mark, key: frame == 0, marker: position == 2 }
}

impl Bench {
    fn new() -> Self {
        Self { filler: Filler::new(1), checker: Checker::default(), tally: Tally::default() }
    }

    fn take(&mut self, one: Packet) {
        self.take_changed(one, |_| {});
    }

    fn take_changed(&mut self, one: Packet, change: impl FnOnce(&mut [u8])) {
        let mut buffer = [0; 400];
        let fields = Fields {
            marker: one.marker,
            payload_type: 96,
            sequence_number: 0,
            timestamp: one.timestamp,
            ssrc: SSRC,
            padding: false,
        };
        let header = HeaderWriter::new(&mut buffer, &fields).finish().len;
        let place = Place {
            first: one.mark.position == 0,
            key: one.key.then_some((640, 360)),
            picture_id: 1,
            tl0_pic_idx: None,
        };
        let begins = header + vp8::write(&mut buffer[header..], &place);
        self.filler.write(&mut buffer[begins..], &one.mark);
        change(&mut buffer[begins..]);
        let parsed = Rtp::parse(&buffer).unwrap();
        self.checker.handle_packet(1_000_000, &parsed, Kind::Video, one.seq, &self.filler, &mut self.tally);
    }
}

#[test]
fn whole_frames_in_order_are_no_fault() {
    let mut bench = Bench::new();
    (0..30).map(packet).for_each(|one| bench.take(one));
    let checked = bench.tally.checked;
    assert_eq!((checked.frames, checked.key_frames, checked.broken_frames, checked.faults()), (10, 1, 0, 0));
    assert_eq!(bench.tally.video_latency.count(), 30);
    assert!(!bench.checker.waits_for_key_frame(SSRC));
}

#[test]
fn a_frame_with_a_hole_is_broken_and_no_fault() {
    let mut bench = Bench::new();
    (0..30).filter(|index| *index != 13).map(packet).for_each(|one| bench.take(one));
    let checked = bench.tally.checked;
    assert_eq!((checked.frames, checked.broken_frames, checked.faults(), checked.left_out), (9, 1, 0, 0));
}

#[test]
fn without_a_key_frame_nothing_can_be_shown() {
    let mut bench = Bench::new();
    (3..12).map(packet).for_each(|one| bench.take(one));
    assert!(bench.checker.waits_for_key_frame(SSRC));
}

#[test]
fn each_kind_of_damage_is_seen() {
    type Bend = fn(&mut Packet);
    type Count = fn(&Tally) -> u64;
    let cases: [(&str, Bend, Count); 5] = [
        ("numbers that jump while the marks do not", |one| one.seq += 1, |tally| tally.checked.wrong_order),
        ("a marker in the middle", |one| one.marker = true, |tally| tally.checked.wrong_order),
        ("another time within a frame", |one| one.timestamp += 1, |tally| tally.checked.wrong_time),
        ("sent after it arrived", |one| one.mark.sent_ns = 2_000_000, |tally| tally.checked.wrong_time),
        ("numbers that stay while the marks jump", |one| one.seq -= 1, |tally| tally.checked.wrong_order),
    ];
    for (case, bend, fault) in cases {
        let mut bench = Bench::new();
        for index in 0..=16 {
            let mut one = packet(index);
            if index == 16 {
                bend(&mut one);
            }
            assert_eq!(fault(&bench.tally), 0, "{case} too early");
            bench.take(one);
        }
        assert_eq!(fault(&bench.tally), 1, "{case}");
    }
}

#[test]
fn a_changed_byte_is_wrong_content() {
    let mut bench = Bench::new();
    bench.take(packet(0));
    bench.take_changed(packet(1), |content| content[100] ^= 1);
    assert_eq!((bench.tally.checked.wrong_content, bench.tally.checked.faults()), (1, 1));
}

#[test]
fn a_late_packet_with_its_right_number_is_no_fault() {
    let mut bench = Bench::new();
    for index in [0, 1, 2, 4, 3, 5] {
        bench.take(packet(index));
    }
    assert_eq!(bench.tally.checked.faults(), 0, "{:?}", bench.tally.checked);
}

#[test]
fn only_with_a_key_frame_may_a_picture_go_back() {
    for (first, begun_again, faults) in [(0, 1, 0), (3, 0, 2)] {
        let mut bench = Bench::new();
        (0..6).map(packet).for_each(|one| bench.take(one));
        for index in first..first + 3 {
            let one = packet(index);
            let seq = packet(6 + index - first).seq;
            bench.take(Packet { seq, timestamp: one.timestamp + 9_000, ..one });
        }
        let checked = bench.tally.checked;
        assert_eq!((checked.begun_again, checked.wrong_order + checked.wrong_time), (begun_again, faults), "{first}");
    }
}

#[test]
fn a_stream_that_pauses_without_a_gap_is_told_apart_from_a_fault() {
    let mut bench = Bench::new();
    (0..6).map(packet).for_each(|one| bench.take(one));
    for index in 12..18 {
        let one = packet(index);
        bench.take(Packet { seq: one.seq - 6, ..one });
    }
    assert_eq!((bench.tally.checked.left_out, bench.tally.checked.faults()), (1, 0));
}

#[test]
fn another_size_is_there_when_its_key_frame_is_whole() {
    let mut bench = Bench::new();
    (0..6).map(packet).for_each(|one| bench.take(one));
    bench.checker.awaits(2, 400_000, &mut bench.tally);
    (6..9).map(packet).for_each(|one| bench.take(one));
    for index in 9..12 {
        assert_eq!((bench.tally.switch.count(), bench.tally.unswitched), (0, 0), "before packet {index}");
        let one = packet(index);
        bench.take(Packet { mark: Mark { track: 2, ..one.mark }, key: true, ..one });
    }
    let found = bench.tally.switch.percentiles();
    assert_eq!((found.count, found.max_ms), (1, 0.6));
    for track in [1, 2, 1] {
        bench.checker.awaits(track, 500_000, &mut bench.tally);
    }
    assert_eq!(bench.tally.unswitched, 2, "the last one may still come");
}
