//! What goes from one shard to another in one turn.

use std::time::Instant;

use super::super::gate::KnownGate;
use super::TrackRef;
use crate::control::Published;

/// Packets and notes in their order. Emptied it is used again, so that a packet that crosses allocates nothing.
#[derive(Debug, Default)]
pub struct Crossing {
    pub(super) bytes: Vec<u8>,
    pub(super) parts: Vec<Part>,
}

#[derive(Debug)]
pub(super) enum Part {
    /// So many of the bytes are it.
    Packet(Passed, usize),
    Note(Note),
}

/// A packet that passed the gate of its owner's shard.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Passed {
    pub(in super::super) track: TrackRef,
    /// Place among the track's encodings.
    pub(in super::super) place: u8,
    /// Place among the track's codecs.
    pub(in super::super) codec: u8,
    /// It came as a repair.
    pub(in super::super) repaired: bool,
    /// Of a voice (RFC 6464).
    pub(in super::super) level: Option<(bool, u8)>,
    /// Grows with each stream, codec and opening of the gate.
    pub(in super::super) stream: u64,
    /// Unwrapped.
    pub(in super::super) seq: u64,
    /// The command that opened its gate.
    pub(in super::super) opened_by: u64,
    /// When it came to its owner's shard.
    pub(in super::super) arrived: Instant,
}

/// What shards tell each other of a track.
#[derive(Clone, Debug)]
pub(in super::super) enum Note {
    /// From its owner: it is there, or something of it has changed.
    Track(Box<TrackNote>),
    /// From its owner: how the gate stands, when that was asked, or no command to all shards has moved it.
    Gate(TrackRef, KnownGate),
    /// From its owner: this NTP time is this timestamp of an encoding.
    Report(TrackRef, u8, (u64, u32)),
    /// From its owner: it was silent for too long, or said good-bye.
    Down(TrackRef),
    /// From its owner: it is published no more.
    Gone(TrackRef),
    /// From a mirror that knows of newer commands than its owner did when it told of the track: how does its gate stand?
    Unsure(TrackRef, u64),
    /// From a mirror: packets of an encoding that did not come, by their low numbers.
    Missing(TrackRef, u8, Vec<u16>),
    /// From a mirror: somebody needs a keyframe of an encoding.
    Keyframe(TrackRef, u8),
    /// From a mirror: which encodings are shown to somebody, and which are wanted.
    Audience(TrackRef, u8, u8),
    /// From a mirror: what is lost of a voice on the worst line to its hearers, as a share of 256.
    LostAfar(TrackRef, u8),
    /// From a mirror: there was a panic over the track.
    Faulty(TrackRef),
}

/// A track as its owner tells of it.
#[derive(Clone, Debug)]
pub(in super::super) struct TrackNote {
    pub(in super::super) track: TrackRef,
    pub(in super::super) meeting: String,
    /// Without mid and SSRCs, which concern its transport only.
    pub(in super::super) published: Published,
    pub(in super::super) descriptor_id: Option<u8>,
    pub(in super::super) gate: KnownGate,
    /// The command that made it: of two under one id the newer one has the id.
    pub(in super::super) made_by: u64,
}

impl Crossing {
    /// How many packets are in it.
    #[must_use]
    pub fn packets(&self) -> usize {
        self.parts.iter().filter(|part| matches!(part, Part::Packet(..))).count()
    }

    pub(super) fn notes(&self) -> usize {
        self.parts.len() - self.packets()
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Forgets what is in it, and keeps its room.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.parts.clear();
    }

    pub(super) fn push(&mut self, passed: Passed, packet: &[u8]) {
        self.bytes.extend_from_slice(packet);
        self.parts.push(Part::Packet(passed, packet.len()));
    }

    pub(super) fn note(&mut self, note: Note) {
        self.parts.push(Part::Note(note));
    }

    /// Drops the packets and keeps the notes; gives how many packets there were.
    pub(super) fn keep_notes(&mut self) -> usize {
        let before = self.parts.len();
        self.bytes.clear();
        self.parts.retain(|part| matches!(part, Part::Note(_)));
        before - self.parts.len()
    }
}
