//! An opened packet on its way to its encoding: bound, unwrapped from its repair, numbered, passed through the gate.

use std::time::Instant;

use hoptt_wire::rtp::Rtp;
use hoptt_wire::{ext, rtx};

use super::Router;
use super::counters::Count;
use super::incoming::{Binding, Candidate};
use super::payload::{Facts, Format};
use super::peer::Peer;
use super::redundancy::{Redundant, Unreadable};
use super::slab::Key;
use super::track::Feed;
use crate::control::{Event, Kind};
use crate::remote::Remote;
use crate::reports::Reception;
use crate::targets::Layer;
use crate::transport::Rejected;

/// What a subscriber's line carries beside a packet as it was opened: the tag, and headers of UDP and IPv4.
const BESIDE: usize = 16 + 28;

/// A packet that passed the gate.
pub(super) struct Arrival<'a> {
    pub(super) rtp: Rtp<'a>,
    pub(super) known: Known,
    /// How long its payload is to become by padding; 0: it stays as it is.
    pub(super) pad_to: usize,
}

/// What is known of it beside its bytes: kept with them where it waits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    /// Unwrapped.
    pub(super) seq: u64,
    pub(super) arrived: Instant,
    pub(super) format: Format,
    pub(super) facts: Facts,
    /// Of a voice (RFC 6464).
    pub(super) level: Option<(bool, u8)>,
    /// Of a voice that comes with redundancy.
    pub(super) redundant: Option<Redundant>,
}

/// What is known of a packet that has just passed its gate.
#[derive(Clone, Copy)]
pub(super) struct Passing {
    /// Unwrapped.
    pub(super) seq: u64,
    pub(super) repaired: bool,
    /// Of a voice (RFC 6464).
    pub(super) level: Option<(bool, u8)>,
    /// It is the first one after a pause of its encoding.
    pub(super) came: bool,
    /// When it came to the engine.
    pub(super) arrived: Instant,
}

impl Router {
    pub(super) fn take_rtp(
        &mut self,
        now: Instant,
        source: Remote,
        key: Key<Peer>,
        datagram: &mut [u8],
    ) -> Result<(), Rejected> {
        let Some(peer) = self.peers.get_mut(key) else { return Ok(()) };
        let len = peer.transport.handle_srtp(now, source, datagram, &mut self.out)?;
        self.out.counters.one(Count::PacketsIn);
        peer.line.arrived(datagram.len());
        if !peer.budget.take(now, datagram.len()) {
            self.out.counters.one(Count::DroppedBudget);
            return Ok(());
        }
        if !self.out.said.is_empty() {
            self.complete();
            self.settle(now, key);
        }
        self.route(now, key, &mut datagram[..len]);
        Ok(())
    }

    fn route(&mut self, now: Instant, key: Key<Peer>, packet: &mut [u8]) {
        #[cfg(test)]
        assert!(
            self.peers.get(key).is_none_or(|peer| peer.fault != Some(super::tests::Fault::Sending)),
            "a fault made by a test"
        );
        #[cfg(feature = "fault")]
        self.fail_if_wished();
        let Ok(rtp) = Rtp::parse(packet) else { return self.out.counters.one(Count::DroppedMalformed) };
        self.note_arrival(now, key, &rtp);
        let binding = match self.bind(key, &rtp) {
            Ok(binding) => binding,
            Err(why) => return self.out.counters.one(why),
        };
        let ssrc = rtp.ssrc().0;
        if !binding.repair {
            return self.take_media(now, binding.feed, (ssrc, false), packet);
        }
        let (header_len, pt) = (rtp.header_len(), rtp.payload_type());
        let original = rtx::read(rtp.payload()).map(|(number, _)| number);
        let Some(track) = self.tracks.get(binding.feed.track) else { return };
        let repaired = track.codecs.iter().find(|codec| codec.rtx_pt == Some(pt)).map(|codec| codec.pt);
        if let (Some(number), Some(pt), Some(ssrc)) = (original, repaired, track.encodings[binding.feed.place].ssrc)
            && rtp.payload().len() > rtx::OSN_LEN
        {
            self.out.counters.one(Count::RtxReceived);
            let original = unwrap_repair(packet, header_len, pt, number, ssrc);
            self.take_media(now, binding.feed, (ssrc, true), original);
        }
        // Else it is a probe: nothing but padding.
    }

    fn bind(&mut self, key: Key<Peer>, rtp: &Rtp<'_>) -> Result<Binding, Count> {
        let peer = self.peers.get_mut(key).ok_or(Count::DroppedNoTrack)?;
        if let Some(binding) = peer.incoming.get(rtp.ssrc().0) {
            return Ok(binding);
        }
        let tracks = &self.tracks;
        let candidates =
            peer.published.iter().filter_map(|key| Some(Candidate { key: *key, track: tracks.get(*key)? }));
        peer.incoming.learn(rtp, &peer.extensions, candidates, self.config.limits.streams_per_transport)
    }

    /// Takes a packet of an encoding's own stream, or one that was repaired.
    fn take_media(&mut self, now: Instant, feed: Feed, (ssrc, repaired): (u32, bool), packet: &[u8]) {
        let Ok(rtp) = Rtp::parse(packet) else { return self.out.counters.one(Count::DroppedMalformed) };
        let Some(track) = self.tracks.get(feed.track) else { return };
        let Some(codec) = track.codec_of(rtp.payload_type()) else {
            return self.out.counters.one(Count::DroppedPayloadType);
        };
        let encoding = &track.encodings[feed.place];
        if encoding.ssrc != Some(ssrc) || encoding.codec != codec {
            self.complete(); // another stream begins, and its history anew
        }
        let Some(track) = self.tracks.get_mut(feed.track) else { return };
        let encoding = &mut track.encodings[feed.place];
        if encoding.ssrc != Some(ssrc) {
            if !encoding.takes(ssrc, now) {
                return self.out.counters.one(Count::DroppedNoTrack);
            }
            encoding.begin_stream(ssrc, self.sources.fresh());
        }
        if encoding.codec != codec {
            encoding.codec = codec;
            encoding.forget_stream(self.sources.fresh());
        }
        track.heard_at = Some(now);
        encoding.heard_at = Some(now);
        let changed = !std::mem::replace(&mut encoding.live, true);
        let seq = encoding.numbers.unwrap(rtp.sequence_number());
        let clock_rate = track.codecs[codec].clock_rate;
        let reception = encoding.reception.get_or_insert_with(|| Reception::new(clock_rate, now));
        if !repaired {
            reception.handle_packet(seq, rtp.timestamp(), now);
        }
        if !track.up {
            track.up = true;
            let event = Event::TrackUp { track: track.id.clone(), codec: track.codecs[codec].name.clone() };
            if self.tracks_by_id.get(&track.id) == Some(&feed.track) {
                self.out.tell(event);
            }
        }
        if !track.gate.state.is_open() {
            return self.out.counters.one(Count::DroppedGate); // S19: nothing below ever sees it
        }
        let level = track.publisher().filter(|_| track.kind == Kind::Audio).and_then(|peer| {
            let id = self.peers.get(peer)?.extensions.audio_level?;
            ext::audio_level(rtp.extension(id)?)
        });
        self.pass::<false>(now, feed, rtp, Passing { seq, repaired, level, came: changed, arrived: now });
    }

    /// Takes a packet that passed the gate, here or where its publisher is: to the meeting's other shards, into the history,
    /// and on to who gets it.
    #[inline]
    pub(super) fn pass<const MIRRORED: bool>(&mut self, now: Instant, feed: Feed, rtp: Rtp<'_>, passing: Passing) {
        let Passing { seq, repaired, level, came, arrived } = passing;
        let mut changed = came;
        self.make_way(feed);
        let Some(track) = self.tracks.get_mut(feed.track) else { return };
        let is_layered = track.is_layered();
        let encoding = &mut track.encodings[feed.place];
        if track.kind == Kind::Video && encoding.history.get(seq).is_some() {
            return self.out.counters.one(Count::DroppedLate);
        }
        let format = Format::of(&track.codecs[encoding.codec]);
        let clock_rate = track.codecs[encoding.codec].clock_rate;
        let packet = rtp.bytes();
        let encoding = &mut track.encodings[feed.place];
        let redundant = match track.red {
            Some(red) if red.pt == rtp.payload_type() => match encoding.redundant(red, &rtp, seq) {
                Ok(redundant) => redundant,
                Err(Unreadable) => return self.out.counters.one(Count::DroppedRed),
            },
            _ => None,
        };
        let own = redundant.map_or(0, Redundant::primary);
        if !MIRRORED && !track.mirrored.is_empty() {
            self.out.cross((feed.track, track), feed.place, (&rtp, seq), (now, repaired, level));
        }
        let encoding = &mut track.encodings[feed.place];
        let descriptor = track.descriptor_id.filter(|_| format.has_targets());
        let mut facts = format.facts(rtp.payload(), rtp.timestamp());
        let is_described = descriptor.is_none() || encoding.layering.handle(format, &rtp, descriptor, &mut facts);
        let mut has_pictures = false;
        if track.kind == Kind::Video {
            if encoding.is_watched() {
                encoding.nack.handle_packet(seq, now);
            } else {
                encoding.nack.clear(); // nobody misses anything of it
            }
            encoding.history.push(seq, now, packet);
        }
        if !is_described {
            // Its keyframe is missing: it comes with the repair, or another one does.
            self.out.counters.one(Count::DroppedDescriptor);
            let awaited = encoding.is_watched();
            return if awaited { self.want_keyframe(now, feed) } else { self.schedule_track(now, feed.track) };
        }
        let is_sound = track.kind == Kind::Audio;
        if track.kind == Kind::Video {
            if !repaired {
                // What was lost before and comes in a burst says nothing of what is sent.
                let temporal = facts.temporal.map_or(0, |temporal| temporal.tid);
                let layer = facts.frame.map_or(Layer { spatial: 0, temporal }, |frame| frame.layer);
                let pictures = encoding.rate.pictures();
                encoding.rate.handle_packet(layer, packet.len() + BESIDE, now);
                changed |= encoding.rate.pictures() != pictures;
            }
            has_pictures = encoding.rate.pictures() > 1;
            if facts.starts_keyframe {
                encoding.history.note_keyframe(seq);
                encoding.keyframes.handle_keyframe();
                changed |= facts.size.is_some() && std::mem::replace(&mut encoding.size, facts.size) != facts.size;
            }
        } else {
            encoding.rate.handle_packet(Layer::LOWEST, packet.len() - own + BESIDE, now);
            encoding.rhythm.handle_packet(seq, rtp.timestamp(), clock_rate, now);
            self.hear(now, feed.track, level, format.is_silence(&rtp.payload()[own..]));
        }
        let known = Known { seq, arrived, format, facts, level, redundant };
        let arrival = Arrival { rtp, known, pad_to: 0 };
        let waits = (is_sound && self.gather(now, feed, &arrival)) || self.defer(now, feed, &arrival);
        if !waits {
            self.complete();
            self.forward(now, feed, &arrival);
        }
        if changed && (is_layered || has_pictures) {
            self.complete();
            self.layers_changed(now, feed.track);
        }
        // When it is down or stopped moves with each packet, and only to later.
        let encoding = self.tracks.get(feed.track).and_then(|track| track.encodings.get(feed.place));
        if came || encoding.is_some_and(|encoding| encoding.asks_at(now).is_some()) {
            self.schedule_track(now, feed.track);
        }
    }
}

/// Makes the original packet of a repair (RFC 4588 §4): the header moves over the original number.
fn unwrap_repair(packet: &mut [u8], header_len: usize, pt: u8, number: u16, ssrc: u32) -> &[u8] {
    packet.copy_within(..header_len, rtx::OSN_LEN);
    let original = &mut packet[rtx::OSN_LEN..];
    original[1] = original[1] & 0x80 | pt;
    original[2..4].copy_from_slice(&number.to_be_bytes());
    original[8..12].copy_from_slice(&ssrc.to_be_bytes());
    original
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repair_gives_the_packet_that_was_lost() {
        let mut packet = vec![0x80, 0xe1, 0, 1, 0, 0, 0, 9, 0, 0, 0, 2, 0x12, 0x34, b'x', b'y'];
        let original = unwrap_repair(&mut packet, 12, 96, 0x1234, 7);
        assert_eq!(original, [0x80, 0xe0, 0x12, 0x34, 0, 0, 0, 9, 0, 0, 0, 7, b'x', b'y']);
    }
}
