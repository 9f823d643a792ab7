//! From bytes to frames: everything that arrives is read like outside data (S22).

use hoptt_core::control::{ApplySession, Command, CreateMeeting, Gate, Wish};
use serde::Deserialize;

use crate::frames::{MAX_FRAME_BYTES, MAX_ID_BYTES, OLDEST_PROTOCOL, PROTOCOL, ToEngine};

/// Why a frame was not taken: the connection that brought it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// Longer than [`MAX_FRAME_BYTES`].
    TooLong,
    /// Not the map that its `type` says, or an id that is empty or too long.
    Malformed,
    /// A `type` that nobody has described.
    UnknownType,
}

/// Reads a frame.
///
/// # Errors
/// [`Unreadable`]: the connection ends.
pub fn read(payload: &[u8]) -> Result<ToEngine, Unreadable> {
    #[derive(Deserialize)]
    struct Head {
        r#type: String,
        #[serde(default)]
        id: Option<u64>,
    }

    #[derive(Deserialize)]
    struct Version {
        version: u32,
    }

    let head: Head = body(payload)?;
    if head.r#type == "hello" {
        let Version { version } = body(payload)?; // before anything else: the rest is as that version has it (S22)
        let spoken = (OLDEST_PROTOCOL..=PROTOCOL).contains(&version);
        return Ok(if spoken { ToEngine::Hello(body(payload)?) } else { ToEngine::Stranger });
    }
    let id = head.id.ok_or(Unreadable::Malformed)?;
    let command = match head.r#type.as_str() {
        "take_snapshot" => return Ok(ToEngine::TakeSnapshot(id)),
        "ping" => return Ok(ToEngine::Ping(id)),
        "shutdown" => return Ok(ToEngine::Shutdown(id)),
        "create_meeting" => Command::CreateMeeting(body::<CreateMeeting>(payload)?),
        "apply_session" => Command::ApplySession(body::<ApplySession>(payload)?),
        "close_meeting" => body::<CloseMeeting>(payload)?.into(),
        "create_transport" => body::<CreateTransport>(payload)?.into(),
        "close_transport" => body::<CloseTransport>(payload)?.into(),
        "set_gates" => body::<SetGates>(payload)?.into(),
        "set_video" => body::<SetVideo>(payload)?.into(),
        "set_stage_voice" => body::<SetStageVoice>(payload)?.into(),
        "ask_keyframe" => body::<AskKeyframe>(payload)?.into(),
        "restart_ice" => body::<RestartIce>(payload)?.into(),
        "set_meeting_blob" => body::<SetMeetingBlob>(payload)?.into(),
        "set_transport_blob" => body::<SetTransportBlob>(payload)?.into(),
        _ => return Err(Unreadable::UnknownType),
    };
    if ids_of(&command).all(|id| (1..=MAX_ID_BYTES).contains(&id.len())) {
        Ok(ToEngine::Command(id, command))
    } else {
        Err(Unreadable::Malformed)
    }
}

fn body<'a, T: Deserialize<'a>>(payload: &'a [u8]) -> Result<T, Unreadable> {
    let mut reader = rmp_serde::Deserializer::from_read_ref(payload);
    reader.set_max_depth(MAX_DEPTH);
    T::deserialize(&mut reader).map_err(|_| Unreadable::Malformed)
}

/// The deepest frame has maps in lists in a list; each level may count twice.
const MAX_DEPTH: usize = 32;

/// The ids that a command brings in or names.
fn ids_of(command: &Command) -> Box<dyn Iterator<Item = &String> + '_> {
    match command {
        Command::CreateMeeting(CreateMeeting { meeting, .. })
        | Command::CloseMeeting { meeting }
        | Command::SpreadMeeting { meeting, .. }
        | Command::SetMeetingBlob { meeting, .. } => Box::new([meeting].into_iter()),
        Command::SetStageVoice { meeting, track } => Box::new([meeting].into_iter().chain(track)),
        Command::CreateTransport { meeting, transport, .. } => Box::new([meeting, transport].into_iter()),
        Command::CloseTransport { transport }
        | Command::RestartIce { transport }
        | Command::SetTransportBlob { transport, .. } => Box::new([transport].into_iter()),
        Command::SetVideo { transport, wishes } => {
            Box::new([transport].into_iter().chain(wishes.iter().filter_map(|wish| wish.track.as_ref())))
        }
        Command::ApplySession(session) => {
            Box::new([&session.transport].into_iter().chain(session.published.iter().map(|published| &published.track)))
        }
        Command::SetGates(gates) => Box::new(gates.iter().map(|gate| &gate.track)),
        Command::AskKeyframe { track } => Box::new([track].into_iter()),
        Command::CloseAll(_) => Box::new(std::iter::empty()),
    }
}

/// Bodies that `hoptt_core::control` has as the variants of its command: the same keys, read from a map.
macro_rules! bodies {
    ($($name:ident { $($(#[$how:meta])* $key:ident: $type:ty),* })*) => {$(
        #[derive(Deserialize)]
        struct $name { $($(#[$how])* $key: $type),* }

        impl From<$name> for Command {
            fn from($name { $($key),* }: $name) -> Self {
                Self::$name { $($key),* }
            }
        }
    )*};
}

bodies! {
    CloseMeeting { meeting: String }
    CreateTransport { meeting: String, transport: String, #[serde(default, with = "serde_bytes")] blob: Vec<u8> }
    CloseTransport { transport: String }
    SetVideo { transport: String, wishes: Vec<Wish> }
    SetStageVoice { meeting: String, #[serde(deserialize_with = "Option::deserialize")] track: Option<String> }
    AskKeyframe { track: String }
    RestartIce { transport: String }
    SetMeetingBlob { meeting: String, #[serde(with = "serde_bytes")] blob: Vec<u8> }
    SetTransportBlob { transport: String, #[serde(with = "serde_bytes")] blob: Vec<u8> }
}

#[derive(Deserialize)]
struct SetGates {
    gates: Vec<Gate>,
}

impl From<SetGates> for Command {
    fn from(body: SetGates) -> Self {
        Self::SetGates(body.gates)
    }
}

/// Cuts a stream of bytes into frames.
#[derive(Debug, Default)]
pub struct Cutter {
    bytes: Vec<u8>,
    taken: usize,
}

impl Cutter {
    /// Takes bytes as they came.
    pub fn extend(&mut self, bytes: &[u8]) {
        if self.taken > 0 && self.taken >= self.bytes.len() / 2 {
            self.bytes.drain(..self.taken);
            self.taken = 0;
            self.bytes.shrink_to(KEPT_BYTES);
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// Gives the payload of the next whole frame.
    ///
    /// # Errors
    /// [`Unreadable::TooLong`] as soon as its length is there.
    pub fn poll(&mut self) -> Result<Option<&[u8]>, Unreadable> {
        let rest = &self.bytes[self.taken..];
        let Some((length, rest)) = rest.split_first_chunk::<4>() else { return Ok(None) };
        let length = u32::from_be_bytes(*length) as usize;
        if length > MAX_FRAME_BYTES {
            return Err(Unreadable::TooLong);
        }
        let Some(payload) = rest.get(..length) else { return Ok(None) };
        self.taken += 4 + length;
        Ok(Some(payload))
    }
}

/// What a cutter keeps of its memory after a long frame.
const KEPT_BYTES: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frames::{FromEngine, Hello};

    /// Reads `"msgpack": "…"` of a sample, which is what the control plane writes.
    fn sample(path: &std::path::Path) -> Vec<u8> {
        let text = std::fs::read_to_string(path).expect("a sample");
        let (_, rest) = text.split_once("\"msgpack\": \"").expect("a sample has its bytes");
        let digits = rest.split('"').next().expect("and their end").as_bytes();
        let pairs = digits.chunks(2).map(|pair| std::str::from_utf8(pair).expect("hexadecimal"));
        pairs.map(|pair| u8::from_str_radix(pair, 16).expect("hexadecimal")).collect()
    }

    fn samples() -> Vec<(String, Vec<u8>)> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../protocol/samples/engine");
        let files = std::fs::read_dir(folder).expect("the samples lie beside the code");
        let mut all: Vec<_> = files
            .map(|file| file.expect("a file").path())
            .map(|path| (path.file_stem().expect("a name").to_string_lossy().into_owned(), sample(&path)))
            .collect();
        all.sort();
        all
    }

    #[test]
    fn every_sample_is_read_and_what_the_engine_says_is_written_as_the_samples_are() {
        let mut read_ones = 0;
        for (name, bytes) in samples() {
            if let Ok(said) = rmp_serde::from_slice::<FromEngine>(&bytes) {
                let wire = said.to_wire();
                assert_eq!(u32::from_be_bytes(wire[..4].try_into().expect("four")) as usize, wire.len() - 4, "{name}");
                assert_eq!(rmp_serde::from_slice::<FromEngine>(&wire[4..]).expect(&name), said);
                if !matches!(name.as_str(), "stats" | "snapshot") {
                    assert_eq!(wire[4..], bytes, "{name}"); // those two: keys in another order, a tag left out
                }
            } else {
                let asked = read(&bytes);
                assert!(asked.is_ok(), "{name}: {asked:?}");
                read_ones += 1;
            }
        }
        assert_eq!(read_ones, 16, "commands and hello");
    }

    #[test]
    fn the_samples_say_what_they_say() {
        let all: std::collections::BTreeMap<_, _> = samples().into_iter().collect();
        let read = |name: &str| read(&all[name]).expect(name);
        assert_eq!(read("hello"), ToEngine::Hello(Hello { version: 1, epoch: 7, grace_ms: 120_000 }));
        assert!(matches!(read("ping"), ToEngine::Ping(_)));
        let ToEngine::Command(5, Command::ApplySession(session)) = read("apply_session") else { panic!("a session") };
        assert_eq!(session.published[1].codecs[0].rtx_pt, Some(97));
        assert_eq!(session.extensions.audio_level, Some(1));
        assert!(!session.blob.is_empty());
        let ToEngine::Command(_, Command::SetGates(gates)) = read("set_gates") else { panic!("gates") };
        assert!(gates.iter().any(|gate| gate.vetoed));
    }

    fn map(pairs: &[(&str, &str)]) -> Vec<u8> {
        let pairs: std::collections::BTreeMap<_, _> = pairs.iter().copied().collect();
        rmp_serde::to_vec(&pairs).expect("a map of texts")
    }

    #[derive(serde::Serialize)]
    struct Close<'a> {
        r#type: &'a str,
        id: u64,
        meeting: &'a str,
    }

    #[test]
    fn s22_what_is_no_frame_is_not_read() {
        let long = "m".repeat(MAX_ID_BYTES + 1);
        let close = |id: &str| {
            rmp_serde::to_vec_named(&Close { r#type: "close_meeting", id: 1, meeting: id }).expect("writable")
        };
        assert!(read(&close("m_1")).is_ok());
        for (bytes, why) in [
            (vec![], Unreadable::Malformed),
            (vec![0xc1; 40], Unreadable::Malformed),
            (vec![0x91; 60_000], Unreadable::Malformed),
            (vec![0xdf, 0xff, 0xff, 0xff, 0xff], Unreadable::Malformed),
            (map(&[("type", "ping")]), Unreadable::Malformed),
            (map(&[("id", "1")]), Unreadable::Malformed),
            (close(&long), Unreadable::Malformed),
            (close(""), Unreadable::Malformed),
            (
                rmp_serde::to_vec_named(&Close { r#type: "open_everything", id: 1, meeting: "m" }).expect("writable"),
                Unreadable::UnknownType,
            ),
        ] {
            assert_eq!(read(&bytes), Err(why), "{:?}", &bytes[..bytes.len().min(40)]);
        }
    }

    #[test]
    fn s22_no_cut_and_no_flipped_bit_of_a_sample_panics() {
        for (_, bytes) in samples() {
            for end in 0..bytes.len() {
                let _ = read(&bytes[..end]);
            }
            for at in 0..bytes.len() * 8 {
                let mut flipped = bytes.clone();
                flipped[at / 8] ^= 1 << (at % 8);
                let _ = read(&flipped);
            }
        }
    }

    #[test]
    fn frames_are_cut_however_their_bytes_arrive() {
        let wire: Vec<u8> = [&b"\0\0\0\x03abc\0\0\0\0"[..], b"\0\0\0\x01z"].concat();
        for size in 1..=wire.len() {
            let mut cutter = Cutter::default();
            let mut frames = Vec::new();
            for bytes in wire.chunks(size) {
                cutter.extend(bytes);
                while let Some(frame) = cutter.poll().expect("short ones") {
                    frames.push(frame.to_vec());
                }
            }
            assert_eq!(frames, [&b"abc"[..], b"", b"z"], "by {size}");
        }
    }

    #[test]
    fn s22_a_frame_that_is_too_long_is_refused_at_its_length() {
        let mut cutter = Cutter::default();
        cutter.extend(&(u32::try_from(MAX_FRAME_BYTES).expect("fits") + 1).to_be_bytes());
        assert_eq!(cutter.poll(), Err(Unreadable::TooLong));
    }
}
