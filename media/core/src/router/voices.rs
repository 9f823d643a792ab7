//! Whose voices are heard: levels of what passed its gate, the dominant speaker, and the K audio slots of each peer.

use std::time::{Duration, Instant};

use super::Router;
use super::meeting::Meeting;
use super::peer::Peer;
use super::slab::Key;
use super::timers::Due;
use super::track::{Feed, Track, Watcher};
use crate::control::{Event, Kind, Level, Source};
use crate::slots::AudioSlots;
use crate::speakers::Speakers;

/// Levels are told ten times a second at most.
const LEVELS_INTERVAL: Duration = Duration::from_millis(100);

/// The voices of a meeting.
#[derive(Debug)]
pub(super) struct Voices {
    pub(super) slots: AudioSlots<Key<Track>>,
    pub(super) speakers: Speakers<Key<Track>>,
    /// Sounds of shared screens: nobody's voice, but to be heard by all.
    screens: Vec<Key<Track>>,
    /// Room for the candidates of an assignment.
    loudest: Vec<Key<Track>>,
    levels_at: Option<Instant>,
    told_levels: bool,
}

impl Voices {
    pub(super) fn new(slots: u32) -> Self {
        Self {
            slots: AudioSlots::new(slots as usize),
            speakers: Speakers::default(),
            screens: Vec::new(),
            loudest: Vec::new(),
            levels_at: None,
            told_levels: false,
        }
    }

    pub(super) fn resize(&mut self, slots: u32) {
        self.slots = AudioSlots::new(slots as usize);
    }

    fn remove(&mut self, key: Key<Track>) {
        self.speakers.remove(key);
        self.screens.retain(|screen| *screen != key);
    }
}

impl Router {
    /// Takes the loudness of a packet that passed its gate.
    pub(super) fn hear(&mut self, now: Instant, key: Key<Track>, level: Option<(bool, u8)>, silent: bool) {
        let Some(track) = self.tracks.get(key) else { return };
        let meeting = track.meeting;
        let Some(voices) = self.meetings.get_mut(meeting).map(|meeting| &mut meeting.voices) else { return };
        if track.source == Source::Microphone {
            match level {
                Some((voice, level)) => voices.speakers.handle_level(key, level, voice, now),
                None => voices.speakers.handle_unmeasured(key, silent, now),
            }
        } else if !voices.screens.contains(&key) {
            voices.screens.push(key);
        }
        if let Some(at) = voices.speakers.poll_timeout() {
            self.timers.set(Due::Meeting(meeting), at);
        }
        let track = self.tracks.get_mut(key).expect("read above");
        if !track.heard {
            track.heard = true;
            self.assign_voices(now, meeting); // free slots do not wait for the next ranking
        }
    }

    /// A track's gate moved, or it went down: if it is a voice, others may take its place.
    pub(super) fn voice_changed(&mut self, now: Instant, key: Key<Track>) {
        let Some(track) = self.tracks.get_mut(key).filter(|track| track.kind == Kind::Audio) else { return };
        let meeting = track.meeting;
        if !track.is_live() {
            track.heard = false;
            self.forget_voice(meeting, key);
            self.assign_voices(now, meeting);
        }
    }

    pub(super) fn forget_voice(&mut self, meeting: Key<Meeting>, key: Key<Track>) {
        if let Some(meeting) = self.meetings.get_mut(meeting) {
            meeting.voices.remove(key);
        }
    }

    pub(super) fn meeting_due(&mut self, now: Instant, key: Key<Meeting>) {
        self.send_gathered_when_due(now, key);
        let Some(meeting) = self.meetings.get_mut(key) else { return };
        if meeting.voices.speakers.tick(now) {
            self.assign_voices(now, key);
        }
        self.tell_levels(now, key);
        if let Some(at) = self.meetings.get(key).and_then(|meeting| meeting.voices.speakers.poll_timeout()) {
            self.timers.set(Due::Meeting(key), at);
        }
    }

    /// Decides anew whose voices the slots carry.
    pub(super) fn assign_voices(&mut self, now: Instant, key: Key<Meeting>) {
        let stage = self.meetings.get(key).and_then(|meeting| meeting.stage_voice.as_ref());
        let stage = stage.and_then(|id| self.tracks_by_id.get(id)).copied();
        let stage = stage.filter(|stage| {
            let track = self.tracks.get(*stage);
            track.is_some_and(|track| {
                track.meeting == key && track.kind == Kind::Audio && track.is_live() && track.heard
            })
        });
        let Some(meeting) = self.meetings.get_mut(key) else { return };
        let Voices { slots, speakers, screens, loudest, .. } = &mut meeting.voices;
        loudest.clear();
        loudest.extend_from_slice(screens);
        loudest.extend_from_slice(speakers.loudest(slots.count() + 1));
        if !slots.assign(stage, speakers.dominant(), loudest) {
            return;
        }
        for at in 0.. {
            let Some(peer) = self.meetings.get(key).and_then(|meeting| meeting.peers.get(at)).copied() else { return };
            self.place_voices(now, peer);
        }
    }

    /// Gives a peer's audio slots the voices of its meeting, but never its own.
    pub(super) fn place_voices(&mut self, now: Instant, key: Key<Peer>) {
        for at in 0.. {
            let Some(peer) = self.peers.get(key) else { return };
            let Some(slot) = peer.slots.get(at) else { return };
            let Some(meeting) = self.meetings.get(peer.meeting) else { return };
            if slot.setup.kind != Kind::Audio {
                continue;
            }
            let slots = &meeting.voices.slots;
            let is_own = |voice: &Key<Track>| peer.published.contains(voice);
            let own = (0..slots.count()).filter_map(|slot| slots.voice(slot)).find(is_own);
            let voice = slots.voice_for(slot.setup.slot as usize, own).filter(|voice| !is_own(voice));
            self.want(now, Watcher { peer: key, slot: at }, voice.map(Feed::sole));
        }
    }

    fn tell_levels(&mut self, now: Instant, key: Key<Meeting>) {
        let Some(meeting) = self.meetings.get_mut(key).filter(|meeting| meeting.is_home) else { return };
        let due = meeting.voices.levels_at.is_none_or(|told| now.saturating_duration_since(told) >= LEVELS_INTERVAL);
        if !due {
            return;
        }
        let speakers = &meeting.voices.speakers;
        let open = meeting.peers.iter().filter_map(|peer| self.peers.get(*peer)).flat_map(|peer| &peer.published);
        let open = open.chain(&meeting.mirrors);
        let levels: Vec<Level> = open
            .filter_map(|key| Some((*key, self.tracks.get(*key)?)))
            .filter(|(_, track)| track.source == Source::Microphone && track.is_live() && track.heard)
            .map(|(key, track)| Level { track: track.id.clone(), level: speakers.level(key, now) })
            .collect();
        let dominant = speakers.dominant().and_then(|key| self.tracks.get(key)).map(|track| track.id.clone());
        // Silence is told once.
        if !levels.is_empty() || meeting.voices.told_levels {
            meeting.voices.told_levels = !levels.is_empty();
            meeting.voices.levels_at = Some(now);
            let meeting = meeting.id.clone();
            self.out.tell(Event::Levels { meeting, levels, dominant });
        }
    }
}
