//! The numbers of an outgoing stream whose source changes: one sequence, one clock, one run of picture ids.
//!
//! What a source lost stays visible as a gap, so that the receiver asks for it; what the source only padded with
//! leaves the numbers altogether, so that nobody waits for it (dropped without that, H.264 and AV1 decoders stood still).

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::history;
use crate::seq;
use crate::srtp::{ReplayWindow, Verdict};

/// Runs of numbers that are remembered, to place late packets and to answer NACKs.
pub const MAX_RUNS: usize = 32;

/// Numbers run so far ahead of the newest one that was given at most, for what is missing: as many as a history keeps, so that
/// none of those that are left out could be repaired.
pub const MAX_GAP: u64 = history::MAX_PACKETS as u64;

/// Late packets and repetitions are told apart within this many numbers, as the sealing of a stream does.
type Window = ReplayWindow<2>;

/// What a packet of a source says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourcePacket<K> {
    /// Of which source.
    pub source: K,
    /// Its sequence number, unwrapped.
    pub seq: u64,
    /// Its RTP timestamp.
    pub timestamp: u32,
    /// It carries padding and no payload: a probe.
    pub padding_only: bool,
    /// What counts its pictures and frames.
    pub picture: PictureIds,
    /// A picture that is left out leaves the ids too.
    pub closes_picture_ids: bool,
}

/// The picture ids of a VP8 or VP9 payload descriptor (RFC 7741 §4.2, RFC 9628 §4.2), and the number in a dependency
/// descriptor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PictureIds {
    /// The picture id.
    pub picture_id: Option<PictureId>,
    /// The index of base layer frames.
    pub tl0_pic_idx: Option<u8>,
    /// The number of the frame: what it depends on is told by distances, so that a frame which is left out keeps it.
    pub frame_number: Option<u16>,
}

/// A picture id of 7 or 15 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureId {
    /// 7 bits.
    Short(u8),
    /// 15 bits.
    Long(u16),
}

/// What is written into the outgoing packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutPacket {
    /// Sequence number.
    pub seq: u16,
    /// RTP timestamp.
    pub timestamp: u32,
    /// As wide as they arrived.
    pub picture: PictureIds,
    /// The first packet after a switch: its timestamp is that from which the slot shows the new source.
    pub first: bool,
}

/// Where an outgoing number came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin<K> {
    /// Of which source.
    pub source: K,
    /// Its sequence number there.
    pub seq: u64,
    out: u64,
    shift: Shift,
}

impl<K> Origin<K> {
    /// What stands in the outgoing packet when it is sent again.
    #[must_use]
    pub fn out(&self, timestamp: u32, picture: PictureIds) -> OutPacket {
        self.shift.apply(self.out, timestamp, picture)
    }
}

/// Writes one outgoing stream from one source after the other.
#[derive(Debug)]
pub struct Rewriter<K> {
    /// Oldest first; the last one is the current one.
    runs: VecDeque<Run<K>>,
    /// What the next packet of this source begins.
    pending: Option<Pending<K>>,
    /// Highest number of the current source seen, dropped ones included.
    highest_in: u64,
    given: Window,
    /// One past the highest outgoing number that is used or stands for a loss.
    next_out: u64,
    clock: Clock,
    last_picture_id: u16,
    last_tl0_pic_idx: u8,
    last_frame_number: u16,
    /// The picture that was left out last.
    skipped: Option<u16>,
    switches: u32,
    late: u64,
}

#[derive(Clone, Copy, Debug)]
struct Pending<K> {
    source: K,
    clock_rate: u32,
    /// Where its first packet stands on the outgoing clock, if that is known.
    timestamp: Option<u32>,
}

/// The newest time of the outgoing stream.
#[derive(Clone, Copy, Debug)]
struct Clock {
    timestamp: u32,
    at: Option<Instant>,
}

/// Consecutive numbers that kept their distance from the source's.
#[derive(Clone, Copy, Debug)]
struct Run<K> {
    source: K,
    /// Runs of one switch share it.
    switch: u32,
    first_in: u64,
    first_out: u64,
    shift: Shift,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Shift {
    timestamp: u32,
    picture_id: u16,
    tl0_pic_idx: u8,
    frame_number: u16,
}

impl<K> Run<K> {
    /// The outgoing number of one of the source, of the first one or a later one.
    fn out(&self, seq: u64) -> u64 {
        self.first_out + (seq - self.first_in)
    }
}

impl Shift {
    fn apply(self, out: u64, timestamp: u32, picture: PictureIds) -> OutPacket {
        OutPacket {
            seq: seq::low(out),
            timestamp: timestamp.wrapping_add(self.timestamp),
            picture: PictureIds {
                picture_id: picture.picture_id.map(|id| id.plus(self.picture_id)),
                tl0_pic_idx: picture.tl0_pic_idx.map(|index| index.wrapping_add(self.tl0_pic_idx)),
                frame_number: picture.frame_number.map(|number| number.wrapping_add(self.frame_number)),
            },
            first: false,
        }
    }
}

impl<K: Copy + Eq> Rewriter<K> {
    /// A stream that begins with these numbers; random ones are wanted (RFC 3550 §5.1).
    #[must_use]
    pub fn new(first_seq: u16, first_timestamp: u32) -> Self {
        Self {
            runs: VecDeque::new(),
            pending: None,
            highest_in: 0,
            given: Window::default(),
            next_out: (1 << 16) + u64::from(first_seq),
            clock: Clock { timestamp: first_timestamp, at: None },
            last_picture_id: 0,
            last_tl0_pic_idx: 0,
            last_frame_number: 0,
            skipped: None,
            switches: 0,
            late: 0,
        }
    }

    /// From the next packet of `source` on the stream carries that source; packets of others get no number.
    ///
    /// Also after a silence of the same source: what was held back must not look like loss.
    /// Video calls it on the first packet of a keyframe.
    pub fn switch(&mut self, source: K, clock_rate: u32) {
        self.pending = Some(Pending { source, clock_rate, timestamp: None });
    }

    /// As [`switch`](Self::switch), to another picture of the same camera: its first packet stands at this outgoing
    /// timestamp, unless time would go back or leap.
    pub fn switch_at(&mut self, source: K, clock_rate: u32, timestamp: u32) {
        self.pending = Some(Pending { source, clock_rate, timestamp: Some(timestamp) });
    }

    /// The stream carries nothing until the next [`switch`](Self::switch).
    pub fn stop(&mut self) {
        self.pending = None;
        self.switches += 1; // no run belongs to the current switch any more
    }

    /// The source whose packets get numbers.
    #[must_use]
    pub fn source(&self) -> Option<K> {
        match (&self.pending, self.current()) {
            (Some(pending), _) => Some(pending.source),
            (None, current) => current.map(|run| run.source),
        }
    }

    /// Gives the outgoing numbers of a packet; `None`: it is not sent, and nobody will miss it.
    pub fn map(&mut self, packet: &SourcePacket<K>, now: Instant) -> Option<OutPacket> {
        if let Some(pending) = self.pending {
            return self.begin(pending, packet, now);
        }
        let current = *self.current().filter(|run| run.source == packet.source)?;
        if packet.seq > self.highest_in {
            if packet.padding_only {
                self.leave_out(current, packet.seq);
                return None;
            }
            self.shorten_gap(current, packet.seq);
        }
        let (run, out) = self.place(packet.seq)?;
        if self.given.check(out) != Verdict::Fresh {
            self.late += 1;
            return None;
        }
        self.given.accept(out);
        self.highest_in = self.highest_in.max(packet.seq);
        self.next_out = self.next_out.max(out + 1);
        let out = run.shift.apply(out, packet.timestamp, packet.picture);
        self.note(&out, now);
        Some(out)
    }

    /// Takes a packet out of the numbers on purpose, such as one of an upper layer that this receiver is spared.
    ///
    /// A late one has a number already, for which the receiver waits: it is given, for a packet without payload.
    pub fn skip(&mut self, packet: &SourcePacket<K>) -> Option<OutPacket> {
        if self.pending.is_some() {
            return None;
        }
        let mut current = *self.current().filter(|run| run.source == packet.source)?;
        if packet.seq > self.highest_in {
            // The picture leaves the ids as its packets leave the numbers: a decoder waits for a picture that it misses.
            let left_out = packet.picture.picture_id.filter(|_| packet.closes_picture_ids);
            if let Some(id) = left_out.filter(|id| self.skipped != Some(id.value())) {
                self.skipped = Some(id.value());
                current.shift.picture_id = current.shift.picture_id.wrapping_sub(1);
            }
            self.leave_out(current, packet.seq);
            return None;
        }
        let (run, out) = self.place(packet.seq)?;
        if self.given.check(out) != Verdict::Fresh {
            return None;
        }
        self.given.accept(out);
        self.next_out = self.next_out.max(out + 1);
        Some(run.shift.apply(out, packet.timestamp, packet.picture))
    }

    /// The outgoing timestamp of a timestamp of the current source.
    #[must_use]
    pub fn timestamp_of(&self, timestamp: u32) -> Option<u32> {
        self.current().map(|run| timestamp.wrapping_add(run.shift.timestamp))
    }

    /// Tells where an outgoing number of the past came from, to answer a NACK; `None` when it is too old or unused.
    #[must_use]
    pub fn source_of(&self, out_seq: u16) -> Option<Origin<K>> {
        let out = seq::nearest(self.next_out, out_seq);
        if out >= self.next_out {
            return None;
        }
        let run = self.runs.iter().rev().find(|run| run.first_out <= out)?;
        Some(Origin { source: run.source, seq: run.first_in + (out - run.first_out), out, shift: run.shift })
    }

    /// The newest number given.
    #[must_use]
    pub fn newest(&self) -> u16 {
        seq::low(self.next_out - 1)
    }

    /// The newest timestamp given, and when.
    #[must_use]
    pub fn clock(&self) -> Option<(u32, Instant)> {
        self.clock.at.map(|at| (self.clock.timestamp, at))
    }

    /// Packets that came too late or twice.
    #[must_use]
    pub fn late(&self) -> u64 {
        self.late
    }

    fn current(&self) -> Option<&Run<K>> {
        self.runs.back().filter(|run| run.switch == self.switches)
    }

    fn begin(&mut self, pending: Pending<K>, packet: &SourcePacket<K>, now: Instant) -> Option<OutPacket> {
        if packet.source != pending.source || packet.padding_only {
            return None;
        }
        self.pending = None;
        self.skipped = None;
        self.switches += 1;
        let timestamp = match pending.timestamp {
            Some(timestamp) => self.clock.onward(timestamp, now, pending.clock_rate),
            None => self.clock.after(now, pending.clock_rate),
        };
        let run = Run {
            source: packet.source,
            switch: self.switches,
            first_in: packet.seq,
            first_out: self.next_out,
            shift: Shift {
                timestamp: timestamp.wrapping_sub(packet.timestamp),
                picture_id: packet
                    .picture
                    .picture_id
                    .map_or(0, |id| self.last_picture_id.wrapping_add(1).wrapping_add(id.back())),
                tl0_pic_idx: packet
                    .picture
                    .tl0_pic_idx
                    .map_or(0, |index| self.last_tl0_pic_idx.wrapping_add(1).wrapping_sub(index)),
                frame_number: packet
                    .picture
                    .frame_number
                    .map_or(0, |number| self.last_frame_number.wrapping_add(1).wrapping_sub(number)),
            },
        };
        self.remember(run);
        self.given.accept(run.first_out);
        self.highest_in = packet.seq;
        self.next_out = run.first_out + 1;
        let out = OutPacket { first: true, ..run.shift.apply(run.first_out, packet.timestamp, packet.picture) };
        self.note(&out, now);
        Some(out)
    }

    /// The next number takes the place of `seq`, which is the highest of the source so far.
    fn leave_out(&mut self, current: Run<K>, seq: u64) {
        let current = self.shorten_gap(current, seq);
        let run = Run { first_in: seq + 1, first_out: current.out(seq), ..current };
        self.highest_in = seq;
        self.next_out = self.next_out.max(run.first_out);
        self.remember(run);
    }

    /// Leaves only so many numbers before `seq`, which is the highest of the source so far, as lead to [`MAX_GAP`]: those of the
    /// newest packets that are missing. Gives the run of `seq`.
    ///
    /// Who misses half of all 16-bit numbers takes the next one for one of another round, and opens nothing any more
    /// (RFC 3711 §3.3.1): no source may bring that about for those who hear it, or hear the next one after it.
    #[inline]
    fn shorten_gap(&mut self, current: Run<K>, seq: u64) -> Run<K> {
        let farthest = self.given.highest().unwrap_or(self.next_out) + MAX_GAP;
        if current.out(seq) <= farthest {
            return current;
        }
        let first_in = seq - farthest.saturating_sub(self.next_out);
        let run = Run { first_in, first_out: self.next_out, ..current };
        self.remember(run);
        run
    }

    /// Finds the run of a packet of the current source.
    fn place(&self, seq: u64) -> Option<(Run<K>, u64)> {
        let mut end = u64::MAX;
        for run in self.runs.iter().rev().take_while(|run| run.switch == self.switches) {
            if seq >= run.first_in {
                let out = run.out(seq);
                return (out < end).then_some((*run, out)); // else it was left out
            }
            end = run.first_out;
        }
        None
    }

    fn remember(&mut self, run: Run<K>) {
        if self.runs.back().is_some_and(|last| last.first_out == run.first_out) {
            self.runs.pop_back(); // it has no number
        }
        if self.runs.len() == MAX_RUNS {
            self.runs.pop_front();
        }
        self.runs.push_back(run);
    }

    /// Notes what is the newest of the outgoing stream.
    fn note(&mut self, out: &OutPacket, now: Instant) {
        if let Some(number) = out.picture.frame_number {
            let ahead = number.wrapping_sub(self.last_frame_number).cast_signed();
            if out.first || ahead > 0 {
                self.last_frame_number = number; // a picture has several frames
            }
        }
        let ahead = out.timestamp.wrapping_sub(self.clock.timestamp).cast_signed();
        if out.first || ahead > 0 {
            self.clock = Clock { timestamp: out.timestamp, at: Some(now) };
            if let Some(id) = out.picture.picture_id {
                self.last_picture_id = id.value();
            }
            if let Some(index) = out.picture.tl0_pic_idx {
                self.last_tl0_pic_idx = index;
            }
        }
    }
}

impl Clock {
    /// The time of a frame that follows now: the time that passed, in whole steps, and one at least.
    fn after(self, now: Instant, clock_rate: u32) -> u32 {
        let Some(at) = self.at else { return self.timestamp };
        let step = (clock_rate / STEPS_PER_SECOND).max(1);
        let passed = now.saturating_duration_since(at) + STEP / 2;
        let steps = passed.as_millis() / STEP.as_millis();
        #[expect(clippy::cast_possible_truncation, reason = "timestamps count modulo 2^32")]
        let steps = steps.max(1) as u32;
        self.timestamp.wrapping_add(steps.wrapping_mul(step))
    }

    /// This time, unless it goes back (then the next one) or leaps (then what passed).
    fn onward(self, timestamp: u32, now: Instant, clock_rate: u32) -> u32 {
        if self.at.is_none() {
            return self.timestamp;
        }
        let passed = self.after(now, clock_rate);
        let leap = timestamp.wrapping_sub(passed).cast_signed();
        if leap.unsigned_abs() > clock_rate / LEAPS_PER_SECOND {
            return passed;
        }
        let ahead = timestamp.wrapping_sub(self.timestamp).cast_signed();
        if ahead > 0 { timestamp } else { self.timestamp.wrapping_add(1) }
    }
}

/// Two encodings of one camera are apart by less than half a second; a report that says more is wrong.
const LEAPS_PER_SECOND: u32 = 2;

/// Sound comes in frames of 10 ms and multiples, so a switch of voices moves by such.
const STEPS_PER_SECOND: u32 = 100;
const STEP: Duration = Duration::from_millis(10);

impl PictureId {
    /// The number.
    #[must_use]
    pub fn value(self) -> u16 {
        match self {
            Self::Short(id) => u16::from(id),
            Self::Long(id) => id,
        }
    }

    /// What takes it to zero, modulo 2¹⁶.
    fn back(self) -> u16 {
        0u16.wrapping_sub(self.value())
    }

    fn plus(self, shift: u16) -> Self {
        let moved = self.value().wrapping_add(shift);
        match self {
            Self::Short(_) => Self::Short(u8::try_from(moved & 0x7f).expect("seven bits")),
            Self::Long(_) => Self::Long(moved & 0x7fff),
        }
    }
}

#[cfg(test)]
mod tests;
