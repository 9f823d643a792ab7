//! Everybody comes in: publishers first, so that the others can say whom they want to see.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::Run;
use crate::histogram::Histogram;
use crate::peer::Role;
use crate::random::Random;
use crate::receive::ns;
use crate::runner::{NewPeer, Runner};
use crate::sdp::{OfferedLine, Streams};
use crate::session::Kind;
use crate::signalling::{Guest, Link};

/// Comings that are under way at the same time.
const AT_ONCE: usize = 8;
/// Failures that are told in words; more would say the same.
const TOLD: usize = 5;

impl Run<'_> {
    /// Brings everybody in. Gives what failed, and how long signalling took.
    pub(super) fn come_in(&mut self) -> Result<(Vec<String>, Histogram), String> {
        let mut comings = Comings::default();
        let args = self.args;
        let publishers: Vec<Guest> = (0..args.publishers).map(|number| self.guest(number, true, &[])).collect();
        self.enter(&publishers, &mut comings)?;
        if comings.entered.is_empty() && args.publishers > 0 {
            return Err(format!("no publisher came in: {}", comings.failures.join("; ")));
        }
        let senders: Vec<String> = comings.entered.iter().map(|(_, name)| name.clone()).collect();
        if args.meeting && args.camera {
            for (number, name) in &comings.entered {
                let others = senders.iter().filter(|other| *other != name).take(args.video_slots as usize);
                let others: Vec<String> = others.cloned().collect();
                let guest = self.guest(*number, true, &others);
                let links = self.door.watch(&guest, name, &self.keeper)?;
                self.seat(*number, links)?;
            }
        }
        let shown = if args.camera { senders.len().min(args.video_slots as usize) } else { 0 };
        self.watched = senders[..shown].to_vec();
        let viewers: Vec<Guest> = (args.publishers..args.publishers + args.viewers)
            .map(|number| self.guest(number, false, &senders[..shown]))
            .collect();
        let publishers = comings.entered.len();
        self.enter(&viewers, &mut comings)?;
        self.viewers = comings.entered.split_off(publishers); // they are sorted by number
        if comings.failures.len() > TOLD {
            let more = comings.failures.len() - TOLD;
            comings.failures.truncate(TOLD);
            comings.failures.push(format!("and {more} more"));
        }
        Ok((comings.failures, comings.signalling))
    }

    fn guest(&self, number: u32, sends: bool, watches: &[String]) -> Guest {
        let args = self.args;
        let mut random = Random::new(args.seed, 1_000 + u64::from(number));
        let rids: &[&'static str] = if args.simulcast { &["q", "h", "f"] } else { &[] };
        let mut lines = Vec::new();
        for (kind, wanted, rids) in [(Kind::Audio, args.microphone, &[][..]), (Kind::Video, args.camera, rids)] {
            if sends && wanted {
                lines.push(OfferedLine { kind, sends: Some(Streams::draw(kind, rids, &mut random)) });
            }
        }
        if !sends || args.meeting {
            for (kind, count) in [(Kind::Audio, args.audio_slots), (Kind::Video, args.video_slots)] {
                lines.extend((0..count).map(|_| OfferedLine { kind, sends: None }));
            }
        }
        Guest { number, lines, watches: watches.to_vec(), fingerprint: *self.identity.fingerprint(), local: args.local }
    }

    /// Several at a time, but no faster than asked.
    fn enter(&mut self, guests: &[Guest], comings: &mut Comings) -> Result<(), String> {
        let next = AtomicUsize::new(0);
        let (arrivals, began) = (Mutex::new(Vec::new()), Instant::now());
        let pace = Duration::from_secs_f64(1.0 / self.args.joins_per_second);
        std::thread::scope(|scope| {
            for _ in 0..AT_ONCE.min(guests.len()) {
                scope.spawn(|| {
                    while let Some(guest) = guests.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let at = began + pace * (guest.number - guests[0].number);
                        std::thread::sleep(at.saturating_duration_since(Instant::now()));
                        let entered = self.door.enter(guest, &self.keeper).and_then(|entered| {
                            self.seat(guest.number, entered.links)?;
                            Ok((entered.name, entered.took))
                        });
                        arrivals.lock().expect("nobody panics with it").push((guest.number, entered));
                    }
                });
            }
        });
        for (number, arrival) in arrivals.into_inner().expect("nobody panicked with it") {
            match arrival {
                Ok((name, took)) => {
                    comings.signalling.add(ns(took));
                    comings.entered.push((number, name));
                }
                Err(why) => comings.failures.push(why),
            }
        }
        comings.entered.sort_unstable();
        self.take()
    }

    /// Hands the links of a guest to a media thread.
    fn seat(&self, number: u32, links: Vec<Link>) -> Result<(), String> {
        let checks = number % self.args.check_every == self.first_checked();
        let line = self.args.lossy_line(number);
        let runner = self.runner(number);
        for Link { session, socket } in links {
            let peer = NewPeer { role: Role { number, checks, line }, session, socket };
            runner.add(peer).map_err(|error| format!("a media thread failed: {error}"))?;
        }
        Ok(())
    }

    /// The media thread of a guest.
    pub(super) fn runner(&self, number: u32) -> &Runner {
        &self.runners[number as usize % self.runners.len()]
    }

    /// The first who receives is one of those who check.
    fn first_checked(&self) -> u32 {
        let first = if self.args.meeting { 0 } else { self.args.publishers };
        first % self.args.check_every
    }
}

/// How the comings went.
#[derive(Debug, Default)]
struct Comings {
    entered: Vec<(u32, String)>,
    failures: Vec<String>,
    signalling: Histogram,
}
