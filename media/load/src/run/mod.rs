//! A run: everybody comes in, it warms up, it is measured, and everybody leaves.

mod changing;
mod coming;
mod progress;
mod result;

use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;

pub use result::{Outcome, Result as Measured};

use crate::args::Args;
use crate::dtls::ClientIdentity;
use crate::histogram::Histogram;
use crate::publish::{LAYERS, Material};
use crate::runner::{Hand, Report, Runner};
use crate::signalling::{Door, Hears, Keeper, door};
use crate::tally::Tally;
use crate::watch::Reading;
use changing::Changing;
use progress::Progress;

/// Whoever has not connected by then is reported.
const CONNECTING: Duration = Duration::from_secs(20);
const SECOND: Duration = Duration::from_secs(1);

/// Everything of a run that is under way.
#[derive(Debug)]
struct Run<'a> {
    args: &'a Args,
    door: Box<dyn Door>,
    identity: Arc<ClientIdentity>,
    keeper: Keeper,
    runners: Vec<Runner>,
    progress: Progress,
    /// Whom viewers watch, by the names that those were given.
    watched: Vec<String>,
    /// Who came in to watch them.
    viewers: Vec<(u32, String)>,
    /// Viewers who change what they show.
    changing: Option<Changing>,
    /// Since the beginning, for what happens once to each peer.
    total: Tally,
    /// Since the last measurement began.
    window: Tally,
    last: Report,
}

/// Runs it.
///
/// # Errors
/// What kept it from being measured at all.
pub fn run(args: &Args) -> Result<Outcome, String> {
    let broken = |error: std::io::Error| format!("the system does not let it begin: {error}");
    let identity = Arc::new(ClientIdentity::generate());
    let material = Arc::new(Material::new(args.seed, args.pictures()));
    let start = |_| Runner::start(identity.clone(), material.clone()).map_err(broken);
    let runners = (0..args.threads).map(start).collect::<Result<Vec<Runner>, _>>()?;
    let mut run = Run {
        args,
        door: door(&args.server)?,
        identity,
        keeper: Keeper::start(hears(args, &runners)).map_err(broken)?,
        runners,
        progress: Progress::default(),
        watched: Vec::new(),
        viewers: Vec::new(),
        changing: None,
        total: Tally::default(),
        window: Tally::default(),
        last: Report::default(),
    };
    let outcome = run.measure();
    run.leave();
    outcome
}

/// Lets a guest's picture be sent in the encodings that the server says are wanted.
fn hears(args: &Args, runners: &[Runner]) -> Hears {
    let hands: Vec<Hand> = runners.iter().map(Runner::hand).collect();
    let names: Vec<&'static str> = args.pictures().layers().iter().map(|layer| layer.rid).collect();
    Box::new(move |number, rids| {
        let mut active = [false; LAYERS as usize];
        for (active, name) in active.iter_mut().zip(&names) {
            *active = rids.iter().any(|rid| rid == name);
        }
        // A thread that has ended is found by whoever takes its counts.
        let _ = hands[number as usize % hands.len()].encode(number, active);
    })
}

impl Run<'_> {
    fn measure(&mut self) -> Result<Outcome, String> {
        let (failures, signalling) = self.come_in()?;
        self.tell("joined", &json!({"failures": failures.len()}));
        let until = Instant::now() + CONNECTING;
        while self.tick("connecting")?.connected < self.last.peers && Instant::now() < until {}
        if self.args.awake {
            self.stay_awake()?;
        }
        self.changing = self.args.change_every.map(|every| {
            let layers = u16::try_from(self.args.pictures().layers().len()).expect("a few");
            Changing::new(&self.viewers, layers, every, self.args.seed, Instant::now())
        });
        let until = Instant::now() + self.args.warmup;
        while Instant::now() < until {
            self.tick("warming up")?;
        }
        self.take()?;
        self.window = Tally::default();
        let before = Reading::now().map_err(|error| format!("/proc cannot be read: {error}"))?;
        self.tell("measuring", &json!({"seconds": self.args.measured.as_secs_f64()}));
        let began = Instant::now();
        while began.elapsed() < self.args.measured {
            self.tick("measuring")?;
        }
        self.take()?;
        let took = began.elapsed();
        self.tell("measured", &json!({"seconds": took.as_secs_f64()}));
        let own = Reading::now().map_err(|error| format!("/proc cannot be read: {error}"))?.since(&before);
        Ok(self.outcome(took, own, failures, &signalling))
    }

    /// Lets a second pass, or what is left until something is due, and shows how it goes.
    fn tick(&mut self, step: &'static str) -> Result<&Report, String> {
        self.rest(Instant::now() + SECOND.min(self.args.measured.max(Duration::from_millis(100))))?;
        self.take()?;
        self.progress.show(step, &self.last, &self.window, self.keeper.lost());
        Ok(&self.last)
    }

    fn stay_awake(&self) -> Result<(), String> {
        let told = self.runners.iter().try_for_each(Runner::stay_awake);
        told.map_err(|error| format!("a media thread failed: {error}"))
    }

    fn take(&mut self) -> Result<(), String> {
        let mut report = Report::default();
        for runner in &self.runners {
            report.merge(runner.take().map_err(|error| format!("a media thread failed: {error}"))?);
        }
        self.window.merge(&report.tally);
        self.total.merge(&report.tally);
        self.last = report;
        Ok(())
    }

    fn outcome(&self, took: Duration, own: Reading, failures: Vec<String>, signalling: &Histogram) -> Outcome {
        result::outcome(
            self.args,
            &result::Found {
                window: &self.window,
                total: &self.total,
                last: &self.last,
                took,
                own,
                failures,
                signalling,
                lines_lost: self.keeper.lost(),
            },
        )
    }

    /// A step, for programs that measure beside this one.
    fn tell(&self, event: &str, more: &serde_json::Value) {
        if self.args.events {
            let mut out = std::io::stdout().lock();
            // Who does not listen any more misses nothing.
            let _ = writeln!(out, "{}", json!({"event": event, "of": more}));
            let _ = out.flush();
        }
    }

    fn leave(self) {
        for runner in self.runners {
            if let Err(error) = runner.close() {
                eprintln!("hoptt-load: a media thread ended badly: {error}");
            }
        }
        self.keeper.close(self.door.last_word().as_deref());
    }
}
