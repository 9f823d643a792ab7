//! A shard's connections: who comes is known by the first frame, which must be a check of ours; the shard that the check
//! names has the connection from then on.

use std::time::Instant;

use hoptt_core::remote::Remote;
use nix::sys::epoll::{EpollEvent, EpollFlags};

use super::forward::Forwarder;
use super::{Handed, Part, ToShard};
use crate::tcp::{Connection, Connections, Ready};

/// What a shard reads of a connection in one turn.
pub(super) const READ_BYTES: usize = 64 * 1024;

impl Forwarder {
    /// Does what the epoll set tells of connections.
    pub(super) fn serve_connections(&mut self, events: &[EpollEvent]) {
        for event in events {
            match Connections::ready(event) {
                Ready::Listener => self.connections.accept(Instant::now(), &self.epoll),
                Ready::Connection(number) => {
                    if event.events().contains(EpollFlags::EPOLLOUT) {
                        self.connections.writable(number);
                    }
                    if event.events().intersects(EpollFlags::EPOLLIN | EpollFlags::EPOLLHUP | EpollFlags::EPOLLERR) {
                        self.read_connection(number);
                    }
                }
                Ready::Other => {}
            }
        }
    }

    /// Takes a connection that came to another shard, with what was read of it there.
    pub(super) fn take_connection(&mut self, mut connection: Connection) {
        let frames = std::mem::take(&mut connection.unread);
        let Some(number) = self.connections.adopt(connection, &self.epoll) else { return };
        for mut frame in frames {
            self.take_frame(number, &mut frame);
        }
    }

    fn read_connection(&mut self, number: usize) {
        let Handed { mut bytes, mut parts } = std::mem::take(&mut self.frames);
        bytes.clear();
        parts.clear();
        let mut outcome = Ok(());
        let arrived_at = Instant::now();
        if let Some(connection) = self.connections.get_mut(number) {
            let address = connection.address;
            outcome = connection.read(&mut self.read_buffer, |frame| {
                bytes.extend_from_slice(frame);
                parts.push(Part { source: address, arrived_at, len: frame.len() });
            });
        }
        let mut rest = &mut bytes[..];
        for Part { len, .. } in &parts {
            let (frame, after) = rest.split_at_mut(*len);
            self.take_frame(number, frame);
            rest = after;
        }
        match outcome {
            Ok(()) => self.hand_over(number),
            Err(why) => self.connections.ended(number, why),
        }
        self.frames = Handed { bytes, parts };
    }

    fn take_frame(&mut self, number: usize, frame: &mut [u8]) {
        let Some(connection) = self.connections.get_mut(number).filter(|connection| !connection.leaving) else {
            return;
        };
        let remote = Remote::tcp(connection.address);
        if connection.authenticated {
            return self.router.handle_datagram(Instant::now(), remote, frame);
        }
        match connection.shard.or_else(|| self.owners.of_check(frame)) {
            Some(shard) if shard != self.number => {
                connection.shard = Some(shard);
                connection.unread.push(frame.to_vec());
            }
            Some(_) => {
                self.router.handle_datagram(Instant::now(), remote, frame);
                if self.router.has(remote) {
                    self.connections.authenticated(number);
                } else {
                    self.connections.refuse(number);
                }
            }
            None => self.connections.refuse(number),
        }
    }

    /// Gives a connection to the shard that its check has named.
    fn hand_over(&mut self, number: usize) {
        let Some(shard) = self.connections.get_mut(number).and_then(|connection| connection.shard) else { return };
        if let Some(mut connection) = self.connections.give_away(number, &self.epoll) {
            connection.shard = None;
            // When its mailbox is full, which counts it, the connection is closed and the peer comes again.
            self.doors[usize::from(shard)].mailbox.push(ToShard::Connection(Box::new(connection)));
        }
    }
}
