//! The sequence parameter set (H.264 §7.3.2.1.1), read as far as the size of the picture.

/// The size of the picture in a sequence parameter set without its unit header; `None` when it ends too early or cannot be.
pub(super) fn picture_size(parameters: &[u8]) -> Option<(u16, u16)> {
    let mut bits = Bits::new(parameters);
    let profile = bits.take(8)?;
    bits.take(16)?; // constraints and level
    bits.golomb()?; // its id
    let chroma = if HIGH_PROFILES.contains(&profile) { read_high(&mut bits)? } else { 1 };
    bits.golomb()?; // log2_max_frame_num_minus4
    match bits.golomb()? {
        0 => drop(bits.golomb()?),
        1 => {
            bits.take(1)?;
            bits.golomb()?;
            bits.golomb()?;
            let offsets = bits.golomb().filter(|count| *count <= 255)?;
            for _ in 0..offsets {
                bits.golomb()?;
            }
        }
        _ => {}
    }
    bits.golomb()?; // max_num_ref_frames
    bits.take(1)?;
    let width = bits.golomb()?.checked_add(1)?.checked_mul(16)?;
    let units = bits.golomb()?.checked_add(1)?.checked_mul(16)?;
    let frames_only = bits.take(1)?;
    if frames_only == 0 {
        bits.take(1)?;
    }
    let fields = 2 - frames_only;
    let height = units.checked_mul(fields)?;
    bits.take(1)?; // direct_8x8_inference
    let [mut across, mut down] = [0, 0];
    if bits.take(1)? == 1 {
        let [left, right, top, bottom] = [bits.golomb()?, bits.golomb()?, bits.golomb()?, bits.golomb()?];
        // Table 6-1: with halved chroma the unit of cropping is two samples.
        let (unit_x, unit_y) = (if matches!(chroma, 1 | 2) { 2 } else { 1 }, if chroma == 1 { 2 } else { 1 });
        across = left.checked_add(right)?.checked_mul(unit_x)?;
        down = top.checked_add(bottom)?.checked_mul(unit_y * fields)?;
    }
    let side = |whole: u32, cropped: u32| u16::try_from(whole.checked_sub(cropped)?).ok().filter(|side| *side > 0);
    Some((side(width, across)?, side(height, down)?))
}

/// What the high profiles have before; gives the chroma format.
fn read_high(bits: &mut Bits<'_>) -> Option<u32> {
    let chroma = bits.golomb().filter(|format| *format <= 3)?;
    if chroma == 3 {
        bits.take(1)?;
    }
    bits.golomb()?;
    bits.golomb()?;
    bits.take(1)?;
    if bits.take(1)? == 1 {
        for list in 0..if chroma == 3 { 12 } else { 8 } {
            if bits.take(1)? == 1 {
                pass_scaling_list(bits, if list < 6 { 16 } else { 64 })?;
            }
        }
    }
    Some(chroma)
}

fn pass_scaling_list(bits: &mut Bits<'_>, len: u32) -> Option<()> {
    let (mut last, mut next) = (8_i64, 8_i64);
    for _ in 0..len {
        if next != 0 {
            next = (last + bits.signed_golomb()? + 256) % 256;
        }
        last = if next == 0 { last } else { next };
    }
    Some(())
}

const HIGH_PROFILES: [u32; 13] = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];

/// Bits of a unit without its emulation prevention bytes (§7.4.1).
struct Bits<'a> {
    rest: &'a [u8],
    zeros: u8,
    byte: u8,
    left: u8,
}

impl<'a> Bits<'a> {
    fn new(unit: &'a [u8]) -> Self {
        Self { rest: unit, zeros: 0, byte: 0, left: 0 }
    }

    fn bit(&mut self) -> Option<u32> {
        if self.left == 0 {
            let (mut byte, mut rest) = self.rest.split_first()?;
            if self.zeros >= 2 && *byte == 3 {
                (byte, rest) = rest.split_first()?;
                self.zeros = 0;
            }
            self.zeros = if *byte == 0 { self.zeros.saturating_add(1) } else { 0 };
            (self.byte, self.rest, self.left) = (*byte, rest, 8);
        }
        self.left -= 1;
        Some(u32::from(self.byte >> self.left & 1))
    }

    /// So many bits, 32 at most.
    fn take(&mut self, count: u8) -> Option<u32> {
        let mut value = 0;
        for _ in 0..count {
            value = value << 1 | self.bit()?;
        }
        Some(value)
    }

    /// An unsigned Exp-Golomb number (§9.1).
    fn golomb(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while self.bit()? == 0 {
            zeros += 1;
            if zeros > 31 {
                return None;
            }
        }
        Some((1 << zeros) - 1 + self.take(zeros)?)
    }

    fn signed_golomb(&mut self) -> Option<i64> {
        let number = i64::from(self.golomb()?);
        Some(if number % 2 == 0 { -(number / 2) } else { number / 2 + 1 })
    }
}
