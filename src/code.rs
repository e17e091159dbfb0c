//! What a student or a member of staff brings to the booth: batch QR, feature code, 采集码, ID tail.
//!
//! The 采集码 is opaque: nobody has described its payload, so its bytes are kept exactly and never interpreted
//! (domain facts, section 2). Typed text is normalised and the raw form kept beside it.

use std::fmt;

use image::RgbImage;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::jws::Purpose;

/// One code as it was read, by camera or scanner, not yet sorted. Names a person, so it prints nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Reading {
    /// The payload, exactly.
    pub bytes: Vec<u8>,
    /// The card around the code, where a camera saw it; shown again at the review, kept in memory only.
    pub card: Option<RgbImage>,
}

impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reading(..)")
    }
}

/// What would help a code that the camera sees but cannot read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    PartlyOutside,
    TooDark,
    /// The phone's glass mirrors a lamp, or the screen outshines the camera.
    TooBright,
    /// Under two pixels a module: nearer.
    TooSmall,
    Moving,
    Blurred,
}

/// The bytes of a scanned 采集码, exactly as read. Names a person, so it prints nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonalCode(Vec<u8>);

impl PersonalCode {
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for PersonalCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonalCode(..)")
    }
}

impl Drop for PersonalCode {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.0);
    }
}

/// A school's 集采特征码: six letters and digits, kept as typed (its case may matter).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FeatureCode(String);

impl FeatureCode {
    const LENGTH: usize = 6;

    /// Folds full-width forms and trims; `None` unless six ASCII letters or digits remain.
    pub fn parse(text: &str) -> Option<Self> {
        let folded: String = text.trim().nfkc().collect();
        let fits =
            folded.len() == Self::LENGTH && folded.bytes().all(|b| b.is_ascii_alphanumeric());
        fits.then_some(Self(folded))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether both may name one batch. Whether case matters in a feature code is not known: the platform decides.
    pub fn is_like(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

/// What names a batch: the code on the school's notice, or all its rules at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BatchCode {
    Feature(FeatureCode),
    /// A `batch-manifest+jws`, not verified yet.
    Manifest(String),
}

/// What a scanned code means to this booth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    Batch(BatchCode),
    Personal(PersonalCode),
    /// A `station-command+jws`, not verified yet: for staff.
    Command(String),
    /// A ticket that makes a booth of this machine: for staff, before it is one.
    Ticket,
    /// What a booth's receipt says (`capture-statement+jws`), bare or as the last part of a link: nobody's 采集码, but it tells
    /// how far a photo has come.
    Statement(String),
    /// Another of the platform's documents: nobody's 采集码.
    Receipt,
    /// Read well, but nothing this booth can use; the reason is shown.
    Foreign(Foreign),
}

/// Why a code is none of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foreign {
    /// A payment or log-in code of another app: never followed.
    PaymentOrLogin,
    /// A contact, a network's password, a telephone number: other things that phones put in codes.
    Everyday,
    /// Longer than any QR payload, or empty.
    Unreasonable,
}

/// The most bytes a QR symbol can hold (version 40-L, binary).
const LONGEST_QR_BYTES: usize = 2_953;

/// Prefixes of payment and log-in codes that students show by mistake.
const OTHER_APPS: [&str; 6] = [
    "wxp://",
    "weixin://",
    "alipays://",
    "https://qr.alipay.com/",
    "https://wx.tenpay.com/",
    "https://u.wechat.com/",
];

/// How the codes begin that phones make for everyday things.
const EVERYDAY: [&str; 10] = [
    "begin:vcard",
    "begin:vevent",
    "mecard:",
    "wifi:",
    "mailto:",
    "tel:",
    "smsto:",
    "sms:",
    "geo:",
    "otpauth:",
];

/// Sorts the bytes of one scanned code. What is none of ours and none of another app's is taken as a 采集码, unread.
pub fn meaning(bytes: &[u8]) -> Meaning {
    if bytes.is_empty() || bytes.len() > LONGEST_QR_BYTES {
        return Meaning::Foreign(Foreign::Unreasonable);
    }
    if let Ok(text) = str::from_utf8(bytes) {
        let lower = text.trim().to_ascii_lowercase();
        if OTHER_APPS.iter().any(|app| lower.starts_with(app)) {
            return Meaning::Foreign(Foreign::PaymentOrLogin);
        }
        if EVERYDAY.iter().any(|kind| lower.starts_with(kind)) {
            return Meaning::Foreign(Foreign::Everyday);
        }
        if let Some(statement) = statement_in(text.trim()) {
            return Meaning::Statement(statement.to_owned());
        }
        if let Some(batch) = batch_code(text) {
            return Meaning::Batch(BatchCode::Feature(batch));
        }
        if let Some(ours) = document(text.trim()) {
            return ours;
        }
    }
    Meaning::Personal(PersonalCode(bytes.to_vec()))
}

/// The platform's own documents, which are never a 采集码 even where this booth has no use for them.
fn document(text: &str) -> Option<Meaning> {
    if is_ticket(text) {
        return Some(Meaning::Ticket);
    }
    let token = text.to_owned();
    Some(match Purpose::claimed(text)? {
        Purpose::BatchManifest => Meaning::Batch(BatchCode::Manifest(token)),
        Purpose::StationCommand => Meaning::Command(token),
        Purpose::CaptureStatement => Meaning::Statement(token),
        Purpose::KeyDocument
        | Purpose::CaptureManifest
        | Purpose::CaptureReceipt
        | Purpose::ConsentRecord
        | Purpose::StationRequest
        | Purpose::Amendment
        | Purpose::NoteReceipt
        | Purpose::ExportManifest
        | Purpose::KeyTrial => Meaning::Receipt,
    })
}

/// The statement at the end of a receipt's link.
fn statement_in(link: &str) -> Option<&str> {
    let (scheme, rest) = link.split_once("://")?;
    let last = rest.rsplit('/').next()?;
    let is_web = ["http", "https"].contains(&scheme.to_ascii_lowercase().as_str());
    (is_web && Purpose::claimed(last) == Some(Purpose::CaptureStatement)).then_some(last)
}

/// Whether this is JSON with the fields of an enrolment ticket; whether it is a good one is decided where it is used.
fn is_ticket(text: &str) -> bool {
    let Ok(serde_json::Value::Object(fields)) = serde_json::from_str(text) else {
        return false;
    };
    ["platform", "root_key", "one_time_code"]
        .iter()
        .all(|name| fields.contains_key(*name))
}

/// A payload for people to read: strict UTF-8, else GB18030. `None` for what is no text, or holds control characters.
pub fn text(bytes: &[u8]) -> Option<String> {
    let text = match str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_not_utf8) => encoding_rs::GB18030
            .decode_without_bom_handling_and_without_replacement(bytes)?
            .into_owned(),
    };
    let plain = |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\r');
    text.chars().all(plain).then_some(text)
}

/// A bare feature code, or a link whose last path segment or `code`/`tzm` parameter is one.
fn batch_code(text: &str) -> Option<FeatureCode> {
    if let Some(code) = FeatureCode::parse(text) {
        return Some(code);
    }
    let (scheme, rest) = text.trim().split_once("://")?;
    if !["http", "https"].contains(&scheme.to_ascii_lowercase().as_str()) {
        return None;
    }
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let named = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| matches!(*key, "code" | "tzm"))
        .and_then(|(_, value)| FeatureCode::parse(value));
    named.or_else(|| FeatureCode::parse(path.split_once('/')?.1.rsplit('/').next()?))
}

/// How the last four of the ID are compared; three rules exist in the wild.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TailRule {
    /// As printed on the 采集码 card: `1234`, `002X`, `6(3)`, `1(D)`.
    #[default]
    AsPrinted,
    /// Brackets dropped: `6(3)` is `63`.
    BracketsDropped,
    /// The last six without the bracket's content.
    LastSix,
}

impl TailRule {
    /// How many characters make a complete tail, so that the keypad can advance by itself.
    pub const fn length(self) -> usize {
        match self {
            Self::AsPrinted | Self::BracketsDropped => 4,
            Self::LastSix => 6,
        }
    }
}

/// The typed last characters of an ID. Names a person, so it prints nothing.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tail {
    pub raw: String,
    pub normalised: String,
    pub rule: TailRule,
}

impl fmt::Debug for Tail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tail(..)")
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.raw);
        zeroize::Zeroize::zeroize(&mut self.normalised);
    }
}

impl Tail {
    /// Normalises what was typed; `None` until it is complete or when a strange character is in it.
    pub fn parse(raw: &str, rule: TailRule) -> Option<Self> {
        let normalised: String = raw
            .nfkc()
            .filter(|c| !c.is_whitespace() && !is_invisible(*c))
            .flat_map(char::to_uppercase)
            .map(latin_look_alike)
            .collect();
        let complete = normalised.chars().count() == rule.length()
            && normalised.contains(|c: char| c.is_ascii_alphanumeric());
        (complete && normalised.chars().all(is_tail_char)).then(|| Self {
            raw: raw.to_owned(),
            normalised: match rule {
                TailRule::AsPrinted | TailRule::LastSix => normalised,
                TailRule::BracketsDropped => normalised.replace(['(', ')'], ""),
            },
            rule,
        })
    }
}

/// What the keypad offers and a tail may hold.
pub const fn is_tail_char(c: char) -> bool {
    matches!(c, '0'..='9' | 'A'..='Z' | '(' | ')')
}

/// Zero-width and bidirectional marks, which copied text carries unseen.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Cyrillic and Greek capitals that look like Latin ones; ID tails hold no others.
const fn latin_look_alike(c: char) -> char {
    match c {
        'А' | 'Α' => 'A',
        'В' | 'Β' => 'B',
        'С' => 'C',
        'Е' | 'Ε' => 'E',
        'Н' | 'Η' => 'H',
        'І' | 'Ι' => 'I',
        'К' | 'Κ' => 'K',
        'М' | 'Μ' => 'M',
        'О' | 'Ο' => 'O',
        'Р' | 'Ρ' => 'P',
        'Т' | 'Τ' => 'T',
        'Х' | 'Χ' => 'X',
        'У' | 'Υ' => 'Y',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_of_every_document_are_normalised() {
        for (typed, expected) in [
            ("1234", "1234"),
            ("002x", "002X"),
            ("００２Ｘ", "002X"),
            ("6（3）", "6(3)"),
            ("1(d)", "1(D)"),
            (" 12\u{200b}3 4 ", "1234"),
            ("002Х", "002X"),
        ] {
            let tail = Tail::parse(typed, TailRule::AsPrinted).unwrap();
            assert_eq!(tail.normalised, expected);
            assert_eq!(tail.raw, typed);
        }
        for wrong in ["", "123", "12345", "12-4", "12三4", "()()"] {
            assert!(Tail::parse(wrong, TailRule::AsPrinted).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_batch_code_is_read_bare_and_from_a_link() {
        let code = FeatureCode("D3PZ85".to_owned());
        for text in [
            "D3PZ85",
            " D3PZ85\n",
            "https://school.example/caiji/D3PZ85",
            "https://school.example/caiji?tzm=D3PZ85&x=1",
        ] {
            assert_eq!(
                meaning(text.as_bytes()),
                Meaning::Batch(BatchCode::Feature(code.clone())),
                "{text}"
            );
        }
        for text in ["ftp://school.example/D3PZ85", "D3PZ8", "D3PZ85 D3PZ85"] {
            assert!(matches!(meaning(text.as_bytes()), Meaning::Personal(_)));
        }
    }

    #[test]
    fn a_feature_code_is_like_itself_in_other_letters() {
        let code = |text| FeatureCode::parse(text).unwrap();
        assert!(code("377hhj").is_like(&code("377HHJ")));
        assert!(!code("377hhj").is_like(&code("377hhk")));
    }

    #[test]
    fn the_platforms_own_documents_are_told_apart_and_never_a_personal_code() {
        let key = ed25519_dalek::SigningKey::from_bytes(&[1; 32]);
        for purpose in Purpose::ALL {
            let token = crate::jws::sign(purpose, &key, &"anything").unwrap();
            let expected = match purpose {
                Purpose::BatchManifest => Meaning::Batch(BatchCode::Manifest(token.clone())),
                Purpose::StationCommand => Meaning::Command(token.clone()),
                Purpose::CaptureStatement => Meaning::Statement(token.clone()),
                Purpose::KeyDocument
                | Purpose::CaptureManifest
                | Purpose::CaptureReceipt
                | Purpose::ConsentRecord
                | Purpose::StationRequest
                | Purpose::Amendment
                | Purpose::NoteReceipt
                | Purpose::ExportManifest
                | Purpose::KeyTrial => Meaning::Receipt,
            };
            assert_eq!(meaning(token.as_bytes()), expected);
        }
        let statement = crate::jws::sign(Purpose::CaptureStatement, &key, &"anything").unwrap();
        let link = format!("https://platform.example/r/{statement}");
        assert_eq!(
            meaning(link.as_bytes()),
            Meaning::Statement(statement.clone())
        );
        let other_app = format!("weixin://r/{statement}");
        assert!(matches!(meaning(other_app.as_bytes()), Meaning::Foreign(_)));
        let ticket = r#"{"platform":"https://p.example","root_key":"","one_time_code":"x"}"#;
        assert_eq!(meaning(ticket.as_bytes()), Meaning::Ticket);
        assert!(matches!(meaning(b"{\"platform\":1}"), Meaning::Personal(_)));
    }

    #[test]
    fn anything_else_is_an_opaque_code_with_its_bytes_kept() {
        let bytes = [0xff, 0, 7, b'x'];
        let Meaning::Personal(code) = meaning(&bytes) else {
            panic!("not a personal code");
        };
        assert_eq!(code.bytes(), bytes);
        assert_eq!(format!("{code:?}"), "PersonalCode(..)");
    }

    #[test]
    fn a_payload_is_shown_as_text_only_if_it_is_text() {
        assert_eq!(text("采集码".as_bytes()).as_deref(), Some("采集码"));
        let gbk = [0xb2, 0xc9, 0xbc, 0xaf, 0xc2, 0xeb];
        assert_eq!(text(&gbk).as_deref(), Some("采集码"));
        let four_bytes_each = [0x95, 0x32, 0x82, 0x36];
        assert_eq!(text(&four_bytes_each).as_deref(), Some("\u{20000}"));
        for binary in [&[0_u8, 1, 2][..], &[0xff, 0xff, 0xff], b"a\x1b[2J"] {
            assert_eq!(text(binary), None);
        }
    }

    #[test]
    fn a_payment_code_is_never_taken() {
        for text in ["wxp://f2f0abc", "HTTPS://QR.ALIPAY.COM/fkx1"] {
            assert_eq!(
                meaning(text.as_bytes()),
                Meaning::Foreign(Foreign::PaymentOrLogin)
            );
        }
        for text in [
            "WIFI:T:WPA;S:booth;P:x;;",
            "BEGIN:VCARD\nN:A\nEND:VCARD",
            "tel:123",
        ] {
            assert_eq!(
                meaning(text.as_bytes()),
                Meaning::Foreign(Foreign::Everyday)
            );
        }
    }
}
