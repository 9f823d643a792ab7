//! A meeting of this shard: its transports, and whose voice comes first.

use std::time::Instant;

use super::Router;
use super::afar::ShardSet;
use super::gather::Gathering;
use super::peer::Peer;
use super::slab::Key;
use super::track::Track;
use super::voices::Voices;
use crate::control::{Answer, CreateMeeting, Refusal, RefusalCode};
use crate::transport::CloseReason;

/// See the module.
#[derive(Debug)]
pub struct Meeting {
    pub(super) id: String,
    pub(super) audio_slots: u32,
    pub(super) stage_voice: Option<String>,
    pub(super) blob: Vec<u8>,
    pub(super) peers: Vec<Key<Peer>>,
    pub(super) voices: Voices,
    /// The other shards that have it.
    pub(super) others: ShardSet,
    /// This shard tells what concerns the whole of it.
    pub(super) is_home: bool,
    /// Tracks of the other shards.
    pub(super) mirrors: Vec<Key<Track>>,
    pub(super) gathering: Gathering,
}

impl Router {
    pub(super) fn create_meeting(&mut self, now: Instant, create: CreateMeeting) -> Result<Answer, Refusal> {
        let CreateMeeting { meeting: id, audio_slots, blob } = create;
        if let Some(key) = self.meetings_by_id.get(&id).copied()
            && let Some(meeting) = self.meetings.get_mut(key)
        {
            meeting.blob = blob;
            if meeting.audio_slots != audio_slots {
                meeting.audio_slots = audio_slots;
                meeting.voices.resize(audio_slots);
                self.assign_voices(now, key);
            }
            return Ok(done());
        }
        if self.meetings.len() >= self.config.limits.meetings {
            return Err(refusal(RefusalCode::Limit, "this shard has as many meetings as it may have"));
        }
        let key = self.meetings.insert_with(|_| Meeting {
            id: id.clone(),
            audio_slots,
            stage_voice: None,
            blob,
            peers: Vec::new(),
            voices: Voices::new(audio_slots),
            others: ShardSet::default(),
            is_home: true,
            mirrors: Vec::new(),
            gathering: Gathering::default(),
        });
        self.meetings_by_id.insert(id, key);
        Ok(done())
    }

    pub(super) fn close_meeting(&mut self, now: Instant, id: &str, reason: CloseReason) {
        let Some(key) = self.meetings_by_id.get(id).copied() else { return };
        let peers = self.meetings.get(key).map(|meeting| meeting.peers.clone()).unwrap_or_default();
        for peer in peers {
            self.close_peer(now, peer, reason);
        }
        let mirrors = self.meetings.get(key).map(|meeting| meeting.mirrors.clone()).unwrap_or_default();
        for mirror in mirrors {
            self.drop_mirror(now, mirror);
        }
        self.meetings_by_id.remove(id);
        self.timers.remove(super::timers::Due::Meeting(key));
        self.meetings.remove(key);
    }

    pub(super) fn meeting_of(&self, id: &str) -> Result<Key<Meeting>, Refusal> {
        let unknown = || refusal(RefusalCode::UnknownMeeting, "there is no such meeting in this shard");
        self.meetings_by_id.get(id).copied().ok_or_else(unknown)
    }

    pub(super) fn set_stage_voice(
        &mut self,
        now: Instant,
        meeting: &str,
        track: Option<String>,
    ) -> Result<Answer, Refusal> {
        let key = self.meeting_of(meeting)?;
        if let Some(meeting) = self.meetings.get_mut(key) {
            meeting.stage_voice = track;
        }
        self.assign_voices(now, key);
        Ok(done())
    }

    pub(super) fn set_meeting_blob(&mut self, meeting: &str, blob: Vec<u8>) -> Result<Answer, Refusal> {
        let key = self.meeting_of(meeting)?;
        if let Some(meeting) = self.meetings.get_mut(key) {
            meeting.blob = blob;
        }
        Ok(done())
    }
}

pub(super) fn done() -> Answer {
    Answer::Done { unknown: Vec::new() }
}

pub(super) fn refusal(code: RefusalCode, message: &str) -> Refusal {
    Refusal { code, message: message.to_owned() }
}
