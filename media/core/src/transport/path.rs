//! Where a transport's media goes, and whom it follows (S6).

use std::time::{Duration, Instant};

use crate::remote::Remote;

/// A nomination moves media only when the path in use has been quiet for this long; a live one is followed by its packets.
const QUIET: Duration = Duration::from_secs(1);

/// The addresses of a transport by their part in it.
#[derive(Debug, Default)]
pub struct Path {
    /// Media goes here: it has shown that it receives.
    address: Option<Remote>,
    /// Media is to go here once it has shown that.
    wanted: Option<Remote>,
    /// When DTLS, SRTP or SRTCP arrived from the address followed now.
    heard_at: Option<Instant>,
    /// Where an unfinished handshake is answered.
    handshake: Option<Remote>,
    /// Where flights of ours went: one address, or several.
    flights: Flights,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Flights {
    #[default]
    None,
    To(Remote),
    Several,
}

impl Path {
    /// Where media goes.
    #[must_use]
    pub fn address(&self) -> Option<Remote> {
        self.address
    }

    /// Where media is to go once that address has shown that it receives.
    #[must_use]
    pub fn wanted(&self) -> Option<Remote> {
        self.wanted
    }

    /// Notes authenticated media or DTLS; true: this is another source than the one followed.
    pub fn heard_media(&mut self, now: Instant, source: Remote) -> bool {
        self.heard_at = Some(now);
        self.wanted.or(self.address) != Some(source)
    }

    /// Notes a USE-CANDIDATE; true: media is to follow it, because nothing newer speaks for another address.
    #[must_use]
    pub fn nominate(&self, now: Instant, source: Remote) -> bool {
        let Some(heard_at) = self.heard_at else {
            return false; // before the handshake is over media goes nowhere, and afterwards where it ended
        };
        match self.wanted.or(self.address) {
            None => true, // the path in use is gone: a closed connection, an address that is another's
            Some(followed) => followed != source && now.duration_since(heard_at) >= QUIET,
        }
    }

    /// Media is to go there.
    pub fn want(&mut self, source: Remote) {
        self.wanted = Some(source);
    }

    /// Media goes there from now on.
    pub fn move_to(&mut self, source: Remote) {
        self.address = Some(source);
        self.wanted = None;
    }

    /// The address is no longer this transport's.
    pub fn forget(&mut self, address: Remote) {
        for place in [&mut self.address, &mut self.wanted, &mut self.handshake] {
            if *place == Some(address) {
                *place = None;
            }
        }
    }

    /// The handshake is answered where it came from last.
    pub fn answer_handshake_to(&mut self, source: Remote) {
        self.handshake = Some(source);
    }

    /// Where a flight is sent again.
    #[must_use]
    pub fn handshake_address(&self) -> Option<Remote> {
        self.handshake
    }

    /// Notes where a flight went.
    pub fn sent_handshake_to(&mut self, to: Remote) {
        self.flights = match self.flights {
            Flights::None => Flights::To(to),
            Flights::To(before) if before == to => Flights::To(to),
            _ => Flights::Several,
        };
    }

    /// Whether all flights went there, so that an answer from there shows that they arrived there.
    #[must_use]
    pub fn handshake_went_only_to(&self, source: Remote) -> bool {
        self.flights == Flights::To(source)
    }
}
