//! The dependency descriptor, an RTP header extension (RTP Payload Format for AV1, v1.0.0, appendix A): what a frame
//! depends on, and which of the pictures that a stream could be cut down to have it.
//!
//! A stream tells its [`Structure`] with key frames; every packet refers to one of its templates. A forwarder needs no more
//! than who has a frame ([`Frame`]); what the frame depends on it hands on as it came.

mod structure;

pub use structure::{MAX_SPATIAL, MAX_TARGETS, MAX_TEMPLATES, Structure, Target};

use crate::bits::{BitWriter, Bits};
use crate::u16_at;

/// What a packet's descriptor says before its structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "bits of the wire, each with a meaning of its own")]
pub struct Descriptor {
    /// The packet begins a frame.
    pub begins_frame: bool,
    /// The packet ends a frame.
    pub ends_frame: bool,
    /// Counts frames of all layers.
    pub frame_number: u16,
    /// A structure is attached: the frame is a key frame.
    pub has_structure: bool,
    template_id: u8,
    is_extended: bool,
    tells_active: bool,
    own_indications: bool,
    /// The two bits for fields that a forwarder does not read.
    others: u32,
}

/// What a decode target has of a frame (§A.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Indication {
    /// Not of this target.
    NotPresent,
    /// Nothing of this target depends on it.
    Discardable,
    /// Whoever can decode it can decode all that follows of this target.
    Switch,
    /// Something of this target may depend on it.
    Required,
}

/// A frame among the layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Spatial layer.
    pub spatial: u8,
    /// Temporal layer.
    pub temporal: u8,
    /// The targets that are sent from here on, a bit for each, the first one lowest; where that is told.
    pub active: Option<u32>,
    /// What each target has of it, in two bits as [`Indication`] counts, the first target lowest.
    pub indications: u64,
}

impl Indication {
    /// That of a target among indications of two bits each, the first target lowest.
    #[must_use]
    pub fn of(indications: u64, target: u8) -> Self {
        match indications.checked_shr(2 * u32::from(target)).unwrap_or(0) & 3 {
            0 => Self::NotPresent,
            1 => Self::Discardable,
            2 => Self::Switch,
            _ => Self::Required,
        }
    }
}

impl Frame {
    /// What a target has of it.
    #[must_use]
    pub fn indication(&self, target: u8) -> Indication {
        Indication::of(self.indications, target)
    }

    /// The targets that have it, a bit for each.
    #[must_use]
    pub fn targets(&self) -> u32 {
        (0..32).filter(|target| self.indications >> (2 * target) & 3 != 0).fold(0, |all, target| all | 1 << target)
    }
}

impl Descriptor {
    /// Reads the beginning of a descriptor (§A.8.2, §A.8.3); `None` when it ends too early.
    #[must_use]
    pub fn parse(value: &[u8]) -> Option<Self> {
        let (first, frame_number) = (*value.first()?, u16_at(value, 1)?);
        let flags = value.get(3).map_or(0, |flags| u32::from(*flags) >> 3);
        Some(Self {
            begins_frame: first & 0x80 != 0,
            ends_frame: first & 0x40 != 0,
            frame_number,
            has_structure: flags & 0x10 != 0,
            template_id: first & 0x3f,
            is_extended: value.len() > MANDATORY_LEN,
            tells_active: flags & 0x08 != 0,
            own_indications: flags & 0x04 != 0,
            others: flags & 0x03,
        })
    }

    /// Reads the attached structure; `None`: there is none, or it cannot be.
    #[must_use]
    pub fn structure(&self, value: &[u8]) -> Option<Structure> {
        if self.has_structure { Structure::read(Bits::from(value, FLAGS_END)) } else { None }
    }

    /// Says what the frame is, by the attached structure, or else by the last one that came; `None`: it has no such
    /// template.
    #[must_use]
    pub fn frame(&self, value: &[u8], structure: &Structure) -> Option<Frame> {
        let template = structure.template(self.template_id)?;
        let targets = structure.targets().len();
        let mut bits = Bits::from(value, if self.has_structure { structure.end } else { FLAGS_END });
        let active = if self.tells_active { Some(read_mask(&mut bits, targets)?) } else { None };
        let indications =
            if self.own_indications { structure::read_indications(&mut bits, targets)? } else { template.indications };
        let all = self.has_structure.then(|| structure.all_targets());
        Some(Frame { spatial: template.spatial, temporal: template.temporal, active: active.or(all), indications })
    }

    /// Writes the descriptor with another frame number, telling that these targets are sent, the first one lowest; gives
    /// its length, or `None` when `out` is too short.
    ///
    /// `value` is what it was read from, and `structure` the attached one, or else the last one that came.
    #[must_use]
    pub fn rewrite(
        &self,
        value: &[u8],
        structure: &Structure,
        (frame_number, active): (u16, u32),
        out: &mut [u8],
    ) -> Option<usize> {
        let targets = structure.targets().len();
        let mut from = Bits::from(value, if self.is_extended { FLAGS_END } else { 8 * MANDATORY_LEN });
        let mut to = BitWriter::new(out);
        to.put(u32::from(*value.first()?), 8);
        to.put(u32::from(frame_number), 16);
        to.put(u32::from(self.has_structure), 1);
        to.put(1, 1);
        to.put(u32::from(self.own_indications), 1);
        to.put(self.others, 2);
        if self.has_structure {
            to.copy(&mut from, structure.end.saturating_sub(FLAGS_END));
        }
        to.put(active & structure.all_targets(), u32::try_from(targets).ok()?);
        if self.tells_active {
            from.pass(targets)?;
        }
        let rest = from.left();
        to.copy(&mut from, rest);
        to.finish()
    }
}

/// Overwrites the frame number of a descriptor that was read.
pub fn set_frame_number(value: &mut [u8], number: u16) {
    if let Some(place) = value.get_mut(1..MANDATORY_LEN) {
        place.copy_from_slice(&number.to_be_bytes());
    }
}

/// How much longer a descriptor becomes at most: five flags and a mask.
pub const MAX_GROWTH: usize = 5;

const MANDATORY_LEN: usize = 3;
/// Where the flags end, in bits.
const FLAGS_END: usize = 8 * MANDATORY_LEN + 5;

/// The first target stands lowest (§A.8.3).
fn read_mask(bits: &mut Bits<'_>, targets: usize) -> Option<u32> {
    bits.take(u32::try_from(targets).ok()?)
}
