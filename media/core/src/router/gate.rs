//! The enforced mute (R16, S19): a new source begins closed, and only the control plane opens it.

use std::time::Instant;

use super::Router;
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
    pub(super) fn set_gates(&mut self, _now: Instant, gates: Vec<Gate>) -> Answer {
        let mut unknown = Vec::new();
        for Gate { track: id, allowed, on, vetoed } in gates {
            match self.tracks_by_id.get(&id).and_then(|key| self.tracks.get_mut(*key)) {
                Some(track) => track.gate = GateState { allowed, on, vetoed },
                None => unknown.push(id),
            }
        }
        Answer::Done { unknown }
    }
}
