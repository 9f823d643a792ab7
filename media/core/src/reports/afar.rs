//! What is lost of a voice on its way on: its publisher alone can put into each packet what the next listener will lack.

use std::time::{Duration, Instant};

/// Reports are compared over this time at least and twice as long at most: browsers tell of a voice every five seconds,
/// half as much more or less (RFC 3550 §6.3.1). Of a line that tells of arrivals more is known, and sooner.
const WINDOW: Duration = Duration::from_secs(8);
/// No more is told: a tenth already has Opus repeat every frame (RFC 6716 §2.1.7), and whoever lies about their line shall
/// not take more from how a voice sounds to others (S17).
const MOST: u8 = 26;

/// The worst that those who hear a stream have reported lately, as a share of 256 (RFC 3550 §6.4.1).
#[derive(Clone, Copy, Debug, Default)]
pub struct LossAfar {
    newest: u8,
    before: u8,
    since: Option<Instant>,
}

impl LossAfar {
    /// Somebody reports what is lost of the stream on the way to them.
    pub fn handle_report(&mut self, now: Instant, fraction_lost: u8) {
        self.pass(now);
        self.newest = self.newest.max(fraction_lost);
    }

    /// What the publisher is told, where so much is lost on the worst line that tells of arrivals, from 0 to 1.
    pub fn told(&mut self, now: Instant, on_lines: f64) -> u8 {
        self.pass(now);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of 256, cut off above")]
        let on_lines = (on_lines * 256.0).clamp(0.0, f64::from(MOST)) as u8;
        self.newest.max(self.before).max(on_lines).min(MOST)
    }

    fn pass(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(*self.since.get_or_insert(now));
        if passed >= WINDOW {
            let kept = if passed < 2 * WINDOW { self.newest } else { 0 };
            *self = Self { newest: 0, before: kept, since: Some(now) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(start: Instant, seconds: u64) -> Instant {
        start + Duration::from_secs(seconds)
    }

    #[test]
    fn the_worst_listener_counts_as_long_as_the_line_is_so() {
        let start = Instant::now();
        let mut loss = LossAfar::default();
        assert_eq!(loss.told(start, 0.0), 0);
        for (second, fraction) in [(1, 0), (2, 13), (3, 5)] {
            loss.handle_report(at(start, second), fraction);
        }
        assert_eq!(loss.told(at(start, 4), 0.0), 13);
        loss.handle_report(at(start, 9), 5);
        assert_eq!(loss.told(at(start, 10), 0.0), 13, "of the time before");
        loss.handle_report(at(start, 18), 4);
        assert_eq!(loss.told(at(start, 19), 0.0), 5);
    }

    #[test]
    fn what_nobody_tells_any_more_is_forgotten() {
        let start = Instant::now();
        let mut loss = LossAfar::default();
        loss.handle_report(start, 20);
        assert_eq!(loss.told(at(start, 15), 0.0), 20);
        assert_eq!(loss.told(at(start, 24), 0.0), 0);
        loss.handle_report(at(start, 30), 20);
        assert_eq!(loss.told(at(start, 60), 0.0), 0);
    }

    #[test]
    fn a_line_that_tells_of_arrivals_needs_no_report() {
        let start = Instant::now();
        let mut loss = LossAfar::default();
        assert_eq!(loss.told(start, 0.05), 12);
        loss.handle_report(start, 20);
        assert_eq!(loss.told(start, 0.05), 20);
        assert_eq!(loss.told(start, 0.9), MOST);
    }

    #[test]
    fn s17_who_claims_to_lose_all_has_voices_prepared_for_a_tenth() {
        let start = Instant::now();
        let mut loss = LossAfar::default();
        loss.handle_report(start, 255);
        assert_eq!(loss.told(start, 0.0), MOST);
    }
}
