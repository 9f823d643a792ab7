//! What the rules need to know of a payload: where a keyframe begins, its size, its temporal layer, its picture ids.

use hoptt_wire::{av1, h264, opus, vp8, vp9};

use crate::control::Codec;
use crate::rewriter::{PictureId, PictureIds};
use crate::targets::LayerFrame;
use crate::temporal::Temporal;

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

/// What a payload says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Facts {
    /// A decoder can begin with this packet.
    pub(super) starts_keyframe: bool,
    /// Width and height, where a keyframe tells them.
    pub(super) size: Option<(u16, u16)>,
    /// Of a stream with temporal layers that can be dropped.
    pub(super) temporal: Option<Temporal>,
    /// Of a stream with decode targets.
    pub(super) frame: Option<LayerFrame>,
    pub(super) picture: PictureIds,
}

impl Format {
    pub(super) fn of(codec: &Codec) -> Self {
        let names =
            [("opus", Self::Opus), ("VP8", Self::Vp8), ("VP9", Self::Vp9), ("H264", Self::H264), ("AV1", Self::Av1)];
        let found = names.iter().find(|(name, _)| codec.name.eq_ignore_ascii_case(name));
        found.map_or(Self::Other, |(_, format)| *format)
    }

    /// Reads the payload of a packet of this time.
    pub(super) fn facts(self, payload: &[u8], timestamp: u32) -> Facts {
        match self {
            Self::Vp8 => vp8::Descriptor::parse(payload).map_or_else(Facts::default, |found| Facts {
                starts_keyframe: found.is_keyframe_start(),
                size: found.picture_size(payload),
                temporal: found.tid.map(|tid| Temporal { tid, sync: found.layer_sync }),
                picture: picture_ids(found.picture_id, found.tl0_pic_idx),
                frame: None,
            }),
            Self::Vp9 => vp9::Descriptor::parse(payload).map_or_else(Facts::default, |found| Facts {
                starts_keyframe: found.is_keyframe_start(),
                size: found.size,
                temporal: None,
                frame: LayerFrame::of_vp9(&found, timestamp),
                picture: picture_ids(found.picture_id, found.tl0_pic_idx),
            }),
            Self::H264 => Facts {
                starts_keyframe: h264::is_keyframe_start(payload),
                size: h264::picture_size(payload),
                ..Facts::default()
            },
            Self::Av1 => Facts {
                starts_keyframe: av1::is_keyframe_start(payload),
                size: av1::picture_size(payload),
                ..Facts::default()
            },
            Self::Opus | Self::Other => Facts { starts_keyframe: true, ..Facts::default() },
        }
    }

    /// Whether pictures that are left out leave the ids too. A decoder of VP8 waits for a picture whose id it misses;
    /// VP9 counts from ids to what a picture depends on, and to its layer (RFC 9628 §4.2.2), so that they stay.
    pub(super) fn closes_picture_ids(self) -> bool {
        self == Self::Vp8
    }

    /// Whether its dependency descriptors are read: H.264 has no layers. Beside a descriptor Chromium leaves all of this out of
    /// the payload of VP8.
    pub(super) fn has_targets(self) -> bool {
        matches!(self, Self::Vp8 | Self::Vp9 | Self::Av1)
    }

    /// Whether a packet of sound holds none (discontinuous transmission).
    pub(super) fn is_silence(self, payload: &[u8]) -> bool {
        self == Self::Opus && opus::is_silence(payload)
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

fn picture_ids(id: Option<vp8::PictureId>, tl0_pic_idx: Option<u8>) -> PictureIds {
    let [_, low] = id.map_or(0, |id| id.number).to_be_bytes();
    let picture_id = id.map(|id| if id.is_long { PictureId::Long(id.number) } else { PictureId::Short(low) });
    PictureIds { picture_id, tl0_pic_idx, frame_number: None }
}
