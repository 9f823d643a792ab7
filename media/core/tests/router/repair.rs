//! Lost packets: asked for at the publisher, sent again to a subscriber (RFC 4585, RFC 4588).

use hoptt_core::control::{Command, Kind};
use hoptt_core::router::Count;
use hoptt_wire::rtcp::{Compound, Packet, write_nack};
use hoptt_wire::rtp::Rtp;
use hoptt_wire::{Ssrc, rtx};

use crate::support::{OWN_RTX, RTX, World, vp8};

fn watched() -> World {
    let mut world = World::of(2);
    world.open(0);
    world.watch(1, &[(0, 0)]);
    world.picture(0, 100, 4, true);
    world
}

fn nack(world: &mut World, numbers: &[u16]) {
    let mut compound = Vec::new();
    write_nack(&mut compound, Ssrc(9), Ssrc(world.peers[1].slot_ssrc(Kind::Video, 0)), numbers);
    world.send_rtcp(1, compound);
}

#[test]
fn a_subscriber_gets_again_what_it_asks_for() {
    let mut world = watched();
    let slot = world.peers[1].slot_ssrc(Kind::Video, 0);
    let lost = world.peers[1].stream(slot)[2].bytes().to_vec();
    let lost = hoptt_wire::rtp::Rtp::parse(&lost).unwrap();
    nack(&mut world, &[lost.sequence_number()]);
    let again = world.peers[1].stream(world.peers[1].slot_rtx(0));
    assert_eq!(again.len(), 1);
    assert_eq!((again[0].payload_type(), again[0].timestamp()), (OWN_RTX, lost.timestamp()));
    assert_eq!(rtx::read(again[0].payload()), Some((lost.sequence_number(), lost.payload())));
}

#[test]
fn s17_the_same_packet_goes_out_again_once_in_a_round_trip() {
    let mut world = watched();
    let slot = world.peers[1].slot_ssrc(Kind::Video, 0);
    let number = world.peers[1].stream(slot)[0].sequence_number();
    for _ in 0..50 {
        nack(&mut world, &[number]);
    }
    assert_eq!(world.count(Count::RtxSent), 1);
    assert_eq!(world.count(Count::DroppedNackLimit), 49);
    world.advance(100);
    nack(&mut world, &[number]);
    assert_eq!(world.count(Count::RtxSent), 2);
}

#[test]
fn s17_one_datagram_has_no_more_looked_for_than_may_be_asked_for_at_once() {
    let mut world = watched();
    let (numbers, media) = ((0..512).collect::<Vec<_>>(), Ssrc(world.peers[1].slot_ssrc(Kind::Video, 0)));
    let mut compound = Vec::new();
    (0..32).for_each(|_| write_nack(&mut compound, Ssrc(9), media, &numbers));
    let mut looked_for = || {
        let before = (world.count(Count::NackReceived), world.count(Count::DroppedNackStorm));
        world.send_rtcp(1, compound.clone());
        let asked = world.count(Count::NackReceived) - before.0;
        let storm = world.count(Count::DroppedNackStorm) - before.1;
        world.advance(100);
        (asked, asked - storm)
    };
    assert_eq!([looked_for(), looked_for()], [(32 * 512, 1_024), (32 * 512, 200)]);
    world.advance(400);
    let slot = world.peers[1].slot_ssrc(Kind::Video, 0);
    let number = world.peers[1].stream(slot)[0].sequence_number();
    let sent = world.count(Count::RtxSent);
    nack(&mut world, &[number]);
    assert_eq!(world.count(Count::RtxSent), sent + 1, "it is listened to again");
}

#[test]
fn a_number_that_was_never_sent_is_counted_and_not_answered() {
    let mut world = watched();
    let slot = world.peers[1].slot_ssrc(Kind::Video, 0);
    let last = world.peers[1].stream(slot).last().unwrap().sequence_number();
    nack(&mut world, &[last.wrapping_add(1), last.wrapping_add(1000)]);
    assert_eq!((world.count(Count::RtxSent), world.count(Count::DroppedNackUnknown)), (0, 2));
}

#[test]
fn s15_a_slot_whose_repairs_go_and_come_back_with_a_session_keeps_its_numbers() {
    let mut world = watched();
    let (slot, rtx) = (world.peers[1].slot_ssrc(Kind::Video, 0), world.peers[1].slot_rtx(0));
    let numbers =
        |world: &World, ssrc| -> Vec<u16> { world.peers[1].stream(ssrc).iter().map(Rtp::sequence_number).collect() };
    for (turn, repairs) in (1..).zip([true, false, true]) {
        let mut session = world.peers[1].session();
        session.slots.iter_mut().for_each(|slot| slot.rtx_ssrc = slot.rtx_ssrc.filter(|_| repairs));
        world.command(Command::ApplySession(session));
        world.picture(0, 100 + 4 * turn, 4, false);
        let newest = *numbers(&world, slot).last().unwrap();
        nack(&mut world, &[newest]);
    }
    let (sent, again) = (numbers(&world, slot), numbers(&world, rtx));
    assert_eq!((sent.len(), again.len() >= 2), (16, true), "{sent:?} {again:?}");
    assert!([sent, again].iter().all(|numbers| numbers.is_sorted_by(|one, next| one + 1 == *next)));
}

#[test]
fn what_a_publisher_lost_is_asked_for_and_its_repair_takes_its_place() {
    let mut world = watched();
    for n in [0, 1, 3] {
        let out = world.picture_packet(0, 104, n, 4, false);
        world.send(0, &out);
    }
    world.pump();
    world.advance(15);
    let asked: Vec<u16> = world.peers[0]
        .reports
        .iter()
        .flat_map(|report| Compound::new(report))
        .filter_map(|packet| match packet {
            Ok(Packet::Nack(nack)) if nack.media == Ssrc(world.peers[0].camera()) => Some(nack),
            _ => None,
        })
        .flat_map(|nack| nack.sequence_numbers())
        .collect();
    assert_eq!(asked, [106]);

    let mut out = world.picture_packet(0, 104, 2, 4, false);
    (out.ssrc, out.pt, out.seq) = (world.peers[0].camera_rtx(), RTX, 1);
    out.payload.splice(..0, 106_u16.to_be_bytes());
    world.send(0, &out);
    world.pump();
    let slot = world.peers[1].slot_ssrc(Kind::Video, 0);
    let numbers: Vec<u16> = world.peers[1].stream(slot).iter().map(Rtp::sequence_number).collect();
    let first = numbers[0];
    let places: Vec<u16> = numbers.iter().map(|number| number.wrapping_sub(first)).collect();
    assert_eq!(places, [0, 1, 2, 3, 4, 5, 7, 6], "the loss stays visible until it is repaired");
    let whole = vp8(false, false, 104, 0);
    assert_eq!(world.peers[1].stream(slot)[7].payload()[4..], whole[4..], "as if it had not been lost");

    world.send(0, &world.picture_packet(0, 104, 2, 4, false));
    world.pump();
    assert_eq!(world.peers[1].stream(slot).len(), 8, "the original that comes after its repair is dropped");
    assert_eq!(world.count(Count::DroppedLate), 1);
}

#[test]
fn a_probe_in_the_repair_stream_is_nobodys_packet() {
    let mut world = watched();
    let mut out = world.picture_packet(0, 1, 0, 1, false);
    (out.ssrc, out.pt, out.payload) = (world.peers[0].camera_rtx(), RTX, vec![]);
    world.send(0, &out);
    world.pump();
    assert_eq!(world.peers[1].got.len(), 4);
}
