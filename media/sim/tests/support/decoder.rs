//! What a decoder would make of the packets of one slot, by the rules of their codecs.

use std::collections::HashMap;

use hoptt_sim::{Coding, Mark, PATTERN, Received};

/// Takes packets in the order of arrival, of a line that loses none; panics at what could not be decoded.
#[derive(Debug, Default)]
pub struct Decoder {
    seq: Option<u64>,
    /// Of the frame that is arriving.
    frame: Vec<Received>,
    rtp_time: Option<u32>,
    ids: Option<(u16, u8)>,
    /// The last one of a coding that has ids.
    frame_before: Option<u32>,
    has: Option<Has>,
    pub frames: u64,
    /// How often another camera or encoding began.
    pub changes: u64,
}

/// What stands ready to be referred to.
#[derive(Debug)]
struct Has {
    /// Whose, and which encoding.
    shown: (u32, u8),
    keyframe: u32,
    /// The last frame of each temporal layer.
    layers: HashMap<u8, u32>,
}

impl Decoder {
    /// Whose picture it shows, and which encoding.
    pub fn shows(&self) -> Option<(u32, u8)> {
        self.has.as_ref().map(|has| has.shown)
    }

    pub fn take(&mut self, packet: &Received, coding: Coding) {
        if let Some(before) = self.seq.replace(packet.seq) {
            let expected = before + 1 + packet.numbers_before;
            assert_eq!(packet.seq, expected, "a gap or a repetition before {:?}", packet.mark);
        }
        let begins_anew = self.frame.is_empty() && packet.mark.is_keyframe;
        assert!(
            packet.numbers_before == 0 || begins_anew,
            "what is left out goes before a keyframe: {:?}",
            packet.mark
        );
        if let Some(first) = self.frame.first() {
            assert_eq!(first.rtp_time, packet.rtp_time, "{:?} has no end", first.mark);
        }
        self.frame.push(packet.clone());
        if packet.marker {
            let frame = std::mem::take(&mut self.frame);
            self.decode(&frame, coding);
        }
    }

    fn decode(&mut self, frame: &[Received], coding: Coding) {
        let first = &frame[0];
        let mark = first.mark;
        assert_eq!(frame.len(), usize::from(mark.packets), "{mark:?} is not whole");
        for (packet, part) in (0..).zip(frame) {
            assert_eq!(part.mark, Mark { packet, ..mark }, "a frame of packets of several");
        }
        if let Some(before) = self.rtp_time.replace(first.rtp_time) {
            assert!(first.rtp_time.wrapping_sub(before).cast_signed() > 0, "time goes on: {mark:?}");
        }
        let shown = (mark.member, mark.place);
        if coding.has_layers() {
            let ids = (first.picture_id.expect("an id"), first.tl0_pic_idx.expect("an index"));
            if let Some((picture, tl0)) = self.ids.replace(ids) {
                let counted = ids.0.wrapping_sub(picture) & 0x7fff;
                match self.frame_before.filter(|_| coding == Coding::Vp9) {
                    // VP9 tells by distances what a frame depends on: what was left out counts.
                    Some(before) if !mark.is_keyframe => {
                        assert_eq!(u32::from(counted), mark.frame - before, "picture ids keep distances: {mark:?}");
                    }
                    Some(_) => assert!((1..9).contains(&counted), "picture ids go on: {mark:?}"),
                    None if first.numbers_before > 0 => {
                        assert!(u64::from(counted) <= 1 + first.numbers_before, "picture ids go on: {mark:?}");
                    }
                    None => assert_eq!(counted, 1, "picture ids count on: {mark:?}"),
                }
                let counts_on = ids.1 == tl0.wrapping_add(u8::from(mark.tid == 0));
                assert!(first.numbers_before > 0 || counts_on, "the lowest layer counts on: {mark:?}");
            }
            self.frame_before = Some(mark.frame);
        }
        if mark.is_keyframe {
            self.changes += u64::from(self.has.as_ref().is_some_and(|has| has.shown != shown));
            self.has = Some(Has { shown, keyframe: mark.frame, layers: HashMap::new() });
        }
        let has = self.has.as_mut().expect("it begins with a keyframe");
        assert_eq!(has.shown, shown, "another picture without a keyframe: {mark:?}");
        if !mark.is_keyframe {
            for layer in 0..=if mark.is_sync { 0 } else { mark.tid } {
                let needed = needed(coding, layer, mark.frame);
                // Since the keyframe there may have been none of that layer.
                let is_there = needed < has.keyframe || has.layers.get(&layer) == Some(&needed);
                assert!(is_there, "{mark:?} needs frame {needed}");
            }
        }
        has.layers.insert(mark.tid, mark.frame);
        self.frames += 1;
    }
}

/// The last frame of a layer before a frame.
fn needed(coding: Coding, layer: u8, frame: u32) -> u32 {
    match coding {
        Coding::H264 | Coding::Av1 => frame - 1,
        Coding::Vp8 | Coding::Vp9 => {
            (0..frame).rev().find(|before| PATTERN[*before as usize % 8].0 == layer).unwrap_or_default()
        }
    }
}
