//! Profiles, and the session keys derived from what DTLS exported (RFC 3711 §4.3, RFC 5764 §4.2, RFC 7714 §11).

use aws_lc_rs::cipher::{AES_128, AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use zeroize::Zeroizing;

use super::cipher::Cipher;

/// An SRTP protection profile (RFC 5764 §4.1.2, RFC 7714 §14.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SrtpProfile {
    /// AES-256 in Galois/counter mode, 16-byte tag.
    AeadAes256Gcm,
    /// AES-128 in Galois/counter mode, 16-byte tag.
    AeadAes128Gcm,
    /// AES-128 in counter mode with HMAC-SHA1, 10-byte tag.
    AesCm128HmacSha1_80,
}

impl SrtpProfile {
    /// All of them, best first.
    pub const ALL: [Self; 3] = [Self::AeadAes256Gcm, Self::AeadAes128Gcm, Self::AesCm128HmacSha1_80];

    /// The name as the registry of protection profiles has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AeadAes256Gcm => "SRTP_AEAD_AES_256_GCM",
            Self::AeadAes128Gcm => "SRTP_AEAD_AES_128_GCM",
            Self::AesCm128HmacSha1_80 => "SRTP_AES128_CM_HMAC_SHA1_80",
        }
    }

    /// Bytes of a master key.
    #[must_use]
    pub fn key_len(self) -> usize {
        match self {
            Self::AeadAes256Gcm => 32,
            Self::AeadAes128Gcm | Self::AesCm128HmacSha1_80 => 16,
        }
    }

    /// Bytes of a master salt.
    #[must_use]
    pub fn salt_len(self) -> usize {
        match self {
            Self::AeadAes256Gcm | Self::AeadAes128Gcm => 12,
            Self::AesCm128HmacSha1_80 => 14,
        }
    }

    /// Bytes a tag takes.
    #[must_use]
    pub fn tag_len(self) -> usize {
        match self {
            Self::AeadAes256Gcm | Self::AeadAes128Gcm => 16,
            Self::AesCm128HmacSha1_80 => 10,
        }
    }

    /// Bytes that both directions together take from the DTLS exporter.
    #[must_use]
    pub fn keying_material_len(self) -> usize {
        2 * (self.key_len() + self.salt_len())
    }
}

/// Master key and salt of one direction; wiped when dropped.
pub struct SrtpSecrets {
    pub(super) profile: SrtpProfile,
    key: Zeroizing<Vec<u8>>,
    salt: Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for SrtpSecrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SrtpSecrets({})", self.profile.name())
    }
}

impl SrtpSecrets {
    /// Takes a master key and a master salt; `None` when their lengths are not the profile's.
    #[must_use]
    pub fn new(profile: SrtpProfile, key: &[u8], salt: &[u8]) -> Option<Self> {
        (key.len() == profile.key_len() && salt.len() == profile.salt_len()).then(|| Self {
            profile,
            key: Zeroizing::new(key.to_vec()),
            salt: Zeroizing::new(salt.to_vec()),
        })
    }

    /// Splits the exported keying material into the client's and the server's secrets
    /// (client key, server key, client salt, server salt: RFC 5764 §4.2).
    #[must_use]
    pub fn split(profile: SrtpProfile, material: &[u8]) -> Option<(Self, Self)> {
        if material.len() != profile.keying_material_len() {
            return None;
        }
        let (keys, salts) = material.split_at(2 * profile.key_len());
        let (client_key, server_key) = keys.split_at(profile.key_len());
        let (client_salt, server_salt) = salts.split_at(profile.salt_len());
        Some((Self::new(profile, client_key, client_salt)?, Self::new(profile, server_key, server_salt)?))
    }

    /// Derives the session keys for RTP.
    pub(super) fn rtp(&self) -> Cipher {
        self.cipher(0)
    }

    /// Derives the session keys for RTCP.
    pub(super) fn rtcp(&self) -> Cipher {
        self.cipher(3)
    }

    /// Labels are encryption, authentication, salt, from `first` (RFC 3711 §4.3.2).
    fn cipher(&self, first: u8) -> Cipher {
        let mut key = Zeroizing::new([0; 32]);
        let key = &mut key[..self.profile.key_len()];
        self.derive(first, key);
        let mut salt = Zeroizing::new([0; 14]);
        self.derive(first + 2, &mut salt[..self.profile.salt_len()]);
        let mut auth = Zeroizing::new([0; 20]);
        self.derive(first + 1, &mut *auth);
        Cipher::new(self.profile, key, &*auth, &salt)
    }

    /// The pseudo-random function: AES in counter mode over zeros, from (label ⊕ salt) · 2¹⁶.
    pub(super) fn derive(&self, label: u8, out: &mut [u8]) {
        let mut iv = [0; 16];
        iv[..self.salt.len()].copy_from_slice(&self.salt);
        iv[7] ^= label;
        let algorithm = if self.key.len() == 32 { &AES_256 } else { &AES_128 };
        let key = UnboundCipherKey::new(algorithm, &self.key).expect("the key has the algorithm's length");
        let key = EncryptingKey::ctr(key).expect("AES knows counter mode");
        out.fill(0);
        key.less_safe_encrypt(out, EncryptionContext::Iv128(FixedLength::from(iv)))
            .expect("a counter mode takes any length");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keying_material_has_the_lengths_of_its_profile() {
        assert_eq!(SrtpProfile::ALL.map(SrtpProfile::keying_material_len), [88, 56, 60]);
        for profile in SrtpProfile::ALL {
            let right = vec![7; profile.keying_material_len()];
            assert!(SrtpSecrets::split(profile, &right).is_some());
            assert!(SrtpSecrets::split(profile, &right[1..]).is_none());
        }
    }

    #[test]
    fn secrets_do_not_show_themselves() {
        let secrets = SrtpSecrets::new(SrtpProfile::AeadAes128Gcm, &[0xab; 16], &[0xcd; 12]).unwrap();
        assert_eq!(format!("{secrets:?}"), "SrtpSecrets(SRTP_AEAD_AES_128_GCM)");
    }
}
