use std::collections::VecDeque;

use hoptt_wire::Ssrc;
use hoptt_wire::rtcp::{Compound, Packet};

use super::*;
use crate::twcc::ArrivalLog;

/// A sender whose packets take 50 ms, and a viewer that tells of them.
struct Line {
    estimator: Estimator,
    log: ArrivalLog,
    start: Instant,
    now: Instant,
    free_at: Instant,
    /// Packets and reports on their way.
    packets: VecDeque<(Instant, u16)>,
    reports: VecDeque<(Instant, Vec<u8>)>,
    carries: f64,
    deaf: bool,
    /// Nothing passes, either way.
    dead: bool,
    /// One packet in so many is lost behind the queue.
    loses: Option<u16>,
    /// Others keep a queue, whatever is sent: of so many milliseconds, by those since the start.
    kept: Option<fn(u64) -> u64>,
    /// Of packets.
    way: Duration,
}

/// Of each direction.
const WAY: Duration = Duration::from_millis(50);

impl Line {
    fn new(carries: f64) -> Self {
        let start = Instant::now();
        let estimator = Estimator::new(start);
        let (packets, reports) = (VecDeque::new(), VecDeque::new());
        let log = ArrivalLog::new(start);
        Self {
            estimator,
            log,
            start,
            now: start,
            free_at: start,
            packets,
            reports,
            carries,
            deaf: false,
            dead: false,
            loses: None,
            kept: None,
            way: WAY,
        }
    }

    fn send(&mut self, bytes: u32) {
        let number = self.estimator.next_number();
        self.estimator.handle_sent(self.now, bytes as usize, None);
        if let Some(kept) = self.kept {
            let ms = u64::try_from(self.now.duration_since(self.start).as_millis()).unwrap();
            self.free_at = self.free_at.max(self.now + Duration::from_millis(kept(ms)));
        }
        self.free_at = self.free_at.max(self.now) + Duration::from_secs_f64(f64::from(bytes) * 8.0 / self.carries);
        if !self.dead {
            self.packets.push_back((self.free_at + self.way, number));
        }
    }

    /// Sends for so long: a packet each 10 ms, and what the probes want.
    fn run(&mut self, ms: u32, bps: u32) {
        for _ in 0..ms {
            self.now += Duration::from_millis(1);
            self.estimator.handle_timeout(self.now);
            if bps > 0 && self.now.duration_since(self.start).as_millis().is_multiple_of(10) {
                self.send(bps / 800);
            }
            while self.estimator.padding_due(self.now) > 0 {
                self.send(self.estimator.padding_packet());
            }
            while let Some((at, number)) = due(&mut self.packets, self.now) {
                if self.loses.is_none_or(|each| number % each > 0) {
                    self.log.handle_packet(number, at);
                }
            }
            self.report();
        }
    }

    /// Sends pictures of seven packets, thirty in a second: 2 Mbit/s.
    fn film(&mut self, ms: u32) {
        for _ in 0..ms {
            if self.now.duration_since(self.start).as_millis().is_multiple_of(33) {
                (0..7).for_each(|_| self.send(1_200));
            }
            self.run(1, 0);
        }
    }

    fn report(&mut self) {
        let mut out = Vec::new();
        if self.log.poll_feedback(self.now, Ssrc(1), Ssrc(2), &mut out) && !self.deaf && !self.dead {
            self.reports.push_back((self.now + WAY, out));
        }
        while let Some((_, bytes)) = due(&mut self.reports, self.now) {
            let Some(Ok(Packet::TransportCc(feedback))) = Compound::new(&bytes).next() else { panic!("no feedback") };
            self.estimator.handle_feedback(self.now, &feedback);
        }
    }

    fn bps(&self) -> f64 {
        f64::from(self.estimator.estimate_bps().unwrap())
    }
}

/// Takes the first of those on their way whose time has come.
fn due<T>(way: &mut VecDeque<(Instant, T)>, now: Instant) -> Option<(Instant, T)> {
    if way.front()?.0 <= now { way.pop_front() } else { None }
}

/// A report of one arrival.
fn report(feedback_count: u8, number: u16, ticks: u64) -> Vec<u8> {
    let mut out = Vec::new();
    let header = hoptt_wire::rtcp::TransportCcHeader { sender: Ssrc(1), media: Ssrc(2), base: number, feedback_count };
    hoptt_wire::rtcp::write_transport_cc(&mut out, &header, &[Some(ticks)]);
    out
}

fn tell(estimator: &mut Estimator, now: Instant, number: u16, ticks: u64) {
    tell_as(estimator, now, 0, (number, ticks));
}

/// The same in the report of that count.
fn tell_as(estimator: &mut Estimator, now: Instant, count: u8, (number, ticks): (u16, u64)) {
    let bytes = report(count, number, ticks);
    let Some(Ok(Packet::TransportCc(feedback))) = Compound::new(&bytes).next() else { panic!("no feedback") };
    estimator.handle_feedback(now, &feedback);
}

#[test]
fn of_a_viewer_who_tells_nothing_nothing_is_known() {
    let mut line = Line::new(1e6);
    line.deaf = true;
    line.estimator.set_wanted(5_000_000);
    line.run(10_000, 400_000);
    assert_eq!((line.estimator.estimate_bps(), line.estimator.budget_bps()), (None, None));
    assert_eq!(line.estimator.counts().probes, 0);
}

#[test]
fn a_newcomer_on_a_good_line_is_known_within_a_second() {
    let mut line = Line::new(10e6);
    line.estimator.set_wanted(3_000_000);
    line.run(1_000, 200_000);
    assert!(line.bps() > 2.5e6, "{}", line.bps());
}

#[test]
fn who_wants_no_more_is_not_probed() {
    let mut line = Line::new(10e6);
    line.estimator.set_wanted(200_000);
    line.run(10_000, 200_000);
    assert_eq!(line.estimator.counts().probes, 0);
}

#[test]
fn where_all_fits_it_is_known_that_somewhat_more_would_and_no_more_is_asked() {
    let mut line = Line::new(10e6);
    line.estimator.set_wanted(2_000_000);
    line.run(8_000, 1_800_000);
    assert!((2.7e6..3.6e6).contains(&line.bps()), "{}", line.bps());
    let probes = line.estimator.counts().probes;
    line.run(8_000, 1_800_000);
    assert_eq!(line.estimator.counts().probes, probes);
}

#[test]
fn where_a_line_was_full_no_probe_leaves_beside_what_waits() {
    let mut line = Line::new(0.6e6);
    line.estimator.set_wanted(2_000_000);
    line.run(3_000, 300_000);
    line.run(1_000, 900_000);
    line.estimator.set_waiting(true);
    let probes = line.estimator.counts().probes;
    line.run(8_000, 300_000);
    assert_eq!(line.estimator.counts().probes, probes);
    line.estimator.set_waiting(false);
    line.run(3_000, 300_000);
    assert!(line.estimator.counts().probes > probes);
}

#[test]
fn beside_another_flow_pictures_are_chosen_for_what_is_usual_and_not_for_each_tooth_of_the_saw() {
    let mut line = beside_others(12, 1_500_000);
    let usual = f64::from(line.estimator.choice_bps(line.now).unwrap());
    line.estimator.lower(17_000_000, line.bps() * 0.7);
    let choice = f64::from(line.estimator.choice_bps(line.now).unwrap());
    assert!(choice > line.bps() * 1.1 && choice <= usual, "{choice} of {usual}, and {} now", line.bps());
}

#[test]
fn a_line_that_became_slow_is_known_within_half_a_second() {
    let mut line = Line::new(2.5e6);
    line.estimator.set_wanted(3_000_000);
    line.run(5_000, 1_500_000);
    assert!(line.bps() > 2.0e6, "{}", line.bps());
    line.carries = 0.6e6;
    line.run(600, 1_500_000);
    assert!(line.bps() < 0.7e6, "{}", line.bps());
    let budget = f64::from(line.estimator.budget_bps().unwrap());
    assert!(budget < line.bps() * 0.8, "{budget} empties the queue");
}

#[test]
fn a_way_that_became_longer_is_no_queue_and_nobody_elses() {
    let mut line = Line::new(2.5e6);
    line.estimator.set_wanted(3_000_000);
    line.run(5_000, 1_500_000);
    line.way = WAY * 5;
    line.run(12_000, 1_500_000);
    assert!(line.estimator.rival.is_none() && line.estimator.queue_delay() < Duration::from_millis(10));
    line.run(8_000, 1_500_000);
    assert!(line.bps() > 2.0e6, "{}", line.bps());
}

fn wide() -> Line {
    let mut line = Line::new(20e6);
    line.estimator.set_wanted(2_000_000);
    line.run(5_000, 1_500_000);
    line
}

/// A line with a queue that others keep, for so long; sends what may be sent, `most` at most.
fn beside_others(seconds: u32, most: u32) -> Line {
    let mut line = wide();
    others_come(&mut line, seconds, most);
    line
}

fn others_come(line: &mut Line, seconds: u32, most: u32) {
    others_keep(line, breathes, (seconds, most));
}

/// Of 150 to 250 ms.
fn breathes(ms: u64) -> u64 {
    let ms = ms % 2_000;
    150 + 100 * ms.min(2_000 - ms) / 1_000
}

fn others_keep(line: &mut Line, kept: fn(u64) -> u64, (seconds, most): (u32, u32)) {
    line.kept = Some(kept);
    send_what_may_be_sent(line, (seconds, most));
}

fn send_what_may_be_sent(line: &mut Line, (seconds, most): (u32, u32)) {
    for _ in 0..seconds * 10 {
        let bps = line.estimator.budget_bps().unwrap().min(most);
        line.run(100, bps);
    }
}

#[test]
fn whoever_yielded_to_others_comes_back_to_what_there_was_before_the_fall() {
    let mut line = wide();
    assert!(line.bps() > 2e6);
    line.estimator.lower(5_000_000, 0.7e6); // their queue grows
    others_come(&mut line, 12, 1_500_000);
    assert!(line.estimator.rival.is_some() && line.bps() > 1.9e6, "{}", line.bps());
}

#[test]
fn a_queue_that_others_keep_full_is_no_longer_way_once_it_breathes() {
    let mut line = wide();
    others_keep(&mut line, |_| 240, (4, 1_500_000));
    assert!(line.estimator.rival.is_none(), "so far it looks like one");
    line.estimator.lower(9_000_000, 0.1e6);
    others_come(&mut line, 3, 1_500_000);
    assert!(line.estimator.rival.is_some(), "{:?}", line.estimator.queue_delay());
    assert!(line.estimator.queue_delay() > Duration::from_millis(140), "{:?}", line.estimator.queue_delay());
    others_come(&mut line, 6, 1_500_000);
    assert!(line.bps() > 1.2e6, "{}", line.bps());
}

#[test]
fn a_way_that_was_longer_for_a_while_is_nobodys_queue() {
    // By how much it is longer from some second on: as short as it was, a little shorter, and much shorter but late.
    for (second, longer_ms) in [(1, 0), (1, 225), (22, 150)] {
        let mut line = wide();
        line.way = WAY + Duration::from_millis(240);
        send_what_may_be_sent(&mut line, (4, 1_500_000));
        assert!(line.estimator.longer.is_some(), "it was taken for longer");
        for passed in 0..30 {
            if passed == second {
                line.way = WAY + Duration::from_millis(longer_ms);
            }
            send_what_may_be_sent(&mut line, (1, 1_500_000));
            assert!(line.estimator.rival.is_none(), "longer by {longer_ms} ms, after {passed} s");
        }
        assert!(line.bps() > 1.5e6, "{longer_ms}: {}", line.bps());
    }
}

#[test]
fn whoever_yields_to_a_queue_that_others_keep_does_not_yield_all() {
    let lowest = (1..8).map(|seconds| beside_others(seconds, 1_500_000).bps()).fold(f64::MAX, f64::min);
    assert!(lowest > 0.6e6, "{lowest}");
}

#[test]
fn beside_others_a_larger_picture_may_be_tried_with() {
    let line = beside_others(8, 200_000);
    assert!((0.7e6..0.9e6).contains(&line.bps()), "{}: four times what is sent", line.bps());
}

#[test]
fn what_arrives_of_a_queue_that_stands_is_carried_whatever_was_believed_at_first() {
    let mut line = Line::new(0.6e6);
    line.estimator.set_wanted(2_000_000);
    line.run(3_000, 300_000);
    line.run(600, 1_500_000);
    line.estimator.bps = 100e3;
    line.run(300, 300_000);
    assert!(line.bps() > 0.45e6, "{}", line.bps());
}

/// A picture that takes most of a line and moves now and then makes a queue each time, and takes less before and after it.
#[test]
fn what_a_line_carries_is_not_underrated_by_the_time_before_a_queue() {
    let mut line = Line::new(2.5e6);
    line.estimator.set_wanted(3_000_000);
    line.run(8_000, 2_000_000);
    let (before, mut least) = (line.estimator.counts().decreases, f64::MAX);
    for _ in 0..10 {
        line.run(50, 6_000_000);
        line.run(300, 1_000_000);
        least = least.min(line.bps());
    }
    assert!(line.estimator.counts().decreases > before);
    assert!(least > 0.87 * 2.5e6, "{least}");
}

#[test]
fn what_a_lossy_line_loses_was_carried_up_to_there() {
    let mut line = Line::new(2.5e6);
    line.estimator.set_wanted(3_000_000);
    line.loses = Some(10);
    line.run(10_000, 1_500_000);
    assert!(line.estimator.is_lossy() && line.estimator.repairs_percent() >= 9);
    let before = line.estimator.counts().decreases;
    line.run(500, 2_800_000); // a queue grows
    assert!(line.estimator.counts().decreases > before);
    assert!(line.bps() > 1.8e6, "{}: it is not what arrives of it", line.bps());
}

#[test]
fn only_a_line_that_is_lossy_loses_by_itself_while_a_queue_stands() {
    for loses in [None, Some(10)] {
        let mut line = Line::new(2.5e6);
        line.estimator.set_wanted(3_000_000);
        line.loses = loses;
        line.run(10_000, 1_500_000);
        assert!(line.estimator.loses_by_itself());
        line.run(600, 3_500_000); // a queue grows
        assert!(line.estimator.queue_delay() > Duration::from_millis(30));
        assert_eq!(line.estimator.loses_by_itself(), loses.is_some());
    }
}

#[test]
fn who_loses_much_beside_a_flow_that_yields_is_alone() {
    for (loses, stays) in [(None, true), (Some(10), true), (Some(2), false)] {
        let mut line = beside_others(8, 1_500_000);
        assert!(line.estimator.rival.is_some());
        line.loses = loses;
        line.run(1_800, 1_500_000);
        assert_eq!(line.estimator.rival.is_some(), stays, "one of {loses:?} is lost");
        assert!(stays || line.bps() < 1.2e6, "{}", line.bps());
    }
}

#[test]
fn what_no_report_tells_of_is_lost() {
    for (counts_on, loss) in [(1, 0.4..0.6), (2, 0.0..0.01)] {
        let mut estimator = Estimator::new(Instant::now());
        let start = estimator.epoch;
        for n in 0..120 {
            let now = start + Duration::from_millis(u64::from(n) * 20);
            estimator.handle_sent(now, 1_000, None);
            if n % 2 == 0 {
                let ticks = u64::from(n) * 80; // each of 250 µs
                tell_as(&mut estimator, now, u8::try_from(n / 2 * counts_on % 256).unwrap(), (n, ticks));
            }
        }
        assert!(loss.contains(&estimator.loss()), "{} while counts go up by {counts_on}", estimator.loss());
    }
}

#[test]
fn what_is_known_outlasts_a_silence() {
    let mut line = Line::new(2.5e6);
    line.estimator.set_wanted(3_000_000);
    line.run(5_000, 1_500_000);
    line.run(1_000, 0); // the last reports come
    let before = line.bps();
    line.now += Duration::from_secs(60);
    line.estimator.handle_timeout(line.now);
    assert!((line.bps() - before).abs() < 1.0, "{before} became {}", line.bps());
}

#[test]
fn f25_a_line_that_was_dead_for_seconds_carries_what_it_did() {
    for (known_ms, sent_bps) in [(1_000, 150_000), (2_000, 400_000), (20_000, 400_000)] {
        let mut line = Line::new(50e6);
        line.estimator.set_wanted(600_000);
        line.run(known_ms, sent_bps);
        let before = line.bps();
        line.dead = true;
        line.run(5_000, sent_bps);
        line.dead = false;
        line.run(800, sent_bps);
        assert!(line.bps() >= before && line.estimator.loss() < 0.01, "{before} became {}", line.bps());
        assert!(!line.estimator.is_lossy());
    }
}

#[test]
fn a_line_that_carries_less_after_it_was_dead_is_known_within_a_second() {
    let mut line = Line::new(50e6);
    line.estimator.set_wanted(3_000_000);
    line.run(5_000, 1_500_000);
    line.dead = true;
    line.run(5_000, 1_500_000);
    (line.dead, line.carries, line.free_at) = (false, 0.6e6, line.now);
    line.run(1_000, 1_500_000);
    assert!(line.bps() < 0.7e6, "{}", line.bps());
}

/// A line of 2.5 Mbit/s that has become one of 0.6, as soon as that is known; and after how long.
fn fallen(at_ms: u32) -> (Line, Duration) {
    let mut line = Line::new(2.5e6);
    line.estimator.set_wanted(1_800_000);
    line.film(at_ms);
    line.carries = 0.6e6;
    let fell = line.now;
    while line.bps() > 1e6 {
        line.film(1);
    }
    let known = line.now.duration_since(fell);
    (line, known)
}

#[test]
fn a_steep_fall_is_known_by_the_first_packets_that_came_behind_each_other() {
    let known: Duration = (0..10).map(|n| fallen(20_000 + n * 10).1).sum();
    assert!(known / 10 < Duration::from_millis(280), "after {:?}", known / 10);
}

#[test]
fn while_much_is_under_way_to_a_line_that_has_fallen_pictures_are_chosen_for_half_of_it() {
    let (mut line, _) = fallen(20_000);
    let (choice, told) = (line.estimator.choice_bps(line.now).unwrap(), line.estimator.queue_delay());
    assert!(f64::from(choice) < line.bps() * 0.55, "{choice} of {}, with {told:?} told of", line.bps());
    line.run(3_000, 200_000);
    assert_eq!(line.estimator.choice_bps(line.now), line.estimator.estimate_bps());
}

#[test]
fn who_stops_telling_is_sent_less_and_less() {
    let mut line = Line::new(2.5e6);
    line.estimator.set_wanted(3_000_000);
    line.run(5_000, 1_500_000);
    line.deaf = true;
    line.run(30_000, 1_500_000);
    assert!(line.bps() < 0.1e6, "{}", line.bps());
}

#[test]
fn s17_numbers_that_were_never_sent_count_for_nothing() {
    let mut line = Line::new(1e6);
    line.run(2_000, 400_000);
    let before = line.bps();
    let now = line.now;
    for n in 0..90 {
        tell(&mut line.estimator, now, 30_000 + n * 7, 10_000);
    }
    assert!((line.bps() - before).abs() < 1.0);
    assert_eq!(line.estimator.counts().unknown, 90);
}

#[test]
fn s17_a_storm_of_reports_is_read_only_in_part() {
    let mut line = Line::new(1e6);
    line.run(2_000, 400_000);
    let reports = line.estimator.counts().reports;
    let now = line.now + Duration::from_millis(50);
    for _ in 0..10_000 {
        tell(&mut line.estimator, now, 30_000, 10_000);
    }
    let counts = line.estimator.counts();
    assert!(counts.reports - reports <= 101, "{counts:?}");
    assert!(counts.storm >= 9_899, "{counts:?}");
}

#[test]
fn s17_times_that_cannot_be_are_not_believed_and_a_clock_that_was_set_is() {
    let mut estimator = Estimator::new(Instant::now());
    let now = Instant::now();
    for n in 0..100_u16 {
        let at = now + Duration::from_millis(20) * u32::from(n);
        estimator.handle_sent(at, 500, None);
        // 80 ticks are 20 ms. Ten seconds forth and back, then half an hour ago for good.
        let ticks = match n {
            20..30 => 10_000_000 + 80 * u64::from(n) + 40_000 * u64::from(n % 2),
            50.. => 2_800_000 + 80 * u64::from(n),
            _ => 10_000_000 + 80 * u64::from(n),
        };
        tell(&mut estimator, at + Duration::from_millis(100), n, ticks);
    }
    assert_eq!(estimator.counts().odd_times, 5 + 31);
    assert!(estimator.queue_delay() < Duration::from_millis(1));
}

#[test]
fn s17_whoever_claims_that_all_arrived_at_once_gains_no_more_than_is_sent_to_it() {
    let start = Instant::now();
    let mut estimator = Estimator::new(start);
    estimator.set_wanted(MAX_BPS);
    let mut sent = 0_u32;
    for ms in 0..20_000_u64 {
        let now = start + Duration::from_millis(ms);
        estimator.handle_timeout(now);
        let mut bytes = if ms % 10 == 0 { 250 } else { 0 };
        while bytes > 0 {
            let number = estimator.next_number();
            estimator.handle_sent(now, bytes, None);
            sent += u32::try_from(bytes).unwrap();
            tell(&mut estimator, now + Duration::from_millis(5), number, 1_000_000 + ms / 100 * 400);
            bytes = if estimator.padding_due(now) > 0 { estimator.padding_packet() as usize } else { 0 };
        }
    }
    let padding_bps = f64::from(sent) * 8.0 / 20.0 - 200e3;
    assert!(padding_bps < 1.5e6, "{padding_bps} of padding");
    assert!(f64::from(estimator.estimate_bps().unwrap()) <= f64::from(MAX_BPS));
}

#[test]
fn what_one_report_tells_as_missing_beyond_a_limit_is_counted_and_left_to_requests() {
    let mut estimator = Estimator::new(Instant::now());
    let start = estimator.epoch;
    let at = |n: u16| start + Duration::from_millis(u64::from(n));
    for n in 0..=100 {
        estimator.handle_sent(at(n), 1_000, Some(Repairable { slot: 1, seq: n }));
    }
    tell_as(&mut estimator, at(120), 0, (0, 80));
    tell_as(&mut estimator, at(140), 1, (100, 480));
    let again: Vec<u16> = std::iter::from_fn(|| estimator.poll_missing()).map(|missing| missing.seq).collect();
    assert_eq!(again, (1..=32).collect::<Vec<u16>>());
    assert_eq!(estimator.counts().given_up, 99 - 32);
}
