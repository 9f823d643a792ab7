//! The frames of the control socket (protocol/engine.md): the same structs as `src/hoptt/sfu/frames.py`.
//!
//! The bodies of most of them are those of `hoptt_core::control`; here stand the envelope and what concerns the
//! whole engine. How they are read stands in `reading`.

use std::collections::BTreeMap;

use hoptt_core::control::{
    Answer, CloseReason, Command, Event, FingerprintText, Level, LineStats, MeetingSnapshot, Refusal, RefusalCode,
    SlotLimit, SlotMapped, TrackSnapshot, TransportSnapshot, TransportState,
};
use serde::{Deserialize, Serialize};

/// Version N of the protocol.
pub const PROTOCOL: u32 = 1;
/// The oldest version that is spoken: N − 1, once there is one.
pub const OLDEST_PROTOCOL: u32 = 1;
/// What a frame may have, without its length.
pub const MAX_FRAME_BYTES: usize = 4 * 1024 * 1024;
/// What an id may have.
pub const MAX_ID_BYTES: usize = 128;

/// First frame of a control plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Hello {
    /// What it speaks.
    pub version: u32,
    /// Grows with each start of a control plane.
    pub epoch: u64,
    /// How long the engine goes on without it.
    #[serde(default = "two_minutes")]
    pub grace_ms: u64,
}

fn two_minutes() -> u64 {
    120_000
}

/// What a control plane says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToEngine {
    /// Its first frame.
    Hello(Hello),
    /// The first frame of one that speaks a version which is not spoken here.
    Stranger,
    /// Something for the shards, to be answered under this number.
    Command(u64, Command),
    /// Answered by everything there is.
    TakeSnapshot(u64),
    /// The watchdog's question.
    Ping(u64),
    /// Close everything, answer, exit.
    Shutdown(u64),
}

/// What the engine says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromEngine {
    /// Answers `hello`.
    Welcome {
        /// What is spoken on this connection.
        version: u32,
        /// Random per process.
        instance: String,
        /// Of the process.
        pid: u32,
        /// Version of the program.
        build: String,
        /// Where media is taken.
        port: u16,
        /// Values of a=candidate.
        candidates: Vec<String>,
        /// Of the engine's certificate.
        fingerprint: FingerprintText,
        /// Threads that forward.
        shards: u8,
    },
    /// Last frame to a controller.
    Superseded {
        /// A sentence for the log.
        reason: String,
    },
    /// The command is in force.
    Done {
        /// Which.
        id: u64,
        /// What it spoke of and was not there.
        unknown: Vec<String>,
    },
    /// The command changed nothing.
    Refused {
        /// Which.
        id: u64,
        /// Why.
        code: RefusalCode,
        /// A sentence.
        message: String,
    },
    /// Local ICE credentials.
    TransportCreated {
        /// Which command.
        id: u64,
        /// Whose.
        transport: String,
        /// a=ice-ufrag
        ufrag: String,
        /// a=ice-pwd
        pwd: String,
    },
    /// All there is.
    Snapshot {
        /// Which command.
        id: u64,
        /// All meetings.
        meetings: Vec<MeetingSnapshot>,
        /// All transports.
        transports: Vec<TransportSnapshot>,
        /// All tracks.
        tracks: Vec<TrackSnapshot>,
    },
    /// Lossless.
    TransportChanged {
        /// Which.
        transport: String,
        /// How it is now.
        state: TransportState,
        /// Of a closed one.
        reason: Option<CloseReason>,
        /// Of a connected one.
        profile: Option<String>,
        /// Since its creation.
        ice_us: Option<u64>,
        /// Since its creation.
        dtls_us: Option<u64>,
    },
    /// Lossless.
    TrackUp {
        /// Which.
        track: String,
        /// What arrives.
        codec: String,
    },
    /// Lossless.
    TrackDown {
        /// Which.
        track: String,
    },
    /// Lossless.
    SlotMapped(SlotMapped),
    /// Lossless.
    LayersWanted {
        /// Of which track.
        track: String,
        /// The encodings that anybody gets.
        rids: Vec<String>,
    },
    /// Latest wins.
    Limits {
        /// Whose slots.
        transport: String,
        /// By slot.
        limits: Vec<SlotLimit>,
    },
    /// Latest wins.
    Levels {
        /// Where.
        meeting: String,
        /// Of open microphones.
        levels: Vec<Level>,
        /// Who speaks.
        dominant: Option<String>,
    },
    /// Latest wins.
    Stats {
        /// From the start of the engine.
        counters: BTreeMap<String, u64>,
        /// Cumulative histogram.
        forward_latency_us: Vec<u64>,
        /// Of all.
        forward_latency_sum_us: u64,
        /// The last second of each transport.
        lines: Vec<LineStats>,
    },
}

impl FromEngine {
    /// The answer to a command.
    #[must_use]
    pub fn answer(id: u64, outcome: Result<Answer, Refusal>) -> Self {
        match outcome {
            Ok(Answer::Done { unknown }) => Self::Done { id, unknown },
            Ok(Answer::TransportCreated { transport, ufrag, pwd }) => {
                Self::TransportCreated { id, transport, ufrag, pwd }
            }
            Err(Refusal { code, message }) => Self::Refused { id, code, message },
        }
    }

    /// The frame as it goes over the wire, with its length.
    ///
    /// # Panics
    /// Never: what is written here can be written.
    #[must_use]
    pub fn to_wire(&self) -> Vec<u8> {
        let mut wire = vec![0; 4];
        rmp_serde::encode::write_named(&mut wire, self).expect("these structs fit into MessagePack");
        let length = u32::try_from(wire.len() - 4).expect("the engine's limits keep a frame below 4 GiB");
        wire[..4].copy_from_slice(&length.to_be_bytes());
        wire
    }
}

impl From<Event> for FromEngine {
    fn from(event: Event) -> Self {
        match event {
            Event::TransportChanged { transport, state, reason, profile, ice_us, dtls_us } => Self::TransportChanged {
                transport,
                state,
                reason,
                profile: profile.map(str::to_owned),
                ice_us,
                dtls_us,
            },
            Event::TrackUp { track, codec } => Self::TrackUp { track, codec },
            Event::TrackDown { track } => Self::TrackDown { track },
            Event::SlotMapped(mapped) => Self::SlotMapped(mapped),
            Event::LayersWanted { track, rids } => Self::LayersWanted { track, rids },
            Event::Limits { transport, limits } => Self::Limits { transport, limits },
            Event::Levels { meeting, levels, dominant } => Self::Levels { meeting, levels, dominant },
        }
    }
}
