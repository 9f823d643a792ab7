//! Sizes and speeds within one stream (SVC): what each viewer gets of it, and that it can be told from nothing less.

use hoptt_core::control::Kind;
use hoptt_core::router::Count;
use hoptt_wire::Ssrc;
use hoptt_wire::dependency::{Descriptor, Structure};
use hoptt_wire::rtcp::{Compound, Packet, write_nack};
use hoptt_wire::rtp::Rtp;

use crate::support::{DESCRIPTOR, Sizes, Svc, World};

const BIG: (u32, u32) = (1280, 720);
const SMALL: (u32, u32) = (640, 360);

/// A frame as a viewer got it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    size: u8,
    fast: bool,
    ends_picture: bool,
    number: u16,
    timestamp: u32,
    /// Of the targets.
    active: Option<u32>,
}

/// Reads what the viewer got as its decoder would; panics at a gap, or at a frame or picture that is not whole.
fn seen(world: &World) -> Vec<Seen> {
    let packets = world.peers[0].stream(world.peers[0].slot_ssrc(Kind::Video, 0));
    for pair in packets.windows(2) {
        assert_eq!(pair[1].sequence_number(), pair[0].sequence_number().wrapping_add(1), "a gap or a repetition");
    }
    let mut structure = None;
    assert_eq!(packets.len() % 2, 0, "half a frame");
    let frames: Vec<Seen> = packets.chunks(2).map(|frame| whole(frame, &mut structure)).collect();
    for pair in frames.windows(2) {
        assert_eq!(pair[0].ends_picture, pair[0].timestamp != pair[1].timestamp, "a picture ends once: {pair:?}");
    }
    frames
}

fn whole(packets: &[Rtp<'_>], structure: &mut Option<Structure>) -> Seen {
    let [first, last] = packets else { panic!("two packets") };
    let marks = [first, last].map(|packet| packet.payload()[2..].to_vec());
    let [[size, fast, 0, _], [same_size, same_fast, 1, _]] = [&marks[0][..], &marks[1][..]] else {
        panic!("half a frame: {marks:?}")
    };
    assert_eq!((size, fast, first.marker()), (same_size, same_fast, false));
    let descriptors = [first, last].map(|packet| {
        let value = packet.extension(DESCRIPTOR)?;
        let found = Descriptor::parse(value).expect("well formed");
        if let Some(attached) = found.structure(value) {
            *structure = Some(attached);
        }
        Some((found, found.frame(value, structure.as_ref().expect("it begins with one")).expect("a template")))
    });
    let number = match descriptors {
        [Some((one, frame)), Some((other, same))] => {
            assert!(one.begins_frame && other.ends_frame && one.frame_number == other.frame_number);
            assert_eq!((frame.spatial, frame.targets(), frame.active), (*size, same.targets(), same.active));
            one.frame_number
        }
        _ => 0,
    };
    Seen {
        size: *size,
        fast: *fast == 1,
        ends_picture: last.marker(),
        number,
        timestamp: first.timestamp(),
        active: descriptors[0].and_then(|(_, frame)| frame.active),
    }
}

fn looking(sizes: Sizes, tile: (u32, u32)) -> (World, Svc) {
    let (mut world, mut camera) = World::of_svc(sizes, true);
    world.film_svc(&mut camera, 60, true);
    world.watch_in(0, camera.peer, tile);
    world.film_svc(&mut camera, 4, true);
    (world, camera)
}

fn asked_for_keyframe(world: &mut World) -> bool {
    let reports = std::mem::take(&mut world.peers[1].reports);
    let mut packets = reports.iter().flat_map(|report| Compound::new(report));
    packets.any(|packet| matches!(packet, Ok(Packet::Pli { .. })))
}

/// Which frames: size, and whether one of the fast layer.
fn kinds(frames: &[Seen]) -> Vec<(u8, bool)> {
    frames.iter().map(|frame| (frame.size, frame.fast)).collect()
}

#[test]
fn a_large_tile_gets_both_sizes_where_one_needs_the_other_and_else_the_large_one_alone() {
    let (world, _) = looking(Sizes::Always, BIG);
    let both = [(0, false), (1, false), (0, true), (1, true)].repeat(2);
    assert_eq!(kinds(&seen(&world)), both);

    let (world, _) = looking(Sizes::InKeyFrames, BIG);
    let frames = seen(&world);
    assert_eq!(kinds(&frames), [(0, false), (1, false), (1, true), (1, false), (1, true)]);
    assert!(frames.iter().all(|frame| frame.active == Some(0b1100)), "the small targets do not come");
    let distances: Vec<u16> = frames.windows(2).map(|pair| pair[1].number.wrapping_sub(pair[0].number)).collect();
    assert_eq!(distances, [1, 2, 2, 2], "who is left out is counted: frames depend on each other by distances");
}

#[test]
fn a_small_tile_gets_the_small_size_whole_with_its_own_end_and_mask() {
    for sizes in [Sizes::Always, Sizes::InKeyFrames] {
        let (world, _) = looking(sizes, SMALL);
        let frames = seen(&world);
        assert_eq!(kinds(&frames), [(0, false), (0, true), (0, false), (0, true)], "{sizes:?}");
        assert!(frames.iter().all(|frame| frame.active == Some(0b0011) && frame.ends_picture), "{sizes:?}");
    }
}

#[test]
fn a_tile_that_shrinks_gets_less_at_once_or_with_the_keyframe_that_is_asked_for() {
    let (mut world, mut camera) = looking(Sizes::Always, BIG);
    world.watch_in(0, camera.peer, SMALL);
    world.film_svc(&mut camera, 2, false);
    assert_eq!(kinds(&seen(&world)[8..]), [(0, false), (0, true)]);

    let (mut world, mut camera) = looking(Sizes::InKeyFrames, BIG);
    world.advance(500);
    asked_for_keyframe(&mut world);
    world.watch_in(0, camera.peer, SMALL);
    world.film_svc(&mut camera, 2, false);
    assert!(asked_for_keyframe(&mut world));
    world.film_svc(&mut camera, 2, true);
    assert_eq!(kinds(&seen(&world)[5..]), [(1, false), (1, true), (0, false), (0, true)]);
}

#[test]
fn a_tile_that_grows_gets_more_with_the_keyframe_that_is_asked_for() {
    let (mut world, mut camera) = looking(Sizes::Always, SMALL);
    world.advance(500);
    asked_for_keyframe(&mut world);
    world.watch_in(0, camera.peer, BIG);
    world.film_svc(&mut camera, 2, false);
    assert!(asked_for_keyframe(&mut world));
    world.film_svc(&mut camera, 1, true);
    assert_eq!(kinds(&seen(&world)[4..]), [(0, false), (0, true), (0, false), (1, false)]);
}

#[test]
fn a_narrow_line_gets_the_slow_frames_of_the_small_size() {
    let (mut world, mut camera) = looking(Sizes::Always, BIG);
    let transport = world.peers[0].transport.clone();
    let now = world.now;
    world.router.set_video_budget(now, &transport, Some(12_000)).unwrap();
    world.film_svc(&mut camera, 4, false);
    assert_eq!(kinds(&seen(&world)[8..]), [(0, false), (0, false)]);
}

#[test]
fn who_did_not_agree_to_descriptors_gets_none() {
    let (mut world, mut camera) = World::of_svc(Sizes::Always, false);
    world.watch_in(0, camera.peer, SMALL);
    world.film_svc(&mut camera, 60, true);
    assert!(
        world.peers[0]
            .stream(world.peers[0].slot_ssrc(Kind::Video, 0))
            .iter()
            .all(|rtp| rtp.extension(DESCRIPTOR).is_none())
    );
    let frames = seen(&world);
    assert_eq!(kinds(&frames[frames.len() - 2..]), [(0, false), (0, true)]);
}

#[test]
fn without_its_structure_a_stream_is_not_guessed_at() {
    let (mut world, mut camera) = World::of_svc(Sizes::Always, true);
    world.watch_in(0, camera.peer, BIG);
    world.film_svc(&mut camera, 2, false);
    assert_eq!(seen(&world), []);
    assert_eq!(world.count(Count::DroppedDescriptor), 8);
    assert!(asked_for_keyframe(&mut world));
    world.film_svc(&mut camera, 2, true);
    assert_eq!(seen(&world).len(), 4);
}

#[test]
fn a_frame_that_is_repaired_is_described_as_before() {
    let (mut world, _) = looking(Sizes::InKeyFrames, BIG);
    let slot = world.peers[0].slot_ssrc(Kind::Video, 0);
    let sent = world.peers[0].stream(slot);
    let (lost, described) = (sent[3].sequence_number(), sent[3].extension(DESCRIPTOR).unwrap().to_vec());
    assert!(sent[3].marker());
    let mut nack = vec![];
    write_nack(&mut nack, Ssrc(1), Ssrc(slot), &[lost]);
    world.send_rtcp(0, nack);
    let repairs = world.peers[0].stream(world.peers[0].slot_rtx(0));
    let [repair] = &repairs[..] else { panic!("{} repairs", repairs.len()) };
    assert_eq!((repair.marker(), repair.extension(DESCRIPTOR)), (true, Some(&described[..])));
}
