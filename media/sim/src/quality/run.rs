//! One scenario: senders and viewers on one line, millisecond by millisecond, and what was seen of them.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::{Duration, Instant};

use super::cubic::Cubic;
use super::receiver::{Heard, Receiver, Seen};
use super::sender::{LADDER, Sender, Source, VOICE_BPS};
use super::{Answer, Packet};
use crate::{Link, LinkModel, Rng};

/// What is tried.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Short, and of a sentence.
    pub name: &'static str,
    /// Who sends over the line, and when they begin.
    pub flows: Vec<(Source, Duration)>,
    /// Towards the viewers.
    pub down: LinkModel,
    /// The way of their reports.
    pub back: LinkModel,
    /// The line towards the viewers is so from then on.
    pub changes: Vec<(Duration, LinkModel)>,
    /// A long download goes over the same line.
    pub download: bool,
    /// Nobody speaks or is shown in this time.
    pub silence: Option<(Duration, Duration)>,
    /// How long it lasts.
    pub length: Duration,
    /// Of all that is random.
    pub seed: u64,
}

/// A tenth of a second of a flow.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// Since the beginning.
    pub at: Duration,
    /// What the line carries.
    pub capacity_bps: u32,
    /// What is believed.
    pub estimate_bps: Option<u32>,
    /// What left in this tenth.
    pub rate_bps: f64,
    /// What was downloaded in this tenth.
    pub download_bps: f64,
    /// How long a packet waits on the line.
    pub queue: Duration,
    /// The layer of the first picture.
    pub rung: Option<usize>,
    /// How often pictures changed their layer so far.
    pub switches: u64,
    /// The viewer is told that the line is why.
    pub says_line: bool,
}

/// See the module.
#[derive(Debug)]
pub struct Run {
    /// What was tried.
    pub setting: Setting,
    samples: Vec<Vec<Sample>>,
    flows: Vec<Flow>,
    download: Option<Cubic>,
    downloaded: u64,
    start: Instant,
}

#[derive(Debug)]
struct Flow {
    sender: Sender,
    receiver: Receiver,
    begins: Duration,
    back: Link,
    answers: BinaryHeap<Reverse<Way<Answer>>>,
    sent_before: u64,
}

/// Something on its way; the earliest comes first.
#[derive(Debug)]
struct Way<T> {
    at: Instant,
    order: u64,
    flow: usize,
    what: T,
}

impl<T> PartialEq for Way<T> {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.order) == (other.at, other.order)
    }
}

impl<T> Eq for Way<T> {}

impl<T> PartialOrd for Way<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Way<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}

/// Takes the first whose time has come.
fn due<T>(way: &mut BinaryHeap<Reverse<Way<T>>>, now: Instant) -> Option<Way<T>> {
    if way.peek()?.0.at <= now { way.pop().map(|Reverse(first)| first) } else { None }
}

const STEP: Duration = Duration::from_millis(1);
const SAMPLE_STEPS: u32 = 100;
/// Of a report, as the line sees it.
const ANSWER_BYTES: usize = 100;

impl Run {
    /// Runs a scenario.
    #[must_use]
    pub fn new(setting: Setting) -> Self {
        let start = Instant::now();
        let mut rng = Rng::new(setting.seed);
        let rtt = setting.down.delay + setting.back.delay;
        let flows = setting.flows.iter().map(|(source, begins)| {
            let places = if let Source::Cameras(count) = source { *count } else { 1 };
            Flow {
                sender: Sender::new(*source, rng.next_u64(), start + *begins),
                receiver: Receiver::new(places, rtt, start + *begins),
                begins: *begins,
                back: Link::new(setting.back, rng.next_u64()),
                answers: BinaryHeap::new(),
                sent_before: 0,
            }
        });
        let flows: Vec<Flow> = flows.collect();
        let down = Link::new(setting.down, rng.next_u64());
        let download = setting.download.then(Cubic::default);
        let mut run = Self { samples: vec![vec![]; flows.len()], flows, download, downloaded: 0, start, setting };
        run.go(down);
        run
    }

    fn go(&mut self, mut down: Link) {
        let mut model = self.setting.down;
        let mut way: BinaryHeap<Reverse<Way<Packet>>> = BinaryHeap::new();
        let (mut order, mut changes) = (0, self.setting.changes.clone());
        changes.reverse();
        let steps = u32::try_from(self.setting.length.as_millis()).expect("short");
        for step in 0..steps {
            let (elapsed, now) = (STEP * step, self.start + STEP * step);
            while changes.last().is_some_and(|(at, _)| *at <= elapsed) {
                model = changes.pop().expect("there is one").1;
                down.set_model(now, model);
            }
            self.fall_silent(now, elapsed);
            while let Some(packet) = due(&mut way, now) {
                self.flows[packet.flow].receiver.handle_packet(packet.at, &packet.what);
            }
            for (flow, Flow { sender, receiver, begins, back, answers, .. }) in self.flows.iter_mut().enumerate() {
                if elapsed < *begins {
                    continue;
                }
                while let Some(answer) = due(answers, now) {
                    sender.handle_answer(now, answer.what);
                }
                sender.handle_timeout(now, |packet| {
                    let bytes = usize::try_from(packet.bytes).expect("small");
                    if let Some(at) = down.handle_datagram(now, bytes) {
                        order += 1;
                        way.push(Reverse(Way { at, order, flow, what: packet }));
                    }
                });
                receiver.handle_timeout(now, |answer| {
                    if let Some(at) = back.handle_datagram(now, ANSWER_BYTES) {
                        order += 1;
                        answers.push(Reverse(Way { at, order, flow, what: answer }));
                    }
                });
            }
            if let Some(download) = &mut self.download {
                download.handle_timeout(now, &mut down);
            }
            if step % SAMPLE_STEPS == SAMPLE_STEPS - 1 {
                self.sample(now, elapsed, model.rate_bps.unwrap_or(u32::MAX), down.waiting(now));
            }
        }
    }

    fn fall_silent(&mut self, now: Instant, elapsed: Duration) {
        let Some((from, to)) = self.setting.silence else { return };
        for flow in &mut self.flows {
            if elapsed == from || elapsed == to {
                flow.sender.set_on(now, elapsed == to);
            }
        }
    }

    fn sample(&mut self, now: Instant, at: Duration, capacity_bps: u32, queue: Duration) {
        debug_assert!(now >= self.start);
        let tenth = |bytes| f64::from(u32::try_from(bytes).expect("of a tenth of a second")) * 80.0;
        let downloaded = self.download.as_ref().map_or(0, Cubic::delivered);
        let download_bps = tenth(downloaded - std::mem::replace(&mut self.downloaded, downloaded));
        for (samples, flow) in self.samples.iter_mut().zip(&mut self.flows) {
            let sent = flow.sender.sent_bytes().0;
            let rate_bps = tenth(sent - std::mem::replace(&mut flow.sent_before, sent));
            samples.push(Sample {
                at,
                capacity_bps,
                estimate_bps: flow.sender.estimator().estimate_bps(),
                rate_bps,
                download_bps,
                queue,
                rung: flow.sender.rung(0),
                switches: flow.sender.switches(),
                says_line: flow.sender.says_line(),
            });
        }
    }

    /// What was seen of a flow, from one time to another.
    pub fn samples(&self, flow: usize, from: Duration, to: Duration) -> impl Iterator<Item = &Sample> {
        self.samples[flow].iter().filter(move |sample| sample.at >= from && sample.at < to)
    }

    /// How well the estimate meets the line, 1 is exactly: the mean of estimate ÷ line or line ÷ estimate, whichever is less.
    #[must_use]
    pub fn estimate_ratio(&self, from: Duration, to: Duration) -> f64 {
        mean(self.samples(0, from, to).map(|sample| {
            let ratio = f64::from(sample.estimate_bps.unwrap_or(0)) / f64::from(sample.capacity_bps);
            if ratio > 1.0 { 1.0 / ratio } else { ratio }
        }))
    }

    /// The mean of what is believed.
    #[must_use]
    pub fn mean_estimate_bps(&self, from: Duration, to: Duration) -> f64 {
        mean(self.samples(0, from, to).map(|sample| f64::from(sample.estimate_bps.unwrap_or(0))))
    }

    /// The share of time in the best layer that fits nine tenths of the line, or in a better one.
    #[must_use]
    pub fn allocation_ratio(&self, from: Duration, to: Duration) -> f64 {
        mean(self.samples(0, from, to).map(|sample| {
            let line = sample.capacity_bps / 10 * 9;
            let best = LADDER.iter().rposition(|rung| rung.bitrate_bps + VOICE_BPS <= line);
            if sample.rung >= best { 1.0 } else { 0.0 }
        }))
    }

    /// When the estimate was first so much of the line after a time, counted from it.
    #[must_use]
    pub fn reached(&self, from: Duration, ratio: f64) -> Option<Duration> {
        let is_there =
            |sample: &&Sample| f64::from(sample.estimate_bps.unwrap_or(0)) >= f64::from(sample.capacity_bps) * ratio;
        self.samples(0, from, Duration::MAX).find(is_there).map(|sample| sample.at.saturating_sub(from))
    }

    /// How long the queue was longer than that at most, counted from a time, until another.
    #[must_use]
    pub fn queue_below_after(&self, from: Duration, to: Duration, most: Duration) -> Duration {
        let last = self.samples(0, from, to).filter(|sample| sample.queue >= most).last();
        last.map_or(Duration::ZERO, |sample| sample.at.saturating_sub(from))
    }

    /// How long a packet waited on the line on average.
    #[must_use]
    pub fn mean_queue(&self, from: Duration, to: Duration) -> Duration {
        Duration::from_secs_f64(mean(self.samples(0, from, to).map(|sample| sample.queue.as_secs_f64())))
    }

    /// What was sent of a flow in a time, per second.
    #[must_use]
    pub fn rate_bps(&self, flow: usize, from: Duration, to: Duration) -> f64 {
        mean(self.samples(flow, from, to).map(|sample| sample.rate_bps))
    }

    /// What was downloaded in a time, per second.
    #[must_use]
    pub fn download_bps(&self, from: Duration, to: Duration) -> f64 {
        mean(self.samples(0, from, to).map(|sample| sample.download_bps))
    }

    /// How often the first flow's pictures changed their layer in a time.
    #[must_use]
    pub fn switches(&self, from: Duration, to: Duration) -> u64 {
        let mut counts = self.samples(0, from, to).map(|sample| sample.switches);
        let first = counts.next().unwrap_or_default();
        counts.last().unwrap_or(first) - first
    }

    /// The share of the first flow's bytes that was padding of probes.
    #[must_use]
    pub fn padding_share(&self) -> f64 {
        let (all, padding) = self.flows[0].sender.sent_bytes();
        let whole = |bytes| f64::from(u32::try_from(bytes).unwrap_or(u32::MAX));
        whole(padding) / whole(all).max(1.0)
    }

    /// How the first flow's voice was heard from one time to another, except for the last half second.
    #[must_use]
    pub fn heard(&self, from: Duration, to: Duration) -> Heard {
        let number = |at: Duration| u64::try_from(at.as_millis() / 20).unwrap_or(u64::MAX);
        let end = self.setting.length.saturating_sub(Duration::from_millis(500));
        self.flows[0].receiver.heard(number(from)..number(to.min(end)))
    }

    /// When the first voice packet came that was made from a time on, counted from it.
    #[must_use]
    pub fn first_heard_after(&self, from: Duration) -> Option<Duration> {
        self.flows[0].receiver.first_heard(self.start + from).map(|at| at - (self.start + from))
    }

    /// The first flow's first picture.
    #[must_use]
    pub fn seen(&self) -> &Seen {
        self.flows[0].receiver.seen(0)
    }

    /// The longest freeze that ended in a time.
    #[must_use]
    pub fn longest_freeze(&self, from: Duration, to: Duration) -> Duration {
        self.freezes(from, to).max().unwrap_or_default()
    }

    /// The share of a time that was frozen.
    #[must_use]
    pub fn freeze_ratio(&self, from: Duration, to: Duration) -> f64 {
        let frozen: Duration = self.freezes(from, to).sum();
        frozen.as_secs_f64() / to.saturating_sub(from).as_secs_f64()
    }

    fn freezes(&self, from: Duration, to: Duration) -> impl Iterator<Item = Duration> {
        let (from, to) = (self.start + from, self.start + to);
        self.seen().freezes.iter().filter(move |(at, _)| *at >= from && *at < to).map(|(_, gap)| *gap)
    }
}

/// Jain's index of fairness: 1 when all are equal.
#[must_use]
pub fn fairness(rates: &[f64]) -> f64 {
    let (sum, squares) = rates.iter().fold((0.0, 0.0), |(sum, squares), rate| (sum + rate, squares + rate * rate));
    let count = rates.iter().fold(0.0, |count, _| count + 1.0);
    sum * sum / (squares * count)
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0_f64), |(sum, count), value| (sum + value, count + 1.0));
    sum / count.max(1.0)
}
