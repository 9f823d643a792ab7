//! When packets arrived, by their transport-wide numbers (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1).

use std::time::Duration;

use super::{TRANSPORT_CC, TRANSPORT_FEEDBACK, packet, put, ssrc_at};
use crate::{Ssrc, u16_at, u32_at};

/// The unit of arrival times.
pub const TICK: Duration = Duration::from_micros(250);
/// So many statuses of one packet are read (S17): 2 s of 1,000 packets a second.
pub const MAX_STATUSES_READ: usize = 2048;
/// So many statuses go into one packet: at worst 936 bytes, so that it fits a datagram.
pub const MAX_STATUSES_WRITTEN: usize = 400;

/// What a feedback packet says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransportCcHeader {
    /// Who received.
    pub sender: Ssrc,
    /// Any stream of the transport.
    pub media: Ssrc,
    /// The number of the first status.
    pub base: u16,
    /// Counts feedback packets.
    pub feedback_count: u8,
}

/// A feedback packet.
#[derive(Clone, Debug)]
pub struct TransportCc<'a> {
    /// What it says of itself.
    pub header: TransportCcHeader,
    /// In units of 64 ms, 24 bits, signed.
    pub reference_time: i32,
    count: u16,
    chunks_and_deltas: &'a [u8],
}

impl<'a> TransportCc<'a> {
    pub(super) fn read(body: &'a [u8]) -> Option<Self> {
        let time_and_count = u32_at(body, 12)?;
        Some(Self {
            header: TransportCcHeader {
                sender: ssrc_at(body, 0)?,
                media: ssrc_at(body, 4)?,
                base: u16_at(body, 8)?,
                feedback_count: body[15],
            },
            reference_time: time_and_count.cast_signed() >> 8,
            count: u16_at(body, 10)?,
            chunks_and_deltas: body.get(16..)?,
        })
    }

    /// Each number with its arrival in [`TICK`]s of the receiver's clock, or `None` for a packet that did not arrive.
    ///
    /// It ends early when the chunks or the times do.
    #[must_use]
    pub fn arrivals(&self) -> Arrivals<'a> {
        let count = usize::from(self.count).min(MAX_STATUSES_READ);
        let deltas = deltas_at(self.chunks_and_deltas, usize::from(self.count));
        Arrivals {
            chunks: self.chunks_and_deltas,
            deltas: self.chunks_and_deltas.get(deltas..).unwrap_or_default(),
            chunk: Chunk::default(),
            next: self.header.base,
            left: count,
            ticks: i64::from(self.reference_time) * TICKS_OF_REFERENCE,
        }
    }
}

/// The reference time counts 64 ms.
const TICKS_OF_REFERENCE: i64 = 256;

/// Where the deltas begin: behind as many chunks as the statuses need.
fn deltas_at(bytes: &[u8], mut statuses: usize) -> usize {
    let mut at = 0;
    while statuses > 0 {
        let Some(word) = u16_at(bytes, at) else { return bytes.len() };
        statuses = statuses.saturating_sub(usize::from(Chunk::read(word).len));
        at += 2;
    }
    at
}

/// See [`TransportCc::arrivals`].
#[derive(Clone, Debug)]
pub struct Arrivals<'a> {
    chunks: &'a [u8],
    deltas: &'a [u8],
    chunk: Chunk,
    next: u16,
    left: usize,
    ticks: i64,
}

impl Arrivals<'_> {
    fn take(&mut self) -> Option<(u16, Option<i64>)> {
        while self.chunk.len == 0 {
            self.chunk = Chunk::read(u16_at(self.chunks, 0)?);
            self.chunks = &self.chunks[2..];
        }
        let delta = match self.chunk.pop() {
            LOST => None,
            SMALL => {
                let (delta, rest) = self.deltas.split_first()?;
                self.deltas = rest;
                Some(i64::from(*delta))
            }
            LARGE => {
                let (delta, rest) = self.deltas.split_first_chunk()?;
                self.deltas = rest;
                Some(i64::from(i16::from_be_bytes(*delta)))
            }
            _ => return None,
        };
        let number = self.next;
        self.next = number.wrapping_add(1);
        Some((
            number,
            delta.map(|delta| {
                self.ticks += delta;
                self.ticks
            }),
        ))
    }
}

impl Iterator for Arrivals<'_> {
    type Item = (u16, Option<i64>);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let taken = self.take();
        if taken.is_none() {
            self.left = 0;
        }
        taken
    }
}

const LOST: u16 = 0;
const SMALL: u16 = 1;
const LARGE: u16 = 2;

/// What is left of a status chunk: `len` symbols, either all alike or in the upper bits of `symbols`.
#[derive(Clone, Copy, Debug, Default)]
struct Chunk {
    len: u16,
    symbols: u16,
    bits: u16,
}

impl Chunk {
    /// §3.1.3 and §3.1.4.
    fn read(word: u16) -> Self {
        match word >> 14 {
            0b10 => Self { len: 14, symbols: word << 2, bits: 1 },
            0b11 => Self { len: 7, symbols: word << 2, bits: 2 },
            run => {
                debug_assert!(run < 2);
                Self { len: word & 0x1fff, symbols: word >> 13 & 3, bits: 0 }
            }
        }
    }

    fn pop(&mut self) -> u16 {
        self.len -= 1;
        if self.bits == 0 {
            return self.symbols;
        }
        let symbol = self.symbols >> (16 - self.bits);
        self.symbols <<= self.bits;
        symbol
    }
}

/// Reports arrivals and says how many of them went into the packet: all, unless there are more than
/// [`MAX_STATUSES_WRITTEN`] or two lie more than 8 s apart; the rest belongs into a packet of its own, whose base is
/// later by as many. Nothing is written, and 0 said, when nothing arrived.
///
/// `arrivals` begins at the header's base and gives each time in [`TICK`]s since any fixed moment.
pub fn write_transport_cc(out: &mut Vec<u8>, header: &TransportCcHeader, arrivals: &[Option<u64>]) -> usize {
    let Some(first) = arrivals.iter().take(MAX_STATUSES_WRITTEN).flatten().next() else { return 0 };
    let reference = first >> 8;
    let mut symbols = [LOST; MAX_STATUSES_WRITTEN];
    let count = symbols_of(arrivals, reference << 8, &mut symbols);
    packet(out, TRANSPORT_FEEDBACK, TRANSPORT_CC, |out| {
        put(out, header.sender);
        put(out, header.media);
        out.extend(header.base.to_be_bytes());
        let [.., count_high, count_low] = count.to_be_bytes();
        let [.., high, middle, low] = reference.to_be_bytes();
        out.extend([count_high, count_low, high, middle, low, header.feedback_count]);
        put_chunks(out, &symbols[..count]);
        let mut before = reference << 8;
        for (symbol, arrival) in symbols[..count].iter().zip(arrivals) {
            let ticks = arrival.unwrap_or(before);
            let [.., high, low] = ticks.wrapping_sub(before).to_be_bytes();
            match *symbol {
                LOST => {}
                SMALL => out.push(low),
                _ => out.extend([high, low]),
            }
            before = ticks;
        }
    });
    count
}

/// Finds the symbol of each arrival, up to the first that no delta reaches.
fn symbols_of(arrivals: &[Option<u64>], mut before: u64, symbols: &mut [u16; MAX_STATUSES_WRITTEN]) -> usize {
    let mut count = 0;
    for (symbol, arrival) in symbols.iter_mut().zip(arrivals) {
        if let Some(ticks) = arrival {
            *symbol = match ticks.wrapping_sub(before).cast_signed() {
                0..=0xff => SMALL,
                -0x8000..=0x7fff => LARGE,
                _ => break,
            };
            before = *ticks;
        }
        count += 1;
    }
    count
}

fn put_chunks(out: &mut Vec<u8>, mut symbols: &[u16]) {
    while let Some(&symbol) = symbols.first() {
        let run = symbols.iter().take_while(|other| **other == symbol).count();
        let word = if run >= 14 || (run >= 7 && symbols.iter().take(14).any(|symbol| *symbol == LARGE)) {
            let [.., high, low] = run.to_be_bytes();
            symbols = &symbols[run..];
            symbol << 13 | u16::from_be_bytes([high, low])
        } else if symbols.iter().take(14).all(|symbol| *symbol < LARGE) {
            vector(0b10, &mut symbols, 14, 1)
        } else {
            vector(0b11, &mut symbols, 7, 2)
        };
        out.extend(word.to_be_bytes());
    }
}

/// A status vector of up to `len` symbols; what is missing at the end is zero.
fn vector(kind: u16, symbols: &mut &[u16], len: usize, bits: u16) -> u16 {
    let (taken, rest) = symbols.split_at(symbols.len().min(len));
    *symbols = rest;
    let padded = taken.iter().copied().chain(std::iter::repeat(LOST)).take(len);
    padded.fold(kind, |word, symbol| word << bits | symbol)
}
