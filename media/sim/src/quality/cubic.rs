//! A long download beside a meeting: TCP with CUBIC (RFC 9438), as far as its share of a line depends on it.
//!
//! Losses are known after a round trip, as with selective acknowledgements; there is no timeout.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::Link;

const SEGMENT: usize = 1_500;
/// RFC 9438 §4.6 and §5.1.
const DECREASE: f64 = 0.7;
const C: f64 = 0.4;
/// §4.3.
const RENO: f64 = 3.0 * (1.0 - DECREASE) / (1.0 + DECREASE);
/// Of acknowledgements.
const BACK: Duration = Duration::from_millis(50);

/// See the module.
#[derive(Debug)]
pub(super) struct Cubic {
    window: f64,
    slow_start: bool,
    most: f64,
    /// At the last loss.
    before: f64,
    /// What a flow of Reno's would have.
    reno: f64,
    since: Option<Instant>,
    under_way: VecDeque<(Instant, u64, bool)>,
    next: u64,
    recovers_at: u64,
    delivered: u64,
}

impl Default for Cubic {
    fn default() -> Self {
        Self {
            window: 10.0,
            slow_start: true,
            most: 0.0,
            before: 0.0,
            reno: 0.0,
            since: None,
            under_way: VecDeque::new(),
            next: 0,
            recovers_at: 0,
            delivered: 0,
        }
    }
}

impl Cubic {
    /// Bytes that were acknowledged.
    pub(super) fn delivered(&self) -> u64 {
        self.delivered
    }

    pub(super) fn handle_timeout(&mut self, now: Instant, line: &mut Link) {
        while let Some((_, number, arrived)) = self.take_due(now) {
            if arrived {
                self.delivered += SEGMENT as u64;
                self.grow(now);
            } else if number >= self.recovers_at {
                self.before = self.window;
                // §4.7
                self.most =
                    if self.window < self.most { self.window * f64::midpoint(1.0, DECREASE) } else { self.window };
                self.window = (self.window * DECREASE).max(2.0);
                self.reno = self.window;
                (self.slow_start, self.since, self.recovers_at) = (false, Some(now), self.next);
            }
        }
        while f64::from(u32::try_from(self.under_way.len()).expect("a window")) < self.window {
            let (waiting, arrival) = (line.waiting(now), line.handle_datagram(now, SEGMENT));
            let known_at = arrival.unwrap_or(now + waiting + BACK) + BACK;
            let place = self.under_way.partition_point(|(at, ..)| *at <= known_at);
            self.under_way.insert(place, (known_at, self.next, arrival.is_some()));
            self.next += 1;
        }
    }

    fn take_due(&mut self, now: Instant) -> Option<(Instant, u64, bool)> {
        if self.under_way.front()?.0 <= now { self.under_way.pop_front() } else { None }
    }

    fn grow(&mut self, now: Instant) {
        if self.slow_start {
            self.window += 1.0;
            return;
        }
        self.reno += if self.reno < self.before { RENO } else { 1.0 } / self.window;
        let k = ((self.most - self.before * DECREASE).max(0.0) / C).cbrt();
        let passed = self.since.map_or(0.0, |since| now.saturating_duration_since(since).as_secs_f64());
        let target = C * (passed - k).powi(3) + self.most;
        self.window += ((target - self.window) / self.window).clamp(0.0, 0.5);
        self.window = self.window.max(self.reno);
    }
}
