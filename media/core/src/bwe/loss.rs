//! What losses say of a line: whether there are too many, and whether sending less makes them fewer.
//!
//! A radio line loses packets however little is sent. draft-ietf-rmcat-gcc-02 §6 takes any loss above a tenth for the sender's
//! fault and sends less and less; here a cut that changes nothing is taken back, and that much loss is the line's own.

/// Above so much more than the line's own, losses are the sender's fault.
const MUCH: f64 = 0.10;
/// Up to so much more than the line's own, the rate may grow.
const LITTLE: f64 = 0.02;
/// Losses are counted over so many packets at least, and this long.
const PACKETS: u32 = 50;
const WINDOW_US: u64 = 500_000;
/// A window without enough packets counts after this.
const LONG_WINDOW_US: u64 = 2_000_000;
/// Weight of the last window.
const NEWEST: f64 = 0.4;
/// So many windows show whether a cut helped.
const TRIAL_WINDOWS: u32 = 3;
/// It did not when losses stay above this share of what they were.
const HARDLY_FEWER: f64 = 0.75;
/// No line of which more is lost is taken for good.
const OWN_AT_MOST: f64 = 0.3;
/// A line that loses more is a lossy one, until it loses less than that.
const LOSSY: [f64; 2] = [0.04, 0.02];
/// A queue of this length loses packets by itself.
const QUEUE_US: i64 = 40_000;

/// What to do with the rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Advice {
    /// Nothing is wrong.
    Grow,
    /// Stay.
    Hold,
    /// Multiply by so much.
    Cut(f64),
    /// Cuts were for nothing: go back to this rate.
    Restore(f64),
}

/// A cut, and what was before.
#[derive(Clone, Copy, Debug)]
struct Trial {
    bps: f64,
    loss: f64,
    windows: u32,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct LossPart {
    arrived: u32,
    missing: u32,
    began_us: Option<u64>,
    smoothed: Option<f64>,
    /// What is lost whatever is sent.
    own: f64,
    trial: Option<Trial>,
    /// Of what is lost while no queue stands.
    bare: f64,
    is_lossy: bool,
    longest_queue_us: i64,
}

impl LossPart {
    pub(super) fn handle_arrived(&mut self) {
        self.arrived += 1;
    }

    pub(super) fn handle_missing(&mut self) {
        self.missing += 1;
    }

    /// What was reported as missing came after all.
    pub(super) fn handle_found(&mut self) {
        self.missing = self.missing.saturating_sub(1);
        self.arrived += 1;
    }

    /// The share of packets that are lost.
    pub(super) fn share(&self) -> f64 {
        self.smoothed.unwrap_or_default()
    }

    /// Whether so many are lost, and not in a full queue, that frames have to wait for repairs all the time.
    pub(super) fn is_lossy(&self) -> bool {
        self.is_lossy
    }

    /// The share that a lossy line loses by itself, whatever is sent; of others it is not told apart.
    pub(super) fn own_share(&self) -> f64 {
        if self.is_lossy { self.bare.min(OWN_AT_MOST) } else { 0.0 }
    }

    /// Says what to do with a rate, given how long packets wait on the line.
    pub(super) fn advise(&mut self, now_us: u64, bps: f64, queue_us: i64) -> Advice {
        self.longest_queue_us = self.longest_queue_us.max(queue_us);
        if !self.end_window(now_us) {
            return if self.share() <= self.own + LITTLE { Advice::Grow } else { Advice::Hold };
        }
        let loss = self.share();
        if queue_us > QUEUE_US {
            self.trial = None; // the delay's part deals with it
        } else if let Some(trial) = &mut self.trial {
            trial.windows += 1;
            if loss < trial.loss * HARDLY_FEWER {
                self.trial = None; // it helped
            } else if trial.windows >= TRIAL_WINDOWS {
                let back = trial.bps;
                self.own = loss.min(OWN_AT_MOST);
                self.trial = None;
                return Advice::Restore(back);
            }
        }
        if loss < self.own * HARDLY_FEWER {
            self.own = loss;
        }
        if loss > self.own + MUCH {
            self.trial.get_or_insert(Trial { bps, loss, windows: 0 });
            return Advice::Cut(1.0 - (loss - self.own) / 2.0);
        }
        if loss <= self.own + LITTLE { Advice::Grow } else { Advice::Hold }
    }

    fn end_window(&mut self, now_us: u64) -> bool {
        let passed = now_us.saturating_sub(*self.began_us.get_or_insert(now_us));
        let packets = self.arrived + self.missing;
        let enough = packets >= PACKETS && passed >= WINDOW_US;
        if !enough && (passed < LONG_WINDOW_US || packets == 0) {
            return false;
        }
        let share = f64::from(self.missing) / f64::from(packets);
        self.smoothed = Some(self.smoothed.map_or(share, |before| before + NEWEST * (share - before)));
        if std::mem::take(&mut self.longest_queue_us) <= QUEUE_US {
            self.bare += NEWEST * (share - self.bare);
            self.is_lossy = self.bare > LOSSY[usize::from(self.is_lossy)];
        }
        (self.arrived, self.missing, self.began_us) = (0, 0, Some(now_us));
        true
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use super::*;

    /// Sends from a second to another at a rate that follows the advice; `loss` gives the share lost at a rate.
    fn follow(part: &mut LossPart, mut bps: f64, seconds: Range<u64>, loss: impl Fn(f64) -> f64) -> f64 {
        for step in seconds.start * 2..seconds.end * 2 {
            let missing = (loss(bps) * 100.0).round();
            for n in 0..100_u32 {
                if f64::from(n) < missing { part.handle_missing() } else { part.handle_arrived() }
            }
            match part.advise((step + 1) * 510_000, bps, 0) {
                Advice::Grow => bps *= 1.02,
                Advice::Hold => {}
                Advice::Cut(share) => bps *= share,
                Advice::Restore(before) => bps = before,
            }
        }
        bps
    }

    #[test]
    fn losses_that_are_the_lines_own_cost_little() {
        for own in [0.05, 0.12, 0.2] {
            let bps = follow(&mut LossPart::default(), 1e6, 0..30, |_| own);
            assert!(bps > 0.9e6, "{own}: {bps}");
        }
    }

    #[test]
    fn losses_of_who_sends_too_much_end() {
        // A line of 1 Mbit/s without a queue: what is above is lost.
        let line = |bps: f64| (1.0 - 1e6 / bps).max(0.0);
        let bps = follow(&mut LossPart::default(), 2e6, 0..30, line);
        assert!((0.8e6..1.2e6).contains(&bps), "{bps}");
    }

    #[test]
    fn the_lines_own_losses_are_forgotten_when_they_are_over() {
        let mut part = LossPart::default();
        follow(&mut part, 1e6, 0..30, |_| 0.2);
        assert!(part.own > 0.15);
        follow(&mut part, 1e6, 30..40, |_| 0.0);
        assert!(part.own < 0.01, "{}", part.own);
    }

    #[test]
    fn a_line_is_lossy_from_more_losses_on_than_until_which_it_remains_so() {
        let mut part = LossPart::default();
        let mut said = Vec::new();
        for (n, own) in (0_u64..).step_by(10).zip([0.03, 0.05, 0.03, 0.01]) {
            follow(&mut part, 1e6, n..n + 10, |_| own);
            said.push(part.is_lossy());
        }
        assert_eq!(said, [false, true, true, false]);
    }

    #[test]
    fn what_is_lost_in_a_full_queue_makes_no_lossy_line() {
        let mut part = LossPart::default();
        for step in 0..20 {
            (0..80).for_each(|_| part.handle_arrived());
            (0..20).for_each(|_| part.handle_missing());
            part.advise(step * 510_000 + 255_000, 1e6, 200_000);
            part.advise((step + 1) * 510_000, 1e6, 0);
        }
        assert!(!part.is_lossy());
    }

    #[test]
    fn what_came_late_was_not_lost() {
        let mut part = LossPart::default();
        part.advise(0, 1e6, 0);
        (0..40).for_each(|_| part.handle_arrived());
        (0..60).for_each(|_| part.handle_missing());
        (0..60).for_each(|_| part.handle_found());
        assert_eq!(part.advise(600_000, 1e6, 0), Advice::Grow);
        assert!(part.share() < f64::EPSILON);
    }
}
