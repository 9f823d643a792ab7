//! What the publisher's congestion control lives on: when its packets arrived
//! (draft-holmer-rmcat-transport-wide-cc-extensions-01).

use std::time::{Duration, Instant};

use hoptt_wire::Ssrc;
use hoptt_wire::rtcp::{TICK, TransportCcHeader, write_transport_cc};

use crate::seq::{self, Unwrapper};

/// Arrivals held at most; beyond it the oldest are not reported.
pub const MAX_HELD: usize = 1024;

/// Feedback at the latest after this.
pub const INTERVAL: Duration = Duration::from_millis(100);

/// Feedback after this when [`BUSY`] packets wait for it.
pub const BUSY_INTERVAL: Duration = Duration::from_millis(50);

/// A sender of about 400 packets a second.
const BUSY: u32 = 20;

/// Feedback at once when so many wait: they fit into one packet.
const CROWDED: u32 = 300;

/// A packet that comes after its number was reported as missing is reported again when it is not further back.
const MAX_LATE: u64 = 256;

/// The arrivals of one transport's packets since the last feedback.
#[derive(Debug)]
pub struct ArrivalLog {
    /// Times count from here.
    since: Instant,
    numbers: Unwrapper,
    /// The number of the first of `arrivals`.
    base: u64,
    /// In ticks.
    arrivals: Vec<Option<u64>>,
    /// Of the packets in `arrivals` the first that came.
    first_at: Option<Instant>,
    waiting: u32,
    feedback_count: u8,
    unreported: u64,
}

impl ArrivalLog {
    /// An empty log.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        Self {
            since: now,
            numbers: Unwrapper::default(),
            base: 0,
            arrivals: Vec::new(),
            first_at: None,
            waiting: 0,
            feedback_count: 0,
            unreported: 0,
        }
    }

    /// Notes an authenticated packet under its transport-wide number.
    pub fn handle_packet(&mut self, number: u16, now: Instant) {
        let first = self.numbers.highest().is_none();
        let number = self.numbers.unwrap(number);
        if first {
            self.base = number;
        }
        if number < self.base && !self.reach_back(number) {
            self.unreported += 1;
            return;
        }
        let mut at = number - self.base;
        let too_many = (at + 1).saturating_sub(MAX_HELD as u64);
        if too_many > 0 {
            let dropped = usize::try_from(too_many).map_or(self.arrivals.len(), |n| n.min(self.arrivals.len()));
            self.unreported += self.arrivals.drain(..dropped).flatten().count() as u64;
            self.base += too_many;
            at -= too_many;
        }
        let Ok(at) = usize::try_from(at) else { return }; // it is below the limit
        if self.arrivals.len() <= at {
            self.arrivals.resize(at + 1, None);
        }
        if self.arrivals[at].is_none() {
            self.arrivals[at] = Some(self.ticks(now));
            self.first_at.get_or_insert(now);
            self.waiting += 1;
        }
    }

    /// Appends feedback about one packet's worth of arrivals when it is time to; true when it did.
    pub fn poll_feedback(&mut self, now: Instant, sender: Ssrc, media: Ssrc, out: &mut Vec<u8>) -> bool {
        if self.poll_timeout().is_none_or(|due| now < due) {
            return false;
        }
        let missing = self.arrivals.iter().take_while(|arrival| arrival.is_none()).count();
        // Numbers that are missing in front belong to the feedback, but a long gap would fill it alone.
        self.forget(missing.saturating_sub(MAX_GAP));
        let header =
            TransportCcHeader { sender, media, base: seq::low(self.base), feedback_count: self.feedback_count };
        let count = write_transport_cc(out, &header, &self.arrivals);
        if count == 0 {
            self.forget(self.arrivals.len());
            return false;
        }
        self.feedback_count = self.feedback_count.wrapping_add(1);
        self.forget(count);
        if self.first_at.is_some() {
            self.first_at = Some(now); // what is left goes with the next one
        }
        true
    }

    /// When [`poll_feedback`](Self::poll_feedback) has something to say.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let wait = match self.waiting {
            CROWDED.. => Duration::ZERO,
            BUSY.. => BUSY_INTERVAL,
            _ => INTERVAL,
        };
        self.first_at.map(|first| first + wait)
    }

    /// Packets whose arrival was told to nobody.
    #[must_use]
    pub fn unreported(&self) -> u64 {
        self.unreported
    }

    /// Begins the next feedback earlier, for a packet that came late.
    fn reach_back(&mut self, number: u64) -> bool {
        let back = self.base - number;
        let fits = back <= MAX_LATE && self.arrivals.len() as u64 + back <= MAX_HELD as u64;
        if fits {
            let back = usize::try_from(back).expect("bounded above");
            self.arrivals.splice(..0, std::iter::repeat_n(None, back));
            self.base = number;
        }
        fits
    }

    fn forget(&mut self, count: usize) {
        self.arrivals.drain(..count);
        self.base += count as u64;
        let waiting = self.arrivals.iter().flatten().count();
        self.waiting = u32::try_from(waiting).expect("bounded");
        if waiting == 0 {
            self.first_at = None;
        }
    }

    fn ticks(&self, now: Instant) -> u64 {
        let ticks = now.saturating_duration_since(self.since).as_micros() / TICK.as_micros();
        u64::try_from(ticks).expect("the engine does not run for so long")
    }
}

/// Numbers reported as missing before the first arrival of a feedback.
const MAX_GAP: usize = 200;

#[cfg(test)]
mod tests {
    use hoptt_wire::rtcp::{Compound, Packet};
    use proptest::prelude::*;

    use super::*;

    fn at(start: Instant, ms: u64) -> Instant {
        start + Duration::from_millis(ms)
    }

    /// Numbers and arrivals in ms of one feedback.
    fn feedback(log: &mut ArrivalLog, now: Instant) -> Option<Vec<(u16, Option<i64>)>> {
        let mut out = Vec::new();
        log.poll_feedback(now, Ssrc(1), Ssrc(2), &mut out).then(|| {
            let Some(Ok(Packet::TransportCc(read))) = Compound::new(&out).next() else { panic!("no feedback") };
            read.arrivals().map(|(number, ticks)| (number, ticks.map(|ticks| ticks / 4))).collect()
        })
    }

    #[test]
    fn arrivals_and_losses_are_told_after_a_tenth_of_a_second() {
        let start = Instant::now();
        let mut log = ArrivalLog::new(start);
        for (number, ms) in [(65534, 10), (65535, 12), (1, 40)] {
            log.handle_packet(number, at(start, ms));
        }
        assert_eq!(log.poll_timeout(), Some(at(start, 110)));
        assert_eq!(feedback(&mut log, at(start, 109)), None);
        let told = feedback(&mut log, at(start, 110)).unwrap();
        assert_eq!(told, [(65534, Some(10)), (65535, Some(12)), (0, None), (1, Some(40))]);
        assert_eq!(log.poll_timeout(), None);
        assert_eq!(feedback(&mut log, at(start, 500)), None);
    }

    #[test]
    fn a_busy_sender_hears_twice_as_often_and_a_flood_at_once() {
        let start = Instant::now();
        let mut log = ArrivalLog::new(start);
        for number in 0..20 {
            log.handle_packet(number, start);
        }
        assert_eq!(log.poll_timeout(), Some(at(start, 50)));
        for number in 20..300 {
            log.handle_packet(number, start);
        }
        assert_eq!(feedback(&mut log, start).unwrap().len(), 300);
    }

    #[test]
    fn a_packet_that_came_after_its_feedback_is_told_with_the_next() {
        let start = Instant::now();
        let mut log = ArrivalLog::new(start);
        log.handle_packet(10, start);
        log.handle_packet(12, start);
        assert_eq!(feedback(&mut log, at(start, 100)).unwrap()[1], (11, None));
        log.handle_packet(11, at(start, 101));
        log.handle_packet(13, at(start, 102));
        let told = feedback(&mut log, at(start, 201)).unwrap();
        assert_eq!(told, [(11, Some(101)), (12, None), (13, Some(102))]);
    }

    #[test]
    fn feedback_packets_are_counted() {
        let start = Instant::now();
        let mut log = ArrivalLog::new(start);
        let mut counts = Vec::new();
        for n in 0..300_u16 {
            log.handle_packet(n, at(start, 100 * u64::from(n)));
            let mut out = Vec::new();
            log.poll_feedback(at(start, 100 * u64::from(n) + 100), Ssrc(1), Ssrc(2), &mut out);
            let Some(Ok(Packet::TransportCc(read))) = Compound::new(&out).next() else { panic!("no feedback") };
            counts.push(read.header.feedback_count);
        }
        assert_eq!((counts[0], counts[255], counts[256]), (0, 255, 0));
    }

    #[test]
    fn s18_a_sender_that_jumps_about_is_held_to_the_limit() {
        let start = Instant::now();
        let mut log = ArrivalLog::new(start);
        for n in 0..5000_u32 {
            log.handle_packet(seq::low(u64::from(n * 7919)), start);
            assert!(log.arrivals.len() <= MAX_HELD);
            if n % 1000 == 0 {
                while feedback(&mut log, at(start, 5000)).is_some() {}
            }
        }
        assert!(log.unreported() > 0);
        assert!(log.arrivals.capacity() <= 2 * MAX_HELD);
    }

    proptest! {
        #[test]
        fn every_arrival_is_told_once_with_its_time(
            first in any::<u16>(),
            gaps in prop::collection::vec((prop_oneof![8 => Just(1_u64), 2 => 2..5_u64], 0..30_u64), 1..300),
        ) {
            let start = Instant::now();
            let mut log = ArrivalLog::new(start);
            let (mut number, mut ms) = (u64::from(first), 0);
            let mut sent = Vec::new();
            let mut told = Vec::new();
            for (gap, wait) in gaps {
                number += gap;
                ms += wait;
                log.handle_packet(seq::low(number), at(start, ms));
                sent.push((seq::low(number), i64::try_from(ms).unwrap()));
                told.extend(feedback(&mut log, at(start, ms)).unwrap_or_default());
            }
            told.extend(feedback(&mut log, at(start, ms + 100)).unwrap_or_default());
            let arrived: Vec<_> = told.iter().filter_map(|(number, ms)| Some((*number, (*ms)?))).collect();
            prop_assert_eq!(arrived, sent);
            prop_assert!(told.windows(2).all(|pair| pair[1].0 == pair[0].0.wrapping_add(1)), "numbers are told in a row");
        }
    }
}
