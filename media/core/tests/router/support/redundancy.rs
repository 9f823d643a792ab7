//! Voices with redundancy (RFC 2198), as browsers send them.

use hoptt_core::control::{ApplySession, Codec, Kind, Source};

pub const RED: u8 = 63;

/// The session of a peer whose voice and places of sound have Opus under this payload type, with redundancy.
pub fn with_red(mut session: ApplySession, red: u8, opus: u8) -> ApplySession {
    let codec =
        |name: &str, pt, fmtp| Codec { name: name.into(), pt, clock_rate: 48_000, channels: 2, rtx_pt: None, fmtp };
    let codecs = vec![codec("red", red, format!("{opus}/{opus}")), codec("opus", opus, String::new())];
    for slot in session.slots.iter_mut().filter(|slot| slot.kind == Kind::Audio) {
        slot.codecs.clone_from(&codecs);
    }
    for track in session.published.iter_mut().filter(|track| track.source == Source::Microphone) {
        track.codecs.clone_from(&codecs);
    }
    session
}

/// What is said in one packet.
pub fn said(number: u16) -> Vec<u8> {
    let [high, low] = number.to_be_bytes();
    [vec![0x78; 40], vec![high, low]].concat()
}

/// The number of the packet in which this was said first.
pub fn number_of(said: &[u8]) -> u16 {
    u16::from_be_bytes([said[40], said[41]])
}

/// The payload of a packet: what is said in it after what was said in so many before, 20 ms each.
pub fn redundant(number: u16, before: u16, opus: u8) -> Vec<u8> {
    let mut payload = Vec::new();
    for n in (1..=before).rev() {
        let len = u32::try_from(said(number - n).len()).expect("short");
        let word = u32::from(opus | 0x80) << 24 | (u32::from(n) * 960) << 10 | len;
        payload.extend(word.to_be_bytes());
    }
    payload.push(opus);
    for n in (0..=before).rev() {
        payload.extend(said(number - n));
    }
    payload
}
