//! How many reports are read (S17).

use crate::bwe::exact;

/// Reports in a second and at once that are read (S17); browsers send 20 at most.
const REPORTS_PER_SECOND: f64 = 100.0;

/// See the module.
#[derive(Debug)]
pub(super) struct Reading {
    /// Reports that may still be read.
    left: f64,
    filled_us: u64,
}

impl Default for Reading {
    fn default() -> Self {
        Self { left: REPORTS_PER_SECOND, filled_us: 0 }
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
}
