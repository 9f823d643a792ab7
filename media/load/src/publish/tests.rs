//! A publisher and two receivers, one of each sort, with nothing between them but the keys.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hoptt_core::srtp::{SrtpInbound, SrtpOutbound, SrtpProfile, SrtpSecrets};
use hoptt_core::transport::Credentials;
use hoptt_wire::rtcp::{write_nack, write_pli};

use super::*;
use crate::receive::Receiver;
use crate::session::{ExtensionIds, Sending};

const VOICE: Ssrc = Ssrc(1_000);
const CAMERA: Ssrc = Ssrc(2_000);
const REPAIRS: Ssrc = Ssrc(2_001);

fn session() -> Session {
    let credentials = |name: &str| Credentials { ufrag: name.into(), password: "x".repeat(24) };
    let sending = |kind, mid: &str, ssrc, payload_type, rtx| Sending {
        kind,
        mid: mid.into(),
        ssrcs: vec![ssrc],
        payload_type,
        rtx,
    };
    Session {
        local: credentials("ours"),
        remote: credentials("theirs"),
        fingerprint: [0; 32],
        server: "127.0.0.1:1".parse().unwrap(),
        controlling: true,
        extensions: ExtensionIds { mid: 1, rid: 0, audio_level: 2, transport_cc: 3, abs_send_time: 4 },
        sending: vec![
            sending(Kind::Audio, "0", VOICE, 111, None),
            sending(Kind::Video, "1", CAMERA, 96, Some((97, vec![REPAIRS]))),
        ],
        audio_types: vec![111],
        video_types: vec![96],
        rtx_types: vec![97],
    }
}

fn keys(profile: SrtpProfile) -> SrtpSecrets {
    SrtpSecrets::new(profile, &vec![3; profile.key_len()], &vec![4; profile.salt_len()]).unwrap()
}

struct Run {
    publisher: Publisher,
    outbound: SrtpOutbound,
    inbound: SrtpInbound,
    checking: Receiver,
    counting: Receiver,
    session: Session,
    tally: Tally,
    counted: Tally,
    now: Instant,
}

impl Run {
    fn new(profile: SrtpProfile) -> Self {
        Self::with(profile, session(), VideoTrace::single(1))
    }

    fn with(profile: SrtpProfile, session: Session, video: VideoTrace) -> Self {
        let material = Arc::new(Material::new(1, video));
        let now = material.since;
        Self {
            publisher: Publisher::new(&session, 1, material, now),
            outbound: SrtpOutbound::new(&keys(profile)),
            inbound: SrtpInbound::new(&keys(profile)),
            checking: Receiver::new(Ssrc(1), true, None, now),
            counting: Receiver::new(Ssrc(2), false, None, now),
            session,
            tally: Tally::default(),
            counted: Tally::default(),
            now,
        }
    }

    /// Lets time pass; the n-th datagram is handed on unless `lose` says otherwise.
    fn pass(&mut self, time: Duration, mut lose: impl FnMut(&[u8]) -> bool) {
        let until = self.now + time;
        let mut scratch = Vec::new();
        while let Some(due) = self.publisher.poll_timeout().filter(|due| *due <= until) {
            self.now = due;
            let mut sent: Vec<Vec<u8>> = Vec::new();
            let note = |bytes: &[u8]| sent.push(bytes.to_vec());
            self.publisher.handle_timeout(due, &mut self.outbound, &mut scratch, &mut self.tally, note);
            for datagram in sent {
                if !lose(&datagram) {
                    self.deliver(datagram);
                }
            }
        }
        self.now = until;
    }

    fn deliver(&mut self, mut datagram: Vec<u8>) {
        if (192..=223).contains(&datagram[1]) {
            assert!(self.inbound.open_rtcp(&mut datagram).is_ok());
            return;
        }
        let len = datagram.len();
        let mut beginning = datagram[..len.min(64)].to_vec();
        self.counting.handle_sealed(self.now, &mut beginning, len, &self.session, &mut self.counted);
        let arrived = self.checking.handle_sealed(self.now, &mut datagram, len, &self.session, &mut self.tally);
        let len = self.inbound.open_rtp(&mut datagram).unwrap();
        if let Some(arrived) = arrived {
            // The stamp is of the real clock, which moves less than the one turned by hand.
            let now_ns = 1 << 60;
            let filler = &self.publisher.material.clone().filler;
            self.checking.handle_opened(self.now, now_ns, &datagram[..len], arrived, filler, &mut self.tally);
        }
    }
}

#[test]
fn what_a_publisher_sends_is_whole_in_order_and_of_the_expected_rate() {
    for profile in SrtpProfile::ALL {
        let mut run = Run::new(profile);
        run.pass(Duration::from_secs(10), |_| false);
        run.checking.take_losses(&mut run.tally);
        run.counting.take_losses(&mut run.counted);
        let checked = run.tally.checked;
        assert_eq!(checked.faults() + checked.broken_frames + checked.left_out, 0, "{checked:?}");
        assert!(checked.frames.abs_diff(300) <= 1 && checked.key_frames == 1, "{checked:?}");
        assert!((160..210).contains(&(run.tally.video.packets / 10)), "{:?}", run.tally.video);
        assert!((15..=50).contains(&(run.tally.audio.packets / 10)), "{:?}", run.tally.audio);
        assert_eq!(run.tally.video, run.counted.video, "the clear headers tell the same");
        assert_eq!(run.tally.audio, run.counted.audio);
        assert_eq!(run.tally.video.expected, run.tally.video.packets);
        assert_eq!(run.tally.sent.packets, run.tally.video.packets + run.tally.audio.packets);
        assert_eq!(run.tally.first_frame.count(), 1);
    }
}

#[test]
fn what_gets_lost_is_counted_by_both_sorts_of_receivers() {
    let mut run = Run::new(SrtpProfile::AeadAes256Gcm);
    let (mut videos, mut lost) = (0u64, 0);
    run.pass(Duration::from_secs(5), |datagram| {
        let is_video = datagram[1] & 0x7f == 96;
        videos += u64::from(is_video);
        let goes = is_video && videos % 50 == 0;
        lost += u64::from(goes);
        goes
    });
    run.checking.take_losses(&mut run.tally);
    run.counting.take_losses(&mut run.counted);
    assert!(lost > 10);
    assert_eq!((run.tally.video.lost, run.counted.video.lost), (lost, lost));
    assert_eq!(run.tally.checked.faults(), 0, "loss is no fault of content: {:?}", run.tally.checked);
    assert!(run.tally.checked.broken_frames >= lost - 1);
}

#[test]
fn a_key_frame_comes_when_it_is_asked_for() {
    let mut run = Run::new(SrtpProfile::AeadAes256Gcm);
    run.pass(Duration::from_secs(2), |_| false);
    let mut compound = Vec::new();
    write_pli(&mut compound, Ssrc(9), CAMERA);
    write_pli(&mut compound, Ssrc(9), Ssrc(4_711));
    run.publisher.handle_rtcp(run.now, &compound, &mut run.outbound, &mut run.tally, |_| {});
    run.pass(Duration::from_millis(100), |_| false);
    assert_eq!((run.tally.checked.key_frames, run.tally.sent.asked_key_frames), (2, 1));
}

#[test]
fn an_encoding_that_nobody_wants_is_not_sent_and_begins_with_a_key_frame_when_somebody_does() {
    let mut session = session();
    session.sending[1].ssrcs = [2_000, 2_010, 2_020].map(Ssrc).into();
    session.sending[1].rtx = None;
    let mut run = Run::with(SrtpProfile::AeadAes256Gcm, session, VideoTrace::simulcast(1));
    let mut frames = |active: [bool; 4]| {
        run.publisher.encode(&active);
        run.tally = Tally::default();
        run.pass(Duration::from_secs(1), |_| false);
        let checked = run.tally.checked;
        assert_eq!(checked.faults() + checked.broken_frames + checked.left_out, 0, "{checked:?}");
        (checked.frames_of.map(|count| count.div_ceil(10)), checked.key_frames)
    };
    assert_eq!(frames([true; 4]), ([3, 3, 3, 0], 3));
    assert_eq!(frames([true, false, true, false]), ([3, 0, 3, 0], 0));
    assert_eq!(frames([false; 4]), ([0; 4], 0));
    assert_eq!(frames([true, true, false, false]), ([3, 3, 0, 0], 2));
}

#[test]
fn who_asks_for_key_frames_too_often_is_seen() {
    let mut run = Run::new(SrtpProfile::AeadAes256Gcm);
    for (pause_ms, soon) in [(1_000, 0), (500, 0), (300, 1), (500, 1)] {
        run.pass(Duration::from_millis(pause_ms), |_| false);
        let mut compound = Vec::new();
        write_pli(&mut compound, Ssrc(9), CAMERA);
        run.publisher.handle_rtcp(run.now, &compound, &mut run.outbound, &mut run.tally, |_| {});
        assert_eq!(run.tally.sent.asked_again_soon, soon, "after {pause_ms} ms");
    }
}

#[test]
fn a_lost_packet_is_sent_again_as_a_retransmission() {
    let mut run = Run::new(SrtpProfile::AeadAes256Gcm);
    let mut lost = None;
    run.pass(Duration::from_secs(1), |datagram| {
        let number = u16::from_be_bytes([datagram[2], datagram[3]]);
        datagram[1] & 0x7f == 96 && *lost.get_or_insert(number) == number
    });
    let lost = lost.unwrap();
    let mut compound = Vec::new();
    write_nack(&mut compound, Ssrc(9), CAMERA, &[lost]);
    let mut repairs: Vec<Vec<u8>> = Vec::new();
    let send = |bytes: &[u8]| repairs.push(bytes.to_vec());
    run.publisher.handle_rtcp(run.now, &compound, &mut run.outbound, &mut run.tally, send);
    assert_eq!((repairs.len(), run.tally.sent.repaired), (1, 1));
    let len = run.inbound.open_rtp(&mut repairs[0]).unwrap();
    let packet = hoptt_wire::rtp::Rtp::parse(&repairs[0][..len]).unwrap();
    assert_eq!((packet.ssrc(), packet.payload_type()), (REPAIRS, 97));
    let (number, original) = hoptt_wire::rtx::read(packet.payload()).unwrap();
    assert_eq!(number, lost);
    let (begins, _) = crate::vp8::read(original).unwrap();
    assert!(run.publisher.material.filler.read(&original[begins..]).is_ok());
}
