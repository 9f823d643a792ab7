//! What a new control plane finds.

use hoptt_core::control::{Command, CreateMeeting, Kind, TransportState, Wish};

use crate::support::World;

#[test]
fn everything_a_control_plane_left_is_found_again() {
    let mut world = World::of(2);
    world.open(0);
    world.gate(1, "camera", true, false);
    world.watch(1, &[(1, 0)]);
    world.film(&[0], 1, 2, true);
    world.command(Command::SetStageVoice { meeting: "m".into(), track: Some("p0/microphone".into()) });
    world.command(Command::SetMeetingBlob { meeting: "m".into(), blob: b"later".to_vec() });
    world.command(Command::SetTransportBlob { transport: "p0/1".into(), blob: b"own".to_vec() });

    let found = world.router.snapshot();
    let meeting = &found.meetings[0];
    assert_eq!((meeting.meeting.as_str(), meeting.audio_slots, meeting.blob.as_slice()), ("m", 4, &b"later"[..]));
    assert_eq!(meeting.stage_voice.as_deref(), Some("p0/microphone"));

    let [first, second] = &found.transports[..] else { panic!("two transports") };
    assert_eq!((first.blob.as_slice(), second.blob.as_slice()), (&b"own"[..], &b"session"[..]));
    assert!(found.transports.iter().all(|one| one.state == TransportState::Connected && one.meeting == "m"));
    let wish = Wish { slot: 1, track: Some("p0/camera".into()), width: 640, height: 360, priority: 0 };
    assert_eq!(second.wishes, [wish]);
    assert_eq!(second.mapped, world.mapped(1, Kind::Video));
    assert!(second.mapped[0].rtp_time.is_some());

    let mut tracks: Vec<_> =
        found.tracks.iter().map(|t| (t.track.as_str(), t.transport.as_str(), t.allowed, t.on, t.up)).collect();
    tracks.sort_unstable();
    assert_eq!(
        tracks,
        [
            ("p0/camera", "p0/1", true, true, true),
            ("p0/microphone", "p0/1", true, true, false),
            ("p1/camera", "p1/2", true, false, false),
            ("p1/microphone", "p1/2", false, false, false),
        ]
    );
}

#[test]
fn a_meeting_that_is_made_again_keeps_its_transports() {
    let mut world = World::of(1);
    world.command(Command::CreateMeeting(CreateMeeting { meeting: "m".into(), audio_slots: 6, blob: b"new".to_vec() }));
    let found = world.router.snapshot();
    assert_eq!((found.meetings[0].audio_slots, found.meetings[0].blob.as_slice()), (6, &b"new"[..]));
    assert_eq!(found.transports.len(), 1);
}

#[test]
fn a_closed_meeting_says_good_bye_and_leaves_nothing() {
    let mut world = World::of(2);
    world.open(0);
    world.watch(1, &[(0, 0)]);
    world.film(&[0], 1, 2, true);
    world.command(Command::CloseMeeting { meeting: "m".into() });
    assert!(world.peers.iter().all(|peer| peer.left));
    assert_eq!(world.router.snapshot(), hoptt_core::control::ShardSnapshot::default());
    assert_eq!(world.router.slots_in_use(), 0);
    world.advance(5000);
    assert_eq!(world.router.poll_timeout(), None, "an empty shard sleeps");
}
