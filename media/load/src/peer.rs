//! One peer: an association with the server, what it sends, and what it does with what arrives. No socket, no clock.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use hoptt_core::srtp::{SrtpError, SrtpProfile};
use hoptt_wire::demux::{Class, classify};
use hoptt_wire::rtcp::{Compound, Packet};
use hoptt_wire::{Ssrc, rtp};

use crate::client::{Association, State};
use crate::dtls::ClientIdentity;
use crate::publish::{LAYERS, Material, Publisher};
use crate::receive::{LossyLine, Receiver, ns};
use crate::session::Session;
use crate::tally::Tally;

/// What a peer is to be.
#[derive(Clone, Debug)]
pub struct Role {
    /// Sets it apart from all others of the run.
    pub number: u32,
    /// It opens and checks everything that arrives.
    pub checks: bool,
    /// Its line loses some of it; such a one checks.
    pub line: Option<LossyLine>,
}

/// Tools that the peers of one thread share.
#[derive(Debug)]
pub struct Bench {
    /// What publishers replay.
    pub material: Arc<Material>,
    /// What is counted.
    pub tally: Tally,
    /// Where reports are written.
    pub scratch: Vec<u8>,
}

impl Bench {
    /// Fresh tools.
    #[must_use]
    pub fn new(material: Arc<Material>) -> Self {
        Self { material, tally: Tally::default(), scratch: Vec::with_capacity(2_048) }
    }
}

/// The peer.
#[derive(Debug)]
pub struct Peer {
    role: Role,
    session: Session,
    association: Association,
    receiver: Receiver,
    publisher: Option<Publisher>,
    created_at: Instant,
    told: Told,
    talks: bool,
    /// Encodings that it sends, the smallest first.
    encodes: [bool; LAYERS as usize],
}

/// What was counted already.
#[derive(Debug, Default)]
struct Told {
    ice: bool,
    dtls: bool,
    ended: bool,
}

impl Peer {
    /// Starts: its first timeout is due at once.
    #[must_use]
    pub fn new(role: Role, session: Session, identity: Arc<ClientIdentity>, now: Instant) -> Self {
        let association = Association::new(
            identity,
            session.fingerprint,
            session.local.clone(),
            session.remote.clone(),
            session.controlling,
            now,
        );
        let own = Ssrc(session.sending.first().map_or(role.number.wrapping_add(1), |sending| sending.ssrcs[0].0));
        let receiver = Receiver::new(own, role.checks || role.line.is_some(), role.line, now);
        Self {
            role,
            session,
            association,
            receiver,
            publisher: None,
            created_at: now,
            told: Told::default(),
            talks: false,
            encodes: [true; LAYERS as usize],
        }
    }

    /// Which one of the run it is.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.role.number
    }

    /// Speaks or is silent, from now on or from when it can send.
    pub fn talk(&mut self, on: bool) {
        self.talks = on;
        if let Some(publisher) = &mut self.publisher {
            publisher.talk(on);
        }
    }

    /// Sends these encodings of its pictures and no others, the smallest first.
    pub fn encode(&mut self, active: [bool; LAYERS as usize]) {
        self.encodes = active;
        if let Some(publisher) = &mut self.publisher {
            publisher.encode(&active);
        }
    }

    /// Its picture was wanted in this encoding then, as marks name it.
    pub fn awaits(&mut self, track: u16, since: Instant, bench: &mut Bench) {
        self.receiver.awaits(track, bench.material.ns(since), &mut bench.tally);
    }

    /// Where the server is.
    #[must_use]
    pub fn server(&self) -> SocketAddr {
        self.session.server
    }

    /// Where its association stands.
    #[must_use]
    pub fn state(&self) -> State {
        self.association.state()
    }

    /// What protects its media.
    #[must_use]
    pub fn profile(&self) -> Option<SrtpProfile> {
        self.association.profile()
    }

    /// Whether datagrams have to be read whole: before the keys are agreed, by those who check, and by publishers, who
    /// listen to requests of the server.
    #[must_use]
    pub fn reads_whole(&self) -> bool {
        self.publisher.is_some() || self.receiver.checks() || self.association.state() != State::Connected
    }

    /// Takes a datagram, or the beginning of one that has `len` bytes.
    pub fn handle_datagram(
        &mut self,
        now: Instant,
        datagram: &mut [u8],
        len: usize,
        bench: &mut Bench,
        mut send: impl FnMut(&[u8]),
    ) {
        match classify(datagram) {
            Class::Rtp => self.handle_rtp(now, datagram, len, bench),
            Class::Rtcp => {
                bench.tally.rtcp += 1;
                if datagram.len() == len {
                    self.handle_rtcp(now, datagram, bench, send);
                }
            }
            Class::Stun => {
                bench.tally.other += 1;
                let (server, cut) = (self.session.server, datagram.len() < len);
                self.association.handle_stun(now, server, datagram, cut, &mut send);
                self.follow(now, bench);
            }
            Class::Dtls => {
                bench.tally.other += 1;
                self.association.handle_dtls(now, datagram, &mut send);
                self.follow(now, bench);
            }
            Class::Unknown => bench.tally.unknown += 1,
        }
    }

    /// Sends what is due.
    pub fn handle_timeout(&mut self, now: Instant, bench: &mut Bench, mut send: impl FnMut(&[u8])) {
        if self.association.poll_timeout().is_some_and(|due| due <= now) {
            self.association.handle_timeout(now, &mut send);
            self.follow(now, bench);
        }
        if self.association.state() != State::Connected {
            return;
        }
        let Some(outbound) = self.association.outbound() else { return };
        if let Some(publisher) = &mut self.publisher {
            publisher.handle_timeout(now, outbound, &mut bench.scratch, &mut bench.tally, &mut send);
        }
        if self.receiver.poll_timeout() <= now {
            self.receiver.handle_timeout(now, outbound, &mut bench.scratch, &mut bench.tally, &mut send);
        }
    }

    /// When [`Peer::handle_timeout`] is due; never again when the association is over.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let due = self.association.poll_timeout()?;
        if self.association.state() != State::Connected {
            return Some(due);
        }
        let due = due.min(self.receiver.poll_timeout());
        Some(self.publisher.as_ref().and_then(Publisher::poll_timeout).map_or(due, |sends| due.min(sends)))
    }

    /// Says good-bye.
    pub fn close(&mut self, send: impl FnMut(&[u8])) {
        self.association.close(send);
        self.told.ended = true; // our own doing
    }

    /// Counts what was lost since this was asked last.
    pub fn take_losses(&mut self, tally: &mut Tally) {
        self.receiver.take_losses(tally);
    }

    fn handle_rtp(&mut self, now: Instant, datagram: &mut [u8], len: usize, bench: &mut Bench) {
        if self.receiver.loses(&mut bench.tally) {
            return;
        }
        let arrived = self.receiver.handle_sealed(now, datagram, len, &self.session, &mut bench.tally);
        if datagram.len() < len || !self.receiver.checks() {
            return;
        }
        let Some(inbound) = self.association.inbound() else { return };
        match inbound.open_rtp(datagram) {
            Ok(len) => {
                let Some(packet) = datagram.get(..len) else { return };
                let Some(arrived) = arrived else {
                    self.receiver.handle_repair(now, packet, &mut bench.tally);
                    return;
                };
                let now_ns = bench.material.ns(now);
                let material = &bench.material;
                self.receiver.handle_opened(now, now_ns, packet, arrived, &material.filler, &mut bench.tally);
            }
            Err(SrtpError::Replayed) => bench.tally.checked.repeated += 1,
            Err(SrtpError::Malformed) => bench.tally.checked.malformed += 1,
            Err(_) => bench.tally.checked.unauthentic += 1,
        }
    }

    fn handle_rtcp(&mut self, now: Instant, datagram: &mut [u8], bench: &mut Bench, mut send: impl FnMut(&[u8])) {
        let Some(inbound) = self.association.inbound() else { return };
        let Ok(len) = inbound.open_rtcp(datagram) else {
            bench.tally.checked.unauthentic += 1;
            return;
        };
        for packet in Compound::new(&datagram[..len]).flatten() {
            if let Packet::SenderReport(report) = packet {
                self.receiver.handle_sender_report(report.sender, report.info.ntp, now);
            }
        }
        if let (Some(publisher), Some(outbound)) = (&mut self.publisher, self.association.outbound()) {
            publisher.handle_rtcp(now, &datagram[..len], outbound, &mut bench.tally, &mut send);
        }
    }

    /// Notes how far the association has come.
    fn follow(&mut self, now: Instant, bench: &mut Bench) {
        let since = ns(now.duration_since(self.created_at));
        match self.association.state() {
            State::Checking => {}
            State::Handshaking => {
                if !std::mem::replace(&mut self.told.ice, true) {
                    bench.tally.ice.add(since);
                }
            }
            State::Connected => {
                if !std::mem::replace(&mut self.told.dtls, true) {
                    bench.tally.dtls.add(since);
                    if !self.session.sending.is_empty() {
                        let number = u16::try_from(self.role.number & 0x1fff).expect("thirteen bits");
                        let material = bench.material.clone();
                        let mut publisher = Publisher::new(&self.session, number, material, now);
                        publisher.talk(self.talks);
                        publisher.encode(&self.encodes);
                        self.publisher = Some(publisher);
                    }
                }
            }
            State::Closed(_) => {
                if !std::mem::replace(&mut self.told.ended, true) {
                    bench.tally.ended += 1;
                }
            }
        }
    }
}

/// So many bytes of a datagram are enough for those who only count: a header with all extensions that are agreed on.
pub const BEGINNING: usize = 64;
const _: () = assert!(BEGINNING >= rtp::FIXED_HEADER_LEN + 4 + 4 + 3 + 2 + 17);
