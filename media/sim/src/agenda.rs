//! When each seat has something due: the soonest is found without asking all of them.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Instant;

/// See the module. A seat that was touched from outside is to be asked anew.
#[derive(Debug, Default)]
pub(crate) struct Agenda {
    /// What each seat said last.
    at: Vec<Option<Instant>>,
    /// Everything that any seat has said and that is not over; what it has said otherwise since does not count.
    heap: BinaryHeap<Reverse<(Instant, usize)>>,
    pub(crate) touched: Vec<usize>,
    /// Room for those whose time has come.
    pub(crate) due: Vec<usize>,
}

impl Agenda {
    /// Something may have become due sooner.
    pub(crate) fn touch(&mut self, seat: usize) {
        if self.touched.last() != Some(&seat) {
            self.touched.push(seat);
        }
    }

    /// The seat has something due then, and nothing before.
    pub(crate) fn set(&mut self, seat: usize, at: Instant) {
        if self.at.len() <= seat {
            self.at.resize(seat + 1, None);
        }
        if self.at[seat].replace(at) != Some(at) {
            self.heap.push(Reverse((at, seat)));
        }
    }

    /// When anything is due.
    pub(crate) fn next(&mut self) -> Option<Instant> {
        while let Some(Reverse((at, seat))) = self.heap.peek() {
            if self.at[*seat] == Some(*at) {
                return Some(*at);
            }
            self.heap.pop();
        }
        None
    }

    /// Those whose time has come, in the order of their seats; each is to say its next time.
    pub(crate) fn take_due(&mut self, now: Instant) -> Vec<usize> {
        let mut due = std::mem::take(&mut self.due);
        while self.next().is_some_and(|at| at <= now) {
            let Some(Reverse((_, seat))) = self.heap.pop() else { break };
            self.at[seat] = None;
            due.push(seat);
        }
        due.sort_unstable();
        due
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_last_word_of_a_seat_counts() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut agenda = Agenda::default();
        for (seat, ms) in [(2, 10), (0, 20), (1, 10), (2, 30), (0, 5)] {
            agenda.set(seat, at(ms));
        }
        assert_eq!(agenda.next(), Some(at(5)));
        assert_eq!(agenda.take_due(at(10)), [0, 1]);
        assert_eq!(agenda.take_due(at(29)), [0; 0]);
        assert_eq!(agenda.take_due(at(30)), [2]);
        assert_eq!(agenda.next(), None);
    }
}
