//! The client's side against the engine's own transport, over a line of two queues.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ::is::stun::StunMessage;
use hoptt_core::remote::Remote;
use hoptt_core::transport::{
    Credentials, DtlsIdentity, Fingerprint, Transport, TransportEvent, TransportOutput, TransportState,
};
use hoptt_wire::demux::{Class, classify};

use super::*;

#[derive(Default)]
struct Out {
    datagrams: Vec<Vec<u8>>,
    events: Vec<TransportEvent>,
}

impl TransportOutput for Out {
    fn datagram(&mut self, _to: Remote, bytes: &[u8]) {
        self.datagrams.push(bytes.to_vec());
    }

    fn event(&mut self, event: TransportEvent) {
        self.events.push(event);
    }
}

/// A client and a server that hear each other, on a clock turned by hand.
struct Line {
    client: Association,
    server: Transport,
    identity: DtlsIdentity,
    out: Out,
    to_server: Vec<Vec<u8>>,
    now: Instant,
}

const CLIENT: &str = "127.0.0.1:40000";

impl Line {
    fn new(expected: impl FnOnce(&DtlsIdentity) -> Fingerprint) -> Self {
        let (now, identity) = (Instant::now(), DtlsIdentity::generate());
        let client_identity = Arc::new(ClientIdentity::generate());
        let ours = Credentials::fresh("clientufrag".into());
        let theirs = Credentials::fresh("serverufrag".into());
        let mut server = Transport::new(theirs.clone(), Duration::from_secs(30), now);
        assert!(server.set_session(ours.clone(), *client_identity.fingerprint()));
        let expected = expected(&identity);
        let client = Association::new(client_identity, expected, ours, theirs, true, now);
        Self { client, server, identity, out: Out::default(), to_server: Vec::new(), now }
    }

    /// Carries datagrams until neither side has more to say.
    fn settle(&mut self) {
        let to_server = &mut self.to_server;
        self.client.handle_timeout(self.now, |bytes| to_server.push(bytes.to_vec()));
        self.server.handle_timeout(self.now, &mut self.out);
        while !(self.to_server.is_empty() && self.out.datagrams.is_empty()) {
            for bytes in std::mem::take(&mut self.to_server) {
                self.serve(&bytes);
            }
            for bytes in std::mem::take(&mut self.out.datagrams) {
                let (client, to_server) = (&mut self.client, &mut self.to_server);
                let send = |bytes: &[u8]| to_server.push(bytes.to_vec());
                match classify(&bytes) {
                    Class::Stun => client.handle_stun(self.now, address(), &bytes, false, send),
                    Class::Dtls => client.handle_dtls(self.now, &bytes, send),
                    other => panic!("{other:?}"),
                }
            }
        }
    }

    fn serve(&mut self, bytes: &[u8]) {
        match classify(bytes) {
            Class::Stun => {
                let message = StunMessage::parse(bytes).unwrap();
                self.server.handle_stun(self.now, address().into(), &message, &mut self.out).unwrap();
            }
            // The answer to a good-bye finds the transport closed.
            Class::Dtls => {
                let _ = self.server.handle_dtls(self.now, address().into(), bytes, &self.identity, &mut self.out);
            }
            other => panic!("{other:?}"),
        }
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
        self.settle();
    }
}

fn address() -> SocketAddr {
    CLIENT.parse().unwrap()
}

#[test]
fn a_client_and_the_engines_transport_agree_on_keys() {
    let mut line = Line::new(|identity| *identity.fingerprint());
    line.settle();
    assert_eq!(line.client.state(), State::Connected);
    assert_eq!(line.server.state(), TransportState::Connected);
    assert_eq!(line.server.media_address(line.now), Some(address().into()), "nominated");
    let mut packet = vec![0x80, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, b'h', b'i'];
    let len = packet.len();
    packet.resize(64, 0);
    let sealed = line.client.outbound().unwrap().seal_rtp(&mut packet, len).unwrap();
    let opened = line.server.handle_srtp(line.now, address().into(), &mut packet[..sealed], &mut line.out).unwrap();
    assert_eq!(&packet[12..opened], b"hi");
}

#[test]
fn another_certificate_than_the_announced_one_is_refused() {
    let mut line = Line::new(|_| [7; 32]);
    line.settle();
    assert!(matches!(line.client.state(), State::Closed(Ended::Handshake(_))), "{:?}", line.client.state());
    assert!(line.client.outbound().is_none());
}

#[test]
fn a_server_that_stops_answering_is_lost_after_thirty_seconds() {
    let mut line = Line::new(|identity| *identity.fingerprint());
    line.settle();
    line.pass(Duration::from_secs(40));
    assert_eq!(line.client.state(), State::Closed(Ended::Lost));
}

#[test]
fn a_client_keeps_its_consent_for_minutes() {
    let mut line = Line::new(|identity| *identity.fingerprint());
    line.settle();
    for _ in 0..120 {
        line.pass(Duration::from_millis(2_500));
    }
    assert_eq!(line.client.state(), State::Connected);
    assert_eq!(line.server.state(), TransportState::Connected);
}

#[test]
fn a_good_bye_reaches_the_other_side() {
    let mut line = Line::new(|identity| *identity.fingerprint());
    line.settle();
    let to_server = &mut line.to_server;
    line.client.close(|bytes| to_server.push(bytes.to_vec()));
    line.settle();
    assert_eq!(line.server.state(), TransportState::Closed);
}

#[test]
fn a_check_of_which_only_the_beginning_was_read_is_answered() {
    let mut line = Line::new(|identity| *identity.fingerprint());
    line.settle();
    // The engine checks a source that changed: here it asks again from the same one.
    let check = {
        let id = ::is::stun::TransId::new();
        let message = StunMessage::binding_request("clientufrag:serverufrag", id, false, 0, 1, false);
        let mut buffer = vec![0; 256];
        let len = message.to_bytes(None, &mut buffer, |_, _| [0; 20]).unwrap();
        buffer.truncate(len);
        buffer
    };
    let mut answers = Vec::new();
    let now = line.now;
    line.client.handle_stun(now, address(), &check[..40], true, |bytes| answers.push(bytes.to_vec()));
    assert_eq!(answers.len(), 1);
    assert!(StunMessage::parse(&answers[0]).unwrap().is_successful_binding_response());
    assert_eq!(answers[0][8..20], check[8..20], "the same transaction");
}
