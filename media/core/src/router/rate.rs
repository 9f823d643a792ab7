//! What an encoding costs: bits a second, up to each of its spatial and temporal layers.

use std::time::{Duration, Instant};

use hoptt_wire::dependency::MAX_SPATIAL;

use crate::targets::Layer;
use crate::temporal;

/// Temporal layers that are told apart; VP8 numbers four (RFC 7741 §4.2).
const LAYERS: usize = 4;
/// Long enough for a rate that means something, short enough to follow a scene.
const WINDOW: Duration = Duration::from_secs(1);

/// See the module.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct EncodingRate {
    began: Option<Instant>,
    bytes: Table,
    /// Of the last two windows that were full, the younger one first; of each layer alone.
    last: [Option<Table>; 2],
    /// Of the middle one of the last three, of fewer the least: a moment is not a rate, neither that of a new page on a
    /// screen nor that in which an encoder begins anew.
    bps: Option<Table>,
    /// The highest spatial layer of that.
    top: u8,
}

/// By spatial and temporal layer.
type Table = [[u64; LAYERS]; MAX_SPATIAL];

fn sum(table: &Table) -> u64 {
    table.iter().flatten().sum()
}

/// The middle one of three, of fewer the least.
fn usual(newest: &Table, before: &[Option<Table>; 2]) -> Table {
    let mut all = [Some(newest), before[0].as_ref(), before[1].as_ref()];
    all.sort_unstable_by_key(|table| table.map_or(u64::MAX, sum));
    *all[usize::from(before[1].is_some())].unwrap_or(newest)
}

impl EncodingRate {
    /// Takes a packet of a layer; of an encoding without layers all are 0.
    pub(super) fn handle_packet(&mut self, layer: Layer, bytes: usize, now: Instant) {
        let began = *self.began.get_or_insert(now);
        let passed = now.saturating_duration_since(began);
        if passed >= WINDOW {
            // After a pause the window says nothing of what is sent now.
            if passed < 2 * WINDOW {
                let micros = u64::try_from(passed.as_micros()).unwrap_or(u64::MAX).max(1);
                let bps = self.bytes.map(|layer| layer.map(|bytes| bytes * 8_000_000 / micros));
                let usual = usual(&bps, &self.last);
                let top = usual.iter().rposition(|layer| layer.iter().any(|bps| *bps > 0));
                self.top = top.and_then(|top| u8::try_from(top).ok()).unwrap_or_default();
                self.bps = Some(usual);
                self.last = [Some(bps), self.last[0]];
            }
            self.began = Some(now);
            self.bytes = Table::default();
        }
        let place = (usize::from(layer.spatial), usize::from(layer.temporal));
        self.bytes[place.0.min(MAX_SPATIAL - 1)][place.1.min(LAYERS - 1)] += bytes as u64;
    }

    /// How many spatial layers come.
    pub(super) fn pictures(&self) -> usize {
        usize::from(self.top) + 1
    }

    /// The temporal layers at which its sender can be cut off, with the rate up to each: the last one is
    /// [`temporal::ALL`]. Before anything was measured it is what so many pixels usually cost.
    ///
    /// Of the spatial layer at this place, with those below it where they come too.
    pub(super) fn steps(&self, (picture, with_smaller): (usize, bool), pixels: u32) -> impl Iterator<Item = (u8, u32)> {
        let layers = self.bps.map_or([usual_bps(pixels), 0, 0, 0], |bps| {
            let first = if with_smaller { 0 } else { picture };
            std::array::from_fn(|temporal| bps[first..=picture].iter().map(|layer| layer[temporal]).sum())
        });
        let top = layers.iter().rposition(|bps| *bps > 0).unwrap_or_default();
        (0..=top).filter(move |layer| layers[*layer] > 0 || *layer == top).map(move |layer| {
            let bps: u64 = layers[..=layer].iter().sum();
            let name = if layer == top { temporal::ALL } else { u8::try_from(layer).expect("there are four") };
            (name, u32::try_from(bps).unwrap_or(u32::MAX))
        })
    }
}

/// What pictures of so many pixels usually cost. Of a talking head: 100 kbit/s for 320 × 180, 300 for 640 × 360, 1,000 for 1280 × 720.
pub(super) fn usual_bps(pixels: u32) -> u64 {
    u64::from(pixels) + 50_000
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The only picture.
    const SOLE: (usize, bool) = (0, true);

    fn at(spatial: u8, temporal: u8) -> Layer {
        Layer { spatial, temporal }
    }

    #[test]
    fn a_larger_picture_costs_what_the_smaller_ones_cost_where_they_come_with_it() {
        let start = Instant::now();
        let mut rate = EncodingRate::default();
        assert_eq!(rate.pictures(), 1);
        for n in 0..=100 {
            rate.handle_packet(
                at([0, 1, 0, 1][n % 4], [0, 0, 1, 1][n % 4]),
                1000,
                start + Duration::from_millis(10) * u32::try_from(n).unwrap(),
            );
        }
        assert_eq!(rate.pictures(), 2);
        let steps = |picture| rate.steps(picture, 1).collect::<Vec<_>>();
        assert_eq!(steps((0, true)), [(0, 200_000), (temporal::ALL, 400_000)]);
        assert_eq!(steps((1, true)), [(0, 400_000), (temporal::ALL, 800_000)]);
        assert_eq!(steps((1, false)), [(0, 200_000), (temporal::ALL, 400_000)]);
    }

    #[test]
    fn a_rate_is_that_of_the_last_second_up_to_each_layer() {
        let start = Instant::now();
        let mut rate = EncodingRate::default();
        assert_eq!(rate.steps(SOLE, 57_600).collect::<Vec<_>>(), [(temporal::ALL, 107_600)]);
        for n in 0..=100 {
            let layer = [0, 2, 1, 2][n % 4];
            rate.handle_packet(at(0, layer), 1000, start + Duration::from_millis(10) * u32::try_from(n).unwrap());
        }
        assert_eq!(
            rate.steps(SOLE, 57_600).collect::<Vec<_>>(),
            [(0, 200_000), (1, 400_000), (temporal::ALL, 800_000)],
            "100 packets of 8,000 bits in a second"
        );
    }

    #[test]
    fn a_burst_or_a_break_of_a_second_is_no_rate_and_one_of_two_is() {
        const MUCH: usize = 125_000;
        const LITTLE: usize = 1250;
        for (usual, odd) in [(LITTLE, MUCH), (MUCH, LITTLE)] {
            let start = Instant::now();
            let mut rate = EncodingRate::default();
            let mut seen = Vec::new();
            for (second, bytes) in (0..).zip([usual, usual, odd, usual, usual, odd, odd, usual, usual, usual]) {
                for tenth in 0..10 {
                    rate.handle_packet(at(0, 0), bytes, start + Duration::from_millis(1000 * second + 100 * tenth));
                }
                seen.push(rate.steps(SOLE, 1).last().unwrap().1);
            }
            // What is known at the end of a second is that of the one before.
            let [usual, odd] = [usual, odd].map(|bytes| u32::try_from(bytes * 80).unwrap());
            assert_eq!(seen, [50_001, usual, usual, usual, usual, usual, usual, odd, odd, usual]);
        }
    }

    #[test]
    fn a_pause_leaves_the_rate_that_was() {
        let start = Instant::now();
        let mut rate = EncodingRate::default();
        for ms in [0, 500, 1000, 60_000] {
            rate.handle_packet(at(0, 0), 1250, start + Duration::from_millis(ms));
        }
        assert_eq!(rate.steps(SOLE, 1).collect::<Vec<_>>(), [(temporal::ALL, 20_000)]);
    }
}
