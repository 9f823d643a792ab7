//! The full side of ICE (RFC 8445) towards one address of a server: controlling, with USE-CANDIDATE in each check.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use aws_lc_rs::hmac;
use hoptt_core::transport::Credentials;
use is::stun::{StunMessage, TransId};

/// Between checks until one is answered, doubled each time (RFC 8445 §14.3 asks for 50 ms at least).
const FIRST_INTERVAL: Duration = Duration::from_millis(50);
/// Afterwards, as Chromium does.
const STEADY_INTERVAL: Duration = Duration::from_millis(2_500);
/// Without an answer for so long there is no consent (RFC 7675 §5.1).
const CONSENT: Duration = Duration::from_secs(30);
/// Of a host candidate (RFC 8445 §5.1.2).
const PRIORITY: u32 = 2_130_706_431;

/// One peer's half.
#[derive(Debug)]
pub struct IceClient {
    local: Credentials,
    remote: Credentials,
    controlling: bool,
    asked: Option<TransId>,
    unanswered: u32,
    next_check_at: Instant,
    heard_at: Instant,
    connected: bool,
}

/// What a message meant.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    /// The path works; true the first time.
    Answered(bool),
    /// A check of the server's, with the answer to it.
    Check(Vec<u8>),
    /// Not for us, or not authentic.
    Nothing,
}

impl IceClient {
    /// Starts; the first check is due at once.
    #[must_use]
    pub fn new(local: Credentials, remote: Credentials, controlling: bool, now: Instant) -> Self {
        Self {
            local,
            remote,
            controlling,
            asked: None,
            unanswered: 0,
            next_check_at: now,
            heard_at: now,
            connected: false,
        }
    }

    /// Takes a STUN message.
    pub fn handle(&mut self, now: Instant, source: SocketAddr, datagram: &[u8]) -> Heard {
        let Ok(message) = StunMessage::parse(datagram) else { return Heard::Nothing };
        if message.is_binding_request() {
            let ours = message.split_username().is_some_and(|(ours, _)| ours == self.local.ufrag);
            if !ours || !message.verify(self.local.password.as_bytes(), sha1_hmac) {
                return Heard::Nothing;
            }
            return Heard::Check(self.answer(message.trans_id(), source));
        }
        let asked = self.asked == Some(message.trans_id());
        if !asked || !message.is_successful_binding_response() {
            return Heard::Nothing;
        }
        if !message.verify(self.remote.password.as_bytes(), sha1_hmac) {
            return Heard::Nothing;
        }
        self.answered(now);
        Heard::Answered(!std::mem::replace(&mut self.connected, true))
    }

    /// Answers a check of which only the beginning was read. The reader that counts reads no more of a datagram, and a
    /// generator of load has nothing to protect.
    #[must_use]
    pub fn answer_unverified(&self, source: SocketAddr, beginning: &[u8]) -> Option<Vec<u8>> {
        let id = id_of(beginning.get(..20).filter(|header| header[..2] == [0, 1])?)?;
        Some(self.answer(id, source))
    }

    /// Notes an answer of which only the beginning was read: it is ours when its transaction is.
    pub fn note_unverified_answer(&mut self, now: Instant, beginning: &[u8]) {
        let header = beginning.get(..20).filter(|header| header[..2] == [1, 1]);
        let id = header.and_then(id_of);
        if id.is_some() && id == self.asked {
            self.answered(now);
        }
    }

    /// Gives a check that is due.
    pub fn poll_check(&mut self, now: Instant) -> Option<Vec<u8>> {
        if now < self.next_check_at {
            return None;
        }
        let interval = if self.connected { STEADY_INTERVAL } else { FIRST_INTERVAL };
        self.next_check_at = now + interval * (1 << self.unanswered.min(5));
        self.unanswered = if self.connected { 0 } else { self.unanswered + 1 };
        let id = TransId::new();
        self.asked = Some(id);
        let username = format!("{}:{}", self.remote.ufrag, self.local.ufrag);
        let message = StunMessage::binding_request(&username, id, self.controlling, 1, PRIORITY, self.controlling);
        Some(written(message, &self.remote.password))
    }

    /// When [`IceClient::poll_check`] has something, or consent is over.
    #[must_use]
    pub fn poll_timeout(&self) -> Instant {
        self.next_check_at.min(self.heard_at + CONSENT)
    }

    /// Whether the server has not answered for too long.
    #[must_use]
    pub fn is_lost(&self, now: Instant) -> bool {
        now >= self.heard_at + CONSENT
    }

    fn answered(&mut self, now: Instant) {
        self.asked = None;
        self.unanswered = 0;
        self.heard_at = now;
        self.next_check_at = now + STEADY_INTERVAL;
    }

    fn answer(&self, id: TransId, source: SocketAddr) -> Vec<u8> {
        written(StunMessage::binding_reply(id, source), &self.local.password)
    }
}

/// The transaction of a message whose header is this.
fn id_of(header: &[u8]) -> Option<TransId> {
    let mut alone: [u8; 20] = header.try_into().ok()?;
    // An indication may do without attributes.
    alone[..4].copy_from_slice(&[0, 0x11, 0, 0]);
    StunMessage::parse(&alone).ok().map(|message| message.trans_id())
}

#[expect(clippy::large_types_passed_by_value, reason = "writing it consumes it")]
fn written(message: StunMessage<'_>, password: &str) -> Vec<u8> {
    let mut buffer = vec![0; 256 + message.username().map_or(0, str::len)];
    let len = message.to_bytes(Some(password.as_bytes()), &mut buffer, sha1_hmac).expect("no message is longer");
    buffer.truncate(len);
    buffer
}

fn sha1_hmac(key: &[u8], payloads: &[&[u8]]) -> [u8; 20] {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key));
    for payload in payloads {
        context.update(payload);
    }
    context.sign().as_ref().try_into().expect("SHA-1 gives 20 bytes")
}
