//! What may be sent of the rate: all of it, less what empties a queue.

use std::time::{Duration, Instant};

use super::growth::ROOM;
use super::{CALM_QUEUE_US, Estimator, STANDING_QUEUE_US};
use crate::bwe::{exact, whole_bps};
use crate::pacer;

/// A queue is to be gone within this.
const DRAINED_WITHIN: f64 = 0.7;
/// The least share of the rate that is used while a queue drains.
const WHILE_DRAINING: f64 = 0.5;
/// A picture leaves at once where a line carries all there is: of a rate that is known to be more than it costs, this is all
/// of a frame.
const WHOLE_FRAME: Duration = Duration::from_millis(40);
/// So long a line has just become slow.
const JUST_FALLEN_US: u64 = 1_000_000;

impl Estimator {
    /// What layers are to be chosen for: the estimate; beside another flow that of the last seconds, if it is more; and while the
    /// queue of a line that has just become slow stands, only as much as may be sent, so that one step leads down and not several.
    #[must_use]
    pub fn choice_bps(&self, now: Instant) -> Option<u32> {
        let (now_us, queue_us) = (self.us(now), self.delay.queue_us());
        let has_fallen = self.decreased_us.is_some_and(|at| now_us.saturating_sub(at) < JUST_FALLEN_US);
        if let Some(rival) = &self.rival {
            return self.first_heard_at.map(|_| whole_bps(self.bps.max(rival.usual_bps())));
        }
        if has_fallen && queue_us >= STANDING_QUEUE_US { self.budget_bps() } else { self.estimate_bps() }
    }

    /// What may be sent now: the estimate, less what empties the queue.
    #[must_use]
    pub fn budget_bps(&self) -> Option<u32> {
        let queue_s = exact(self.delay.queue_us().max(0)) / 1e6;
        let share = if self.delay.queue_us() > CALM_QUEUE_US && self.rival.is_none() {
            (1.0 - queue_s / DRAINED_WITHIN).max(WHILE_DRAINING)
        } else {
            1.0
        };
        self.first_heard_at.map(|_| whole_bps(self.bps * share))
    }

    /// How much of the rate may leave at once: on a line that carries clearly more than there would be to send, a frame in one
    /// piece, which costs the least; on any other as little as possible, so that nothing looks like a queue; and where a long
    /// queue stands, which may be a full one, packet by packet.
    #[must_use]
    pub fn burst(&self) -> Duration {
        let has_room = self.bps >= self.wanted * ROOM && self.wanted > 0.0 && self.first_heard_at.is_some();
        let is_free = self.delay.queue_us() < CALM_QUEUE_US && self.rival.is_none();
        match self.delay.queue_us().max(self.delay.newest_us()) {
            _ if has_room && is_free => WHOLE_FRAME,
            STANDING_QUEUE_US.. if self.rival.is_none() => Duration::ZERO,
            _ => pacer::BURST,
        }
    }

    /// How long packets wait on the line.
    #[must_use]
    pub fn queue_delay(&self) -> Duration {
        Duration::from_micros(self.delay.queue_us().max(0).cast_unsigned())
    }
}
