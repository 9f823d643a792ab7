//! AV1 in packets (RTP Payload Format for AV1, v1.0.0, §4).

use super::{FilmFrame, ROOM};

/// Of a unit's header (AV1 §5.3.2): it says how long the unit is.
const WITH_SIZE: u8 = 0x02;
const WITH_EXTENSION: u8 = 0x04;
const DELIMITER: u8 = 2;
/// Of the aggregation header (§4.4).
const CONTINUES: u8 = 0x80;
const GOES_ON: u8 = 0x40;
const NEW_SEQUENCE: u8 = 0x08;

/// Units without their sizes and without the delimiter, each element behind its length; what has no room goes on in the
/// next packet.
pub(super) fn cut(frame: &FilmFrame) -> Vec<Vec<u8>> {
    let mut payloads = vec![vec![u8::from(frame.is_keyframe) * NEW_SEQUENCE]];
    for unit in units(&frame.bytes) {
        let mut rest = &unit[..];
        while !rest.is_empty() {
            let payload = payloads.last_mut().expect("one at least");
            let room = ROOM.saturating_sub(payload.len());
            if room < 16 {
                let begun = rest.len() < unit.len();
                payload[0] |= u8::from(begun) * GOES_ON;
                payloads.push(vec![u8::from(begun) * CONTINUES]);
                continue;
            }
            let (part, behind) = rest.split_at(rest.len().min(room));
            write_leb128(payload, part.len());
            payload.extend(part);
            rest = behind;
        }
    }
    payloads
}

/// What the frame depends on (appendix A): of three speeds, of which each needs the slower ones, and whoever has a frame of
/// one can go on with all that follows. Key frames tell the structure: templates of a key frame and of each layer.
pub(super) fn descriptor(frame: &FilmFrame, number: u16, (starts, ends): (bool, bool)) -> Vec<u8> {
    let template = if frame.is_keyframe { 0 } else { 1 + frame.tid };
    let [high, low] = number.to_be_bytes();
    let mut descriptor = vec![u8::from(starts) << 7 | u8::from(ends) << 6 | template, high, low];
    if frame.is_keyframe && starts {
        let bits = format!(
            "10000 000000 00010  00 01 01 11  101010 101010 001010 000001  0  1 0011 0  1 0001 0  1 0000 0  00
            1 {:016b} {:016b}",
            frame.size.0 - 1,
            frame.size.1 - 1
        );
        let bits: Vec<u8> = bits.bytes().filter(u8::is_ascii_digit).map(|byte| byte - b'0').collect();
        let byte = |bits: &[u8]| bits.iter().enumerate().fold(0, |all, (at, bit)| all | bit << (7 - at));
        descriptor.extend(bits.chunks(8).map(byte));
    }
    descriptor
}

/// The units with a delimiter before them and their sizes in them, as decoders take them.
pub(super) fn join(payloads: &[&[u8]]) -> Vec<u8> {
    let mut units: Vec<Vec<u8>> = vec![];
    let mut goes_on = false;
    for payload in payloads {
        let (header, mut rest) = payload.split_first().expect("an aggregation header");
        let mut continues = header & CONTINUES != 0;
        assert_eq!(continues, goes_on, "a unit goes on where it was cut");
        let (count, mut at) = (header >> 4 & 3, 0);
        while !rest.is_empty() {
            at += 1;
            let len = if at == count { rest.len() } else { read_leb128(&mut rest) };
            let (element, behind) = rest.split_at(len);
            match units.last_mut() {
                Some(unit) if continues => unit.extend(element),
                _ => units.push(element.to_vec()),
            }
            (continues, rest) = (false, behind);
        }
        goes_on = header & GOES_ON != 0;
    }
    assert!(!goes_on, "the last unit is whole");
    let mut frame = vec![DELIMITER << 3 | WITH_SIZE, 0];
    for unit in units {
        let head = 1 + usize::from(unit[0] & WITH_EXTENSION != 0);
        frame.push(unit[0] | WITH_SIZE);
        frame.extend(&unit[1..head]);
        write_leb128(&mut frame, unit.len() - head);
        frame.extend(&unit[head..]);
    }
    frame
}

/// Units as packets carry them, of a temporal unit whose units have sizes.
fn units(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut units = vec![];
    while let Some(&header) = bytes.first() {
        let head = 1 + usize::from(header & WITH_EXTENSION != 0);
        let mut unit = vec![header & !WITH_SIZE];
        unit.extend(&bytes[1..head]);
        bytes = &bytes[head..];
        let len = read_leb128(&mut bytes);
        let (content, behind) = bytes.split_at(len);
        unit.extend(content);
        bytes = behind;
        if header >> 3 & 0x0f != DELIMITER {
            units.push(unit);
        }
    }
    units
}

fn write_leb128(out: &mut Vec<u8>, mut number: usize) {
    while number > 0x7f {
        out.push(u8::try_from(number & 0x7f | 0x80).expect("a byte"));
        number >>= 7;
    }
    out.push(u8::try_from(number).expect("seven bits"));
}

fn read_leb128(rest: &mut &[u8]) -> usize {
    let (mut number, mut shift) = (0, 0);
    while let Some((byte, behind)) = rest.split_first() {
        *rest = behind;
        number |= usize::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            break;
        }
    }
    number
}
