//! What an encoding tells of its layers, and what each of its packets is among them: by its dependency descriptor, else by
//! its payload.

use hoptt_wire::dependency::{Descriptor, Structure};
use hoptt_wire::rtp::Rtp;

use super::payload::{Facts, Format};
use crate::targets::{Layer, LayerFrame, Targets};

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Layering {
    /// The last one that came, and with which frame.
    structure: Option<Box<(Structure, u16)>>,
    /// The targets that are sent, and which frame told it last.
    active: (u32, u16),
}

/// A packet whose descriptor refers to a structure that is not here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Undescribed;

impl Layering {
    pub(super) fn structure(&self) -> Option<&Structure> {
        self.structure.as_deref().map(|(structure, _)| structure)
    }

    pub(super) fn targets(&self) -> Targets<'_> {
        self.structure().map_or(Targets::Nested, Targets::Told)
    }

    /// Width and height of the pictures of a spatial layer, where they are told.
    pub(super) fn size(&self, spatial: usize) -> Option<(u16, u16)> {
        self.structure()?.resolution(u8::try_from(spatial).ok()?)
    }

    /// Takes what the packet of a video tells, and adds what it is to what its payload says; false: that cannot be said.
    /// `id` is that of the descriptor.
    #[inline(never)]
    pub(super) fn handle(&mut self, format: Format, rtp: &Rtp<'_>, id: Option<u8>, facts: &mut Facts) -> bool {
        if let Some((found, value)) = descriptor(format, rtp, id) {
            let is_newer = |than: u16| found.frame_number.wrapping_sub(than).cast_signed() >= 0;
            let newest = self.structure.as_ref().is_none_or(|known| is_newer(known.1));
            if let Some(structure) = found.structure(value).filter(|_| newest) {
                self.active = (structure.all_targets(), found.frame_number);
                self.structure = Some(Box::new((structure, found.frame_number)));
            }
            let active = self.structure().and_then(|structure| found.frame(value, structure)?.active);
            if let Some(active) = active.filter(|_| is_newer(self.active.1) && (newest || !found.has_structure)) {
                self.active = (active, found.frame_number);
            }
        }
        self.describe(format, rtp, id, facts).is_ok()
    }

    /// Says what a packet is that came before.
    pub(super) fn facts(&self, format: Format, rtp: &Rtp<'_>, id: Option<u8>) -> Result<Facts, Undescribed> {
        let mut facts = format.facts(rtp.payload(), rtp.timestamp());
        self.describe(format, rtp, id, &mut facts).map(|()| facts)
    }

    fn describe(&self, format: Format, rtp: &Rtp<'_>, id: Option<u8>, facts: &mut Facts) -> Result<(), Undescribed> {
        let Some((found, value)) = descriptor(format, rtp, id) else { return Ok(()) };
        let (structure, number) = self.structure.as_deref().ok_or(Undescribed)?;
        if found.has_structure && found.frame_number != *number {
            return Err(Undescribed); // another one took its place, and so did its pictures
        }
        let frame = found.frame(value, structure).ok_or(Undescribed)?;
        let is_key = found.has_structure && frame.spatial == 0;
        let layer_frame = LayerFrame {
            order: u32::from(found.frame_number) << 16,
            timestamp: rtp.timestamp(),
            layer: Layer { spatial: frame.spatial, temporal: frame.temporal },
            ends: found.ends_frame,
            is_key,
            active: self.active.0,
            indications: frame.indications,
        };
        let top = u8::try_from(structure.spatial_count() - 1).unwrap_or_default();
        facts.starts_keyframe = is_key && found.begins_frame;
        facts.size = facts.size.or_else(|| structure.resolution(top).filter(|_| is_key));
        facts.frame = Some(layer_frame);
        facts.picture.frame_number = Some(found.frame_number);
        Ok(())
    }

    /// Numbers and structures of another stream follow.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}

/// The descriptor of a packet, of codecs whose layers are read from it.
pub(super) fn descriptor<'a>(format: Format, rtp: &Rtp<'a>, id: Option<u8>) -> Option<(Descriptor, &'a [u8])> {
    let value = rtp.extension(id.filter(|_| format.has_targets())?)?;
    Some((Descriptor::parse(value)?, value))
}
