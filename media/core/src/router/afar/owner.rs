//! The shard that has a track's transport: it tells the meeting's other shards of the track, and sends them its packets.

use std::time::{Duration, Instant};

use hoptt_wire::rtp::Rtp;

use super::super::Router;
use super::super::counters::Count;
use super::super::egress::Outbox;
use super::super::gate::{GateState, KnownGate};
use super::super::meeting::done;
use super::super::slab::Key;
use super::super::track::{Feed, Origin, Track};
use super::{Audience, Crossing, Note, Passed, ShardSet, TrackNote, TrackRef};
use crate::control::{Answer, Published, Refusal};

/// Notes that another shard had no room for are offered again after this.
const OFFERED_AGAIN_AFTER: Duration = Duration::from_millis(5);

/// Notes that wait for a shard at most: hundreds a second come of thousands who come and go.
const MAX_NOTES: usize = 65_536;

impl Track {
    /// How other shards call it.
    fn reference(&self, key: Key<Track>) -> TrackRef {
        TrackRef { place: key.place(), number: self.number }
    }

    /// What its publisher is to send for the sake of other shards: a bit for each encoding.
    pub(in super::super) fn wanted_afar(&self) -> u8 {
        self.audiences.iter().fold(0, |wanted, audience| wanted | audience.wanted)
    }

    fn note_audiences(&mut self) {
        let watched = self.audiences.iter().fold(0, |watched, audience| watched | audience.watched);
        for (place, encoding) in self.encodings.iter_mut().enumerate() {
            encoding.watch_afar(watched >> place & 1 == 1);
        }
    }

    /// So much of a packet's way as is the same for all shards.
    fn passed(&self, key: Key<Track>, place: usize, (seq, arrived): (u64, Instant)) -> Passed {
        let encoding = &self.encodings[place];
        let small = |place| u8::try_from(place).expect("there are few");
        Passed {
            track: self.reference(key),
            place: small(place),
            codec: small(encoding.codec),
            repaired: false,
            level: None,
            stream: encoding.source_key.number(),
            seq,
            opened_by: self.gate.moved_by,
            arrived,
        }
    }
}

impl Outbox {
    fn crossing(&mut self, shard: u8) -> &mut Crossing {
        let place = usize::from(shard);
        if self.crossings.len() <= place {
            self.crossings.resize_with(place + 1, Crossing::default);
        }
        self.to_cross = self.to_cross.with(shard);
        &mut self.crossings[place]
    }

    pub(in super::super) fn note(&mut self, shard: u8, note: Note) {
        self.crossing(shard).note(note);
    }

    fn note_all(&mut self, shards: ShardSet, note: &Note) {
        for shard in shards.iter() {
            self.note(shard, note.clone());
        }
    }

    /// Gives a packet that passed its gate to the other shards of its meeting.
    #[inline(never)]
    pub(in super::super) fn cross(
        &mut self,
        (key, track): (Key<Track>, &Track),
        place: usize,
        (rtp, seq): (&Rtp<'_>, u64),
        (now, repaired, level): (Instant, bool, Option<(bool, u8)>),
    ) {
        let passed = Passed { repaired, level, ..track.passed(key, place, (seq, now)) };
        for shard in track.mirrored.iter() {
            self.counters.one(Count::CrossedOut);
            self.crossing(shard).push(passed, rtp.bytes());
        }
    }
}

impl Router {
    /// Gives what is to cross to another shard, and which one; to be taken out.
    pub fn poll_crossing(&mut self) -> Option<(u8, &mut Crossing)> {
        let shard = self.out.to_cross.iter().next()?;
        self.out.to_cross = self.out.to_cross.without(shard);
        Some((shard, &mut self.out.crossings[usize::from(shard)]))
    }

    /// Something that has crossed before is empty again: it is filled next.
    pub fn reuse(&mut self, shard: u8, spare: Crossing) {
        if let Some(next) = self.out.crossings.get_mut(usize::from(shard)).filter(|next| next.is_empty()) {
            *next = spare;
        }
    }

    /// The other shard has no room for what was taken: its packets are lost, which mirrors repair, and its notes are kept
    /// and offered again.
    pub fn handle_crossing_refused(&mut self, now: Instant, shard: u8, crossing: &mut Crossing) {
        self.out.counters.add(Count::DroppedCrossing, crossing.keep_notes());
        let newer = &mut self.out.crossings[usize::from(shard)];
        std::mem::swap(newer, crossing);
        newer.bytes.append(&mut crossing.bytes);
        newer.parts.append(&mut crossing.parts);
        if newer.notes() > MAX_NOTES {
            // Its watchdog has given it up long before.
            tracing::error!(shard, "another shard stands still: what it is told of tracks is lost");
            newer.clear();
        }
        if !newer.is_empty() {
            self.crossing_again_at.get_or_insert(now + OFFERED_AGAIN_AFTER);
        }
    }

    /// Offers again what was refused.
    pub(in super::super) fn cross_again(&mut self, now: Instant) {
        if self.crossing_again_at.is_none_or(|at| at > now) {
            return;
        }
        self.crossing_again_at = None;
        let full = (0..).zip(&self.out.crossings).filter(|(_, crossing)| !crossing.is_empty());
        self.out.to_cross = full.map(|(shard, _)| shard).collect();
    }

    /// These shards have the meeting, of which one tells what concerns the whole.
    pub(in super::super) fn spread_meeting(
        &mut self,
        now: Instant,
        meeting: &str,
        shards: ShardSet,
        home: u8,
    ) -> Result<Answer, Refusal> {
        let key = self.meeting_of(meeting)?;
        let own = self.config.shard;
        let Some(meeting) = self.meetings.get_mut(key) else { return Ok(done()) };
        meeting.is_home = home == own;
        let before = std::mem::replace(&mut meeting.others, shards.without(own));
        let others = meeting.others;
        let gone = before.but(others);
        let mirrors: Vec<Key<Track>> = meeting.mirrors.clone();
        for track in mirrors {
            let shard = self.tracks.get(track).and_then(Track::afar).map(|afar| afar.shard);
            if shard.is_some_and(|shard| gone.has(shard)) {
                self.drop_mirror(now, track);
            }
        }
        for at in 0.. {
            let peer = self.meetings.get(key).and_then(|meeting| meeting.peers.get(at)).copied();
            let Some(peer) = peer.and_then(|peer| self.peers.get(peer)) else { break };
            for track in peer.published.clone() {
                self.announce(now, track, others.but(before));
            }
        }
        Ok(done())
    }

    /// A track was published or has changed: the other shards of its meeting are told.
    pub(in super::super) fn announce_to_all(&mut self, now: Instant, key: Key<Track>) {
        let meeting = self.tracks.get(key).and_then(|track| self.meetings.get(track.meeting));
        if let Some(others) = meeting.map(|meeting| meeting.others).filter(|others| !others.is_empty()) {
            self.announce(now, key, others);
        }
    }

    /// Tells shards of a track. The track knows which shards have its mirrors from now on.
    fn announce(&mut self, now: Instant, key: Key<Track>, to: ShardSet) {
        let others = self.tracks.get(key).and_then(|track| Some(self.meetings.get(track.meeting)?.others));
        let (Some(others), Some(track)) = (others, self.tracks.get_mut(key)) else { return };
        track.mirrored = others;
        track.audiences.retain(|audience| others.has(audience.shard));
        for shard in to.iter().filter(|shard| others.has(*shard)) {
            if !track.audiences.iter().any(|audience| audience.shard == shard) {
                // Until that shard tells: what was to be sent before still is.
                track.audiences.push(Audience { shard, watched: 0, wanted: u8::MAX });
            }
        }
        track.note_audiences();
        self.review_later(now, key);
        if let Some(note) = self.track_note(key) {
            self.out.note_all(to, &Note::Track(Box::new(note)));
        }
    }

    fn track_note(&self, key: Key<Track>) -> Option<TrackNote> {
        let track = self.tracks.get(key)?;
        let rids = track.encodings.iter().filter_map(|encoding| encoding.rid.clone());
        let published = Published {
            track: track.id.clone(),
            mid: String::new(),
            kind: track.kind,
            source: track.source,
            codecs: track.codecs.clone(),
            ssrcs: Vec::new(),
            rtx_ssrcs: Vec::new(),
            rids: rids.collect(),
        };
        Some(TrackNote {
            track: track.reference(key),
            meeting: self.meetings.get(track.meeting)?.id.clone(),
            published,
            descriptor_id: track.descriptor_id,
            gate: self.known_gate(track),
            made_by: track.made_by,
        })
    }

    /// How a gate stands after all commands that this shard has carried out.
    fn known_gate(&self, track: &Track) -> KnownGate {
        KnownGate { known_to: track.gate.known_to.max(self.number), ..track.gate }
    }

    /// Another track has taken the name: no command reaches this one any more (S19).
    pub(in super::super) fn shut(&mut self, now: Instant, key: Key<Track>) {
        let gate = KnownGate { state: GateState::default(), moved_by: self.number, known_to: u64::MAX };
        self.put_gate(now, key, gate);
        self.tell_mirrors(key, |track| Note::Gate(track, gate));
    }

    /// Tells something of a track to the shards that have its mirrors.
    pub(in super::super) fn tell_mirrors(&mut self, key: Key<Track>, note: impl FnOnce(TrackRef) -> Note) {
        let Some(track) = self.tracks.get(key).filter(|track| !track.mirrored.is_empty()) else { return };
        let note = note(track.reference(key));
        self.out.note_all(track.mirrored, &note);
    }

    /// Answers shards that were ahead, as far as this one has come.
    pub(in super::super) fn answer_unsure(&mut self) {
        for at in (0..self.unsure.len()).rev() {
            let (shard, track, known_to) = self.unsure[at];
            if known_to <= self.number {
                self.unsure.swap_remove(at);
                self.tell_gate(shard, track);
            }
        }
    }

    fn tell_gate(&mut self, shard: u8, track: TrackRef) {
        let Some(found) = self.own_track(track).and_then(|key| self.tracks.get(key)) else { return };
        let gate = self.known_gate(found);
        self.out.note(shard, Note::Gate(track, gate));
    }

    /// The track that another shard speaks of, if it is still published here.
    fn own_track(&self, track: TrackRef) -> Option<Key<Track>> {
        let found = self.tracks.get(track.key())?;
        (found.number == track.number && matches!(found.origin, Origin::Here(_))).then(|| track.key())
    }

    /// Does what a mirror asks.
    pub(super) fn take_wish_of_mirror(&mut self, now: Instant, from: u8, track: TrackRef, note: &Note) {
        let Some(key) = self.own_track(track) else { return };
        match note {
            Note::Unsure(_, known_to) if *known_to <= self.number => self.tell_gate(from, track),
            Note::Unsure(_, known_to) => self.unsure.push((from, track, *known_to)),
            Note::Missing(_, place, numbers) => self.cross_missing((from, key), usize::from(*place), numbers),
            Note::Keyframe(_, place) => {
                let place = usize::from(*place);
                if self.tracks.get(key).is_some_and(|track| place < track.encodings.len()) {
                    self.want_keyframe(now, Feed { track: key, place });
                }
            }
            Note::Audience(_, watched, wanted) => {
                let Some(track) = self.tracks.get_mut(key) else { return };
                let Some(audience) = track.audiences.iter_mut().find(|audience| audience.shard == from) else { return };
                (audience.watched, audience.wanted) = (*watched, *wanted);
                track.note_audiences();
                self.review_later(now, key);
            }
            Note::LostAfar(_, fraction) => {
                if let Some(track) = self.tracks.get_mut(key) {
                    track.encodings[0].loss_afar.handle_report(now, *fraction);
                }
            }
            Note::Faulty(_) => {
                if let Some(peer) = self.tracks.get(key).and_then(Track::publisher) {
                    self.end_faulty(now, peer);
                }
            }
            _ => {}
        }
    }

    /// Sends a shard again what it has not got, as far as it is kept.
    fn cross_missing(&mut self, (to, key): (u8, Key<Track>), place: usize, numbers: &[u16]) {
        let Some(track) = self.tracks.get(key).filter(|track| track.is_live() && track.mirrored.has(to)) else {
            return;
        };
        let Some(encoding) = track.encodings.get(place) else { return };
        let Some(highest) = encoding.history.highest() else { return };
        for number in numbers {
            let back = crate::seq::low(highest).wrapping_sub(*number);
            let Some(stored) = highest.checked_sub(u64::from(back)).and_then(|seq| encoding.history.get(seq)) else {
                continue; // its publisher is asked for it, or it is too late
            };
            let passed = track.passed(key, place, (stored.seq(), stored.arrived()));
            self.out.counters.one(Count::CrossedAgain);
            self.out.crossing(to).push(Passed { repaired: true, ..passed }, stored.packet());
        }
    }
}
