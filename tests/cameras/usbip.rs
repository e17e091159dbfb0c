//! USB/IP as implemented by the kernel's `vhci-hcd` (`usbip_protocol.rst` of its documentation): a
//! USB device is the other end of a socket.

use std::{
    fs,
    io::{self, Read, Write},
    os::{fd::AsRawFd, unix::net::UnixStream},
};

const SUBMIT: u32 = 1;
const UNLINK: u32 = 2;
const SUBMITTED: u32 = 3;
const UNLINKED: u32 = 4;
const IN: u32 = 1;
/// The packet count of a transfer that is not isochronous.
const NO_PACKETS: u32 = u32::MAX;
const HIGH_SPEED: u32 = 3;
const VHCI: &str = "/sys/devices/platform/vhci_hcd.0";

/// A request of the kernel.
#[derive(Debug)]
pub enum Request {
    /// A control transfer; OUT includes its data.
    Control {
        seq: u32,
        setup: [u8; 8],
        length: usize,
        data: Vec<u8>,
    },
    /// An isochronous IN transfer: the room in each packet.
    Pictures { seq: u32, packets: Vec<usize> },
    /// Anything else, which this device does not support.
    Other { seq: u32 },
    /// A transfer is no longer wanted.
    Unlink { seq: u32, target: u32 },
}

/// Returns the first free port of the high-speed hub.
pub fn free_port() -> u32 {
    const NOTHING: &str = "004";
    let status = fs::read_to_string(format!("{VHCI}/status")).unwrap();
    let free = status.lines().skip(1).find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["hs", port, NOTHING, ..] => port.parse().ok(),
            _ => None,
        }
    });
    free.unwrap_or_else(|| panic!("no free port: {status}"))
}

/// Plugs a device into a port; returns the socket at which the device is served.
pub fn plug(port: u32, id: u32) -> UnixStream {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let words = format!("{port} {} {id} {HIGH_SPEED}", theirs.as_raw_fd());
    fs::write(format!("{VHCI}/attach"), words).unwrap();
    ours
}

/// Returns the kernel's next request; an error once it is unplugged.
pub fn read(from: &mut impl Read) -> io::Result<Request> {
    let mut head = [0; 48];
    from.read_exact(&mut head)?;
    let word = |at: usize| u32::from_be_bytes(head[at..at + 4].try_into().unwrap());
    let (command, seq, direction, endpoint) = (word(0), word(4), word(12), word(16));
    if command == UNLINK {
        return Ok(Request::Unlink {
            seq,
            target: word(20),
        });
    }
    if command != SUBMIT {
        return Err(io::Error::other("neither a transfer nor its end"));
    }
    let (length, packets) = (word(24) as usize, word(32));
    let mut data = vec![0; if direction == IN { 0 } else { length }];
    from.read_exact(&mut data)?;
    if packets != NO_PACKETS && packets != 0 {
        let mut rooms = vec![];
        for _ in 0..packets {
            let mut packet = [0; 16];
            from.read_exact(&mut packet)?;
            rooms.push(u32::from_be_bytes(packet[4..8].try_into().unwrap()) as usize);
        }
        return Ok(Request::Pictures {
            seq,
            packets: rooms,
        });
    }
    if endpoint != 0 {
        return Ok(Request::Other { seq });
    }
    Ok(Request::Control {
        seq,
        setup: head[40..48].try_into().unwrap(),
        length,
        data,
    })
}

/// Answers a control transfer with its data or a stalled pipe.
pub fn answer(
    to: &mut impl Write,
    seq: u32,
    outcome: Result<&[u8], ()>,
    sent: usize,
) -> io::Result<()> {
    const STALLED: i32 = -32;
    let (status, data) = match outcome {
        Ok(data) => (0, data),
        Err(()) => (STALLED, [].as_slice()),
    };
    let mut message = head(SUBMITTED, seq);
    message.extend(status.to_be_bytes());
    message.extend((data.len().max(sent) as u32).to_be_bytes());
    message.resize(48, 0);
    message.extend(data);
    to.write_all(&message)
}

/// Fills an isochronous transfer with packets, within the room of each.
pub fn fill(to: &mut impl Write, seq: u32, rooms: &[usize], packets: &[Vec<u8>]) -> io::Result<()> {
    let total: usize = packets.iter().map(Vec::len).sum();
    let mut message = head(SUBMITTED, seq);
    message.extend(0_i32.to_be_bytes());
    message.extend((total as u32).to_be_bytes());
    message.extend(0_u32.to_be_bytes());
    message.extend((rooms.len() as u32).to_be_bytes());
    message.resize(48, 0);
    for packet in packets {
        message.extend(packet);
    }
    let mut offset = 0;
    for (room, packet) in rooms.iter().zip(packets) {
        for number in [offset, *room as u32, packet.len() as u32, 0] {
            message.extend(number.to_be_bytes());
        }
        offset += *room as u32;
    }
    to.write_all(&message)
}

/// Reports a transfer that was cancelled before it was answered, or had already been answered.
pub fn unlinked(to: &mut impl Write, seq: u32, was_waiting: Waiting) -> io::Result<()> {
    const TAKEN_BACK: i32 = -104;
    let status = match was_waiting {
        Waiting::Yes => TAKEN_BACK,
        Waiting::No => 0,
    };
    let mut message = head(UNLINKED, seq);
    message.extend(status.to_be_bytes());
    message.resize(48, 0);
    to.write_all(&message)
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    Yes,
    No,
}

fn head(command: u32, seq: u32) -> Vec<u8> {
    let mut message = vec![];
    for number in [command, seq, 0, 0, 0] {
        message.extend(number.to_be_bytes());
    }
    message
}
