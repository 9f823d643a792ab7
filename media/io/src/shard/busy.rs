//! How much of its time a shard works, and whether that is so much that it is to save.

use std::time::{Duration, Instant};

/// Shares are told of windows of this length.
const WINDOW: Duration = Duration::from_millis(100);

/// What a shard's share of work means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Load {
    /// There is time for everything at once.
    Calm,
    /// Much is to be done.
    Busy,
    /// There is hardly time left: what is not saved now is lost soon.
    Full,
}

/// See the module.
#[derive(Debug)]
pub struct Busy {
    /// In percent: from this share on it is busy.
    above: u32,
    began: Instant,
    waited: Duration,
    load: Load,
}

impl Busy {
    /// One that has not worked yet; `above` is in percent, 0 to 100.
    #[must_use]
    pub fn new(above: u32, now: Instant) -> Self {
        Self { above, began: now, waited: Duration::ZERO, load: Load::Calm }
    }

    /// The shard has waited for something to do, from then until now; gives how much it has to do when that has changed.
    pub fn waited(&mut self, from: Instant, now: Instant) -> Option<Load> {
        self.waited += now.saturating_duration_since(from);
        let window = now.saturating_duration_since(self.began);
        if window < WINDOW {
            return None;
        }
        let worked = window.saturating_sub(self.waited);
        let percent = u32::try_from(worked.as_micros() * 100 / window.as_micros()).unwrap_or(100);
        (self.began, self.waited) = (now, Duration::ZERO);
        let load = self.judged(percent);
        let changed = load != self.load;
        self.load = load;
        changed.then_some(load)
    }

    /// Each is entered at its share and left below a part of it, for by what is saved the share itself falls.
    fn judged(&self, percent: u32) -> Load {
        let full = self.above.midpoint(100);
        let (busy_from, full_from) = match self.load {
            Load::Calm => (self.above, full),
            Load::Busy => (self.above * 4 / 5, full),
            Load::Full => (self.above * 4 / 5, full * 2 / 3),
        };
        match percent {
            _ if percent >= full_from => Load::Full,
            _ if percent >= busy_from => Load::Busy,
            _ => Load::Calm,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Works for these shares of 100 ms, one after the other; gives what was told after each.
    fn told(above: u32, shares: &[u64]) -> Vec<Option<Load>> {
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
    fn it_becomes_busy_at_its_share_and_stays_so_down_to_four_fifths_of_it() {
        let (busy, calm) = (Some(Load::Busy), Some(Load::Calm));
        let expected = [None, None, busy, None, None, calm, None, busy];
        assert_eq!(told(50, &[10, 49, 50, 45, 40, 39, 49, 70]), expected);
    }

    #[test]
    fn it_is_full_at_half_of_the_rest_and_stays_so_down_to_two_thirds_of_that() {
        let (full, busy, calm) = (Some(Load::Full), Some(Load::Busy), Some(Load::Calm));
        let expected = [busy, full, None, busy, None, full, calm, full]; // 75 and 50
        assert_eq!(told(50, &[74, 75, 50, 49, 74, 99, 10, 100]), expected);
    }

    #[test]
    fn who_is_always_busy_is_full_at_half_of_its_time() {
        assert_eq!(told(0, &[0, 49, 50, 33, 32]), [Some(Load::Busy), None, Some(Load::Full), None, Some(Load::Busy)]);
    }

    #[test]
    fn one_long_rest_ends_it() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut busy = Busy::new(50, start);
        assert_eq!(busy.waited(at(100), at(100)), Some(Load::Full));
        assert_eq!(busy.waited(at(120), at(1_000)), Some(Load::Calm));
    }
}
