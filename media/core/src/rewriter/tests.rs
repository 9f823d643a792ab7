//! Single stories, and a source with loss, reordering, repetition, probes and switches against the rules themselves.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

fn packet(source: u8, seq: u64, timestamp: u32) -> SourcePacket<u8> {
    SourcePacket {
        source,
        seq,
        timestamp,
        padding_only: false,
        picture: PictureIds::default(),
        closes_picture_ids: true,
    }
}

fn probe(source: u8, seq: u64, timestamp: u32) -> SourcePacket<u8> {
    SourcePacket { padding_only: true, ..packet(source, seq, timestamp) }
}

fn with_picture(source: u8, seq: u64, picture_id: PictureId, tl0_pic_idx: u8) -> SourcePacket<u8> {
    let picture = PictureIds { picture_id: Some(picture_id), tl0_pic_idx: Some(tl0_pic_idx), frame_number: None };
    #[expect(clippy::cast_possible_truncation, reason = "small numbers of a test")]
    let timestamp = seq as u32 * 3000;
    SourcePacket { picture, ..packet(source, seq, timestamp) }
}

/// A stream that carries source 1 from its packet 1000 on.
fn begun(now: Instant) -> Rewriter<u8> {
    let mut rewriter = Rewriter::new(0xfffe, 0xffff_fff0);
    rewriter.switch(1, 90_000);
    let out = rewriter.map(&packet(1, 1000, 70_000), now).unwrap();
    assert_eq!((out.seq, out.timestamp, out.first), (0xfffe, 0xffff_fff0, true));
    rewriter
}

fn seqs(rewriter: &mut Rewriter<u8>, now: Instant, packets: &[SourcePacket<u8>]) -> Vec<Option<u16>> {
    packets.iter().map(|packet| rewriter.map(packet, now).map(|out| out.seq)).collect()
}

#[test]
fn loss_stays_visible_and_the_late_packet_fills_its_gap() {
    let now = Instant::now();
    let mut rewriter = begun(now);
    let packets = [packet(1, 1001, 70_000), packet(1, 1004, 76_000), packet(1, 1002, 73_000)];
    assert_eq!(seqs(&mut rewriter, now, &packets), [Some(0xffff), Some(2), Some(0)]);
}

#[test]
fn probes_leave_the_numbers_also_in_bursts_after_loss() {
    let now = Instant::now();
    let mut rewriter = begun(now);
    let packets = [
        probe(1, 1001, 70_000),
        probe(1, 1002, 70_000),
        packet(1, 1003, 73_000),
        probe(1, 1006, 73_000), // 1004 and 1005 are under way
        packet(1, 1007, 76_000),
        packet(1, 1004, 73_000),
        packet(1, 1005, 73_000),
    ];
    let numbers = [None, None, Some(0xffff), None, Some(2), Some(0), Some(1)];
    assert_eq!(seqs(&mut rewriter, now, &packets), numbers);
}

#[test]
fn a_late_probe_keeps_the_number_that_was_left_for_it() {
    let now = Instant::now();
    let mut rewriter = begun(now);
    let packets = [packet(1, 1002, 73_000), probe(1, 1001, 70_000), packet(1, 1003, 73_000)];
    assert_eq!(seqs(&mut rewriter, now, &packets), [Some(0), Some(0xffff), Some(1)]);
}

#[test]
fn a_dropped_probe_that_comes_again_stays_dropped() {
    let now = Instant::now();
    let mut rewriter = begun(now);
    let packets = [probe(1, 1001, 70_000), packet(1, 1002, 73_000), probe(1, 1001, 70_000), packet(1, 1001, 70_000)];
    assert_eq!(seqs(&mut rewriter, now, &packets), [None, Some(0xffff), None, None]);
}

#[test]
fn a_layer_that_is_spared_leaves_no_gap() {
    let now = Instant::now();
    let mut rewriter = begun(now);
    assert_eq!(rewriter.skip(&packet(1, 1001, 73_000)), None);
    assert_eq!(rewriter.skip(&packet(1, 1002, 73_000)), None);
    assert_eq!(rewriter.skip(&packet(2, 1003, 76_000)), None, "not the source");
    assert_eq!(rewriter.map(&packet(1, 1003, 76_000), now).unwrap().seq, 0xffff);
}

#[test]
fn a_picture_that_is_spared_leaves_the_picture_ids_too() {
    let now = Instant::now();
    let mut rewriter = Rewriter::new(0, 0);
    rewriter.switch(1, 90_000);
    let picture = |seq, id| with_picture(1, seq, PictureId::Long(id), 7);
    let ids = |out: Option<OutPacket>| out.map(|out| (out.seq, out.picture.picture_id.unwrap().value()));
    assert_eq!(ids(rewriter.map(&picture(10, 0x7ffe), now)), Some((0, 1)));
    for (seq, id) in [(11, 0x7fff), (12, 0x7fff), (13, 0)] {
        assert_eq!(rewriter.skip(&picture(seq, id)), None);
    }
    assert_eq!(ids(rewriter.map(&picture(14, 1), now)), Some((1, 2)));
    assert_eq!(ids(rewriter.map(&picture(16, 2), now)), Some((3, 3)), "15 is lost");
    let late = rewriter.skip(&picture(15, 2)).expect("its number is waited for");
    assert_eq!(late.seq, 2);
    assert_eq!(rewriter.skip(&picture(15, 2)), None, "once");
    assert_eq!(rewriter.skip(&picture(12, 0x7fff)), None, "it was left out");
    assert_eq!(ids(rewriter.map(&picture(17, 3), now)), Some((4, 4)));
}

#[test]
fn where_ids_tell_distances_a_picture_that_is_spared_keeps_its_id() {
    let now = Instant::now();
    let mut rewriter = Rewriter::new(0, 0);
    rewriter.switch(1, 90_000);
    let picture = |seq, id| SourcePacket { closes_picture_ids: false, ..with_picture(1, seq, PictureId::Long(id), 7) };
    let ids = |out: Option<OutPacket>| out.map(|out| (out.seq, out.picture.picture_id.unwrap().value()));
    assert_eq!(ids(rewriter.map(&picture(10, 100), now)), Some((0, 1)));
    assert_eq!(rewriter.skip(&picture(11, 101)), None);
    assert_eq!(ids(rewriter.map(&picture(12, 102), now)), Some((1, 3)));
}

#[test]
fn frame_numbers_go_on_over_a_switch_and_keep_their_distances() {
    let now = Instant::now();
    let mut rewriter = Rewriter::new(0, 0);
    let frame = |source, seq, timestamp, number| {
        let picture = PictureIds { frame_number: Some(number), ..PictureIds::default() };
        SourcePacket { picture, closes_picture_ids: false, ..packet(source, seq, timestamp) }
    };
    let sent = |rewriter: &mut Rewriter<u8>, packet| {
        rewriter.map(&packet, now).map(|out: OutPacket| (out.seq, out.picture.frame_number.unwrap()))
    };
    rewriter.switch(1, 90_000);
    assert_eq!(sent(&mut rewriter, frame(1, 10, 0, 0xfffe)), Some((0, 1)));
    assert_eq!(sent(&mut rewriter, frame(1, 11, 0, 0xffff)), Some((1, 2)), "another size of the same picture");
    assert_eq!(rewriter.skip(&frame(1, 12, 0, 0)), None);
    assert_eq!(sent(&mut rewriter, frame(1, 13, 3000, 1)), Some((2, 4)));
    rewriter.switch(2, 90_000);
    assert_eq!(sent(&mut rewriter, frame(2, 70, 9000, 500)), Some((3, 5)));
    assert_eq!(sent(&mut rewriter, frame(2, 71, 9000, 501)), Some((4, 6)));
}

#[test]
fn a_switch_at_a_known_time_neither_goes_back_nor_leaps() {
    for (offset, expected) in
        [(1800, 1800), (0, 1), (-3000, 1), (3000 + 44_000, 3000 + 44_000), (90_000, 3600), (-60_000, 3600)]
    {
        let start = Instant::now();
        let mut rewriter = begun(start);
        let before = 0xffff_fff0_u32;
        rewriter.switch_at(2, 90_000, before.wrapping_add_signed(offset));
        let out = rewriter.map(&packet(2, 7, 5), start + Duration::from_millis(40)).unwrap();
        assert_eq!(out.timestamp.wrapping_sub(before), expected, "{offset}");
        assert_eq!(rewriter.timestamp_of(5 + 3000), Some(out.timestamp.wrapping_add(3000)));
    }
}

#[test]
fn a_switch_goes_on_with_the_next_number_and_the_time_that_passed() {
    let start = Instant::now();
    let mut rewriter = begun(start);
    rewriter.switch(2, 90_000);
    assert_eq!(rewriter.source(), Some(2));
    assert_eq!(rewriter.map(&packet(1, 1001, 73_000), start), None, "the former source has no number any more");
    let later = start + Duration::from_millis(1234);
    let out = rewriter.map(&packet(2, 7, 5), later).unwrap();
    assert_eq!((out.seq, out.first), (0xffff, true));
    assert_eq!(out.timestamp, 0xffff_fff0_u32.wrapping_add(1230 * 90), "in whole steps of 10 ms");
    assert_eq!(rewriter.map(&packet(2, 6, 5), later), None, "from before the switch");
    assert_eq!(rewriter.clock(), Some((out.timestamp, later)));
}

#[test]
fn a_switch_at_once_moves_time_by_a_step() {
    let now = Instant::now();
    let mut rewriter = begun(now);
    rewriter.switch(2, 48_000);
    let out = rewriter.map(&packet(2, 7, 5), now).unwrap();
    assert_eq!(out.timestamp, 0xffff_fff0_u32.wrapping_add(480));
}

#[test]
fn what_a_closed_gate_held_back_does_not_look_like_loss() {
    let start = Instant::now();
    let mut rewriter = begun(start);
    rewriter.stop();
    assert_eq!(rewriter.source(), None);
    assert_eq!(rewriter.map(&packet(1, 1001, 73_000), start), None);
    rewriter.switch(1, 48_000);
    let later = start + Duration::from_secs(3);
    let out = rewriter.map(&packet(1, 1150, 214_000), later).unwrap();
    assert_eq!(out.seq, 0xffff);
    assert_eq!(out.timestamp, 0xffff_fff0_u32.wrapping_add(3 * 48_000));
    assert_eq!(rewriter.map(&packet(1, 1149, 213_040), later), None);
}

#[test]
fn a_number_of_the_past_names_its_source_and_is_written_the_same_again() {
    let now = Instant::now();
    let mut rewriter = begun(now);
    let ids = |id| PictureIds { picture_id: Some(PictureId::Long(id)), tl0_pic_idx: Some(9), frame_number: None };
    rewriter.switch(2, 90_000);
    rewriter.map(&SourcePacket { picture: ids(300), ..packet(2, 50, 1000) }, now).unwrap();
    rewriter.map(&probe(2, 51, 1000), now);
    let sent = rewriter.map(&SourcePacket { picture: ids(301), ..packet(2, 53, 4000) }, now).unwrap();
    assert_eq!(sent.seq, 1);
    let origin = rewriter.source_of(1).unwrap();
    assert_eq!((origin.source, origin.seq), (2, 53));
    assert_eq!(origin.out(4000, ids(301)), sent);
    let named = |out_seq| rewriter.source_of(out_seq).map(|origin| (origin.source, origin.seq));
    assert_eq!(named(0xfffe), Some((1, 1000)));
    assert_eq!(named(0xffff), Some((2, 50)));
    assert_eq!(named(0), Some((2, 52)), "lost before us");
    assert_eq!(named(2), None, "not given yet");
    assert_eq!(named(0xfffd), None, "from before the first");
}

#[test]
fn runs_are_forgotten_oldest_first_and_never_pile_up() {
    let now = Instant::now();
    let mut rewriter = begun(now);
    for n in 0..10_000 {
        rewriter.map(&probe(1, 1001 + 2 * n, 70_000), now);
        rewriter.map(&packet(1, 1002 + 2 * n, 73_000), now).unwrap();
        assert!(rewriter.runs.len() <= MAX_RUNS);
    }
    assert!(rewriter.runs.capacity() <= 2 * MAX_RUNS);
    assert_eq!(rewriter.map(&packet(1, 1002, 73_000), now), None, "its run is forgotten");
    assert_eq!(rewriter.late(), 0, "it was not even looked up");
}

#[test]
fn of_a_leap_only_the_newest_packets_that_are_missing_keep_a_number() {
    let now = Instant::now();
    let mut rewriter = Rewriter::new(0, 0);
    rewriter.switch(1, 90_000);
    let packets = [
        packet(1, 1000, 0),
        packet(1, 1003, 0), // two are under way
        packet(1, 21_003, 0),
        packet(1, 20_992, 0),
        packet(1, 21_004, 0),
        packet(1, 20_000, 0),
        packet(1, 1004, 0),
    ];
    let numbers = [Some(0), Some(3), Some(515), Some(504), Some(516), None, None];
    assert_eq!(seqs(&mut rewriter, now, &packets), numbers);
    assert_eq!(rewriter.source_of(514).map(|origin| origin.seq), Some(21_002), "what can be had is asked for");
}

#[test]
fn leaps_over_probes_and_spared_layers_add_up_to_one_gap() {
    for spared in [false, true] {
        let now = Instant::now();
        let mut rewriter = Rewriter::new(0, 0);
        rewriter.switch(1, 90_000);
        rewriter.map(&packet(1, 1000, 0), now).unwrap();
        for leap in 1..=17 {
            let seq = 1000 + 1940 * leap;
            let left = if spared { rewriter.skip(&packet(1, seq, 0)) } else { rewriter.map(&probe(1, seq, 0), now) };
            assert_eq!(left, None);
        }
        assert_eq!(rewriter.newest(), 511);
        rewriter.switch(2, 90_000);
        assert_eq!(rewriter.map(&packet(2, 1, 0), now).unwrap().seq, 512);
        assert!(rewriter.runs.len() <= 3, "what has no number is no run");
    }
}

#[test]
fn picture_ids_run_on_over_a_switch_in_their_width() {
    let now = Instant::now();
    let mut rewriter = Rewriter::new(0, 0);
    rewriter.switch(1, 90_000);
    let ids = |out: Option<OutPacket>| {
        let picture = out.unwrap().picture;
        (picture.picture_id.unwrap(), picture.tl0_pic_idx.unwrap())
    };
    let first = ids(rewriter.map(&with_picture(1, 1, PictureId::Long(0x7ffe), 250), now));
    assert_eq!(first, (PictureId::Long(1), 1));
    let second = ids(rewriter.map(&with_picture(1, 2, PictureId::Long(0x7fff), 251), now));
    assert_eq!(second, (PictureId::Long(2), 2));
    let fourth = ids(rewriter.map(&with_picture(1, 4, PictureId::Long(1), 253), now));
    assert_eq!(fourth, (PictureId::Long(4), 4), "the third is missing and seen to be missing");
    let third = ids(rewriter.map(&with_picture(1, 3, PictureId::Long(0), 252), now));
    assert_eq!(third, (PictureId::Long(3), 3));
    rewriter.switch(2, 90_000);
    let fifth = ids(rewriter.map(&with_picture(2, 70, PictureId::Long(9), 3), now));
    assert_eq!(fifth, (PictureId::Long(5), 5));
    rewriter.switch(3, 90_000);
    let sixth = ids(rewriter.map(&with_picture(3, 70, PictureId::Short(0x7f), 77), now));
    assert_eq!(sixth, (PictureId::Short(6), 6));
    let seventh = ids(rewriter.map(&with_picture(3, 71, PictureId::Short(0), 78), now));
    assert_eq!(seventh, (PictureId::Short(7), 7));
}

// ---- a random source against the rules -------------------------------------------------------------------------

#[derive(Clone, Copy, Debug)]
enum Fate {
    Arrives,
    ArrivesTwice,
    /// After so many later packets.
    Late(u8),
    Lost,
}

#[derive(Clone, Copy, Debug)]
struct Sent {
    padding_only: bool,
    new_frame: bool,
    fate: Fate,
    switch_before: bool,
}

fn sent() -> impl Strategy<Value = Sent> {
    let fate = prop_oneof![
        12 => Just(Fate::Arrives),
        1 => Just(Fate::ArrivesTwice),
        2 => (1..20_u8).prop_map(Fate::Late),
        2 => Just(Fate::Lost),
    ];
    (prop::bool::weighted(0.2), prop::bool::weighted(0.4), fate, prop::bool::weighted(0.02)).prop_map(
        |(padding_only, new_frame, fate, switch_before)| Sent { padding_only, new_frame, fate, switch_before },
    )
}

/// The packets of one source between two switches, in the order in which they arrive.
fn arrivals(source: u8, first_seq: u64, sent: &[Sent]) -> Vec<SourcePacket<u8>> {
    let mut frame = 0_u16;
    let mut queue: Vec<(usize, SourcePacket<u8>)> = Vec::new();
    for (at, packet) in sent.iter().enumerate() {
        if packet.new_frame && !packet.padding_only {
            frame += 1;
        }
        let id = PictureId::Long(frame.wrapping_mul(7) & 0x7fff); // any sender's ids, only increasing ones matter here
        let made = SourcePacket {
            source,
            seq: first_seq + at as u64,
            timestamp: 0xffff_0000_u32.wrapping_add(u32::from(frame) * 3000),
            padding_only: packet.padding_only,
            picture: PictureIds { picture_id: Some(id), ..PictureIds::default() },
            closes_picture_ids: true,
        };
        match packet.fate {
            Fate::Arrives => queue.push((at, made)),
            Fate::ArrivesTwice => queue.extend([(at, made), (at + 3, made)]),
            Fate::Late(by) => queue.push((at + usize::from(by), made)),
            Fate::Lost => {}
        }
    }
    queue.sort_by_key(|(at, _)| *at);
    queue.into_iter().map(|(_, packet)| packet).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_the_sources_do_the_stream_has_no_number_twice_and_no_gap_of_ours(
        first_seq in any::<u16>(),
        first_timestamp in any::<u32>(),
        all in prop::collection::vec(sent(), 1..600),
        wait_ms in 0..40_u64,
    ) {
        let mut now = Instant::now();
        let mut rewriter = Rewriter::new(first_seq, first_timestamp);
        let mut unwrapper = seq::Unwrapper::default();
        let mut used = BTreeSet::new();
        let mut next = None;
        let mut newest_time: Option<u32> = None;
        let periods = all.chunk_by(|_, packet| !packet.switch_before);
        for (period, sent) in periods.enumerate() {
            let source = u8::try_from(period % 250).unwrap();
            rewriter.switch(source, 90_000);
            let mut by_in: BTreeMap<u64, (u64, u32, u32)> = BTreeMap::new();
            let mut left_out = BTreeSet::new();
            let mut highest = 0;
            for packet in arrivals(source, (1 << 16) + 50_000 * period as u64, sent) {
                now += Duration::from_millis(wait_ms);
                let out = rewriter.map(&packet, now);
                if let Some(out) = out {
                    let number = unwrapper.unwrap(out.seq);
                    prop_assert!(used.insert(number), "{} given twice", number);
                    prop_assert_eq!(out.first, by_in.is_empty());
                    if by_in.is_empty() {
                        prop_assert!(next.is_none_or(|next| next == number), "a switch left a gap");
                        let ahead = newest_time.map(|time| out.timestamp.wrapping_sub(time).cast_signed());
                        prop_assert!(ahead.is_none_or(|ahead| ahead > 0), "time stood still at a switch");
                    }
                    by_in.insert(packet.seq, (number, packet.timestamp, out.timestamp));
                    let origin = rewriter.source_of(out.seq).unwrap();
                    prop_assert_eq!((origin.source, origin.seq), (source, packet.seq));
                    prop_assert_eq!(origin.out(packet.timestamp, packet.picture), OutPacket { first: false, ..out });
                } else if packet.padding_only && packet.seq > highest && !by_in.is_empty() {
                    left_out.insert(packet.seq);
                } else {
                    let before = by_in.first_key_value().is_none_or(|(first, _)| packet.seq < *first);
                    let again = by_in.contains_key(&packet.seq) || left_out.contains(&packet.seq);
                    prop_assert!(before || again, "{} was lost by us", packet.seq);
                }
                if !by_in.is_empty() {
                    highest = highest.max(packet.seq);
                }
            }
            // Distances are those of the source, less what it padded with; times are those of its frames.
            for ((seq, (number, time, out_time)), (seq_b, (number_b, time_b, out_time_b))) in
                by_in.iter().zip(by_in.iter().skip(1))
            {
                let padded = left_out.range(seq..seq_b).count() as u64;
                prop_assert_eq!(number_b - number, seq_b - seq - padded);
                prop_assert_eq!(out_time_b.wrapping_sub(*out_time), time_b.wrapping_sub(*time));
            }
            if let Some((seq, (number, _, out_time))) = by_in.last_key_value() {
                let beyond = highest - seq - left_out.range(seq..).count() as u64;
                next = Some(number + beyond + 1);
                newest_time = Some(*out_time);
            }
        }
    }

    #[test]
    fn wherever_a_source_leaps_no_number_is_far_ahead_of_the_newest_that_was_given(
        first_seq in any::<u16>(),
        all in prop::collection::vec((prop_oneof![1..4_u64, 400..700_u64, 1..32_768_u64], 0..4_u8, prop::bool::weighted(0.1)), 1..300),
    ) {
        let now = Instant::now();
        let mut rewriter = Rewriter::new(first_seq, 0);
        let (mut source, mut seq) = (0, 1 << 16);
        rewriter.switch(source, 90_000);
        let mut newest: Option<u64> = None;
        for (leap, what, switches) in all {
            if switches {
                source ^= 1;
                rewriter.switch(source, 90_000);
            }
            seq += leap;
            let out = match what {
                0 => rewriter.map(&probe(source, seq, 0), now),
                1 => rewriter.skip(&packet(source, seq, 0)),
                _ => Some(rewriter.map(&packet(source, seq, 0), now).expect("the newest one is given")),
            };
            let Some(out) = out else { continue };
            let number = newest.map_or(u64::from(out.seq), |newest| seq::nearest(newest + 1, out.seq));
            prop_assert!(newest.is_none_or(|newest| (newest + 1..=newest + MAX_GAP).contains(&number)), "{newest:?} {number}");
            prop_assert_eq!(rewriter.source_of(out.seq).map(|origin| origin.seq), Some(seq));
            newest = Some(number);
        }
    }
}
