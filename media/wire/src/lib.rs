//! Bytes to values and back: RTP, RTCP, header extensions, codec headers, STUN user names, framing.
//!
//! Nothing here allocates while reading, nothing panics whatever arrives (S3, S16), and every list is bounded (S17).
//! Later code trusts the values that parsing gives.
#![forbid(unsafe_code)]

pub mod av1;
mod bits;
pub mod demux;
pub mod dependency;
pub mod ext;
pub mod framing;
pub mod h264;
pub mod opus;
pub mod red;
pub mod rtcp;
pub mod rtp;
pub mod rtx;
pub mod stun;
pub mod vp8;
pub mod vp9;

use std::fmt;

/// Synchronisation source: names one RTP stream within a transport.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ssrc(pub u32);

impl fmt::Display for Ssrc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

impl From<u32> for Ssrc {
    fn from(number: u32) -> Self {
        Self(number)
    }
}

/// Reads two bytes in network order.
fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|two| u16::from_be_bytes(*two))
}

/// Reads four bytes in network order.
fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|four| u32::from_be_bytes(*four))
}
