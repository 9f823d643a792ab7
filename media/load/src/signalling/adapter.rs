//! Anybody's door, by way of an adapter: a program beside this one that knows how a server wants to be spoken to, and
//! asks here for the descriptions it carries there.
//!
//! For each guest one connection to a Unix socket, one JSON object a line. The adapter asks, we answer; it ends with
//! `entered` or `refused`. Of a guest who sends several encodings it may go on to tell which of them are wanted.

use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use hoptt_core::transport::{Credentials, fingerprint_text};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Door, Entered, Guest, Keeper, Link};
use crate::runner::open_socket;
use crate::sdp::{Answer, OfferedLine, offer};
use crate::session::Kind;

const PATIENCE: Duration = Duration::from_secs(30);

/// Where the adapter listens.
#[derive(Debug)]
pub struct Adapter {
    socket: PathBuf,
}

/// What an adapter asks.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
enum Asked {
    /// Make an offer: with what the guest sends or without, and with lines to receive on.
    Offer { sends: bool, audio: usize, video: usize },
    /// The server answered the last offer: the link begins.
    Answered { sdp: String },
    /// The server offers: the link begins, and the adapter writes the answer with what it is told. `again`: the server
    /// describes the last link anew, before anything flows there.
    Offered {
        sdp: String,
        #[serde(default)]
        again: bool,
    },
    /// All links are there, and others know the guest by this name.
    Entered { name: String },
    /// The server does not want the guest.
    Refused { why: String },
}

impl Adapter {
    /// Takes the path of the adapter's socket.
    #[must_use]
    pub fn new(path: &str) -> Self {
        Self { socket: path.into() }
    }

    fn converse(&self, guest: &Guest, first: &Value) -> Result<(Entered, UnixStream, Vec<u8>), String> {
        let began = Instant::now();
        let cannot = |error: std::io::Error| format!("the adapter at {}: {error}", self.socket.display());
        let stream = UnixStream::connect(&self.socket).map_err(cannot)?;
        stream.set_read_timeout(Some(PATIENCE)).map_err(cannot)?;
        let mut talk = Talk { guest, links: Vec::new(), offered: None };
        let mut told = first.clone();
        let mut lines = BufReader::new(&stream);
        loop {
            let mut line = String::new();
            let heard = writeln!(&stream, "{told}").and_then(|()| lines.read_line(&mut line));
            match heard.map_err(|error| (error.kind(), error)) {
                Ok(0) | Err((ErrorKind::BrokenPipe | ErrorKind::ConnectionReset, _)) => {
                    return Err(format!("the adapter at {} hung up on guest {}", self.socket.display(), guest.number));
                }
                Ok(_) => {}
                Err((_, error)) => return Err(cannot(error)),
            }
            let asked = serde_json::from_str(&line).map_err(|error| format!("the adapter asks {line}: {error}"))?;
            match talk.handle(asked)? {
                Next::Tell(answer) => told = answer,
                Next::Done(name) => {
                    let entered = Entered { links: talk.links, name, took: began.elapsed() };
                    let read = lines.buffer().to_vec();
                    return Ok((entered, stream, read));
                }
            }
        }
    }
}

impl Door for Adapter {
    fn enter(&self, guest: &Guest, keeper: &Keeper) -> Result<Entered, String> {
        let (entered, line, read) = self.converse(guest, &greeting("enter", guest, None))?;
        if guest.lines.iter().any(|line| line.sends.as_ref().is_some_and(|streams| !streams.rids.is_empty())) {
            let kept = keeper.keep_adapter(guest.number, &entered.name, line, read, wanted);
            kept.map_err(|error| format!("a line cannot be kept: {error}"))?;
        }
        Ok(entered)
    }

    fn watch(&self, guest: &Guest, entered: &str, _: &Keeper) -> Result<Vec<Link>, String> {
        Ok(self.converse(guest, &greeting("watch", guest, Some(entered)))?.0.links)
    }
}

/// Which encodings of the own picture anybody gets, by what an adapter tells afterwards.
fn wanted(text: &str) -> Option<Vec<String>> {
    #[derive(Deserialize)]
    struct Layers {
        layers: Vec<String>,
    }
    serde_json::from_str::<Layers>(text).ok().map(|told| told.layers)
}

/// What an adapter is told first of a guest.
fn greeting(wish: &str, guest: &Guest, entered: Option<&str>) -> Value {
    let count = |kind| guest.lines.iter().filter(|line| line.kind == kind && line.sends.is_none()).count();
    let sent = |kind| guest.lines.iter().filter(move |line| line.kind == kind).find_map(|line| line.sends.as_ref());
    json!({
        "wish": wish, "number": guest.number, "name": entered, "watches": guest.watches,
        "sends": {"audio": sent(Kind::Audio).is_some(), "video": sent(Kind::Video).is_some()},
        "encodings": sent(Kind::Video).map_or(&[][..], |streams| &streams.rids),
        "slots": {"audio": count(Kind::Audio), "video": count(Kind::Video)},
    })
}

/// One conversation.
struct Talk<'a> {
    guest: &'a Guest,
    links: Vec<Link>,
    offered: Option<(Vec<OfferedLine>, Credentials)>,
}

enum Next {
    Tell(Value),
    Done(String),
}

impl Talk<'_> {
    fn handle(&mut self, asked: Asked) -> Result<Next, String> {
        match asked {
            Asked::Offer { sends, audio, video } => {
                let own = self.guest.lines.iter().filter(|line| sends && line.sends.is_some()).cloned();
                let empty = |kind, count| std::iter::repeat_n(OfferedLine { kind, sends: None }, count);
                let lines: Vec<OfferedLine> =
                    own.chain(empty(Kind::Audio, audio)).chain(empty(Kind::Video, video)).collect();
                let local = self.credentials();
                let sdp = offer(&lines, &local, &self.guest.fingerprint, "");
                self.offered = Some((lines, local));
                Ok(Next::Tell(json!({"sdp": sdp})))
            }
            Asked::Answered { sdp } => {
                let (lines, local) = self.offered.take().ok_or("the adapter brings an answer to no offer")?;
                let answer = Answer::parse(&sdp).map_err(|error| error.to_string())?;
                let (server, socket) = self.way(&answer)?;
                let session = answer.session(&lines, &local, server).map_err(|error| error.to_string())?;
                self.links.push(Link { session, socket });
                Ok(Next::Tell(json!({})))
            }
            Asked::Offered { sdp, again } => {
                let offered = Answer::parse(&sdp).map_err(|error| error.to_string())?;
                let before = if again { self.links.pop() } else { None };
                let (local, server, socket) = if let Some(Link { session, socket }) = before {
                    (session.local, session.server, socket)
                } else {
                    let (server, socket) = self.way(&offered)?;
                    (self.credentials(), server, socket)
                };
                let at = socket.local_addr().map_err(|error| format!("a socket without an address: {error}"))?;
                let told = json!({
                    "ufrag": local.ufrag, "password": local.password,
                    "fingerprint": fingerprint_text(&self.guest.fingerprint),
                    "address": at.ip(), "port": at.port(),
                });
                self.links.push(Link { session: offered.receiving(local, server), socket });
                Ok(Next::Tell(told))
            }
            Asked::Entered { name } => Ok(Next::Done(name)),
            Asked::Refused { why } => Err(why),
        }
    }

    fn credentials(&self) -> Credentials {
        Credentials::fresh(format!("load{:06}x{}", self.guest.number, self.links.len()))
    }

    fn way(&self, described: &Answer) -> Result<(SocketAddr, std::net::UdpSocket), String> {
        let local = self.guest.local;
        let fits = |candidate: &&SocketAddr| local.is_none_or(|local| local.is_ipv4() == candidate.is_ipv4());
        let server = *described.candidates.iter().find(fits).ok_or("the server gives no candidate over UDP")?;
        let socket = open_socket(server, local).map_err(|error| format!("no way to {server}: {error}"))?;
        Ok((server, socket))
    }
}

#[cfg(test)]
mod tests;
