//! What a subscriber does with what arrives: counts it, or opens and checks it, and reports as a browser would.

mod checker;
mod lossy;

use std::time::{Duration, Instant};

use hoptt_core::reports::Reception;
use hoptt_core::seq::Unwrapper;
use hoptt_core::srtp::SrtpOutbound;
use hoptt_core::twcc::ArrivalLog;
use hoptt_wire::rtcp::{ReportBlock, write_nack, write_pli, write_rr, write_sdes_cname};
use hoptt_wire::rtp::{self, Rtp};
use hoptt_wire::{Ssrc, ext, rtx};

pub use checker::Checker;
pub use lossy::LossyLine;

use crate::payload::Filler;
use crate::session::{Kind, Session};
use crate::tally::Tally;
use lossy::{Gaps, Lossy};

/// Streams counted of one peer; a receiver of 25 pictures and 10 voices has 60 with retransmissions.
const MAX_STREAMS: usize = 128;
/// Between reports, as Chromium sends them for pictures.
const REPORT_INTERVAL: Duration = Duration::from_secs(1);
/// Who cannot show a picture asks for a key frame, so often at most.
const PLI_INTERVAL: Duration = Duration::from_secs(1);

/// The receiving half of a peer.
#[derive(Debug)]
pub struct Receiver {
    own: Ssrc,
    streams: Vec<Stream>,
    arrivals: ArrivalLog,
    checker: Option<Box<Checker>>,
    lossy: Option<Box<Lossy>>,
    created_at: Instant,
    seen: bool,
    next_report_at: Instant,
}

#[derive(Debug)]
struct Stream {
    ssrc: Ssrc,
    kind: Kind,
    numbers: Unwrapper,
    reception: Reception,
    /// Since the last report.
    active: bool,
    /// Where the checker asks for a key frame, and when it did.
    asked_at: Option<Instant>,
    /// Of pictures on a lossy line.
    gaps: Gaps,
}

impl Receiver {
    /// A receiver that opens and checks everything, or only counts. On a lossy line it is to check: only what is opened tells
    /// what it repairs.
    #[must_use]
    pub fn new(own: Ssrc, checks: bool, line: Option<LossyLine>, now: Instant) -> Self {
        Self {
            own,
            streams: Vec::new(),
            arrivals: ArrivalLog::new(now),
            checker: checks.then(Box::default),
            lossy: line.map(|line| Box::new(Lossy::new(line, own.0.into()))),
            created_at: now,
            seen: false,
            next_report_at: now + REPORT_INTERVAL,
        }
    }

    /// Whether it opens and checks.
    #[must_use]
    pub fn checks(&self) -> bool {
        self.checker.is_some()
    }

    /// From now on the picture is to be shown in this encoding; only who checks sees when it is.
    pub fn awaits(&mut self, track: u16, since_ns: u64, tally: &mut Tally) {
        if let Some(checker) = &mut self.checker {
            checker.awaits(track, since_ns, tally);
        }
    }

    /// Whether the datagram of media that arrives now is lost on the way.
    pub fn loses(&mut self, tally: &mut Tally) -> bool {
        let loses = self.lossy.as_mut().is_some_and(|lossy| lossy.loses());
        tally.lost_on_lines += u64::from(loses);
        loses
    }

    /// Takes a sealed packet, or the beginning of one: `len` is its whole length. Gives its kind and its 64-bit number
    /// when it is an original packet of a stream that was agreed on.
    pub fn handle_sealed(
        &mut self,
        now: Instant,
        beginning: &mut [u8],
        len: usize,
        session: &Session,
        tally: &mut Tally,
    ) -> Option<(Kind, u64)> {
        let Ok(header) = rtp::header_len(beginning) else {
            tally.unknown += 1;
            return None;
        };
        // The padding lies where nothing was read; the header alone has none.
        let first = beginning[0];
        beginning[0] &= !0x20;
        let parsed = Rtp::parse(&beginning[..header]).ok().map(|packet| {
            let number = packet.extension(session.extensions.transport_cc).and_then(ext::transport_cc);
            (packet.payload_type(), packet.ssrc(), packet.sequence_number(), packet.timestamp(), number)
        });
        beginning[0] = first;
        let (payload_type, ssrc, seq, timestamp, number) = parsed?;
        if let Some(number) = number.filter(|_| session.extensions.transport_cc != 0) {
            self.arrivals.handle_packet(number, now);
        }
        let Some(kind) = session.kind_of(payload_type) else {
            *if session.rtx_types.contains(&payload_type) { &mut tally.rtx } else { &mut tally.unknown } += 1;
            return None;
        };
        let lossy = self.lossy.is_some();
        let Some(stream) = self.stream(ssrc, kind, now) else {
            tally.unknown += 1;
            return None;
        };
        let seq = stream.numbers.unwrap(seq);
        stream.reception.handle_packet(seq, timestamp, now);
        stream.active = true;
        if kind == Kind::Video && lossy {
            stream.gaps.handle_packet(seq, now, tally);
        }
        let arrived = tally.arrived(kind);
        arrived.packets += 1;
        arrived.bytes += len as u64;
        if !std::mem::replace(&mut self.seen, true) {
            tally.first_packet.add(ns(now.duration_since(self.created_at)));
        }
        Some((kind, seq))
    }

    /// Checks an opened packet.
    pub fn handle_opened(
        &mut self,
        now: Instant,
        now_ns: u64,
        packet: &[u8],
        (kind, seq): (Kind, u64),
        filler: &Filler,
        tally: &mut Tally,
    ) {
        let Some(checker) = &mut self.checker else { return };
        let Ok(packet) = Rtp::parse(packet) else {
            tally.checked.malformed += 1;
            return;
        };
        let before = tally.checked.key_frames;
        checker.handle_packet(now_ns, &packet, kind, seq, filler, tally);
        if tally.checked.key_frames > before && !checker.has_shown() {
            checker.shown();
            tally.first_frame.add(ns(now.duration_since(self.created_at)));
        }
        if kind == Kind::Video {
            let waits = checker.waits_for_key_frame(packet.ssrc());
            if let Some(stream) = self.streams.iter_mut().find(|stream| stream.ssrc == packet.ssrc()) {
                stream.asked_at = if waits { stream.asked_at.or(Some(now)) } else { None };
            }
        }
    }

    /// Takes an opened packet of a stream of repairs: which picture it repairs its number tells.
    pub fn handle_repair(&mut self, now: Instant, packet: &[u8], tally: &mut Tally) {
        let Some((number, _)) = Rtp::parse(packet).ok().and_then(|packet| rtx::read(packet.payload())) else { return };
        for stream in self.streams.iter_mut().filter(|stream| stream.kind == Kind::Video) {
            let seq = stream.numbers.peek(number);
            if stream.gaps.misses(seq) {
                stream.gaps.handle_packet(seq, now, tally);
                return;
            }
        }
    }

    /// Notes a sender report, so that ours answer it.
    pub fn handle_sender_report(&mut self, ssrc: Ssrc, ntp: u64, now: Instant) {
        if let Some(stream) = self.streams.iter_mut().find(|stream| stream.ssrc == ssrc) {
            stream.reception.handle_sender_report(ntp, now);
        }
    }

    /// When [`Receiver::handle_timeout`] is due.
    #[must_use]
    pub fn poll_timeout(&self) -> Instant {
        let asks = self.streams.iter().filter_map(|stream| stream.gaps.nacks.poll_timeout());
        let reports = self.lossy.as_ref().and_then(|lossy| lossy.due());
        self.arrivals.poll_timeout().into_iter().chain(asks).chain(reports).fold(self.next_report_at, Instant::min)
    }

    /// Sends what is due.
    pub fn handle_timeout(
        &mut self,
        now: Instant,
        outbound: &mut SrtpOutbound,
        scratch: &mut Vec<u8>,
        tally: &mut Tally,
        mut send: impl FnMut(&[u8]),
    ) {
        scratch.clear();
        let media = self.streams.first().map_or(Ssrc(0), |stream| stream.ssrc);
        self.arrivals.poll_feedback(now, self.own, media, scratch);
        if now >= self.next_report_at {
            self.next_report_at = now + REPORT_INTERVAL;
            self.report(now, scratch);
        }
        if let Some(lossy) = &mut self.lossy {
            for stream in &mut self.streams {
                if let Some(missing) = stream.gaps.nacks.poll_nack(now, lossy.rtt()) {
                    write_nack(scratch, self.own, stream.ssrc, missing);
                }
            }
            if !scratch.is_empty() {
                lossy.push(now, scratch);
            }
            while let Some(mut report) = lossy.poll(now) {
                tally.feedback += 1;
                seal_and_send(outbound, &mut report, &mut send);
            }
        } else if !scratch.is_empty() {
            tally.feedback += 1;
            seal_and_send(outbound, scratch, &mut send);
        }
    }

    /// Counts what was lost since this was asked last.
    pub fn take_losses(&mut self, tally: &mut Tally) {
        if self.lossy.is_some() {
            return; // its line's doing, and counted as that
        }
        for stream in &mut self.streams {
            let interval = stream.reception.take_interval();
            let arrived = tally.arrived(stream.kind);
            arrived.expected += interval.expected;
            arrived.lost += interval.lost;
        }
    }

    fn report(&mut self, now: Instant, out: &mut Vec<u8>) {
        let mut blocks = [ReportBlock::default(); 31];
        let mut count = 0;
        for stream in &mut self.streams {
            if !std::mem::take(&mut stream.active) {
                continue;
            }
            if let (Some(place), Some(block)) = (blocks.get_mut(count), stream.reception.report(stream.ssrc, now)) {
                *place = block;
                count += 1;
            }
        }
        if count > 0 {
            write_rr(out, self.own, &blocks[..count]);
            write_sdes_cname(out, self.own, "hoptt-load");
        }
        for stream in &mut self.streams {
            if stream.asked_at.is_some_and(|at| now >= at + PLI_INTERVAL) {
                stream.asked_at = Some(now);
                write_pli(out, self.own, stream.ssrc);
            }
        }
    }

    fn stream(&mut self, ssrc: Ssrc, kind: Kind, now: Instant) -> Option<&mut Stream> {
        let known = self.streams.iter().position(|stream| stream.ssrc == ssrc);
        let at = match known {
            Some(at) => at,
            None if self.streams.len() >= MAX_STREAMS => return None,
            None => {
                let clock_rate = if kind == Kind::Audio { 48_000 } else { 90_000 };
                self.streams.push(Stream {
                    ssrc,
                    kind,
                    numbers: Unwrapper::default(),
                    reception: Reception::new(clock_rate, now),
                    active: false,
                    asked_at: None,
                    gaps: Gaps::default(),
                });
                self.streams.len() - 1
            }
        };
        Some(&mut self.streams[at])
    }
}

/// Seals a compound packet in place and sends it.
pub(crate) fn seal_and_send(outbound: &mut SrtpOutbound, scratch: &mut Vec<u8>, send: &mut impl FnMut(&[u8])) {
    let len = scratch.len();
    scratch.resize(len + hoptt_core::srtp::MAX_OVERHEAD, 0);
    if let Ok(len) = outbound.seal_rtcp(scratch, len) {
        send(&scratch[..len]);
    }
}

pub(crate) fn ns(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
