//! The few STUN messages of an ICE-lite endpoint, on the parser of the crate `is`.

use std::net::SocketAddr;

use aws_lc_rs::{hmac, rand};
use is::stun::{StunMessage, TransId};

use super::ufrag::Place;

/// Longer than any message written here.
pub(super) const MAX_LEN: usize = 256;

/// Tells whether a message carries the integrity of this password; the compare takes constant time (S4).
pub(super) fn is_authentic(message: &StunMessage<'_>, password: &str) -> bool {
    message.verify(password.as_bytes(), sha1_hmac)
}

/// Answers a check with success.
pub(super) fn success(id: TransId, source: SocketAddr, password: &str) -> Vec<u8> {
    written(&StunMessage::binding_reply(id, source), password)
}

/// Answers a check that claims our role: a lite endpoint stays controlled (RFC 8445 §7.3.1.1).
pub(super) fn role_conflict(id: TransId, password: &str) -> Vec<u8> {
    written(&StunMessage::binding_role_conflict_reply(id), password)
}

/// A check of our own, as controlled agent (S6).
pub(super) fn check(id: TransId, username: &str, password: &str) -> Vec<u8> {
    // Priority of a peer-reflexive candidate; any number would do: we never nominate.
    const PRIORITY: u32 = 110 << 24;
    // The lowest tie breaker: in a conflict the peer keeps its role.
    written(&StunMessage::binding_request(username, id, false, 0, PRIORITY, false), password)
}

/// An id of a check of ours. Its first four bytes say where the transport lives, so that the answer finds it from
/// whatever address; 64 bits nobody can guess: a peer that spoofs an address knows the password of the answer, so
/// only the id keeps it from answering for its victim. `TransId::new` is not cryptographic.
pub(super) fn check_id(place: Place) -> TransId {
    let mut header = [0, 0x11, 0, 0, 0x21, 0x12, 0xa4, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    header[8..12].copy_from_slice(&place.slot.to_be_bytes());
    header[8] = place.shard;
    rand::fill(&mut header[12..]).expect("the system gives random bytes");
    StunMessage::parse(&header).expect("an indication without attributes").trans_id()
}

/// Tells whose check a success response answers, on this server; `None` for anything else.
///
/// Only where to look: whether it answers anything is decided there, by id and integrity.
#[must_use]
pub fn place_of_answer(datagram: &[u8]) -> Option<Place> {
    const SUCCESS: [u8; 2] = [1, 1];
    let (header, _) = datagram.split_at_checked(20)?;
    let slot = u32::from_be_bytes([0, header[9], header[10], header[11]]);
    (header[..2] == SUCCESS).then_some(Place { node: 0, shard: header[8], slot })
}

/// A text of `len` random ICE characters, six bits each.
pub(super) fn random_text(len: usize) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = vec![0; len];
    rand::fill(&mut bytes).expect("the system gives random bytes");
    bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 63)])).collect()
}

pub(super) fn written(message: &StunMessage<'_>, password: &str) -> Vec<u8> {
    let mut buffer = vec![0; MAX_LEN + message.username().map_or(0, str::len)];
    let len = message
        .to_bytes(Some(password.as_bytes()), &mut buffer, sha1_hmac)
        .expect("the buffer is longer than the message");
    buffer.truncate(len);
    buffer
}

fn sha1_hmac(key: &[u8], payloads: &[&[u8]]) -> [u8; 20] {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key);
    let mut context = hmac::Context::with_key(&key);
    for payload in payloads {
        context.update(payload);
    }
    context.sign().as_ref().try_into().expect("SHA-1 gives 20 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_names_the_transport_that_asked() {
        let place = Place { node: 0, shard: 5, slot: 0x12_3456 };
        let source = SocketAddr::from(([192, 0, 2, 1], 9));
        let answer = success(check_id(place), source, "a password");
        assert_eq!(place_of_answer(&answer), Some(place));
        let asked = check(check_id(place), "a:b", "a password");
        assert_eq!(place_of_answer(&asked), None);
        for len in 0..20 {
            assert_eq!(place_of_answer(&answer[..len]), None);
        }
    }

    #[test]
    fn s6_no_two_checks_have_the_same_id() {
        let place = Place { node: 0, shard: 0, slot: 7 };
        let ids: std::collections::HashSet<String> = (0..1000).map(|_| format!("{:?}", check_id(place))).collect();
        assert_eq!(ids.len(), 1000);
    }
}
