//! A meeting over two shards: everybody is seen and heard as on one, and a closed gate holds on both.

mod support;

use std::time::Instant;

use hoptt_core::control::{Command, Event, Gate, Kind, Source};
use hoptt_sim::{Coding, LinkModel, Loss, Member, Network, World};
use support::{MEETING, connected, gaps_and_repetitions, ms, open_all, pictures, whole_frames};

/// A meeting whose members are by turns on the first and on the second shard, all connected, gates closed.
fn over_two<const N: usize>(seed: u64) -> (World, [Member; N]) {
    let mut world = World::new(2, seed);
    world.meeting_over_all(MEETING);
    let members: [Member; N] = std::array::from_fn(|place| world.join(MEETING, place % 2, Network::default()));
    connected(&mut world, &members);
    (world, members)
}

fn heard_since(world: &World, listener: Member, speaker: Member, since: Instant) -> usize {
    let heard = world.client(listener).heard_of(speaker.number(), Kind::Audio);
    heard.filter(|packet| packet.at > since).count()
}

#[test]
fn members_on_two_shards_see_and_hear_each_other() {
    let (mut world, [one, two]) = over_two(1);
    for (from, to) in [(one, two), (two, one)] {
        open_all(&mut world, from);
        world.watch(to, 0, Some(from));
        world.client_mut(from).set_level(30);
    }
    world.run_for(ms(4_000));
    for (from, to) in [(one, two), (two, one)] {
        let seen = pictures(&world, to, 0);
        assert!(seen.iter().all(|packet| packet.mark.member == from.number()));
        assert!(seen[0].mark.is_keyframe && seen[0].mark.packet == 0, "a picture begins with a key frame");
        assert!(whole_frames(&seen).len() > 80, "{} frames", whole_frames(&seen).len());
        assert_eq!(gaps_and_repetitions(&seen), (0, 0));
        assert!(world.client(to).heard_of(from.number(), Kind::Audio).count() > 150);
        assert_eq!(world.client(to).heard_of(to.number(), Kind::Audio).count(), 0, "nobody hears the own voice");
    }
    let [out, came] = ["crossed_out", "crossed_in"].map(|name| world.engine().count(name));
    assert!(out > 1_000 && out == came, "{out} {came}");
}

#[test]
fn a_packet_crosses_once_however_many_see_it_there() {
    let (mut world, [sender, viewers @ ..]) = over_two::<6>(2);
    open_all(&mut world, sender);
    for viewer in viewers {
        world.watch(viewer, 0, Some(sender));
    }
    world.run_for(ms(2_000));
    let (crossed, sent) = (world.engine().count("crossed_out"), world.engine().count("packets_in"));
    assert!(crossed > 200 && crossed < sent, "{crossed} of {sent}, those of closed gates among them");
    for viewer in viewers {
        assert!(whole_frames(&pictures(&world, viewer, 0)).len() > 40);
    }
}

#[test]
fn s19_a_mute_holds_on_both_shards_at_once_whatever_is_still_crossing() {
    let (mut world, [one, near, far, there]) = over_two::<4>(3);
    // The speaker is on the first shard; what it says takes 50 ms to the second.
    let (speaker, listeners) = (one, [near, far, there]);
    open_all(&mut world, speaker);
    world.client_mut(speaker).set_level(20);
    world.set_crossing(ms(50), None);
    world.run_for(ms(1_000));
    let settled = world.now();
    world.run_for(ms(1_000));
    for listener in listeners {
        assert!(heard_since(&world, listener, speaker, settled) > 40);
    }
    world.set_gate(speaker, Source::Microphone, false);
    let closed = world.now();
    world.run_for(ms(1_000));
    for listener in listeners {
        // What had left before is on the line for 10 ms.
        assert_eq!(heard_since(&world, listener, speaker, closed + ms(10)), 0);
    }
}

#[test]
fn s19_what_was_said_before_a_mute_is_not_heard_after_the_next_opening() {
    let (mut world, [speaker, far]) = over_two(4);
    open_all(&mut world, speaker);
    world.client_mut(speaker).set_level(20);
    world.set_crossing(ms(200), None);
    world.run_for(ms(2_000));
    let closed = world.now();
    world.set_gate(speaker, Source::Microphone, false);
    world.set_gate(speaker, Source::Microphone, true);
    let last = world.client(far).heard_of(speaker.number(), Kind::Audio).last().expect("heard").mark.frame;
    world.run_for(ms(1_000));
    let after: Vec<_> = world.client(far).heard_of(speaker.number(), Kind::Audio).collect();
    let next = after.iter().find(|packet| packet.at > closed + ms(10)).expect("it is open again");
    assert!(
        next.mark.frame >= last + 10,
        "{} follows {last}: 200 ms of what was said before are gone",
        next.mark.frame
    );
}

#[test]
fn s19_a_camera_that_was_stopped_is_neither_repaired_nor_replayed_by_a_mirror() {
    let (mut world, [sender, far]) = over_two(5);
    open_all(&mut world, sender);
    world.watch(far, 0, Some(sender));
    let lossy = LinkModel { loss: Loss::Even(0.3), ..LinkModel::default() };
    world.set_network(far, Network { down: lossy, ..Network::default() });
    world.run_for(ms(2_000));
    world.set_gate(sender, Source::Camera, false);
    let (closed, repaired) = (world.now(), world.engine().count("rtx_sent"));
    world.watch(far, 1, Some(sender));
    world.run_for(ms(1_000));
    assert_eq!(world.engine().count("rtx_sent"), repaired);
    let seen = world.client(far).heard_of(sender.number(), Kind::Video);
    assert_eq!(seen.filter(|packet| packet.at > closed + ms(10)).count(), 0);
}

#[test]
fn s19_a_track_that_is_told_of_late_is_not_opened_by_what_its_shard_knew_before() {
    let mut world = World::new(2, 6);
    world.meeting_over_all(MEETING);
    world.set_crossing(ms(300), None);
    let [speaker, far] = [0, 1].map(|shard| world.join(MEETING, shard, Network::default()));
    world.client_mut(speaker).set_level(20);
    // Its gate is opened and closed before the other shard has heard of it.
    world.set_gate(speaker, Source::Microphone, true);
    world.run_for(ms(100));
    world.set_gate(speaker, Source::Microphone, false);
    world.run_for(ms(2_000));
    assert_eq!(world.client(far).heard_of(speaker.number(), Kind::Audio).count(), 0);
    world.set_gate(speaker, Source::Microphone, true);
    world.run_for(ms(2_000));
    assert!(world.client(far).heard_of(speaker.number(), Kind::Audio).count() > 50);
}

#[test]
fn a_gate_that_was_open_before_its_track_was_known_opens_there_too() {
    let mut world = World::new(2, 7);
    world.meeting_over_all(MEETING);
    world.set_crossing(ms(300), None);
    let [speaker, far] = [0, 1].map(|shard| world.join(MEETING, shard, Network::default()));
    world.client_mut(speaker).set_level(20);
    world.set_gate(speaker, Source::Microphone, true);
    // Another gate moves meanwhile, so that the far shard knows of a newer command.
    world.set_gate(far, Source::Camera, true);
    world.run_for(ms(3_000));
    assert!(world.client(far).heard_of(speaker.number(), Kind::Audio).count() > 50);
}

#[test]
fn what_was_lost_between_the_shards_is_repaired() {
    let (mut world, [sender, viewer]) = over_two(8);
    open_all(&mut world, sender);
    world.watch(viewer, 0, Some(sender));
    world.run_for(ms(1_000));
    world.set_crossing(ms(0), Some(20));
    world.run_for(ms(8_000));
    world.set_crossing(ms(0), None);
    world.run_for(ms(1_000));
    let seen = pictures(&world, viewer, 0);
    assert!(world.engine().count("dropped.crossing") > 20);
    assert!(world.engine().count("crossed_again") > 20);
    assert_eq!(gaps_and_repetitions(&seen), (0, 0), "{} packets", seen.len());
    assert!(whole_frames(&seen).len() > 240, "{} frames", whole_frames(&seen).len());
}

#[test]
fn what_was_lost_on_the_way_to_the_engine_is_repaired_for_viewers_elsewhere() {
    let (mut world, [sender, viewer]) = over_two(9);
    let lossy = LinkModel { loss: Loss::Even(0.05), ..LinkModel::default() };
    world.set_network(sender, Network { up: lossy, down: lossy });
    open_all(&mut world, sender);
    world.watch(viewer, 0, Some(sender));
    world.run_for(ms(8_000));
    world.set_network(sender, Network::default());
    world.run_for(ms(1_000));
    let seen = pictures(&world, viewer, 0);
    assert_eq!(gaps_and_repetitions(&seen), (0, 0), "{} packets", seen.len());
    assert!(world.engine().count("nack_sent") > 20);
}

#[test]
fn s17_requests_for_key_frames_are_merged_over_both_shards() {
    let (mut world, [sender, viewers @ ..]) = over_two::<6>(10);
    open_all(&mut world, sender);
    for viewer in viewers {
        world.watch(viewer, 0, Some(sender));
    }
    world.run_for(ms(2_000));
    let before = world.client(sender).keyframe_requests().len();
    for _ in 0..50 {
        for viewer in viewers {
            world.client_mut(viewer).ask_keyframe(0);
        }
        world.run_for(ms(40));
    }
    let asked = &world.client(sender).keyframe_requests()[before..];
    assert!((3..=5).contains(&asked.len()), "two seconds of requests: {}", asked.len());
    assert!(asked.windows(2).all(|pair| pair[1] - pair[0] >= ms(490)), "one per 500 ms");
}

#[test]
fn a_publisher_sends_what_anybody_on_any_shard_gets() {
    let mut world = World::new(2, 11);
    world.meeting_over_all(MEETING);
    let sender = world.join_layered(MEETING, 0, Network::default(), Coding::Vp8);
    let [near, far] = [0, 1].map(|shard| world.join(MEETING, shard, Network::default()));
    connected(&mut world, &[sender, near, far]);
    open_all(&mut world, sender);
    let camera = world.client(sender).track(Source::Camera);
    let told = |world: &World| {
        let told = world.engine().told().iter().filter_map(|(_, event)| match event {
            Event::LayersWanted { track, rids } if *track == camera => Some(rids.clone()),
            _ => None,
        });
        told.collect::<Vec<_>>()
    };
    world.watch_in(near, 0, Some(sender), (160, 90));
    world.watch_in(far, 0, Some(sender), (160, 90));
    world.run_for(ms(6_000));
    assert_eq!(told(&world).last().map(Vec::len), Some(1), "{:?}", told(&world));
    world.watch_in(far, 0, Some(sender), (1280, 720));
    world.run_for(ms(4_000));
    assert_eq!(told(&world).last().map(Vec::len), Some(2), "{:?}", told(&world));
    let places: Vec<_> = pictures(&world, far, 0).iter().rev().take(20).map(|packet| packet.mark.place).collect();
    assert_eq!(places, [2; 20], "the large picture comes");
    world.watch(far, 0, None);
    world.run_for(ms(6_000));
    assert_eq!(told(&world).last().map(Vec::len), Some(1), "{:?}", told(&world));
}

#[test]
fn levels_are_told_once_and_name_the_speakers_of_both_shards() {
    let (mut world, [one, two]) = over_two(12);
    for (member, level) in [(one, 50), (two, 20)] {
        open_all(&mut world, member);
        world.client_mut(member).set_level(level);
    }
    world.run_for(ms(3_000));
    let loudest = world.client(two).track(Source::Microphone);
    let levels = world.engine().told().iter().filter_map(|(at, event)| match event {
        Event::Levels { levels, dominant, .. } => Some((*at, levels.len(), dominant.clone())),
        _ => None,
    });
    let told: Vec<_> = levels.collect();
    assert!(told.windows(2).all(|pair| pair[1].0 - pair[0].0 >= ms(90)), "ten times a second at most");
    assert_eq!(told.last().map(|(_, count, dominant)| (*count, dominant.clone())), Some((2, Some(loudest))));
}

#[test]
fn who_leaves_is_gone_from_the_other_shard_and_who_comes_learns_of_all() {
    let (mut world, [one, two]) = over_two(13);
    for member in [one, two] {
        open_all(&mut world, member);
        world.client_mut(member).set_level(30);
    }
    world.watch(two, 0, Some(one));
    world.run_for(ms(1_000));
    world.client_mut(one).leave();
    world.run_for(ms(500));
    let unmapped = world.engine().told().iter().rev().find_map(|(_, event)| match event {
        Event::SlotMapped(mapped) if mapped.kind == Kind::Video => Some(mapped.track.clone()),
        _ => None,
    });
    assert_eq!(unmapped, Some(None));
    let three = world.join(MEETING, 0, Network::default());
    connected(&mut world, &[three]);
    world.watch(three, 0, Some(two));
    world.run_for(ms(2_000));
    assert!(whole_frames(&pictures(&world, three, 0)).len() > 35);
    assert!(world.client(three).heard_of(two.number(), Kind::Audio).count() > 50);
}

#[test]
fn a_shard_that_gets_the_meeting_later_learns_all_tracks_and_forgets_them_with_it() {
    let mut world = World::new(2, 14);
    world.meeting(MEETING, 0);
    let one = world.join(MEETING, 0, Network::default());
    connected(&mut world, &[one]);
    open_all(&mut world, one);
    world.client_mut(one).set_level(30);
    world.run_for(ms(1_000));
    assert_eq!(world.engine().count("crossed_out"), 0, "a meeting on one shard pays nothing");
    world.meeting_over_all(MEETING);
    let two = world.join(MEETING, 1, Network::default());
    connected(&mut world, &[two]);
    world.watch(two, 0, Some(one));
    world.run_for(ms(2_000));
    assert!(whole_frames(&pictures(&world, two, 0)).len() > 35);
    assert!(world.client(two).heard_of(one.number(), Kind::Audio).count() > 50);
    world.order(1, Command::CloseMeeting { meeting: MEETING.into() });
    let alone = [0].into_iter().collect();
    world.order(0, Command::SpreadMeeting { meeting: MEETING.into(), shards: alone, home: 0 });
    assert_eq!(world.engine().shard(1).mirrors(), 0);
    let crossed = world.engine().count("crossed_out");
    world.run_for(ms(500));
    assert_eq!(world.engine().count("crossed_out"), crossed);
}

#[test]
fn unknown_gates_are_those_that_no_shard_knows() {
    let (mut world, [one, _]) = over_two(15);
    let gate = Gate { track: world.client(one).track(Source::Microphone), allowed: true, on: true, vetoed: false };
    for shard in 0..2 {
        let answer = world.order(shard, Command::SetGates(vec![gate.clone()]));
        assert_eq!(answer, hoptt_core::control::Answer::Done { unknown: vec![] });
    }
}
