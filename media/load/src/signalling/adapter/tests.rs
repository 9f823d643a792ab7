use std::net::IpAddr;
use std::os::unix::net::UnixListener;
use std::path::Path;

use super::*;
use crate::random::Random;
use crate::sdp::Streams;

const SERVER: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 100\r\n\
a=mid:0\r\na=ice-ufrag:theirs\r\na=ice-pwd:0123456789abcdef01234567\r\na=fingerprint:sha-256 \
00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:1F\r\na=setup:actpass\r\n\
a=candidate:1 1 udp 2130706431 ::1 7882 typ host\r\na=candidate:2 1 udp 1000 127.0.0.1 7882 typ host\r\na=sendonly\r\n\
a=rtpmap:100 opus/48000/2\r\nm=video 9 UDP/TLS/RTP/SAVPF 101 102\r\na=mid:1\r\na=sendonly\r\na=rtpmap:101 VP8/90000\r\n\
a=rtpmap:102 rtx/90000\r\na=extmap:5 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n";

fn guest() -> Guest {
    sending(&[])
}

/// One whose picture has these encodings.
fn sending(rids: &[&'static str]) -> Guest {
    let sends = Some(Streams::draw(Kind::Video, rids, &mut Random::new(1, 1)));
    let lines = vec![OfferedLine { kind: Kind::Video, sends }, OfferedLine { kind: Kind::Audio, sends: None }];
    let local = Some(IpAddr::from([127, 0, 0, 1]));
    Guest { number: 7, lines, watches: vec!["p1".into()], fingerprint: [7; 32], local }
}

/// What came of a conversation in which an adapter asks these things, and what it was told.
fn conversation(name: &str, asks: &[Value]) -> (Result<Entered, String>, Vec<Value>) {
    let path = std::env::temp_dir().join(format!("hoptt-adapter-{}-{name}", std::process::id()));
    let listener = UnixListener::bind(&path).unwrap();
    let entered = std::thread::scope(|scope| {
        let ours =
            scope.spawn(|| Adapter::new(path.to_str().unwrap()).converse(&guest(), &greeting("enter", &guest(), None)));
        let (stream, _) = listener.accept().unwrap();
        let mut lines = BufReader::new(&stream).lines();
        let mut told = Vec::new();
        for asked in asks {
            told.extend(lines.next().map(|line| serde_json::from_str(&line.unwrap()).unwrap()));
            writeln!(&stream, "{asked}").unwrap();
        }
        stream.shutdown(std::net::Shutdown::Both).unwrap();
        (ours.join().unwrap().map(|(entered, ..)| entered), told)
    });
    std::fs::remove_file(Path::new(&path)).unwrap();
    entered
}

#[test]
fn an_adapter_hears_who_comes_and_carries_an_offer_and_an_answer() {
    let answer = SERVER.replace("SAVPF 100", "SAVPF 111").replace("SAVPF 101", "SAVPF 96");
    let (entered, told) = conversation(
        "offer",
        &[
            json!({"do": "offer", "sends": true, "audio": 0, "video": 1}),
            json!({"do": "answered", "sdp": answer.replace("m=audio 9 UDP/TLS/RTP/SAVPF 111", "m=video 9 UDP/TLS/RTP/SAVPF 96")}),
            json!({"do": "entered", "name": "p7"}),
        ],
    );
    assert_eq!((&told[0]["number"], &told[0]["watches"][0]), (&json!(7), &json!("p1")));
    assert_eq!(told[0]["sends"], json!({"audio": false, "video": true}));
    assert_eq!(told[0]["slots"], json!({"audio": 1, "video": 0}));
    assert_eq!(told[0]["encodings"], json!([]));
    let sdp = told[1]["sdp"].as_str().unwrap();
    assert_eq!((sdp.matches("a=sendonly").count(), sdp.matches("a=recvonly").count()), (1, 1));
    let entered = entered.unwrap();
    assert_eq!((entered.name.as_str(), entered.links.len()), ("p7", 1));
    let session = &entered.links[0].session;
    assert_eq!((session.server.to_string().as_str(), session.sending.len()), ("127.0.0.1:7882", 1));
    assert!(session.controlling);
}

#[test]
fn a_server_that_offers_has_its_own_numbers_and_leads() {
    let (entered, told) = conversation(
        "offered",
        &[
            json!({"do": "offered", "sdp": SERVER}),
            json!({"do": "offered", "sdp": SERVER.replace("VP8", "H264").replace("t=0 0", "t=0 0\r\na=ice-lite")}),
            json!({"do": "offered", "sdp": SERVER.replace("t=0 0", "t=0 0\r\na=ice-lite"), "again": true}),
            json!({"do": "entered", "name": "p7"}),
        ],
    );
    let links = entered.unwrap().links;
    assert_eq!(links.len(), 2, "what is described again is no other link");
    assert_eq!((links[1].session.kind_of(101), &told[2]), (Some(Kind::Video), &told[3]));
    let session = &links[0].session;
    assert_eq!((session.kind_of(100), session.kind_of(101)), (Some(Kind::Audio), Some(Kind::Video)));
    assert_eq!((session.kind_of(102), &session.rtx_types), (None, &vec![102]));
    assert_eq!(session.extensions.transport_cc, 5);
    assert_eq!(
        (session.controlling, links[1].session.controlling),
        (false, true),
        "whoever offered leads, unless lite"
    );
    assert_eq!(told[1]["ufrag"], json!(session.local.ufrag));
    assert_eq!(told[1]["port"], json!(links[0].socket.local_addr().unwrap().port()));
    assert_ne!(session.local.ufrag, links[1].session.local.ufrag);
}

#[test]
fn who_sends_several_encodings_hears_afterwards_which_of_them_are_wanted() {
    let path = std::env::temp_dir().join(format!("hoptt-adapter-{}-wanted", std::process::id()));
    let listener = UnixListener::bind(&path).unwrap();
    let (heard, wanted) = std::sync::mpsc::channel();
    let tell = move |number, rids: &[String]| heard.send((number, rids.to_vec())).unwrap();
    let keeper = Keeper::start(Box::new(tell)).unwrap();
    let (entered, mut stream) = std::thread::scope(|scope| {
        let guest = sending(&["q", "h", "f"]);
        let (keeper, adapter) = (&keeper, Adapter::new(path.to_str().unwrap()));
        let ours = scope.spawn(move || adapter.enter(&guest, keeper));
        let (mut stream, _) = listener.accept().unwrap();
        let mut told = String::new();
        BufReader::new(&stream).read_line(&mut told).unwrap();
        assert!(told.contains(r#""encodings":["q","h","f"]"#), "{told}");
        // What is read together with the last word is not lost.
        stream.write_all(b"{\"do\": \"entered\", \"name\": \"p7\"}\n{\"layers\": [\"q\"]}\n").unwrap();
        (ours.join().unwrap(), stream)
    });
    std::fs::remove_file(&path).unwrap();
    assert_eq!(entered.unwrap().name, "p7");
    let patience = Duration::from_secs(5);
    assert_eq!(wanted.recv_timeout(patience), Ok((7, vec!["q".to_owned()])));
    stream.write_all(b"{\"layers\": []}\n{\"layers\": [\"h\", \"f\"]}\n").unwrap();
    assert_eq!(wanted.recv_timeout(patience), Ok((7, vec![])));
    assert_eq!(wanted.recv_timeout(patience), Ok((7, vec!["h".to_owned(), "f".to_owned()])));
    drop(stream);
    assert_eq!(keeper.lost(), 0, "an adapter that has no more to say is no loss");
}

#[test]
fn what_goes_wrong_is_said() {
    for (name, asks, says) in [
        ("refused", vec![json!({"do": "refused", "why": "full"})], "full"),
        ("silent", vec![json!({"do": "offer", "sends": true, "audio": 0, "video": 0})], "hung up on guest 7"),
        ("strange", vec![json!({"do": "dance"})], "unknown variant"),
        ("answer", vec![json!({"do": "answered", "sdp": SERVER})], "an answer to no offer"),
        ("nowhere", vec![json!({"do": "offered", "sdp": SERVER.replace("127.0.0.1 7882", "::2 1")})], "no candidate"),
    ] {
        let why = conversation(name, &asks).0.unwrap_err();
        assert!(why.contains(says), "{name}: {why}");
    }
}
