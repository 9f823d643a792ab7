use hoptt_core::control::{MeetingSnapshot, TransportSnapshot, TransportState};

use super::*;

fn create(meeting: &str) -> CreateMeeting {
    CreateMeeting { meeting: meeting.to_owned(), audio_slots: 6, blob: b"notes".to_vec() }
}

/// What shards were told, in short.
fn told(places: &mut Places) -> Vec<String> {
    std::iter::from_fn(|| places.poll_told())
        .map(|(shard, command)| match command {
            Command::CreateMeeting(CreateMeeting { audio_slots, blob, .. }) => {
                format!("{shard} create {audio_slots} {}", blob.len())
            }
            Command::SetStageVoice { track, .. } => format!("{shard} stage {track:?}"),
            Command::SpreadMeeting { shards, home, .. } => {
                format!("{shard} spread {:?} home {home}", shards.iter().collect::<Vec<_>>())
            }
            Command::CloseMeeting { .. } => format!("{shard} close"),
            other => panic!("{other:?}"),
        })
        .collect()
}

#[test]
fn a_meeting_spills_over_when_its_home_has_as_many_as_it_takes() {
    let mut places = Places::new(2, 2);
    assert_eq!(places.add_meeting(&create("m")), 0);
    let shards: Vec<_> = (0..3).map(|n| places.add_transport("m", &format!("p/{n}"))).collect();
    assert_eq!(shards, [Some(0), Some(0), Some(1)]);
    assert_eq!(
        told(&mut places),
        ["1 create 6 0", "1 stage None", "1 spread [0, 1] home 0", "0 spread [0, 1] home 0"],
        "the newcomer first"
    );
    assert_eq!(places.add_transport("m", "p/3"), Some(1));
    assert_eq!(told(&mut places), [""; 0], "it is there already");
    assert_eq!(places.add_transport("m", "p/4"), Some(0), "all are full: the least loaded");
}

#[test]
fn room_at_home_is_taken_first_and_then_the_least_loaded_shard() {
    let mut places = Places::new(3, 1);
    for (meeting, home) in [("m", 0), ("n", 1)] {
        assert_eq!(places.add_meeting(&create(meeting)), home);
    }
    assert_eq!(places.add_transport("m", "a"), Some(0));
    assert_eq!(places.add_transport("n", "b"), Some(1));
    assert_eq!(places.add_transport("m", "c"), Some(2), "shard 1 has one already");
    places.remove_transport("a");
    assert_eq!(places.add_transport("m", "d"), Some(0));
}

#[test]
fn who_was_last_takes_the_meeting_along_but_not_from_its_home() {
    let mut places = Places::new(2, 1);
    places.add_meeting(&create("m"));
    places.add_transport("m", "a");
    places.add_transport("m", "b");
    told(&mut places);
    assert_eq!(places.remove_transport("a"), Some(0));
    assert_eq!(told(&mut places), [""; 0]);
    assert_eq!(places.remove_transport("b"), Some(1));
    assert_eq!(told(&mut places), ["1 close", "0 spread [0] home 0"]);
    assert_eq!(places.remove_transport("b"), None);
}

#[test]
fn a_copy_has_the_settings_of_its_meeting_and_not_its_blob() {
    let mut places = Places::new(2, 1);
    places.add_meeting(&create("m"));
    places.set_stage_voice("m", Some(&"a/mic".to_owned()));
    places.add_transport("m", "a");
    places.add_transport("m", "b");
    assert_eq!(told(&mut places)[..2], ["1 create 6 0", "1 stage Some(\"a/mic\")"]);
    places.renew_meeting(&CreateMeeting { audio_slots: 3, ..create("m") });
    assert_eq!(told(&mut places), ["1 create 3 0"]);
    assert_eq!(places.remove_meeting("m").map(|shards| shards.iter().count()), Some(2));
    assert_eq!((places.transports(), places.loads.clone()), (0, vec![0, 0]));
}

#[test]
fn what_the_shards_have_is_believed_and_copies_of_nothing_are_closed() {
    let transport = |id: &str| TransportSnapshot {
        transport: id.to_owned(),
        meeting: "m".to_owned(),
        state: TransportState::Connected,
        ufrag: String::new(),
        pwd: String::new(),
        blob: Vec::new(),
        wishes: Vec::new(),
        mapped: Vec::new(),
        limits: Vec::new(),
    };
    let stage_voice = Some("a/mic".to_owned());
    let meeting = MeetingSnapshot { meeting: "m".to_owned(), audio_slots: 6, stage_voice, blob: Vec::new() };
    let mut places = Places::new(3, 1);
    places.believe(&[
        Some(ShardSnapshot { transports: vec![transport("b")], copies: vec!["m".to_owned()], ..Default::default() }),
        Some(ShardSnapshot { meetings: vec![meeting], transports: vec![transport("a")], ..Default::default() }),
        Some(ShardSnapshot { copies: vec!["gone".to_owned()], ..Default::default() }),
    ]);
    assert_eq!(told(&mut places), ["2 close"]);
    let shards = places.of_meeting("m").map(|(home, shards)| (home, shards.iter().collect::<Vec<_>>()));
    assert_eq!(shards, Some((1, vec![0, 1])));
    assert_eq!((places.of_transport("a"), places.of_transport("b")), (Some(1), Some(0)));
    assert_eq!(places.add_transport("m", "c"), Some(2));
    assert_eq!(told(&mut places)[..2], ["2 create 6 0", "2 stage Some(\"a/mic\")"]);
}
