//! Contact and payment: what comes between a saved photo and its receipt.

use super::*;
use crate::{capture::PaymentState, contract::Stage, profile::ContactStep};

const HOUR_MS: i64 = 3_600_000;

fn paying_batch() -> Arc<Batch> {
    batch(|profile| profile.payment = PaymentPolicy::AtKiosk)
}

pub fn order(state: PayState) -> PayOrder {
    PayOrder {
        order: "20260601-7".into(),
        amount_fen: 2500,
        qr: "weixin://wxpay/bizpayurl?pr=made-up".into(),
        expires: Wall::from_unix_ms(2_000_000 + HOUR_MS),
        state,
    }
}

/// Returns a booth with a saved visit whose photo is paid here, its order asked for.
fn saved(batch: Arc<Batch>) -> Booth {
    let mut booth = Booth::of(batch);
    booth.reviews(1).touches(Touch::Confirm).does(Event::Saved {
        visit: visit(1),
        result: Ok(Booth::receipt(1)),
    });
    booth
}

fn billed() -> Booth {
    let mut booth = saved(paying_batch());
    booth.does(Event::Ordered {
        capture: visit(1),
        order: Some(order(PayState::NotPaid)),
    });
    booth
}

fn settled(state: PayState) -> Event {
    Event::OrderSettled {
        capture: visit(1),
        order: "20260601-7".into(),
        state,
    }
}

fn fee(booth: &Booth) -> Option<Fee> {
    match booth.session.state() {
        State::Receipt(receipt) => Some(receipt.fee),
        _ => None,
    }
}

fn bill(booth: &Booth) -> &Bill {
    match booth.session.state() {
        State::Payment(paying) => &paying.bill,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_photo_is_sealed_before_it_is_paid_and_the_receipt_says_paid() {
    let mut booth = Booth::of(paying_batch());
    booth.reviews(1).touches(Touch::Confirm);
    let [Effect::Save(capture)] = booth.effects.as_slice() else {
        panic!("{:?}", booth.effects);
    };
    assert_eq!(capture.facts.payment, PaymentState::Pending);
    booth.does(Event::Saved {
        visit: visit(1),
        result: Ok(Booth::receipt(1)),
    });
    assert_eq!(
        *bill(&booth),
        Bill::Asking,
        "no QR before its row is durable"
    );
    let asked = booth
        .effects
        .iter()
        .any(|effect| matches!(effect, Effect::Order { capture, .. } if *capture == visit(1)));
    assert!(asked, "{:?}", booth.effects);
    booth.does(Event::Ordered {
        capture: visit(1),
        order: Some(order(PayState::NotPaid)),
    });
    assert!(matches!(bill(&booth), Bill::Due(_)));
    booth.does(settled(PayState::Paid));
    assert_eq!(fee(&booth), Some(Fee::Paid));
}

#[test]
fn who_walks_away_from_the_qr_leaves_a_receipt_that_says_owed_and_nothing_else() {
    let mut booth = billed();
    booth.waits(Duration::from_secs(151));
    assert_eq!(fee(&booth), Some(Fee::Owed));
    booth.waits(Duration::from_secs(61));
    assert!(matches!(booth.session.state(), State::Idle));
    // Paid later, on the way home: the booth records it elsewhere and shows nothing to the person
    // there now.
    booth.does(settled(PayState::Paid));
    assert!(matches!(booth.session.state(), State::Idle));
    assert!(booth.effects.is_empty());
}

#[test]
fn paying_later_cancels_nothing_and_the_word_may_still_come_to_the_receipt() {
    let mut booth = billed();
    booth.touches(Touch::PayLater);
    assert_eq!(fee(&booth), Some(Fee::Owed));
    booth.does(settled(PayState::Paid));
    assert_eq!(fee(&booth), Some(Fee::Paid));
}

#[test]
fn the_next_visitor_never_sees_the_previous_ones_order() {
    let mut booth = billed();
    booth.touches(Touch::PayLater).does(Event::Start(visit(2)));
    booth.does(Event::Ordered {
        capture: visit(1),
        order: Some(order(PayState::NotPaid)),
    });
    assert!(matches!(booth.session.state(), State::Consent(_)));
    let mut next = saved(paying_batch());
    next.does(Event::Ordered {
        capture: visit(2),
        order: Some(order(PayState::NotPaid)),
    });
    assert_eq!(*bill(&next), Bill::Asking, "it is another capture's");
}

#[test]
fn without_an_answer_it_is_paid_later_or_tried_again() {
    let mut booth = saved(paying_batch());
    booth.does(Event::Ordered {
        capture: visit(1),
        order: None,
    });
    assert_eq!(*bill(&booth), Bill::NoAnswer);
    booth.touches(Touch::AskAgain);
    assert_eq!(*bill(&booth), Bill::Asking);
    booth.does(Event::Ordered {
        capture: visit(1),
        order: None,
    });
    booth.touches(Touch::PayLater);
    assert_eq!(fee(&booth), Some(Fee::Owed));
}

#[test]
fn a_qr_that_ran_out_is_taken_off_the_screen_by_the_platforms_word_or_by_a_checked_clock() {
    let mut booth = billed();
    booth.does(Event::OrderSettled {
        capture: visit(1),
        order: "an earlier one".into(),
        state: PayState::Closed,
    });
    assert!(
        matches!(bill(&booth), Bill::Due(_)),
        "another order ran out"
    );
    booth.does(settled(PayState::Closed));
    assert_eq!(*bill(&booth), Bill::RanOut);
    let mut booth = billed();
    booth.now.wall = Wall::from_unix_ms(2_000_000 + HOUR_MS);
    booth.now.trust = Trust::Unknown;
    booth.does(Event::Tick);
    assert!(
        matches!(bill(&booth), Bill::Due(_)),
        "nobody knows the time"
    );
    booth.now.trust = Trust::Trusted;
    booth.does(Event::Tick);
    assert_eq!(*bill(&booth), Bill::RanOut);
    booth.touches(Touch::AskAgain);
    assert_eq!(*bill(&booth), Bill::Asking);
}

#[test]
fn an_order_that_is_paid_already_needs_no_second_payment() {
    let mut booth = saved(paying_batch());
    booth.does(Event::Ordered {
        capture: visit(1),
        order: Some(order(PayState::Paid)),
    });
    assert_eq!(fee(&booth), Some(Fee::Paid));
}

#[test]
fn who_paid_beforehand_pays_nothing_here_and_who_pays_at_home_is_told() {
    for (policy, paid, fee_then, sealed) in [
        (
            PaymentPolicy::None,
            false,
            Fee::Nothing,
            PaymentState::NotRequired,
        ),
        (
            PaymentPolicy::Prepaid,
            true,
            Fee::Nothing,
            PaymentState::Prepaid,
        ),
        (
            PaymentPolicy::AtKiosk,
            true,
            Fee::Nothing,
            PaymentState::Prepaid,
        ),
        (
            PaymentPolicy::Later,
            true,
            Fee::Nothing,
            PaymentState::Prepaid,
        ),
        (
            PaymentPolicy::Later,
            false,
            Fee::Owed,
            PaymentState::Pending,
        ),
    ] {
        let mut booth = Booth::of(batch(|profile| profile.payment = policy));
        booth.reviews(1).resolves(ResolveAnswer::Known(Resolved {
            masked_name: "张*三".into(),
            school: "示例大学".into(),
            level: "本科".into(),
            paid,
            earlier: None,
        }));
        booth.touches(Touch::Confirm);
        let [Effect::Save(capture)] = booth.effects.as_slice() else {
            panic!("{policy:?}: {:?}", booth.effects);
        };
        assert_eq!(capture.facts.payment, sealed, "{policy:?}");
        booth.does(Event::Saved {
            visit: visit(1),
            result: Ok(Booth::receipt(1)),
        });
        assert_eq!(fee(&booth), Some(fee_then), "{policy:?}");
    }
}

fn asking_contact() -> Booth {
    saved(batch(|profile| profile.contact = ContactStep::Offered))
}

#[test]
fn what_was_given_follows_the_capture_and_what_is_wrong_is_named() {
    let mut booth = asking_contact();
    booth.types("1380").touches(Touch::ContactDone);
    let State::Contact(contacting) = booth.session.state() else {
        panic!("{:?}", booth.session.state());
    };
    assert_eq!(contacting.form.wrong, Some(ContactField::Phone));
    booth
        .types("0000000")
        .touches(Touch::ContactField(ContactField::Email))
        .types("li")
        .touches(Touch::Keys("@qq.com"))
        .touches(Touch::ContactDone);
    let given = booth.effects.iter().find_map(|effect| match effect {
        Effect::KeepContact { capture, contact } => Some((*capture, contact)),
        _ => None,
    });
    let (capture, contact) = given.unwrap();
    assert_eq!(capture, visit(1));
    assert_eq!(
        (contact.phone.as_str(), contact.email.as_str()),
        ("13800000000", "li@qq.com")
    );
    assert_eq!(fee(&booth), Some(Fee::Nothing));
}

#[test]
fn a_form_that_is_skipped_left_or_empty_keeps_nothing() {
    for leave in [Touch::ContactSkip, Touch::Leave] {
        let mut booth = asking_contact();
        booth.types("13800000000").touches(leave);
        let keeps = |effect: &Effect| matches!(effect, Effect::KeepContact { .. });
        assert!(!booth.effects.iter().any(keeps), "{leave:?}");
        assert!(fee(&booth).is_some(), "the receipt is shown all the same");
    }
    let mut booth = asking_contact();
    booth.types("138").waits(Duration::from_secs(61));
    assert!(fee(&booth).is_some());
    let printed = format!("{:?}", booth.session);
    assert!(!printed.contains("138"), "{printed}");
}

#[test]
fn who_types_is_given_time() {
    let mut booth = asking_contact();
    for _ in 0..10 {
        booth.waits(Duration::from_secs(50)).types("1");
    }
    assert!(matches!(booth.session.state(), State::Contact(_)));
}

#[test]
fn a_qr_does_not_stand_before_an_empty_chair_and_outlasts_a_walk_to_the_screen() {
    let mut booth = billed();
    assert_eq!(booth.session.looking(), Looking::Faces);
    booth.sees(20, Some(1), ADVICE).sees(21, None, ADVICE);
    booth.waits(Duration::from_secs(44));
    assert!(matches!(bill(&booth), Bill::Due(_)));
    // Back at the screen, the tracker has a new number for the same face.
    booth.sees(22, Some(2), ADVICE).sees(23, Some(2), ADVICE);
    assert!(matches!(bill(&booth), Bill::Due(_)));
    booth.sees(24, None, ADVICE).waits(Duration::from_secs(45));
    assert!(matches!(booth.session.state(), State::Idle));
}

#[test]
fn who_pays_for_an_earlier_photo_is_not_looked_at() {
    let mut booth = Booth::of(paying_batch());
    booth
        .does(Event::Inquire(visit(1)))
        .scans(b"opaque code")
        .types("002X")
        .hears(super::inquiry::found(Stage::AwaitingPayment))
        .touches(Touch::PayNow);
    assert!(matches!(booth.session.state(), State::Payment(_)));
    assert_eq!(booth.session.looking(), Looking::Nothing);
}

#[test]
fn what_was_typed_goes_with_its_face() {
    let mut booth = saved(batch(|profile| profile.contact = ContactStep::Offered));
    booth.sees(20, Some(1), ADVICE).touches(Touch::Keys("1"));
    let typed = |booth: &Booth| match booth.session.state() {
        State::Contact(contacting) => !contacting.form.is_empty(),
        other => panic!("{other:?}"),
    };
    assert!(typed(&booth));
    booth.sees(21, Some(2), ADVICE);
    assert!(!typed(&booth));
    booth.sees(22, Some(2), ADVICE).sees(23, None, ADVICE);
    booth.waits(Duration::from_secs(15));
    assert!(matches!(booth.session.state(), State::Idle));
}
