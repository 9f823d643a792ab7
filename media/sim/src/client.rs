//! A participant's page, made of `str0m`: it publishes a voice and a camera and receives in slots.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use hoptt_core::control::{ApplySession, Codec, Extensions, FingerprintText, Kind, Published, Slot, Source};
use hoptt_core::transport::Fingerprint;
use str0m::config::{DtlsVersion, Fingerprint as PeerFingerprint};
use str0m::media::{KeyframeRequestKind, MediaKind, Mid, Pt};
use str0m::net::{Protocol, Receive};
use str0m::rtp::{ExtensionValues, RtpWrite, SeqNo, Ssrc};
use str0m::{Candidate, Event, IceCreds, Input, Output, Rtc};

use crate::source::{Mark, Outgoing, Picture, Voice};

/// A packet that arrived in a slot, after repair.
#[derive(Clone, Debug)]
pub struct Received {
    /// When.
    pub at: Instant,
    /// Sound or picture.
    pub kind: Kind,
    /// Counted per kind from 0.
    pub slot: u32,
    /// Its sequence number with cycles.
    pub seq: u64,
    /// Its media time.
    pub rtp_time: u32,
    /// Ends a picture.
    pub marker: bool,
    /// Whose it is, read from the payload.
    pub mark: Mark,
    /// The VP8 picture id, of a picture.
    pub picture_id: Option<u16>,
}

/// See the module.
pub struct Client {
    rtc: Rtc,
    member: u32,
    name: String,
    address: SocketAddr,
    slots: Vec<Slot>,
    voice: Voice,
    picture: Picture,
    sends: [bool; 2],
    next_seq: [u64; 2],
    received: Vec<Received>,
    keyframe_requests: Vec<Instant>,
    connected_at: Option<Instant>,
    closed_at: Option<Instant>,
    due: Instant,
}

const MICROPHONE: &str = "mic";
const CAMERA: &str = "cam";
const OPUS: u8 = 111;
const VP8: u8 = 96;
const VP8_RTX: u8 = 97;

impl Client {
    /// Makes a client with that many slots for sound and pictures.
    ///
    /// # Panics
    /// Never with a well-formed address.
    #[must_use]
    pub fn new(member: u32, address: SocketAddr, slots: (u32, u32), now: Instant) -> Self {
        let mut rtc = Rtc::builder()
            .set_crypto_provider(str0m::crypto::from_feature_flags().into())
            .set_dtls_version(DtlsVersion::Dtls12)
            .set_rtp_mode(true)
            .build(now);
        rtc.add_local_candidate(Candidate::host(address, "udp").expect("an address"));
        let mut direct = rtc.direct_api();
        direct.set_ice_controlling(true);
        direct.enable_twcc_feedback();
        direct.declare_media(MICROPHONE.into(), MediaKind::Audio);
        direct.declare_media(CAMERA.into(), MediaKind::Video);
        direct.declare_stream_tx(ssrc(member, 1), None, MICROPHONE.into(), None);
        let camera = direct.declare_stream_tx(ssrc(member, 2), Some(ssrc(member, 3)), CAMERA.into(), None);
        // By itself str0m stops repairing when repairs are 15 % of what it sends; browsers go on.
        camera.set_rtx_cache(1024, Duration::from_secs(3), None);
        let slots: Vec<_> = (0..slots.0)
            .map(|number| slot(Kind::Audio, number, member))
            .chain((0..slots.1).map(|number| slot(Kind::Video, number, member)))
            .collect();
        for slot in &slots {
            let mid = Mid::from(slot.mid.as_str());
            let kind = if slot.kind == Kind::Audio { MediaKind::Audio } else { MediaKind::Video };
            direct.declare_media(mid, kind);
            direct.expect_stream_rx(slot.ssrc.into(), slot.rtx_ssrc.map(Ssrc::from), mid, None);
        }
        Self {
            rtc,
            member,
            name: format!("member{member}"),
            address,
            slots,
            voice: Voice::new(member, 127, now),
            picture: Picture::new(member, now),
            sends: [true; 2],
            next_seq: [1; 2],
            received: vec![],
            keyframe_requests: vec![],
            connected_at: None,
            closed_at: None,
            due: now,
        }
    }

    /// Names its transport.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Names a track of it.
    #[must_use]
    pub fn track(&self, source: Source) -> String {
        format!("{}.{source:?}", self.name)
    }

    /// Where it sends from.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its half of the session, as its offer would tell it.
    #[must_use]
    pub fn session(&mut self) -> ApplySession {
        let direct = self.rtc.direct_api();
        let IceCreds { ufrag, pass } = direct.local_ice_credentials();
        let fingerprint = direct.local_dtls_fingerprint();
        let pairs: Vec<_> = fingerprint.bytes.iter().map(|byte| format!("{byte:02X}")).collect();
        let published = [(Source::Microphone, MICROPHONE, Kind::Audio), (Source::Camera, CAMERA, Kind::Video)];
        ApplySession {
            transport: self.name.clone(),
            remote_ufrag: ufrag,
            remote_pwd: pass,
            fingerprint: Some(FingerprintText { algorithm: "sha-256".into(), value: pairs.join(":") }),
            // The numbers that str0m has by itself.
            extensions: Extensions {
                mid: Some(4),
                audio_level: Some(1),
                transport_cc: Some(3),
                abs_send_time: Some(2),
                ..Extensions::default()
            },
            published: published
                .map(|(source, mid, kind)| Published {
                    track: self.track(source),
                    mid: mid.into(),
                    kind,
                    source,
                    codecs: codecs(kind),
                    // The voice is found by its mid, the camera by its number: browsers do both.
                    ssrcs: if kind == Kind::Video { vec![*ssrc(self.member, 2)] } else { vec![] },
                    rtx_ssrcs: if kind == Kind::Video { vec![*ssrc(self.member, 3)] } else { vec![] },
                    rids: vec![],
                })
                .into(),
            slots: self.slots.clone(),
            blob: vec![],
        }
    }

    /// Takes the engine's half of the session and begins.
    ///
    /// # Panics
    /// When called twice.
    pub fn connect(&mut self, engine: SocketAddr, ufrag: String, password: String, fingerprint: &Fingerprint) {
        self.rtc.add_remote_candidate(Candidate::host(engine, "udp").expect("an address"));
        let mut direct = self.rtc.direct_api();
        direct.set_remote_ice_credentials(IceCreds { ufrag, pass: password });
        direct.set_remote_fingerprint(PeerFingerprint { hash_func: "sha-256".into(), bytes: fingerprint.to_vec() });
        direct.start_dtls(true).expect("begun once");
    }

    /// Speaks so loud, in −dBov.
    pub fn set_level(&mut self, level: u8) {
        self.voice.set_level(level);
    }

    /// Sends from a source, or not; the engine is not asked.
    pub fn set_sending(&mut self, kind: Kind, sends: bool) {
        self.sends[usize::from(kind == Kind::Video)] = sends;
    }

    /// Asks for a key frame in a video slot.
    pub fn ask_keyframe(&mut self, slot: u32) {
        let wanted = self.slots.iter().find(|found| (found.kind, found.slot) == (Kind::Video, slot));
        let Some(ssrc) = wanted.map(|slot| Ssrc::from(slot.ssrc)) else { return };
        if let Some(stream) = self.rtc.direct_api().stream_rx(&ssrc) {
            stream.request_keyframe(KeyframeRequestKind::Pli);
        }
    }

    /// Leaves with a good-bye.
    ///
    /// # Panics
    /// Before it is connected.
    pub fn leave(&mut self) {
        self.rtc.close().expect("connected");
    }

    /// When keys were agreed.
    #[must_use]
    pub fn connected_at(&self) -> Option<Instant> {
        self.connected_at
    }

    /// When the engine said good-bye.
    #[must_use]
    pub fn closed_at(&self) -> Option<Instant> {
        self.closed_at
    }

    /// Everything that arrived, in the order of arrival.
    #[must_use]
    pub fn received(&self) -> &[Received] {
        &self.received
    }

    /// What arrived from a member of a kind.
    pub fn heard_of(&self, member: u32, kind: Kind) -> impl Iterator<Item = &Received> {
        self.received.iter().filter(move |packet| packet.mark.member == member && packet.kind == kind)
    }

    /// Forgets what arrived so far.
    pub fn forget(&mut self) {
        self.received.clear();
    }

    /// When it was asked for key frames of its camera.
    #[must_use]
    pub fn keyframe_requests(&self) -> &[Instant] {
        &self.keyframe_requests
    }

    /// Its camera.
    #[must_use]
    pub fn picture(&self) -> &Picture {
        &self.picture
    }

    /// Takes a datagram from the engine.
    ///
    /// # Panics
    /// When str0m gives up, which is a fault of the engine or of the test.
    pub fn handle_datagram(&mut self, now: Instant, engine: SocketAddr, bytes: &[u8]) {
        let Ok(contents) = bytes.try_into() else { return };
        let receive = Receive { proto: Protocol::Udp, source: engine, destination: self.address, contents };
        self.rtc.handle_input(Input::Receive(now, receive)).expect("the client takes what the engine sends");
    }

    /// Lets time pass, sends what is due, and gives every datagram that leaves.
    ///
    /// # Panics
    /// When str0m gives up, which is a fault of the engine or of the test.
    pub fn handle_timeout(&mut self, now: Instant, mut send: impl FnMut(&[u8])) {
        self.rtc.handle_input(Input::Timeout(now)).expect("time passes");
        self.poll_all(now, &mut send);
        while let Some(packet) = self.voice.poll_packet(now) {
            self.write(now, Kind::Audio, packet);
            self.poll_all(now, &mut send);
        }
        while let Some(packet) = self.picture.poll_packet(now) {
            self.write(now, Kind::Video, packet);
            self.poll_all(now, &mut send);
        }
    }

    /// When something is due.
    #[must_use]
    pub fn poll_timeout(&self) -> Instant {
        self.due.min(self.voice.poll_timeout()).min(self.picture.poll_timeout())
    }

    fn write(&mut self, now: Instant, kind: Kind, packet: Outgoing) {
        let stream = usize::from(kind == Kind::Video);
        if self.connected_at.is_none() || self.closed_at.is_some() || !self.sends[stream] {
            return;
        }
        let (number, pt) = if kind == Kind::Video { (2, VP8) } else { (1, OPUS) };
        let seq = SeqNo::from(self.next_seq[stream]);
        self.next_seq[stream] += 1;
        let level = packet.level.map(|level| -i8::try_from(level).expect("seven bits"));
        let values = ExtensionValues {
            audio_level: level,
            voice_activity: level.map(|level| level > -100),
            ..Default::default()
        };
        let write = RtpWrite::new(Pt::from(pt), seq, packet.rtp_time, now, packet.payload)
            .marker(packet.marker)
            .nackable(kind == Kind::Video)
            .ext_vals(values);
        let ssrc = ssrc(self.member, number);
        self.rtc.direct_api().stream_tx(&ssrc).expect("declared").write_rtp(write);
        self.rtc.handle_input(Input::Timeout(now)).expect("time passes");
    }

    fn poll_all(&mut self, now: Instant, send: &mut impl FnMut(&[u8])) {
        loop {
            match self.rtc.poll_output().expect("the client goes on") {
                Output::Timeout(due) => {
                    // A time that has passed means: soon.
                    self.due = due.max(now + Duration::from_millis(1));
                    return;
                }
                Output::Transmit(transmit) => send(&transmit.contents),
                Output::Event(event) => self.note(now, event),
            }
        }
    }

    fn note(&mut self, now: Instant, event: Event) {
        match event {
            Event::Connected => self.connected_at = self.connected_at.or(Some(now)),
            Event::Closed => self.closed_at = self.closed_at.or(Some(now)),
            Event::KeyframeRequest(_) => {
                self.keyframe_requests.push(now);
                self.picture.ask_keyframe();
            }
            Event::RtpPacket(packet) => {
                let slot = self.slots.iter().find(|slot| slot.ssrc == *packet.header.ssrc);
                // Padding probes have no mark.
                let Some((slot, mark)) = slot.zip(Mark::read(&packet.payload)) else { return };
                let descriptor = hoptt_wire::vp8::Descriptor::parse(&packet.payload);
                let picture_id = descriptor.and_then(|found| found.picture_id).map(|id| id.number);
                self.received.push(Received {
                    at: now,
                    kind: slot.kind,
                    slot: slot.slot,
                    seq: *packet.seq_no,
                    rtp_time: packet.header.timestamp,
                    marker: packet.header.marker,
                    mark,
                    picture_id: picture_id.filter(|_| slot.kind == Kind::Video),
                });
            }
            _ => {}
        }
    }
}

/// A number that no other stream of the world has.
fn ssrc(member: u32, number: u32) -> Ssrc {
    Ssrc::from(0x1000_0000 + member * 0x100 + number)
}

fn slot(kind: Kind, number: u32, member: u32) -> Slot {
    let (letter, first) = if kind == Kind::Audio { ('a', 0x40) } else { ('v', 0x80) };
    let is_video = kind == Kind::Video;
    Slot {
        slot: number,
        mid: format!("{letter}{number}"),
        kind,
        ssrc: *ssrc(member, first + 2 * number),
        rtx_ssrc: is_video.then(|| *ssrc(member, first + 2 * number + 1)),
        codecs: codecs(kind),
    }
}

fn codecs(kind: Kind) -> Vec<Codec> {
    let codec = |name: &str, pt, clock_rate, channels, rtx_pt| Codec {
        name: name.into(),
        pt,
        clock_rate,
        channels,
        rtx_pt,
        fmtp: String::new(),
    };
    match kind {
        Kind::Audio => vec![codec("opus", OPUS, 48_000, 2, None)],
        Kind::Video => vec![codec("VP8", VP8, 90_000, 1, Some(VP8_RTX))],
    }
}
