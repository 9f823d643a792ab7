//! What waits to be sent to one viewer, and when it leaves: a token bucket through which a voice passes at once.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// What goes first. A voice is never delayed; padding fills what is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Leaves at once, and what follows pays for it.
    Audio,
    /// Sent again: somebody waits for it.
    Repair,
    /// A picture.
    Video,
    /// Of a probe.
    Padding,
}

/// Packets that wait in one class at most; with it the largest key frame.
pub const MAX_WAITING: usize = 512;
/// At the rate, so much may leave at once (a tick of the engine), unless more is allowed.
pub const BURST: Duration = Duration::from_millis(5);
/// And two packets in any case.
const BURST_BYTES: f64 = 2_400.0;
/// Voices cannot bring the bucket further below empty than this.
const DEBT: Duration = Duration::from_millis(100);
/// Classes that wait.
const QUEUES: usize = 3;

/// See the module. After the first full queue it allocates no more.
#[derive(Debug)]
pub struct Pacer<T> {
    queues: [VecDeque<(T, u32)>; QUEUES],
    bytes_waiting: u64,
    bps: f64,
    burst: Duration,
    /// Bytes that may leave; below zero: what left too early.
    tokens: f64,
    filled_at: Instant,
    dropped: u64,
}

impl<T> Pacer<T> {
    /// Sends this much at first.
    #[must_use]
    pub fn new(bps: u32, now: Instant) -> Self {
        Self {
            queues: std::array::from_fn(|_| VecDeque::new()),
            bytes_waiting: 0,
            bps: f64::from(bps),
            burst: BURST,
            tokens: BURST_BYTES,
            filled_at: now,
            dropped: 0,
        }
    }

    /// Sends this much from now on. When it is less nothing leaves that was saved: a queue may be full.
    pub fn set_rate(&mut self, now: Instant, bps: u32) {
        self.fill(now);
        let before = std::mem::replace(&mut self.bps, f64::from(bps.max(1)));
        if self.bps < before {
            self.tokens = self.tokens.min(0.0);
        }
    }

    /// So much of the rate may leave at once from now on; zero: one packet.
    pub fn set_burst(&mut self, burst: Duration) {
        self.burst = burst;
    }

    /// Takes a packet; gives a voice back at once, to be sent, and what has no room as an error.
    ///
    /// # Errors
    /// The packet, when too many wait in its class.
    pub fn push(&mut self, now: Instant, class: Class, packet: T, bytes: u32) -> Result<Option<T>, T> {
        let Some(queue) = (class as usize).checked_sub(1) else {
            self.charge(now, bytes);
            return Ok(Some(packet));
        };
        let queue = &mut self.queues[queue];
        if queue.len() == MAX_WAITING {
            self.dropped += 1;
            return Err(packet);
        }
        queue.push_back((packet, bytes));
        self.bytes_waiting += u64::from(bytes);
        Ok(None)
    }

    /// A voice left without asking: what follows pays for it.
    pub fn charge(&mut self, now: Instant, bytes: u32) {
        self.fill(now);
        self.tokens = (self.tokens - f64::from(bytes)).max(-self.bps / 8.0 * DEBT.as_secs_f64());
    }

    /// Of a packet that was polled so much did not leave after all.
    pub fn give_back(&mut self, bytes: u32) {
        self.tokens += f64::from(bytes);
    }

    /// Whether anything waits.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.bytes_waiting > 0
    }

    /// Whether a packet may leave at once without having been here: nothing waits that comes first.
    pub fn pass(&mut self, now: Instant, class: Class, bytes: u32) -> bool {
        self.fill(now);
        let first = (class as usize).min(QUEUES);
        if self.tokens <= 0.0 || self.queues[..first].iter().any(|queue| !queue.is_empty()) {
            return false;
        }
        self.tokens -= f64::from(bytes);
        true
    }

    /// Gives the next packet that may leave.
    pub fn poll(&mut self, now: Instant) -> Option<(Class, T)> {
        self.fill(now);
        if self.tokens <= 0.0 {
            return None;
        }
        let classes = [Class::Repair, Class::Video, Class::Padding];
        let (class, queue) = classes.into_iter().zip(&mut self.queues).find(|(_, queue)| !queue.is_empty())?;
        let (packet, bytes) = queue.pop_front()?;
        self.bytes_waiting -= u64::from(bytes);
        self.tokens -= f64::from(bytes);
        Some((class, packet))
    }

    /// When [`poll`](Self::poll) gives the next packet.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        if self.bytes_waiting == 0 {
            return None;
        }
        // A microsecond more, so that rounding does not ask for the same moment again.
        let missing = (-self.tokens).max(0.0) * 8.0 / self.bps;
        Some(self.filled_at + Duration::from_secs_f64(missing.min(3600.0)) + Duration::from_micros(1))
    }

    /// Drops of what waits in a class what is not to be kept, such as a picture that is no longer shown.
    pub fn retain(&mut self, class: Class, keep: impl Fn(&T) -> bool) {
        if let Some(queue) = (class as usize).checked_sub(1) {
            let queue = &mut self.queues[queue];
            queue.retain(|(packet, _)| keep(packet));
            self.bytes_waiting = self.queues.iter().flatten().map(|(_, bytes)| u64::from(*bytes)).sum();
        }
    }

    /// How long what waits takes to leave.
    #[must_use]
    pub fn delay(&self) -> Duration {
        Duration::from_secs_f64(
            (f64::from(u32::try_from(self.bytes_waiting).unwrap_or(u32::MAX)) * 8.0 / self.bps).min(3600.0),
        )
    }

    /// Packets that found no room.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    fn fill(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.filled_at);
        self.filled_at = self.filled_at.max(now);
        let least = if self.burst.is_zero() { 1.0 } else { BURST_BYTES };
        let most = (self.bps / 8.0 * self.burst.as_secs_f64()).max(least);
        self.tokens = (self.tokens + self.bps / 8.0 * passed.as_secs_f64()).min(most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// Everything that leaves until then, in the order, each with its ms.
    fn leave(pacer: &mut Pacer<u32>, start: Instant, until: u64) -> Vec<(u64, Class, u32)> {
        let mut left = Vec::new();
        for at in 0..until {
            while let Some((class, packet)) = pacer.poll(start + ms(at)) {
                left.push((at, class, packet));
            }
        }
        left
    }

    #[test]
    fn pictures_leave_at_the_rate() {
        let start = Instant::now();
        let mut pacer = Pacer::new(960_000, start); // a packet of 1,200 bytes in 10 ms
        for n in 0..20 {
            assert_eq!(pacer.push(start, Class::Video, n, 1200), Ok(None));
        }
        let left = leave(&mut pacer, start, 1000);
        assert_eq!(left.len(), 20);
        assert_eq!((left[0].0, left[1].0), (0, 0), "two packets are a burst");
        assert!((165..=185).contains(&left[19].0), "{left:?}");
    }

    #[test]
    fn at_a_lower_rate_nothing_leaves_that_was_saved_at_a_higher_one() {
        let start = Instant::now();
        let mut pacer = Pacer::new(9_600_000, start);
        pacer.set_rate(start + ms(100), 960_000);
        for n in 0..4 {
            pacer.push(start + ms(100), Class::Video, n, 1200).unwrap();
        }
        let left: Vec<u64> = leave(&mut pacer, start, 200).into_iter().map(|(at, ..)| at).collect();
        assert_eq!(left, [101, 111, 121, 131]);
    }

    #[test]
    fn as_much_as_is_allowed_leaves_at_once_and_then_the_rate_holds() {
        let start = Instant::now();
        let mut pacer = Pacer::new(960_000, start);
        pacer.set_burst(ms(40));
        let rested = start + ms(100);
        for n in 0..8 {
            pacer.push(rested, Class::Video, n, 1200).unwrap();
        }
        let left: Vec<u64> = leave(&mut pacer, rested, 100).into_iter().map(|(at, ..)| at).collect();
        assert_eq!(left, [0, 0, 0, 0, 1, 11, 21, 31]);
    }

    #[test]
    fn a_voice_waits_for_nothing_and_pictures_pay_for_it() {
        let start = Instant::now();
        let mut pacer = Pacer::new(960_000, start);
        for n in 0..10 {
            pacer.push(start, Class::Video, n, 1200).unwrap();
        }
        leave(&mut pacer, start, 1);
        for n in 0..8 {
            assert_eq!(pacer.push(start + ms(1), Class::Audio, 100 + n, 150), Ok(Some(100 + n)));
        }
        let next = (1..100).find(|at| pacer.poll(start + ms(*at)).is_some()).unwrap();
        assert!((9..=12).contains(&next), "{next}");
    }

    #[test]
    fn a_packet_passes_while_nothing_waits_that_comes_first() {
        let start = Instant::now();
        let mut pacer = Pacer::new(960_000, start);
        assert!(pacer.pass(start, Class::Video, 1200));
        assert!(pacer.pass(start, Class::Video, 1200), "two are a burst");
        assert!(!pacer.pass(start, Class::Video, 1200));
        assert_eq!(pacer.push(start, Class::Video, 1, 1200), Ok(None));
        let later = start + ms(20);
        assert!(!pacer.pass(later, Class::Video, 100), "another picture waits");
        assert!(pacer.pass(later, Class::Repair, 100), "it comes before pictures");
    }

    #[test]
    fn repairs_leave_before_pictures_and_padding_last() {
        let start = Instant::now();
        let mut pacer = Pacer::new(960_000, start);
        for (n, class) in (0..).zip([Class::Padding, Class::Video, Class::Repair, Class::Video, Class::Repair]) {
            pacer.push(start, class, n, 1200).unwrap();
        }
        let order: Vec<u32> = leave(&mut pacer, start, 100).into_iter().map(|(_, _, packet)| packet).collect();
        assert_eq!(order, [2, 4, 1, 3, 0]);
    }

    #[test]
    fn what_has_no_room_is_given_back_and_counted() {
        let start = Instant::now();
        let mut pacer = Pacer::new(1_000, start);
        let limit = u32::try_from(MAX_WAITING).unwrap();
        for n in 0..limit {
            assert_eq!(pacer.push(start, Class::Video, n, 1200), Ok(None));
        }
        assert_eq!(pacer.push(start, Class::Video, limit, 1200), Err(limit));
        assert_eq!(pacer.push(start, Class::Repair, limit, 1200), Ok(None), "each class has its room");
        assert_eq!(pacer.dropped(), 1);
        pacer.retain(Class::Video, |n| *n == 3);
        pacer.retain(Class::Repair, |_| false);
        pacer.set_rate(start, 1_000_000);
        assert_eq!(pacer.delay(), Duration::from_micros(9_600), "one of them");
        pacer.retain(Class::Video, |_| false);
        assert_eq!((pacer.delay(), pacer.poll_timeout()), (Duration::ZERO, None));
    }

    #[test]
    fn where_nothing_may_leave_at_once_packets_leave_one_by_one_after_a_rest() {
        let start = Instant::now();
        for (burst, leave) in [(BURST, 2), (Duration::ZERO, 1)] {
            let mut pacer = Pacer::new(960_000, start);
            pacer.set_burst(burst);
            pacer.set_rate(start, 480_000); // what was saved is gone
            let later = start + Duration::from_millis(100);
            for n in 0..4 {
                pacer.push(later, Class::Video, n, 1200).unwrap();
            }
            assert_eq!(std::iter::from_fn(|| pacer.poll(later)).count(), leave, "{burst:?}");
        }
    }

    #[test]
    fn it_is_asked_again_when_the_next_may_leave() {
        let start = Instant::now();
        let mut pacer = Pacer::new(960_000, start);
        assert_eq!(pacer.poll_timeout(), None);
        for n in 0..4 {
            pacer.push(start, Class::Video, n, 1200).unwrap();
        }
        while pacer.poll(start).is_some() {}
        let due = pacer.poll_timeout().unwrap();
        assert!(pacer.poll(due.checked_sub(Duration::from_micros(100)).unwrap()).is_none());
        assert!(pacer.poll(due).is_some());
    }

    #[test]
    fn after_the_first_full_queue_no_room_is_asked_for() {
        let start = Instant::now();
        let mut pacer = Pacer::new(1_000_000_000, start);
        let round = |pacer: &mut Pacer<u32>, at: u64| {
            let now = start + ms(at);
            (0..500).for_each(|n| assert_eq!(pacer.push(now, Class::Video, n, 1200), Ok(None)));
            let capacity = pacer.queues[1].capacity();
            (0..1000).for_each(|more| while pacer.poll(now + ms(more)).is_some() {});
            capacity
        };
        let first = round(&mut pacer, 0);
        assert!((1..10).all(|n| round(&mut pacer, n * 1000) == first));
    }
}
