//! One engine, its clients, the lines between them, and the time.

mod orders;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use hoptt_core::control::{Answer, Command, Wish};
use hoptt_core::remote::Remote;
use hoptt_wire::demux::{Class, classify};

use crate::agenda::Agenda;
use crate::{Client, Coding, Engine, Layers, Link, LinkModel, Loss, Recording, Rng};

/// Somebody in the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Member(u32);

impl Member {
    /// The number that its packets carry.
    #[must_use]
    pub fn number(self) -> u32 {
        self.0
    }
}

/// The two directions of a client's line.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Network {
    /// Towards the engine.
    pub up: LinkModel,
    /// Towards the client.
    pub down: LinkModel,
}

/// See the module.
pub struct World {
    start: Instant,
    now: Instant,
    engine: Engine,
    seats: Vec<Seat>,
    agenda: Agenda,
    /// Whose seat is reached at an address.
    reached: HashMap<Remote, usize>,
    /// Of each client, for sound and pictures.
    slots: (u32, u32),
    /// Datagrams of each client that are kept.
    overheard: usize,
    on_the_way: BinaryHeap<Reverse<Delivery>>,
    next_order: u64,
    /// Bytes that the engine sent, by address.
    sent: HashMap<Remote, u64>,
    rng: Rng,
}

struct Seat {
    client: Client,
    shard: usize,
    up: Link,
    down: Link,
    /// The source address of its datagrams, as the engine sees it.
    seen_as: Remote,
    /// Where datagrams reach it.
    reached_at: Remote,
    wishes: Vec<Wish>,
    /// The last datagrams that the client sent, the newest last.
    overheard: VecDeque<Vec<u8>>,
}

/// A datagram on its way; the earliest comes first, and of two at once the one that was sent first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Delivery {
    at: Instant,
    order: u64,
    /// A seat, or the engine.
    to: Option<usize>,
    source: Remote,
    bytes: Vec<u8>,
}

/// Of UDP and IPv4: they take their part of a line.
const HEADERS: usize = 28;
/// Where the engine is (RFC 5737: an address that is nobody's).
const ENGINE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 3478);
/// Some seconds of a client.
const OVERHEARD: usize = 1_000;
/// Of audio and video, unless something else is said.
const SLOTS: (u32, u32) = (4, 4);

impl World {
    /// Makes a world with an engine of that many shards.
    #[must_use]
    pub fn new(shards: u8, seed: u64) -> Self {
        let start = Instant::now();
        Self {
            start,
            now: start,
            engine: Engine::new(shards, start),
            seats: vec![],
            agenda: Agenda::default(),
            reached: HashMap::new(),
            slots: SLOTS,
            overheard: OVERHEARD,
            on_the_way: BinaryHeap::new(),
            next_order: 0,
            sent: HashMap::new(),
            rng: Rng::new(seed),
        }
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.now
    }

    /// The time since the world began.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.now - self.start
    }

    /// The engine.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// What the engine believes a client's line to carry.
    pub fn estimate_bps(&mut self, member: Member) -> Option<u32> {
        let transport = self.seat(member).client.name().to_owned();
        self.engine.estimate_bps(self.now, &transport)
    }

    /// A client.
    #[must_use]
    pub fn client(&self, member: Member) -> &Client {
        &self.seat(member).client
    }

    /// A client, to change it.
    pub fn client_mut(&mut self, member: Member) -> &mut Client {
        self.agenda.touch(index(member));
        &mut self.seat_mut(member).client
    }

    /// The lines of a client: up and down.
    #[must_use]
    pub fn lines(&self, member: Member) -> (&Link, &Link) {
        let seat = self.seat(member);
        (&seat.up, &seat.down)
    }

    /// Changes a client's line.
    pub fn set_network(&mut self, member: Member, network: Network) {
        let now = self.now;
        let seat = self.seat_mut(member);
        seat.up.set_model(now, network.up);
        seat.down.set_model(now, network.down);
    }

    /// Cuts a client's line in both directions.
    pub fn cut(&mut self, member: Member) {
        let dead = LinkModel { loss: Loss::Even(1.0), ..LinkModel::default() };
        self.set_network(member, Network { up: dead, down: dead });
    }

    /// A router on a client's line gives it another address, without telling it; the old one reaches it no more.
    pub fn rebind(&mut self, member: Member, address: impl Into<Remote>) {
        let address = address.into();
        let seat = self.seat_mut(member);
        let before = seat.reached_at;
        (seat.seen_as, seat.reached_at) = (address, address);
        if self.reached.get(&before) == Some(&index(member)) {
            self.reached.remove(&before);
        }
        self.reached.insert(address, index(member));
    }

    /// The connection that a client came by is closed.
    pub fn disconnect(&mut self, member: Member) {
        let remote = self.seat(member).seen_as;
        self.engine.handle_disconnected(self.now, remote);
        self.engine_sends();
    }

    /// Somebody on a client's line sends its datagrams on under the address of a victim.
    pub fn divert(&mut self, member: Member, victim: SocketAddr) {
        self.seat_mut(member).seen_as = victim.into();
    }

    /// How many bytes the engine sent to an address, whether they arrived or not.
    #[must_use]
    pub fn sent_to(&self, address: impl Into<Remote>) -> u64 {
        self.sent.get(&address.into()).copied().unwrap_or(0)
    }

    /// Whoever comes from now on has so many slots for sound and pictures.
    pub fn set_slots(&mut self, slots: (u32, u32)) {
        self.slots = slots;
    }

    /// Nobody listens on the lines from now on: a thousand datagrams of each of many clients take much room.
    pub fn overhear_nothing(&mut self) {
        self.overheard = 0;
    }

    /// What somebody on the line heard of a client: its last datagrams of a class, the oldest first.
    #[must_use]
    pub fn overheard(&self, member: Member, class: Class) -> Vec<Vec<u8>> {
        self.seat(member).overheard.iter().filter(|bytes| classify(bytes) == class).cloned().collect()
    }

    /// Brings a client into a meeting; it begins to connect.
    ///
    /// # Panics
    /// When the engine refuses.
    pub fn join(&mut self, meeting: &str, shard: usize, network: Network) -> Member {
        self.seat_new(meeting, shard, network, |_, _| None)
    }

    /// Brings in a client whose camera sends three encodings at once.
    ///
    /// # Panics
    /// When the engine refuses.
    pub fn join_layered(&mut self, meeting: &str, shard: usize, network: Network, coding: Coding) -> Member {
        self.seat_new(meeting, shard, network, |number, now| Some(Layers::new(number, coding, now)))
    }

    /// Brings in a client whose camera shows a recording in one stream.
    ///
    /// # Panics
    /// When the engine refuses.
    pub fn join_recorded(&mut self, meeting: &str, shard: usize, network: Network, recording: Recording) -> Member {
        self.seat_new(meeting, shard, network, |number, now| Some(Layers::recorded(number, recording, now)))
    }

    fn seat_new(
        &mut self,
        meeting: &str,
        shard: usize,
        network: Network,
        camera: impl FnOnce(u32, Instant) -> Option<Layers>,
    ) -> Member {
        let number = u32::try_from(self.seats.len()).expect("few");
        let [_, _, high, low] = (number + 2).to_be_bytes();
        let address = SocketAddr::from((Ipv4Addr::new(10, 0, high, low), 50_000));
        let mut client = match camera(number, self.now) {
            Some(layers) => Client::layered(number, address, self.slots, layers, self.now),
            None => Client::new(number, address, self.slots, self.now),
        };
        let transport = client.name().to_owned();
        let created = self.order(shard, Command::CreateTransport { meeting: meeting.into(), transport, blob: vec![] });
        let Answer::TransportCreated { ufrag, pwd, .. } = created else { panic!("{created:?}") };
        let session = client.session();
        self.order(shard, Command::ApplySession(session));
        client.connect(ENGINE, ufrag, pwd, self.engine.identity().fingerprint());
        let (up, down) = (Link::new(network.up, self.rng.next_u64()), Link::new(network.down, self.rng.next_u64()));
        self.reached.insert(address.into(), self.seats.len());
        self.agenda.touch(self.seats.len());
        self.seats.push(Seat {
            client,
            shard,
            up,
            down,
            seen_as: address.into(),
            reached_at: address.into(),
            wishes: vec![],
            overheard: VecDeque::new(),
        });
        Member(number)
    }

    /// Delivers a datagram to the engine at once, from wherever it says.
    pub fn inject(&mut self, source: impl Into<Remote>, mut datagram: Vec<u8>) {
        self.engine.handle_datagram(self.now, source.into(), &mut datagram);
        self.engine_sends();
    }

    /// Lets time pass.
    pub fn run_for(&mut self, time: Duration) {
        let end = self.now + time;
        self.run_until(time, |_| false);
        self.now = end;
    }

    /// Lets time pass until something is so, or the time is over; says whether it became so.
    pub fn run_until(&mut self, time: Duration, is_so: impl Fn(&Self) -> bool) -> bool {
        let end = self.now + time;
        while !is_so(self) {
            let next = self.next_event();
            if next > end {
                return false;
            }
            self.now = self.now.max(next);
            self.step();
        }
        true
    }

    fn next_event(&mut self) -> Instant {
        let delivery = self.on_the_way.peek().map(|Reverse(delivery)| delivery.at);
        while let Some(touched) = self.agenda.touched.pop() {
            self.agenda.set(touched, self.seats[touched].client.poll_timeout());
        }
        let clients = self.agenda.next();
        let due = [delivery, clients, self.engine.poll_timeout()].into_iter().flatten().min();
        due.unwrap_or(self.now + Duration::from_secs(3600))
    }

    /// Does what is due now.
    fn step(&mut self) {
        while self.on_the_way.peek().is_some_and(|Reverse(delivery)| delivery.at <= self.now) {
            let Some(Reverse(mut delivery)) = self.on_the_way.pop() else { break };
            match delivery.to {
                None => {
                    self.engine.handle_datagram(self.now, delivery.source, &mut delivery.bytes);
                    self.engine_sends();
                }
                Some(seat) => {
                    self.seats[seat].client.handle_datagram(self.now, ENGINE, &delivery.bytes);
                    self.client_sends(seat);
                }
            }
        }
        if self.engine.poll_timeout().is_some_and(|due| due <= self.now) {
            self.engine.handle_timeout(self.now);
            self.engine_sends();
        }
        let mut due = self.agenda.take_due(self.now);
        for seat in due.drain(..) {
            self.client_sends(seat);
        }
        self.agenda.due = due;
    }

    fn engine_sends(&mut self) {
        let (now, seats, way, order) = (self.now, &mut self.seats, &mut self.on_the_way, &mut self.next_order);
        let (sent, reached) = (&mut self.sent, &self.reached);
        self.engine.poll_all(now, |to, bytes| {
            *sent.entry(to).or_default() += bytes.len() as u64;
            let Some(place) = reached.get(&to).copied() else { return };
            if let Some(at) = carried(&mut seats[place].down, now, bytes) {
                *order += 1;
                way.push(Reverse(Delivery {
                    at,
                    order: *order,
                    to: Some(place),
                    source: ENGINE.into(),
                    bytes: bytes.to_vec(),
                }));
            }
        });
    }

    fn client_sends(&mut self, seat: usize) {
        let (now, way, order) = (self.now, &mut self.on_the_way, &mut self.next_order);
        let Seat { client, up: line, overheard, seen_as, .. } = &mut self.seats[seat];
        let (source, kept) = (*seen_as, self.overheard);
        client.handle_timeout(now, |bytes| {
            if kept > 0 {
                overheard.push_back(bytes.to_vec());
            }
            if overheard.len() > kept {
                overheard.pop_front();
            }
            if let Some(at) = carried(line, now, bytes) {
                *order += 1;
                way.push(Reverse(Delivery { at, order: *order, to: None, source, bytes: bytes.to_vec() }));
            }
        });
        let due = client.poll_timeout();
        self.agenda.set(seat, due);
    }

    fn seat(&self, member: Member) -> &Seat {
        &self.seats[index(member)]
    }

    fn seat_mut(&mut self, member: Member) -> &mut Seat {
        &mut self.seats[index(member)]
    }
}

/// When a datagram arrives over a line, if it does.
fn carried(line: &mut Link, now: Instant, datagram: &[u8]) -> Option<Instant> {
    match classify(datagram) {
        Class::Dtls => line.handle_handshake(now),
        _ => line.handle_datagram(now, datagram.len() + HEADERS),
    }
}

fn index(member: Member) -> usize {
    usize::try_from(member.0).expect("few")
}
