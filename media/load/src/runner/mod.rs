//! A media thread: the sockets of many peers, one timer, and commands from outside.

pub mod sockets;

use std::cell::Cell;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::io;
use std::net::UdpSocket;
use std::os::fd::{AsFd, AsRawFd};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use hoptt_core::srtp::SrtpProfile;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::eventfd::{EfdFlags, EventFd};
use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};
use nix::time::clock_gettime;

pub use sockets::open as open_socket;

use crate::client::State;
use crate::dtls::ClientIdentity;
use crate::peer::{Bench, Peer, Role};
use crate::publish::{LAYERS, Material};
use crate::session::Session;
use crate::tally::Tally;
use sockets::Reader;

/// A peer that signalling has brought in.
#[derive(Debug)]
pub struct NewPeer {
    /// What it is to be.
    pub role: Role,
    /// What was agreed.
    pub session: Session,
    /// Connected to the server, non-blocking.
    pub socket: UdpSocket,
}

/// What a peer that is there is to do.
#[derive(Clone, Copy, Debug)]
pub enum Order {
    /// Speak, or be silent.
    Talk(bool),
    /// See when this encoding is shown, as marks name it: it was wanted then.
    Await(u16, Instant),
    /// Say good-bye.
    Leave,
    /// Be gone without a word.
    Vanish,
}

enum Command {
    Add(Box<NewPeer>),
    Order(u32, Order),
    Encode(u32, [bool; LAYERS as usize]),
    Take(Sender<Report>),
    StayAwake,
    Close,
}

/// How a thread's peers are, and what they counted since it was asked last.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// What was counted.
    pub tally: Tally,
    /// Peers that are there.
    pub peers: usize,
    /// Those with keys.
    pub connected: usize,
    /// Those that are over.
    pub ended: usize,
    /// Why the first of those is over.
    pub first_end: Option<String>,
    /// How many peers use each SRTP profile, in the order of [`SrtpProfile::ALL`].
    pub profiles: [usize; 3],
}

impl Report {
    /// Adds another thread's.
    pub fn merge(&mut self, other: Self) {
        self.tally.merge(&other.tally);
        self.peers += other.peers;
        self.connected += other.connected;
        self.ended += other.ended;
        self.first_end = self.first_end.take().or(other.first_end);
        for (mine, theirs) in self.profiles.iter_mut().zip(other.profiles) {
            *mine += theirs;
        }
    }
}

/// A running media thread.
#[derive(Debug)]
pub struct Runner {
    hand: Hand,
    thread: Option<JoinHandle<io::Result<()>>>,
}

/// What other threads tell a media thread's peers by.
#[derive(Clone, Debug)]
pub struct Hand {
    commands: Sender<Command>,
    wake: Arc<EventFd>,
}

impl std::fmt::Debug for Command {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Add(_) => "Add",
            Self::Order(..) => "Order",
            Self::Encode(..) => "Encode",
            Self::Take(_) => "Take",
            Self::StayAwake => "StayAwake",
            Self::Close => "Close",
        })
    }
}

impl Runner {
    /// Starts a thread.
    ///
    /// # Errors
    /// When the system gives no epoll, timer or event descriptor, or no thread.
    pub fn start(identity: Arc<ClientIdentity>, material: Arc<Material>) -> io::Result<Self> {
        let wake = Arc::new(EventFd::from_flags(EfdFlags::EFD_NONBLOCK | EfdFlags::EFD_CLOEXEC)?);
        let (commands, inbox) = channel();
        let (ready, started) = channel();
        let its_wake = wake.clone();
        // Its buffers for system calls cannot move between threads, so it makes them itself.
        let body = move || match Thread::new(identity, material, its_wake, inbox) {
            Ok(mut thread) => {
                let _ = ready.send(Ok(()));
                thread.run()
            }
            Err(error) => {
                let _ = ready.send(Err(error));
                Ok(())
            }
        };
        let thread = std::thread::Builder::new().name("media".into()).spawn(body)?;
        started.recv().map_err(|_| ended())??;
        Ok(Self { hand: Hand { commands, wake }, thread: Some(thread) })
    }

    /// Brings a peer in.
    ///
    /// # Errors
    /// When the thread has ended.
    pub fn add(&self, peer: NewPeer) -> io::Result<()> {
        self.hand.tell(Command::Add(Box::new(peer)))
    }

    /// Gives what another thread may tell its peers by.
    #[must_use]
    pub fn hand(&self) -> Hand {
        self.hand.clone()
    }

    /// Orders the peer of this number, the newest one of it; nothing happens when there is none.
    ///
    /// # Errors
    /// When the thread has ended.
    pub fn order(&self, number: u32, order: Order) -> io::Result<()> {
        self.hand.tell(Command::Order(number, order))
    }

    /// Takes what was counted since the last time.
    ///
    /// # Errors
    /// When the thread has ended.
    pub fn take(&self) -> io::Result<Report> {
        let (report, answer) = channel();
        self.hand.tell(Command::Take(report))?;
        answer.recv().map_err(|_| ended())
    }

    /// Lets the thread not sleep any more: whoever sends to it pays for no wake-up, as on a network that has none.
    ///
    /// # Errors
    /// When the thread has ended.
    pub fn stay_awake(&self) -> io::Result<()> {
        self.hand.tell(Command::StayAwake)
    }

    /// Says good-bye for all peers and ends the thread.
    ///
    /// # Errors
    /// What ended the thread before.
    pub fn close(mut self) -> io::Result<()> {
        let told = self.hand.tell(Command::Close);
        let result = self.thread.take().map(JoinHandle::join);
        match result {
            Some(Ok(result)) => result,
            Some(Err(_)) => Err(io::Error::other("a media thread panicked")),
            None => told,
        }
    }
}

impl Hand {
    /// Lets the peer of this number, or one that comes under it, send these encodings of its pictures and no others, the
    /// smallest first.
    ///
    /// # Errors
    /// When the thread has ended.
    pub fn encode(&self, number: u32, active: [bool; LAYERS as usize]) -> io::Result<()> {
        self.tell(Command::Encode(number, active))
    }

    fn tell(&self, command: Command) -> io::Result<()> {
        self.commands.send(command).map_err(|_| ended())?;
        self.wake.write(1)?;
        Ok(())
    }
}

fn ended() -> io::Error {
    io::Error::other("the media thread has ended")
}

struct Place {
    peer: Peer,
    socket: UdpSocket,
    due: Option<Instant>,
}

struct Thread {
    identity: Arc<ClientIdentity>,
    bench: Bench,
    places: Vec<Place>,
    /// What peers are to send, by their numbers: the server may say it before media begins.
    encodes: HashMap<u32, [bool; LAYERS as usize]>,
    /// Stale entries stay until their time; each place has one that counts.
    timers: BinaryHeap<Reverse<(Instant, usize)>>,
    epoll: Epoll,
    timer: TimerFd,
    wake: Arc<EventFd>,
    inbox: Receiver<Command>,
    reader: Reader,
    awake: bool,
}

/// Tokens beside the numbers of places.
const TIMER: u64 = u64::MAX;
const WAKE: u64 = u64::MAX - 1;

impl Thread {
    fn new(
        identity: Arc<ClientIdentity>,
        material: Arc<Material>,
        wake: Arc<EventFd>,
        inbox: Receiver<Command>,
    ) -> io::Result<Self> {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        let timer = TimerFd::new(ClockId::CLOCK_MONOTONIC, TimerFlags::TFD_NONBLOCK | TimerFlags::TFD_CLOEXEC)?;
        epoll.add(timer.as_fd(), EpollEvent::new(EpollFlags::EPOLLIN, TIMER))?;
        epoll.add(wake.as_fd(), EpollEvent::new(EpollFlags::EPOLLIN, WAKE))?;
        Ok(Self {
            identity,
            bench: Bench::new(material),
            places: Vec::new(),
            encodes: HashMap::new(),
            timers: BinaryHeap::new(),
            epoll,
            timer,
            wake,
            inbox,
            reader: Reader::default(),
            awake: false,
        })
    }

    fn run(&mut self) -> io::Result<()> {
        let mut events = [EpollEvent::empty(); 64];
        let mut armed = None;
        loop {
            self.handle_timers(Instant::now());
            let due = self.timers.peek().map(|Reverse((due, _))| *due);
            if due != armed {
                self.arm(due)?;
                armed = due;
            }
            let count =
                if self.awake { self.look_out(&mut events)? } else { self.ready(&mut events, EpollTimeout::NONE)? };
            for event in &events[..count] {
                match event.data() {
                    TIMER => armed = None, // arming it anew takes its readiness away
                    WAKE => {
                        let _ = self.wake.read();
                        if !self.handle_commands()? {
                            return Ok(());
                        }
                    }
                    place => {
                        let now = self.receive(usize::try_from(place).expect("a place of ours"));
                        // What is sent waits for nobody: a frame is due to the millisecond.
                        self.handle_timers(now);
                    }
                }
            }
        }
    }

    fn ready(&self, events: &mut [EpollEvent], timeout: EpollTimeout) -> io::Result<usize> {
        match self.epoll.wait(events, timeout) {
            Err(nix::errno::Errno::EINTR) => Ok(0),
            other => Ok(other?),
        }
    }

    /// Waits for something to do without sleeping; the time is counted, for it is no work.
    fn look_out(&mut self, events: &mut [EpollEvent]) -> io::Result<usize> {
        let mut count = self.ready(events, EpollTimeout::ZERO)?;
        if count == 0 {
            let from = own_time()?;
            while count == 0 {
                std::thread::yield_now();
                count = self.ready(events, EpollTimeout::ZERO)?;
            }
            self.bench.tally.rested += own_time()?.saturating_sub(from);
        }
        Ok(count)
    }

    fn arm(&self, due: Option<Instant>) -> io::Result<()> {
        let Some(due) = due else { return Ok(self.timer.unset()?) };
        let wait = due.saturating_duration_since(Instant::now()).max(Duration::from_nanos(1));
        Ok(self.timer.set(Expiration::OneShot(wait.into()), TimerSetTimeFlags::empty())?)
    }

    /// False: it is over.
    fn handle_commands(&mut self) -> io::Result<bool> {
        while let Ok(command) = self.inbox.try_recv() {
            match command {
                Command::Add(peer) => self.add(*peer)?,
                Command::Order(number, order) => self.order(number, order),
                Command::Encode(number, active) => self.encode(number, active),
                Command::Take(report) => {
                    let _ = report.send(self.report());
                }
                Command::StayAwake => self.awake = true,
                Command::Close => {
                    for place in &mut self.places {
                        let socket = &place.socket;
                        place.peer.close(|bytes| {
                            let _ = socket.send(bytes);
                        });
                    }
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    fn add(&mut self, new: NewPeer) -> io::Result<()> {
        let now = Instant::now();
        let at = self.places.len();
        self.epoll.add(&new.socket, EpollEvent::new(EpollFlags::EPOLLIN, at as u64))?;
        let mut peer = Peer::new(new.role, new.session, self.identity.clone(), now);
        if let Some(active) = self.encodes.get(&peer.number()) {
            peer.encode(*active);
        }
        self.places.push(Place { peer, socket: new.socket, due: None });
        self.schedule(at);
        Ok(())
    }

    fn order(&mut self, number: u32, order: Order) {
        let Some(place) = self.places.iter_mut().rev().find(|place| place.peer.number() == number) else { return };
        let socket = &place.socket;
        match order {
            Order::Talk(on) => place.peer.talk(on),
            Order::Await(track, since) => place.peer.awaits(track, since, &mut self.bench),
            Order::Leave => place.peer.close(|bytes| {
                let _ = socket.send(bytes);
            }),
            Order::Vanish => place.peer.close(|_| {}),
        }
    }

    fn encode(&mut self, number: u32, active: [bool; LAYERS as usize]) {
        self.encodes.insert(number, active);
        // It may have a link to send on and another one to receive on.
        for place in self.places.iter_mut().filter(|place| place.peer.number() == number) {
            place.peer.encode(active);
        }
    }

    fn report(&mut self) -> Report {
        let mut report = Report { peers: self.places.len(), ..Report::default() };
        for place in &mut self.places {
            place.peer.take_losses(&mut self.bench.tally);
            match place.peer.state() {
                State::Connected => report.connected += 1,
                State::Closed(why) => {
                    report.ended += 1;
                    report.first_end.get_or_insert_with(|| format!("{why:?}"));
                }
                _ => {}
            }
            if let Some(profile) = place.peer.profile() {
                let at = SrtpProfile::ALL.iter().position(|known| *known == profile).expect("all are in ALL");
                report.profiles[at] += 1;
            }
        }
        report.tally = std::mem::take(&mut self.bench.tally);
        report
    }

    fn handle_timers(&mut self, now: Instant) {
        while let Some(Reverse((due, at))) = self.timers.peek().copied().filter(|Reverse((due, _))| *due <= now) {
            self.timers.pop();
            let place = &mut self.places[at];
            if place.due != Some(due) {
                continue;
            }
            place.due = None;
            let (socket, refused) = (&place.socket, Cell::new(0));
            place.peer.handle_timeout(now, &mut self.bench, |bytes| send(socket, bytes, &refused));
            self.bench.tally.sent.refused += refused.get();
            self.schedule(at);
        }
    }

    /// Sees to it that a place's time comes.
    fn schedule(&mut self, at: usize) {
        let place = &mut self.places[at];
        let Some(due) = place.peer.poll_timeout() else { return };
        // A later time than the one noted is found when that one comes.
        if place.due.is_none_or(|noted| due < noted) {
            place.due = Some(due);
            self.timers.push(Reverse((due, at)));
        }
    }

    /// Reads what has come to a socket, but not for ever; says what time it is afterwards.
    fn receive(&mut self, at: usize) -> Instant {
        let mut now = Instant::now();
        for _ in 0..MAX_READS {
            let place = &mut self.places[at];
            let whole = place.peer.reads_whole();
            let Ok(count) = self.reader.read(place.socket.as_raw_fd(), whole) else { break };
            now = Instant::now();
            self.bench.tally.reads += 1;
            let (socket, refused) = (&place.socket, Cell::new(0));
            for number in 0..count {
                let (datagram, len) = self.reader.datagram(number, whole);
                place.peer.handle_datagram(now, datagram, len, &mut self.bench, |bytes| {
                    send(socket, bytes, &refused);
                });
            }
            self.bench.tally.sent.refused += refused.get();
            if count < Reader::capacity(whole) {
                break;
            }
        }
        self.schedule(at);
        now
    }
}

/// CPU time of this thread.
fn own_time() -> io::Result<Duration> {
    Ok(clock_gettime(nix::time::ClockId::CLOCK_THREAD_CPUTIME_ID)?.into())
}

/// Reads of one socket before the others have their turn.
const MAX_READS: usize = 4;

fn send(socket: &UdpSocket, bytes: &[u8], refused: &Cell<u64>) {
    if socket.send(bytes).is_err() {
        refused.set(refused.get() + 1);
    }
}
