//! The load generator: cheap WebRTC peers over real UDP sockets, many to a thread.
//!
//! Publishers replay a trace made from a seed. One subscriber in sixteen opens and checks everything that arrives; the
//! others count from the clear headers. The generator watches itself: a run in which it was late, too busy or dropped
//! packets itself says so.

pub mod args;
pub mod cast;
pub mod client;
pub mod dtls;
pub mod histogram;
pub mod ice;
pub mod payload;
pub mod peer;
pub mod publish;
pub mod random;
pub mod receive;
pub mod reel;
pub mod run;
pub mod runner;
pub mod sdp;
pub mod session;
pub mod signalling;
pub mod tally;
pub mod trace;
pub mod vp8;
pub mod watch;
