//! DTLS 1.2 as client, on `dimpl`: what a browser does towards a server that is passive.

use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_lc_rs::digest;
use dimpl::certificate::generate_self_signed_certificate;
use dimpl::{Config, Dtls, DtlsCertificate, Output};
use hoptt_core::srtp::{SrtpProfile, SrtpSecrets};
use hoptt_core::transport::Fingerprint;

/// Certificate and settings that all peers of a run share: making one takes longer than a handshake.
pub struct ClientIdentity {
    config: Arc<Config>,
    certificate: DtlsCertificate,
    fingerprint: Fingerprint,
}

impl std::fmt::Debug for ClientIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientIdentity").finish_non_exhaustive()
    }
}

impl ClientIdentity {
    /// Makes a certificate.
    ///
    /// # Panics
    /// When the cryptographic library of the process does not work at all.
    #[must_use]
    pub fn generate() -> Self {
        let certificate = generate_self_signed_certificate().expect("P-256 keys can be made");
        let config = Config::builder()
            .flight_start_rto(Duration::from_millis(200))
            .flight_retries(8)
            .mtu(1_150)
            .build()
            .expect("the settings are within their limits");
        Self { fingerprint: sha256(&certificate.certificate), config: Arc::new(config), certificate }
    }

    /// The sha-256 that goes into session descriptions.
    #[must_use]
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }
}

/// Where a handshake stands.
#[derive(Debug)]
pub enum Progress {
    /// It goes on.
    Running,
    /// Keys were agreed with the announced peer: what it sends, and what we send.
    Connected(SrtpSecrets, SrtpSecrets),
    /// The server said good-bye.
    PeerLeft,
    /// It cannot go on.
    Failed(&'static str),
}

/// One association.
pub struct Client {
    dtls: Dtls,
    expected: Fingerprint,
    certificate_seen: bool,
    timeout: Option<Instant>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

impl Client {
    /// Starts; the first flight is due at once.
    #[must_use]
    pub fn new(identity: &ClientIdentity, expected: Fingerprint, now: Instant) -> Self {
        let mut dtls = Dtls::new_12(identity.config.clone(), identity.certificate.clone(), now);
        dtls.set_active(true);
        Self { dtls, expected, certificate_seen: false, timeout: Some(now) }
    }

    /// Takes a datagram of the server.
    pub fn handle_datagram(&mut self, now: Instant, datagram: &[u8], send: impl FnMut(&[u8])) -> Progress {
        // `handle_packet` takes no time of its own.
        if self.dtls.handle_timeout(now).is_err() || self.dtls.handle_packet(datagram).is_err() {
            return Progress::Failed("the server broke the handshake off");
        }
        self.drain(send)
    }

    /// Lets time pass.
    pub fn handle_timeout(&mut self, now: Instant, send: impl FnMut(&[u8])) -> Progress {
        if self.dtls.handle_timeout(now).is_err() {
            return Progress::Failed("the server did not answer the handshake");
        }
        self.drain(send)
    }

    /// When [`Client::handle_timeout`] is due.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.timeout
    }

    /// Says good-bye.
    pub fn close(&mut self, send: impl FnMut(&[u8])) {
        if self.dtls.close().is_ok() {
            self.drain(send);
        }
    }

    fn drain(&mut self, mut send: impl FnMut(&[u8])) -> Progress {
        let mut buffer = [0; BUFFER];
        let mut progress = Progress::Running;
        loop {
            match self.dtls.poll_output(&mut buffer) {
                Output::Packet(datagram) => send(datagram),
                Output::PeerCert(certificate) => {
                    if sha256(certificate) != self.expected {
                        return Progress::Failed("the server's certificate is not the announced one");
                    }
                    self.certificate_seen = true;
                }
                Output::KeyingMaterial(material, profile) => {
                    let secrets = profile_of(profile).and_then(|profile| SrtpSecrets::split(profile, &material));
                    progress = match secrets.filter(|_| self.certificate_seen) {
                        Some((ours, theirs)) => Progress::Connected(theirs, ours), // we are the client
                        None => return Progress::Failed("no keys of a known profile"),
                    };
                }
                Output::CloseNotify => return Progress::PeerLeft,
                Output::Timeout(at) => {
                    self.timeout = Some(at);
                    return progress;
                }
                Output::BufferTooSmall { .. } => return Progress::Failed("a certificate of more than 4 KiB"),
                _ => {}
            }
        }
    }
}

/// Flights are cut to the MTU; certificates may be longer.
const BUFFER: usize = 4_096;

fn profile_of(profile: dimpl::SrtpProfile) -> Option<SrtpProfile> {
    match profile {
        dimpl::SrtpProfile::AEAD_AES_256_GCM => Some(SrtpProfile::AeadAes256Gcm),
        dimpl::SrtpProfile::AEAD_AES_128_GCM => Some(SrtpProfile::AeadAes128Gcm),
        dimpl::SrtpProfile::AES128_CM_SHA1_80 => Some(SrtpProfile::AesCm128HmacSha1_80),
        _ => None,
    }
}

fn sha256(bytes: &[u8]) -> Fingerprint {
    digest::digest(&digest::SHA256, bytes).as_ref().try_into().expect("SHA-256 gives 32 bytes")
}
