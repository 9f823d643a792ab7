//! How much there may be of what (S8).

use hoptt_core::control::{Command, RefusalCode};
use hoptt_core::router::RouterConfig;
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
