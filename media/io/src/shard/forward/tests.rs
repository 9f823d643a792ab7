use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket as ClientSocket};

use hoptt_core::control::{Answer, CreateMeeting, Gate, Kind, Source, Wish};
use hoptt_core::router::RouterConfig;
use hoptt_core::transport::DtlsIdentity;
use hoptt_sim::{Client, Mark};

use super::*;

#[test]
fn what_is_awaited_is_due_after_the_wait() {
    assert_eq!(until(None), EpollTimeout::NONE);
    assert_eq!(until(Some(Instant::now())), EpollTimeout::ZERO);
    assert_eq!(until(Some(Instant::now() + Duration::from_secs(3600))), EpollTimeout::from(60_000u16));
    let soon = until(Some(Instant::now() + Duration::from_micros(900)));
    assert_eq!(soon, EpollTimeout::from(1u16));
}

/// A shard and clients on loopback, in one thread: who sends a picture comes first.
struct Room {
    shard: Forwarder,
    address: SocketAddr,
    clients: Vec<(Client, ClientSocket)>,
}

const MEETING: &str = "burst";

impl Room {
    fn new(clients: u32) -> Self {
        let loopback = IpAddr::from(Ipv4Addr::LOCALHOST);
        let crate::udp::Sockets { mut sockets, port } = crate::udp::open(&[loopback], 0, 1).expect("a port");
        let identity = Arc::new(DtlsIdentity::generate());
        let router = Router::new(RouterConfig::default(), identity.clone(), Instant::now());
        let door = Door {
            mailbox: Arc::new(Mailbox::new(8).expect("descriptors")),
            handed: Arc::new(Mailbox::new(8).expect("descriptors")),
            crossed: Arc::new(Mailbox::new(8).expect("descriptors")),
        };
        let inbox = Arc::new(Mailbox::new(8).expect("descriptors"));
        let gather = Gather { within: Duration::ZERO, above: 0, longest: Duration::ZERO };
        let socket = sockets.remove(0);
        let shard = Forwarder::new(0, router, socket, None, vec![door], inbox, gather).expect("descriptors");
        let mut room = Self { shard, address: SocketAddr::new(loopback, port), clients: vec![] };
        room.order(Command::CreateMeeting(CreateMeeting { meeting: MEETING.into(), audio_slots: 1, blob: vec![] }));
        for number in 0..clients {
            let socket = ClientSocket::bind((loopback, 0)).expect("a port");
            socket.set_nonblocking(true).expect("a socket");
            let mut client = Client::new(number, socket.local_addr().expect("bound"), (1, 1), Instant::now());
            client.set_sending(Kind::Audio, false);
            client.set_sending(Kind::Video, false);
            let transport = client.name().to_owned();
            let created = room.order(Command::CreateTransport { meeting: MEETING.into(), transport, blob: vec![] });
            let Answer::TransportCreated { ufrag, pwd, .. } = created else { panic!("{created:?}") };
            room.order(Command::ApplySession(client.session()));
            client.connect(room.address, ufrag, pwd, identity.fingerprint());
            room.clients.push((client, socket));
        }
        room
    }

    fn order(&mut self, command: Command) -> Answer {
        self.shard.router.handle_command(Instant::now(), command).expect("taken")
    }

    /// All connect; the first one may be seen and heard, and the others look at it.
    fn begin(&mut self) {
        self.turn_until("all connect", |room| room.clients.iter().all(|(client, _)| client.connected_at().is_some()));
        let (camera, microphone) =
            (self.clients[0].0.track(Source::Camera), self.clients[0].0.track(Source::Microphone));
        let open = |track| Gate { track, allowed: true, on: true, vetoed: false };
        self.order(Command::SetGates(vec![open(camera.clone()), open(microphone)]));
        for at in 1..self.clients.len() {
            let transport = self.clients[at].0.name().to_owned();
            let wish = Wish { slot: 0, track: Some(camera.clone()), width: 640, height: 360, priority: 0 };
            self.order(Command::SetVideo { transport, wishes: vec![wish] });
        }
    }

    /// The first one sends this kind only, for a moment in which the others and the shard do nothing.
    fn sends(&mut self, kind: Kind) {
        for other in [Kind::Audio, Kind::Video] {
            self.clients[0].0.set_sending(other, other == kind);
        }
        let began = Instant::now();
        while began.elapsed() < Duration::from_millis(50) {
            self.clients_turn(1);
        }
    }

    /// So many clients take what came and send what is due.
    fn clients_turn(&mut self, count: usize) {
        let mut buffer = [0; 2_048];
        for (client, socket) in self.clients.iter_mut().take(count) {
            let send = |bytes: &[u8]| {
                socket.send_to(bytes, self.address).expect("loopback takes it");
            };
            while let Ok(len) = socket.recv(&mut buffer) {
                client.handle_datagram(Instant::now(), self.address, &buffer[..len]);
                client.handle_timeout(Instant::now(), send);
            }
            client.handle_timeout(Instant::now(), send);
        }
    }

    /// The shard does a turn; gives how many copies lay about before they were sent.
    fn turn(&mut self) -> usize {
        self.shard.serve(&[EpollEvent::new(EpollFlags::EPOLLIN, SOCKET)]);
        let held = self.shard.router.holds();
        self.shard.finish();
        held
    }

    fn turn_until(&mut self, what: &str, mut is_so: impl FnMut(&Self) -> bool) -> usize {
        let (began, mut most) = (Instant::now(), 0);
        while !is_so(self) {
            assert!(began.elapsed() < Duration::from_secs(60), "{what}");
            self.clients_turn(usize::MAX);
            most = most.max(self.turn());
        }
        most
    }
}

#[test]
fn a_keyframe_for_more_viewers_than_one_batch_has_room_for_reaches_all_whole_and_in_order() {
    const VIEWERS: u32 = 130;
    let mut room = Room::new(1 + VIEWERS);
    room.begin();
    room.clients[0].0.set_sending(Kind::Video, true);
    let waits = Instant::now() + Duration::from_millis(400);
    while Instant::now() < waits {
        room.clients_turn(usize::MAX); // pictures wait for the shard
    }
    let seen = |client: &Client| client.heard_of(0, Kind::Video).count();
    let most =
        room.turn_until("all see a picture", |room| room.clients[1..].iter().all(|(client, _)| seen(client) >= 30));
    for (client, _) in &room.clients[1..] {
        let marks: Vec<Mark> = client.heard_of(0, Kind::Video).map(|packet| packet.mark).collect();
        assert!(marks[0].is_keyframe && marks[0].packet == 0, "{}: {:?}", client.name(), marks[0]);
        for pair in marks.windows(2) {
            let Mark { frame, packet, packets, .. } = pair[0];
            let next = if packet + 1 < packets { (frame, packet + 1) } else { (frame + 1, 0) };
            assert_eq!((pair[1].frame, pair[1].packet), next, "{}", client.name());
        }
    }
    let train = 16 * usize::try_from(VIEWERS).expect("few");
    assert!((MAX_HELD..=MAX_HELD + train).contains(&most), "{most} copies lay about");
}

#[test]
fn a_voice_for_many_listeners_leaves_with_few_calls() {
    const LISTENERS: u64 = 48;
    let mut room = Room::new(1 + u32::try_from(LISTENERS).expect("few"));
    room.begin();
    room.clients[0].0.set_sending(Kind::Audio, true);
    room.turn_until("all hear", |room| {
        room.clients[1..].iter().all(|(client, _)| client.heard_of(0, Kind::Audio).count() >= 5)
    });
    let calls = (0..10).map(|_| {
        let before = room.shard.sender.counts();
        while room.shard.sender.counts().datagrams < before.datagrams + LISTENERS {
            room.clients_turn(1); // every packet by itself
            room.turn();
        }
        room.shard.sender.counts().calls - before.calls
    });
    let least = calls.min().expect("ten");
    assert!(least <= 2, "{least} calls for {LISTENERS} datagrams");
}

#[test]
fn r24_a_voice_that_comes_while_a_picture_leaves_overtakes_it() {
    let mut room = Room::new(1 + 130);
    room.begin();
    for kind in [Kind::Video, Kind::Audio] {
        room.clients[0].0.set_sending(kind, true);
        room.turn_until("all see and hear", |room| {
            room.clients[1..].iter().all(|(client, _)| client.heard_of(0, kind).count() >= 5)
        });
        room.clients[0].0.set_sending(kind, false);
    }
    for _ in 0..20 {
        room.turn(); // what came of that
    }
    let began = Instant::now();
    room.sends(Kind::Video);
    room.shard.serve(&[EpollEvent::new(EpollFlags::EPOLLIN, SOCKET)]);
    room.sends(Kind::Audio);
    room.shard.finish();
    room.clients_turn(usize::MAX);
    let overtaken = room.clients[1..].iter().filter(|(client, _)| {
        let first = |kind| client.heard_of(0, kind).map(|packet| packet.at).find(|at| *at > began);
        let (voice, picture) = (first(Kind::Audio).expect("heard"), first(Kind::Video).expect("seen"));
        voice < picture
    });
    assert!(overtaken.count() > 50);
}
