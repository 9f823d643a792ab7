//! Each command to the file of its noun.

use std::time::Instant;

use super::Router;
use super::meeting::{done, refusal};
use crate::control::{Answer, Command, Refusal, RefusalCode};
use crate::transport::CloseReason;

impl Router {
    pub(super) fn carry_out(&mut self, now: Instant, command: Command) -> Result<Answer, Refusal> {
        self.check_size(&command)?;
        match command {
            Command::CreateMeeting(create) => self.create_meeting(now, create),
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

/// Of a meeting, a transport or a track.
const MAX_ID: usize = 128;
