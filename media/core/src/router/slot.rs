//! The places at which a peer receives: what each is to show, and what it shows.

use std::time::Instant;

use super::Router;
use super::encoding::{Encoding, SourceKey};
use super::forward::Kept;
use super::meeting::done;
use super::payload::Facts;
use super::peer::Peer;
use super::redundancy::Red;
use super::slab::Key;
use super::timers::Due;
use super::track::{Feed, Track, Watcher};
use super::twice::Repeats;
use crate::control::{self, Answer, Codec, Event, Kind, LimitReason, Refusal, SlotMapped, Wish};
use crate::nack::NackResponder;
use crate::reports::SenderClock;
use crate::rewriter::Rewriter;
use crate::targets::{Fate, Layer, TargetFilter};
use crate::temporal::TemporalFilter;

/// What one slot may be sent again in a second.
const REPAIR_BYTES_PER_SECOND: u32 = 250_000;

/// See the module.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) setup: control::Slot,
    /// Opus with redundancy, if the subscriber takes it.
    pub(super) red: Option<Red>,
    pub(super) rewriter: Rewriter<SourceKey>,
    pub(super) responder: NackResponder,
    pub(super) repeats: Repeats,
    pub(super) rtx_seq: u16,
    /// What it is to show.
    pub(super) wanted: Option<Feed>,
    /// What it would show if its publisher sent everything.
    pub(super) desired: Option<Feed>,
    /// Why it is to show no better picture.
    pub(super) limit: Option<LimitReason>,
    pub(super) shown: Option<Shown>,
    /// The line carries less than what is shown: a smaller encoding of it is to follow.
    pub(super) awaits_smaller: bool,
    /// A key frame of the larger encoding began meanwhile and was left out, with all that needs it: on its line the smaller
    /// one, of which a key frame is made at the same time, would wait behind it for a second.
    pub(super) forgoes: bool,
    /// The picture that began when a smaller one was awaited, by `run`: of those before it not even the rest of a frame is to
    /// leave. 0: none.
    pub(super) fell: u32,
    /// Counts the pictures that were begun, those of other encodings of a camera among them.
    pub(super) run: u32,
    /// The frame whose end has not left yet, by its timestamp at the source.
    pub(super) open: Option<u32>,
    /// The frame of which some has left and the rest is to follow, by its timestamp here.
    pub(super) leaving: Option<u32>,
    /// Since when another picture could be shown, or none, but for the end of the open frame.
    pub(super) deferred: Option<Instant>,
    pub(super) temporal: TemporalFilter,
    pub(super) targets: TargetFilter,
    /// The highest layers that it was granted of what it is to show.
    pub(super) granted: Layer,
    /// Its clock and totals, for sender reports.
    pub(super) sender: SenderClock,
}

/// What a slot shows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown {
    pub(super) feed: Feed,
    pub(super) source: SourceKey,
    /// Of the subscriber.
    pub(super) pt: u8,
    pub(super) rtx_pt: Option<u8>,
    /// Outgoing RTP time from which on it does.
    pub(super) rtp_time: u32,
    /// See [`Slot::run`].
    pub(super) run: u32,
}

impl Slot {
    /// A slot that shows nothing; its numbers start where nobody can guess (RFC 3550 §5.1).
    pub(super) fn new(setup: control::Slot, (first_seq, first_rtp_time, first_rtx_seq): (u16, u32, u16)) -> Self {
        let clock_rate = setup.codecs.first().map_or(90_000, |codec| codec.clock_rate);
        let sender = SenderClock::new(clock_rate);
        Self {
            red: Red::of(&setup.codecs),
            setup,
            rewriter: Rewriter::new(first_seq, first_rtp_time),
            responder: NackResponder::new(REPAIR_BYTES_PER_SECOND),
            repeats: Repeats::default(),
            rtx_seq: first_rtx_seq,
            wanted: None,
            desired: None,
            limit: None,
            shown: None,
            awaits_smaller: false,
            forgoes: false,
            fell: 0,
            run: 0,
            open: None,
            leaving: None,
            deferred: None,
            temporal: TemporalFilter::default(),
            targets: TargetFilter::default(),
            granted: Layer::ALL,
            sender,
        }
    }

    /// Whether a picture was begun because the line did not carry what was shown before, or follows such a one: two may begin in
    /// one moment.
    pub(super) fn has_fallen_to(&self, run: u32) -> bool {
        self.fell > 0 && run.wrapping_sub(self.fell) <= 1
    }

    /// No layer above these is to be taken from the next frame on, or as soon as that can be.
    pub(super) fn set_layer(&mut self, layer: Layer) {
        self.temporal.set_target(layer.temporal);
        self.targets.set_wish(layer);
    }

    /// Another stream follows, beginning with a keyframe, of what was granted.
    pub(super) fn begin_layers(&mut self) {
        self.set_layer(self.granted);
        self.temporal.restart();
        self.targets.restart();
    }

    /// What becomes of the frame of a packet: by its decode targets where it has some, else by its temporal layer.
    pub(super) fn fate(&mut self, timestamp: u32, facts: &Facts, encoding: &Encoding) -> Fate {
        match &facts.frame {
            Some(frame) => self.targets.fate(frame, encoding.layering.targets()),
            None => Fate::whole(self.temporal.takes(timestamp, facts.temporal, facts.starts_keyframe)),
        }
    }

    /// What became of it, as long as that is remembered.
    pub(super) fn fate_before(&self, timestamp: u32, facts: &Facts) -> Fate {
        match &facts.frame {
            Some(frame) => self.targets.fate_before(frame),
            None => Fate::whole(self.temporal.recall(timestamp) != Some(false)),
        }
    }

    /// The payload types under which the subscriber takes a codec.
    pub(super) fn takes(&self, codec: &Codec) -> Option<(u8, Option<u8>)> {
        let same = self.setup.codecs.iter().find(|own| is_same_codec(own, codec))?;
        Some((same.pt, same.rtx_pt))
    }

    pub(super) fn mapped(&self, transport: &str, track: Option<&str>, rtp_time: Option<u32>) -> SlotMapped {
        SlotMapped {
            transport: transport.to_owned(),
            kind: self.setup.kind,
            slot: self.setup.slot,
            track: track.map(str::to_owned),
            rtp_time,
        }
    }
}

impl Router {
    pub(super) fn set_video(&mut self, now: Instant, transport: &str, wishes: Vec<Wish>) -> Result<Answer, Refusal> {
        let key = self.peer_of(transport)?;
        if let Some(peer) = self.peers.get_mut(key) {
            peer.wishes = wishes;
            peer.wishes.truncate(peer.slots.len().max(MIN_WISHES));
        }
        self.resolve_wishes(now, key);
        self.tell_limits_later(now, key); // of another track it may be the same
        Ok(done())
    }

    /// A slot is to show this from now on.
    pub(super) fn want(&mut self, now: Instant, watcher: Watcher, feed: Option<Feed>) {
        let Some(slot) = self.slot_mut(watcher) else { return };
        if slot.wanted == feed {
            return;
        }
        let before = std::mem::replace(&mut slot.wanted, feed);
        slot.deferred = None;
        let forgoes = slot.forgoes;
        let shown = slot.shown.map(|shown| shown.feed);
        if let Some(before) = before.filter(|before| shown != Some(*before)) {
            self.stop_watching(watcher, before, feed);
        }
        let Some((feed, wanted)) = feed.and_then(|feed| Some((feed, self.tracks.get_mut(feed.track)?))) else {
            return self.unmap_after_frame(now, watcher);
        };
        let is_video = wanted.kind == Kind::Video;
        let watchers = &mut wanted.encodings[feed.place].watchers;
        if !watchers.contains(&watcher) {
            watchers.push(watcher);
        }
        if wanted.publisher().is_none() {
            self.timers.set(Due::Mirror(feed.track), now); // its owner's shard is to know
        }
        if shown == Some(feed) && forgoes {
            self.want_keyframe(now, feed);
        }
        if !is_video {
            // Else a voice that comes back before another was heard here would show what was left out as lost.
            return self.unmap(watcher);
        }
        // The old picture stays until the new one is there.
        if shown != Some(feed) && !self.replay(now, watcher, feed, Kept::Whole) {
            self.want_keyframe(now, feed);
        }
    }

    /// The slot carries nothing once the frame that is leaving has left: nobody can use half of it.
    fn unmap_after_frame(&mut self, now: Instant, watcher: Watcher) {
        match self.slot_mut(watcher) {
            Some(slot) if slot.shown.is_some() && slot.open.is_some() => slot.deferred = Some(now),
            _ => self.unmap(watcher),
        }
    }

    /// The slot carries nothing from now on.
    pub(super) fn unmap(&mut self, watcher: Watcher) {
        let Some(peer) = self.peers.get_mut(watcher.peer) else { return };
        let Some(slot) = peer.slots.get_mut(watcher.slot) else { return };
        let Some(shown) = slot.shown.take() else { return };
        slot.rewriter.stop();
        (slot.open, slot.deferred) = (None, None);
        let wanted = slot.wanted;
        if slot.setup.kind == Kind::Video {
            let mapped = slot.mapped(&peer.id, None, None);
            self.out.tell(Event::SlotMapped(mapped));
        }
        self.stop_watching(watcher, shown.feed, wanted);
    }

    /// The slot neither shows nor wants anything.
    pub(super) fn stop_slot(&mut self, now: Instant, watcher: Watcher) {
        let Some(slot) = self.slot_mut(watcher) else { return };
        let (before, desired) = (slot.wanted.take(), slot.desired.take());
        slot.limit = None;
        self.unmap(watcher);
        if let Some(before) = before {
            self.stop_watching(watcher, before, None);
        }
        if let Some(desired) = desired {
            self.review_later(now, desired.track);
        }
    }

    /// Nobody is shown the track any more; who wants it still waits for it.
    pub(super) fn unmap_track(&mut self, key: Key<Track>) {
        for place in 0..self.tracks.get(key).map_or(0, |track| track.encodings.len()) {
            let mut at = 0;
            while let Some(watcher) = self.watcher(key, place, at) {
                let shows = |slot: &Slot| slot.shown.is_some_and(|shown| shown.feed.track == key);
                if self.slot_mut(watcher).is_some_and(|slot| shows(slot)) {
                    self.unmap(watcher);
                }
                // Unless it has left the list, the next one follows.
                if self.watcher(key, place, at) == Some(watcher) {
                    at += 1;
                }
            }
        }
    }

    fn watcher(&self, key: Key<Track>, place: usize, at: usize) -> Option<Watcher> {
        self.tracks.get(key)?.encodings.get(place)?.watchers.get(at).copied()
    }

    /// Takes a slot off an encoding's list, unless it still wants it.
    pub(super) fn stop_watching(&mut self, watcher: Watcher, feed: Feed, wanted: Option<Feed>) {
        if wanted != Some(feed)
            && let Some(track) = self.tracks.get_mut(feed.track)
        {
            track.encodings[feed.place].unwatch(|other| *other == watcher);
        }
    }

    /// All slots of a peer leave the lists they are on.
    pub(super) fn forget_slots(&mut self, now: Instant, key: Key<Peer>) {
        let tracks: Vec<Key<Track>> = self.tracks.keys().collect();
        for key_of_track in tracks {
            let Some(track) = self.tracks.get_mut(key_of_track) else { continue };
            let mut left = false;
            for encoding in &mut track.encodings {
                left |= encoding.unwatch(|watcher| watcher.peer == key);
            }
            if left {
                self.review_later(now, key_of_track);
            }
        }
    }

    pub(super) fn slot_mut(&mut self, watcher: Watcher) -> Option<&mut Slot> {
        self.peers.get_mut(watcher.peer)?.slots.get_mut(watcher.slot)
    }
}

/// Wishes that may come before the session that has their slots.
const MIN_WISHES: usize = 64;

/// Whether packets of one can be read by a decoder of the other. Asked of each packet while its first is awaited: it allocates
/// nothing.
fn is_same_codec(one: &Codec, other: &Codec) -> bool {
    let is = |name: &str| one.name.eq_ignore_ascii_case(name);
    let equal =
        |key: &str, default: &str| parameter(one, key).unwrap_or(default) == parameter(other, key).unwrap_or(default);
    is(&other.name)
        && one.clock_rate == other.clock_rate
        // RFC 9628 §6: without the parameter it is profile 0.
        && (!is("VP9") || equal("profile-id", "0"))
        && (!is("H264") || equal("packetization-mode", "0") && has_same_h264_profile(one, other))
}

/// Whether the profiles of H.264 are the same (RFC 6184 §8.1): Baseline and Constrained Baseline are one for whom only the latter is sent.
fn has_same_h264_profile(one: &Codec, other: &Codec) -> bool {
    let profile = |codec| {
        let id = parameter(codec, "profile-level-id").unwrap_or("420010");
        id.get(..if id.starts_with("42") { 2 } else { 4 }).unwrap_or_default()
    };
    profile(one).eq_ignore_ascii_case(profile(other))
}

fn parameter<'a>(codec: &'a Codec, name: &str) -> Option<&'a str> {
    codec.fmtp.split(';').find_map(|part| {
        let (key, value) = part.trim().split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then_some(value.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codec(name: &str, fmtp: &str) -> Codec {
        Codec { name: name.into(), pt: 96, clock_rate: 90_000, channels: 1, rtx_pt: None, fmtp: fmtp.into() }
    }

    #[test]
    fn a_codec_is_the_same_when_its_decoder_is() {
        for (one, other, same) in [
            (codec("VP8", ""), codec("vp8", "max-fs=12288"), true),
            (codec("VP8", ""), codec("VP9", ""), false),
            (codec("VP9", ""), codec("VP9", "profile-id=0"), true),
            (codec("VP9", "profile-id=2"), codec("VP9", "profile-id=0"), false),
            (
                codec("H264", "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"),
                codec("H264", "packetization-mode=1; profile-level-id=42001f"),
                true,
            ),
            (
                codec("H264", "packetization-mode=1;profile-level-id=42e01f"),
                codec("H264", "packetization-mode=0;profile-level-id=42e01f"),
                false,
            ),
            (
                codec("H264", "packetization-mode=1;profile-level-id=42e01f"),
                codec("H264", "packetization-mode=1;profile-level-id=64001f"),
                false,
            ),
        ] {
            assert_eq!(is_same_codec(&one, &other), same, "{} / {}", one.fmtp, other.fmtp);
        }
    }
}
