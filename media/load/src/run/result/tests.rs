use super::*;

fn args() -> Args {
    Args { publishers: 1, viewers: 1, ..Args::default() }
}

/// A run of ten seconds with nothing wrong, bent by each case.
fn outcome_of(bend: impl FnOnce(&mut Tally, &mut Reading, &mut Report)) -> Outcome {
    let video = Arrived { packets: 10_000, bytes: 10_000_000, expected: 10_000, lost: 0 };
    let mut tally = Tally { video, reads: 2_500, ..Tally::default() };
    tally.lateness.add(100_000);
    let mut own = Reading { cpu: Duration::from_secs(2), receive_drops: 0, received: 10_000, rss: 1 };
    let mut last = Report { peers: 2, connected: 2, profiles: [2, 0, 0], ..Report::default() };
    bend(&mut tally, &mut own, &mut last);
    let found = Found {
        window: &tally,
        total: &tally,
        last: &last,
        took: Duration::from_secs(10),
        own,
        failures: vec![],
        signalling: &Histogram::default(),
        lines_lost: 0,
    };
    outcome(&args(), &found)
}

#[test]
fn a_run_without_fault_is_valid_and_counts_a_second() {
    let outcome = outcome_of(|_, _, _| {});
    assert_eq!(outcome.invalid, Vec::<String>::new());
    let result = &outcome.result;
    assert!((result.forwarded_per_second - 1_000.0).abs() < 0.01 && (result.mean_bytes - 1_000.0).abs() < 0.01);
    assert_eq!((result.own.datagrams_per_read, result.srtp.len()), (4.0, 1));
    assert!(outcome.to_string().contains("1000 a second"));
    assert!(serde_json::to_string(&outcome).unwrap().contains("\"invalid\":[]"));
}

#[test]
fn what_makes_a_run_worthless_is_named() {
    type Bend = fn(&mut Tally, &mut Reading, &mut Report);
    let cases: [(Bend, &str); 8] = [
        (|tally, _, _| tally.video.lost = 11, "were lost"),
        (|tally, _, _| tally.video.packets = 0, "nothing arrived"),
        (|tally, _, _| tally.checked.wrong_content = 1, "were wrong"),
        (|tally, _, _| (0..9).for_each(|_| tally.lateness.add(2_000_000)), "was late"),
        (|_, own, _| own.cpu = Duration::from_secs(9), "too busy"),
        (|_, own, _| own.receive_drops = 2, "dropped 2 of"),
        (|_, _, last| last.connected = 1, "1 of 2 are connected"),
        (|tally, _, _| tally.sent.refused = 1, "refused 1"),
    ];
    for (bend, says) in cases {
        let outcome = outcome_of(bend);
        assert_eq!(outcome.invalid.len(), 1, "{says}: {:?}", outcome.invalid);
        assert!(outcome.invalid[0].contains(says), "{:?}", outcome.invalid);
    }
}
