//! All connections of a shard: taken, found by address, closed when nobody authentic is at the other end (S8).

use std::collections::{HashMap, VecDeque};
use std::io::Error;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollEvent, EpollFlags};

use super::connection::{Connection, Ended};
use super::listener::Listener;

/// A connection whose first frame is no authentic check by then is closed.
const FIRST_FRAME_WITHIN: Duration = Duration::from_secs(10);
/// Connections that have not shown a check yet; a newcomer takes the place of the oldest, so that whoever opens many and
/// says nothing keeps nobody out.
const MAX_UNKNOWN: usize = 512;
/// All connections of a shard: with its queue each may take 130 kB.
const MAX_CONNECTIONS: usize = 4_096;
/// Connections that are taken in one turn.
const MAX_ACCEPTS: usize = 64;
/// After the system has run out of descriptors or memory, no connection is taken for this long.
const REST: Duration = Duration::from_secs(1);

/// How the events of the epoll set name what they are of: numbers below this are the shard's own, and the number of a
/// connection comes after these.
pub const OWN_EVENTS: u64 = 4;
const LISTENER: u64 = OWN_EVENTS;
const FIRST: u64 = OWN_EVENTS + 1;

/// What was taken, refused and dropped, since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TcpCounts {
    /// Connections that were taken.
    pub opened: u64,
    /// Of these, those that are closed again for whatever reason.
    pub closed: u64,
    /// Closed because their first frame was no authentic check of ours.
    pub no_check: u64,
    /// Closed because nothing came in time.
    pub late: u64,
    /// Closed to make room, or not taken because there was none.
    pub no_room: u64,
    /// Closed because of a frame that was too long.
    pub too_long: u64,
    /// Times that the system had no descriptor or memory for one.
    pub rests: u64,
    /// Datagrams that left or wait.
    pub datagrams: u64,
    /// Datagrams for which a slow peer's queue had no room.
    pub queue_full: u64,
    /// Datagrams for a connection that is gone.
    pub no_connection: u64,
}

/// What an event is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ready {
    /// Somebody comes.
    Listener,
    /// A connection can be read, or written again.
    Connection(usize),
    /// Something else.
    Other,
}

/// See the module.
#[derive(Debug)]
pub struct Connections {
    listener: Option<Listener>,
    resting_until: Option<Instant>,
    all: Vec<Option<Connection>>,
    free: Vec<usize>,
    by_address: HashMap<SocketAddr, usize>,
    /// How many have not shown a check yet, and who they are, the oldest first; those that have since are passed over.
    unknown: usize,
    waiting_for_check: VecDeque<(Instant, usize)>,
    /// Those with something to send or a close to come.
    touched: Vec<usize>,
    /// Those that have ended and whose transports are to be told.
    gone: Vec<SocketAddr>,
    counts: TcpCounts,
}

impl Connections {
    /// Makes the table of a shard; one shard of all has the listener.
    ///
    /// # Errors
    /// The system has no room.
    pub fn new(listener: Option<Listener>, epoll: &Epoll) -> Result<Self, Errno> {
        if let Some(listener) = &listener {
            epoll.add(listener, EpollEvent::new(EpollFlags::EPOLLIN, LISTENER))?;
        }
        Ok(Self {
            listener,
            resting_until: None,
            all: Vec::new(),
            free: Vec::new(),
            by_address: HashMap::new(),
            unknown: 0,
            waiting_for_check: VecDeque::new(),
            touched: Vec::new(),
            gone: Vec::new(),
            counts: TcpCounts::default(),
        })
    }

    /// What was counted.
    #[must_use]
    pub fn counts(&self) -> TcpCounts {
        self.counts
    }

    /// Tells what an event of the epoll set is of.
    #[must_use]
    pub fn ready(event: &EpollEvent) -> Ready {
        match event.data() {
            LISTENER => Ready::Listener,
            data if data >= FIRST => usize::try_from(data - FIRST).map_or(Ready::Other, Ready::Connection),
            _ => Ready::Other,
        }
    }

    /// Takes those who come.
    pub fn accept(&mut self, now: Instant, epoll: &Epoll) {
        for _ in 0..MAX_ACCEPTS {
            let Some(listener) = self.listener.as_ref().filter(|_| self.resting_until.is_none()) else { return };
            match listener.accept() {
                Ok(Some((stream, address))) => {
                    self.counts.opened += 1;
                    self.adopt(Connection::new(stream, address, now), epoll);
                }
                Ok(None) => return,
                Err(fault) => self.rest(now, &fault, epoll),
            }
        }
    }

    /// Takes a connection into the table, or closes it; gives its number.
    pub fn adopt(&mut self, connection: Connection, epoll: &Epoll) -> Option<usize> {
        if self.unknown >= MAX_UNKNOWN {
            self.close_oldest_unknown();
        }
        let number = self.free.pop().unwrap_or(self.all.len());
        let event = EpollEvent::new(EpollFlags::EPOLLIN, FIRST + number as u64);
        if self.by_address.len() >= MAX_CONNECTIONS || epoll.add(&connection, event).is_err() {
            if number < self.all.len() {
                self.free.push(number);
            }
            self.counts.no_room += 1;
            self.counts.closed += 1;
            return None;
        }
        if number == self.all.len() {
            self.all.push(None);
        }
        self.await_check(&connection, number);
        if let Some(before) = self.by_address.insert(connection.address, number) {
            self.close(before); // the kernel gave the address to another one: that one has ended unnoticed
            self.by_address.insert(connection.address, number);
        }
        self.all[number] = Some(connection);
        Some(number)
    }

    /// A connection, to read from it.
    pub fn get_mut(&mut self, number: usize) -> Option<&mut Connection> {
        self.all.get_mut(number)?.as_mut()
    }

    /// Its first frame was an authentic check.
    pub fn authenticated(&mut self, number: usize) {
        if let Some(connection) = self.all.get_mut(number).and_then(Option::as_mut)
            && !std::mem::replace(&mut connection.authenticated, true)
        {
            self.unknown -= 1;
        }
    }

    /// Takes a connection out of the table, for another shard.
    pub fn give_away(&mut self, number: usize, epoll: &Epoll) -> Option<Connection> {
        let connection = self.all.get_mut(number)?.take()?;
        let _ = epoll.delete(&connection); // it was added, so it is there
        self.forget(number, &connection);
        Some(connection)
    }

    /// Its first frame was no authentic check: closed when the answer, if there is one, has left.
    pub fn refuse(&mut self, number: usize) {
        self.counts.no_check += 1;
        self.leave(number);
    }

    /// Its transport has no use for it any more: closed when what waits has left.
    pub fn end(&mut self, address: SocketAddr) {
        if let Some(number) = self.by_address.get(&address).copied() {
            self.leave(number);
        }
    }

    /// Reading has ended so.
    pub fn ended(&mut self, number: usize, why: Ended) {
        self.counts.too_long += u64::from(why == Ended::TooLong);
        self.close(number);
    }

    /// Lets a datagram, or a train, wait to be sent.
    pub fn send(&mut self, now: Instant, to: SocketAddr, bytes: &[u8], segment_len: Option<usize>) {
        let number = self.by_address.get(&to).copied();
        let Some((number, connection)) = number.and_then(|number| Some((number, self.all[number].as_mut()?))) else {
            self.counts.no_connection += 1;
            return;
        };
        let queued = connection.queue(now, bytes, segment_len);
        self.counts.datagrams += queued.taken;
        self.counts.queue_full += queued.dropped;
        self.touched.push(number);
    }

    /// Sends what waits, as far as it goes, at the end of a turn.
    pub fn flush(&mut self, epoll: &Epoll) {
        let mut touched = std::mem::take(&mut self.touched);
        touched.sort_unstable();
        touched.dedup();
        for number in touched.drain(..) {
            self.flush_one(number, epoll);
        }
        self.touched = touched;
    }

    /// A connection takes more again.
    pub fn writable(&mut self, number: usize) {
        if self.all.get(number).is_some_and(|connection| connection.as_ref().is_some_and(|one| one.waiting() > 0)) {
            self.touched.push(number);
        }
    }

    /// Gives the far end of a connection that has ended since the last time.
    pub fn poll_gone(&mut self) -> Option<SocketAddr> {
        self.gone.pop()
    }

    /// When [`Connections::handle_timeout`] is due.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let oldest = self.waiting_for_check.front().map(|(since, _)| *since + FIRST_FRAME_WITHIN);
        oldest.into_iter().chain(self.resting_until).min()
    }

    /// Closes those that said nothing, and listens again after a rest.
    pub fn handle_timeout(&mut self, now: Instant, epoll: &Epoll) {
        while let Some((since, number)) = self.waiting_for_check.front().copied() {
            if self.waits(since, number) {
                if now < since + FIRST_FRAME_WITHIN {
                    break;
                }
                self.counts.late += 1;
                self.close(number);
            }
            self.waiting_for_check.pop_front();
        }
        if self.resting_until.is_some_and(|until| now >= until) {
            self.resting_until = None;
            let event = EpollEvent::new(EpollFlags::EPOLLIN, LISTENER);
            if let Some(listener) = &self.listener
                && epoll.add(listener, event).is_err()
            {
                self.resting_until = Some(now + REST);
            }
        }
    }

    // ---- within ------------------------------------------------------------------------------

    /// Without this the listener would stay ready and the loop spin (F34).
    fn rest(&mut self, now: Instant, fault: &Error, epoll: &Epoll) {
        tracing::warn!(cause = %fault, "no connection can be taken for a second: raise the limit of open files (LimitNOFILE=)");
        self.counts.rests += 1;
        self.close_oldest_unknown();
        if let Some(listener) = &self.listener {
            let _ = epoll.delete(listener); // it was added, so it is there
        }
        self.resting_until = Some(now + REST);
    }

    fn flush_one(&mut self, number: usize, epoll: &Epoll) {
        let Some(connection) = self.all.get_mut(number).and_then(Option::as_mut) else { return };
        let waited = connection.is_waiting;
        match connection.flush() {
            Ok(all) if !connection.leaving => {
                if waited == all {
                    connection.is_waiting = !all;
                    let flags = if all { EpollFlags::EPOLLIN } else { EpollFlags::EPOLLIN | EpollFlags::EPOLLOUT };
                    let mut event = EpollEvent::new(flags, FIRST + number as u64);
                    if epoll.modify(&*connection, &mut event).is_err() {
                        self.close(number);
                    }
                }
            }
            _ => self.close(number),
        }
    }

    fn leave(&mut self, number: usize) {
        if let Some(connection) = self.get_mut(number) {
            connection.leaving = true;
            self.touched.push(number);
        }
    }

    fn await_check(&mut self, connection: &Connection, number: usize) {
        if connection.authenticated {
            return;
        }
        self.unknown += 1;
        self.waiting_for_check.push_back((connection.since, number));
        if self.waiting_for_check.len() > 4 * MAX_UNKNOWN {
            let all = std::mem::take(&mut self.waiting_for_check);
            self.waiting_for_check = all.into_iter().filter(|(since, one)| self.waits(*since, *one)).collect();
            self.waiting_for_check.push_back((connection.since, number)); // not in the table yet
        }
    }

    fn waits(&self, since: Instant, number: usize) -> bool {
        let connection = self.all.get(number).and_then(Option::as_ref);
        connection.is_some_and(|connection| !connection.authenticated && connection.since == since)
    }

    fn close_oldest_unknown(&mut self) {
        while let Some((since, number)) = self.waiting_for_check.pop_front() {
            if self.waits(since, number) {
                self.counts.no_room += 1;
                return self.close(number);
            }
        }
    }

    /// Closing the descriptor takes it out of the epoll set, too.
    fn close(&mut self, number: usize) {
        let Some(connection) = self.all.get_mut(number).and_then(Option::take) else { return };
        self.counts.closed += 1;
        if connection.authenticated {
            self.gone.push(connection.address);
        }
        self.forget(number, &connection);
    }

    fn forget(&mut self, number: usize, connection: &Connection) {
        self.unknown -= usize::from(!connection.authenticated);
        if self.by_address.get(&connection.address) == Some(&number) {
            self.by_address.remove(&connection.address);
        }
        self.free.push(number);
    }
}

#[cfg(test)]
#[path = "connections_tests.rs"]
mod tests;
