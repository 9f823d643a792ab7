//! What the control plane asks of the engine of a world.

use std::time::Duration;

use hoptt_core::control::{Answer, Command, CreateMeeting, Gate, Source, Wish};

use super::{Member, World};

impl World {
    /// Makes a meeting that is over all shards, the first of which is its home.
    ///
    /// # Panics
    /// When a shard refuses.
    pub fn meeting_over_all(&mut self, meeting: &str) {
        let all = 0..self.engine.shards();
        for shard in all.clone() {
            self.meeting(meeting, shard);
        }
        let numbers = || all.clone().map(|shard| u8::try_from(shard).expect("few"));
        self.order_all(&Command::SpreadMeeting { meeting: meeting.into(), shards: numbers().collect(), home: 0 });
    }

    /// Makes a meeting on a shard.
    pub fn meeting(&mut self, meeting: &str, shard: usize) {
        self.order(
            shard,
            Command::CreateMeeting(CreateMeeting { meeting: meeting.into(), audio_slots: self.slots.0, blob: vec![] }),
        );
    }

    /// Opens or closes gates.
    pub fn set_gate(&mut self, member: Member, source: Source, is_open: bool) {
        let seat = self.seat(member);
        let gate = Gate { track: seat.client.track(source), allowed: is_open, on: true, vetoed: false };
        self.order_all(&Command::SetGates(vec![gate]));
    }

    /// Shows these cameras in a viewer's slots, in their order.
    pub fn watch_all(&mut self, viewer: Member, shown: &[Member]) {
        let wish = |(slot, shown): (u32, &Member)| Wish {
            slot,
            track: Some(self.client(*shown).track(Source::Camera)),
            width: 320,
            height: 180,
            priority: 0,
        };
        let wishes: Vec<Wish> = (0..).zip(shown).map(wish).collect();
        let seat = self.seat_mut(viewer);
        seat.wishes.clone_from(&wishes);
        let command = Command::SetVideo { transport: seat.client.name().into(), wishes };
        let shard = seat.shard;
        self.order(shard, command);
    }

    /// Shows a member's camera in a viewer's slot, or nothing.
    pub fn watch(&mut self, viewer: Member, slot: u32, shown: Option<Member>) {
        self.watch_in(viewer, slot, shown, (1280, 720));
    }

    /// The same in a tile of that size.
    pub fn watch_in(&mut self, viewer: Member, slot: u32, shown: Option<Member>, (width, height): (u32, u32)) {
        let track = shown.map(|shown| self.client(shown).track(Source::Camera));
        let seat = self.seat_mut(viewer);
        seat.wishes.retain(|wish| wish.slot != slot);
        seat.wishes.push(Wish { slot, track, width, height, priority: 1 });
        let command = Command::SetVideo { transport: seat.client.name().into(), wishes: seat.wishes.clone() };
        let shard = seat.shard;
        self.order(shard, command);
    }

    /// Says what a member's line carries of pictures.
    ///
    /// # Panics
    /// When the member is gone.
    pub fn allow_video(&mut self, member: Member, budget_bps: Option<u64>) {
        let (shard, transport) = (self.seat(member).shard, self.client(member).name().to_owned());
        self.engine.set_video_budget(self.now, shard, &transport, budget_bps);
        self.engine_sends();
    }

    /// Gives a shard a command and takes what it sends.
    ///
    /// # Panics
    /// When the shard refuses.
    pub fn order(&mut self, shard: usize, command: Command) -> Answer {
        let answer = self.engine.handle_command(self.now, shard, command).expect("the shard takes the command");
        self.engine_sends();
        answer
    }

    /// Gives all shards a command, as the engine does where it is not known whom it concerns, and takes what they send.
    pub fn order_all(&mut self, command: &Command) {
        let all: Vec<usize> = (0..self.engine.shards()).collect();
        self.engine.handle_command_everywhere(self.now, &all, command);
        self.engine_sends();
    }

    /// Lets what crosses between shards take so long, and each so manieth time find no room.
    pub fn set_crossing(&mut self, delay: Duration, refuses: Option<u64>) {
        self.engine.set_crossing(delay, refuses);
    }
}
