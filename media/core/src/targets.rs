//! Which frames of a stream with decode targets (SVC) a subscriber gets: what belongs to the best target that it is to have.
//!
//! Targets, and who has a frame, a stream tells in its dependency descriptor (RTP Payload Format for AV1, appendix A).
//! VP9 without one tells spatial and temporal layers: then each layer needs those below it, and is a target.

use hoptt_wire::dependency::{Indication, Structure};
use hoptt_wire::vp9;

use crate::temporal::ALL;

/// How far up the layers: a spatial one, and a temporal one of it. A smaller picture comes before a larger one, a slower
/// one before a faster one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Layer {
    /// The highest spatial layer; [`ALL`]: as it comes.
    pub spatial: u8,
    /// The highest temporal layer; [`ALL`]: as it comes.
    pub temporal: u8,
}

impl Layer {
    /// Everything.
    pub const ALL: Self = Self { spatial: ALL, temporal: ALL };
    /// What all other layers need, where they need any.
    pub const LOWEST: Self = Self { spatial: 0, temporal: 0 };

    fn holds(self, other: Self) -> bool {
        other.spatial <= self.spatial && other.temporal <= self.temporal
    }
}

/// The targets of a stream.
#[derive(Clone, Copy, Debug)]
pub enum Targets<'a> {
    /// As its structure tells.
    Told(&'a Structure),
    /// One for each spatial and temporal layer, and each has all that is below it.
    Nested,
}

/// Layers of a [`Targets::Nested`] stream; higher ones of VP9 count as the highest of these.
const NESTED_SPATIAL: u8 = 4;
const NESTED_TEMPORAL: u8 = 4;

impl Targets<'_> {
    fn count(self) -> u8 {
        match self {
            Self::Told(structure) => u8::try_from(structure.targets().len()).expect("32 at most"),
            Self::Nested => NESTED_SPATIAL * NESTED_TEMPORAL,
        }
    }

    fn layer(self, target: u8) -> Layer {
        match self {
            Self::Told(structure) => {
                let told = structure.targets().get(usize::from(target)).copied().unwrap_or_default();
                Layer { spatial: told.spatial, temporal: told.temporal }
            }
            Self::Nested => Layer { spatial: target / NESTED_TEMPORAL, temporal: target % NESTED_TEMPORAL },
        }
    }

    /// Whether who has one target can go down to this one at once.
    fn is_part(self, target: u8, of: u8) -> bool {
        match self {
            Self::Told(structure) => structure.is_part(target, of),
            Self::Nested => self.layer(of).holds(self.layer(target)),
        }
    }

    /// Whether a switching point leads from one target to this one: that of a nested stream is one of time only.
    fn opens(self, target: u8, from: u8) -> bool {
        match self {
            Self::Told(_) => true,
            Self::Nested => self.layer(target).spatial <= self.layer(from).spatial,
        }
    }

    /// The best one of those that are sent which is no higher than the wish, or else the lowest.
    fn best(self, wish: Layer, active: u32) -> Option<u8> {
        let sent = || (0..self.count()).filter(move |target| active >> target & 1 == 1);
        let fitting = sent().filter(|target| wish.holds(self.layer(*target)));
        fitting.max_by_key(|target| self.layer(*target)).or_else(|| sent().min_by_key(|target| self.layer(*target)))
    }

    /// Whether a picture of the highest spatial layer comes with the smaller ones.
    #[must_use]
    pub fn has_smaller_pictures(self) -> bool {
        let all = u32::MAX >> (32 - u32::from(self.count()));
        let (top, small) = (self.best(Layer::ALL, all), self.best(Layer { spatial: 0, temporal: ALL }, all));
        top.zip(small).is_some_and(|(top, small)| self.is_part(small, top))
    }

    /// Those that somebody has who has this one.
    fn parts(self, of: u8, active: u32) -> u32 {
        let parts = (0..self.count()).filter(|target| active >> target & 1 == 1 && self.is_part(*target, of));
        parts.fold(0, |all, target| all | 1 << target)
    }
}

/// A frame of a stream with targets, as one of its packets tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerFrame {
    /// Of each frame another one, growing modulo 2³².
    pub order: u32,
    /// Of its picture.
    pub timestamp: u32,
    /// Where it stands.
    pub layer: Layer,
    /// The packet ends it.
    pub ends: bool,
    /// A decoder can begin with it.
    pub is_key: bool,
    /// The targets that are sent, a bit for each.
    pub active: u32,
    /// What each target has of it, in two bits as [`Indication`] counts.
    pub indications: u64,
}

impl LayerFrame {
    /// The frame of a packet of VP9 in layers.
    #[must_use]
    #[inline(never)] // what other codecs pay for is small without it
    pub fn of_vp9(found: &vp9::Descriptor, timestamp: u32) -> Option<Self> {
        let at = found.layers?;
        let layer = Layer { spatial: at.sid.min(NESTED_SPATIAL - 1), temporal: at.tid.min(NESTED_TEMPORAL - 1) };
        let mut indications = 0;
        for target in 0..NESTED_SPATIAL * NESTED_TEMPORAL {
            let of = Targets::Nested.layer(target);
            // RFC 9628 §4.2: what lies above a switching up point in time depends on nothing before it that lies above it.
            let indication = match (of.holds(layer), at.switching_up) {
                (false, _) => NOT_PRESENT,
                (true, true) => SWITCH,
                (true, false) => REQUIRED,
            };
            indications |= indication << (2 * target);
        }
        Some(Self {
            order: timestamp << 3 | u32::from(at.sid),
            timestamp,
            layer,
            ends: found.ends_frame,
            is_key: !found.inter_picture && at.sid == 0,
            active: u32::MAX >> (32 - u32::from(Targets::Nested.count())),
            indications,
        })
    }
}

const NOT_PRESENT: u64 = 0;
const SWITCH: u64 = 2;
const REQUIRED: u64 = 3;

/// What becomes of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fate {
    /// It is sent, whole.
    pub taken: bool,
    /// With it the picture is over for this subscriber.
    pub ends_picture: bool,
    /// The targets that it is told to expect.
    pub active: u32,
}

impl Fate {
    /// Of a stream without targets.
    #[must_use]
    pub fn whole(taken: bool) -> Self {
        Self { taken, ends_picture: false, active: 0 }
    }
}

/// Frames whose fate is remembered, so that a late packet shares it.
const REMEMBERED: usize = 16;

/// See the module.
#[derive(Clone, Copy, Debug)]
pub struct TargetFilter {
    wish: Layer,
    current: Option<u8>,
    /// The newest frame.
    newest: Option<(u32, u32)>,
    decided: [Option<(u32, Fate)>; REMEMBERED],
    last: usize,
    needs_key: bool,
}

impl Default for TargetFilter {
    /// Takes everything.
    fn default() -> Self {
        Self { wish: Layer::ALL, current: None, newest: None, decided: [None; REMEMBERED], last: 0, needs_key: false }
    }
}

impl TargetFilter {
    /// Nothing above this is to be taken as soon as that can be.
    pub fn set_wish(&mut self, wish: Layer) {
        self.wish = wish;
    }

    /// Another stream follows, beginning with a keyframe.
    pub fn restart(&mut self) {
        *self = Self { wish: self.wish, ..Self::default() };
    }

    /// What is wished for can only begin with a keyframe.
    #[must_use]
    pub fn needs_key(&self) -> bool {
        self.needs_key
    }

    /// Tells the fate of a packet's frame. All packets of a frame share it.
    #[inline(never)]
    pub fn fate(&mut self, frame: &LayerFrame, targets: Targets<'_>) -> Fate {
        let decided = self.recall(frame.order).unwrap_or_else(|| {
            let fate = self.decide(frame, targets);
            self.last = (self.last + 1) % REMEMBERED;
            self.decided[self.last] = Some((frame.order, fate));
            fate
        });
        Fate { ends_picture: decided.ends_picture && frame.ends, ..decided }
    }

    /// What the fate of a packet's frame was. Of one that is not remembered it is no more than that it was taken.
    #[must_use]
    #[inline(never)]
    pub fn fate_before(&self, frame: &LayerFrame) -> Fate {
        let active = self.decided[self.last].map_or(frame.active, |(_, fate)| fate.active);
        let forgotten = Fate { taken: true, ends_picture: false, active };
        let decided = self.recall(frame.order).unwrap_or(forgotten);
        Fate { ends_picture: decided.ends_picture && frame.ends, ..decided }
    }

    /// The fate of a frame, as long as it is remembered; `ends_picture` is that of its last packet.
    fn recall(&self, order: u32) -> Option<Fate> {
        self.decided.iter().flatten().find(|(known, _)| *known == order).map(|(_, fate)| *fate)
    }

    fn decide(&mut self, frame: &LayerFrame, targets: Targets<'_>) -> Fate {
        let is_new = self.newest.is_none_or(|(order, _)| frame.order.wrapping_sub(order).cast_signed() > 0);
        let begins_picture = self.newest.is_none_or(|(_, timestamp)| timestamp != frame.timestamp);
        if is_new {
            self.newest = Some((frame.order, frame.timestamp));
            self.move_on(frame, targets, begins_picture);
        }
        let Some(current) = self.current else {
            return Fate { taken: false, ends_picture: false, active: frame.active };
        };
        Fate {
            taken: Indication::of(frame.indications, current) != Indication::NotPresent,
            ends_picture: frame.layer.spatial >= targets.layer(current).spatial,
            active: targets.parts(current, frame.active),
        }
    }

    /// Down at once with the next picture, up where the stream allows it.
    fn move_on(&mut self, frame: &LayerFrame, targets: Targets<'_>, begins_picture: bool) {
        let Some(wanted) = targets.best(self.wish, frame.active) else { return };
        self.needs_key = false;
        if frame.is_key {
            self.current = Some(wanted);
            return;
        }
        let Some(current) = self.current.filter(|current| *current != wanted) else { return };
        let has = |target| Indication::of(frame.indications, target);
        // In the middle of a picture there is no way down: what was sent of it would have no end.
        let reaches = |target: &u8| {
            begins_picture && targets.is_part(*target, current)
                || has(current) != Indication::NotPresent
                    && has(*target) == Indication::Switch
                    && targets.opens(*target, current)
        };
        let (layer, wish) = (targets.layer(current), targets.layer(wanted));
        // Until another size can be had, at least its speed.
        let as_fast = targets.best(Layer { spatial: layer.spatial, temporal: wish.temporal }, frame.active);
        let as_fast = as_fast.filter(|target| targets.layer(*target).spatial == layer.spatial);
        let next = [Some(wanted), as_fast].into_iter().flatten().find(reaches).unwrap_or(current);
        self.current = Some(next);
        self.needs_key = targets.layer(next).spatial != wish.spatial && !targets.is_part(wanted, next);
    }
}

#[cfg(test)]
mod tests;
