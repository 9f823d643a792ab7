//! The last packets of a track, kept once for all of its subscribers: what is repaired and replayed from.

use std::time::{Duration, Instant};

/// Packets kept of one track.
pub const MAX_PACKETS: usize = 512;

/// Bytes kept of one track at most: [`MAX_PACKETS`] of [`MAX_PACKET_LEN`].
pub const MAX_BYTES: usize = MAX_PACKETS * MAX_PACKET_LEN;

/// Longer packets are not kept; none comes, for they are not taken.
pub const MAX_PACKET_LEN: usize = 2048;

/// One packet as it was opened: header and payload.
#[derive(Debug)]
pub struct Stored {
    seq: u64,
    arrived: Instant,
    packet: Vec<u8>,
}

impl Stored {
    /// Its unwrapped sequence number.
    #[must_use]
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// When it came.
    #[must_use]
    pub fn arrived(&self) -> Instant {
        self.arrived
    }

    /// Header and payload.
    #[must_use]
    pub fn packet(&self) -> &[u8] {
        &self.packet
    }
}

/// A ring of the last packets by sequence number. After its first round it allocates no more.
#[derive(Debug, Default)]
pub struct History {
    /// Packet `seq` stands at `seq % MAX_PACKETS`.
    ring: Vec<Option<Stored>>,
    highest: Option<u64>,
    keyframe: Option<u64>,
    unkept: u64,
}

impl History {
    /// An empty one; memory comes with the first packets.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps a packet, unless it is too long or a newer one has taken its place.
    pub fn push(&mut self, seq: u64, arrived: Instant, packet: &[u8]) {
        let old = self.highest.is_some_and(|highest| seq + MAX_PACKETS as u64 <= highest);
        if packet.len() > MAX_PACKET_LEN || old {
            self.unkept += 1;
            return;
        }
        if self.ring.is_empty() {
            self.ring.resize_with(MAX_PACKETS, || None);
        }
        self.highest = Some(self.highest.map_or(seq, |highest| highest.max(seq)));
        let place = &mut self.ring[place(seq)];
        let kept = place.get_or_insert_with(|| Stored { seq, arrived, packet: Vec::new() });
        kept.seq = seq;
        kept.arrived = arrived;
        kept.packet.clear();
        kept.packet.reserve_exact(packet.len().next_multiple_of(STEP));
        kept.packet.extend_from_slice(packet);
    }

    /// Gives a packet that is still kept.
    #[must_use]
    pub fn get(&self, seq: u64) -> Option<&Stored> {
        self.ring.get(place(seq))?.as_ref().filter(|stored| stored.seq == seq && self.is_recent(seq))
    }

    /// Notes that a packet begins a keyframe.
    pub fn note_keyframe(&mut self, seq: u64) {
        self.keyframe = Some(self.keyframe.map_or(seq, |before| before.max(seq)));
    }

    /// The packet with which the last keyframe begins, while it is kept.
    #[must_use]
    pub fn last_keyframe_seq(&self) -> Option<u64> {
        self.keyframe.filter(|seq| self.get(*seq).is_some())
    }

    /// The packets from the last keyframe on, for somebody who joins: nothing when it is older than `max_age`, or, with
    /// `whole`, when one of them is missing.
    #[must_use]
    pub fn replay(&self, now: Instant, max_age: Duration, whole: bool) -> Option<impl Iterator<Item = &Stored>> {
        let first = self.last_keyframe_seq()?;
        let highest = self.highest?;
        let begun = self.get(first)?.arrived;
        let fits = !whole || (first..=highest).all(|seq| self.get(seq).is_some());
        (fits && now.duration_since(begun) <= max_age).then(|| (first..=highest).filter_map(|seq| self.get(seq)))
    }

    /// The highest number kept.
    #[must_use]
    pub fn highest(&self) -> Option<u64> {
        self.highest
    }

    /// Packets that were too long or too late to be kept.
    #[must_use]
    pub fn unkept(&self) -> u64 {
        self.unkept
    }

    /// Forgets all packets: numbers of another source follow.
    pub fn clear(&mut self) {
        self.ring.clear();
        self.highest = None;
        self.keyframe = None;
    }

    fn is_recent(&self, seq: u64) -> bool {
        self.highest.is_some_and(|highest| seq + MAX_PACKETS as u64 > highest)
    }
}

/// Buffers grow in these steps, so that sizes that vary a little do not allocate again and again.
const STEP: usize = 256;

fn place(seq: u64) -> usize {
    usize::try_from(seq % MAX_PACKETS as u64).expect("below the ring's size")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(now: Instant, seqs: impl IntoIterator<Item = u64>) -> History {
        let mut history = History::new();
        for seq in seqs {
            history.push(seq, now, &seq.to_be_bytes());
        }
        history
    }

    #[test]
    fn the_last_512_packets_are_kept() {
        let now = Instant::now();
        let history = filled(now, 1000..2000);
        for seq in 1000..2000_u64 {
            let expected = (seq >= 1488).then(|| seq.to_be_bytes().to_vec());
            assert_eq!(history.get(seq).map(|stored| stored.packet().to_vec()), expected, "{seq}");
        }
    }

    #[test]
    fn a_late_packet_finds_its_place_and_a_too_late_one_takes_none() {
        let now = Instant::now();
        let mut history = filled(now, (1000..2000).filter(|seq| *seq != 1600));
        assert!(history.get(1600).is_none());
        history.push(1600, now, b"late");
        assert_eq!(history.get(1600).unwrap().packet(), b"late");
        history.push(1488 - 1, now, b"too late");
        assert!(history.get(1487).is_none());
        assert!(history.get(1999).is_some());
        assert_eq!(history.unkept(), 1);
    }

    #[test]
    fn what_a_gap_skipped_is_not_taken_for_kept() {
        let now = Instant::now();
        let history = filled(now, [1000, 1001, 1600]);
        assert!(history.get(1001).is_none(), "older than 512 numbers");
        assert!(history.get(1000 + 512).is_none(), "never came");
    }

    #[test]
    fn an_overlong_packet_is_not_kept() {
        let now = Instant::now();
        let mut history = History::new();
        history.push(1, now, &[0; MAX_PACKET_LEN]);
        history.push(2, now, &[0; MAX_PACKET_LEN + 1]);
        assert!(history.get(1).is_some());
        assert!(history.get(2).is_none());
    }

    #[test]
    fn after_a_round_no_buffer_grows_and_all_of_them_stay_below_the_limit() {
        let now = Instant::now();
        let mut history = History::new();
        let size = |seq: u64| usize::try_from(1100 + seq * 7 % 110).unwrap();
        let capacity =
            |history: &History| -> usize { history.ring.iter().flatten().map(|stored| stored.packet.capacity()).sum() };
        for seq in 0..MAX_PACKETS as u64 {
            history.push(seq, now, &vec![0; size(seq)]);
        }
        let warm = capacity(&history);
        for seq in MAX_PACKETS as u64..20_000 {
            history.push(seq, now, &vec![0; size(seq)]);
        }
        assert_eq!(capacity(&history), warm);
        for seq in 20_000..22_000 {
            history.push(seq, now, &[0; MAX_PACKET_LEN]);
        }
        assert_eq!(capacity(&history), MAX_BYTES);
    }

    #[test]
    fn a_joiner_gets_everything_from_a_fresh_keyframe_on() {
        let start = Instant::now();
        let mut history = filled(start, 100..110);
        history.note_keyframe(104);
        let soon = start + Duration::from_millis(900);
        let seqs: Vec<u64> = history.replay(soon, Duration::from_secs(1), true).unwrap().map(Stored::seq).collect();
        assert_eq!(seqs, [104, 105, 106, 107, 108, 109]);
        assert!(history.replay(start + Duration::from_millis(1001), Duration::from_secs(1), true).is_none());
        history.push(111, soon, b"110 is missing");
        assert_eq!(history.replay(soon, Duration::from_secs(1), false).unwrap().count(), 7, "what is there");
        assert!(history.replay(soon, Duration::from_secs(1), true).is_none());
    }

    #[test]
    fn a_keyframe_that_left_the_ring_is_no_longer_named() {
        let now = Instant::now();
        let mut history = filled(now, 100..110);
        history.note_keyframe(104);
        assert_eq!(history.last_keyframe_seq(), Some(104));
        for seq in 110..104 + 512 {
            history.push(seq, now, b"");
        }
        assert_eq!(history.last_keyframe_seq(), Some(104));
        history.push(104 + 512, now, b"");
        assert_eq!(history.last_keyframe_seq(), None);
    }
}
