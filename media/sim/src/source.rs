//! What clients send: voices and pictures whose packets say whose they are, so that a receiver can be asked for facts.

use std::time::{Duration, Instant};

use crate::codecs::OPUS;

/// What stands in every payload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// Whose.
    pub member: u32,
    /// Counts frames: of sound, or pictures.
    pub frame: u32,
    /// The place of the packet in its frame.
    pub packet: u8,
    /// How many packets the frame has.
    pub packets: u8,
    /// The frame depends on no other.
    pub is_keyframe: bool,
    /// Which of a camera's encodings it is.
    pub place: u8,
    /// Its temporal layer.
    pub tid: u8,
    /// It depends on layer 0 only.
    pub is_sync: bool,
}

impl Mark {
    const LEN: usize = 14;

    pub(crate) fn write(self, payload: &mut Vec<u8>) {
        payload.extend(self.member.to_be_bytes());
        payload.extend(self.frame.to_be_bytes());
        payload.extend([self.packet, self.packets, u8::from(self.is_keyframe)]);
        payload.extend([self.place, self.tid, u8::from(self.is_sync)]);
    }

    /// Reads the mark at the end of a payload.
    #[must_use]
    pub fn read(payload: &[u8]) -> Option<Self> {
        let at = payload.len().checked_sub(Self::LEN)?;
        let (member, rest) = payload[at..].split_first_chunk()?;
        let (frame, rest) = rest.split_first_chunk()?;
        let [packet, packets, is_keyframe, place, tid, is_sync] = *rest.first_chunk()?;
        Some(Self {
            member: u32::from_be_bytes(*member),
            frame: u32::from_be_bytes(*frame),
            packet,
            packets,
            is_keyframe: is_keyframe != 0,
            place,
            tid,
            is_sync: is_sync != 0,
        })
    }
}

/// A packet to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// In units of the codec's clock.
    pub rtp_time: u32,
    /// Ends a picture.
    pub marker: bool,
    /// −dBov.
    pub level: Option<u8>,
    /// What it depends on, where that is told in a header extension.
    pub descriptor: Option<Vec<u8>>,
    /// What is in it.
    pub payload: Vec<u8>,
}

/// A voice: 50 packets a second unless it is told otherwise, always at the same loudness.
#[derive(Debug)]
pub struct Voice {
    member: u32,
    level: u8,
    frame: u32,
    due: Instant,
    /// Of a packet, and in units of the codec's clock.
    step: (Duration, u32),
    /// Each packet holds what the one before did (RFC 2198).
    redundant: bool,
    said: Vec<u8>,
}

/// Opus at 48 kHz, 20 ms a packet.
const VOICE_STEP: (Duration, u32) = (Duration::from_millis(20), 960);

impl Voice {
    /// Makes a voice at this many −dBov.
    #[must_use]
    pub fn new(member: u32, level: u8, now: Instant) -> Self {
        Self { member, level, frame: 0, due: now, step: VOICE_STEP, redundant: false, said: vec![] }
    }

    /// When something is to be sent.
    #[must_use]
    pub fn poll_timeout(&self) -> Instant {
        self.due
    }

    /// Makes longer packets from now on, before the first of which it has made none: Opus has up to 60 ms.
    pub fn set_packet_time(&mut self, times: u32) {
        self.step = (VOICE_STEP.0 * times, VOICE_STEP.1 * times);
    }

    /// Is silent until now.
    pub fn skip(&mut self, now: Instant) {
        self.frame = self.frame.wrapping_add(steps_until(now, self.step.0, &mut self.due));
    }

    /// Speaks so loud from now on.
    pub fn set_level(&mut self, level: u8) {
        self.level = level;
    }

    /// Says everything twice from now on: with the next packet once more.
    pub fn repeat(&mut self) {
        self.redundant = true;
    }

    /// Whether it does.
    #[must_use]
    pub fn is_redundant(&self) -> bool {
        self.redundant
    }

    /// Gives what is due.
    pub fn poll_packet(&mut self, now: Instant) -> Option<Outgoing> {
        if now < self.due {
            return None;
        }
        self.due += self.step.0;
        let mut payload = vec![0x78; 60];
        let mark = Mark { member: self.member, frame: self.frame, packets: 1, is_keyframe: true, ..Mark::default() };
        mark.write(&mut payload);
        if self.redundant {
            let said = std::mem::replace(&mut self.said, payload);
            payload = red(&said, &self.said, self.step.1);
        }
        let rtp_time = self.frame.wrapping_mul(self.step.1).wrapping_add(self.member.wrapping_mul(7_777));
        self.frame += 1;
        Some(Outgoing { rtp_time, marker: false, level: Some(self.level), descriptor: None, payload })
    }
}

/// A payload of so many ticks of sound, and of as many before, where there are any (RFC 2198 §3).
fn red(before: &[u8], own: &[u8], ticks: u32) -> Vec<u8> {
    let mut payload = vec![];
    if !before.is_empty() {
        let len = u32::try_from(before.len()).expect("short");
        let [_, high, middle, low] = (ticks << 10 | len).to_be_bytes();
        payload.extend([0x80 | OPUS, high, middle, low]);
    }
    payload.push(OPUS);
    payload.extend(before);
    payload.extend(own);
    payload
}

/// Moves what is due behind now; gives by how many steps.
fn steps_until(now: Instant, step: Duration, due: &mut Instant) -> u32 {
    let Some(late) = now.checked_duration_since(*due) else { return 0 };
    let steps = u32::try_from(late.as_micros() / step.as_micros()).expect("hours") + 1;
    *due += step * steps;
    steps
}

/// A picture: 25 VP8 frames a second, four packets each, twelve for a key frame.
#[derive(Debug)]
pub struct Picture {
    member: u32,
    frame: u32,
    keyframe_wanted: bool,
    keyframes: u32,
    waiting: Vec<Outgoing>,
    due: Instant,
    step: (Duration, u32),
    /// Of a frame.
    packets: u8,
    packet_len: usize,
}

const PICTURE_STEP: (Duration, u32) = (Duration::from_millis(40), 3_600);
const PACKET_LEN: usize = 900;

impl Picture {
    /// Makes a camera that begins with a key frame.
    #[must_use]
    pub fn new(member: u32, now: Instant) -> Self {
        Self {
            member,
            frame: 0,
            keyframe_wanted: true,
            keyframes: 0,
            waiting: vec![],
            due: now,
            step: PICTURE_STEP,
            packets: 4,
            packet_len: PACKET_LEN,
        }
    }

    /// Makes so many frames a second from now on, of one packet of this length each, and of three for a key frame.
    pub fn set_pace(&mut self, fps: u32, packet_len: usize) {
        self.step = (Duration::from_secs(1) / fps, 90_000 / fps);
        (self.packets, self.packet_len) = (1, packet_len);
    }

    /// Makes frames of so many packets from now on, and of three times as many for a key frame.
    pub fn set_packets(&mut self, packets: u8) {
        self.packets = packets;
    }

    /// Stands still until now.
    pub fn skip(&mut self, now: Instant) {
        self.waiting.clear();
        self.frame = self.frame.wrapping_add(steps_until(now, self.step.0, &mut self.due));
    }

    /// When something is to be sent.
    #[must_use]
    pub fn poll_timeout(&self) -> Instant {
        self.due
    }

    /// The next frame is to be a key frame.
    pub fn ask_keyframe(&mut self) {
        self.keyframe_wanted = true;
    }

    /// How many key frames it made.
    #[must_use]
    pub fn keyframes(&self) -> u32 {
        self.keyframes
    }

    /// Gives what is due, one packet after the other.
    pub fn poll_packet(&mut self, now: Instant) -> Option<Outgoing> {
        if self.waiting.is_empty() && now >= self.due {
            self.due += self.step.0;
            self.make_frame();
        }
        self.waiting.pop()
    }

    /// Makes the packets of a frame, the last one first.
    fn make_frame(&mut self) {
        let is_keyframe = std::mem::take(&mut self.keyframe_wanted);
        self.keyframes += u32::from(is_keyframe);
        let packets = if is_keyframe { 3 * self.packets } else { self.packets };
        let [.., id_high, id_low] = self.frame.to_be_bytes();
        for packet in (0..packets).rev() {
            // RFC 7741 §4.2: extension with a long picture id, the lowest layer's number and the layer.
            let start = if packet == 0 { 0x10 } else { 0 };
            let mut payload = vec![0x80 | start, 0xe0, 0x80 | id_high, id_low, id_low, 0x00];
            payload.push(u8::from(!is_keyframe));
            payload.resize(self.packet_len, 0x55);
            let mark = Mark { member: self.member, frame: self.frame, packet, packets, is_keyframe, ..Mark::default() };
            mark.write(&mut payload);
            let rtp_time = self.frame.wrapping_mul(self.step.1).wrapping_add(self.member.wrapping_mul(99_991));
            self.waiting.push(Outgoing {
                rtp_time,
                marker: packet + 1 == packets,
                level: None,
                descriptor: None,
                payload,
            });
        }
        self.frame += 1;
    }
}
