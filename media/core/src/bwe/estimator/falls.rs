//! How the rate falls: when a queue grows it becomes what arrives, a little less.

use super::{AFTER_DECREASE_US, Estimator, MIN_BPS, STANDING_QUEUE_US, USUAL_RTT_US};
use crate::bwe::rate::{LONG, SHORT};

/// When the queue grows the rate becomes this share of what the line carried (draft-ietf-rmcat-gcc-02 §5.5: 0.85). The rest of
/// what it does there, emptying the queue, is the budget's part here.
pub(super) const DECREASE: f64 = 0.9;
/// After a decrease nothing is probed for this long.
const PROBE_AFTER_DECREASE_US: u64 = 1_500_000;
/// So many decreases without a shorter queue show that the way has become longer.
const FUTILE: u32 = 6;

/// Decreases in a row that made no queue shorter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Futile {
    count: u32,
    longest_us: i64,
    counted_us: u64,
}

impl Estimator {
    pub(super) fn decrease(&mut self, now_us: u64) {
        let queue_us = self.delay.queue_us();
        let wait_us = self.rtt_us.unwrap_or(USUAL_RTT_US) + AFTER_DECREASE_US;
        let has_waited = self.decreased_us.is_none_or(|at| now_us >= at + wait_us);
        // While a queue stands, what arrives is what the line carries, however often one looks.
        let Some(arrives) = self.rate.bps(SHORT).or_else(|| self.rate.bps(LONG)) else { return };
        let carried = self.backlog.bps().unwrap_or(arrives).min(arrives);
        if !has_waited && queue_us < STANDING_QUEUE_US {
            return;
        }
        if self.is_futile(now_us, queue_us, wait_us) {
            self.delay.forget_shortest();
            return;
        }
        self.limit = Some(carried);
        self.lower(now_us, carried * DECREASE);
    }

    /// Whether decreases make no queue shorter: the way has become longer.
    fn is_futile(&mut self, now_us: u64, queue_us: i64, wait_us: u64) -> bool {
        match &mut self.futile {
            Some(futile) if queue_us > futile.longest_us * 4 / 5 => {
                futile.longest_us = futile.longest_us.max(queue_us);
                if now_us >= futile.counted_us + wait_us {
                    (futile.count, futile.counted_us) = (futile.count + 1, now_us);
                }
            }
            _ => self.futile = Some(Futile { count: 1, longest_us: queue_us, counted_us: now_us }),
        }
        let is_futile = self.futile.is_some_and(|futile| futile.count >= FUTILE);
        if is_futile {
            self.futile = None;
        }
        is_futile
    }

    pub(super) fn lower(&mut self, now_us: u64, bps: f64) {
        self.decreased_us = Some(now_us);
        self.prober.not_before(now_us + PROBE_AFTER_DECREASE_US);
        if bps < self.bps {
            self.bps = bps.max(f64::from(MIN_BPS));
            self.counts.decreases += 1;
        }
    }
}
