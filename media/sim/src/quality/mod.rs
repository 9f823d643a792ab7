//! How well a viewer fares on a line: a sender of voices and layered pictures, steered by the engine's estimator, allocator
//! and pacer, a viewer who repairs, plays and reports, and a line between them whose rate changes.
//!
//! What is modelled here and not real: the publishers' encoders (frames of a size that trembles, a key frame at each switch
//! without a round trip to the publisher) and the viewer's playing (it waits as long as its latest frames were late).

mod cubic;
pub mod marks;
mod plot;
mod receiver;
mod run;
pub mod scenarios;
mod sender;

pub use plot::plot;
pub use receiver::{Heard, Seen};
pub use run::{Run, Sample, Setting};
pub use sender::{LADDER, Source, VOICE_BPS};

use std::time::Instant;

/// What is on its way to a viewer.
#[derive(Clone, Copy, Debug)]
struct Packet {
    /// Transport-wide.
    number: u16,
    bytes: u32,
    content: Content,
}

#[derive(Clone, Copy, Debug)]
enum Content {
    Voice { number: u64, made: Instant },
    Picture(Piece),
    Padding,
}

/// A packet of a picture.
#[derive(Clone, Copy, Debug)]
struct Piece {
    place: usize,
    /// Without gaps, per place.
    number: u64,
    frame: u64,
    /// Packets of the frame.
    pieces: u32,
    starts_anew: bool,
    made: Instant,
}

/// What is on its way back.
#[derive(Clone, Debug)]
enum Answer {
    /// A compound packet with transport-wide feedback.
    Report(Vec<u8>),
    /// Numbers of a place that are missing.
    Missing { place: usize, numbers: Vec<u64> },
    /// A picture cannot be shown without a key frame.
    Keyframe { place: usize },
}
