//! One ICE and DTLS association with a server, without sockets: datagrams in, datagrams out, keys at the end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use hoptt_core::srtp::{SrtpInbound, SrtpOutbound, SrtpProfile};
use hoptt_core::transport::{Credentials, Fingerprint};

use crate::dtls::{Client, ClientIdentity, Progress};
use crate::ice::{Heard, IceClient};

/// Where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// No check was answered yet.
    Checking,
    /// Keys are being agreed.
    Handshaking,
    /// Media can flow.
    Connected,
    /// Over.
    Closed(Ended),
}

/// Why it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// We closed it.
    Ours,
    /// The server's DTLS said good-bye.
    PeerLeft,
    /// No check was answered for too long (RFC 7675).
    Lost,
    /// The handshake failed.
    Handshake(&'static str),
}

/// The association.
#[derive(Debug)]
pub struct Association {
    identity: Arc<ClientIdentity>,
    expected: Fingerprint,
    ice: IceClient,
    handshake: Option<Client>,
    keys: Option<Box<Keys>>,
    state: State,
}

#[derive(Debug)]
struct Keys {
    inbound: SrtpInbound,
    outbound: SrtpOutbound,
}

impl Association {
    /// Starts; its first timeout is due at once.
    #[must_use]
    pub fn new(
        identity: Arc<ClientIdentity>,
        expected: Fingerprint,
        local: Credentials,
        remote: Credentials,
        controlling: bool,
        now: Instant,
    ) -> Self {
        let ice = IceClient::new(local, remote, controlling, now);
        Self { identity, expected, ice, handshake: None, keys: None, state: State::Checking }
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// What protects the media, once connected.
    #[must_use]
    pub fn profile(&self) -> Option<SrtpProfile> {
        self.keys.as_ref().map(|keys| keys.inbound.profile())
    }

    /// The keys that open what arrives.
    pub fn inbound(&mut self) -> Option<&mut SrtpInbound> {
        self.keys.as_mut().map(|keys| &mut keys.inbound)
    }

    /// The keys that seal what leaves.
    pub fn outbound(&mut self) -> Option<&mut SrtpOutbound> {
        self.keys.as_mut().map(|keys| &mut keys.outbound)
    }

    /// Takes a STUN message of which `cut` says that only its beginning was read.
    pub fn handle_stun(
        &mut self,
        now: Instant,
        source: SocketAddr,
        datagram: &[u8],
        cut: bool,
        mut send: impl FnMut(&[u8]),
    ) {
        if cut {
            self.ice.note_unverified_answer(now, datagram);
            if let Some(answer) = self.ice.answer_unverified(source, datagram) {
                send(&answer);
            }
            return;
        }
        match self.ice.handle(now, source, datagram) {
            Heard::Check(answer) => send(&answer),
            Heard::Answered(true) if self.state == State::Checking => {
                self.state = State::Handshaking;
                let mut handshake = Client::new(&self.identity, self.expected, now);
                let progress = handshake.handle_timeout(now, &mut send);
                self.handshake = Some(handshake);
                self.note(progress);
            }
            Heard::Answered(_) | Heard::Nothing => {}
        }
    }

    /// Takes a DTLS datagram.
    pub fn handle_dtls(&mut self, now: Instant, datagram: &[u8], send: impl FnMut(&[u8])) {
        if let Some(handshake) = &mut self.handshake {
            let progress = handshake.handle_datagram(now, datagram, send);
            self.note(progress);
        }
    }

    /// Lets time pass.
    pub fn handle_timeout(&mut self, now: Instant, mut send: impl FnMut(&[u8])) {
        if matches!(self.state, State::Closed(_)) {
            return;
        }
        if self.ice.is_lost(now) {
            self.state = State::Closed(Ended::Lost);
            return;
        }
        if let Some(check) = self.ice.poll_check(now) {
            send(&check);
        }
        if let Some(handshake) = &mut self.handshake
            && self.state == State::Handshaking
            && handshake.poll_timeout().is_some_and(|due| due <= now)
        {
            let progress = handshake.handle_timeout(now, send);
            self.note(progress);
        }
    }

    /// When [`Association::handle_timeout`] is due.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        match self.state {
            State::Closed(_) => None,
            State::Handshaking => {
                let handshake = self.handshake.as_ref().and_then(Client::poll_timeout);
                Some(handshake.map_or(self.ice.poll_timeout(), |due| due.min(self.ice.poll_timeout())))
            }
            State::Checking | State::Connected => Some(self.ice.poll_timeout()),
        }
    }

    /// Says good-bye.
    pub fn close(&mut self, send: impl FnMut(&[u8])) {
        if let Some(handshake) = self.handshake.as_mut().filter(|_| self.state == State::Connected) {
            handshake.close(send);
        }
        self.state = State::Closed(Ended::Ours);
    }

    fn note(&mut self, progress: Progress) {
        match progress {
            Progress::Connected(inbound, outbound) => {
                let (inbound, outbound) = (SrtpInbound::new(&inbound), SrtpOutbound::new(&outbound));
                self.keys = Some(Box::new(Keys { inbound, outbound }));
                self.state = State::Connected;
            }
            Progress::PeerLeft => self.state = State::Closed(Ended::PeerLeft),
            Progress::Failed(why) if self.state == State::Handshaking => {
                self.state = State::Closed(Ended::Handshake(why));
            }
            // It goes on; and garbage after the handshake ends nothing.
            Progress::Running | Progress::Failed(_) => {}
        }
    }
}

#[cfg(test)]
mod tests;
