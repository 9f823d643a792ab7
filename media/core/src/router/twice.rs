//! What is sent a second time unasked, as a repair (RFC 4588), because a repair that is asked for would come too late to be shown
//! in time: each packet of a picture, where a line loses packets and its round trip is long, as long as that costs nobody a
//! picture; and where no full queue loses packets the repairs, of which else one in so many costs another round trip.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::Router;
use super::peer::Peer;
use super::track::Watcher;

/// From this round trip on, and down to the second one: a player does not wait for a repair for so long.
const LONG: [Duration; 2] = [Duration::from_millis(300), Duration::from_millis(200)];
/// So many packets later, for losses come in bursts; earlier than a repair would come in any case.
const LATER: u16 = 4;
/// Repairs of a slot that wait for their second time; those above it leave once.
const MAX_REPEATS: usize = 32;

/// By what the budget of pictures that are sent twice is divided.
pub(super) const HALF: u64 = 2;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Twice {
    /// Lossy and long, whether or not there is room.
    pub(super) is_worth_it: bool,
    /// There is room, too.
    pub(super) is_on: bool,
}

/// Repairs of a slot that are to leave a second time: after which of its packets, and their numbers.
#[derive(Debug, Default)]
pub(super) struct Repeats(VecDeque<(u16, u16)>);

impl Repeats {
    /// A repair left when the slot had come to this number.
    pub(super) fn push(&mut self, newest: u16, repaired: u16) {
        if self.0.len() < MAX_REPEATS {
            self.0.push_back((newest.wrapping_add(LATER), repaired));
        }
    }

    /// The repair that is to follow a packet of the slot.
    #[inline]
    pub(super) fn after(&mut self, number: u16) -> Option<u16> {
        let (after, repaired) = *self.0.front()?;
        let is_due = number.wrapping_sub(after) < u16::MAX / 2;
        is_due.then(|| self.0.pop_front()).map(|_| repaired)
    }
}

/// Why a packet leaves again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// Its viewer misses it.
    Asked,
    /// Every packet does.
    Twice,
    /// It was asked for, and its repair may be lost as well.
    Repeated,
    /// Its viewer has reported that it did not come, and has not asked for it.
    Reported,
}

impl Peer {
    /// Looks at the line.
    pub(super) fn weigh_twice(&mut self) {
        let long = LONG[usize::from(self.twice.is_worth_it)];
        self.twice.is_worth_it = self.bandwidth.is_lossy() && self.bandwidth.rtt().is_some_and(|rtt| rtt >= long);
        self.twice.is_on &= self.twice.is_worth_it;
    }

    /// Whether repairs may be lost as well, so that each is sent a second time.
    pub(super) fn repeats_repairs(&self) -> bool {
        self.bandwidth.loses_by_itself() && !self.twice.is_on
    }

    /// What of the pictures' rate is sent again, in percent.
    pub(super) fn repairs_percent(&self) -> u64 {
        self.bandwidth.repairs_percent() << u8::from(self.repeats_repairs())
    }
}

impl Twice {
    /// The number of the packet that is to follow this one a second time.
    #[inline]
    pub(super) fn after(&self, number: u16) -> Option<u16> {
        self.is_on.then(|| number.wrapping_sub(LATER))
    }
}

impl Router {
    /// Sends those a second time whose turn it is. What is no longer kept, or was sent again just now, is not.
    pub(super) fn send_twice(&mut self, now: Instant) {
        while let Some((watcher, number, again)) = self.out.once_more.pop() {
            let _: Result<(), _> = self.repair(now, watcher, number, again);
        }
    }
}

/// A slot, the number of a packet of it, and why it is to leave again.
pub(super) type OnceMore = (Watcher, u16, Again);
