//! A viewer that switches at random between two films and their encodings: what it gets is written for a real decoder.
//!
//! `hoptt-switches VP8.film H264.film OUT SWITCHES SEED`; OUT has for each frame its film (0 or 1) in a byte, its length in
//! four, the lowest first, and its bytes.
#![forbid(unsafe_code)]

use std::fs;
use std::process::ExitCode;
use std::time::Duration;

use hoptt_core::control::Source;
use hoptt_sim::{Coding, Film, Network, Rng, Taped, World, assemble};

const TILES: [(u32, u32); 3] = [(320, 180), (640, 360), (1280, 720)];
const LINES: [Option<u64>; 4] = [None, Some(60_000), Some(200_000), Some(600_000)];
const MEETING: &str = "films";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [vp8, h264, out, switches, seed] = &arguments[..] else {
        eprintln!("usage: hoptt-switches VP8.film H264.film OUT SWITCHES SEED");
        return ExitCode::from(2);
    };
    let (Ok(switches), Ok(seed)) = (switches.parse(), seed.parse()) else { return ExitCode::from(2) };
    let (Ok(vp8), Ok(h264)) = (fs::read(vp8), fs::read(h264)) else {
        eprintln!("a film cannot be read");
        return ExitCode::FAILURE;
    };
    let tape = seen([Film::read(&vp8), Film::read(&h264)], switches, seed);
    match fs::write(out, frames(&tape)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{out}: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The packets that the viewer got.
fn seen([vp8, h264]: [Film; 2], switches: u64, seed: u64) -> Vec<Taped> {
    let mut world = World::new(1, seed);
    let mut rng = Rng::new(seed);
    world.meeting(MEETING, 0);
    let cameras = [(Coding::Vp8, vp8), (Coding::H264, h264)].map(|(coding, film)| {
        let camera = world.join_layered(MEETING, 0, Network::default(), coding);
        world.client_mut(camera).set_film(film);
        camera
    });
    let viewer = world.join(MEETING, 0, Network::default());
    world.client_mut(viewer).tape();
    world.run_for(Duration::from_secs(5));
    for camera in cameras {
        world.set_gate(camera, Source::Camera, true);
    }
    let mut below = |count: usize| usize::try_from(rng.next_u64() % count as u64).expect("few");
    while world.engine().count("switches") < switches {
        world.watch_in(viewer, 0, Some(cameras[below(2)]), TILES[below(3)]);
        world.allow_video(viewer, LINES[below(4)]);
        world.run_for(Duration::from_millis(300 + 50 * below(12) as u64));
    }
    world.client(viewer).taped().to_vec()
}

/// Frames as a decoder takes them; panics at a gap, or at a frame that is not whole.
fn frames(tape: &[Taped]) -> Vec<u8> {
    let mut out = Vec::new();
    for pair in tape.windows(2) {
        assert_eq!(pair[1].seq, pair[0].seq + 1, "a gap or a repetition");
    }
    // The last one may be under way.
    let end = tape.iter().rposition(|packet| packet.marker).map_or(0, |last| last + 1);
    for packets in tape[..end].chunk_by(|one, other| one.rtp_time == other.rtp_time) {
        let coding = packets[0].coding;
        let marked = packets.iter().position(|packet| packet.marker);
        assert_eq!(marked, Some(packets.len() - 1), "a frame ends with its last packet");
        let payloads: Vec<&[u8]> = packets.iter().map(|packet| &packet.payload[..]).collect();
        let frame = assemble(coding, &payloads);
        out.push(u8::from(coding == Coding::H264));
        out.extend(u32::try_from(frame.len()).expect("small").to_le_bytes());
        out.extend(frame);
    }
    out
}
