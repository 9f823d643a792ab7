//! How much there may be of what (S8), and how late.

use hoptt_core::control::{Command, RefusalCode};
use hoptt_core::router::{Count, RouterConfig};
use hoptt_core::transport::CONNECT_TIMEOUT;

use crate::support::{MEETING, World};

#[test]
fn s8_unfinished_handshakes_are_bounded_and_make_room_when_they_end() {
    let mut config = RouterConfig::default();
    config.limits.unfinished_handshakes = 3;
    let mut world = World::with(config);
    let create = |world: &mut World, n: u32| {
        let (meeting, transport) = (MEETING.to_string(), format!("t{n}"));
        world.router.handle_command(world.now, Command::CreateTransport { meeting, transport, blob: vec![] })
    };
    for n in 0..3 {
        create(&mut world, n).unwrap();
    }
    assert_eq!(create(&mut world, 3).unwrap_err().code, RefusalCode::Limit);
    world.now += CONNECT_TIMEOUT;
    world.advance(1);
    world.join("connected");
    for n in 4..7 {
        create(&mut world, n).expect("who is connected does not count");
    }
    assert_eq!(create(&mut world, 7).unwrap_err().code, RefusalCode::Limit);
}

#[test]
fn what_has_waited_for_us_so_long_that_nobody_talks_over_it_is_dropped() {
    let mut world = World::of(2);
    world.open(0);
    world.speak(0, 1, 60);
    let mut arrive = |seq, waited| {
        let packet = world.voice_packet(0, seq, 60);
        let (mut datagram, source) = (world.peers[0].sealed(&packet), world.peers[0].address);
        let arrived = world.now;
        world.advance(waited);
        world.router.handle_arrived(world.now, arrived, source, &mut datagram);
        world.pump();
        (world.peers[1].got.len(), world.count(Count::DroppedStale))
    };
    assert_eq!(arrive(2, 400), (2, 0));
    assert_eq!(arrive(3, 401), (2, 1));
    assert_eq!(arrive(4, 0), (3, 1), "what comes in time is heard");
}
