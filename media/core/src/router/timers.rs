//! One list of what is due: an entry per transport, meeting and mirror, replaced when something is due sooner.

use std::time::{Duration, Instant};

use super::meeting::Meeting;
use super::peer::Peer;
use super::slab::Key;
use super::track::Track;

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Peer(Key<Peer>),
    Meeting(Key<Meeting>),
    /// A track of another shard.
    Mirror(Key<Track>),
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Timers {
    /// A binary heap with the soonest first. Each owner stands in it once at most.
    heap: Vec<(Instant, Due)>,
    /// Where each peer, each meeting and each mirror stands in the heap.
    peers: Vec<Option<usize>>,
    meetings: Vec<Option<usize>>,
    mirrors: Vec<Option<usize>>,
    /// While what is due is done: what is set then is due after this, so that nobody holds the shard up.
    not_before: Option<Instant>,
}

/// What is due again at once has its next turn after this.
const BREATH: Duration = Duration::from_millis(1);

impl Timers {
    /// Something of this owner is due then; a later time than the one known is ignored.
    pub(super) fn set(&mut self, owner: Due, at: Instant) {
        let at = self.not_before.map_or(at, |soonest| soonest.max(at));
        let known = *self.place_of(owner);
        match known {
            Some(place) if self.heap[place].0 <= at => {}
            Some(place) => {
                self.heap[place].0 = at;
                self.rise(place);
            }
            None => {
                self.heap.push((at, owner));
                self.rise(self.heap.len() - 1);
            }
        }
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
        let Some(place) = self.place_of(owner).take() else { return };
        self.heap.swap_remove(place);
        if place < self.heap.len() {
            self.sink(place);
            self.rise(place);
        }
    }

    /// When something is due next.
    pub(super) fn next(&self) -> Option<Instant> {
        self.heap.first().map(|(at, _)| *at)
    }

    /// Takes the next owner whose time has come.
    pub(super) fn pop(&mut self, now: Instant) -> Option<Due> {
        let (_, owner) = self.heap.first().copied().filter(|(at, _)| *at <= now)?;
        self.remove(owner);
        Some(owner)
    }

    /// Moves an entry up to its place, and notes where it stands.
    fn rise(&mut self, mut place: usize) {
        while place > 0 && self.heap[place].0 < self.heap[(place - 1) / 2].0 {
            self.heap.swap(place, (place - 1) / 2);
            self.note(place);
            place = (place - 1) / 2;
        }
        self.note(place);
    }

    /// Moves an entry down to its place, and notes where it stands.
    fn sink(&mut self, mut place: usize) {
        loop {
            let children = [2 * place + 1, 2 * place + 2].into_iter().filter(|child| *child < self.heap.len());
            let soonest = children.min_by_key(|child| self.heap[*child].0);
            let Some(child) = soonest.filter(|child| self.heap[*child].0 < self.heap[place].0) else { break };
            self.heap.swap(place, child);
            self.note(place);
            place = child;
        }
        self.note(place);
    }

    fn note(&mut self, place: usize) {
        let owner = self.heap[place].1;
        *self.place_of(owner) = Some(place);
    }

    fn place_of(&mut self, owner: Due) -> &mut Option<usize> {
        let (list, place) = match owner {
            Due::Peer(peer) => (&mut self.peers, peer.place() as usize),
            Due::Meeting(meeting) => (&mut self.meetings, meeting.place() as usize),
            Due::Mirror(track) => (&mut self.mirrors, track.place() as usize),
        };
        if list.len() <= place {
            list.resize(place + 1, None);
        }
        &mut list[place]
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

    #[test]
    fn everybody_comes_in_turn_whatever_was_set_and_removed() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut timers = Timers::default();
        let mut expected = std::collections::BTreeMap::new();
        let mut random = 1_u64;
        for step in 0..20_000_u64 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let (place, ms) = (u32::try_from(random >> 33 & 63).unwrap(), step + (random >> 40 & 1023));
            match random >> 60 {
                0 => {
                    timers.remove(Due::Peer(Key::of_place(place)));
                    expected.remove(&place);
                }
                1..=3 => {
                    let owner = timers.pop(at(step));
                    let soonest = expected.iter().map(|(place, ms)| (*ms, *place)).min();
                    let due = soonest.filter(|(ms, _)| *ms <= step);
                    assert_eq!(owner.is_some(), due.is_some(), "step {step}");
                    if let Some(Due::Peer(key)) = owner {
                        assert_eq!(expected.remove(&key.place()), due.map(|(ms, _)| ms));
                    }
                }
                _ => {
                    timers.set(Due::Peer(Key::of_place(place)), at(ms));
                    let known = expected.entry(place).or_insert(ms);
                    *known = ms.min(*known);
                }
            }
            assert_eq!(timers.next(), expected.values().min().map(|ms| at(*ms)), "step {step}");
        }
    }
}
