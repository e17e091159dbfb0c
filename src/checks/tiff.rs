//! The entries of EXIF data.

/// The first directory of a TIFF (TIFF 6.0, section 2), which is how EXIF data is laid out.
pub struct Tiff<'a> {
    bytes: &'a [u8],
    big_endian: bool,
}

impl<'a> Tiff<'a> {
    /// Opens the body of an APP1 segment that holds EXIF data.
    pub fn of_exif(segment: &'a [u8]) -> Option<Self> {
        Self::of(segment.strip_prefix(b"Exif\0\0")?)
    }

    fn of(bytes: &'a [u8]) -> Option<Self> {
        let big_endian = match bytes.get(..4)? {
            b"MM\0*" => true,
            b"II*\0" => false,
            _ => return None,
        };
        Some(Self { bytes, big_endian })
    }

    fn u16_at(&self, at: usize) -> Option<u16> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.big_endian {
            u16::from_be_bytes(bytes)
        } else {
            u16::from_le_bytes(bytes)
        })
    }

    fn u32_at(&self, at: usize) -> Option<u32> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.big_endian {
            u32::from_be_bytes(bytes)
        } else {
            u32::from_le_bytes(bytes)
        })
    }

    /// Returns where the value of an entry begins, if it holds at most four bytes.
    fn value(&self, tag: u16) -> Option<usize> {
        const ENTRY: usize = 12;
        let directory = self.u32_at(4)? as usize;
        let entries = usize::from(self.u16_at(directory)?);
        let at = |n: usize| directory.checked_add(2 + n * ENTRY);
        let entry = (0..entries)
            .filter_map(at)
            .find(|at| self.u16_at(*at) == Some(tag))?;
        entry.checked_add(8)
    }

    pub fn short(&self, tag: u16) -> Option<u16> {
        self.u16_at(self.value(tag)?)
    }

    pub fn ratio(&self, tag: u16) -> Option<f32> {
        let at = self.u32_at(self.value(tag)?)? as usize;
        let (over, under) = (self.u32_at(at)?, self.u32_at(at.checked_add(4)?)?);
        (under > 0).then(|| over as f32 / under as f32)
    }

    /// Returns a text that holds more than four bytes, without its ending zero.
    pub fn text(&self, tag: u16) -> Option<String> {
        let value = self.value(tag)?;
        let length = self.u32_at(value.checked_sub(4)?)? as usize;
        let at = self.u32_at(value)? as usize;
        let bytes = self.bytes.get(at..at.checked_add(length)?)?;
        let text = String::from_utf8_lossy(bytes);
        Some(text.trim_end_matches('\0').to_owned())
    }
}
