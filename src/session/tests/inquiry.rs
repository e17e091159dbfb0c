//! Looking up how far a photo has come, and what can be done about it.

use super::*;
use crate::contract::{PersonProgress, Progress, RejectReason, Stage};

fn progress(stage: Stage) -> Progress {
    Progress {
        id: visit(7),
        captured_at: Wall::from_unix_ms(1_500_000),
        since: Wall::from_unix_ms(1_600_000),
        stage,
    }
}

pub fn found(stage: Stage) -> ProgressAnswer {
    ProgressAnswer::Known {
        found: PersonProgress {
            masked_name: "张*三".into(),
            captures: vec![progress(stage)],
            download: None,
            standard: None,
        },
        standard: None,
    }
}

pub fn rejected(until_ms: i64) -> Stage {
    Stage::Rejected {
        reasons: vec![RejectReason::Shadow],
        retake_until: Some(Wall::from_unix_ms(until_ms)),
    }
}

/// Returns a booth where somebody not seen by the camera gave code and tail.
fn asked() -> Booth {
    let mut booth = Booth::of(batch(|profile| profile.payment = PaymentPolicy::AtKiosk));
    booth
        .does(Event::Inquire(visit(1)))
        .scans(b"opaque code")
        .types("002X");
    booth
}

fn answered(stage: Stage) -> Booth {
    let mut booth = asked();
    booth.hears(found(stage));
    booth
}

/// Returns the same for somebody whom the camera sees.
fn answered_to_a_face(stage: Stage) -> Booth {
    let mut booth = Booth::of(batch(|profile| profile.payment = PaymentPolicy::AtKiosk));
    booth
        .does(Event::Inquire(visit(1)))
        .scans(b"opaque code")
        .sees(1, Some(1), ADVICE)
        .types("002X")
        .hears(found(stage));
    booth
}

fn step(booth: &Booth) -> &InquiryStep {
    match booth.session.state() {
        State::Progress(inquiry) => &inquiry.step,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_photo_is_looked_up_by_code_and_tail_and_no_face_is_looked_for_before_the_code_is_shown() {
    let mut booth = Booth::new();
    booth.does(Event::Inquire(visit(1)));
    assert_eq!(booth.session.looking(), Looking::Codes);
    booth.scans(b"wxp://pay");
    assert!(matches!(step(&booth), InquiryStep::Code { hint: Some(_) }));
    booth.scans(b"opaque code");
    assert_eq!(booth.session.looking(), Looking::Faces);
    booth.types("002X");
    let asks = booth.effects.iter().any(|effect| {
        matches!(
            effect,
            Effect::AskProgress {
                asked: Asked::Person { .. },
                ..
            }
        )
    });
    assert!(asks, "{:?}", booth.effects);
    let by = crate::calendar::Promise {
        date: jiff::civil::date(2026, 6, 3),
        estimate: false,
    };
    booth.hears(found(Stage::InAudit { by }));
    assert!(matches!(step(&booth), InquiryStep::Known(_)));
    booth.waits(Duration::from_secs(61));
    assert!(matches!(booth.session.state(), State::Idle));
}

#[test]
fn an_answer_ends_when_its_chair_is_empty_or_taken() {
    let is_shown = |booth: &Booth| matches!(booth.session.state(), State::Progress(_));
    let mut staying = answered_to_a_face(Stage::AwaitingPayment);
    for number in 2..=400 {
        staying.sees(number, Some(1), ADVICE);
    }
    assert!(is_shown(&staying));
    let mut away = answered_to_a_face(Stage::AwaitingPayment);
    away.sees(2, None, ADVICE).waits(ABSENCE / 2);
    assert!(is_shown(&away), "looking away is not leaving");
    away.waits(ABSENCE / 2);
    assert!(matches!(away.session.state(), State::Idle));
    assert!(matches!(away.effects.as_slice(), [Effect::Forget]));
    let mut taken = answered_to_a_face(Stage::AwaitingPayment);
    taken.sees(2, Some(2), ADVICE);
    assert!(matches!(taken.session.state(), State::Idle));
}

#[test]
fn an_answer_to_somebody_whom_the_camera_does_not_see_is_short_and_shown_to_no_face() {
    let mut booth = answered(Stage::AwaitingPayment);
    booth.waits(Duration::from_secs(20));
    assert!(matches!(booth.session.state(), State::Idle));
    let mut booth = answered(Stage::AwaitingPayment);
    booth.sees(1, Some(2), ADVICE);
    assert!(is_asked_from_the_chair(&booth));
    let mut waiting = asked();
    waiting
        .sees(1, Some(2), ADVICE)
        .hears(found(Stage::AwaitingPayment));
    assert!(
        is_asked_from_the_chair(&waiting),
        "the answer comes too late"
    );
}

#[test]
fn nobody_tries_again_in_the_name_of_somebody_who_left() {
    let mut booth = Booth::new();
    booth
        .does(Event::Inquire(visit(1)))
        .scans(b"opaque code")
        .sees(1, Some(1), ADVICE)
        .types("002X")
        .hears(ProgressAnswer::NoAnswer)
        .sees(2, None, ADVICE)
        .waits(ABSENCE)
        .touches(Touch::AskAgain);
    assert!(matches!(booth.session.state(), State::Idle));
    assert!(booth.effects.is_empty());
}

#[test]
fn an_answer_to_another_question_is_dropped() {
    let mut booth = asked();
    let late = booth.asks.progress;
    booth
        .touches(Touch::Leave)
        .hears(found(Stage::AwaitingPayment));
    assert!(matches!(booth.session.state(), State::Idle));
    booth
        .does(Event::Inquire(visit(1)))
        .scans(b"another code")
        .types("1234")
        .does(Event::Progress {
            ask: late,
            answer: found(Stage::AwaitingPayment),
        });
    assert!(matches!(step(&booth), InquiryStep::Asking { .. }));
}

#[test]
fn a_wrong_tail_waits_and_the_third_one_is_the_last() {
    let mut booth = asked();
    for wrong in 1..=3 {
        booth.hears(ProgressAnswer::DoesNotMatch);
        if wrong < 3 {
            assert!(matches!(step(&booth), InquiryStep::Tail(tail) if tail.entry.refused == wrong));
            booth.types("1");
            assert!(matches!(step(&booth), InquiryStep::Tail(tail) if tail.entry.typed.is_empty()));
            booth.waits(Duration::from_secs(20)).types("1234");
        }
    }
    assert!(matches!(
        booth.session.state(),
        State::Stopped(Stop::TooManyTails)
    ));
}

#[test]
fn a_receipt_tells_states_and_does_nothing() {
    let mut booth = Booth::new();
    booth.does(Event::Inquire(visit(1)));
    let key = ed25519_dalek::SigningKey::from_bytes(&[1; 32]);
    let statement =
        crate::jws::sign(crate::jws::Purpose::CaptureStatement, &key, &"anything").unwrap();
    booth.scans(format!("https://platform.example/r/{statement}").as_bytes());
    assert!(
        matches!(step(&booth), InquiryStep::Asking { asked: Asked::Receipt(said), .. } if *said == statement)
    );
    booth.hears(ProgressAnswer::OfReceipt(Some(progress(rejected(
        9_000_000_000,
    )))));
    for touch in [Touch::PayNow, Touch::ConfirmStandard] {
        booth.touches(touch);
        assert!(booth.effects.is_empty(), "{touch:?}");
    }
    booth.does(Event::Start(visit(2)));
    assert!(
        matches!(step(&booth), InquiryStep::OfReceipt(Some(_))),
        "who has only the receipt takes no photo in its owner's place"
    );
}

#[test]
fn a_rejected_photo_is_taken_again_by_whoever_gives_consent_code_and_tail() {
    let mut booth = answered_to_a_face(rejected(9_000_000_000));
    booth
        .does(Event::Start(visit(2)))
        .touches(Touch::TermsRead)
        .touches(Touch::AgreeFace)
        .touches(Touch::AgreeSending);
    let State::Code(coding) = booth.session.state() else {
        panic!("{:?}", booth.session.state());
    };
    assert!(coding.returning.is_none());
    booth
        .scans(b"opaque code")
        .sees(2, Some(2), ADVICE)
        .types("002X")
        .resolves(ResolveAnswer::Known(Resolved {
            masked_name: "张*三".into(),
            school: "示例大学".into(),
            level: "本科".into(),
            paid: true,
            earlier: Some(progress(rejected(9_000_000_000))),
        }));
    let State::Framing(framing) = booth.session.state() else {
        panic!("{:?}", booth.session.state());
    };
    assert_eq!(framing.sitter.scanned.supersedes, Some(visit(7)));
}

#[test]
fn a_closed_window_and_a_stage_that_is_no_rejection_take_nothing_again() {
    for stage in [rejected(1_999_999), Stage::AwaitingPayment, Stage::Voided] {
        let mut booth = answered(stage.clone());
        booth.does(Event::Start(visit(2)));
        assert!(matches!(step(&booth), InquiryStep::Known(_)), "{stage:?}");
    }
}

#[test]
fn what_waits_for_its_payment_is_paid_and_only_that_is_said() {
    let mut booth = answered(Stage::AwaitingPayment);
    booth.touches(Touch::PayNow);
    let asks =
        |effect: &Effect| matches!(effect, Effect::Order { capture, .. } if *capture == visit(7));
    assert!(booth.effects.iter().any(asks), "{:?}", booth.effects);
    booth.does(Event::Ordered {
        capture: visit(7),
        order: Some(PayOrder {
            order: "1".into(),
            amount_fen: 2500,
            qr: "weixin://made-up".into(),
            expires: Wall::from_unix_ms(9_000_000_000),
            state: PayState::NotPaid,
        }),
    });
    booth.does(Event::OrderSettled {
        capture: visit(7),
        order: "1".into(),
        state: PayState::Paid,
    });
    let State::Payment(paying) = booth.session.state() else {
        panic!("{:?}", booth.session.state());
    };
    assert_eq!(paying.bill, Bill::Paid, "the photo is shown to nobody");
    booth.waits(Duration::from_secs(15));
    assert!(matches!(booth.session.state(), State::Idle));
    // Leaving here leads home: there is no receipt of this visit.
    let mut booth = answered(Stage::AwaitingPayment);
    booth.touches(Touch::PayNow).touches(Touch::PayLater);
    assert!(matches!(booth.session.state(), State::Idle));
}

#[test]
fn a_standard_photo_is_confirmed_by_whoever_gives_code_and_tail_for_it() {
    let to_confirm = || Stage::ToConfirm {
        by: Wall::from_unix_ms(9_000_000_000),
    };
    let mut booth = answered_to_a_face(to_confirm());
    booth.touches(Touch::ConfirmStandard);
    assert!(matches!(booth.effects.as_slice(), [Effect::Forget]));
    booth.scans(b"another code");
    assert!(matches!(
        step(&booth),
        InquiryStep::Code {
            hint: Some(CodeHint::NotTheSame)
        }
    ));
    booth.scans(b"opaque code").types("002X");
    assert!(
        booth
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::ConfirmStandard { id, .. } if *id == visit(7))),
        "{:?}",
        booth.effects
    );
    assert!(matches!(step(&booth), InquiryStep::Asking { .. }));
    // A tail that does not match is typed once more, still for the confirmation.
    booth
        .hears(ProgressAnswer::DoesNotMatch)
        .waits(Duration::from_secs(5))
        .types("1234");
    let confirms = |effect: &Effect| matches!(effect, Effect::ConfirmStandard { .. });
    assert!(booth.effects.iter().any(confirms), "{:?}", booth.effects);
    let mut early = answered(Stage::AwaitingPayment);
    early.touches(Touch::ConfirmStandard);
    assert!(early.effects.is_empty(), "there is nothing to confirm");
}

#[test]
fn an_accepted_photo_stops_a_visit_and_any_other_earlier_one_is_replaced() {
    let known = |stage| {
        ResolveAnswer::Known(Resolved {
            masked_name: "张*三".into(),
            school: "示例大学".into(),
            level: "本科".into(),
            paid: true,
            earlier: Some(progress(stage)),
        })
    };
    let mut booth = Booth::new();
    booth
        .sits(1)
        .resolves(known(Stage::Uploaded { at: Wall::EPOCH }));
    assert!(matches!(
        booth.session.state(),
        State::Stopped(Stop::AlreadyAccepted)
    ));
    let mut booth = Booth::new();
    booth.sits(1).resolves(known(rejected(0)));
    let State::Framing(framing) = booth.session.state() else {
        panic!("{:?}", booth.session.state());
    };
    assert_eq!(framing.sitter.scanned.supersedes, Some(visit(7)));
}

#[test]
fn where_the_code_was_captured_today_its_progress_can_be_seen_instead() {
    let mut booth = Booth::new();
    booth.consents(1).scans(b"opaque code");
    booth.was_captured_today(visit(7));
    booth.does(Event::Inquire(visit(2))).types("002X");
    assert!(matches!(step(&booth), InquiryStep::Asking { .. }));
}

#[test]
fn where_no_batch_is_pinned_a_batch_that_is_over_can_still_be_asked_about() {
    let mut booth = unpinned();
    booth.does(Event::Inquire(visit(1))).scans(b"D3PZ85");
    booth.now.wall = Wall::from_unix_ms(9_000_000_001);
    booth.does(super::found(1, Ok(batch(|_| ()))));
    assert!(matches!(step(&booth), InquiryStep::Code { .. }));
}
