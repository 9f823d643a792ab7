//! Each command to the file of its noun.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use super::Router;
use super::counters::Count;
use super::meeting::{done, refusal};
use super::peer::Peer;
use super::slab::Key;
use super::track::Track;
use crate::control::{Answer, Command, Refusal, RefusalCode};
use crate::transport::CloseReason;

impl Router {
    /// Carries out a command; a panic ends the transports that it concerns, and nobody else (S20).
    pub(super) fn carry_out_contained(&mut self, now: Instant, command: Command) -> Result<Answer, Refusal> {
        let names = Names::of(&command);
        catch_unwind(AssertUnwindSafe(|| {
            #[cfg(test)]
            self.fail_if_asked(&names);
            self.carry_out(now, command)
        }))
        .unwrap_or_else(|_| {
            let concerned = self.concerned(&names);
            let mirrors = self.mirrors_among(&names);
            if concerned.is_empty() && mirrors.is_empty() {
                self.out.counters.one(Count::Faults);
                self.out.said.clear();
                tracing::error!("a fault in a command of a meeting");
            }
            for peer in concerned {
                self.end_faulty(now, peer);
            }
            for mirror in mirrors {
                self.end_faulty_mirror(now, mirror);
            }
            Err(refusal(RefusalCode::Fault, "a fault of the engine: the transports that this concerns are closed"))
        })
    }

    /// The transports that are named, and those of the tracks that are: whether a gate was closed is not known any more,
    /// so its microphone goes (S19).
    pub(super) fn concerned(&self, names: &Names) -> Vec<Key<Peer>> {
        let transport = names.transport.iter().filter_map(|id| self.peers_by_id.get(id));
        let tracks = names.tracks.iter().filter_map(|id| self.tracks.get(*self.tracks_by_id.get(id)?)?.publisher());
        let mut concerned: Vec<Key<Peer>> = transport.copied().chain(tracks).collect();
        concerned.dedup();
        concerned
    }

    /// Of the tracks that are named those of other shards.
    fn mirrors_among(&self, names: &Names) -> Vec<Key<Track>> {
        let tracks = names.tracks.iter().filter_map(|id| self.tracks_by_id.get(id)).copied();
        tracks.filter(|key| self.tracks.get(*key).is_some_and(|track| track.afar().is_some())).collect()
    }

    fn carry_out(&mut self, now: Instant, command: Command) -> Result<Answer, Refusal> {
        self.check_size(&command)?;
        match command {
            Command::CreateMeeting(create) => self.create_meeting(now, create),
            Command::SpreadMeeting { meeting, shards, home } => self.spread_meeting(now, &meeting, shards, home),
            Command::CloseMeeting { meeting } => {
                self.close_meeting(now, &meeting, CloseReason::Asked);
                Ok(done())
            }
            Command::CreateTransport { meeting, transport, blob } => {
                self.create_transport(now, &meeting, transport, blob)
            }
            Command::CloseTransport { transport } => {
                if let Some(peer) = self.peers_by_id.get(&transport).copied() {
                    self.close_peer(now, peer, CloseReason::Asked);
                }
                Ok(done())
            }
            Command::ApplySession(session) => self.apply_session(now, session),
            Command::SetGates(gates) => Ok(self.set_gates(now, gates)),
            Command::SetVideo { transport, wishes } => self.set_video(now, &transport, wishes),
            Command::SetStageVoice { meeting, track } => self.set_stage_voice(now, &meeting, track),
            Command::AskKeyframe { track } => Ok(self.ask_keyframe(now, track)),
            Command::RestartIce { transport } => self.restart_ice(now, &transport),
            Command::SetMeetingBlob { meeting, blob } => self.set_meeting_blob(&meeting, blob),
            Command::SetTransportBlob { transport, blob } => self.set_transport_blob(&transport, blob),
            Command::CloseAll(reason) => {
                let meetings: Vec<String> = self.meetings_by_id.keys().cloned().collect();
                for meeting in meetings {
                    self.close_meeting(now, &meeting, reason);
                }
                Ok(done())
            }
        }
    }

    fn check_size(&self, command: &Command) -> Result<(), Refusal> {
        let (id, blob) = match command {
            Command::CreateMeeting(create) => (create.meeting.as_str(), create.blob.len()),
            Command::CreateTransport { transport, blob, .. } | Command::SetTransportBlob { transport, blob } => {
                (transport.as_str(), blob.len())
            }
            Command::ApplySession(session) => (session.transport.as_str(), session.blob.len()),
            Command::SetMeetingBlob { meeting, blob } => (meeting.as_str(), blob.len()),
            _ => return Ok(()),
        };
        if id.is_empty() || id.len() > MAX_ID {
            return Err(refusal(RefusalCode::Invalid, "an id has 1 to 128 bytes"));
        }
        if blob > self.config.limits.blob_bytes {
            return Err(refusal(RefusalCode::Limit, "the blob is longer than a shard keeps"));
        }
        Ok(())
    }
}

/// Whom a command concerns, by the names in it.
#[derive(Debug, Default)]
pub(super) struct Names {
    transport: Option<String>,
    tracks: Vec<String>,
}

impl Names {
    fn of(command: &Command) -> Self {
        match command {
            Command::CreateTransport { transport, .. }
            | Command::CloseTransport { transport }
            | Command::SetVideo { transport, .. }
            | Command::RestartIce { transport }
            | Command::SetTransportBlob { transport, .. } => {
                Self { transport: Some(transport.clone()), ..Self::default() }
            }
            Command::ApplySession(session) => Self { transport: Some(session.transport.clone()), ..Self::default() },
            Command::SetGates(gates) => {
                Self { tracks: gates.iter().map(|gate| gate.track.clone()).collect(), ..Self::default() }
            }
            Command::AskKeyframe { track } => Self { tracks: vec![track.clone()], ..Self::default() },
            Command::CreateMeeting(_)
            | Command::SpreadMeeting { .. }
            | Command::CloseMeeting { .. }
            | Command::SetStageVoice { .. }
            | Command::SetMeetingBlob { .. }
            | Command::CloseAll(_) => Self::default(),
        }
    }
}

/// Of a meeting, a transport or a track.
const MAX_ID: usize = 128;
