//! One packet to each slot that shows its track: numbers rewritten, header written, sealed in the subscriber's lane.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use hoptt_wire::rtp::Rtp;

use super::Router;
use super::counters::Count;
use super::deliver::{Leaving, deliver};
use super::egress::Outbox;
use super::fanout::to_each;
use super::pacing::{Held, hold};
use super::payload::Format;
use super::peer::Peer;
use super::redundancy::Part;
use super::slab::Slab;
use super::slot::{Shown, Slot};
use super::stream::{Arrival, Known};
use super::timers::Due;
use super::track::{Feed, Track, Watcher};
use super::twice::Again;
use crate::control::{Event, Kind};
use crate::nack::NackResponder;
use crate::rewriter::SourcePacket;
use crate::targets::Fate;

/// The slot whose voice belongs to a picture: voices that come and go in the others are reported on in their turn.
const STAGE_SLOT: u32 = 0;
/// Another picture waits so long for the end of the frame that is leaving.
const FRAME_END_WITHIN: Duration = Duration::from_millis(20);
/// A keyframe older than this is not replayed: its viewer would be behind by as much.
const REPLAY_MAX_AGE: Duration = Duration::from_millis(500);

/// What of a stream is shown to who begins with its last keyframe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// Only if nothing is missing: a newcomer has no use for less.
    Whole,
    /// What is there: the rest is on its way.
    SoFar,
}

impl Router {
    /// Sends a packet at once to all who are shown its encoding, and shows it to those who wait for it.
    pub(super) fn forward(&mut self, now: Instant, feed: Feed, arrival: &Arrival<'_>) {
        let Some(track) = self.tracks.get(feed.track) else { return };
        let watchers = &track.encodings[feed.place].watchers;
        let mut anybody = false;
        to_each(&mut self.out, watchers, usize::MAX, |out, watcher| {
            anybody |= show(now, self.epoch, out, &mut self.peers, (feed, track), watcher, arrival);
        });
        if anybody {
            self.out.forwarded(arrival.known.arrived);
        }
        self.after_forwarding(now, feed);
    }

    /// What follows when packets of an encoding were forwarded.
    pub(super) fn after_forwarding(&mut self, now: Instant, feed: Feed) {
        let waiting = std::mem::take(&mut self.out.waiting);
        self.after_switches(now);
        self.send_twice(now);
        if waiting {
            self.want_keyframe(now, feed); // pictures come that somebody cannot begin with
        }
    }

    /// Shows a slot what is kept of an encoding since its last keyframe; false: there is nothing fresh to begin with.
    pub(super) fn replay(&mut self, now: Instant, watcher: Watcher, feed: Feed, kept: Kept) -> bool {
        let Some(track) = self.tracks.get(feed.track).filter(|track| track.is_live()) else { return false };
        let encoding = &track.encodings[feed.place];
        let history = &encoding.history;
        let (Some(codec), Some(stored)) =
            (encoding.current_codec(&track.codecs), history.replay(now, REPLAY_MAX_AGE, kept == Kept::Whole))
        else {
            return false;
        };
        let format = Format::of(codec);
        let mut shown = false;
        let all = catch_unwind(AssertUnwindSafe(|| {
            for stored in stored {
                let Ok(rtp) = Rtp::parse(stored.packet()) else { continue };
                let Ok(facts) = encoding.layering.facts(format, &rtp, track.descriptor_id) else { continue };
                let seq = stored.seq();
                let known = Known { seq, arrived: now, format, facts, level: None, redundant: None };
                let arrival = Arrival { rtp, known, pad_to: 0 };
                shown |= show(now, self.epoch, &mut self.out, &mut self.peers, (feed, track), watcher, &arrival);
            }
        }));
        if all.is_err() {
            self.out.faulty.push(watcher.peer);
        }
        shown |= self.slot_mut(watcher).is_some_and(|slot| slot.deferred.is_some());
        self.after_switches(now);
        self.send_twice(now);
        std::mem::take(&mut self.out.waiting);
        shown
    }

    /// Slots began to show something: what they showed before loses a watcher.
    fn after_switches(&mut self, now: Instant) {
        while let Some((peer, at)) = self.out.armed.pop() {
            self.timers.set(Due::Peer(peer), at);
        }
        while let Some((watcher, before)) = self.out.switched.pop() {
            let wanted = self.slot_mut(watcher).and_then(|slot| slot.wanted);
            if let Some(before) = before {
                self.stop_watching(watcher, before, wanted);
            }
        }
        while let Some(watcher) = self.out.unshowable.pop() {
            self.unmap(watcher);
        }
        while let Some(peer) = self.out.faulty.pop() {
            self.end_faulty(now, peer);
        }
        while let Some(watcher) = self.out.ready.pop() {
            self.show_deferred(now, watcher);
        }
    }

    /// The frame that was leaving is over: the other picture follows, or none.
    fn show_deferred(&mut self, now: Instant, watcher: Watcher) {
        let Some(slot) = self.slot_mut(watcher) else { return };
        (slot.open, slot.deferred) = (None, None);
        let shown = slot.shown.map(|shown| shown.feed);
        let Some(wanted) = slot.wanted else { return self.unmap(watcher) };
        if shown != Some(wanted) && !self.replay(now, watcher, wanted, Kept::SoFar) {
            self.want_keyframe(now, wanted);
        }
    }

    /// Sends a packet again that a subscriber has lost; gives why not.
    pub(super) fn repair(&mut self, now: Instant, watcher: Watcher, out_seq: u16, why: Again) -> Result<(), Count> {
        let peer = self.peers.get_mut(watcher.peer).ok_or(Count::DroppedNackUnknown)?;
        let repeats = peer.repeats_repairs();
        // What was sent again last may stand in a queue, and of what was sent twice the second one is on its way for as long.
        let Peer { line, bandwidth, .. } = &*peer;
        let way = NackResponder::way(line.rtt_or_default(), bandwidth.loses_by_itself(), bandwidth.queue_delay());
        let slot = peer.slots.get_mut(watcher.slot).ok_or(Count::DroppedNackUnknown)?;
        let shown = slot.shown.filter(|shown| shown.rtx_pt.is_some()).ok_or(Count::DroppedNackUnknown)?;
        if slot.forgoes {
            return Err(Count::DroppedLineFull); // the smaller picture that is about to be shown would wait behind it
        }
        let origin = slot.rewriter.source_of(out_seq).ok_or(Count::DroppedNackUnknown)?;
        if origin.source != shown.source && slot.has_fallen_to(shown.run) {
            return Err(Count::DroppedLineFull); // a key frame has followed, and the line is narrow
        }
        let track = self.tracks.get(shown.feed.track).filter(|track| track.is_live());
        let track = track.ok_or(Count::DroppedNackUnknown)?;
        // Of this encoding, or of the one that the slot showed before.
        let encoding = track.encodings.iter().find(|encoding| encoding.source_key == origin.source);
        let encoding = encoding.ok_or(Count::DroppedNackUnknown)?;
        let stored = encoding.history.get(origin.seq).ok_or(Count::DroppedNackUnknown)?;
        let len = stored.packet().len();
        let allowed = match why {
            Again::Repeated => slot.responder.allow_repeat(len, now),
            Again::Asked | Again::Twice => slot.responder.allow(out_seq, len, now, way),
            Again::Reported => !slot.responder.has_sent(out_seq) && slot.responder.allow(out_seq, len, now, way),
        };
        if !allowed {
            return Err(Count::DroppedNackLimit);
        }
        if matches!(why, Again::Asked | Again::Reported) && repeats {
            slot.repeats.push(slot.rewriter.newest(), out_seq);
        }
        let rtp = Rtp::parse(stored.packet()).map_err(|_| Count::DroppedNackUnknown)?;
        let format = encoding.current_codec(&track.codecs).map_or(Format::Other, Format::of);
        let facts = encoding.layering.facts(format, &rtp, track.descriptor_id);
        let facts = facts.map_err(|_| Count::DroppedDescriptor)?;
        let out = origin.out(rtp.timestamp(), facts.picture);
        let mut fate = slot.fate_before(rtp.timestamp(), &facts);
        if origin.source != shown.source {
            fate = Fate { taken: true, ends_picture: false, ..fate };
        }
        let described = track.described(encoding, format, &rtp);
        let leaving = Leaving {
            rtp: &rtp,
            format,
            level: None,
            out,
            reclocked: false,
            shown,
            again: true,
            spared: false,
            fate,
            described,
            part: Part::default(),
            pad_to: 0,
        };
        if leaving.must_wait(now, peer) {
            if origin.source != shown.source {
                return Err(Count::DroppedLineFull); // the picture that is shown now would wait behind it
            }
            if let Some(slot) = peer.slots.get_mut(watcher.slot) {
                slot.responder.hold(out_seq, now);
            }
            let held = Held::of(peer, watcher, &leaving, (origin.source, origin.seq));
            hold(now, &mut self.out, peer, watcher, held);
            return Ok(());
        }
        if deliver(now, self.epoch, &mut self.out, peer, watcher, &leaving) {
            self.out.counters.one(Count::RtxSent);
        }
        Ok(())
    }
}

/// Gives a packet to a slot that shows its encoding, or that may begin to with this packet; true: it left.
pub(super) fn show(
    now: Instant,
    epoch: Instant,
    out: &mut Outbox,
    peers: &mut Slab<Peer>,
    (feed, track): (Feed, &Track),
    watcher: Watcher,
    arrival: &Arrival<'_>,
) -> bool {
    let Some(peer) = peers.get_mut(watcher.peer).filter(|peer| peer.transport.media_address(now).is_some()) else {
        return false;
    };
    let Some(slot) = peer.slots.get_mut(watcher.slot) else { return false };
    let encoding = &track.encodings[feed.place];
    let Arrival { rtp, known: Known { seq, format, facts, level, redundant, .. }, pad_to } = arrival;
    let packet = SourcePacket {
        source: encoding.source_key,
        seq: *seq,
        timestamp: rtp.timestamp(),
        padding_only: rtp.payload().is_empty(),
        picture: facts.picture,
        closes_picture_ids: format.closes_picture_ids(),
    };
    let is_video = track.kind == Kind::Video;
    let before = slot.shown.filter(|shown| shown.feed == feed && shown.source == encoding.source_key);
    let wanted = slot.wanted == Some(feed);
    let (shown, reclocked) = match before {
        Some(shown) if wanted || is_video => (shown, false),
        _ if !wanted || packet.padding_only => return false,
        _ => match begin(now, out, slot, (feed, track), watcher, arrival) {
            Some(began) => began,
            None => return false,
        },
    };
    if before.is_some() && slot.deferred.is_some() && slot.open != Some(packet.timestamp) {
        out.ready.push(watcher); // the frame before has ended, though its last packet was lost
        return false;
    }
    let mut fate = Fate::whole(true);
    if is_video && !packet.padding_only {
        fate = slot.fate(packet.timestamp, facts, encoding);
        out.waiting |= facts.frame.is_some() && slot.targets.needs_key();
        if facts.starts_keyframe {
            slot.forgoes = !wanted && slot.awaits_smaller;
        }
        fate.taken &= !slot.forgoes;
    }
    let mapped = if fate.taken { slot.rewriter.map(&packet, now) } else { slot.rewriter.skip(&packet) };
    let Some(mapped) = mapped else { return false };
    let mut shown = shown;
    if mapped.first {
        let left = slot.shown.map(|left| left.feed);
        let same_track = left.filter(|left| left.track == feed.track).and(slot.shown);
        shown.rtp_time = same_track.map_or(mapped.timestamp, |same| same.rtp_time);
        slot.shown = Some(shown);
        out.switched.push((watcher, left.filter(|left| *left != feed)));
        out.counters.one(Count::Switches);
        if same_track.is_none() {
            if is_video {
                out.tell(Event::SlotMapped(slot.mapped(&peer.id, Some(&track.id), Some(mapped.timestamp))));
            }
            if is_video || slot.setup.slot == STAGE_SLOT {
                peer.line.report_soon(now);
                out.armed.push((watcher.peer, now));
            }
        }
    }
    let Some(slot) = peer.slots.get_mut(watcher.slot) else { return false };
    if is_video && fate.taken && !packet.padding_only {
        let ends = rtp.marker() || fate.ends_picture;
        slot.open = if ends { None } else { Some(packet.timestamp) };
        if ends && slot.deferred.is_some() {
            out.ready.push(watcher);
        }
    }
    let described = facts.frame.and_then(|_| track.described(encoding, *format, rtp));
    let (format, level, pad_to) = (*format, *level, *pad_to);
    let mut part = Part::default();
    if let Some(redundant) = redundant {
        // What was said before the voice came into this slot is not for it.
        let passes = peer.redundancy.is_on() && !mapped.first;
        part = redundant.part(shown.pt, slot.red.filter(|_| passes));
    }
    let leaving = Leaving {
        rtp,
        format,
        level,
        out: mapped,
        reclocked,
        shown,
        again: false,
        spared: false,
        fate,
        described,
        part,
        pad_to,
    };
    if is_video && fate.taken {
        let slot = &mut peer.slots[watcher.slot];
        out.once_more.extend(peer.twice.after(mapped.seq).map(|number| (watcher, number, Again::Twice)));
        out.once_more.extend(slot.repeats.after(mapped.seq).map(|number| (watcher, number, Again::Repeated)));
    }
    if !is_video {
        leaving.goes_first(now, peer);
    } else if leaving.must_wait(now, peer) {
        hold(now, out, peer, watcher, Held::of(peer, watcher, &leaving, (encoding.source_key, *seq)));
        return true;
    }
    deliver(now, epoch, out, peer, watcher, &leaving)
}

/// Lets a slot show an encoding from this packet on, if it can be its first; gives what it then shows, and whether its
/// clock is another one.
fn begin(
    now: Instant,
    out: &mut Outbox,
    slot: &mut Slot,
    (feed, track): (Feed, &Track),
    watcher: Watcher,
    arrival: &Arrival<'_>,
) -> Option<(Shown, bool)> {
    let encoding = &track.encodings[feed.place];
    let codec = encoding.current_codec(&track.codecs)?;
    let begins = track.kind == Kind::Audio || arrival.known.facts.starts_keyframe;
    let Some((pt, rtx_pt)) = slot.takes(codec) else {
        if begins {
            out.counters.one(Count::DroppedCodec);
            out.unshowable.push(watcher);
        }
        return None;
    };
    // A half frame before the new picture would be taken for a whole one.
    let waits = slot.shown.is_some() && slot.open.is_some();
    match slot.deferred {
        Some(since) if now.saturating_duration_since(since) > FRAME_END_WITHIN => {
            out.ready.push(watcher);
            return None;
        }
        Some(_) => return None,
        None if begins && waits => {
            slot.deferred = Some(now);
            return None;
        }
        None => {}
    }
    if !begins {
        out.waiting = true;
        return None;
    }
    let timestamp = slot.shown.filter(|shown| shown.feed.track == feed.track).and_then(|shown| {
        let old = &track.encodings[shown.feed.place];
        let timestamp = encoding.same_moment(arrival.rtp.timestamp(), old, codec.clock_rate)?;
        slot.rewriter.timestamp_of(timestamp).filter(|_| old.source_key == shown.source)
    });
    match timestamp {
        Some(timestamp) => slot.rewriter.switch_at(encoding.source_key, codec.clock_rate, timestamp),
        None => slot.rewriter.switch(encoding.source_key, codec.clock_rate),
    }
    slot.begin_layers();
    slot.run = slot.run.wrapping_add(1);
    if slot.awaits_smaller {
        slot.fell = slot.run;
    }
    let shown = Shown { feed, source: encoding.source_key, pt, rtx_pt, rtp_time: 0, run: slot.run };
    Some((shown, timestamp.is_none()))
}
