//! What the reader's child process is asked and answers, in [`wire`](crate::wire) messages.

use super::{luma::Luma, symbol};
use crate::{
    geometry::Point,
    wire::{Malformed, Message, Reader},
};

/// The largest picture that may be asked about: 64 megapixels.
const MOST_PIXELS: usize = 64_000_000;
const ASK_HEADER: usize = 9;
pub const LONGEST_ASK: usize = ASK_HEADER + MOST_PIXELS;
/// The longest content of a QR symbol: 7,089 digits.
const LONGEST_CODE: usize = 7_089;
const MOST_CODES: usize = 16;
pub const LONGEST_ANSWER: usize = 1 + MOST_CODES * (1 + 8 * 4 + 6 + 4 + LONGEST_CODE);

const ASK: u8 = 1;
const ANSWER: u8 = 2;

/// How much time a picture deserves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// The next frame comes soon.
    Live,
    /// The same, but what was read so far is not what is wanted: the search goes on beside it.
    Beside,
    /// This picture is all there is.
    Still,
}

/// One code found. Names a person, so its payload is not printed.
#[derive(Clone, PartialEq)]
pub struct Code {
    /// The exact payload; empty where it could not be read.
    pub bytes: Vec<u8>,
    /// Top left, top right, bottom right, bottom left in the code's own rotation, in pixels of the
    /// picture.
    pub corners: [Point; 4],
    pub flaw: Option<Flaw>,
    pub pass: Pass,
    /// 1 to 40; 0 where only the place is known.
    pub version: u8,
    /// The part of the error correction that was not needed, 0 to 1.
    pub spare: f32,
}

/// Which look found a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// The frame as it is.
    Frame,
    /// A place of it, enlarged and sharpened.
    Close,
    /// Modules measured one by one in one frame.
    Grid,
    /// The same, summed over several frames.
    Frames,
    /// Inverted, rotated and downscaled versions of the frame.
    Everything,
}

impl Pass {
    pub const ALL: [Self; 5] = [
        Self::Frame,
        Self::Close,
        Self::Grid,
        Self::Frames,
        Self::Everything,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Frame => "frame",
            Self::Close => "close",
            Self::Grid => "grid",
            Self::Frames => "frames",
            Self::Everything => "everything",
        }
    }
}

/// Why a code that was found has no payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Blurred, covered or glaring.
    Unreadable,
    /// One of several symbols that make a payload only together; a 采集码 is never such.
    Part,
}

impl Code {
    pub const fn readable(&self) -> bool {
        self.flaw.is_none()
    }

    /// Returns the pixels per module, where the version is known.
    pub fn module_px(&self) -> Option<f32> {
        (self.version > 0).then(|| symbol::module_px(&self.corners, self.version))
    }

    pub fn center(&self) -> Point {
        let [a, b, c, d] = self.corners;
        a.midpoint(c).midpoint(b.midpoint(d))
    }
}

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Code (flaw: {:?})", self.flaw)
    }
}

/// Returns the bytes before the picture's own in a question; kind and header are sent first, so the
/// picture is not copied.
pub fn ask_header(picture: &Luma, effort: Effort) -> (u8, [u8; ASK_HEADER]) {
    let effort = match effort {
        Effort::Live => 0,
        Effort::Still => 1,
        Effort::Beside => 2,
    };
    let [a, b, c, d] = (picture.width() as u32).to_le_bytes();
    let [e, f, g, h] = (picture.height() as u32).to_le_bytes();
    (ASK, [effort, a, b, c, d, e, f, g, h])
}

pub fn parse_ask(mut message: Message) -> Result<(Luma, Effort), Malformed> {
    let mut reader = Reader(&message.payload);
    let effort = match (message.kind, reader.u8()) {
        (ASK, Some(0)) => Effort::Live,
        (ASK, Some(1)) => Effort::Still,
        (ASK, Some(2)) => Effort::Beside,
        _ => return Err(Malformed),
    };
    let (width, height) = reader.u32().zip(reader.u32()).ok_or(Malformed)?;
    let pixels = message.payload.split_off(ASK_HEADER);
    let picture = Luma::new(width, height, pixels).ok_or(Malformed)?;
    Ok((picture, effort))
}

pub fn answer(codes: &[Code]) -> Message {
    let mut payload = vec![codes.len().min(MOST_CODES) as u8];
    for code in codes.iter().take(MOST_CODES) {
        payload.push(match code.flaw {
            None => 0,
            Some(Flaw::Unreadable) => 1,
            Some(Flaw::Part) => 2,
        });
        for corner in code.corners {
            payload.extend(corner.x.to_le_bytes());
            payload.extend(corner.y.to_le_bytes());
        }
        payload.extend([code.pass as u8, code.version]);
        payload.extend(code.spare.to_le_bytes());
        let bytes = code.bytes.get(..LONGEST_CODE).unwrap_or(&code.bytes);
        payload.extend((bytes.len() as u32).to_le_bytes());
        payload.extend(bytes);
    }
    Message {
        kind: ANSWER,
        payload,
    }
}

pub fn parse_answer(message: &Message) -> Result<Vec<Code>, Malformed> {
    if message.kind != ANSWER {
        return Err(Malformed);
    }
    let mut reader = Reader(&message.payload);
    let codes = parse_codes(&mut reader).ok_or(Malformed)?;
    if reader.0.is_empty() {
        Ok(codes)
    } else {
        Err(Malformed)
    }
}

fn parse_codes(reader: &mut Reader<'_>) -> Option<Vec<Code>> {
    let count = usize::from(reader.u8()?);
    if count > MOST_CODES {
        return None;
    }
    (0..count).map(|_| parse_code(reader)).collect()
}

fn parse_code(reader: &mut Reader<'_>) -> Option<Code> {
    let flaw = match reader.u8()? {
        0 => None,
        1 => Some(Flaw::Unreadable),
        2 => Some(Flaw::Part),
        _ => return None,
    };
    let mut corners = [Point::default(); 4];
    for corner in &mut corners {
        *corner = Point::new(reader.f32()?, reader.f32()?);
    }
    let pass = *Pass::ALL.get(usize::from(reader.u8()?))?;
    let version = reader.u8().filter(|version| *version <= 40)?;
    let spare = reader.f32()?;
    let bytes = reader.run(LONGEST_CODE)?.to_vec();
    Some(Code {
        bytes,
        corners,
        flaw,
        pass,
        version,
        spare,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes() -> Vec<Code> {
        let corners =
            [(1.0, 2.0), (3.0, 2.0), (3.5, 4.0), (1.0, 4.0)].map(|(x, y)| Point::new(x, y));
        vec![
            Code {
                bytes: vec![0, 255, 7],
                corners,
                flaw: None,
                pass: Pass::Frames,
                version: 7,
                spare: 0.25,
            },
            Code {
                bytes: vec![],
                corners,
                flaw: Some(Flaw::Part),
                pass: Pass::Close,
                version: 0,
                spare: 0.0,
            },
        ]
    }

    #[test]
    fn an_answer_comes_back_as_it_was_given() {
        assert_eq!(parse_answer(&answer(&codes())), Ok(codes()));
        assert_eq!(parse_answer(&answer(&[])), Ok(vec![]));
    }

    #[test]
    fn every_cut_and_every_changed_length_is_malformed_or_harmless() {
        let whole = answer(&codes());
        for length in 0..whole.payload.len() {
            let mut cut = whole.clone();
            cut.payload.truncate(length);
            assert_eq!(parse_answer(&cut), Err(Malformed), "{length}");
        }
        for at in 0..whole.payload.len() {
            let mut changed = whole.clone();
            changed.payload[at] ^= 0xff;
            if let Ok(codes) = parse_answer(&changed) {
                assert_eq!(codes.len(), 2);
            }
        }
    }

    #[test]
    fn a_question_with_too_few_pixels_is_malformed() {
        let picture = Luma::new(3, 2, vec![9; 6]).unwrap();
        for asked in [Effort::Live, Effort::Beside, Effort::Still] {
            let (kind, header) = ask_header(&picture, asked);
            let whole = [&header[..], picture.bytes()].concat();
            for length in 0..whole.len() {
                let payload = whole[..length].to_vec();
                assert!(parse_ask(Message { kind, payload }).is_err(), "{length}");
            }
            let (parsed, effort) = parse_ask(Message {
                kind,
                payload: whole,
            })
            .unwrap();
            assert_eq!((&parsed, effort), (&picture, asked));
        }
    }
}
