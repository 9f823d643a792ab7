//! What cameras show: films in three encodings, or recordings of several sizes in one stream.

use std::collections::HashMap;
use std::fs;

use hoptt_sim::{Coding, Film, FrameIds, Member, Network, Recording, World, assemble};

use crate::{FRAMES_PER_SECOND, MEETING};

/// Of a packet beside its payload, as lines are charged for it.
const HEADERS: usize = 30;
/// Of a packet's payload, nearly.
const PACKET: usize = 1_000;

/// See the module.
pub enum Show {
    Film(Coding, Film),
    Recording(Recording),
}

/// A picture of a show: which one, in which encoding or size, and its number there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    pub show: usize,
    pub place: usize,
    pub number: usize,
}

impl Show {
    /// The show that `WHAT=PATH` names.
    pub fn named(argument: &str) -> Option<Self> {
        let (what, path) = argument.split_once('=')?;
        let bytes = fs::read(path).inspect_err(|error| eprintln!("{path}: {error}")).ok()?;
        Some(match what {
            "vp8" => Self::Film(Coding::Vp8, Film::read(&bytes)),
            "h264" => Self::Film(Coding::H264, Film::read(&bytes)),
            "vp9" => Self::Film(Coding::Vp9, Film::read(&bytes)),
            "av1" => Self::Film(Coding::Av1, Film::read(&bytes)),
            "recorded-vp8" => Self::Recording(Recording::read(Coding::Vp8, true, &bytes)),
            "recorded-vp9" => Self::Recording(Recording::read(Coding::Vp9, true, &bytes)),
            "recorded-av1" => Self::Recording(Recording::read(Coding::Av1, true, &bytes)),
            "undescribed-vp9" => Self::Recording(Recording::read(Coding::Vp9, false, &bytes)),
            _ => return None,
        })
    }

    /// Brings in a camera that shows it.
    pub fn join(&self, world: &mut World, network: Network) -> Member {
        match self {
            Self::Film(coding, film) => {
                let camera = world.join_layered(MEETING, 0, network, *coding);
                world.client_mut(camera).set_film(film.clone());
                camera
            }
            Self::Recording(recording) => world.join_recorded(MEETING, 0, network, recording.clone()),
        }
    }

    /// The tiles that its encodings or sizes fill, the smallest first.
    pub fn tiles(&self) -> Vec<(u32, u32)> {
        let sizes = match self {
            Self::Film(_, film) => (0..3).map(|place| film.frame(place, 0).size).collect(),
            Self::Recording(recording) => recording.sizes(),
        };
        // Where sizes are not told they are taken for quarters, which are a little smaller.
        sizes.into_iter().map(|(width, height)| (u32::from(width) * 15 / 16, u32::from(height) * 15 / 16)).collect()
    }

    /// What an encoding or a size costs, with all that it needs.
    pub fn bps(&self, place: usize) -> u64 {
        let pictures = self.pictures(place);
        let bytes: usize = pictures.iter().map(|bytes| bytes.len() + HEADERS * (1 + bytes.len() / PACKET)).sum();
        (bytes / pictures.len()) as u64 * 8 * FRAMES_PER_SECOND
    }

    /// The pictures of a size of a recording with everything that is below it, needed or not.
    pub fn whole(&self, place: usize) -> Option<Vec<Vec<u8>>> {
        match self {
            Self::Film(..) => None,
            Self::Recording(recording) => Some(recording.up_to(u8::try_from(place).expect("four at most"))),
        }
    }

    /// The pictures of an encoding or a size, as they are put together.
    fn pictures(&self, place: usize) -> Vec<Vec<u8>> {
        match self {
            Self::Film(coding, film) => {
                let assembled = film.frames(place).iter().map(|frame| {
                    let payloads = frame.payloads(*coding, FrameIds::default());
                    let payloads: Vec<&[u8]> = payloads.iter().map(Vec::as_slice).collect();
                    assemble(*coding, &payloads)
                });
                assembled.collect()
            }
            Self::Recording(recording) => recording.shown(u8::try_from(place).expect("four at most")),
        }
    }
}

/// What each picture of all shows is.
pub fn known(shows: &[Show]) -> HashMap<Vec<u8>, Shown> {
    let all =
        shows.iter().enumerate().flat_map(|(at, show)| (0..show.tiles().len()).map(move |place| (at, show, place)));
    let pictures = all.flat_map(|(at, show, place)| {
        let numbered = show.pictures(place).into_iter().enumerate();
        numbered.map(move |(number, bytes)| (bytes, Shown { show: at, place, number }))
    });
    pictures.collect()
}
