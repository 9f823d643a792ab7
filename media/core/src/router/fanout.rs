//! Packets of one encoding that arrived together, to those who are shown it: a few of them at a time get all of it. So a picture
//! leaves for a viewer while its packets, and all that is known of the viewer, still lie in the processor's cache; and the first of
//! hundreds of listeners does not wait until a voice is sealed for the last one. A packet that comes while some have theirs goes on
//! with the others to who is next, and to those few at the end.

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
/// The same at first: meanwhile the rest of the picture may come, which all others get with it.
const AT_FIRST: usize = 8;

/// Packets that have passed their gate and that not everybody was forwarded yet: of pictures they lie in their history, of sound
/// here. They are before anything else happens than that more of them arrive.
#[derive(Debug, Default)]
pub(super) struct Run {
    /// Of this encoding; and when the last of them came.
    of: Option<(Feed, Instant)>,
    /// Oldest first: what a watcher lacks are the last ones.
    packets: Vec<Waiting>,
    /// So many packets it has been.
    taken: usize,
    /// Packets of sound: no history keeps them.
    bytes: Vec<u8>,
    /// Whose turn it is among the watchers: after the last one the first.
    next: usize,
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    source: SourceKey,
    known: Known,
    /// Of sound: where it lies among the bytes of the run.
    place: Option<(usize, usize)>,
    /// So many watchers, from the next one on, are to get it.
    lacking: usize,
    /// Somebody was sent it.
    left: bool,
}

impl Run {
    /// Whether no other packet has room.
    pub(super) fn is_whole(&self) -> bool {
        self.taken >= MOST
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
        let lacking = encoding.watchers.len();
        self.run.of = Some((feed, now));
        self.run.taken += 1;
        self.run.packets.push(Waiting { source, known: arrival.known, place, lacking, left: false });
        true
    }

    /// Before a packet of this encoding is taken: what waits of another one is forwarded, or of the same if it is a whole run.
    pub(super) fn make_way(&mut self, feed: Feed) {
        if self.run.of.is_none_or(|(waits, _)| waits != feed) || self.run.is_whole() {
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
            let may_join = self.run.next == 0 && !self.run.is_sound();
            self.serve(if may_join { AT_FIRST } else { AT_ONCE });
        }
        is_free
    }

    /// How many copies are to be made of what waits.
    pub(super) fn unserved(&self) -> usize {
        self.run.packets.iter().map(|packet| packet.lacking).sum()
    }

    fn serve(&mut self, most: usize) {
        let mut run = std::mem::take(&mut self.run);
        let Some((feed, now)) = run.of else { return };
        self.serve_run(now, feed, &mut run, most);
        let everybodys = run.packets.iter().take_while(|packet| packet.lacking == 0).count();
        for packet in run.packets.drain(..everybodys).filter(|packet| packet.left) {
            self.out.forwarded(packet.known.arrived);
        }
        let over = run.packets.is_empty();
        if over {
            run.bytes.clear();
            (run.of, run.taken, run.next) = (None, 0, 0);
        }
        self.run = run;
        if over {
            self.after_forwarding(now, feed); // not before: it may change who watches
        }
    }

    /// Gives to one watcher after the other what each lacks.
    fn serve_run(&mut self, now: Instant, feed: Feed, run: &mut Run, most: usize) {
        let Run { packets, bytes, next, .. } = run;
        let track = self.tracks.get(feed.track).filter(|track| track.is_live());
        let Some(track) = track.filter(|track| *next < track.encodings[feed.place].watchers.len()) else {
            for packet in packets {
                packet.lacking = 0; // nobody is left who could get it
            }
            return;
        };
        let encoding = &track.encodings[feed.place];
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
        while self.out.holds() < enough {
            let turns = packets.iter().map(|packet| packet.lacking).max().unwrap_or_default();
            if turns == 0 {
                break;
            }
            let watchers = &encoding.watchers[*next..];
            let watchers = &watchers[..turns.min(watchers.len())];
            let served = to_each(&mut self.out, watchers, enough, |out, watcher| {
                let had = packets.iter().take_while(|packet| packet.lacking == 0).count();
                for packet in &mut packets[had..] {
                    packet.lacking = packet.lacking.saturating_sub(1); // whatever becomes of it: its turn is over
                }
                for (arrival, waiting) in arrivals.iter().zip(&mut *packets).skip(had) {
                    let Some(arrival) = arrival else { continue };
                    waiting.left |= show(now, self.epoch, out, &mut self.peers, (feed, track), watcher, arrival);
                }
            });
            *next = (*next + served) % encoding.watchers.len();
        }
    }
}

/// Gives to one watcher after the other, until so many copies are written, and tells to how many; a panic over one of them costs the
/// others nothing (S20, P10).
pub(super) fn to_each(
    out: &mut Outbox,
    watchers: &[Watcher],
    enough: usize,
    mut give: impl FnMut(&mut Outbox, Watcher),
) -> usize {
    let mut served = 0;
    while served < watchers.len() && out.holds() < enough {
        let all = catch_unwind(AssertUnwindSafe(|| {
            while let Some(watcher) = watchers.get(served)
                && out.holds() < enough
            {
                served += 1;
                give(out, *watcher);
            }
        }));
        if all.is_err() {
            out.faulty.push(watchers[served - 1].peer);
        }
    }
    served
}
