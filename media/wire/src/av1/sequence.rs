//! The sequence header (AV1 Bitstream & Decoding Process Specification, §5.5), read as far as the size of the picture.

use crate::bits::Bits;

/// Width and height of the largest picture, of a sequence header without its unit header; `None` when it ends too early
/// or cannot be.
pub(super) fn picture_size(header: &[u8]) -> Option<(u16, u16)> {
    let mut bits = Bits::new(header);
    bits.take(3)?; // profile
    bits.bit()?; // still picture
    if bits.bit()? {
        bits.take(5)?; // the level of a header reduced to one picture
    } else {
        pass_operating_points(&mut bits)?;
    }
    let [width_bits, height_bits] = [bits.take(4)? + 1, bits.take(4)? + 1];
    let [width, height] = [bits.take(width_bits)? + 1, bits.take(height_bits)? + 1];
    // Sixteen bits hold one less than the side: 65,536 is one that no camera has.
    Some((u16::try_from(width).ok()?, u16::try_from(height).ok()?))
}

fn pass_operating_points(bits: &mut Bits<'_>) -> Option<()> {
    let mut delay_bits = None;
    if bits.bit()? {
        pass_timing(bits)?;
        if bits.bit()? {
            delay_bits = Some(bits.take(5)? + 1);
            bits.take(32)?;
            bits.take(10)?;
        }
    }
    let with_display_delay = bits.bit()?;
    for _ in 0..=bits.take(5)? {
        bits.take(12)?;
        // §5.5.1: levels above 7 come in two tiers.
        if bits.take(5)? > 7 {
            bits.bit()?;
        }
        if let Some(len) = delay_bits
            && bits.bit()?
        {
            bits.take(len)?;
            bits.take(len)?;
            bits.bit()?;
        }
        if with_display_delay && bits.bit()? {
            bits.take(4)?;
        }
    }
    Some(())
}

/// Timing (§5.5.3), with a number in as many bits as there are zeros before it (§4.10.3).
fn pass_timing(bits: &mut Bits<'_>) -> Option<()> {
    bits.take(32)?;
    bits.take(32)?;
    if bits.bit()? {
        let mut zeros = 0;
        while !bits.bit()? {
            zeros += 1;
        }
        if zeros < 32 {
            bits.take(zeros)?;
        }
    }
    Some(())
}
