//! What a run found, in numbers, and whether it may be believed.

use std::fmt;
use std::time::Duration;

use hoptt_core::srtp::SrtpProfile;
use serde::Serialize;

use crate::args::Args;
use crate::histogram::{Histogram, Percentiles};
use crate::runner::Report;
use crate::tally::{Arrived, Checked, Sent, Tally};
use crate::watch::Reading;

/// A run in which the generator was later than this is invalid (p99).
const MAX_LATENESS_MS: f64 = 1.0;
/// Of one core for each media thread.
const MAX_CPU_SHARE: f64 = 0.85;
/// Of all datagrams received.
const MAX_DROP_SHARE: f64 = 0.0001;
/// Above this the server forwards less than it is offered, and looks cheaper than it is.
const MAX_LOSS_SHARE: f64 = 0.001;

/// The result, and why it may not be believed.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// What was found.
    #[serde(flatten)]
    pub result: Result,
    /// Reasons against it; none: it is valid.
    pub invalid: Vec<String>,
}

/// What was found.
#[derive(Clone, Debug, Serialize)]
pub struct Result {
    /// Of the generator.
    pub version: &'static str,
    /// Seconds measured.
    pub seconds: f64,
    /// Who was to come.
    pub publishers: u32,
    /// Who was to come.
    pub viewers: u32,
    /// Ways that media takes: one for each who came, or more where the server wants it so.
    pub links: usize,
    /// Those with keys at the end.
    pub connected: usize,
    /// Peers that were lost without our doing.
    pub ended: usize,
    /// Why the first one was lost.
    pub first_end: Option<String>,
    /// Signalling lines that the server closed.
    pub lines_lost: u64,
    /// Why somebody did not come in.
    pub failures: Vec<String>,
    /// SRTP profiles in use.
    pub srtp: Vec<(&'static str, usize)>,
    /// Original packets that arrived, in all.
    pub forwarded: u64,
    /// And a second.
    pub forwarded_per_second: f64,
    /// Lost of expected.
    pub loss_share: f64,
    /// Mean bytes of a datagram, without IP and UDP.
    pub mean_bytes: f64,
    /// Pictures.
    pub video: Arrived,
    /// Sound.
    pub audio: Arrived,
    /// Retransmissions that arrived.
    pub rtx: u64,
    /// RTCP that arrived.
    pub rtcp: u64,
    /// Datagrams that nobody agreed on.
    pub unknown: u64,
    /// Reports and feedback that were sent.
    pub feedback: u64,
    /// What the checkers found.
    pub checked: Checked,
    /// What publishers did.
    pub sent: Sent,
    /// Sender's system call to receiver's reading.
    pub video_latency: Percentiles,
    /// The same for sound.
    pub audio_latency: Percentiles,
    /// From when a picture was wanted in another size until a key frame of that size was whole, at those who check.
    pub switch: Percentiles,
    /// Sizes that were still waited for when the next one was wanted.
    pub unswitched: u64,
    /// From when a packet of a picture was missed until it was there, on lossy lines.
    pub repair: Percentiles,
    /// What lossy lines lost of media, repairs included.
    pub lost_on_lines: u64,
    /// Of pictures on lossy lines, what was not repaired within two seconds.
    pub unrepaired: u64,
    /// Steps of coming in, since the beginning of the run.
    pub join: Join,
    /// The generator itself.
    pub own: Own,
}

/// Steps of coming in.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Join {
    /// From the first byte to the answer.
    pub signalling: Percentiles,
    /// From the answer to the first answered check.
    pub ice: Percentiles,
    /// To the keys.
    pub dtls: Percentiles,
    /// To the first media packet.
    pub first_packet: Percentiles,
    /// To the first whole key frame, at those who check.
    pub first_frame: Percentiles,
}

/// The generator itself.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Own {
    /// How late frames left.
    pub lateness: Percentiles,
    /// CPU seconds a second, without what threads took that only stayed awake.
    pub cpu_share: f64,
    /// Datagrams that its sockets dropped.
    pub receive_drops: u64,
    /// Datagrams that its sockets received.
    pub received: u64,
    /// Datagrams in one receive call, on average.
    pub datagrams_per_read: f64,
    /// Resident memory.
    pub rss_bytes: u64,
}

/// What a run has to tell.
pub(super) struct Found<'a> {
    pub window: &'a Tally,
    pub total: &'a Tally,
    pub last: &'a Report,
    pub took: Duration,
    pub own: Reading,
    pub failures: Vec<String>,
    pub signalling: &'a Histogram,
    pub lines_lost: u64,
}

pub(super) fn outcome(args: &Args, found: &Found<'_>) -> Outcome {
    let (window, seconds) = (found.window, found.took.as_secs_f64());
    let forwarded = window.video.packets + window.audio.packets;
    let expected = window.video.expected + window.audio.expected;
    let all = forwarded + window.rtx + window.rtcp + window.other + window.unknown;
    let names = SrtpProfile::ALL.map(SrtpProfile::name).into_iter().zip(found.last.profiles);
    let result = Result {
        version: env!("CARGO_PKG_VERSION"),
        seconds,
        publishers: args.publishers,
        viewers: args.viewers,
        links: found.last.peers,
        connected: found.last.connected,
        ended: found.last.ended,
        first_end: found.last.first_end.clone(),
        lines_lost: found.lines_lost,
        failures: found.failures.clone(),
        srtp: names.filter(|(_, count)| *count > 0).collect(),
        forwarded,
        forwarded_per_second: float(forwarded) / seconds,
        loss_share: share(window.video.lost + window.audio.lost, expected),
        mean_bytes: share(window.video.bytes + window.audio.bytes, forwarded),
        video: window.video,
        audio: window.audio,
        rtx: window.rtx,
        rtcp: window.rtcp,
        unknown: window.unknown,
        feedback: window.feedback,
        checked: window.checked,
        sent: window.sent,
        video_latency: window.video_latency.percentiles(),
        audio_latency: window.audio_latency.percentiles(),
        switch: window.switch.percentiles(),
        unswitched: window.unswitched,
        repair: window.repair.percentiles(),
        lost_on_lines: window.lost_on_lines,
        unrepaired: window.unrepaired,
        join: Join {
            signalling: found.signalling.percentiles(),
            ice: found.total.ice.percentiles(),
            dtls: found.total.dtls.percentiles(),
            first_packet: found.total.first_packet.percentiles(),
            first_frame: found.total.first_frame.percentiles(),
        },
        own: Own {
            lateness: window.lateness.percentiles(),
            cpu_share: found.own.cpu.saturating_sub(window.rested).as_secs_f64() / seconds,
            receive_drops: found.own.receive_drops,
            received: found.own.received,
            datagrams_per_read: share(all, window.reads),
            rss_bytes: found.own.rss,
        },
    };
    Outcome { invalid: against(args, &result), result }
}

/// Reasons not to believe it.
fn against(args: &Args, result: &Result) -> Vec<String> {
    let mut reasons = Vec::new();
    let mut unless = |fine: bool, reason: String| {
        if !fine {
            reasons.push(reason);
        }
    };
    let own = &result.own;
    let links = result.links.max((args.publishers + args.viewers) as usize);
    unless(result.failures.is_empty(), format!("not everybody came in: {}", result.failures.join("; ")));
    unless(result.connected == links, format!("{} of {links} are connected", result.connected));
    unless(result.forwarded > 0, "nothing arrived".into());
    unless(
        result.loss_share <= MAX_LOSS_SHARE,
        format!("{:.2} % were lost: a server that drops looks cheap", 100.0 * result.loss_share),
    );
    unless(result.checked.faults() == 0, format!("{} checked packets were wrong", result.checked.faults()));
    unless(
        own.lateness.p99_ms <= MAX_LATENESS_MS,
        format!("the generator was late: p99 {:.2} ms", own.lateness.p99_ms),
    );
    unless(
        own.cpu_share <= MAX_CPU_SHARE * f64::from(args.threads),
        format!("the generator was too busy: {:.0} % of a core", 100.0 * own.cpu_share),
    );
    unless(
        share(own.receive_drops, own.received) <= MAX_DROP_SHARE,
        format!("the generator's sockets dropped {} of {} datagrams", own.receive_drops, own.received),
    );
    unless(result.sent.refused == 0, format!("the system refused {} datagrams of publishers", result.sent.refused));
    reasons
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let result = &self.result;
        let mut row = |name: &str, value: fmt::Arguments<'_>| writeln!(f, "  {name:<22} {value}");
        row("peers connected", format_args!("{} ({:?})", result.connected, result.srtp))?;
        row(
            "forwarded",
            format_args!(
                "{} packets, {:.0} a second, {:.0} bytes on average",
                result.forwarded, result.forwarded_per_second, result.mean_bytes
            ),
        )?;
        row("lost", format_args!("{:.3} %", 100.0 * result.loss_share))?;
        for (name, latency) in [("video latency", result.video_latency), ("audio latency", result.audio_latency)] {
            if latency.count > 0 {
                let Percentiles { p50_ms, p99_ms, p999_ms, .. } = latency;
                row(name, format_args!("p50 {p50_ms} ms, p99 {p99_ms} ms, p99.9 {p999_ms} ms"))?;
            }
        }
        let Checked { packets, frames, key_frames, broken_frames, .. } = result.checked;
        row(
            "checked",
            format_args!(
                "{packets} packets, {frames} frames ({key_frames} key, {broken_frames} broken), {} faults",
                result.checked.faults()
            ),
        )?;
        if result.switch.count + result.unswitched > 0 {
            let Percentiles { count, p50_ms, p95_ms, .. } = result.switch;
            row(
                "another size",
                format_args!("{count} times, p50 {p50_ms} ms, p95 {p95_ms} ms, {} came too late", result.unswitched),
            )?;
        }
        if result.lost_on_lines > 0 {
            let Percentiles { count, p50_ms, p99_ms, .. } = result.repair;
            row(
                "repaired",
                format_args!("{count} packets, p50 {p50_ms} ms, p99 {p99_ms} ms, {} were not", result.unrepaired),
            )?;
        }
        let Join { signalling, dtls, first_frame, .. } = result.join;
        row(
            "coming in, p50",
            format_args!(
                "signalling {} ms, keys {} ms, first picture {} ms",
                signalling.p50_ms, dtls.p50_ms, first_frame.p50_ms
            ),
        )?;
        let Own { lateness, cpu_share, receive_drops, .. } = result.own;
        row(
            "generator",
            format_args!(
                "late p99 {} ms, {:.0} % of a core, {receive_drops} drops",
                lateness.p99_ms,
                100.0 * cpu_share
            ),
        )?;
        for reason in &self.invalid {
            row("NOT VALID", format_args!("{reason}"))?;
        }
        Ok(())
    }
}

fn share(part: u64, whole: u64) -> f64 {
    float(part) / float(whole).max(1.0)
}

#[expect(clippy::cast_precision_loss, reason = "counts of a run fit into 53 bits")]
fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests;
