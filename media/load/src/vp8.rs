//! The beginning of a VP8 payload as a browser writes it (RFC 7741 §4.2, §4.3); the readers are those of `hoptt_wire`.

/// Longer than any beginning written here.
pub const MAX_BEGINNING: usize = 16;

/// Where a packet stands.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The first packet of its frame.
    pub first: bool,
    /// A key frame, with the size of its picture.
    pub key: Option<(u16, u16)>,
    /// Counts frames.
    pub picture_id: u16,
    /// Counts frames of the lowest temporal layer; written in simulcast only, as browsers do.
    pub tl0_pic_idx: Option<u8>,
}

/// Writes descriptor and frame header; gives their length.
pub fn write(buffer: &mut [u8], place: &Place) -> usize {
    let len = write_descriptor(buffer, place);
    let mut out = Writer { buffer, len };
    match (place.first, place.key) {
        (true, Some((width, height))) => {
            // Shown, first partition of 0 bytes (RFC 6386 §9.1): no decoder will ever read it.
            out.put(&[0x10, 0, 0, 0x9d, 0x01, 0x2a]);
            out.put(&width.to_le_bytes());
            out.put(&height.to_le_bytes());
        }
        (true, None) => out.put(&[0x11, 0, 0]),
        (false, _) => {}
    }
    out.len
}

/// Writes the descriptor alone, before a frame that an encoder made; gives its length.
pub fn write_descriptor(buffer: &mut [u8], place: &Place) -> usize {
    let mut out = Writer { buffer, len: 0 };
    out.put(&[0x80 | if place.first { 0x10 } else { 0 }]);
    let [high, low] = (place.picture_id | 0x8000).to_be_bytes();
    match place.tl0_pic_idx {
        // I; I, L, T; the temporal layer is 0, in sync with itself.
        None => out.put(&[0x80, high, low]),
        Some(tl0) => out.put(&[0xe0, high, low, tl0, 0x20]),
    }
    out.len
}

/// The length of descriptor and frame header of a payload, and whether a key frame begins there.
#[must_use]
pub fn read(payload: &[u8]) -> Option<(usize, bool)> {
    let descriptor = hoptt_wire::vp8::Descriptor::parse(payload)?;
    let key = descriptor.is_keyframe_start();
    let header = match (descriptor.is_frame_start(), key) {
        (true, true) => 10,
        (true, false) => 3,
        (false, _) => 0,
    };
    Some((descriptor.len + header, key))
}

struct Writer<'a> {
    buffer: &'a mut [u8],
    len: usize,
}

impl Writer<'_> {
    fn put(&mut self, bytes: &[u8]) {
        self.buffer[self.len..self.len + bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for first in [true, false] {
            for key in [Some((1280, 720)), None] {
                for tl0_pic_idx in [Some(7), None] {
                    let place = Place { first, key, picture_id: 0x1234, tl0_pic_idx };
                    let mut buffer = [0xff; MAX_BEGINNING + 1];
                    let len = write(&mut buffer, &place);
                    assert!(len <= MAX_BEGINNING);
                    assert_eq!(read(&buffer), Some((len, first && key.is_some())), "{place:?}");
                    let descriptor = hoptt_wire::vp8::Descriptor::parse(&buffer).unwrap();
                    assert_eq!(descriptor.picture_id.unwrap().number, 0x1234);
                    assert_eq!(descriptor.tl0_pic_idx, tl0_pic_idx);
                }
            }
        }
    }
}
