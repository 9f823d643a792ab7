//! The places at which a peer receives, and what they are to show.

use std::time::Instant;

use super::Router;
use super::meeting::done;
use crate::control::{Answer, Refusal, Wish};

impl Router {
    pub(super) fn set_video(&mut self, _now: Instant, transport: &str, wishes: Vec<Wish>) -> Result<Answer, Refusal> {
        let key = self.peer_of(transport)?;
        if let Some(peer) = self.peers.get_mut(key) {
            peer.wishes = wishes;
        }
        Ok(done())
    }

    pub(super) fn ask_keyframe(&mut self, _now: Instant, track: String) -> Answer {
        let unknown = if self.tracks_by_id.contains_key(&track) { Vec::new() } else { vec![track] };
        Answer::Done { unknown }
    }
}
