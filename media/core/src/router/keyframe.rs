//! Keyframes: wanted by slots, by subscribers and by the control plane, asked for at the publisher in one voice (S17).

use std::time::Instant;

use hoptt_wire::Ssrc;
use hoptt_wire::rtcp::write_pli;

use super::Router;
use super::counters::Count;
use super::rtcp_out::reporter;
use super::slab::Key;
use super::track::{Feed, Track};
use crate::control::{Answer, Kind};

impl Router {
    pub(super) fn ask_keyframe(&mut self, now: Instant, id: String) -> Answer {
        let Some(track) = self.tracks_by_id.get(&id).copied() else { return Answer::Done { unknown: vec![id] } };
        // Of a mirror the shard of its owner is asked, which gets the command, too.
        let own = self.tracks.get(track).filter(|track| track.publisher().is_some());
        for place in 0..own.map_or(0, |track| track.encodings.len()) {
            self.want_keyframe(now, Feed { track, place });
        }
        Answer::Done { unknown: Vec::new() }
    }

    /// Somebody needs a keyframe of this encoding; a publisher is asked for it twice a second at most (S17).
    pub(super) fn want_keyframe(&mut self, now: Instant, feed: Feed) {
        let Some(track) = self.tracks.get_mut(feed.track) else { return };
        if track.kind == Kind::Video && track.gate.state.is_open() {
            track.encodings[feed.place].keyframes.want();
            self.ask_publisher(now, feed);
        }
    }

    /// A gate opened: whoever waits behind it needs a keyframe.
    pub(super) fn want_keyframe_for_watchers(&mut self, now: Instant, key: Key<Track>) {
        for place in 0.. {
            let Some(encoding) = self.tracks.get(key).and_then(|track| track.encodings.get(place)) else { return };
            if encoding.is_watched() {
                self.want_keyframe(now, Feed { track: key, place });
            }
        }
    }

    /// Asks the publisher for a keyframe of an encoding, when one is wanted and it is time (S17).
    pub(super) fn ask_publisher(&mut self, now: Instant, feed: Feed) {
        let Some(track) = self.tracks.get_mut(feed.track) else { return };
        let Some(peer) = track.publisher() else {
            self.ask_owner(now, feed.track);
            return self.schedule_track(now, feed.track);
        };
        let encoding = &mut track.encodings[feed.place];
        let ssrc = encoding.ssrc;
        let reachable = self.peers.get(peer).is_some_and(|peer| peer.transport.media_address(now).is_some());
        if let Some(ssrc) = ssrc.filter(|_| reachable && encoding.keyframes.poll(now)) {
            let reporter = self.peers.get(peer).map_or(Ssrc(1), reporter);
            if self.send_rtcp(now, peer, |_, out| write_pli(out, reporter, Ssrc(ssrc))) {
                self.out.counters.one(Count::PliSent);
            }
        }
        self.schedule_track(now, feed.track);
    }
}
