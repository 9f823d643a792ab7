//! Viewers that switch at random between films and their encodings: what they get is written for real decoders.
//!
//! `hoptt-switches OUT SWITCHES SEED WHAT=FILM…`, with films of `vp8`, `h264`, `vp9` and `av1`, and recordings of
//! `recorded-vp8`, `recorded-vp9` and `recorded-av1`, with which browsers send dependency descriptors, and `undescribed-vp9`, where these are
//! left out. OUT has for each picture its viewer, its film, and its encoding or size in a byte each, its number there in two
//! and its length in four, the lowest first, and its bytes; for viewer 255 all pictures of each size of the recordings, with
//! everything below. How long switches took stands in one line of JSON.
#![forbid(unsafe_code)]

mod shows;
mod taped;

use std::fs;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use hoptt_core::control::Source;
use hoptt_sim::{LinkModel, Member, Network, Rng, World};

use shows::{Show, Shown, known};
use taped::{check_descriptors, pictures};

const VIEWERS: usize = 8;
/// Of them so many have a line that changes; how long switches take is asked of the others.
const ON_BAD_LINES: usize = 4;
const FRAMES_PER_SECOND: u64 = 20;
/// Whose pictures are those of the recordings.
const NOBODY: usize = 255;
/// Ticks until the line of such a viewer changes, in the mean: most of them while it shows the same.
const LINE_HOLDS: usize = 8;
const TICK: Duration = Duration::from_millis(25);
const MEETING: &str = "films";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((out, switches, mut story)) = asked(&arguments) else {
        eprintln!("usage: hoptt-switches OUT SWITCHES SEED WHAT=FILM…");
        return ExitCode::from(2);
    };
    while story.world.engine().count("switches") < switches {
        story.tick();
    }
    let (frames, took) = story.told();
    println!("{}", summary(&story, &took));
    match fs::write(out, frames) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{out}: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Where to write, after how many switches, and the story.
fn asked(arguments: &[String]) -> Option<(&str, u64, Story)> {
    let [out, switches, seed, films @ ..] = arguments else { return None };
    let films: Vec<_> = films.iter().map(|film| Show::named(film)).collect::<Option<_>>()?;
    let (switches, seed) = (switches.parse().ok()?, seed.parse().ok()?);
    (!films.is_empty()).then(|| (out.as_str(), switches, Story::new(films, seed)))
}

struct Story {
    world: World,
    rng: Rng,
    /// Of each show and each of its encodings or sizes, in bits a second.
    costs: Vec<Vec<u64>>,
    shows: Vec<Show>,
    cameras: Vec<Member>,
    viewers: Vec<Viewer>,
}

struct Viewer {
    member: Member,
    turns_at: Instant,
    /// When it was to be shown what, and in which encoding or size.
    turns: Vec<(Instant, (usize, usize))>,
}

impl Story {
    fn new(shows: Vec<Show>, seed: u64) -> Self {
        let line = LinkModel { delay: Duration::from_millis(25), ..LinkModel::default() };
        let network = Network { up: line, down: line };
        let mut world = World::new(1, seed);
        world.meeting(MEETING, 0);
        let cameras: Vec<Member> = shows.iter().map(|show| show.join(&mut world, network)).collect();
        let members: Vec<Member> = (0..VIEWERS).map(|_| world.join(MEETING, 0, network)).collect();
        world.run_for(Duration::from_secs(5));
        for camera in &cameras {
            world.set_gate(*camera, Source::Camera, true);
        }
        for member in members.iter().chain(&cameras) {
            for kind in [hoptt_core::control::Kind::Audio, hoptt_core::control::Kind::Video] {
                world.client_mut(*member).set_sending(kind, false);
            }
        }
        let viewers = members.into_iter().map(|member| {
            world.client_mut(member).tape();
            Viewer { member, turns_at: world.now(), turns: vec![] }
        });
        let viewers = viewers.collect();
        let costs = |show: &Show| (0..show.tiles().len()).map(|place| show.bps(place)).collect();
        let costs = shows.iter().map(costs).collect();
        Self { costs, world, rng: Rng::new(seed), shows, cameras, viewers }
    }

    fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.rng.next_u64() % count as u64).expect("few")
    }

    fn tick(&mut self) {
        for at in 0..VIEWERS {
            if self.viewers[at].turns_at <= self.world.now() {
                self.turn(at);
            }
            if at < ON_BAD_LINES && self.below(LINE_HOLDS) == 0 {
                self.change_line(at);
            }
        }
        self.world.run_for(TICK);
    }

    /// A viewer is shown another show, or the same in another tile.
    fn turn(&mut self, at: usize) {
        // Who stays finds the way from layer to layer, who goes begins with a key frame.
        let stays = self.below(2) == 0;
        let before = self.viewers[at].turns.last().map(|(_, (show, _))| *show);
        let show = before.filter(|_| stays).unwrap_or_else(|| self.below(self.shows.len()));
        let tiles = self.shows[show].tiles();
        let (place, pause) = (self.below(tiles.len()), self.below(12));
        let viewer = &mut self.viewers[at];
        viewer.turns_at = self.world.now() + Duration::from_millis(300 + 50 * pause as u64);
        viewer.turns.push((self.world.now(), (show, place)));
        self.world.watch_in(viewer.member, 0, Some(self.cameras[show]), tiles[place]);
    }

    /// A line carries from less than the smallest picture of a show costs to everything.
    fn change_line(&mut self, at: usize) {
        let Some((_, (show, _))) = self.viewers[at].turns.last().copied() else { return };
        let (place, percent) = (self.below(self.costs[show].len() + 1), [60, 90, 140][self.below(3)]);
        let line = self.costs[show].get(place).map(|bps| bps * percent / 100);
        self.world.allow_video(self.viewers[at].member, line);
    }

    /// What the viewers got, as it is written, and how long it took those on good lines until they got what they wished.
    fn told(&self) -> (Vec<u8>, Vec<Duration>) {
        let known = known(&self.shows);
        let (mut out, mut took) = (Vec::new(), Vec::new());
        for (at, viewer) in self.viewers.iter().enumerate() {
            let tape = self.world.client(viewer.member).taped();
            check_descriptors(tape);
            let pictures = pictures(tape);
            let shown = pictures.iter().map(|(when, bytes)| (*when, *known.get(bytes).expect("a picture of a show")));
            let shown: Vec<_> = shown.collect();
            if at >= ON_BAD_LINES {
                took.extend(times(&viewer.turns, &shown));
            }
            for ((_, bytes), (_, picture)) in pictures.into_iter().zip(shown) {
                write(&mut out, at, picture, &bytes);
            }
        }
        for (show, told) in self.shows.iter().enumerate() {
            for place in 0..told.tiles().len() {
                for (number, bytes) in told.whole(place).into_iter().flatten().enumerate() {
                    write(&mut out, NOBODY, Shown { show, place, number }, &bytes);
                }
            }
        }
        took.sort_unstable();
        (out, took)
    }
}

fn write(out: &mut Vec<u8>, viewer: usize, picture: Shown, bytes: &[u8]) {
    out.extend([viewer, picture.show, picture.place].map(|number| u8::try_from(number).expect("few")));
    out.extend(u16::try_from(picture.number).expect("few").to_le_bytes());
    out.extend(u32::try_from(bytes.len()).expect("small").to_le_bytes());
    out.extend(bytes);
}

/// From each wish to its first picture, unless that was shown already; what never came counts up to the next wish.
fn times(turns: &[(Instant, (usize, usize))], shown: &[(Instant, Shown)]) -> Vec<Duration> {
    let is = |shown: &Shown, wish| (shown.show, shown.place) == wish;
    let mut took = vec![];
    for pair in turns.windows(2) {
        let ((asked, wish), (next, _)) = (pair[0], pair[1]);
        let before = shown.partition_point(|(at, _)| *at < asked);
        if before.checked_sub(1).is_some_and(|last| is(&shown[last].1, wish)) {
            continue;
        }
        let came = shown[before..].iter().take_while(|(at, _)| *at < next).find(|(_, found)| is(found, wish));
        took.push(came.map_or(next, |(at, _)| *at) - asked);
    }
    took
}

fn summary(story: &Story, took: &[Duration]) -> String {
    let share = |percent: usize| took.get(took.len().saturating_sub(1) * percent / 100).map_or(0, Duration::as_millis);
    format!(
        r#"{{"switches": {}, "measured": {}, "p50_ms": {}, "p95_ms": {}, "most_ms": {}, "seconds": {}}}"#,
        story.world.engine().count("switches"),
        took.len(),
        share(50),
        share(95),
        share(100),
        story.world.elapsed().as_secs(),
    )
}
