//! How many reports are read (S17), and what lies between two of them.

use hoptt_wire::rtcp::TransportCcHeader;

use crate::bwe::exact;

/// Reports in a second and at once that are read (S17); browsers send 20 at most.
const REPORTS_PER_SECOND: f64 = 100.0;

/// More numbers than this are left out by nobody who means it.
const SKIPPED_AT_MOST: u16 = 256;

/// See the module.
#[derive(Debug)]
pub(super) struct Reading {
    /// Reports that may still be read.
    left: f64,
    filled_us: u64,
    /// The last report's count, and the number that was to follow.
    last: Option<(u8, u16)>,
}

impl Default for Reading {
    fn default() -> Self {
        Self { left: REPORTS_PER_SECOND, filled_us: 0, last: None }
    }
}

impl Reading {
    /// Whether one more is read.
    pub(super) fn may(&mut self, now_us: u64) -> bool {
        let passed_s = exact(now_us.saturating_sub(self.filled_us).cast_signed()) / 1e6;
        self.filled_us = now_us;
        self.left = (self.left + passed_s * REPORTS_PER_SECOND).min(REPORTS_PER_SECOND);
        let may = self.left >= 1.0;
        if may {
            self.left -= 1.0;
        }
        may
    }

    /// Numbers between the last report and this one: none of them arrived, unless a report was lost, as its count tells
    /// (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1). Browsers tell of them; others begin with what arrived.
    pub(super) fn skipped(&self, report: &TransportCcHeader) -> impl Iterator<Item = u16> + use<> {
        let follows = self.last.filter(|(count, _)| report.feedback_count == count.wrapping_add(1));
        let (from, count) = follows.map_or((0, 0), |(_, next)| (next, report.base.wrapping_sub(next)));
        let count = if count <= SKIPPED_AT_MOST { count } else { 0 };
        (0..count).map(move |at| from.wrapping_add(at))
    }

    /// A report of that count told of numbers up to that one.
    pub(super) fn note(&mut self, count: u8, number: u16) {
        self.last = Some((count, number.wrapping_add(1)));
    }
}

#[cfg(test)]
mod tests {
    use hoptt_wire::Ssrc;

    use super::*;

    fn skipped(reading: &Reading, feedback_count: u8, base: u16) -> Vec<u16> {
        let header = TransportCcHeader { sender: Ssrc(1), media: Ssrc(2), base, feedback_count };
        reading.skipped(&header).collect()
    }

    #[test]
    fn what_no_report_tells_of_did_not_arrive_unless_a_report_was_lost() {
        let mut reading = Reading::default();
        assert_eq!(skipped(&reading, 3, 10), [], "nothing was told before");
        reading.note(255, 65_534);
        assert_eq!(skipped(&reading, 0, 65_535), []);
        assert_eq!(skipped(&reading, 0, 2), [65_535, 0, 1]);
        assert_eq!(skipped(&reading, 1, 2), [], "a report was lost");
        assert_eq!(skipped(&reading, 0, 65_000), [], "it tells of earlier ones again");
        assert_eq!(skipped(&reading, 0, 2_000), [], "so many are a mistake");
    }
}
