//! How much of its time a shard works, and whether that is so much that it is to save.

use std::time::{Duration, Instant};

/// Shares are told of windows of this length.
const WINDOW: Duration = Duration::from_millis(100);

/// See the module.
#[derive(Debug)]
pub struct Busy {
    /// In percent: from this share on it is busy, and below half of it no longer, for what it then saves is less than half.
    above: u32,
    began: Instant,
    waited: Duration,
    above_now: bool,
}

impl Busy {
    /// One that has not worked yet; `above` is in percent, and above 100 it never is busy.
    #[must_use]
    pub fn new(above: u32, now: Instant) -> Self {
        Self { above, began: now, waited: Duration::ZERO, above_now: false }
    }

    /// The shard has waited for something to do, from then until now; gives whether it is busy when that has changed.
    pub fn waited(&mut self, from: Instant, now: Instant) -> Option<bool> {
        self.waited += now.saturating_duration_since(from);
        let window = now.saturating_duration_since(self.began);
        if window < WINDOW {
            return None;
        }
        let worked = window.saturating_sub(self.waited);
        let percent = u32::try_from(worked.as_micros() * 100 / window.as_micros()).unwrap_or(100);
        (self.began, self.waited) = (now, Duration::ZERO);
        let is_busy = percent >= if self.above_now { self.above / 2 } else { self.above };
        let changed = is_busy != self.above_now;
        self.above_now = is_busy;
        changed.then_some(is_busy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Works for these shares of 100 ms, one after the other; gives what was told after each.
    fn told(above: u32, shares: &[u64]) -> Vec<Option<bool>> {
        let mut now = Instant::now();
        let mut busy = Busy::new(above, now);
        let mut window = |share: &u64| {
            let mut told = None;
            for _ in 0..10 {
                now += Duration::from_micros(share * 100);
                let from = now;
                now += Duration::from_micros((100 - share) * 100);
                told = told.or(busy.waited(from, now));
            }
            told
        };
        shares.iter().map(&mut window).collect()
    }

    #[test]
    fn it_becomes_busy_at_its_share_and_stays_so_down_to_half_of_it() {
        let expected = [None, None, Some(true), None, None, Some(false), None, Some(true)];
        assert_eq!(told(50, &[10, 49, 50, 30, 25, 24, 49, 90]), expected);
    }

    #[test]
    fn above_all_of_its_time_it_never_is() {
        assert_eq!(told(101, &[100, 100]), [None, None]);
    }

    #[test]
    fn one_long_rest_ends_it() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut busy = Busy::new(50, start);
        assert_eq!(busy.waited(at(100), at(100)), Some(true));
        assert_eq!(busy.waited(at(120), at(1_000)), Some(false));
    }
}
