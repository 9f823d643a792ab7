//! The generator against the engine's router over real sockets, with nothing of the control plane between them.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use hoptt_core::control::{
    Answer, ApplySession, Codec, Command, CreateMeeting, Extensions, FingerprintText, Gate, Kind, Published, Slot,
    Source, Wish,
};
use hoptt_core::router::{Router, RouterConfig};
use hoptt_core::transport::{Credentials, DtlsIdentity, fingerprint_text};
use hoptt_load::dtls::ClientIdentity;
use hoptt_load::peer::Role;
use hoptt_load::publish::Material;
use hoptt_load::receive::LossyLine;
use hoptt_load::runner::{NewPeer, Report, Runner, open_socket};
use hoptt_load::session::{self, ExtensionIds, Sending, Session};
use hoptt_load::trace::VideoTrace;
use hoptt_wire::Ssrc;

const MEETING: &str = "m";
const MICROPHONE: &str = "voice";
const CAMERA: &str = "picture";

/// A router behind a socket of its own; `lose` drops every n-th datagram that it sends.
struct Server {
    router: Router,
    identity: Arc<DtlsIdentity>,
    socket: UdpSocket,
    lose: Option<u32>,
}

impl Server {
    fn new(lose: Option<u32>) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
        let identity = Arc::new(DtlsIdentity::generate());
        let now = Instant::now();
        let mut router = Router::new(RouterConfig::default(), identity.clone(), now);
        let meeting = CreateMeeting { meeting: MEETING.into(), audio_slots: 4, blob: vec![] };
        router.handle_command(now, Command::CreateMeeting(meeting)).unwrap();
        Self { router, identity, socket, lose }
    }

    /// Does what the control plane would, and gives what signalling would.
    fn seat(&mut self, number: u32, sends: bool, client: &ClientIdentity) -> Session {
        let (now, transport) = (Instant::now(), format!("t{number}"));
        let create = Command::CreateTransport { meeting: MEETING.into(), transport: transport.clone(), blob: vec![] };
        let Ok(Answer::TransportCreated { ufrag, pwd, .. }) = self.router.handle_command(now, create) else {
            panic!("no transport")
        };
        let local = Credentials::fresh(format!("client{number}"));
        let slot = |kind, mid: &str, offset, codecs: &[Codec]| Slot {
            slot: 0,
            mid: mid.into(),
            kind,
            ssrc: 1_000 + number * 10 + offset,
            rtx_ssrc: (kind == Kind::Video).then_some(1_005 + number * 10),
            codecs: codecs.to_vec(),
        };
        let apply = ApplySession {
            transport: transport.clone(),
            remote_ufrag: local.ufrag.clone(),
            remote_pwd: local.password.clone(),
            fingerprint: Some(FingerprintText {
                algorithm: "sha-256".into(),
                value: fingerprint_text(client.fingerprint()),
            }),
            extensions: Extensions {
                mid: Some(4),
                audio_level: Some(1),
                transport_cc: Some(3),
                abs_send_time: None,
                ..Extensions::default()
            },
            published: if sends { published() } else { vec![] },
            slots: vec![slot(Kind::Audio, "2", 0, &[opus()]), slot(Kind::Video, "3", 1, &[vp8()])],
            blob: vec![],
        };
        self.router.handle_command(now, Command::ApplySession(apply)).unwrap();
        if sends {
            let gates =
                [MICROPHONE, CAMERA].map(|track| Gate { track: track.into(), allowed: true, on: true, vetoed: false });
            self.router.handle_command(now, Command::SetGates(gates.into())).unwrap();
        } else {
            let wish = Wish { slot: 0, track: Some(CAMERA.into()), width: 1280, height: 720, priority: 2 };
            self.router.handle_command(now, Command::SetVideo { transport, wishes: vec![wish] }).unwrap();
        }
        Session {
            local,
            remote: Credentials { ufrag, password: pwd },
            fingerprint: *self.identity.fingerprint(),
            server: self.socket.local_addr().unwrap(),
            controlling: true,
            extensions: ExtensionIds { mid: 4, rid: 0, audio_level: 1, transport_cc: 3, abs_send_time: 0 },
            sending: if sends { sending() } else { vec![] },
            audio_types: vec![111],
            video_types: vec![96],
            rtx_types: vec![97],
        }
    }

    fn serve(mut self, stop: &AtomicBool) {
        let mut buffer = [0; 2_048];
        let mut sent = 0u32;
        while !stop.load(Ordering::Relaxed) {
            if let Ok((len, source)) = self.socket.recv_from(&mut buffer) {
                self.router.handle_datagram(Instant::now(), source, &mut buffer[..len]);
            }
            self.router.handle_timeout(Instant::now());
            let (lose, socket) = (self.lose, &self.socket);
            while self.router.has_output() {
                while self.router.poll_event().is_some() {}
                while let Some(transmit) = self.router.poll_transmit() {
                    let segment = transmit.segment_len.unwrap_or(transmit.bytes.len());
                    for datagram in transmit.bytes.chunks(segment) {
                        sent += 1;
                        if lose.is_none_or(|every| !sent.is_multiple_of(every)) {
                            let _ = socket.send_to(datagram, transmit.to.address);
                        }
                    }
                }
            }
            self.router.sent(Instant::now());
        }
    }
}

fn opus() -> Codec {
    Codec { name: "opus".into(), pt: 111, clock_rate: 48_000, channels: 2, rtx_pt: None, fmtp: String::new() }
}

fn vp8() -> Codec {
    Codec { name: "VP8".into(), pt: 96, clock_rate: 90_000, channels: 1, rtx_pt: Some(97), fmtp: String::new() }
}

fn published() -> Vec<Published> {
    let track = |track: &str, mid: &str, kind, source, codec, ssrc| Published {
        track: track.into(),
        mid: mid.into(),
        kind,
        source,
        codecs: vec![codec],
        ssrcs: vec![ssrc],
        rtx_ssrcs: if kind == Kind::Video { vec![ssrc + 1] } else { vec![] },
        rids: vec![],
    };
    vec![
        track(MICROPHONE, "0", Kind::Audio, Source::Microphone, opus(), 100),
        track(CAMERA, "1", Kind::Video, Source::Camera, vp8(), 200),
    ]
}

fn sending() -> Vec<Sending> {
    let one = |kind, mid: &str, ssrc, payload_type, rtx| Sending {
        kind,
        mid: mid.into(),
        ssrcs: vec![Ssrc(ssrc)],
        payload_type,
        rtx,
    };
    vec![
        one(session::Kind::Audio, "0", 100, 111, None),
        one(session::Kind::Video, "1", 200, 96, Some((97, vec![Ssrc(201)]))),
    ]
}

/// One publisher and these subscribers, of whom the first two check and the last one may have a lossy line, for three seconds
/// of media.
fn run(subscribers: u32, lose: Option<u32>, line: Option<LossyLine>) -> Report {
    let mut server = Server::new(lose);
    let identity = Arc::new(ClientIdentity::generate());
    let runner = Runner::start(identity.clone(), Arc::new(Material::new(1, VideoTrace::single(1)))).unwrap();
    let address: SocketAddr = server.socket.local_addr().unwrap();
    let sessions: Vec<Session> = (0..=subscribers).map(|number| server.seat(number, number == 0, &identity)).collect();
    let stop = Arc::new(AtomicBool::new(false));
    let its_stop = stop.clone();
    let serving = std::thread::spawn(move || server.serve(&its_stop));
    let until = Instant::now() + Duration::from_secs(60);
    let enter = |number, session| {
        let role = Role { number, checks: (1..=2).contains(&number), line: line.filter(|_| number == subscribers) };
        runner.add(NewPeer { role, session, socket: open_socket(address, None).unwrap() }).unwrap();
    };
    // Those who watch come first and wait for each other, so that everybody sees the first frame.
    let mut sessions = (0u32..).zip(sessions);
    let (publisher, session) = sessions.next().unwrap();
    sessions.for_each(|(number, session)| enter(number, session));
    while runner.take().unwrap().connected < subscribers as usize {
        assert!(Instant::now() < until, "not everybody is connected");
        std::thread::sleep(Duration::from_millis(20));
    }
    enter(publisher, session);
    let mut report = Report::default();
    while report.tally.video.packets < u64::from(subscribers) * 500 {
        assert!(Instant::now() < until, "too little arrived: {report:?}");
        std::thread::sleep(Duration::from_millis(50));
        let next = runner.take().unwrap();
        report = Report { tally: std::mem::take(&mut report.tally), ..next.clone() };
        report.tally.merge(&next.tally);
    }
    runner.close().unwrap();
    stop.store(true, Ordering::Relaxed);
    serving.join().unwrap();
    report
}

#[test]
fn a_publisher_reaches_all_subscribers_and_nothing_is_changed_on_the_way() {
    let report = run(20, None, None);
    let (tally, checked) = (&report.tally, &report.tally.checked);
    assert_eq!((report.peers, report.connected, report.ended), (21, 21, 0), "{:?}", report.first_end);
    assert_eq!(report.profiles, [21, 0, 0], "the engine takes the best profile");
    assert_eq!((checked.faults(), checked.broken_frames, tally.video.lost), (0, 0, 0), "{checked:?}");
    assert!(checked.frames > 100 && checked.key_frames >= 2, "{checked:?}");
    assert!(tally.audio.packets > 20 * 20, "{:?}", tally.audio);
    assert_eq!((tally.first_frame.count(), tally.first_packet.count(), tally.unknown), (2, 20, 0));
    assert!(tally.rtcp > 0 && tally.feedback > 20, "{tally:?}");
    // A picture begins when the line's estimate has room for it: later on a busy machine, and without a gap from then on.
    let sent = tally.sent.packets - tally.audio.packets / 20;
    assert!(tally.video.packets / 20 <= sent, "more came than was sent: {:?} {:?}", tally.video, tally.sent);
}

#[test]
fn what_the_line_loses_is_told() {
    let report = run(4, Some(50), None);
    assert!(report.tally.video.lost > 20, "{:?}", report.tally.video);
    assert_eq!(report.tally.checked.faults(), 0, "{:?}", report.tally.checked);
}

#[test]
fn who_has_a_lossy_line_gets_again_what_it_lost_and_nobody_else_loses_anything() {
    let line = LossyLine { percent: 5.0, rtt: Duration::from_millis(50) };
    let Report { tally, .. } = run(3, None, Some(line));
    let repaired = tally.repair.percentiles();
    // Voices are not repaired, nor repairs themselves.
    assert!(tally.lost_on_lines > 10 && repaired.count >= 5, "{} lost, {repaired:?}", tally.lost_on_lines);
    assert!(repaired.p50_ms > 50.0 && tally.rtx >= repaired.count, "{repaired:?}");
    assert_eq!((tally.video.lost, tally.checked.faults()), (0, 0), "{tally:?}");
}

#[test]
fn a_thread_that_stays_awake_counts_as_rest_what_is_no_work() {
    let identity = Arc::new(ClientIdentity::generate());
    let runner = Runner::start(identity, Arc::new(Material::new(1, VideoTrace::single(1)))).unwrap();
    std::thread::sleep(Duration::from_millis(20));
    assert_eq!(runner.take().unwrap().tally.rested, Duration::ZERO, "it sleeps");
    runner.stay_awake().unwrap();
    let until = Instant::now() + Duration::from_secs(10);
    let mut rested = Duration::ZERO;
    while rested < Duration::from_millis(20) && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(5));
        rested += runner.take().unwrap().tally.rested;
    }
    assert!(rested >= Duration::from_millis(20), "{rested:?}");
    runner.close().unwrap();
}
