//! The command line.

use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

/// What `--help` prints.
pub const USAGE: &str = "\
hoptt-floor send: copy, rewrite, seal, send, for 64 destinations on consecutive ports
  --to ADDRESS      of the sink
  --port N          the first of 64 ports (default 40000)
  --size BYTES      of a packet, header and payload, before the tag (default 1000)
  --train PACKETS   run length for one destination, on average (default 6)
  --rate N          packets a second, in all (default 18700)
  --warmup SECONDS  before it is measured (default 2)
  --seconds N       measured (default 10)

hoptt-floor sink: receives until standard input ends
  --at ADDRESS      to receive at
  --port N          the first of 64 ports (default 40000)

hoptt-floor rest: takes what is left over of a core, without memory, until standard input ends

hoptt-floor apart: how long a cache line takes from one core to another and back, every half second until standard input ends
  --cpus A,B        the cores (default 0,1)

hoptt-floor reflect: sends back whatever comes, until standard input ends
  --at ADDRESS      to receive at
  --port N          (default 40000)

hoptt-floor throw: how long a datagram takes to a reflector and back
  --to ADDRESS      of the reflector
  --port N          (default 40000)
  --size BYTES      of a datagram (default 1000)
  --rate N          datagrams a second (default 18700)
  --seconds N       (default 10)
";

/// The path, as it is to be measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Send {
    /// Of the sink.
    pub to: IpAddr,
    /// The first port.
    pub port: u16,
    /// Header and payload.
    pub size: usize,
    /// Mean run length.
    pub train: f64,
    /// Packets a second.
    pub rate: f64,
    /// Before it is measured.
    pub warmup: Duration,
    /// Measured.
    pub measured: Duration,
}

/// Where to receive.
#[derive(Clone, Debug, PartialEq)]
pub struct Sink {
    /// At this address.
    pub address: IpAddr,
    /// The first port.
    pub port: u16,
}

/// Datagrams for a reflector.
#[derive(Clone, Debug, PartialEq)]
pub struct Throw {
    /// Of the reflector.
    pub to: IpAddr,
    /// Its port.
    pub port: u16,
    /// Of a datagram.
    pub size: usize,
    /// Datagrams a second.
    pub rate: f64,
    /// For so long.
    pub time: Duration,
}

/// What the command line asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// The path.
    Send(Send),
    /// Its other end.
    Sink(Sink),
    /// What is left over of a core.
    Rest,
    /// How far two cores are apart.
    Apart([usize; 2]),
    /// The shortest way there is.
    Reflect(Sink),
    /// How long it takes.
    Throw(Throw),
    /// How it is used.
    Help,
}

/// Reads the command line.
///
/// # Errors
/// A sentence that says what to correct.
pub fn parse(mut words: impl Iterator<Item = String>) -> Result<Asked, String> {
    let what = words.next().unwrap_or_default();
    let (mut address, mut port) = (None, 40_000);
    let (mut size, mut train, mut rate) = (1_000, 6.0, 18_700.0);
    let (mut warmup, mut measured) = (2.0, 10.0);
    let mut cpus = [0, 1];
    while let Some(option) = words.next() {
        let mut value = || {
            words
                .next()
                .ok_or_else(|| format!("{option} needs a value"))
        };
        match option.as_str() {
            "--to" | "--at" => address = Some(number(&option, &value()?)?),
            "--port" => port = number(&option, &value()?)?,
            "--size" => size = number(&option, &value()?)?,
            "--train" => train = number(&option, &value()?)?,
            "--rate" => rate = number(&option, &value()?)?,
            "--cpus" => {
                let value = value()?;
                let (here, there) = value
                    .split_once(',')
                    .ok_or("--cpus needs two, with a comma")?;
                cpus = [number(&option, here)?, number(&option, there)?];
            }
            "--warmup" => warmup = number(&option, &value()?)?,
            "--seconds" => measured = number(&option, &value()?)?,
            _ => return Err(format!("{option} is not known; --help tells what is")),
        }
    }
    let address = || address.ok_or_else(|| format!("{what} needs an address: --to or --at"));
    if !(40..=1_400).contains(&size) || !(1.0..=16.0).contains(&train) || rate < 1.0 {
        return Err("--size is 40 to 1400, --train 1 to 16, --rate 1 at least".into());
    }
    let duration = |seconds: f64| {
        Duration::try_from_secs_f64(seconds).map_err(|error| format!("a time: {error}"))
    };
    match what.as_str() {
        "send" => Ok(Asked::Send(Send {
            to: address()?,
            port,
            size,
            train,
            rate,
            warmup: duration(warmup)?,
            measured: duration(measured)?,
        })),
        "sink" => Ok(Asked::Sink(Sink {
            address: address()?,
            port,
        })),
        "rest" => Ok(Asked::Rest),
        "apart" => Ok(Asked::Apart(cpus)),
        "reflect" => Ok(Asked::Reflect(Sink {
            address: address()?,
            port,
        })),
        "throw" => Ok(Asked::Throw(Throw {
            to: address()?,
            port,
            size,
            rate,
            time: duration(measured)?,
        })),
        "--help" | "" => Ok(Asked::Help),
        _ => Err(format!(
            "`{what}` is none of send, sink, rest, apart, reflect and throw"
        )),
    }
}

fn number<T: FromStr>(option: &str, text: &str) -> Result<T, String> {
    text.parse()
        .map_err(|_| format!("{option}: `{text}` cannot be read"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Asked, String> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn a_line_becomes_a_path_or_a_sink() {
        let Ok(Asked::Send(send)) =
            read("send --to 10.0.0.1 --size 120 --train 1 --rate 9000 --seconds 0.5")
        else {
            panic!("no path")
        };
        assert_eq!(
            (send.size, send.measured),
            (120, Duration::from_millis(500))
        );
        assert_eq!(
            read("sink --at 127.0.0.1 --port 5"),
            Ok(Asked::Sink(Sink {
                address: [127, 0, 0, 1].into(),
                port: 5
            }))
        );
    }

    #[test]
    fn a_line_becomes_a_reflector_or_what_is_thrown_at_it() {
        let at = Sink {
            address: [127, 0, 0, 1].into(),
            port: 40_000,
        };
        assert_eq!(read("reflect --at 127.0.0.1"), Ok(Asked::Reflect(at)));
        let Ok(Asked::Throw(throw)) = read("throw --to 10.0.0.1 --size 120 --rate 500 --seconds 2")
        else {
            panic!("nothing is thrown")
        };
        assert_eq!((throw.size, throw.time), (120, Duration::from_secs(2)));
    }

    #[test]
    fn two_cores_are_named_by_their_numbers() {
        assert_eq!(read("apart"), Ok(Asked::Apart([0, 1])));
        assert_eq!(read("apart --cpus 2,5"), Ok(Asked::Apart([2, 5])));
        assert!(read("apart --cpus 2").is_err_and(|said| said.contains("comma")));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (line, says) in [
            ("send", "needs an address"),
            ("send --to x", "cannot be read"),
            ("send --to 1.1.1.1 --train 17", "1 to 16"),
            ("send --to 1.1.1.1 --size", "needs a value"),
            ("fly", "none of send, sink"),
            ("send --form 1", "not known"),
        ] {
            assert!(read(line).unwrap_err().contains(says), "{line}");
        }
    }
}
