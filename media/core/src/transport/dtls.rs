//! DTLS 1.2 as server, on `dimpl`: the handshake, the fingerprint check (S13), the exported keys.

use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_lc_rs::digest;
use dimpl::certificate::generate_self_signed_certificate;
use dimpl::{Config, Dtls, DtlsCertificate, Output};

use crate::srtp::{SrtpProfile, SrtpSecrets};

/// What an unfinished handshake may send us (S8).
pub const MAX_HANDSHAKE_BYTES: usize = 64 * 1024;
/// How long a handshake may take (S8).
pub const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(30);
/// A certificate's sha-256.
pub type Fingerprint = [u8; 32];

/// The certificate of this process, made at its start and kept in memory only (S13), with the
/// configuration that all handshakes share.
pub struct DtlsIdentity {
    config: Arc<Config>,
    certificate: DtlsCertificate,
    fingerprint: Fingerprint,
}

impl std::fmt::Debug for DtlsIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DtlsIdentity({})", fingerprint_text(&self.fingerprint))
    }
}

impl DtlsIdentity {
    /// Makes a certificate.
    ///
    /// # Panics
    /// When the cryptographic library of the process does not work at all.
    #[must_use]
    pub fn generate() -> Self {
        let certificate = generate_self_signed_certificate().expect("P-256 keys can be made");
        let config = Config::builder()
            .use_server_cookie(false) // ICE has proved the path (S5)
            .flight_start_rto(Duration::from_millis(200))
            .flight_retries(8)
            .handshake_timeout(HANDSHAKE_TIMEOUT)
            .mtu(1150)
            .build()
            .expect("the settings are within their limits");
        Self { fingerprint: sha256(&certificate.certificate), config: Arc::new(config), certificate }
    }

    /// The cipher suites that may be agreed on (S12).
    #[cfg(test)]
    pub(super) fn suites(&self) -> impl Iterator<Item = dimpl::crypto::Dtls12CipherSuite> + '_ {
        self.config.dtls12_cipher_suites().map(dimpl::crypto::SupportedDtls12CipherSuite::suite)
    }

    /// The sha-256 that goes into session descriptions.
    #[must_use]
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }
}

/// Something that a handshake gives out.
#[derive(Debug)]
pub enum DtlsOutput<'a> {
    /// A datagram to send.
    Datagram(&'a [u8]),
    /// Keys were agreed with the peer whose certificate was announced: what the peer sends, what we send.
    Connected {
        /// The client's: opens what arrives.
        inbound: SrtpSecrets,
        /// The server's: seals what leaves.
        outbound: SrtpSecrets,
    },
    /// The peer's certificate is not the announced one (S13). No key is derived.
    WrongFingerprint,
    /// The handshake cannot go on.
    Failed,
    /// The peer said good-bye.
    PeerLeft,
}

/// One DTLS association.
pub struct Handshake {
    dtls: Dtls,
    expected: Fingerprint,
    phase: Phase,
    bytes: usize,
    timeout: Option<Instant>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Running,
    CertificateSeen,
    Done,
    Dead,
}

impl std::fmt::Debug for Handshake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handshake").field("phase", &self.phase).field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

impl Handshake {
    /// Starts as server towards the peer with this fingerprint.
    #[must_use]
    pub fn new(identity: &DtlsIdentity, expected: Fingerprint, now: Instant) -> Self {
        Self {
            dtls: Dtls::new_12(identity.config.clone(), identity.certificate.clone(), now),
            expected,
            phase: Phase::Running,
            bytes: 0,
            timeout: None,
        }
    }

    /// Whether keys were handed out.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.phase == Phase::Done
    }

    /// Takes a datagram; false: nothing came of it, to be counted.
    pub fn handle_datagram(&mut self, now: Instant, datagram: &[u8]) -> bool {
        if self.phase == Phase::Dead || !begins_with_record(datagram) {
            return false;
        }
        if self.phase != Phase::Done {
            self.bytes += datagram.len();
            if self.bytes > MAX_HANDSHAKE_BYTES {
                self.phase = Phase::Dead;
                return false;
            }
            if has_plain_alert(datagram) {
                return false;
            }
        }
        // `handle_packet` takes no time of its own.
        let taken = self.dtls.handle_timeout(now).is_ok() && self.dtls.handle_packet(datagram).is_ok();
        if !taken && self.phase != Phase::Done {
            self.phase = Phase::Dead; // an error of the library ends a handshake, but not a connection (S2)
        }
        taken
    }

    /// Lets time pass.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.phase != Phase::Dead && self.dtls.handle_timeout(now).is_err() && self.phase != Phase::Done {
            self.phase = Phase::Dead;
        }
    }

    /// When `handle_timeout` is due; `None` when nothing is.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.timeout.filter(|_| matches!(self.phase, Phase::Running | Phase::CertificateSeen))
    }

    /// Says good-bye: afterwards `poll_output` gives the datagram of it.
    pub fn close(&mut self) {
        if self.phase == Phase::Done {
            let _ = self.dtls.close();
        }
    }

    /// Gives the next output until there is none.
    pub fn poll_output<'a>(&mut self, buffer: &'a mut [u8]) -> Option<DtlsOutput<'a>> {
        if self.phase == Phase::Dead {
            return None;
        }
        // The library's answers borrow the buffer, so what is passed on is found by its length.
        let datagram = loop {
            match self.dtls.poll_output(buffer) {
                Output::Packet(datagram) => break datagram.len(),
                Output::PeerCert(certificate) => {
                    if sha256(certificate) != self.expected {
                        self.phase = Phase::Dead;
                        return Some(DtlsOutput::WrongFingerprint);
                    }
                    self.phase = Phase::CertificateSeen;
                }
                Output::KeyingMaterial(material, profile) => {
                    if self.phase != Phase::CertificateSeen {
                        self.phase = Phase::Dead;
                        return Some(DtlsOutput::WrongFingerprint);
                    }
                    let secrets = profile_of(profile).and_then(|profile| SrtpSecrets::split(profile, &material));
                    let Some((inbound, outbound)) = secrets else {
                        self.phase = Phase::Dead;
                        return Some(DtlsOutput::Failed);
                    };
                    self.phase = Phase::Done;
                    return Some(DtlsOutput::Connected { inbound, outbound });
                }
                Output::CloseNotify => return Some(DtlsOutput::PeerLeft),
                Output::Timeout(at) => {
                    self.timeout = Some(at);
                    return None;
                }
                Output::BufferTooSmall { .. } => {
                    self.phase = Phase::Dead; // flights are cut to the MTU, so this is no flight of ours
                    return Some(DtlsOutput::Failed);
                }
                // There are no data channels, and `Connected` says less than the keys do.
                _ => {}
            }
        };
        Some(DtlsOutput::Datagram(&buffer[..datagram]))
    }

    /// Whether it failed, so that nothing will come of it.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        self.phase == Phase::Dead
    }
}

/// Tells whether one of the records is an alert that nothing protects (RFC 6347 §4.1).
///
/// Whoever knows the peer's address could end a handshake with it (S2); a peer that really gives up falls silent.
fn has_plain_alert(datagram: &[u8]) -> bool {
    const HEADER_LEN: usize = 13;
    const ALERT: u8 = 21;
    let mut rest = datagram;
    while let Some((header, behind)) = rest.split_at_checked(HEADER_LEN) {
        if header[0] == ALERT && header[3..5] == [0, 0] {
            return true;
        }
        let len = u16::from_be_bytes([header[11], header[12]]);
        rest = behind.get(usize::from(len)..).unwrap_or_default();
    }
    false
}

/// Whether a datagram begins as a DTLS record: its content type, and version 1.0 or 1.2 (RFC 6347 §4.1).
/// The library takes anything else without a word.
fn begins_with_record(datagram: &[u8]) -> bool {
    matches!(datagram, [20..=24, 0xfe, 0xff | 0xfd, ..])
}

/// Reads a fingerprint as it stands in a session description: 32 pairs of hex digits with colons (RFC 8122 §5).
#[must_use]
pub fn parse_fingerprint(text: &str) -> Option<Fingerprint> {
    let mut fingerprint = [0; 32];
    let mut pairs = text.split(':');
    for byte in &mut fingerprint {
        let pair =
            pairs.next().filter(|pair| pair.len() == 2 && pair.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    pairs.next().is_none().then_some(fingerprint)
}

/// Writes a fingerprint as it stands in a session description.
#[must_use]
pub fn fingerprint_text(fingerprint: &Fingerprint) -> String {
    let pairs: Vec<String> = fingerprint.iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}

pub(super) fn profile_of(profile: dimpl::SrtpProfile) -> Option<SrtpProfile> {
    match profile {
        dimpl::SrtpProfile::AEAD_AES_256_GCM => Some(SrtpProfile::AeadAes256Gcm),
        dimpl::SrtpProfile::AEAD_AES_128_GCM => Some(SrtpProfile::AeadAes128Gcm),
        dimpl::SrtpProfile::AES128_CM_SHA1_80 => Some(SrtpProfile::AesCm128HmacSha1_80),
        _ => None,
    }
}

pub(super) fn sha256(bytes: &[u8]) -> Fingerprint {
    digest::digest(&digest::SHA256, bytes).as_ref().try_into().expect("SHA-256 gives 32 bytes")
}
