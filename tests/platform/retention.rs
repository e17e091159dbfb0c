//! What the consent promises about deletion, and that it happens.

use std::{fs, process::Command, time::Duration};

use capture_station::{
    contract::{
        CONSENT_NOTE, CaptureStatement, Change, Outcome, RejectReason, Stage, receipt_url,
        sha256_hex,
    },
    jws::{self, Purpose},
    profile::PaymentPolicy,
    reference::Said,
};
use serde_json::json;

use crate::{
    booth::{Booth, id, manifest},
    hall::{ANNA, BERT, Hall, PREPAID, Person, Shot, at},
    pages,
};

const CARL: Person = Person {
    code: "a third code",
    tail: "5678",
};

/// The batch ends with 2026-06-30; seven working days later, at midnight in China.
const DUE: &str = "2026-07-09T16:00:00Z";

fn parcels(hall: &Hall) -> Vec<String> {
    files(hall, "parcels")
}

fn files(hall: &Hall, folder: &str) -> Vec<String> {
    let folder = fs::read_dir(hall.served.folder.path().join(folder)).unwrap();
    let names = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

fn brings_consent(booth: &Booth, hall: &Hall, n: u8) {
    let manifest: serde_json::Value =
        serde_json::from_slice(&manifest(&booth.station, id(n), n.into())).unwrap();
    let record = json!({
        "id": id(n), "station": booth.station,
        "batch": manifest.pointer("/facts/batch"), "consent": manifest.pointer("/facts/consent")
    });
    let token = jws::sign(Purpose::ConsentRecord, &booth.key, &record).unwrap();
    let recipient: age::x25519::Recipient = booth.recipient.parse().unwrap();
    let note = age::encrypt(&recipient, token.as_bytes()).unwrap();
    let hash = sha256_hex(&note);
    let name = (id(n), n.into(), CONSENT_NOTE);
    let delivery = booth.client.deliver_note(name, note, &hash, hall.now());
    assert_eq!(delivery.outcome, Outcome::Stored, "{}", delivery.reason());
}

/// Returns how many rows still contain a person's code.
fn rows_of(hall: &Hall, who: Person) -> u32 {
    let path = hall.served.folder.path().join("platform.sqlite");
    let rows = rusqlite::Connection::open(path).unwrap();
    let sql = "SELECT (SELECT count(*) FROM progress WHERE code_sha256 = ?1)
        + (SELECT count(*) FROM pay_order WHERE code_sha256 = ?1)";
    let hash = sha256_hex(who.code.as_bytes());
    rows.query_row(sql, [hash], |row| row.get(0)).unwrap()
}

fn page(hall: &Hall, booth: &Booth, n: u8) -> String {
    let statement = CaptureStatement {
        station: booth.station.clone(),
        id: id(n),
        captured_at: hall.now(),
    };
    let token = jws::sign(Purpose::CaptureStatement, &booth.key, &statement).unwrap();
    let url = receipt_url(&hall.served.url, &token);
    let path = url.strip_prefix(&hall.served.url).unwrap();
    pages::asked(&hall.served, "GET", path, b"").text()
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one capture, from its batch's end to its deletion"
)]
fn pictures_and_person_go_seven_working_days_after_the_batch_once_passed_on() {
    let hall = Hall::open(PaymentPolicy::AtKiosk);
    let booth = Booth::enrolled_at(&hall.served, 1);
    let (platform, now) = (&hall.served.platform, hall.now());
    booth.brings(&hall, (id(1), 1), ANNA, PREPAID);
    booth.brings(&hall, (id(2), 2), BERT, PREPAID);
    booth.brings(&hall, (id(3), 3), CARL, PREPAID);
    let again = Shot {
        at: "2026-06-08T03:00:00Z",
        ..PREPAID
    };
    booth.brings(&hall, (id(4), 4), CARL, again);
    booth.client.order(&ANNA.orders(id(1)), now).unwrap();
    brings_consent(&booth, &hall, 1);
    booth.amends(&hall, (id(1), 1), 1, Change::Contact("AAAA".to_owned()));
    platform.approve(id(1), now).unwrap();
    platform.standard_ready(id(1), now).unwrap();
    booth.client.confirm(id(1), &ANNA.asks(), now);
    platform.upload(id(1), now).unwrap();
    platform.reject(id(2), &[RejectReason::Roll], now).unwrap();
    let sealed = hall
        .served
        .folder
        .path()
        .join(format!("parcels/{}.age", id(1)));
    let sealed = fs::read(sealed).unwrap();

    hall.set(at(DUE).last_moment());
    assert_eq!(platform.erase_due(hall.now()).unwrap(), []);
    hall.set(at(DUE));
    assert_eq!(
        platform.erase_due(hall.now()).unwrap(),
        [id(1), id(2), id(3)]
    );
    assert_eq!(platform.erase_due(hall.now()).unwrap(), [], "once");

    // A capture that still waits for its auditor is kept until it is passed on, and is shown as
    // overdue.
    assert_eq!(parcels(&hall), [format!("{}.age", id(4))]);
    assert_eq!(platform.captures().unwrap(), [id(4)]);
    assert_eq!([ANNA, BERT, CARL].map(|who| rows_of(&hall, who)), [0, 0, 1]);
    assert!(platform.open_parcel(id(1)).is_err());
    let kept = platform.retention().unwrap();
    assert_eq!((kept[0].held, kept[0].erased), (1, 3));
    assert_eq!(kept[0].until, Some(at(DUE)));
    // The consent record holds no face and stays; the contact is gone.
    let notes = platform.notes(id(1)).unwrap();
    assert!(matches!(notes[..], [Said::Consent(_)]));
    booth.amends(&hall, (id(1), 1), 2, Change::Contact("BBBB".to_owned()));
    assert_eq!(files(&hall, "notes").len(), 1);
    // Its receipt still shows its outcome, and that it was deleted.
    let desk = platform.audit_url("");
    let desk = pages::asked(&hall.served, "GET", &desk, b"").text();
    assert!(desk.contains("保存与删除") && desk.contains("D3PZ85"));
    let receipt = page(&hall, &booth, 1);
    assert!(receipt.contains("平台已删除") && receipt.contains("Uploaded to CHSI"));
    assert!(page(&hall, &booth, 3).contains("see the newer receipt"));
    assert!(!page(&hall, &booth, 4).contains("平台已删除"));
    // A booth that lost the answer gets the same receipt; the bytes are not stored again.
    let hash = sha256_hex(&sealed);
    let late = booth.client.deliver(id(1), 1, sealed, &hash, hall.now());
    assert_eq!(late.outcome, Outcome::Stored);
    assert_eq!(parcels(&hall).len(), 1);

    platform
        .reject(id(4), &[RejectReason::Roll], hall.now())
        .unwrap();
    assert_eq!(platform.erase_due(hall.now()).unwrap(), [id(4)]);
    assert_eq!(rows_of(&hall, CARL), 0);
    let hall = hall.restart();
    assert_eq!(hall.served.platform.erase_due(hall.now()).unwrap(), []);
    assert!(matches!(
        hall.served.platform.progress(id(1)).unwrap().unwrap().stage,
        Stage::Uploaded { .. }
    ));
}

#[test]
fn a_consent_record_goes_after_three_years() {
    let hall = Hall::open(PaymentPolicy::Prepaid);
    let booth = Booth::enrolled_at(&hall.served, 1);
    booth.brings(&hall, (id(1), 1), ANNA, PREPAID);
    brings_consent(&booth, &hall, 1);
    hall.set(hall.now().plus(Duration::from_hours(24 * 1_095)));
    hall.served.platform.erase_due(hall.now()).unwrap();
    assert_eq!(files(&hall, "notes").len(), 1);
    hall.set(hall.now().plus(Duration::from_hours(24)));
    hall.served.platform.erase_due(hall.now()).unwrap();
    assert!(files(&hall, "notes").is_empty());
    assert!(hall.served.platform.notes(id(1)).unwrap().is_empty());
}

#[test]
fn what_is_kept_is_listed_and_erased_by_command_too() {
    let hall = Hall::open(PaymentPolicy::Prepaid);
    let booth = Booth::enrolled_at(&hall.served, 1);
    booth.brings(&hall, (id(1), 1), ANNA, PREPAID);
    let commanded = |act: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_capture-station"))
            .args(["reference-platform", "--data"])
            .arg(hall.served.folder.path())
            .args(["retention", act])
            .output()
            .unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    let list = commanded("list");
    assert_eq!(list, format!("D3PZ85  kept 1  until {DUE}  deleted 0\n"));
    // It waits for its auditor, whatever the date.
    assert_eq!(commanded("erase-due"), "");
}

/// A platform with one capture, with which nothing remains to be done.
fn rejected() -> Hall {
    let hall = Hall::open(PaymentPolicy::Prepaid);
    let booth = Booth::enrolled_at(&hall.served, 1);
    booth.brings(&hall, (id(1), 1), ANNA, PREPAID);
    let rejected = [RejectReason::Roll];
    hall.served
        .platform
        .reject(id(1), &rejected, hall.now())
        .unwrap();
    hall
}

#[test]
fn a_batch_that_is_not_offered_any_more_is_deleted_on_time_all_the_same() {
    let hall = rejected();
    let batch = hall.served.folder.path().join("batches/D3PZ85.json");
    fs::remove_file(batch).unwrap();
    let hall = hall.restart();
    let platform = &hall.served.platform;
    assert_eq!(platform.retention().unwrap()[0].until, Some(at(DUE)));
    hall.set(at(DUE).last_moment());
    assert_eq!(platform.erase_due(hall.now()).unwrap(), []);
    hall.set(at(DUE));
    assert_eq!(platform.erase_due(hall.now()).unwrap(), [id(1)]);
}

#[test]
fn a_platform_that_serves_deletes_by_itself() {
    let hall = rejected();
    hall.set(at(DUE));
    // It looks as soon as it serves, and every minute.
    let hall = hall.restart();
    let is_empty = (0..400).any(|_| {
        std::thread::sleep(Duration::from_millis(25));
        parcels(&hall).is_empty()
    });
    assert!(is_empty);
}

#[test]
fn a_withdrawal_destroys_the_contact_too() {
    let hall = Hall::open(PaymentPolicy::Prepaid);
    let booth = Booth::enrolled_at(&hall.served, 1);
    booth.brings(&hall, (id(1), 1), ANNA, PREPAID);
    booth.amends(&hall, (id(1), 1), 1, Change::Contact("AAAA".to_owned()));
    booth.amends(&hall, (id(1), 1), 2, Change::Withdrawn);
    let kept = files(&hall, "notes");
    assert!(kept.len() == 1 && kept[0].contains(".2."), "{kept:?}");
    // Nor is one that comes later kept.
    booth.amends(&hall, (id(1), 1), 3, Change::Contact("BBBB".to_owned()));
    assert_eq!(files(&hall, "notes"), kept);
}
