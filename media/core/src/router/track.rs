//! A published track: whose it is, its gate, and who receives it.

use std::time::Instant;

use super::Router;
use super::gate::GateState;
use super::peer::Peer;
use super::slab::Key;
use crate::control::{Codec, Event, Kind, Source};

/// See the module.
#[derive(Debug)]
pub struct Track {
    pub(super) id: String,
    pub(super) peer: Key<Peer>,
    pub(super) kind: Kind,
    pub(super) source: Source,
    pub(super) mid: String,
    pub(super) codecs: Vec<Codec>,
    pub(super) gate: GateState,
    pub(super) up: bool,
}

impl Router {
    pub(super) fn remove_track(&mut self, _now: Instant, key: Key<Track>) {
        let Some(track) = self.tracks.remove(key) else { return };
        if self.tracks_by_id.get(&track.id) == Some(&key) {
            self.tracks_by_id.remove(&track.id);
            if track.up {
                self.out.tell(Event::TrackDown { track: track.id });
            }
        }
    }
}
