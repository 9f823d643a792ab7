//! What a line carries: feedback in, a rate out.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use hoptt_wire::rtcp::TransportCc;

use super::backlog::Backlog;
use super::clock::ArrivalClock;
use super::delay::{DelayTrend, Usage};
use super::loss::{Advice, LossPart};
use super::probe::Prober;
use super::rate::{ArrivedRate, LONG};
use super::rival::Rival;
use super::sent::{Fate, Repairable, SentLog};
use super::{exact, whole_bps};

mod falls;
mod growth;
mod reading;
mod spending;

use falls::{DECREASE, Fall, Futile, Longer};
use reading::Reading;

/// Before anything is known: a voice and a small picture pass every line that a meeting is for (Q12), and the first probes
/// find more within a second.
pub const START_BPS: u32 = 300_000;
/// A voice and its headers: less cannot be asked of anybody.
pub const MIN_BPS: u32 = 50_000;
/// More is not needed for any page.
pub const MAX_BPS: u32 = 50_000_000;

/// A queue of this length lets no rate grow.
const CALM_QUEUE_US: i64 = 30_000;
/// A queue of this length is there for more than a moment.
const STANDING_QUEUE_US: i64 = 60_000;
/// After a decrease the first look whether it helped comes after a round trip and this.
const AFTER_DECREASE_US: u64 = 100_000;
/// Nothing is probed for after so long a silence.
const BUSY_US: u64 = 500_000;
/// While packets are under way and nothing is heard for this long, less is sent.
const SILENCE: Duration = Duration::from_millis(1_500);
const AFTER_SILENCE: f64 = 0.8;
/// When nothing has been heard for this long and then something is, the line was dead: what is missing was not too much for it.
const DEAD_US: u64 = 1_000_000;
/// Who has told of no arrivals after this tells of none.
const TELLS_WITHIN: Duration = Duration::from_secs(1);
/// The first probes have shown something after this.
const SETTLES_WITHIN: Duration = Duration::from_secs(1);
/// Packets of one report that are sent again unasked.
const MAX_MISSING: usize = 32;
/// Until a report has told it.
const USUAL_RTT_US: u64 = 100_000;

/// What reports held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Reports that were read.
    pub reports: u64,
    /// Reports above what is read in a second.
    pub storm: u64,
    /// Numbers that were never sent, or so long ago that they are forgotten.
    pub unknown: u64,
    /// Arrivals told again.
    pub repeated: u64,
    /// Arrivals at impossible times.
    pub odd_times: u64,
    /// Missing packets that are not sent again unasked: there were too many in one report.
    pub given_up: u64,
    /// How often the rate was lowered.
    pub decreases: u64,
    /// Probes made.
    pub probes: u64,
}

impl Counts {
    /// What was told and not taken, all in all: as long as it stays the same nobody lies and nobody floods.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.storm + self.unknown + self.odd_times + self.given_up
    }
}

/// See the module.
#[derive(Debug)]
pub struct Estimator {
    epoch: Instant,
    sent: SentLog,
    clock: ArrivalClock,
    rate: ArrivedRate,
    delay: DelayTrend,
    backlog: Backlog,
    loss: LossPart,
    prober: Prober,
    bps: f64,
    /// What there would be to send.
    wanted: f64,
    /// Some of it is not sent at all, for want of room.
    withheld: bool,
    /// Some of what is sent waits for its turn.
    waiting: bool,
    /// The rate at which the line was full.
    limit: Option<f64>,
    reading: Reading,
    first_sent_at: Option<Instant>,
    /// Enough was sent that a report should have come, and none has.
    tells_nothing: bool,
    first_heard_at: Option<Instant>,
    updated_us: u64,
    decreased_us: Option<u64>,
    fall: Option<Fall>,
    futile: Option<Futile>,
    longer: Option<Longer>,
    /// Another flow fills the queue.
    rival: Option<Rival>,
    /// When the newest packet left that the last report told to be missing.
    missed_us: Option<u64>,
    /// What of it can be sent again, and was not dropped by a full queue: the one before it had not waited.
    missing: VecDeque<Repairable>,
    /// For how long the packet waited on the line whose arrival was told of last.
    waited_us: i64,
    rtt_us: Option<u64>,
    /// When the newest packet left that has arrived.
    arrived_us: u64,
    /// How long what is under way takes, where it is much; in microseconds.
    ahead_us: i64,
    /// When something left last that was no probe's.
    media_us: Option<u64>,
    /// When a line that was full once has carried what left, as far as is known.
    free_us: u64,
    /// Since when packets leave of which nothing is heard.
    unheard_since: Option<Instant>,
    /// When an arrival was told of last.
    heard_us: Option<u64>,
    /// Of what left before, nothing is learned from what is missing.
    dead_until_us: u64,
    counts: Counts,
}

impl Estimator {
    /// Knows nothing yet.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        Self {
            epoch: now,
            sent: SentLog::default(),
            clock: ArrivalClock::default(),
            rate: ArrivedRate::default(),
            delay: DelayTrend::default(),
            backlog: Backlog::default(),
            loss: LossPart::default(),
            prober: Prober::default(),
            bps: f64::from(START_BPS),
            wanted: 0.0,
            withheld: false,
            waiting: false,
            limit: None,
            reading: Reading::default(),
            first_sent_at: None,
            tells_nothing: false,
            first_heard_at: None,
            updated_us: 0,
            decreased_us: None,
            fall: None,
            futile: None,
            longer: None,
            rival: None,
            missed_us: None,
            missing: VecDeque::new(),
            waited_us: 0,
            rtt_us: None,
            arrived_us: 0,
            ahead_us: 0,
            media_us: None,
            free_us: 0,
            unheard_since: None,
            heard_us: None,
            dead_until_us: 0,
            counts: Counts::default(),
        }
    }

    /// The transport-wide number of the next packet.
    #[must_use]
    pub fn next_number(&self) -> u16 {
        self.sent.next_number()
    }

    /// A packet left with that number: so many bytes, with all that a line carries of it. What can be sent again is told by
    /// [`poll_missing`](Self::poll_missing) when it is reported as missing.
    pub fn handle_sent(&mut self, now: Instant, bytes: usize, of: Option<Repairable>) {
        let bytes = u16::try_from(bytes).unwrap_or(u16::MAX);
        let now_us = self.us(now);
        let mark = self.prober.mark();
        self.sent.push(now_us, bytes, mark, of, self.first_heard_at.is_some());
        let bytes = u32::from(bytes);
        if self.limit.is_some() {
            let takes_us = u64::from(bytes) * 8_000_000 / u64::from(whole_bps(self.bps)).max(1);
            self.free_us = self.free_us.max(now_us) + takes_us;
        }
        self.first_sent_at.get_or_insert(now);
        if !self.is_busy(now_us) || self.unheard_since.is_none() {
            self.unheard_since = Some(now);
        }
        if mark == 0 {
            self.media_us = Some(now_us);
        } else {
            self.prober.handle_sent(now_us, bytes, self.rtt_us.unwrap_or(USUAL_RTT_US));
            self.delay.ignore_until(now_us.cast_signed());
        }
    }

    /// What there would be to send if the line carried all: not much more is probed for.
    pub fn set_wanted(&mut self, bps: u32) {
        self.wanted = f64::from(bps);
    }

    /// Some of what is wanted is not sent at all: it is probed for even while nothing else is sent.
    pub fn set_withheld(&mut self, withheld: bool) {
        self.withheld = withheld;
    }

    /// Some of what is to be sent waits for its turn: beside it a probe would make a queue where the line was full.
    pub fn set_waiting(&mut self, waiting: bool) {
        self.waiting = waiting;
    }

    /// What is sent has been answered by no report for so long that none is to be expected.
    #[must_use]
    pub fn tells_nothing(&self) -> bool {
        self.tells_nothing
    }

    /// Takes what the viewer tells of arrivals.
    pub fn handle_feedback(&mut self, now: Instant, feedback: &TransportCc<'_>) {
        let now_us = self.us(now);
        self.missing.clear();
        if !self.reading.may(now_us) {
            self.counts.storm += 1;
            return;
        }
        self.counts.reports += 1;
        let mut newest_us = None;
        self.missed_us = None;
        let was_dead = self.heard_us.is_some_and(|at| now_us.saturating_sub(at) >= DEAD_US);
        let mut is_dead = was_dead;
        let mut last = None;
        let skipped = self.reading.skipped(&feedback.header).map(|number| (number, None));
        for (number, ticks) in skipped.chain(feedback.arrivals()) {
            last = Some(number);
            let Some(sent) = self.sent.find(number) else {
                self.counts.unknown += 1;
                continue;
            };
            let (at_us, bytes, probe) = (sent.at_us, u32::from(sent.bytes), sent.probe);
            let Some(ticks) = ticks else {
                if sent.fate == Fate::Open && (is_dead || at_us < self.dead_until_us) {
                    sent.fate = Fate::Dead;
                } else if sent.fate == Fate::Open {
                    sent.fate = Fate::Missing;
                    let repairable = sent.repairable();
                    self.miss(at_us, repairable);
                }
                continue;
            };
            if sent.fate == Fate::Arrived {
                self.counts.repeated += 1;
                continue;
            }
            let Some(arrival_us) = self.clock.read(ticks, at_us.cast_signed()) else {
                self.counts.odd_times += 1;
                continue;
            };
            match std::mem::replace(&mut sent.fate, Fate::Arrived) {
                Fate::Missing => self.loss.handle_found(),
                _ => self.loss.handle_arrived(),
            }
            if std::mem::take(&mut is_dead) {
                self.dead_until_us = at_us;
            }
            newest_us = newest_us.max(Some(at_us));
            self.rate.handle_arrival(arrival_us, bytes);
            self.waited_us = self.delay.handle_packet(at_us.cast_signed(), arrival_us);
            self.backlog.handle_packet(arrival_us, bytes, self.waited_us);
            if probe != 0 {
                self.prober.handle_arrival(probe, arrival_us, bytes);
            }
        }
        if let Some(last) = last {
            self.reading.note(feedback.header.feedback_count, last);
        }
        if self.clock.take_leap() {
            (self.delay, self.backlog, self.rate, self.longer) = Default::default();
        }
        let Some(newest_us) = newest_us else { return };
        let rtt_us = now_us.saturating_sub(newest_us);
        self.arrived_us = newest_us;
        self.rtt_us = Some(self.rtt_us.map_or(rtt_us, |before| (before * 7 + rtt_us) / 8));
        if self.first_heard_at.is_none() {
            (self.first_heard_at, self.updated_us, self.tells_nothing) = (Some(now), now_us, false);
        }
        self.unheard_since = None;
        self.heard_us = Some(now_us);
        if was_dead {
            // What was believed meanwhile was a guess: now it can be looked at.
            self.decreased_us = None;
            self.prober.hasten();
        }
        self.update(now_us);
    }

    /// Takes that a packet did not come. Rare beside those that came.
    #[cold]
    fn miss(&mut self, at_us: u64, repairable: Option<Repairable>) {
        let is_own = self.waited_us < CALM_QUEUE_US || self.loss.is_lossy();
        if let Some(missing) = repairable.filter(|_| is_own) {
            if self.missing.len() < MAX_MISSING {
                self.missing.push_back(missing);
            } else {
                self.counts.given_up += 1;
            }
        }
        self.loss.handle_missing();
        self.missed_us = self.missed_us.max(Some(at_us));
    }

    /// Gives the next packet that the last report told of as missing, and that the line lost by itself.
    pub fn poll_missing(&mut self) -> Option<Repairable> {
        self.missing.pop_front()
    }

    /// Does what is due: probes begin and end, silence is noticed. Cheap when nothing is.
    pub fn handle_timeout(&mut self, now: Instant) {
        let now_us = self.us(now);
        if self.first_heard_at.is_none() {
            self.tells_nothing |= self.tells_by().is_some_and(|by| by <= now);
            return;
        }
        self.conclude(now_us);
        if self.unheard_since.is_some_and(|since| now.saturating_duration_since(since) >= SILENCE) {
            // Of the last packets before a silence nothing need be heard.
            let is_busy = self.is_busy(now_us);
            self.unheard_since = is_busy.then_some(now);
            if is_busy {
                self.lower(now_us, self.bps * AFTER_SILENCE);
            }
        }
        self.begin_probe(now_us);
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called next while something is sent.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let probe = self.prober.poll_timeout().map(|us| self.epoch + Duration::from_micros(us));
        let silence = self.unheard_since.filter(|_| self.first_heard_at.is_some()).map(|since| since + SILENCE);
        probe.into_iter().chain(silence).chain(self.probes_at()).chain(self.tells_by()).min()
    }

    /// When it is to be probed for what is withheld, if nothing else is sent until then.
    fn probes_at(&self) -> Option<Instant> {
        let waits = self.withheld && self.wanted > self.bps && self.first_heard_at.is_some();
        let quiet_us = self.media_us.map_or(0, |at| at + BUSY_US);
        let next_us = self.prober.next_us().filter(|_| waits)?;
        Some(self.epoch + Duration::from_micros(next_us.max(quiet_us)))
    }

    /// By when the first report is to have come.
    fn tells_by(&self) -> Option<Instant> {
        let waits = self.first_heard_at.is_none() && !self.tells_nothing;
        self.first_sent_at.filter(|_| waits).map(|at| at + TELLS_WITHIN)
    }

    /// Bytes of padding that are to leave now, as packets of [`padding_packet`](Self::padding_packet).
    #[must_use]
    pub fn padding_due(&self, now: Instant) -> u32 {
        self.prober.due_bytes(self.us(now))
    }

    /// The size of a packet of padding.
    #[must_use]
    pub fn padding_packet(&self) -> u32 {
        self.prober.packet_bytes()
    }

    /// What the line carries; unknown until something was heard of it.
    #[must_use]
    pub fn estimate_bps(&self) -> Option<u32> {
        self.first_heard_at.map(|_| whole_bps(self.bps))
    }

    /// Whether what is known is more than a beginning: some time has passed, or the line was full.
    #[must_use]
    pub fn is_settled(&self, now: Instant) -> bool {
        let known_for = self.first_heard_at.map(|at| now.saturating_duration_since(at));
        self.decreased_us.is_some() || known_for.is_some_and(|time| time >= SETTLES_WITHIN)
    }

    /// From a packet's leaving until its report came.
    #[must_use]
    pub fn rtt(&self) -> Option<Duration> {
        self.rtt_us.map(Duration::from_micros)
    }

    /// The share of packets that are lost on the line, before repair.
    #[must_use]
    pub fn loss(&self) -> f64 {
        self.loss.share()
    }

    /// Whether so many are lost, and not in a full queue, that frames have to wait for repairs all the time.
    #[must_use]
    pub fn is_lossy(&self) -> bool {
        self.loss.is_lossy()
    }

    /// Whether what is missing was lost on the way: no full queue can have dropped it, or the line is known to lose packets.
    #[must_use]
    pub fn loses_by_itself(&self) -> bool {
        self.is_lossy() || self.delay.queue_us() < CALM_QUEUE_US
    }

    /// So much of what is sent is sent again on a lossy line, in percent.
    #[must_use]
    pub fn repairs_percent(&self) -> u64 {
        u64::from(whole_bps(self.loss.own_share() * 100.0))
    }

    /// What reports held so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts { probes: self.prober.made(), ..self.counts }
    }

    /// A report was read: the rate follows.
    fn update(&mut self, now_us: u64) {
        let passed_s = exact(now_us.saturating_sub(self.updated_us).cast_signed()).min(500_000.0) / 1e6;
        self.updated_us = now_us;
        self.conclude(now_us);
        let usage = match self.delay.look() {
            _ if self.fallen_to().is_some() => Usage::Over,
            usage => usage,
        };
        let advice = self.loss.advise(now_us, self.bps, self.delay.queue_us());
        match advice {
            // What arrives is carried, however much else is lost.
            Advice::Cut(share) => {
                let carried = self.rate.bps(LONG).unwrap_or(0.0) * DECREASE;
                self.lower(now_us, (self.bps * share).max(carried.min(self.bps)));
            }
            Advice::Restore(bps) => self.bps = self.bps.max(bps),
            Advice::Grow | Advice::Hold => {}
        }
        self.look_at_longer(now_us);
        if self.keeps_up_with_rival(now_us) {
            self.look_ahead(now_us);
            return;
        }
        match usage {
            Usage::Over => self.decrease(now_us),
            Usage::Normal if advice == Advice::Grow && self.is_calm(now_us) => self.increase(passed_s),
            Usage::Normal | Usage::Under => {}
        }
        self.look_ahead(now_us);
        self.begin_probe(now_us);
    }

    fn rtt_s(&self) -> f64 {
        exact(self.rtt_us.unwrap_or(USUAL_RTT_US).cast_signed()) / 1e6
    }

    fn is_busy(&self, now_us: u64) -> bool {
        self.media_us.is_some_and(|at| now_us.saturating_sub(at) < BUSY_US)
    }

    fn us(&self, now: Instant) -> u64 {
        u64::try_from(now.saturating_duration_since(self.epoch).as_micros()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests;
