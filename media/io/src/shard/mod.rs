//! A shard: one thread with a router, a socket and a mailbox, that shares nothing with the others but letters.

mod busy;
mod connect;
mod cross;
mod forward;
mod mailbox;
mod owners;

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Instant;

use hoptt_core::control::{Answer, CloseReason, Command, Event, Refusal, ShardSnapshot};
use hoptt_core::router::{Crossing, Limits, Router, RouterConfig};
use hoptt_core::transport::DtlsIdentity;

use crate::args::Gather;
use crate::control::{MAX_MEETINGS, MAX_TRANSPORTS};
use crate::stats::ShardStats;
use crate::tcp::{Connection, Listener};
use crate::udp::UdpSocket;

pub use busy::Load;
pub use mailbox::Mailbox;

use forward::Forwarder;

/// What may wait for a shard; the control thread has fewer commands than this under way.
const MAILBOX_LETTERS: usize = 16_384;
/// Runs of datagrams from other shards that may wait; more is dropped and counted.
const HANDED_RUNS: usize = 256;
/// Turns of other shards whose crossings may wait; of more the packets are dropped and counted.
const CROSSINGS: usize = 256;
/// What shards may have told and the control thread not taken yet.
const INBOX_LETTERS: usize = 65_536;

/// A letter to a shard. A number is given back with the answer.
#[derive(Debug)]
pub enum ToShard {
    /// Carry this out.
    Command(u64, Command),
    /// Tell all there is.
    TakeSnapshot(u64),
    /// Answer, to show that the thread turns.
    Ping(u64),
    /// Tell the totals and how each line did since the last time.
    TakeStats,
    /// Datagrams from this address are that shard's.
    AddressAdded(SocketAddr, u8),
    /// They are no longer.
    AddressRemoved(SocketAddr, u8),
    /// Media from an address that is nobody's, continuing no stream of the shard that got it (F27).
    Unowned(SocketAddr, Vec<u8>),
    /// Somebody's connection whose first check names a transport there.
    Connection(Box<Connection>),
    /// Close everything for this reason and end.
    End(CloseReason),
}

/// A letter of a shard to the control thread.
#[derive(Debug)]
pub struct FromShard {
    /// Which.
    pub shard: u8,
    /// What.
    pub letter: Letter,
}

/// What a shard writes.
#[derive(Debug)]
pub enum Letter {
    /// To a command.
    Answer(u64, Result<Answer, Refusal>),
    /// All there is.
    Snapshot(u64, ShardSnapshot),
    /// To a ping.
    Pong(u64),
    /// Something happened.
    Told(Event),
    /// As asked.
    Stats(ShardStats),
    /// Everything is closed and said good-bye to.
    Ended,
}

/// Datagrams that arrived at the socket of another shard than their owner's, in one run of bytes.
#[derive(Debug, Default)]
pub struct Handed {
    bytes: Vec<u8>,
    parts: Vec<Part>,
}

/// One of them.
#[derive(Clone, Copy, Debug)]
struct Part {
    source: SocketAddr,
    arrived_at: Instant,
    len: usize,
}

/// How a shard is reached by others.
#[derive(Clone, Debug)]
pub struct Door {
    /// Letters for it.
    pub mailbox: Arc<Mailbox<ToShard>>,
    /// Datagrams for it.
    pub handed: Arc<Mailbox<Handed>>,
    /// What the shards that their numbers tell have for its meetings.
    pub crossed: Arc<Mailbox<(u8, Crossing)>>,
}

/// All running shards.
#[derive(Debug)]
pub struct Shards {
    /// By number.
    pub doors: Vec<Door>,
    /// What they tell.
    pub inbox: Arc<Mailbox<FromShard>>,
    threads: Vec<JoinHandle<()>>,
}

/// Starts a thread for each socket; the first one takes connections, too.
///
/// # Errors
/// A sentence: the system has no more threads or file descriptors.
pub fn start(
    sockets: Vec<UdpSocket>,
    listener: Listener,
    identity: &Arc<DtlsIdentity>,
    gather: Gather,
) -> Result<Shards, String> {
    let failed = |fault: &dyn std::fmt::Display| format!("the threads of the engine cannot be started: {fault}");
    let inbox = Arc::new(Mailbox::new(INBOX_LETTERS).map_err(|fault| failed(&fault.desc()))?);
    let door = || -> Result<Door, nix::errno::Errno> {
        let (mailbox, handed) = (Arc::new(Mailbox::new(MAILBOX_LETTERS)?), Arc::new(Mailbox::new(HANDED_RUNS)?));
        Ok(Door { mailbox, handed, crossed: Arc::new(Mailbox::new(CROSSINGS)?) })
    };
    let doors: Vec<Door> =
        sockets.iter().map(|_| door()).collect::<Result<_, _>>().map_err(|fault| failed(&fault.desc()))?;
    // All meetings may come to lie on one shard.
    let limits = Limits { meetings: MAX_MEETINGS, transports: MAX_TRANSPORTS, ..Limits::default() };
    let mut threads = Vec::new();
    let mut listener = Some(listener);
    for (number, socket) in (0u8..).zip(sockets) {
        let config = RouterConfig { shard: number, limits, ..RouterConfig::default() };
        let router = Router::new(config, identity.clone(), Instant::now());
        let forwarder = Forwarder::new(number, router, socket, listener.take(), doors.clone(), inbox.clone(), gather)
            .map_err(|fault| failed(&fault.desc()))?;
        let thread = thread::Builder::new().name(format!("shard {number}")).spawn(move || {
            let end = EndsTheProcess;
            forwarder.run();
            std::mem::forget(end);
        });
        threads.push(thread.map_err(|fault| failed(&fault))?);
    }
    Ok(Shards { doors, inbox, threads })
}

impl Shards {
    /// Waits for threads that were told to end.
    pub fn join(self) {
        for thread in self.threads {
            let _ = thread.join(); // a panic in there has ended the process
        }
    }
}

/// A fault outside of any transport leaves a shard unable to go on: better no engine than one with a dead part, for
/// the control plane starts another at once.
struct EndsTheProcess;

impl Drop for EndsTheProcess {
    fn drop(&mut self) {
        std::process::exit(70);
    }
}
