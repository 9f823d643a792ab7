//! What a shard is told and what it tells: the bodies of the control socket's frames (docs/engine-socket.md).
//!
//! The same structs stand in `src/hoptt/sfu/frames.py`. Ids of meetings, transports and tracks are strings that the
//! control plane has chosen; blobs are its own bytes, kept and never read.

use serde::{Deserialize, Serialize};

use crate::remote::Protocol;

pub use crate::allocation::LimitReason;
pub use crate::router::ShardSet;
pub use crate::transport::{CloseReason, TransportState};

/// What a stream carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Sound.
    Audio,
    /// A picture.
    Video,
}

/// What one participant can send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Voice; gated by the right to speak (R16).
    Microphone,
    /// The picture of a person or a room.
    Camera,
    /// A shared screen.
    Screen,
    /// The sound of a shared screen.
    ScreenAudio,
}

// ---- parts -----------------------------------------------------------------------------------------------------

/// One payload type of an m-line, with the payload type of its RTX where it has one (RFC 4588).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Codec {
    /// `opus`, `red` (Opus with redundancy, RFC 2198), `VP8`, `VP9`, `H264`, `AV1`, case as in the RTP registry.
    pub name: String,
    /// Payload type.
    pub pt: u8,
    /// In Hz.
    pub clock_rate: u32,
    /// Of sound.
    #[serde(default = "one")]
    pub channels: u8,
    /// Payload type of the RTX stream.
    #[serde(default)]
    pub rtx_pt: Option<u8>,
    /// Parameters as they stand in the session description.
    #[serde(default)]
    pub fmtp: String,
}

fn one() -> u8 {
    1
}

/// Ids of the RTP header extensions agreed on a transport.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extensions {
    /// RFC 9143 §15: names the m-line.
    #[serde(default)]
    pub mid: Option<u8>,
    /// RFC 6464.
    #[serde(default)]
    pub audio_level: Option<u8>,
    /// draft-holmer-rmcat-transport-wide-cc-extensions.
    #[serde(default)]
    pub transport_cc: Option<u8>,
    /// 24 bits of seconds, 6.18.
    #[serde(default)]
    pub abs_send_time: Option<u8>,
    /// RFC 8852 §3.1: names the encoding of a packet.
    #[serde(default)]
    pub rid: Option<u8>,
    /// RFC 8852 §3.2: names the encoding that a packet repairs.
    #[serde(default)]
    pub repaired_rid: Option<u8>,
    /// RTP Payload Format for AV1, appendix A: what a frame depends on. Headers of both forms were agreed with it
    /// (RFC 8285 §6).
    #[serde(default)]
    pub dependency_descriptor: Option<u8>,
}

/// A track that the peer may send.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// Its id.
    pub track: String,
    /// The m-line.
    pub mid: String,
    /// What it carries.
    pub kind: Kind,
    /// Whose.
    pub source: Source,
    /// What may arrive.
    pub codecs: Vec<Codec>,
    /// Announced SSRCs, if any.
    #[serde(default)]
    pub ssrcs: Vec<u32>,
    /// Paired with `ssrcs` by place (a=ssrc-group:FID).
    #[serde(default)]
    pub rtx_ssrcs: Vec<u32>,
    /// Names of its encodings, the smallest picture first; none: there is one, and its packets bear no name.
    #[serde(default)]
    pub rids: Vec<String>,
}

/// A place at which the peer receives: its source changes without negotiation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// Counted per kind from 0.
    pub slot: u32,
    /// The m-line.
    pub mid: String,
    /// What it carries.
    pub kind: Kind,
    /// What leaves there.
    pub ssrc: u32,
    /// What repairs it.
    #[serde(default)]
    pub rtx_ssrc: Option<u32>,
    /// What the peer can take.
    pub codecs: Vec<Codec>,
}

/// What one video slot is to show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// The video slot.
    pub slot: u32,
    /// Nothing: the slot carries nothing.
    pub track: Option<String>,
    /// Of the tile, in device pixels.
    #[serde(default)]
    pub width: u32,
    /// Of the tile, in device pixels.
    #[serde(default)]
    pub height: u32,
    /// Higher comes first when the line is short: 3 screen, 2 stage, 1 speaker, 0 the rest.
    #[serde(default)]
    pub priority: u8,
}

/// Who may be heard (R16): open exactly when `allowed` and `on` and not `vetoed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    /// The track.
    pub track: String,
    /// The right.
    pub allowed: bool,
    /// The participant's own switch.
    pub on: bool,
    /// Closed by an act that is not recorded yet.
    #[serde(default)]
    pub vetoed: bool,
}

/// Of a DTLS certificate; only sha-256 is accepted (S13).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FingerprintText {
    /// `sha-256`.
    pub algorithm: String,
    /// 32 pairs of hex digits with colons.
    pub value: String,
}

// ---- commands to a shard ---------------------------------------------------------------------------------------

/// Makes a meeting. An existing one keeps its tracks and takes the new settings and blob.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateMeeting {
    /// Its id.
    pub meeting: String,
    /// K: how many voices are forwarded at most.
    #[serde(default = "four")]
    pub audio_slots: u32,
    /// The control plane's own bytes.
    #[serde(default, with = "serde_bytes")]
    pub blob: Vec<u8>,
}

fn four() -> u32 {
    4
}

/// The negotiated session, whole; also at each re-offer. New tracks start with their gate closed (S19).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplySession {
    /// The transport.
    pub transport: String,
    /// a=ice-ufrag of the peer.
    pub remote_ufrag: String,
    /// a=ice-pwd of the peer.
    pub remote_pwd: String,
    /// Of the peer's certificate; without one checks are answered and no handshake begins, so nothing may be in the lists.
    #[serde(default)]
    pub fingerprint: Option<FingerprintText>,
    /// Agreed extensions.
    pub extensions: Extensions,
    /// What the peer may send.
    pub published: Vec<Published>,
    /// Where the peer receives.
    pub slots: Vec<Slot>,
    /// The control plane's own bytes.
    #[serde(default, with = "serde_bytes")]
    pub blob: Vec<u8>,
}

/// Everything a shard may be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// See [`CreateMeeting`].
    CreateMeeting(CreateMeeting),
    /// These shards have the meeting, of which one tells what concerns the whole: said by the engine to its shards, not on
    /// the wire.
    SpreadMeeting {
        /// Which.
        meeting: String,
        /// All of them.
        shards: ShardSet,
        /// The one that tells levels, and has the meeting's blob.
        home: u8,
    },
    /// Close all of its transports with `close_notify`; unknown is fine.
    CloseMeeting {
        /// Which.
        meeting: String,
    },
    /// Answered by [`Answer::TransportCreated`]; refused when the id exists.
    CreateTransport {
        /// Where.
        meeting: String,
        /// Its id.
        transport: String,
        /// The control plane's own bytes.
        blob: Vec<u8>,
    },
    /// Unknown is fine.
    CloseTransport {
        /// Which.
        transport: String,
    },
    /// See [`ApplySession`].
    ApplySession(ApplySession),
    /// Take effect before the answer; unknown tracks are skipped and named in [`Answer::Done`].
    SetGates(Vec<Gate>),
    /// The whole desired state of a transport's video slots; slots not named carry nothing.
    SetVideo {
        /// Which.
        transport: String,
        /// Per slot.
        wishes: Vec<Wish>,
    },
    /// Whose voice audio slot 0 carries first; nobody: the dominant speaker.
    SetStageVoice {
        /// Where.
        meeting: String,
        /// Whose.
        track: Option<String>,
    },
    /// Merged with others: at most one per 500 ms reaches the publisher.
    AskKeyframe {
        /// Of which.
        track: String,
    },
    /// New local credentials, answered by [`Answer::TransportCreated`]; then comes `ApplySession`.
    RestartIce {
        /// Of which.
        transport: String,
    },
    /// Replace the meeting's blob.
    SetMeetingBlob {
        /// Which.
        meeting: String,
        /// The new one.
        blob: Vec<u8>,
    },
    /// Replace the transport's blob.
    SetTransportBlob {
        /// Which.
        transport: String,
        /// The new one.
        blob: Vec<u8>,
    },
    /// Close everything, for this reason, with `close_notify`.
    CloseAll(CloseReason),
}

/// The answer to a [`Command`] that was carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It took effect, but for these tracks.
    Done {
        /// Tracks that are not here.
        unknown: Vec<String>,
    },
    /// Local ICE credentials.
    TransportCreated {
        /// Whose.
        transport: String,
        /// a=ice-ufrag
        ufrag: String,
        /// a=ice-pwd
        pwd: String,
    },
}

/// Why a command changed nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The cause as it stands on the wire.
    pub code: RefusalCode,
    /// A sentence for logs and for whoever writes programs.
    pub message: String,
}

/// See [`Refusal`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalCode {
    /// No such meeting.
    UnknownMeeting,
    /// No such transport.
    UnknownTransport,
    /// The id is taken.
    Exists,
    /// As many as there may be.
    Limit,
    /// The session cannot be applied.
    Invalid,
    /// A bug: the transports that the command concerns are closed, and nobody else (S20).
    Fault,
}

// ---- events ----------------------------------------------------------------------------------------------------

/// Loudness of an open microphone: 0 (silence) to 127 (loudest), i.e. 127 − RFC 6464 level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    /// Whose.
    pub track: String,
    /// How loud.
    pub level: u8,
}

/// A video slot's mapping, told before the first packet of the new source leaves. Lossless. Whose voice is where changes with
/// each phrase, for all listeners, and no page asks: that is not told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotMapped {
    /// Whose slot.
    pub transport: String,
    /// Sound or picture.
    pub kind: Kind,
    /// Counted per kind from 0.
    pub slot: u32,
    /// Nobody: it carries nothing any more.
    pub track: Option<String>,
    /// The slot's outgoing RTP timestamp from which the mapping holds.
    pub rtp_time: Option<u32>,
}

/// Why a slot shows no better picture of its track (R24).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotLimit {
    /// The video slot.
    pub slot: u32,
    /// What it is to show.
    pub track: String,
    /// The reason.
    pub reason: LimitReason,
}

/// What a shard tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Lossless.
    TransportChanged {
        /// Which.
        transport: String,
        /// How it is now.
        state: TransportState,
        /// Of a closed one.
        reason: Option<CloseReason>,
        /// SRTP protection profile of a connected one.
        profile: Option<&'static str>,
        /// First authenticated check, since creation; of the first `Connected`.
        ice_us: Option<u64>,
        /// End of the handshake, since creation; of the first `Connected`.
        dtls_us: Option<u64>,
    },
    /// Lossless: the first authenticated packet of a track arrived (again).
    TrackUp {
        /// Which.
        track: String,
        /// What arrives.
        codec: String,
    },
    /// Lossless: no packet for 3 s, BYE, or its transport closed.
    TrackDown {
        /// Which.
        track: String,
    },
    /// Lossless.
    SlotMapped(SlotMapped),
    /// Lossless: which encodings of a track anybody gets, when that changes; before the first one all are wanted.
    LayersWanted {
        /// Which.
        track: String,
        /// By name, in the order of the session.
        rids: Vec<String>,
    },
    /// Latest wins, at most two a second and transport: of each video slot that is to show something, why it shows no
    /// better picture. All of them, when any has changed.
    Limits {
        /// Whose slots.
        transport: String,
        /// By slot.
        limits: Vec<SlotLimit>,
    },
    /// Latest wins, at most 10 a second and meeting; only gates that are open.
    Levels {
        /// Where.
        meeting: String,
        /// Of open gates.
        levels: Vec<Level>,
        /// Who speaks.
        dominant: Option<String>,
    },
}

// ---- snapshot and statistics -----------------------------------------------------------------------------------

/// A published track.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "they are the gate's three switches and the frame's own field")]
pub struct TrackSnapshot {
    /// Its id.
    pub track: String,
    /// Who sends it.
    pub transport: String,
    /// What it carries.
    pub kind: Kind,
    /// Whose.
    pub source: Source,
    /// The right.
    pub allowed: bool,
    /// The switch.
    pub on: bool,
    /// The veto.
    pub vetoed: bool,
    /// Authenticated packets of it arrived.
    pub up: bool,
    /// Of its encodings those that anybody gets, by name.
    #[serde(default)]
    pub wanted: Vec<String>,
}

/// A transport.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransportSnapshot {
    /// Its id.
    pub transport: String,
    /// Where.
    pub meeting: String,
    /// How it is.
    pub state: TransportState,
    /// a=ice-ufrag
    pub ufrag: String,
    /// a=ice-pwd
    pub pwd: String,
    /// The control plane's own bytes.
    #[serde(with = "serde_bytes")]
    pub blob: Vec<u8>,
    /// What its video slots are to show.
    pub wishes: Vec<Wish>,
    /// The last mapping of each slot that carries something.
    pub mapped: Vec<SlotMapped>,
    /// Why its video slots show no better pictures, as told last.
    #[serde(default)]
    pub limits: Vec<SlotLimit>,
}

/// A meeting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeetingSnapshot {
    /// Its id.
    pub meeting: String,
    /// K.
    pub audio_slots: u32,
    /// Whose voice comes first.
    pub stage_voice: Option<String>,
    /// The control plane's own bytes.
    #[serde(with = "serde_bytes")]
    pub blob: Vec<u8>,
}

/// Everything that a shard has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShardSnapshot {
    /// Its meetings.
    pub meetings: Vec<MeetingSnapshot>,
    /// Its transports.
    pub transports: Vec<TransportSnapshot>,
    /// Their tracks.
    pub tracks: Vec<TrackSnapshot>,
    /// Meetings of other shards that have transports here, or had.
    pub copies: Vec<String>,
}

/// One transport during the last second.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LineStats {
    /// Which.
    pub transport: String,
    /// Round-trip time, where a report told it.
    pub rtt_ms: Option<f64>,
    /// Share of packets lost from the peer, 0 to 1, before repair.
    pub loss_up: f64,
    /// Share lost towards the peer as its receiver reports say.
    pub loss_down: f64,
    /// Arrived.
    pub bytes_in: u64,
    /// Left.
    pub bytes_out: u64,
    /// What carries media to it; nothing while it has no way there.
    pub protocol: Option<Protocol>,
    /// What its line towards it is believed to carry; nothing while it has told of no arrival.
    pub estimate_bps: Option<u32>,
}

/// Upper ends of the forward-latency histogram's buckets.
pub const FORWARD_LATENCY_BUCKETS_US: [u64; 9] = [50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 50_000];
