//! What the camera worker and the kiosk say to each other, in [`wire`](crate::wire) messages.

use std::{
    fmt,
    io::{self, Write},
};

use nokhwa::utils::{CameraFormat, FrameFormat};
use serde::{Deserialize, Serialize};

use crate::{
    child,
    geometry::Size,
    wire::{Malformed, Message, Reader},
};

/// Raised when a message changes its meaning; both ends are one program, so they must match.
const VERSION: u8 = 2;

/// The largest payload: an uncompressed 4:2:2 picture of 4096 x 3072.
pub const LONGEST: usize = 4096 * 3072 * 2;
/// The longest side of a picture that is accepted.
pub const LONGEST_SIDE: u32 = 8_192;
/// The largest order to a worker.
pub const LONGEST_ORDER: usize = 4_096;
const LONGEST_REASON: usize = 1_024;
/// More than the number of controls that the booth knows.
const MOST_CONTROLS: usize = 64;

const ORDER: u8 = 1;
const HELLO: u8 = 2;
const PICTURE: u8 = 3;
const REFUSED: u8 = 4;
const DAMAGED: u8 = 5;
const CONTROLS: u8 = 6;

/// What the kiosk asks of a worker, once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    version: u8,
    pub node: u32,
    /// (V4L2 control id, value), set in this order: automatics off first.
    pub controls: Vec<(u32, i64)>,
}

/// What the kiosk asks of a streaming worker: to change its controls at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change(pub Vec<(u32, i64)>);

impl Change {
    pub fn message(&self) -> Message {
        Message {
            kind: CONTROLS,
            payload: serde_json::to_vec(&self.0).unwrap_or_default(),
        }
    }

    pub fn parse(message: &Message) -> Result<Self, Malformed> {
        if message.kind != CONTROLS || message.payload.len() > LONGEST_ORDER {
            return Err(Malformed);
        }
        let controls: Vec<(u32, i64)> =
            serde_json::from_slice(&message.payload).map_err(|_no_controls| Malformed)?;
        if controls.len() > MOST_CONTROLS {
            return Err(Malformed);
        }
        Ok(Self(controls))
    }
}

impl Order {
    pub const fn new(node: u32, controls: Vec<(u32, i64)>) -> Self {
        Self {
            version: VERSION,
            node,
            controls,
        }
    }

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
        let order: Self =
            serde_json::from_slice(&message.payload).map_err(|_not_an_order| Malformed)?;
        if order.version != VERSION || order.controls.len() > MOST_CONTROLS {
            return Err(Malformed);
        }
        Ok(order)
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
    /// Pictures per second.
    pub rate: u32,
}

/// Prints it for manifests and staff.
impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let packing = match self.packing {
            Packing::Mjpeg => "MJPEG",
            Packing::Yuyv => "YUYV",
        };
        let Size { width, height } = self.size;
        write!(f, "{packing} {width}x{height}, {} a second", self.rate)
    }
}

impl Stream {
    /// Puts what nokhwa agreed into the pipe's words; `None` for a packing that the pipe does not
    /// carry.
    pub fn of(format: CameraFormat) -> Option<Self> {
        let packing = match format.format() {
            FrameFormat::MJPEG => Packing::Mjpeg,
            FrameFormat::YUYV => Packing::Yuyv,
            FrameFormat::NV12 | FrameFormat::GRAY | FrameFormat::RAWRGB | FrameFormat::RAWBGR => {
                return None;
            }
        };
        Some(Self {
            packing,
            size: Size::new(format.width(), format.height()),
            rate: format.frame_rate(),
        })
    }

    /// Returns the longest picture, two bytes per pixel: exactly a YUYV picture, and more than any
    /// JPEG of a camera.
    pub const fn longest_picture(&self) -> usize {
        self.size.width as usize * self.size.height as usize * 2
    }
}

/// What a worker reports.
#[derive(Clone, PartialEq, Eq)]
pub enum Report {
    Hello(Stream),
    /// One picture, as the camera packed it.
    Picture(Vec<u8>),
    /// The camera cannot be used; one sentence for staff.
    Refused(String),
    /// A picture came that does not decode.
    Damaged,
    /// The requested controls with the values that the camera reports now; `None` where it has no
    /// such control.
    Controls(Vec<(u32, Option<i64>)>),
}

/// Prints only the size of a picture, which may show a person.
impl std::fmt::Debug for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Hello(stream) => write!(f, "Hello({stream:?})"),
            Self::Picture(bytes) => write!(f, "Picture({} bytes)", bytes.len()),
            Self::Refused(reason) => write!(f, "Refused({reason})"),
            Self::Damaged => write!(f, "Damaged"),
            Self::Controls(controls) => write!(f, "Controls({controls:?})"),
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
            Self::Damaged => (DAMAGED, vec![]),
            Self::Controls(controls) => {
                (CONTROLS, serde_json::to_vec(controls).unwrap_or_default())
            }
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
            DAMAGED if message.payload.is_empty() => Ok(Self::Damaged),
            CONTROLS if message.payload.len() <= LONGEST_ORDER => {
                let controls: Vec<(u32, Option<i64>)> =
                    serde_json::from_slice(&message.payload).map_err(|_no_controls| Malformed)?;
                if controls.len() > MOST_CONTROLS {
                    return Err(Malformed);
                }
                Ok(Self::Controls(controls))
            }
            _ => Err(Malformed),
        }
    }
}

/// Sends a picture straight from the driver's memory, without copying it.
pub fn send_picture(to: &mut impl Write, picture: &[u8]) -> io::Result<()> {
    child::write(to, PICTURE, &[picture])
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
            Report::Damaged,
            Report::Controls(vec![(0x009a_0901, Some(1)), (0x009a_0902, None)]),
        ] {
            assert_eq!(Report::parse(report.message()), Ok(report));
        }
        let order = Order::new(2, vec![(0x009a_0901, 1)]);
        assert_eq!(Order::parse(&order.message()), Ok(order));
        let turn = Change(vec![(0x009a_0902, 50)]);
        assert_eq!(Change::parse(&turn.message()), Ok(turn));
    }

    #[test]
    fn an_order_of_another_version_or_without_bounds_is_malformed() {
        let mut old = Order::new(2, vec![]);
        old.version = VERSION - 1;
        let many = vec![(1, 1); MOST_CONTROLS + 1];
        assert_eq!(Order::parse(&old.message()), Err(Malformed));
        assert_eq!(
            Order::parse(&Order::new(2, many.clone()).message()),
            Err(Malformed)
        );
        assert_eq!(Change::parse(&Change(many).message()), Err(Malformed));
        let told = Report::Controls(vec![(1, None); MOST_CONTROLS + 1]);
        assert_eq!(Report::parse(told.message()), Err(Malformed));
    }

    #[test]
    fn a_picture_is_sent_as_the_report_of_it_would_be() {
        let mut sent = Vec::new();
        send_picture(&mut sent, &[7; 9]).unwrap();
        let mut told = Vec::new();
        let message = Report::Picture(vec![7; 9]).message();
        child::write(&mut told, message.kind, &[&message.payload]).unwrap();
        assert_eq!(sent, told);
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
        let damaged = Message {
            kind: DAMAGED,
            payload: vec![0],
        };
        wrong.extend([version, packing, huge, text, long, unknown, damaged]);
        for message in wrong {
            assert_eq!(Report::parse(message), Err(Malformed));
        }
    }
}
