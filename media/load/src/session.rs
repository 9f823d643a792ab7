//! What signalling agreed on for one peer: whom it talks to, what it sends, and what it will receive.

use std::net::SocketAddr;

use hoptt_core::transport::{Credentials, Fingerprint};
use hoptt_wire::Ssrc;

/// Sound or picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Opus.
    Audio,
    /// VP8.
    Video,
}

/// Ids of the header extensions that both sides know (RFC 8285); 0 is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExtensionIds {
    /// Which m-line.
    pub mid: u8,
    /// Which encoding.
    pub rid: u8,
    /// Loudness.
    pub audio_level: u8,
    /// The transport-wide number.
    pub transport_cc: u8,
    /// When it left.
    pub abs_send_time: u8,
}

/// A stream to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sending {
    /// Sound or picture.
    pub kind: Kind,
    /// The m-line.
    pub mid: String,
    /// One SSRC for each encoding.
    pub ssrcs: Vec<Ssrc>,
    /// As agreed.
    pub payload_type: u8,
    /// That of retransmissions, if agreed, and their SSRCs.
    pub rtx: Option<(u8, Vec<Ssrc>)>,
}

/// Everything a peer needs to know.
#[derive(Clone, Debug)]
pub struct Session {
    /// Our half of ICE.
    pub local: Credentials,
    /// The server's half.
    pub remote: Credentials,
    /// Its certificate.
    pub fingerprint: Fingerprint,
    /// Where it is.
    pub server: SocketAddr,
    /// We offered, or the server is lite: the usual case.
    pub controlling: bool,
    /// Ids of header extensions.
    pub extensions: ExtensionIds,
    /// What is sent.
    pub sending: Vec<Sending>,
    /// Payload types that carry sound.
    pub audio_types: Vec<u8>,
    /// Payload types that carry pictures.
    pub video_types: Vec<u8>,
    /// Of retransmissions.
    pub rtx_types: Vec<u8>,
}

impl Session {
    /// What a payload type carries; `None`: a retransmission, or nothing that was agreed.
    #[must_use]
    pub fn kind_of(&self, payload_type: u8) -> Option<Kind> {
        if self.audio_types.contains(&payload_type) {
            Some(Kind::Audio)
        } else if self.video_types.contains(&payload_type) {
            Some(Kind::Video)
        } else {
            None
        }
    }
}
