//! How the rate rises: by what arrives, by small steps, and by what probes show.

use super::falls::DECREASE;
use super::{AFTER_DECREASE_US, CALM_QUEUE_US, Estimator, MAX_BPS, USUAL_RTT_US};
use crate::bwe::exact;
use crate::bwe::probe::Finding;
use crate::bwe::rate::LONG;
use crate::bwe::rival::Loss;

/// So much of what a full line was measured to carry is used.
const OF_MEASURED: f64 = 0.96;
/// Far from any known limit the rate grows by this in a second (draft-ietf-rmcat-gcc-02 §5.5).
const GROWTH: f64 = 0.08;
/// Near it, by a packet per response time (§5.5).
const PACKET_BITS: f64 = 9_600.0;
/// So near, as shares of the rate at which the line was full.
const NEAR: [f64; 2] = [0.85, 1.1];
/// It grows only while so much of it is used: of what is not used nothing is known.
const USED: f64 = 0.85;
/// What arrives without a queue is carried; a little less is believed of it, for bursts look faster than they are.
const PROVEN: f64 = 0.9;
/// It is no more than this times what arrives (§5.5).
const HEADROOM: f64 = 1.5;
/// Beside a rival no probe shows that a larger picture fits, and the next one may cost this times as much.
const BESIDE_RIVAL: f64 = 4.0;
/// Who loses so much beside a flow that yields at each loss is alone, and the queue is its own.
const ALONE: f64 = 0.3;

/// Where all there is to send fits, so much more is probed for: a picture that grows, or one more, is not to wait until it is
/// known to fit, too.
pub(super) const ROOM: f64 = 1.4;

impl Estimator {
    pub(super) fn increase(&mut self, passed_s: f64) {
        let Some(arrives) = self.rate.bps(LONG) else { return };
        let proven = arrives * PROVEN;
        if arrives < self.bps * USED || self.bps >= self.wanted {
            return self.raise(proven);
        }
        let near = self.limit.filter(|limit| self.bps > limit * NEAR[0] && self.bps < limit * NEAR[1]);
        let more = if near.is_some() {
            let response_s = exact(self.rtt_us.unwrap_or(USUAL_RTT_US).cast_signed()) / 1e6 + 0.1;
            PACKET_BITS / response_s * passed_s
        } else {
            self.bps * GROWTH * passed_s
        };
        self.raise((self.bps + more).min(arrives * HEADROOM).max(proven));
    }

    /// Takes its part of a line beside a flow that fills the queue, as long as there is one.
    pub(super) fn keeps_up_with_rival(&mut self, now_us: u64) -> bool {
        let rtt_s = self.rtt_s();
        let queue_us = self.delay.queue_us();
        let Some(rival) = &mut self.rival else { return false };
        let arrives = self.rate.bps(LONG).unwrap_or(0.0);
        let lost = self.loss.share() - self.loss.own_share();
        let is_alone = lost > ALONE;
        if is_alone || !rival.stays(now_us, queue_us, queue_us < CALM_QUEUE_US) {
            self.rival = None;
            self.delay.hold_shortest(false);
            if is_alone {
                self.lower(now_us, arrives * DECREASE);
                self.fall = None; // what was tried beside it is nothing that the line carried
            }
            return is_alone;
        }
        if let Some(sent_us) = self.missed_us {
            if let Some(bps) = rival.handle_loss(now_us, Loss { sent_us, bps: self.bps, arrives, share: lost }, rtt_s) {
                rival.note(now_us, (bps, arrives));
                self.lower(now_us, bps);
            }
            return true;
        }
        // Of what is withheld nothing can arrive: without it nothing would ever be sent again.
        let most = if self.withheld { f64::INFINITY } else { arrives * BESIDE_RIVAL };
        let bps = rival.bps(now_us, rtt_s).min(most).min(self.wanted);
        rival.note(now_us, (self.bps.max(bps), arrives));
        self.raise(bps);
        true
    }

    pub(super) fn raise(&mut self, bps: f64) {
        self.bps = self.bps.max(bps.min(f64::from(MAX_BPS)));
        self.limit = self.limit.filter(|limit| self.bps < limit * NEAR[1]);
    }

    /// No queue, and some time since the last decrease.
    pub(super) fn is_calm(&self, now_us: u64) -> bool {
        let wait_us = self.rtt_us.unwrap_or(USUAL_RTT_US) + 2 * AFTER_DECREASE_US;
        self.delay.queue_us() < CALM_QUEUE_US && self.decreased_us.is_none_or(|at| now_us >= at + wait_us)
    }

    pub(super) fn begin_probe(&mut self, now_us: u64) {
        // Of a queue nothing new is known while nothing is sent, but by now it is gone.
        let may = if self.is_busy(now_us) { self.is_calm(now_us) } else { self.withheld };
        let may = may && self.rival.is_none() && !(self.waiting && self.limit.is_some());
        let sought = if self.wanted > self.bps { self.wanted } else { self.wanted * ROOM };
        if sought > self.bps && may {
            self.prober.begin(now_us, self.bps, sought, self.free_us);
        } else {
            self.prober.rest();
        }
    }

    /// Takes what a probe has shown.
    pub(super) fn conclude(&mut self, now_us: u64) {
        match self.prober.poll_finding(now_us) {
            Some(Finding::AtLeast(bps)) => self.raise(bps),
            Some(Finding::Exactly(bps)) => {
                // A shaky line makes it look slower than it is, so that it is no reason to lower the rate.
                if bps * OF_MEASURED > self.bps {
                    self.limit = Some(bps);
                    self.raise(bps * OF_MEASURED);
                }
            }
            Some(Finding::Nothing) | None => {}
        }
    }
}
