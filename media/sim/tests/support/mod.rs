//! What the scenarios share: meetings that are connected, and facts about what arrived.
#![allow(dead_code, reason = "each scenario uses its part")]

pub mod decoder;

use std::collections::BTreeMap;
use std::time::Duration;

use hoptt_core::control::{Kind, Source};
use hoptt_sim::{Member, Network, Received, World};

pub const MEETING: &str = "quarterly";

pub const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// A world with one meeting on one shard whose members are connected, gates closed.
pub fn a_meeting<const N: usize>(seed: u64, networks: [Network; N]) -> (World, [Member; N]) {
    let mut world = World::new(1, seed);
    world.meeting(MEETING, 0);
    let members = networks.map(|network| world.join(MEETING, 0, network));
    connected(&mut world, &members);
    (world, members)
}

pub fn connected(world: &mut World, members: &[Member]) {
    let all = |world: &World| members.iter().all(|member| world.client(*member).connected_at().is_some());
    assert!(world.run_until(ms(10_000), all), "all connect");
}

pub fn open_all(world: &mut World, member: Member) {
    world.set_gate(member, Source::Microphone, true);
    world.set_gate(member, Source::Camera, true);
}

pub fn pictures(world: &World, viewer: Member, slot: u32) -> Vec<&Received> {
    let received = world.client(viewer).received().iter();
    received.filter(|packet| packet.kind == Kind::Video && packet.slot == slot).collect()
}

/// Sequence numbers that never arrived, and those that arrived more than once, between the first and the last.
pub fn gaps_and_repetitions(packets: &[&Received]) -> (usize, usize) {
    let mut counts = BTreeMap::new();
    for packet in packets {
        *counts.entry(packet.seq).or_insert(0usize) += 1;
    }
    let Some((first, last)) = counts.keys().next().zip(counts.keys().last()) else { return (0, 0) };
    let numbers: u64 = packets.iter().map(|packet| packet.numbers_before).sum();
    let span = usize::try_from(last - first + 1 - numbers).expect("short");
    (span - counts.len(), packets.len() - counts.len())
}

/// Frames of which every packet arrived, by number.
pub fn whole_frames(packets: &[&Received]) -> Vec<u32> {
    let mut frames: BTreeMap<u32, (usize, u8)> = BTreeMap::new();
    for packet in packets {
        let frame = frames.entry(packet.mark.frame).or_insert((0, packet.mark.packets));
        frame.0 += 1;
    }
    frames.into_iter().filter(|(_, (count, packets))| *count == usize::from(*packets)).map(|(frame, _)| frame).collect()
}
