//! The forwarding rules of the media engine, without I/O and without a clock: `now` is an argument.

pub mod control;
pub mod srtp;
pub mod transport;
