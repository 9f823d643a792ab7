//! The command line, as `src/hoptt/sfu/process.py` writes it.

use std::ffi::OsString;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use tracing::level_filters::LevelFilter;

use crate::shard::Load;
use crate::udp::{Dscp, Marks};

/// The most threads that may forward.
pub const MAX_SHARDS: u8 = 16;

/// As many as there may be of all meetings.
pub const MAX_PER_SHARD: u16 = 10_000;

/// What `--help` prints.
pub const USAGE: &str = "\
hoptt-media: the media engine of hoptt. `hoptt serve` starts it; there is no need to start it by hand.

  --data-dir DIR       where its socket, its pid and its lock lie
  --port PORT          port of all media, UDP and TCP; 0: one that is free
  --announce ADDRESS   an address that browsers reach this machine at; may be repeated (default: all of the machine's)
  --dscp-audio N       code point that sound is marked with, 0 to 63; 0: none (default 46, EF)
  --dscp-video N       code point of all other media, and of TCP (default 34, AF41)
  --gather-ms MS       voices wait so long for each other while a thread is busy, 0 to 20; 0: never (default 5)
  --gather-above N     it is busy from this percentage of its time on, 0 to 100 (default 60)
  --gather-longest-ms MS  and so long from half of the rest of its time on, 0 to 20 (default 20)
  --shards N           threads that forward, 1 to 16 (default 1)
  --meeting-per-shard N  transports of one meeting that a thread has before the meeting goes on in another one, too
                       (default 250)
  --grace-ms MS        how long to go on without a control plane (default 120000)
  --log LEVEL          error, warn, info, debug or trace (default info)
  --version, --help
";

/// How the engine is to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Args {
    /// Where its socket, its pid and its lock lie.
    pub data_dir: PathBuf,
    /// Port of all media, UDP and TCP.
    pub port: u16,
    /// Addresses for candidates; none: all of the machine's.
    pub announce: Vec<IpAddr>,
    /// What leaves is marked with this.
    pub marks: Marks,
    /// When voices wait for each other, and how long.
    pub gather: Gather,
    /// Threads that forward.
    pub shards: u8,
    /// Transports of one meeting that a thread has before the meeting goes on in another one, too.
    pub meeting_per_shard: u16,
    /// How long to go on without a control plane, until a `hello` says otherwise.
    pub grace: Duration,
    /// What is logged.
    pub log: LevelFilter,
}

/// When voices wait for each other, and how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gather {
    /// At most; zero: they never do.
    pub within: Duration,
    /// From this percentage of its time on that a shard works.
    pub above: u32,
    /// At most while it has hardly time left.
    pub longest: Duration,
}

impl Gather {
    /// How long they do while there is so much to do.
    #[must_use]
    pub fn wait(&self, load: Load) -> Duration {
        match load {
            Load::Full if !self.within.is_zero() => self.longest.max(self.within),
            Load::Full | Load::Busy => self.within,
            Load::Calm => Duration::ZERO,
        }
    }
}

impl Default for Gather {
    fn default() -> Self {
        Self { within: Duration::from_millis(5), above: 60, longest: Duration::from_millis(MAX_GATHER_MS) }
    }
}

/// What the command line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// To run.
    Run(Args),
    /// To say which version this is.
    Version,
    /// To say how it is used.
    Help,
}

/// Reads the command line, without the program's name.
///
/// # Errors
/// A sentence that says what to correct.
pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Asked, String> {
    let mut data_dir = None;
    let mut port = None;
    let mut announce = Vec::new();
    let mut marks = Marks::default();
    let mut gather = Gather::default();
    let mut shards = 1;
    let mut meeting_per_shard = 250;
    let mut grace = Duration::from_secs(120);
    let mut log = LevelFilter::INFO;
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        let option = word.to_string_lossy().into_owned();
        match option.as_str() {
            "--version" => return Ok(Asked::Version),
            "--help" | "-h" => return Ok(Asked::Help),
            "--data-dir"
            | "--port"
            | "--announce"
            | "--dscp-audio"
            | "--dscp-video"
            | "--gather-ms"
            | "--gather-above"
            | "--gather-longest-ms"
            | "--shards"
            | "--meeting-per-shard"
            | "--grace-ms"
            | "--log" => {}
            _ => return Err(format!("there is no option {option}: see --help")),
        }
        let value = words.next().ok_or_else(|| format!("{option} wants a value"))?;
        if option == "--data-dir" {
            data_dir = Some(PathBuf::from(value));
            continue;
        }
        let value = value.to_str().ok_or_else(|| format!("the value of {option} is not text"))?;
        match option.as_str() {
            "--port" => port = Some(number(&option, value, 0..=u16::MAX)?),
            "--announce" => announce.push(address(value)?),
            "--dscp-audio" => marks.audio = code_point(&option, value)?,
            "--dscp-video" => marks.video = code_point(&option, value)?,
            "--gather-ms" => gather.within = Duration::from_millis(number(&option, value, 0..=MAX_GATHER_MS)?),
            "--gather-above" => gather.above = number(&option, value, 0..=100)?,
            "--gather-longest-ms" => gather.longest = Duration::from_millis(number(&option, value, 0..=MAX_GATHER_MS)?),
            "--shards" => shards = number(&option, value, 1..=MAX_SHARDS)?,
            "--meeting-per-shard" => meeting_per_shard = number(&option, value, 1..=MAX_PER_SHARD)?,
            "--grace-ms" => grace = Duration::from_millis(number(&option, value, 0..=MAX_GRACE_MS)?),
            _ => log = level(value)?,
        }
    }
    let data_dir = data_dir.ok_or("--data-dir is missing: it says where the socket shall lie")?;
    let port = port.ok_or("--port is missing: it says at which port media is taken")?;
    Ok(Asked::Run(Args { data_dir, port, announce, marks, gather, shards, meeting_per_shard, grace, log }))
}

/// A frame of sound: longer than that a voice would wait for itself.
const MAX_GATHER_MS: u64 = 20;
/// A day: longer than that nobody is away and comes back to the same meeting.
const MAX_GRACE_MS: u64 = 86_400_000;

fn number<T>(option: &str, value: &str, range: RangeInclusive<T>) -> Result<T, String>
where
    T: std::str::FromStr + PartialOrd + std::fmt::Display,
{
    let number = value.parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| format!("{option} wants a number from {} to {}, not {value:?}", range.start(), range.end()))
}

fn code_point(option: &str, value: &str) -> Result<Dscp, String> {
    let point = number(option, value, 0..=Dscp::MAX)?;
    Ok(Dscp::new(point).expect("within the limits"))
}

fn address(value: &str) -> Result<IpAddr, String> {
    let address: IpAddr = value
        .parse()
        .map_err(|_| format!("--announce wants an address such as 203.0.113.5 or 2001:db8::5, not {value:?}"))?;
    if address.is_unspecified() || address.is_multicast() {
        return Err(format!("--announce wants an address that browsers can reach, not {value}"));
    }
    Ok(address)
}

fn level(value: &str) -> Result<LevelFilter, String> {
    match value {
        "error" => Ok(LevelFilter::ERROR),
        "warn" | "warning" => Ok(LevelFilter::WARN),
        "info" => Ok(LevelFilter::INFO),
        "debug" => Ok(LevelFilter::DEBUG),
        "trace" => Ok(LevelFilter::TRACE),
        _ => Err(format!("--log wants error, warn, info, debug or trace, not {value:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Asked, String> {
        parse(line.split_whitespace().map(OsString::from))
    }

    #[test]
    fn the_command_line_of_the_control_plane_is_read() {
        let line = "--data-dir /d --port 7882 --announce 10.0.0.5 --announce 2001:db8::5 --dscp-audio 46 --dscp-video 0 --gather-ms 3 --gather-above 70 --gather-longest-ms 9 --shards 2 --meeting-per-shard 40 --grace-ms 1500 --log warn";
        let expected = Args {
            data_dir: PathBuf::from("/d"),
            port: 7882,
            announce: vec!["10.0.0.5".parse().expect("v4"), "2001:db8::5".parse().expect("v6")],
            marks: Marks { audio: Dscp::EF, video: Dscp::new(0).expect("six bits") },
            gather: Gather { within: Duration::from_millis(3), above: 70, longest: Duration::from_millis(9) },
            shards: 2,
            meeting_per_shard: 40,
            grace: Duration::from_millis(1500),
            log: LevelFilter::WARN,
        };
        assert_eq!(parsed(line), Ok(Asked::Run(expected)));
    }

    #[test]
    fn a_wrong_command_line_is_told_what_to_correct() {
        for (line, told) in [
            ("", "--data-dir is missing"),
            ("--data-dir /d", "--port is missing"),
            ("--data-dir /d --port", "--port wants a value"),
            ("--data-dir /d --port 70000", "--port wants a number from 0 to 65535, not \"70000\""),
            ("--data-dir /d --port 1 --shards 0", "--shards wants a number from 1 to 16"),
            ("--data-dir /d --port 1 --shards 17", "--shards wants a number from 1 to 16"),
            ("--data-dir /d --port 1 --meeting-per-shard 0", "--meeting-per-shard wants a number from 1 to 10000"),
            ("--data-dir /d --port 1 --dscp-audio 64", "--dscp-audio wants a number from 0 to 63"),
            ("--data-dir /d --port 1 --gather-ms 21", "--gather-ms wants a number from 0 to 20"),
            ("--data-dir /d --port 1 --gather-longest-ms 21", "--gather-longest-ms wants a number from 0 to 20"),
            ("--data-dir /d --port 1 --gather-above 101", "--gather-above wants a number from 0 to 100"),
            ("--data-dir /d --port 1 --grace-ms -1", "--grace-ms wants a number"),
            ("--data-dir /d --port 1 --announce meet.example", "--announce wants an address such as"),
            ("--data-dir /d --port 1 --announce 0.0.0.0", "--announce wants an address that browsers can reach"),
            ("--data-dir /d --port 1 --log loud", "--log wants error, warn"),
            ("--data-dir /d --port 1 --colour", "there is no option --colour"),
        ] {
            let told_really = parsed(line).expect_err(line);
            assert!(told_really.contains(told), "{line}: {told_really}");
        }
    }

    #[test]
    fn the_more_there_is_to_do_the_longer_voices_wait() {
        let waits = |within, longest| {
            let ms = Duration::from_millis;
            let gather = Gather { within: ms(within), longest: ms(longest), ..Gather::default() };
            [Load::Calm, Load::Busy, Load::Full].map(|load| gather.wait(load).as_millis())
        };
        assert_eq!(waits(5, 20), [0, 5, 20]);
        assert_eq!(waits(5, 0), [0, 5, 5]);
        assert_eq!(waits(0, 20), [0, 0, 0], "zero: they never do");
    }

    #[test]
    fn version_and_help_need_nothing_else() {
        assert_eq!(parsed("--version"), Ok(Asked::Version));
        assert_eq!(parsed("--port 1 --help"), Ok(Asked::Help));
    }
}
