//! How one stream is received: loss, jitter, and the report block about it (RFC 3550 §A.3, §A.8).

use std::time::{Duration, Instant};

use hoptt_wire::Ssrc;
use hoptt_wire::rtcp::ReportBlock;

use super::{compact, ticks};
use crate::seq;

/// The reception of one stream. Repetitions (RTX) are not told to it: it counts what the line lost.
#[derive(Debug)]
pub struct Reception {
    clock_rate: u32,
    since: Instant,
    /// First and highest number.
    numbers: Option<(u64, u64)>,
    received: u64,
    reported: Interval,
    counted: Interval,
    /// In 1/16 ticks.
    jitter: u32,
    transit: Option<u32>,
    last_timestamp: u32,
    last_report: Option<(u32, Instant)>,
}

/// Packets over some time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interval {
    /// That should have come.
    pub expected: u64,
    /// That did not; never below zero.
    pub lost: u64,
}

impl Reception {
    /// A stream with this clock.
    #[must_use]
    pub fn new(clock_rate: u32, now: Instant) -> Self {
        Self {
            clock_rate,
            since: now,
            numbers: None,
            received: 0,
            reported: Interval::default(),
            counted: Interval::default(),
            jitter: 0,
            transit: None,
            last_timestamp: 0,
            last_report: None,
        }
    }

    /// Notes a packet; `seq` is unwrapped.
    pub fn handle_packet(&mut self, seq: u64, timestamp: u32, now: Instant) {
        self.received += 1;
        let (first, highest) = self.numbers.unwrap_or((seq, seq));
        self.numbers = Some((first.min(seq), highest.max(seq)));
        let transit = ticks(now.saturating_duration_since(self.since), self.clock_rate).wrapping_sub(timestamp);
        if let Some(before) = self.transit
            && timestamp != self.last_timestamp
        {
            // Packets of one frame leave in a row: only the first tells how the way has changed.
            let change = transit.wrapping_sub(before).cast_signed().unsigned_abs();
            let jitter = u64::from(self.jitter) + u64::from(change.min(self.clock_rate));
            let jitter = jitter - u64::from((self.jitter + 8) >> 4);
            self.jitter = u32::try_from(jitter).unwrap_or(u32::MAX >> 1);
        }
        if self.transit.is_none() || timestamp != self.last_timestamp {
            self.transit = Some(transit);
            self.last_timestamp = timestamp;
        }
    }

    /// Notes the sender's report.
    pub fn handle_sender_report(&mut self, ntp: u64, now: Instant) {
        self.last_report = Some((compact(ntp), now));
    }

    /// The block about this stream, for a report that goes out now; `None` before the first packet.
    pub fn report(&mut self, ssrc: Ssrc, now: Instant) -> Option<ReportBlock> {
        let (_, highest) = self.numbers?;
        let total = self.total();
        let since = total.since(self.reported);
        self.reported = total;
        let fraction = (since.lost << 8).checked_div(since.expected).unwrap_or(0);
        let (last_report, delay) = self
            .last_report
            .map_or((0, 0), |(ntp, at)| (ntp, ticks(now.saturating_duration_since(at).min(MAX_DELAY), 1 << 16)));
        Some(ReportBlock {
            ssrc,
            fraction_lost: u8::try_from(fraction).unwrap_or(u8::MAX),
            lost: self.missing_24(),
            // Our numbers start one cycle up.
            highest_sequence: seq::low_32(highest.saturating_sub(1 << 16)),
            jitter: self.jitter >> 4,
            last_report,
            delay,
        })
    }

    /// What came and what was lost since this was asked last.
    pub fn take_interval(&mut self) -> Interval {
        let total = self.total();
        let since = total.since(self.counted);
        self.counted = total;
        since
    }

    /// The mean deviation of arrivals (RFC 3550 §6.4.1).
    #[must_use]
    pub fn jitter(&self) -> Duration {
        Duration::from_secs(1) * (self.jitter >> 4) / self.clock_rate.max(1)
    }

    /// As far as the report has bits for it.
    fn missing_24(&self) -> i32 {
        i32::try_from(self.missing().clamp(-0x80_0000, 0x7f_ffff)).expect("24 bits")
    }

    fn total(&self) -> Interval {
        let lost = u64::try_from(self.missing()).unwrap_or(0);
        Interval { expected: self.expected(), lost }
    }

    fn expected(&self) -> u64 {
        self.numbers.map_or(0, |(first, highest)| highest - first + 1)
    }

    /// Below zero when packets came twice.
    fn missing(&self) -> i64 {
        self.expected().cast_signed() - self.received.cast_signed()
    }
}

impl Interval {
    fn since(self, before: Self) -> Self {
        let expected = self.expected.saturating_sub(before.expected);
        // Late packets of the time before are no gain of this one.
        Self { expected, lost: self.lost.saturating_sub(before.lost).min(expected) }
    }
}

/// The field counts 18 hours.
const MAX_DELAY: Duration = Duration::from_secs(65_535);

#[cfg(test)]
mod tests {
    use super::*;

    fn at(start: Instant, ms: u64) -> Instant {
        start + Duration::from_millis(ms)
    }

    fn received(start: Instant, seqs: impl IntoIterator<Item = u64>) -> Reception {
        let mut reception = Reception::new(48_000, start);
        for seq in seqs {
            reception.handle_packet(
                seq,
                u32::try_from((seq * 960) & 0xffff_ffff).unwrap(),
                at(start, 20 * (seq & 0xfff)),
            );
        }
        reception
    }

    #[test]
    fn a_quarter_lost_is_told_as_sixty_four_of_256() {
        let start = Instant::now();
        let mut reception = received(start, (0x1_0000..0x1_0100).filter(|seq| seq % 4 != 1));
        let report = reception.report(Ssrc(7), start).unwrap();
        assert_eq!((report.ssrc, report.fraction_lost, report.lost), (Ssrc(7), 64, 64));
        assert_eq!(report.highest_sequence, 0xff);
    }

    #[test]
    fn each_report_speaks_of_the_time_since_the_last() {
        let start = Instant::now();
        let mut reception = received(start, (0x1_0000..0x1_0100).filter(|seq| seq % 4 != 1));
        reception.report(Ssrc(7), start);
        for seq in 0x1_0100..0x1_0200 {
            reception.handle_packet(seq, 0, start);
        }
        let report = reception.report(Ssrc(7), start).unwrap();
        assert_eq!((report.fraction_lost, report.lost), (0, 64));
        assert_eq!(reception.take_interval(), Interval { expected: 512, lost: 64 });
        assert_eq!(reception.take_interval(), Interval::default());
    }

    #[test]
    fn a_report_without_new_packets_and_late_ones_stay_in_range() {
        let start = Instant::now();
        let mut reception = received(start, [0x1_0000, 0x1_0004]);
        assert_eq!(reception.report(Ssrc(7), start).unwrap().lost, 3);
        assert_eq!(reception.report(Ssrc(7), start).unwrap().fraction_lost, 0);
        for seq in [0x1_0001, 0x1_0002, 0x1_0003, 0x1_0003] {
            reception.handle_packet(seq, 0, start);
        }
        let report = reception.report(Ssrc(7), start).unwrap();
        assert_eq!((report.fraction_lost, report.lost), (0, -1));
        let mut total = received(start, [0x1_0000, 0x1_0fff]);
        assert_eq!(total.report(Ssrc(7), start).unwrap().fraction_lost, 255);
        assert!(Reception::new(48_000, start).report(Ssrc(7), start).is_none());
    }

    #[test]
    fn cycles_stand_above_the_highest_number() {
        let start = Instant::now();
        let mut reception = received(start, [0x1_ffff, 0x2_0001]);
        assert_eq!(reception.report(Ssrc(7), start).unwrap().highest_sequence, 0x1_0001);
    }

    #[test]
    fn a_steady_stream_has_no_jitter_and_a_wavering_one_has() {
        let start = Instant::now();
        assert_eq!(received(start, 0x1_0000..0x1_0400).jitter(), Duration::ZERO);
        let mut wavering = Reception::new(48_000, start);
        for seq in 0..1000_u32 {
            let waver = if seq % 2 == 0 { 10 } else { 0 };
            wavering.handle_packet(0x1_0000 + u64::from(seq), seq * 960, at(start, 20 * u64::from(seq) + waver));
        }
        let jitter = wavering.report(Ssrc(7), start).unwrap().jitter;
        assert!((470..=480).contains(&jitter), "{jitter}");
        assert!((9..=10).contains(&wavering.jitter().as_millis()));
    }

    #[test]
    fn the_packets_of_one_frame_do_not_count_as_jitter() {
        let start = Instant::now();
        let mut reception = Reception::new(90_000, start);
        for frame in 0..100_u32 {
            for part in 0..10_u32 {
                let seq = 0x1_0000 + u64::from(frame * 10 + part);
                reception.handle_packet(
                    seq,
                    frame * 3000,
                    start + Duration::from_micros(33_333) * frame + Duration::from_millis(u64::from(part)),
                );
            }
        }
        assert!(reception.jitter() < Duration::from_millis(1), "{:?}", reception.jitter());
    }

    #[test]
    fn the_last_sender_report_is_answered_with_its_time_and_the_delay() {
        let start = Instant::now();
        let mut reception = received(start, [0x1_0000]);
        let before = reception.report(Ssrc(7), start).unwrap();
        assert_eq!((before.last_report, before.delay), (0, 0));
        reception.handle_sender_report(0x1234_5678_9abc_def0, start);
        let report = reception.report(Ssrc(7), at(start, 1500)).unwrap();
        assert_eq!((report.last_report, report.delay), (0x5678_9abc, 0x1_8000));
    }
}
