//! Opening and sealing of single packets with session keys. No state, no policy.

use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{AES_128, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use aws_lc_rs::iv::FixedLength;

use super::keys::SrtpProfile;
use super::{SrtpError, u32_at};

/// The fixed part of an RTCP packet that stays readable (RFC 3711 §3.4).
pub(super) const RTCP_CLEAR: usize = 8;
/// The E flag and the SRTCP index.
pub(super) const RTCP_INDEX: usize = 4;
/// E: the packet is encrypted.
pub(super) const ENCRYPTED: u32 = 1 << 31;
const CM_TAG: usize = 10;
const GCM_TAG: usize = 16;

/// Session keys of one direction, for RTP or for RTCP.
#[expect(
    clippy::large_enum_variant,
    reason = "four of them a transport, made once; a box would cost each packet a step"
)]
pub(super) enum Cipher {
    Gcm { key: LessSafeKey, salt: [u8; 12] },
    Cm { key: EncryptingKey, auth: hmac::Key, salt: [u8; 14] },
}

impl Cipher {
    pub(super) fn new(profile: SrtpProfile, key: &[u8], auth: &[u8], salt: &[u8; 14]) -> Self {
        match profile {
            SrtpProfile::AeadAes256Gcm | SrtpProfile::AeadAes128Gcm => {
                let algorithm = if key.len() == 32 { &AES_256_GCM } else { &AES_128_GCM };
                let key = UnboundKey::new(algorithm, key).expect("the key has the algorithm's length");
                Self::Gcm { key: LessSafeKey::new(key), salt: salt[..12].try_into().expect("twelve of fourteen") }
            }
            SrtpProfile::AesCm128HmacSha1_80 => {
                let key = UnboundCipherKey::new(&AES_128, key).expect("the key has the algorithm's length");
                Self::Cm {
                    key: EncryptingKey::ctr(key).expect("AES knows counter mode"),
                    auth: hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, auth),
                    salt: *salt,
                }
            }
        }
    }

    pub(super) fn tag_len(&self) -> usize {
        match self {
            Self::Gcm { .. } => GCM_TAG,
            Self::Cm { .. } => CM_TAG,
        }
    }

    /// Opens an RTP packet in place; gives the length of header and payload.
    pub(super) fn open_rtp(&self, packet: &mut [u8], header: usize, index: u64) -> Result<usize, SrtpError> {
        let ssrc = u32_at(packet, 8).ok_or(SrtpError::Malformed)?;
        let end = packet.len().checked_sub(self.tag_len()).filter(|end| *end >= header);
        let end = end.ok_or(SrtpError::Malformed)?;
        match self {
            Self::Gcm { key, salt } => {
                let (clear, sealed) = packet.split_at_mut(header);
                key.open_in_place(gcm_nonce(salt, ssrc, index), Aad::from(&*clear), sealed)
                    .map_err(|_| SrtpError::Unauthentic)?;
            }
            Self::Cm { key, auth, salt } => {
                let roc = roc(index);
                let (sealed, tag) = packet.split_at_mut(end);
                let expected = cm_tag(auth, sealed, roc);
                verify_slices_are_equal(&expected.as_ref()[..CM_TAG], tag).map_err(|_| SrtpError::Unauthentic)?;
                key_stream(key, cm_iv(salt, ssrc, index), &mut sealed[header..]);
            }
        }
        Ok(end)
    }

    /// Seals the first `len` bytes of a buffer as an RTP packet; gives the length on the wire.
    pub(super) fn seal_rtp(
        &self,
        buffer: &mut [u8],
        header: usize,
        len: usize,
        index: u64,
    ) -> Result<usize, SrtpError> {
        let ssrc = u32_at(buffer, 8).ok_or(SrtpError::Malformed)?;
        let total = len + self.tag_len();
        let packet = buffer.get_mut(..total).ok_or(SrtpError::NoRoom)?;
        let (plain, tag) = packet.split_at_mut(len);
        let (clear, payload) = plain.split_at_mut_checked(header).ok_or(SrtpError::Malformed)?;
        match self {
            Self::Gcm { key, salt } => {
                let made = key
                    .seal_in_place_separate_tag(gcm_nonce(salt, ssrc, index), Aad::from(&*clear), payload)
                    .map_err(|_| SrtpError::Exhausted)?;
                tag.copy_from_slice(made.as_ref());
            }
            Self::Cm { key, auth, salt } => {
                key_stream(key, cm_iv(salt, ssrc, index), payload);
                tag.copy_from_slice(&cm_tag(auth, plain, roc(index)).as_ref()[..CM_TAG]);
            }
        }
        Ok(total)
    }

    /// Reads the index an RTCP packet claims. All of our profiles encrypt, so a packet without E is not ours.
    pub(super) fn rtcp_index(&self, packet: &[u8]) -> Result<u32, SrtpError> {
        let word = self.index_at(packet).and_then(|at| u32_at(packet, at)).ok_or(SrtpError::Malformed)?;
        if word & ENCRYPTED == 0 {
            return Err(SrtpError::Unauthentic);
        }
        Ok(word & !ENCRYPTED)
    }

    /// Opens an RTCP packet in place; gives the length without tag and index.
    pub(super) fn open_rtcp(&self, packet: &mut [u8]) -> Result<usize, SrtpError> {
        let ssrc = u32_at(packet, 4).ok_or(SrtpError::Malformed)?;
        let index = self.rtcp_index(packet)?;
        let index_at = self.index_at(packet).ok_or(SrtpError::Malformed)?;
        match self {
            Self::Gcm { key, salt } => {
                let aad = gcm_rtcp_aad(packet, index | ENCRYPTED);
                let sealed = packet.get_mut(RTCP_CLEAR..index_at).filter(|s| s.len() >= GCM_TAG);
                let sealed = sealed.ok_or(SrtpError::Malformed)?;
                key.open_in_place(gcm_nonce(salt, ssrc, u64::from(index)), Aad::from(aad), sealed)
                    .map_err(|_| SrtpError::Unauthentic)?;
                Ok(index_at - GCM_TAG)
            }
            Self::Cm { key, auth, salt } => {
                let (signed, tag) = packet.split_at_mut(index_at + RTCP_INDEX);
                let expected = hmac::sign(auth, signed);
                verify_slices_are_equal(&expected.as_ref()[..CM_TAG], tag).map_err(|_| SrtpError::Unauthentic)?;
                let payload = signed.get_mut(RTCP_CLEAR..index_at).ok_or(SrtpError::Malformed)?;
                key_stream(key, cm_iv(salt, ssrc, u64::from(index)), payload);
                Ok(index_at)
            }
        }
    }

    /// Where the word with E flag and index stands: after the GCM tag, before the HMAC tag.
    fn index_at(&self, packet: &[u8]) -> Option<usize> {
        packet.len().checked_sub(match self {
            Self::Gcm { .. } => RTCP_INDEX,
            Self::Cm { .. } => RTCP_INDEX + CM_TAG,
        })
    }

    /// Seals the first `len` bytes of a buffer as an RTCP packet; gives the length on the wire.
    pub(super) fn seal_rtcp(&self, buffer: &mut [u8], len: usize, index: u32) -> Result<usize, SrtpError> {
        if len < RTCP_CLEAR {
            return Err(SrtpError::Malformed);
        }
        let total = len + self.tag_len() + RTCP_INDEX;
        let packet = buffer.get_mut(..total).ok_or(SrtpError::NoRoom)?;
        let ssrc = u32_at(packet, 4).ok_or(SrtpError::Malformed)?;
        let word = index | ENCRYPTED;
        match self {
            Self::Gcm { key, salt } => {
                let aad = gcm_rtcp_aad(packet, word);
                let nonce = gcm_nonce(salt, ssrc, u64::from(index));
                let made = key
                    .seal_in_place_separate_tag(nonce, Aad::from(aad), &mut packet[RTCP_CLEAR..len])
                    .map_err(|_| SrtpError::Exhausted)?;
                packet[len..len + GCM_TAG].copy_from_slice(made.as_ref());
                packet[len + GCM_TAG..].copy_from_slice(&word.to_be_bytes());
            }
            Self::Cm { key, auth, salt } => {
                key_stream(key, cm_iv(salt, ssrc, u64::from(index)), &mut packet[RTCP_CLEAR..len]);
                packet[len..len + RTCP_INDEX].copy_from_slice(&word.to_be_bytes());
                let (signed, tag) = packet.split_at_mut(len + RTCP_INDEX);
                tag.copy_from_slice(&hmac::sign(auth, signed).as_ref()[..CM_TAG]);
            }
        }
        Ok(total)
    }
}

/// The roll-over counter: the upper 32 of an index's 48 bits.
fn roc(index: u64) -> u32 {
    u32::try_from(index >> 16).expect("indices have 48 bits")
}

/// RFC 7714 §8.1 and §9.1: the 48-bit RTP index, or the 31-bit SRTCP index, stands at the end.
///
/// Written in two words: the cipher reads it in two, and bytes that are still on their way to memory would make it wait.
fn gcm_nonce(salt: &[u8; 12], ssrc: u32, index: u64) -> Nonce {
    let [s0, s1, s2, s3, s4, s5, s6, s7, low @ ..] = *salt;
    let high = u64::from_be_bytes([s0, s1, s2, s3, s4, s5, s6, s7]) ^ u64::from(ssrc) << 16 ^ index >> 32 & 0xFFFF;
    let low = u32::from_be_bytes(low) ^ u32::try_from(index & 0xFFFF_FFFF).expect("32 bits");
    let mut nonce = [0; 12];
    nonce[..8].copy_from_slice(&high.to_be_bytes());
    nonce[8..].copy_from_slice(&low.to_be_bytes());
    Nonce::assume_unique_for_key(nonce)
}

/// RFC 7714 §9.2: the clear part and the word with E flag and index.
fn gcm_rtcp_aad(packet: &[u8], word: u32) -> [u8; 12] {
    let mut aad = [0; 12];
    aad[..RTCP_CLEAR].copy_from_slice(&packet[..RTCP_CLEAR]);
    aad[RTCP_CLEAR..].copy_from_slice(&word.to_be_bytes());
    aad
}

/// RFC 3711 §4.1.1.
fn cm_iv(salt: &[u8; 14], ssrc: u32, index: u64) -> [u8; 16] {
    let mut iv = [0; 16];
    iv[4..8].copy_from_slice(&ssrc.to_be_bytes());
    iv[8..14].copy_from_slice(&index.to_be_bytes()[2..]);
    for (byte, salt) in iv.iter_mut().zip(salt) {
        *byte ^= salt;
    }
    iv
}

/// RFC 3711 §4.2: the packet followed by the roll-over counter.
fn cm_tag(auth: &hmac::Key, packet: &[u8], roc: u32) -> hmac::Tag {
    let mut context = hmac::Context::with_key(auth);
    context.update(packet);
    context.update(&roc.to_be_bytes());
    context.sign()
}

fn key_stream(key: &EncryptingKey, iv: [u8; 16], payload: &mut [u8]) {
    key.less_safe_encrypt(payload, EncryptionContext::Iv128(FixedLength::from(iv)))
        .expect("a counter mode takes any length");
}
