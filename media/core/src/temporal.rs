//! Which frames of a stream with temporal layers a subscriber gets: fewer at once, more where the stream allows it.

/// All layers.
pub const ALL: u8 = u8::MAX;

/// Frames whose fate is remembered, so that a late packet shares it.
const REMEMBERED: usize = 8;

/// See the module. A frame is taken whole or not at all.
#[derive(Clone, Copy, Debug)]
pub struct TemporalFilter {
    /// The highest layer that is to be taken.
    target: u8,
    /// The highest layer that can be taken now.
    current: u8,
    /// By timestamp, the newest at `last`.
    decided: [Option<(u32, bool)>; REMEMBERED],
    last: usize,
}

/// Where a frame stands among the layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Temporal {
    /// Its layer; each one depends on lower ones.
    pub tid: u8,
    /// It depends on layer 0 only: from here a receiver of lower layers may take its layer too (RFC 7741 §4.2).
    pub sync: bool,
}

impl Default for TemporalFilter {
    /// Takes everything.
    fn default() -> Self {
        Self { target: ALL, current: ALL, decided: [None; REMEMBERED], last: 0 }
    }
}

impl TemporalFilter {
    /// No layer above this one is to be taken from the next frame on.
    pub fn set_target(&mut self, target: u8) {
        self.target = target;
    }

    /// The highest layer that is to be taken.
    #[must_use]
    pub fn target(&self) -> u8 {
        self.target
    }

    /// Another stream follows, beginning with a keyframe.
    pub fn restart(&mut self) {
        *self = Self { target: self.target, current: self.target, ..Self::default() };
    }

    /// Tells whether a packet of a frame is taken; all packets of one frame share a timestamp.
    pub fn takes(&mut self, timestamp: u32, temporal: Option<Temporal>, starts_keyframe: bool) -> bool {
        if let Some((newest, taken)) = self.decided[self.last]
            && newest == timestamp
        {
            return taken;
        }
        if let Some(taken) = self.recall(timestamp) {
            return taken;
        }
        let taken = self.decide(temporal, starts_keyframe);
        self.last = (self.last + 1) % REMEMBERED;
        self.decided[self.last] = Some((timestamp, taken));
        taken
    }

    /// Tells whether the frame of a timestamp was taken, as long as that is remembered.
    #[must_use]
    pub fn recall(&self, timestamp: u32) -> Option<bool> {
        self.decided.iter().flatten().find(|(known, _)| *known == timestamp).map(|(_, taken)| *taken)
    }

    fn decide(&mut self, temporal: Option<Temporal>, starts_keyframe: bool) -> bool {
        if starts_keyframe {
            self.current = self.target;
        }
        self.current = self.current.min(self.target);
        let Some(Temporal { tid, sync }) = temporal else { return true };
        // One step at a time: a frame of layer 2 depends on later frames of layer 1 than its sync.
        if sync && tid <= self.target && self.current.checked_add(1) == Some(tid) {
            self.current = tid;
        }
        tid <= self.current
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(tid: u8, sync: bool) -> Temporal {
        Temporal { tid, sync }
    }

    fn taken(filter: &mut TemporalFilter, from: u32, frames: &[(u8, bool)]) -> Vec<bool> {
        (from..).zip(frames).map(|(at, (tid, sync))| filter.takes(at * 3000, Some(frame(*tid, *sync)), false)).collect()
    }

    #[test]
    fn upper_layers_fall_at_the_next_frame_and_come_back_at_their_sync_one_after_the_other() {
        let mut filter = TemporalFilter::default();
        let pattern = [(0, false), (2, false), (1, false), (2, false)];
        assert_eq!(taken(&mut filter, 0, &pattern), [true; 4]);
        filter.set_target(0);
        assert_eq!(taken(&mut filter, 4, &pattern), [true, false, false, false]);
        filter.set_target(ALL);
        assert_eq!(taken(&mut filter, 8, &pattern), [true, false, false, false], "no sync yet");
        assert_eq!(taken(&mut filter, 12, &[(0, false), (2, true), (1, true), (2, true)]), [true, false, true, true]);
        assert_eq!(taken(&mut filter, 16, &pattern), [true; 4]);
    }

    #[test]
    fn a_keyframe_opens_all_layers_that_are_wanted() {
        let mut filter = TemporalFilter::default();
        filter.set_target(0);
        assert_eq!(taken(&mut filter, 0, &[(1, false)]), [false]);
        filter.set_target(1);
        assert!(filter.takes(3000, Some(frame(0, false)), true));
        assert_eq!(taken(&mut filter, 2, &[(2, true), (1, false), (2, true)]), [false, true, false]);
    }

    #[test]
    fn a_frame_is_taken_whole_or_not_at_all() {
        let mut filter = TemporalFilter::default();
        assert!(filter.takes(9000, Some(frame(2, false)), false));
        filter.set_target(0);
        assert!(filter.takes(9000, Some(frame(2, false)), false), "its later packets");
        assert!(!filter.takes(12_000, Some(frame(2, false)), false));
        filter.set_target(ALL);
        assert!(filter.takes(15_000, Some(frame(0, false)), true));
        assert!(!filter.takes(12_000, Some(frame(2, false)), false), "a late one of a frame that was not taken");
        assert_eq!((filter.recall(12_000), filter.recall(1)), (Some(false), None));
    }

    #[test]
    fn a_stream_without_layers_is_taken_whole() {
        let mut filter = TemporalFilter::default();
        filter.set_target(0);
        assert!(filter.takes(1, None, false));
    }
}
