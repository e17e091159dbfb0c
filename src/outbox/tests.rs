//! The promises P1 to P5 and P7 of a booth's outbox, each with an attempt to break it.

use std::{
    cell::Cell,
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    process::Command,
    sync::Arc,
    time::Duration,
};

use ed25519_dalek::SigningKey;

use super::*;
use crate::{
    booth::Quarantine,
    capture::{
        BackgroundUse, BatchRef, Consent, ConsentRecord, Facts, Manifest, Original, PaymentState,
        SourceFormat,
    },
    code::{self, FeatureCode, Meaning, Tail, TailRule},
    contract::{CaptureReceipt, Change, Refusal},
    frame::{Camera, Turn},
    geometry::Point,
    jws::{self, Purpose},
    lang::Lang,
    layout::{Crop, Placed},
    profile::Document,
    time::Mono,
    time::Trust,
};

thread_local! {
    static CUT: Cell<Option<Step>> = const { Cell::new(None) };
}

/// Cuts the power after the planned step: nothing after it runs, no error is handled, nothing is
/// tidied.
pub(super) fn passed(step: Step) {
    if CUT.get() == Some(step) {
        CUT.set(None);
        panic!("the power went after {step:?}");
    }
}

/// Does `act` until the power goes after `step`.
pub(super) fn cut_after(step: Step, act: impl FnOnce()) {
    CUT.set(Some(step));
    assert!(
        catch_unwind(AssertUnwindSafe(act)).is_err(),
        "never came to {step:?}"
    );
}

pub(super) const CODE: &[u8] = b"CANARYCODE-8f2c1e77-opaque";
pub(super) const TAIL: &str = "7K(Q";
const STATION: &str = "booth-7";
const FACE: &[u8] = b"\xff\xd8CANARYFACECANARYFACE\xff\xd9";

fn station_key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn platform_key() -> SigningKey {
    SigningKey::from_bytes(&[9; 32])
}

pub(super) fn now(s: u64) -> Now {
    Now {
        mono: Mono::from_start(Duration::from_secs(s)),
        wall: Wall::from_unix_ms(1_780_000_000_000 + s as i64 * 1000),
        trust: Trust::Trusted,
    }
}

pub(super) fn id(n: u8) -> CaptureId {
    CaptureId::new(now(0).wall, [n; 10])
}

pub(super) fn capture(n: u8) -> Capture {
    let Meaning::Personal(code) = code::meaning(&[CODE, &[n]].concat()) else {
        panic!("not a personal code");
    };
    Capture {
        facts: facts(id(n)),
        code,
        tail: Tail::parse(TAIL, TailRule::AsPrinted).unwrap(),
        portrait: [FACE, &[n]].concat(),
        original: Original {
            jpeg: FACE.repeat(3),
            source: SourceFormat::CameraJpeg,
            turn: Turn::None,
            camera: Arc::default(),
            imported: None,
        },
    }
}

fn facts(id: CaptureId) -> Facts {
    let at = now(0).wall;
    Facts {
        id,
        batch: BatchRef {
            feature_code: FeatureCode::parse("D3PZ85").unwrap(),
            serial: 1,
            known_through: Wall::EPOCH,
            profile: Document {
                id: "standard-99".to_owned(),
                version: "1".to_owned(),
            },
        },
        consent: Consent {
            text_version: "1".to_owned(),
            text_sha256: "00".repeat(32),
            lang: Lang::Zh,
            terms_read_at: at,
            face_agreed_at: at,
            sending_agreed_at: at,
        },
        payment: PaymentState::NotRequired,
        captured_at: at,
        time_trust: Trust::Trusted,
        crop: Crop {
            origin_in_frame: Point::new(0.0, 0.0),
            scale: 1.0,
        },
        geometry: Placed {
            crown_px: 80.0,
            eye_px: 250.0,
            chin_px: 430.0,
            face_width_px: 212.0,
            center_offset_px: 0.0,
        },
        background: BackgroundUse::Kept,
        quality: Vec::new(),
        overrides: Vec::new(),
        camera: Arc::new(Camera::played("test")),
        imported: None,
        supersedes: None,
    }
}

/// A recipient that nobody opens in the tests that do not look inside.
pub(super) fn recipient() -> String {
    age::x25519::Identity::generate().to_public().to_string()
}

pub(super) fn sealing(recipient: &str) -> Sealing {
    let models = vec![("face.tflite".to_owned(), "11".repeat(32))];
    Sealing::new(STATION.to_owned(), station_key(), recipient, models).unwrap()
}

pub(super) fn try_open(folder: &Path) -> Result<Outbox, OutboxError> {
    let keys = KeySet::one(platform_key().verifying_key());
    Outbox::open(folder, sealing(&recipient()), keys, now(100))
}

pub(super) fn open(folder: &Path) -> Outbox {
    try_open(folder).unwrap()
}

pub(super) fn receipt_for(saved: &Saved) -> CaptureReceipt {
    CaptureReceipt {
        station: STATION.to_owned(),
        id: saved.id,
        hash: saved.sha256.clone(),
        seq: saved.seq,
        stored_at: now(0).wall,
    }
}

pub(super) fn signed(receipt: &CaptureReceipt) -> Answer {
    let receipt = jws::sign(Purpose::CaptureReceipt, &platform_key(), receipt).unwrap();
    Answer::Stored { receipt }
}

pub(super) fn platform_signs(purpose: Purpose, document: &impl serde::Serialize) -> String {
    jws::sign(purpose, &platform_key(), document).unwrap()
}

pub(super) fn parcel_files(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder.join("parcels"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn consent_files(folder: &Path) -> usize {
    fs::read_dir(folder.join("consents")).unwrap().count()
}

fn run(command: &mut Command) -> Vec<u8> {
    let output = command.output().unwrap_or_else(|why| {
        panic!("{command:?} cannot be run ({why}): packaging/setup.sh installs age and tar")
    });
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

/// A booth in a folder of its own, and the platform's key in a file as `age-keygen` writes it.
struct Opened {
    folder: tempfile::TempDir,
    saved: Saved,
}

impl Opened {
    /// Saves `capture` and unpacks its parcel beside the booth with the system's own `age` and
    /// `tar`.
    fn by_stock_tools(capture: &Capture) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key_file = folder.path().join("key.txt");
        run(Command::new("age-keygen").arg("-o").arg(&key_file));
        let recipient = run(Command::new("age-keygen").arg("-y").arg(&key_file));
        let recipient = String::from_utf8(recipient).unwrap();
        let keys = KeySet::one(platform_key().verifying_key());
        let booth = folder.path().join("booth");
        let mut outbox = Outbox::open(&booth, sealing(recipient.trim()), keys, now(0)).unwrap();
        let saved = outbox.save(capture, now(1)).unwrap();
        let parcel = outbox.parcel(saved.id, now(1)).unwrap();
        assert_eq!((parcel.seq, &parcel.sha256), (1, &saved.sha256));
        let name = ParcelName {
            seq: 1,
            id: saved.id,
        };
        let opened = Self { folder, saved };
        let consent = outbox.parcels.read_consent(name).unwrap();
        fs::write(opened.path("parcel.age"), parcel.bytes).unwrap();
        fs::write(opened.path("consent.age"), consent).unwrap();
        fs::write(opened.path("parcel.tar"), opened.decrypt("parcel.age")).unwrap();
        run(Command::new("tar")
            .arg("-xf")
            .arg(opened.path("parcel.tar"))
            .arg("-C")
            .arg(opened.path("")));
        opened
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn decrypt(&self, name: &str) -> Vec<u8> {
        run(Command::new("age")
            .args(["-d", "-i"])
            .arg(self.path("key.txt"))
            .arg(self.path(name)))
    }

    fn member(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    fn token(bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).unwrap()
    }
}

#[test]
fn a_parcel_opens_with_stock_age_and_tar() {
    let capture = capture(1);
    let opened = Opened::by_stock_tools(&capture);
    assert_eq!(opened.member("portrait.jpg"), capture.portrait);
    assert_eq!(opened.member("original.jpg"), capture.original.jpeg);
    let station_keys = KeySet::one(station_key().verifying_key());
    let token = Opened::token(opened.member("manifest.jws"));
    let payload = jws::verify_bytes(Purpose::CaptureManifest, &token, &station_keys).unwrap();
    assert_eq!(payload, opened.member("manifest.json"));
    let manifest: Manifest = serde_json::from_slice(&payload).unwrap();
    assert_eq!((manifest.seq, manifest.station.as_str()), (1, STATION));
    assert!(!manifest.seq_gap_before);
    assert_eq!(manifest.facts, capture.facts);
    assert_eq!(manifest.tail, capture.tail);
    for (name, said) in ["portrait.jpg", "original.jpg"]
        .iter()
        .zip(&manifest.members)
    {
        let sha256 = crate::contract::sha256_hex(&opened.member(name));
        assert_eq!((*name, &sha256), (said.name.as_str(), &said.sha256));
    }
}

#[test]
fn the_tar_says_nothing_about_this_machine() {
    let opened = Opened::by_stock_tools(&capture(1));
    let tar = opened.path("parcel.tar");
    let listed = run(Command::new("tar")
        .args(["--numeric-owner", "--utc", "-tvf"])
        .arg(tar));
    let at = now(0).wall.0.strftime("%Y-%m-%d %H:%M").to_string();
    let listed = Opened::token(listed);
    let plain = |line: &&str| line.starts_with("-rw------- 0/0") && line.contains(&at);
    assert_eq!(listed.lines().filter(plain).count(), 4, "{listed}");
    assert_eq!(listed.lines().count(), 4);
}

#[test]
fn consent_is_sealed_a_second_time_without_a_face() {
    let capture = capture(1);
    let opened = Opened::by_stock_tools(&capture);
    let station_keys = KeySet::one(station_key().verifying_key());
    let token = Opened::token(opened.decrypt("consent.age"));
    let consent: ConsentRecord =
        jws::verify(Purpose::ConsentRecord, &token, &station_keys).unwrap();
    assert_eq!(
        (consent.id, consent.consent),
        (opened.saved.id, capture.facts.consent.clone())
    );
}

#[test]
fn no_file_of_the_booth_holds_a_face_a_code_or_a_tail() {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = open(folder.path());
    for n in 1..4 {
        outbox.save(&capture(n), now(1)).unwrap();
    }
    assert_eq!(
        outbox
            .captured_today(&[CODE, &[2]].concat(), now(2))
            .unwrap(),
        Some(id(2))
    );
    let canaries: [&[u8]; 4] = [
        CODE,
        TAIL.as_bytes(),
        b"CANARYFACE",
        &STANDARD.encode(CODE).into_bytes()[..24],
    ];
    let mut looked_at = 0;
    for file in files_below(folder.path()) {
        let bytes = fs::read(&file).unwrap();
        looked_at += 1;
        for canary in canaries {
            let found = bytes.windows(canary.len()).any(|window| window == canary);
            assert!(!found, "{} in {}", canary.escape_ascii(), file.display());
        }
    }
    assert!(
        looked_at >= 6,
        "three captures, index, its log, audit: {looked_at}"
    );
}

pub(super) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files
}

#[test]
fn a_cut_at_any_step_of_saving_leaves_nothing_or_one_whole_capture() {
    for (step, kept) in [
        (Step::CaptureStaged, false),
        (Step::CaptureRenamed, true),
        (Step::CaptureSynced, true),
        (Step::CaptureDurable, true),
        (Step::Indexed, true),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut outbox = open(folder.path());
        outbox.save(&capture(1), now(1)).unwrap();
        cut_after(step, || {
            outbox.save(&capture(2), now(2)).unwrap();
        });
        drop(outbox);

        let mut outbox = open(folder.path());
        let expected = 1 + u64::from(kept);
        assert_eq!(
            parcel_files(folder.path()).len() as u64,
            expected,
            "{step:?}"
        );
        assert_eq!(outbox.notes_queued().unwrap(), expected, "{step:?}");
        assert_eq!(outbox.counts().unwrap().queued, expected, "{step:?}");
        assert!(outbox.counts().unwrap().balances());
        // The student whose booth went dark sits down again: the same capture is one parcel.
        let saved = outbox.save(&capture(2), now(3)).unwrap();
        assert_eq!(saved.seq, 2, "{step:?}");
        assert_eq!(outbox.due(now(3), 9), [id(1), id(2)], "{step:?}");
        let parcel = outbox.parcel(id(2), now(3)).unwrap();
        assert_eq!(parcel.sha256, saved.sha256);
        assert_eq!(outbox.save(&capture(3), now(4)).unwrap().seq, 3);
    }
}

/// The power went while the file of a second capture was written.
fn torn_at(folder: &Path, bytes: usize) -> ParcelName {
    let mut outbox = open(folder);
    outbox.save(&capture(1), now(1)).unwrap();
    outbox.save(&capture(2), now(2)).unwrap();
    drop(outbox);
    let elsewhere = tempfile::tempdir().unwrap();
    let mut outbox = open(elsewhere.path());
    outbox.heed_known_seq(2, now(1)).unwrap();
    outbox.save(&capture(3), now(4)).unwrap();
    let name = ParcelName { seq: 3, id: id(3) };
    let file = outbox.parcels.read_file(name).unwrap();
    let torn = file.get(..bytes).unwrap_or(&file);
    fs::write(folder.join("parcels").join(name.file_name()), torn).unwrap();
    name
}

#[test]
fn a_file_that_a_power_cut_left_half_written_is_no_capture() {
    for bytes in [0, 100, 300, 900] {
        let folder = tempfile::tempdir().unwrap();
        torn_at(folder.path(), bytes);
        let mut outbox = open(folder.path());
        assert_eq!(outbox.opening(), &Opening::default(), "{bytes}");
        assert_eq!(parcel_files(folder.path()).len(), 2, "{bytes}");
        assert_eq!(outbox.notes_queued().unwrap(), 2, "{bytes}");
        assert_eq!(outbox.save(&capture(4), now(4)).unwrap().seq, 3);
    }
    let folder = tempfile::tempdir().unwrap();
    let name = torn_at(folder.path(), usize::MAX);
    assert_eq!(open(folder.path()).opening().adopted, [name], "a whole one");
}

#[test]
fn a_broken_file_is_kept_aside_and_named_where_the_index_is_lost_too() {
    let folder = tempfile::tempdir().unwrap();
    let name = torn_at(folder.path(), 900);
    fs::remove_file(folder.path().join(INDEX_FILE)).unwrap();
    let mut outbox = open(folder.path());
    assert_eq!(outbox.opening().damaged, [name]);
    assert_eq!(outbox.due(now(200), 9), [id(1), id(2)]);
    let row = outbox.require(id(3)).unwrap();
    assert_eq!(row.state, QueueState::Quarantined(Quarantine::Damaged));
    assert_eq!(parcel_files(folder.path()).len(), 3);
    assert!(outbox.counts().unwrap().balances());
}

#[test]
fn a_parcel_survives_a_kill_during_settle() {
    for step in [Step::DeliveryIndexed, Step::ParcelRemoved] {
        let folder = tempfile::tempdir().unwrap();
        let mut outbox = open(folder.path());
        let saved = outbox.save(&capture(1), now(1)).unwrap();
        cut_after(step, || {
            outbox
                .settle(saved.id, signed(&receipt_for(&saved)), now(2))
                .unwrap();
        });
        drop(outbox);
        let mut outbox = open(folder.path());
        assert_eq!(parcel_files(folder.path()), Vec::<String>::new());
        assert_eq!(
            consent_files(folder.path()),
            1,
            "the consent record outlives the parcel"
        );
        let counts = outbox.counts().unwrap();
        assert_eq!((counts.confirmed, counts.delivered), (1, 1));
        assert_eq!(outbox.due(now(3), 9), []);
        assert!(outbox.receipt(saved.id).unwrap().is_some());
    }
}

/// Everything short of the right receipt signed by the right key.
fn lies_about(right: &CaptureReceipt, other: &Saved) -> Vec<Answer> {
    let forged = |purpose, key: &SigningKey| Answer::Stored {
        receipt: jws::sign(purpose, key, right).unwrap(),
    };
    vec![
        signed(&CaptureReceipt {
            station: "booth-8".to_owned(),
            ..right.clone()
        }),
        signed(&CaptureReceipt {
            id: other.id,
            ..right.clone()
        }),
        signed(&CaptureReceipt {
            hash: other.sha256.clone(),
            ..right.clone()
        }),
        signed(&CaptureReceipt {
            hash: right.hash.to_uppercase(),
            ..right.clone()
        }),
        signed(&CaptureReceipt {
            seq: 2,
            ..right.clone()
        }),
        forged(Purpose::CaptureReceipt, &station_key()),
        forged(Purpose::CaptureStatement, &platform_key()),
        Answer::Stored {
            receipt: "<html>Sign in to this network</html>".to_owned(),
        },
        Answer::Stored {
            receipt: String::new(),
        },
    ]
}

#[test]
fn the_largest_receipted_number_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = open(folder.path());
    outbox.save(&capture(1), now(1)).unwrap();
    let second = outbox.save(&capture(2), now(2)).unwrap();
    assert_eq!(outbox.delivered_seq().unwrap(), None);
    let receipt = signed(&receipt_for(&second));
    outbox.settle(second.id, receipt, now(3)).unwrap();
    assert_eq!(outbox.delivered_seq().unwrap(), Some(2));
}

#[test]
fn a_receipt_that_lies_never_removes_a_parcel() {
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = open(folder.path());
    let saved = outbox.save(&capture(1), now(1)).unwrap();
    let other = outbox.save(&capture(2), now(1)).unwrap();
    let right = receipt_for(&saved);
    for (tries, lie) in lies_about(&right, &other).into_iter().enumerate() {
        let settled = outbox.settle(saved.id, lie.clone(), now(2)).unwrap();
        assert!(matches!(settled, Settled::Later { .. }), "{lie:?}");
        let row = &outbox.queue(9).unwrap()[0];
        assert_eq!(
            (row.state, row.attempts),
            (QueueState::Queued, tries as u32 + 1)
        );
        assert!(
            row.last_error.as_ref().unwrap().contains("receipt"),
            "{row:?}"
        );
        outbox.parcel(saved.id, now(2)).unwrap();
    }
    assert_eq!(
        outbox.settle(saved.id, signed(&right), now(3)).unwrap(),
        Settled::Delivered
    );
    assert_eq!(parcel_files(folder.path()).len(), 1);
    // The same answer twice is one delivery.
    assert_eq!(
        outbox.settle(saved.id, signed(&right), now(3)).unwrap(),
        Settled::Delivered
    );
    assert!(outbox.counts().unwrap().balances());
}

#[test]
fn a_damaged_index_is_set_aside_and_rebuilt_with_a_marked_gap() {
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = open(folder.path());
    let saved: Vec<_> = (1..4)
        .map(|n| outbox.save(&capture(n), now(1)).unwrap())
        .collect();
    outbox
        .settle(saved[2].id, signed(&receipt_for(&saved[2])), now(2))
        .unwrap();
    drop(outbox);
    let index = folder.path().join(INDEX_FILE);
    for damage in [b"not a database at all".to_vec(), Vec::new()] {
        fs::write(&index, &damage).unwrap();
        let mut outbox = open(folder.path());
        assert!(outbox.opening().rebuilt.is_some());
        assert_eq!(outbox.counts().unwrap().queued, 2);
        // The third was delivered, but its consent record still knows its number.
        assert_eq!(outbox.last_seq().unwrap(), 3);
        assert_eq!(outbox.due(now(101), 9), [id(1), id(2)]);
        assert_eq!(
            outbox.parcel(id(1), now(101)).unwrap().sha256,
            saved[0].sha256
        );
        assert!(outbox.index.sequence().unwrap().gap_before_next);
    }
    fs::remove_file(&index).unwrap();
    let mut outbox = open(folder.path());
    assert!(outbox.opening().rebuilt.is_some());
    outbox.save(&capture(4), now(102)).unwrap();
    assert!(
        !outbox.index.sequence().unwrap().gap_before_next,
        "one gap is marked once"
    );
    drop(outbox);
    assert_eq!(open(folder.path()).opening(), &Opening::default());
    let aside = format!("index.damaged-{}.sqlite", now(100).wall.unix_ms());
    assert!(folder.path().join(&aside).exists());
    // The copy goes with its day, for it holds that day's key.
    let tomorrow = Now {
        wall: Wall::from_unix_ms(now(0).wall.unix_ms() + 86_400_000),
        ..now(103)
    };
    open(folder.path()).captured_today(CODE, tomorrow).unwrap();
    assert!(!folder.path().join(&aside).exists());
}

#[test]
fn an_index_whose_pages_are_damaged_loses_no_capture() {
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = open(folder.path());
    for n in 1..40 {
        outbox.save(&capture(n), now(1)).unwrap();
    }
    drop(outbox);
    let index = folder.path().join(INDEX_FILE);
    let whole = fs::read(&index).unwrap();
    for at in (0..whole.len()).step_by(1024) {
        let mut bytes = whole.clone();
        bytes[at..at + 512].fill(0xa5);
        fs::write(&index, bytes).unwrap();
        let mut outbox = open(folder.path());
        let due = outbox.due(now(200), 99);
        assert_eq!(due.len(), 39, "damage at byte {at}");
        drop(outbox);
    }
    let mut bytes = whole;
    bytes[60..64].fill(0xff);
    fs::write(&index, bytes).unwrap();
    assert_eq!(
        open(folder.path()).due(now(200), 99).len(),
        39,
        "damage in the schema's number"
    );
}

#[test]
fn a_newer_index_is_refused_by_name_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).save(&capture(1), now(1)).unwrap();
    let db = rusqlite::Connection::open(folder.path().join(INDEX_FILE)).unwrap();
    db.pragma_update(None, "user_version", 7).unwrap();
    drop(db);
    let refused = try_open(folder.path()).err().unwrap();
    assert!(matches!(
        refused,
        OutboxError::NewerIndex { found: 7, known: 6 }
    ));
    assert!(refused.to_string().contains(INDEX_FILE), "{refused}");
    assert!(look(folder.path(), 9).is_err());
    let db = rusqlite::Connection::open(folder.path().join(INDEX_FILE)).unwrap();
    let rows: u32 = db
        .query_row("SELECT count(*) FROM parcel", [], |row| row.get(0))
        .unwrap();
    assert_eq!(rows, 1);
}

#[test]
fn a_climb_is_rehearsed_on_a_copy_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    assert!(!rehearse(folder.path()).unwrap(), "there is no index");
    let file = folder.path().join(INDEX_FILE);
    let db = rusqlite::Connection::open(&file).unwrap();
    for step in [
        include_str!("sql/schema_0001.sql"),
        include_str!("sql/schema_0002.sql"),
        include_str!("sql/schema_0003.sql"),
        include_str!("sql/schema_0004.sql"),
        include_str!("sql/schema_0005.sql"),
    ] {
        db.execute_batch(step).unwrap();
    }
    db.pragma_update(None, "user_version", 5).unwrap();
    drop(db);
    let before = fs::read(&file).unwrap();
    assert!(rehearse(folder.path()).unwrap());
    assert_eq!(fs::read(&file).unwrap(), before);
    assert!(!folder.path().join(REHEARSED).exists());

    let db = rusqlite::Connection::open(&file).unwrap();
    db.execute_batch("DROP TABLE parcel").unwrap();
    drop(db);
    let why = rehearse(folder.path()).unwrap_err();
    assert!(matches!(why, OutboxError::Index(_)), "{why}");
    assert!(!folder.path().join(REHEARSED).exists());
}

#[test]
fn a_sound_index_has_nothing_to_climb() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).save(&capture(1), now(1)).unwrap();
    assert!(!rehearse(folder.path()).unwrap());
}

#[test]
fn two_kiosks_on_one_outbox_are_refused_but_looking_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = open(folder.path());
    let saved = outbox.save(&capture(1), now(1)).unwrap();
    assert!(matches!(
        try_open(folder.path()).err(),
        Some(OutboxError::InUse)
    ));
    let (rows, counts) = look(folder.path(), 9).unwrap();
    assert_eq!((rows[0].id, counts.queued), (saved.id, 1));
    let refused = retry_offline(folder.path(), saved.id, now(2));
    assert!(matches!(refused, Err(OutboxError::InUse)));
    drop(outbox);
    assert_eq!(look(folder.path(), 9).unwrap().0.len(), 1);
    open(folder.path());
}

#[test]
fn a_parcel_that_the_disk_damaged_is_named_and_delays_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = open(folder.path());
    for n in 1..4 {
        outbox.save(&capture(n), now(1)).unwrap();
    }
    let files = parcel_files(folder.path());
    let path = folder.path().join("parcels").join(&files[0]);
    let mut bytes = fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&path, bytes).unwrap();
    fs::remove_file(folder.path().join("parcels").join(&files[1])).unwrap();
    assert_eq!(outbox.due(now(2), 9), [id(1), id(2), id(3)]);
    for n in [1, 2] {
        let why = outbox.parcel(id(n), now(2)).err().unwrap();
        assert!(
            matches!(why, OutboxError::Damaged { seq, .. } if seq == u64::from(n)),
            "{why}"
        );
    }
    outbox.parcel(id(3), now(2)).unwrap();
    let counts = outbox.counts().unwrap();
    assert_eq!((counts.quarantined, counts.queued), (2, 1));
    assert!(counts.balances());
    drop(outbox);
    // The rest are due at once after a start, those in quarantine are not.
    assert_eq!(open(folder.path()).due(now(0), 9), [id(3)]);
}

#[test]
fn a_row_whose_parcel_is_gone_is_said_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).save(&capture(1), now(1)).unwrap();
    fs::remove_file(
        folder
            .path()
            .join("parcels")
            .join(&parcel_files(folder.path())[0]),
    )
    .unwrap();
    let outbox = open(folder.path());
    assert_eq!(outbox.opening().missing, [ParcelName { seq: 1, id: id(1) }]);
    let row = &outbox.queue(9).unwrap()[0];
    assert_eq!(row.state, QueueState::Quarantined(Quarantine::Damaged));
}

#[test]
fn a_refused_parcel_waits_in_quarantine_until_staff_retry_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = open(folder.path());
    let saved = outbox.save(&capture(1), now(1)).unwrap();
    assert_eq!(outbox.due(now(1), 1), [saved.id]);
    let answer = Answer::Parked(Refusal::NotOpened);
    assert_eq!(
        outbox.settle(saved.id, answer, now(2)).unwrap(),
        Settled::Parked
    );
    assert_eq!(outbox.due(now(9_999), 9), []);
    assert_eq!(parcel_files(folder.path()).len(), 1);
    outbox.retry(saved.id, now(3)).unwrap();
    assert!(matches!(
        outbox.retry(saved.id, now(3)),
        Err(OutboxError::NotInQuarantine(_))
    ));
    assert_eq!(outbox.due(now(3), 9), [saved.id]);
    outbox
        .settle(saved.id, Answer::Parked(Refusal::TooLarge), now(4))
        .unwrap();
    drop(outbox);
    retry_offline(folder.path(), saved.id, now(5)).unwrap();
    let mut outbox = open(folder.path());
    assert_eq!(outbox.due(now(0), 9), [saved.id]);
    assert_eq!(
        outbox
            .settle(saved.id, signed(&receipt_for(&saved)), now(6))
            .unwrap(),
        Settled::Delivered
    );
}

#[test]
fn the_longest_due_go_first_and_retry_after_is_honoured_within_reason() {
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = open(folder.path());
    for n in 1..4 {
        outbox.save(&capture(n), now(u64::from(n))).unwrap();
    }
    assert_eq!(outbox.due(now(10), 2), [id(1), id(2)]);
    let later = |after| Answer::Later {
        after,
        why: "busy\n".to_owned(),
    };
    let Settled::Later { wait, why } = outbox
        .settle(id(1), later(Some(Duration::from_mins(10))), now(10))
        .unwrap()
    else {
        panic!("not later");
    };
    assert_eq!((wait, why.as_str()), (Duration::from_mins(10), "busy "));
    outbox.settle(id(2), later(None), now(10)).unwrap();
    assert_eq!(outbox.due(now(11), 9), [id(3), id(2)]);
    assert_eq!(outbox.next_due(), Some(now(610).mono));
    let Settled::Later { wait, .. } = outbox
        .settle(id(2), later(Some(Duration::from_hours(24 * 365))), now(11))
        .unwrap()
    else {
        panic!("not later");
    };
    assert_eq!(wait, LONGEST_RETRY_AFTER);
    outbox.nudge(now(12));
    assert_eq!(outbox.due(now(12), 9), [id(1), id(2)]);
}

#[test]
fn a_clock_wrong_by_years_delays_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = open(folder.path());
    let saved = outbox.save(&capture(1), now(1)).unwrap();
    let answer = Answer::Later {
        after: None,
        why: "no link".to_owned(),
    };
    outbox.settle(saved.id, answer, now(2)).unwrap();
    let past = Now {
        wall: Wall::EPOCH,
        ..now(400)
    };
    assert_eq!(outbox.due(past, 9), [saved.id]);
    outbox.save(&capture(2), past).unwrap();
}

#[test]
fn the_same_code_is_told_again_today_and_its_key_is_gone_tomorrow() {
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = open(folder.path());
    let code = [CODE, &[1]].concat();
    assert_eq!(outbox.captured_today(&code, now(0)).unwrap(), None);
    outbox.save(&capture(1), now(1)).unwrap();
    assert_eq!(outbox.captured_today(&code, now(2)).unwrap(), Some(id(1)));
    let today = now(0).wall.china_date().to_string();
    let key = outbox.index.day_key(&today).unwrap().unwrap();
    let holds_key = || {
        files_below(folder.path()).iter().any(|file| {
            fs::read(file)
                .unwrap()
                .windows(32)
                .any(|window| window == &key[..32])
        })
    };
    assert!(holds_key());
    let tomorrow = Now {
        wall: Wall::from_unix_ms(now(0).wall.unix_ms() + 86_400_000),
        ..now(3)
    };
    assert_eq!(outbox.captured_today(&code, tomorrow).unwrap(), None);
    assert!(!holds_key());
}

#[test]
fn a_number_that_the_platform_knows_is_never_used_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = open(folder.path());
    outbox.heed_known_seq(41, now(0)).unwrap();
    assert!(outbox.index.sequence().unwrap().gap_before_next);
    assert_eq!(outbox.save(&capture(1), now(1)).unwrap().seq, 42);
    outbox.heed_known_seq(u64::MAX, now(2)).unwrap();
    outbox.heed_known_seq(3, now(2)).unwrap();
    assert_eq!(outbox.last_seq().unwrap(), 42);
}

#[test]
fn a_full_disk_is_said_and_the_capture_can_be_offered_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = open(folder.path());
    outbox.save(&capture(1), now(1)).unwrap();
    outbox.index.limit_growth(1);
    let mut refused = None;
    for n in 2..200 {
        if let Err(why) = outbox.save(&capture(n), now(2)) {
            refused = Some((n, why));
            break;
        }
    }
    let (n, why) = refused.unwrap();
    assert!(matches!(why, OutboxError::DiskFull), "{why}");
    assert!(matches!(
        outbox.save(&capture(n), now(3)),
        Err(OutboxError::DiskFull)
    ));
    outbox.index.limit_growth(u32::MAX - 1);
    assert_eq!(outbox.save(&capture(n), now(4)).unwrap().seq, u64::from(n));
    assert_eq!(parcel_files(folder.path()).len(), usize::from(n));
    assert_eq!(outbox.due(now(5), 999).len(), usize::from(n));
    assert!(outbox.counts().unwrap().balances());
}

/// The same visit's other picture: its parcel is larger.
fn retaken(n: u8) -> Capture {
    Capture {
        portrait: FACE.repeat(50),
        ..capture(n)
    }
}

#[test]
fn after_a_failed_save_the_picture_of_the_last_review_is_the_one_that_is_delivered() {
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = open(folder.path());
    let small = outbox.save(&capture(9), now(1)).unwrap();
    outbox.index.refuse_changes();
    outbox.save(&capture(1), now(2)).unwrap_err();
    outbox.index.allow_changes();
    let saved = outbox.save(&retaken(1), now(3)).unwrap();
    assert!(
        saved.bytes > small.bytes + 500,
        "the first picture: {saved:?}"
    );
    let parcel = outbox.parcel(id(1), now(3)).unwrap();
    assert_eq!(
        (parcel.bytes.len() as u64, parcel.sha256),
        (saved.bytes, saved.sha256)
    );
    assert_eq!(parcel_files(folder.path()).len(), 2);
}

#[test]
fn a_picture_that_was_said_not_to_be_saved_is_never_delivered() {
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = open(folder.path());
    outbox.save(&capture(9), now(1)).unwrap();
    outbox.index.refuse_changes();
    outbox.save(&capture(1), now(2)).unwrap_err();
    outbox.index.allow_changes();
    assert_eq!(parcel_files(folder.path()).len(), 1);
    // Its student has left, and the next one is served.
    outbox.save(&capture(2), now(3)).unwrap();
    assert_eq!(outbox.due(now(4), 9), [id(9), id(2)]);
    drop(outbox);
    let mut outbox = open(folder.path());
    assert_eq!(outbox.due(now(0), 9), [id(9), id(2)]);
    assert_eq!(outbox.notes_queued().unwrap(), 2);
}

#[test]
fn a_failed_save_that_cannot_be_undone_is_undecided_and_no_other_one_begins() {
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = open(folder.path());
    let parcel = ParcelName { seq: 1, id: id(1) }.file_name();
    let in_its_place = folder.path().join("parcels").join(parcel);
    fs::create_dir(&in_its_place).unwrap();
    for n in [1, 2] {
        let refused = outbox.save(&capture(n), now(1));
        assert!(matches!(refused, Err(OutboxError::Undecided(of)) if of == id(1)));
    }
    fs::remove_dir(&in_its_place).unwrap();
    outbox.decide().unwrap();
    assert_eq!(outbox.save(&retaken(1), now(2)).unwrap().seq, 1);
    assert_eq!(outbox.save(&capture(2), now(3)).unwrap().seq, 2);
}

#[test]
fn a_withdrawal_that_failed_does_not_happen_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = open(folder.path());
    outbox.save(&capture(1), now(1)).unwrap();
    outbox.index.refuse_changes();
    outbox.amend(id(1), &Change::Withdrawn, now(2)).unwrap_err();
    drop(outbox);
    let mut outbox = open(folder.path());
    assert_eq!(outbox.due(now(0), 9), [id(1)]);
    assert_eq!(outbox.notes_queued().unwrap(), 1);
}

#[test]
fn an_outbox_can_move_to_its_thread() {
    const fn moves<T: Send>() {}
    moves::<Outbox>();
}

#[test]
fn files_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let booth = folder.path().join("booth");
    let mut outbox = open(&booth);
    outbox.save(&capture(1), now(1)).unwrap();
    for path in files_below(&booth)
        .iter()
        .map(PathBuf::as_path)
        .chain([booth.as_path()])
    {
        let mode = fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{} is {mode:o}", path.display());
    }
}

/// Captures that wait, as rows without files.
fn waiting(outbox: &mut Outbox, how_many: u16) {
    let row = |n: u16| {
        let [high, low] = n.to_be_bytes();
        let id = CaptureId::new(now(0).wall, [0, 0, 0, 0, 0, 0, 0, 0, high, low]);
        Row {
            name: ParcelName {
                seq: u64::from(n) + 1,
                id,
            },
            state: QueueState::Queued,
            bytes: 400_000,
            sha256: "00".repeat(32),
            suite: SUITE.to_owned(),
            confirmed_at: now(0).wall,
            attempts: 0,
            last_error: None,
        }
    };
    let rows: Vec<Row> = (0..how_many).map(row).collect();
    outbox.index.adopt(&rows).unwrap();
    for row in rows {
        outbox
            .schedule
            .put(row.name.id, row.name.seq, Mono::default());
    }
}

/// Four couriers for an hour, each attempt answered after a second. How many were made.
fn an_hour_of(outbox: &mut Outbox, answer: &Answer) -> u64 {
    let mut attempts = 0;
    for second in 1..=3_600 {
        for id in outbox.due(now(second), 4) {
            attempts += 1;
            let answered = Answered::Parcel(id, answer.clone());
            outbox.hear(vec![answered], now(second + 1));
        }
    }
    attempts
}

/// Four commits a minute at most, however long the queue is.
const COMMITS_AN_HOUR: u64 = 240;

#[test]
fn a_long_queue_without_a_link_is_tried_by_one_at_a_time() {
    let seconds = Duration::from_secs;
    for (after, least) in [
        (None, 30),
        (Some(seconds(20)), 30),
        (Some(seconds(600)), 10),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut outbox = open(folder.path());
        waiting(&mut outbox, 3_000);
        let why = "no route to the platform".to_owned();
        let before = outbox.index.changes();
        let attempts = an_hour_of(&mut outbox, &Answer::Unserved { after, why });
        let commits = outbox.index.changes() - before;
        assert!((least..=COMMITS_AN_HOUR).contains(&attempts), "{attempts}");
        println!("3,000 wait for an hour: {attempts} attempts, {commits} rows changed");
        assert!(commits <= COMMITS_AN_HOUR, "{commits} commits");
        let probe = outbox.due(now(4_000), 4);
        assert_eq!(probe.len(), 1);
        let busy = Answer::Later {
            after: None,
            why: "this one, not now".to_owned(),
        };
        outbox.hear(vec![Answered::Parcel(probe[0], busy)], now(4_001));
        let due = outbox.due(now(4_001), 5_000).len();
        assert_eq!(due, 3_000, "the platform answers: everything is due");
    }
}

/// A parcel that always gets an answer, and a bad one, holds up nobody.
#[test]
fn answers_that_concern_one_parcel_close_the_gate_for_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = open(folder.path());
    waiting(&mut outbox, 20);
    for id in outbox.due(now(1), 20) {
        let why = "the platform answered 500".to_owned();
        let answered = Answered::Parcel(id, Answer::Later { after: None, why });
        outbox.hear(vec![answered], now(2));
    }
    outbox.save(&capture(1), now(2)).unwrap();
    assert!(outbox.due(now(2), 30).contains(&id(1)));
}

#[test]
fn staff_s_own_try_does_not_wait_for_the_gate() {
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = open(folder.path());
    waiting(&mut outbox, 30);
    for id in outbox.due(now(1), 8) {
        let why = "no route".to_owned();
        let after = Some(Duration::from_mins(4));
        let answered = Answered::Parcel(id, Answer::Unserved { after, why });
        outbox.hear(vec![answered], now(2));
    }
    assert_eq!(outbox.due(now(3), 4), []);
    outbox.save(&capture(1), now(3)).unwrap();
    outbox.try_now(id(1), now(3)).unwrap();
    assert_eq!(outbox.due(now(3), 4), [id(1)]);
}
