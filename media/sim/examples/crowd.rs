//! Plays a meeting of five hundred for a minute of its time, over one shard and over two, and says what was seen.
//! Given, if other numbers are wanted: participants, seconds, seed.

use std::env;
use std::time::{Duration, Instant};

use hoptt_sim::crowd::{Crowd, Setting};

fn main() {
    let mut numbers = env::args().skip(1).map(|word| word.parse::<u64>().expect("a number"));
    let members = numbers.next().map_or(500, |members| usize::try_from(members).expect("not that many"));
    let lasts = Duration::from_secs(numbers.next().unwrap_or(60));
    let seed = numbers.next().unwrap_or(1);
    for shards in [1, 2] {
        let begun = Instant::now();
        let facts = Crowd::run(Setting { members, shards, waves: 5, lasts }, seed);
        println!("{members} participants on {shards} shards, {lasts:?} in {:.1?}", begun.elapsed());
        println!(
            "  heard {} packets of voices and saw {} of pictures; of {} looks at whole lines {} heard nobody, {} lacked a picture",
            facts.heard, facts.seen, facts.steps, facts.deaf, facts.blind
        );
        let names = ["packets_in", "packets_out", "crossed_out", "crossed_in", "missed_of_owner", "dropped.crossing"];
        for name in names {
            println!("  {name} {}", facts.counts[name]);
        }
        assert_eq!(facts.failures(), Vec::<String>::new());
    }
}
