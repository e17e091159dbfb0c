//! How this machine is connected, for the first start. Everything is read; nothing is set here.

use std::{
    fs,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    path::Path,
};

use crate::{
    contract::EnrolmentTicket,
    first_start::{Probe, Wired},
    platform,
    time::Wall,
};

/// Where the kernel lists network cards.
const CARDS: &str = "/sys/class/net";

/// Looks at the cards, and how far the booth gets with this ticket; waits for the platform's answer.
/// `clock` is the booth's own.
pub fn probe(ticket: &EnrolmentTicket, clock: Wall) -> Probe {
    let (wired, has_wifi) = cards(Path::new(CARDS));
    Probe {
        wired,
        has_wifi,
        address: address(),
        reach: platform::reach(ticket),
        clock,
    }
}

/// Returns the best wired card, and whether there is a wireless one. A card without a device, such
/// as `lo`, is none.
fn cards(folder: &Path) -> (Wired, bool) {
    let (mut wired, mut has_wifi) = (Wired::NoSocket, false);
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for card in entries.map(|entry| entry.path()) {
        if !card.join("device").exists() {
            continue;
        }
        if card.join("wireless").exists() || card.join("phy80211").exists() {
            has_wifi = true;
            continue;
        }
        // The carrier of a card that is switched off cannot be read.
        let carrier = fs::read_to_string(card.join("carrier")).unwrap_or_default();
        if carrier.trim() == "1" {
            wired = Wired::Plugged;
        } else if wired == Wired::NoSocket {
            wired = Wired::Unplugged;
        }
    }
    (wired, has_wifi)
}

/// Returns the address from which this machine would speak to others. Connecting a datagram socket
/// chooses a route and sends nothing; the addresses are those of documentation (RFC 5737, RFC 3849).
fn address() -> Option<IpAddr> {
    let elsewhere: [IpAddr; 2] = [
        Ipv4Addr::new(192, 0, 2, 1).into(),
        Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1).into(),
    ];
    elsewhere.into_iter().find_map(|there| {
        let any: IpAddr = match there {
            IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        let socket = UdpSocket::bind(SocketAddr::new(any, 0)).ok()?;
        socket.connect(SocketAddr::new(there, 9)).ok()?;
        Some(socket.local_addr().ok()?.ip())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cable_counts_and_neither_the_loop_nor_a_wireless_card_is_one() {
        let folder = tempfile::tempdir().unwrap();
        let card = |name: &str, parts: &[&str], carrier: Option<&str>| {
            let card = folder.path().join(name);
            fs::create_dir(&card).unwrap();
            for part in parts {
                fs::create_dir(card.join(part)).unwrap();
            }
            if let Some(carrier) = carrier {
                fs::write(card.join("carrier"), carrier).unwrap();
            }
        };
        let found = || cards(folder.path());
        card("lo", &[], Some("1\n"));
        assert_eq!(found(), (Wired::NoSocket, false));
        card("wlan0", &["device", "wireless"], Some("1\n"));
        assert_eq!(found(), (Wired::NoSocket, true));
        card("eth0", &["device"], None);
        assert_eq!(found(), (Wired::Unplugged, true));
        card("eth1", &["device"], Some("1\n"));
        assert_eq!(found(), (Wired::Plugged, true));
    }
}
