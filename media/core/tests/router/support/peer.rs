//! A peer that keeps to the protocols, and what it sends and gets.

use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};
use std::time::Instant;

use aws_lc_rs::{digest, hmac};
use dimpl::certificate::generate_self_signed_certificate;
use dimpl::{Config, Dtls, DtlsCertificate, Output};
use hoptt_core::control::{ApplySession, Codec, Extensions, FingerprintText, Kind, Published, Slot, Source};
use hoptt_core::remote::Remote;
use hoptt_core::srtp::{SrtpInbound, SrtpOutbound, SrtpProfile, SrtpSecrets};
use hoptt_core::transport::fingerprint_text;
use hoptt_wire::rtcp::{Compound, Packet};
use hoptt_wire::rtp::{Fields, HeaderWriter, Rtp};
use hoptt_wire::{Ssrc, ext};
use is::stun::{StunMessage, TransId};

pub const MID: u8 = 4;
pub const AUDIO_LEVEL: u8 = 1;
pub const TRANSPORT_CC: u8 = 3;
pub const RID: u8 = 5;
pub const REPAIRED_RID: u8 = 6;
pub const DESCRIPTOR: u8 = 9;
pub const OPUS: u8 = 111;
pub const VP8: u8 = 96;
pub const RTX: u8 = 97;
/// Under these a subscriber gets VP8: other numbers than the publisher's.
pub const OWN_VP8: u8 = 100;
pub const OWN_RTX: u8 = 101;
pub const AV1: u8 = 45;
pub const AV1_RTX: u8 = 46;
pub const OWN_AV1: u8 = 102;
pub const OWN_AV1_RTX: u8 = 103;
pub const AUDIO_SLOTS: u32 = 4;
pub const VIDEO_SLOTS: u32 = 3;

static CERTIFICATE: LazyLock<DtlsCertificate> =
    LazyLock::new(|| generate_self_signed_certificate().expect("P-256 keys can be made"));

/// One for all: to make it takes longer than a handshake.
static CONFIG: LazyLock<Arc<Config>> =
    LazyLock::new(|| Arc::new(Config::builder().build().expect("the defaults are fine")));

/// A packet as a peer opened it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Got {
    pub at: Instant,
    pub bytes: Vec<u8>,
}

impl Got {
    pub fn rtp(&self) -> Rtp<'_> {
        Rtp::parse(&self.bytes).expect("the engine writes whole packets")
    }
}

/// What a peer sends.
#[derive(Clone, Debug)]
pub struct Out {
    pub ssrc: u32,
    pub pt: u8,
    pub seq: u16,
    pub timestamp: u32,
    pub marker: bool,
    pub level: Option<(bool, u8)>,
    pub mid: Option<&'static str>,
    /// Its encoding, in the stream itself or in the one that repairs it.
    pub rid: Option<(&'static str, bool)>,
    /// Transport-wide.
    pub number: Option<u16>,
    /// What it depends on (RTP Payload Format for AV1, appendix A).
    pub descriptor: Option<Vec<u8>>,
    pub payload: Vec<u8>,
}

impl Out {
    fn write_extensions<const WIDE: bool>(&self, mut header: HeaderWriter<'_, WIDE>) -> usize {
        if let Some(value) = &self.descriptor {
            header.extension(DESCRIPTOR, value);
        }
        if let Some((voice, level)) = self.level {
            header.extension(AUDIO_LEVEL, &ext::write_audio_level(voice, level));
        }
        if let Some(mid) = self.mid {
            header.extension(MID, mid.as_bytes());
        }
        if let Some((rid, repairs)) = self.rid {
            header.extension(if repairs { REPAIRED_RID } else { RID }, rid.as_bytes());
        }
        if let Some(number) = self.number {
            header.extension(TRANSPORT_CC, &ext::write_transport_cc(number));
        }
        header.finish().len
    }
}

/// A peer that keeps to the protocols.
pub struct Peer {
    pub name: String,
    pub transport: String,
    pub address: Remote,
    pub index: u32,
    ufrag: String,
    remote: (String, String),
    dtls: Dtls,
    pub inbound: Option<SrtpInbound>,
    pub outbound: Option<SrtpOutbound>,
    pub got: Vec<Got>,
    pub reports: Vec<Vec<u8>>,
    pub left: bool,
    pub waiting: Vec<Vec<u8>>,
    checks: u8,
}

const PASSWORD: &str = "0123456789012345678901";

impl Peer {
    pub fn new(name: &str, transport: String, index: u32, remote: (String, String), now: Instant) -> Self {
        let mut dtls = Dtls::new_12(CONFIG.clone(), CERTIFICATE.clone(), now);
        dtls.set_active(true);
        Self {
            name: name.into(),
            transport,
            address: SocketAddr::from(([10, 0, 0, 1], u16::try_from(10_000 + index).expect("few"))).into(),
            index,
            ufrag: format!("peer{index:04}"),
            remote,
            dtls,
            inbound: None,
            outbound: None,
            got: Vec::new(),
            reports: Vec::new(),
            left: false,
            waiting: Vec::new(),
            checks: 0,
        }
    }

    /// Takes other credentials and another address; gives the session that tells so.
    pub fn restart(&mut self, remote: (String, String), port: u16) -> ApplySession {
        self.remote = remote;
        self.ufrag.push('+');
        self.address.address.set_port(port);
        self.session()
    }

    pub fn mic(&self) -> u32 {
        self.index * 1000 + 1
    }

    pub fn camera(&self) -> u32 {
        self.index * 1000 + 2
    }

    pub fn camera_rtx(&self) -> u32 {
        self.index * 1000 + 3
    }

    /// The shares of 256 that it was told to be lost of a stream of its own.
    pub fn told_lost(&self, ssrc: u32) -> Vec<u8> {
        let packets = self.reports.iter().flat_map(|report| Compound::new(report));
        let blocks = packets.filter_map(|packet| match packet {
            Ok(Packet::ReceiverReport { reports, .. }) => reports.clone().find(|block| block.ssrc.0 == ssrc),
            _ => None,
        });
        blocks.map(|block| block.fraction_lost).collect()
    }

    pub fn slot_ssrc(&self, kind: Kind, slot: u32) -> u32 {
        self.index * 1000 + if kind == Kind::Audio { 100 } else { 200 } + slot
    }

    pub fn slot_rtx(&self, slot: u32) -> u32 {
        self.index * 1000 + 300 + slot
    }

    pub fn track(&self, source: &str) -> String {
        format!("{}/{source}", self.name)
    }

    /// The packets of one stream.
    pub fn stream(&self, ssrc: u32) -> Vec<Rtp<'_>> {
        self.got.iter().map(Got::rtp).filter(|rtp| rtp.ssrc().0 == ssrc).collect()
    }

    pub fn session(&self) -> ApplySession {
        let codec = |name: &str, pt, clock_rate, rtx_pt| Codec {
            name: name.into(),
            pt,
            clock_rate,
            channels: 1,
            rtx_pt,
            fmtp: String::new(),
        };
        let opus = || vec![codec("opus", OPUS, 48_000, None)];
        let published = |source: &str, mid: &str, kind, of, codecs, ssrcs, rtx_ssrcs| Published {
            track: self.track(source),
            mid: mid.into(),
            kind,
            source: of,
            codecs,
            ssrcs,
            rtx_ssrcs,
            rids: vec![],
        };
        let audio = (0..AUDIO_SLOTS).map(|slot| Slot {
            slot,
            mid: format!("a{slot}"),
            kind: Kind::Audio,
            ssrc: self.slot_ssrc(Kind::Audio, slot),
            rtx_ssrc: None,
            codecs: opus(),
        });
        let video = (0..VIDEO_SLOTS).map(|slot| Slot {
            slot,
            mid: format!("v{slot}"),
            kind: Kind::Video,
            ssrc: self.slot_ssrc(Kind::Video, slot),
            rtx_ssrc: Some(self.slot_rtx(slot)),
            codecs: vec![codec("VP8", OWN_VP8, 90_000, Some(OWN_RTX))],
        });
        let vp8 = vec![codec("VP8", VP8, 90_000, Some(RTX))];
        ApplySession {
            transport: self.transport.clone(),
            remote_ufrag: self.ufrag.clone(),
            remote_pwd: PASSWORD.into(),
            fingerprint: Some(FingerprintText {
                algorithm: "sha-256".into(),
                value: fingerprint(&CERTIFICATE.certificate),
            }),
            extensions: Extensions {
                mid: Some(MID),
                audio_level: Some(AUDIO_LEVEL),
                transport_cc: Some(TRANSPORT_CC),
                abs_send_time: None,
                rid: Some(RID),
                repaired_rid: Some(REPAIRED_RID),
                dependency_descriptor: None,
            },
            published: vec![
                published("microphone", "0", Kind::Audio, Source::Microphone, opus(), vec![self.mic()], vec![]),
                published(
                    "camera",
                    "1",
                    Kind::Video,
                    Source::Camera,
                    vp8,
                    vec![self.camera()],
                    vec![self.camera_rtx()],
                ),
            ],
            slots: audio.chain(video).collect(),
            blob: b"session".to_vec(),
        }
    }

    /// Writes an RTP packet and seals it.
    pub fn sealed(&mut self, out: &Out) -> Vec<u8> {
        let mut bytes = vec![0; 2048];
        let fields = Fields {
            marker: out.marker,
            payload_type: out.pt,
            sequence_number: out.seq,
            timestamp: out.timestamp,
            ssrc: Ssrc(out.ssrc),
            padding: false,
        };
        let len = match &out.descriptor {
            Some(value) if value.len() > 16 => out.write_extensions(HeaderWriter::wide(&mut bytes, &fields)),
            _ => out.write_extensions(HeaderWriter::new(&mut bytes, &fields)),
        };
        bytes[len..len + out.payload.len()].copy_from_slice(&out.payload);
        let sealed = self.outbound.as_mut().expect("connected").seal_rtp(&mut bytes, len + out.payload.len());
        bytes.truncate(sealed.expect("a fresh index"));
        bytes
    }

    pub fn sealed_rtcp(&mut self, mut compound: Vec<u8>) -> Vec<u8> {
        let len = compound.len();
        compound.resize(len + 64, 0);
        let sealed = self.outbound.as_mut().expect("connected").seal_rtcp(&mut compound, len).expect("room");
        compound.truncate(sealed);
        compound
    }

    pub fn check(&mut self) -> Vec<u8> {
        self.checks = self.checks.wrapping_add(1);
        let username = format!("{}:{}", self.remote.0, self.ufrag);
        let mut header = [0u8; 20];
        header[..8].copy_from_slice(&[0, 0x11, 0, 0, 0x21, 0x12, 0xa4, 0x42]);
        header[8] = self.checks;
        header[12..16].copy_from_slice(&self.index.to_be_bytes());
        let id: TransId = StunMessage::parse(&header).expect("an indication").trans_id();
        let mut bytes = vec![0; 512];
        let message = StunMessage::binding_request(&username, id, true, 7, 1, true);
        let len = message.to_bytes(Some(self.remote.1.as_bytes()), &mut bytes, sha1_hmac).expect("room");
        bytes.truncate(len);
        bytes
    }

    pub fn take(&mut self, now: Instant, datagram: &[u8]) {
        match datagram[0] {
            0..=3 => {
                let message = StunMessage::parse(datagram).expect("the engine writes whole messages");
                if message.is_binding_request() {
                    if message.split_username().is_none_or(|(ours, _)| ours != self.ufrag) {
                        return; // somebody else's
                    }
                    let mut bytes = vec![0; 256];
                    let reply = StunMessage::binding_reply(message.trans_id(), self.address.address);
                    let len = reply.to_bytes(Some(PASSWORD.as_bytes()), &mut bytes, sha1_hmac).expect("room");
                    bytes.truncate(len);
                    self.waiting.push(bytes);
                } else if self.outbound.is_none() {
                    self.dtls.handle_timeout(now).expect("a client that has begun");
                }
            }
            20..=63 => self.dtls.handle_packet(datagram).expect("the engine's handshake"),
            _ if (192..=223).contains(&datagram[1]) => {
                let mut bytes = datagram.to_vec();
                let Some(inbound) = &mut self.inbound else { return };
                let len = inbound.open_rtcp(&mut bytes).expect("sealed for this peer");
                bytes.truncate(len);
                self.reports.push(bytes);
            }
            _ => {
                let mut bytes = datagram.to_vec();
                let Some(inbound) = &mut self.inbound else { return };
                let len = inbound.open_rtp(&mut bytes).expect("sealed for this peer");
                bytes.truncate(len);
                self.got.push(Got { at: now, bytes });
            }
        }
        self.poll_dtls();
    }

    fn poll_dtls(&mut self) {
        let mut buffer = [0; 4096];
        loop {
            match self.dtls.poll_output(&mut buffer) {
                Output::Packet(packet) => self.waiting.push(packet.to_vec()),
                Output::KeyingMaterial(material, profile) => {
                    let profile = match profile {
                        dimpl::SrtpProfile::AEAD_AES_256_GCM => SrtpProfile::AeadAes256Gcm,
                        other => panic!("S14: the best profile is chosen, not {other:?}"),
                    };
                    let (client, server) = SrtpSecrets::split(profile, &material).expect("the profile's length");
                    self.inbound = Some(SrtpInbound::new(&server));
                    self.outbound = Some(SrtpOutbound::new(&client));
                }
                Output::CloseNotify => self.left = true,
                Output::Timeout(_) => return,
                _ => {}
            }
        }
    }
}

/// A VP8 payload with a picture id of 15 bits: descriptor, frame header, and a mark of who sent it.
pub fn vp8(starts: bool, keyframe: bool, picture_id: u16, mark: u8) -> Vec<u8> {
    let [high, low] = (picture_id | 0x8000).to_be_bytes();
    let mut payload = vec![0x80 | u8::from(starts) << 4, 0x80, high, low, u8::from(!(starts && keyframe)), 0, 0];
    payload.resize(1000, mark);
    payload
}

pub fn fingerprint(certificate: &[u8]) -> String {
    let digest = digest::digest(&digest::SHA256, certificate);
    fingerprint_text(&digest.as_ref().try_into().expect("SHA-256 gives 32 bytes"))
}

fn sha1_hmac(key: &[u8], payloads: &[&[u8]]) -> [u8; 20] {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key);
    let mut context = hmac::Context::with_key(&key);
    for payload in payloads {
        context.update(payload);
    }
    context.sign().as_ref().try_into().expect("SHA-1 gives 20 bytes")
}
