//! Key frames in AV1 payloads (RTP Payload Format for AV1, v1.0.0, §4.4), and the size of the picture.

mod sequence;

/// The first packet of a coded video sequence: it says so, or a sequence header begins in it.
#[must_use]
pub fn is_keyframe_start(payload: &[u8]) -> bool {
    let Some((&header, elements)) = payload.split_first() else { return false };
    let is_new_sequence = header & NEW_SEQUENCE != 0;
    let continues = header & CONTINUES != 0;
    (is_new_sequence && !continues && !elements.is_empty()) || begun(payload).any(is_sequence_header)
}

/// The size of the picture, where a sequence header stands whole in this packet; of several spatial layers, the largest.
#[must_use]
pub fn picture_size(payload: &[u8]) -> Option<(u16, u16)> {
    let unit = begun(payload).find(|unit| is_sequence_header(unit))?;
    let mut header = unit.get(1 + usize::from(unit[0] & WITH_EXTENSION != 0)..)?;
    if unit[0] & WITH_SIZE != 0 {
        leb128(&mut header)?;
    }
    sequence::picture_size(header)
}

fn is_sequence_header(unit: &[u8]) -> bool {
    unit[0] >> 3 & 0x0f == SEQUENCE_HEADER
}

/// The units that begin in a packet, none of them empty; the last one may go on in the next packet.
fn begun(payload: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (header, elements) = payload.split_first().map_or((0, payload), |(header, elements)| (*header, elements));
    // The first element of a packet that continues one is the rest of a unit; what it looks like means nothing.
    let of_before = usize::from(header & CONTINUES != 0);
    units(elements, header >> 4 & 0x03).skip(of_before).filter(|unit| !unit.is_empty())
}

/// The elements; `count` of them, the last without a length, or (0) as many as there are.
fn units(mut rest: &[u8], count: u8) -> impl Iterator<Item = &[u8]> {
    let mut at = 0;
    std::iter::from_fn(move || {
        if rest.is_empty() || at == MAX_ELEMENTS {
            return None;
        }
        at += 1;
        let len = if at == count { rest.len() } else { leb128(&mut rest)? };
        let element = rest.get(..len)?;
        rest = &rest[len..];
        Some(element)
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

/// Of the aggregation header.
const CONTINUES: u8 = 0x80;
const NEW_SEQUENCE: u8 = 0x08;
/// Of a unit's header (AV1 Bitstream & Decoding Process Specification, §5.3.2).
const WITH_EXTENSION: u8 = 0x04;
const WITH_SIZE: u8 = 0x02;
const SEQUENCE_HEADER: u8 = 1;
/// A key frame begins with a sequence header, and two others at most stand before it.
const MAX_ELEMENTS: u8 = 8;
