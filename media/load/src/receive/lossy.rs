//! A line that loses datagrams and is long: what does not arrive is asked for again, and how long that takes is measured.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use hoptt_core::nack::{MAX_MISSING, NackGenerator};

use super::ns;
use crate::random::Random;
use crate::tally::Tally;

/// What is missing for longer is given up: no picture waits for it any more.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(2);

/// How a subscriber's line is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LossyLine {
    /// Of a hundred datagrams of media so many do not arrive.
    pub percent: f64,
    /// Reports take so long, as if both ways together did.
    pub rtt: Duration,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Lossy {
    line: LossyLine,
    random: Random,
    /// Reports on their way.
    reports: VecDeque<(Instant, Vec<u8>)>,
}

impl Lossy {
    pub(super) fn new(line: LossyLine, seed: u64) -> Self {
        Self { line, random: Random::new(seed, 4), reports: VecDeque::new() }
    }

    pub(super) fn rtt(&self) -> Duration {
        self.line.rtt
    }

    /// Whether the next datagram is lost.
    pub(super) fn loses(&mut self) -> bool {
        self.random.unit() * 100.0 < self.line.percent
    }

    /// Lets a report leave.
    pub(super) fn push(&mut self, now: Instant, report: &[u8]) {
        self.reports.push_back((now + self.line.rtt, report.to_vec()));
    }

    /// When the next report is there.
    pub(super) fn due(&self) -> Option<Instant> {
        self.reports.front().map(|(at, _)| *at)
    }

    /// A report that is there.
    pub(super) fn poll(&mut self, now: Instant) -> Option<Vec<u8>> {
        self.due().filter(|at| *at <= now)?;
        self.reports.pop_front().map(|(_, report)| report)
    }
}

/// What is missing of one stream.
#[derive(Debug, Default)]
pub(super) struct Gaps {
    pub(super) nacks: NackGenerator,
    highest: Option<u64>,
    /// Numbers, and when each was missed; the oldest first.
    missing: Vec<(u64, Instant)>,
}

impl Gaps {
    /// A packet came, as itself or as its repair.
    pub(super) fn handle_packet(&mut self, seq: u64, now: Instant, tally: &mut Tally) {
        self.nacks.handle_packet(seq, now);
        if let Some(at) = self.missing.iter().position(|(missing, _)| *missing == seq) {
            let (_, since) = self.missing.remove(at);
            tally.repair.add(ns(now.saturating_duration_since(since)));
        }
        if let Some(highest) = self.highest.filter(|highest| *highest < seq) {
            let first = (highest + 1).max(seq.saturating_sub(MAX_MISSING as u64));
            self.missing.extend((first..seq).map(|seq| (seq, now)));
        }
        self.highest = self.highest.max(Some(seq));
        let before = self.missing.len();
        self.missing.retain(|(_, since)| now.saturating_duration_since(*since) < GIVEN_UP_AFTER);
        tally.unrepaired += (before - self.missing.len()) as u64;
    }

    /// Whether this number is missing.
    pub(super) fn misses(&self, seq: u64) -> bool {
        self.missing.iter().any(|(missing, _)| *missing == seq)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_loses_as_much_as_it_is_to() {
        let mut lossy = Lossy::new(LossyLine { percent: 5.0, rtt: Duration::ZERO }, 7);
        let lost = (0..10_000).filter(|_| lossy.loses()).count();
        assert!((450..550).contains(&lost), "{lost}");
    }

    #[test]
    fn reports_take_their_time() {
        let start = Instant::now();
        let mut lossy = Lossy::new(LossyLine { percent: 0.0, rtt: Duration::from_millis(50) }, 7);
        lossy.push(start, b"one");
        assert_eq!(lossy.poll(start + Duration::from_millis(49)), None);
        assert_eq!(lossy.poll(start + Duration::from_millis(50)).as_deref(), Some(&b"one"[..]));
        assert_eq!(lossy.due(), None);
    }

    #[test]
    fn the_time_of_a_repair_is_counted_and_what_does_not_come_is_given_up() {
        let (start, mut tally, mut gaps) = (Instant::now(), Tally::default(), Gaps::default());
        let at = |ms| start + Duration::from_millis(ms);
        for (seq, ms) in [(10, 0), (13, 20), (11, 80), (14, 90)] {
            gaps.handle_packet(seq, at(ms), &mut tally);
        }
        assert!(gaps.misses(12) && !gaps.misses(11));
        gaps.handle_packet(15, at(2_100), &mut tally);
        assert!(!gaps.misses(12));
        let repaired = tally.repair.percentiles();
        assert_eq!((repaired.count, tally.unrepaired), (1, 1));
        assert!((repaired.p50_ms - 60.0).abs() < 2.0, "{repaired:?}");
    }
}
