//! What leaves: trains with one system call each (`UDP_SEGMENT`), and single datagrams, several with one call (`sendmmsg`).
//!
//! Where a route does not take a train, its datagrams go as singles, and from then on for good those of all trains with segments
//! as long (they are above its MTU) or of all trains (a device without the offload). So nobody who sends longer packets than
//! others costs those their trains. Singles carry no control message: it costs a sixth of such a call.

use std::collections::HashMap;
use std::io::IoSlice;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::AsRawFd;

use hoptt_core::router::{Class, Transmit};
use hoptt_io::several::{self, MAX_SINGLES, Single};
use nix::errno::Errno;
use nix::sys::socket::{ControlMessage, MsgFlags, SockaddrStorage, sendmsg, sendto};

use super::UdpSocket;

/// Routes without trains that are remembered; when there are more, all are tried again.
const MAX_ROUTES: usize = 4_096;
/// A train is one datagram until it is cut: no more bytes than UDP over IPv4 carries.
const MAX_TRAIN_BYTES: usize = 65_507;

/// What was sent, and what was not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SendCounts {
    /// Datagrams handed to the kernel.
    pub datagrams: u64,
    /// Calls that handed them over, or were to.
    pub calls: u64,
    /// Trains among them, each with one call.
    pub trains: u64,
    /// Routes that turned out not to take trains, or not with such segments.
    pub routes_without_trains: u64,
    /// Datagrams for which the kernel had no room.
    pub no_room: u64,
    /// Datagrams that the kernel refused otherwise: no route, a firewall.
    pub refused: u64,
}

/// Something that datagrams leave through; tests put another in the place of the socket.
pub trait Line {
    /// Sends datagrams of this length, of which the last may be shorter.
    ///
    /// # Errors
    /// None of them left.
    fn train(&self, to: SocketAddr, class: Class, bytes: &[u8], segment_len: u16) -> Result<(), Errno>;
    /// Sends singles in their order, at least one, as many as the system takes; gives how many.
    ///
    /// # Errors
    /// The first one did not leave.
    fn singles(&self, class: Class, singles: &[Single<'_>]) -> Result<usize, Errno>;
}

impl Line for UdpSocket {
    fn train(&self, to: SocketAddr, class: Class, bytes: &[u8], segment_len: u16) -> Result<(), Errno> {
        self.mark_as(class);
        let (to, train) = (SockaddrStorage::from(self.of_family(to)), [ControlMessage::UdpGsoSegments(&segment_len)]);
        sendmsg(self.as_raw_fd(), &[IoSlice::new(bytes)], &train, MsgFlags::MSG_DONTWAIT, Some(&to)).map(drop)
    }

    fn singles(&self, class: Class, singles: &[Single<'_>]) -> Result<usize, Errno> {
        self.mark_as(class);
        if let [(to, bytes)] = singles {
            let to = SockaddrStorage::from(self.of_family(*to));
            return sendto(self.as_raw_fd(), bytes, &to, MsgFlags::MSG_DONTWAIT).map(|_| 1);
        }
        several::send(self, singles.iter().map(|(to, bytes)| (self.of_family(*to), *bytes)))
    }
}

/// See the module.
#[derive(Debug, Default)]
pub struct Sender {
    /// From which length of its segments on a route takes no train.
    without_trains: HashMap<IpAddr, usize>,
    counts: SendCounts,
}

impl Sender {
    /// Makes one that has tried nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What was sent so far.
    #[must_use]
    pub fn counts(&self) -> SendCounts {
        self.counts
    }

    /// Sends datagrams and trains of them, all of one class. What the kernel does not take now is lost and counted: media does
    /// not wait.
    pub fn send<'a>(&mut self, line: &impl Line, transmits: impl IntoIterator<Item = Transmit<'a>>) {
        let nowhere: Single<'a> = (SocketAddr::from(([0; 4], 0)), &[]);
        let (mut singles, mut count, mut last) = ([nowhere; MAX_SINGLES], 0, Class::Rest);
        for Transmit { to, bytes, segment_len, class } in transmits {
            if let Some(len) = segment_len.filter(|len| *len > 0 && *len < bytes.len()) {
                self.train(line, to.address, class, bytes, len);
                continue;
            }
            singles[count] = (to.address, bytes);
            (count, last) = (count + 1, class);
            if count == MAX_SINGLES {
                self.singles(line, class, &singles);
                count = 0;
            }
        }
        self.singles(line, last, &singles[..count]);
    }

    fn train(&mut self, line: &impl Line, to: SocketAddr, class: Class, bytes: &[u8], segment_len: usize) {
        if let Ok(len) = u16::try_from(segment_len)
            && bytes.len() <= MAX_TRAIN_BYTES
            && self.without_trains.get(&to.ip()).is_none_or(|refused| segment_len < *refused)
        {
            self.counts.calls += 1;
            match again_if_interrupted(|| line.train(to, class, bytes, len)) {
                Err(Errno::EMSGSIZE | Errno::EINVAL) => self.give_up_trains(to.ip(), segment_len),
                Err(Errno::EIO) => self.give_up_trains(to.ip(), 0),
                outcome => {
                    self.counts.trains += u64::from(outcome.is_ok());
                    return self.note(outcome, bytes.len().div_ceil(segment_len));
                }
            }
        }
        for datagram in bytes.chunks(segment_len) {
            self.singles(line, class, &[(to, datagram)]);
        }
    }

    fn singles(&mut self, line: &impl Line, class: Class, mut singles: &[Single<'_>]) {
        while !singles.is_empty() {
            self.counts.calls += 1;
            let outcome = again_if_interrupted(|| line.singles(class, singles));
            // Where there is no room for one there is none for those behind it: a call for each would find that out, too.
            let lost = if outcome.is_err_and(is_no_room) { singles.len() } else { 1 };
            let done = outcome.unwrap_or(lost).max(1);
            self.note(outcome.map(drop), done);
            singles = singles.get(done..).unwrap_or_default();
        }
    }

    /// Trains with segments of this length and above.
    fn give_up_trains(&mut self, route: IpAddr, segment_len: usize) {
        if self.without_trains.len() >= MAX_ROUTES {
            self.without_trains.clear();
        }
        let is_new = self.without_trains.insert(route, segment_len).is_none();
        self.counts.routes_without_trains += u64::from(is_new);
    }

    fn note(&mut self, outcome: Result<(), Errno>, datagrams: usize) {
        let count = match outcome {
            Ok(()) => &mut self.counts.datagrams,
            Err(fault) if is_no_room(fault) => &mut self.counts.no_room,
            Err(_) => &mut self.counts.refused,
        };
        *count += datagrams as u64;
    }
}

/// The kernel keeps as much as it may, whoever it is for.
fn is_no_room(fault: Errno) -> bool {
    matches!(fault, Errno::EAGAIN | Errno::ENOBUFS | Errno::ENOMEM)
}

fn again_if_interrupted<T>(mut send: impl FnMut() -> Result<T, Errno>) -> Result<T, Errno> {
    loop {
        match send() {
            Err(Errno::EINTR) => {}
            outcome => return outcome,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use super::*;

    /// A line that answers a route's trains, or its single datagrams, with a fault.
    #[derive(Default)]
    struct Tried {
        train_fault: Option<(IpAddr, Errno)>,
        /// Trains with longer segments meet the fault; 0: all do.
        mtu: u16,
        single_fault: Option<(IpAddr, Errno)>,
        calls: Cell<usize>,
        sent: RefCell<Vec<(char, usize)>>,
    }

    impl Line for Tried {
        fn train(&self, to: SocketAddr, _: Class, bytes: &[u8], segment_len: u16) -> Result<(), Errno> {
            self.sent.borrow_mut().push(('t', bytes.len()));
            let fault = self.train_fault.filter(|(route, _)| *route == to.ip() && segment_len > self.mtu);
            fault.map_or(Ok(()), |(_, fault)| Err(fault))
        }

        fn singles(&self, _: Class, singles: &[Single<'_>]) -> Result<usize, Errno> {
            self.calls.set(self.calls.get() + 1);
            let fault = |to: SocketAddr| self.single_fault.filter(|(route, _)| *route == to.ip());
            let left = singles.iter().take_while(|(to, _)| fault(*to).is_none()).count();
            self.sent.borrow_mut().extend(singles[..left].iter().map(|(_, bytes)| ('s', bytes.len())));
            if left > 0 { Ok(left) } else { Err(fault(singles[0].0).expect("it has one").1) }
        }
    }

    fn peer(last: u8) -> SocketAddr {
        SocketAddr::from(([10, 0, 0, last], 9))
    }

    fn to(last: u8, bytes: &[u8], segment_len: Option<usize>) -> Transmit<'_> {
        Transmit { to: peer(last).into(), bytes, segment_len, class: Class::Rest }
    }

    #[test]
    fn a_route_that_does_not_take_trains_gets_single_datagrams_for_good() {
        for fault in [Errno::EMSGSIZE, Errno::EINVAL, Errno::EIO] {
            let line = Tried { train_fault: Some((peer(1).ip(), fault)), ..Tried::default() };
            let mut sender = Sender::new();
            for _ in 0..2 {
                sender.send(&line, [to(1, &[0; 25], Some(10))]);
            }
            let singles = [('s', 10), ('s', 10), ('s', 5)];
            assert_eq!(*line.sent.borrow(), [&[('t', 25)][..], &singles, &singles].concat());
            assert_eq!((sender.counts().routes_without_trains, sender.counts().datagrams), (1, 6));
            sender.send(&line, [to(2, &[0; 25], Some(10))]);
            assert_eq!(sender.counts().trains, 1, "other routes keep theirs");
        }
    }

    #[test]
    fn packets_too_long_for_a_route_cost_shorter_ones_no_train() {
        for fault in [Errno::EMSGSIZE, Errno::EINVAL] {
            let line = Tried { train_fault: Some((peer(1).ip(), fault)), mtu: 1_452, ..Tried::default() };
            let mut sender = Sender::new();
            for _ in 0..2 {
                sender.send(&line, [to(1, &[0; 2_906], Some(1_453)), to(1, &[0; 2_904], Some(1_452))]);
            }
            let (long, short) = ([('s', 1_453), ('s', 1_453)], [('t', 2_904)]);
            assert_eq!(*line.sent.borrow(), [&[('t', 2_906)][..], &long, &short, &long, &short].concat());
            assert_eq!((sender.counts().routes_without_trains, sender.counts().trains), (1, 2));
        }
    }

    #[test]
    fn what_one_datagram_does_not_hold_is_not_tried_as_a_train() {
        let line = Tried::default();
        let mut sender = Sender::new();
        let bytes = vec![0; MAX_TRAIN_BYTES + 1];
        sender.send(&line, [to(1, &bytes[1..], Some(40_000)), to(1, &bytes, Some(40_000))]);
        assert_eq!(*line.sent.borrow(), [('t', 65_507), ('s', 40_000), ('s', 25_508)]);
    }

    #[test]
    fn a_full_buffer_is_no_reason_to_give_up_trains() {
        let line = Tried { train_fault: Some((peer(1).ip(), Errno::EAGAIN)), ..Tried::default() };
        let mut sender = Sender::new();
        sender.send(&line, [to(1, &[0; 25], Some(10))]);
        assert_eq!((sender.counts().no_room, sender.counts().routes_without_trains), (3, 0));
    }

    #[test]
    fn what_did_not_leave_is_counted_by_its_cause() {
        for (fault, expected) in [(Errno::ENOBUFS, (1, 0)), (Errno::EPERM, (0, 1)), (Errno::ENETUNREACH, (0, 1))] {
            let line = Tried { single_fault: Some((peer(1).ip(), fault)), ..Tried::default() };
            let mut sender = Sender::new();
            sender.send(&line, [to(1, &[0; 25], None)]);
            assert_eq!((sender.counts().no_room, sender.counts().refused), expected, "{fault}");
        }
    }

    #[test]
    fn singles_leave_with_few_calls_and_one_that_is_refused_keeps_no_other_back() {
        let line = Tried { single_fault: Some((peer(2).ip(), Errno::EPERM)), ..Tried::default() };
        let mut sender = Sender::new();
        let (lens, last) = ([1, 2, 3, 4].map(|len| vec![0; len]), [1, 2, 3, 1]);
        sender.send(&line, last.iter().zip(&lens).map(|(last, bytes)| to(*last, bytes, None)));
        assert_eq!(*line.sent.borrow(), [('s', 1), ('s', 3), ('s', 4)]);
        assert_eq!((sender.counts().datagrams, sender.counts().refused, line.calls.get()), (3, 1, 3));
        sender.send(&line, std::iter::repeat_n(to(1, &[0], None), 2 * MAX_SINGLES + 1));
        assert_eq!((sender.counts().datagrams, line.calls.get()), (3 + 2 * MAX_SINGLES as u64 + 1, 6));
    }

    #[test]
    fn where_there_is_no_room_for_a_single_none_behind_it_is_tried() {
        for fault in [Errno::EAGAIN, Errno::ENOBUFS, Errno::ENOMEM] {
            let line = Tried { single_fault: Some((peer(2).ip(), fault)), ..Tried::default() };
            let mut sender = Sender::new();
            sender.send(&line, [1, 2, 3, 1].map(|last| to(last, &[0], None)));
            let counts = sender.counts();
            assert_eq!((counts.datagrams, counts.no_room, line.calls.get()), (1, 3, 2), "{fault}");
        }
    }

    #[test]
    fn routes_without_trains_are_bounded() {
        let mut sender = Sender::new();
        for route in 0..=u32::try_from(MAX_ROUTES).expect("small") {
            sender.give_up_trains(IpAddr::V4(route.into()), 0);
        }
        assert_eq!(sender.without_trains.len(), 1);
    }
}
