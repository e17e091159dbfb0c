//! The format of a file by its first bytes, since names lie.

/// A format that is not supported here, and what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Foreign {
    pub name: &'static str,
    pub remedy: &'static str,
}

const SAVE: &str = "save it as JPEG";

/// Returns the format of a file that is neither JPEG nor PNG, if it is a known one.
pub fn foreign(bytes: &[u8]) -> Option<Foreign> {
    let of = |name, remedy| Some(Foreign { name, remedy });
    match bytes {
        [b'G', b'I', b'F', b'8', ..] => of("GIF", SAVE),
        [b'B', b'M', ..] => of("BMP", SAVE),
        [b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*', ..] => of("TIFF", SAVE),
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => of("WebP", SAVE),
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => match brand.first_chunk::<4>()? {
            b"avif" | b"avis" => of("AVIF", SAVE),
            b"heic" | b"heix" | b"hevc" | b"hevx" | b"heim" | b"heis" | b"mif1" | b"msf1" => of(
                "HEIC",
                "export it as JPEG, or set the phone's camera to the most compatible format",
            ),
            _ => None,
        },
        [b'%', b'P', b'D', b'F', ..] => of("PDF", "export its picture as JPEG"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_named_by_its_bytes() {
        for (bytes, expected) in [
            (&b"GIF89a"[..], Some("GIF")),
            (b"BM\0\0\0\0", Some("BMP")),
            (b"II*\0\x08\0", Some("TIFF")),
            (b"MM\0*\0\0", Some("TIFF")),
            (b"RIFF\0\0\0\0WEBPVP8 ", Some("WebP")),
            (b"RIFF\0\0\0\0WAVEfmt ", None),
            (b"\0\0\0\x1cftypavif\0\0", Some("AVIF")),
            (b"\0\0\0\x1cftypheic\0\0", Some("HEIC")),
            (b"\0\0\0\x1cftypisom\0\0", None),
            (b"\0\0\0\x1cftyp", None),
            (b"%PDF-1.7", Some("PDF")),
            (b"a text", None),
            (b"", None),
        ] {
            assert_eq!(foreign(bytes).map(|format| format.name), expected);
        }
    }
}
