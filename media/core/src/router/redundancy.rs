//! Voices sent with redundancy (RED, RFC 2198): each packet holds earlier sound in front of its own. It is passed whole to
//! those whose line loses packets, and reduced to its own sound for everybody else.

use std::time::{Duration, Instant};

use hoptt_wire::red::{self, RedError};
use hoptt_wire::rtp::Rtp;

use super::encoding::Encoding;
use super::track::Track;
use crate::control::Codec;
use crate::reports::LossAfar;

/// From so many lost packets on a line gets redundancy, and below so many it gets none.
const LOSSES: [f64; 2] = [0.02, 0.005];
/// Where pictures had to pause there is no room for sound twice; asked again after this long, lest both take turns.
const NARROW_FOR: Duration = Duration::from_secs(10);
/// A block tells in 14 bits how much earlier it is (RFC 2198 §3): a third of a second at 48 kHz. So many packets after the
/// first one, of 2.5 ms at least, nothing in them can be older than the first.
const WATCHED: u64 = 256;

/// Opus with redundancy, as a session agrees on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Red {
    /// Of whole packets.
    pub(super) pt: u8,
    /// Of the blocks in them, and of packets without redundancy.
    pub(super) block_pt: u8,
    /// Place of Opus among the codecs.
    pub(super) codec: usize,
}

impl Red {
    /// Finds it among the codecs of an m-line: its parameters name the payload types of the blocks (`111/111`), all Opus.
    pub(super) fn of(codecs: &[Codec]) -> Option<Self> {
        codecs.iter().filter(|codec| codec.name.eq_ignore_ascii_case("red")).find_map(|codec| {
            let mut blocks = codec.fmtp.split('/').map(|pt| pt.trim().parse::<u8>().ok());
            let block_pt = blocks.next()??;
            let place = codecs.iter().position(|one| one.pt == block_pt && one.name.eq_ignore_ascii_case("opus"))?;
            let fits = codecs[place].clock_rate == codec.clock_rate && blocks.all(|pt| pt == Some(block_pt));
            fits.then_some(Self { pt: codec.pt, block_pt, codec: place })
        })
    }
}

/// A packet's payload that holds earlier sound, or could.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Redundant {
    /// Where its own sound begins within the payload: of an RTP packet, so that 16 bits hold it.
    primary: u16,
    block_pt: u8,
    /// Nothing in it is older than the first packet since the gate opened (S19).
    may_pass: bool,
}

/// What of a packet's payload leaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Part {
    /// What lies before this does not.
    from: u16,
    /// Earlier sound is in it: it leaves under this payload type.
    red_pt: Option<u8>,
    /// The subscriber knows the sound in the blocks under this payload type.
    block_pt: Option<u8>,
}

impl Redundant {
    /// Where its own sound begins within the payload.
    pub(super) fn primary(self) -> usize {
        usize::from(self.primary)
    }

    /// What leaves to a subscriber who is shown sound under a payload type: with `red` as agreed with them, if it is to be
    /// passed.
    #[cold]
    #[inline(never)]
    pub(super) fn part(self, pt: u8, red: Option<Red>) -> Part {
        match red.filter(|red| self.may_pass && red.block_pt == pt) {
            Some(red) => {
                let block_pt = Some(red.block_pt).filter(|pt| *pt != self.block_pt);
                Part { from: 0, red_pt: Some(red.pt), block_pt }
            }
            None => Part { from: self.primary, ..Part::default() },
        }
    }
}

/// Rare: out of the way of every other packet.
#[cold]
#[inline(never)]
fn rename_blocks(payload: &mut [u8], pt: u8) {
    red::set_payload_type(payload, pt);
}

impl Part {
    /// Of a payload, what leaves.
    pub(super) fn of(self, payload: &[u8]) -> &[u8] {
        payload.get(usize::from(self.from)..).unwrap_or_default()
    }

    /// The payload type, where it is another one than that of the sound alone.
    pub(super) fn red_pt(self) -> Option<u8> {
        self.red_pt
    }

    /// Brings a copy of the payload to what its subscriber knows.
    pub(super) fn write(self, payload: &mut [u8]) {
        if let Some(pt) = self.block_pt {
            rename_blocks(payload, pt);
        }
    }
}

/// The first packet with redundancy of a stream since its gate opened.
#[derive(Clone, Copy, Debug)]
pub(super) struct First {
    seq: u64,
    timestamp: u32,
}

impl First {
    /// Whether it comes after the sound of so many ticks before another packet: that was recorded while the gate was closed,
    /// perhaps (S19).
    fn comes_after(self, seq: u64, timestamp: u32, earlier: u16) -> bool {
        let Some(packets) = seq.checked_sub(self.seq) else { return true };
        let passed = timestamp.wrapping_sub(self.timestamp);
        packets < WATCHED && (passed > i32::MAX.unsigned_abs() || passed < u32::from(earlier))
    }
}

impl Track {
    /// The place among its codecs of what comes under this payload type: of Opus also where it comes with redundancy.
    pub(super) fn codec_of(&self, pt: u8) -> Option<usize> {
        match self.red {
            Some(red) if red.pt == pt => Some(red.codec),
            _ => self.codecs.iter().position(|codec| codec.pt == pt),
        }
    }
}

impl Encoding {
    /// Reads a payload with redundancy; nothing: it is empty.
    ///
    /// # Errors
    /// Its blocks are not there, or not all of the agreed payload type.
    #[inline(never)]
    pub(super) fn redundant(&mut self, red: Red, rtp: &Rtp<'_>, seq: u64) -> Result<Option<Redundant>, Unreadable> {
        if rtp.payload().is_empty() {
            return Ok(None); // padding
        }
        let found = red::Red::parse(rtp.payload())?;
        let mut earlier = 0;
        for block in found.blocks() {
            if block.payload_type != red.block_pt {
                return Err(Unreadable);
            }
            earlier = earlier.max(block.earlier);
        }
        let first = *self.first_red.get_or_insert(First { seq, timestamp: rtp.timestamp() });
        let may_pass = !first.comes_after(seq, rtp.timestamp(), earlier);
        let primary = u16::try_from(found.primary()).map_err(|_| Unreadable)?;
        Ok(Some(Redundant { primary, block_pt: red.block_pt, may_pass }))
    }
}

/// A payload with redundancy cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unreadable;

impl From<RedError> for Unreadable {
    fn from(_: RedError) -> Self {
        Self
    }
}

/// Whether a subscriber's line loses so much that voices are to be passed with their redundancy.
#[derive(Debug, Default)]
pub(super) struct Redundancy {
    is_on: bool,
    /// What receiver reports tell.
    reported: LossAfar,
    /// When a picture last was paused for want of room.
    narrow_at: Option<Instant>,
}

impl Redundancy {
    /// The subscriber reports what was lost of a voice, as a share of 256.
    pub(super) fn handle_report(&mut self, now: Instant, fraction_lost: u8) {
        self.reported.handle_report(now, fraction_lost);
    }

    /// Follows the line: what it loses, if it tells of arrivals, from 0 to 1; and whether pictures have no room there.
    pub(super) fn follow(&mut self, now: Instant, loss: Option<f64>, is_narrow: bool) {
        if is_narrow {
            self.narrow_at = Some(now);
        }
        let loss = loss.unwrap_or_else(|| f64::from(self.reported.told(now, 0.0)) / 256.0);
        let has_room = self.narrow_at.is_none_or(|at| now.saturating_duration_since(at) >= NARROW_FOR);
        self.is_on = has_room && loss >= LOSSES[usize::from(self.is_on)];
    }

    pub(super) fn is_on(&self) -> bool {
        self.is_on
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codec(name: &str, pt: u8, fmtp: &str) -> Codec {
        Codec { name: name.into(), pt, clock_rate: 48_000, channels: 2, rtx_pt: None, fmtp: fmtp.into() }
    }

    #[test]
    fn redundancy_is_agreed_on_where_it_names_opus_alone() {
        let opus = codec("opus", 111, "useinbandfec=1");
        let found = |fmtp: &str| Red::of(&[codec("red", 63, fmtp), opus.clone()]);
        let red = Some(Red { pt: 63, block_pt: 111, codec: 1 });
        for (fmtp, expected) in [
            ("111/111", red),
            ("111/111/111", red),
            ("111", red),
            ("111/0", None),
            ("0/0", None),
            ("", None),
            ("apt=111", None),
            ("111/", None),
            ("300/300", None),
        ] {
            assert_eq!(found(fmtp), expected, "{fmtp}");
        }
        assert_eq!(Red::of(&[opus]), None);
    }

    #[test]
    fn a_line_gets_redundancy_from_more_losses_on_than_until_which_it_has_it() {
        let (start, mut line) = (Instant::now(), Redundancy::default());
        let said = [0.0, 0.019, 0.02, 0.01, 0.005, 0.004, 0.019].map(|loss| {
            line.follow(start, Some(loss), false);
            line.is_on()
        });
        assert_eq!(said, [false, false, true, true, true, false, false]);
    }

    #[test]
    fn a_line_that_tells_of_no_arrivals_is_known_by_its_reports() {
        let (start, mut line) = (Instant::now(), Redundancy::default());
        line.handle_report(start, 13);
        line.follow(start, None, false);
        assert!(line.is_on());
        line.handle_report(start, 0);
        line.follow(start + Duration::from_secs(20), None, false);
        assert!(!line.is_on());
    }

    #[test]
    fn where_pictures_were_paused_sound_is_sent_once_for_a_while() {
        let (start, mut line) = (Instant::now(), Redundancy::default());
        let said = [(0, false), (1, true), (2, false), (10, false), (11, false)].map(|(second, is_narrow)| {
            line.follow(start + Duration::from_secs(second), Some(0.05), is_narrow);
            line.is_on()
        });
        assert_eq!(said, [true, false, false, false, true]);
    }

    #[test]
    fn s19_sound_of_before_the_first_packet_is_known_whatever_the_numbers() {
        let first = First { seq: 70_000, timestamp: 100 };
        for (case, seq, timestamp, earlier, before) in [
            ("the first one", 70_000, 100, 960, true),
            ("the first one without earlier sound", 70_000, 100, 0, false),
            ("the second one", 70_001, 1_060, 960, false),
            ("the second one with the sound of two packets before", 70_001, 1_060, 1_920, true),
            ("one that was sent before and came later", 69_999, 100_u32.wrapping_sub(960), 0, true),
            ("one whose clock went back", 70_001, 100_u32.wrapping_sub(960), 0, true),
            ("half a day later", 70_000 + 2_000_000, 100_u32.wrapping_sub(960), 960, false),
        ] {
            assert_eq!(first.comes_after(seq, timestamp, earlier), before, "{case}");
        }
    }
}
