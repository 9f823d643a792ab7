//! How one peer's line does: bytes, losses and round trips of the last second; and what it may send (S18).

use std::time::{Duration, Instant};

use crate::control::LineStats;
use crate::remote::Protocol;

/// Until a report has told it.
const USUAL_RTT: Duration = Duration::from_millis(100);

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Line {
    bytes_in: u64,
    bytes_out: u64,
    rtt: Option<Duration>,
    loss_down: f64,
    expected: u64,
    lost: u64,
    /// A report is due at once, not in its turn.
    report_at: Option<Instant>,
}

impl Line {
    pub(super) fn arrived(&mut self, bytes: usize) {
        self.bytes_in += bytes as u64;
    }

    pub(super) fn left(&mut self, bytes: usize) {
        self.bytes_out += bytes as u64;
    }

    pub(super) fn rtt_or_default(&self) -> Duration {
        self.rtt.unwrap_or(USUAL_RTT)
    }

    pub(super) fn heard_rtt(&mut self, rtt: Duration) {
        // RFC 6298 §2's smoothing, so that one late report does not count for all.
        self.rtt = Some(self.rtt.map_or(rtt, |before| (before * 7 + rtt) / 8));
    }

    /// The peer reports what it lost of a stream.
    pub(super) fn heard_loss(&mut self, fraction: u8) {
        self.loss_down = self.loss_down.max(f64::from(fraction) / 256.0);
    }

    /// So many packets of a stream were expected of the peer, and so many of them were lost.
    pub(super) fn lost(&mut self, expected: u64, lost: u64) {
        self.expected += expected;
        self.lost += lost;
    }

    pub(super) fn report_soon(&mut self, now: Instant) {
        self.report_at = Some(now);
    }

    pub(super) fn report_at(&self) -> Option<Instant> {
        self.report_at
    }

    /// Something flows: a report is due after an interval, unless one is due anyway; gives when, if that is new.
    pub(super) fn arm_report(&mut self, now: Instant, interval: Duration) -> Option<Instant> {
        if self.report_at.is_some() {
            return None;
        }
        self.report_at = Some(now + interval);
        self.report_at
    }

    /// Whether a report is due now; then it no longer is.
    pub(super) fn take_report_due(&mut self, now: Instant) -> bool {
        let due = self.report_at.is_some_and(|at| at <= now);
        if due {
            self.report_at = None;
        }
        due
    }

    /// Ends a second.
    pub(super) fn take_stats(&mut self, transport: &str, protocol: Option<Protocol>) -> LineStats {
        let stats = LineStats {
            transport: transport.to_owned(),
            rtt_ms: self.rtt.map(|rtt| rtt.as_secs_f64() * 1000.0),
            loss_up: share(self.lost, self.expected),
            loss_down: self.loss_down,
            bytes_in: self.bytes_in,
            bytes_out: self.bytes_out,
            protocol,
            estimate_bps: None,
        };
        (self.bytes_in, self.bytes_out, self.expected, self.lost, self.loss_down) = (0, 0, 0, 0, 0.0);
        stats
    }
}

fn share(part: u64, whole: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts of a second")]
    let share = if whole == 0 { 0.0 } else { part as f64 / whole as f64 };
    share.min(1.0)
}

/// So much in the long run, and a burst at once: such as the bytes that one sender may send (S18), charged after authentication.
#[derive(Debug)]
pub(super) struct Budget {
    per_second: u64,
    burst: u64,
    left: u64,
    filled_at: Instant,
}

impl Budget {
    pub(super) fn new(per_second: u64, burst: u64, now: Instant) -> Self {
        Self { per_second, burst, left: burst, filled_at: now }
    }

    /// Charges so much; false: it is too much.
    pub(super) fn take(&mut self, now: Instant, amount: usize) -> bool {
        self.fill(now);
        let amount = amount as u64;
        if amount > self.left {
            return false;
        }
        self.left -= amount;
        true
    }

    /// Charges so much, or what is left; gives how much that is.
    pub(super) fn take_some(&mut self, now: Instant, wanted: usize) -> usize {
        self.fill(now);
        let taken = wanted.min(usize::try_from(self.left).unwrap_or(usize::MAX));
        self.left -= taken as u64;
        taken
    }

    fn fill(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.filled_at);
        let earned = passed.as_micros().min(60_000_000) * u128::from(self.per_second) / 1_000_000;
        if earned > 0 {
            self.filled_at = now;
            self.left = self.left.saturating_add(u64::try_from(earned).unwrap_or(u64::MAX)).min(self.burst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s18_a_sender_has_a_burst_and_then_its_share() {
        let start = Instant::now();
        let mut budget = Budget::new(100_000, 10_000, start);
        let taken = |budget: &mut Budget, ms| {
            (0..100).take_while(|_| budget.take(start + Duration::from_millis(ms), 1000)).count()
        };
        assert_eq!(taken(&mut budget, 0), 10);
        assert_eq!(taken(&mut budget, 50), 5);
        assert_eq!(taken(&mut budget, 10_000), 10);
    }

    #[test]
    fn of_what_is_too_much_so_much_is_taken_as_is_left() {
        let start = Instant::now();
        let mut budget = Budget::new(100, 10, start);
        let later = start + Duration::from_millis(30);
        let taken = [(start, 7), (start, 7), (start, 7), (later, 2), (later, 2)];
        assert_eq!(taken.map(|(now, wanted)| budget.take_some(now, wanted)), [7, 3, 0, 2, 1]);
    }
}
