//! A camera in two sizes and two speeds within one stream of AV1 (SVC), as its dependency descriptors tell.

use hoptt_core::control::{Codec, Command, Extensions};

use super::peer::{AV1, AV1_RTX, DESCRIPTOR, OWN_AV1, OWN_AV1_RTX, Out};
use super::{MEETING, World};

/// How sizes depend on each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sizes {
    /// The larger picture needs the smaller one (L2T2).
    Always,
    /// In key frames only (`L2T2_KEY`).
    InKeyFrames,
}

/// Templates: of each size its key frame, and its frames of both speeds. Targets: small slow, small fast, large slow, large
/// fast. Sizes: 640 × 360 and 1280 × 720.
fn structure(sizes: Sizes) -> String {
    let indications = match sizes {
        Sizes::Always => "10101010 10101111 00010011  00001010 00001010 00000001",
        Sizes::InKeyFrames => "10101010 10100000 00010000  00001010 00001010 00000001",
    };
    let larger = match sizes {
        Sizes::Always => "1 0000 0  1 0000 1 0011 0  1 0000 1 0001 0",
        Sizes::InKeyFrames => "1 0000 0  1 0011 0  1 0001 0",
    };
    format!(
        "000000 00011  00 01 10 00 01 11  {indications}  0  1 0011 0  1 0001 0  {larger}  00
        1 0000001001111111 0000000101100111 0000010011111111 0000001011001111"
    )
}

/// See the module.
pub struct Svc {
    pub peer: usize,
    sizes: Sizes,
    seq: u16,
    frame_number: u16,
    picture: u32,
}

impl Svc {
    /// The packets of the next picture: two of each size. Every second one is of the faster layer, but a key frame.
    pub fn picture(&mut self, ssrc: u32, keyframe: bool) -> Vec<Out> {
        if keyframe {
            self.picture = self.picture.next_multiple_of(2);
        }
        let fast = self.picture % 2 == 1;
        let mut packets = vec![];
        for size in 0..2_u8 {
            for part in 0..2_u8 {
                let template = 3 * size + if keyframe { 0 } else { 1 + u8::from(fast) };
                let start = u8::from(part == 0) << 7 | u8::from(part == 1) << 6;
                let [high, low] = self.frame_number.to_be_bytes();
                let mut descriptor = vec![start | template, high, low];
                if keyframe && (size, part) == (0, 0) {
                    descriptor.extend(bits(&format!("10000 {}", structure(self.sizes))));
                }
                // One fragment of a frame (RTP Payload Format for AV1, §4.4): which one, and of what.
                let header = if part == 0 { 0x50 } else { 0x90 };
                let payload = vec![header, 0x30, size, u8::from(fast), part, u8::from(keyframe)];
                packets.push(Out {
                    ssrc,
                    pt: AV1,
                    seq: self.seq,
                    timestamp: self.picture * 3000,
                    marker: (size, part) == (1, 1),
                    level: None,
                    mid: None,
                    rid: None,
                    number: None,
                    descriptor: Some(descriptor),
                    payload,
                });
                self.seq = self.seq.wrapping_add(1);
            }
            self.frame_number = self.frame_number.wrapping_add(1);
        }
        self.picture += 1;
        packets
    }
}

/// Bits as bytes, the last one filled with zeros.
fn bits(text: &str) -> Vec<u8> {
    let bits: Vec<u8> = text.bytes().filter(|byte| matches!(byte, b'0' | b'1')).map(|byte| byte - b'0').collect();
    let byte = |bits: &[u8]| bits.iter().enumerate().fold(0, |all, (at, bit)| all | bit << (7 - at));
    bits.chunks(8).map(byte).collect()
}

fn av1(pt: u8, rtx: u8) -> Codec {
    Codec { name: "AV1".into(), pt, clock_rate: 90_000, channels: 1, rtx_pt: Some(rtx), fmtp: String::new() }
}

impl World {
    /// A viewer of AV1, with or without descriptors, and a camera whose pictures depend on each other like this.
    pub fn of_svc(sizes: Sizes, described: bool) -> (Self, Svc) {
        let mut world = Self::new();
        let ids = |described: bool, before: Extensions| Extensions {
            dependency_descriptor: described.then_some(DESCRIPTOR),
            ..before
        };
        for (name, described) in [("viewer", described), ("cam", true)] {
            let peer = world.create(MEETING, name);
            let mut session = world.peers[peer].session();
            session.extensions = ids(described, session.extensions);
            session.published[1].codecs = vec![av1(AV1, AV1_RTX)];
            for slot in session.slots.iter_mut().filter(|slot| slot.rtx_ssrc.is_some()) {
                slot.codecs = vec![av1(OWN_AV1, OWN_AV1_RTX)];
            }
            world.command(Command::ApplySession(session));
            world.connect(peer);
            world.open(peer);
        }
        (world, Svc { peer: 1, sizes, seq: 65_530, frame_number: 65_530, picture: 0 })
    }

    /// The camera sends so many pictures, 20 a second; the first one is a key frame or not.
    pub fn film_svc(&mut self, camera: &mut Svc, pictures: u32, keyframe_first: bool) {
        for n in 0..pictures {
            let ssrc = self.peers[camera.peer].camera();
            let picture = camera.picture(ssrc, keyframe_first && n == 0);
            self.send_all(camera.peer, &picture);
            self.advance(50);
            if n % 20 == 0 {
                self.keep_alive();
            }
        }
    }
}
