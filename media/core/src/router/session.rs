//! What was negotiated with a peer: checked as a whole, then put in force.

use std::collections::HashSet;
use std::time::Instant;

use aws_lc_rs::rand;
use hoptt_wire::ext;

use super::Router;
use super::encoding::MAX_ENCODINGS;
use super::limits::Limits;
use super::meeting::{Meeting, done, refusal};
use super::peer::Peer;
use super::redundancy::Red;
use super::slab::Key;
use super::slot::Slot;
use super::track::{Origin, Track, Watcher};
use crate::control::{self, Answer, ApplySession, FingerprintText, Kind, Published, Refusal, RefusalCode};
use crate::transport::{Credentials, Fingerprint, parse_fingerprint};

impl Router {
    pub(super) fn apply_session(&mut self, now: Instant, session: ApplySession) -> Result<Answer, Refusal> {
        let key = self.peer_of(&session.transport)?;
        let fingerprint = check(&session, &self.config.limits)?;
        let peer = self.peers.get_mut(key).expect("found by its id");
        let remote = Credentials { ufrag: session.remote_ufrag, password: session.remote_pwd };
        let taken = match fingerprint {
            Some(fingerprint) => peer.transport.set_session(remote, fingerprint),
            None => peer.transport.set_tester(remote),
        };
        if !taken {
            return Err(invalid("the fingerprint of a transport cannot change"));
        }
        peer.extensions = session.extensions;
        peer.blob = session.blob;
        self.set_slots(now, key, session.slots);
        self.publish(now, key, session.published);
        self.resolve_wishes(now, key);
        self.place_voices(now, key);
        self.schedule(now, key);
        Ok(done())
    }

    /// Makes the peer's slots those of the list: one that goes on under its SSRC keeps its numbers (S15).
    fn set_slots(&mut self, now: Instant, key: Key<Peer>, setups: Vec<control::Slot>) {
        let places = self.peers.get(key).map_or(0, |peer| peer.slots.len());
        for slot in 0..places {
            // Watchers name places: what stands at another one, or is another one, is wanted anew.
            let stays = self.peers.get(key).is_some_and(|peer| {
                let before = &peer.slots[slot].setup;
                setups.get(slot).is_some_and(|setup| {
                    (setup.kind, setup.slot, setup.ssrc) == (before.kind, before.slot, before.ssrc)
                        && setup.codecs == before.codecs
                })
            });
            if !stays {
                self.stop_slot(now, Watcher { peer: key, slot });
            }
        }
        let Some(peer) = self.peers.get_mut(key) else { return };
        let mut kept: Vec<Slot> = peer.slots.drain(..).chain(peer.retired.drain(..)).collect();
        for setup in setups {
            // Whether it has repairs, and under which SSRC, may change.
            let known = kept.iter().position(|slot| (slot.setup.ssrc, slot.setup.kind) == (setup.ssrc, setup.kind));
            peer.slots.push(match known {
                Some(at) => Slot { red: Red::of(&setup.codecs), setup, ..kept.swap_remove(at) },
                None => Slot::new(setup, random()),
            });
        }
        kept.truncate(self.config.limits.slots_per_transport);
        peer.retired = kept;
    }

    /// Makes the peer's tracks those of the list: what is there keeps its gate, what is new begins closed (S19).
    fn publish(&mut self, now: Instant, key: Key<Peer>, published: Vec<Published>) {
        let Some(peer) = self.peers.get_mut(key) else { return };
        let meeting = peer.meeting;
        let before = std::mem::take(&mut peer.published);
        let (kept, gone): (Vec<_>, Vec<_>) = before
            .into_iter()
            .partition(|key| self.tracks.get(*key).is_some_and(|track| published.iter().any(|one| track.is_same(one))));
        for track in gone {
            self.remove_track(now, track);
        }
        if let Some(peer) = self.peers.get_mut(key) {
            peer.incoming.begin_session(|track| kept.contains(&track));
        }
        let mut list = Vec::with_capacity(published.len());
        for one in published {
            let known = kept.iter().copied().find(|track| self.tracks.get(*track).is_some_and(|t| t.is_same(&one)));
            let track = known.unwrap_or_else(|| {
                let origin = Origin::Here(key);
                let made = self.tracks.insert_with(|_| Track::new(&one, (origin, meeting), &mut self.sources));
                if let Some(track) = self.tracks.get_mut(made) {
                    track.made_by = self.number;
                }
                if let Some(older) = self.tracks_by_id.insert(one.track.clone(), made) {
                    self.shut(now, older);
                }
                made
            });
            list.push(track);
            let id = self.peers.get(key).and_then(|peer| peer.extensions.dependency_descriptor);
            if let Some(track) = self.tracks.get_mut(track) {
                track.descriptor_id = id;
            }
            if let Some(peer) = self.peers.get_mut(key) {
                peer.incoming.announce(&one, track);
            }
            if let Some(track) = self.tracks.get_mut(track).filter(|_| known.is_some()) {
                track.renegotiate(one, &mut self.sources);
            } else {
                self.resolve_wishes_for(now, meeting, &one.track);
            }
            self.announce_to_all(now, track);
        }
        if let Some(peer) = self.peers.get_mut(key) {
            peer.published = list;
        }
    }

    /// A track of this id has appeared: whoever wished for it gets it.
    pub(super) fn resolve_wishes_for(&mut self, now: Instant, meeting: Key<Meeting>, id: &str) {
        for at in 0.. {
            let Some(peer) = self.meetings.get(meeting).and_then(|meeting| meeting.peers.get(at)).copied() else {
                return;
            };
            let wished = |peer: &Peer| peer.wishes.iter().any(|wish| wish.track.as_deref() == Some(id));
            if self.peers.get(peer).is_some_and(wished) {
                self.resolve_wishes(now, peer);
            }
        }
    }
}

/// Numbers that nobody can guess: of a sequence, a time, and a sequence of repairs. Sequences begin in the lower half: who loses
/// all packets from the first one until the numbers come round takes the next one for the first of all, and never opens any
/// (RFC 3711 §3.3.1).
fn random() -> (u16, u32, u16) {
    let mut bytes = [0; 8];
    rand::fill(&mut bytes).expect("the system gives random bytes");
    let [a, b, time @ .., c, d] = bytes;
    let [seq, rtx_seq] = [[a, b], [c, d]].map(|bytes| u16::from_be_bytes(bytes) & LOWER_HALF);
    (seq, u32::from_be_bytes(time), rtx_seq)
}

const LOWER_HALF: u16 = u16::MAX / 2;

fn read_fingerprint(text: &FingerprintText) -> Result<Fingerprint, Refusal> {
    if text.algorithm != "sha-256" {
        return Err(invalid("the fingerprint must be sha-256"));
    }
    parse_fingerprint(&text.value).ok_or_else(|| invalid("the fingerprint is not 32 pairs of hex digits"))
}

/// Checks a session without changing anything; gives its fingerprint, if it has one.
fn check(session: &ApplySession, limits: &Limits) -> Result<Option<Fingerprint>, Refusal> {
    let fingerprint = session.fingerprint.as_ref().map(read_fingerprint).transpose()?;
    if fingerprint.is_none() && !(session.published.is_empty() && session.slots.is_empty()) {
        return Err(invalid("without a fingerprint there can be no tracks and no slots"));
    }
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
        let mut rids = HashSet::new();
        if one.rids.len() > MAX_ENCODINGS || (!one.rids.is_empty() && one.kind == Kind::Audio) {
            return Err(invalid("a track has more encodings than it may have"));
        }
        if one.rids.iter().any(|rid| ext::rid(rid.as_bytes()).is_none() || !rids.insert(rid.as_str())) {
            return Err(invalid("a rid is given twice, or is not 1 to 16 letters, digits, - and _"));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_begin_far_from_where_their_numbers_come_round() {
        for _ in 0..1_000 {
            let (seq, _, rtx_seq) = random();
            assert!(seq.max(rtx_seq) < 0x8000, "{seq} {rtx_seq}");
        }
    }
}
