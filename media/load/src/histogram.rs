//! Times counted in buckets that are 3 % wide: percentiles without keeping every value, and without allocating.

use serde::Serialize;

/// Sub-buckets of each power of two.
const STEPS: u32 = 32;
/// 32 ns to 2³⁸ ns, a little over four minutes; what is longer counts as that.
const BUCKETS: usize = 34 * STEPS as usize;

/// Counts of nanoseconds.
#[derive(Clone)]
pub struct Histogram {
    counts: Box<[u64]>,
    count: u64,
    max: u64,
}

impl std::fmt::Debug for Histogram {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Histogram").field("count", &self.count).field("max", &self.max).finish_non_exhaustive()
    }
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: vec![0; BUCKETS].into_boxed_slice(), count: 0, max: 0 }
    }
}

/// What a histogram says, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Percentiles {
    /// Values counted.
    pub count: u64,
    /// The median.
    pub p50_ms: f64,
    /// 95 of a hundred are below.
    pub p95_ms: f64,
    /// 99 of a hundred are below.
    pub p99_ms: f64,
    /// 999 of a thousand are below.
    pub p999_ms: f64,
    /// The largest.
    pub max_ms: f64,
}

impl Histogram {
    /// Counts one value.
    pub fn add(&mut self, ns: u64) {
        self.counts[bucket(ns)] += 1;
        self.count += 1;
        self.max = self.max.max(ns);
    }

    /// Adds what another has counted.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine += theirs;
        }
        self.count += other.count;
        self.max = self.max.max(other.max);
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.counts.fill(0);
        self.count = 0;
        self.max = 0;
    }

    /// How many values were counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The value that a share of all values do not exceed, in nanoseconds; 0 when nothing was counted.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rank among fewer than 2⁵³ values"
    )]
    pub fn quantile(&self, share: f64) -> u64 {
        let rank = ((self.count as f64 * share).ceil() as u64).max(1);
        let mut seen = 0;
        for (at, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= rank {
                return upper_edge(at).min(self.max);
            }
        }
        self.max
    }

    /// The usual ones.
    #[must_use]
    pub fn percentiles(&self) -> Percentiles {
        Percentiles {
            count: self.count,
            p50_ms: ms(self.quantile(0.5)),
            p95_ms: ms(self.quantile(0.95)),
            p99_ms: ms(self.quantile(0.99)),
            p999_ms: ms(self.quantile(0.999)),
            max_ms: ms(self.max),
        }
    }
}

fn ms(ns: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "minutes in nanoseconds fit into 53 bits")]
    let ns = ns as f64;
    (ns / 1_000.0).round() / 1_000.0
}

#[expect(clippy::cast_possible_truncation, reason = "bounded by BUCKETS")]
fn bucket(ns: u64) -> usize {
    let octave = ns.max(1).ilog2().saturating_sub(STEPS.ilog2());
    ((u64::from(octave * STEPS) + (ns >> octave)) as usize).min(BUCKETS - 1)
}

fn upper_edge(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    let octave = (bucket / u64::from(STEPS)).saturating_sub(1);
    ((bucket - octave * u64::from(STEPS) + 1) << octave) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_again_within_three_percent() {
        for ns in [0, 1, 31, 32, 33, 63, 64, 1_000, 123_456, 1_000_000, 77_777_777, 3_000_000_000] {
            let mut histogram = Histogram::default();
            histogram.add(u64::MAX >> 8);
            for _ in 0..3 {
                histogram.add(ns);
            }
            let found = histogram.quantile(0.5);
            assert!(found >= ns && found <= ns + ns / 31 + 1, "{ns} {found}");
        }
    }

    #[test]
    fn percentiles_are_those_of_the_values() {
        let mut histogram = Histogram::default();
        for ms in 1..=1_000 {
            histogram.add(ms * 1_000_000);
        }
        let found = histogram.percentiles();
        assert_eq!((found.count, found.max_ms), (1_000, 1_000.0));
        assert!((found.p50_ms - 500.0).abs() < 17.0, "{found:?}");
        assert!((found.p95_ms - 950.0).abs() < 32.0, "{found:?}");
        assert!((found.p99_ms - 990.0).abs() < 33.0, "{found:?}");
    }

    #[test]
    fn merged_counts_are_the_sum() {
        let (mut one, mut two) = (Histogram::default(), Histogram::default());
        one.add(1_000);
        two.add(5_000_000);
        one.merge(&two);
        assert_eq!(one.percentiles().count, 2);
        assert!(one.quantile(1.0) >= 5_000_000);
        one.clear();
        assert_eq!(one.percentiles(), Percentiles::default());
    }
}
