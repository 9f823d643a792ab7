//! How the payloads of marked frames begin, so that an engine finds in them what it looks for.

use crate::layers::{Coding, PATTERN, SIZES};
use crate::source::Mark;

/// The beginning of the payload of a packet with this mark; picture ids are those of its frame.
pub(crate) fn begun(coding: Coding, mark: Mark, (picture, tl0): (u16, u8)) -> Vec<u8> {
    match coding {
        Coding::Vp8 => vp8(mark, picture, tl0),
        Coding::H264 => h264(mark),
        Coding::Vp9 => vp9(mark, picture, tl0),
        Coding::Av1 => av1(mark),
    }
}

/// A descriptor with everything (RFC 7741 §4.2), and the header of a key frame (RFC 6386 §9.1).
fn vp8(mark: Mark, picture: u16, tl0: u8) -> Vec<u8> {
    let start = mark.packet == 0;
    let [high, low] = (picture | 0x8000).to_be_bytes();
    let layer = mark.tid << 6 | u8::from(mark.is_sync) << 5;
    let mut payload = vec![0x80 | u8::from(start) << 4, 0xe0, high, low, tl0, layer];
    payload.push(u8::from(!(start && mark.is_keyframe)));
    payload.extend([0, 0, 0x9d, 0x01, 0x2a]);
    let (width, height) = SIZES[usize::from(mark.place)];
    payload.extend(width.to_le_bytes());
    payload.extend(height.to_le_bytes());
    payload
}

/// Parameters by themselves before a key frame, and fragments of one slice (RFC 6184 §5.6, §5.8).
fn h264(mark: Mark) -> Vec<u8> {
    if mark.is_keyframe && mark.packet == 0 {
        let (width, height) = SIZES[usize::from(mark.place)];
        let mut payload = vec![0x67];
        payload.extend(sequence_parameters(width, height));
        return payload;
    }
    let first = u8::from(mark.is_keyframe);
    let (start, end) = (mark.packet == first, mark.packet + 1 == mark.packets);
    let kind = if mark.is_keyframe { 5 } else { 1 };
    vec![0x7c, u8::from(start) << 7 | u8::from(end) << 6 | kind]
}

/// The parameters of Constrained Baseline for a picture of whole macroblocks (H.264 §7.3.2.1.1).
fn sequence_parameters(width: u16, height: u16) -> Vec<u8> {
    let mut bits = Bits { bytes: vec![66, 0xe0, 31], filled: 24 };
    for value in [0, 0, 2, 1] {
        bits.golomb(value); // id, frame numbers of 4 bits, no order of display, one reference
    }
    bits.put(0, 1);
    bits.golomb(u32::from(width) / 16 - 1);
    bits.golomb(u32::from(height) / 16 - 1);
    bits.put(0b11001, 5); // frames only, 8 × 8 inference, no cropping, no VUI, the end
    bits.bytes
}

/// A descriptor with everything but references (RFC 9628 §4.2), which the structure tells.
fn vp9(mark: Mark, picture: u16, tl0: u8) -> Vec<u8> {
    let (start, end) = (mark.packet == 0, mark.packet + 1 == mark.packets);
    let with_structure = start && mark.is_keyframe;
    let [high, low] = (picture | 0x8000).to_be_bytes();
    let flags = u8::from(!mark.is_keyframe) << 6 | u8::from(start) << 3 | u8::from(end) << 2;
    let layer = mark.tid << 5 | u8::from(opens(mark.frame)) << 4;
    let mut payload = vec![0xa1 | flags | u8::from(with_structure) << 1, high, low, layer, tl0];
    if with_structure {
        let (width, height) = SIZES[usize::from(mark.place)];
        payload.push(0x18);
        payload.extend(width.to_be_bytes());
        payload.extend(height.to_be_bytes());
        payload.push(u8::try_from(PATTERN.len()).expect("eight"));
        for (at, (tid, sync)) in PATTERN.into_iter().enumerate() {
            let needed = 0..=if sync { 0 } else { tid };
            let distances =
                needed.map(|layer| (1..9).find(|back| PATTERN[(at + 8 - back) % 8].0 == layer).expect("one"));
            let distances: Vec<u8> = distances.map(|back| u8::try_from(back).expect("small")).collect();
            let opens = opens(u32::try_from(at).expect("small"));
            let count = u8::try_from(distances.len()).expect("three");
            payload.push(tid << 5 | u8::from(opens) << 4 | count << 2);
            payload.extend(distances);
        }
    }
    payload
}

/// The frames of [`PATTERN`] behind which none of a higher layer depends on one of a higher layer before.
fn opens(frame: u32) -> bool {
    frame.is_multiple_of(8)
}

/// A sequence header by itself before a key frame, and one frame in pieces (RTP Payload Format for AV1, §4.4).
fn av1(mark: Mark) -> Vec<u8> {
    let pieces = u8::from(mark.packet > 0) << 7 | u8::from(mark.packet + 1 < mark.packets) << 6;
    if mark.packet > 0 {
        return vec![pieces | 0x10];
    }
    if !mark.is_keyframe {
        return vec![pieces | 0x10, 0x30];
    }
    let (width, height) = SIZES[usize::from(mark.place)];
    // AV1 §5.5.1: one operating point, then sides of 16 bits.
    let mut header = Bits { bytes: vec![0x08, 0, 0, 0], filled: 32 };
    header.put(5, 5);
    header.put(0xff, 8);
    header.put(u32::from(width) - 1, 16);
    header.put(u32::from(height) - 1, 16);
    let len = u8::try_from(header.bytes.len()).expect("short");
    let mut payload = vec![pieces | 0x28, len];
    payload.extend(header.bytes);
    payload.push(0x30);
    payload
}

struct Bits {
    bytes: Vec<u8>,
    filled: usize,
}

impl Bits {
    fn put(&mut self, value: u32, count: u32) {
        for at in (0..count).rev() {
            if self.filled.is_multiple_of(8) {
                self.bytes.push(0);
            }
            let bit = u8::try_from(value >> at & 1).expect("a bit");
            *self.bytes.last_mut().expect("pushed") |= bit << (7 - self.filled % 8);
            self.filled += 1;
        }
    }

    /// Exp-Golomb (H.264 §9.1).
    fn golomb(&mut self, value: u32) {
        let len = 32 - (value + 1).leading_zeros();
        self.put(0, len - 1);
        self.put(value + 1, len);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engine_reads_the_key_frames_and_their_sizes() {
        for (place, size) in (0..).zip(SIZES) {
            let mark = Mark { place, packets: 2, is_keyframe: true, ..Mark::default() };
            let payload = h264(mark);
            assert!(hoptt_wire::h264::is_keyframe_start(&payload));
            assert_eq!(hoptt_wire::h264::picture_size(&payload), Some(size));
            let payload = vp8(mark, 7, 3);
            let descriptor = hoptt_wire::vp8::Descriptor::parse(&payload).expect("a descriptor");
            assert!(descriptor.is_keyframe_start());
            assert_eq!(descriptor.picture_size(&payload), Some(size));
            let mut payload = vp9(mark, 7, 3);
            payload.push(0);
            let descriptor = hoptt_wire::vp9::Descriptor::parse(&payload).expect("a descriptor");
            assert!(descriptor.is_keyframe_start());
            assert_eq!((descriptor.size, descriptor.len + 1), (Some(size), payload.len()));
            let payload = av1(mark);
            assert!(hoptt_wire::av1::is_keyframe_start(&payload));
            assert_eq!(hoptt_wire::av1::picture_size(&payload), Some(size));
        }
    }
}
