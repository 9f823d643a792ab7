//! The replay window of RFC 3711 §3.3.2.

/// Remembers which of the last `64 * WORDS` indices were seen.
#[derive(Clone, Debug)]
pub struct ReplayWindow<const WORDS: usize> {
    /// Highest index seen; `None` before the first.
    highest: Option<u64>,
    /// Bit `index % size` tells that `index` was seen, for the last `size` indices.
    seen: [u64; WORDS],
}

/// What a window says of an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Not seen yet.
    Fresh,
    /// Seen before.
    Seen,
    /// Too old to tell: treated as seen.
    Old,
}

impl<const WORDS: usize> Default for ReplayWindow<WORDS> {
    fn default() -> Self {
        Self { highest: None, seen: [0; WORDS] }
    }
}

impl<const WORDS: usize> ReplayWindow<WORDS> {
    /// How many indices are remembered.
    pub const SIZE: u64 = 64 * WORDS as u64;

    /// The highest index accepted so far.
    #[must_use]
    pub fn highest(&self) -> Option<u64> {
        self.highest
    }

    /// Tells whether an index may be taken, changing nothing.
    #[must_use]
    pub fn check(&self, index: u64) -> Verdict {
        match self.highest {
            None => Verdict::Fresh,
            Some(highest) if index > highest => Verdict::Fresh,
            Some(highest) if highest - index >= Self::SIZE => Verdict::Old,
            Some(_) => {
                let (word, bit) = Self::place(index);
                if self.seen[word] & bit == 0 { Verdict::Fresh } else { Verdict::Seen }
            }
        }
    }

    /// Notes an index that was authentic and [`Verdict::Fresh`].
    pub fn accept(&mut self, index: u64) {
        match self.highest {
            Some(highest) if index <= highest => {}
            Some(highest) if index - highest < Self::SIZE => {
                for skipped in highest + 1..index {
                    let (word, bit) = Self::place(skipped);
                    self.seen[word] &= !bit;
                }
                self.highest = Some(index);
            }
            _ => {
                self.seen = [0; WORDS];
                self.highest = Some(index);
            }
        }
        let (word, bit) = Self::place(index);
        self.seen[word] |= bit;
    }

    fn place(index: u64) -> (usize, u64) {
        let at = index % Self::SIZE;
        let word = usize::try_from(at / 64).expect("below the window's size");
        (word, 1 << (at % 64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    type Window = ReplayWindow<16>;

    #[test]
    fn the_window_holds_1024_indices() {
        let mut window = Window::default();
        window.accept(0);
        window.accept(1023);
        assert_eq!(window.check(0), Verdict::Seen);
        assert_eq!(window.check(1), Verdict::Fresh);
        window.accept(1024);
        assert_eq!(window.check(0), Verdict::Old);
        assert_eq!(window.check(1), Verdict::Fresh);
    }

    #[test]
    fn a_jump_forgets_what_lies_before() {
        let mut window = Window::default();
        for index in 0..2000 {
            window.accept(index);
        }
        window.accept(1_000_000);
        for index in 1_000_000 - 1023..1_000_000 {
            assert_eq!(window.check(index), Verdict::Fresh, "{index}");
        }
        assert_eq!(window.check(1_000_000), Verdict::Seen);
    }

    #[test]
    fn the_window_agrees_with_a_set_of_all_indices() {
        // A small generator with a fixed seed: jumps forth and back around a growing middle.
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut window = Window::default();
        let mut all = HashSet::new();
        let mut highest = 0u64;
        for step in 0..200_000u64 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let index = (step / 2 + state % 3000).saturating_sub(1500);
            let expected = if !all.is_empty() && index + Window::SIZE <= highest {
                Verdict::Old
            } else if all.contains(&index) {
                Verdict::Seen
            } else {
                Verdict::Fresh
            };
            assert_eq!(window.check(index), expected, "step {step} index {index} highest {highest}");
            if expected == Verdict::Fresh {
                window.accept(index);
                all.insert(index);
                highest = highest.max(index);
            }
        }
    }
}
