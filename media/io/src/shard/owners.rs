//! Whose datagrams are whose, where several shards share a port: the kernel spreads peers over the sockets as it likes.

use std::collections::HashMap;
use std::net::SocketAddr;

use hoptt_core::transport::{Place, place_of_answer};
use hoptt_wire::demux::{Class, classify};
use hoptt_wire::stun::ufrag_of;

/// What one shard knows of the others. There are no more entries than transports have sources.
#[derive(Debug)]
pub struct Owners {
    own: u8,
    shards: u8,
    others: HashMap<SocketAddr, u8>,
}

impl Owners {
    /// For shard `own` of so many.
    #[must_use]
    pub fn new(own: u8, shards: u8) -> Self {
        Self { own, shards, others: HashMap::new() }
    }

    /// Which other shard a datagram belongs to, if it is not for this one to judge. A check names its transport
    /// and with it the shard, an answer to one of ours too; everything else goes by the address.
    #[must_use]
    pub fn other(&self, source: SocketAddr, datagram: &[u8]) -> Option<u8> {
        if self.shards == 1 {
            return None;
        }
        let named = || match ufrag_of(datagram) {
            Some(ufrag) => Place::of_ufrag(ufrag),
            None => place_of_answer(datagram),
        };
        let stun = classify(datagram) == Class::Stun;
        match stun.then(named).flatten() {
            Some(place) => (place.shard != self.own && place.shard < self.shards).then_some(place.shard),
            None => self.others.get(&source).copied(),
        }
    }

    /// Which shard a check is for, this one or another; `None` for what is no check of ours.
    #[must_use]
    pub fn of_check(&self, datagram: &[u8]) -> Option<u8> {
        if classify(datagram) != Class::Stun {
            return None;
        }
        let place = ufrag_of(datagram).and_then(Place::of_ufrag)?;
        (place.shard < self.shards).then_some(place.shard)
    }

    /// That shard has authenticated this address: the newest word counts.
    pub fn added(&mut self, address: SocketAddr, shard: u8) {
        if shard == self.own {
            self.others.remove(&address);
        } else {
            self.others.insert(address, shard);
        }
    }

    /// That shard has given this address up; true when it had it.
    pub fn removed(&mut self, address: SocketAddr, shard: u8) -> bool {
        let had = self.others.get(&address) == Some(&shard);
        if had {
            self.others.remove(&address);
        }
        had
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(port: u16) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, 1], port))
    }

    /// A binding request whose USERNAME names this place.
    fn check(shard: u8) -> Vec<u8> {
        let name = format!("{}:theirs", Place { node: 0, shard, slot: 5 }.to_ufrag(1));
        let padding = vec![0; name.len().next_multiple_of(4) - name.len()];
        let length = |len: usize| u16::try_from(len).expect("short").to_be_bytes();
        let head = [&[0, 1][..], &length(4 + name.len() + padding.len()), &[0x21, 0x12, 0xa4, 0x42], &[7; 12]].concat();
        [&head[..], &[0, 6], &length(name.len()), name.as_bytes(), &padding].concat()
    }

    const MEDIA: [u8; 20] = [0x80; 20];

    #[test]
    fn a_check_goes_to_the_shard_that_its_user_name_tells() {
        let mut owners = Owners::new(0, 2);
        owners.added(source(1), 1);
        assert_eq!(owners.other(source(9), &check(1)), Some(1));
        assert_eq!(owners.other(source(1), &check(0)), None, "though its address was another's");
        assert_eq!(owners.other(source(9), &check(7)), None, "there is no such shard");
    }

    #[test]
    fn everything_else_goes_by_its_address() {
        let mut owners = Owners::new(0, 2);
        assert_eq!(owners.other(source(1), &MEDIA), None);
        owners.added(source(1), 1);
        assert_eq!(owners.other(source(1), &MEDIA), Some(1));
        owners.removed(source(1), 0);
        assert_eq!(owners.other(source(1), &MEDIA), Some(1), "only its owner gives it up");
        owners.removed(source(1), 1);
        assert_eq!(owners.other(source(1), &MEDIA), None);
    }

    #[test]
    fn the_first_frame_of_a_connection_tells_its_shard() {
        let owners = Owners::new(0, 2);
        assert_eq!(owners.of_check(&check(0)), Some(0));
        assert_eq!(owners.of_check(&check(1)), Some(1));
        assert_eq!(owners.of_check(&check(7)), None, "there is no such shard");
        assert_eq!(owners.of_check(&MEDIA), None);
        assert_eq!(Owners::new(0, 1).of_check(&check(0)), Some(0));
    }

    #[test]
    fn an_address_belongs_to_the_shard_that_authenticated_it_last() {
        let mut owners = Owners::new(0, 2);
        owners.added(source(1), 1);
        owners.added(source(1), 0);
        assert_eq!(owners.other(source(1), &MEDIA), None);
    }

    #[test]
    fn a_shard_alone_owns_everything() {
        assert_eq!(Owners::new(0, 1).other(source(9), &check(1)), None);
    }
}
