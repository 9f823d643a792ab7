//! Who sends to a viewer: voices, pictures in layers, repairs and probes, through the estimator, allocator and pacer.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use hoptt_core::allocation::{Ask, Grant, LimitReason, Step, WANTED_PERCENT, allocate};
use hoptt_core::bwe::{Estimator, Repairable};
use hoptt_core::nack::NackResponder;
use hoptt_core::pacer::{Class, Pacer};
use hoptt_core::restraint::Restraint;
use hoptt_core::seq;
use hoptt_core::targets::Layer;
use hoptt_wire::rtcp::{Compound, Packet as Rtcp};

use super::{Answer, Content, Packet, Piece};
use crate::Rng;

/// The layers of a camera as the page sends them.
pub const LADDER: [Step; 3] = [
    Step { place: 0, layer: Layer::ALL, pixels: 320 * 180, bitrate_bps: 150_000 },
    Step { place: 1, layer: Layer::ALL, pixels: 640 * 360, bitrate_bps: 500_000 },
    Step { place: 2, layer: Layer::ALL, pixels: 1280 * 720, bitrate_bps: 1_500_000 },
];
/// What a voice takes, with all headers.
pub const VOICE_BPS: u32 = 40_000;

/// What there is to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// So many cameras with layers, each in a tile of 1280 × 720.
    Cameras(usize),
    /// As much as the line is believed to carry, as the flows of RFC 8867 are.
    Elastic,
}

const VOICE_STEP: Duration = Duration::from_millis(20);
const VOICE_BYTES: u32 = VOICE_BPS / 8 / 50;
const FRAME_STEP: Duration = Duration::from_micros(33_333);
const FRAMES_PER_SECOND: u32 = 30;
const PACKET_BYTES: u32 = 1_200;
/// A key frame is as large as so many others.
const KEYFRAME: f64 = 4.0;
/// The budget is shared again after this.
const ALLOCATE_STEP: Duration = Duration::from_millis(50);
/// How much faster than the budget packets may leave while there is no queue.
const PACE: f64 = 1.2;
/// A repair leaves once more after so many packets.
const REPEATED_AFTER: u64 = 4;
/// Packets that can be sent again.
const KEPT: usize = 1_000;

/// One picture being sent.
#[derive(Debug)]
struct Camera {
    rung: Option<usize>,
    starts_anew: bool,
    frame: u64,
    next_number: u64,
    kept: VecDeque<Kept>,
    /// Repairs that leave once more: after which number.
    repeats: VecDeque<(u64, Piece, u32)>,
}

/// A packet that can be sent again, once per round trip.
#[derive(Debug)]
struct Kept {
    piece: Piece,
    bytes: u32,
    repaired_at: Option<Instant>,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Sender {
    estimator: Estimator,
    restraint: Restraint,
    switches: u64,
    pacer: Pacer<(Content, u32)>,
    source: Source,
    cameras: Vec<Camera>,
    given: Vec<Grant>,
    voice_on: bool,
    next_voice: (Instant, u64),
    next_frame: Instant,
    next_allocation: Instant,
    rng: Rng,
    sent_bytes: u64,
    padding_bytes: u64,
}

impl Sender {
    pub(super) fn new(source: Source, seed: u64, now: Instant) -> Self {
        let count = if let Source::Cameras(count) = source { count } else { 1 };
        let camera = || Camera {
            rung: None,
            starts_anew: true,
            frame: 0,
            next_number: 0,
            kept: VecDeque::new(),
            repeats: VecDeque::new(),
        };
        Self {
            estimator: Estimator::new(now),
            restraint: Restraint::default(),
            switches: 0,
            pacer: Pacer::new(1_000_000, now),
            source,
            cameras: (0..count).map(|_| camera()).collect(),
            given: vec![],
            voice_on: true,
            next_voice: (now, 0),
            next_frame: now,
            next_allocation: now,
            rng: Rng::new(seed),
            sent_bytes: 0,
            padding_bytes: 0,
        }
    }

    pub(super) fn estimator(&self) -> &Estimator {
        &self.estimator
    }

    pub(super) fn switches(&self) -> u64 {
        self.switches
    }

    pub(super) fn sent_bytes(&self) -> (u64, u64) {
        (self.sent_bytes, self.padding_bytes)
    }

    pub(super) fn rung(&self, place: usize) -> Option<usize> {
        self.cameras.get(place)?.rung
    }

    /// Whether some picture is worse because of the line.
    pub(super) fn says_line(&self) -> bool {
        self.given.iter().any(|given| matches!(given.reason, LimitReason::Line | LimitReason::Paused))
    }

    /// Pictures and voices are there, or nobody speaks and nothing is shown.
    pub(super) fn set_on(&mut self, now: Instant, on: bool) {
        self.voice_on = on;
        if on {
            (self.next_voice.0, self.next_frame) = (now, now);
            self.cameras.iter_mut().for_each(|camera| camera.starts_anew = true);
        }
    }

    pub(super) fn handle_answer(&mut self, now: Instant, answer: Answer) {
        match answer {
            Answer::Report(bytes) => {
                for packet in Compound::new(&bytes) {
                    if let Ok(Rtcp::TransportCc(feedback)) = packet {
                        self.estimator.handle_feedback(now, &feedback);
                    }
                }
                while let Some(Repairable { slot, seq }) = self.estimator.poll_missing() {
                    let place = usize::from(slot);
                    let number = seq::nearest(self.cameras[place].next_number, seq);
                    self.repair(now, place, number, true);
                }
                self.allocate(now);
            }
            Answer::Missing { place, numbers } => {
                for number in numbers {
                    self.repair(now, place, number, false);
                }
            }
            Answer::Keyframe { place } => self.cameras[place].starts_anew = true,
        }
    }

    /// Sends a packet again that was asked for, or that a report has told of and nobody asked for.
    fn repair(&mut self, now: Instant, place: usize, number: u64, reported: bool) {
        let (rtt, repeats_it) = (self.estimator.rtt().unwrap_or_default(), self.estimator.loses_by_itself());
        let way = NackResponder::way(rtt, repeats_it, Duration::ZERO); // the reports' round trip has the queue in it
        let Camera { kept, repeats, next_number, .. } = &mut self.cameras[place];
        let found = kept.iter_mut().find(|kept| kept.piece.number == number);
        if let Some(Kept { piece, bytes, repaired_at }) = found
            && repaired_at.is_none_or(|at| !reported && now.duration_since(at) >= way)
        {
            *repaired_at = Some(now);
            // A full queue of repairs repairs nothing; the viewer asks again.
            let _ = self.pacer.push(now, Class::Repair, (Content::Picture(*piece), *bytes), *bytes);
            if repeats_it {
                repeats.push_back((*next_number + REPEATED_AFTER, *piece, *bytes));
            }
        }
    }

    /// Lets time pass; gives every packet that leaves.
    pub(super) fn handle_timeout(&mut self, now: Instant, mut send: impl FnMut(Packet)) {
        self.estimator.handle_timeout(now);
        if now >= self.next_allocation {
            self.next_allocation = now + ALLOCATE_STEP;
            self.allocate(now);
        }
        while self.voice_on && now >= self.next_voice.0 {
            let content = Content::Voice { number: self.next_voice.1, made: self.next_voice.0 };
            self.next_voice = (self.next_voice.0 + VOICE_STEP, self.next_voice.1 + 1);
            if let Ok(Some((content, bytes))) = self.pacer.push(now, Class::Audio, (content, VOICE_BYTES), VOICE_BYTES)
            {
                self.leave(now, content, bytes, &mut send);
            }
        }
        while self.voice_on && now >= self.next_frame {
            let made = self.next_frame;
            self.next_frame += FRAME_STEP;
            (0..self.cameras.len()).for_each(|place| self.make_frame(now, place, made));
        }
        while let Some((_, (content, bytes))) = self.pacer.poll(now) {
            let content = match content {
                Content::Picture(piece) if piece.number == UNNUMBERED => self.number(piece, bytes),
                other => other,
            };
            self.leave(now, content, bytes, &mut send);
            self.repeat(now);
        }
        while self.estimator.padding_due(now) > 0 {
            let bytes = self.estimator.padding_packet();
            self.padding_bytes += u64::from(bytes);
            self.leave(now, Content::Padding, bytes, &mut send);
        }
    }

    /// On a lossy line each repair leaves once more, some packets later.
    fn repeat(&mut self, now: Instant) {
        for camera in &mut self.cameras {
            while camera.repeats.front().is_some_and(|(after, ..)| *after <= camera.next_number) {
                let Some((_, piece, bytes)) = camera.repeats.pop_front() else { return };
                let _ = self.pacer.push(now, Class::Repair, (Content::Picture(piece), bytes), bytes);
            }
        }
    }

    fn leave(&mut self, now: Instant, content: Content, bytes: u32, send: &mut impl FnMut(Packet)) {
        let number = self.estimator.next_number();
        let of = self.repairable(&content);
        self.estimator.handle_sent(now, usize::try_from(bytes).expect("small"), of);
        self.sent_bytes += u64::from(bytes);
        send(Packet { number, bytes, content });
    }

    /// A piece of a picture that leaves for the first time.
    fn repairable(&self, content: &Content) -> Option<Repairable> {
        let Content::Picture(Piece { place, number, .. }) = content else { return None };
        let is_newest = number + 1 == self.cameras[*place].next_number;
        let slot = u16::try_from(*place).ok().filter(|_| is_newest)?;
        Some(Repairable { slot, seq: seq::low(*number) })
    }

    /// Numbers are given when a packet leaves, so that what is dropped before leaves no gap.
    fn number(&mut self, piece: Piece, bytes: u32) -> Content {
        let camera = &mut self.cameras[piece.place];
        let piece = Piece { number: camera.next_number, ..piece };
        camera.next_number += 1;
        camera.kept.push_back(Kept { piece, bytes, repaired_at: None });
        if camera.kept.len() > KEPT {
            camera.kept.pop_front();
        }
        Content::Picture(piece)
    }

    fn allocate(&mut self, now: Instant) {
        let budget = self.estimator.budget_bps();
        let calm = self.estimator.queue_delay() < Duration::from_millis(30);
        let bps = budget.map_or(f64::from(u32::MAX), |bps| f64::from(bps) * if calm { PACE } else { 1.0 });
        self.pacer.set_burst(self.estimator.burst());
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "held to the range")]
        self.pacer.set_rate(now, bps.clamp(1.0, f64::from(u32::MAX)) as u32);
        if self.source == Source::Elastic {
            self.estimator.set_wanted(hoptt_core::bwe::MAX_BPS);
            self.cameras[0].rung = Some(0);
            return;
        }
        let held = |camera: &Camera| camera.rung.map(|place| (place, Layer::ALL));
        let may_grow = !self.restraint.rests(now);
        let ask =
            |camera: &Camera| Ask { priority: 0, pixels: 1280 * 720, ladder: &LADDER, held: held(camera), may_grow };
        let asks: Vec<_> = self.cameras.iter().map(ask).collect();
        let best: u32 = allocate(&asks, None).iter().filter_map(|best| Some(best.step?.bitrate_bps)).sum();
        let percent = u32::try_from(WANTED_PERCENT).expect("small");
        self.estimator.set_wanted((best + VOICE_BPS) / 100 * percent);
        let known = self.estimator.choice_bps(now).unwrap_or(hoptt_core::bwe::START_BPS);
        let pictures = u64::from(known.saturating_sub(VOICE_BPS));
        // Of a lossy line each repair leaves twice.
        let budget = pictures.saturating_sub(pictures * 2 * self.estimator.repairs_percent() / 100);
        let cost = |camera: &Camera| camera.rung.map_or(0, |rung| u64::from(LADDER[rung].bitrate_bps));
        let held_bps = self.cameras.iter().map(cost).sum();
        let smallest = u64::from(LADDER[0].bitrate_bps) * self.cameras.len() as u64;
        let budget = self.restraint.of_budget(now, budget, (held_bps, smallest * 2));
        self.given = allocate(&asks, Some(budget));
        self.estimator.set_withheld(self.given.iter().any(|given| given.reason == LimitReason::Paused));
        let (mut down, mut up) = (false, false);
        for (place, (camera, given)) in self.cameras.iter_mut().zip(&self.given).enumerate() {
            let rung = given.step.map(|step| step.place);
            if camera.rung == rung {
                continue;
            }
            down |= rung < camera.rung;
            up |= camera.rung.is_some() && rung > camera.rung;
            self.switches += u64::from(camera.rung.is_some());
            if rung < camera.rung {
                // A key frame follows: what is larger than the line is neither waited for nor repaired.
                let is_anothers =
                    |(content, _): &(Content, u32)| !matches!(content, Content::Picture(one) if one.place == place);
                self.pacer.retain(Class::Video, is_anothers);
                self.pacer.retain(Class::Repair, is_anothers);
                camera.kept.clear();
                camera.repeats.clear();
            }
            camera.rung = rung;
            camera.starts_anew = true;
        }
        self.restraint.note(now, (down, up), held_bps);
    }

    fn make_frame(&mut self, now: Instant, place: usize, made: Instant) {
        let budget = self.estimator.budget_bps().unwrap_or(hoptt_core::bwe::START_BPS);
        let camera = &mut self.cameras[place];
        let Some(rung) = camera.rung else { return };
        let bps = match self.source {
            Source::Cameras(_) => LADDER[rung].bitrate_bps,
            Source::Elastic => budget.saturating_sub(VOICE_BPS).max(50_000),
        };
        let starts_anew = std::mem::take(&mut camera.starts_anew);
        let size = f64::from(bps / 8 / FRAMES_PER_SECOND) * (0.8 + 0.4 * self.rng.unit());
        let grown = if starts_anew && self.source != Source::Elastic { KEYFRAME } else { 1.0 };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a frame is small")]
        let mut left = (size * grown) as u32 + 1;
        let pieces = left.div_ceil(PACKET_BYTES);
        for _ in 0..pieces {
            let bytes = left.div_ceil(left.div_ceil(PACKET_BYTES));
            left -= bytes;
            let piece = Piece { place, number: UNNUMBERED, frame: camera.frame, pieces, starts_anew, made };
            // What finds no room is missing in its frame; the viewer asks for a key frame.
            let _ = self.pacer.push(now, Class::Video, (Content::Picture(piece), bytes), bytes);
        }
        camera.frame += 1;
    }
}

const UNNUMBERED: u64 = u64::MAX;
