//! The UDP sockets of media: opened once per engine, one per shard.

mod marks;
mod recv;
mod send;

use std::cell::Cell;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

use hoptt_core::router::Class;
use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, SetSockOpt, SockFlag, SockType, SockaddrStorage, bind, getsockname, setsockopt, socket, sockopt,
};

pub use marks::{Dscp, Marks};
pub use recv::{Received, Receiver};
pub use send::Sender;

/// What the kernel may keep for us: a key frame for some hundred subscribers, and what arrives meanwhile.
const SOCKET_BUFFER_BYTES: usize = 8 * 1024 * 1024;

/// A socket that takes IPv4 and, where the machine has it, IPv6.
#[derive(Debug)]
pub struct UdpSocket {
    fd: OwnedFd,
    family: AddressFamily,
    /// Where sound is marked otherwise than the rest.
    marks: Option<Marks>,
    /// What the socket marks now.
    marked: Cell<Class>,
}

/// The sockets of all shards and the port they share.
#[derive(Debug)]
pub struct Sockets {
    /// One per shard.
    pub sockets: Vec<UdpSocket>,
    /// The port asked for, or the one that was free.
    pub port: u16,
}

/// Opens the port for so many shards: at one address where only one is announced and the machine has it, so that what
/// leaves comes from there; else at all of them. Without `SO_REUSEPORT` first, so that it is shared with nobody else's
/// socket.
///
/// # Errors
/// A sentence that says what to correct.
pub fn open(announced: &[IpAddr], port: u16, shards: u8) -> Result<Sockets, String> {
    let failed = |fault: Errno| match fault {
        Errno::EADDRINUSE => {
            format!("UDP port {port} is in use by another program: stop that, or choose another port with rtc.port")
        }
        Errno::EACCES => {
            format!("UDP port {port} may not be opened by this user: choose one from 1024 on with rtc.port")
        }
        _ => format!("UDP port {port} cannot be opened: {}", fault.desc()),
    };
    let mut address = if let [only] = announced { Some(*only) } else { None };
    let mut alone = UdpSocket::bound(address, port, false);
    if address.is_some() && alone.as_ref().is_err_and(|fault| *fault == Errno::EADDRNOTAVAIL) {
        address = None; // a router's, in front of this machine
        alone = UdpSocket::bound(None, port, false);
    }
    let alone = alone.map_err(failed)?;
    let port = alone.port().map_err(failed)?;
    if shards == 1 {
        return Ok(Sockets { sockets: vec![alone], port });
    }
    drop(alone);
    let sockets =
        (0..shards).map(|_| UdpSocket::bound(address, port, true)).collect::<Result<_, _>>().map_err(failed)?;
    Ok(Sockets { sockets, port })
}

impl UdpSocket {
    fn bound(address: Option<IpAddr>, port: u16, shared: bool) -> Result<Self, Errno> {
        if let Some(address) = address {
            return Self::bound_to(SocketAddr::new(address, port), shared);
        }
        match Self::bound_to(SocketAddr::from((Ipv6Addr::UNSPECIFIED, port)), shared) {
            // No IPv6 on this machine, or switched off.
            Err(Errno::EAFNOSUPPORT | Errno::EADDRNOTAVAIL) => {
                Self::bound_to(SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)), shared)
            }
            bound => bound,
        }
    }

    fn bound_to(address: SocketAddr, shared: bool) -> Result<Self, Errno> {
        let family = if address.is_ipv6() { AddressFamily::Inet6 } else { AddressFamily::Inet };
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        let fd = socket(family, SockType::Datagram, flags, None)?;
        if shared {
            setsockopt(&fd, sockopt::ReusePort, &true)?;
        }
        enlarge(&fd, sockopt::RcvBufForce, sockopt::RcvBuf);
        enlarge(&fd, sockopt::SndBufForce, sockopt::SndBuf);
        // Without it each datagram arrives alone, and how many the kernel dropped stays unknown: both are no faults.
        let _ = setsockopt(&fd, sockopt::UdpGroSegment, &true);
        let _ = setsockopt(&fd, sockopt::RxqOvfl, &1);
        // Without it a datagram has come when we get to it.
        let _ = setsockopt(&fd, sockopt::ReceiveTimestampns, &true);
        if family == AddressFamily::Inet6 {
            setsockopt(&fd, sockopt::Ipv6V6Only, &false)?;
        }
        bind(fd.as_raw_fd(), &SockaddrStorage::from(address))?;
        Ok(Self { fd, family, marks: None, marked: Cell::new(Class::Rest) })
    }

    fn port(&self) -> Result<u16, Errno> {
        let name: SockaddrStorage = getsockname(self.fd.as_raw_fd())?;
        Ok(address_of(&name).map_or(0, |address| address.port()))
    }

    /// Marks what leaves.
    pub fn mark(&mut self, marks: Marks) {
        marks.video.mark(&self.fd, self.family);
        self.marked.set(Class::Rest);
        self.marks = (marks.audio != marks.video).then_some(marks);
    }

    /// Marks what follows as this class. Of a batch all sound leaves first, so that this is rare; with each datagram it would
    /// cost a microsecond of it.
    fn mark_as(&self, class: Class) {
        let Some(marks) = self.marks.filter(|_| self.marked.get() != class) else { return };
        let point = if class == Class::Audio { marks.audio } else { marks.video };
        // Media goes on without marks where the system does not allow them.
        let _ = point.set(&self.fd, self.family);
        self.marked.set(class);
    }

    /// The address as this socket's family writes it.
    fn of_family(&self, address: SocketAddr) -> SocketAddr {
        match address {
            SocketAddr::V4(v4) if self.family == AddressFamily::Inet6 => {
                SocketAddrV6::new(v4.ip().to_ipv6_mapped(), v4.port(), 0, 0).into()
            }
            other => other,
        }
    }
}

impl AsFd for UdpSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl AsRawFd for UdpSocket {
    fn as_raw_fd(&self) -> RawFd {
        self.fd.as_raw_fd()
    }
}

/// Past the limit of the system where we may, else up to it.
fn enlarge(fd: &OwnedFd, forced: impl SetSockOpt<Val = usize>, asked: impl SetSockOpt<Val = usize>) {
    if setsockopt(fd, forced, &SOCKET_BUFFER_BYTES).is_err() {
        let _ = setsockopt(fd, asked, &SOCKET_BUFFER_BYTES);
    }
}

/// The address, with IPv4 as IPv4 whatever family the socket has.
fn address_of(storage: &SockaddrStorage) -> Option<SocketAddr> {
    if let Some(v4) = storage.as_sockaddr_in() {
        return Some(SocketAddr::from((v4.ip(), v4.port())));
    }
    let v6 = storage.as_sockaddr_in6()?;
    Some(canonical(SocketAddr::V6(SocketAddrV6::new(v6.ip(), v6.port(), 0, v6.scope_id()))))
}

/// The address, with IPv4 as IPv4 where a socket of both families writes it as IPv6.
#[must_use]
pub fn canonical(address: SocketAddr) -> SocketAddr {
    let SocketAddr::V6(v6) = address else { return address };
    v6.ip().to_ipv4_mapped().map_or(address, |v4| SocketAddr::from((v4, v6.port())))
}

#[cfg(test)]
mod tests {
    use std::io::IoSliceMut;
    use std::net::UdpSocket as Other;
    use std::time::{Duration, Instant};

    use hoptt_core::router::Transmit;
    use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg};

    use super::*;

    fn to(address: SocketAddr, class: Class, bytes: &[u8], segment_len: Option<usize>) -> Transmit<'_> {
        Transmit { to: address.into(), bytes, segment_len, class }
    }

    fn received(socket: &UdpSocket, receiver: &mut Receiver) -> (SocketAddr, Vec<Vec<u8>>) {
        let until = Instant::now() + Duration::from_secs(2);
        while Instant::now() < until {
            if let Some(received) = receiver.receive(socket).expect("the socket works") {
                let source = received.source;
                return (source, received.datagrams().map(|datagram| datagram.to_vec()).collect());
            }
            std::thread::yield_now();
        }
        panic!("nothing arrived");
    }

    #[test]
    fn a_port_that_somebody_else_has_is_told_in_a_sentence() {
        let other = Other::bind("0.0.0.0:0").expect("a free port");
        let port = other.local_addr().expect("bound").port();
        for shards in [1, 2] {
            assert!(open(&[], port, shards).expect_err("taken").contains("is in use by another program: stop that"));
        }
    }

    #[test]
    fn two_shards_share_one_port() {
        let opened = open(&[], 0, 2).expect("a free port");
        assert_eq!(opened.sockets.len(), 2);
        for socket in &opened.sockets {
            assert_eq!(socket.port(), Ok(opened.port));
        }
    }

    #[test]
    fn the_only_address_that_is_announced_is_the_one_that_datagrams_come_from() {
        let second = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2)); // loopback has them all
        let opened = open(&[second], 0, 2).expect("a free port");
        let peer = Other::bind("127.0.0.1:0").expect("a free port");
        Sender::new().send(&opened.sockets[1], [to(peer.local_addr().expect("bound"), Class::Rest, b"x", None)]);
        let (_, source) = peer.recv_from(&mut [0; 16]).expect("a datagram");
        assert_eq!(source, SocketAddr::new(second, opened.port));
    }

    #[test]
    fn an_address_of_a_router_in_front_is_no_reason_not_to_listen() {
        let announced = [IpAddr::V4(Ipv4Addr::new(203, 0, 113, 5))];
        let opened = open(&announced, 0, 1).expect("a free port");
        let peer = Other::bind("127.0.0.1:0").expect("a free port");
        peer.send_to(b"hello", ("127.0.0.1", opened.port)).expect("sent");
        assert_eq!(received(&opened.sockets[0], &mut Receiver::new()).1, [b"hello"]);
    }

    #[test]
    fn how_long_a_datagram_waited_for_us_is_known_of_it() {
        let opened = open(&[], 0, 1).expect("a free port");
        let peer = Other::bind("127.0.0.1:0").expect("a free port");
        let mut receiver = Receiver::new();
        let ms = Duration::from_millis;
        let sent = || {
            let before = Instant::now();
            peer.send_to(b"hello", ("127.0.0.1", opened.port)).expect("sent");
            std::thread::sleep(ms(30));
            before
        };
        for sent in [sent(), sent()] {
            let taken = receiver.receive(&opened.sockets[0]).expect("the socket works").expect("it came");
            // Of the two clocks one may have been adjusted meanwhile.
            assert!(
                taken.arrived_at + ms(1) >= sent && taken.arrived_at + ms(29) <= taken.taken_at,
                "{sent:?} {taken:?}"
            );
        }
    }

    #[test]
    fn ipv4_peers_are_seen_and_answered_as_such() {
        let opened = open(&[], 0, 1).expect("a free port");
        let socket = &opened.sockets[0];
        let peer = Other::bind("127.0.0.1:0").expect("a free port");
        peer.send_to(b"hello", ("127.0.0.1", opened.port)).expect("sent");
        let (source, datagrams) = received(socket, &mut Receiver::new());
        assert_eq!((source, datagrams), (peer.local_addr().expect("bound"), vec![b"hello".to_vec()]));
        Sender::new().send(socket, [to(source, Class::Rest, b"answer", None)]);
        let mut answer = [0; 16];
        let (len, _) = peer.recv_from(&mut answer).expect("an answer");
        assert_eq!(&answer[..len], b"answer");
    }

    /// What each of the next datagrams is marked with.
    fn marks_seen(peer: &Other, count: usize) -> Vec<u8> {
        let mut seen = Vec::new();
        while seen.len() < count {
            let (mut bytes, mut control) = ([0; 2_048], nix::cmsg_space!(i32, i32));
            let mut buffers = [IoSliceMut::new(&mut bytes)];
            let got = recvmsg::<SockaddrStorage>(peer.as_raw_fd(), &mut buffers, Some(&mut control), MsgFlags::empty());
            for one in got.expect("a datagram").cmsgs().expect("room") {
                match one {
                    ControlMessageOwned::Ipv4Tos(octet) => seen.push(octet),
                    ControlMessageOwned::Ipv6TClass(octet) => seen.push(u8::try_from(octet).expect("an octet")),
                    _ => {}
                }
            }
        }
        seen
    }

    #[test]
    fn sound_and_pictures_are_marked_alone_and_in_trains_over_both_families() {
        let marks = |audio, video| Marks { audio: Dscp::new(audio).unwrap(), video: Dscp::new(video).unwrap() };
        for (audio, video, expected) in
            [(46, 34, [0xb8, 0x88]), (0, 0, [0, 0]), (46, 0, [0xb8, 0]), (34, 34, [0x88, 0x88])]
        {
            for host in ["127.0.0.1", "::1"] {
                let Ok(peer) = Other::bind((host, 0)) else { continue }; // no IPv6 on this machine
                setsockopt(&peer, sockopt::IpRecvTos, &true).ok();
                setsockopt(&peer, sockopt::Ipv6RecvTClass, &true).ok();
                let address = peer.local_addr().expect("bound");
                let mut opened = open(&[], 0, 1).expect("a free port");
                opened.sockets[0].mark(marks(audio, video));
                let mut sender = Sender::new();
                for (class, octet) in [(Class::Audio, expected[0]), (Class::Rest, expected[1])] {
                    let (single, train) =
                        (to(address, class, &[0; 100], None), to(address, class, &[0; 250], Some(100)));
                    sender.send(&opened.sockets[0], [single]);
                    sender.send(&opened.sockets[0], [train, single, single]);
                    assert_eq!(marks_seen(&peer, 6), [octet; 6], "{host} {class:?}");
                }
                assert_eq!(
                    (sender.counts().trains, sender.counts().datagrams),
                    (2, 12),
                    "a call for each, not for each packet"
                );
            }
        }
    }

    #[test]
    fn singles_arrive_each_at_its_own_address() {
        let peers = ["127.0.0.1", "::1", "127.0.0.1"].map(|host| Other::bind((host, 0)).ok()); // or no IPv6 here
        let opened = open(&[], 0, 1).expect("a free port");
        let addresses = peers.iter().flatten().map(|peer| peer.local_addr().expect("bound"));
        let bytes: Vec<u8> = (0..3).collect();
        let transmits = addresses.zip(bytes.chunks(1)).map(|(address, bytes)| to(address, Class::Rest, bytes, None));
        Sender::new().send(&opened.sockets[0], transmits);
        for (number, peer) in (0..).zip(peers.iter().flatten()) {
            let mut came = [9; 2];
            assert_eq!(peer.recv(&mut came).expect("a datagram"), 1);
            assert_eq!(came[0], number);
        }
    }

    #[test]
    fn a_train_arrives_as_the_datagrams_it_was_made_of() {
        let (one, two) = (open(&[], 0, 1).expect("a free port"), open(&[], 0, 1).expect("another"));
        let mut sender = Sender::new();
        let bytes: Vec<u8> = (0..250).collect();
        let peer = SocketAddr::from(([127, 0, 0, 1], two.port));
        sender.send(&one.sockets[0], [to(peer, Class::Rest, &bytes, Some(100))]);
        let mut receiver = Receiver::new();
        let mut all = Vec::new();
        while all.len() < 3 {
            all.extend(received(&two.sockets[0], &mut receiver).1);
        }
        assert_eq!(all, [bytes[..100].to_vec(), bytes[100..200].to_vec(), bytes[200..].to_vec()]);
        assert_eq!((sender.counts().trains, sender.counts().datagrams), (1, 3));
    }
}
