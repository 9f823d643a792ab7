//! Datagrams on a byte stream: each behind its length in two bytes (RFC 4571 §2, used by ICE-TCP in RFC 6544).

use std::fmt;

/// Cuts a byte stream into datagrams. It keeps at most one unfinished datagram.
#[derive(Debug)]
pub struct Deframer {
    kept: Vec<u8>,
    max_len: usize,
}

/// A datagram that is longer than allowed: the stream cannot be read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong {
    /// What the stream announced.
    pub len: usize,
}

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a frame of {} bytes", self.len)
    }
}

impl std::error::Error for TooLong {}

const LENGTH_LEN: usize = 2;

impl Deframer {
    /// Makes one for datagrams of up to `max_len` bytes.
    #[must_use]
    pub fn new(max_len: usize) -> Self {
        Self { kept: Vec::new(), max_len }
    }

    /// Takes the next bytes of the stream and gives each datagram that is complete now. Empty ones are passed over.
    ///
    /// # Errors
    /// [`TooLong`]: the connection is to be closed.
    pub fn handle_bytes(&mut self, mut bytes: &[u8], mut take: impl FnMut(&mut [u8])) -> Result<(), TooLong> {
        while !bytes.is_empty() {
            self.keep(&mut bytes, LENGTH_LEN);
            let Some(length) = self.kept.first_chunk() else { return Ok(()) };
            let len = usize::from(u16::from_be_bytes(*length));
            if len > self.max_len {
                return Err(TooLong { len });
            }
            self.keep(&mut bytes, LENGTH_LEN + len);
            if self.kept.len() < LENGTH_LEN + len {
                return Ok(());
            }
            if len > 0 {
                take(&mut self.kept[LENGTH_LEN..]);
            }
            self.kept.clear();
        }
        Ok(())
    }

    /// Moves bytes over until so many are kept.
    fn keep(&mut self, bytes: &mut &[u8], wanted: usize) {
        let missing = wanted.saturating_sub(self.kept.len()).min(bytes.len());
        let (now, later) = bytes.split_at(missing);
        self.kept.extend_from_slice(now);
        *bytes = later;
    }
}

/// Appends a datagram with its length. False, with nothing appended, when two bytes cannot count it.
pub fn frame(datagram: &[u8], out: &mut Vec<u8>) -> bool {
    let Ok(len) = u16::try_from(datagram.len()) else { return false };
    out.extend(len.to_be_bytes());
    out.extend_from_slice(datagram);
    true
}
