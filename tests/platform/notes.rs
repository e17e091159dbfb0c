//! Consent records, amendments, tombstones, audit heads and key trials at the platform.

use capture_station::{
    app::asker::key_trial,
    capture::{AuditHead, CaptureId},
    code::FeatureCode,
    contract::{
        Amendment, CONSENT_NOTE, Change, NoteReceipt, Outcome, Refusal, Stage, StationAlarm,
        VoidCause, sha256_hex,
    },
    jws::{self, Purpose},
    platform::{self, Delivery},
    reference::Said,
    station,
};
use ed25519_dalek::SigningKey;
use serde_json::json;

use crate::booth::{Booth, Served, enrol_request, heartbeat, id, identity_at, manifest, now};

fn consent(booth: &Booth, id: CaptureId) -> Vec<u8> {
    let manifest = manifest(&booth.station, id, 1);
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    let record = json!({
        "id": id, "station": booth.station,
        "batch": manifest.pointer("/facts/batch"), "consent": manifest.pointer("/facts/consent")
    });
    let token = jws::sign(Purpose::ConsentRecord, &booth.key, &record).unwrap();
    let recipient: age::x25519::Recipient = booth.recipient.parse().unwrap();
    age::encrypt(&recipient, token.as_bytes()).unwrap()
}

fn amendment(booth: &Booth, n: u8, number: u32, change: Change) -> Amendment {
    Amendment {
        station: booth.station.clone(),
        id: id(n),
        seq: n.into(),
        number,
        at: now(),
        change,
    }
}

fn signed(booth: &Booth, amendment: &Amendment) -> Vec<u8> {
    jws::sign(Purpose::Amendment, &booth.key, amendment)
        .unwrap()
        .into_bytes()
}

fn bring(booth: &Booth, n: u8, number: u32, bytes: &[u8]) -> Delivery {
    let name = (id(n), u64::from(n), number);
    booth
        .client
        .deliver_note(name, bytes.to_vec(), &sha256_hex(bytes), now())
}

fn bring_parcel(booth: &Booth, n: u8) -> Outcome {
    let parcel = booth.parcel(id(n), n.into());
    let hash = sha256_hex(&parcel);
    booth
        .client
        .deliver(id(n), n.into(), parcel.clone(), &hash, now())
        .outcome
}

#[track_caller]
fn receipt(served: &Served, delivery: &Delivery) -> NoteReceipt {
    assert_eq!(delivery.outcome, Outcome::Stored, "{}", delivery.reason());
    let token = delivery.receipt.as_deref().unwrap();
    jws::verify(Purpose::NoteReceipt, token, &served.platform.receipt_keys()).unwrap()
}

#[test]
fn a_consent_record_and_amendments_are_stored_once_each_and_read_back() {
    let served = Served::start();
    let booth = Booth::enrolled_at(&served, 1);
    assert_eq!(bring_parcel(&booth, 1), Outcome::Stored);
    let record = consent(&booth, id(1));
    let first = bring(&booth, 1, CONSENT_NOTE, &record);
    let said = receipt(&served, &first);
    assert_eq!((said.id, said.number), (id(1), CONSENT_NOTE));
    assert_eq!(said.hash, sha256_hex(&record));
    assert_eq!(
        bring(&booth, 1, CONSENT_NOTE, &record),
        first,
        "the same again"
    );
    let voided = amendment(&booth, 1, 1, Change::Voided(VoidCause::WrongPerson));
    receipt(&served, &bring(&booth, 1, 1, &signed(&booth, &voided)));
    let other = amendment(&booth, 1, 1, Change::Voided(VoidCause::Trial));
    let other = bring(&booth, 1, 1, &signed(&booth, &other));
    assert_eq!(other.outcome, Outcome::Parked(Refusal::OtherBytesUnderId));
    let notes = served.platform.notes(id(1)).unwrap();
    assert!(matches!(&notes[0], Said::Consent(record) if record.id == id(1)));
    assert_eq!(notes[1], Said::Amendment(voided));
    assert_eq!(notes.len(), 2);
}

#[test]
fn a_note_that_is_not_what_the_request_says_gets_no_receipt() {
    let served = Served::start();
    let booth = Booth::enrolled_at(&served, 1);
    let stranger = SigningKey::from_bytes(&[9; 32]);
    let good = amendment(&booth, 1, 1, Change::Withdrawn);
    let by_stranger = jws::sign(Purpose::Amendment, &stranger, &good).unwrap();
    let refused = [
        (1, by_stranger.into_bytes()),
        (2, signed(&booth, &good)),
        (CONSENT_NOTE, signed(&booth, &good)),
        (1, consent(&booth, id(1))),
        (CONSENT_NOTE, consent(&booth, id(2))),
        (CONSENT_NOTE, b"no age file".to_vec()),
        (
            1,
            signed(&booth, &amendment(&booth, 2, 1, Change::Withdrawn)),
        ),
    ];
    for (number, bytes) in refused {
        let delivery = bring(&booth, 1, number, &bytes);
        assert_eq!(delivery.outcome, Outcome::Parked(Refusal::NotOpened));
    }
    assert!(served.platform.notes(id(1)).unwrap().is_empty());
    assert!(!served.platform.is_withdrawn(id(1)).unwrap());
}

#[test]
fn a_tombstone_destroys_the_capture_whichever_comes_first() {
    let served = Served::start();
    let booth = Booth::enrolled_at(&served, 1);
    assert_eq!(bring_parcel(&booth, 1), Outcome::Stored);
    for n in [1, 2] {
        let tombstone = signed(&booth, &amendment(&booth, n, 1, Change::Withdrawn));
        receipt(&served, &bring(&booth, n, 1, &tombstone));
    }
    let late = bring_parcel(&booth, 2);
    let aside = Outcome::Parked(Refusal::OtherBytesUnderId);
    assert_eq!(
        late, aside,
        "410 is no receipt, and no reason to ask for ever"
    );
    assert!(served.platform.captures().unwrap().is_empty());
    let parcels = served.folder.path().join("parcels");
    assert_eq!(std::fs::read_dir(parcels).unwrap().count(), 0);
}

/// Returns everything that a note can say.
fn changes() -> [Change; 5] {
    [
        Change::Paid("20260608-0000-0000".to_owned()),
        Change::MovedTo(FeatureCode::parse("377hhj").unwrap()),
        Change::Contact("AAAA".to_owned()),
        Change::Voided(VoidCause::WrongPerson),
        Change::Withdrawn,
    ]
}

#[test]
fn a_note_about_another_booths_capture_is_refused_by_name_and_changes_nothing() {
    let served = Served::start();
    let owner = Booth::enrolled_at(&served, 1);
    let other = Booth::enrolled_at(&served, 2);
    assert_eq!(bring_parcel(&owner, 1), Outcome::Stored);
    let before = served.platform.progress(id(1)).unwrap();
    for (number, change) in (1..).zip(changes()) {
        let bytes = signed(&other, &amendment(&other, 1, number, change));
        let delivery = bring(&other, 1, number, &bytes);
        assert_eq!(delivery.outcome, Outcome::Parked(Refusal::NotOpened));
    }
    let consent_of_other = bring(&other, 1, CONSENT_NOTE, &consent(&other, id(1)));
    assert_eq!(
        consent_of_other.outcome,
        Outcome::Parked(Refusal::NotOpened)
    );
    assert_eq!(served.platform.progress(id(1)).unwrap(), before);
    assert!(!served.platform.is_withdrawn(id(1)).unwrap());
    assert!(served.platform.open_parcel(id(1)).is_ok(), "it stays");
    // All numbers are still free for the owner's own notes.
    let record = consent(&owner, id(1));
    receipt(&served, &bring(&owner, 1, CONSENT_NOTE, &record));
    let voided = amendment(&owner, 1, 1, Change::Voided(VoidCause::Trial));
    receipt(&served, &bring(&owner, 1, 1, &signed(&owner, &voided)));
    assert_eq!(served.platform.notes(id(1)).unwrap().len(), 2);
}

#[test]
fn notes_that_come_before_another_booths_capture_do_not_touch_it() {
    let served = Served::start();
    let owner = Booth::enrolled_at(&served, 1);
    let other = Booth::enrolled_at(&served, 2);
    for (number, change) in (1..).zip(changes()) {
        let bytes = signed(&other, &amendment(&other, 1, number, change));
        receipt(&served, &bring(&other, 1, number, &bytes));
    }
    assert_eq!(bring_parcel(&owner, 1), Outcome::Stored, "no 410 for ever");
    assert!(served.platform.open_parcel(id(1)).is_ok());
    let stage = served.platform.progress(id(1)).unwrap().unwrap().stage;
    assert!(matches!(stage, Stage::InAudit { .. }), "{stage:?}");
    assert!(!served.platform.is_withdrawn(id(1)).unwrap());
    // What the other said would apply to a capture of its own under that id, which does not exist.
    assert!(served.platform.notes(id(1)).unwrap().is_empty());
    let voided = amendment(&owner, 1, 1, Change::Voided(VoidCause::Trial));
    receipt(&served, &bring(&owner, 1, 1, &signed(&owner, &voided)));
    let stage = served.platform.progress(id(1)).unwrap().unwrap().stage;
    assert_eq!(stage, Stage::Voided);
    // Again, as from a booth that lost the answer.
    let late = signed(&other, &amendment(&other, 1, 5, Change::Withdrawn));
    let again = bring(&other, 1, 5, &late);
    assert_eq!(again.outcome, Outcome::Parked(Refusal::NotOpened));
    assert!(served.platform.open_parcel(id(1)).is_ok());
}

fn head(lines: u64, digit: &str) -> AuditHead {
    AuditHead {
        lines,
        sha256: digit.repeat(64),
    }
}

#[test]
fn an_audit_log_that_is_cut_edited_or_rolled_back_is_noticed_at_the_next_contact() {
    let served = Served::start();
    let alarms = |seed: u8, beats: &[(AuditHead, Option<AuditHead>)]| {
        let booth = Booth::enrolled_at(&served, seed);
        for (audit, then) in beats {
            let mut beat = heartbeat(audit.clone());
            beat.audit_then.clone_from(then);
            booth.client.heartbeat(&beat, now()).unwrap();
        }
        served.platform.alarms(&booth.station).unwrap()
    };
    let altered = [StationAlarm::AuditAltered];
    let honest = [
        (head(0, "0"), None),
        (head(5, "a"), Some(head(0, "0"))),
        (head(5, "a"), Some(head(5, "a"))),
        (head(9, "b"), Some(head(5, "a"))),
    ];
    assert_eq!(alarms(1, &honest), []);
    let cut = [(head(5, "a"), None), (head(4, "c"), None)];
    assert_eq!(alarms(2, &cut), altered);
    let edited = [(head(5, "a"), None), (head(5, "d"), None)];
    assert_eq!(alarms(3, &edited), altered);
    let chained_anew = [(head(5, "a"), None), (head(9, "e"), Some(head(5, "f")))];
    assert_eq!(alarms(4, &chained_anew), altered);
}

#[test]
fn a_capture_that_overtakes_a_heartbeat_raises_no_alarm() {
    let served = Served::start();
    let booth = Booth::enrolled_at(&served, 1);
    let tell = |audit| booth.client.heartbeat(&heartbeat(audit), now()).unwrap();
    tell(head(5, "a"));
    assert_eq!(sealed_at(&booth, 1, 1, &head(7, "b")), Outcome::Stored);
    assert_eq!(tell(head(6, "c")).alarms, []);
    assert_eq!(tell(head(7, "b")).alarms, []);
    // But the capture's head counts at its own length.
    assert_eq!(tell(head(7, "d")).alarms, [StationAlarm::AuditAltered]);
}

#[test]
fn what_the_platform_heard_before_is_told_and_alarms_stay_until_somebody_looked() {
    let served = Served::start();
    let booth = Booth::enrolled_at(&served, 1);
    let tell = |audit| booth.client.heartbeat(&heartbeat(audit), now()).unwrap();
    assert_eq!(tell(head(5, "a")).audit, None);
    let answer = tell(head(3, "b"));
    assert_eq!(answer.audit, Some(head(5, "a")));
    assert_eq!(answer.alarms, [StationAlarm::AuditAltered]);
    let answer = tell(head(4, "c"));
    assert_eq!(
        answer.audit,
        Some(head(3, "b")),
        "compared with the new log from now on"
    );
    assert_eq!(answer.alarms, [StationAlarm::AuditAltered]);
    served.platform.clear_alarms(&booth.station).unwrap();
    assert_eq!(tell(head(5, "d")).alarms, []);
}

/// Delivers a parcel whose manifest states the head of the audit log.
fn sealed_at(booth: &Booth, n: u8, seq: u64, audit: &AuditHead) -> Outcome {
    let json = manifest(&booth.station, id(n), seq);
    let mut json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    let audit = serde_json::to_value(audit).unwrap();
    json.as_object_mut()
        .unwrap()
        .insert("audit".to_owned(), audit);
    let json = serde_json::to_vec(&json).unwrap();
    let parcel = booth.seal(&[
        ("manifest.json", &json),
        ("manifest.jws", booth.sign(&json).as_bytes()),
        ("portrait.jpg", crate::booth::PORTRAIT),
        ("original.jpg", crate::booth::ORIGINAL),
    ]);
    let hash = sha256_hex(&parcel);
    booth
        .client
        .deliver(id(n), seq, parcel.clone(), &hash, now())
        .outcome
}

#[test]
fn a_booth_without_heartbeats_shows_a_rolled_back_log_by_its_captures() {
    let served = Served::start();
    let booth = Booth::enrolled_at(&served, 1);
    // They may come in any order.
    for (n, seq, lines) in [(2, 2, 7), (1, 1, 5), (3, 3, 7)] {
        let digit = lines.to_string();
        assert_eq!(
            sealed_at(&booth, n, seq, &head(lines, &digit)),
            Outcome::Stored
        );
    }
    assert_eq!(served.platform.alarms(&booth.station).unwrap(), []);
    assert_eq!(sealed_at(&booth, 4, 4, &head(6, "6")), Outcome::Stored);
    let alarms = served.platform.alarms(&booth.station).unwrap();
    assert_eq!(alarms, [StationAlarm::AuditAltered]);
}

#[test]
fn a_copied_disk_shows_as_a_fork_and_nobody_loses_a_picture_by_it() {
    let served = Served::start();
    let booth = Booth::enrolled_at(&served, 1);
    assert_eq!(sealed_at(&booth, 1, 7, &head(5, "a")), Outcome::Stored);
    assert_eq!(sealed_at(&booth, 2, 7, &head(5, "a")), Outcome::Stored);
    let alarms = served.platform.alarms(&booth.station).unwrap();
    assert_eq!(alarms, [StationAlarm::SequenceForked]);
    assert_eq!(served.platform.captures().unwrap().len(), 2);
}

#[test]
fn a_key_trial_is_believed_only_from_who_opens_what_is_sealed_and_signs_with_the_right_key() {
    let served = Served::start();
    let home = tempfile::tempdir().unwrap();
    let booth = identity_at(&served, home.path());
    let key = booth.signing_key();
    let at = |served: &Served| crate::booth::client(&served.url, booth.id(), key);
    assert_eq!(station::last_key_trial(home.path()), None);
    key_trial(home.path(), &at(&served), now()).unwrap();
    let passed = station::last_key_trial(home.path()).unwrap();
    // Another platform that knows the booth cannot open the trial, and has no key to sign with.
    let stranger = Served::start();
    let ticket = stranger.platform.ticket(&stranger.url).unwrap();
    platform::enrol(
        &stranger.url,
        None,
        &enrol_request(&ticket.one_time_code, key),
    )
    .unwrap();
    let why = key_trial(home.path(), &at(&stranger), now()).unwrap_err();
    assert!(why.to_string().contains("422"), "{why}");
    assert_eq!(station::last_key_trial(home.path()), Some(passed));
}
