//! What the rules need to know of a payload: where a keyframe begins, and the picture ids of VP8 and VP9.

use hoptt_wire::{av1, h264, opus, vp8, vp9};

use crate::control::Codec;
use crate::rewriter::{PictureId, PictureIds};

/// How a payload is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Opus,
    Vp8,
    Vp9,
    H264,
    Av1,
    /// Nothing is known of it: every packet may be the first.
    Other,
}

impl Format {
    pub(super) fn of(codec: &Codec) -> Self {
        let names =
            [("opus", Self::Opus), ("VP8", Self::Vp8), ("VP9", Self::Vp9), ("H264", Self::H264), ("AV1", Self::Av1)];
        let found = names.iter().find(|(name, _)| codec.name.eq_ignore_ascii_case(name));
        found.map_or(Self::Other, |(_, format)| *format)
    }

    /// Whether a decoder can begin with this packet.
    pub(super) fn starts_keyframe(self, payload: &[u8]) -> bool {
        match self {
            Self::Vp8 => vp8::Descriptor::parse(payload).is_some_and(|d| d.is_keyframe_start()),
            Self::Vp9 => vp9::Descriptor::parse(payload).is_some_and(|d| d.is_keyframe_start()),
            Self::H264 => h264::is_keyframe_start(payload),
            Self::Av1 => av1::is_keyframe_start(payload),
            Self::Opus | Self::Other => true,
        }
    }

    /// Whether a packet of sound holds none (discontinuous transmission).
    pub(super) fn is_silence(self, payload: &[u8]) -> bool {
        self == Self::Opus && opus::is_silence(payload)
    }

    pub(super) fn picture_ids(self, payload: &[u8]) -> PictureIds {
        let (id, tl0_pic_idx) = match self {
            Self::Vp8 => vp8::Descriptor::parse(payload).map_or((None, None), |d| (d.picture_id, d.tl0_pic_idx)),
            Self::Vp9 => vp9::Descriptor::parse(payload).map_or((None, None), |d| (d.picture_id, d.tl0_pic_idx)),
            _ => (None, None),
        };
        let [_, low] = id.map_or(0, |id| id.number).to_be_bytes();
        let picture_id = id.map(|id| if id.is_long { PictureId::Long(id.number) } else { PictureId::Short(low) });
        PictureIds { picture_id, tl0_pic_idx }
    }

    /// Writes picture ids into a copy of the payload they were read from.
    pub(super) fn write_picture_ids(self, payload: &mut [u8], ids: PictureIds) {
        let number = ids.picture_id.map(|id| match id {
            PictureId::Short(number) => u16::from(number),
            PictureId::Long(number) => number,
        });
        match self {
            Self::Vp8 => {
                let Some(descriptor) = vp8::Descriptor::parse(payload) else { return };
                if let Some(number) = number {
                    descriptor.set_picture_id(payload, number);
                }
                if let Some(index) = ids.tl0_pic_idx {
                    descriptor.set_tl0_pic_idx(payload, index);
                }
            }
            Self::Vp9 => {
                let Some(descriptor) = vp9::Descriptor::parse(payload) else { return };
                if let Some(number) = number {
                    descriptor.set_picture_id(payload, number);
                }
                if let Some(index) = ids.tl0_pic_idx {
                    descriptor.set_tl0_pic_idx(payload, index);
                }
            }
            _ => {}
        }
    }
}
