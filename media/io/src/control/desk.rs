//! Which shard a command is for, and what of their letters is said to whom. Without I/O.

use std::collections::{HashMap, VecDeque};

use hoptt_core::control::{
    Answer, ApplySession, CloseReason, Command, Event, Refusal, RefusalCode, ShardSet, ShardSnapshot, TransportState,
};

use super::places::Places;
use crate::shard::{FromShard, Letter, ToShard};
use crate::stats::ShardStats;
use hoptt_io::frames::FromEngine;

/// Meetings of the engine.
pub const MAX_MEETINGS: usize = 4_096;
/// Transports of the engine.
pub const MAX_TRANSPORTS: usize = 10_000;
/// Commands that are not answered yet; the next ones are not read before some are.
pub const MAX_PENDING: usize = 4_096;

const NO_MEETING: (RefusalCode, &str) = (RefusalCode::UnknownMeeting, "there is no meeting of that id");

/// Who asked, and under which number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asker {
    /// The connection.
    pub connection: u64,
    /// Its number for the command.
    pub id: u64,
}

/// Something to be said.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// An answer, to whom it is due.
    To(u64, FromEngine),
    /// An event, to whoever is the controller.
    ToController(FromEngine),
}

/// See the module. Its outputs are to be polled after each `handle_*`.
#[derive(Debug)]
pub struct Desk {
    places: Places,
    pending: HashMap<u64, Pending>,
    snapshot: Option<Gathering>,
    stats: Option<(usize, ShardStats)>,
    /// Letters were lost: the next snapshot says what there is.
    distrusted: bool,
    ended: usize,
    last_number: u64,
    letters: VecDeque<(u8, ToShard)>,
    said: VecDeque<Said>,
}

/// A command that some shards have not answered yet.
#[derive(Debug)]
struct Pending {
    asker: Asker,
    waiting: usize,
    outcome: Option<Result<Answer, Refusal>>,
    /// What it would have made: forgotten again when the shard refuses.
    makes: Option<Made>,
}

#[derive(Debug)]
enum Made {
    Meeting(String),
    Transport(String),
}

/// A snapshot under way. What happens in a shard after its part is held back, because it is to be told after the whole.
#[derive(Debug)]
struct Gathering {
    number: u64,
    asker: Asker,
    parts: Vec<Option<ShardSnapshot>>,
    held: Vec<FromEngine>,
}

impl Desk {
    /// For so many shards, which have so many transports of a meeting each before it spills over to another one.
    #[must_use]
    pub fn new(shards: u8, per_meeting: usize) -> Self {
        Self {
            places: Places::new(shards, per_meeting),
            pending: HashMap::new(),
            snapshot: None,
            stats: None,
            distrusted: false,
            ended: 0,
            last_number: 0,
            letters: VecDeque::new(),
            said: VecDeque::new(),
        }
    }

    /// Takes a command.
    pub fn handle_command(&mut self, asker: Asker, command: Command) {
        let placed = self.place(&command);
        self.tell_places();
        let (shards, makes) = match placed {
            Ok(Placed::At(shard, makes)) => (ShardSet::of(shard), makes),
            Ok(Placed::In(shards)) => (shards, None),
            Ok(Placed::Everywhere) => ((0..self.places.shards()).collect(), None),
            Ok(Placed::Nowhere) => return self.answer(asker, Ok(Answer::Done { unknown: Vec::new() })),
            Err((code, message)) => return self.answer(asker, Err(Refusal { code, message: message.to_owned() })),
        };
        let number = self.next_number();
        self.pending.insert(number, Pending { asker, waiting: shards.iter().count(), outcome: None, makes });
        let closes = if let Command::CloseTransport { transport } = &command { Some(transport.clone()) } else { None };
        let mut all: Vec<u8> = shards.iter().collect();
        let last = all.pop();
        for shard in all {
            self.letters.push_back((shard, ToShard::Command(number, command.clone())));
        }
        self.letters.extend(last.map(|last| (last, ToShard::Command(number, command))));
        if let Some(transport) = closes {
            self.places.remove_transport(&transport);
            self.tell_places();
        }
    }

    /// Asks all shards for a snapshot. That of another connection which is still under way is dropped.
    pub fn take_snapshot(&mut self, asker: Asker) {
        if self.snapshot.as_ref().is_some_and(|under_way| under_way.asker.connection == asker.connection) {
            let message = "a snapshot is under way".to_owned();
            return self.answer(asker, Err(Refusal { code: RefusalCode::Limit, message }));
        }
        let number = self.next_number();
        let parts = (0..self.places.shards()).map(|_| None).collect();
        self.snapshot = Some(Gathering { number, asker, parts, held: Vec::new() });
        self.write_all(|| ToShard::TakeSnapshot(number));
    }

    /// Asks all shards whether they turn.
    pub fn ping(&mut self, asker: Asker) {
        let number = self.next_number();
        self.pending
            .insert(number, Pending { asker, waiting: usize::from(self.places.shards()), outcome: None, makes: None });
        self.write_all(|| ToShard::Ping(number));
    }

    /// Asks all shards for their totals, unless they are still at it.
    pub fn take_stats(&mut self) {
        if self.stats.is_none() {
            self.stats = Some((0, ShardStats::default()));
            self.write_all(|| ToShard::TakeStats);
        }
    }

    /// Tells all shards to close everything and end.
    pub fn end(&mut self, reason: CloseReason) {
        self.write_all(|| ToShard::End(reason));
    }

    /// Takes a letter of a shard. Gives the statistics when they are complete.
    pub fn handle_letter(&mut self, FromShard { shard, letter }: FromShard) -> Option<ShardStats> {
        match letter {
            Letter::Answer(number, outcome) => self.answered(number, outcome),
            Letter::Pong(number) => self.answered(number, Ok(Answer::Done { unknown: Vec::new() })),
            Letter::Snapshot(number, part) => self.gather(shard, number, part),
            Letter::Told(event) => self.told(shard, event),
            Letter::Ended => self.ended += 1,
            Letter::Stats(part) => {
                let (came, mut sum) = self.stats.take()?;
                sum.add(part);
                if came + 1 == usize::from(self.places.shards()) {
                    return Some(sum);
                }
                self.stats = Some((came + 1, sum));
            }
        }
        None
    }

    /// Letters of shards were lost: nothing that was asked will be answered, and what there is the next snapshot tells.
    pub fn distrust(&mut self) {
        self.pending.clear();
        self.snapshot = None;
        self.stats = None;
        self.distrusted = true;
    }

    /// The next letter to a shard.
    pub fn poll_letter(&mut self) -> Option<(u8, ToShard)> {
        self.letters.pop_front()
    }

    /// The next thing to be said.
    pub fn poll_said(&mut self) -> Option<Said> {
        self.said.pop_front()
    }

    /// Whether no further command can be taken before some are answered.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.pending.len() >= MAX_PENDING
    }

    /// Whether all shards have ended.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.ended == usize::from(self.places.shards())
    }

    // ---- within ------------------------------------------------------------------------------

    fn next_number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    fn write_all(&mut self, letter: impl Fn() -> ToShard) {
        for shard in 0..self.places.shards() {
            self.letters.push_back((shard, letter()));
        }
    }

    fn answer(&mut self, asker: Asker, outcome: Result<Answer, Refusal>) {
        self.said.push_back(Said::To(asker.connection, FromEngine::answer(asker.id, outcome)));
    }

    /// Finds the shard of a command, and notes what it makes or closes.
    fn place(&mut self, command: &Command) -> Result<Placed, (RefusalCode, &'static str)> {
        match command {
            Command::CreateMeeting(create) => {
                if let Some((home, _)) = self.places.of_meeting(&create.meeting) {
                    self.places.renew_meeting(create);
                    return Ok(Placed::At(home, None));
                }
                if self.places.meetings() >= MAX_MEETINGS {
                    return Err((RefusalCode::Limit, "the engine has as many meetings as it takes"));
                }
                let home = self.places.add_meeting(create);
                Ok(Placed::At(home, Some(Made::Meeting(create.meeting.clone()))))
            }
            Command::CloseMeeting { meeting } => {
                Ok(self.places.remove_meeting(meeting).map_or(Placed::Nowhere, Placed::In))
            }
            Command::SetStageVoice { meeting, track } => {
                let (_, shards) = self.places.of_meeting(meeting).ok_or(NO_MEETING)?;
                self.places.set_stage_voice(meeting, track.as_ref());
                Ok(Placed::In(shards))
            }
            Command::SetMeetingBlob { meeting, .. } | Command::SpreadMeeting { meeting, .. } => {
                let (home, _) = self.places.of_meeting(meeting).ok_or(NO_MEETING)?;
                Ok(Placed::At(home, None))
            }
            Command::CreateTransport { meeting, transport, .. } => {
                self.places.of_meeting(meeting).ok_or(NO_MEETING)?;
                if self.places.of_transport(transport).is_some() {
                    return Err((RefusalCode::Exists, "there is a transport of that id"));
                }
                if self.places.transports() >= MAX_TRANSPORTS {
                    return Err((RefusalCode::Limit, "the engine has as many transports as it takes"));
                }
                let shard = self.places.add_transport(meeting, transport).ok_or(NO_MEETING)?;
                Ok(Placed::At(shard, Some(Made::Transport(transport.clone()))))
            }
            Command::CloseTransport { transport } => {
                // Its shard is told to be rid of the meeting, if that was its last one, after this.
                let shard = self.places.of_transport(transport);
                Ok(shard.map_or(Placed::Nowhere, |shard| Placed::At(shard, None)))
            }
            Command::ApplySession(ApplySession { transport, .. })
            | Command::SetVideo { transport, .. }
            | Command::RestartIce { transport }
            | Command::SetTransportBlob { transport, .. } => {
                let known = self.places.of_transport(transport).map(|shard| Placed::At(shard, None));
                known.ok_or((RefusalCode::UnknownTransport, "there is no transport of that id"))
            }
            Command::SetGates(_) | Command::AskKeyframe { .. } | Command::CloseAll(_) => Ok(Placed::Everywhere),
        }
    }

    /// Gives shards what has changed of where meetings are; no answer is waited for.
    fn tell_places(&mut self) {
        while let Some((shard, command)) = self.places.poll_told() {
            let number = self.next_number();
            self.letters.push_back((shard, ToShard::Command(number, command)));
        }
    }

    fn answered(&mut self, number: u64, outcome: Result<Answer, Refusal>) {
        let Some(pending) = self.pending.get_mut(&number) else { return };
        pending.waiting -= 1;
        let so_far = pending.outcome.take();
        pending.outcome = Some(match so_far {
            Some(so_far) => together(so_far, outcome),
            None => outcome,
        });
        if pending.waiting > 0 {
            return;
        }
        let Some(Pending { asker, outcome: Some(outcome), makes, .. }) = self.pending.remove(&number) else { return };
        if outcome.is_err() {
            match makes {
                Some(Made::Meeting(meeting)) => drop(self.places.remove_meeting(&meeting)),
                Some(Made::Transport(transport)) => drop(self.places.remove_transport(&transport)),
                None => {}
            }
            self.tell_places();
        }
        self.answer(asker, outcome);
    }

    fn told(&mut self, shard: u8, event: Event) {
        if let Event::TransportChanged { transport, state: TransportState::Closed, .. } = &event {
            self.places.remove_transport(transport);
            self.tell_places();
        }
        let event = FromEngine::from(event);
        match &mut self.snapshot {
            Some(under_way) if under_way.parts[usize::from(shard)].is_some() => under_way.held.push(event),
            _ => self.said.push_back(Said::ToController(event)),
        }
    }

    fn gather(&mut self, shard: u8, number: u64, part: ShardSnapshot) {
        let Some(mut under_way) = self.snapshot.take_if(|under_way| under_way.number == number) else { return };
        under_way.parts[usize::from(shard)] = Some(part);
        if under_way.parts.iter().any(Option::is_none) {
            self.snapshot = Some(under_way);
            return;
        }
        if std::mem::take(&mut self.distrusted) {
            self.places.believe(&under_way.parts);
            self.tell_places();
        }
        let mut whole = ShardSnapshot::default();
        for part in under_way.parts.into_iter().flatten() {
            whole.meetings.extend(part.meetings);
            whole.transports.extend(part.transports);
            whole.tracks.extend(part.tracks);
        }
        let ShardSnapshot { meetings, transports, tracks, .. } = whole;
        let snapshot = FromEngine::Snapshot { id: under_way.asker.id, meetings, transports, tracks };
        self.said.push_back(Said::To(under_way.asker.connection, snapshot));
        self.said.extend(under_way.held.into_iter().map(Said::ToController));
    }
}

/// Where a command goes.
enum Placed {
    At(u8, Option<Made>),
    In(ShardSet),
    Everywhere,
    /// What it speaks of is not there, and that is fine.
    Nowhere,
}

/// Of what every shard was asked only that is unknown which all of them do not know.
fn together(one: Result<Answer, Refusal>, other: Result<Answer, Refusal>) -> Result<Answer, Refusal> {
    match (one?, other?) {
        (Answer::Done { unknown: mut first }, Answer::Done { unknown: second }) => {
            first.retain(|id| second.contains(id));
            Ok(Answer::Done { unknown: first })
        }
        (first, _) => Ok(first),
    }
}

#[cfg(test)]
#[path = "desk_tests.rs"]
mod tests;
