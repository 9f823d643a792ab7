//! What a line to one viewer can carry: learned from when its packets arrived, which are missing, and what probes brought.
//!
//! The ideas are those of draft-ietf-rmcat-gcc-02: a trend of the delay with a threshold that adapts, a part for losses, and
//! additive or multiplicative increase. Added are the standing queue as a signal of its own, a test whether losses are the
//! line's own, and probes in both directions, because a viewer of layers nearly always takes less than its line can carry.

mod backlog;
mod clock;
mod delay;
mod estimator;
mod loss;
mod probe;
mod rate;
mod rival;
mod sent;

pub use estimator::{Counts, Estimator, MAX_BPS, MIN_BPS, START_BPS};
pub use sent::Repairable;

/// Bits per second for whoever wants whole ones.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "held to the range")]
fn whole_bps(bps: f64) -> u32 {
    bps.clamp(0.0, f64::from(u32::MAX)) as u32
}

/// A time in microseconds, exact for longer than any call.
#[expect(clippy::cast_precision_loss, reason = "below 2⁵³")]
fn exact(us: i64) -> f64 {
    us as f64
}

#[expect(clippy::cast_possible_truncation, reason = "a time of some seconds")]
fn whole_us(us: f64) -> i64 {
    us as i64
}

fn bits(bytes: u64) -> f64 {
    f64::from(u32::try_from(bytes).unwrap_or(u32::MAX)) * 8.0
}
