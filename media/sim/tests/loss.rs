//! Meetings on bad lines: what is lost is repaired, what cannot be repaired does not stop the picture.

mod support;

use hoptt_core::control::Kind;
use hoptt_sim::{LinkModel, Loss, Member, Network, World};
use support::{a_meeting, gaps_and_repetitions, ms, open_all, pictures, whole_frames};

fn both_ways(model: LinkModel) -> Network {
    Network { up: model, down: model }
}

/// Two members of whom the second watches the first, for ten seconds on such lines and one second on good ones.
fn watched_on(seed: u64, network: Network) -> (World, Member, Member) {
    let (mut world, [one, two]) = a_meeting(seed, [network; 2]);
    open_all(&mut world, one);
    world.client_mut(one).set_level(20);
    world.watch(two, 0, Some(one));
    world.run_for(ms(10_000));
    for member in [one, two] {
        world.set_network(member, Network::default());
    }
    world.run_for(ms(1_000));
    (world, one, two)
}

#[test]
fn five_percent_lost_both_ways_is_repaired() {
    let (world, one, two) = watched_on(1, both_ways(LinkModel { loss: Loss::Even(0.05), ..LinkModel::default() }));
    let (up, _) = world.lines(one);
    let (_, down) = world.lines(two);
    assert!(up.counts().lost > 50 && down.counts().lost > 50, "{:?} {:?}", up.counts(), down.counts());
    let seen = pictures(&world, two, 0);
    let (gaps, repetitions) = gaps_and_repetitions(&seen);
    assert_eq!(repetitions, 0);
    // A packet lost together with three repairs of it in a row is one in 160,000.
    assert_eq!(gaps, 0, "{} packets", seen.len());
    assert!(whole_frames(&seen).len() > 240, "{} frames", whole_frames(&seen).len());
    for count in ["nack_sent", "nack_received", "rtx_sent", "rtx_received"] {
        assert!(world.engine().count(count) > 20, "{count}: {}", world.engine().count(count));
    }
}

#[test]
fn bursts_are_repaired() {
    let bursts = Loss::Bursts { enter: 0.01, leave: 0.25, inside: 0.8 };
    let (world, _, two) = watched_on(2, both_ways(LinkModel { loss: bursts, ..LinkModel::default() }));
    let seen = pictures(&world, two, 0);
    let (gaps, repetitions) = gaps_and_repetitions(&seen);
    assert_eq!(repetitions, 0);
    assert!(gaps * 1000 < seen.len(), "{gaps} of {}", seen.len());
    assert!(whole_frames(&seen).len() > 235, "{} frames", whole_frames(&seen).len());
}

#[test]
fn overtaken_packets_are_not_asked_for_again() {
    let mixed = LinkModel { reorder: 0.05, reorder_by: ms(3), ..LinkModel::default() };
    let (world, _, two) = watched_on(3, both_ways(mixed));
    let seen = pictures(&world, two, 0);
    assert_eq!(gaps_and_repetitions(&seen), (0, 0));
    assert!(seen.windows(2).any(|pair| pair[0].seq > pair[1].seq), "some were overtaken");
    let asked = world.engine().count("nack_sent");
    assert!(asked < 30, "{asked} of {}", seen.len());
}

#[test]
fn jitter_and_a_long_line_cost_nothing() {
    let far = LinkModel { delay: ms(150), jitter: ms(40), ..LinkModel::default() };
    let (world, one, two) = watched_on(4, both_ways(far));
    let seen = pictures(&world, two, 0);
    assert_eq!(gaps_and_repetitions(&seen), (0, 0));
    assert!(world.client(two).heard_of(one.number(), Kind::Audio).count() > 480);
}

#[test]
fn a_picture_comes_back_after_a_line_was_dead_for_two_seconds() {
    let (mut world, [one, two]) = a_meeting(5, [Network::default(); 2]);
    open_all(&mut world, one);
    world.watch(two, 0, Some(one));
    world.run_for(ms(2_000));
    let dead = LinkModel { loss: Loss::Even(1.0), ..LinkModel::default() };
    world.set_network(one, both_ways(dead));
    world.run_for(ms(2_000));
    world.set_network(one, Network::default());
    world.client_mut(two).forget();
    // A page whose decoder misses frames asks for a key frame, again and again.
    for _ in 0..6 {
        world.client_mut(two).ask_keyframe(0);
        world.run_for(ms(500));
    }
    let seen = pictures(&world, two, 0);
    let keyframe = seen.iter().position(|packet| packet.mark.is_keyframe).expect("a key frame comes");
    let whole = whole_frames(&seen[keyframe..]);
    assert!(whole.len() > 40, "{} frames", whole.len());
}
