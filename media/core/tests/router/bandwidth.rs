//! What subscribers tell of arrivals, and what is believed of their lines.

use hoptt_core::router::Count;
use hoptt_core::twcc::ArrivalLog;
use hoptt_wire::rtcp::{TransportCcHeader, write_transport_cc};
use hoptt_wire::{Ssrc, ext};

use crate::support::{TRANSPORT_CC, World};

/// A viewer's reports about what it got; `read` says how far it has looked.
struct Told {
    log: ArrivalLog,
    read: usize,
}

impl Told {
    fn new(world: &World) -> Self {
        Self { log: ArrivalLog::new(world.now), read: 0 }
    }

    /// Reports when it is time to.
    fn report(&mut self, world: &mut World, viewer: usize) {
        let got = &world.peers[viewer].got;
        for packet in &got[self.read.min(got.len())..] {
            let number = packet.rtp().extension(TRANSPORT_CC).and_then(ext::transport_cc);
            self.log.handle_packet(number.expect("all packets to it are numbered"), packet.at);
        }
        self.read = got.len();
        let mut out = Vec::new();
        if self.log.poll_feedback(world.now, Ssrc(1), Ssrc(2), &mut out) {
            world.send_rtcp(viewer, out);
        }
    }
}

fn estimate(world: &mut World, viewer: usize) -> Option<u32> {
    let now = world.now;
    let lines = world.router.line_stats(now);
    let transport = &world.peers[viewer].transport;
    lines.into_iter().find(|line| line.transport == *transport).expect("it is there").estimate_bps
}

#[test]
fn who_tells_of_arrivals_is_believed_to_carry_what_arrives_and_of_the_others_nothing_is_known() {
    let mut world = World::of(3);
    world.open(0);
    world.watch(1, &[(0, 0)]);
    world.watch(2, &[(0, 0)]);
    let mut told = Told::new(&world);
    for n in 0..500 {
        world.picture(0, 1 + 2 * n, 2, n == 0);
        told.report(&mut world, 1);
        world.advance(10);
    }
    let sent: usize = world.peers[1].got.iter().map(|packet| packet.bytes.len()).sum();
    let bps = f64::from(u32::try_from(sent).unwrap()) * 8.0 / 5.0;
    let known = f64::from(estimate(&mut world, 1).expect("something is known"));
    assert!(known > bps * 0.8, "{known} of {bps}");
    assert_eq!(estimate(&mut world, 2), None);
    assert_eq!(world.peers[1].got.len(), world.peers[2].got.len(), "both get the same");
    assert!(world.count(Count::FeedbackReceived) > 30);
    assert_eq!(world.count(Count::DroppedFeedbackUnknown), 0);
}

#[test]
fn s17_who_tells_lies_without_end_is_not_listened_to_and_costs_nobody_a_packet() {
    let mut world = World::of(3);
    world.open(0);
    world.watch(1, &[(0, 0)]);
    world.watch(2, &[(0, 0)]);
    let mut told = Told::new(&world);
    for n in 0..200 {
        world.picture(0, 1 + 2 * n, 2, n == 0);
        told.report(&mut world, 2);
        for lie in 0..20_u16 {
            let mut out = Vec::new();
            let base = 0x7000 + 40 * lie;
            let header = TransportCcHeader { sender: Ssrc(1), media: Ssrc(2), base, feedback_count: 0 };
            write_transport_cc(&mut out, &header, &[Some(u64::from(lie)); 40]);
            world.send_rtcp(1, out);
        }
        world.advance(10);
    }
    assert!(world.count(Count::DroppedFeedbackLimit) > 3_000, "{}", world.count(Count::DroppedFeedbackLimit));
    assert!(world.count(Count::DroppedFeedbackUnknown) > 4_000, "{}", world.count(Count::DroppedFeedbackUnknown));
    assert_eq!(world.peers[2].got.len(), 400);
    assert_eq!(estimate(&mut world, 1), None, "nothing of what it told was sent");
    assert!(estimate(&mut world, 2).is_some());
}
