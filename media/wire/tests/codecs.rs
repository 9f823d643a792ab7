//! Codec descriptors, by hand-made payloads and sweeps.

use std::hint::black_box;

use hoptt_wire::vp8::PictureId;
use hoptt_wire::{av1, h264, opus, vp8, vp9};
use proptest::prelude::*;

fn short(number: u16) -> PictureId {
    PictureId { number, is_long: false }
}

fn long(number: u16) -> PictureId {
    PictureId { number, is_long: true }
}

#[test]
fn vp8_descriptors_are_read() {
    // Payload; length, picture id, lowest layer's number, layer, sync, key frame start.
    for (case, payload, expected) in [
        ("shortest, key frame", &[0x10, 0x00][..], (1, None, None, None, false, true)),
        ("shortest, other frame", &[0x10, 0x01], (1, None, None, None, false, false)),
        ("a later packet of a key frame", &[0x00, 0x00], (1, None, None, None, false, false)),
        ("a later partition", &[0x11, 0x00], (1, None, None, None, false, false)),
        ("extension without fields", &[0x90, 0x00, 0x00], (2, None, None, None, false, true)),
        ("7 bits of picture id", &[0x90, 0x80, 0x7f, 0x00], (3, Some(short(0x7f)), None, None, false, true)),
        ("15 bits of picture id", &[0x90, 0x80, 0x81, 0x02, 0x01], (4, Some(long(0x102)), None, None, false, false)),
        (
            "as browsers send it",
            &[0x90, 0xe0, 0xff, 0xfe, 0x07, 0x60, 0x01],
            (6, Some(long(0x7ffe)), Some(7), Some(1), true, false),
        ),
        ("key index alone", &[0x90, 0x10, 0xe0, 0x00], (3, None, None, None, false, true)),
        ("everything", &[0x90, 0xf0, 0x05, 0x07, 0x80, 0x00], (5, Some(short(5)), Some(7), Some(2), false, true)),
    ] {
        let found = vp8::Descriptor::parse(payload).expect(case);
        let read =
            (found.len, found.picture_id, found.tl0_pic_idx, found.tid, found.layer_sync, found.is_keyframe_start());
        assert_eq!(read, expected, "{case}");
    }
}

#[test]
fn vp9_descriptors_are_read() {
    // Payload; length, picture id, layers (temporal, spatial, switching up, inter-layer), lowest layer's number, start.
    for (case, payload, expected) in [
        ("shortest, key frame", &[0x08, 0][..], (1, None, None, None, true)),
        ("shortest, other frame", &[0x48, 0], (1, None, None, None, false)),
        ("a later packet of a key frame", &[0x04, 0], (1, None, None, None, false)),
        ("15 bits of picture id", &[0x88, 0x81, 0x02, 0], (3, Some(long(0x102)), None, None, true)),
        (
            "layers with the lowest layer's number",
            &[0xa8, 0x05, 0b0101_0010, 9, 0],
            (4, Some(short(5)), Some((2, 1, true, false)), Some(9), false),
        ),
        (
            "the lowest spatial layer of a key picture",
            &[0xa8, 0x05, 0b0000_0000, 9, 0],
            (4, Some(short(5)), Some((0, 0, false, false)), Some(9), true),
        ),
        (
            "flexible, two references",
            &[0xf8, 0x05, 0b0000_0001, 0x03, 0x02, 0],
            (5, Some(short(5)), Some((0, 0, false, true)), None, false),
        ),
        (
            "a structure: two layers with sizes, two pictures with one and two references",
            &[0x0a, 0b0011_1000, 1, 0, 1, 0, 2, 0, 2, 0, 2, 0b0000_0100, 1, 0b0010_1000, 1, 2, 0],
            (16, None, None, None, true),
        ),
    ] {
        let found = vp9::Descriptor::parse(payload).expect(case);
        let layers = found.layers.map(|at| (at.tid, at.sid, at.switching_up, at.inter_layer));
        let read = (found.len, found.picture_id, layers, found.tl0_pic_idx, found.is_keyframe_start());
        assert_eq!(read, expected, "{case}");
    }
}

#[test]
fn a_descriptor_that_is_cut_is_none() {
    for whole in [&[0x90, 0xf0, 0x85, 0x01, 0x07, 0x80, 0x00][..], &[0x10, 0]] {
        assert!(vp8::Descriptor::parse(whole).is_some());
        for len in 0..whole.len() {
            assert_eq!(vp8::Descriptor::parse(&whole[..len]), None, "{len} of {whole:?}");
        }
    }
    for whole in [
        &[0xa8, 0x85, 0x01, 0x00, 9, 0][..],
        &[0xf8, 0x05, 0x01, 0x03, 0x02, 0],
        &[0x0a, 0b0011_1000, 1, 0, 1, 0, 2, 0, 2, 0, 2, 0b0000_0100, 1, 0b0010_1000, 1, 2, 0],
    ] {
        assert!(vp9::Descriptor::parse(whole).is_some());
        for len in 0..whole.len() {
            assert_eq!(vp9::Descriptor::parse(&whole[..len]), None, "{len} of {whole:?}");
        }
    }
    assert_eq!(vp9::Descriptor::parse(&[0xd0, 1, 3, 3, 3, 3, 0]), None, "a fourth reference");
}

#[test]
fn numbers_are_changed_in_place_in_their_width() {
    let mut payload = [0x90, 0xe0, 0xff, 0xfe, 0x07, 0x60, 0x01];
    let descriptor = vp8::Descriptor::parse(&payload).expect("well formed");
    descriptor.set_picture_id(&mut payload, 0x8123);
    descriptor.set_tl0_pic_idx(&mut payload, 200);
    assert_eq!(payload, [0x90, 0xe0, 0x81, 0x23, 200, 0x60, 0x01]);

    let mut payload = [0xa8, 0x05, 0x00, 9, 0];
    let descriptor = vp9::Descriptor::parse(&payload).expect("well formed");
    descriptor.set_picture_id(&mut payload, 0x1ff);
    descriptor.set_tl0_pic_idx(&mut payload, 10);
    assert_eq!(payload, [0xa8, 0x7f, 0x00, 10, 0]);

    let mut payload = [0x10, 0x00];
    let descriptor = vp8::Descriptor::parse(&payload).expect("well formed");
    descriptor.set_picture_id(&mut payload, 5);
    descriptor.set_tl0_pic_idx(&mut payload, 5);
    assert_eq!(payload, [0x10, 0x00]);
}

#[test]
fn h264_key_frames_begin_with_their_parameters() {
    for (case, payload, expected) in [
        ("empty", &[][..], false),
        ("parameters alone", &[0x67, 1, 2], true),
        ("picture parameters alone", &[0x68, 1], false),
        ("an IDR picture without parameters", &[0x65, 1], false),
        ("another picture", &[0x41, 1], false),
        ("together", &[0x78, 0, 2, 0x67, 1, 0, 1, 0x68, 0, 2, 0x65, 1], true),
        ("together, parameters second", &[0x78, 0, 1, 0x09, 0, 2, 0x67, 1], true),
        ("together, without", &[0x78, 0, 1, 0x68, 0, 1, 0x41], false),
        ("together, cut", &[0x78, 0, 9, 0x67], false),
        ("together, an empty unit", &[0x78, 0, 0, 0, 1, 0x67], false),
        ("the first fragment", &[0x7c, 0x87, 1], true),
        ("a later fragment", &[0x7c, 0x07, 1], false),
        ("the first fragment of another", &[0x7c, 0x85, 1], false),
        ("a fragment without header", &[0x7c], false),
    ] {
        assert_eq!(h264::is_keyframe_start(payload), expected, "{case}");
    }
}

#[test]
fn av1_key_frames_begin_with_a_sequence_header() {
    for (case, payload, expected) in [
        ("empty", &[][..], false),
        ("nothing behind the header", &[0x18], false),
        ("one element, sequence header", &[0x10, 0x08, 1], true),
        ("one element, frame", &[0x10, 0x30, 1], false),
        ("says so", &[0x18, 0x30, 1], true),
        ("says so, yet continues", &[0x98, 0x30, 1], false),
        ("two elements, delimiter first", &[0x20, 1, 0x10, 0x08, 1], true),
        ("lengths for all", &[0x00, 1, 0x10, 2, 0x0a, 0, 1, 0x30], true),
        ("the rest of a unit that looks like one", &[0x90, 0x08, 1], false),
        ("a rest, then a sequence header", &[0xa0, 2, 0x30, 1, 0x08], true),
        ("a length beyond the end", &[0x20, 9, 0x08], false),
        ("a length without end", &[0x00, 0xff, 0xff, 0xff, 0xff], false),
    ] {
        assert_eq!(av1::is_keyframe_start(payload), expected, "{case}");
    }
}

/// Bits as bytes, the last one filled with zeros.
fn bits(text: &str) -> Vec<u8> {
    let bits: Vec<u8> = text.bytes().filter(|byte| matches!(byte, b'0' | b'1')).map(|byte| byte - b'0').collect();
    bits.chunks(8)
        .map(|byte| byte.iter().rev().enumerate().fold(0, |all, (at, bit)| all | bit << (8 - byte.len() + at)))
        .collect()
}

#[test]
fn av1_sequence_headers_tell_the_size() {
    let [zeros_8, zeros_12, zeros_32] = ["0".repeat(8), "0".repeat(12), "0".repeat(32)];
    // Nine bits for each side: 320 and 192.
    let size = "1000 1000 100111111 010111111";
    let plain = bits(&format!("000 0 0 0 0 00000 {zeros_12} 00101 {size}"));
    assert_eq!(plain, [0, 0, 0, 0x2c, 0x44, 0xfd, 0x7e]);
    let timing = format!("1 {zeros_32} {zeros_32} 1 00101");
    let delays = format!("1 00111 {zeros_32} 0000000000");
    let two_points = format!("1 00001 {zeros_12} 01000 1 1 {zeros_8} {zeros_8} 1 1 0000 {zeros_12} 00000 0 0");
    for (case, before, header, expected) in [
        ("as encoders write it", &[0x18, 0x08][..], plain.clone(), Some((320, 192))),
        ("with its length", &[0x18, 0x0a, 7], plain.clone(), Some((320, 192))),
        ("with an extension", &[0x18, 0x0c, 0x28], plain.clone(), Some((320, 192))),
        ("reduced to one picture", &[0x18, 0x08], bits(&format!("000 1 1 00000 {size}")), Some((320, 192))),
        (
            "with everything",
            &[0x18, 0x08],
            bits(&format!("000 0 0 {timing} {delays} {two_points} {size}")),
            Some((320, 192)),
        ),
        ("cut", &[0x18, 0x08], plain[..6].to_vec(), None),
        ("a frame", &[0x10, 0x30], plain.clone(), None),
        ("a number without end", &[0x18, 0x08], bits(&format!("000 0 0 1 {zeros_32} {zeros_32} 1 0")), None),
        ("a side of 65,536", &[0x18, 0x08], bits(&format!("000 1 1 00000 1111 0000 {} 1", "1".repeat(16))), None),
    ] {
        let payload: Vec<u8> = before.iter().copied().chain(header).collect();
        assert_eq!(av1::picture_size(&payload), expected, "{case}");
    }
}

#[test]
fn vp9_structures_tell_the_size_of_the_largest_layer() {
    let two_layers = [0x0a, 0b0011_0000, 1, 64, 0, 180, 2, 128, 1, 104, 0];
    let size = |payload: &[u8]| vp9::Descriptor::parse(payload).expect("well formed").size;
    assert_eq!(size(&two_layers), Some((640, 360)));
    assert_eq!(size(&[0x0a, 0b0001_0000, 0, 0, 0, 180, 0]), None, "no width");
    assert_eq!(size(&[0x0a, 0b0000_1000, 0, 0]), None, "no sizes");
    assert_eq!(size(&[0x08, 0]), None);
}

#[test]
fn three_bytes_of_opus_are_silence() {
    assert!(opus::is_silence(&[0xf8, 0xff, 0xfe]));
    assert!(!opus::is_silence(&[0xf8, 0xff, 0xfe, 0]));
}

fn read_all(payload: &mut [u8]) {
    if let Some(descriptor) = vp8::Descriptor::parse(payload) {
        assert!(descriptor.len < payload.len());
        descriptor.set_picture_id(payload, 0xffff);
        descriptor.set_tl0_pic_idx(payload, 0xff);
    }
    if let Some(descriptor) = vp9::Descriptor::parse(payload) {
        assert!(descriptor.len < payload.len());
        descriptor.set_picture_id(payload, 0xffff);
        descriptor.set_tl0_pic_idx(payload, 0xff);
    }
    black_box((h264::is_keyframe_start(payload), av1::is_keyframe_start(payload), av1::picture_size(payload)));
}

#[test]
fn s16_every_pair_of_first_bytes_with_every_length_is_survived() {
    let mut payload = [0; 64];
    for first in 0..=255 {
        for second in 0..=255 {
            for fill in [0x00, 0xff] {
                for len in [0, 1, 2, 3, 4, 6, 9, 33] {
                    payload.fill(fill);
                    (payload[0], payload[1]) = (first, second);
                    read_all(&mut payload[..len]);
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn s16_any_payload_is_survived(mut payload in prop::collection::vec(any::<u8>(), 0..128)) {
        read_all(&mut payload);
    }

    #[test]
    fn a_changed_vp8_number_is_read_back(
        mut payload in prop::collection::vec(any::<u8>(), 8..16), number in 0..0x80u16, lowest: u8,
    ) {
        payload[0] |= 0x80;
        let before = vp8::Descriptor::parse(&payload).expect("long enough");
        before.set_picture_id(&mut payload, number);
        before.set_tl0_pic_idx(&mut payload, lowest);
        let after = vp8::Descriptor::parse(&payload).expect("its shape is unchanged");
        prop_assert_eq!(after.picture_id, before.picture_id.map(|id| PictureId { number, ..id }));
        prop_assert_eq!(after.tl0_pic_idx, before.tl0_pic_idx.map(|_| lowest));
        prop_assert_eq!((after.len, after.tid), (before.len, before.tid));
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex digits")).collect()
}

#[test]
fn the_size_of_a_vp8_picture_stands_in_its_key_frame() {
    // Of libvpx, behind a descriptor with a picture id.
    let keyframe = bytes("90808102f089009d012a4001b4000007");
    let size = |payload: &[u8]| vp8::Descriptor::parse(payload).and_then(|found| found.picture_size(payload));
    assert_eq!(size(&keyframe), Some((320, 180)));
    for len in 0..keyframe.len() - 2 {
        assert_eq!(size(&keyframe[..len]), None, "cut at {len}");
    }
    for (at, value) in [(0, 0x80), (4, 0xf1), (7, 0x9c)] {
        let mut other = keyframe.clone();
        other[at] = value;
        assert_eq!(size(&other), None, "no first packet, no key frame, no start code: {at}");
    }
}

#[test]
fn the_size_of_an_h264_picture_stands_in_its_parameters() {
    // Of x264: baseline, high, main with cropping, interlaced, and 4:4:4.
    for (parameters, expected) in [
        ("6742c01ed900a02ff9610000030001000003003c0f162e48", (640, 360)),
        ("6764001facd9405005ba10000003001000000303c0f1831960", (1280, 720)),
        ("674d400deca0a8cf113420000003002000000781e28532c0", (322, 182)),
        ("67640028acd94078044fdc20000003002000000783e2c5b2c0", (1920, 1080)),
        ("67f4001f919b280a00b742000003000200000300781e30632c", (1280, 720)),
    ] {
        let unit = bytes(parameters);
        assert_eq!(h264::picture_size(&unit), Some(expected), "{parameters}");
        let len = u8::try_from(unit.len()).unwrap();
        let together = [&[0x78, 0, 2, 0x09, 0xf0, 0, len], &unit[..], &[0, 1, 0x68]].concat();
        assert_eq!(h264::picture_size(&together), Some(expected), "in an aggregation packet");
        for cut in 0..unit.len() {
            black_box(h264::picture_size(&unit[..cut]));
        }
        assert_eq!(h264::picture_size(&unit[..8]), None);
    }
    assert_eq!(h264::picture_size(&[0x65, 0x88]), None, "a picture");
    assert_eq!(h264::picture_size(&[0x67, 0x42, 0xc0, 0x1e, 0, 0, 0, 0, 0, 0, 0, 0]), None, "a number without an end");
}
