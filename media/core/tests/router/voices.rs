//! Whose voices are heard, in which slot.

use hoptt_core::control::{Command, Kind};

use crate::support::{AUDIO_SLOTS, World};

/// Everybody speaks for a while: who, and how loud.
fn talk(world: &mut World, from: u16, count: u16, loudness: &[(usize, u8)]) -> u16 {
    for n in 0..count {
        for (peer, loudness) in loudness {
            world.speak(*peer, from + n, *loudness);
        }
        world.advance(20);
    }
    from + count
}

/// Whose voices a peer has heard, by slot.
fn heard(world: &World, listener: usize) -> Vec<Vec<u8>> {
    let peer = &world.peers[listener];
    let slot = |slot| {
        let mut marks: Vec<u8> =
            peer.stream(peer.slot_ssrc(Kind::Audio, slot)).iter().map(|rtp| rtp.payload()[0]).collect();
        marks.dedup();
        marks
    };
    (0..AUDIO_SLOTS).map(slot).collect()
}

#[test]
fn nobody_hears_the_own_voice() {
    let mut world = World::of(3);
    (0..3).for_each(|peer| world.open(peer));
    talk(&mut world, 1, 20, &[(0, 70), (1, 60), (2, 50)]);
    for listener in 0..3_u8 {
        let mut voices: Vec<u8> = heard(&world, usize::from(listener)).concat();
        voices.sort_unstable();
        let others: Vec<u8> = (0..3).filter(|other| *other != listener).collect();
        assert_eq!(voices, others);
    }
}

#[test]
fn the_k_loudest_are_heard_and_a_speaker_hears_the_next_one_instead_of_itself() {
    let mut world = World::of(6);
    (0..6).for_each(|peer| world.open(peer));
    let loudness = [(0, 90), (1, 85), (2, 80), (3, 75), (4, 50), (5, 20)];
    let next = talk(&mut world, 1, 100, &loudness);
    world.peers.iter_mut().for_each(|peer| peer.got.clear());
    talk(&mut world, next, 20, &loudness);
    let voices = |listener| {
        let mut voices = heard(&world, listener).concat();
        voices.sort_unstable();
        voices
    };
    assert_eq!(voices(5), [0, 1, 2, 3]);
    assert_eq!(voices(0), [1, 2, 3, 4]);
}

#[test]
fn slot_0_carries_the_stage_voice_first() {
    let mut world = World::of(4);
    (0..4).for_each(|peer| world.open(peer));
    let loudness = [(0, 90), (1, 60), (2, 40)];
    let next = talk(&mut world, 1, 60, &loudness);
    world.command(Command::SetStageVoice { meeting: "m".into(), track: Some("p2/microphone".into()) });
    world.peers[3].got.clear();
    let next = talk(&mut world, next, 20, &loudness);
    assert_eq!(heard(&world, 3)[0], [2]);
    world.gate(2, "microphone", false, true);
    world.command(Command::SetStageVoice { meeting: "m".into(), track: None });
    world.peers[3].got.clear();
    talk(&mut world, next, 60, &loudness);
    assert_eq!(heard(&world, 3)[0], [0], "then the dominant speaker's");
}

#[test]
fn a_voice_is_in_one_slot_at_a_time_and_nobody_is_told_in_which() {
    let mut world = World::of(3);
    (0..2).for_each(|peer| world.open(peer));
    talk(&mut world, 1, 60, &[(0, 60), (1, 80)]);
    let packets: usize = world.peers[2].got.len();
    assert_eq!(packets, 120, "each packet once");
    world.gate(0, "microphone", false, true);
    assert_eq!(world.mapped(2, Kind::Audio), []);
}

#[test]
fn a_closed_microphone_leaves_its_place_to_the_next() {
    let mut world = World::of(6);
    (0..6).for_each(|peer| world.open(peer));
    let loudness = [(0, 90), (1, 85), (2, 80), (3, 75), (4, 50)];
    let next = talk(&mut world, 1, 60, &loudness);
    world.gate(0, "microphone", false, false);
    world.peers[5].got.clear();
    talk(&mut world, next, 10, &loudness);
    let mut voices = heard(&world, 5).concat();
    voices.sort_unstable();
    assert_eq!(voices, [1, 2, 3, 4]);
}

#[test]
fn a_voice_that_comes_back_to_its_slot_before_anything_else_was_heard_there_shows_no_gap() {
    let mut world = World::of(3);
    (0..2).for_each(|peer| world.open(peer));
    let next = talk(&mut world, 1, 60, &[(0, 90), (1, 60)]);
    let stage = |track: Option<&str>| Command::SetStageVoice { meeting: "m".into(), track: track.map(str::to_owned) };
    world.peers[2].got.clear();
    let next = talk(&mut world, next, 3, &[(0, 90)]);
    world.command(stage(Some("p1/microphone"))); // who says nothing
    let next = talk(&mut world, next, 3, &[(0, 90)]);
    world.command(stage(None));
    talk(&mut world, next, 3, &[(0, 90)]);
    let listener = &world.peers[2];
    let numbers = |slot| -> Vec<u16> {
        let stream = listener.stream(listener.slot_ssrc(Kind::Audio, slot));
        stream.iter().map(hoptt_wire::rtp::Rtp::sequence_number).collect()
    };
    let first = numbers(0)[0];
    let expected: Vec<u16> = (0..6).map(|n| first.wrapping_add(n)).collect();
    assert_eq!((numbers(0), numbers(1).len()), (expected, 3), "meanwhile it was heard in another slot");
}
