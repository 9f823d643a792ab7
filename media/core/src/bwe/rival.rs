//! Another flow that fills the queue until packets are lost, such as a download. Whoever yields to its queue starves: beside it
//! only losses count, and the rate follows a cubic, as that of the other flow does (RFC 9438 §4).
//!
//! A queue that is our own is gone when less is sent, and a way that has become longer stays as long. A queue that stands
//! although less is sent, and breathes, is kept by others (the test of Copa, Arun and Balakrishnan 2018 §2.2).

use super::exact;

/// Of the rate, after a loss (RFC 9438 §4.6).
const DECREASE: f64 = 0.7;
/// How steep the cubic is (RFC 9438 §5.1).
const C: f64 = 0.4;
/// Packets that Reno's flow grows by in a round trip, where it makes room as this one does (RFC 9438 §4.3).
const RENO: f64 = 3.0 * (1.0 - DECREASE) / (1.0 + DECREASE);
/// Of the other flow.
const PACKET_BITS: f64 = 12_000.0;
/// A queue that breathes differs by this much, and by this part of its length.
pub(super) const BREATH_US: i64 = 25_000;
const BREATH_PART: i64 = 6;
/// Others that yield as well keep none that is as long as this.
pub(super) const KEPT_US: i64 = 80_000;
/// So much more than what arrives is used, too.
const HARDLY_MORE: f64 = 1.15;
/// Of what the line carried this is a fair part.
const HALF: f64 = 0.5;
/// Who loses so much of all sends too much, however little that is: the line carries less than it did.
const CROWDED: f64 = 0.1;
/// Without a loss, or a breath, for so long there is no other flow: on a line of 50 Mbit/s one loses every 8 s.
const QUIET_US: u64 = 12_000_000;
/// After so long it is tried again whether the other flow is still there, though nothing says that it is not: it costs seconds.
const AT_MOST_US: u64 = 120_000_000;

/// Where packets of both are lost the queue is gone for a moment, and with the other flow for longer.
const CALM_FOR_US: u64 = 1_000_000;
/// Teeth of a saw are shorter.
const USUAL_S: f64 = 6.0;

/// How long a queue was.
#[derive(Clone, Copy, Debug)]
pub(super) struct Breath {
    shortest_us: i64,
    longest_us: i64,
}

impl Breath {
    pub(super) fn new(queue_us: i64) -> Self {
        Self { shortest_us: queue_us, longest_us: queue_us }
    }

    pub(super) fn note(&mut self, queue_us: i64) {
        self.shortest_us = self.shortest_us.min(queue_us);
        self.longest_us = self.longest_us.max(queue_us);
    }

    pub(super) fn longest_us(&self) -> i64 {
        self.longest_us
    }

    pub(super) fn shortest_us(&self) -> i64 {
        self.shortest_us
    }

    /// Whether others keep it: it breathes, and was never short. That of two who yield to each other is short now and then.
    pub(super) fn is_kept(&self) -> bool {
        self.moves() && self.shortest_us >= KEPT_US
    }

    /// Whether it hardly changes.
    pub(super) fn stands(&self) -> bool {
        self.shortest_us > self.longest_us * 4 / 5
    }

    fn moves(&self) -> bool {
        self.longest_us - self.shortest_us > BREATH_US.max(self.longest_us / BREATH_PART)
    }
}

/// Packets that were lost in a queue that another flow fills.
#[derive(Clone, Copy, Debug)]
pub(super) struct Loss {
    /// When the newest of them left.
    pub(super) sent_us: u64,
    /// The rate then.
    pub(super) bps: f64,
    /// Of which so much arrives.
    pub(super) arrives: f64,
    /// What is lost of all lately, above what the line loses by itself.
    pub(super) share: f64,
}

/// See the module.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rival {
    noticed_us: u64,
    /// What was carried before.
    line_bps: f64,
    /// The window at the last loss, in packets, and when that was. Before the first one: from where it was yielded.
    window: f64,
    lost_us: u64,
    /// Where the cubic is flat: the window, or less where there was more before.
    most: f64,
    /// Losses have shown that it is there.
    is_certain: bool,
    breath: Breath,
    moved_us: u64,
    calm_since_us: Option<u64>,
    /// The rate of the last seconds, and when it was looked at.
    usual_bps: f64,
    looked_us: u64,
}

impl Rival {
    /// It was noticed after yielding from a rate.
    pub(super) fn new(now_us: u64, from_bps: f64, rtt_s: f64, queue_us: i64) -> Self {
        Self {
            noticed_us: now_us,
            line_bps: from_bps,
            window: from_bps * rtt_s / PACKET_BITS,
            lost_us: now_us,
            most: from_bps * rtt_s / PACKET_BITS,
            is_certain: false,
            breath: Breath::new(queue_us),
            moved_us: now_us,
            calm_since_us: None,
            usual_bps: 0.0,
            looked_us: now_us,
        }
    }

    /// Notes how long the queue is, and whether that is hardly any; whether there may still be another flow.
    pub(super) fn stays(&mut self, now_us: u64, queue_us: i64, is_calm: bool) -> bool {
        self.breath.note(queue_us);
        self.calm_since_us = is_calm.then(|| self.calm_since_us.unwrap_or(now_us));
        if self.calm_since_us.is_some_and(|since| now_us.saturating_sub(since) >= CALM_FOR_US) {
            return false;
        }
        if self.breath.moves() {
            (self.breath, self.moved_us) = (Breath::new(queue_us), now_us);
        }
        let since = |at: u64| now_us.saturating_sub(at);
        since(self.noticed_us) < AT_MOST_US && since(self.lost_us.min(self.moved_us)) < QUIET_US
    }

    /// Packets were lost: gives the next rate, unless they left before the last one held.
    pub(super) fn handle_loss(&mut self, now_us: u64, loss: Loss, rtt_s: f64) -> Option<f64> {
        if self.is_certain && loss.sent_us <= self.lost_us {
            return None;
        }
        // What is not used was not what was too much (RFC 7661 §4.4.1), but pictures come in steps: who has less than a fair part
        // is spared up to there, or would get no more than the step that fits already.
        let fair = self.fair_bps();
        let is_spared = loss.arrives < fair && loss.share < CROWDED;
        let left = if is_spared { loss.bps.min(fair) } else { loss.bps.min(loss.arrives * HARDLY_MORE) * DECREASE };
        let window = left / DECREASE * rtt_s / PACKET_BITS;
        // The first one meets who has yielded, and is about to have again what was yielded; a later one perhaps somebody who has
        // not come to what is left of that, because the next larger picture is yet to come.
        self.window = window.max(if self.is_certain { self.window * DECREASE } else { self.window });
        // Who has less than before leaves room for others sooner (§4.7).
        self.most = if self.window < self.most { self.window * f64::midpoint(1.0, DECREASE) } else { self.window };
        (self.lost_us, self.is_certain) = (now_us, true);
        Some(left)
    }

    /// The rate now, as long as nothing is lost.
    pub(super) fn bps(&self, now_us: u64, rtt_s: f64) -> f64 {
        let passed_s = self.since_loss_s(now_us);
        let left = self.window * DECREASE;
        let back_s = ((self.most - left).max(0.0) / C).cbrt();
        let cubic = C * (passed_s - back_s).powi(3) + self.most;
        // As a flow of Reno's would: faster where windows are small (§4.3).
        let trips = passed_s / rtt_s.max(0.001);
        let reno = left + RENO * trips;
        let reno = if reno < self.window { reno } else { self.window + trips - (self.window - left) / RENO };
        let window = if self.is_certain { cubic.max(reno) } else { cubic.max(reno).min(self.most) };
        window * PACKET_BITS / rtt_s.max(0.001)
    }

    /// A fair part of what the line carried before.
    fn fair_bps(&self) -> f64 {
        self.line_bps * HALF
    }

    /// Follows the rate that was made of this one's, of which so much arrives: of who has more than a fair part only what is used
    /// counts, or losses would never take any of it.
    pub(super) fn note(&mut self, now_us: u64, (bps, arrives): (f64, f64)) {
        let bps = if arrives < self.fair_bps() { bps } else { bps.min(arrives * HARDLY_MORE) };
        let passed_s = exact(now_us.saturating_sub(self.looked_us).cast_signed()) / 1e6;
        self.usual_bps += (bps - self.usual_bps) * (passed_s / USUAL_S).min(1.0);
        self.looked_us = now_us;
    }

    /// What this rate is on the average, while it rises and falls like a saw. Who sends that takes as much of the line (the way of
    /// TFRC, RFC 5348), and its pictures do not change at each tooth.
    pub(super) fn usual_bps(&self) -> f64 {
        self.usual_bps
    }

    fn since_loss_s(&self, now_us: u64) -> f64 {
        exact(now_us.saturating_sub(self.lost_us).cast_signed()) / 1e6
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RTT_S: f64 = 0.3;
    const SECOND: u64 = 1_000_000;

    fn loss(sent_us: u64, bps: f64, arrives: f64) -> Loss {
        Loss { sent_us, bps, arrives, share: 0.02 }
    }

    #[test]
    fn until_a_loss_has_shown_it_no_more_is_sent_than_before_it_was_noticed() {
        let mut rival = Rival::new(0, 1e6, RTT_S, 200_000);
        let most = |rival: &Rival| (0..12).map(|s| rival.bps(s * SECOND, RTT_S)).fold(0.0, f64::max);
        assert!((most(&rival) - 1e6).abs() < 1.0, "{}", most(&rival));
        assert_eq!(rival.handle_loss(SECOND, loss(0, 0.6e6, 0.6e6), RTT_S), Some(0.6e6 * DECREASE));
        assert!((rival.bps(SECOND, RTT_S) - 0.7e6).abs() < 1.0, "what was yielded counts");
        assert!(most(&rival) > 1.2e6, "{}", most(&rival));
    }

    #[test]
    fn what_left_before_a_cut_is_no_new_loss() {
        let mut rival = Rival::new(0, 1e6, RTT_S, 200_000);
        assert!(rival.handle_loss(SECOND, loss(SECOND / 2, 1e6, 1e6), RTT_S).is_some());
        assert_eq!(rival.handle_loss(2 * SECOND, loss(SECOND, 0.7e6, 0.7e6), RTT_S), None);
        assert!(rival.handle_loss(2 * SECOND, loss(SECOND + 1, 0.7e6, 0.7e6), RTT_S).is_some());
    }

    #[test]
    fn the_rate_is_that_of_before_after_a_while_and_then_more() {
        let mut rival = Rival::new(0, 2e6, RTT_S, 200_000);
        rival.handle_loss(0, loss(0, 2e6, 2e6), RTT_S);
        // 50 packets: K is ∛(50 · 0.3 / 0.4) = 3.35 s.
        let at = |ms: u64| rival.bps(ms * 1_000, RTT_S) / 2e6;
        assert!((at(0) - 0.7).abs() < 0.01 && (at(3_350) - 1.0).abs() < 0.01, "{} {}", at(0), at(3_350));
        assert!(at(2_000) > 0.93 && at(6_000) > 1.1, "{} {}", at(2_000), at(6_000));
    }

    #[test]
    fn a_queue_that_is_gone_for_a_moment_is_not_the_end_of_the_other_flow() {
        let mut rival = Rival::new(0, 1e6, RTT_S, 200_000);
        let mut stays = |ms: std::ops::Range<u64>, queue_us: i64| {
            ms.step_by(50).all(|ms| rival.stays(ms * 1_000, queue_us, queue_us == 0))
        };
        assert!(stays(0..900, 0) && stays(900..950, 200_000));
        assert!(!stays(950..2_050, 0));
    }

    #[test]
    fn a_loss_takes_no_more_than_its_part_of_what_is_not_used_yet() {
        let mut rival = Rival::new(0, 2e6, RTT_S, 200_000);
        rival.handle_loss(0, loss(0, 0.1e6, 0.1e6), RTT_S);
        rival.handle_loss(SECOND, loss(SECOND, 0.1e6, 0.1e6), RTT_S);
        assert!((rival.bps(SECOND, RTT_S) / 2e6 - DECREASE * DECREASE).abs() < 0.01);
    }

    #[test]
    fn a_loss_cuts_what_is_used_above_a_fair_part_and_nothing_below_it() {
        let left = |bps: f64, arrives: f64, share: f64| {
            let loss = Loss { share, ..loss(0, bps, arrives) };
            Rival::new(0, 2e6, RTT_S, 200_000).handle_loss(SECOND, loss, RTT_S).unwrap() / 2e6
        };
        assert!((left(1.9e6, 0.9e6, 0.02) - HALF).abs() < 1e-9, "what is above it goes");
        assert!((left(0.7e6, 0.3e6, 0.02) - 0.35).abs() < 1e-9, "what is below it stays");
        assert!((left(1.9e6, 1.1e6, 0.02) - 0.55 * HARDLY_MORE * DECREASE).abs() < 1e-9);
        assert!(
            (left(0.7e6, 0.3e6, 0.12) - 0.15 * HARDLY_MORE * DECREASE).abs() < 1e-9,
            "the line has become narrower"
        );
    }

    #[test]
    fn who_is_spared_goes_on_from_there() {
        let mut rival = Rival::new(0, 2e6, RTT_S, 200_000);
        for second in 1..4 {
            rival.handle_loss(second * SECOND, loss(second * SECOND, 0.8e6, 0.3e6), RTT_S);
        }
        let at = |ms: u64| rival.bps(3 * SECOND + ms * 1_000, RTT_S);
        assert!(at(0) >= 0.8e6 && at(3_000) > at(0), "{} {}", at(0), at(3_000));
    }

    #[test]
    fn what_is_usual_follows_a_saw_in_its_middle() {
        let mut rival = Rival::new(0, 1e6, RTT_S, 200_000);
        for tenth in 0..600 {
            rival.note(tenth * SECOND / 10, (if tenth % 30 < 15 { 0.7e6 } else { 1.0e6 }, 0.2e6));
        }
        assert!((0.8e6..0.9e6).contains(&rival.usual_bps()), "{}", rival.usual_bps());
    }

    #[test]
    fn of_who_has_more_than_a_fair_part_only_what_is_used_is_usual() {
        let usual = |arrives: f64| {
            let mut rival = Rival::new(0, 2e6, RTT_S, 200_000);
            (0..600).for_each(|tenth| rival.note(tenth * SECOND / 10, (2.4e6, arrives)));
            rival.usual_bps()
        };
        assert!((usual(1.4e6) / 1.4e6 - HARDLY_MORE).abs() < 0.01 && usual(0.9e6) > 2.3e6);
    }

    #[test]
    fn it_stays_as_long_as_the_queue_breathes_and_packets_are_lost_and_two_minutes_at_most() {
        let stays = |breath_us: i64, loses: bool| {
            let mut rival = Rival::new(0, 1e6, RTT_S, 200_000);
            let lasted = (0..700).find(|half| {
                let now_us = half * SECOND / 2;
                if loses && half % 8 == 0 {
                    rival.handle_loss(now_us, loss(now_us, 1e6, 1e6), RTT_S);
                }
                !rival.stays(now_us, 200_000 + breath_us * i64::from(half % 8 < 4), false)
            });
            lasted.map(|half| half / 2)
        };
        assert_eq!((stays(100_000, true), stays(100_000, false), stays(10_000, true)), (Some(120), Some(12), Some(12)));
    }
}
