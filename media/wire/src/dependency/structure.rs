//! The template dependency structure (§A.8.4): the layers, decode targets and templates that packets refer to.

use crate::bits::Bits;

/// Templates of a structure at most: their ids have six bits.
pub const MAX_TEMPLATES: usize = 64;
/// Decode targets at most: their number has five bits.
pub const MAX_TARGETS: usize = 32;
/// Spatial layers at most (AV1 §5.3.3).
pub const MAX_SPATIAL: usize = 4;
/// Temporal layers at most (AV1 §5.3.3).
const MAX_TEMPORAL: u8 = 8;

/// What a stream can be cut down to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// The highest spatial layer of which it has something.
    pub spatial: u8,
    /// The highest temporal layer of which it has something.
    pub temporal: u8,
}

/// What templates say of a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Template {
    pub(super) spatial: u8,
    pub(super) temporal: u8,
    /// Two bits for each target, the first one lowest.
    pub(super) indications: u64,
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Structure {
    /// Where it ends in the value that it was read from, in bits.
    pub(super) end: usize,
    first_id: u8,
    templates: [Template; MAX_TEMPLATES],
    template_count: usize,
    targets: [Target; MAX_TARGETS],
    target_count: usize,
    resolutions: Option<[(u16, u16); MAX_SPATIAL]>,
    spatial_count: usize,
}

impl Structure {
    /// The decode targets, as indications and masks count them.
    #[must_use]
    pub fn targets(&self) -> &[Target] {
        &self.targets[..self.target_count]
    }

    /// A bit for each target.
    #[must_use]
    pub fn all_targets(&self) -> u32 {
        u32::MAX >> (MAX_TARGETS - self.target_count)
    }

    /// Width and height of the pictures of a spatial layer, where they are told.
    #[must_use]
    pub fn resolution(&self, spatial: u8) -> Option<(u16, u16)> {
        let told = &self.resolutions.as_ref()?[..self.spatial_count];
        told.get(usize::from(spatial)).copied().filter(|(width, height)| *width > 0 && *height > 0)
    }

    /// How many spatial layers there are.
    #[must_use]
    pub fn spatial_count(&self) -> usize {
        self.spatial_count
    }

    /// Whether every frame of a target is one of another target too: who has that one can go down to this at once.
    #[must_use]
    pub fn is_part(&self, target: u8, of: u8) -> bool {
        let has = |template: &Template, target: u8| template.indications >> (2 * u32::from(target)) & 3 != 0;
        self.templates[..self.template_count].iter().all(|template| has(template, of) || !has(template, target))
    }

    pub(super) fn template(&self, id: u8) -> Option<&Template> {
        let at = usize::from((id + 64 - self.first_id) % 64);
        self.templates[..self.template_count].get(at)
    }

    /// Reads a structure; `None`: it is cut off, or has more layers than there are.
    pub(super) fn read(mut bits: Bits<'_>) -> Option<Self> {
        let mut read = Self {
            end: 0,
            first_id: u8::try_from(bits.take(6)?).ok()?,
            templates: [Template::default(); MAX_TEMPLATES],
            template_count: 0,
            targets: [Target::default(); MAX_TARGETS],
            target_count: bits.take(5)? as usize + 1,
            resolutions: None,
            spatial_count: 0,
        };
        read.read_layers(&mut bits)?;
        for template in &mut read.templates[..read.template_count] {
            template.indications = read_indications(&mut bits, read.target_count)?;
        }
        for _ in 0..read.template_count {
            while bits.bit()? {
                bits.pass(4)?; // how far back the frame is on which it depends
            }
        }
        read.pass_chains(&mut bits)?;
        read.find_targets();
        if bits.bit()? {
            let mut sizes = [(0, 0); MAX_SPATIAL];
            for size in &mut sizes[..read.spatial_count] {
                let mut side = || Some(u16::try_from(bits.take(16)?).ok()?.saturating_add(1));
                *size = (side()?, side()?);
            }
            read.resolutions = Some(sizes);
        }
        read.end = bits.at();
        Some(read)
    }

    /// Layers of the templates, from each one to the next (§A.8.4, `template_layers`).
    fn read_layers(&mut self, bits: &mut Bits<'_>) -> Option<()> {
        let (mut spatial, mut temporal) = (0, 0);
        loop {
            let template = self.templates.get_mut(self.template_count)?;
            (template.spatial, template.temporal) = (spatial, temporal);
            self.template_count += 1;
            match bits.take(2)? {
                0 => {}
                1 => temporal += 1,
                2 => (spatial, temporal) = (spatial + 1, 0),
                _ => break,
            }
            if usize::from(spatial) >= MAX_SPATIAL || temporal >= MAX_TEMPORAL {
                return None;
            }
        }
        self.spatial_count = usize::from(spatial) + 1;
        Some(())
    }

    fn pass_chains(&self, bits: &mut Bits<'_>) -> Option<()> {
        let chains = bits.below(u32::try_from(self.target_count).ok()? + 1)?;
        if chains > 0 {
            for _ in 0..self.target_count {
                bits.below(chains)?;
            }
            bits.pass(4 * chains as usize * self.template_count)?;
        }
        Some(())
    }

    /// What a target has is its layers (§A.8.4, `decode_target_layers`).
    fn find_targets(&mut self) {
        for (number, target) in self.targets[..self.target_count].iter_mut().enumerate() {
            for template in &self.templates[..self.template_count] {
                if template.indications >> (2 * number) & 3 != 0 {
                    target.spatial = target.spatial.max(template.spatial);
                    target.temporal = target.temporal.max(template.temporal);
                }
            }
        }
    }
}

/// Two bits for each target; the first one comes first, and lies lowest.
pub(super) fn read_indications(bits: &mut Bits<'_>, targets: usize) -> Option<u64> {
    let mut all = 0;
    for target in 0..targets {
        all |= u64::from(bits.take(2)?) << (2 * target);
    }
    Some(all)
}
