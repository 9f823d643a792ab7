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

/// What waits for longer has been dropped.
const HELD: Duration = Duration::from_secs(1);

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
        let place = self.sent[usize::from(seq) % REMEMBERED];
        let too_soon = place.is_some_and(|(sent, at)| sent == seq && now.saturating_duration_since(at) < wait);
        if too_soon {
            self.refused += 1;
            return false;
        }
        let fits = self.take(len as u64);
        if fits {
            self.sent[usize::from(seq) % REMEMBERED] = Some((seq, now));
        }
        fits
    }

    /// The same for one that was allowed just now, and follows itself unasked.
    pub fn allow_repeat(&mut self, len: usize, now: Instant) -> bool {
        self.fill(now);
        self.take(len as u64)
    }

    fn take(&mut self, len: u64) -> bool {
        let fits = len <= self.budget;
        self.refused += u64::from(!fits);
        self.budget -= if fits { len } else { 0 };
        fits
    }

    /// Tells whether a packet was sent again before, as far as that is remembered.
    #[must_use]
    pub fn has_sent(&self, seq: u16) -> bool {
        self.sent.get(usize::from(seq) % REMEMBERED).is_some_and(|place| place.is_some_and(|(sent, _)| sent == seq))
    }

    /// How long a repair is on its way at most. Where no full queue holds it it may be lost as well: who misses the packet then
    /// asks a round trip later by its own clock, and whoever is refused by a millisecond waits for another one.
    #[must_use]
    pub fn way(rtt: Duration, loses_by_itself: bool, queue: Duration) -> Duration {
        (if loses_by_itself { rtt * 3 / 4 } else { rtt }) + queue
    }

    /// What was allowed waits for its turn: it is not allowed again until it has left, or has not for a second.
    pub fn hold(&mut self, seq: u16, now: Instant) {
        self.note(seq, now + HELD);
    }

    /// What waited has left.
    pub fn left(&mut self, seq: u16, now: Instant) {
        self.note(seq, now);
    }

    fn note(&mut self, seq: u16, at: Instant) {
        if let Some(place) = self.sent.get_mut(usize::from(seq) % REMEMBERED) {
            *place = Some((seq, at));
        }
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

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use proptest::prelude::*;

    use super::*;

    const RTT: Duration = Duration::from_millis(50);

    #[test]
    fn on_a_lossy_line_a_repair_may_follow_another_before_the_round_trip_is_quite_over() {
        for (loses_by_itself, after, allowed) in
            [(true, 40, true), (true, 35, false), (false, 40, false), (false, 50, true)]
        {
            let (mut responder, start) = (NackResponder::new(100_000), Instant::now());
            let way = NackResponder::way(RTT, loses_by_itself, Duration::ZERO);
            assert!(responder.allow(1, 100, start, way));
            assert_eq!(
                responder.allow(1, 100, start + Duration::from_millis(after), way),
                allowed,
                "{loses_by_itself} {after}"
            );
        }
        assert_eq!(NackResponder::way(RTT, false, RTT), 2 * RTT, "the last one may stand in a queue");
    }

    fn at(start: Instant, ms: u64) -> Instant {
        start + Duration::from_millis(ms)
    }

    /// Asks every millisecond; gives when and what.
    fn asked(generator: &mut NackGenerator, start: Instant, ms: std::ops::Range<u64>) -> Vec<(u64, Vec<u16>)> {
        ms.filter_map(|ms| Some((ms, generator.poll_nack(at(start, ms), RTT)?.to_vec()))).collect()
    }

    #[test]
    fn what_waits_for_its_turn_is_not_sent_twice() {
        let start = Instant::now();
        let mut responder = NackResponder::new(1_000_000);
        assert!(responder.allow(7, 1_000, start, RTT));
        responder.hold(7, start);
        assert!(!responder.allow(7, 1_000, at(start, 900), RTT), "it waits");
        responder.left(7, at(start, 910));
        assert!(!responder.allow(7, 1_000, at(start, 950), RTT), "it is on its way");
        assert!(responder.allow(7, 1_000, at(start, 960), RTT));
        responder.hold(7, at(start, 960));
        assert!(responder.allow(7, 1_000, at(start, 2_010), RTT), "it was dropped where it waited");
    }

    #[test]
    fn a_lost_packet_is_asked_for_once_per_round_trip_ten_times() {
        let start = Instant::now();
        let mut generator = NackGenerator::default();
        for seq in [0x1_ffff, 0x2_0002] {
            generator.handle_packet(seq, start);
        }
        assert_eq!(generator.poll_timeout(), Some(at(start, 10)));
        let expected: Vec<_> = (0..10).map(|n| (10 + 50 * n, vec![0, 1])).collect();
        assert_eq!(asked(&mut generator, start, 0..2000), expected);
        assert_eq!(generator.given_up(), 2);
        assert_eq!(generator.poll_timeout(), None);
    }

    #[test]
    fn packets_that_overtake_each_other_are_not_asked_for() {
        let start = Instant::now();
        let mut generator = NackGenerator::default();
        for (ms, seq) in [(0, 10), (1, 12), (9, 11), (12, 13)] {
            generator.handle_packet(seq, at(start, ms));
            assert_eq!(generator.poll_nack(at(start, ms), RTT), None);
        }
        assert_eq!(asked(&mut generator, start, 12..500), []);
    }

    #[test]
    fn what_was_repaired_is_not_asked_for_again() {
        let start = Instant::now();
        let mut generator = NackGenerator::default();
        for seq in [10, 13] {
            generator.handle_packet(seq, start);
        }
        assert_eq!(asked(&mut generator, start, 0..30), [(10, vec![11, 12])]);
        generator.handle_packet(11, at(start, 30));
        assert_eq!(asked(&mut generator, start, 30..70), [(60, vec![12])]);
    }

    #[test]
    fn a_round_trip_that_is_unknown_or_absurd_floods_nobody_and_stalls_nobody() {
        for (rtt, per_second) in [(Duration::ZERO, 10), (Duration::from_secs(9), 2)] {
            let start = Instant::now();
            let mut generator = NackGenerator::default();
            generator.handle_packet(1, start);
            generator.handle_packet(3, start);
            let count = (0..1000).filter(|ms| generator.poll_nack(at(start, *ms), rtt).is_some()).count();
            assert_eq!(count, per_second);
        }
    }

    #[test]
    fn s17_of_a_long_gap_only_the_newest_are_asked_for() {
        let start = Instant::now();
        let mut generator = NackGenerator::default();
        generator.handle_packet(1, start);
        generator.handle_packet(3, start);
        generator.handle_packet(30_000, start);
        let (_, numbers) = asked(&mut generator, start, 0..11).remove(0);
        let expected: Vec<u16> = (30_000 - 256..30_000).collect();
        assert_eq!(numbers, expected);
        assert_eq!(generator.given_up(), 1 + (30_000 - 4 - 256));
        assert!(generator.missing.capacity() <= 2 * MAX_MISSING);
    }

    #[test]
    fn a_repetition_goes_out_once_per_round_trip() {
        let start = Instant::now();
        let mut responder = NackResponder::new(1_000_000);
        let mut allowed = |ms, seq| responder.allow(seq, 1000, at(start, ms), RTT);
        assert!(allowed(0, 7));
        assert!(!allowed(10, 7));
        assert!(allowed(10, 8));
        assert!(!allowed(49, 7));
        assert!(allowed(50, 7));
        assert_eq!(responder.refused(), 2);
    }

    #[test]
    fn s17_repetitions_take_no_more_than_their_share_of_the_line() {
        let start = Instant::now();
        let mut responder = NackResponder::new(100_000);
        let mut sent = 0;
        for ms in 0..10_000 {
            for n in 0..5_u64 {
                let seq = seq::low(ms * 5 + n);
                if responder.allow(seq, 1000, at(start, ms), RTT) {
                    sent += 1000;
                }
            }
        }
        assert!((1_000_000..=1_025_000).contains(&sent), "{sent}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn exactly_what_is_missing_is_asked_for_and_at_most_ten_times(
            lost in prop::collection::hash_set(1..400_u64, 0..120),
            repaired_after in prop::collection::vec(prop::option::of(15..900_u64), 400),
            first in 0..0x4_0000_u64,
        ) {
            let start = Instant::now();
            let mut generator = NackGenerator::default();
            let mut times: HashMap<u64, u32> = HashMap::new();
            let mut arrived = HashSet::new();
            for ms in 0..2500 {
                let now = at(start, ms);
                if ms <= 400 && !lost.contains(&ms) {
                    generator.handle_packet(first + ms, now);
                    arrived.insert(ms);
                }
                for seq in lost.iter().filter(|seq| repaired_after[usize::try_from(**seq - 1).unwrap()] == Some(ms.wrapping_sub(**seq))) {
                    generator.handle_packet(first + seq, now);
                    arrived.insert(*seq);
                }
                let due = generator.poll_timeout();
                let asked = generator.poll_nack(now, RTT);
                prop_assert!(asked.is_none() || due.is_some_and(|due| due <= now), "asked before it was due");
                for number in asked.unwrap_or_default() {
                    let seq = u64::from(number.wrapping_sub(seq::low(first)));
                    prop_assert!(lost.contains(&seq) && !arrived.contains(&seq), "{} is not missing", seq);
                    *times.entry(seq).or_default() += 1;
                }
                prop_assert!(generator.missing.len() <= MAX_MISSING);
            }
            for seq in &lost {
                let count = times.get(seq).copied().unwrap_or_default();
                prop_assert!(count <= u32::from(MAX_TRIES));
                // Noticed with the next packet, and then there is time to ask.
                let noticed = (*seq + 1..=400).find(|later| !lost.contains(later)).expect("400 is not lost");
                let repaired = repaired_after[usize::try_from(seq - 1).unwrap()].map(|after| seq + after);
                match repaired {
                    Some(at) if at <= noticed + 10 => prop_assert_eq!(count, 0),
                    Some(_) => prop_assert!(count > 0),
                    None => prop_assert_eq!(count, 10),
                }
            }
        }
    }
}
