//! What one media thread counted since it was asked last.

use std::time::Duration;

use serde::Serialize;

use crate::histogram::Histogram;
use crate::publish::LAYERS;
use crate::session::Kind;

/// Packets of one kind, counted from their clear headers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Arrived {
    /// Original packets: no retransmissions, no RTCP.
    pub packets: u64,
    /// Their bytes on the wire, without IP and UDP.
    pub bytes: u64,
    /// Packets that should have come, by their sequence numbers.
    pub expected: u64,
    /// Those that did not.
    pub lost: u64,
}

/// What those found that open and check everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// Opened, and every byte compared.
    pub packets: u64,
    /// Signs of life of a silent voice: too short for a mark.
    pub comfort: u64,
    /// Nothing but padding.
    pub padding: u64,
    /// Padded, with content before.
    pub padded: u64,
    /// Frames that came whole.
    pub frames: u64,
    /// The same by encoding, the smallest first.
    pub frames_of: [u64; LAYERS as usize],
    /// Key frames among them.
    pub key_frames: u64,
    /// Frames with a hole, seen when the next one began.
    pub broken_frames: u64,
    /// Packets whose tag is wrong.
    pub unauthentic: u64,
    /// Packets that came twice.
    pub repeated: u64,
    /// Packets that are no RTP, or whose descriptor cannot be read.
    pub malformed: u64,
    /// Packets whose content is not what their mark says.
    pub wrong_content: u64,
    /// Packets whose place in their stream is not that of their mark.
    pub wrong_order: u64,
    /// Packets before which the server left others out without a gap in the numbers.
    pub left_out: u64,
    /// Pictures that began again with a key frame shown before, as one does that paused.
    pub begun_again: u64,
    /// Times that run backwards within a frame or a stream.
    pub wrong_time: u64,
}

impl Checked {
    /// What no network does: with any of these a run is invalid.
    #[must_use]
    pub fn faults(&self) -> u64 {
        self.unauthentic + self.malformed + self.wrong_content + self.wrong_order + self.wrong_time
    }
}

/// What publishers did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sent {
    /// Packets of the trace.
    pub packets: u64,
    /// Their bytes on the wire, without IP and UDP.
    pub bytes: u64,
    /// Pictures.
    pub frames: u64,
    /// Retransmissions.
    pub repaired: u64,
    /// Key frames that the server asked for.
    pub asked_key_frames: u64,
    /// Those among them that it asked for within half a second after another one of the same encoding.
    pub asked_again_soon: u64,
    /// Packets that the server asked for again.
    pub nacked: u64,
    /// Frames and ticks left out because they came a second too late.
    pub skipped: u64,
    /// Datagrams that the system did not take.
    pub refused: u64,
}

/// Everything that one thread counted.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Sound that arrived.
    pub audio: Arrived,
    /// Pictures that arrived.
    pub video: Arrived,
    /// Retransmissions that arrived.
    pub rtx: u64,
    /// RTCP datagrams that arrived.
    pub rtcp: u64,
    /// STUN and DTLS datagrams that arrived.
    pub other: u64,
    /// Datagrams of nothing that was agreed on, or streams beyond the limit.
    pub unknown: u64,
    /// Reports and feedback that were sent.
    pub feedback: u64,
    /// From those that check everything.
    pub checked: Checked,
    /// From publishers.
    pub sent: Sent,
    /// From the system call of the sender to the reading of the receiver, by kind.
    pub audio_latency: Histogram,
    /// The same for pictures.
    pub video_latency: Histogram,
    /// How much later than its time a frame or a tick was sent.
    pub lateness: Histogram,
    /// CPU time of threads that stayed awake with nothing to do.
    pub rested: Duration,
    /// From the answer of the signalling to the first answered check.
    pub ice: Histogram,
    /// To the keys.
    pub dtls: Histogram,
    /// To the first media packet.
    pub first_packet: Histogram,
    /// To the first whole key frame, at those who check.
    pub first_frame: Histogram,
    /// From when a picture was wanted in another size until a key frame of that size was whole, at those who check.
    pub switch: Histogram,
    /// Sizes that were still waited for when the next one was wanted.
    pub unswitched: u64,
    /// From when a packet of a picture was missed until it was there, on lossy lines.
    pub repair: Histogram,
    /// What lossy lines lost of media, repairs included.
    pub lost_on_lines: u64,
    /// Of pictures on lossy lines, what was not repaired in time.
    pub unrepaired: u64,
    /// Associations that ended without our doing.
    pub ended: u64,
    /// Receive calls that gave something, and datagrams that they gave.
    pub reads: u64,
}

impl Tally {
    /// The counts of a kind.
    pub fn arrived(&mut self, kind: Kind) -> &mut Arrived {
        match kind {
            Kind::Audio => &mut self.audio,
            Kind::Video => &mut self.video,
        }
    }

    /// The latencies of a kind.
    pub fn latency(&mut self, kind: Kind) -> &mut Histogram {
        match kind {
            Kind::Audio => &mut self.audio_latency,
            Kind::Video => &mut self.video_latency,
        }
    }

    /// Adds what another thread, or an earlier time, has counted.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in [(&mut self.audio, &other.audio), (&mut self.video, &other.video)] {
            mine.packets += theirs.packets;
            mine.bytes += theirs.bytes;
            mine.expected += theirs.expected;
            mine.lost += theirs.lost;
        }
        for (mine, theirs) in [
            (&mut self.rtx, other.rtx),
            (&mut self.rtcp, other.rtcp),
            (&mut self.other, other.other),
            (&mut self.unknown, other.unknown),
            (&mut self.feedback, other.feedback),
            (&mut self.ended, other.ended),
            (&mut self.reads, other.reads),
            (&mut self.lost_on_lines, other.lost_on_lines),
            (&mut self.unrepaired, other.unrepaired),
            (&mut self.unswitched, other.unswitched),
        ] {
            *mine += theirs;
        }
        self.rested += other.rested;
        self.checked.merge(&other.checked);
        self.sent.merge(&other.sent);
        for (mine, theirs) in [
            (&mut self.audio_latency, &other.audio_latency),
            (&mut self.video_latency, &other.video_latency),
            (&mut self.lateness, &other.lateness),
            (&mut self.repair, &other.repair),
            (&mut self.switch, &other.switch),
            (&mut self.ice, &other.ice),
            (&mut self.dtls, &other.dtls),
            (&mut self.first_packet, &other.first_packet),
            (&mut self.first_frame, &other.first_frame),
        ] {
            mine.merge(theirs);
        }
    }
}

impl Checked {
    fn merge(&mut self, other: &Self) {
        self.packets += other.packets;
        self.comfort += other.comfort;
        self.padding += other.padding;
        self.padded += other.padded;
        self.frames += other.frames;
        self.frames_of.iter_mut().zip(other.frames_of).for_each(|(mine, theirs)| *mine += theirs);
        self.key_frames += other.key_frames;
        self.broken_frames += other.broken_frames;
        self.unauthentic += other.unauthentic;
        self.repeated += other.repeated;
        self.malformed += other.malformed;
        self.wrong_content += other.wrong_content;
        self.wrong_order += other.wrong_order;
        self.left_out += other.left_out;
        self.begun_again += other.begun_again;
        self.wrong_time += other.wrong_time;
    }
}

impl Sent {
    fn merge(&mut self, other: &Self) {
        self.packets += other.packets;
        self.bytes += other.bytes;
        self.frames += other.frames;
        self.repaired += other.repaired;
        self.asked_key_frames += other.asked_key_frames;
        self.asked_again_soon += other.asked_again_soon;
        self.nacked += other.nacked;
        self.skipped += other.skipped;
        self.refused += other.refused;
    }
}
