//! Packets of a voice: phrases and pauses, Opus with DTX.

use std::time::Duration;

use crate::random::Random;

/// What one packet lasts.
pub const TICK: Duration = Duration::from_millis(20);

/// A minute, then the trace begins again.
const TICKS: u32 = 3_000;
/// Ticks of a phrase and of a pause, on average: 1.6 s and 1.0 s, longer than between words.
const PHRASE: f64 = 80.0;
const PAUSE: f64 = 50.0;
/// In a pause an Opus encoder with DTX sends one packet in so many ticks (400 ms).
const COMFORT_EVERY: u32 = 20;

/// What an encoder gives for 20 ms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tick {
    /// A voice: bytes of the packet and its loudness (RFC 6464).
    Talk {
        /// Bytes of the payload.
        len: u16,
        /// −dBov.
        level: u8,
        /// The first of a phrase.
        first: bool,
    },
    /// A sign of life in a pause.
    Comfort,
    /// Nothing.
    Silence,
}

/// The packets of a voice at 32 kbit/s.
#[derive(Clone, Debug)]
pub struct VoiceTrace {
    ticks: Box<[Tick]>,
}

impl VoiceTrace {
    /// Makes a minute of phrases and pauses.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut random = Random::new(seed, 2);
        let mut ticks = Vec::with_capacity(TICKS as usize);
        let (mut talks, mut left, mut at) = (true, 0, 0);
        while ticks.len() < TICKS as usize {
            if left == 0 {
                talks = !talks || ticks.is_empty();
                left = whole(random.exponential(if talks { PHRASE } else { PAUSE })).max(5);
                at = 0;
            }
            ticks.push(match (talks, at % COMFORT_EVERY) {
                (true, _) => Tick::Talk {
                    len: clamp(80.0 + 14.0 * random.normal(), 45, 130),
                    level: u8::try_from(clamp(28.0 + 6.0 * random.normal(), 12, 60)).unwrap_or(60),
                    first: at == 0,
                },
                (false, 0) => Tick::Comfort,
                (false, _) => Tick::Silence,
            });
            left -= 1;
            at += 1;
        }
        Self { ticks: ticks.into() }
    }

    /// What the encoder gives at a tick.
    #[must_use]
    pub fn tick(&self, tick: u32) -> Tick {
        self.ticks[tick as usize % self.ticks.len()]
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a float becomes the nearest it can")]
fn whole(ticks: f64) -> u32 {
    ticks.max(0.0) as u32
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
fn clamp(value: f64, least: u16, most: u16) -> u16 {
    value.clamp(f64::from(least), f64::from(most)) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_voice_pauses_and_its_pauses_cost_little() {
        let trace = VoiceTrace::new(1);
        let count = |which: fn(&Tick) -> bool| (0..TICKS).filter(|tick| which(&trace.tick(*tick))).count();
        let talk = count(|tick| matches!(tick, Tick::Talk { .. }));
        let comfort = count(|tick| *tick == Tick::Comfort);
        assert!((1_200..=2_400).contains(&talk), "{talk}");
        assert!(comfort > 0 && comfort * 10 < TICKS as usize - talk, "{comfort}");
    }

    #[test]
    fn every_phrase_has_one_first_packet() {
        let trace = VoiceTrace::new(2);
        for tick in 1..TICKS {
            if let Tick::Talk { first, .. } = trace.tick(tick) {
                assert_eq!(first, !matches!(trace.tick(tick - 1), Tick::Talk { .. }), "{tick}");
            }
        }
    }
}
