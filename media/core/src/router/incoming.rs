//! Which track an SSRC carries: as announced, else as its first authentic packet says by mid or payload type.

use hoptt_wire::ext;
use hoptt_wire::rtp::Rtp;

use super::slab::Key;
use super::track::Track;
use crate::control::{Codec, Published};

/// The streams of one peer.
#[derive(Debug, Default)]
pub(super) struct Incoming {
    bindings: Vec<Binding>,
}

/// What an SSRC carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Binding {
    ssrc: u32,
    pub(super) track: Key<Track>,
    /// It repairs the track's stream (RFC 4588).
    pub(super) repair: bool,
    /// By the session; else it was learned.
    announced: bool,
}

/// What could be bound: a track with its mid and codecs.
pub(super) struct Candidate<'a> {
    pub(super) track: Key<Track>,
    pub(super) mid: &'a str,
    pub(super) codecs: &'a [Codec],
}

impl Incoming {
    /// Takes what a session announces of a track.
    pub(super) fn announce(&mut self, published: &Published, track: Key<Track>) {
        let media = published.ssrcs.iter().map(|ssrc| (*ssrc, false));
        let repair = published.rtx_ssrcs.iter().map(|ssrc| (*ssrc, true));
        for (ssrc, repair) in media.chain(repair) {
            self.bindings.retain(|binding| binding.ssrc != ssrc);
            self.bindings.push(Binding { ssrc, track, repair, announced: true });
        }
    }

    /// Before a session is applied: what it announces replaces what was announced, and what was learned of tracks that
    /// stay is kept, for browsers write the mid only into the first packets (RFC 9143 §15.1).
    pub(super) fn begin_session(&mut self, stays: impl Fn(Key<Track>) -> bool) {
        self.bindings.retain(|binding| !binding.announced && stays(binding.track));
    }

    /// Gives what an SSRC carries.
    pub(super) fn get(&self, ssrc: u32) -> Option<Binding> {
        self.bindings.iter().find(|binding| binding.ssrc == ssrc).copied()
    }

    /// Learns what an SSRC carries from an authentic packet (S1); `None` when it belongs to no track, or too many did.
    pub(super) fn learn<'a>(
        &mut self,
        packet: &Rtp<'_>,
        mid_id: Option<u8>,
        tracks: impl Iterator<Item = Candidate<'a>> + Clone,
        limit: usize,
    ) -> Option<Binding> {
        if self.bindings.len() >= limit {
            return None;
        }
        let mid = mid_id.and_then(|id| packet.extension(id)).and_then(ext::mid);
        let pt = packet.payload_type();
        let mut fitting = tracks.filter(|track| mid.is_none_or(|mid| track.mid == mid)).filter_map(|track| {
            if track.codecs.iter().any(|codec| codec.pt == pt) {
                Some((track.track, false))
            } else {
                track.codecs.iter().any(|codec| codec.rtx_pt == Some(pt)).then_some((track.track, true))
            }
        });
        let (track, repair) = fitting.next()?;
        if fitting.next().is_some() {
            return None; // without a mid the payload type must tell it alone (RFC 8843 §9.2)
        }
        let binding = Binding { ssrc: packet.ssrc().0, track, repair, announced: false };
        self.bindings.push(binding);
        Some(binding)
    }
}
