//! Encodings made beforehand by a real encoder: how they are read, cut into packets, and put together again.

mod av1;
mod h264;
mod recording;
mod vp8;
mod vp9;

pub(crate) use recording::Player;
pub use recording::Recording;

use crate::layers::Coding;

/// A frame of an encoding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilmFrame {
    /// It depends on no other.
    pub is_keyframe: bool,
    /// From here a receiver of lower temporal layers may take higher ones: in VP8 this frame's, in VP9 all.
    pub is_way_up: bool,
    /// Its temporal layer.
    pub tid: u8,
    /// Width and height.
    pub size: (u16, u16),
    /// VP8, VP9, H.264 with start codes, or the units of AV1 with their sizes.
    pub bytes: Vec<u8>,
}

/// The numbers of a frame of VP8 or VP9.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FrameIds {
    /// Counts frames; descriptors have 15 bits of it, or 16.
    pub picture: u16,
    /// Counts frames of the lowest temporal layer.
    pub tl0: u8,
}

/// The frames of three encodings, the smallest picture first; each begins with a key frame, and begins again at its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Film {
    encodings: [Vec<FilmFrame>; 3],
}

/// Of a packet, without header and descriptor.
const ROOM: usize = 1_000;

impl Film {
    /// Reads a film: widths and heights of the three encodings, each in two bytes; then for each frame its encoding, what
    /// it is (1: a key frame, 2: a way up), its temporal layer, each a byte, its length in four, and its bytes. Of numbers
    /// the lowest byte comes first.
    ///
    /// # Panics
    /// When the film is cut off.
    #[must_use]
    pub fn read(mut bytes: &[u8]) -> Self {
        let mut film = Self::default();
        let (sizes, rest) = bytes.split_first_chunk::<12>().expect("the sizes of three encodings");
        let number = |at: usize| u16::from_le_bytes([sizes[at], sizes[at + 1]]);
        let sizes = [0, 4, 8].map(|at| (number(at), number(at + 2)));
        bytes = rest;
        while let Some((head, rest)) = bytes.split_first_chunk::<7>() {
            let len = u32::from_le_bytes([head[3], head[4], head[5], head[6]]) as usize;
            let (frame, rest) = rest.split_at(len);
            let (is_keyframe, is_way_up) = (head[1] & 1 != 0, head[1] & 2 != 0);
            let size = sizes[usize::from(head[0])];
            let frame = FilmFrame { is_keyframe, is_way_up, tid: head[2], size, bytes: frame.to_vec() };
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

    /// All frames of an encoding, once.
    #[must_use]
    pub fn frames(&self, place: usize) -> &[FilmFrame] {
        &self.encodings[place]
    }

    /// The number of the next key frame of an encoding, this one included.
    #[must_use]
    pub fn next_keyframe(&self, place: usize, number: u32) -> u32 {
        (number..).take(self.encodings[place].len()).find(|at| self.frame(place, *at).is_keyframe).unwrap_or(number)
    }
}

impl FilmFrame {
    /// The payloads of its packets; of VP8 and VP9 with these ids.
    #[must_use]
    pub fn payloads(&self, coding: Coding, ids: FrameIds) -> Vec<Vec<u8>> {
        match coding {
            Coding::Vp8 => vp8::cut(self, ids),
            Coding::H264 => h264::cut(&self.bytes),
            Coding::Vp9 => vp9::cut(self, ids),
            Coding::Av1 => av1::cut(self),
        }
    }
}

impl FilmFrame {
    /// The descriptor of one of its packets: whether it is the first, and whether it is the last. AV1 has one, with the
    /// picture as frame number.
    #[must_use]
    pub fn descriptor(&self, coding: Coding, ids: FrameIds, of: (bool, bool)) -> Option<Vec<u8>> {
        (coding == Coding::Av1).then(|| av1::descriptor(self, ids.picture, of))
    }
}

/// Puts the payloads of a frame together again, as [`FilmFrame::bytes`] are, or those of a picture of several sizes.
///
/// # Panics
/// When they are no frame.
#[must_use]
pub fn assemble(coding: Coding, payloads: &[&[u8]]) -> Vec<u8> {
    match coding {
        Coding::Vp8 => vp8::join(payloads),
        Coding::H264 => h264::join(payloads),
        Coding::Vp9 => vp9::join(payloads),
        Coding::Av1 => av1::join(payloads),
    }
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
        // A delimiter, a sequence header of three bytes, and a frame with an extension of 2,500.
        let mut obus = vec![0x12, 0, 0x0a, 3, 1, 2, 3, 0x36, 0x20, 0xc4, 0x13];
        obus.extend(&long);
        for (coding, bytes) in
            [(Coding::Vp8, long.clone()), (Coding::H264, units), (Coding::Vp9, long), (Coding::Av1, obus)]
        {
            for is_keyframe in [true, false] {
                let frame = FilmFrame { is_keyframe, is_way_up: true, tid: 0, size: (64, 48), bytes: bytes.clone() };
                let payloads = frame.payloads(coding, FrameIds { picture: 5, tl0: 6 });
                assert!(payloads.len() > 2);
                let payloads: Vec<&[u8]> = payloads.iter().map(Vec::as_slice).collect();
                assert_eq!(assemble(coding, &payloads), bytes, "{coding:?}");
            }
        }
    }

    #[test]
    fn a_film_is_read_and_begins_again_at_its_end() {
        let sizes = [80, 0, 48, 0, 160, 0, 96, 0, 64, 1, 192, 0];
        let film = Film::read(&[&sizes[..], &[2, 1, 0, 2, 0, 0, 0, 7, 8, 2, 2, 1, 1, 0, 0, 0, 9]].concat());
        let first = FilmFrame { is_keyframe: true, is_way_up: false, tid: 0, size: (320, 192), bytes: vec![7, 8] };
        let second = FilmFrame { is_keyframe: false, is_way_up: true, tid: 1, bytes: vec![9], ..first.clone() };
        assert_eq!((film.frame(2, 0), film.frame(2, 3)), (&first, &second));
        assert_eq!([0, 1, 2].map(|number| film.next_keyframe(2, number)), [0, 2, 2]);
    }
}
