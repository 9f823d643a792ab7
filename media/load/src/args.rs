//! The command line.

use std::ffi::OsString;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::cast::CastArgs;
use crate::receive::LossyLine;
use crate::trace::VideoTrace;

/// What `--help` prints.
pub const USAGE: &str = "\
hoptt-load: brings publishers and subscribers into a server and tells what arrives.

  --server KIND=ADDRESS    where to: hoptt=http://HOST:PORT/ROOM (behind it ?password=…&tile=640x360 or #token=…), or
                           adapter=SOCKET of a program that speaks to another server (benchmarks/peers)
  --publishers N           who sends (default 1)
  --send WHAT              camera or slides, microphone, or both with a comma (default camera,microphone)
  --viewers N              who only receives (default 10)
  --meeting                publishers receive, too
  --audio-slots N          voices that one receives (default 4)
  --video-slots N          pictures that one receives (default 1)
  --simulcast              three encodings of each picture instead of one; those that nobody gets are not sent, where the
                           server says so
  --change-every SECONDS   each viewer shows its first picture larger or smaller, so often on average (default: never)
  --lossy N                so many viewers have a line that loses (default 0)
  --loss PERCENT           so much of what is sent to them (default 5)
  --rtt MS                 and their reports take so long (default 50)
  --check-every N          one subscriber in N opens and checks everything (default 16)
  --joins-per-second N     how fast they come (default 50)
  --warmup SECONDS         before it is measured (default 10)
  --seconds SECONDS        measured (default 30)
  --threads N              media threads (default 1)
  --awake                  they do not sleep from the warm-up on: nobody pays for waking them
  --seed N                 of the trace (default 1)
  --local ADDRESS          where media comes from (default: the system's choice)
  --json FILE              where the result goes (default: nowhere but to the terminal)
  --events                 one JSON object a line on standard output at each step, for programs
  --version, --help

hoptt-load cast: peers that replay a reel and are directed over standard input and output, as JSON lines.

  --reel FILE              pictures and voices to replay
  --threads N              media threads (default 1)
  --local ADDRESS          where media comes from (default: the system's choice)
";

/// A run.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "switches of a command line")]
pub struct Args {
    /// Where to.
    pub server: String,
    /// Who sends.
    pub publishers: u32,
    /// They send a picture.
    pub camera: bool,
    /// It is not a camera's, but slides that somebody shows.
    pub slides: bool,
    /// They send a voice.
    pub microphone: bool,
    /// Who only receives.
    pub viewers: u32,
    /// Publishers receive, too.
    pub meeting: bool,
    /// Voices that one receives.
    pub audio_slots: u32,
    /// Pictures that one receives.
    pub video_slots: u32,
    /// Three encodings instead of one.
    pub simulcast: bool,
    /// Each viewer shows its first picture in another size, so often on average.
    pub change_every: Option<Duration>,
    /// So many viewers have a lossy line, and it is this one.
    pub lossy: (u32, LossyLine),
    /// One in so many opens and checks everything.
    pub check_every: u32,
    /// How fast they come.
    pub joins_per_second: f64,
    /// Before it is measured.
    pub warmup: Duration,
    /// Measured.
    pub measured: Duration,
    /// Media threads.
    pub threads: u32,
    /// They do not sleep from the warm-up on.
    pub awake: bool,
    /// Of the trace.
    pub seed: u64,
    /// Where media comes from.
    pub local: Option<IpAddr>,
    /// Where the result goes.
    pub json: Option<PathBuf>,
    /// Steps go to standard output.
    pub events: bool,
}

impl Default for Args {
    fn default() -> Self {
        Self {
            server: String::new(),
            publishers: 1,
            camera: true,
            slides: false,
            microphone: true,
            viewers: 10,
            meeting: false,
            audio_slots: 4,
            video_slots: 1,
            simulcast: false,
            change_every: None,
            lossy: (0, LossyLine { percent: 5.0, rtt: Duration::from_millis(50) }),
            check_every: 16,
            joins_per_second: 50.0,
            warmup: Duration::from_secs(10),
            measured: Duration::from_secs(30),
            threads: 1,
            awake: false,
            seed: 1,
            local: None,
            json: None,
            events: false,
        }
    }
}

impl Args {
    /// The line of a peer of this number, if it is a lossy one: those of the first viewers are.
    #[must_use]
    pub fn lossy_line(&self, number: u32) -> Option<LossyLine> {
        let (count, line) = self.lossy;
        number.checked_sub(self.publishers).filter(|viewer| *viewer < count).map(|_| line)
    }

    /// What pictures look like.
    #[must_use]
    pub fn pictures(&self) -> VideoTrace {
        match (self.slides, self.simulcast) {
            (true, _) => VideoTrace::slides(self.seed),
            (false, true) => VideoTrace::simulcast(self.seed),
            (false, false) => VideoTrace::single(self.seed),
        }
    }
}

/// What the command line asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// A run.
    Run(Box<Args>),
    /// A cast.
    Cast(CastArgs),
    /// Which version this is.
    Version,
    /// How it is used.
    Help,
}

/// Reads the command line, without the program's name.
///
/// # Errors
/// A sentence that says what to correct.
pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Asked, String> {
    let mut args = Args::default();
    let mut words = words
        .into_iter()
        .map(|word| word.into_string().map_err(|word| format!("{} is not UTF-8", word.display())))
        .peekable();
    if words.next_if(|word| matches!(word.as_deref(), Ok("cast"))).is_some() {
        return cast(words);
    }
    while let Some(word) = words.next() {
        let option = word?;
        let mut value = || words.next().unwrap_or_else(|| Err(format!("{option} needs a value")));
        match option.as_str() {
            "--help" | "-h" => return Ok(Asked::Help),
            "--version" => return Ok(Asked::Version),
            "--meeting" => args.meeting = true,
            "--simulcast" => args.simulcast = true,
            "--awake" => args.awake = true,
            "--events" => args.events = true,
            "--server" => args.server = value()?,
            "--json" => args.json = Some(value()?.into()),
            "--send" => (args.camera, args.slides, args.microphone) = sources(&value()?)?,
            "--publishers" => args.publishers = within(&option, &value()?, 0, MAX_PEERS)?,
            "--viewers" => args.viewers = within(&option, &value()?, 0, MAX_PEERS)?,
            "--audio-slots" => args.audio_slots = within(&option, &value()?, 0, 32)?,
            "--video-slots" => args.video_slots = within(&option, &value()?, 0, 49)?,
            "--change-every" => {
                args.change_every = Some(Duration::from_secs_f64(within(&option, &value()?, 0.2, 3_600.0)?));
            }
            "--lossy" => args.lossy.0 = within(&option, &value()?, 0, MAX_PEERS)?,
            "--loss" => args.lossy.1.percent = within(&option, &value()?, 0.0, 90.0)?,
            "--rtt" => args.lossy.1.rtt = Duration::from_millis(within(&option, &value()?, 0, 2_000)?),
            "--check-every" => args.check_every = within(&option, &value()?, 1, MAX_PEERS)?,
            "--joins-per-second" => args.joins_per_second = within(&option, &value()?, 0.1, 10_000.0)?,
            "--warmup" => args.warmup = seconds(&option, &value()?)?,
            "--seconds" => args.measured = seconds(&option, &value()?)?,
            "--threads" => args.threads = within(&option, &value()?, 1, 64)?,
            "--seed" => args.seed = number(&option, &value()?)?,
            "--local" => args.local = Some(number(&option, &value()?)?),
            _ => return Err(format!("{option} is not known; --help tells what is")),
        }
    }
    if args.server.is_empty() {
        return Err("--server is missing: --server hoptt=http://127.0.0.1:8080/duan".into());
    }
    if args.slides && args.simulcast {
        return Err("--simulcast is for a camera: slides are sent once".into());
    }
    if args.change_every.is_some() && !(args.camera && args.simulcast) {
        return Err("--change-every is for pictures that come in several sizes: add --simulcast".into());
    }
    if args.lossy.0 > args.viewers {
        return Err(format!("--lossy: of {} viewers {} cannot have a lossy line", args.viewers, args.lossy.0));
    }
    if args.publishers + args.viewers == 0 {
        return Err("nobody is to come: --publishers and --viewers are both 0".into());
    }
    Ok(Asked::Run(Box::new(args)))
}

fn cast(mut words: impl Iterator<Item = Result<String, String>>) -> Result<Asked, String> {
    let mut args = CastArgs { reel: PathBuf::new(), threads: 1, local: None };
    while let Some(word) = words.next() {
        let option = word?;
        let mut value = || words.next().unwrap_or_else(|| Err(format!("{option} needs a value")));
        match option.as_str() {
            "--help" | "-h" => return Ok(Asked::Help),
            "--reel" => args.reel = value()?.into(),
            "--threads" => args.threads = within(&option, &value()?, 1, 64)?,
            "--local" => args.local = Some(number(&option, &value()?)?),
            _ => return Err(format!("{option} is not known; --help tells what is")),
        }
    }
    if args.reel.as_os_str().is_empty() {
        return Err("--reel is missing: it names the file to replay".into());
    }
    Ok(Asked::Cast(args))
}

/// Marks number publishers with thirteen bits.
const MAX_PEERS: u32 = 8_000;

/// Whether a picture, slides as that picture, and a voice are sent.
fn sources(list: &str) -> Result<(bool, bool, bool), String> {
    let (mut camera, mut slides, mut microphone) = (false, false, false);
    for source in list.split(',') {
        match source {
            "camera" => camera = true,
            "slides" => slides = true,
            "microphone" => microphone = true,
            _ => return Err(format!("--send: `{source}` is neither camera, slides nor microphone")),
        }
    }
    if camera && slides {
        return Err("--send: each sends one picture, camera or slides".into());
    }
    Ok((camera || slides, slides, microphone))
}

fn seconds(option: &str, text: &str) -> Result<Duration, String> {
    within(option, text, 0.0, 86_400.0).map(Duration::from_secs_f64)
}

fn within<T: Copy + FromStr + PartialOrd + std::fmt::Display>(
    option: &str,
    text: &str,
    least: T,
    most: T,
) -> Result<T, String> {
    let value: T = number(option, text)?;
    if value < least || value > most {
        return Err(format!("{option} is {least} to {most}, not {text}"));
    }
    Ok(value)
}

fn number<T: FromStr>(option: &str, text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("{option}: `{text}` cannot be read"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Asked, String> {
        parse(line.split_whitespace().map(OsString::from))
    }

    #[test]
    fn a_line_becomes_a_run() {
        let line = "--server hoptt=http://h/r --publishers 10 --send microphone --viewers 300 --audio-slots 10 \
                    --video-slots 0 --seconds 2.5 --local 10.0.0.2 --meeting --awake --seed 7";
        let Ok(Asked::Run(args)) = read(line) else { panic!("not a run") };
        assert_eq!((args.publishers, args.viewers, args.camera, args.microphone), (10, 300, false, true));
        assert_eq!((args.audio_slots, args.video_slots, args.seed), (10, 0, 7));
        assert!(args.meeting && args.awake && !args.simulcast);
        assert_eq!((args.measured, args.warmup), (Duration::from_millis(2_500), Duration::from_secs(10)));
    }

    #[test]
    fn the_first_viewers_have_the_lossy_lines() {
        let line = "--server hoptt=http://h/r --publishers 2 --viewers 9 --lossy 3 --loss 10 --rtt 150";
        let Ok(Asked::Run(args)) = read(line) else { panic!("not a run") };
        let lossy: Vec<u32> = (0..11).filter(|number| args.lossy_line(*number).is_some()).collect();
        assert_eq!(lossy, [2, 3, 4]);
        let expected = LossyLine { percent: 10.0, rtt: Duration::from_millis(150) };
        assert_eq!(args.lossy_line(2), Some(expected));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (line, says) in [
            ("", "--server is missing"),
            ("--server hoptt=x --viewers", "needs a value"),
            ("--server hoptt=x --viewers many", "cannot be read"),
            ("--server hoptt=x --viewers 9000", "0 to 8000"),
            ("--server hoptt=x --check-every 0", "1 to 8000"),
            ("--server hoptt=x --send screen", "neither camera, slides nor microphone"),
            ("--server hoptt=x --send camera,slides", "camera or slides"),
            ("--server hoptt=x --send slides --simulcast", "slides are sent once"),
            ("--server hoptt=x --change-every 2", "add --simulcast"),
            ("--server hoptt=x --simulcast --change-every 0", "0.2 to 3600"),
            ("--server hoptt=x --publishers 0 --viewers 0", "nobody is to come"),
            ("--server hoptt=x --viewers 3 --lossy 4", "of 3 viewers 4 cannot"),
            ("--server hoptt=x --loss 95", "0 to 90"),
            ("--sever x", "--sever is not known"),
            ("cast", "--reel is missing"),
            ("cast --reel x --viewers 3", "--viewers is not known"),
        ] {
            assert!(read(line).unwrap_err().contains(says), "{line}: {:?}", read(line));
        }
        let cast = CastArgs { reel: "x".into(), threads: 2, local: None };
        assert_eq!(read("cast --reel x --threads 2"), Ok(Asked::Cast(cast)));
        assert_eq!(read("--help"), Ok(Asked::Help));
        assert_eq!(read("--version"), Ok(Asked::Version));
    }
}
