//! hoptt's own door: the WebSocket of docs/protocol.md. The room is to be open to guests, or a join token is given.

use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use hoptt_core::transport::Credentials;
use serde_json::{Value, json};
use tungstenite::Message;
use tungstenite::client::IntoClientRequest;
use tungstenite::http::HeaderValue;

use super::keeper::Line;
use super::{Door, Entered, Guest, Keeper, Link};
use crate::runner::open_socket;
use crate::sdp::{Answer, offer};
use crate::session::Kind;

const PROTOCOL: u32 = 1;
const PATIENCE: Duration = Duration::from_secs(30);

/// A room of a hoptt server.
#[derive(Debug)]
pub struct Hoptt {
    origin: String,
    host: String,
    addresses: Vec<SocketAddr>,
    room: String,
    token: Option<String>,
    password: Option<String>,
    /// Of the first picture.
    tile: (u32, u32),
}

/// A large one.
const TILE: (u32, u32) = (1280, 720);

impl Hoptt {
    /// Takes `http://HOST:PORT/ROOM`; a link with `#token=…` comes in by that token, `?password=…` by that password;
    /// `origin=…` says which page it claims to be, where that is not the server's own, and `tile=640x360` how large the
    /// first picture is shown.
    ///
    /// # Errors
    /// What to correct.
    pub fn new(link: &str) -> Result<Self, String> {
        let (address, token) = match link.split_once("#token=") {
            Some((address, token)) => (address, Some(token.to_owned())),
            None => (link, None),
        };
        let (address, more) = address.split_once('?').unwrap_or((address, ""));
        let (mut password, mut origin, mut tile) = (None, None, TILE);
        for option in more.split('&').filter(|option| !option.is_empty()) {
            match option.split_once('=') {
                Some(("password", value)) => password = Some(value.to_owned()),
                Some(("origin", value)) => origin = Some(value.to_owned()),
                Some(("tile", value)) => tile = size(value)?,
                _ => return Err(format!("`{option}` is none of password=…, origin=… and tile=…")),
            }
        }
        let rest = address
            .strip_prefix("http://")
            .ok_or_else(|| format!("`{address}` does not begin with http://: the generator speaks no TLS yet"))?;
        let (host, room) = rest
            .split_once('/')
            .filter(|(host, room)| !host.is_empty() && !room.is_empty())
            .ok_or_else(|| format!("`{address}` names no room: write http://HOST:PORT/ROOM"))?;
        let with_port = if host.contains(':') { host.to_owned() } else { format!("{host}:80") };
        let addresses: Vec<SocketAddr> =
            with_port.to_socket_addrs().map_err(|error| format!("{host} is not found: {error}"))?.collect();
        Ok(Self {
            origin: origin.unwrap_or_else(|| format!("http://{host}")),
            host: host.to_owned(),
            addresses,
            room: room.trim_end_matches('/').to_owned(),
            token,
            password,
            tile,
        })
    }

    fn connect(&self) -> Result<Line, String> {
        let cannot = |error: &dyn std::fmt::Display| format!("no hoptt answers at {}: {error}", self.origin);
        let stream = TcpStream::connect(&self.addresses[..]).map_err(|error| cannot(&error))?;
        stream.set_nodelay(true).map_err(|error| cannot(&error))?;
        stream.set_read_timeout(Some(PATIENCE)).map_err(|error| cannot(&error))?;
        let url = format!("ws://{}/ws", self.host);
        let mut request = url.into_client_request().map_err(|error| cannot(&error))?;
        let origin = HeaderValue::from_str(&self.origin).map_err(|error| cannot(&error))?;
        request.headers_mut().insert("Origin", origin);
        let (line, _) = tungstenite::client(request, stream).map_err(|error| cannot(&error))?;
        Ok(line)
    }

    /// Media goes to the address that the page came from when the server offers it, else to its first one.
    fn media_address(&self, candidates: &[SocketAddr]) -> Option<SocketAddr> {
        let same = |candidate: &&SocketAddr| self.addresses.iter().any(|address| address.ip() == candidate.ip());
        candidates.iter().find(same).or(candidates.first()).copied()
    }
}

impl Door for Hoptt {
    fn enter(&self, guest: &Guest, keeper: &Keeper) -> Result<Entered, String> {
        let began = Instant::now();
        let mut line = self.connect()?;
        let local = Credentials::fresh(format!("load{:06}", guest.number));
        let sends = |kind| guest.lines.iter().any(|line| line.kind == kind && line.sends.is_some());
        let offer = offer(&guest.lines, &local, &guest.fingerprint, "");
        let mut join = json!({
            "type": "join", "id": 1, "protocol": PROTOCOL, "room": self.room, "offer": offer,
            "microphone": sends(Kind::Audio), "camera": sends(Kind::Video),
        });
        match &self.token {
            Some(token) => join["token"] = json!(token),
            None => join["name"] = name(guest.number),
        }
        if let Some(password) = &self.password {
            join["password"] = json!(password);
        }
        let joined = ask(&mut line, 1, &join)?;
        if joined["type"] != "joined" {
            return Err("the door leads to the lobby: the room has to be open, or a token has to be given".into());
        }
        let name = joined["picture"]["you"].as_str().unwrap_or_default().to_owned();
        let answer = if let Some(answer) = joined["answer"].as_str() {
            answer.to_owned()
        } else {
            // The engine did not answer in time.
            let again = json!({"type": "offer", "id": 2, "sdp": offer, "fresh": true});
            ask(&mut line, 2, &again)?["sdp"].as_str().unwrap_or_default().to_owned()
        };
        let answer = Answer::parse(&answer).map_err(|error| error.to_string())?;
        let server = self.media_address(&answer.candidates).ok_or("the answer has no candidate")?;
        let session = answer.session(&guest.lines, &local, server).map_err(|error| error.to_string())?;
        let took = began.elapsed();
        if !guest.watches.is_empty() {
            ask(&mut line, 3, &view(3, self.tile, &guest.watches))?;
        }
        let socket = open_socket(server, guest.local).map_err(|error| format!("no way to {server}: {error}"))?;
        keeper.keep(guest.number, &name, line, wanted).map_err(|error| format!("a line cannot be kept: {error}"))?;
        Ok(Entered { links: vec![Link { session, socket }], name, took })
    }

    fn watch(&self, guest: &Guest, entered: &str, keeper: &Keeper) -> Result<Vec<Link>, String> {
        keeper.say(entered, view(4, self.tile, &guest.watches).to_string())?;
        Ok(Vec::new())
    }

    fn resize(&self, entered: &str, watches: &[String], first: (u32, u32), keeper: &Keeper) -> Result<(), String> {
        keeper.say(entered, view(6, first, watches).to_string())
    }

    fn last_word(&self) -> Option<String> {
        Some(json!({"type": "leave", "id": 5}).to_string())
    }
}

/// Which encodings of the own picture anybody gets, when that is what the server tells.
fn wanted(text: &str) -> Option<Vec<String>> {
    if !text.contains(r#""layers""#) {
        return None; // most of what it tells, and not worth reading
    }
    let message: Value = serde_json::from_str(text).ok()?;
    let named = message["rids"].as_array().filter(|_| message["type"] == "layers")?;
    Some(named.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}

/// Everybody gets a name of two words that nobody else has, in letters alone, as the door asks for (R11).
fn name(number: u32) -> Value {
    let word = word(number);
    json!({"bridge_point": format!("Điểm tải {word}"), "name": format!("Người {word}"), "unit": "Đo tải"})
}

/// A number in syllables: a consonant and a vowel for each digit in base 50.
fn word(mut number: u32) -> String {
    let mut word = String::new();
    loop {
        let digit = number as usize % 50;
        word.push(char::from(b"bcdghklmnp"[digit / 5]));
        word.push(char::from(b"aeiou"[digit % 5]));
        number /= 50;
        if number == 0 {
            let mut letters = word.chars();
            return letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default();
        }
    }
}

fn size(text: &str) -> Result<(u32, u32), String> {
    let (width, height) = text.split_once('x').unwrap_or_default();
    width.parse().ok().zip(height.parse().ok()).ok_or_else(|| format!("`{text}` is no size: write tile=640x360"))
}

/// The pictures of these, the first one as large as that.
fn view(id: u64, first: (u32, u32), watches: &[String]) -> Value {
    let tile = |(slot, participant): (usize, &String)| {
        let (width, height) = if slot == 0 { first } else { (320, 180) };
        json!({"slot": slot, "participant": participant, "source": "camera", "width": width, "height": height})
    };
    json!({"type": "view", "id": id, "tiles": watches.iter().enumerate().map(tile).collect::<Vec<_>>()})
}

/// Asks, and waits for the answer among what else is told.
fn ask(line: &mut Line, id: u64, command: &Value) -> Result<Value, String> {
    line.send(Message::text(command.to_string())).map_err(|error| format!("the server takes nothing: {error}"))?;
    loop {
        let text = match line.read() {
            Ok(Message::Text(text)) => text,
            Ok(Message::Close(why)) => return Err(format!("the server closed the line: {why:?}")),
            Ok(_) => continue,
            Err(error) => return Err(format!("the server does not answer {}: {error}", command["type"])),
        };
        let message: Value =
            serde_json::from_str(&text).map_err(|error| format!("the server sent no JSON: {error}"))?;
        if message["type"] == "turned_away" {
            return Err(format!("turned away: {} ({})", message["message"], message["code"]));
        }
        if message["id"] != id {
            continue;
        }
        return match message["type"].as_str() {
            Some("ok") => Ok(message["result"].clone()),
            _ => Err(format!("{} was refused: {} ({})", command["type"], message["message"], message["code"])),
        };
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_link_names_server_room_and_key() {
        let plain = Hoptt::new("http://127.0.0.1:8080/duan").unwrap();
        assert_eq!((plain.origin.as_str(), plain.room.as_str()), ("http://127.0.0.1:8080", "duan"));
        assert_eq!((plain.token, plain.password), (None, None));
        assert_eq!(Hoptt::new("http://127.0.0.1:1/duan#token=abc.d").unwrap().token.as_deref(), Some("abc.d"));
        assert_eq!(Hoptt::new("http://127.0.0.1:1/duan?password=x y").unwrap().password.as_deref(), Some("x y"));
        let door = Hoptt::new("http://127.0.0.1:1/duan?password=x&origin=https://h.vn").unwrap();
        assert_eq!((door.password.as_deref(), door.origin.as_str()), (Some("x"), "https://h.vn"));
        for (wrong, says) in [
            ("http://127.0.0.1:1/duan?passwort=x", "none of password"),
            ("http://127.0.0.1:1/duan?tile=large", "no size"),
            ("http://127.0.0.1:1/duan?tile=640xmuch", "no size"),
            ("https://127.0.0.1/duan", "no TLS"),
            ("http://127.0.0.1:8080", "names no room"),
            ("http://127.0.0.1:8080/", "names no room"),
        ] {
            assert!(Hoptt::new(wrong).unwrap_err().contains(says), "{wrong}");
        }
    }

    #[test]
    fn nobody_has_the_name_of_another() {
        let words: HashSet<String> = (0..20_000).map(word).collect();
        assert_eq!(words.len(), 20_000);
        assert!(words.iter().all(|word| word.chars().all(char::is_alphabetic)));
    }

    #[test]
    fn the_first_picture_is_the_large_one() {
        let door = Hoptt::new("http://127.0.0.1:8080/duan?tile=640x360").unwrap();
        let view = view(9, door.tile, &["p_a".into(), "p_b".into()]);
        assert_eq!((&view["tiles"][0]["width"], &view["tiles"][0]["height"]), (&json!(640), &json!(360)));
        assert_eq!((&view["tiles"][1]["slot"], &view["tiles"][1]["width"]), (&json!(1), &json!(320)));
    }

    #[test]
    fn it_hears_which_encodings_are_wanted() {
        let told = |text: &str| wanted(text);
        let layers = r#"{"type": "layers", "source": "camera", "rids": ["q", "f"]}"#;
        assert_eq!(told(layers), Some(vec!["q".to_owned(), "f".to_owned()]));
        assert_eq!(told(&layers.replace(r#""q", "f""#, "")), Some(vec![]));
        for other in [r#"{"type":"said","text":"\"layers\"","rids":["q"]}"#, r#"{"type":"levels"}"#, r#"{"layers""#] {
            assert_eq!(told(other), None, "{other}");
        }
    }

    #[test]
    fn media_goes_where_the_page_came_from() {
        let door = Hoptt::new("http://127.0.0.1:8080/duan").unwrap();
        let candidates: Vec<SocketAddr> = ["10.0.0.1:7", "127.0.0.1:7"].map(|text| text.parse().unwrap()).into();
        assert_eq!(door.media_address(&candidates), Some(candidates[1]));
        assert_eq!(door.media_address(&candidates[..1]), Some(candidates[0]));
        assert_eq!(door.media_address(&[]), None);
    }
}
