//! The segments of a JPEG (ITU-T T.81, annex B), walked by their own lengths, so that a thumbnail's
//! markers are never taken for the picture's.

pub const SOI: u8 = 0xd8;
pub const EOI: u8 = 0xd9;
pub const SOS: u8 = 0xda;
pub const DHT: u8 = 0xc4;
pub const DRI: u8 = 0xdd;

/// One segment between SOI and EOI, both excluded.
#[derive(Clone, Copy)]
pub struct Segment<'a> {
    pub marker: u8,
    /// Index of its 0xff.
    pub at: usize,
    /// The bytes after its length.
    pub body: &'a [u8],
    /// After SOS: the entropy-coded bytes, restart markers included. Else empty.
    pub coded: &'a [u8],
}

impl Segment<'_> {
    /// Returns whether it is SOF0 to SOF15, which describe the frame.
    pub const fn is_frame(&self) -> bool {
        matches!(self.marker, 0xc0..=0xcf) && !matches!(self.marker, DHT | 0xc8 | 0xcc)
    }
}

/// Walks the segments; after the last, [`end`](Self::end) says whether EOI was there.
pub struct Segments<'a> {
    bytes: &'a [u8],
    at: usize,
    end: Option<usize>,
}

impl<'a> Segments<'a> {
    /// Begins to walk; `None` if the bytes do not begin with SOI.
    pub fn of(bytes: &'a [u8]) -> Option<Self> {
        (bytes.first_chunk() == Some(&[0xff, SOI])).then_some(Self {
            bytes,
            at: 2,
            end: None,
        })
    }

    /// Returns the index just after EOI, once it was reached.
    pub const fn end(&self) -> Option<usize> {
        self.end
    }

    fn step(&mut self) -> Option<Segment<'a>> {
        loop {
            let (at, bytes) = (self.at, self.bytes);
            let marker = match bytes.get(at..at + 2)? {
                // Fill bytes, and markers without a body.
                [0xff, 0xff] => {
                    self.at += 1;
                    continue;
                }
                [0xff, 0x01 | 0xd0..=0xd7] => {
                    self.at += 2;
                    continue;
                }
                [0xff, marker] => *marker,
                _ => return None,
            };
            if marker == EOI {
                self.end = Some(at + 2);
                return None;
            }
            let length = usize::from(u16::from_be_bytes([
                *bytes.get(at + 2)?,
                *bytes.get(at + 3)?,
            ]));
            let next = at + 2 + length.max(2);
            let body = bytes.get(at + 4..next)?;
            self.at = if marker == SOS {
                next + coded_length(bytes.get(next..)?)?
            } else {
                next
            };
            return Some(Segment {
                marker,
                at,
                body,
                coded: bytes.get(next..self.at)?,
            });
        }
    }
}

impl<'a> Iterator for Segments<'a> {
    type Item = Segment<'a>;

    fn next(&mut self) -> Option<Segment<'a>> {
        if self.end.is_some() {
            None
        } else {
            self.step()
        }
    }
}

/// Returns the length of entropy-coded data, which ends at the first marker that is neither a
/// stuffed byte nor a restart.
fn coded_length(coded: &[u8]) -> Option<usize> {
    let ends = |pair: &[u8]| matches!(pair, [0xff, marker] if !matches!(marker, 0x00 | 0xd0..=0xd7 | 0xff));
    coded.windows(2).position(ends)
}
