//! Sender and receiver reports, names and good-byes (RFC 3550 §6.4 to §6.6).

use super::{GOODBYE, RECEIVER_REPORT, SENDER_REPORT, SOURCE_DESCRIPTION, packet, put, ssrc_at};
use crate::{Ssrc, u32_at};

/// What the peer has sent, and how it receives.
#[derive(Clone, Debug)]
pub struct SenderReport<'a> {
    /// The stream.
    pub sender: Ssrc,
    /// Its clocks and counts.
    pub info: SenderInfo,
    /// Per received stream.
    pub reports: Reports<'a>,
}

/// The clocks and counts of a sender.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SenderInfo {
    /// Wall clock in 32.32 fixed point since 1900.
    pub ntp: u64,
    /// The same moment in the stream's own clock.
    pub rtp_time: u32,
    /// Packets sent so far.
    pub packets: u32,
    /// Payload bytes sent so far.
    pub octets: u32,
}

/// How one stream is received.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReportBlock {
    /// The stream.
    pub ssrc: Ssrc,
    /// Lost since the last report, in 1/256.
    pub fraction_lost: u8,
    /// Lost since the beginning; duplicates count against it. 24 bits, signed.
    pub lost: i32,
    /// Highest sequence number with its cycles.
    pub highest_sequence: u32,
    /// In units of the stream's clock.
    pub jitter: u32,
    /// The middle 32 bits of the last sender report's NTP time, or 0.
    pub last_report: u32,
    /// Since that report, in 1/65536 s.
    pub delay: u32,
}

impl<'a> SenderReport<'a> {
    pub(super) fn read(count: u8, body: &'a [u8]) -> Option<Self> {
        let seconds = u32_at(body, 4)?;
        Some(Self {
            sender: ssrc_at(body, 0)?,
            info: SenderInfo {
                ntp: u64::from(seconds) << 32 | u64::from(u32_at(body, 8)?),
                rtp_time: u32_at(body, 12)?,
                packets: u32_at(body, 16)?,
                octets: u32_at(body, 20)?,
            },
            reports: Reports::read(count, body.get(24..)?)?,
        })
    }
}

/// The report blocks of one packet; at most 31 (five bits count them).
#[derive(Clone, Debug)]
pub struct Reports<'a> {
    rest: &'a [u8],
}

impl<'a> Reports<'a> {
    pub(super) fn read(count: u8, body: &'a [u8]) -> Option<Self> {
        Some(Self { rest: body.get(..BLOCK_LEN * usize::from(count))? })
    }
}

impl Iterator for Reports<'_> {
    type Item = ReportBlock;

    fn next(&mut self) -> Option<ReportBlock> {
        let (block, rest) = self.rest.split_first_chunk::<BLOCK_LEN>()?;
        self.rest = rest;
        let loss = u32_at(block, 4)?;
        Some(ReportBlock {
            ssrc: ssrc_at(block, 0)?,
            fraction_lost: block[4],
            // Shifted up and back, so that bit 23 is the sign.
            lost: (loss << 8).cast_signed() >> 8,
            highest_sequence: u32_at(block, 8)?,
            jitter: u32_at(block, 12)?,
            last_report: u32_at(block, 16)?,
            delay: u32_at(block, 20)?,
        })
    }
}

const BLOCK_LEN: usize = 24;
/// Five bits count the blocks of a packet.
const MAX_BLOCKS: usize = 31;

/// Names of sources: SSRC and CNAME of each chunk that has one; at most 31. It ends at a chunk that is not whole.
#[derive(Clone, Debug)]
pub struct Sdes<'a> {
    rest: &'a [u8],
    left: u8,
}

impl<'a> Sdes<'a> {
    pub(super) fn read(count: u8, body: &'a [u8]) -> Self {
        Self { rest: body, left: count }
    }

    /// Takes one chunk: its source, and its CNAME if it has one.
    fn chunk(&mut self) -> Option<(Ssrc, Option<&'a [u8]>)> {
        let (ssrc, chunk) = (ssrc_at(self.rest, 0)?, self.rest);
        let (mut at, mut cname) = (4, None);
        loop {
            match (*chunk.get(at)?, chunk.get(at + 1)) {
                (0, _) => break,
                (kind, len) => {
                    let end = at + 2 + usize::from(*len?);
                    let text = chunk.get(at + 2..end)?;
                    if kind == CNAME {
                        cname = Some(text);
                    }
                    at = end;
                }
            }
        }
        // One to four null bytes end a chunk on a word.
        self.rest = chunk.get((at + 1).next_multiple_of(4)..).unwrap_or_default();
        Some((ssrc, cname))
    }
}

impl<'a> Iterator for Sdes<'a> {
    type Item = (Ssrc, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        while self.left > 0 {
            self.left -= 1;
            if let (ssrc, Some(cname)) = self.chunk()? {
                return Some((ssrc, cname));
            }
        }
        None
    }
}

const CNAME: u8 = 1;

/// Streams that ended; at most 31.
#[derive(Clone, Debug)]
pub struct Bye<'a> {
    rest: &'a [u8],
}

impl<'a> Bye<'a> {
    pub(super) fn read(count: u8, body: &'a [u8]) -> Option<Self> {
        Some(Self { rest: body.get(..4 * usize::from(count))? })
    }
}

impl Iterator for Bye<'_> {
    type Item = Ssrc;

    fn next(&mut self) -> Option<Ssrc> {
        let ssrc = ssrc_at(self.rest, 0)?;
        self.rest = &self.rest[4..];
        Some(ssrc)
    }
}

/// Writes a sender report; blocks beyond the 31st go into receiver reports behind it.
pub fn write_sr(out: &mut Vec<u8>, sender: Ssrc, info: &SenderInfo, reports: &[ReportBlock]) {
    let (first, rest) = reports.split_at(reports.len().min(MAX_BLOCKS));
    packet(out, SENDER_REPORT, count_of(first), |out| {
        put(out, sender);
        out.extend(info.ntp.to_be_bytes());
        out.extend(info.rtp_time.to_be_bytes());
        out.extend(info.packets.to_be_bytes());
        out.extend(info.octets.to_be_bytes());
        for block in first {
            put_block(out, block);
        }
    });
    if !rest.is_empty() {
        write_rr(out, sender, rest);
    }
}

/// Writes receiver reports, 31 blocks in each; one without blocks when there are none.
pub fn write_rr(out: &mut Vec<u8>, sender: Ssrc, reports: &[ReportBlock]) {
    let mut rest = reports;
    loop {
        let (blocks, behind) = rest.split_at(rest.len().min(MAX_BLOCKS));
        packet(out, RECEIVER_REPORT, count_of(blocks), |out| {
            put(out, sender);
            for block in blocks {
                put_block(out, block);
            }
        });
        rest = behind;
        if rest.is_empty() {
            return;
        }
    }
}

fn put_block(out: &mut Vec<u8>, block: &ReportBlock) {
    put(out, block.ssrc);
    // RFC 3550 A.3: clamped to 24 bits, signed.
    let lost = block.lost.clamp(-0x80_0000, 0x7f_ffff).to_be_bytes();
    out.extend([block.fraction_lost, lost[1], lost[2], lost[3]]);
    out.extend(block.highest_sequence.to_be_bytes());
    out.extend(block.jitter.to_be_bytes());
    out.extend(block.last_report.to_be_bytes());
    out.extend(block.delay.to_be_bytes());
}

/// Writes the CNAME of a source; what is longer than 255 bytes is cut.
pub fn write_sdes_cname(out: &mut Vec<u8>, ssrc: Ssrc, cname: &str) {
    let text = &cname.as_bytes()[..cname.len().min(255)];
    packet(out, SOURCE_DESCRIPTION, 1, |out| {
        put(out, ssrc);
        let [.., len] = text.len().to_be_bytes();
        out.extend([CNAME, len]);
        out.extend(text);
        // The null that ends the list; the packet's fill does the rest.
        out.push(0);
    });
}

/// Says that streams ended; those beyond the 31st are left out.
pub fn write_bye(out: &mut Vec<u8>, streams: &[Ssrc]) {
    let streams = &streams[..streams.len().min(MAX_BLOCKS)];
    packet(out, GOODBYE, count_of(streams), |out| {
        for ssrc in streams {
            put(out, *ssrc);
        }
    });
}

fn count_of<T>(list: &[T]) -> u8 {
    let [.., count] = list.len().to_be_bytes();
    count
}
