//! Probes: for some ten milliseconds more is sent than the line is known to carry, to see whether it arrives as fast.

use super::{bits, exact};

/// What a probe sends at its rate.
const SPAN_S: f64 = 0.030;
/// Fewer bytes say nothing, more only make a queue: on a line of 100 kbit/s the fewest take 100 ms.
const BYTES: [f64; 2] = [1_200.0, 60_000.0];
/// Fewer packets say nothing.
const PACKETS: u32 = 4;
/// Between two probes while nothing is found: a line that got better is noticed within this and a round trip.
const INTERVAL_US: u64 = 2_500_000;
/// A probe whose packets take longer to leave is given up.
const LEAVES_WITHIN_US: u64 = 200_000;
/// It waits for the gap between two frames, or this: behind a frame it would make the queue of a narrow line twice as long.
const GAP_WITHIN_US: u64 = 100_000;
/// Arrivals are awaited for the round trip and this.
const REPORT_US: u64 = 300_000;
/// So much of a probe must have arrived.
const ARRIVED: f64 = 0.7;
/// When it arrived slower than this share of how fast it left, the line was full.
const SLOWER: f64 = 0.9;
/// The first probes ask for more, so that a newcomer soon sees well.
const FACTOR: [f64; 2] = [4.0, 2.0];

/// What a probe has shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Finding {
    /// It arrived as fast as it left: the line carries this much at least.
    AtLeast(f64),
    /// It arrived slower: the line carries this much.
    Exactly(f64),
    /// Too much of it is missing.
    Nothing,
}

/// Packets of a probe.
#[derive(Clone, Copy, Debug, Default)]
struct Ends {
    first_us: i64,
    first_bytes: u64,
    last_us: i64,
    last_bytes: u64,
    bytes: u64,
    packets: u32,
}

impl Ends {
    fn note(&mut self, at_us: i64, bytes: u32) {
        let bytes = u64::from(bytes);
        if self.packets == 0 || at_us < self.first_us {
            (self.first_us, self.first_bytes) = (at_us, bytes);
        }
        if self.packets == 0 || at_us >= self.last_us {
            (self.last_us, self.last_bytes) = (at_us, bytes);
        }
        self.bytes += bytes;
        self.packets += 1;
    }

    fn bps(&self, without: u64) -> f64 {
        bits(self.bytes - without.min(self.bytes)) * 1e6 / exact((self.last_us - self.first_us).max(1_000))
    }
}

#[derive(Clone, Copy, Debug, Default)]
enum State {
    #[default]
    Resting,
    Leaving {
        bps: f64,
        began_us: u64,
    },
    Awaited {
        until_us: u64,
    },
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Prober {
    state: State,
    left: Ends,
    arrived: Ends,
    /// Of the probe that is under way; never 0.
    id: u8,
    next_us: Option<u64>,
    /// It is due, and waits for a gap: looked for next at the first time, not any more at the second.
    gap_us: Option<(u64, u64)>,
    /// What is to follow at once.
    again: bool,
    found: u32,
    made: u64,
}

impl Prober {
    /// The mark of packets that leave now.
    pub(super) fn mark(&self) -> u8 {
        if matches!(self.state, State::Leaving { .. }) { self.id } else { 0 }
    }

    /// Probes made so far.
    pub(super) fn made(&self) -> u64 {
        self.made
    }

    /// Begins a probe when it is time to: `bps` is what the line is known to carry, `wanted` what there would be to send, and
    /// at `free_us` the line has carried what left before.
    pub(super) fn begin(&mut self, now_us: u64, bps: f64, wanted: f64, free_us: u64) {
        let due = self.again || self.next_us.is_none_or(|next| next <= now_us);
        if !due || !matches!(self.state, State::Resting) {
            return;
        }
        let by_us = self.gap_us.map_or(now_us + GAP_WITHIN_US, |(_, by_us)| by_us);
        self.gap_us = Some((free_us.min(by_us), by_us)).filter(|(at_us, _)| now_us < *at_us);
        if self.gap_us.is_some() {
            return;
        }
        let factor = if self.found == 0 { FACTOR[0] } else { FACTOR[1] };
        let bps = (bps * factor).min(wanted * 1.2);
        self.id = self.id % 255 + 1;
        self.state = State::Leaving { bps, began_us: now_us };
        (self.left, self.arrived) = (Ends::default(), Ends::default());
        self.again = false;
        self.made += 1;
        self.next_us = Some(now_us + INTERVAL_US);
    }

    /// None is to begin now.
    pub(super) fn rest(&mut self) {
        self.gap_us = None;
    }

    /// When the next probe may begin, while none is under way.
    pub(super) fn next_us(&self) -> Option<u64> {
        match self.state {
            State::Resting if self.again => Some(0),
            State::Resting => Some(self.next_us.unwrap_or_default()),
            State::Awaited { until_us } => Some(until_us),
            State::Leaving { .. } => None,
        }
    }

    /// Postpones the next probe.
    pub(super) fn not_before(&mut self, at_us: u64) {
        self.again = false;
        self.next_us = Some(self.next_us.map_or(at_us, |next| next.max(at_us)));
    }

    /// Lets the next probe follow as soon as none is under way.
    pub(super) fn hasten(&mut self) {
        self.next_us = None;
    }

    /// Bytes that are to leave now beside what leaves anyway.
    pub(super) fn due_bytes(&self, now_us: u64) -> u32 {
        let State::Leaving { bps, began_us } = self.state else { return 0 };
        let passed = now_us.saturating_sub(began_us);
        let seconds = f64::from(u32::try_from(passed).unwrap_or(u32::MAX)) / 1e6;
        // The first packet leaves at once.
        let due = (bps * seconds / 8.0 + 200.0).min(size(bps));
        super::whole_bps(due - bits(self.left.bytes) / 8.0)
    }

    /// The size of its packets: small enough that a slow probe has several.
    pub(super) fn packet_bytes(&self) -> u32 {
        let State::Leaving { bps, .. } = self.state else { return 0 };
        super::whole_bps((size(bps) / 6.0).clamp(200.0, 1_150.0))
    }

    /// When the next packet of a probe is to leave, or a gap is to be looked for.
    pub(super) fn poll_timeout(&self) -> Option<u64> {
        let State::Leaving { bps, began_us } = self.state else { return self.gap_us.map(|(at_us, _)| at_us) };
        let after_s = (bits(self.left.bytes) / 8.0 - 200.0 + f64::from(self.packet_bytes()) / 2.0).max(0.0) * 8.0 / bps;
        Some(began_us + u64::from(super::whole_bps(after_s * 1e6)))
    }

    /// A packet left.
    pub(super) fn handle_sent(&mut self, now_us: u64, bytes: u32, rtt_us: u64) {
        let State::Leaving { bps, began_us } = self.state else { return };
        self.left.note(now_us.cast_signed(), bytes);
        if bits(self.left.bytes) / 8.0 >= size(bps) && self.left.packets >= PACKETS {
            self.state = State::Awaited { until_us: now_us + rtt_us + REPORT_US };
        } else if now_us.saturating_sub(began_us) > LEAVES_WITHIN_US {
            self.state = State::Resting;
        }
    }

    /// A packet with a probe's mark arrived.
    pub(super) fn handle_arrival(&mut self, mark: u8, arrival_us: i64, bytes: u32) {
        if mark == self.id && !matches!(self.state, State::Resting) {
            self.arrived.note(arrival_us, bytes);
        }
    }

    /// Says what a probe has shown, once all of it arrived or its time is over.
    pub(super) fn poll_finding(&mut self, now_us: u64) -> Option<Finding> {
        if let State::Leaving { began_us, .. } = self.state
            && now_us.saturating_sub(began_us) > LEAVES_WITHIN_US
        {
            self.state = State::Resting; // who sends did not follow
        }
        let State::Awaited { until_us } = self.state else { return None };
        if self.arrived.packets < self.left.packets && now_us < until_us {
            return None;
        }
        let finding = finding(&self.left, &self.arrived);
        self.state = State::Resting;
        if let Finding::AtLeast(_) = finding {
            self.again = true;
        }
        self.found += u32::from(finding != Finding::Nothing);
        Some(finding)
    }
}

fn finding(left: &Ends, arrived: &Ends) -> Finding {
    let share = bits(arrived.bytes) / bits(left.bytes).max(1.0);
    if share < ARRIVED || arrived.packets < PACKETS {
        return Finding::Nothing;
    }
    let left_bps = left.bps(left.last_bytes);
    // What is missing was on the line, too, up to where it was lost.
    let arrived_bps = arrived.bps(arrived.first_bytes) / share;
    if arrived_bps < left_bps * SLOWER {
        Finding::Exactly(arrived_bps)
    } else {
        Finding::AtLeast(left_bps.min(arrived_bps))
    }
}

fn size(bps: f64) -> f64 {
    (bps / 8.0 * SPAN_S).clamp(BYTES[0], BYTES[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes a probe at ms `at` and sends it over a line; gives its finding.
    fn probe(prober: &mut Prober, at: u64, (bps, wanted): (f64, f64), line_bps: f64) -> Option<Finding> {
        let mut now = at * 1000;
        prober.begin(now, bps, wanted, 0);
        let mut free_us = 0.0_f64;
        let mut arrivals = Vec::new();
        while prober.mark() != 0 {
            if prober.due_bytes(now) > 0 {
                let bytes = prober.packet_bytes();
                free_us = free_us.max(exact(now.cast_signed())) + f64::from(bytes) * 8e6 / line_bps;
                arrivals.push((prober.mark(), i64::from(crate::bwe::whole_bps(free_us)) + 50_000, bytes));
                prober.handle_sent(now, bytes, 100_000);
            } else {
                now += 1_000;
            }
        }
        for (mark, at, bytes) in arrivals {
            prober.handle_arrival(mark, at, bytes);
        }
        prober.poll_finding(now + 150_000)
    }

    #[test]
    fn a_probe_that_fits_says_at_least_and_another_follows_at_once() {
        let mut prober = Prober::default();
        let Some(Finding::AtLeast(bps)) = probe(&mut prober, 0, (300e3, 5e6), 10e6) else { panic!("a finding") };
        assert!((1.0e6..1.35e6).contains(&bps), "{bps}");
        let Some(Finding::AtLeast(bps)) = probe(&mut prober, 200, (bps, 5e6), 10e6) else { panic!("a finding") };
        assert!((2.0e6..2.8e6).contains(&bps), "{bps}");
    }

    #[test]
    fn a_probe_beyond_the_line_says_what_the_line_carries() {
        let mut prober = Prober::default();
        let Some(Finding::Exactly(bps)) = probe(&mut prober, 0, (300e3, 5e6), 600e3) else { panic!("a finding") };
        assert!((560e3..640e3).contains(&bps), "{bps}");
        assert_eq!(probe(&mut prober, 1_000, (bps, 5e6), 600e3), None, "the next one has time");
        assert!(probe(&mut prober, 2_600, (bps, 5e6), 600e3).is_some());
    }

    #[test]
    fn no_more_is_probed_for_than_there_is_to_send() {
        let mut prober = Prober::default();
        let Some(Finding::AtLeast(bps)) = probe(&mut prober, 0, (1e6, 1.1e6), 10e6) else { panic!("a finding") };
        assert!(bps < 1.5e6, "{bps}");
    }

    #[test]
    fn a_probe_waits_for_the_gap_between_two_frames_and_not_for_ever() {
        let mut prober = Prober::default();
        prober.begin(0, 1e6, 5e6, 40_000);
        assert_eq!((prober.mark(), prober.poll_timeout()), (0, Some(40_000)));
        prober.begin(40_000, 1e6, 5e6, 80_000);
        prober.begin(80_000, 1e6, 5e6, 140_000);
        assert_eq!((prober.mark(), prober.poll_timeout()), (0, Some(100_000)), "a frame behind each other one");
        prober.begin(100_000, 1e6, 5e6, 140_000);
        assert_ne!(prober.mark(), 0);

        let mut prober = Prober::default();
        prober.begin(0, 1e6, 5e6, 40_000);
        prober.rest();
        assert_eq!(prober.poll_timeout(), None, "what is not to begin wakes nobody");
        prober.begin(90_000, 1e6, 5e6, 130_000);
        assert_eq!(prober.poll_timeout(), Some(130_000), "and waits anew");
    }

    #[test]
    fn of_a_probe_that_was_lost_nothing_is_said() {
        let mut prober = Prober::default();
        prober.begin(0, 1e6, 5e6, 0);
        for at in 0..100 {
            prober.handle_sent(at * 1000, 1000, 100_000);
        }
        assert_eq!(prober.poll_finding(200_000), None);
        assert_eq!(prober.poll_finding(1_000_000), Some(Finding::Nothing));
    }
}
