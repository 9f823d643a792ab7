//! Hands one of the targets to libFuzzer: `HOPTT_FUZZ_TARGET=rtcp fuzz CORPUS …` (scripts/fuzz). One program for all of
//! them, because linking one takes as long as everything before it.
#![no_main]

use std::sync::LazyLock;

use hoptt_fuzz::{TARGETS, Target};

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let asked = std::env::var("HOPTT_FUZZ_TARGET").unwrap_or_default();
    let found = TARGETS.iter().find(|(name, _)| *name == asked);
    let Some((_, target)) = found else {
        let names: Vec<_> = TARGETS.iter().map(|(name, _)| *name).collect();
        panic!("HOPTT_FUZZ_TARGET names none of the targets: {}", names.join(", "));
    };
    *target
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| TARGET(bytes));
