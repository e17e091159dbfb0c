//! `FlatBuffers` read in place, every offset checked: TFLite files are stored so.
//!
//! The format: <https://flatbuffers.dev/internals/>. Numbers are little-endian. A table begins with
//! the distance back to its list of field places, where 0 stands for a field that has its default.

/// What is read does not hold together as a buffer of this format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damaged;

/// One table of a buffer.
#[derive(Clone, Copy)]
pub struct Table<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Table<'a> {
    /// Returns the root table of a buffer with this file identifier.
    pub fn root(bytes: &'a [u8], identifier: [u8; 4]) -> Result<Self, Damaged> {
        if array::<4>(bytes, 4)? != identifier {
            return Err(Damaged);
        }
        let at = followed(bytes, 0)?;
        Ok(Self { bytes, at })
    }

    pub fn byte(self, field: usize) -> Result<u8, Damaged> {
        self.place(field)?
            .map_or(Ok(0), |at| Ok(array::<1>(self.bytes, at)?[0]))
    }

    pub fn is_set(self, field: usize) -> Result<bool, Damaged> {
        Ok(self.byte(field)? != 0)
    }

    pub fn number(self, field: usize, default: i32) -> Result<i32, Damaged> {
        self.place(field)?.map_or(Ok(default), |at| {
            Ok(i32::from_le_bytes(array(self.bytes, at)?))
        })
    }

    pub fn index(self, field: usize) -> Result<usize, Damaged> {
        usize::try_from(self.number(field, 0)?).map_err(|_negative| Damaged)
    }

    pub fn table(self, field: usize) -> Result<Option<Self>, Damaged> {
        let Some(at) = self.place(field)? else {
            return Ok(None);
        };
        let at = followed(self.bytes, at)?;
        Ok(Some(Self { at, ..self }))
    }

    /// Returns the bytes of a list of bytes or of a text; empty where there is no such list.
    pub fn data(self, field: usize) -> Result<&'a [u8], Damaged> {
        self.list(field, 1)
    }

    /// Returns a list of numbers, empty where there is no such list.
    pub fn numbers(self, field: usize) -> Result<Vec<i32>, Damaged> {
        let (words, _) = self.list(field, 4)?.as_chunks::<4>();
        Ok(words.iter().map(|word| i32::from_le_bytes(*word)).collect())
    }

    /// Returns a list of tables, empty where there is no such list.
    pub fn tables(self, field: usize) -> Result<Vec<Self>, Damaged> {
        let Some(at) = self.place(field)? else {
            return Ok(vec![]);
        };
        let first = followed(self.bytes, at)?.checked_add(4).ok_or(Damaged)?;
        let count = self.list(field, 4)?.len() / 4;
        (0..count)
            .map(|i| {
                let at = followed(self.bytes, first + i * 4)?;
                Ok(Self { at, ..self })
            })
            .collect()
    }

    /// Returns the items of a list of items of `size` bytes.
    fn list(self, field: usize, size: usize) -> Result<&'a [u8], Damaged> {
        let Some(at) = self.place(field)? else {
            return Ok(&[]);
        };
        let at = followed(self.bytes, at)?;
        let count = word(self.bytes, at)?;
        let length = count.checked_mul(size).ok_or(Damaged)?;
        let items = self.bytes.get(at..).and_then(|list| list.get(4..));
        items.and_then(|items| items.get(..length)).ok_or(Damaged)
    }

    /// Returns where a field's value begins, or `None` where the field has its default.
    fn place(self, field: usize) -> Result<Option<usize>, Damaged> {
        let back = i32::from_le_bytes(array(self.bytes, self.at)?);
        let fields = i64::try_from(self.at).map_err(|_far| Damaged)? - i64::from(back);
        let fields = usize::try_from(fields).map_err(|_before| Damaged)?;
        let entry = 4 + field * 2;
        if entry + 2 > usize::from(short(self.bytes, fields)?) {
            return Ok(None);
        }
        let offset = fields.checked_add(entry).ok_or(Damaged)?;
        match short(self.bytes, offset)? {
            0 => Ok(None),
            distance => Ok(Some(self.at.checked_add(distance.into()).ok_or(Damaged)?)),
        }
    }
}

/// Returns the place that the distance at `at` leads to.
fn followed(bytes: &[u8], at: usize) -> Result<usize, Damaged> {
    at.checked_add(word(bytes, at)?).ok_or(Damaged)
}

fn word(bytes: &[u8], at: usize) -> Result<usize, Damaged> {
    usize::try_from(u32::from_le_bytes(array(bytes, at)?)).map_err(|_large| Damaged)
}

fn short(bytes: &[u8], at: usize) -> Result<u16, Damaged> {
    Ok(u16::from_le_bytes(array(bytes, at)?))
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Result<[u8; N], Damaged> {
    let found = bytes.get(at..).and_then(<[u8]>::first_chunk::<N>);
    found.copied().ok_or(Damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A root table of two fields: a number and a text.
    fn buffer() -> Vec<u8> {
        let mut bytes = vec![];
        bytes.extend(20_u32.to_le_bytes());
        bytes.extend(*b"TEST");
        // The list of field places: its own size, the table's size, three fields.
        bytes.extend([10_u16, 12, 4, 0, 8, 0].map(u16::to_le_bytes).concat());
        bytes.extend(12_i32.to_le_bytes());
        bytes.extend((-7_i32).to_le_bytes());
        bytes.extend(4_u32.to_le_bytes());
        bytes.extend(3_u32.to_le_bytes());
        bytes.extend(*b"abc");
        bytes
    }

    #[test]
    fn fields_are_read_and_have_defaults() {
        let bytes = buffer();
        let table = Table::root(&bytes, *b"TEST").unwrap();
        assert_eq!(table.number(0, 5), Ok(-7));
        assert_eq!(table.number(1, 5), Ok(5));
        assert_eq!(table.data(2), Ok(&b"abc"[..]));
        assert_eq!(table.data(3), Ok(&b""[..]));
        assert!(Table::root(&bytes, *b"ELSE").is_err());
    }

    #[test]
    fn a_cut_buffer_is_damaged() {
        let bytes = buffer();
        for length in 0..bytes.len() {
            let cut = Table::root(&bytes[..length], *b"TEST");
            assert!(cut.and_then(|table| table.data(2)).is_err(), "{length}");
        }
    }

    #[test]
    fn offsets_out_of_the_buffer_are_damaged() {
        for place in [0, 16, 20, 28, 32] {
            let mut bytes = buffer();
            bytes[place..place + 2].copy_from_slice(&[0xff; 2]);
            let read = Table::root(&bytes, *b"TEST").and_then(|table| table.data(2));
            assert_ne!(read, Ok(&b"abc"[..]), "{place}");
        }
    }
}
