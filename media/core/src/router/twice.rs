//! Pictures that are sent twice: where a line loses packets and a repair takes so long that the picture would stand still
//! meanwhile, each packet is sent once more unasked, as a repair (RFC 4588), as long as that costs nobody a picture.

use std::time::{Duration, Instant};

use super::Router;
use super::peer::Peer;
use super::track::Watcher;

/// From this round trip on, and down to the second one: a player does not wait for a repair for so long.
const LONG: [Duration; 2] = [Duration::from_millis(300), Duration::from_millis(200)];
/// So many packets later, for losses come in bursts; earlier than a repair would come in any case.
const LATER: u16 = 4;

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

impl Peer {
    /// Looks at the line.
    pub(super) fn weigh_twice(&mut self) {
        let long = LONG[usize::from(self.twice.is_worth_it)];
        self.twice.is_worth_it = self.bandwidth.is_lossy() && self.bandwidth.rtt().is_some_and(|rtt| rtt >= long);
        self.twice.is_on &= self.twice.is_worth_it;
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
        while let Some((watcher, number)) = self.out.once_more.pop() {
            let _: Result<(), _> = self.repair(now, watcher, number);
        }
    }
}

/// A slot, and the number of a packet of it.
pub(super) type OnceMore = (Watcher, u16);
