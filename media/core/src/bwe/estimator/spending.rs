//! What may be sent of the rate: all of it, less what empties a queue.

use std::time::{Duration, Instant};

use super::growth::ROOM;
use super::{CALM_QUEUE_US, Estimator, STANDING_QUEUE_US};
use crate::bwe::{bits, exact, whole_bps, whole_us};
use crate::pacer;

/// A queue is to be gone within this.
const DRAINED_WITHIN_US: f64 = 700_000.0;
/// The least share of the rate that is used while a queue drains.
const WHILE_DRAINING: f64 = 0.5;
/// A picture leaves at once where a line carries all there is: of a rate that is known to be more than it costs, this is all
/// of a frame.
const WHOLE_FRAME: Duration = Duration::from_millis(40);
/// So long a line has just become slow.
const JUST_FALLEN_US: u64 = 1_000_000;
/// What is under way takes so much longer than usual that it stands in a queue of which no report has told yet; and that
/// queue is taken for no longer than this, because some of it was lost in a full one.
const AHEAD_US: [i64; 2] = [150_000, 350_000];

impl Estimator {
    /// What layers are to be chosen for: the estimate; beside another flow that of the last seconds, if it is more; and while the
    /// queue of a line that has just become slow stands, only as much as may be sent, so that one step leads down and not several.
    #[must_use]
    pub fn choice_bps(&self, now: Instant) -> Option<u32> {
        let has_fallen = self.has_just_fallen(self.us(now));
        if let Some(rival) = &self.rival {
            return self.first_heard_at.map(|_| whole_bps(self.bps.max(rival.usual_bps())));
        }
        let standing_us = self.delay.queue_us().max(self.ahead_us);
        if has_fallen && standing_us >= STANDING_QUEUE_US { self.beside(standing_us) } else { self.estimate_bps() }
    }

    /// What may be sent now: the estimate, less what empties the queue that reports have told of. What is only supposed to be
    /// under way slows nothing down: some of it is lost, and the line would have nothing to do before the next picture is there.
    #[must_use]
    pub fn budget_bps(&self) -> Option<u32> {
        self.beside(self.delay.queue_us())
    }

    /// The estimate, less what empties a queue.
    fn beside(&self, queue_us: i64) -> Option<u32> {
        let share = if queue_us > CALM_QUEUE_US && self.rival.is_none() {
            (1.0 - exact(queue_us) / DRAINED_WITHIN_US).max(WHILE_DRAINING)
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

    /// After a report: of a line that has just become slow, how long what is under way to it takes. A report tells of a queue
    /// what those packets found that have passed it, a round trip ago.
    pub(super) fn look_ahead(&mut self, now_us: u64) {
        self.ahead_us = 0;
        if self.has_just_fallen(now_us) && self.rival.is_none() {
            let under_way_us = bits(self.sent.unheard_bytes(self.arrived_us)) * 1e6 / self.bps;
            let more_us = under_way_us - self.rtt_s() * 1e6;
            if more_us >= exact(AHEAD_US[0]) {
                self.ahead_us = whole_us(more_us.min(exact(AHEAD_US[1])));
            }
        }
    }

    fn has_just_fallen(&self, now_us: u64) -> bool {
        self.decreased_us.is_some_and(|at| now_us.saturating_sub(at) < JUST_FALLEN_US)
    }

    /// How long packets wait on the line.
    #[must_use]
    pub fn queue_delay(&self) -> Duration {
        Duration::from_micros(self.delay.queue_us().max(0).cast_unsigned())
    }
}
