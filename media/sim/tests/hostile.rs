//! What strangers and broken clients can do: nothing.

mod support;

use std::net::SocketAddr;

use hoptt_core::control::Kind;
use hoptt_sim::{Member, Network, Rng, World};
use hoptt_wire::demux::Class;
use support::{a_meeting, gaps_and_repetitions, ms, open_all, pictures, whole_frames};

/// Datagrams that look like every protocol, from a client's own address (a spoofer) or a stranger's.
fn forged(rng: &mut Rng, ssrcs: &[u32]) -> Vec<u8> {
    let kind = rng.next_u64() % 8;
    let len = 20 + usize::try_from(rng.next_u64() % 1180).expect("short");
    let mut bytes = vec![0; len];
    rng.fill(&mut bytes);
    let ssrc = ssrcs[usize::try_from(rng.next_u64()).unwrap_or(0) % ssrcs.len()];
    match kind {
        // A picture or a voice of a member, with any sequence number and any tag.
        0..=2 => {
            (bytes[0], bytes[1]) = (0x80, if kind == 0 { 111 } else { 96 });
            bytes[8..12].copy_from_slice(&ssrc.to_be_bytes());
        }
        3 => {
            (bytes[0], bytes[1]) = (0x81, 201);
            bytes[4..8].copy_from_slice(&ssrc.to_be_bytes());
        }
        4 => bytes[0] = 22,
        5 => {
            bytes[..8].copy_from_slice(&[0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42]);
            let [.., high, low] = (len / 4 * 4 - 20).to_be_bytes();
            bytes[2..4].copy_from_slice(&[high, low]);
            bytes.truncate(len / 4 * 4);
        }
        _ => {}
    }
    bytes
}

fn watched() -> (World, Member, Member) {
    let (mut world, [one, two]) = a_meeting(1, [Network::default(); 2]);
    open_all(&mut world, one);
    world.client_mut(one).set_level(20);
    world.watch(two, 0, Some(one));
    world.run_for(ms(1_000));
    (world, one, two)
}

#[test]
fn s1_a_hundred_thousand_forged_packets_change_nothing() {
    let (mut world, one, two) = watched();
    let session = world.client_mut(one).session();
    let ssrcs: Vec<u32> = session.published.iter().flat_map(|one| one.ssrcs.clone()).chain([7]).collect();
    let spoofed = world.client(one).address();
    let stranger = SocketAddr::from(([198, 51, 100, 7], 4_444));
    let (before, in_use) = (world.engine().shard(0).snapshot(), world.engine().shard(0).slots_in_use());
    let told = world.engine().told().len();
    let datagrams = world.engine().count("datagrams_in");
    let mut rng = Rng::new(2);
    for _ in 0..1_000 {
        for _ in 0..100 {
            let source = if rng.chance(0.7) { spoofed } else { stranger };
            world.inject(source, forged(&mut rng, &ssrcs));
        }
        world.run_for(ms(4));
    }
    assert!(world.engine().count("datagrams_in") - datagrams >= 100_000);
    assert!(world.engine().count("dropped.unauthentic") > 20_000);
    assert_eq!(world.engine().shard(0).slots_in_use(), in_use);
    assert_eq!(world.engine().shard(0).snapshot(), before);
    let new: Vec<_> = world.engine().told()[told..].iter().filter(|(_, event)| !is_loudness(event)).collect();
    assert!(new.is_empty(), "{new:?}");

    let seen = pictures(&world, two, 0);
    assert_eq!(gaps_and_repetitions(&seen), (0, 0));
    assert!(seen.iter().all(|packet| packet.mark.member == one.number()));
    assert!(whole_frames(&seen).len() > 110, "{} frames in five seconds", whole_frames(&seen).len());
    assert!(world.client(two).heard_of(one.number(), Kind::Audio).count() > 220);
}

fn is_loudness(event: &hoptt_core::control::Event) -> bool {
    matches!(event, hoptt_core::control::Event::Levels { .. })
}

#[test]
fn s10_a_stranger_is_answered_with_nothing() {
    let (mut world, one, _) = watched();
    let stranger = SocketAddr::from(([198, 51, 100, 7], 4_444));
    let ssrcs = [1, 2, 3];
    let mut rng = Rng::new(3);
    for _ in 0..5_000 {
        world.inject(stranger, forged(&mut rng, &ssrcs));
    }
    assert_eq!(world.sent_to(stranger), 0);
    assert!(world.sent_to(world.client(one).address()) > 0);
}

#[test]
fn s14_overheard_packets_sent_again_reach_nobody() {
    let (mut world, one, two) = watched();
    let from = world.client(one).address();
    let replayed = world.engine().count("dropped.replayed");
    let heard = world.overheard(one, Class::Rtp);
    assert!(heard.len() > 100);
    world.run_for(ms(100));
    for packet in &heard {
        world.inject(from, packet.clone());
    }
    world.run_for(ms(1_000));
    assert_eq!(world.engine().count("dropped.replayed") - replayed, heard.len() as u64);
    assert_eq!(gaps_and_repetitions(&pictures(&world, two, 0)), (0, 0));
}

#[test]
fn s5_an_overheard_packet_from_elsewhere_is_not_opened() {
    let (mut world, one, _) = watched();
    let elsewhere = SocketAddr::from(([198, 51, 100, 9], 9));
    let overheard = world.overheard(one, Class::Rtp);
    // What is still on its way would draw one check (F27).
    world.run_for(ms(500));
    let packets = world.engine().count("packets_in");
    for packet in overheard {
        world.inject(elsewhere, packet);
    }
    assert_eq!(world.engine().count("packets_in"), packets);
    assert_eq!(world.sent_to(elsewhere), 0);
}

#[test]
fn s6_an_overheard_check_from_elsewhere_draws_no_media_there() {
    let (mut world, one, two) = watched();
    let victim = SocketAddr::from(([198, 51, 100, 8], 8));
    let checks = world.overheard(two, Class::Stun);
    let check = checks.last().expect("a check a second").clone();
    let before = world.client(two).heard_of(one.number(), Kind::Video).count();
    for _ in 0..50 {
        world.inject(victim, check.clone());
        world.run_for(ms(100));
    }
    // S10: what goes there are answers to the checks, and checks of our own that nobody answers.
    let (sent, taken) = (world.sent_to(victim), 50 * check.len() as u64);
    assert!(sent <= taken, "{sent} bytes for {taken}: no media");
    let seen = world.client(two).heard_of(one.number(), Kind::Video).count() - before;
    assert!(seen > 450, "the member goes on seeing: {seen}");
}

#[test]
fn s6_datagrams_sent_on_under_the_address_of_a_victim_draw_no_media_there() {
    let (mut world, one, two) = watched();
    let victim = SocketAddr::from(([198, 51, 100, 8], 8));
    world.divert(two, victim);
    world.client_mut(two).forget();
    world.run_for(ms(5_000));
    let seen = world.client(two).heard_of(one.number(), Kind::Video).count();
    assert!(seen > 450, "the member goes on seeing: {seen}");
    // Five seconds of picture are half a megabyte; checks and their answers are a hundred bytes each.
    assert!(world.sent_to(victim) < 10_000, "{} bytes", world.sent_to(victim));
}

#[test]
fn s6_media_follows_a_member_whose_address_changes_and_who_answers_there() {
    let (mut world, one, two) = watched();
    world.rebind(two, SocketAddr::from(([203, 0, 113, 77], 61_000)));
    let changed = world.now();
    world.client_mut(two).forget();
    let sees = |world: &World| world.client(two).heard_of(one.number(), Kind::Video).next().is_some();
    assert!(world.run_until(ms(4_000), sees), "the picture follows");
    assert!(world.now() - changed < ms(3_000), "after {:?}", world.now() - changed);
}

#[test]
fn s7_media_to_somebody_who_went_silent_stops() {
    let (mut world, _, two) = watched();
    world.cut(two);
    world.run_for(ms(40_000));
    let sent = world.sent_to(world.client(two).address());
    world.run_for(ms(5_000));
    assert_eq!(world.sent_to(world.client(two).address()), sent);
    assert_eq!(world.engine().shard(0).slots_in_use(), 1, "its transport is gone");
}
