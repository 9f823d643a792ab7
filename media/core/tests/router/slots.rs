//! What slots show: switched without negotiation, told before the first packet.

use hoptt_core::control::{Answer, ApplySession, Command, Event, FingerprintText, Kind, Refusal, RefusalCode, Wish};
use hoptt_core::router::{Count, RouterEvent};

use crate::support::World;

fn wish(slot: u32, track: Option<&str>) -> Wish {
    Wish { slot, track: track.map(str::to_owned), width: 0, height: 0, priority: 0 }
}

#[test]
fn a_mapping_is_told_before_the_first_packet_and_names_its_time() {
    let mut world = World::of(2);
    world.open(0);
    world.watch(1, &[(2, 0)]);
    let out = world.picture_packet(0, 7, 0, 1, true);
    let mut datagram = world.peers[0].sealed(&out);
    let source = world.peers[0].address;
    world.router.handle_datagram(world.now, source, &mut datagram);
    let mut events: Vec<_> = std::iter::from_fn(|| world.router.poll_event()).collect();
    assert!(world.router.poll_transmit().is_none(), "nothing leaves before it is known where it is to be shown");
    events.extend(std::iter::from_fn(|| world.router.poll_event()));
    let mapped = events.into_iter().find_map(|event| match event {
        RouterEvent::Told(Event::SlotMapped(mapped)) => Some(mapped),
        _ => None,
    });
    let mapped = mapped.expect("told although nothing was sent yet");
    world.pump();
    let pictures = world.peers[1].stream(world.peers[1].slot_ssrc(Kind::Video, 2));
    assert_eq!((mapped.slot, mapped.track.as_deref()), (2, Some("p0/camera")));
    assert_eq!(mapped.rtp_time, Some(pictures[0].timestamp()));
}

#[test]
fn a_switch_waits_for_a_keyframe_and_continues_the_numbers() {
    let mut world = World::of(3);
    world.open(0);
    world.open(1);
    world.watch(2, &[(0, 0)]);
    let next = world.film(&[0, 1], 1, 30, true);
    world.watch(2, &[(0, 1)]);
    let switched = world.film(&[0, 1], next, 2, false);
    let slot = world.peers[2].slot_ssrc(Kind::Video, 0);
    let mark = |world: &World| world.peers[2].stream(slot).last().unwrap().payload()[999];
    assert_eq!(mark(&world), 0, "the old picture stays until the new one is there");
    world.film(&[0, 1], switched, 3, true);
    assert_eq!(mark(&world), 1);
    let pictures = world.peers[2].stream(slot);
    let steps = |pair: &[hoptt_wire::rtp::Rtp<'_>]| {
        let seq = pair[1].sequence_number().wrapping_sub(pair[0].sequence_number());
        (seq, pair[1].timestamp().wrapping_sub(pair[0].timestamp()))
    };
    assert!(pictures.windows(2).map(steps).all(|(seq, time)| seq == 1 && time < 9000), "no gap, no jump");
    let ids: Vec<u16> = pictures.iter().map(|rtp| u16::from_be_bytes([rtp.payload()[2], rtp.payload()[3]])).collect();
    assert!(ids.windows(2).all(|pair| pair[1].wrapping_sub(pair[0]) <= 2), "picture ids go on: {ids:?}");
    let told: Vec<_> = world.mapped(2, Kind::Video).into_iter().map(|mapped| mapped.track).collect();
    assert_eq!(told, [Some("p0/camera".into()), Some("p1/camera".into())]);
}

#[test]
fn a_slot_that_is_not_named_carries_nothing() {
    let mut world = World::of(2);
    world.open(0);
    world.watch(1, &[(0, 0), (1, 0)]);
    let next = world.film(&[0], 1, 3, true);
    world.watch(1, &[(1, 0)]);
    assert_eq!(world.mapped(1, Kind::Video).last().map(|mapped| (mapped.slot, mapped.track.clone())), Some((0, None)));
    world.peers[1].got.clear();
    world.film(&[0], next, 3, false);
    let count = |slot| world.peers[1].stream(world.peers[1].slot_ssrc(Kind::Video, slot)).len();
    assert_eq!((count(0), count(1)), (0, 6));
}

#[test]
fn a_wish_for_a_track_that_is_not_there_yet_is_kept() {
    let mut world = World::of(1);
    let transport = world.peers[0].transport.clone();
    world.command(Command::SetVideo { transport, wishes: vec![wish(0, Some("late/camera"))] });
    let late = world.join("late");
    world.open(late);
    world.film(&[late], 1, 2, true);
    assert_eq!(world.peers[0].got.len(), 4);
}

#[test]
fn nobody_sees_into_another_meeting_or_the_own_picture() {
    let mut world = World::of(2);
    world.make_meeting("other");
    let stranger = world.join_in("other", "stranger");
    world.open(0);
    world.open(1);
    world.watch(stranger, &[(0, 0)]);
    world.watch(1, &[(0, 1)]);
    world.film(&[0, 1], 1, 3, true);
    world.speak(0, 1, 60);
    assert_eq!(world.peers[stranger].got, []);
    assert_eq!(world.peers[1].got.len(), 1, "the other's voice");
}

#[test]
fn who_cannot_take_the_codec_gets_nothing_and_is_told_so() {
    let mut world = World::of(1);
    let viewer = world.create("m", "viewer");
    let mut session = world.peers[viewer].session();
    for slot in session.slots.iter_mut().filter(|slot| slot.kind == Kind::Video) {
        slot.codecs[0].name = "H264".into();
    }
    world.command(Command::ApplySession(session));
    world.connect(viewer);
    world.open(0);
    world.watch(viewer, &[(0, 0)]);
    world.film(&[0], 1, 3, true);
    assert_eq!(world.peers[viewer].got, []);
    assert_eq!(world.count(Count::DroppedCodec), 1);
    assert!(world.router.snapshot().transports.iter().all(|transport| transport.mapped.is_empty()));
}

#[test]
fn what_a_transport_showed_is_gone_with_it() {
    let mut world = World::of(2);
    world.open(0);
    world.watch(1, &[(0, 0)]);
    world.film(&[0], 1, 2, true);
    world.speak(0, 1, 60);
    let transport = world.peers[0].transport.clone();
    world.command(Command::CloseTransport { transport });
    assert!(world.peers[0].left, "it heard good-bye");
    assert_eq!(world.mapped(1, Kind::Video).last().unwrap().track, None);
    let downs = world.told.iter().filter(|event| matches!(event, Event::TrackDown { .. })).count();
    assert_eq!(downs, 2);
    assert!(!world.told.iter().any(|event| matches!(event, Event::TransportChanged { reason: Some(_), .. })));
}

#[test]
fn a_slot_that_comes_back_in_a_later_session_goes_on_under_fresh_numbers() {
    let mut world = World::of(2);
    world.open(0);
    world.watch(1, &[(0, 0)]);
    let next = world.film(&[0], 1, 3, true);
    let whole = world.peers[1].session();
    let mut less = whole.clone();
    less.slots.retain(|slot| slot.kind == Kind::Audio);
    world.command(Command::ApplySession(less));
    let next = world.film(&[0], next, 3, true);
    world.command(Command::ApplySession(whole));
    world.film(&[0], next, 3, true);
    let pictures = world.peers[1].stream(world.peers[1].slot_ssrc(Kind::Video, 0));
    let numbers: Vec<u16> = pictures.iter().map(hoptt_wire::rtp::Rtp::sequence_number).collect();
    assert_eq!(numbers.len(), 18, "what was sent meanwhile is replayed");
    assert!(numbers.windows(2).all(|pair| pair[1] == pair[0].wrapping_add(1)), "S15: {numbers:?}");
    assert_eq!(world.count(Count::DroppedSeal), 0);
}

#[test]
fn more_slots_leave_those_alone_that_were_there() {
    let mut world = World::of(2);
    world.open(0);
    world.watch(1, &[(0, 0)]);
    let next = world.film(&[0], 1, 30, true);
    let told = world.mapped(1, Kind::Video).len();
    let mut session = world.peers[1].session();
    let more = session.slots.last().cloned().map(|slot| hoptt_core::control::Slot {
        slot: 9,
        mid: "v9".into(),
        ssrc: 99_000,
        rtx_ssrc: Some(99_001),
        ..slot
    });
    session.slots.extend(more);
    world.command(Command::ApplySession(session));
    world.peers[1].got.clear();
    world.film(&[0], next, 3, false);
    assert_eq!((world.mapped(1, Kind::Video).len(), world.peers[1].got.len()), (told, 6));
}

/// What makes a session wrong.
type Break = fn(&mut ApplySession);

fn fingerprint_of(session: &mut ApplySession) -> &mut FingerprintText {
    session.fingerprint.as_mut().expect("a session of a peer has one")
}

#[test]
fn a_session_that_cannot_be_changes_nothing() {
    let mut world = World::of(1);
    let before = world.router.snapshot();
    let session = world.peers[0].session();
    let broken: [(&str, Break); 7] = [
        ("sha-1", |s| fingerprint_of(s).algorithm = "sha-1".into()),
        ("not hex", |s| fingerprint_of(s).value = "zz".into()),
        ("a mid twice", |s| s.published[1].mid = "0".into()),
        ("an SSRC twice", |s| s.published[1].ssrcs = s.published[0].ssrcs.clone()),
        ("a slot twice", |s| s.slots[1].slot = 0),
        ("another certificate", |s| fingerprint_of(s).value = ["AB"; 32].join(":")),
        ("no certificate", |s| s.fingerprint = None),
    ];
    for (what, breaks) in broken {
        let mut session = session.clone();
        session.blob = b"broken".to_vec();
        breaks(&mut session);
        let refused = world.router.handle_command(world.now, Command::ApplySession(session));
        assert!(matches!(refused, Err(Refusal { code: RefusalCode::Invalid, .. })), "{what}: {refused:?}");
        assert_eq!(world.router.snapshot(), before, "{what}");
    }
}

#[test]
fn commands_name_what_is_not_there_and_closing_it_is_fine() {
    let mut world = World::new();
    let refused = |world: &mut World, command| world.router.handle_command(world.now, command).unwrap_err().code;
    let create =
        |transport: &str| Command::CreateTransport { meeting: "m".into(), transport: transport.into(), blob: vec![] };
    let elsewhere = Command::CreateTransport { meeting: "x".into(), transport: "t".into(), blob: vec![] };
    assert_eq!(refused(&mut world, elsewhere), RefusalCode::UnknownMeeting);
    world.command(create("t"));
    assert_eq!(refused(&mut world, create("t")), RefusalCode::Exists);
    assert_eq!(refused(&mut world, create(&"t".repeat(129))), RefusalCode::Invalid);
    let restart = Command::RestartIce { transport: "x".into() };
    assert_eq!(refused(&mut world, restart), RefusalCode::UnknownTransport);
    for command in [Command::CloseMeeting { meeting: "x".into() }, Command::CloseTransport { transport: "x".into() }] {
        assert_eq!(world.command(command), Answer::Done { unknown: vec![] });
    }
}
