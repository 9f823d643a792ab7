//! Viewers that switch at random between films and their encodings: what they get is written for real decoders.
//!
//! `hoptt-switches OUT SWITCHES SEED CODEC=FILM…`, with films of `vp8`, `h264`, `vp9` and `av1`. OUT has for each frame its
//! viewer and its film in a byte each, its length in four, the lowest first, and its bytes. How long switches took stands in
//! one line of JSON.
#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::fs;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use hoptt_core::control::Source;
use hoptt_sim::{Coding, Film, FrameIds, LinkModel, Member, Network, Rng, Taped, World, assemble};
use hoptt_wire::dependency::Descriptor;

const VIEWERS: usize = 8;
/// Of them so many have a line that changes; how long switches take is asked of the others.
const ON_BAD_LINES: usize = 4;
const FRAMES_PER_SECOND: u64 = 20;
/// Of a packet beside its payload, as lines are charged for it.
const HEADERS: u64 = 30;
const TICK: Duration = Duration::from_millis(25);
const MEETING: &str = "films";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((out, switches, mut story)) = asked(&arguments) else {
        eprintln!("usage: hoptt-switches OUT SWITCHES SEED CODEC=FILM…");
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
    let films: Vec<_> = films.iter().map(|film| film_named(film)).collect::<Option<_>>()?;
    let (switches, seed) = (switches.parse().ok()?, seed.parse().ok()?);
    (!films.is_empty()).then(|| (out.as_str(), switches, Story::new(films, seed)))
}

fn film_named(argument: &str) -> Option<(Coding, Film)> {
    let (codec, path) = argument.split_once('=')?;
    let names = ["vp8", "h264", "vp9", "av1"];
    let coding = Coding::ALL[names.iter().position(|name| *name == codec)?];
    let bytes = fs::read(path).inspect_err(|error| eprintln!("{path}: {error}")).ok()?;
    Some((coding, Film::read(&bytes)))
}

struct Story {
    world: World,
    rng: Rng,
    films: Vec<(Coding, Film)>,
    cameras: Vec<Member>,
    viewers: Vec<Viewer>,
}

struct Viewer {
    member: Member,
    turns_at: Instant,
    /// When it was to be shown which film and encoding.
    turns: Vec<(Instant, (usize, usize))>,
}

impl Story {
    fn new(films: Vec<(Coding, Film)>, seed: u64) -> Self {
        let line = LinkModel { delay: Duration::from_millis(25), ..LinkModel::default() };
        let network = Network { up: line, down: line };
        let mut world = World::new(1, seed);
        world.meeting(MEETING, 0);
        let cameras = films.iter().map(|(coding, film)| {
            let camera = world.join_layered(MEETING, 0, network, *coding);
            world.client_mut(camera).set_film(film.clone());
            camera
        });
        let cameras: Vec<Member> = cameras.collect();
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
        Self { world, rng: Rng::new(seed), films, cameras, viewers }
    }

    fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.rng.next_u64() % count as u64).expect("few")
    }

    fn tick(&mut self) {
        for at in 0..VIEWERS {
            if self.viewers[at].turns_at <= self.world.now() {
                self.turn(at);
            }
        }
        self.world.run_for(TICK);
    }

    /// A viewer shows another film, or in another tile; or its line changes.
    fn turn(&mut self, at: usize) {
        let (film, place, pause) = (self.below(self.films.len()), self.below(3), self.below(12));
        let line = if at < ON_BAD_LINES { self.line(film) } else { None };
        let (width, height) = self.films[film].1.frame(place, 0).size;
        let viewer = &mut self.viewers[at];
        viewer.turns_at = self.world.now() + Duration::from_millis(300 + 50 * pause as u64);
        viewer.turns.push((self.world.now(), (film, place)));
        self.world.watch_in(viewer.member, 0, Some(self.cameras[film]), (width.into(), height.into()));
        if at < ON_BAD_LINES {
            self.world.allow_video(viewer.member, line);
        }
    }

    /// From less than the smallest encoding of a film costs to everything.
    fn line(&mut self, film: usize) -> Option<u64> {
        let (place, percent) = (self.below(4), [60, 90, 140][self.below(3)]);
        if place == 3 {
            return None;
        }
        let frames = self.films[film].1.frames(place);
        let bytes: u64 = frames.iter().map(|frame| frame.bytes.len() as u64 + HEADERS).sum();
        Some(bytes * 8 * FRAMES_PER_SECOND / frames.len() as u64 * percent / 100)
    }

    /// What the viewers got, as it is written, and how long it took those on good lines until they got what they wished.
    fn told(&self) -> (Vec<u8>, Vec<Duration>) {
        let known = self.known();
        let (mut out, mut took) = (Vec::new(), Vec::new());
        for (at, viewer) in self.viewers.iter().enumerate() {
            let tape = self.world.client(viewer.member).taped();
            check_descriptors(tape);
            let frames = frames(tape);
            let shown: Vec<_> = frames.iter().map(|(when, _, bytes)| (*when, known.get(bytes).copied())).collect();
            if at >= ON_BAD_LINES {
                took.extend(times(&viewer.turns, &shown));
            }
            for (_, coding, bytes) in frames {
                let film = self.films.iter().position(|(known, _)| *known == coding).expect("one of the films");
                out.extend([at, film].map(|number| u8::try_from(number).expect("few")));
                out.extend(u32::try_from(bytes.len()).expect("small").to_le_bytes());
                out.extend(bytes);
            }
        }
        took.sort_unstable();
        (out, took)
    }

    /// Of which film and encoding a frame is.
    fn known(&self) -> HashMap<Vec<u8>, (usize, usize)> {
        let mut known = HashMap::new();
        for (number, (coding, film)) in self.films.iter().enumerate() {
            for place in 0..3 {
                for frame in film.frames(place) {
                    let payloads = frame.payloads(*coding, FrameIds::default());
                    let payloads: Vec<&[u8]> = payloads.iter().map(Vec::as_slice).collect();
                    known.insert(assemble(*coding, &payloads), (number, place));
                }
            }
        }
        known
    }
}

/// Descriptors of AV1: each frame is described whole, and its number goes on; panics when it is not.
fn check_descriptors(tape: &[Taped]) {
    let (mut structure, mut before) = (None, None);
    for packets in tape.chunk_by(|one, other| one.rtp_time == other.rtp_time) {
        if packets[0].coding != Coding::Av1 {
            continue;
        }
        let described = packets.iter().map(|packet| {
            let value = packet.descriptor.as_deref().expect("a descriptor");
            let found = Descriptor::parse(value).expect("well formed");
            structure = found.structure(value).or(structure.take());
            let frame = found.frame(value, structure.as_ref().expect("it begins with one")).expect("a template");
            let active = frame.active.or(found.has_structure.then_some(0b111)).expect("the mask is told");
            assert!(frame.targets() & active != 0, "a frame of a target that it was told of");
            (found.begins_frame, found.ends_frame, found.frame_number)
        });
        let described: Vec<_> = described.collect();
        let number = described[0].2;
        assert!(described.iter().all(|one| one.2 == number) && described[0].0, "a frame of packets of several");
        if packets.last().is_some_and(|packet| packet.marker) {
            assert!(described.last().is_some_and(|last| last.1), "the last packet ends it");
        }
        if let Some(before) = before.replace(number) {
            assert!((1..=4).contains(&number.wrapping_sub(before)), "frame numbers go on: {before}, {number}");
        }
    }
}

/// Frames as a decoder takes them; panics at a gap, or at a frame that is not whole.
fn frames(tape: &[Taped]) -> Vec<(Instant, Coding, Vec<u8>)> {
    for pair in tape.windows(2) {
        assert_eq!(pair[1].seq, pair[0].seq + 1, "a gap or a repetition");
    }
    // The last one may be under way.
    let end = tape.iter().rposition(|packet| packet.marker).map_or(0, |last| last + 1);
    let frames = tape[..end].chunk_by(|one, other| one.rtp_time == other.rtp_time).map(|packets| {
        let marked = packets.iter().position(|packet| packet.marker);
        assert_eq!(marked, Some(packets.len() - 1), "a frame ends with its last packet");
        let payloads: Vec<&[u8]> = packets.iter().map(|packet| &packet.payload[..]).collect();
        (packets[0].at, packets[0].coding, assemble(packets[0].coding, &payloads))
    });
    frames.collect()
}

type Shown = (Instant, Option<(usize, usize)>);

/// From each wish to its first frame, unless that was shown already; what never came counts up to the next wish.
fn times(turns: &[(Instant, (usize, usize))], shown: &[Shown]) -> Vec<Duration> {
    let mut took = vec![];
    for pair in turns.windows(2) {
        let ((asked, wish), (next, _)) = (pair[0], pair[1]);
        let before = shown.partition_point(|(at, _)| *at < asked);
        if before.checked_sub(1).is_some_and(|last| shown[last].1 == Some(wish)) {
            continue;
        }
        let came = shown[before..].iter().take_while(|(at, _)| *at < next).find(|(_, found)| *found == Some(wish));
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
