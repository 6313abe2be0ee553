//! Free loopback ports below 32768.
//!
//! Above that, the system hands out ports of outgoing connections: a client that polls such a port before its server
//! listens can connect to itself and hold the port.

use std::hash::{BuildHasher as _, RandomState};
use std::net::{Ipv4Addr, TcpListener};

const FIRST: u16 = 20_000;
const COUNT: u16 = 12_767;

/// Ports to try, in an order that differs from call to call so that two processes rarely meet.
pub(crate) fn candidates() -> impl Iterator<Item = u16> {
    let start = u16::try_from(RandomState::new().hash_one(0_u8) % u64::from(COUNT)).unwrap_or(0);
    (0..COUNT).map(move |step| FIRST + (start + step) % COUNT)
}

/// A port that was free a moment ago; whoever takes it must be ready to lose the race.
pub(crate) fn probably_free() -> Option<u16> {
    candidates().take(500).find(|&port| is_free(port))
}

pub(crate) fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_below_the_ephemeral_range() {
        let all: std::collections::BTreeSet<u16> = candidates().collect();
        assert_eq!(all.len(), usize::from(COUNT));
        assert!(all.iter().all(|port| (FIRST..32_768).contains(port)));
    }

    #[test]
    fn a_listener_makes_a_port_busy() {
        let port = probably_free().unwrap();
        let held = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
        assert!(!is_free(port));
        drop(held);
    }
}
