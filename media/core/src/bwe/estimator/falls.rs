//! How the rate falls: when a queue grows it becomes what arrives, a little less.

use super::{AFTER_DECREASE_US, Estimator, MIN_BPS, STANDING_QUEUE_US, START_BPS, USUAL_RTT_US};
use crate::bwe::rate::{LONG, SHORT};
use crate::bwe::rival::{BREATH_US, Breath, KEPT_US, Rival};

/// When the queue grows the rate becomes this share of what the line carried (draft-ietf-rmcat-gcc-02 §5.5: 0.85). The rest of
/// what it does there, emptying the queue, is the budget's part here.
pub(super) const DECREASE: f64 = 0.95;
/// After a decrease nothing is probed for this long.
const PROBE_AFTER_DECREASE_US: u64 = 1_500_000;
/// So many decreases without a queue of half its length show that the way has become longer, or that others keep it.
const FUTILE: u32 = 6;
/// After so many of them, all of a long queue, what is sent is not what keeps it: it stays as it is until that is certain.
const HELD_AFTER: u32 = 2;

/// Who gets more than this share of what there was before has yielded nothing: a voice is never sent more slowly, and on a line
/// that carries hardly more a queue of its own takes a second to leave.
const YIELDED: f64 = 0.8;

/// A way that has not become shorter again for so long is longer for good.
const BREATHES_WITHIN_US: u64 = 20_000_000;

/// A line that carries less than this share of the rate has fallen, whatever the trend.
const FALLEN_SHARE: f64 = 0.5;
/// Decreases within this of each other are one fall.
const STEPS_US: u64 = 2_000_000;
/// So long after a fall has begun it is known who is to blame.
const FALL_US: u64 = 10_000_000;

/// Decreases in a row that made no queue shorter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Futile {
    count: u32,
    /// Of these the last ones in a row that were of a long queue.
    of_long: u32,
    counted_us: u64,
    queue: Breath,
    /// The rate before them.
    from_bps: f64,
}

/// A way that was taken to have become longer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Longer {
    at_us: u64,
    /// What was carried before.
    from_bps: f64,
    /// The shortest way before.
    shortest_us: i64,
    /// So much longer it was at least.
    by_us: i64,
}

/// Decreases that follow each other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fall {
    at_us: u64,
    from_bps: f64,
}

impl Estimator {
    /// What the line carries, if a queue that has just begun leaves far more slowly than was believed.
    pub(super) fn fallen_to(&self) -> Option<f64> {
        self.backlog.bps_below(self.bps * FALLEN_SHARE)
    }

    pub(super) fn decrease(&mut self, now_us: u64) {
        let queue_us = self.delay.queue_us();
        let wait_us = self.rtt_us.unwrap_or(USUAL_RTT_US) + AFTER_DECREASE_US;
        let has_waited = self.decreased_us.is_none_or(|at| now_us >= at + wait_us);
        // While a queue stands, what arrives is what the line carries, however often one looks.
        let Some(arrives) = self.rate.bps(SHORT).or_else(|| self.rate.bps(LONG)) else { return };
        // A young queue tells more: the line had nothing to do for a part of the time in which those came. What a lossy line loses
        // was carried up to there.
        let carried =
            self.fallen_to().or_else(|| self.backlog.bps()).unwrap_or(arrives) / (1.0 - self.loss.own_share());
        if !has_waited && queue_us < STANDING_QUEUE_US {
            return;
        }
        if let Some(Futile { queue, from_bps, .. }) = self.is_futile(now_us, queue_us, wait_us) {
            // It came with the fall, if that was just before: whoever begins a download fills the queue at once.
            let fell_from = self.fall.filter(|fall| now_us.saturating_sub(fall.at_us) < FALL_US);
            let from_bps = fell_from.map_or(from_bps, |fall| fall.from_bps.max(from_bps));
            let has_yielded = self.rate.bps(LONG).is_some_and(|arrives| arrives < from_bps * YIELDED);
            if queue.is_kept() && has_yielded {
                self.notice_rival(now_us, from_bps, queue_us);
                return;
            }
            if queue.stands() {
                let (shortest_us, by_us) = (self.delay.forget_shortest(), queue.shortest_us());
                self.longer = has_yielded.then_some(Longer { at_us: now_us, from_bps, shortest_us, by_us });
                return;
            }
        }
        if self.futile.is_some_and(|futile| futile.of_long > HELD_AFTER) {
            self.decreased_us = Some(now_us);
            return;
        }
        self.limit = Some(carried);
        if self.backlog.is_old() {
            self.raise(carried * DECREASE); // the first look was at less
        }
        self.lower(now_us, carried * DECREASE);
    }

    /// A queue that another flow keeps full looks like a longer way at first, until it breathes: what has become shorter again,
    /// and not as short as it was, was that.
    pub(super) fn look_at_longer(&mut self, now_us: u64) {
        let Some(Longer { at_us, from_bps, shortest_us, by_us }) = self.longer else { return };
        let queue_us = self.delay.shortest().saturating_sub(shortest_us);
        let is_back = queue_us < KEPT_US;
        if is_back || self.rival.is_some() || now_us.saturating_sub(at_us) >= BREATHES_WITHIN_US {
            self.longer = None;
        } else if by_us.saturating_sub(queue_us) > BREATH_US {
            self.longer = None;
            self.delay.restore_shortest(shortest_us);
            self.notice_rival(now_us, from_bps, queue_us);
        }
    }

    /// Another flow keeps a queue of that length, and this was carried before it came.
    fn notice_rival(&mut self, now_us: u64, from_bps: f64, queue_us: i64) {
        self.rival = Some(Rival::new(now_us, from_bps, self.rtt_s(), queue_us));
        self.delay.hold_shortest(true);
    }

    /// Whether decreases make no queue shorter; then they are forgotten.
    fn is_futile(&mut self, now_us: u64, queue_us: i64, wait_us: u64) -> Option<Futile> {
        let is_long = u32::from(queue_us >= KEPT_US);
        match &mut self.futile {
            Some(futile) if queue_us > futile.queue.longest_us() / 2 => {
                futile.queue.note(queue_us);
                futile.of_long *= is_long;
                if now_us >= futile.counted_us + wait_us {
                    (futile.count, futile.of_long, futile.counted_us) =
                        (futile.count + 1, futile.of_long + is_long, now_us);
                }
            }
            _ => {
                let queue = Breath::new(queue_us);
                self.futile =
                    Some(Futile { count: 1, of_long: is_long, counted_us: now_us, queue, from_bps: self.bps });
            }
        }
        self.futile.take_if(|futile| futile.count >= FUTILE)
    }

    pub(super) fn lower(&mut self, now_us: u64, bps: f64) {
        if self.decreased_us.is_none_or(|at| now_us.saturating_sub(at) >= STEPS_US) {
            // What may be no more than what was believed before anything was known is nothing that there was.
            self.fall = (self.bps > f64::from(START_BPS)).then_some(Fall { at_us: now_us, from_bps: self.bps });
        }
        self.decreased_us = Some(now_us);
        self.prober.not_before(now_us + PROBE_AFTER_DECREASE_US);
        if bps < self.bps {
            self.bps = bps.max(f64::from(MIN_BPS));
            self.counts.decreases += 1;
        }
    }
}
