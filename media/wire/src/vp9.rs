//! The VP9 payload descriptor (RFC 9628 §4.2) and what a forwarder changes in it.

use crate::u16_at;
pub use crate::vp8::PictureId;

/// What stands before the VP9 data of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "bits of the wire, each with a meaning of its own")]
pub struct Descriptor {
    /// Its length.
    pub len: usize,
    /// The picture depends on earlier pictures.
    pub inter_picture: bool,
    /// The packet begins a frame (one spatial layer of a picture).
    pub begins_frame: bool,
    /// The packet ends a frame.
    pub ends_frame: bool,
    /// No higher spatial layer of the next picture depends on this frame.
    pub not_reference_for_upper: bool,
    /// Counts pictures.
    pub picture_id: Option<PictureId>,
    /// Layers, where the stream has them.
    pub layers: Option<Layers>,
    /// Counts pictures of the lowest temporal layer.
    pub tl0_pic_idx: Option<u8>,
    /// Width and height of the largest spatial layer, where the structure is told.
    pub size: Option<(u16, u16)>,
    picture_id_at: usize,
    tl0_pic_idx_at: usize,
}

/// Where a frame stands in a layered stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layers {
    /// Temporal layer.
    pub tid: u8,
    /// From here a receiver of lower temporal layers may take this one too.
    pub switching_up: bool,
    /// Spatial layer.
    pub sid: u8,
    /// The frame depends on the spatial layer below it.
    pub inter_layer: bool,
}

impl Descriptor {
    /// Reads the descriptor of a payload; `None` when the payload ends within it or holds nothing else.
    #[must_use]
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let first = *payload.first()?;
        let [with_id, inter_picture, with_layers, flexible, begins_frame, ends_frame, with_structure, upper] =
            [7, 6, 5, 4, 3, 2, 1, 0].map(|bit| first >> bit & 1 == 1);
        let mut descriptor = Self {
            len: 1,
            inter_picture,
            begins_frame,
            ends_frame,
            not_reference_for_upper: upper,
            picture_id: None,
            layers: None,
            tl0_pic_idx: None,
            size: None,
            picture_id_at: 0,
            tl0_pic_idx_at: 0,
        };
        if with_id {
            let (id, len) = PictureId::read(payload, descriptor.len)?;
            (descriptor.picture_id, descriptor.picture_id_at) = (Some(id), descriptor.len);
            descriptor.len += len;
        }
        if with_layers {
            descriptor.read_layers(payload, flexible)?;
        }
        if flexible && inter_picture {
            descriptor.pass_references(payload)?;
        }
        if with_structure {
            descriptor.read_structure(payload)?;
        }
        if descriptor.len < payload.len() { Some(descriptor) } else { None }
    }

    /// The first packet of a picture that depends on nothing.
    #[must_use]
    pub fn is_keyframe_start(&self) -> bool {
        !self.inter_picture && self.begins_frame && self.layers.is_none_or(|layers| layers.sid == 0)
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

    fn read_layers(&mut self, payload: &[u8], flexible: bool) -> Option<()> {
        let layers = *payload.get(self.len)?;
        self.len += 1;
        self.layers = Some(Layers {
            tid: layers >> 5,
            switching_up: layers & 0x10 != 0,
            sid: layers >> 1 & 0x07,
            inter_layer: layers & 1 != 0,
        });
        if !flexible {
            (self.tl0_pic_idx, self.tl0_pic_idx_at) = (Some(*payload.get(self.len)?), self.len);
            self.len += 1;
        }
        Some(())
    }

    /// Up to three references, each saying whether another follows.
    fn pass_references(&mut self, payload: &[u8]) -> Option<()> {
        for _ in 0..3 {
            let reference = *payload.get(self.len)?;
            self.len += 1;
            if reference & 1 == 0 {
                return Some(());
            }
        }
        None
    }

    /// The scalability structure (§4.2.1): sizes of the layers, then the group of pictures.
    fn read_structure(&mut self, payload: &[u8]) -> Option<()> {
        let shape = *payload.get(self.len)?;
        self.len += 1;
        if shape & 0x10 != 0 {
            for _ in 0..=shape >> 5 {
                let (width, height) = (u16_at(payload, self.len)?, u16_at(payload, self.len + 2)?);
                // The layers are told from the smallest to the largest.
                self.size = Some((width, height)).filter(|(width, height)| *width > 0 && *height > 0);
                self.len += 4;
            }
        }
        if shape & 0x08 != 0 {
            let pictures = *payload.get(self.len)?;
            self.len += 1;
            for _ in 0..pictures {
                let references = *payload.get(self.len)? >> 2 & 0x03;
                self.len += 1 + usize::from(references);
            }
        }
        Some(())
    }
}
