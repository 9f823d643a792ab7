//! Feedback: lost packets (RFC 4585 §6.2.1), key frames (RFC 4585 §6.3.1, RFC 5104 §4.3.1), the receiver's estimate
//! (draft-alvestrand-rmcat-remb-03 §2.2).

use super::{APPLICATION, FIR, NACK, PAYLOAD_FEEDBACK, PLI, TRANSPORT_FEEDBACK, packet, put, ssrc_at};
use crate::{Ssrc, u32_at};

/// So many numbers of one NACK are read: more than this lie in no history (S17).
pub const MAX_NACKED: usize = 512;

/// Packets that are missing.
#[derive(Clone, Debug)]
pub struct Nack<'a> {
    /// Who misses them.
    pub sender: Ssrc,
    /// Of which stream.
    pub media: Ssrc,
    pairs: &'a [u8],
}

impl<'a> Nack<'a> {
    pub(super) fn read(body: &'a [u8]) -> Option<Self> {
        Some(Self { sender: ssrc_at(body, 0)?, media: ssrc_at(body, 4)?, pairs: body.get(8..)? })
    }

    /// How many numbers [`sequence_numbers`](Self::sequence_numbers) gives, without reading them.
    #[must_use]
    pub fn count(&self) -> usize {
        let pairs = self.pairs.as_chunks::<4>().0.iter();
        let all: usize = pairs.map(|[_, _, high, low]| 1 + (high.count_ones() + low.count_ones()) as usize).sum();
        all.min(MAX_NACKED)
    }

    /// The missing sequence numbers as they were sent, [`MAX_NACKED`] at most.
    pub fn sequence_numbers(&self) -> impl Iterator<Item = u16> + use<'a> {
        self.pairs.as_chunks::<4>().0.iter().flat_map(|pair| numbers_of(*pair)).take(MAX_NACKED)
    }
}

/// A first number, and one bit for each of the 16 behind it.
fn numbers_of([high, low, mask_high, mask_low]: [u8; 4]) -> impl Iterator<Item = u16> {
    let (first, mask) = (u16::from_be_bytes([high, low]), u16::from_be_bytes([mask_high, mask_low]));
    let behind = (0..16).filter(move |bit| mask >> bit & 1 == 1).map(move |bit| first.wrapping_add(bit + 1));
    std::iter::once(first).chain(behind)
}

/// Asks for missing packets. The numbers come in sending order; pairs beyond what one packet counts are left out.
pub fn write_nack(out: &mut Vec<u8>, sender: Ssrc, media: Ssrc, numbers: &[u16]) {
    packet(out, TRANSPORT_FEEDBACK, NACK, |out| {
        put(out, sender);
        put(out, media);
        let mut rest = numbers;
        let mut pairs = 0;
        while let Some((&first, mut behind)) = rest.split_first() {
            let mut mask = 0u16;
            while let Some((next, others)) = behind.split_first() {
                match next.wrapping_sub(first) {
                    0 => {}
                    distance @ 1..=16 => mask |= 1 << (distance - 1),
                    _ => break,
                }
                behind = others;
            }
            out.extend(first.to_be_bytes());
            out.extend(mask.to_be_bytes());
            rest = behind;
            pairs += 1;
            if pairs == MAX_NACKED {
                return;
            }
        }
    });
}

/// Says that a picture cannot be shown without a key frame.
pub fn write_pli(out: &mut Vec<u8>, sender: Ssrc, media: Ssrc) {
    packet(out, PAYLOAD_FEEDBACK, PLI, |out| {
        put(out, sender);
        put(out, media);
    });
}

/// Key frames asked for, each with a number that tells a repetition from a new request.
#[derive(Clone, Debug)]
pub struct Fir<'a> {
    /// Who asks.
    pub sender: Ssrc,
    entries: &'a [u8],
}

impl<'a> Fir<'a> {
    pub(super) fn read(body: &'a [u8]) -> Option<Self> {
        // The media source in the header is unused (RFC 5104 §4.3.1.2).
        Some(Self { sender: ssrc_at(body, 0)?, entries: body.get(8..)? })
    }

    /// Stream and number, 31 at most.
    pub fn entries(&self) -> impl Iterator<Item = (Ssrc, u8)> + use<'a> {
        let entries = self.entries.as_chunks::<8>().0.iter().take(31);
        entries.filter_map(|entry| Some((ssrc_at(entry, 0)?, entry[4])))
    }
}

/// Asks for key frames: stream and number.
pub fn write_fir(out: &mut Vec<u8>, sender: Ssrc, entries: &[(Ssrc, u8)]) {
    packet(out, PAYLOAD_FEEDBACK, FIR, |out| {
        put(out, sender);
        put(out, Ssrc(0));
        for (ssrc, number) in entries.iter().take(31) {
            put(out, *ssrc);
            out.extend([*number, 0, 0, 0]);
        }
    });
}

/// How much the peer believes it can receive.
#[derive(Clone, Debug)]
pub struct Remb<'a> {
    /// Who says so.
    pub sender: Ssrc,
    /// Of all named streams together.
    pub bitrate_bps: u64,
    streams: &'a [u8],
}

impl<'a> Remb<'a> {
    /// Tells it from other application feedback.
    pub(super) fn is_in(body: &[u8]) -> bool {
        body.get(8..12) == Some(b"REMB")
    }

    pub(super) fn read(body: &'a [u8]) -> Option<Self> {
        let coded = u32_at(body, 12)?;
        let (count, exponent, mantissa) = (coded >> 24, coded >> 18 & 0x3f, u64::from(coded & 0x3_ffff));
        let count = usize::try_from(count).ok()?;
        Some(Self {
            sender: ssrc_at(body, 0)?,
            bitrate_bps: if mantissa.leading_zeros() < exponent { u64::MAX } else { mantissa << exponent },
            streams: body.get(16..16 + 4 * count)?,
        })
    }

    /// The streams meant, 255 at most.
    pub fn streams(&self) -> impl Iterator<Item = Ssrc> + use<'a> {
        self.streams.as_chunks::<4>().0.iter().map(|ssrc| Ssrc(u32::from_be_bytes(*ssrc)))
    }
}

/// Says how much can be received, rounded down to 18 bits; streams beyond the 255th are left out.
pub fn write_remb(out: &mut Vec<u8>, sender: Ssrc, bitrate_bps: u64, streams: &[Ssrc]) {
    let streams = &streams[..streams.len().min(255)];
    let exponent = (64 - bitrate_bps.leading_zeros()).saturating_sub(18);
    packet(out, PAYLOAD_FEEDBACK, APPLICATION, |out| {
        put(out, sender);
        put(out, Ssrc(0));
        out.extend(b"REMB");
        let [.., count] = streams.len().to_be_bytes();
        let [.., high, middle, low] = (bitrate_bps >> exponent).to_be_bytes();
        let [.., exponent] = exponent.to_be_bytes();
        out.extend([count, exponent << 2 | high, middle, low]);
        for ssrc in streams {
            put(out, *ssrc);
        }
    });
}
