//! The shapes of the 采集码, where a batch gives them: no more than a beginning, a kind of characters
//! and a length.
//!
//! There is nothing to backtrack and nothing to run: a shape is compared in one pass over the
//! payload's bytes.

use serde::{Deserialize, Serialize};

use super::PersonalCode;

/// One shape of this batch's 采集码. A payload fits as a whole or not at all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeShape {
    /// The payload begins with exactly this; empty where beginnings vary.
    #[serde(default)]
    pub starts_with: String,
    /// What follows the beginning.
    pub characters: Characters,
    /// The least number of bytes after the beginning.
    pub shortest: u16,
    /// The largest number of bytes after the beginning.
    pub longest: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Characters {
    /// `0` to `9`.
    Digits,
    /// `0` to `9`, `A` to `F` and `a` to `f`.
    Hex,
    /// ASCII letters and digits.
    LettersAndDigits,
    /// Letters, digits and `+ / - _ =`.
    Base64,
    /// Any byte, not only text.
    Any,
}

impl CodeShape {
    /// Returns the narrowest shape that `payload` has: its length and its kind of characters.
    pub fn of(payload: &[u8]) -> Self {
        let narrowest = Characters::FROM_NARROW
            .into_iter()
            .find(|kind| payload.iter().all(|byte| kind.include(*byte)));
        let length = u16::try_from(payload.len()).unwrap_or(u16::MAX);
        Self {
            starts_with: String::new(),
            characters: narrowest.unwrap_or(Characters::Any),
            shortest: length,
            longest: length,
        }
    }

    /// Returns whether a code has this shape.
    pub fn is_of(&self, code: &PersonalCode) -> bool {
        self.fits(code.bytes())
    }

    pub(super) fn fits(&self, payload: &[u8]) -> bool {
        let Some(rest) = payload.strip_prefix(self.starts_with.as_bytes()) else {
            return false;
        };
        (usize::from(self.shortest)..=usize::from(self.longest)).contains(&rest.len())
            && rest.iter().all(|byte| self.characters.include(*byte))
    }
}

impl Characters {
    const FROM_NARROW: [Self; 4] = [
        Self::Digits,
        Self::Hex,
        Self::LettersAndDigits,
        Self::Base64,
    ];

    const fn include(self, byte: u8) -> bool {
        match self {
            Self::Digits => byte.is_ascii_digit(),
            Self::Hex => byte.is_ascii_hexdigit(),
            Self::LettersAndDigits => byte.is_ascii_alphanumeric(),
            Self::Base64 => {
                byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=')
            }
            Self::Any => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::{Foreign, Meaning, meaning, meaning_in};

    fn shape(starts_with: &str, characters: Characters, lengths: (u16, u16)) -> CodeShape {
        CodeShape {
            starts_with: starts_with.to_owned(),
            characters,
            shortest: lengths.0,
            longest: lengths.1,
        }
    }

    #[test]
    fn a_shape_is_a_beginning_a_kind_of_characters_and_a_length() {
        let made_up = shape("cj-", Characters::Hex, (4, 6));
        for (payload, fits) in [
            (b"cj-09aF".as_slice(), true),
            (b"cj-09aF3b", true),
            (b"cj-09a", false),
            (b"cj-09aF3b1", false),
            (b"cj-09ag", false),
            (b"CJ-09aF", false),
            (b"x cj-09aF", false),
            (b"", false),
        ] {
            assert_eq!(made_up.fits(payload), fits, "{payload:?}");
        }
        let opaque = shape("", Characters::Any, (3, 3));
        assert!(opaque.fits(b"\x00\xff\x81") && !opaque.fits(b"\x00\xff"));
        let kinds = [
            (Characters::Digits, b"07".as_slice(), b"0a".as_slice()),
            (Characters::LettersAndDigits, b"Zz9", b"a-"),
            (Characters::Base64, b"a+/-_=", b"a b"),
        ];
        for (characters, inside, outside) in kinds {
            let of_kind = shape("", characters, (1, 9));
            assert!(of_kind.fits(inside) && !of_kind.fits(outside));
        }
    }

    #[test]
    fn a_code_of_the_batchs_shape_is_a_capture_code_even_where_it_is_a_link_of_another_host() {
        let shapes = [
            shape("https://pic.example/c/", Characters::Base64, (10, 40)),
            shape("", Characters::Digits, (20, 20)),
        ];
        for payload in [
            b"https://pic.example/c/made-up_0001".as_slice(),
            b" https://pic.example/c/made-up_0001\n",
            b"12345678901234567890",
        ] {
            assert!(matches!(meaning_in(payload, &shapes), Meaning::Personal(_)));
        }
        let link = b"https://pic.example/c/made-up_0001";
        assert_eq!(meaning(link), Meaning::Foreign(Foreign::Link));
    }

    #[test]
    fn what_has_not_the_batchs_shape_is_no_capture_code_and_named_where_it_is_known() {
        let shapes = [shape("cj-", Characters::Hex, (16, 16))];
        for (payload, expected) in [
            (b"made-up unknown text".as_slice(), Foreign::Unreasonable),
            (b"\x00\xff\x81 opaque bytes", Foreign::Unreasonable),
            (
                b"https://my.chsi.com.cn/made-up/0001",
                Foreign::Unreasonable,
            ),
            (b"wxp://f2f0abc", Foreign::PaymentOrLogin),
            (b"https://s.example/cj-0123", Foreign::Link),
        ] {
            assert_eq!(meaning_in(payload, &shapes), Meaning::Foreign(expected));
        }
    }

    #[test]
    fn no_shape_makes_a_capture_code_of_a_batch_or_of_the_platforms_documents() {
        let everything = [shape("", Characters::Any, (0, u16::MAX))];
        let batch = meaning_in(b"D3PZ85", &everything);
        assert!(matches!(batch, Meaning::Batch(_)));
        let key = ed25519_dalek::SigningKey::from_bytes(&[1; 32]);
        let receipt = crate::jws::sign(crate::jws::Purpose::CaptureReceipt, &key, &"anything");
        let receipt = meaning_in(receipt.unwrap().as_bytes(), &everything);
        assert_eq!(receipt, Meaning::Receipt);
        let longer = vec![b'a'; 7_090];
        assert!(matches!(
            meaning_in(&longer, &everything),
            Meaning::Foreign(Foreign::Unreasonable)
        ));
    }
}
