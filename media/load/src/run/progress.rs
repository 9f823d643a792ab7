//! One line on the terminal that says how it goes.

use std::io::{IsTerminal as _, Write as _};
use std::time::Instant;

use crate::runner::Report;
use crate::tally::Tally;
use crate::watch::Reading;

#[derive(Debug)]
pub(super) struct Progress {
    began: Instant,
    shown_at: Instant,
    reading: Reading,
}

impl Default for Progress {
    fn default() -> Self {
        let now = Instant::now();
        Self { began: now, shown_at: now, reading: Reading::now().unwrap_or_default() }
    }
}

impl Progress {
    /// Shows what the last report brought: over itself on a terminal, else line by line.
    pub(super) fn show(&mut self, step: &str, now_is: &Report, window: &Tally, lines_lost: u64) {
        let (now, reading) = (Instant::now(), Reading::now().unwrap_or_default());
        let seconds = now.duration_since(self.shown_at).as_secs_f64();
        let tally = &now_is.tally;
        let lost = window.video.lost + window.audio.lost;
        let faults = window.checked.faults();
        let line = format!(
            "{:4} s  {step}: {} of {} connected, {} gone, video {} p/s, audio {} p/s, lost {lost}, faults {faults}, \
             late p99 {:.2} ms, cpu {:.0} %",
            now.duration_since(self.began).as_secs(),
            now_is.connected,
            now_is.peers,
            now_is.ended as u64 + lines_lost,
            rate(tally.video.packets, seconds),
            rate(tally.audio.packets, seconds),
            tally.lateness.percentiles().p99_ms,
            100.0 * reading.since(&self.reading).cpu.saturating_sub(tally.rested).as_secs_f64() / seconds,
        );
        let mut out = std::io::stderr().lock();
        let _ = if out.is_terminal() { write!(out, "\r\x1b[K{line}") } else { writeln!(out, "{line}") };
        let _ = out.flush();
        (self.shown_at, self.reading) = (now, reading);
    }
}

#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "shown")]
fn rate(count: u64, seconds: f64) -> u64 {
    (count as f64 / seconds.max(0.001)).round() as u64
}
