//! A browser's half of a transport, for tests: its checks, its DTLS, its keys. And the transport's output, collected.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use ::is::stun::{StunMessage, TransId};
use dimpl::certificate::generate_self_signed_certificate;
use dimpl::{Config, Dtls, DtlsCertificate, Output};

use super::dtls::{profile_of, sha256};
use super::stun;
use super::{
    Credentials, DtlsIdentity, Fingerprint, Place, Rejected, Transport, TransportEvent, TransportOutput,
    TransportState, Unheard,
};
use crate::remote::Remote;
use crate::srtp::{MAX_OVERHEAD, SrtpInbound, SrtpOutbound, SrtpProfile, SrtpSecrets};

/// The consent time of tests, which is that of the engine.
pub(crate) const CONSENT: Duration = Duration::from_secs(30);

/// The identity of the engine; made once, it takes long.
pub(crate) static IDENTITY: LazyLock<DtlsIdentity> = LazyLock::new(DtlsIdentity::generate);
static CERTIFICATE: LazyLock<DtlsCertificate> = LazyLock::new(certificate);
static CONFIG: LazyLock<Arc<Config>> = LazyLock::new(|| Arc::new(Config::default()));

pub(crate) fn certificate() -> DtlsCertificate {
    generate_self_signed_certificate().expect("P-256 keys can be made")
}

/// Addresses that tests speak of by number.
pub(crate) fn address(n: u16) -> Remote {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 10_000 + n).into()
}

/// The same one over TCP.
pub(crate) fn connection(n: u16) -> Remote {
    Remote::tcp(address(n).address)
}

/// What a transport gave out.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    pub(crate) datagrams: Vec<(Remote, Vec<u8>)>,
    pub(crate) events: Vec<TransportEvent>,
}

impl TransportOutput for Collected {
    fn datagram(&mut self, to: Remote, bytes: &[u8]) {
        self.datagrams.push((to, bytes.to_vec()));
    }

    fn event(&mut self, event: TransportEvent) {
        self.events.push(event);
    }
}

/// The peer.
pub(crate) struct Peer {
    pub(crate) local: Credentials,
    dtls: Dtls,
    pub(crate) keys: Option<(SrtpProfile, SrtpOutbound, SrtpInbound)>,
    pub(crate) said_good_bye: bool,
    fingerprint: Fingerprint,
}

impl Peer {
    pub(crate) fn new(now: Instant) -> Self {
        Self::with_certificate(now, CERTIFICATE.clone())
    }

    pub(crate) fn with_certificate(now: Instant, certificate: DtlsCertificate) -> Self {
        Self::with_dtls(now, certificate, Dtls::new_12)
    }

    /// One that speaks DTLS 1.3 and no other.
    pub(crate) fn of_dtls_13(now: Instant) -> Self {
        Self::with_dtls(now, CERTIFICATE.clone(), Dtls::new_13)
    }

    /// One that offers DTLS 1.3 and would take 1.2, as browsers do.
    pub(crate) fn of_both(now: Instant) -> Self {
        Self::with_dtls(now, CERTIFICATE.clone(), Dtls::new_auto)
    }

    fn with_dtls(
        now: Instant,
        certificate: DtlsCertificate,
        make: impl FnOnce(Arc<Config>, DtlsCertificate, Instant) -> Dtls,
    ) -> Self {
        let fingerprint = sha256(&certificate.certificate);
        let mut dtls = make(CONFIG.clone(), certificate, now);
        dtls.set_active(true);
        dtls.handle_timeout(now).expect("a fresh client");
        let local = Credentials { ufrag: "peer".into(), password: "a password of the peer".into() };
        Self { local, dtls, keys: None, said_good_bye: false, fingerprint }
    }

    /// Another with the same certificate, for crowds.
    pub(crate) fn idle(like: &Self, now: Instant) -> Self {
        Self { local: like.local.clone(), ..Self::new(now) }
    }

    pub(crate) fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// A check towards these credentials, as controlling agent.
    pub(crate) fn check(&self, server: &Credentials, nominate: bool) -> Vec<u8> {
        self.check_as(&format!("{}:{}", server.ufrag, self.local.ufrag), &server.password, nominate)
    }

    #[expect(clippy::unused_self, reason = "the peer is who checks")]
    pub(crate) fn check_as(&self, username: &str, password: &str, nominate: bool) -> Vec<u8> {
        let message = StunMessage::binding_request(username, TransId::new(), true, 7, 1, nominate);
        stun::written(&message, password)
    }

    /// Its answer to a check of ours, seen from `source`.
    pub(crate) fn answer(&self, check: &[u8], source: Remote) -> Vec<u8> {
        let message = StunMessage::parse(check).expect("our check is a STUN message");
        assert!(stun::is_authentic(&message, &self.local.password), "our check has the peer's integrity");
        assert!(message.ice_controlled().is_some(), "we are the controlled one");
        stun::success(message.trans_id(), source.address, &self.local.password)
    }

    /// An answer to a check that was never seen.
    pub(crate) fn guessed_answer(&self, source: Remote) -> Vec<u8> {
        stun::success(TransId::new(), source.address, &self.local.password)
    }

    /// What its DTLS has to send now.
    pub(crate) fn flights(&mut self) -> Vec<Vec<u8>> {
        let mut flights = Vec::new();
        let mut buffer = vec![0; 4096];
        loop {
            match self.dtls.poll_output(&mut buffer) {
                Output::Packet(datagram) => flights.push(datagram.to_vec()),
                Output::KeyingMaterial(material, profile) => {
                    let profile = profile_of(profile).expect("one of ours");
                    let (own, other) = SrtpSecrets::split(profile, &material).expect("of its length");
                    self.keys = Some((profile, SrtpOutbound::new(&own), SrtpInbound::new(&other)));
                }
                Output::CloseNotify => self.said_good_bye = true,
                Output::Timeout(_) => return flights,
                _ => {}
            }
        }
    }

    pub(crate) fn handle_dtls(&mut self, now: Instant, datagram: &[u8]) {
        self.dtls.handle_timeout(now).expect("the client goes on");
        self.dtls.handle_packet(datagram).expect("the server sends what can be read");
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        self.dtls.handle_timeout(now).expect("the client goes on");
    }

    /// Says good-bye.
    pub(crate) fn close(&mut self) -> Vec<Vec<u8>> {
        self.dtls.close().expect("a connection can be closed");
        self.flights()
    }

    /// A sealed RTP packet with some payload.
    pub(crate) fn rtp(&mut self, ssrc: u32, seq: u16) -> Vec<u8> {
        let mut plain = vec![0x80, 96];
        plain.extend(seq.to_be_bytes());
        plain.extend([0, 0, 1, 0]);
        plain.extend(ssrc.to_be_bytes());
        plain.extend([7; 20]);
        let (_, out, _) = self.keys.as_mut().expect("connected");
        sealed(&plain, |buffer, len| out.seal_rtp(buffer, len).expect("a fresh index"))
    }

    /// A sealed RTCP packet.
    pub(crate) fn rtcp(&mut self, ssrc: u32) -> Vec<u8> {
        let mut plain = vec![0x80, 201, 0, 1];
        plain.extend(ssrc.to_be_bytes());
        let (_, out, _) = self.keys.as_mut().expect("connected");
        sealed(&plain, |buffer, len| out.seal_rtcp(buffer, len).expect("a fresh index"))
    }
}

fn sealed(plain: &[u8], seal: impl FnOnce(&mut [u8], usize) -> usize) -> Vec<u8> {
    let mut buffer = plain.to_vec();
    buffer.resize(plain.len() + MAX_OVERHEAD, 0);
    let len = seal(&mut buffer, plain.len());
    buffer.truncate(len);
    buffer
}

/// One transport and its peer.
pub(crate) struct Call {
    pub(crate) transport: Transport,
    pub(crate) peer: Peer,
    pub(crate) now: Instant,
    pub(crate) out: Collected,
}

impl Call {
    /// Negotiated, and nothing sent yet.
    pub(crate) fn negotiated() -> Self {
        let now = Instant::now();
        Self::of(Peer::new(now), now)
    }

    pub(crate) fn of(peer: Peer, now: Instant) -> Self {
        let mut transport = Transport::new(fresh_credentials(1), CONSENT, now);
        assert!(transport.set_session(peer.local.clone(), peer.fingerprint()));
        Self { transport, peer, now, out: Collected::default() }
    }

    /// With keys, media going to this address.
    pub(crate) fn connected(at: Remote) -> Self {
        let mut call = Self::negotiated();
        call.connect(at);
        call
    }

    pub(crate) fn connect(&mut self, at: Remote) {
        let check = self.peer.check(self.transport.credentials(), true);
        self.arrive(at, &check).expect("a valid check");
        self.shake_hands(at);
        assert_eq!(self.transport.state(), TransportState::Connected);
        assert!(self.peer.keys.is_some(), "the peer has its keys");
        self.out = Collected::default();
    }

    /// Carries DTLS between the two until neither has more to say.
    pub(crate) fn shake_hands(&mut self, at: Remote) {
        for _ in 0..20 {
            for flight in self.peer.flights() {
                let _ = self.arrive(at, &flight);
            }
            let sent = std::mem::take(&mut self.out.datagrams);
            let (dtls, other): (Vec<_>, _) = sent.into_iter().partition(|(to, bytes)| *to == at && is_dtls(bytes));
            self.out.datagrams = other;
            if dtls.is_empty() {
                return;
            }
            for (_, datagram) in dtls {
                self.peer.handle_dtls(self.now, &datagram);
            }
        }
    }

    /// Lets a datagram arrive; gives what was opened of SRTP and SRTCP.
    pub(crate) fn arrive(&mut self, source: Remote, datagram: &[u8]) -> Result<usize, Rejected> {
        let (transport, now, out) = (&mut self.transport, self.now, &mut self.out);
        match datagram.first() {
            Some(0..=3) => {
                let message = StunMessage::parse(datagram).map_err(|_| Rejected::Stun(Unheard::Unasked))?;
                transport.handle_stun(now, source, &message, out).map(|()| 0)
            }
            Some(20..=63) => transport.handle_dtls(now, source, datagram, &IDENTITY, out).map(|()| 0),
            _ if datagram.get(1).is_some_and(|kind| (192..=223).contains(kind)) => {
                transport.handle_srtcp(now, source, &mut datagram.to_vec(), out)
            }
            _ => transport.handle_srtp(now, source, &mut datagram.to_vec(), out),
        }
    }

    /// Lets time pass, in steps, with all that is due.
    pub(crate) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(due) = self.transport.poll_timeout().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.transport.handle_timeout(self.now, &mut self.out);
        }
        self.now = end;
    }

    pub(crate) fn media_address(&self) -> Option<Remote> {
        self.transport.media_address(self.now)
    }

    /// Everything the transport remembers, as far as it shows itself.
    pub(crate) fn memory(&self) -> String {
        format!("{:?}", self.transport)
    }

    /// The checks of ours that went to an address since they were taken last.
    pub(crate) fn take_checks(&mut self, to: Remote) -> Vec<Vec<u8>> {
        let sent = std::mem::take(&mut self.out.datagrams);
        let is_check = |bytes: &[u8]| StunMessage::parse(bytes).is_ok_and(|message| message.is_binding_request());
        let (checks, other): (Vec<_>, _) = sent.into_iter().partition(|(at, bytes)| *at == to && is_check(bytes));
        self.out.datagrams = other;
        checks.into_iter().map(|(_, bytes)| bytes).collect()
    }
}

pub(crate) fn fresh_credentials(mark: u32) -> Credentials {
    Credentials::fresh(Place { node: 0, shard: 0, slot: 7 }.to_ufrag(mark))
}

pub(crate) fn is_dtls(bytes: &[u8]) -> bool {
    matches!(bytes.first(), Some(20..=63))
}
