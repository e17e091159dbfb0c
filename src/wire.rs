//! How this program and its child processes talk: messages of one kind byte, a little-endian length and that many bytes.
//!
//! The other side may be broken or hostile, so a length is believed only within a bound.

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

/// Puts messages together from whatever pieces arrive.
#[derive(Debug)]
pub struct Inbox {
    bytes: Vec<u8>,
    longest: usize,
}

impl Inbox {
    /// Payloads over `longest` bytes are malformed; memory stays within it and one piece.
    pub const fn new(longest: usize) -> Self {
        Self {
            bytes: Vec::new(),
            longest,
        }
    }

    pub fn push(&mut self, piece: &[u8]) {
        self.bytes.extend_from_slice(piece);
    }

    /// The next whole message, if it has arrived.
    pub fn take(&mut self) -> Result<Option<Message>, Malformed> {
        let Some(&[kind, a, b, c, d]) = self.bytes.first_chunk::<HEADER>() else {
            return Ok(None);
        };
        let length = u32::from_le_bytes([a, b, c, d]) as usize;
        if length > self.longest {
            return Err(Malformed);
        }
        if self.bytes.len() < HEADER + length {
            return Ok(None);
        }
        let rest = self.bytes.split_off(HEADER + length);
        let mut payload = std::mem::replace(&mut self.bytes, rest);
        payload.drain(..HEADER);
        Ok(Some(Message { kind, payload }))
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
        inbox.push(&header(1, 11).unwrap());
        assert_eq!(inbox.take(), Err(Malformed));
    }

    #[test]
    fn a_run_longer_than_its_payload_is_none() {
        assert_eq!(Reader(&[5, 0, 0, 0, 1]).run(100), None);
        assert_eq!(Reader(&[1, 0, 0, 0, 9]).run(100), Some(&[9][..]));
    }
}
