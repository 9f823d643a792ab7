//! A picture: frames of one or several encodings, each frame's packets back to back.

use std::time::{Duration, Instant};

use hoptt_core::history::History;
use hoptt_core::seq::{Unwrapper, nearest};
use hoptt_core::srtp::SrtpOutbound;
use hoptt_wire::Ssrc;
use hoptt_wire::rtcp::Nack;
use hoptt_wire::rtp::Rtp;
use hoptt_wire::rtx;

use super::beat::Beat;
use super::stream::{Line, Names, Stream};
use super::{Material, TOO_LATE};
use crate::payload::Mark;
use crate::reel::Reel;
use crate::session::Sending;
use crate::tally::Tally;
use crate::trace::{MAX_PAYLOAD, VideoTrace, split};
use crate::vp8::{self, Place};

/// An encoder makes no two key frames within this, whoever asks (libwebrtc's limit).
const KEY_FRAME_INTERVAL: Duration = Duration::from_millis(300);
/// Two requests for one encoding that lie closer together than a server is to ask; with what the way takes off it.
const SOON: Duration = Duration::from_millis(480);
/// An encoder takes so long for a picture at most; sometimes next to nothing.
const DELAY: Duration = Duration::from_millis(10);
/// Of the trace's 30 frames a second a reel shows every third.
const REEL_STEP: u32 = 3;

#[derive(Debug)]
pub struct Camera {
    layers: Vec<Encoding>,
    track: u16,
    beat: Beat,
    /// Where in the trace this one begins.
    offset: u32,
    frame: u32,
    step: u32,
    /// Where in its reel this one is.
    at: usize,
}

#[derive(Debug)]
struct Encoding {
    stream: Stream,
    repairs: Option<Stream>,
    history: History,
    numbers: Unwrapper,
    /// Somebody gets it, as far as the server said.
    active: bool,
    wanted: bool,
    key_at: Option<Instant>,
    /// When a key frame was asked for last.
    asked_at: Option<Instant>,
}

impl Camera {
    pub(super) fn new(sending: &Sending, material: &Material, track: u16, start: Instant) -> Self {
        let picture = &material.video;
        let encoding = |(at, ssrc): (usize, &Ssrc)| {
            let rid = picture.layers()[at].rid;
            let names = || Names { mid: sending.mid.clone(), rid };
            let repairs = sending.rtx.as_ref().and_then(|(payload_type, ssrcs)| {
                ssrcs.get(at).map(|ssrc| Stream::new(*ssrc, *payload_type, names(), 90_000))
            });
            Encoding {
                stream: Stream::new(*ssrc, sending.payload_type, names(), 90_000),
                repairs,
                history: History::default(),
                numbers: Unwrapper::default(),
                active: true,
                wanted: true,
                key_at: None,
                asked_at: None,
            }
        };
        let layers = sending.ssrcs.iter().take(picture.layers().len()).enumerate().map(encoding).collect();
        let step = if material.reel.is_some() { REEL_STEP } else { picture.step() };
        let (beat, first) = material.beat(track, VideoTrace::due(step), DELAY, start);
        Self { layers, track, beat, offset: u32::from(track) * 37, frame: first * step, step, at: 0 }
    }

    pub(super) fn due(&self) -> Instant {
        self.beat.due(VideoTrace::due(self.frame))
    }

    pub(super) fn streams(&self) -> impl Iterator<Item = &Stream> {
        self.layers.iter().map(|layer| &layer.stream)
    }

    /// Sends these encodings and no others, the smallest first: one that begins again does so with a key frame, as an
    /// encoder that is switched on.
    pub(super) fn encode(&mut self, active: &[bool]) {
        for (layer, active) in self.layers.iter_mut().zip(active) {
            layer.wanted |= *active && !layer.active;
            layer.active = *active;
        }
    }

    /// A key frame was asked for: if a stream of this camera is meant, its next frame is one.
    pub(super) fn want_key_frame(&mut self, now: Instant, media: Ssrc, tally: &mut Tally) {
        if let Some(layer) = self.layers.iter_mut().find(|layer| layer.stream.ssrc() == media) {
            layer.wanted = true;
            let before = layer.asked_at.replace(now);
            tally.sent.asked_key_frames += 1;
            tally.sent.asked_again_soon += u64::from(before.is_some_and(|before| now < before + SOON));
        }
    }

    pub(super) fn handle_timeout(
        &mut self,
        now: Instant,
        material: &Material,
        line: &mut Line,
        outbound: &mut SrtpOutbound,
        tally: &mut Tally,
        send: &mut impl FnMut(&[u8]),
    ) {
        while self.due() <= now {
            let late = now - self.due();
            let frame = self.frame;
            self.frame += self.step;
            if late > TOO_LATE {
                tally.sent.skipped += 1;
                continue;
            }
            tally.lateness.add(crate::receive::ns(late));
            if let Some(reel) = &material.reel {
                self.replay_frame(reel, frame, now, material, line, outbound, tally, send);
                continue;
            }
            // Encoders hand out the largest one first (libvpx).
            for at in (0..self.layers.len()).rev() {
                if self.layers[at].active {
                    self.send_frame(at, frame, now, material, line, outbound, tally, send);
                }
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the frame's place, and the tools that every sender is handed")]
    fn send_frame(
        &mut self,
        at: usize,
        frame: u32,
        now: Instant,
        material: &Material,
        line: &mut Line,
        outbound: &mut SrtpOutbound,
        tally: &mut Tally,
        send: &mut impl FnMut(&[u8]),
    ) {
        let simulcast = self.layers.len() > 1;
        let (shape, layer) = (&material.video.layers()[at], &mut self.layers[at]);
        let wanted = layer.wanted && layer.key_at.is_none_or(|at| now >= at + KEY_FRAME_INTERVAL);
        let key = wanted || material.video.is_key(frame);
        if key {
            layer.wanted = false;
            layer.key_at = Some(now);
        }
        let sizes = split(shape.frame_len(frame.wrapping_add(self.offset), key), MAX_PAYLOAD);
        let count = sizes.len();
        #[expect(clippy::cast_possible_truncation, reason = "the layer is below 4, a frame has 60 packets, ids wrap")]
        let (track, count, picture_id) = (self.track + at as u16, count as u8, frame as u16);
        for (position, size) in (0..count).zip(sizes) {
            let index = layer.stream.index;
            let timestamp = VideoTrace::timestamp(frame);
            let fields = layer.stream.next(timestamp, position + 1 == count, size, now);
            let sent_ns = material.ns(Instant::now());
            let header = line.write_header(&fields, &layer.stream.names, None, sent_ns);
            let place = Place {
                first: position == 0,
                key: key.then_some((shape.width, shape.height)),
                picture_id,
                tl0_pic_idx: simulcast.then_some(frame.to_le_bytes()[0]),
            };
            let begins = header + vp8::write(&mut line.buffer[header..], &place);
            let len = begins + size;
            let mark = Mark { track, position, count, index, frame, sent_ns };
            material.filler.write(&mut line.buffer[begins..len], &mark);
            let seq = layer.numbers.unwrap(fields.sequence_number);
            layer.history.push(seq, now, &line.buffer[..len]);
            line.seal(len, outbound, tally, send);
            tally.sent.packets += 1;
        }
        tally.sent.frames += 1;
    }

    /// Sends the next frame of the reel. A key frame that is asked for is the next one there is: the picture jumps, and is
    /// whole.
    #[expect(clippy::too_many_arguments, reason = "the frame's place, and the tools that every sender is handed")]
    fn replay_frame(
        &mut self,
        reel: &Reel,
        frame: u32,
        now: Instant,
        material: &Material,
        line: &mut Line,
        outbound: &mut SrtpOutbound,
        tally: &mut Tally,
        send: &mut impl FnMut(&[u8]),
    ) {
        let Some(layer) = self.layers.first_mut() else { return };
        let picture = reel.picture(usize::from(self.track / super::TRACKS));
        let may = layer.key_at.is_none_or(|at| now >= at + KEY_FRAME_INTERVAL);
        if layer.wanted && may {
            let ahead = (0..picture.len()).find(|ahead| picture[(self.at + ahead) % picture.len()].key);
            self.at += ahead.expect("a picture of a reel begins with a key frame");
        }
        let shown = &picture[self.at % picture.len()];
        self.at = (self.at + 1) % picture.len();
        if shown.key {
            layer.wanted = false;
            layer.key_at = Some(now);
        }
        let mut rest = &shown.bytes[..];
        let sizes = split(rest.len(), MAX_PAYLOAD);
        let last = sizes.len() - 1;
        #[expect(clippy::cast_possible_truncation, reason = "ids wrap")]
        let picture_id = (frame / self.step) as u16;
        for (position, size) in sizes.enumerate() {
            let (piece, more) = rest.split_at(size);
            rest = more;
            let timestamp = VideoTrace::timestamp(frame);
            let fields = layer.stream.next(timestamp, position == last, size, now);
            let sent_ns = material.ns(Instant::now());
            let header = line.write_header(&fields, &layer.stream.names, None, sent_ns);
            let place = Place { first: position == 0, key: None, picture_id, tl0_pic_idx: None };
            let begins = header + vp8::write_descriptor(&mut line.buffer[header..], &place);
            let len = begins + size;
            line.buffer[begins..len].copy_from_slice(piece);
            let seq = layer.numbers.unwrap(fields.sequence_number);
            layer.history.push(seq, now, &line.buffer[..len]);
            line.seal(len, outbound, tally, send);
            tally.sent.packets += 1;
        }
        tally.sent.frames += 1;
    }

    /// Sends lost packets again, where retransmissions were agreed on.
    pub(super) fn repair(
        &mut self,
        now: Instant,
        nack: &Nack<'_>,
        line: &mut Line,
        outbound: &mut SrtpOutbound,
        tally: &mut Tally,
        send: &mut impl FnMut(&[u8]),
    ) {
        let Some(layer) = self.layers.iter_mut().find(|layer| layer.stream.ssrc() == nack.media) else { return };
        let Some(highest) = layer.numbers.highest() else { return };
        for number in nack.sequence_numbers() {
            tally.sent.nacked += 1;
            let stored = layer.history.get(nearest(highest, number));
            let (Some(stored), Some(repairs)) = (stored, &mut layer.repairs) else { continue };
            let Ok(original) = Rtp::parse(stored.packet()) else { continue };
            let payload = original.payload();
            let len = payload.len() + rtx::OSN_LEN;
            let fields = repairs.next(original.timestamp(), original.marker(), len, now);
            // Its mark keeps the time of the first sending: the whole delay is measured.
            let header = line.write_header(&fields, &repairs.names, None, 0);
            line.buffer[header + rtx::OSN_LEN..header + len].copy_from_slice(payload);
            rtx::write_osn(&mut line.buffer[header..], number);
            line.seal(header + len, outbound, tally, send);
            tally.sent.repaired += 1;
        }
    }
}
