//! What other programs share with the process: the frames of the control socket, which fuzzing reads (I25), and the way that
//! datagrams leave by, which the bare path of the benchmark takes.

pub mod frames;
pub mod reading;
pub mod several;
