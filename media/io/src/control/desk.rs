//! Which shard a command is for, and what of their letters is said to whom. Without I/O.

use std::collections::{HashMap, VecDeque};

use hoptt_core::control::{
    Answer, ApplySession, CloseReason, Command, CreateMeeting, Event, Refusal, RefusalCode, ShardSnapshot,
    TransportSnapshot, TransportState,
};

use crate::shard::{FromShard, Letter, ToShard};
use crate::stats::ShardStats;
use hoptt_io::frames::FromEngine;

/// Meetings of the engine.
pub const MAX_MEETINGS: usize = 4_096;
/// Transports of the engine.
pub const MAX_TRANSPORTS: usize = 10_000;
/// Commands that are not answered yet; the next ones are not read before some are.
pub const MAX_PENDING: usize = 4_096;

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
    meetings: HashMap<String, u8>,
    transports: HashMap<String, Transport>,
    /// Transports by shard.
    loads: Vec<usize>,
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

#[derive(Debug)]
struct Transport {
    meeting: String,
    shard: u8,
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
    /// For so many shards.
    #[must_use]
    pub fn new(shards: u8) -> Self {
        Self {
            meetings: HashMap::new(),
            transports: HashMap::new(),
            loads: vec![0; usize::from(shards)],
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
        let (mut shards, makes) = match self.place(&command) {
            Ok(Placed::At(shard, makes)) => (shard..shard + 1, makes),
            Ok(Placed::Everywhere) => (0..self.shards(), None),
            Ok(Placed::Nowhere) => return self.answer(asker, Ok(Answer::Done { unknown: Vec::new() })),
            Err((code, message)) => return self.answer(asker, Err(Refusal { code, message: message.to_owned() })),
        };
        let number = self.next_number();
        self.pending.insert(number, Pending { asker, waiting: shards.len(), outcome: None, makes });
        let last = shards.next_back().expect("there is a shard");
        for shard in shards {
            self.letters.push_back((shard, ToShard::Command(number, command.clone())));
        }
        self.letters.push_back((last, ToShard::Command(number, command)));
    }

    /// Asks all shards for a snapshot. That of another connection which is still under way is dropped.
    pub fn take_snapshot(&mut self, asker: Asker) {
        if self.snapshot.as_ref().is_some_and(|under_way| under_way.asker.connection == asker.connection) {
            let message = "a snapshot is under way".to_owned();
            return self.answer(asker, Err(Refusal { code: RefusalCode::Limit, message }));
        }
        let number = self.next_number();
        let parts = self.loads.iter().map(|_| None).collect();
        self.snapshot = Some(Gathering { number, asker, parts, held: Vec::new() });
        self.write_all(|| ToShard::TakeSnapshot(number));
    }

    /// Asks all shards whether they turn.
    pub fn ping(&mut self, asker: Asker) {
        let number = self.next_number();
        self.pending.insert(number, Pending { asker, waiting: self.loads.len(), outcome: None, makes: None });
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
                if came + 1 == self.loads.len() {
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
        self.ended == self.loads.len()
    }

    // ---- within ------------------------------------------------------------------------------

    fn shards(&self) -> u8 {
        u8::try_from(self.loads.len()).expect("made from a u8")
    }

    fn next_number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    fn write_all(&mut self, letter: impl Fn() -> ToShard) {
        for shard in 0..self.shards() {
            self.letters.push_back((shard, letter()));
        }
    }

    fn answer(&mut self, asker: Asker, outcome: Result<Answer, Refusal>) {
        self.said.push_back(Said::To(asker.connection, FromEngine::answer(asker.id, outcome)));
    }

    /// Finds the shard of a command, and notes what it makes or closes.
    fn place(&mut self, command: &Command) -> Result<Placed, (RefusalCode, &'static str)> {
        match command {
            Command::CreateMeeting(CreateMeeting { meeting, .. }) => {
                if let Some(shard) = self.meetings.get(meeting) {
                    return Ok(Placed::At(*shard, None));
                }
                if self.meetings.len() >= MAX_MEETINGS {
                    return Err((RefusalCode::Limit, "the engine has as many meetings as it takes"));
                }
                let shard = self.least_loaded();
                self.meetings.insert(meeting.clone(), shard);
                Ok(Placed::At(shard, Some(Made::Meeting(meeting.clone()))))
            }
            Command::CloseMeeting { meeting } => {
                let Some(shard) = self.meetings.remove(meeting) else { return Ok(Placed::Nowhere) };
                self.forget_transports(shard, |transport| transport.meeting == *meeting);
                Ok(Placed::At(shard, None))
            }
            Command::SetStageVoice { meeting, .. }
            | Command::SetMeetingBlob { meeting, .. }
            | Command::SpreadMeeting { meeting, .. } => {
                self.meeting(meeting).map(|shard| Placed::At(shard, None))
            }
            Command::CreateTransport { meeting, transport, .. } => {
                let shard = self.meeting(meeting)?;
                if self.transports.contains_key(transport) {
                    return Err((RefusalCode::Exists, "there is a transport of that id"));
                }
                if self.transports.len() >= MAX_TRANSPORTS {
                    return Err((RefusalCode::Limit, "the engine has as many transports as it takes"));
                }
                self.loads[usize::from(shard)] += 1;
                self.transports.insert(transport.clone(), Transport { meeting: meeting.clone(), shard });
                Ok(Placed::At(shard, Some(Made::Transport(transport.clone()))))
            }
            Command::CloseTransport { transport } => {
                Ok(self.forget_transport(transport).map_or(Placed::Nowhere, |shard| Placed::At(shard, None)))
            }
            Command::ApplySession(ApplySession { transport, .. })
            | Command::SetVideo { transport, .. }
            | Command::RestartIce { transport }
            | Command::SetTransportBlob { transport, .. } => {
                let known = self.transports.get(transport).map(|known| Placed::At(known.shard, None));
                known.ok_or((RefusalCode::UnknownTransport, "there is no transport of that id"))
            }
            Command::SetGates(_) | Command::AskKeyframe { .. } | Command::CloseAll(_) => Ok(Placed::Everywhere),
        }
    }

    fn meeting(&self, meeting: &str) -> Result<u8, (RefusalCode, &'static str)> {
        let shard = self.meetings.get(meeting).copied();
        shard.ok_or((RefusalCode::UnknownMeeting, "there is no meeting of that id"))
    }

    fn least_loaded(&self) -> u8 {
        let meetings = |shard: u8| self.meetings.values().filter(|at| **at == shard).count();
        let all = 0..self.shards();
        all.min_by_key(|shard| (self.loads[usize::from(*shard)], meetings(*shard))).expect("there is a shard")
    }

    fn forget_transport(&mut self, transport: &str) -> Option<u8> {
        let shard = self.transports.remove(transport)?.shard;
        self.loads[usize::from(shard)] -= 1;
        Some(shard)
    }

    fn forget_transports(&mut self, shard: u8, which: impl Fn(&Transport) -> bool) {
        let before = self.transports.len();
        self.transports.retain(|_, transport| !which(transport));
        self.loads[usize::from(shard)] -= before - self.transports.len();
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
                Some(Made::Meeting(meeting)) => drop(self.meetings.remove(&meeting)),
                Some(Made::Transport(transport)) => drop(self.forget_transport(&transport)),
                None => {}
            }
        }
        self.answer(asker, outcome);
    }

    fn told(&mut self, shard: u8, event: Event) {
        if let Event::TransportChanged { transport, state: TransportState::Closed, .. } = &event {
            self.forget_transport(transport);
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
            self.believe(&under_way.parts);
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

impl Desk {
    /// Takes what the shards have for what there is.
    fn believe(&mut self, parts: &[Option<ShardSnapshot>]) {
        self.meetings.clear();
        self.transports.clear();
        for (shard, part) in (0u8..).zip(parts.iter().flatten()) {
            self.meetings.extend(part.meetings.iter().map(|one| (one.meeting.clone(), shard)));
            let of = |one: &TransportSnapshot| Transport { meeting: one.meeting.clone(), shard };
            self.transports.extend(part.transports.iter().map(|one| (one.transport.clone(), of(one))));
            self.loads[usize::from(shard)] = part.transports.len();
        }
    }
}

/// Where a command goes.
enum Placed {
    At(u8, Option<Made>),
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
