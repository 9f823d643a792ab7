//! The forwarding rules of the media engine, without I/O and without a clock: `now` is an argument.

pub mod allocation;
pub mod bwe;
pub mod control;
pub mod history;
pub mod keyframes;
pub mod nack;
pub mod pacer;
pub mod remb;
pub mod remote;
pub mod reports;
pub mod restraint;
pub mod rewriter;
pub mod rhythm;
pub mod router;
pub mod seq;
pub mod slots;
pub mod speakers;
pub mod srtp;
pub mod targets;
pub mod temporal;
pub mod transport;
pub mod twcc;

// The fake peers of tests/ serve the tests within, too.
#[cfg(test)]
extern crate self as hoptt_core;
