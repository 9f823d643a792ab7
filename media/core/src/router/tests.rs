//! A fault ends the transport in which it happened, and no other (S20, P10).

#[path = "../../tests/router/support.rs"]
pub(super) mod support;

use self::support::{Shards, World};
use super::Router;
use super::commands::Names;
use super::counters::Count;
use super::peer::Peer;
use super::slab::Key;
use crate::control::{Command, Event, Gate, RefusalCode};
use crate::transport::CloseReason;

/// Where a test makes a transport panic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// When a packet of it arrives.
    Sending,
    /// When a packet leaves for it.
    Receiving,
    /// When a command concerns it.
    Command,
}

impl Router {
    pub(super) fn fail_if_asked(&self, names: &Names) {
        let faulty = |key: Key<Peer>| self.peers.get(key).is_some_and(|peer| peer.fault == Some(Fault::Command));
        assert!(!self.concerned(names).into_iter().any(faulty), "a fault made by a test");
    }
}

/// Two who are on, everybody watches and hears both; then one of them gets a fault.
fn with_fault(peer: usize, fault: Fault) -> (World, u16) {
    let mut world = World::of(4);
    for shown in [0, 1] {
        world.open(shown);
    }
    for viewer in 2..4 {
        world.watch(viewer, &[(0, 0), (1, 1)]);
    }
    let next = world.film(&[0, 1], 1, 3, true);
    let id = world.peers[peer].transport.clone();
    let key: Key<_> = world.router.peers_by_id[&id];
    world.router.peers.get_mut(key).unwrap().fault = Some(fault);
    world.peers.iter_mut().for_each(|peer| peer.got.clear());
    (world, next)
}

fn closed(world: &World) -> Vec<(&str, Option<CloseReason>)> {
    let told = world.told.iter().filter_map(|event| match event {
        Event::TransportChanged { transport, reason: reason @ Some(_), .. } => Some((transport.as_str(), *reason)),
        _ => None,
    });
    told.collect()
}

#[test]
fn s20_a_fault_in_a_sender_ends_the_sender_and_nobody_else() {
    let (mut world, next) = with_fault(0, Fault::Sending);
    world.film(&[0, 1], next, 3, false);
    assert_eq!(closed(&world), [("p0/1", Some(CloseReason::Fault))]);
    assert!(world.peers[0].left, "it hears good-bye");
    for viewer in [2, 3] {
        assert_eq!(world.peers[viewer].got.len(), 6, "the other's pictures, all of them");
    }
    assert_eq!(world.count(Count::Faults), 1);
    assert_eq!(world.router.snapshot().transports.len(), 3);
}

#[test]
fn s20_p10_a_fault_in_a_receiver_costs_the_others_not_one_packet() {
    let (mut world, next) = with_fault(2, Fault::Receiving);
    world.film(&[0, 1], next, 3, false);
    assert_eq!(closed(&world), [("p2/3", Some(CloseReason::Fault))]);
    assert_eq!(world.peers[3].got.len(), 12);
    assert_eq!(world.count(Count::Faults), 1);
}

#[test]
fn s20_a_fault_in_a_replay_ends_its_viewer_and_the_command_is_answered() {
    let (mut world, _) = with_fault(2, Fault::Receiving);
    world.watch(2, &[(2, 0)]);
    assert_eq!(closed(&world), [("p2/3", Some(CloseReason::Fault))]);
    assert_eq!(world.router.snapshot().transports.len(), 3);
}

#[test]
fn s20_a_fault_in_a_command_ends_the_transport_that_it_concerns_and_nobody_else() {
    for of_track in [false, true] {
        let (mut world, next) = with_fault(0, Fault::Command);
        let command = if of_track {
            let track = world.peers[0].track("camera");
            Command::SetGates(vec![Gate { track, allowed: false, on: true, vetoed: false }])
        } else {
            Command::RestartIce { transport: world.peers[0].transport.clone() }
        };
        let refused = world.router.handle_command(world.now, command).expect_err("a fault");
        assert_eq!(refused.code, RefusalCode::Fault);
        world.pump();
        world.film(&[1], next, 3, false);
        assert_eq!(closed(&world), [("p0/1", Some(CloseReason::Fault))]);
        for viewer in [2, 3] {
            assert_eq!(world.peers[viewer].got.len(), 6, "the other's pictures, all of them");
        }
        assert_eq!(world.count(Count::Faults), 1);
    }
}

#[test]
fn s20_a_fault_over_a_mirror_ends_its_publisher_and_nobody_else() {
    let mut both = Shards::new(2, 1);
    let tracks = [0, 1].map(|peer| both.near.peers[peer].track("microphone"));
    both.gate(&tracks, true);
    both.far.router.fault_over = Some(tracks[0].clone());
    for n in 0..3 {
        both.near.speak(0, n, 60);
        both.near.speak(1, n, 60);
        both.advance(20);
    }
    let id = both.near.peers[0].transport.clone();
    assert_eq!(closed(&both.near), [(id.as_str(), Some(CloseReason::Fault))]);
    assert_eq!(closed(&both.far), []);
    assert!(both.far.peers[0].got.len() >= 2, "the other voice goes on");
    assert_eq!(both.far.count(Count::Faults), 1);
}
