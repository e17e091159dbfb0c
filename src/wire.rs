//! The protocol between this program and its child processes: messages of one kind byte, a
//! little-endian length and that many bytes.
//!
//! The other side may be broken or hostile, so a length is accepted only within a bound.

use std::{
    collections::VecDeque,
    io::{self, Read},
};

/// One message. The payload may hold a picture or a code, so it is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    pub kind: u8,
    pub payload: Vec<u8>,
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Message {} ({} bytes)", self.kind, self.payload.len())
    }
}

/// The other side breaks the protocol; nothing it sends is trusted any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the child process sent something that is not a message")]
pub struct Malformed;

const HEADER: usize = 5;

/// Returns the bytes to write before a payload.
pub fn header(kind: u8, payload_length: usize) -> Option<[u8; HEADER]> {
    let [a, b, c, d] = u32::try_from(payload_length).ok()?.to_le_bytes();
    Some([kind, a, b, c, d])
}

/// Assembles messages from whatever pieces arrive. A payload is read straight into its message: a
/// picture is never copied here.
#[derive(Debug)]
pub struct Inbox {
    part: Part,
    whole: VecDeque<Message>,
    longest: usize,
}

/// The part that the next byte belongs to.
#[derive(Debug)]
enum Part {
    Header(Vec<u8>),
    Payload {
        message: Message,
        /// How many of its bytes have arrived.
        filled: usize,
    },
    /// A length beyond the bound: nothing after it can be interpreted.
    Broken,
}

impl Inbox {
    /// Creates an inbox; payloads over `longest` bytes are malformed, so memory stays bounded.
    pub const fn new(longest: usize) -> Self {
        Self {
            part: Part::Header(Vec::new()),
            whole: VecDeque::new(),
            longest,
        }
    }

    /// Reads once from `from`, at most to the end of the current header or payload. Returns how
    /// many bytes came: 0 at the stream's end.
    pub fn read(&mut self, from: &mut impl Read) -> io::Result<usize> {
        let count = match &mut self.part {
            Part::Header(bytes) => {
                let mut rest = [0; HEADER];
                let wanted = rest.get_mut(bytes.len()..).unwrap_or_default();
                let count = from.read(wanted)?;
                bytes.extend(wanted.iter().take(count));
                count
            }
            Part::Payload { message, filled } => {
                let wanted = message.payload.get_mut(*filled..).unwrap_or_default();
                let count = from.read(wanted)?;
                *filled += count;
                count
            }
            Part::Broken => return Err(io::ErrorKind::InvalidData.into()),
        };
        self.turn_page();
        Ok(count)
    }

    /// Moves on to the next part when one has just become whole.
    fn turn_page(&mut self) {
        if let Part::Header(bytes) = &self.part
            && let Some(&[kind, a, b, c, d]) = bytes.first_chunk::<HEADER>()
        {
            let length = u32::from_le_bytes([a, b, c, d]) as usize;
            self.part = if length > self.longest {
                Part::Broken
            } else {
                let payload = vec![0; length];
                Part::Payload {
                    message: Message { kind, payload },
                    filled: 0,
                }
            };
        }
        if let Part::Payload { message, filled } = &mut self.part
            && message.payload.len() == *filled
        {
            let payload = std::mem::take(&mut message.payload);
            let kind = message.kind;
            self.whole.push_back(Message { kind, payload });
            self.part = Part::Header(Vec::new());
        }
    }

    /// Returns the next whole message, if it has arrived.
    pub fn take(&mut self) -> Result<Option<Message>, Malformed> {
        match (self.whole.pop_front(), &self.part) {
            (Some(message), _) => Ok(Some(message)),
            (None, Part::Broken) => Err(Malformed),
            (None, Part::Header(_) | Part::Payload { .. }) => Ok(None),
        }
    }
}

/// Reads fixed-size numbers and byte runs from the front of a payload; `None` once it is too short.
#[derive(Debug)]
pub struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    pub fn u8(&mut self) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(first)
    }

    pub fn u32(&mut self) -> Option<u32> {
        let (number, rest) = self.0.split_first_chunk::<4>()?;
        self.0 = rest;
        Some(u32::from_le_bytes(*number))
    }

    pub fn f32(&mut self) -> Option<f32> {
        self.u32().map(f32::from_bits).filter(|n| n.is_finite())
    }

    /// Reads a run of bytes preceded by its length, at most `longest`.
    pub fn run(&mut self, longest: usize) -> Option<&'a [u8]> {
        let length = self.u32()? as usize;
        if length > longest {
            return None;
        }
        let (run, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(run)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(kind: u8, payload: &[u8]) -> Vec<u8> {
        [&header(kind, payload.len()).unwrap(), payload].concat()
    }

    /// Reads all of `bytes`, up to the first that cannot be interpreted.
    fn read(inbox: &mut Inbox, mut bytes: &[u8]) {
        while !bytes.is_empty() && inbox.read(&mut bytes).is_ok() {}
    }

    #[test]
    fn messages_are_put_together_from_single_bytes() {
        let mut inbox = Inbox::new(10);
        let mut got = Vec::new();
        for byte in [written(1, b"abc"), written(2, b"")].concat() {
            read(&mut inbox, &[byte]);
            got.extend(inbox.take().unwrap());
        }
        assert_eq!(got.len(), 2);
        assert_eq!((got[0].kind, got[0].payload.as_slice()), (1, &b"abc"[..]));
        assert_eq!((got[1].kind, got[1].payload.as_slice()), (2, &b""[..]));
    }

    #[test]
    fn several_messages_in_one_piece_come_out_one_by_one() {
        let mut inbox = Inbox::new(10);
        read(&mut inbox, &[written(1, b"a"), written(1, b"b")].concat());
        assert_eq!(inbox.take().unwrap().unwrap().payload, b"a");
        assert_eq!(inbox.take().unwrap().unwrap().payload, b"b");
        assert_eq!(inbox.take().unwrap(), None);
    }

    #[test]
    fn a_length_beyond_the_bound_is_refused_before_it_is_stored() {
        let mut inbox = Inbox::new(10);
        let long = [written(7, b"abc"), header(1, 11).unwrap().to_vec()].concat();
        read(&mut inbox, &long);
        read(&mut inbox, &written(2, b"d"));
        assert_eq!(inbox.take().unwrap().unwrap().kind, 7);
        assert_eq!(inbox.take(), Err(Malformed));
        assert_eq!(inbox.take(), Err(Malformed), "it stays broken");
    }

    #[test]
    fn a_run_longer_than_its_payload_is_none() {
        assert_eq!(Reader(&[5, 0, 0, 0, 1]).run(100), None);
        assert_eq!(Reader(&[1, 0, 0, 0, 9]).run(100), Some(&[9][..]));
    }
}
