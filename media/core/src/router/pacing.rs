//! What waits for its turn on a subscriber's line (R24: no voice ever does): packets by their places in the histories.

use std::time::{Duration, Instant};

use hoptt_wire::rtp::Rtp;

use super::Router;
use super::counters::Count;
use super::deliver::{Leaving, deliver};
use super::egress::Outbox;
use super::encoding::SourceKey;
use super::payload::Format;
use super::peer::Peer;
use super::redundancy::Part;
use super::slab::Key;
use super::slot::{Shown, Slot};
use super::track::Watcher;
use crate::pacer::Class;
use crate::rewriter::OutPacket;
use crate::targets::Fate;

/// Of a packet beside its payload: headers, extensions, and the tag.
const HEADERS: usize = 48;

/// What waits is looked at no more often.
const TICK: Duration = Duration::from_millis(2);

/// A packet that waits: whose it is, where it is kept, and what is to be written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    /// Of the slot; another one may have taken its place meanwhile.
    ssrc: u32,
    slot: usize,
    source: SourceKey,
    seq: u64,
    out: OutPacket,
    reclocked: bool,
    shown: Shown,
    again: bool,
    fate: Fate,
    bytes: u32,
}

impl Held {
    /// Of a packet that is about to leave, and where it came from.
    pub(super) fn of(peer: &Peer, watcher: Watcher, leaving: &Leaving<'_>, (source, seq): (SourceKey, u64)) -> Self {
        Self {
            ssrc: peer.slots[watcher.slot].setup.ssrc,
            slot: watcher.slot,
            source,
            seq,
            out: leaving.out,
            reclocked: leaving.reclocked,
            shown: leaving.shown,
            again: leaving.again,
            fate: leaving.fate,
            bytes: leaving.bytes(),
        }
    }

    /// Whether nobody needs it any more: the slot has gone on to another picture. A frame of which some has left is ended, unless
    /// the line is too narrow for it: the picture that was awaited would wait behind it, for a third of a second if it was large.
    fn is_spared(&self, slot: &Slot) -> bool {
        let is_forgone = self.shown.run.wrapping_sub(slot.fell).cast_signed() < 0;
        let has_begun = slot.leaving == Some(self.out.timestamp) && !self.again && !is_forgone;
        !has_begun && slot.shown.is_some_and(|shown| (shown.source, shown.run) != (self.source, self.shown.run))
    }
}

impl Leaving<'_> {
    fn bytes(&self) -> u32 {
        let payload = if self.fate.taken { self.rtp.payload().len() } else { 0 };
        u32::try_from(payload + HEADERS).unwrap_or(u32::MAX)
    }

    fn class(&self) -> Class {
        if self.again { Class::Repair } else { Class::Video }
    }

    /// Whether it has to wait for its turn.
    pub(super) fn must_wait(&self, now: Instant, peer: &mut Peer) -> bool {
        // Who is no longer paced gets first what waited.
        (peer.is_paced || peer.pacer.waits()) && !peer.pacer.pass(now, self.class(), self.bytes())
    }

    /// A voice: pictures leave later instead.
    pub(super) fn goes_first(&self, now: Instant, peer: &mut Peer) {
        if peer.is_paced {
            peer.pacer.charge(now, self.bytes());
        }
    }
}

/// Lets a packet wait for its turn; where too many do it is dropped.
pub(super) fn hold(now: Instant, out: &mut Outbox, peer: &mut Peer, watcher: Watcher, held: Held) {
    let class = if held.again { Class::Repair } else { Class::Video };
    if peer.pacer.push(now, class, held, held.bytes).is_err() {
        out.counters.one(Count::DroppedLineFull);
    }
    out.armed.extend(peer.releases_at(now).map(|at| (watcher.peer, at)));
}

impl Peer {
    /// When something of what waits may leave.
    pub(super) fn releases_at(&self, now: Instant) -> Option<Instant> {
        self.pacer.poll_timeout().map(|at| at.max(now + TICK))
    }
}

impl Router {
    /// Sends what waited for its turn and has it now.
    pub(super) fn release(&mut self, now: Instant, key: Key<Peer>) {
        let Some(peer) = self.peers.get_mut(key) else { return };
        while let Some((_, held)) = peer.pacer.poll(now) {
            let slot = peer.slots.get(held.slot).filter(|slot| slot.setup.ssrc == held.ssrc);
            // After its gate has closed nothing of a track is found here any more (S19).
            let track = self.tracks.get(held.shown.feed.track).filter(|track| track.is_live());
            let kept = slot.zip(track).and_then(|(slot, track)| {
                let encoding = track.encodings.iter().find(|one| one.source_key == held.source)?;
                let rtp = Rtp::parse(encoding.history.get(held.seq)?.packet()).ok()?;
                Some((held.is_spared(slot), track, encoding, rtp))
            });
            let Some((is_spared, track, encoding, rtp)) = kept else {
                peer.pacer.give_back(held.bytes);
                self.out.counters.one(Count::DroppedGone);
                continue;
            };
            if is_spared {
                // Its number leaves, or of a repair not even that: what the slot shows now is behind it.
                peer.pacer.give_back(held.bytes);
                self.out.counters.one(Count::DroppedLineFull);
                if held.again {
                    continue;
                }
            }
            let format = encoding.current_codec(&track.codecs).map_or(Format::Other, Format::of);
            let leaving = Leaving {
                rtp: &rtp,
                format,
                level: None,
                out: held.out,
                reclocked: held.reclocked,
                shown: held.shown,
                again: held.again,
                spared: is_spared,
                fate: Fate { taken: held.fate.taken && !is_spared, ..held.fate },
                described: track.described(encoding, format, &rtp),
                part: Part::default(),
                pad_to: 0,
            };
            let watcher = Watcher { peer: key, slot: held.slot };
            let sent = deliver(now, self.epoch, &mut self.out, peer, watcher, &leaving);
            if sent && held.again {
                self.out.counters.one(Count::RtxSent);
                if let Some(slot) = peer.slots.get_mut(held.slot) {
                    slot.responder.left(held.out.seq, now);
                }
            }
        }
    }
}
