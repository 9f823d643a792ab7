//! One packet into its subscriber's lane: header written, payload copied, sealed there; and padding beside it.

use std::time::{Duration, Instant};

use hoptt_wire::dependency::{Descriptor, Structure};
use hoptt_wire::rtp::{Fields, HeaderWriter, MAX_WRITTEN_LEN, Rtp, mark_padded};
use hoptt_wire::{Ssrc, ext, rtx};

use super::counters::Count;
use super::egress::{Class, Outbox};
use super::encoding::Encoding;
use super::layering;
use super::payload::Format;
use super::peer::Peer;
use super::redundancy::Part;
use super::rtcp_out::REPORT_INTERVAL;
use super::slot::Shown;
use super::track::{Track, Watcher};
use crate::bwe::Repairable;
use crate::control::{Extensions, Kind};
use crate::rewriter::OutPacket;
use crate::srtp::MAX_OVERHEAD;
use crate::targets::Fate;

/// RFC 8285 §4.2: longer ones need the two-byte form.
const SHORT_VALUE: usize = 16;
/// RFC 3550 §5.1: one byte counts the padding.
const MAX_PADDING: u32 = 255;
/// Encoders cut a picture into packets that differ by a byte or two. Who begins a train is padded to a multiple of this with a
/// byte to spare, and those behind it to its length: so nearly every picture leaves as one train, for 5 bytes of a packet.
const EVEN: usize = 8;
/// Who lacks more to be as long as the one before begins another train.
const MAX_EVENING: usize = 24;
/// Shorter ones are alone: a picture in several packets fills at least half of each.
const EVEN_FROM: usize = 500;

/// A packet about to leave.
pub(super) struct Leaving<'a> {
    pub(super) rtp: &'a Rtp<'a>,
    pub(super) format: Format,
    pub(super) level: Option<(bool, u8)>,
    pub(super) out: OutPacket,
    /// The slot's clock runs on another source's from here.
    pub(super) reclocked: bool,
    pub(super) shown: Shown,
    /// Sent again: wrapped as RTX (RFC 4588).
    pub(super) again: bool,
    /// Nobody needs it any more: it left its turn to others, and ends no frame of which some has left.
    pub(super) spared: bool,
    /// Not taken: its number is all that the receiver needs.
    pub(super) fate: Fate,
    /// What describes it among the layers of its stream.
    pub(super) described: Option<Described<'a>>,
    /// What of its payload leaves.
    pub(super) part: Part,
    /// How long the payload of a voice is to become by padding; 0: it stays as it is.
    pub(super) pad_to: usize,
}

/// A dependency descriptor as it came, and the structure that it refers to.
#[derive(Clone, Copy)]
pub(super) struct Described<'a> {
    descriptor: Descriptor,
    value: &'a [u8],
    structure: &'a Structure,
}

impl Track {
    /// The descriptor of one of its packets.
    pub(super) fn described<'a>(&self, encoding: &'a Encoding, format: Format, rtp: &Rtp<'a>) -> Option<Described<'a>> {
        let (descriptor, value) = layering::descriptor(format, rtp, self.descriptor_id)?;
        Some(Described { descriptor, value, structure: encoding.layering.structure()? })
    }
}

/// Room for a descriptor.
type Room = [u8; 255];

impl Leaving<'_> {
    /// Writes the descriptor for a subscriber: frame numbers go on, and the mask tells what it gets.
    #[inline(never)]
    fn describe<'r>(&self, id: Option<u8>, room: &'r mut Room) -> Option<(u8, &'r [u8])> {
        let (id, described) = id.zip(self.described.as_ref())?;
        let number = self.out.picture.frame_number?;
        let len = described.descriptor.rewrite(
            described.value,
            described.structure,
            (number, self.fate.active),
            &mut room[..],
        )?;
        Some((id, &room[..len]))
    }
}

/// What the header extensions of a packet tell.
struct Told<'a> {
    extensions: &'a Extensions,
    mid: &'a str,
    level: Option<(bool, u8)>,
    descriptor: Option<(u8, &'a [u8])>,
}

impl Told<'_> {
    /// Writes those that were agreed on; gives the header's length.
    #[inline]
    fn write<const WIDE: bool>(
        &self,
        mut header: HeaderWriter<'_, WIDE>,
        sent: impl FnOnce() -> Duration,
        number: impl FnOnce() -> u16,
    ) -> usize {
        if let Some(id) = self.extensions.mid {
            header.extension(id, self.mid.as_bytes());
        }
        if let Some((id, value)) = self.descriptor {
            header.extension(id, value);
        }
        if let (Some(id), Some((voice, level))) = (self.extensions.audio_level, self.level) {
            header.extension(id, &ext::write_audio_level(voice, level));
        }
        if let Some(id) = self.extensions.abs_send_time {
            header.extension(id, &ext::write_abs_send_time(sent()));
        }
        if let Some(id) = self.extensions.transport_cc {
            header.extension(id, &ext::write_transport_cc(number()));
        }
        header.finish().len
    }
}

/// Writes a packet into the subscriber's lane and seals it there.
pub(super) fn deliver(
    now: Instant,
    epoch: Instant,
    out: &mut Outbox,
    peer: &mut Peer,
    watcher: Watcher,
    leaving: &Leaving<'_>,
) -> bool {
    #[cfg(test)]
    assert!(peer.fault != Some(super::tests::Fault::Receiving), "a fault made by a test");
    let Some(to) = peer.transport.media_address(now) else { return false };
    let Peer { transport, slots, extensions, lane, bandwidth, line, .. } = peer;
    let (Some(keys), slot) = (transport.outbound(), &mut slots[watcher.slot]) else { return false };
    let (ssrc, payload_type, sequence_number) = match (leaving.again, slot.setup.rtx_ssrc, leaving.shown.rtx_pt) {
        (false, ..) => (slot.setup.ssrc, leaving.part.red_pt().unwrap_or(leaving.shown.pt), leaving.out.seq),
        (true, Some(ssrc), Some(pt)) => (ssrc, pt, slot.rtx_seq),
        _ => return false,
    };
    let class = if slot.setup.kind == Kind::Audio { Class::Audio } else { Class::Rest };
    let payload = if leaving.fate.taken { leaving.part.of(leaving.rtp.payload()) } else { &[][..] };
    let fields = Fields {
        marker: (leaving.rtp.marker() || leaving.fate.ends_picture) && !leaving.spared,
        payload_type,
        sequence_number,
        timestamp: leaving.out.timestamp,
        ssrc: Ssrc(ssrc),
        padding: false,
    };
    let mut descriptor_room: Room;
    let descriptor = match leaving.described {
        Some(_) if leaving.fate.taken => {
            descriptor_room = [0; 255];
            leaving.describe(extensions.dependency_descriptor, &mut descriptor_room)
        }
        _ => None,
    };
    let most = leaving.pad_to.saturating_sub(payload.len()).max(MAX_EVENING);
    let room = MAX_WRITTEN_LEN + rtx::OSN_LEN + payload.len() + most + MAX_OVERHEAD;
    let numbered = extensions.transport_cc.is_some();
    let mut wire_len = 0;
    let left = out.write(lane, to, (class, room), |bytes, before| {
        let told = Told { extensions, mid: &slot.setup.mid, level: leaving.level, descriptor };
        let sent = || now.saturating_duration_since(epoch);
        let mut len = match descriptor {
            Some((_, value)) if value.len() > SHORT_VALUE => {
                told.write(HeaderWriter::wide(bytes, &fields), sent, || bandwidth.next_number())
            }
            _ => told.write(HeaderWriter::new(bytes, &fields), sent, || bandwidth.next_number()),
        };
        if leaving.again {
            rtx::write_osn(&mut bytes[len..], leaving.out.seq);
            len += rtx::OSN_LEN;
        }
        let copy = &mut bytes[len..len + payload.len()];
        copy.copy_from_slice(payload);
        leaving.format.write_picture_ids(copy, leaving.out.picture);
        leaving.part.write(copy);
        len += payload.len();
        let padding = match class {
            Class::Audio => leaving.pad_to.saturating_sub(payload.len()),
            Class::Rest if payload.len() < EVEN_FROM => 0,
            Class::Rest => evening(len + keys.profile().tag_len(), before, fields.marker),
        };
        if padding > 0 {
            write_padding(&mut bytes[len..len + padding]);
            mark_padded(bytes);
            len += padding;
        }
        wire_len = keys.seal_rtp(bytes, len).map_err(|_| Count::DroppedSeal)?;
        Ok(wire_len)
    });
    if left {
        out.counters.one(Count::PacketsOut);
        if leaving.part.red_pt().is_some() {
            out.counters.one(Count::RedundancySent);
        }
        if numbered {
            let slot = u16::try_from(watcher.slot).ok().filter(|_| !leaving.again && leaving.shown.rtx_pt.is_some());
            let of = slot.map(|slot| Repairable { slot, seq: leaving.out.seq });
            bandwidth.handle_sent(now, wire_len + to.headers(), of);
        }
        slot.rtx_seq = slot.rtx_seq.wrapping_add(u16::from(leaving.again));
        if !leaving.again {
            if !payload.is_empty() {
                slot.leaving = (!fields.marker).then_some(leaving.out.timestamp);
            }
            let reclocked = leaving.out.first && leaving.reclocked;
            slot.sender.handle_packet(leaving.out.timestamp, payload.len(), reclocked, now);
        }
        line.left(wire_len);
        out.armed.extend(line.arm_report(now, REPORT_INTERVAL).map(|at| (watcher.peer, at)));
    }
    left
}

/// The bytes that a packet of this length on the wire lacks to leave in a train with the one before it, or to begin one; the
/// last of a picture may be shorter.
fn evening(len: usize, before: usize, ends: bool) -> usize {
    match before.checked_sub(len) {
        Some(_) if ends => 0,
        Some(lacking) if lacking <= MAX_EVENING => lacking,
        _ => (len + 1).next_multiple_of(EVEN) - len,
    }
}

/// Fills the place with padding, of which the last byte tells the length (RFC 3550 §5.1); there are 255 bytes at most.
fn write_padding(place: &mut [u8]) {
    place.fill(0);
    if let (Some(last), Ok(count)) = (place.len().checked_sub(1), u8::try_from(place.len())) {
        place[last] = count;
    }
}

/// Sends a packet of padding of about so many bytes in the stream of repairs of a slot, whose numbers nobody misses;
/// false: there is no such stream.
pub(super) fn pad(now: Instant, epoch: Instant, out: &mut Outbox, peer: &mut Peer, bytes: u32) -> bool {
    let Some(to) = peer.transport.media_address(now) else { return false };
    let Peer { transport, slots, extensions, lane, bandwidth, line, .. } = peer;
    let (Some(keys), Some(number_id)) = (transport.outbound(), extensions.transport_cc) else { return false };
    let found = slots.iter_mut().find_map(|slot| {
        let first = slot.setup.codecs.iter().find_map(|codec| codec.rtx_pt);
        let payload_type = slot.shown.map_or(first, |shown| shown.rtx_pt)?;
        Some((slot.setup.rtx_ssrc?, payload_type, slot))
    });
    let Some((ssrc, payload_type, slot)) = found else { return false };
    let fields = Fields {
        marker: false,
        payload_type,
        sequence_number: slot.rtx_seq,
        timestamp: slot.shown.map_or(0, |shown| shown.rtp_time),
        ssrc: Ssrc(ssrc),
        padding: true,
    };
    let count = u8::try_from(bytes.clamp(1, MAX_PADDING)).expect("held to the range");
    let room = MAX_WRITTEN_LEN + usize::from(count) + MAX_OVERHEAD;
    let mut wire_len = 0;
    let left = out.write(lane, to, (Class::Rest, room), |bytes, _| {
        let mut header = HeaderWriter::new(bytes, &fields);
        if let Some(id) = extensions.mid {
            header.extension(id, slot.setup.mid.as_bytes());
        }
        if let Some(id) = extensions.abs_send_time {
            header.extension(id, &ext::write_abs_send_time(now.saturating_duration_since(epoch)));
        }
        header.extension(number_id, &ext::write_transport_cc(bandwidth.next_number()));
        let len = header.finish().len;
        write_padding(&mut bytes[len..len + usize::from(count)]);
        wire_len = keys.seal_rtp(bytes, len + usize::from(count)).map_err(|_| Count::DroppedSeal)?;
        Ok(wire_len)
    });
    if left {
        out.counters.one(Count::PaddingSent);
        bandwidth.handle_sent(now, wire_len + to.headers(), None);
        slot.rtx_seq = slot.rtx_seq.wrapping_add(1);
        line.left(wire_len);
    }
    left
}
