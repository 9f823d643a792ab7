//! Which encodings of a track anybody gets, and what becomes of its viewers when one comes or goes.

use std::time::{Duration, Instant};

use hoptt_wire::Ssrc;

use super::Router;
use super::peer::Peer;
use super::slab::Key;
use super::timers::Due;
use super::track::Track;
use crate::control::Event;

/// Wishes that change together are looked at together; who has just been shown large waits for it.
const REVIEW_AFTER: Duration = Duration::from_millis(5);
/// An encoding that nobody gets any more is kept for this long: who looks away often looks back.
const KEPT_FOR: Duration = Duration::from_secs(3);

/// Which encodings of a track its publisher was last told to send: a bit for each, by its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct WantedLayers {
    told: u8,
    review_at: Option<Instant>,
    /// Since when fewer are wanted than were told.
    fewer_since: Option<Instant>,
}

impl WantedLayers {
    /// All of so many, as publishers begin.
    pub(super) fn of(encodings: usize) -> Self {
        Self { told: u8::MAX >> (8 - encodings.clamp(1, 8)), review_at: None, fewer_since: None }
    }

    pub(super) fn review_at(&self) -> Option<Instant> {
        self.review_at
    }

    /// A bit for each encoding that the publisher was told to send.
    pub(super) fn bits(self) -> u8 {
        self.told
    }

    /// Whether the publisher was told to send the encoding at this place.
    pub(super) fn has(self, place: usize) -> bool {
        self.told >> place & 1 == 1
    }

    /// Takes what is wanted of a mirror now.
    fn pass_on(&mut self, wanted: u8) {
        *self = Self { told: wanted, review_at: None, fewer_since: None };
    }

    /// Takes what is wanted now; gives whether to tell it: more at once, fewer after a while.
    fn review(&mut self, wanted: u8, now: Instant) -> bool {
        self.review_at = None;
        if wanted == self.told {
            self.fewer_since = None;
            return false;
        }
        let more = wanted & !self.told != 0;
        let since = *self.fewer_since.get_or_insert(now);
        if !more && now.saturating_duration_since(since) < KEPT_FOR {
            self.review_at = Some(since + KEPT_FOR);
            return false;
        }
        self.told = wanted;
        self.fewer_since = None;
        true
    }
}

impl Track {
    /// What has to be sent for a viewer of the encoding at this place: while it does not come, those below it in its stead.
    fn needed_for(&self, place: usize) -> u8 {
        let pixels = |place: usize| self.encodings[place].pixels(place, self.encodings.len());
        let below =
            (0..self.encodings.len()).filter(|other| !self.encodings[place].live && pixels(*other) < pixels(place));
        below.fold(1 << place, |needed, other| needed | 1 << other)
    }

    /// The encoding that is never switched off, so that a slot can always fall back on it.
    fn smallest(&self) -> usize {
        let count = self.encodings.len();
        (0..count).min_by_key(|place| self.encodings[*place].pixels(*place, count)).unwrap_or_default()
    }
}

impl Router {
    /// The viewers of a track may get another encoding.
    pub(super) fn rechoose(&mut self, now: Instant, key: Key<Track>) {
        let Some(track) = self.tracks.get(key).filter(|track| track.encodings.iter().any(|one| one.live)) else {
            return; // what was shown last is as good as anything
        };
        let mut viewers: Vec<Key<Peer>> = track.watchers().map(|watcher| watcher.peer).collect();
        viewers.sort_unstable();
        viewers.dedup();
        for viewer in viewers {
            self.resolve_wishes_of(now, viewer, key);
        }
    }

    /// An encoding came, went, or changed its size.
    pub(super) fn layers_changed(&mut self, now: Instant, key: Key<Track>) {
        self.review_later(now, key);
        self.rechoose(now, key);
    }

    /// Looks at encodings that have stopped without a notice, and at what is wanted.
    pub(super) fn check_layers(&mut self, now: Instant, key: Key<Track>) {
        let Some(track) = self.tracks.get_mut(key).filter(|track| track.is_layered()) else { return };
        let mut stopped = false;
        for encoding in &mut track.encodings {
            if encoding.stops_at().is_some_and(|at| at <= now) {
                encoding.live = false;
                stopped = true;
            }
        }
        if track.wanted.review_at().is_some_and(|at| at <= now) {
            self.review(now, key);
        }
        if stopped {
            self.layers_changed(now, key);
        }
    }

    /// A stream said good-bye; with its last one the track is down.
    pub(super) fn stream_ended(&mut self, now: Instant, peer: Key<Peer>, ssrc: Ssrc) {
        let Some(feed) = self.feed_with(peer, ssrc) else { return };
        let Some(track) = self.tracks.get_mut(feed.track) else { return };
        track.encodings[feed.place].live = false;
        if track.encodings.iter().any(|encoding| encoding.live) {
            self.layers_changed(now, feed.track);
        } else {
            self.track_down(now, feed.track);
        }
    }

    /// Somebody wants another encoding of a track, or none.
    pub(super) fn review_later(&mut self, now: Instant, key: Key<Track>) {
        let Some(track) = self.tracks.get_mut(key).filter(|track| track.is_layered()) else { return };
        let at = track.wanted.review_at.unwrap_or(now + REVIEW_AFTER).min(now + REVIEW_AFTER);
        track.wanted.review_at = Some(at);
        self.timers.set(track.publisher().map_or(Due::Mirror(key), Due::Peer), at);
    }

    fn review(&mut self, now: Instant, key: Key<Track>) {
        let Some(track) = self.tracks.get(key) else { return };
        let desired = track.watchers().filter_map(|watcher| {
            let slot = self.peers.get(watcher.peer)?.slots.get(watcher.slot)?;
            slot.desired.filter(|desired| desired.track == key)
        });
        let wanted = desired.fold(1 << track.smallest(), |wanted: u8, feed| wanted | track.needed_for(feed.place));
        let Some(track) = self.tracks.get_mut(key) else { return };
        let all = u8::MAX >> (8 - track.encodings.len().clamp(1, 8));
        let wanted = wanted | track.wanted_afar() & all;
        if track.publisher().is_none() {
            return track.wanted.pass_on(wanted); // whether it has lasted, its owner's shard sees
        }
        if track.wanted.review(wanted, now) && self.tracks_by_id.get(&track.id) == Some(&key) {
            let event = Event::LayersWanted { track: track.id.clone(), rids: track.wanted_rids() };
            self.out.tell(event);
        }
    }
}

impl Track {
    /// The names of the encodings that anybody gets.
    pub(super) fn wanted_rids(&self) -> Vec<String> {
        let wanted = self.encodings.iter().enumerate().filter(|(place, _)| self.wanted.has(*place));
        wanted.filter_map(|(_, encoding)| encoding.rid.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_is_told_at_once_and_less_after_a_while() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut wanted = WantedLayers::of(3);
        assert!(!wanted.review(0b111, at(0)));
        assert!(!wanted.review(0b001, at(0)));
        assert_eq!(wanted.review_at(), Some(at(3000)));
        assert!(!wanted.review(0b011, at(2999)));
        assert!(wanted.review(0b011, at(3000)));
        assert!(wanted.review(0b101, at(3001)), "one more, though another one less");
        assert!(!wanted.review(0b001, at(3100)));
        assert!(!wanted.review(0b101, at(3200)), "it was only a moment");
        assert!(!wanted.review(0b001, at(6200)));
        assert!(wanted.review(0b001, at(9200)));
        assert!(wanted.has(0) && !wanted.has(2));
    }
}
