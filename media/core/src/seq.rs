//! Sequence numbers: 16 bits on the wire, 64 bits within, so that nothing inside has to think of wrapping.

/// Turns the 16-bit numbers of one stream into 64-bit ones (RFC 3550 §A.1 without its probation).
///
/// Numbers start above 2¹⁶, so that packets from before the first one have a number too.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwrapper {
    highest: Option<u64>,
}

impl Unwrapper {
    /// Gives the number nearest to the highest one so far, and remembers it when it is higher.
    pub fn unwrap(&mut self, seq: u16) -> u64 {
        let unwrapped = self.peek(seq);
        if self.highest.is_none_or(|highest| unwrapped > highest) {
            self.highest = Some(unwrapped);
        }
        unwrapped
    }

    /// Gives the number nearest to the highest one so far, changing nothing.
    #[must_use]
    pub fn peek(&self, seq: u16) -> u64 {
        match self.highest {
            None => FIRST_CYCLE + u64::from(seq),
            Some(highest) => nearest(highest, seq),
        }
    }

    /// The highest number so far.
    #[must_use]
    pub fn highest(&self) -> Option<u64> {
        self.highest
    }
}

const FIRST_CYCLE: u64 = 1 << 16;

/// The number with these low 16 bits that is nearest to `reference`, which is at least 2¹⁵.
#[must_use]
pub fn nearest(reference: u64, seq: u16) -> u64 {
    let step = seq.wrapping_sub(low(reference)).cast_signed();
    reference.saturating_add_signed(i64::from(step))
}

/// What stands on the wire.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "the low 16 bits are what the wire carries")]
pub fn low(seq: u64) -> u16 {
    seq as u16
}

/// The low 32 bits, for fields that count modulo 2³².
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "the low 32 bits are meant")]
pub fn low_32(number: u64) -> u32 {
    number as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_number_follows_the_stream_over_its_wraps() {
        let mut unwrapper = Unwrapper::default();
        for (seq, unwrapped) in [
            (0xfffe, 0x1_fffe),
            (0xffff, 0x1_ffff),
            (1, 0x2_0001),
            (0, 0x2_0000),
            (0xfffd, 0x1_fffd),
            (0x7fff, 0x2_7fff),
            (0xfffe, 0x2_fffe),
            (0x7ffe, 0x2_7ffe), // exactly half way is taken as the past
        ] {
            assert_eq!(unwrapper.unwrap(seq), unwrapped, "{seq:x}");
        }
        assert_eq!(unwrapper.highest(), Some(0x2_fffe));
    }

    #[test]
    fn a_packet_from_before_the_first_has_a_number() {
        let mut unwrapper = Unwrapper::default();
        assert_eq!(unwrapper.unwrap(3), 0x1_0003);
        assert_eq!(unwrapper.unwrap(0x8004), 0x0_8004);
    }

    proptest! {
        #[test]
        fn any_walk_with_steps_below_half_a_cycle_is_followed(
            first in any::<u16>(),
            steps in prop::collection::vec(-0x7fff_i64..0x7fff, 1..400),
        ) {
            let mut unwrapper = Unwrapper::default();
            let mut highest = FIRST_CYCLE + u64::from(first);
            prop_assert_eq!(unwrapper.unwrap(first), highest);
            for step in steps {
                let real = highest.saturating_add_signed(step);
                prop_assert_eq!(unwrapper.unwrap(low(real)), real);
                highest = highest.max(real);
            }
        }
    }
}
