//! VP9 in packets (RFC 9628): cut, it has one spatial layer, as browsers send an encoding of several.

use hoptt_wire::vp9::Descriptor;

use super::{FilmFrame, FrameIds, ROOM};

/// Of four pictures in turn: the layer, and how far back the picture is that it depends on.
const GROUP: [(u8, u8); 4] = [(0, 4), (2, 1), (1, 2), (2, 1)];

/// With picture id, layer, its way up and the number of the lowest layer; a key frame tells size and group of pictures.
pub(super) fn cut(frame: &FilmFrame, ids: FrameIds) -> Vec<Vec<u8>> {
    let parts: Vec<&[u8]> = frame.bytes.chunks(ROOM).collect();
    let cut = parts.iter().enumerate().map(|(n, part)| {
        let [high, low] = (ids.picture | 0x8000).to_be_bytes();
        let with_group = n == 0 && frame.is_keyframe;
        let ends = n + 1 == parts.len();
        let flags = u8::from(!frame.is_keyframe) << 6 | u8::from(n == 0) << 3 | u8::from(ends) << 2;
        let layer = frame.tid << 5 | u8::from(frame.is_way_up) << 4;
        let mut payload = vec![0xa1 | flags | u8::from(with_group) << 1, high, low, layer, ids.tl0];
        if with_group {
            payload.push(0x18);
            payload.extend(frame.size.0.to_be_bytes());
            payload.extend(frame.size.1.to_be_bytes());
            payload.push(u8::try_from(GROUP.len()).expect("four"));
            payload.extend(GROUP.into_iter().flat_map(|(tid, back)| [tid << 5 | 0x14, back]));
        }
        payload.extend(*part);
        payload
    });
    cut.collect()
}

pub(super) fn join(payloads: &[&[u8]]) -> Vec<u8> {
    let (mut picture, mut ended) = (Vec::new(), true);
    for payload in payloads {
        let descriptor = Descriptor::parse(payload).expect("a descriptor");
        assert_eq!(descriptor.begins_frame, ended, "a frame begins where the one before ended");
        ended = descriptor.ends_frame;
        picture.extend(&payload[descriptor.len..]);
    }
    assert!(ended, "the last frame is whole");
    picture
}
