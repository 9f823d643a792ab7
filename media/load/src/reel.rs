//! What a cast replays: pictures and voices that were encoded before, so that browsers see and hear something.
//!
//! A file begins with [`MAGIC`]; then come records of one byte `V` (a VP8 frame) or `A` (20 ms of Opus), one byte track,
//! one byte (of a frame: 1 for a key frame; of a sound: its loudness, −dBov), four bytes length (little end first), and
//! so many bytes.

use crate::trace::MAX_PAYLOAD;

/// How a file begins.
pub const MAGIC: &[u8] = b"HOPTREEL1\n";
/// Longer than any frame of a small picture.
const MAX_FRAME: usize = 64 * 1024;
/// Tracks of each sort are numbered with a byte; more than these are a mistake.
const MAX_TRACKS: usize = 64;

/// One frame of a picture.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Nothing before it is needed.
    pub key: bool,
    /// As the encoder gave it.
    pub bytes: Box<[u8]>,
}

/// What an encoder gave for 20 ms of sound.
#[derive(Clone, Debug)]
pub struct Sound {
    /// −dBov (RFC 6464).
    pub level: u8,
    /// As the encoder gave it.
    pub bytes: Box<[u8]>,
}

/// Pictures and voices, each replayed round and round.
#[derive(Clone, Debug)]
pub struct Reel {
    pictures: Vec<Vec<Frame>>,
    voices: Vec<Vec<Sound>>,
}

impl Reel {
    /// Reads a file.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(file: &[u8]) -> Result<Self, String> {
        let mut rest = file.strip_prefix(MAGIC).ok_or("it is no reel: it does not begin with HOPTREEL1")?;
        let (mut pictures, mut voices) = (Vec::new(), Vec::new());
        while let Some((&[kind, track, flag, a, b, c, d], more)) = rest.split_first_chunk::<7>() {
            let len = u32::from_le_bytes([a, b, c, d]) as usize;
            let bytes = more.get(..len).ok_or("it is cut off")?;
            rest = &more[len..];
            match kind {
                b'V' if len > MAX_FRAME || len == 0 => return Err(format!("a frame has {len} bytes")),
                b'V' => track_of(&mut pictures, track)?.push(Frame { key: flag == 1, bytes: bytes.into() }),
                b'A' if len > MAX_PAYLOAD || len == 0 => return Err(format!("a sound has {len} bytes")),
                b'A' => track_of(&mut voices, track)?.push(Sound { level: flag.min(127), bytes: bytes.into() }),
                _ => return Err(format!("a record of kind {kind} is not known")),
            }
        }
        if !rest.is_empty() {
            return Err("it is cut off".into());
        }
        let begins = |picture: &Vec<Frame>| picture.first().is_some_and(|frame| frame.key);
        if pictures.is_empty() || !pictures.iter().all(begins) {
            return Err("each picture begins with a key frame, and there is one at least".into());
        }
        if voices.is_empty() || voices.iter().any(Vec::is_empty) {
            return Err("there is one voice at least, and none without a sound".into());
        }
        Ok(Self { pictures, voices })
    }

    /// The picture of somebody.
    #[must_use]
    pub fn picture(&self, number: usize) -> &[Frame] {
        &self.pictures[number % self.pictures.len()]
    }

    /// The voice of somebody.
    #[must_use]
    pub fn voice(&self, number: usize) -> &[Sound] {
        &self.voices[number % self.voices.len()]
    }
}

/// Tracks come in order: each begins behind the one before.
fn track_of<T>(tracks: &mut Vec<Vec<T>>, track: u8) -> Result<&mut Vec<T>, String> {
    let track = usize::from(track);
    if track == tracks.len() && track < MAX_TRACKS {
        tracks.push(Vec::new());
    }
    tracks.get_mut(track).ok_or_else(|| format!("track {track} comes before the one before it, or is one too many"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: u8, track: u8, flag: u8, bytes: &[u8]) -> Vec<u8> {
        let len = u32::try_from(bytes.len()).unwrap().to_le_bytes();
        [&[kind, track, flag], &len[..], bytes].concat()
    }

    fn reel(records: &[Vec<u8>]) -> Vec<u8> {
        [MAGIC, &records.concat()].concat()
    }

    #[test]
    fn what_was_recorded_is_read() {
        let file = reel(&[
            record(b'V', 0, 1, b"key"),
            record(b'V', 0, 0, b"more"),
            record(b'V', 1, 1, b"other"),
            record(b'A', 0, 30, b"opus"),
        ]);
        let reel = Reel::parse(&file).unwrap();
        assert_eq!(reel.picture(0).len(), 2);
        assert_eq!(&*reel.picture(3)[0].bytes, b"other", "tracks go round");
        assert_eq!((reel.voice(9)[0].level, &*reel.voice(9)[0].bytes), (30, &b"opus"[..]));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let (picture, voice) = (record(b'V', 0, 1, b"key"), record(b'A', 0, 30, b"opus"));
        let whole = reel(&[picture.clone(), voice.clone()]);
        for (file, says) in [
            (b"RIFF".to_vec(), "no reel"),
            (whole[..whole.len() - 1].to_vec(), "cut off"),
            (whole[..whole.len() - 6].to_vec(), "cut off"),
            (reel(std::slice::from_ref(&voice)), "key frame"),
            (reel(std::slice::from_ref(&picture)), "one voice"),
            (reel(&[record(b'V', 0, 0, b"delta"), voice.clone()]), "key frame"),
            (reel(&[picture.clone(), voice.clone(), record(b'A', 2, 0, b"x")]), "one too many"),
            (reel(&[picture.clone(), record(b'A', 0, 0, &[0; MAX_PAYLOAD + 1])]), "a sound has"),
            (reel(&[picture, voice, record(b'X', 0, 0, b"")]), "not known"),
        ] {
            assert!(Reel::parse(&file).unwrap_err().contains(says), "{says}");
        }
    }
}
