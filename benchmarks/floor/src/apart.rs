//! How far two cores are apart: how long a cache line takes from one to the other and back. In a virtual machine that changes within
//! seconds, as the host moves its processors about; what one core reads of another's packets costs accordingly.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use nix::sched::{CpuSet, sched_setaffinity};
use nix::unistd::Pid;

/// It is measured so often.
const EVERY: Duration = Duration::from_millis(500);
/// Ways there and back at a time, some 10 to 100 µs, and how many of them are timed together: the clock takes half as long as one.
const TRIPS: u64 = 220;
const TIMED: u64 = 20;
/// How often one looks for the ball before it looks at the clock.
const LOOKS: u32 = 1_000;
/// Who waits longer for the other core has found it busy, and leaves it alone until the next time.
const PATIENCE: Duration = Duration::from_millis(1);

/// Measures until `over`. Gives for each time the way there and back in ns, the middle one of its trips; a time at which one of
/// the cores was busy with something else is left out.
///
/// # Errors
/// When there is no such core.
pub fn apart(cpus: [usize; 2], over: &AtomicBool) -> nix::Result<Vec<u64>> {
    let (ball, began) = (AtomicU64::new(0), Instant::now());
    let [here, there] = cpus;
    thread::scope(|scope| {
        let other = scope.spawn(|| {
            pin(there, over)?;
            each_time(began, over, |first| give_back(&ball, first, PATIENCE));
            Ok(())
        });
        let mut found = Vec::new();
        pin(here, over)?;
        each_time(began, over, |first| {
            found.extend(throw(&ball, first, PATIENCE));
        });
        other
            .join()
            .expect("it only waits and answers")
            .map(|()| found)
    })
}

/// The calling thread stays on that core; if it cannot, both are over.
fn pin(cpu: usize, over: &AtomicBool) -> nix::Result<()> {
    let mut only = CpuSet::new();
    let pinned = only
        .set(cpu)
        .and_then(|()| sched_setaffinity(Pid::from_raw(0), &only));
    pinned.inspect_err(|_| over.store(true, Ordering::Relaxed))
}

/// Calls for each time, on both cores at the same moment, with what the ball shows before its first trip.
fn each_time(began: Instant, over: &AtomicBool, mut measure: impl FnMut(u64)) {
    let mut due = EVERY;
    for number in 0.. {
        thread::sleep(due.saturating_sub(began.elapsed()));
        if over.load(Ordering::Relaxed) {
            return;
        }
        measure(number * 2 * TRIPS);
        due += EVERY;
    }
}

/// Throws the ball and waits for it, again and again; gives the middle time of a trip in ns, if it always came back.
fn throw(ball: &AtomicU64, first: u64, patience: Duration) -> Option<u64> {
    let (began, mut times) = (Instant::now(), Vec::new());
    let mut thrown = began;
    for trip in 0..TRIPS {
        ball.store(first + 2 * trip + 1, Ordering::Release);
        if !comes(ball, first + 2 * trip + 2, began, patience) {
            return None;
        }
        if trip % TIMED == TIMED - 1 {
            let now = Instant::now();
            times.push(u64::try_from((now - thrown).as_nanos()).unwrap_or(u64::MAX) / TIMED);
            thrown = now;
        }
    }
    times.sort_unstable();
    Some(times[times.len() / 2])
}

/// The other end.
fn give_back(ball: &AtomicU64, first: u64, patience: Duration) {
    let began = Instant::now();
    for trip in 0..TRIPS {
        if !comes(ball, first + 2 * trip + 1, began, patience) {
            return;
        }
        ball.store(first + 2 * trip + 2, Ordering::Release);
    }
}

/// Waits until the ball shows this; false: patience has ended before.
fn comes(ball: &AtomicU64, shown: u64, began: Instant, patience: Duration) -> bool {
    let mut looks = 0u32;
    while ball.load(Ordering::Acquire) != shown {
        looks = looks.wrapping_add(1);
        if looks.is_multiple_of(LOOKS) && began.elapsed() > patience {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_between_two_threads_takes_some_time() {
        let (ball, patience) = (AtomicU64::new(0), Duration::from_secs(60));
        thread::scope(|scope| {
            scope.spawn(|| give_back(&ball, 0, patience));
            let ns = throw(&ball, 0, patience).expect("the other end answers");
            assert!(ns >= 5, "{ns}");
        });
        assert_eq!(ball.into_inner(), 2 * TRIPS);
    }

    #[test]
    fn a_core_that_is_not_there_is_an_error_and_ends_both_sides() {
        assert!(apart([0, 1_000], &AtomicBool::new(false)).is_err());
        assert!(apart([1_000, 0], &AtomicBool::new(false)).is_err());
    }

    #[test]
    fn a_side_that_is_left_alone_does_not_wait_for_ever() {
        let ball = AtomicU64::new(0);
        assert_eq!(throw(&ball, 0, PATIENCE), None);
        give_back(&ball, TRIPS, PATIENCE);
        assert_eq!(ball.into_inner(), 1, "nobody answered");
    }
}
