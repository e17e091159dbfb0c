//! The fuzz targets, shared by both uses: `make fuzz` drives them with libFuzzer, `tests/fuzz.rs`
//! replays the corpora and mutants of them.
//!
//! Each target takes any bytes and panics where a promise about them breaks.

use capture_station::{
    camera::{
        decode,
        protocol::{Order, Report},
        still::{self, Kind},
    },
    checks::{self, FileFacts},
    code::{self, BatchCode, FeatureCode, Meaning, Tail, TailRule},
    config::Config,
    contract::{
        Amendment, Batch, CalendarDocument, CaptureReceipt, EnrolmentTicket, ExportManifest,
        Heartbeat, HeartbeatAnswer, KeyDocument, NoteReceipt, Published, SignedBatch,
        SignedEnrolRequest, StationCommand,
    },
    jws::{self, KeySet, Purpose},
    reader::protocol,
    reference,
    wire::{Inbox, Message},
};
use ed25519_dalek::SigningKey;

/// A fuzz target: its name, which is also its corpus's folder, and what it does with bytes.
pub type Target = (&'static str, fn(&[u8]));

pub const ALL: [Target; 8] = [
    ("code", code),
    ("tail", tail),
    ("jws", token),
    ("documents", documents),
    ("pipe", pipe),
    ("jpeg", jpeg),
    ("picture", picture),
    ("archive", archive),
];

/// Returns the key that the seeds are signed with.
pub fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

/// Checks a scanned code: a personal code is exactly its bytes, and a foreign code is not taken for
/// one.
pub fn code(data: &[u8]) {
    let text = str::from_utf8(data).unwrap_or_default().trim();
    match code::meaning(data) {
        Meaning::Personal(code) => {
            assert_eq!(code.bytes(), data);
            assert!(data.len() >= 8 && data.len() <= 7_089);
            assert!(!text.to_ascii_lowercase().starts_with("wxp://"));
            assert_eq!(Purpose::claimed(text), None);
        }
        Meaning::Batch(BatchCode::Feature(code)) => {
            assert!(code.as_str().len() == 6 && code.is_like(&code));
            assert_eq!(FeatureCode::parse(code.as_str()).as_ref(), Some(&code));
        }
        Meaning::Batch(BatchCode::Manifest(token)) => {
            assert_eq!(Purpose::claimed(&token), Some(Purpose::BatchManifest));
        }
        Meaning::Command(token) => {
            assert_eq!(Purpose::claimed(&token), Some(Purpose::StationCommand));
        }
        Meaning::Ticket | Meaning::Statement(_) | Meaning::Receipt => assert!(!text.is_empty()),
        Meaning::Foreign(_) => {}
    }
    if let Some(text) = code::text(data) {
        assert!(!text.contains('\u{1b}'), "nothing steers a terminal");
    }
}

/// Checks a typed tail: an accepted one consists of the keypad's characters, and normalising it
/// again changes nothing.
pub fn tail(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    for rule in [
        TailRule::AsPrinted,
        TailRule::BracketsDropped,
        TailRule::LastSix,
    ] {
        let Some(tail) = Tail::parse(text, rule) else {
            continue;
        };
        assert_eq!(tail.raw, text);
        assert!(tail.normalised.chars().all(code::is_tail_char));
        if rule != TailRule::BracketsDropped {
            let again = Tail::parse(&tail.normalised, rule).map(|tail| tail.normalised.clone());
            assert_eq!(again.as_ref(), Some(&tail.normalised));
        }
        assert!(
            tail.normalised
                .contains(|c: char| c.is_ascii_alphanumeric())
        );
        assert_eq!(format!("{tail:?}"), "Tail(..)");
    }
}

/// Checks a signed document: it verifies for no purpose but its own, and only as exactly the token
/// that the key signed.
pub fn token(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let keys = KeySet::one(key().verifying_key());
    let mut verified = 0;
    for purpose in Purpose::ALL {
        if let Ok(payload) = jws::verify_bytes(purpose, text, &keys) {
            assert_eq!(jws::sign_bytes(purpose, &key(), &payload), text);
            assert_eq!(Purpose::claimed(text), Some(purpose));
            verified += 1;
        }
    }
    assert!(verified <= 1);
    drop(KeyDocument::verify(text, &key().verifying_key()));
    drop(EnrolmentTicket::verify(text));
    let request = text.to_owned();
    drop(SignedEnrolRequest { request }.verify());
}

/// Checks answers of the platform, tickets, sticks and configurations: read whole or refused.
pub fn documents(data: &[u8]) {
    same_again::<Batch>(data);
    same_again::<CalendarDocument>(data);
    calendar(data);
    same_again::<KeyDocument>(data);
    same_again::<StationCommand>(data);
    same_again::<CaptureReceipt>(data);
    same_again::<EnrolmentTicket>(data);
    same_again::<SignedBatch>(data);
    same_again::<Amendment>(data);
    same_again::<NoteReceipt>(data);
    same_again::<ExportManifest>(data);
    same_again::<Heartbeat>(data);
    same_again::<HeartbeatAnswer>(data);
    if let Ok(text) = str::from_utf8(data)
        && let Err(error) = Config::from_toml(text, "booth.toml")
    {
        assert!(error.to_string().contains("booth.toml"));
    }
}

/// Checks a publication whose signer was careless: refused, or each of its years counts, and a
/// promise comes after the day that it counts from.
fn calendar(data: &[u8]) {
    let token = jws::sign_bytes(Purpose::Calendar, &key(), data);
    let Ok(published) = Published::verify(&token, &KeySet::one(key().verifying_key())) else {
        return;
    };
    for year in published.calendar.announced() {
        let day = format!("{year:04}-01-01").parse().unwrap();
        assert!(published.calendar.knows(day));
        assert!(published.calendar.upload_by(day).date >= day);
    }
}

/// Checks that a value stays the same when it is written and read again.
fn same_again<T: serde::Serialize + serde::de::DeserializeOwned>(data: &[u8]) {
    if let Ok(value) = serde_json::from_slice::<T>(data) {
        let written = serde_json::to_value(&value).unwrap();
        let again: T = serde_json::from_value(written.clone()).unwrap();
        assert_eq!(serde_json::to_value(&again).unwrap(), written);
    }
}

/// Checks a parcel's archive: the four expected members, nothing larger than the input, or a
/// refusal.
pub fn archive(data: &[u8]) {
    let Ok(members) = reference::members(data) else {
        return;
    };
    let bytes: usize = members.values().map(Vec::len).sum();
    assert!(bytes <= data.len());
    for name in members.keys() {
        assert!(reference::MEMBERS.contains(&name.as_str()), "{name}");
    }
}

/// Checks a child's messages: they are the same however the pipe splits them, and never exceed the
/// bound.
pub fn pipe(data: &[u8]) {
    const LONGEST: usize = 4_096;
    let whole = messages(data, data.len().max(1), LONGEST);
    for piece in [1, 3, 7] {
        assert_eq!(messages(data, piece, LONGEST), whole);
    }
    for message in whole {
        assert!(message.payload.len() <= LONGEST);
        if let Ok(codes) = protocol::parse_answer(&message) {
            assert!(codes.iter().all(|code| code.bytes.len() <= LONGEST));
            let again = protocol::answer(&codes);
            assert_eq!(again, message);
        }
        if let Ok((picture, _)) = protocol::parse_ask(message.clone()) {
            let pixels = picture.width() * picture.height();
            assert_eq!(picture.bytes().len(), pixels);
        }
        if let Ok(order) = Order::parse(&message) {
            assert_eq!(Order::parse(&order.message()).as_ref(), Ok(&order));
        }
        if let Ok(report) = Report::parse(message) {
            assert_eq!(Report::parse(report.message()).as_ref(), Ok(&report));
        }
    }
}

fn messages(data: &[u8], piece: usize, longest: usize) -> Vec<Message> {
    let mut inbox = Inbox::new(longest);
    let mut messages = vec![];
    for mut piece in data.chunks(piece) {
        while !piece.is_empty() && inbox.read(&mut piece).is_ok() {}
        loop {
            match inbox.take() {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => break,
                Err(_malformed) => return messages,
            }
        }
    }
    messages
}

/// Checks a file that somebody gives: a picture is within its bounds and can be turned upright, and
/// a JPEG tells what it is.
pub fn picture(data: &[u8]) {
    drop(checks::software(data));
    let Ok(picture) = still::decode_picture(data.to_vec()) else {
        return;
    };
    let (width, height) = picture.rgb.dimensions();
    assert!((16..=16_000).contains(&width) && (16..=16_000).contains(&height));
    if picture.kind == Kind::Jpeg
        && let Some(facts) = FileFacts::read(data)
    {
        assert_eq!(facts.bytes as usize, data.len());
    }
    let upright = picture.upright().rgb.dimensions();
    assert!(upright == (width, height) || upright == (height, width));
}

/// Checks a camera's or a stranger's JPEG: decoded whole, or refused; its file is described, or
/// not.
pub fn jpeg(data: &[u8]) {
    if let Ok(whole) = decode::whole(data) {
        drop(decode::jpeg(&whole));
    }
    if let Some(facts) = FileFacts::read(data) {
        assert_eq!(facts.bytes as usize, data.len());
    }
}
