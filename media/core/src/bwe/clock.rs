//! The clock of who receives, as reports tell it.

use hoptt_wire::rtcp::TICK;

use crate::seq;

/// A receiver's clock that is off by more from one packet to the next is not believed.
const LEAP_US: i64 = 5_000_000;
/// So many leaps in a row are believed: a computer slept.
const LEAPS_BELIEVED: u32 = 32;

/// The receiver's clock, which has 32 bits of ticks and no known beginning.
#[derive(Debug, Default)]
pub(super) struct ArrivalClock {
    last: Option<(i64, i64)>,
    leaps: u32,
    leapt: bool,
}

impl ArrivalClock {
    /// The arrival in µs of a clock that does not wrap; nothing when it cannot be.
    pub(super) fn read(&mut self, ticks: i64, sent_us: i64) -> Option<i64> {
        let tick_us = i64::try_from(TICK.as_micros()).expect("small");
        let Some((last_ticks, way_us)) = self.last else {
            self.last = Some((ticks, ticks * tick_us - sent_us));
            return Some(ticks * tick_us);
        };
        let step = seq::low_32(ticks.wrapping_sub(last_ticks).cast_unsigned()).cast_signed();
        let unwrapped = last_ticks + i64::from(step);
        let arrival_us = unwrapped * tick_us;
        if (arrival_us - sent_us - way_us).abs() > LEAP_US {
            self.leaps += 1;
            if self.leaps < LEAPS_BELIEVED {
                return None;
            }
            self.leapt = true;
        }
        self.leaps = 0;
        self.last = Some((unwrapped, arrival_us - sent_us));
        Some(arrival_us)
    }

    /// Whether the clock was set since this was asked last: what was measured with it before says nothing.
    pub(super) fn take_leap(&mut self) -> bool {
        std::mem::take(&mut self.leapt)
    }
}
