//! RTCP, by hand-made packets, sweeps and round trips.

use hoptt_wire::Ssrc;
use hoptt_wire::rtcp::{
    Compound, MAX_NACKED, MAX_PACKETS, Packet, ReportBlock, RtcpError, SenderInfo, write_bye, write_fir, write_nack,
    write_pli, write_remb, write_rr, write_sdes_cname, write_sr,
};
use proptest::prelude::*;

const ME: Ssrc = Ssrc(0x0a0b_0c0d);
const THEM: Ssrc = Ssrc(0x1122_3344);

fn written(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = vec![];
    write(&mut out);
    out
}

fn only(bytes: &[u8]) -> Packet<'_> {
    let mut packets = Compound::new(bytes);
    let packet = packets.next().expect("one packet").expect("well formed");
    assert!(packets.next().is_none(), "one packet");
    packet
}

fn a_block(ssrc: u32) -> ReportBlock {
    ReportBlock {
        ssrc: Ssrc(ssrc),
        fraction_lost: 12,
        lost: -3,
        highest_sequence: 0x0001_ffff,
        jitter: 90,
        last_report: 5,
        delay: 6,
    }
}

#[test]
fn the_bytes_are_those_of_the_standards() {
    for (name, bytes, expected) in [
        ("PLI, RFC 4585 §6.3.1", written(|out| write_pli(out, ME, THEM)), "81ce0002 0a0b0c0d 11223344"),
        (
            "NACK, RFC 4585 §6.2.1",
            written(|out| write_nack(out, ME, THEM, &[0xfffe, 0xffff, 14, 15])),
            "81cd0004 0a0b0c0d 11223344 fffe8001 000f0000",
        ),
        (
            "FIR, RFC 5104 §4.3.1",
            written(|out| write_fir(out, ME, &[(THEM, 7)])),
            "84ce0004 0a0b0c0d 00000000 11223344 07000000",
        ),
        (
            "REMB, draft-alvestrand-rmcat-remb-03 §2.2",
            written(|out| write_remb(out, ME, 1_000_000, &[THEM])),
            "8fce0005 0a0b0c0d 00000000 52454d42 010bd090 11223344",
        ),
        ("BYE, RFC 3550 §6.6", written(|out| write_bye(out, &[ME, THEM])), "82cb0002 0a0b0c0d 11223344"),
        ("SDES, RFC 3550 §6.5", written(|out| write_sdes_cname(out, ME, "ab")), "81ca0003 0a0b0c0d 01026162 00000000"),
        ("RR, RFC 3550 §6.4.2", written(|out| write_rr(out, ME, &[])), "80c90001 0a0b0c0d"),
        (
            "SR, RFC 3550 §6.4.1",
            written(|out| {
                let info = SenderInfo { ntp: 0x0102_0304_0506_0708, rtp_time: 9, packets: 10, octets: 11 };
                write_sr(out, ME, &info, &[a_block(1)]);
            }),
            "81c8000c 0a0b0c0d 01020304 05060708 00000009 0000000a 0000000b \
             00000001 0cfffffd 0001ffff 0000005a 00000005 00000006",
        ),
    ] {
        let expected: Vec<_> = expected.split_whitespace().map(|word| u32::from_str_radix(word, 16)).collect();
        let words: Vec<_> = bytes.as_chunks::<4>().0.iter().map(|word| Ok(u32::from_be_bytes(*word))).collect();
        assert_eq!(words, expected, "{name}");
    }
}

#[test]
fn a_compound_is_read_packet_by_packet() {
    let bytes = written(|out| {
        write_rr(out, ME, &[a_block(1), a_block(2)]);
        write_sdes_cname(out, ME, "somebody");
        write_nack(out, ME, THEM, &[1, 2, 40]);
        write_remb(out, ME, 300_000, &[THEM, ME]);
        write_fir(out, ME, &[(THEM, 1)]);
        write_bye(out, &[THEM]);
    });
    let packets: Vec<_> = Compound::new(&bytes).map(|packet| packet.expect("well formed")).collect();
    let [
        Packet::ReceiverReport { sender, reports },
        Packet::Sdes(names),
        Packet::Nack(nack),
        Packet::Remb(remb),
        Packet::Fir(fir),
        Packet::Bye(bye),
    ] = &packets[..]
    else {
        panic!("{packets:?}")
    };
    assert_eq!((*sender, reports.clone().collect::<Vec<_>>()), (ME, vec![a_block(1), a_block(2)]));
    assert_eq!(names.clone().collect::<Vec<_>>(), [(ME, &b"somebody"[..])]);
    assert_eq!((nack.media, nack.sequence_numbers().collect::<Vec<_>>()), (THEM, vec![1, 2, 40]));
    assert_eq!((remb.bitrate_bps, remb.streams().collect::<Vec<_>>()), (300_000, vec![THEM, ME]));
    assert_eq!(fir.entries().collect::<Vec<_>>(), [(THEM, 1)]);
    assert_eq!(bye.clone().collect::<Vec<_>>(), [THEM]);
}

#[test]
fn more_than_31_reports_go_into_several_packets() {
    let blocks: Vec<_> = (0..70).map(a_block).collect();
    let bytes = written(|out| write_sr(out, ME, &SenderInfo::default(), &blocks));
    let mut read = vec![];
    for packet in Compound::new(&bytes) {
        match packet.expect("well formed") {
            Packet::SenderReport(report) => read.extend(report.reports),
            Packet::ReceiverReport { reports, .. } => read.extend(reports),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(read, blocks);
}

#[test]
fn a_packet_whose_lists_are_cut_costs_only_itself() {
    for (case, cut) in [
        ("a receiver report that says one block", &[0x81, 201, 0, 1, 0, 0, 0, 1][..]),
        ("a sender report without counts", &[0x80, 200, 0, 1, 0, 0, 0, 1]),
        ("a good-bye that says two streams", &[0x82, 203, 0, 1, 0, 0, 0, 1]),
        ("a NACK without media", &[0x81, 205, 0, 1, 0, 0, 0, 1]),
        ("feedback of times without times", &[0x8f, 205, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2]),
        ("a PLI without media", &[0x81, 206, 0, 1, 0, 0, 0, 1]),
        ("an empty FIR", &[0x84, 206, 0, 0]),
        ("an estimate without its number", &[0x8f, 206, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, b'R', b'E', b'M', b'B']),
        (
            "an estimate that says one stream",
            &[0x8f, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, b'R', b'E', b'M', b'B', 1, 0, 0, 1],
        ),
        ("padding longer than the body", &[0xa0, 201, 0, 1, 0, 0, 0, 5]),
        ("padding of nothing", &[0xa0, 201, 0, 1, 0, 0, 0, 0]),
    ] {
        let mut bytes = cut.to_vec();
        write_pli(&mut bytes, ME, THEM);
        let mut packets = Compound::new(&bytes);
        assert_eq!(packets.next().expect(case).err(), Some(RtcpError::Body), "{case}");
        assert!(matches!(packets.next(), Some(Ok(Packet::Pli { media: THEM, .. }))), "{case}");
    }
}

#[test]
fn a_broken_frame_ends_the_compound() {
    for (case, tail) in [
        ("version 1", &[0x40, 201, 0, 0][..]),
        ("three bytes", &[0x80, 201, 0]),
        ("more words than bytes", &[0x80, 201, 0, 2, 0, 0, 0, 0]),
    ] {
        let mut bytes = written(|out| write_pli(out, ME, THEM));
        bytes.extend(tail);
        let read: Vec<_> = Compound::new(&bytes).map(|packet| packet.map(|_| ())).collect();
        assert_eq!(read, [Ok(()), Err(RtcpError::Frame)], "{case}");
    }
}

#[test]
fn s17_lists_are_bounded() {
    let many = written(|out| (0..=MAX_PACKETS).for_each(|_| write_pli(out, ME, THEM)));
    let read: Vec<_> = Compound::new(&many).collect();
    assert_eq!(read.len(), MAX_PACKETS + 1);
    assert!(matches!(read.last(), Some(Err(RtcpError::TooMany))));

    let mut nack = vec![0x81, 205, 1, 0x2e, 0, 0, 0, 1, 0, 0, 0, 2];
    nack.extend([0xff; 1200]);
    let Packet::Nack(nack) = only(&nack) else { panic!("a NACK") };
    assert_eq!((nack.sequence_numbers().count(), nack.count()), (MAX_NACKED, MAX_NACKED));
}

#[test]
fn padding_at_the_end_belongs_to_no_list() {
    let bytes = [0xa1, 203, 0, 2, 0x11, 0x22, 0x33, 0x44, 0, 0, 0, 4];
    let Packet::Bye(bye) = only(&bytes) else { panic!("a good-bye") };
    assert_eq!(bye.collect::<Vec<_>>(), [THEM]);
}

#[test]
fn what_is_not_used_is_passed_over() {
    let extended_report = [0x80, 207, 0, 1, 0, 0, 0, 1];
    assert!(matches!(only(&extended_report), Packet::Other { kind: 207, .. }));
    let other_application = [0x8f, 206, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, b'G', b'O', b'O', b'G'];
    assert!(matches!(only(&other_application), Packet::Other { kind: 206, format: 15 }));
}

#[test]
fn a_description_that_is_cut_names_whom_it_can() {
    for (case, body, names) in [
        ("no end", &[0x81, 202, 0, 2, 0, 0, 0, 1, 1, 2, b'a', b'b'][..], 0),
        ("text beyond the end", &[0x81, 202, 0, 2, 0, 0, 0, 1, 1, 9, b'a', 0], 0),
        ("another item", &[0x81, 202, 0, 2, 0, 0, 0, 1, 2, 1, b'a', 0], 0),
        ("the second chunk is missing", &[0x82, 202, 0, 3, 0, 0, 0, 1, 1, 1, b'a', 0, 0, 0, 0, 2], 1),
        ("two chunks", &[0x82, 202, 0, 4, 0, 0, 0, 1, 1, 1, b'a', 0, 0, 0, 0, 2, 1, 1, b'b', 0], 2),
    ] {
        let Packet::Sdes(sdes) = only(body) else { panic!("{case}") };
        assert_eq!(sdes.count(), names, "{case}");
    }
}

#[test]
fn an_estimate_is_rounded_down_and_never_wraps() {
    for (bitrate, read) in [(0, 0), (262_143, 262_143), (262_145, 262_144), (u64::MAX, 0x3_ffff << 46)] {
        let bytes = written(|out| write_remb(out, ME, bitrate, &[]));
        let Packet::Remb(remb) = only(&bytes) else { panic!("an estimate") };
        assert_eq!(remb.bitrate_bps, read);
    }
    let huge = [0x8f, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, b'R', b'E', b'M', b'B', 0, 0xff, 0xff, 0xff];
    let Packet::Remb(remb) = only(&huge) else { panic!("an estimate") };
    assert_eq!(remb.bitrate_bps, u64::MAX);
}

/// Walks everything that can be walked.
fn walk(bytes: &[u8]) -> usize {
    let mut steps = 0;
    for packet in Compound::new(bytes) {
        steps += 1 + match packet {
            Ok(Packet::SenderReport(report)) => report.reports.count(),
            Ok(Packet::ReceiverReport { reports, .. }) => reports.count(),
            Ok(Packet::Sdes(names)) => names.count(),
            Ok(Packet::Bye(streams)) => streams.count(),
            Ok(Packet::Nack(nack)) => nack.sequence_numbers().count(),
            Ok(Packet::TransportCc(feedback)) => feedback.arrivals().count(),
            Ok(Packet::Fir(fir)) => fir.entries().count(),
            Ok(Packet::Remb(remb)) => remb.streams().count(),
            Ok(Packet::Pli { .. } | Packet::Other { .. }) | Err(_) => 0,
        };
    }
    steps
}

#[test]
fn s16_every_kind_with_every_length_is_survived() {
    for first in 0x80..=0xbfu8 {
        for kind in 192..=223u8 {
            for fill in [0, 1, 0x7f, 0xff] {
                let mut bytes = [fill; 64];
                (bytes[0], bytes[1], bytes[2]) = (first, kind, 0);
                for len in 0..=64usize {
                    bytes[3] = u8::try_from((len / 4).saturating_sub(1)).expect("below 64");
                    walk(&bytes[..len]);
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn s16_any_bytes_are_survived(
        mut bytes in prop::collection::vec(any::<u8>(), 4..400),
        kind in 200..208u8,
        format in prop::sample::select(vec![0u8, 1, 2, 4, 15, 31]),
    ) {
        bytes[0] = 0x80 | format;
        bytes[1] = kind;
        let [.., high, low] = (bytes.len() / 4 - 1).to_be_bytes();
        (bytes[2], bytes[3]) = (high, low);
        prop_assert!(walk(&bytes) <= 32 * 2049);
    }

    #[test]
    fn missing_numbers_come_back(start: u16, gaps in prop::collection::vec(1..40u16, 0..200)) {
        let mut numbers = vec![start];
        numbers.extend(gaps.iter().scan(start, |at, gap| { *at = at.wrapping_add(*gap); Some(*at) }));
        let bytes = written(|out| write_nack(out, ME, THEM, &numbers));
        let Packet::Nack(nack) = only(&bytes) else { panic!("a NACK") };
        prop_assert_eq!(nack.count(), numbers.len());
        prop_assert_eq!(nack.sequence_numbers().collect::<Vec<_>>(), numbers);
    }

    #[test]
    fn reports_come_back(
        sender: u32, ntp: u64, rtp_time: u32, packets: u32, octets: u32,
        blocks in prop::collection::vec(
            (any::<u32>(), any::<u8>(), -0x80_0000..0x80_0000i32, any::<[u32; 4]>()), 0..31),
    ) {
        let blocks: Vec<_> = blocks.into_iter().map(|(ssrc, fraction_lost, lost, rest)| ReportBlock {
            ssrc: Ssrc(ssrc), fraction_lost, lost,
            highest_sequence: rest[0], jitter: rest[1], last_report: rest[2], delay: rest[3],
        }).collect();
        let info = SenderInfo { ntp, rtp_time, packets, octets };
        let bytes = written(|out| write_sr(out, Ssrc(sender), &info, &blocks));
        let Packet::SenderReport(report) = only(&bytes) else { panic!("a report") };
        prop_assert_eq!((report.sender, report.info), (Ssrc(sender), info));
        prop_assert_eq!(report.reports.collect::<Vec<_>>(), blocks);
    }

    #[test]
    fn names_come_back(ssrc: u32, name in "[ -~]{0,255}") {
        let bytes = written(|out| write_sdes_cname(out, Ssrc(ssrc), &name));
        let Packet::Sdes(mut names) = only(&bytes) else { panic!("names") };
        prop_assert_eq!(names.next(), Some((Ssrc(ssrc), name.as_bytes())));
    }
}
