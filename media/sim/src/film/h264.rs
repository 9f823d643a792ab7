//! H.264 in packets (RFC 6184).

use super::ROOM;

/// The type of a fragment (§5.8).
const FU_A: u8 = 0x1c;

/// Every unit by itself, or in fragments.
pub(super) fn cut(bytes: &[u8]) -> Vec<Vec<u8>> {
    units(bytes).into_iter().flat_map(fragments).collect()
}

pub(super) fn join(payloads: &[&[u8]]) -> Vec<u8> {
    let mut frame = Vec::new();
    for payload in payloads {
        if payload[0] & 0x1f != FU_A {
            frame.extend([0, 0, 0, 1]);
            frame.extend(*payload);
            continue;
        }
        if payload[1] & 0x80 != 0 {
            frame.extend([0, 0, 0, 1, payload[0] & 0xe0 | payload[1] & 0x1f]);
        }
        frame.extend(&payload[2..]);
    }
    frame
}

/// The units between start codes (H.264 Annex B).
fn units(bytes: &[u8]) -> Vec<&[u8]> {
    let starts: Vec<usize> =
        (0..bytes.len().saturating_sub(2)).filter(|at| bytes[*at..].starts_with(&[0, 0, 1])).collect();
    let ends = starts.iter().skip(1).copied().chain([bytes.len()]);
    let between = starts.iter().zip(ends).map(|(start, end)| {
        let unit = &bytes[start + 3..end];
        let trailing = unit.iter().rev().take_while(|byte| **byte == 0).count();
        &unit[..unit.len() - trailing]
    });
    between.filter(|unit| !unit.is_empty()).collect()
}

/// A unit by itself, or cut (§5.6, §5.8).
fn fragments(unit: &[u8]) -> Vec<Vec<u8>> {
    if unit.len() <= ROOM {
        return vec![unit.to_vec()];
    }
    let (header, rest) = (unit[0], &unit[1..]);
    let last = rest.chunks(ROOM).count() - 1;
    let cut = rest.chunks(ROOM).enumerate().map(|(n, part)| {
        let mut payload = vec![header & 0xe0 | FU_A, u8::from(n == 0) << 7 | u8::from(n == last) << 6 | header & 0x1f];
        payload.extend(part);
        payload
    });
    cut.collect()
}
