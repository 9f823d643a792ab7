//! RTP headers, by hand-made packets, sweeps and round trips.

use hoptt_wire::Ssrc;
use hoptt_wire::rtp::{FIXED_HEADER_LEN, Fields, HeaderWriter, Rtp, RtpError, Written, header_len};
use proptest::prelude::*;

const PLAIN: [u8; 12] = [0x80, 0xe0, 0x12, 0x34, 0, 0, 0, 9, 0xde, 0xad, 0xbe, 0xef];

fn packet(first: u8, rest: &[u8]) -> Vec<u8> {
    let mut bytes = PLAIN.to_vec();
    bytes[0] = first;
    bytes.extend(rest);
    bytes
}

#[test]
fn a_plain_packet_is_read() {
    let bytes = packet(0x80, b"sound");
    let rtp = Rtp::parse(&bytes).expect("well formed");
    assert!(rtp.marker());
    assert_eq!((rtp.payload_type(), rtp.sequence_number(), rtp.timestamp()), (96, 0x1234, 9));
    assert_eq!(rtp.ssrc(), Ssrc(0xdead_beef));
    assert_eq!((rtp.header_len(), rtp.payload(), rtp.padding_len()), (12, &b"sound"[..], 0));
    assert_eq!(rtp.extensions().count(), 0);
}

#[test]
fn shapes_that_contradict_themselves_are_refused() {
    for (case, bytes, error) in [
        ("empty", vec![], RtpError::TooShort),
        ("eleven bytes", PLAIN[..11].to_vec(), RtpError::TooShort),
        ("version 1", packet(0x40, &[]), RtpError::Version),
        ("a source that is not there", packet(0x81, &[0; 3]), RtpError::Csrc),
        ("an extension without header", packet(0x90, &[0xbe, 0xde, 0]), RtpError::Extension),
        ("an extension of more words", packet(0x90, &[0xbe, 0xde, 0, 2, 0, 0, 0, 0]), RtpError::Extension),
        ("no padding count", packet(0xa0, &[]), RtpError::Padding),
        ("padding of nothing", packet(0xa0, &[1, 2, 0]), RtpError::Padding),
        ("padding into the header", packet(0xa0, &[1, 2, 4]), RtpError::Padding),
    ] {
        assert_eq!(Rtp::parse(&bytes), Err(error), "{case}");
    }
}

#[test]
fn padding_is_not_payload() {
    let bytes = packet(0xa0, &[7, 7, 0, 0, 3]);
    let rtp = Rtp::parse(&bytes).expect("well formed");
    assert_eq!((rtp.payload(), rtp.padding_len()), (&[7, 7][..], 3));
    let probe = packet(0xa0, &[0, 0, 0, 4]);
    assert_eq!(Rtp::parse(&probe).expect("well formed").payload(), b"");
}

#[test]
fn both_forms_of_extensions_are_read_behind_contributing_sources() {
    // RFC 8285 §4.2 and §4.3: an element, padding, a long one; ids above 14 and empty values in the second form.
    let one = packet(0x91, &[1, 1, 1, 1, 0xbe, 0xde, 0, 3, 0x10, 0xaa, 0, 0, 0x52, 1, 2, 3, 0x30, 5, 0, 0, 9]);
    let two = packet(0x91, &[1, 1, 1, 1, 0x10, 0x05, 0, 3, 1, 1, 0xaa, 0, 200, 2, 1, 2, 3, 0, 0, 0, 9]);
    let read = |bytes: &[u8]| {
        let rtp = Rtp::parse(bytes).expect("well formed");
        assert_eq!(rtp.payload(), [9]);
        rtp.extensions().map(|(id, value)| (id, value.to_vec())).collect::<Vec<_>>()
    };
    assert_eq!(read(&one), [(1, vec![0xaa]), (5, vec![1, 2, 3]), (3, vec![5])]);
    assert_eq!(read(&two), [(1, vec![0xaa]), (200, vec![1, 2]), (3, vec![])]);
    assert_eq!(Rtp::parse(&one).expect("well formed").extension(5), Some(&[1, 2, 3][..]));
    assert_eq!(Rtp::parse(&one).expect("well formed").extension(6), None);
}

#[test]
fn an_extension_that_is_not_whole_ends_the_list() {
    for (case, block, count) in [
        ("id 15 ends everything", &[0xbe, 0xde, 0, 2, 0x10, 1, 0xf0, 9, 0x20, 1, 0, 0][..], 1),
        ("id 0 with a length ends everything", &[0xbe, 0xde, 0, 2, 0x10, 1, 0x01, 9, 0x20, 1, 0, 0], 1),
        ("an element beyond the block", &[0xbe, 0xde, 0, 1, 0x10, 1, 0x2f, 9], 1),
        ("an element beyond the block, two-byte form", &[0x10, 0, 0, 1, 1, 0, 2, 9], 1),
        ("half a header, two-byte form", &[0x10, 0, 0, 1, 1, 1, 9, 2], 1),
        ("a profile of somebody else", &[0x12, 0x34, 0, 1, 0x10, 1, 0, 0], 0),
        ("nothing but padding", &[0xbe, 0xde, 0, 1, 0, 0, 0, 0], 0),
        ("no words", &[0xbe, 0xde, 0, 0], 0),
    ] {
        let bytes = packet(0x90, block);
        assert_eq!(Rtp::parse(&bytes).expect(case).extensions().count(), count, "{case}");
    }
}

#[test]
fn a_written_header_says_where_its_transport_wide_number_lies() {
    let fields =
        Fields { marker: true, payload_type: 96, sequence_number: 7, timestamp: 8, ssrc: Ssrc(9), padding: false };
    let mut buffer = [0xff; 64];
    let mut writer = HeaderWriter::new(&mut buffer, &fields);
    assert!(writer.extension(4, b"mid"));
    assert!(writer.transport_cc(5));
    let Written { len, transport_cc_at } = writer.finish();
    assert_eq!(len, 12 + 4 + 8);
    buffer[transport_cc_at.expect("asked for")..][..2].copy_from_slice(&[0xab, 0xcd]);
    let rtp = Rtp::parse(&buffer[..len]).expect("well formed");
    assert_eq!((rtp.extension(4), rtp.extension(5)), (Some(&b"mid"[..]), Some(&[0xab, 0xcd][..])));
}

#[test]
fn what_the_one_byte_form_cannot_carry_is_left_out() {
    let fields =
        Fields { marker: false, payload_type: 0, sequence_number: 0, timestamp: 0, ssrc: Ssrc(0), padding: false };
    let mut buffer = [0; 24];
    let mut writer = HeaderWriter::new(&mut buffer, &fields);
    for (id, value) in [(0, &[1][..]), (15, &[1]), (1, &[]), (1, &[0; 17]), (1, &[0; 8])] {
        assert!(!writer.extension(id, value), "{id} {value:?}");
    }
    assert!(writer.extension(1, &[0; 7]));
    assert!(!writer.transport_cc(2), "the buffer is full");
    assert_eq!(writer.finish(), Written { len: 24, transport_cc_at: None });
}

#[test]
fn the_two_byte_form_carries_what_the_one_byte_form_cannot() {
    let fields =
        Fields { marker: true, payload_type: 45, sequence_number: 7, timestamp: 8, ssrc: Ssrc(9), padding: false };
    let mut buffer = [0xff; 400];
    let mut writer = HeaderWriter::wide(&mut buffer, &fields);
    for (id, len) in [(4, 3), (200, 17), (15, 0), (9, 255)] {
        assert!(writer.extension(id, &vec![id; len]), "{id}");
    }
    assert!(writer.transport_cc(5));
    assert!(!writer.extension(0, &[1]) && !writer.extension(1, &[0; 256]) && !writer.extension(1, &[0; 40]));
    let Written { len, transport_cc_at } = writer.finish();
    buffer[transport_cc_at.expect("asked for")..][..2].copy_from_slice(&[0xab, 0xcd]);
    let rtp = Rtp::parse(&buffer[..len]).expect("well formed");
    let found: Vec<_> = rtp.extensions().map(|(id, value)| (id, value.len())).collect();
    assert_eq!(found, [(4, 3), (200, 17), (15, 0), (9, 255), (5, 2)]);
    assert_eq!(rtp.extension(5), Some(&[0xab, 0xcd][..]));
}

#[test]
fn without_elements_there_is_no_block() {
    let fields =
        Fields { marker: false, payload_type: 111, sequence_number: 1, timestamp: 2, ssrc: Ssrc(3), padding: true };
    let mut buffer = [0; 12];
    assert_eq!(HeaderWriter::new(&mut buffer, &fields).finish(), Written { len: 12, transport_cc_at: None });
    assert_eq!(buffer[0], 0xa0);
}

#[test]
fn s16_every_first_byte_with_every_length_is_survived() {
    for first in 0..=255u8 {
        for fill in [0, 1, 0x10, 0x7f, 0xbe, 0xff] {
            for len in 0..=64 {
                let mut bytes = vec![fill; len];
                if let Some(byte) = bytes.first_mut() {
                    *byte = first;
                }
                let Ok(rtp) = Rtp::parse(&bytes) else { continue };
                assert_eq!(header_len(&bytes), Ok(rtp.header_len()));
                assert_eq!(rtp.header_len() + rtp.payload().len() + rtp.padding_len(), len);
                assert!(rtp.extensions().count() <= len);
            }
        }
    }
}

proptest! {
    #[test]
    fn s16_any_bytes_are_survived(
        mut bytes in prop::collection::vec(any::<u8>(), 0..256),
        shaped in any::<bool>(),
        form in prop::sample::select(vec![[0xbe, 0xde], [0x10, 0x00], [0x10, 0x0f]]),
    ) {
        if shaped && bytes.len() >= 20 {
            bytes[0] = 0x90 | bytes[0] & 0x20;
            bytes[12..14].copy_from_slice(&form);
            bytes[14] = 0;
        }
        if let Ok(rtp) = Rtp::parse(&bytes) {
            for (id, value) in rtp.extensions() {
                prop_assert!(id > 0 && value.len() < 256);
            }
        }
    }

    #[test]
    fn what_was_written_is_read(
        marker: bool, padding: bool, payload_type in 0..128u8, sequence_number: u16, timestamp: u32, ssrc: u32,
        elements in prop::collection::btree_map(1..15u8, prop::collection::vec(any::<u8>(), 1..=16), 0..14),
    ) {
        let fields = Fields { marker, payload_type, sequence_number, timestamp, ssrc: Ssrc(ssrc), padding };
        let mut buffer = [0xff; 256];
        let mut writer = HeaderWriter::new(&mut buffer, &fields);
        for (id, value) in &elements {
            prop_assert!(writer.extension(*id, value));
        }
        let len = writer.finish().len;
        prop_assert!(elements.is_empty() == (len == FIXED_HEADER_LEN));
        buffer[len] = 1;
        let rtp = Rtp::parse(&buffer[..=len]).expect("we wrote it");
        prop_assert_eq!(
            (rtp.marker(), rtp.payload_type(), rtp.sequence_number(), rtp.timestamp(), rtp.ssrc()),
            (marker, payload_type, sequence_number, timestamp, Ssrc(ssrc))
        );
        prop_assert_eq!(rtp.padding_len(), usize::from(padding));
        let read: Vec<_> = rtp.extensions().map(|(id, value)| (id, value.to_vec())).collect();
        prop_assert_eq!(read, elements.into_iter().collect::<Vec<_>>());
    }
}
