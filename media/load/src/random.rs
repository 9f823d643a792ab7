//! Chance from a seed: the same trace and the same contents in every run.

/// `SplitMix64`: a few cycles a number, and any seed is a good one.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Starts from a seed; different `stream`s of one seed have nothing in common.
    #[must_use]
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut random = Self(seed ^ stream.wrapping_mul(0xd6e8_feb8_6659_fd93));
        random.next_u64();
        random
    }

    /// 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// Evenly from 0 up to 1, which is left out.
    pub fn unit(&mut self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
        let high = (self.next_u64() >> 11) as f64;
        high / 9_007_199_254_740_992.0 // 2⁵³
    }

    /// From a normal distribution of mean 0 and variance 1 (Box and Muller).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// From an exponential distribution of this mean.
    pub fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.unit()).ln()
    }

    /// Fills a block.
    pub fn fill(&mut self, block: &mut [u8]) {
        for chunk in block.chunks_mut(8) {
            let bytes = self.next_u64().to_le_bytes();
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_numbers_and_another_others() {
        let first: Vec<u64> = std::iter::repeat_with({
            let mut random = Random::new(7, 1);
            move || random.next_u64()
        })
        .take(8)
        .collect();
        let mut again = Random::new(7, 1);
        assert!(first.iter().all(|number| *number == again.next_u64()));
        assert_ne!(Random::new(8, 1).next_u64(), first[0]);
        assert_ne!(Random::new(7, 2).next_u64(), first[0]);
    }

    #[test]
    fn distributions_have_their_means() {
        let mut random = Random::new(1, 0);
        let count = 20_000;
        let mean = |sum: f64| sum / f64::from(count);
        let normal = mean((0..count).map(|_| random.normal()).sum());
        let exponential = mean((0..count).map(|_| random.exponential(3.0)).sum());
        assert!(normal.abs() < 0.03, "{normal}");
        assert!((exponential - 3.0).abs() < 0.1, "{exponential}");
    }
}
