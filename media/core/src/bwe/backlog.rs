//! How fast a queue leaves: packets that waited arrive one behind the other, as fast as the line carries them. Between a fall
//! of the line and the end of the window over which arrivals are summed, nothing else tells what it carries now.

use super::{bits, exact};

/// A packet that waited for so long followed another one.
const WAITED_US: i64 = 20_000;
/// Packets that came slowly and waited so long tell of a fall, before a trend does.
const WAITED_LONG_US: i64 = 40_000;
/// So much more may have passed since the one before it arrived: it was in the queue by then, or the line had nothing to do
/// meanwhile. A large packet by itself is on a slow line for as long as a short queue.
const IDLE_US: i64 = 3_000;
/// A shorter time says little; a longer one begins before now.
const SPAN_US: std::ops::RangeInclusive<i64> = 30_000..=200_000;
/// Fewer packets say little; but where each was slow, so many that followed another one say enough.
const PACKETS: u32 = 4;
const SLOW_PACKETS: usize = 2;
/// They have taken this long in all, as two of 1,100 bytes do on a line of 0.9 Mbit/s: faster ones say little by themselves.
const SLOW_SPAN_US: i64 = 20_000;
/// A smaller packet is on a line for so short a time that this says nothing.
const LARGE: u32 = 500;

/// See the module. Packets since the queue was last short.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Backlog {
    first_us: i64,
    last_us: i64,
    /// After the first.
    bytes: u64,
    packets: u32,
    /// Of the last large ones that waited long: bytes, and for how long after the packet before each came.
    large: [(u32, i64); SLOW_PACKETS],
}

impl Backlog {
    /// A packet arrived that had waited on the line for so long.
    pub(super) fn handle_packet(&mut self, arrival_us: i64, bytes: u32, waited_us: i64) {
        let was_idle = arrival_us - self.last_us > waited_us + IDLE_US;
        if waited_us < WAITED_US {
            *self = Self::default();
        } else if self.packets == 0 || was_idle {
            *self = Self { first_us: arrival_us, last_us: arrival_us, packets: 1, ..Self::default() };
        } else {
            if bytes >= LARGE && waited_us >= WAITED_LONG_US {
                self.large.rotate_left(1);
                self.large[SLOW_PACKETS - 1] = (bytes, arrival_us - self.last_us);
            }
            self.last_us = self.last_us.max(arrival_us);
            self.bytes += u64::from(bytes);
            self.packets += 1;
        }
    }

    /// Whether the queue stands for so long that all that arrived lately was in it.
    pub(super) fn is_old(&self) -> bool {
        self.last_us - self.first_us > *SPAN_US.end()
    }

    /// Bits per second, as long as the queue is young.
    pub(super) fn bps(&self) -> Option<f64> {
        let span_us = self.last_us - self.first_us;
        let says = self.packets >= PACKETS && SPAN_US.contains(&span_us);
        says.then(|| bits(self.bytes) * 1e6 / exact(span_us))
    }

    /// The same of the last packets of a queue, if each of them came more slowly than that. Between ours there may be some of
    /// another flow, but hardly between all of them.
    pub(super) fn bps_below(&self, most: f64) -> Option<f64> {
        let is_slow = |(bytes, us): &(u32, i64)| *us > 0 && bits(u64::from(*bytes)) * 1e6 < most * exact(*us);
        let (bytes, us) = self.large.iter().fold((0, 0), |sum, one| (sum.0 + u64::from(one.0), sum.1 + one.1));
        (self.large.iter().all(is_slow) && us >= SLOW_SPAN_US).then(|| bits(bytes) * 1e6 / exact(us))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backlog(waits: impl Iterator<Item = (i64, i64)>) -> Option<f64> {
        let mut backlog = Backlog::default();
        waits.for_each(|(arrival_us, waited_us)| backlog.handle_packet(arrival_us, 1_000, waited_us));
        backlog.bps()
    }

    #[test]
    fn a_young_queue_says_what_the_line_carries() {
        // A packet of 1,000 bytes in 10 ms is 800 kbit/s; those before came four times as fast.
        let queue = (0..40).map(|n| (n * 2_500, 0)).chain((0..10).map(|n| (100_000 + n * 10_000, 30_000)));
        let bps = backlog(queue).unwrap();
        assert!((790e3..810e3).contains(&bps), "{bps}");
    }

    #[test]
    fn a_time_in_which_the_line_had_nothing_to_do_is_not_taken_for_a_slow_line() {
        // Large packets that take 21 ms each, one every 50 ms, and then a queue of 800 kbit/s.
        let large = (0..4).map(|n| (n * 50_000, 21_000));
        assert_eq!(backlog(large.clone()), None);
        let bps = backlog(large.chain((0..10).map(|n| (160_000 + n * 10_000, 30_000 + n * 5_000)))).unwrap();
        assert!((790e3..810e3).contains(&bps), "{bps}");
    }

    #[test]
    fn a_young_queue_is_slow_where_each_of_its_packets_was() {
        // (ms, bytes) of packets that wait; 1,000 bytes in 16 ms are 500 kbit/s.
        let is_slow = |packets: &[(i64, u32)]| {
            let mut backlog = Backlog::default();
            for (ms, bytes) in packets {
                backlog.handle_packet(ms * 1_000, *bytes, 50_000);
            }
            backlog.bps_below(1e6).is_some()
        };
        assert!(is_slow(&[(0, 1_000), (16, 1_000), (32, 1_000)]));
        assert!(is_slow(&[(0, 1_400), (14, 1_400), (28, 1_400)]), "28 ms are enough");
        assert!(!is_slow(&[(0, 1_000), (9, 1_000), (18, 1_000)]), "18 ms are too short a time");
        assert!(!is_slow(&[(0, 1_000), (16, 1_000)]), "two say little");
        assert!(is_slow(&[(0, 1_000), (4, 1_000), (8, 1_000), (24, 1_000), (40, 1_000)]), "it was faster before");
        assert!(!is_slow(&[(0, 1_000), (16, 1_000), (19, 1_000), (35, 1_000)]), "what came between was another's");
        assert!(!is_slow(&[(0, 100), (20, 100), (40, 100), (60, 100)]), "voices have room to spare");
        assert!(!is_slow(&[(0, 1_000), (4, 1_000), (36, 1_000), (40, 1_000)]), "it stood still for a moment");
    }

    #[test]
    fn an_old_queue_a_short_one_and_none_say_nothing() {
        assert_eq!(backlog((0..100).map(|n| (n * 10_000, 30_000))), None);
        assert_eq!(backlog((0..3).map(|n| (n * 10_000, 30_000))), None);
        assert_eq!(backlog((0..100).map(|n| (n * 1_000, 10_000))), None);
    }
}
