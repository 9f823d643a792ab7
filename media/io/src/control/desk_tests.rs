use hoptt_core::control::{CreateMeeting, Gate, MeetingSnapshot};

use super::*;

const US: u64 = 1;

fn ask(desk: &mut Desk, id: u64, command: Command) -> Vec<u8> {
    desk.handle_command(Asker { connection: US, id }, command);
    std::iter::from_fn(|| desk.poll_letter()).map(|(shard, _)| shard).collect()
}

/// Lets a shard answer the last command that was given to it.
fn done(desk: &mut Desk, shard: u8, outcome: Result<Answer, Refusal>) {
    let number = desk.last_number;
    desk.handle_letter(FromShard { shard, letter: Letter::Answer(number, outcome) });
}

fn fine(unknown: &[&str]) -> Answer {
    Answer::Done { unknown: unknown.iter().map(ToString::to_string).collect() }
}

fn said(desk: &mut Desk) -> Vec<FromEngine> {
    let all = std::iter::from_fn(|| desk.poll_said());
    all.map(|said| match said {
        Said::To(US, frame) | Said::ToController(frame) => frame,
        Said::To(..) => panic!("to somebody else"),
    })
    .collect()
}

fn create_meeting(meeting: &str) -> Command {
    Command::CreateMeeting(CreateMeeting { meeting: meeting.to_owned(), audio_slots: 4, blob: Vec::new() })
}

fn create_transport(meeting: &str, transport: &str) -> Command {
    Command::CreateTransport { meeting: meeting.to_owned(), transport: transport.to_owned(), blob: Vec::new() }
}

fn code(frame: &FromEngine) -> Option<RefusalCode> {
    if let FromEngine::Refused { code, .. } = frame { Some(*code) } else { None }
}

#[test]
fn meetings_spread_over_the_shards_and_their_transports_follow_them() {
    let mut desk = Desk::new(2, 250);
    assert_eq!(ask(&mut desk, 1, create_meeting("m")), [0]);
    assert_eq!(ask(&mut desk, 2, create_meeting("n")), [1]);
    assert_eq!(ask(&mut desk, 3, create_meeting("m")), [0], "again: where it is");
    assert_eq!(ask(&mut desk, 4, create_transport("n", "p/1")), [1]);
    assert_eq!(ask(&mut desk, 5, Command::RestartIce { transport: "p/1".to_owned() }), [1]);
    assert_eq!(ask(&mut desk, 6, create_meeting("o")), [0], "the one with fewer transports");
}

#[test]
fn what_is_not_there_is_refused_or_fine_as_the_protocol_says() {
    let mut desk = Desk::new(1, 250);
    for (command, expected) in [
        (create_transport("m", "p/1"), Some(RefusalCode::UnknownMeeting)),
        (Command::SetStageVoice { meeting: "m".to_owned(), track: None }, Some(RefusalCode::UnknownMeeting)),
        (Command::SetVideo { transport: "p/1".to_owned(), wishes: Vec::new() }, Some(RefusalCode::UnknownTransport)),
        (Command::RestartIce { transport: "p/1".to_owned() }, Some(RefusalCode::UnknownTransport)),
        (Command::CloseMeeting { meeting: "m".to_owned() }, None),
        (Command::CloseTransport { transport: "p/1".to_owned() }, None),
    ] {
        assert_eq!(ask(&mut desk, 7, command.clone()), [], "{command:?}");
        let answers = said(&mut desk);
        assert_eq!((answers.len(), code(&answers[0])), (1, expected), "{command:?}");
    }
}

#[test]
fn an_id_in_use_is_refused_until_its_transport_is_closed_by_whomever() {
    let mut desk = Desk::new(1, 250);
    ask(&mut desk, 1, create_meeting("m"));
    ask(&mut desk, 2, create_transport("m", "p/1"));
    ask(&mut desk, 3, create_transport("m", "p/1"));
    assert_eq!(said(&mut desk).iter().filter_map(code).collect::<Vec<_>>(), [RefusalCode::Exists]);
    let closed = Event::TransportChanged {
        transport: "p/1".to_owned(),
        state: TransportState::Closed,
        reason: Some(CloseReason::PeerLeft),
        profile: None,
        ice_us: None,
        dtls_us: None,
    };
    desk.handle_letter(FromShard { shard: 0, letter: Letter::Told(closed) });
    assert_eq!(ask(&mut desk, 4, create_transport("m", "p/1")), [0]);
    ask(&mut desk, 5, Command::CloseMeeting { meeting: "m".to_owned() });
    assert_eq!(desk.places.transports(), 0);
}

#[test]
fn what_a_shard_refused_to_make_is_not_there() {
    let mut desk = Desk::new(1, 250);
    let refused = || Err(Refusal { code: RefusalCode::Limit, message: "full".to_owned() });
    ask(&mut desk, 1, create_meeting("m"));
    ask(&mut desk, 2, create_transport("m", "p/1"));
    done(&mut desk, 0, refused());
    assert_eq!(desk.places.transports(), 0);
    assert_eq!(said(&mut desk).iter().filter_map(code).collect::<Vec<_>>(), [RefusalCode::Limit]);
}

#[test]
fn there_are_ten_thousand_transports_at_most() {
    let mut desk = Desk::new(2, 250);
    ask(&mut desk, 1, create_meeting("m"));
    for number in 0..MAX_TRANSPORTS {
        assert!(!ask(&mut desk, 2, create_transport("m", &format!("p/{number}"))).is_empty());
    }
    said(&mut desk);
    assert_eq!(ask(&mut desk, 3, create_transport("m", "one/more")), []);
    assert_eq!(said(&mut desk).iter().filter_map(code).collect::<Vec<_>>(), [RefusalCode::Limit]);
}

#[test]
fn gates_are_set_in_every_shard_and_answered_once_with_what_none_of_them_knows() {
    let mut desk = Desk::new(2, 250);
    let gate = |track: &str| Gate { track: track.to_owned(), allowed: true, on: true, vetoed: false };
    assert_eq!(ask(&mut desk, 9, Command::SetGates(vec![gate("a"), gate("b"), gate("c")])), [0, 1]);
    done(&mut desk, 1, Ok(fine(&["a", "c"])));
    assert_eq!(said(&mut desk), [], "before all of them are in force nothing is answered (S19)");
    done(&mut desk, 0, Ok(fine(&["b", "c"])));
    assert_eq!(said(&mut desk), [FromEngine::Done { id: 9, unknown: vec!["c".to_owned()] }]);
}

#[test]
fn a_ping_is_answered_when_all_shards_turn() {
    let mut desk = Desk::new(2, 250);
    desk.ping(Asker { connection: US, id: 3 });
    let number = desk.last_number;
    desk.handle_letter(FromShard { shard: 1, letter: Letter::Pong(number) });
    assert_eq!(said(&mut desk), []);
    desk.handle_letter(FromShard { shard: 0, letter: Letter::Pong(number) });
    assert_eq!(said(&mut desk), [FromEngine::Done { id: 3, unknown: vec![] }]);
}

fn part(meeting: &str) -> ShardSnapshot {
    let one = MeetingSnapshot { meeting: meeting.to_owned(), audio_slots: 4, stage_voice: None, blob: Vec::new() };
    ShardSnapshot { meetings: vec![one], ..ShardSnapshot::default() }
}

fn up(track: &str) -> Letter {
    Letter::Told(Event::TrackUp { track: track.to_owned(), codec: "opus".to_owned() })
}

#[test]
fn what_happens_after_a_shards_part_is_told_after_the_snapshot() {
    let mut desk = Desk::new(2, 250);
    desk.take_snapshot(Asker { connection: US, id: 5 });
    let number = desk.last_number;
    for (shard, letter) in [
        (0, up("before")),
        (0, Letter::Snapshot(number, part("m"))),
        (0, up("after")),
        (1, up("before too")),
        (1, Letter::Snapshot(number, part("n"))),
        (1, up("after too")),
    ] {
        desk.handle_letter(FromShard { shard, letter });
    }
    let order: Vec<String> = said(&mut desk)
        .into_iter()
        .map(|frame| match frame {
            FromEngine::TrackUp { track, .. } => track,
            FromEngine::Snapshot { id: 5, meetings, .. } => format!("snapshot of {}", meetings.len()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(order, ["before", "before too", "snapshot of 2", "after", "after too"]);
}

#[test]
fn a_snapshot_of_one_who_is_gone_gives_way() {
    let mut desk = Desk::new(1, 250);
    desk.take_snapshot(Asker { connection: 77, id: 1 });
    let old = desk.last_number;
    desk.take_snapshot(Asker { connection: US, id: 2 });
    let new = desk.last_number;
    desk.handle_letter(FromShard { shard: 0, letter: Letter::Snapshot(old, part("m")) });
    assert_eq!(said(&mut desk), []);
    desk.handle_letter(FromShard { shard: 0, letter: Letter::Snapshot(new, part("m")) });
    assert!(matches!(said(&mut desk)[..], [FromEngine::Snapshot { id: 2, .. }]));
}

#[test]
fn commands_without_an_answer_are_bounded() {
    let mut desk = Desk::new(1, 250);
    for id in 0..MAX_PENDING as u64 {
        assert!(!desk.is_full());
        desk.ping(Asker { connection: US, id });
    }
    assert!(desk.is_full());
    desk.handle_letter(FromShard { shard: 0, letter: Letter::Pong(1) });
    assert!(!desk.is_full());
}

#[test]
fn statistics_are_complete_when_all_shards_gave_theirs() {
    let mut desk = Desk::new(2, 250);
    let stats = || Letter::Stats(ShardStats::default());
    desk.take_stats();
    assert_eq!(desk.handle_letter(FromShard { shard: 0, letter: stats() }), None);
    desk.take_stats();
    assert_eq!(std::iter::from_fn(|| desk.poll_letter()).count(), 2, "one round at a time");
    assert!(desk.handle_letter(FromShard { shard: 1, letter: stats() }).is_some());
}

#[test]
fn after_letters_were_lost_the_next_snapshot_says_what_there_is() {
    let mut desk = Desk::new(2, 250);
    ask(&mut desk, 1, create_meeting("gone"));
    desk.distrust();
    assert_eq!(desk.pending.len(), 0);
    desk.take_snapshot(Asker { connection: US, id: 2 });
    let number = desk.last_number;
    desk.handle_letter(FromShard { shard: 0, letter: Letter::Snapshot(number, ShardSnapshot::default()) });
    desk.handle_letter(FromShard { shard: 1, letter: Letter::Snapshot(number, part("there")) });
    said(&mut desk);
    desk.letters.clear();
    assert_eq!(ask(&mut desk, 3, Command::SetStageVoice { meeting: "there".to_owned(), track: None }), [1]);
    assert_eq!(desk.places.of_meeting("gone"), None);
}

#[test]
fn what_concerns_a_whole_meeting_goes_to_all_of_its_shards_and_the_rest_where_it_belongs() {
    let mut desk = Desk::new(3, 1);
    ask(&mut desk, 1, create_meeting("m"));
    assert_eq!(ask(&mut desk, 2, create_transport("m", "a")), [0]);
    assert_eq!(ask(&mut desk, 3, create_transport("m", "b")), [1, 1, 1, 0, 1], "the meeting first, then the transport");
    assert_eq!(ask(&mut desk, 4, create_meeting("m")), [1, 0], "with the blob to its home alone");
    let stage = Command::SetStageVoice { meeting: "m".to_owned(), track: None };
    assert_eq!(ask(&mut desk, 5, stage), [0, 1]);
    done(&mut desk, 0, Ok(fine(&[])));
    assert_eq!(said(&mut desk), []);
    done(&mut desk, 1, Ok(fine(&[])));
    assert_eq!(said(&mut desk), [FromEngine::Done { id: 5, unknown: vec![] }]);
    let blob = Command::SetMeetingBlob { meeting: "m".to_owned(), blob: Vec::new() };
    assert_eq!(ask(&mut desk, 6, blob), [0]);
    assert_eq!(ask(&mut desk, 7, Command::RestartIce { transport: "b".to_owned() }), [1]);
    assert_eq!(ask(&mut desk, 8, Command::CloseMeeting { meeting: "m".to_owned() }), [0, 1]);
}

#[test]
fn the_last_transport_of_a_shard_is_closed_before_the_meeting_leaves_it() {
    let mut desk = Desk::new(2, 1);
    ask(&mut desk, 1, create_meeting("m"));
    ask(&mut desk, 2, create_transport("m", "a"));
    ask(&mut desk, 3, create_transport("m", "b"));
    desk.handle_command(Asker { connection: US, id: 4 }, Command::CloseTransport { transport: "b".to_owned() });
    let letters: Vec<_> = std::iter::from_fn(|| desk.poll_letter()).collect();
    assert!(matches!(
        letters[..],
        [
            (1, ToShard::Command(_, Command::CloseTransport { .. })),
            (1, ToShard::Command(_, Command::CloseMeeting { .. })),
            (0, ToShard::Command(_, Command::SpreadMeeting { .. })),
        ]
    ));
}
