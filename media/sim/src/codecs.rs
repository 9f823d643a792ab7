//! The numbers and codecs that clients have.

use hoptt_core::control::{Codec, Kind, Slot};
use str0m::rtp::Ssrc;

use crate::layers::{Coding, Layers};

pub const OPUS: u8 = 111;
/// Opus with what was said before (RFC 2198).
pub const RED: u8 = 63;
pub const VP8: u8 = 96;
const VP8_RTX: u8 = 97;
/// As str0m has them by itself: packetization mode 1, Constrained Baseline.
pub const H264: u8 = 108;
const H264_RTX: u8 = 109;
pub const VP9: u8 = 98;
const VP9_RTX: u8 = 99;
pub const AV1: u8 = 45;
const AV1_RTX: u8 = 46;

/// The payload type of a camera.
pub fn payload_type(coding: Coding) -> u8 {
    match coding {
        Coding::Vp8 => VP8,
        Coding::H264 => H264,
        Coding::Vp9 => VP9,
        Coding::Av1 => AV1,
    }
}

/// What has a payload type; `None`: sound.
pub fn coding(payload_type: u8) -> Option<Coding> {
    Coding::ALL.into_iter().find(|coding| self::payload_type(*coding) == payload_type)
}

/// A number that no other stream of the world has.
pub fn ssrc(member: u32, number: u32) -> Ssrc {
    Ssrc::from(0x1000_0000 + member * 0x100 + number)
}

pub fn slot(kind: Kind, number: u32, member: u32) -> Slot {
    let (letter, first) = if kind == Kind::Audio { ('a', 0x40) } else { ('v', 0x80) };
    let is_video = kind == Kind::Video;
    Slot {
        slot: number,
        mid: format!("{letter}{number}"),
        kind,
        ssrc: *ssrc(member, first + 2 * number),
        rtx_ssrc: is_video.then(|| *ssrc(member, first + 2 * number + 1)),
        codecs: codecs(kind),
    }
}

pub fn published_codecs(kind: Kind, layers: Option<&Layers>) -> Vec<Codec> {
    let mut all = codecs(kind);
    if kind == Kind::Video {
        let sent = payload_type(layers.map_or(Coding::Vp8, Layers::coding));
        all.retain(|codec| codec.pt == sent);
    }
    all
}

fn codecs(kind: Kind) -> Vec<Codec> {
    let codec = |name: &str, pt, clock_rate, channels, rtx_pt, fmtp: &str| Codec {
        name: name.into(),
        pt,
        clock_rate,
        channels,
        rtx_pt,
        fmtp: fmtp.into(),
    };
    match kind {
        Kind::Audio => {
            vec![
                codec("opus", OPUS, 48_000, 2, None, ""),
                codec("red", RED, 48_000, 2, None, &format!("{OPUS}/{OPUS}")),
            ]
        }
        Kind::Video => vec![
            codec("VP8", VP8, 90_000, 1, Some(VP8_RTX), ""),
            codec("H264", H264, 90_000, 1, Some(H264_RTX), "packetization-mode=1;profile-level-id=42e01f"),
            codec("VP9", VP9, 90_000, 1, Some(VP9_RTX), "profile-id=0"),
            codec("AV1", AV1, 90_000, 1, Some(AV1_RTX), ""),
        ],
    }
}
