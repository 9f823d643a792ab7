//! What the engine believes of a line, from the reports of a client that is not ours, and what it sends over it.

mod support;

use std::time::Duration;

use hoptt_core::control::{Event, Kind, LimitReason};
use hoptt_sim::{Coding, LinkModel, Member, Network, World};
use support::{MEETING, a_meeting, connected, gaps_and_repetitions, ms, open_all, pictures};

fn line(bps: u32) -> Network {
    let down = LinkModel { rate_bps: Some(bps), queue_time: Some(ms(300)), delay: ms(50), ..LinkModel::default() };
    Network { down, up: LinkModel { delay: ms(50), ..LinkModel::default() } }
}

#[test]
fn a_line_that_carries_all_is_believed_to() {
    let (mut world, [one, two]) = a_meeting(11, [Network::default(), line(5_000_000)]);
    open_all(&mut world, one);
    world.watch(two, 0, Some(one));
    world.run_for(ms(20_000));
    // 25 pictures a second of four packets of 900 bytes, and their headers; more is probed for, and bursts look faster than they are.
    let estimate = world.estimate_bps(two).expect("the client tells of arrivals");
    assert!((650_000..2_200_000).contains(&estimate), "{estimate}");
    assert_eq!(world.engine().count("dropped.feedback_unknown"), 0);
}

#[test]
fn a_line_that_carries_less_than_is_sent_is_known() {
    let (mut world, [one, two]) = a_meeting(12, [Network::default(), line(5_000_000)]);
    open_all(&mut world, one);
    world.watch(two, 0, Some(one));
    world.run_for(ms(10_000));
    world.set_network(two, line(500_000));
    world.run_for(ms(3_000));
    let estimate = world.estimate_bps(two).expect("the client tells of arrivals");
    assert!((300_000..600_000).contains(&estimate), "{estimate}");
}

#[test]
fn of_large_pictures_of_one_size_a_newcomer_is_sent_whole_ones_and_soon_all() {
    let mut world = World::new(1, 31);
    world.meeting(MEETING, 0);
    world.set_slots((4, 9));
    let cameras: Vec<Member> = (0..9).map(|_| world.join(MEETING, 0, Network::default())).collect();
    connected(&mut world, &cameras);
    for camera in &cameras {
        open_all(&mut world, *camera);
        world.client_mut(*camera).set_packets(8); // 1.5 Mbit/s
    }
    world.run_for(ms(3_000));
    let wide = line(40_000_000);
    let down = LinkModel { queue_bytes: 1 << 20, ..wide.down }; // all nine make their frames in one moment
    let viewer = world.join(MEETING, 0, Network { down, ..wide });
    connected(&mut world, &[viewer]);
    for (slot, camera) in (0..).zip(&cameras) {
        world.watch(viewer, slot, Some(*camera));
    }
    let began = world.now();
    world.run_for(ms(3_000));
    for slot in 0..9 {
        let seen = pictures(&world, viewer, slot);
        assert_eq!(gaps_and_repetitions(&seen), (0, 0), "slot {slot}");
        let first = seen[0].at - began;
        assert!(first < ms(1_500), "slot {slot} shows something after {first:?}");
    }
}

/// A camera of 160, 320 and 480 kbit/s and a voice of its owner, and a viewer on a line of its own.
struct Story {
    world: World,
    camera: Member,
    viewer: Member,
}

impl Story {
    fn new(seed: u64, bps: u32) -> Self {
        let mut world = World::new(1, seed);
        world.meeting(MEETING, 0);
        let camera = world.join_layered(MEETING, 0, Network::default(), Coding::Vp8);
        let viewer = world.join(MEETING, 0, line(bps));
        connected(&mut world, &[camera, viewer]);
        open_all(&mut world, camera);
        world.client_mut(camera).set_level(20);
        world.client_mut(camera).set_packet_len(1_000);
        world.watch(viewer, 0, Some(camera));
        Self { world, camera, viewer }
    }

    fn run(&mut self, seconds: u64) {
        self.world.client_mut(self.viewer).forget();
        self.world.run_for(Duration::from_secs(seconds));
    }

    fn set_line(&mut self, bps: u32) {
        self.world.set_network(self.viewer, line(bps));
    }

    /// The encoding that arrived last.
    fn place(&self) -> Option<u8> {
        pictures(&self.world, self.viewer, 0).last().map(|packet| packet.mark.place)
    }

    /// Packets of the voice that arrived of those that were said while it ran.
    fn heard(&self, seconds: u64) -> f64 {
        let heard = self.world.client(self.viewer).heard_of(self.camera.number(), Kind::Audio).count();
        f64::from(u32::try_from(heard).expect("few")) / (50.0 * f64::from(u32::try_from(seconds).expect("few")))
    }

    /// Why the picture is no better, as the control plane was told last.
    fn reason(&self) -> Option<LimitReason> {
        let name = self.world.client(self.viewer).name();
        self.world.engine().told().iter().rev().find_map(|(_, event)| match event {
            Event::Limits { transport, limits } if transport == name => Some(limits.first()?.reason),
            _ => None,
        })
    }
}

/// What is said of a line by one seed is said of it on every machine.
#[test]
fn two_runs_of_one_seed_are_the_same() {
    let arrivals = || {
        let mut story = Story::new(31, 66_000);
        let start = story.world.now();
        story.run(20);
        let arrived = story.world.client(story.viewer).heard_of(story.camera.number(), Kind::Audio);
        arrived.map(|packet| packet.at - start).collect::<Vec<_>>()
    };
    let first = arrivals();
    assert!(first == arrivals(), "a voice came at other times");
}

#[test]
fn r24_a_thin_line_gets_the_layer_that_it_carries_and_all_of_the_sound() {
    for (bps, place, reason) in [
        (200_000, 0, LimitReason::Line),
        (330_000, 1, LimitReason::Line),
        (550_000, 2, LimitReason::Line),
        (5_000_000, 2, LimitReason::Sender),
    ] {
        let mut story = Story::new(21, bps);
        story.run(10);
        assert_eq!((story.place(), story.reason()), (Some(place), Some(reason)), "{bps} bit/s");
        assert!(story.heard(10) > 0.98, "{} of the sound on {bps} bit/s", story.heard(10));
        let overflowed = story.world.lines(story.viewer).1.counts().overflowed;
        // The first key frame, on two thirds of what a line is taken for before it is known.
        assert!(overflowed <= if bps < 300_000 { 5 } else { 0 }, "{overflowed} at {bps} bit/s");
    }
}

#[test]
fn r24_a_line_that_carries_no_picture_is_said_to_and_has_it_back_when_it_can() {
    let mut story = Story::new(22, 70_000);
    story.run(10);
    story.run(10);
    assert_eq!((story.place(), story.reason()), (None, Some(LimitReason::Paused)));
    assert!(story.heard(10) > 0.99, "{} of the sound", story.heard(10));
    story.set_line(5_000_000);
    story.run(8);
    assert_eq!(story.place(), Some(2));
    story.run(1);
    assert_eq!(story.reason(), Some(LimitReason::Sender));
}

/// A queue of its own leaves such a line for a second, because a voice is never sent more slowly: it is nobody else's. What
/// fits is 0.965 to 0.99 of the voice on the thinnest, as the probes happen to fall between its packets.
#[test]
fn r24_on_a_line_that_carries_hardly_more_than_a_voice_all_of_it_is_heard() {
    for (seed, bps) in [(31, 66_000), (32, 70_000), (33, 80_000), (34, 90_000)] {
        let mut story = Story::new(seed, bps);
        story.run(3);
        story.run(60);
        assert_eq!(story.reason(), Some(LimitReason::Paused), "{bps} bit/s");
        assert!(story.heard(60) > 0.96, "{} of the sound on {bps} bit/s", story.heard(60));
    }
}

/// A download could have taken all but that; what it would not do is let a third of all be lost.
#[test]
fn r24_a_line_that_falls_to_hardly_more_than_a_voice_carries_all_of_it_some_seconds_later() {
    for (seed, before, bps) in [(35, 5_000_000, 70_000), (36, 1_000_000, 64_000), (37, 600_000, 80_000)] {
        let mut story = Story::new(seed, before);
        story.run(10);
        story.set_line(bps);
        story.run(20);
        assert!(story.heard(20) > 0.75, "{} of the sound on {bps} bit/s after {before}", story.heard(20));
        story.run(60);
        assert_eq!(story.reason(), Some(LimitReason::Paused), "{bps} bit/s after {before}");
        assert!(story.heard(60) > 0.97, "{} of the sound on {bps} bit/s after {before}", story.heard(60));
    }
}

#[test]
fn a_picture_that_is_paused_comes_back_though_nothing_else_is_sent() {
    let mut story = Story::new(23, 70_000);
    story.world.client_mut(story.camera).set_sending(Kind::Audio, false);
    story.run(10);
    story.run(5);
    assert_eq!((story.place(), story.reason()), (None, Some(LimitReason::Paused)));
    story.set_line(5_000_000);
    story.run(8);
    assert_eq!(story.place(), Some(2));
}

#[test]
fn a_line_that_falls_and_rises_is_followed_within_seconds() {
    let mut story = Story::new(24, 5_000_000);
    story.run(5);
    assert_eq!(story.place(), Some(2));
    story.set_line(330_000);
    story.run(3);
    story.run(5);
    assert!(story.place().is_some_and(|place| place < 2), "{:?}", story.place());
    assert_eq!(story.reason(), Some(LimitReason::Line));
    assert!(story.heard(5) > 0.99, "{} of the sound", story.heard(5));
    story.set_line(5_000_000);
    story.run(8);
    assert_eq!(story.place(), Some(2));
}
