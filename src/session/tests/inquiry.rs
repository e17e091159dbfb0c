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

/// Somebody gave code and tail.
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
    booth.does(Event::Progress {
        visit: visit(1),
        answer: found(stage),
    });
    booth
}

fn step(booth: &Booth) -> &InquiryStep {
    match booth.session.state() {
        State::Progress(inquiry) => &inquiry.step,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_photo_is_looked_up_by_code_and_tail_and_no_face_is_looked_for() {
    let mut booth = Booth::new();
    booth.does(Event::Inquire(visit(1)));
    assert_eq!(booth.session.looking(), Looking::Codes);
    booth.scans(b"wxp://pay");
    assert!(matches!(step(&booth), InquiryStep::Code { hint: Some(_) }));
    booth.scans(b"opaque code").types("002X");
    assert_eq!(booth.session.looking(), Looking::Nothing);
    let asks = booth.effects.iter().any(|effect| {
        matches!(effect, Effect::AskProgress { visit: of, asked: Asked::Person { .. } } if *of == visit(1))
    });
    assert!(asks, "{:?}", booth.effects);
    let by = crate::calendar::Promise {
        date: jiff::civil::date(2026, 6, 3),
        estimate: false,
    };
    booth.does(Event::Progress {
        visit: visit(1),
        answer: found(Stage::InAudit { by }),
    });
    assert!(matches!(step(&booth), InquiryStep::Known(_)));
    booth.waits(Duration::from_secs(61));
    assert!(matches!(booth.session.state(), State::Idle));
}

#[test]
fn an_answer_for_another_inquiry_is_dropped() {
    let mut booth = asked();
    booth.does(Event::Progress {
        visit: visit(2),
        answer: found(Stage::AwaitingPayment),
    });
    assert!(matches!(step(&booth), InquiryStep::Asking(_)));
    booth.touches(Touch::Leave).does(Event::Progress {
        visit: visit(1),
        answer: found(Stage::AwaitingPayment),
    });
    assert!(matches!(booth.session.state(), State::Idle));
}

#[test]
fn a_wrong_tail_waits_and_the_third_one_is_the_last() {
    let mut booth = asked();
    for wrong in 1..=3 {
        booth.does(Event::Progress {
            visit: visit(1),
            answer: ProgressAnswer::DoesNotMatch,
        });
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
        matches!(step(&booth), InquiryStep::Asking(Asked::Receipt(said)) if *said == statement)
    );
    booth.does(Event::Progress {
        visit: visit(1),
        answer: ProgressAnswer::OfReceipt(Some(progress(rejected(9_000_000_000)))),
    });
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
fn a_rejected_photo_is_taken_again_with_the_code_just_shown_and_replaces_it() {
    let mut booth = answered(rejected(9_000_000_000));
    booth
        .does(Event::Start(visit(2)))
        .touches(Touch::TermsRead)
        .touches(Touch::AgreeFace)
        .touches(Touch::AgreeSending);
    let State::Framing(framing) = booth.session.state() else {
        panic!("{:?}", booth.session.state());
    };
    assert_eq!(framing.sitter.scanned.supersedes, Some(visit(7)));
    assert_eq!(framing.sitter.tail.normalised, "002X");
    let resolves = |effect: &Effect| matches!(effect, Effect::Resolve { .. });
    assert!(booth.effects.iter().any(resolves));
    booth.holds_still().does(Event::Standardised {
        visit: visit(2),
        result: Ok(portrait(visit(2), true)),
    });
    booth.touches(Touch::Confirm);
    let [Effect::Save(capture)] = booth.effects.as_slice() else {
        panic!("{:?}", booth.effects);
    };
    assert_eq!(capture.facts.supersedes, Some(visit(7)));
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
fn what_waits_for_its_payment_is_paid_and_looked_up_anew() {
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
    assert!(matches!(step(&booth), InquiryStep::Asking(_)));
    // Leaving instead is going home: there is no receipt of this visit.
    let mut booth = answered(Stage::AwaitingPayment);
    booth.touches(Touch::PayNow).touches(Touch::PayLater);
    assert!(matches!(booth.session.state(), State::Idle));
}

#[test]
fn a_standard_photo_is_confirmed_by_its_owner_and_the_answer_shown() {
    let mut booth = answered(Stage::ToConfirm {
        by: Wall::from_unix_ms(9_000_000_000),
    });
    booth.touches(Touch::ConfirmStandard);
    assert!(
        matches!(booth.effects.as_slice(), [Effect::ConfirmStandard { id, .. }] if *id == visit(7)),
        "{:?}",
        booth.effects
    );
    assert!(matches!(step(&booth), InquiryStep::Asking(_)));
    let mut early = answered(Stage::AwaitingPayment);
    early.touches(Touch::ConfirmStandard);
    assert!(early.effects.is_empty(), "there is nothing to confirm");
}

#[test]
fn an_accepted_photo_stops_a_visit_and_any_other_earlier_one_is_replaced() {
    let known = |stage| Event::Resolved {
        visit: visit(1),
        answer: ResolveAnswer::Known(Resolved {
            masked_name: "张*三".into(),
            school: "示例大学".into(),
            level: "本科".into(),
            paid: true,
            earlier: Some(progress(stage)),
        }),
    };
    let mut booth = Booth::new();
    booth
        .sits(1)
        .does(known(Stage::Uploaded { at: Wall::EPOCH }));
    assert!(matches!(
        booth.session.state(),
        State::Stopped(Stop::AlreadyAccepted)
    ));
    let mut booth = Booth::new();
    booth.sits(1).does(known(rejected(0)));
    let State::Framing(framing) = booth.session.state() else {
        panic!("{:?}", booth.session.state());
    };
    assert_eq!(framing.sitter.scanned.supersedes, Some(visit(7)));
}

#[test]
fn where_the_code_was_captured_today_its_progress_can_be_seen_instead() {
    let mut booth = Booth::new();
    booth.consents(1).scans(b"opaque code").does(Event::Today {
        visit: visit(1),
        earlier: Some(visit(7)),
    });
    booth.does(Event::Inquire(visit(2))).types("002X");
    assert!(matches!(step(&booth), InquiryStep::Asking(_)));
}

#[test]
fn where_no_batch_is_pinned_a_batch_that_is_over_can_still_be_asked_about() {
    let mut booth = unpinned();
    booth.does(Event::Inquire(visit(1))).scans(b"D3PZ85");
    booth.now.wall = Wall::from_unix_ms(9_000_000_001);
    booth.does(super::found(1, Ok(batch(|_| ()))));
    assert!(matches!(step(&booth), InquiryStep::Code { .. }));
}
