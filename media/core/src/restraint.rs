//! Restraint after a line got worse: pictures become better only after a rest, so that nothing flaps.

use std::time::{Duration, Instant};

/// After pictures became worse none becomes better for this long, and they do not come to cost as much as before for this
/// long, or twice as long each time it was for nothing.
const REST: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(16)];
/// Of what a line did not carry pictures may cost so much meanwhile, in percent.
const LESS_PERCENT: u64 = 80;
/// What failed is tried with again where the line carries this much of it: whatever filled it then has gone.
const FAR_MORE_PERCENT: u64 = 150;
/// It was for nothing when they become worse again within this.
const FOR_NOTHING: Duration = Duration::from_secs(10);

/// See the module.
#[derive(Clone, Copy, Debug)]
pub struct Restraint {
    rest: Duration,
    down_at: Option<Instant>,
    up_at: Option<Instant>,
    /// What pictures cost before they became worse last.
    failed_bps: u64,
}

impl Default for Restraint {
    fn default() -> Self {
        Self { rest: REST[0], down_at: None, up_at: None, failed_bps: 0 }
    }
}

impl Restraint {
    /// Nothing is to become better yet.
    #[must_use]
    pub fn rests(&self, now: Instant) -> bool {
        self.is_within(REST[0], now)
    }

    /// What pictures may cost in all of a budget, where those that are shown cost `held_bps`, and all of them at their smallest
    /// `smallest_bps`. What the line did not carry last it is not tried with again before its time, unless it is known to carry
    /// far more by now; what costs less may well last.
    #[must_use]
    pub fn of_budget(&self, now: Instant, budget_bps: u64, (held_bps, smallest_bps): (u64, u64)) -> u64 {
        if !self.is_within(self.rest, now) || budget_bps >= self.failed_bps * FAR_MORE_PERCENT / 100 {
            return budget_bps;
        }
        budget_bps.min(held_bps.max(self.failed_bps * LESS_PERCENT / 100).max(smallest_bps))
    }

    /// Whether a rest has ended since then: pictures may become better, though nothing else has changed.
    #[must_use]
    pub fn has_ended(&self, since: Instant, now: Instant) -> bool {
        [REST[0], self.rest].iter().any(|rest| self.is_within(*rest, since) && !self.is_within(*rest, now))
    }

    fn is_within(&self, rest: Duration, now: Instant) -> bool {
        self.down_at.is_some_and(|at| now.saturating_duration_since(at) < rest)
    }

    /// A line was shared: some picture became worse, some better, and before all that were shown cost so much.
    pub fn note(&mut self, now: Instant, (down, up): (bool, bool), held_bps: u64) {
        let since_up = self.up_at.map(|at| now.saturating_duration_since(at));
        if down {
            // Steps of one fall count once.
            let falling = self.down_at.is_some_and(|at| now.saturating_duration_since(at) < REST[0]);
            if !falling && since_up.is_some_and(|since| since < FOR_NOTHING) {
                self.rest = (self.rest * 2).min(REST[1]);
            }
            self.failed_bps = if falling { self.failed_bps.max(held_bps) } else { held_bps };
            self.down_at = Some(now);
        } else if self.up_at.is_some_and(|at| !self.is_within(self.rest, at)) && since_up >= Some(FOR_NOTHING) {
            self.rest = REST[0]; // it lasted
        }
        if up {
            self.up_at = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What cost 1,000 failed three seconds after a rise; and when.
    fn fallen() -> (Restraint, Instant) {
        let (start, mut restraint) = (Instant::now(), Restraint::default());
        let fell = start + Duration::from_secs(3);
        restraint.note(start, (false, true), 500);
        restraint.note(fell, (true, false), 1_000);
        (restraint, fell)
    }

    #[test]
    fn after_a_fall_there_is_a_rest_that_grows_while_rises_are_for_nothing() {
        let start = Instant::now();
        let mut restraint = Restraint::default();
        let mut now = start;
        let mut rests = Vec::new();
        for _ in 0..5 {
            restraint.note(now, (true, false), 1_000);
            let fell = now;
            assert!(restraint.rests(now) && !restraint.rests(now + REST[0]));
            while restraint.of_budget(now, 1_200, (500, 0)) < 1_200 {
                now += Duration::from_millis(100);
            }
            rests.push(now.duration_since(fell).as_secs());
            restraint.note(now, (false, true), 700);
            now += Duration::from_secs(3);
        }
        assert_eq!(rests, [2, 4, 8, 16, 16]);
        now += FOR_NOTHING;
        restraint.note(now, (false, false), 1_000);
        restraint.note(now, (true, false), 1_000);
        assert_eq!(restraint.of_budget(now + REST[0], 1_200, (500, 0)), 1_200, "the last rise has lasted");
    }

    #[test]
    fn what_costs_less_than_what_failed_may_come_after_the_shortest_rest() {
        let (mut restraint, fell) = fallen();
        let short = fell + REST[0];
        assert!(!restraint.rests(short) && restraint.has_ended(fell, short));
        assert_eq!(restraint.of_budget(short, 1_200, (500, 0)), 800);
        assert_eq!(restraint.of_budget(short, 600, (500, 0)), 600, "more than there is nobody gets");
        assert_eq!(restraint.of_budget(short, 1_200, (900, 0)), 900, "what is shown is not taken away");
        assert_eq!(restraint.of_budget(short, 1_200, (500, 950)), 950, "all are shown at their smallest");
        restraint.note(short, (false, true), 500);
        for second in 1..30 {
            restraint.note(short + Duration::from_secs(second), (false, false), 700);
        }
        assert!(restraint.has_ended(short, short + REST[0]));
        assert_eq!(restraint.of_budget(short + REST[0], 1_200, (700, 0)), 1_200);
    }

    #[test]
    fn where_a_line_is_known_to_carry_far_more_than_what_failed_nothing_is_held_back() {
        let (restraint, fell) = fallen();
        let now = fell + REST[0];
        assert_eq!(restraint.of_budget(now, 1_499, (500, 0)), 800);
        assert_eq!(restraint.of_budget(now, 1_500, (500, 0)), 1_500);
    }

    #[test]
    fn that_a_rest_has_ended_is_told_of_a_moment_within_it() {
        let start = Instant::now();
        let mut restraint = Restraint::default();
        restraint.note(start, (true, false), 1_000);
        let end = start + REST[0];
        assert!(restraint.has_ended(start, end) && !restraint.has_ended(end, end + REST[0]));
    }

    #[test]
    fn steps_of_one_fall_count_once() {
        let start = Instant::now();
        let mut restraint = Restraint::default();
        restraint.note(start, (false, true), 700);
        for ms in [0, 200, 400] {
            restraint.note(start + Duration::from_millis(ms), (true, false), 1_000 - ms);
        }
        assert_eq!(restraint.of_budget(start + Duration::from_millis(4_300), 1_200, (0, 0)), 800);
        assert_eq!(restraint.of_budget(start + Duration::from_millis(4_500), 1_200, (0, 0)), 1_200);
    }
}
