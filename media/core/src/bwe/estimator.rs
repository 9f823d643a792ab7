//! What a line carries: feedback in, a rate out.

use std::time::{Duration, Instant};

use hoptt_wire::rtcp::TransportCc;

use super::clock::ArrivalClock;
use super::delay::{DelayTrend, Usage};
use super::loss::{Advice, LossPart};
use super::probe::{Finding, Prober};
use super::rate::{ArrivedRate, LONG, SHORT};
use super::sent::{Fate, SentLog};
use super::{exact, whole_bps};

/// Before anything is known: a voice and a small picture pass every line that a meeting is for (Q12), and the first probes
/// find more within a second.
pub const START_BPS: u32 = 300_000;
/// A voice and its headers: less cannot be asked of anybody.
pub const MIN_BPS: u32 = 50_000;
/// More is not needed for any page.
pub const MAX_BPS: u32 = 50_000_000;

/// When the queue grows the rate becomes this share of what the line carried (draft-ietf-rmcat-gcc-02 §5.5: 0.85). The rest of
/// what it does there, emptying the queue, is the budget's part here.
const DECREASE: f64 = 0.9;
/// So much of what a full line was measured to carry is used.
const OF_MEASURED: f64 = 0.96;
/// Far from any known limit the rate grows by this in a second (§5.5).
const GROWTH: f64 = 0.08;
/// Near it, by a packet per response time (§5.5).
const PACKET_BITS: f64 = 9_600.0;
/// So near, as shares of the rate at which the line was full.
const NEAR: [f64; 2] = [0.85, 1.1];
/// It grows only while so much of it is used: of what is not used nothing is known.
const USED: f64 = 0.85;
/// What arrives without a queue is carried; a little less is believed of it, for bursts look faster than they are.
const PROVEN: f64 = 0.9;
/// It is no more than this times what arrives (§5.5).
const HEADROOM: f64 = 1.5;
/// A queue of this length lets no rate grow.
const CALM_QUEUE_US: i64 = 30_000;
/// A queue of this length is there for more than a moment.
const STANDING_QUEUE_US: i64 = 60_000;
/// A queue is to be gone within this.
const DRAINED_WITHIN: f64 = 0.7;
/// The least share of the rate that is used while a queue drains.
const WHILE_DRAINING: f64 = 0.5;
/// After a decrease the first look whether it helped comes after a round trip and this.
const AFTER_DECREASE_US: u64 = 100_000;
/// So long a line has just become slow.
const JUST_FALLEN_US: u64 = 1_000_000;
/// After a decrease nothing is probed for this long.
const PROBE_AFTER_DECREASE_US: u64 = 1_500_000;
/// Nothing is probed for after so long a silence.
const BUSY_US: u64 = 500_000;
/// So many decreases without a shorter queue show that the way has become longer.
const FUTILE: u32 = 6;
/// While packets are under way and nothing is heard for this long, less is sent.
const SILENCE: Duration = Duration::from_millis(1_500);
const AFTER_SILENCE: f64 = 0.8;
/// Reports in a second and at once that are read (S17); browsers send 20 at most.
const REPORTS_PER_SECOND: f64 = 100.0;
/// Who has told of no arrivals after this tells of none.
const TELLS_WITHIN: Duration = Duration::from_secs(1);
/// The first probes have shown something after this.
const SETTLES_WITHIN: Duration = Duration::from_secs(1);
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
    /// How often the rate was lowered.
    pub decreases: u64,
    /// Probes made.
    pub probes: u64,
}

/// Decreases in a row that made no queue shorter.
#[derive(Clone, Copy, Debug)]
struct Futile {
    count: u32,
    longest_us: i64,
    counted_us: u64,
}

/// See the module.
#[derive(Debug)]
pub struct Estimator {
    epoch: Instant,
    sent: SentLog,
    clock: ArrivalClock,
    rate: ArrivedRate,
    delay: DelayTrend,
    loss: LossPart,
    prober: Prober,
    bps: f64,
    /// What there would be to send.
    wanted: f64,
    /// Some of it is not sent at all, for want of room.
    withheld: bool,
    /// The rate at which the line was full.
    limit: Option<f64>,
    /// Reports that may still be read.
    reports_left: f64,
    reports_at_us: u64,
    first_sent_at: Option<Instant>,
    /// Enough was sent that a report should have come, and none has.
    tells_nothing: bool,
    first_heard_at: Option<Instant>,
    updated_us: u64,
    decreased_us: Option<u64>,
    futile: Option<Futile>,
    rtt_us: Option<u64>,
    /// When something left last that was no probe's.
    media_us: Option<u64>,
    /// Since when packets leave of which nothing is heard.
    unheard_since: Option<Instant>,
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
            loss: LossPart::default(),
            prober: Prober::default(),
            bps: f64::from(START_BPS),
            wanted: 0.0,
            withheld: false,
            limit: None,
            reports_left: REPORTS_PER_SECOND,
            reports_at_us: 0,
            first_sent_at: None,
            tells_nothing: false,
            first_heard_at: None,
            updated_us: 0,
            decreased_us: None,
            futile: None,
            rtt_us: None,
            media_us: None,
            unheard_since: None,
            counts: Counts::default(),
        }
    }

    /// The transport-wide number of the next packet.
    #[must_use]
    pub fn next_number(&self) -> u16 {
        self.sent.next_number()
    }

    /// A packet left with that number: so many bytes of a datagram.
    pub fn handle_sent(&mut self, now: Instant, bytes: usize) {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let now_us = self.us(now);
        let mark = self.prober.mark();
        self.sent.push(now_us, bytes, mark, self.first_heard_at.is_some());
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

    /// What there would be to send if the line carried all: no more is probed for.
    pub fn set_wanted(&mut self, bps: u32) {
        self.wanted = f64::from(bps);
    }

    /// Some of what is wanted is not sent at all: it is probed for even while nothing else is sent.
    pub fn set_withheld(&mut self, withheld: bool) {
        self.withheld = withheld;
    }

    /// What is sent has been answered by no report for so long that none is to be expected.
    #[must_use]
    pub fn tells_nothing(&self) -> bool {
        self.tells_nothing
    }

    /// Takes what the viewer tells of arrivals.
    pub fn handle_feedback(&mut self, now: Instant, feedback: &TransportCc<'_>) {
        let now_us = self.us(now);
        if !self.may_read(now_us) {
            self.counts.storm += 1;
            return;
        }
        self.counts.reports += 1;
        let mut newest_us = None;
        for (number, ticks) in feedback.arrivals() {
            let Some(sent) = self.sent.find(number) else {
                self.counts.unknown += 1;
                continue;
            };
            let (at_us, bytes, probe) = (sent.at_us, sent.bytes, sent.probe);
            let Some(ticks) = ticks else {
                if sent.fate == Fate::Open {
                    sent.fate = Fate::Missing;
                    self.loss.handle_missing();
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
            newest_us = newest_us.max(Some(at_us));
            self.rate.handle_arrival(arrival_us, bytes);
            self.delay.handle_packet(at_us.cast_signed(), arrival_us);
            if probe != 0 {
                self.prober.handle_arrival(probe, arrival_us, bytes);
            }
        }
        if self.clock.take_leap() {
            (self.delay, self.rate) = (DelayTrend::default(), ArrivedRate::default());
        }
        let Some(newest_us) = newest_us else { return };
        let rtt_us = now_us.saturating_sub(newest_us);
        self.rtt_us = Some(self.rtt_us.map_or(rtt_us, |before| (before * 7 + rtt_us) / 8));
        if self.first_heard_at.is_none() {
            (self.first_heard_at, self.updated_us, self.tells_nothing) = (Some(now), now_us, false);
        }
        self.unheard_since = None;
        self.update(now_us);
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

    /// What layers are to be chosen for: the estimate, but while the queue of a line that has just become slow stands,
    /// only as much as may be sent, so that one step leads down and not several.
    #[must_use]
    pub fn choice_bps(&self, now: Instant) -> Option<u32> {
        let (now_us, queue_us) = (self.us(now), self.delay.queue_us());
        let has_fallen = self.decreased_us.is_some_and(|at| now_us.saturating_sub(at) < JUST_FALLEN_US);
        if has_fallen && queue_us >= STANDING_QUEUE_US { self.budget_bps() } else { self.estimate_bps() }
    }

    /// What may be sent now: the estimate, less what empties the queue.
    #[must_use]
    pub fn budget_bps(&self) -> Option<u32> {
        let queue_s = exact(self.delay.queue_us().max(0)) / 1e6;
        let share = if self.delay.queue_us() > CALM_QUEUE_US {
            (1.0 - queue_s / DRAINED_WITHIN).max(WHILE_DRAINING)
        } else {
            1.0
        };
        self.first_heard_at.map(|_| whole_bps(self.bps * share))
    }

    /// How long packets wait on the line.
    #[must_use]
    pub fn queue_delay(&self) -> Duration {
        Duration::from_micros(self.delay.queue_us().max(0).cast_unsigned())
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
        let usage = self.delay.look();
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
        match usage {
            Usage::Over => self.decrease(now_us),
            Usage::Normal if advice == Advice::Grow && self.is_calm(now_us) => self.increase(passed_s),
            Usage::Normal | Usage::Under => {}
        }
        self.begin_probe(now_us);
    }

    fn decrease(&mut self, now_us: u64) {
        let queue_us = self.delay.queue_us();
        let wait_us = self.rtt_us.unwrap_or(USUAL_RTT_US) + AFTER_DECREASE_US;
        let has_waited = self.decreased_us.is_none_or(|at| now_us >= at + wait_us);
        // While a queue stands, what arrives is what the line carries, however often one looks.
        let Some(carried) = self.rate.bps(SHORT).or_else(|| self.rate.bps(LONG)) else { return };
        if !has_waited && queue_us < STANDING_QUEUE_US {
            return;
        }
        if self.is_futile(now_us, queue_us, wait_us) {
            self.delay.forget_shortest();
            return;
        }
        self.limit = Some(carried);
        self.lower(now_us, carried * DECREASE);
    }

    /// Whether decreases make no queue shorter: the way has become longer.
    fn is_futile(&mut self, now_us: u64, queue_us: i64, wait_us: u64) -> bool {
        match &mut self.futile {
            Some(futile) if queue_us > futile.longest_us * 4 / 5 => {
                futile.longest_us = futile.longest_us.max(queue_us);
                if now_us >= futile.counted_us + wait_us {
                    (futile.count, futile.counted_us) = (futile.count + 1, now_us);
                }
            }
            _ => self.futile = Some(Futile { count: 1, longest_us: queue_us, counted_us: now_us }),
        }
        let is_futile = self.futile.is_some_and(|futile| futile.count >= FUTILE);
        if is_futile {
            self.futile = None;
        }
        is_futile
    }

    fn lower(&mut self, now_us: u64, bps: f64) {
        self.decreased_us = Some(now_us);
        self.prober.not_before(now_us + PROBE_AFTER_DECREASE_US);
        if bps < self.bps {
            self.bps = bps.max(f64::from(MIN_BPS));
            self.counts.decreases += 1;
        }
    }

    fn increase(&mut self, passed_s: f64) {
        let Some(arrives) = self.rate.bps(LONG) else { return };
        let proven = arrives * PROVEN;
        if arrives < self.bps * USED || self.bps >= self.wanted {
            return self.raise(proven);
        }
        let near = self.limit.filter(|limit| self.bps > limit * NEAR[0] && self.bps < limit * NEAR[1]);
        let more = if near.is_some() {
            let response_s = exact(self.rtt_us.unwrap_or(USUAL_RTT_US).cast_signed()) / 1e6 + 0.1;
            PACKET_BITS / response_s * passed_s
        } else {
            self.bps * GROWTH * passed_s
        };
        self.raise((self.bps + more).min(arrives * HEADROOM).max(proven));
    }

    fn raise(&mut self, bps: f64) {
        self.bps = self.bps.max(bps.min(f64::from(MAX_BPS)));
        self.limit = self.limit.filter(|limit| self.bps < limit * NEAR[1]);
    }

    /// No queue, and some time since the last decrease.
    fn is_calm(&self, now_us: u64) -> bool {
        let wait_us = self.rtt_us.unwrap_or(USUAL_RTT_US) + 2 * AFTER_DECREASE_US;
        self.delay.queue_us() < CALM_QUEUE_US && self.decreased_us.is_none_or(|at| now_us >= at + wait_us)
    }

    fn is_busy(&self, now_us: u64) -> bool {
        self.media_us.is_some_and(|at| now_us.saturating_sub(at) < BUSY_US)
    }

    fn begin_probe(&mut self, now_us: u64) {
        // Of a queue nothing new is known while nothing is sent, but by now it is gone.
        let may = if self.is_busy(now_us) { self.is_calm(now_us) } else { self.withheld };
        if self.wanted > self.bps && may {
            self.prober.begin(now_us, self.bps, self.wanted);
        }
    }

    /// Takes what a probe has shown.
    fn conclude(&mut self, now_us: u64) {
        match self.prober.poll_finding(now_us) {
            Some(Finding::AtLeast(bps)) => self.raise(bps),
            Some(Finding::Exactly(bps)) => {
                // A shaky line makes it look slower than it is, so that it is no reason to lower the rate.
                if bps * OF_MEASURED > self.bps {
                    self.limit = Some(bps);
                    self.raise(bps * OF_MEASURED);
                }
            }
            Some(Finding::Nothing) | None => {}
        }
    }

    fn may_read(&mut self, now_us: u64) -> bool {
        let passed_s = exact(now_us.saturating_sub(self.reports_at_us).cast_signed()) / 1e6;
        self.reports_at_us = now_us;
        self.reports_left = (self.reports_left + passed_s * REPORTS_PER_SECOND).min(REPORTS_PER_SECOND);
        let may = self.reports_left >= 1.0;
        if may {
            self.reports_left -= 1.0;
        }
        may
    }

    fn us(&self, now: Instant) -> u64 {
        u64::try_from(now.saturating_duration_since(self.epoch).as_micros()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests;
