//! SRTP and SRTCP (RFC 3711) with the AEAD profiles of RFC 7714.
//!
//! One [`SrtpInbound`] and one [`SrtpOutbound`] a transport, keyed from the DTLS handshake.
//! Nothing of a context moves before a tag has been verified (S1), and no
//! (key, SSRC, index) is used twice for sealing (S15).

mod cipher;
mod inbound;
mod index;
mod keys;
mod outbound;
mod replay;
#[cfg(test)]
mod vectors;

pub use inbound::SrtpInbound;
pub use keys::{SrtpProfile, SrtpSecrets};
pub use outbound::SrtpOutbound;
pub use replay::{ReplayWindow, Verdict};

/// Streams kept in one direction of one transport; an authenticated peer cannot make us keep more.
pub const MAX_STREAMS: usize = 256;

/// What sealing adds at most: a GCM tag and the SRTCP index.
pub const MAX_OVERHEAD: usize = 20;

/// Why a packet was not opened or sealed. The context is as it was before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SrtpError {
    /// Shorter than a header and a tag, or its header runs past its end.
    Malformed,
    /// The tag is not that of our keys.
    Unauthentic,
    /// Seen before, or older than the replay window (RFC 3711 §3.3.2).
    Replayed,
    /// An authentic packet of a stream more than [`MAX_STREAMS`].
    TooManyStreams,
    /// The index of this stream has been sealed already (S15).
    Repeated,
    /// The key has sealed all it may.
    Exhausted,
    /// The buffer has no room for the tag.
    NoRoom,
}

/// Gives the length of the RTP header with its CSRCs and extension (RFC 3550 §5.1, §5.3.1).
fn rtp_header_len(packet: &[u8]) -> Option<usize> {
    let first = *packet.first()?;
    if first >> 6 != 2 {
        return None;
    }
    let mut len = 12 + 4 * usize::from(first & 0x0f);
    if first & 0x10 != 0 {
        let words = packet.get(len + 2..len + 4)?;
        len += 4 + 4 * usize::from(u16::from_be_bytes([words[0], words[1]]));
    }
    (len <= packet.len()).then_some(len)
}

fn u32_at(packet: &[u8], at: usize) -> Option<u32> {
    let bytes = packet.get(at..at + 4)?;
    Some(u32::from_be_bytes(bytes.try_into().expect("a slice of four")))
}
