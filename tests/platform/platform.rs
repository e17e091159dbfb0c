//! A booth and the reference platform, in agreement and in dispute.

use std::{fs, os::unix::fs::PermissionsExt, process::Command, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use capture_station::{
    capture::AuditHead,
    contract::{
        Batch, CaptureReceipt, EnrolRequest, Outcome, PersonRequest, Refusal, SignedEnrolRequest,
        public_key_text, sha256_hex,
    },
    jws::{self, KeySet, Purpose},
    platform::{self, Delivery, DocumentAnswer, EnrolError, ResolveOutcome},
    reference::{self, RECIPIENT_FILE},
    time::Wall,
};
use ed25519_dalek::SigningKey;

use crate::booth::{
    Booth, ORIGINAL, PORTRAIT, Served, client, enrol_request, heartbeat, id, manifest, now,
};

fn parked(refusal: Refusal) -> Outcome {
    Outcome::Parked(refusal)
}

pub fn deliver(booth: &Booth, n: u8, seq: u64, parcel: &[u8]) -> Delivery {
    let hash = sha256_hex(parcel);
    booth
        .client
        .deliver(id(n), seq, parcel.to_vec(), &hash, now())
}

pub fn receipt(served: &Served, delivery: &Delivery) -> CaptureReceipt {
    assert_eq!(delivery.outcome, Outcome::Stored, "{}", delivery.reason());
    let token = delivery.receipt.as_deref().unwrap();
    jws::verify(
        Purpose::CaptureReceipt,
        token,
        &served.platform.receipt_keys(),
    )
    .unwrap()
}

#[test]
fn a_parcel_comes_back_as_a_receipt_and_opens_at_the_platform() {
    let served = Served::start();
    let booth = Booth::enrolled_at(&served, 1);
    let parcel = booth.parcel(id(1), 7);
    let receipt = receipt(&served, &deliver(&booth, 1, 7, &parcel));
    assert_eq!(receipt.station, booth.station);
    assert_eq!((receipt.id, receipt.seq), (id(1), 7));
    assert_eq!(receipt.hash, sha256_hex(&parcel));
    assert_eq!(served.platform.captures().unwrap(), [id(1)]);
    let opened = served.platform.open_parcel(id(1)).unwrap();
    assert_eq!(
        (opened.portrait.as_slice(), opened.original.as_slice()),
        (PORTRAIT, ORIGINAL)
    );
    assert_eq!(opened.manifest_json, manifest(&booth.station, id(1), 7));
}

#[test]
fn the_same_bytes_again_are_one_capture_with_the_same_receipt() {
    let served = Served::start();
    let booth = Booth::enrolled_at(&served, 1);
    let parcel = booth.parcel(id(1), 1);
    let first = deliver(&booth, 1, 1, &parcel);
    assert_eq!(deliver(&booth, 1, 1, &parcel), first);
    let served = Served::start_in(served.stop());
    let after_restart = client(&served.url, &booth.station, &booth.key);
    let again = after_restart.deliver(id(1), 1, parcel.clone(), &sha256_hex(&parcel), now());
    assert_eq!(again, first);
    assert_eq!(served.platform.captures().unwrap(), [id(1)]);
}

#[test]
fn other_bytes_under_an_id_are_refused_and_the_first_stay() {
    let served = Served::start();
    let booth = Booth::enrolled_at(&served, 1);
    let first = booth.parcel(id(1), 1);
    receipt(&served, &deliver(&booth, 1, 1, &first));
    let other = deliver(&booth, 1, 1, &booth.parcel(id(1), 1));
    assert_eq!(other.outcome, parked(Refusal::OtherBytesUnderId));
    assert_eq!(other.receipt, None);
    let stranger = Booth::enrolled_at(&served, 2);
    let theirs = deliver(&stranger, 1, 1, &first);
    assert_eq!(theirs.outcome, parked(Refusal::OtherBytesUnderId));
    let stored = served.folder.path().join(format!("parcels/{}.age", id(1)));
    assert_eq!(fs::read(stored).unwrap(), first);
}

#[test]
fn what_cannot_be_opened_or_verified_gets_no_receipt() {
    let served = Served::start();
    let booth = Booth::enrolled_at(&served, 1);
    let json = manifest(&booth.station, id(1), 1);
    let token = booth.sign(&json);
    let forger = Booth::enrolled_at(&served, 2);
    let forged = forger.sign(&json);
    let whole = |json: &[u8], token: &str, portrait: &[u8]| {
        booth.seal(&[
            ("manifest.json", json),
            ("manifest.jws", token.as_bytes()),
            ("portrait.jpg", portrait),
            ("original.jpg", ORIGINAL),
        ])
    };
    let mut flipped = whole(&json, &token, PORTRAIT);
    *flipped.last_mut().unwrap() ^= 1;
    let mut cut = whole(&json, &token, PORTRAIT);
    cut.truncate(cut.len() - 20);
    let other_id = manifest(&booth.station, id(2), 1);
    let other_seq = manifest(&booth.station, id(1), 2);
    let other_station = manifest(&forger.station, id(1), 1);
    let with_more = booth.seal(&[
        ("manifest.json", &json),
        ("manifest.jws", token.as_bytes()),
        ("portrait.jpg", PORTRAIT),
        ("original.jpg", ORIGINAL),
        ("../../escape", b"x"),
    ]);
    for (what, parcel) in [
        ("a flipped bit", flipped),
        ("a lost end", cut),
        ("no age file", b"not an age file".to_vec()),
        ("no members", booth.seal(&[])),
        ("another member", with_more),
        ("another portrait", whole(&json, &token, b"another")),
        ("another booth's signature", whole(&json, &forged, PORTRAIT)),
        (
            "a manifest that was not signed",
            whole(&other_seq, &token, PORTRAIT),
        ),
        (
            "another id",
            whole(&other_id, &booth.sign(&other_id), PORTRAIT),
        ),
        (
            "another number",
            whole(&other_seq, &booth.sign(&other_seq), PORTRAIT),
        ),
        (
            "another booth",
            whole(&other_station, &booth.sign(&other_station), PORTRAIT),
        ),
    ] {
        let delivery = deliver(&booth, 1, 1, &parcel);
        assert_eq!(delivery.outcome, parked(Refusal::NotOpened), "{what}");
        assert_eq!(delivery.receipt, None);
    }
    assert!(served.platform.captures().unwrap().is_empty());
}

#[test]
fn a_booth_that_the_platform_does_not_know_is_asked_to_wait() {
    let served = Served::start();
    let known = Booth::enrolled_at(&served, 1);
    let parcel = known.parcel(id(1), 1);
    let strange_key = SigningKey::from_bytes(&[9; 32]);
    for strange in [
        client(&served.url, "nobody", &strange_key),
        client(&served.url, &known.station, &strange_key),
    ] {
        let delivery = strange.deliver(id(1), 1, parcel.clone(), &sha256_hex(&parcel), now());
        assert_eq!(delivery.outcome, Outcome::Later { after: None });
        assert!(delivery.reason().contains("401"), "{}", delivery.reason());
    }
    let lying = known
        .client
        .deliver(id(1), 1, parcel.clone(), &sha256_hex(b"other"), now());
    assert_eq!(lying.outcome, Outcome::Later { after: None });
}

#[test]
fn a_booth_whose_clock_is_wrong_by_years_still_delivers() {
    let served = Served::start();
    let booth = Booth::enrolled_at(&served, 1);
    let parcel = booth.parcel(id(1), 1);
    let hash = sha256_hex(&parcel);
    let delivery = booth
        .client
        .deliver(id(1), 1, parcel.clone(), &hash, Wall::EPOCH);
    receipt(&served, &delivery);
    let question = question("1234");
    let answer = booth.client.resolve(&question, Wall::EPOCH);
    assert_eq!(
        answer,
        ResolveOutcome::NoAnswer,
        "an old question may be a replayed one"
    );
}

#[test]
fn a_one_time_code_enrols_one_booth() {
    let served = Served::start();
    let enrol = |code: &str, seed| {
        let key = SigningKey::from_bytes(&[seed; 32]);
        platform::enrol(&served.url, None, &enrol_request(code, &key))
    };
    let code = served.platform.ticket(&served.url).unwrap().one_time_code;
    assert_eq!(enrol("wrong", 1), Err(EnrolError::CodeRefused));
    let first = enrol(&code, 1).unwrap();
    assert_eq!(
        enrol(&code, 1).unwrap(),
        first,
        "the answer may have been lost"
    );
    assert_eq!(enrol(&code, 2), Err(EnrolError::CodeRefused));
    let other = served.platform.ticket(&served.url).unwrap();
    assert_ne!(other.one_time_code, code);
    assert_ne!(
        enrol(&other.one_time_code, 2).unwrap().station,
        first.station
    );
}

#[test]
fn nobody_enrols_a_key_that_somebody_else_holds() {
    let served = Served::start();
    let code = served.platform.ticket(&served.url).unwrap().one_time_code;
    let theirs = SigningKey::from_bytes(&[1; 32]);
    let asked = EnrolRequest {
        one_time_code: code.clone(),
        station_key: public_key_text(&theirs.verifying_key()),
        name: "图书馆 1".to_owned(),
    };
    let mine = SigningKey::from_bytes(&[2; 32]);
    let request = SignedEnrolRequest {
        request: jws::sign(Purpose::EnrolmentRequest, &mine, &asked).unwrap(),
    };
    let why = platform::enrol(&served.url, None, &request).unwrap_err();
    assert!(why.to_string().contains("400"), "{why}");
    let honest = platform::enrol(&served.url, None, &enrol_request(&code, &theirs));
    assert!(honest.is_ok(), "the code is not spent");
}

#[test]
fn the_batch_comes_signed_and_only_when_it_changed() {
    let served = Served::start();
    let booth = Booth::enrolled_at(&served, 1);
    let demo = reference::demo_batch();
    let code = &demo.feature_code;
    let DocumentAnswer::Signed { token, etag } =
        booth.client.batch(code, None, None, now()).unwrap()
    else {
        panic!("no manifest");
    };
    let document = booth.client.keys().unwrap();
    let root = served.platform.ticket("").unwrap().root().unwrap();
    let keys = capture_station::contract::KeyDocument::verify(&document, &root).unwrap();
    let batch: Batch = jws::verify(
        Purpose::BatchManifest,
        &token,
        &keys.manifest_keys().unwrap(),
    )
    .unwrap();
    assert_eq!(batch, demo);
    assert_eq!(served.platform.sign_batch(&demo).unwrap(), token);
    let held = booth.client.batch(code, etag.as_deref(), None, now());
    assert_eq!(held, Ok(DocumentAnswer::Unchanged));
    let unknown = capture_station::code::FeatureCode::parse("zzzzzz").unwrap();
    let answer = booth.client.batch(&unknown, None, None, now());
    assert_eq!(answer, Ok(DocumentAnswer::Unknown));
}

fn question(tail: &str) -> PersonRequest {
    PersonRequest {
        feature_code: reference::demo_batch().feature_code,
        code: STANDARD.encode(b"a code"),
        tail: tail.to_owned(),
    }
}

#[test]
fn a_tail_that_does_not_fit_is_told_and_tries_are_limited() {
    let served = Served::start();
    let booth = Booth::enrolled_at(&served, 1);
    let resolve = |tail| booth.client.resolve(&question(tail), now());
    let ResolveOutcome::Known(person) = resolve("002X") else {
        panic!("nobody");
    };
    assert!(person.paid && person.masked_name.contains('*'));
    for _ in 0..5 {
        assert_eq!(resolve("0000"), ResolveOutcome::DoesNotMatch);
    }
    assert_eq!(
        resolve("002X"),
        ResolveOutcome::NoAnswer,
        "no more guessing"
    );
}

#[test]
fn a_heartbeat_learns_the_largest_number_and_the_time() {
    let served = Served::start();
    let booth = Booth::enrolled_at(&served, 1);
    let beat = heartbeat(AuditHead::default());
    assert_eq!(booth.client.heartbeat(&beat, now()).unwrap().known_seq, 0);
    receipt(&served, &deliver(&booth, 1, 42, &booth.parcel(id(1), 42)));
    let answer = booth.client.heartbeat(&beat, now()).unwrap();
    assert_eq!(answer.known_seq, 42);
    let off = answer.at.unix_ms().abs_diff(now().unix_ms());
    assert!(Duration::from_millis(off) < Duration::from_mins(1));
}

#[test]
fn a_stored_parcel_opens_with_stock_tools_and_keys_are_private() {
    let served = Served::start();
    let booth = Booth::enrolled_at(&served, 1);
    receipt(&served, &deliver(&booth, 1, 1, &booth.parcel(id(1), 1)));
    let folder = served.folder.path();
    for key in ["root.key", "receipt.key", "manifest.key", RECIPIENT_FILE] {
        let mode = fs::metadata(folder.join(key)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{key}");
    }
    let tar = Command::new("age")
        .arg("-d")
        .arg("-i")
        .arg(folder.join(RECIPIENT_FILE))
        .arg(folder.join(format!("parcels/{}.age", id(1))))
        .output()
        .unwrap();
    assert!(
        tar.status.success(),
        "{}",
        String::from_utf8_lossy(&tar.stderr)
    );
    let mut archive = tar::Archive::new(tar.stdout.as_slice());
    let names: Vec<String> = archive
        .entries()
        .unwrap()
        .map(|entry| entry.unwrap().path().unwrap().display().to_string())
        .collect();
    assert_eq!(
        names,
        [
            "manifest.json",
            "manifest.jws",
            "portrait.jpg",
            "original.jpg"
        ]
    );
}

#[test]
fn keys_stay_the_same_after_a_restart() {
    let served = Served::start();
    let root = served.platform.ticket("").unwrap().root_key;
    let folder = served.stop();
    let again = reference::Platform::open(folder.path()).unwrap();
    assert_eq!(again.ticket("").unwrap().root_key, root);
}

#[test]
fn a_receipt_of_another_platform_does_not_verify() {
    let (served, other) = (Served::start(), Served::start());
    let booth = Booth::enrolled_at(&other, 1);
    let delivery = deliver(&booth, 1, 1, &booth.parcel(id(1), 1));
    let token = delivery.receipt.unwrap();
    let keys: KeySet = served.platform.receipt_keys();
    assert!(jws::verify::<CaptureReceipt>(Purpose::CaptureReceipt, &token, &keys).is_err());
}
