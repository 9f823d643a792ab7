//! What was sent under which transport-wide number, until its arrival is told.

use crate::seq;

/// Numbers kept at first: a power of two, as all sizes.
const FIRST: usize = 256;
/// Numbers kept at most: two seconds of 25 Mbit/s.
const MAX: usize = 4096;
/// What is younger and not yet told of is worth more room.
const WORTH_KEEPING_US: u64 = 1_500_000;

/// What is known of a packet's way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Fate {
    /// Nothing yet.
    #[default]
    Open,
    /// It was reported as missing; it may still come.
    Missing,
    /// It was reported as missing after a time in which nothing came at all.
    Dead,
    /// It came.
    Arrived,
}

/// A packet that can be sent again: the place of its slot, and its sequence number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repairable {
    /// Among the slots of its viewer.
    pub slot: u16,
    /// As it left.
    pub seq: u16,
}

/// Nobody's place.
const NO_SLOT: u16 = u16::MAX;

/// One packet.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sent {
    number: u64,
    pub(super) at_us: u64,
    pub(super) bytes: u16,
    slot: u16,
    seq: u16,
    /// The probe it belongs to; 0: none.
    pub(super) probe: u8,
    pub(super) fate: Fate,
}

impl Sent {
    /// What is to be sent again when it is missing.
    pub(super) fn repairable(&self) -> Option<Repairable> {
        (self.slot != NO_SLOT).then_some(Repairable { slot: self.slot, seq: self.seq })
    }
}

/// A ring of the last packets.
#[derive(Debug)]
pub(super) struct SentLog {
    /// Packet `n` stands at `n % ring.len()`; 0 is nobody's number.
    ring: Vec<Sent>,
    next: u64,
}

impl Default for SentLog {
    /// An empty one; memory comes with the first packet.
    fn default() -> Self {
        Self { ring: Vec::new(), next: 1 << 16 }
    }
}

impl SentLog {
    /// What the next packet is to bear.
    pub(super) fn next_number(&self) -> u16 {
        seq::low(self.next)
    }

    /// A packet left with the next number. Only for who tells of arrivals is more room made.
    pub(super) fn push(&mut self, at_us: u64, bytes: u16, probe: u8, of: Option<Repairable>, is_told: bool) {
        if self.ring.is_empty() {
            self.ring.resize_with(FIRST, Sent::default);
        }
        let old = self.ring[self.place(self.next)];
        if is_told
            && old.number != 0
            && old.fate == Fate::Open
            && at_us.saturating_sub(old.at_us) < WORTH_KEEPING_US
            && self.ring.len() < MAX
        {
            self.grow();
        }
        let place = self.place(self.next);
        let Repairable { slot, seq } = of.unwrap_or(Repairable { slot: NO_SLOT, seq: 0 });
        self.ring[place] = Sent { number: self.next, at_us, bytes, slot, seq, probe, fate: Fate::Open };
        self.next += 1;
    }

    /// The packet that was sent with this number last, while it is kept.
    pub(super) fn find(&mut self, number: u16) -> Option<&mut Sent> {
        let number = seq::nearest(self.next - 1, number);
        if number >= self.next || self.ring.is_empty() {
            return None;
        }
        let place = self.place(number);
        Some(&mut self.ring[place]).filter(|sent| sent.number == number)
    }

    /// Bytes of the packets that left after that time, of which nothing has been told.
    pub(super) fn unheard_bytes(&self, after_us: u64) -> u64 {
        let unheard = |sent: &&Sent| sent.number != 0 && sent.at_us > after_us && sent.fate == Fate::Open;
        self.ring.iter().filter(unheard).map(|sent| u64::from(sent.bytes)).sum()
    }

    fn grow(&mut self) {
        let twice = self.ring.len() * 2;
        let old = std::mem::replace(&mut self.ring, vec![Sent::default(); twice]);
        for sent in old.into_iter().filter(|sent| sent.number != 0) {
            let place = self.place(sent.number);
            self.ring[place] = sent;
        }
    }

    fn place(&self, number: u64) -> usize {
        // Its size is a power of two; the low 16 bits tell more places than it has.
        usize::from(seq::low(number)) & (self.ring.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_is_found_by_its_number_until_its_place_is_taken() {
        let mut log = SentLog::default();
        for n in 0..70_000_u32 {
            if let Some(sent) = log.find(seq::low(u64::from(n).wrapping_sub(1))) {
                sent.fate = Fate::Arrived; // told of at once, so that the ring need not grow
            }
            assert_eq!(log.next_number(), seq::low(u64::from(n)));
            let of = Repairable { slot: 1, seq: seq::low(u64::from(n)) };
            log.push(u64::from(n), 1_000, 0, (n % 2 == 1).then_some(of), true);
        }
        assert_eq!(log.ring.len(), FIRST);
        let newest = log.find(seq::low(69_999)).copied().expect("kept");
        assert_eq!((newest.at_us, newest.repairable()), (69_999, Some(Repairable { slot: 1, seq: seq::low(69_999) })));
        assert_eq!(log.find(seq::low(69_998)).copied().expect("kept").repairable(), None);
        assert_eq!(log.find(seq::low(69_999 - 255)).map(|sent| sent.at_us), Some(69_999 - 255));
        assert!(log.find(seq::low(69_999 - 256)).is_none());
        assert!(log.find(seq::low(70_000)).is_none(), "not sent yet");
    }

    #[test]
    fn s18_who_does_not_tell_of_arrivals_costs_little_and_nobody_more_than_the_limit() {
        let mut log = SentLog::default();
        (0..1_000).for_each(|n| log.push(n, 1_000, 0, None, false));
        assert_eq!(log.ring.len(), FIRST);
        (1_000..100_000).for_each(|n| log.push(n, 1_000, 0, None, true));
        assert_eq!(log.ring.len(), MAX);
        assert!(log.find(seq::low(100_000 - 4096)).is_some());
        assert!(log.find(seq::low(100_000 - 4097)).is_none());
    }
}
