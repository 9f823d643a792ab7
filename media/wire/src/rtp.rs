//! RTP packets (RFC 3550 §5.1) and the header extensions in them (RFC 8285).

use std::fmt;

use crate::{Ssrc, u16_at, u32_at};

/// The fixed part of every header.
pub const FIXED_HEADER_LEN: usize = 12;

/// A packet whose shape was checked: every part lies within it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rtp<'a> {
    packet: &'a [u8],
    header_len: usize,
    padding_len: usize,
    timestamp: u32,
    ssrc: Ssrc,
}

/// Why bytes are no RTP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RtpError {
    /// Shorter than the fixed header.
    TooShort,
    /// Not version 2.
    Version,
    /// The contributing sources reach beyond the end.
    Csrc,
    /// The header extension reaches beyond the end.
    Extension,
    /// The padding is empty or longer than the payload.
    Padding,
}

impl fmt::Display for RtpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooShort => "shorter than an RTP header",
            Self::Version => "not RTP version 2",
            Self::Csrc => "contributing sources reach beyond the end",
            Self::Extension => "the header extension reaches beyond the end",
            Self::Padding => "the padding is longer than the payload",
        })
    }
}

impl std::error::Error for RtpError {}

impl<'a> Rtp<'a> {
    /// Reads an unprotected packet.
    ///
    /// # Errors
    /// [`RtpError`]: the bytes contradict themselves.
    pub fn parse(packet: &'a [u8]) -> Result<Self, RtpError> {
        let header_len = header_len(packet)?;
        let (timestamp, ssrc) = u32_at(packet, 4).zip(u32_at(packet, 8)).ok_or(RtpError::TooShort)?;
        let padding_len = match packet.last() {
            Some(&count) if packet[0] & PADDING_BIT != 0 => {
                let count = usize::from(count);
                // RFC 3550 §5.1: the count includes its own byte.
                if count == 0 || count > packet.len() - header_len {
                    return Err(RtpError::Padding);
                }
                count
            }
            _ => 0,
        };
        Ok(Self { packet, header_len, padding_len, timestamp, ssrc: Ssrc(ssrc) })
    }

    /// The marker bit: the last packet of a picture, or the first of a talk spurt.
    #[must_use]
    pub fn marker(&self) -> bool {
        self.packet[1] & 0x80 != 0
    }

    /// The payload type, 0 to 127.
    #[must_use]
    pub fn payload_type(&self) -> u8 {
        self.packet[1] & 0x7f
    }

    /// The sequence number.
    #[must_use]
    pub fn sequence_number(&self) -> u16 {
        u16::from_be_bytes([self.packet[2], self.packet[3]])
    }

    /// The media time, in units of the codec's clock.
    #[must_use]
    pub fn timestamp(&self) -> u32 {
        self.timestamp
    }

    /// The stream.
    #[must_use]
    pub fn ssrc(&self) -> Ssrc {
        self.ssrc
    }

    /// The length of everything before the payload.
    #[must_use]
    pub fn header_len(&self) -> usize {
        self.header_len
    }

    /// The payload without its padding; empty in a packet that only probes.
    #[must_use]
    pub fn payload(&self) -> &'a [u8] {
        &self.packet[self.header_len..self.packet.len() - self.padding_len]
    }

    /// The length of the padding behind the payload.
    #[must_use]
    pub fn padding_len(&self) -> usize {
        self.padding_len
    }

    /// The whole packet.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.packet
    }

    /// The first extension element with this id.
    #[must_use]
    pub fn extension(&self, id: u8) -> Option<&'a [u8]> {
        self.extensions().find(|(found, _)| *found == id).map(|(_, value)| value)
    }

    /// All extension elements: id and value.
    #[must_use]
    pub fn extensions(&self) -> Extensions<'a> {
        Extensions::in_header(&self.packet[..self.header_len])
    }
}

const PADDING_BIT: u8 = 0x20;
const EXTENSION_BIT: u8 = 0x10;

/// The length of a header up to the payload. SRTP leaves the header readable, so this serves sealed packets too.
///
/// # Errors
/// [`RtpError`]: the header reaches beyond the end.
pub fn header_len(packet: &[u8]) -> Result<usize, RtpError> {
    if packet.len() < FIXED_HEADER_LEN {
        return Err(RtpError::TooShort);
    }
    if packet[0] >> 6 != 2 {
        return Err(RtpError::Version);
    }
    let with_sources = csrc_end(packet[0]);
    if packet.len() < with_sources {
        return Err(RtpError::Csrc);
    }
    if packet[0] & EXTENSION_BIT == 0 {
        return Ok(with_sources);
    }
    let words = u16_at(packet, with_sources + 2).ok_or(RtpError::Extension)?;
    let end = with_sources + 4 + 4 * usize::from(words);
    if packet.len() < end { Err(RtpError::Extension) } else { Ok(end) }
}

fn csrc_end(first: u8) -> usize {
    FIXED_HEADER_LEN + 4 * usize::from(first & 0x0f)
}

/// The extension elements of one packet, in both forms of RFC 8285 §4.2 and §4.3. It ends at the first element that is
/// not whole; what follows it is not guessed at.
#[derive(Clone, Debug)]
pub struct Extensions<'a> {
    rest: &'a [u8],
    form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    OneByte,
    TwoByte,
}

impl<'a> Extensions<'a> {
    /// Takes a header whose length was checked.
    fn in_header(header: &'a [u8]) -> Self {
        const NONE: Extensions<'_> = Extensions { rest: &[], form: Form::OneByte };
        if header[0] & EXTENSION_BIT == 0 {
            return NONE;
        }
        let block = &header[csrc_end(header[0])..];
        match u16_at(block, 0) {
            Some(ONE_BYTE_PROFILE) => Self { rest: &block[4..], form: Form::OneByte },
            // The last four bits belong to the application.
            Some(profile) if profile >> 4 == 0x100 => Self { rest: &block[4..], form: Form::TwoByte },
            _ => NONE,
        }
    }

    /// Takes an element whose header and value are that long, or ends.
    fn take(&mut self, header: usize, len: usize) -> Option<&'a [u8]> {
        let value = self.rest.get(header..header + len);
        self.rest = self.rest.get(header + len..).unwrap_or_default();
        value
    }
}

const ONE_BYTE_PROFILE: u16 = 0xbede;
const TWO_BYTE_PROFILE: u16 = 0x1000;

impl<'a> Iterator for Extensions<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        while let Some((&0, rest)) = self.rest.split_first() {
            self.rest = rest;
        }
        let first = *self.rest.first()?;
        match self.form {
            Form::OneByte => {
                let (id, len) = (first >> 4, usize::from(first & 0x0f) + 1);
                // §4.2: at 15, and at 0 with a length, the whole extension ends.
                if id == 0 || id == 15 {
                    self.rest = &[];
                    return None;
                }
                Some((id, self.take(1, len)?))
            }
            Form::TwoByte => {
                let len = usize::from(*self.rest.get(1)?);
                Some((first, self.take(2, len)?))
            }
        }
    }
}

/// Marks a packet as one whose payload ends with padding and its count.
pub fn mark_padded(packet: &mut [u8]) {
    if let Some(first) = packet.first_mut() {
        *first |= PADDING_BIT;
    }
}

/// The fixed fields of an outgoing header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fields {
    /// The last packet of a picture, or the first of a talk spurt.
    pub marker: bool,
    /// 0 to 127.
    pub payload_type: u8,
    /// Place in the stream.
    pub sequence_number: u16,
    /// Media time.
    pub timestamp: u32,
    /// The stream.
    pub ssrc: Ssrc,
    /// The payload ends with padding and its count.
    pub padding: bool,
}

/// What a [`HeaderWriter`] wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// Length of the header.
    pub len: usize,
    /// Where the two bytes of the transport-wide sequence number lie, if it was asked for.
    pub transport_cc_at: Option<usize>,
}

/// Writes an outgoing header: the fixed fields, then extension elements in the one-byte form, or, if `WIDE`, in the
/// two-byte form (RFC 8285 §4.2, §4.3).
#[derive(Debug)]
pub struct HeaderWriter<'b, const WIDE: bool = false> {
    buffer: &'b mut [u8],
    len: usize,
    transport_cc_at: Option<usize>,
}

impl<'b> HeaderWriter<'b> {
    /// Writes the fixed fields; elements have the one-byte form.
    ///
    /// # Panics
    /// When the buffer is shorter than [`FIXED_HEADER_LEN`].
    #[must_use]
    pub fn new(buffer: &'b mut [u8], fields: &Fields) -> Self {
        Self::of(buffer, fields)
    }
}

impl<'b> HeaderWriter<'b, true> {
    /// Writes the fixed fields; elements have the two-byte form, for values of more than 16 bytes. Who reads them must
    /// have agreed to see both forms in one stream (RFC 8285 §6).
    ///
    /// # Panics
    /// When the buffer is shorter than [`FIXED_HEADER_LEN`].
    #[must_use]
    pub fn wide(buffer: &'b mut [u8], fields: &Fields) -> Self {
        Self::of(buffer, fields)
    }
}

impl<'b, const WIDE: bool> HeaderWriter<'b, WIDE> {
    fn of(buffer: &'b mut [u8], fields: &Fields) -> Self {
        buffer[0] = 0x80 | if fields.padding { PADDING_BIT } else { 0 };
        buffer[1] = (fields.payload_type & 0x7f) | u8::from(fields.marker) << 7;
        buffer[2..4].copy_from_slice(&fields.sequence_number.to_be_bytes());
        buffer[4..8].copy_from_slice(&fields.timestamp.to_be_bytes());
        buffer[8..12].copy_from_slice(&fields.ssrc.0.to_be_bytes());
        Self { buffer, len: FIXED_HEADER_LEN, transport_cc_at: None }
    }

    /// Adds an element. False, with nothing added, when the form cannot carry it (ids 1 to 14, values of 1 to 16 bytes; or
    /// any id but 0, values of up to 255) or the buffer is full.
    pub fn extension(&mut self, id: u8, value: &[u8]) -> bool {
        self.place(id, value).is_some()
    }

    /// Adds a transport-wide sequence number that is filled in later, at [`Written::transport_cc_at`].
    pub fn transport_cc(&mut self, id: u8) -> bool {
        let placed = self.place(id, &[0; 2]);
        self.transport_cc_at = self.transport_cc_at.or(placed);
        placed.is_some()
    }

    /// Closes the extension block and gives the header's length.
    #[must_use]
    pub fn finish(mut self) -> Written {
        if self.len > FIXED_HEADER_LEN {
            let elements = self.len - FIXED_HEADER_LEN - BLOCK_HEADER_LEN;
            let words = elements.div_ceil(4);
            let end = FIXED_HEADER_LEN + BLOCK_HEADER_LEN + 4 * words;
            self.buffer[self.len..end].fill(0);
            self.buffer[0] |= EXTENSION_BIT;
            let profile = if WIDE { TWO_BYTE_PROFILE } else { ONE_BYTE_PROFILE };
            self.buffer[12..14].copy_from_slice(&profile.to_be_bytes());
            let [.., high, low] = words.to_be_bytes();
            self.buffer[14..16].copy_from_slice(&[high, low]);
            self.len = end;
        }
        Written { len: self.len, transport_cc_at: self.transport_cc_at }
    }

    /// Places an element and says where its value lies.
    #[inline]
    fn place(&mut self, id: u8, value: &[u8]) -> Option<usize> {
        let start = if self.len == FIXED_HEADER_LEN { self.len + BLOCK_HEADER_LEN } else { self.len };
        let (head, fits) = if WIDE {
            (2, id > 0 && value.len() <= 255)
        } else {
            (1, (1..=14).contains(&id) && (1..=16).contains(&value.len()))
        };
        let end = start + head + value.len();
        if !fits || end.next_multiple_of(4) > self.buffer.len().min(MAX_WRITTEN_LEN) {
            return None;
        }
        if WIDE {
            let [.., length] = value.len().to_be_bytes();
            self.buffer[start..start + head].copy_from_slice(&[id, length]);
        } else {
            let [.., length] = (value.len() - 1).to_be_bytes();
            self.buffer[start] = id << 4 | length;
        }
        self.buffer[start + head..end].copy_from_slice(value);
        self.len = end;
        Some(start + head)
    }
}

const BLOCK_HEADER_LEN: usize = 4;
/// Fourteen elements of 17 bytes, or one of 257 and some shorter ones; a header is never longer.
pub const MAX_WRITTEN_LEN: usize = FIXED_HEADER_LEN + BLOCK_HEADER_LEN + 320;
