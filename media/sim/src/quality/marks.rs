//! What a run must show: the pass marks of the quality goals, and what was measured beside them.

use std::time::Duration;

use super::Run;
use super::run::fairness;
use super::scenarios::{CHANGES_AT, Q11_GRANTED, s};

/// The least ratio of the estimate to the line on a steady line (Q1; also what Q3 calls reached).
const ESTIMATE_RATIO: f64 = 0.9;
/// The least share of time in the best layers (Q1).
const ALLOCATION_RATIO: f64 = 0.9;
/// Layer switches in ten seconds at most (Q1).
const SWITCHES_PER_10_S: f64 = 1.0;
/// After a fall the queue is below [`Q2_QUEUE`] within this (Q2).
const Q2_WITHIN: Duration = Duration::from_millis(1_500);
/// See [`Q2_WITHIN`].
const Q2_QUEUE: Duration = Duration::from_millis(100);
/// What [`fall`] and others measure of freezes.
pub const FREEZE: &str = "longest freeze";
/// The longest freeze of a fall (Q2).
const Q2_FREEZE: Duration = Duration::from_millis(400);
/// The share of sound that may be lost by a fall (Q2).
const Q2_SOUND_LOST: f64 = 0.01;
/// After a rise to 1.0 and to 2.5 Mbit/s the estimate is there within this (Q3).
const Q3_WITHIN: [Duration; 2] = [Duration::from_secs(5), Duration::from_secs(8)];
/// Jain's index of two equal flows over the last minute (Q5).
const Q5_FAIRNESS: f64 = 0.95;
/// Two who both yield keep no queue: on average it is no longer than this, in seconds.
const Q5_QUEUE_S: f64 = 0.1;
/// The largest share of a line that one of two may have (Q6).
const Q6_SHARE: f64 = 0.65;
/// The least share of pictures in layers, whose next step would be more than half of the line.
const Q6_SEEN: f64 = 0.22;
/// How much an estimate may fall by losses that are the line's own (Q7).
const Q7_FALL: f64 = 0.2;
/// Of the time (Q7).
const Q7_FROZEN: f64 = 0.01;
/// Of the sound (Q7).
const Q7_CONCEALED: f64 = 0.01;
/// Of the sound (Q8).
const Q8_CONCEALED: f64 = 0.05;
/// The longest freeze on a very bad line (Q8).
const Q8_FREEZE: Duration = Duration::from_secs(3);
/// Pictures that come in spite of it (Q8: sound is never paused for pictures, nor are pictures given up).
const Q8_FRAMES: f64 = 15.0;
/// From joining to the best layer (Q9).
const Q9_WITHIN: Duration = Duration::from_millis(1_500);
/// From the grant of the floor to the first sound (Q11).
const Q11_WITHIN: Duration = Duration::from_millis(200);
/// On a line that is too slow the viewer is told within this (Q12).
const Q12_WITHIN: Duration = Duration::from_secs(5);

/// Something measured, and its mark.
#[derive(Clone, Debug)]
pub struct Fact {
    /// Of what.
    pub what: String,
    /// With its unit.
    pub measured: String,
    /// With its unit.
    pub mark: String,
    /// The mark is met.
    pub holds: bool,
}

fn at_most(what: &str, measured: f64, mark: f64) -> Fact {
    Fact {
        what: what.to_owned(),
        measured: format!("{measured:.3}"),
        mark: format!("≤ {mark}"),
        holds: measured <= mark,
    }
}

fn at_least(what: &str, measured: f64, mark: f64) -> Fact {
    Fact {
        what: what.to_owned(),
        measured: format!("{measured:.3}"),
        mark: format!("≥ {mark}"),
        holds: measured >= mark,
    }
}

fn within(what: &str, measured: Option<Duration>, mark: Duration) -> Fact {
    let ms = |time: Duration| format!("{} ms", time.as_millis());
    Fact {
        what: what.to_owned(),
        measured: measured.map_or("never".to_owned(), ms),
        mark: format!("≤ {}", ms(mark)),
        holds: measured.is_some_and(|measured| measured <= mark),
    }
}

fn share(part: u64, whole: u64) -> f64 {
    let exact = |number| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    exact(part) / exact(whole.max(1))
}

fn sound_lost(run: &Run, from: Duration, to: Duration) -> f64 {
    let heard = run.heard(from, to);
    share(heard.lost, heard.expected)
}

fn sound_concealed(run: &Run, from: Duration, to: Duration) -> f64 {
    let heard = run.heard(from, to);
    share(heard.concealed, heard.expected)
}

/// From then on a line counts as steady.
const BEGUN: Duration = s(5);

/// Q1.
#[must_use]
pub fn steady(run: &Run) -> Vec<Fact> {
    let end = run.setting.length;
    let per_10_s = share(run.switches(BEGUN, end), 1) * 10.0 / end.saturating_sub(BEGUN).as_secs_f64();
    vec![
        at_least("estimate ÷ line", run.estimate_ratio(BEGUN, end), ESTIMATE_RATIO),
        at_least("time in the best layers", run.allocation_ratio(s(0), end), ALLOCATION_RATIO),
        at_most("switches in 10 s", per_10_s, SWITCHES_PER_10_S),
    ]
}

/// Q2: a fall at a time, looked at until another.
#[must_use]
pub fn fall(run: &Run, at: Duration, until: Duration) -> Vec<Fact> {
    vec![
        within("queue of 100 ms and more", Some(run.queue_below_after(at, until, Q2_QUEUE)), Q2_WITHIN),
        within(FREEZE, Some(run.longest_freeze(at, until)), Q2_FREEZE),
        at_most("sound lost", sound_lost(run, at, until), Q2_SOUND_LOST),
    ]
}

/// Q3: a rise at a time; to 2.5 Mbit/s, or to 1.0.
#[must_use]
pub fn rise(run: &Run, at: Duration, high: bool) -> Vec<Fact> {
    let mark = Q3_WITHIN[usize::from(high)];
    vec![within("until the estimate is 0.9 of the line", run.reached(at, ESTIMATE_RATIO), mark)]
}

/// Q4.
#[must_use]
pub fn changes(run: &Run) -> Vec<Fact> {
    // Without the time that a rise may take, or a fall.
    let steady = [(5, 40), (48, 60), (62, 80), (85, 100)].map(|(from, to)| {
        at_least(&format!("estimate ÷ line, {from}–{to} s"), run.estimate_ratio(s(from), s(to)), ESTIMATE_RATIO)
    });
    let rises = [(40, true), (80, false)].map(|(at, high)| rise(run, s(at), high));
    steady.into_iter().chain(rises.into_iter().flatten()).chain(fall(run, s(60), s(80))).collect()
}

/// Q5.
#[must_use]
pub fn fair(run: &Run) -> Vec<Fact> {
    let end = run.setting.length;
    let rates = [0, 1].map(|flow| run.rate_bps(flow, end.saturating_sub(s(60)), end));
    let used = rates.iter().sum::<f64>() / f64::from(run.setting.down.rate_bps.unwrap_or(u32::MAX));
    vec![
        at_least("Jain's index of the last 60 s", fairness(&rates), Q5_FAIRNESS),
        at_least("of the line used", used, 0.8),
        at_most("seconds that packets wait", run.mean_queue(s(30), end).as_secs_f64(), Q5_QUEUE_S),
    ]
}

/// Q6.
#[must_use]
pub fn beside_a_download(run: &Run) -> Vec<Fact> {
    let (from, to) = (s(30), run.setting.length);
    let (own, other) = (run.rate_bps(0, from, to), run.download_bps(from, to));
    vec![at_most("share of the larger one", own.max(other) / (own + other), Q6_SHARE)]
}

/// Q6 in layers: a larger one than the line's part does not begin, but those that fit are sent, and not the least ones alone.
#[must_use]
pub fn seen_beside_a_download(run: &Run) -> Vec<Fact> {
    let (from, to) = (s(30), run.setting.length);
    let (own, other) = (run.rate_bps(0, from, to), run.download_bps(from, to));
    vec![at_least("share of the meeting", own / (own + other), Q6_SEEN)]
}

/// Q7: losses begin at a time.
#[must_use]
pub fn lossy(run: &Run, from: Duration) -> Vec<Fact> {
    let end = run.setting.length;
    let known = [run.mean_estimate_bps(from / 2, from), run.mean_estimate_bps(from + s(5), end)];
    vec![
        at_most("fall of the estimate", 1.0 - known[1] / known[0], Q7_FALL),
        at_most("of the time frozen", run.freeze_ratio(from, end), Q7_FROZEN),
        at_most("of the sound concealed", sound_concealed(run, from, end), Q7_CONCEALED),
    ]
}

/// Q8.
#[must_use]
pub fn very_lossy(run: &Run) -> Vec<Fact> {
    let end = run.setting.length;
    let frames = share(run.seen().shown.len() as u64, 1) / end.as_secs_f64();
    vec![
        at_most("of the sound concealed", sound_concealed(run, s(0), end), Q8_CONCEALED),
        within(FREEZE, Some(run.longest_freeze(s(0), end)), Q8_FREEZE),
        at_least("pictures in a second", frames, Q8_FRAMES),
    ]
}

/// Q9.
#[must_use]
pub fn join(run: &Run) -> Vec<Fact> {
    let best = run.samples(0, s(0), run.setting.length).find(|sample| sample.rung == Some(2));
    vec![within("until the best layer", best.map(|sample| sample.at), Q9_WITHIN)]
}

/// Q11.
#[must_use]
pub fn floor(run: &Run) -> Vec<Fact> {
    let second = |from: Duration| run.mean_estimate_bps(from, from + s(1));
    vec![
        within("until the first sound", run.first_heard_after(Q11_GRANTED), Q11_WITHIN),
        at_least(
            "estimate after ÷ before",
            second(Q11_GRANTED) / second(CHANGES_AT.saturating_sub(s(1))),
            ESTIMATE_RATIO,
        ),
    ]
}

/// Q12.
#[must_use]
pub fn slow(run: &Run) -> Vec<Fact> {
    let end = run.setting.length;
    let told = run.samples(0, s(0), end).find(|sample| sample.says_line).map(|sample| sample.at);
    let small = run.samples(0, Q12_WITHIN, end).filter(|sample| sample.rung == Some(0) && sample.says_line).count();
    let all = run.samples(0, Q12_WITHIN, end).count();
    vec![
        at_most("sound lost", sound_lost(run, s(0), end), 0.0),
        within("until it is said that the line is why", told, Q12_WITHIN),
        at_least("of the time one small picture, and said so", share(small as u64, all as u64), 1.0),
    ]
}
