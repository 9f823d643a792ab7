//! Which picture each slot gets of a line (R24): what its tile can show, as far as the line carries it.
//!
//! Pure: whoever estimates the line calls [`allocate`] with its budget, and so does who has none.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use crate::targets::Layer;

/// A picture that a slot could show, and what it costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Place of the encoding among those of its track.
    pub place: usize,
    /// The highest layers of it.
    pub layer: Layer,
    /// Of the picture.
    pub pixels: u32,
    /// Of the encoding up to that layer.
    pub bitrate_bps: u32,
}

/// What one slot asks of the line.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// Higher comes first when the line is short.
    pub priority: u8,
    /// So many pixels fill the tile; `u32::MAX`: all are welcome.
    pub pixels: u32,
    /// From the smallest picture to the largest, and of equal ones the slower first.
    pub ladder: &'a [Step],
    /// What it shows now: more than that has to fit with something to spare, so that nothing flaps.
    pub held: Option<(usize, Layer)>,
    /// It may have more than it shows now.
    pub may_grow: bool,
}

/// Why a slot shows no better picture. There is always a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitReason {
    /// The tile cannot show more.
    Tile,
    /// Its sender has no more.
    Sender,
    /// The viewer's line carries no more.
    Line,
    /// The viewer's line does not carry even the least of it: nothing is sent.
    Paused,
}

/// What a slot gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Nothing: the line is too narrow for it, or there is nothing.
    pub step: Option<Step>,
    /// Why it is not better.
    pub reason: LimitReason,
}

/// What has to be free beyond the cost of a better picture, in percent of that cost.
pub const HEADROOM_PERCENT: u64 = 15;

/// A line is to carry so much of all that is to be sent, in percent of that, so that a step up has something to spare.
pub const WANTED_PERCENT: u64 = 100 + HEADROOM_PERCENT + 5;

/// Shares a budget for pictures (what the line carries, less its sound) among slots; gives what each gets, in their
/// order. `None`: the line is wide enough for all.
///
/// First everybody's smallest picture, by priority; then those of the highest priority grow in turns until they have
/// all that they can show, and so on downwards.
#[must_use]
pub fn allocate(asks: &[Ask<'_>], budget_bps: Option<u64>) -> Vec<Grant> {
    let Some(budget) = budget_bps else {
        return asks.iter().map(|ask| ask.grant(ask.useful())).collect();
    };
    let mut order: Vec<usize> = (0..asks.len()).collect();
    order.sort_by_key(|at| Reverse(asks[*at].priority));
    let mut sharing = Sharing { asks, given: vec![0; asks.len()], left: budget };
    for at in &order {
        sharing.raise(*at);
    }
    for equals in order.chunk_by(|one, other| asks[*one].priority == asks[*other].priority) {
        loop {
            let mut grew = false;
            for at in equals {
                grew |= sharing.given[*at] > 0 && sharing.raise(*at);
            }
            if !grew {
                break;
            }
        }
    }
    asks.iter().zip(&sharing.given).map(|(ask, steps)| ask.grant(*steps)).collect()
}

struct Sharing<'a> {
    asks: &'a [Ask<'a>],
    /// How many steps of its ladder each has taken.
    given: Vec<usize>,
    left: u64,
}

impl Sharing<'_> {
    /// Gives a slot the next step of its ladder, if it has a use for it and the line carries it.
    fn raise(&mut self, at: usize) -> bool {
        let (ask, taken) = (&self.asks[at], self.given[at]);
        if taken >= ask.useful() {
            return false;
        }
        let cost = |steps: usize| steps.checked_sub(1).map_or(0, |last| u64::from(ask.ladder[last].bitrate_bps));
        let more = cost(taken + 1).saturating_sub(cost(taken));
        let grows = taken + 1 > ask.held_steps();
        let spare = if grows { cost(taken + 1) * HEADROOM_PERCENT / 100 } else { 0 };
        if more + spare > self.left || (grows && ask.is_kept_small()) {
            return false;
        }
        self.left -= more;
        self.given[at] += 1;
        true
    }
}

impl Ask<'_> {
    /// How many steps of the ladder the tile has a use for: up to the smallest picture that fills it.
    fn useful(&self) -> usize {
        let fills = self.ladder.iter().map(|step| step.pixels).filter(|pixels| *pixels >= self.pixels).min();
        let largest = self.ladder.iter().map(|step| step.pixels).max();
        let Some(pixels) = fills.or(largest) else { return 0 };
        self.ladder.iter().take_while(|step| step.pixels <= pixels).count()
    }

    /// How many steps it has taken already.
    fn held_steps(&self) -> usize {
        let held = self.held.and_then(|held| self.ladder.iter().position(|step| (step.place, step.layer) == held));
        held.map_or(0, |place| place + 1)
    }

    /// It shows something, and is not to have more.
    fn is_kept_small(&self) -> bool {
        !self.may_grow && self.held_steps() > 0
    }

    fn grant(&self, steps: usize) -> Grant {
        let (useful, all) = (self.useful(), self.ladder.len());
        let reason = match steps {
            _ if all == 0 => LimitReason::Sender,
            0 => LimitReason::Paused,
            _ if steps < useful => LimitReason::Line,
            _ if useful < all => LimitReason::Tile,
            _ => LimitReason::Sender,
        };
        Grant { step: steps.checked_sub(1).map(|last| self.ladder[last]), reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::temporal::ALL;

    const fn step(place: usize, temporal: u8, pixels: u32, kbps: u32) -> Step {
        Step { place, layer: Layer { spatial: ALL, temporal }, pixels, bitrate_bps: kbps * 1000 }
    }

    /// Three sizes, each at half and at whole speed.
    const CAMERA: [Step; 6] = [
        step(0, 0, 57_600, 60),
        step(0, ALL, 57_600, 100),
        step(1, 0, 230_400, 180),
        step(1, ALL, 230_400, 300),
        step(2, 0, 921_600, 600),
        step(2, ALL, 921_600, 1000),
    ];
    const ALL_PIXELS: u32 = u32::MAX;

    fn ask(priority: u8, pixels: u32) -> Ask<'static> {
        Ask { priority, pixels, ladder: &CAMERA, held: None, may_grow: true }
    }

    fn shared(asks: &[Ask<'_>], kbps: Option<u64>) -> Vec<(Option<(usize, u8)>, LimitReason)> {
        let grants = allocate(asks, kbps.map(|kbps| kbps * 1000));
        grants
            .into_iter()
            .map(|grant| (grant.step.map(|step| (step.place, step.layer.temporal)), grant.reason))
            .collect()
    }

    #[test]
    fn each_reason_is_said_where_it_is_so() {
        use LimitReason::{Line, Paused, Sender, Tile};
        for (pixels, kbps, expected) in [
            (ALL_PIXELS, None, (Some((2, ALL)), Sender)),
            (50_000, None, (Some((0, ALL)), Tile)),
            (200_000, None, (Some((1, ALL)), Tile)),
            (900_000, None, (Some((2, ALL)), Sender)),
            (200_000, Some(10_000), (Some((1, ALL)), Tile)),
            (ALL_PIXELS, Some(10_000), (Some((2, ALL)), Sender)),
            (ALL_PIXELS, Some(400), (Some((1, ALL)), Line)),
            (ALL_PIXELS, Some(120), (Some((0, ALL)), Line)),
            (50_000, Some(80), (Some((0, 0)), Line)),
            (50_000, Some(40), (None, Paused)),
            (ALL_PIXELS, Some(0), (None, Paused)),
        ] {
            assert_eq!(shared(&[ask(0, pixels)], kbps), [expected], "{pixels} pixels, {kbps:?} kbit/s");
        }
        let nothing = Ask { ladder: &[], ..ask(0, 1) };
        assert_eq!(shared(&[nothing], Some(10_000)), [(None, Sender)]);
    }

    #[test]
    fn everybody_has_a_small_picture_before_anybody_has_a_large_one() {
        let asks = [ask(0, ALL_PIXELS), ask(2, ALL_PIXELS), ask(0, ALL_PIXELS)];
        let places = |kbps| shared(&asks, Some(kbps)).into_iter().map(|(step, _)| step).collect::<Vec<_>>();
        assert_eq!(places(70), [None, Some((0, 0)), None], "the stage first");
        assert_eq!(places(220), [Some((0, 0)), Some((0, 0)), Some((0, 0))]);
        assert_eq!(places(350), [Some((0, 0)), Some((1, 0)), Some((0, 0))]);
        assert_eq!(places(1500), [Some((1, 0)), Some((2, ALL)), Some((1, 0))]);
        assert_eq!(places(9000), [Some((2, ALL)); 3]);
    }

    #[test]
    fn of_equals_each_grows_in_turn() {
        let asks = [ask(0, ALL_PIXELS); 3];
        let steps = |kbps| shared(&asks, Some(kbps)).into_iter().map(|(step, _)| step.unwrap()).collect::<Vec<_>>();
        assert_eq!(steps(620), [(1, 0), (1, 0), (1, 0)]);
        assert_eq!(steps(710), [(1, ALL), (1, 0), (1, 0)]);
    }

    #[test]
    fn what_is_shown_stays_as_long_as_it_fits_and_more_needs_something_to_spare() {
        let held = |place| Ask { held: Some((place, Layer::ALL)), ..ask(0, ALL_PIXELS) };
        let shows = |ask, kbps| shared(&[ask], Some(kbps))[0].0.unwrap();
        assert_eq!(shows(held(1), 300), (1, ALL), "it just fits");
        assert_eq!(shows(held(0), 300), (1, 0), "it would just fit");
        assert_eq!(shows(held(0), 345), (1, ALL));
        assert_eq!(shows(held(2), 999), (2, 0));
        let resting = |place| Ask { may_grow: false, ..held(place) };
        assert_eq!(shows(resting(0), 9000), (0, ALL));
        assert_eq!(shows(resting(1), 120), (0, ALL));
        assert_eq!(shows(Ask { may_grow: false, ..ask(0, ALL_PIXELS) }, 9000), (2, ALL), "it shows nothing yet");
    }

    #[test]
    fn a_budget_is_never_exceeded_and_more_of_it_is_never_worse() {
        let asks = [ask(3, ALL_PIXELS), ask(2, 200_000), ask(0, 50_000), ask(0, ALL_PIXELS), ask(1, 900_000)];
        let mut before = 0;
        for kbps in 0..6000 {
            let granted = allocate(&asks, Some(kbps * 1000));
            let cost: u64 = granted.iter().filter_map(|one| one.step).map(|step| u64::from(step.bitrate_bps)).sum();
            assert!(cost <= kbps * 1000, "{cost} of {kbps} kbit/s");
            let shown = granted.iter().filter(|one| one.step.is_some()).count();
            assert!(shown >= before, "at {kbps} kbit/s fewer are shown");
            before = shown;
        }
        assert_eq!(before, asks.len());
    }
}
