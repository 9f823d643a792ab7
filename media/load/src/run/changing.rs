//! Viewers who show their first picture larger or smaller, each at times of its own.

use std::time::{Duration, Instant};

use super::Run;
use crate::publish::track;
use crate::random::Random;
use crate::runner::Order;

/// Who does, and when next.
#[derive(Debug)]
pub(super) struct Changing {
    viewers: Vec<Viewer>,
    /// On average: from half of it to one and a half.
    every: Duration,
    layers: u16,
    random: Random,
}

#[derive(Debug)]
struct Viewer {
    number: u32,
    /// As it was called when it came in.
    name: String,
    layer: u16,
    due: Instant,
}

/// One of them does.
#[derive(Debug)]
struct Change {
    at: Instant,
    number: u32,
    name: String,
    /// The encoding that it shows from then on.
    layer: u16,
}

impl Changing {
    /// All of them show the largest encoding at first.
    pub(super) fn new(guests: &[(u32, String)], layers: u16, every: Duration, seed: u64, now: Instant) -> Self {
        let mut changing = Self { viewers: Vec::new(), every, layers, random: Random::new(seed, 4) };
        for (number, name) in guests {
            let due = now + changing.interval();
            changing.viewers.push(Viewer { number: *number, name: name.clone(), layer: layers - 1, due });
        }
        changing
    }

    /// The next change, if it is due by then.
    fn poll(&mut self, until: Instant) -> Option<Change> {
        let interval = self.interval();
        let step = if self.random.unit() < 0.5 { 1 } else { self.layers - 1 };
        let next = self.viewers.iter_mut().min_by_key(|viewer| viewer.due).filter(|viewer| viewer.due <= until)?;
        let at = next.due;
        next.due = at + interval;
        next.layer = (next.layer + step) % self.layers;
        Some(Change { at, number: next.number, name: next.name.clone(), layer: next.layer })
    }

    fn interval(&mut self) -> Duration {
        self.every.mul_f64(0.5 + self.random.unit())
    }
}

impl Run<'_> {
    /// Lets time pass, and viewers change meanwhile.
    pub(super) fn rest(&mut self, until: Instant) -> Result<(), String> {
        while let Some(change) = self.changing.as_mut().and_then(|changing| changing.poll(until)) {
            std::thread::sleep(change.at.saturating_duration_since(Instant::now()));
            self.change(&change)?;
        }
        std::thread::sleep(until.saturating_duration_since(Instant::now()));
        Ok(())
    }

    fn change(&self, change: &Change) -> Result<(), String> {
        let pictures = self.args.pictures();
        let shown = &pictures.layers()[usize::from(change.layer)];
        // Of the first publisher; a voice of its own comes before its picture.
        let awaited = track(0, self.args.microphone.into(), change.layer);
        let ordered = self.runner(change.number).order(change.number, Order::Await(awaited, Instant::now()));
        ordered.map_err(|error| format!("a media thread failed: {error}"))?;
        self.door.resize(&change.name, &self.watched, (shown.width.into(), shown.height.into()), &self.keeper)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_shows_another_size_at_times_of_its_own() {
        let (now, every) = (Instant::now(), Duration::from_secs(2));
        let guests: Vec<(u32, String)> = (1..=50).map(|number| (number, format!("p{number}"))).collect();
        let mut changing = Changing::new(&guests, 3, every, 1, now);
        let mut layers = [2; 51];
        let mut last = now;
        let changes: Vec<Change> = std::iter::from_fn(|| changing.poll(now + Duration::from_secs(60))).collect();
        for change in &changes {
            assert!(change.at >= last, "in the order of their times");
            assert_ne!(std::mem::replace(&mut layers[change.number as usize], change.layer), change.layer);
            assert!(change.layer < 3);
            last = change.at;
        }
        assert!((1_400..=1_600).contains(&changes.len()), "{} in a minute", changes.len());
        let mut of_one = changes.iter().filter(|change| change.number == 7).map(|change| change.at);
        let first = of_one.next().expect("it changes");
        let gaps: Vec<Duration> = of_one.scan(first, |before, at| Some(at - std::mem::replace(before, at))).collect();
        assert!(gaps.iter().all(|gap| *gap >= every / 2 && *gap <= every * 3 / 2), "{gaps:?}");
    }
}
