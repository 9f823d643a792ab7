//! When a track's frames leave: in its own beat, and each a little later by chance, as encoders take their time.

use std::time::{Duration, Instant};

use crate::random::Random;

/// Streams of chance of the seed, from here on one for each track.
const PHASES: u64 = 1 << 32;
/// And one for each frame of it.
const DELAYS: u64 = 1 << 48;

/// A track's beat, which hangs on the run's seed alone: who comes a little later than in another run ticks at the same moments.
/// Because of the delays tracks that tick at nearly the same moment fall together sometimes, and not for good.
#[derive(Debug)]
pub struct Beat {
    /// When frame 0 is taken: by chance within the first interval of the run.
    origin: Instant,
    random: u64,
    /// So much later a frame leaves at most.
    delay: Duration,
}

impl Beat {
    /// For a track that takes a frame in each interval, and the first frame that is not taken before `start`.
    pub fn new(
        since: Instant,
        seed: u64,
        track: u16,
        interval: Duration,
        delay: Duration,
        start: Instant,
    ) -> (Self, u32) {
        let chance = Random::new(seed, PHASES + u64::from(track)).unit();
        let origin = since + interval.mul_f64(chance);
        let passed = start.saturating_duration_since(origin).as_nanos().div_ceil(interval.as_nanos());
        let random = Random::new(seed, DELAYS + u64::from(track)).next_u64();
        (Self { origin, random, delay }, u32::try_from(passed).expect("a run is shorter than 900 days"))
    }

    /// When the frame leaves that is taken so long after the first one of the run.
    pub fn due(&self, after: Duration) -> Instant {
        #[expect(clippy::cast_possible_truncation, reason = "it chooses a stream of chance")]
        let chance = Random::new(self.random, after.as_nanos() as u64).unit();
        self.origin + after + self.delay.mul_f64(chance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERIOD: Duration = Duration::from_millis(20);
    const DELAY: Duration = Duration::from_millis(3);

    #[test]
    fn a_later_start_changes_no_moment() {
        let since = Instant::now();
        for track in 0..40 {
            let (early, first) = Beat::new(since, 1, track, PERIOD, DELAY, since);
            assert_eq!(first, 0);
            for late in [7, 20, 1_234_567].map(Duration::from_millis) {
                let (beat, first) = Beat::new(since, 1, track, PERIOD, DELAY, since + late);
                let due = beat.due(PERIOD * first);
                assert_eq!(due, early.due(PERIOD * first));
                assert!(due >= since + late && due < since + late + PERIOD + DELAY, "{late:?}");
            }
        }
    }

    #[test]
    fn tracks_do_not_tick_together_and_frames_vary() {
        let since = Instant::now();
        let beats: Vec<Beat> = (0..40).map(|track| Beat::new(since, 1, track, PERIOD, DELAY, since).0).collect();
        let mut phases: Vec<u128> = beats.iter().map(|beat| (beat.origin - since).as_millis()).collect();
        phases.sort_unstable();
        phases.dedup();
        assert!(phases.len() > 12, "forty tracks in the twenty ms of a period: {phases:?}");
        let delay = |n| beats[0].due(PERIOD * n) - (beats[0].origin + PERIOD * n);
        let delays: Vec<Duration> = (0..100).map(delay).collect();
        let mean = delays.iter().sum::<Duration>() / 100;
        assert!(delays.iter().all(|delay| *delay < DELAY) && mean.abs_diff(DELAY / 2) < DELAY / 8, "{mean:?}");
    }
}
