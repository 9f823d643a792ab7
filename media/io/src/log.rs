//! The log: lines on standard error, written by a thread of their own, so that nobody who forwards ever waits for
//! whoever reads them.

use std::io::{self, Write};
use std::panic::PanicHookInfo;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Lines that wait for a slow reader; more are dropped and counted.
const MAX_WAITING: usize = 1_024;

/// Lines that nobody took.
pub static DROPPED: AtomicU64 = AtomicU64::new(0);

/// What the log's thread is given.
enum Entry {
    Line(Vec<u8>),
    /// Everything before is written.
    Reached(SyncSender<()>),
}

/// The running log.
pub struct Log(SyncSender<Entry>);

/// Starts logging. Only our own words are logged: those of the libraries may name addresses and keys (S49).
pub fn start(level: LevelFilter) -> Log {
    let (lines, waiting) = sync_channel(MAX_WAITING);
    thread::Builder::new().name("log".to_owned()).spawn(move || write_all(&waiting)).expect("threads can be started");
    let ours = Targets::new().with_target("hoptt_media", level).with_target("hoptt_core", level);
    let layer = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_target(false)
        .log_internal_errors(false)
        .with_writer(Lines(lines.clone()));
    tracing_subscriber::registry().with(ours).with(layer).init();
    std::panic::set_hook(Box::new(panicked));
    Log(lines)
}

impl Log {
    /// Waits until what was logged so far is written, for a moment at most.
    pub fn flush(&self) {
        let (reached, written) = sync_channel(1);
        if self.0.try_send(Entry::Reached(reached)).is_ok() {
            let _ = written.recv_timeout(Duration::from_millis(200));
        }
    }
}

fn write_all(waiting: &Receiver<Entry>) {
    while let Ok(entry) = waiting.recv() {
        match entry {
            // Standard error may be a pipe whose reader is gone.
            Entry::Line(line) => drop(io::stderr().write_all(&line)),
            Entry::Reached(reached) => drop(reached.try_send(())),
        }
    }
}

/// Says where a panic was, once a second at most. What it says may hold what came from outside, so it stays unsaid (S49).
fn panicked(info: &PanicHookInfo<'_>) {
    static LAST: Mutex<Option<Instant>> = Mutex::new(None);
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    if last.is_some_and(|last| last.elapsed() < Duration::from_secs(1)) {
        return;
    }
    *last = Some(Instant::now());
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(thread = thread::current().name().unwrap_or_default(), place, "a bug: panicked");
}

#[derive(Clone)]
struct Lines(SyncSender<Entry>);

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if let Err(TrySendError::Full(_)) = self.0.try_send(Entry::Line(line.to_vec())) {
            DROPPED.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
