//! What was negotiated with a peer: checked as a whole, then put in force.

use std::collections::HashSet;
use std::time::Instant;

use super::Router;
use super::gate::GateState;
use super::limits::Limits;
use super::meeting::{done, refusal};
use super::peer::Peer;
use super::slab::Key;
use super::track::Track;
use crate::control::{Answer, ApplySession, Kind, Published, Refusal, RefusalCode};
use crate::transport::{Credentials, Fingerprint, parse_fingerprint};

impl Router {
    pub(super) fn apply_session(&mut self, now: Instant, session: ApplySession) -> Result<Answer, Refusal> {
        let key = self.peer_of(&session.transport)?;
        let fingerprint = check(&session, &self.config.limits)?;
        let peer = self.peers.get_mut(key).expect("found by its id");
        let remote = Credentials { ufrag: session.remote_ufrag, password: session.remote_pwd };
        if !peer.transport.set_session(remote, fingerprint) {
            return Err(invalid("the fingerprint of a transport cannot change"));
        }
        peer.extensions = session.extensions;
        peer.slots = session.slots;
        peer.blob = session.blob;
        self.publish(now, key, session.published);
        self.schedule(key);
        Ok(done())
    }

    /// Makes the peer's tracks those of the list: what is there keeps its gate, what is new begins closed (S19).
    fn publish(&mut self, now: Instant, key: Key<Peer>, published: Vec<Published>) {
        let before = self.peers.get_mut(key).map(|peer| std::mem::take(&mut peer.published)).unwrap_or_default();
        let mut kept = Vec::new();
        for track in before {
            let stays = self.tracks.get(track).is_some_and(|track| published.iter().any(|one| is_same(track, one)));
            if stays {
                kept.push(track);
            } else {
                self.remove_track(now, track);
            }
        }
        for one in published {
            let known = kept.iter().copied().find(|track| self.tracks.get(*track).is_some_and(|t| is_same(t, &one)));
            if let Some(track) = known.and_then(|track| self.tracks.get_mut(track)) {
                track.mid = one.mid;
                track.codecs = one.codecs;
                continue;
            }
            let id = one.track.clone();
            let track = self.tracks.insert_with(|_| Track {
                id: one.track,
                peer: key,
                kind: one.kind,
                source: one.source,
                mid: one.mid,
                codecs: one.codecs,
                gate: GateState::default(),
                up: false,
            });
            self.tracks_by_id.insert(id, track);
            kept.push(track);
        }
        if let Some(peer) = self.peers.get_mut(key) {
            peer.published = kept;
        }
    }
}

fn is_same(track: &Track, published: &Published) -> bool {
    track.id == published.track && track.kind == published.kind && track.source == published.source
}

/// Checks a session without changing anything; gives its fingerprint.
fn check(session: &ApplySession, limits: &Limits) -> Result<Fingerprint, Refusal> {
    if session.fingerprint.algorithm != "sha-256" {
        return Err(invalid("the fingerprint must be sha-256"));
    }
    let fingerprint = parse_fingerprint(&session.fingerprint.value);
    let fingerprint = fingerprint.ok_or_else(|| invalid("the fingerprint is not 32 pairs of hex digits"))?;
    if !(4..=256).contains(&session.remote_ufrag.len()) || !(22..=256).contains(&session.remote_pwd.len()) {
        return Err(invalid("the ICE credentials are shorter or longer than RFC 8839 allows"));
    }
    if session.published.len() > limits.tracks_per_transport || session.slots.len() > limits.slots_per_transport {
        return Err(invalid("there are more tracks or slots than a transport may have"));
    }
    let published = session.published.iter().map(|one| (&one.codecs, &one.mid, one.kind));
    let slots = session.slots.iter().map(|one| (&one.codecs, &one.mid, one.kind));
    for (codecs, mid, _) in published.clone().chain(slots.clone()) {
        if codecs.len() > limits.codecs_per_line || codecs.iter().any(|codec| codec.pt > 127) {
            return Err(invalid("an m-line has too many codecs, or a payload type above 127"));
        }
        if mid.is_empty() || mid.len() > MAX_MID {
            return Err(invalid("a mid is empty or longer than 16 bytes"));
        }
    }
    let mut mids = HashSet::new();
    let mut ids = HashSet::new();
    let mut ssrcs = HashSet::new();
    for one in &session.published {
        if one.track.is_empty() || !ids.insert(one.track.as_str()) || !mids.insert(one.mid.as_str()) {
            return Err(invalid("a track or a mid is given twice"));
        }
        let announced = one.ssrcs.iter().chain(&one.rtx_ssrcs);
        if one.ssrcs.len() + one.rtx_ssrcs.len() > limits.streams_per_transport {
            return Err(invalid("a track has more SSRCs than it may have"));
        }
        if announced.into_iter().any(|ssrc| !ssrcs.insert(*ssrc)) {
            return Err(invalid("an SSRC is given twice"));
        }
    }
    let mut leaving = HashSet::new();
    let mut places = HashSet::new();
    for slot in &session.slots {
        if !places.insert((slot.kind == Kind::Audio, slot.slot)) {
            return Err(invalid("a slot is given twice"));
        }
        if [Some(slot.ssrc), slot.rtx_ssrc].into_iter().flatten().any(|ssrc| !leaving.insert(ssrc)) {
            return Err(invalid("an SSRC of a slot is given twice"));
        }
    }
    Ok(fingerprint)
}

fn invalid(message: &str) -> Refusal {
    refusal(RefusalCode::Invalid, message)
}

/// RFC 9143 §15.1 has no limit; one-byte extension elements do (RFC 8285 §4.2).
const MAX_MID: usize = 16;
