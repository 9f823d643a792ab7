//! What reports say: how a stream is received, which moment a timestamp is, and how long a round trip takes (RFC 3550).

mod afar;
mod reception;
mod sender;

use std::time::{Duration, Instant};

use hoptt_wire::rtcp::ReportBlock;

use crate::seq;

pub use afar::LossAfar;
pub use reception::{Interval, Reception};
pub use sender::SenderClock;

/// The engine's clock in the format of reports: one for all streams, so that receivers can align them.
#[derive(Clone, Copy, Debug)]
pub struct NtpClock {
    since: Instant,
    ntp: u64,
}

impl NtpClock {
    /// Says which NTP time (32.32 seconds since 1900) an instant is.
    #[must_use]
    pub fn new(since: Instant, ntp: u64) -> Self {
        Self { since, ntp }
    }

    /// The NTP time of an instant.
    #[must_use]
    pub fn ntp(&self, now: Instant) -> u64 {
        let passed = now.saturating_duration_since(self.since);
        let fraction = (u64::from(passed.subsec_nanos()) << 32) / 1_000_000_000;
        self.ntp.wrapping_add((passed.as_secs() << 32) | fraction)
    }
}

/// The middle 32 bits of an NTP time: seconds in 16.16.
#[must_use]
pub fn compact(ntp: u64) -> u32 {
    seq::low_32(ntp >> 16)
}

/// The round trip that a report block about a stream of ours tells, arriving at this NTP time (RFC 3550 §6.4.1).
///
/// `None` when it answers no report of ours, or claims a time that cannot be.
#[must_use]
pub fn rtt(report: &ReportBlock, now: u64) -> Option<Duration> {
    if report.last_report == 0 {
        return None;
    }
    let passed = compact(now).wrapping_sub(report.last_report).wrapping_sub(report.delay);
    // Clocks of different speed make a short trip negative; that is a trip of nothing.
    let passed = if passed.cast_signed() < 0 && passed.wrapping_neg() < 1 << 12 { 0 } else { passed };
    let rtt = Duration::from_nanos((u64::from(passed) * 1_000_000_000) >> 16);
    (rtt <= MAX_RTT).then_some(rtt)
}

/// What claims to have been longer under way is not believed.
const MAX_RTT: Duration = Duration::from_secs(30);

/// How many ticks of a stream's clock a time is, modulo 2³².
fn ticks(time: Duration, clock_rate: u32) -> u32 {
    let ticks = time.as_nanos() * u128::from(clock_rate) / 1_000_000_000;
    u32::try_from(ticks & 0xffff_ffff).expect("masked")
}

#[cfg(test)]
mod tests {
    use hoptt_wire::Ssrc;

    use super::*;

    fn block(last_report: u32, delay: u32) -> ReportBlock {
        ReportBlock { ssrc: Ssrc(1), fraction_lost: 0, lost: 0, highest_sequence: 0, jitter: 0, last_report, delay }
    }

    #[test]
    fn the_example_of_rfc_3550_takes_six_seconds() {
        // §6.4.1, figure 2: A = 0xb710:8000, LSR = 0xb705:2000, DLSR = 5.25 s.
        let report = block(0xb705_2000, 0x0005_4000);
        assert_eq!(rtt(&report, 0x0000_b710_8000_0000), Some(Duration::from_millis(6125)));
    }

    #[test]
    fn a_report_that_answers_nothing_or_the_future_tells_no_time() {
        let now = 0x0000_b710_8000_0000;
        for (last_report, delay, expected) in [
            (0, 0x0005_4000, None),
            (0xb710_8000, 0, Some(Duration::ZERO)),
            (0xb710_8000, 0x100, Some(Duration::ZERO)),
            (0xb710_8000, 0x0001_0000, None),
            (0xb711_8000, 0, None),
            (0xb6f0_0000, 0, None),
        ] {
            assert_eq!(rtt(&block(last_report, delay), now), expected, "{last_report:x} {delay:x}");
        }
    }

    #[test]
    fn the_clock_counts_seconds_and_their_fractions() {
        let start = Instant::now();
        let clock = NtpClock::new(start, 0x0000_0007_8000_0000);
        assert_eq!(clock.ntp(start), 0x0000_0007_8000_0000);
        assert_eq!(clock.ntp(start + Duration::from_millis(250)), 0x0000_0007_c000_0000);
        assert_eq!(clock.ntp(start + Duration::from_millis(1500)), 0x0000_0009_0000_0000);
    }
}
