//! A shard with fake peers: real checks, real handshakes, real SRTP, over a network that is a function call.

#![allow(dead_code, reason = "each test binary uses its own part")]

#[path = "support/layered.rs"]
mod layered;
#[path = "support/peer.rs"]
mod peer;
#[path = "support/redundancy.rs"]
mod redundancy;
#[path = "support/shards.rs"]
mod shards;
#[path = "support/svc.rs"]
mod svc;

use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use hoptt_core::control::{Answer, Command, CreateMeeting, Event, Gate, Kind, SlotMapped, Wish};
use hoptt_core::remote::Remote;
use hoptt_core::router::{Count, Router, RouterConfig, RouterEvent};
use hoptt_core::transport::DtlsIdentity;
use hoptt_wire::Ssrc;
use hoptt_wire::rtcp::{ReportBlock, write_rr};

#[allow(unused_imports, reason = "each test binary uses its own part")]
pub use self::layered::*;
pub use self::peer::*;
#[allow(unused_imports, reason = "each test binary uses its own part")]
pub use self::redundancy::*;
#[allow(unused_imports, reason = "each test binary uses its own part")]
pub use self::shards::*;
#[allow(unused_imports, reason = "each test binary uses its own part")]
pub use self::svc::*;

pub const MEETING: &str = "m";

/// A receiver report that five in a hundred packets of these streams were lost.
pub fn losses<const N: usize>(ssrcs: [u32; N]) -> Vec<u8> {
    let blocks = ssrcs.map(|ssrc| ReportBlock {
        ssrc: Ssrc(ssrc),
        fraction_lost: 13,
        lost: 10,
        highest_sequence: 0,
        jitter: 0,
        last_report: 0,
        delay: 0,
    });
    let mut compound = Vec::new();
    write_rr(&mut compound, Ssrc(9), &blocks);
    compound
}

static IDENTITY: LazyLock<Arc<DtlsIdentity>> = LazyLock::new(|| Arc::new(DtlsIdentity::generate()));

/// A shard and its peers.
pub struct World {
    pub router: Router,
    pub now: Instant,
    pub born: Instant,
    pub peers: Vec<Peer>,
    pub told: Vec<Event>,
    /// Datagrams, and those of them that came in trains.
    pub datagrams: (usize, usize),
    /// The trains.
    pub trains: usize,
    generation: u32,
}

impl World {
    /// Lines carry everything until they are told to carry less: what is tried is something else.
    pub fn new() -> Self {
        Self::with(RouterConfig { first_bps: None, ..RouterConfig::default() })
    }

    pub fn with(config: RouterConfig) -> Self {
        Self::begun(config, Instant::now())
    }

    /// A shard that begins at this moment.
    pub fn begun(config: RouterConfig, now: Instant) -> Self {
        let mut world = Self {
            router: Router::new(config, IDENTITY.clone(), now),
            now,
            born: now,
            peers: Vec::new(),
            told: Vec::new(),
            datagrams: (0, 0),
            trains: 0,
            generation: 0,
        };
        world.make_meeting(MEETING);
        world
    }

    /// A meeting in which so many peers are connected.
    pub fn of(count: usize) -> Self {
        Self::new().joined_by(count)
    }

    /// The same, where a line is taken to carry little until reports tell more.
    pub fn on_lines(count: usize) -> Self {
        Self::with(RouterConfig::default()).joined_by(count)
    }

    fn joined_by(self, count: usize) -> Self {
        let mut world = self;
        for index in 0..count {
            world.join(&format!("p{index}"));
        }
        world
    }

    pub fn make_meeting(&mut self, id: &str) {
        self.command(Command::CreateMeeting(CreateMeeting {
            meeting: id.into(),
            audio_slots: AUDIO_SLOTS,
            blob: b"meeting".to_vec(),
        }));
    }

    pub fn command(&mut self, command: Command) -> Answer {
        let answer = self.router.handle_command(self.now, command).expect("a command that is fine");
        self.pump();
        answer
    }

    /// Makes a transport with everything a page has, connects it and gives its place.
    pub fn join(&mut self, name: &str) -> usize {
        self.join_in(MEETING, name)
    }

    pub fn join_in(&mut self, meeting: &str, name: &str) -> usize {
        let peer = self.create(meeting, name);
        let session = self.peers[peer].session();
        self.command(Command::ApplySession(session));
        self.connect(peer);
        peer
    }

    pub fn create(&mut self, meeting: &str, name: &str) -> usize {
        self.generation += 1;
        let index = u32::try_from(self.peers.len()).expect("few") + 1;
        let transport = format!("{name}/{}", self.generation);
        let create = Command::CreateTransport { meeting: meeting.into(), transport: transport.clone(), blob: vec![] };
        let Answer::TransportCreated { ufrag, pwd, .. } = self.command(create) else { panic!("no credentials") };
        self.peers.push(Peer::new(name, transport, index, (ufrag, pwd), self.now));
        self.peers.len() - 1
    }

    pub fn connect(&mut self, peer: usize) {
        for _ in 0..600 {
            if self.peers[peer].outbound.is_some() {
                self.advance(5);
                return;
            }
            let check = self.peers[peer].check();
            self.peers[peer].waiting.push(check);
            self.pump();
            self.now += Duration::from_millis(5);
        }
        panic!("the handshake of {} does not end", self.peers[peer].name);
    }

    /// Restarts ICE as a page does whose network has changed: new credentials, another address.
    pub fn restart(&mut self, peer: usize, port: u16) {
        let restart = Command::RestartIce { transport: self.peers[peer].transport.clone() };
        let Answer::TransportCreated { ufrag, pwd, .. } = self.command(restart) else { panic!("no credentials") };
        let session = self.peers[peer].restart((ufrag, pwd), port);
        self.command(Command::ApplySession(session));
        self.keep_alive();
    }

    fn take_events(&mut self) {
        while let Some(event) = self.router.poll_event() {
            if let RouterEvent::Told(event) = event {
                self.told.push(event);
            }
        }
    }

    /// Hands datagrams to and fro until there are none.
    pub fn pump(&mut self) {
        loop {
            let mut moved = self.router.has_output();
            self.take_events();
            while let Some(transmit) = self.router.poll_transmit() {
                self.trains += usize::from(transmit.segment_len.is_some());
                let segment = transmit.segment_len.unwrap_or(transmit.bytes.len()).max(1);
                for datagram in transmit.bytes.chunks(segment) {
                    self.datagrams.0 += 1;
                    self.datagrams.1 += usize::from(transmit.segment_len.is_some());
                    if let Some(peer) = self.peers.iter_mut().rev().find(|peer| peer.address == transmit.to) {
                        peer.take(self.now, datagram);
                    }
                }
            }
            self.router.sent(self.now);
            self.take_events();
            for at in 0..self.peers.len() {
                for mut datagram in std::mem::take(&mut self.peers[at].waiting) {
                    moved = true;
                    let source = self.peers[at].address;
                    self.router.handle_datagram(self.now, source, &mut datagram);
                }
            }
            if !moved {
                return;
            }
        }
    }

    /// Lets time pass, a check a second included.
    pub fn advance(&mut self, ms: u64) {
        for _ in 0..ms {
            self.now += Duration::from_millis(1);
            if self.router.poll_timeout().is_some_and(|at| at <= self.now) {
                self.router.handle_timeout(self.now);
            }
            self.pump();
        }
    }

    pub fn keep_alive(&mut self) {
        for at in 0..self.peers.len() {
            if self.peers[at].outbound.is_some() && !self.peers[at].left {
                let check = self.peers[at].check();
                self.peers[at].waiting.push(check);
            }
        }
        self.pump();
    }

    pub fn send(&mut self, peer: usize, out: &Out) {
        let datagram = self.peers[peer].sealed(out);
        self.peers[peer].waiting.push(datagram);
    }

    pub fn send_rtcp(&mut self, peer: usize, compound: Vec<u8>) {
        let datagram = self.peers[peer].sealed_rtcp(compound);
        self.peers[peer].waiting.push(datagram);
        self.pump();
    }

    /// Lets datagrams arrive as they are.
    pub fn arrive(&mut self, source: impl Into<Remote>, datagram: &[u8]) {
        self.router.handle_datagram(self.now, source, &mut datagram.to_vec());
        self.pump();
    }

    pub fn gate(&mut self, peer: usize, source: &str, allowed: bool, on: bool) {
        let gate = Gate { track: self.peers[peer].track(source), allowed, on, vetoed: false };
        self.command(Command::SetGates(vec![gate]));
    }

    pub fn open(&mut self, peer: usize) {
        self.gate(peer, "microphone", true, true);
        self.gate(peer, "camera", true, true);
    }

    /// The peer's video slot is to show another's camera.
    pub fn watch(&mut self, viewer: usize, shown: &[(u32, usize)]) {
        let wishes = shown.iter().map(|(slot, peer)| Wish {
            slot: *slot,
            track: Some(self.peers[*peer].track("camera")),
            width: 640,
            height: 360,
            priority: 0,
        });
        let wishes = wishes.collect();
        let transport = self.peers[viewer].transport.clone();
        self.command(Command::SetVideo { transport, wishes });
    }

    /// Sends one packet of sound.
    pub fn speak(&mut self, peer: usize, seq: u16, loudness: u8) {
        let out = self.voice_packet(peer, seq, loudness);
        self.send(peer, &out);
        self.pump();
    }

    pub fn voice_packet(&self, peer: usize, seq: u16, loudness: u8) -> Out {
        Out {
            ssrc: self.peers[peer].mic(),
            pt: OPUS,
            seq,
            timestamp: u32::from(seq) * 960,
            marker: false,
            level: Some((true, 127 - loudness)),
            mid: None,
            rid: None,
            number: None,
            descriptor: None,
            payload: vec![u8::try_from(peer).expect("few"); 80],
        }
    }

    /// Sends a picture of so many packets.
    pub fn picture(&mut self, peer: usize, first_seq: u16, packets: u16, keyframe: bool) {
        for n in 0..packets {
            let out = self.picture_packet(peer, first_seq, n, packets, keyframe);
            self.send(peer, &out);
        }
        self.pump();
    }

    pub fn picture_packet(&self, peer: usize, first_seq: u16, n: u16, packets: u16, keyframe: bool) -> Out {
        Out {
            ssrc: self.peers[peer].camera(),
            pt: VP8,
            seq: first_seq.wrapping_add(n),
            timestamp: u32::from(first_seq) * 3000,
            marker: n + 1 == packets,
            level: None,
            mid: None,
            rid: None,
            number: None,
            descriptor: None,
            payload: vp8(n == 0, keyframe, first_seq, u8::try_from(peer).expect("few")),
        }
    }

    /// Lets everybody whose camera is on send a keyframe and go on, 20 ms a picture; gives the next number.
    pub fn film(&mut self, peers: &[usize], from: u16, pictures: u16, keyframe_first: bool) -> u16 {
        for n in 0..pictures {
            for peer in peers {
                self.picture(*peer, from + 2 * n, 2, keyframe_first && n == 0);
            }
            self.advance(20);
        }
        from + 2 * pictures
    }

    pub fn mapped(&self, viewer: usize, kind: Kind) -> Vec<SlotMapped> {
        let transport = &self.peers[viewer].transport;
        let mapped = self.told.iter().filter_map(|event| match event {
            Event::SlotMapped(mapped) if mapped.transport == *transport && mapped.kind == kind => Some(mapped.clone()),
            _ => None,
        });
        mapped.collect()
    }

    pub fn count(&self, count: Count) -> u64 {
        self.router.counters().get(count)
    }
}
