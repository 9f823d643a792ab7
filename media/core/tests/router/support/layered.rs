//! A camera that sends three encodings with temporal layers, and a check of what a decoder would make of it.

use std::collections::HashMap;

use hoptt_core::control::{Command, Wish};
use hoptt_wire::rtp::Rtp;
use hoptt_wire::vp8;

use super::{Out, Peer, RTX, VP8, World};

pub const RIDS: [&str; 3] = ["q", "h", "f"];
pub const SIZES: [(u16, u16); 3] = [(320, 180), (640, 360), (1280, 720)];
/// Of each frame in turn: the layer, and whether it depends on layer 0 only.
const PATTERN: [(u8, bool); 8] =
    [(0, false), (2, true), (1, true), (2, false), (0, false), (2, false), (1, false), (2, false)];

/// Three encodings of one camera, frame by frame.
#[derive(Clone, Debug)]
pub struct Camera {
    pub peer: usize,
    encodings: [Stream; 3],
    /// Rids and mids stand in the first packets only, as with browsers.
    pub named: bool,
}

#[derive(Clone, Copy, Debug)]
struct Stream {
    seq: u16,
    picture: u16,
    tl0: u8,
    frame: u32,
    /// Its clock begins where it likes.
    offset: u32,
}

/// What stands in a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    pub place: u8,
    pub keyframe: bool,
    pub tid: u8,
    pub sync: bool,
    pub packet: u8,
    pub packets: u8,
    /// Counts the frames of one encoding.
    pub frame: u32,
}

impl Camera {
    pub fn new(peer: usize) -> Self {
        let stream = |n: u16| Stream {
            seq: 65_500 + n,
            picture: 0x7ff0 + n,
            tl0: 250 + u8::try_from(n).expect("few"),
            frame: 0,
            offset: 0x9000_0000 + u32::from(n) * 0x1234_5678,
        };
        Self { peer, encodings: [stream(0), stream(1), stream(2)], named: true }
    }

    pub fn ssrc(&self, place: usize) -> u32 {
        900_000 + u32::try_from(self.peer * 100 + place).expect("few")
    }

    /// The timestamp of an encoding so many milliseconds after the beginning.
    pub fn timestamp(&self, place: usize, ms: u64) -> u32 {
        self.encodings[place].offset.wrapping_add(u32::try_from(ms * 90).expect("short"))
    }

    /// The packets of an encoding's next frame.
    pub fn frame(&mut self, place: usize, ms: u64, packets: u8, keyframe: bool) -> Vec<Out> {
        let (ssrc, timestamp, named) = (self.ssrc(place), self.timestamp(place, ms), self.named);
        let stream = &mut self.encodings[place];
        if keyframe {
            stream.frame = stream.frame.next_multiple_of(8);
        }
        let (tid, sync) = PATTERN[stream.frame as usize % 8];
        stream.tl0 = stream.tl0.wrapping_add(u8::from(tid == 0));
        let made = (0..packets).map(|packet| {
            let mark = Mark {
                place: u8::try_from(place).expect("few"),
                keyframe,
                tid,
                sync,
                packet,
                packets,
                frame: stream.frame,
            };
            let out = Out {
                ssrc,
                pt: VP8,
                seq: stream.seq,
                timestamp,
                marker: packet + 1 == packets,
                level: None,
                mid: named.then_some("1"),
                rid: named.then_some((RIDS[place], false)),
                number: None,
                descriptor: None,
                payload: mark.payload(stream.picture & 0x7fff, stream.tl0),
            };
            stream.seq = stream.seq.wrapping_add(1);
            out
        });
        let made = made.collect();
        stream.picture = stream.picture.wrapping_add(1);
        stream.frame += 1;
        made
    }

    /// The packet again, as its publisher repairs it.
    pub fn repair(&self, lost: &Out, place: usize, seq: u16) -> Out {
        let mut out = lost.clone();
        (out.ssrc, out.pt, out.seq) = (self.ssrc(place) + 50, RTX, seq);
        out.mid = Some("1");
        out.rid = Some((RIDS[place], true));
        out.payload.splice(..0, lost.seq.to_be_bytes());
        out
    }
}

impl Mark {
    fn payload(self, picture: u16, tl0: u8) -> Vec<u8> {
        let start = self.packet == 0;
        let [high, low] = (picture | 0x8000).to_be_bytes();
        let mut payload =
            vec![0x80 | u8::from(start) << 4, 0xe0, high, low, tl0, self.tid << 6 | u8::from(self.sync) << 5];
        payload.push(u8::from(!(start && self.keyframe)));
        let (width, height) = SIZES[usize::from(self.place)];
        payload.extend([0, 0, 0x9d, 0x01, 0x2a]);
        payload.extend(width.to_le_bytes());
        payload.extend(height.to_le_bytes());
        payload.extend([self.place, u8::from(self.keyframe), self.tid, u8::from(self.sync), self.packet, self.packets]);
        payload.extend(self.frame.to_be_bytes());
        payload
    }

    pub fn read(payload: &[u8]) -> Self {
        let at = payload.len() - 10;
        let (head, frame) = payload[at..].split_at(6);
        Self {
            place: head[0],
            keyframe: head[1] == 1,
            tid: head[2],
            sync: head[3] == 1,
            packet: head[4],
            packets: head[5],
            frame: u32::from_be_bytes(frame.try_into().expect("four bytes")),
        }
    }
}

/// What a decoder has decoded, by the rules of the layers.
#[derive(Clone, Debug, Default)]
pub struct Decoder {
    /// The encoding, its last keyframe, and its last frame of each layer that was decoded.
    has: Option<(u8, u32, HashMap<u8, u32>)>,
    last: Option<(u32, u16, u8)>,
    pub frames: usize,
    pub changes: usize,
    /// Frames before this one of which only numbers came, or not all else.
    pub spared: usize,
    pub cut: usize,
    spared_before: u16,
}

impl Decoder {
    /// Takes the packets of one frame, all of them; panics when it could not be decoded.
    pub fn take(&mut self, packets: &[Rtp<'_>]) {
        let mark = Mark::read(packets[0].payload());
        let descriptor = vp8::Descriptor::parse(packets[0].payload()).expect("a descriptor");
        assert!(descriptor.is_frame_start(), "{mark:?} begins in the middle");
        assert!(packets.last().expect("not empty").marker(), "{mark:?} has no end");
        for (n, rtp) in packets.iter().enumerate() {
            let same = Mark { packet: u8::try_from(n).expect("few"), ..mark };
            assert_eq!(Mark::read(rtp.payload()), same, "a frame of packets of several");
        }
        assert_eq!(packets.len(), usize::from(mark.packets), "{mark:?} is not whole");
        let ids = (
            packets[0].timestamp(),
            descriptor.picture_id.expect("an id").number,
            descriptor.tl0_pic_idx.expect("an index"),
        );
        if let Some((timestamp, picture, tl0)) = self.last {
            assert!(ids.0.wrapping_sub(timestamp).cast_signed() > 0, "time goes on: {mark:?}");
            let spared = std::mem::take(&mut self.spared_before);
            assert!(spared == 0 || mark.keyframe, "frames are spared where a keyframe follows: {mark:?}");
            assert_eq!(ids.1, picture.wrapping_add(1 + spared) & 0x7fff, "picture ids count on: {mark:?}");
            assert!(
                spared > 0 || ids.2 == tl0.wrapping_add(u8::from(mark.tid == 0)),
                "the lowest layer counts on: {mark:?}"
            );
        }
        self.last = Some(ids);
        if mark.keyframe {
            self.changes += usize::from(self.has.as_ref().is_some_and(|(place, ..)| *place != mark.place));
            self.has = Some((mark.place, mark.frame, HashMap::new()));
        }
        let (place, keyframe, has) = self.has.as_mut().expect("it begins with a keyframe");
        assert_eq!(*place, mark.place, "a frame of another encoding without a keyframe");
        if !mark.keyframe {
            for layer in 0..=if mark.sync { 0 } else { mark.tid } {
                let needed = last_of(layer, mark.frame);
                // Since the keyframe there may have been none of that layer.
                assert!(needed < *keyframe || has.get(&layer) == Some(&needed), "{mark:?} needs frame {needed}");
            }
        }
        has.insert(mark.tid, mark.frame);
        self.frames += 1;
    }
}

/// The last frame of a layer before a frame.
fn last_of(layer: u8, frame: u32) -> u32 {
    (0..frame).rev().find(|before| PATTERN[*before as usize % 8].0 == layer).unwrap_or_default()
}

impl World {
    /// Brings in a peer whose camera has three encodings.
    pub fn join_layered(&mut self, name: &str) -> Camera {
        let peer = self.create(super::MEETING, name);
        let mut session = self.peers[peer].session();
        let camera = &mut session.published[1];
        (camera.ssrcs, camera.rtx_ssrcs) = (vec![], vec![]);
        camera.rids = RIDS.map(str::to_owned).into();
        self.command(Command::ApplySession(session));
        self.connect(peer);
        self.open(peer);
        Camera::new(peer)
    }

    /// The peer's slot 0 shows another's camera in a tile of that size.
    pub fn watch_in(&mut self, viewer: usize, shown: usize, (width, height): (u32, u32)) {
        let track = Some(self.peers[shown].track("camera"));
        let transport = self.peers[viewer].transport.clone();
        let wishes = vec![Wish { slot: 0, track, width, height, priority: 0 }];
        self.command(Command::SetVideo { transport, wishes });
    }

    /// Sends packets and lets them arrive.
    pub fn send_all(&mut self, peer: usize, packets: &[Out]) {
        for out in packets {
            self.send(peer, out);
        }
        self.pump();
    }

    /// All encodings send a frame, the smallest first.
    pub fn film_layers(&mut self, camera: &mut Camera, ms: u64, keyframes: [bool; 3]) {
        for (place, keyframe) in keyframes.into_iter().enumerate() {
            let frame = camera.frame(place, ms, 2, keyframe);
            self.send_all(camera.peer, &frame);
        }
    }
}

/// Decodes what a peer got in a slot, in the order of its numbers; panics at a gap, a repetition, or half a frame.
pub fn decode(peer: &Peer, ssrc: u32) -> Decoder {
    let mut decoder = Decoder::default();
    let packets = peer.stream(ssrc);
    for pair in packets.windows(2) {
        assert_eq!(pair[1].sequence_number(), pair[0].sequence_number().wrapping_add(1), "a gap or a repetition");
    }
    for frame in packets.chunk_by(|one, other| one.timestamp() == other.timestamp()) {
        // A keyframe may be of the same moment as a larger one of which only numbers came.
        let ends = frame.iter().any(Rtp::marker);
        let (empty, frame): (Vec<Rtp<'_>>, Vec<Rtp<'_>>) = frame.iter().partition(|rtp| rtp.payload().is_empty());
        let is_spared = u16::from(!empty.is_empty());
        (decoder.spared, decoder.spared_before) =
            (decoder.spared + usize::from(is_spared), decoder.spared_before + is_spared);
        // Of a frame that was cut off nothing says that it ends: it is never taken for a whole one.
        let is_cut = is_spared > 0 && !frame.is_empty() && !ends;
        decoder.cut += usize::from(is_cut);
        if !frame.is_empty() && !is_cut {
            decoder.take(&frame);
        }
    }
    decoder
}
