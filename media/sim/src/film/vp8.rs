//! VP8 in packets (RFC 7741).

use hoptt_wire::vp8::Descriptor;

use super::{FilmFrame, FrameIds, ROOM};

/// With picture id, number of the lowest layer, layer and its way up.
pub(super) fn cut(frame: &FilmFrame, ids: FrameIds) -> Vec<Vec<u8>> {
    let cut = frame.bytes.chunks(ROOM).enumerate().map(|(n, part)| {
        let [high, low] = (ids.picture | 0x8000).to_be_bytes();
        let layer = frame.tid << 6 | u8::from(frame.is_way_up) << 5;
        let mut payload = vec![0x80 | u8::from(n == 0) << 4, 0xe0, high, low, ids.tl0, layer];
        payload.extend(part);
        payload
    });
    cut.collect()
}

pub(super) fn join(payloads: &[&[u8]]) -> Vec<u8> {
    let mut frame = Vec::new();
    for payload in payloads {
        let descriptor = Descriptor::parse(payload).expect("a descriptor");
        assert_eq!(descriptor.is_frame_start(), frame.is_empty(), "a frame begins where it begins");
        frame.extend(&payload[descriptor.len..]);
    }
    frame
}
