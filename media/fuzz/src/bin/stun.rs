#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| hoptt_fuzz::stun(bytes));
