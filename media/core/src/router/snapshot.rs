//! Everything that a new control plane needs in order to go on.

use super::Router;
use super::peer::Peer;
use crate::control::{Kind, MeetingSnapshot, ShardSnapshot, SlotMapped, TrackSnapshot, TransportSnapshot};

impl Router {
    pub(super) fn take_snapshot(&self) -> ShardSnapshot {
        let meetings = self.meetings.values().filter(|meeting| meeting.is_home).map(|meeting| MeetingSnapshot {
            meeting: meeting.id.clone(),
            audio_slots: meeting.audio_slots,
            stage_voice: meeting.stage_voice.clone(),
            blob: meeting.blob.clone(),
        });
        let transports = self.peers.values().map(|peer| {
            let credentials = peer.transport.credentials();
            TransportSnapshot {
                transport: peer.id.clone(),
                meeting: self.meetings.get(peer.meeting).map(|meeting| meeting.id.clone()).unwrap_or_default(),
                state: peer.transport.state(),
                ufrag: credentials.ufrag.clone(),
                pwd: credentials.password.clone(),
                blob: peer.blob.clone(),
                wishes: peer.wishes.clone(),
                mapped: self.mapped(peer),
                limits: peer.limits.clone(),
            }
        });
        let tracks = self.tracks_by_id.values().filter_map(|key| self.tracks.get(*key));
        let own = tracks.filter_map(|track| Some((track, self.peers.get(track.publisher()?)?)));
        let tracks = own.map(|(track, peer)| TrackSnapshot {
            track: track.id.clone(),
            transport: peer.id.clone(),
            kind: track.kind,
            source: track.source,
            allowed: track.gate.state.allowed,
            on: track.gate.state.on,
            vetoed: track.gate.state.vetoed,
            up: track.up,
            wanted: track.wanted_rids(),
        });
        let copies = self.meetings.values().filter(|meeting| !meeting.is_home).map(|meeting| meeting.id.clone());
        ShardSnapshot {
            meetings: meetings.collect(),
            transports: transports.collect(),
            tracks: tracks.collect(),
            copies: copies.collect(),
        }
    }

    fn mapped(&self, peer: &Peer) -> Vec<SlotMapped> {
        let pictures = peer.slots.iter().filter(|slot| slot.setup.kind == Kind::Video);
        let shown = pictures.filter_map(|slot| {
            let shown = slot.shown?;
            let track = self.tracks.get(shown.feed.track)?;
            Some(slot.mapped(&peer.id, Some(&track.id), Some(shown.rtp_time)))
        });
        shown.collect()
    }
}
