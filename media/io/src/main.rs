//! The media engine of hoptt: forwards the media of its meetings as the control plane says (docs/architecture.md).

mod args;
mod candidates;
mod control;
mod lock;
mod log;
mod shard;
mod stats;
mod tcp;
mod udp;

use std::process::ExitCode;
use std::sync::Arc;

use hoptt_core::transport::{DtlsIdentity, fingerprint_text};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};

use args::{Args, Asked};
use control::{Control, Identity, Server};
use lock::{Folder, PortLock};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let args = match args::parse(std::env::args_os().skip(1)) {
        Ok(Asked::Run(args)) => args,
        Ok(Asked::Version) => {
            println!("hoptt-media {} (protocol {})", env!("CARGO_PKG_VERSION"), hoptt_io::frames::PROTOCOL);
            return ExitCode::SUCCESS;
        }
        Ok(Asked::Help) => {
            print!("{}", args::USAGE);
            return ExitCode::SUCCESS;
        }
        Err(sentence) => {
            eprintln!("hoptt-media: {sentence}");
            return ExitCode::from(2);
        }
    };
    set_limits();
    // Before any thread is made: threads inherit what is blocked, and only the control thread reads them.
    let signals = end_signals();
    let log = log::start(args.log);
    let outcome = signals.and_then(|signals| run(&args, signals));
    if let Err(sentence) = &outcome {
        tracing::error!("{sentence}");
    }
    log.flush();
    if outcome == Ok(true) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs until the end; false: not everything could be closed in time.
fn run(args: &Args, signals: SignalFd) -> Result<bool, String> {
    let folder = Folder::take(&args.data_dir)?;
    let mut port_lock = (args.port != 0).then(|| PortLock::take(args.port)).transpose()?;
    let (opened, listener) = open(args)?;
    if port_lock.is_none() {
        port_lock = Some(PortLock::take(opened.port)?);
    }
    let certificate = Arc::new(DtlsIdentity::generate());
    let identity = Identity {
        instance: instance()?,
        port: opened.port,
        candidates: candidates::candidates(&args.announce, opened.port),
        fingerprint: fingerprint_text(certificate.fingerprint()),
    };
    let shards = shard::start(opened.sockets, listener, &certificate, args.gather)?;
    let server = Server::open(&folder.socket())?;
    tracing::info!(port = identity.port, shards = args.shards, instance = identity.instance, "the media engine runs");
    let control = Control::new(identity, server, shards, signals, (args.grace, usize::from(args.meeting_per_shard)))
        .map_err(|fault| fault.desc().to_owned())?;
    let whole = control.run();
    tracing::info!("the media engine has ended");
    drop(port_lock);
    Ok(whole)
}

/// Opens the port of media, for UDP and TCP alike.
fn open(args: &Args) -> Result<(udp::Sockets, tcp::Listener), String> {
    /// A number that is free for UDP may be taken for TCP.
    const TRIES: usize = 16;
    let mut tries = if args.port == 0 { TRIES } else { 1 };
    loop {
        let mut opened = udp::open(&args.announce, args.port, args.shards)?;
        tries -= 1;
        let listener = match tcp::Listener::open(&args.announce, opened.port) {
            Err(_) if tries > 0 => continue,
            listener => listener?,
        };
        opened.sockets.iter_mut().for_each(|socket| socket.mark(args.marks));
        listener.mark(args.marks.video);
        return Ok((opened, listener));
    }
}

/// No core dump, for it would hold keys (S13); and as many descriptors as we may have, for each TCP connection takes one.
fn set_limits() {
    // Neither can fail: both stay within what the hard limits allow.
    let _ = setrlimit(Resource::RLIMIT_CORE, 0, 0);
    if let Ok((_, most)) = getrlimit(Resource::RLIMIT_NOFILE) {
        let _ = setrlimit(Resource::RLIMIT_NOFILE, most, most);
    }
}

/// SIGTERM and SIGINT end the engine in good order; SIGHUP, of a terminal that goes, does nothing.
fn end_signals() -> Result<SignalFd, String> {
    let mut ending = SigSet::empty();
    ending.add(Signal::SIGTERM);
    ending.add(Signal::SIGINT);
    let mut blocked = ending;
    blocked.add(Signal::SIGHUP);
    let made = blocked
        .thread_block()
        .and_then(|()| SignalFd::with_flags(&ending, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK));
    made.map_err(|fault| format!("signals cannot be read: {}", fault.desc()))
}

/// What tells this process from the one before and the one after.
fn instance() -> Result<String, String> {
    let mut random = [0; 8];
    aws_lc_rs::rand::fill(&mut random).map_err(|_| "the system gives no random numbers".to_owned())?;
    Ok(format!("{:016x}", u64::from_ne_bytes(random)))
}
