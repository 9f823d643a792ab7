//! The values of the RTP header extensions that are used here.

use std::time::Duration;

/// Loudness of a packet (RFC 6464): whether it holds a voice, and its level in −dBov, 0 (loudest) to 127 (silence).
#[must_use]
pub fn audio_level(value: &[u8]) -> Option<(bool, u8)> {
    match value {
        // §3: one byte in the one-byte form; the two-byte form may pad it.
        [level, ..] => Some((level & 0x80 != 0, level & 0x7f)),
        [] => None,
    }
}

/// Writes a loudness.
#[must_use]
pub fn write_audio_level(voice: bool, level: u8) -> [u8; 1] {
    [u8::from(voice) << 7 | level.min(127)]
}

/// When the sender sent it, within 64 seconds (the 24 bits of 6.18 fixed point, in units of 1/2¹⁸ s).
#[must_use]
pub fn abs_send_time(value: &[u8]) -> Option<u32> {
    <[u8; 3]>::try_from(value).ok().map(|[high, middle, low]| u32::from_be_bytes([0, high, middle, low]))
}

/// Writes a send time, given since any fixed moment.
#[must_use]
pub fn write_abs_send_time(since: Duration) -> [u8; 3] {
    let units = (since.as_nanos() << 18) / Duration::from_secs(1).as_nanos();
    let [.., high, middle, low] = units.to_be_bytes();
    [high, middle, low]
}

/// The transport-wide sequence number (draft-holmer-rmcat-transport-wide-cc-extensions-01 §2).
#[must_use]
pub fn transport_cc(value: &[u8]) -> Option<u16> {
    <[u8; 2]>::try_from(value).ok().map(u16::from_be_bytes)
}

/// Writes a transport-wide sequence number.
#[must_use]
pub fn write_transport_cc(number: u16) -> [u8; 2] {
    number.to_be_bytes()
}

/// The m-line's name (RFC 9143 §15): a token of RFC 4566, at most [`MAX_NAME_LEN`] characters.
#[must_use]
pub fn mid(value: &[u8]) -> Option<&str> {
    name(value, |byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`{|}~".contains(&byte))
}

/// The encoding's name (RFC 8852 §3.1; `-` and `_` are RFC 8851's), at most [`MAX_NAME_LEN`] characters.
#[must_use]
pub fn rid(value: &[u8]) -> Option<&str> {
    name(value, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// Longer names are not used by any browser, and would not fit the one-byte form when they go out again.
pub const MAX_NAME_LEN: usize = 16;

fn name(value: &[u8], allowed: impl Fn(u8) -> bool) -> Option<&str> {
    let shaped = (1..=MAX_NAME_LEN).contains(&value.len()) && value.iter().all(|byte| allowed(*byte));
    if shaped { std::str::from_utf8(value).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loudness_comes_back() {
        for (voice, level) in [(true, 0), (false, 127), (true, 42)] {
            assert_eq!(audio_level(&write_audio_level(voice, level)), Some((voice, level)));
        }
        assert_eq!(write_audio_level(false, 200), [127]);
        assert_eq!(audio_level(&[]), None);
    }

    #[test]
    fn a_send_time_counts_64_seconds_in_2_to_the_18th() {
        assert_eq!(write_abs_send_time(Duration::from_secs(1)), [0x04, 0, 0]);
        assert_eq!(write_abs_send_time(Duration::from_millis(500)), [0x02, 0, 0]);
        assert_eq!(write_abs_send_time(Duration::from_secs(64)), [0, 0, 0]);
        assert_eq!(abs_send_time(&[0x04, 0, 1]), Some(262_145));
        assert_eq!(abs_send_time(&[0, 0]), None);
        assert_eq!(write_abs_send_time(Duration::MAX).len(), 3);
    }

    #[test]
    fn a_transport_wide_number_has_two_bytes() {
        assert_eq!(transport_cc(&write_transport_cc(0xfffe)), Some(0xfffe));
        assert_eq!(transport_cc(&[1]), None);
        assert_eq!(transport_cc(&[1, 2, 3]), None);
    }

    #[test]
    fn names_have_the_letters_of_their_grammar() {
        for (value, as_mid, as_rid) in [
            (&b"0"[..], true, true),
            (b"audio-1", true, true),
            (b"a.b", true, false),
            (b"h", true, true),
            (b"", false, false),
            (b"a b", false, false),
            (b"a\0", false, false),
            (b"\xc3\xa9", false, false),
            (b"0123456789abcdef", true, true),
            (b"0123456789abcdefg", false, false),
        ] {
            assert_eq!((mid(value).is_some(), rid(value).is_some()), (as_mid, as_rid), "{value:?}");
        }
    }
}
