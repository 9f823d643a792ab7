//! Key frames in H.264 payloads (RFC 6184), and the size of the picture.

mod parameters;

/// The payload holds the parameters that a key frame begins with. Who starts to receive here can decode: browsers send
/// them before every IDR picture, and an IDR picture without them would meet the parameters of another sender.
#[must_use]
pub fn is_keyframe_start(payload: &[u8]) -> bool {
    let Some(&header) = payload.first() else { return false };
    match header & TYPE {
        SEQUENCE_PARAMETERS => true,
        STAP_A => units(&payload[1..]).any(|unit| unit[0] & TYPE == SEQUENCE_PARAMETERS),
        // §5.8: only the first fragment counts.
        FU_A => payload.get(1).is_some_and(|fu| fu & FU_START != 0 && fu & TYPE == SEQUENCE_PARAMETERS),
        _ => false,
    }
}

/// The size of the picture, where the parameters stand whole in this packet.
#[must_use]
pub fn picture_size(payload: &[u8]) -> Option<(u16, u16)> {
    let parameters = match *payload.first()? & TYPE {
        SEQUENCE_PARAMETERS => payload,
        STAP_A => units(&payload[1..]).find(|unit| unit[0] & TYPE == SEQUENCE_PARAMETERS)?,
        _ => return None,
    };
    parameters::picture_size(&parameters[1..])
}

/// The units in an aggregation packet (§5.7.1), each behind its length; it ends at one that is not whole, or empty.
fn units(mut rest: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let len = usize::from(crate::u16_at(rest, 0)?);
        let unit = rest.get(2..2 + len)?;
        rest = &rest[2 + len..];
        (len > 0).then_some(unit)
    })
}

const TYPE: u8 = 0x1f;
const SEQUENCE_PARAMETERS: u8 = 7;
const STAP_A: u8 = 24;
const FU_A: u8 = 28;
const FU_START: u8 = 0x80;
