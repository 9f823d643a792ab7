//! The frames of the control socket: what the process itself reads and writes, and what fuzzing reads (I25).

pub mod frames;
pub mod reading;
