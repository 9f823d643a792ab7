//! Keyframes: wanted by slots, by subscribers and by the control plane, asked for at the publisher in one voice (S17).

use std::time::Instant;

use hoptt_wire::Ssrc;
use hoptt_wire::rtcp::write_pli;

use super::Router;
use super::counters::Count;
use super::rtcp_out::reporter;
use super::slab::Key;
use super::track::Track;
use crate::control::{Answer, Kind};

impl Router {
    pub(super) fn ask_keyframe(&mut self, now: Instant, id: String) -> Answer {
        let Some(track) = self.tracks_by_id.get(&id).copied() else { return Answer::Done { unknown: vec![id] } };
        self.want_keyframe(now, track);
        Answer::Done { unknown: Vec::new() }
    }

    /// Somebody needs a keyframe of this track; a publisher is asked twice a second at most (S17).
    pub(super) fn want_keyframe(&mut self, now: Instant, key: Key<Track>) {
        let Some(track) = self.tracks.get_mut(key) else { return };
        if track.kind == Kind::Video && track.gate.is_open() {
            track.keyframes.want();
            self.ask_publisher(now, key);
        }
    }

    /// A gate opened: whoever waits behind it needs a keyframe.
    pub(super) fn want_keyframe_for_watchers(&mut self, now: Instant, key: Key<Track>) {
        if self.tracks.get(key).is_some_and(|track| !track.watchers.is_empty()) {
            self.want_keyframe(now, key);
        }
    }

    /// Asks the publisher of a track for a keyframe, when one is wanted and it is time (S17).
    pub(super) fn ask_publisher(&mut self, now: Instant, key: Key<Track>) {
        let Some(track) = self.tracks.get_mut(key) else { return };
        let (peer, ssrc) = (track.peer, track.ssrc);
        let reachable = self.peers.get(peer).is_some_and(|peer| peer.transport.media_address(now).is_some());
        if let Some(ssrc) = ssrc.filter(|_| reachable && track.keyframes.poll(now)) {
            let reporter = self.peers.get(peer).map_or(Ssrc(1), reporter);
            if self.send_rtcp(now, peer, |_, out| write_pli(out, reporter, Ssrc(ssrc))) {
                self.out.counters.one(Count::PliSent);
            }
        }
        self.schedule_track(now, key);
    }
}
