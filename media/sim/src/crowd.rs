//! A meeting of hundreds: they come in waves, hear the loudest voices, page through the pictures of a few cameras, lose
//! their lines, leave, and the floor passes. What arrives is looked at packet by packet.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use hoptt_core::control::{Kind, Source};

use crate::{LinkModel, Member, Network, Rng, World};

const MEETING: &str = "assembly";
/// K: voices that anybody hears.
pub const VOICES: u32 = 4;
/// Pictures that anybody sees.
pub const TILES: usize = 9;
/// Those who show a picture.
const CAMERAS: usize = 12;
/// Those who may speak at a time.
const SPEAKERS: usize = 8;
/// What comes is looked at so often.
const STEP: Duration = Duration::from_millis(420);
/// Of a packet of a voice.
const PACKET_TIME: Duration = Duration::from_millis(60);
const FPS: u32 = 5;

/// How large, and how long.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Participants.
    pub members: usize,
    /// Shards of the engine that have the meeting.
    pub shards: u8,
    /// Waves in which they come.
    pub waves: usize,
    /// Once all are there, in virtual time.
    pub lasts: Duration,
}

/// What was seen of it.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Packets of voices and of pictures that arrived.
    pub heard: u64,
    /// See `heard`.
    pub seen: u64,
    /// Packets of voices whose gate was closed when they were sent.
    pub forbidden: u64,
    /// Of those on whole lines, steps in which somebody heard more than the voices there may be.
    pub too_many: u64,
    /// Of those on whole lines, steps in which somebody heard nobody.
    pub deaf: u64,
    /// Their tiles in which nothing came in a step.
    pub blind: u64,
    /// All steps of all those.
    pub steps: u64,
    /// What the engine counted, by name, while all were there.
    pub counts: BTreeMap<&'static str, u64>,
    /// Transports of all shards, once all are there and once all have left.
    pub transports: [usize; 2],
    /// Meetings and tracks that the shards still have once all have left.
    pub left_over: usize,
}

impl Facts {
    /// What must not be.
    #[must_use]
    pub fn failures(&self) -> Vec<String> {
        let many = self.steps / 1_000;
        let facts = [
            (self.forbidden == 0, "somebody was heard behind a closed gate (R16)"),
            (self.too_many == 0, "somebody heard more voices than there may be"),
            (self.deaf <= many, "somebody on a whole line heard nobody"),
            (self.blind <= self.steps * TILES as u64 / 4, "of the pictures on whole lines one in four was lacking"),
            (self.heard > 0 && self.seen > 0, "nothing came"),
            (self.transports[1] == 0 && self.left_over == 0, "something is kept of who has left"),
        ];
        facts.into_iter().filter(|(holds, _)| !holds).map(|(_, what)| what.to_owned()).collect()
    }
}

/// A run of it.
pub struct Crowd {
    world: World,
    setting: Setting,
    members: Vec<Member>,
    /// When each microphone was opened and closed.
    gates: HashMap<u32, Vec<(Instant, bool)>>,
    speakers: Vec<Member>,
    /// Whose line is down, or was lately, and since when.
    away: HashMap<Member, Instant>,
    rng: Rng,
    facts: Facts,
}

impl Crowd {
    /// Plays it.
    ///
    /// # Panics
    /// When somebody cannot connect.
    #[must_use]
    pub fn run(setting: Setting, seed: u64) -> Facts {
        let mut world = World::new(setting.shards, seed);
        world.set_slots((VOICES, u32::try_from(TILES).expect("few")));
        world.overhear_nothing();
        world.meeting_over_all(MEETING);
        let mut crowd = Self {
            world,
            setting,
            members: vec![],
            gates: HashMap::new(),
            speakers: vec![],
            away: HashMap::new(),
            rng: Rng::new(seed),
            facts: Facts::default(),
        };
        crowd.come();
        crowd.meet();
        crowd.leave();
        crowd.facts
    }

    fn come(&mut self) {
        let wave = self.setting.members.div_ceil(self.setting.waves);
        while self.members.len() < self.setting.members {
            for _ in 0..wave.min(self.setting.members - self.members.len()) {
                let shard = self.members.len() * usize::from(self.setting.shards) / self.setting.members;
                let member = self.world.join(MEETING, shard, Network::default());
                let client = self.world.client_mut(member);
                client.spare(FPS);
                client.set_level(100);
                let shows = self.is_camera(self.members.len());
                self.world.client_mut(member).set_sending(Kind::Video, shows);
                self.world.client_mut(member).set_sending(Kind::Audio, false);
                if shows {
                    self.world.set_gate(member, Source::Camera, true);
                }
                self.members.push(member);
            }
            let all = |crowd: &World, members: &[Member]| {
                members.iter().all(|member| crowd.client(*member).connected_at().is_some())
            };
            let newcomers = self.members[self.members.len().saturating_sub(wave)..].to_vec();
            let came = self.world.run_until(Duration::from_secs(20), |world| all(world, &newcomers));
            assert!(came, "all of a wave connect");
            for member in newcomers {
                self.page(member);
            }
            self.look(STEP);
        }
        for _ in 0..SPEAKERS {
            self.pass_floor();
        }
        self.facts = Facts { transports: [self.transports(), 0], ..Facts::default() };
        self.look(STEP);
    }

    /// The cameras are spread over those who come, and so over the shards.
    fn is_camera(&self, place: usize) -> bool {
        place.is_multiple_of((self.setting.members / CAMERAS).max(1))
    }

    fn meet(&mut self) {
        self.facts = Facts { transports: self.facts.transports, ..Facts::default() };
        let before = self.counts();
        let end = self.world.now() + self.setting.lasts;
        while self.world.now() < end {
            self.pass_floor();
            for _ in 0..self.members.len().div_ceil(50) {
                let member = self.anybody();
                self.page(member);
            }
            let (lost, now) = (self.anybody(), self.world.now());
            if !self.speakers.contains(&lost) {
                self.away.insert(lost, now);
                self.world.cut(lost);
            }
            self.look(STEP);
            let back: Vec<Member> = self.away.keys().copied().collect();
            for member in back {
                self.world.set_network(member, Network::default());
            }
        }
        self.facts.counts = self.counts().into_iter().map(|(name, total)| (name, total - before[name])).collect();
    }

    fn leave(&mut self) {
        for member in self.members.clone() {
            self.world.client_mut(member).leave();
        }
        self.world.run_for(Duration::from_secs(3));
        self.facts.transports[1] = self.transports();
        self.facts.left_over = (0..usize::from(self.setting.shards))
            .map(|shard| {
                self.world.engine().shard(shard).snapshot().tracks.len() + self.world.engine().shard(shard).mirrors()
            })
            .sum();
    }

    /// Somebody gets the floor, and whoever had it for the longest time loses it.
    fn pass_floor(&mut self) {
        let next = self.anybody();
        if self.speakers.contains(&next) || self.away.contains_key(&next) {
            return;
        }
        self.world.client_mut(next).set_sending(Kind::Audio, true);
        let loudness = u8::try_from(20 + self.rng.next_u64() % 40).expect("small");
        self.world.client_mut(next).set_level(loudness);
        self.gate(next, true);
        self.speakers.push(next);
        if self.speakers.len() > SPEAKERS {
            // Its page goes on to send.
            let last = self.speakers.remove(0);
            self.gate(last, false);
        }
    }

    fn gate(&mut self, member: Member, is_open: bool) {
        self.gates.entry(member.number()).or_default().push((self.world.now(), is_open));
        self.world.set_gate(member, Source::Microphone, is_open);
    }

    /// Shows a member other cameras.
    fn page(&mut self, member: Member) {
        let cameras = (0..self.members.len()).filter(|place| self.is_camera(*place)).map(|place| self.members[place]);
        let mut cameras: Vec<Member> = cameras.filter(|camera| *camera != member).collect();
        let turn = usize::try_from(self.rng.next_u64() % cameras.len().max(1) as u64).expect("small");
        cameras.rotate_left(turn);
        cameras.truncate(TILES);
        self.world.watch_all(member, &cameras);
    }

    fn anybody(&mut self) -> Member {
        let place = self.rng.next_u64() % self.members.len() as u64;
        self.members[usize::try_from(place).expect("small")]
    }

    /// Lets time pass, and looks at all that came.
    fn look(&mut self, time: Duration) {
        for member in &self.members {
            self.world.client_mut(*member).forget();
        }
        self.world.run_for(time);
        let delay = LinkModel::default().delay;
        let most = (time.as_micros() / PACKET_TIME.as_micros() + 2) * u128::from(VOICES);
        let now = self.world.now();
        for member in &self.members {
            let (mut heard, mut tiles) = (0, [false; TILES]);
            for packet in self.world.client(*member).received() {
                match packet.kind {
                    Kind::Audio => {
                        heard += 1;
                        let sent = packet.at.checked_sub(delay).expect("it was on the line");
                        let open = was_open(self.gates.get(&packet.mark.member), sent);
                        self.facts.forbidden += u64::from(!open);
                    }
                    Kind::Video => {
                        self.facts.seen += 1;
                        tiles[usize::try_from(packet.slot).expect("few")] = true;
                    }
                }
            }
            self.facts.heard += heard;
            let whole = self.away.get(member).is_none_or(|since| now.duration_since(*since) > Duration::from_secs(4));
            if whole {
                self.facts.steps += 1;
                self.facts.too_many += u64::from(u128::from(heard) > most);
                self.facts.deaf += u64::from(heard == 0);
                self.facts.blind += tiles.iter().filter(|shown| !**shown).count() as u64;
            }
        }
    }

    fn transports(&self) -> usize {
        (0..usize::from(self.setting.shards)).map(|shard| self.world.engine().shard(shard).slots_in_use()).sum()
    }

    fn counts(&self) -> BTreeMap<&'static str, u64> {
        let mut totals = BTreeMap::new();
        for shard in 0..usize::from(self.setting.shards) {
            for (name, total) in self.world.engine().shard(shard).counters().iter() {
                *totals.entry(name).or_default() += total;
            }
        }
        totals
    }
}

/// Whether a gate was open at that moment; at the one in which it closed it still was.
fn was_open(moves: Option<&Vec<(Instant, bool)>>, at: Instant) -> bool {
    let Some(moves) = moves else { return false };
    let before = moves.iter().rev().find(|(moved, _)| *moved < at).is_some_and(|(_, open)| *open);
    before || moves.iter().any(|(moved, open)| *moved == at && *open)
}
