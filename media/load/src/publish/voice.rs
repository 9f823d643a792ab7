//! A microphone: one packet in 20 ms, fewer in a pause.

use std::time::{Duration, Instant};

use hoptt_core::srtp::SrtpOutbound;

use super::beat::Beat;
use super::stream::{Line, Names, Stream};
use super::{Material, TOO_LATE};
use crate::payload::{MARK_LEN, Mark};
use crate::session::Sending;
use crate::tally::Tally;
use crate::trace::{TICK, Tick};

/// Opus, 20 ms, one frame, mono, hybrid full band (RFC 6716 §3.1); in a pause the same with nothing behind it.
const TABLE_OF_CONTENTS: u8 = 0x78;
/// Samples in 20 ms at the 48 kHz of RTP (RFC 7587 §4.1).
const SAMPLES: u32 = 960;

/// A packet leaves by so much later at most than its 20 ms have ended: the system hands on sound when it comes to it.
const DELAY: Duration = Duration::from_millis(3);

#[derive(Debug)]
pub struct Voice {
    stream: Stream,
    track: u16,
    beat: Beat,
    /// Where in the trace this one begins: not all speak at once.
    offset: u32,
    tick: u32,
    /// Told to talk; of a reel only.
    talks: bool,
    /// Where in its reel this one is, and since when it is silent.
    at: usize,
    silent: u32,
}

/// What goes into one packet.
enum Content<'a> {
    Filler(usize),
    Recorded(&'a [u8]),
}

impl Voice {
    pub(super) fn new(sending: &Sending, material: &Material, track: u16, start: Instant) -> Self {
        let names = Names { mid: sending.mid.clone(), rid: "" };
        let stream = Stream::new(sending.ssrcs[0], sending.payload_type, names, 48_000);
        let (beat, tick) = material.beat(track, TICK, DELAY, start);
        Self { stream, track, beat, offset: u32::from(track) * 331, tick, talks: false, at: 0, silent: 0 }
    }

    pub(super) fn talk(&mut self, on: bool) {
        self.talks = on;
    }

    pub(super) fn due(&self) -> Instant {
        self.beat.due(TICK * self.tick)
    }

    pub(super) fn stream(&self) -> &Stream {
        &self.stream
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
            let tick = self.tick;
            self.tick += 1;
            if late > TOO_LATE {
                tally.sent.skipped += 1;
                continue;
            }
            let Some((content, level, marker)) = self.content(material, tick) else { continue };
            let len = match content {
                Content::Filler(len) => len,
                Content::Recorded(bytes) => bytes.len(),
            };
            tally.lateness.add(crate::receive::ns(late));
            let index = self.stream.index;
            let fields = self.stream.next(tick.wrapping_mul(SAMPLES), marker, len, now);
            let sent_ns = material.ns(Instant::now());
            let header = line.write_header(&fields, &self.stream.names, Some(level), sent_ns);
            let payload = &mut line.buffer[header..header + len];
            match content {
                Content::Recorded(bytes) => payload.copy_from_slice(bytes),
                Content::Filler(_) => {
                    payload[0] = TABLE_OF_CONTENTS;
                    if len > MARK_LEN {
                        let mark = Mark { track: self.track, position: 0, count: 1, index, frame: tick, sent_ns };
                        material.filler.write(&mut payload[1..], &mark);
                    }
                }
            }
            line.seal(header + len, outbound, tally, send);
            tally.sent.packets += 1;
        }
    }

    /// What an encoder gives for this tick: of the reel while it talks, else of the trace. Nothing in most of a pause.
    fn content<'a>(&mut self, material: &'a Material, tick: u32) -> Option<(Content<'a>, u8, bool)> {
        let Some(reel) = &material.reel else {
            return match material.voice.tick(tick.wrapping_add(self.offset)) {
                Tick::Silence => None,
                Tick::Comfort => Some((Content::Filler(1), 127, false)),
                Tick::Talk { len, level, first } => Some((Content::Filler(usize::from(len)), level, first)),
            };
        };
        if !self.talks {
            let comfort = self.silent.is_multiple_of(COMFORT_EVERY);
            self.silent = self.silent.wrapping_add(1);
            return comfort.then_some((Content::Filler(1), 127, false));
        }
        let sounds = reel.voice(usize::from(self.track / super::TRACKS));
        let first = std::mem::take(&mut self.silent) > 0 || self.stream.index == 0;
        let sound = &sounds[self.at % sounds.len()];
        self.at = (self.at + 1) % sounds.len();
        Some((Content::Recorded(&sound.bytes), sound.level, first))
    }
}

/// In a pause an Opus encoder with DTX sends one packet in so many ticks (400 ms).
const COMFORT_EVERY: u32 = 20;
