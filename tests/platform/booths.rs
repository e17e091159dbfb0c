//! Booths in the hands of the people who look after them: revoked, readmitted, copied.

use capture_station::{
    capture::AuditHead,
    contract::{Outcome, StationAlarm, sha256_hex},
    platform::Delivery,
    reference::PlatformError,
};

use crate::{
    booth::{Booth, Served, heartbeat, id, now},
    pages::{self, Answer},
};

fn deliver(booth: &Booth, n: u8) -> Delivery {
    let parcel = booth.parcel(id(n), n.into());
    let hash = sha256_hex(&parcel);
    booth.client.deliver(id(n), n.into(), parcel, &hash, now())
}

fn refused(booth: &Booth, n: u8) -> bool {
    let delivery = deliver(booth, n);
    // It waits at its booth: the platform gets it once the booth is readmitted.
    delivery.outcome == Outcome::Later { after: None } && delivery.reason().contains("401")
}

fn asked(served: &Served, method: &str, address: &str) -> Answer {
    let path = address.strip_prefix(&served.url).unwrap();
    pages::asked(served, method, path, b"")
}

#[test]
fn a_booth_is_revoked_by_command_beside_a_platform_that_serves() {
    let served = Served::start();
    let (lost, other) = (
        Booth::enrolled_at(&served, 1),
        Booth::enrolled_at(&served, 2),
    );
    assert_eq!(deliver(&lost, 1).outcome, Outcome::Stored);
    let (done, said) = served.commanded(&["booths", "revoke", &lost.station]);
    assert!(done, "{said}");
    assert!(refused(&lost, 2));
    let beat = heartbeat(AuditHead::default());
    assert!(lost.client.heartbeat(&beat, now()).is_err());
    assert_eq!(deliver(&other, 3).outcome, Outcome::Stored);
    // What it delivered before stays, and stays verifiable.
    assert!(served.platform.open_parcel(id(1)).is_ok());
    let (_, list) = served.commanded(&["booths", "list"]);
    assert!(
        list.contains(&lost.station) && list.contains("revoked"),
        "{list}"
    );
    assert!(served.commanded(&["booths", "readmit", &lost.station]).0);
    assert_eq!(deliver(&lost, 2).outcome, Outcome::Stored);
    assert!(!served.commanded(&["booths", "revoke", "nobody"]).0);
}

#[test]
fn a_booth_is_revoked_on_a_page_whose_address_is_the_key() {
    let served = Served::start();
    let lost = Booth::enrolled_at(&served, 1);
    let page = served.platform.booths_url(&served.url);
    assert!(asked(&served, "GET", &page).text().contains(&lost.station));
    let guessed = format!("{}/booths/guessed", served.url);
    for address in [&guessed, &format!("{guessed}/{}", lost.station)] {
        assert_eq!(asked(&served, "GET", address).status, 404);
    }
    let wrong = format!("{guessed}/{}/revoke", lost.station);
    assert_eq!(asked(&served, "POST", &wrong).status, 404);
    assert_eq!(deliver(&lost, 1).outcome, Outcome::Stored);
    let auditors = served.platform.audit_url(&served.url);
    let auditors = auditors.replace("/audit/", "/booths/");
    let by_auditor = format!("{auditors}/{}/revoke", lost.station);
    assert_eq!(asked(&served, "POST", &by_auditor).status, 404);
    let act = |step: &str| asked(&served, "POST", &format!("{page}/{}/{step}", lost.station));
    assert_eq!(act("revoke").status, 303);
    assert!(refused(&lost, 2));
    assert!(asked(&served, "GET", &page).text().contains("吊销于"));
    assert_eq!(act("readmit").status, 303);
    assert_eq!(deliver(&lost, 2).outcome, Outcome::Stored);
}

#[test]
fn the_stick_of_a_revoked_booth_is_not_taken() {
    let served = Served::start();
    let booth = Booth::enrolled_at(&served, 1);
    let stick = tempfile::tempdir().unwrap();
    let manifest = capture_station::contract::ExportManifest {
        station: booth.station.clone(),
        at: now(),
        items: vec![],
    };
    let purpose = capture_station::jws::Purpose::ExportManifest;
    let token = capture_station::jws::sign(purpose, &booth.key, &manifest).unwrap();
    std::fs::write(stick.path().join("manifest.jws"), token).unwrap();
    assert!(served.platform.take_export(stick.path()).is_ok());
    served.platform.revoke(&booth.station).unwrap();
    let taken = served.platform.take_export(stick.path());
    assert!(matches!(taken, Err(PlatformError::Export(_))));
}

fn beat(booth: &Booth, run: &str, lines: u64, digit: &str) -> Vec<StationAlarm> {
    let mut beat = heartbeat(AuditHead {
        lines,
        sha256: digit.repeat(64),
    });
    beat.run = Some(run.to_owned());
    booth.client.heartbeat(&beat, now()).unwrap().alarms
}

#[test]
fn two_clones_of_one_booth_are_shown_as_a_copied_disk() {
    let served = Served::start();
    let booth = Booth::enrolled_at(&served, 1);
    assert_eq!(beat(&booth, "monday", 5, "a"), []);
    assert_eq!(beat(&booth, "tuesday", 7, "b"), [], "started again");
    // A copy of Tuesday's disk is started, and writes another log.
    beat(&booth, "the copy", 7, "c");
    let both = [StationAlarm::SequenceForked];
    assert_eq!(beat(&booth, "tuesday", 8, "d"), both);
    assert_eq!(beat(&booth, "the copy", 8, "e"), both, "and no altered log");
    let page = asked(&served, "GET", &served.platform.booths_url(&served.url)).text();
    assert!(page.contains("硬盘被复制") && page.contains("Copied disk"));
    assert!(!page.contains("操作日志被删改"));
    let (_, list) = served.commanded(&["booths", "list"]);
    assert!(list.contains("copied disk"), "{list}");
    served.platform.clear_alarms(&booth.station).unwrap();
    assert_eq!(beat(&booth, "the copy", 9, "f"), []);
    assert_eq!(beat(&booth, "wednesday", 10, "0"), []);
    // An altered log of a single booth is still reported as such.
    let altered = [StationAlarm::AuditAltered];
    assert_eq!(beat(&booth, "thursday", 4, "1"), altered);
}
