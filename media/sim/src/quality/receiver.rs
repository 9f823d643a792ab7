//! A viewer: reports arrivals, asks for what is missing, and plays.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use hoptt_core::twcc::ArrivalLog;
use hoptt_wire::Ssrc;

use super::{Answer, Content, Packet, Piece};

/// How a voice was heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// Packets that should have come.
    pub expected: u64,
    /// Of those, the ones that did not come in time.
    pub lost: u64,
    /// And of those, the ones that the next packet does not make up for (Opus in-band FEC, RFC 6716 §2.1.7).
    pub concealed: u64,
}

/// How a picture was seen.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// When each frame was shown.
    pub shown: Vec<Instant>,
    /// Gaps that are freezes (W3C webrtc-stats: longer than three times the average, or the average and 150 ms).
    pub freezes: Vec<(Instant, Duration)>,
}

impl Seen {
    fn show(&mut self, at: Instant) {
        let gap = self.shown.last().map(|last| at.saturating_duration_since(*last));
        let recent = &self.shown[self.shown.len().saturating_sub(31)..];
        if let (Some(gap), true, Some((first, last))) = (gap, recent.len() > 5, recent.first().zip(recent.last())) {
            let count = u32::try_from(recent.len() - 1).expect("few");
            let average = last.duration_since(*first) / count;
            if gap > (3 * average).max(average + Duration::from_millis(150)) {
                self.freezes.push((at, gap));
            }
        }
        self.shown.push(at);
    }
}

/// A voice that comes later than the quickest one by this is not played.
const VOICE_WAITS: Duration = Duration::from_millis(400);
/// What is missing is asked for again after the round trip and this.
const ASK_AGAIN: Duration = Duration::from_millis(20);
const ASKED_AT_MOST: u32 = 10;
/// Without a next frame for this long a key frame is asked for.
const STUCK: Duration = Duration::from_millis(500);
/// Playing waits as long as frames were late, and this much less in each second.
const PATIENCE_FADES: f64 = 0.05;

#[derive(Clone, Copy, Debug)]
struct Frame {
    piece: Piece,
    got: u32,
    /// Of its packets that came the first.
    first_number: u64,
}

#[derive(Debug, Default)]
struct Picture {
    seen: Seen,
    frames: BTreeMap<u64, Frame>,
    next_frame: u64,
    /// Numbers from here on are new.
    next_number: u64,
    /// Number → (asked, when again).
    missing: BTreeMap<u64, (u32, Option<Instant>)>,
    patience: Duration,
    moved_at: Option<Instant>,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Receiver {
    log: ArrivalLog,
    pictures: Vec<Picture>,
    /// Each voice packet's making and way.
    voices: BTreeMap<u64, (Instant, Duration)>,
    rtt: Duration,
}

impl Receiver {
    pub(super) fn new(places: usize, rtt: Duration, now: Instant) -> Self {
        let pictures = (0..places).map(|_| Picture::default()).collect();
        Self { log: ArrivalLog::new(now), pictures, voices: BTreeMap::new(), rtt }
    }

    pub(super) fn handle_packet(&mut self, at: Instant, packet: &Packet) {
        self.log.handle_packet(packet.number, at);
        match packet.content {
            Content::Voice { number, made } => {
                self.voices.insert(number, (made, at.duration_since(made)));
            }
            Content::Picture(piece) => self.pictures[piece.place].handle_piece(at, piece),
            Content::Padding => {}
        }
    }

    /// Says what is due.
    pub(super) fn handle_timeout(&mut self, now: Instant, mut answer: impl FnMut(Answer)) {
        loop {
            let mut out = Vec::new();
            if !self.log.poll_feedback(now, Ssrc(1), Ssrc(2), &mut out) {
                break;
            }
            answer(Answer::Report(out));
        }
        for (place, picture) in self.pictures.iter_mut().enumerate() {
            let numbers = picture.ask(now, self.rtt);
            if !numbers.is_empty() {
                answer(Answer::Missing { place, numbers });
            }
            if picture.is_stuck(now) {
                answer(Answer::Keyframe { place });
            }
        }
    }

    pub(super) fn seen(&self, place: usize) -> &Seen {
        &self.pictures[place].seen
    }

    /// When the first voice packet came that was made from then on.
    pub(super) fn first_heard(&self, from: Instant) -> Option<Instant> {
        self.voices.values().filter(|(made, _)| *made >= from).map(|(made, way)| *made + *way).min()
    }

    /// How the voice packets of these numbers were heard.
    pub(super) fn heard(&self, numbers: std::ops::Range<u64>) -> Heard {
        let quickest = self.voices.values().map(|(_, way)| *way).min().unwrap_or_default();
        let came = |number: &u64| self.voices.get(number).is_some_and(|(_, way)| *way <= quickest + VOICE_WAITS);
        let lost: Vec<u64> = numbers.clone().filter(|number| !came(number)).collect();
        let concealed = lost.iter().filter(|number| !came(&(*number + 1))).count();
        Heard { expected: numbers.end - numbers.start, lost: lost.len() as u64, concealed: concealed as u64 }
    }
}

impl Picture {
    fn handle_piece(&mut self, at: Instant, piece: Piece) {
        if piece.number >= self.next_number {
            self.missing.extend((self.next_number..piece.number).map(|number| (number, (0, None))));
            self.next_number = piece.number + 1;
        } else if self.missing.remove(&piece.number).is_none() {
            return; // it came twice
        }
        if piece.frame < self.next_frame {
            return;
        }
        let frame = self.frames.entry(piece.frame).or_insert(Frame { piece, got: 0, first_number: piece.number });
        frame.got += 1;
        frame.first_number = frame.first_number.min(piece.number);
        self.play(at);
    }

    /// Shows every frame whose turn it is.
    fn play(&mut self, at: Instant) {
        loop {
            let whole = |frame: &Frame| frame.got == frame.piece.pieces;
            let next = self.frames.get(&self.next_frame).filter(|frame| whole(frame));
            let anew = || self.frames.values().find(|frame| frame.piece.starts_anew && whole(frame));
            let Some(frame) = next.or_else(anew).copied() else { return };
            if frame.piece.frame > self.next_frame {
                self.missing = self.missing.split_off(&frame.first_number); // nothing before it is needed
            }
            self.next_frame = frame.piece.frame + 1;
            self.frames = self.frames.split_off(&self.next_frame);
            let way = at.saturating_duration_since(frame.piece.made);
            let shown = at.max(frame.piece.made + self.patience);
            let passed = self.moved_at.replace(at).map_or(0.0, |before| at.duration_since(before).as_secs_f64());
            self.patience = way.max(self.patience.mul_f64((1.0 - PATIENCE_FADES * passed).max(0.0)));
            let shown = self.seen.shown.last().map_or(shown, |last| shown.max(*last));
            self.seen.show(shown);
        }
    }

    fn ask(&mut self, now: Instant, rtt: Duration) -> Vec<u64> {
        let mut numbers = Vec::new();
        for (number, (asked, again)) in &mut self.missing {
            if again.is_none_or(|again| again <= now) {
                *asked += 1;
                *again = Some(now + rtt + ASK_AGAIN);
                numbers.push(*number);
            }
        }
        self.missing.retain(|_, (asked, _)| *asked <= ASKED_AT_MOST);
        numbers
    }

    /// Frames wait for one that does not come; asks once per time.
    fn is_stuck(&mut self, now: Instant) -> bool {
        let stuck = !self.frames.is_empty() && self.moved_at.is_some_and(|at| now.duration_since(at) > STUCK);
        if stuck {
            self.moved_at = Some(now);
        }
        stuck
    }
}
