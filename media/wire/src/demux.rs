//! What a datagram is, by its first bytes (S3).

/// The protocols that share the one port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Connectivity checks and their answers.
    Stun,
    /// Handshake records.
    Dtls,
    /// Media.
    Rtp,
    /// Reports and requests about media.
    Rtcp,
    /// Nothing that is spoken here, or too short to be it.
    Unknown,
}

/// Tells the protocol of a datagram. What is shorter than the protocol's fixed header is unknown.
#[must_use]
pub fn classify(datagram: &[u8]) -> Class {
    let (Some(&first), len) = (datagram.first(), datagram.len()) else { return Class::Unknown };
    // RFC 7983 §7. ZRTP, TURN channels and QUIC, which have ranges of their own, are not spoken here.
    match first {
        0..=3 if len >= STUN_HEADER => Class::Stun,
        20..=63 if len >= DTLS_RECORD_HEADER => Class::Dtls,
        // RFC 5761 §4: RTCP has packet types 192 to 223 where RTP has marker and payload type.
        128..=191 if len >= RTCP_HEADER && (192..=223).contains(&datagram[1]) => Class::Rtcp,
        128..=191 if len >= RTP_HEADER && !(192..=223).contains(&datagram[1]) => Class::Rtp,
        _ => Class::Unknown,
    }
}

const STUN_HEADER: usize = 20;
const DTLS_RECORD_HEADER: usize = 13;
const RTP_HEADER: usize = 12;
/// The header and the sender's SSRC, which every compound packet begins with.
const RTCP_HEADER: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s3_the_first_byte_decides() {
        for (first, second, class) in [
            (0, 1, Class::Stun),
            (3, 0, Class::Stun),
            (4, 0, Class::Unknown),
            (16, 0, Class::Unknown),
            (19, 0, Class::Unknown),
            (20, 254, Class::Dtls),
            (63, 254, Class::Dtls),
            (64, 0, Class::Unknown),
            (79, 0, Class::Unknown),
            (127, 0, Class::Unknown),
            (128, 0, Class::Rtp),
            (128, 111, Class::Rtp),
            (191, 255, Class::Rtp),
            (128, 191, Class::Rtp),
            (128, 192, Class::Rtcp),
            (129, 200, Class::Rtcp),
            (143, 205, Class::Rtcp),
            (191, 223, Class::Rtcp),
            (128, 224, Class::Rtp),
            (192, 200, Class::Unknown),
            (255, 0, Class::Unknown),
        ] {
            let mut datagram = [0; 64];
            (datagram[0], datagram[1]) = (first, second);
            assert_eq!(classify(&datagram), class, "{first} {second}");
        }
    }

    #[test]
    fn s3_every_first_byte_with_every_length_is_survived() {
        for first in 0..=255 {
            for second in 0..=255 {
                let mut datagram = [0; 64];
                (datagram[0], datagram[1]) = (first, second);
                for len in 0..=64 {
                    let class = classify(&datagram[..len]);
                    assert!(len >= 8 || class == Class::Unknown, "{first} {second} {len}");
                }
            }
        }
    }
}
