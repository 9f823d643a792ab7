//! The engine under test: one router per shard behind one address, as the process has them behind one port.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hoptt_core::control::{Answer, Command, Event, Refusal};
use hoptt_core::remote::Remote;
use hoptt_core::router::{Crossing, Router, RouterConfig, RouterEvent};
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
    /// Numbers the commands, as the desk of the process does.
    commands: u64,
    crossing: Vec<OnTheWay>,
    /// How long it takes from one shard to another.
    crossing_delay: Duration,
    /// Each so manieth crossing finds no room.
    refuses: Option<u64>,
    crossed: u64,
}

/// What waits for another shard.
#[derive(Debug)]
struct OnTheWay {
    at: Instant,
    from: u8,
    to: usize,
    crossing: Crossing,
}

impl Engine {
    /// Makes an engine of that many shards.
    #[must_use]
    pub fn new(shards: u8, now: Instant) -> Self {
        let identity = Arc::new(DtlsIdentity::generate());
        let shard = |shard| Router::new(RouterConfig { shard, ..RouterConfig::default() }, Arc::clone(&identity), now);
        Self {
            shards: (0..shards).map(shard).collect(),
            identity,
            owners: HashMap::new(),
            told: vec![],
            commands: 0,
            crossing: vec![],
            crossing_delay: Duration::ZERO,
            refuses: None,
            crossed: 0,
        }
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
        self.commands += 1;
        self.shards[shard].handle_numbered(now, self.commands, command)
    }

    /// Gives all shards a command under one number, in the order given.
    ///
    /// # Panics
    /// When one refuses.
    pub fn handle_command_everywhere(&mut self, now: Instant, order: &[usize], command: &Command) {
        self.commands += 1;
        for shard in order {
            let taken = self.shards[*shard].handle_numbered(now, self.commands, command.clone());
            taken.expect("the shard takes the command");
        }
    }

    /// How many shards there are.
    #[must_use]
    pub fn shards(&self) -> usize {
        self.shards.len()
    }

    /// Lets what crosses from one shard to another take so long, and each so manieth time find no room there.
    pub fn set_crossing(&mut self, delay: Duration, refuses: Option<u64>) {
        (self.crossing_delay, self.refuses) = (delay, refuses);
    }

    fn cross(&mut self, now: Instant) {
        for from in 0..self.shards.len() {
            let shard = &mut self.shards[from];
            while let Some((to, crossing)) = shard.poll_crossing() {
                let mut crossing = std::mem::take(crossing);
                self.crossed += 1;
                if self.refuses.is_some_and(|each| self.crossed.is_multiple_of(each)) {
                    shard.handle_crossing_refused(now, to, &mut crossing);
                    continue;
                }
                let (from, to) = (u8::try_from(from).expect("few"), usize::from(to));
                self.crossing.push(OnTheWay { at: now + self.crossing_delay, from, to, crossing });
            }
        }
        let mut waiting = VecDeque::from(std::mem::take(&mut self.crossing));
        while let Some(mut next) = waiting.pop_front() {
            if next.at <= now {
                self.shards[next.to].handle_crossing(now, next.from, &mut next.crossing);
            } else {
                self.crossing.push(next);
            }
        }
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
        self.cross(now);
        for shard in &mut self.shards {
            let mut turns = 0;
            while shard.poll_timeout().is_some_and(|due| due <= now) {
                shard.handle_timeout(now);
                turns += 1;
                assert!(turns < 1_000, "a timer that is handled must move on");
            }
        }
    }

    /// When something is due.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let crossing = self.crossing.iter().map(|next| next.at);
        self.shards.iter().filter_map(Router::poll_timeout).chain(crossing).min()
    }

    /// Gives every datagram that leaves, trains cut as the kernel cuts them.
    pub fn poll_all(&mut self, now: Instant, mut send: impl FnMut(Remote, &[u8])) {
        loop {
            for _ in 0..self.shards.len() {
                self.cross(now); // there and back
            }
            if !self.shards.iter().any(Router::has_output) {
                return;
            }
            self.poll_each(now, &mut send);
        }
    }

    fn poll_each(&mut self, now: Instant, send: &mut impl FnMut(Remote, &[u8])) {
        let mut unowned = Vec::new();
        for (number, shard) in self.shards.iter_mut().enumerate() {
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
            while let Some(transmit) = shard.poll_transmit() {
                for datagram in transmit.bytes.chunks(transmit.segment_len.unwrap_or(transmit.bytes.len()).max(1)) {
                    send(transmit.to, datagram);
                }
            }
            shard.sent(now);
        }
        for (number, source, datagram) in unowned {
            for (_, shard) in self.shards.iter_mut().enumerate().filter(|(other, _)| *other != number) {
                shard.handle_unowned(now, source, &datagram);
            }
        }
    }
}
