//! A viewer whose tile and line change at random, ten thousand times (S15): what it gets can be decoded.

use std::collections::BTreeMap;
use std::time::Duration;

use hoptt_wire::Ssrc;
use hoptt_wire::rtcp::{Compound, Packet};
use hoptt_wire::vp8;

use super::counters::Count;
use super::slab::Key;
use super::tests::support::{Camera, Mark, Out, World, decode};
use crate::control::Kind;
use crate::seq::Unwrapper;
use crate::temporal;

const TILES: [(u32, u32); 3] = [(240, 135), (640, 360), (1280, 720)];
const FRAME: Duration = Duration::from_millis(33);

/// Numbers that are the same in each run (Marsaglia 2003).
struct Random(u64);

impl Random {
    fn next(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.next(100) < percent
    }
}

/// A viewer, a camera, and the publisher's line.
struct Story {
    world: World,
    camera: Camera,
    random: Random,
    /// Percent of packets lost on the way up.
    loss: u64,
    sent: BTreeMap<(u32, u16), (usize, Out)>,
    repairs: u16,
    /// The highest temporal layer.
    target: u8,
    turns: u64,
}

impl Story {
    fn new(seed: u64, loss: u64) -> Self {
        let mut world = World::of(1);
        let camera = world.join_layered("cam");
        world.watch_in(0, camera.peer, TILES[0]);
        let random = Random(seed);
        Self { world, camera, random, loss, sent: BTreeMap::new(), repairs: 0, target: temporal::ALL, turns: 0 }
    }

    fn slot(&self) -> u32 {
        self.world.peers[0].slot_ssrc(Kind::Video, 0)
    }

    /// The tile may change, and the line; then the three encodings send a frame each, mixed.
    fn frame(&mut self, n: u64) {
        if self.random.chance(60) {
            let tile = TILES[usize::try_from(self.random.next(3)).unwrap()];
            self.world.watch_in(0, self.camera.peer, tile);
        }
        if self.random.chance(40) {
            let target = [0, 1, 2, temporal::ALL][usize::try_from(self.random.next(4)).unwrap()];
            self.turns += u64::from(target != self.target);
            self.target = target;
            let key: Key<_> = self.world.router.peers_by_id[&self.world.peers[0].transport];
            let slots = &mut self.world.router.peers.get_mut(key).unwrap().slots;
            let slot = slots.iter_mut().find(|slot| (slot.setup.kind, slot.setup.slot) == (Kind::Video, 0));
            slot.unwrap().temporal.set_target(target);
        }
        let mut queues: Vec<(usize, Vec<Out>)> = (0..3)
            .map(|place| {
                let packets = u8::try_from(1 + self.random.next(4)).unwrap();
                let keyframe = n == 0 || self.random.chance(30);
                let mut frame = self.camera.frame(place, 33 * n, packets, keyframe);
                frame.reverse();
                (place, frame)
            })
            .collect();
        while !queues.is_empty() {
            let at = usize::try_from(self.random.next(queues.len() as u64)).unwrap();
            let (place, queue) = &mut queues[at];
            let Some(out) = queue.pop() else {
                queues.remove(at);
                continue;
            };
            if self.loss == 0 || !self.random.chance(self.loss) {
                self.world.send(self.camera.peer, &out);
            }
            if self.loss > 0 {
                self.sent.insert((out.ssrc, out.seq), (*place, out));
            }
        }
        self.world.pump();
        self.pass();
        if n.is_multiple_of(30) {
            self.world.keep_alive();
        }
    }

    /// Time passes; the publisher repairs what it is asked for.
    fn pass(&mut self) {
        for _ in 0..3 {
            self.world.now += FRAME / 3;
            self.world.router.handle_timeout(self.world.now);
            self.world.pump();
            for report in std::mem::take(&mut self.world.peers[self.camera.peer].reports) {
                for packet in Compound::new(&report) {
                    let Ok(Packet::Nack(nack)) = packet else { continue };
                    for number in nack.sequence_numbers() {
                        self.repair(nack.media, number);
                    }
                }
            }
            self.world.pump();
        }
        self.world.peers[0].reports.clear();
    }

    fn repair(&mut self, media: Ssrc, number: u16) {
        let Some((place, lost)) = self.sent.get(&(media.0, number)) else { return };
        if !self.random.chance(self.loss) {
            self.repairs += 1;
            let repair = self.camera.repair(lost, *place, self.repairs);
            self.world.send(self.camera.peer, &repair);
        }
    }
}

#[test]
fn s15_ten_thousand_random_switches_are_one_stream_that_can_be_decoded() {
    let mut story = Story::new(0x5eed, 0);
    let mut frames = 0;
    while story.world.count(Count::Switches) + story.turns < 10_000 {
        story.frame(frames);
        frames += 1;
    }
    assert!(story.world.count(Count::Switches) > 3_000, "{} of encodings", story.world.count(Count::Switches));
    let decoder = decode(&story.world.peers[0], story.slot());
    assert!(decoder.changes > 2_000, "{} changes of encoding", decoder.changes);
    assert!(decoder.frames as u64 > frames / 3, "{} of {frames} frames", decoder.frames);
}

#[test]
fn s15_on_a_lossy_line_no_half_frame_looks_whole_and_no_number_comes_twice() {
    let mut story = Story::new(0xbad_5eed, 4);
    for n in 0..3_000 {
        story.frame(n);
    }
    let mut numbers = Unwrapper::default();
    let mut by_number = BTreeMap::new();
    let packets = story.world.peers[0].stream(story.slot());
    for rtp in &packets {
        let before = by_number.insert(numbers.unwrap(rtp.sequence_number()), rtp);
        assert!(before.is_none(), "a number twice");
    }
    let (first, last) = (by_number.keys().next().unwrap(), by_number.keys().last().unwrap());
    let missing = last + 1 - first - by_number.len() as u64;
    assert!(missing * 50 < by_number.len() as u64, "{missing} of {} are missing", by_number.len());

    let ordered: Vec<_> = by_number.into_iter().collect();
    let follow = |(one, before): &(u64, _), (other, after): &(u64, _)| {
        let (before, after): (&&hoptt_wire::rtp::Rtp<'_>, &&hoptt_wire::rtp::Rtp<'_>) = (before, after);
        one + 1 == *other && before.timestamp() == after.timestamp()
    };
    let mut whole = 0;
    for frame in ordered.chunk_by(follow) {
        let payloads: Vec<&[u8]> = frame.iter().map(|(_, rtp)| rtp.payload()).collect();
        let begins = vp8::Descriptor::parse(payloads[0]).is_some_and(|found| found.is_frame_start());
        if !begins || !frame.last().unwrap().1.marker() {
            continue;
        }
        let mark = Mark::read(payloads[0]);
        let expected: Vec<Mark> = (0..mark.packets).map(|packet| Mark { packet, ..mark }).collect();
        let found: Vec<Mark> = payloads.iter().map(|payload| Mark::read(payload)).collect();
        assert_eq!(found, expected, "half a frame looks whole");
        whole += 1;
    }
    assert!(whole > 1_000, "{whole} whole frames");
}
