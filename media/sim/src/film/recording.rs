//! Films of several sizes in one stream (SVC), packet by packet as a browser sent them, and the camera that shows them.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use hoptt_wire::dependency::{Descriptor, Frame, Indication, Structure, set_frame_number};
use hoptt_wire::vp9;

use crate::film::assemble;
use crate::layers::Coding;
use crate::source::Outgoing;

/// See the module. It begins with a key frame, and begins again at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    coding: Coding,
    /// Whether its packets keep their descriptors.
    is_described: bool,
    structure: Box<Structure>,
    pictures: Vec<Vec<Packet>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Packet {
    starts_keyframe: bool,
    marker: bool,
    number: u16,
    frame: Frame,
    descriptor: Vec<u8>,
    payload: Vec<u8>,
}

impl Recording {
    /// Reads a recording: for each packet what it is (1: its picture's last, 2: a key frame begins) in a byte, the length
    /// of its dependency descriptor in a byte, the descriptor, the length of its payload in two bytes, the lowest first,
    /// and the payload.
    ///
    /// # Panics
    /// When it is cut off, or begins with no key frame.
    #[must_use]
    pub fn read(coding: Coding, is_described: bool, mut bytes: &[u8]) -> Self {
        let (mut structure, mut pictures) = (None, vec![vec![]]);
        while let Some(([what, len], rest)) = bytes.split_first_chunk() {
            let (descriptor, rest) = rest.split_at(usize::from(*len));
            let (len, rest) = rest.split_first_chunk().expect("a length");
            let (payload, rest) = rest.split_at(usize::from(u16::from_le_bytes(*len)));
            let found = Descriptor::parse(descriptor).expect("well formed");
            structure = found.structure(descriptor).or(structure);
            let frame = structure.as_ref().and_then(|structure| found.frame(descriptor, structure));
            let packet = Packet {
                starts_keyframe: what & 2 != 0,
                marker: what & 1 != 0,
                number: found.frame_number,
                frame: frame.expect("a template"),
                descriptor: descriptor.to_vec(),
                payload: payload.to_vec(),
            };
            let ends = packet.marker;
            pictures.last_mut().expect("one at least").push(packet);
            if ends {
                pictures.push(vec![]);
            }
            bytes = rest;
        }
        assert_eq!(pictures.pop(), Some(vec![]), "the last picture is whole");
        Self { coding, is_described, structure: Box::new(structure.expect("a key frame")), pictures }
    }

    /// How it is encoded.
    #[must_use]
    pub fn coding(&self) -> Coding {
        self.coding
    }

    /// Width and height of each spatial layer, the smallest first.
    ///
    /// # Panics
    /// When the structure does not tell them.
    #[must_use]
    pub fn sizes(&self) -> Vec<(u16, u16)> {
        let all = 0..u8::try_from(self.structure.spatial_count()).expect("four at most");
        all.map(|spatial| self.structure.resolution(spatial).expect("told")).collect()
    }

    /// What somebody is to get of each picture who gets this spatial layer at most, put together.
    ///
    /// # Panics
    /// When there is no such layer.
    #[must_use]
    pub fn shown(&self, spatial: u8) -> Vec<Vec<u8>> {
        if !self.is_described {
            return self.up_to(spatial);
        }
        let targets = (0..).zip(self.structure.targets()).filter(|(_, target)| target.spatial == spatial);
        let (target, _) = targets.max_by_key(|(_, target)| target.temporal).expect("each layer has one");
        self.assembled(|frame| frame.indication(target) != Indication::NotPresent)
    }

    /// Each picture with all of its spatial layers up to this one, put together.
    #[must_use]
    pub fn up_to(&self, spatial: u8) -> Vec<Vec<u8>> {
        self.assembled(|frame| frame.spatial <= spatial)
    }

    fn assembled(&self, takes: impl Fn(&Frame) -> bool) -> Vec<Vec<u8>> {
        let pictures = self.pictures.iter().map(|packets| {
            let payloads = packets.iter().filter(|packet| takes(&packet.frame)).map(|packet| &packet.payload[..]);
            let payloads: Vec<&[u8]> = payloads.collect();
            assemble(self.coding, &payloads)
        });
        pictures.collect()
    }

    fn next_keyframe(&self, number: usize) -> usize {
        let count = self.pictures.len();
        (number..number + count)
            .map(|at| at % count)
            .find(|at| self.pictures[*at][0].starts_keyframe)
            .expect("the first")
    }
}

/// Shows a recording, 20 pictures a second.
#[derive(Clone, Debug)]
pub(crate) struct Player {
    recording: Recording,
    next: usize,
    keyframe_wanted: bool,
    /// Added to the numbers that frames and pictures had when they were recorded.
    shift: (u16, u16),
    /// Of the last frame and picture that left.
    left: (u16, u16),
    rtp_time: u32,
    waiting: VecDeque<Outgoing>,
    due: Instant,
}

const STEP: (Duration, u32) = (Duration::from_millis(50), 4_500);

impl Player {
    /// Shows the recording from now on; numbers pass their ends soon.
    pub(crate) fn new(recording: Recording, now: Instant) -> Self {
        Self {
            recording,
            next: 0,
            keyframe_wanted: true,
            shift: (0, 0),
            left: (0xff00, 0x7f00),
            rtp_time: 0xffff_0000,
            waiting: VecDeque::new(),
            due: now,
        }
    }

    pub(crate) fn poll_timeout(&self) -> Instant {
        self.due
    }

    /// The next picture is to be a key frame.
    pub(crate) fn ask_keyframe(&mut self) {
        self.keyframe_wanted = true;
    }

    pub(crate) fn poll_packet(&mut self, now: Instant) -> Option<Outgoing> {
        if self.waiting.is_empty() && now >= self.due {
            self.due += STEP.0;
            self.show();
        }
        self.waiting.pop_front()
    }

    /// Makes the packets of the next picture. Numbers go on where the recording does not.
    fn show(&mut self) {
        let Recording { coding, is_described, pictures, .. } = &self.recording;
        self.next %= pictures.len();
        if std::mem::take(&mut self.keyframe_wanted) {
            self.next = self.recording.next_keyframe(self.next);
        }
        let packets = &pictures[self.next];
        if packets[0].starts_keyframe {
            let first = (packets[0].number, picture_id(*coding, &packets[0].payload).unwrap_or(0));
            self.shift =
                (self.left.0.wrapping_add(1).wrapping_sub(first.0), self.left.1.wrapping_add(1).wrapping_sub(first.1));
        }
        for packet in packets {
            let (mut descriptor, mut payload) = (packet.descriptor.clone(), packet.payload.clone());
            self.left.0 = packet.number.wrapping_add(self.shift.0);
            set_frame_number(&mut descriptor, self.left.0);
            if let Some(id) = picture_id(*coding, &payload) {
                self.left.1 = id.wrapping_add(self.shift.1);
                vp9::Descriptor::parse(&payload).expect("it has an id").set_picture_id(&mut payload, self.left.1);
            }
            self.waiting.push_back(Outgoing {
                rtp_time: self.rtp_time,
                marker: packet.marker,
                level: None,
                descriptor: is_described.then_some(descriptor),
                payload,
            });
        }
        self.rtp_time = self.rtp_time.wrapping_add(STEP.1);
        self.next += 1;
    }
}

/// Of VP9.
fn picture_id(coding: Coding, payload: &[u8]) -> Option<u16> {
    vp9::Descriptor::parse(payload).filter(|_| coding == Coding::Vp9)?.picture_id.map(|id| id.number)
}
