//! A peer: one transport, what it publishes, and the slots at which it receives.

use std::time::Instant;

use aws_lc_rs::rand;

use super::counters::Count;
use super::egress::LaneTicket;
use super::incoming::Incoming;
use super::line::{Budget, Line};
use super::meeting::{Meeting, done, refusal};
use super::pacing::Held;
use super::redundancy::Redundancy;
use super::rtcp_in::{NACKED_AT_ONCE, NACKED_PER_SECOND};
use super::slab::Key;
use super::slot::Slot;
use super::timers::Due;
use super::track::Track;
use super::twice::Twice;
use super::{Router, RouterEvent};
use crate::bwe::{Estimator, START_BPS};
use crate::control::{Answer, Event, Extensions, LineStats, Refusal, RefusalCode, SlotLimit, Wish};
use crate::pacer::Pacer;
use crate::remb::ReceiveRate;
use crate::restraint::Restraint;
use crate::transport::{CloseReason, Credentials, Place, Transport, TransportEvent, TransportState};
use crate::twcc::ArrivalLog;

/// What a publisher without transport-wide numbers is told to send: at first, at least, at most.
const RATE_BPS: [u32; 3] = [1_500_000, 100_000, 4_000_000];

/// See the module.
#[derive(Debug)]
pub struct Peer {
    pub(super) id: String,
    pub(super) meeting: Key<Meeting>,
    pub(super) transport: Transport,
    pub(super) blob: Vec<u8>,
    pub(super) extensions: Extensions,
    pub(super) published: Vec<Key<Track>>,
    pub(super) incoming: Incoming,
    pub(super) slots: Vec<Slot>,
    /// Slots that a session left out: their numbers go on when they come back (S15).
    pub(super) retired: Vec<Slot>,
    pub(super) wishes: Vec<Wish>,
    /// What it may be sent of pictures, whatever its line carries; nothing: everything.
    pub(super) video_budget: Option<u64>,
    /// When its line was shared among its slots last, and what it carried of pictures.
    pub(super) shared: Option<(Instant, Option<u64>)>,
    pub(super) restraint: Restraint,
    /// Why its slots show no better pictures, as told last; and when to tell it again.
    pub(super) limits: Vec<SlotLimit>,
    pub(super) limits_at: Option<Instant>,
    pub(super) lane: LaneTicket,
    pub(super) line: Line,
    pub(super) redundancy: Redundancy,
    pub(super) budget: Budget,
    /// How many packets are looked for that it asks for again.
    pub(super) nacked: Budget,
    /// When its packets arrived.
    pub(super) arrivals: ArrivalLog,
    pub(super) rate: ReceiveRate,
    /// What its line carries, and the transport-wide numbers of what is sent to it.
    pub(super) bandwidth: Estimator,
    /// What waits to be sent to it, once its line is known to carry only so much.
    pub(super) pacer: Pacer<Held>,
    pub(super) is_paced: bool,
    pub(super) twice: Twice,
    #[cfg(test)]
    pub(super) fault: Option<super::tests::Fault>,
}

impl Router {
    pub(super) fn create_transport(
        &mut self,
        now: Instant,
        meeting: &str,
        id: String,
        blob: Vec<u8>,
    ) -> Result<Answer, Refusal> {
        let meeting = self.meeting_of(meeting)?;
        if self.peers_by_id.contains_key(&id) {
            return Err(refusal(RefusalCode::Exists, "there is a transport with this id"));
        }
        let unfinished =
            |peer: &&Peer| matches!(peer.transport.state(), TransportState::New | TransportState::Connecting);
        if self.peers.len() >= self.config.limits.transports
            || self.peers.values().filter(unfinished).count() >= self.config.limits.unfinished_handshakes
        {
            return Err(refusal(RefusalCode::Limit, "this shard has as many transports as it may have"));
        }
        let consent = self.config.consent;
        let config = self.config;
        let mark = self.fresh_mark();
        let key = self.peers.insert_with(|key| Peer {
            id: id.clone(),
            meeting,
            transport: Transport::new(credentials(config.node, config.shard, key, mark), consent, now),
            blob,
            extensions: Extensions::default(),
            published: Vec::new(),
            incoming: Incoming::default(),
            slots: Vec::new(),
            retired: Vec::new(),
            wishes: Vec::new(),
            video_budget: None,
            shared: None,
            restraint: Restraint::default(),
            limits: Vec::new(),
            limits_at: None,
            lane: LaneTicket::default(),
            line: Line::default(),
            redundancy: Redundancy::default(),
            budget: Budget::new(config.limits.ingress_bytes_per_second, config.limits.ingress_burst_bytes, now),
            nacked: Budget::new(NACKED_PER_SECOND, NACKED_AT_ONCE, now),
            arrivals: ArrivalLog::new(now),
            rate: ReceiveRate::new(RATE_BPS[0], RATE_BPS[1], RATE_BPS[2]),
            bandwidth: Estimator::new(now),
            pacer: Pacer::new(START_BPS, now),
            is_paced: false,
            twice: Twice::default(),
            #[cfg(test)]
            fault: None,
        });
        self.peers_by_id.insert(id, key);
        if let Some(meeting) = self.meetings.get_mut(meeting) {
            meeting.peers.push(key);
        }
        self.schedule(now, key);
        Ok(self.created(key))
    }

    pub(super) fn restart_ice(&mut self, now: Instant, id: &str) -> Result<Answer, Refusal> {
        let key = self.peer_of(id)?;
        let mark = self.fresh_mark();
        let local = credentials(self.config.node, self.config.shard, key, mark);
        if let Some(peer) = self.peers.get_mut(key) {
            peer.transport.restart_ice(local, now);
        }
        Ok(self.created(key))
    }

    pub(super) fn set_transport_blob(&mut self, id: &str, blob: Vec<u8>) -> Result<Answer, Refusal> {
        let key = self.peer_of(id)?;
        if let Some(peer) = self.peers.get_mut(key) {
            peer.blob = blob;
        }
        Ok(done())
    }

    pub(super) fn peer_of(&self, id: &str) -> Result<Key<Peer>, Refusal> {
        let unknown = || refusal(RefusalCode::UnknownTransport, "there is no such transport in this shard");
        self.peers_by_id.get(id).copied().ok_or_else(unknown)
    }

    /// Says good-bye to a peer and forgets it.
    pub(super) fn close_peer(&mut self, now: Instant, key: Key<Peer>, reason: CloseReason) {
        if let Some(peer) = self.peers.get_mut(key) {
            peer.transport.close(reason, now, &mut self.out);
        }
        self.settle(now, key);
    }

    /// Does what the transport that was worked on has said.
    pub(super) fn settle(&mut self, now: Instant, key: Key<Peer>) {
        let mut said = std::mem::take(&mut self.out.said);
        for event in said.drain(..) {
            match event {
                TransportEvent::AddressUsed(address) => self.claim_address(now, key, address),
                TransportEvent::AddressRemoved(address) => {
                    if self.addresses.get(&address) == Some(&key) {
                        self.addresses.remove(&address);
                        self.out.events.push_back(RouterEvent::AddressRemoved(address));
                    }
                }
                TransportEvent::State(state) => self.tell_state(key, state, None),
                TransportEvent::Connected { profile, ice, dtls } => {
                    self.out.counters.one(Count::Handshakes);
                    if let Some(peer) = self.peers.get(key) {
                        let us = |time: std::time::Duration| u64::try_from(time.as_micros()).ok();
                        let event = Event::TransportChanged {
                            transport: peer.id.clone(),
                            state: TransportState::Connected,
                            reason: None,
                            profile: Some(profile.name()),
                            ice_us: us(ice),
                            dtls_us: us(dtls),
                        };
                        self.out.tell(event);
                    }
                }
                TransportEvent::Closed(reason) => {
                    let failed =
                        matches!(reason, CloseReason::Timeout | CloseReason::DtlsFailed | CloseReason::Fingerprint);
                    if failed && self.peers.get(key).is_some_and(|peer| peer.transport.lacks_handshake()) {
                        self.out.counters.one(Count::HandshakesFailed);
                    }
                    if reason != CloseReason::Asked {
                        self.tell_state(key, TransportState::Closed, Some(reason)); // who asked knows
                    }
                    self.forget_peer(now, key);
                }
            }
        }
        self.out.said = said;
        self.schedule(now, key);
    }

    pub(super) fn peer_due(&mut self, now: Instant, key: Key<Peer>) {
        self.contained(now, key, |router| {
            if let Some(peer) = router.peers.get_mut(key) {
                peer.transport.handle_timeout(now, &mut router.out);
            }
            router.settle(now, key);
            router.check_silence(now, key);
            router.steer(now, key);
            router.tell_limits(now, key);
            router.report(now, key);
            router.schedule(now, key);
        });
    }

    pub(super) fn take_line_stats(&mut self, now: Instant) -> Vec<LineStats> {
        let stats = |peer: &mut Peer| {
            let protocol = peer.transport.media_address(now).map(|remote| remote.protocol);
            let estimate_bps = peer.bandwidth.estimate_bps();
            LineStats { estimate_bps, ..peer.line.take_stats(&peer.id, protocol) }
        };
        self.peers.values_mut().map(stats).collect()
    }

    fn forget_peer(&mut self, now: Instant, key: Key<Peer>) {
        let published = self.peers.get_mut(key).map(|peer| std::mem::take(&mut peer.published)).unwrap_or_default();
        for track in published {
            self.remove_track(now, track);
        }
        self.forget_slots(now, key);
        let Some(peer) = self.peers.remove(key) else { return };
        self.timers.remove(Due::Peer(key));
        self.peers_by_id.remove(&peer.id);
        if let Some(meeting) = self.meetings.get_mut(peer.meeting) {
            meeting.peers.retain(|other| *other != key);
        }
    }

    fn tell_state(&mut self, key: Key<Peer>, state: TransportState, reason: Option<CloseReason>) {
        let Some(peer) = self.peers.get(key) else { return };
        let transport = peer.id.clone();
        self.out.tell(Event::TransportChanged { transport, state, reason, profile: None, ice_us: None, dtls_us: None });
    }

    /// Notes when the peer has something due. While nothing can be sent to it, only what needs no sending is.
    pub(super) fn schedule(&mut self, now: Instant, key: Key<Peer>) {
        let Some(peer) = self.peers.get(key) else { return };
        let reachable = peer.transport.media_address(now).is_some();
        let tracks = peer.published.iter().filter_map(|track| {
            let track = self.tracks.get(*track)?;
            if reachable { track.next_at(now) } else { track.looks_at() }
        });
        let waits_until = [peer.bandwidth.poll_timeout(), peer.releases_at(now)];
        let to_send = [peer.arrivals.poll_timeout(), peer.line.report_at()].into_iter().chain(waits_until);
        let to_send = to_send.flatten().filter(|_| reachable);
        let to_tell = peer.transport.poll_timeout().into_iter().chain(peer.limits_at);
        if let Some(at) = to_tell.chain(to_send).chain(tracks).min() {
            self.timers.set(Due::Peer(key), at);
        }
    }

    fn created(&self, key: Key<Peer>) -> Answer {
        let peer = self.peers.get(key).expect("the caller has just found it");
        let Credentials { ufrag, password } = peer.transport.credentials().clone();
        Answer::TransportCreated { transport: peer.id.clone(), ufrag, pwd: password }
    }

    fn fresh_mark(&mut self) -> u32 {
        let mut bytes = [0; 4];
        // A random start, so that user names of before a restart of the engine are not those of after it.
        if self.next_mark == 0 && rand::fill(&mut bytes).is_ok() {
            self.next_mark = u32::from_be_bytes(bytes);
        }
        self.next_mark = self.next_mark.wrapping_add(1).max(1);
        self.next_mark
    }
}

fn credentials(node: u16, shard: u8, key: Key<Peer>, mark: u32) -> Credentials {
    Credentials::fresh(Place { node, shard, slot: key.place() }.to_ufrag(mark))
}
