//! Whose datagrams come from an address: of two transports that name the same one, the one that has shown to be there.

use std::time::Instant;

use super::counters::Count;
use super::peer::Peer;
use super::slab::Key;
use super::{Router, RouterEvent};
use crate::remote::Remote;

/// Addresses remembered of other shards; as many as their transports may have sources.
const MAX_FOREIGN: usize = 1 << 18;

impl Router {
    /// Gives an address to the transport that was checked from there.
    ///
    /// While another one has it and is heard from there, the newcomer must answer a check of ours first: whoever
    /// names somebody else's address as the source of a check takes nothing away by it (S6, P10).
    pub(super) fn claim_address(&mut self, now: Instant, key: Key<Peer>, address: Remote) {
        let owner = self.addresses.get(&address).copied();
        if owner == Some(key) {
            return;
        }
        let held =
            owner.and_then(|owner| self.peers.get(owner)).is_some_and(|peer| peer.transport.has_consent(now, address));
        let Some(newcomer) = self.peers.get_mut(key) else { return };
        if (held || self.foreign.contains(&address)) && !newcomer.transport.is_proven(address) {
            self.out.counters.one(Count::AddressesContested);
            newcomer.transport.check_address(now, address, &mut self.out);
            return;
        }
        if let Some(owner) = owner.and_then(|owner| self.peers.get_mut(owner)) {
            owner.transport.lose_address(address);
        }
        self.foreign.remove(&address);
        self.addresses.insert(address, key);
        self.out.events.push_back(RouterEvent::AddressAdded(address));
    }

    /// Whether a transport of this shard has shown to be there.
    #[must_use]
    pub fn has(&self, remote: Remote) -> bool {
        self.addresses.contains_key(&remote)
    }

    /// A TCP connection has ended: its transport loses that way, and media goes nowhere until another one is heard from.
    pub fn handle_disconnected(&mut self, now: Instant, remote: Remote) {
        let Some(key) = self.addresses.remove(&remote) else { return };
        self.complete();
        if let Some(peer) = self.peers.get_mut(key) {
            peer.transport.lose_address(remote);
        }
        self.schedule(now, key);
    }

    /// A transport of another shard has this address: whoever had it here loses it, and to come back must prove itself.
    pub fn handle_foreign_address(&mut self, address: Remote) {
        self.complete();
        if let Some(owner) = self.addresses.remove(&address).and_then(|owner| self.peers.get_mut(owner)) {
            owner.transport.lose_address(address);
        }
        if self.foreign.len() < MAX_FOREIGN {
            self.foreign.insert(address);
        }
    }

    /// The other shard has given the address up.
    pub fn handle_foreign_address_gone(&mut self, address: Remote) {
        self.foreign.remove(&address);
    }
}
