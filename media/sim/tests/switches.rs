//! Q10: viewers whose tiles, wishes and lines change at random get one stream each that can be decoded, and soon.

mod support;

use std::time::{Duration, Instant};

use hoptt_core::control::Source;
use hoptt_sim::{Coding, LinkModel, Member, Network, Rng, World};
use support::decoder::Decoder;
use support::{MEETING, connected, ms};

/// What fills a quarter, a half and the whole of the picture.
const TILES: [(u32, u32); 3] = [(320, 180), (640, 360), (1280, 720)];
/// From nothing to everything; a camera's encodings take about 40, 80 and 120 kbit/s.
const LINES: [Option<u64>; 5] = [Some(5_000), Some(25_000), Some(60_000), Some(110_000), None];
const CAMERAS: [Coding; 4] = Coding::ALL;
const VIEWERS: usize = 20;
/// Of them so many have a line that changes.
const ON_BAD_LINES: usize = 5;
const TICK: Duration = ms(50);

struct Viewer {
    member: Member,
    on_bad_line: bool,
    decoder: Decoder,
    turns_at: Instant,
    /// Whose picture it waits for, which encoding, and since when.
    waits: Option<((u32, u8), Instant)>,
}

struct Story {
    world: World,
    rng: Rng,
    cameras: [Member; CAMERAS.len()],
    viewers: Vec<Viewer>,
    took: Vec<Duration>,
}

impl Story {
    fn new(seed: u64) -> Self {
        let line = LinkModel { delay: ms(25), ..LinkModel::default() };
        let network = Network { up: line, down: line };
        let mut world = World::new(1, seed);
        world.meeting(MEETING, 0);
        let cameras = CAMERAS.map(|coding| world.join_layered(MEETING, 0, network, coding));
        let members: Vec<Member> = (0..VIEWERS).map(|_| world.join(MEETING, 0, network)).collect();
        connected(&mut world, &cameras);
        connected(&mut world, &members);
        for camera in cameras {
            world.set_gate(camera, Source::Camera, true);
        }
        for member in members.iter().chain(&cameras) {
            for kind in [hoptt_core::control::Kind::Audio, hoptt_core::control::Kind::Video] {
                world.client_mut(*member).set_sending(kind, false);
            }
        }
        world.run_for(ms(500));
        let viewers = members.into_iter().enumerate().map(|(n, member)| Viewer {
            member,
            on_bad_line: n < ON_BAD_LINES,
            decoder: Decoder::default(),
            turns_at: world.now(),
            waits: None,
        });
        let viewers = viewers.collect();
        Self { world, rng: Rng::new(seed), cameras, viewers, took: vec![] }
    }

    fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.rng.next_u64() % count as u64).expect("few")
    }

    /// A viewer shows another camera, or in another tile; or its line changes.
    fn turn(&mut self, at: usize) {
        let (camera, tile) = (self.below(CAMERAS.len()), self.below(TILES.len()));
        let (line, pause) = (self.below(LINES.len()), self.below(400));
        let shown = self.cameras[camera];
        let viewer = &mut self.viewers[at];
        viewer.turns_at = self.world.now() + ms(600) + Duration::from_millis(pause as u64);
        self.world.watch_in(viewer.member, 0, Some(shown), TILES[tile]);
        if viewer.on_bad_line {
            self.world.allow_video(viewer.member, LINES[line]);
            return;
        }
        if let Some((_, since)) = viewer.waits.take() {
            self.took.push(self.world.now() - since); // it never came
        }
        let target = (shown.number(), u8::try_from(tile).expect("three"));
        viewer.waits = (viewer.decoder.shows() != Some(target)).then_some((target, self.world.now()));
    }

    fn tick(&mut self) {
        for at in 0..VIEWERS {
            if self.viewers[at].turns_at <= self.world.now() {
                self.turn(at);
            }
        }
        self.world.run_for(TICK);
        for viewer in &mut self.viewers {
            for packet in self.world.client(viewer.member).received() {
                let camera = self.cameras.iter().position(|camera| camera.number() == packet.mark.member);
                viewer.decoder.take(packet, CAMERAS[camera.expect("one of the cameras")]);
                if let Some((target, since)) = viewer.waits
                    && target == (packet.mark.member, packet.mark.place)
                    && packet.at >= since
                {
                    self.took.push(packet.at - since);
                    viewer.waits = None;
                }
            }
            self.world.client_mut(viewer.member).forget();
        }
    }
}

#[test]
fn q10_ten_thousand_random_switches_are_soon_there_and_can_be_decoded() {
    let mut story = Story::new(10);
    while story.world.engine().count("switches") < 10_000 {
        story.tick();
    }
    story.took.sort_unstable();
    let share = |percent: usize| story.took[(story.took.len() - 1) * percent / 100];
    let (p50, p95, most) = (share(50), share(95), share(100));
    let changes: u64 = story.viewers.iter().map(|viewer| viewer.decoder.changes).sum();
    let frames: u64 = story.viewers.iter().map(|viewer| viewer.decoder.frames).sum();
    println!(
        "{} switches, {changes} seen, {frames} frames in {:?}; of {} measured: p50 {p50:?}, p95 {p95:?}, most {most:?}",
        story.world.engine().count("switches"),
        story.world.elapsed(),
        story.took.len(),
    );
    assert!(changes > 7_000, "{changes} changes of picture");
    assert!(story.took.len() > 5_000, "{} measured", story.took.len());
    assert!(p95 < ms(500), "p95 {p95:?}");
    for camera in story.cameras {
        let layers = story.world.client(camera).layers().expect("it sends three");
        for place in 0..3 {
            let asked = layers.asked(place);
            assert!(asked.len() > 10, "{} requests", asked.len());
            assert!(asked.windows(2).all(|pair| pair[1] - pair[0] >= ms(499)), "S17: one per 500 ms and encoding");
        }
    }
}
