//! Voices that wait for each other while the shard has much to do: those of one listener then leave as one train.
//!
//! A voice waits only where the rhythm of the others says that one of them comes in time.

use std::time::{Duration, Instant};

use hoptt_wire::rtp::Rtp;

use super::Router;
use super::encoding::SourceKey;
use super::meeting::Meeting;
use super::redundancy::Redundant;
use super::slab::Key;
use super::stream::{Arrival, Known};
use super::timers::Due;
use super::track::Feed;

/// RFC 3550 §5.1: one byte counts the padding.
const MAX_PADDING: usize = 255;

/// A voice's packet that waits.
#[derive(Debug)]
struct Gathered {
    feed: Feed,
    source: SourceKey,
    known: Known,
    /// Where it lies, and how long its payload is, without earlier sound: most listeners get none.
    start: usize,
    len: usize,
    payload_len: usize,
}

/// What waits of a meeting's voices.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    packets: Vec<Gathered>,
    bytes: Vec<u8>,
    due: Option<Instant>,
}

impl Gathering {
    fn has(&self, feed: Feed) -> bool {
        self.packets.iter().any(|one| one.feed == feed)
    }
}

impl Router {
    /// From now on voices wait for each other for so long at most; zero, as at first: each leaves as it comes.
    pub(super) fn set_gathering(&mut self, now: Instant, within: Duration) {
        if std::mem::replace(&mut self.gather_within, within) > within {
            self.complete();
            let meetings: Vec<_> = self.meetings_by_id.values().copied().collect();
            for meeting in meetings {
                self.send_gathered(now, meeting);
            }
        }
    }

    /// Lets a voice's packet wait for others, if any are likely to come; false: it is to be forwarded as it is.
    pub(super) fn gather(&mut self, now: Instant, feed: Feed, arrival: &Arrival<'_>) -> bool {
        if self.gather_within.is_zero() {
            return false;
        }
        let Some(track) = self.tracks.get(feed.track) else { return false };
        let encoding = &track.encodings[feed.place];
        let (meeting, source) = (track.meeting, encoding.source_key);
        if encoding.watchers.is_empty() {
            return false;
        }
        if self.meetings.get(meeting).is_some_and(|meeting| meeting.gathering.has(feed)) {
            self.send_gathered(now, meeting); // a voice's packets keep their order
        }
        let within = self.gather_within;
        let Some(gathering) = self.meetings.get_mut(meeting).map(|meeting| &mut meeting.gathering) else {
            return false;
        };
        let Arrival { rtp, known, .. } = arrival;
        let (bytes, start) = (rtp.bytes(), gathering.bytes.len());
        gathering.bytes.extend_from_slice(bytes);
        gathering.packets.push(Gathered {
            feed,
            source,
            known: *known,
            start,
            len: bytes.len(),
            payload_len: rtp.payload().len() - known.redundant.map_or(0, Redundant::primary),
        });
        let due = *gathering.due.get_or_insert(now + within);
        if self.expects_another(now, meeting, due) {
            self.timers.set(Due::Meeting(meeting), due);
        } else {
            self.send_gathered(now, meeting);
        }
        true
    }

    /// Sends the voices of a meeting that have waited long enough.
    pub(super) fn send_gathered_when_due(&mut self, now: Instant, key: Key<Meeting>) {
        let due = self.meetings.get(key).and_then(|meeting| meeting.gathering.due);
        match due {
            Some(due) if due > now => self.timers.set(Due::Meeting(key), due),
            Some(_) => self.send_gathered(now, key),
            None => {}
        }
    }

    fn expects_another(&self, now: Instant, key: Key<Meeting>, until: Instant) -> bool {
        let Some(Meeting { voices, gathering, .. }) = self.meetings.get(key) else { return false };
        let slots = &voices.slots;
        let mut missing = (0..slots.count()).filter_map(|slot| slots.voice(slot).map(Feed::sole));
        missing.any(|feed| {
            let track = self.tracks.get(feed.track).filter(|_| !gathering.has(feed));
            track.is_some_and(|track| track.encodings[feed.place].rhythm.comes_within(now, until))
        })
    }

    /// The longest first: then only those between it and the last one lack anything to be a train.
    fn send_gathered(&mut self, now: Instant, key: Key<Meeting>) {
        let Some(meeting) = self.meetings.get_mut(key) else { return };
        let mut gathered = std::mem::take(&mut meeting.gathering);
        gathered.packets.sort_unstable_by_key(|one| std::cmp::Reverse(one.payload_len));
        let longest = gathered.packets.first().map_or(0, |one| one.payload_len);
        let count = gathered.packets.len();
        for (place, one) in gathered.packets.iter().enumerate() {
            // What would be more padding than sound is not worth it.
            let lacking = longest - one.payload_len;
            let is_padded = place + 1 < count && lacking <= one.payload_len.min(MAX_PADDING);
            let pad_to = if is_padded { longest } else { 0 };
            self.send_one(now, one, &gathered.bytes[one.start..one.start + one.len], pad_to);
        }
        gathered.packets.clear();
        gathered.bytes.clear();
        gathered.due = None;
        if let Some(meeting) = self.meetings.get_mut(key) {
            meeting.gathering = gathered;
        }
    }

    fn send_one(&mut self, now: Instant, one: &Gathered, bytes: &[u8], pad_to: usize) {
        // Its gate may have closed meanwhile, and even opened again (S19).
        let Some(track) = self.tracks.get(one.feed.track).filter(|track| track.is_live()) else { return };
        if track.encodings[one.feed.place].source_key != one.source {
            return;
        }
        let Ok(rtp) = Rtp::parse(bytes) else { return };
        self.forward(now, one.feed, &Arrival { rtp, known: one.known, pad_to });
    }
}
