//! Whole meetings on good lines.

mod support;

use std::net::SocketAddr;

use hoptt_core::control::{Command, Event, Kind, Source};
use hoptt_core::remote::Remote;
use hoptt_sim::{Member, Network, World};
use support::{MEETING, a_meeting, connected, gaps_and_repetitions, ms, open_all, pictures, whole_frames};

#[test]
fn two_members_see_and_hear_each_other() {
    let (mut world, [one, two]) = a_meeting(1, [Network::default(); 2]);
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
}

#[test]
fn s19_a_new_source_begins_closed() {
    let (mut world, [one, two]) = a_meeting(2, [Network::default(); 2]);
    world.watch(two, 0, Some(one));
    world.run_for(ms(2_000));
    assert!(world.client(two).received().is_empty());
    assert!(world.engine().count("dropped.gate") > 100, "the sender did send");
}

#[test]
fn s19_who_is_muted_and_sends_on_is_not_heard() {
    let (mut world, [one, two]) = a_meeting(3, [Network::default(); 2]);
    open_all(&mut world, one);
    world.watch(two, 0, Some(one));
    world.client_mut(one).set_level(20);
    world.run_for(ms(2_000));
    assert!(world.client(two).heard_of(one.number(), Kind::Audio).count() > 50);

    world.set_gate(one, Source::Microphone, false);
    // What had left before the gate closed is still on its way: the line takes 10 ms.
    world.run_for(ms(10));
    world.client_mut(two).forget();
    let closed = world.engine().count("dropped.gate");
    world.run_for(ms(5_000));
    assert_eq!(world.client(two).heard_of(one.number(), Kind::Audio).count(), 0);
    assert!(world.client(two).heard_of(one.number(), Kind::Video).count() > 400, "the camera goes on");
    assert!(world.engine().count("dropped.gate") - closed >= 249, "the hostile page sent on");
}

#[test]
fn s19_the_loudness_of_a_closed_gate_is_not_told() {
    let (mut world, [one, two]) = a_meeting(4, [Network::default(); 2]);
    world.client_mut(one).set_level(5);
    world.client_mut(two).set_level(40);
    world.set_gate(two, Source::Microphone, true);
    world.run_for(ms(3_000));
    let loud = world.client(one).track(Source::Microphone);
    let told = world.engine().told().iter().filter_map(|(_, event)| match event {
        Event::Levels { levels, dominant, .. } => Some((levels, dominant)),
        _ => None,
    });
    let mut any = false;
    for (levels, dominant) in told {
        any = true;
        assert!(levels.iter().all(|level| level.track != loud));
        assert_ne!(dominant.as_ref(), Some(&loud));
    }
    assert!(any, "levels of the open gate are told");
}

#[test]
fn a_switch_of_a_slot_shows_no_gap() {
    let (mut world, [one, two, viewer]) = a_meeting(5, [Network::default(); 3]);
    open_all(&mut world, one);
    open_all(&mut world, two);
    let mut shown = one;
    for _ in 0..6 {
        world.watch(viewer, 0, Some(shown));
        world.run_for(ms(1_500));
        shown = if shown == one { two } else { one };
    }
    let seen = pictures(&world, viewer, 0);
    assert_eq!(gaps_and_repetitions(&seen), (0, 0));
    assert!(seen.windows(2).all(|pair| pair[1].seq == pair[0].seq + 1));
    let mut switches = 0;
    for pair in seen.windows(2) {
        let (before, after) = (pair[0], pair[1]);
        let step = after.rtp_time.wrapping_sub(before.rtp_time);
        assert!(step < 90_000, "media time goes on, by less than a second: {step}");
        if before.mark.member != after.mark.member {
            switches += 1;
            assert!(after.mark.is_keyframe && after.mark.packet == 0, "the new picture begins with a key frame");
            assert!(step > 0, "a new frame has a new time");
        }
        let (old, new) = (before.picture_id.expect("VP8"), after.picture_id.expect("VP8"));
        let expected = u16::from(before.marker || before.mark.member != after.mark.member);
        assert_eq!(new.wrapping_sub(old) & 0x7fff, expected, "picture ids count on");
    }
    assert_eq!(switches, 5);
}

#[test]
fn requests_for_key_frames_are_merged() {
    let (mut world, members) = a_meeting(6, [Network::default(); 5]);
    let [sender, viewers @ ..] = members;
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
    assert!(asked.windows(2).all(|pair| pair[1] - pair[0] >= ms(490)), "S17: one per 500 ms");
}

#[test]
fn the_slot_is_told_before_the_first_packet_of_the_new_source() {
    let (mut world, [one, viewer]) = a_meeting(7, [Network::default(); 2]);
    open_all(&mut world, one);
    world.watch(viewer, 0, Some(one));
    world.run_for(ms(1_500));
    let told = world.engine().told().iter().find_map(|(at, event)| match event {
        Event::SlotMapped(mapped) if mapped.kind == Kind::Video && mapped.track.is_some() => {
            Some((*at, mapped.clone()))
        }
        _ => None,
    });
    let (at, mapped) = told.expect("a mapping");
    let first = pictures(&world, viewer, 0)[0].clone();
    assert!(at < first.at);
    assert_eq!(mapped.rtp_time, Some(first.rtp_time));
}

#[test]
fn a_silent_room_hears_whoever_speaks_up() {
    let (mut world, members) = a_meeting(8, [Network::default(); 7]);
    for member in members {
        world.set_gate(member, Source::Microphone, true);
    }
    world.run_for(ms(1_000));
    let [speaker, listener, ..] = members;
    world.client_mut(speaker).set_level(15);
    let before = world.now();
    let hears = |world: &World| world.client(listener).heard_of(speaker.number(), Kind::Audio).any(|p| p.at > before);
    assert!(world.run_until(ms(1_000), hears));
    world.run_for(ms(3_000));
    let dominant = world.engine().told().iter().rev().find_map(|(_, event)| match event {
        Event::Levels { dominant, .. } => Some(dominant.clone()),
        _ => None,
    });
    assert_eq!(dominant, Some(Some(world.client(speaker).track(Source::Microphone))));
}

#[test]
fn who_leaves_is_told_and_the_others_go_on() {
    let (mut world, [one, two, three]) = a_meeting(9, [Network::default(); 3]);
    for member in [one, two, three] {
        open_all(&mut world, member);
    }
    world.watch(three, 0, Some(two));
    world.run_for(ms(1_000));
    world.client_mut(one).leave();
    world.run_for(ms(1_000));
    let gone = world.client(one).name().to_owned();
    assert!(world.engine().told().iter().any(|(_, event)| matches!(
        event,
        Event::TransportChanged { transport, state: hoptt_core::control::TransportState::Closed, .. } if *transport == gone
    )));
    world.client_mut(three).forget();
    world.run_for(ms(1_000));
    assert!(whole_frames(&pictures(&world, three, 0)).len() >= 23);
}

#[test]
fn r21_the_end_of_a_meeting_hangs_up_on_everybody() {
    let (mut world, [one, two]) = a_meeting(10, [Network::default(); 2]);
    world.order(0, Command::CloseMeeting { meeting: MEETING.into() });
    let both = |world: &World| [one, two].iter().all(|member| world.client(*member).closed_at().is_some());
    assert!(world.run_until(ms(1_000), both), "close_notify reaches both");
    assert_eq!(world.engine().shard(0).slots_in_use(), 0);
}

#[test]
fn two_meetings_on_two_shards_share_one_port_and_nothing_else() {
    let mut world = World::new(2, 11);
    let mut rooms: Vec<(Member, Member)> = vec![];
    for shard in 0..2 {
        let meeting = format!("room{shard}");
        world.meeting(&meeting, shard);
        rooms.push((world.join(&meeting, shard, Network::default()), world.join(&meeting, shard, Network::default())));
    }
    let all: Vec<_> = rooms.iter().flat_map(|(one, two)| [*one, *two]).collect();
    connected(&mut world, &all);
    for (one, two) in &rooms {
        open_all(&mut world, *one);
        world.client_mut(*one).set_level(20);
        world.watch(*two, 0, Some(*one));
    }
    world.run_for(ms(3_000));
    for (one, two) in rooms {
        let received = world.client(two).received();
        assert!(received.iter().all(|packet| packet.mark.member == one.number()));
        assert!(whole_frames(&pictures(&world, two, 0)).len() > 55);
        assert!(world.client(two).heard_of(one.number(), Kind::Audio).count() > 100);
    }
    assert_eq!([0, 1].map(|shard| world.engine().shard(shard).slots_in_use()), [2, 2]);
}

#[test]
fn f28_media_goes_on_over_tcp_when_udp_is_blocked_and_comes_back() {
    let (mut world, [one, two]) = a_meeting(1, [Network::default(); 2]);
    open_all(&mut world, one);
    world.watch(two, 0, Some(one));
    world.run_for(ms(1_000));
    let address = SocketAddr::from(([203, 0, 113, 9], 50_001));
    let sees_within = |world: &mut World, time| {
        world.client_mut(two).forget();
        world.run_until(ms(time), |world| world.client(two).heard_of(one.number(), Kind::Video).count() > 20)
    };
    world.rebind(two, Remote::tcp(address));
    assert!(sees_within(&mut world, 3_000), "the picture goes on over the connection");
    assert_eq!(world.sent_to(address), 0, "and nothing by UDP to the address of the connection");

    world.disconnect(two);
    let sent = world.sent_to(Remote::tcp(address));
    world.rebind(two, address);
    assert!(sees_within(&mut world, 3_000), "the picture comes back by UDP");
    assert_eq!(world.sent_to(Remote::tcp(address)), sent, "nothing goes to a connection that is gone");
}
