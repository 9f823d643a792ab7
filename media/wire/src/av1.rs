//! Key frames in AV1 payloads (RTP Payload Format for AV1, v1.0.0, §4.4).

/// The first packet of a coded video sequence: it says so, or a sequence header begins in it.
#[must_use]
pub fn is_keyframe_start(payload: &[u8]) -> bool {
    let Some((&header, elements)) = payload.split_first() else { return false };
    let continues = header & 0x80 != 0;
    let is_new_sequence = header & 0x08 != 0;
    // The first element of a packet that continues one is the rest of a unit; what it looks like means nothing.
    let begun = first_bytes(elements, header >> 4 & 0x03).skip(usize::from(continues));
    (is_new_sequence && !continues && !elements.is_empty())
        || begun.into_iter().any(|unit| unit >> 3 & 0x0f == SEQUENCE_HEADER)
}

/// The first byte of each element; `count` elements, the last without a length, or (0) as many as there are.
fn first_bytes(mut rest: &[u8], count: u8) -> impl Iterator<Item = u8> {
    let mut at = 0;
    std::iter::from_fn(move || {
        if rest.is_empty() || at == MAX_ELEMENTS {
            return None;
        }
        at += 1;
        let len = if at == count { rest.len() } else { leb128(&mut rest)? };
        let element = rest.get(..len)?;
        rest = &rest[len..];
        element.first().copied()
    })
}

/// A number in groups of seven bits, the lowest first; two groups are more than a datagram.
fn leb128(rest: &mut &[u8]) -> Option<usize> {
    let mut number = 0;
    for group in 0..3 {
        let (byte, behind) = rest.split_first()?;
        *rest = behind;
        number |= usize::from(byte & 0x7f) << (7 * group);
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

const SEQUENCE_HEADER: u8 = 1;
/// A key frame begins with a sequence header, and two others at most stand before it.
const MAX_ELEMENTS: u8 = 8;
