//! Packets of one encoding that arrived together, to those who are shown it: a few of them at a time get all of it. So a picture
//! leaves for a viewer while its packets, and all that is known of the viewer, still lie in the processor's cache; and the first of
//! hundreds of listeners does not wait until a voice is sealed for the last one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use hoptt_wire::rtp::Rtp;

use super::Router;
use super::counters::Count;
use super::egress::Outbox;
use super::encoding::SourceKey;
use super::forward::show;
use super::stream::{Arrival, Known};
use super::track::{Feed, Watcher};
use crate::control::Kind;
use crate::history::Stored;

/// Packets of a run: as many as a train has.
const MOST: usize = 16;
/// Copies that are written before they are to be polled: more would not lie in the cache until they leave.
const AT_ONCE: usize = 24;

/// Packets that have passed their gate and have not been forwarded yet: of pictures they lie in their history, of sound here. They
/// are before anything else happens than that more of them arrive.
#[derive(Debug, Default)]
pub(super) struct Run {
    /// Of this encoding; and when the last of them came.
    of: Option<(Feed, Instant)>,
    packets: Vec<Waiting>,
    /// Packets of sound: no history keeps them.
    bytes: Vec<u8>,
    /// So many watchers have theirs.
    served: usize,
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    source: SourceKey,
    known: Known,
    /// Of sound: where it lies among the bytes of the run.
    place: Option<(usize, usize)>,
    /// Somebody was sent it.
    left: bool,
}

impl Run {
    /// Whether no other packet has room.
    pub(super) fn is_whole(&self) -> bool {
        self.packets.len() >= MOST
    }

    fn is_sound(&self) -> bool {
        !self.bytes.is_empty()
    }
}

impl Router {
    /// Lets a packet wait for those that come with it; false: it is not kept, and is to be forwarded as it is.
    pub(super) fn defer(&mut self, now: Instant, feed: Feed, arrival: &Arrival<'_>) -> bool {
        let Some(track) = self.tracks.get(feed.track) else { return false };
        let Some(encoding) = track.encodings.get(feed.place) else { return false };
        let is_sound = track.kind == Kind::Audio;
        if !is_sound && encoding.history.get(arrival.known.seq).is_none() {
            return false;
        }
        let source = encoding.source_key;
        let place = is_sound.then(|| {
            let start = self.run.bytes.len();
            self.run.bytes.extend_from_slice(arrival.rtp.bytes());
            (start, self.run.bytes.len())
        });
        self.run.of = Some((feed, now));
        self.run.packets.push(Waiting { source, known: arrival.known, place, left: false });
        true
    }

    /// Before a packet of this encoding is taken: what waits of another one is forwarded, or of the same if it is a whole run, or
    /// if some have theirs already, who else would miss this one.
    pub(super) fn make_way(&mut self, feed: Feed) {
        if self.run.of.is_none_or(|(waits, _)| waits != feed) || self.run.is_whole() || self.run.served > 0 {
            self.complete();
        }
    }

    /// Forwards what waits. To be called before anything happens that may change who gets what, or what is known of it.
    #[inline]
    pub(super) fn complete(&mut self) {
        if !self.run.packets.is_empty() {
            self.serve(usize::MAX);
        }
    }

    /// The next ones get what waits, until about so many copies are written; false: nothing waits, or what was written before
    /// leaves first. Sound waits for sound only (R24).
    pub(super) fn serve_some(&mut self) -> bool {
        if self.run.packets.is_empty() {
            return false;
        }
        let is_free = if self.run.is_sound() { self.out.is_drained_of_sound() } else { self.out.is_drained() };
        if is_free {
            self.serve(AT_ONCE);
        }
        is_free
    }

    /// How many copies are to be made of what waits.
    pub(super) fn unserved(&self) -> usize {
        let track = self.run.of.and_then(|(feed, _)| Some((feed, self.tracks.get(feed.track)?)));
        let watchers = track.map_or(0, |(feed, track)| track.encodings[feed.place].watchers.len());
        watchers.saturating_sub(self.run.served) * self.run.packets.len()
    }

    fn serve(&mut self, most: usize) {
        let mut run = std::mem::take(&mut self.run);
        let Some((feed, now)) = run.of else { return };
        let over = self.serve_run(now, feed, &mut run, most);
        if over {
            for packet in run.packets.drain(..).filter(|packet| packet.left) {
                self.out.forwarded(packet.known.arrived);
            }
            run.bytes.clear();
            (run.of, run.served) = (None, 0);
        }
        self.run = run;
        if over {
            self.after_forwarding(now, feed); // not before: it may change who watches
        }
    }

    /// Gives whether all watchers have been served.
    fn serve_run(&mut self, now: Instant, feed: Feed, run: &mut Run, most: usize) -> bool {
        let Some(track) = self.tracks.get(feed.track).filter(|track| track.is_live()) else { return true };
        let encoding = &track.encodings[feed.place];
        let Run { packets, bytes, served, .. } = run;
        let mut arrivals = [const { None }; MOST];
        for (arrival, waiting) in arrivals.iter_mut().zip(&*packets) {
            let known = waiting.known;
            let kept = match waiting.place {
                Some((start, end)) => bytes.get(start..end),
                None => encoding.history.get(known.seq).map(Stored::packet),
            };
            let kept = kept.filter(|_| encoding.source_key == waiting.source);
            let rtp = kept.and_then(|packet| Rtp::parse(packet).ok());
            *arrival = rtp.map(|rtp| Arrival { rtp, known, pad_to: 0 });
            if arrival.is_none() {
                self.out.counters.one(Count::DroppedLate);
            }
        }
        let enough = self.out.holds().saturating_add(most);
        to_each(&mut self.out, &encoding.watchers, served, enough, |out, watcher| {
            for (arrival, waiting) in arrivals.iter().zip(&mut *packets) {
                let Some(arrival) = arrival else { continue };
                waiting.left |= show(now, self.epoch, out, &mut self.peers, (feed, track), watcher, arrival);
            }
        });
        *served >= encoding.watchers.len()
    }
}

/// Gives to one watcher after the other, until so many copies are written; a panic over one of them costs the others nothing
/// (S20, P10).
pub(super) fn to_each(
    out: &mut Outbox,
    watchers: &[Watcher],
    served: &mut usize,
    enough: usize,
    mut give: impl FnMut(&mut Outbox, Watcher),
) {
    while *served < watchers.len() && out.holds() < enough {
        let all = catch_unwind(AssertUnwindSafe(|| {
            while let Some(watcher) = watchers.get(*served)
                && out.holds() < enough
            {
                *served += 1;
                give(out, *watcher);
            }
        }));
        if all.is_err() {
            out.faulty.push(watchers[*served - 1].peer);
        }
    }
}
