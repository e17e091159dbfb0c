//! The file of one capture: a header, the consent record, the parcel.
//!
//! One write and one sync make all of it durable. The header holds the length and hash of both
//! parts, so a file that a power cut left half written is recognised by its content. The parcel
//! stands last: it can be cut off, and the consent record stays. A file of an earlier build has no
//! header and is either of the two parts as it is.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
};

use crate::contract::sha256_hex;

const MARK: &str = "capture-station capture 1";
const LENGTH_DIGITS: usize = 12;
const HASH_DIGITS: usize = 64;

/// The mark, and a line for each part: its length and its hash.
const HEADER_BYTES: usize = MARK.len() + 1 + 2 * (LENGTH_DIGITS + 1 + HASH_DIGITS + 1);

/// How every age file begins, and so a parcel of an earlier build.
const AGE_FILE: &[u8] = b"age-encryption.org/v1\n";

/// Begins a file in memory; a parcel of about `parcel_bytes` is written behind what is there.
pub(super) fn begin(consent: &[u8], parcel_bytes: usize) -> Vec<u8> {
    let mut file = Vec::with_capacity(HEADER_BYTES + consent.len() + parcel_bytes);
    file.resize(HEADER_BYTES, 0);
    file.extend_from_slice(consent);
    file
}

/// Writes the header of a file whose parts are complete.
pub(super) fn finish(file: &mut [u8], consent_bytes: usize) -> Header {
    let (head, parts) = file.split_at_mut(HEADER_BYTES);
    let (consent, parcel) = parts.split_at(consent_bytes);
    let header = Header {
        consent: Part::of(consent),
        parcel: Part::of(parcel),
    };
    head.copy_from_slice(header.to_text().as_bytes());
    header
}

/// What is read of a file.
pub(super) struct Parts {
    /// `None` in the file of an earlier build.
    pub consent: Option<Vec<u8>>,
    pub parcel: Vec<u8>,
}

/// Reads both parts of the file at `path`. A parcel that was cut off is
/// [`io::ErrorKind::NotFound`].
pub(super) fn read(path: &Path) -> io::Result<Parts> {
    let (mut file, header) = open(OpenOptions::new().read(true), path)?;
    let Some(header) = header else {
        let parcel = read_from(&mut file, 0, u64::MAX)?;
        return Ok(Parts {
            consent: None,
            parcel,
        });
    };
    let consent = read_from(&mut file, HEADER_BYTES as u64, header.consent.bytes)?;
    let parcel = read_from(&mut file, header.parcel_begins_at(), u64::MAX)?;
    if parcel.is_empty() {
        return Err(io::ErrorKind::NotFound.into());
    }
    Ok(Parts {
        consent: Some(consent),
        parcel,
    })
}

/// Reads the consent record in the file at `path`; `None` where an earlier build wrote it.
pub(super) fn read_consent(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let (mut file, header) = open(OpenOptions::new().read(true), path)?;
    header
        .map(|header| read_from(&mut file, HEADER_BYTES as u64, header.consent.bytes))
        .transpose()
}

/// Cuts the parcel off the file at `path`, not yet durably, and returns the file; `None` where an
/// earlier build wrote it.
pub(super) fn cut(path: &Path) -> io::Result<Option<File>> {
    let (file, header) = open(OpenOptions::new().read(true).write(true), path)?;
    let Some(header) = header else {
        return Ok(None);
    };
    file.set_len(header.parcel_begins_at())?;
    Ok(Some(file))
}

/// Makes a file durable that an earlier run may not have synced, or in vain: writes the same
/// `bytes` over it, which takes no room and is whole at every instant.
pub(super) fn write_again(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// What a file is that has no row.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// The length and hash of a sound parcel, and the rest is as it should be.
    Capture(Part),
    /// The parcel was delivered or withdrawn.
    ConsentAlone,
    /// The power went while it was written, or the disk damaged it; with it, what its parcel should
    /// be.
    Broken(Part),
}

impl Content {
    pub fn of(file: &[u8]) -> Self {
        let Some((head, parts)) = file.split_at_checked(HEADER_BYTES) else {
            return Self::without_header(file);
        };
        let Some(header) = Header::parse(head) else {
            return Self::without_header(file);
        };
        let (consent, parcel) = parts.split_at(parts.len().min(header.consent.bytes as usize));
        if Part::of(consent) != header.consent {
            Self::Broken(header.parcel)
        } else if parcel.is_empty() {
            Self::ConsentAlone
        } else if Part::of(parcel) != header.parcel {
            Self::Broken(header.parcel)
        } else {
            Self::Capture(header.parcel)
        }
    }

    fn without_header(file: &[u8]) -> Self {
        if file.starts_with(AGE_FILE) {
            Self::Capture(Part::of(file))
        } else {
            Self::Broken(Part::of(file))
        }
    }
}

fn open(how: &OpenOptions, path: &Path) -> io::Result<(File, Option<Header>)> {
    let mut file = how.open(path)?;
    let head = read_from(&mut file, 0, HEADER_BYTES as u64)?;
    Ok((file, Header::parse(&head)))
}

fn read_from(file: &mut File, begins_at: u64, bytes: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(begins_at))?;
    let rest = file.metadata()?.len().saturating_sub(begins_at);
    let mut read = Vec::with_capacity(rest.min(bytes) as usize);
    file.take(bytes).read_to_end(&mut read)?;
    Ok(read)
}

/// One part of a file: its length and its hex SHA-256.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub bytes: u64,
    pub sha256: String,
}

impl Part {
    fn of(bytes: &[u8]) -> Self {
        Self {
            bytes: bytes.len() as u64,
            sha256: sha256_hex(bytes),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub consent: Part,
    pub parcel: Part,
}

impl Header {
    fn to_text(&self) -> String {
        let line = |Part { bytes, sha256 }: &Part| format!("{bytes:0LENGTH_DIGITS$} {sha256}\n");
        format!("{MARK}\n{}{}", line(&self.consent), line(&self.parcel))
    }

    /// `None` for anything that [`Self::to_text`] would not have written.
    fn parse(head: &[u8]) -> Option<Self> {
        let text = str::from_utf8(head).ok()?;
        let mut lines = text.lines();
        if lines.next()? != MARK {
            return None;
        }
        let mut part = || {
            let (bytes, sha256) = lines.next()?.split_once(' ')?;
            Some(Part {
                bytes: bytes.parse().ok()?,
                sha256: sha256.to_owned(),
            })
        };
        let header = Self {
            consent: part()?,
            parcel: part()?,
        };
        (header.to_text() == text).then_some(header)
    }

    const fn parcel_begins_at(&self) -> u64 {
        HEADER_BYTES as u64 + self.consent.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file_of(consent: &[u8], parcel: &[u8]) -> Vec<u8> {
        let mut file = begin(consent, parcel.len());
        file.extend_from_slice(parcel);
        let header = finish(&mut file, consent.len());
        assert_eq!(header.parcel, Part::of(parcel));
        file
    }

    #[test]
    fn both_parts_are_read_back_and_the_parcel_can_be_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("capture");
        std::fs::write(&path, file_of(b"consent", b"parcel")).unwrap();
        let Parts { consent, parcel } = read(&path).unwrap();
        assert_eq!(
            (consent.unwrap(), parcel),
            (b"consent".to_vec(), b"parcel".to_vec())
        );
        assert!(cut(&path).unwrap().is_some());
        let gone = read(&path).err().unwrap().kind();
        assert_eq!(gone, io::ErrorKind::NotFound);
        assert_eq!(read_consent(&path).unwrap().unwrap(), b"consent");
        let left = std::fs::read(&path).unwrap();
        assert_eq!(Content::of(&left), Content::ConsentAlone);
    }

    #[test]
    fn a_file_that_was_not_written_whole_is_recognised_at_any_length_and_any_byte() {
        let (consent, parcel) = (b"consent".as_slice(), b"parcel".as_slice());
        let file = file_of(consent, parcel);
        let whole = Content::Capture(Part::of(parcel));
        assert_eq!(Content::of(&file), whole);
        for length in 0..file.len() {
            let expected_alone = length == file.len() - parcel.len();
            let content = Content::of(&file[..length]);
            assert_eq!(content == Content::ConsentAlone, expected_alone, "{length}");
            assert_ne!(content, whole, "{length}");
            // A block that never reached the disk reads as zeros.
            let mut torn = file.clone();
            torn[length..].fill(0);
            assert!(matches!(Content::of(&torn), Content::Broken(_)), "{length}");
        }
    }

    #[test]
    fn a_parcel_of_an_earlier_build_is_an_age_file() {
        let parcel = [AGE_FILE, b"-> X25519"].concat();
        let expected = Content::Capture(Part::of(&parcel));
        assert_eq!(Content::of(&parcel), expected);
        let long = [AGE_FILE, &[7; 1000]].concat();
        assert_eq!(Content::of(&long), Content::Capture(Part::of(&long)));
        assert!(matches!(Content::of(&[0; 1000]), Content::Broken(_)));
    }
}
