//! How active one voice is: over 20 ms, 100 ms and a second, and its smoothed loudness.

use std::time::{Duration, Instant};

/// One level is kept for each of these.
const STEP: Duration = Duration::from_millis(20);
/// N2: steps in a block.
const BLOCK: usize = 5;
/// N3: blocks in the window of one second.
const BLOCKS: usize = 10;
const STEPS: usize = BLOCK * BLOCKS;
/// N1: bands of loudness.
const BANDS: u8 = 13;
const BAND: u8 = 127_u8.div_ceil(BANDS);
/// A step above this band counts as speech: about −47 dBov.
const SPEECH_BAND: u8 = 7;
/// A packet speaks for the time until the next one: at most 60 ms, the longest frame of Opus.
const FRAME_STEPS: u64 = 3;
/// Least score, so that ratios stay finite.
const MIN_SCORE: f64 = 1e-10;
/// How long the quietest level stands for the noise of the room, in steps: 15 s.
const NOISE_WINDOW: u32 = 750;
/// Above this (−50 dBov) a steady level is no room's noise: it is somebody who holds a tone, or has just begun to speak.
const LOUDEST_NOISE: u8 = 77;

/// Smoothing of loudness, in seconds: up at once, so that no first syllable is lost, and slowly down.
const ATTACK_S: f32 = 0.06;
const DECAY_S: f32 = 0.8;

/// The activity of one voice.
#[derive(Debug)]
pub(super) struct Activity {
    /// The step that is written now, counted from `since`.
    step: u64,
    since: Instant,
    /// Loudness per step, at `step % STEPS`.
    levels: [u8; STEPS],
    last: u8,
    heard_at: Instant,
    smoothed: f32,
    noise: Noise,
    scores: Scores,
}

/// Logarithmic likelihoods of speech over three spans (§2 of the paper).
#[derive(Clone, Copy, Debug)]
pub(super) struct Scores {
    immediate: f64,
    medium: f64,
    long: f64,
}

impl Activity {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            step: 0,
            since: now,
            levels: [0; STEPS],
            last: 0,
            heard_at: now,
            smoothed: 0.0,
            noise: Noise::default(),
            scores: Scores { immediate: MIN_SCORE, medium: MIN_SCORE, long: MIN_SCORE },
        }
    }

    pub(super) fn hear(&mut self, loudness: u8, now: Instant) {
        self.advance(now);
        let place = &mut self.levels[place(self.step)];
        *place = (*place).max(loudness);
        self.last = loudness;
        self.noise.hear(loudness);
        let passed = now.saturating_duration_since(self.heard_at).as_secs_f32().max(0.01);
        self.smoothed = smooth(self.smoothed, f32::from(loudness), passed);
        self.heard_at = now;
    }

    /// Smoothed loudness; it fades when no packet comes.
    pub(super) fn loudness(&self, now: Instant) -> f32 {
        let silent = now.saturating_duration_since(self.heard_at).saturating_sub(STEP * 3);
        smooth(self.smoothed, 0.0, silent.as_secs_f32())
    }

    pub(super) fn scores(&self) -> &Scores {
        &self.scores
    }

    /// Computes the scores of the second that ends now.
    pub(super) fn evaluate(&mut self, now: Instant) {
        self.advance(now);
        let floor = self.noise.level.min(LOUDEST_NOISE) + BAND;
        let band = |at: usize| {
            // Newest first: block 0 ends with the last whole step.
            let level = self.levels[(place(self.step) + 2 * STEPS - 1 - at) % STEPS];
            if level < floor { 0 } else { level / BAND }
        };
        let mut blocks = [0_u8; BLOCKS];
        for (at, block) in blocks.iter_mut().enumerate() {
            let active = (0..BLOCK).filter(|step| band(at * BLOCK + step) > SPEECH_BAND).count();
            *block = u8::try_from(active).expect("at most five");
        }
        let full = blocks.iter().filter(|block| usize::from(**block) == BLOCK).count();
        self.scores = Scores {
            immediate: score(f64::from(band(0)), f64::from(BANDS), 0.78),
            medium: score(f64::from(blocks[0]), 5.0, 24.0),
            long: score(f64::from(u8::try_from(full).expect("at most ten")), 10.0, 47.0),
        };
    }

    /// Fills the steps up to now: with the last level for the length of a frame, then with silence.
    fn advance(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.since).as_micros() / STEP.as_micros();
        let step = u64::try_from(passed).unwrap_or(u64::MAX);
        let heard = self.heard_at.saturating_duration_since(self.since).as_micros() / STEP.as_micros();
        let heard = u64::try_from(heard).unwrap_or(u64::MAX);
        let first = (self.step + 1).max(step.saturating_sub(STEPS as u64 - 1));
        for skipped in first..=step {
            // What is written now is written by its own packet.
            let covered = skipped < step && skipped - heard < FRAME_STEPS;
            self.levels[place(skipped)] = if covered { self.last } else { 0 };
        }
        self.step = self.step.max(step);
    }
}

impl Scores {
    /// How clearly it exceeds the dominant speaker's over the middle span; `None`: not over all three.
    /// Where nobody has the word, any speech takes it.
    pub(super) fn margin_over(&self, dominant: Option<&Self>) -> Option<f64> {
        let Some(dominant) = dominant else {
            return (self.medium > MIN_SCORE).then_some(self.medium);
        };
        let immediate = (self.immediate / dominant.immediate).ln();
        let medium = (self.medium / dominant.medium).ln();
        let long = (self.long / dominant.long).ln();
        (immediate > 3.0 && medium > 2.0 && long > 0.0).then_some(medium)
    }
}

/// The quietest level of the last while: a microphone in a noisy room does not speak by its noise.
#[derive(Debug, Default)]
struct Noise {
    level: u8,
    next: u8,
    heard: u32,
}

impl Noise {
    fn hear(&mut self, level: u8) {
        if level == 0 {
            return; // a muted or discontinuous source tells nothing of its room
        }
        if self.level == 0 || level < self.level {
            (self.level, self.next, self.heard) = (level, 0, 0);
            return;
        }
        self.next = if self.next == 0 { level } else { self.next.min(level) };
        self.heard += 1;
        if self.heard >= NOISE_WINDOW {
            let mean = (f32::from(self.level) * f32::from(self.next)).sqrt();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two bytes")]
            let mean = mean as u8;
            (self.level, self.next, self.heard) = (mean.max(1), 0, 0);
        }
    }
}

/// The logarithm of the binomial likelihood of `active` of `all` at p = ½ against an exponential one of rate `lambda`.
fn score(active: f64, all: f64, lambda: f64) -> f64 {
    let mut ways = 1.0;
    let mut n = 0.0;
    while n < active {
        ways *= (all - n) / (n + 1.0);
        n += 1.0;
    }
    let score = f64::ln(ways) - all * std::f64::consts::LN_2 - lambda.ln() + lambda * active;
    score.max(MIN_SCORE)
}

fn smooth(from: f32, to: f32, seconds: f32) -> f32 {
    let span = if to > from { ATTACK_S } else { DECAY_S };
    to + (from - to) * (-seconds / span).exp()
}

fn place(step: u64) -> usize {
    usize::try_from(step % STEPS as u64).expect("below the window's size")
}
