//! What the peer sends: verified first, noted afterwards (S1, S14).

use super::cipher::Cipher;
use super::index::{MAX_INDEX, Streams, estimate};
use super::keys::{SrtpProfile, SrtpSecrets};
use super::replay::{ReplayWindow, Verdict};
use super::{MAX_STREAMS, SrtpError, rtp_header_len, u32_at};

/// 1,024 indices for SRTP and for SRTCP (S14).
type Window = ReplayWindow<16>;

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
