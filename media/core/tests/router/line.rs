//! A viewer's line as the shard finds it: so many bit/s, a way, a queue; and what the viewer tells of it.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use hoptt_core::control::Kind;
use hoptt_core::twcc::ArrivalLog;
use hoptt_wire::rtcp::{Compound, Packet, write_nack};
use hoptt_wire::rtp::Rtp;
use hoptt_wire::{Ssrc, ext, rtx};

use crate::support::{Camera, Mark, TRANSPORT_CC, World};

/// A viewer's reports about what it got; `read` says how far it has looked.
pub struct Told {
    log: ArrivalLog,
    read: usize,
    /// One packet in so many did not come.
    pub lost: Option<usize>,
}

impl Told {
    pub fn new(world: &World) -> Self {
        Self { log: ArrivalLog::new(world.now), read: 0, lost: None }
    }

    /// Reports when it is time to.
    pub fn report(&mut self, world: &mut World, viewer: usize) {
        let got = &world.peers[viewer].got;
        for (place, packet) in got.iter().enumerate().skip(self.read) {
            if self.lost.is_some_and(|each| place % each == 0) {
                continue;
            }
            let number = packet.rtp().extension(TRANSPORT_CC).and_then(ext::transport_cc);
            self.log.handle_packet(number.expect("all packets to it are numbered"), packet.at);
        }
        self.read = got.len();
        let mut out = Vec::new();
        if self.log.poll_feedback(world.now, Ssrc(1), Ssrc(2), &mut out) {
            world.send_rtcp(viewer, out);
        }
    }
}

pub fn estimate(world: &mut World, viewer: usize) -> Option<u32> {
    let now = world.now;
    let lines = world.router.line_stats(now);
    let transport = &world.peers[viewer].transport;
    lines.into_iter().find(|line| line.transport == *transport).expect("it is there").estimate_bps
}

/// A viewer of a camera with three encodings (150, 500 and 1,500 kbit/s), on a line of so many bit/s and 50 ms each way.
pub struct Line {
    pub world: World,
    pub camera: Camera,
    pub told: Told,
    pub bps: f64,
    /// Of packets, and of reports back.
    pub way: Duration,
    pub free_at: Instant,
    pub reports: VecDeque<(Instant, Vec<u8>)>,
    /// It reports nothing.
    pub is_deaf: bool,
    pub ms: u64,
    /// Packets of each frame of the largest encoding.
    pub largest: u8,
    /// A key frame is made so many frames after it was asked for.
    pub key_after: usize,
    pub asked: VecDeque<Vec<u32>>,
    /// Three frames after any key frame was asked for one of the largest encoding is made, too: browsers make one of each
    /// when an encoding begins anew.
    pub makes_largest: bool,
    /// The places of which key frames were made, and when.
    pub keyframes: Vec<(usize, Instant)>,
    /// What would wait for longer is lost.
    pub queue: Duration,
    /// The viewer asks for these again every 100 ms until they are there.
    pub misses: Vec<u16>,
    /// When what it asked for is there.
    pub again: Vec<(Instant, u16)>,
}

/// Of each packet a line carries its tag, and headers of UDP and IPv4.
const BESIDE: usize = 16 + 28;

const WAY: Duration = Duration::from_millis(50);

impl Line {
    pub fn new(bps: f64) -> Self {
        let mut world = World::on_lines(1);
        let mut camera = world.join_layered("cam");
        world.film_layers(&mut camera, 0, [true; 3]);
        world.watch_in(0, camera.peer, (1280, 720));
        let (told, free_at) = (Told::new(&world), world.now);
        Self {
            world,
            camera,
            told,
            bps,
            way: WAY,
            free_at,
            reports: VecDeque::new(),
            is_deaf: false,
            ms: 20,
            largest: 3,
            key_after: 0,
            asked: VecDeque::new(),
            makes_largest: false,
            keyframes: vec![],
            queue: Duration::MAX,
            misses: vec![],
            again: vec![],
        }
    }

    /// Films 50 frames a second for so long. Each encoding makes a key frame when it is asked to.
    pub fn film(&mut self, seconds: u64) {
        self.frames(seconds * 50);
    }

    pub fn frames(&mut self, count: u64) {
        for _ in 0..count {
            let asked = std::mem::take(&mut self.world.peers[self.camera.peer].reports);
            let asked: Vec<u32> = asked
                .iter()
                .flat_map(|report| Compound::new(report))
                .filter_map(|packet| if let Ok(Packet::Pli { media, .. }) = packet { Some(media.0) } else { None })
                .collect();
            self.asked.push_back(asked);
            let mut asked = vec![];
            while self.asked.len() > self.key_after {
                asked.extend(self.asked.pop_front().into_iter().flatten());
            }
            let is_made = self.makes_largest && self.asked.iter().nth_back(2).is_some_and(|asked| !asked.is_empty());
            let sizes = [(1, 300), (1, 1_150), (self.largest, 1_150)];
            for (place, (packets, filler)) in sizes.into_iter().enumerate() {
                let keyframe = asked.contains(&self.camera.ssrc(place)) || is_made && place == 2;
                self.keyframes.extend(keyframe.then_some((place, self.world.now)));
                let mut frame = self.camera.frame(place, self.ms, packets, keyframe);
                for out in &mut frame {
                    let mark = out.payload.len() - 10;
                    out.payload.splice(mark..mark, vec![0; filler]);
                }
                self.world.send_all(self.camera.peer, &frame);
            }
            let now = self.world.now;
            self.misses.retain(|number| !self.again.iter().any(|(at, of)| of == number && *at <= now));
            if !self.misses.is_empty() && self.ms.is_multiple_of(100) {
                let mut nack = vec![];
                let slot = self.world.peers[0].slot_ssrc(Kind::Video, 0);
                write_nack(&mut nack, Ssrc(1), Ssrc(slot), &self.misses);
                self.world.send_rtcp(0, nack);
            }
            for _ in 0..20 {
                self.world.advance(1);
                self.carry();
            }
            self.ms += 20;
        }
    }

    /// Makes a key frame of so many packets.
    pub fn burst(&mut self, place: usize, packets: u8) {
        let mut frame = self.camera.frame(place, self.ms, packets, true);
        for out in &mut frame {
            let mark = out.payload.len() - 10;
            out.payload.splice(mark..mark, vec![0; 1_100]);
        }
        self.world.send_all(self.camera.peer, &frame);
    }

    fn carry(&mut self) {
        let got = &self.world.peers[0].got;
        for (place, packet) in got.iter().enumerate().skip(self.told.read) {
            let bits = f64::from(u32::try_from(packet.bytes.len() + BESIDE).unwrap()) * 8.0;
            if self.free_at.saturating_duration_since(packet.at) > self.queue {
                continue;
            }
            self.free_at = self.free_at.max(packet.at) + Duration::from_secs_f64(bits / self.bps);
            if self.told.lost.is_some_and(|each| place % each == 0) {
                continue;
            }
            let rtp = packet.rtp();
            if rtp.ssrc() == Ssrc(self.world.peers[0].slot_rtx(0)) {
                self.again.extend(rtx::read(rtp.payload()).map(|(of, _)| (self.free_at + self.way, of)));
            }
            let number = rtp.extension(TRANSPORT_CC).and_then(ext::transport_cc).expect("numbered");
            self.told.log.handle_packet(number, self.free_at + self.way);
        }
        self.told.read = got.len();
        let mut out = Vec::new();
        if self.told.log.poll_feedback(self.world.now, Ssrc(1), Ssrc(2), &mut out) && !self.is_deaf {
            self.reports.push_back((self.world.now + self.way, out));
        }
        while self.reports.front().is_some_and(|(at, _)| *at <= self.world.now) {
            let (_, report) = self.reports.pop_front().unwrap();
            self.world.send_rtcp(0, report);
        }
    }

    /// The encoding that the viewer got last.
    pub fn place(&self) -> u8 {
        let slot = self.world.peers[0].slot_ssrc(Kind::Video, 0);
        Mark::read(self.world.peers[0].stream(slot).last().expect("a packet").payload()).place
    }
}

/// How many packets a viewer gets again of the last thirty of its picture, all of which it misses.
pub fn repaired(line: &mut Line, meanwhile: impl FnOnce(&mut Line)) -> usize {
    let (slot, repairs) = (line.world.peers[0].slot_ssrc(Kind::Video, 0), line.world.peers[0].slot_rtx(0));
    let numbers: Vec<u16> = line.world.peers[0].stream(slot).iter().map(Rtp::sequence_number).collect();
    meanwhile(line);
    line.misses = numbers[numbers.len() - 30..].to_vec();
    let before = line.world.peers[0].stream(repairs).len();
    line.film(2);
    line.world.peers[0].stream(repairs).len() - before
}
