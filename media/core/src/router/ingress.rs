//! What arrives: to its transport by address, a check by its user name; then opened (S1, S3, S5).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use hoptt_wire::demux::{Class, classify};
use hoptt_wire::stun::ufrag_of;
use is::stun::StunMessage;

use super::Router;
use super::counters::Count;
use super::peer::Peer;
use super::slab::Key;
use crate::remote::Remote;
use crate::transport::{CloseReason, Place, Rejected, place_of_answer};

/// Media that has waited for us longer is not forwarded: nobody talks over more (ITU-T G.114), and a shard that has too much to
/// do would go on being late by all that the system keeps for it.
const STALE_AFTER: Duration = Duration::from_millis(400);

/// Longer media is not taken: no line of the Internet carries it in one piece (an Ethernet frame leaves 1,472 bytes), so that it
/// would cost each viewer two pieces for one packet, of which either may be lost. Browsers send 1,200 bytes.
const MAX_MEDIA_LEN: usize = 1_500;

impl Router {
    pub(super) fn take_datagram(&mut self, now: Instant, source: Remote, datagram: &mut [u8]) {
        self.out.counters.one(Count::DatagramsIn);
        self.out.counters.add(Count::BytesIn, datagram.len());
        let class = classify(datagram);
        #[cfg(feature = "fault")]
        self.take_wish(datagram);
        if class == Class::Rtp && now.saturating_duration_since(self.arrived) > STALE_AFTER {
            return self.out.counters.one(Count::DroppedStale);
        }
        if class == Class::Rtp && datagram.len() > MAX_MEDIA_LEN {
            return self.out.counters.one(Count::DroppedTooLong);
        }
        let owner = match class {
            Class::Unknown => return self.out.counters.one(Count::DroppedUnknown),
            Class::Stun => self.owner_of_stun(datagram),
            _ => self.addresses.get(&source).copied(),
        };
        let Some(key) = owner else {
            self.out.counters.one(Count::DroppedNoTransport);
            if matches!(class, Class::Rtp | Class::Rtcp) {
                self.hear_nobody(now, source, datagram);
            }
            return;
        };
        if class != Class::Rtp {
            self.complete();
        }
        self.contained(now, key, |router| {
            let taken = match class {
                Class::Stun => router.take_stun(now, source, key, datagram),
                Class::Dtls => router.take_dtls(now, source, key, datagram),
                Class::Rtp => router.take_rtp(now, source, key, datagram),
                _ => router.take_rtcp(now, source, key, datagram),
            };
            if let Err(why) = taken {
                router.out.counters.rejected(why);
            }
        });
    }

    /// Works on a transport; a panic ends it, and nobody else (S20).
    pub(super) fn contained(&mut self, now: Instant, key: Key<Peer>, work: impl FnOnce(&mut Self)) {
        if catch_unwind(AssertUnwindSafe(|| work(self))).is_err() {
            self.end_faulty(now, key);
        }
    }

    /// Ends a transport in which there was a panic.
    pub(super) fn end_faulty(&mut self, now: Instant, key: Key<Peer>) {
        self.out.counters.one(Count::Faults);
        self.out.said.clear();
        tracing::error!(transport = self.peers.get(key).map(|peer| peer.id.as_str()), "a fault ends a transport");
        self.close_peer(now, key, CloseReason::Fault);
    }

    /// A check names its transport by the user name, an answer to one of ours by the id.
    fn owner_of_stun(&self, datagram: &[u8]) -> Option<Key<Peer>> {
        let place = match ufrag_of(datagram) {
            Some(ufrag) => Place::of_ufrag(ufrag).filter(|place| place.node == self.config.node)?,
            None => place_of_answer(datagram)?,
        };
        if place.shard != self.config.shard {
            return None;
        }
        let key = Key::of_place(place.slot);
        self.peers.get(key).map(|_| key)
    }

    fn take_stun(&mut self, now: Instant, source: Remote, key: Key<Peer>, datagram: &[u8]) -> Result<(), Rejected> {
        let Some(peer) = self.peers.get_mut(key) else { return Ok(()) };
        let Ok(message) = StunMessage::parse(datagram) else {
            self.out.counters.one(Count::DroppedStunMalformed);
            return Ok(());
        };
        peer.transport.handle_stun(now, source, &message, &mut self.out)?;
        self.settle(now, key);
        Ok(())
    }

    fn take_dtls(&mut self, now: Instant, source: Remote, key: Key<Peer>, datagram: &[u8]) -> Result<(), Rejected> {
        let Some(peer) = self.peers.get_mut(key) else { return Ok(()) };
        let taken = peer.transport.handle_dtls(now, source, datagram, &self.identity, &mut self.out);
        self.settle(now, key);
        taken
    }
}
