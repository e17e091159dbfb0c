use std::{fs, os::unix::fs::PermissionsExt};

use jiff::civil::date;
use tempfile::TempDir;

use super::*;
use crate::{
    calendar::{Festival, Year},
    code::FeatureCode,
    contract::{
        BatchTrouble, CALENDAR_FILE, CalendarDocument, CommandTrouble, ConsentText, ConsentTexts,
        Order, Published, SignedBatch, StationCommand, public_key_text,
    },
    jws,
    profile::Profile,
    time::{Mono, Now, Trust, Wall},
};
use batches::{BATCHES_FOLDER, PINNED_FILE};

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

const ROOT: u8 = 1;
const RECEIPT: u8 = 2;
const MANIFEST: u8 = 3;
const BOOTH: u8 = 4;
const COMMAND: u8 = 5;

fn ticket() -> EnrolmentTicket {
    EnrolmentTicket {
        platform: "https://platform.example".to_owned(),
        root_key: public_key_text(&key(ROOT).verifying_key()),
        one_time_code: "once".to_owned(),
        ca_pem: Some("PEM".to_owned()),
    }
}

fn enrolled_under(root: u8) -> Enrolled {
    Enrolled {
        station: "booth-7".to_owned(),
        keys: keys_under(root, 1),
    }
}

fn keys_under(root: u8, version: u64) -> String {
    let document = KeyDocument {
        version,
        recipient: "age1platform".to_owned(),
        receipt_keys: vec![public_key_text(&key(RECEIPT).verifying_key())],
        manifest_keys: vec![public_key_text(&key(MANIFEST).verifying_key())],
        command_keys: vec![public_key_text(&key(COMMAND).verifying_key())],
    };
    jws::sign(Purpose::KeyDocument, &key(root), &document).unwrap()
}

fn booth() -> (TempDir, Station) {
    let folder = tempfile::tempdir().unwrap();
    let station = Station::enrol(
        folder.path(),
        &ticket(),
        "East hall",
        &enrolled_under(ROOT),
        &key(BOOTH),
    )
    .unwrap();
    (folder, station)
}

fn batch(school: &str) -> Batch {
    let text = || ConsentText {
        handler: "h".to_owned(),
        recipients: "r".to_owned(),
        purpose: "p".to_owned(),
        retention: "t".to_owned(),
        withdrawal: "w".to_owned(),
        full: "f".to_owned(),
    };
    Batch {
        feature_code: FeatureCode::parse("377hhj").unwrap(),
        serial: 1,
        school: school.to_owned(),
        name: "2027".to_owned(),
        opens: Wall::EPOCH,
        closes: Wall::EPOCH,
        known_through: Wall::EPOCH,
        revoked: false,
        fee_fen: 0,
        code_shapes: [].into(),
        profile: Profile::standard_99(),
        consent: ConsentTexts {
            version: "1".to_owned(),
            zh: text(),
            en: text(),
        },
    }
}

fn signed(batch: &Batch, by: u8) -> String {
    jws::sign(Purpose::BatchManifest, &key(by), batch).unwrap()
}

#[test]
fn an_enrolled_booth_is_the_same_after_a_restart() {
    let (folder, _) = booth();
    let station = Station::load(folder.path()).unwrap();
    assert_eq!((station.id(), station.name()), ("booth-7", "East hall"));
    assert_eq!(station.platform_url(), "https://platform.example");
    assert_eq!(station.ca_pem(), Some("PEM"));
    assert_eq!(station.recipient(), "age1platform");
    assert_eq!(station.signing_key(), &key(BOOTH));
    let receipt = jws::sign(Purpose::CaptureReceipt, &key(RECEIPT), &1).unwrap();
    assert!(jws::verify::<u8>(Purpose::CaptureReceipt, &receipt, &station.receipt_keys()).is_ok());
    let by_manifest_key = jws::sign(Purpose::CaptureReceipt, &key(MANIFEST), &1).unwrap();
    assert!(
        jws::verify::<u8>(
            Purpose::CaptureReceipt,
            &by_manifest_key,
            &station.receipt_keys()
        )
        .is_err()
    );
}

#[test]
fn an_empty_folder_is_a_booth_that_is_not_enrolled() {
    let folder = tempfile::tempdir().unwrap();
    for folder in [folder.path(), &folder.path().join("nothing")] {
        let error = Station::load(folder).unwrap_err();
        assert!(matches!(error, StationError::NotEnrolled), "{error}");
    }
}

#[test]
fn an_answer_under_another_root_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let error = Station::enrol(
        folder.path(),
        &ticket(),
        "East hall",
        &enrolled_under(RECEIPT),
        &key(BOOTH),
    )
    .unwrap_err();
    assert!(matches!(error, StationError::AnswerUntrusted(_)), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn an_enrolled_booth_is_not_enrolled_over() {
    let (folder, _) = booth();
    let again = Station::enrol(
        folder.path(),
        &ticket(),
        "Other",
        &enrolled_under(ROOT),
        &key(9),
    );
    assert!(matches!(again, Err(StationError::AlreadyEnrolled { .. })));
    let kept = Station::load(folder.path()).unwrap();
    assert_eq!(kept.signing_key(), &key(BOOTH));
}

#[test]
fn a_key_that_others_may_read_closes_the_booth_and_is_named() {
    let (folder, _) = booth();
    let file = folder.path().join(KEY_FILE);
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let words = Station::load(folder.path()).unwrap_err().to_string();
    assert!(words.contains(KEY_FILE) && words.contains("644"), "{words}");
}

#[test]
fn a_damaged_file_is_named_and_its_content_is_not() {
    let (folder, _) = booth();
    let secret = fs::read_to_string(folder.path().join(KEY_FILE)).unwrap();
    let secret = secret.trim();
    let short = secret.get(..40).unwrap();
    let extra = format!("{secret}{secret}");
    for bad in ["", "not base64!", short, &extra] {
        files::write(folder.path(), KEY_FILE, bad.as_bytes()).unwrap();
        let error = Station::load(folder.path()).unwrap_err();
        let words = format!("{error} {error:?}");
        assert!(
            words.contains(KEY_FILE) && !words.contains(short),
            "{words}"
        );
    }
    files::write(folder.path(), KEY_FILE, secret.as_bytes()).unwrap();
    files::write(folder.path(), IDENTITY_FILE, b"{\"station\": 1}").unwrap();
    let words = Station::load(folder.path()).unwrap_err().to_string();
    assert!(words.contains(IDENTITY_FILE), "{words}");
}

#[test]
fn the_service_managers_credential_weighs_more_than_a_file_and_needs_none() {
    let (folder, _) = booth();
    let handed = TempDir::new().unwrap();
    assert_eq!(
        read_key(folder.path(), Some(handed.path())).unwrap(),
        (key(BOOTH), KeyPlace::File)
    );
    write_key(handed.path(), &key(9)).unwrap();
    // One user's access shows as the group's.
    let shown = fs::Permissions::from_mode(0o440);
    fs::set_permissions(handed.path().join(KEY_FILE), shown).unwrap();
    fs::remove_file(folder.path().join(KEY_FILE)).unwrap();
    assert_eq!(
        read_key(folder.path(), Some(handed.path())).unwrap(),
        (key(9), KeyPlace::Credential)
    );
    fs::write(handed.path().join(KEY_FILE), "not base64!").unwrap();
    let error = read_key(folder.path(), Some(handed.path())).unwrap_err();
    assert!(matches!(error, StationError::Damaged { .. }), "{error}");
}

#[test]
fn a_missing_key_is_not_the_same_as_a_booth_never_enrolled() {
    let (folder, _) = booth();
    fs::remove_file(folder.path().join(KEY_FILE)).unwrap();
    let error = Station::load(folder.path()).unwrap_err();
    assert!(matches!(error, StationError::Missing { .. }), "{error}");
}

#[test]
fn a_key_document_changed_on_the_disk_is_refused() {
    let (folder, _) = booth();
    let file = folder.path().join(IDENTITY_FILE);
    let mut identity: serde_json::Value =
        serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    identity["keys"] = enrolled_under(RECEIPT).keys.into();
    fs::write(&file, identity.to_string()).unwrap();
    let error = Station::load(folder.path()).unwrap_err();
    assert!(matches!(error, StationError::Untrusted { .. }), "{error}");
}

#[test]
fn a_stick_brings_newer_keys_and_an_older_or_foreign_document_changes_nothing() {
    let (folder, _) = booth();
    let stick = tempfile::tempdir().unwrap();
    let bring = |name: &str, keys: String| {
        fs::write(stick.path().join(name), format!("{keys}\r\n")).unwrap();
        Station::renew_from(folder.path(), stick.path())
    };
    let held = || Station::load(folder.path()).unwrap().keys_version();
    assert_eq!(
        bring("a.jws", keys_under(ROOT, 1)).unwrap().keys_version(),
        1
    );
    assert_eq!(
        bring("b.jws", keys_under(ROOT, 7)).unwrap().keys_version(),
        7
    );
    assert_eq!(
        bring("c.jws", keys_under(ROOT, 3)).unwrap().keys_version(),
        7
    );
    let why = bring("d.jws", keys_under(RECEIPT, 9)).unwrap_err();
    assert!(matches!(why, StationError::KeysNotTaken(_)), "{why}");
    assert_eq!(held(), 7);
}

fn pinned(station: &Station) -> Option<Batch> {
    let held = station.batches().pinned().unwrap();
    held.map(|held| held.batch)
}

#[test]
fn a_batch_is_pinned_only_if_the_platform_signed_it() {
    let (folder, station) = booth();
    assert_eq!(pinned(&station), None);
    station.pin_batch(&signed(&batch("A"), MANIFEST)).unwrap();
    for strange in [signed(&batch("B"), RECEIPT), "<html>".to_owned()] {
        let why = station.pin_batch(&strange).unwrap_err();
        assert_eq!(why.trouble(), BatchTrouble::Foreign);
    }
    assert_eq!(pinned(&station), Some(batch("A")));
    let again = Station::load(folder.path()).unwrap();
    assert_eq!(pinned(&again), Some(batch("A")));
    again.batches().unpin().unwrap();
    again.batches().unpin().unwrap();
    assert_eq!(pinned(&station), None);
}

#[test]
fn a_pinned_batch_changed_on_the_disk_is_refused_by_name() {
    let (folder, station) = booth();
    station.pin_batch(&signed(&batch("A"), MANIFEST)).unwrap();
    let held = folder.path().join(BATCHES_FOLDER);
    for bad in [signed(&batch("B"), ROOT).into_bytes(), vec![0xff, 0xfe]] {
        files::write(&held, "377hhj.json", &bad).unwrap();
        let words = station.batches().pinned().unwrap_err().to_string();
        assert!(words.contains("377hhj.json"), "{words}");
    }
    files::write(folder.path(), PINNED_FILE, b"{}").unwrap();
    let words = station.batches().pinned().unwrap_err().to_string();
    assert!(words.contains(PINNED_FILE), "{words}");
}

#[test]
fn a_booth_never_goes_back_to_an_older_state_of_a_batch() {
    let (_folder, station) = booth();
    let state = |serial| Batch {
        serial,
        ..batch("A")
    };
    let keep = |serial| {
        let token = signed(&state(serial), MANIFEST);
        station.batches().keep(&token, None)
    };
    keep(5).unwrap();
    let older = keep(4).unwrap_err();
    assert_eq!(older.trouble(), BatchTrouble::Older);
    assert!(older.to_string().contains("serial 4"), "{older}");
    keep(6).unwrap();
    let held = station.batches().all().unwrap();
    assert_eq!(held.len(), 1);
    assert!(held.iter().all(|held| held.batch == state(6)));
}

#[test]
fn a_batch_is_found_as_printed_or_in_other_letters_if_only_one_fits() {
    let (_folder, station) = booth();
    let of = |code| Batch {
        feature_code: FeatureCode::parse(code).unwrap(),
        ..batch("A")
    };
    let find = |code| {
        let held = station.batches().find(&FeatureCode::parse(code).unwrap());
        held.unwrap()
            .map(|held| held.batch.feature_code.as_str().to_owned())
    };
    let keep = |code| {
        let token = signed(&of(code), MANIFEST);
        station
            .batches()
            .keep(&token, Some("tag".to_owned()))
            .unwrap();
    };
    assert_eq!(find("377hhj"), None);
    keep("377hhj");
    assert_eq!(find("377HHJ").as_deref(), Some("377hhj"));
    keep("377hhJ");
    assert_eq!(find("377hhJ").as_deref(), Some("377hhJ"));
    assert_eq!(find("377HHJ"), None, "two fit");
    let held = station.batches().all().unwrap();
    assert!(held.iter().all(|held| held.etag.as_deref() == Some("tag")));
}

#[test]
fn a_stick_brings_bare_manifests_and_the_platforms_answers_and_nothing_else_of_it_is_taken() {
    let stick = tempfile::tempdir().unwrap();
    let token = signed(&batch("A"), MANIFEST);
    let answer = serde_json::to_vec(&SignedBatch {
        manifest: token.clone(),
    });
    let receipt = jws::sign(Purpose::CaptureReceipt, &key(RECEIPT), &1).unwrap();
    for (name, bytes) in [
        ("a.jws", format!("{token}\n").into_bytes()),
        ("b.json", answer.unwrap()),
        ("c.jws", receipt.into_bytes()),
        ("holiday.jpg", vec![0xff, 0xd8, 0xff]),
    ] {
        fs::write(stick.path().join(name), bytes).unwrap();
    }
    fs::create_dir(stick.path().join("folder")).unwrap();
    let found = documents_at(stick.path(), Purpose::BatchManifest).unwrap();
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|(_, manifest)| *manifest == token));
    let one = documents_at(&stick.path().join("a.jws"), Purpose::BatchManifest).unwrap();
    assert_eq!(one.len(), 1);
    let words = documents_at(&stick.path().join("none"), Purpose::BatchManifest).unwrap_err();
    assert!(words.to_string().contains("none"), "{words}");
}

#[test]
fn a_batch_saved_on_windows_is_taken_and_another_encoding_is_named() {
    use crate::plain_text::tests::{gbk, notepad, utf16};
    let stick = tempfile::tempdir().unwrap();
    let token = signed(&batch("A"), MANIFEST);
    let answer = serde_json::to_string_pretty(&SignedBatch {
        manifest: token.clone(),
    });
    let answer = answer.unwrap();
    let unread = || {
        documents_at(stick.path(), Purpose::BatchManifest)
            .unwrap_err()
            .to_string()
    };
    fs::write(stick.path().join("notes.txt"), gbk("备忘\n")).unwrap();
    assert!(unread().contains("GBK"), "{}", unread());
    fs::remove_file(stick.path().join("notes.txt")).unwrap();
    fs::write(stick.path().join("a.json"), utf16(&answer)).unwrap();
    let words = unread();
    assert!(
        words.contains("a.json") && words.contains("UTF-16"),
        "{words}"
    );
    fs::write(stick.path().join("b.json"), notepad(&answer)).unwrap();
    let found = documents_at(stick.path(), Purpose::BatchManifest).unwrap();
    assert_eq!(found.len(), 1, "what is a batch is taken all the same");
    assert_eq!(found[0].1, token);
}

fn at(ms: i64, trust: Trust) -> Now {
    Now {
        mono: Mono::default(),
        wall: Wall::from_unix_ms(ms),
        trust,
    }
}

#[test]
fn a_command_is_obeyed_by_its_booth_in_its_time_and_once() {
    let (folder, station) = booth();
    let command = |station: &str, number, by| {
        let command = StationCommand {
            station: station.to_owned(),
            number,
            expires: Wall::from_unix_ms(1_000),
            order: Order::PinBatch(FeatureCode::parse("377hhj").unwrap()),
        };
        jws::sign(Purpose::StationCommand, &key(by), &command).unwrap()
    };
    let read = |token: &str, now| station.batches().command(token, now);
    let (in_time, late) = (at(900, Trust::Trusted), at(1_100, Trust::Trusted));
    let good = command("booth-7", 2, COMMAND);
    for (token, now, trouble) in [
        (
            command("booth-7", 2, MANIFEST),
            in_time,
            CommandTrouble::Foreign,
        ),
        ("anything".to_owned(), in_time, CommandTrouble::Foreign),
        (
            command("booth-8", 2, COMMAND),
            in_time,
            CommandTrouble::OtherBooth,
        ),
        (good.clone(), late, CommandTrouble::Expired),
    ] {
        assert_eq!(read(&token, now), Err(trouble));
    }
    assert!(read(&good, at(1_100, Trust::Unknown)).is_ok());
    let obeyed = read(&good, in_time).unwrap();
    station.batches().note_obeyed(&obeyed).unwrap();
    let again = Station::load(folder.path()).unwrap();
    for number in [1, 2] {
        let token = command("booth-7", number, COMMAND);
        let answer = again.batches().command(&token, in_time);
        assert_eq!(answer, Err(CommandTrouble::Used));
    }
    assert!(read(&command("booth-7", 3, COMMAND), in_time).is_ok());
}

#[test]
fn no_debug_shows_a_secret() {
    let (folder, station) = booth();
    let secret = fs::read_to_string(folder.path().join(KEY_FILE)).unwrap();
    let shown = format!("{station:?}");
    assert!(
        shown.contains("booth-7") && !shown.contains(secret.trim()),
        "{shown}"
    );
}

#[test]
fn two_new_keys_differ() {
    assert_ne!(new_key().unwrap(), new_key().unwrap());
}

#[test]
fn a_machine_that_asked_before_asks_with_the_same_key() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("station");
    let first = Station::key_to_enrol(&home).unwrap();
    assert_eq!(Station::key_to_enrol(&home).unwrap(), first);
    let error = Station::load(&home).unwrap_err();
    assert!(matches!(error, StationError::NotEnrolled), "{error}");
    Station::enrol(&home, &ticket(), "East hall", &enrolled_under(ROOT), &first).unwrap();
    let error = Station::key_to_enrol(&home).unwrap_err();
    assert!(
        matches!(error, StationError::AlreadyEnrolled { .. }),
        "{error}"
    );
}

/// A publication of 2027 with one day off.
fn calendar(issued_ms: i64, off: jiff::civil::Date) -> CalendarDocument {
    CalendarDocument {
        issued: Wall::from_unix_ms(issued_ms),
        years: vec![Year {
            year: 2027,
            source: "made up".to_owned(),
            off: vec![Festival {
                name: "元旦".to_owned(),
                from: off,
                to: off,
            }],
            make_up: [].into(),
        }],
        service: None,
    }
}

fn published(document: &CalendarDocument, by: u8) -> String {
    jws::sign(Purpose::Calendar, &key(by), document).unwrap()
}

#[test]
fn a_calendar_stays_over_a_restart_and_an_earlier_one_does_not_replace_it() {
    let (folder, station) = booth();
    let new_year = date(2027, 1, 1);
    let held = || {
        let station = Station::load(folder.path()).unwrap();
        station.batches().calendar().unwrap()
    };
    assert_eq!(held(), Published::default());
    let keep = |document: &CalendarDocument| {
        let token = published(document, MANIFEST);
        station.batches().keep_calendar(&format!("{token}\n"))
    };
    let kept = keep(&calendar(2_000, new_year)).unwrap();
    assert_eq!(held(), kept);
    assert!(held().calendar.knows(new_year));
    let error = keep(&calendar(1_000, date(2027, 1, 4))).unwrap_err();
    assert!(matches!(error, CalendarNotKept::Older { .. }), "{error}");
    assert_eq!(held(), kept);
    keep(&calendar(3_000, date(2027, 1, 4))).unwrap();
    assert!(!held().calendar.is_weekday(date(2027, 1, 4)));
    assert!(held().calendar.is_weekday(new_year));
}

#[test]
fn a_calendar_that_is_refused_leaves_the_held_one() {
    let (folder, station) = booth();
    let good = calendar(1_000, date(2027, 1, 1));
    let kept = station
        .batches()
        .keep_calendar(&published(&good, MANIFEST))
        .unwrap();
    let mut both = calendar(2_000, date(2027, 1, 2));
    both.years[0].make_up.insert(date(2027, 1, 2));
    let elsewhere = calendar(2_000, date(2026, 12, 31));
    let mut large = calendar(2_000, date(2027, 1, 1));
    large.years[0].source = "x".repeat(60_000);
    let later = calendar(2_000, date(2027, 1, 4));
    for (token, named) in [
        (
            published(&later, RECEIPT),
            "not signed by this booth's platform",
        ),
        (signed(&batch("A"), MANIFEST), "another purpose"),
        ("made up".to_owned(), "not a compact JWS"),
        (published(&both, MANIFEST), "2027-01-02 is both a day off"),
        (published(&elsewhere, MANIFEST), "2026-12-31 under the year"),
        (published(&large, MANIFEST), "larger than 48 KiB"),
    ] {
        let error = station.batches().keep_calendar(&token).unwrap_err();
        assert!(error.to_string().contains(named), "{error}");
        assert_eq!(station.batches().calendar().unwrap(), kept);
    }
    // A file that was altered on the disk is as good as none.
    fs::write(folder.path().join(CALENDAR_FILE), "torn").unwrap();
    assert_eq!(station.batches().calendar().unwrap(), Published::default());
    station
        .batches()
        .keep_calendar(&published(&good, MANIFEST))
        .unwrap();
}

#[test]
fn a_stick_brings_the_calendar_and_says_what_is_wrong_with_it() {
    let (folder, station) = booth();
    let stick = tempfile::tempdir().unwrap();
    let take = || Station::take_calendar(folder.path(), stick.path());
    assert!(take().unwrap().is_none());
    let token = published(&calendar(1_000, date(2027, 1, 1)), MANIFEST);
    let file = stick.path().join(CALENDAR_FILE);
    fs::write(&file, crate::plain_text::tests::notepad(&token)).unwrap();
    let taken = take().unwrap().unwrap();
    assert_eq!(station.batches().calendar().unwrap(), taken);
    let found = documents_at(stick.path(), Purpose::Calendar).unwrap();
    assert_eq!(found, [(file.clone(), token)]);
    fs::write(&file, [0xff, 0xfe, 0x00, 0xd8]).unwrap();
    let error = take().unwrap_err().to_string();
    assert!(error.contains("not a compact JWS"), "{error}");
}
