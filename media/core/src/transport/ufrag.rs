//! The ICE ufrag tells where a transport lives: node, shard, slot (design: "Threads").

/// The characters an ufrag may have (RFC 8839 §5.4).
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const LEN: usize = 12;

/// Where a transport lives. Each field has a limit of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Below 4,096.
    pub node: u16,
    /// Below 64.
    pub shard: u8,
    /// Below 2²⁴.
    pub slot: u32,
}

impl Place {
    /// Writes the place and a mark that tells this use of the slot from earlier ones.
    #[must_use]
    pub fn to_ufrag(self, mark: u32) -> String {
        let fields = [(u32::from(self.node), 2), (u32::from(self.shard), 1), (self.slot, 4), (mark & 0x3fff_ffff, 5)];
        let mut text = String::with_capacity(LEN);
        for (value, digits) in fields {
            for digit in (0..digits).rev() {
                text.push(char::from(ALPHABET[(value >> (6 * digit) & 63) as usize]));
            }
        }
        text
    }

    /// Reads a place; `None` for anything that is no ufrag of ours.
    #[must_use]
    pub fn of_ufrag(ufrag: &str) -> Option<Self> {
        let text = ufrag.as_bytes();
        if text.len() != LEN {
            return None;
        }
        let number = |digits: &[u8]| {
            digits.iter().try_fold(0u32, |sum, digit| {
                let value = ALPHABET.iter().position(|known| known == digit)?;
                Some(sum << 6 | u32::try_from(value).ok()?)
            })
        };
        Some(Self {
            node: u16::try_from(number(&text[..2])?).ok()?,
            shard: u8::try_from(number(&text[2..3])?).ok()?,
            slot: number(&text[3..7])?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_comes_back_from_its_ufrag() {
        for (node, shard, slot) in [(0, 0, 0), (4095, 63, 0xff_ffff), (7, 1, 70_000)] {
            let place = Place { node, shard, slot };
            let ufrag = place.to_ufrag(0xdead_beef);
            assert_eq!(ufrag.len(), 12);
            assert_eq!(Place::of_ufrag(&ufrag), Some(place));
        }
    }

    #[test]
    fn another_mark_makes_another_ufrag() {
        let place = Place { node: 0, shard: 0, slot: 3 };
        assert_ne!(place.to_ufrag(1), place.to_ufrag(2));
    }

    #[test]
    fn what_is_not_ours_has_no_place() {
        for ufrag in ["", "AAAA", "AAAAAAAAAAA", "AAAAAAAAAAAAA", "AAA AAAAAAAA", "AAAÄAAAAAAA"] {
            assert_eq!(Place::of_ufrag(ufrag), None, "{ufrag}");
        }
    }
}
