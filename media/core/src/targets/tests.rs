//! The filter by hand: streams whose structures are told, and VP9 that tells layers only.

use hoptt_wire::dependency::Descriptor;

use super::*;

/// A frame of VP9 in a picture: layers, whether it depends on earlier pictures, whether faster ones open behind it.
fn vp9(picture: u32, (spatial, temporal): (u8, u8), inter: bool, opens: bool) -> LayerFrame {
    // I = 0, P, L = 1, F = 0, B and E = 1; the layers, and the number of the lowest.
    let payload = [
        0x2c | u8::from(inter) << 6,
        temporal << 5 | u8::from(opens) << 4 | spatial << 1 | u8::from(spatial > 0),
        0,
        0,
    ];
    let found = vp9::Descriptor::parse(&payload).expect("well formed");
    LayerFrame::of_vp9(&found, picture * 3000).expect("in layers")
}

fn fate(filter: &mut TargetFilter, frame: &LayerFrame) -> (bool, bool) {
    let fate = filter.fate(frame, Targets::Nested);
    (fate.taken, fate.taken && fate.ends_picture)
}

/// Three sizes of a picture: which are taken, and which ends it.
fn picture(filter: &mut TargetFilter, number: u32, temporal: u8, inter: bool, opens: bool) -> [(bool, bool); 3] {
    [0, 1, 2].map(|spatial| fate(filter, &vp9(number, (spatial, temporal), inter, opens)))
}

const SMALL: [(bool, bool); 3] = [(true, true), (false, false), (false, false)];
const MIDDLE: [(bool, bool); 3] = [(true, false), (true, true), (false, false)];
const LARGE: [(bool, bool); 3] = [(true, false), (true, false), (true, true)];
const NONE: [(bool, bool); 3] = [(false, false); 3];

fn layer(spatial: u8, temporal: u8) -> Layer {
    Layer { spatial, temporal }
}

#[test]
fn a_smaller_picture_comes_at_once_and_a_larger_one_with_a_keyframe() {
    let mut filter = TargetFilter::default();
    filter.set_wish(layer(2, ALL));
    assert_eq!(picture(&mut filter, 1, 0, false, false), LARGE);
    filter.set_wish(layer(0, ALL));
    assert_eq!(picture(&mut filter, 2, 0, true, false), SMALL);
    filter.set_wish(layer(1, ALL));
    assert!(!filter.needs_key());
    assert_eq!(picture(&mut filter, 3, 0, true, true), SMALL, "a way up in time is none to a larger picture");
    assert!(filter.needs_key());
    assert_eq!(picture(&mut filter, 4, 0, false, false), MIDDLE);
    assert!(!filter.needs_key());
}

#[test]
fn a_faster_picture_comes_where_the_stream_opens_it_though_a_larger_one_has_to_wait() {
    let mut filter = TargetFilter::default();
    filter.set_wish(layer(1, 0));
    assert_eq!(picture(&mut filter, 1, 0, false, false), MIDDLE);
    assert_eq!(picture(&mut filter, 2, 1, true, false), NONE);
    filter.set_wish(layer(2, ALL));
    assert_eq!(picture(&mut filter, 3, 2, true, false), NONE);
    assert_eq!(picture(&mut filter, 4, 0, true, true), MIDDLE);
    assert_eq!(picture(&mut filter, 5, 2, true, false), MIDDLE);
    filter.set_wish(layer(2, 0));
    assert_eq!(picture(&mut filter, 6, 2, true, false), NONE, "down at once");
}

#[test]
fn in_the_middle_of_a_picture_nothing_goes_down() {
    let mut filter = TargetFilter::default();
    assert_eq!(picture(&mut filter, 1, 0, false, false), [(true, false); 3], "whether more comes, the marker says");
    assert!(fate(&mut filter, &vp9(2, (0, 1), true, false)).0);
    filter.set_wish(layer(0, 0));
    assert!(fate(&mut filter, &vp9(2, (1, 1), true, false)).0);
    assert!(fate(&mut filter, &vp9(2, (2, 1), true, false)).0);
    assert_eq!(picture(&mut filter, 3, 0, true, false), SMALL);
}

#[test]
fn a_late_packet_shares_the_fate_of_its_frame_and_opens_nothing() {
    let mut filter = TargetFilter::default();
    filter.set_wish(layer(0, 0));
    assert_eq!(picture(&mut filter, 1, 0, false, false), SMALL);
    assert_eq!(picture(&mut filter, 3, 1, true, false), NONE);
    filter.set_wish(Layer::ALL);
    assert_eq!(fate(&mut filter, &vp9(1, (1, 0), true, false)), (false, false));
    assert!(fate(&mut filter, &vp9(2, (0, 0), true, true)).0, "it came late");
    assert_eq!(picture(&mut filter, 4, 1, true, false), NONE, "3 was left out, and 4 may need it");
}

/// Two pictures, of which the larger one needs the smaller one in key frames only, each at one speed.
fn told() -> (Structure, impl Fn(u8, u16) -> LayerFrame) {
    let structure = "000000 00001  00 10 00 11  10 10  10 00  00 10  00 10  0  1 0001 0  1 0000 0  1 0001 0  0  0";
    let bits: Vec<u8> = format!("1 1 000000 0000000000000101 10000 {structure}")
        .bytes()
        .filter(|byte| *byte != b' ')
        .map(|byte| byte - b'0')
        .collect();
    let bytes: Vec<u8> =
        bits.chunks(8).map(|byte| byte.iter().enumerate().fold(0, |all, (at, bit)| all | bit << (7 - at))).collect();
    let structure = Descriptor::parse(&bytes).and_then(|found| found.structure(&bytes)).expect("well formed");
    let known = structure.clone();
    let frame = move |template: u8, number: u16| {
        let [high, low] = number.to_be_bytes();
        let value = [0xc0 | template, high, low];
        let found = Descriptor::parse(&value).and_then(|found| found.frame(&value, &known)).expect("a template");
        LayerFrame {
            order: u32::from(number) << 16,
            timestamp: u32::from(number / 2) * 3000,
            layer: layer(found.spatial, found.temporal),
            ends: true,
            is_key: template == 0,
            active: 0b11,
            indications: found.indications,
        }
    };
    (structure, frame)
}

#[test]
fn where_sizes_part_after_a_keyframe_each_way_needs_one_and_the_mask_tells_what_comes() {
    let (structure, frame) = told();
    let targets = Targets::Told(&structure);
    assert!(!targets.has_smaller_pictures() && Targets::Nested.has_smaller_pictures());
    let mut filter = TargetFilter::default();
    let next = |filter: &mut TargetFilter, template, number| {
        let fate = filter.fate(&frame(template, number), targets);
        (fate.taken, fate.taken && fate.ends_picture, fate.active)
    };
    assert_eq!(next(&mut filter, 0, 0xfffe), (true, false, 0b10));
    assert_eq!(next(&mut filter, 2, 0xffff), (true, true, 0b10));
    assert_eq!(next(&mut filter, 1, 0), (false, false, 0b10), "the small picture alone");
    assert_eq!(next(&mut filter, 3, 1), (true, true, 0b10));
    filter.set_wish(layer(0, ALL));
    assert_eq!(next(&mut filter, 1, 2), (false, false, 0b10));
    assert!(filter.needs_key());
    assert_eq!(next(&mut filter, 3, 3), (true, true, 0b10), "the large one goes on");
    assert_eq!(next(&mut filter, 0, 4), (true, true, 0b01));
    assert_eq!(next(&mut filter, 2, 5), (false, false, 0b01));
    assert!(!filter.needs_key());
}

#[test]
fn what_is_not_sent_is_not_waited_for() {
    let (structure, frame) = told();
    let mut filter = TargetFilter::default();
    let only_small = LayerFrame { active: 0b01, ..frame(0, 4) };
    let fate = filter.fate(&only_small, Targets::Told(&structure));
    assert_eq!((fate.taken, fate.ends_picture, fate.active), (true, true, 0b01));
    assert!(!filter.needs_key());
}
