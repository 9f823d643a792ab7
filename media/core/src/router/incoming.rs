//! Which encoding of which track an SSRC carries: as announced, else as its first authentic packet says by mid and rid,
//! or by payload type.

use hoptt_wire::ext;
use hoptt_wire::rtp::Rtp;

use super::counters::Count;
use super::encoding::Encoding;
use super::slab::Key;
use super::track::{Feed, Track};
use crate::control::{Extensions, Published};

/// The streams of one peer.
#[derive(Debug, Default)]
pub(super) struct Incoming {
    bindings: Vec<Binding>,
}

/// What an SSRC carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Binding {
    ssrc: u32,
    pub(super) feed: Feed,
    /// It repairs the encoding's stream (RFC 4588).
    pub(super) repair: bool,
    /// By the session; else it was learned.
    announced: bool,
}

/// What could be bound: a track by its key.
pub(super) struct Candidate<'a> {
    pub(super) key: Key<Track>,
    pub(super) track: &'a Track,
}

impl Incoming {
    /// Takes what a session announces of a track.
    pub(super) fn announce(&mut self, published: &Published, track: Key<Track>) {
        if !published.rids.is_empty() {
            return; // which SSRC is which encoding, packets say themselves
        }
        let media = published.ssrcs.iter().map(|ssrc| (*ssrc, false));
        let repair = published.rtx_ssrcs.iter().map(|ssrc| (*ssrc, true));
        for (ssrc, repair) in media.chain(repair) {
            self.bindings.retain(|binding| binding.ssrc != ssrc);
            self.bindings.push(Binding { ssrc, feed: Feed::sole(track), repair, announced: true });
        }
    }

    /// Before a session is applied: what it announces replaces what was announced, and what was learned of tracks that
    /// stay is kept, for browsers write the mid only into the first packets (RFC 9143 §15.1).
    pub(super) fn begin_session(&mut self, stays: impl Fn(Key<Track>) -> bool) {
        self.bindings.retain(|binding| !binding.announced && stays(binding.feed.track));
    }

    /// Gives what an SSRC carries.
    pub(super) fn get(&self, ssrc: u32) -> Option<Binding> {
        self.bindings.iter().find(|binding| binding.ssrc == ssrc).copied()
    }

    /// Learns what an SSRC carries from an authentic packet (S1).
    ///
    /// # Errors
    /// It belongs to no track, or to no encoding of it; or too many did.
    pub(super) fn learn<'a>(
        &mut self,
        packet: &Rtp<'_>,
        extensions: &Extensions,
        tracks: impl Iterator<Item = Candidate<'a>> + Clone,
        limit: usize,
    ) -> Result<Binding, Count> {
        if self.bindings.len() >= limit {
            return Err(Count::DroppedNoTrack);
        }
        let named = |id: Option<u8>| id.and_then(|id| packet.extension(id));
        let mid = named(extensions.mid).and_then(ext::mid);
        let pt = packet.payload_type();
        let mut fitting =
            tracks.filter(|one| mid.is_none_or(|mid| one.track.mid == mid)).filter_map(|Candidate { key, track }| {
                if track.codecs.iter().any(|codec| codec.pt == pt) {
                    Some((key, track, false))
                } else {
                    track.codecs.iter().any(|codec| codec.rtx_pt == Some(pt)).then_some((key, track, true))
                }
            });
        let (key, track, repair) = fitting.next().ok_or(Count::DroppedNoTrack)?;
        if fitting.next().is_some() {
            return Err(Count::DroppedNoTrack); // without a mid the payload type must tell it alone (RFC 8843 §9.2)
        }
        let rid = named(if repair { extensions.repaired_rid } else { extensions.rid }).and_then(ext::rid);
        let place = if track.is_layered() {
            let named = |encoding: &Encoding| rid.is_some() && encoding.rid.as_deref() == rid;
            track.encodings.iter().position(named).ok_or(Count::DroppedRid)?
        } else {
            0
        };
        let feed = Feed { track: key, place };
        let binding = Binding { ssrc: packet.ssrc().0, feed, repair, announced: false };
        self.bindings.push(binding);
        Ok(binding)
    }
}
