//! Five hundred in one meeting: see `hoptt_sim::crowd`. `make crowd` plays it for longer.

use std::time::Duration;

use hoptt_sim::crowd::{Crowd, Facts, Setting};

fn facts(shards: u8) -> Facts {
    let setting = Setting { members: 500, shards, waves: 5, lasts: Duration::from_millis(800) };
    let facts = Crowd::run(setting, 1);
    println!("{facts:#?}");
    println!("{facts:#?}");
    facts
}

fn check(facts: &Facts) {
    assert_eq!(facts.failures(), Vec::<String>::new());
    assert!(facts.heard > 1_000 && facts.seen > 1_000);
    assert_eq!(facts.transports, [500, 0], "all came, and nothing is kept of who has left");
}

#[test]
fn five_hundred_meet_on_one_shard() {
    check(&facts(1));
}

#[test]
fn five_hundred_meet_on_two_shards() {
    check(&facts(2));
}
