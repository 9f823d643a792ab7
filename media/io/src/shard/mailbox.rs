//! What threads leave for each other: a bounded queue whose owner is woken by a file descriptor.

use std::collections::VecDeque;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Mutex, MutexGuard, PoisonError};

use nix::errno::Errno;
use nix::sys::eventfd::{EfdFlags, EventFd};

/// See the module. Anybody pushes, one takes.
#[derive(Debug)]
pub struct Mailbox<T> {
    inside: Mutex<Inside<T>>,
    wake: EventFd,
    capacity: usize,
}

#[derive(Debug)]
struct Inside<T> {
    queue: VecDeque<T>,
    refused: u64,
    /// Letters that were read, whose room can be used again.
    spare: Vec<T>,
}

impl<T> Mailbox<T> {
    /// Makes one for so many letters.
    ///
    /// # Errors
    /// The system has no more file descriptors.
    pub fn new(capacity: usize) -> Result<Self, Errno> {
        let wake = EventFd::from_flags(EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK)?;
        Ok(Self {
            inside: Mutex::new(Inside { queue: VecDeque::new(), refused: 0, spare: Vec::new() }),
            wake,
            capacity,
        })
    }

    /// Leaves a letter and wakes the owner; false: it was full, and the letter is counted and gone.
    pub fn push(&self, letter: T) -> bool {
        let mut inside = self.lock();
        if inside.queue.len() >= self.capacity {
            inside.refused += 1;
            return false;
        }
        inside.queue.push_back(letter);
        if inside.queue.len() == 1 {
            // Cannot fail: the counter is far from full, because the owner is woken once per emptying.
            let _ = self.wake.write(1);
        }
        true
    }

    /// Leaves a letter, and gives one that was read before, for its room. A letter for which there is no place is counted and
    /// given back.
    ///
    /// # Errors
    /// The letter.
    pub fn exchange(&self, letter: T) -> Result<Option<T>, T> {
        let mut inside = self.lock();
        if inside.queue.len() >= self.capacity {
            inside.refused += 1;
            return Err(letter);
        }
        inside.queue.push_back(letter);
        if inside.queue.len() == 1 {
            let _ = self.wake.write(1); // as in `push`
        }
        Ok(inside.spare.pop())
    }

    /// Gives letters that were read back to those who write; as many as there can be under way.
    pub fn give_back(&self, read: &mut VecDeque<T>) {
        let mut inside = self.lock();
        let room = self.capacity.saturating_sub(inside.spare.len());
        inside.spare.extend(read.drain(..).take(room));
    }

    /// Takes all letters at once, in their order, into `letters`, which is to be empty.
    pub fn take_all(&self, letters: &mut VecDeque<T>) {
        let mut inside = self.lock();
        std::mem::swap(&mut inside.queue, letters);
        let _ = self.wake.read();
    }

    /// How many letters were refused so far.
    pub fn refused(&self) -> u64 {
        self.lock().refused
    }

    fn lock(&self) -> MutexGuard<'_, Inside<T>> {
        // Nobody panics while holding it, and whoever dies elsewhere leaves the queue whole.
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> AsFd for Mailbox<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.wake.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(mailbox: &Mailbox<u32>) -> Vec<u32> {
        let mut letters = VecDeque::new();
        mailbox.take_all(&mut letters);
        letters.into()
    }

    #[test]
    fn letters_come_in_order_and_more_than_there_is_room_for_are_counted() {
        let mailbox = Mailbox::new(2).expect("descriptors");
        assert!(mailbox.push(1));
        assert!(mailbox.push(2));
        assert!(!mailbox.push(3));
        assert_eq!((taken(&mailbox), mailbox.refused()), (vec![1, 2], 1));
        assert!(mailbox.push(4));
        assert_eq!(taken(&mailbox), [4]);
    }

    #[test]
    fn a_letter_that_was_read_is_given_for_the_next_one() {
        let mailbox = Mailbox::new(1).expect("descriptors");
        assert_eq!(mailbox.exchange(1), Ok(None));
        assert_eq!((mailbox.exchange(2), mailbox.refused()), (Err(2), 1), "it is full");
        let mut letters = VecDeque::new();
        mailbox.take_all(&mut letters);
        mailbox.give_back(&mut letters);
        assert_eq!((letters.len(), mailbox.exchange(3)), (0, Ok(Some(1))));
    }

    #[test]
    fn the_owner_is_woken_by_the_first_letter_after_each_emptying() {
        let mailbox = Mailbox::new(8).expect("descriptors");
        let woken = || {
            use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
            poll(&mut [PollFd::new(mailbox.as_fd(), PollFlags::POLLIN)], PollTimeout::ZERO).expect("polling") == 1
        };
        assert!(!woken());
        for round in 0..3 {
            mailbox.push(round);
            mailbox.push(round);
            assert!(woken());
            assert_eq!(taken(&mailbox), [round, round]);
            assert!(!woken());
        }
    }
}
