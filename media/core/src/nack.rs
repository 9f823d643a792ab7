//! Lost packets: asked for at the publisher, and sent again to a subscriber, both within limits (RFC 4585 §6.2.1).

use std::time::{Duration, Instant};

use crate::seq;

/// Packets of one track that are missed at a time; what exceeds it is given up.
pub const MAX_MISSING: usize = 256;

/// How often one packet is asked for.
pub const MAX_TRIES: u8 = 10;

/// Packets that overtake each other by less need no repair.
pub const REORDER_TOLERANCE: Duration = Duration::from_millis(10);

/// Between two requests for one packet, however short the round trip.
const MIN_WAIT: Duration = Duration::from_millis(20);

/// Between two requests for one packet, however long the round trip.
const MAX_WAIT: Duration = Duration::from_millis(500);

/// Finds what is missing of one incoming stream, and when to ask for it.
#[derive(Debug, Default)]
pub struct NackGenerator {
    highest: Option<u64>,
    /// Ascending by number.
    missing: Vec<Missing>,
    asked: Vec<u16>,
    given_up: u64,
}

#[derive(Clone, Copy, Debug)]
struct Missing {
    seq: u64,
    due: Instant,
    tries: u8,
}

impl NackGenerator {
    /// Notes a packet that arrived, as itself or as its repetition; `seq` is unwrapped.
    pub fn handle_packet(&mut self, seq: u64, now: Instant) {
        match self.highest {
            None => self.highest = Some(seq),
            Some(highest) if seq > highest => {
                self.highest = Some(seq);
                self.miss(highest + 1..seq, now);
            }
            Some(_) => {
                if let Ok(at) = self.missing.binary_search_by_key(&seq, |missing| missing.seq) {
                    self.missing.remove(at);
                }
            }
        }
    }

    /// Gives the numbers to ask for now, for one NACK.
    pub fn poll_nack(&mut self, now: Instant, rtt: Duration) -> Option<&[u16]> {
        let wait = rtt.clamp(MIN_WAIT, MAX_WAIT);
        let before = self.missing.len();
        self.missing.retain(|missing| missing.tries < MAX_TRIES || missing.due > now);
        self.given_up += (before - self.missing.len()) as u64;
        self.asked.clear();
        for missing in self.missing.iter_mut().filter(|missing| missing.due <= now) {
            missing.tries += 1;
            missing.due = now + wait;
            self.asked.push(seq::low(missing.seq));
        }
        (!self.asked.is_empty()).then_some(&*self.asked)
    }

    /// When [`poll_nack`](Self::poll_nack) has something to do.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.missing.iter().map(|missing| missing.due).min()
    }

    /// Packets that were asked for in vain, or were too many to ask for.
    #[must_use]
    pub fn given_up(&self) -> u64 {
        self.given_up
    }

    /// Starts anew: the numbers of another stream follow.
    pub fn clear(&mut self) {
        self.highest = None;
        self.missing.clear();
    }

    fn miss(&mut self, gap: std::ops::Range<u64>, now: Instant) {
        let len = gap.end - gap.start;
        // Of a long gap the newest are the useful ones.
        let first = gap.end - len.min(MAX_MISSING as u64);
        let wanted = usize::try_from(gap.end - first).expect("at most the limit");
        let crowded = (self.missing.len() + wanted).saturating_sub(MAX_MISSING);
        self.missing.drain(..crowded);
        self.given_up += first - gap.start + crowded as u64;
        let due = now + REORDER_TOLERANCE;
        self.missing.extend((first..gap.end).map(|seq| Missing { seq, due, tries: 0 }));
    }
}

/// Limits what one subscriber gets sent again.
#[derive(Debug)]
pub struct NackResponder {
    bytes_per_second: u32,
    /// Bytes that may be sent again now.
    budget: u64,
    filled_at: Option<Instant>,
    /// What was sent again last, at `seq % len`.
    sent: Vec<Option<(u16, Instant)>>,
    refused: u64,
}

/// Repetitions remembered per subscriber and slot.
const REMEMBERED: usize = 256;

impl NackResponder {
    /// Sends again at most this much, in bursts of a quarter of a second's worth.
    #[must_use]
    pub fn new(bytes_per_second: u32) -> Self {
        Self {
            bytes_per_second,
            budget: u64::from(bytes_per_second) / BURST_PER_SECOND,
            filled_at: None,
            sent: Vec::new(),
            refused: 0,
        }
    }

    /// Tells whether a packet of `len` bytes may be sent again under its outgoing number, and notes that it is.
    ///
    /// Once per round trip: what was sent is still on its way until then.
    pub fn allow(&mut self, seq: u16, len: usize, now: Instant, rtt: Duration) -> bool {
        self.fill(now);
        if self.sent.is_empty() {
            self.sent.resize(REMEMBERED, None);
        }
        let wait = rtt.clamp(MIN_WAIT, MAX_WAIT);
        let place = &mut self.sent[usize::from(seq) % REMEMBERED];
        let too_soon = place.is_some_and(|(sent, at)| sent == seq && now.saturating_duration_since(at) < wait);
        let len = len as u64;
        if too_soon || len > self.budget {
            self.refused += 1;
            return false;
        }
        self.budget -= len;
        *place = Some((seq, now));
        true
    }

    /// Repetitions that were not sent.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.refused
    }

    fn fill(&mut self, now: Instant) {
        let full = u64::from(self.bytes_per_second) / BURST_PER_SECOND;
        let passed = self.filled_at.map_or(Duration::ZERO, |at| now.saturating_duration_since(at));
        let earned = passed.as_micros().min(1_000_000) * u128::from(self.bytes_per_second) / 1_000_000;
        let earned = u64::try_from(earned).expect("a second's worth at most");
        if earned > 0 || self.filled_at.is_none() {
            self.filled_at = Some(now);
            self.budget = (self.budget + earned).min(full);
        }
    }
}

/// Bursts are this part of a second's worth.
const BURST_PER_SECOND: u64 = 4;
