//! What waits to be written to a controller: lossless frames in order, and of others only the latest.

use std::collections::{BTreeMap, VecDeque};

/// What may wait for a controller; the one that does not read for so long takes a snapshot when it is back.
pub const MAX_WAITING_BYTES: usize = 4 * 1024 * 1024;

/// A frame that a newer one replaces while it waits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Latest {
    /// The loudness in this meeting.
    Levels(String),
    /// What limits the pictures of this transport.
    Limits(String),
    /// The statistics.
    Stats,
}

/// More waits than may: the connection is to be closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overflow;

/// See the module.
#[derive(Debug, Default)]
pub struct Outbox {
    lossless: VecDeque<Waiting>,
    latest: BTreeMap<Latest, Vec<u8>>,
    /// Of all that is counted.
    bytes: usize,
    /// The frame under way, and how much of it is written.
    under_way: Option<(Waiting, usize)>,
}

#[derive(Debug)]
struct Waiting {
    wire: Vec<u8>,
    counted: bool,
}

impl Outbox {
    /// Queues an answer or an event that must not be lost.
    ///
    /// # Errors
    /// [`Overflow`].
    pub fn push(&mut self, wire: Vec<u8>) -> Result<(), Overflow> {
        if self.bytes + wire.len() > MAX_WAITING_BYTES {
            return Err(Overflow);
        }
        self.bytes += wire.len();
        self.lossless.push_back(Waiting { wire, counted: true });
        Ok(())
    }

    /// Queues a snapshot: as long as it is, and not counted, because whoever asked for it must get it.
    pub fn push_snapshot(&mut self, wire: Vec<u8>) {
        self.lossless.push_back(Waiting { wire, counted: false });
    }

    /// Queues a frame in the place of the one of its kind that still waits. Where there is no room it is left out:
    /// another one will come, or a snapshot.
    pub fn replace(&mut self, kind: Latest, wire: Vec<u8>) {
        let before = self.latest.remove(&kind).map_or(0, |before| before.len());
        self.bytes -= before;
        if self.bytes + wire.len() <= MAX_WAITING_BYTES {
            self.bytes += wire.len();
            self.latest.insert(kind, wire);
        }
    }

    /// What is to be written next.
    pub fn peek(&mut self) -> Option<&[u8]> {
        if self.under_way.is_none() {
            let latest =
                |latest: &mut BTreeMap<_, _>| latest.pop_first().map(|(_, wire)| Waiting { wire, counted: true });
            let next = self.lossless.pop_front().or_else(|| latest(&mut self.latest))?;
            self.under_way = Some((next, 0));
        }
        self.under_way.as_ref().map(|(frame, written)| &frame.wire[*written..])
    }

    /// So much of what [`Outbox::peek`] gave is written.
    pub fn advance(&mut self, count: usize) {
        let Some((frame, written)) = &mut self.under_way else { return };
        *written += count;
        if frame.counted {
            self.bytes -= count;
        }
        if *written == frame.wire.len() {
            self.under_way = None;
        }
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.under_way.is_none() && self.lossless.is_empty() && self.latest.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drain(outbox: &mut Outbox) -> Vec<String> {
        let mut written = Vec::new();
        while let Some(wire) = outbox.peek() {
            let wire = wire.to_vec();
            outbox.advance(wire.len());
            written.push(String::from_utf8(wire).expect("test frames are texts"));
        }
        written
    }

    fn levels(meeting: &str) -> Latest {
        Latest::Levels(meeting.to_owned())
    }

    #[test]
    fn lossless_frames_come_in_order_and_of_the_others_only_the_latest() {
        let mut outbox = Outbox::default();
        outbox.replace(Latest::Stats, b"stats 1".to_vec());
        outbox.push(b"up".to_vec()).expect("room");
        outbox.replace(levels("m"), b"levels of m 1".to_vec());
        outbox.replace(levels("n"), b"levels of n 1".to_vec());
        outbox.replace(levels("m"), b"levels of m 2".to_vec());
        outbox.push(b"down".to_vec()).expect("room");
        outbox.replace(Latest::Stats, b"stats 2".to_vec());
        assert_eq!(drain(&mut outbox), ["up", "down", "levels of m 2", "levels of n 1", "stats 2"]);
        assert!(outbox.is_empty());
    }

    #[test]
    fn a_frame_under_way_is_not_replaced() {
        let mut outbox = Outbox::default();
        outbox.replace(Latest::Stats, b"first".to_vec());
        assert_eq!(outbox.peek(), Some(&b"first"[..]));
        outbox.advance(2);
        outbox.replace(Latest::Stats, b"second".to_vec());
        assert_eq!(drain(&mut outbox), ["rst", "second"]);
        assert!(outbox.is_empty());
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut outbox = Outbox::default();
        let frame = vec![0; MAX_WAITING_BYTES / 4];
        for _ in 0..4 {
            outbox.push(frame.clone()).expect("room");
        }
        assert_eq!(outbox.push(vec![0]), Err(Overflow));
        outbox.replace(Latest::Stats, vec![0]);
        assert_eq!(outbox.bytes, MAX_WAITING_BYTES, "the latest is left out");
        let written = outbox.peek().expect("the first").len();
        outbox.advance(written);
        outbox.push(frame).expect("room again");
    }

    #[test]
    fn a_snapshot_waits_however_long_it_is_and_events_after_it() {
        let mut outbox = Outbox::default();
        outbox.push_snapshot(vec![b's'; 2 * MAX_WAITING_BYTES]);
        outbox.push(b"up".to_vec()).expect("room");
        assert_eq!(drain(&mut outbox).iter().map(String::len).collect::<Vec<_>>(), [2 * MAX_WAITING_BYTES, 2]);
        assert_eq!((outbox.bytes, outbox.is_empty()), (0, true));
    }
}
