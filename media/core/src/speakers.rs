//! Who speaks: the dominant speaker and the loudest voices, from the audio levels of RFC 6464.
//!
//! Only what passed its gate is told to this (S19); whoever is closed or gone is removed.

mod activity;

use std::time::{Duration, Instant};

use activity::Activity;

/// Voices that are followed at a time; further ones are heard only where slots stay free.
pub const MAX_SPEAKERS: usize = 1024;

/// How often the ranking is made anew.
pub const RANK_INTERVAL: Duration = Duration::from_millis(60);

/// The dominant speaker is decided every fifth ranking, which is every 300 ms.
const RANKS_PER_DECISION: u32 = 5;

/// A voice counts this much louder, in dB, while it is ranked, so that two alike do not push each other out in turns.
const HYSTERESIS: f32 = 8.0;

/// The level of a voice that tells none, −40 dBov: above a room's noise, below somebody who speaks up.
const UNMEASURED: u8 = 40;

/// A frame in which the sender found no voice counts this much quieter, in dB.
const NO_VOICE: u8 = 6;

/// The voices of one meeting.
#[derive(Debug)]
pub struct Speakers<K> {
    /// Ascending by key.
    voices: Vec<Voice<K>>,
    /// Loudest first, as of the last ranking.
    ranking: Vec<K>,
    /// How many of them were asked for last: those are harder to push out.
    ranked: usize,
    order: Vec<(f32, K)>,
    dominant: Option<K>,
    ranks: u32,
    next_rank: Option<Instant>,
    crowded: u64,
}

#[derive(Debug)]
struct Voice<K> {
    key: K,
    activity: Activity,
    /// Its share of the ranking is kept by this much.
    bonus: f32,
}

impl<K: Copy + Ord> Default for Speakers<K> {
    fn default() -> Self {
        Self {
            voices: Vec::new(),
            ranking: Vec::new(),
            ranked: 0,
            order: Vec::new(),
            dominant: None,
            ranks: 0,
            next_rank: None,
            crowded: 0,
        }
    }
}

impl<K: Copy + Ord> Speakers<K> {
    /// Takes the level of a packet: 0 is the loudest, 127 silence, in −dBov; `voice` is the sender's own opinion.
    pub fn handle_level(&mut self, key: K, level: u8, voice: bool, now: Instant) {
        let loudness = 127 - level.min(127);
        let loudness = if voice { loudness } else { loudness.saturating_sub(NO_VOICE) };
        self.hear(key, loudness, now);
    }

    /// Takes a packet that tells no level; `silent`: it is a frame of discontinuous transmission.
    pub fn handle_unmeasured(&mut self, key: K, silent: bool, now: Instant) {
        self.hear(key, if silent { 0 } else { 127 - UNMEASURED }, now);
    }

    /// Forgets a voice: its gate was closed, or it left.
    pub fn remove(&mut self, key: K) {
        if let Ok(at) = self.find(key) {
            self.voices.remove(at);
        }
        self.ranking.retain(|ranked| *ranked != key);
        if self.dominant == Some(key) {
            self.dominant = None;
        }
    }

    /// Ranks anew when it is time to; true when it was: [`dominant`](Self::dominant) and
    /// [`loudest`](Self::loudest) may have changed.
    pub fn tick(&mut self, now: Instant) -> bool {
        if self.next_rank.is_none_or(|due| now < due) {
            return false;
        }
        self.next_rank = (!self.voices.is_empty()).then(|| now + RANK_INTERVAL);
        self.ranks = self.ranks.wrapping_add(1);
        if self.ranks.is_multiple_of(RANKS_PER_DECISION) || self.dominant.is_none() {
            self.decide(now);
        }
        self.rank(now);
        true
    }

    /// When [`tick`](Self::tick) has something to do.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.next_rank
    }

    /// Who has the word, in silence who had it last.
    #[must_use]
    pub fn dominant(&self) -> Option<K> {
        self.dominant
    }

    /// The loudest `count` voices, loudest first; silent ones too while there are no others.
    pub fn loudest(&mut self, count: usize) -> &[K] {
        let count = count.min(self.ranking.len());
        self.ranked = count;
        &self.ranking[..count]
    }

    /// How loud a voice is at present, smoothed: 0 (silence) to 127 (loudest).
    #[must_use]
    pub fn level(&self, key: K, now: Instant) -> u8 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 127")]
        self.find(key).map_or(0, |at| self.voices[at].activity.loudness(now).round() as u8)
    }

    /// Packets of voices beyond [`MAX_SPEAKERS`].
    #[must_use]
    pub fn crowded(&self) -> u64 {
        self.crowded
    }

    fn find(&self, key: K) -> Result<usize, usize> {
        self.voices.binary_search_by(|voice| voice.key.cmp(&key))
    }

    fn hear(&mut self, key: K, loudness: u8, now: Instant) {
        let at = match self.find(key) {
            Ok(at) => at,
            Err(_) if self.voices.len() == MAX_SPEAKERS => {
                self.crowded += 1;
                return;
            }
            Err(at) => {
                self.voices.insert(at, Voice { key, activity: Activity::new(now), bonus: 0.0 });
                self.ranking.push(key);
                self.next_rank.get_or_insert(now);
                at
            }
        };
        self.voices[at].activity.hear(loudness, now);
    }

    fn rank(&mut self, now: Instant) {
        for at in 0..self.ranking.len() {
            if let Ok(voice) = self.find(self.ranking[at]) {
                self.voices[voice].bonus = if at < self.ranked { HYSTERESIS } else { 0.0 };
            }
        }
        self.order.clear();
        for voice in &self.voices {
            self.order.push((voice.activity.loudness(now) + voice.bonus, voice.key));
        }
        self.order.sort_unstable_by(|(a, key_a), (b, key_b)| b.total_cmp(a).then(key_a.cmp(key_b)));
        self.ranking.clear();
        self.ranking.extend(self.order.iter().map(|(_, key)| *key));
    }

    /// Volfin and Cohen, "Dominant speaker identification for multipoint videoconferencing" (2013), §3: somebody
    /// takes over whose activity exceeds the dominant speaker's over all three spans of time.
    fn decide(&mut self, now: Instant) {
        for voice in &mut self.voices {
            voice.activity.evaluate(now);
        }
        let dominant = self.dominant.and_then(|key| self.find(key).ok());
        let scores = dominant.map(|at| *self.voices[at].activity.scores());
        let challenger = self
            .voices
            .iter()
            .filter(|voice| Some(voice.key) != self.dominant)
            .filter_map(|voice| {
                let margin = voice.activity.scores().margin_over(scores.as_ref())?;
                Some((margin, voice.key))
            })
            .max_by(|(a, _), (b, _)| a.total_cmp(b));
        if let Some((_, key)) = challenger {
            self.dominant = Some(key);
        }
    }
}

#[cfg(test)]
mod tests;
