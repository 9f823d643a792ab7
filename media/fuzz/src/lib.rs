//! Fuzz targets for everything that reads bytes from outside (S2, S3, S16, S17).
//!
//! Each target is a function that asserts what must hold for any bytes. `main.rs` hands them to libFuzzer
//! (`make fuzz`); `cargo test` runs them over the seeds in `corpus/`, and a finding becomes a seed there.
#![forbid(unsafe_code)]

mod feedback;
mod rewriter;
mod router;

use std::hint::black_box;

use hoptt_io::frames::MAX_FRAME_BYTES;
use hoptt_io::reading::{Cutter, Unreadable, read};
use hoptt_wire::rtcp::{Compound, MAX_NACKED, MAX_PACKETS, MAX_STATUSES_READ, Packet};
use hoptt_wire::{av1, dependency, ext, framing, h264, red as wire_red, rtp, rtx, stun as wire_stun, vp8, vp9};

pub use feedback::feedback;
pub use rewriter::rewriter;
pub use router::router;

/// Something to run on any bytes.
pub type Target = fn(&[u8]);

/// All targets by the names of their folders in `corpus/`.
pub const TARGETS: &[(&str, Target)] = &[
    ("codecs", codecs),
    ("dependency", dependency),
    ("feedback", feedback),
    ("frames", frames),
    ("framing", framing),
    ("red", red),
    ("rewriter", rewriter),
    ("router", router),
    ("rtcp", rtcp),
    ("rtp", rtp),
    ("stun", stun),
];

/// User names of STUN requests.
///
/// # Panics
/// When a user name has another shape than RFC 8839 §5.4 gives it.
pub fn stun(bytes: &[u8]) {
    if let Some(ufrag) = wire_stun::ufrag_of(bytes) {
        assert!((4..=256).contains(&ufrag.len()) && ufrag.is_ascii());
    }
}

/// RTP headers, extension elements of both forms, and RTX numbers.
///
/// # Panics
/// When the parts of a packet are not the packet.
pub fn rtp(bytes: &[u8]) {
    let Ok(packet) = rtp::Rtp::parse(bytes) else { return };
    assert_eq!(packet.header_len() + packet.payload().len() + packet.padding_len(), bytes.len());
    assert_eq!(rtp::header_len(bytes), Ok(packet.header_len()));
    let mut elements = 0;
    for (id, value) in packet.extensions() {
        assert!(id > 0 && packet.extension(id).is_some());
        black_box((ext::audio_level(value), ext::abs_send_time(value), ext::transport_cc(value)));
        for name in [ext::mid(value), ext::rid(value)].into_iter().flatten() {
            assert!((1..=ext::MAX_NAME_LEN).contains(&name.len()));
        }
        elements += 1;
    }
    assert!(elements <= packet.header_len());
    black_box(rtx::read(packet.payload()));
}

/// RTCP compound packets and every list in them.
///
/// # Panics
/// When a list is longer than its limit (S17).
pub fn rtcp(bytes: &[u8]) {
    let mut packets = 0;
    for packet in Compound::new(bytes) {
        packets += 1;
        let (len, limit) = match packet {
            Ok(Packet::SenderReport(report)) => (report.reports.count(), 31),
            Ok(Packet::ReceiverReport { reports, .. }) => (reports.count(), 31),
            Ok(Packet::Sdes(names)) => (names.count(), 31),
            Ok(Packet::Bye(streams)) => (streams.count(), 31),
            Ok(Packet::Nack(nack)) => (nack.sequence_numbers().count(), MAX_NACKED),
            Ok(Packet::TransportCc(feedback)) => (feedback.arrivals().count(), MAX_STATUSES_READ),
            Ok(Packet::Fir(fir)) => (fir.entries().count(), 31),
            Ok(Packet::Remb(remb)) => (remb.streams().count(), 255),
            Ok(Packet::Pli { .. } | Packet::Other { .. }) | Err(_) => (0, 0),
        };
        assert!(len <= limit);
    }
    assert!(packets <= MAX_PACKETS + 1);
}

/// What video payloads say of themselves, and the numbers that a forwarder changes in them.
///
/// # Panics
/// When a changed descriptor reads otherwise than it was written.
pub fn codecs(bytes: &[u8]) {
    black_box((h264::is_keyframe_start(bytes), h264::picture_size(bytes)));
    black_box((av1::is_keyframe_start(bytes), av1::picture_size(bytes)));
    let mut payload = bytes.to_vec();
    if let Some(before) = vp8::Descriptor::parse(&payload) {
        assert!(before.len < payload.len());
        black_box(before.picture_size(&payload));
        before.set_picture_id(&mut payload, 0x55);
        before.set_tl0_pic_idx(&mut payload, 0xaa);
        let after = vp8::Descriptor::parse(&payload).expect("the shape is as before");
        assert_eq!(
            (after.len, after.tid, after.is_keyframe_start()),
            (before.len, before.tid, before.is_keyframe_start())
        );
        assert!(after.picture_id.is_none_or(|id| id.number == 0x55) && after.tl0_pic_idx.is_none_or(|idx| idx == 0xaa));
    }
    let mut payload = bytes.to_vec();
    if let Some(before) = vp9::Descriptor::parse(&payload) {
        assert!(before.len < payload.len());
        before.set_picture_id(&mut payload, 0x55);
        before.set_tl0_pic_idx(&mut payload, 0xaa);
        let after = vp9::Descriptor::parse(&payload).expect("the shape is as before");
        assert_eq!(
            (after.len, after.layers, after.is_keyframe_start()),
            (before.len, before.layers, before.is_keyframe_start())
        );
        assert!(after.picture_id.is_none_or(|id| id.number == 0x55) && after.tl0_pic_idx.is_none_or(|idx| idx == 0xaa));
    }
}

/// Blocks of redundant audio, and the payload types that a forwarder changes in them.
///
/// # Panics
/// When blocks overlap or leave a gap, are too many (S17), or read otherwise than they were written.
pub fn red(bytes: &[u8]) {
    let Ok(before) = wire_red::Red::parse(bytes) else { return };
    let blocks: Vec<_> = before.blocks().collect();
    assert!((1..=wire_red::MAX_BLOCKS).contains(&blocks.len()));
    assert!(blocks.windows(2).all(|pair| pair[0].start + pair[0].len == pair[1].start));
    let primary = blocks[blocks.len() - 1];
    assert_eq!((primary.start, primary.start + primary.len, primary.earlier), (before.primary(), bytes.len(), 0));
    assert!(primary.len > 0);
    let mut changed = bytes.to_vec();
    wire_red::set_payload_type(&mut changed, 0x55);
    let after = wire_red::Red::parse(&changed).expect("the shape is as before");
    let expected = blocks.iter().map(|block| wire_red::Block { payload_type: 0x55, ..*block });
    assert!(after.blocks().eq(expected));
}

/// Two dependency descriptors, the first one cut at the length that the first byte tells, the other one by its structure.
///
/// # Panics
/// When a rewritten descriptor says something else than was written.
pub fn dependency(bytes: &[u8]) {
    let Some((&cut, rest)) = bytes.split_first() else { return };
    let (first, second) = rest.split_at(usize::from(cut).min(rest.len()));
    let read = |value: &[u8]| dependency::Descriptor::parse(value).and_then(|found| found.structure(value));
    let Some(structure) = read(first) else { return };
    assert!((1..=dependency::MAX_TARGETS).contains(&structure.targets().len()));
    for value in [first, second] {
        let Some(before) = dependency::Descriptor::parse(value) else { continue };
        let structure = if before.has_structure { before.structure(value) } else { Some(structure.clone()) };
        let Some(structure) = structure else { continue };
        let Some(frame) = before.frame(value, &structure) else { continue };
        let mut out = vec![0; value.len() + dependency::MAX_GROWTH];
        let len = before.rewrite(value, &structure, (0x55aa, 0x5555_5555), &mut out).expect("there is room");
        let after = dependency::Descriptor::parse(&out[..len]).expect("the shape is as before");
        assert_eq!((after.frame_number, after.has_structure), (0x55aa, before.has_structure));
        let again = after.frame(&out[..len], &structure).expect("a frame is as before");
        assert_eq!((again.spatial, again.temporal), (frame.spatial, frame.temporal));
        assert_eq!((again.targets(), again.active), (frame.targets(), Some(0x5555_5555 & structure.all_targets())));
    }
}

/// The control socket: frames cut out of a stream that comes whole and in pieces as the first byte says, and read (S22).
///
/// # Panics
/// When the pieces change what is read, or a frame is longer than its limit.
pub fn frames(bytes: &[u8]) {
    let Some((&cut, stream)) = bytes.split_first() else { return };
    let cut_out = |piece: usize| -> (Vec<Vec<u8>>, Option<Unreadable>) {
        let (mut cutter, mut taken) = (Cutter::default(), vec![]);
        for piece in stream.chunks(piece) {
            cutter.extend(piece);
            loop {
                match cutter.poll() {
                    Ok(Some(payload)) => taken.push(payload.to_vec()),
                    Ok(None) => break,
                    Err(why) => return (taken, Some(why)),
                }
            }
        }
        (taken, None)
    };
    let whole = cut_out(stream.len().max(1));
    assert_eq!(whole, cut_out(usize::from(cut) + 1));
    for payload in whole.0.iter().map(Vec::as_slice).chain([stream]) {
        assert!(payload.len() <= MAX_FRAME_BYTES);
        let _ = black_box(read(payload));
    }
}

/// Datagrams on a byte stream, whole and cut where the first byte says.
///
/// # Panics
/// When the cut changes what is read.
pub fn framing(bytes: &[u8]) {
    let Some((&cut, stream)) = bytes.split_first() else { return };
    let read = |piece: usize| {
        let mut deframer = framing::Deframer::new(1500);
        let mut taken: Vec<Vec<u8>> = vec![];
        let pieces = stream.chunks(piece);
        let end = pieces
            .map(|piece| deframer.handle_bytes(piece, |datagram| taken.push(datagram.to_vec())))
            .find(Result::is_err);
        (taken, end)
    };
    let whole = read(stream.len().max(1));
    assert!(whole.0.iter().all(|datagram| (1..=1500).contains(&datagram.len())));
    assert_eq!(whole, read(usize::from(cut) + 1));
}
