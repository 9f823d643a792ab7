//! Where a transport's media goes, and whom it follows (S6).

use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// A nomination moves media only when the path in use has been quiet for this long; a live one is followed by its packets.
const QUIET: Duration = Duration::from_secs(1);

/// The addresses of a transport by their part in it.
#[derive(Debug, Default)]
pub struct Path {
    /// Media goes here: it has shown that it receives.
    address: Option<SocketAddr>,
    /// Media is to go here once it has shown that.
    wanted: Option<SocketAddr>,
    /// When DTLS, SRTP or SRTCP arrived from the address followed now.
    heard_at: Option<Instant>,
    /// Where an unfinished handshake is answered.
    handshake: Option<SocketAddr>,
    /// Where flights of ours went: one address, or several.
    flights: Flights,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Flights {
    #[default]
    None,
    To(SocketAddr),
    Several,
}

impl Path {
    /// Where media goes.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// Where media is to go once that address has shown that it receives.
    #[must_use]
    pub fn wanted(&self) -> Option<SocketAddr> {
        self.wanted
    }

    /// Notes authenticated media or DTLS; true: this is another source than the one followed.
    pub fn heard_media(&mut self, now: Instant, source: SocketAddr) -> bool {
        self.heard_at = Some(now);
        self.wanted.or(self.address) != Some(source)
    }

    /// Notes a USE-CANDIDATE; true: media is to follow it, because nothing newer speaks for another address.
    #[must_use]
    pub fn nominate(&self, now: Instant, source: SocketAddr) -> bool {
        let Some(heard_at) = self.heard_at else {
            return false; // before the handshake is over media goes nowhere, and afterwards where it ended
        };
        self.wanted.or(self.address) != Some(source) && now.duration_since(heard_at) >= QUIET
    }

    /// Media is to go there.
    pub fn want(&mut self, source: SocketAddr) {
        self.wanted = Some(source);
    }

    /// Media goes there from now on.
    pub fn move_to(&mut self, source: SocketAddr) {
        self.address = Some(source);
        self.wanted = None;
    }

    /// The address is no longer this transport's.
    pub fn forget(&mut self, address: SocketAddr) {
        for place in [&mut self.address, &mut self.wanted, &mut self.handshake] {
            if *place == Some(address) {
                *place = None;
            }
        }
    }

    /// The handshake is answered where it came from last.
    pub fn answer_handshake_to(&mut self, source: SocketAddr) {
        self.handshake = Some(source);
    }

    /// Where a flight is sent again.
    #[must_use]
    pub fn handshake_address(&self) -> Option<SocketAddr> {
        self.handshake
    }

    /// Notes where a flight went.
    pub fn sent_handshake_to(&mut self, to: SocketAddr) {
        self.flights = match self.flights {
            Flights::None => Flights::To(to),
            Flights::To(before) if before == to => Flights::To(to),
            _ => Flights::Several,
        };
    }

    /// Whether all flights went there, so that an answer from there shows that they arrived there.
    #[must_use]
    pub fn handshake_went_only_to(&self, source: SocketAddr) -> bool {
        self.flights == Flights::To(source)
    }
}
