//! A mirror: a track whose transport is in another shard. It has its history, its viewers and its gate here, and asks its
//! owner's shard for what has not crossed.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use hoptt_wire::rtp::Rtp;

use super::super::Router;
use super::super::counters::Count;
use super::super::gate::KnownGate;
use super::super::slab::Key;
use super::super::stream::Passing;
use super::super::timers::Due;
use super::super::track::{Feed, Origin, Track, Watcher};
use super::crossing::Part;
use super::{Afar, Crossing, Note, Passed, TrackNote, TrackRef};
use crate::control::Kind;

/// Its owner's shard answers within a turn or two.
const ROUND_TRIP: Duration = Duration::from_millis(40);
/// So often its owner's shard is told who gets it, and what is lost, when that has changed.
const TOLD_EVERY: Duration = Duration::from_secs(1);

/// What a mirror has told its owner's shard.
#[derive(Clone, Copy, Debug, Default)]
pub(in super::super) struct ToldAfar {
    /// Of its encodings those that are shown to somebody, and those that are wanted.
    audience: Option<(u8, u8)>,
    lost: u8,
    lost_at: Option<Instant>,
}

impl Track {
    /// Of a mirror: whose.
    pub(in super::super) fn afar(&self) -> Option<Afar> {
        match self.origin {
            Origin::Here(_) => None,
            Origin::Afar(afar) => Some(afar),
        }
    }

    fn watched(&self) -> u8 {
        let watched = self.encodings.iter().enumerate().filter(|(_, encoding)| !encoding.watchers.is_empty());
        watched.fold(0, |watched, (place, _)| watched | 1 << place)
    }
}

impl Router {
    /// How many tracks of other shards are shown here.
    #[must_use]
    pub fn mirrors(&self) -> usize {
        self.meetings.values().map(|meeting| meeting.mirrors.len()).sum()
    }

    /// Takes what has crossed from another shard, and empties it.
    pub fn handle_crossing(&mut self, now: Instant, from: u8, crossing: &mut Crossing) {
        let mut rest = &crossing.bytes[..];
        for part in crossing.parts.drain(..) {
            match part {
                Part::Packet(passed, len) => {
                    let (packet, after) = rest.split_at(len);
                    rest = after;
                    self.take_passed(now, from, passed, packet);
                }
                Part::Note(note) => self.take_note(now, from, note),
            }
        }
        crossing.bytes.clear();
    }

    /// Takes a packet that passed the gate of its owner's shard; here it has another one to pass.
    fn take_passed(&mut self, now: Instant, from: u8, passed: Passed, packet: &[u8]) {
        let Some(key) = self.mirror_of(from, passed.track) else {
            return self.out.counters.one(Count::DroppedNoMirror);
        };
        self.out.counters.one(Count::CrossedIn);
        let taken = catch_unwind(AssertUnwindSafe(|| self.take_crossed(now, key, passed, packet)));
        if taken.is_err() {
            self.end_faulty_mirror(now, key);
        }
    }

    fn take_crossed(&mut self, now: Instant, key: Key<Track>, passed: Passed, packet: &[u8]) {
        #[cfg(test)]
        assert!(
            self.fault_over.is_none() || self.tracks.get(key).map(|track| &track.id) != self.fault_over.as_ref(),
            "a fault made by a test"
        );
        let Ok(rtp) = Rtp::parse(packet) else { return self.out.counters.one(Count::DroppedMalformed) };
        let Some(track) = self.tracks.get_mut(key) else { return };
        if !track.gate.state.is_open() || passed.opened_by < track.gate.moved_by {
            return self.out.counters.one(Count::DroppedGate); // S19: it passed before somebody closed it
        }
        let place = usize::from(passed.place);
        let Some(encoding) = track.encodings.get_mut(place) else { return };
        if encoding.stream_afar != passed.stream {
            if passed.stream < encoding.stream_afar {
                return self.out.counters.one(Count::DroppedLate);
            }
            self.complete(); // another stream begins, and its history anew
            let Some(track) = self.tracks.get_mut(key) else { return };
            let encoding = &mut track.encodings[place];
            encoding.stream_afar = passed.stream;
            encoding.begin_stream(rtp.ssrc().0, self.sources.fresh());
            encoding.codec = usize::from(passed.codec).min(track.codecs.len() - 1);
        }
        let Some(track) = self.tracks.get_mut(key) else { return };
        let encoding = &mut track.encodings[place];
        track.up = true;
        encoding.heard_at = Some(now);
        let came = !std::mem::replace(&mut encoding.live, true);
        let Passed { seq, repaired, level, arrived, .. } = passed;
        self.pass::<true>(now, Feed { track: key, place }, rtp, Passing { seq, repaired, level, came, arrived });
    }

    fn take_note(&mut self, now: Instant, from: u8, note: Note) {
        self.complete();
        match &note {
            Note::Track(_) => {
                if let Note::Track(told) = note {
                    self.take_track(now, from, *told);
                }
            }
            Note::Gate(track, gate) => {
                if let Some(key) = self.mirror_of(from, *track) {
                    self.take_gate(now, key, *gate);
                }
            }
            Note::Report(track, place, report) => {
                let encoding = self.mirror_of(from, *track).and_then(|key| {
                    let track = self.tracks.get_mut(key)?;
                    track.encodings.get_mut(usize::from(*place))
                });
                if let Some(encoding) = encoding {
                    encoding.set_report(*report);
                }
            }
            Note::Down(track) => {
                if let Some(key) = self.mirror_of(from, *track) {
                    self.track_down(now, key);
                }
            }
            Note::Gone(track) => {
                if let Some(key) = self.mirror_of(from, *track) {
                    self.drop_mirror(now, key);
                }
            }
            Note::Unsure(track, _)
            | Note::Missing(track, ..)
            | Note::Keyframe(track, _)
            | Note::Audience(track, ..)
            | Note::LostAfar(track, _)
            | Note::Faulty(track) => self.take_wish_of_mirror(now, from, *track, &note),
        }
    }

    /// A track of another shard is there, or has changed.
    fn take_track(&mut self, now: Instant, from: u8, told: TrackNote) {
        let TrackNote { track: named, meeting, published, descriptor_id, gate, made_by } = told;
        // Of a meeting that was closed here meanwhile there is nothing to show.
        let Some(meeting) = self.meetings_by_id.get(&meeting).copied() else { return };
        let known = self.mirror_of(from, named);
        let key = known.unwrap_or_else(|| {
            let origin = Origin::Afar(Afar { shard: from, track: named });
            let key = self.tracks.insert_with(|_| Track::new(&published, (origin, meeting), &mut self.sources));
            self.note_mirror(from, named, Some(key));
            if let Some(meeting) = self.meetings.get_mut(meeting) {
                meeting.mirrors.push(key);
            }
            key
        });
        let id = published.track.clone();
        let Some(track) = self.tracks.get_mut(key) else { return };
        track.descriptor_id = descriptor_id;
        track.made_by = made_by;
        track.renegotiate(published, &mut self.sources);
        if known.is_none() {
            let older = self.tracks_by_id.get(&id).copied();
            let is_newer = older.and_then(|older| self.tracks.get(older)).is_none_or(|older| older.made_by < made_by);
            if is_newer {
                self.tracks_by_id.insert(id.clone(), key);
                if let Some(older) = older {
                    self.shut(now, older);
                }
            } else {
                self.shut(now, key); // its owner's shard learns of the newer one, too
            }
            self.timers.set(Due::Mirror(key), now + TOLD_EVERY);
        }
        self.take_gate(now, key, gate);
        if known.is_none() {
            self.review_later(now, key);
            self.resolve_wishes_for(now, meeting, &id);
        }
    }

    /// Its owner has told how a gate stands. Where that is older than a command which this shard has carried out, and which
    /// may have spoken of the track before it was known here, the gate stays closed until its owner has come as far.
    fn take_gate(&mut self, now: Instant, key: Key<Track>, gate: KnownGate) {
        let Some(track) = self.tracks.get(key) else { return };
        let Some(Afar { shard, track: named }) = track.afar() else { return };
        let known_to = track.gate.known_to;
        if known_to == 0 && gate.known_to < self.gates_to {
            self.out.note(shard, Note::Unsure(named, self.gates_to));
        } else if gate.known_to >= known_to {
            self.put_gate(now, key, gate);
        }
    }

    /// The mirror of a track of another shard.
    fn mirror_of(&self, shard: u8, track: TrackRef) -> Option<Key<Track>> {
        let key = (*self.mirrors.get(usize::from(shard))?.get(track.place as usize)?)?;
        let found = self.tracks.get(key)?;
        (found.afar() == Some(Afar { shard, track })).then_some(key)
    }

    fn note_mirror(&mut self, shard: u8, track: TrackRef, key: Option<Key<Track>>) {
        let (shard, place) = (usize::from(shard), track.place as usize);
        if self.mirrors.len() <= shard {
            self.mirrors.resize_with(shard + 1, Vec::new);
        }
        let places = &mut self.mirrors[shard];
        if places.len() <= place {
            places.resize(place + 1, None);
        }
        places[place] = key;
    }

    /// The track is no longer published there; wishes for its id stay.
    pub(in super::super) fn drop_mirror(&mut self, now: Instant, key: Key<Track>) {
        let Some(track) = self.tracks.get(key) else { return };
        let (Some(Afar { shard, track: named }), meeting) = (track.afar(), track.meeting) else { return };
        if self.mirror_of(shard, named) == Some(key) {
            self.note_mirror(shard, named, None);
        }
        if let Some(meeting) = self.meetings.get_mut(meeting) {
            meeting.mirrors.retain(|other| *other != key);
        }
        self.timers.remove(Due::Mirror(key));
        self.remove_track(now, key);
    }

    /// A panic over a mirror ends the transport that publishes it, and nobody else's (S20).
    pub(in super::super) fn end_faulty_mirror(&mut self, now: Instant, key: Key<Track>) {
        self.out.counters.one(Count::Faults);
        self.out.said.clear();
        let afar = self.tracks.get(key).and_then(Track::afar);
        tracing::error!(track = self.tracks.get(key).map(|track| track.id.as_str()), "a fault ends a mirror");
        self.drop_mirror(now, key);
        if let Some(Afar { shard, track }) = afar {
            self.out.note(shard, Note::Faulty(track));
        }
    }

    /// Does what is due of a mirror: asks its owner's shard for what is missing, and tells it who gets what.
    pub(in super::super) fn mirror_due(&mut self, now: Instant, key: Key<Track>) {
        let done = catch_unwind(AssertUnwindSafe(|| {
            self.check_layers(now, key);
            self.ask_owner(now, key);
            self.tell_owner(now, key);
        }));
        if done.is_err() {
            return self.end_faulty_mirror(now, key);
        }
        if let Some(track) = self.tracks.get(key) {
            let at = track.next_at(now).map_or(now + TOLD_EVERY, |next| next.min(now + TOLD_EVERY));
            self.timers.set(Due::Mirror(key), at);
        }
    }

    /// Asks its owner's shard for packets that have not come, and for keyframes.
    pub(in super::super) fn ask_owner(&mut self, now: Instant, key: Key<Track>) {
        let Some(track) = self.tracks.get_mut(key) else { return };
        let Some(Afar { shard, track: named }) = track.afar() else { return };
        for (place, encoding) in (0..).zip(&mut track.encodings) {
            if let Some(missing) = encoding.nack.poll_nack(now, ROUND_TRIP) {
                self.out.counters.add(Count::MissedOfOwner, missing.len());
                self.out.note(shard, Note::Missing(named, place, missing.to_vec()));
            }
            if encoding.ssrc.is_some() && encoding.keyframes.poll(now) {
                self.out.note(shard, Note::Keyframe(named, place));
            }
        }
    }

    fn tell_owner(&mut self, now: Instant, key: Key<Track>) {
        let Some(track) = self.tracks.get(key) else { return };
        let Some(Afar { shard, track: named }) = track.afar() else { return };
        let audience = (track.watched(), track.wanted.bits());
        let is_voice = track.kind == Kind::Audio;
        let told = track.told_afar;
        let due = told.lost_at.is_none_or(|at| now.saturating_duration_since(at) >= TOLD_EVERY);
        let loss = |watcher: Watcher| self.peers.get(watcher.peer).map_or(0.0, |peer| peer.bandwidth.loss());
        let worst = if is_voice && due { track.watchers().map(loss).fold(0.0, f64::max) } else { 0.0 };
        let Some(track) = self.tracks.get_mut(key) else { return };
        if told.audience != Some(audience) {
            track.told_afar.audience = Some(audience);
            self.out.note(shard, Note::Audience(named, audience.0, audience.1));
        }
        if is_voice && due {
            let share = track.encodings[0].loss_afar.told(now, worst);
            track.told_afar.lost_at = Some(now);
            if share > 0 || told.lost > 0 {
                self.out.note(shard, Note::LostAfar(named, share));
            }
            track.told_afar.lost = share;
        }
    }
}
