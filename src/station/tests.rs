use std::{fs, os::unix::fs::PermissionsExt};

use tempfile::TempDir;

use super::*;
use crate::{
    code::FeatureCode,
    contract::{ConsentText, ConsentTexts, public_key_text},
    profile::Profile,
    time::Wall,
};

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

const ROOT: u8 = 1;
const RECEIPT: u8 = 2;
const MANIFEST: u8 = 3;
const BOOTH: u8 = 4;

fn ticket() -> EnrolmentTicket {
    EnrolmentTicket {
        platform: "https://platform.example".to_owned(),
        root_key: public_key_text(&key(ROOT).verifying_key()),
        one_time_code: "once".to_owned(),
        ca_pem: Some("PEM".to_owned()),
    }
}

fn enrolled_under(root: u8) -> Enrolled {
    let document = KeyDocument {
        version: 1,
        recipient: "age1platform".to_owned(),
        receipt_keys: vec![public_key_text(&key(RECEIPT).verifying_key())],
        manifest_keys: vec![public_key_text(&key(MANIFEST).verifying_key())],
    };
    Enrolled {
        station: "booth-7".to_owned(),
        keys: jws::sign(Purpose::KeyDocument, &key(root), &document).unwrap(),
    }
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
        school: school.to_owned(),
        name: "2027".to_owned(),
        opens: Wall::EPOCH,
        closes: Wall::EPOCH,
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
    assert!(
        jws::verify::<u8>(Purpose::CaptureReceipt, &receipt, &station.manifest_keys()).is_err()
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
fn a_batch_is_pinned_only_if_the_platform_signed_it() {
    let (_folder, station) = booth();
    assert_eq!(station.batch().unwrap(), None);
    station.pin_batch(&signed(&batch("A"), MANIFEST)).unwrap();
    assert_eq!(station.batch().unwrap(), Some(batch("A")));
    for strange in [signed(&batch("B"), RECEIPT), "<html>".to_owned()] {
        let error = station.pin_batch(&strange).unwrap_err();
        assert!(matches!(error, StationError::BatchRefused(_)), "{error}");
    }
    assert_eq!(station.batch().unwrap(), Some(batch("A")));
}

#[test]
fn a_pinned_batch_changed_on_the_disk_is_refused_by_name() {
    let (folder, station) = booth();
    for bad in [signed(&batch("B"), ROOT).into_bytes(), vec![0xff, 0xfe]] {
        files::write(folder.path(), BATCH_FILE, &bad).unwrap();
        let words = station.batch().unwrap_err().to_string();
        assert!(words.contains(BATCH_FILE), "{words}");
    }
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
fn a_fingerprint_is_the_key_id_in_groups() {
    let root = key(ROOT).verifying_key();
    let text = fingerprint(&root);
    assert_eq!(text.replace(' ', ""), jws::key_id(&root));
    assert_eq!(text.split(' ').count(), 4);
}
