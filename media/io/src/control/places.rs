//! Which shards have a meeting, and where its transports are: a large one spills over from its home to others.

use std::collections::HashMap;

use hoptt_core::control::{Command, CreateMeeting, ShardSet, ShardSnapshot};

/// Meetings and transports by their shards. What changes of that is to be told to shards: see [`Places::poll_told`].
#[derive(Debug)]
pub struct Places {
    meetings: HashMap<String, Meeting>,
    transports: HashMap<String, Transport>,
    /// Transports by shard.
    loads: Vec<usize>,
    /// Transports of one meeting that a shard has before another one gets the next.
    per_meeting: usize,
    told: Vec<(u8, Command)>,
}

#[derive(Debug)]
struct Meeting {
    /// The shard that tells what concerns the whole, and has the blob. It has the meeting as long as there is one.
    home: u8,
    audio_slots: u32,
    stage_voice: Option<String>,
    /// Its transports by shard.
    loads: Vec<usize>,
    shards: ShardSet,
}

#[derive(Debug)]
struct Transport {
    meeting: String,
    shard: u8,
}

impl Places {
    /// For so many shards, which have so many transports of a meeting each before it spills over.
    #[must_use]
    pub fn new(shards: u8, per_meeting: usize) -> Self {
        Self {
            meetings: HashMap::new(),
            transports: HashMap::new(),
            loads: vec![0; usize::from(shards)],
            per_meeting,
            told: Vec::new(),
        }
    }

    /// What a shard is to be told before anything else.
    pub fn poll_told(&mut self) -> Option<(u8, Command)> {
        (!self.told.is_empty()).then(|| self.told.remove(0))
    }

    /// How many shards there are.
    #[must_use]
    pub fn shards(&self) -> u8 {
        u8::try_from(self.loads.len()).expect("made from a u8")
    }

    /// How many meetings there are.
    #[must_use]
    pub fn meetings(&self) -> usize {
        self.meetings.len()
    }

    /// How many transports there are.
    #[must_use]
    pub fn transports(&self) -> usize {
        self.transports.len()
    }

    /// The home of a meeting, and all of its shards.
    #[must_use]
    pub fn of_meeting(&self, meeting: &str) -> Option<(u8, ShardSet)> {
        self.meetings.get(meeting).map(|meeting| (meeting.home, meeting.shards))
    }

    /// The shard of a transport.
    #[must_use]
    pub fn of_transport(&self, transport: &str) -> Option<u8> {
        self.transports.get(transport).map(|transport| transport.shard)
    }

    /// Gives a new meeting its home.
    pub fn add_meeting(&mut self, create: &CreateMeeting) -> u8 {
        let homes = |shard: u8| self.meetings.values().filter(|meeting| meeting.home == shard).count();
        let all = 0..self.shards();
        let home = all.min_by_key(|shard| (self.loads[usize::from(*shard)], homes(*shard))).expect("there is a shard");
        let meeting = Meeting {
            home,
            audio_slots: create.audio_slots,
            stage_voice: None,
            loads: vec![0; self.loads.len()],
            shards: ShardSet::of(home),
        };
        self.meetings.insert(create.meeting.clone(), meeting);
        home
    }

    /// The settings of a meeting have changed: its copies have them, too, but not its blob.
    pub fn renew_meeting(&mut self, create: &CreateMeeting) {
        let Some(meeting) = self.meetings.get_mut(&create.meeting) else { return };
        meeting.audio_slots = create.audio_slots;
        for shard in meeting.shards.without(meeting.home).iter() {
            self.told.push((shard, Command::CreateMeeting(CreateMeeting { blob: Vec::new(), ..create.clone() })));
        }
    }

    /// Whose voice comes first is known to shards that get the meeting later.
    pub fn set_stage_voice(&mut self, meeting: &str, track: Option<&String>) {
        if let Some(meeting) = self.meetings.get_mut(meeting) {
            meeting.stage_voice = track.cloned();
        }
    }

    /// Forgets a meeting and its transports; gives the shards that had it.
    pub fn remove_meeting(&mut self, meeting: &str) -> Option<ShardSet> {
        let gone = self.meetings.remove(meeting)?;
        self.transports.retain(|_, transport| transport.meeting != meeting);
        for (load, of_meeting) in self.loads.iter_mut().zip(gone.loads) {
            *load -= of_meeting;
        }
        Some(gone.shards)
    }

    /// Gives a transport its shard: one that has the meeting, its home first, as long as it has room there; else the one
    /// with the fewest transports, which gets the meeting, too.
    pub fn add_transport(&mut self, meeting_id: &str, transport: &str) -> Option<u8> {
        let meeting = self.meetings.get_mut(meeting_id)?;
        let has_room = |shard: &u8| meeting.loads[usize::from(*shard)] < self.per_meeting;
        let others = meeting.shards.without(meeting.home);
        let known = [meeting.home].into_iter().chain(others.iter()).find(has_room);
        let all = 0..u8::try_from(self.loads.len()).expect("made from a u8");
        let load = |shard: &u8| self.loads[usize::from(*shard)];
        let fresh = || all.clone().filter(has_room).min_by_key(load);
        let shard = known.or_else(fresh).or_else(|| all.clone().min_by_key(load)).expect("there is a shard");
        meeting.loads[usize::from(shard)] += 1;
        self.loads[usize::from(shard)] += 1;
        self.transports.insert(transport.to_owned(), Transport { meeting: meeting_id.to_owned(), shard });
        if !meeting.shards.has(shard) {
            let create =
                CreateMeeting { meeting: meeting_id.to_owned(), audio_slots: meeting.audio_slots, blob: Vec::new() };
            self.told.push((shard, Command::CreateMeeting(create)));
            let stage_voice =
                Command::SetStageVoice { meeting: meeting_id.to_owned(), track: meeting.stage_voice.clone() };
            self.told.push((shard, stage_voice));
            meeting.shards = meeting.shards.with(shard);
            // The newcomer first: what others tell it of their tracks is to find the meeting there.
            self.tell_spread(meeting_id, shard);
        }
        Some(shard)
    }

    /// Forgets a transport; gives its shard. One that was not the meeting's home and has no further transport of it is
    /// rid of the meeting.
    pub fn remove_transport(&mut self, transport: &str) -> Option<u8> {
        let Transport { meeting: meeting_id, shard } = self.transports.remove(transport)?;
        self.loads[usize::from(shard)] -= 1;
        let Some(meeting) = self.meetings.get_mut(&meeting_id) else { return Some(shard) };
        meeting.loads[usize::from(shard)] -= 1;
        if shard != meeting.home && meeting.loads[usize::from(shard)] == 0 {
            meeting.shards = meeting.shards.without(shard);
            let first = meeting.home;
            self.told.push((shard, Command::CloseMeeting { meeting: meeting_id.clone() }));
            self.tell_spread(&meeting_id, first);
        }
        Some(shard)
    }

    fn tell_spread(&mut self, meeting_id: &str, first: u8) {
        let Some(Meeting { home, shards, .. }) = self.meetings.get(meeting_id) else { return };
        let (home, shards) = (*home, *shards);
        for shard in [first].into_iter().chain(shards.without(first).iter()) {
            let spread = Command::SpreadMeeting { meeting: meeting_id.to_owned(), shards, home };
            self.told.push((shard, spread));
        }
    }

    /// Takes what the shards have for what there is, in the order of their numbers.
    pub fn believe(&mut self, parts: &[Option<ShardSnapshot>]) {
        self.meetings.clear();
        self.transports.clear();
        self.loads.fill(0);
        let numbered = || (0u8..).zip(parts.iter().flatten());
        for (home, part) in numbered() {
            for one in &part.meetings {
                let meeting = Meeting {
                    home,
                    audio_slots: one.audio_slots,
                    stage_voice: one.stage_voice.clone(),
                    loads: vec![0; self.loads.len()],
                    shards: ShardSet::of(home),
                };
                self.meetings.insert(one.meeting.clone(), meeting);
            }
        }
        for (shard, part) in numbered() {
            for copy in &part.copies {
                match self.meetings.get_mut(copy) {
                    Some(meeting) => meeting.shards = meeting.shards.with(shard),
                    None => self.told.push((shard, Command::CloseMeeting { meeting: copy.clone() })),
                }
            }
            for one in &part.transports {
                let Some(meeting) = self.meetings.get_mut(&one.meeting) else { continue };
                meeting.loads[usize::from(shard)] += 1;
                self.loads[usize::from(shard)] += 1;
                let transport = Transport { meeting: one.meeting.clone(), shard };
                self.transports.insert(one.transport.clone(), transport);
            }
        }
    }
}

#[cfg(test)]
#[path = "places_tests.rs"]
mod tests;
