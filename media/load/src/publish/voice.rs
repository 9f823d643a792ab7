//! A microphone: one packet in 20 ms, fewer in a pause.

use std::time::Instant;

use hoptt_core::srtp::SrtpOutbound;

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

#[derive(Debug)]
pub struct Voice {
    stream: Stream,
    track: u16,
    start: Instant,
    /// Where in the trace this one begins: not all speak at once.
    offset: u32,
    tick: u32,
}

impl Voice {
    pub(super) fn new(sending: &Sending, track: u16, start: Instant) -> Self {
        let names = Names { mid: sending.mid.clone(), rid: "" };
        let stream = Stream::new(sending.ssrcs[0], sending.payload_type, names, 48_000);
        // 20 ms have room for 20 phases of 1 ms.
        let phase = TICK / 20 * (u32::from(track) * 7 % 20);
        Self { stream, track, start: start + phase, offset: u32::from(track) * 331, tick: 0 }
    }

    pub(super) fn due(&self) -> Instant {
        self.start + TICK * self.tick
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
            let (len, level, marker) = match material.voice.tick(tick.wrapping_add(self.offset)) {
                Tick::Silence => continue,
                Tick::Comfort => (1, 127, false),
                Tick::Talk { len, level, first } => (usize::from(len), level, first),
            };
            tally.lateness.add(crate::receive::ns(late));
            let index = self.stream.index;
            let fields = self.stream.next(tick.wrapping_mul(SAMPLES), marker, len, now);
            let sent_ns = material.ns(Instant::now());
            let header = line.write_header(&fields, &self.stream.names, Some(level), sent_ns);
            let payload = &mut line.buffer[header..header + len];
            payload[0] = TABLE_OF_CONTENTS;
            if len > MARK_LEN {
                let mark = Mark { track: self.track, position: 0, count: 1, index, frame: tick, sent_ns };
                material.filler.write(&mut payload[1..], &mark);
            }
            line.seal(header + len, outbound, tally, send);
            tally.sent.packets += 1;
        }
    }
}
