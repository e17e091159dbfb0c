//! Reads text files that a person may have edited on another system: an editor's additions are
//! removed, another encoding is named.

use std::{fmt, io};

use encoding_rs::GB18030;

const BYTE_ORDER_MARK: char = '\u{feff}';

/// Decodes a whole file. A byte-order mark is dropped and lines end in LF alone.
///
/// A word or two in GBK may happen to be valid UTF-8 and then pass; a sentence does not.
pub fn decode(bytes: Vec<u8>) -> Result<String, NotUtf8> {
    if is_utf16(&bytes) {
        return Err(NotUtf8::Utf16);
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(plain(text)),
        Err(not) if is_gb18030(not.as_bytes()) => Err(NotUtf8::Gbk),
        Err(_) => Err(NotUtf8::Unknown),
    }
}

/// The encoding of a file instead. The message says what to do and quotes nothing of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotUtf8 {
    Utf16,
    Gbk,
    /// Another encoding, or not text at all.
    Unknown,
}

impl fmt::Display for NotUtf8 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf16 => {
                "it is written in UTF-16, which Windows calls Unicode: save it as UTF-8"
            }
            Self::Gbk => {
                "it is written in GBK or a similar encoding, which Windows calls ANSI: save it as UTF-8"
            }
            Self::Unknown => "it is not text in UTF-8: save it as UTF-8, or name another file",
        })
    }
}

impl std::error::Error for NotUtf8 {}

impl From<NotUtf8> for io::Error {
    fn from(why: NotUtf8) -> Self {
        Self::new(io::ErrorKind::InvalidData, why)
    }
}

fn plain(text: String) -> String {
    if !text.starts_with(BYTE_ORDER_MARK) && !text.contains('\r') {
        return text;
    }
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&text);
    text.replace("\r\n", "\n")
}

/// Recognises either byte order by its mark or, without one, by the zero beside the first letter,
/// which is ASCII in all these files. Text in UTF-8 holds no zero.
fn is_utf16(bytes: &[u8]) -> bool {
    match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => true,
        [0, letter, ..] | [letter, 0, ..] => {
            letter.is_ascii_graphic() && bytes.len().is_multiple_of(2)
        }
        _ => false,
    }
}

fn is_gb18030(bytes: &[u8]) -> bool {
    GB18030
        .decode_without_bom_handling_and_without_replacement(bytes)
        .is_some()
}

#[cfg(test)]
pub mod tests {
    use super::*;

    const TEXT: &str = "name = \"某某大学的照片\"\nid = 7\n";

    /// Returns the text as Notepad on Windows saves it: a byte-order mark, and lines that end in
    /// CRLF.
    pub fn notepad(text: &str) -> Vec<u8> {
        format!("{BYTE_ORDER_MARK}{}", text.replace('\n', "\r\n")).into_bytes()
    }

    /// Returns it little-endian, with its mark.
    pub fn utf16(text: &str) -> Vec<u8> {
        let units = [0xfeff].into_iter().chain(text.encode_utf16());
        units.flat_map(u16::to_le_bytes).collect()
    }

    pub fn gbk(text: &str) -> Vec<u8> {
        encoding_rs::GBK.encode(text).0.into_owned()
    }

    #[test]
    fn what_an_editor_adds_is_taken_off() {
        assert_eq!(decode(notepad(TEXT)).unwrap(), TEXT);
        assert_eq!(decode(TEXT.into()).unwrap(), TEXT);
        assert_eq!(decode(vec![]).unwrap(), "");
        let inside = "a\u{feff}b\rc";
        assert_eq!(decode(inside.into()).unwrap(), inside, "only at its places");
    }

    #[test]
    fn another_encoding_is_named() {
        let big_endian: Vec<u8> = TEXT.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for (bytes, named) in [
            (utf16(TEXT), NotUtf8::Utf16),
            (utf16(TEXT).split_off(2), NotUtf8::Utf16),
            (big_endian, NotUtf8::Utf16),
            (gbk(TEXT), NotUtf8::Gbk),
            (vec![0xff, 0xd8, 0xff, 0xe0, 0x00, 0x10], NotUtf8::Unknown),
        ] {
            let why = decode(bytes).unwrap_err();
            assert_eq!(why, named);
            assert!(why.to_string().contains("save it as UTF-8"), "{why}");
        }
    }
}
