//! The sending half of a peer: replays the trace, stamps every packet, answers requests of the server.

mod beat;
mod camera;
mod stream;
mod voice;

use std::sync::Arc;
use std::time::{Duration, Instant};

use hoptt_core::reports::NtpClock;
use hoptt_core::srtp::SrtpOutbound;
use hoptt_wire::Ssrc;
use hoptt_wire::rtcp::{Compound, Packet, write_sdes_cname, write_sr};

use crate::payload::Filler;
use crate::receive::seal_and_send;
use crate::reel::Reel;
use crate::session::{Kind, Session};
use crate::tally::Tally;
use crate::trace::{VideoTrace, VoiceTrace};
use beat::Beat;
use camera::Camera;
use stream::Line;
use voice::Voice;

pub use stream::MAX_PACKET;

/// Between sender reports, as Chromium sends them for pictures.
const REPORT_INTERVAL: Duration = Duration::from_secs(1);
/// What comes later than this is left out, and counted.
const TOO_LATE: Duration = Duration::from_secs(1);

/// What all publishers replay, and the clock of the run.
#[derive(Debug)]
pub struct Material {
    /// Sound.
    pub voice: VoiceTrace,
    /// Pictures.
    pub video: VideoTrace,
    /// Contents.
    pub filler: Filler,
    /// Times in marks count from here.
    pub since: Instant,
    /// Replayed instead of traces, where there is one.
    pub reel: Option<Reel>,
    seed: u64,
}

impl Material {
    /// Makes it from a seed, with these pictures.
    #[must_use]
    pub fn new(seed: u64, video: VideoTrace) -> Self {
        Self { voice: VoiceTrace::new(seed), video, filler: Filler::new(seed), since: Instant::now(), reel: None, seed }
    }

    /// Lets pictures and voices be those of a reel: ten frames a second, silence until somebody is told to talk.
    #[must_use]
    pub fn with_reel(self, reel: Reel) -> Self {
        Self { reel: Some(reel), ..self }
    }

    /// When a track's frames leave, and the first of them that is taken after `start`.
    fn beat(&self, track: u16, interval: Duration, delay: Duration, start: Instant) -> (Beat, u32) {
        Beat::new(self.since, self.seed, track, interval, delay, start)
    }

    /// An instant as marks have it.
    #[must_use]
    pub fn ns(&self, now: Instant) -> u64 {
        crate::receive::ns(now.saturating_duration_since(self.since))
    }
}

/// All that one peer sends.
#[derive(Debug)]
pub struct Publisher {
    material: Arc<Material>,
    line: Line,
    voices: Vec<Voice>,
    cameras: Vec<Camera>,
    clock: NtpClock,
    next_report_at: Instant,
}

impl Publisher {
    /// Sends what the session has; `number` sets this publisher apart from all others of the run. The first packet of each
    /// track is taken within its first interval after `start`.
    #[must_use]
    pub fn new(session: &Session, number: u16, material: Arc<Material>, start: Instant) -> Self {
        let (mut voices, mut cameras) = (Vec::new(), Vec::new());
        for (place, sending) in (0u16..).zip(&session.sending) {
            let track = track(number, place, 0);
            match sending.kind {
                Kind::Audio => voices.push(Voice::new(sending, &material, track, start)),
                Kind::Video => cameras.push(Camera::new(sending, &material, track, start)),
            }
        }
        let clock = NtpClock::new(start, NTP_BASE);
        let line = Line::new(session.extensions);
        Self { material, line, voices, cameras, clock, next_report_at: start + REPORT_INTERVAL }
    }

    /// Speaks or is silent; without a reel a voice has phrases and pauses of its own.
    pub fn talk(&mut self, on: bool) {
        for voice in &mut self.voices {
            voice.talk(on);
        }
    }

    /// Sends these encodings of its pictures and no others, the smallest first.
    pub fn encode(&mut self, active: &[bool]) {
        for camera in &mut self.cameras {
            camera.encode(active);
        }
    }

    /// When [`Publisher::handle_timeout`] is due.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let voices = self.voices.iter().map(Voice::due);
        let cameras = self.cameras.iter().map(Camera::due);
        voices.chain(cameras).min().map(|due| due.min(self.next_report_at))
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
        for voice in &mut self.voices {
            voice.handle_timeout(now, &self.material, &mut self.line, outbound, tally, &mut send);
        }
        for camera in &mut self.cameras {
            camera.handle_timeout(now, &self.material, &mut self.line, outbound, tally, &mut send);
        }
        if now >= self.next_report_at {
            self.next_report_at = now + REPORT_INTERVAL;
            let streams = self.voices.iter().map(Voice::stream).chain(self.cameras.iter().flat_map(Camera::streams));
            for stream in streams {
                scratch.clear();
                if let Some(info) = stream.info(&self.clock, now) {
                    write_sr(scratch, stream.ssrc(), &info, &[]);
                    write_sdes_cname(scratch, stream.ssrc(), "hoptt-load");
                    seal_and_send(outbound, scratch, &mut send);
                }
            }
        }
    }

    /// Takes an opened compound packet of the server: requests for key frames and for lost packets.
    pub fn handle_rtcp(
        &mut self,
        now: Instant,
        compound: &[u8],
        outbound: &mut SrtpOutbound,
        tally: &mut Tally,
        mut send: impl FnMut(&[u8]),
    ) {
        for packet in Compound::new(compound).flatten() {
            match packet {
                Packet::Pli { media, .. } => self.want_key_frame(now, media, tally),
                Packet::Fir(fir) => fir.entries().for_each(|(media, _)| self.want_key_frame(now, media, tally)),
                Packet::Nack(nack) => {
                    for camera in &mut self.cameras {
                        camera.repair(now, &nack, &mut self.line, outbound, tally, &mut send);
                    }
                }
                _ => {}
            }
        }
    }

    fn want_key_frame(&mut self, now: Instant, media: Ssrc, tally: &mut Tally) {
        for camera in &mut self.cameras {
            camera.want_key_frame(now, media, tally);
        }
    }
}

/// Encodings that a source may have, and tracks of a publisher with them: the numbers of marks.
pub const LAYERS: u16 = 4;
const TRACKS: u16 = 2 * LAYERS;

/// What marks call an encoding: of which publisher, of which of the sources that it sends, and its place among their encodings.
#[must_use]
pub fn track(number: u16, source: u16, layer: u16) -> u16 {
    number.wrapping_mul(TRACKS).wrapping_add(source * LAYERS).wrapping_add(layer)
}

/// Any moment after 1970 in the format of reports; receivers compare it with itself only.
const NTP_BASE: u64 = 4_000_000_000 << 32;

#[cfg(test)]
mod tests;
