//! Media from an address that is nobody's: a router may have given somebody's line another port, without anybody being
//! told, and whoever it is is asked there at once (F27).
//!
//! A packet that cannot be anybody's costs a look at the numbers of all streams, and only so many looks are taken in a
//! second; without one a new address is learned as ever, by the browser's next check.

use std::time::Instant;

use super::counters::Count;
use super::peer::Peer;
use super::slab::Key;
use super::{Router, RouterEvent};
use crate::remote::Remote;

/// Looks in the long run: a house whose router was restarted has three hundred people back in a second.
pub(super) const LOOKS_PER_SECOND: u64 = 500;
/// Looks at once.
pub(super) const LOOKS_AT_ONCE: u64 = 250;
/// Transports whose keys are tried on a packet: the numbers of its stream name one, except for viewers, many of whom
/// report under the same SSRC.
const MAX_TRIED: usize = 4;

impl Router {
    /// Media has come from an address that is nobody's.
    pub(super) fn hear_nobody(&mut self, now: Instant, source: Remote, datagram: &[u8]) {
        // A connection begins with a check, and other shards look for themselves at what is theirs.
        if source.is_connected() || self.foreign.contains(&source) || !self.looks.take(now, 1) {
            return;
        }
        if !self.ask_there(now, source, datagram) {
            self.out.events.push_back(RouterEvent::Unowned(source, datagram.to_vec()));
        }
    }

    /// The same, to a socket of another shard, of whose streams it is none.
    pub fn handle_unowned(&mut self, now: Instant, source: Remote, datagram: &[u8]) {
        if !self.addresses.contains_key(&source) && self.looks.take(now, 1) {
            self.complete();
            self.ask_there(now, source, datagram);
        }
    }

    /// Asks an address whether the peer whose stream a packet continues is there; false: it continues nobody's.
    fn ask_there(&mut self, now: Instant, source: Remote, datagram: &[u8]) -> bool {
        let ahead = |key| Some((self.peers.get(key)?.transport.awaits(datagram)?, key));
        let mut likely: Vec<(u64, Key<Peer>)> = self.peers.keys().filter_map(ahead).collect();
        likely.sort_unstable();
        for (_, key) in likely.into_iter().take(MAX_TRIED) {
            let mut heard = false;
            self.contained(now, key, |router| {
                let Some(peer) = router.peers.get_mut(key) else { return };
                heard = peer.transport.hear_elsewhere(now, source, datagram, &mut router.out);
            });
            if heard {
                self.out.counters.one(Count::HeardElsewhere);
                return true;
            }
        }
        false
    }
}
