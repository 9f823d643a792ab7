//! What we report and ask: sender and receiver reports, arrivals, rates, lost packets, key frames (S17).

use std::time::{Duration, Instant};

use hoptt_wire::Ssrc;
use hoptt_wire::rtcp::{ReportBlock, SenderReport, write_nack, write_remb, write_rr, write_sdes_cname, write_sr};
use hoptt_wire::rtp::Rtp;
use hoptt_wire::{ext, rtcp::SenderInfo};

use super::Router;
use super::afar::Note;
use super::counters::Count;
use super::egress::Class;
use super::peer::Peer;
use super::slab::Key;
use super::timers::Due;
use super::track::{Feed, Track};
use crate::control::Kind;
use crate::reports::rtt;
use crate::srtp::MAX_OVERHEAD;

/// Between two reports while anything flows.
pub(super) const REPORT_INTERVAL: Duration = Duration::from_secs(1);
/// Sender reports of one compound: with the rest it stays within a datagram.
const MAX_SENDER_REPORTS: usize = 30;
/// As session descriptions have it (RFC 3550 §6.5.1).
const CNAME: &str = "hoptt";

impl Router {
    /// Notes when an authentic packet came: by its transport-wide number, else by its length alone.
    pub(super) fn note_arrival(&mut self, now: Instant, key: Key<Peer>, rtp: &Rtp<'_>) {
        let Some(peer) = self.peers.get_mut(key) else { return };
        let number = peer.extensions.transport_cc.and_then(|id| rtp.extension(id)).and_then(ext::transport_cc);
        match number {
            Some(number) => {
                peer.arrivals.handle_packet(number, self.arrived);
                if let Some(at) = peer.arrivals.poll_timeout() {
                    self.timers.set(Due::Peer(key), at);
                }
            }
            None => peer.rate.handle_packet(rtp.bytes().len(), now),
        }
        if let Some(at) = peer.line.arm_report(now, REPORT_INTERVAL) {
            self.timers.set(Due::Peer(key), at);
        }
    }

    /// Sends what is due to a peer: reports, feedback, requests about its tracks.
    pub(super) fn report(&mut self, now: Instant, key: Key<Peer>) {
        let Some(peer) = self.peers.get_mut(key) else { return };
        let (reporter, media) = (reporter(peer), self.tracks_ssrc(key));
        self.send_rtcp(now, key, |router, out| {
            let Some(peer) = router.peers.get_mut(key) else { return };
            while peer.arrivals.poll_feedback(now, reporter, media, out) && out.len() < 1000 {}
        });
        self.ask_about_tracks(now, key);
        if self.peers.get_mut(key).is_some_and(|peer| peer.line.take_report_due(now)) {
            self.send_reports(now, key);
        }
    }

    /// Notes when a track has something to ask.
    pub(super) fn schedule_track(&mut self, now: Instant, key: Key<Track>) {
        let Some(track) = self.tracks.get(key) else { return };
        let Some(peer) = track.publisher() else {
            if let Some(at) = track.next_at(now) {
                self.timers.set(Due::Mirror(key), at);
            }
            return;
        };
        let reachable = self.peers.get(peer).is_some_and(|peer| peer.transport.media_address(now).is_some());
        if let Some(at) = track.next_at(now).filter(|_| reachable) {
            self.timers.set(Due::Peer(peer), at);
        }
    }

    pub(super) fn note_sender_report(&mut self, now: Instant, key: Key<Peer>, report: &SenderReport<'_>) {
        let Some(feed) = self.feed_with(key, report.sender) else { return };
        if let Some(track) = self.tracks.get_mut(feed.track) {
            track.encodings[feed.place].handle_sender_report(&report.info, now);
        }
        let place = u8::try_from(feed.place).expect("there are few");
        self.tell_mirrors(feed.track, |track| Note::Report(track, place, (report.info.ntp, report.info.rtp_time)));
    }

    /// Notes how a stream of ours is received.
    pub(super) fn note_report(&mut self, now: Instant, key: Key<Peer>, block: &ReportBlock) {
        let Some(slot) = self.slot_of(key, block.ssrc) else { return };
        let ntp = self.clock.ntp(now);
        let Some(peer) = self.peers.get_mut(key) else { return };
        let shown = peer.slots[slot].shown.map(|shown| shown.feed);
        if shown.is_some() {
            peer.line.heard_loss(block.fraction_lost);
        }
        if let Some(rtt) = rtt(block, ntp) {
            peer.line.heard_rtt(rtt);
        }
        let Some(feed) = shown else { return };
        if peer.slots[slot].setup.kind == Kind::Audio {
            peer.redundancy.handle_report(now, block.fraction_lost);
        }
        let voice = self.tracks.get_mut(feed.track).filter(|track| track.kind == Kind::Audio);
        if let Some(encoding) = voice.and_then(|track| track.encodings.get_mut(feed.place)) {
            encoding.loss_afar.handle_report(now, block.fraction_lost);
        }
    }

    fn ask_about_tracks(&mut self, now: Instant, key: Key<Peer>) {
        for at in 0.. {
            let Some(peer) = self.peers.get(key) else { return };
            let Some(track_key) = peer.published.get(at).copied() else { return };
            let (reporter, rtt) = (reporter(peer), peer.line.rtt_or_default());
            self.send_rtcp(now, key, |router, out| {
                let Some(Track { encodings, codecs, .. }) = router.tracks.get_mut(track_key) else { return };
                for encoding in encodings {
                    let repairable = encoding.current_codec(codecs).is_some_and(|codec| codec.rtx_pt.is_some());
                    if let (Some(ssrc), Some(missing)) = (encoding.ssrc, encoding.nack.poll_nack(now, rtt))
                        && repairable
                    {
                        router.out.counters.add(Count::NackSent, missing.len());
                        write_nack(out, reporter, Ssrc(ssrc), missing);
                    }
                }
            });
            for place in 0.. {
                let Some(encoding) = self.tracks.get(track_key).and_then(|track| track.encodings.get(place)) else {
                    break;
                };
                if encoding.keyframes.is_wanted() {
                    self.ask_publisher(now, Feed { track: track_key, place });
                }
            }
        }
    }

    fn send_reports(&mut self, now: Instant, key: Key<Peer>) {
        let Some(peer) = self.peers.get_mut(key) else { return };
        let mut blocks = std::mem::take(&mut self.out.blocks);
        blocks.clear();
        for track in &peer.published {
            let Some(track) = self.tracks.get_mut(*track) else { continue };
            for encoding in &mut track.encodings {
                let (Some(ssrc), Some(reception)) = (encoding.ssrc, &mut encoding.reception) else { continue };
                let interval = reception.take_interval();
                peer.rate.handle_loss(interval.expected, interval.lost);
                peer.line.lost(interval.expected, interval.lost);
                blocks.extend(reception.report(Ssrc(ssrc), now));
            }
        }
        let reporter = reporter(peer);
        for block in &mut blocks {
            block.fraction_lost = block.fraction_lost.max(self.lost_afar(now, key, block.ssrc));
        }
        let mut from = 0;
        loop {
            let mut more = false;
            self.send_rtcp(now, key, |router, out| {
                let clock = router.clock;
                let Some(peer) = router.peers.get(key) else { return };
                let reporting = (from..).zip(&peer.slots[from.min(peer.slots.len())..]);
                let mut written = 0;
                for (at, slot) in reporting.filter(|(_, slot)| slot.shown.is_some()) {
                    let Some(info): Option<SenderInfo> = slot.sender.info(&clock, now) else { continue };
                    if written == MAX_SENDER_REPORTS {
                        (from, more) = (at, true);
                        break;
                    }
                    write_sr(out, Ssrc(slot.setup.ssrc), &info, if written == 0 { &blocks } else { &[] });
                    written += 1;
                }
                if written == 0 && !blocks.is_empty() {
                    write_rr(out, reporter, &blocks);
                }
                if !out.is_empty() {
                    write_sdes_cname(out, reporter, CNAME);
                }
                blocks.clear();
            });
            if !more {
                break;
            }
        }
        self.out.blocks = blocks;
        self.send_estimate(now, key);
    }

    /// What is lost of a voice on the way to those who hear it: its publisher's encoder alone can make up for that. Of a
    /// picture it is sent again.
    fn lost_afar(&mut self, now: Instant, key: Key<Peer>, ssrc: Ssrc) -> u8 {
        let Some(feed) = self.feed_with(key, ssrc) else { return 0 };
        let voice = self.tracks.get_mut(feed.track).filter(|track| track.kind == Kind::Audio);
        let Some(encoding) = voice.and_then(|track| track.encodings.get_mut(feed.place)) else { return 0 };
        let lines = encoding.watchers.iter().filter_map(|watcher| self.peers.get(watcher.peer));
        let worst = lines.map(|peer| peer.bandwidth.loss()).fold(0.0, f64::max);
        encoding.loss_afar.told(now, worst)
    }

    /// Tells publishers whose packets bear no transport-wide numbers what they may send.
    fn send_estimate(&mut self, now: Instant, key: Key<Peer>) {
        let Some(peer) = self.peers.get_mut(key).filter(|peer| peer.extensions.transport_cc.is_none()) else { return };
        let Some(bitrate_bps) = peer.rate.poll_estimate(now) else { return };
        let reporter = reporter(peer);
        let mut streams = [Ssrc(0); 8];
        let mut count = 0;
        let tracks = peer.published.iter().filter_map(|track| self.tracks.get(*track));
        let ssrcs = tracks.flat_map(|track| &track.encodings).filter_map(|encoding| encoding.ssrc);
        for (place, ssrc) in streams.iter_mut().zip(ssrcs) {
            *place = Ssrc(ssrc);
            count += 1;
        }
        if count > 0 {
            self.send_rtcp(now, key, |_, out| write_remb(out, reporter, bitrate_bps, &streams[..count]));
        }
    }

    /// Seals a compound packet in the peer's lane; false: nothing was written, or media goes nowhere.
    pub(super) fn send_rtcp(
        &mut self,
        now: Instant,
        key: Key<Peer>,
        write: impl FnOnce(&mut Self, &mut Vec<u8>),
    ) -> bool {
        let to = self.peers.get(key).and_then(|peer| peer.transport.media_address(now));
        let Some(to) = to else { return false };
        let mut compound = std::mem::take(&mut self.out.compound);
        compound.clear();
        write(self, &mut compound);
        let mut left = false;
        if !compound.is_empty()
            && let Some(Peer { transport, lane, line, .. }) = self.peers.get_mut(key)
            && let Some(keys) = transport.outbound()
        {
            let mut wire_len = 0;
            left = self.out.write(lane, to, (Class::Rest, compound.len() + MAX_OVERHEAD), |bytes, _| {
                bytes[..compound.len()].copy_from_slice(&compound);
                wire_len = keys.seal_rtcp(bytes, compound.len()).map_err(|_| Count::DroppedSeal)?;
                Ok(wire_len)
            });
            if left {
                self.out.counters.one(Count::RtcpOut);
                line.left(wire_len);
            }
        }
        self.out.compound = compound;
        left
    }

    fn tracks_ssrc(&self, key: Key<Peer>) -> Ssrc {
        let published = self.peers.get(key).map_or(&[][..], |peer| &peer.published);
        let mut tracks = published.iter().filter_map(|track| self.tracks.get(*track));
        let ssrc = tracks.find_map(|track| track.encodings.iter().find_map(|encoding| encoding.ssrc));
        Ssrc(ssrc.unwrap_or_default())
    }
}

/// Who reports: the first stream that we send, or one that nobody sends.
pub(super) fn reporter(peer: &Peer) -> Ssrc {
    Ssrc(peer.slots.first().map_or(1, |slot| slot.setup.ssrc))
}
