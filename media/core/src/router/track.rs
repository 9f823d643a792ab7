//! A published track: whose it is, its gate, and the encodings that arrive.

use std::time::{Duration, Instant};

use super::Router;
use super::afar::{Afar, Audience, Note, ShardSet, ToldAfar};
use super::encoding::{Encoding, Sources};
use super::gate::KnownGate;
use super::layers::WantedLayers;
use super::meeting::Meeting;
use super::peer::Peer;
use super::redundancy::Red;
use super::slab::Key;
use crate::control::{Codec, Event, Kind, Published, Source};

/// Without a packet for this long a track is down.
pub(super) const DOWN_AFTER: Duration = Duration::from_secs(3);

/// What a slot can show: an encoding of a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Feed {
    pub(super) track: Key<Track>,
    /// Place among the track's encodings.
    pub(super) place: usize,
}

impl Feed {
    /// The only encoding of a track, such as a voice.
    pub(super) fn sole(track: Key<Track>) -> Self {
        Self { track, place: 0 }
    }
}

/// A slot that shows a track, or is to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Watcher {
    pub(super) peer: Key<Peer>,
    /// Place among the peer's slots.
    pub(super) slot: usize,
}

/// Who sends a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A peer of this shard.
    Here(Key<Peer>),
    /// One of another shard: this is a mirror.
    Afar(Afar),
}

/// See the module.
#[derive(Debug)]
pub struct Track {
    pub(super) id: String,
    pub(super) origin: Origin,
    /// Never used again.
    pub(super) number: u64,
    /// The command that made it.
    pub(super) made_by: u64,
    /// Shards that have mirrors of it.
    pub(super) mirrored: ShardSet,
    /// Who gets it there.
    pub(super) audiences: Vec<Audience>,
    /// Of a mirror.
    pub(super) told_afar: ToldAfar,
    pub(super) meeting: Key<Meeting>,
    pub(super) kind: Kind,
    pub(super) source: Source,
    pub(super) mid: String,
    pub(super) codecs: Vec<Codec>,
    /// Opus with redundancy among them.
    pub(super) red: Option<Red>,
    /// Id of its sender's dependency descriptors.
    pub(super) descriptor_id: Option<u8>,
    pub(super) gate: KnownGate,
    pub(super) up: bool,
    /// When the last authentic packet came, whatever the gate.
    pub(super) heard_at: Option<Instant>,
    /// In the order of the session; one at least.
    pub(super) encodings: Vec<Encoding>,
    pub(super) wanted: WantedLayers,
    /// Of sound: it was heard since its gate opened, so that it counts among the voices.
    pub(super) heard: bool,
}

impl Track {
    pub(super) fn new(published: &Published, (origin, meeting): (Origin, Key<Meeting>), sources: &mut Sources) -> Self {
        let encodings = if published.rids.is_empty() {
            vec![Encoding::new(None, published.ssrcs.first().copied(), sources.fresh())]
        } else {
            let named = published.rids.iter().map(|rid| Encoding::new(Some(rid.clone()), None, sources.fresh()));
            named.collect()
        };
        Self {
            id: published.track.clone(),
            origin,
            number: sources.fresh().number(),
            made_by: 0,
            mirrored: ShardSet::default(),
            audiences: Vec::new(),
            told_afar: ToldAfar::default(),
            meeting,
            kind: published.kind,
            source: published.source,
            mid: published.mid.clone(),
            codecs: published.codecs.clone(),
            red: Red::of(&published.codecs),
            descriptor_id: None,
            gate: KnownGate::default(),
            up: false,
            heard_at: None,
            wanted: WantedLayers::of(encodings.len()),
            encodings,
            heard: false,
        }
    }

    /// Whether a session speaks of this track, not of another one under its name.
    pub(super) fn is_same(&self, published: &Published) -> bool {
        let rids = self.encodings.iter().filter_map(|encoding| encoding.rid.as_deref());
        self.id == published.track
            && self.kind == published.kind
            && self.source == published.source
            && rids.eq(published.rids.iter().map(String::as_str))
    }

    /// Takes what another session says of it.
    pub(super) fn renegotiate(&mut self, published: Published, sources: &mut Sources) {
        self.mid = published.mid;
        if self.codecs != published.codecs {
            self.red = Red::of(&published.codecs);
            self.codecs = published.codecs;
            for encoding in &mut self.encodings {
                encoding.codec = 0;
            }
            self.forget_streams(sources);
        }
        if published.rids.is_empty() {
            self.encodings[0].announce(published.ssrcs.first().copied(), sources);
        }
    }

    /// What is kept of the streams is nothing for whoever comes next.
    pub(super) fn forget_streams(&mut self, sources: &mut Sources) {
        for encoding in &mut self.encodings {
            encoding.forget_stream(sources.fresh());
        }
    }

    /// Whether it comes in several encodings (simulcast).
    pub(super) fn is_layered(&self) -> bool {
        self.encodings.len() > 1
    }

    /// Slots that show it or are to; one that moves between its encodings comes twice.
    pub(super) fn watchers(&self) -> impl Iterator<Item = Watcher> + '_ {
        self.encodings.iter().flat_map(|encoding| &encoding.watchers).copied()
    }

    /// The place of the encoding with this SSRC.
    pub(super) fn place_of(&self, ssrc: u32) -> Option<usize> {
        self.encodings.iter().position(|encoding| encoding.ssrc == Some(ssrc))
    }

    /// When the track is down unless a packet comes.
    pub(super) fn down_at(&self) -> Option<Instant> {
        self.heard_at.filter(|_| self.up).map(|heard| heard + DOWN_AFTER)
    }

    /// When it has something to ask of its publisher, to look at, or is down.
    pub(super) fn next_at(&self, now: Instant) -> Option<Instant> {
        let asks = self.encodings.iter().filter_map(|encoding| encoding.asks_at(now));
        asks.chain(self.looks_at()).min()
    }

    /// When an encoding has stopped or the track is down unless a packet comes, or its viewers' wishes are looked at.
    pub(super) fn looks_at(&self) -> Option<Instant> {
        let stops = self.encodings.iter().filter(|_| self.is_layered()).filter_map(Encoding::stops_at);
        stops.chain(self.wanted.review_at()).chain(self.down_at()).min()
    }

    /// Whether its packets reach anybody.
    pub(super) fn is_live(&self) -> bool {
        self.up && self.gate.state.is_open()
    }

    /// The peer that sends it, if that is one of this shard.
    pub(super) fn publisher(&self) -> Option<Key<Peer>> {
        match self.origin {
            Origin::Here(peer) => Some(peer),
            Origin::Afar(_) => None,
        }
    }
}

impl Router {
    /// The track was silent for too long, said good-bye, or its transport is going.
    pub(super) fn track_down(&mut self, now: Instant, key: Key<Track>) {
        let Some(track) = self.tracks.get_mut(key).filter(|track| track.up) else { return };
        track.heard = false;
        track.up = false;
        track.forget_streams(&mut self.sources);
        for encoding in &mut track.encodings {
            encoding.live = false;
        }
        let (id, is_here) = (track.id.clone(), track.publisher().is_some());
        self.unmap_track(key);
        self.voice_changed(now, key);
        self.tell_mirrors(key, Note::Down);
        if is_here && self.tracks_by_id.get(&id) == Some(&key) {
            self.out.tell(Event::TrackDown { track: id });
        }
    }

    /// Tracks of a peer that were silent for too long.
    pub(super) fn check_silence(&mut self, now: Instant, key: Key<Peer>) {
        for at in 0.. {
            let Some(track) = self.peers.get(key).and_then(|peer| peer.published.get(at)).copied() else { return };
            if self.tracks.get(track).and_then(Track::down_at).is_some_and(|down| down <= now) {
                self.track_down(now, track);
            } else {
                self.check_layers(now, track);
            }
        }
    }

    /// A track is no longer published here; wishes for its id stay.
    pub(super) fn remove_track(&mut self, now: Instant, key: Key<Track>) {
        self.track_down(now, key);
        self.unmap_track(key);
        self.tell_mirrors(key, Note::Gone);
        let Some(track) = self.tracks.remove(key) else { return };
        for watcher in track.watchers() {
            if let Some(slot) = self.peers.get_mut(watcher.peer).and_then(|peer| peer.slots.get_mut(watcher.slot)) {
                slot.wanted = slot.wanted.filter(|wanted| wanted.track != key);
                slot.desired = slot.desired.filter(|desired| desired.track != key);
                slot.limit = None;
            }
        }
        self.forget_voice(track.meeting, key);
        if self.tracks_by_id.get(&track.id) == Some(&key) {
            self.tracks_by_id.remove(&track.id);
        }
    }
}
