//! A published track: whose it is, its gate, the stream that arrives, and who receives it.

use std::time::{Duration, Instant};

use super::Router;
use super::gate::GateState;
use super::meeting::Meeting;
use super::peer::Peer;
use super::slab::Key;
use crate::control::{Codec, Event, Kind, Published, Source};
use crate::history::History;
use crate::keyframes::KeyframeRequests;
use crate::nack::NackGenerator;
use crate::reports::Reception;
use crate::seq::Unwrapper;

/// Without a packet for this long a track is down.
pub(super) const DOWN_AFTER: Duration = Duration::from_secs(3);
/// A stream under another SSRC takes a track over when the one before has been quiet for this long.
const SUCCESSION: Duration = Duration::from_millis(250);

/// Tells apart what a slot can be switched between: another number for each stream, codec and opening of a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SourceKey(pub(super) u64);

/// A slot that shows a track, or is to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Watcher {
    pub(super) peer: Key<Peer>,
    /// Place among the peer's slots.
    pub(super) slot: usize,
}

/// See the module.
#[derive(Debug)]
pub struct Track {
    pub(super) id: String,
    pub(super) peer: Key<Peer>,
    pub(super) meeting: Key<Meeting>,
    pub(super) kind: Kind,
    pub(super) source: Source,
    pub(super) mid: String,
    pub(super) codecs: Vec<Codec>,
    pub(super) gate: GateState,
    pub(super) up: bool,
    /// When the last authentic packet came, whatever the gate.
    pub(super) heard_at: Option<Instant>,
    /// The SSRC that is taken.
    pub(super) ssrc: Option<u32>,
    /// The SSRC that the session names.
    announced: Option<u32>,
    /// Place among `codecs` of what arrives.
    pub(super) codec: usize,
    pub(super) source_key: SourceKey,
    pub(super) numbers: Unwrapper,
    pub(super) history: History,
    pub(super) nack: NackGenerator,
    pub(super) keyframes: KeyframeRequests,
    /// Of the current stream.
    pub(super) reception: Option<Reception>,
    /// Of sound: it was heard since its gate opened, so that it counts among the voices.
    pub(super) heard: bool,
    pub(super) watchers: Vec<Watcher>,
}

/// What a track is made of.
pub(super) struct NewTrack {
    pub(super) peer: Key<Peer>,
    pub(super) meeting: Key<Meeting>,
    pub(super) source_key: SourceKey,
}

impl Track {
    pub(super) fn new(published: &Published, new: &NewTrack) -> Self {
        Self {
            id: published.track.clone(),
            peer: new.peer,
            meeting: new.meeting,
            kind: published.kind,
            source: published.source,
            mid: published.mid.clone(),
            codecs: published.codecs.clone(),
            gate: GateState::default(),
            up: false,
            heard_at: None,
            ssrc: published.ssrcs.first().copied(),
            announced: published.ssrcs.first().copied(),
            codec: 0,
            source_key: new.source_key,
            numbers: Unwrapper::default(),
            history: History::new(),
            nack: NackGenerator::default(),
            keyframes: KeyframeRequests::default(),
            reception: None,
            heard: false,
            watchers: Vec::new(),
        }
    }

    /// Takes what another session says of it.
    pub(super) fn renegotiate(&mut self, published: Published, source_key: SourceKey) {
        self.mid = published.mid;
        if self.codecs != published.codecs {
            self.codecs = published.codecs;
            self.codec = 0;
            self.forget_stream(source_key);
        }
        let announced = published.ssrcs.first().copied();
        if announced.is_some() && announced != self.announced {
            self.ssrc = announced;
            self.numbers = Unwrapper::default();
            self.reception = None;
            self.forget_stream(source_key);
        }
        self.announced = announced;
    }

    /// The codec that arrives.
    pub(super) fn current_codec(&self) -> Option<&Codec> {
        self.codecs.get(self.codec)
    }

    /// Whether packets of this SSRC are the track's now: one that was quiet can be followed by another.
    pub(super) fn takes(&self, ssrc: u32, now: Instant) -> bool {
        self.ssrc == Some(ssrc) || self.heard_at.is_none_or(|heard| now.duration_since(heard) >= SUCCESSION)
    }

    /// Numbers of another stream follow.
    pub(super) fn begin_stream(&mut self, ssrc: u32, source_key: SourceKey) {
        self.ssrc = Some(ssrc);
        self.numbers = Unwrapper::default();
        self.reception = None;
        self.forget_stream(source_key);
    }

    /// What is kept of the stream is nothing for whoever comes next: another gate opening, codec or SSRC.
    pub(super) fn forget_stream(&mut self, source_key: SourceKey) {
        self.source_key = source_key;
        self.history.clear();
        self.nack.clear();
        self.keyframes.forget();
    }

    /// When the track is down unless a packet comes.
    pub(super) fn down_at(&self) -> Option<Instant> {
        self.heard_at.filter(|_| self.up).map(|heard| heard + DOWN_AFTER)
    }

    /// When it has something to ask of its publisher, or is down.
    pub(super) fn next_at(&self, now: Instant) -> Option<Instant> {
        // Without an SSRC there is nothing to ask for yet.
        let keyframe = self.ssrc.and_then(|_| self.keyframes.poll_timeout(now));
        [keyframe, self.nack.poll_timeout(), self.down_at()].into_iter().flatten().min()
    }

    /// Whether its packets reach anybody.
    pub(super) fn is_live(&self) -> bool {
        self.up && self.gate.is_open()
    }
}

impl Router {
    pub(super) fn fresh_source(&mut self) -> SourceKey {
        self.next_source += 1;
        SourceKey(self.next_source)
    }

    /// The track was silent for too long, said good-bye, or its transport is going.
    pub(super) fn track_down(&mut self, now: Instant, key: Key<Track>) {
        let source_key = self.fresh_source();
        let Some(track) = self.tracks.get_mut(key).filter(|track| track.up) else { return };
        track.heard = false;
        track.up = false;
        track.forget_stream(source_key);
        let id = track.id.clone();
        self.unmap_track(key);
        self.voice_changed(now, key);
        if self.tracks_by_id.get(&id) == Some(&key) {
            self.out.tell(Event::TrackDown { track: id });
        }
    }

    /// Tracks of a peer that were silent for too long.
    pub(super) fn check_silence(&mut self, now: Instant, key: Key<Peer>) {
        for at in 0.. {
            let Some(track) = self.peers.get(key).and_then(|peer| peer.published.get(at)).copied() else { return };
            if self.tracks.get(track).and_then(Track::down_at).is_some_and(|down| down <= now) {
                self.track_down(now, track);
            }
        }
    }

    /// A track is no longer published here; wishes for its id stay.
    pub(super) fn remove_track(&mut self, now: Instant, key: Key<Track>) {
        self.track_down(now, key);
        self.unmap_track(key);
        let Some(track) = self.tracks.remove(key) else { return };
        for watcher in track.watchers {
            if let Some(slot) = self.peers.get_mut(watcher.peer).and_then(|peer| peer.slots.get_mut(watcher.slot)) {
                slot.wanted = slot.wanted.filter(|wanted| *wanted != key);
            }
        }
        self.forget_voice(track.meeting, key);
        if self.tracks_by_id.get(&track.id) == Some(&key) {
            self.tracks_by_id.remove(&track.id);
        }
    }
}
