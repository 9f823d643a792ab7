//! A rate for publishers without transport-wide feedback: what arrives, and how much of it was lost
//! (draft-alvestrand-rmcat-remb-03).

use std::time::{Duration, Instant};

/// The estimate is told this often, and at once when it falls.
pub const INTERVAL: Duration = Duration::from_secs(1);

/// What arrived is measured over this.
const SPAN: Duration = Duration::from_millis(500);

/// Loss below this is the line's own; above the upper one it is ours (draft-ietf-rmcat-gcc-02 §6).
const LITTLE_LOSS: f64 = 0.02;
const MUCH_LOSS: f64 = 0.10;

/// How much faster a second may be than the one before.
const GROWTH: f64 = 1.08;

/// The estimate is no more than this times what arrives: nothing is known of a line that is not used.
const HEADROOM: f64 = 1.5;

/// What one transport can bring, as far as arrival and loss tell.
#[derive(Debug)]
pub struct ReceiveRate {
    min_bps: f64,
    max_bps: f64,
    bitrate_bps: f64,
    span: Option<Span>,
    told_at: Option<Instant>,
    told_bps: f64,
}

#[derive(Clone, Copy, Debug)]
struct Span {
    since: Instant,
    bytes: u64,
    expected: u64,
    lost: u64,
}

impl ReceiveRate {
    /// Starts at one rate and stays between two.
    #[must_use]
    pub fn new(start_bps: u32, min_bps: u32, max_bps: u32) -> Self {
        let min_bps = f64::from(min_bps);
        let max_bps = f64::from(max_bps).max(min_bps);
        let bitrate_bps = f64::from(start_bps).clamp(min_bps, max_bps);
        Self { min_bps, max_bps, bitrate_bps, span: None, told_at: None, told_bps: 0.0 }
    }

    /// Notes a packet, as long as it was on the wire.
    pub fn handle_packet(&mut self, len: usize, now: Instant) {
        self.span.get_or_insert(Span { since: now, bytes: 0, expected: 0, lost: 0 }).bytes += len as u64;
    }

    /// Notes what a [`Reception`](crate::reports::Reception) counted since it was last asked.
    pub fn handle_loss(&mut self, expected: u64, lost: u64) {
        if let Some(span) = &mut self.span {
            span.expected += expected;
            span.lost += lost;
        }
    }

    /// Gives the estimate when it is time to tell it.
    pub fn poll_estimate(&mut self, now: Instant) -> Option<u64> {
        if let Some(span) = self.span
            && now.saturating_duration_since(span.since) >= SPAN
        {
            self.learn(span, now);
            self.span = None;
        }
        let due = self.told_at.is_none_or(|told| now.saturating_duration_since(told) >= INTERVAL);
        if !due && self.bitrate_bps >= 0.97 * self.told_bps {
            return None;
        }
        self.told_at = Some(now);
        self.told_bps = self.bitrate_bps;
        Some(self.bitrate_bps())
    }

    /// What can be sent, as far as known.
    #[must_use]
    pub fn bitrate_bps(&self) -> u64 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two u32")]
        let bitrate_bps = self.bitrate_bps as u64;
        bitrate_bps
    }

    fn learn(&mut self, span: Span, now: Instant) {
        let seconds = now.saturating_duration_since(span.since).as_secs_f64();
        let arrived_bps = as_f64(span.bytes) * 8.0 / seconds;
        let loss = if span.expected == 0 { 0.0 } else { as_f64(span.lost) / as_f64(span.expected) };
        if loss > MUCH_LOSS {
            self.bitrate_bps =
                (self.bitrate_bps * (1.0 - loss / 2.0)).min(self.bitrate_bps.min(arrived_bps * HEADROOM));
        } else if loss < LITTLE_LOSS {
            let grown = self.bitrate_bps * GROWTH.powf(seconds.min(1.0));
            self.bitrate_bps = grown.min(arrived_bps * HEADROOM).max(self.bitrate_bps);
        }
        self.bitrate_bps = self.bitrate_bps.clamp(self.min_bps, self.max_bps);
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of half a second")]
fn as_f64(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends what it is told over a line of `line_bps` that drops the rest; gives the estimate after so many seconds.
    fn settled(rate: &mut ReceiveRate, now: &mut Instant, line_bps: f64, wanted_bps: f64, seconds: u32) -> f64 {
        let mut sent = 0.0;
        for step in 0..seconds * 100 {
            let sending = as_f64(rate.bitrate_bps()).min(wanted_bps);
            sent += sending / 8.0 / 100.0;
            let arriving = sent.min(line_bps / 8.0 / 100.0);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some kilobytes")]
            rate.handle_packet(arriving as usize, *now);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some kilobytes")]
            rate.handle_loss(sent as u64, (sent - arriving) as u64);
            sent = 0.0;
            *now += Duration::from_millis(10);
            if step % 5 == 0 {
                rate.poll_estimate(*now);
            }
        }
        as_f64(rate.bitrate_bps())
    }

    #[test]
    fn the_estimate_grows_to_what_the_line_carries_and_little_beyond() {
        let mut now = Instant::now();
        let mut rate = ReceiveRate::new(300_000, 50_000, 4_000_000);
        let bps = settled(&mut rate, &mut now, 1_500_000.0, 9e9, 60);
        assert!((1_200_000.0..2_000_000.0).contains(&bps), "{bps}");
    }

    #[test]
    fn a_line_that_gets_narrow_is_followed_within_seconds() {
        let mut now = Instant::now();
        let mut rate = ReceiveRate::new(2_000_000, 50_000, 4_000_000);
        let bps = settled(&mut rate, &mut now, 400_000.0, 9e9, 6);
        assert!((250_000.0..650_000.0).contains(&bps), "{bps}");
    }

    #[test]
    fn a_still_picture_neither_raises_nor_lowers_the_estimate() {
        let mut now = Instant::now();
        let mut rate = ReceiveRate::new(1_000_000, 50_000, 4_000_000);
        assert!((settled(&mut rate, &mut now, 9e9, 30_000.0, 60) - 1_000_000.0).abs() < 1.0);
    }

    #[test]
    fn the_limits_hold() {
        let mut now = Instant::now();
        let mut rate = ReceiveRate::new(1_000_000, 100_000, 1_500_000);
        assert!((settled(&mut rate, &mut now, 9e9, 9e9, 120) - 1_500_000.0).abs() < 1.0);
        assert!((settled(&mut rate, &mut now, 1000.0, 9e9, 120) - 100_000.0).abs() < 1.0);
    }

    #[test]
    fn the_estimate_is_told_once_a_second_and_a_fall_at_once() {
        let start = Instant::now();
        let mut rate = ReceiveRate::new(1_000_000, 100_000, 1_500_000);
        assert_eq!(rate.poll_estimate(start), Some(1_000_000));
        let told = (1..=100).filter(|n| rate.poll_estimate(start + Duration::from_millis(10 * n)).is_some()).count();
        assert_eq!(told, 1);
        let later = start + INTERVAL;
        rate.handle_packet(10_000, later);
        rate.handle_loss(100, 50);
        assert_eq!(rate.poll_estimate(later + Duration::from_millis(499)), None);
        assert!(rate.poll_estimate(later + Duration::from_millis(500)).is_some_and(|bps| bps < 800_000));
    }
}
