//! The enforced mute (R16, S19), as subscribers see it.

use hoptt_core::control::{Answer, Command, Event, Gate, Kind};
use hoptt_core::router::Count;
use hoptt_wire::Ssrc;
use hoptt_wire::rtcp::{write_nack, write_pli};
use hoptt_wire::rtp::Rtp;

use crate::support::{RTX, World};

/// One peer speaks and shows, the other hears and watches; gives the next number of both streams.
fn a_conversation() -> (World, u16) {
    let mut world = World::of(2);
    world.open(0);
    world.watch(1, &[(0, 0)]);
    let next = both(&mut world, 1, 10);
    assert!(!world.peers[1].got.is_empty());
    (world, next)
}

/// Sends so many pictures of two packets and sounds.
fn both(world: &mut World, from: u16, count: u16) -> u16 {
    for n in 0..count {
        world.speak(0, from + n, 60);
        world.picture(0, from + 2 * n, 2, n == 0);
        world.advance(20);
    }
    from + 2 * count
}

#[test]
fn s19_a_new_source_begins_closed() {
    let mut world = World::of(2);
    world.watch(1, &[(0, 0)]);
    both(&mut world, 1, 10);
    assert_eq!(world.peers[1].got, []);
    assert_eq!(world.count(Count::DroppedGate), 30);
    assert_eq!(world.count(Count::PliSent), 0, "a closed source is asked for nothing");
}

#[test]
fn s19_each_of_the_three_bits_closes() {
    for (allowed, on, vetoed) in [(false, true, false), (true, false, false), (true, true, true)] {
        let (mut world, next) = a_conversation();
        let gates =
            ["microphone", "camera"].map(|source| Gate { track: world.peers[0].track(source), allowed, on, vetoed });
        world.command(Command::SetGates(gates.to_vec()));
        world.peers[1].got.clear();
        both(&mut world, next, 10);
        assert_eq!(world.peers[1].got, [], "allowed {allowed}, on {on}, vetoed {vetoed}");
    }
}

#[test]
fn s19_a_closed_gate_lets_nothing_through_and_shows_nothing() {
    let (mut world, next) = a_conversation();
    world.gate(0, "microphone", false, true);
    world.gate(0, "camera", false, true);
    assert_eq!(world.mapped(1, Kind::Video).pop().unwrap().track, None, "the slot is empty before the answer");
    world.peers[1].got.clear();
    both(&mut world, next, 100);
    assert_eq!(world.peers[1].got, []);
    let sent = world.count(Count::PacketsOut);
    world.advance(1000);
    assert_eq!(world.count(Count::PacketsOut), sent);
}

#[test]
fn s19_what_was_said_before_is_not_repeated_after_the_gate_closed() {
    let (mut world, _) = a_conversation();
    let slot = world.peers[1].slot_ssrc(Kind::Video, 0);
    let numbers: Vec<u16> = world.peers[1].stream(slot).iter().map(Rtp::sequence_number).collect();
    world.gate(0, "camera", false, true);
    world.peers[1].got.clear();
    let mut nack = Vec::new();
    write_nack(&mut nack, Ssrc(9), Ssrc(slot), &numbers);
    world.send_rtcp(1, nack);
    assert_eq!(world.peers[1].got, []);
    assert_eq!(world.count(Count::DroppedNackUnknown), numbers.len() as u64);
}

#[test]
fn s19_a_repair_does_not_pass_a_closed_gate() {
    let (mut world, next) = a_conversation();
    world.gate(0, "camera", false, true);
    world.peers[1].got.clear();
    let mut out = world.picture_packet(0, next, 0, 1, true);
    out.payload.splice(..0, next.to_be_bytes());
    (out.ssrc, out.pt) = (world.peers[0].camera_rtx(), RTX);
    world.send(0, &out);
    world.pump();
    assert_eq!(world.peers[1].got, []);
}

#[test]
fn s19_who_comes_to_watch_a_closed_gate_gets_no_replay_and_nobody_is_asked() {
    let (mut world, next) = a_conversation();
    world.gate(0, "camera", false, true);
    let late = world.join("late");
    world.watch(late, &[(0, 0)]);
    let mut pli = Vec::new();
    write_pli(&mut pli, Ssrc(9), Ssrc(world.peers[1].slot_ssrc(Kind::Video, 0)));
    world.send_rtcp(1, pli);
    both(&mut world, next, 5);
    assert_eq!(world.peers[late].got.len(), 5, "sound, whose gate is open");
    assert_eq!(world.count(Count::PliSent), 1, "the one at the beginning");
}

#[test]
fn s19_an_opened_gate_begins_anew_at_a_keyframe_without_a_gap() {
    let (mut world, next) = a_conversation();
    world.gate(0, "camera", true, false);
    let next = both(&mut world, next, 10);
    let slot = world.peers[1].slot_ssrc(Kind::Video, 0);
    let before = world.peers[1].stream(slot).last().map(|rtp| (rtp.sequence_number(), rtp.timestamp())).unwrap();
    world.peers[1].got.clear();
    let asked = world.count(Count::PliSent);
    world.gate(0, "camera", true, true);
    world.advance(200);
    assert_eq!(world.count(Count::PliSent), asked + 1, "a keyframe is asked for, half a second after the first");
    world.picture(0, next, 2, false);
    assert_eq!(world.peers[1].stream(slot).len(), 0, "not before a keyframe");
    world.advance(20);
    world.picture(0, next + 2, 2, true);
    let pictures = world.peers[1].stream(slot);
    let first = (pictures[0].sequence_number(), pictures[0].timestamp());
    assert_eq!(first.0, before.0.wrapping_add(1), "what was held back is no loss");
    assert!((first.1.wrapping_sub(before.1)) < 90_000);
    let mapped = world.mapped(1, Kind::Video).pop().unwrap();
    assert_eq!((mapped.track, mapped.rtp_time), (Some("p0/camera".into()), Some(first.1)));
}

#[test]
fn s19_levels_are_told_of_open_gates_only() {
    let mut world = World::of(2);
    world.gate(0, "microphone", true, true);
    for seq in 1..60 {
        world.speak(0, seq, 90);
        world.speak(1, seq, 110);
        world.advance(20);
    }
    let levels = world.told.iter().filter_map(|event| match event {
        Event::Levels { levels, dominant, .. } => Some((levels, dominant)),
        _ => None,
    });
    let levels: Vec<_> = levels.collect();
    assert!(levels.len() >= 5 && levels.len() <= 13, "ten a second at most: {}", levels.len());
    assert!(levels.iter().all(|(levels, _)| levels.iter().all(|level| level.track == "p0/microphone")));
    assert_eq!(levels.last().unwrap().1.as_deref(), Some("p0/microphone"));
}

#[test]
fn s19_who_comes_in_anew_is_closed_and_the_older_stream_too() {
    let (mut world, next) = a_conversation();
    let again = world.create("m", "p0");
    let session = world.peers[again].session();
    world.command(Command::ApplySession(session));
    world.peers[1].got.clear();
    // The older transport goes on sending, as hostile software would.
    both(&mut world, next, 10);
    assert_eq!(world.peers[1].got, []);
    world.connect(again);
    world.picture(again, 1, 2, true);
    world.speak(again, 1, 60);
    assert_eq!(world.peers[1].got, [], "the new one is closed until the control plane opens it");
    world.open(again);
    world.picture(again, 3, 2, true);
    world.speak(again, 2, 60);
    assert_eq!(world.peers[1].got.len(), 3, "and then watched without another wish");
}

#[test]
fn unknown_tracks_are_named_and_the_others_gates_move() {
    let mut world = World::of(1);
    let gates = ["nobody/camera", "p0/camera"].map(|track| Gate {
        track: track.into(),
        allowed: true,
        on: true,
        vetoed: false,
    });
    let answer = world.command(Command::SetGates(gates.to_vec()));
    assert_eq!(answer, Answer::Done { unknown: vec!["nobody/camera".into()] });
    let camera = world.router.snapshot().tracks.into_iter().find(|track| track.track == "p0/camera").unwrap();
    assert!(camera.allowed && camera.on && !camera.vetoed && !camera.up);
}
