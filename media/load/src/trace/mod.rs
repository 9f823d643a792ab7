//! What publishers send: sizes and times that look like a browser's, made from a seed.
//!
//! Figures are those of libwebrtc's senders: a frame is cut into packets that differ by a byte at most, the
//! larger ones last; a voice with DTX falls to a packet each 400 ms between its phrases.

mod video;
mod voice;

pub use video::{Layer, MAX_PAYLOAD, VideoTrace, split};
pub use voice::{TICK, Tick, VoiceTrace};
