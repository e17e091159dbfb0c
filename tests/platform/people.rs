//! Whose a capture is: code and tail are compared with the school's list on arrival.

use capture_station::{
    contract::{PersonProgress, RejectReason, Stage},
    platform::{ProgressOutcome, ResolveOutcome},
    profile::PaymentPolicy,
    reference::{self, PlatformError},
};

use crate::{
    booth::{Booth, client, id},
    hall::{ANNA, BERT, Hall, PREPAID, Person, Shot},
    pages,
};

/// Anna's code with another tail.
const MALLORY: Person = Person {
    tail: "9999",
    ..ANNA
};
/// Somebody unknown to the school.
const STRANGER: Person = Person {
    code: "a code of nobody",
    tail: "1234",
};

/// Returns a hall whose school has listed Anna and Bert, and a booth in it.
fn listed() -> (Hall, Booth) {
    let hall = Hall::open(PaymentPolicy::Prepaid);
    let booth = Booth::enrolled_at(&hall.served, 1);
    let list = format!(
        "{},{},安*,本科\n{},{},伯*,本科\n",
        ANNA.code, ANNA.tail, BERT.code, BERT.tail
    );
    reference::take_people(hall.served.folder.path(), list.into()).unwrap();
    let hall = hall.restart();
    let booth = Booth {
        client: client(&hall.served.url, &booth.station, &booth.key),
        ..booth
    };
    (hall, booth)
}

fn stage(hall: &Hall, n: u8) -> Stage {
    hall.served.platform.progress(id(n)).unwrap().unwrap().stage
}

fn asks(booth: &Booth, hall: &Hall, who: Person) -> ProgressOutcome {
    booth.client.progress(&who.asks(), hall.now())
}

#[track_caller]
fn told(booth: &Booth, hall: &Hall, who: Person) -> PersonProgress {
    let told = asks(booth, hall, who);
    let ProgressOutcome::Known(progress) = told else {
        panic!("{told:?}");
    };
    progress
}

fn doubted(hall: &Hall) -> Vec<u8> {
    let doubted = hall.served.platform.doubted_list().unwrap();
    let numbers = (1..=9).filter(|n| doubted.iter().any(|case| case.id == id(*n)));
    numbers.collect()
}

/// Taken after every other, and declared to replace the first.
const LATER: Shot = Shot {
    payment: "prepaid",
    at: "2026-06-08T09:00:00Z",
    supersedes: None,
};

#[test]
fn only_what_the_school_has_listed_opens_a_code() {
    let (hall, booth) = listed();
    let resolved = booth.client.resolve(&ANNA.asks(), hall.now());
    let ResolveOutcome::Known(person) = resolved else {
        panic!("{resolved:?}");
    };
    assert_eq!(person.masked_name, "安*");
    for who in [MALLORY, STRANGER] {
        let resolved = booth.client.resolve(&who.asks(), hall.now());
        assert_eq!(resolved, ResolveOutcome::DoesNotMatch);
    }
    // A capture does not make its person known.
    booth.brings(&hall, (id(1), 1), MALLORY, PREPAID);
    booth.brings(&hall, (id(2), 2), STRANGER, PREPAID);
    for who in [MALLORY, STRANGER] {
        assert_eq!(asks(&booth, &hall, who), ProgressOutcome::DoesNotMatch);
    }
    assert!(told(&booth, &hall, ANNA).captures.is_empty());
}

#[test]
fn a_capture_whose_tail_is_not_its_codes_waits_for_an_auditor_and_changes_nobodys_photo() {
    let (hall, booth) = listed();
    let (platform, now) = (&hall.served.platform, hall.now());
    booth.brings(&hall, (id(1), 1), ANNA, PREPAID);
    platform.approve(id(1), now).unwrap();
    platform.standard_ready(id(1), now).unwrap();
    let before = told(&booth, &hall, ANNA).captures;
    let hers = stage(&hall, 1);
    let replacing = Shot {
        supersedes: Some(id(1)),
        ..LATER
    };
    booth.brings(&hall, (id(2), 2), MALLORY, replacing);
    booth.brings(&hall, (id(3), 3), STRANGER, LATER);
    assert_eq!(doubted(&hall), [2, 3]);
    assert_eq!(stage(&hall, 1), hers);
    assert_eq!(told(&booth, &hall, ANNA).captures, before);
    assert!(platform.audit_list().unwrap().is_empty());
    for step in [platform.approve(id(2), now), platform.vouch(id(1))] {
        assert!(matches!(step, Err(PlatformError::NotFrom { .. })));
    }
    let desk = platform.audit_url("");
    let shown = pages::asked(&hall.served, "GET", &desk, b"").text();
    assert!(shown.contains("Code and ID tail do not belong together"));
    let vouch = |n| format!("{desk}/{}/vouch", id(n));
    assert!(shown.contains(&vouch(2)) && shown.contains(&vouch(3)));
    // One is hers after all, the other belongs to nobody.
    let reasons = [RejectReason::NotThisPerson];
    platform.reject(id(3), &reasons, now).unwrap();
    pages::asked(&hall.served, "POST", &vouch(2), b"");
    assert!(doubted(&hall).is_empty());
    assert_eq!(stage(&hall, 1), Stage::Replaced);
    assert_eq!(told(&booth, &hall, ANNA).current().unwrap().id, id(2));
    platform.approve(id(2), now).unwrap();
    // The booth learns of both.
    let verdicts = booth.client.verdicts(1, now).unwrap().verdicts;
    let heard: Vec<_> = verdicts.iter().map(|verdict| verdict.id).collect();
    assert_eq!(heard, [id(3), id(2)]);
}

#[test]
fn an_earlier_captures_tail_alone_does_not_open_a_made_up_persons_code() {
    let hall = Hall::open(PaymentPolicy::Prepaid);
    let booth = Booth::enrolled_at(&hall.served, 1);
    booth.brings(&hall, (id(1), 1), ANNA, PREPAID);
    booth.brings(&hall, (id(2), 2), MALLORY, LATER);
    assert_eq!(asks(&booth, &hall, MALLORY), ProgressOutcome::DoesNotMatch);
    assert_eq!(doubted(&hall), [2]);
    assert!(stage(&hall, 1).counts());
    assert_eq!(told(&booth, &hall, ANNA).captures.len(), 1);
    let nobody = Person {
        code: "another code",
        tail: "0000",
    };
    booth.brings(&hall, (id(3), 3), nobody, PREPAID);
    assert_eq!(doubted(&hall), [2, 3]);
}
