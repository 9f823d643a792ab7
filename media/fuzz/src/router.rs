//! A shard that listens to strangers.

use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use hoptt_core::control::{
    Answer, ApplySession, Codec, Command, CreateMeeting, Extensions, FingerprintText, Kind, Published, Slot, Source,
};
use hoptt_core::router::{Router, RouterConfig, RouterEvent};
use hoptt_core::transport::DtlsIdentity;

/// One certificate for all runs: making one takes longer than a run.
static IDENTITY: LazyLock<Arc<DtlsIdentity>> = LazyLock::new(|| Arc::new(DtlsIdentity::generate()));

/// Datagrams from strangers, each behind two bytes: its length in half of 16 bytes, and how many milliseconds pass.
///
/// # Panics
/// When one of them changes the shard (S1, S2) or draws an answer (S4, S10).
pub fn router(bytes: &[u8]) {
    let mut now = Instant::now();
    let mut router = Router::new(RouterConfig::default(), Arc::clone(&IDENTITY), now);
    prepare(&mut router, now);
    let before = router.snapshot();
    let sources = [SocketAddr::from(([198, 51, 100, 1], 1)), SocketAddr::from(([198, 51, 100, 2], 2))];
    let mut rest = bytes;
    while let Some((&[len, step], behind)) = rest.split_first_chunk::<2>() {
        let (datagram, behind) = behind.split_at(behind.len().min(8 * usize::from(len)));
        rest = behind;
        // All within the time that a transport has to connect.
        now += Duration::from_millis(u64::from(step & 0x0f));
        router.handle_datagram(now, sources[usize::from(step >> 7)], &mut datagram.to_vec());
        assert!(router.poll_transmit().is_none(), "a stranger is answered with nothing");
    }
    assert_eq!(router.snapshot(), before);
    while let Some(event) = router.poll_event() {
        assert!(matches!(event, RouterEvent::Told(_) | RouterEvent::Unowned(..)), "no address was learned");
    }
}

/// One transport with a session, waiting for its peer.
fn prepare(router: &mut Router, now: Instant) {
    let create = CreateMeeting { meeting: "m".into(), audio_slots: 4, blob: vec![] };
    router.handle_command(now, Command::CreateMeeting(create)).expect("an empty shard has room");
    let create = Command::CreateTransport { meeting: "m".into(), transport: "t".into(), blob: vec![] };
    let created = router.handle_command(now, create).expect("an empty meeting has room");
    assert!(matches!(created, Answer::TransportCreated { .. }));
    let codec = |name: &str, pt, clock_rate| Codec {
        name: name.into(),
        pt,
        clock_rate,
        channels: 1,
        rtx_pt: None,
        fmtp: String::new(),
    };
    let session = ApplySession {
        transport: "t".into(),
        remote_ufrag: "peer".into(),
        remote_pwd: "p".repeat(24),
        fingerprint: Some(FingerprintText { algorithm: "sha-256".into(), value: ["00"; 32].join(":") }),
        extensions: Extensions { mid: Some(4), ..Extensions::default() },
        published: vec![Published {
            track: "t.microphone".into(),
            mid: "0".into(),
            kind: Kind::Audio,
            source: Source::Microphone,
            codecs: vec![codec("opus", 111, 48_000)],
            ssrcs: vec![1],
            rtx_ssrcs: vec![],
            rids: vec![],
        }],
        slots: vec![Slot {
            slot: 0,
            mid: "1".into(),
            kind: Kind::Video,
            ssrc: 2,
            rtx_ssrc: None,
            codecs: vec![codec("VP8", 96, 90_000)],
        }],
        blob: vec![],
    };
    router.handle_command(now, Command::ApplySession(session)).expect("a well-formed session");
    while router.poll_event().is_some() {}
}
