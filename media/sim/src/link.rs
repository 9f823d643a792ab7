//! One direction of a line: how long a datagram takes, and whether it arrives.

use std::time::{Duration, Instant};

use crate::Rng;

/// What a line does to datagrams.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinkModel {
    /// Without: as fast as one likes.
    pub rate_bps: Option<u32>,
    /// What waits for a slow line; more is dropped.
    pub queue_bytes: usize,
    /// What would wait longer than this is dropped, too (RFC 8867 §4.1 gives queues in time).
    pub queue_time: Option<Duration>,
    /// Of every datagram.
    pub delay: Duration,
    /// Up to so much more, evenly spread; the order stays.
    pub jitter: Duration,
    /// How datagrams are lost.
    pub loss: Loss,
    /// So probable is it that a datagram is overtaken.
    pub reorder: f64,
    /// By so long.
    pub reorder_by: Duration,
}

/// How datagrams are lost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Loss {
    /// Not.
    None,
    /// Each by itself, with this probability.
    Even(f64),
    /// In bursts (Gilbert 1960, Elliott 1963): probabilities to enter and to leave a burst before each datagram, and to
    /// lose one inside.
    Bursts {
        /// From good to bad.
        enter: f64,
        /// From bad to good.
        leave: f64,
        /// While bad.
        inside: f64,
    },
}

impl Default for LinkModel {
    /// A good line of 10 ms.
    fn default() -> Self {
        Self {
            rate_bps: None,
            queue_bytes: 64 * 1024,
            queue_time: None,
            delay: Duration::from_millis(10),
            jitter: Duration::ZERO,
            loss: Loss::None,
            reorder: 0.0,
            reorder_by: Duration::from_millis(15),
        }
    }
}

/// What a line did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkCounts {
    /// Datagrams that it took.
    pub sent: u64,
    /// Lost on the way.
    pub lost: u64,
    /// Met a full queue.
    pub overflowed: u64,
}

/// See the module.
#[derive(Debug)]
pub struct Link {
    model: LinkModel,
    rng: Rng,
    /// For handshakes.
    aside: Rng,
    in_burst: bool,
    free_at: Option<Instant>,
    last_arrival: Option<Instant>,
    counts: LinkCounts,
}

impl Link {
    /// Makes a line of its own randomness.
    #[must_use]
    pub fn new(model: LinkModel, seed: u64) -> Self {
        Self {
            model,
            rng: Rng::new(seed),
            aside: Rng::new(!seed),
            in_burst: false,
            free_at: None,
            last_arrival: None,
            counts: LinkCounts::default(),
        }
    }

    /// Changes the line; what is on its way arrives as it would have. What comes next waits for the bytes that are in the
    /// queue at the new rate.
    pub fn set_model(&mut self, now: Instant, model: LinkModel) {
        if let (Some(free), Some(before), Some(after)) = (self.free_at, self.model.rate_bps, model.rate_bps) {
            let waiting = free.saturating_duration_since(now);
            self.free_at = Some(now + waiting.mul_f64(f64::from(before) / f64::from(after)));
        }
        self.model = model;
    }

    /// How long a datagram would wait that came now.
    #[must_use]
    pub fn waiting(&self, now: Instant) -> Duration {
        self.free_at.map_or(Duration::ZERO, |free| free.saturating_duration_since(now))
    }

    /// What it did so far.
    #[must_use]
    pub fn counts(&self) -> LinkCounts {
        self.counts
    }

    /// Takes a datagram and says when it arrives, if it does.
    pub fn handle_datagram(&mut self, now: Instant, len: usize) -> Option<Instant> {
        self.counts.sent += 1;
        let sent_at = self.line_through(now, len)?;
        if self.is_lost() {
            self.counts.lost += 1;
            return None;
        }
        let arrival = sent_at + self.model.delay + self.model.jitter.mul_f64(self.rng.unit());
        if self.rng.chance(self.model.reorder) {
            return Some(arrival + self.model.reorder_by);
        }
        let arrival = self.last_arrival.map_or(arrival, |last| last.max(arrival));
        self.last_arrival = Some(arrival);
        Some(arrival)
    }

    /// Takes a datagram of a handshake, as [`Self::handle_datagram`]. How long it is, and how often it is repeated, differs
    /// from run to run (signatures; the jitter of timers, RFC 6347 §4.2.4): it takes no room on the line and none of its
    /// randomness, so that all that comes later is the same for one seed.
    pub fn handle_handshake(&mut self, now: Instant) -> Option<Instant> {
        let is_lost = match self.model.loss {
            Loss::None => false,
            Loss::Even(probability) => self.aside.chance(probability),
            Loss::Bursts { inside, .. } => self.in_burst && self.aside.chance(inside),
        };
        (!is_lost).then_some(now + self.model.delay)
    }

    /// Says when its last byte has left, unless the queue is full.
    fn line_through(&mut self, now: Instant, len: usize) -> Option<Instant> {
        let Some(rate) = self.model.rate_bps else { return Some(now) };
        let begins = self.free_at.map_or(now, |free| free.max(now));
        let waiting_s = begins.duration_since(now).as_secs_f64();
        let too_long = self.model.queue_time.is_some_and(|most| waiting_s > most.as_secs_f64());
        if too_long || waiting_s * f64::from(rate) / 8.0 + len_f64(len) > len_f64(self.model.queue_bytes) {
            self.counts.overflowed += 1;
            return None;
        }
        let ends = begins + Duration::from_secs_f64(len_f64(len) * 8.0 / f64::from(rate));
        self.free_at = Some(ends);
        Some(ends)
    }

    fn is_lost(&mut self) -> bool {
        match self.model.loss {
            Loss::None => false,
            Loss::Even(probability) => self.rng.chance(probability),
            Loss::Bursts { enter, leave, inside } => {
                self.in_burst = if self.in_burst { !self.rng.chance(leave) } else { self.rng.chance(enter) };
                self.in_burst && self.rng.chance(inside)
            }
        }
    }
}

fn len_f64(len: usize) -> f64 {
    f64::from(u32::try_from(len).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrivals(model: LinkModel, datagrams: u32) -> Vec<Option<Duration>> {
        let mut link = Link::new(model, 1);
        let start = Instant::now();
        let sent = (0..datagrams).map(|number| start + Duration::from_millis(1) * number);
        sent.map(|at| link.handle_datagram(at, 1000).map(|arrival| arrival.duration_since(start))).collect()
    }

    #[test]
    fn a_good_line_only_delays() {
        let expected: Vec<_> = (0..5).map(|number| Some(Duration::from_millis(10 + number))).collect();
        assert_eq!(arrivals(LinkModel::default(), 5), expected);
    }

    #[test]
    fn a_slow_line_queues_and_then_drops() {
        // 1,000 bytes take 8 ms and are sent every 1 ms: four fit the queue at first, then one in eight.
        let slow = LinkModel { rate_bps: Some(1_000_000), queue_bytes: 4_000, ..LinkModel::default() };
        let arrived: Vec<_> = arrivals(slow, 100).into_iter().flatten().collect();
        assert_eq!(arrived[0], Duration::from_millis(18));
        assert!(arrived.windows(2).all(|pair| pair[0] + Duration::from_millis(8) == pair[1]));
        assert!((14..=17).contains(&arrived.len()), "{}", arrived.len());
    }

    #[test]
    fn a_queue_can_be_limited_in_time_and_a_slower_rate_makes_it_longer() {
        let start = Instant::now();
        let model = |rate| LinkModel {
            rate_bps: Some(rate),
            queue_time: Some(Duration::from_millis(300)),
            ..LinkModel::default()
        };
        let mut link = Link::new(model(1_000_000), 1);
        let taken = (0..1000).filter(|_| link.handle_datagram(start, 1000).is_some()).count();
        assert_eq!((taken, link.waiting(start)), (38, Duration::from_millis(304)));
        link.set_model(start + Duration::from_millis(104), model(500_000));
        assert_eq!(link.waiting(start + Duration::from_millis(104)), Duration::from_millis(400));
    }

    #[test]
    fn jitter_keeps_the_order_and_reordering_does_not() {
        let jittery = LinkModel { jitter: Duration::from_millis(20), ..LinkModel::default() };
        assert!(arrivals(jittery, 200).is_sorted());
        let mixed = LinkModel { reorder: 0.1, ..LinkModel::default() };
        let arrived = arrivals(mixed, 200);
        let overtaken = arrived.windows(2).filter(|pair| pair[0] > pair[1]).count();
        assert!((8..=35).contains(&overtaken), "{overtaken}");
    }

    #[test]
    fn even_loss_and_bursts_lose_their_share() {
        let lost =
            |loss| arrivals(LinkModel { loss, ..LinkModel::default() }, 10_000).iter().filter(|a| a.is_none()).count();
        assert!((420..=580).contains(&lost(Loss::Even(0.05))));
        // A tenth of the time in a burst of 10 on average, half of it lost: 5 %.
        let bursts = Loss::Bursts { enter: 0.1 / 9.0, leave: 0.1, inside: 0.5 };
        assert!((350..=650).contains(&lost(bursts)), "{}", lost(bursts));
    }

    #[test]
    fn a_handshake_changes_nothing_for_what_follows() {
        let model = LinkModel { rate_bps: Some(300_000), loss: Loss::Even(0.2), ..LinkModel::default() };
        let (mut with, mut without) = (Link::new(model, 1), Link::new(model, 1));
        let start = Instant::now();
        let shaken = (0..1_000).filter(|_| with.handle_handshake(start).is_some()).count();
        assert!((720..=880).contains(&shaken), "{shaken}");
        for ms in 0..1_000 {
            let at = start + Duration::from_millis(ms);
            assert_eq!(with.handle_datagram(at, 500), without.handle_datagram(at, 500));
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_line() {
        let model =
            LinkModel { jitter: Duration::from_millis(9), loss: Loss::Even(0.2), reorder: 0.1, ..LinkModel::default() };
        assert_eq!(arrivals(model, 500), arrivals(model, 500));
    }
}
