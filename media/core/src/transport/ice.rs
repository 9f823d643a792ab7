//! ICE-lite (RFC 8445 §2.5), controlled, with the address rules S4 to S8.
//!
//! Messages come from the crate `is`; the agent is our own, because that of `is` keeps every source
//! for ever, drops peers after a fixed 15 s and sends no checks in lite mode, which S6 needs.

use std::time::{Duration, Instant};

use is::stun::{StunMessage, TransId};

use super::elsewhere::Elsewhere;
use super::stun;
use super::ufrag::Place;
use crate::remote::Remote;

/// Sources kept of one peer; the one unused for longest makes room (S8).
pub const MAX_SOURCES: usize = 16;

/// Between two sendings of our own check, doubled each time.
const CHECK_INTERVAL: Duration = Duration::from_millis(50);
/// 50, 100, … 3,200 ms: about six seconds of trying.
const CHECK_TRIES: u32 = 7;
/// Credentials of before an ICE restart are good until the new ones were used, this long at most.
const OLD_CREDENTIALS: Duration = Duration::from_secs(30);

/// An ufrag with its password.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// a=ice-ufrag
    pub ufrag: String,
    /// a=ice-pwd
    pub password: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials(‹hidden›)")
    }
}

impl Credentials {
    /// A fresh password of 144 random bits under a given ufrag (S4).
    #[must_use]
    pub fn fresh(ufrag: String) -> Self {
        Self { ufrag, password: stun::random_text(24) }
    }
}

#[derive(Debug)]
struct Source {
    address: Remote,
    /// How long its consent lasts, from its last authenticated check on (S5, S7): what each packet compares with.
    fresh_until: Instant,
    /// It has shown that it receives (S6).
    proven: bool,
    check: Option<OwnCheck>,
}

#[derive(Debug)]
struct OwnCheck {
    id: TransId,
    tries: u32,
    next_at: Instant,
}

/// What an authenticated message meant.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    /// The peer checks this path.
    Check {
        /// To be sent back to where it came from.
        reply: Vec<u8>,
        /// The source that made room for it.
        replaced: Option<Remote>,
        /// It carried USE-CANDIDATE.
        nominated: bool,
    },
    /// The peer claims to be controlled as well: only answered.
    Conflict(Vec<u8>),
    /// Our own check was answered: this source receives (S6).
    Proven {
        /// The source that made room for it.
        replaced: Option<Remote>,
    },
}

/// Why a STUN message changed nothing and is not answered (S4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unheard {
    /// Not a user name of this transport.
    UserName,
    /// The integrity is not that of our password.
    Integrity,
    /// The session is not applied yet, so the peer's ufrag is not known.
    NoSession,
    /// An answer to nothing we asked, an indication, or another method.
    Unasked,
}

/// One transport's ICE.
#[derive(Debug)]
pub struct IceLite {
    local: Credentials,
    remote: Option<Credentials>,
    old: Option<(Credentials, Credentials, Instant)>,
    sources: Vec<Source>,
    elsewhere: Elsewhere,
    /// When the last authenticated check, or answer to ours, arrived; also when its source is forgotten.
    last_checked_at: Option<Instant>,
    consent: Duration,
    /// The source that media goes to, and how long its consent lasts: each packet asks for this one.
    in_use: Option<(Remote, Instant)>,
}

impl IceLite {
    /// Starts with local credentials; `consent` is how long a check counts (S7).
    #[must_use]
    pub fn new(local: Credentials, consent: Duration) -> Self {
        Self {
            local,
            remote: None,
            old: None,
            sources: Vec::new(),
            elsewhere: Elsewhere::default(),
            last_checked_at: None,
            consent,
            in_use: None,
        }
    }

    /// Names the source that media goes to: it never makes room for another.
    pub fn set_in_use(&mut self, source: Remote) {
        self.in_use = self.find(source).map(|known| (source, known.fresh_until));
    }

    /// The credentials to put into the session description.
    #[must_use]
    pub fn local(&self) -> &Credentials {
        &self.local
    }

    /// Takes the peer's credentials.
    pub fn set_remote(&mut self, remote: Credentials) {
        self.remote = Some(remote);
    }

    /// Whether the peer's credentials are known.
    #[must_use]
    pub fn has_remote(&self) -> bool {
        self.remote.is_some()
    }

    /// Starts again under new local credentials; the old ones serve until the peer uses the new ones.
    pub fn restart(&mut self, local: Credentials, now: Instant) {
        let old = std::mem::replace(&mut self.local, local);
        if let Some(remote) = self.remote.take() {
            self.old = Some((old, remote, now + OLD_CREDENTIALS));
        }
    }

    /// Takes a STUN message. Nothing changes unless its integrity is right.
    ///
    /// # Errors
    /// [`Unheard`]: to be counted; nothing is answered.
    pub fn handle(&mut self, now: Instant, source: Remote, message: &StunMessage<'_>) -> Result<Heard, Unheard> {
        if message.is_binding_request() {
            self.handle_request(now, source, message)
        } else if message.is_successful_binding_response() {
            self.handle_response(now, source, message)
        } else {
            Err(Unheard::Unasked)
        }
    }

    /// Whether a source's consent is fresh: only then DTLS and SRTP are taken from it, and sent to it (S5, S7).
    #[must_use]
    pub fn is_fresh(&self, now: Instant, source: Remote) -> bool {
        match self.in_use {
            Some((used, fresh_until)) if used == source => now < fresh_until,
            _ => self.find(source).is_some_and(|source| now < source.fresh_until),
        }
    }

    /// Whether a source has shown that it receives.
    #[must_use]
    pub fn is_proven(&self, source: Remote) -> bool {
        self.find(source).is_some_and(|source| source.proven)
    }

    /// Notes that a source has shown that it receives.
    pub fn prove(&mut self, source: Remote) {
        if let Some(source) = self.sources.iter_mut().find(|known| known.address == source) {
            source.proven = true;
            source.check = None;
        }
    }

    /// Starts a check of our own to a source, unless one is under way (S6).
    pub fn start_check(&mut self, now: Instant, source: Remote) {
        if let Some(source) = self.sources.iter_mut().find(|known| known.address == source)
            && source.check.is_none()
        {
            source.check = Some(OwnCheck { id: fresh_id(&self.local), tries: 0, next_at: now });
        }
    }

    /// The peer was heard at an address that is none of its sources: gives the check to send there, if one is due (S6).
    pub fn ask(&mut self, now: Instant, address: Remote) -> Option<Vec<u8>> {
        let remote = self.remote.as_ref()?;
        let id = self.elsewhere.heard(now, address, || fresh_id(&self.local))?;
        Some(own_check(id, &self.local, remote))
    }

    /// Gives the next check of ours that is due, and where it goes.
    pub fn poll_check(&mut self, now: Instant) -> Option<(Remote, Vec<u8>)> {
        let remote = self.remote.as_ref()?;
        for source in &mut self.sources {
            let Some(check) = source.check.as_mut().filter(|check| check.next_at <= now) else {
                continue;
            };
            if check.tries >= CHECK_TRIES {
                source.check = None; // the next authentic packet from there starts another
                continue;
            }
            check.next_at = now + CHECK_INTERVAL * (1 << check.tries);
            check.tries += 1;
            return Some((source.address, own_check(check.id, &self.local, remote)));
        }
        None
    }

    /// When `poll_check` gives something next.
    #[must_use]
    pub fn next_check_at(&self) -> Option<Instant> {
        self.remote.as_ref()?;
        self.sources.iter().filter_map(|source| Some(source.check.as_ref()?.next_at)).min()
    }

    /// When the last authenticated check arrived, from any source.
    #[must_use]
    pub fn last_checked_at(&self) -> Option<Instant> {
        self.last_checked_at
    }

    /// All sources known.
    pub fn sources(&self) -> impl Iterator<Item = Remote> + '_ {
        self.sources.iter().map(|source| source.address)
    }

    /// Forgets a source: another transport's check came from there later.
    pub fn forget(&mut self, source: Remote) {
        self.sources.retain(|known| known.address != source);
        self.in_use.take_if(|(used, _)| *used == source);
    }

    fn find(&self, source: Remote) -> Option<&Source> {
        self.sources.iter().find(|known| known.address == source)
    }

    fn handle_request(&mut self, now: Instant, source: Remote, message: &StunMessage<'_>) -> Result<Heard, Unheard> {
        let (ours, theirs) = message.split_username().ok_or(Unheard::UserName)?;
        let is_new = ours == self.local.ufrag;
        let local = if is_new {
            let remote = self.remote.as_ref().ok_or(Unheard::NoSession)?;
            (theirs == remote.ufrag).then_some(&self.local)
        } else {
            let old = self.old.as_ref().filter(|(_, _, until)| now < *until);
            old.filter(|(local, remote, _)| ours == local.ufrag && theirs == remote.ufrag).map(|(local, ..)| local)
        };
        let password = &local.ok_or(Unheard::UserName)?.password;
        if !stun::is_authentic(message, password) {
            return Err(Unheard::Integrity);
        }
        if message.ice_controlled().is_some() {
            return Ok(Heard::Conflict(stun::role_conflict(message.trans_id(), password)));
        }
        let reply = stun::success(message.trans_id(), source.address, password);
        if is_new {
            self.old = None;
        }
        let replaced = self.note(now, source);
        Ok(Heard::Check { reply, replaced, nominated: message.use_candidate() })
    }

    fn note(&mut self, now: Instant, source: Remote) -> Option<Remote> {
        self.last_checked_at = Some(now);
        if let Some(known) = self.sources.iter_mut().find(|known| known.address == source) {
            known.fresh_until = now + self.consent;
            if let Some((_, fresh_until)) = self.in_use.as_mut().filter(|(used, _)| *used == source) {
                *fresh_until = known.fresh_until;
            }
            return None;
        }
        let mut replaced = None;
        if self.sources.len() >= MAX_SOURCES {
            let oldest = (0..self.sources.len())
                .filter(|at| self.in_use.is_none_or(|(used, _)| used != self.sources[*at].address))
                .min_by_key(|at| self.sources[*at].fresh_until);
            let oldest = oldest.expect("there are sources, and one at most is in use");
            replaced = Some(self.sources.swap_remove(oldest).address);
        }
        self.sources.push(Source {
            address: source,
            fresh_until: now + self.consent,
            proven: source.is_connected(),
            check: None,
        });
        replaced
    }

    fn handle_response(&mut self, now: Instant, source: Remote, message: &StunMessage<'_>) -> Result<Heard, Unheard> {
        let remote = self.remote.as_ref().ok_or(Unheard::NoSession)?;
        let id = message.trans_id();
        let own = self.find(source).and_then(|known| known.check.as_ref());
        let asked = own.is_some_and(|check| check.tries > 0 && check.id == id) || self.elsewhere.has_asked(source, id);
        if !asked {
            return Err(Unheard::Unasked);
        }
        if !stun::is_authentic(message, &remote.password) {
            return Err(Unheard::Integrity);
        }
        self.elsewhere.forget(source);
        let replaced = self.note(now, source); // consent in the sense of RFC 7675: an answer to a check of ours
        self.prove(source);
        Ok(Heard::Proven { replaced })
    }
}

fn fresh_id(local: &Credentials) -> TransId {
    stun::check_id(Place::of_ufrag(&local.ufrag).unwrap_or(Place { node: 0, shard: 0, slot: 0 }))
}

fn own_check(id: TransId, local: &Credentials, remote: &Credentials) -> Vec<u8> {
    stun::check(id, &format!("{}:{}", remote.ufrag, local.ufrag), &remote.password)
}
