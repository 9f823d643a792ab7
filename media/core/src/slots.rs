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
