//! A camera in three encodings at once, as browsers send it: VP8 and VP9 with temporal layers, H.264, or AV1. Or one that
//! shows a recording in one stream.

use std::time::{Duration, Instant};

use crate::film::{Film, FrameIds, Player, Recording};
use crate::payloads;
use crate::source::{Mark, Outgoing};

/// The names of the encodings, the smallest picture first.
pub const RIDS: [&str; 3] = ["q", "h", "f"];
/// Width and height of their pictures: whole macroblocks.
pub const SIZES: [(u16, u16); 3] = [(320, 192), (640, 368), (1280, 720)];
/// Of each VP8 or VP9 frame in turn: its layer, and whether it depends on layer 0 only.
pub const PATTERN: [(u8, bool); 8] =
    [(0, false), (2, true), (1, true), (2, false), (0, false), (2, false), (1, false), (2, false)];

/// How a camera is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// With three temporal layers (RFC 7741).
    Vp8,
    /// In fragments, parameters before each key frame (RFC 6184).
    H264,
    /// With three temporal layers, whose structure key frames tell (RFC 9628).
    Vp9,
    /// A sequence header before each key frame (RTP Payload Format for AV1).
    Av1,
}

impl Coding {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Vp8, Self::H264, Self::Vp9, Self::Av1];

    /// Whether its frames come in temporal layers.
    #[must_use]
    pub fn has_layers(self) -> bool {
        matches!(self, Self::Vp8 | Self::Vp9)
    }
}

/// See the module.
#[derive(Debug)]
pub struct Layers {
    member: u32,
    coding: Coding,
    encodings: [Encoding; 3],
    waiting: Vec<(usize, Outgoing)>,
    due: Instant,
    packet_len: usize,
    /// What it shows instead of marks.
    film: Option<Film>,
    /// What it shows in one stream instead of encodings.
    player: Option<Player>,
}

#[derive(Debug)]
struct Encoding {
    frame: u32,
    picture: u16,
    tl0: u8,
    keyframe_wanted: bool,
    asked: Vec<Instant>,
    /// Its clock begins where it likes.
    offset: u32,
}

const STEP: (Duration, u32) = (Duration::from_millis(50), 4_500);
/// Packets of a frame, and of a key frame.
const PACKETS: [(u8, u8); 3] = [(1, 2), (2, 4), (3, 6)];
const PACKET_LEN: usize = 200;

impl Layers {
    /// Makes a camera whose encodings begin with key frames.
    #[must_use]
    pub fn new(member: u32, coding: Coding, now: Instant) -> Self {
        let encoding = |place: u16| Encoding {
            frame: 0,
            picture: 0x7ff0 + place,
            tl0: 250,
            keyframe_wanted: true,
            asked: vec![],
            offset: 0xffff_0000_u32.wrapping_add(u32::from(place) * 0x1234_5678).wrapping_add(member * 99_991),
        };
        Self {
            member,
            coding,
            encodings: [encoding(0), encoding(1), encoding(2)],
            waiting: vec![],
            due: now,
            packet_len: PACKET_LEN,
            film: None,
            player: None,
        }
    }

    /// Makes a camera that shows a recording.
    #[must_use]
    pub fn recorded(member: u32, recording: Recording, now: Instant) -> Self {
        let camera = Self::new(member, recording.coding(), now);
        Self { player: Some(Player::new(recording, now)), ..camera }
    }

    /// The names of its encodings; none of one stream.
    #[must_use]
    pub fn rids(&self) -> &'static [&'static str] {
        if self.player.is_some() { &[] } else { &RIDS }
    }

    /// Shows a film from now on.
    pub fn set_film(&mut self, film: Film) {
        self.film = Some(film);
    }

    /// Makes packets of that length from now on; a frame has one, two and three of them.
    pub fn set_packet_len(&mut self, bytes: usize) {
        self.packet_len = bytes;
    }

    /// How it is encoded.
    #[must_use]
    pub fn coding(&self) -> Coding {
        self.coding
    }

    /// When something is to be sent.
    #[must_use]
    pub fn poll_timeout(&self) -> Instant {
        self.player.as_ref().map_or(self.due, Player::poll_timeout)
    }

    /// The next frame of an encoding, or of the one stream, is to be a key frame.
    pub fn ask_keyframe(&mut self, rid: Option<&str>, now: Instant) {
        if let Some(player) = &mut self.player {
            return player.ask_keyframe();
        }
        let Some(place) = RIDS.iter().position(|known| Some(*known) == rid) else { return };
        self.encodings[place].keyframe_wanted = true;
        self.encodings[place].asked.push(now);
    }

    /// When key frames of an encoding were asked for.
    #[must_use]
    pub fn asked(&self, place: usize) -> &[Instant] {
        &self.encodings[place].asked
    }

    /// Gives what is due, one packet after the other, and of which encoding it is.
    pub fn poll_packet(&mut self, now: Instant) -> Option<(usize, Outgoing)> {
        if let Some(player) = &mut self.player {
            return player.poll_packet(now).map(|packet| (0, packet));
        }
        if self.waiting.is_empty() && now >= self.due {
            self.due += STEP.0;
            for place in (0..RIDS.len()).rev() {
                self.make_frame(place);
            }
        }
        self.waiting.pop()
    }

    /// Makes the packets of an encoding's next frame, the last one first.
    fn make_frame(&mut self, place: usize) {
        if self.film.is_some() {
            return self.show_film(place);
        }
        let encoding = &mut self.encodings[place];
        let is_keyframe = std::mem::take(&mut encoding.keyframe_wanted);
        let rtp_time = encoding.offset;
        encoding.offset = encoding.offset.wrapping_add(STEP.1);
        if is_keyframe {
            encoding.frame = encoding.frame.next_multiple_of(8);
        }
        let (tid, sync) = if self.coding.has_layers() { PATTERN[encoding.frame as usize % 8] } else { (0, false) };
        encoding.tl0 = encoding.tl0.wrapping_add(u8::from(tid == 0));
        let packets = if is_keyframe { PACKETS[place].1 } else { PACKETS[place].0 };
        let number = u8::try_from(place).expect("three");
        let mark = Mark {
            member: self.member,
            frame: encoding.frame,
            packet: 0,
            packets,
            is_keyframe,
            place: number,
            tid,
            is_sync: sync,
        };
        for packet in (0..packets).rev() {
            let mark = Mark { packet, ..mark };
            let mut payload = payloads::begun(self.coding, mark, (encoding.picture & 0x7fff, encoding.tl0));
            payload.resize(self.packet_len, 0x55);
            mark.write(&mut payload);
            let marker = packet + 1 == packets;
            self.waiting.push((place, Outgoing { rtp_time, marker, level: None, descriptor: None, payload }));
        }
        encoding.picture = encoding.picture.wrapping_add(1);
        encoding.frame += 1;
    }
}

impl Layers {
    fn show_film(&mut self, place: usize) {
        let Some(film) = &self.film else { return };
        let encoding = &mut self.encodings[place];
        if std::mem::take(&mut encoding.keyframe_wanted) {
            encoding.frame = film.next_keyframe(place, encoding.frame);
        }
        let frame = film.frame(place, encoding.frame);
        encoding.tl0 = encoding.tl0.wrapping_add(u8::from(frame.tid == 0));
        let ids = FrameIds { picture: encoding.picture, tl0: encoding.tl0 };
        let payloads = frame.payloads(self.coding, ids);
        let last = payloads.len() - 1;
        for (packet, payload) in payloads.into_iter().enumerate().rev() {
            let descriptor = frame.descriptor(self.coding, ids, (packet == 0, packet == last));
            let out = Outgoing { rtp_time: encoding.offset, marker: packet == last, level: None, descriptor, payload };
            self.waiting.push((place, out));
        }
        encoding.offset = encoding.offset.wrapping_add(STEP.1);
        encoding.picture = encoding.picture.wrapping_add(1);
        encoding.frame += 1;
    }
}
