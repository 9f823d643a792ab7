//! The enforced mute (R16, S19): a new source begins closed, and only the control plane opens it.
//!
//! Where a meeting is over several shards each of them gets every gate, under the same number, so that a closed one stops
//! what waits in any of them before its closing is answered. The number of the command that opened a gate goes with each
//! packet that crosses: what passed an earlier opening is stopped by the shard that knows of a later one.

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

/// A gate, and what is known of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct KnownGate {
    pub(super) state: GateState,
    /// The command that opened or closed it last.
    pub(super) moved_by: u64,
    /// No command up to this one says anything else.
    pub(super) known_to: u64,
}

impl Router {
    pub(super) fn set_gates(&mut self, now: Instant, gates: Vec<Gate>) -> Answer {
        let mut unknown = Vec::new();
        self.gates_to = self.number;
        for Gate { track: id, allowed, on, vetoed } in gates {
            match self.tracks_by_id.get(&id).copied() {
                Some(key) => self.set_gate(now, key, GateState { allowed, on, vetoed }),
                None => unknown.push(id),
            }
        }
        self.answer_unsure();
        Answer::Done { unknown }
    }

    /// Sets a gate by the command that is being carried out.
    pub(super) fn set_gate(&mut self, now: Instant, key: Key<Track>, state: GateState) {
        let Some(track) = self.tracks.get(key) else { return };
        let moved = track.gate.state.is_open() != state.is_open();
        let moved_by = if moved { self.number } else { track.gate.moved_by };
        self.put_gate(now, key, KnownGate { state, moved_by, known_to: self.number });
    }

    /// Brings a gate to what is known of it.
    pub(super) fn put_gate(&mut self, now: Instant, key: Key<Track>, gate: KnownGate) {
        let Some(track) = self.tracks.get_mut(key) else { return };
        let before = std::mem::replace(&mut track.gate, gate);
        if before.moved_by == gate.moved_by && before.state.is_open() == gate.state.is_open() {
            return;
        }
        // What came before the gate moved is neither repaired nor replayed after it (S19).
        track.forget_streams(&mut self.sources);
        if before.state.is_open() {
            self.unmap_track(key);
        }
        if gate.state.is_open() {
            self.rechoose(now, key); // of encodings that came meanwhile
            self.want_keyframe_for_watchers(now, key);
        }
        self.voice_changed(now, key);
    }
}
