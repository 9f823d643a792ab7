//! Whether a queue grows on the line: the trend of the delay (draft-ietf-rmcat-gcc-02 §5), and how long the queue is.

use std::collections::VecDeque;

use super::exact;

/// What the delay says of the line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Usage {
    /// The queue stays as it is.
    #[default]
    Normal,
    /// It grows.
    Over,
    /// It becomes shorter.
    Under,
}

/// Packets sent within this are one group: a frame, or a part of it (§5.2).
const GROUP_US: i64 = 5_000;
/// Groups whose trend is looked at.
const WINDOW: usize = 20;
/// Weight of the past in the smoothed delay.
const SMOOTHING: f64 = 0.9;
/// Makes a trend comparable with the threshold.
const GAIN: f64 = 4.0;
/// The first threshold, and its limits (§5.4).
const THRESHOLD_MS: [f64; 3] = [12.5, 6.0, 600.0];
/// How fast the threshold rises and falls, per ms (§5.4: `K_u`, `K_d`).
const THRESHOLD_RISES: f64 = 0.0087;
const THRESHOLD_FALLS: f64 = 0.039;
/// What is further off does not move the threshold (§5.4).
const OUTLIER_MS: f64 = 15.0;
/// So long must the trend be above the threshold.
const OVER_FOR_US: i64 = 10_000;
/// The newest packets of a report: a queue that has just begun stands at their end.
const NEWEST: usize = 32;
const NEWEST_US: i64 = 40_000;
/// Fewer say little.
const NEWEST_AT_LEAST: usize = 4;
/// Even the luckiest of the newest packets waited so long: without it a trend is only noise.
const REAL_QUEUE_US: i64 = 8_000;
/// A queue this long is too long, whatever its trend.
const LONG_QUEUE_US: i64 = 80_000;
/// The shortest way is looked for over one to two of these.
const SHORTEST_US: i64 = 10_000_000;

/// Times in µs.
#[derive(Clone, Copy, Debug)]
struct Group {
    first_sent: i64,
    last_sent: i64,
    last_arrival: i64,
}

/// See the module.
#[derive(Debug)]
pub(super) struct DelayTrend {
    group: Option<Group>,
    before: Option<Group>,
    /// (arrival, smoothed delay) in ms.
    window: Window,
    first_arrival_us: i64,
    delay_ms: f64,
    smoothed_ms: f64,
    groups: u32,
    threshold_ms: f64,
    adapted_us: Option<i64>,
    trend: f64,
    over_us: i64,
    over_groups: u32,
    usage: Usage,
    /// The least time on the way: of this interval and the one before.
    shortest_us: [i64; 2],
    interval_began_us: i64,
    /// The shortest way is not looked for anew: a queue that others keep stands.
    holds_shortest: bool,
    /// Of the packets since the last look: the least time on the way.
    lucky_us: Option<i64>,
    queue_us: i64,
    /// Arrival and time on the way of the newest packets.
    newest: VecDeque<(i64, i64)>,
    /// What was sent until then belongs to a probe, which makes a queue by itself.
    blind_until_us: i64,
}

impl Default for DelayTrend {
    fn default() -> Self {
        Self {
            group: None,
            before: None,
            window: Window::default(),
            first_arrival_us: 0,
            delay_ms: 0.0,
            smoothed_ms: 0.0,
            groups: 0,
            threshold_ms: THRESHOLD_MS[0],
            adapted_us: None,
            trend: 0.0,
            over_us: 0,
            over_groups: 0,
            usage: Usage::Normal,
            shortest_us: [i64::MAX; 2],
            interval_began_us: i64::MIN,
            holds_shortest: false,
            lucky_us: None,
            queue_us: 0,
            newest: VecDeque::with_capacity(NEWEST),
            blind_until_us: i64::MIN,
        }
    }
}

/// The newest points, in no order: sums need none.
#[derive(Debug, Default)]
struct Window {
    points: [(f64, f64); WINDOW],
    len: usize,
    next: usize,
}

impl Window {
    fn push(&mut self, point: (f64, f64)) {
        self.points[self.next] = point;
        self.next = (self.next + 1) % WINDOW;
        self.len = (self.len + 1).min(WINDOW);
    }

    fn clear(&mut self) {
        (self.len, self.next) = (0, 0);
    }

    /// ms of delay per ms, by least squares; 0 while there are too few groups.
    fn slope(&self) -> f64 {
        let points = &self.points[..self.len];
        if points.len() < WINDOW / 2 {
            return 0.0;
        }
        let count = f64::from(u32::try_from(points.len()).expect("few"));
        let (x_sum, y_sum) = points.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0, y + point.1));
        let (x_mean, y_mean) = (x_sum / count, y_sum / count);
        let (over, under) = points.iter().fold((0.0, 0.0), |(over, under), (x, y)| {
            (over + (x - x_mean) * (y - y_mean), under + (x - x_mean) * (x - x_mean))
        });
        if under > 0.0 { over / under } else { 0.0 }
    }
}

impl DelayTrend {
    /// Takes a packet; both times in microseconds of clocks of their own. Gives how long it waited on the line.
    pub(super) fn handle_packet(&mut self, sent_us: i64, arrival_us: i64) -> i64 {
        let way = arrival_us - sent_us;
        let is_over = || sent_us - self.interval_began_us > SHORTEST_US && !self.holds_shortest;
        if self.interval_began_us == i64::MIN || is_over() {
            self.shortest_us = [i64::MAX, self.shortest_us[0]];
            self.interval_began_us = sent_us;
        }
        self.shortest_us[0] = self.shortest_us[0].min(way);
        self.lucky_us = Some(self.lucky_us.map_or(way, |lucky| lucky.min(way)));
        if sent_us > self.blind_until_us {
            if self.newest.len() == NEWEST {
                self.newest.pop_front();
            }
            self.newest.push_back((arrival_us, way));
            self.group(sent_us, arrival_us);
        }
        way - self.shortest()
    }

    fn group(&mut self, sent_us: i64, arrival_us: i64) {
        match &mut self.group {
            Some(group) if sent_us < group.first_sent => {} // overtaken
            Some(group) if sent_us - group.first_sent <= GROUP_US => {
                group.last_sent = group.last_sent.max(sent_us);
                group.last_arrival = group.last_arrival.max(arrival_us);
            }
            _ => {
                self.end_group();
                self.group = Some(Group { first_sent: sent_us, last_sent: sent_us, last_arrival: arrival_us });
            }
        }
    }

    /// Ends a report: gives what the delay says.
    pub(super) fn look(&mut self) -> Usage {
        if let Some(lucky) = self.lucky_us.take() {
            self.queue_us = lucky - self.shortest();
        }
        let newest_us = self.newest_us().max(self.queue_us);
        match self.usage {
            _ if newest_us > LONG_QUEUE_US => Usage::Over,
            Usage::Over if newest_us < REAL_QUEUE_US => Usage::Normal,
            usage => usage,
        }
    }

    /// How long the luckiest of the newest packets waited. Of a report of 100 ms, as browsers send them, the first packets tell
    /// nothing of a queue that has begun since.
    pub(super) fn newest_us(&self) -> i64 {
        let Some((last_us, _)) = self.newest.back() else { return 0 };
        let since_us = last_us - NEWEST_US;
        let newest = self.newest.iter().rev().enumerate();
        let counted = newest.take_while(|(place, (at, _))| *place < NEWEST_AT_LEAST || *at >= since_us);
        counted.map(|(_, (_, way))| way - self.shortest()).min().unwrap_or_default()
    }

    /// The shortest way of late, as the difference of two clocks.
    pub(super) fn shortest(&self) -> i64 {
        self.shortest_us[0].min(self.shortest_us[1])
    }

    /// How long packets wait on the line, as the luckiest of the last report did.
    pub(super) fn queue_us(&self) -> i64 {
        self.queue_us
    }

    /// Others keep a queue: the way is no longer for it; or no more.
    pub(super) fn hold_shortest(&mut self, holds: bool) {
        self.holds_shortest = holds;
    }

    /// The way has become longer for good: what was the shortest is forgotten, and given.
    pub(super) fn forget_shortest(&mut self) -> i64 {
        let shortest_us = self.shortest();
        self.shortest_us = [i64::MAX; 2];
        self.queue_us = 0;
        self.newest.clear();
        shortest_us
    }

    /// It had not become longer.
    pub(super) fn restore_shortest(&mut self, shortest_us: i64) {
        self.queue_us += self.shortest() - shortest_us;
        self.shortest_us[0] = shortest_us;
    }

    /// The trend begins anew with what is sent later.
    pub(super) fn ignore_until(&mut self, sent_us: i64) {
        self.blind_until_us = sent_us;
        (self.group, self.before) = (None, None);
        self.window.clear();
        self.newest.clear();
        (self.groups, self.delay_ms, self.smoothed_ms, self.trend) = (0, 0.0, 0.0, 0.0);
        (self.over_us, self.over_groups, self.usage) = (0, 0, Usage::Normal);
    }

    fn end_group(&mut self) {
        let Some(group) = self.group.take() else { return };
        let Some(before) = self.before.replace(group) else {
            self.first_arrival_us = group.last_arrival;
            return;
        };
        let sent_us = group.last_sent - before.last_sent;
        let arrived_us = group.last_arrival - before.last_arrival;
        self.groups = self.groups.saturating_add(1);
        self.delay_ms += exact(arrived_us - sent_us) / 1000.0;
        self.smoothed_ms = SMOOTHING * self.smoothed_ms + (1.0 - SMOOTHING) * self.delay_ms;
        let arrival_ms = exact(group.last_arrival - self.first_arrival_us) / 1000.0;
        self.window.push((arrival_ms, self.smoothed_ms));
        let trend_before = self.trend;
        self.trend = self.window.slope();
        let strength = self.trend * f64::from(self.groups.min(60)) * GAIN;
        self.judge(strength, trend_before, sent_us);
        self.adapt(strength, group.last_arrival);
    }

    /// §5.5.
    fn judge(&mut self, strength: f64, trend_before: f64, sent_us: i64) {
        if strength > self.threshold_ms {
            self.over_us += sent_us;
            self.over_groups += 1;
            if self.over_us > OVER_FOR_US && self.over_groups > 1 && self.trend >= trend_before {
                (self.over_us, self.over_groups) = (0, 0);
                self.usage = Usage::Over;
            }
            return;
        }
        (self.over_us, self.over_groups) = (0, 0);
        self.usage = if strength < -self.threshold_ms { Usage::Under } else { Usage::Normal };
    }

    /// §5.4.
    fn adapt(&mut self, strength: f64, now_us: i64) {
        let since_ms = exact(self.adapted_us.replace(now_us).map_or(0, |before| (now_us - before).clamp(0, 100_000)));
        let off = strength.abs() - self.threshold_ms;
        if off > OUTLIER_MS {
            return;
        }
        let speed = if off < 0.0 { THRESHOLD_FALLS } else { THRESHOLD_RISES };
        let threshold = self.threshold_ms + speed * off * since_ms / 1000.0;
        self.threshold_ms = threshold.clamp(THRESHOLD_MS[1], THRESHOLD_MS[2]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends a packet each 10 ms; `way` gives its time on the way in µs. Says what the reports, each 50 ms, said.
    fn reports(trend: &mut DelayTrend, from: i64, count: i64, way: impl Fn(i64) -> i64) -> Vec<Usage> {
        let packets = (from..from + count).filter_map(|n| {
            trend.handle_packet(n * 10_000, n * 10_000 + way(n));
            (n % 5 == 4).then(|| trend.look())
        });
        packets.collect()
    }

    #[test]
    fn a_line_with_room_is_normal_also_when_it_trembles() {
        let mut trend = DelayTrend::default();
        let said = reports(&mut trend, 0, 2000, |n| 50_000 + n * 7_919 % 13 * 1000);
        assert!(said.iter().all(|usage| *usage != Usage::Over));
    }

    #[test]
    fn a_queue_that_grows_is_noticed_within_three_tenths_of_a_second() {
        let mut trend = DelayTrend::default();
        reports(&mut trend, 0, 200, |_| 50_000);
        let said = reports(&mut trend, 200, 30, |n| 50_000 + (n - 200) * 3_000);
        assert!(said.contains(&Usage::Over), "{said:?}");
    }

    #[test]
    fn a_queue_that_stands_is_noticed_without_a_trend() {
        let mut trend = DelayTrend::default();
        reports(&mut trend, 0, 100, |_| 50_000);
        trend.ignore_until(1_000_000);
        let said = reports(&mut trend, 101, 100, |_| 250_000);
        assert_eq!(said.last(), Some(&Usage::Over));
        assert_eq!(trend.queue_us(), 200_000);
        trend.forget_shortest();
        assert_eq!(reports(&mut trend, 201, 100, |_| 250_000).last(), Some(&Usage::Normal));
    }

    #[test]
    fn what_a_probe_does_to_the_queue_says_nothing() {
        let mut trend = DelayTrend::default();
        reports(&mut trend, 0, 200, |_| 50_000);
        trend.ignore_until(2_300_000);
        let said = reports(&mut trend, 200, 30, |n| 50_000 + (n - 200) * 3_000);
        assert!(said.iter().all(|usage| *usage == Usage::Normal), "{said:?}");
    }

    #[test]
    fn a_queue_that_began_within_a_report_is_noticed_at_its_end() {
        let mut trend = DelayTrend::default();
        reports(&mut trend, 0, 100, |_| 50_000);
        // Ten packets, of which the first four waited for nothing.
        (0..10).for_each(|n: i64| {
            trend.handle_packet(1_000_000 + n * 10_000, 1_050_000 + n * 10_000 + (n - 3).max(0) * 20_000);
        });
        assert_eq!((trend.look(), trend.queue_us()), (Usage::Over, 0));
    }
}
