//! What each subscriber's line carries: its reports of arrivals, and what is due of them.

use std::time::Instant;

use hoptt_wire::rtcp::TransportCc;

use super::Router;
use super::counters::Count;
use super::peer::Peer;
use super::slab::Key;

impl Router {
    /// Takes a subscriber's report of arrivals. A lying one changes what is believed of its own line and nothing else (S17).
    pub(super) fn take_feedback(&mut self, now: Instant, key: Key<Peer>, feedback: &TransportCc<'_>) {
        let Some(peer) = self.peers.get_mut(key).filter(|peer| peer.extensions.transport_cc.is_some()) else { return };
        let before = peer.bandwidth.counts();
        peer.bandwidth.handle_feedback(now, feedback);
        let after = peer.bandwidth.counts();
        for (count, before, after) in [
            (Count::FeedbackReceived, before.reports, after.reports),
            (Count::DroppedFeedbackLimit, before.storm, after.storm),
            (Count::DroppedFeedbackUnknown, before.unknown, after.unknown),
            (Count::DroppedFeedbackTime, before.odd_times, after.odd_times),
        ] {
            self.out.counters.add(count, usize::try_from(after - before).unwrap_or(usize::MAX));
        }
    }

    /// Does what is due of what is believed of a line.
    pub(super) fn steer(&mut self, now: Instant, key: Key<Peer>) {
        if let Some(peer) = self.peers.get_mut(key) {
            peer.bandwidth.handle_timeout(now);
        }
    }
}
