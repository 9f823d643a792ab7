//! Which moment a timestamp of an outgoing stream is, and the sender report that says so.

use std::time::{Duration, Instant};

use hoptt_wire::rtcp::SenderInfo;

use super::{NtpClock, ticks};

/// The clock and the counts of one outgoing stream.
///
/// Packets arrive earlier or later than they were made; the earliest of late tell the time, so that the sound and the
/// picture of one person, measured alike, stay together.
#[derive(Debug)]
pub struct SenderClock {
    clock_rate: u32,
    mapping: Option<Mapping>,
    packets: u32,
    octets: u32,
}

/// This timestamp is this moment.
#[derive(Clone, Copy, Debug)]
struct Mapping {
    timestamp: u32,
    at: Instant,
    /// When it was looked at last.
    seen_at: Instant,
}

impl SenderClock {
    /// A stream with this clock.
    #[must_use]
    pub fn new(clock_rate: u32) -> Self {
        Self { clock_rate: clock_rate.max(1), mapping: None, packets: 0, octets: 0 }
    }

    /// Notes a packet that leaves; `first` after a switch of source, whose clock is another one.
    pub fn handle_packet(&mut self, timestamp: u32, payload: usize, first: bool, now: Instant) {
        self.packets = self.packets.wrapping_add(1);
        self.octets = self.octets.wrapping_add(u32::try_from(payload).unwrap_or(u32::MAX));
        let this = Mapping { timestamp, at: now, seen_at: now };
        let Some(mapping) = &mut self.mapping else {
            self.mapping = Some(this);
            return;
        };
        if timestamp == mapping.timestamp && !first {
            return; // of the picture that has told the time already
        }
        let ahead = timestamp.wrapping_sub(mapping.timestamp).cast_signed();
        if first || ahead.unsigned_abs() / self.clock_rate > MAX_STEP_S {
            *mapping = this;
            return;
        }
        if ahead < 0 {
            return; // a late packet tells nothing new
        }
        let expected = mapping.at
            + Duration::from_nanos(u64::from(ahead.unsigned_abs()) * 1_000_000_000 / u64::from(self.clock_rate));
        match now.checked_duration_since(expected) {
            Some(late) if late > MAX_LATE => *mapping = this,
            Some(late) => {
                // The peer's clock may run slower than ours: what stays late bit by bit becomes the measure.
                let drift = now.saturating_duration_since(mapping.seen_at) / DRIFT;
                *mapping = Mapping { timestamp, at: expected + drift.min(late), seen_at: now };
            }
            None => *mapping = this,
        }
    }

    /// The sender information of a report that goes out now; `None` before the first packet.
    #[must_use]
    pub fn info(&self, clock: &NtpClock, now: Instant) -> Option<SenderInfo> {
        let mapping = self.mapping?;
        let passed = ticks(now.saturating_duration_since(mapping.at), self.clock_rate);
        Some(SenderInfo {
            ntp: clock.ntp(now),
            rtp_time: mapping.timestamp.wrapping_add(passed),
            packets: self.packets,
            octets: self.octets,
        })
    }
}

/// Clocks differ by less than one part in this.
const DRIFT: u32 = 5_000;
/// A packet that is later than this was not delayed: its source stood still.
const MAX_LATE: Duration = Duration::from_secs(1);
/// A timestamp that moves by more seconds at once is of another clock.
const MAX_STEP_S: u32 = 10;

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 90_000;

    fn at(start: Instant, us: u64) -> Instant {
        start + Duration::from_micros(us)
    }

    /// How far the report's timestamp is from the true one, in ms.
    fn error_ms(clock: &SenderClock, start: Instant, true_us: u64, first: u32) -> f64 {
        let now = at(start, true_us);
        let told = clock.info(&NtpClock::new(start, 0), now).unwrap().rtp_time.wrapping_sub(first);
        f64::from(told.cast_signed()) / 90.0 - f64::from(u32::try_from(true_us).unwrap()) / 1000.0
    }

    #[test]
    fn a_report_counts_and_tells_the_time_between_packets_too() {
        let start = Instant::now();
        let mut clock = SenderClock::new(RATE);
        assert!(clock.info(&NtpClock::new(start, 0), start).is_none());
        clock.handle_packet(1000, 700, true, start);
        clock.handle_packet(1000 + 9000, 300, false, at(start, 100_000));
        let info = clock.info(&NtpClock::new(start, 5 << 32), at(start, 250_000)).unwrap();
        assert_eq!(info, SenderInfo { ntp: 5 << 32 | 1 << 30, rtp_time: 1000 + 22_500, packets: 2, octets: 1000 });
    }

    #[test]
    fn the_first_packet_of_a_picture_tells_the_time_however_late_the_others_leave() {
        let start = Instant::now();
        let mut clock = SenderClock::new(RATE);
        clock.handle_packet(7, 100, true, start);
        clock.handle_packet(7, 100, false, at(start, 1_500_000));
        assert!(error_ms(&clock, start, 1_500_000, 7).abs() < 0.1);
    }

    #[test]
    fn delay_that_comes_and_goes_does_not_move_the_clock() {
        let start = Instant::now();
        let mut clock = SenderClock::new(RATE);
        let first = 0xffff_ff00_u32;
        for frame in 0..3000_u32 {
            let us = u64::from(frame) * 33_333;
            let delay = u64::from(frame * 7919 % 60) * 1000;
            clock.handle_packet(first.wrapping_add(frame * 3000), 1000, frame == 0, at(start, us + delay));
        }
        let error = error_ms(&clock, start, 3000 * 33_333, first);
        assert!(error.abs() < 3.0, "{error} ms");
    }

    #[test]
    fn a_peer_whose_clock_is_slow_or_fast_is_followed() {
        for ppm in [-100_i64, 100] {
            let start = Instant::now();
            let mut clock = SenderClock::new(RATE);
            for frame in 0..30_000_u32 {
                let us = i64::from(frame) * 33_333;
                let us = u64::try_from(us + us * ppm / 1_000_000).unwrap();
                clock.handle_packet(frame * 3000, 1000, frame == 0, at(start, us));
            }
            let us = u64::try_from(30_000 * 33_333 * (1_000_000 + ppm) / 1_000_000).unwrap();
            let told = clock.info(&NtpClock::new(start, 0), at(start, us)).unwrap().rtp_time;
            let error = (i64::from(told) - 30_000 * 3000).abs();
            assert!(error < 450, "{error} ticks at {ppm} ppm");
        }
    }

    #[test]
    fn after_a_switch_or_a_standstill_the_clock_is_taken_anew() {
        let start = Instant::now();
        let mut clock = SenderClock::new(RATE);
        let told = |clock: &SenderClock, us| clock.info(&NtpClock::new(start, 0), at(start, us)).unwrap().rtp_time;
        clock.handle_packet(0, 1000, true, start);
        clock.handle_packet(900, 1000, true, at(start, 50_000));
        assert_eq!(told(&clock, 50_000), 900, "another source");
        clock.handle_packet(1800, 1000, false, at(start, 5_000_000));
        assert_eq!(told(&clock, 5_000_000), 1800, "the same source after a standstill");
        clock.handle_packet(90_000_000, 1000, false, at(start, 5_010_000));
        assert_eq!(told(&clock, 5_010_000), 90_000_000, "a jump of its clock");
    }
}
