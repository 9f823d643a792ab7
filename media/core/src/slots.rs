//! Which voice goes into which audio slot: decided once for a meeting, with a substitute for one's own voice.

/// The voices of a meeting's K audio slots.
///
/// Slot 0 carries the stage, else the dominant speaker; the other slots the loudest others. A voice keeps its slot
/// while it is among them.
#[derive(Debug)]
pub struct AudioSlots<K> {
    slots: Vec<Option<K>>,
    /// Who takes the place of a listener's own voice.
    substitute: Option<K>,
    /// Room for the next assignment.
    wanted: Vec<K>,
}

/// Audio slots of a meeting at most.
pub const MAX_SLOTS: usize = 16;

impl<K: Copy + Eq> AudioSlots<K> {
    /// So many slots, from 1 to [`MAX_SLOTS`], all empty.
    #[must_use]
    pub fn new(count: usize) -> Self {
        let count = count.clamp(1, MAX_SLOTS);
        Self { slots: vec![None; count], substitute: None, wanted: Vec::with_capacity(count + 1) }
    }

    /// How many slots there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.slots.len()
    }

    /// Assigns the slots; true when a slot or the substitute changed.
    ///
    /// `stage` and `dominant` are voices that may be heard and arrive, or `None`; `loudest` gives such voices, loudest
    /// first, and may contain both. It takes `count() + 1` of them: the last one is the substitute.
    pub fn assign(&mut self, stage: Option<K>, dominant: Option<K>, loudest: &[K]) -> bool {
        self.wanted.clear();
        let first = stage.or(dominant).or_else(|| self.slots[0].filter(|voice| loudest.contains(voice)));
        for voice in first.into_iter().chain(dominant).chain(loudest.iter().copied()) {
            if self.wanted.len() <= self.slots.len() && !self.wanted.contains(&voice) {
                self.wanted.push(voice);
            }
        }
        let spare = if self.wanted.len() > self.slots.len() { self.wanted.pop() } else { None };
        let mut changed = self.substitute != spare;
        self.substitute = spare;

        // Slot 0 goes to the first; whom it pushes out takes the place that was left, if still wanted.
        if let Some(first) = self.wanted.first().copied()
            && self.slots[0] != Some(first)
        {
            let left = self.slots.iter().position(|slot| *slot == Some(first));
            let out = self.slots[0].replace(first);
            if let Some(left) = left {
                self.slots[left] = out;
            } else if let Some(out) = out.filter(|out| self.wanted.contains(out))
                && let Some(free) = self.slots.iter().position(|slot| slot.is_none_or(|v| !self.wanted.contains(&v)))
            {
                self.slots[free] = Some(out);
            }
            changed = true;
        }
        for slot in &mut self.slots {
            if slot.is_some_and(|voice| !self.wanted.contains(&voice)) {
                *slot = None;
                changed = true;
            }
        }
        for voice in self.wanted.drain(..) {
            if !self.slots.contains(&Some(voice))
                && let Some(free) = self.slots.iter_mut().find(|slot| slot.is_none())
            {
                *free = Some(voice);
                changed = true;
            }
        }
        changed
    }

    /// What a slot carries for those whose own voice it is not.
    #[must_use]
    pub fn voice(&self, slot: usize) -> Option<K> {
        self.slots.get(slot).copied().flatten()
    }

    /// What a slot carries for a listener: never the own voice, in its place the next loudest (R24).
    #[must_use]
    pub fn voice_for(&self, slot: usize, own: Option<K>) -> Option<K> {
        let voice = self.voice(slot)?;
        if Some(voice) == own { self.substitute } else { Some(voice) }
    }

    /// The slot in which a listener with the voice `own` hears `voice`; for a packet on its way to that listener.
    #[must_use]
    pub fn slot_of(&self, voice: K, own: Option<K>) -> Option<usize> {
        let holder = if self.substitute == Some(voice) { own? } else { voice };
        if own == Some(voice) {
            return None;
        }
        self.slots.iter().position(|slot| *slot == Some(holder))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn voices(slots: &AudioSlots<char>) -> String {
        (0..slots.count()).map(|slot| slots.voice(slot).unwrap_or('-')).collect()
    }

    fn assigned(slots: &mut AudioSlots<char>, stage: Option<char>, dominant: Option<char>, loudest: &str) -> String {
        slots.assign(stage, dominant, &loudest.chars().collect::<Vec<_>>());
        voices(slots)
    }

    #[test]
    fn slot_0_is_the_stage_and_else_the_dominant_speaker() {
        let mut slots = AudioSlots::new(3);
        assert_eq!(assigned(&mut slots, Some('s'), Some('d'), "xyz"), "sdx");
        assert_eq!(assigned(&mut slots, None, Some('d'), "xyz"), "dyx");
        assert_eq!(assigned(&mut slots, None, None, "xyd"), "dyx", "in a silence everybody stays");
    }

    #[test]
    fn a_voice_keeps_its_slot_while_it_is_among_the_loudest() {
        let mut slots = AudioSlots::new(4);
        assert_eq!(assigned(&mut slots, None, Some('a'), "abcd"), "abcd");
        assert_eq!(assigned(&mut slots, None, Some('a'), "dcab"), "abcd");
        assert_eq!(assigned(&mut slots, None, Some('a'), "edc"), "aecd");
        assert_eq!(assigned(&mut slots, None, Some('a'), "d"), "a--d");
    }

    #[test]
    fn who_leaves_slot_0_takes_the_place_of_who_comes() {
        let mut slots = AudioSlots::new(3);
        assert_eq!(assigned(&mut slots, None, Some('a'), "abc"), "abc");
        assert_eq!(assigned(&mut slots, None, Some('c'), "abc"), "cba");
        assert_eq!(assigned(&mut slots, Some('s'), Some('c'), "cba"), "sbc");
    }

    #[test]
    fn nobody_hears_the_own_voice_but_the_next_loudest_in_its_place() {
        let mut slots = AudioSlots::new(2);
        slots.assign(Some('s'), None, &['a', 'b', 'c']);
        let heard = |own| (slots.voice_for(0, own), slots.voice_for(1, own));
        assert_eq!(heard(None), (Some('s'), Some('a')));
        assert_eq!(heard(Some('z')), (Some('s'), Some('a')));
        assert_eq!(heard(Some('s')), (Some('b'), Some('a')));
        assert_eq!(heard(Some('a')), (Some('s'), Some('b')));
    }

    #[test]
    fn a_change_is_told_once() {
        let mut slots = AudioSlots::new(2);
        assert!(slots.assign(None, Some('a'), &['a', 'b']));
        assert!(!slots.assign(None, Some('a'), &['b', 'a']));
        assert!(slots.assign(None, Some('a'), &['b', 'a', 'c']), "a substitute came");
        assert!(slots.assign(None, None, &[]));
        assert!(!slots.assign(None, None, &[]));
    }

    proptest! {
        #[test]
        fn every_assignment_keeps_the_rules(
            count in 1..6_usize,
            rounds in prop::collection::vec(
                (prop::option::weighted(0.3, 0..10_u8), prop::option::weighted(0.7, 0..10_u8), Just((0..10_u8).collect::<Vec<_>>()).prop_shuffle(), 0..10_usize),
                1..20,
            ),
        ) {
            let mut slots = AudioSlots::new(count);
            for (stage, dominant, mut loudest, present) in rounds {
                let before: Vec<_> = (0..count).map(|slot| slots.voice(slot)).collect();
                loudest.truncate(present);
                slots.assign(stage, dominant, &loudest);
                let after: Vec<_> = (0..count).map(|slot| slots.voice(slot)).collect();
                let heard: Vec<u8> = after.iter().flatten().copied().collect();
                for (at, voice) in heard.iter().enumerate() {
                    prop_assert!(!heard[..at].contains(voice), "{} is in two slots", voice);
                    prop_assert!(loudest.contains(voice) || stage == Some(*voice) || dominant == Some(*voice));
                }
                if let Some(first) = stage.or(dominant) {
                    prop_assert_eq!(after[0], Some(first));
                }
                let mut candidates = loudest.clone();
                candidates.extend(stage.into_iter().chain(dominant));
                candidates.sort_unstable();
                candidates.dedup();
                prop_assert_eq!(heard.len(), candidates.len().min(count), "a slot stayed empty");
                for slot in 1..count {
                    if let Some(voice) = before[slot].filter(|voice| heard.contains(voice) && after[0] != Some(*voice)) {
                        prop_assert_eq!(after[slot], Some(voice), "a voice moved without need");
                    }
                }
                for own in 0..10 {
                    for slot in 0..count {
                        prop_assert_ne!(slots.voice_for(slot, Some(own)), Some(own), "an own voice");
                    }
                    for voice in 0..10 {
                        let slot = (0..count).find(|slot| slots.voice_for(*slot, Some(own)) == Some(voice));
                        prop_assert_eq!(slots.slot_of(voice, Some(own)), slot);
                    }
                }
            }
        }
    }
}
