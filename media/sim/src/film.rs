//! Encodings made beforehand by a real encoder: how they are read, cut into packets, and put together again.

use hoptt_wire::vp8;

use crate::layers::Coding;

/// A frame of an encoding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilmFrame {
    /// It depends on no other.
    pub is_keyframe: bool,
    /// Its temporal layer.
    pub tid: u8,
    /// VP8, or H.264 with start codes.
    pub bytes: Vec<u8>,
}

/// The frames of three encodings, the smallest picture first; each begins with a key frame, and begins again at its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Film {
    encodings: [Vec<FilmFrame>; 3],
}

/// Of a packet, without header and descriptor.
const ROOM: usize = 1_000;
/// The type of a fragment (RFC 6184 §5.8).
const FU_A: u8 = 0x1c;

impl Film {
    /// Reads a film: for each frame its encoding, whether it is a key frame, its temporal layer, each a byte, its length
    /// in four, the lowest first, and its bytes.
    ///
    /// # Panics
    /// When the film is cut off.
    #[must_use]
    pub fn read(mut bytes: &[u8]) -> Self {
        let mut film = Self::default();
        while let Some((head, rest)) = bytes.split_first_chunk::<7>() {
            let len = u32::from_le_bytes([head[3], head[4], head[5], head[6]]) as usize;
            let (frame, rest) = rest.split_at(len);
            let frame = FilmFrame { is_keyframe: head[1] != 0, tid: head[2], bytes: frame.to_vec() };
            film.encodings[usize::from(head[0])].push(frame);
            bytes = rest;
        }
        film
    }

    /// A frame of an encoding, counted on and on.
    #[must_use]
    pub fn frame(&self, place: usize, number: u32) -> &FilmFrame {
        let frames = &self.encodings[place];
        &frames[number as usize % frames.len()]
    }
}

impl FilmFrame {
    /// The payloads of its packets; of VP8 with these ids.
    #[must_use]
    pub fn payloads(&self, coding: Coding, picture: u16, tl0: u8) -> Vec<Vec<u8>> {
        match coding {
            Coding::Vp8 => {
                let cut = self.bytes.chunks(ROOM).enumerate().map(|(n, part)| {
                    let [high, low] = (picture | 0x8000).to_be_bytes();
                    let mut payload = vec![0x80 | u8::from(n == 0) << 4, 0xe0, high, low, tl0, self.tid << 6];
                    payload.extend(part);
                    payload
                });
                cut.collect()
            }
            Coding::H264 => units(&self.bytes).into_iter().flat_map(fragments).collect(),
        }
    }
}

/// The units between start codes (H.264 Annex B).
fn units(bytes: &[u8]) -> Vec<&[u8]> {
    let starts: Vec<usize> =
        (0..bytes.len().saturating_sub(2)).filter(|at| bytes[*at..].starts_with(&[0, 0, 1])).collect();
    let ends = starts.iter().skip(1).copied().chain([bytes.len()]);
    let between = starts.iter().zip(ends).map(|(start, end)| {
        let unit = &bytes[start + 3..end];
        let trailing = unit.iter().rev().take_while(|byte| **byte == 0).count();
        &unit[..unit.len() - trailing]
    });
    between.filter(|unit| !unit.is_empty()).collect()
}

/// A unit by itself, or cut (RFC 6184 §5.6, §5.8).
fn fragments(unit: &[u8]) -> Vec<Vec<u8>> {
    if unit.len() <= ROOM {
        return vec![unit.to_vec()];
    }
    let (header, rest) = (unit[0], &unit[1..]);
    let last = rest.chunks(ROOM).count() - 1;
    let cut = rest.chunks(ROOM).enumerate().map(|(n, part)| {
        let mut payload = vec![header & 0xe0 | FU_A, u8::from(n == 0) << 7 | u8::from(n == last) << 6 | header & 0x1f];
        payload.extend(part);
        payload
    });
    cut.collect()
}

/// Puts the payloads of a frame together again, H.264 with start codes.
///
/// # Panics
/// When they are no frame.
#[must_use]
pub fn assemble(coding: Coding, payloads: &[&[u8]]) -> Vec<u8> {
    let mut frame = Vec::new();
    for payload in payloads {
        match coding {
            Coding::Vp8 => {
                let descriptor = vp8::Descriptor::parse(payload).expect("a descriptor");
                assert_eq!(descriptor.is_frame_start(), frame.is_empty(), "a frame begins where it begins");
                frame.extend(&payload[descriptor.len..]);
            }
            Coding::H264 if payload[0] & 0x1f == FU_A => {
                if payload[1] & 0x80 != 0 {
                    frame.extend([0, 0, 0, 1, payload[0] & 0xe0 | payload[1] & 0x1f]);
                }
                frame.extend(&payload[2..]);
            }
            Coding::H264 => {
                frame.extend([0, 0, 0, 1]);
                frame.extend(*payload);
            }
        }
    }
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_is_put_together_again() {
        let long: Vec<u8> = (0..2_500_u32).map(|n| u8::try_from(n % 200 + 1).expect("small")).collect();
        let mut units = vec![0, 0, 0, 1, 0x67, 1, 2, 3];
        units.extend([0, 0, 0, 1, 0x65]);
        units.extend(&long);
        for (coding, bytes) in [(Coding::Vp8, long), (Coding::H264, units)] {
            let frame = FilmFrame { is_keyframe: true, tid: 0, bytes: bytes.clone() };
            let payloads = frame.payloads(coding, 5, 6);
            assert!(payloads.len() > 2);
            let payloads: Vec<&[u8]> = payloads.iter().map(Vec::as_slice).collect();
            assert_eq!(assemble(coding, &payloads), bytes);
        }
    }

    #[test]
    fn a_film_is_read_and_begins_again_at_its_end() {
        let film = Film::read(&[2, 1, 0, 2, 0, 0, 0, 7, 8, 2, 0, 1, 1, 0, 0, 0, 9]);
        assert_eq!(film.frame(2, 0), &FilmFrame { is_keyframe: true, tid: 0, bytes: vec![7, 8] });
        assert_eq!(film.frame(2, 3), &FilmFrame { is_keyframe: false, tid: 1, bytes: vec![9] });
    }
}
