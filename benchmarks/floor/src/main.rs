//! The bare path of forwarding, to measure others by: copy a packet, rewrite its header, seal it, send it, for each of 64
//! destinations. No streams, no rules, no reports: whatever forwards packets on this machine does at least this.
//!
//! `send` is the path, paced to a rate so that it is measured as servers are, by what it leaves of a core; `sink`
//! receives what it sends. `rest` takes what is left over of a core, `apart` tells how far two are apart. `reflect` and `throw` measure the shortest way there and back.

mod apart;
mod args;
mod path;
mod reflector;

use std::io::{Read as _, Write as _};
use std::net::UdpSocket;
use std::os::fd::AsRawFd as _;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use args::{Asked, Send, Sink, Throw, USAGE};
use hoptt_load::runner::sockets::Reader;
use hoptt_load::watch::Reading;
use path::Path;
use serde_json::json;

/// Subscribers of the bare path: enough that none of their state stays in the first cache between two packets.
const DESTINATIONS: u16 = 64;

fn main() -> ExitCode {
    let done = match args::parse(std::env::args().skip(1)) {
        Ok(Asked::Help) => {
            print!("{USAGE}");
            Ok(())
        }
        Ok(Asked::Send(send)) => run(&send),
        Ok(Asked::Sink(sink)) => receive(&sink),
        Ok(Asked::Rest) => {
            rest();
            Ok(())
        }
        Ok(Asked::Apart(cpus)) => apart(cpus),
        Ok(Asked::Reflect(at)) => reflect(&at),
        Ok(Asked::Throw(throw)) => throw_at(&throw),
        Err(wrong) => Err(wrong),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("hoptt-floor: {why}");
            ExitCode::FAILURE
        }
    }
}

/// Sends, and tells on standard output when it has warmed up and when it is done.
fn run(send: &Send) -> Result<(), String> {
    let broken = |error: std::io::Error| format!("it cannot send: {error}");
    let mut path = Path::new(send, DESTINATIONS).map_err(broken)?;
    // One tick is a run of packets for each destination, as one picture is.
    let tick = Duration::from_secs_f64(f64::from(DESTINATIONS) * send.train / send.rate);
    path.send_for(tick, send.warmup);
    say(&json!({"event": "measuring"}));
    let before = Reading::now().map_err(broken)?;
    let began = Instant::now();
    let found = path.send_for(tick, send.measured);
    let took = began.elapsed();
    let own = Reading::now().map_err(broken)?.since(&before);
    say(&json!({
        "event": "measured", "seconds": took.as_secs_f64(), "packets": found.packets, "datagrams_refused": found.refused,
        "sends": found.calls, "late_ticks": found.late, "cpu_seconds": own.cpu.as_secs_f64(),
    }));
    Ok(())
}

/// Receives until standard input ends, reading no more of a datagram than a subscriber that counts does.
fn receive(sink: &Sink) -> Result<(), String> {
    let broken = |error: std::io::Error| format!("it cannot receive: {error}");
    let sockets: Vec<UdpSocket> = (0..DESTINATIONS)
        .map(|number| UdpSocket::bind((sink.address, sink.port + number)))
        .collect::<Result<_, _>>()
        .map_err(broken)?;
    let over = end_of_input();
    say(&json!({"event": "ready"}));
    let mut reader = Reader::default();
    let mut received = 0u64;
    while !over.load(Ordering::Relaxed) {
        let mut idle = true;
        for socket in &sockets {
            while let Ok(count) = reader.read(socket.as_raw_fd(), false) {
                received += count as u64;
                idle = false;
                if count < Reader::capacity(false) {
                    break;
                }
            }
        }
        if idle {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    say(&json!({"event": "received", "packets": received}));
    Ok(())
}

/// Turns until standard input ends. A pause would leave the core to the host of a virtual machine.
fn rest() {
    let over = end_of_input();
    while !over.load(Ordering::Relaxed) {
        std::hint::black_box(());
    }
}

/// Measures how far two cores are apart until standard input ends.
fn apart(cpus: [usize; 2]) -> Result<(), String> {
    let ns =
        apart::apart(cpus, &end_of_input()).map_err(|error| format!("cores {cpus:?}: {error}"))?;
    say(&json!({"event": "apart", "ns": ns}));
    Ok(())
}

/// Sends back whatever comes until standard input ends.
fn reflect(at: &Sink) -> Result<(), String> {
    let over = end_of_input();
    say(&json!({"event": "ready"}));
    reflector::reflect(at, &over).map_err(|error| format!("it cannot receive: {error}"))
}

/// Measures the way to a reflector and back.
fn throw_at(throw: &Throw) -> Result<(), String> {
    let (thrown, times) =
        reflector::throw(throw).map_err(|error| format!("it cannot send: {error}"))?;
    say(&json!({"event": "thrown", "datagrams": thrown, "latency": times}));
    Ok(())
}

/// Becomes true when standard input ends.
fn end_of_input() -> Arc<AtomicBool> {
    let over = Arc::new(AtomicBool::new(false));
    let its_over = over.clone();
    std::thread::spawn(move || {
        let _ = std::io::stdin().read(&mut [0]);
        its_over.store(true, Ordering::Relaxed);
    });
    over
}

fn say(what: &serde_json::Value) {
    let mut out = std::io::stdout().lock();
    // Who does not listen any more misses nothing.
    let _ = writeln!(out, "{what}");
    let _ = out.flush();
}
