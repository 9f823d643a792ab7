//! What we send: one owner of the key, and no index twice (S15).

use super::cipher::Cipher;
use super::index::{MAX_INDEX, Streams, estimate};
use super::keys::{SrtpProfile, SrtpSecrets};
use super::replay::{ReplayWindow, Verdict};
use super::{MAX_STREAMS, SrtpError, rtp_header_len, u32_at};

/// A short one is enough: our own senders do not reorder by more.
type Window = ReplayWindow<2>;

/// The contexts of all streams towards one peer.
pub struct SrtpOutbound {
    profile: SrtpProfile,
    rtp: Cipher,
    rtcp: Cipher,
    rtp_streams: Streams<Window>,
    next_rtcp_index: u32,
}

impl std::fmt::Debug for SrtpOutbound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SrtpOutbound")
            .field("profile", &self.profile)
            .field("rtp_streams", &self.rtp_streams)
            .field("next_rtcp_index", &self.next_rtcp_index)
            .finish_non_exhaustive()
    }
}

impl SrtpOutbound {
    /// Derives the session keys.
    #[must_use]
    pub fn new(secrets: &SrtpSecrets) -> Self {
        Self {
            profile: secrets.profile,
            rtp: secrets.rtp(),
            rtcp: secrets.rtcp(),
            rtp_streams: Streams::default(),
            next_rtcp_index: 1,
        }
    }

    /// The profile in use.
    #[must_use]
    pub fn profile(&self) -> SrtpProfile {
        self.profile
    }

    /// Seals the first `len` bytes of a buffer in place; gives the length on the wire.
    ///
    /// # Errors
    /// [`SrtpError::Repeated`] for an index that was sealed before or is too old to tell,
    /// [`SrtpError::NoRoom`], [`SrtpError::Malformed`], [`SrtpError::TooManyStreams`], [`SrtpError::Exhausted`].
    pub fn seal_rtp(&mut self, buffer: &mut [u8], len: usize) -> Result<usize, SrtpError> {
        let plain = buffer.get(..len).ok_or(SrtpError::NoRoom)?;
        let header = rtp_header_len(plain).ok_or(SrtpError::Malformed)?;
        let ssrc = u32_at(plain, 8).ok_or(SrtpError::Malformed)?;
        let seq = u16::from_be_bytes([plain[2], plain[3]]);
        match self.rtp_streams.get(ssrc) {
            Some((at, window)) => {
                let index = estimate(window, seq).ok_or(SrtpError::Repeated)?;
                if index >= MAX_INDEX {
                    return Err(SrtpError::Exhausted);
                }
                if window.check(index) != Verdict::Fresh {
                    return Err(SrtpError::Repeated);
                }
                let total = self.rtp.seal_rtp(buffer, header, len, index)?;
                self.rtp_streams.at(at).accept(index);
                Ok(total)
            }
            None if self.rtp_streams.len() >= MAX_STREAMS => Err(SrtpError::TooManyStreams),
            None => {
                let index = u64::from(seq);
                let total = self.rtp.seal_rtp(buffer, header, len, index)?;
                let mut window = Window::default();
                window.accept(index);
                self.rtp_streams.push(ssrc, window);
                Ok(total)
            }
        }
    }

    /// Seals the first `len` bytes of a buffer as RTCP in place; gives the length on the wire.
    ///
    /// # Errors
    /// [`SrtpError::NoRoom`], [`SrtpError::Malformed`], [`SrtpError::Exhausted`] after 2³¹ packets.
    pub fn seal_rtcp(&mut self, buffer: &mut [u8], len: usize) -> Result<usize, SrtpError> {
        if len > buffer.len() {
            return Err(SrtpError::NoRoom);
        }
        if self.next_rtcp_index >= 1 << 31 {
            return Err(SrtpError::Exhausted);
        }
        let total = self.rtcp.seal_rtcp(buffer, len, self.next_rtcp_index)?;
        self.next_rtcp_index += 1;
        Ok(total)
    }
}
