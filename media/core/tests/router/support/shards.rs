//! Two shards with one meeting, which the test connects.

use std::time::Instant;

use hoptt_core::control::{Answer, Command, Gate, Wish};
use hoptt_core::router::{Router, RouterConfig};

use super::{MEETING, World};

/// The first shard, which is the meeting's home, and the second one.
pub struct Shards {
    pub near: World,
    pub far: World,
    /// The number of the last command that both got.
    commands: u64,
}

impl Shards {
    /// So many peers are on the first shard, and so many on the second.
    pub fn new(near: usize, far: usize) -> Self {
        let now = Instant::now();
        let world = |shard, peers: usize, name: &str| {
            let config = RouterConfig { shard, first_bps: None, ..RouterConfig::default() };
            let mut world = World::begun(config, now);
            for peer in 0..peers {
                world.join(&format!("{name}{peer}"));
            }
            world
        };
        let mut both = Self { near: world(0, near, "p"), far: world(1, far, "q"), commands: 1_000 };
        let now = both.near.now.max(both.far.now);
        (both.near.now, both.far.now) = (now, now);
        let shards = [0, 1].into_iter().collect();
        both.command(&Command::SpreadMeeting { meeting: MEETING.into(), shards, home: 0 });
        both
    }

    /// A peer on each: the first one's gates are open, and the second one is to see and hear it.
    pub fn opened() -> Self {
        let mut both = Self::new(1, 1);
        let tracks = ["microphone", "camera"].map(|source| both.near.peers[0].track(source));
        both.gate(&tracks, true);
        both.watch(&tracks[1]);
        both
    }

    /// The first peer of the second shard is to see this camera.
    pub fn watch(&mut self, track: &str) {
        self.watch_in(track, (640, 360));
    }

    /// The same in a tile of that size.
    pub fn watch_in(&mut self, track: &str, (width, height): (u32, u32)) {
        let transport = self.far.peers[0].transport.clone();
        let wish = Wish { slot: 0, track: Some(track.into()), width, height, priority: 0 };
        self.far.command(Command::SetVideo { transport, wishes: vec![wish] });
        self.cross();
    }

    /// Gives both a command under the same number.
    pub fn command(&mut self, command: &Command) -> [Answer; 2] {
        self.commands += 1_000; // what one of them gets alone stays between
        let answers = [&mut self.near, &mut self.far].map(|world| {
            let answer = world.router.handle_numbered(world.now, self.commands, command.clone());
            world.pump();
            answer.expect("a command that is fine")
        });
        self.cross();
        answers
    }

    /// Opens or closes the gates of these tracks on both.
    pub fn gate(&mut self, tracks: &[String], open: bool) -> [Answer; 2] {
        let gate = |track: &String| Gate { track: track.clone(), allowed: open, on: true, vetoed: false };
        self.command(&Command::SetGates(tracks.iter().map(gate).collect()))
    }

    /// Brings over what is to cross, there and back.
    pub fn cross(&mut self) {
        loop {
            let there = hand_over(&mut self.near.router, &mut self.far, 0);
            let back = hand_over(&mut self.far.router, &mut self.near, 1);
            self.near.pump();
            self.far.pump();
            if !there && !back {
                return;
            }
        }
    }

    /// Lets time pass on both.
    pub fn advance(&mut self, ms: u64) {
        for _ in 0..ms {
            self.near.advance(1);
            self.far.advance(1);
            self.cross();
        }
    }
}

fn hand_over(from: &mut Router, to: &mut World, number: u8) -> bool {
    let mut moved = false;
    while let Some((_, crossing)) = from.poll_crossing() {
        to.router.handle_crossing(to.now, number, crossing);
        moved = true;
    }
    moved
}
