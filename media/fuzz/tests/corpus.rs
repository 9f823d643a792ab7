//! Runs every target over its seeds, and over each of them cut short.

use std::fs;
use std::path::Path;

#[test]
fn s16_every_seed_and_every_beginning_of_it_is_survived() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for (name, target) in hoptt_fuzz::TARGETS {
        let seeds = fs::read_dir(corpus.join(name)).expect("each target has a folder of seeds");
        let mut count = 0;
        for seed in seeds {
            let path = seed.expect("a readable folder").path();
            let bytes = fs::read(&path).expect("a readable seed");
            for len in 0..=bytes.len() {
                target(&bytes[..len]);
            }
            count += 1;
        }
        assert!(count > 0, "{name} has no seeds");
    }
}
