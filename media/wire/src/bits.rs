//! Numbers that do not end at bytes.

/// Reads bits, the highest of each byte first; `None` past the end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Bits<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self::from(bytes, 0)
    }

    /// Begins at this bit.
    pub(crate) fn from(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    /// The place of the next bit.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    pub(crate) fn left(&self) -> usize {
        (8 * self.bytes.len()).saturating_sub(self.at)
    }

    pub(crate) fn bit(&mut self) -> Option<bool> {
        let byte = self.bytes.get(self.at / 8)?;
        let bit = byte >> (7 - self.at % 8) & 1;
        self.at += 1;
        Some(bit == 1)
    }

    /// So many bits, 32 at most.
    pub(crate) fn take(&mut self, count: u32) -> Option<u32> {
        let mut value = 0;
        for _ in 0..count {
            value = value << 1 | u32::from(self.bit()?);
        }
        Some(value)
    }

    pub(crate) fn pass(&mut self, count: usize) -> Option<()> {
        self.at += count;
        (self.at <= 8 * self.bytes.len()).then_some(())
    }

    /// A number below `limit`, which is 1 or more (AV1 §4.10.7): small ones have one bit less.
    pub(crate) fn below(&mut self, limit: u32) -> Option<u32> {
        let width = limit.ilog2() + 1;
        let short = (1 << width) - limit;
        let value = self.take(width - 1)?;
        if value < short { Some(value) } else { Some((value << 1) - short + u32::from(self.bit()?)) }
    }
}

/// Writes bits into bytes, the highest of each byte first; what has no room is lost, and `finish` says so.
#[derive(Debug)]
pub(crate) struct BitWriter<'b> {
    bytes: &'b mut [u8],
    at: usize,
}

impl<'b> BitWriter<'b> {
    pub(crate) fn new(bytes: &'b mut [u8]) -> Self {
        bytes.fill(0);
        Self { bytes, at: 0 }
    }

    /// So many bits, 32 at most.
    pub(crate) fn put(&mut self, value: u32, count: u32) {
        for bit in (0..count).rev() {
            if let Some(byte) = self.bytes.get_mut(self.at / 8) {
                *byte |= u8::from(value >> bit & 1 == 1) << (7 - self.at % 8);
            }
            self.at += 1;
        }
    }

    /// So many bits of a reader, or as many as it has.
    pub(crate) fn copy(&mut self, from: &mut Bits<'_>, mut count: usize) {
        while count > 0 {
            let now = u32::try_from(count.min(32)).expect("32 at most");
            let Some(value) = from.take(now) else { return };
            self.put(value, now);
            count -= count.min(32);
        }
    }

    /// How many bytes were begun; `None`: there was no room for them.
    pub(crate) fn finish(self) -> Option<usize> {
        let len = self.at.div_ceil(8);
        (len <= self.bytes.len()).then_some(len)
    }
}
