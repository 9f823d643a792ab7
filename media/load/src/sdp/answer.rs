//! An answer, or an offer of a server, read as far as a generator of load needs it.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use hoptt_core::transport::{Credentials, Fingerprint, parse_fingerprint};

use super::{EXTENSIONS, OPUS, OfferedLine, VP8, VP8_RTX};
use crate::session::{ExtensionIds, Kind, Sending, Session};

/// What the server answered, or offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The server's half of ICE.
    pub remote: Credentials,
    /// Of its certificate.
    pub fingerprint: Fingerprint,
    /// Where it is, UDP only, in the order of their priority.
    pub candidates: Vec<SocketAddr>,
    /// It only answers checks (RFC 8445 §2.5).
    lite: bool,
    lines: Vec<Line>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Line {
    accepted: bool,
    mid: String,
    payload_types: Vec<u8>,
    /// Payload types with the names of their encodings, in small letters.
    codecs: Vec<(u8, String)>,
    extensions: Vec<(u8, String)>,
}

/// What an answer lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerError(&'static str);

impl fmt::Display for AnswerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the answer has no {}", self.0)
    }
}

impl std::error::Error for AnswerError {}

impl Answer {
    /// Reads an answer to an offer of ours.
    ///
    /// # Errors
    /// [`AnswerError`] says what is missing.
    pub fn parse(text: &str) -> Result<Self, AnswerError> {
        let (mut ufrag, mut password, mut fingerprint) = (None, None, None);
        let mut candidates: Vec<(u32, SocketAddr)> = Vec::new();
        let mut lines: Vec<Line> = Vec::new();
        let lite = text.lines().any(|line| line == "a=ice-lite");
        for line in text.lines() {
            if let Some(media) = line.strip_prefix("m=") {
                let mut parts = media.split(' ');
                let port = parts.nth(1).unwrap_or("0");
                let payload_types = parts.skip(1).filter_map(|part| part.parse().ok()).collect();
                lines.push(Line { accepted: port != "0", payload_types, ..Line::default() });
            } else if let Some(value) = line.strip_prefix("a=ice-ufrag:") {
                ufrag.get_or_insert_with(|| value.to_owned());
            } else if let Some(value) = line.strip_prefix("a=ice-pwd:") {
                password.get_or_insert_with(|| value.to_owned());
            } else if let Some(value) = line.strip_prefix("a=fingerprint:") {
                fingerprint = fingerprint.or(value.strip_prefix("sha-256 ").and_then(parse_fingerprint));
            } else if let Some(value) = line.strip_prefix("a=candidate:") {
                candidates.extend(candidate(value).filter(|found| !candidates.contains(found)));
            } else if let Some(here) = lines.last_mut() {
                if let Some(value) = line.strip_prefix("a=mid:") {
                    value.clone_into(&mut here.mid);
                } else if let Some((id, uri)) = line.strip_prefix("a=extmap:").and_then(|value| value.split_once(' ')) {
                    let id = id.split('/').next().and_then(|id| id.parse().ok());
                    here.extensions.extend(id.map(|id| (id, uri.to_owned())));
                } else if let Some((id, name)) = line.strip_prefix("a=rtpmap:").and_then(|value| value.split_once(' '))
                {
                    let name = name.split('/').next().unwrap_or_default().to_ascii_lowercase();
                    here.codecs.extend(id.parse().ok().map(|id| (id, name)));
                }
            }
        }
        candidates.sort_by_key(|(priority, _)| std::cmp::Reverse(*priority));
        let ufrag = ufrag.ok_or(AnswerError("a=ice-ufrag"))?;
        let password = password.ok_or(AnswerError("a=ice-pwd"))?;
        Ok(Self {
            remote: Credentials { ufrag, password },
            fingerprint: fingerprint.ok_or(AnswerError("sha-256 fingerprint"))?,
            candidates: candidates.into_iter().map(|(_, address)| address).collect(),
            lite,
            lines,
        })
    }

    /// The session that comes of it: what was offered, as far as it was accepted.
    ///
    /// # Errors
    /// [`AnswerError`] when no candidate suits or nothing was accepted.
    pub fn session(
        &self,
        offered: &[OfferedLine],
        local: &Credentials,
        server: SocketAddr,
    ) -> Result<Session, AnswerError> {
        let accepted = || self.lines.iter().zip(offered).filter(|(line, _)| line.accepted);
        if accepted().next().is_none() {
            return Err(AnswerError("accepted m-line"));
        }
        let extensions = extensions(&accepted().map(|(line, _)| line));
        let sending = accepted().filter_map(|(line, offered)| {
            let streams = offered.sends.as_ref()?;
            let payload_type = if offered.kind == Kind::Audio { OPUS } else { VP8 };
            let rtx = line.payload_types.contains(&VP8_RTX) && !streams.rtx.is_empty();
            line.payload_types.contains(&payload_type).then(|| Sending {
                kind: offered.kind,
                mid: line.mid.clone(),
                ssrcs: streams.ssrcs.clone(),
                payload_type,
                rtx: rtx.then(|| (VP8_RTX, streams.rtx.clone())),
            })
        });
        Ok(Session {
            local: local.clone(),
            remote: self.remote.clone(),
            fingerprint: self.fingerprint,
            server,
            controlling: true,
            extensions,
            sending: sending.collect(),
            audio_types: vec![OPUS],
            video_types: vec![VP8],
            rtx_types: vec![VP8_RTX],
        })
    }

    /// The session of an offer of the server's that is answered with all it offers: nothing is sent.
    #[must_use]
    pub fn receiving(&self, local: Credentials, server: SocketAddr) -> Session {
        let types = |name: &str| {
            let codecs = self.lines.iter().flat_map(|line| &line.codecs);
            codecs.filter(|(_, found)| found == name).map(|(id, _)| *id).collect::<Vec<u8>>()
        };
        Session {
            local,
            remote: self.remote.clone(),
            fingerprint: self.fingerprint,
            server,
            controlling: self.lite, // else whoever offered is (RFC 8445 §6.1.1)
            extensions: extensions(&self.lines.iter()),
            sending: Vec::new(),
            audio_types: types("opus"),
            video_types: types("vp8"),
            rtx_types: types("rtx"),
        }
    }
}

fn extensions<'a>(lines: &(impl Iterator<Item = &'a Line> + Clone)) -> ExtensionIds {
    let agreed = |uri: &str| {
        let known = lines.clone().flat_map(|line| &line.extensions);
        known.into_iter().find(|(_, found)| found == uri).map_or(0, |(id, _)| *id)
    };
    let [audio_level, abs_send_time, transport_cc, mid, rid] = EXTENSIONS.map(|(_, uri)| agreed(uri));
    ExtensionIds { mid, rid, audio_level, transport_cc, abs_send_time }
}

/// `foundation component transport priority address port typ …` (RFC 8839 §5.1).
fn candidate(value: &str) -> Option<(u32, SocketAddr)> {
    let parts: Vec<&str> = value.split(' ').collect();
    let [_, "1", transport, priority, address, port, "typ", ..] = parts[..] else { return None };
    let address: IpAddr = address.parse().ok()?;
    transport
        .eq_ignore_ascii_case("udp")
        .then_some((priority.parse().ok()?, SocketAddr::new(address, port.parse().ok()?)))
}
