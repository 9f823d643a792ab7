//! The scenarios of the quality goals. The lines are those of RFC 8867 where it has one: 50 ms each
//! way, a queue of 300 ms (§4.1).

use std::time::Duration;

use super::{Run, Setting, Source};
use crate::{LinkModel, Loss};

/// RFC 8867 §4.1: the usual one-way delay and the longest queue of a bottleneck.
pub const ONE_WAY: Duration = Duration::from_millis(50);
/// See [`ONE_WAY`].
pub const QUEUE: Duration = Duration::from_millis(300);

/// Seconds.
#[must_use]
pub const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn line(bps: u32) -> LinkModel {
    LinkModel {
        rate_bps: Some(bps),
        queue_bytes: usize::MAX,
        queue_time: Some(QUEUE),
        delay: ONE_WAY,
        ..LinkModel::default()
    }
}

fn setting(name: &'static str, bps: u32, length: Duration) -> Setting {
    Setting {
        name,
        flows: vec![(Source::Cameras(2), Duration::ZERO)],
        down: line(bps),
        back: LinkModel { delay: ONE_WAY, ..LinkModel::default() },
        changes: vec![],
        download: false,
        silence: None,
        length,
        seed: 1,
    }
}

fn one_camera() -> Vec<(Source, Duration)> {
    vec![(Source::Cameras(1), Duration::ZERO)]
}

/// Q1: a steady line.
#[must_use]
pub fn q1(bps: u32) -> Run {
    let name = match bps {
        1_000_000 => "Q1: steady 1 Mbit/s",
        2_500_000 => "Q1: steady 2.5 Mbit/s",
        _ => "Q1: steady 10 Mbit/s, six pictures",
    };
    let mut setting = setting(name, bps, s(60));
    if bps > 5_000_000 {
        setting.flows[0].0 = Source::Cameras(6);
    }
    Run::new(setting)
}

/// When the line of [`q2`] and [`q3`] changes.
pub const CHANGES_AT: Duration = s(20);

/// Moments between two probes at which the lines of [`q2`] and [`q3`] are tried to change, in milliseconds after
/// [`CHANGES_AT`]: a line changes when it likes.
pub const LATER_MS: [u64; 5] = [0, 500, 1_000, 1_500, 2_000];

/// Q2: 2.5 Mbit/s fall to 0.6, so many milliseconds later than [`CHANGES_AT`].
#[must_use]
pub fn q2(later_ms: u64) -> Run {
    let at = CHANGES_AT + Duration::from_millis(later_ms);
    Run::new(Setting { changes: vec![(at, line(600_000))], ..setting("Q2: 2.5 → 0.6 Mbit/s", 2_500_000, s(60)) })
}

/// Q3: 0.6 Mbit/s rise to more, so many milliseconds later than [`CHANGES_AT`].
#[must_use]
pub fn q3(bps: u32, later_ms: u64) -> Run {
    let name = if bps > 2_000_000 { "Q3: 0.6 → 2.5 Mbit/s" } else { "Q3: 0.6 → 1.0 Mbit/s" };
    let at = CHANGES_AT + Duration::from_millis(later_ms);
    Run::new(Setting { changes: vec![(at, line(bps))], ..setting(name, 600_000, s(60)) })
}

/// Q4: RFC 8867 §5.1.
#[must_use]
pub fn q4() -> Run {
    let changes = vec![(s(40), line(2_500_000)), (s(60), line(600_000)), (s(80), line(1_000_000))];
    Run::new(Setting { changes, ..setting("Q4: 1.0, 2.5, 0.6, 1.0 Mbit/s (RFC 8867 §5.1)", 1_000_000, s(100)) })
}

/// Q5: two equal flows on 3.5 Mbit/s, the second one 20 s later (after RFC 8867 §5.4).
#[must_use]
pub fn q5() -> Run {
    let flows = vec![(Source::Elastic, Duration::ZERO), (Source::Elastic, s(20))];
    Run::new(Setting { flows, ..setting("Q5: two equal flows on 3.5 Mbit/s (RFC 8867 §5.4)", 3_500_000, s(180)) })
}

/// Q6: one flow against a download, on 2 Mbit/s (RFC 8867 §5.6).
#[must_use]
pub fn q6() -> Run {
    let flows = vec![(Source::Elastic, Duration::ZERO)];
    Run::new(Setting { flows, download: true, ..setting("Q6: against a download (RFC 8867 §5.6)", 2_000_000, s(120)) })
}

/// The same with cameras in layers: what is left while the download begins is less than the smallest of two.
#[must_use]
pub fn q6_in_layers(cameras: usize, seed: u64) -> Run {
    let flows = vec![(Source::Cameras(cameras), Duration::ZERO)];
    let setting = setting("Q6: cameras in layers against a download", 2_000_000, s(120));
    Run::new(Setting { flows, seed, download: true, ..setting })
}

/// Q7: from 20 s on a twentieth is lost both ways.
#[must_use]
pub fn q7() -> Run {
    let lossy = LinkModel { loss: Loss::Even(0.05), ..line(2_500_000) };
    let back = LinkModel { delay: ONE_WAY, loss: Loss::Even(0.05), ..LinkModel::default() };
    Run::new(Setting { changes: vec![(s(20), lossy)], back, ..setting("Q7: 5 % random loss", 2_500_000, s(80)) })
}

/// The round trips of Q8, and whether losses come in bursts.
pub const Q8: [(u64, bool); 4] = [(50, false), (500, false), (50, true), (500, true)];

/// Q8: a tenth is lost, each packet by itself or in bursts.
#[must_use]
pub fn q8((rtt_ms, bursts): (u64, bool)) -> Run {
    let name = match (rtt_ms < 100, bursts) {
        (true, false) => "Q8: 10 % random loss, round trip 50 ms",
        (false, false) => "Q8: 10 % random loss, round trip 500 ms",
        (true, true) => "Q8: 10 % loss in bursts, round trip 50 ms",
        (false, true) => "Q8: 10 % loss in bursts, round trip 500 ms",
    };
    // A sixth of the time in bursts of two packets on average, of which six in ten are lost.
    let loss = if bursts { Loss::Bursts { enter: 0.1, leave: 0.5, inside: 0.6 } } else { Loss::Even(0.1) };
    let delay = Duration::from_millis(rtt_ms / 2);
    let down = LinkModel { delay, loss, ..line(2_500_000) };
    let back = LinkModel { delay, ..LinkModel::default() };
    Run::new(Setting { down, back, ..setting(name, 2_500_000, s(60)) })
}

/// Q9: joining on 10 Mbit/s.
#[must_use]
pub fn q9() -> Run {
    Run::new(Setting { flows: one_camera(), ..setting("Q9: join on 10 Mbit/s", 10_000_000, s(10)) })
}

/// When the floor is granted in [`q11`].
pub const Q11_GRANTED: Duration = s(50);

/// Q11: half a minute of silence, then somebody speaks.
#[must_use]
pub fn q11() -> Run {
    let silence = Some((s(20), Q11_GRANTED));
    Run::new(Setting { silence, ..setting("Q11: the floor is granted after silence", 2_500_000, s(70)) })
}

/// Q12: a line of 300 kbit/s.
#[must_use]
pub fn q12() -> Run {
    Run::new(Setting { flows: one_camera(), ..setting("Q12: 300 kbit/s", 300_000, s(60)) })
}
