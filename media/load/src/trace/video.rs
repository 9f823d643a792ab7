//! Frame sizes of a camera's picture, and of slides that somebody shows.

use std::time::Duration;

use crate::random::Random;

/// The longest RTP payload: libwebrtc keeps a packet with header and extensions below 1,200 bytes.
pub const MAX_PAYLOAD: usize = 1_150;

const FRAMES_PER_SECOND: u32 = 30;
/// Ten seconds, then the trace begins again.
const FRAMES: u32 = 10 * FRAMES_PER_SECOND;
/// How much a frame resembles the one before, and how far sizes spread: a talking head at a steady bitrate.
const LIKENESS: f64 = 0.8;
const SPREAD: f64 = 0.35;
/// A key frame takes as much as so many others.
const KEY_FRAME_WEIGHT: f64 = 6.0;
/// No encoder makes a picture of less.
const LEAST_BYTES: f64 = 120.0;

/// Of slides every sixth frame is sent: five a second. In most of them a pointer has moved.
const SLIDES_STEP: u32 = 6;
const POINTER_BYTES: f64 = 700.0;
/// A slide stays for five seconds; the next one is a key frame of sixty packets.
const SLIDE_FRAMES: u32 = 5 * FRAMES_PER_SECOND;
const SLIDE_BYTES: f64 = 59.5 * 1_150.0;

/// One encoding of the picture.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Its name in the session description, empty when it is the only one.
    pub rid: &'static str,
    /// Pixels.
    pub width: u16,
    /// Pixels.
    pub height: u16,
    /// What its frames add up to.
    pub bitrate_bps: u32,
    frames: Box<[u32]>,
    key_frames: Box<[u32]>,
}

impl Layer {
    fn new(rid: &'static str, (width, height): (u16, u16), bitrate_bps: u32, random: &mut Random) -> Self {
        let mean = f64::from(bitrate_bps) / 8.0 / f64::from(FRAMES_PER_SECOND);
        let fresh = (1.0 - LIKENESS * LIKENESS).sqrt();
        let mut state = random.normal();
        let shapes: Vec<f64> = (0..FRAMES)
            .map(|_| {
                state = LIKENESS * state + fresh * random.normal();
                (SPREAD * state).exp()
            })
            .collect();
        let scale = mean * f64::from(FRAMES) / shapes.iter().sum::<f64>();
        let frames = shapes.iter().map(|shape| bytes(shape * scale)).collect();
        let key_frames = (0..16).map(|_| bytes(mean * KEY_FRAME_WEIGHT * (0.8 + 0.4 * random.unit()))).collect();
        Self { rid, width, height, bitrate_bps, frames, key_frames }
    }

    /// Slides, and a pointer that moves over them.
    fn slides(random: &mut Random) -> Self {
        let frames: Box<[u32]> = (0..FRAMES).map(|_| bytes(POINTER_BYTES * (0.4 * random.normal()).exp())).collect();
        let key_frames = [bytes(SLIDE_BYTES)].into();
        let bitrate_bps = bytes(8.0 * SLIDE_BYTES / 5.0 + 8.0 * POINTER_BYTES * 5.0);
        Self { rid: "", width: 1_920, height: 1_080, bitrate_bps, frames, key_frames }
    }

    /// The size of an encoded frame in bytes.
    #[must_use]
    pub fn frame_len(&self, frame: u32, key: bool) -> usize {
        let sizes = if key { &self.key_frames } else { &self.frames };
        sizes[frame as usize % sizes.len()] as usize
    }
}

/// The encodings of a picture, smallest first.
#[derive(Clone, Debug)]
pub struct VideoTrace {
    layers: Vec<Layer>,
    step: u32,
    /// So many frames lie between key frames that nobody asks for.
    key_every: Option<u32>,
}

impl VideoTrace {
    /// 720p at 1.5 Mbit/s, and nothing beside it.
    #[must_use]
    pub fn single(seed: u64) -> Self {
        Self::of(vec![Layer::new("", (1280, 720), 1_500_000, &mut Random::new(seed, 1))])
    }

    /// Quarter, half and full size, as browsers cut 720p (q, h, f).
    #[must_use]
    pub fn simulcast(seed: u64) -> Self {
        let mut random = Random::new(seed, 1);
        let layers = [("q", (320, 180), 150_000), ("h", (640, 360), 500_000), ("f", (1280, 720), 1_500_000)]
            .map(|(rid, size, bitrate)| Layer::new(rid, size, bitrate, &mut random));
        Self::of(layers.into())
    }

    /// Slides of a shared screen: a burst of sixty packets each five seconds, and next to nothing between them.
    #[must_use]
    pub fn slides(seed: u64) -> Self {
        let layers = vec![Layer::slides(&mut Random::new(seed, 1))];
        Self { layers, step: SLIDES_STEP, key_every: Some(SLIDE_FRAMES) }
    }

    fn of(layers: Vec<Layer>) -> Self {
        Self { layers, step: 1, key_every: None }
    }

    /// Frames are sent in steps of this.
    #[must_use]
    pub fn step(&self) -> u32 {
        self.step
    }

    /// Whether a frame is a key frame though nobody asks for one.
    #[must_use]
    pub fn is_key(&self, frame: u32) -> bool {
        self.key_every.is_some_and(|every| frame.is_multiple_of(every))
    }

    /// Its encodings.
    #[must_use]
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// When a frame is due, from the first one on. Exact over hours, where adding up 33 ms would not be.
    #[must_use]
    pub fn due(frame: u32) -> Duration {
        Duration::from_nanos(u64::from(frame) * 1_000_000_000 / u64::from(FRAMES_PER_SECOND))
    }

    /// When a frame was taken, in the 90 kHz of RTP.
    #[must_use]
    pub fn timestamp(frame: u32) -> u32 {
        frame.wrapping_mul(90_000 / FRAMES_PER_SECOND)
    }
}

/// Cuts a frame into payloads as libwebrtc does: as few as may be, and none longer than the first by more than a byte.
#[must_use]
pub fn split(frame_len: usize, max: usize) -> impl ExactSizeIterator<Item = usize> {
    let count = frame_len.div_ceil(max).max(1);
    let (base, longer) = (frame_len / count, frame_len % count);
    (0..count).map(move |at| base + usize::from(at >= count - longer))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a frame has at least LEAST_BYTES")]
fn bytes(size: f64) -> u32 {
    size.max(LEAST_BYTES) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_sends_at_its_bitrate() {
        for layer in VideoTrace::simulcast(1).layers() {
            let bits: usize = (0..FRAMES).map(|frame| 8 * layer.frame_len(frame, false)).sum();
            let wanted = layer.bitrate_bps as usize * 10;
            assert!(bits.abs_diff(wanted) < wanted / 100, "{} {bits}", layer.rid);
        }
    }

    #[test]
    fn a_720p_picture_makes_the_packets_of_a_browser() {
        let trace = VideoTrace::single(1);
        let layer = &trace.layers()[0];
        let packets: usize = (0..FRAMES).map(|frame| split(layer.frame_len(frame, false), MAX_PAYLOAD).len()).sum();
        assert!((165..=200).contains(&(packets / 10)), "{packets} in ten seconds");
        assert!(split(layer.frame_len(0, true), MAX_PAYLOAD).len() > 20);
    }

    #[test]
    fn slides_are_a_burst_of_sixty_packets_each_five_seconds() {
        let trace = VideoTrace::slides(1);
        let packets = |frame: u32| split(trace.layers()[0].frame_len(frame, trace.is_key(frame)), MAX_PAYLOAD).len();
        let sent: Vec<usize> = (0..2 * SLIDE_FRAMES).step_by(trace.step() as usize).map(packets).collect();
        assert_eq!(sent.len(), 50);
        let bursts: Vec<usize> = (0..50).filter(|at| sent[*at] > 3).collect();
        assert_eq!(bursts, [0, 25]);
        assert_eq!((sent[0], sent[25]), (60, 60));
    }

    #[test]
    fn the_same_seed_makes_the_same_trace() {
        let sizes = |seed| {
            let trace = VideoTrace::single(seed);
            (0..FRAMES).map(|frame| trace.layers()[0].frame_len(frame, false)).collect::<Vec<_>>()
        };
        assert_eq!(sizes(3), sizes(3));
        assert_ne!(sizes(3), sizes(4));
    }

    #[test]
    fn the_packets_of_a_frame_differ_by_a_byte_and_the_larger_ones_come_last() {
        for len in [1, 1_150, 1_151, 2_301, 6_253, 43_210] {
            let sizes: Vec<usize> = split(len, MAX_PAYLOAD).collect();
            assert_eq!(sizes.iter().sum::<usize>(), len);
            assert!(sizes.is_sorted() && sizes[sizes.len() - 1] - sizes[0] <= 1, "{sizes:?}");
            assert!(sizes.iter().all(|size| *size <= MAX_PAYLOAD));
        }
    }

    #[test]
    fn times_do_not_drift() {
        assert_eq!(VideoTrace::due(30 * 3_600), Duration::from_secs(3_600));
        assert_eq!(VideoTrace::timestamp(30), 90_000);
    }
}
