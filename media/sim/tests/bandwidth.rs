//! What the engine believes of a line, from the reports of a client that is not ours.

mod support;

use hoptt_sim::{LinkModel, Network};
use support::{a_meeting, ms, open_all};

fn line(bps: u32) -> Network {
    let down = LinkModel { rate_bps: Some(bps), queue_time: Some(ms(300)), delay: ms(50), ..LinkModel::default() };
    Network { down, up: LinkModel { delay: ms(50), ..LinkModel::default() } }
}

#[test]
fn a_line_that_carries_all_is_believed_to() {
    let (mut world, [one, two]) = a_meeting(11, [Network::default(), line(5_000_000)]);
    open_all(&mut world, one);
    world.watch(two, 0, Some(one));
    world.run_for(ms(20_000));
    // 25 pictures a second of four packets of 900 bytes, and their headers.
    let estimate = world.estimate_bps(two).expect("the client tells of arrivals");
    assert!((650_000..2_000_000).contains(&estimate), "{estimate}");
    assert_eq!(world.engine().count("dropped.feedback_unknown"), 0);
}

#[test]
fn a_line_that_carries_less_than_is_sent_is_known() {
    let (mut world, [one, two]) = a_meeting(12, [Network::default(), line(5_000_000)]);
    open_all(&mut world, one);
    world.watch(two, 0, Some(one));
    world.run_for(ms(10_000));
    world.set_network(two, line(500_000));
    world.run_for(ms(3_000));
    let estimate = world.estimate_bps(two).expect("the client tells of arrivals");
    assert!((300_000..600_000).contains(&estimate), "{estimate}");
}
