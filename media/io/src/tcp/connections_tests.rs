//! The table of connections over real sockets; time is told, not waited for.

use std::io::{Read, Write};
use std::net::TcpStream;

use nix::sys::epoll::EpollCreateFlags;

use super::*;

struct Table {
    connections: Connections,
    epoll: Epoll,
    port: u16,
}

impl Table {
    fn new() -> Self {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC).expect("descriptors");
        let listener = Listener::open(&[], 0).expect("a free port");
        let port = listener.port();
        Self { connections: Connections::new(Some(listener), &epoll).expect("descriptors"), epoll, port }
    }

    /// Somebody comes at a time; gives their end and the number of ours.
    fn come(&mut self, now: Instant) -> (TcpStream, usize) {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).expect("it listens");
        let address = stream.local_addr().expect("connected");
        loop {
            self.connections.accept(now, &self.epoll);
            if let Some(number) = self.connections.by_address.get(&address) {
                return (stream, *number);
            }
        }
    }

    fn known(&mut self, now: Instant) -> (TcpStream, usize) {
        let (stream, number) = self.come(now);
        self.connections.authenticated(number);
        (stream, number)
    }
}

fn is_closed(stream: &mut TcpStream) -> bool {
    stream.set_read_timeout(Some(Duration::from_secs(5))).expect("a socket");
    matches!(stream.read(&mut [0; 1]), Ok(0))
}

#[test]
fn s8_who_says_nothing_for_ten_seconds_is_closed_and_who_was_authenticated_stays() {
    let (mut table, start) = (Table::new(), Instant::now());
    let (mut silent, _) = table.come(start);
    let (mut known, number) = table.known(start);
    assert_eq!(table.connections.poll_timeout(), Some(start + FIRST_FRAME_WITHIN));
    table.connections.handle_timeout(start + Duration::from_millis(9_999), &table.epoll);
    assert_eq!(table.connections.counts().closed, 0);
    table.connections.handle_timeout(start + FIRST_FRAME_WITHIN, &table.epoll);
    assert!(is_closed(&mut silent));
    assert_eq!((table.connections.counts().late, table.connections.counts().closed), (1, 1));
    assert_eq!(table.connections.poll_timeout(), None, "nobody else is waited for");
    assert!(table.connections.get_mut(number).is_some());
    known.write_all(b"x").expect("it is open");
    assert_eq!(table.connections.poll_gone(), None, "no transport had the silent one");
}

#[test]
fn s8_of_too_many_who_say_nothing_the_oldest_makes_room() {
    let (mut table, start) = (Table::new(), Instant::now());
    let mut streams: Vec<_> =
        (0..=MAX_UNKNOWN as u64).map(|ms| table.come(start + Duration::from_millis(ms)).0).collect();
    assert_eq!((table.connections.unknown, table.connections.counts().no_room), (MAX_UNKNOWN, 1));
    assert!(is_closed(&mut streams[0]));
    streams[1].write_all(b"x").expect("the second oldest is open");
}

#[test]
fn s8_what_is_remembered_of_those_who_came_and_went_is_bounded() {
    let (mut table, now) = (Table::new(), Instant::now());
    let (_first, _) = table.come(now);
    for _ in 0..5 * MAX_UNKNOWN {
        let (_stream, number) = table.come(now + Duration::from_millis(1));
        table.connections.refuse(number);
        table.connections.flush(&table.epoll);
    }
    assert!(table.connections.waiting_for_check.len() <= 4 * MAX_UNKNOWN + 1);
    assert_eq!((table.connections.unknown, table.connections.by_address.len()), (1, 1));
}

#[test]
fn an_answer_leaves_before_the_connection_is_closed() {
    let (mut table, now) = (Table::new(), Instant::now());
    let (mut stream, _) = table.known(now);
    let address = stream.local_addr().expect("connected");
    table.connections.send(now, address, b"bye", None);
    table.connections.end(address);
    table.connections.flush(&table.epoll);
    let mut all = Vec::new();
    stream.read_to_end(&mut all).expect("it ends");
    assert_eq!(all, b"\0\x03bye");
    assert_eq!(table.connections.poll_gone(), Some(address));
}

#[test]
fn what_waits_leaves_when_the_peer_reads_again() {
    let (mut table, now) = (Table::new(), Instant::now());
    let (mut stream, number) = table.known(now);
    let address = stream.local_addr().expect("connected");
    while table.connections.counts().queue_full == 0 {
        table.connections.send(now, address, &[1; 1_200], None);
        table.connections.flush(&table.epoll);
    }
    let mut buffer = [0; 16_384];
    let mut events = [EpollEvent::empty(); 4];
    while table.connections.get_mut(number).is_some_and(|connection| connection.waiting() > 0) {
        assert!(stream.read(&mut buffer).expect("there is more") > 0);
        let ready = table.epoll.wait(&mut events, 0u8).expect("it can be waited");
        for event in &events[..ready] {
            if let Ready::Connection(number) = Connections::ready(event) {
                table.connections.writable(number);
            }
        }
        table.connections.flush(&table.epoll);
    }
    assert_eq!(table.epoll.wait(&mut events, 0u8), Ok(0), "and room alone wakes nobody any more");
}

#[test]
fn f34_without_descriptors_the_loop_rests_and_listens_again_later() {
    let (mut table, now) = (Table::new(), Instant::now());
    table.connections.rest(now, &Error::from_raw_os_error(Errno::EMFILE as i32), &table.epoll);
    let _waiting = TcpStream::connect(("127.0.0.1", table.port)).expect("the kernel takes it");
    let mut events = [EpollEvent::empty(); 4];
    assert_eq!(table.epoll.wait(&mut events, 50u8), Ok(0), "it does not spin");
    table.connections.accept(now, &table.epoll);
    assert_eq!(table.connections.counts().opened, 0);
    assert_eq!(table.connections.poll_timeout(), Some(now + REST));
    table.connections.handle_timeout(now + REST, &table.epoll);
    assert_eq!(table.epoll.wait(&mut events, 1_000u16), Ok(1));
    table.connections.accept(now + REST, &table.epoll);
    assert_eq!(table.connections.counts().opened, 1);
}

#[test]
fn datagrams_for_a_connection_that_is_gone_are_counted() {
    let mut table = Table::new();
    table.connections.send(Instant::now(), SocketAddr::from(([192, 0, 2, 1], 9)), b"x", None);
    assert_eq!(table.connections.counts().no_connection, 1);
}
