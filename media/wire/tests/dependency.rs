//! Dependency descriptors, written bit by bit by hand (RTP Payload Format for AV1, v1.0.0, §A.8), and sweeps.

use hoptt_wire::dependency::{Descriptor, Indication, MAX_GROWTH, Structure, Target, set_frame_number};
use proptest::prelude::*;

/// Bits as bytes, the last one filled with zeros.
fn bits(text: &str) -> Vec<u8> {
    let bits: Vec<u8> = text.bytes().filter(|byte| matches!(byte, b'0' | b'1')).map(|byte| byte - b'0').collect();
    let byte = |bits: &[u8]| bits.iter().enumerate().fold(0, |all, (at, bit)| all | bit << (7 - at));
    bits.chunks(8).map(byte).collect()
}

/// Two speeds of one picture: a key frame, and a frame of each layer; one chain; 320 × 192.
const L1T2: &str = "000011 00001
    00 01 11
    10 10  10 10  00 01
    0  1 0001 0  1 0000 0
    10  0000 0010 0001
    1 0000000100111111 0000000010111111";

/// Two pictures of which the larger one needs the smaller one in key frames only, each at one speed; two chains.
const L2T1_KEY: &str = "000000 00001
    00 10 00 11
    10 10  10 00  00 10  00 10
    0  1 0001 0  1 0000 0  1 0001 0
    11  0 1  0000 0000  0010 0001  0001 0001  0001 0010
    1 0000000010011111 0000000001011111 0000000100111111 0000000010111111";

fn key(structure: &str) -> Vec<u8> {
    bits(&format!("1 1 000011 0000000000000101 10000 {structure}"))
}

fn structure_of(value: &[u8]) -> Structure {
    Descriptor::parse(value).expect("whole").structure(value).expect("attached")
}

fn found(value: &[u8], structure: &Structure) -> (u8, u8, Option<u32>, Vec<Indication>) {
    let frame = Descriptor::parse(value).expect("whole").frame(value, structure).expect("a template");
    let targets = u8::try_from(structure.targets().len()).unwrap();
    (frame.spatial, frame.temporal, frame.active, (0..targets).map(|target| frame.indication(target)).collect())
}

#[test]
fn a_key_frame_tells_layers_targets_and_sizes() {
    let value = key(L1T2);
    let descriptor = Descriptor::parse(&value).unwrap();
    assert_eq!((descriptor.begins_frame, descriptor.ends_frame, descriptor.frame_number), (true, true, 5));
    let structure = descriptor.structure(&value).unwrap();
    assert_eq!(structure.targets(), [Target { spatial: 0, temporal: 0 }, Target { spatial: 0, temporal: 1 }]);
    assert_eq!((structure.resolution(0), structure.resolution(1)), (Some((320, 192)), None));
    assert_eq!(found(&value, &structure), (0, 0, Some(0b11), vec![Indication::Switch; 2]));
    assert!(structure.is_part(0, 1) && !structure.is_part(1, 0));

    let value = bits(&format!("1 0 000000 0000000000000101 10000 {L2T1_KEY}"));
    let structure = structure_of(&value);
    assert_eq!(structure.targets(), [Target { spatial: 0, temporal: 0 }, Target { spatial: 1, temporal: 0 }]);
    assert_eq!((structure.resolution(0), structure.resolution(1)), (Some((160, 96)), Some((320, 192))));
    assert!(!structure.is_part(0, 1), "the small picture's frames do not come with the large one");
}

#[test]
fn a_frame_has_what_its_template_says_or_what_it_says_itself() {
    use Indication::{Discardable, NotPresent, Required, Switch};
    let structure = structure_of(&key(L1T2));
    for (case, value, expected) in [
        ("by template", bits("1 0 000101 0000000000000110"), (0, 1, None, vec![NotPresent, Discardable])),
        ("with flags", bits("1 0 000100 0000000000000110 00000"), (0, 0, None, vec![Switch, Switch])),
        (
            "with a mask",
            bits("0 1 000101 0000000000000110 01000 01"),
            (0, 1, Some(0b01), vec![NotPresent, Discardable]),
        ),
        ("own indications", bits("1 0 000101 0000000000000110 00100 00 11"), (0, 1, None, vec![NotPresent, Required])),
        (
            "mask, indications, references and chains of its own",
            bits("1 0 000101 0000000000000110 01111 10 00 10 01 0010 00 00000011"),
            (0, 1, Some(0b10), vec![NotPresent, Switch]),
        ),
    ] {
        assert_eq!(found(&value, &structure), expected, "{case}");
    }
    for id in ["000010", "000110", "111111"] {
        let value = bits(&format!("1 0 {id} 0000000000000110"));
        assert_eq!(Descriptor::parse(&value).unwrap().frame(&value, &structure), None, "no template has the id {id}");
    }
}

#[test]
fn a_frame_number_is_overwritten_and_a_mask_put_in() {
    let structure = structure_of(&key(L1T2));
    let rewritten = |value: &[u8]| -> Vec<u8> {
        let mut out = vec![0xff; value.len() + MAX_GROWTH];
        let structure = Descriptor::parse(value).unwrap().structure(value).unwrap_or_else(|| structure.clone());
        let len = Descriptor::parse(value).unwrap().rewrite(value, &structure, (0x1234, 0b01), &mut out);
        out.truncate(len.expect("there is room"));
        out
    };
    let number = "0001001000110100";
    for (case, before, after) in [
        ("shortest", "1 0 000101 0000000000000110", format!("1 0 000101 {number} 01000 01")),
        ("with flags", "1 0 000101 0000000000000110 00000", format!("1 0 000101 {number} 01000 01")),
        ("with another mask", "1 0 000101 0000000000000110 01000 11", format!("1 0 000101 {number} 01000 01")),
        (
            "with everything of its own",
            "1 0 000101 0000000000000110 00111 00 10 01 0010 00 00000011",
            format!("1 0 000101 {number} 01111 01 00 10 01 0010 00 00000011"),
        ),
    ] {
        let (found, expected) = (rewritten(&bits(before)), bits(&after));
        assert_eq!(found[..expected.len()], expected, "{case}");
        assert!(found[expected.len()..].iter().all(|byte| *byte == 0), "{case}: what follows is padding");
    }
    let (found, expected) = (rewritten(&key(L1T2)), bits(&format!("1 1 000011 {number} 11000 {L1T2} 01")));
    assert_eq!(found[..expected.len()], expected, "with a structure");

    let mut value = key(L1T2);
    set_frame_number(&mut value, 0x1234);
    assert_eq!(value, bits(&format!("1 1 000011 {number} 10000 {L1T2}")));
    let short = Descriptor::parse(&value).unwrap().rewrite(&value, &structure, (1, 1), &mut [0; 9]);
    assert_eq!(short, None, "no room");
}

#[test]
fn what_is_cut_or_cannot_be_is_none() {
    let value = key(L1T2);
    for len in 0..value.len() {
        let cut = Descriptor::parse(&value[..len]).and_then(|descriptor| descriptor.structure(&value[..len]));
        assert_eq!(cut, None, "{len} bytes");
    }
    let layers = |idc: &str| key(&format!("000000 00000 {idc} {}", "0".repeat(600)));
    for (case, value) in [
        ("a fifth spatial layer", layers("10 10 10 10 11")),
        ("a ninth temporal layer", layers("01 01 01 01 01 01 01 01 11")),
        ("a sixty-fifth template", layers(&"00 ".repeat(64))),
    ] {
        assert_eq!(Descriptor::parse(&value).unwrap().structure(&value), None, "{case}");
    }
    assert!(Descriptor::parse(&layers("10 10 10 11")).unwrap().structure(&layers("10 10 10 11")).is_some());
}

proptest! {
    #[test]
    fn s16_any_bytes_are_survived_and_a_rewritten_descriptor_says_the_same(
        value in prop::collection::vec(any::<u8>(), 0..64),
        extended in any::<bool>(),
        number in any::<u16>(),
        mask in any::<u32>(),
    ) {
        let mut value = value;
        if extended && value.len() > 3 {
            value[3] |= 0x80; // a structure
        }
        let Some(descriptor) = Descriptor::parse(&value) else { return Ok(()) };
        let structure = descriptor.structure(&value).unwrap_or_else(|| structure_of(&key(L1T2)));
        if descriptor.has_structure && descriptor.structure(&value).is_none() {
            return Ok(());
        }
        let Some(frame) = descriptor.frame(&value, &structure) else { return Ok(()) };
        let mut out = vec![0; value.len() + MAX_GROWTH];
        let len = descriptor.rewrite(&value, &structure, (number, mask), &mut out).expect("there is room");
        let again = Descriptor::parse(&out[..len]).expect("whole");
        prop_assert_eq!((again.frame_number, again.begins_frame, again.ends_frame), (number, descriptor.begins_frame, descriptor.ends_frame));
        let attached = again.structure(&out[..len]).unwrap_or_else(|| structure.clone());
        prop_assert_eq!(&attached, &structure);
        let after = again.frame(&out[..len], &attached).expect("as before");
        prop_assert_eq!(after.active, Some(mask & structure.all_targets()));
        prop_assert_eq!((after.spatial, after.temporal, after.targets()), (frame.spatial, frame.temporal, frame.targets()));
    }
}
