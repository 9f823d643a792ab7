//! Voices that come with redundancy (RFC 2198): passed to whose line loses packets, reduced for everybody else.

use std::time::Duration;

use hoptt_core::control::{Command, Kind};
use hoptt_core::router::Count;
use hoptt_wire::red;
use hoptt_wire::rtp::Rtp;

use crate::line::Told;
use crate::support::{MEETING, OPUS, Out, RED, Shards, World, number_of, redundant, said, with_red};

/// Of a subscriber whose numbers are other ones than the publisher's.
const OWN_RED: u8 = 35;
const OWN_OPUS: u8 = 36;
/// One packet in so many is lost on a bad line.
const BAD: Option<usize> = Some(15);

fn join(world: &mut World, name: &str, (red, opus): (u8, u8)) -> usize {
    let peer = world.create(MEETING, name);
    let session = with_red(world.peers[peer].session(), red, opus);
    world.command(Command::ApplySession(session));
    world.connect(peer);
    peer
}

/// One who speaks with redundancy, and listeners: with it, under other payload types, and without.
fn a_meeting() -> World {
    let mut world = World::new();
    join(&mut world, "speaker", (RED, OPUS));
    join(&mut world, "listener", (RED, OPUS));
    join(&mut world, "other numbers", (OWN_RED, OWN_OPUS));
    world.join("plain");
    world.gate(0, "microphone", true, true);
    world
}

fn packet(world: &World, number: u16, pt: u8, payload: Vec<u8>) -> Out {
    Out {
        ssrc: world.peers[0].mic(),
        pt,
        seq: number,
        timestamp: u32::from(number) * 960,
        marker: false,
        level: Some((true, 60)),
        mid: None,
        rid: None,
        number: None,
        descriptor: None,
        payload,
    }
}

fn say(world: &mut World, number: u16) {
    say_so(world, number, RED, redundant(number, 1, OPUS));
}

fn say_so(world: &mut World, number: u16, pt: u8, payload: Vec<u8>) {
    let out = packet(world, number, pt, payload);
    world.send(0, &out);
    world.pump();
}

/// A conversation over lines that tell of arrivals.
struct Talk {
    world: World,
    told: [Told; 3],
    next: u16,
}

impl Talk {
    /// The lines to these listeners are bad.
    fn over(bad: &[usize]) -> Self {
        let mut talk = Self::before(bad);
        talk.go_on(200);
        talk
    }

    /// Nothing is said yet.
    fn before(bad: &[usize]) -> Self {
        let world = a_meeting();
        let mut told = [Told::new(&world), Told::new(&world), Told::new(&world)];
        for listener in bad {
            told[listener - 1].lost = BAD;
        }
        Self { world, told, next: 100 }
    }

    fn go_on(&mut self, packets: u16) {
        for _ in 0..packets {
            say(&mut self.world, self.next);
            self.pass(20);
        }
    }

    /// Lets time pass, and the next packet have the next number.
    fn pass(&mut self, ms: u64) {
        for (told, listener) in self.told.iter_mut().zip(1..) {
            told.report(&mut self.world, listener);
        }
        self.world.advance(ms);
        self.next += 1;
    }

    /// The last packet that somebody got.
    fn last(&self, listener: usize) -> (u8, Vec<u8>) {
        let rtp = self.world.peers[listener].got.last().expect("something came").rtp();
        (rtp.payload_type(), rtp.payload().to_vec())
    }

    /// Everything that was said to somebody since so many packets, redundancy included.
    fn heard(&self, listener: usize, since: usize) -> Vec<u16> {
        let heard = |rtp: &Rtp<'_>| match rtp.payload_type() {
            RED => {
                let payload = rtp.payload();
                let blocks = red::Red::parse(payload).expect("it is whole").blocks();
                blocks.map(|block| number_of(&payload[block.start..block.start + block.len])).collect()
            }
            _ => vec![number_of(rtp.payload())],
        };
        self.world.peers[listener].got[since..].iter().flat_map(|got| heard(&got.rtp())).collect()
    }
}

#[test]
fn while_nothing_is_lost_everybody_gets_a_voice_once_under_the_payload_type_of_opus() {
    let talk = Talk::over(&[]);
    let last = said(talk.next - 1);
    assert_eq!(
        [1, 2, 3].map(|listener| talk.last(listener)),
        [(OPUS, last.clone()), (OWN_OPUS, last.clone()), (OPUS, last)]
    );
    assert_eq!(talk.world.count(Count::RedundancySent), 0);
    let rtp = talk.world.peers[1].got.last().expect("something came").rtp();
    assert!(rtp.extension(crate::support::AUDIO_LEVEL).is_some());
}

#[test]
fn who_loses_packets_gets_redundancy_as_it_came_and_others_on_good_lines_none() {
    let talk = Talk::over(&[1]);
    assert_eq!(talk.last(1), (RED, redundant(talk.next - 1, 1, OPUS)));
    assert_eq!(talk.last(2), (OWN_OPUS, said(talk.next - 1)));
    assert!(talk.world.count(Count::RedundancySent) > 100);
}

#[test]
fn who_has_other_payload_types_gets_their_own() {
    let talk = Talk::over(&[2]);
    assert_eq!(talk.last(2), (OWN_RED, redundant(talk.next - 1, 1, OWN_OPUS)));
}

#[test]
fn who_takes_no_redundancy_gets_none_however_much_is_lost() {
    let talk = Talk::over(&[3]);
    assert_eq!(talk.last(3), (OPUS, said(talk.next - 1)));
    assert_eq!(talk.world.count(Count::RedundancySent), 0);
}

#[test]
fn redundancy_ends_when_the_line_is_good_again() {
    let mut talk = Talk::over(&[1]);
    talk.told[0].lost = None;
    talk.go_on(700);
    assert_eq!(talk.last(1), (OPUS, said(talk.next - 1)));
    let numbers =
        |talk: &Talk| -> Vec<u16> { talk.world.peers[1].got.iter().map(|got| got.rtp().sequence_number()).collect() };
    assert!(numbers(&talk).windows(2).all(|pair| pair[1] == pair[0].wrapping_add(1)), "one run of numbers");
}

#[test]
fn where_there_is_no_room_for_pictures_a_voice_is_sent_once() {
    let mut talk = Talk::before(&[1]);
    let listener = talk.world.peers[1].transport.clone();
    talk.world.gate(0, "camera", true, true);
    talk.world.watch(1, &[(0, 0)]);
    for n in 0..600 {
        talk.world.picture(0, 1 + 2 * n, 2, n == 0);
        talk.go_on(1);
    }
    let voice = talk.world.peers[1].slot_ssrc(Kind::Audio, 0);
    let last = |talk: &Talk| talk.world.peers[1].stream(voice).last().map(Rtp::payload_type);
    assert_eq!(last(&talk), Some(RED));
    talk.world.router.set_video_budget(talk.world.now, &listener, Some(1)).expect("a transport");
    talk.go_on(50);
    assert_eq!(last(&talk), Some(OPUS));
}

#[test]
fn packets_without_redundancy_among_the_others_are_the_same_voice() {
    let mut talk = Talk::over(&[1]);
    let switches = talk.world.count(Count::Switches);
    say_so(&mut talk.world, talk.next, OPUS, said(talk.next));
    talk.pass(20);
    assert_eq!(talk.last(1), (OPUS, said(talk.next - 1)));
    talk.go_on(1);
    assert_eq!(talk.last(1), (RED, redundant(talk.next - 1, 1, OPUS)));
    assert_eq!(talk.world.count(Count::Switches), switches);
}

#[test]
fn redundancy_that_cannot_be_read_is_dropped_and_counted() {
    let mut talk = Talk::over(&[1]);
    let whole = redundant(talk.next, 1, OPUS);
    let before = talk.world.peers[1].got.len();
    let odd = [whole[..20].to_vec(), vec![0xff; 100], vec![OPUS], redundant(talk.next, 1, OPUS + 1)];
    let count = odd.len();
    for payload in odd {
        say_so(&mut talk.world, talk.next, RED, payload);
        talk.pass(0);
    }
    assert_eq!(talk.world.count(Count::DroppedRed), count as u64);
    assert_eq!(talk.world.peers[1].got.len(), before);
    talk.go_on(1);
    assert_eq!(talk.last(1), (RED, redundant(talk.next - 1, 1, OPUS)));
}

#[test]
fn s19_what_was_said_while_the_gate_was_closed_is_not_heard_after_it_in_redundancy() {
    let mut talk = Talk::over(&[1]);
    talk.world.gate(0, "microphone", true, false);
    let closed_from = talk.next;
    talk.go_on(3);
    let opened_at = talk.next;
    talk.world.gate(0, "microphone", true, true);
    let since = talk.world.peers[1].got.len();
    talk.go_on(1);
    assert_eq!(talk.last(1), (OPUS, said(opened_at)), "the sound before it is not for anybody");
    say_so(&mut talk.world, talk.next, RED, redundant(talk.next, 2, OPUS));
    talk.pass(20);
    assert_eq!(talk.last(1), (OPUS, said(opened_at + 1)), "nor in a second packet that goes back further");
    talk.go_on(3);
    assert_eq!(talk.last(1), (RED, redundant(talk.next - 1, 1, OPUS)), "from then on it is passed");
    let heard = talk.heard(1, since);
    assert!(heard.iter().all(|number| *number >= opened_at), "closed from {closed_from} to {opened_at}: {heard:?}");
}

#[test]
fn voices_that_wait_for_each_other_are_passed_and_reduced_as_others() {
    let mut talk = Talk::over(&[1]);
    talk.world.router.gather_voices(talk.world.now, Duration::from_millis(5));
    talk.go_on(1);
    assert_eq!(talk.last(1), (RED, redundant(talk.next - 1, 1, OPUS)));
    assert_eq!(talk.last(2), (OWN_OPUS, said(talk.next - 1)));
}

#[test]
fn s19_over_two_shards_a_voice_is_passed_and_without_what_was_said_before_its_gate_opened() {
    let mut both = Shards::new(1, 1);
    for world in [&mut both.near, &mut both.far] {
        let session = with_red(world.peers[0].session(), RED, OPUS);
        world.command(Command::ApplySession(session));
    }
    both.cross();
    let track = [both.near.peers[0].track("microphone")];
    both.gate(&track, true);
    let mut told = Told::new(&both.far);
    told.lost = BAD;
    let mut next = 100;
    let mut go_on = |both: &mut Shards, packets| {
        for _ in 0..packets {
            say(&mut both.near, next);
            both.cross();
            told.report(&mut both.far, 0);
            both.advance(20);
            next += 1;
        }
        let rtp = both.far.peers[0].got.last().expect("something came").rtp();
        (next - 1, rtp.payload_type(), rtp.payload().to_vec())
    };
    let (number, pt, payload) = go_on(&mut both, 200);
    assert_eq!((pt, payload), (RED, redundant(number, 1, OPUS)));
    both.gate(&track, false);
    go_on(&mut both, 3);
    both.gate(&track, true);
    let (number, pt, payload) = go_on(&mut both, 1);
    assert_eq!((pt, payload), (OPUS, said(number)));
    let (number, pt, payload) = go_on(&mut both, 1);
    assert_eq!((pt, payload), (RED, redundant(number, 1, OPUS)));
}
