//! A fixed trace through one shard without sockets: `python -m benchmarks.instructions` runs it under callgrind, which
//! counts only what happens in the functions `counted_*` and keeps a file for each call of one. For each call a line on
//! standard output says what was counted, in the same order.

#[path = "../../core/tests/router/support.rs"]
mod support;

use std::time::{Duration, Instant};

use hoptt_core::control::{Command, Kind, Published};
use hoptt_core::remote::Remote;
use hoptt_core::router::{Count, Limits, Router, RouterConfig};
use hoptt_wire::rtcp::{TransportCcHeader, write_nack, write_transport_cc};
use hoptt_wire::{Ssrc, ext};

use support::{MEETING, OPUS, Out, TRANSPORT_CC, World};

/// Datagrams that one turn of the engine finds.
struct Batch {
    at: Instant,
    arrived: Vec<(Remote, Vec<u8>)>,
}

/// Who sends and to whom, and how far it has come.
struct Trace {
    world: World,
    picture: u16,
    voice: u16,
    /// Transport-wide number of the publisher.
    number: u16,
}

/// Everybody's line is taken to carry this: pictures go through the pacer, which does not hold them.
const WIDE_BPS: u32 = 50_000_000;
/// Datagrams that the engine takes from a router together.
const AT_ONCE: usize = 64;
const PICTURE_EVERY: Duration = Duration::from_millis(33);
const PICTURES: u16 = 6;
/// As many as 1.5 Mbit/s need.
const PACKETS_OF_PICTURE: u16 = 6;
const VOICE_EVERY: Duration = Duration::from_millis(20);
const VOICE_PACKETS: u16 = 30;
const NACKS: u16 = 20;
/// A viewer of 1.5 Mbit/s tells ten times a second what has arrived.
const TOLD: u16 = 3 * PACKETS_OF_PICTURE;
const REPORTS: u64 = 12;
const IDLE_TURNS: usize = 100;
const SUBSCRIBERS: [usize; 3] = [10, 100, 400];

fn main() {
    let mut trace = Trace::new();
    trace.pictures("video_in");
    trace.voices("audio_in");
    for subscribers in SUBSCRIBERS {
        trace.grow_to(subscribers);
        trace.pictures(&format!("video_{subscribers}"));
        trace.voices(&format!("audio_{subscribers}"));
    }
    trace.repairs("nack_repaired");
    trace.feedback("feedback_taken");
    for tracks in [2, 50] {
        idle(tracks);
    }
}

/// What is counted of packets: from the arrival of datagrams until nothing is left to send.
#[inline(never)]
fn counted_batches(router: &mut Router, batches: &mut [Batch]) {
    take(router, batches);
}

/// What is counted of a transport with nothing due, in a turn of the shard.
#[inline(never)]
fn counted_polls(router: &mut Router, polls: usize, now: Instant) {
    for _ in 0..polls {
        std::hint::black_box(router.poll_timeout());
        router.handle_timeout(now);
        give_out(router, now);
    }
}

/// What is counted of a transport at rest when its time has come.
#[inline(never)]
fn counted_turns(router: &mut Router, turns: usize, mut now: Instant) {
    for _ in 0..turns {
        now = router.poll_timeout().map_or(now, |due| due.max(now));
        router.handle_timeout(now);
        give_out(router, now);
    }
}

fn take(router: &mut Router, batches: &mut [Batch]) {
    for Batch { at, arrived } in batches {
        for (source, datagram) in arrived {
            router.handle_datagram(*at, *source, datagram);
        }
        give_out(router, *at);
    }
}

fn give_out(router: &mut Router, now: Instant) {
    while router.has_output() {
        while router.poll_event().is_some() {}
        while router.poll_transmits(AT_ONCE, AT_ONCE).next().is_some() {} // all of them are taken with the call
    }
    router.sent(now);
}

fn tell(name: &str, packets_in: u64, packets_out: u64) {
    println!("{name} {packets_in} {packets_out}");
}

impl Trace {
    fn new() -> Self {
        let mut world = World::with(RouterConfig { first_bps: Some(WIDE_BPS), ..RouterConfig::default() });
        world.join("p0");
        world.open(0);
        let mut trace = Self { world, picture: 1, voice: 1, number: 1 };
        trace.key_frame();
        trace
    }

    /// Lets people join until so many see and hear the first one.
    fn grow_to(&mut self, subscribers: usize) {
        for viewer in self.world.peers.len()..=subscribers {
            self.world.join(&format!("p{viewer}"));
            self.world.watch(viewer, &[(0, 0)]);
        }
        self.world.keep_alive();
        self.key_frame();
        self.world.advance(50);
    }

    fn key_frame(&mut self) {
        self.world.picture(0, self.picture, 1, true);
        self.picture += 1;
    }

    fn pictures(&mut self, name: &str) {
        let batches = |trace: &mut Self, pictures| (0..pictures).map(|_| trace.picture()).collect();
        let warm = batches(self, 2);
        self.count(name, warm, |trace| batches(trace, PICTURES));
    }

    fn voices(&mut self, name: &str) {
        let batches = |trace: &mut Self, packets| (0..packets).map(|_| trace.voice()).collect();
        let warm = batches(self, 2);
        self.count(name, warm, |trace| batches(trace, VOICE_PACKETS));
    }

    /// Each of the subscribers asks once for a packet that it was sent before.
    fn repairs(&mut self, name: &str) {
        let nack = |trace: &mut Self, viewer: usize| {
            trace.world.now += Duration::from_millis(1);
            let peer = &mut trace.world.peers[viewer];
            let pictures = peer.stream(peer.slot_ssrc(Kind::Video, 0));
            let lost = pictures.last().expect("it watches").sequence_number();
            let mut compound = Vec::new();
            write_nack(&mut compound, Ssrc(9), Ssrc(peer.slot_ssrc(Kind::Video, 0)), &[lost]);
            Batch { at: trace.world.now, arrived: vec![(peer.address, peer.sealed_rtcp(compound))] }
        };
        self.key_frame();
        let before = self.world.count(Count::RtxSent);
        let nacks = usize::from(NACKS);
        let warm = (nacks..nacks + 2).map(|viewer| nack(self, viewer + 1)).collect();
        self.count(name, warm, |trace| (0..nacks).map(|viewer| nack(trace, viewer + 1)).collect());
        assert_eq!(self.world.count(Count::RtxSent) - before, u64::from(NACKS) + 2, "each is sent again");
    }

    /// Each of some subscribers tells ten times a second of three pictures that they have arrived; counted is the last round
    /// of these reports, when their lines are known.
    fn feedback(&mut self, name: &str) {
        let before = self.world.count(Count::FeedbackReceived);
        for round in 0..REPORTS {
            for _ in 0..TOLD / PACKETS_OF_PICTURE {
                self.world.advance(u64::try_from(PICTURE_EVERY.as_millis()).expect("short"));
                self.world.picture(0, self.picture, PACKETS_OF_PICTURE, false);
                self.picture += PACKETS_OF_PICTURE;
            }
            let mut told: Vec<Batch> = (1..=usize::from(NACKS)).map(|viewer| self.told(viewer, round)).collect();
            if round + 1 < REPORTS {
                take(&mut self.world.router, &mut told);
            } else {
                self.count(name, Vec::new(), |_| told);
            }
        }
        let heard = self.world.count(Count::FeedbackReceived) - before;
        assert_eq!(heard, REPORTS * u64::from(NACKS), "each is heard");
    }

    /// What a subscriber tells of the newest three pictures.
    fn told(&mut self, viewer: usize, round: u64) -> Batch {
        let peer = &mut self.world.peers[viewer];
        let newest = peer.got.last().expect("it watches");
        let number = newest.rtp().extension(TRANSPORT_CC).and_then(ext::transport_cc).expect("numbered");
        let base = number.wrapping_sub(TOLD - 1);
        let feedback_count = round.to_le_bytes()[0];
        let header = TransportCcHeader { sender: Ssrc(9), media: Ssrc(8), base, feedback_count };
        let arrived = |at| 8_000 + 400 * round + 132 * (at / 6) + at % 6; // in 250 µs
        let arrivals: Vec<Option<u64>> = (0..u64::from(TOLD)).map(|at| Some(arrived(at))).collect();
        let mut compound = Vec::new();
        write_transport_cc(&mut compound, &header, &arrivals);
        Batch { at: self.world.now, arrived: vec![(peer.address, peer.sealed_rtcp(compound))] }
    }

    /// Lets some batches pass, and then others that are counted.
    fn count(&mut self, name: &str, warm: Vec<Batch>, batches: impl FnOnce(&mut Self) -> Vec<Batch>) {
        let mut warm = warm;
        take(&mut self.world.router, &mut warm);
        let mut batches = batches(self);
        let arrived = batches.iter().map(|batch| batch.arrived.len() as u64).sum();
        let sent = |world: &World| world.count(Count::PacketsOut);
        let before = sent(&self.world);
        counted_batches(&mut self.world.router, &mut batches);
        tell(name, arrived, sent(&self.world) - before);
        self.world.advance(1); // reports and levels have their own time
    }

    /// A picture as a browser cuts it: back to back, and the later ones longer by a byte.
    fn picture(&mut self) -> Batch {
        self.world.now += PICTURE_EVERY;
        let first = self.picture;
        self.picture += PACKETS_OF_PICTURE;
        let packets = (0..PACKETS_OF_PICTURE).map(|n| {
            let mut out = self.world.picture_packet(0, first, n, PACKETS_OF_PICTURE, false);
            out.payload.extend((n >= PACKETS_OF_PICTURE / 2).then_some(0));
            out
        });
        let packets: Vec<Out> = packets.collect();
        self.batch(packets)
    }

    fn voice(&mut self) -> Batch {
        self.world.now += VOICE_EVERY;
        self.voice += 1;
        self.batch(vec![Out {
            ssrc: self.world.peers[0].mic(),
            pt: OPUS,
            seq: self.voice,
            timestamp: u32::from(self.voice) * 960,
            marker: false,
            level: Some((true, 30)),
            mid: None,
            rid: None,
            number: None,
            descriptor: None,
            payload: vec![0; 100],
        }])
    }

    fn batch(&mut self, packets: Vec<Out>) -> Batch {
        let source = self.world.peers[0].address;
        let sealed = packets.into_iter().map(|mut out| {
            out.number = Some(self.number);
            self.number += 1;
            (source, self.world.peers[0].sealed(&out))
        });
        Batch { at: self.world.now, arrived: sealed.collect() }
    }
}

/// A transport that publishes so many tracks and sends nothing.
fn idle(tracks: usize) {
    let limits = Limits { tracks_per_transport: tracks, streams_per_transport: 4 * tracks, ..Limits::default() };
    let mut world = World::with(RouterConfig { limits, ..RouterConfig::default() });
    let peer = world.create(MEETING, "p0");
    let mut session = world.peers[peer].session();
    let (first, of_camera) = (session.published[1].clone(), |n: u32, published: &Published| Published {
        track: format!("{}/{n}", published.track),
        mid: format!("m{n}"),
        ssrcs: published.ssrcs.iter().map(|ssrc| ssrc + 1_000_000 * n).collect(),
        rtx_ssrcs: published.rtx_ssrcs.iter().map(|ssrc| ssrc + 1_000_000 * n).collect(),
        ..published.clone()
    });
    session.published.extend((1..).map(|n| of_camera(n, &first)).take(tracks - 2));
    world.command(Command::ApplySession(session));
    world.connect(peer);
    world.open(peer);
    world.advance(1000);
    let now = world.now;
    let now = settle(&mut world.router, now);
    counted_polls(&mut world.router, IDLE_TURNS, now);
    tell(&format!("idle_poll_{tracks}_tracks"), IDLE_TURNS as u64, 0);
    counted_turns(&mut world.router, IDLE_TURNS, now);
    tell(&format!("due_turn_{tracks}_tracks"), IDLE_TURNS as u64, 0);
}

/// The first turns do what is left to do.
fn settle(router: &mut Router, now: Instant) -> Instant {
    router.handle_timeout(now);
    give_out(router, now);
    now
}
