//! The control socket: who is connected, who of them is the controller, what each has still to read.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::time::{Duration, Instant};

use nix::sys::socket::{getsockopt, sockopt};
use nix::unistd::geteuid;

use super::queue::{Latest, Outbox};
use hoptt_io::frames::{FromEngine, ToEngine};
use hoptt_io::reading::{Cutter, read};

/// Connections at a time: the controller, one that comes to take over, and some that were not closed yet.
const MAX_CONNECTIONS: usize = 8;
/// How long a connection may be silent before its `hello`, and how long its last frame may take.
const PATIENCE: Duration = Duration::from_secs(5);
const READ_BYTES: usize = 64 * 1024;

/// Something that a connection brought.
#[derive(Debug)]
pub enum Brought {
    /// It is the controller now; its hello gave this grace.
    Controller(u64, Duration),
    /// A frame of the controller, which is not a hello.
    Frame(u64, ToEngine),
}

/// See the module.
#[derive(Debug)]
pub struct Server {
    listener: UnixListener,
    connections: BTreeMap<u64, Connection>,
    next: u64,
    controller: Option<u64>,
    /// The highest that was seen.
    epoch: u64,
    lost: u64,
    buffer: Vec<u8>,
}

#[derive(Debug)]
struct Connection {
    stream: UnixStream,
    cutter: Cutter,
    outbox: Outbox,
    phase: Phase,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Its hello is awaited.
    Unheard {
        until: Instant,
    },
    Controller,
    /// It is closed once it has read what is left.
    Leaving {
        until: Instant,
    },
}

/// What a connection's descriptor is to be watched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interest {
    /// It may send.
    pub read: bool,
    /// Something waits to be written.
    pub write: bool,
}

impl Server {
    /// Opens the socket in the place of one that was left over (the folder's lock says that nobody serves it).
    ///
    /// # Errors
    /// A sentence.
    pub fn open(path: &Path) -> Result<Self, String> {
        let failed = |fault: io::Error| format!("the socket {} cannot be opened: {fault}", path.display());
        match fs::remove_file(path) {
            Err(fault) if fault.kind() != io::ErrorKind::NotFound => return Err(failed(fault)),
            _ => {}
        }
        let listener = UnixListener::bind(path).map_err(failed)?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        Ok(Self {
            listener,
            connections: BTreeMap::new(),
            next: 0,
            controller: None,
            epoch: 0,
            lost: 0,
            buffer: vec![0; READ_BYTES],
        })
    }

    /// Who steers, if anybody.
    #[must_use]
    pub fn controller(&self) -> Option<u64> {
        self.controller
    }

    /// Connections that ended by a fault of what they sent, or because they did not read.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// Takes one new connection; `None`: nobody waits. Only processes of our own user are let in (S22).
    pub fn accept(&mut self, now: Instant) -> Option<u64> {
        loop {
            let stream = match self.listener.accept() {
                Ok((stream, _)) => stream,
                Err(fault) if fault.kind() == io::ErrorKind::WouldBlock => return None,
                Err(fault) => {
                    tracing::warn!(cause = %fault.kind(), "a connection could not be taken");
                    std::thread::sleep(Duration::from_millis(10)); // a fault that stays shall not turn this loop at full speed
                    return None;
                }
            };
            let ours = getsockopt(&stream, sockopt::PeerCredentials).is_ok_and(|peer| peer.uid() == geteuid().as_raw());
            if !ours || self.connections.len() >= MAX_CONNECTIONS || stream.set_nonblocking(true).is_err() {
                self.lost += 1;
                continue;
            }
            self.next += 1;
            let phase = Phase::Unheard { until: now + PATIENCE };
            let connection = Connection { stream, cutter: Cutter::default(), outbox: Outbox::default(), phase };
            self.connections.insert(self.next, connection);
            return Some(self.next);
        }
    }

    /// The descriptor of a connection and what to watch it for; without `room` for commands nothing is read.
    #[must_use]
    pub fn interest(&self, connection: u64, room: bool) -> Option<(BorrowedFd<'_>, Interest)> {
        let known = self.connections.get(&connection)?;
        let read = match known.phase {
            Phase::Unheard { .. } => true,
            Phase::Controller => room,
            Phase::Leaving { .. } => false,
        };
        Some((known.stream.as_fd(), Interest { read, write: !known.outbox.is_empty() }))
    }

    /// All that are connected.
    pub fn connections(&self) -> impl Iterator<Item = u64> + '_ {
        self.connections.keys().copied()
    }

    /// Reads what a connection has sent. Frames are then given by [`Server::poll_frame`].
    pub fn read(&mut self, connection: u64) {
        let Some(known) = self.connections.get_mut(&connection) else { return };
        match known.stream.read(&mut self.buffer) {
            Ok(0) => self.close(connection),
            Ok(count) => known.cutter.extend(&self.buffer[..count]),
            Err(fault) if matches!(fault.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
            Err(_) => self.close(connection),
        }
    }

    /// Gives the next thing a connection has brought. One that brings nonsense is closed.
    pub fn poll_frame(&mut self, now: Instant, connection: u64) -> Option<Brought> {
        let known = self.connections.get_mut(&connection)?;
        let frame = match (known.phase, known.cutter.poll().and_then(|payload| payload.map(read).transpose())) {
            (Phase::Leaving { .. }, _) | (_, Ok(None)) => return None,
            (_, Ok(Some(frame))) => frame,
            (_, Err(why)) => {
                self.nonsense(connection, &format!("{why:?}"));
                return None;
            }
        };
        match (known.phase, frame) {
            (Phase::Unheard { .. }, ToEngine::Hello(hello)) => {
                if hello.epoch < self.epoch {
                    self.supersede(now, connection, "a control plane with a higher epoch has been here");
                    return None;
                }
                if let Some(former) = self.controller {
                    self.supersede(now, former, "another control plane has taken the engine over");
                }
                self.epoch = hello.epoch;
                self.controller = Some(connection);
                if let Some(known) = self.connections.get_mut(&connection) {
                    known.phase = Phase::Controller;
                }
                tracing::info!(epoch = hello.epoch, grace_ms = hello.grace_ms, "a control plane has the engine");
                Some(Brought::Controller(connection, Duration::from_millis(hello.grace_ms)))
            }
            (Phase::Unheard { .. }, ToEngine::Stranger) => {
                self.supersede(now, connection, "this engine speaks another version of the protocol");
                None
            }
            (Phase::Controller, ToEngine::Hello(_) | ToEngine::Stranger) | (Phase::Unheard { .. }, _) => {
                self.nonsense(connection, "out of turn");
                None
            }
            (_, frame) => Some(Brought::Frame(connection, frame)),
        }
    }

    /// Queues a frame for a connection.
    pub fn say(&mut self, connection: u64, frame: &FromEngine) {
        let Some(known) = self.connections.get_mut(&connection) else { return };
        let wire = frame.to_wire();
        let queued = match frame {
            FromEngine::Levels { meeting, .. } => {
                known.outbox.replace(Latest::Levels(meeting.clone()), wire);
                Ok(())
            }
            FromEngine::Limits { transport, .. } => {
                known.outbox.replace(Latest::Limits(transport.clone()), wire);
                Ok(())
            }
            FromEngine::Stats { .. } => {
                known.outbox.replace(Latest::Stats, wire);
                Ok(())
            }
            FromEngine::Snapshot { .. } => {
                known.outbox.push_snapshot(wire);
                Ok(())
            }
            _ => known.outbox.push(wire),
        };
        if queued.is_err() {
            self.nonsense(connection, "it does not read");
        }
    }

    /// Writes as much as a connection takes.
    pub fn write(&mut self, connection: u64) {
        let Some(known) = self.connections.get_mut(&connection) else { return };
        while let Some(bytes) = known.outbox.peek() {
            match known.stream.write(bytes) {
                Ok(count) => known.outbox.advance(count),
                Err(fault) if fault.kind() == io::ErrorKind::Interrupted => {}
                Err(fault) if fault.kind() == io::ErrorKind::WouldBlock => return,
                Err(_) => return self.close(connection),
            }
        }
        if matches!(known.phase, Phase::Leaving { .. }) {
            self.close(connection);
        }
    }

    /// Whether everything that was queued is written, or nobody is there to read it.
    #[must_use]
    pub fn is_written(&self) -> bool {
        self.connections.values().all(|known| known.outbox.is_empty())
    }

    /// Closes those whose time is over.
    pub fn handle_timeout(&mut self, now: Instant) {
        let late = self.connections.iter().filter(|(_, known)| known.until().is_some_and(|until| until <= now));
        let late: Vec<u64> = late.map(|(number, _)| *number).collect();
        for connection in late {
            self.lost += 1;
            self.close(connection);
        }
    }

    /// When [`Server::handle_timeout`] is due.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.connections.values().filter_map(Connection::until).min()
    }

    /// Closes a connection without a word.
    pub fn close(&mut self, connection: u64) {
        self.connections.remove(&connection);
        if self.controller == Some(connection) {
            self.controller = None;
        }
    }

    fn nonsense(&mut self, connection: u64, why: &str) {
        self.lost += 1;
        tracing::warn!(why, "a connection to the control socket was closed");
        self.close(connection);
    }

    fn supersede(&mut self, now: Instant, connection: u64, reason: &str) {
        self.say(connection, &FromEngine::Superseded { reason: reason.to_owned() });
        if let Some(known) = self.connections.get_mut(&connection) {
            known.phase = Phase::Leaving { until: now + PATIENCE };
        }
        if self.controller == Some(connection) {
            self.controller = None;
        }
        self.write(connection);
    }
}

impl Connection {
    fn until(&self) -> Option<Instant> {
        match self.phase {
            Phase::Unheard { until } | Phase::Leaving { until } => Some(until),
            Phase::Controller => None,
        }
    }
}

impl AsFd for Server {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.listener.as_fd()
    }
}
