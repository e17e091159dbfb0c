//! How this program and its child processes talk: messages of one kind byte, a little-endian length and that many bytes.
//!
//! The other side may be broken or hostile, so a length is believed only within a bound.

use std::collections::VecDeque;

/// One message. The payload may hold a picture or a code, so nothing here prints it.
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

/// The other side does not keep to the protocol; nothing it says is believed any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the child process sent something that is no message")]
pub struct Malformed;

const HEADER: usize = 5;

/// The bytes to write before a payload.
pub fn header(kind: u8, payload_length: usize) -> Option<[u8; HEADER]> {
    let [a, b, c, d] = u32::try_from(payload_length).ok()?.to_le_bytes();
    Some([kind, a, b, c, d])
}

/// Puts messages together from whatever pieces arrive. Each byte of a payload is copied once, into its message.
#[derive(Debug)]
pub struct Inbox {
    part: Part,
    whole: VecDeque<Message>,
    longest: usize,
}

/// What the next byte belongs to.
#[derive(Debug)]
enum Part {
    Header(Vec<u8>),
    Payload {
        message: Message,
        length: usize,
    },
    /// A length beyond the bound: nothing after it is understood.
    Broken,
}

impl Inbox {
    /// Payloads over `longest` bytes are malformed; memory stays within it and one piece.
    pub const fn new(longest: usize) -> Self {
        Self {
            part: Part::Header(Vec::new()),
            whole: VecDeque::new(),
            longest,
        }
    }

    pub fn push(&mut self, mut piece: &[u8]) {
        while !piece.is_empty() {
            let wants = match &self.part {
                Part::Header(bytes) => HEADER - bytes.len(),
                Part::Payload { message, length } => length - message.payload.len(),
                Part::Broken => return,
            };
            let (now, later) = piece.split_at(wants.min(piece.len()));
            piece = later;
            match &mut self.part {
                Part::Header(bytes) => bytes.extend_from_slice(now),
                Part::Payload { message, .. } => message.payload.extend_from_slice(now),
                Part::Broken => return,
            }
            self.turn_page();
        }
    }

    /// Goes on to the next part where one has just become whole.
    fn turn_page(&mut self) {
        if let Part::Header(bytes) = &self.part
            && let Some(&[kind, a, b, c, d]) = bytes.first_chunk::<HEADER>()
        {
            let length = u32::from_le_bytes([a, b, c, d]) as usize;
            self.part = if length > self.longest {
                Part::Broken
            } else {
                let payload = Vec::with_capacity(length);
                Part::Payload {
                    message: Message { kind, payload },
                    length,
                }
            };
        }
        if let Part::Payload { message, length } = &mut self.part
            && message.payload.len() == *length
        {
            let payload = std::mem::take(&mut message.payload);
            let kind = message.kind;
            self.whole.push_back(Message { kind, payload });
            self.part = Part::Header(Vec::new());
        }
    }

    /// The next whole message, if it has arrived.
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

    /// A run of bytes behind its length, at most `longest`.
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

    #[test]
    fn messages_are_put_together_from_single_bytes() {
        let mut inbox = Inbox::new(10);
        let mut got = Vec::new();
        for byte in [written(1, b"abc"), written(2, b"")].concat() {
            inbox.push(&[byte]);
            got.extend(inbox.take().unwrap());
        }
        assert_eq!(got.len(), 2);
        assert_eq!((got[0].kind, got[0].payload.as_slice()), (1, &b"abc"[..]));
        assert_eq!((got[1].kind, got[1].payload.as_slice()), (2, &b""[..]));
    }

    #[test]
    fn several_messages_in_one_piece_come_out_one_by_one() {
        let mut inbox = Inbox::new(10);
        inbox.push(&[written(1, b"a"), written(1, b"b")].concat());
        assert_eq!(inbox.take().unwrap().unwrap().payload, b"a");
        assert_eq!(inbox.take().unwrap().unwrap().payload, b"b");
        assert_eq!(inbox.take().unwrap(), None);
    }

    #[test]
    fn a_length_beyond_the_bound_is_refused_before_it_is_stored() {
        let mut inbox = Inbox::new(10);
        inbox.push(&[written(7, b"abc"), header(1, 11).unwrap().to_vec()].concat());
        inbox.push(&written(2, b"d"));
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
