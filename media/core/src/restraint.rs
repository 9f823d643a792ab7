//! Restraint after a line got worse: pictures become better only after a rest, so that nothing flaps.

use std::time::{Duration, Instant};

/// After pictures became worse none becomes better for this long; twice as long each time it was for nothing.
const REST: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(16)];
/// It was for nothing when they become worse again within this.
const FOR_NOTHING: Duration = Duration::from_secs(10);

/// See the module.
#[derive(Clone, Copy, Debug)]
pub struct Restraint {
    rest: Duration,
    down_at: Option<Instant>,
    up_at: Option<Instant>,
}

impl Default for Restraint {
    fn default() -> Self {
        Self { rest: REST[0], down_at: None, up_at: None }
    }
}

impl Restraint {
    /// Nothing is to become better yet.
    #[must_use]
    pub fn rests(&self, now: Instant) -> bool {
        self.down_at.is_some_and(|at| now.saturating_duration_since(at) < self.rest)
    }

    /// Whether a rest has ended since then: pictures may become better, though nothing else has changed.
    #[must_use]
    pub fn has_ended(&self, since: Instant, now: Instant) -> bool {
        self.rests(since) && !self.rests(now)
    }

    /// A line was shared: some picture became worse, some better.
    pub fn note(&mut self, now: Instant, down: bool, up: bool) {
        let since_up = self.up_at.map(|at| now.saturating_duration_since(at));
        if down {
            // Steps of one fall count once.
            let falling = self.down_at.is_some_and(|at| now.saturating_duration_since(at) < REST[0]);
            if !falling && since_up.is_some_and(|since| since < FOR_NOTHING) {
                self.rest = (self.rest * 2).min(REST[1]);
            }
            self.down_at = Some(now);
        } else if self.up_at > self.down_at && since_up.is_some_and(|since| since >= FOR_NOTHING) {
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

    #[test]
    fn after_a_fall_there_is_a_rest_that_grows_while_rises_are_for_nothing() {
        let start = Instant::now();
        let mut restraint = Restraint::default();
        let mut now = start;
        let mut rests = Vec::new();
        for _ in 0..5 {
            restraint.note(now, true, false);
            let fell = now;
            while restraint.rests(now) {
                now += Duration::from_millis(100);
            }
            rests.push(now.duration_since(fell).as_secs());
            restraint.note(now, false, true);
            now += Duration::from_secs(3);
        }
        assert_eq!(rests, [2, 4, 8, 16, 16]);
        now += FOR_NOTHING;
        restraint.note(now, false, false);
        restraint.note(now, true, false);
        assert!(!restraint.rests(now + REST[0]), "the last rise has lasted");
    }

    #[test]
    fn that_a_rest_has_ended_is_told_of_a_moment_within_it() {
        let start = Instant::now();
        let mut restraint = Restraint::default();
        restraint.note(start, true, false);
        let end = start + REST[0];
        assert!(restraint.has_ended(start, end) && !restraint.has_ended(end, end + REST[0]));
    }

    #[test]
    fn steps_of_one_fall_count_once() {
        let start = Instant::now();
        let mut restraint = Restraint::default();
        restraint.note(start, false, true);
        for ms in [0, 200, 400] {
            restraint.note(start + Duration::from_millis(ms), true, false);
        }
        assert!(restraint.rests(start + Duration::from_millis(4_300)));
        assert!(!restraint.rests(start + Duration::from_millis(4_500)));
    }
}
