//! The one socket that connections arrive at.

use std::io::{Error, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, Backlog, SockFlag, SockType, SockaddrStorage, bind, listen, setsockopt, socket, sockopt,
};

use crate::udp::{Dscp, canonical};

/// What the kernel may keep before we take it: a meeting that comes back at once.
const BACKLOG: i32 = 1_024;

/// See the module.
#[derive(Debug)]
pub struct Listener(TcpListener);

impl Listener {
    /// Listens where media listens: at the only announced address if the machine has it, else at all of them.
    ///
    /// # Errors
    /// A sentence that says what to correct.
    pub fn open(announced: &[IpAddr], port: u16) -> Result<Self, String> {
        Self::bound(announced, port).map_err(|fault| match fault {
            Errno::EADDRINUSE => {
                format!("TCP port {port} is in use by another program: stop that, or choose another port with rtc.port")
            }
            Errno::EACCES => {
                format!("TCP port {port} may not be opened by this user: choose one from 1024 on with rtc.port")
            }
            _ => format!("TCP port {port} cannot be opened: {}", fault.desc()),
        })
    }

    /// See [`Listener::open`].
    ///
    /// # Errors
    /// As the system gives them.
    pub fn bound(announced: &[IpAddr], port: u16) -> Result<Self, Errno> {
        if let [only] = announced {
            match Self::bound_to(SocketAddr::new(*only, port)) {
                Err(Errno::EADDRNOTAVAIL) => {} // a router's, in front of this machine
                bound => return bound,
            }
        }
        match Self::bound_to(SocketAddr::from((Ipv6Addr::UNSPECIFIED, port))) {
            // No IPv6 on this machine, or switched off.
            Err(Errno::EAFNOSUPPORT | Errno::EADDRNOTAVAIL) => {
                Self::bound_to(SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)))
            }
            bound => bound,
        }
    }

    fn bound_to(address: SocketAddr) -> Result<Self, Errno> {
        let family = if address.is_ipv6() { AddressFamily::Inet6 } else { AddressFamily::Inet };
        let fd = socket(family, SockType::Stream, SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK, None)?;
        // So that connections of an engine that has just ended do not keep the next one from listening; two that listen
        // are refused all the same.
        setsockopt(&fd, sockopt::ReuseAddr, &true)?;
        if address.is_ipv6() {
            setsockopt(&fd, sockopt::Ipv6V6Only, &false)?;
        }
        bind(fd.as_raw_fd(), &SockaddrStorage::from(address))?;
        listen(&fd, Backlog::new(BACKLOG)?)?;
        Ok(Self(fd.into()))
    }

    /// Marks what leaves by its connections: sound and pictures share each, and must keep their order.
    pub fn mark(&self, point: Dscp) {
        let is_v6 = self.0.local_addr().is_ok_and(|address| address.is_ipv6());
        point.mark(&self.0, if is_v6 { AddressFamily::Inet6 } else { AddressFamily::Inet });
    }

    #[cfg(test)]
    pub fn port(&self) -> u16 {
        self.0.local_addr().expect("bound").port()
    }

    /// Takes a connection; `None`: there is none any more.
    ///
    /// # Errors
    /// The system has no room for another one.
    pub fn accept(&self) -> Result<Option<(TcpStream, SocketAddr)>, Error> {
        loop {
            match self.0.accept() {
                Ok((stream, address)) => return Ok(Some((stream, canonical(address)))),
                Err(fault) if fault.kind() == ErrorKind::WouldBlock => return Ok(None),
                // Interrupted, or whoever came has gone again (accept(2): such errors are those of the new connection).
                Err(fault) if is_of_the_newcomer(&fault) => {}
                Err(fault) => return Err(fault),
            }
        }
    }
}

fn is_of_the_newcomer(fault: &Error) -> bool {
    const THEIRS: [Errno; 10] = [
        Errno::EINTR,
        Errno::ECONNABORTED,
        Errno::EPERM,
        Errno::EPROTO,
        Errno::ENETDOWN,
        Errno::ENOPROTOOPT,
        Errno::EHOSTDOWN,
        Errno::ENONET,
        Errno::EHOSTUNREACH,
        Errno::ENETUNREACH,
    ];
    fault.raw_os_error().is_some_and(|code| THEIRS.contains(&Errno::from_raw(code)))
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_somebody_else_has_is_told_in_a_sentence() {
        let other = TcpListener::bind("0.0.0.0:0").expect("a free port");
        let port = other.local_addr().expect("bound").port();
        let told = Listener::open(&[], port).expect_err("taken");
        assert!(told.contains(&format!("TCP port {port} is in use by another program: stop that")), "{told}");
    }

    #[test]
    fn an_engine_can_listen_again_at_once_where_one_before_it_had_connections() {
        let port = {
            let first = Listener::open(&[], 0).expect("a free port");
            let port = first.port();
            let peer = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
            let taken = std::iter::repeat_with(|| first.accept().expect("room")).flatten().next().expect("it came");
            drop(taken); // first on this side: its end waits for stragglers (TIME_WAIT)
            drop(peer);
            port
        };
        Listener::open(&[], port).expect("the port is free again");
    }

    #[test]
    fn who_comes_by_ipv4_is_seen_as_such() {
        let listener = Listener::open(&[], 0).expect("a free port");
        let peer = TcpStream::connect(("127.0.0.1", listener.port())).expect("it listens");
        let taken = std::iter::repeat_with(|| listener.accept().expect("room")).flatten().next().expect("it came");
        assert_eq!(taken.1, peer.local_addr().expect("connected"));
    }
}
