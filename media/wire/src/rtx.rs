//! Retransmissions (RFC 4588 §4): the payload begins with the original sequence number.

use crate::u16_at;

/// The length of the original sequence number.
pub const OSN_LEN: usize = 2;

/// The original sequence number and the original payload; `None` for a packet that only probes.
#[must_use]
pub fn read(payload: &[u8]) -> Option<(u16, &[u8])> {
    Some((u16_at(payload, 0)?, &payload[OSN_LEN..]))
}

/// Writes the original sequence number in front of the payload that lies behind [`OSN_LEN`] bytes.
///
/// # Panics
/// When there are no two bytes.
pub fn write_osn(payload: &mut [u8], number: u16) {
    payload[..OSN_LEN].copy_from_slice(&number.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_original_number_comes_back() {
        let mut payload = *b"..picture";
        write_osn(&mut payload, 0xfffe);
        assert_eq!(read(&payload), Some((0xfffe, &b"picture"[..])));
        assert_eq!(read(&payload[..2]), Some((0xfffe, &b""[..])));
    }

    #[test]
    fn a_probe_has_no_original() {
        assert_eq!(read(&[]), None);
        assert_eq!(read(&[1]), None);
    }
}
