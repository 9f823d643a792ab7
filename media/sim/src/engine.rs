//! The engine under test: one router per shard behind one address, as the process has them behind one port.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use hoptt_core::control::{Answer, Command, Event, Refusal};
use hoptt_core::remote::Remote;
use hoptt_core::router::{Router, RouterConfig, RouterEvent};
use hoptt_core::transport::{DtlsIdentity, Place};
use hoptt_wire::demux::{Class, classify};
use hoptt_wire::stun::ufrag_of;

/// See the module.
#[derive(Debug)]
pub struct Engine {
    identity: Arc<DtlsIdentity>,
    shards: Vec<Router>,
    /// Which shard has which address.
    owners: HashMap<Remote, usize>,
    told: Vec<(Instant, Event)>,
}

impl Engine {
    /// Makes an engine of that many shards.
    #[must_use]
    pub fn new(shards: u8, now: Instant) -> Self {
        let identity = Arc::new(DtlsIdentity::generate());
        let shard = |shard| Router::new(RouterConfig { shard, ..RouterConfig::default() }, Arc::clone(&identity), now);
        Self { shards: (0..shards).map(shard).collect(), identity, owners: HashMap::new(), told: vec![] }
    }

    /// What all shards show in their handshakes.
    #[must_use]
    pub fn identity(&self) -> &DtlsIdentity {
        &self.identity
    }

    /// One shard.
    #[must_use]
    pub fn shard(&self, shard: usize) -> &Router {
        &self.shards[shard]
    }

    /// What all shards counted under this name.
    #[must_use]
    pub fn count(&self, name: &str) -> u64 {
        let totals = self.shards.iter().flat_map(|shard| shard.counters().iter());
        totals.filter(|(found, _)| *found == name).map(|(_, total)| total).sum()
    }

    /// What the line towards a transport is believed to carry.
    pub fn estimate_bps(&mut self, now: Instant, transport: &str) -> Option<u32> {
        let lines = self.shards.iter_mut().flat_map(|shard| shard.line_stats(now));
        lines.into_iter().find(|line| line.transport == transport)?.estimate_bps
    }

    /// What the control plane was told, and when.
    #[must_use]
    pub fn told(&self) -> &[(Instant, Event)] {
        &self.told
    }

    /// Gives a shard a command.
    ///
    /// # Errors
    /// The router's refusal.
    pub fn handle_command(&mut self, now: Instant, shard: usize, command: Command) -> Result<Answer, Refusal> {
        self.shards[shard].handle_command(now, command)
    }

    /// Says what a line carries of pictures.
    ///
    /// # Panics
    /// When there is no such transport.
    pub fn set_video_budget(&mut self, now: Instant, shard: usize, transport: &str, budget_bps: Option<u64>) {
        self.shards[shard].set_video_budget(now, transport, budget_bps).expect("the transport is there");
    }

    /// Takes a datagram: a check goes where its user name says, all else to the shard that has the address.
    pub fn handle_datagram(&mut self, now: Instant, source: Remote, datagram: &mut [u8]) {
        let named = match classify(datagram) {
            Class::Stun => ufrag_of(datagram).and_then(Place::of_ufrag).map(|place| usize::from(place.shard)),
            _ => None,
        };
        let known = self.owners.get(&source).copied();
        let shard = named.filter(|shard| *shard < self.shards.len()).or(known).unwrap_or(0);
        self.shards[shard].handle_datagram(now, source, datagram);
        self.shards[shard].end_batch(now);
    }

    /// A TCP connection has ended.
    pub fn handle_disconnected(&mut self, now: Instant, remote: Remote) {
        if let Some(owner) = self.owners.remove(&remote) {
            self.shards[owner].handle_disconnected(now, remote);
        }
    }

    /// Lets time pass where something is due.
    ///
    /// # Panics
    /// When a shard asks for the same moment again and again.
    pub fn handle_timeout(&mut self, now: Instant) {
        for shard in &mut self.shards {
            let mut turns = 0;
            while shard.poll_timeout().is_some_and(|due| due <= now) {
                shard.handle_timeout(now);
                shard.end_batch(now);
                turns += 1;
                assert!(turns < 1_000, "a timer that is handled must move on");
            }
        }
    }

    /// When something is due.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.shards.iter().filter_map(Router::poll_timeout).min()
    }

    /// Gives every datagram that leaves, trains cut as the kernel cuts them.
    pub fn poll_all(&mut self, now: Instant, mut send: impl FnMut(Remote, &[u8])) {
        let mut unowned = Vec::new();
        for (number, shard) in self.shards.iter_mut().enumerate() {
            while let Some(transmit) = shard.poll_transmit() {
                for datagram in transmit.bytes.chunks(transmit.segment_len.unwrap_or(transmit.bytes.len()).max(1)) {
                    send(transmit.to, datagram);
                }
            }
            shard.sent(now);
            while let Some(event) = shard.poll_event() {
                match event {
                    RouterEvent::Told(event) => self.told.push((now, event)),
                    RouterEvent::AddressAdded(address) => drop(self.owners.insert(address, number)),
                    RouterEvent::AddressRemoved(address) => {
                        if self.owners.get(&address) == Some(&number) {
                            self.owners.remove(&address);
                        }
                    }
                    RouterEvent::Unowned(source, datagram) => unowned.push((number, source, datagram)),
                }
            }
        }
        for (number, source, datagram) in unowned {
            for (_, shard) in self.shards.iter_mut().enumerate().filter(|(other, _)| *other != number) {
                shard.handle_unowned(now, source, &datagram);
            }
        }
    }
}
