//! A viewer who reports whatever it likes of arrivals (S17).

use std::time::{Duration, Instant};

use hoptt_core::bwe::{Estimator, MAX_BPS, MIN_BPS, Repairable};
use hoptt_wire::rtcp::{Compound, Packet};

/// Each byte sends so many packets, a millisecond apart, or, from 128 on, is the length of a report in words.
///
/// # Panics
/// When a report leads to a rate that no line has, to padding without end, or to more repairs than packets were sent.
pub fn feedback(mut bytes: &[u8]) {
    let start = Instant::now();
    let (mut now, mut padding, mut sent, mut repaired) = (start, 0_u64, 0_u64, 0_u64);
    let mut estimator = Estimator::new(now);
    estimator.set_wanted(MAX_BPS);
    while let Some((op, rest)) = bytes.split_first() {
        bytes = rest;
        if *op < 128 {
            for _ in 0..*op {
                now += Duration::from_millis(1);
                let seq = u16::try_from(sent & 0xffff).expect("16 bits");
                estimator.handle_sent(now, 1_000, Some(Repairable { slot: 1, seq }));
                sent += 1;
                estimator.handle_timeout(now);
                while estimator.padding_due(now) > 0 {
                    let len = estimator.padding_packet();
                    estimator.handle_sent(now, usize::try_from(len).expect("small"), None);
                    padding += u64::from(len);
                }
            }
        } else {
            let words = usize::from(op - 128).min(rest.len() / 4);
            let (body, rest) = rest.split_at(4 * words);
            bytes = rest;
            // RFC 3550 §6.4.1 and RFC 4585 §6.1: version 2, format 15, transport feedback.
            let mut report = vec![0x8f, 205, 0, u8::try_from(words).expect("below 128")];
            report.extend(body);
            for packet in Compound::new(&report) {
                if let Ok(Packet::TransportCc(feedback)) = packet {
                    estimator.handle_feedback(now, &feedback);
                    while let Some(missing) = estimator.poll_missing() {
                        assert_eq!(missing.slot, 1);
                        repaired += 1;
                    }
                }
            }
        }
        let rates = estimator.estimate_bps().zip(estimator.budget_bps());
        assert!(rates.is_none_or(|(estimate, budget)| (MIN_BPS..=MAX_BPS).contains(&estimate) && budget <= estimate));
        assert!((0.0..=1.0).contains(&estimator.loss()));
        assert!(estimator.poll_timeout().is_none_or(|at| at < now + Duration::from_secs(10)));
    }
    assert!(repaired <= sent, "{repaired} of {sent} are sent again");
    // A probe is 60 kB at most, and each needs a report of it.
    let seconds = u64::try_from((now - start).as_millis()).expect("short") / 1_000 + 1;
    assert!(padding <= 61_200 * 20 * seconds, "{padding} bytes of padding in {seconds} s");
}
