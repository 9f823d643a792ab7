//! What a viewer got, read as a decoder would, and held against what it may be.

use std::time::Instant;

use hoptt_sim::{Coding, Taped, assemble};
use hoptt_wire::dependency::Descriptor;

/// Descriptors: each frame is described whole, and its number goes on; panics when it is not.
pub fn check_descriptors(tape: &[Taped]) {
    let (mut structure, mut before, mut sizes, mut last_seq) = (None, None, 1, None);
    for picture in sent_whole(tape).chunk_by(|one, other| one.rtp_time == other.rtp_time) {
        // Frames of which only the numbers were sent; the picture after them depends on none.
        let left_out =
            last_seq.replace(picture[picture.len() - 1].seq).map_or(0, |last: u64| picture[0].seq - last - 1);
        assert!(picture[0].coding != Coding::Av1 || picture[0].descriptor.is_some(), "a descriptor");
        let described = picture.iter().filter_map(|packet| {
            let value = packet.descriptor.as_deref()?;
            let found = Descriptor::parse(value).expect("well formed");
            structure = found.structure(value).or(structure.take());
            let told = structure.as_ref().expect("it begins with one");
            let frame = found.frame(value, told).expect("a template");
            let active = frame.active.or(found.has_structure.then_some(told.all_targets())).expect("the mask is told");
            assert!(frame.targets() & active != 0, "a frame of a target that it was told of");
            sizes = u16::try_from(told.spatial_count()).expect("four at most");
            Some((found.begins_frame, found.ends_frame, found.frame_number, frame.spatial, found.has_structure))
        });
        let described: Vec<_> = described.collect();
        assert!(left_out == 0 || described.first().is_none_or(|first| first.4), "a key frame follows what is left out");
        for frame in described.chunk_by(|one, other| one.2 == other.2) {
            assert!(frame[0].0 && frame.iter().all(|one| one.3 == frame[0].3), "a frame of packets of several");
            assert!(
                frame.last().is_some_and(|last| last.1) || picture.last().is_some_and(|last| !last.marker),
                "it ends"
            );
            let number = frame[0].2;
            if let Some(before) = before.replace(number) {
                // Of four pictures in turn one is slow, and of each no more than one size is needed.
                let most = 4 * sizes * u16::try_from(1 + left_out).expect("few");
                assert!((1..=most).contains(&number.wrapping_sub(before)), "numbers go on: {before}, {number}");
            }
        }
    }
}

/// Without those of which only the number was sent.
fn sent_whole(tape: &[Taped]) -> Vec<Taped> {
    tape.iter().filter(|packet| !packet.payload.is_empty()).cloned().collect()
}

/// Pictures as a decoder takes them; panics at a gap, or at a picture that is taken for a whole one and is not. What a line did
/// not carry may be cut off: then nothing but numbers follows, and no mark.
pub fn pictures(tape: &[Taped]) -> Vec<(Instant, Vec<u8>)> {
    for pair in tape.windows(2) {
        assert_eq!(pair[1].seq, pair[0].seq + 1, "a gap or a repetition");
    }
    let tape = sent_whole(tape);
    // The last one may be under way.
    let end = tape.iter().rposition(|packet| packet.marker).map_or(0, |last| last + 1);
    let mut pictures = tape[..end].chunk_by(|one, other| one.rtp_time == other.rtp_time).peekable();
    let mut whole = vec![];
    while let Some(packets) = pictures.next() {
        let last = packets.len() - 1;
        let marked = packets.iter().position(|packet| packet.marker);
        let is_cut = pictures.peek().is_some_and(|next| next[0].seq > packets[last].seq + 1);
        if marked.is_none() && is_cut {
            continue;
        }
        assert_eq!(marked, Some(last), "a picture ends with its last packet");
        let payloads: Vec<&[u8]> = packets.iter().map(|packet| &packet.payload[..]).collect();
        whole.push((packets[0].at, assemble(packets[0].coding, &payloads)));
    }
    whole
}
