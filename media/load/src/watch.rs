//! The generator watches itself: whoever measures others has to show that the fault was not their own.

use std::fs;
use std::io;
use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

/// What the system says of this process and of its network namespace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// CPU time of all threads.
    pub cpu: Duration,
    /// Datagrams dropped because a socket's buffer was full (IPv4 and IPv6).
    pub receive_drops: u64,
    /// Datagrams received by sockets.
    pub received: u64,
    /// Resident memory in bytes.
    pub rss: u64,
}

impl Reading {
    /// Reads them now.
    ///
    /// # Errors
    /// When /proc cannot be read.
    pub fn now() -> io::Result<Self> {
        let cpu = clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).map_err(io::Error::from)?;
        let snmp = fs::read_to_string("/proc/self/net/snmp")?;
        let snmp6 = fs::read_to_string("/proc/self/net/snmp6").unwrap_or_default(); // no IPv6 here: nothing to add
        Ok(Self {
            cpu: cpu.into(),
            receive_drops: udp4(&snmp, "RcvbufErrors") + udp6(&snmp6, "Udp6RcvbufErrors"),
            received: udp4(&snmp, "InDatagrams") + udp6(&snmp6, "Udp6InDatagrams"),
            rss: rss(&fs::read_to_string("/proc/self/status")?),
        })
    }

    /// What has changed since another reading; memory is what it is now.
    #[must_use]
    pub fn since(&self, before: &Self) -> Self {
        Self {
            cpu: self.cpu.saturating_sub(before.cpu),
            receive_drops: self.receive_drops.saturating_sub(before.receive_drops),
            received: self.received.saturating_sub(before.received),
            rss: self.rss,
        }
    }
}

/// Two lines that begin with `Udp:`, names and numbers.
fn udp4(snmp: &str, name: &str) -> u64 {
    let mut lines = snmp.lines().filter_map(|line| line.strip_prefix("Udp: "));
    let (Some(names), Some(numbers)) = (lines.next(), lines.next()) else { return 0 };
    let found = names.split_whitespace().zip(numbers.split_whitespace()).find(|(found, _)| *found == name);
    found.and_then(|(_, number)| number.parse().ok()).unwrap_or(0)
}

fn udp6(snmp6: &str, name: &str) -> u64 {
    let mut pairs = snmp6.lines().filter_map(|line| line.split_once(char::is_whitespace));
    pairs.find(|(found, _)| *found == name).and_then(|(_, number)| number.trim().parse().ok()).unwrap_or(0)
}

fn rss(status: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|rest| rest.split_whitespace().next()).and_then(|kib| kib.parse::<u64>().ok());
    kib.unwrap_or(0) * 1_024
}

#[cfg(test)]
mod tests {
    use super::*;

    const SNMP: &str = "Icmp: InMsgs\nIcmp: 3\nUdp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors\n\
                        Udp: 1200 4 7 900 5\nUdpLite: InDatagrams\nUdpLite: 9\n";

    #[test]
    fn drops_are_found_by_their_name() {
        assert_eq!((udp4(SNMP, "RcvbufErrors"), udp4(SNMP, "InDatagrams"), udp4(SNMP, "None")), (5, 1_200, 0));
        assert_eq!(udp6("Udp6InDatagrams                 \t17\nUdp6RcvbufErrors\t2\n", "Udp6RcvbufErrors"), 2);
        assert_eq!(udp4("", "RcvbufErrors"), 0);
    }

    #[test]
    fn a_process_has_memory_and_time() {
        let before = Reading::now().unwrap();
        let work: u64 = (0..3_000_000u64).fold(0, |sum, number| std::hint::black_box(sum ^ number));
        assert!(std::hint::black_box(work) < u64::MAX);
        let now = Reading::now().unwrap();
        assert!(now.rss > 1 << 20 && now.since(&before).cpu > Duration::ZERO);
    }
}
