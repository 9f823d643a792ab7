//! One RTP stream that leaves: numbers, header, seal.

use std::time::Instant;

use hoptt_core::reports::{NtpClock, SenderClock};
use hoptt_core::srtp::SrtpOutbound;
use hoptt_wire::Ssrc;
use hoptt_wire::ext;
use hoptt_wire::rtcp::SenderInfo;
use hoptt_wire::rtp::{Fields, HeaderWriter};

use crate::session::ExtensionIds;
use crate::tally::Tally;

/// Longer than any packet: a payload of 1,150 bytes, a header with all extensions, a tag.
pub const MAX_PACKET: usize = 1_500;

/// What the streams of one transport have in common.
#[derive(Debug)]
pub struct Line {
    ids: ExtensionIds,
    transport_number: u16,
    pub(super) buffer: Box<[u8; MAX_PACKET]>,
}

impl Line {
    pub(super) fn new(ids: ExtensionIds) -> Self {
        Self { ids, transport_number: 0, buffer: Box::new([0; MAX_PACKET]) }
    }

    /// Writes a header with the extensions that were agreed on; gives its length.
    pub(super) fn write_header(&mut self, fields: &Fields, names: &Names, level: Option<u8>, sent_ns: u64) -> usize {
        let ids = self.ids;
        let mut writer = HeaderWriter::new(&mut self.buffer[..], fields);
        if ids.mid != 0 {
            writer.extension(ids.mid, names.mid.as_bytes());
        }
        if ids.rid != 0 && !names.rid.is_empty() {
            writer.extension(ids.rid, names.rid.as_bytes());
        }
        if let Some(level) = level.filter(|_| ids.audio_level != 0) {
            writer.extension(ids.audio_level, &ext::write_audio_level(level < 127, level));
        }
        if ids.abs_send_time != 0 {
            let since = std::time::Duration::from_nanos(sent_ns);
            writer.extension(ids.abs_send_time, &ext::write_abs_send_time(since));
        }
        if ids.transport_cc != 0 {
            writer.extension(ids.transport_cc, &ext::write_transport_cc(self.transport_number));
            self.transport_number = self.transport_number.wrapping_add(1);
        }
        writer.finish().len
    }

    /// Seals the packet of this length that lies in the buffer, and sends it.
    pub(super) fn seal(
        &mut self,
        len: usize,
        outbound: &mut SrtpOutbound,
        tally: &mut Tally,
        send: &mut impl FnMut(&[u8]),
    ) {
        let sealed = outbound.seal_rtp(&mut self.buffer[..], len).expect("own numbers only go up, and there is room");
        tally.sent.bytes += sealed as u64;
        send(&self.buffer[..sealed]);
    }
}

/// Which m-line and which encoding.
#[derive(Clone, Debug)]
pub struct Names {
    pub(super) mid: String,
    pub(super) rid: &'static str,
}

/// Numbers of one stream.
#[derive(Debug)]
pub struct Stream {
    ssrc: Ssrc,
    payload_type: u8,
    pub(super) names: Names,
    next_seq: u16,
    /// Counts its packets, for the marks.
    pub(super) index: u32,
    clock: SenderClock,
}

impl Stream {
    pub(super) fn new(ssrc: Ssrc, payload_type: u8, names: Names, clock_rate: u32) -> Self {
        // Two streams of one publisher begin at different numbers, as they do in browsers.
        let [.., high, low] = ssrc.0.to_be_bytes();
        // RFC 3711 §3.3.1: not so high that its first roll-over could be missed.
        let next_seq = u16::from_be_bytes([high & 0x7f, low]);
        Self { ssrc, payload_type, names, next_seq, index: 0, clock: SenderClock::new(clock_rate) }
    }

    pub(super) fn ssrc(&self) -> Ssrc {
        self.ssrc
    }

    /// The sender information of a report that goes out now.
    pub(super) fn info(&self, clock: &NtpClock, now: Instant) -> Option<SenderInfo> {
        self.clock.info(clock, now)
    }

    /// Takes the next number and counts the packet.
    pub(super) fn next(&mut self, timestamp: u32, marker: bool, payload: usize, now: Instant) -> Fields {
        self.clock.handle_packet(timestamp, payload, self.index == 0, now);
        let sequence_number = self.next_seq;
        self.next_seq = self.next_seq.wrapping_add(1);
        self.index = self.index.wrapping_add(1);
        Fields { marker, payload_type: self.payload_type, sequence_number, timestamp, ssrc: self.ssrc, padding: false }
    }
}
