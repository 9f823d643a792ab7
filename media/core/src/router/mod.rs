//! One shard's forwarding: datagrams and commands in, datagrams and events out, without I/O and without a clock.
//!
//! A datagram goes: first byte → transport by address (a check: by user name) → opened → gate → history → each
//! subscriber's slot → sealed in that subscriber's lane. Each noun has a file of its own; this one only dispatches.

mod addresses;
mod afar;
mod allotment;
mod bandwidth;
mod commands;
mod counters;
mod deliver;
mod egress;
mod elsewhere;
mod encoding;
mod fanout;
#[cfg(feature = "fault")]
mod fault;
mod forward;
mod gate;
mod gather;
mod incoming;
mod ingress;
mod keyframe;
mod layering;
mod layers;
mod limits;
mod line;
mod meeting;
mod pacing;
mod payload;
mod peer;
mod rate;
mod redundancy;
mod rtcp_in;
mod rtcp_out;
mod session;
mod slab;
mod slot;
mod snapshot;
mod stream;
#[cfg(test)]
mod switching_tests;
#[cfg(test)]
mod tests;
mod timers;
mod track;
mod twice;
mod voices;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

pub use afar::{Crossing, ShardSet};
pub use counters::{Count, Counters, LatencyHistogram};
pub use egress::{Class, Transmit, Transmits};
pub use limits::Limits;

use crate::bwe::START_BPS;
use crate::control::{Answer, Command, Event, LineStats, Refusal, ShardSnapshot};
use crate::remote::Remote;
use crate::reports::NtpClock;
use crate::transport::DtlsIdentity;
use egress::Outbox;
use encoding::Sources;
use line::Budget;
use meeting::Meeting;
use peer::Peer;
use slab::{Key, Slab};
use timers::Timers;
use track::Track;

/// What a shard is made with.
#[derive(Clone, Copy, Debug)]
pub struct RouterConfig {
    /// Number of the server, below 4,096; part of every ufrag.
    pub node: u16,
    /// Number of the shard, below 64; part of every ufrag.
    pub shard: u8,
    /// How long a check counts (S7).
    pub consent: Duration,
    /// How much there may be of what.
    pub limits: Limits,
    /// What a line is taken to carry until reports tell, or it is clear that none come; nothing: everything.
    pub first_bps: Option<u32>,
}

impl Default for RouterConfig {
    fn default() -> Self {
        Self {
            node: 0,
            shard: 0,
            consent: Duration::from_secs(30),
            limits: Limits::default(),
            first_bps: Some(START_BPS),
        }
    }
}

/// Something that whoever drives the router is to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RouterEvent {
    /// For the control plane.
    Told(Event),
    /// Datagrams from this address are this shard's.
    AddressAdded(Remote),
    /// They are no longer.
    AddressRemoved(Remote),
    /// Media from an address that is nobody's, continuing no stream of this shard: perhaps one of another's (F27).
    Unowned(Remote, Vec<u8>),
}

/// Any time does for sender reports, which nobody compares with a wall clock; this one is in the past of nobody's era.
const NTP_START: u64 = 0xe800_0000 << 32;

/// One shard. After calls of `handle_*` its outputs are to be polled, events first, until there are none.
#[derive(Debug)]
pub struct Router {
    config: RouterConfig,
    identity: Arc<DtlsIdentity>,
    meetings: Slab<Meeting>,
    peers: Slab<Peer>,
    tracks: Slab<Track>,
    meetings_by_id: HashMap<String, Key<Meeting>>,
    peers_by_id: HashMap<String, Key<Peer>>,
    /// Of several transports with the same track the newest one has it.
    tracks_by_id: HashMap<String, Key<Track>>,
    addresses: HashMap<Remote, Key<Peer>>,
    /// Of each shard the mirrors of its tracks, by their places there.
    mirrors: Vec<Vec<Option<Key<Track>>>>,
    /// Gates of tracks here that other shards have asked for, and the commands that are to be carried out before.
    unsure: Vec<(u8, afar::TrackRef, u64)>,
    /// When what another shard had no room for is offered to it again.
    crossing_again_at: Option<Instant>,
    /// The last command, and the last one that set gates: with other shards' numbers for the same.
    number: u64,
    gates_to: u64,
    /// Addresses of other shards' transports.
    foreign: HashSet<Remote>,
    /// How often it may be looked whose media comes from an address that is nobody's.
    looks: Budget,
    timers: Timers,
    /// How long voices wait for each other at most.
    gather_within: Duration,
    /// What waits to be forwarded together.
    run: fanout::Run,
    out: Outbox,
    /// Tells uses of the same place in an ufrag apart.
    next_mark: u32,
    /// Counts what slots can be switched between.
    sources: Sources,
    #[cfg(feature = "fault")]
    fault_wished: bool,
    /// Of this track's mirror a test makes a fault.
    #[cfg(test)]
    fault_over: Option<String>,
    /// When the shard was made: send times count from here.
    epoch: Instant,
    /// When the datagram came that is being taken.
    arrived: Instant,
    /// The clock of all sender reports.
    clock: NtpClock,
}

impl Router {
    /// Makes an empty shard.
    #[must_use]
    pub fn new(config: RouterConfig, identity: Arc<DtlsIdentity>, now: Instant) -> Self {
        Self {
            config,
            identity,
            meetings: Slab::default(),
            peers: Slab::default(),
            tracks: Slab::default(),
            meetings_by_id: HashMap::new(),
            peers_by_id: HashMap::new(),
            tracks_by_id: HashMap::new(),
            addresses: HashMap::new(),
            mirrors: Vec::new(),
            unsure: Vec::new(),
            crossing_again_at: None,
            number: 0,
            gates_to: 0,
            foreign: HashSet::new(),
            looks: Budget::new(elsewhere::LOOKS_PER_SECOND, elsewhere::LOOKS_AT_ONCE, now),
            timers: Timers::default(),
            gather_within: Duration::ZERO,
            run: fanout::Run::default(),
            out: Outbox::default(),
            next_mark: 0,
            sources: Sources::default(),
            #[cfg(feature = "fault")]
            fault_wished: false,
            #[cfg(test)]
            fault_over: None,
            epoch: now,
            arrived: now,
            clock: NtpClock::new(now, NTP_START),
        }
    }

    /// Carries out a command; what it closes is closed when this returns (S19).
    ///
    /// # Errors
    /// [`Refusal`]: nothing was changed; with `fault`, a bug has closed the transports that the command concerns (S20).
    pub fn handle_command(&mut self, now: Instant, command: Command) -> Result<Answer, Refusal> {
        self.handle_numbered(now, self.number + 1, command)
    }

    /// The same, of a command that other shards get under the same number. Numbers grow.
    ///
    /// # Errors
    /// As those of [`Router::handle_command`].
    pub fn handle_numbered(&mut self, now: Instant, number: u64, command: Command) -> Result<Answer, Refusal> {
        self.complete();
        self.number = number;
        self.carry_out_contained(now, command)
    }

    /// Takes a datagram from the network. Its bytes are decrypted in place.
    pub fn handle_datagram(&mut self, now: Instant, source: impl Into<Remote>, datagram: &mut [u8]) {
        self.handle_arrived(now, now, source, datagram);
    }

    /// Takes a datagram that waited for its turn since `arrived`, which is what its sender is told of it: how long we let it
    /// wait says nothing of the line. Of media what waited for 0.4 s is dropped.
    pub fn handle_arrived(&mut self, now: Instant, arrived: Instant, source: impl Into<Remote>, datagram: &mut [u8]) {
        self.arrived = arrived;
        self.take_datagram(now, source.into(), datagram);
    }

    /// Does all that is due; cheap when nothing is.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.timers.begin_turn(now);
        while let Some(due) = self.timers.pop(now) {
            self.complete();
            match due {
                timers::Due::Peer(peer) => self.peer_due(now, peer),
                timers::Due::Meeting(meeting) => self.meeting_due(now, meeting),
                timers::Due::Mirror(track) => self.mirror_due(now, track),
            }
        }
        self.timers.end_turn();
        self.cross_again(now);
    }

    /// Tells that everything polled so far was handed to the network: ends the measurement of forwarding times.
    pub fn sent(&mut self, now: Instant) {
        self.out.sent(now);
    }

    /// Gives the next datagram, or train of datagrams, to send: see [`Router::poll_transmits`].
    pub fn poll_transmit(&mut self) -> Option<Transmit<'_>> {
        self.poll_transmits(1, 1).next()
    }

    /// Gives the next datagrams and trains to send, each for another destination and all of one class, until there are so
    /// many packets of voices, or so many of everything else. Also nothing when something has happened meanwhile that is to be
    /// known first: whoever has polled that polls this again.
    pub fn poll_transmits(&mut self, sound: usize, rest: usize) -> Transmits<'_> {
        let knows = self.out.events.is_empty();
        while self.out.events.is_empty() && self.serve_some() {}
        let [sound, rest] = if knows && !self.out.events.is_empty() { [0; 2] } else { [sound, rest] };
        self.out.poll_transmits(sound, rest)
    }

    /// Whether there is anything left to poll, but for what crosses to other shards: that is polled at the end.
    #[must_use]
    pub fn has_output(&self) -> bool {
        !self.out.is_empty() || self.unserved() > 0
    }

    /// How many packets are written and wait to be polled, or would be with the next datagram.
    #[must_use]
    pub fn holds(&self) -> usize {
        self.out.holds() + if self.run.is_whole() { self.unserved() } else { 0 }
    }

    /// Gives the next thing that happened.
    pub fn poll_event(&mut self) -> Option<RouterEvent> {
        self.out.events.pop_front()
    }

    /// When [`Router::handle_timeout`] is to be called next.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        [self.timers.next(), self.crossing_again_at].into_iter().flatten().min()
    }

    /// A transport may be sent so many bits a second of pictures, its sound not counted, from now on, or less if its line
    /// carries less: its slots get what fits, the dearest first given up (R24). `None`, as at first: only its line counts.
    ///
    /// # Errors
    /// There is no such transport.
    pub fn set_video_budget(&mut self, now: Instant, transport: &str, budget_bps: Option<u64>) -> Result<(), Refusal> {
        let key = self.peer_of(transport)?;
        self.allow_video(now, key, budget_bps);
        Ok(())
    }

    /// From now on voices of a meeting wait for each other, for so long at most, so that those of one listener leave as one
    /// train; where no other is likely to come in time they leave at once. Zero, as at first: always.
    pub fn gather_voices(&mut self, now: Instant, within: Duration) {
        self.set_gathering(now, within);
    }

    /// Everything that a new control plane needs.
    #[must_use]
    pub fn snapshot(&self) -> ShardSnapshot {
        self.take_snapshot()
    }

    /// The totals since the start.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.out.counters
    }

    /// How each transport did since the last call, which is to be a second ago.
    pub fn line_stats(&mut self, now: Instant) -> Vec<LineStats> {
        self.take_line_stats(now)
    }

    /// How many transports there are.
    #[must_use]
    pub fn slots_in_use(&self) -> usize {
        self.peers.len()
    }
}
