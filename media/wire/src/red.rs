//! Redundant audio (RFC 2198): blocks of earlier sound in front of a packet's own, the primary one.

use std::fmt;

/// Blocks of one packet at most, the primary one among them. Browsers send two, and nine when told to.
pub const MAX_BLOCKS: usize = 10;

/// Of every block but the primary one: a bit that more follow, its payload type, how much earlier it is, its length.
const HEADER_LEN: usize = 4;
/// Of the primary block: its payload type.
const PRIMARY_HEADER_LEN: usize = 1;
/// Another block follows the one of this header.
const MORE: u8 = 0x80;

/// Why a payload cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedError {
    /// It ends within the headers, or before the blocks that they announce.
    Short,
    /// The primary block is empty.
    Empty,
    /// There are more blocks than [`MAX_BLOCKS`].
    TooMany,
}

impl fmt::Display for RedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Short => "the payload ends before its blocks do",
            Self::Empty => "the primary block is empty",
            Self::TooMany => "there are too many blocks",
        })
    }
}

impl std::error::Error for RedError {}

/// One block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Of what it carries.
    pub payload_type: u8,
    /// How much earlier than the packet's timestamp it is, in ticks of the RTP clock; the primary one is not.
    pub earlier: u16,
    /// Where it begins within the payload.
    pub start: usize,
    /// In bytes.
    pub len: usize,
}

/// A payload whose blocks all lie within it.
#[derive(Clone, Copy, Debug)]
pub struct Red<'a> {
    payload: &'a [u8],
    headers_len: usize,
    primary: usize,
}

impl<'a> Red<'a> {
    /// Reads the block headers (RFC 2198 §3).
    ///
    /// # Errors
    /// The payload is cut off, has no primary block, or more blocks than are read.
    pub fn parse(payload: &'a [u8]) -> Result<Self, RedError> {
        let (mut at, mut before) = (0, 0);
        for _ in 1..=MAX_BLOCKS {
            if payload.get(at).ok_or(RedError::Short)? & MORE == 0 {
                let headers_len = at + PRIMARY_HEADER_LEN;
                let primary = headers_len + before;
                return match payload.len() {
                    len if len < primary => Err(RedError::Short),
                    len if len == primary => Err(RedError::Empty),
                    _ => Ok(Self { payload, headers_len, primary }),
                };
            }
            let header = payload.get(at..at + HEADER_LEN).ok_or(RedError::Short)?;
            before += usize::from(u16::from_be_bytes([header[2] & 0x03, header[3]]));
            at += HEADER_LEN;
        }
        Err(RedError::TooMany)
    }

    /// Where the primary block begins within the payload; it goes on to the end.
    #[must_use]
    pub fn primary(&self) -> usize {
        self.primary
    }

    /// The blocks in their order: the oldest one first as senders write them, the primary one last.
    pub fn blocks(&self) -> impl Iterator<Item = Block> + use<'a> {
        let mut start = self.headers_len;
        let len = self.payload.len();
        self.payload[..self.headers_len].chunks(HEADER_LEN).map(move |header| {
            let (earlier, block_len) = match header {
                [_, high, middle, low] => {
                    (u16::from_be_bytes([*high, *middle]) >> 2, usize::from(u16::from_be_bytes([middle & 0x03, *low])))
                }
                _ => (0, len - start),
            };
            let block = Block { payload_type: header[0] & !MORE, earlier, start, len: block_len };
            start += block_len;
            block
        })
    }
}

/// Writes this payload type into the headers of all blocks. What cannot be read stays as it is.
#[cold]
#[inline(never)]
pub fn set_payload_type(payload: &mut [u8], payload_type: u8) {
    let Ok(headers_len) = Red::parse(payload).map(|red| red.headers_len) else { return };
    for header in payload[..headers_len].chunks_mut(HEADER_LEN) {
        header[0] = header[0] & MORE | payload_type & !MORE;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Earlier blocks by payload type, time and content, and the primary one.
    fn written(earlier: &[(u8, u16, &[u8])], (payload_type, primary): (u8, &[u8])) -> Vec<u8> {
        let mut payload = Vec::new();
        for (payload_type, earlier, content) in earlier {
            let word = u32::from(*earlier) << 10 | u32::try_from(content.len()).expect("short");
            payload.extend((word | u32::from(payload_type | MORE) << 24).to_be_bytes());
        }
        payload.push(payload_type);
        payload.extend(earlier.iter().flat_map(|(.., content)| *content));
        payload.extend(primary);
        payload
    }

    #[test]
    fn blocks_are_found_with_their_times_and_payload_types() {
        let long = [7; 1023];
        for (case, earlier, primary) in [
            ("the primary one alone", &[][..], (111, &b"now"[..])),
            ("as browsers send it", &[(111, 960, &b"before"[..])], (111, b"now")),
            ("two", &[(111, 1920, b"long before"), (111, 960, b"before")], (111, b"now")),
            ("an empty one", &[(111, 960, b"")], (111, b"now")),
            ("the largest numbers", &[(127, 0x3fff, &long)], (127, b"n")),
            ("payload types that differ", &[(0, 960, b"before")], (111, b"now")),
        ] {
            let payload = written(earlier, primary);
            let red = Red::parse(&payload).expect(case);
            let found: Vec<_> = red
                .blocks()
                .map(|block| (block.payload_type, block.earlier, &payload[block.start..block.start + block.len]))
                .collect();
            let expected: Vec<_> = earlier.iter().copied().chain([(primary.0, 0, primary.1)]).collect();
            assert_eq!(found, expected, "{case}");
            assert_eq!(&payload[red.primary()..], primary.1, "{case}");
        }
    }

    #[test]
    fn a_payload_whose_blocks_are_not_there_is_refused() {
        let block = (111, 960, &b"before"[..]);
        let whole = written(&[block], (111, b"now"));
        for (case, payload, error) in [
            ("nothing", &[][..], RedError::Short),
            ("a header of a primary block alone", &[111], RedError::Empty),
            ("an empty primary block", &whole[..whole.len() - 3], RedError::Empty),
            ("a block that is cut off", &whole[..whole.len() - 4], RedError::Short),
            ("headers alone", &whole[..5], RedError::Short),
            ("no header of a primary block", &whole[..4], RedError::Short),
            ("a header that is cut off", &whole[..3], RedError::Short),
            ("more blocks than are read", &written(&[block; MAX_BLOCKS], (111, b"now")), RedError::TooMany),
            ("headers without end", &[0xff; 1200], RedError::TooMany),
        ] {
            assert_eq!(Red::parse(payload).map(|red| red.primary()), Err(error), "{case}");
        }
        let most = written(&[block; MAX_BLOCKS - 1], (111, b"now"));
        assert_eq!(Red::parse(&most).map(|red| red.blocks().count()), Ok(MAX_BLOCKS));
    }

    #[test]
    fn payload_types_are_written_into_all_blocks_and_nothing_else_changes() {
        let written_for = |pt| written(&[(pt, 1920, &b"long before"[..]), (pt, 960, b"before")], (pt, b"now"));
        let mut payload = written_for(111);
        set_payload_type(&mut payload, 96);
        assert_eq!(payload, written_for(96));
        let mut cut = payload[..9].to_vec();
        set_payload_type(&mut cut, 111);
        assert_eq!(cut, payload[..9], "what cannot be read stays as it is");
    }
}
