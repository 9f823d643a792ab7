//! What arrived, as tests ask for it.

use std::time::Instant;

use hoptt_core::control::{Kind, Slot};
use hoptt_wire::red::Red;
use hoptt_wire::{vp8, vp9};
use str0m::rtp::RtpPacket;

use crate::codecs::{RED, coding};
use crate::descriptors;
use crate::layers::Coding;
use crate::source::Mark;

/// A packet that arrived in a slot, after repair.
#[derive(Clone, Debug)]
pub struct Received {
    /// When.
    pub at: Instant,
    /// Sound or picture.
    pub kind: Kind,
    /// Counted per kind from 0.
    pub slot: u32,
    /// Its sequence number with cycles.
    pub seq: u64,
    /// How many came right before it of which only the number was sent.
    pub numbers_before: u64,
    /// Its media time.
    pub rtp_time: u32,
    /// Ends a picture.
    pub marker: bool,
    /// Whose it is, read from the payload.
    pub mark: Mark,
    /// Of a voice that came with redundancy: what it said in the packet before.
    pub earlier: Option<Mark>,
    /// The picture id, of a picture in VP8 or VP9.
    pub picture_id: Option<u16>,
    /// The number of such a picture's lowest layer.
    pub tl0_pic_idx: Option<u8>,
}

/// A packet of a picture as it arrived.
#[derive(Clone, Debug)]
pub struct Taped {
    /// When.
    pub at: Instant,
    /// By its payload type.
    pub coding: Coding,
    /// Its sequence number with cycles.
    pub seq: u64,
    /// Its media time.
    pub rtp_time: u32,
    /// Ends a picture.
    pub marker: bool,
    /// What it depends on, where that is told.
    pub descriptor: Option<Vec<u8>>,
    /// What is in it.
    pub payload: Vec<u8>,
}

impl Received {
    /// Reads what arrived in a slot; padding probes have no mark.
    pub(crate) fn of(at: Instant, slot: &Slot, packet: &RtpPacket, numbers_before: u64) -> Option<Self> {
        let (picture_id, tl0_pic_idx) = match coding(*packet.header.payload_type) {
            Some(Coding::Vp8) => vp8::Descriptor::parse(&packet.payload)
                .map_or((None, None), |found| (found.picture_id, found.tl0_pic_idx)),
            Some(Coding::Vp9) => vp9::Descriptor::parse(&packet.payload)
                .map_or((None, None), |found| (found.picture_id, found.tl0_pic_idx)),
            _ => (None, None),
        };
        Some(Self {
            at,
            kind: slot.kind,
            slot: slot.slot,
            seq: *packet.seq_no,
            numbers_before,
            rtp_time: packet.header.timestamp,
            marker: packet.header.marker,
            mark: Mark::read(&packet.payload)?,
            earlier: earlier(packet),
            picture_id: picture_id.map(|id| id.number),
            tl0_pic_idx,
        })
    }
}

fn earlier(packet: &RtpPacket) -> Option<Mark> {
    let payload = Some(&packet.payload[..]).filter(|_| *packet.header.payload_type == RED)?;
    let block = Red::parse(payload).ok()?.blocks().next().filter(|block| block.earlier > 0)?;
    Mark::read(&payload[block.start..block.start + block.len])
}

impl Taped {
    /// Reads a packet of a picture.
    pub(crate) fn of(at: Instant, packet: &RtpPacket) -> Option<Self> {
        Some(Self {
            at,
            coding: coding(*packet.header.payload_type)?,
            seq: *packet.seq_no,
            rtp_time: packet.header.timestamp,
            marker: packet.header.marker,
            descriptor: packet.header.ext_vals.user_values.get().map(|descriptors::Value(value)| value.clone()),
            payload: packet.payload.to_vec(),
        })
    }
}
