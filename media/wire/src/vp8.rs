//! The VP8 payload descriptor (RFC 7741 §4.2) and what a forwarder changes in it.

use crate::u16_at;

/// What stands before the VP8 data of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "bits of the wire, each with a meaning of its own")]
pub struct Descriptor {
    /// Its length.
    pub len: usize,
    /// No other frame depends on this one.
    pub non_reference: bool,
    /// The packet begins a partition.
    pub partition_start: bool,
    /// Which partition.
    pub partition: u8,
    /// Counts frames.
    pub picture_id: Option<PictureId>,
    /// Counts frames of the lowest temporal layer.
    pub tl0_pic_idx: Option<u8>,
    /// Temporal layer.
    pub tid: Option<u8>,
    /// From here a receiver of lower temporal layers may take this one too.
    pub layer_sync: bool,
    keyframe: bool,
    picture_id_at: usize,
    tl0_pic_idx_at: usize,
}

/// A frame's number, of 7 or 15 bits; VP9 has the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PictureId {
    /// The number.
    pub number: u16,
    /// It has 15 bits.
    pub is_long: bool,
}

impl PictureId {
    /// Reads one, and says how many bytes it has.
    pub(crate) fn read(bytes: &[u8], at: usize) -> Option<(Self, usize)> {
        match *bytes.get(at)? {
            short if short & 0x80 == 0 => Some((Self { number: u16::from(short), is_long: false }, 1)),
            _ => Some((Self { number: u16_at(bytes, at)? & 0x7fff, is_long: true }, 2)),
        }
    }

    /// Overwrites one that begins there, in the width that it has.
    pub(crate) fn overwrite(self, bytes: &mut [u8], at: usize, number: u16) {
        if self.is_long {
            bytes[at..at + 2].copy_from_slice(&(number | 0x8000).to_be_bytes());
        } else {
            let [_, low] = number.to_be_bytes();
            bytes[at] = low & 0x7f;
        }
    }
}

impl Descriptor {
    /// Reads the descriptor of a payload; `None` when the payload ends within it or holds nothing else.
    #[must_use]
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let first = *payload.first()?;
        let mut descriptor = Self {
            len: 1,
            non_reference: first & 0x20 != 0,
            partition_start: first & 0x10 != 0,
            partition: first & 0x07,
            picture_id: None,
            tl0_pic_idx: None,
            tid: None,
            layer_sync: false,
            keyframe: false,
            picture_id_at: 0,
            tl0_pic_idx_at: 0,
        };
        if first & 0x80 != 0 {
            descriptor.read_extension(payload)?;
        }
        // §4.3: the inverse key frame flag is the lowest bit of the frame's first byte.
        let data = *payload.get(descriptor.len)?;
        descriptor.keyframe = descriptor.partition_start && descriptor.partition == 0 && data & 1 == 0;
        Some(descriptor)
    }

    /// The first packet of a key frame.
    #[must_use]
    pub fn is_keyframe_start(&self) -> bool {
        self.keyframe
    }

    /// The first packet of a frame.
    #[must_use]
    pub fn is_frame_start(&self) -> bool {
        self.partition_start && self.partition == 0
    }

    /// The size of the picture, which stands in the first packet of a key frame (RFC 6386 §9.1).
    #[must_use]
    pub fn picture_size(&self, payload: &[u8]) -> Option<(u16, u16)> {
        if !self.keyframe {
            return None;
        }
        let header = payload.get(self.len..self.len + KEYFRAME_HEADER_LEN)?;
        if header[3..6] != START_CODE {
            return None;
        }
        // The two highest bits of each ask the player to scale.
        let side = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]) & 0x3fff;
        Some((side(6), side(8))).filter(|(width, height)| *width > 0 && *height > 0)
    }

    /// Writes another picture id into the payload it was read from, cut to the width that stands there.
    pub fn set_picture_id(&self, payload: &mut [u8], number: u16) {
        if let Some(id) = self.picture_id {
            id.overwrite(payload, self.picture_id_at, number);
        }
    }

    /// Writes another number of the lowest layer into the payload it was read from.
    pub fn set_tl0_pic_idx(&self, payload: &mut [u8], number: u8) {
        if self.tl0_pic_idx.is_some() {
            payload[self.tl0_pic_idx_at] = number;
        }
    }

    fn read_extension(&mut self, payload: &[u8]) -> Option<()> {
        let present = *payload.get(1)?;
        self.len = 2;
        if present & 0x80 != 0 {
            let (id, len) = PictureId::read(payload, self.len)?;
            (self.picture_id, self.picture_id_at) = (Some(id), self.len);
            self.len += len;
        }
        if present & 0x40 != 0 {
            (self.tl0_pic_idx, self.tl0_pic_idx_at) = (Some(*payload.get(self.len)?), self.len);
            self.len += 1;
        }
        if present & 0x30 != 0 {
            let layers = *payload.get(self.len)?;
            // With K alone the byte is there for the key index.
            if present & 0x20 != 0 {
                self.tid = Some(layers >> 6);
                self.layer_sync = layers & 0x20 != 0;
            }
            self.len += 1;
        }
        Some(())
    }
}

/// Tag, start code, width and height.
const KEYFRAME_HEADER_LEN: usize = 10;
const START_CODE: [u8; 3] = [0x9d, 0x01, 0x2a];
