//! Transport-wide feedback, by a hand-made packet and round trips.

use hoptt_wire::Ssrc;
use hoptt_wire::rtcp::{
    Compound, MAX_STATUSES_READ, MAX_STATUSES_WRITTEN, Packet, TransportCc, TransportCcHeader, write_transport_cc,
};
use proptest::prelude::*;

const HEADER: TransportCcHeader =
    TransportCcHeader { sender: Ssrc(1), media: Ssrc(2), base: 0xfffe, feedback_count: 3 };

fn read(bytes: &[u8]) -> TransportCc<'_> {
    match Compound::new(bytes).next() {
        Some(Ok(Packet::TransportCc(feedback))) => feedback,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_bytes_are_those_of_the_draft() {
    let mut out = vec![];
    // Two close together, one lost, one late by a second: 1 s = 4,000 ticks, 16 ms into the reference of 64 ms.
    let arrivals = [Some(0x1_0140), Some(0x1_0141), None, Some(0x1_0141 + 4_000)];
    assert_eq!(write_transport_cc(&mut out, &HEADER, &arrivals), 4);
    let expected = [
        0x8f,
        205,
        0,
        6,
        0,
        0,
        0,
        1,
        0,
        0,
        0,
        2,
        0xff,
        0xfe,
        0,
        4,
        0,
        1,
        1,
        3, // header, reference 0x101, count 3
        0b1101_0100,
        0b1000_0000, // seven symbols of two bits: small, small, lost, large
        0x40,
        1,
        0x0f,
        0xa0,
        0,
        0,
    ];
    assert_eq!(out, expected);
    let feedback = read(&out);
    assert_eq!((feedback.header, feedback.reference_time), (HEADER, 0x101));
    let arrivals: Vec<_> = feedback.arrivals().collect();
    assert_eq!(arrivals, [(0xfffe, Some(0x1_0140)), (0xffff, Some(0x1_0141)), (0, None), (1, Some(0x1_0141 + 4_000))]);
}

#[test]
fn a_run_takes_one_chunk() {
    let mut out = vec![];
    let arrivals: Vec<_> = (0..300).map(|at| Some(at * 4)).collect();
    assert_eq!(write_transport_cc(&mut out, &HEADER, &arrivals), 300);
    assert_eq!(&out[20..22], [0x21, 0x2c], "300 small ones");
    assert_eq!(out.len(), 22 + 300 + 2);
}

#[test]
fn nothing_is_written_when_nothing_arrived() {
    let mut out = vec![];
    assert_eq!(write_transport_cc(&mut out, &HEADER, &[]), 0);
    assert_eq!(write_transport_cc(&mut out, &HEADER, &[None; 3]), 0);
    assert_eq!(out, []);
}

#[test]
fn what_no_difference_reaches_is_left_for_the_next_packet() {
    let mut out = vec![];
    assert_eq!(write_transport_cc(&mut out, &HEADER, &[Some(0), None, Some(0x8000)]), 2);
    assert_eq!(write_transport_cc(&mut out, &HEADER, &[Some(0), Some(0x7fff)]), 2);
    assert_eq!(write_transport_cc(&mut out, &HEADER, &[Some(5); MAX_STATUSES_WRITTEN + 1]), MAX_STATUSES_WRITTEN);
}

#[test]
fn s17_a_packet_at_its_limit_fits_a_datagram() {
    let mut out = vec![];
    let worst: Vec<_> = (0..1000u64).map(|at| Some(at * 300)).collect();
    assert_eq!(write_transport_cc(&mut out, &HEADER, &worst), MAX_STATUSES_WRITTEN);
    let mixed: Vec<_> = (0..1000u64).map(|at| Some((at + at % 2) * 300)).collect();
    let mut other = vec![];
    assert_eq!(write_transport_cc(&mut other, &HEADER, &mixed), MAX_STATUSES_WRITTEN);
    assert!(out.len() <= 1000 && other.len() <= 1000, "{} {}", out.len(), other.len());
}

#[test]
fn s17_statuses_are_bounded_and_end_with_their_chunks() {
    let feedback = |count: u16, tail: &[u8]| {
        let mut bytes = vec![0x8f, 205, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0];
        bytes.extend(count.to_be_bytes());
        bytes.extend([0, 0, 1, 3]);
        bytes.extend(tail);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes[3] = u8::try_from(bytes.len() / 4 - 1).expect("short");
        bytes
    };
    for (case, count, tail, statuses) in [
        ("eight runs of 8,191 lost ones", u16::MAX, &[0x1f, 0xff, 0x1f, 0xff, 0x1f, 0xff][..], MAX_STATUSES_READ),
        ("chunks end", 100, &[0x80, 0, 0x80, 0], 28),
        ("times end", 100, &[0x20, 100, 1, 2], 2),
        ("a reserved symbol", 7, &[0xdc, 0, 1, 1], 1),
        ("empty runs", 5, &[0, 0, 0, 0, 0x80, 0], 5),
        ("no status", 0, &[0x20, 100], 0),
    ] {
        assert_eq!(read(&feedback(count, tail)).arrivals().count(), statuses, "{case}");
    }
}

#[test]
fn a_reference_time_may_be_negative() {
    let bytes = [0x8f, 205, 0, 5, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0, 0x20, 1, 7, 0];
    let feedback = read(&bytes);
    assert_eq!(feedback.reference_time, -1);
    assert_eq!(feedback.arrivals().collect::<Vec<_>>(), [(0, Some(7 - 256))]);
}

proptest! {
    #[test]
    fn arrivals_come_back(
        base: u16, feedback_count: u8, start in 0..0x7fff_ff00u64,
        steps in prop::collection::vec(prop::option::weighted(0.8, prop_oneof![0..40i64, -500..500i64, -30_000..30_000i64]), 1..500),
    ) {
        let mut at = start.cast_signed() + 0x1_0000_0000;
        let arrivals: Vec<_> = steps.iter().map(|step| step.map(|step| { at += step; at.cast_unsigned() })).collect();
        let header = TransportCcHeader { base, feedback_count, ..HEADER };
        let mut out = vec![];
        let count = write_transport_cc(&mut out, &header, &arrivals);
        prop_assert!(count == 0 || count == arrivals.len().min(MAX_STATUSES_WRITTEN));
        if count > 0 {
            let feedback = read(&out);
            prop_assert_eq!(feedback.header, header);
            let read: Vec<_> = feedback.arrivals().collect();
            prop_assert_eq!(read.len(), count);
            // 24 bits of reference: compare differences.
            let (first_written, first_read) = (arrivals.iter().flatten().next(), read.iter().find_map(|(_, at)| *at));
            let shift = first_written.expect("count > 0").cast_signed() - first_read.expect("count > 0");
            prop_assert_eq!(shift % (1 << 32), 0);
            for (at, (number, arrival)) in read.iter().enumerate() {
                prop_assert_eq!(*number, base.wrapping_add(u16::try_from(at).expect("short")));
                prop_assert_eq!(arrival.map(|ticks| (ticks + shift).cast_unsigned()), arrivals[at]);
            }
        }
    }
}
