//! A rewriter whose source is as wild as one likes.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use hoptt_core::rewriter::{OutPacket, PictureId, PictureIds, Rewriter, SourcePacket};
use hoptt_core::seq::Unwrapper;

/// Packets and switches, four bytes each: what, how the number moves, and the timestamp.
///
/// # Panics
/// When a number is given twice (S15), or one that was given does not lead back to its packet.
pub fn rewriter(bytes: &[u8]) {
    let Some((first, rest)) = bytes.split_first_chunk::<2>() else { return };
    let mut now = Instant::now();
    let mut rewriter = Rewriter::new(u16::from_be_bytes(*first), 0);
    let (mut seq, mut source) = (1_u64 << 20, 0_u8);
    let mut numbers = Unwrapper::default();
    let mut given = HashSet::new();
    for &[what, step, high, low] in rest.as_chunks::<4>().0 {
        now += Duration::from_millis(u64::from(what >> 5));
        seq = seq.saturating_add_signed(i64::from(step.cast_signed())).max(1 << 16);
        let timestamp = u32::from_be_bytes([high, low, step, 0]);
        let picture = PictureIds {
            picture_id: (what & 0x10 != 0).then_some(PictureId::Long(u16::from_be_bytes([high & 0x7f, low]))),
            tl0_pic_idx: Some(low),
            frame_number: (what & 0x20 != 0).then_some(u16::from_be_bytes([low, high])),
        };
        let packet = SourcePacket {
            source,
            seq,
            timestamp,
            padding_only: what & 0x08 != 0,
            picture,
            closes_picture_ids: low & 1 == 0,
        };
        let out: Option<OutPacket> = match what & 0x07 {
            0..=3 => rewriter.map(&packet, now),
            4 => rewriter.skip(&packet),
            5 => {
                source = source.wrapping_add(1);
                rewriter.switch(source, 90_000);
                None
            }
            6 => {
                source = source.wrapping_add(1);
                rewriter.switch_at(source, 90_000, timestamp);
                None
            }
            _ => {
                rewriter.stop();
                None
            }
        };
        if let Some(out) = out {
            assert!(given.insert(numbers.unwrap(out.seq)), "a number twice");
            let origin = rewriter.source_of(out.seq).expect("it was given just now");
            assert_eq!((origin.source, origin.seq), (source, seq));
        }
    }
}
