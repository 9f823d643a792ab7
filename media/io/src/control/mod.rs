//! The control thread: the socket of the control plane on one side, the shards' mailboxes on the other.

mod desk;
mod places;
mod queue;
mod server;

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use hoptt_core::control::{CloseReason, FingerprintText};
use hoptt_io::frames::{FromEngine, PROTOCOL, ToEngine};
use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::signalfd::SignalFd;

use crate::log;
use crate::shard::{FromShard, Shards};
use crate::stats::ShardStats;
use desk::{Asker, Desk, Said};
use server::{Brought, Interest};

pub use desk::{MAX_MEETINGS, MAX_TRANSPORTS};
pub use server::Server;

/// Between two statistics.
const STATS_INTERVAL: Duration = Duration::from_secs(1);
/// How long closing everything, and writing the last answer, may take.
const END_PATIENCE: Duration = Duration::from_secs(3);

const LISTENER: u64 = 0;
const SIGNALS: u64 = 1;
const INBOX: u64 = 2;
/// Connections are counted from here.
const CONNECTIONS: u64 = 16;

/// What the engine says of itself in its welcome.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Random per process.
    pub instance: String,
    /// Where media is taken.
    pub port: u16,
    /// Values of a=candidate.
    pub candidates: Vec<String>,
    /// Of its certificate.
    pub fingerprint: String,
}

/// See the module.
pub struct Control {
    identity: Identity,
    server: Server,
    desk: Desk,
    shards: Shards,
    signals: SignalFd,
    epoll: Epoll,
    watched: HashMap<u64, Interest>,
    letters: VecDeque<FromShard>,
    letters_lost: u64,
    /// What the last hello gave, or the command line.
    grace: Duration,
    alone_until: Option<Instant>,
    stats_at: Instant,
    dropped_before: HashMap<&'static str, u64>,
    closing: Option<Closing>,
}

/// The engine is ending.
#[derive(Debug)]
struct Closing {
    until: Instant,
    /// Who asked for it and is to be told.
    asker: Option<Asker>,
    answered: bool,
}

impl Control {
    /// Begins to listen; the grace of the command line begins.
    ///
    /// # Errors
    /// The system has no more file descriptors.
    pub fn new(
        identity: Identity,
        server: Server,
        shards: Shards,
        signals: SignalFd,
        (grace, per_meeting): (Duration, usize),
    ) -> Result<Self, Errno> {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        epoll.add(&server, EpollEvent::new(EpollFlags::EPOLLIN, LISTENER))?;
        epoll.add(&signals, EpollEvent::new(EpollFlags::EPOLLIN, SIGNALS))?;
        epoll.add(&*shards.inbox, EpollEvent::new(EpollFlags::EPOLLIN, INBOX))?;
        let now = Instant::now();
        Ok(Self {
            identity,
            server,
            desk: Desk::new(u8::try_from(shards.doors.len()).expect("the command line allows few shards"), per_meeting),
            shards,
            signals,
            epoll,
            watched: HashMap::new(),
            letters: VecDeque::new(),
            letters_lost: 0,
            grace,
            alone_until: Some(now + grace),
            stats_at: now + STATS_INTERVAL,
            dropped_before: HashMap::new(),
            closing: None,
        })
    }

    /// Turns until the engine has ended. Gives false when not everything could be closed in time.
    ///
    /// # Panics
    /// When the system refuses what it has granted before: the process ends, and another one is started.
    #[must_use]
    pub fn run(mut self) -> bool {
        let mut events = [EpollEvent::empty(); 16];
        loop {
            let now = Instant::now();
            self.handle_time(now);
            if let Some(whole) = self.has_ended(now) {
                if whole {
                    self.shards.join();
                }
                return whole;
            }
            self.watch();
            let count = match self.epoll.wait(&mut events, self.until(now)) {
                Ok(count) => count,
                Err(Errno::EINTR) => 0,
                Err(fault) => panic!("waiting failed: {fault}"),
            };
            let now = Instant::now();
            for event in &events[..count] {
                self.handle_event(now, event.data(), event.events());
            }
            self.take_letters();
            self.pass_on();
        }
    }

    fn handle_event(&mut self, now: Instant, token: u64, flags: EpollFlags) {
        match token {
            LISTENER => while self.server.accept(now).is_some() {},
            SIGNALS => {
                while let Ok(Some(signal)) = self.signals.read_signal() {
                    tracing::info!(signal = signal.ssi_signo, "asked to end by a signal");
                    self.end(now, CloseReason::Asked, None);
                }
            }
            INBOX => {} // letters are taken after every wait
            connection => {
                let connection = connection - CONNECTIONS;
                if flags.contains(EpollFlags::EPOLLIN) {
                    self.server.read(connection);
                    self.take_frames(now, connection);
                } else if flags.intersects(EpollFlags::EPOLLHUP | EpollFlags::EPOLLERR) {
                    self.server.close(connection);
                }
            }
        }
    }

    fn take_frames(&mut self, now: Instant, connection: u64) {
        while !self.desk.is_full()
            && let Some(brought) = self.server.poll_frame(now, connection)
        {
            match brought {
                Brought::Controller(connection, grace) => {
                    self.grace = grace;
                    self.server.say(connection, &self.welcome());
                }
                Brought::Frame(connection, frame) => self.take_frame(now, connection, frame),
            }
            self.pass_on();
        }
    }

    fn take_frame(&mut self, now: Instant, connection: u64, frame: ToEngine) {
        let asker = |id| Asker { connection, id };
        match frame {
            ToEngine::Command(id, command) => self.desk.handle_command(asker(id), command),
            ToEngine::TakeSnapshot(id) => self.desk.take_snapshot(asker(id)),
            ToEngine::Ping(id) => self.desk.ping(asker(id)),
            ToEngine::Shutdown(id) => {
                tracing::info!("asked to end by the control plane");
                self.end(now, CloseReason::Asked, Some(asker(id)));
            }
            ToEngine::Hello(_) | ToEngine::Stranger => {} // the server has closed who says it twice
        }
    }

    fn take_letters(&mut self) {
        let mut letters = std::mem::take(&mut self.letters);
        self.shards.inbox.take_all(&mut letters);
        for letter in letters.drain(..) {
            if let Some(stats) = self.desk.handle_letter(letter) {
                self.tell_stats(stats);
            }
        }
        self.letters = letters;
        let lost = self.shards.inbox.refused();
        if lost > self.letters_lost {
            tracing::error!(lost = lost - self.letters_lost, "events were lost: the control plane is to ask anew");
            self.letters_lost = lost;
            self.desk.distrust();
            if let Some(controller) = self.server.controller() {
                self.server.close(controller);
            }
        }
    }

    fn tell_stats(&mut self, mut stats: ShardStats) {
        let refused: u64 = self.shards.doors.iter().map(|door| door.mailbox.refused()).sum();
        stats.set("dropped.letters", refused + self.letters_lost);
        stats.set("control_connections_lost", self.server.lost());
        stats.set("log_lines_lost", log::DROPPED.load(Ordering::Relaxed));
        for (reason, total) in stats.dropped() {
            let before = self.dropped_before.insert(reason, total).unwrap_or(0);
            if total > before {
                tracing::debug!(reason, count = total - before, "dropped in the last second");
            }
        }
        if let Some(controller) = self.server.controller() {
            self.server.say(controller, &stats.into_frame());
        }
    }

    /// Gives the shards their letters and the connections what is said to them.
    fn pass_on(&mut self) {
        while let Some((shard, letter)) = self.desk.poll_letter() {
            self.shards.doors[usize::from(shard)].mailbox.push(letter);
        }
        while let Some(said) = self.desk.poll_said() {
            match said {
                Said::To(connection, frame) => self.server.say(connection, &frame),
                Said::ToController(frame) => {
                    if let Some(controller) = self.server.controller() {
                        self.server.say(controller, &frame);
                    }
                }
            }
        }
    }

    /// Writes what can be written, and has the descriptors watched for what is left.
    fn watch(&mut self) {
        let all: Vec<u64> = self.server.connections().collect();
        for connection in all {
            self.server.write(connection);
            let room = !self.desk.is_full();
            let Some((descriptor, interest)) = self.server.interest(connection, room) else { continue };
            let before = self.watched.insert(connection, interest);
            if before == Some(interest) {
                continue;
            }
            let mut flags = EpollFlags::empty();
            flags.set(EpollFlags::EPOLLIN, interest.read);
            flags.set(EpollFlags::EPOLLOUT, interest.write);
            let mut event = EpollEvent::new(flags, CONNECTIONS + connection);
            let outcome = match before {
                None => self.epoll.add(descriptor, event),
                Some(_) => self.epoll.modify(descriptor, &mut event),
            };
            outcome.expect("an open descriptor can be watched");
        }
        // A closed descriptor is no longer watched by itself.
        let server = &self.server;
        self.watched.retain(|connection, _| server.interest(*connection, true).is_some());
    }

    // ---- time --------------------------------------------------------------------------------

    fn handle_time(&mut self, now: Instant) {
        self.server.handle_timeout(now);
        if self.closing.is_some() {
            return;
        }
        // What was not read while there was no room is read now.
        if let Some(controller) = self.server.controller() {
            self.take_frames(now, controller);
        }
        match (self.server.controller(), self.alone_until) {
            (Some(_), _) => self.alone_until = None,
            (None, None) => {
                tracing::info!(grace_ms = self.grace.as_millis(), "without a control plane: the grace time begins");
                self.alone_until = Some(now + self.grace);
            }
            (None, Some(until)) if until <= now => {
                tracing::warn!("the grace time is over: closing");
                self.end(now, CloseReason::GraceOver, None);
            }
            (None, Some(_)) => {}
        }
        if now >= self.stats_at {
            self.stats_at = now + STATS_INTERVAL;
            if self.server.controller().is_some() {
                self.desk.take_stats();
            }
        }
        self.pass_on();
    }

    fn until(&self, now: Instant) -> EpollTimeout {
        let stats_at = self.server.controller().is_some().then_some(self.stats_at);
        let closing_until = self.closing.as_ref().map(|closing| closing.until);
        let due = [self.server.poll_timeout(), self.alone_until, stats_at, closing_until].into_iter().flatten().min();
        let Some(due) = due else { return EpollTimeout::NONE };
        let wait = due.saturating_duration_since(now).min(Duration::from_secs(60));
        EpollTimeout::from(u16::try_from(wait.as_millis() + 1).expect("a minute has fewer milliseconds"))
    }

    // ---- the end -----------------------------------------------------------------------------

    fn end(&mut self, now: Instant, reason: CloseReason, asker: Option<Asker>) {
        if self.closing.is_none() {
            self.desk.end(reason);
            self.closing = Some(Closing { until: now + END_PATIENCE, asker, answered: false });
            self.alone_until = None;
            self.pass_on();
        }
    }

    /// `Some(true)`: everything is closed. `Some(false)`: that took too long.
    fn has_ended(&mut self, now: Instant) -> Option<bool> {
        let closing = self.closing.as_mut()?;
        if self.desk.has_ended() {
            if !closing.answered {
                closing.answered = true;
                if let Some(Asker { connection, id }) = closing.asker {
                    self.server.say(connection, &FromEngine::Done { id, unknown: Vec::new() });
                    self.server.write(connection);
                }
            }
            if self.server.is_written() {
                return Some(true);
            }
        }
        (closing.until <= now).then(|| self.desk.has_ended())
    }

    fn welcome(&self) -> FromEngine {
        let Identity { instance, port, candidates, fingerprint } = self.identity.clone();
        FromEngine::Welcome {
            version: PROTOCOL,
            instance,
            pid: std::process::id(),
            build: env!("CARGO_PKG_VERSION").to_owned(),
            port,
            candidates,
            fingerprint: FingerprintText { algorithm: "sha-256".to_owned(), value: fingerprint },
            shards: u8::try_from(self.shards.doors.len()).expect("the command line allows few shards"),
        }
    }
}
