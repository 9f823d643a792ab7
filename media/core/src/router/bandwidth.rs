//! What each subscriber's line carries: its reports of arrivals, the part of it that is left to pictures, and probes.

use std::time::{Duration, Instant};

use hoptt_wire::rtcp::TransportCc;

use super::Router;
use super::counters::Count;
use super::deliver::pad;
use super::peer::Peer;
use super::slab::Key;
use super::track::Watcher;
use super::twice::Again;
use crate::bwe::Repairable;
use crate::control::{Kind, LimitReason};

/// A line is shared anew at most so often, but at once when it carries much less.
const SHARE_INTERVAL: Duration = Duration::from_millis(200);
/// What pictures cost changes, too: while an encoder grows more than before is to be found out of the line. What is shown
/// goes on meanwhile: it is carried, as long as nothing else is known of the line.
const COSTS_CHANGE: Duration = Duration::from_secs(1);
/// So much less, in percent.
const MUCH_LESS_PERCENT: u64 = 90;
/// So much faster than a line is known to carry packets may leave while none waits on it: a key frame is not to be late. At
/// 1.5 times, frames of a picture that takes most of a line waited there, which looked like a full one.
const PACE_PERCENT: u64 = 120;
/// The same while nothing is known of the line.
const FIRST_PACE_PERCENT: u64 = 250;
/// A queue of this length on the line is one.
const QUEUE: Duration = Duration::from_millis(30);
/// A voice with its headers: for one there is always room (R24).
const VOICE_BPS: u64 = 45_000;

/// How many more there are of what is only counted up.
fn since(before: u64, after: u64) -> usize {
    usize::try_from(after - before).unwrap_or(usize::MAX)
}

impl Router {
    /// Takes a subscriber's report of arrivals. A lying one changes what is believed of its own line and nothing else (S17).
    pub(super) fn take_feedback(&mut self, now: Instant, key: Key<Peer>, feedback: &TransportCc<'_>) {
        let Some(peer) = self.peers.get_mut(key).filter(|peer| peer.extensions.transport_cc.is_some()) else { return };
        let before = peer.bandwidth.counts();
        peer.bandwidth.set_waiting(peer.pacer.waits());
        peer.bandwidth.handle_feedback(now, feedback);
        let after = peer.bandwidth.counts();
        self.out.counters.add(Count::FeedbackReceived, since(before.reports, after.reports));
        if after.refused() != before.refused() {
            for (count, before, after) in [
                (Count::DroppedFeedbackLimit, before.storm, after.storm),
                (Count::DroppedFeedbackUnknown, before.unknown, after.unknown),
                (Count::DroppedFeedbackTime, before.odd_times, after.odd_times),
                (Count::DroppedRepairUnasked, before.given_up, after.given_up),
            ] {
                self.out.counters.add(count, since(before, after));
            }
        }
        self.repair_missing(now, key);
        self.follow_line(now, key);
    }

    /// Sends again what a report told of as missing: the request for it may be lost as well, and a report says the same.
    fn repair_missing(&mut self, now: Instant, key: Key<Peer>) {
        while let Some(peer) = self.peers.get_mut(key)
            && let Some(Repairable { slot, seq }) = peer.bandwidth.poll_missing()
        {
            if !peer.twice.is_on {
                let watcher = Watcher { peer: key, slot: usize::from(slot) };
                let _: Result<(), _> = self.repair(now, watcher, seq, Again::Reported);
            }
        }
    }

    /// Does what is due of what is believed of a line.
    pub(super) fn steer(&mut self, now: Instant, key: Key<Peer>) {
        if let Some(peer) = self.peers.get_mut(key) {
            peer.bandwidth.set_waiting(peer.pacer.waits());
            peer.bandwidth.handle_timeout(now);
        }
        self.follow_line(now, key);
    }

    /// Shares a line anew when it carries more or less than before, and sends what a probe wants.
    fn follow_line(&mut self, now: Instant, key: Key<Peer>) {
        if let Some(peer) = self.peers.get_mut(key) {
            let loss = peer.extensions.transport_cc.map(|_| peer.bandwidth.loss());
            // As told: what lasts, on a line that is known.
            let is_narrow = peer.limits.iter().any(|limit| limit.reason == LimitReason::Paused);
            peer.redundancy.follow(now, loss, is_narrow);
            peer.weigh_twice();
        }
        let budget = self.picture_budget(now, key);
        let Some(peer) = self.peers.get(key) else { return };
        let shared = peer.shared.filter(|(_, before)| *before == budget);
        let due = match peer.shared {
            Some((at, _)) if peer.restraint.has_ended(at, now) => true,
            Some((_, before)) if before == budget => false,
            Some((at, before)) => is_much_less(budget, before) || now.saturating_duration_since(at) >= SHARE_INTERVAL,
            None => budget.is_some(),
        };
        if due {
            self.share_anew(now, key);
        } else if budget.is_some() && shared.is_some_and(|(at, _)| now.saturating_duration_since(at) >= COSTS_CHANGE) {
            self.want_anew(now, key);
        }
        self.pace(now, key);
        let Some(peer) = self.peers.get_mut(key) else { return };
        while peer.bandwidth.padding_due(now) > 0 {
            let bytes = peer.bandwidth.padding_packet();
            if !pad(now, self.epoch, &mut self.out, peer, bytes) {
                break;
            }
        }
    }

    /// Sends pictures as fast as a line carries them, and faster while none waits.
    fn pace(&mut self, now: Instant, key: Key<Peer>) {
        let bps = self.peers.get(key).and_then(|peer| self.line_budget(peer));
        let Some(peer) = self.peers.get_mut(key) else { return };
        let draining = peer.bandwidth.budget_bps().filter(|_| peer.bandwidth.queue_delay() >= QUEUE).map(u64::from);
        let percent = if peer.bandwidth.estimate_bps().is_some() { PACE_PERCENT } else { FIRST_PACE_PERCENT };
        let bps = bps.map(|bps| draining.unwrap_or(bps * percent / 100));
        let bps = bps.map(|bps| u32::try_from(bps).unwrap_or(u32::MAX));
        peer.is_paced = bps.is_some();
        peer.pacer.set_burst(peer.bandwidth.burst());
        // Who is no longer paced is sent at once what waits.
        peer.pacer.set_rate(now, bps.unwrap_or(u32::MAX));
        self.release(now, key);
    }

    /// What is left of a peer's line for pictures, its sound taken off first (R24) and then what is sent again; nothing:
    /// everything.
    pub(super) fn picture_budget(&self, now: Instant, key: Key<Peer>) -> Option<u64> {
        let peer = self.peers.get(key)?;
        let pictures = self.choice_budget(now, peer)?.saturating_sub(self.sound_bps(peer));
        Some(pictures.saturating_sub(pictures * peer.repairs_percent() / 100))
    }

    /// What a peer's line carries, as far as that is known or taken for known; nothing: everything.
    pub(super) fn line_budget(&self, peer: &Peer) -> Option<u64> {
        peer.extensions.transport_cc?;
        let first = self.config.first_bps.filter(|_| !peer.bandwidth.tells_nothing());
        peer.bandwidth.estimate_bps().or(first).map(u64::from)
    }

    /// What pictures are chosen for: see [`Estimator::choice_bps`](crate::bwe::Estimator::choice_bps).
    fn choice_budget(&self, now: Instant, peer: &Peer) -> Option<u64> {
        let line = self.line_budget(peer)?;
        Some(peer.bandwidth.choice_bps(now).map_or(line, u64::from))
    }

    /// What the sound takes that a peer is sent; of one voice, if nobody speaks.
    pub(super) fn sound_bps(&self, peer: &Peer) -> u64 {
        let heard = peer.slots.iter().filter(|slot| slot.setup.kind == Kind::Audio).filter_map(|slot| slot.shown);
        let rates = heard.filter_map(|shown| {
            let track = self.tracks.get(shown.feed.track).filter(|track| track.is_live())?;
            let (_, bps) = track.encodings[shown.feed.place].rate.steps((0, true), 0).last()?;
            // With redundancy at most twice as much.
            let twice = peer.redundancy.is_on() && track.red.is_some();
            Some(u64::from(bps) << u8::from(twice))
        });
        rates.sum::<u64>().max(VOICE_BPS)
    }
}

fn is_much_less(now: Option<u64>, before: Option<u64>) -> bool {
    now.is_some_and(|now| before.is_none_or(|before| now < before / 100 * MUCH_LESS_PERCENT))
}
