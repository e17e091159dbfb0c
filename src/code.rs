//! Codes that a student or a member of staff brings to the booth: batch QR, feature code, 采集码, ID
//! tail.
//!
//! The 采集码 is opaque: its payload is undocumented, so its bytes are kept exactly and never
//! interpreted. Typed text is normalised and its raw form kept beside it.

mod foreign;
mod link;
mod shape;

use std::{borrow::Cow, fmt};

use image::RgbImage;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use self::link::Link;
pub use self::shape::{Characters, CodeShape};
use crate::jws::Purpose;

/// One code as read by camera or scanner, not yet classified. Names a person, so it prints nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Reading {
    /// The exact payload.
    pub bytes: Vec<u8>,
    /// The card around the code, where a camera saw it; shown again at the review, kept in memory
    /// only.
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
    /// The phone's glass reflects a lamp, or the screen outshines the camera.
    TooBright,
    /// Under two pixels per module: hold it nearer.
    TooSmall,
    Moving,
    Blurred,
    /// A hand scanner typed only part of a code: scan again, and staff should look at its settings.
    ScannedInPart,
}

/// The bytes of a scanned 采集码, exactly as read. Names a person, so it prints nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonalCode(Vec<u8>);

impl PersonalCode {
    /// Returns a code that is nobody's, for the practice visit of this id.
    pub fn of_practice(visit: &str) -> Self {
        Self(format!("PRACTICE-{visit}").into_bytes())
    }

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

    /// Folds full-width forms, drops invisible marks and trims; `None` unless six ASCII letters or
    /// digits remain.
    pub fn parse(text: &str) -> Option<Self> {
        let folded: String = text.nfkc().filter(|c| !is_invisible(*c)).collect();
        let folded = folded.trim();
        let fits =
            folded.len() == Self::LENGTH && folded.bytes().all(|b| b.is_ascii_alphanumeric());
        fits.then(|| Self(folded.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether both may name one batch. It is unknown whether case matters in a feature
    /// code, so the platform decides.
    pub fn is_like(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

/// Identifies a batch: the code on the school's notice, or all its rules at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BatchCode {
    Feature(FeatureCode),
    /// A `batch-manifest+jws`, not verified yet.
    Manifest(String),
}

/// The meaning of a scanned code to this booth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    Batch(BatchCode),
    Personal(PersonalCode),
    /// A `station-command+jws`, not verified yet: for staff.
    Command(String),
    /// A ticket that makes this machine a booth: for staff, before enrolment.
    Ticket,
    /// The content of a booth's receipt (`capture-statement+jws`), bare or as the last part of a
    /// link: not a 采集码, but it shows how far a photo has come.
    Statement(String),
    /// Another of the platform's documents, not a 采集码.
    Receipt,
    /// Read well, but not usable at this booth; the reason is shown.
    Foreign(Foreign),
}

/// Why a code is not one of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foreign {
    /// A payment or log-in code of another app: never followed.
    PaymentOrLogin,
    /// A person, a group or an account in a chat.
    Contact,
    /// Another app's code: shopping, bicycles, health.
    App,
    /// A bare number: an ID, a telephone, goods.
    Number,
    /// A web page that is not CHSI's.
    Link,
    /// Contact details, a network's password, a telephone number: other common contents of codes.
    Everyday,
    /// Longer than any QR payload, too short to be a 采集码, or not of the shape of this batch's 采集码.
    Unreasonable,
}

/// An encrypted payload has at least one block of a cipher, and the smallest blocks have eight
/// bytes.
const SHORTEST_PERSONAL: usize = 8;

/// Classifies the bytes of one scanned code. Anything that no rule recognises is taken as a 采集码,
/// unread.
pub fn meaning(bytes: &[u8]) -> Meaning {
    meaning_in(bytes, &[])
}

/// Classifies the bytes of one scanned code where the batch may give the `shapes` of its 采集码: a
/// code that fits one is a 采集码, even if it looks foreign, and no other is. Batches and the
/// platform's own documents stay what they are.
pub fn meaning_in(bytes: &[u8], shapes: &[CodeShape]) -> Meaning {
    let payload = trimmed(bytes);
    if payload.is_empty() || !fits_a_symbol(bytes) {
        return Meaning::Foreign(Foreign::Unreasonable);
    }
    if let Some(ours) = ours(payload) {
        return ours;
    }
    if !shapes.iter().any(|shape| shape.fits(payload)) {
        if let Some(foreign) = foreign::named(payload) {
            return Meaning::Foreign(foreign);
        }
        if !shapes.is_empty() || payload.len() < SHORTEST_PERSONAL {
            return Meaning::Foreign(Foreign::Unreasonable);
        }
    }
    Meaning::Personal(PersonalCode(bytes.to_vec()))
}

/// Returns the payload without a byte-order mark and without invisible marks and white space around
/// it.
fn trimmed(bytes: &[u8]) -> &[u8] {
    match str::from_utf8(bytes) {
        Ok(text) => text
            .trim_matches(|c: char| c.is_whitespace() || is_invisible(c))
            .as_bytes(),
        Err(_not_utf8) => bytes.trim_ascii(),
    }
}

/// Returns whether the largest QR symbol (version 40-L) can hold these bytes: 7,089 digits, 4,296
/// letters, 2,953 others.
fn fits_a_symbol(bytes: &[u8]) -> bool {
    const SIXTHS_OF_ALL_BITS: usize = 6 * 23_630;
    const DIGIT: usize = 20;
    const LETTER: usize = 33;
    const KANJI: usize = 78;
    const OTHER: usize = 48;
    let (mut rest, mut sixths) = (bytes, 0);
    while let [first, after @ ..] = rest {
        rest = after;
        sixths += match (*first, after) {
            (b'0'..=b'9', _) => DIGIT,
            (b'A'..=b'Z' | b' ' | b'$' | b'%' | b'*' | b'+' | b'-' | b'.' | b'/' | b':', _) => {
                LETTER
            }
            // Two bytes of Shift_JIS take 13 bits in Kanji mode.
            (0x81..=0x9f | 0xe0..=0xeb, [_, after @ ..]) => {
                rest = after;
                KANJI
            }
            (_, _) => OTHER,
        };
    }
    sixths <= SIXTHS_OF_ALL_BITS
}

/// Recognises what this platform and its schools put in codes.
fn ours(payload: &[u8]) -> Option<Meaning> {
    let text = str::from_utf8(payload).ok();
    if let Some(statement) = text.and_then(statement_in) {
        return Some(Meaning::Statement(statement.to_owned()));
    }
    if let Some(batch) = batch_code(payload) {
        return Some(Meaning::Batch(BatchCode::Feature(batch)));
    }
    document(text?)
}

/// Recognises the platform's own documents, which are never a 采集码 even where this booth has no use
/// for them.
fn document(text: &str) -> Option<Meaning> {
    let token = text.to_owned();
    Some(match Purpose::claimed(text)? {
        Purpose::BatchManifest => Meaning::Batch(BatchCode::Manifest(token)),
        Purpose::StationCommand => Meaning::Command(token),
        Purpose::CaptureStatement => Meaning::Statement(token),
        Purpose::EnrolmentTicket => Meaning::Ticket,
        Purpose::KeyDocument
        | Purpose::Calendar
        | Purpose::CaptureManifest
        | Purpose::CaptureReceipt
        | Purpose::ConsentRecord
        | Purpose::StationRequest
        | Purpose::Amendment
        | Purpose::NoteReceipt
        | Purpose::ExportManifest
        | Purpose::KeyTrial
        | Purpose::EnrolmentRequest
        | Purpose::Release => Meaning::Receipt,
    })
}

/// Returns the statement at the end of a receipt's link.
fn statement_in(link: &str) -> Option<&str> {
    let (scheme, rest) = link.split_once("://")?;
    let last = rest.rsplit('/').next()?;
    let is_web = ["http", "https"].contains(&scheme.to_ascii_lowercase().as_str());
    (is_web && Purpose::claimed(last) == Some(Purpose::CaptureStatement)).then_some(last)
}

/// Decodes a payload for people to read: strict UTF-8, else `Shift_JIS` where it can be nothing
/// else, else GB18030. `None` if it is not text or holds control characters.
pub fn text(bytes: &[u8]) -> Option<String> {
    let text = match str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_not_utf8) => japanese_text(bytes)
            .or_else(|| {
                encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(bytes)
            })?
            .into_owned(),
    };
    let plain = |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\r');
    text.chars().all(plain).then_some(text)
}

/// Decodes text in `Shift_JIS`, which no symbol declares. Writers choose it, in Kanji mode or as
/// bytes, for Chinese words whose characters also exist in Japanese.
///
/// Its usual characters begin with 0x81 to 0x9f, where GBK has only rare and traditional ones. The
/// usual ones of GBK begin with bytes that begin no character here.
fn japanese_text(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let (mut rest, mut is_certain) = (bytes, false);
    while let [first, after @ ..] = rest {
        rest = match (*first, after) {
            (0x00..=0x7f, _) => after,
            (0x81..=0x9f | 0xe0..=0xeb, [0x40..=0x7e | 0x80..=0xfc, after @ ..]) => after,
            _ => return None,
        };
        is_certain |= (0x81..=0x9f).contains(first);
    }
    let decoded = encoding_rs::SHIFT_JIS.decode_without_bom_handling_and_without_replacement(bytes);
    decoded.filter(|_| is_certain)
}

/// Reads a bare feature code in whatever encoding its writer chose, or a school's link that
/// contains one.
fn batch_code(payload: &[u8]) -> Option<FeatureCode> {
    let link = || Link::parse(payload)?.feature_code();
    bare_feature_code(payload).or_else(link)
}

fn bare_feature_code(payload: &[u8]) -> Option<FeatureCode> {
    /// Room for six full-width letters in UTF-8 or GB18030 and marks around them.
    const LONGEST: usize = 48;
    if payload.len() > LONGEST {
        return None;
    }
    if let Ok(text) = str::from_utf8(payload) {
        return FeatureCode::parse(text);
    }
    [encoding_rs::GB18030, encoding_rs::SHIFT_JIS]
        .into_iter()
        .filter_map(|encoding| {
            encoding.decode_without_bom_handling_and_without_replacement(payload)
        })
        .find_map(|text| FeatureCode::parse(&text))
}

/// How the last four of the ID are compared; three rules are in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TailRule {
    /// As printed on the 采集码 card: `1234`, `002X`, `6(3)`, `1(D)`.
    #[default]
    AsPrinted,
    /// Brackets dropped: `6(3)` is `63`.
    BracketsDropped,
    /// The last six characters without the bracket's content.
    LastSix,
}

impl TailRule {
    /// Returns how many characters make a complete tail, so that the keypad can move on by itself.
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
    /// Normalises what was typed; `None` until it is complete or if it contains an unexpected
    /// character.
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

/// Returns whether the keypad offers this character, so that a tail may hold it.
pub const fn is_tail_char(c: char) -> bool {
    matches!(c, '0'..='9' | 'A'..='Z' | '(' | ')')
}

/// Returns whether this is a zero-width or bidirectional mark, which copied text carries invisibly.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Replaces Cyrillic and Greek capitals by the Latin ones they look like; ID tails hold no others.
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
            "HTTPS://SCHOOL.EXAMPLE/CAIJI/D3PZ85/",
            "www.school.example/caiji/D3PZ85",
            "\u{feff}D3PZ85",
            "\u{feff} https://school.example/学生/caiji/D3PZ85",
            "\u{3000}Ｄ３ＰＺ８５\u{200b} ",
        ] {
            assert_eq!(
                meaning(text.as_bytes()),
                Meaning::Batch(BatchCode::Feature(code.clone())),
                "{text}"
            );
        }
        // 学生 in Shift_JIS, which some writers choose without declaring it; full-width letters in it
        // and in GBK.
        let in_the_path = b"https://school.example/\x8a\x77\x90\xb6/caiji/D3PZ85";
        let shift_jis = b"\x82\x63\x82\x52\x82\x6f\x82\x79\x82\x57\x82\x54";
        let gbk = b"\xa3\xc4\xa3\xb3\xa3\xd0\xa3\xda\xa3\xb8\xa3\xb5";
        for bytes in [in_the_path.as_slice(), shift_jis, gbk] {
            let found = meaning(bytes);
            assert_eq!(found, Meaning::Batch(BatchCode::Feature(code.clone())));
        }
        for text in ["D3PZ85 D3PZ85", "a dotted.word and/or D3PZ85"] {
            assert!(matches!(meaning(text.as_bytes()), Meaning::Personal(_)));
        }
    }

    #[test]
    fn a_link_that_merely_ends_in_six_letters_names_no_batch() {
        for text in [
            "https://www.school.example/mobile",
            "https://s.example/A6bcde",
            "https://www.school.example/index?code=abcdef",
            "https://school.example#/caiji/D3PZ85",
        ] {
            let found = meaning(text.as_bytes());
            assert_eq!(found, Meaning::Foreign(Foreign::Link), "{text}");
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
                Purpose::EnrolmentTicket => Meaning::Ticket,
                Purpose::KeyDocument
                | Purpose::Calendar
                | Purpose::CaptureManifest
                | Purpose::CaptureReceipt
                | Purpose::ConsentRecord
                | Purpose::StationRequest
                | Purpose::Amendment
                | Purpose::NoteReceipt
                | Purpose::ExportManifest
                | Purpose::KeyTrial
                | Purpose::EnrolmentRequest
                | Purpose::Release => Meaning::Receipt,
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
        assert!(matches!(meaning(b"{\"platform\":1}"), Meaning::Personal(_)));
    }

    #[test]
    fn anything_else_is_an_opaque_code_with_its_bytes_kept() {
        let bytes = *b"\xff\x00\x07x 5f\x81 ";
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
    fn chinese_words_in_shift_jis_are_shown_as_what_they_say_and_gbk_stays_gbk() {
        let shift_jis = |text| encoding_rs::SHIFT_JIS.encode(text).0.into_owned();
        let gbk = |text| encoding_rs::GB18030.encode(text).0.into_owned();
        for said in [
            "学生",
            "https://school.example/学生/caiji",
            "大学図書館利用案内",
        ] {
            assert_eq!(text(&shift_jis(said)).as_deref(), Some(said));
        }
        for said in ["学生", "李喆", "WIFI:S:图书馆;;", "毕业生图像采集", "鑫"] {
            assert_eq!(text(&gbk(said)).as_deref(), Some(said));
        }
    }

    #[test]
    fn what_is_known_to_be_foreign_is_refused_by_name() {
        for (text, expected) in [
            ("wxp://f2f0abc", Foreign::PaymentOrLogin),
            ("HTTPS://QR.ALIPAY.COM/FKX1", Foreign::PaymentOrLogin),
            ("AliPays://platformapi/x", Foreign::PaymentOrLogin),
            ("100000000000000001", Foreign::PaymentOrLogin),
            ("159999999999999999", Foreign::PaymentOrLogin),
            ("2500000000000001", Foreign::PaymentOrLogin),
            ("309999999999999999999999", Foreign::PaymentOrLogin),
            ("6212345678901234567", Foreign::PaymentOrLogin),
            ("https://qr.pbcdci.cn/made-up", Foreign::PaymentOrLogin),
            (
                "https://account.chsi.com.cn/made-up?id=1",
                Foreign::PaymentOrLogin,
            ),
            ("https://app.example/qr/login?id=1", Foreign::PaymentOrLogin),
            ("bitcoin:1MadeUp", Foreign::PaymentOrLogin),
            ("https://weixin.qq.com/g/MadeUp", Foreign::Contact),
            ("http://weixin.qq.com/r/madeup", Foreign::Contact),
            ("https://u.wechat.com/MadeUp", Foreign::Contact),
            ("https://work.weixin.qq.com/u/vc1", Foreign::Contact),
            ("https://qm.qq.com/cgi-bin/qm/qr?k=x", Foreign::Contact),
            ("https://m.tb.cn/h.madeup", Foreign::App),
            ("imeituan://www.meituan.com/x", Foreign::App),
            ("https://bike.mobike.com/download?b=1", Foreign::App),
            ("https://h5.dingtalk.com/health/x?qrCode=1", Foreign::App),
            ("strange+app://D3PZ85", Foreign::App),
            ("11010119991231451X", Foreign::Number),
            ("110101199912310000", Foreign::Number),
            ("13800000000", Foreign::Number),
            ("+86 138-0000-0000", Foreign::Number),
            ("6901234567892", Foreign::Number),
            ("https://xqq.com.example/a", Foreign::Link),
            ("WIFI:T:WPA;S:booth;P:x;;", Foreign::Everyday),
            ("BEGIN:VCARD\nN:A\nEND:VCARD", Foreign::Everyday),
            ("\u{feff}tel:123", Foreign::Everyday),
            ("2", Foreign::Number),
            (" \u{feff} ", Foreign::Unreasonable),
            ("D3PZ8", Foreign::Unreasonable),
            ("opaque?", Foreign::Unreasonable),
        ] {
            let found = meaning(text.as_bytes());
            assert_eq!(found, Meaning::Foreign(expected), "{text}");
        }
    }

    #[test]
    fn the_same_rules_hold_for_payloads_that_are_not_utf_8() {
        // A network and a contact in GBK, a link in Shift_JIS.
        for (bytes, expected) in [
            (b"WIFI:S:\xb2\xc9\xbc\xaf;;".as_slice(), Foreign::Everyday),
            (b"BEGIN:VCARD\nN:\xd1\xa7", Foreign::Everyday),
            (b"https://weixin.qq.com/\x8a\x77", Foreign::Contact),
            (b"https://s.example/\x8a\x77\x90\xb6/mobile", Foreign::Link),
        ] {
            assert_eq!(meaning(bytes), Meaning::Foreign(expected));
        }
    }

    #[test]
    fn what_no_rule_knows_may_be_a_personal_code() {
        for text in [
            "made-up 采集码 0001",
            "https://my.chsi.com.cn/made-up/0001",
            "aGVsbG8gd29ybGQ/aGVsbG8+d29ybGQ=",
            "123456789012345678901234567890",
            "990000000000000001",
            "{\"made\":\"up\"}",
        ] {
            let found = meaning(text.as_bytes());
            assert!(matches!(found, Meaning::Personal(_)), "{text}");
        }
    }

    #[test]
    fn a_payload_is_as_long_as_the_largest_symbol_holds() {
        for (unit, most) in [
            (b"7".as_slice(), 7_089),
            (b"A", 4_296),
            (b"a", 2_953),
            (b"\x8a\x77", 1_817),
        ] {
            let of = |count| meaning(&unit.repeat(count));
            assert!(matches!(of(most), Meaning::Personal(_)), "{most}");
            let longer = of(most + 1);
            assert_eq!(longer, Meaning::Foreign(Foreign::Unreasonable), "{most}");
        }
    }
}
