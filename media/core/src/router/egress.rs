//! What leaves: events, single datagrams, and per destination a lane of packets that go as trains.

use std::collections::VecDeque;
use std::ops::Range;
use std::time::Instant;

use hoptt_wire::rtcp::ReportBlock;

use super::RouterEvent;
use super::afar::{Crossing, ShardSet};
use super::counters::{Count, Counters};
use super::peer::Peer;
use super::slab::Key;
use super::track::{Feed, Watcher};
use super::twice::OnceMore;
use crate::control::Event;
use crate::remote::Remote;
use crate::transport::{TransportEvent, TransportOutput};

/// One datagram, or a train of them: cut into pieces of `segment_len`, of which the last may be shorter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transmit<'a> {
    /// Where it goes.
    pub to: Remote,
    /// The datagram or datagrams.
    pub bytes: &'a [u8],
    /// Of a train.
    pub segment_len: Option<usize>,
    /// What it carries, all of it.
    pub class: Class,
}

/// What networks may treat apart (RFC 8837 §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Packets of voices.
    Audio,
    /// Everything else: pictures, reports, checks, handshakes.
    Rest,
}

/// More segments gain nothing and are lost together.
const MAX_TRAIN: usize = 16;
/// What may wait for one destination within a batch; more is dropped and counted.
const MAX_LANE_BYTES: usize = 256 * 1024;
/// What a lane has room for at first: as many voices as one hears, of the rest a picture. More of it for hundreds of listeners would
/// lie where it keeps other things out of the processor's caches.
const FIRST_LANE_BYTES: [usize; 2] = [1_280, 16 * 1024];
/// Forwarding times measured in one batch; of more packets only these are.
const MAX_TIMES: usize = 1024;

/// Packets of one class for one destination.
#[derive(Debug)]
struct Lane {
    to: Remote,
    bytes: Vec<u8>,
    filled: usize,
    /// The length of each packet.
    packets: Vec<usize>,
    /// Packets and bytes that were polled.
    polled: (usize, usize),
    /// What was polled last, and how long the pieces of it are if it is a train.
    leaving: (Range<usize>, Option<usize>),
}

impl Lane {
    fn start(&mut self, to: Remote) {
        self.to = to;
        self.filled = 0;
        self.packets.clear();
        self.polled = (0, 0);
        self.leaving = (0..0, None);
    }

    fn is_empty(&self) -> bool {
        self.polled.0 == self.packets.len()
    }

    /// The longest run of equal packets, with one shorter at its end: packets, bytes, length of the first.
    fn next_train(&self) -> Option<(usize, usize, usize)> {
        let waiting = &self.packets[self.polled.0..];
        let first = *waiting.first()?;
        let equal = waiting.iter().take(MAX_TRAIN).take_while(|len| **len == first).count();
        let mut train = (equal, equal * first, first);
        if equal < MAX_TRAIN
            && let Some(last) = waiting.get(equal).filter(|len| **len < first)
        {
            train.0 += 1;
            train.1 += last;
        }
        Some(train)
    }

    /// Lets the next train leave, or nothing; gives how many packets that are.
    fn poll(&mut self) -> usize {
        let (packets, len, first) = self.next_train().unwrap_or_default();
        let start = self.polled.1;
        self.leaving = (start..start + len, (packets > 1).then_some(first));
        self.polled = (self.polled.0 + packets, start + len);
        packets
    }
}

/// The lanes of one class. A batch is what is written from when all of them are empty until they are so again.
#[derive(Debug, Default)]
struct Lanes {
    all: Vec<Lane>,
    used: usize,
    draining: usize,
    batch: u64,
}

impl Lanes {
    /// Gives the place of a destination's lane, a new one if its ticket is of another batch.
    fn place(&mut self, ticket: &mut Place, to: Remote) -> usize {
        if ticket.batch == self.batch && ticket.lane < self.used && self.all[ticket.lane].to == to {
            return ticket.lane;
        }
        if self.used == self.all.len() {
            self.all.push(Lane {
                to,
                bytes: Vec::new(),
                filled: 0,
                packets: Vec::new(),
                polled: (0, 0),
                leaving: (0..0, None),
            });
        }
        self.all[self.used].start(to);
        *ticket = Place { batch: self.batch, lane: self.used };
        self.used += 1;
        ticket.lane
    }

    /// Lets lane after lane leave, until there are so many packets or a lane has another train. Gives the lanes; among them
    /// there may be some with nothing.
    fn poll(&mut self, most: usize) -> &[Lane] {
        while self.draining < self.used && self.all[self.draining].is_empty() {
            self.draining += 1;
        }
        let first = self.draining;
        let mut packets = 0;
        while self.draining < self.used && packets < most {
            let lane = &mut self.all[self.draining];
            packets += lane.poll();
            if !lane.is_empty() {
                return &self.all[first..=self.draining];
            }
            self.draining += 1;
        }
        &self.all[first..self.draining]
    }

    /// Whether everything was polled. Then all of them are free for the next batch.
    fn are_drained(&mut self) -> bool {
        let drained = self.all[self.draining..self.used].iter().all(Lane::is_empty);
        if drained && self.used > 0 {
            (self.used, self.draining) = (0, 0);
            self.batch += 1;
        }
        drained
    }
}

/// A peer's places among the lanes of the current batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct LaneTicket {
    sound: Place,
    rest: Place,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Place {
    batch: u64,
    lane: usize,
}

/// Everything that leaves a shard.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    pub(super) events: VecDeque<RouterEvent>,
    pub(super) counters: Counters,
    /// What the transport that is being worked on has said.
    pub(super) said: Vec<TransportEvent>,
    /// Peers in whose transport there was a panic (S20).
    pub(super) faulty: Vec<Key<Peer>>,
    /// Slots that have just begun to show something, and what they showed before.
    pub(super) switched: Vec<(Watcher, Option<Feed>)>,
    /// Slots whose old picture is whole, so that the one which is there already may follow.
    pub(super) ready: Vec<Watcher>,
    /// Peers whose reports are due after a packet that left.
    pub(super) armed: Vec<(Key<Peer>, Instant)>,
    /// Somebody waits for a keyframe of the encoding that is being forwarded.
    pub(super) waiting: bool,
    /// Slots that are to show what they cannot take.
    pub(super) unshowable: Vec<Watcher>,
    /// Packets of pictures that are to be sent a second time.
    pub(super) once_more: Vec<OnceMore>,
    /// What is to cross to each other shard, and to which of them there is something.
    pub(super) crossings: Vec<Crossing>,
    pub(super) to_cross: ShardSet,
    /// Room for a compound packet, and for its report blocks.
    pub(super) compound: Vec<u8>,
    pub(super) blocks: Vec<ReportBlock>,
    single_bytes: Vec<u8>,
    singles: Vec<(Remote, Range<usize>)>,
    polled_singles: usize,
    sound: Lanes,
    rest: Lanes,
    /// Packets that were written since everything was polled.
    held: usize,
    /// When the packets arrived that were forwarded since `sent`.
    times: Vec<Instant>,
}

impl Outbox {
    pub(super) fn tell(&mut self, event: Event) {
        self.events.push_back(RouterEvent::Told(event));
    }

    /// A packet that arrived then was forwarded.
    pub(super) fn forwarded(&mut self, arrived: Instant) {
        if self.times.len() < MAX_TIMES {
            self.times.push(arrived);
        }
    }

    pub(super) fn holds(&self) -> usize {
        self.held
    }

    /// Whether nothing is to be polled, but for what crosses to other shards.
    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty() && self.held == 0 && self.polled_singles == self.singles.len()
    }

    pub(super) fn sent(&mut self, now: Instant) {
        for arrived in self.times.drain(..) {
            self.counters.took(now.saturating_duration_since(arrived));
        }
    }

    /// Lets a packet of at most `room` bytes be written for a destination; `write` learns how long the one before it is (0:
    /// it is the first), and gives its length or why it failed.
    #[inline]
    pub(super) fn write(
        &mut self,
        ticket: &mut LaneTicket,
        to: Remote,
        (class, room): (Class, usize),
        write: impl FnOnce(&mut [u8], usize) -> Result<usize, Count>,
    ) -> bool {
        let (lanes, place) = match class {
            Class::Audio => (&mut self.sound, &mut ticket.sound),
            Class::Rest => (&mut self.rest, &mut ticket.rest),
        };
        let place = lanes.place(place, to);
        let lane = &mut lanes.all[place];
        let before = if lane.is_empty() { 0 } else { lane.packets.last().copied().unwrap_or_default() };
        let written = match lane.room(room, FIRST_LANE_BYTES[class as usize]) {
            Some(bytes) => write(bytes, before),
            None => Err(Count::DroppedLaneFull),
        };
        match written {
            Ok(len) => {
                lane.filled += len;
                lane.packets.push(len);
                self.held += 1;
                lanes.draining = lanes.draining.min(place);
                true
            }
            Err(why) => {
                self.counters.one(why);
                false
            }
        }
    }

    /// Whether everything was polled.
    pub(super) fn is_drained(&mut self) -> bool {
        let (sound, rest) = (self.sound.are_drained(), self.rest.are_drained());
        let drained = self.polled_singles == self.singles.len() && sound && rest;
        if drained {
            self.held = 0;
        }
        drained
    }

    /// Whether all sound was polled.
    pub(super) fn is_drained_of_sound(&mut self) -> bool {
        let drained = self.sound.are_drained();
        if drained {
            self.is_drained(); // then nothing at all may lie about
        }
        drained
    }

    /// Handshakes and checks first, for there are few; then sound, then the rest. Until there are so many packets of sound, or so
    /// many of the rest, and one datagram or train for each destination.
    pub(super) fn poll_transmits(&mut self, sound: usize, rest: usize) -> Transmits<'_> {
        let from = self.polled_singles;
        if from < self.singles.len() {
            self.polled_singles = self.singles.len().min(from + rest);
            let singles = &self.singles[from..self.polled_singles];
            self.counters.add(Count::BytesOut, singles.iter().map(|(_, range)| range.len()).sum());
            return Transmits { singles, single_bytes: &self.single_bytes, lanes: &[], class: Class::Rest };
        }
        self.singles.clear();
        self.single_bytes.clear();
        self.polled_singles = 0;
        let none = Transmits { singles: &[], single_bytes: &[], lanes: &[], class: Class::Rest };
        if self.is_drained() {
            return none;
        }
        let has_sound = !self.sound.are_drained();
        let (lanes, class) =
            if has_sound { (self.sound.poll(sound), Class::Audio) } else { (self.rest.poll(rest), Class::Rest) };
        self.counters.add(Count::BytesOut, lanes.iter().map(|lane| lane.leaving.0.len()).sum());
        Transmits { lanes, class, ..none }
    }
}

/// Some of what leaves.
#[derive(Clone, Debug)]
pub struct Transmits<'a> {
    singles: &'a [(Remote, Range<usize>)],
    single_bytes: &'a [u8],
    lanes: &'a [Lane],
    class: Class,
}

impl<'a> Iterator for Transmits<'a> {
    type Item = Transmit<'a>;

    fn next(&mut self) -> Option<Transmit<'a>> {
        if let Some(((to, range), rest)) = self.singles.split_first() {
            self.singles = rest;
            let bytes = &self.single_bytes[range.clone()];
            return Some(Transmit { to: *to, bytes, segment_len: None, class: self.class });
        }
        while let Some((lane, rest)) = self.lanes.split_first() {
            self.lanes = rest;
            let (range, segment_len) = lane.leaving.clone();
            if !range.is_empty() {
                return Some(Transmit { to: lane.to, bytes: &lane.bytes[range], segment_len, class: self.class });
            }
        }
        None
    }
}

impl Lane {
    fn room(&mut self, room: usize, least: usize) -> Option<&mut [u8]> {
        let end = self.filled + room;
        if end > self.bytes.len() {
            if end > MAX_LANE_BYTES {
                return None;
            }
            self.bytes.resize(if end <= least { least } else { end.next_power_of_two() }, 0);
        }
        Some(&mut self.bytes[self.filled..end])
    }
}

impl TransportOutput for Outbox {
    fn datagram(&mut self, to: Remote, bytes: &[u8]) {
        let start = self.single_bytes.len();
        self.single_bytes.extend_from_slice(bytes);
        self.singles.push((to, start..self.single_bytes.len()));
    }

    fn event(&mut self, event: TransportEvent) {
        self.said.push(event);
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    fn address(port: u16) -> Remote {
        SocketAddr::from(([127, 0, 0, 1], port)).into()
    }

    fn put(out: &mut Outbox, ticket: &mut LaneTicket, to: Remote, len: usize) {
        put_as(Class::Rest, out, ticket, to, len);
    }

    fn put_as(class: Class, out: &mut Outbox, ticket: &mut LaneTicket, to: Remote, len: usize) {
        assert!(out.write(ticket, to, (class, 1500), |bytes, _| {
            bytes[..len].fill(u8::try_from(len % 251).unwrap());
            Ok(len)
        }));
    }

    fn poll(out: &mut Outbox) -> Option<Transmit<'_>> {
        out.poll_transmits(1, 1).next()
    }

    fn trains(out: &mut Outbox) -> Vec<(u16, usize, Option<usize>)> {
        std::iter::from_fn(|| poll(out).map(|t| (t.to.address.port(), t.bytes.len(), t.segment_len))).collect()
    }

    #[test]
    fn equal_packets_of_a_destination_become_a_train_with_a_shorter_end() {
        let (mut out, mut one, mut two) = (Outbox::default(), LaneTicket::default(), LaneTicket::default());
        for len in [100, 100, 60, 100] {
            put(&mut out, &mut one, address(1), len);
        }
        put(&mut out, &mut two, address(2), 100);
        assert_eq!(trains(&mut out), [(1, 260, Some(100)), (1, 100, None), (2, 100, None)]);
        assert_eq!(trains(&mut out), []);
    }

    #[test]
    fn a_train_has_sixteen_packets_at_most() {
        let (mut out, mut ticket) = (Outbox::default(), LaneTicket::default());
        for _ in 0..17 {
            put(&mut out, &mut ticket, address(1), 10);
        }
        assert_eq!(trains(&mut out), [(1, 160, Some(10)), (1, 10, None)]);
    }

    #[test]
    fn r24_sound_leaves_before_the_rest_and_a_train_carries_one_of_them() {
        let (mut out, mut one, mut two) = (Outbox::default(), LaneTicket::default(), LaneTicket::default());
        for (class, len) in [(Class::Rest, 90), (Class::Audio, 90), (Class::Audio, 80), (Class::Rest, 90)] {
            put_as(class, &mut out, &mut one, address(1), len);
        }
        put_as(Class::Audio, &mut out, &mut two, address(2), 70);
        let trains: Vec<_> =
            std::iter::from_fn(|| poll(&mut out).map(|t| (t.class, t.to.address.port(), t.bytes.len()))).collect();
        assert_eq!(trains, [(Class::Audio, 1, 170), (Class::Audio, 2, 70), (Class::Rest, 1, 180)]);
    }

    #[test]
    fn a_packet_for_a_lane_that_was_polled_already_still_leaves() {
        let (mut out, mut one, mut two) = (Outbox::default(), LaneTicket::default(), LaneTicket::default());
        put(&mut out, &mut one, address(1), 10);
        put(&mut out, &mut two, address(2), 20);
        assert_eq!(poll(&mut out).map(|t| t.to.address.port()), Some(1));
        assert_eq!(poll(&mut out).map(|t| t.to.address.port()), Some(2));
        put(&mut out, &mut one, address(1), 30);
        assert_eq!(trains(&mut out), [(1, 30, None)]);
    }

    #[test]
    fn several_leave_at_once_as_long_as_each_destination_has_one_train() {
        let mut out = Outbox::default();
        let mut tickets = [LaneTicket::default(); 5];
        for (port, ticket) in (1..).zip(&mut tickets) {
            put(&mut out, ticket, address(port), 10);
        }
        put(&mut out, &mut tickets[2], address(3), 10);
        put(&mut out, &mut tickets[2], address(3), 20);
        out.datagram(address(9), b"a check");
        let several = |out: &mut Outbox, most| -> Vec<(u16, usize)> {
            out.poll_transmits(1, most).map(|t| (t.to.address.port(), t.bytes.len())).collect()
        };
        assert_eq!(several(&mut out, 48), [(9, 7)]);
        assert_eq!(several(&mut out, 2), [(1, 10), (2, 10)]);
        assert_eq!(several(&mut out, 48), [(3, 20)], "what is longer leaves after it");
        put(&mut out, &mut tickets[0], address(1), 30);
        assert_eq!(several(&mut out, 48), [(1, 30), (3, 20), (4, 10), (5, 10)], "and nothing a second time");
        assert_eq!(several(&mut out, 48), []);
    }

    #[test]
    fn of_sound_and_of_the_rest_so_many_leave_at_once_as_is_asked_for_each() {
        let (mut out, mut tickets) = (Outbox::default(), [LaneTicket::default(); 10]);
        for (port, ticket) in (1..).zip(&mut tickets) {
            put_as(Class::Rest, &mut out, ticket, address(port), 10);
            put_as(Class::Audio, &mut out, ticket, address(port), 10);
        }
        let left: Vec<Vec<Class>> = std::iter::repeat_with(|| out.poll_transmits(8, 3).map(|t| t.class).collect())
            .take_while(|left: &Vec<_>| !left.is_empty())
            .collect();
        let of = |class, count| vec![class; count];
        let (sound, rest) =
            ([8, 2].map(|count| of(Class::Audio, count)), [3, 3, 3, 1].map(|count| of(Class::Rest, count)));
        assert_eq!(left, [&sound[..], &rest].concat());
    }

    #[test]
    fn a_lane_has_a_limit_and_what_is_above_is_counted() {
        let (mut out, mut ticket) = (Outbox::default(), LaneTicket::default());
        let mut wrote = 0;
        while out.write(&mut ticket, address(1), (Class::Rest, 1500), |_, _| Ok(1500)) {
            wrote += 1;
        }
        assert_eq!((wrote, out.counters.get(Count::DroppedLaneFull)), (MAX_LANE_BYTES / 1500, 1));
    }
}
