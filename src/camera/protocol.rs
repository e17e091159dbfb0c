//! What the camera worker and the kiosk say to each other, within [`wire`](crate::wire) messages.

use serde::{Deserialize, Serialize};

use crate::{
    geometry::Size,
    wire::{Malformed, Message, Reader},
};

/// Raised when a message changes its meaning; both ends are one program, so they must agree.
const VERSION: u8 = 1;

/// The largest payload: an uncompressed 4:2:2 picture of 4096 x 3072.
pub const LONGEST: usize = 4096 * 3072 * 2;
/// The largest side of a picture that is believed.
pub const LONGEST_SIDE: u32 = 8_192;
/// The largest order to a worker.
pub const LONGEST_ORDER: usize = 4_096;
const LONGEST_REASON: usize = 1_024;

const ORDER: u8 = 1;
const HELLO: u8 = 2;
const PICTURE: u8 = 3;
const REFUSED: u8 = 4;

/// What the kiosk asks of a worker, once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    pub node: u32,
    /// (V4L2 control id, value), set in this order: automatics off first.
    pub controls: Vec<(u32, i64)>,
}

impl Order {
    pub fn message(&self) -> Message {
        Message {
            kind: ORDER,
            payload: serde_json::to_vec(self).unwrap_or_default(),
        }
    }

    pub fn parse(message: &Message) -> Result<Self, Malformed> {
        if message.kind != ORDER {
            return Err(Malformed);
        }
        serde_json::from_slice(&message.payload).map_err(|_not_an_order| Malformed)
    }
}

/// How the camera's pictures are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    Mjpeg,
    Yuyv,
}

/// What was agreed with the camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stream {
    pub packing: Packing,
    pub size: Size,
    /// Pictures a second.
    pub rate: u32,
}

/// What a worker says.
#[derive(Clone, PartialEq, Eq)]
pub enum Report {
    Hello(Stream),
    /// One picture, as the camera packed it.
    Picture(Vec<u8>),
    /// The camera cannot be used; one sentence for staff.
    Refused(String),
}

/// A picture may hold a person: only its size is printed.
impl std::fmt::Debug for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Hello(stream) => write!(f, "Hello({stream:?})"),
            Self::Picture(bytes) => write!(f, "Picture({} bytes)", bytes.len()),
            Self::Refused(reason) => write!(f, "Refused({reason})"),
        }
    }
}

impl Report {
    pub fn message(&self) -> Message {
        let (kind, payload) = match self {
            Self::Hello(stream) => (HELLO, hello(stream)),
            Self::Picture(bytes) => (PICTURE, bytes.clone()),
            Self::Refused(reason) => (
                REFUSED,
                reason
                    .chars()
                    .take(LONGEST_REASON / 4)
                    .collect::<String>()
                    .into_bytes(),
            ),
        };
        Message { kind, payload }
    }

    pub fn parse(message: Message) -> Result<Self, Malformed> {
        match message.kind {
            HELLO => parse_hello(&message.payload)
                .map(Self::Hello)
                .ok_or(Malformed),
            PICTURE => Ok(Self::Picture(message.payload)),
            REFUSED if message.payload.len() <= LONGEST_REASON => {
                let reason = String::from_utf8(message.payload).map_err(|_not_text| Malformed)?;
                Ok(Self::Refused(reason.replace(char::is_control, " ")))
            }
            _ => Err(Malformed),
        }
    }
}

fn hello(stream: &Stream) -> Vec<u8> {
    let packing = match stream.packing {
        Packing::Mjpeg => 1,
        Packing::Yuyv => 2,
    };
    let mut bytes = vec![VERSION, packing];
    for number in [stream.size.width, stream.size.height, stream.rate] {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    bytes
}

fn parse_hello(payload: &[u8]) -> Option<Stream> {
    let mut reader = Reader(payload);
    if reader.u8()? != VERSION {
        return None;
    }
    let packing = match reader.u8()? {
        1 => Packing::Mjpeg,
        2 => Packing::Yuyv,
        _ => return None,
    };
    let size = Size::new(reader.u32()?, reader.u32()?);
    let rate = reader.u32()?;
    let sane = |side| (1..=LONGEST_SIDE).contains(&side);
    (sane(size.width) && sane(size.height) && reader.0.is_empty()).then_some(Stream {
        packing,
        size,
        rate,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: Stream = Stream {
        packing: Packing::Yuyv,
        size: Size::new(640, 480),
        rate: 30,
    };

    #[test]
    fn every_report_comes_back_as_it_was_said() {
        for report in [
            Report::Hello(STREAM),
            Report::Picture(vec![1, 2, 3]),
            Report::Refused("busy".into()),
        ] {
            assert_eq!(Report::parse(report.message()), Ok(report));
        }
        let order = Order {
            node: 2,
            controls: vec![(0x009a_0901, 1)],
        };
        assert_eq!(Order::parse(&order.message()), Ok(order));
    }

    #[test]
    fn what_is_no_report_is_malformed() {
        let whole = Report::Hello(STREAM).message();
        let mut wrong: Vec<Message> = (0..whole.payload.len())
            .map(|length| Message {
                kind: whole.kind,
                payload: whole.payload[..length].to_vec(),
            })
            .collect();
        let mut version = whole.clone();
        version.payload[0] = 99;
        let mut packing = whole.clone();
        packing.payload[1] = 9;
        let mut huge = whole;
        huge.payload[2..6].copy_from_slice(&u32::MAX.to_le_bytes());
        let text = Message {
            kind: REFUSED,
            payload: vec![0xff],
        };
        let long = Message {
            kind: REFUSED,
            payload: vec![b'x'; LONGEST_REASON + 1],
        };
        let unknown = Message {
            kind: 77,
            payload: vec![],
        };
        wrong.extend([version, packing, huge, text, long, unknown]);
        for message in wrong {
            assert_eq!(Report::parse(message), Err(Malformed));
        }
    }
}
