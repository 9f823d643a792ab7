//! The enforced mute (R16, S19): a new source begins closed, and only the control plane opens it.

use std::time::Instant;

use super::Router;
use super::slab::Key;
use super::track::Track;
use crate::control::{Answer, Gate};

/// The three bits of a gate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct GateState {
    pub(super) allowed: bool,
    pub(super) on: bool,
    pub(super) vetoed: bool,
}

impl GateState {
    pub(super) fn is_open(self) -> bool {
        self.allowed && self.on && !self.vetoed
    }
}

impl Router {
    pub(super) fn set_gates(&mut self, now: Instant, gates: Vec<Gate>) -> Answer {
        let mut unknown = Vec::new();
        for Gate { track: id, allowed, on, vetoed } in gates {
            match self.tracks_by_id.get(&id).copied() {
                Some(key) => self.set_gate(now, key, GateState { allowed, on, vetoed }),
                None => unknown.push(id),
            }
        }
        Answer::Done { unknown }
    }

    pub(super) fn set_gate(&mut self, now: Instant, key: Key<Track>, gate: GateState) {
        let Some(track) = self.tracks.get_mut(key) else { return };
        let was_open = std::mem::replace(&mut track.gate, gate).is_open();
        if was_open == gate.is_open() {
            return;
        }
        // What came before the gate moved is neither repaired nor replayed after it (S19).
        track.forget_streams(&mut self.sources);
        if was_open {
            self.unmap_track(key);
        } else {
            self.rechoose(now, key); // of encodings that came meanwhile
            self.want_keyframe_for_watchers(now, key);
        }
        self.voice_changed(now, key);
    }
}
