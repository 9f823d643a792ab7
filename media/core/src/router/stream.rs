//! An opened packet on its way to its track: bound, unwrapped from its repair, numbered, passed through the gate.

use std::time::Instant;

use hoptt_wire::rtp::Rtp;
use hoptt_wire::{ext, rtx};

use super::Router;
use super::counters::Count;
use super::incoming::{Binding, Candidate};
use super::payload::Format;
use super::peer::Peer;
use super::slab::Key;
use super::track::Track;
use crate::control::{Event, Kind};
use crate::remote::Remote;
use crate::reports::Reception;
use crate::transport::Rejected;

/// A packet that passed the gate.
pub(super) struct Arrival<'a> {
    pub(super) rtp: Rtp<'a>,
    /// Unwrapped.
    pub(super) seq: u64,
    pub(super) format: Format,
    pub(super) starts_keyframe: bool,
    /// Of a voice (RFC 6464).
    pub(super) level: Option<(bool, u8)>,
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
        let Some(binding) = self.bind(key, &rtp) else { return self.out.counters.one(Count::DroppedNoTrack) };
        let ssrc = rtp.ssrc().0;
        if !binding.repair {
            return self.take_media(now, binding.track, (ssrc, false), packet);
        }
        let (header_len, pt) = (rtp.header_len(), rtp.payload_type());
        let original = rtx::read(rtp.payload()).map(|(number, _)| number);
        let Some(track) = self.tracks.get(binding.track) else { return };
        let repaired = track.codecs.iter().find(|codec| codec.rtx_pt == Some(pt)).map(|codec| codec.pt);
        if let (Some(number), Some(pt), Some(ssrc)) = (original, repaired, track.ssrc)
            && rtp.payload().len() > rtx::OSN_LEN
        {
            self.out.counters.one(Count::RtxReceived);
            let original = unwrap_repair(packet, header_len, pt, number, ssrc);
            self.take_media(now, binding.track, (ssrc, true), original);
        }
        // Else it is a probe: nothing but padding.
    }

    fn bind(&mut self, key: Key<Peer>, rtp: &Rtp<'_>) -> Option<Binding> {
        let peer = self.peers.get_mut(key)?;
        if let Some(binding) = peer.incoming.get(rtp.ssrc().0) {
            return Some(binding);
        }
        let tracks = &self.tracks;
        let candidates = peer.published.iter().filter_map(|key| {
            let track = tracks.get(*key)?;
            Some(Candidate { track: *key, mid: &track.mid, codecs: &track.codecs })
        });
        peer.incoming.learn(rtp, peer.extensions.mid, candidates, self.config.limits.streams_per_transport)
    }

    /// Takes a packet of a track's own stream, or one that was repaired.
    fn take_media(&mut self, now: Instant, key: Key<Track>, (ssrc, repaired): (u32, bool), packet: &[u8]) {
        let fresh = self.fresh_source();
        let Ok(rtp) = Rtp::parse(packet) else { return self.out.counters.one(Count::DroppedMalformed) };
        let Some(track) = self.tracks.get_mut(key) else { return };
        let pt = rtp.payload_type();
        let Some(codec) = track.codecs.iter().position(|codec| codec.pt == pt) else {
            return self.out.counters.one(Count::DroppedPayloadType);
        };
        if track.ssrc != Some(ssrc) {
            if !track.takes(ssrc, now) {
                return self.out.counters.one(Count::DroppedNoTrack);
            }
            track.begin_stream(ssrc, fresh);
        }
        if track.codec != codec {
            track.codec = codec;
            track.forget_stream(fresh);
        }
        track.heard_at = Some(now);
        let seq = track.numbers.unwrap(rtp.sequence_number());
        let clock_rate = track.codecs[codec].clock_rate;
        let reception = track.reception.get_or_insert_with(|| Reception::new(clock_rate, now));
        if !repaired {
            reception.handle_packet(seq, rtp.timestamp(), now);
        }
        let format = Format::of(&track.codecs[codec]);
        if !track.up {
            track.up = true;
            let event = Event::TrackUp { track: track.id.clone(), codec: track.codecs[codec].name.clone() };
            if self.tracks_by_id.get(&track.id) == Some(&key) {
                self.out.tell(event);
            }
        }
        if !track.gate.is_open() {
            return self.out.counters.one(Count::DroppedGate); // S19: nothing below ever sees it
        }
        if track.kind == Kind::Video && track.history.get(seq).is_some() {
            return self.out.counters.one(Count::DroppedLate);
        }
        let level_id = self.peers.get(track.peer).and_then(|peer| peer.extensions.audio_level);
        let level = level_id.and_then(|id| rtp.extension(id)).and_then(ext::audio_level);
        let starts_keyframe = format.starts_keyframe(rtp.payload());
        if track.kind == Kind::Video {
            track.nack.handle_packet(seq, now);
            track.history.push(seq, now, packet);
            if starts_keyframe {
                track.history.note_keyframe(seq);
                track.keyframes.handle_keyframe();
            }
        } else {
            self.hear(now, key, level, format.is_silence(rtp.payload()));
        }
        let arrival = Arrival { rtp, seq, format, starts_keyframe, level };
        self.forward(now, key, &arrival);
        self.schedule_track(now, key);
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
