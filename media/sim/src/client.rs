//! A participant's page, made of `str0m`: it publishes a voice and a camera and receives in slots.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use hoptt_core::control::{ApplySession, Extensions, FingerprintText, Kind, Published, Slot, Source};
use hoptt_core::transport::Fingerprint;
use str0m::config::{DtlsVersion, Fingerprint as PeerFingerprint};
use str0m::format::{Codec, FormatParams};
use str0m::media::{Frequency, KeyframeRequestKind, MediaKind, Mid, Pt, Rid};
use str0m::net::{Protocol, Receive};
use str0m::rtp::{ExtensionValues, RtpWrite, SeqNo, Ssrc};
use str0m::{Candidate, Event, IceCreds, Input, Output, Rtc};

use crate::codecs::{OPUS, RED, VP8, payload_type, published_codecs, slot, ssrc};
use crate::descriptors;
use crate::film::Film;
use crate::layers::Layers;
use crate::received::{Received, Taped};
use crate::source::{Outgoing, Picture, Voice};

/// See the module.
pub struct Client {
    rtc: Rtc,
    member: u32,
    name: String,
    address: SocketAddr,
    slots: Vec<Slot>,
    voice: Voice,
    picture: Picture,
    /// Its camera sends several encodings instead of `picture`, or a recording.
    layers: Option<Layers>,
    sends: [bool; 2],
    /// Of the voice, the picture, and each encoding.
    next_seq: [u64; 5],
    received: Vec<Received>,
    /// By slot: packets of which only the number came, since the last other one.
    numbers: HashMap<u32, u64>,
    /// What arrives in its first video slot, when that is kept.
    tape: Option<Vec<Taped>>,
    keyframe_requests: Vec<Instant>,
    connected_at: Option<Instant>,
    closed_at: Option<Instant>,
    due: Instant,
}

const MICROPHONE: &str = "mic";
const CAMERA: &str = "cam";

impl Client {
    /// Makes a client with that many slots for sound and pictures.
    ///
    /// # Panics
    /// Never with a well-formed address.
    #[must_use]
    pub fn new(member: u32, address: SocketAddr, slots: (u32, u32), now: Instant) -> Self {
        Self::with(member, address, slots, None, now)
    }

    /// Makes a client with such a camera.
    ///
    /// # Panics
    /// Never with a well-formed address.
    #[must_use]
    pub fn layered(member: u32, address: SocketAddr, slots: (u32, u32), layers: Layers, now: Instant) -> Self {
        Self::with(member, address, slots, Some(layers), now)
    }

    fn with(member: u32, address: SocketAddr, slots: (u32, u32), layers: Option<Layers>, now: Instant) -> Self {
        let mut config = Rtc::builder()
            .set_crypto_provider(str0m::crypto::from_feature_flags().into())
            .set_dtls_version(DtlsVersion::Dtls12)
            .set_rtp_mode(true)
            .set_extension(descriptors::ID, descriptors::extension());
        let (clock, params) = (Frequency::FORTY_EIGHT_KHZ, FormatParams::default());
        config.codec_config().add_config(RED.into(), None, Codec::Opus, clock, Some(2), params);
        let mut rtc = config.build(now);
        rtc.add_local_candidate(Candidate::host(address, "udp").expect("an address"));
        let mut direct = rtc.direct_api();
        direct.set_ice_controlling(true);
        direct.enable_twcc_feedback();
        direct.declare_media(MICROPHONE.into(), MediaKind::Audio);
        direct.declare_media(CAMERA.into(), MediaKind::Video);
        direct.declare_stream_tx(ssrc(member, 1), None, MICROPHONE.into(), None);
        let rids = layers.as_ref().map_or(&[][..], Layers::rids);
        let encodings =
            if rids.is_empty() { vec![None] } else { rids.iter().map(|rid| Some(Rid::from(*rid))).collect() };
        for (number, rid) in (0..).zip(encodings) {
            let (media, repair) = (ssrc(member, 2 + 2 * number), ssrc(member, 3 + 2 * number));
            let camera = direct.declare_stream_tx(media, Some(repair), CAMERA.into(), rid);
            // By itself str0m stops repairing when repairs are 15 % of what it sends; browsers go on.
            camera.set_rtx_cache(1024, Duration::from_secs(3), None);
        }
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
            sends: [true, layers.is_none()],
            layers,
            next_seq: [1; 5],
            received: vec![],
            numbers: HashMap::new(),
            tape: None,
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
                rid: Some(10),
                repaired_rid: Some(11),
                dependency_descriptor: Some(descriptors::ID),
            },
            published: published
                .map(|(source, mid, kind)| {
                    let layers = self.layers.as_ref().filter(|_| kind == Kind::Video);
                    // The voice is found by its mid, the camera by its number or its rids: browsers do all three.
                    let rids = layers.map_or(&[][..], Layers::rids);
                    let announced = kind == Kind::Video && rids.is_empty();
                    Published {
                        track: self.track(source),
                        mid: mid.into(),
                        kind,
                        source,
                        codecs: published_codecs(kind, layers),
                        ssrcs: if announced { vec![*ssrc(self.member, 2)] } else { vec![] },
                        rtx_ssrcs: if announced { vec![*ssrc(self.member, 3)] } else { vec![] },
                        rids: rids.iter().map(|rid| (*rid).to_owned()).collect(),
                    }
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

    /// Says everything twice from now on, if it is heard by who takes that.
    pub fn repeat(&mut self) {
        self.voice.repeat();
    }

    /// Sends from a source, or not; the engine is not asked.
    pub fn set_sending(&mut self, kind: Kind, sends: bool) {
        self.sends[usize::from(kind == Kind::Video)] = sends;
    }

    /// Makes fewer and smaller packets: voices of 60 ms, and pictures of so many frames a second in 300 bytes each.
    pub fn spare(&mut self, fps: u32) {
        self.voice.set_packet_time(3);
        self.picture.set_pace(fps, 300);
    }

    /// Its camera makes frames of so many packets, if it sends one encoding.
    pub fn set_packets(&mut self, packets: u8) {
        self.picture.set_packets(packets);
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

    /// Keeps every packet of its first video slot from now on.
    pub fn tape(&mut self) {
        self.tape = Some(vec![]);
    }

    /// What was kept.
    #[must_use]
    pub fn taped(&self) -> &[Taped] {
        self.tape.as_deref().unwrap_or_default()
    }

    /// Its camera shows a film, if it sends several encodings.
    pub fn set_film(&mut self, film: Film) {
        if let Some(layers) = &mut self.layers {
            layers.set_film(film);
        }
    }

    /// Its camera makes packets of that length, if it sends several encodings.
    pub fn set_packet_len(&mut self, bytes: usize) {
        if let Some(layers) = &mut self.layers {
            layers.set_packet_len(bytes);
        }
    }

    /// Its camera, of one that sends several encodings.
    #[must_use]
    pub fn layers(&self) -> Option<&Layers> {
        self.layers.as_ref()
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
        if !self.sends[0] {
            self.voice.skip(now);
        }
        if !self.sends[1] {
            self.picture.skip(now);
        }
        while let Some(packet) = self.voice.poll_packet(now) {
            self.write(now, Stream::Voice, packet);
            self.poll_all(now, &mut send);
        }
        while let Some(packet) = self.picture.poll_packet(now) {
            self.write(now, Stream::Picture, packet);
            self.poll_all(now, &mut send);
        }
        while let Some((place, packet)) = self.layers.as_mut().and_then(|layers| layers.poll_packet(now)) {
            self.write(now, Stream::Layer(place), packet);
            self.poll_all(now, &mut send);
        }
    }

    /// When something is due.
    #[must_use]
    pub fn poll_timeout(&self) -> Instant {
        let layers = self.layers.as_ref().map(Layers::poll_timeout);
        let voice = self.sends[0].then(|| self.voice.poll_timeout());
        let picture = self.sends[1].then(|| self.picture.poll_timeout());
        [voice, picture, layers].into_iter().flatten().fold(self.due, Instant::min)
    }

    fn write(&mut self, now: Instant, stream: Stream, packet: Outgoing) {
        let sends = match stream {
            Stream::Voice => self.sends[0],
            Stream::Picture => self.sends[1],
            Stream::Layer(_) => true,
        };
        if self.connected_at.is_none() || self.closed_at.is_some() || !sends {
            return;
        }
        let coding = self.layers.as_ref().map(Layers::coding);
        let (place, number, pt) = match stream {
            Stream::Voice => (0, 1, if self.voice.is_redundant() { RED } else { OPUS }),
            Stream::Picture => (1, 2, VP8),
            Stream::Layer(place) => {
                let pt = coding.map_or(VP8, payload_type);
                (2 + place, 2 + 2 * u32::try_from(place).expect("three"), pt)
            }
        };
        let seq = SeqNo::from(self.next_seq[place]);
        self.next_seq[place] += 1;
        let level = packet.level.map(|level| -i8::try_from(level).expect("seven bits"));
        let mut values = ExtensionValues {
            audio_level: level,
            voice_activity: level.map(|level| level > -100),
            ..Default::default()
        };
        if let Some(descriptor) = packet.descriptor {
            values.user_values.set(descriptors::Value(descriptor));
        }
        let write = RtpWrite::new(Pt::from(pt), seq, packet.rtp_time, now, packet.payload)
            .marker(packet.marker)
            .nackable(number != 1)
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
            Event::KeyframeRequest(request) => {
                self.keyframe_requests.push(now);
                self.picture.ask_keyframe();
                if let Some(layers) = &mut self.layers {
                    layers.ask_keyframe(request.rid.as_deref(), now);
                }
            }
            Event::RtpPacket(packet) => {
                let slot = self.slots.iter().find(|slot| slot.ssrc == *packet.header.ssrc);
                match (&mut self.tape, slot) {
                    (Some(tape), Some(Slot { kind: Kind::Video, slot: 0, .. })) => tape.extend(Taped::of(now, &packet)),
                    (_, Some(slot)) if packet.payload.is_empty() => *self.numbers.entry(slot.ssrc).or_default() += 1,
                    (_, Some(slot)) => {
                        let numbers = self.numbers.remove(&slot.ssrc).unwrap_or_default();
                        self.received.extend(Received::of(now, slot, &packet, numbers));
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
}

/// What a client sends.
#[derive(Clone, Copy, Debug)]
enum Stream {
    Voice,
    Picture,
    Layer(usize),
}
