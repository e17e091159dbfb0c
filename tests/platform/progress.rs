//! A capture's whole course at the platform, as booths see it.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use capture_station::{
    calendar::Promise,
    capture::CaptureId,
    contract::{Change, Confirmation, PersonProgress, RejectReason, Stage, VoidCause},
    platform::ProgressOutcome,
    profile::PaymentPolicy,
    reference::{PlatformError, Terms},
};
use jiff::civil::{Date, date};

use crate::{
    booth::{Booth, PORTRAIT, client, id},
    hall::{ANNA, BERT, Hall, MONDAY, PREPAID, Person, Shot, at},
};

const DAY: Duration = Duration::from_hours(24);

fn known(date: Date) -> Promise {
    Promise {
        date,
        estimate: false,
    }
}

fn stage(hall: &Hall, n: u8) -> Stage {
    hall.served.platform.progress(id(n)).unwrap().unwrap().stage
}

fn asked(booth: &Booth, hall: &Hall, who: Person) -> PersonProgress {
    let told = booth.client.progress(&who.asks(), hall.now());
    let ProgressOutcome::Known(progress) = told else {
        panic!("{told:?}");
    };
    progress
}

/// Returns a hall with one booth and its first capture, of Anna.
fn begun() -> (Hall, Booth) {
    let hall = Hall::open(PaymentPolicy::Prepaid);
    let booth = Booth::enrolled_at(&hall.served, 1);
    booth.brings(&hall, (id(1), 1), ANNA, PREPAID);
    (hall, booth)
}

#[test]
fn auditors_work_by_command_beside_a_platform_that_serves() {
    let (hall, booth) = begun();
    booth.brings(&hall, (id(2), 2), BERT, PREPAID);
    let (one, two) = (id(1).to_string(), id(2).to_string());
    let (_, list) = hall.served.commanded(&["audit", "list"]);
    assert!(list.contains(&one) && list.contains("2026-06-10"), "{list}");
    assert!(hall.served.commanded(&["audit", "approve", &one]).0);
    assert!(matches!(stage(&hall, 1), Stage::Passed { .. }));
    let (again, why) = hall.served.commanded(&["audit", "approve", &one]);
    assert!(!again && why.contains("Accepted"), "{why}");
    assert!(!hall.served.commanded(&["audit", "reject", &two, "ugly"]).0);
    assert!(
        hall.served
            .commanded(&["audit", "reject", &two, "teeth", "roll"])
            .0
    );
    let Stage::Rejected { reasons, .. } = stage(&hall, 2) else {
        panic!("not rejected");
    };
    assert_eq!(reasons, [RejectReason::Teeth, RejectReason::Roll]);
    // Long past the test's own Monday.
    assert!(hall.served.commanded(&["audit", "ready", &one]).0);
    booth.client.confirm(id(1), &ANNA.asks(), hall.now());
    assert!(hall.served.commanded(&["audit", "confirm-due"]).0);
    assert!(hall.served.commanded(&["audit", "upload"]).0);
    assert!(matches!(stage(&hall, 1), Stage::Uploaded { .. }));
    assert!(
        hall.served
            .commanded(&["alarms", "clear", &booth.station])
            .0
    );
}

#[test]
fn a_capture_that_was_stored_before_courses_were_kept_begins_its_own() {
    let (hall, booth) = begun();
    booth.brings(&hall, (id(2), 2), BERT, PREPAID);
    booth.amends(&hall, (id(2), 2), 1, Change::Voided(VoidCause::Trial));
    let folder = hall.served.stop();
    let rows = rusqlite::Connection::open(folder.path().join("platform.sqlite")).unwrap();
    assert_eq!(rows.execute("DELETE FROM progress", []).unwrap(), 2);
    drop(rows);
    let hall = Hall::open_in(folder, Terms::default(), at(MONDAY));
    assert!(matches!(stage(&hall, 1), Stage::InAudit { .. }));
    assert_eq!(stage(&hall, 2), Stage::Voided);
}

#[test]
fn a_good_photo_passes_every_stage_to_its_upload() {
    let (hall, booth) = begun();
    let platform = &hall.served.platform;
    let by = known(date(2026, 6, 10));
    assert_eq!(stage(&hall, 1), Stage::InAudit { by });
    assert_eq!(platform.audit_list().unwrap()[0].id, id(1));

    hall.set(hall.now().plus(DAY));
    platform.approve(id(1), hall.now()).unwrap();
    let standard_by = known(date(2026, 6, 11));
    assert_eq!(stage(&hall, 1), Stage::Passed { standard_by });
    assert_eq!(asked(&booth, &hall, ANNA).download, None);

    platform.standard_ready(id(1), hall.now()).unwrap();
    let by = at("2026-06-16T16:00:00Z");
    let told = asked(&booth, &hall, ANNA);
    let current = told.current().unwrap();
    assert_eq!(current.stage, Stage::ToConfirm { by });
    assert_eq!(
        (current.captured_at, current.since),
        (at(MONDAY), hall.now())
    );
    assert!(told.download.is_some() && told.masked_name.contains('*'));
    // Shown at the booth before anybody confirms it, and only then.
    assert_eq!(told.standard, Some(STANDARD.encode(PORTRAIT)));

    let confirmed = booth.client.confirm(id(1), &ANNA.asks(), hall.now());
    let expected = Stage::Confirmed {
        how: Confirmation::ByStudent,
        upload_by: known(date(2026, 7, 9)),
    };
    let ProgressOutcome::Known(confirmed) = confirmed else {
        panic!("{confirmed:?}");
    };
    assert_eq!(confirmed.current().unwrap().stage, expected);
    assert_eq!(confirmed.standard, None);
    let again = booth.client.confirm(id(1), &ANNA.asks(), hall.now());
    assert!(matches!(again, ProgressOutcome::Known(_)), "{again:?}");
    assert_eq!(stage(&hall, 1), expected);

    platform.upload(id(1), hall.now()).unwrap();
    assert_eq!(stage(&hall, 1), Stage::Uploaded { at: hall.now() });
}

#[test]
fn no_step_is_taken_from_where_a_capture_does_not_stand() {
    let (hall, booth) = begun();
    let (platform, now) = (&hall.served.platform, hall.now());
    assert!(matches!(
        platform.standard_ready(id(1), now),
        Err(PlatformError::NotFrom { .. })
    ));
    assert!(platform.upload(id(1), now).is_err());
    assert!(matches!(
        platform.reject(id(1), &[], now),
        Err(PlatformError::NoReason)
    ));
    booth.client.confirm(id(1), &ANNA.asks(), now);
    assert!(matches!(stage(&hall, 1), Stage::InAudit { .. }));
    platform.approve(id(1), now).unwrap();
    assert!(platform.approve(id(1), now).is_err());
    assert!(platform.reject(id(1), &[RejectReason::Roll], now).is_err());
    assert!(matches!(
        platform.approve(id(9), now),
        Err(PlatformError::Unknown(_))
    ));
    let verdicts = booth.client.verdicts(0, now).unwrap();
    assert_eq!(verdicts.verdicts.len(), 1, "what was refused is no verdict");
}

#[test]
fn a_rejected_photo_is_taken_again_and_the_new_one_counts() {
    let (hall, booth) = begun();
    let platform = &hall.served.platform;
    let reasons = [RejectReason::Roll, RejectReason::GlassesGlare];
    platform.reject(id(1), &reasons, hall.now()).unwrap();
    let rejected = Stage::Rejected {
        reasons: reasons.to_vec(),
        retake_until: Some(at("2026-06-30T16:00:00Z")),
    };
    assert_eq!(stage(&hall, 1), rejected);
    let later = Shot {
        at: "2026-06-09T02:00:00Z",
        supersedes: Some(id(1)),
        ..PREPAID
    };
    hall.set(at("2026-06-09T03:00:00Z"));
    booth.brings(&hall, (id(2), 2), ANNA, later);
    let told = asked(&booth, &hall, ANNA);
    let stages: Vec<(CaptureId, Stage)> = told
        .captures
        .iter()
        .map(|capture| (capture.id, capture.stage.clone()))
        .collect();
    let by = known(date(2026, 6, 11));
    assert_eq!(
        stages,
        [(id(2), Stage::InAudit { by }), (id(1), Stage::Replaced)]
    );
    assert_eq!(told.captures[1].since, hall.now());
    let waiting = platform.audit_list().unwrap();
    assert_eq!(waiting.len(), 1, "nobody audits what was replaced");
    // Voided by staff, it no longer replaces the other.
    let void = Change::Voided(VoidCause::WrongPerson);
    booth.amends(&hall, (id(2), 2), 1, void);
    assert_eq!(
        (stage(&hall, 2), stage(&hall, 1)),
        (Stage::Voided, rejected)
    );
    assert_eq!(asked(&booth, &hall, ANNA).current().unwrap().id, id(1));
}

#[test]
fn whichever_comes_first_the_later_photo_counts() {
    let hall = Hall::open(PaymentPolicy::Prepaid);
    let (one, two) = (
        Booth::enrolled_at(&hall.served, 1),
        Booth::enrolled_at(&hall.served, 2),
    );
    let early = Shot {
        at: "2026-06-07T02:00:00Z",
        ..PREPAID
    };
    // The other booth was offline, and delivers its older capture later.
    one.brings(&hall, (id(2), 1), ANNA, PREPAID);
    two.brings(&hall, (id(1), 1), ANNA, early);
    assert!(matches!(stage(&hall, 2), Stage::InAudit { .. }));
    assert_eq!(stage(&hall, 1), Stage::Replaced);
    // A booth whose clock went back still knows what its capture replaces, whether that arrives
    // before or after it.
    let replaces = |n| Shot {
        at: "2026-06-01T02:00:00Z",
        supersedes: Some(id(n)),
        ..PREPAID
    };
    one.brings(&hall, (id(3), 3), ANNA, replaces(2));
    assert_eq!(stage(&hall, 2), Stage::Replaced);
    one.brings(&hall, (id(5), 5), ANNA, replaces(4));
    one.brings(&hall, (id(4), 4), ANNA, replaces(3));
    let counting: Vec<u8> = (1..=5)
        .filter(|n| stage(&hall, *n) != Stage::Replaced)
        .collect();
    assert_eq!(counting, [5]);
    // Another person's capture that claims to replace it changes nothing.
    two.brings(&hall, (id(6), 6), BERT, replaces(5));
    assert!(stage(&hall, 5).counts() && stage(&hall, 6).counts());
}

#[test]
fn a_standard_photo_that_nobody_confirms_is_confirmed_after_its_deadline() {
    let (hall, booth) = begun();
    let platform = &hall.served.platform;
    platform.approve(id(1), hall.now()).unwrap();
    platform.standard_ready(id(1), hall.now()).unwrap();
    let deadline = at("2026-06-15T16:00:00Z");
    assert_eq!(stage(&hall, 1), Stage::ToConfirm { by: deadline });
    hall.set(deadline);
    assert_eq!(platform.auto_confirm(hall.now()).unwrap(), []);
    hall.set(deadline.plus(Duration::from_secs(1)));
    booth.client.confirm(id(1), &ANNA.asks(), hall.now());
    assert_eq!(
        stage(&hall, 1),
        Stage::ToConfirm { by: deadline },
        "too late for the student's own word"
    );
    assert_eq!(platform.auto_confirm(hall.now()).unwrap(), [id(1)]);
    assert!(matches!(
        stage(&hall, 1),
        Stage::Confirmed {
            how: Confirmation::ByDeadline,
            ..
        }
    ));
    assert_eq!(platform.auto_confirm(hall.now()).unwrap(), []);
}

#[test]
fn only_who_has_code_and_tail_is_told_or_may_confirm() {
    let (hall, booth) = begun();
    booth.brings(&hall, (id(2), 2), BERT, PREPAID);
    for n in [1, 2] {
        hall.served.platform.approve(id(n), hall.now()).unwrap();
        hall.served
            .platform
            .standard_ready(id(n), hall.now())
            .unwrap();
    }
    let wrong_tail = Person {
        tail: "4321",
        ..ANNA
    };
    let asks = |who: Person| booth.client.progress(&who.asks(), hall.now());
    assert_eq!(asks(wrong_tail), ProgressOutcome::DoesNotMatch);
    let theirs = booth.client.confirm(id(2), &ANNA.asks(), hall.now());
    assert_eq!(theirs, ProgressOutcome::DoesNotMatch);
    assert!(matches!(stage(&hall, 2), Stage::ToConfirm { .. }));
    let stranger = Person {
        code: "a code that was never captured",
        tail: "1111",
    };
    let ProgressOutcome::Known(none) = asks(stranger) else {
        panic!("known to the school");
    };
    assert!(none.captures.is_empty() && none.download.is_none());
    // A recorded request opens nothing later.
    let old = booth
        .client
        .progress(&ANNA.asks(), at("2026-06-08T01:54:00Z"));
    assert_eq!(old, ProgressOutcome::NoAnswer);
}

#[test]
fn what_is_taken_back_or_moved_shows() {
    let (hall, booth) = begun();
    booth.brings(&hall, (id(2), 2), BERT, PREPAID);
    let reasons = [RejectReason::Shadow];
    hall.served
        .platform
        .reject(id(2), &reasons, hall.now())
        .unwrap();
    booth.amends(&hall, (id(1), 1), 1, Change::Withdrawn);
    assert_eq!(stage(&hall, 1), Stage::Withdrawn);
    assert!(hall.served.platform.approve(id(1), hall.now()).is_err());
    booth.amends(&hall, (id(1), 1), 2, Change::Voided(VoidCause::Trial));
    assert_eq!(stage(&hall, 1), Stage::Withdrawn, "nothing follows on it");
    let elsewhere = capture_station::code::FeatureCode::parse("377hhj").unwrap();
    booth.amends(&hall, (id(2), 2), 1, Change::MovedTo(elsewhere));
    let moved = Stage::Rejected {
        reasons: reasons.to_vec(),
        retake_until: None,
    };
    assert_eq!(stage(&hall, 2), moved);
    assert!(asked(&booth, &hall, BERT).captures.is_empty());
}

#[test]
fn a_booth_hears_of_its_own_verdicts_once_each_and_in_order() {
    let (hall, booth) = begun();
    let other = Booth::enrolled_at(&hall.served, 2);
    other.brings(&hall, (id(9), 1), BERT, PREPAID);
    for n in (2..=121).filter(|n| *n != 9) {
        let code: &'static str = Box::leak(format!("code {n}").into_boxed_str());
        let who = Person { code, tail: "1234" };
        booth.brings(&hall, (id(n), n.into()), who, PREPAID);
    }
    let platform = &hall.served.platform;
    platform.approve(id(9), hall.now()).unwrap();
    let reasons = [RejectReason::Teeth];
    platform.reject(id(2), &reasons, hall.now()).unwrap();
    for n in (1..=121).filter(|n| *n != 2 && *n != 9) {
        platform.approve(id(n), hall.now()).unwrap();
    }
    let page = booth.client.verdicts(0, hall.now()).unwrap();
    assert_eq!((page.verdicts.len(), page.more), (100, true));
    let first = &page.verdicts[0];
    assert_eq!((first.number, first.id), (1, id(2)));
    assert_eq!(first.reasons, reasons);
    let rest = booth.client.verdicts(100, hall.now()).unwrap();
    assert_eq!((rest.verdicts.len(), rest.more), (20, false));
    let none = booth.client.verdicts(120, hall.now()).unwrap();
    assert!(none.verdicts.is_empty() && !none.more);
    let others = other.client.verdicts(0, hall.now()).unwrap();
    assert_eq!(others.verdicts.len(), 1);
}

#[test]
fn courses_outlive_a_restart_and_two_programs_share_them() {
    let (hall, booth) = begun();
    hall.served.platform.approve(id(1), hall.now()).unwrap();
    let hall = hall.restart();
    assert!(matches!(stage(&hall, 1), Stage::Passed { .. }));
    let (status, said) = hall
        .served
        .commanded(&["audit", "ready", &id(1).to_string()]);
    assert!(status && said.contains("please confirm"), "{said}");
    let booth = Booth {
        client: client(&hall.served.url, &booth.station, &booth.key),
        ..booth
    };
    let told = asked(&booth, &hall, ANNA);
    assert!(matches!(
        told.current().unwrap().stage,
        Stage::ToConfirm { .. }
    ));
}
