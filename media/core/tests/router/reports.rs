//! What the engine reports to peers, and what it learns from their reports.

use std::time::Duration;

use hoptt_core::control::{Command, Kind};
use hoptt_core::router::Count;
use hoptt_wire::Ssrc;
use hoptt_wire::rtcp::{Compound, Packet, ReportBlock, write_rr};

use crate::support::{World, losses};

/// Everything that a peer was told, one line each.
fn told(world: &World, peer: usize) -> Vec<String> {
    let packets = world.peers[peer].reports.iter().flat_map(|report| Compound::new(report));
    let line = |packet| match packet {
        Ok(Packet::SenderReport(report)) => format!("sr {}", report.sender.0),
        Ok(Packet::ReceiverReport { mut reports, .. }) => format!("rr {}", reports.next().map_or(0, |one| one.ssrc.0)),
        Ok(Packet::TransportCc(_)) => "transport-cc".to_owned(),
        Ok(Packet::Remb(remb)) => format!("remb {}", remb.bitrate_bps),
        Ok(Packet::Pli { media, .. }) => format!("pli {}", media.0),
        Ok(Packet::Sdes(_)) => "sdes".to_owned(),
        Ok(other) => format!("{other:?}"),
        Err(error) => panic!("{error}"),
    };
    packets.map(line).collect()
}

#[test]
fn a_publisher_gets_receiver_reports_and_a_subscriber_sender_reports() {
    let mut world = World::of(2);
    world.open(0);
    world.watch(1, &[(0, 0)]);
    for n in 0..60 {
        world.speak(0, 1 + n, 60);
        world.picture(0, 1 + 2 * n, 2, n == 0);
        world.advance(20);
    }
    let publisher = told(&world, 0);
    assert!(publisher.contains(&format!("rr {}", world.peers[0].mic())), "{publisher:?}");
    let subscriber = told(&world, 1);
    for slot in [world.peers[1].slot_ssrc(Kind::Video, 0), world.peers[1].slot_ssrc(Kind::Audio, 0)] {
        let reports = subscriber.iter().filter(|line| **line == format!("sr {slot}")).count();
        assert!((2..=4).contains(&reports), "one at the switch, one a second: {subscriber:?}");
    }
}

/// There lips and voice are one; with ten voices each listener was sent six more reports a second.
#[test]
fn a_new_clock_is_told_at_once_on_the_stage_and_elsewhere_in_its_turn() {
    let mut world = World::of(4);
    (0..3).for_each(|peer| world.open(peer));
    for n in 0..60 {
        world.speak(0, 1 + n, 90);
        world.advance(20);
    }
    let reports_after = |world: &mut World, speaker| {
        world.peers[3].reports.clear();
        world.speak(speaker, 1, 60);
        world.advance(3);
        told(world, 3).into_iter().filter(|line| line.starts_with("sr ")).count()
    };
    assert_eq!(reports_after(&mut world, 1), 0, "a voice came to another slot");
    let stage = Some(world.peers[2].track("microphone"));
    world.command(Command::SetStageVoice { meeting: "m".into(), track: stage });
    world.speak(2, 0, 60); // whose place the stage is, once it is heard
    assert!(reports_after(&mut world, 2) > 0);
}

#[test]
fn arrivals_are_told_several_times_a_second() {
    let mut world = World::of(1);
    for n in 0..50_u16 {
        let mut out = world.picture_packet(0, 1 + n, 0, 1, n == 0);
        out.number = Some(n);
        world.send(0, &out);
        world.advance(20);
    }
    let feedback = told(&world, 0).into_iter().filter(|line| line == "transport-cc").count();
    assert!((8..=20).contains(&feedback), "{feedback}");
    assert!(!told(&world, 0).iter().any(|line| line.starts_with("remb")));
}

/// Else a sender takes our own work for a full line of its own, and sends less.
#[test]
fn what_is_told_of_an_arrival_is_when_it_came_and_not_when_it_was_taken() {
    let mut world = World::of(1);
    let came = world.now;
    world.advance(60);
    for n in 0..3_u16 {
        let mut out = world.picture_packet(0, 1 + n, 0, 1, n == 0);
        out.number = Some(n);
        let (mut datagram, source) = (world.peers[0].sealed(&out), world.peers[0].address);
        let arrived = came + Duration::from_millis(10) * u32::from(n);
        world.router.handle_arrived(world.now, arrived, source, &mut datagram);
    }
    world.advance(150);
    let reports = world.peers[0].reports.iter().flat_map(|report| Compound::new(report));
    let ticks: Vec<i64> = reports
        .filter_map(|packet| if let Ok(Packet::TransportCc(feedback)) = packet { Some(feedback) } else { None })
        .flat_map(|feedback| feedback.arrivals().filter_map(|(_, ticks)| ticks).collect::<Vec<_>>())
        .collect();
    let apart: Vec<i64> = ticks.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(apart, [40, 40], "10 ms each, in ticks of 250 µs");
}

#[test]
fn who_has_no_transport_wide_numbers_is_told_a_rate() {
    let mut world = World::new();
    let peer = world.create("m", "old");
    let mut session = world.peers[peer].session();
    session.extensions.transport_cc = None;
    world.command(Command::ApplySession(session));
    world.connect(peer);
    world.film(&[peer], 1, 60, true);
    let rates = told(&world, peer).into_iter().filter(|line| line.starts_with("remb")).count();
    assert!(rates >= 1);
}

#[test]
fn reports_of_subscribers_tell_loss_and_round_trip() {
    let mut world = World::of(2);
    world.open(0);
    world.watch(1, &[(0, 0)]);
    world.film(&[0], 1, 60, true);
    let slot = Ssrc(world.peers[1].slot_ssrc(Kind::Video, 0));
    let reports = world.peers[1].reports.iter().flat_map(|report| Compound::new(report));
    let sent = reports.filter_map(|packet| match packet {
        Ok(Packet::SenderReport(report)) if report.sender == slot => Some(report.info.ntp),
        _ => None,
    });
    let last_report = u32::try_from(sent.last().unwrap() >> 16 & 0xffff_ffff).unwrap();
    world.router.line_stats(world.now);
    world.advance(100);
    let block =
        ReportBlock { ssrc: slot, fraction_lost: 64, lost: 10, highest_sequence: 0, jitter: 0, last_report, delay: 0 };
    let mut compound = Vec::new();
    write_rr(&mut compound, Ssrc(9), &[block]);
    world.send_rtcp(1, compound);
    let stats = world.router.line_stats(world.now).into_iter().find(|line| line.transport == "p1/2").unwrap();
    assert!((stats.loss_down - 0.25).abs() < 1e-9);
    assert!(stats.rtt_ms.is_some_and(|ms| (100.0..1100.0).contains(&ms)), "{:?}", stats.rtt_ms);
    assert_eq!(world.count(Count::RtcpIn), 1);
}

#[test]
fn a_voice_is_told_what_is_lost_of_it_afar_and_a_picture_is_not() {
    let mut world = World::of(2);
    world.open(0);
    world.watch(1, &[(0, 0)]);
    for n in 0..200 {
        world.speak(0, 1 + n, 60);
        world.picture(0, 1 + n, 1, n == 0);
        world.advance(20);
        if n == 20 {
            let slots = [Kind::Audio, Kind::Video].map(|kind| world.peers[1].slot_ssrc(kind, 0));
            world.send_rtcp(1, losses(slots));
        }
    }
    let voice = world.peers[0].told_lost(world.peers[0].mic());
    assert!(voice.len() >= 3 && voice.iter().all(|lost| *lost == 13), "{voice:?}");
    let picture = world.peers[0].told_lost(world.peers[0].camera());
    assert!(picture.len() >= 3 && picture.iter().all(|lost| *lost == 0), "{picture:?}");
}

#[test]
fn loss_on_the_way_up_is_the_share_that_never_came() {
    let mut world = World::of(1);
    for n in (0..100).filter(|n| n % 10 != 5) {
        let out = world.picture_packet(0, 1 + n, 0, 1, false);
        world.send(0, &out);
    }
    world.pump();
    world.advance(1100);
    let stats = world.router.line_stats(world.now);
    assert!((stats[0].loss_up - 0.1).abs() < 0.011, "{}", stats[0].loss_up);
}
