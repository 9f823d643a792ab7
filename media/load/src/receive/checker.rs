//! Checks everything of a stream: content, order, times, and that frames are whole.

use hoptt_wire::Ssrc;
use hoptt_wire::opus;
use hoptt_wire::rtp::Rtp;

use crate::payload::{Fault, Filler, Mark};
use crate::publish::LAYERS;
use crate::session::Kind;
use crate::tally::Tally;
use crate::vp8;

/// What is kept of each stream that one subscriber checks.
#[derive(Debug, Default)]
pub struct Checker {
    streams: Vec<Stream>,
    shown: bool,
    /// An encoding that is to be shown, and since when.
    awaited: Option<(u16, u64)>,
}

#[derive(Debug)]
struct Stream {
    ssrc: Ssrc,
    last: Option<Last>,
    frame: Option<Frame>,
    /// A key frame came whole.
    decodes: bool,
}

/// The packet before.
#[derive(Clone, Copy, Debug)]
struct Last {
    seq: u64,
    timestamp: u32,
    mark: Mark,
}

/// The frame that is coming in.
#[derive(Clone, Copy, Debug)]
struct Frame {
    track: u16,
    number: u32,
    missing: u16,
    key: bool,
}

impl Checker {
    /// Whether a key frame was noted as the first one shown.
    #[must_use]
    pub fn has_shown(&self) -> bool {
        self.shown
    }

    /// Notes it.
    pub fn shown(&mut self) {
        self.shown = true;
    }

    /// Whether a stream's pictures cannot be shown yet.
    #[must_use]
    pub fn waits_for_key_frame(&self, ssrc: Ssrc) -> bool {
        self.streams.iter().any(|stream| stream.ssrc == ssrc && !stream.decodes)
    }

    /// From now on the picture is to be shown in this encoding, as marks name it.
    pub fn awaits(&mut self, track: u16, since_ns: u64, tally: &mut Tally) {
        tally.unswitched += u64::from(self.awaited.replace((track, since_ns)).is_some());
    }

    /// Takes an opened packet under its 64-bit number.
    pub fn handle_packet(
        &mut self,
        now_ns: u64,
        packet: &Rtp<'_>,
        kind: Kind,
        seq: u64,
        filler: &Filler,
        tally: &mut Tally,
    ) {
        tally.checked.packets += 1;
        let payload = packet.payload();
        if payload.is_empty() {
            tally.checked.padding += 1;
            return;
        }
        tally.checked.padded += u64::from(packet.padding_len() > 0);
        let (begins, key) = match kind {
            Kind::Audio if opus::is_silence(payload) => {
                tally.checked.comfort += 1;
                return;
            }
            Kind::Audio => (1, false),
            Kind::Video => {
                let Some(found) = vp8::read(payload) else {
                    tally.checked.malformed += 1;
                    return;
                };
                found
            }
        };
        let Ok(mark) = payload.get(begins..).ok_or(Fault::NoMark).and_then(|content| filler.read(content)) else {
            tally.checked.wrong_content += 1;
            return;
        };
        tally.latency(kind).add(now_ns.saturating_sub(mark.sent_ns));
        let stream = self.stream(packet.ssrc());
        stream.check_place(seq, packet.timestamp(), mark, key, now_ns, tally);
        if kind == Kind::Video
            && stream.check_frame(packet, mark, key, tally)
            && let Some((_, since_ns)) = self.awaited.take_if(|(track, _)| *track == mark.track)
        {
            tally.switch.add(now_ns.saturating_sub(since_ns));
        }
    }

    fn stream(&mut self, ssrc: Ssrc) -> &mut Stream {
        let at = self.streams.iter().position(|stream| stream.ssrc == ssrc).unwrap_or_else(|| {
            self.streams.push(Stream { ssrc, last: None, frame: None, decodes: false });
            self.streams.len() - 1
        });
        &mut self.streams[at]
    }
}

impl Stream {
    /// Numbers and times move as the marks say, as long as the source is the same.
    fn check_place(&mut self, seq: u64, timestamp: u32, mark: Mark, key: bool, now_ns: u64, tally: &mut Tally) {
        if let Some(last) = self.last.filter(|last| last.mark.track == mark.track) {
            let moved = seq.wrapping_sub(last.seq).cast_signed();
            let index = i64::from(mark.index) - i64::from(last.mark.index);
            let later = timestamp.wrapping_sub(last.timestamp).cast_signed();
            // A picture that paused begins again with its last key frame, which may have been shown.
            if key && mark.position == 0 && index <= 0 && moved > 0 && later > 0 {
                tally.checked.begun_again += 1;
                self.last = Some(Last { seq, timestamp, mark });
                return;
            }
            // A slot may carry a voice again after it carried nothing: numbers then go on where the marks jump.
            tally.checked.left_out += u64::from(moved > 0 && index > moved);
            tally.checked.wrong_order += u64::from(if moved > 0 { index < moved } else { index != moved });
            let same_frame = mark.frame == last.mark.frame;
            let backwards = i64::from(mark.frame) < i64::from(last.mark.frame);
            let fits = if same_frame { later == 0 } else { (later < 0) == backwards };
            tally.checked.wrong_time += u64::from(!fits);
            if moved < 0 {
                return;
            }
        }
        tally.checked.wrong_time += u64::from(mark.sent_ns > now_ns);
        self.last = Some(Last { seq, timestamp, mark });
    }

    /// True: a key frame is whole now.
    fn check_frame(&mut self, packet: &Rtp<'_>, mark: Mark, key: bool, tally: &mut Tally) -> bool {
        let same = |frame: &Frame| frame.track == mark.track && frame.number == mark.frame;
        if !self.frame.as_ref().is_some_and(same) {
            // Of the first frame the beginning may have been sent before we were there.
            if self.frame.is_some_and(|frame| frame.missing > 0) {
                tally.checked.broken_frames += 1;
            }
            if mark.position != 0 && self.frame.is_none() {
                return false;
            }
            self.frame =
                Some(Frame { track: mark.track, number: mark.frame, missing: u16::from(mark.count), key: false });
        }
        let Some(frame) = &mut self.frame else { return false };
        frame.key |= key;
        frame.missing = frame.missing.saturating_sub(1);
        // The marker stands on the last packet and on no other (RFC 7741 §4.1).
        let last = mark.position + 1 == mark.count;
        tally.checked.wrong_order += u64::from(packet.marker() != last);
        if frame.missing == 0 {
            tally.checked.frames += 1;
            tally.checked.frames_of[usize::from(mark.track % LAYERS)] += 1;
            tally.checked.key_frames += u64::from(frame.key);
            self.decodes |= frame.key;
        }
        frame.missing == 0 && frame.key
    }
}

#[cfg(test)]
mod tests;
