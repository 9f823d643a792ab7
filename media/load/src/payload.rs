//! What a payload holds: a mark that says which packet it is and when it left, then bytes that follow from the mark.
//!
//! A receiver that opens the packet compares every byte, so nothing that is damaged, mixed up or cut passes.

use crate::random::Random;

/// Bytes of a mark.
pub const MARK_LEN: usize = 24;
/// The longest content after a mark.
pub const MAX_CONTENT: usize = BLOCK / 2;

const MAGIC: [u8; 4] = *b"hopl";
const BLOCK: usize = 4_096;

/// Which packet it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The publisher's stream, unique within a run.
    pub track: u16,
    /// The packet's place in its frame, from 0.
    pub position: u8,
    /// Packets of its frame.
    pub count: u8,
    /// Counts the packets of the track.
    pub index: u32,
    /// Counts the frames of the track.
    pub frame: u32,
    /// When it left, on the clock of the run.
    pub sent_ns: u64,
}

/// What is wrong with a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Too short for a mark, or not one of ours.
    NoMark,
    /// The bytes after the mark are not those of the packet.
    Content,
}

/// The bytes that packets are filled with.
#[derive(Debug)]
pub struct Filler(Box<[u8]>);

impl Filler {
    /// Makes them from a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut block = vec![0; BLOCK];
        Random::new(seed, 3).fill(&mut block);
        Self(block.into())
    }

    /// Fills a payload with its mark and its content.
    ///
    /// # Panics
    /// When it is shorter than a mark or longer than [`MAX_CONTENT`] besides.
    pub fn write(&self, payload: &mut [u8], mark: &Mark) {
        let (head, content) = payload.split_at_mut(MARK_LEN);
        head[..4].copy_from_slice(&MAGIC);
        head[4..6].copy_from_slice(&mark.track.to_be_bytes());
        (head[6], head[7]) = (mark.position, mark.count);
        head[8..12].copy_from_slice(&mark.index.to_be_bytes());
        head[12..16].copy_from_slice(&mark.frame.to_be_bytes());
        head[16..24].copy_from_slice(&mark.sent_ns.to_be_bytes());
        content.copy_from_slice(self.content(mark, content.len()).expect("no packet is longer"));
    }

    /// Reads a mark and compares the content.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn read(&self, payload: &[u8]) -> Result<Mark, Fault> {
        let (head, content) = payload.split_at_checked(MARK_LEN).ok_or(Fault::NoMark)?;
        if head[..4] != MAGIC {
            return Err(Fault::NoMark);
        }
        let word = |at: usize| u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let mark = Mark {
            track: u16::from_be_bytes([head[4], head[5]]),
            position: head[6],
            count: head[7],
            index: word(8),
            frame: word(12),
            sent_ns: u64::from(word(16)) << 32 | u64::from(word(20)),
        };
        if self.content(&mark, content.len()) == Some(content) { Ok(mark) } else { Err(Fault::Content) }
    }

    /// Neighbours begin at different places, so a packet in another's stead is seen even if its mark were right; other
    /// lengths do so too, so a packet that was cut is seen.
    fn content(&self, mark: &Mark, len: usize) -> Option<&[u8]> {
        let name = u64::from(mark.track) << 32 | u64::from(mark.index);
        // Fibonacci hashing: neighbours lie far apart.
        let mixed = name.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48;
        let start = (mixed as usize + len * 7) % (BLOCK - MAX_CONTENT);
        self.0.get(start..start + len).filter(|_| len <= MAX_CONTENT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARK: Mark =
        Mark { track: 7, position: 2, count: 6, index: 70_001, frame: 11_000, sent_ns: 0x1234_5678_9abc_def0 };

    fn payload(len: usize) -> (Filler, Vec<u8>) {
        let filler = Filler::new(5);
        let mut payload = vec![0; len];
        filler.write(&mut payload, &MARK);
        (filler, payload)
    }

    #[test]
    fn a_mark_comes_back() {
        for len in [MARK_LEN, 60, 1_150] {
            let (filler, payload) = payload(len);
            assert_eq!(filler.read(&payload), Ok(MARK));
        }
    }

    #[test]
    fn every_changed_byte_is_seen_or_is_the_time() {
        let (filler, payload) = payload(200);
        for at in 0..payload.len() {
            let mut changed = payload.clone();
            changed[at] ^= 0x40;
            match filler.read(&changed) {
                Err(_) => {}
                // Place and time have no echo in the content; the checker compares them with their neighbours.
                Ok(mark) => assert!((6..8).contains(&at) || (12..24).contains(&at), "{at} {mark:?}"),
            }
        }
    }

    #[test]
    fn what_is_cut_short_or_not_ours_is_a_fault() {
        let (filler, payload) = payload(100);
        assert_eq!(filler.read(&payload[..MARK_LEN - 1]), Err(Fault::NoMark));
        assert_eq!(filler.read(&[0; 100]), Err(Fault::NoMark));
        assert_eq!(filler.read(&payload[..99]), Err(Fault::Content));
        assert_eq!(filler.read(&[&payload[..], &[0]].concat()), Err(Fault::Content));
        assert_eq!(filler.read(&[&payload[..], &[0; 3_000]].concat()), Err(Fault::Content));
        assert_eq!(Filler::new(6).read(&payload), Err(Fault::Content));
    }
}
