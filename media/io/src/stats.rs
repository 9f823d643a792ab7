//! Statistics: the totals of all shards as one frame a second.

use std::collections::BTreeMap;

use hoptt_core::control::{FORWARD_LATENCY_BUCKETS_US, LineStats};
use hoptt_core::router::Router;

use crate::tcp::TcpCounts;
use crate::udp::{Receiver, Sender};
use hoptt_io::frames::FromEngine;

/// Lines of one frame; it would not fit with more.
const MAX_LINES: usize = 20_000;

/// The totals of one shard since its start, or of several.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ShardStats {
    counters: BTreeMap<&'static str, u64>,
    latency: [u64; FORWARD_LATENCY_BUCKETS_US.len() + 1],
    latency_sum_us: u64,
    lines: Vec<LineStats>,
}

impl ShardStats {
    /// Reads what a shard has counted.
    #[must_use]
    pub fn new(router: &Router, sender: &Sender, receiver: &Receiver, lines: Vec<LineStats>) -> Self {
        let counters = router.counters();
        let sent = sender.counts();
        let own = [
            ("datagrams_out", sent.datagrams),
            ("send_calls", sent.calls),
            ("trains_out", sent.trains),
            ("routes_without_trains", sent.routes_without_trains),
            ("dropped.send_no_room", sent.no_room),
            ("dropped.send_refused", sent.refused),
            ("dropped.receive_no_room", receiver.overflowed()),
            ("dropped.unusable", receiver.unusable()),
        ];
        Self {
            counters: counters.iter().chain(own).collect(),
            latency: counters.latency().cumulative(),
            latency_sum_us: counters.latency().sum_us(),
            lines,
        }
    }

    /// Adds what a shard handed to others, or could not.
    #[must_use]
    pub fn with_handed(mut self, over: u64, lost: u64) -> Self {
        self.counters.extend([("handed_over", over), ("dropped.handed_lost", lost)]);
        self
    }

    /// Adds what became of connections and of datagrams for them.
    #[must_use]
    pub fn with_connections(mut self, counts: TcpCounts) -> Self {
        self.counters.extend([
            ("tcp_opened", counts.opened),
            ("tcp_closed", counts.closed),
            ("tcp_closed_no_check", counts.no_check),
            ("tcp_closed_late", counts.late),
            ("tcp_closed_no_room", counts.no_room),
            ("tcp_closed_too_long", counts.too_long),
            ("tcp_rests", counts.rests),
            ("tcp_datagrams_out", counts.datagrams),
            ("dropped.tcp_queue_full", counts.queue_full),
            ("dropped.tcp_no_connection", counts.no_connection),
        ]);
        self
    }

    /// Adds a total that belongs to no shard.
    pub fn set(&mut self, name: &'static str, total: u64) {
        self.counters.insert(name, total);
    }

    /// Adds the totals of another shard.
    pub fn add(&mut self, other: Self) {
        for (name, total) in other.counters {
            *self.counters.entry(name).or_default() += total;
        }
        for (sum, count) in self.latency.iter_mut().zip(other.latency) {
            *sum += count;
        }
        self.latency_sum_us += other.latency_sum_us;
        self.lines.extend(other.lines);
    }

    /// What was dropped, by reason.
    pub fn dropped(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        self.counters.iter().filter(|(name, _)| name.starts_with("dropped.")).map(|(name, total)| (*name, *total))
    }

    /// As it is told.
    #[must_use]
    pub fn into_frame(mut self) -> FromEngine {
        self.lines.truncate(MAX_LINES);
        FromEngine::Stats {
            counters: self.counters.into_iter().map(|(name, total)| (name.to_owned(), total)).collect(),
            forward_latency_us: self.latency.to_vec(),
            forward_latency_sum_us: self.latency_sum_us,
            lines: self.lines,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shards_are_added_up() {
        let line = |transport: &str| LineStats {
            transport: transport.to_owned(),
            rtt_ms: None,
            loss_up: 0.0,
            loss_down: 0.0,
            bytes_in: 1,
            bytes_out: 2,
            protocol: None,
            estimate_bps: None,
        };
        let stats = |packets, sum, transport| ShardStats {
            counters: [("packets_in", packets)].into(),
            latency: [1; 10],
            latency_sum_us: sum,
            lines: vec![line(transport)],
        };
        let mut both = stats(3, 100, "p/1");
        both.add(stats(4, 20, "q/1"));
        both.set("log_lines_lost", 5);
        let expected = FromEngine::Stats {
            counters: [("packets_in".to_owned(), 7), ("log_lines_lost".to_owned(), 5)].into(),
            forward_latency_us: vec![2; 10],
            forward_latency_sum_us: 120,
            lines: vec![line("p/1"), line("q/1")],
        };
        assert_eq!(both.into_frame(), expected);
    }
}
