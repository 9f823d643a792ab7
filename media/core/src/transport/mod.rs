//! One transport: an ICE-lite and DTLS association with one peer, its keys, and where its media goes.
//!
//! The rules of addresses (S4 to S8): every valid check is answered; DTLS is answered where it came
//! from; media follows the newest authenticated source, but goes only to an address that has shown
//! that it receives.

mod dtls;
mod elsewhere;
mod ice;
mod path;
mod stun;
mod ufrag;

#[cfg(test)]
pub(crate) mod test_peer;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use ::is::stun::StunMessage;
use serde::{Deserialize, Serialize};

pub use dtls::{DtlsIdentity, DtlsOutput, Fingerprint, Handshake, fingerprint_text, parse_fingerprint};
pub use ice::{Credentials, Heard, IceLite, MAX_SOURCES, Unheard};
pub use path::Path;
pub use stun::place_of_answer;
pub use ufrag::Place;

use crate::remote::Remote;
use crate::srtp::{SrtpError, SrtpInbound, SrtpOutbound, SrtpProfile};

/// Without anything authenticated for this long, a transport is shown as silent.
pub const SILENT_AFTER: Duration = Duration::from_secs(5);
/// A transport that never connected goes after this (S8).
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// The life of a transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransportState {
    /// Made; nothing arrived.
    New,
    /// An authenticated check arrived.
    Connecting,
    /// Keys were agreed.
    Connected,
    /// Connected, but nothing authenticated arrived for [`SILENT_AFTER`].
    Silent,
    /// Gone.
    Closed,
}

/// Why a transport was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CloseReason {
    /// The control plane asked.
    Asked,
    /// The peer's DTLS said good-bye.
    PeerLeft,
    /// No consent any more (S7), or never connected.
    Timeout,
    /// The handshake failed.
    DtlsFailed,
    /// The peer's certificate is not the announced one (S13).
    Fingerprint,
    /// The engine was left alone for longer than its grace.
    GraceOver,
    /// A bug, contained to this transport (S20).
    Fault,
}

/// Something that happened to a transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransportEvent {
    /// The state changed.
    State(TransportState),
    /// Keys were agreed for the first time; times since the transport was made.
    Connected {
        /// What protects the media.
        profile: SrtpProfile,
        /// The first authenticated check.
        ice: Duration,
        /// The end of the handshake.
        dtls: Duration,
    },
    /// It is over; nothing is sent or taken any more.
    Closed(CloseReason),
    /// A valid check, or an answer to ours, came from this address: the transport would like to have its datagrams.
    AddressUsed(Remote),
    /// It is none of this transport's any more.
    AddressRemoved(Remote),
}

/// Why a datagram was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejected {
    /// A STUN message that changed nothing.
    Stun(Unheard),
    /// The source has no fresh consent (S5).
    NoConsent,
    /// There is no session or there are no keys yet.
    NotReady,
    /// DTLS that led nowhere.
    Dtls,
    /// SRTP or SRTCP that was not opened.
    Srtp(SrtpError),
}

/// What a transport gives to the world: datagrams and events, in order.
pub trait TransportOutput {
    /// Sends a datagram as it is.
    fn datagram(&mut self, to: Remote, bytes: &[u8]);
    /// Tells what happened.
    fn event(&mut self, event: TransportEvent);
}

/// See the module.
#[derive(Debug)]
pub struct Transport {
    ice: IceLite,
    handshake: Option<Handshake>,
    expected: Option<Fingerprint>,
    inbound: Option<SrtpInbound>,
    outbound: Option<SrtpOutbound>,
    path: Path,
    state: TransportState,
    created_at: Instant,
    first_check_at: Option<Instant>,
    was_connected: bool,
    heard_at: Instant,
    consent: Duration,
}

impl Transport {
    /// Makes a transport under local credentials. It answers nothing before [`Transport::set_session`].
    #[must_use]
    pub fn new(local: Credentials, consent: Duration, now: Instant) -> Self {
        Self {
            ice: IceLite::new(local, consent),
            handshake: None,
            expected: None,
            inbound: None,
            outbound: None,
            path: Path::default(),
            state: TransportState::New,
            created_at: now,
            first_check_at: None,
            was_connected: false,
            heard_at: now,
            consent,
        }
    }

    /// The state.
    #[must_use]
    pub fn state(&self) -> TransportState {
        self.state
    }

    /// The credentials to put into the session description.
    #[must_use]
    pub fn credentials(&self) -> &Credentials {
        self.ice.local()
    }

    /// Whether a handshake was to come of it, and none has succeeded. Who only tries the line has none.
    #[must_use]
    pub fn lacks_handshake(&self) -> bool {
        self.expected.is_some() && !self.was_connected
    }

    /// Where media goes now, if anywhere: an address that has shown that it receives, with fresh consent (S6, S7).
    #[must_use]
    pub fn media_address(&self, now: Instant) -> Option<Remote> {
        self.path.address().filter(|address| self.ice.is_fresh(now, *address))
    }

    /// The keys that seal what leaves, once connected.
    pub fn outbound(&mut self) -> Option<&mut SrtpOutbound> {
        self.outbound.as_mut()
    }

    /// Takes the peer's half of the session. The fingerprint of a running or finished handshake cannot be changed.
    ///
    /// Gives false, and changes nothing, when another fingerprint than before is announced.
    pub fn set_session(&mut self, remote: Credentials, fingerprint: Fingerprint) -> bool {
        if self.handshake.is_some() && self.expected != Some(fingerprint) {
            return false;
        }
        self.expected = Some(fingerprint);
        self.ice.set_remote(remote);
        true
    }

    /// Takes the credentials of somebody who only tries the line: checks are answered, no handshake begins (S10, S26).
    ///
    /// Gives false, and changes nothing, when a certificate was announced before.
    pub fn set_tester(&mut self, remote: Credentials) -> bool {
        if self.expected.is_some() {
            return false;
        }
        self.ice.set_remote(remote);
        true
    }

    /// Starts ICE again under new local credentials; DTLS and media go on.
    pub fn restart_ice(&mut self, local: Credentials, now: Instant) {
        self.ice.restart(local, now);
    }

    /// Takes a STUN message.
    ///
    /// # Errors
    /// [`Rejected::Stun`]: nothing changed, nothing is answered (S1, S4).
    pub fn handle_stun(
        &mut self,
        now: Instant,
        source: Remote,
        message: &StunMessage<'_>,
        out: &mut impl TransportOutput,
    ) -> Result<(), Rejected> {
        match self.ice.handle(now, source, message).map_err(Rejected::Stun)? {
            Heard::Conflict(reply) => out.datagram(source, &reply),
            Heard::Check { reply, replaced, nominated } => {
                out.datagram(source, &reply);
                if let Some(replaced) = replaced {
                    out.event(TransportEvent::AddressRemoved(replaced));
                }
                out.event(TransportEvent::AddressUsed(source));
                self.first_check_at.get_or_insert(now);
                if self.state == TransportState::New {
                    self.enter(TransportState::Connecting, out);
                }
                self.heard(now, out);
                if nominated && self.path.nominate(now, source) {
                    self.follow(now, source);
                }
            }
            Heard::Proven { replaced } => {
                if let Some(replaced) = replaced {
                    out.event(TransportEvent::AddressRemoved(replaced));
                }
                out.event(TransportEvent::AddressUsed(source));
                self.heard(now, out);
                if self.path.wanted() == Some(source) {
                    self.move_to(source);
                }
            }
        }
        self.send_checks(now, out);
        Ok(())
    }

    /// Takes a DTLS datagram (S5).
    ///
    /// # Errors
    /// [`Rejected`]: it was not taken.
    pub fn handle_dtls(
        &mut self,
        now: Instant,
        source: Remote,
        datagram: &[u8],
        identity: &DtlsIdentity,
        out: &mut impl TransportOutput,
    ) -> Result<(), Rejected> {
        if !self.ice.is_fresh(now, source) {
            return Err(Rejected::NoConsent);
        }
        let expected = self.expected.ok_or(Rejected::NotReady)?;
        let handshake = self.handshake.get_or_insert_with(|| Handshake::new(identity, expected, now));
        let taken = handshake.handle_datagram(now, datagram);
        let was_done = handshake.is_done();
        if !was_done {
            self.path.answer_handshake_to(source);
        }
        self.drain_handshake(now, Some(source), out);
        if taken { Ok(()) } else { Err(Rejected::Dtls) }
    }

    /// Opens an SRTP packet in place and gives the length of header and payload.
    ///
    /// # Errors
    /// [`Rejected`]: nothing changed (S1).
    pub fn handle_srtp(
        &mut self,
        now: Instant,
        source: Remote,
        packet: &mut [u8],
        out: &mut impl TransportOutput,
    ) -> Result<usize, Rejected> {
        self.open(now, source, out, |inbound| inbound.open_rtp(packet))
    }

    /// Opens an SRTCP packet in place and gives the length of the compound packet.
    ///
    /// # Errors
    /// [`Rejected`]: nothing changed (S1).
    pub fn handle_srtcp(
        &mut self,
        now: Instant,
        source: Remote,
        packet: &mut [u8],
        out: &mut impl TransportOutput,
    ) -> Result<usize, Rejected> {
        self.open(now, source, out, |inbound| inbound.open_rtcp(packet))
    }

    /// How far ahead of what has come a packet from an address that is nobody's claims to be, if it can be this peer's.
    #[must_use]
    pub fn awaits(&self, packet: &[u8]) -> Option<u64> {
        self.inbound.as_ref()?.ahead(packet)
    }

    /// Hears an SRTP or SRTCP packet from an address that is nobody's, and gives whether it is this peer's.
    ///
    /// Nothing of it counts (S5), but then the address is asked at once whether the peer is there (S6): a browser whose
    /// router has given it another port does not know that, and checks its path only every few seconds (F27).
    pub fn hear_elsewhere(
        &mut self,
        now: Instant,
        source: Remote,
        packet: &[u8],
        out: &mut impl TransportOutput,
    ) -> bool {
        let is_the_peers = self.inbound.as_ref().is_some_and(|inbound| inbound.is_authentic(packet));
        if let Some(check) = is_the_peers.then(|| self.ice.ask(now, source)).flatten() {
            self.path.want(source);
            out.datagram(source, &check);
        }
        is_the_peers
    }

    /// Lets time pass.
    pub fn handle_timeout(&mut self, now: Instant, out: &mut impl TransportOutput) {
        if self.state == TransportState::Closed {
            return;
        }
        if now >= self.gone_at() {
            self.close(CloseReason::Timeout, now, out);
            return;
        }
        let handshake_due = self.handshake.as_ref().and_then(Handshake::poll_timeout);
        if handshake_due.is_some_and(|due| due <= now) {
            if let Some(handshake) = &mut self.handshake {
                handshake.handle_timeout(now);
            }
            self.drain_handshake(now, None, out);
        }
        self.send_checks(now, out);
        if self.state == TransportState::Connected && now >= self.heard_at + SILENT_AFTER {
            self.enter(TransportState::Silent, out);
        }
    }

    /// When [`Transport::handle_timeout`] is due.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        if self.state == TransportState::Closed {
            return None;
        }
        let silent_at = (self.state == TransportState::Connected).then_some(self.heard_at + SILENT_AFTER);
        [
            Some(self.gone_at()),
            self.handshake.as_ref().and_then(Handshake::poll_timeout),
            self.ice.next_check_at(),
            silent_at,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Ends it: says good-bye where media went, forgets the keys.
    pub fn close(&mut self, reason: CloseReason, now: Instant, out: &mut impl TransportOutput) {
        if self.state == TransportState::Closed {
            return;
        }
        let address = self.media_address(now).filter(|_| reason != CloseReason::PeerLeft);
        if let (Some(handshake), Some(address)) = (&mut self.handshake, address) {
            handshake.close();
            let mut buffer = [0; DTLS_BUFFER];
            while let Some(output) = handshake.poll_output(&mut buffer) {
                if let DtlsOutput::Datagram(datagram) = output {
                    out.datagram(address, datagram);
                }
            }
        }
        for source in self.ice.sources() {
            out.event(TransportEvent::AddressRemoved(source));
        }
        self.inbound = None;
        self.outbound = None;
        self.handshake = None;
        self.state = TransportState::Closed;
        out.event(TransportEvent::Closed(reason));
    }

    /// Whether a check came from this address within the consent time.
    #[must_use]
    pub fn has_consent(&self, now: Instant, address: Remote) -> bool {
        self.ice.is_fresh(now, address)
    }

    /// Whether this address has shown that it receives (S6).
    #[must_use]
    pub fn is_proven(&self, address: Remote) -> bool {
        self.ice.is_proven(address)
    }

    /// Asks an address to show that it receives, because another transport has it.
    pub fn check_address(&mut self, now: Instant, address: Remote, out: &mut impl TransportOutput) {
        self.ice.start_check(now, address);
        self.send_checks(now, out);
    }

    /// Gives an address up: it has shown to be another transport's.
    pub fn lose_address(&mut self, address: Remote) {
        self.ice.forget(address);
        self.path.forget(address);
    }

    // ---- within ------------------------------------------------------------------------------

    fn open(
        &mut self,
        now: Instant,
        source: Remote,
        out: &mut impl TransportOutput,
        open: impl FnOnce(&mut SrtpInbound) -> Result<usize, SrtpError>,
    ) -> Result<usize, Rejected> {
        if !self.ice.is_fresh(now, source) {
            return Err(Rejected::NoConsent);
        }
        let inbound = self.inbound.as_mut().ok_or(Rejected::NotReady)?;
        let len = open(inbound).map_err(Rejected::Srtp)?;
        self.heard(now, out);
        if self.path.heard_media(now, source) {
            self.follow(now, source);
            self.send_checks(now, out);
        }
        Ok(len)
    }

    /// Something authenticated arrived.
    fn heard(&mut self, now: Instant, out: &mut impl TransportOutput) {
        self.heard_at = now;
        if self.state == TransportState::Silent {
            self.enter(TransportState::Connected, out);
        }
    }

    fn enter(&mut self, state: TransportState, out: &mut impl TransportOutput) {
        self.state = state;
        out.event(TransportEvent::State(state));
    }

    /// Media is to go to this source: at once where it has shown that it receives, else after our check (S6).
    fn follow(&mut self, now: Instant, source: Remote) {
        if self.ice.is_proven(source) {
            self.move_to(source);
        } else {
            self.path.want(source);
            self.ice.start_check(now, source);
        }
    }

    fn move_to(&mut self, source: Remote) {
        self.path.move_to(source);
        self.ice.set_in_use(source);
    }

    fn send_checks(&mut self, now: Instant, out: &mut impl TransportOutput) {
        while let Some((to, check)) = self.ice.poll_check(now) {
            out.datagram(to, &check);
        }
    }

    fn drain_handshake(&mut self, now: Instant, source: Option<Remote>, out: &mut impl TransportOutput) {
        let mut buffer = [0; DTLS_BUFFER];
        let mut ended = None;
        let mut connected = false;
        let Some(handshake) = &mut self.handshake else { return };
        while let Some(output) = handshake.poll_output(&mut buffer) {
            match output {
                DtlsOutput::Datagram(datagram) => {
                    // After the handshake: where it came from, or where media goes.
                    let to = source.or(self.path.handshake_address());
                    if let Some(to) = to.filter(|to| self.ice.is_fresh(now, *to)) {
                        self.path.sent_handshake_to(to);
                        out.datagram(to, datagram);
                    }
                }
                DtlsOutput::Connected { inbound, outbound } => {
                    let inbound = SrtpInbound::new(&inbound);
                    let profile = inbound.profile();
                    self.inbound = Some(inbound);
                    self.outbound = Some(SrtpOutbound::new(&outbound));
                    self.state = TransportState::Connected;
                    self.was_connected = true;
                    self.heard_at = now;
                    out.event(TransportEvent::Connected {
                        profile,
                        ice: self.first_check_at.unwrap_or(now).duration_since(self.created_at),
                        dtls: now.duration_since(self.created_at),
                    });
                    connected = true;
                }
                DtlsOutput::WrongFingerprint => ended = Some(CloseReason::Fingerprint),
                DtlsOutput::Failed => ended = Some(CloseReason::DtlsFailed),
                DtlsOutput::PeerLeft => ended = Some(CloseReason::PeerLeft),
            }
        }
        if ended.is_none() && handshake.is_dead() {
            ended = Some(CloseReason::DtlsFailed);
        }
        if let Some(source) = source.filter(|_| connected) {
            // Its last flight shows that the peer received ours, if ours went nowhere else.
            if self.path.handshake_went_only_to(source) {
                self.ice.prove(source);
            }
            self.path.heard_media(now, source);
            self.follow(now, source);
        }
        if let Some(reason) = ended {
            self.close(reason, now, out);
        } else {
            self.send_checks(now, out);
        }
    }

    /// When it is closed unless something authenticated arrives.
    fn gone_at(&self) -> Instant {
        match self.state {
            TransportState::Connected | TransportState::Silent => {
                self.ice.last_checked_at().unwrap_or(self.created_at) + self.consent
            }
            _ => self.created_at + CONNECT_TIMEOUT,
        }
    }
}

/// A flight's datagram is cut to the MTU of 1,150 bytes; what dimpl hands out else (certificates) may be longer.
const DTLS_BUFFER: usize = 4096;
