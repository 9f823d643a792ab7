//! Opus payloads (RFC 6716).

/// A packet of discontinuous transmission: nothing but its header, or comfort noise of up to two bytes.
#[must_use]
pub fn is_silence(payload: &[u8]) -> bool {
    payload.len() <= 3
}
