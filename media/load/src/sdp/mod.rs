//! Session descriptions: an offer of our own, small and whole, and what is needed of an answer (RFC 8866, RFC 9429).

mod answer;

use std::fmt::Write;

use hoptt_core::transport::{Credentials, Fingerprint, fingerprint_text};
use hoptt_wire::Ssrc;

pub use answer::{Answer, AnswerError};

use crate::random::Random;
use crate::session::Kind;

/// Payload types of our offers, those of Chromium.
pub const OPUS: u8 = 111;
/// VP8.
pub const VP8: u8 = 96;
/// Its retransmissions.
pub const VP8_RTX: u8 = 97;

/// The extensions that are offered, under these ids.
pub const EXTENSIONS: [(u8, &str); 5] = [
    (1, "urn:ietf:params:rtp-hdrext:ssrc-audio-level"),
    (2, "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"),
    (3, "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"),
    (4, "urn:ietf:params:rtp-hdrext:sdes:mid"),
    (10, "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"),
];

/// One m-line to offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferedLine {
    /// Sound or picture.
    pub kind: Kind,
    /// What we send on it; nothing: we receive.
    pub sends: Option<Streams>,
}

/// Streams of a line that we send on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Streams {
    /// One for each encoding.
    pub ssrcs: Vec<Ssrc>,
    /// Their retransmissions; none for sound.
    pub rtx: Vec<Ssrc>,
    /// Names of the encodings; none when there is only one.
    pub rids: Vec<&'static str>,
}

impl Streams {
    /// Draws SSRCs.
    #[must_use]
    pub fn draw(kind: Kind, rids: &[&'static str], random: &mut Random) -> Self {
        // The lower half is for the senders, the upper one for repairs: never the same number twice.
        let mut one = |upper: u32| {
            let [.., a, b, c, d] = random.next_u64().to_be_bytes();
            Ssrc(u32::from_be_bytes([a, b, c, d]) >> 1 | upper << 31)
        };
        let ssrcs: Vec<Ssrc> = (0..rids.len().max(1)).map(|_| one(0)).collect();
        let rtx = if kind == Kind::Video { ssrcs.iter().map(|_| one(1)).collect() } else { Vec::new() };
        Self { ssrcs, rtx, rids: if rids.len() > 1 { rids.to_vec() } else { Vec::new() } }
    }
}

/// Writes an offer. The m-line's name is its number.
#[must_use]
pub fn offer(lines: &[OfferedLine], local: &Credentials, fingerprint: &Fingerprint, candidate: &str) -> String {
    let mut out = String::with_capacity(512 * lines.len() + 256);
    let mids: Vec<String> = (0..lines.len()).map(|mid| mid.to_string()).collect();
    put(&mut out, format_args!("v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0"));
    put(&mut out, format_args!("a=group:BUNDLE {}", mids.join(" ")));
    put(&mut out, format_args!("a=msid-semantic: WMS *"));
    for (mid, line) in mids.iter().zip(lines) {
        write_line(&mut out, mid, line);
        put(&mut out, format_args!("a=ice-ufrag:{}\r\na=ice-pwd:{}", local.ufrag, local.password));
        put(&mut out, format_args!("a=fingerprint:sha-256 {}\r\na=setup:actpass", fingerprint_text(fingerprint)));
        if !candidate.is_empty() {
            put(&mut out, format_args!("a=candidate:{candidate}\r\na=end-of-candidates"));
        }
    }
    out
}

fn write_line(out: &mut String, mid: &str, line: &OfferedLine) {
    let direction = if line.sends.is_some() { "sendonly" } else { "recvonly" };
    match line.kind {
        Kind::Audio => {
            put(out, format_args!("m=audio 9 UDP/TLS/RTP/SAVPF {OPUS}\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0"));
            put(out, format_args!("a=rtpmap:{OPUS} opus/48000/2\r\na=fmtp:{OPUS} minptime=10;useinbandfec=1;usedtx=1"));
            put(out, format_args!("a=rtcp-fb:{OPUS} transport-cc"));
        }
        Kind::Video => {
            put(out, format_args!("m=video 9 UDP/TLS/RTP/SAVPF {VP8} {VP8_RTX}\r\nc=IN IP4 0.0.0.0"));
            put(out, format_args!("a=rtcp:9 IN IP4 0.0.0.0\r\na=rtpmap:{VP8} VP8/90000"));
            for feedback in ["transport-cc", "ccm fir", "nack", "nack pli"] {
                put(out, format_args!("a=rtcp-fb:{VP8} {feedback}"));
            }
            put(out, format_args!("a=rtpmap:{VP8_RTX} rtx/90000\r\na=fmtp:{VP8_RTX} apt={VP8}"));
        }
    }
    put(out, format_args!("a=mid:{mid}\r\na={direction}\r\na=rtcp-mux\r\na=rtcp-rsize"));
    let simulcast = line.sends.as_ref().is_some_and(|streams| !streams.rids.is_empty());
    for (id, uri) in EXTENSIONS {
        let fits = match id {
            1 => line.kind == Kind::Audio,
            10 => simulcast,
            _ => true,
        };
        if fits {
            put(out, format_args!("a=extmap:{id} {uri}"));
        }
    }
    let Some(streams) = &line.sends else { return };
    put(out, format_args!("a=msid:load load{mid}"));
    if simulcast {
        for rid in &streams.rids {
            put(out, format_args!("a=rid:{rid} send"));
        }
        put(out, format_args!("a=simulcast:send {}", streams.rids.join(";")));
        return; // encodings are found by their names (RFC 8853)
    }
    for (ssrc, rtx) in streams.ssrcs.iter().zip(&streams.rtx) {
        put(out, format_args!("a=ssrc-group:FID {} {}", ssrc.0, rtx.0));
    }
    for ssrc in streams.ssrcs.iter().chain(&streams.rtx) {
        put(out, format_args!("a=ssrc:{} cname:hoptt-load", ssrc.0));
    }
}

fn put(out: &mut String, line: std::fmt::Arguments<'_>) {
    write!(out, "{line}\r\n").expect("a String takes everything");
}

#[cfg(test)]
mod tests;
