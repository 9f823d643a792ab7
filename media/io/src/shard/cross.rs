//! What crosses between the shards of a meeting: one letter for each other shard in a turn, whose room goes back and forth.

use std::time::Instant;

use super::forward::Forwarder;

impl Forwarder {
    /// Takes what other shards have for its meetings; it is worked on once the letters are read that were written before it.
    pub(super) fn fetch_crossed(&mut self) {
        if self.doors.len() > 1 {
            self.doors[usize::from(self.number)].crossed.take_all(&mut self.crossed);
        }
    }

    /// Works on what was fetched.
    pub(super) fn take_crossed(&mut self) {
        if self.crossed.is_empty() {
            return;
        }
        let now = Instant::now();
        for (from, crossing) in &mut self.crossed {
            self.router.handle_crossing(now, *from, crossing);
        }
        self.doors[usize::from(self.number)].crossed.give_back(&mut self.crossed);
    }

    /// Gives other shards what is for their meetings.
    pub(super) fn give_across(&mut self) {
        while let Some((shard, crossing)) = self.router.poll_crossing() {
            let crossing = std::mem::take(crossing);
            let Some(door) = self.doors.get(usize::from(shard)) else { continue };
            match door.crossed.exchange((self.number, crossing)) {
                Ok(Some((_, spare))) => self.router.reuse(shard, spare),
                Ok(None) => {}
                Err((_, mut refused)) => self.router.handle_crossing_refused(Instant::now(), shard, &mut refused),
            }
        }
    }
}
