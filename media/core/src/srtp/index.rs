//! The 48-bit packet index of a stream, estimated from its 16-bit sequence number (RFC 3711 §3.3.1).

use super::replay::ReplayWindow;

/// One past the last index a key may seal or open (RFC 3711 §9.2).
pub(super) const MAX_INDEX: u64 = 1 << 48;

/// Gives the index nearest to the highest authentic one, or `None` when that would lie before the start.
pub(super) fn estimate<const WORDS: usize>(window: &ReplayWindow<WORDS>, seq: u16) -> Option<u64> {
    let Some(highest) = window.highest() else {
        return Some(u64::from(seq));
    };
    #[expect(clippy::cast_possible_truncation, reason = "the low 16 bits are the sequence number")]
    let step = seq.wrapping_sub(highest as u16).cast_signed();
    highest.checked_add_signed(i64::from(step))
}

/// States found by SSRC. Few enough that a scan of the numbers beats hashing.
#[derive(Debug, Default)]
pub(super) struct Streams<T> {
    ssrcs: Vec<u32>,
    states: Vec<T>,
}

impl<T> Streams<T> {
    pub(super) fn get(&self, ssrc: u32) -> Option<(usize, &T)> {
        let at = self.ssrcs.iter().position(|known| *known == ssrc)?;
        Some((at, &self.states[at]))
    }

    pub(super) fn at(&mut self, at: usize) -> &mut T {
        &mut self.states[at]
    }

    pub(super) fn push(&mut self, ssrc: u32, state: T) {
        self.ssrcs.push(ssrc);
        self.states.push(state);
    }

    pub(super) fn len(&self) -> usize {
        self.ssrcs.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(highest: u64) -> ReplayWindow<16> {
        let mut window = ReplayWindow::default();
        window.accept(highest);
        window
    }

    #[test]
    fn the_roll_over_counter_follows_the_sequence_number() {
        for (highest, seq, index) in [
            (0xffff, 0, Some(0x1_0000)),
            (0x1_0000, 0xffff, Some(0xffff)),
            (0x1_0005, 0x8004, Some(0x1_8004)),
            (3, 0xfffe, None),
            (0x2_0000, 0x7fff, Some(0x2_7fff)),
            (0x2_8001, 0, Some(0x3_0000)),
        ] {
            assert_eq!(estimate(&after(highest), seq), index, "{highest:x} {seq:x}");
        }
        assert_eq!(estimate(&ReplayWindow::<16>::default(), 0xfffe), Some(0xfffe));
    }
}
