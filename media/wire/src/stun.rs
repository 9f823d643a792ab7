//! The one thing the engine must know of a STUN message before it belongs to anybody: whose it says it is.

use crate::{u16_at, u32_at};

/// The local half of the user name of a binding request: the ufrag that we gave out (RFC 8445 §7.2.2: the receiver's
/// half comes first). `None` for everything else.
///
/// The answer proves nothing; it only says which transport is to check the message's integrity (S4).
#[must_use]
pub fn ufrag_of(datagram: &[u8]) -> Option<&str> {
    // RFC 8489 §5.
    if u16_at(datagram, 0)? != BINDING_REQUEST || u32_at(datagram, 4)? != MAGIC_COOKIE {
        return None;
    }
    let len = usize::from(u16_at(datagram, 2)?);
    if len % 4 != 0 || datagram.len() != HEADER_LEN + len {
        return None;
    }
    let mut rest = datagram.get(HEADER_LEN..)?;
    for _ in 0..MAX_ATTRIBUTES {
        let kind = u16_at(rest, 0)?;
        let len = usize::from(u16_at(rest, 2)?);
        let value = rest.get(4..4 + len)?;
        match kind {
            USERNAME => return local_half(value),
            // §14.5: what follows the integrity is not covered by it.
            MESSAGE_INTEGRITY | MESSAGE_INTEGRITY_SHA256 => return None,
            _ => rest = rest.get(4 + len.next_multiple_of(4)..)?,
        }
    }
    None
}

fn local_half(username: &[u8]) -> Option<&str> {
    let local = username.split(|byte| *byte == b':').next().filter(|local| local.len() < username.len())?;
    // RFC 8839 §5.4: 4 to 256 letters, digits, `+` and `/`.
    let is_ice_char = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let shaped = (4..=256).contains(&local.len()) && local.iter().all(is_ice_char);
    if shaped { std::str::from_utf8(local).ok() } else { None }
}

const HEADER_LEN: usize = 20;
const BINDING_REQUEST: u16 = 0x0001;
const MAGIC_COOKIE: u32 = 0x2112_a442;
const USERNAME: u16 = 0x0006;
const MESSAGE_INTEGRITY: u16 = 0x0008;
const MESSAGE_INTEGRITY_SHA256: u16 = 0x001c;
/// A browser's check has eight attributes.
const MAX_ATTRIBUTES: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u16, attributes: &[(u16, &[u8])]) -> Vec<u8> {
        let mut bytes = kind.to_be_bytes().to_vec();
        bytes.extend([0; 2]);
        bytes.extend(MAGIC_COOKIE.to_be_bytes());
        bytes.extend([7; 12]);
        for (kind, value) in attributes {
            bytes.extend(kind.to_be_bytes());
            bytes.extend(u16::try_from(value.len()).expect("short").to_be_bytes());
            bytes.extend(*value);
            bytes.resize(bytes.len().next_multiple_of(4), 0);
        }
        let len = u16::try_from(bytes.len() - HEADER_LEN).expect("short");
        bytes[2..4].copy_from_slice(&len.to_be_bytes());
        bytes
    }

    const PRIORITY: (u16, &[u8]) = (0x0024, &[0, 0, 0, 1]);
    const INTEGRITY: (u16, &[u8]) = (MESSAGE_INTEGRITY, &[0; 20]);

    #[test]
    fn a_request_names_its_transport() {
        let check = message(BINDING_REQUEST, &[PRIORITY, (USERNAME, b"ourUfrag+/12:theirs"), INTEGRITY]);
        assert_eq!(ufrag_of(&check), Some("ourUfrag+/12"));
    }

    #[test]
    fn what_is_no_request_of_ours_names_nobody() {
        let user = |name: &'static [u8]| message(BINDING_REQUEST, &[(USERNAME, name), INTEGRITY]);
        let mut other_cookie = user(b"ufrag:theirs");
        other_cookie[4] ^= 1;
        let mut too_long = user(b"ufrag:theirs");
        too_long.push(0);
        for (case, bytes) in [
            ("a response", message(0x0101, &[(USERNAME, b"ufrag:theirs")])),
            ("an indication", message(0x0011, &[(USERNAME, b"ufrag:theirs")])),
            ("no user name", message(BINDING_REQUEST, &[PRIORITY])),
            ("no colon", user(b"ufragtheirs")),
            ("too short", user(b"ufr:theirs")),
            ("a letter of no alphabet", user(b"ufr g:theirs")),
            ("not ASCII", user("ufrág:theirs".as_bytes())),
            ("empty", user(b"")),
            ("behind the integrity", message(BINDING_REQUEST, &[INTEGRITY, (USERNAME, b"ufrag:theirs")])),
            ("more attributes than any check has", {
                let mut many = vec![PRIORITY; MAX_ATTRIBUTES];
                many.push((USERNAME, b"ufrag:theirs"));
                message(BINDING_REQUEST, &many)
            }),
            ("another cookie", other_cookie),
            ("bytes behind the message", too_long),
        ] {
            assert_eq!(ufrag_of(&bytes), None, "{case}");
        }
    }

    #[test]
    fn s16_every_truncation_and_every_changed_byte_is_survived() {
        let check = message(BINDING_REQUEST, &[PRIORITY, (USERNAME, b"ufrag:theirs"), INTEGRITY]);
        for len in 0..check.len() {
            assert_eq!(ufrag_of(&check[..len]), None, "{len}");
        }
        for at in 0..check.len() {
            for value in 0..=255 {
                let mut changed = check.clone();
                changed[at] = value;
                assert!(ufrag_of(&changed).is_none_or(|ufrag| (4..=256).contains(&ufrag.len())));
            }
        }
    }
}
