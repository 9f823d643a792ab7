//! One list of what is due: an entry per transport and meeting, replaced when something is due sooner.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::{Duration, Instant};

use super::meeting::Meeting;
use super::peer::Peer;
use super::slab::Key;

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Peer(Key<Peer>),
    Meeting(Key<Meeting>),
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Timers {
    /// Entries that were replaced stay until their time and are then skipped.
    heap: BinaryHeap<Reverse<(Instant, bool, u32)>>,
    peers: Vec<Option<Instant>>,
    meetings: Vec<Option<Instant>>,
    /// While what is due is done: what is set then is due after this, so that nobody holds the shard up.
    not_before: Option<Instant>,
}

/// What is due again at once has its next turn after this.
const BREATH: Duration = Duration::from_millis(1);

impl Timers {
    /// Something of this owner is due then; a later time than the one known is ignored.
    pub(super) fn set(&mut self, owner: Due, at: Instant) {
        let (is_meeting, place) = place_of(owner);
        let at = self.not_before.map_or(at, |soonest| soonest.max(at));
        let known = self.known(is_meeting, place);
        if known.is_some_and(|known| known <= at) {
            return;
        }
        *known = Some(at);
        self.heap.push(Reverse((at, is_meeting, place)));
    }

    /// What was due at `now` is done until [`Timers::end_turn`].
    pub(super) fn begin_turn(&mut self, now: Instant) {
        self.not_before = Some(now + BREATH);
    }

    /// See [`Timers::begin_turn`].
    pub(super) fn end_turn(&mut self) {
        self.not_before = None;
    }

    /// Forgets an owner.
    pub(super) fn remove(&mut self, owner: Due) {
        let (is_meeting, place) = place_of(owner);
        *self.known(is_meeting, place) = None;
    }

    /// When something is due next.
    pub(super) fn next(&self) -> Option<Instant> {
        self.heap.peek().map(|Reverse((at, ..))| *at)
    }

    /// Takes the next owner whose time has come.
    pub(super) fn pop(&mut self, now: Instant) -> Option<Due> {
        while let Some(Reverse((at, is_meeting, place))) = self.heap.peek().copied() {
            if at > now {
                return None;
            }
            self.heap.pop();
            let known = self.known(is_meeting, place);
            if *known == Some(at) {
                *known = None;
                return Some(if is_meeting {
                    Due::Meeting(Key::of_place(place))
                } else {
                    Due::Peer(Key::of_place(place))
                });
            }
        }
        None
    }

    fn known(&mut self, is_meeting: bool, place: u32) -> &mut Option<Instant> {
        let list = if is_meeting { &mut self.meetings } else { &mut self.peers };
        let place = place as usize;
        if list.len() <= place {
            list.resize(place + 1, None);
        }
        &mut list[place]
    }
}

fn place_of(owner: Due) -> (bool, u32) {
    match owner {
        Due::Peer(peer) => (false, peer.place()),
        Due::Meeting(meeting) => (true, meeting.place()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_comes_once_at_its_soonest_time() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let (one, two) = (Due::Peer(Key::of_place(1)), Due::Meeting(Key::of_place(1)));
        let mut timers = Timers::default();
        timers.set(one, at(50));
        timers.set(two, at(30));
        timers.set(one, at(20));
        timers.set(one, at(40));
        assert_eq!(timers.next(), Some(at(20)));
        assert_eq!(timers.pop(at(10)), None);
        assert_eq!([timers.pop(at(60)), timers.pop(at(60)), timers.pop(at(60))], [Some(one), Some(two), None]);
    }

    #[test]
    fn an_owner_that_is_due_again_at_once_does_not_hold_the_others_up() {
        let start = Instant::now();
        let owner = Due::Peer(Key::of_place(0));
        let mut timers = Timers::default();
        timers.set(owner, start);
        timers.begin_turn(start);
        assert_eq!(timers.pop(start), Some(owner));
        timers.set(owner, start);
        assert_eq!(timers.pop(start), None);
        timers.end_turn();
        assert_eq!(timers.next(), Some(start + BREATH));
    }

    #[test]
    fn an_owner_that_is_gone_is_never_due() {
        let start = Instant::now();
        let mut timers = Timers::default();
        timers.set(Due::Peer(Key::of_place(0)), start);
        timers.remove(Due::Peer(Key::of_place(0)));
        assert_eq!(timers.pop(start), None);
    }
}
