//! The loop of a shard: sleep until something is due, take what came, let the router work, send what it gives.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hoptt_core::control::Command;
use hoptt_core::remote::{Protocol, Remote};
use hoptt_core::router::{Class, Crossing, Router, RouterEvent};
use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};

use super::busy::Busy;
use super::connect::READ_BYTES;
use super::owners::Owners;
use super::{Door, FromShard, Handed, Letter, Mailbox, Part, ToShard};
use crate::args::Gather;
use crate::stats::ShardStats;
use crate::tcp::{Connections, Listener, OWN_EVENTS};
use crate::udp::{Received, Receiver, Sender, UdpSocket};

/// System calls of one batch; afterwards what came of them is sent and letters are read.
const MAX_RECEIVES: usize = 64;
/// Copies that may lie about before they are sent: a picture for two hundred.
const MAX_HELD: usize = 1_200;
/// Datagrams of pictures that leave before it is looked whether sound has come meanwhile, which leaves first (R24); and how often
/// that is done before timers have their turn.
const LOOK_AFTER: usize = 48;
const MAX_LOOKS: u32 = 32;
/// The first look comes earlier: what has come of the picture meanwhile leaves together with its beginning for all who are left.
const FIRST_LOOK_AFTER: usize = 8;
/// Datagrams that are taken from the router together, so that those without a train leave with few system calls.
const AT_ONCE: usize = 64;
/// Sockets and mailboxes that are looked after in one turn; those left over are ready in the next one.
const MAX_EVENTS: usize = 64;

/// Timers are late by so much at most, for the system waits for whole milliseconds; what promises a bound takes it off.
const TIMER_STEP: Duration = Duration::from_millis(1);
/// How events of the epoll set name what is not a connection's (below [`OWN_EVENTS`]).
const SOCKET: u64 = 0;
const MAILBOX: u64 = 1;
const HANDED: u64 = 2;
const CROSSED: u64 = 3;
const _: () = assert!(CROSSED < OWN_EVENTS);

/// See the module.
pub struct Forwarder {
    pub(super) number: u8,
    pub(super) router: Router,
    socket: UdpSocket,
    receiver: Receiver,
    sender: Sender,
    pub(super) owners: Owners,
    pub(super) connections: Connections,
    /// Room for what is read of a connection.
    pub(super) read_buffer: Box<[u8]>,
    pub(super) frames: Handed,
    pub(super) doors: Vec<Door>,
    inbox: Arc<Mailbox<FromShard>>,
    pub(super) epoll: Epoll,
    /// For each shard, what arrived here and is its.
    astray: Vec<Handed>,
    handed_over: u64,
    handed_lost: u64,
    letters: VecDeque<ToShard>,
    runs: VecDeque<Handed>,
    pub(super) crossed: VecDeque<(u8, Crossing)>,
    busy: Busy,
    gather: Gather,
    ended: bool,
}

impl Forwarder {
    /// Makes the loop; it runs with [`Forwarder::run`].
    ///
    /// # Errors
    /// The system has no more file descriptors.
    pub fn new(
        number: u8,
        router: Router,
        socket: UdpSocket,
        listener: Option<Listener>,
        doors: Vec<Door>,
        inbox: Arc<Mailbox<FromShard>>,
        gather: Gather,
    ) -> Result<Self, Errno> {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        let door = &doors[usize::from(number)];
        epoll.add(&socket, EpollEvent::new(EpollFlags::EPOLLIN, SOCKET))?;
        epoll.add(&*door.mailbox, EpollEvent::new(EpollFlags::EPOLLIN, MAILBOX))?;
        epoll.add(&*door.handed, EpollEvent::new(EpollFlags::EPOLLIN, HANDED))?;
        epoll.add(&*door.crossed, EpollEvent::new(EpollFlags::EPOLLIN, CROSSED))?;
        let shards = u8::try_from(doors.len()).expect("the command line allows few shards");
        Ok(Self {
            number,
            router,
            socket,
            receiver: Receiver::new(),
            sender: Sender::new(),
            owners: Owners::new(number, shards),
            connections: Connections::new(listener, &epoll)?,
            read_buffer: vec![0; READ_BYTES].into_boxed_slice(),
            frames: Handed::default(),
            astray: doors.iter().map(|_| Handed::default()).collect(),
            doors,
            inbox,
            epoll,
            handed_over: 0,
            handed_lost: 0,
            letters: VecDeque::new(),
            runs: VecDeque::new(),
            crossed: VecDeque::new(),
            busy: Busy::new(gather.above, Instant::now()),
            gather,
            ended: false,
        })
    }

    /// Turns until it is told to end.
    ///
    /// # Panics
    /// When the system refuses what it has granted before: the process ends, and another one is started.
    pub fn run(mut self) {
        let mut events = [EpollEvent::empty(); MAX_EVENTS];
        while !self.ended {
            let due = self.router.poll_timeout().into_iter().chain(self.connections.poll_timeout()).min();
            let rests_from = Instant::now();
            let ready = match self.epoll.wait(&mut events, until(due)) {
                Ok(ready) => ready,
                Err(Errno::EINTR) => 0,
                Err(fault) => panic!("waiting failed: {fault}"),
            };
            let now = Instant::now();
            if let Some(load) = self.busy.waited(rests_from, now) {
                self.router.gather_voices(now, self.gather.wait(load).saturating_sub(TIMER_STEP));
            }
            self.serve(&events[..ready]);
            self.finish();
        }
        self.tell(Letter::Ended);
    }

    /// Does what is due, and sends what came of it all.
    fn finish(&mut self) {
        let now = Instant::now();
        self.connections.handle_timeout(now, &self.epoll);
        if self.router.has_output() {
            self.give_out(); // before timers: what arrived together leaves together, picture by picture
        }
        self.router.handle_timeout(now);
        self.give_out();
    }

    /// Looks only at what is ready: asking the others costs a system call each, in every turn.
    fn serve(&mut self, events: &[EpollEvent]) {
        let is_ready = |own: u64| events.iter().any(|event| event.data() == own);
        if is_ready(CROSSED) {
            self.fetch_crossed();
        }
        if is_ready(MAILBOX) || is_ready(CROSSED) {
            self.read_letters(); // before datagrams and crossings: they tell whose those are
        }
        self.take_crossed();
        if is_ready(SOCKET) {
            self.receive();
        }
        if is_ready(HANDED) {
            self.take_handed();
        }
        self.serve_connections(events);
    }

    fn read_letters(&mut self) {
        let mut letters = std::mem::take(&mut self.letters);
        self.doors[usize::from(self.number)].mailbox.take_all(&mut letters);
        for letter in letters.drain(..) {
            self.read_letter(letter);
        }
        self.letters = letters;
    }

    fn read_letter(&mut self, letter: ToShard) {
        let now = Instant::now();
        match letter {
            ToShard::Command(number, command) => {
                let outcome = self.router.handle_numbered(now, number, command);
                self.tell(Letter::Answer(number, outcome));
                self.give_out();
            }
            ToShard::TakeSnapshot(number) => {
                self.give_out(); // what happened before it is told before it
                self.tell(Letter::Snapshot(number, self.router.snapshot()));
            }
            ToShard::Ping(number) => self.tell(Letter::Pong(number)),
            ToShard::TakeStats => {
                let lines = self.router.line_stats(now);
                let stats = ShardStats::new(&self.router, &self.sender, &self.receiver, lines);
                let stats = stats.with_handed(self.handed_over, self.handed_lost);
                self.tell(Letter::Stats(stats.with_connections(self.connections.counts())));
            }
            ToShard::AddressAdded(address, shard) => {
                self.owners.added(address, shard);
                self.router.handle_foreign_address(address.into());
            }
            ToShard::AddressRemoved(address, shard) => {
                if self.owners.removed(address, shard) {
                    self.router.handle_foreign_address_gone(address.into());
                }
            }
            ToShard::Unowned(address, datagram) => self.router.handle_unowned(now, address.into(), &datagram),
            ToShard::Connection(connection) => self.take_connection(*connection),
            ToShard::End(reason) => {
                let _ = self.router.handle_command(now, Command::CloseAll(reason));
                self.ended = true; // after this turn, in which the good-byes leave
            }
        }
    }

    fn receive(&mut self) {
        for _ in 0..MAX_RECEIVES {
            if self.router.holds() >= MAX_HELD {
                break; // what there is leaves first
            }
            let received = self.receiver.receive(&self.socket).expect("a bound socket can be read");
            let Some(received) = received else { break };
            let Received { source, taken_at, arrived_at, .. } = received;
            for datagram in received.datagrams() {
                match self.owners.other(source, datagram) {
                    None => self.router.handle_arrived(taken_at, arrived_at, source, datagram),
                    Some(other) => {
                        let run = &mut self.astray[usize::from(other)];
                        run.bytes.extend_from_slice(datagram);
                        run.parts.push(Part { source, arrived_at, len: datagram.len() });
                    }
                }
            }
        }
        for (run, door) in self.astray.iter_mut().zip(&self.doors) {
            if !run.parts.is_empty() {
                let count = run.parts.len() as u64;
                let left = door.handed.push(std::mem::take(run));
                *(if left { &mut self.handed_over } else { &mut self.handed_lost }) += count;
            }
        }
    }

    fn take_handed(&mut self) {
        let mut runs = std::mem::take(&mut self.runs);
        self.doors[usize::from(self.number)].handed.take_all(&mut runs);
        let now = Instant::now();
        for Handed { mut bytes, parts } in runs.drain(..) {
            let mut rest = &mut bytes[..];
            for Part { source, arrived_at, len } in parts {
                let (datagram, after) = rest.split_at_mut(len);
                self.router.handle_arrived(now, arrived_at, source, datagram);
                rest = after;
            }
        }
        self.runs = runs;
    }

    /// Hands out all there is.
    fn give_out(&mut self) {
        let (mut sent, mut looks) = (false, 0);
        loop {
            self.give_events(); // first: a slot's mapping is told before the first packet of its new source leaves
            let most = match looks {
                0 => FIRST_LOOK_AFTER,
                1..MAX_LOOKS => LOOK_AFTER,
                _ => usize::MAX,
            };
            let pictures = self.send(&mut sent, most);
            if !self.router.has_output() {
                break;
            }
            if pictures >= most {
                looks += 1;
                self.receive();
            }
        }
        self.give_across();
        self.connections.flush(&self.epoll);
        while let Some(address) = self.connections.poll_gone() {
            self.router.handle_disconnected(Instant::now(), Remote::tcp(address));
        }
        if sent {
            self.router.sent(Instant::now());
        }
    }

    fn give_events(&mut self) {
        while let Some(event) = self.router.poll_event() {
            match event {
                RouterEvent::Told(event) => self.tell(Letter::Told(event)),
                // Where UDP from there arrives the kernel decides; a connection stays where it is.
                RouterEvent::AddressAdded(Remote { protocol: Protocol::Udp, address }) => {
                    self.owners.added(address, self.number);
                    self.tell_others(|| ToShard::AddressAdded(address, self.number));
                }
                RouterEvent::AddressAdded(_) => {}
                RouterEvent::AddressRemoved(Remote { protocol: Protocol::Udp, address }) => {
                    self.tell_others(|| ToShard::AddressRemoved(address, self.number));
                }
                RouterEvent::AddressRemoved(Remote { address, .. }) => self.connections.end(address),
                RouterEvent::Unowned(Remote { address, .. }, datagram) => {
                    self.tell_others(|| ToShard::Unowned(address, datagram.clone()));
                }
            }
        }
    }

    /// Sends what there is, until so many datagrams of pictures have left; gives how many.
    fn send(&mut self, sent: &mut bool, most: usize) -> usize {
        let mut pictures = 0;
        let now = Instant::now();
        while pictures < most {
            let transmits = self.router.poll_transmits(AT_ONCE, AT_ONCE.min(most - pictures));
            let mut leaves = false;
            let over_udp = transmits.filter(|transmit| {
                leaves = true;
                if transmit.class == Class::Rest {
                    pictures += transmit.segment_len.map_or(1, |len| transmit.bytes.len().div_ceil(len));
                }
                let Remote { protocol, address } = transmit.to;
                if protocol == Protocol::Tcp {
                    self.connections.send(now, address, transmit.bytes, transmit.segment_len);
                }
                protocol == Protocol::Udp
            });
            self.sender.send(&self.socket, over_udp);
            if !leaves {
                break;
            }
            *sent = true;
        }
        pictures
    }

    fn tell(&self, letter: Letter) {
        // When it is full the control thread finds that out by the inbox's count, and lets the control plane ask anew.
        self.inbox.push(FromShard { shard: self.number, letter });
    }

    fn tell_others(&self, letter: impl Fn() -> ToShard) {
        for (number, door) in (0u8..).zip(&self.doors) {
            if number != self.number {
                // A mailbox holds more letters than there are commands and new addresses at a time; losses are counted.
                door.mailbox.push(letter());
            }
        }
    }
}

/// How long to wait: whole milliseconds, rounded up, so that what is awaited is due afterwards.
fn until(due: Option<Instant>) -> EpollTimeout {
    let Some(due) = due else { return EpollTimeout::NONE };
    let wait = due.saturating_duration_since(Instant::now()).min(Duration::from_secs(60));
    let ms = u16::try_from(wait.as_nanos().div_ceil(1_000_000)).expect("a minute has fewer milliseconds");
    EpollTimeout::from(ms)
}

#[cfg(test)]
mod tests;
