//! One RTP stream of a track, by rid where there are several: numbers, history, repairs, keyframes, and who gets it.

use std::time::{Duration, Instant};

use hoptt_wire::rtcp::SenderInfo;

use super::layering::Layering;
use super::rate::EncodingRate;
use super::redundancy::First;
use super::track::Watcher;
use crate::control::Codec;
use crate::history::History;
use crate::keyframes::KeyframeRequests;
use crate::nack::NackGenerator;
use crate::reports::{LossAfar, Reception};
use crate::rhythm::Rhythm;
use crate::seq::Unwrapper;

/// Encodings of one track at most.
pub(super) const MAX_ENCODINGS: usize = 4;
/// A stream under another SSRC takes an encoding over when the one before has been quiet for this long.
const SUCCESSION: Duration = Duration::from_millis(250);
/// Without a packet for this long an encoding has stopped, and its viewers get another one. Cameras in the dark make
/// five frames a second.
const STOPPED_AFTER: Duration = Duration::from_millis(600);

/// Tells apart what a slot can be switched between: another number for each stream, codec and opening of a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SourceKey(u64);

/// Gives every source its number.
#[derive(Debug, Default)]
pub(super) struct Sources(u64);

impl SourceKey {
    pub(super) fn number(self) -> u64 {
        self.0
    }
}

impl Sources {
    pub(super) fn fresh(&mut self) -> SourceKey {
        self.0 += 1;
        SourceKey(self.0)
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Encoding {
    /// Its name; a track with one encoding has none.
    pub(super) rid: Option<String>,
    /// The SSRC that is taken.
    pub(super) ssrc: Option<u32>,
    /// The SSRC that the session names.
    announced: Option<u32>,
    /// Place among the track's codecs of what arrives.
    pub(super) codec: usize,
    pub(super) source_key: SourceKey,
    pub(super) numbers: Unwrapper,
    pub(super) history: History,
    pub(super) nack: NackGenerator,
    pub(super) keyframes: KeyframeRequests,
    /// Of the current stream.
    pub(super) reception: Option<Reception>,
    /// On the way to those who hear it.
    pub(super) loss_afar: LossAfar,
    /// The sender's last report: this NTP time is this timestamp.
    report: Option<(u64, u32)>,
    /// When the last authentic packet came, whatever the gate.
    pub(super) heard_at: Option<Instant>,
    /// Packets come.
    pub(super) live: bool,
    /// Width and height of the last keyframe.
    pub(super) size: Option<(u16, u16)>,
    pub(super) rate: EncodingRate,
    /// Of a voice.
    pub(super) rhythm: Rhythm,
    pub(super) layering: Layering,
    /// Of a voice with redundancy, since its gate opened.
    pub(super) first_red: Option<First>,
    /// Slots that show it or are to.
    pub(super) watchers: Vec<Watcher>,
    /// Somebody in another shard is shown it, or is to be.
    watched_afar: bool,
    /// Of a mirror: the stream that crosses.
    pub(super) stream_afar: u64,
}

impl Encoding {
    pub(super) fn new(rid: Option<String>, announced: Option<u32>, source_key: SourceKey) -> Self {
        Self {
            rid,
            ssrc: announced,
            announced,
            codec: 0,
            source_key,
            numbers: Unwrapper::default(),
            history: History::new(),
            nack: NackGenerator::default(),
            keyframes: KeyframeRequests::default(),
            reception: None,
            loss_afar: LossAfar::default(),
            report: None,
            heard_at: None,
            live: false,
            size: None,
            rate: EncodingRate::default(),
            rhythm: Rhythm::default(),
            layering: Layering::default(),
            first_red: None,
            watchers: Vec::new(),
            watched_afar: false,
            stream_afar: 0,
        }
    }

    /// Whether packets of this SSRC are the encoding's now: one that was quiet can be followed by another.
    pub(super) fn takes(&self, ssrc: u32, now: Instant) -> bool {
        self.ssrc == Some(ssrc) || self.heard_at.is_none_or(|heard| now.duration_since(heard) >= SUCCESSION)
    }

    /// Numbers of another stream follow.
    pub(super) fn begin_stream(&mut self, ssrc: u32, source_key: SourceKey) {
        self.ssrc = Some(ssrc);
        self.numbers = Unwrapper::default();
        self.reception = None;
        self.report = None;
        self.forget_stream(source_key);
    }

    /// Takes the SSRC that another session names.
    pub(super) fn announce(&mut self, announced: Option<u32>, sources: &mut Sources) {
        if let Some(ssrc) = announced.filter(|_| announced != self.announced) {
            self.begin_stream(ssrc, sources.fresh());
        }
        self.announced = announced;
    }

    /// What is kept of the stream is nothing for whoever comes next: another gate opening, codec or SSRC.
    pub(super) fn forget_stream(&mut self, source_key: SourceKey) {
        self.source_key = source_key;
        self.history.clear();
        self.nack.clear();
        self.keyframes.forget();
        self.layering.forget();
        self.first_red = None;
    }

    /// The codec that arrives.
    pub(super) fn current_codec<'a>(&self, codecs: &'a [Codec]) -> Option<&'a Codec> {
        codecs.get(self.codec)
    }

    /// Whether anybody misses what does not come.
    pub(super) fn is_watched(&self) -> bool {
        !self.watchers.is_empty() || self.watched_afar
    }

    /// Takes slots off the list; tells whether there were any.
    pub(super) fn unwatch(&mut self, goes: impl Fn(&Watcher) -> bool) -> bool {
        let before = self.watchers.len();
        self.watchers.retain(|watcher| !goes(watcher));
        self.forget_unawaited();
        self.watchers.len() < before
    }

    /// Somebody watches in another shard, or nobody does any more.
    pub(super) fn watch_afar(&mut self, watched: bool) {
        self.watched_afar = watched;
        self.forget_unawaited();
    }

    /// What nobody watches nobody awaits: its sender may have turned it off, and each request would make the others'
    /// keyframes (S17).
    fn forget_unawaited(&mut self) {
        if !self.is_watched() {
            self.keyframes.forget();
        }
    }

    /// Takes what its sender has reported in another shard: this NTP time is this timestamp.
    pub(super) fn set_report(&mut self, report: (u64, u32)) {
        self.report = Some(report);
    }

    /// Takes what the sender reports of its clock.
    pub(super) fn handle_sender_report(&mut self, info: &SenderInfo, now: Instant) {
        self.report = Some((info.ntp, info.rtp_time));
        if let Some(reception) = &mut self.reception {
            reception.handle_sender_report(info.ntp, now);
        }
    }

    /// The timestamp that the same moment has in another encoding of the track; `None` before both were reported.
    pub(super) fn same_moment(&self, timestamp: u32, other: &Self, clock_rate: u32) -> Option<u32> {
        let ((own_ntp, own_time), (ntp, time)) = (self.report?, other.report?);
        let apart = i128::from(own_ntp) - i128::from(ntp);
        let ticks = (apart * i128::from(clock_rate)) >> 32;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "timestamps count modulo 2^32")]
        let ticks = ticks as u32;
        Some(time.wrapping_add(ticks).wrapping_add(timestamp.wrapping_sub(own_time)))
    }

    /// When it has stopped unless a packet comes.
    pub(super) fn stops_at(&self) -> Option<Instant> {
        self.heard_at.filter(|_| self.live).map(|heard| heard + STOPPED_AFTER)
    }

    /// When it has something to ask of its publisher.
    pub(super) fn asks_at(&self, now: Instant) -> Option<Instant> {
        // Without an SSRC there is nothing to ask for yet.
        let keyframe = self.ssrc.and_then(|_| self.keyframes.poll_timeout(now));
        [keyframe, self.nack.poll_timeout()].into_iter().flatten().min()
    }

    /// How many pixels a picture of it has; as told, else as its place among so many usually has.
    pub(super) fn pixels(&self, place: usize, count: usize) -> u32 {
        match self.size {
            Some((width, height)) => u32::from(width) * u32::from(height),
            None => USUAL_PIXELS >> (2 * (count - 1 - place).min(8)),
        }
    }
}

impl Encoding {
    /// How many pixels a picture of one of its spatial layers has; where it is not told, a quarter of the next one.
    pub(super) fn pixels_of(&self, picture: usize, (place, count): (usize, usize)) -> u32 {
        let larger = self.rate.pictures() - 1 - picture;
        let told = self.layering.size(picture).filter(|_| larger > 0);
        told.map_or_else(
            || self.pixels(place, count) >> (2 * larger),
            |(width, height)| u32::from(width) * u32::from(height),
        )
    }

    /// Whether a packet of the largest picture comes with those of smaller ones.
    pub(super) fn has_smaller_pictures(&self) -> bool {
        self.layering.targets().has_smaller_pictures()
    }
}

/// Of the largest encoding before its first keyframe; each one below it has a quarter.
const USUAL_PIXELS: u32 = 1280 * 720;

#[cfg(test)]
mod tests {
    use super::*;

    fn reported(ntp: u64, rtp_time: u32) -> Encoding {
        let mut encoding = Encoding::new(None, None, SourceKey(0));
        encoding.report = Some((ntp, rtp_time));
        encoding
    }

    #[test]
    fn a_moment_is_found_again_in_another_encoding() {
        let (one, other) = (reported(100 << 32, 5_000), reported((100 << 32) - (1 << 31), 0xffff_ff00));
        // Half a second apart: 45,000 ticks.
        assert_eq!(one.same_moment(5_000, &other, 90_000), Some(0xffff_ff00_u32.wrapping_add(45_000)));
        assert_eq!(one.same_moment(4_000, &other, 90_000), Some(0xffff_ff00_u32.wrapping_add(44_000)));
        assert_eq!(other.same_moment(0xffff_ff00, &one, 90_000), Some(5_000_u32.wrapping_sub(45_000)));
        assert_eq!(one.same_moment(0, &Encoding::new(None, None, SourceKey(0)), 90_000), None);
    }

    #[test]
    fn an_encoding_of_unknown_size_has_a_quarter_of_the_next() {
        let mut encoding = Encoding::new(None, None, SourceKey(0));
        assert_eq!([0, 1, 2].map(|place| encoding.pixels(place, 3)), [57_600, 230_400, 921_600]);
        encoding.size = Some((640, 480));
        assert_eq!(encoding.pixels(0, 3), 307_200);
    }
}
