//! Voices of one listener that leave as one train, and how long they wait for that at most.

use std::time::Duration;

use hoptt_core::control::Kind;

use hoptt_wire::rtp::Rtp;

use crate::support::{AUDIO_SLOTS, OPUS, Out, World};

const WITHIN: Duration = Duration::from_millis(5);

/// Three who speak, each `apart` ms after the other in a frame of 20 ms, and one who only listens; their rhythm is known.
fn three_voices(apart: u64) -> (World, u16) {
    let mut world = World::of(4);
    (0..3).for_each(|peer| world.open(peer));
    let mut next = 1;
    for _ in 0..60 {
        next = a_frame(&mut world, next, apart);
    }
    world.router.gather_voices(world.now, WITHIN);
    world.peers[3].got.clear();
    world.datagrams = (0, 0);
    (world, next)
}

/// Everybody says one packet, and the rest of 20 ms passes; gives the next number.
fn a_frame(world: &mut World, number: u16, apart: u64) -> u16 {
    for peer in 0..3 {
        say(world, peer, number);
        world.advance(apart);
    }
    world.advance(20 - 3 * apart);
    number + 1
}

/// One packet, whose length and content tell the speaker.
fn say(world: &mut World, peer: usize, number: u16) {
    say_so_much(world, peer, number, 80 + 9 * peer);
}

fn say_so_much(world: &mut World, peer: usize, number: u16, len: usize) {
    let out = Out {
        ssrc: world.peers[peer].mic(),
        pt: OPUS,
        seq: number,
        timestamp: u32::from(number) * 960,
        marker: false,
        level: Some((true, 127 - 60)),
        mid: None,
        rid: None,
        number: None,
        descriptor: None,
        payload: vec![u8::try_from(peer).expect("few"); len],
    };
    world.send(peer, &out);
    world.pump();
}

/// What the listener got: when, after the beginning of the frame, and whose.
fn heard(world: &World) -> Vec<(u128, u8, usize)> {
    let since = |got: &crate::support::Got| (world.now - got.at).as_millis();
    world.peers[3].got.iter().map(|got| (20 - since(got), got.rtp().payload()[0], got.rtp().payload().len())).collect()
}

#[test]
fn voices_that_come_soon_after_each_other_leave_as_one_train_with_their_own_content() {
    let (mut world, next) = three_voices(2);
    a_frame(&mut world, next, 2);
    // the longest first, all with the last of them, without the padding that makes them equal
    assert_eq!(heard(&world), [(4, 2, 98), (4, 1, 89), (4, 0, 80)]);
    let (all, in_trains) = world.datagrams;
    let to_speakers = 3 * 2; // each of them hears two
    assert_eq!((all, in_trains), (3 + to_speakers, 3 + to_speakers));
}

#[test]
fn a_voice_waits_for_no_longer_than_it_may_and_not_at_all_for_one_that_comes_later() {
    let (mut world, next) = three_voices(4);
    a_frame(&mut world, next, 4);
    // the first two meet; the third is 8 ms after the first, and nobody comes soon after it
    assert_eq!(heard(&world), [(4, 1, 89), (4, 0, 80), (8, 2, 98)]);
}

#[test]
fn who_does_not_come_in_time_is_not_waited_for() {
    let (mut world, next) = three_voices(2);
    say(&mut world, 0, next);
    world.advance(20);
    assert_eq!(heard(&world), [(5, 0, 80)]);
}

#[test]
fn a_lone_voice_leaves_as_it_comes() {
    let mut world = World::of(2);
    world.open(0);
    world.router.gather_voices(world.now, WITHIN);
    for number in 1..50 {
        say_alone(&mut world, number);
    }
    let late = world.peers[1].got.windows(2).filter(|two| two[1].at - two[0].at != Duration::from_millis(20)).count();
    assert_eq!((late, world.peers[1].got.len()), (0, 49));
}

fn say_alone(world: &mut World, number: u16) {
    say(world, 0, number);
    world.advance(20);
}

#[test]
fn packets_of_one_voice_keep_their_order() {
    let (mut world, next) = three_voices(2);
    say(&mut world, 0, next);
    say_so_much(&mut world, 0, next + 1, 120); // both were held up on the way; longer ones leave first
    world.advance(20);
    let peer = &world.peers[3];
    let mut numbers: Vec<Vec<u16>> = vec![];
    for slot in 0..AUDIO_SLOTS {
        numbers.push(peer.stream(peer.slot_ssrc(Kind::Audio, slot)).iter().map(Rtp::sequence_number).collect());
    }
    let numbers = numbers.concat();
    assert_eq!(numbers, [numbers[0], numbers[0] + 1]);
}

#[test]
fn s19_what_waits_is_not_heard_after_its_gate_has_closed() {
    let (mut world, next) = three_voices(2);
    say(&mut world, 0, next);
    world.gate(0, "microphone", true, false);
    world.advance(20);
    assert_eq!(heard(&world), []);
}

#[test]
fn s19_what_waited_before_a_mute_is_not_heard_when_the_gate_is_open_again() {
    let (mut world, next) = three_voices(2);
    say(&mut world, 0, next);
    world.gate(0, "microphone", true, false);
    world.gate(0, "microphone", true, true);
    say_so_much(&mut world, 0, next + 1, 120); // the slot has the voice again
    world.advance(20);
    let lens: Vec<usize> = heard(&world).into_iter().map(|(.., len)| len).collect();
    assert_eq!(lens, [120]);
}

#[test]
fn when_there_is_no_more_waiting_what_waited_leaves_at_once() {
    let (mut world, next) = three_voices(2);
    say(&mut world, 0, next);
    assert_eq!(heard(&world), []);
    world.router.gather_voices(world.now, Duration::ZERO);
    world.pump();
    assert_eq!(world.peers[3].got.len(), 1);
    say(&mut world, 1, next);
    assert_eq!(world.peers[3].got.len(), 2);
}
