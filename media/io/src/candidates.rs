//! The addresses that are written into session descriptions, as values of `a=candidate` (RFC 8839 §5.1).

use std::net::{IpAddr, Ipv4Addr};

use nix::ifaddrs::getifaddrs;
use nix::net::if_::InterfaceFlags;

/// Addresses; more would only slow connecting down: a browser checks each.
const MAX_CANDIDATES: usize = 8;

/// Gives the candidates for the announced addresses, or for the machine's own when none are announced.
#[must_use]
pub fn candidates(announce: &[IpAddr], port: u16) -> Vec<String> {
    let own;
    let addresses = if announce.is_empty() {
        own = chosen(of_this_machine());
        &own
    } else {
        announce
    };
    lines(addresses, port)
}

fn lines(addresses: &[IpAddr], port: u16) -> Vec<String> {
    let addresses = &addresses[..addresses.len().min(MAX_CANDIDATES)];
    let numbered = || (0u32..).zip(addresses);
    let udp = numbered().map(|(at, address)| {
        // RFC 8445 §5.1.2.1: a host candidate of component 1; the first named comes first.
        let priority = (126 << 24) | ((65_535 - at) << 8) | 255;
        format!("{} 1 udp {priority} {address} {port} typ host", at + 1)
    });
    let tcp = numbered().map(|(at, address)| {
        // RFC 6544 §4.2: a type preference below that of any UDP candidate, and the direction preference of passive.
        let priority = (90 << 24) | ((4 << 13 | (8_191 - at)) << 8) | 255;
        format!("{} 1 tcp {priority} {address} {port} typ host tcptype passive", at + 1 + TCP_FOUNDATIONS)
    });
    udp.chain(tcp).collect()
}

/// RFC 8839 §5.1: candidates of another protocol have another foundation.
const TCP_FOUNDATIONS: u32 = 100;

/// Those that others can reach, IPv4 first; a machine that has none is its own only visitor.
fn chosen(mut found: Vec<IpAddr>) -> Vec<IpAddr> {
    found.retain(|address| match address {
        IpAddr::V4(address) => !address.is_loopback() && !address.is_link_local(),
        IpAddr::V6(address) => !address.is_loopback() && !address.is_unicast_link_local(),
    });
    found.sort_by_key(IpAddr::is_ipv6);
    found.dedup();
    if found.is_empty() {
        found.push(IpAddr::V4(Ipv4Addr::LOCALHOST));
    }
    found
}

fn of_this_machine() -> Vec<IpAddr> {
    let Ok(interfaces) = getifaddrs() else { return Vec::new() };
    interfaces
        .filter(|interface| interface.flags.contains(InterfaceFlags::IFF_UP))
        .filter_map(|interface| {
            let address = interface.address?;
            let v4 = address.as_sockaddr_in().map(|v4| IpAddr::V4(v4.ip()));
            v4.or_else(|| address.as_sockaddr_in6().map(|v6| IpAddr::V6(v6.ip())))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(texts: &[&str]) -> Vec<IpAddr> {
        texts.iter().map(|text| text.parse().expect("an address")).collect()
    }

    #[test]
    fn announced_addresses_come_in_the_order_in_which_they_were_named() {
        let announced = addresses(&["10.0.0.5", "2001:db8::5"]);
        let expected = [
            "1 1 udp 2130706431 10.0.0.5 7882 typ host",
            "2 1 udp 2130706175 2001:db8::5 7882 typ host",
            "101 1 tcp 1520435199 10.0.0.5 7882 typ host tcptype passive",
            "102 1 tcp 1520434943 2001:db8::5 7882 typ host tcptype passive",
        ];
        assert_eq!(candidates(&announced, 7882), expected);
    }

    #[test]
    fn loopback_is_announced_when_it_was_asked_for() {
        let first = candidates(&addresses(&["127.0.0.1"]), 9).remove(0);
        assert_eq!(first, "1 1 udp 2130706431 127.0.0.1 9 typ host");
    }

    #[test]
    fn of_the_machines_own_those_count_that_others_can_reach() {
        let found = addresses(&["127.0.0.1", "::1", "fe80::1", "2001:db8::5", "169.254.7.7", "10.0.0.5"]);
        assert_eq!(chosen(found), addresses(&["10.0.0.5", "2001:db8::5"]));
    }

    #[test]
    fn a_machine_alone_announces_loopback() {
        assert_eq!(chosen(addresses(&["127.0.0.1", "fe80::1"])), addresses(&["127.0.0.1"]));
    }

    #[test]
    fn no_browser_has_to_check_dozens_of_addresses() {
        let many: Vec<IpAddr> = (0..40).map(|last| IpAddr::V4(Ipv4Addr::new(10, 0, 0, last))).collect();
        assert_eq!(candidates(&many, 7882).len(), 2 * MAX_CANDIDATES);
    }
}
