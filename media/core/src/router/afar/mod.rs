//! A meeting over several shards: each packet that passed its gate crosses once to every other shard of the meeting, where
//! a mirror of its track has it forwarded; notes about the tracks cross with the packets, in one order.
//!
//! `owner` is the side of the shard whose transport publishes a track, `mirror` that of all others.

mod crossing;
mod mirror;
mod owner;

pub use crossing::Crossing;
pub(super) use crossing::{Note, Passed, TrackNote};
pub(super) use mirror::ToldAfar;

use super::slab::Key;
use super::track::Track;

/// Some of the shards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShardSet(u64);

impl ShardSet {
    /// Only this one; its number is below 64.
    #[must_use]
    pub fn of(shard: u8) -> Self {
        Self(1 << (shard & 63))
    }

    /// With this one, too.
    #[must_use]
    pub fn with(self, shard: u8) -> Self {
        Self(self.0 | Self::of(shard).0)
    }

    /// But for this one.
    #[must_use]
    pub fn without(self, shard: u8) -> Self {
        Self(self.0 & !Self::of(shard).0)
    }

    /// Those that are in this set and not in the other.
    #[must_use]
    pub fn but(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether this one is among them.
    #[must_use]
    pub fn has(self, shard: u8) -> bool {
        self.0 & Self::of(shard).0 != 0
    }

    /// Their numbers, ascending.
    pub fn iter(self) -> impl Iterator<Item = u8> {
        (0..64).filter(move |shard| self.has(*shard))
    }
}

impl FromIterator<u8> for ShardSet {
    fn from_iter<I: IntoIterator<Item = u8>>(shards: I) -> Self {
        shards.into_iter().fold(Self::default(), Self::with)
    }
}

/// A track in the words of its owner's shard: a place may be used again, a number never is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TrackRef {
    pub(super) place: u32,
    pub(super) number: u64,
}

impl TrackRef {
    fn key(self) -> Key<Track> {
        Key::of_place(self.place)
    }
}

/// The track of a mirror, and the shard that has its transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Afar {
    pub(super) shard: u8,
    pub(super) track: TrackRef,
}

/// Who gets a track in another shard: a bit for each encoding, by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Audience {
    pub(super) shard: u8,
    /// Somebody is shown it, or is to be.
    pub(super) watched: u8,
    /// Its publisher is to send it.
    pub(super) wanted: u8,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_what_it_was_given() {
        let set: ShardSet = [3, 0, 63].into_iter().collect();
        assert_eq!(set.iter().collect::<Vec<_>>(), [0, 3, 63]);
        assert_eq!(set.without(3).with(5).iter().collect::<Vec<_>>(), [0, 5, 63]);
        assert_eq!(set.but(ShardSet::of(0).with(7)).iter().collect::<Vec<_>>(), [3, 63]);
        assert!(set.has(63) && !set.has(1) && ShardSet::default().is_empty());
    }
}
