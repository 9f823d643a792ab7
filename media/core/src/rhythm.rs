//! When the next packet of a voice is likely to come: as long after the last one as their timestamps are apart.

use std::time::{Duration, Instant};

/// What encoders send, as long as nothing else is known.
const USUAL: Duration = Duration::from_millis(20);
/// A longer pause tells nothing of what follows.
const LONGEST: Duration = Duration::from_secs(1);
/// A packet that is late by this much is still on its way.
const LATE: Duration = Duration::from_millis(3);

/// See the module.
#[derive(Debug, Default)]
pub struct Rhythm {
    last: Option<(u64, u32)>,
    next: Option<Instant>,
}

impl Rhythm {
    /// Notes a packet of a stream with this clock; `seq` is unwrapped.
    pub fn handle_packet(&mut self, seq: u64, timestamp: u32, clock_rate: u32, now: Instant) {
        let apart = self.last.filter(|(before, _)| before + 1 == seq).map(|(_, before)| timestamp.wrapping_sub(before));
        let spacing =
            apart.map(|ticks| Duration::from_micros(u64::from(ticks) * 1_000_000 / u64::from(clock_rate.max(1))));
        let spacing = spacing.filter(|spacing| !spacing.is_zero() && *spacing <= LONGEST).unwrap_or(USUAL);
        self.last = Some((seq, timestamp));
        self.next = Some(now + spacing);
    }

    /// Whether a packet is likely to come from now on until then.
    #[must_use]
    pub fn comes_within(&self, now: Instant, until: Instant) -> bool {
        self.next.is_some_and(|next| next + LATE >= now && next <= until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn the_next_packet_comes_as_long_after_the_last_as_timestamps_are_apart() {
        let start = Instant::now();
        let mut rhythm = Rhythm::default();
        assert!(!rhythm.comes_within(start, start + ms(100)), "nothing came yet");
        rhythm.handle_packet(1, 0, 48_000, start);
        assert!(rhythm.comes_within(start, start + ms(20)), "as encoders usually send");
        rhythm.handle_packet(2, 2_880, 48_000, start + ms(60));
        assert!(!rhythm.comes_within(start + ms(60), start + ms(119)));
        assert!(rhythm.comes_within(start + ms(116), start + ms(121)));
    }

    #[test]
    fn who_is_late_may_still_come_and_who_fell_silent_is_not_waited_for() {
        let start = Instant::now();
        let mut rhythm = Rhythm::default();
        rhythm.handle_packet(1, 0, 48_000, start);
        assert!(rhythm.comes_within(start + ms(23), start + ms(28)));
        assert!(!rhythm.comes_within(start + ms(24), start + ms(29)));
    }

    #[test]
    fn after_a_loss_or_a_leap_the_usual_spacing_counts() {
        let start = Instant::now();
        for (seq, timestamp) in [(3, 1_920), (2, 0), (2, 4_800_000)] {
            let mut rhythm = Rhythm::default();
            rhythm.handle_packet(1, 0, 48_000, start);
            rhythm.handle_packet(seq, timestamp, 48_000, start);
            assert!(rhythm.comes_within(start + ms(19), start + ms(20)), "{seq} {timestamp}");
            assert!(!rhythm.comes_within(start, start + ms(19)), "{seq} {timestamp}");
        }
    }
}
