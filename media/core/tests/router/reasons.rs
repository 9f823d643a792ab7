//! Why a tile shows no better picture (R24): the reason that the engine tells is the one that is so.

use hoptt_core::control::{Command, Event, LimitReason, SlotLimit, Wish};

use crate::support::{Camera, Mark, World, decode};

const BIG: (u32, u32) = (1280, 720);
const MIDDLE: (u32, u32) = (640, 360);

struct Story {
    world: World,
    camera: Camera,
    ms: u64,
}

impl Story {
    /// A viewer with a tile of that size, and a camera that sends those of its three encodings.
    fn new(tile: (u32, u32), sends: [bool; 3]) -> Self {
        let mut world = World::of(1);
        let camera = world.join_layered("cam");
        world.watch_in(0, camera.peer, tile);
        let mut story = Self { world, camera, ms: 0 };
        story.film(100, sends);
        story
    }

    /// Lets the camera film, 20 ms a picture, with a key frame where it is asked for one.
    fn film(&mut self, frames: u64, sends: [bool; 3]) {
        for n in 0..frames {
            for place in (0..3).filter(|place| sends[*place]) {
                let frame = self.camera.frame(place, self.ms, 2, n % 10 == 0);
                self.world.send_all(self.camera.peer, &frame);
            }
            self.ms += 20;
            self.world.advance(20);
            if n % 50 == 0 {
                self.world.keep_alive();
            }
        }
    }

    fn allow(&mut self, budget_bps: Option<u64>) {
        let transport = self.world.peers[0].transport.clone();
        self.world.router.set_video_budget(self.world.now, &transport, budget_bps).expect("a transport");
        self.world.pump();
    }

    /// What was told last of the viewer's slot.
    fn told(&self) -> Option<LimitReason> {
        let told = self.world.told.iter().rev().find_map(|event| match event {
            Event::Limits { transport, limits } if *transport == self.world.peers[0].transport => Some(limits.clone()),
            _ => None,
        })?;
        match &told[..] {
            [SlotLimit { slot: 0, track, reason }] if *track == self.world.peers[self.camera.peer].track("camera") => {
                Some(*reason)
            }
            _ => None,
        }
    }

    fn shows(&self) -> Option<u8> {
        let slot = self.world.peers[0].slot_ssrc(hoptt_core::control::Kind::Video, 0);
        let packets = self.world.peers[0].stream(slot);
        packets.last().map(|rtp| Mark::read(rtp.payload()).place)
    }

    fn times_told(&self) -> usize {
        self.world.told.iter().filter(|event| matches!(event, Event::Limits { .. })).count()
    }
}

#[test]
fn a_tile_that_is_filled_is_the_reason_itself() {
    let story = Story::new(MIDDLE, [true; 3]);
    assert_eq!((story.shows(), story.told()), (Some(1), Some(LimitReason::Tile)));
}

#[test]
fn a_sender_that_has_no_more_is_the_reason() {
    let story = Story::new(BIG, [true; 3]);
    assert_eq!((story.shows(), story.told()), (Some(2), Some(LimitReason::Sender)), "its largest is not larger");
    let story = Story::new(BIG, [true, false, false]);
    assert_eq!((story.shows(), story.told()), (Some(0), Some(LimitReason::Sender)), "it sends the smallest only");
    let story = Story::new(MIDDLE, [true, false, false]);
    assert_eq!((story.shows(), story.told()), (Some(0), Some(LimitReason::Sender)), "the tile could show the next one");
}

#[test]
fn a_view_that_is_told_again_has_the_same_reasons_and_they_are_not() {
    let mut story = Story::new(MIDDLE, [true; 3]);
    let before = story.times_told();
    story.world.watch_in(0, story.camera.peer, MIDDLE);
    story.film(50, [true; 3]);
    assert_eq!(story.times_told(), before);
}

#[test]
fn a_narrow_line_is_the_reason_until_it_is_wide_again() {
    let mut story = Story::new(BIG, [true; 3]);
    story.allow(Some(30_000));
    story.film(50, [true; 3]);
    assert_eq!((story.shows(), story.told()), (Some(0), Some(LimitReason::Line)));
    story.allow(Some(50_000_000));
    story.film(50, [true; 3]);
    assert_eq!((story.shows(), story.told()), (Some(2), Some(LimitReason::Sender)));
    let slot = story.world.peers[0].slot_ssrc(hoptt_core::control::Kind::Video, 0);
    decode(&story.world.peers[0], slot);
}

#[test]
fn a_line_that_does_not_carry_the_least_pauses_the_picture_and_gives_it_back() {
    let mut story = Story::new(BIG, [true; 3]);
    story.allow(Some(1_000));
    story.film(50, [true; 3]);
    assert_eq!(story.told(), Some(LimitReason::Paused));
    story.world.peers[0].got.clear();
    story.film(20, [true; 3]);
    assert_eq!(story.shows(), None, "it costs nothing");
    story.allow(None);
    story.film(50, [true; 3]);
    assert_eq!((story.shows(), story.told()), (Some(2), Some(LimitReason::Sender)));
}

#[test]
fn a_picture_that_is_paused_ends_with_a_whole_frame() {
    let mut story = Story::new(BIG, [true; 3]);
    let frame = story.camera.frame(2, story.ms, 3, false);
    story.world.send_all(story.camera.peer, &frame[..1]);
    story.allow(Some(1_000));
    story.world.send_all(story.camera.peer, &frame[1..]);
    let slot = story.world.peers[0].slot_ssrc(hoptt_core::control::Kind::Video, 0);
    let got = story.world.peers[0].stream(slot);
    assert!(got.last().expect("packets").marker());
    decode(&story.world.peers[0], slot);
    story.world.peers[0].got.clear();
    story.ms += 20;
    story.film(20, [true; 3]);
    assert_eq!(story.shows(), None);
}

#[test]
fn reasons_are_told_twice_a_second_at_most_and_only_when_they_change() {
    let mut story = Story::new(MIDDLE, [true; 3]);
    let before = story.times_told();
    for _ in 0..10 {
        story.allow(Some(30_000));
        story.film(5, [true; 3]);
        story.allow(None);
        story.film(5, [true; 3]);
    }
    story.film(50, [true; 3]);
    let told = story.times_told() - before;
    assert!(told <= 5, "two seconds of a line that trembles: told {told} times");
    assert_eq!(story.told(), Some(LimitReason::Tile));
    let before = story.times_told();
    story.film(100, [true; 3]);
    assert_eq!(story.times_told(), before);
}

#[test]
fn a_control_plane_that_comes_back_finds_the_reasons() {
    let story = Story::new(MIDDLE, [true; 3]);
    let snapshot = story.world.router.snapshot();
    let viewer = snapshot.transports.iter().find(|one| one.transport == story.world.peers[0].transport);
    assert_eq!(viewer.expect("it is there").limits.len(), 1);
}

#[test]
fn a_tile_that_is_hidden_has_no_reason_and_costs_nothing() {
    let mut story = Story::new(MIDDLE, [true; 3]);
    let transport = story.world.peers[0].transport.clone();
    let wishes = vec![Wish { slot: 0, track: None, width: 0, height: 0, priority: 0 }];
    story.world.command(Command::SetVideo { transport, wishes });
    story.world.peers[0].got.clear();
    story.film(50, [true; 3]);
    assert_eq!((story.shows(), story.told()), (None, None));
    let last = story.world.told.iter().rev().find_map(|event| match event {
        Event::Limits { limits, .. } => Some(limits.len()),
        _ => None,
    });
    assert_eq!(last, Some(0));
}
