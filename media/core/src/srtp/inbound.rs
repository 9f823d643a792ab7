//! What the peer sends: verified first, noted afterwards (S1, S14).

use hoptt_wire::demux::{Class, classify};

use super::cipher::Cipher;
use super::index::{MAX_INDEX, Streams, estimate};
use super::keys::{SrtpProfile, SrtpSecrets};
use super::replay::{ReplayWindow, Verdict};
use super::{MAX_STREAMS, SrtpError, rtp_header_len, u32_at};

/// 1,024 indices for SRTP and for SRTCP (S14).
type Window = ReplayWindow<16>;

/// A line that was gone for a minute goes on so many packets later at most.
const MAX_AHEAD: u64 = 1 << 15;

/// The contexts of one peer's streams.
pub struct SrtpInbound {
    profile: SrtpProfile,
    rtp: Cipher,
    rtcp: Cipher,
    rtp_streams: Streams<Window>,
    rtcp_streams: Streams<Window>,
}

impl std::fmt::Debug for SrtpInbound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SrtpInbound")
            .field("profile", &self.profile)
            .field("rtp_streams", &self.rtp_streams)
            .field("rtcp_streams", &self.rtcp_streams)
            .finish_non_exhaustive()
    }
}

impl SrtpInbound {
    /// Derives the session keys.
    #[must_use]
    pub fn new(secrets: &SrtpSecrets) -> Self {
        Self {
            profile: secrets.profile,
            rtp: secrets.rtp(),
            rtcp: secrets.rtcp(),
            rtp_streams: Streams::default(),
            rtcp_streams: Streams::default(),
        }
    }

    /// The profile in use.
    #[must_use]
    pub fn profile(&self) -> SrtpProfile {
        self.profile
    }

    /// Opens an RTP packet in place; gives the length of header and payload.
    ///
    /// # Errors
    /// Any [`SrtpError`] of the receiving side; the contents are then lost and the context is unchanged.
    pub fn open_rtp(&mut self, packet: &mut [u8]) -> Result<usize, SrtpError> {
        let header = rtp_header_len(packet).ok_or(SrtpError::Malformed)?;
        let ssrc = u32_at(packet, 8).ok_or(SrtpError::Malformed)?;
        let seq = u16::from_be_bytes([packet[2], packet[3]]);
        let Some((at, window)) = self.rtp_streams.get(ssrc) else {
            let index = u64::from(seq);
            let len = self.rtp.open_rtp(packet, header, index)?;
            note_new(&mut self.rtp_streams, ssrc, index)?;
            return Ok(len);
        };
        let index = estimate(window, seq).filter(|index| *index < MAX_INDEX);
        let index = index.ok_or(SrtpError::Replayed)?;
        if window.check(index) != Verdict::Fresh {
            return Err(SrtpError::Replayed);
        }
        let len = self.rtp.open_rtp(packet, header, index)?;
        self.rtp_streams.at(at).accept(index);
        Ok(len)
    }

    /// Opens an RTCP packet in place; gives the length of the compound packet.
    ///
    /// # Errors
    /// Any [`SrtpError`] of the receiving side; the contents are then lost and the context is unchanged.
    pub fn open_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, SrtpError> {
        if packet.first().is_none_or(|first| first >> 6 != 2) {
            return Err(SrtpError::Malformed);
        }
        let ssrc = u32_at(packet, 4).ok_or(SrtpError::Malformed)?;
        let index = u64::from(self.rtcp.rtcp_index(packet)?);
        let Some((at, window)) = self.rtcp_streams.get(ssrc) else {
            let len = self.rtcp.open_rtcp(packet)?;
            note_new(&mut self.rtcp_streams, ssrc, index)?;
            return Ok(len);
        };
        if window.check(index) != Verdict::Fresh {
            return Err(SrtpError::Replayed);
        }
        let len = self.rtcp.open_rtcp(packet)?;
        self.rtcp_streams.at(at).accept(index);
        Ok(len)
    }

    /// How many packets an RTP or RTCP packet claims to lie ahead of the newest one of its stream; `None` when it is of no
    /// stream that is known, or not newer.
    #[must_use]
    pub fn ahead(&self, packet: &[u8]) -> Option<u64> {
        let (index, window) = self.claim(packet)?;
        index.checked_sub(window.highest()?).filter(|ahead| (1..=MAX_AHEAD).contains(ahead))
    }

    /// Whether a packet that lies ahead is authentic. Neither the packet nor the context changes.
    #[must_use]
    pub fn is_authentic(&self, packet: &[u8]) -> bool {
        let Some((index, _)) = self.ahead(packet).and(self.claim(packet)) else { return false };
        let mut copy = packet.to_vec();
        let opened = if classify(packet) == Class::Rtcp {
            self.rtcp.open_rtcp(&mut copy)
        } else {
            rtp_header_len(packet)
                .ok_or(SrtpError::Malformed)
                .and_then(|header| self.rtp.open_rtp(&mut copy, header, index))
        };
        opened.is_ok()
    }

    /// The index that a packet claims, and the window of its stream.
    fn claim(&self, packet: &[u8]) -> Option<(u64, &Window)> {
        match classify(packet) {
            Class::Rtp => {
                let (_, window) = self.rtp_streams.get(u32_at(packet, 8)?)?;
                let index = estimate(window, u16::from_be_bytes([packet[2], packet[3]]))?;
                (index < MAX_INDEX).then_some((index, window))
            }
            Class::Rtcp => {
                let (_, window) = self.rtcp_streams.get(u32_at(packet, 4)?)?;
                Some((self.rtcp.rtcp_index(packet).ok()?.into(), window))
            }
            _ => None,
        }
    }
}

fn note_new(streams: &mut Streams<Window>, ssrc: u32, index: u64) -> Result<(), SrtpError> {
    if streams.len() >= MAX_STREAMS {
        return Err(SrtpError::TooManyStreams);
    }
    let mut window = Window::default();
    window.accept(index);
    streams.push(ssrc, window);
    Ok(())
}
