//! Addresses at which the peer was heard and that are not its own: each is asked whether the peer is there (S6, F27).

use std::time::{Duration, Instant};

use is::stun::TransId;

use crate::remote::Remote;

/// Addresses that are asked at a time; while there are so many, no other one is.
pub const MAX_ASKED: usize = 4;

/// Between two checks to one address, doubled each time.
const INTERVAL: Duration = Duration::from_millis(50);
/// So often one address is asked: for three seconds.
const TRIES: u32 = 7;
/// An address is forgotten so long after its first check, and may be asked again.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(10);

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Elsewhere {
    asked: Vec<Asked>,
}

#[derive(Debug)]
struct Asked {
    address: Remote,
    id: TransId,
    since: Instant,
    tries: u32,
    next_at: Instant,
}

impl Elsewhere {
    /// The peer was heard there; gives the id of a check that is to go there now, if one is due.
    pub(super) fn heard(
        &mut self,
        now: Instant,
        address: Remote,
        fresh_id: impl FnOnce() -> TransId,
    ) -> Option<TransId> {
        self.asked.retain(|asked| now.duration_since(asked.since) < FORGOTTEN_AFTER);
        let known = self.asked.iter().position(|asked| asked.address == address);
        let at = match known {
            Some(at) => at,
            None if self.asked.len() >= MAX_ASKED => return None,
            None => {
                self.asked.push(Asked { address, id: fresh_id(), since: now, tries: 0, next_at: now });
                self.asked.len() - 1
            }
        };
        let asked = &mut self.asked[at];
        if asked.tries >= TRIES || now < asked.next_at {
            return None;
        }
        asked.next_at = now + INTERVAL * (1 << asked.tries);
        asked.tries += 1;
        Some(asked.id)
    }

    /// Whether a check of this id went there.
    pub(super) fn has_asked(&self, address: Remote, id: TransId) -> bool {
        self.asked.iter().any(|asked| asked.address == address && asked.id == id)
    }

    /// The address is the peer's now.
    pub(super) fn forget(&mut self, address: Remote) {
        self.asked.retain(|asked| asked.address != address);
    }
}
