//! RTCP: reports and requests about streams (RFC 3550 §6, RFC 4585, RFC 5104).
//!
//! Reading walks a [`Compound`] packet; each list in it is bounded (S17). Writers append to a buffer, one packet each,
//! so that a compound packet is a few calls.

mod feedback;
mod reports;
mod transport_cc;

use std::fmt;

pub use feedback::{Fir, MAX_NACKED, Nack, Remb, write_fir, write_nack, write_pli, write_remb};
pub use reports::{
    Bye, ReportBlock, Reports, Sdes, SenderInfo, SenderReport, write_bye, write_rr, write_sdes_cname, write_sr,
};
pub use transport_cc::{
    Arrivals, MAX_STATUSES_READ, MAX_STATUSES_WRITTEN, TICK, TransportCc, TransportCcHeader, write_transport_cc,
};

use crate::{Ssrc, u16_at, u32_at};

/// More packets in one compound are not read; a browser sends up to five.
pub const MAX_PACKETS: usize = 32;

/// One packet of a compound.
#[derive(Clone, Debug)]
pub enum Packet<'a> {
    /// What the peer has sent, and how it receives.
    SenderReport(SenderReport<'a>),
    /// How the peer receives.
    ReceiverReport {
        /// Who says so.
        sender: Ssrc,
        /// Per stream.
        reports: Reports<'a>,
    },
    /// Who the peer is.
    Sdes(Sdes<'a>),
    /// Streams that ended.
    Bye(Bye<'a>),
    /// Packets that are missing.
    Nack(Nack<'a>),
    /// When packets arrived.
    TransportCc(TransportCc<'a>),
    /// A picture cannot be shown without a key frame.
    Pli {
        /// Who asks.
        sender: Ssrc,
        /// For what.
        media: Ssrc,
    },
    /// A key frame is asked for.
    Fir(Fir<'a>),
    /// How much the peer believes it can receive.
    Remb(Remb<'a>),
    /// Nothing that is used here.
    Other {
        /// RTCP packet type.
        kind: u8,
        /// The five bits beside the version.
        format: u8,
    },
}

/// Why a packet of a compound was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RtcpError {
    /// The header is cut, of another version, or says more bytes than there are. Nothing behind it can be read.
    Frame,
    /// The lists in this packet reach beyond its end. The following packets are read on.
    Body,
    /// More than [`MAX_PACKETS`].
    TooMany,
}

impl fmt::Display for RtcpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Frame => "an RTCP header reaches beyond the end",
            Self::Body => "an RTCP list reaches beyond its packet",
            Self::TooMany => "more RTCP packets than a compound may have",
        })
    }
}

impl std::error::Error for RtcpError {}

/// The packets of one datagram, in order. After [`RtcpError::Frame`] and [`RtcpError::TooMany`] it ends.
#[derive(Clone, Debug)]
pub struct Compound<'a> {
    rest: &'a [u8],
    left: usize,
}

impl<'a> Compound<'a> {
    /// Takes an unprotected datagram, of reduced size too (RFC 5506).
    #[must_use]
    pub fn new(datagram: &'a [u8]) -> Self {
        Self { rest: datagram, left: MAX_PACKETS }
    }

    fn take(&mut self) -> Result<Packet<'a>, RtcpError> {
        if self.left == 0 {
            return self.end(RtcpError::TooMany);
        }
        self.left -= 1;
        let Some((header, words)) = self.rest.first().zip(u16_at(self.rest, 2)) else {
            return self.end(RtcpError::Frame);
        };
        let end = HEADER_LEN + 4 * usize::from(words);
        if header >> 6 != 2 || self.rest.len() < end {
            return self.end(RtcpError::Frame);
        }
        let (packet, rest) = self.rest.split_at(end);
        self.rest = rest;
        let padding = if packet[0] & PADDING_BIT == 0 { 0 } else { usize::from(packet[end - 1]) };
        let body = &packet[HEADER_LEN..];
        if packet[0] & PADDING_BIT != 0 && (padding == 0 || padding > body.len()) {
            return Err(RtcpError::Body);
        }
        read(packet[1], packet[0] & 0x1f, &body[..body.len() - padding]).ok_or(RtcpError::Body)
    }

    fn end(&mut self, error: RtcpError) -> Result<Packet<'a>, RtcpError> {
        self.rest = &[];
        Err(error)
    }
}

impl<'a> Iterator for Compound<'a> {
    type Item = Result<Packet<'a>, RtcpError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() { None } else { Some(self.take()) }
    }
}

/// Reads one body; `None` when it is shorter than its own lists.
fn read(kind: u8, format: u8, body: &[u8]) -> Option<Packet<'_>> {
    Some(match (kind, format) {
        (SENDER_REPORT, count) => Packet::SenderReport(SenderReport::read(count, body)?),
        (RECEIVER_REPORT, count) => {
            Packet::ReceiverReport { sender: ssrc_at(body, 0)?, reports: Reports::read(count, body.get(4..)?)? }
        }
        (SOURCE_DESCRIPTION, count) => Packet::Sdes(Sdes::read(count, body)),
        (GOODBYE, count) => Packet::Bye(Bye::read(count, body)?),
        (TRANSPORT_FEEDBACK, NACK) => Packet::Nack(Nack::read(body)?),
        (TRANSPORT_FEEDBACK, TRANSPORT_CC) => Packet::TransportCc(TransportCc::read(body)?),
        (PAYLOAD_FEEDBACK, PLI) => Packet::Pli { sender: ssrc_at(body, 0)?, media: ssrc_at(body, 4)? },
        (PAYLOAD_FEEDBACK, FIR) => Packet::Fir(Fir::read(body)?),
        (PAYLOAD_FEEDBACK, APPLICATION) if Remb::is_in(body) => Packet::Remb(Remb::read(body)?),
        _ => Packet::Other { kind, format },
    })
}

const HEADER_LEN: usize = 4;
const PADDING_BIT: u8 = 0x20;

const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const SOURCE_DESCRIPTION: u8 = 202;
const GOODBYE: u8 = 203;
const TRANSPORT_FEEDBACK: u8 = 205;
const PAYLOAD_FEEDBACK: u8 = 206;

const NACK: u8 = 1;
const TRANSPORT_CC: u8 = 15;
const PLI: u8 = 1;
const FIR: u8 = 4;
const APPLICATION: u8 = 15;

fn ssrc_at(body: &[u8], at: usize) -> Option<Ssrc> {
    u32_at(body, at).map(Ssrc)
}

/// Appends one packet: its header, and what `body` writes, filled up to a word.
fn packet(out: &mut Vec<u8>, kind: u8, format: u8, body: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend([0x80 | (format & 0x1f), kind, 0, 0]);
    body(out);
    out.resize(start + (out.len() - start).next_multiple_of(4), 0);
    let [.., high, low] = ((out.len() - start) / 4 - 1).to_be_bytes();
    out[start + 2..start + 4].copy_from_slice(&[high, low]);
}

fn put(out: &mut Vec<u8>, ssrc: Ssrc) {
    out.extend(ssrc.0.to_be_bytes());
}
