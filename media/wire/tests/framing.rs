//! Datagrams on a byte stream, whole and in pieces.

use hoptt_wire::framing::{Deframer, TooLong, frame};
use proptest::prelude::*;

const MAX_LEN: usize = 1500;

#[test]
fn the_length_comes_first() {
    let mut out = vec![];
    assert!(frame(b"stun", &mut out));
    assert_eq!(out, b"\0\x04stun");
}

#[test]
fn what_two_bytes_cannot_count_is_not_framed() {
    let mut out = vec![];
    assert!(!frame(&vec![0; 65_536], &mut out));
    assert_eq!(out, []);
}

#[test]
fn s17_a_frame_beyond_the_limit_ends_the_stream() {
    let mut deframer = Deframer::new(4);
    let mut taken = vec![];
    let result = deframer.handle_bytes(b"\0\x04stun\0\x05", |datagram| taken.push(datagram.to_vec()));
    assert_eq!((result, taken), (Err(TooLong { len: 5 }), vec![b"stun".to_vec()]));
}

#[test]
fn empty_frames_are_passed_over() {
    let mut taken = vec![];
    Deframer::new(MAX_LEN)
        .handle_bytes(b"\0\0\0\x01a\0\0", |datagram| taken.push(datagram.to_vec()))
        .expect("short frames");
    assert_eq!(taken, [b"a"]);
}

proptest! {
    #[test]
    fn datagrams_come_back_however_the_stream_is_cut(
        datagrams in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..200), 0..20),
        cuts in prop::collection::vec(1..300usize, 1..50),
    ) {
        let mut stream = vec![];
        for datagram in &datagrams {
            prop_assert!(frame(datagram, &mut stream));
        }
        let mut deframer = Deframer::new(MAX_LEN);
        let mut taken = vec![];
        let mut rest = &stream[..];
        for cut in cuts.iter().cycle() {
            if rest.is_empty() { break; }
            let (now, later) = rest.split_at((*cut).min(rest.len()));
            deframer.handle_bytes(now, |datagram| taken.push(datagram.to_vec())).expect("within the limit");
            rest = later;
        }
        prop_assert_eq!(taken, datagrams);
    }

    #[test]
    fn s16_any_stream_is_survived(bytes in prop::collection::vec(any::<u8>(), 0..4000)) {
        let mut longest = 0;
        let _ = Deframer::new(MAX_LEN).handle_bytes(&bytes, |datagram| longest = longest.max(datagram.len()));
        prop_assert!(longest <= MAX_LEN);
    }
}
