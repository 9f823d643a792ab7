//! A meeting over two shards, which the tests connect as they like: what is on its way when something happens.

use hoptt_core::control::{Answer, Command, Event, Gate, Kind};
use hoptt_core::router::Count;
use hoptt_wire::Ssrc;
use hoptt_wire::rtcp::{SenderInfo, write_bye, write_rr, write_sr};
use hoptt_wire::rtp::Rtp;

use crate::support::{AUDIO_SLOTS, Camera, MEETING, Mark, Shards, VIDEO_SLOTS, World, losses};

/// The first peer of the first shard has its gates open, the one of the second sees it.
fn seen() -> (Shards, u16) {
    let mut both = Shards::opened();
    let mut next = 1;
    for n in 0..10 {
        both.near.picture(0, next, 2, n == 0);
        next += 2;
        both.near.speak(0, n, 100);
        both.advance(20);
    }
    (both, next)
}

/// Packets that the first peer of a shard got in its slots.
fn got(world: &World, kind: Kind) -> usize {
    let peer = &world.peers[0];
    let slots = if kind == Kind::Audio { AUDIO_SLOTS } else { VIDEO_SLOTS };
    (0..slots).map(|slot| peer.stream(peer.slot_ssrc(kind, slot)).len()).sum()
}

#[test]
fn who_is_on_another_shard_sees_and_hears() {
    let (both, _) = seen();
    assert!(got(&both.far, Kind::Video) >= 18, "{}", got(&both.far, Kind::Video));
    assert!(got(&both.far, Kind::Audio) >= 8);
    assert_eq!(both.far.mapped(0, Kind::Video).len(), 1);
    let ups = |world: &World| world.told.iter().filter(|event| matches!(event, Event::TrackUp { .. })).count();
    assert_eq!((ups(&both.near), ups(&both.far)), (2, 0), "the owner's shard tells");
    assert_eq!(both.far.router.snapshot().copies, [MEETING]);
    assert_eq!((both.far.router.snapshot().meetings.len(), both.far.router.snapshot().tracks.len()), (0, 2));
}

#[test]
fn s19_a_packet_that_is_crossing_when_its_gate_closes_is_not_forwarded() {
    let (mut both, _) = seen();
    let before = got(&both.far, Kind::Audio);
    both.near.speak(0, 100, 100);
    // It waits between the shards while both carry out the act, and the next one.
    let track = [both.near.peers[0].track("microphone")];
    let act = |both: &mut Shards, number, allowed| {
        let gate = Gate { track: track[0].clone(), allowed, on: true, vetoed: false };
        for world in [&mut both.far, &mut both.near] {
            let command = Command::SetGates(vec![gate.clone()]);
            world.router.handle_numbered(world.now, number, command).expect("a command that is fine");
        }
    };
    act(&mut both, 900_000, false);
    act(&mut both, 900_001, true);
    both.cross();
    assert_eq!(got(&both.far, Kind::Audio), before, "it was said before");
    assert_eq!(both.far.count(Count::DroppedGate), 1);
    both.near.speak(0, 101, 100);
    both.cross();
    assert_eq!(got(&both.far, Kind::Audio), before + 1, "this one was not");
}

#[test]
fn s19_a_shard_that_is_behind_lets_nothing_through_that_its_owner_has_closed() {
    let (mut both, _) = seen();
    let track = both.near.peers[0].track("microphone");
    let gate = |allowed| {
        let gate = Gate { track: track.clone(), allowed, on: true, vetoed: false };
        Command::SetGates(vec![gate])
    };
    // The owner's shard is two commands ahead: the mirror still has the opening before.
    both.near.router.handle_numbered(both.near.now, 900_000, gate(false)).expect("fine");
    both.near.router.handle_numbered(both.near.now, 900_001, gate(true)).expect("fine");
    let before = got(&both.far, Kind::Audio);
    both.near.speak(0, 100, 100);
    both.cross();
    assert_eq!(got(&both.far, Kind::Audio), before + 1, "it is open on either side of the two");
    both.far.router.handle_numbered(both.far.now, 900_000, gate(false)).expect("fine");
    both.near.speak(0, 101, 100);
    both.cross();
    assert_eq!(got(&both.far, Kind::Audio), before + 1, "closed here");
    both.far.router.handle_numbered(both.far.now, 900_001, gate(true)).expect("fine");
    both.near.speak(0, 102, 100);
    both.cross();
    assert_eq!(got(&both.far, Kind::Audio), before + 2);
}

#[test]
fn s19_of_two_tracks_under_one_id_the_newer_one_has_it_on_every_shard() {
    let (mut both, _) = seen();
    // The same person comes again, on the other shard: the track has the id of the one that is there.
    let again = both.far.create(MEETING, "p0");
    let session = both.far.peers[again].session();
    both.far.router.handle_numbered(both.far.now, 900_000, Command::ApplySession(session)).expect("fine");
    both.far.connect(again);
    both.cross();
    let before = got(&both.far, Kind::Audio);
    both.near.speak(0, 100, 100);
    both.cross();
    assert_eq!(got(&both.far, Kind::Audio), before, "the older one is closed");
    let track = [both.near.peers[0].track("microphone")];
    let gate = Gate { track: track[0].clone(), allowed: true, on: true, vetoed: false };
    for world in [&mut both.near, &mut both.far] {
        let command = Command::SetGates(vec![gate.clone()]);
        world.router.handle_numbered(world.now, 900_010, command).expect("fine");
    }
    both.cross();
    both.near.speak(0, 101, 100);
    both.cross();
    assert_eq!(got(&both.far, Kind::Audio), before, "and no command reaches it any more");
    both.far.speak(again, 1, 100);
    both.far.advance(5);
    assert_eq!(both.far.count(Count::DroppedGate), 0);
    let by_id = both.near.router.snapshot().tracks.iter().filter(|one| one.track == track[0]).count();
    assert_eq!(by_id, 0, "it is published elsewhere");
}

#[test]
fn answers_name_what_a_shard_does_not_know() {
    let (mut both, _) = seen();
    let answers = both.gate(&["nobody/camera".to_owned()], true);
    assert_eq!(answers, [0, 1].map(|_| Answer::Done { unknown: vec!["nobody/camera".to_owned()] }));
}

#[test]
fn a_note_for_which_there_was_no_room_is_offered_again_and_a_packet_is_not() {
    let (mut both, next) = seen();
    let newcomer = both.near.join("late");
    both.near.picture(0, next, 2, false);
    let (to, crossing) = both.near.router.poll_crossing().expect("a packet and a note");
    let mut crossing = std::mem::take(crossing);
    assert_eq!((to, crossing.packets()), (1, 2));
    both.near.router.handle_crossing_refused(both.near.now, to, &mut crossing);
    assert_eq!(both.near.count(Count::DroppedCrossing), 2);
    assert!(both.near.router.poll_crossing().is_none(), "not at once");
    let before = both.far.router.mirrors();
    both.advance(6);
    assert_eq!(both.far.router.mirrors() - before, 2, "the newcomer's tracks are known");
    assert_eq!(both.far.count(Count::DroppedNoMirror), 0);
    let gate = [both.near.peers[newcomer].track("camera")];
    assert_eq!(both.gate(&gate, true)[1], Answer::Done { unknown: vec![] });
}

#[test]
fn a_voice_is_told_what_is_lost_of_it_on_another_shard() {
    let (mut both, _) = seen();
    for n in 0..300 {
        both.near.speak(0, 100 + n, 60);
        both.advance(20);
        if n == 20 {
            let voice = both.far.peers[0].slot_ssrc(Kind::Audio, 0);
            both.far.send_rtcp(0, losses([voice]));
        }
        if n % 50 == 0 {
            both.near.keep_alive();
            both.far.keep_alive();
        }
    }
    let told = both.near.peers[0].told_lost(both.near.peers[0].mic());
    assert_eq!(told.last(), Some(&13), "{told:?}");
}

#[test]
fn s15_a_mirror_keeps_to_the_frame_grid_that_the_sender_reports_tell() {
    let mut both = Shards::new(0, 1);
    let mut camera = both.near.join_layered("cam");
    both.cross();
    let track = both.near.peers[camera.peer].track("camera");
    for open in [false, true] {
        both.gate(std::slice::from_ref(&track), open); // it was opened on its own shard alone
    }
    both.watch_in(&track, (160, 90));
    let mut ms = 0;
    let mut film = |both: &mut Shards, frames: u64, keyframe: bool, late: u64| {
        for n in 0..frames {
            if n == 0 {
                both.advance(late);
            }
            for place in (0..3).filter(|place| late == 0 || n > 0 || *place == 2) {
                let frame = camera.frame(place, ms, 2, keyframe && n == 0);
                both.near.send_all(camera.peer, &frame);
            }
            both.cross();
            both.advance(if n == 0 { 20 - late.min(20) } else { 20 });
            ms += 20;
        }
    };
    film(&mut both, 60, true, 0);
    for place in [0, 2] {
        let camera = Camera::new(0);
        let info = SenderInfo { ntp: 7 << 32, rtp_time: camera.timestamp(place, 0), packets: 0, octets: 0 };
        let mut compound = Vec::new();
        write_sr(&mut compound, Ssrc(camera.ssrc(place)), &info, &[]);
        both.near.send_rtcp(camera.peer, compound);
    }
    both.cross();
    both.watch_in(&track, (1280, 720));
    // The key frame is 13 ms late: arrival says 33 ms, the reports say 20.
    film(&mut both, 3, true, 13);
    let peer = &both.far.peers[0];
    let packets: Vec<Rtp<'_>> = peer.stream(peer.slot_ssrc(Kind::Video, 0));
    let mut places: Vec<u8> = packets.iter().map(|rtp| Mark::read(rtp.payload()).place).collect();
    places.dedup();
    assert_eq!(places, [0, 2]);
    let times: Vec<u32> = packets.iter().map(Rtp::timestamp).collect();
    let steps: Vec<u32> = times.windows(2).map(|pair| pair[1].wrapping_sub(pair[0])).filter(|step| *step > 0).collect();
    assert!(steps.iter().all(|step| *step == 1800), "{steps:?}");
}

#[test]
fn f28_who_restarts_ice_on_another_shard_goes_on_to_see() {
    let (mut both, mut next) = seen();
    both.far.restart(0, 20_001);
    both.advance(10);
    // It is heard from its new address: a report of its own, sealed by the keys that it keeps.
    let mut report = Vec::new();
    write_rr(&mut report, Ssrc(9), &[]);
    both.far.send_rtcp(0, report);
    let before = got(&both.far, Kind::Video);
    for _ in 0..10 {
        both.near.picture(0, next, 2, false);
        next += 2;
        both.advance(20);
    }
    assert_eq!(got(&both.far, Kind::Video) - before, 20);
    assert_eq!(both.far.mapped(0, Kind::Video).len(), 1, "nothing was shown anew");
}

/// Whose picture the second shard last told to be in the slots of its first peer.
fn last_mapped(both: &Shards) -> Option<String> {
    both.far.mapped(0, Kind::Video).last().expect("something was").track.clone()
}

/// How often a shard told that a track is down.
fn downs(world: &World) -> usize {
    world.told.iter().filter(|event| matches!(event, Event::TrackDown { .. })).count()
}

#[test]
fn a_track_that_is_down_on_one_shard_leaves_the_slots_of_another() {
    let (mut both, mut next) = seen();
    assert!(last_mapped(&both).is_some());
    let sources = [both.near.peers[0].camera(), both.near.peers[0].mic()];
    for (nth, ssrc) in sources.into_iter().enumerate() {
        let mut bye = Vec::new();
        write_bye(&mut bye, &[Ssrc(ssrc)]);
        both.near.send_rtcp(0, bye);
        both.cross();
        assert_eq!(last_mapped(&both), None);
        assert_eq!((downs(&both.near), downs(&both.far)), (nth + 1, 0), "the owner's shard tells");
    }
    // It is published still: when it is heard again, both are back without a wish.
    let before = [Kind::Video, Kind::Audio].map(|kind| got(&both.far, kind));
    for n in 0..10 {
        both.near.picture(0, next, 2, n == 0);
        next += 2;
        both.near.speak(0, 10 + n, 100);
        both.advance(20);
    }
    assert!(got(&both.far, Kind::Video) > before[0] + 10 && got(&both.far, Kind::Audio) > before[1] + 5);
    assert_eq!(last_mapped(&both), Some(both.near.peers[0].track("camera")));
}

#[test]
fn a_track_that_is_gone_on_one_shard_is_gone_on_another_and_the_wish_for_it_stays() {
    let (mut both, _) = seen();
    let gone = ["microphone", "camera"].map(|source| both.near.peers[0].track(source));
    let transport = both.near.peers[0].transport.clone();
    both.command(&Command::CloseTransport { transport });
    assert_eq!(last_mapped(&both), None);
    for answer in both.gate(&gone, true) {
        assert_eq!(answer, Answer::Done { unknown: gone.to_vec() }, "no mirror is left");
    }
    // The same person comes again where they were before, and is seen by whom they were seen by.
    let again = both.near.create(MEETING, "p0");
    let session = both.near.peers[again].session();
    both.near.router.handle_numbered(both.near.now, 900_000, Command::ApplySession(session)).expect("fine");
    both.near.connect(again);
    let open = gone.iter().map(|track| Gate { track: track.clone(), allowed: true, on: true, vetoed: false });
    let open = Command::SetGates(open.collect());
    for world in [&mut both.near, &mut both.far] {
        world.router.handle_numbered(world.now, 900_001, open.clone()).expect("fine");
    }
    both.cross();
    let before = got(&both.far, Kind::Video);
    both.near.picture(again, 1, 2, true);
    both.advance(20);
    assert_eq!(got(&both.far, Kind::Video), before + 2);
    assert_eq!(last_mapped(&both).as_ref(), Some(&gone[1]));
}
