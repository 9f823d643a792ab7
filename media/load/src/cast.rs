//! A cast: peers that somebody else's signalling brings in, one by one, over a pipe. They replay a reel.
//!
//! Each line of standard input asks something, each line of standard output tells something, as JSON. Whoever directs
//! makes the offers travel to a server and the answers back; when the input ends, everybody leaves.

use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use hoptt_core::transport::Credentials;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::dtls::ClientIdentity;
use crate::peer::Role;
use crate::publish::Material;
use crate::random::Random;
use crate::reel::Reel;
use crate::runner::{NewPeer, Order, Report, Runner, open_socket};
use crate::sdp::{Answer, OfferedLine, Streams, offer};
use crate::session::Kind;
use crate::trace::VideoTrace;

/// Numbers of peers have thirteen bits; a cast is smaller.
const MAX_PEERS: u32 = 1_000;

/// What is to be replayed, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct CastArgs {
    /// The file with pictures and voices.
    pub reel: PathBuf,
    /// Media threads.
    pub threads: u32,
    /// Where media comes from.
    pub local: Option<IpAddr>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
enum Asked {
    /// Make an offer: sound and picture to send, nothing to receive.
    Offer { who: u32 },
    /// Take the answer and begin. `near`: the address at which the server is reached, preferred among its candidates.
    Answer { who: u32, sdp: String, near: Option<IpAddr> },
    /// Speak, or be silent.
    Talk { who: u32, on: bool },
    /// Say good-bye.
    Leave { who: u32 },
    /// Be gone without a word, as a line that breaks.
    Vanish { who: u32 },
    /// Tell how all are.
    Count,
}

/// Plays until the input ends.
///
/// # Errors
/// What kept it from beginning, or a pipe that broke.
pub fn run(args: &CastArgs, input: impl BufRead, mut output: impl Write) -> Result<(), String> {
    let path = args.reel.display();
    let file = std::fs::read(&args.reel).map_err(|error| format!("{path} cannot be read: {error}"))?;
    let reel = Reel::parse(&file).map_err(|error| format!("{path}: {error}"))?;
    let mut cast = Cast::new(args, reel)?;
    for line in input.lines() {
        let line = line.map_err(|error| format!("the input broke: {error}"))?;
        if line.is_empty() {
            continue;
        }
        if let Some(told) = cast.handle(&line) {
            writeln!(output, "{told}")
                .and_then(|()| output.flush())
                .map_err(|error| format!("the output broke: {error}"))?;
        }
    }
    cast.close()
}

struct Cast {
    identity: Arc<ClientIdentity>,
    runners: Vec<Runner>,
    local: Option<IpAddr>,
    /// Offers that have no answer yet, one for each peer.
    offered: HashMap<u32, (Vec<OfferedLine>, Credentials)>,
    random: Random,
    /// Of all threads, since the beginning.
    sent: u64,
}

impl Cast {
    fn new(args: &CastArgs, reel: Reel) -> Result<Self, String> {
        let identity = Arc::new(ClientIdentity::generate());
        let material = Arc::new(Material::new(1, VideoTrace::single(1)).with_reel(reel));
        let start = |_| Runner::start(identity.clone(), material.clone());
        let runners = (0..args.threads).map(start).collect::<Result<_, _>>();
        let runners = runners.map_err(|error| format!("the system does not let it begin: {error}"))?;
        // SSRCs of a later cast in the same meeting are to be others.
        let seed = u64::from(std::process::id()) << 32
            | u64::from(std::time::UNIX_EPOCH.elapsed().unwrap_or_default().subsec_nanos());
        Ok(Self {
            identity,
            runners,
            local: args.local,
            offered: HashMap::new(),
            random: Random::new(seed, 3),
            sent: 0,
        })
    }

    fn handle(&mut self, line: &str) -> Option<Value> {
        let asked: Asked = match serde_json::from_str(line) {
            Ok(asked) => asked,
            Err(error) => return Some(json!({"told": "wrong", "who": null, "why": error.to_string()})),
        };
        let (who, done) = match asked {
            Asked::Offer { who } => {
                (who, self.offer(who).map(|sdp| Some(json!({"told": "offer", "who": who, "sdp": sdp}))))
            }
            Asked::Answer { who, sdp, near } => {
                (who, self.answer(who, &sdp, near).map(|()| Some(json!({"told": "begun", "who": who}))))
            }
            Asked::Talk { who, on } => (who, self.order(who, Order::Talk(on)).map(|()| None)),
            Asked::Leave { who } => (who, self.order(who, Order::Leave).map(|()| None)),
            Asked::Vanish { who } => (who, self.order(who, Order::Vanish).map(|()| None)),
            Asked::Count => (0, self.count().map(Some)),
        };
        done.unwrap_or_else(|why| Some(json!({"told": "wrong", "who": who, "why": why})))
    }

    fn offer(&mut self, who: u32) -> Result<String, String> {
        if who >= MAX_PEERS {
            return Err(format!("a cast has {MAX_PEERS} peers at most, numbered from 0"));
        }
        let lines = [Kind::Audio, Kind::Video]
            .map(|kind| OfferedLine { kind, sends: Some(Streams::draw(kind, &[], &mut self.random)) });
        let local = Credentials::fresh(format!("cast{who:06}"));
        let sdp = offer(&lines, &local, self.identity.fingerprint(), "");
        self.offered.insert(who, (lines.into(), local));
        Ok(sdp)
    }

    fn answer(&mut self, who: u32, sdp: &str, near: Option<IpAddr>) -> Result<(), String> {
        let (lines, local) = self.offered.remove(&who).ok_or("nothing was offered")?;
        let answer = Answer::parse(sdp).map_err(|error| error.to_string())?;
        let same = |candidate: &&SocketAddr| Some(candidate.ip()) == near;
        let found = answer.candidates.iter().find(same).or(answer.candidates.first());
        let server = *found.ok_or("the answer has no candidate over UDP")?;
        let session = answer.session(&lines, &local, server).map_err(|error| error.to_string())?;
        let socket = open_socket(server, self.local).map_err(|error| format!("no way to {server}: {error}"))?;
        // Whoever comes anew takes the place of the one there was.
        self.order(who, Order::Vanish)?;
        let peer = NewPeer { role: Role { number: who, checks: false, line: None }, session, socket };
        self.runner(who).add(peer).map_err(|error| format!("a media thread failed: {error}"))
    }

    fn order(&self, who: u32, order: Order) -> Result<(), String> {
        self.runner(who).order(who, order).map_err(|error| format!("a media thread failed: {error}"))
    }

    fn count(&mut self) -> Result<Value, String> {
        let mut all = Report::default();
        for runner in &self.runners {
            all.merge(runner.take().map_err(|error| format!("a media thread failed: {error}"))?);
        }
        self.sent += all.tally.sent.packets;
        Ok(json!({
            "told": "count", "peers": all.peers, "connected": all.connected, "ended": all.ended, "sent": self.sent,
            "skipped": all.tally.sent.skipped, "first_end": all.first_end,
        }))
    }

    fn runner(&self, who: u32) -> &Runner {
        &self.runners[who as usize % self.runners.len()]
    }

    fn close(self) -> Result<(), String> {
        self.runners.into_iter().try_for_each(Runner::close).map_err(|error| format!("a media thread failed: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cast() -> Cast {
        let mut file = crate::reel::MAGIC.to_vec();
        for (kind, flag) in [(b'V', 1), (b'A', 30)] {
            file.extend([kind, 0, flag, 1, 0, 0, 0, 7]);
        }
        let args = CastArgs { reel: PathBuf::new(), threads: 1, local: None };
        Cast::new(&args, Reel::parse(&file).unwrap()).unwrap()
    }

    #[test]
    fn an_offer_sends_one_voice_and_one_picture() {
        let mut cast = cast();
        let told = cast.handle(r#"{"do": "offer", "who": 3}"#).unwrap();
        let sdp = told["sdp"].as_str().unwrap();
        assert_eq!((told["told"].as_str(), told["who"].as_u64()), (Some("offer"), Some(3)));
        assert_eq!((sdp.matches("m=audio").count(), sdp.matches("m=video").count()), (1, 1));
        assert_eq!(sdp.matches("a=sendonly").count(), 2);
    }

    #[test]
    fn what_is_wrong_is_told_and_the_cast_goes_on() {
        let mut cast = cast();
        for (line, says) in [
            ("{", "EOF"),
            (r#"{"do": "dance", "who": 1}"#, "unknown variant"),
            (r#"{"do": "offer", "who": 1000}"#, "1000 peers at most"),
            (r#"{"do": "answer", "who": 1, "sdp": ""}"#, "nothing was offered"),
        ] {
            let told = cast.handle(line).unwrap();
            assert_eq!(told["told"], "wrong");
            assert!(told["why"].as_str().unwrap().contains(says), "{told}");
        }
        cast.handle(r#"{"do": "offer", "who": 1}"#);
        let told = cast.handle(r#"{"do": "answer", "who": 1, "sdp": "v=0"}"#).unwrap();
        assert!(told["why"].as_str().unwrap().contains("ice-ufrag"), "{told}");
        assert!(cast.handle(r#"{"do": "talk", "who": 9, "on": true}"#).is_none(), "nobody is there: nothing happens");
        assert_eq!(cast.handle(r#"{"do": "count"}"#).unwrap()["peers"], 0);
        cast.close().unwrap();
    }
}
