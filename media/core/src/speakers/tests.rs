//! Meetings of a few voices, driven packet by packet.

use super::*;

/// Levels in −dBov.
const SPEECH: u8 = 30;
const NOISE: u8 = 75;

struct Room {
    speakers: Speakers<char>,
    now: Instant,
}

impl Room {
    fn new() -> Self {
        Self { speakers: Speakers::default(), now: Instant::now() }
    }

    /// Lets all of them send a packet every 20 ms; gives those who were dominant, in turn.
    fn hear(&mut self, ms: u64, voices: &[(char, u8)]) -> Vec<Option<char>> {
        let mut turns = vec![self.speakers.dominant()];
        for _ in 0..ms / 20 {
            for (key, level) in voices {
                self.speakers.handle_level(*key, *level, *level < 60, self.now);
            }
            self.now += Duration::from_millis(20);
            self.speakers.tick(self.now);
            if turns.last() != Some(&self.speakers.dominant()) {
                turns.push(self.speakers.dominant());
            }
        }
        turns.split_off(1)
    }

    fn loudest(&mut self, count: usize) -> String {
        self.speakers.loudest(count).iter().collect()
    }
}

#[test]
fn the_first_who_speaks_is_dominant() {
    let mut room = Room::new();
    assert_eq!(room.hear(1000, &[('a', NOISE), ('b', NOISE)]), []);
    assert_eq!(room.hear(400, &[('a', NOISE), ('b', SPEECH)]), [Some('b')]);
}

#[test]
fn who_goes_on_speaking_takes_over_within_a_second_and_a_cough_does_not() {
    let mut room = Room::new();
    room.hear(2000, &[('a', SPEECH), ('b', NOISE)]);
    assert_eq!(room.speakers.dominant(), Some('a'));
    assert_eq!(room.hear(200, &[('a', SPEECH), ('b', 10)]), [], "a cough");
    assert_eq!(room.hear(1000, &[('a', SPEECH), ('b', NOISE)]), []);
    assert_eq!(room.hear(1200, &[('a', NOISE), ('b', SPEECH)]), [Some('b')]);
}

#[test]
fn who_talks_over_the_dominant_speaker_does_not_make_the_picture_jump() {
    let mut room = Room::new();
    room.hear(2000, &[('a', SPEECH), ('b', NOISE)]);
    assert_eq!(room.hear(5000, &[('a', SPEECH), ('b', SPEECH)]), []);
}

#[test]
fn in_a_silence_the_last_speaker_keeps_the_word() {
    let mut room = Room::new();
    room.hear(2000, &[('a', SPEECH), ('b', NOISE)]);
    assert_eq!(room.hear(20_000, &[('a', NOISE), ('b', NOISE)]), []);
    assert_eq!(room.hear(20_000, &[]), []);
}

#[test]
fn steady_noise_is_no_speech_however_loud() {
    let mut room = Room::new();
    room.hear(2000, &[('a', SPEECH)]);
    // A fan beside a microphone, at a level of speech; the noise estimate takes its time.
    room.hear(31_000, &[('a', NOISE), ('f', 45)]);
    room.hear(2000, &[('a', SPEECH), ('f', 45)]);
    assert_eq!(room.speakers.dominant(), Some('a'));
    assert_eq!(room.hear(5000, &[('a', NOISE), ('f', 45)]), []);
}

#[test]
fn s19_who_is_removed_has_neither_the_word_nor_a_rank() {
    let mut room = Room::new();
    room.hear(2000, &[('a', SPEECH), ('b', NOISE)]);
    room.speakers.remove('a');
    assert_eq!(room.speakers.dominant(), None);
    assert_eq!(room.loudest(9), "b");
    assert_eq!(room.speakers.level('a', room.now), 0);
}

#[test]
fn the_loudest_come_first_and_the_silent_last() {
    let mut room = Room::new();
    room.hear(1000, &[('a', 127), ('b', 30), ('c', 50), ('d', 20)]);
    assert_eq!(room.loudest(9), "dbca");
    assert_eq!(room.loudest(2), "db");
}

#[test]
fn two_voices_alike_do_not_push_each_other_out_in_turns() {
    let mut room = Room::new();
    room.hear(1000, &[('a', 30), ('b', 32), ('c', 90)]);
    assert_eq!(room.loudest(1), "a");
    for n in 0..200 {
        room.hear(100, &[('a', 30 + n % 3 * 2), ('b', 30), ('c', 90)]);
        assert_eq!(room.loudest(1), "a", "round {n}");
    }
    room.hear(2000, &[('a', 60), ('b', 30), ('c', 90)]);
    assert_eq!(room.loudest(1), "b");
}

#[test]
fn who_begins_to_speak_is_ranked_within_two_hundred_milliseconds() {
    let mut room = Room::new();
    let quiet: Vec<_> = "abcdefgh".chars().map(|key| (key, NOISE)).collect();
    room.hear(2000, &quiet);
    room.loudest(4);
    let mut speaking = quiet;
    speaking[7].1 = SPEECH;
    room.hear(200, &speaking);
    assert!(room.loudest(4).contains('h'));
}

#[test]
fn a_voice_without_levels_ranks_below_speech_and_above_noise() {
    let mut room = Room::new();
    for _ in 0..50 {
        room.speakers.handle_unmeasured('u', false, room.now);
        room.speakers.handle_unmeasured('z', true, room.now);
        room.hear(20, &[('a', SPEECH), ('b', NOISE)]);
    }
    assert_eq!(room.loudest(9), "aubz");
}

#[test]
fn a_level_fades_when_no_packet_comes() {
    let mut room = Room::new();
    room.hear(1000, &[('a', 20)]);
    assert_eq!(room.speakers.level('a', room.now), 107);
    assert!(room.speakers.level('a', room.now + Duration::from_secs(5)) < 2);
}

#[test]
fn frames_of_sixty_milliseconds_count_as_whole_speech() {
    let mut room = Room::new();
    for _ in 0..20 {
        room.speakers.handle_level('a', SPEECH, true, room.now);
        room.now += Duration::from_millis(60);
        room.speakers.tick(room.now);
    }
    for _ in 0..20 {
        room.speakers.handle_level('b', SPEECH, true, room.now);
        room.now += Duration::from_millis(60);
        room.speakers.tick(room.now);
    }
    assert_eq!(room.speakers.dominant(), Some('b'));
}

#[test]
fn voices_are_bounded() {
    let now = Instant::now();
    let mut speakers = Speakers::default();
    for key in 0..3000_u32 {
        speakers.handle_level(key, SPEECH, true, now);
    }
    assert_eq!(speakers.crowded(), 3000 - MAX_SPEAKERS as u64);
    assert_eq!(speakers.voices.len(), MAX_SPEAKERS);
    assert!(speakers.tick(now));
    assert_eq!(speakers.loudest(5000).len(), MAX_SPEAKERS);
}

#[test]
fn nothing_is_due_when_nobody_is_there() {
    let mut room = Room::new();
    assert_eq!(room.speakers.poll_timeout(), None);
    room.hear(20, &[('a', SPEECH)]);
    assert!(room.speakers.poll_timeout().is_some());
    room.speakers.remove('a');
    room.now += Duration::from_secs(1);
    assert!(room.speakers.tick(room.now), "once more, to tell that nobody is there");
    assert_eq!(room.speakers.poll_timeout(), None);
}
