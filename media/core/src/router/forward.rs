//! One packet to each slot that shows its track: numbers rewritten, header written, sealed in the subscriber's lane.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use hoptt_wire::rtp::{Fields, HeaderWriter, MAX_WRITTEN_LEN, Rtp};
use hoptt_wire::{Ssrc, ext, rtx};

use super::Router;
use super::counters::Count;
use super::egress::Outbox;
use super::payload::Format;
use super::peer::Peer;
use super::rtcp_out::REPORT_INTERVAL;
use super::slab::{Key, Slab};
use super::slot::Shown;
use super::stream::Arrival;
use super::timers::Due;
use super::track::{Track, Watcher};
use crate::control::{Event, Kind};
use crate::rewriter::{OutPacket, SourcePacket};
use crate::srtp::MAX_OVERHEAD;

/// A keyframe older than this is not replayed: its viewer would be behind by as much.
const REPLAY_MAX_AGE: Duration = Duration::from_millis(500);

/// A packet about to leave.
struct Leaving<'a> {
    rtp: &'a Rtp<'a>,
    format: Format,
    level: Option<(bool, u8)>,
    out: OutPacket,
    shown: Shown,
    /// Sent again: wrapped as RTX (RFC 4588).
    again: bool,
}

impl Router {
    /// Sends a packet to all who are shown its track, and shows it to those who wait for it.
    pub(super) fn forward(&mut self, now: Instant, key: Key<Track>, arrival: &Arrival<'_>) {
        let Some(track) = self.tracks.get(key) else { return };
        let (mut anybody, mut at) = (false, 0);
        while at < track.watchers.len() {
            let all = catch_unwind(AssertUnwindSafe(|| {
                while let Some(watcher) = track.watchers.get(at) {
                    at += 1;
                    anybody |= show(now, self.epoch, &mut self.out, &mut self.peers, (key, track), *watcher, arrival);
                }
            }));
            if all.is_err() {
                self.out.faulty.push(track.watchers[at - 1].peer); // the others get their packet (S20, P10)
            }
        }
        if anybody {
            self.out.forwarded(now);
        }
        self.after_switches(now);
        if std::mem::take(&mut self.out.waiting) {
            self.want_keyframe(now, key); // pictures come that somebody cannot begin with
        }
    }

    /// Shows a slot what is kept of a track since its last keyframe; false: there is nothing fresh and whole.
    pub(super) fn replay(&mut self, now: Instant, watcher: Watcher, key: Key<Track>) -> bool {
        let Some(track) = self.tracks.get(key).filter(|track| track.is_live()) else { return false };
        let (Some(codec), Some(kept)) = (track.current_codec(), track.history.replay(now, REPLAY_MAX_AGE)) else {
            return false;
        };
        let format = Format::of(codec);
        let mut shown = false;
        let all = catch_unwind(AssertUnwindSafe(|| {
            for stored in kept {
                let Ok(rtp) = Rtp::parse(stored.packet()) else { continue };
                let starts_keyframe = format.starts_keyframe(rtp.payload());
                let arrival = Arrival { rtp, seq: stored.seq(), format, starts_keyframe, level: None };
                shown |= show(now, self.epoch, &mut self.out, &mut self.peers, (key, track), watcher, &arrival);
            }
        }));
        if all.is_err() {
            self.out.faulty.push(watcher.peer);
        }
        self.after_switches(now);
        shown
    }

    /// Slots began to show something: what they showed before loses a watcher, and their clocks are told at once.
    fn after_switches(&mut self, now: Instant) {
        while let Some((peer, at)) = self.out.armed.pop() {
            self.timers.set(Due::Peer(peer), at);
        }
        while let Some((watcher, before)) = self.out.switched.pop() {
            self.timers.set(Due::Peer(watcher.peer), now);
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
    }

    /// Sends a packet again that a subscriber has lost; gives why not.
    pub(super) fn repair(&mut self, now: Instant, watcher: Watcher, out_seq: u16) -> Result<(), Count> {
        let peer = self.peers.get_mut(watcher.peer).ok_or(Count::DroppedNackUnknown)?;
        let rtt = peer.line.rtt_or_default();
        let slot = peer.slots.get_mut(watcher.slot).ok_or(Count::DroppedNackUnknown)?;
        let shown = slot.shown.filter(|shown| shown.rtx_pt.is_some()).ok_or(Count::DroppedNackUnknown)?;
        let origin = slot.rewriter.source_of(out_seq).filter(|origin| origin.source == shown.source);
        let origin = origin.ok_or(Count::DroppedNackUnknown)?;
        let track = self.tracks.get(shown.track).filter(|track| track.is_live()).ok_or(Count::DroppedNackUnknown)?;
        let stored = track.history.get(origin.seq).ok_or(Count::DroppedNackUnknown)?;
        if !slot.responder.allow(out_seq, stored.packet().len(), now, rtt) {
            return Err(Count::DroppedNackLimit);
        }
        let rtp = Rtp::parse(stored.packet()).map_err(|_| Count::DroppedNackUnknown)?;
        let format = track.current_codec().map_or(Format::Other, Format::of);
        let out = origin.out(rtp.timestamp(), format.picture_ids(rtp.payload()));
        let leaving = Leaving { rtp: &rtp, format, level: None, out, shown, again: true };
        if deliver(now, self.epoch, &mut self.out, peer, watcher, &leaving) {
            self.out.counters.one(Count::RtxSent);
        }
        Ok(())
    }
}

/// Gives a packet to a slot that shows its track, or that may begin to with this packet; true: it left.
fn show(
    now: Instant,
    epoch: Instant,
    out: &mut Outbox,
    peers: &mut Slab<Peer>,
    (key, track): (Key<Track>, &Track),
    watcher: Watcher,
    arrival: &Arrival<'_>,
) -> bool {
    let Some(peer) = peers.get_mut(watcher.peer).filter(|peer| peer.transport.media_address(now).is_some()) else {
        return false;
    };
    let Some(slot) = peer.slots.get_mut(watcher.slot) else { return false };
    let packet = SourcePacket {
        source: track.source_key,
        seq: arrival.seq,
        timestamp: arrival.rtp.timestamp(),
        padding_only: arrival.rtp.payload().is_empty(),
        picture: arrival.format.picture_ids(arrival.rtp.payload()),
    };
    let before = slot.shown.filter(|shown| shown.track == key && shown.source == track.source_key);
    let wanted = slot.wanted == Some(key);
    let shown = match before {
        Some(shown) if wanted || track.kind == Kind::Video => shown,
        _ => {
            let Some(codec) = track.current_codec().filter(|_| wanted && !packet.padding_only) else { return false };
            let begins = track.kind == Kind::Audio || arrival.starts_keyframe;
            let Some((pt, rtx_pt)) = slot.takes(codec) else {
                if begins {
                    out.counters.one(Count::DroppedCodec);
                    out.unshowable.push(watcher);
                }
                return false;
            };
            if !begins {
                out.waiting = true;
                return false;
            }
            slot.rewriter.switch(track.source_key, codec.clock_rate);
            let source = track.source_key;
            Shown { track: key, source, pt, rtx_pt, rtp_time: 0 }
        }
    };
    let Some(mapped) = slot.rewriter.map(&packet, now) else { return false };
    let shown = Shown { rtp_time: if mapped.first { mapped.timestamp } else { shown.rtp_time }, ..shown };
    if mapped.first {
        let left = slot.shown.replace(shown).map(|left| left.track).filter(|left| *left != key);
        out.switched.push((watcher, left));
        out.tell(Event::SlotMapped(slot.mapped(&peer.id, Some(&track.id), Some(mapped.timestamp))));
        peer.line.report_soon(now);
    }
    let Arrival { rtp, format, level, .. } = arrival;
    deliver(
        now,
        epoch,
        out,
        peer,
        watcher,
        &Leaving { rtp, format: *format, level: *level, out: mapped, shown, again: false },
    )
}

/// Writes a packet into the subscriber's lane and seals it there.
fn deliver(
    now: Instant,
    epoch: Instant,
    out: &mut Outbox,
    peer: &mut Peer,
    watcher: Watcher,
    leaving: &Leaving<'_>,
) -> bool {
    #[cfg(test)]
    assert!(peer.fault != Some(super::tests::Fault::Receiving), "a fault made by a test");
    let Some(to) = peer.transport.media_address(now) else { return false };
    let Peer { transport, slots, extensions, lane, transport_number, line, .. } = peer;
    let (Some(keys), slot) = (transport.outbound(), &mut slots[watcher.slot]) else { return false };
    let (ssrc, payload_type, sequence_number) = match (leaving.again, slot.setup.rtx_ssrc, leaving.shown.rtx_pt) {
        (false, ..) => (slot.setup.ssrc, leaving.shown.pt, leaving.out.seq),
        (true, Some(ssrc), Some(pt)) => (ssrc, pt, slot.rtx_seq),
        _ => return false,
    };
    let fields = Fields {
        marker: leaving.rtp.marker(),
        payload_type,
        sequence_number,
        timestamp: leaving.out.timestamp,
        ssrc: Ssrc(ssrc),
        padding: false,
    };
    let payload = leaving.rtp.payload();
    let room = MAX_WRITTEN_LEN + rtx::OSN_LEN + payload.len() + MAX_OVERHEAD;
    let numbered = extensions.transport_cc.is_some();
    let mut wire_len = 0;
    let left = out.write(lane, to, room, |bytes| {
        let mut header = HeaderWriter::new(bytes, &fields);
        if let Some(id) = extensions.mid {
            header.extension(id, slot.setup.mid.as_bytes());
        }
        if let (Some(id), Some((voice, level))) = (extensions.audio_level, leaving.level) {
            header.extension(id, &ext::write_audio_level(voice, level));
        }
        if let Some(id) = extensions.abs_send_time {
            header.extension(id, &ext::write_abs_send_time(now.saturating_duration_since(epoch)));
        }
        if let Some(id) = extensions.transport_cc {
            header.extension(id, &ext::write_transport_cc(*transport_number));
        }
        let mut len = header.finish().len;
        if leaving.again {
            rtx::write_osn(&mut bytes[len..], leaving.out.seq);
            len += rtx::OSN_LEN;
        }
        let copy = &mut bytes[len..len + payload.len()];
        copy.copy_from_slice(payload);
        leaving.format.write_picture_ids(copy, leaving.out.picture);
        wire_len = keys.seal_rtp(bytes, len + payload.len()).map_err(|_| Count::DroppedSeal)?;
        Ok(wire_len)
    });
    if left {
        out.counters.one(Count::PacketsOut);
        *transport_number = transport_number.wrapping_add(u16::from(numbered));
        slot.rtx_seq = slot.rtx_seq.wrapping_add(u16::from(leaving.again));
        if !leaving.again {
            slot.sender.handle_packet(leaving.out.timestamp, payload.len(), leaving.out.first, now);
        }
        line.left(wire_len);
        out.armed.extend(line.arm_report(now, REPORT_INTERVAL).map(|at| (watcher.peer, at)));
    }
    left
}
