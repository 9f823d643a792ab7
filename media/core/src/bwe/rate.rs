//! How much arrived per second, by the receiver's clock.

/// Arrivals are summed over so long.
const STEP_US: i64 = 25_000;
/// One second of sums.
const STEPS: usize = 40;

/// See the module.
#[derive(Debug)]
pub(super) struct ArrivedRate {
    /// Step `n` stands at `n % STEPS`.
    bytes: [u32; STEPS],
    /// The last step with an arrival, and its time.
    newest: Option<(i64, i64)>,
    first_us: i64,
}

impl Default for ArrivedRate {
    fn default() -> Self {
        Self { bytes: [0; STEPS], newest: None, first_us: 0 }
    }
}

impl ArrivedRate {
    /// Notes an arrival.
    pub(super) fn handle_arrival(&mut self, at_us: i64, bytes: u32) {
        let step = at_us.div_euclid(STEP_US);
        let Some((newest, newest_us)) = self.newest else {
            (self.newest, self.first_us) = (Some((step, at_us)), at_us);
            self.bytes[place(step)] = bytes;
            return;
        };
        if step > newest {
            let passed = (step - newest).min(STEPS_I64);
            (0..passed).for_each(|back| self.bytes[place(step - back)] = 0);
        }
        if step > newest - STEPS_I64 {
            let sum = &mut self.bytes[place(step)];
            *sum = sum.saturating_add(bytes);
        }
        self.newest = Some((newest.max(step), newest_us.max(at_us)));
    }

    /// Bits per second over the last so many steps that had an arrival at their end; unknown while less is known.
    pub(super) fn bps(&self, steps: i64) -> Option<f64> {
        let (newest, newest_us) = self.newest?;
        let from_us = (newest - steps + 1) * STEP_US;
        if from_us < self.first_us {
            return None;
        }
        let bytes: u64 = (0..steps.min(STEPS_I64)).map(|back| u64::from(self.bytes[place(newest - back)])).sum();
        let span_us = (newest_us - from_us).max(STEP_US);
        Some(super::bits(bytes) * 1e6 / super::exact(span_us))
    }
}

/// The window for what the line carries now, while a queue stands.
pub(super) const SHORT: i64 = 8;
/// The window for what is being sent.
pub(super) const LONG: i64 = 24;

const STEPS_I64: i64 = 40;

fn place(step: i64) -> usize {
    usize::try_from(step.rem_euclid(STEPS_I64)).expect("below the number of steps")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_stream_is_measured_within_a_few_percent() {
        let mut rate = ArrivedRate::default();
        for n in 0..200 {
            rate.handle_arrival(n * 10_000, 1250);
        }
        for steps in [SHORT, LONG] {
            let bps = rate.bps(steps).unwrap();
            assert!((950_000.0..1_100_000.0).contains(&bps), "{bps}");
        }
    }

    #[test]
    fn a_silence_counts_for_nothing_once_it_is_over_a_second_ago() {
        let mut rate = ArrivedRate::default();
        (0..100).for_each(|n| rate.handle_arrival(n * 10_000, 1250));
        (0..100).for_each(|n| rate.handle_arrival(10_000_000 + n * 10_000, 125));
        let bps = rate.bps(LONG).unwrap();
        assert!((95_000.0..110_000.0).contains(&bps), "{bps}");
    }

    #[test]
    fn nothing_is_said_of_a_window_that_has_not_passed() {
        let mut rate = ArrivedRate::default();
        (0..10).for_each(|n| rate.handle_arrival(n * 10_000, 1250));
        assert_eq!(rate.bps(SHORT), None);
    }
}
