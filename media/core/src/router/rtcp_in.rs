//! What peers report and ask: key frames, repairs, loss and round trips, streams that ended (S17).

use std::time::Instant;

use hoptt_wire::Ssrc;
use hoptt_wire::rtcp::{Compound, Packet, RtcpError};

use super::Router;
use super::counters::Count;
use super::peer::Peer;
use super::slab::Key;
use super::track::{Feed, Watcher};
use super::twice::Again;
use crate::remote::Remote;
use crate::transport::Rejected;

/// Packets that one peer may ask for again in the long run: a line of 10 Mbit/s carries a thousand a second, and may lose each of
/// them and its repair. Each one is looked for, whether or not there is something to send: a datagram could ask for sixteen
/// thousand (S17).
pub(super) const NACKED_PER_SECOND: u64 = 2_000;
/// The same at once: all that two histories keep.
pub(super) const NACKED_AT_ONCE: u64 = 1_024;

impl Router {
    pub(super) fn take_rtcp(
        &mut self,
        now: Instant,
        source: Remote,
        key: Key<Peer>,
        datagram: &mut [u8],
    ) -> Result<(), Rejected> {
        let Some(peer) = self.peers.get_mut(key) else { return Ok(()) };
        let len = peer.transport.handle_srtcp(now, source, datagram, &mut self.out)?;
        self.out.counters.one(Count::RtcpIn);
        peer.line.arrived(datagram.len());
        if !peer.budget.take(now, datagram.len()) {
            self.out.counters.one(Count::DroppedBudget);
            return Ok(());
        }
        if !self.out.said.is_empty() {
            self.settle(now, key);
        }
        for packet in Compound::new(&datagram[..len]) {
            match packet {
                Ok(packet) => self.take_report(now, key, &packet),
                Err(RtcpError::TooMany) => self.out.counters.one(Count::DroppedRtcpLimit),
                Err(_) => self.out.counters.one(Count::DroppedMalformed),
            }
        }
        self.schedule(now, key);
        Ok(())
    }

    fn take_report(&mut self, now: Instant, key: Key<Peer>, packet: &Packet<'_>) {
        match packet {
            Packet::Nack(nack) => {
                let Some(slot) = self.slot_of(key, nack.media) else { return };
                let asked = nack.count();
                let read = self.peers.get_mut(key).map_or(0, |peer| peer.nacked.take_some(now, asked));
                self.out.counters.add(Count::NackReceived, asked);
                self.out.counters.add(Count::DroppedNackStorm, asked - read);
                for number in nack.sequence_numbers().take(read) {
                    if let Err(why) = self.repair(now, Watcher { peer: key, slot }, number, Again::Asked) {
                        self.out.counters.one(why);
                    }
                }
            }
            Packet::Pli { media, .. } => self.keyframe_asked(now, key, *media),
            Packet::Fir(fir) => fir.entries().for_each(|(media, _)| self.keyframe_asked(now, key, media)),
            Packet::SenderReport(report) => {
                self.note_sender_report(now, key, report);
                report.reports.clone().for_each(|block| self.note_report(now, key, &block));
            }
            Packet::ReceiverReport { reports, .. } => {
                reports.clone().for_each(|block| self.note_report(now, key, &block));
            }
            Packet::Bye(bye) => {
                bye.clone().for_each(|ssrc| self.stream_ended(now, key, ssrc));
            }
            Packet::TransportCc(feedback) => self.take_feedback(now, key, feedback),
            Packet::Sdes(_) | Packet::Remb(_) | Packet::Other { .. } => {}
        }
    }

    fn keyframe_asked(&mut self, now: Instant, key: Key<Peer>, media: Ssrc) {
        self.out.counters.one(Count::PliReceived);
        let Some(slot) = self.slot_of(key, media) else { return };
        if let Some(shown) = self.slot_mut(Watcher { peer: key, slot }).and_then(|slot| slot.shown) {
            self.want_keyframe(now, shown.feed);
        }
    }

    /// The place of the slot that sends with this SSRC.
    pub(super) fn slot_of(&self, key: Key<Peer>, ssrc: Ssrc) -> Option<usize> {
        self.peers.get(key)?.slots.iter().position(|slot| slot.setup.ssrc == ssrc.0)
    }

    /// The encoding of the peer whose stream has this SSRC now.
    pub(super) fn feed_with(&self, key: Key<Peer>, ssrc: Ssrc) -> Option<Feed> {
        let published = &self.peers.get(key)?.published;
        published.iter().find_map(|track| {
            let place = self.tracks.get(*track)?.place_of(ssrc.0)?;
            Some(Feed { track: *track, place })
        })
    }
}
