use super::*;
use crate::session::ExtensionIds;

fn credentials() -> Credentials {
    Credentials { ufrag: "ours".into(), password: "p".repeat(24) }
}

fn lines() -> Vec<OfferedLine> {
    let mut random = Random::new(1, 9);
    let sends = |kind, rids: &[&'static str], random: &mut Random| OfferedLine {
        kind,
        sends: Some(Streams::draw(kind, rids, random)),
    };
    vec![
        sends(Kind::Audio, &[], &mut random),
        sends(Kind::Video, &[], &mut random),
        OfferedLine { kind: Kind::Audio, sends: None },
        OfferedLine { kind: Kind::Video, sends: None },
    ]
}

/// As `src/hoptt/sfu/sdp/answer.py` writes it.
const ANSWER: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1 2 3\r\na=ice-lite\r\n\
m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=ice-ufrag:AAAAAAAAAAAB\r\n\
a=ice-pwd:0123456789abcdef01234567\r\na=fingerprint:sha-256 \
00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:1F\r\na=setup:passive\r\n\
a=candidate:2 1 udp 1000 ::1 7882 typ host\r\na=candidate:1 1 udp 2130706431 10.0.0.7 7882 typ host\r\n\
a=candidate:3 1 tcp 2130706431 10.0.0.7 7882 typ host tcptype passive\r\na=end-of-candidates\r\na=recvonly\r\n\
a=rtcp-mux\r\na=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\na=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n\
m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\na=recvonly\r\n\
a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n\
m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:2\r\na=sendonly\r\n\
m=video 0 UDP/TLS/RTP/SAVPF 96 97\r\nc=IN IP4 0.0.0.0\r\na=mid:3\r\na=inactive\r\n";

#[test]
fn an_answer_becomes_a_session() {
    let answer = Answer::parse(ANSWER).unwrap();
    assert_eq!(answer.remote.ufrag, "AAAAAAAAAAAB");
    assert_eq!(answer.fingerprint[31], 31);
    assert_eq!(answer.candidates, ["10.0.0.7:7882".parse().unwrap(), "[::1]:7882".parse().unwrap()]);
    let session = answer.session(&lines(), &credentials(), answer.candidates[0]).unwrap();
    let ids = ExtensionIds { mid: 4, rid: 0, audio_level: 1, transport_cc: 3, abs_send_time: 0 };
    assert_eq!(session.extensions, ids);
    assert_eq!(session.sending.len(), 2);
    assert_eq!(
        session.sending[1].rtx.as_ref().map(|(payload_type, ssrcs)| (*payload_type, ssrcs.len())),
        Some((97, 1))
    );
}

#[test]
fn what_an_answer_lacks_is_named() {
    for (missing, without) in [
        ("a=ice-ufrag", ANSWER.replace("a=ice-ufrag", "a=x")),
        ("a=ice-pwd", ANSWER.replace("a=ice-pwd", "a=x")),
        ("sha-256 fingerprint", ANSWER.replace("sha-256", "sha-1")),
    ] {
        assert_eq!(Answer::parse(&without).unwrap_err().to_string(), format!("the answer has no {missing}"));
    }
    let refused = Answer::parse(&ANSWER.replace("audio 9", "audio 0").replace("video 9", "video 0")).unwrap();
    assert!(refused.session(&lines(), &credentials(), "10.0.0.7:1".parse().unwrap()).is_err());
}

#[test]
fn an_offer_says_what_each_line_is_for() {
    let text = offer(&lines(), &credentials(), &[7; 32], "");
    let directions: Vec<&str> = text.lines().filter(|line| line.starts_with("a=") && line.ends_with("only")).collect();
    assert_eq!(directions, ["a=sendonly", "a=sendonly", "a=recvonly", "a=recvonly"]);
    assert!(text.contains("a=group:BUNDLE 0 1 2 3\r\n"));
    assert_eq!(text.matches("a=ssrc-group:FID").count(), 1, "sound has no retransmissions");
    assert_eq!(text.matches("a=candidate").count(), 0);
}

#[test]
fn several_encodings_are_offered_by_their_names() {
    let streams = Streams::draw(Kind::Video, &["q", "h", "f"], &mut Random::new(1, 1));
    assert_eq!((streams.ssrcs.len(), streams.rtx.len()), (3, 3));
    let text = offer(&[OfferedLine { kind: Kind::Video, sends: Some(streams) }], &credentials(), &[7; 32], "");
    assert!(text.contains("a=simulcast:send q;h;f\r\n") && !text.contains("a=ssrc:"));
}
