//! A voice on the line of who hears it: sent twice where packets are lost, and once where pictures have no room.

mod support;

use std::collections::BTreeSet;

use hoptt_core::control::Kind;
use hoptt_sim::{LinkModel, Loss, Member, Network, Received, World};
use support::{a_meeting, ms, open_all, pictures};

const LOSS: Loss = Loss::Even(0.05);

/// One who speaks, saying everything twice, and one who hears and sees them over such a line, for so long.
fn heard_over(seed: u64, down: LinkModel, seconds: u64) -> (World, Member, Member) {
    let (mut world, [one, two]) = a_meeting(seed, [Network::default(), Network { down, ..Network::default() }]);
    world.client_mut(one).repeat();
    world.client_mut(one).set_level(20);
    open_all(&mut world, one);
    world.watch(two, 0, Some(one));
    world.run_for(ms(1_000 * seconds));
    world.client_mut(two).forget();
    world.run_for(ms(10_000));
    (world, one, two)
}

fn voices(world: &World, speaker: Member, hearer: Member) -> Vec<&Received> {
    world.client(hearer).heard_of(speaker.number(), Kind::Audio).collect()
}

/// Of so many packets, those that came, and those whose sound was heard.
fn counts(heard: &[&Received]) -> (usize, usize, usize) {
    let came: BTreeSet<u32> = heard.iter().map(|packet| packet.mark.frame).collect();
    let repeated = heard.iter().filter_map(|packet| Some(packet.earlier?.frame));
    let known: BTreeSet<u32> = came.iter().copied().chain(repeated).collect();
    let span = known.last().expect("some") - known.first().expect("some") + 1;
    (span as usize, came.len(), known.len())
}

#[test]
fn on_a_line_with_losses_and_room_a_voice_is_whole() {
    let (world, one, two) = heard_over(1, LinkModel { loss: LOSS, ..LinkModel::default() }, 10);
    let heard = voices(&world, one, two);
    let (said, came, known) = counts(&heard);
    assert!((490..=510).contains(&said) && said - came > 10, "{came} of {said} came");
    assert!(said - known < 5, "{known} of {said} are known, where {came} came");
    assert!(pictures(&world, two, 0).len() > 500, "the picture has room, too");
}

#[test]
fn where_a_picture_is_paused_for_want_of_room_a_voice_is_sent_once() {
    let narrow = LinkModel { loss: LOSS, rate_bps: Some(150_000), ..LinkModel::default() };
    let (mut world, one, two) = heard_over(2, narrow, 20);
    let heard = voices(&world, one, two);
    assert!(heard.len() > 450, "{} packets", heard.len());
    assert_eq!(pictures(&world, two, 0).len(), 0, "a picture is too much for the line");
    assert_eq!(heard.iter().filter(|packet| packet.earlier.is_some()).count(), 0);

    let wide = LinkModel { loss: LOSS, ..LinkModel::default() };
    world.set_network(two, Network { down: wide, ..Network::default() });
    world.run_for(ms(30_000));
    world.client_mut(two).forget();
    world.run_for(ms(10_000));
    let (said, came, known) = counts(&voices(&world, one, two));
    assert!(said - came > 10 && said - known < 5, "with room again it is whole: {came}, {known} of {said}");
}

#[test]
fn on_a_good_line_a_voice_is_sent_once() {
    let (world, one, two) = heard_over(3, LinkModel::default(), 5);
    let heard = voices(&world, one, two);
    assert!(heard.len() > 490 && heard.iter().all(|packet| packet.earlier.is_none()));
}
